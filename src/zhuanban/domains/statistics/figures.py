"""The numbers that statistics answers for, each with its evidence."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.portfolio.figures import list_year, projects
from zhuanban.domains.portfolio.models import AnnualPlan, InvestmentEntry, Project
from zhuanban.domains.portfolio.queries import listed_on, reporting_year, started_by
from zhuanban.domains.statistics.models import StatisticalFigure, StatisticsEntry
from zhuanban.domains.statistics.models.spans import Milestone
from zhuanban.domains.statistics.queries import differences, months, rates, speeds
from zhuanban.kernel.figures import Reading, Scope, count, figure, ratio, total

PROJECTS, ENTRIES = "portfolio.projects", "statistics.entries"


def entries(scope: Scope) -> QuerySet[StatisticsEntry]:
    """The entries that a figure may count for this reader."""
    rows = StatisticsEntry.objects.filter(project__deleted_at=None)
    rows = rows if scope.user is None else rows.visible_to(scope.user)
    return rows.filter(project__area=scope.area) if scope.area else rows


def figures_of(scope: Scope) -> QuerySet[StatisticalFigure]:
    """The statistical figures of the year that is reported, as far as the reader sees them."""
    rows = StatisticalFigure.objects.filter(project__deleted_at=None, month__year=reporting_year(scope.on))
    rows = rows.exclude(state=StatisticalFigure.State.SENT_BACK)
    rows = rows if scope.user is None else rows.visible_to(scope.user)
    return rows.filter(project__area=scope.area) if scope.area else rows


# The four rates (domain handbook 4.4) -----------------------------------------------------------------------------------


@figure(
    "statistics.landing_rate",
    label=_("项目落地率"),
    unit="pct",
    listing=PROJECTS,
    definition=_("已落地的项目除以已签约的项目。落地指公司注册、选址定地、资金到位三项都已完成；终止的项目不计。"),
)
def landing_rate(scope: Scope) -> Reading:
    return ratio(count(rates.landed(projects(scope))), count(rates.signed(projects(scope))), str(_("已落地")), str(_("已签约")))


@figure(
    "statistics.maturity_rate",
    label=_("前期成熟度"),
    unit="pct",
    listing=PROJECTS,
    definition=_("未开工项目开工前各节点完成比例的平均数：先逐项目算比例，再平均，最后舍入。"),
)
def maturity_rate(scope: Scope) -> Reading:
    whole = rates.not_started(projects(scope))
    shares = sum(share for _area, share in rates.shares_done(whole).values())
    waiting = count(whole)
    value = Decimal(shares) * 100 / waiting.value if waiting.value else None
    return Reading(value, waiting.rows, {str(_("完成比例之和")): shares, str(_("未开工项目")): waiting.value})


@figure(
    "statistics.investment_rate",
    label=_("投资完成率（统计）"),
    unit="pct",
    definition=_("本年度统计投资除以报统项目的年度计划投资；1、2月看上一年度。自报口径见“年度计划完成率”。"),
)
def investment_rate(scope: Scope) -> Reading:
    reporting = projects(scope).filter(entered_statistics=True)
    plan = total(AnnualPlan.objects.filter(project__in=reporting.values("pk"), year=reporting_year(scope.on)), "amount")
    stated = total(figures_of(scope).filter(project__in=reporting.values("pk")), "amount")
    reading = ratio(stated, plan, str(_("统计投资")), str(_("计划投资")))
    return Reading(reading.value, stated.rows, reading.parts)


@figure(
    "statistics.entry_rate",
    label=_("入库率"),
    unit="pct",
    listing=PROJECTS,
    definition=_("已入库的项目除以已开工且计划总投资达到按月直报起点（含本数）的项目；终止的项目不计。"),
)
def entry_rate(scope: Scope) -> Reading:
    whole = rates.started(projects(scope))
    return ratio(count(whole.filter(entered_bank=True)), count(whole), str(_("已入库")), str(_("已开工")))


# Start and resumption, proven -------------------------------------------------------------------------------------------


def _of_list(scope: Scope, continuity: str) -> QuerySet[Project]:
    return listed_on(projects(scope), list_year(scope), scope.on).filter(continuity=continuity)


@figure(
    "statistics.proven_start_rate",
    label=_("有依据的开工率"),
    unit="pct",
    listing=PROJECTS,
    definition=_("清单上的新开工项目中，已开工且主体工程有依据（已入库，或有主体施工照片、工程量、节点、验收意见）的比例；场地平整不算。"),
)
def proven_start_rate(scope: Scope) -> Reading:
    whole = _of_list(scope, Project.Continuity.NEW_START)
    begun = count(started_by(whole, scope.on).filter(rates.proven()))
    reading = ratio(begun, count(whole), str(_("有依据开工")), str(_("新开工项目")))
    return Reading(reading.value, begun.rows, reading.parts)


@figure(
    "statistics.proven_resume_rate",
    label=_("有依据的复工率"),
    unit="pct",
    listing=PROJECTS,
    definition=_("清单上的续建项目中，已复工且复工当月或以后有完成投资的比例。"),
)
def proven_resume_rate(scope: Scope) -> Reading:
    whole = _of_list(scope, Project.Continuity.CONTINUED)
    resumed = count(started_by(whole, scope.on).filter(rates.invested_again()))
    reading = ratio(resumed, count(whole), str(_("有依据复工")), str(_("续建项目")))
    return Reading(reading.value, resumed.rows, reading.parts)


# The way into the bank --------------------------------------------------------------------------------------------------


@figure(
    "statistics.in_review",
    label=_("入库审核中"),
    unit="project",
    listing=ENTRIES,
    definition=_("材料已齐备或在县区、市级统计审核的项目个数。"),
)
def in_review(scope: Scope) -> Reading:
    state = StatisticsEntry.State
    return count(entries(scope).filter(state__in=[state.PACK_COMPLETE, state.SUBMITTED_COUNTY, state.SUBMITTED_CITY]))


@figure(
    "statistics.started_without_pack",
    label=_("已开工未报材料"),
    unit="project",
    listing=ENTRIES,
    definition=_("已开工而入库材料还没有齐备的项目个数，含被退回的。"),
)
def started_without_pack(scope: Scope) -> Reading:
    rows = entries(scope).filter(state=StatisticsEntry.State.NOT_READY, project__start_actual__isnull=False)
    return count(rows.exclude(project__stage="cancelled"))


@figure(
    "statistics.reporting",
    label=_("按月报统项目"),
    unit="project",
    listing=ENTRIES,
    definition=_("正在按月报送统计投资的项目个数。"),
)
def reporting(scope: Scope) -> Reading:
    return count(entries(scope).filter(state=StatisticsEntry.State.REPORTING))


@figure(
    "statistics.missing_figures",
    label=_("上月统计缺报"),
    unit="project",
    listing=ENTRIES,
    definition=_("应报上月统计投资而没有报、或被退回后没有重报的项目个数。"),
)
def missing_figures(scope: Scope) -> Reading:
    return count(months.missing(months.month_before(scope.on)).filter(pk__in=entries(scope).values("pk")))


@figure(
    "statistics.stated_investment",
    label=_("统计投资"),
    unit="yuan",
    definition=_("本年度各项目统计投资之和，含更正，不含被退回的；1、2月看上一年度。"),
)
def stated_investment(scope: Scope) -> Reading:
    return total(figures_of(scope), "amount")


@figure(
    "statistics.explained_share",
    label=_("差异说明率"),
    unit="pct",
    definition=_("自报与统计投资的差异中，有原因的金额占全部差异金额的比例，逐项目按绝对值计；一方没有数据的项目不计。"),
)
def explained_share(scope: Scope) -> Reading:
    rows, year = projects(scope), reporting_year(scope.on)
    summed = differences.summed(differences.differences(rows, year).values())
    explained, unexplained = summed.sizes
    first, last = differences.months_of(year, scope.on)
    evidence = InvestmentEntry.objects.filter(project__in=rows.values("pk"), month__gte=first, month__lte=last)
    return Reading(summed.explained_share, evidence, {str(_("已说明")): explained, str(_("差异")): explained + unexplained})


# Lengths of time that were printed --------------------------------------------------------------------------------------


def _span(scope: Scope, name: str, begins: str, ends: str, unit: str) -> Reading:
    value, rows = speeds.span(projects(scope).filter(name=name), begins, ends, unit)
    return Reading(value, rows)


@figure(
    "statistics.tyre_landing",
    label=_("玲珑轮胎项目落地用时"),
    unit="day",
    paper="F48",
    definition=_("从首次接洽到落地的天数：两头日期已知的按日期算，否则取登记的用时。"),
)
def tyre_landing(scope: Scope) -> Reading:
    return _span(scope, "玲珑轮胎项目", Milestone.FIRST_CONTACT, Milestone.LANDING, "day")


@figure(
    "statistics.hongqi_construction",
    label=_("一汽红旗繁荣工厂建设用时"),
    unit="month",
    paper="F49",
    definition=_("从开工到竣工的月数：两头日期已知的按日期算，否则取登记的用时。"),
)
def hongqi_construction(scope: Scope) -> Reading:
    return _span(scope, "一汽红旗繁荣工厂", Milestone.START, Milestone.COMPLETION, "month")
