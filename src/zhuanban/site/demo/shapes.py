"""The numbers of an invented project: heavy-tailed money with an exact sum, months of investment, seasons, dates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

LEAST = 50_000_000
"""Yuan; the threshold of the city's list, inclusive."""
MOST = {
    "industry": 24_000_000_000, "transport": 7_000_000_000, "service": 9_000_000_000, "energy": 4_000_000_000,
    "housing": 8_000_000_000, "municipal": 6_000_000_000, "agriculture": 1_500_000_000, "social": 1_500_000_000,
}  # fmt: skip
"""Yuan; beyond these a project of the sector would not be believed."""
WEIGHT = {
    "industry": 1.0,
    "transport": 2.4,
    "service": 1.0,
    "energy": 1.3,
    "housing": 1.5,
    "municipal": 0.7,
    "agriculture": 0.35,
    "social": 0.35,
}
SPREAD = 1.35
SEASON = (0.10, 0.10, 0.35, 0.75, 1.15, 1.35, 1.40, 1.40, 1.40, 1.15, 0.45, 0.20)
"""How much is built in each month of a year in Changchun; frozen ground from November to March."""
EPIDEMIC = {(2022, 3): 0.4, (2022, 4): 0.3}


def money(rng: Random, sectors: Sequence[str], total: int | None) -> list[int]:
    """Planned investments, log-normal above the threshold; their sum is exactly `total` where one is given."""
    tail = [rng.lognormvariate(0, SPREAD) * WEIGHT[sector] for sector in sectors]
    factor = ((total or 875_000_000 * len(sectors)) - LEAST * len(sectors)) / sum(tail)
    amounts = [LEAST + each * factor for each in tail]
    if total is not None:
        amounts = _fitted(amounts, sectors, total)
    rounded = [natural(min(amount, MOST[sector])) for amount, sector in zip(amounts, sectors, strict=True)]
    if total is None:
        return rounded
    for place in sorted(range(len(rounded)), key=rounded.__getitem__)[:3]:
        rounded[place] = LEAST
    return _settle(rounded, sectors, total)


def one_amount(rng: Random, sector: str, middle: int) -> int:
    """One planned investment around a middle, not bound to the list's threshold."""
    return max(12_000_000, natural(min(middle * rng.lognormvariate(0, 1.0) * WEIGHT[sector], MOST[sector]), least=0))


def _fitted(amounts: list[float], sectors: Sequence[str], total: int) -> list[float]:
    """Cap what is beyond belief and let the others carry the difference."""
    for _round in range(60):
        capped = [min(amount, MOST[sector]) for amount, sector in zip(amounts, sectors, strict=True)]
        free = [amount < MOST[sector] for amount, sector in zip(amounts, sectors, strict=True)]
        missing = total - sum(capped)
        room = sum(amount - LEAST for amount, open_ in zip(capped, free, strict=True) if open_)
        amounts = [LEAST + (amount - LEAST) * (1 + missing / room) if open_ else amount for amount, open_ in zip(capped, free, strict=True)]
    return amounts


def natural(amount: float, least: int = LEAST) -> int:
    """As a project's papers state it: to ten million, a million or a hundred thousand yuan."""
    step = 10_000_000 if amount >= 1_000_000_000 else 1_000_000 if amount >= 100_000_000 else 100_000
    return max(least, round(amount / step) * step)


def _settle(amounts: list[int], sectors: Sequence[str], total: int) -> list[int]:
    """Spread the rounding's remainder over the large projects below their cap, in steps of ten million yuan; one takes the rest."""
    order = sorted(range(len(amounts)), key=lambda place: -amounts[place])
    room = [place for place in order if amounts[place] < MOST[sectors[place]] * 0.9]
    step = 10_000_000 if total > sum(amounts) else -10_000_000
    for turn in range(abs(total - sum(amounts)) // abs(step)):
        amounts[room[turn % 80]] += step
    amounts[room[80]] += total - sum(amounts)
    return amounts


def months_needed(rng: Random, amount: int) -> int:
    """How long it takes to build so much, in months: about a year for 50 million yuan, three for 10 billion."""
    return round((9 + 9.5 * math.log10(amount / LEAST)) * rng.uniform(0.8, 1.25))


def spending(start: date, finish: date, amount: int, since: date, until: date) -> tuple[int, list[tuple[date, int]]]:
    """What was spent before `since` and by month from then to `until`: an S-curve over the life, dented by winters."""
    life = list(months_between(start, finish))
    weights = [_weight(month, place, len(life)) for place, month in enumerate(life)]
    whole = sum(weights)
    before, by_month = 0, []
    for month, weight in zip(life, weights, strict=True):
        spent = round(amount * weight / whole / 10_000) * 10_000
        if month < since:
            before += spent
        elif month <= until and spent:
            by_month.append((month, spent))
    return before, by_month


def _weight(month: date, place: int, length: int) -> float:
    bell = math.sin(math.pi * (place + 0.6) / (length + 0.2)) ** 1.3
    return (0.05 + bell) * SEASON[month.month - 1] * EPIDEMIC.get((month.year, month.month), 1.0)


def months_between(first: date, last: date):
    """The first days of the months from one day to another, both months included."""
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield date(number // 12, number % 12 + 1, 1)


def month_after(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, min(day.day, 28))


def day_in(rng: Random, first: date, last: date) -> date:
    """A day between two days, moved off the weekend."""
    day = first + timedelta(days=rng.randint(0, max(0, (last - first).days)))
    return day - timedelta(days=max(0, day.weekday() - 4)) if day.weekday() > 4 and day - timedelta(days=2) >= first else day
