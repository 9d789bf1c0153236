"""What a simulation says of one project: when it finishes, whether in time, and what decides it.

A target is a flagged activity by its id, or FINISH for the whole project. Instants are ticks from the data date (1,024 a calendar day), on
the finish side: a finish at tick 1,024 was reached on the data date itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from zhuanban.engines.calendars.ticks import TICKS
from zhuanban.engines.schedules.drivers import RiskDriver, RiskEvent, chance, driver_factors
from zhuanban.engines.schedules.random_numbers import draw, key, weyl

Ticks = npt.NDArray[np.int32]

ENGINE = "schedules 1"
"""Changes whenever the same input could give other figures."""
FINISH = ""
SHARES = tuple(range(1, 100))
POINTS = 0.05


@dataclass(frozen=True)
class Basis:
    """On what a forecast stands: kept with it, so that it can be made again to the bit."""

    data_date: date
    seed: int
    iterations: int
    engine: str
    calendar_version: str
    provisional_years: tuple[int, ...]
    """Years without an official table of holidays that the calendars reach; see Forecast.provisional_years."""


class Bar(NamedTuple):
    """One line of a tornado. `days`: by how much the target moves when the duration (or the driver's factor) grows by one standard deviation."""

    kind: str
    """activity, driver or event"""
    id: str
    correlation: float
    criticality: float
    days: float


class Enclosed(NamedTuple):
    """Whether a building is closed before its frost date. Where `withheld` has a reason there is no probability."""

    activity: str
    deadline: date | None
    probability: float | None
    margin_days: int | None
    """Calendar days from the finish that holds in 80 % of the iterations to the deadline; negative when it comes too late."""
    withheld: str
    """'' or one of: unknown_activity, no_deadline, no_predecessors, no_successors."""

    @property
    def shown(self) -> float | None:
        """The probability to five points, as it is shown."""
        return None if self.probability is None else round(round(self.probability / POINTS) * POINTS, 2)


@dataclass(frozen=True, eq=False)
class Forecast:
    """One project's forecast. `vectors`: by target, one finish an iteration; what is derived is worked out when it is asked for."""

    project: str
    basis: Basis
    vectors: Mapping[str, Ticks]
    ids: tuple[str, ...]
    """The activities that are not complete, in topological order; `critical` and `sums` run over them."""
    targets: tuple[str, ...]
    """The open targets of `sums`: FINISH first."""
    critical: npt.NDArray[np.int64] = field(repr=False)
    sums: npt.NDArray[np.int64] = field(repr=False)
    deadlines: Mapping[str, date]
    withheld: Mapping[str, str]
    drivers: tuple[RiskDriver, ...] = ()
    events: tuple[RiskEvent, ...] = ()
    season_shift: npt.NDArray[np.int32] | None = field(default=None, repr=False)
    """By how many days the season came late in each iteration; deadlines move with it."""
    horizon: int = 0
    """The tick at which the calendars end; a finish there lies beyond it."""

    @property
    def data_date(self) -> date:
        return self.basis.data_date

    @property
    def iterations(self) -> int:
        return self.basis.iterations

    # dates and probabilities

    def ticks(self, target: str = FINISH) -> Ticks:
        """The target's finish in each iteration. Raises KeyError for an activity that was not flagged."""
        if target not in self.vectors:
            raise KeyError(f"{target!r} is no flagged activity of {self.project!r}")
        return self.vectors[target]

    def day(self, tick: int) -> date:
        """The day on which an instant is reached, not before the data date unless it is known."""
        return self.data_date + timedelta(days=(tick - 1) // TICKS if tick != 0 else 0)

    def at(self, share: float, target: str = FINISH) -> date:
        """The day by which the target is reached in this share of the iterations (0 < share <= 1)."""
        return self.day(self._rank(self._sorted(target), share))

    def quantiles(self, target: str = FINISH) -> tuple[date, ...]:
        """The days of 1 % to 99 %."""
        ordered = self._sorted(target)
        return tuple(self.day(self._rank(ordered, share / 100)) for share in SHARES)

    def probability_before(self, day: date, target: str = FINISH) -> float:
        """The share of iterations that reach the target on this day or earlier."""
        return float(np.count_nonzero(self.ticks(target) <= self._end_of(day))) / self.iterations

    def in_time(self, target: str, deadline: date | None = None) -> npt.NDArray[np.bool_]:
        """For each iteration whether the target keeps its deadline, which moves with the season."""
        deadline = deadline or self.deadlines.get(target)
        if deadline is None:
            raise ValueError(f"no deadline for {target!r} of {self.project!r}")
        limit: Any = self._end_of(deadline)
        if self.season_shift is not None:
            limit = limit + self.season_shift.astype(np.int64) * TICKS
        return np.asarray(self.ticks(target) <= limit)

    def beyond(self, target: str = FINISH) -> float:
        """The share of iterations that do not end within the calendars' horizon."""
        return float(np.count_nonzero(self.ticks(target) >= self.horizon)) / self.iterations

    @cached_property
    def enclosures(self) -> tuple[Enclosed, ...]:
        """Each activity with a deadline or a building behind it."""
        return tuple(self._enclosed(name) for name in sorted({*self.deadlines, *self.withheld}))

    def _enclosed(self, name: str) -> Enclosed:
        deadline, reason = self.deadlines.get(name), self.withheld.get(name, "")
        if not reason and deadline is None:
            reason = "no_deadline"
        if reason or deadline is None:
            return Enclosed(name, deadline, None, None, reason)
        return Enclosed(name, deadline, float(self.in_time(name).mean()), self.margin_days(name), "")

    def margin_days(self, target: str, share: float = 0.8) -> int:
        """Calendar days between the day that holds in this share of the iterations and the deadline."""
        spare = self._end_of(self.deadlines[target]) - self.ticks(target).astype(np.int64)
        if self.season_shift is not None:
            spare = spare + self.season_shift.astype(np.int64) * TICKS
        return self._rank(np.sort(spare), 1 - share, up=False) // TICKS

    # how sure the figures themselves are

    def date_error(self, share: float, target: str = FINISH) -> float:
        """Standard error in days of a quantile, from the order statistics one standard deviation of the rank away."""
        ordered, count = self._sorted(target), self.iterations
        spread = math.sqrt(share * (1 - share) / count)
        low, high = self._rank(ordered, max(share - spread, 1 / count)), self._rank(ordered, min(share + spread, 1.0))
        return (high - low) / 2 / TICKS

    def probability_error(self, probability: float) -> float:
        """Standard error of a probability that was counted; at 0 and 1 that of one more iteration."""
        held = min(max(probability, 1 / (self.iterations + 2)), 1 - 1 / (self.iterations + 2))
        return math.sqrt(held * (1 - held) / self.iterations)

    # what decides

    def criticality(self, target: str = FINISH) -> dict[str, float]:
        """Share of the iterations in which each activity lies on the driving way to the target (FINISH, and targets with a deadline or building)."""
        number = self._number(target)
        if number >= len(self.critical):
            raise KeyError(f"{target!r} of {self.project!r} was not traced")
        return dict(zip(self.ids, (self.critical[number] / self.iterations).tolist(), strict=True))

    def sensitivity(self, target: str = FINISH) -> dict[str, float]:
        """Correlation of each activity's remaining duration with the target; 0 where either does not vary."""
        return dict(zip(self.ids, self._correlations(target).tolist(), strict=True))

    def significance(self, target: str = FINISH) -> dict[str, float]:
        """Schedule sensitivity index: criticality times the duration's standard deviation over the target's."""
        spread = float(self.ticks(target).std())
        criticality = np.array(list(self.criticality(target).values()))
        values = criticality * self._spreads() / spread if spread else np.zeros(len(self.ids))
        return dict(zip(self.ids, values.tolist(), strict=True))

    def tornado(self, count: int = 10, target: str = FINISH) -> tuple[Bar, ...]:
        """What moves the target most: activities, risk drivers and risk events, the strongest first."""
        spread = float(self.ticks(target).std()) / TICKS
        number = self._number(target)
        critical = self.critical[number] / self.iterations if number < len(self.critical) else np.full(len(self.ids), np.nan)
        bars = [
            Bar("activity", name, correlation, share, correlation * spread)
            for name, correlation, share in zip(self.ids, self._correlations(target).tolist(), critical.tolist(), strict=True)
        ]
        values = self.ticks(target).astype(np.float64)
        for kind, name, drawn in self._risks():
            correlation = _correlation(drawn, values)
            bars.append(Bar(kind, name, correlation, float("nan"), correlation * spread))
        bars = [bar for bar in bars if bar.correlation]
        return tuple(sorted(bars, key=lambda bar: (-abs(bar.days), bar.kind, bar.id))[:count])

    # to keep

    @property
    def provisional_years(self) -> tuple[int, ...]:
        """Years without an official table of holidays up to the day that holds in 99 % of the iterations."""
        last = max(self.at(0.99, target).year for target in self.vectors)
        return tuple(year for year in self.basis.provisional_years if self.data_date.year <= year <= last)

    def digest(self) -> str:
        """A hash of every figure drawn; equal digests are equal forecasts."""
        found = blake2b(digest_size=16)
        for name in sorted(self.vectors):
            found.update(name.encode() + b"\0" + self.vectors[name].astype("<i4").tobytes())
        found.update(self.critical.astype("<i8").tobytes() + self.sums.astype("<i8").tobytes())
        return found.hexdigest()

    def summary(self, bars: int = 10) -> dict[str, Any]:
        """Everything that is shown, as values that JSON can hold (dates as ISO text, unknown as None)."""
        return {
            "project": self.project,
            "data_date": self.data_date.isoformat(),
            "seed": self.basis.seed,
            "iterations": self.iterations,
            "engine": self.basis.engine,
            "calendar_version": self.basis.calendar_version,
            "provisional_years": list(self.provisional_years),
            "digest": self.digest(),
            "finish": self._target_summary(FINISH, bars),
            "targets": {name: self._target_summary(name, bars) for name in self.vectors if name != FINISH},
            "enclosures": [
                {
                    "activity": each.activity,
                    "deadline": each.deadline.isoformat() if each.deadline else None,
                    "probability": each.probability,
                    "shown": each.shown,
                    "error": None if each.probability is None else self.probability_error(each.probability),
                    "margin_days": each.margin_days,
                    "withheld": each.withheld,
                }
                for each in self.enclosures
            ],
        }

    def _target_summary(self, target: str, bars: int) -> dict[str, Any]:
        found: dict[str, Any] = {
            "quantiles": [day.isoformat() for day in self.quantiles(target)],
            "error_days": {"p50": self.date_error(0.5, target), "p80": self.date_error(0.8, target)},
            "beyond_horizon": self.beyond(target),
        }
        if target in self.targets:
            found["tornado"] = [[None if value != value else value for value in bar] for bar in self.tornado(bars, target)]
        if target in self.targets and self._number(target) < len(self.critical):
            found["criticality"] = {name: share for name, share in self.criticality(target).items() if share}
        return found

    # inner workings

    @cached_property
    def _ordered(self) -> dict[str, Ticks]:
        return {}

    def _sorted(self, target: str) -> Ticks:
        if target not in self._ordered:
            self._ordered[target] = np.sort(self.ticks(target))
        return self._ordered[target]

    def _rank(self, ordered: npt.NDArray[Any], share: float, up: bool = True) -> int:
        """The value that this share of the iterations does not exceed."""
        place = math.ceil(share * len(ordered) - 1e-9) - 1 if up else math.floor(share * len(ordered) + 1e-9)
        return int(ordered[min(max(place, 0), len(ordered) - 1)])

    def _end_of(self, day: date) -> int:
        return ((day - self.data_date).days + 1) * TICKS

    def _number(self, target: str) -> int:
        if target not in self.targets:
            raise KeyError(f"{target!r} is no open target of {self.project!r}")
        return self.targets.index(target)

    def _spreads(self) -> npt.NDArray[np.float64]:
        """Standard deviation of each activity's duration in ticks of work."""
        count = self.iterations
        variance = self.sums[1] / count - (self.sums[0] / count) ** 2
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    def _correlations(self, target: str) -> npt.NDArray[np.float64]:
        count, number = self.iterations, self._number(target)
        times = self.ticks(target).astype(np.int64)
        times -= times[0]
        covariance = self.sums[2 + number] / count - (self.sums[0] / count) * (int(times.sum()) / count)
        scale = self._spreads() * float(times.std())
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(scale > 1e-9, np.clip(covariance / scale, -1.0, 1.0), 0.0)

    def _risks(self) -> list[tuple[str, str, npt.NDArray[np.float64]]]:
        """What was drawn for each risk driver and event, drawn again."""
        words = weyl(0, self.iterations)
        found = [
            ("driver", driver.id, driver_factors(driver, self.basis.seed, self.project, words).astype(np.float64))
            for driver in self.drivers
        ]
        for event in self.events:
            first, second = key(self.basis.seed, self.project, "event\0" + event.id)
            occurs = (draw(words, np.uint32(first), np.uint32(second)) >> np.uint32(8)) < np.uint32(chance(event.probability))  # type: ignore[arg-type]
            found.append(("event", event.id, occurs.astype(np.float64)))
        return found


def _correlation(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    scale = float(first.std() * second.std())
    return float(((first - first.mean()) * (second - second.mean())).mean()) / scale if scale > 1e-9 else 0.0
