"""The cold half of the year: the winter period of a temperature series, and a city's dates for frost, wet work and heating."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WinterPeriod:
    """冬期 by JGJ/T 104, first and last day included; ``end`` None means that the series does not reach its end."""

    start: date
    end: date | None


def winter_period(daily_means: Mapping[date, float], threshold: float = 5.0, run: int = 5) -> WinterPeriod | None:
    """The first winter period in a series of outdoor daily means (degrees C), or None when there is none.

    Starts with the first day of the first ``run`` days in a row below the threshold; ends the day before the first later run above it.
    A day without a reading breaks a run, and so does a mean that equals the threshold.

    >>> autumn = [6, 4, 4, 4, 4, 4, 3, 6, 6, 6, 6, 6]
    >>> winter_period({date(2022, 10, 1) + timedelta(days=n): mean for n, mean in enumerate(autumn)})
    WinterPeriod(start=datetime.date(2022, 10, 2), end=datetime.date(2022, 10, 7))
    """
    start = _first_run({day for day, mean in daily_means.items() if mean < threshold}, run)
    if start is None:
        return None
    warm = _first_run({day for day, mean in daily_means.items() if day > start and mean > threshold}, run)
    return WinterPeriod(start, warm - ONE_DAY if warm else None)


def _first_run(days: set[date], length: int) -> date | None:
    """The first day of the first unbroken run of so many days."""
    begun, previous = None, None
    for day in sorted(days):
        if begun is None or previous is None or day - previous != ONE_DAY:
            begun = day
        if (day - begun).days == length - 1:
            return begun
        previous = day
    return None


@dataclass(frozen=True, order=True)
class MonthDay:
    """A day that returns every year; 29 February is the 28th where there is none."""

    month: int
    day: int

    def __post_init__(self) -> None:
        date(2024, self.month, self.day)

    @classmethod
    def parse(cls, text: str) -> "MonthDay":
        """Reads ``MM-DD``, the form in which a city's parameters hold it.

        >>> MonthDay.parse("11-15").in_year(2022)
        datetime.date(2022, 11, 15)
        """
        month, day = text.split("-")
        return cls(int(month), int(day))

    def in_year(self, year: int) -> date:
        if (self.month, self.day) == (2, 29):
            return date(year, 3, 1) - ONE_DAY
        return date(year, self.month, self.day)


@dataclass(frozen=True)
class Season:
    """A city's cold-season dates, used while no temperature series is loaded. Both ends of each span are included.

    >>> DEFAULT_SEASON.frost_deadline(2022)
    datetime.date(2022, 11, 15)
    >>> DEFAULT_SEASON.in_season(date(2023, 2, 10)), DEFAULT_SEASON.in_season(date(2023, 6, 28))
    (True, False)
    """

    winter_start: MonthDay
    winter_end: MonthDay
    outdoor_stop: MonthDay
    outdoor_stop_end: MonthDay
    enclosure_deadline: MonthDay
    heating_start: MonthDay
    heating_end: MonthDay

    def frost_deadline(self, year: int) -> date:
        """The day in this year by which a building must be warmly enclosed (暖封闭)."""
        return self.enclosure_deadline.in_year(year)

    def next_frost_deadline(self, today: date) -> date:
        """The enclosure deadline ahead, today's included."""
        this_year = self.frost_deadline(today.year)
        return this_year if today <= this_year else self.frost_deadline(today.year + 1)

    def in_season(self, day: date) -> bool:
        """Whether the day lies in the winter period."""
        return _within(day, self.winter_start, self.winter_end)

    def outdoor_stopped(self, day: date) -> bool:
        """Whether outdoor wet work rests."""
        return _within(day, self.outdoor_stop, self.outdoor_stop_end)

    def heated(self, day: date) -> bool:
        """Whether district heating is on."""
        return _within(day, self.heating_start, self.heating_end)


DEFAULT_SEASON = Season(
    winter_start=MonthDay(10, 20),
    winter_end=MonthDay(4, 10),
    outdoor_stop=MonthDay(11, 15),
    outdoor_stop_end=MonthDay(3, 15),
    enclosure_deadline=MonthDay(11, 15),
    heating_start=MonthDay(10, 20),
    heating_end=MonthDay(4, 6),
)
"""Usual dates of Changchun; a city's own parameters come before them."""


def _within(day: date, first: MonthDay, last: MonthDay) -> bool:
    """Whether the day lies in the yearly span from first to last, which may run over New Year."""
    after_first, before_last = day >= first.in_year(day.year), day <= last.in_year(day.year)
    return after_first and before_last if first <= last else after_first or before_last
