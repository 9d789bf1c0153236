"""The verbs of problems."""

from __future__ import annotations

from datetime import date

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext_lazy

from zhuanban.domains.people.models import Organisation
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems import access as problem_access
from zhuanban.domains.problems import forms, queries, rules
from zhuanban.domains.problems.hands import (
    answered,
    attach,
    centre_of,
    finish,
    hold,
    keep,
    lapse,
    of_tier,
    order,
    owe,
    pass_to,
    promise,
    reply,
    stamped,
    standing,
    stop,
    taken_in,
    there,
    turn,
)
from zhuanban.domains.problems.models import (
    Consultation,
    Contact,
    Dismissal,
    Instruction,
    Order,
    Problem,
    ProblemFile,
    ProblemKind,
    Promise,
    Supervision,
    TimeRequest,
    Urging,
)
from zhuanban.domains.responsibility import queries as responsibility
from zhuanban.kernel import access, clock, deadlines, files, notices, parameters
from zhuanban.kernel.actions import INSIDE, PARTIES, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.forms import ReasonForm
from zhuanban.kernel.models import Deadline, Dossier
from zhuanban.kernel.words import kept

State, Settled = Problem.State, Deadline.State
URGES = parameters.declare("problems.urges_per_day", gettext_lazy("每日催办次数"), int, pgettext_lazy("parameter unit", "次"))
CONFIRM_DAYS = parameters.declare("problems.confirm_days", gettext_lazy("企业确认时限"), int, pgettext_lazy("parameter unit", "工作日"))
RECALL_DAYS = parameters.declare("problems.recall_days", gettext_lazy("回访时限"), int, pgettext_lazy("parameter unit", "工作日"))
FILE_DAYS = parameters.declare("problems.file_days", gettext_lazy("确认后自动销号"), int, pgettext_lazy("parameter unit", "工作日"))
REOPENS = parameters.declare("problems.reopens_to_rise", gettext_lazy("重开几次上升一级"), int, pgettext_lazy("parameter unit", "次"))
SUPERVISION_DAYS = parameters.declare(
    "problems.supervision_days", gettext_lazy("系统督办单时限"), int, pgettext_lazy("parameter unit", "工作日")
)


# Reporting and triage --------------------------------------------------------------------------------------------------


@action(
    "problems.report", on=Project, label=gettext_lazy("上报问题"), form=forms.ReportForm, when=rules.over, creates=Problem, readers=PARTIES
)
def report(
    project: Project,
    *,
    by,
    kind: ProblemKind,
    title: str,
    description: str = "",
    place: str = "",
    needs: list[str] | tuple[str, ...] = (),
    photo: files.Received | None = None,
    voice: files.Received | None = None,
) -> Problem:
    """Say what stands in the way. From this moment somebody has it and a clock runs."""
    tier = rules.entry_tier(needs)
    problem = Problem.objects.create(
        project=project,
        ref=next_ref(clock.today().year),
        title=title,
        description=description,
        kind=kind,
        place=place,
        needs=list(needs),
        reporter=by,
        reporter_org=by.organisation if by else None,
        **UNHELD,
        tier=tier,
        due_on=clock.today(),
        reported_at=clock.now(),
        closed_at=clock.now(),
        **stamped(by),
    )
    turn(problem, tier, "reported", State.REPORTED)
    attach(problem, photo, ProblemFile.Kind.PHOTO, by)
    attach(problem, voice, ProblemFile.Kind.VOICE, by)
    return problem


UNHELD = {"state": State.CLOSED, "holder_key": "-", "holder_name": "-"}
"""What a row has for the moment between its birth and its first holder: the clocks need its number for their address."""


def next_ref(year: int) -> str:
    """`WT-2023-00042`; the ledger's lock gives numbers one by one."""
    Dossier.objects.select_for_update().get(pk=access.ledger("problems", title=gettext_noop("问题台账")).pk)
    prefix = f"WT-{year}-"
    newest = Problem.objects.filter(ref__startswith=prefix).aggregate(last=Max("ref"))["last"]
    return f"{prefix}{int(newest.removeprefix(prefix)) + 1 if newest else 1:05d}"


