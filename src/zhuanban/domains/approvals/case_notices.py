"""Who hears of what happens to cases; what follows when a site stops; who reads a case's files."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.approvals.actions import certificates
from zhuanban.domains.approvals.models import ApprovalCase, CasePaper, CaseStep, Certificate, ClockPause, Commitment, Correction, Opinion
from zhuanban.domains.approvals.models.cases import EARLIER
from zhuanban.domains.approvals.queries import cases as queries
from zhuanban.domains.approvals.rules.certificates import PERMIT
from zhuanban.kernel import clock, files
from zhuanban.kernel.models import StoredFile
from zhuanban.kernel.notices import hears


def owners(case: ApprovalCase) -> list[int]:
    """The applicant's people, and the agent."""
    return [*queries.people_of_firm(case.applicant_id), *([case.agent_id] if case.agent_id else [])]


def words(case: ApprovalCase) -> str:
    return _("%(item)s（%(project)s）：%(state)s，期限 %(day)s") % {
        "item": case.item,
        "project": case.project,
        "state": case.get_state_display(),
        "day": case.due_on,
    }


@hears("approvals.submit", "approvals.make_good", "approvals.withdraw")
def handed_in(case, *, by, event):
    return [(person, words(case)) for person in queries.people_of_desk(case.department_id, "case_handler")]


@hears(
    *("approvals.give_notice", "approvals.accept", "approvals.accept_tolerant", "approvals.extend_tolerance", "approvals.refuse_intake"),
    *("approvals.deem_accepted", "approvals.lapse", "approvals.pause", "approvals.resume", "approvals.extend_term"),
    *("approvals.approve", "approvals.reject", "approvals.issue_certificate", "approvals.appoint_agent"),
)
def answered(case, *, by, event):
    """The owner and the agent hear of every step of the department."""
    return [(person, words(case)) for person in owners(case)]


@hears("approvals.start_review", "approvals.deem_accepted")
def to_decide(case, *, by, event):
    return [(person, words(case)) for person in queries.people_of_desk(case.department_id, "approver")]


@hears("approvals.ask_opinion")
def asked(case, *, by, event):
    rows = Opinion.objects.filter(case=case, verdict="").values_list("department", flat=True)
    text = _("请答复意见：%(item)s（%(project)s）") % {"item": case.item, "project": case.project}
    return [(person, text) for desk in rows for person in queries.people_of_desk(desk, "case_handler", "approver", "utility_user")]


@hears("approvals.give_opinion")
def opinion_given(row, *, by, event):
    text = _("%(name)s：%(verdict)s（%(item)s）") % {"name": row.department, "verdict": row.get_verdict_display(), "item": row.case.item}
    return [(person, text) for person in queries.people_of_desk(row.case.department_id, "case_handler")]


@hears("approvals.tell_commitment", "approvals.order_correction", "approvals.close_commitment", "approvals.revoke_commitment")
def committed(row, *, by, event):
    text = _("告知承诺：%(item)s（%(project)s），%(state)s") % {
        "item": row.case.item,
        "project": row.case.project,
        "state": row.get_state_display(),
    }
    return [(person, text) for person in owners(row.case)]


@hears("approvals.sign_commitment")
def commitment_signed(row, *, by, event):
    text = _("已签署承诺：%(item)s（%(project)s）") % {"item": row.case.item, "project": row.case.project}
    return [(person, text) for person in queries.people_of_desk(row.case.department_id, "case_handler", "approver")]


@hears("approvals.report_correction")
def correction_reported(row, *, by, event):
    text = _("请复查承诺整改：%(item)s（%(project)s）") % {"item": row.case.item, "project": row.case.project}
    return [(person, text) for person in queries.people_of_desk(row.case.department_id, "case_handler", "approver")]


@hears("approvals.extend_start", "approvals.void", "approvals.revoke", "approvals.reverify")
def certificate_changed(row, *, by, event):
    text = _("%(item)s %(number)s：%(standing)s") % {"item": row.item, "number": row.number, "standing": row.standing}
    return [(person, text) for person in owners(row.case)]


@hears("approvals.report_stop", "approvals.report_resumption", "approvals.report_start")
def site_reported(row, *, by, event):
    text = _("%(item)s %(number)s：%(standing)s（%(project)s）") % {
        "item": row.item,
        "number": row.number,
        "standing": row.standing,
        "project": row.project,
    }
    return [(person, text) for person in queries.people_of_desk(row.case.department_id, "case_handler")]


@hears("portfolio.suspend")
def site_stopped(project, *, by, event):
    """A site that stops must be reported within a month to who gave the permit: the clock starts with the suspension."""
    for row in Certificate.objects.filter(project=project, item__code=PERMIT, ended_on=None, started_on__isnull=False):
        if row.stopped_on is None or row.resumed_on is not None:
            certificates.stopped(row, clock.today())
    return []


def may_read(user, stored: StoredFile) -> bool:
    """A case's files, the replaced ones too, are read by those who read the case: an agent those of the own case, a department its own."""
    paper = stored.kind.removeprefix(EARLIER) if stored.kind.startswith(EARLIER) else ""
    of_case = (
        CasePaper.objects.filter(pk=paper) if paper.isdecimal() else CasePaper.objects.filter(file=stored),
        CaseStep.objects.filter(document=stored),
        ClockPause.objects.filter(document=stored),
        Commitment.objects.filter(letter=stored),
        Correction.objects.filter(file=stored),
        Certificate.objects.filter(file=stored),
    )
    return any(rows.visible_to(user).exists() for rows in of_case)


files.READERS["approval"] = may_read
