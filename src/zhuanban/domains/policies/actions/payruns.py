"""The verbs of budgets and pay-runs: propose and approve a budget line; draw up, approve, register or discard a run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.people.models import Organisation
from zhuanban.domains.policies.actions.claims import area_keys, go, let_go, levels_of, stamped
from zhuanban.domains.policies.forms import payruns as forms
from zhuanban.domains.policies.models import BudgetLine, Entitlement, PayFund, PayRun, PayRunLine, Policy, PolicyClaim
from zhuanban.domains.policies.queries import payruns as queries
from zhuanban.domains.policies.rules import payments
from zhuanban.domains.policies.rules import payruns as rules
from zhuanban.kernel import access, clock, deadlines, timeline
from zhuanban.kernel.actions import INSIDE, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.forms import ReasonForm
from zhuanban.kernel.models import Dossier
from zhuanban.kernel.search import search_text

State = PayRun.State


@action(
    "policies.propose_budget",
    on=Policy,
    label=gettext_lazy("申报预算"),
    form=forms.BudgetForm,
    when=rules.cannot_propose,
    creates=BudgetLine,
    readers=INSIDE,
)
def propose_budget(policy: Policy, *, by, payer: Organisation, year: int, amount: Decimal, rule: str) -> BudgetLine:
    """The department asks for a year's money for its policy; the finance office approves it."""
    if BudgetLine.objects.filter(policy=policy, fund__year=year).exists():
        raise Refused(_("%(year)s 年的预算已经申报过。") % {"year": year})
    return BudgetLine.objects.create(fund=fund_of(payer, year, by), policy=policy, amount=amount, rule=rule, proposed_by=by, **stamped(by))


def fund_of(payer: Organisation, year: int, by) -> PayFund:
    """The office's fund of the year, made where it is missing."""
    if fund := PayFund.objects.filter(payer=payer, year=year).first():
        return fund
    title = _("%(payer)s %(year)s 年兑付资金") % {"payer": payer.name, "year": year}
    dossier = Dossier.objects.create(
        kind="policies.fund", ref=f"ZJ-{year}-{payer.pk:06d}", title=title, area=payer.area_id, search_text=search_text(title)
    )
    fund = PayFund.objects.create(dossier=dossier, payer=payer, area=payer.area, year=year, **stamped(by))
    dossier.url = fund.get_absolute_url()
    dossier.save(update_fields=["url"])
    access.grant(dossier, {f"org:{payer.pk}": access.ACT, **dict.fromkeys(area_keys(payer.area_id), access.SEE)})
    return fund


@action(
    "policies.approve_budget",
    on=BudgetLine,
    label=gettext_lazy("核定预算"),
    when=rules.cannot_approve_budget,
    who=rules.not_the_proposer,
    readers=INSIDE,
)
def approve_budget(line: BudgetLine, *, by) -> None:
    """From now on claims on this policy can be paid from the fund; the payer sees them."""
    line.state, line.approved_by = BudgetLine.State.APPROVED, by
    line.save(update_fields=["state", "approved_by"])
    for claim in PolicyClaim.objects.filter(policy=line.policy_id, state=PolicyClaim.State.PAYABLE).select_related("policy", "enterprise"):
        access.grant(claim.dossier, levels_of(claim))


@action(
    "policies.draft_pay_run",
    on=PayFund,
    label=gettext_lazy("编制兑付批次"),
    when=rules.cannot_draft,
    creates=PayRun,
    readers=INSIDE,
)
def draft_pay_run(fund: PayFund, *, by) -> PayRun:
    """All payable claims of the fund's policies in the order of their arrival, frozen with everything that their amounts depend on."""
    claims = queries.payable(fund)
    if not claims:
        raise Refused(_("没有待兑付的事项：公示期满、有核定预算的才能列入。"))
    if by is not None and any(claim.verified_by_id == by.pk for claim in claims):
        raise Refused(_("其中有您核验过的事项，核验和兑付要分开。"))
    return drawn_up(fund, claims, by)


