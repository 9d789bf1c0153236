"""The words that bound a printed figure (近, 超, 多, 以上 ...): what a newspaper's number says about the true one.

A printed figure is a stated number with a bound. Counts with 多 or 余 stay below the next step of the last digit printed; amounts of
money and rates with 超 only lie above. Nothing is rounded but what the print itself rounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import TypeAlias

from zhuanban.kernel.dates import PartialDate

Stated: TypeAlias = int | float | Decimal | str
Value: TypeAlias = int | float | Decimal | Fraction | str | date | PartialDate | None

BOUND_OF_WORD: Mapping[str, str] = MappingProxyType(
    {
        "多": "more_than",
        "余": "more_than",
        "超": "more_than",
        "以上": "at_least",
        "近": "nearly",
        "约": "about",
        "左右": "about",
        "数十": "several",
        "数百": "several",
        "多次": "several",
        "一系列": "several",
        "全部": "exact",
    }
)
"""The bound that each Chinese word stands for; a word may be given in place of a bound."""

_STATED_BY_WORD = {"数十": 20, "数百": 200, "多次": 3, "一系列": 3, "全部": 100}
_UNITS_THAT_EXCEED = frozenset({"yuan", "pct"})
"""Units of measured amounts, where ``more_than`` is 超 (any amount above); of anything counted it is 多."""


@dataclass(frozen=True)
class Interval:
    """The values a printed figure allows; None is no limit.

    >>> Decimal(1309) in Interval(Decimal(1200), Decimal(1300), False, False), str(interval("nearly", 1000))
    (False, '[900, 1000)')
    """

    low: Decimal | None
    high: Decimal | None
    low_included: bool = True
    high_included: bool = True

    def __contains__(self, value: Decimal) -> bool:
        above = self.low is None or value > self.low or (self.low_included and value == self.low)
        below = self.high is None or value < self.high or (self.high_included and value == self.high)
        return above and below

    def __str__(self) -> str:
        low = "(-∞" if self.low is None else f"{'[' if self.low_included else '('}{self.low.normalize():f}"
        high = "∞)" if self.high is None else f"{self.high.normalize():f}{']' if self.high_included else ')'}"
        return f"{low}, {high}"


def interval(bound: str, stated: Stated | None = None, *, word: str | None = None, unit: str | None = None) -> Interval:
    """The values that a bound allows around the stated number; 数十, 数百, 多次, 一系列 and 全部 need none.

    ``word`` tells 多/余 from 超; without it the unit decides: money and rates exceed, counts stay below the next step.

    >>> str(interval("more_than", 1200)), str(interval("more_than", 350_000_000, unit="yuan")), str(interval("数百"))
    ('(1200, 1300)', '(350000000, ∞)', '[200, 1000)')
    """
    word = bound if bound in BOUND_OF_WORD else word
    number = _number(_STATED_BY_WORD.get(word or "") if stated is None else stated)
    match BOUND_OF_WORD.get(bound, bound):
        case "exact":
            return Interval(number, number)
        case "more_than":
            exceeds = word == "超" if word else unit in _UNITS_THAT_EXCEED
            return Interval(number, None if exceeds else number + _last_step(number), False, False)
        case "at_least":
            return Interval(number, None)
        case "nearly":
            return Interval(number * Decimal("0.9"), number, True, False)
        case "about":
            return Interval(number * Decimal("0.9"), number * Decimal("1.1"))
        case "several":
            return Interval(number, None if number < 10 else Decimal(10) ** (number.adjusted() + 1), True, False)
        case unknown:
            raise ValueError(f"no such bound: {unknown}")


def check(
    bound: str, stated: Stated, value: Value, round_to: Stated | None = None, *, word: str | None = None, unit: str | None = None
) -> bool:
    """Whether the value bears the printed figure out. No value bears nothing out.

    An exact figure compares the value as it would be printed: to the nearest ``round_to``, or, for a rate, to the decimals stated;
    a stated 100 % (全部) is never reached by rounding. Days and months are stated as
    ``YYYY-MM-DD`` and ``YYYY-MM`` and given so or as dates.

    >>> check("exact", 1_180_000_000_000, 1_183_400_000_000, round_to=10_000_000_000)
    True
    >>> check("more_than", 1200, 1300), check("exact", "2024-12", date(2024, 12, 31)), check("exact", 90.1, 90.14, unit="pct")
    (False, True, True)
    """
    if value is None:
        return False
    if isinstance(stated, str) and "-" in stated:
        return _check_date(bound, stated, value)
    number = _number(value.value.year if isinstance(value, PartialDate) else value.year if isinstance(value, date) else value)
    if BOUND_OF_WORD.get(bound, bound) == "exact":
        number = _as_printed(number, _number(stated), round_to, unit)
    return number in interval(bound, stated, word=word, unit=unit)


def _as_printed(value: Decimal, stated: Decimal, round_to: Stated | None, unit: str | None) -> Decimal:
    """The value rounded as the print rounded it; counts and whole amounts are printed as they are."""
    if round_to is None and unit == "pct" and stated != 100:
        round_to = Decimal(1).scaleb(min(0, int(stated.as_tuple().exponent)))
    if round_to is None:
        return value
    step = _number(round_to)
    return (value / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def _last_step(number: Decimal) -> Decimal:
    """One unit of the last digit that is not zero: 100 for 1200, 10 for 7430."""
    if number <= 0:
        raise ValueError(f"多/余 needs a positive number, not {number}")
    return Decimal(1).scaleb(int(number.normalize().as_tuple().exponent))


def _number(raw: Value) -> Decimal:
    """Decimal without a detour over binary fractions."""
    if isinstance(raw, Decimal):
        return raw
    if isinstance(raw, Fraction):
        return Decimal(raw.numerator) / Decimal(raw.denominator)
    if isinstance(raw, int | float | str) and not isinstance(raw, bool):
        return Decimal(str(raw))
    raise ValueError(f"not a number: {raw!r}")


def _check_date(bound: str, stated: str, value: Value) -> bool:
    """Dates are numbered by the day or month that is stated; a value known less precisely bears nothing out."""
    precision = len(stated)
    shown = value.isoformat() if isinstance(value, date) else str(value)
    if len(shown) < precision:
        return False
    return _date_number(shown[:precision]) in interval(bound, _date_number(stated))


def _date_number(text: str) -> Decimal:
    """Days for YYYY-MM-DD, months since the year 0 for YYYY-MM."""
    if len(text) == 10:
        return Decimal(date.fromisoformat(text).toordinal())
    year, month = text.split("-")
    return Decimal(int(year) * 12 + int(month) - 1)
