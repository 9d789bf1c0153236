"""The library: its book, the item's page, letters, and what an enterprise can have."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import claiming
import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from zhuanban.domains.enterprises import queries as enterprises
from zhuanban.domains.policies import seeds
from zhuanban.domains.policies.jobs.library import send_letters
from zhuanban.domains.policies.models import Policy, PolicyLetter, PolicyVersion
from zhuanban.domains.policies.queries import eligible, impact, library
from zhuanban.domains.policies.rules import wording
from zhuanban.engines.eligibility import gate
from zhuanban.engines.eligibility.answers import ELIGIBLE, NOT, View
from zhuanban.engines.eligibility.book import Book
from zhuanban.engines.eligibility.schema import NONE, Schema
from zhuanban.kernel import clock
from zhuanban.kernel.models import Notice
from zhuanban.site.policy_books import read_book

TODAY = date(2023, 2, 10)
BOOK = read_book(Path(seeds.FACTS).parent)


@pytest.fixture
def office(organisation):
    return organisation("某惠企政策处", kind="government", area="220106")


@pytest.fixture
def firm(organisation):
    return organisation("甲公司", area="220106")


# The book of the demo -------------------------------------------------------------------------------------------------


def test_the_book_has_79_items_in_six_categories_without_an_issue():
    assert (len(BOOK.policies), len({policy.category for policy in BOOK.policies})) == (79, 6)
    assert gate.check(BOOK) == []


def test_every_item_has_golden_cases_on_both_sides():
    for policy in BOOK.policies:
        for version in policy.versions:
            assert {golden.status for golden in version.golden} >= {ELIGIBLE, NOT}, policy.id


def test_every_shape_of_amount_and_rule_is_there():
    texts = " ".join(version.amount_text for policy in BOOK.policies for version in policy.versions)
    assert all(word in texts for word in ("step(", "marginal(", "min(", "若", "40%"))
    assert {rule.kind for rule in BOOK.stacking} == {"same_matter", "top_up", "at_most_one", "sum_cap"}
    assert any(rule.cap_fact == "local_tax" for rule in BOOK.stacking)


VALUES = {
    "in_zone": some.booleans(), "status": some.sampled_from(["存续", "注销"]), "dishonest": some.booleans(), "accident": some.booleans(),
    "case_by_case": some.booleans(), "industry": some.sampled_from(["C3670", "F5261", "I6513"]), "revenue": some.integers(0, 10**10),
    "research": some.integers(0, 10**8), "high_tech": some.booleans(), "tech_sme": some.booleans(), "size": some.sampled_from(["微型", "小型", "中型", "大型"]),
    "above_scale": some.booleans(), "fixed_investment": some.integers(0, 10**9), "project_filed": some.booleans(), "staff": some.integers(0, 500),
    "insured": some.integers(0, 500), "graduated_on": some.sampled_from([date(2022, 5, 1), date(2020, 1, 1), NONE]), "local_tax": some.integers(0, 10**8),
}  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(facts=some.fixed_dictionaries({}, optional=VALUES), blank=some.sampled_from(sorted(VALUES)))
def test_an_unknown_fact_never_turns_an_answer_into_no(facts, blank):
    """Taking a fact away leaves a yes or a no as it is or makes it unknown: it never makes a no out of anything else."""
    view = View(BOOK, TODAY)
    with_it, without = view.answer(facts), view.answer({name: value for name, value in facts.items() if name != blank})
    for before, after in zip(with_it, without, strict=True):
        assert not (after.status == NOT and before.status != NOT), before.policy.id
        assert not (after.status == ELIGIBLE and before.status == NOT), before.policy.id


# What an enterprise can have ------------------------------------------------------------------------------------------


def test_the_page_says_what_the_engine_says(seeds, office, firm):
    claiming.policy(office, key="P01")
    claiming.policy(office, key="P02", when="研发费用 >= 1亿")
    claiming.policy(office, key="P03", when="高新技术企业")
    file = claiming.enterprise(firm, research=3_000_000)
    found = eligible.having(file, TODAY)
    answers = {each.policy.id: each for each in View(library.book(), TODAY).answer(enterprises.facts_of(file.pk, TODAY))}
    items = (*found.eligible, *found.near, *found.unknown, *found.rest)
    assert {item.policy.key: item.answer.status for item in items} == {key: answer.status for key, answer in answers.items()}
    assert [item.policy.key for item in found.eligible] == ["P01"]
    assert found.total == Decimal(300_000)
    assert [kind.name for kind, _worth in found.questions] == ["high_tech"]


def test_a_fact_that_is_not_known_is_asked_for_and_never_counts_as_no(seeds, office, firm):
    claiming.policy(office, when="高新技术企业", amount="10万")
    found = eligible.having(claiming.enterprise(firm), TODAY)
    assert (found.eligible, found.rest, found.near) == ((), (), ())
    assert [kind.zh for kind in found.unknown[0].missing] == ["高新技术企业"]


def test_a_near_miss_tells_the_gap_in_words(seeds, office, firm):
    claiming.policy(office)
    found = eligible.having(claiming.enterprise(firm, research=900_000), TODAY)
    assert found.near[0].way == ("上年研发费用还差 10万元",)
    assert [proof.gap for proof in found.near[0].proofs if proof.value is False] == ["还差 10万元"]


def test_payments_that_exclude_one_another_are_counted_once(seeds, office, firm):
    claiming.policy(office, key="P01")
    claiming.policy(office, key="P02", params={"least": "100万", "rate": "20%", "cap": "100万"})
    claiming.same_matter("P01", "P02")
    found = eligible.having(claiming.enterprise(firm, research=3_000_000), TODAY)
    assert {item.policy.key: item.money for item in found.eligible} == {"P01": 0, "P02": 600_000}
    assert found.total == 600_000


def test_the_columns_and_the_single_answer_agree(seeds, office, organisation):
    policy = claiming.policy(office)
    files = [
        claiming.enterprise(organisation(area="220106"), **({"research": each} if each else {}))
        for each in (None, 999_999, 1_000_000, 90_000_000)
    ]
    found = impact.today(TODAY)[policy.key]
    assert (found.of, found.eligible, found.unknown, found.total) == (4, 2, 1, 600_000)
    assert found.files == (files[2].pk, files[3].pk)


def test_money_of_past_years_that_nobody_asked_for(seeds, office, firm):
    policy = claiming.policy(office)
    file = claiming.enterprise(firm, research=3_000_000)
    assert [(each["year"], each["total"]) for each in eligible.never_claimed(file, (2022, 2021), [(policy.key, 2021)])] == [(2022, 300_000)]


def test_a_withdrawn_item_is_given_no_more(seeds, office, firm):
    policy = claiming.policy(office)
    file = claiming.enterprise(firm, research=3_000_000)
    Policy.objects.filter(pk=policy.pk).update(withdrawn_on=TODAY, updated_at=clock.now())
    assert eligible.having(file, TODAY).eligible == ()
    assert len(eligible.having(file, date(2023, 2, 9)).eligible) == 1


def test_a_later_version_takes_the_place_of_an_earlier_from_its_first_day(seeds, office, firm):
    policy = claiming.policy(office)
    first = policy.versions.get()
    PolicyVersion.objects.create(
        policy=policy, number=2, state="published", valid_from=date(2023, 1, 1), published_at=datetime(2022, 12, 20, tzinfo=UTC),
        entry={**first.entry, "params": {"least": "100万", "rate": "20%", "cap": "100万"}}, created_at=clock.now(), updated_at=clock.now(),
    )  # fmt: skip
    file = claiming.enterprise(firm, research=3_000_000)
    assert eligible.having(file, TODAY).total == 600_000
    assert eligible.having(file, date(2022, 12, 31)).total == 300_000
    assert library.version_of(policy, TODAY).number == 2


def test_the_page_shows_proof_money_and_the_fact_to_tell(seeds, office, firm, sign_in, person, django_assert_max_num_queries):
    for place in range(12):
        claiming.policy(office, key=f"P{place:02d}", when="研发费用 >= 100万" if place % 2 else "高新技术企业")
    file = claiming.enterprise(firm, research=3_000_000)
    browser = sign_in(person("enterprise_admin", organisation=firm))
    browser.get(reverse("policies:having", args=[file.pk]))
    with django_assert_max_num_queries(60):
        page = browser.get(reverse("policies:mine"), follow=True).content.decode()
    assert "高新技术企业" in page and "上年研发费用 300万元" in page
    assert "policies.claim" in page


# The item's page ------------------------------------------------------------------------------------------------------


def test_an_item_in_the_making_is_not_there_for_outsiders(seeds, office, sign_in, person):
    policy = claiming.policy(office)
    Policy.objects.filter(pk=policy.pk).update(published_on=None)
    PolicyVersion.objects.filter(policy=policy).update(state="draft", published_at=None)
    stranger = sign_in(person("enterprise_admin", organisation=office))
    assert stranger.get(policy.get_absolute_url()).status_code == 200
    assert sign_in(person("public", area="220100")).get(policy.get_absolute_url()).status_code == 404


def test_the_page_says_the_clauses_in_words_and_keeps_who_qualifies_to_the_offices(seeds, office, firm, sign_in, person):
    policy = claiming.policy(office)
    claiming.enterprise(firm, research=3_000_000)
    public = sign_in(person("public", area="220100")).get(policy.get_absolute_url()).content.decode()
    assert "研发费用达到标准" in public and "上年研发费用的 10%，最高 50万元" in public
    assert "甲公司" not in public and "谁符合" not in public
    inside = sign_in(person("policy_owner", organisation=office)).get(policy.get_absolute_url()).content.decode()
    assert "甲公司" in inside


def test_a_reader_subscribes_and_leaves_again(seeds, office, sign_in, person):
    policy, reader = claiming.policy(office), person("public", area="220100")
    browser = sign_in(reader)
    browser.post(reverse("policies:subscribe", args=[policy.pk]), {"on": "1"})
    assert list(policy.subscribers.all()) == [reader]
    browser.post(reverse("policies:subscribe", args=[policy.pk]), {"on": "0"})
    assert not policy.subscribers.exists()


SCHEMA = Schema.from_rows(seeds.read(seeds.FACTS)["facts"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("min(固定资产投资 * 3%, 5000万)", "固定资产投资的 3%，最高 5000万元"),
        ("step(上年营业收入, 2000万:20万, 1亿:50万)", "按上年营业收入分档：2000万元以上 20万元；1亿元以上 50万元"),
        ("marginal(上年研发费用, 0:5%, 1000万:8%)", "上年研发费用分段累进：1000万元以内的部分 5%；超过1000万元的部分 8%"),
        ("若 研发平台等级 = '国家级' 则 300万 否则 30万", "研发平台等级为国家级的，300万元；其余30万元"),
        ("20万", "20万元"),
    ],
)
def test_amounts_are_said_in_words(text, words):
    assert wording.amount_words(text, {}, SCHEMA) == words


# Letters --------------------------------------------------------------------------------------------------------------


def test_a_letter_goes_once_to_each_enterprise_that_newly_qualifies(seeds, office, firm, organisation, person):
    policy = claiming.policy(office)
    reader = person("enterprise_admin", organisation=firm)
    file = claiming.enterprise(firm, research=3_000_000)
    claiming.enterprise(organisation(area="220106"), research=1)
    assert send_letters.call() == 1
    assert send_letters.call() == 0
    letter = PolicyLetter.objects.get()
    assert (letter.file, letter.amount, letter.told, letter.read_at) == (file, Decimal(300_000), 1, None)
    notice = Notice.objects.get(user=reader)
    assert (notice.url, notice.dossier) == (letter.get_absolute_url(), policy.dossier)


def test_opening_the_letter_is_the_receipt_and_an_officer_gives_none(seeds, office, firm, sign_in, person):
    claiming.policy(office)
    reader = person("enterprise_admin", organisation=firm)
    claiming.enterprise(firm, research=3_000_000)
    send_letters.call()
    letter = PolicyLetter.objects.get()
    assert sign_in(person("centre_dispatcher", area="220100")).get(letter.get_absolute_url()).status_code == 200
    assert PolicyLetter.objects.get().read_at is None
    assert sign_in(reader).get(letter.get_absolute_url()).status_code == 200
    assert PolicyLetter.objects.get().read_by == reader
    assert reader.notices.get().read_at is not None


def test_anothers_letter_is_not_there(seeds, office, firm, organisation, sign_in, person):
    claiming.policy(office)
    claiming.enterprise(firm, research=3_000_000)
    send_letters.call()
    other = person("enterprise_admin", organisation=organisation(area="220106"))
    assert sign_in(other).get(PolicyLetter.objects.get().get_absolute_url()).status_code == 404


def test_an_empty_book_answers_nothing(seeds, firm):
    assert isinstance(library.book(), Book)
    assert eligible.having(claiming.enterprise(firm), TODAY).eligible == ()
