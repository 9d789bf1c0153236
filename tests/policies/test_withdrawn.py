"""A withdrawn policy: given up to the day before, to nobody from that day on; what was handed in before goes its whole way to the money."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import claiming
import pytest
from django.urls import reverse

from zhuanban.domains.policies.actions import claims as verbs
from zhuanban.domains.policies.actions import library, payruns
from zhuanban.domains.policies.forms.claims import ClaimForm
from zhuanban.domains.policies.models import PolicyClaim
from zhuanban.domains.policies.queries import eligible
from zhuanban.domains.policies.rules import claim_book
from zhuanban.domains.policies.rules import claims as rules
from zhuanban.domains.policies.rules import payruns as pay_rules
from zhuanban.kernel import deadlines
from zhuanban.kernel.errors import Refused

State = PolicyClaim.State
BEFORE, DAY, AFTER = date(2023, 2, 14), date(2023, 2, 15), date(2023, 2, 16)
boundary = pytest.mark.parametrize(
    ("day", "given"), [(BEFORE, True), (DAY, False), (AFTER, False)], ids=["day before", "the day", "day after"]
)


@pytest.fixture
def office(organisation):
    return organisation("政策科", "government")


@pytest.fixture
def keeper(person, office):
    return person("policy_owner", organisation=office)


@pytest.fixture
def firm(organisation):
    return organisation("研发企业")


@pytest.fixture
def boss(person, firm):
    return person("enterprise_admin", organisation=firm)


@pytest.fixture
def file(firm):
    return claiming.enterprise(firm, research=3_000_000)


@pytest.fixture
def policy(office):
    return claiming.policy(office)


@pytest.fixture
def automatic(office):
    return claiming.policy(office, "no_application")


def withdraw(policy, keeper) -> None:
    library.withdraw(policy, by=keeper, from_day=DAY, reason="政策到期")
    policy.refresh_from_db()


@boundary
def test_the_book_gives_it_up_to_the_day_before(policy, file, keeper, move_day, day, given):
    withdraw(policy, keeper)
    found = claim_book.told(policy, file, day)
    assert (found.status, found.amount) == (("eligible", 300_000) if given else ("not", None))
    assert rules.cannot_have(found) == ("" if given else "这项政策自 2023-02-15 停止，此前提交的照常办理。")
    move_day(day)
    assert [item.policy for item in eligible.having(file, day).eligible] == ([policy] if given else [])


@boundary
def test_it_can_be_asked_for_and_handed_in_up_to_the_day_before(policy, file, boss, keeper, move_day, day, given):
    draft = verbs.claim(file, by=boss, policy=policy, year=2023)
    withdraw(policy, keeper)
    move_day(day)
    form = ClaimForm({"policy": policy.pk, "year": 2023}, user=boss, target=file)
    assert form.is_valid() == given
    if given:
        verbs.submit_claim(draft, by=boss, promise=True, **claiming.account())
        assert draft.state == State.SUBMITTED
    else:
        with pytest.raises(Refused, match="停止"):
            verbs.submit_claim(draft, by=boss, promise=True, **claiming.account())


@boundary
def test_what_comes_by_itself_is_matched_up_to_the_day_before(automatic, keeper, move_day, day, given):
    withdraw(automatic, keeper)
    move_day(day)
    assert bool(rules.cannot_match(automatic)) != given


def test_what_was_handed_in_before_is_verified_read_and_paid(policy, file, boss, keeper, organisation, person, sign_in, move_day):
    treasury = organisation("财政局", "government")
    payers = [person("payer", organisation=treasury) for _each in range(2)]
    claim = verbs.claim(file, by=boss, policy=policy, year=2023)
    move_day(BEFORE)
    verbs.submit_claim(claim, by=boss, promise=True, **claiming.account())
    withdraw(policy, keeper)
    move_day(AFTER)
    verbs.review_claim(claim, by=keeper)
    assert (claim.asked, claim.applied_version.number, claim.answered_on) == (300_000, 1, BEFORE)
    verbs.announce_claim(claim, by=keeper)
    line = payruns.propose_budget(policy, by=keeper, payer=treasury, year=2023, amount=Decimal(10**6), rule="first_come")
    payruns.approve_budget(line, by=payers[0])
    move_day(date(2023, 3, 1))
    deadlines.sweep()
    run = payruns.draft_pay_run(line.fund, by=payers[0])
    payruns.approve_pay_run(run, by=payers[1])
    payruns.settle_pay_run(run, by=payers[0], voucher="凭证1", paid_on=date(2023, 3, 1))
    claim.refresh_from_db()
    assert (claim.state, claim.amount) == (State.PAID, 300_000)
    browser = sign_in(boss)
    page = browser.get(claim.get_absolute_url())
    assert page.status_code == 200 and "30万元" in page.content.decode()
    assert claim.ref in browser.get(reverse("policies:claims")).content.decode()


def test_money_is_asked_for_while_a_claim_from_before_waits(policy, file, boss, keeper, move_day):
    claim = verbs.claim(file, by=boss, policy=policy, year=2023)
    withdraw(policy, keeper)
    assert pay_rules.cannot_propose(policy) == ""
    move_day(DAY)
    assert "停止" in pay_rules.cannot_propose(policy), "a draft is not handed in"
    for state, asks in ((State.SUBMITTED, True), (State.PAYABLE, True), (State.REJECTED, False)):
        PolicyClaim.objects.filter(pk=claim.pk).update(state=state, reason="不符")
        assert (pay_rules.cannot_propose(policy) == "") == asks
