"""When a commitment may be told, signed, checked, corrected and revoked, and by whom."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.approvals.models import ApprovalCase, Commitment
from zhuanban.domains.approvals.rules import cases, tolerance
from zhuanban.domains.approvals.rules.states import PLEDGES
from zhuanban.kernel import clock

DEEDS = {
    "sign": gettext_lazy("签署承诺"),
    "decide": gettext_lazy("作出决定"),
    "find_kept": gettext_lazy("核查属实"),
    "find_broken": gettext_lazy("核查不实"),
    "order_correction": gettext_lazy("责令整改"),
    "report": gettext_lazy("报告整改"),
    "close": gettext_lazy("整改完成"),
    "revoke": gettext_lazy("撤销决定"),
}


def refused(row: Commitment, *deeds: str) -> str:
    if any(PLEDGES.after(row.state, deed) for deed in deeds):
        return ""
    return _("承诺现在是“%(state)s”，不能“%(deed)s”。") % {"state": row.get_state_display(), "deed": DEEDS[deeds[0]]}


def cannot(*deeds: str) -> Callable[[Commitment], str]:
    return lambda row: refused(row, *deeds)


def cannot_tell(case: ApprovalCase) -> str:
    """The item is on the list for this project, the applicant's word is good and not barred, nothing is decided yet."""
    if case.state not in {"draft", "submitted", "one_time_notice", "accepted", "in_review", "tolerant_accepted"}:
        return _("办件现在是“%(state)s”，不能再适用告知承诺。") % {"state": case.get_state_display()}
    if not case.item_version.terms.commitment:
        return _("“%(item)s”不在告知承诺清单，或不适用于这个项目。") % {"item": case.item}
    if case.commitments.filter(state__in=["told", "signed"]).exists():
        return _("已有一份承诺待签署或待决定。")
    day = clock.today()
    return tolerance.distrusted(case.applicant, day) or tolerance.barred(case.applicant, day)


def not_signer(user, row: Commitment) -> str:
    return cases.not_applicant(user, row.case)


def not_owner_side(user, row: Commitment) -> str:
    """To say what was done binds nobody: the agent may, where only the owner signs."""
    return cases.not_applicant_side(user, row.case)


def not_desk(user, row: Commitment) -> str:
    return cases.not_desk(user, row.case)


def not_handler(user, case: ApprovalCase) -> str:
    return cases.not_handler(user, case)


def not_decider(user, row: Commitment) -> str:
    return cases.not_decider(user, row.case)
