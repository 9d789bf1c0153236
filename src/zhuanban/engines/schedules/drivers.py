"""What moves many activities at once, or one of them now and then: risk drivers, risk events, and the weather."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import numpy as np
import numpy.typing as npt

from zhuanban.engines.schedules.distributions import LARGEST, MIDDLES, UNIT, Distribution, Fixed, table
from zhuanban.engines.schedules.random_numbers import Words, draw, key

Vector = npt.NDArray[np.int32]

CHANCE_BITS = 24
OCCURS, STRENGTH, SEASON = "occurs\0", "strength\0", "season\0"
MOST_SHIFTS = 31


@dataclass(frozen=True, slots=True)
class RiskDriver:
    """With this probability the durations of the activities that it touches are multiplied by a factor.

    It touches the activities named, and those with one of the `tags`: a tag of their own, their work class or their exposure. A `shared`
    driver falls alike on all projects of one iteration (a steel shortage, an epidemic); one that is not is drawn for each project.
    """

    id: str
    probability: float
    factor: Distribution
    tags: frozenset[str] = frozenset()
    activities: frozenset[str] = frozenset()
    shared: bool = True

    def __post_init__(self) -> None:
        _check_probability(self.id, self.probability)
        table(self.factor)


@dataclass(frozen=True, slots=True)
class RiskEvent:
    """With this probability the activity takes so many working days longer (a milestone: calendar days)."""

    id: str
    activity: str
    probability: float
    delay_days: float

    def __post_init__(self) -> None:
        _check_probability(self.id, self.probability)
        if self.delay_days < 0:
            raise ValueError(f"risk event {self.id!r} with a delay of {self.delay_days} days")


@dataclass(frozen=True, slots=True)
class Weather:
    """How many days late the frost season comes (negative: early), one draw an iteration for all projects, in whole steps of days."""

    shift: Distribution
    step: int = 3
    id: str = "weather"

    def __post_init__(self) -> None:
        if self.step < 1:
            raise ValueError(f"a step of {self.step} days")
        if len(self.days()) > MOST_SHIFTS:
            raise ValueError(f"a season that shifts over more than {MOST_SHIFTS} steps of {self.step} days")

    def days(self) -> tuple[int, ...]:
        """The shifts that may occur, rising."""
        steps = self._steps()
        return tuple(step * self.step for step in range(int(steps[0]), int(steps[-1]) + 1))

    def draw(self, seed: int, words: Words) -> Vector:
        """For each iteration the index into `days` of its shift."""
        bits = _bits(seed, "", SEASON + self.id, words) >> np.uint32(20)
        steps = self._steps()
        late: Vector = (steps - steps[0]).astype(np.int32)
        return cast(Vector, late[bits])

    def _steps(self) -> npt.NDArray[np.int64]:
        return np.rint(self.shift.quantile(MIDDLES) / self.step).astype(np.int64)


def chance(probability: float) -> int:
    """A probability as a whole number of 2**24 parts."""
    return int(Fraction(probability) * (1 << CHANCE_BITS) + Fraction(1, 2))


def scale(values: Vector, factors: Vector | int) -> Vector:
    """Whole numbers times 4,096ths, rounded down in two halves so that 32 bits are enough; the loops do the same."""
    return (values >> 12) * factors + (((values & (UNIT - 1)) * factors) >> 12)


def driver_factors(driver: RiskDriver, seed: int, project: str, words: Words) -> Vector:
    """The driver's factor in each iteration, in 4,096ths."""
    scope = "" if driver.shared else project
    occurs = (_bits(seed, scope, OCCURS + driver.id, words) >> np.uint32(8)) < np.uint32(chance(driver.probability))
    if isinstance(driver.factor, Fixed):
        return np.where(occurs, table(driver.factor)[0], UNIT).astype(np.int32)
    strength = table(driver.factor)[_bits(seed, scope, STRENGTH + driver.id, words) >> np.uint32(20)]
    return np.where(occurs, strength, UNIT).astype(np.int32)


def combined(factors: Sequence[Vector]) -> Vector:
    """The product of several drivers' factors in 4,096ths, cut like any factor."""
    product = factors[0].astype(np.int64)
    for factor in factors[1:]:
        product = np.minimum((product * factor) >> 12, LARGEST)
    return product.astype(np.int32)


def _bits(seed: int, scope: str, name: str, words: Words) -> Words:
    first, second = key(seed, scope, name)
    return draw(words, np.uint32(first), np.uint32(second))  # type: ignore[arg-type]


def _check_probability(name: str, probability: float) -> None:
    if not 0 <= probability <= 1:
        raise ValueError(f"probability {probability} of {name!r} is not between 0 and 1")
