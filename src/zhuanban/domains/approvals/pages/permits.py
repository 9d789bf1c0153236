"""Permit plans: over the portfolio, one project's with its graph and its days, and what a late paper costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.approvals import permit_drawings as drawings
from zhuanban.domains.approvals.actions import planning
from zhuanban.domains.approvals.models import Fact, Item, PermitPlan, PermitStep
from zhuanban.domains.approvals.rules import catalogue as catalogue_rules
from zhuanban.domains.approvals.rules import project_facts
from zhuanban.domains.approvals.rules.permits import START
from zhuanban.domains.approvals.rules.timetable import Timed, Timetable
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import actions, clock, deadlines, pages, panels, show
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest
from zhuanban.kernel.words import listed

MOST_LATE = 400
FEW = 4


def areas(user) -> list[tuple[str, str]]:
    return [(area.key, show.place(area)) for area in Area.objects.exclude(parent=None)]


def items(user) -> list[tuple[str, str]]:
    return [(item.code, item.in_short) for item in Item.objects.exclude(kind=Item.Kind.EVENT).order_by("position")]


permit_plans = Listing(
    name="approvals.permit_plans",
    title=gettext_lazy("审批计划"),
    rows=lambda user: PermitPlan.objects.visible_to(user),
    search="project__dossier__search_text",
    order="-left_days",
    related=("project__area", "blocking", "next_item"),
    columns=(
        Column("project", gettext_lazy("项目"), path="project__name", link=True),
        Column("area", gettext_lazy("属地"), kind="place", path="project__area", narrow=False),
        Column("state", gettext_lazy("状态"), choices=PermitPlan.State.choices, sort="state"),
        Column("blocking", gettext_lazy("卡点"), path="blocking__in_short"),
        Column("left_days", gettext_lazy("关键路径剩余（工作日）"), kind="number", sort="left_days"),
        Column("ready_on", gettext_lazy("最早依法开工"), kind="date"),
        Column("next_item", gettext_lazy("下一本证"), path="next_item__in_short", narrow=False),
        Column("next_on", gettext_lazy("最早取得"), kind="date", narrow=False),
        Column("open_count", gettext_lazy("可同时办理"), kind="number", sort="open_count", narrow=False),
        Column("done_count", gettext_lazy("已办结"), kind="number", sort="done_count", narrow=False),
        Column("steps_count", gettext_lazy("事项数"), kind="number", sort="steps_count", narrow=False),
        Column("parallel_days", gettext_lazy("并联用时（工作日）"), kind="number", sort="parallel_days", narrow=False),
        Column("sequential_days", gettext_lazy("逐项用时（工作日）"), kind="number", sort="sequential_days", narrow=False),
        Column("saved_days", gettext_lazy("并联节省（工作日）"), kind="number", sort="saved_days", narrow=False),
        Column("as_of", gettext_lazy("计算日期"), kind="date", sort="as_of", narrow=False),
    ),
    filters=(
        Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: PermitPlan.State.choices),
        Filter("blocking", gettext_lazy("卡点"), by_choice("blocking__code"), items),
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), areas),
    ),
    chips=(
        Chip("open", gettext_lazy("办理中"), lambda user: Q(state=PermitPlan.State.OPEN)),
        Chip("parallel", gettext_lazy("还有可同时办理的"), lambda user: Q(state=PermitPlan.State.OPEN, open_count__gt=0)),
        Chip("unclear", gettext_lazy("情况未明"), lambda user: Q(state=PermitPlan.State.OPEN) & ~Q(unclear=[]), tone="yellow"),
        Chip("provisional", gettext_lazy("涉及未公布节假日的年份"), lambda user: Q(provisional=True)),
    ),
    empty=gettext_lazy("项目要办哪些事项、卡在哪一项、最早哪天能依法开工，由事项目录和办件算出。"),
)
permit_steps = Listing(
    name="approvals.permit_steps",
    title=gettext_lazy("计划中的事项"),
    rows=lambda user: PermitStep.objects.visible_to(user),
    search="project__dossier__search_text",
    order="state",
    related=("project__area", "item"),
    columns=(
        Column("item", gettext_lazy("事项"), path="item__in_short"),
        Column("project", gettext_lazy("项目"), path="project__name", link=True),
        Column("area", gettext_lazy("属地"), kind="place", path="project__area", narrow=False),
        Column("state", gettext_lazy("状态"), choices=PermitStep.State.choices, sort="state"),
        Column("starts_on", gettext_lazy("最早申报"), kind="date", narrow=False),
        Column("finishes_on", gettext_lazy("最早取得"), kind="date"),
        Column("float_days", gettext_lazy("时差（工作日）"), kind="number"),
    ),
    filters=(
        Filter("item", gettext_lazy("事项"), by_choice("item__code"), items),
        Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: PermitStep.State.choices),
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), areas),
    ),
    chips=(
        Chip("critical", gettext_lazy("关键"), lambda user: Q(critical=True)),
        Chip("open", gettext_lazy("可申报"), lambda user: Q(state=PermitStep.State.OPEN)),
        Chip("uncertain", gettext_lazy("是否需要未明"), lambda user: Q(uncertain=True), tone="yellow"),
    ),
    empty=gettext_lazy("每个项目要办的每一项，前置齐了就能同时申报。"),
)


@require_GET
def permit_plan_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, permit_plans.name)


@require_GET
def permit_step_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, permit_steps.name)


@require_GET
def permit_plan(request: SignedInRequest, pk: int) -> HttpResponse:
    """One project's way through its permits, computed for this moment."""
    project = get_object_or_404(Project.objects.visible_to(request.user).select_related("area", "dossier"), pk=pk)
    plan = PermitPlan.objects.visible_to(request.user).select_related("catalogue").filter(project=project).first()
    if plan is None:
        offered = actions.offered(request.user, project, "approvals.plan_permits")
        if not offered and not request.user.inside_keys:
            raise Http404
        return render(request, "approvals/no_permit_plan.html", {"project": project, "offered": offered, "page_title": project.name})
    plan.project = project
    today = clock.today()
    table = planning.timetable_of(plan, today)
    if request.headers.get("HX-Request"):
        return render(request, "approvals/parts/late.html", late_of(request, plan, table, today))
    context = {
        "page_title": project.name,
        "project": project,
        "plan": plan,
        "today": today,
        "verbs": actions.offered(request.user, plan),
        **head_of(table),
        **chart_of(table, today),
        **late_of(request, plan, table, today),
        "stages": stages_of(table, plan.recorded),
        "facts": facts_of(plan),
        "unclear": listed(Fact(name).label for name in table.unclear),
        "saved": None if table.unclear else table.saved,
    }
    return render(request, "approvals/permit_plan.html", context)


