"""The listings of meetings and decisions, a series' page, a meeting's page, and the meeting on the projector."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.dispatch.models import AgendaItem, Decision, Meeting, MeetingSeries
from zhuanban.domains.dispatch.queries import meetings as queries
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.queries import areas_for
from zhuanban.kernel import actions, clock, pages, show
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest

State = Meeting.State
pages.KIND_ICONS["dispatch.series"] = "presentation"


def areas(user) -> list[tuple[str, str]]:
    return [(area.key, show.place(area)) for area in Area.objects.all()]


def districts(user) -> list[tuple[str, str]]:
    return [(area.key, show.place(area)) for area in Area.objects.exclude(parent=None)]


def offered_series(user) -> list[tuple[str, Any]]:
    return [("dispatch.set_up_series", area) for area in areas_for(user, "dispatch.set_up_series")[:1]]


meetings = Listing(
    name="dispatch.meetings",
    title=gettext_lazy("周调度"),
    rows=lambda user: Meeting.objects.visible_to(user),
    search="series__dossier__search_text",
    order="-held_on",
    related=("series__area", "chair"),
    columns=(
        Column("title", gettext_lazy("会议"), link=True),
        Column("area", gettext_lazy("属地"), kind="place", path="series__area"),
        Column("level", gettext_lazy("级别"), path="series__level", choices=MeetingSeries.Level.choices),
        Column("held_on", gettext_lazy("日期"), kind="date", sort="held_on"),
        Column("weekday", gettext_lazy("星期"), narrow=False),
        Column("chair", gettext_lazy("主持人"), path="chair__name", narrow=False),
        Column("state", gettext_lazy("状态"), choices=State.choices, sort="state"),
    ),
    filters=(
        Filter("area", gettext_lazy("属地"), by_choice("series__area"), areas),
        Filter("level", gettext_lazy("级别"), by_choice("series__level"), lambda user: MeetingSeries.Level.choices),
        Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: State.choices),
    ),
    chips=(
        Chip("coming", gettext_lazy("待开"), lambda user: Q(state=State.PLANNED)),
        Chip("to_issue", gettext_lazy("待印发纪要"), lambda user: Q(state=State.HELD), tone="red"),
        Chip("city", gettext_lazy("市级"), lambda user: Q(series__level=MeetingSeries.Level.CITY)),
    ),
    offers=offered_series,
    empty=gettext_lazy("每周一次，议程自己生成：先查上次决定，再看红灯、上升问题、失约承诺和超期事项；会上定的每件事都有人负责、有期限。"),
)

decisions = Listing(
    name="dispatch.decisions",
    title=gettext_lazy("会议决定"),
    rows=lambda user: Decision.objects.visible_to(user),
    search="series__dossier__search_text",
    order="-decided",
    related=("series__area", "project__area"),
    columns=(
        Column("text", gettext_lazy("决定"), link=True),
        Column("project", gettext_lazy("项目"), path="project__name"),
        Column("series", gettext_lazy("调度会"), path="series__name", narrow=False),
        Column("decided", gettext_lazy("会议日期"), kind="date", path="decided_on", sort="decided_on"),
        Column("kind", gettext_lazy("种类"), choices=Decision.Kind.choices, narrow=False),
        Column("owner", gettext_lazy("责任单位"), path="owner_name"),
        Column("due_on", gettext_lazy("期限"), kind="date"),
        Column("outcome", gettext_lazy("落实"), path="outcome_words"),
    ),
    filters=(
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), districts),
        Filter("level", gettext_lazy("级别"), by_choice("series__level"), lambda user: MeetingSeries.Level.choices),
        Filter("kind", gettext_lazy("种类"), by_choice("kind"), lambda user: Decision.Kind.choices),
    ),
    chips=(
        Chip("mine", gettext_lazy("我负责"), lambda user: Q(owner_key__in=sorted(user.principal_keys), done_on=None, withdrawn_on=None)),
        Chip("running", gettext_lazy("在办"), lambda user: _pending() & Q(due_on__gte=clock.today())),
        Chip("overdue", gettext_lazy("已逾期"), lambda user: _pending() & Q(due_on__lt=clock.today()), tone="red"),
        Chip("done", gettext_lazy("已完成"), lambda user: Q(done_on__isnull=False)),
    ),
    empty=gettext_lazy("调度会上定的事：谁负责、哪天办完、办了没有、迟了几天。下一次会议先看这里。"),
)


def _pending() -> Q:
    return Q(done_on=None, withdrawn_on=None) & ~Q(kind=Decision.Kind.NOTE)


@require_GET
def meeting_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, meetings.name)


@require_GET
def decision_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, decisions.name)


# A series -------------------------------------------------------------------------------------------------------------


@require_GET
def series_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """A series: when it meets, who comes, what it held and what became of it."""
    rows = MeetingSeries.objects.visible_to(request.user).select_related("area", "force", "chair", "dossier")
    series = get_object_or_404(rows, pk=pk)
    held = Meeting.objects.visible_to(request.user).filter(series=series).select_related("series").order_by("-held_on", "-pk")[:60]
    pending = Decision.objects.visible_to(request.user).filter(series=series).open().select_related("project").order_by("due_on", "pk")
    context = {
        "page_title": series.name,
        "series": series,
        "weekday": show.WEEKDAYS[series.weekday],
        "verbs": actions.offered(request.user, series),
        "planned": queries.planned(series),
        "meetings": held,
        "pending": pending[:30],
        "units": series.units.order_by("area__position", "kind", "name"),
        "today": clock.today(),
    }
    return render(request, "dispatch/meeting_series.html", context)


# A meeting ------------------------------------------------------------------------------------------------------------

PRIMARY = {
    State.PLANNED: ("dispatch.build_agenda", "dispatch.invite", "dispatch.open_meeting"),
    State.OPEN: ("dispatch.call_roll", "dispatch.close_meeting"),
    State.HELD: ("dispatch.issue_minutes",),
}
"""State -> the page's buttons in their order; the other verbs stand in the menu beside them."""
ON_ITEMS = ("dispatch.decide", "dispatch.drop_item", "dispatch.restore_item")
ELSEWHERE = {"dispatch.arrange_item"}
"""Verbs that have their own place on the page."""


