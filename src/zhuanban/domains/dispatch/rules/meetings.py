"""When something may be done with a meeting, its agenda and its decisions; what is looked for, in which order and for how long."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.dispatch.models import AgendaItem, Attendance, Decision, Meeting, MeetingSeries
from zhuanban.kernel import clock, parameters

State = Meeting.State
SOURCES = parameters.declare("dispatch.agenda_sources", gettext_lazy("周调度议程的来由、权重和时长"), list)
TIERS = parameters.declare("dispatch.agenda_tiers", gettext_lazy("上会问题的最低层级"), dict)
FIGURES = parameters.declare("dispatch.meeting_figures", gettext_lazy("周调度会引用的指标"), list)
MINUTES_BY_HAND = parameters.declare(
    "dispatch.minutes_by_hand", gettext_lazy("临时议题的时长"), int, pgettext_lazy("parameter unit", "分钟")
)
DUE_DAYS = parameters.declare("dispatch.decision_days", gettext_lazy("会议决定的通常期限"), int, pgettext_lazy("parameter unit", "工作日"))
LATE = parameters.declare(
    "dispatch.decision_looks_back", gettext_lazy("议程回看逾期决定的天数"), int, pgettext_lazy("parameter unit", "天")
)


def source_rules() -> dict[str, dict[str, Any]]:
    """Kind of item -> `weight`, `minutes`, `most` (how many come onto the agenda), by the rule in force."""
    return {each["kind"]: each for each in parameters.value(SOURCES)}


# Series and meetings --------------------------------------------------------------------------------------------------


def stopped(series: MeetingSeries) -> str:
    return "" if series.active else _("这个调度会已停用。")


def not_planned(meeting: Meeting) -> str:
    """Why the agenda can no longer be arranged."""
    if meeting.state == State.PLANNED:
        return ""
    if meeting.state == State.CALLED_OFF:
        return _("会议已取消：%(why)s") % {"why": meeting.why_off}
    return _("会议已经开始，议程已冻结。")


def not_running(meeting: Meeting) -> str:
    """Why nothing is recorded in the room."""
    if meeting.state == State.OPEN:
        return ""
    return _("会议还没有开始。") if meeting.state == State.PLANNED else _("会议已经结束。")


def cannot_add(meeting: Meeting) -> str:
    """An item may be put on the table until the meeting ends."""
    return "" if meeting.state in {State.PLANNED, State.OPEN} else _("会议已经结束。")


def cannot_open(meeting: Meeting) -> str:
    if reason := not_planned(meeting):
        return reason
    if meeting.held_on > clock.today():
        return _("会议定在%(day)s，还没有到。") % {"day": meeting.held_on}
    if meeting.built_at is None:
        return _("请先生成议程。")
    other = Meeting.objects.filter(series=meeting.series_id, state=State.OPEN).exclude(pk=meeting.pk).first()
    return _("%(title)s还没有散会。") % {"title": other} if other else ""


def cannot_close(meeting: Meeting) -> str:
    if reason := not_running(meeting):
        return reason
    unknown = meeting.roll.filter(state=Attendance.State.EXPECTED).exists()
    return _("还没有登记到会情况。") if unknown else ""


def cannot_issue(meeting: Meeting) -> str:
    if meeting.state == State.HELD:
        return ""
    return _("纪要已印发，不能改动。") if meeting.state == State.MINUTES_ISSUED else _("散会以后才能印发纪要。")


# Agenda ---------------------------------------------------------------------------------------------------------------


def cannot_drop(item: AgendaItem) -> str:
    return not_planned(item.meeting) or (_("已经撤下。") if item.dropped_why else "")


def cannot_restore(item: AgendaItem) -> str:
    return not_planned(item.meeting) or ("" if item.dropped_why else _("这个议题在议程上。"))


def cannot_decide(item: AgendaItem) -> str:
    return not_running(item.meeting) or (_("这个议题已撤下。") if item.dropped_why else "")


def roll_is_closed(row: Attendance) -> str:
    return not_running(row.meeting)


# Decisions ------------------------------------------------------------------------------------------------------------


def settled(decision: Decision) -> str:
    """Why there is nothing more to be done about it."""
    if decision.kind == Decision.Kind.NOTE:
        return _("这一条只是记录在案。")
    if decision.withdrawn_on:
        return _("已撤销：%(why)s") % {"why": decision.withdrawn_why}
    return _("已于%(day)s完成。") % {"day": decision.done_on} if decision.done_on else ""


def cannot_carry_out(decision: Decision) -> str:
    if reason := settled(decision):
        return reason
    return _("已转为问题，请在问题里办理。") if decision.problem_id else ""


# Who ------------------------------------------------------------------------------------------------------------------


def series_of(row: MeetingSeries | Meeting | AgendaItem | Attendance | Decision) -> MeetingSeries:
    if isinstance(row, MeetingSeries):
        return row
    return row.series if isinstance(row, Meeting | Decision) else row.meeting.series


def runs(user, series: MeetingSeries, verb: str = "dispatch.decide") -> bool:
    """Whether the person runs a series: at its area's desk, at the city's, or as the lead of its task force. Whoever only owes a
    decision of it has a right on its dossier too, and does not run it."""
    desks = {f"area:{series.area_id}", f"area:{settings.CITY['area']}"}
    if series.force:
        desks.add(f"user:{series.force.lead_id}")
    return bool(user.keys_for(verb) & desks)


def not_run_by(user, row) -> str:
    series = series_of(row)
    return "" if runs(user, series) else _("%(name)s不由您主办。") % {"name": series.name}


def not_spoken_by(user, row) -> str:
    """Who may put something on the table."""
    series = series_of(row)
    return "" if runs(user, series, "dispatch.add_item") else _("%(name)s不由您主办。") % {"name": series.name}


def not_owner(user, decision: Decision) -> str:
    """Its owner tells how it was carried out; so does who runs the meeting, in the owner's place."""
    mine = decision.owner_key in user.principal_keys or runs(user, decision.series)
    return "" if mine else _("须由%(name)s答复。") % {"name": decision.owner_name}
