"""The frost of a city: when winter is, and how much of a normal day's work each kind of work still gets done in it.

Rates are shares of a normal day (0 stops the work, 1 is untouched). Source of the defaults: JGJ/T 104 for the winter period, usual
productivities of the trade for the rates; a city passes its own value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from zhuanban.engines.calendars.seasons import DEFAULT_SEASON, MonthDay, Season

INDOOR = "indoor"

DEFAULT_RATES: Mapping[str, float] = {
    "earthwork": 0.3,
    "concrete": 0.4,
    "masonry": 0.0,
    "steel": 0.7,
    "envelope": 0.6,
    "indoor": 0.95,
    "commissioning": 1.0,
}
"""Share of a normal day's work done in winter, by class of work."""


def _month_days(first_day: date, days: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Month and day as one number (1115 is 15 November), and whether the year is a leap year, of so many days."""
    each = np.datetime64(first_day, "D") + np.arange(days)
    months, years = each.astype("datetime64[M]"), each.astype("datetime64[Y]").astype(np.int64) + 1970
    month_days = (months.astype(np.int64) % 12 + 1) * 100 + (each - months).astype(np.int64) + 1
    return month_days, (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))


def _key(day: MonthDay, leap: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """The same number for a day of the year, the last of February where it is none."""
    return np.where(leap | ((day.month, day.day) != (2, 29)), day.month * 100 + day.day, 228)


@dataclass(frozen=True)
class FrostWindow:
    """A yearly span, first and last day included; it may run over New Year. `rates` go before those of the frost where they name a class."""

    first: MonthDay
    last: MonthDay
    rates: Mapping[str, float] = field(default_factory=dict, hash=False)

    def holds(self, first_day: date, days: int, shift: int = 0) -> npt.NDArray[np.bool_]:
        """For each of so many days whether it lies in the span when the season comes `shift` days late (negative: early)."""
        months_days, leap = _month_days(first_day - timedelta(days=shift), days)
        after_first, before_last = months_days >= _key(self.first, leap), months_days <= _key(self.last, leap)
        return after_first & before_last if self.first <= self.last else after_first | before_last


@dataclass(frozen=True)
class Frost:
    """Winter as the scheduler sees it.

    `windows`: where they overlap the later one holds. `rates`: work that stands in the frost, by class. `enclosed_rate`: work inside a
    warm building, unless its class does better. `open_building_rate`: indoor work in a building that is not enclosed yet.

    >>> DEFAULT_FROST.exposed("masonry"), DEFAULT_FROST.inside("masonry"), DEFAULT_FROST.inside("commissioning")
    ((0.0,), (0.95,), (1.0,))
    >>> DEFAULT_FROST.exposed("indoor")
    (0.0,)
    >>> DEFAULT_FROST.exposed("plumbing")
    Traceback (most recent call last):
    ...
    ValueError: no winter rate for work of class 'plumbing'; known: commissioning, concrete, earthwork, envelope, indoor, masonry, steel
    """

    windows: tuple[FrostWindow, ...]
    rates: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_RATES), hash=False)
    enclosed_rate: float = 0.95
    open_building_rate: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rates", dict(self.rates))
        for name, rate in [*self.rates.items(), ("enclosed", self.enclosed_rate), ("open building", self.open_building_rate)]:
            _check_rate(name, rate)
        for window in self.windows:
            for name, rate in window.rates.items():
                _check_rate(name, rate)

    @classmethod
    def from_season(cls, season: Season = DEFAULT_SEASON, rates: Mapping[str, float] = DEFAULT_RATES) -> Frost:
        """One window, the season's winter period, with these rates."""
        return cls((FrostWindow(season.winter_start, season.winter_end),), dict(rates))

    def exposed(self, work_class: str) -> tuple[float, ...]:
        """The rate in each window of work that the frost reaches. Raises ValueError for a class without a rate."""
        if work_class not in self.rates:
            raise ValueError(f"no winter rate for work of class {work_class!r}; known: {', '.join(sorted(self.rates))}")
        if work_class == INDOOR:
            return tuple(self.open_building_rate for _ in self.windows)
        return tuple(window.rates.get(work_class, self.rates[work_class]) for window in self.windows)

    def inside(self, work_class: str) -> tuple[float, ...]:
        """The rate in each window of work inside a warm building."""
        return tuple(max(self.enclosed_rate, window.rates.get(work_class, self.rates.get(work_class, 0.0))) for window in self.windows)


def _check_rate(name: str, rate: float) -> None:
    if not 0 <= rate <= 1:
        raise ValueError(f"winter rate {rate} of {name!r} is not between 0 and 1")


DEFAULT_FROST = Frost.from_season()
"""Winter of Changchun, 10-20 to 04-10."""
