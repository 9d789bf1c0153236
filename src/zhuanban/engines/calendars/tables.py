"""Running totals of work per day and their direct inverse, for one calendar and for many at once.

Instants are *moments*: whole minutes since 1970. Within tables they count from the first day of a span of years. Work counts from there too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

DAY = 1440
EPOCH = datetime(1970, 1, 1)
LEAST_CELL = 64
"""The finest grid of the inverse, in minutes of work; a shorter working day costs further steps."""

Ints = NDArray[np.int64]
Shifts = tuple[tuple[int, int], ...]


class Span(NamedTuple):
    """Years over which tables are made, both days included."""

    first: date
    last: date


SPANS = (Span(date(2000, 1, 1), date(2039, 12, 31)), Span(date(1950, 1, 1), date(2099, 12, 31)), Span(date(1900, 1, 1), date(2199, 12, 31)))
POSITIONS_BEGIN = date(2000, 1, 1)


class BeyondSpan(Exception):
    """A position or an instant lies outside the years of the tables."""


def moment(instant: datetime) -> int:
    """Whole minutes since 1970.

    >>> moment(datetime(1970, 1, 2, 0, 1, 59))
    1441
    """
    passed = instant - EPOCH
    return passed.days * DAY + passed.seconds // 60


def moments_of(instants: Iterable[datetime | None], absent: int) -> Ints:
    """The moments of many instants, with a stand-in for those that are not known."""
    return np.array([absent if each is None else moment(each) for each in instants], dtype=np.int64)


def day_of(day: date) -> int:
    """Days since 1970."""
    return day.toordinal() - EPOCH.toordinal()


@dataclass(frozen=True, eq=False)
class DayPlan:
    """One calendar over a span. ``pattern`` numbers each day's shifts in ``patterns``; ``before`` is the work before each day.

    ``worked_days`` and ``worked_before`` are the days with work and the work before them, closed by the span's end; ``grid`` has the number
    of the worked day at every 2 ** ``shift`` minutes of work, or of one before it by no more than ``steps``.
    """

    first_moment: int
    patterns: tuple[Shifts, ...]
    pattern: Ints
    before: Ints
    worked_days: Ints
    worked_before: Ints
    origin: int
    grid: Ints
    shift: int
    steps: int

    def work(self, at: int) -> int:
        """Minutes of work before a moment of the span."""
        day, minute = divmod(at, DAY)
        shifts = self.patterns[int(self.pattern[day])]
        return int(self.before[day]) + sum(max(0, min(minute, end) - start) for start, end in shifts)

    def start(self, work: int) -> int | None:
        """The moment at which the next minute after so much work begins; None beyond the span."""
        if not 0 <= work < int(self.before[-1]):
            return None
        knot = int(np.searchsorted(self.worked_before, work, "right")) - 1
        rest, day = work - int(self.worked_before[knot]), int(self.worked_days[knot])
        for start, end in self.patterns[int(self.pattern[day])]:
            if rest < end - start:
                return day * DAY + start + rest
            rest -= end - start
        raise AssertionError("the running totals disagree with the shifts")


def day_plan(week: Sequence[Shifts], exceptions: Mapping[date, Shifts], works: Callable[[date], bool] | None, span: Span) -> DayPlan:
    """Lay a week and its exceptions over a span of years; what runs over midnight is handed on to the next day."""
    first, days = day_of(span.first), (span.last - span.first).days + 1
    begun, own = _own_shifts(week, exceptions, works, span, days)
    patterns, pattern = _split_at_midnight(begun, own)
    lengths = np.array([sum(end - start for start, end in shifts) for shifts in patterns], dtype=np.int64)[pattern]
    before = np.concatenate(([0], np.cumsum(lengths)))
    worked_days = np.append(np.flatnonzero(lengths), days)
    worked_before = before[worked_days]
    least = int(lengths[lengths > 0].min(initial=DAY))
    shift = max(least, LEAST_CELL).bit_length() - 1
    return DayPlan(
        first * DAY,
        patterns,
        np.append(pattern, patterns.index(())),
        before,
        worked_days,
        worked_before,
        origin=int(before[day_of(POSITIONS_BEGIN) - first]),
        grid=_grid(worked_before, shift),
        shift=shift,
        steps=-(-(1 << shift) // least),
    )


def _grid(worked_before: Ints, shift: int) -> Ints:
    """The last worked day that begins at or before each cell's first minute of work."""
    cells = (int(worked_before[-1]) >> shift) + 1
    begins = (worked_before[:-1] + (1 << shift) - 1) >> shift
    return np.asarray(np.maximum(np.cumsum(np.bincount(begins, minlength=cells)[:cells]) - 1, 0))


