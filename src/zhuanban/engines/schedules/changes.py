"""What would help: a plan changed, forecast with the same random numbers, and compared.

Because activity, iteration and seed fix every draw, a change that changes nothing has a difference of exactly nothing, and a small effect
is seen with few iterations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from zhuanban.engines.calendars.ticks import TICKS
from zhuanban.engines.schedules.forecast import FINISH, Basis, Forecast
from zhuanban.engines.schedules.model import Activity, Constraint, ConstraintType, Exposure
from zhuanban.engines.schedules.network import UnknownActivity
from zhuanban.engines.schedules.plan_compiler import remaining_minutes
from zhuanban.engines.schedules.risk_plan import RiskPlan
from zhuanban.engines.schedules.simulation import Simulation

QUICK = 500


@dataclass(frozen=True, slots=True)
class ShiftStart:
    """The activity starts so many of its working days later (negative: earlier, before its predecessors are done if need be)."""

    activity: str
    days: float


@dataclass(frozen=True, slots=True)
class StartFrom:
    """The activity starts on this day at the earliest."""

    activity: str
    day: date


@dataclass(frozen=True, slots=True)
class Remaining:
    """The remaining work takes so many minutes of the activity's calendar (planned; its spread stays in proportion)."""

    activity: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Crew:
    """So many times the present crew: remaining work takes 1 / factor of the time. 0.5 takes half of the crew away."""

    activity: str
    factor: float

    def __post_init__(self) -> None:
        if self.factor <= 0:
            raise ValueError(f"{self.factor} times the crew of {self.activity!r}")


@dataclass(frozen=True, slots=True)
class Expose:
    """The activity stands differently in the frost: enclosed by another building, sheltered by a tent."""

    activity: str
    exposure: Exposure
    enclosure: str | None = None


@dataclass(frozen=True, slots=True)
class DropEvent:
    """The risk event cannot happen any more."""

    event: str


Change = ShiftStart | StartFrom | Remaining | Crew | Expose | DropEvent


@dataclass(frozen=True)
class Difference:
    """By how many calendar days a target moves (negative: earlier), and how a deadline's probability changes."""

    target: str
    p50_days: float
    p80_days: float
    mean_days: float
    probability: float | None
    """Change of the probability to keep the deadline; None where either is withheld or there is no deadline."""


@dataclass(frozen=True)
class WhatIf:
    before: Forecast
    after: Forecast
    differences: Mapping[str, Difference]

    @property
    def basis(self) -> Basis:
        return self.after.basis


@dataclass(frozen=True)
class LatestStart:
    """The last day on which work may start so that the target keeps its deadline with the wanted probability.

    `day` None: `reason` tells why (too_late_already, withheld, started). `probability` belongs to `day`, `now` to the plan as it stands.
    """

    day: date | None
    probability: float | None
    now: float | None
    reason: str
    basis: Basis


def changed(plan: RiskPlan, changes: Sequence[Change]) -> RiskPlan:
    """The plan with all changes. Raises UnknownActivity, and ValueError for a risk event that is not there."""
    for change in changes:
        if isinstance(change, DropEvent):
            if change.event not in {event.id for event in plan.events}:
                raise ValueError(f"no risk event {change.event!r} in the plan")
            plan = replace(plan, events=tuple(event for event in plan.events if event.id != change.event))
        elif isinstance(change, ShiftStart):
            _found(plan, change.activity)
            shifts = {**plan.start_shifts, change.activity: plan.start_shifts.get(change.activity, 0) + change.days}
            plan = replace(plan, start_shifts=shifts)
        else:
            plan = _with(plan, change.activity, _edit(change))
    return plan


