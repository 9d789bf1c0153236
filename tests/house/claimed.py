"""The town's claims: in each district claims on several steps, a fund with a budget line and a pay-run, money taken back, a what-if."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from entitled import policy as make_policy

from zhuanban.domains.enterprises import actions as enterprise_actions
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.policies.actions import claims as verbs
from zhuanban.domains.policies.actions import payruns
from zhuanban.domains.policies.models import (
    BudgetLine,
    ClawBack,
    Entitlement,
    Objection,
    Payee,
    PayFund,
    PayRun,
    PayRunLine,
    PolicyClaim,
    Scenario,
)
from zhuanban.domains.portfolio.models import YearTarget
from zhuanban.kernel import clock, deadlines

ZONE, HERE = "220174", "220106"
_years = itertools.count(3000)
_numbers = itertools.count(10)


@dataclass
class Claimed:
    """A claim that waits, one in public notice with an objection, one paid, one taken back; the fund that pays."""

    claim: PolicyClaim
    objection: Objection
    paid: PolicyClaim
    back: ClawBack
    fund: PayFund
    line: BudgetLine
    run: PayRun
    scenario: Scenario


def stamps() -> dict:
    at = clock.now()
    return {"created_at": at, "updated_at": at}


def give_claims(town, area: str, word: str) -> Claimed:
    told = town.entitled[area]
    claim = at_state(told, "submitted", 2023, note=f"{word}说明", arrived_on=date(2023, 1, 4))
    claim.promised = deadlines.owe(
        claim.dossier,
        f"org:{told.policy.keeper_id}",
        f"{word}兑付",
        on_due="policies.pay_late",
        due_on=date(2023, 2, 1),
        started_on=date(2023, 1, 4),
    )
    claim.save(update_fields=["promised"])
    Payee.objects.create(claim=claim, holder=f"{word}户名", bank=f"{word}银行", number="6222020200012345678", tail="5678", at=clock.now())
    noticed = at_state(told, "public_notice", 2022, notice_from=date(2023, 2, 6), notice_to=date(2023, 2, 13))
    objection = Objection.objects.create(
        claim=noticed, raised_on=date(2023, 2, 7), raised_by=f"{word}群众", words=f"{word}异议", **stamps()
    )
    paid = at_state(told, "paid", 2021, amount=100_000, asked=100_000, paid_on=date(2023, 1, 20), days=30)
    taken = at_state(told, "clawed_back", 2020, amount=50_000, asked=50_000, paid_on=date(2022, 6, 1), reason=f"{word}追回")
    back = ClawBack.objects.create(
        claim=taken, amount=50_000, reason=f"{word}追回", document=f"{word}字1号", demanded_on=date(2023, 1, 5), **stamps()
    )
    fund = payruns.fund_of(town.firms[area][0], 2023, None)
    line = BudgetLine.objects.create(fund=fund, policy=told.policy, amount=Decimal(10**6), **stamps())
    run = PayRun.objects.create(
        fund=fund, number=1, as_of=date(2023, 2, 8), claims_count=1, asked=100_000, total=90_000, digest="0", engine="test", **stamps()
    )
    PayRunLine.objects.create(
        run=run,
        claim=paid,
        position=1,
        asked=100_000,
        paid=90_000,
        cuts=[{"kind": "budget", "words": f"{word}不足", "amount": 10_000, "against": []}],
    )
    scenario = Scenario.objects.create(
        policy=told.policy, title=f"{word}测算", as_of=date(2023, 2, 8), version_number=1, snapshot="0", **stamps()
    )
    for year, day in ((2023, None), (2022, date(2022, 5, 1))):
        entitled(told, year, expected=100_000, enjoyed_on=day)
    if area == HERE:
        zone(town)
    return Claimed(claim, objection, paid, back, fund, line, run, scenario)


def at_state(told, state: str, year: int, **facts) -> PolicyClaim:
    return verbs.begin(told.file, told.policy, year, state, by=None, **facts)


def entitled(told, year: int, **facts) -> Entitlement:
    return Entitlement.objects.create(
        policy=told.policy, enterprise=told.file, year=year, worked_out_on=date(2023, 2, 10), **{"expected": 0, **facts}
    )


def zone(town) -> None:
    """What the zone of the articles paid last year, to its talents, and what it means to pay this year."""
    firm = Organisation.objects.create(name="区内企业", kind="enterprise", area_id=ZONE, search_text="区内企业")
    file = enterprise_actions.open_file(firm, by=None)
    policy = make_policy(town, ZONE, "区内人才奖励", town.office, category="talent")
    verbs.begin(file, policy, 2022, "paid", by=None, amount=70_000, asked=70_000, paid_on=date(2022, 9, 1))
    YearTarget.objects.create(area_id=ZONE, year=2023, what="reward_subsidy", value=2_000_000_000, unit="yuan", source="测试")


TARGETS = {
    "policies.budgetline": lambda town: town.claimed[HERE].line,
    "policies.clawback": lambda town: town.claimed[HERE].back,
    "policies.objection": lambda town: town.claimed[HERE].objection,
    "policies.payfund": lambda town: town.claimed[HERE].fund,
    "policies.payrun": lambda town: town.claimed[HERE].run,
    "policies.policyclaim": lambda town: town.claimed[HERE].claim,
    "policies.scenario": lambda town: town.claimed[HERE].scenario,
}


def fill_claims(town, number: int) -> None:
    """More claims of the district's first enterprise, in several states, with ties in the days."""
    told = town.entitled[HERE]
    for place in range(number):
        state = ("submitted", "rejected", "paid")[place % 3]
        facts = {"amount": 1000 * (place + 1), "paid_on": date(2023, 1, 1 + place % 5)} if state == "paid" else {}
        row = at_state(told, state, next(_years), reason="不符" if state == "rejected" else "", **facts)
        PolicyClaim.objects.filter(pk=row.pk).update(state_since=date(2023, 1, 1 + place % 4))


def fill_entitlements(town, number: int) -> None:
    for place in range(number):
        entitled(town.entitled[HERE], next(_years), expected=1000 * (place % 4), open=place % 4 == 0)


def fill_runs(town, number: int) -> None:
    fund = town.claimed[HERE].fund
    PayRun.objects.bulk_create(
        PayRun(fund=fund, number=next(_numbers), as_of=date(2023, 1, 1 + place % 4), digest="0", engine="test", total=place % 3, asked=place, **stamps())
        for place in range(number)
    )  # fmt: skip


def fill_lines(town, number: int) -> None:
    claimed = town.claimed[HERE]
    for place in range(number):
        claim = at_state(town.entitled[HERE], "payable", next(_years))
        PayRunLine.objects.create(run=claimed.run, claim=claim, position=2 + place % 5, asked=10, paid=place % 3)


FILLERS = {
    "policies.entitlement": fill_entitlements,
    "policies.payrun": fill_runs,
    "policies.payrunline": fill_lines,
    "policies.policyclaim": fill_claims,
}
ROWS = {
    "claim": lambda town, area: town.claimed[area].claim,
    "claim_account": lambda town, area: town.claimed[area].claim,
    "fund": lambda town, area: town.claimed[area].fund,
    "pay_run": lambda town, area: town.claimed[area].run,
    "pay_run_check": lambda town, area: town.claimed[area].run,
    "pay_run_file": lambda town, area: town.claimed[area].run,
    "simulation": lambda town, area: town.entitled[area].policy,
}