def names_of(table: Timetable) -> dict[str, str]:
    return {step.code: step.step.entry.short_name for step in table.steps}


def head_of(table: Timetable) -> dict[str, Any]:
    names = names_of(table)
    coming = table.next_certificate
    start = table.by_code.get(START)
    return {
        "table": table,
        "blocking": names[table.blocking.code] if table.blocking else "",
        "blocking_step": table.blocking,
        "coming": coming,
        "coming_name": names[coming.code] if coming else "",
        "begun": bool(start and start.state in (PermitStep.State.DONE, PermitStep.State.UNRECORDED)),
        "open_now": [names[step.code] for step in table.steps if step.state == PermitStep.State.OPEN and step.step.entry.handled],
        "done": sum(step.state == PermitStep.State.DONE for step in table.steps),
    }


def chart_of(table: Timetable, today: date) -> dict[str, Any]:
    """The graph of all items, and the days of what can be dated and comes before the works are finished."""
    names, work = names_of(table), deadlines.calendar()
    shown = [step for step in table.steps if step.step.entry.stage != Item.Stage.ACCEPTANCE]
    frame = drawings.days_of(shown, work, today)
    return {
        "graph": drawings.graph(table.steps, names, _("事项之间的先后")),
        "axis": drawings.axis(frame),
        "bars": drawings.bars(frame, shown, names, work, _("各事项的工作日")),
        "rows": [{"name": names[step.code], "critical": step.critical} for step in shown],
        "looks": [(drawings.look(state)[0], state.label) for state in PermitStep.State],
    }