@action(
    "problems.triage",
    on=Problem,
    label=gettext_lazy("分级"),
    form=forms.TriageForm,
    when=rules.cannot_triage,
    readers=INSIDE,
)
def triage(problem: Problem, *, by, tier: int, department: Organisation | None = None, note: str = "") -> None:
    """Settle the tier where it begins, and the department if that is plain. The clocks start anew only where the tier changes."""
    if tier != problem.tier:
        turn(problem, tier, "triaged")
    problem.state = State.TRIAGED
    if department:
        hand_on(problem, f"org:{department.pk}", str(department), department)
    keep(problem)


def hand_on(problem: Problem, key: str, name: str, department: Organisation | None) -> None:
    """Within the tier, to somebody who must answer anew; the tier's clock to solve runs on."""
    if department:
        problem_access.let_in(problem.project, department)
    if problem.respond and problem.respond.state == Settled.OPEN:
        deadlines.settle(problem.respond)
    problem.state, problem.responded_at = State.ASSIGNED, None
    hold(problem, key, name, "delegated", department=department)
    problem.respond = owe(problem, gettext_lazy("答复问题：%(title)s"), responsibility.tier(problem.tier).respond_days)
    if problem.solve:
        deadlines.hand_to(problem.solve, key)


# The contract of a tier: one of these answers ---------------------------------------------------------------------------


@action(
    "problems.take",
    on=Problem,
    label=gettext_lazy("答复在办"),
    form=forms.TakeForm,
    when=rules.cannot_take,
    who=rules.not_holder,
    readers=PARTIES,
)
def take(problem: Problem, *, by, promise_on: date | None = None, note: str = "") -> None:
    """Answer that it is being worked on, with a date if one can be given: that is a promise."""
    answered(problem)
    problem.state = State.IN_PROGRESS
    keep(problem)
    if promise_on:
        if problem.solve and promise_on > problem.solve.due_on:
            raise Refused(_("超过办结时限 %(day)s，请改为申请延期。") % {"day": problem.solve.due_on})
        promise(problem, by, promise_on, Promise.Kind.ANSWER)


@action(
    "problems.solve",
    on=Problem,
    label=pgettext_lazy("verb", "办结"),
    form=forms.SolveForm,
    when=rules.cannot_work,
    who=rules.not_holder,
    readers=PARTIES,
)
def solve(problem: Problem, *, by, note: str = "", file: files.Received | None = None) -> None:
    """It is solved, with evidence; now it is for the reporter to say so."""
    if not note and not file:
        raise Refused(_("办结要有依据：写明结果，或附照片、文件。"))
    answered(problem)
    stop(problem, Settled.SETTLED)
    problem.state, problem.solved_at, problem.solved_by = State.SOLVED, clock.now(), by
    problem.result = note or (file.name if file else "")
    attach(problem, file, ProblemFile.Kind.EVIDENCE, by)
    key = next(iter(rules.reporter_keys(problem)), "") or centre_of(problem).principal_key
    pass_to(problem, key, gettext_lazy("等待上报方确认"), "solved", waiting=True)
    problem.confirm = owe(
        problem, gettext_lazy("请确认办理结果：%(title)s"), parameters.value(CONFIRM_DAYS), on_due="problems.silent", key=key
    )
    lapse(problem.consultations)
    keep(problem)
    standing(problem).update(kept_on=clock.today())


@action(
    "problems.delegate",
    on=Problem,
    label=gettext_lazy("交办"),
    form=forms.DelegateForm,
    when=rules.cannot_work,
    who=rules.not_holder_nor_tier,
    readers=INSIDE,
)
def delegate(problem: Problem, *, by, reason: str, department: Organisation | None = None, person: int | None = None) -> None:
    """Hand it to a department, or to one of the tier's people, who must answer; the tier's clock runs on."""
    if person is not None:
        names = dict(queries.people_of_tier(problem))
        if person not in names:
            raise Refused(_("只能交给本层级的人。"))
        key, name = f"user:{person}", names[person]
    elif department:
        key, name = f"org:{department.pk}", str(department)
    else:
        raise Refused(_("交给部门还是经办人，选一个。"))
    if key == problem.holder_key:
        raise Refused(_("已经在%(name)s手里。") % {"name": problem.holder_name})
    hand_on(problem, key, name, department)
    keep(problem)


