"""When budgets and pay-runs go on, and by whom: drafter, approver and verifier are different people."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.policies.models import BudgetLine, PayFund, PayRun, Policy, PolicyClaim
from zhuanban.kernel import clock

ENDED = (PolicyClaim.State.DRAFT, PolicyClaim.State.PAID, PolicyClaim.State.CLAWED_BACK)
"""Claims that no money waits for: not handed in, or settled. Those that came to nothing are not live."""
State = PayRun.State


def cannot_propose(policy: Policy) -> str:
    """A policy that was withdrawn still needs money while claims from before are to be paid."""
    if policy.published_on is None:
        return _("政策没有发布，或已经停止。")
    owed = not policy.withdrawn_by(clock.today()) or policy.claims.live().exclude(state__in=ENDED).exists()
    return "" if owed else _("政策没有发布，或已经停止。")


def cannot_approve_budget(line: BudgetLine) -> str:
    return "" if line.state == BudgetLine.State.PROPOSED else _("已经核定。")


def not_the_proposer(user, line: BudgetLine) -> str:
    return _("申报的人不能自己核定。") if line.proposed_by_id == user.pk else ""


def cannot_draft(fund: PayFund) -> str:
    run = fund.runs.filter(state__in=(State.DRAFTED, State.APPROVED)).first()
    return _("第 %(number)s 批还没有办完。") % {"number": run.number} if run else ""


def verified_some(user, run: PayRun) -> str:
    """Who verified one of the claims does not pay it."""
    mine = run.lines.filter(claim__verified_by=user.pk).exists()
    return _("其中有您核验过的事项，核验和兑付要分开。") if mine else ""


def not_another_payer(user, run: PayRun) -> str:
    if run.drafted_by_id == user.pk:
        return _("编制和复核要两个人。")
    return verified_some(user, run)


def cannot_approve_run(run: PayRun) -> str:
    return "" if run.state == State.DRAFTED else _("这一批%(state)s。") % {"state": run.get_state_display()}


def cannot_settle_run(run: PayRun) -> str:
    if run.state == State.APPROVED:
        return ""
    return _("先由另一人复核。") if run.state == State.DRAFTED else _("这一批%(state)s。") % {"state": run.get_state_display()}


def cannot_discard_run(run: PayRun) -> str:
    return "" if run.state in {State.DRAFTED, State.APPROVED} else _("这一批%(state)s。") % {"state": run.get_state_display()}
