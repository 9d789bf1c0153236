"""The verbs of a certificate: issued under a number of its own, started in time or ended, reported when the works stop."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.approvals.actions import casework
from zhuanban.domains.approvals.actions.casework import move, stamped, store
from zhuanban.domains.approvals.forms import certificates as forms
from zhuanban.domains.approvals.forms.cases import ReasonedForm
from zhuanban.domains.approvals.models import ApprovalCase, Certificate
from zhuanban.domains.approvals.rules import cases as case_rules
from zhuanban.domains.approvals.rules import certificates as rules
from zhuanban.domains.approvals.rules.certificates import months_after
from zhuanban.domains.portfolio import access as project_access
from zhuanban.domains.portfolio.models import Proof
from zhuanban.kernel import clock, deadlines, files, parameters
from zhuanban.kernel.actions import PARTIES, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Deadline

State = ApprovalCase.State
MONTHS = pgettext_lazy("parameter unit", "月")
START_MONTHS = parameters.declare("approvals.start_months", gettext_lazy("领证后开工期限、每次延期上限"), int, MONTHS)
EXTENSIONS = parameters.declare("approvals.start_extensions", gettext_lazy("开工延期次数上限"), int, pgettext_lazy("parameter unit", "次"))
REPORT_MONTHS = parameters.declare("approvals.stop_report_months", gettext_lazy("中止施工报告期限"), int, MONTHS)
REVERIFY_MONTHS = parameters.declare("approvals.reverify_months", gettext_lazy("中止多久须核验施工许可证"), int, MONTHS)


PROOFS = {
    "FILE": Proof.Kind.APPROVAL,
    "VERIFY": Proof.Kind.APPROVAL,
    "APPROVE": Proof.Kind.APPROVAL,
    "TITLE": Proof.Kind.LAND,
    "CPP": Proof.Kind.PLANNING,
    "CP": Proof.Kind.CONSTRUCTION,
    "JOINT": Proof.Kind.ACCEPTANCE,
}
"""Certificates that the project's stage gates ask for: with the certificate the gate opens, and when it ends it closes again."""


def too_often(row: Certificate) -> str:
    return rules.cannot_extend(parameters.value(EXTENSIONS))(row)


@action(
    "approvals.issue_certificate",
    on=ApprovalCase,
    label=gettext_lazy("发证"),
    form=forms.IssueForm,
    when=case_rules.cannot("issue_certificate", case_rules.certificate_in_order),
    who=case_rules.not_desk,
    readers=PARTIES,
)
def issue_certificate(case: ApprovalCase, *, by, number: str, issued_on: date, file: files.Received | None = None) -> None:
    """Issue it under a number of its own. No certificate comes before its prerequisites, whatever was approved in advance."""
    other = Certificate.objects.filter(item=case.item, number=number).select_related("project", "case").first()
    if other:
        raise Refused(
            _("证号%(number)s已用于“%(project)s”（%(ref)s，%(day)s发证）。")
            % {"number": number, "project": other.project.name, "ref": other.case.ref, "day": other.issued_on}
        )
    if issued_on > clock.today() or (case.decided_on and issued_on < case.decided_on):
        raise Refused(_("发证日应在决定日和今天之间。"))
    row = Certificate.objects.create(
        case=case,
        project=case.project,
        item=case.item,
        number=number,
        issued_on=issued_on,
        file=store(case, file, by, "certificate"),
        **stamped(by),
    )
    if kind := PROOFS.get(case.item.code):
        Proof.objects.create(project=case.project, kind=kind, number=number, issued_on=issued_on, file=row.file, **stamped(by))
    casework.stop_clock(case)
    case.due_on = issued_on
    move(case, "issue_certificate", by, reason=number, document=row.file)
    if case.item.code == rules.PERMIT:
        start_by(row, months_after(issued_on, parameters.value(START_MONTHS)))


def start_by(row: Certificate, day: date) -> None:
    """The permit ends by itself when the works have not begun by this day."""
    end_clock(row.start_clock)
    key = f"org:{row.case.applicant_id}" if row.case.applicant_id else ""
    title = gettext_lazy("开工期限：%(item)s（%(project)s）")
    row.start_clock = casework.owe(row.case, title, "approvals.start_lapsed", start=row.issued_on, due_on=day, key=key)
    row.start_by = day
    row.save(update_fields=["start_by", "start_clock"])


def end_clock(deadline: Deadline | None, state: str = Deadline.State.SETTLED) -> None:
    if deadline and deadline.state in casework.RUNNING:
        deadlines.settle(deadline, state)


@action(
    "approvals.extend_start",
    on=Certificate,
    label=gettext_lazy("延期开工"),
    form=forms.ExtendStartForm,
    when=too_often,
    who=rules.not_desk,
    readers=PARTIES,
)
def extend_start(row: Certificate, *, by, months: int, reason: str) -> None:
    """At most twice, three months each, before the day is over."""
    case = ApprovalCase.objects.select_for_update().get(pk=row.case_id)
    if months > parameters.value(START_MONTHS):
        raise Refused(_("每次延期不超过 %(n)s 个月。") % {"n": parameters.value(START_MONTHS)})
    row.extensions += 1
    row.save(update_fields=["extensions"])
    start_by(row, months_after(row.start_by or row.issued_on, months))
    move(case, "extend", by, reason=reason)


