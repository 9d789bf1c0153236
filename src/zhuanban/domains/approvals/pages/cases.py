"""The list of cases, a case's own page, a department's inbox with its burn-down, the register of tolerances and the list of commitments."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.approvals.models import ApprovalCase, Commitment, Correction, Item, Tolerance
from zhuanban.domains.approvals.queries import cases as queries
from zhuanban.domains.approvals.rules import order, states
from zhuanban.domains.approvals.rules.cases import DEEDS
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import actions, charts, clock, pages, panels, roles, show
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice, by_flag
from zhuanban.kernel.people import SignedInRequest

State = ApprovalCase.State
WEEKS, SHOWN = 26, 40


def areas(user) -> list[tuple[str, str]]:
    return [(area.key, show.place(area)) for area in Area.objects.exclude(parent=None)]


def items(user) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in Item.objects.exclude(kind=Item.Kind.EVENT).values_list("pk", "name")]


def desks(user) -> list[tuple[str, str]]:
    used = ApprovalCase.objects.visible_to(user).exclude(department=None).order_by().values("department")
    return [(str(pk), name) for pk, name in Organisation.objects.filter(pk__in=used).order_by("name").values_list("pk", "name")]


cases = Listing(
    name="approvals.cases",
    title=pgettext_lazy("many", "办件"),
    rows=lambda user: ApprovalCase.objects.visible_to(user),
    search="project__dossier__search_text",
    order="due",
    related=("project__area", "item", "department"),
    columns=(
        Column("item", gettext_lazy("事项"), path="item__name", link=True, under="ref"),
        Column("project", gettext_lazy("项目"), path="project__name"),
        Column("area", gettext_lazy("属地"), path="project__area__name", narrow=False),
        Column("department", gettext_lazy("审批部门"), path="department__name", narrow=False),
        Column("state", gettext_lazy("状态"), choices=State.choices, sort="state"),
        Column("intake", gettext_lazy("受理方式"), choices=ApprovalCase.Intake.choices, narrow=False),
        Column("accepted_on", gettext_lazy("受理日"), kind="date", narrow=False),
        Column("due", gettext_lazy("期限"), kind="date", path="due_on", sort="due_on"),
        Column("decided_on", gettext_lazy("决定日"), kind="date", narrow=False),
        Column("used_days", gettext_lazy("法定用时"), kind="number", narrow=False),
        Column("felt_days", gettext_lazy("业主等待（自然日）"), kind="number", narrow=False),
    ),
    filters=(
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), areas),
        Filter("item", gettext_lazy("事项"), by_choice("item"), items),
        Filter("department", gettext_lazy("审批部门"), by_choice("department"), desks),
        Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: State.choices),
        Filter("intake", gettext_lazy("受理方式"), by_choice("intake"), lambda user: ApprovalCase.Intake.choices),
        Filter("mock", gettext_lazy("模拟审批"), by_flag(Q(mock=True)), lambda user: (("1", _("是")), ("0", _("否")))),
    ),
    chips=(
        Chip("open", gettext_lazy("在办"), lambda user: Q(state__in=[*ApprovalCase.WORKING, State.PAUSED, State.ONE_TIME_NOTICE])),
        Chip("late", gettext_lazy("已超期"), lambda user: Q(state__in=ApprovalCase.WORKING, due_on__lt=clock.today()), tone="red"),
        Chip("notice", gettext_lazy("待受理"), lambda user: Q(state=State.SUBMITTED)),
        Chip("tolerant", gettext_lazy("容缺受理"), lambda user: Q(state=State.TOLERANT_ACCEPTED), tone="yellow"),
        Chip("paused", gettext_lazy("停表"), lambda user: Q(state=State.PAUSED)),
        Chip("mock", gettext_lazy("模拟审批"), lambda user: Q(mock=True)),
        Chip("mine", gettext_lazy("我代办"), lambda user: Q(agent=user.pk)),
        Chip("over_promise", gettext_lazy("超过承诺"), lambda user: Q(in_promise=False), tone="red"),
    ),
    empty=gettext_lazy("一个事项一个办件：谁在办、法定用了几天、业主等了几天、什么时候必须答复。在项目页面申报。"),
)

tolerances = Listing(
    name="approvals.tolerances",
    title=gettext_lazy("容缺台账"),
    rows=lambda user: Tolerance.objects.visible_to(user),
    search="case__project__dossier__search_text",
    order="-due",
    related=("case__project__area", "case__item", "paper"),
    columns=(
        Column("paper", gettext_lazy("容缺材料"), path="paper__name", link=True),
        Column("case", gettext_lazy("办件"), path="case__ref"),
        Column("item", gettext_lazy("事项"), path="case__item__name"),
        Column("project", gettext_lazy("项目"), path="case__project__name"),
        Column("form", gettext_lazy("补交形式"), narrow=False),
        Column("days", gettext_lazy("时限（工作日）"), kind="number", sort="days"),
        Column("extended", gettext_lazy("延长"), kind="number", sort="extended", narrow=False),
        Column("due", gettext_lazy("补正期限"), kind="date", path="due_on", sort="due_on"),
        Column("state", gettext_lazy("结果"), choices=Tolerance.State.choices, sort="state"),
        Column("consequence", gettext_lazy("逾期后果"), narrow=False),
    ),
    filters=(
        Filter("area", gettext_lazy("属地"), by_choice("case__project__area"), areas),
        Filter("item", gettext_lazy("事项"), by_choice("case__item"), items),
        Filter("state", gettext_lazy("结果"), by_choice("state"), lambda user: Tolerance.State.choices),
    ),
    chips=(
        Chip("open", gettext_lazy("待补正"), lambda user: Q(state=Tolerance.State.OPEN)),
        Chip("lapsed", gettext_lazy("逾期退回"), lambda user: Q(state=Tolerance.State.LAPSED), tone="red"),
    ),
    empty=gettext_lazy("主要材料齐全、只缺次要材料的，可以先受理：缺什么、怎么补、几天补、不补怎样，逐份记在这里。"),
)

commitments = Listing(
    name="approvals.commitments",
    title=gettext_lazy("告知承诺"),
    rows=lambda user: Commitment.objects.visible_to(user),
    search="case__project__dossier__search_text",
    order="-due",
    related=("case__project__area", "case__item", "organisation"),
    columns=(
        Column("item", gettext_lazy("事项"), path="case__item__name", link=True),
        Column("case", gettext_lazy("办件"), path="case__ref"),
        Column("project", gettext_lazy("项目"), path="case__project__name"),
        Column("organisation", gettext_lazy("承诺人"), path="organisation__name"),
        Column("state", gettext_lazy("状态"), choices=Commitment.State.choices, sort="state"),
        Column("decided_on", gettext_lazy("决定日"), kind="date", narrow=False),
        Column("due", gettext_lazy("期限"), kind="date", path="due_on", sort="due_on"),
        Column("checked_on", gettext_lazy("核查日"), kind="date", narrow=False),
        Column("barred_until", gettext_lazy("不再适用至"), kind="date", narrow=False),
    ),
    filters=(
        Filter("area", gettext_lazy("属地"), by_choice("case__project__area"), areas),
        Filter("item", gettext_lazy("事项"), by_choice("case__item"), items),
        Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: Commitment.State.choices),
    ),
    chips=(
        Chip("unchecked", gettext_lazy("待核查"), lambda user: Q(state=Commitment.State.DECIDED)),
        Chip("late", gettext_lazy("核查逾期"), lambda user: Q(state=Commitment.State.DECIDED, due_on__lt=clock.today()), tone="red"),
        Chip("revoked", gettext_lazy("已撤销"), lambda user: Q(state=Commitment.State.REVOKED), tone="red"),
    ),
    empty=gettext_lazy("先告知条件，业主签字承诺，当场作出决定，两个月内核查；不实的责令整改，整改不了的撤销。"),
)


@require_GET
def case_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, cases.name)


@require_GET
def tolerance_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, tolerances.name)


@require_GET
def commitment_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, commitments.name)


# One case -------------------------------------------------------------------------------------------------------------------

PRIMARY = (
    *("approvals.submit", "approvals.accept", "approvals.start_review", "approvals.approve", "approvals.issue_certificate"),
    *("approvals.make_good", "approvals.add_paper", "approvals.resume"),
)
"""The page's buttons in their order; all other verbs stand in the menu beside them."""
WAY = (
    (gettext_lazy("申报"), ("draft",)),
    (gettext_lazy("提交"), ("submitted", "one_time_notice")),
    (gettext_lazy("受理"), ("accepted", "tolerant_accepted")),
    (gettext_lazy("审查"), ("in_review", "paused")),
    (gettext_lazy("决定"), ("approved", "rejected")),
    (gettext_lazy("发证"), ("certificate_issued", "extended", "voided", "revoked")),
)
TONES = {
    **dict.fromkeys((State.APPROVED, State.CERTIFICATE_ISSUED, State.EXTENDED), "green"),
    **dict.fromkeys((State.REJECTED, State.REFUSED_INTAKE, State.RETURNED, State.VOIDED, State.REVOKED), "red"),
    **dict.fromkeys((State.TOLERANT_ACCEPTED, State.ONE_TIME_NOTICE, State.PAUSED), "yellow"),
}


