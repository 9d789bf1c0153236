"""What happens when a day of a case, a commitment or a certificate passes."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.approvals.actions import cases, certificates
from zhuanban.domains.approvals.models import ApprovalCase, Certificate, Tolerance
from zhuanban.domains.approvals.queries import cases as queries
from zhuanban.domains.approvals.rules.states import MACHINE
from zhuanban.domains.people.models import RoleGrant
from zhuanban.kernel import clock, notices
from zhuanban.kernel.deadlines import on_due
from zhuanban.kernel.words import kept


def case_of(deadline) -> ApprovalCase | None:
    """The case whose own clock this is, locked."""
    return ApprovalCase.objects.select_for_update().filter(deadline=deadline).first()


def tolerant_case(deadline) -> ApprovalCase | None:
    """The case that waits for a paper, locked before its tolerance: a paper that is just being uploaded locks it too."""
    case = Tolerance.objects.filter(deadline=deadline).values_list("case", flat=True).first()
    return ApprovalCase.objects.select_for_update().filter(pk=case or 0).first()


@on_due("approvals.silent", lock=case_of)
def silent(deadline) -> None:
    """Five days without a word: accepted since the day on which it was received."""
    case = case_of(deadline)
    if case and MACHINE.after(case.state, "deem_accepted"):
        cases.deem_accepted(case, by=None)


@on_due("approvals.lapse", lock=tolerant_case)
def lapse(deadline) -> None:
    """The paper did not come. One that came while the sweep was under way has settled this deadline and won."""
    case = tolerant_case(deadline)
    if case and MACHINE.after(case.state, "lapse"):
        cases.lapse(case, by=None)


@on_due("approvals.start_lapsed")
def start_lapsed(deadline) -> None:
    """Nobody started: the permit ends by itself (建筑法 第九条)."""
    row = Certificate.objects.filter(start_clock=deadline, started_on=None, ended_on=None).first()
    if row:
        with kept():
            reason = _("应于%(day)s前开工，未开工也未延期，施工许可证自行废止。") % {"day": deadline.due_on}
        certificates.void(row, by=None, reason=reason)


@on_due("approvals.undecided", lock=case_of)
def undecided(deadline) -> None:
    """The promised day is over: those who decide and the city's centre are told."""
    case = case_of(deadline)
    if case:
        tell_late(deadline, queries.people_of_desk(case.department_id, "approver", "case_handler") + dispatchers(case))


@on_due("approvals.opinion_late")
@on_due("approvals.certificate_late")
@on_due("approvals.check_late")
@on_due("approvals.correction_late")
@on_due("approvals.stop_unreported")
@on_due("approvals.reverify_late")
def late(deadline) -> None:
    """Whoever owes it is told once that it is late."""
    kind, _colon, pk = deadline.holder.key.partition(":")
    people = queries.people_of_desk(int(pk), *ANSWERING) if kind == "org" else []
    tell_late(deadline, people)


ANSWERING = ("case_handler", "approver", "utility_user", "owner", "enterprise_admin", "enterprise_staff")


def tell_late(deadline, people: list[int]) -> None:
    with kept():
        text = _("逾期：%(title)s（应于 %(day)s）") % {"title": deadline.title, "day": deadline.due_on}
    notices.leave(dict.fromkeys(people, text), dossier=deadline.dossier_id, url=deadline.url)


def dispatchers(case: ApprovalCase) -> list[int]:
    grants = RoleGrant.objects.in_force_on(clock.today()).filter(role="centre_dispatcher", area=case.project.area_id, user__is_active=True)
    return list(grants.values_list("user", flat=True).distinct())
