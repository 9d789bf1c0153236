"""The numbers that the portfolio answers for, each with its evidence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from zhuanban.domains.portfolio import queries
from zhuanban.domains.portfolio.models import AnnualPlan, Capacity, IndustryGoal, InvestmentEntry, Project, ProjectList, Work, YearTarget
from zhuanban.kernel.figures import Reading, Scope, count, figure, one, ratio, total

PROJECTS = "portfolio.projects"


def projects(scope: Scope):
    """The projects that a figure may count for this reader."""
    rows = Project.objects.all() if scope.user is None else Project.objects.visible_to(scope.user)
    return rows.filter(area=scope.area) if scope.area else rows


def list_year(scope: Scope) -> int:
    """The year whose list is read: the one asked for, else the newest list that is complete. Read once for a scope."""
    if "list_year" not in scope.memo:
        years = set(ProjectList.objects.filter(level="city").values_list("year", flat=True))
        past = max((year for year in years if year <= scope.on.year), default=scope.on.year)
        scope.memo["list_year"] = scope.year if scope.year in years else past
    return scope.memo["list_year"]


def on_list(scope: Scope):
    """The projects on the list that is being read, as far as the reader sees them; the list's year and threshold are read once for a scope."""
    if "on_list" not in scope.memo:
        scope.memo["on_list"] = queries.listed(projects(scope), list_year(scope))
    return scope.memo["on_list"]


@figure(
    "portfolio.listed",
    label=_("5000万元以上项目"),
    unit="project",
    paper="F1",
    listing=PROJECTS,
    definition=_("市级年度清单上、计划总投资达到清单下限（含本数）的项目个数。"),
)
def listed(scope: Scope) -> Reading:
    return count(on_list(scope))


@figure(
    "portfolio.planned_investment",
    label=_("计划总投资"),
    unit="yuan",
    paper="F2",
    listing=PROJECTS,
    definition=_("上述项目的计划总投资之和；未填报的不计入。"),
)
def planned_investment(scope: Scope) -> Reading:
    return total(on_list(scope), "planned_investment")


@figure(
    "portfolio.project_target",
    label=_("年初项目目标"),
    unit="project",
    paper="F3",
    definition=_("年初确定的年度项目个数目标。"),
)
def project_target(scope: Scope) -> Reading:
    rows = YearTarget.objects.filter(area=queries.city_key(), year=list_year(scope), what="projects")
    reading = one(rows, "value")
    return Reading(None if reading.value is None else int(reading.value), rows)


@figure(
    "portfolio.target_ratio",
    label=_("项目目标完成率"),
    unit="pct",
    listing=PROJECTS,
    definition=_("清单项目个数除以年初目标；可以超过100%。"),
)
def target_ratio(scope: Scope) -> Reading:
    counted = listed(scope)
    reading = ratio(counted, project_target(scope), str(_("清单项目")), str(_("年初目标")))
    return Reading(reading.value, counted.rows, reading.parts)


@figure(
    "portfolio.winter_advance",
    label=_("冬季加速推进项目"),
    unit="project",
    paper="F4",
    listing=PROJECTS,
    definition=_("带“冬季加速推进”标签（2022/23 冬）的重大项目和基础设施项目个数。"),
)
def winter_advance(scope: Scope) -> Reading:
    return count(projects(scope).filter(tags__key="winter_advance", tags__season="2022/23"))


@figure(
    "portfolio.leading_industries",
    label=_("“1+6”主导产业"),
    unit="industry",
    paper="F5",
    definition=_("有年产值目标的主导产业个数：一个万亿级、六个千亿级。"),
)
def leading_industries(scope: Scope) -> Reading:
    return count(IndustryGoal.objects.filter(goal_output__in=[Decimal(10) ** 12, Decimal(10) ** 11]))


@figure(
    "portfolio.rail_lines",
    label=_("在建轨道线路"),
    unit="line",
    paper="F24",
    definition=_("状态为在建的轨道线路子项个数。"),
)
def rail_lines(scope: Scope) -> Reading:
    return count(Work.objects.filter(project__in=projects(scope).values("pk"), kind=Work.Kind.RAIL_LINE, state=Work.State.BUILDING))


