"""The verbs of a commitment: told, signed, decided with the case, checked, put right and closed, or revoked."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.approvals.actions import casework, certificates
from zhuanban.domains.approvals.actions.casework import stamped, store
from zhuanban.domains.approvals.forms import commitments as forms
from zhuanban.domains.approvals.models import ApprovalCase, CasePaper, Commitment, Correction, Tolerance
from zhuanban.domains.approvals.rules import commitments as rules
from zhuanban.domains.approvals.rules.certificates import months_after
from zhuanban.domains.approvals.rules.states import PLEDGES
from zhuanban.kernel import clock, deadlines, files, parameters
from zhuanban.kernel.actions import PARTIES, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Deadline
from zhuanban.kernel.words import kept

State = Commitment.State
MONTHS = pgettext_lazy("parameter unit", "月")
BAR_MONTHS = parameters.declare("approvals.bar_months", gettext_lazy("承诺撤销后不再适用"), int, MONTHS)
CORRECTION_DAYS = parameters.declare(
    "approvals.correction_days", gettext_lazy("承诺整改时限"), int, pgettext_lazy("parameter unit", "工作日")
)
RECHECK_DAYS = parameters.declare("approvals.recheck_days", gettext_lazy("整改复查时限"), int, pgettext_lazy("parameter unit", "工作日"))


@action(
    "approvals.tell_commitment",
    on=ApprovalCase,
    label=gettext_lazy("告知承诺条件"),
    form=forms.TellForm,
    when=rules.cannot_tell,
    who=rules.not_handler,
    creates=Commitment,
    readers=PARTIES,
)
def tell_commitment(case: ApprovalCase, *, by, conditions: str, papers=(), items=()) -> Commitment:
    """Tell the owner once and in writing what must be met; it may stand for papers, and for items that are themselves on the list."""
    today = clock.today()
    for item in items:
        if not item.version_on(today).terms.commitment:
            raise Refused(_("“%(item)s”不在告知承诺清单，不能以承诺代替。") % {"item": item})
    if any(paper.case_id != case.pk for paper in papers):
        raise Refused(_("这份材料不在本办件的材料清单里。"))
    row = Commitment.objects.create(
        case=case, organisation=case.applicant, conditions=conditions, told_at=clock.now(), due_on=today, **stamped(by)
    )
    row.papers.set(papers)
    row.items.set(items)
    return row


@action(
    "approvals.sign_commitment",
    on=Commitment,
    label=gettext_lazy("签署承诺"),
    form=forms.SignCommitmentForm,
    when=rules.cannot("sign"),
    who=rules.not_signer,
    readers=PARTIES,
)
def sign_commitment(row: Commitment, *, by, signed: bool, letter: files.Received | None = None) -> None:
    """The owner commits, in person. The papers that it stands for are no longer missing."""
    if not signed:
        raise Refused(_("没有签署，承诺不成立。"))
    case = ApprovalCase.objects.select_for_update().get(pk=row.case_id)
    row.signed_at, row.signed_by, row.letter = clock.now(), by, store(case, letter, by, "letter")
    row.state = PLEDGES.after(row.state, "sign")
    row.save(update_fields=["state", "signed_at", "signed_by", "letter"])
    papers = list(row.papers.exclude(state=CasePaper.State.PROVIDED))
    CasePaper.objects.filter(pk__in=[paper.pk for paper in papers]).update(state=CasePaper.State.COMMITTED)
    if case.state == ApprovalCase.State.TOLERANT_ACCEPTED and papers:
        casework.settle_tolerances(case, papers, Tolerance.State.COMMITTED, by)


@action(
    "approvals.check_commitment",
    on=Commitment,
    label=gettext_lazy("核查承诺"),
    form=forms.CheckForm,
    when=rules.cannot("find_kept"),
    who=rules.not_desk,
    readers=PARTIES,
)
def check_commitment(row: Commitment, *, by, kept: bool, finding: str) -> None:
    """Look whether it is true."""
    row.state = PLEDGES.after(row.state, "find_kept" if kept else "find_broken")
    row.checked_on, row.finding, row.due_on = clock.today(), finding, clock.today()
    if kept:
        row.ended_on = clock.today()
    settle(row)
    row.save(update_fields=["state", "checked_on", "finding", "due_on", "ended_on"])


@action(
    "approvals.order_correction",
    on=Commitment,
    label=gettext_lazy("责令限期整改"),
    form=forms.CorrectForm,
    when=rules.cannot("order_correction"),
    who=rules.not_desk,
    readers=PARTIES,
)
def order_correction(row: Commitment, *, by, correction: str) -> None:
    """The owner is to put it right by a day."""
    key = f"org:{row.organisation_id}" if row.organisation_id else ""
    title = gettext_lazy("承诺整改：%(item)s（%(project)s）")
    row.deadline = casework.owe(
        row.case, title, "approvals.correction_late", start=casework.taken_in(), days=parameters.value(CORRECTION_DAYS), key=key
    )
    row.state, row.correction, row.due_on = PLEDGES.after(row.state, "order_correction"), correction, row.deadline.due_on
    row.save(update_fields=["state", "correction", "due_on", "deadline"])


@action(
    "approvals.report_correction",
    on=Commitment,
    label=gettext_lazy("报告已整改"),
    form=forms.ReportForm,
    when=rules.cannot("report"),
    who=rules.not_owner_side,
    readers=PARTIES,
)
def report_correction(row: Commitment, *, by, words: str, file: files.Received | None = None) -> None:
    """The owner says what was put right. With the first report the owner's clock stops, and the department owes another look."""
    first = not row.corrections.exists()
    Correction.objects.create(commitment=row, words=words, file=store(row.case, file, by, "correction"), by=by, at=clock.now())
    row.state = PLEDGES.after(row.state, "report")
    if first:
        settle(row)
        title = gettext_lazy("复查承诺整改：%(item)s（%(project)s）")
        row.deadline = casework.owe(row.case, title, "approvals.check_late", start=casework.taken_in(), days=parameters.value(RECHECK_DAYS))
        row.due_on = row.deadline.due_on
    row.save(update_fields=["state", "due_on", "deadline"])


