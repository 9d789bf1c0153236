"""With whom a problem is and which of its clocks run: every verb that changes hands goes through these functions."""

from __future__ import annotations

from datetime import date, time
from typing import Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import Organisation
from zhuanban.domains.portfolio import access as project_access
from zhuanban.domains.problems import access as problem_access
from zhuanban.domains.problems.models import (
    Consultation,
    Dismissal,
    Holding,
    Instruction,
    Order,
    Problem,
    ProblemFile,
    Promise,
    TimeRequest,
)
from zhuanban.domains.responsibility import queries as responsibility
from zhuanban.domains.responsibility.queries import Holder
from zhuanban.kernel import clock, deadlines, files, parameters
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Deadline
from zhuanban.kernel.words import Words, kept

Row = TypeVar("Row", bound=Model)
State, Settled = Problem.State, Deadline.State


def stamped(by) -> dict[str, Any]:
    """Who wrote a new row, and when."""
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


def there(row: Row | None, reason: str) -> Row:
    """What a verb's rule says is there. Raises Refused with the reason where it is gone by now."""
    if row is None:
        raise Refused(reason)
    return row


def taken_in() -> date:
    """Day 0 of a clock that starts now: today until close of business on a working day, else the next working day."""
    return deadlines.calendar().acceptance_day(clock.now(), time(parameters.value(responsibility.CLOSES)))


def titled(title: Words, problem: Problem) -> str:
    """The title of a deadline, which others read: in the house's language."""
    with kept():
        return str(title) % {"title": problem.title}


def owe(problem: Problem, title: Words, days: int, *, on_due: str = "problems.rise", key: str = "", start: date | None = None) -> Deadline:
    return deadlines.owe(
        problem.dossier,
        key or problem.holder_key,
        titled(title, problem),
        on_due=on_due,
        working_days=days,
        started_on=start or taken_in(),
        url=problem.get_absolute_url(),
    )


def pass_to(problem: Problem, key: str, name: Words, why: str, *, department: Organisation | None = None, waiting: bool = False) -> None:
    """Note with whom the problem is from now on; the time until now is the last one's."""
    now = clock.now()
    with kept():
        name = str(name)[:120]
    Holding.objects.filter(problem=problem, to_at=None).update(to_at=now)
    Holding.objects.create(
        problem=problem,
        tier=problem.tier,
        holder_key=key,
        holder_name=name,
        department=department,
        from_at=now,
        why=why,
        waiting=waiting,
    )


def hold(problem: Problem, key: str, name: str, why: str, *, department: Organisation | None = None) -> None:
    """Make a principal the holder."""
    problem.holder_key, problem.holder_name, problem.department = key, name[:120], department
    pass_to(problem, key, name, why, department=department)


def of_tier(problem: Problem, tier: int) -> Holder:
    """Who has a tier of the problem's project, under the name that is kept on the problem."""
    with kept():
        return responsibility.holder(problem.project, tier)


def centre_of(problem: Problem) -> Holder:
    """The project's centre, under the name that is kept on the problem."""
    with kept():
        return responsibility.centre(problem.project)


def turn(problem: Problem, tier: int, why: str, state: str = State.TRIAGED) -> None:
    """Put the problem with a tier: its holder, and fresh clocks. The total clock runs on."""
    stop(problem)
    found, limits, start = of_tier(problem, tier), responsibility.tier(tier), taken_in()
    problem.tier, problem.state = tier, state
    problem.responded_at = problem.solved_at = problem.solved_by = problem.closed_at = problem.recalled_at = None
    hold(problem, found.principal_key, found.name, why)
    problem.respond = owe(problem, _("答复问题：%(title)s"), limits.respond_days, start=start)
    problem.solve = owe(problem, _("解决问题：%(title)s"), limits.solve_days, start=start)
    problem.confirm = None
    keep(problem)


def stop(problem: Problem, state: str = Settled.CANCELLED) -> None:
    """End the running clocks and what was asked and is not answered yet."""
    for deadline in (problem.respond, problem.solve, problem.confirm):
        if deadline and deadline.state in {Settled.OPEN, Settled.PAUSED}:
            if deadline.state == Settled.PAUSED:
                deadlines.resume(deadline)
            deadlines.settle(deadline, state)
    problem.paused_since = None
    problem.time_requests.filter(state=TimeRequest.State.ASKED).update(state=TimeRequest.State.LAPSED)
    problem.dismissals.filter(state=Dismissal.State.ASKED).update(state=Dismissal.State.LAPSED)