def audi(scope: Scope):
    return projects(scope).filter(name="奥迪一汽新能源汽车项目")


@figure(
    "portfolio.audi_investment",
    label=_("奥迪一汽项目计划总投资"),
    unit="yuan",
    paper="F25",
    listing=PROJECTS,
    definition=_("该项目填报的计划总投资。"),
)
def audi_investment(scope: Scope) -> Reading:
    return one(audi(scope), "planned_investment")


@figure("portfolio.audi_capacity", label=_("奥迪一汽项目设计产能"), unit="vehicle/year", paper="F29", definition=_("该项目登记的年产能。"))
def audi_capacity(scope: Scope) -> Reading:
    rows = Capacity.objects.filter(project__in=audi(scope).values("pk"))
    reading = total(rows, "value")
    return Reading(None if reading.value is None else int(reading.value), rows)


@figure("portfolio.audi_models", label=_("奥迪一汽项目车型"), unit="model", paper="F30", definition=_("该项目登记的产品个数。"))
def audi_models(scope: Scope) -> Reading:
    from zhuanban.domains.portfolio.models import Product

    return count(Product.objects.filter(project__in=audi(scope).values("pk")))


@figure(
    "portfolio.audi_jobs",
    label=_("奥迪一汽项目计划用工"),
    unit="job",
    paper="F31",
    listing=PROJECTS,
    definition=_("该项目填报的计划用工人数。"),
)
def audi_jobs(scope: Scope) -> Reading:
    return one(audi(scope), "jobs_planned")


@figure(
    "portfolio.pharma_production",
    label=_("金赛医药产业园计划投产"),
    unit="year",
    paper="F63",
    listing=PROJECTS,
    definition=_("该项目填报的计划投产时间，精确到年。"),
)
def pharma_production(scope: Scope) -> Reading:
    return one(projects(scope).filter(name="金赛医药产业园"), "production_planned")


@figure(
    "portfolio.audi_production",
    label=_("奥迪一汽项目计划投产"),
    unit="month",
    paper="F64",
    listing=PROJECTS,
    definition=_("该项目填报的计划投产时间，精确到月。"),
)
def audi_production(scope: Scope) -> Reading:
    return one(audi(scope), "production_planned")


@figure(
    "portfolio.under_way",
    label=_("在建项目"),
    unit="project",
    listing=PROJECTS,
    definition=_("阶段为在建或停工的项目个数。"),
)
def under_way(scope: Scope) -> Reading:
    return count(projects(scope).under_way())


@figure(
    "portfolio.reserve",
    label=_("储备项目"),
    unit="project",
    paper="F10",
    listing=PROJECTS,
    definition=_("阶段为储备的项目个数。"),
)
def reserve(scope: Scope) -> Reading:
    return count(projects(scope).filter(stage=Project.Stage.RESERVE))


@figure(
    "portfolio.invested_year",
    label=_("年度完成投资"),
    unit="yuan",
    definition=_("清单项目在清单年度各月完成投资之和，含更正；未填报的月份不计入。"),
)
def invested_year(scope: Scope) -> Reading:
    year = list_year(scope)
    rows = InvestmentEntry.objects.filter(project__in=on_list(scope).values("pk"), month__year=year)
    return total(rows, "amount")


@figure(
    "portfolio.annual_plan",
    label=_("年度计划投资"),
    unit="yuan",
    definition=_("清单项目在清单年度的年度计划投资之和。"),
)
def annual_plan(scope: Scope) -> Reading:
    year = list_year(scope)
    return total(AnnualPlan.objects.filter(project__in=on_list(scope).values("pk"), year=year), "amount")


@figure(
    "portfolio.plan_completion",
    label=_("年度计划完成率"),
    unit="pct",
    definition=_("年度完成投资除以年度计划投资，先算后舍入；分母为零时不计。"),
)
def plan_completion(scope: Scope) -> Reading:
    return ratio(invested_year(scope), annual_plan(scope), str(_("完成投资")), str(_("计划投资")))