def drawn_up(fund: PayFund, claims: list[PolicyClaim], by) -> PayRun:
    """The run with its frozen inputs and its lines."""
    frozen = queries.frozen(fund, claims)
    lines = payments.settled(frozen)
    number = (fund.runs.aggregate(last=Max("number"))["last"] or 0) + 1
    run = PayRun.objects.create(
        fund=fund, number=number, as_of=clock.today(), frozen=frozen, digest=payments.digest(frozen), engine=payments.ENGINE,
        claims_count=len(lines), asked=sum(line.asked for line in lines), total=sum(line.paid for line in lines), drafted_by=by, **stamped(by),
    )  # fmt: skip
    PayRunLine.objects.bulk_create(
        PayRunLine(run=run, claim_id=line.claim, position=at, asked=line.asked, paid=line.paid, cuts=line.cuts)
        for at, line in enumerate(lines, start=1)
    )
    return run


@action(
    "policies.approve_pay_run",
    on=PayRun,
    label=gettext_lazy("复核"),
    when=rules.cannot_approve_run,
    who=rules.not_another_payer,
    readers=INSIDE,
)
def approve_pay_run(run: PayRun, *, by) -> None:
    """A second payer has looked at it; it is worked out again from what was frozen and must agree to the yuan."""
    if wrong := queries.disagreements(run):
        raise Refused(_("按冻结的输入重算不一致：%(lines)s。") % {"lines": wrong[0]})
    run.state, run.approved_by, run.approved_on = State.APPROVED, by, clock.today()
    run.save(update_fields=["state", "approved_by", "approved_on"])


@action(
    "policies.settle_pay_run",
    on=PayRun,
    label=gettext_lazy("登记已兑付"),
    form=forms.SettleRunForm,
    when=rules.cannot_settle_run,
    who=rules.verified_some,
    readers=INSIDE,
)
def settle_pay_run(run: PayRun, *, by, voucher: str, paid_on: date) -> None:
    """The treasury has paid: each claim that got something is paid; one that got nothing stays payable, with the reason."""
    run.state, run.voucher, run.paid_on = State.PAID, voucher, paid_on
    run.save(update_fields=["state", "voucher", "paid_on"])
    days = deadlines.calendar()
    locked = {row.pk: row for row in PolicyClaim.objects.select_for_update().filter(pay_lines__run=run).order_by("pk")}
    if gone := next((row for row in locked.values() if row.state != PolicyClaim.State.PAYABLE), None):
        raise Refused(_("%(ref)s 已经不是待兑付，请作废本批重编。") % {"ref": gone.ref})
    for line in run.lines.all():
        claim = locked[line.claim_id]
        if line.paid <= 0:
            claim.note = _("本批未付：%(why)s") % {"why": "；".join(cut["words"] for cut in line.cuts)}
            claim.save(update_fields=["note"])
            continue
        elapsed = days.elapsed_working_days(claim.arrived_on, paid_on) if claim.arrived_on else None
        go(claim, PolicyClaim.State.PAID, amount=line.paid, paid_on=paid_on, paid_by=by, run=run, days=elapsed)
        if claim.promised and claim.promised.state in {claim.promised.State.OPEN, claim.promised.State.PAUSED}:
            deadlines.settle(claim.promised)
        else:
            let_go(claim)
        Entitlement.objects.filter(policy=claim.policy_id, enterprise=claim.enterprise_id, year=claim.year).update(enjoyed_on=paid_on)
        timeline.record(claim.dossier, "policies.settle_pay_run", by=by, said={"run": str(run.number), "amount": str(line.paid)})


@action(
    "policies.discard_pay_run",
    on=PayRun,
    label=gettext_lazy("作废批次"),
    form=ReasonForm,
    when=rules.cannot_discard_run,
    danger=True,
    readers=INSIDE,
)
def discard_pay_run(run: PayRun, *, by, reason: str) -> None:
    """The run is not paid; its claims wait for another."""
    run.state, run.reason = State.DISCARDED, reason
    run.save(update_fields=["state", "reason"])
