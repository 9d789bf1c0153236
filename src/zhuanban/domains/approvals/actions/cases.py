"""The verbs of a case from its opening to its decision."""

from __future__ import annotations

from datetime import date

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext_lazy

from zhuanban.domains.approvals import access as case_access
from zhuanban.domains.approvals.actions import casework
from zhuanban.domains.approvals.actions.casework import move, save, stamped, store
from zhuanban.domains.approvals.forms import cases as forms
from zhuanban.domains.approvals.models import (
    AgentTerm,
    ApprovalCase,
    BadFaithMark,
    CasePaper,
    ClockPause,
    Commitment,
    Guidance,
    Item,
    Opinion,
    Tolerance,
)
from zhuanban.domains.approvals.queries import cases as queries
from zhuanban.domains.approvals.rules import cases as rules
from zhuanban.domains.approvals.rules import tolerance as tolerance_rules
from zhuanban.domains.approvals.rules.states import ENDED
from zhuanban.domains.people.models import User
from zhuanban.domains.portfolio import access as project_access
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import access, clock, deadlines, files, parameters
from zhuanban.kernel.actions import PARTIES, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Dossier
from zhuanban.kernel.words import kept

State, Intake = ApprovalCase.State, ApprovalCase.Intake
WORKING_DAYS = pgettext_lazy("parameter unit", "工作日")
NOTICE_DAYS = parameters.declare("approvals.notice_days", gettext_lazy("一次性告知时限"), int, WORKING_DAYS)
EXTENSION_DAYS = parameters.declare("approvals.extension_days", gettext_lazy("经负责人批准可延长"), int, WORKING_DAYS)
JOINT_EXTENSION = parameters.declare("approvals.joint_extension_days", gettext_lazy("联合办理可延长"), int, WORKING_DAYS)
OPINION_DAYS = parameters.declare("approvals.opinion_days", gettext_lazy("征求意见答复时限"), int, WORKING_DAYS)
CERTIFICATE_DAYS = parameters.declare("approvals.certificate_days", gettext_lazy("决定后发证时限"), int, WORKING_DAYS)


# Before it is handed in -------------------------------------------------------------------------------------------------


@action(
    "approvals.open_case",
    on=Project,
    label=gettext_lazy("申报事项"),
    form=forms.OpenForm,
    creates=ApprovalCase,
    readers=PARTIES,
)
def open_case(project: Project, *, by, item: Item, mock: bool = False) -> ApprovalCase:
    """Begin a case: its papers are copied from the item's version in force, so that a later version changes nothing."""
    if not item.is_handled:
        raise Refused(_("“%(item)s”不是申报事项，到计划里登记日期即可。") % {"item": item})
    going = ApprovalCase.objects.filter(project=project, item=item).exclude(state__in=ENDED).first()
    if going:
        raise Refused(
            _("这个项目的“%(item)s”已有办件%(ref)s（%(state)s）。") % {"item": item, "ref": going.ref, "state": going.get_state_display()}
        )
    try:
        version = item.version_on(clock.today())
    except LookupError:
        raise Refused(_("“%(item)s”还没有生效的版本。") % {"item": item}) from None
    case = ApprovalCase.objects.create(
        project=project,
        item=item,
        item_version=version,
        ref=next_ref(clock.today().year),
        applicant=project.owner_org,
        department=queries.desk_of(item, project),
        mock=mock,
        due_on=clock.today(),
        **stamped(by),
    )
    CasePaper.objects.bulk_create(
        CasePaper(case=case, key=paper.key, name=paper.name, primary=paper.main, form=kept_form(paper), position=paper.position)
        for paper in version.papers.all()
    )
    return case


def kept_form(paper) -> str:
    with kept():
        return str(paper.get_form_display())


def next_ref(year: int) -> str:
    """`SP-2023-00042`; the ledger's lock gives numbers one by one."""
    Dossier.objects.select_for_update().get(pk=access.ledger("cases", title=gettext_noop("审批办件台账")).pk)
    prefix = f"SP-{year}-"
    newest = ApprovalCase.objects.filter(ref__startswith=prefix).aggregate(last=Max("ref"))["last"]
    return f"{prefix}{int(newest.removeprefix(prefix)) + 1 if newest else 1:05d}"


