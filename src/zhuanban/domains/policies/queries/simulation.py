"""What a policy does over all enterprises, and what it would do with other parameters: counts, money, who gains and loses, when the
budget is gone. Reckoned on the column snapshot; what was reckoned before is kept for the next question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from zhuanban.domains.policies.models import BudgetLine, Policy
from zhuanban.domains.policies.queries import snapshots
from zhuanban.domains.policies.queries.snapshots import Snapshot
from zhuanban.domains.policies.rules import claim_book, payments
from zhuanban.engines.eligibility import simulate, syntax
from zhuanban.engines.eligibility.answers import View
from zhuanban.engines.eligibility.book import Book, Budget, Version
from zhuanban.engines.eligibility.budgets import give
from zhuanban.engines.eligibility.check import read_params
from zhuanban.engines.eligibility.errors import LanguageError

CLASSES = 12
"""Bars of the distribution of amounts."""
UNKNOWN = "?"
WAN = 10_000
MOST_FACTOR = 3
"""A slider goes up to so many times the value in force."""


class WrongChange(ValueError):
    """A change of a parameter that cannot be: in words."""


@dataclass(frozen=True)
class Param:
    """A parameter of a version on the page: its value as the language writes it, and as a slider's steps where it is a number.

    `value`, `top` and `step` are in `unit` (万 yuan, %, or one).
    """

    name: str
    text: str
    now: str
    value: float | None = None
    top: float = 0
    step: float = 1
    unit: str = ""

    @property
    def changed(self) -> bool:
        return self.text != self.now


@dataclass(frozen=True)
class Group:
    """A size, sector or area with what changes in it: enterprises that gain and lose, and yuan."""

    key: str
    winners: int
    losers: int
    more: int
    less: int

    @property
    def net(self) -> int:
        return self.more - self.less


@dataclass(frozen=True)
class Found:
    """A what-if's outcome over one snapshot. Pairs are (now, then)."""

    version: Version
    difference: simulate.Difference
    rows: int
    open: tuple[int, int]
    classes: tuple[tuple[int, int, int, int], ...]
    groups: Mapping[str, tuple[Group, ...]]
    spent: tuple[date | None, date | None]
    budget: int | None
    unmet: tuple[int, int] = (0, 0)
    took: float = field(default=0, compare=False)

    def kept(self) -> dict[str, Any]:
        """What a saved scenario remembers."""
        one = self.difference
        return {
            "eligible": list(one.eligible), "unknown": list(one.unknown), "money": list(one.money), "open": list(self.open),
            "winners": len(one.winners), "losers": len(one.losers), "budget": self.budget,
            "spent": [day.isoformat() if day else None for day in self.spent],
        }  # fmt: skip


# One policy over everybody ------------------------------------------------------------------------------------------------


def outcome(snapshot: Snapshot, policy: Policy, day: date) -> simulate.Outcome:
    """The policy as published, over all enterprises on a day."""
    return _base(snapshot, policy.key, _book_key(policy), day)[1].policy(policy.key)


def _book_key(policy: Policy) -> str:
    """The policy's published rows in one canonical writing: the same key, the same answers."""
    return payments.canonical(claim_book.book_rows([policy]))


@lru_cache(maxsize=128)
def _book(key: str) -> Book:
    return claim_book.load(payments.read(key))


@lru_cache(maxsize=128)
def _run(stamp: str, policy: str, key: str, day: date) -> tuple[Book, simulate.Run]:
    snapshot = snapshots.current()
    if snapshot is None or snapshot.stamp != stamp:
        raise LookupError(stamp)
    book = _book(key)
    return book, simulate.run(View(book, day), snapshot.columns)


def _base(snapshot: Snapshot, policy: str, key: str, day: date) -> tuple[Book, simulate.Run]:
    try:
        return _run(snapshot.stamp, policy, key, day)
    except LookupError:  # another snapshot was put in use meanwhile
        book = _book(key)
        return book, simulate.run(View(book, day), snapshot.columns)


def forget() -> None:
    """Drop what is kept, for tests."""
    _run.cache_clear()
    _book.cache_clear()


# What if ------------------------------------------------------------------------------------------------------------------


def version_of(policy: Policy, day: date) -> Version | None:
    """The version of the published book that holds on a day, or the only one where an event's date decides."""
    book = _book(_book_key(policy))
    versions = [version for _policy, version in View(book, day).versions]
    return next((each for each in versions if each.in_force(day)), versions[-1] if versions else None)


def params_of(version: Version, changes: Mapping[str, str] | None = None) -> list[Param]:
    """The version's parameters as the page offers them."""
    return [_param(name, str(now), str((changes or {}).get(name, now))) for name, now in version.params.items()]


def _param(name: str, now: str, text: str) -> Param:
    before, after = _number(now), _number(text)
    if before is None or after is None:
        return Param(name, text, now)
    unit = "%" if before.percent else "万" if before.value >= WAN else ""
    value, shown = (_in(unit, node) for node in (before, after))
    top = max(value * MOST_FACTOR, shown, 1.0)
    step = 10.0 ** np.floor(np.log10(top / 100))
    step = max(step, 0.01 if unit == "%" else 1.0)
    return Param(name, text, now, round(shown, 4), round(float(np.ceil(top / step) * step), 4), round(float(step), 4), unit)


def _number(text: str) -> syntax.Number | None:
    """What a parameter's text says, where it is a number."""
    try:
        node = read_params({"p": text})["p"]
    except LanguageError:
        return None
    return node if isinstance(node, syntax.Number) else None


