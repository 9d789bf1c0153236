"""What a pay-run pays: amounts by the engine from frozen inputs, stacking, budgets, a reason for every cut. Values in, values out.

The same function works a run out and works it out again later: it reads nothing but what was frozen.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from zhuanban.domains.policies.rules import claim_book
from zhuanban.engines.eligibility import pygen
from zhuanban.engines.eligibility.book import Book, Budget, Stacking
from zhuanban.engines.eligibility.budgets import give
from zhuanban.engines.eligibility.schema import Value
from zhuanban.engines.eligibility.stacking import payable

ENGINE = "eligibility/1"
"""Which reading of the policies the amounts come from; a change of the engine that changes an amount changes this name."""


@dataclass
class Settled:
    """One claim of a run: whole yuan due and paid, and the cuts `{kind, words, amount, against}` that lie between."""

    claim: int
    asked: int
    paid: int
    cuts: list[dict[str, Any]] = field(default_factory=list)

    def cut(self, kind: str, words: str, amount: int, against: Sequence[str] = ()) -> None:
        if amount > 0:
            self.paid -= amount
            self.cuts.append({"kind": kind, "words": words, "amount": amount, "against": list(against)})


def canonical(told: Mapping[str, Any]) -> str:
    """Plain data in one writing."""
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def digest(frozen: Mapping[str, Any]) -> str:
    """SHA-256 over the frozen inputs in their canonical writing."""
    return hashlib.sha256(canonical(frozen).encode()).hexdigest()


def settled(frozen: Mapping[str, Any]) -> list[Settled]:
    """What the run pays, in the order of the claims' arrival.

    First what each claim is due by its version; then, enterprise by enterprise and year by year, stacking with what was received before;
    then each policy's budget.
    """
    book = claim_book.load(frozen)
    lines = [Settled(line["claim"], amount, amount) for line, amount in zip(frozen["lines"], _due(book, frozen["lines"]), strict=True)]
    _stack(book, frozen, lines)
    _budget(frozen, lines)
    return lines


def _due(book: Book, lines: Sequence[Mapping[str, Any]]) -> list[int]:
    """Each line's amount by the version and the facts that were frozen with it; 0 where it is not due."""
    versions = {(policy.id, version.number): version for policy in book.policies for version in policy.versions}
    compiled: dict[tuple[str, int], pygen.Function] = {}
    found = []
    for line in lines:
        key = (line["policy"], line["version"])
        version = versions[key]
        if key not in compiled:
            compiled[key] = pygen.compiled([(version.condition, version.amount)])
        holds, amount = compiled[key](claim_book.coerced(book.schema, line["facts"]), date.fromisoformat(line["day"]))[0]
        found.append(max(amount or 0, 0) if holds else 0)
    return found


def _stack(book: Book, frozen: Mapping[str, Any], lines: list[Settled]) -> None:
    groups: dict[str, list[tuple[Mapping[str, Any], Settled]]] = defaultdict(list)
    for told, line in zip(frozen["lines"], lines, strict=True):
        groups[f"{told['enterprise']}/{told['year']}"].append((told, line))
    for key, members in groups.items():
        facts = claim_book.coerced(book.schema, members[-1][0]["facts"])
        rules, blocked = after(book.stacking, frozen["received"].get(key, {}), facts)
        for told, line in members:
            if rule := blocked.get(told["policy"]):
                line.cut("stacking", rule.words, line.paid, [name for name in rule.policies if name != told["policy"]])
        payments = payable({told["policy"]: line.paid for told, line in members}, rules, facts)
        by_policy = {told["policy"]: line for told, line in members}
        for payment in payments:
            for each in payment.cuts:
                by_policy[payment.policy].cut("stacking", each.rule.words, each.amount, each.against)


def after(rules: Sequence[Stacking], received: Mapping[str, int], facts: Mapping[str, Value]) -> tuple[list[Stacking], dict[str, Stacking]]:
    """The rules for what is still to be paid, when some was received before; and the policies that what was received excludes.

    >>> rule = Stacking("sum_cap", ("A", "B"), cap=10)
    >>> after([rule], {"A": 7}, {})[0][0].cap
    3
    """
    left: list[Stacking] = []
    blocked: dict[str, Stacking] = {}
    for rule in rules:
        had = [name for name in rule.policies if received.get(name, 0) > 0]
        if rule.kind in {"at_most_one", "same_matter"} and had:
            blocked |= {name: rule for name in rule.policies if name not in had}
        elif rule.kind == "sum_cap" and had:
            left.append(replace(rule, cap=max(0, _limit(rule, facts) - sum(received[name] for name in had)), cap_fact=""))
        elif rule.kind != "top_up" or not received.get(rule.base, 0):
            left.append(rule)
    return left, blocked


def _limit(rule: Stacking, facts: Mapping[str, Value]) -> int:
    """A cap in yuan; one that hangs on an unknown fact holds everything back."""
    if not rule.cap_fact:
        return rule.cap or 0
    found = facts.get(rule.cap_fact)
    told = found if isinstance(found, int) else 0
    return told if rule.cap is None else min(told, rule.cap)


def _budget(frozen: Mapping[str, Any], lines: list[Settled]) -> None:
    by_policy: dict[str, list[Settled]] = defaultdict(list)
    for told, line in zip(frozen["lines"], lines, strict=True):
        by_policy[told["policy"]].append(line)
    for policy, members in by_policy.items():
        told = frozen["budgets"][policy]
        granted = give(Budget(told["amount"], told["rule"]), [line.paid for line in members])
        for line, amount in zip(members, granted.amounts, strict=True):
            line.cut("budget", told["words"], line.paid - amount)
