"""Who hears of meetings and decisions, and what follows when problems, forces and projects change elsewhere."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from zhuanban.domains.dispatch import access_meetings as rights
from zhuanban.domains.dispatch import meeting_jobs
from zhuanban.domains.dispatch.models import AgendaItem, Decision, Meeting, MeetingSeries
from zhuanban.domains.dispatch.queries import meetings as queries
from zhuanban.domains.problems.models import Problem
from zhuanban.domains.problems.queries import people_behind
from zhuanban.domains.responsibility.models import TaskForce
from zhuanban.kernel import show
from zhuanban.kernel.notices import hears

MOST_NAMED = 3


@hears("dispatch.invite", "dispatch.reschedule_meeting", "dispatch.call_off_meeting")
def invited(meeting: Meeting, *, by, event):
    """Everybody who is to come: when, where, and what the first items are. Who was never told hears nothing of a change."""
    if event.verb != "dispatch.invite" and meeting.invited_at is None:
        return []
    text = {
        "dispatch.invite": invitation(meeting),
        "dispatch.reschedule_meeting": _("会议改期：%(title)s，%(when)s") % {"title": meeting.title, "when": when(meeting)},
        "dispatch.call_off_meeting": _("会议取消：%(title)s，%(why)s") % {"title": meeting.title, "why": meeting.why_off},
    }[event.verb]
    return [(person, text) for person in queries.told_of(meeting)]


def when(meeting: Meeting) -> str:
    parts = [show.short_day(meeting.held_on), meeting.weekday, f"{meeting.starts_at:%H:%M}", meeting.place]
    return " ".join(str(part) for part in parts if part)


def invitation(meeting: Meeting) -> str:
    """The number of items only: their titles are read on the page, by those who see the projects."""
    count, minutes = meeting.items.standing().count(), queries.minutes_planned(meeting)
    return _("会议通知：%(title)s，%(when)s，议题 %(n)s 项，约 %(minutes)s 分钟") % {
        "title": meeting.title,
        "when": when(meeting),
        "n": count,
        "minutes": minutes,
    }


@hears("dispatch.decide")
def decided(decision: Decision, *, by, event):
    if decision.kind != Decision.Kind.DEADLINE:
        return []
    text = _("调度会决定由%(owner)s办理：%(text)s（%(day)s 前）") % {
        "owner": decision.owner_name,
        "text": decision.text[:120],
        "day": decision.due_on,
    }
    return [(person, text) for person in people_behind(decision.owner_key)]


@hears("dispatch.carry_out", "dispatch.withdraw_decision")
def answered(decision: Decision, *, by, event):
    """The desk that runs the meeting hears of an answer, the owner of a decision that no longer stands."""
    if event.verb == "dispatch.carry_out":
        text = _("%(owner)s已落实会议决定：%(text)s") % {"owner": decision.owner_name, "text": decision.text[:120]}
        return [(person, text) for person in people_behind(f"area:{decision.series.area_id}")]
    text = _("会议决定已撤销：%(text)s（%(why)s）") % {"text": decision.text[:120], "why": decision.withdrawn_why}
    return [(person, text) for person in people_behind(decision.owner_key)]


@hears("dispatch.issue_minutes")
def issued(meeting: Meeting, *, by, event):
    text = _("纪要已印发：%(title)s") % {"title": meeting.title}
    return [(person, text) for person in queries.told_of(meeting)]


@hears("dispatch.close_meeting")
def closed(meeting: Meeting, *, by, event):
    """Keep the listings as the meeting left them."""
    meeting_jobs.keep_after(meeting)
    return []


# What follows from elsewhere --------------------------------------------------------------------------------------------


@hears("problems.solve", "problems.close")
def problem_solved(problem: Problem, *, by, event):
    """The decision that was made a problem is done when the problem is solved."""
    at = problem.solved_at or problem.closed_at
    if at:
        day, result = timezone.localdate(at), problem.result[:500]
        Decision.objects.filter(problem=problem, done_on=None, withdrawn_on=None).update(done_on=day, result=result)
    return []


@hears("problems.reopen")
def problem_reopened(problem: Problem, *, by, event):
    Decision.objects.filter(problem=problem, withdrawn_on=None).update(done_on=None, result="")
    return []


@hears("problems.not_accept")
def problem_not_accepted(problem: Problem, *, by, event):
    why = _("问题不予受理：%(why)s") % {"why": problem.result}
    day = timezone.localdate(problem.closed_at) if problem.closed_at else None
    Decision.objects.filter(problem=problem, done_on=None, withdrawn_on=None).update(withdrawn_on=day, withdrawn_why=why[:200])
    return []


@hears("problems.merge")
def problem_merged(problem: Problem, *, by, event):
    Decision.objects.filter(problem=problem).update(problem=problem.merged_into_id)
    return []


@hears("responsibility.name_lead", "responsibility.add_member", "responsibility.remove_member")
def force_changed(row, *, by, event):
    """A task force's meetings are seen by whoever is in it."""
    force = row if isinstance(row, TaskForce) else row.force
    for series in MeetingSeries.objects.filter(force=force):
        rights.sync(series)
    return []


@hears("portfolio.merge")
def projects_merged(proposal, *, by, event):
    """What was decided on the project that was folded in goes on with the one that stays."""
    gone, stays = proposal.other_id, proposal.project_id
    Decision.objects.filter(project=gone).update(project=stays)
    taken = AgendaItem.objects.filter(project=stays).values("meeting")
    AgendaItem.objects.filter(project=gone).exclude(meeting__in=taken).update(project=stays)
    return []
