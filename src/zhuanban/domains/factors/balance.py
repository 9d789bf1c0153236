"""Demand against capacity over time: loads and capacities in, steps and shortages out. Values only; no database and no clock.

A load stands from its first day to its last, both included, or for good. A capacity holds from its day until the next one is known;
before the first one it is unknown, and unknown is never zero: such days have no balance and cannot be short.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

DAY = timedelta(days=1)
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Load:
    """So much is needed from a day; `last` is included, None is for good. `firm`: it was promised. `key` names whose it is."""

    amount: Decimal
    first: date
    last: date | None = None
    firm: bool = False
    key: int = 0

    def on(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Held:
    """What can be given from a day on; `amount` None says that it became unknown."""

    first: date
    amount: Decimal | None


@dataclass(frozen=True)
class Step:
    """Days on which nothing changes, both included."""

    first: date
    last: date
    demand: Decimal
    firm: Decimal
    capacity: Decimal | None

    @property
    def margin(self) -> Decimal | None:
        return None if self.capacity is None else self.capacity - self.demand

    @property
    def short(self) -> bool:
        """Known to be too little; what is unknown is not known to be short."""
        return self.capacity is not None and self.demand > self.capacity


@dataclass(frozen=True)
class Shortage:
    """Days in a row on which demand is above capacity, by how much at worst, and whose loads stand on these days."""

    first: date
    last: date
    worst: Decimal
    keys: tuple[int, ...]


def capacity_on(held: Iterable[Held], day: date) -> Decimal | None:
    """The capacity in force on a day; None where it is unknown.

    >>> capacity_on([Held(date(2023, 1, 1), Decimal(400))], date(2022, 12, 31)) is None
    True
    """
    known = [each for each in held if each.first <= day]
    return max(known, key=lambda each: each.first).amount if known else None


def steps(loads: Sequence[Load], held: Sequence[Held], first: date, last: date) -> list[Step]:
    """The balance from a day to a day, both included, as the fewest steps; every day is in exactly one of them.

    >>> [(step.demand, step.capacity) for step in steps([Load(Decimal(5), date(2023, 1, 2))], [], date(2023, 1, 1), date(2023, 1, 3))]
    [(Decimal('0'), None), (Decimal('5'), None)]
    """
    if last < first:
        return []
    changes: dict[date, list[Decimal]] = {}

    def change(day: date, amount: Decimal, firm: bool) -> None:
        at = changes.setdefault(max(day, first), [NOTHING, NOTHING])
        at[0] += amount
        if firm:
            at[1] += amount

    for load in loads:
        if load.first <= last and (load.last is None or load.last >= first):
            change(load.first, load.amount, load.firm)
            if load.last is not None and load.last < last:
                change(load.last + DAY, -load.amount, load.firm)
    begins = sorted({first, *(day for day in changes if day <= last), *(each.first for each in held if first < each.first <= last)})
    found: list[Step] = []
    demand = firm = NOTHING
    for place, day in enumerate(begins):
        if day in changes:
            demand, firm = demand + changes[day][0], firm + changes[day][1]
        until = begins[place + 1] - DAY if place + 1 < len(begins) else last
        step = Step(day, until, demand, firm, capacity_on(held, day))
        if found and (found[-1].demand, found[-1].firm, found[-1].capacity) == (step.demand, step.firm, step.capacity):
            step = Step(found.pop().first, until, demand, firm, step.capacity)
        found.append(step)
    return found


def shortages(loads: Sequence[Load], held: Sequence[Held], first: date, last: date) -> list[Shortage]:
    """Runs of days that are known to be short, the earliest first, each with the loads that stand on any of its days."""
    return runs_short(steps(loads, held, first, last), loads)


def runs_short(curve: Iterable[Step], loads: Sequence[Load]) -> list[Shortage]:
    """The shortages of a curve that is there already."""
    runs: list[list[Step]] = []
    for step in curve:
        if step.short:
            if runs and runs[-1][-1].last + DAY == step.first:
                runs[-1].append(step)
            else:
                runs.append([step])
    return [_shortage(run, loads) for run in runs]


def _shortage(run: list[Step], loads: Sequence[Load]) -> Shortage:
    begins, ends = run[0].first, run[-1].last
    keys = tuple(dict.fromkeys(load.key for load in loads if load.first <= ends and (load.last is None or load.last >= begins)))
    worst = max(step.demand - step.capacity for step in run if step.capacity is not None)
    return Shortage(begins, ends, worst, keys)
