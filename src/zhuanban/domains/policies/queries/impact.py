"""What a version would do to all enterprises that there are: how many are eligible, for how many a fact is missing, how much money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max

from zhuanban.domains.enterprises import queries as enterprises
from zhuanban.domains.enterprises.models import EnterpriseFile, Fact
from zhuanban.domains.policies.queries import library
from zhuanban.engines.eligibility import simulate
from zhuanban.engines.eligibility.answers import View
from zhuanban.engines.eligibility.book import Book
from zhuanban.engines.eligibility.columns import Columns
from zhuanban.engines.eligibility.schema import Schema


@dataclass(frozen=True)
class Everybody:
    """All enterprises by column on a day; `files` names the rows."""

    files: tuple[int, ...]
    columns: Columns


@dataclass(frozen=True)
class Impact:
    """`eligible` of `of` enterprises, `open` of them with an amount that awaits a fact; `unknown` await a fact; `total` yuan."""

    day: date
    of: int
    eligible: int
    open: int
    unknown: int
    total: Decimal
    files: tuple[int, ...]
    amounts: tuple[int, ...]

    def kept(self, fingerprint: str) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "of": self.of,
            "eligible": self.eligible,
            "open": self.open,
            "unknown": self.unknown,
            "total": str(self.total),
            "content": fingerprint,
        }


def everybody(day: date, schema: Schema) -> Everybody:
    """The columns of all files on a day, kept until a file or a fact is added. Two queries when kept."""
    return _everybody(_facts_edition(), day, _Held(schema))


def _facts_edition() -> tuple[object, ...]:
    files = EnterpriseFile.objects.aggregate(n=Count("pk"), newest=Max("pk"))
    return (*files.values(), Fact.objects.aggregate(newest=Max("pk"))["newest"])


class _Held:
    """A schema that may stand in a cache's key: two of the same facts are the same."""

    def __init__(self, schema: Schema) -> None:
        self.schema, self.key = schema, tuple(schema.facts.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@lru_cache(maxsize=3)
def _everybody(_edition: tuple[object, ...], day: date, held: _Held) -> Everybody:
    files, facts = enterprises.everybody(day, held.schema)
    return Everybody(tuple(files), Columns.of(held.schema, facts))


def of_book(book: Book, day: date) -> dict[str, Impact]:
    """Policy -> its impact, all in one pass over the columns."""
    return of_view(View(book, day))


def of_view(view: View) -> dict[str, Impact]:
    people = everybody(view.valid, view.book.schema)
    result = simulate.run(view, people.columns)
    return {policy.id: _impact(result.policy(policy.id), view.valid, people) for policy in view.book.policies}


def _impact(outcome: simulate.Outcome, day: date, people: Everybody) -> Impact:
    files = tuple(people.files[row] for row in outcome.rows.tolist())
    return Impact(
        day,
        len(people.files),
        outcome.eligible,
        outcome.open,
        outcome.unknown,
        Decimal(outcome.total),
        files,
        tuple(outcome.amounts.tolist()),
    )


def today(day: date) -> dict[str, Impact]:
    """The published book's impact today, kept until something changes."""
    return _today(library.edition(), _facts_edition(), day, frozenset(library.withdrawn(day)))


@lru_cache(maxsize=2)
def _today(_book: tuple[object, ...], _facts: tuple[object, ...], day: date, _gone: frozenset[str]) -> dict[str, Impact]:
    return of_view(library.view(day))