def what_if(simulation: Simulation, plan: RiskPlan, changes: Sequence[Change], backend: str = "auto") -> WhatIf:
    """Forecast the plan as it is and changed, with the same random numbers, and compare every target of both.

    The simulation says with how many iterations (500 are usual) and on what calendars.
    """
    before = simulation.run([plan], backend)[plan.id]
    after = simulation.run([changed(plan, changes)], backend)[plan.id]
    return WhatIf(before, after, {target: _difference(before, after, target) for target in before.vectors if target in after.vectors})


def latest_start(
    simulation: Simulation, plan: RiskPlan, activity: str, *, target: str, probability: float = 0.8, deadline: date | None = None
) -> LatestStart:
    """The latest day from which `activity` (envelope works) may start so that `target` (the enclosure) is in time with this probability.

    Found by halving between the data date and the deadline; a later start never helps, so the answer is exact for these iterations.
    """
    deadline = deadline or plan.deadlines.get(target)
    if deadline is None:
        raise ValueError(f"no deadline for {target!r} of {plan.id!r}")
    plan = replace(plan, deadlines={**plan.deadlines, target: deadline})

    def chance_from(day: date) -> Forecast:
        return simulation.run([changed(plan, [StartFrom(activity, day)])], trace=False)[plan.id]

    first = chance_from(simulation.data_date)
    now = _probability(first, target)
    begun = _found(plan, activity)
    if now is None or begun.actual_start or begun.actual_finish:
        return LatestStart(None, None, now, "withheld" if now is None else "started", first.basis)
    if now < probability:
        return LatestStart(None, None, now, "too_late_already", first.basis)
    low, high, best = 0, max((deadline - simulation.data_date).days, 0) + 1, now
    while high - low > 1:
        middle = (low + high) // 2
        found = _probability(chance_from(simulation.data_date + timedelta(days=middle)), target)
        if found is not None and found >= probability:
            low, best = middle, found
        else:
            high = middle
    return LatestStart(simulation.data_date + timedelta(days=low), best, now, "", first.basis)


def _probability(forecast: Forecast, target: str) -> float | None:
    return next((each.probability for each in forecast.enclosures if each.activity == target), None)


def _found(plan: RiskPlan, name: str) -> Activity:
    for activity in plan.activities:
        if activity.id == name:
            return activity
    raise UnknownActivity(f"no activity {name!r} in the plan", (name,))


def _with(plan: RiskPlan, name: str, edit: Callable[[Activity], Activity]) -> RiskPlan:
    edited = edit(_found(plan, name))
    return replace(plan, activities=tuple(edited if each.id == name else each for each in plan.activities))


def _edit(change: Any) -> Callable[[Activity], Activity]:
    match change:
        case StartFrom(_, day):
            bound = Constraint(ConstraintType.SNET, datetime.combine(day, time()))
            return lambda activity: replace(activity, constraints=(*activity.constraints, bound))
        case Remaining(_, minutes):
            return lambda activity: replace(activity, remaining=minutes)
        case Crew(_, factor):
            return lambda activity: replace(activity, remaining=round(remaining_minutes(activity) / factor))
        case Expose(_, exposure, enclosure):
            return lambda activity: replace(activity, exposure=exposure, enclosure=activity.enclosure if enclosure is None else enclosure)
    raise ValueError(f"{change!r} is no change of a plan")


def _difference(before: Forecast, after: Forecast, target: str) -> Difference:
    moved = (after.ticks(target).astype(np.int64) - before.ticks(target)) / TICKS
    ahead, behind = _probability(before, target), _probability(after, target)
    return Difference(
        target,
        (after.at(0.5, target) - before.at(0.5, target)).days,
        (after.at(0.8, target) - before.at(0.8, target)).days,
        float(moved.mean()),
        None if ahead is None or behind is None else behind - ahead,
    )


__all__ = [
    "FINISH",
    "QUICK",
    "Change",
    "Crew",
    "Difference",
    "DropEvent",
    "Expose",
    "LatestStart",
    "Remaining",
    "ShiftStart",
    "StartFrom",
    "WhatIf",
    "changed",
    "latest_start",
    "what_if",
]