@require_GET
def case_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """One case: where it stands, both clocks, every paper, and the way it has gone."""
    rows = ApprovalCase.objects.visible_to(request.user).select_related(
        "project__area", "project__dossier", "item", "item_version", "department", "applicant", "agent", "handler", "decider", "deadline"
    )
    related = (
        "papers__file",
        "pauses__document",
        "steps__by",
        "steps__document",
        "tolerances__paper",
        "opinions__department",
        "opinions__by",
        "agent_terms__agent",
        "commitments__signed_by",
        Prefetch("commitments__corrections", Correction.objects.select_related("by", "file")),
    )
    case = get_object_or_404(rows.prefetch_related(*related), pk=pk)
    today, user = clock.today(), request.user
    offered = actions.offered(user, case)
    told, older = queries.reading(case, today), queries.earlier_files(case)
    context = {
        "case": case,
        "page_title": str(case.item),
        "tone": TONES.get(State(case.state), ""),
        "clock": told,
        "clock_tone": "red" if told.late else "yellow" if told.share >= 80 else "blue",
        "way": way(case),
        "papers": [{"row": paper, "earlier": older.get(paper.pk, [])} for paper in case.papers.all()],
        "primary": [each for name in PRIMARY for each in offered if each["action"].name == name and not each["reason"]],
        "others": sorted((each for each in offered if each["action"].name not in PRIMARY), key=lambda each: bool(each["reason"])),
        "before": [] if case.decided_on else before(case),
        "steps": [step_words(step) for step in reversed(case.steps.all())],
        "opinions": with_verbs(user, list(case.opinions.all())),
        "commitments": with_verbs(user, list(case.commitments.all())),
        "certificate": getattr(case, "certificate", None),
        "today": today,
        "project_url": case.project.get_absolute_url() if Project.objects.visible_to(user).filter(pk=case.project_id).exists() else "",
    }
    return render(request, "approvals/case.html", context)