def _own_shifts(
    week: Sequence[Shifts], exceptions: Mapping[date, Shifts], works: Callable[[date], bool] | None, span: Span, days: int
) -> tuple[list[Shifts], Ints]:
    """The distinct days of the calendar and, for each day of the span, which of them begins on it."""
    numbers: dict[Shifts, int] = {(): 0}
    of_weekday = np.array([numbers.setdefault(shifts, len(numbers)) for shifts in week], dtype=np.int64)
    own = of_weekday[(span.first.weekday() + np.arange(days)) % 7]
    if works is not None:
        first = span.first.toordinal()
        own[[day for day in range(days) if not works(date.fromordinal(first + day))]] = 0
    for day, shifts in exceptions.items():
        if span.first <= day <= span.last:
            own[(day - span.first).days] = numbers.setdefault(shifts, len(numbers))
    return list(numbers), own


def _split_at_midnight(begun: list[Shifts], own: Ints) -> tuple[tuple[Shifts, ...], Ints]:
    """Days as they are worked from midnight to midnight, the night shift of the day before included."""
    previous = np.concatenate(([0], own[:-1]))
    pairs, pattern = np.unique(previous * len(begun) + own, return_inverse=True)
    numbers: dict[Shifts, int] = {}
    of_pair = []
    for pair in pairs.tolist():
        night, day = begun[pair // len(begun)], begun[pair % len(begun)]
        of_pair.append(numbers.setdefault(_one_day(night, day), len(numbers)))
    numbers.setdefault((), len(numbers))
    return tuple(numbers), np.array(of_pair, dtype=np.int64)[pattern]


def _one_day(night: Shifts, day: Shifts) -> Shifts:
    """What is worked on one day: the rest of the last day's shifts and its own, where they overlap once."""
    spilled = [(max(0, start - DAY), end - DAY) for start, end in night if end > DAY]
    joined: list[tuple[int, int]] = []
    for start, end in sorted([*spilled, *((start, min(end, DAY)) for start, end in day)]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


class Planned(Protocol):
    """What lays its days over a span: a shift calendar."""

    name: str

    def plan(self, span: Span) -> DayPlan: ...


class CalendarTables:
    """Several calendars over one span, read by arrays: ``calendar`` is the number of a calendar for each element.

    ``work`` turns moments into positions, ``start`` and ``finish`` turn positions into moments on either side of a boundary. No search:
    two or three reads of small tables each. Raises BeyondSpan.

    >>> from zhuanban.engines.calendars import ShiftCalendar
    >>> tables = CalendarTables([ShiftCalendar.weekly("five"), ShiftCalendar.always()], SPANS[0])
    >>> friday = np.array([moment(datetime(2023, 2, 10, 17)) - tables.first_moment] * 2)
    >>> each = np.array([0, 1])
    >>> (tables.start(each, tables.work(each, friday)) - friday).tolist()
    [3780, 0]
    """

    def __init__(self, calendars: Sequence[Planned], span: Span) -> None:
        plans = [calendar.plan(span) for calendar in calendars]
        self.span = span
        self.first_moment = plans[0].first_moment
        self.days = len(plans[0].before) - 1
        self.totals = np.array([plan.before[-1] for plan in plans], dtype=np.int64)
        self.origins = np.array([plan.origin for plan in plans], dtype=np.int64)
        self._least_total = int(self.totals.min())
        rows = self._lay_minutes(plans)
        self._before = np.concatenate([plan.before for plan in plans])
        self._row = np.concatenate([rows[at][plan.pattern] for at, plan in enumerate(plans)]) * (DAY + 1)
        self._lay_inverse(plans, rows)

    def _lay_minutes(self, plans: Sequence[DayPlan]) -> list[Ints]:
        """Work before each minute of each kind of day, and the minute of each minute of work."""
        numbers: dict[Shifts, int] = {}
        rows = [np.array([numbers.setdefault(shifts, len(numbers)) for shifts in plan.patterns], dtype=np.int64) for plan in plans]
        busy = np.zeros((len(numbers), DAY), dtype=np.int64)
        for shifts, row in numbers.items():
            for start, end in shifts:
                busy[row, start:end] = 1
        self._within = np.concatenate((np.zeros((len(numbers), 1), dtype=np.int64), np.cumsum(busy, axis=1)), axis=1).ravel()
        minutes = [np.flatnonzero(row) for row in busy]
        self._minute = np.concatenate([*minutes, np.zeros(1, dtype=np.int64)])
        self._minutes_at = np.concatenate(([0], np.cumsum([len(each) for each in minutes])))
        return rows

    def _lay_inverse(self, plans: Sequence[DayPlan], rows: Sequence[Ints]) -> None:
        """The worked days of all calendars behind each other, and their grids."""
        knots = np.cumsum([0, *(len(plan.worked_days) for plan in plans)])
        self._shift = np.array([plan.shift for plan in plans], dtype=np.int64)
        self._steps = max(plan.steps for plan in plans)
        self._grid_at = np.cumsum([0, *(len(plan.grid) for plan in plans[:-1])])
        self._grid = np.concatenate([plan.grid + at for plan, at in zip(plans, knots[:-1].tolist(), strict=True)])
        self._knot_work = np.concatenate([plan.worked_before for plan in plans])
        self._knot_moment = np.concatenate([plan.worked_days for plan in plans]) * DAY
        minutes = [self._minutes_at[rows[at][plan.pattern[plan.worked_days]]] for at, plan in enumerate(plans)]
        self._knot_minutes = np.concatenate(minutes) - self._knot_work

    def work(self, calendar: Ints, at: Ints) -> Ints:
        """Work before each moment of the span."""
        day = at // DAY
        if at.size and (at.min() < 0 or at.max() > self.days * DAY):
            raise BeyondSpan
        key = calendar * (self.days + 1) + day
        return np.asarray(self._before.take(key) + self._within.take(self._row.take(key) + (at - day * DAY)))

    def start(self, calendar: Ints, work: Ints) -> Ints:
        """The moment at which the next minute of work begins."""
        if work.size and (work.min() < 0 or (work.max() >= self._least_total and (work >= self.totals.take(calendar)).any())):
            raise BeyondSpan
        knot = self._grid.take(self._grid_at.take(calendar) + (work >> self._shift.take(calendar)))
        for _ in range(self._steps):
            knot = knot + (work >= self._knot_work.take(knot + 1))
        return np.asarray(self._knot_moment.take(knot) + self._minute.take(self._knot_minutes.take(knot) + work))

    def finish(self, calendar: Ints, work: Ints) -> Ints:
        """The moment at which the last minute of work before the position ended."""
        return self.start(calendar, work - 1) + 1

    def add(self, calendar: Ints, at: Ints, minutes: Ints) -> Ints:
        """Moments after (finish side) or before (start side) so many minutes of work, none of which is zero."""
        later = (minutes > 0).astype(np.int64)
        return self.start(calendar, self.work(calendar, at) + minutes - later) + later


@lru_cache(maxsize=16)
def tables_of(calendars: tuple[Planned, ...], span: Span) -> CalendarTables:
    """Tables of these calendars in this order; the last few are kept."""
    return CalendarTables(calendars, span)
