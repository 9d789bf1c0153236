"""The numbers that the traffic light answers for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db.models import Avg, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.dispatch.models import Level, LightDay, ProjectLight
from zhuanban.domains.dispatch.models.lights import OWN_BETTER
from zhuanban.kernel.figures import Reading, Scope, count, figure, share

LIGHTS = "dispatch.lights"
YEAR = 365


def lights(scope: Scope) -> QuerySet[ProjectLight]:
    """The lights that a figure may count for this reader."""
    rows = ProjectLight.objects.all() if scope.user is None else ProjectLight.objects.visible_to(scope.user)
    return rows.filter(project__area=scope.area) if scope.area else rows


@figure(
    "dispatch.red", label=_("红灯"), unit="project", listing=LIGHTS, definition=_("现在显示红灯的项目个数，人工调整在有效期内的以调整为准")
)
def red(scope: Scope) -> Reading:
    return count(lights(scope).filter(level=Level.RED))


@figure("dispatch.yellow", label=_("黄灯"), unit="project", listing=LIGHTS, definition=_("现在显示黄灯的项目个数，含红灯后观察期内的"))
def yellow(scope: Scope) -> Reading:
    return count(lights(scope).filter(level=Level.YELLOW))


@figure(
    "dispatch.green", label=_("绿灯"), unit="project", listing=LIGHTS, definition=_("现在显示绿灯的项目个数：有数据，而且没有一项越过界限")
)
def green(scope: Scope) -> Reading:
    return count(lights(scope).filter(level=Level.GREEN))


@figure("dispatch.grey", label=_("灰灯"), unit="project", listing=LIGHTS, definition=_("节点、日报、投资都没有数据的项目个数，不算绿灯"))
def grey(scope: Scope) -> Reading:
    return count(lights(scope).filter(level=Level.GREY))


@figure("dispatch.red_share", label=_("红灯占比"), unit="pct", listing=LIGHTS, definition=_("红灯项目占全部亮灯项目（含灰灯）的比例"))
def red_share(scope: Scope) -> Reading:
    return share(lights(scope), Q(level=Level.RED), "red", "lit")


@figure(
    "dispatch.own_better", label=_("自报好于系统"), unit="project", listing=LIGHTS, definition=_("项目自报的灯好于系统计算的灯的项目个数")
)
def own_better(scope: Scope) -> Reading:
    return count(lights(scope).filter(OWN_BETTER))


@figure(
    "dispatch.overridden",
    label=_("人工调整中的灯"),
    unit="project",
    listing=LIGHTS,
    definition=_("灯由调度员人工调整、还在有效期内的项目个数"),
)
def overridden(scope: Scope) -> Reading:
    return count(lights(scope).exclude(override=""))


@figure(
    "dispatch.red_to_green_days",
    label=_("红灯转绿平均天数"),
    unit="day",
    definition=_("近一年由红灯转为绿灯的，从转红到转绿的自然日平均，含中间的黄灯"),
)
def red_to_green_days(scope: Scope) -> Reading:
    rows = LightDay.objects.all() if scope.user is None else LightDay.objects.visible_to(scope.user)
    rows = rows.filter(project__area=scope.area) if scope.area else rows
    ended = rows.filter(red_days__isnull=False, day__gt=scope.on - timedelta(days=YEAR))
    mean = ended.aggregate(days=Avg("red_days"))["days"]
    return Reading(round(Decimal(str(mean)), 1) if mean is not None else None, ended)
