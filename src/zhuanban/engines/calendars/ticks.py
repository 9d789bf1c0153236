"""Day calendars with rates, compiled to tables of int32 ticks: position of an instant, instant of a position, without searching.

A calendar day has 1,024 ticks of time; a working day at full rate has 1,024 ticks of work. Instants and positions are counted from an
origin one year before the data date, so that both are never negative; every row has the position `zero` at the data date, where time is
`zero` too. Position: W(t) = cw[d] + ((cw[d+1] - cw[d]) * (t mod 1024) >> 10), d = t >> 10. Its inverse on the *finish* side of a boundary
is the first instant with W(t) = w, on the *start* side the last one; both are exact in whole numbers, so W(finish(w)) = w.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from zhuanban.engines.calendars.frost import Frost
from zhuanban.engines.calendars.workdays import WorkCalendar

Ints = npt.NDArray[np.int32]

TICKS = 1024
PAST_DAYS = 366
HORIZON_DAYS = 12 * 365 + 3
SMALLEST_RATE = 16
"""A day's work below 1/64 of a normal one cannot be told apart by the inverse tables."""
FACTOR = 20
ROUND_UP = (1 << FACTOR) - 1
BEYOND = np.iinfo(np.int32).max


class Shifted(Protocol):
    """A calendar of shifts within the day."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def minutes_on(self, day: date) -> int: ...


@dataclass(frozen=True)
class RateCalendar:
    """How much of a full working day each day gives: `rates[i]` of 1,024 on `start` + i days; later days repeat the last year's weekdays.

    `minutes` of work make a full day. `version` and `provisional` (years without an official table) are kept with every result.
    """

    key: str
    start: date
    rates: npt.NDArray[np.uint16] = field(repr=False, hash=False, compare=False)
    minutes: int = 480
    version: str = ""
    provisional: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.minutes <= 0 or not len(self.rates) or int(self.rates.max()) == 0 or int(self.rates.max()) > TICKS:
            raise ValueError(f"calendar {self.key!r} needs at least one working day of a positive length, and rates up to {TICKS}")

    @classmethod
    def from_days(
        cls,
        key: str,
        works: Callable[[date], bool],
        start: date,
        days: int = PAST_DAYS + HORIZON_DAYS,
        minutes: int = 480,
        version: str = "",
    ) -> RateCalendar:
        """A calendar whose days work wholly or not at all."""
        rates = np.fromiter((TICKS * works(start + timedelta(days=n)) for n in range(days)), np.uint16, days)
        return cls(key, start, rates, minutes, version)

    @classmethod
    def office(
        cls, key: str, calendar: WorkCalendar, start: date, days: int = PAST_DAYS + HORIZON_DAYS, minutes: int = 480
    ) -> RateCalendar:
        """The statutory working days, make-up days included."""
        plain = cls.from_days(key, calendar.is_workday, start, days, minutes, calendar.version)
        years = range(start.year, (start + timedelta(days=days - 1)).year + 1)
        return cls(key, start, plain.rates, minutes, calendar.version, frozenset(year for year in years if calendar.provisional(year)))

    @classmethod
    def from_shifts(
        cls, calendar: Shifted, start: date, days: int = PAST_DAYS + HORIZON_DAYS, provisional: frozenset[int] = frozenset()
    ) -> RateCalendar:
        """A shift calendar seen by the day: its longest day is a full one."""
        worked = np.fromiter((calendar.minutes_on(start + timedelta(days=n)) for n in range(days)), np.int64, days)
        longest = max(1, int(worked.max()))
        rates = (worked * TICKS + longest // 2) // longest
        rates[(rates > 0) & (rates < SMALLEST_RATE)] = SMALLEST_RATE
        return cls(calendar.name, start, rates.astype(np.uint16), longest, calendar.version, provisional)

    def span(self, first: date, days: int) -> Ints:
        """The rates of so many days from `first`. Days before the calendar's start are full; days after its end repeat its last 52 weeks."""
        index = np.arange(days) + (first - self.start).days
        size = len(self.rates)
        period = min(364, size)
        inside = np.where(index < size, np.maximum(index, 0), size - period + (index - size) % period)
        return np.where(index < 0, TICKS, self.rates[inside]).astype(np.int32)

    def ticks(self, minutes: float) -> int:
        """Minutes of work as ticks; work that is not nothing is at least one tick.

        >>> weekdays = RateCalendar.from_days("weekdays", lambda day: day.weekday() < 5, date(2023, 1, 2))
        >>> weekdays.ticks(240), weekdays.ticks(0.1), weekdays.ticks(0)
        (512, 1, 0)
        """
        return max(1, round(minutes * TICKS / self.minutes)) if minutes > 0 else -round(-minutes * TICKS / self.minutes)


