"""The published book, read once and kept until something is published; and candidates beside it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max

from zhuanban.domains.enterprises.models import FactKind
from zhuanban.domains.policies.models import ConditionBlock, Policy, PolicyVersion, StackingRule
from zhuanban.domains.policies.rules import claim_book
from zhuanban.engines.eligibility import gate
from zhuanban.engines.eligibility.answers import View
from zhuanban.engines.eligibility.book import Book, Golden, Version
from zhuanban.engines.eligibility.errors import Issue
from zhuanban.engines.eligibility.gate import Side

Plain = dict[str, Any]


def edition() -> tuple[object, ...]:
    """What tells one state of the library from another. One query a table."""
    versions = PolicyVersion.objects.published().aggregate(n=Count("pk"), last=Max("published_at"), newest=Max("pk"))
    policies = Policy.objects.published().aggregate(n=Count("pk"), changed=Max("updated_at"))
    rest = [model.objects.aggregate(n=Count("pk"), newest=Max("pk")) for model in (FactKind, ConditionBlock, StackingRule)]
    return tuple(value for told in (versions, policies, *rest) for value in told.values())


def book() -> Book:
    """All that was ever published, as the engine takes it; each version with the moment from which it is known."""
    return _book(edition())


@lru_cache(maxsize=4)
def _book(_edition: tuple[object, ...]) -> Book:
    return claim_book.load(claim_book.book_rows())


def withdrawn(day: date) -> set[str]:
    """The items that are no longer given on a day."""
    return set(Policy.objects.filter(withdrawn_on__lte=day).values_list("key", flat=True))


def view(day: date, known: datetime | None = None) -> View:
    """The book on a day, as known at a moment, without what was withdrawn by then."""
    return _view(edition(), day, known, frozenset(withdrawn(day)))


@lru_cache(maxsize=16)
def _view(of: tuple[object, ...], day: date, known: datetime | None, gone: frozenset[str]) -> View:
    whole = _book(of)
    kept = tuple(policy for policy in whole.policies if policy.id not in gone)
    return View(Book(whole.schema, kept, whole.stacking, whole.issues), day, known)


def version_of(policy: Policy, day: date) -> PolicyVersion | None:
    """The published version in force on a day: of those that hold the one published last; before its first day the one to come."""
    found = list(policy.versions.filter(state=PolicyVersion.State.PUBLISHED).order_by("published_at", "number"))
    holding = [each for each in found if each.valid_from <= day and (each.valid_to is None or day < each.valid_to)]
    return next(reversed(holding or found), None)


# A version in the making ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """What the engine says of a version by itself: mistakes with their places, golden cases, sides without a case."""

    book: Book
    version: Version | None
    issues: tuple[Issue, ...]
    cases: tuple[tuple[Golden, str], ...]
    uncovered: tuple[Side, ...]

    @property
    def clean(self) -> bool:
        """Nothing in the way of review, impact and the second pair of eyes aside."""
        return self.version is not None and not self.issues and not self.uncovered and bool(self.cases) and not self.failed

    @property
    def failed(self) -> list[tuple[Golden, str]]:
        return [each for each in self.cases if each[1]]


def book_with(policy: Policy, version: PolicyVersion, entry: Plain | None = None) -> Book:
    """A book of this one item with this one version, its entry as stored or as given."""
    row = {**claim_book.version_row(version), "recorded_at": None}
    if entry is not None:
        row |= {name: entry.get(name) for name in (*version.entry, *entry)}
    told = {
        "id": policy.key,
        "title": policy.name,
        "category": policy.get_category_display(),
        "department": policy.department.name,
        "lane": claim_book.LANES[Policy.Lane(policy.lane)],
        "documents": list(policy.papers),
        "versions": [row],
    }
    return Book.from_rows({"facts": claim_book.schema_rows(), "blocks": claim_book.block_rows(), "policies": [told], "stacking": []})


def check(policy: Policy, version: PolicyVersion, entry: Plain | None = None) -> Checked:
    """Check a version as the gate does: mistakes, golden cases, one on either side of every boundary."""
    made = book_with(policy, version, entry)
    item = made.policies[0] if made.policies else None
    found = item.versions[0] if item and item.versions else None
    if item is None or found is None:
        return Checked(made, None, tuple(each for each in made.issues if "没有可用的版本" not in each.message), (), ())
    wrong = {golden.name: reason for golden, _answer, reason in gate.failures(made, item, found)}
    cases = tuple((golden, wrong.get(golden.name, "")) for golden in found.golden)
    settled = tuple(each for each in gate.check(made) if "样例" not in each.where and each.level == "error")
    return Checked(made, found, settled, cases, tuple(gate.uncovered(found)))


def fingerprint(version: PolicyVersion) -> str:
    """What tells whether a version's content is still the one whose impact was shown."""
    told = [version.entry, version.valid_from.isoformat(), version.valid_to.isoformat() if version.valid_to else ""]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()[:16]
