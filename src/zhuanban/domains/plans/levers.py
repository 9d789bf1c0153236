"""What would help: the envelope begun some days earlier (or later), all else equal and with the same random numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from zhuanban.domains.plans.documents import Document
from zhuanban.domains.plans.networks import DAY_MINUTES
from zhuanban.engines.schedules import Activity, Link, RiskPlan

ENVELOPE = "envelope"
EARLIEST, LATEST = 60, -40
"""Working days by which the envelope is tried earlier, and later."""
DECISION = 10
"""The decision by which projects are compared: the envelope ten working days earlier."""
DAY = DAY_MINUTES["site"]


@dataclass(frozen=True)
class Lever:
    """How an envelope can be moved: not begun, it starts earlier than its logic lets it; begun, it takes fewer days."""

    activities: frozenset[str]
    begun: bool

    def pulled(self, plan: RiskPlan, days: int) -> RiskPlan:
        """The plan with the envelope so many working days earlier (negative: later)."""
        return _shortened(plan, self.activities, days) if self.begun else _led(plan, self.activities, days)


def lever_of(document: Document, activities: Mapping[str, Activity]) -> Lever | None:
    """The lever of a plan: its open envelope works; None where there are none left."""
    mine = {
        each["id"] for each in document["activities"] if each.get("work_class") == ENVELOPE and activities[each["id"]].actual_finish is None
    }
    if not mine:
        return None
    begun = {key for key in mine if activities[key].actual_start is not None}
    return Lever(frozenset(begun or mine), bool(begun))


def _led(plan: RiskPlan, mine: frozenset[str], days: int) -> RiskPlan:
    """Every link into the envelope from outside of it lets it begin and end so much earlier."""

    def moved(link: Link) -> Link:
        entering = link.successor in mine and link.predecessor not in mine
        return replace(link, lag=link.lag - days * DAY) if entering else link

    return replace(plan, links=tuple(map(moved, plan.links)))


def _shortened(plan: RiskPlan, mine: frozenset[str], days: int) -> RiskPlan:
    """What is under way takes so many days less, a fifth of a day at the least."""

    def quicker(each: Activity) -> Activity:
        left = each.duration if each.remaining is None else each.remaining
        return replace(each, remaining=max(DAY // 5, left - days * DAY)) if each.id in mine else each

    return replace(plan, activities=tuple(map(quicker, plan.activities)))


Chances = Callable[[Sequence[RiskPlan]], list[float | None]]
"""Plans -> the probability of each to be closed in time."""


def least_pull(cases: Sequence[tuple[RiskPlan, Lever]], chances: Chances, sure: float) -> list[tuple[int, float] | None]:
    """For each plan the fewest days by which its envelope must be earlier (negative: may be later) to be closed in time as surely as wanted,
    and the probability then; None where even the earliest start is not enough. Halving, all plans in one run a step.
    """
    low, high = [LATEST] * len(cases), [EARLIEST] * len(cases)
    best: list[float | None] = chances([lever.pulled(plan, EARLIEST) for plan, lever in cases])
    enough = [at for at, chance in enumerate(best) if chance is not None and chance >= sure]
    asked = enough
    while asked := [at for at in asked if high[at] - low[at] > 1]:
        middles = {at: (low[at] + high[at]) // 2 for at in asked}
        found = chances([cases[at][1].pulled(cases[at][0], middles[at]) for at in asked])
        for at, chance in zip(asked, found, strict=True):
            if chance is not None and chance >= sure:
                high[at], best[at] = middles[at], chance
            else:
                low[at] = middles[at]
    return [(high[at], best[at] or 0.0) if at in set(enough) else None for at in range(len(cases))]
