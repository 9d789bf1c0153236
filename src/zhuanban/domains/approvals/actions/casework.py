"""What the verbs on cases share: every change of state goes through `move`, which writes who did it in which role, when, why and on what."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.approvals.models import ApprovalCase, BadFaithMark, CasePaper, CaseStep, Commitment, Tolerance
from zhuanban.domains.approvals.queries import cases as queries
from zhuanban.domains.approvals.rules import clocks, tolerance
from zhuanban.domains.approvals.rules.cases import refused
from zhuanban.domains.approvals.rules.certificates import months_after
from zhuanban.domains.approvals.rules.states import MACHINE, PLEDGES
from zhuanban.domains.responsibility import queries as responsibility
from zhuanban.kernel import clock, deadlines, files, parameters
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Deadline, StoredFile
from zhuanban.kernel.words import Words, kept

WORKING_DAYS = pgettext_lazy("parameter unit", "工作日")
GENERAL_DAYS = parameters.declare("approvals.general_days", gettext_lazy("未另定时限的事项：决定时限"), int, WORKING_DAYS)
JOINT_DAYS = parameters.declare("approvals.joint_days", gettext_lazy("联合办理时限"), int, WORKING_DAYS)
CHECK_MONTHS = parameters.declare("approvals.check_months", gettext_lazy("告知承诺核查时限"), int, pgettext_lazy("parameter unit", "月"))
RUNNING = (Deadline.State.OPEN, Deadline.State.PAUSED)
KEPT = (
    *("state", "handler", "decider", "intake", "joint", "received_on", "accepted_on", "statutory_days", "promised_days", "unit"),
    *("extended_days", "promised_on", "due_on", "deadline", "submitted_at", "noticed_at", "notice", "department"),
    *("decided_on", "decision", "used_days", "work_days", "felt_days", "in_promise"),
)
"""What the verbs change on a case."""


def stamped(by) -> dict[str, Any]:
    """Who wrote a new row, and when."""
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


def taken_in() -> date:
    """Day 0 of a clock that starts now: today until close of business on a working day, else the next working day."""
    return deadlines.calendar().acceptance_day(clock.now(), time(parameters.value(responsibility.CLOSES)))


def move(case: ApprovalCase, deed: str, by, *, reason: str = "", document: StoredFile | None = None) -> None:
    """One lawful transition with its step; whatever else the verb changed on the case is saved with it."""
    after = MACHINE.after(case.state, deed)
    if not after:
        raise Refused(refused(case, deed))
    before, case.state = case.state, after
    step(case, deed, before, after, by, reason, document)
    save(case)


def step(case: ApprovalCase, deed: str, before: str, after: str, by, reason: str = "", document: StoredFile | None = None) -> None:
    CaseStep.objects.create(
        case=case,
        deed=deed,
        before=before,
        after=after,
        by=by,
        role=role_of(by, case),
        at=clock.now(),
        reason=reason[:500],
        document=document,
    )


def save(case: ApprovalCase) -> None:
    case.save(update_fields=KEPT)


def role_of(by, case: ApprovalCase) -> str:
    """In which role the person acts on this case: that of the grant which reaches it."""
    if by is None or by.robot:
        return ""
    keys = {f"org:{case.department_id}", f"org:{case.applicant_id}", f"user:{by.pk}"}
    near = [grant.role for grant in by.grants if grant.scope_key in keys]
    return next(iter(near), next(iter(by.roles), ""))


def store(case: ApprovalCase, received: files.Received | None, by, kind: str) -> StoredFile | None:
    """A file of a case is read by those who read the case."""
    return files.record(case.dossier, received, by=by, kind=f"approval.{kind}") if received else None


def titled(title: Words, case: ApprovalCase) -> str:
    """The title of a deadline, which others read: in the house's language."""
    with kept():
        return str(title) % {"item": case.item.name, "project": case.project.name}


def desk_key(case: ApprovalCase) -> str:
    if case.department_id is None:
        raise Refused(_("“%(item)s”在这里还没有受理单位，请先在事项目录登记。") % {"item": case.item})
    return f"org:{case.department_id}"


def owe(
    case: ApprovalCase, title: Words, on_due: str, *, start: date, days: int | None = None, due_on: date | None = None, key: str = ""
) -> Deadline:
    return deadlines.owe(
        case.dossier,
        key or desk_key(case),
        titled(title, case),
        on_due=on_due,
        working_days=days,
        due_on=due_on,
        started_on=start,
        url=case.get_absolute_url(),
    )


def stop_clock(case: ApprovalCase, state: str = Deadline.State.SETTLED) -> None:
    """End the running deadline of a case, an open stop with it."""
    running = case.deadline
    if running and running.state in RUNNING:
        if running.state == Deadline.State.PAUSED:
            deadlines.resume(running)
        deadlines.settle(running, state)
    case.pauses.filter(to_day=None).update(to_day=clock.today())


def start_clock(case: ApprovalCase, start: date) -> None:
    """The clock of the decision: limits are copied from the item's version in force, so that they do not change under way."""
    terms = case.item_version.terms
    general = parameters.value(JOINT_DAYS if case.joint else GENERAL_DAYS)
    case.statutory_days = general if terms.statutory_days is None else terms.statutory_days
    case.promised_days = min(terms.days if terms.days is not None else general, case.statutory_days)
    case.unit, case.accepted_on = terms.unit, start
    run(case, start)


