"""When a deed may be done on a case, and by whom."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.approvals.models import ApprovalCase, BadFaithMark, CasePaper, Opinion, Tolerance
from zhuanban.domains.approvals.rules import order, tolerance
from zhuanban.domains.approvals.rules.states import MACHINE, OPEN
from zhuanban.domains.people.models import Organisation
from zhuanban.kernel import clock, parameters
from zhuanban.kernel.words import listed

State = ApprovalCase.State
Rule = Callable[[ApprovalCase], str]
DEEDS = {
    "submit": gettext_lazy("提交"),
    "give_notice": gettext_lazy("一次性告知"),
    "accept": gettext_lazy("受理"),
    "deem_accepted": gettext_lazy("逾期未告知，视为受理"),
    "accept_tolerant": gettext_lazy("容缺受理"),
    "refuse_intake": gettext_lazy("不予受理"),
    "make_good": gettext_lazy("容缺材料补齐"),
    "lapse": gettext_lazy("逾期未补，退回"),
    "start_review": gettext_lazy("开始审查"),
    "pause": gettext_lazy("停表"),
    "resume": gettext_lazy("恢复计时"),
    "approve": gettext_lazy("准予许可"),
    "reject": gettext_lazy("不予许可"),
    "issue_certificate": gettext_lazy("发证"),
    "extend": gettext_lazy("证照延期"),
    "void": gettext_lazy("证照失效"),
    "revoke": gettext_lazy("撤销许可"),
    "withdraw": gettext_lazy("撤回"),
}
"""The deeds of the state machine in words."""
JOINT = "JOINT"
"""The code of the joint acceptance."""
SPECIALITIES = parameters.declare("approvals.joint_specialities", gettext_lazy("联合验收的专项"), list)
DESK_WORK = ("give_notice", "accept", "accept_tolerant", "refuse_intake", "start_review", "pause", "resume")
"""What a case's handler does: whoever did one of these does not decide it."""


def refused(case: ApprovalCase, deed: str) -> str:
    """Why the state machine refuses a deed, in words; empty when it is lawful."""
    if MACHINE.after(case.state, deed):
        return ""
    if case.state == State.RETURNED:
        return _("办件已因逾期未补正退回，请重新申报。")
    return _("办件现在是“%(state)s”，不能“%(deed)s”。") % {"state": case.get_state_display(), "deed": DEEDS[deed]}


def cannot(deed: str, *more: Rule) -> Rule:
    """The rule of a deed: the state machine's, and then these."""

    def rule(case: ApprovalCase) -> str:
        return refused(case, deed) or next((reason for each in more if (reason := each(case))), "")

    return rule


# What a deed needs beside the state --------------------------------------------------------------------------------------


def papers_are_there(case: ApprovalCase) -> str:
    """A filing is never blocked on documents."""
    lacking = [paper for paper in case.papers.all() if not paper.there]
    if not lacking or case.item.may_lack_papers:
        return ""
    return _("材料还不齐：%(names)s。") % {"names": listed(lacking)}


def main_papers_are_there(case: ApprovalCase) -> str:
    """Handing in needs something to look at: nobody hands in an empty envelope."""
    if case.item.may_lack_papers or any(paper.there for paper in case.papers.all()) or not case.papers.all():
        return ""
    return _("还没有上传任何材料。")


def in_order(case: ApprovalCase) -> str:
    """What must come first is there, unless the case is a mock one, which is looked at before the land is granted."""
    if case.mock:
        return ""
    missing = order.lacking(case, clock.today())
    return _("前置事项还没有办结：%(names)s。可以走模拟审批。") % {"names": listed(missing)} if missing else ""


def certificate_in_order(case: ApprovalCase) -> str:
    """No certificate before its prerequisites, not even after a mock approval."""
    if case.commitments.filter(state="revoked").exists():
        return _("本件依据的承诺已被撤销，不能发证。")
    missing = order.lacking(case, clock.today())
    if missing:
        return _("前置事项还没有办结，不能发证：%(names)s。") % {"names": listed(missing)}
    papers = [paper for paper in case.papers.all() if paper.state == CasePaper.State.TOLERATED]
    return _("容缺材料还没有补齐，不能发证：%(names)s。") % {"names": listed(papers)} if papers else ""


def told_once(case: ApprovalCase) -> str:
    return _("一次性告知只能发一次，已于%(day)s告知。") % {"day": f"{case.noticed_at:%Y-%m-%d}"} if case.noticed_at else ""


def tolerable(case: ApprovalCase) -> str:
    """On the list, only secondary papers missing, asked for and signed by the applicant, and the applicant's word is good."""
    if not case.item_version.tolerant:
        return _("“%(item)s”不在容缺受理清单。") % {"item": case.item}
    if reason := tolerance.may_not_lack(case.papers.all()) or tolerance.distrusted(case.applicant, clock.today()):
        return reason
    return "" if case.tolerance_asked_at else _("容缺受理须由申请人提出并签字。")


def cannot_ask_tolerance(case: ApprovalCase) -> str:
    if case.state not in {State.DRAFT, State.SUBMITTED, State.ONE_TIME_NOTICE}:
        return _("办件现在是“%(state)s”，不能再申请容缺。") % {"state": case.get_state_display()}
    if case.tolerance_asked_at:
        return _("已经申请过容缺受理。")
    if not case.item_version.tolerant:
        return _("“%(item)s”不在容缺受理清单。") % {"item": case.item}
    return tolerance.distrusted(case.applicant, clock.today())