@dataclass(frozen=True, eq=False)
class Tables:
    """What the loops read: one row for each calendar and frost state, [rows, …], contiguous int32 (`grid` int16)."""

    zero: int
    """Time and position of the data date."""
    cap: int
    """End of the horizon; every position and instant is held below it."""
    shift: int
    """2**shift is the cell of the inverse grid, not larger than the smallest daily rate."""
    cw: Ints
    """Work before day d."""
    knots: Ints
    """[rows, k, 4]: work before the k-th working day, its first instant, its reciprocal rate, its end's work."""
    grid: npt.NDArray[np.int16]
    """The working day in which the first position of a cell falls: begun before it, and not over."""
    whole: npt.NDArray[np.bool_]
    """Rows whose days work wholly or not at all."""
    days: Ints
    """[rows, k]: the first instant of the k-th full day, for whole rows."""
    varying: npt.NDArray[np.bool_]
    """Rows that are the first of a group, one for each shift of the season."""


class RowBook:
    """Makes rows on demand and gives them numbers; `tables` compiles what was asked for.

    `shifts`: by how many days the season may come late; a row that winter touches becomes a group of len(shifts) rows in this order.
    """

    def __init__(
        self,
        calendars: Mapping[str, RateCalendar],
        data_date: date,
        frost: Frost | None = None,
        shifts: Sequence[int] = (0,),
        horizon_days: int = HORIZON_DAYS,
    ) -> None:
        self.calendars = dict(calendars)
        self.data_date = data_date
        self.frost = frost
        self.shifts = tuple(shifts)
        self.origin = data_date - timedelta(days=PAST_DAYS)
        self.size = PAST_DAYS + horizon_days
        self.zero = PAST_DAYS * TICKS
        self.cap = self.size * TICKS
        self._spans: dict[str, Ints] = {}
        self._winters: list[Ints] = [self._winter(shift) for shift in self.shifts] if frost else []
        self._rows: dict[tuple[str, tuple[float, ...]], int] = {}
        self._rates: list[Ints] = []
        self._varying: list[bool] = []
        self._tables: Tables | None = None
        self._lock = Lock()

    def row(self, calendar: str, factors: tuple[float, ...] = ()) -> int:
        """The number of the row (or of a group's first row) of this calendar under these rates, one for each window of the frost."""
        key = (calendar, () if all(factor == 1 for factor in factors) else factors)
        found = self._rows.get(key)
        return self._new_row(key) if found is None else found

    def _new_row(self, key: tuple[str, tuple[float, ...]]) -> int:
        calendar, factors = key
        group = [self._span(calendar)] if not factors else [self._frosted(calendar, factors, winter) for winter in self._winters]
        with self._lock:
            if key not in self._rows:
                self._rates.extend(group)
                self._varying.extend([len(group) > 1] * len(group))
                self._rows[key] = len(self._rates) - len(group)
            return self._rows[key]

    def used(self) -> list[RateCalendar]:
        """The calendars that rows were asked of, by key."""
        return [self.calendars[key] for key in sorted({key for key, _ in self._rows})]

    def instant(self, at: date, end: bool = False) -> int:
        """The first instant of a day, or its end; instants out of reach are held at the edges."""
        day = at.date() if isinstance(at, datetime) else at
        return min(max(((day - self.origin).days + end) * TICKS, 0), self.cap)

    def advance(self, row: int, instant: int, work: int) -> int:
        """The instant after so much work on a row, finish side; slow, for what is known before the simulation."""
        before = np.concatenate(([0], np.cumsum(self._rates[row], dtype=np.int64)))
        day = min(instant >> 10, self.size - 1)
        position = int(before[day]) + ((int(self._rates[row][day]) * (instant - (day << 10))) >> 10) + work
        if position <= 0:
            return 0
        if position > before[-1]:
            return self.cap
        found = int(np.searchsorted(before, position)) - 1
        left, rate = position - int(before[found]), int(self._rates[row][found])
        return (found << 10) + (left * TICKS + rate - 1) // rate

    def tables(self) -> Tables:
        """All rows asked for so far, compiled; the same object until there are more."""
        with self._lock:
            if self._tables is None or len(self._tables.varying) != len(self._rates):
                self._tables = self._compiled()
            return self._tables

    def _compiled(self) -> Tables:
        rates = np.array(self._rates, np.int32).reshape(-1, self.size)
        smallest = int(rates[rates > 0].min(initial=TICKS))
        shift = min(int(smallest).bit_length() - 1, 10)
        compiled = [_compile_row(row, self.zero, self.cap, shift) for row in rates]
        columns = [np.ascontiguousarray(np.stack(column)) for column in zip(*compiled, strict=True)] if compiled else _no_rows()
        cw, knots, grid, days, whole = (cast(Any, column) for column in columns)
        return Tables(self.zero, self.cap, shift, cw, knots, grid, whole, days, np.array(self._varying, np.bool_))

    def _span(self, calendar: str) -> Ints:
        if calendar not in self.calendars:
            raise ValueError(f"unknown calendar {calendar!r}; known: {', '.join(sorted(self.calendars))}")
        if calendar not in self._spans:
            rates = self.calendars[calendar].span(self.origin, self.size)
            if bool(((rates > 0) & (rates < SMALLEST_RATE)).any()):
                raise ValueError(f"calendar {calendar!r} has days of less than 1/64 of a full one")
            self._spans[calendar] = rates
        return self._spans[calendar]

    def _winter(self, shift: int) -> Ints:
        """For each day 1 + the number of the window that holds it, 0 outside."""
        windows = self.frost.windows if self.frost else ()
        mask = np.zeros(self.size, np.int32)
        for number, window in enumerate(windows, 1):
            mask[window.holds(self.origin, self.size, shift)] = number
        return mask

    def _frosted(self, calendar: str, factors: tuple[float, ...], winter: Ints) -> Ints:
        """The calendar's rates under the frost's; a trace of work counts as the smallest that can be told."""
        shares = np.array((1.0, *factors))[winter]
        rates = np.rint(self._span(calendar) * shares).astype(np.int32)
        rates[(rates > 0) & (rates < SMALLEST_RATE)] = SMALLEST_RATE
        return cast(Ints, rates)