def way(case: ApprovalCase) -> list[dict[str, Any]]:
    """The stages of a case, with the one in which it stands or ended."""
    passed = [
        index for index, (_label, inside) in enumerate(WAY) if case.state in inside or any(row.after in inside for row in case.steps.all())
    ]
    now = max(passed, default=0)
    ended = case.state in {State.REFUSED_INTAKE, State.RETURNED, State.WITHDRAWN}
    return [
        {
            "label": str(label),
            "state": "done" if index < now else "now" if index == now else "next",
            "note": case.get_state_display() if index == now and (ended or index) else "",
        }
        for index, (label, _inside) in enumerate(WAY)
    ]


def before(case: ApprovalCase) -> list[dict[str, Any]]:
    """The items that must come first, with the day since which each is done."""
    needed = order.needed_before(case.item_version, order.facts_of(case.project), clock.today())
    if not needed:
        return []
    told = order.standing(case)
    return [
        {"item": item, "done": item.code in told.done, "day": told.done.get(item.code), "pledged": item.code in told.pledged}
        for item in needed
    ]


def step_words(step) -> dict[str, Any]:
    return {
        "at": step.at,
        "deed": DEEDS.get(step.deed, step.deed),
        "by": step.by.name if step.by and not step.by.robot else "" if step.role else _("系统"),
        "role": roles.label_of(step.role) if step.role else "",
        "after": step.get_after_display(),
        "reason": step.reason,
        "document": step.document,
        "tone": "is-red" if step.after in states.ENDED else "",
    }


