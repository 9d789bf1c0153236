"""The numbers that the catalogue and permit plans answer for."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.approvals.models import Item, PermitPlan, PermitStep
from zhuanban.domains.approvals.queries import catalogue
from zhuanban.kernel.figures import Reading, Scope, count, figure, ratio, total

PLANS, STEPS, ITEMS = "approvals.permit_plans", "approvals.permit_steps", "approvals.items"


def plans(scope: Scope) -> QuerySet[PermitPlan]:
    """Open plans that a figure may count for this reader."""
    rows = PermitPlan.objects.all() if scope.user is None else PermitPlan.objects.visible_to(scope.user)
    rows = rows.filter(state=PermitPlan.State.OPEN)
    return rows.filter(project__area=scope.area) if scope.area else rows


@figure(
    "approvals.plans_open",
    label=_("排了审批计划的未开工项目"),
    unit="project",
    listing=PLANS,
    definition=_("有审批计划、还不能依法开工的项目个数。"),
)
def plans_open(scope: Scope) -> Reading:
    return count(plans(scope))


@figure(
    "approvals.saved_share",
    label=_("并联节省的时间"),
    unit="pct",
    listing=PLANS,
    definition=_("情况明确的审批计划中，并联比逐项办理少用的工作日之和，除以逐项办理的工作日之和。"),
)
def saved_share(scope: Scope) -> Reading:
    rows = plans(scope).filter(unclear=[])
    return ratio(total(rows, "saved_days"), total(rows, "sequential_days"), str(_("少用")), str(_("逐项办理")))


@figure(
    "approvals.steps_open",
    label=_("前置已齐、可以申报的事项"),
    unit="item",
    listing=STEPS,
    definition=_("未开工项目的审批计划中，前置都已办结、还没有受理的事项个数；这些事项可以同时申报。"),
)
def steps_open(scope: Scope) -> Reading:
    rows = PermitStep.objects.filter(plan__in=plans(scope).values("pk"), state=PermitStep.State.OPEN)
    return count(rows.exclude(item__kind=Item.Kind.EVENT))


@figure(
    "approvals.tolerant_items",
    label=_("可容缺受理的事项"),
    unit="item",
    listing=ITEMS,
    definition=_("当日有效的事项目录中，列入容缺受理清单的事项个数。"),
)
def tolerant_items(scope: Scope) -> Reading:
    return count(Item.objects.filter(pk__in=catalogue.versions_in_force(scope.on).filter(tolerant=True).values("item")))


@figure(
    "approvals.commitment_items",
    label=_("可告知承诺的事项"),
    unit="item",
    listing=ITEMS,
    definition=_("当日有效的事项目录中，列入告知承诺清单的事项个数；2022年9月起含挖掘城市道路和环评报告表。"),
)
def commitment_items(scope: Scope) -> Reading:
    return count(Item.objects.filter(pk__in=catalogue.versions_in_force(scope.on).filter(commitment=True).values("item")))