@action(
    "problems.refuse",
    on=Problem,
    label=gettext_lazy("退回（引用规定）"),
    form=forms.RefuseForm,
    when=rules.cannot_refuse,
    who=rules.not_holder,
    danger=True,
    readers=INSIDE,
)
def refuse(problem: Problem, *, by, rule: str) -> None:
    """Say that it is not theirs to solve, citing the rule. It rises one tier at once: nobody sends it sideways."""
    answered(problem)
    turn(problem, problem.tier + 1, "risen")


@action(
    "problems.ask_time",
    on=Problem,
    label=gettext_lazy("申请延期"),
    form=forms.AskTimeForm,
    when=rules.cannot_ask_time,
    who=rules.not_holder,
    readers=PARTIES,
)
def ask_time(problem: Problem, *, by, days: int, reason: str) -> None:
    """Ask for more working days. That is an answer, but the clock runs until the other side, or the tier above, agrees."""
    answered(problem)
    if problem.state in Problem.WAITING:
        problem.state = State.IN_PROGRESS
    TimeRequest.objects.create(problem=problem, days=days, reason=reason, by=by, **stamped(by))
    keep(problem)


@action(
    "problems.grant_time",
    on=Problem,
    label=gettext_lazy("同意延期"),
    form=forms.OptionalAnswerForm,
    when=rules.cannot_decide_time,
    who=rules.not_other_side,
    readers=PARTIES,
)
def grant_time(problem: Problem, *, by, answer: str = "") -> None:
    """Give the days asked for; the new date is a promise of the one who asked."""
    asked = there(rules.asked_time(problem), _("没有待答复的延期申请。"))
    due = deadlines.lengthen(there(problem.solve, _("这个问题没有办结时限。")), asked.days)
    asked.state, asked.decided_by, asked.answer, asked.new_due = TimeRequest.State.GRANTED, by, answer, due
    asked.save(update_fields=["state", "decided_by", "answer", "new_due"])
    keep(problem)
    promise(problem, asked.by, due, Promise.Kind.EXTENSION, reason=asked.reason)


@action(
    "problems.deny_time",
    on=Problem,
    label=gettext_lazy("不同意延期"),
    form=forms.AnswerForm,
    when=rules.cannot_decide_time,
    who=rules.not_other_side,
    readers=PARTIES,
)
def deny_time(problem: Problem, *, by, answer: str) -> None:
    """The day stays as it is."""
    asked = there(rules.asked_time(problem), _("没有待答复的延期申请。"))
    asked.state, asked.decided_by, asked.answer = TimeRequest.State.DENIED, by, answer
    asked.save(update_fields=["state", "decided_by", "answer"])


# Stops of the clock ------------------------------------------------------------------------------------------------------


@action(
    "problems.pause",
    on=Problem,
    label=pgettext_lazy("verb", "停表"),
    form=forms.PauseForm,
    when=rules.cannot_pause,
    who=rules.not_holder_nor_tier,
    readers=PARTIES,
)
def pause(problem: Problem, *, by, kind: str, reason: str, paper: files.Received | None = None) -> None:
    """Stop the clocks for a reason that the rules know; the total clock and the days felt by the enterprise run on."""
    if kind in parameters.value(forms.PAUSES_WITH_PAPER) and not paper:
        raise Refused(_("这种情形停表须附文件。"))
    attach(problem, paper, ProblemFile.Kind.PAPER, by)
    document = problem.files.filter(kind=ProblemFile.Kind.PAPER).order_by("-pk").first() if paper else None
    for deadline in (problem.respond, problem.solve):
        if deadline and deadline.state == Settled.OPEN:
            deadlines.pause(deadline, kind, by=by, reason=reason, document=document.file if document else None)
            deadline.refresh_from_db()
    problem.paused_since = clock.today()
    keep(problem)


@action(
    "problems.resume",
    on=Problem,
    label=gettext_lazy("恢复计时"),
    form=forms.OptionalNoteForm,
    when=rules.cannot_resume,
    who=rules.not_in_charge,
    readers=PARTIES,
)
def resume(problem: Problem, *, by, note: str = "") -> None:
    """Start the clocks again; the days they stood are added."""
    for deadline in (problem.respond, problem.solve):
        if deadline and deadline.state == Settled.PAUSED:
            deadlines.resume(deadline)
            deadline.refresh_from_db()
    problem.paused_since = None
    keep(problem)