@action(
    "approvals.add_paper",
    on=ApprovalCase,
    label=gettext_lazy("上传材料"),
    form=forms.PaperForm,
    when=rules.cannot_take_papers,
    who=rules.not_applicant_side,
    readers=PARTIES,
)
def add_paper(case: ApprovalCase, *, by, paper: CasePaper, file: files.Received) -> None:
    """Put a paper into the case that asks for it; one of another case is refused."""
    casework.receive_paper(case, paper, file, by)


@action(
    "approvals.submit",
    on=ApprovalCase,
    label=gettext_lazy("提交"),
    when=rules.cannot("submit", rules.main_papers_are_there),
    who=rules.not_applicant_side,
    readers=PARTIES,
)
def submit(case: ApprovalCase, *, by) -> None:
    """Hand it in, for the first time or after the notice. From now the department has five days to say what is missing; silence accepts."""
    case.department = case.department or queries.desk_of(case.item, case.project)
    casework.desk_key(case)
    case.received_on = casework.taken_in()
    case.submitted_at = case.submitted_at or clock.now()
    case.deadline = casework.owe(
        case,
        gettext_lazy("受理或一次性告知：%(item)s（%(project)s）"),
        "approvals.silent",
        start=case.received_on,
        days=parameters.value(NOTICE_DAYS),
    )
    case.due_on = case.deadline.due_on
    if case.department:
        case_access.let_in(case.project, case.department)
    move(case, "submit", by)


@action(
    "approvals.ask_tolerance",
    on=ApprovalCase,
    label=gettext_lazy("申请容缺受理"),
    form=forms.SignForm,
    when=rules.cannot_ask_tolerance,
    who=rules.not_applicant,
    readers=PARTIES,
)
def ask_tolerance(case: ApprovalCase, *, by, signed: bool) -> None:
    """The applicant asks in person, and signs for what follows if the paper does not come."""
    if not signed:
        raise Refused(_("容缺受理须由申请人提出并签字。"))
    case.tolerance_asked_at, case.tolerance_asked_by = clock.now(), by
    case.save(update_fields=["tolerance_asked_at", "tolerance_asked_by"])


# Intake -------------------------------------------------------------------------------------------------------------------


@action(
    "approvals.give_notice",
    on=ApprovalCase,
    label=gettext_lazy("一次性告知"),
    form=forms.NoticeForm,
    when=rules.cannot("give_notice", rules.told_once),
    who=rules.not_handler,
    readers=PARTIES,
)
def give_notice(case: ApprovalCase, *, by, notice: str, papers=()) -> None:
    """Say once and completely what is missing or wrong. There is no second notice."""
    for paper in papers:
        if paper.case_id != case.pk:
            raise Refused(_("这份材料不在本办件的材料清单里。"))
        paper.state, paper.flaw = CasePaper.State.FLAWED if paper.file_id else CasePaper.State.MISSING, notice[:200]
        paper.save(update_fields=["state", "flaw"])
    casework.stop_clock(case)
    case.handler, case.noticed_at, case.notice, case.due_on = by, clock.now(), notice, clock.today()
    move(case, "give_notice", by, reason=notice)


@action(
    "approvals.accept",
    on=ApprovalCase,
    label=gettext_lazy("受理"),
    form=forms.AcceptForm,
    when=rules.cannot("accept", rules.papers_are_there, rules.in_order),
    who=rules.not_handler,
    readers=PARTIES,
)
def accept(case: ApprovalCase, *, by, note: str = "") -> None:
    """Papers are complete: the clock of the decision runs."""
    take(case, "accept", by, Intake.ORDINARY, casework.taken_in(), note)


@action(
    "approvals.deem_accepted",
    on=ApprovalCase,
    label=gettext_lazy("逾期未告知，视为受理"),
    when=rules.cannot("deem_accepted"),
    readers=PARTIES,
)
def deem_accepted(case: ApprovalCase, *, by) -> None:
    """Nothing was said in five days: it is accepted since the day on which it was received (行政许可法 第三十二条)."""
    take(case, "deem_accepted", by, Intake.DEEMED, case.received_on or clock.today(), "")


def take(case: ApprovalCase, deed: str, by, intake: str, start: date, note: str) -> None:
    casework.stop_clock(case)
    case.intake, case.handler = intake, by if by and not by.robot else None
    casework.start_clock(case, start)
    move(case, deed, by, reason=note)


