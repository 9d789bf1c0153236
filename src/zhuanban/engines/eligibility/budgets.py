"""How a budget is given out: first come (strict, partial, skip) or in proportion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhuanban.engines.eligibility.book import Budget


@dataclass(frozen=True)
class Granted:
    """What each claim gets, in yuan, in the order given; `spent_at` is the place of the first claim that the budget could not meet whole."""

    amounts: tuple[int, ...]
    left: int
    spent_at: int | None


def give(budget: Budget, claims: Sequence[int]) -> Granted:
    """Give out a budget over claims in the order of their arrival.

    `first_come` stops at the first claim that does not fit; `partial` pays that one what is left; `skip` passes over it and goes on;
    `pro_rata` pays all the same share, floored to yuan, the odd yuan to the first claims.

    >>> give(Budget(10, "partial"), [6, 6, 1]).amounts
    (6, 4, 0)
    >>> give(Budget(10, "pro_rata"), [6, 6, 3]).amounts
    (4, 4, 2)
    """
    if budget.rule == "pro_rata":
        return _pro_rata(budget.amount, claims)
    amounts, left, spent_at = [], budget.amount, None
    for place, claim in enumerate(claims):
        if claim <= left and (spent_at is None or budget.rule == "skip"):
            paid = claim
        else:
            paid = left if budget.rule == "partial" and spent_at is None else 0
            spent_at = place if spent_at is None else spent_at
        amounts.append(paid)
        left -= paid
    return Granted(tuple(amounts), left, spent_at)


def _pro_rata(amount: int, claims: Sequence[int]) -> Granted:
    total = sum(claims)
    if total <= amount:
        return Granted(tuple(claims), amount - total, None)
    shares = [claim * amount // total for claim in claims]
    odd = amount - sum(shares)
    for place, claim in enumerate(claims):
        if odd and claim > shares[place]:
            shares[place] += 1
            odd -= 1
    return Granted(tuple(shares), amount - sum(shares), 0 if claims else None)