def found_meeting(user, pk: int) -> Meeting:
    """A meeting as its pages show it; 404 for who is not in it."""
    rows = Meeting.objects.visible_to(user).select_related("series__area", "series__dossier", "series__force", "chair")
    return get_object_or_404(rows, pk=pk)


@require_GET
def meeting_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """The meeting from its agenda to its minutes; everybody reads what concerns the projects that they see."""
    meeting = found_meeting(request.user, pk)
    offered = [each for each in actions.offered(request.user, meeting) if each["action"].name not in ELSEWHERE]
    first = PRIMARY.get(State(meeting.state), ())
    items = agenda_of(request.user, meeting)
    planned = sum(item.minutes for item in items["standing"])
    last, looked_back = queries.decisions_of_last(request.user, meeting)
    context = {
        "page_title": meeting.title,
        "meeting": meeting,
        "today": clock.today(),
        "primary": [each for name in first for each in offered if each["action"].name == name],
        "others": [each for each in offered if each["action"].name not in first and not each["reason"]],
        "may_arrange": meeting.state == State.PLANNED and _may_arrange(request.user, meeting),
        **items,
        "planned_minutes": planned,
        "over_budget": planned - meeting.series.budget_minutes,
        "share": round(planned * 100 / meeting.series.budget_minutes),
        "left_out": left_out(meeting),
        "last": last,
        "looked_back": looked_back,
        "counts": queries.agenda.tally(looked_back, clock.today()),
        "roll": roll_of(request.user, meeting),
        "roll_counts": queries.roll_counts(meeting),
        "figures": meeting.figures,
        "steps": steps(meeting),
    }
    return render(request, "dispatch/meeting.html", context)