def run(case: ApprovalCase, start: date) -> None:
    """Let the promised days run from a day, and write down when they end."""
    calendar, days = deadlines.calendar(), (case.promised_days or 0) + case.extended_days
    due = clocks.due(start, days, case.unit, [], calendar)
    if case.unit == clocks.WORKDAY:
        case.deadline = owe(case, gettext_lazy("作出决定：%(item)s（%(project)s）"), "approvals.undecided", start=start, days=days)
    else:
        case.deadline = owe(case, gettext_lazy("作出决定：%(item)s（%(project)s）"), "approvals.undecided", start=start, due_on=due)
    case.promised_on = case.due_on = case.deadline.due_on


def longest_tolerance(case: ApprovalCase) -> int | None:
    """The working days within the case's promised limit."""
    return tolerance.longest(case.promised_days, case.unit, case.accepted_on or clock.today(), deadlines.calendar())


def decide(case: ApprovalCase, by, words: str) -> None:
    """The decision's day, and how long it took in the three ways of counting."""
    today = clock.today()
    start = case.accepted_on or today
    told = clocks.used(queries.handed_in_on(case) or start, start, today, case.unit, queries.stops(case), deadlines.calendar())
    case.used_days, case.work_days, case.felt_days = told.counted, told.working, told.felt
    case.in_promise = told.counted <= (case.promised_days or 0) + case.extended_days
    case.decider, case.decision, case.decided_on, case.due_on = by, words, today, today
    stop_clock(case)


def close(case: ApprovalCase, ending: str = Tolerance.State.DROPPED) -> None:
    """A case that ends without a decision owes nothing any more."""
    stop_clock(case, Deadline.State.CANCELLED)
    case.due_on = clock.today()
    for row in case.tolerances.filter(state=Tolerance.State.OPEN).select_related("deadline"):
        end_tolerance(row, ending)
    for opinion in case.opinions.filter(verdict="").select_related("deadline"):
        deadlines.settle(opinion.deadline, Deadline.State.CANCELLED)


def end_tolerance(row: Tolerance, state: str) -> None:
    row.state, row.ended_at = state, clock.now()
    row.save(update_fields=["state", "ended_at"])
    if row.deadline.state in RUNNING:
        deadlines.settle(row.deadline, Deadline.State.SETTLED if state == Tolerance.State.MADE_GOOD else Deadline.State.CANCELLED)


def receive_paper(case: ApprovalCase, paper: CasePaper, file: files.Received, by) -> CasePaper:
    """Keep a paper on the case that asks for it; the file that it replaces stays, as an earlier version. Raises Refused when the paper is
    another case's."""
    row = case.papers.filter(pk=paper.pk).first()
    if row is None:
        raise Refused(_("这份材料不在本办件的材料清单里，请到它自己的办件上传。"))
    if row.file_id:
        StoredFile.objects.filter(pk=row.file_id).update(kind=row.earlier_kind)
    row.file = store(case, file, by, "paper")
    row.state, row.flaw, row.provided_at, row.provided_by = CasePaper.State.PROVIDED, "", clock.now(), by
    row.save(update_fields=["file", "state", "flaw", "provided_at", "provided_by"])
    return row


def newest_due(case: ApprovalCase) -> date:
    """The nearest day on which something of the case falls due."""
    days = [row.due_on for row in case.tolerances.filter(state=Tolerance.State.OPEN)]
    return min([*days, *([case.promised_on] if case.promised_on else [])], default=case.due_on)


def settle_tolerances(case: ApprovalCase, papers: list[CasePaper], state: str, by) -> None:
    """End the tolerances of these papers; after the last one the case goes on as an ordinary one."""
    for row in case.tolerances.filter(paper__in=papers, state=Tolerance.State.OPEN).select_related("deadline"):
        end_tolerance(row, state)
    case.due_on = newest_due(case)
    if case.state == ApprovalCase.State.TOLERANT_ACCEPTED and not case.tolerances.filter(state=Tolerance.State.OPEN).exists():
        move(case, "make_good", by)
    else:
        save(case)


def mark(case: ApprovalCase, by, reason: str) -> BadFaithMark | None:
    """A note of bad faith on the applicant, who may have it repaired."""
    if case.applicant is None:
        return None
    return BadFaithMark.objects.create(
        project=case.project, case=case, organisation=case.applicant, reason=reason[:300], marked_on=clock.today(), **stamped(by)
    )


def decide_commitments(case: ApprovalCase, by) -> None:
    """With the case's decision its signed commitments are decided, and their checks fall due."""
    today = clock.today()
    for row in case.commitments.filter(state=Commitment.State.SIGNED):
        due = months_after(today, parameters.value(CHECK_MONTHS))
        row.deadline = owe(case, gettext_lazy("核查承诺：%(item)s（%(project)s）"), "approvals.check_late", start=today, due_on=due)
        row.state, row.decided_on, row.due_on = PLEDGES.after(row.state, "decide"), today, due
        row.save(update_fields=["state", "decided_on", "due_on", "deadline"])
