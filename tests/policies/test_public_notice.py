"""The public notice of claims: anybody reads who gets what under which policy until when, and not a word more."""

from __future__ import annotations

from datetime import date

import claiming
import pytest
from django.urls import reverse

from zhuanban.domains.people.models import User
from zhuanban.domains.policies.actions import claims as verbs
from zhuanban.domains.policies.models import Policy, PolicyClaim
from zhuanban.domains.policies.queries import claims as queries
from zhuanban.kernel import deadlines
from zhuanban.kernel.actions import hidden_from

ACCOUNT, PHONE, NOTE = "6222020200012345678", "0431-5550101", "内部说明杜鹃"
COST = 2
"""Statements of the page: the claims, and the calendar's edition."""


@pytest.fixture
def office(organisation):
    return organisation("政策科", "government")


@pytest.fixture
def keeper(person, office):
    return person("policy_owner", organisation=office)


@pytest.fixture
def announce(organisation, person, office, keeper):
    """A claim in public notice, whose enterprise carries this name."""

    def make(name: str, phone: str = PHONE) -> PolicyClaim:
        firm = organisation(name)
        file = claiming.enterprise(firm, research=3_000_000)
        policy = claiming.policy(office)
        Policy.objects.filter(pk=policy.pk).update(phone=phone)
        boss = person("enterprise_admin", organisation=firm, name="联系人画眉", phone="13812345678")
        claim = verbs.claim(file, by=boss, policy=policy, year=2023, note=NOTE)
        verbs.submit_claim(claim, by=boss, promise=True, **claiming.account(ACCOUNT))
        verbs.review_claim(claim, by=keeper)
        verbs.announce_claim(claim, by=keeper)
        return claim

    return make


def told(client, query: str = "") -> str:
    answer = client.get(reverse("policies:notices") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_anybody_reads_who_is_to_have_what_until_when_and_whom_to_call(client, announce):
    claim = announce("研发甲企业")
    page = told(client)
    for words in ("研发甲企业", claim.policy.name, "30万元", claim.ref, PHONE, "政策科", "2023年2月17日", "还有 5 个工作日", "书面"):
        assert words in page


def test_nothing_else_of_a_claim_is_told(client, announce, organisation, office):
    claim = announce("研发甲企业")
    verbs.raise_objection(claim, by=None, raised_by="群众鹧鸪", words="已经搬走了")
    page = told(client)
    assert "研发甲企业" in page
    for secret in (
        ACCOUNT,
        ACCOUNT[-4:],
        "某某银行",
        "某某公司",
        NOTE,
        "画眉",
        "1381234",
        "鹧鸪",
        "已经搬走了",
        "上年研发费用",
        claim.get_absolute_url(),
    ):
        assert secret not in page
    assert "<form" not in page


def test_only_what_is_in_notice_today_is_listed(client, announce, keeper, move_day):
    claim, waiting = announce("研发甲企业"), announce("研发乙企业")
    verbs.reject_claim(waiting, by=keeper, reason="材料不实")
    assert "研发甲企业" in told(client) and "研发乙企业" not in told(client)
    move_day(claim.notice_to)
    assert "最后一天" in told(client)
    move_day(date(2023, 2, 18))
    assert claim.ref not in told(client), "its days are over, whether or not the sweep has come by"
    deadlines.sweep()
    assert claim.ref not in told(client)


def test_an_objection_keeps_a_claim_in_notice_beyond_its_day(client, announce, move_day):
    claim = announce("研发甲企业")
    verbs.raise_objection(claim, by=None, raised_by="群众", words="存疑")
    move_day(date(2023, 2, 20))
    page = told(client)
    assert claim.ref in page and "顺延" in page


def test_a_claim_under_a_policy_that_is_not_published_stays_unknown(client, announce):
    claim = announce("研发甲企业")
    Policy.objects.filter(pk=claim.policy_id).update(published_on=None)
    assert claim.ref not in told(client)


def test_pages_follow_each_other_and_cost_the_same(client, announce, monkeypatch, django_assert_num_queries):
    refs = [announce(f"研发企业{number}").ref for number in range(5)]
    monkeypatch.setattr(queries, "NOTICED", 2)
    told(client)
    with django_assert_num_queries(COST):
        first = told(client)
    assert [ref for ref in refs if ref in first] == refs[3:]
    following = queries.public_notices(date(2023, 2, 10))[1]
    assert f"?after={following}" in first
    second = told(client, f"?after={following}")
    assert [ref for ref in refs if ref in second] == refs[1:3]
    assert refs[0] in told(client, f"?after={queries.public_notices(date(2023, 2, 10), following)[1]}")
    monkeypatch.undo()
    with django_assert_num_queries(COST):
        whole = told(client)
    assert all(ref in whole for ref in refs) and "?after=" not in whole


@pytest.mark.parametrize("after", ["-1", "x", "９", "9" * 40, "0", "1.5", "1 OR 1=1"])
def test_a_made_up_place_begins_at_the_beginning(client, announce, after):
    claim = announce("研发甲企业")
    assert claim.ref in told(client, f"?after={after}")


def test_the_page_writes_nothing_and_takes_nothing(client, announce):
    announce("研发甲企业")
    for method in ("post", "put", "delete"):
        assert getattr(client, method)(reverse("policies:notices")).status_code == 405
    answer = client.get(reverse("policies:notices"))
    assert "sessionid" not in answer.cookies and answer["X-Robots-Tag"] == "noindex"
    assert "max-age=60" in answer["Cache-Control"]


def test_a_claims_page_leads_to_the_notice_while_it_runs(announce, keeper, sign_in):
    claim = announce("研发甲企业")
    browser = sign_in(keeper)
    assert reverse("policies:notices") in browser.get(claim.get_absolute_url()).content.decode()
    verbs.reject_claim(claim, by=keeper, reason="材料不实")
    assert reverse("policies:notices") not in browser.get(claim.get_absolute_url()).content.decode()


def test_who_objected_is_told_to_the_offices_and_not_to_the_enterprise(announce, keeper, sign_in):
    claim = announce("研发甲企业")
    verbs.raise_objection(claim, by=keeper, raised_by="群众鹧鸪", words="已经搬走了")
    boss = User.objects.get(organisation=claim.enterprise.organisation_id)
    for user, told in ((boss, False), (keeper, True)):
        browser = sign_in(user)
        page = browser.get(claim.get_absolute_url()).content.decode()
        assert "已经搬走了" in page and ("鹧鸪" in page) == told
        assert ("policies.raise_objection" in hidden_from(user, claim.dossier)) != told