# The ladder ------------------------------------------------------------------------------------------------------------


@action(
    "problems.escalate",
    on=Problem,
    label=gettext_lazy("上升一级"),
    form=ReasonForm,
    when=rules.cannot_rise,
    who=rules.not_in_charge,
    readers=INSIDE,
)
def escalate(problem: Problem, *, by, reason: str) -> None:
    """One tier up, never past one: its clocks start, the total clock runs on."""
    turn(problem, problem.tier + 1, "risen")


@action(
    "problems.de_escalate",
    on=Problem,
    label=gettext_lazy("下沉一级"),
    form=forms.NoteForm,
    when=rules.cannot_fall,
    who=rules.not_holder_nor_tier,
    readers=INSIDE,
)
def de_escalate(problem: Problem, *, by, note: str) -> None:
    """Give it back to the tier below: only who has it up here may, and only with a note."""
    if problem.department_id and not (by is None or rules.is_of_tier(by, problem)):
        raise Refused(_("须由本层级下沉，受交办的部门不能。"))
    turn(problem, problem.tier - 1, "fallen")


@action(
    "problems.instruct",
    on=Problem,
    label=gettext_lazy("批示"),
    form=forms.InstructForm,
    when=rules.cannot_instruct,
    creates=Instruction,
    readers=INSIDE,
)
def instruct(problem: Problem, *, by, text: str, due_on: date, department: Organisation | None = None) -> Instruction:
    """A leader's written word: quoted on the problem, owed by somebody by a day, and a promise to the enterprise."""
    row = order(Instruction, problem, by, text, due_on, department, gettext_lazy("落实批示：%(title)s"))
    promise(problem, by, due_on, Promise.Kind.INSTRUCTION, instruction=row)
    return row


@action(
    "problems.carry_out",
    on=Instruction,
    label=gettext_lazy("落实批示"),
    form=forms.AnswerForm,
    when=rules.is_answered,
    who=rules.not_owner,
    readers=INSIDE,
)
def carry_out(instruction: Instruction, *, by, answer: str) -> None:
    """Tell how the leader's word was carried out."""
    reply(instruction, by, answer)
    Promise.objects.filter(instruction=instruction, kept_on=None).update(kept_on=clock.today())


@action(
    "problems.consult",
    on=Problem,
    label=gettext_lazy("会商"),
    form=forms.ConsultForm,
    when=rules.cannot_work,
    who=rules.not_holder_nor_tier,
    readers=INSIDE,
)
def consult(problem: Problem, *, by, departments, text: str, days: int | None = None) -> None:
    """Ask several departments at once; each has its own clock and answers for itself."""
    asked = set(problem.consultations.filter(state=Order.State.OPEN).values_list("department", flat=True))
    due = deadlines.calendar().due(taken_in(), days or parameters.value(queries.CONSULT_DAYS))
    for department in departments:
        if department.pk in asked:
            raise Refused(_("%(name)s还有一次会商未答复。") % {"name": department})
        order(Consultation, problem, by, text, due, department, gettext_lazy("会商答复：%(title)s"))


@action(
    "problems.answer_consult",
    on=Consultation,
    label=gettext_lazy("答复会商"),
    form=forms.AnswerForm,
    when=rules.is_answered,
    who=rules.not_owner,
    readers=INSIDE,
)
def answer_consult(consultation: Consultation, *, by, answer: str) -> None:
    """The department's own answer."""
    reply(consultation, by, answer)


@action(
    "problems.supervise",
    on=Problem,
    label=gettext_lazy("督办"),
    form=forms.OrderForm,
    when=rules.cannot_instruct,
    creates=Supervision,
    readers=INSIDE,
)
def supervise(problem: Problem, *, by, text: str, due_on: date) -> Supervision:
    """An order to the holder with a day; the problem carries the mark from now on."""
    problem.supervised = True
    problem.save(update_fields=["supervised"])
    return order(Supervision, problem, by, text, due_on, None, gettext_lazy("答复督办：%(title)s"))