@action(
    "approvals.accept_tolerant",
    on=ApprovalCase,
    label=gettext_lazy("容缺受理"),
    form=forms.TolerantForm,
    when=rules.cannot("accept_tolerant", rules.tolerable, rules.in_order),
    who=rules.not_handler,
    readers=PARTIES,
)
def accept_tolerant(case: ApprovalCase, *, by, days: int, form: str, consequence: str) -> None:
    """Take it with secondary papers missing: one notice names each paper, its form, its day and what happens otherwise."""
    start = casework.taken_in()
    take(case, "accept_tolerant", by, Intake.TOLERANT, start, consequence)
    if reason := tolerance_rules.too_long(days, casework.longest_tolerance(case)):
        raise Refused(reason)
    for paper in case.papers.all():
        if not paper.there:
            tolerate(case, paper, by, form, days, consequence, start)
    case.due_on = casework.newest_due(case)
    save(case)


def tolerate(case: ApprovalCase, paper: CasePaper, by, form: str, days: int, consequence: str, start: date) -> Tolerance:
    key = f"org:{case.applicant_id}" if case.applicant_id else casework.desk_key(case)
    deadline = casework.owe(case, gettext_lazy("补交容缺材料：%(item)s（%(project)s）"), "approvals.lapse", start=start, days=days, key=key)
    paper.state = CasePaper.State.TOLERATED
    paper.save(update_fields=["state"])
    return Tolerance.objects.create(
        case=case,
        paper=paper,
        form=form,
        days=days,
        from_day=start,
        due_on=deadline.due_on,
        consequence=consequence,
        deadline=deadline,
        **stamped(by),
    )


@action(
    "approvals.extend_tolerance",
    on=ApprovalCase,
    label=gettext_lazy("延长补正期限"),
    form=forms.ExtendToleranceForm,
    when=rules.cannot_extend_tolerance,
    who=rules.not_handler,
    readers=PARTIES,
)
def extend_tolerance(case: ApprovalCase, *, by, paper: CasePaper, days: int, reason: str) -> None:
    """Once for each paper, and never beyond the item's promised limit."""
    row = case.tolerances.filter(paper=paper, state=Tolerance.State.OPEN).select_related("deadline").first()
    if row is None:
        raise Refused(_("这份材料没有在容缺。"))
    if row.extended:
        raise Refused(_("补正期限只能延长一次。"))
    if reason_against := tolerance_rules.too_long(days, casework.longest_tolerance(case), row.days):
        raise Refused(reason_against)
    row.extended, row.due_on = days, deadlines.lengthen(row.deadline, days)
    row.save(update_fields=["extended", "due_on"])
    case.due_on = casework.newest_due(case)
    case.save(update_fields=["due_on"])


@action(
    "approvals.make_good",
    on=ApprovalCase,
    label=gettext_lazy("补交容缺材料"),
    form=forms.MakeGoodForm,
    when=rules.cannot("make_good"),
    who=rules.not_applicant_side,
    readers=PARTIES,
)
def make_good(case: ApprovalCase, *, by, paper: CasePaper, file: files.Received) -> None:
    """The paper is there: with the last one the case is an ordinary accepted one. It counts until the sweep has sent the case back."""
    row = casework.receive_paper(case, paper, file, by)
    casework.settle_tolerances(case, [row], Tolerance.State.MADE_GOOD, by)


@action(
    "approvals.lapse",
    on=ApprovalCase,
    label=gettext_lazy("逾期未补，退回"),
    when=rules.cannot("lapse"),
    readers=PARTIES,
)
def lapse(case: ApprovalCase, *, by) -> None:
    """The paper did not come by its day: the case goes back, and the applicant's word is marked."""
    names = "、".join(row.paper.name for row in case.tolerances.filter(state=Tolerance.State.OPEN).select_related("paper"))
    with kept():
        reason = _("容缺材料逾期未补：%(names)s") % {"names": names}
    casework.close(case, Tolerance.State.LAPSED)
    move(case, "lapse", by, reason=reason)
    casework.mark(case, by, reason)
    project_access.regrant(case.project)


@action(
    "approvals.refuse_intake",
    on=ApprovalCase,
    label=gettext_lazy("不予受理"),
    form=forms.ReasonedForm,
    when=rules.cannot("refuse_intake"),
    who=rules.not_handler,
    danger=True,
    readers=PARTIES,
)
def refuse_intake(case: ApprovalCase, *, by, reason: str, document: files.Received | None = None) -> None:
    """It is not for this department, or needs no permit; in writing."""
    case.handler = by
    casework.close(case)
    move(case, "refuse_intake", by, reason=reason, document=store(case, document, by, "document"))
    project_access.regrant(case.project)


