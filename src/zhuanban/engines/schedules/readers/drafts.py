"""Calendars as they stand in a file, before they become shift calendars: some weekdays, some dates, and a base for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules.readers.errors import PlanFileError
from zhuanban.engines.schedules.readers.limits import MAX_EXCEPTION_DAYS

DAY = 24 * 60
Shifts = tuple[tuple[int, int], ...]
STANDARD_SHIFTS: Shifts = ((480, 720), (780, 1020))
STANDARD_WEEK: tuple[Shifts, ...] = (STANDARD_SHIFTS,) * 5 + ((), ())
"""What both tools take where a file says nothing: Monday to Friday, 08:00-12:00 and 13:00-17:00."""


@dataclass
class CalendarDraft:
    """A calendar of a file. `week` has shifts by weekday (Monday 0), `dates` by date; what they lack comes from `base`, a key."""

    key: str
    name: str
    base: str = ""
    week: dict[int, Shifts] = field(default_factory=dict)
    dates: dict[date, Shifts] = field(default_factory=dict)
    minutes_per_day: int = 0


def tidy(shifts: Iterable[tuple[int, int]]) -> Shifts:
    """Shifts in order, overlapping ones joined. An end before the start is the next day's; midnight to midnight is the whole day, any
    other shift without length is dropped.

    >>> tidy([(780, 1020), (480, 720), (700, 720)]), tidy([(1320, 360)]), tidy([(0, 0), (600, 600)])
    (((480, 720), (780, 1020)), ((1320, 1800),), ((0, 1440),))
    """
    joined: list[tuple[int, int]] = []
    lasting = ((start, end if end > start else end + DAY) for start, end in shifts if start != end or not start)
    for start, end in sorted(lasting):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple((start, min(end, start + DAY)) for start, end in joined)


def built(drafts: Mapping[str, CalendarDraft], minutes_per_day: int) -> dict[str, ShiftCalendar]:
    """The shift calendars, each with what it has of its bases. Raises PlanFileError when a calendar is its own base."""
    if sum(len(draft.dates) for draft in drafts.values()) > MAX_EXCEPTION_DAYS:
        raise PlanFileError("too_many", limit=MAX_EXCEPTION_DAYS, what="calendar exceptions")
    return {key: _calendar(draft, list(_line(draft, drafts)), minutes_per_day) for key, draft in drafts.items()}


def _line(draft: CalendarDraft, drafts: Mapping[str, CalendarDraft]) -> Iterator[CalendarDraft]:
    """The calendar, its base, the base's base, and so on."""
    seen: set[str] = set()
    at: CalendarDraft | None = draft
    while at is not None:
        if at.key in seen:
            raise PlanFileError("calendar_loop", value=draft.name or draft.key)
        seen.add(at.key)
        yield at
        at = drafts.get(at.base)


def _calendar(draft: CalendarDraft, line: list[CalendarDraft], minutes_per_day: int) -> ShiftCalendar:
    week: dict[int, Shifts] = {}
    dates: dict[date, Shifts] = {}
    for each in reversed(line):
        week.update(each.week)
        dates.update(each.dates)
    shifts = tuple(week.get(weekday, STANDARD_WEEK[weekday] if not week else ()) for weekday in range(7))
    told = next((each.minutes_per_day for each in line if each.minutes_per_day), minutes_per_day)
    if not any(shifts) and not any(dates.values()):
        raise PlanFileError("no_work", value=draft.name or draft.key)
    return ShiftCalendar(draft.name, shifts, dates, told)


def days_from(first: date, last: date) -> Iterator[date]:
    """Each day of a span, both ends included; refuses a span of more days than calendars may have exceptions."""
    count = (last - first).days + 1
    if count > MAX_EXCEPTION_DAYS:
        raise PlanFileError("too_many", limit=MAX_EXCEPTION_DAYS, what="days in one calendar exception")
    return (first + timedelta(days=each) for each in range(count))
