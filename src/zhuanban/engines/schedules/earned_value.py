"""Earned value and earned schedule of a plan against its baseline.

Money is in the unit of the budgets (yuan, or any weight). Times are calendar days since the baseline's first start, with fractions. The
budget of an activity is spread evenly over its working time in the baseline; without working time it falls due at its finish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules.compare import Baseline, BaselineDates
from zhuanban.engines.schedules.model import Activity
from zhuanban.engines.schedules.network import ScheduleError

Floats = NDArray[np.float64]
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PlannedCurve:
    """Planned value at the end of each day: ``value[k]`` on ``first`` + k - 1 days; ``value[0]`` is 0, before the first day."""

    first: date
    value: Floats

    def at(self, instant: datetime) -> float:
        """Planned value at an instant, evenly over each day."""
        days = (instant - datetime(self.first.year, self.first.month, self.first.day)) / ONE_DAY
        return float(np.interp(days, np.arange(len(self.value)), self.value))

    def time_of(self, value: float) -> float:
        """Days since the first midnight at which so much is planned; the whole: when it is first reached.

        Where nothing is planned for some days, the end of the pause.
        """
        if value <= self.value[0]:
            return 0.0
        if value >= self.value[-1]:
            return float(np.argmax(self.value >= self.value[-1]))
        day = int(np.searchsorted(self.value, value, "right")) - 1
        return day + float((value - self.value[day]) / (self.value[day + 1] - self.value[day]))


@dataclass(frozen=True, slots=True)
class EarnedValue:
    """Planned, earned and actual value at a moment, and what follows. None where the divisor is zero or the actual cost is not known.

    ``earned_schedule`` is the time at which the earned value was planned to be earned, ``actual_time`` the time that has passed,
    ``planned_duration`` the time planned for all. SPI tends to 1 as a late project completes; SPI(t) does not, so show that one.
    ``unknown`` lists started activities of whose progress nothing is told; they count as having earned nothing.
    """

    at: datetime
    pv: float
    ev: float
    ac: float | None
    bac: float
    sv: float
    spi: float | None
    cv: float | None
    cpi: float | None
    eac: float | None
    earned_schedule: float
    actual_time: float
    planned_duration: float
    sv_t: float
    spi_t: float | None
    ieac_t: float | None
    finish_t: date | None
    unknown: tuple[str, ...]


def planned_curve(baseline: Baseline, calendars: Mapping[str, ShiftCalendar]) -> PlannedCurve:
    """Spread the baseline's budgets over its days. Raises ScheduleError when there is no budget, or a calendar is unknown."""
    if not any(each.budget for each in baseline.dates.values()):
        raise ScheduleError("the baseline has no budget to measure by")
    first = min(each.start for each in baseline.dates.values()).date()
    last = max(each.finish for each in baseline.dates.values())
    days = (last - datetime(first.year, first.month, first.day)) // ONE_DAY + 2
    value = np.zeros(days)
    for each in baseline.dates.values():
        if each.budget:
            if each.calendar not in calendars:
                raise ScheduleError(f"no calendar {each.calendar!r}")
            _spread(each, calendars[each.calendar], first, value)
    return PlannedCurve(first, _without_tail(value))


def _spread(each: BaselineDates, calendar: ShiftCalendar, first: date, value: Floats) -> None:
    """Add one activity's planned value at the end of each day."""
    start, finish = calendar.position(each.start), calendar.position(each.finish)
    midnight = datetime(first.year, first.month, first.day)
    begin, end = (each.start - midnight) // ONE_DAY, -((midnight - each.finish) // ONE_DAY)
    if finish > start:
        for day in range(begin + 1, end):
            value[day] += each.budget * (calendar.position(midnight + day * ONE_DAY) - start) / (finish - start)
    value[end:] += each.budget


def _without_tail(value: Floats) -> Floats:
    """The curve up to the day on which all is planned to be done."""
    return value[: int(np.argmax(value >= value[-1])) + 1]


def earned_value(
    activities: Iterable[Activity],
    baseline: Baseline,
    calendars: Mapping[str, ShiftCalendar],
    at: datetime,
    actual_cost: float | Mapping[str, float] | None = None,
) -> EarnedValue:
    """Earned value at a moment. ``actual_cost`` is a sum, or costs by activity, or None when nobody knows.

    What an activity has earned is its baseline budget times its percent complete (``percent``, 0 to 100; else what of its duration does
    not remain). Activities without a baseline earn nothing. Raises ScheduleError as ``planned_curve``.
    """
    curve = planned_curve(baseline, calendars)
    pv, bac = curve.at(at), float(curve.value[-1])
    shares = {each.id: earned_share(each) for each in activities if each.id in baseline.dates}
    ev = float(sum(baseline.dates[id].budget * (share or 0.0) for id, share in shares.items()))
    ac = float(sum(actual_cost.values())) if isinstance(actual_cost, Mapping) else actual_cost
    cpi = _ratio(ev, ac)
    passed = (at - datetime(curve.first.year, curve.first.month, curve.first.day)) / ONE_DAY
    times = _times(curve, ev, bac, passed)
    return EarnedValue(
        at=at,
        pv=pv,
        ev=ev,
        ac=ac,
        bac=bac,
        sv=ev - pv,
        spi=_ratio(ev, pv),
        cv=None if ac is None else ev - ac,
        cpi=cpi,
        eac=_ratio(bac, cpi),
        **times,
        unknown=tuple(id for id, share in shares.items() if share is None),
    )


def _times(curve: PlannedCurve, ev: float, bac: float, passed: float) -> dict[str, Any]:
    earned, planned = curve.time_of(ev), curve.time_of(bac)
    spi_t = _ratio(earned, passed) if passed > 0 else None
    forecast = _ratio(planned, spi_t)
    return {
        "earned_schedule": earned,
        "actual_time": passed,
        "planned_duration": planned,
        "sv_t": earned - passed,
        "spi_t": spi_t,
        "ieac_t": forecast,
        "finish_t": None if forecast is None else curve.first + timedelta(days=max(0, -(-forecast // 1) - 1)),
    }


def earned_share(activity: Activity) -> float | None:
    """The share of an activity that is done, 0 to 1; None when it has started and nothing is told."""
    if activity.actual_finish is not None:
        return 1.0
    if activity.actual_start is None:
        return 0.0
    if activity.percent is not None:
        return min(max(activity.percent / 100, 0.0), 1.0)
    if activity.remaining is None or not activity.duration:
        return None
    return max(0.0, 1 - activity.remaining / activity.duration)


def _ratio(part: float, whole: float | None) -> float | None:
    return part / whole if whole else None
