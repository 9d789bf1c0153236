"""The numbers that nodes and the winter answer for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.plans import portfolio_queries as winter
from zhuanban.domains.plans.models import Forecast, Node
from zhuanban.domains.plans.portfolio_queries import Winters
from zhuanban.kernel.figures import Reading, Scope, count, figure

NODES = "plans.nodes"
PLANT = "奥迪一汽新能源汽车项目"
"""The plant whose topping out and enclosure the articles tell."""
MONTH = Decimal(30)


def nodes(scope: Scope) -> QuerySet[Node]:
    """The nodes that a figure may count for this reader."""
    rows = Node.objects.all() if scope.user is None else Node.objects.visible_to(scope.user)
    return rows.filter(project__area=scope.area) if scope.area else rows


@figure(
    "plans.closed_before_frost",
    label=_("上个冬季封冻前暖封闭"),
    unit="project",
    listing=NODES,
    definition=_("上一个暖封闭期限以前、再上一个期限以后完成暖封闭的项目个数"),
)
def closed_before_frost(scope: Scope) -> Reading:
    return count(winter.closed_before(nodes(scope), Winters.of(scope.on)))


@figure(
    "plans.missed_frost",
    label=_("上个冬季没有按期封闭"),
    unit="project",
    listing=NODES,
    definition=_("暖封闭计划日期在上一个期限以前的一年内，到期限还没有完成的项目个数，以后补上的也算"),
)
def missed_frost(scope: Scope) -> Reading:
    return count(winter.missed(nodes(scope), Winters.of(scope.on)))


@figure(
    "plans.slipped_nodes",
    label=_("落后节点"),
    unit="node",
    listing=NODES,
    definition=_("计划日期已过、当日仍未完成的节点个数"),
)
def slipped_nodes(scope: Scope) -> Reading:
    return count(nodes(scope).filter(due_on__lt=scope.on, reached_on=None))


@figure(
    "plans.nodes_due",
    label=_("本月到期节点"),
    unit="node",
    listing=NODES,
    definition=_("计划日期在当月、当日仍未完成的节点个数"),
)
def nodes_due(scope: Scope) -> Reading:
    first = scope.on.replace(day=1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return count(nodes(scope).filter(due_on__gte=first, due_on__lt=following, reached_on=None))


def plant_nodes(scope: Scope, *codes: str) -> QuerySet[Node]:
    """The nodes of the whole plant with these codes."""
    return nodes(scope).filter(project__name=PLANT, work=None, code__in=codes)


@figure(
    "plans.plant_topped_out",
    label=_("奥迪一汽项目奠基到上梁"),
    unit="day",
    paper="F11",
    definition=_("该项目上梁日减去奠基日的日历天数"),
)
def plant_topped_out(scope: Scope) -> Reading:
    rows = plant_nodes(scope, "groundbreaking", "topping_out").filter(reached_on__isnull=False)
    reached = {code: day for code, day in rows.values_list("code", "reached_on") if day}
    value = (reached["topping_out"] - reached["groundbreaking"]).days if len(reached) == 2 else None
    return Reading(value, rows)


@figure(
    "plans.plant_enclosed_early",
    label=_("奥迪一汽项目暖封闭提前"),
    unit="month",
    paper="F12",
    definition=_("该项目暖封闭的承诺日减去完成日；只知道月份的按月相减，知道日期的三十天算一个月"),
)
def plant_enclosed_early(scope: Scope) -> Reading:
    rows = plant_nodes(scope, "warm_enclosure").filter(reached_on__isnull=False, promised_on__isnull=False)
    for promised, reached, precision in rows.values_list("promised_on", "reached_on", "precision"):
        if promised is None or reached is None:
            continue
        months = Decimal((promised.year - reached.year) * 12 + promised.month - reached.month)
        return Reading(months if precision == "month" else Decimal((promised - reached).days) / MONTH, rows)
    return Reading(None, rows)


@figure(
    "plans.enclosed",
    label=_("已暖封闭项目"),
    unit="project",
    listing=NODES,
    definition=_("整个项目的暖封闭节点已经完成的项目个数，截至所看的那天"),
)
def enclosed(scope: Scope) -> Reading:
    return count(nodes(scope).filter(code="warm_enclosure", work=None, reached_on__lte=scope.on))


@figure(
    "plans.expected_enclosed",
    label=_("封冻前有望封闭"),
    unit="project",
    definition=_("待封闭项目在各自封冻期限前封闭的概率之和，即平均有几个能封闭"),
)
def expected_enclosed(scope: Scope) -> Reading:
    rows = Forecast.objects.all() if scope.user is None else Forecast.objects.visible_to(scope.user)
    rows = rows.filter(current=True, enclosure=Forecast.Enclosure.OPEN)
    rows = rows.filter(project__area=scope.area) if scope.area else rows
    total = rows.aggregate(s=Sum("enclosed_in_time"))["s"]
    return Reading(None if total is None else round(Decimal(str(total)), 1), rows)