@action(
    "problems.answer_supervision",
    on=Supervision,
    label=gettext_lazy("答复督办"),
    form=forms.AnswerForm,
    when=rules.is_answered,
    who=rules.not_owner,
    readers=INSIDE,
)
def answer_supervision(supervision: Supervision, *, by, answer: str) -> None:
    """Tell what was done about the order."""
    reply(supervision, by, answer)


@action("problems.urge", on=Problem, label=gettext_lazy("催办"), form=forms.UrgeForm, when=rules.cannot_work, readers=PARTIES)
def urge(problem: Problem, *, by, words: str = "") -> None:
    """Remind the holder; the notices tell later who has read it. So often a day and no oftener."""
    today = clock.today()
    if problem.urgings.filter(by=by, day=today).count() >= parameters.value(URGES):
        raise Refused(_("今天已经催过 %(n)s 次，明天再催。") % {"n": parameters.value(URGES)})
    row = Urging.objects.create(problem=problem, by=by, day=today, at=clock.now(), holder_name=problem.holder_name, words=words)
    with kept():
        text = _("催办：%(title)s（期限 %(day)s）%(words)s") % {"title": problem.title, "day": problem.due_on, "words": words}
    told = {person: text for person in queries.people_behind(problem.holder_key)}
    row.notices.set(notices.leave(told, dossier=problem.project_id, url=problem.get_absolute_url()))


@action(
    "problems.log_contact",
    on=Problem,
    label=gettext_lazy("记协调"),
    form=forms.ContactForm,
    creates=Contact,
    readers=INSIDE,
)
def log_contact(problem: Problem, *, by, spoke_with: str, words: str, day: date | None = None) -> Contact:
    """Who was spoken with, when, and what came of it."""
    return Contact.objects.create(problem=problem, by=by, spoke_with=spoke_with, day=day or clock.today(), words=words, **stamped(by))


# Not accepted, merged ----------------------------------------------------------------------------------------------------


@action(
    "problems.ask_not_accept",
    on=Problem,
    label=gettext_lazy("申请不予受理"),
    form=ReasonForm,
    when=rules.cannot_ask_dismissal,
    who=rules.not_holder,
    readers=INSIDE,
)
def ask_not_accept(problem: Problem, *, by, reason: str) -> None:
    """Ask the tier above for leave not to take it up; until it consents the clocks run."""
    Dismissal.objects.create(problem=problem, reason=reason, by=by, **stamped(by))


@action(
    "problems.not_accept",
    on=Problem,
    label=gettext_lazy("同意不予受理"),
    form=forms.AnswerForm,
    when=rules.cannot_decide_dismissal,
    who=rules.not_above,
    danger=True,
    readers=PARTIES,
)
def not_accept(problem: Problem, *, by, answer: str) -> None:
    """The tier above consents; the reporter reads this answer as the reason."""
    asked = there(rules.asked_dismissal(problem), _("没有待答复的不予受理申请。"))
    asked.state, asked.decided_by, asked.answer = Dismissal.State.AGREED, by, answer
    asked.save(update_fields=["state", "decided_by", "answer"])
    problem.result = answer
    standing(problem).update(withdrawn_on=clock.today(), reason=answer)
    finish(problem, State.NOT_ACCEPTED)


@action(
    "problems.keep_open",
    on=Problem,
    label=gettext_lazy("不同意，继续办理"),
    form=forms.AnswerForm,
    when=rules.cannot_decide_dismissal,
    who=rules.not_above,
    readers=INSIDE,
)
def keep_open(problem: Problem, *, by, answer: str) -> None:
    """The tier above declines: it is worked on as before."""
    asked = there(rules.asked_dismissal(problem), _("没有待答复的不予受理申请。"))
    asked.state, asked.decided_by, asked.answer = Dismissal.State.DECLINED, by, answer
    asked.save(update_fields=["state", "decided_by", "answer"])


