"""Reads of claims: how far each is, what its page shows, and what was paid by year against the goals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from zhuanban.domains.policies.models import Entitlement, Policy, PolicyClaim
from zhuanban.domains.policies.rules.claims import LINES
from zhuanban.domains.portfolio.models import YearTarget
from zhuanban.kernel import actions, clock, deadlines
from zhuanban.kernel.models import Event

State = PolicyClaim.State
GOAL = "reward_subsidy"
NOTICED = 50
"""Claims in public notice on one page."""


@dataclass(frozen=True)
class Noticed:
    """What everybody reads of a claim in public notice, and nothing else of it. `days` are the working days left; `until` is not known
    while an objection is looked into beyond the day."""

    pk: int
    ref: str
    enterprise: str
    policy: str
    amount: Decimal | None
    until: date | None
    days: int
    department: str
    phone: str
    synthetic: bool


def public_notices(day: date, after: int = 0) -> tuple[list[Noticed], int]:
    """One page of the claims that are in public notice, the newest first, and where the next page begins (0: nowhere). One query and the
    calendar's."""
    rows = PolicyClaim.objects.in_public_notice(day).order_by("-pk")
    told = (rows.filter(pk__lt=after) if after else rows).values_list(
        "pk", "ref", "enterprise__organisation__name", "policy__name", "asked", "notice_to", "policy__department__name", "policy__phone", "synthetic"
    )  # fmt: skip
    found, calendar = list(told[: NOTICED + 1]), deadlines.calendar()
    page = [
        Noticed(pk, ref, enterprise, policy, amount, *_left(day, until, calendar), department, phone, synthetic)
        for pk, ref, enterprise, policy, amount, until, department, phone, synthetic in found[:NOTICED]
    ]
    return page, page[-1].pk if len(found) > NOTICED else 0


def _left(day: date, until: date | None, calendar: Any) -> tuple[date | None, int]:
    return (until, calendar.elapsed_working_days(day, until)) if until and until >= day else (None, 0)


def percentile(numbers: Iterable[int], share: int) -> int | None:
    """The least number that at least so many per cent do not exceed; None of nothing.

    >>> percentile([3, 1, 2, 10], 50), percentile([3, 1, 2, 10], 90)
    (2, 10)
    """
    found = sorted(numbers)
    return found[max(0, -(-len(found) * share // 100) - 1)] if found else None


def steps(claim: PolicyClaim) -> list[dict[str, str]]:
    """The claim's lane as steps: done, now, still to come. One that ended aside stands still where it was left."""
    line = LINES[claim.lane]
    ended = len(line) if claim.state == State.CLAWED_BACK else -1
    place = line.index(claim.state) if claim.state in line else ended
    found = [
        {"label": str(State(state).label), "state": "done" if at < place or claim.state == State.PAID else "now" if at == place else "next"}
        for at, state in enumerate(line)
    ]
    if claim.state not in line:
        found.append({"label": str(claim.get_state_display()), "state": "now"})
    return found


def way(claim: PolicyClaim, user: Any, limit: int = 40) -> list[dict[str, Any]]:
    """What happened to it, newest first, as far as this person reads it."""
    hidden = actions.hidden_from(user, claim.dossier)
    rows = Event.objects.filter(dossier=claim.dossier_id).exclude(verb__in=hidden).order_by("-seq")[:limit]
    return [{"at": row.at, "label": label_of(row.verb), "said": row.data.get("said", {}), "actor": row.actor} for row in rows]


def label_of(verb: str) -> str:
    known = actions.REGISTRY.get(verb)
    return str(known.label) if known else verb


def left(claim: PolicyClaim) -> int | None:
    """Working days until the promise is broken; negative when it is; None where none runs."""
    promised = claim.promised
    if promised is None or promised.state != promised.State.OPEN:
        return None
    today = clock.today()
    days = deadlines.calendar()
    if promised.due_on >= today:
        return days.elapsed_working_days(today, promised.due_on)
    return -days.elapsed_working_days(promised.due_on, today)


@dataclass(frozen=True)
class TakeUp:
    """A category's take-up in a year."""

    category: str
    label: str
    entitled: int
    enjoyed: int
    expected: Decimal

    @property
    def missing(self) -> int:
        return self.entitled - self.enjoyed

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.enjoyed) * 100 / self.entitled if self.entitled else None


def take_up(user: Any, year: int) -> list[TakeUp]:
    """Category by category, as far as this person sees. One query."""
    rows = Entitlement.objects.visible_to(user).filter(year=year).order_by().values_list("policy__category")
    told = rows.annotate(
        n=Count("pk"), had=Count("pk", filter=Q(enjoyed_on__isnull=False)), money=Sum("expected", filter=Q(enjoyed_on=None))
    )
    found = {category: (n, had, money or Decimal(0)) for category, n, had, money in told}
    return [TakeUp(str(value), str(label), *found.get(value, (0, 0, Decimal(0)))) for value, label in Policy.Category.choices]


def by_year(user: Any) -> list[tuple[int, Decimal, int]]:
    """(year, money paid, claims), the oldest first."""
    rows = PolicyClaim.objects.visible_to(user).paid().order_by("paid_on__year").values_list("paid_on__year")
    return [(year, money, n) for year, money, n in rows.annotate(money=Sum("amount"), n=Count("pk"))]


def goals() -> dict[int, Decimal]:
    """Year -> the goal of all areas that set one."""
    rows = YearTarget.objects.filter(what=GOAL).order_by().values_list("year").annotate(s=Sum("value"))
    return dict(rows)


def by_state(user: Any) -> dict[str, int]:
    rows = PolicyClaim.objects.visible_to(user).order_by().values_list("state").annotate(n=Count("pk"))
    return dict(rows)