@figure(
    "portfolio.start_resume_rate",
    label=_("开工复工率"),
    unit="pct",
    listing=PROJECTS,
    definition=_("（已开工的新建项目＋已复工的续建项目）除以清单上的全部项目；清单扩大时可以超过100%。"),
)
def start_resume_rate(scope: Scope) -> Reading:
    rows = on_list(scope)
    started = count(queries.started_by(rows, scope.on))
    reading = ratio(started, count(rows), str(_("已开工复工")), str(_("清单项目")))
    return Reading(reading.value, started.rows, reading.parts)


def half_year(scope: Scope) -> date:
    """The day by which the first half of the list's year is over."""
    return date(list_year(scope), 6, 30)


def third_quarter(scope: Scope) -> date:
    return date(list_year(scope), 9, 30)


def part_by(scope: Scope, continuity: str, day: date) -> Reading:
    """One part of the rate by a day: of the new projects on the day's list those that have started, or of the continued ones those
    that have resumed."""
    whole = queries.listed_on(projects(scope), list_year(scope), day).filter(continuity=continuity)
    begun = count(queries.started_by(whole, day))
    names = (_("已开工"), _("新开工项目")) if continuity == Project.Continuity.NEW_START else (_("已复工"), _("续建项目"))
    reading = ratio(begun, count(whole), str(names[0]), str(names[1]))
    return Reading(reading.value, begun.rows, reading.parts)


@figure(
    "portfolio.start_part",
    label=_("新开工项目开工率"),
    unit="pct",
    listing=PROJECTS,
    definition=_("清单上的新开工项目中已开工的比例；只知月份的，到月底才算。"),
)
def start_part(scope: Scope) -> Reading:
    return part_by(scope, Project.Continuity.NEW_START, scope.on)


@figure(
    "portfolio.resume_part",
    label=_("续建项目复工率"),
    unit="pct",
    listing=PROJECTS,
    definition=_("清单上的续建项目中已复工的比例；只知月份的，到月底才算。"),
)
def resume_part(scope: Scope) -> Reading:
    return part_by(scope, Project.Continuity.CONTINUED, scope.on)


@figure(
    "portfolio.start_resume_half",
    label=_("上半年开工复工率"),
    unit="pct",
    paper="F21",
    listing=PROJECTS,
    definition=_("到6月30日，（已开工的新建项目＋已复工的续建项目）除以当日清单上的全部项目。"),
)
def start_resume_half(scope: Scope) -> Reading:
    day = half_year(scope)
    rows = queries.listed_on(projects(scope), list_year(scope), day)
    begun = count(queries.started_by(rows, day))
    reading = ratio(begun, count(rows), str(_("已开工复工")), str(_("清单项目")))
    return Reading(reading.value, begun.rows, reading.parts)


@figure(
    "portfolio.resumed_q3",
    label=_("三季度复工率"),
    unit="pct",
    paper="F22",
    listing=PROJECTS,
    definition=_("到9月30日，当日清单上的续建项目中已复工的比例。"),
)
def resumed_q3(scope: Scope) -> Reading:
    return part_by(scope, Project.Continuity.CONTINUED, third_quarter(scope))


@figure(
    "portfolio.unreported",
    label=_("上月投资缺报"),
    unit="project",
    listing=PROJECTS,
    definition=_("在建项目中上个月没有填报完成投资的个数。"),
)
def unreported(scope: Scope) -> Reading:
    return count(missing_report(projects(scope), scope.on))


def missing_report(rows, on: date):
    """Projects under construction without an entry for the month before."""
    first = on.replace(day=1)
    last_month = first.replace(year=first.year - 1, month=12) if first.month == 1 else first.replace(month=first.month - 1)
    return rows.filter(stage=Project.Stage.UNDER_CONSTRUCTION).exclude(
        pk__in=InvestmentEntry.objects.filter(month=last_month).values("project")
    )


@figure(
    "portfolio.contested",
    label=_("待核实的数据异议"),
    unit="project",
    listing=PROJECTS,
    definition=_("有待核实数据异议的项目个数。"),
)
def contested(scope: Scope) -> Reading:
    return count(projects(scope).filter(contests__state="open").distinct())