@action(
    "problems.merge",
    on=Problem,
    label=gettext_lazy("并入同类问题"),
    form=forms.MergeForm,
    when=rules.cannot_work,
    who=rules.not_in_charge,
    danger=True,
    readers=PARTIES,
)
def merge(problem: Problem, *, by, into: Problem) -> None:
    """Go on as one with another problem of the same project; its reporters follow that one."""
    if into.pk == problem.pk or into.project_id != problem.project_id or into.state not in Problem.OPEN:
        raise Refused(_("只能并入同一项目里还在办的另一个问题。"))
    problem.merged_into = into
    with kept():
        reason = _("并入 %(ref)s") % {"ref": into.ref}
    standing(problem).update(withdrawn_on=clock.today(), reason=reason)
    finish(problem, State.MERGED)


# The end ----------------------------------------------------------------------------------------------------------------


@action(
    "problems.confirm",
    on=Problem,
    label=gettext_lazy("确认办结"),
    form=forms.ConfirmForm,
    when=rules.cannot_confirm,
    who=rules.not_reporter,
    readers=PARTIES,
)
def confirm(problem: Problem, *, by, rating: int, words: str = "") -> None:
    """The reporter says that it is solved, and how well."""
    if problem.confirm:
        deadlines.settle(problem.confirm)
    problem.state, problem.rating, problem.rating_words = State.CONFIRMED, rating, words
    centre = centre_of(problem)
    pass_to(problem, centre.principal_key, centre.name, "confirmed")
    problem.confirm = owe(
        problem, gettext_lazy("销号：%(title)s"), parameters.value(FILE_DAYS), on_due="problems.file", key=centre.principal_key
    )
    keep(problem)


@action(
    "problems.recall",
    on=Problem,
    label=gettext_lazy("回访"),
    form=forms.NoteForm,
    when=rules.cannot_recall,
    readers=INSIDE,
)
def recall(problem: Problem, *, by, note: str) -> None:
    """The reporter is silent: call back. After that the centre may file it without the reporter's word."""
    if problem.confirm:
        deadlines.settle(problem.confirm)
    problem.recalled_at = clock.now()
    centre = centre_of(problem)
    problem.confirm = owe(
        problem,
        gettext_lazy("回访并销号：%(title)s"),
        parameters.value(RECALL_DAYS),
        on_due="problems.order_late",
        key=centre.principal_key,
    )
    keep(problem)


@action(
    "problems.close",
    on=Problem,
    label=gettext_lazy("销号"),
    form=forms.OptionalNoteForm,
    when=rules.cannot_close,
    who=rules.not_the_closer,
    readers=PARTIES,
)
def close(problem: Problem, *, by, note: str = "") -> None:
    """File it: confirmed by the reporter, or called back in vain."""
    finish(problem, State.CLOSED)


@action(
    "problems.reopen",
    on=Problem,
    label=gettext_lazy("重开"),
    form=ReasonForm,
    when=rules.cannot_reopen,
    who=rules.not_reporter_nor_centre,
    readers=PARTIES,
)
def reopen(problem: Problem, *, by, reason: str) -> None:
    """It is not solved after all. The second time it goes to the tier above."""
    solved_on = problem.solved_at and timezone.localdate(problem.solved_at)
    with kept():
        why = _("重开：%(why)s") % {"why": reason[:200]}
    problem.promises.filter(instruction=None, changed_to=None, kept_on=solved_on).update(kept_on=None, reason=why)
    problem.reopen_count += 1
    problem.rating, problem.rating_words = None, ""
    rises = problem.reopen_count >= parameters.value(REOPENS) and problem.tier < rules.TOP
    turn(problem, problem.tier + 1 if rises else problem.tier, "reopened")


# Following the project's responsibilities ------------------------------------------------------------------------------------


@action("problems.follow", on=Problem, label=gettext_lazy("随包保交接"), when=rules.cannot_instruct, readers=INSIDE)
def follow(problem: Problem, *, by) -> None:
    """Who carries the project has changed: what the tier holds goes along, with its clocks as they stand."""
    found = of_tier(problem, problem.tier)
    theirs = {found.principal_key, *(f"user:{person}" for person in found.user_ids)}
    if not problem.working or problem.department_id or problem.holder_key in theirs:
        return
    hold(problem, found.principal_key, found.name, "followed")
    for deadline in (problem.respond, problem.solve):
        if deadline and deadline.state in {Settled.OPEN, Settled.PAUSED}:
            deadlines.hand_to(deadline, found.principal_key)
    keep(problem)