def _may_arrange(user, meeting: Meeting) -> bool:
    known = actions.find("dispatch.arrange_item")
    return known.allowed(user, meeting) and not known.reason_against(meeting)


def agenda_of(user, meeting: Meeting) -> dict[str, Any]:
    """The agenda in its order with each item's buttons, and what was dropped from it."""
    items = queries.items_for(user, meeting)
    for item in items:
        item.meeting = meeting
    standing = [item for item in items if not item.dropped_why]
    dropped = [item for item in items if item.dropped_why]
    for row, buttons in zip(standing + dropped, actions.offered_each(user, standing + dropped, *ON_ITEMS), strict=True):
        row.buttons = [each for each in buttons if not each["reason"]]
    for place, item in enumerate(standing, start=1):
        item.place, item.up, item.down = place, place - 1, place + 1 if place < len(standing) else 0
    seen = f"{len(standing)}-{sum(len(item.decided) for item in items)}"
    for item in items:
        item.back = f"{meeting.get_absolute_url()}?seen={seen}#item-{item.pk}"  # another address each time, so that the page is read anew
    return {"standing": standing, "dropped": dropped}


def left_out(meeting: Meeting) -> list[dict[str, Any]]:
    """How many more of each kind there are than came onto the agenda, with the listing that shows them."""
    labels = dict(AgendaItem.Kind.choices)
    area = "" if meeting.series.level == MeetingSeries.Level.CITY else f"&area={meeting.series.area_id}"
    urls = {
        "red": reverse("dispatch:lights") + f"?chip=red{area}",
        "yellow": reverse("dispatch:lights") + f"?chip=yellow{area}",
        "decision": reverse("dispatch:decisions") + "?chip=overdue",
        "escalation": reverse("problems:problems") + f"?chip=open{area}",
        "promise": reverse("problems:promises") + f"?chip=broken{area}",
    }
    return [{"label": labels.get(kind, kind), "n": n, "url": urls.get(kind, "")} for kind, n in meeting.left_out.items()]


def roll_of(user, meeting: Meeting) -> list[dict[str, Any]]:
    rows = list(meeting.roll.select_related("organisation", "meeting__series__dossier"))
    return [
        {"row": row, "buttons": [each for each in buttons if not each["reason"]]}
        for row, buttons in zip(rows, actions.offered_each(user, rows, "dispatch.note_attendance") if rows else [], strict=True)
    ]


def steps(meeting: Meeting) -> list[dict[str, Any]]:
    """The way of a meeting: planned, opened, closed, minutes."""
    names = [
        (State.PLANNED, gettext_lazy("筹备"), meeting.built_at),
        (State.OPEN, pgettext_lazy("verb", "开会"), meeting.opened_at),
        (State.HELD, pgettext_lazy("verb", "散会"), meeting.closed_at),
        (State.MINUTES_ISSUED, gettext_lazy("印发纪要"), None),
    ]
    if meeting.state == State.CALLED_OFF:
        return []
    order = [state for state, _label, _at in names]
    now = order.index(State(meeting.state))
    done = meeting.state == State.MINUTES_ISSUED
    return [
        {"label": label, "state": "done" if at < now or done else "now" if at == now else "next"}
        for at, (_state, label, _when) in enumerate(names)
    ]


@require_GET
def screen(request: SignedInRequest, pk: int) -> HttpResponse:
    """The meeting on the projector: one item a screen, in large type, nothing around it."""
    meeting = found_meeting(request.user, pk)
    items = [item for item in queries.items_for(request.user, meeting) if not item.dropped_why]
    last, looked_back = queries.decisions_of_last(request.user, meeting)
    running = meeting.state == State.OPEN and meeting.opened_at
    context = {
        "page_title": meeting.title,
        "meeting": meeting,
        "items": items,
        "last": last,
        "looked_back": looked_back,
        "counts": queries.agenda.tally(looked_back, clock.today()),
        "elapsed": round((clock.now() - meeting.opened_at).total_seconds()) if running and meeting.opened_at else 0,
        "today": clock.today(),
    }
    return render(request, "dispatch/meeting_screen.html", context)
