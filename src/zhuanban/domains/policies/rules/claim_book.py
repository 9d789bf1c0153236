"""The policy book and the facts as the engine takes them, and what it says of one enterprise.

Facts are read as they hold on a day and are known now; rows of the book are plain data, so that a claim and a pay-run can keep what they
were reckoned from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from zhuanban.domains.enterprises.models import EnterpriseFile, FactKind
from zhuanban.domains.enterprises.queries import plain_facts
from zhuanban.domains.policies.models import ConditionBlock, Policy, PolicyVersion, StackingRule
from zhuanban.engines.eligibility.answers import Answer, View
from zhuanban.engines.eligibility.book import Book, facts_from
from zhuanban.engines.eligibility.schema import Schema, Value

LANES = {Policy.Lane.APPLY: "apply", Policy.Lane.FAST: "fast", Policy.Lane.NO_APPLICATION: "auto"}
Plain = dict[str, Any]


def schema_rows() -> list[Plain]:
    return [kind.row() for kind in FactKind.objects.all()]


def block_rows() -> list[Plain]:
    return [{**row.entry, "id": row.key} for row in ConditionBlock.objects.all()]


def stacking_rows() -> list[Plain]:
    names = ("kind", "words", "policies", "cap", "cap_fact", "base")
    return [{name: getattr(row, name) for name in names} for row in StackingRule.objects.all()]


def version_row(version: PolicyVersion) -> Plain:
    """A version's entry with its number and its times; instants as text, so that it can be kept."""
    known = version.published_at.isoformat() if version.published_at else None
    valid = [version.valid_from.isoformat(), version.valid_to.isoformat() if version.valid_to else None]
    source = f"{version.document or version.policy.document} {version.clause or version.policy.clause}".strip()
    return {**version.entry, "version": version.number, "valid": valid, "recorded_at": known, "source": source}


def policy_rows(policies: Iterable[Policy], versions: Iterable[PolicyVersion]) -> list[Plain]:
    """The book's rows of these policies with these versions."""
    told: dict[int, list[Plain]] = {}
    for version in versions:
        told.setdefault(version.policy_id, []).append(version_row(version))
    return [
        {
            "id": policy.key,
            "title": policy.name,
            "category": policy.get_category_display(),
            "department": policy.department.name,
            "lane": LANES[Policy.Lane(policy.lane)],
            "documents": list(policy.papers),
            "versions": told[policy.pk],
        }
        for policy in policies
        if policy.pk in told
    ]


def book_rows(policies: Iterable[Policy] | None = None) -> Plain:
    """The published book, or these policies of it, as plain data. Five queries."""
    rows = Policy.objects.published().select_related("department").order_by("key") if policies is None else list(policies)
    versions = PolicyVersion.objects.published().filter(policy__in=rows).select_related("policy").order_by("policy", "number")
    return {"facts": schema_rows(), "blocks": block_rows(), "policies": policy_rows(rows, versions), "stacking": stacking_rows()}


def load(rows: Mapping[str, Any]) -> Book:
    """The engine's book from kept rows. Stacking that names policies which are not among them is left aside."""
    policies = [{**each, "versions": [_thawed(version) for version in each["versions"]]} for each in rows["policies"]]
    known = {each["id"] for each in policies}
    stacking = [
        {**each, "policies": members}
        for each in rows["stacking"]
        if (members := [name for name in each["policies"] if name in known]) and (not each["base"] or each["base"] in known)
    ]
    return Book.from_rows({**rows, "policies": policies, "stacking": stacking})


def _thawed(version: Mapping[str, Any]) -> Plain:
    known = version.get("recorded_at")
    return {**version, "recorded_at": datetime.fromisoformat(known) if isinstance(known, str) else known}


def coerced(schema: Schema, told: Mapping[str, Any]) -> dict[str, Value]:
    """Kept facts as the engine takes them; facts that the book no longer knows are left aside."""
    return facts_from(schema, {name: value for name, value in told.items() if name in schema})


@dataclass(frozen=True)
class Told:
    """What the engine says of one enterprise and one policy on a day, with what it was told. `withdrawn_on` is the day from which the policy
    is no longer given, where that day has come."""

    status: str
    amount: int | None
    version: int | None
    day: date
    window_open: bool
    facts: Plain = field(repr=False)
    missing: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    trace: tuple[Plain, ...] = ()
    withdrawn_on: date | None = None

    def kept(self) -> Plain:
        return {
            "status": self.status,
            "amount": self.amount,
            "version": self.version,
            "day": self.day.isoformat(),
            "missing": list(self.missing),
            "trace": list(self.trace),
        }


def told(policy: Policy, file: EnterpriseFile, day: date) -> Told:
    """Ask the engine, unless the policy was withdrawn by that day. Seven queries and some milliseconds: for one claim, not for many."""
    facts = plain_facts(file.pk, day)
    if policy.withdrawn_by(day):
        return Told("not", None, None, day, False, facts, withdrawn_on=policy.withdrawn_on)
    book = load(book_rows([policy]))
    answers = View(book, day).answer(coerced(book.schema, facts), [policy.key])
    if not answers:
        return Told("not", None, None, day, False, facts)
    return told_of(answers[0], day, facts, book.schema)


def told_of(answer: Answer, day: date, facts: Plain, schema: Schema) -> Told:
    words = {each.id: each.text for each in answer.trace}
    return Told(
        answer.status,
        answer.amount,
        answer.version.number if answer.version else None,
        day,
        answer.window_open,
        facts,
        tuple(schema.facts[name].zh for name in answer.missing),
        tuple(words[name] for name in answer.failed),
        tuple({"id": each.id, "text": each.text, "value": each.value, "source": each.source} for each in answer.trace),
    )
