"""The numbers of rates, winter and rankings, each with its evidence."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext_lazy as _

from zhuanban.domains.dispatch.models import Ranking, RankingLine
from zhuanban.domains.dispatch.queries import rankings, rates, tracks
from zhuanban.domains.portfolio import queries as portfolio
from zhuanban.domains.portfolio.models import InvestmentEntry, Project
from zhuanban.kernel.figures import Reading, Scope, count, figure

PROJECTS, LINES = "portfolio.projects", "dispatch.rankings"


def projects(scope: Scope):
    rows = Project.objects.all() if scope.user is None else Project.objects.visible_to(scope.user)
    return rows.filter(area=scope.area) if scope.area else rows


def winter_sites(scope: Scope):
    """Projects that are to build through the winter."""
    return projects(scope).filter(winter_building=True)


@figure(
    "dispatch.winter_stopped",
    label=_("冬季停工项目"),
    unit="project",
    listing=PROJECTS,
    definition=_("列为冬季施工而阶段为停工，或最近一个已截止工作日的日报报零人的项目。"),
)
def winter_stopped(scope: Scope) -> Reading:
    rows = winter_sites(scope)
    return count(rows.filter(rates.stopped(tracks.last_closed(scope.on))))


@figure(
    "dispatch.ahead_of_time",
    label=_("投资进度与时序之差"),
    unit="pct_point",
    definition=_("清单项目年度完成投资占年度计划的百分比，减去年度已过月份占十二个月的百分比；先相减，最后舍入一次。"),
)
def ahead_of_time(scope: Scope) -> Reading:
    year = rates.list_year(scope.on)
    rows = portfolio.listed_on(projects(scope), year, scope.on)
    months = rates.months_over(year, scope.on)
    pace = rates.summed(rates.paces(rows, year, scope.on).values(), months)
    entries = InvestmentEntry.objects.filter(project__in=rows.values("pk"), month__year=year, month__month__lte=months)
    parts = {str(_("完成")): rounded(pace.completion), str(_("时序")): rounded(pace.time)}
    return Reading(rounded(pace.ahead), entries, parts)


def rounded(value: Decimal | None) -> Decimal | None:
    """To a tenth, half up, once."""
    return None if value is None else value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def lines(scope: Scope):
    """The lines of the newest ranking of areas that a figure may count for this reader."""
    newest = rankings.newest(Ranking.Of.AREA)
    rows = RankingLine.objects.all() if scope.user is None else RankingLine.objects.visible_to(scope.user)
    rows = rows.filter(ranking=newest)
    return rows.filter(area=scope.area) if scope.area else rows


@figure(
    "dispatch.ranked_areas",
    label=_("参加排名的属地"),
    unit="area",
    listing=LINES,
    definition=_("最近一次公布的属地排名中有名次的属地；数据不全的不排名，也不按零分排。"),
)
def ranked_areas(scope: Scope) -> Reading:
    return count(lines(scope).exclude(place=None))
