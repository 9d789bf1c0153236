"""Requests and surveys."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.factors import queries
from zhuanban.domains.factors.models import FactorRequest, SupplyPoint, Survey, SurveyEntry
from zhuanban.domains.factors.pages import choices
from zhuanban.domains.problems.models import Problem
from zhuanban.kernel import actions, clock, deadlines, pages, show
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.models import Deadline
from zhuanban.kernel.people import SignedInRequest

State = FactorRequest.State

requests = Listing(
    name="factors.requests",
    title=gettext_lazy("要素诉求"),
    rows=lambda user: FactorRequest.objects.visible_to(user),
    search="project__dossier__search_text",
    order="-asked_on",
    related=("project", "factor", "provider", "point"),
    columns=(
        Column("what", gettext_lazy("诉求"), path="what", link=True, under="purpose"),
        Column("project", gettext_lazy("项目"), path="project__name"),
        Column("factor", gettext_lazy("要素"), path="factor__name", narrow=False),
        Column("amount", gettext_lazy("需要"), path="amount_words", narrow=False),
        Column("need_on", gettext_lazy("何时要"), kind="date", sort="need_on"),
        Column("provider", gettext_lazy("要素单位"), path="provider__name"),
        Column("standing", gettext_lazy("状态"), path="standing"),
        Column("promised_for", gettext_lazy("承诺日期"), kind="date"),
        Column("due_on", gettext_lazy("时限"), kind="date", sort="due_on"),
        Column("asked_on", gettext_lazy("提出日"), kind="date", sort="asked_on", narrow=False),
        Column("ref", gettext_lazy("编号"), sort="ref", narrow=False),
    ),
    filters=(
        Filter("factor", gettext_lazy("要素"), by_choice("factor"), choices.factors),
        Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: State.choices),
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), choices.areas),
        Filter("provider", gettext_lazy("要素单位"), by_choice("provider"), choices.providers),
        Filter("origin", gettext_lazy("来源"), by_choice("origin"), lambda user: FactorRequest.Origin.choices),
    ),
    chips=(
        Chip("late", gettext_lazy("承诺逾期"), lambda user: queries.late_promises(clock.today()), tone="red"),
        Chip(
            "unanswered",
            gettext_lazy("超期未答复"),
            lambda user: Q(state__in=FactorRequest.ASKED, due_on__lt=clock.today()),
            tone="red",
        ),
        Chip("waiting", gettext_lazy("待答复"), lambda user: Q(state__in=FactorRequest.ASKED)),
        Chip("promised", gettext_lazy("已承诺"), lambda user: Q(state=State.PROMISED)),
        Chip("unverified", gettext_lazy("待核实"), lambda user: Q(state=State.SUPPLIED)),
        Chip("refused", gettext_lazy("已转问题"), lambda user: Q(state=State.REFUSED)),
    ),
    empty=gettext_lazy("项目要用的地、电、水、热、气、物流和人，一件一件提出来，谁供、哪天供都写在这里。"),
)
surveys = Listing(
    name="factors.surveys",
    title=gettext_lazy("要素排查"),
    rows=lambda user: Survey.objects.visible_to(user),
    search="dossier__search_text",
    order="-opened_on",
    related=("area", "factor", "provider"),
    columns=(
        Column("name", gettext_lazy("名称"), link=True),
        Column("factor", gettext_lazy("要素"), path="factor__name"),
        Column("provider", gettext_lazy("排查单位"), path="provider__name"),
        Column("area", gettext_lazy("范围"), path="area__name", narrow=False),
        Column("opened_on", gettext_lazy("发起日"), kind="date", sort="opened_on"),
        Column("due_on", gettext_lazy("完成期限"), kind="date", sort="due_on"),
        Column("finished_on", gettext_lazy("完成日"), kind="date"),
    ),
    filters=(Filter("factor", gettext_lazy("要素"), by_choice("factor"), choices.factors),),
    chips=(
        Chip("running", gettext_lazy("进行中"), lambda user: Q(finished_on=None)),
        Chip("late", gettext_lazy("逾期"), lambda user: Q(finished_on=None, due_on__lt=clock.today()), tone="red"),
    ),
    offers=choices.widest("factors.open_survey"),
    empty=gettext_lazy("入冬前请供热、供电、供水单位逐个项目排查要多少、何时要，查出的需求直接成为诉求。"),
)


@require_GET
def request_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, requests.name)


@require_GET
def survey_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, surveys.name)


@require_GET
def factor_request(request: SignedInRequest, pk: int) -> HttpResponse:
    """A request: its clock, the way it has gone, what hangs on the same point."""
    rows = FactorRequest.objects.visible_to(request.user).select_related(
        "project__area", "project__dossier", "factor", "provider", "point", "problem", "promise", "deadline", "asked_by", "supplied_by"
    )
    shown = get_object_or_404(rows, pk=pk)
    today = clock.today()
    point = SupplyPoint.objects.visible_to(request.user).select_related("factor").filter(pk=shown.point_id).first()
    context = {
        "page_title": str(shown),
        "asked": shown,
        "verbs": actions.offered(request.user, shown),
        "steps": steps(shown),
        "left": deadlines.calendar().elapsed_working_days(today, shown.due_on) if shown.due_on >= today else None,
        "over": deadlines.calendar().elapsed_working_days(shown.due_on, today) if shown.late else None,
        "running": shown.deadline if shown.deadline and shown.deadline.state == Deadline.State.OPEN else None,
        "history": promises_of(shown),
        "problem": Problem.objects.visible_to(request.user).filter(pk=shown.problem_id).first() if shown.problem_id else None,
        "point": point,
        "outlook": queries.outlooks([point])[0] if point else None,
        "entry": getattr(shown, "survey_entry", None),
    }
    return render(request, "factors/request.html", context)


def steps(asked: FactorRequest) -> list[dict[str, Any]]:
    """The state machine of the handbook's section 8.8 as steps; a refusal ends it at the second, a withdrawal where it stood."""
    first = State.SURVEYED if asked.origin == FactorRequest.Origin.SURVEY else State.REQUESTED
    days = {
        first: asked.asked_on,
        State.PROMISED: asked.promised_for,
        State.SUPPLIED: asked.supplied_on,
        State.VERIFIED: asked.verified_on,
        State.REFUSED: asked.answered_on,
        State.WITHDRAWN: asked.withdrawn_on,
    }
    order = [first, State.PROMISED, State.SUPPLIED, State.VERIFIED]
    if asked.state == State.REFUSED:
        order = [first, State.REFUSED]
    elif asked.state == State.WITHDRAWN:
        order = [first, *([State.PROMISED] if asked.promised_for else []), State.WITHDRAWN]
    at = order.index(State(asked.state))
    return [
        {
            "label": state.label,
            "state": "done" if place < at or state == State.VERIFIED == asked.state else "now" if place == at else "next",
            "note": day_words(days[state]),
        }
        for place, state in enumerate(order)
    ]


