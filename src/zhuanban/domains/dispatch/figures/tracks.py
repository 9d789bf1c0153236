"""The numbers that daily tracks answer for, each with its evidence. Reports are read for the last working day before the reading's."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.dispatch.models.tracks import DailyTrack, WorkerHousing
from zhuanban.domains.dispatch.queries import tracks as queries
from zhuanban.domains.plans.models import QuantityEntry, WorkItem
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel.figures import Reading, Scope, count, figure, ratio, share, total

PROJECTS, TRACKS = "portfolio.projects", "dispatch.tracks"
BATTERY, AUDI, PARK = "比亚迪动力电池项目", "奥迪一汽新能源汽车项目", "金赛医药产业园"
MONTH = 30
"""Days that make a month where an article says "about a month": 27 to 33 days bear it out."""


def projects(scope: Scope) -> QuerySet[Project]:
    """The projects of a figure: those that this reader works with, as far as daily reports are read at all."""
    rows = Project.objects.all() if scope.user is None else Project.objects.visible_to(scope.user)
    return rows.filter(area=scope.area) if scope.area else rows


def tracks(scope: Scope) -> QuerySet[DailyTrack]:
    rows = DailyTrack.objects.all() if scope.user is None else DailyTrack.objects.visible_to(scope.user)
    rows = rows.filter(day=queries.last_closed(scope.on))
    return rows.filter(project__area=scope.area) if scope.area else rows


def items(scope: Scope, name: str, kind: str) -> QuerySet[WorkItem]:
    """The work items of a kind of one named project."""
    return WorkItem.objects.filter(project__in=projects(scope).filter(name=name).values("pk"), kind=kind)


def manned(scope: Scope) -> Exists:
    """Whether a project's report of the day tells of workers on the site."""
    return Exists(DailyTrack.objects.filter(project=OuterRef("pk"), day=queries.last_closed(scope.on), workers_actual__gt=0))


@figure(
    "dispatch.tracks_filed_share",
    label=_("日报填报率"),
    unit="pct",
    listing=PROJECTS,
    definition=_("上一个工作日已填日报的在建项目占应填日报的在建项目的比例"),
)
def tracks_filed_share(scope: Scope) -> Reading:
    day = queries.last_closed(scope.on)
    return share(queries.owing(projects(scope), day), queries.filed_on(day), "filed", "owed")


@figure(
    "dispatch.tracks_missing",
    label=_("缺报项目"),
    unit="project",
    listing=PROJECTS,
    definition=_("上一个工作日应填日报而没有填的在建项目个数"),
)
def tracks_missing(scope: Scope) -> Reading:
    return count(queries.missing(projects(scope), queries.last_closed(scope.on)))


@figure(
    "dispatch.workers_on_site",
    label=_("在场工人"),
    unit="person",
    listing=TRACKS,
    definition=_("上一个工作日各项目日报中在场工人的合计；没有填报的不计"),
)
def workers_on_site(scope: Scope) -> Reading:
    return total(tracks(scope), "workers_actual")


@figure(
    "dispatch.winter_sites_manned",
    label=_("冬季不停工项目"),
    unit="project",
    listing=PROJECTS,
    definition=_("列入冬季施工、上一个工作日日报有工人在场的在建项目个数"),
)
def winter_sites_manned(scope: Scope) -> Reading:
    return count(projects(scope).filter(manned(scope), winter_building=True, stage=Project.Stage.UNDER_CONSTRUCTION))


@figure(
    "dispatch.winter_manned_share",
    label=_("冬季施工项目在岗率"),
    unit="pct",
    listing=PROJECTS,
    definition=_("列入冬季施工的在建项目中，上一个工作日日报有工人在场的比例；没有填报的算没有"),
)
def winter_manned_share(scope: Scope) -> Reading:
    building = projects(scope).filter(winter_building=True, stage=Project.Stage.UNDER_CONSTRUCTION)
    return share(building, manned(scope), "manned", "building")


@figure(
    "dispatch.battery_earthwork",
    label=_("比亚迪动力电池项目土方量"),
    unit="m3",
    paper="F16",
    definition=_("该项目土方类工程量的计划量合计"),
)
def battery_earthwork(scope: Scope) -> Reading:
    reading = total(items(scope, BATTERY, WorkItem.Kind.EARTHWORK).filter(unit="m³"), "quantity")
    return Reading(None if reading.value is None else int(reading.value), reading.rows)


@figure(
    "dispatch.battery_earthwork_months",
    label=_("比亚迪动力电池项目土方用时"),
    unit="month",
    paper="F17",
    definition=_("该项目土方从开始到完成的天数，三十天算一个月"),
)
def battery_earthwork_months(scope: Scope) -> Reading:
    rows = items(scope, BATTERY, WorkItem.Kind.EARTHWORK).filter(start_actual__isnull=False, finish_actual__isnull=False)
    spans = [(last - first).days for first, last in rows.values_list("start_actual", "finish_actual") if first and last]
    return Reading(Decimal(max(spans)) / MONTH if spans else None, rows)


@figure(
    "dispatch.audi_partition_share",
    label=_("奥迪一汽项目隔墙砌筑完成率"),
    unit="pct",
    paper="F26",
    definition=_("该项目隔墙类工程量截至当日的完成量除以计划量"),
)
def audi_partition_share(scope: Scope) -> Reading:
    rows = items(scope, AUDI, WorkItem.Kind.PARTITION)
    done = QuantityEntry.objects.filter(item__in=rows.values("pk"), day__lte=scope.on).aggregate(s=Sum("amount"))["s"]
    return ratio(Reading(done, rows), total(rows, "quantity"), "done", "planned")


@figure(
    "dispatch.park_beds",
    label=_("金赛医药产业园工人宿舍容量"),
    unit="person",
    paper="F65",
    definition=_("该项目登记的工人宿舍容纳人数合计"),
)
def park_beds(scope: Scope) -> Reading:
    return total(WorkerHousing.objects.filter(project__in=projects(scope).filter(name=PARK).values("pk")), "capacity")
