"""The numbers that claims answer for: take-up, days to pay, money paid against goals."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.policies.models import Entitlement, Policy, PolicyClaim
from zhuanban.domains.policies.queries import claims as queries
from zhuanban.domains.portfolio.models import YearTarget
from zhuanban.kernel.figures import Reading, Scope, count, figure, one, total

CLAIMS, ENTITLEMENTS = "policies.claims", "policies.entitlements"
QIKAI = "220174"
"""汽开区, the zone whose payments the articles tell."""
YEARS = 3


def claims(scope: Scope) -> QuerySet[PolicyClaim]:
    rows = PolicyClaim.objects.all() if scope.user is None else PolicyClaim.objects.visible_to(scope.user)
    return rows.filter(enterprise__area=scope.area) if scope.area else rows


def paid(scope: Scope) -> QuerySet[PolicyClaim]:
    return claims(scope).filter(state=PolicyClaim.State.PAID, paid_on__lte=scope.on)


def entitlements(scope: Scope) -> QuerySet[Entitlement]:
    rows = Entitlement.objects.all() if scope.user is None else Entitlement.objects.visible_to(scope.user)
    rows = rows.filter(year=scope.year or scope.on.year)
    return rows.filter(enterprise__area=scope.area) if scope.area else rows


@figure(
    "policies.take_up",
    label=_("应享尽享率"),
    unit="pct",
    listing=ENTITLEMENTS,
    definition=_("本年度按事实测算符合条件的“企业×政策”中，已经兑付的所占百分比；依据列出还没有享受的。"),
)
def take_up(scope: Scope) -> Reading:
    rows = entitlements(scope)
    whole, missing = rows.count(), rows.filter(enjoyed_on=None)
    part = rows.exclude(enjoyed_on=None).count()
    value = Decimal(part) * 100 / whole if whole else None
    return Reading(value, missing, {str(_("已享")): part, str(_("应享")): whole})


@figure(
    "policies.not_enjoyed",
    label=_("应享未享"),
    unit="claim",
    listing=ENTITLEMENTS,
    definition=_("本年度按事实测算符合条件、还没有兑付的“企业×政策”件数。"),
)
def not_enjoyed(scope: Scope) -> Reading:
    return count(entitlements(scope).filter(enjoyed_on=None))


def measured(scope: Scope) -> QuerySet[PolicyClaim]:
    """Paid within the last twelve months, with a known day of arrival."""
    since = scope.on - timedelta(days=365)
    return paid(scope).filter(paid_on__gt=since, days__isnull=False)


def days_of(rows: QuerySet[PolicyClaim]) -> list[int]:
    return [days for days in rows.values_list("days", flat=True) if days is not None]


@figure(
    "policies.days_to_pay",
    label=_("兑付用时（中位数）"),
    unit="day",
    listing=CLAIMS,
    definition=_("近十二个月已兑付的事项，从受理到兑付的工作日数的中位数。"),
)
def days_to_pay(scope: Scope) -> Reading:
    rows = measured(scope)
    return Reading(queries.percentile(days_of(rows), 50), rows)


@figure(
    "policies.days_to_pay_p90",
    label=_("兑付用时（九成以内）"),
    unit="day",
    listing=CLAIMS,
    definition=_("近十二个月已兑付的事项，九成在这么多工作日以内兑付（从受理算起）。"),
)
def days_to_pay_p90(scope: Scope) -> Reading:
    rows = measured(scope)
    return Reading(queries.percentile(days_of(rows), 90), rows)


@figure(
    "policies.paid",
    label=_("本年已兑付"),
    unit="yuan",
    listing=CLAIMS,
    definition=_("本年度兑付日在年内、没有被追回的兑付金额合计。"),
)
def paid_this_year(scope: Scope) -> Reading:
    year = scope.year or scope.on.year
    rows = paid(scope)
    return total(rows.filter(paid_on__year=year) if date.min.year <= year < date.max.year else rows.none(), "amount")


@figure(
    "policies.pay_overdue",
    label=_("超过承诺期限未兑付"),
    unit="claim",
    listing=CLAIMS,
    definition=_("承诺兑付期限已过、还没有兑付的事项件数；公示和异议核实期间不计时。"),
)
def pay_overdue(scope: Scope) -> Reading:
    return count(claims(scope).filter(promised__state="open", promised__due_on__lt=scope.on))


def qikai(scope: Scope) -> QuerySet[PolicyClaim]:
    return paid(scope).filter(enterprise__area=QIKAI)


@figure(
    "policies.qikai_paid",
    label=_("汽开区上年兑付奖补"),
    unit="yuan",
    paper="F51",
    listing=CLAIMS,
    definition=_("汽开区企业上一年度得到的奖补资金合计，按兑付日计，追回的不计。"),
)
def qikai_paid(scope: Scope) -> Reading:
    return total(qikai(scope).filter(paid_on__year=scope.on.year - 1), "amount")


@figure(
    "policies.qikai_goal",
    label=_("汽开区本年奖补目标"),
    unit="yuan",
    paper="F52",
    definition=_("汽开区本年度争取的奖补资金目标；目标写“超过”的，是超过它的最少整数元。"),
)
def qikai_goal(scope: Scope) -> Reading:
    rows = YearTarget.objects.filter(area=QIKAI, year=scope.on.year, what="reward_subsidy")
    reading = one(rows.filter(area=scope.area) if scope.area else rows, "value")
    beyond = rows.filter(bound="more_than").exists()
    return Reading(reading.value + 1, reading.rows) if beyond and reading.value is not None else reading


@figure(
    "policies.talent_paid",
    label=_("汽开区近三年人才奖励和住房支持"),
    unit="yuan",
    paper="F58",
    listing=CLAIMS,
    definition=_("汽开区“人才服务”类政策近三个年度（含截至日前的本年）之内兑付的金额合计，追回的不计。"),
)
def talent_paid(scope: Scope) -> Reading:
    since = date(scope.on.year - YEARS, scope.on.month, min(scope.on.day, 28))
    return total(qikai(scope).filter(policy__category=Policy.Category.TALENT, paid_on__gt=since), "amount")
