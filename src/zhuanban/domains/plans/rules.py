"""When a verb of plans may be done, and by whom: the reason against, or nothing."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.plans.models import DateRequest, Disruption, Node, NodeTemplate, Plan, PlanTemplate, WorkItem
from zhuanban.domains.portfolio import rules as project_rules
from zhuanban.domains.portfolio.models import Project, Work
from zhuanban.kernel import clock, parameters, show
from zhuanban.kernel.people import Person

RANKS = parameters.declare("plans.decider_ranks", gettext_lazy("节点调整的审定层级"), list)
PARTS = (Work.Kind.WORKSHOP, Work.Kind.BUILDING)
"""Parts of a project that are enclosed on their own."""
ENCLOSURE = "warm_enclosure"


def over(project: Project) -> str:
    return project_rules.over(project)


# Nodes ------------------------------------------------------------------------------------------------------------------


def templates(project: Project, on: date | None = None) -> list[NodeTemplate]:
    """The nodes that the project's sector passes, in the versions in force on a day."""
    newest: dict[str, NodeTemplate] = {}
    for row in NodeTemplate.objects.filter(effective_from__lte=on or clock.today()).order_by("effective_from"):
        newest[row.code] = row
    return sorted((row for row in newest.values() if not row.sectors or project.sector in row.sectors), key=lambda row: row.position)


def missing_nodes(project: Project) -> list[tuple[NodeTemplate, Work | None]]:
    """What the template has and the project has not, each with the part that it belongs to."""
    known = set(project.nodes.values_list("code", "work"))
    parts = list(project.works.filter(kind__in=PARTS, parent=None))
    return [
        (row, work)
        for row in templates(project)
        for work in (None, *(parts if row.per_work else ()))
        if (row.code, work.pk if work else None) not in known
    ]


def cannot_open_nodes(project: Project) -> str:
    return over(project) or ("" if missing_nodes(project) else _("模板上的节点都已建立。"))


def cannot_promise(project: Project) -> str:
    return over(project) or ("" if project.nodes.filter(due_on=None, reached_on=None).exists() else _("节点都已有计划日期，调整须申请。"))


def cannot_reach(node: Node) -> str:
    if node.reached_on:
        return _("节点已于%(day)s完成。") % {"day": show.day(node.told(node.reached_on))}
    return over(node.project)


def cannot_take_back(node: Node) -> str:
    return "" if node.reached_on else _("节点还没有完成。")


def cannot_move(node: Node) -> str:
    """Why no new date can be asked for."""
    if reason := cannot_reach(node):
        return reason
    if node.due_on is None:
        return _("节点还没有计划日期，直接填报即可。")
    return _("已有一次调整申请待审。") if any(each.state == DateRequest.State.OPEN for each in node.requests.all()) else ""


# Requests ---------------------------------------------------------------------------------------------------------------


def answered(request: DateRequest) -> str:
    return "" if request.state == DateRequest.State.OPEN else _("申请已有结论：%(state)s。") % {"state": request.get_state_display()}


def cannot_grant(request: DateRequest) -> str:
    if reason := answered(request) or over(request.project):
        return reason
    return _("节点已经完成，不再调整。") if request.node.reached_on else ""


def rank(user: Person) -> int:
    """How high the person stands among those who decide on dates, by the city's table; 0: not among them."""
    table: dict[str, int] = dict(parameters.value(RANKS))
    city = settings.CITY["area"]
    held = (table.get(f"{grant.role}@city" if grant.area_id == city else grant.role, table.get(grant.role, 0)) for grant in user.grants)
    return max(held, default=0)


def not_above(user: Person, request: DateRequest) -> str:
    """Only somebody above the asker decides, and never the asker."""
    if user.pk == request.asked_by_id:
        return _("申请人不能审定自己的申请。")
    return "" if rank(user) > request.rank else _("须由申请人的上级审定。")


def not_asker(user: Person, request: DateRequest) -> str:
    """The asker takes it back; where the asker is away, somebody as high or higher."""
    return "" if user.pk == request.asked_by_id or rank(user) > request.rank else _("只有申请人或其上级可以撤回。")


# Disruptions and quantities ---------------------------------------------------------------------------------------------


def cannot_end(disruption: Disruption) -> str:
    return "" if disruption.to_day is None else _("干扰已于%(day)s结束。") % {"day": show.day(disruption.to_day)}


def cannot_measure(item: WorkItem) -> str:
    return over(item.project)


# Plans ------------------------------------------------------------------------------------------------------------------


def plan_templates(project: Project, on: date | None = None) -> list[PlanTemplate]:
    """The plan templates for the project's sector, those made for it before those for any."""
    newest: dict[str, PlanTemplate] = {}
    for row in PlanTemplate.objects.filter(effective_from__lte=on or clock.today()).order_by("effective_from"):
        newest[row.key] = row
    fitting = [row for row in newest.values() if not row.sectors or project.sector in row.sectors]
    return sorted(fitting, key=lambda row: (not row.sectors, row.position))


def cannot_plan(project: Project) -> str:
    return over(project) or ("" if plan_templates(project) else _("没有适用的计划模板。"))


def cannot_forecast(project: Project) -> str:
    return over(project) or ("" if project.plans.filter(state=Plan.State.CURRENT).exists() else _("项目还没有计划。"))


def not_current(plan: Plan) -> str:
    """Why this version is not the one to change: another one has taken its place."""
    if plan.state != Plan.State.CURRENT:
        return _("计划已有新的版本，请刷新后再改。")
    return over(plan.project)


def cannot_undo(plan: Plan) -> str:
    return not_current(plan) or ("" if plan.before_id else _("这是第一版，没有可以撤回的调整。"))


def not_draft(plan: Plan) -> str:
    return "" if plan.state == Plan.State.DRAFT else _("这份计划已经处理。")