def with_verbs(user, rows: list[Any]) -> list[dict[str, Any]]:
    return [{"row": row, "offered": buttons} for row, buttons in zip(rows, actions.offered_each(user, rows), strict=True)]


# The desk -------------------------------------------------------------------------------------------------------------------


@require_GET
def inbox(request: SignedInRequest) -> HttpResponse:
    """A department's open cases by day, what is asked of it besides, and whether the pile grows or shrinks."""
    user, today = request.user, clock.today()
    rows = list(queries.inbox(user).prefetch_related("pauses")[:SHOWN])
    mine = queries.of_desks(user)
    weeks = queries.burn_down(mine, WEEKS, today)
    label = [show.short_day(week["day"]) for week in weeks]
    context = {
        "page_title": _("部门收件箱"),
        "rows": [line(row, today, user) for row in rows],
        **queries.counts(queries.inbox(user), today),
        "opinions": list(queries.opinions_for(user)[:50]),
        "today": today,
        "burn": charts.s_curve(
            [(name, float(week["handed_in"])) for name, week in zip(label, weeks, strict=True)],
            [(name, float(week["ended"])) for name, week in zip(label, weeks, strict=True)],
            title=_("收件与办结，近 26 周"),
            names=(_("累计收件"), _("累计办结")),
            unit=pgettext("unit permit", "件"),
        )
        if weeks[-1]["handed_in"]
        else "",
        "open_now": weeks[-1]["open"],
    }
    return render(request, "approvals/inbox.html", context)


def line(case: ApprovalCase, today: date, user) -> dict[str, Any]:
    return {
        "case": case,
        "clock": queries.reading(case, today),
        "tone": TONES.get(State(case.state), ""),
        "button": next_button(case, user),
    }


NEXT = {
    State.SUBMITTED: "approvals.accept",
    State.ACCEPTED: "approvals.start_review",
    State.IN_REVIEW: "approvals.approve",
    State.PAUSED: "approvals.resume",
    State.APPROVED: "approvals.issue_certificate",
}
"""What a press in the inbox does."""


def next_button(case: ApprovalCase, user) -> dict[str, Any] | None:
    """The one verb that moves a case on, for whoever has it; not to decide what one has handled."""
    name = NEXT.get(State(case.state), "")
    if name not in user.verbs or (name == "approvals.approve" and case.handler_id == user.pk):
        return None
    return {"label": actions.REGISTRY[name].label, "url": reverse("kernel:act", args=[name, case.pk])}


@panels.panel("portfolio.project")
def on_project(project: Project, user) -> panels.Panel | None:
    """The project's cases, with the button to open one."""
    rows = ApprovalCase.objects.visible_to(user).filter(project=project)
    found = list(rows.exclude(state__in=states.ENDED).select_related("item", "department").order_by("due_on")[:10])
    verbs = [known for name in ("approvals.open_case", "approvals.guide") if (known := actions.REGISTRY[name]).allowed(user, project)]
    guidances = queries.guidances(user, project)
    if not found and not verbs and not guidances:
        return None
    return panels.Panel(
        title=pgettext_lazy("many", "办件"),
        template="approvals/parts/cases_on_project.html",
        context={"rows": found, "total": rows.count(), "verbs": verbs, "guidances": guidances, "today": clock.today()},
    )
