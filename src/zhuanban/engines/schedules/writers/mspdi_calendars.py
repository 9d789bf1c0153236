"""A shift calendar as a base calendar of Microsoft Project."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from xml.etree.ElementTree import Element, SubElement

from zhuanban.engines.calendars import ShiftCalendar

Shifts = tuple[tuple[int, int], ...]
ONE_DAY = timedelta(days=1)


def put_calendar(parent: Element, uid: int, calendar: ShiftCalendar, years: tuple[int, int]) -> None:
    """Week and exceptions; the days that a rule closes are written out over the years given."""
    element = SubElement(parent, "Calendar")
    for name, value in (("UID", str(uid)), ("Name", calendar.name), ("IsBaseCalendar", "1"), ("BaseCalendarUID", "-1")):
        SubElement(element, name).text = value
    days = SubElement(element, "WeekDays")
    for number in range(1, 8):
        day = SubElement(days, "WeekDay")
        SubElement(day, "DayType").text = str(number)
        _put_shifts(day, calendar.week[(number - 2) % 7])
    spans = list(_spans(dict(sorted(_exceptions(calendar, years)))))
    if spans:
        exceptions = SubElement(element, "Exceptions")
        for first, last, shifts in spans:
            _put_exception(exceptions, first, last, shifts)


def _exceptions(calendar: ShiftCalendar, years: tuple[int, int]) -> Iterator[tuple[date, Shifts]]:
    yield from ((day, tuple(shifts)) for day, shifts in calendar.exceptions.items())
    if calendar.works is None:
        return
    day, last = date(years[0], 1, 1), date(years[1], 12, 31)
    while day <= last:
        if day not in calendar.exceptions and calendar.week[day.weekday()] and not calendar.works(day):
            yield day, ()
        day += ONE_DAY


def _spans(days: dict[date, Shifts]) -> Iterator[tuple[date, date, Shifts]]:
    """Runs of days with the same shifts."""
    first = last = None
    held: Shifts = ()
    for day, shifts in days.items():
        if first is not None and last is not None and (day != last + ONE_DAY or shifts != held):
            yield first, last, held
            first = None
        first, last, held = first or day, day, shifts
    if first is not None and last is not None:
        yield first, last, held


def _put_exception(parent: Element, first: date, last: date, shifts: Shifts) -> None:
    element = SubElement(parent, "Exception")
    SubElement(element, "EnteredByOccurrences").text = "0"
    period = SubElement(element, "TimePeriod")
    SubElement(period, "FromDate").text = f"{first.isoformat()}T00:00:00"
    SubElement(period, "ToDate").text = f"{last.isoformat()}T23:59:00"
    SubElement(element, "Occurrences").text = str((last - first).days + 1)
    SubElement(element, "Type").text = "1"
    _put_shifts(element, shifts)


def _put_shifts(day: Element, shifts: Shifts) -> None:
    SubElement(day, "DayWorking").text = str(int(bool(shifts)))
    if shifts:
        times = SubElement(day, "WorkingTimes")
        for start, finish in shifts:
            time = SubElement(times, "WorkingTime")
            SubElement(time, "FromTime").text = _clock(start)
            SubElement(time, "ToTime").text = _clock(finish)


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}:00"
