"""How long the remaining work may take, as multiples of what is planned: tables of 4,096 quantiles that the loops look up.

>>> table(Triangular(0.8, 1.0, 1.5)).size
4096
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ENTRIES = 4096
UNIT = 4096
"""The whole number that stands for the factor 1."""
LARGEST = 32 * UNIT - 1
MIDDLES: Floats = (np.arange(ENTRIES) + 0.5) / ENTRIES
REFERENCE_CASES = 30
"""A reference class needs so many finished cases before it speaks."""


class Distribution(ABC):
    """A distribution with a quantile function. Factors are multiples of the planned remaining duration; a season's shift is in days."""

    __slots__ = ()

    @abstractmethod
    def quantile(self, shares: Floats) -> Floats:
        """The factors below which these shares (0..1) of the cases lie; the same shape."""

    def mean(self) -> float:
        """The mean of the table of quantiles."""
        return float(self.quantile(MIDDLES).mean())


@dataclass(frozen=True, slots=True)
class Fixed(Distribution):
    """Always the same."""

    value: float = 1.0

    def quantile(self, shares: Floats) -> Floats:
        return np.full_like(shares, self.value)


@dataclass(frozen=True, slots=True)
class Uniform(Distribution):
    low: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self.low, self.high)

    def quantile(self, shares: Floats) -> Floats:
        return self.low + shares * (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Triangular(Distribution):
    """Least, most likely, most."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        _ordered(self.low, self.mode, self.high)

    def quantile(self, shares: Floats) -> Floats:
        width = self.high - self.low
        if width == 0:
            return np.full_like(shares, self.low)
        rising = self.low + np.sqrt(shares * width * (self.mode - self.low))
        falling = self.high - np.sqrt((1 - shares) * width * (self.high - self.mode))
        return np.where(shares * width < self.mode - self.low, rising, falling)


@dataclass(frozen=True, slots=True)
class Pert(Distribution):
    """Beta-PERT of least, most likely, most; mean = (low + weight * mode + high) / (weight + 2)."""

    low: float
    mode: float
    high: float
    weight: float = 4.0

    def __post_init__(self) -> None:
        _ordered(self.low, self.mode, self.high)
        if not 0 <= self.weight <= 100:
            raise ValueError(f"weight {self.weight} of the most likely value is not between 0 and 100")

    def quantile(self, shares: Floats) -> Floats:
        width = self.high - self.low
        if width == 0:
            return np.full_like(shares, self.low)
        a = self.weight * (self.mode - self.low) / width
        b = self.weight * (self.high - self.mode) / width
        x = (1 - np.cos(np.linspace(0, math.pi, 8193))) / 2
        with np.errstate(divide="ignore"):
            density = np.exp(np.where(a > 0, a * np.log(x), 0.0) + np.where(b > 0, b * np.log1p(-x), 0.0))
        cumulative = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) * np.diff(x) / 2)))
        return self.low + width * np.interp(shares, cumulative / cumulative[-1], x)


@dataclass(frozen=True, slots=True)
class Lognormal(Distribution):
    """By its median and its 90th percentile."""

    p50: float
    p90: float

    def __post_init__(self) -> None:
        _ordered(self.p50, self.p90)
        if self.p50 <= 0:
            raise ValueError(f"median {self.p50} of a lognormal is not positive")

    def quantile(self, shares: Floats) -> Floats:
        sigma = math.log(self.p90 / self.p50) / NormalDist().inv_cdf(0.9)
        normal = _normal_middles() if shares is MIDDLES else np.array([NormalDist().inv_cdf(float(share)) for share in shares])
        return self.p50 * np.exp(sigma * normal)


@dataclass(frozen=True, slots=True)
class Empirical(Distribution):
    """A reference class: how the actual durations of at least 30 finished cases compared with their plans."""

    ratios: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.ratios) < REFERENCE_CASES:
            raise ValueError(f"a reference class of {len(self.ratios)} cases; it takes {REFERENCE_CASES}")

    def quantile(self, shares: Floats) -> Floats:
        """Between neighbouring cases linear; the least and the greatest case are the limits."""
        cases = np.sort(np.array(self.ratios, np.float64))
        return np.interp(shares, (np.arange(cases.size) + 0.5) / cases.size, cases)


@lru_cache(maxsize=1)
def _normal_middles() -> Floats:
    normal = NormalDist()
    return np.array([normal.inv_cdf(float(share)) for share in MIDDLES])


@lru_cache(maxsize=512)
def table(distribution: Distribution) -> npt.NDArray[np.int32]:
    """The quantiles of a factor as whole 4,096ths, rising. Factors are cut at 32. Raises ValueError where one would be negative."""
    values = distribution.quantile(MIDDLES)
    if not np.isfinite(values).all() or float(values[0]) < 0:
        raise ValueError(f"{distribution} is no factor of a duration")
    return np.minimum(np.rint(values * UNIT), LARGEST).astype(np.int32)


def of_days(distribution: Triangular | Pert | Uniform | Lognormal, planned_days: float) -> Distribution:
    """The same distribution, given in days, as multiples of the planned days.

    >>> of_days(Triangular(20, 25, 40), 25)
    Triangular(low=0.8, mode=1.0, high=1.6)
    """
    if planned_days <= 0:
        raise ValueError(f"{planned_days} planned days have no spread")
    match distribution:
        case Triangular(low, mode, high):
            return Triangular(low / planned_days, mode / planned_days, high / planned_days)
        case Pert(low, mode, high, weight):
            return Pert(low / planned_days, mode / planned_days, high / planned_days, weight)
        case Uniform(low, high):
            return Uniform(low / planned_days, high / planned_days)
        case Lognormal(p50, p90):
            return Lognormal(p50 / planned_days, p90 / planned_days)


def _ordered(*values: float) -> None:
    if not all(math.isfinite(value) for value in values) or list(values) != sorted(values):
        raise ValueError(f"{' <= '.join(f'{value:g}' for value in values)} does not hold")
