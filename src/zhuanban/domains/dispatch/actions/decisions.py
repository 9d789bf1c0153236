"""The verbs of decisions: made in the room with an owner in place, carried out or withdrawn afterwards; and the minutes that keep them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.dispatch import access_meetings as rights
from zhuanban.domains.dispatch.actions.meetings import stamped
from zhuanban.domains.dispatch.forms import meetings as forms
from zhuanban.domains.dispatch.models import AgendaItem, Decision, Meeting, Minutes
from zhuanban.domains.dispatch.models.minutes import digest
from zhuanban.domains.dispatch.queries import meetings as queries
from zhuanban.domains.dispatch.queries import minutes as texts
from zhuanban.domains.dispatch.rules import meetings as rules
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.problems import actions as problems
from zhuanban.domains.problems.models import Problem, ProblemKind
from zhuanban.kernel import clock, deadlines
from zhuanban.kernel.actions import INSIDE, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.forms import ReasonForm
from zhuanban.kernel.models import Deadline
from zhuanban.kernel.words import kept

Kind = Decision.Kind


@action(
    "dispatch.decide",
    on=AgendaItem,
    label=gettext_lazy("作出决定"),
    form=forms.DecideForm,
    when=rules.cannot_decide,
    creates=Decision,
    who=rules.not_run_by,
    readers=INSIDE,
)
def decide(
    item: AgendaItem,
    *,
    by,
    kind: str,
    text: str,
    owner: str = "",
    due_on: date | None = None,
    problem_kind: ProblemKind | None = None,
) -> Decision:
    """What the meeting decided on an item. From this moment its owner has it: as a deadline, as a problem on the ladder, or as a note."""
    decision = Decision(
        series=item.meeting.series,
        meeting=item.meeting,
        item=item,
        project=item.project,
        number=next_number(item.meeting),
        decided_on=item.meeting.held_on,
        kind=kind,
        text=text,
        owner_key=owner,
        owner_name=owner_name(owner),
        due_on=due_on,
        **stamped(by),
    )
    if kind == Kind.DEADLINE:
        _owe(decision)
    elif kind == Kind.PROBLEM:
        _report(decision, by, problem_kind)
    decision.save(force_insert=True)
    if decision.deadline:
        Deadline.objects.filter(pk=decision.deadline.pk).update(url=decision.get_absolute_url())
    if kind != Kind.NOTE:
        rights.let_in(decision)
    return decision


def next_number(meeting: Meeting) -> int:
    """Decisions are numbered through the meeting; its row is locked, so that two at once do not get the same number."""
    Meeting.objects.select_for_update().get(pk=meeting.pk)
    return (meeting.decisions.aggregate(last=Max("number"))["last"] or 0) + 1


def owner_name(key: str) -> str:
    """The owner's name as it is kept. Raises Refused for a principal that is not there."""
    if not key:
        return ""
    with kept():
        name = queries.name_of(key)
    if not name:
        raise Refused(_("没有这个责任单位。"))
    return name[:120]


def _owe(decision: Decision) -> None:
    if not decision.owner_key or decision.due_on is None:
        raise Refused(_("限期办理的要有责任单位和期限。"))
    with kept():
        title = _("落实调度会决定：%(text)s") % {"text": decision.text}
    decision.deadline = deadlines.owe(decision.dossier, decision.owner_key, title, on_due="dispatch.decision_late", due_on=decision.due_on)


def _report(decision: Decision, by: Any, kind: ProblemKind | None) -> None:
    """A problem of the item's project: with the department that the meeting named, else with the tier where it begins."""
    if decision.project is None or kind is None:
        raise Refused(_("转问题的要有项目和问题类别。"))
    with kept():
        source = _("%(title)s议定") % {"title": decision.meeting.title}
    problem = problems.report(decision.project, by=by, kind=kind, title=decision.text[:80], description=f"{decision.text}\n{source}")
    if decision.owner_key:
        name, _colon, pk = decision.owner_key.partition(":")
        if name != "org":
            raise Refused(_("问题由层级承办；直接交办的只能选部门。"))
        problems.triage(problem, by=by, tier=problem.tier, department=Organisation.objects.get(pk=pk))
    problem = Problem.objects.get(pk=problem.pk)
    decision.problem, decision.owner_key, decision.owner_name = problem, problem.holder_key, problem.holder_name
    decision.due_on = decision.due_on or (problem.solve.due_on if problem.solve else problem.due_on)


@action(
    "dispatch.carry_out",
    on=Decision,
    label=gettext_lazy("落实决定"),
    form=forms.ResultForm,
    when=rules.cannot_carry_out,
    who=rules.not_owner,
    readers=INSIDE,
)
def carry_out(decision: Decision, *, by, result: str) -> None:
    """The owner tells what was done; the next meeting reads it."""
    decision.result, decision.done_on = result, clock.today()
    decision.save(update_fields=["result", "done_on"])
    if decision.deadline:
        deadlines.settle(decision.deadline)
    rights.let_out(decision)


@action(
    "dispatch.withdraw_decision",
    on=Decision,
    label=gettext_lazy("撤销决定"),
    form=ReasonForm,
    when=rules.settled,
    danger=True,
    who=rules.not_run_by,
    readers=INSIDE,
)
def withdraw_decision(decision: Decision, *, by, reason: str) -> None:
    """It no longer stands: nobody owes it, and the minutes in which it was issued keep it as it was."""
    decision.withdrawn_on, decision.withdrawn_why = clock.today(), reason[:200]
    decision.save(update_fields=["withdrawn_on", "withdrawn_why"])
    if decision.deadline:
        deadlines.settle(decision.deadline, Deadline.State.CANCELLED)
    rights.let_out(decision)


@action(
    "dispatch.issue_minutes",
    on=Meeting,
    label=gettext_lazy("印发纪要"),
    form=forms.IssueForm,
    when=rules.cannot_issue,
    who=rules.not_run_by,
    readers=INSIDE,
)
def issue_minutes(meeting: Meeting, *, by, number: str = "", remarks: str = "") -> None:
    """Write the minutes once and for all; their hash stands in the record of this deed."""
    if number and Minutes.objects.filter(number=number).exists():
        raise Refused(_("文号%(number)s已经用过。") % {"number": number})
    body = texts.body_of(meeting, number=number, remarks=remarks)
    Minutes.objects.create(meeting=meeting, number=number, body=body, sha256=digest(body), issued_at=clock.now(), issued_by=by)
    meeting.state, meeting.minutes_sha256 = Meeting.State.MINUTES_ISSUED, digest(body)
    meeting.save(update_fields=["state", "minutes_sha256"])