def _no_rows() -> list[npt.NDArray[Any]]:
    return [
        np.zeros((1, 2), np.int32),
        np.zeros((1, 2, 4), np.int32),
        np.zeros((1, 1), np.int16),
        np.zeros((1, 1), np.int32),
        np.zeros(1, np.bool_),
    ]


def _compile_row(rates: Ints, zero: int, cap: int, shift: int) -> tuple[Ints, Ints, npt.NDArray[np.int16], Ints, np.bool_]:
    """The tables of one row, padded to lengths that only depend on the horizon."""
    size = len(rates)
    before = np.concatenate(([0], np.cumsum(rates, dtype=np.int64)))
    before += zero - before[PAST_DAYS]
    cw = np.append(before, [before[-1]] * 2).astype(np.int32)
    working = np.flatnonzero(rates)
    last = len(working)
    knots = np.zeros((size + 2, 4), np.int32)
    knots[:last, 0], knots[:last, 1] = before[working], working << 10
    knots[:last, 2], knots[:last, 3] = (1 << 30) // rates[working], before[working + 1]
    knots[last:, 0], knots[last:, 1], knots[last:, 3] = before[-1], cap, BEYOND
    begun = np.bincount((knots[: last + 1, 0] >> shift) + 1, minlength=(cap >> shift) + 2)
    grid = np.maximum(np.cumsum(begun) - 1, 0).astype(np.int16)
    days = np.full(size + 2, cap, np.int32)
    whole = bool(((rates == 0) | (rates == TICKS)).all())
    if whole:
        first = int(before[0]) >> 10
        days[: first + last] = np.concatenate((np.zeros(first, np.int64), working << 10))
    return cw, knots, grid, days, np.bool_(whole)
