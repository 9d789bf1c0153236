"""When a claim goes on: the three lanes as tables, what has to be true before each step, and everything else refused.

Domain handbook, 8.10. A step leads to the next state of the claim's own lane and to no other.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.policies.models import ClawBack, Objection, PayRun, PayRunLine, Policy, PolicyClaim, StackingRule
from zhuanban.domains.policies.rules import claim_book
from zhuanban.domains.policies.rules.claim_book import Told
from zhuanban.kernel import clock, parameters
from zhuanban.kernel.words import listed

State, Lane = PolicyClaim.State, Policy.Lane
LINES: dict[str, tuple[str, ...]] = {
    Lane.NO_APPLICATION: (
        State.MATCHED, State.CHECKED, State.NOTIFIED, State.CONFIRMED, State.PUBLIC_NOTICE, State.PAYABLE, State.PAID,
    ),
    Lane.APPLY: (State.DRAFT, State.SUBMITTED, State.REVIEWED, State.PUBLIC_NOTICE, State.PAYABLE, State.PAID),
    Lane.FAST: (State.DRAFT, State.SUBMITTED, State.CHECKED, State.PUBLIC_NOTICE, State.PAYABLE, State.PAID),
}  # fmt: skip
PROMISE_DAYS = parameters.declare("policies.promise_days", gettext_lazy("兑付承诺工作日（按办理方式）"), list, gettext_lazy("个工作日"))
MOST_DAYS = parameters.declare("policies.promise_most", gettext_lazy("兑付承诺最多工作日"), int, gettext_lazy("个工作日"))
NOTICE_DAYS = parameters.declare("policies.notice_days", gettext_lazy("公示工作日"), int, gettext_lazy("个工作日"))
RETURN_DAYS = parameters.declare("policies.return_days", gettext_lazy("追回资金退回工作日"), int, gettext_lazy("个工作日"))
CREDIT = parameters.declare("policies.credit_facts", gettext_lazy("信用核查所依据的事实和应有的值"), list)


def cannot_go(claim: PolicyClaim, to: str) -> str:
    """Why the claim's next step is not to that state."""
    line = LINES[claim.lane]
    if to not in line:
        return _("%(lane)s没有“%(state)s”这一步。") % {"lane": claim.get_lane_display(), "state": State(to).label}
    if claim.state not in line:
        return _("这件兑现%(state)s，不再办理。") % {"state": claim.get_state_display()}
    if line.index(to) != line.index(claim.state) + 1:
        return _("现在是“%(now)s”，下一步不是“%(to)s”。") % {"now": claim.get_state_display(), "to": State(to).label}
    return ""


# What the data say --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Check:
    """One of the two checks: credit, double funding."""

    name: str
    passed: bool
    words: str


def cannot_have(found: Told) -> str:
    """Why the policy gives this enterprise nothing, or not yet, in words."""
    if found.withdrawn_on:
        return _("这项政策自 %(day)s 停止，此前提交的照常办理。") % {"day": found.withdrawn_on}
    if found.version is None and not found.missing:
        return _("%(day)s 没有施行的版本。") % {"day": found.day}
    if found.status == "not":
        return _("不符合：%(failed)s。") % {"failed": listed(found.failed)}
    if found.status == "unknown" or found.amount is None:
        return _("还定不下来，缺：%(missing)s。") % {"missing": listed(found.missing)}
    return "" if found.amount > 0 else _("按规则测算的金额为零。")


def found_for(claim: PolicyClaim) -> Told:
    """The engine's answer for the day of the claim's arrival."""
    return claim_book.told(claim.policy, claim.enterprise, claim.arrived_on or clock.today())


def credit(facts: dict) -> Check:
    """Whether the enterprise's credit is known to be good. Not knowing is not good."""
    met = {facts[name] == wanted if name in facts else None for name, wanted in parameters.value(CREDIT)}
    if False in met:
        return Check("credit", False, _("信用记录不符合要求"))
    return Check("credit", False, _("信用状况未知")) if None in met else Check("credit", True, _("信用良好"))