@action(
    "approvals.report_start",
    on=Certificate,
    label=gettext_lazy("报告开工"),
    form=forms.DayForm,
    when=rules.cannot_start,
    who=rules.not_holder,
    readers=PARTIES,
)
def report_start(row: Certificate, *, by, on: date) -> None:
    """The works have begun; the day that would have ended the permit is met."""
    row.started_on = on
    end_clock(row.start_clock)
    row.save(update_fields=["started_on"])


@action(
    "approvals.report_stop",
    on=Certificate,
    label=gettext_lazy("报告中止施工"),
    form=forms.StopForm,
    when=rules.cannot_stop,
    who=rules.not_holder,
    readers=PARTIES,
)
def report_stop(row: Certificate, *, by, on: date, reason: str) -> None:
    """Within a month of the stop (建筑法 第十条)."""
    row.stopped_on, row.stop_reported_on, row.resumed_on, row.reverified_on = on, clock.today(), None, None
    end_clock(row.report_clock)
    row.save(update_fields=["stopped_on", "stop_reported_on", "resumed_on", "reverified_on"])


def stopped(row: Certificate, on: date) -> None:
    """The site stands still and nobody has reported it yet: from now on it is owed."""
    row.stopped_on, row.stop_reported_on, row.resumed_on = on, None, None
    key = f"org:{row.case.applicant_id}" if row.case.applicant_id else ""
    row.report_clock = casework.owe(
        row.case,
        gettext_lazy("报告中止施工：%(item)s（%(project)s）"),
        "approvals.stop_unreported",
        start=on,
        due_on=months_after(on, parameters.value(REPORT_MONTHS)),
        key=key,
    )
    row.save(update_fields=["stopped_on", "stop_reported_on", "resumed_on", "report_clock"])


@action(
    "approvals.report_resumption",
    on=Certificate,
    label=gettext_lazy("报告恢复施工"),
    form=forms.ResumeForm,
    when=rules.cannot_resume,
    who=rules.not_holder,
    readers=PARTIES,
)
def report_resumption(row: Certificate, *, by, on: date) -> None:
    """After a year's stop the permit is looked at anew before the works go on."""
    row.resumed_on = on
    end_clock(row.report_clock)
    if row.stopped_on and rules.must_reverify(row.stopped_on, on, parameters.value(REVERIFY_MONTHS)):
        row.must_reverify = True
        title = gettext_lazy("核验施工许可证：%(project)s（%(item)s）")
        row.reverify_clock = casework.owe(row.case, title, "approvals.reverify_late", start=on, due_on=deadlines.calendar().due(on, 5))
    row.save(update_fields=["resumed_on", "must_reverify", "reverify_clock"])


@action(
    "approvals.reverify",
    on=Certificate,
    label=gettext_lazy("核验"),
    form=forms.VerifyForm,
    when=rules.cannot_reverify,
    who=rules.not_desk,
    readers=PARTIES,
)
def reverify(row: Certificate, *, by, on: date, note: str) -> None:
    """It still holds."""
    row.must_reverify, row.reverified_on = False, on
    end_clock(row.reverify_clock)
    row.save(update_fields=["must_reverify", "reverified_on"])


@action(
    "approvals.void",
    on=Certificate,
    label=gettext_lazy("登记失效"),
    form=ReasonedForm,
    when=rules.cannot_void,
    who=rules.not_desk,
    danger=True,
    readers=PARTIES,
)
def void(row: Certificate, *, by, reason: str, document: files.Received | None = None) -> None:
    """It has ended by itself: not started, not extended in time (建筑法 第九条)."""
    finish(row, "void", by, reason, document)


@action(
    "approvals.revoke",
    on=Certificate,
    label=gettext_lazy("撤销许可"),
    form=ReasonedForm,
    when=rules.cannot_revoke,
    who=rules.not_desk,
    danger=True,
    readers=PARTIES,
)
def revoke(row: Certificate, *, by, reason: str, document: files.Received | None = None) -> None:
    """The authority takes it back."""
    finish(row, "revoke", by, reason, document)


def finish(row: Certificate, deed: str, by, reason: str, document: files.Received | None = None) -> None:
    case = ApprovalCase.objects.select_for_update().get(pk=row.case_id)
    row.ended_on, row.end_reason, row.must_reverify = clock.today(), reason[:300], False
    for each in (row.start_clock, row.report_clock, row.reverify_clock):
        end_clock(each, Deadline.State.CANCELLED)
    row.save(update_fields=["ended_on", "end_reason", "must_reverify"])
    Proof.objects.filter(project=row.project_id, kind=PROOFS.get(row.item.code, ""), number=row.number).delete()
    case.due_on = clock.today()
    move(case, deed, by, reason=reason, document=store(case, document, by, "document"))
    project_access.regrant(case.project)


def fall(case: ApprovalCase, by, reason: str) -> None:
    """With its commitment a decision falls: the certificate is revoked where there is one."""
    row = Certificate.objects.filter(case=case, ended_on=None).first()
    if row:
        finish(row, "revoke", by, reason)
