"""Pay-runs: frozen, worked out again to the yuan, cut with reasons, within the budget, by four eyes, and filed for the treasury."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from decimal import Decimal

import claiming
import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from zhuanban.domains.enterprises.models import Fact
from zhuanban.domains.policies.actions import claims as verbs
from zhuanban.domains.policies.actions import payruns
from zhuanban.domains.policies.models import BudgetLine, PayFund, PayRun, PayRunLine, PolicyClaim, StackingRule
from zhuanban.domains.policies.queries import payruns as queries
from zhuanban.domains.policies.rules import payments
from zhuanban.domains.policies.rules import payruns as rules
from zhuanban.engines.eligibility.book import Stacking
from zhuanban.kernel import actions
from zhuanban.kernel.errors import NotYours, Refused
from zhuanban.kernel.models import Event

State = PolicyClaim.State


@pytest.fixture
def office(organisation):
    return organisation("政策科", "government")


@pytest.fixture
def treasury(organisation):
    return organisation("财政局", "government")


@pytest.fixture
def keeper(person, office):
    return person("policy_owner", organisation=office)


@pytest.fixture
def payers(person, treasury):
    return [person("payer", organisation=treasury) for _each in range(2)]


def funded(policy, treasury, keeper, payer, amount: int, rule: str = "first_come") -> PayFund:
    line = payruns.propose_budget(policy, by=keeper, payer=treasury, year=2023, amount=Decimal(amount), rule=rule)
    payruns.approve_budget(line, by=payer)
    return line.fund


def payable(policy, organisation, keeper, day: int = 1, *, file=None, **facts) -> PolicyClaim:
    """A claim that went its whole way, as far as the verbs; its notice is over."""
    file = file or claiming.enterprise(organisation(), **facts)
    claim = verbs.begin(file, policy, 2023, State.SUBMITTED, by=None, arrived_on=date(2023, 2, day))
    verbs.keep_payee(claim, *claiming.account().values())
    verbs.review_claim(claim, by=keeper)
    PolicyClaim.objects.filter(pk=claim.pk).update(state=State.PAYABLE)
    return PolicyClaim.objects.get(pk=claim.pk)


@pytest.fixture
def policy(office):
    return claiming.policy(office)


@pytest.fixture
def fund(policy, treasury, keeper, payers):
    return funded(policy, treasury, keeper, payers[0], 700_000)


@pytest.fixture
def three(policy, organisation, keeper, fund):
    """Three claims of 300,000 each against 700,000."""
    return [payable(policy, organisation, keeper, day, research=3_000_000) for day in (1, 2, 3)]


def paid_out(run, payers) -> PayRun:
    payruns.approve_pay_run(run, by=payers[1])
    payruns.settle_pay_run(run, by=payers[0], voucher="财支〔2023〕1号", paid_on=date(2023, 2, 10))
    return run


def test_a_run_pays_in_the_order_of_arrival_until_the_budget_is_gone(fund, three, payers):
    run = payruns.draft_pay_run(fund, by=payers[0])
    assert [(line.asked, line.paid) for line in run.lines.all()] == [(300_000, 300_000), (300_000, 300_000), (300_000, 0)]
    assert "预算余额不足" in run.lines.last().why
    paid_out(run, payers)
    states = {claim.pk: (claim.state, claim.amount, claim.paid_by_id) for claim in PolicyClaim.objects.all()}
    assert states[three[0].pk] == (State.PAID, 300_000, payers[0].pk)
    assert states[three[2].pk] == (State.PAYABLE, None, None), "who got nothing waits, with the reason"
    assert "预算余额不足" in PolicyClaim.objects.get(pk=three[2].pk).note
    assert PolicyClaim.objects.get(pk=three[0].pk).days == 7


@pytest.mark.parametrize(("rule", "amounts"), [("partial", [300_000, 300_000, 100_000]), ("pro_rata", [233_334, 233_333, 233_333])])
def test_a_budget_is_given_out_by_its_rule(policy, treasury, keeper, payers, organisation, rule, amounts):
    fund = funded(policy, treasury, keeper, payers[0], 700_000, rule)
    for day in (1, 2, 3):
        payable(policy, organisation, keeper, day, research=3_000_000)
    run = payruns.draft_pay_run(fund, by=payers[0])
    assert [line.paid for line in run.lines.all()] == amounts


def test_of_the_same_matter_the_higher_is_paid_with_the_reason_for_the_other(policy, fund, office, treasury, keeper, payers, organisation):
    more = claiming.policy(office, params={"least": "100万", "rate": "15%", "cap": "90万"})
    claiming.same_matter(policy.key, more.key)
    funded(more, treasury, keeper, payers[0], 10_000_000)
    file = claiming.enterprise(organisation(), research=3_000_000)
    for each in (policy, more):
        payable(each, organisation, keeper, file=file)
    run = payruns.draft_pay_run(fund, by=payers[0])
    told = {line.claim.policy_id: (line.asked, line.paid, line.why) for line in run.lines.all()}
    assert told[policy.pk] == (300_000, 0, "同一事项就高不重复")
    assert told[more.pk] == (450_000, 450_000, "")


def test_what_was_received_before_counts_under_a_common_cap(policy, fund, office, treasury, keeper, payers, organisation):
    other = claiming.policy(office)
    StackingRule.objects.create(kind="sum_cap", words="研发补助合计不超过40万元", policies=[policy.key, other.key], cap=400_000)
    file = claiming.enterprise(organisation(), research=3_000_000)
    before = verbs.begin(file, other, 2023, State.DRAFT, by=None)
    PolicyClaim.objects.filter(pk=before.pk).update(state="paid", paid_on=date(2023, 1, 5), amount=250_000)
    payable(policy, organisation, keeper, file=file)
    line = payruns.draft_pay_run(fund, by=payers[0]).lines.get()
    assert (line.asked, line.paid, line.why) == (300_000, 150_000, "研发补助合计不超过40万元")


def test_a_run_comes_out_the_same_after_everything_around_it_has_changed(fund, three, payers):
    """Later facts, other rules, another budget, no seed rows: only what was frozen counts."""
    run = payruns.draft_pay_run(fund, by=payers[0])
    claiming.state(three[0].enterprise, research=99)
    StackingRule.objects.create(kind="sum_cap", words="新", policies=[three[0].policy.key], cap=1)
    BudgetLine.objects.update(amount=1)
    PolicyClaim.objects.update(facts={}, answer={})
    assert queries.disagreements(PayRun.objects.get(pk=run.pk)) == []
    assert Fact.objects.filter(value=99).exists()


def test_one_yuan_more_or_an_altered_input_is_found(fund, three, payers):
    run = payruns.draft_pay_run(fund, by=payers[0])
    line = run.lines.first()
    PayRunLine.objects.filter(pk=line.pk).update(paid=299_999)
    assert queries.disagreements(run) == ["第 1 行"]
    with pytest.raises(Refused, match="重算不一致"):
        payruns.approve_pay_run(run, by=payers[1])
    PayRunLine.objects.filter(pk=line.pk).update(paid=300_000)
    run.frozen["lines"][0]["facts"]["research"] = 4_000_000
    PayRun.objects.filter(pk=run.pk).update(frozen=run.frozen)
    assert queries.disagreements(PayRun.objects.get(pk=run.pk)) == ["冻结的输入被改动"]


def test_who_draws_up_does_not_approve_and_who_verified_does_neither(fund, three, payers, keeper, treasury, person):
    run = payruns.draft_pay_run(fund, by=payers[0])
    with pytest.raises(NotYours, match="两个人"):
        payruns.approve_pay_run(run, by=payers[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        PayRun.objects.filter(pk=run.pk).update(approved_by=payers[0])
    PolicyClaim.objects.filter(pk=three[1].pk).update(verified_by=payers[1])
    assert "核验和兑付要分开" in rules.not_another_payer(payers[1], run)
    payruns.discard_pay_run(run, by=payers[0], reason="重编")
    with pytest.raises(Refused, match="核验和兑付要分开"):
        payruns.draft_pay_run(fund, by=payers[1])
    assert not actions.find("policies.draft_pay_run").allowed(keeper, fund)


def test_who_proposes_a_budget_does_not_approve_it(policy, treasury, keeper):
    line = payruns.propose_budget(policy, by=keeper, payer=treasury, year=2023, amount=Decimal(10), rule="first_come")
    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetLine.objects.filter(pk=line.pk).update(approved_by=keeper)
    assert "自己核定" in rules.not_the_proposer(keeper, line)


def test_without_an_approved_budget_nothing_is_paid(policy, treasury, keeper, payers, organisation):
    line = payruns.propose_budget(policy, by=keeper, payer=treasury, year=2023, amount=Decimal(10**6), rule="first_come")
    payable(policy, organisation, keeper, research=3_000_000)
    with pytest.raises(Refused, match="没有待兑付的事项"):
        payruns.draft_pay_run(line.fund, by=payers[0])


def test_one_run_at_a_time_and_its_claims_stay_put(fund, three, payers, keeper):
    run = payruns.draft_pay_run(fund, by=payers[0])
    with pytest.raises(Refused, match="还没有办完"):
        payruns.draft_pay_run(fund, by=payers[1])
    with pytest.raises(Refused, match="先作废批次"):
        verbs.reject_claim(three[0], by=keeper, reason="材料不实")
    with pytest.raises(Refused, match="先由另一人复核"):
        payruns.settle_pay_run(run, by=payers[0], voucher="1", paid_on=date(2023, 2, 10))
    payruns.discard_pay_run(run, by=payers[0], reason="重编")
    assert payruns.draft_pay_run(fund, by=payers[1]).number == 2


def test_what_was_refused_meanwhile_is_not_paid(fund, three, payers):
    run = payruns.draft_pay_run(fund, by=payers[0])
    payruns.approve_pay_run(run, by=payers[1])
    PolicyClaim.objects.filter(pk=three[1].pk).update(state=State.REJECTED, reason="另案")
    with pytest.raises(Refused, match="作废本批重编"):
        payruns.settle_pay_run(run, by=payers[0], voucher="1", paid_on=date(2023, 2, 10))
    assert not PolicyClaim.objects.paid().exists()


def test_over_two_runs_and_a_claw_back_the_budget_holds(fund, three, payers, keeper, policy, organisation):
    paid_out(payruns.draft_pay_run(fund, by=payers[0]), payers)
    payable(policy, organisation, keeper, 4, research=1_000_000)
    run = payruns.draft_pay_run(fund, by=payers[0])
    assert [line.paid for line in run.lines.all()] == [0, 0], "a claim of 300,000 stops the queue at 100,000"
    first = PolicyClaim.objects.get(pk=three[0].pk)
    verbs.claw_back(first, by=keeper, amount=300_000, reason="虚报", document="1号")
    assert queries.spent(fund)[policy.pk] == 600_000, "money that is taken back does not go round again"


def test_the_file_for_the_treasury_is_the_payers_alone_and_on_record(fund, three, payers, keeper, sign_in):
    run = payruns.draft_pay_run(fund, by=payers[0])
    address = reverse("policies:pay_run_file", args=[run.pk])
    assert sign_in(payers[0]).get(address).status_code == 404, "not before it is approved"
    payruns.approve_pay_run(run, by=payers[1])
    assert sign_in(keeper).get(address).status_code == 404
    answer = sign_in(payers[1]).get(address)
    body = b"".join(answer.streaming_content)
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        told = b"".join(book.read(name) for name in book.namelist() if "sheet1" in name or "sharedStrings" in name).decode()
    assert told.count("6222020200012345678") == 2, "those who get money, with the number as text"
    assert Event.objects.filter(verb="policies.pay_file", actor=payers[1].username).count() == 1
    assert Event.objects.filter(verb="kernel.export", actor=payers[1].username).exists()


def test_its_pages_open_and_cost_the_same_for_any_rows(fund, policy, organisation, keeper, payers, sign_in, django_assert_max_num_queries):
    for day in range(1, 9):
        payable(policy, organisation, keeper, day, research=3_000_000)
    run = payruns.draft_pay_run(fund, by=payers[0])
    browser = sign_in(payers[1])
    browser.get(run.get_absolute_url())
    for address in (run.get_absolute_url(), fund.get_absolute_url(), reverse("policies:funds"), reverse("policies:payouts")):
        with django_assert_max_num_queries(48):
            assert browser.get(address).status_code == 200, address
    assert "逐元一致" in browser.get(reverse("policies:pay_run_check", args=[run.pk])).content.decode()


# What holds for every run ---------------------------------------------------------------------------------------------------

KINDS = [{"name": "research", "zh": "上年研发费用", "type": "money"}]
KEYS = ("A", "B", "C")


def book(stacking: list[dict]) -> dict:
    entry = {
        "version": 1,
        "valid": [None, None],
        "params": {"rate": "10%"},
        "when": [{"if": "上年研发费用 >= 100"}],
        "amount": "上年研发费用 * $rate",
    }
    return {
        "facts": KINDS,
        "blocks": [],
        "policies": [{"id": key, "title": key, "category": "类", "department": "局", "lane": "apply", "versions": [entry]} for key in KEYS],
        "stacking": stacking,
    }


rule = st.one_of(
    st.builds(
        lambda pair: {"kind": "at_most_one", "words": "一项", "policies": pair, "cap": None, "cap_fact": "", "base": ""},
        st.permutations(KEYS).map(lambda k: list(k[:2])),
    ),
    st.builds(
        lambda cap: {"kind": "sum_cap", "words": "合计", "policies": list(KEYS), "cap": cap, "cap_fact": "", "base": ""},
        st.integers(0, 10**6),
    ),
    st.just({"kind": "top_up", "words": "叠加", "policies": ["B"], "cap": None, "cap_fact": "", "base": "A"}),
)
line = st.fixed_dictionaries(
    {"enterprise": st.integers(1, 5), "policy": st.sampled_from(KEYS), "research": st.one_of(st.none(), st.integers(0, 10**7))}
)
budget = st.fixed_dictionaries(
    {"amount": st.integers(0, 3 * 10**6), "rule": st.sampled_from(["first_come", "partial", "skip", "pro_rata"]), "words": st.just("预算")}
)


@given(
    st.lists(line, max_size=14, unique_by=lambda each: (each["enterprise"], each["policy"])),
    st.lists(rule, max_size=2, unique_by=lambda each: each["kind"]),
    st.fixed_dictionaries({key: budget for key in KEYS}),
    st.dictionaries(st.integers(1, 5), st.dictionaries(st.sampled_from(KEYS), st.integers(1, 10**6), max_size=2), max_size=3),
)
@settings(deadline=None, max_examples=150)
def test_any_run_is_the_same_again_within_budget_and_explained_to_the_yuan(lines, stacking, budgets, received):
    told = [
        {"claim": at, "enterprise": each["enterprise"], "year": 2023, "policy": each["policy"], "version": 1, "day": "2023-02-01", "facts": {"research": each["research"]}}
        for at, each in enumerate(lines, start=1)
    ]  # fmt: skip
    before = {f"{enterprise}/2023": had for enterprise, had in received.items()}
    frozen = {"engine": payments.ENGINE, **book(stacking), "budgets": budgets, "received": before, "lines": told}
    first = payments.settled(frozen)
    stored = json.loads(json.dumps(frozen))
    assert payments.settled(stored) == first
    assert payments.digest(stored) == payments.digest(frozen)
    for settled in first:
        assert 0 <= settled.paid <= settled.asked
        assert settled.asked - settled.paid == sum(cut["amount"] for cut in settled.cuts), "every yuan has its reason"
    for key in KEYS:
        assert sum(s.paid for s, each in zip(first, told, strict=True) if each["policy"] == key) <= budgets[key]["amount"]
    for each in stacking:
        if each["kind"] == "at_most_one":
            for enterprise in {one["enterprise"] for one in told}:
                had = {key for key in each["policies"] if before.get(f"{enterprise}/2023", {}).get(key)}
                now = {one["policy"] for s, one in zip(first, told, strict=True) if one["enterprise"] == enterprise and s.paid} & set(
                    each["policies"]
                )
                assert len(now - had) <= (0 if had else 1)


def test_a_cap_that_hangs_on_an_unknown_fact_holds_everything_back():
    rule = Stacking("sum_cap", ("A", "B"), cap_fact="research")
    assert payments.after([rule], {"A": 5}, {})[0][0].cap == 0
    assert payments.after([rule], {"A": 5}, {"research": 12})[0][0].cap == 7