@action(
    "approvals.withdraw",
    on=ApprovalCase,
    label=gettext_lazy("撤回"),
    form=forms.ReasonedForm,
    when=rules.cannot("withdraw"),
    who=rules.not_applicant,
    danger=True,
    readers=PARTIES,
)
def withdraw(case: ApprovalCase, *, by, reason: str, document: files.Received | None = None) -> None:
    """The applicant takes it back, from any open state."""
    casework.close(case)
    move(case, "withdraw", by, reason=reason, document=store(case, document, by, "document"))
    project_access.regrant(case.project)


# Review and decision ------------------------------------------------------------------------------------------------------


@action(
    "approvals.start_review",
    on=ApprovalCase,
    label=gettext_lazy("开始审查"),
    when=rules.cannot("start_review"),
    who=rules.not_handler,
    readers=PARTIES,
)
def start_review(case: ApprovalCase, *, by) -> None:
    """The department looks at it."""
    case.handler = by
    move(case, "start_review", by)


@action(
    "approvals.pause",
    on=ApprovalCase,
    label=pgettext_lazy("verb", "停表"),
    form=forms.PauseForm,
    when=rules.cannot("pause"),
    who=rules.not_handler,
    readers=PARTIES,
)
def pause(case: ApprovalCase, *, by, kind: str, reason: str, document: files.Received | None = None) -> None:
    """Stop the clock for a reason that the law knows. Without a document it runs on."""
    stored = store(case, document, by, "document")
    if stored is None:
        raise Refused(_("停表必须附依据文件，没有文件不停表。"))
    if case.deadline:
        deadlines.pause(case.deadline, kind, by=by, reason=reason, document=stored)
        case.deadline.refresh_from_db()
    ClockPause.objects.create(case=case, kind=kind, reason=reason, document=stored, from_day=clock.today(), by=by)
    case.handler = by
    move(case, "pause", by, reason=reason, document=stored)


@action(
    "approvals.resume",
    on=ApprovalCase,
    label=gettext_lazy("恢复计时"),
    when=rules.cannot("resume"),
    who=rules.not_handler,
    readers=PARTIES,
)
def resume(case: ApprovalCase, *, by) -> None:
    """The clock runs again; the day moves by the working days on which it stood."""
    if case.deadline:
        case.promised_on = case.due_on = deadlines.resume(case.deadline)
        case.deadline.refresh_from_db()
    case.pauses.filter(to_day=None).update(to_day=clock.today())
    move(case, "resume", by)


@action(
    "approvals.extend_term",
    on=ApprovalCase,
    label=gettext_lazy("延长办理时限"),
    form=forms.ExtendTermForm,
    when=rules.cannot_extend_term,
    who=rules.not_decider,
    readers=PARTIES,
)
def extend_term(case: ApprovalCase, *, by, reason: str) -> None:
    """Once, by the head, with the reason told to the applicant."""
    case.extended_days = parameters.value(JOINT_EXTENSION if case.joint else EXTENSION_DAYS)
    if case.deadline:
        case.promised_on = case.due_on = deadlines.lengthen(case.deadline, case.extended_days)
    case.save(update_fields=["extended_days", "promised_on", "due_on"])


@action(
    "approvals.ask_opinion",
    on=ApprovalCase,
    label=gettext_lazy("征求意见"),
    form=forms.OpinionForm,
    when=rules.cannot_ask_opinion,
    who=rules.not_handler,
    readers=PARTIES,
)
def ask_opinion(case: ApprovalCase, *, by, departments, subject: str) -> None:
    """Ask all of them at once (并联办理); the specialities of a joint acceptance are asked in the same way."""
    for department in departments:
        if case.opinions.filter(department=department, subject=subject).exists():
            raise Refused(_("已经就此事征求过%(name)s的意见。") % {"name": department})
        case_access.let_in(case.project, department)
        deadline = casework.owe(
            case,
            gettext_lazy("答复征求意见：%(item)s（%(project)s）"),
            "approvals.opinion_late",
            start=casework.taken_in(),
            days=parameters.value(OPINION_DAYS),
            key=f"org:{department.pk}",
        )
        Opinion.objects.create(case=case, department=department, subject=subject, deadline=deadline, **stamped(by))
    case.joint = True
    case.save(update_fields=["joint"])


