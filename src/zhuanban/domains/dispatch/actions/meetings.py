"""The verbs of series and meetings: set up, plan, invite, open, call the roll, close."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.dispatch import access_meetings as rights
from zhuanban.domains.dispatch.forms import meetings as forms
from zhuanban.domains.dispatch.models import AgendaItem, Attendance, Meeting, MeetingSeries
from zhuanban.domains.dispatch.queries import agenda
from zhuanban.domains.dispatch.queries import meetings as queries
from zhuanban.domains.dispatch.rules import meetings as rules
from zhuanban.domains.people.models import Area, Organisation, User
from zhuanban.domains.responsibility.models import TaskForce
from zhuanban.kernel import clock
from zhuanban.kernel.actions import INSIDE, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.forms import ReasonForm
from zhuanban.kernel.models import Dossier
from zhuanban.kernel.search import search_text

State = Meeting.State


def stamped(by: Any) -> dict[str, Any]:
    """Who wrote a new row, and when."""
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


# Series ---------------------------------------------------------------------------------------------------------------


@action("dispatch.set_up_series", on=Area, label=gettext_lazy("设立调度会"), form=forms.SetUpForm, creates=MeetingSeries, readers=INSIDE)
def set_up_series(
    area: Area,
    *,
    by,
    name: str,
    weekday: int,
    starts_at: time,
    place: str = "",
    chair: User | None = None,
    budget_minutes: int = 90,
    units=(),
    force: TaskForce | None = None,
) -> MeetingSeries:
    """A dispatch that comes back every week: of the city, of a district, or of a task force."""
    level = (
        MeetingSeries.Level.TASK_FORCE if force else MeetingSeries.Level.CITY if area.parent_id is None else MeetingSeries.Level.DISTRICT
    )
    home = force.area if force else area
    _refuse_second(level, home, force)
    dossier = Dossier.objects.create(kind="dispatch.series", ref=next_ref(), title=name, area=home.key, search_text=search_text(name))
    series = MeetingSeries(
        dossier=dossier,
        level=level,
        area=home,
        force=force,
        name=name,
        weekday=weekday,
        starts_at=starts_at,
        place=place,
        chair=chair,
        budget_minutes=budget_minutes,
        **stamped(by),
    )
    series.save(force_insert=True)
    series.units.set(units or _members(force))
    dossier.url = series.get_absolute_url()
    dossier.save(update_fields=["url"])
    rights.sync(series)
    return series


def _refuse_second(level: str, area: Area, force: TaskForce | None) -> None:
    if MeetingSeries.objects.filter(level=level, area=area, force=force, active=True).exists():
        raise Refused(_("%(name)s已经有在用的调度会。") % {"name": force or area})


def _members(force: TaskForce | None) -> list[Organisation]:
    """The units of a task force come to its meetings."""
    return [row.organisation for row in force.members.filter(to_day=None).select_related("organisation")] if force else []


def next_ref() -> str:
    """`DD-0007`: the series are numbered one by one."""
    newest = Dossier.objects.filter(kind="dispatch.series").order_by("-ref").values_list("ref", flat=True).first()
    return f"DD-{int(newest.removeprefix('DD-')) + 1 if newest else 1:04d}"


@action(
    "dispatch.revise_series",
    on=MeetingSeries,
    label=gettext_lazy("修改调度会"),
    form=forms.ReviseSeriesForm,
    who=rules.not_run_by,
    readers=INSIDE,
)
def revise_series(
    series: MeetingSeries,
    *,
    by,
    name: str,
    weekday: int,
    starts_at: time,
    place: str = "",
    chair: User | None = None,
    budget_minutes: int = 90,
    units=(),
    active: bool = True,
) -> None:
    """Another day, hour, place, chair, or other units. Meetings that are planned stay as they are."""
    series.name, series.weekday, series.starts_at, series.place = name, weekday, starts_at, place
    series.chair, series.budget_minutes, series.active = chair, budget_minutes, active
    series.save(update_fields=["name", "weekday", "starts_at", "place", "chair", "budget_minutes", "active"])
    series.units.set(units)
    Dossier.objects.filter(pk=series.pk).update(title=name, search_text=search_text(name))
    rights.sync(series)


# Meetings --------------------------------------------------------------------------------------------------------------


@action(
    "dispatch.plan_meeting",
    on=MeetingSeries,
    label=gettext_lazy("安排下次会议"),
    form=forms.PlanForm,
    when=rules.stopped,
    creates=Meeting,
    who=rules.not_run_by,
    readers=INSIDE,
)
def plan_meeting(series: MeetingSeries, *, by, held_on: date, starts_at: time) -> Meeting:
    """The next meeting, with every unit of the series in its roll."""
    if Meeting.objects.filter(series=series, held_on=held_on).exclude(state=State.CALLED_OFF).exists():
        raise Refused(_("%(day)s已经安排了会议。") % {"day": held_on})
    meeting = Meeting.objects.create(
        series=series,
        year=held_on.year,
        number=queries.next_number(series, held_on.year),
        held_on=held_on,
        starts_at=starts_at,
        place=series.place,
        chair=series.chair,
        **stamped(by),
    )
    units = series.units.order_by("area__position", "kind", "pk")
    Attendance.objects.bulk_create([Attendance(meeting=meeting, organisation=unit, **stamped(by)) for unit in units])
    return meeting


@action(
    "dispatch.reschedule_meeting",
    on=Meeting,
    label=gettext_lazy("改期"),
    form=forms.RescheduleForm,
    when=rules.not_planned,
    who=rules.not_run_by,
    readers=INSIDE,
)
def reschedule_meeting(meeting: Meeting, *, by, held_on: date, starts_at: time, place: str = "") -> None:
    """Another day, hour or place; who was invited hears of it."""
    taken = Meeting.objects.filter(series=meeting.series_id, held_on=held_on).exclude(state=State.CALLED_OFF).exclude(pk=meeting.pk)
    if taken.exists():
        raise Refused(_("%(day)s已经安排了会议。") % {"day": held_on})
    meeting.held_on, meeting.starts_at, meeting.place = held_on, starts_at, place
    meeting.save(update_fields=["held_on", "starts_at", "place"])


@action(
    "dispatch.call_off_meeting",
    on=Meeting,
    label=gettext_lazy("取消会议"),
    form=ReasonForm,
    when=rules.not_planned,
    danger=True,
    who=rules.not_run_by,
    readers=INSIDE,
)
def call_off_meeting(meeting: Meeting, *, by, reason: str) -> None:
    """This one is not held; what would have been spoken of comes onto the next agenda by itself."""
    meeting.state, meeting.why_off = State.CALLED_OFF, reason[:200]
    meeting.save(update_fields=["state", "why_off"])


@action("dispatch.invite", on=Meeting, label=gettext_lazy("发会议通知"), when=rules.not_planned, who=rules.not_run_by, readers=INSIDE)
def invite(meeting: Meeting, *, by) -> None:
    """Tell everybody who is to come, with the agenda; again when it has changed."""
    if meeting.built_at is None:
        raise Refused(_("请先生成议程。"))
    meeting.invited_at = clock.now()
    meeting.save(update_fields=["invited_at"])


@action("dispatch.open_meeting", on=Meeting, label=gettext_lazy("开会"), when=rules.cannot_open, who=rules.not_run_by, readers=INSIDE)
def open_meeting(meeting: Meeting, *, by) -> None:
    """The agenda is frozen with the evidence of this moment; the figures that are quoted are read now."""
    now = clock.now()
    freeze(meeting)
    meeting.state, meeting.opened_at, meeting.figures = State.OPEN, now, queries.figures_of(meeting)
    meeting.save(update_fields=["state", "opened_at", "figures"])


def freeze(meeting: Meeting) -> None:
    """Read the evidence of every item once more; an item whose reasons are gone stays, and says so."""
    now = clock.now()
    drafts = {draft.key: draft for draft in agenda.collect(meeting).drafts}
    items = list(meeting.items.standing())
    facts = agenda.facts_of([item.project_id for item in items if item.project_id])
    for item in items:
        draft = drafts.get((item.project_id, "") if item.project_id else (None, item.subject))
        if draft:
            item.evidence, item.why = agenda.evidence_of(draft, facts, now), draft.why
        else:
            gone = item.kind != AgendaItem.Kind.HAND
            item.evidence = {**item.evidence, "as_of": now.isoformat(), "facts": facts.get(item.project_id or 0, []), "gone": gone}
    for place, item in enumerate(items, start=1):
        item.position = place
    AgendaItem.objects.bulk_update(items, ["evidence", "why", "position"])


# In the room -----------------------------------------------------------------------------------------------------------


@action(
    "dispatch.call_roll",
    on=Meeting,
    label=gettext_lazy("登记到会"),
    form=forms.RollForm,
    when=rules.not_running,
    who=rules.not_run_by,
    readers=INSIDE,
)
def call_roll(meeting: Meeting, *, by, present=()) -> None:
    """Who is there; whoever is not named is absent. Who came in another's place, and why somebody did not, is said on the line."""
    here = {row.pk for row in present}
    rows = list(meeting.roll.all())
    for row in rows:
        if row.pk not in here:
            row.state, row.who = Attendance.State.ABSENT, ""
        elif row.state != Attendance.State.SUBSTITUTE:
            row.state, row.reason = Attendance.State.PRESENT, ""
        row.updated_at, row.updated_by = clock.now(), by
    Attendance.objects.bulk_update(rows, ["state", "who", "reason", "updated_at", "updated_by"])


