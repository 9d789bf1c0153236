"""The first reading: one enterprise, walked with a trace. Unknown is None and stays unknown (Kleene's strong logic)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from zhuanban.engines.eligibility import core
from zhuanban.engines.eligibility.schema import NONE, Value, day_number

COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
LEAP_DAY = 229
DAY, YEAR = 100, 10_000


@dataclass(frozen=True)
class Case:
    """The facts of one enterprise under their English names, and the day for which is asked."""

    facts: Mapping[str, Value]
    as_of: date

    def get(self, name: str) -> Value:
        return self.facts.get(name)


def holds(node: core.Condition, case: Case) -> bool | None:
    """True, false or None for unknown."""
    match node:
        case core.All(parts):
            return _all([holds(part, case) for part in parts])
        case core.Any_(parts):
            return _any([holds(part, case) for part in parts])
        case core.Negated(body):
            inner = holds(body, case)
            return None if inner is None else not inner
        case core.Always(value):
            return value
        case core.Known(name):
            return case.get(name) is not None
        case core.CompareNumbers(op, left, right):
            return _compared(op, number(left, case), number(right, case))
        case core.CompareDays(op, left, right):
            return _compared_days(op, day(left, case), day(right, case))
    return _tested(node, case)


def _tested(node: core.Leaf, case: Case) -> bool | None:
    value = case.get(getattr(node, "name", ""))
    if value is None:
        return None
    match node:
        case core.FactTrue():
            return value is True
        case core.IsNone():
            return value is NONE
        case core.OneOf(words=words) | core.Rank(words=words):
            return value in words
        case core.Prefix(prefixes=prefixes):
            return value is not NONE and str(value).startswith(prefixes)
        case core.Has(words=words):
            return isinstance(value, frozenset) and not value.isdisjoint(words)
    raise TypeError(node)


def _all(parts: list[bool | None]) -> bool | None:
    return False if False in parts else None if None in parts else True


def _any(parts: list[bool | None]) -> bool | None:
    return True if True in parts else None if None in parts else False


def _compared(op: str, left: int | None, right: int | None) -> bool | None:
    return None if left is None or right is None else COMPARE[op](left, right)


def _compared_days(op: str, left: int | None, right: int | None) -> bool | None:
    if left == 0 or right == 0:
        return False
    return _compared(op, left, right)


def number(node: core.Number, case: Case) -> int | None:
    """The integer over the node's scale, or None for unknown."""
    match node:
        case core.Constant(value=value):
            return value
        case core.FactNumber(name=name):
            told = case.get(name)
            return told if isinstance(told, int) else None
        case core.YearOf(day=body):
            found = day(body, case) if body else None
            return None if found is None else found // YEAR
        case core.Either(condition=condition, then=then, otherwise=otherwise):
            chosen = holds(condition, case) if condition else None
            return None if chosen is None else number(then if chosen else otherwise, case)
        case core.Default(subject=subject, otherwise=otherwise):
            found = number(subject, case)
            return number(otherwise, case) if found is None else found
    parts = [number(part, case) for part in core.children(node) if isinstance(part, core.Number)]
    return None if None in parts else _reckoned(node, [part for part in parts if part is not None])


def _reckoned(node: core.Number, parts: list[int]) -> int:
    match node:
        case core.Sum(minus=minus):
            return parts[0] - parts[1] if minus else parts[0] + parts[1]
        case core.Product():
            return parts[0] * parts[1]
        case core.Extreme(greatest=greatest):
            return max(parts) if greatest else min(parts)
        case core.Step(tiers=tiers):
            return next((paid for start, paid in reversed(tiers) if parts[0] >= start), 0)
        case core.Marginal(tiers=tiers):
            return marginal(parts[0], tiers)
        case core.Floor(body=body):
            return max(parts[0], 0) // body.scale
    raise TypeError(node)


def marginal(amount: int, tiers: tuple[tuple[int, int], ...]) -> int:
    """What the brackets give in all.

    >>> marginal(15_000_000, ((0, 10), (10_000_000, 8)))
    140000000
    """
    ends = [start for start, _rate in tiers[1:]]
    total = 0
    for place, (start, rate) in enumerate(tiers):
        top = min(amount, ends[place]) if place < len(ends) else amount
        total += max(top - start, 0) * rate
    return total


def day(node: core.Day, case: Case) -> int | None:
    """Year, month, day as one integer; 0 for known absent, None for unknown."""
    match node:
        case core.DayConstant(value):
            return value
        case core.AsOf():
            return day_number(case.as_of)
        case core.DayFact(name):
            found = case.get(name)
            return 0 if found is NONE else day_number(found) if isinstance(found, date) else None
        case core.LaterYears(body, years):
            found = day(body, case)
            return found if not found else later(found, years)
    raise TypeError(node)


def later(found: int, years: int) -> int:
    """So many years on; 29 February falls on the 28th where there is none.

    >>> later(20200229, 1), later(20200229, 4)
    (20210228, 20240229)
    """
    moved = found + years * YEAR
    return moved - 1 if moved % YEAR == LEAP_DAY and not leap(moved // YEAR) else moved


def leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