@action(
    "approvals.give_opinion",
    on=Opinion,
    label=gettext_lazy("答复意见"),
    form=forms.GiveOpinionForm,
    when=rules.cannot_give_opinion,
    who=rules.not_asked,
    readers=PARTIES,
)
def give_opinion(row: Opinion, *, by, verdict: str, words: str = "") -> None:
    """Agree, agree on conditions, or not."""
    row.verdict, row.words, row.by, row.answered_at = verdict, words, by, clock.now()
    row.save(update_fields=["verdict", "words", "by", "answered_at"])
    deadlines.settle(row.deadline)


@action(
    "approvals.approve",
    on=ApprovalCase,
    label=gettext_lazy("准予许可"),
    form=forms.ReasonedForm,
    when=rules.cannot("approve", rules.opinions_are_in, rules.commitments_are_signed),
    who=rules.not_decider,
    readers=PARTIES,
)
def approve(case: ApprovalCase, *, by, reason: str, document: files.Received | None = None) -> None:
    """The decision. A signed commitment is decided with it, and its check falls due."""
    casework.decide(case, by, reason)
    move(case, "approve", by, reason=reason, document=store(case, document, by, "document"))
    casework.decide_commitments(case, by)
    if case.item.document_name and not case.mock:
        start = casework.taken_in()
        title = gettext_lazy("发证：%(item)s（%(project)s）")
        case.deadline = casework.owe(case, title, "approvals.certificate_late", start=start, days=parameters.value(CERTIFICATE_DAYS))
        case.due_on = case.deadline.due_on
        save(case)


@action(
    "approvals.reject",
    on=ApprovalCase,
    label=gettext_lazy("不予许可"),
    form=forms.ReasonedForm,
    when=rules.cannot("reject"),
    who=rules.not_decider,
    danger=True,
    readers=PARTIES,
)
def reject(case: ApprovalCase, *, by, reason: str, document: files.Received | None = None) -> None:
    """The decision against, with its reason and the ways to appeal."""
    casework.decide(case, by, reason)
    casework.close(case)
    move(case, "reject", by, reason=reason, document=store(case, document, by, "document"))
    case.commitments.filter(state__in=[Commitment.State.TOLD, Commitment.State.SIGNED]).delete()
    project_access.regrant(case.project)


# Agents, credit, guidance ---------------------------------------------------------------------------------------------------


@action(
    "approvals.appoint_agent",
    on=ApprovalCase,
    label=gettext_lazy("指定代办员"),
    form=forms.AgentForm,
    when=rules.cannot_appoint,
    readers=PARTIES,
)
def appoint_agent(case: ApprovalCase, *, by, agent: User, reason: str = "") -> None:
    """A named officer looks after this case and sees this case's papers; the log keeps who had it from when to when."""
    before = case.agent
    if before and not reason:
        raise Refused(_("更换代办员要写交接说明。"))
    now = clock.now()
    AgentTerm.objects.filter(case=case, to_at=None).update(to_at=now)
    AgentTerm.objects.create(case=case, agent=agent, from_at=now, reason=reason, by=by)
    case.agent = agent
    case.save(update_fields=["agent"])
    case_access.let_agent_in(case.project, agent)
    if before:
        case_access.let_agent_out(case.project, before)


@action(
    "approvals.repair_credit",
    on=BadFaithMark,
    label=gettext_lazy("登记信用修复"),
    form=forms.RepairForm,
    when=rules.cannot_repair,
    who=rules.not_desk_of_mark,
    readers=PARTIES,
)
def repair_credit(row: BadFaithMark, *, by, repair: str) -> None:
    """The mark is repaired: the applicant is trusted again."""
    row.repaired_on, row.repair = clock.today(), repair
    row.save(update_fields=["repaired_on", "repair"])


@action(
    "approvals.guide",
    on=Project,
    label=gettext_lazy("登记超前指导"),
    form=forms.GuideForm,
    creates=Guidance,
    readers=PARTIES,
)
def guide(project: Project, *, by, day: date, words: str, item: Item | None = None, file: files.Received | None = None) -> Guidance:
    """Advice before anything is handed in, kept so that nobody has to ask twice."""
    stored = files.record(project.dossier, file, by=by, kind="guidance") if file else None
    return Guidance.objects.create(project=project, item=item, day=day, words=words, file=stored, by=by, **stamped(by))
