"""The working-day calendar: what counts as a working day, when a promise falls due, how long it has run.

All counts use one convention, the half-open interval ``(a, b]``: the day of acceptance is day 0, the day of the answer counts.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5
SHANGHAI = ZoneInfo("Asia/Shanghai")
CLOSE_OF_BUSINESS = time(17)
"""Papers handed in later than this are accepted the next working day (a city may set another hour)."""

FIXED_HOLIDAYS: frozenset[tuple[int, int]] = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""(month, day) of the national holidays with a solar date, as of 2025; all that is known of a year without an official table."""


@dataclass(frozen=True)
class Pause:
    """A stop of the clock (补正, 听证, 专家评审 ...): stopped on ``start``, running again on ``end``; ``end`` None is still stopped.

    By the convention of ``(a, b]`` the working days in (start, end] do not count, so a pause within one day costs nothing.
    """

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"pause ends on {self.end}, before its start {self.start}")


@dataclass(frozen=True)
class Elapsed:
    """How long something took, as the law counts it and as its owner felt it."""

    statutory_days: int
    """Working days on which the clock ran."""
    working_days: int
    """Working days, pauses included."""
    calendar_days: int
    """Days felt by the owner: plain calendar days, pauses, weekends and holidays included."""


@dataclass(frozen=True)
class WorkCalendar:
    """Working days of one city: Monday to Friday, but for the irregular days of the State Council's yearly notice.

    ``irregular`` maps a date to True (make-up working day 调休上班) or False (holiday); ``known_years`` are the years whose notice
    it holds. Any other year is provisional: weekends and the holidays of fixed date only. ``version`` is kept with every result.

    >>> spring = {date(2023, 1, d): False for d in (23, 24, 25, 26, 27)} | {date(2023, 1, d): True for d in (28, 29)}
    >>> office = WorkCalendar(spring, frozenset({2023}), "notice of 2022-12-08")
    >>> office.is_workday(date(2023, 1, 28))  # a make-up Saturday
    True
    >>> office.due(date(2023, 1, 19), 2)
    datetime.date(2023, 1, 28)
    >>> office.elapsed_working_days(date(2023, 1, 19), date(2023, 1, 28))
    2
    >>> office.touches_provisional(date(2023, 12, 29), date(2024, 1, 3))
    True
    """

    irregular: Mapping[date, bool] = field(hash=False, repr=False)
    known_years: frozenset[int]
    version: str
    fixed_holidays: frozenset[tuple[int, int]] = field(default=FIXED_HOLIDAYS, repr=False)
    _years: dict[int, tuple[int, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "irregular", dict(self.irregular))
        object.__setattr__(self, "known_years", frozenset(self.known_years))

    def is_workday(self, day: date) -> bool:
        """Whether offices work on this day."""
        listed = self.irregular.get(day)
        if listed is not None:
            return listed
        if self.provisional(day.year) and (day.month, day.day) in self.fixed_holidays:
            return False
        return day.weekday() < SATURDAY

    def provisional(self, year: int) -> bool:
        """Whether the year has no official table yet, so that its lunar holidays and make-up days are unknown."""
        return year not in self.known_years

    def touches_provisional(self, first: date, last: date) -> bool:
        """Whether any day from first to last (either order, both included) stands in a provisional year."""
        first, last = min(first, last), max(first, last)
        return any(self.provisional(year) for year in range(first.year, last.year + 1))

    def next_workday(self, day: date) -> date:
        """The first working day after this day.

        >>> WorkCalendar({}, frozenset({2023}), "plain").next_workday(date(2023, 2, 10))
        datetime.date(2023, 2, 13)
        """
        return self.due(day, 1)

    def previous_workday(self, day: date) -> date:
        """The last working day before this day."""
        for year in range(day.year, MINYEAR - 1, -1):
            workdays = self._workdays_of(year)
            position = bisect_left(workdays, day.toordinal())
            if position:
                return date.fromordinal(workdays[position - 1])
        raise ValueError(f"no working day before {day}")

    def on_or_after(self, day: date) -> date:
        """The day itself when offices work, else the next working day."""
        return day if self.is_workday(day) else self.next_workday(day)

    def acceptance_day(self, submitted_at: datetime, close: time = CLOSE_OF_BUSINESS) -> date:
        """The day that counts as day 0: today until close of business on a working day, else the next working day.

        An aware instant is read in Asia/Shanghai, a naive one is taken as local already.

        >>> office = WorkCalendar({}, frozenset({2023}), "plain")
        >>> office.acceptance_day(datetime(2023, 2, 10, 17, 0)), office.acceptance_day(datetime(2023, 2, 10, 17, 1))
        (datetime.date(2023, 2, 10), datetime.date(2023, 2, 13))
        """
        local = submitted_at.astimezone(SHANGHAI) if submitted_at.tzinfo else submitted_at
        if local.time() > close:
            return self.next_workday(local.date())
        return self.on_or_after(local.date())

    def due(self, accepted_on: date, days: int) -> date:
        """The working day that closes a promise of so many working days; 0 days is the acceptance day itself.

        >>> WorkCalendar({}, frozenset({2023}), "plain").due(date(2023, 2, 10), 5)
        datetime.date(2023, 2, 17)
        """
        if days < 0:
            raise ValueError(f"a deadline of {days} days")
        if days == 0:
            return accepted_on
        wanted = days
        for year in range(accepted_on.year, MAXYEAR + 1):
            workdays = self._workdays_of(year)
            passed = bisect_right(workdays, accepted_on.toordinal())
            if passed + wanted <= len(workdays):
                return date.fromordinal(workdays[passed + wanted - 1])
            wanted -= len(workdays) - passed
        raise ValueError(f"{days} working days from {accepted_on} lie beyond the calendar")

    def due_calendar_days(self, accepted_on: date, days: int) -> date:
        """The last day of a limit in calendar days, rolled forward to a working day when it falls on a holiday.

        >>> WorkCalendar({}, frozenset({2023}), "plain").due_calendar_days(date(2023, 2, 10), 1)
        datetime.date(2023, 2, 13)
        """
        if days < 0:
            raise ValueError(f"a deadline of {days} days")
        return self.on_or_after(accepted_on + timedelta(days=days))

    def due_with_pauses(self, accepted_on: date, days: int, pauses: Iterable[Pause]) -> date | None:
        """As ``due``, the working days of the pauses not counted; None while the clock stands still, for then no day is owed.

        A pause that begins on or after the due day comes too late to move it.

        >>> office = WorkCalendar({}, frozenset({2023}), "plain")
        >>> office.due_with_pauses(date(2023, 2, 6), 5, [Pause(date(2023, 2, 8), date(2023, 2, 10))])
        datetime.date(2023, 2, 15)
        """
        due = self.due(accepted_on, days)
        for start, end in _merged(pauses, since=accepted_on):
            if start >= due:
                break
            if end is None:
                return None
            due = self.due(due, self.elapsed_working_days(start, end))
        return due

    def elapsed_working_days(self, first: date, last: date) -> int:
        """Working days in (first, last]; the same day is 0, an earlier last day is negative."""
        if last < first:
            return -self.elapsed_working_days(last, first)
        whole_years = sum(len(self._workdays_of(year)) for year in range(first.year, last.year))
        return whole_years + self._count_in_year(last) - self._count_in_year(first)

    def statutory_days(self, accepted_on: date, until: date, pauses: Iterable[Pause] = ()) -> int:
        """Working days in (accepted_on, until] on which the clock ran; an open pause lasts until the end.

        >>> office = WorkCalendar({}, frozenset({2023}), "plain")
        >>> office.statutory_days(date(2023, 2, 6), date(2023, 2, 15), [Pause(date(2023, 2, 8), date(2023, 2, 10))])
        5
        """
        running = self.elapsed_working_days(accepted_on, until)
        for start, end in _merged(pauses, since=accepted_on):
            stopped_until = until if end is None else min(end, until)
            if start < stopped_until:
                running -= self.elapsed_working_days(start, stopped_until)
        return running

    def elapsed(self, accepted_on: date, until: date, pauses: Iterable[Pause] = ()) -> Elapsed:
        """The three readings of one duration, to be shown side by side."""
        return Elapsed(
            statutory_days=self.statutory_days(accepted_on, until, pauses),
            working_days=self.elapsed_working_days(accepted_on, until),
            calendar_days=(until - accepted_on).days,
        )

    def _count_in_year(self, day: date) -> int:
        """Working days of its year up to and including the day."""
        return bisect_right(self._workdays_of(day.year), day.toordinal())

    def _workdays_of(self, year: int) -> tuple[int, ...]:
        """Ordinals of the year's working days; kept, so that every later question is a bisection."""
        workdays = self._years.get(year)
        if workdays is None:
            ordinals = range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
            workdays = tuple(ordinal for ordinal in ordinals if self.is_workday(date.fromordinal(ordinal)))
            self._years[year] = workdays
        return workdays


def _merged(pauses: Iterable[Pause], since: date) -> list[tuple[date, date | None]]:
    """Pauses in order, overlaps joined, cut at the day the clock began; nothing follows an open pause."""
    spans: list[tuple[date, date | None]] = []
    for pause in sorted(pauses, key=lambda each: each.start):
        start = max(pause.start, since)
        if pause.end is not None and pause.end <= start:
            continue
        if spans:
            last_start, last_end = spans[-1]
            if last_end is None:
                break
            if start <= last_end:
                spans[-1] = (last_start, None if pause.end is None else max(last_end, pause.end))
                continue
        spans.append((start, pause.end))
    return spans
