"""Calendars of Microsoft Project: weeks, weeks that hold for a time, and exceptions, single or recurring."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from xml.etree.ElementTree import Element

from zhuanban.engines.schedules.readers.drafts import DAY, STANDARD_SHIFTS, STANDARD_WEEK, CalendarDraft, Shifts, days_from, tidy
from zhuanban.engines.schedules.readers.errors import PlanFileError
from zhuanban.engines.schedules.readers.limits import MAX_EXCEPTION_DAYS
from zhuanban.engines.schedules.readers.mspdi_xml import children, word
from zhuanban.engines.schedules.readers.text import instant, whole

_CLOCK = re.compile(r"(?:\d{4}-\d{2}-\d{2}T)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?Z?")
DAILY, YEARLY, YEARLY_PLACE, MONTHLY, MONTHLY_PLACE, WEEKLY, EVERY_DAYS = 1, 2, 3, 4, 5, 6, 7
LAST_PLACE = 4
LONGEST_STEP = 10_000


def draft(element: Element) -> CalendarDraft:
    """A `Calendar` element. A base calendar's week is filled up with the standard one; what a derived one lacks comes from its base."""
    key = word(element, "UID")
    base = word(element, "BaseCalendarUID")
    made = CalendarDraft(key, word(element, "Name") or key, "" if base in ("-1", key) else base)
    made.week = dict(_week(children(element, "WeekDays", "WeekDay")))
    if not made.base:
        made.week = dict(enumerate(STANDARD_WEEK)) | made.week
    for special in children(element, "WorkWeeks", "WorkWeek"):
        _put_week(made, special)
    exceptions = children(element, "Exceptions", "Exception")
    recurring = [each for each in exceptions if (whole(word(each, "Type"), "Type") or DAILY) != DAILY]
    old = [each for each in children(element, "WeekDays", "WeekDay") if word(each, "DayType") == "0"]
    for each in [*recurring, *(each for each in exceptions if each not in recurring), *(() if exceptions else old)]:
        _put(made, _days(each), _shifts(each))
    return made


def _week(days: Iterable[Element]) -> Iterator[tuple[int, Shifts]]:
    for day in days:
        kind = whole(word(day, "DayType"), "DayType") or 0
        if 1 <= kind <= 7:
            yield (kind - 2) % 7, _shifts(day)


def _shifts(day: Element) -> Shifts:
    """The shifts of a working day; one without times has the standard ones."""
    if word(day, "DayWorking") == "0":
        return ()
    times = [(word(each, "FromTime"), word(each, "ToTime")) for each in children(day, "WorkingTimes", "WorkingTime")]
    told = [(_clock(start), _clock(finish)) for start, finish in times if start and finish]
    if told:
        return tidy(told)
    return STANDARD_SHIFTS if word(day, "DayWorking") == "1" else ()


def _clock(raw: str) -> int:
    found = _CLOCK.fullmatch(raw)
    if found is None or int(found[1]) > 24 or int(found[2]) > 59:
        raise PlanFileError("bad_value", where="WorkingTime", value=raw, what="time of day")
    return (int(found[1]) * 60 + int(found[2]) + (int(found[3] or 0) >= 30)) % DAY


def _span(element: Element) -> tuple[date, date] | None:
    """The first and last day of an exception; None where it has none or the last comes before the first."""
    period = children(element, "TimePeriod")
    first = instant(word(period[0], "FromDate"), "FromDate") if period else None
    last = instant(word(period[0], "ToDate"), "ToDate") if period else None
    if first is None or last is None or last < first:
        return None
    if last.hour == 0 and last.minute == 0 and last > first:
        last -= timedelta(minutes=1)
    return first.date(), last.date()


def _put(made: CalendarDraft, days: Iterable[date], shifts: Shifts) -> None:
    for day in days:
        made.dates[day] = shifts
        if len(made.dates) > MAX_EXCEPTION_DAYS:
            raise PlanFileError("too_many", limit=MAX_EXCEPTION_DAYS, what="calendar exceptions")


def _put_week(made: CalendarDraft, element: Element) -> None:
    """A week of its own for some months: each of its days departs from the usual week."""
    span, week = _span(element), dict(_week(children(element, "WeekDays", "WeekDay")))
    if span is not None and week:
        for day in days_from(*span):
            if day.weekday() in week:
                _put(made, (day,), week[day.weekday()])


def _days(element: Element) -> Iterator[date]:
    """The days of an exception, at most as many as it says."""
    span = _span(element)
    if span is None:
        return
    limit = whole(word(element, "Occurrences"), "Occurrences") or 0
    by_count = word(element, "EnteredByOccurrences") == "1" and limit > 0
    for count, day in enumerate(_recurring(element, *span), start=1):
        if by_count and count > limit:
            return
        yield day


def _recurring(element: Element, first: date, last: date) -> Iterator[date]:
    kind = whole(word(element, "Type"), "Type") or DAILY
    step = min(max(whole(word(element, "Period"), "Period") or 1, 1), LONGEST_STEP)
    if kind == EVERY_DAYS:
        return (day for count, day in enumerate(days_from(first, last)) if count % step == 0)
    if kind == WEEKLY:
        mask = whole(word(element, "DaysOfWeek"), "DaysOfWeek") or 0
        monday = first - timedelta(days=(first.weekday() + 1) % 7)
        return (day for day in days_from(first, last) if mask >> ((day.weekday() + 1) % 7) & 1 and (day - monday).days // 7 % step == 0)
    if kind in (YEARLY, YEARLY_PLACE, MONTHLY, MONTHLY_PLACE):
        return _in_months(element, kind, step, first, last)
    return days_from(first, last)


def _in_months(element: Element, kind: int, step: int, first: date, last: date) -> Iterator[date]:
    """One day in each month that has its turn."""
    month = (whole(word(element, "Month"), "Month") or 0) % 12 + 1
    yearly = kind in (YEARLY, YEARLY_PLACE)
    find = _placed(element) if kind in (YEARLY_PLACE, MONTHLY_PLACE) else _numbered(element)
    start = first.year * 12 + first.month - 1
    for at in range(start, last.year * 12 + last.month):
        if (at % 12 + 1 != month) if yearly else ((at - start) % step != 0):
            continue
        day = find(at // 12, at % 12 + 1)
        if day is not None and first <= day <= last:
            yield day


def _numbered(element: Element) -> Callable[[int, int], date | None]:
    number = whole(word(element, "MonthDay"), "MonthDay") or 1

    def find(year: int, month: int) -> date | None:
        return date(year, month, number) if 1 <= number <= calendar.monthrange(year, month)[1] else None

    return find


def _placed(element: Element) -> Callable[[int, int], date | None]:
    """The first to fourth or last day, weekday, weekend day, or Sunday (3) to Saturday (9) of a month."""
    item = whole(word(element, "MonthItem"), "MonthItem") or 0
    place = whole(word(element, "MonthPosition"), "MonthPosition") or 0

    def fits(day: date) -> bool:
        if item in (0, 1, 2):
            return item == 0 or (day.weekday() < 5) == (item == 1)
        return (day.weekday() + 1) % 7 == item - 3

    def find(year: int, month: int) -> date | None:
        days = [day for number in range(1, calendar.monthrange(year, month)[1] + 1) if fits(day := date(year, month, number))]
        if place >= LAST_PLACE:
            return days[-1] if days else None
        return days[place] if 0 <= place < len(days) else None

    return find
