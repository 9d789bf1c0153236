"""Working time to the minute: shifts of the week, days that differ, and the work position of an instant.

The *position* of an instant is the work done before it, in minutes of the calendar since 1 January 2000. A position on the boundary of
two shifts has two instants, the end of the one (finish side) and the beginning of the next (start side): Friday 17:00 = Monday 08:00.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from zhuanban.engines.calendars.tables import DAY, EPOCH, SPANS, DayPlan, Shifts, Span, day_plan, moment
from zhuanban.engines.calendars.workdays import SATURDAY, WorkCalendar

SUNDAY = 6
OFFICE_HOURS: Shifts = ((480, 720), (780, 1020))
"""08:00-12:00 and 13:00-17:00."""
SITE_HOURS: Shifts = ((420, 720), (780, 1080))
"""07:00-12:00 and 13:00-18:00, ten hours."""
WHOLE_DAY: Shifts = ((0, DAY),)

Side = Literal["start", "finish"]


@dataclass(frozen=True)
class ShiftCalendar:
    """Weekly shifts with exceptions. A shift is (first minute, last minute) of a day; its end may lie past 1,440 when it runs over midnight.

    ``week`` holds seven days from Monday. ``exceptions`` replaces the shifts that begin on a day (empty: none do). ``works``, when given,
    closes every day without exception for which it answers False. ``minutes_per_day`` only turns durations into days and back.
    Instants are naive local datetimes; seconds are cut off. Raises ValueError on a shift that is empty, backwards or overlaps another.

    >>> site = ShiftCalendar.weekly("site")
    >>> friday = datetime(2023, 2, 10, 17)
    >>> site.position(friday) == site.position(datetime(2023, 2, 13, 8))
    True
    >>> site.instant(site.position(friday)), site.instant(site.position(friday), "finish")
    (datetime.datetime(2023, 2, 13, 8, 0), datetime.datetime(2023, 2, 10, 17, 0))
    >>> site.add(friday, 8 * 60), site.add(friday, -60), site.add(friday, 0)
    (datetime.datetime(2023, 2, 13, 17, 0), datetime.datetime(2023, 2, 10, 16, 0), datetime.datetime(2023, 2, 10, 17, 0))
    """

    name: str
    week: tuple[Shifts, ...]
    exceptions: Mapping[date, Shifts] = field(default_factory=dict, hash=False, repr=False)
    minutes_per_day: int = 480
    works: Callable[[date], bool] | None = field(default=None, repr=False, hash=False)
    version: str = ""
    _plans: dict[Span, DayPlan] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError(f"calendar {self.name!r}: a week of {len(self.week)} days")
        if self.minutes_per_day <= 0:
            raise ValueError(f"calendar {self.name!r}: a day of {self.minutes_per_day} minutes")
        object.__setattr__(self, "week", tuple(_checked(self.name, shifts) for shifts in self.week))
        object.__setattr__(self, "exceptions", {day: _checked(self.name, shifts) for day, shifts in self.exceptions.items()})

    @classmethod
    def weekly(
        cls,
        name: str,
        shifts: Shifts = OFFICE_HOURS,
        *,
        rest: Iterable[int] = (SATURDAY, SUNDAY),
        closed: Iterable[date] = (),
        minutes_per_day: int | None = None,
        version: str = "",
    ) -> "ShiftCalendar":
        """The same shifts on every weekday (Monday 0) but the ``rest``, none on the ``closed`` days."""
        resting = frozenset(rest)
        week = tuple(() if weekday in resting else tuple(shifts) for weekday in range(7))
        return cls(name, week, dict.fromkeys(closed, ()), minutes_per_day or worked(shifts), version=version)

    @classmethod
    def from_workdays(
        cls, name: str, works: Callable[[date], bool] | Mapping[date, bool], shifts: Shifts = OFFICE_HOURS, *, version: str = ""
    ) -> "ShiftCalendar":
        """The same shifts on every working day: a rule for all days, or a table of the days that differ from Monday to Friday.

        >>> notice = {date(2023, 1, 27): False, date(2023, 1, 28): True}
        >>> office = ShiftCalendar.from_workdays("office", notice)
        >>> [office.minutes_on(date(2023, 1, day)) for day in (26, 27, 28, 29)]
        [480, 0, 480, 0]
        """
        if callable(works):
            return cls(name, (tuple(shifts),) * 7, {}, worked(shifts), works, version)
        week = tuple(tuple(shifts) if weekday < SATURDAY else () for weekday in range(7))
        return cls(name, week, {day: tuple(shifts) if works[day] else () for day in works}, worked(shifts), version=version)

    @classmethod
    def office(cls, workdays: WorkCalendar, shifts: Shifts = OFFICE_HOURS, *, name: str = "office") -> "ShiftCalendar":
        """Office hours on the statutory working days, make-up days included; years without a table are provisional as there."""
        return cls.from_workdays(name, workdays.is_workday, shifts, version=workdays.version)

    @classmethod
    def six_day_site(cls, closed: Iterable[date] = (), shifts: Shifts = SITE_HOURS, *, name: str = "site") -> "ShiftCalendar":
        """A building site that rests on Sundays and on the closed days (the holidays that sites keep)."""
        return cls.weekly(name, shifts, rest=(SUNDAY,), closed=closed)

    @classmethod
    def continuous_site(cls, closed: Iterable[date] = (), shifts: Shifts = WHOLE_DAY, *, name: str = "continuous") -> "ShiftCalendar":
        """A site that works on every day but the closed ones (Spring Festival), by default round the clock."""
        return cls.weekly(name, shifts, rest=(), closed=closed)

    @classmethod
    def always(cls, name: str = "24h") -> "ShiftCalendar":
        """Every minute of every day."""
        return cls(name, (WHOLE_DAY,) * 7, {}, DAY)

    def shifts_on(self, day: date) -> Shifts:
        """The shifts that begin on this day."""
        listed = self.exceptions.get(day)
        if listed is not None:
            return listed
        return self.week[day.weekday()] if self.works is None or self.works(day) else ()

    def minutes_on(self, day: date) -> int:
        """Minutes of work of the shifts that begin on this day."""
        return worked(self.shifts_on(day))

    def position(self, instant: datetime) -> int:
        """Work minutes before the instant, counted from 1 January 2000 (negative before it)."""
        plan = self._covering(instant)
        return plan.work(moment(instant) - plan.first_moment) - plan.origin

    def instant(self, position: int, side: Side = "start") -> datetime:
        """The instant of a position: when the next minute of work begins, or when the one before it ended.

        Raises ValueError when the calendar has no such minute within the years 1900 to 2199.
        """
        for span in SPANS:
            plan = self.plan(span)
            begins = plan.start(position + plan.origin - (side == "finish"))
            if begins is not None:
                return EPOCH + timedelta(minutes=begins + plan.first_moment + (side == "finish"))
        raise ValueError(f"calendar {self.name!r} has no working time at position {position}")

    def add(self, instant: datetime, minutes: int) -> datetime:
        """Minutes of work later (finish side of a boundary) or earlier (start side); no minutes leave the instant as it is."""
        if not minutes:
            return instant
        return self.instant(self.position(instant) + minutes, "finish" if minutes > 0 else "start")

    def between(self, first: datetime, last: datetime) -> int:
        """Minutes of work from one instant to another; negative when the last is earlier."""
        return self.position(last) - self.position(first)

    def next_start(self, instant: datetime) -> datetime:
        """The instant itself in working time, else the beginning of the next shift."""
        return self.instant(self.position(instant))

    def previous_finish(self, instant: datetime) -> datetime:
        """The instant itself in working time or at the end of a shift, else the end of the shift before."""
        return self.instant(self.position(instant), "finish")

    def days(self, minutes: float) -> float:
        """A duration in days of this calendar."""
        return minutes / self.minutes_per_day

    def plan(self, span: Span) -> DayPlan:
        """Each day's shifts over a span of years, with running totals; made once and kept."""
        plan = self._plans.get(span)
        if plan is None:
            plan = self._plans[span] = day_plan(self.week, self.exceptions, self.works, span)
        return plan

    def _covering(self, instant: datetime) -> DayPlan:
        for span in SPANS:
            if span.first <= instant.date() <= span.last:
                return self.plan(span)
        raise ValueError(f"{instant} lies beyond the years that a calendar can tell")


def worked(shifts: Shifts) -> int:
    """Minutes of work in a day's shifts."""
    return sum(end - start for start, end in shifts)


def _checked(name: str, shifts: Sequence[tuple[int, int]]) -> Shifts:
    """The shifts in order, those that touch joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(shifts):
        if not 0 <= start < end <= start + DAY or start >= DAY or end > 2 * DAY:
            raise ValueError(f"calendar {name!r}: a shift from minute {start} to {end}")
        if joined and start < joined[-1][1]:
            raise ValueError(f"calendar {name!r}: shifts overlap at minute {start}")
        if joined and start == joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)