@action(
    "approvals.close_commitment",
    on=Commitment,
    label=gettext_lazy("整改完成"),
    form=forms.FindingForm,
    when=rules.cannot("close"),
    who=rules.not_desk,
    readers=PARTIES,
)
def close_commitment(row: Commitment, *, by, finding: str) -> None:
    """It was put right."""
    end(row, "close", finding)


@action(
    "approvals.revoke_commitment",
    on=Commitment,
    label=gettext_lazy("撤销承诺决定"),
    form=forms.FindingForm,
    when=rules.cannot("revoke"),
    who=rules.not_decider,
    danger=True,
    readers=PARTIES,
)
def revoke_commitment(row: Commitment, *, by, finding: str) -> None:
    """It was not put right: the decision falls, the owner's word is marked, and for half a year no commitment is taken from the owner."""
    case = ApprovalCase.objects.select_for_update().get(pk=row.case_id)
    row.barred_until = months_after(clock.today(), parameters.value(BAR_MONTHS))
    end(row, "revoke", finding)
    with kept():
        reason = _("承诺不实且未整改：%(finding)s") % {"finding": finding}
    certificates.fall(case, by, reason)
    casework.mark(case, by, reason)


def end(row: Commitment, deed: str, finding: str) -> None:
    row.state, row.finding = PLEDGES.after(row.state, deed), finding
    row.ended_on = row.due_on = clock.today()
    settle(row)
    row.save(update_fields=["state", "finding", "ended_on", "due_on", "barred_until"])


def settle(row: Commitment) -> None:
    if row.deadline and row.deadline.state == Deadline.State.OPEN:
        deadlines.settle(row.deadline)