def stages_of(table: Timetable, recorded: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items by stage, each with its days and why they are so."""
    names = names_of(table)
    return [
        {"label": stage.label, "steps": steps}
        for stage in Item.Stage
        if (steps := [_line(step, names, recorded.get(step.code)) for step in table.steps if step.step.entry.stage == stage])
    ]


def _line(step: Timed, names: Mapping[str, str], recorded: Sequence[str] | None) -> dict[str, Any]:
    entry = step.step.entry
    outside = [_("补记：%(note)s") % {"note": recorded[1] or "—"}] if recorded and step.state == PermitStep.State.DONE else []
    return {
        "step": step,
        "name": entry.name,
        "item": entry.item,
        "shape": drawings.look(step.state)[0],
        "word": PermitStep.State(step.state).label,
        "days": entry.days,
        "calendar": entry.unit == "calendar",
        "why": [*why(step, names), *outside],
        "tolerant": entry.tolerant,
        "commitment": entry.commitment,
    }


def why(step: Timed, names: Mapping[str, str]) -> list[str]:
    """Why the item stands where it does, in short sentences."""
    told = []
    if step.step.uncertain:
        told.append(_("是否需要取决于：%(facts)s") % {"facts": listed(Fact(name).label for name in step.step.entry.condition)})
    if step.state == PermitStep.State.DONE:
        return told
    if step.state == PermitStep.State.UNRECORDED:
        return [*told, _("已开工，没有这一项的记录")]
    if step.waits_for:
        told.append(_("等%(items)s") % {"items": listed(names[code] for code in step.waits_for)})
    if step.finishes_on is None:
        return [*told, _("取决于完工日期")]
    driving = [code for code in step.driven_by if code in step.waits_for]
    if driving and set(driving) != set(step.waits_for):
        told.append(_("日期由%(items)s决定") % {"items": listed(names[code] for code in driving)})
    if step.critical:
        told.append(_("关键：晚一个工作日，开工就晚一个工作日"))
    elif step.float_days:
        told.append(
            (_("晚 %(n)s 个工作日以内不影响开工") if step.before_start else _("晚 %(n)s 个工作日以内不影响验收")) % {"n": step.float_days}
        )
    return told


def facts_of(plan: PermitPlan) -> list[dict[str, Any]]:
    return [{"label": label, "value": value} for label, value in project_facts.words(plan.facts)]


# What a late paper costs ----------------------------------------------------------------------------------------------------


def late_of(request: SignedInRequest, plan: PermitPlan, table: Timetable, today: date) -> dict[str, Any]:
    """The item and the working days asked about, and the lawful start as it would be then."""
    names = names_of(table)
    choices = [(step.code, names[step.code]) for step in table.steps if step.state != PermitStep.State.DONE and step.before_start]
    choices = [each for each in choices if each[0] != START]
    code, text = request.GET.get("late", ""), request.GET.get("days", "")
    asked: dict[str, Any] = {"choices": choices, "late": code, "days": 5, "project": plan.project}
    if code not in dict(choices) or not text.isdigit() or len(text) > 4 or int(text) > MOST_LATE:
        return asked
    days = int(text)
    then = planning.timetable_of(plan, today, {code: days})
    moved = deadlines.calendar().elapsed_working_days(table.ready_on, then.ready_on) if table.ready_on and then.ready_on else None
    step = table.by_code[code]
    return asked | {
        "days": days,
        "answer": {
            "name": names[code],
            "days": days,
            "moved": moved,
            "ready": then.ready_on,
            "was": table.ready_on,
            "taken": min(days, step.float_days or 0),
            "provisional": then.provisional,
        },
    }


# On the project's page ------------------------------------------------------------------------------------------------------


@panels.panel("portfolio.project")
def on_project(project: Project, user) -> panels.Panel | None:
    """Which item holds the project, the next certificate and the first lawful day."""
    plan = PermitPlan.objects.visible_to(user).filter(project=project).select_related("blocking", "next_item").first()
    if plan is None:
        if "approvals.plan_permits" not in user.verbs or catalogue_rules.cannot_plan(project):
            return None
        return panels.Panel(title=gettext_lazy("审批计划"), template="approvals/parts/permits_on_project.html", context={"plan": None})
    waiting = PermitStep.objects.filter(plan=plan, state__in=[PermitStep.State.OPEN, PermitStep.State.RUNNING, PermitStep.State.PAUSED])
    steps: Sequence[PermitStep] = list(
        waiting.exclude(item__kind=Item.Kind.EVENT).select_related("item").order_by("-critical", "finishes_on", "item__position")[:FEW]
    )
    return panels.Panel(
        title=gettext_lazy("审批计划"), template="approvals/parts/permits_on_project.html", context={"plan": plan, "steps": steps}
    )