def _in(unit: str, node: syntax.Number) -> float:
    return float(node.value * 100 if unit == "%" else node.value / WAN if unit == "万" else node.value)


def what_if(
    snapshot: Snapshot, policy: Policy, day: date, changes: Mapping[str, str], *, on: date | None = None, budget: int | None = None
) -> Found:
    """The policy as published on `day` beside the same with these parameters on another day. Only what the change touches is worked out
    anew. Raises WrongChange in words."""
    book, before = _base(snapshot, policy.key, _book_key(policy), day)
    version = version_of(policy, on or day)
    if version is None:
        raise WrongChange("没有施行的版本")
    try:
        other = simulate.changed(book, policy.key, version.number, **changes) if changes else book
    except (LanguageError, KeyError) as bad:
        raise WrongChange(bad.message if isinstance(bad, LanguageError) else str(bad.args[0])) from bad
    after = simulate.run(View(other, on or day), snapshot.columns, kept=before)
    now, then = before.policy(policy.key), after.policy(policy.key)
    told = simulate.difference(policy.key, now, then)
    money = budget if budget is not None else budget_of(policy, day.year, version)
    spends = [_spent(found, money, version, moment) for found, moment in ((now, day), (then, on or day))]
    return Found(
        version, told, snapshot.rows, (now.open, then.open), classes(now.amounts, then.amounts), _groups(snapshot, told),
        (spends[0][0], spends[1][0]), money, (spends[0][1], spends[1][1]),
    )  # fmt: skip


def budget_of(policy: Policy, year: int, version: Version) -> int | None:
    """The year's approved budget line in yuan, else what the version itself says; None where neither is known."""
    line = (
        BudgetLine.objects.filter(policy=policy, fund__year=year, state=BudgetLine.State.APPROVED).values_list("amount", flat=True).first()
    )
    if line is not None:
        return int(line)
    return version.budget.amount if version.budget else None


def _spent(found: simulate.Outcome, budget: int | None, version: Version, day: date) -> tuple[date | None, int]:
    """The day on which the budget is gone and how many are left without, when claims arrive evenly, in the order of the files, over the
    window of the version, or from the day to the year's end."""
    claims = [int(amount) for amount in found.amounts if amount > 0]
    if budget is None or not claims:
        return None, 0
    granted = give(Budget(budget, "first_come"), claims)
    if granted.spent_at is None:
        return None, 0
    opens, closes = version.window
    first, last = opens or day, closes or date(day.year, 12, 31)
    days = max((last - first).days, 0)
    return first + timedelta(days * granted.spent_at // len(claims)), len(claims) - granted.spent_at


def classes(now: Any, then: Any, count: int = CLASSES) -> tuple[tuple[int, int, int, int], ...]:
    """Amounts in classes of equal round width over both: (from, to, how many now, how many then). Open amounts are left aside.

    >>> classes(np.array([1, 2]), np.array([2, 3]), 2)
    ((0, 2, 1, 0), (2, 4, 1, 2))
    """
    both = [values[values > 0] for values in (now, then)]
    top = max((int(values.max()) for values in both if len(values)), default=0)
    if not top:
        return ()
    width = _round_up(-(-(top + 1) // count))
    edges = np.arange(0, (count + 1) * width, width)
    counts = [np.histogram(values, bins=edges)[0] for values in both]
    last = max(place for place in range(count) if counts[0][place] or counts[1][place])
    return tuple((int(edges[at]), int(edges[at + 1]), int(counts[0][at]), int(counts[1][at])) for at in range(last + 1))


def _round_up(number: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50 …

    >>> _round_up(3), _round_up(50), _round_up(51)
    (5, 50, 100)
    """
    power = 10 ** (len(str(number)) - 1)
    return next(step * power for step in (1, 2, 5, 10) if step * power >= number)


def _groups(snapshot: Snapshot, told: simulate.Difference) -> dict[str, tuple[Group, ...]]:
    """Winners and losers by size, section of industry, and area."""
    rows = np.sort(told.rows)
    if not len(rows):
        return {}
    areas = [snapshot.area_keys[place] for place in snapshot.areas[rows]]
    sectors = [word[:1] or UNKNOWN for word in _words(snapshot, "industry", rows)]
    return {
        "size": _grouped(_words(snapshot, "size", rows), told.change),
        "sector": _grouped(sectors, told.change),
        "area": _grouped(areas, told.change),
    }


def _words(snapshot: Snapshot, fact: str, rows: Any) -> list[str]:
    column = snapshot.columns.columns.get(fact)
    if column is None:
        return [UNKNOWN] * len(rows)
    known = np.ones(len(rows), dtype=bool) if column.known is None else column.known[rows]
    codes = column.data[rows]
    return [column.words[code - 1] if there and code else UNKNOWN for code, there in zip(codes, known, strict=True)]


def _grouped(keys: Sequence[str], change: Any) -> tuple[Group, ...]:
    found: dict[str, Group] = {}
    for key, amount in zip(keys, change.tolist(), strict=True):
        old = found.get(key) or Group(key, 0, 0, 0, 0)
        if amount > 0:
            found[key] = replace(old, winners=old.winners + 1, more=old.more + amount)
        else:
            found[key] = replace(old, losers=old.losers + 1, less=old.less - amount)
    return tuple(sorted(found.values(), key=lambda each: (-(each.more + each.less), each.key)))