def opinions_are_in(case: ApprovalCase) -> str:
    """Whoever was asked has answered and nobody is against; a joint acceptance has heard all its specialities."""
    rows = list(case.opinions.all())
    waiting = [row for row in rows if not row.verdict]
    if waiting:
        return _("还有意见没有答复：%(names)s。") % {"names": listed(waiting)}
    against = [row for row in rows if row.verdict == Opinion.Verdict.FAIL]
    if against:
        return _("有不同意的意见：%(names)s。") % {"names": listed(against)}
    unheard = [name for name in specialities(case) if name not in {row.subject for row in rows}]
    return _("联合验收还缺专项意见：%(names)s。") % {"names": listed(unheard)} if unheard else ""


def specialities(case: ApprovalCase) -> list[str]:
    """What a joint acceptance (联合验收) must hear at the same time; other items none."""
    return list(parameters.value(SPECIALITIES)) if case.item.code == JOINT else []


def commitments_are_signed(case: ApprovalCase) -> str:
    return _("告知承诺书还没有签署。") if any(row.state == "told" for row in case.commitments.all()) else ""


def cannot_take_papers(case: ApprovalCase) -> str:
    if case.state in {State.DRAFT, State.ONE_TIME_NOTICE}:
        return ""
    if case.state == State.TOLERANT_ACCEPTED:
        return _("容缺材料请用“补交容缺材料”。")
    return _("办件现在是“%(state)s”，不能再改材料。") % {"state": case.get_state_display()}


def cannot_extend_term(case: ApprovalCase) -> str:
    """Once, by the head, before the day (行政许可法 第四十二条)."""
    if case.state not in {State.ACCEPTED, State.IN_REVIEW}:
        return _("办件现在是“%(state)s”，不能延长。") % {"state": case.get_state_display()}
    return _("已经延长过一次。") if case.extended_days else ""


def cannot_ask_opinion(case: ApprovalCase) -> str:
    return "" if case.state in ApprovalCase.UNDECIDED else _("受理以后、决定以前才能征求意见。")


def cannot_give_opinion(row: Opinion) -> str:
    if row.verdict:
        return _("已经答复过。")
    return cannot_ask_opinion(row.case)


def cannot_appoint(case: ApprovalCase) -> str:
    return "" if case.state in OPEN or case.state == State.APPROVED else _("办件已经了结。")


def cannot_extend_tolerance(case: ApprovalCase) -> str:
    if case.state != State.TOLERANT_ACCEPTED:
        return _("现在没有容缺材料。")
    rows = case.tolerances.filter(state=Tolerance.State.OPEN)
    return "" if rows.filter(extended=0).exists() else _("补正期限只能延长一次。")


def cannot_repair(mark: BadFaithMark) -> str:
    return _("这条记录已经修复。") if mark.repaired_on else ""


# Who ----------------------------------------------------------------------------------------------------------------------


def is_applicant(user, organisation: Organisation | int | None) -> bool:
    """Whether the person acts for the firm that applies; officers never do."""
    key = getattr(organisation, "pk", organisation)
    return key is not None and f"org:{key}" in user.principal_keys - user.inside_keys


def is_agent(user, case: ApprovalCase) -> bool:
    """The agent in person, or who stands in for the agent; somebody who is no agent any more is not."""
    return case.agent_id in {grant.user_id for grant in user.grants if grant.role == "agent"}


def is_desk(user, case: ApprovalCase) -> bool:
    return case.department_id is not None and f"org:{case.department_id}" in user.inside_keys


def not_applicant(user, case: ApprovalCase) -> str:
    """What binds the owner is signed by the owner, never by the agent."""
    if is_applicant(user, case.applicant_id):
        return ""
    return _("代办员不能代替申请人签字。") if is_agent(user, case) else _("须由申请人办理。")


def not_applicant_side(user, case: ApprovalCase) -> str:
    return "" if is_applicant(user, case.applicant_id) or is_agent(user, case) else _("须由申请人或本件的代办员办理。")


def not_desk(user, case: ApprovalCase) -> str:
    return "" if is_desk(user, case) else _("本件由%(name)s办理。") % {"name": case.department or _("审批部门")}


def did_desk_work(user, case: ApprovalCase) -> bool:
    return case.handler_id == user.pk or case.steps.filter(by=user.pk, deed__in=DESK_WORK).exists()


def not_decider(user, case: ApprovalCase) -> str:
    """Two pairs of eyes: whoever accepted or reviewed a case does not decide it."""
    if reason := not_desk(user, case):
        return reason
    if did_desk_work(user, case):
        return _("您是本件的经办人，不能再作决定：受理和决定须由两人办理。")
    return ""


def not_handler(user, case: ApprovalCase) -> str:
    """Whoever decides a case does none of its desk work."""
    if reason := not_desk(user, case):
        return reason
    return _("您是本件的审批人，不能再经办。") if case.decider_id == user.pk else ""


def not_asked(user, row: Opinion) -> str:
    return "" if f"org:{row.department_id}" in user.inside_keys else _("须由%(name)s答复。") % {"name": row.department}


def not_desk_of_mark(user, mark: BadFaithMark) -> str:
    return not_desk(user, mark.case)
