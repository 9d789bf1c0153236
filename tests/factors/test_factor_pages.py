"""What each side sees of factors, and what the pages cost."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from zhuanban.domains.factors import actions
from zhuanban.domains.factors.models import FactorRequest
from zhuanban.kernel import clock

MOST = 45
"""Statements of a page, whatever the number of rows."""


def statements(browser, address):
    with CaptureQueriesContext(connection) as told:
        answer = browser.get(address)
    assert answer.status_code == 200
    return len(told), answer.content.decode()


@pytest.fixture
def crowd(ask, substation, dispatcher, project):
    """Many needs on one substation that will run short."""

    def make(number):
        for place in range(number):
            site = project(f"拥挤项目{place}", area="220106", stage="under_construction")
            ask(100 + place, date(2023, 3, 1 + place), project=site, point=substation)

    actions.set_capacity(substation, by=dispatcher, from_day=date(2023, 1, 1), amount=Decimal(150), basis="供电方案")
    return make


@pytest.mark.parametrize("page", ["overview", "conflicts", "lodging"])
def test_a_page_asks_as_often_for_many_rows_as_for_few(crowd, sign_in, dispatcher, page):
    address = reverse(f"factors:{page}")
    crowd(2)
    few, _told = statements(sign_in(dispatcher), address)
    crowd(9)
    many, _told = statements(sign_in(dispatcher), address)
    assert many <= few + 1 and many <= MOST


def test_the_page_of_a_point_asks_as_often_for_many_rows_as_for_few(crowd, sign_in, dispatcher, substation):
    crowd(2)
    few, _told = statements(sign_in(dispatcher), substation.get_absolute_url())
    crowd(9)
    many, told = statements(sign_in(dispatcher), substation.get_absolute_url())
    assert many <= few + 1 and many <= MOST
    assert "起不足" in told and told.count("受影响") >= 9


def test_an_owner_follows_the_own_request_and_sees_no_supply_point(ask, sign_in, owner, substation, capacity_short):
    asked = ask(point=substation)
    browser = sign_in(owner)
    told = browser.get(asked.get_absolute_url()).content.decode()
    assert asked.ref in told and "起不足" not in told and substation.get_absolute_url() not in told
    assert browser.get(substation.get_absolute_url()).status_code == 404
    assert browser.get(reverse("factors:conflicts")).content.decode().count(substation.name) == 0


@pytest.fixture
def capacity_short(substation, dispatcher):
    return actions.set_capacity(substation, by=dispatcher, from_day=date(2023, 1, 1), amount=Decimal(1), basis="供电方案")


def test_a_utility_opens_what_is_addressed_to_it_and_nothing_else(ask, sign_in, electrician, water):
    mine, other = ask(), ask(factor="water", provider=water)
    browser = sign_in(electrician)
    assert browser.get(mine.get_absolute_url()).status_code == 200
    assert browser.get(other.get_absolute_url()).status_code == 404
    assert other.ref not in browser.get(reverse("factors:requests")).content.decode()
    assert "供水" not in browser.get(mine.project.get_absolute_url()).content.decode()


def test_another_firm_meets_nothing(ask, sign_in, person, organisation):
    asked = ask()
    stranger = sign_in(person("owner", organisation=organisation("另一家")))
    assert stranger.get(asked.get_absolute_url()).status_code == 404
    assert asked.ref not in stranger.get(reverse("factors:requests")).content.decode()


def test_the_project_page_shows_what_is_wanting_and_offers_to_ask(ask, sign_in, secretary, site):
    asked = ask()
    told = sign_in(secretary).get(site.get_absolute_url()).content.decode()
    assert asked.get_absolute_url() in told and "/act/factors.request/" in told


def test_the_page_of_a_withdrawn_request_says_why_and_the_project_page_leaves_it_out(ask, sign_in, owner, electrician, site):
    asked = ask()
    actions.promise(asked, by=electrician, on=date(2023, 3, 1))
    browser = sign_in(owner)
    assert f"/act/factors.withdraw_request/{asked.pk}/" in browser.get(asked.get_absolute_url()).content.decode()
    told = {"reason": "改用自备电源", "_key": "k", "_version": FactorRequest.objects.get(pk=asked.pk).version}
    assert browser.post(f"/act/factors.withdraw_request/{asked.pk}/", told).status_code in {200, 204, 302}
    said = browser.get(asked.get_absolute_url()).content.decode()
    assert "改用自备电源" in said and "已撤回" in said and "/act/factors." not in said
    assert asked.get_absolute_url() not in browser.get(site.get_absolute_url()).content.decode()


def test_unknown_capacity_is_said_in_words(ask, sign_in, dispatcher, substation):
    ask(point=substation)
    told = sign_in(dispatcher).get(substation.get_absolute_url()).content.decode()
    assert "未知" in told and "未知不当作零" in told
    assert substation.name in sign_in(dispatcher).get(reverse("factors:conflicts")).content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"amount": "0"}, "0.01"),
        ({"amount": "很多"}, ""),
        ({"need_on": "2023-02-30"}, ""),
        ({"until": "2023-01-01"}, "不能早于"),
        ({"factor": "gas"}, "请写明要素单位"),
        ({"provider": "没有这个单位"}, "没有找到单位"),
    ],
)
def test_bad_input_is_refused_in_words_at_its_field(sign_in, dispatcher, site, power, given, said):
    told = {"factor": "power", "amount": "500", "need_on": "2023-03-01", "purpose": "施工用电", "_key": "k"} | given
    answer = sign_in(dispatcher).post(f"/act/factors.request/{site.pk}/", told)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not FactorRequest.objects.exists()


def test_a_request_by_the_page_goes_to_the_usual_office(sign_in, owner, site, power):
    told = {"factor": "power", "amount": "500", "need_on": "2023-03-01", "purpose": "施工用电", "_key": "k"}
    assert sign_in(owner).post(f"/act/factors.request/{site.pk}/", told).status_code in {200, 204, 302}
    made = FactorRequest.objects.get()
    assert (made.provider, made.asked_by, made.asked_on) == (power, owner, clock.today())