def day_words(day: date | None) -> str:
    return show.day(day) if day else ""


def promises_of(asked: FactorRequest) -> list[Any]:
    """The promise that stands and those that it replaced, the newest first."""
    found: list[Any] = []
    at = asked.promise
    while at is not None and len(found) < 20:
        found.append(at)
        at = at.changed_from.first()
    return found


@require_GET
def survey(request: SignedInRequest, pk: int) -> HttpResponse:
    """A survey: how far it is, what it found, and each project with the button to enter it."""
    found = Survey.objects.visible_to(request.user).select_related("area", "factor", "provider", "deadline")
    shown = get_object_or_404(found, pk=pk)
    entries = SurveyEntry.objects.visible_to(request.user).filter(survey=shown)
    chosen = request.GET.get("state", "")
    rows = entries.filter(state=chosen) if chosen in SurveyEntry.State.values else entries
    listed = list(
        rows.select_related("project__area", "project__dossier", "request__factor", "survey__provider").order_by("-state", "project__name")[
            : MOST + 1
        ]
    )
    may = actions.REGISTRY["factors.enter_survey"]
    context = {
        "page_title": shown.name,
        "survey": shown,
        "counts": queries.survey_counts([shown], entries).get(shown.pk, {}),
        "rows": listed[:MOST],
        "more": len(listed) > MOST,
        "chosen": chosen,
        "states": [(value, label, entries.filter(state=value).count()) for value, label in SurveyEntry.State.choices],
        "may": may.name in request.user.verbs and any(not may.not_theirs(request.user, row) for row in listed[:1]),
    }
    return render(request, "factors/survey.html", context)


MOST = 150
"""Projects of a survey on its page; the chips narrow them."""