def answered(problem: Problem) -> None:
    """The holder has responded: that clock has done its work."""
    problem.responded_at = problem.responded_at or clock.now()
    if problem.respond and problem.respond.state == Settled.OPEN:
        deadlines.settle(problem.respond)


def keep(problem: Problem) -> None:
    """Save what the verbs change, with the day that lists are sorted by."""
    running = [each for each in (problem.respond, problem.solve, problem.confirm) if each and each.state in {Settled.OPEN, Settled.PAUSED}]
    if running:
        problem.due_on = min(each.due_on for each in running)
    problem.save(
        update_fields=[
            *("state", "tier", "holder_key", "holder_name", "department", "respond", "solve", "confirm", "due_on", "responded_at"),
            *("solved_at", "solved_by", "closed_at", "paused_since", "recalled_at", "result", "rating", "rating_words"),
            *("reopen_count", "merged_into"),
        ]
    )


def finish(problem: Problem, state: str) -> None:
    """The problem is over: nobody has it any more, and departments that came in for it only look on."""
    now = clock.now()
    stop(problem)
    problem.state, problem.closed_at = state, now
    Holding.objects.filter(problem=problem, to_at=None).update(to_at=now)
    for rows in (problem.consultations, problem.instructions, problem.supervisions):
        lapse(rows)
    keep(problem)
    project_access.regrant(problem.project)


def lapse(rows) -> None:
    """Withdraw the orders that are still open, with their deadlines."""
    for row in rows.filter(state=Order.State.OPEN).select_related("deadline"):
        deadlines.settle(row.deadline, Settled.CANCELLED)
        row.state = Order.State.LAPSED
        row.save(update_fields=["state"])


def attach(problem: Problem, received: files.Received | None, kind: str, by) -> None:
    if received:
        stored = files.record(problem.dossier, received, by=by, kind=f"problem.{kind}")
        ProblemFile.objects.create(problem=problem, file=stored, kind=kind)


# Promises --------------------------------------------------------------------------------------------------------------


def promise(problem: Problem, by, due_on: date, kind: str, *, instruction: Instruction | None = None, reason: str = "") -> Promise:
    """Write down a date that was given. One that it replaces points to it."""
    row = Promise.objects.create(
        project=problem.project,
        problem=problem,
        instruction=instruction,
        made_to=problem.project.owner_org,
        made_by=by,
        department=problem.department,
        holder_name=instruction.owner_name if instruction else problem.holder_name,
        kind=kind,
        promised_on=clock.today(),
        due_on=due_on,
        reason=reason,
        **stamped(by),
    )
    if instruction is None:
        standing(problem).exclude(pk=row.pk).update(changed_to=row, reason=reason)
    return row


def standing(problem: Problem):
    """The promises about the solution that are neither kept nor replaced nor withdrawn."""
    return problem.promises.filter(instruction=None, kept_on=None, changed_to=None, withdrawn_on=None)


# Orders ---------------------------------------------------------------------------------------------------------------


def order(model, problem: Problem, by, text: str, due_on: date, department: Organisation | None, title: Words):
    """Write an order of any of the three kinds with its deadline."""
    if department:
        problem_access.let_in(problem.project, department)
    key, name = (f"org:{department.pk}", str(department)) if department else (problem.holder_key, problem.holder_name)
    deadline = deadlines.owe(
        problem.dossier, key, titled(title, problem), on_due="problems.order_late", due_on=due_on, url=problem.get_absolute_url()
    )
    asked = {"department": department} if model is Consultation else {}
    return model.objects.create(
        problem=problem, by=by, text=text, owner_key=key, owner_name=name, deadline=deadline, **asked, **stamped(by)
    )


def reply(row: Order, by, answer: str) -> None:
    row.answer, row.answered_by, row.answered_at, row.state = answer, by, clock.now(), Order.State.DONE
    row.save(update_fields=["answer", "answered_by", "answered_at", "state"])
    deadlines.settle(row.deadline)
