"""The clock of a case: from which day it runs, when it is due, what of it the law counts and what the owner felt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from zhuanban.engines.calendars import Pause, WorkCalendar

WORKDAY = "workday"


@dataclass(frozen=True)
class Used:
    """How long a case took: the days that the law counts (stops left out, in the unit of the limit), working days with the stops, and
    the calendar days that the owner waited since handing in."""

    counted: int
    working: int
    felt: int


def due(start: date, days: int, unit: str, pauses: Iterable[Pause], calendar: WorkCalendar) -> date | None:
    """The last day of a limit; None while the clock stands still.

    >>> office = WorkCalendar({}, frozenset({2023}), "plain")
    >>> due(date(2023, 2, 6), 5, "workday", [Pause(date(2023, 2, 8), date(2023, 2, 10))], office)
    datetime.date(2023, 2, 15)
    """
    stops = list(pauses)
    if unit == WORKDAY:
        return calendar.due_with_pauses(start, days, stops)
    last = start + timedelta(days)
    for stop in sorted(stops, key=lambda each: each.start):
        if stop.start >= last:
            break
        if stop.end is None:
            return None
        last += stop.end - max(stop.start, start)
    return calendar.on_or_after(last)


def used(handed_in: date, start: date, until: date, unit: str, pauses: Iterable[Pause], calendar: WorkCalendar) -> Used:
    """What went by until a day, counted in the three ways.

    >>> office = WorkCalendar({}, frozenset({2023}), "plain")
    >>> used(date(2023, 2, 3), date(2023, 2, 6), date(2023, 2, 15), "workday", [Pause(date(2023, 2, 8), date(2023, 2, 10))], office)
    Used(counted=5, working=7, felt=12)
    """
    stops = list(pauses)
    told = calendar.elapsed(start, until, stops)
    counted = told.statutory_days if unit == WORKDAY else told.calendar_days - stood(start, until, stops)
    return Used(max(counted, 0), max(told.working_days, 0), max((until - handed_in).days, 0))


def stood(start: date, until: date, pauses: Iterable[Pause]) -> int:
    """Calendar days within (start, until] on which the clock stood; stops that overlap count once."""
    days: set[date] = set()
    for stop in pauses:
        first, last = max(stop.start, start), min(stop.end or until, until)
        days.update(first + timedelta(at + 1) for at in range((last - first).days))
    return len(days)
