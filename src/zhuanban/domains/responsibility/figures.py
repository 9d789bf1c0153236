"""The numbers that responsibility answers for, each with its evidence."""

from __future__ import annotations

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import listed
from zhuanban.domains.responsibility import queries
from zhuanban.domains.responsibility.models import DutyType, Responsibility, TaskForce
from zhuanban.kernel.figures import Reading, Scope, count, figure

PROJECTS, RESPONSIBILITIES = "portfolio.projects", "responsibility.responsibilities"
LUYUAN = "220106"
"""绿园, the district whose leaders the articles count."""
Post, Level = Responsibility.Post, Responsibility.Level


def projects(scope: Scope) -> QuerySet[Project]:
    """The projects that a figure may count for this reader."""
    rows = Project.objects.all() if scope.user is None else Project.objects.visible_to(scope.user)
    return rows.filter(area=scope.area) if scope.area else rows


def list_year(scope: Scope) -> int:
    """The year whose list is read: the one asked for, else the newest city list that is published."""
    from zhuanban.domains.portfolio.models import ProjectList

    years = ProjectList.objects.filter(level="city", year__lte=scope.year or scope.on.year).order_by("-year")
    return years.values_list("year", flat=True).first() or scope.on.year


@figure(
    "responsibility.city_forces",
    label=_("市级常设专班"),
    unit="group",
    paper="F18",
    listing="responsibility.forces",
    definition=_("当年市级常设工作专班个数，即“5+1”。"),
)
def city_forces(scope: Scope) -> Reading:
    rows = TaskForce.objects.all() if scope.user is None else TaskForce.objects.visible_to(scope.user)
    newest = rows.filter(level=TaskForce.Level.CITY, standing=True, year__lte=scope.year or scope.on.year).order_by("-year")
    year = newest.values_list("year", flat=True).first()
    return count(rows.filter(level=TaskForce.Level.CITY, standing=True, year=year) if year else rows.none())


@figure(
    "responsibility.city_led",
    label=_("市领导包保项目"),
    unit="project",
    paper="F19",
    listing=PROJECTS,
    definition=_("当日有在任市级包保领导的项目个数。"),
)
def city_led(scope: Scope) -> Reading:
    return count(projects(scope).filter(queries.held([Post.LEADER], scope.on, level=Level.CITY)))


@figure(
    "responsibility.centre_covered",
    label=_("项目中心包保项目"),
    unit="project",
    paper="F20",
    listing=PROJECTS,
    definition=_("市级年度清单上当日有项目中心包保的项目个数。"),
)
def centre_covered(scope: Scope) -> Reading:
    return count(listed(projects(scope), list_year(scope)).filter(queries.held([Post.CENTRE], scope.on)))


def luyuan(scope: Scope) -> QuerySet[Responsibility]:
    """The projects that 绿园's own leaders carry, one row each."""
    rows = queries.carried(scope.user, scope.on).filter(post=Post.LEADER, level=Level.DISTRICT, project__area=LUYUAN)
    return rows.filter(project__area=scope.area) if scope.area else rows


@figure(
    "responsibility.luyuan_leaders",
    label=_("绿园区包保领导"),
    unit="leader",
    paper="F33",
    listing=RESPONSIBILITIES,
    definition=_("当日在绿园区包保项目的区级领导人数，每人只计一次。"),
)
def luyuan_leaders(scope: Scope) -> Reading:
    rows = luyuan(scope)
    return Reading(rows.aggregate(n=Count("person", distinct=True))["n"], rows)


@figure(
    "responsibility.luyuan_projects",
    label=_("绿园区领导包保项目"),
    unit="project",
    paper="F34",
    listing=PROJECTS,
    definition=_("当日由绿园区区级领导包保的项目个数。"),
)
def luyuan_projects(scope: Scope) -> Reading:
    return count(projects(scope).filter(pk__in=luyuan(scope).values("project")))


@figure(
    "responsibility.luyuan_most",
    label=_("绿园区领导一人最多包保"),
    unit="project",
    paper="F35",
    listing=RESPONSIBILITIES,
    definition=_("绿园区区级领导中包保项目最多的一人包保的个数。"),
)
def luyuan_most(scope: Scope) -> Reading:
    rows = luyuan(scope)
    return Reading(_most(rows), rows)


def _most(rows: QuerySet[Responsibility]) -> int | None:
    """How many projects the person with the most of them carries; None where nobody carries one."""
    return rows.order_by().values("person").annotate(n=Count("project", distinct=True)).order_by("-n").values_list("n", flat=True).first()


@figure(
    "responsibility.duties",
    label=_("五包保四亲自"),
    unit="duty",
    paper="F43",
    definition=_("包保领导应做工作的种类：五包保加四亲自。"),
)
def duties(scope: Scope) -> Reading:
    return count(DutyType.objects.all())


@figure(
    "responsibility.uncovered",
    label=_("包保缺口"),
    unit="project",
    listing=PROJECTS,
    definition=_("清单项目没有项目中心包保的，或在建、停工项目没有项目秘书或专班的个数。"),
)
def uncovered(scope: Scope) -> Reading:
    return count(queries.uncovered(projects(scope), list_year(scope), scope.on))


@figure(
    "responsibility.carriers",
    label=_("包保人员"),
    unit="person",
    listing=RESPONSIBILITIES,
    definition=_("当日担任项目秘书或包保领导的人数，每人只计一次。"),
)
def carriers(scope: Scope) -> Reading:
    rows = queries.carried(scope.user, scope.on).filter(person__isnull=False)
    rows = rows.filter(project__area=scope.area) if scope.area else rows
    return Reading(rows.aggregate(n=Count("person", distinct=True))["n"], rows)