@action(
    "dispatch.note_attendance",
    on=Attendance,
    label=gettext_lazy("到会情况"),
    form=forms.AttendanceForm,
    when=rules.roll_is_closed,
    who=rules.not_run_by,
    readers=INSIDE,
)
def note_attendance(row: Attendance, *, by, state: str, who: str = "", reason: str = "") -> None:
    """One unit: there, represented by somebody, or absent for a reason."""
    if state == Attendance.State.SUBSTITUTE and not who:
        raise Refused(_("代会的必须写明是谁。"))
    row.state, row.who, row.reason = state, who, reason
    row.save(update_fields=["state", "who", "reason"])


@action(
    "dispatch.close_meeting", on=Meeting, label=pgettext_lazy("verb", "散会"), when=rules.cannot_close, who=rules.not_run_by, readers=INSIDE
)
def close_meeting(meeting: Meeting, *, by) -> None:
    """The meeting is over; the next one is planned at once, if it is not yet."""
    meeting.state, meeting.closed_at = State.HELD, clock.now()
    meeting.save(update_fields=["state", "closed_at"])
    plan_next(meeting.series)


def plan_next(series: MeetingSeries) -> Meeting | None:
    """Plan the series' next meeting as the robot, unless one is planned or the series has stopped."""
    if not series.active or queries.planned(series):
        return None
    day = queries.next_day(series, clock.today())
    if series.meetings.filter(held_on=day).exclude(state=State.CALLED_OFF).exists():
        return None
    return plan_meeting(series, by=None, held_on=day, starts_at=series.starts_at)