def double_funding(claim: PolicyClaim) -> Check:
    """Whether the same matter was paid already in the year under a policy that excludes this one."""
    key = claim.policy.key
    tied = {
        name
        for rule in StackingRule.objects.filter(kind__in=(StackingRule.Kind.SAME_MATTER, StackingRule.Kind.AT_MOST_ONE))
        if key in rule.policies
        for name in rule.policies
    } - {key}
    rows = PolicyClaim.objects.filter(enterprise=claim.enterprise_id, year=claim.year, policy__key__in=tied, state=State.PAID)
    paid = rows.values_list("policy__name", flat=True).first()
    return Check("double_funding", paid is None, _("没有重复享受") if paid is None else _("同一事项已经按“%(name)s”兑付") % {"name": paid})


def checks(claim: PolicyClaim, found: Told) -> list[Check]:
    return [credit(found.facts), double_funding(claim)]


def cannot_verify(claim: PolicyClaim) -> str:
    """The data's reason against: eligibility, amount, credit, double funding."""
    found = found_for(claim)
    return cannot_have(found) or next((f"{check.words}。" for check in checks(claim, found) if not check.passed), "")


# When ---------------------------------------------------------------------------------------------------------------------


def not_the_payer(user, claim: PolicyClaim) -> str:
    """Who pays in the year's fund does not verify."""
    return _("您是兑付人员，不能核验。") if "policies.settle_pay_run" in user.verbs else ""


def cannot_match(policy: Policy) -> str:
    if policy.lane != Lane.NO_APPLICATION:
        return _("只有免申即享的政策由系统匹配。")
    given = policy.published_on and not policy.withdrawn_by(clock.today())
    return "" if given else _("政策没有发布，或已经停止。")


def cannot_submit(claim: PolicyClaim) -> str:
    return cannot_go(claim, State.SUBMITTED)


def cannot_check(claim: PolicyClaim) -> str:
    return cannot_go(claim, State.CHECKED) or cannot_verify(claim)


def cannot_review(claim: PolicyClaim) -> str:
    return cannot_go(claim, State.REVIEWED) or cannot_verify(claim)


def cannot_notify(claim: PolicyClaim) -> str:
    return cannot_go(claim, State.NOTIFIED)


def cannot_confirm(claim: PolicyClaim) -> str:
    return cannot_go(claim, State.CONFIRMED)


def cannot_announce(claim: PolicyClaim) -> str:
    return cannot_go(claim, State.PUBLIC_NOTICE)


def cannot_end_notice(claim: PolicyClaim) -> str:
    if reason := cannot_go(claim, State.PAYABLE):
        return reason
    if claim.objections.filter(state=Objection.State.OPEN).exists():
        return _("有异议正在核实，公示停表。")
    if claim.notice_to and clock.today() <= claim.notice_to:
        return _("公示到 %(day)s 才满。") % {"day": claim.notice_to}
    return ""


def cannot_object(claim: PolicyClaim) -> str:
    if claim.state != State.PUBLIC_NOTICE:
        return _("只有公示期内可以提出异议。")
    return _("已有异议正在核实。") if claim.objections.filter(state=Objection.State.OPEN).exists() else ""


def cannot_settle_objection(objection: Objection) -> str:
    return "" if objection.state == Objection.State.OPEN else _("这条异议已经答复。")


def in_a_run(claim: PolicyClaim) -> str:
    open_runs = (PayRun.State.DRAFTED, PayRun.State.APPROVED)
    line = PayRunLine.objects.filter(claim=claim.pk, run__state__in=open_runs).select_related("run__fund__payer").first()
    return _("已列入%(run)s，先作废批次。") % {"run": line.run} if line else ""


def cannot_reject(claim: PolicyClaim) -> str:
    if claim.over:
        return _("这件兑现%(state)s，不再办理。") % {"state": claim.get_state_display()}
    return _("企业还没有提交。") if claim.state == State.DRAFT else in_a_run(claim)


def cannot_withdraw(claim: PolicyClaim) -> str:
    if claim.over:
        return _("这件兑现%(state)s，不再办理。") % {"state": claim.get_state_display()}
    return _("已经进入兑付，不能撤回。") if claim.state == State.PAYABLE else ""


def cannot_claw_back(claim: PolicyClaim) -> str:
    return "" if claim.state == State.PAID else _("只有已兑付的可以追回。")


def cannot_return(back: ClawBack) -> str:
    return _("已经全部退回。") if back.returned_on else ""
