"""The pages of statistics: what each shows to whom, one button for each check, and queries that do not grow with the rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from zhuanban.domains.portfolio.models import InvestmentEntry, Project
from zhuanban.domains.statistics import actions
from zhuanban.domains.statistics.models import StatisticalFigure, StatisticsEntry
from zhuanban.kernel import clock

PLAIN = ("differences", "forecast", "rates", "speeds")


def read(client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_each_check_that_is_not_met_has_one_button_where_it_is_mended(opened, dispatcher, sign_in):
    entry = opened(code="")
    Project.objects.filter(pk=entry.project_id).update(project_code=None)
    page = read(sign_in(dispatcher), entry.get_absolute_url())
    assert f"/act/statistics.add_paper/{entry.pk}/?kind=licence" in page
    assert f"/act/portfolio.revise/{entry.project_id}/?only=project_code" in page
    assert f"/act/statistics.add_paper/{entry.pk}/?kind=photo" in page


def test_a_statistician_is_told_whose_it_is_and_gets_no_button_to_edit(opened, county_statistician, sign_in):
    entry = opened()
    page = read(sign_in(county_statistician), entry.get_absolute_url())
    assert "由项目单位补充" in page and "portfolio.revise" not in page and "statistics.add_paper" not in page


def test_a_paper_that_disagrees_is_revised_where_it_stands(opened, fill_pack, dispatcher, sign_in):
    entry = fill_pack(opened(), form={"amount": Decimal(90_000_000)})
    form = entry.papers.get(kind="form")
    assert f"/act/statistics.revise_paper/{form.pk}/" in read(sign_in(dispatcher), entry.get_absolute_url())


def test_the_projects_page_tells_what_is_lacking(opened, dispatcher, sign_in):
    entry = opened()
    page = read(sign_in(dispatcher), entry.project.get_absolute_url())
    assert entry.get_absolute_url() in page and "有营业执照" in page


@pytest.fixture
def many(opened, dispatcher, areas):
    """Entries that report, with own and statistical figures: `many(5)` makes five more."""

    def make(number: int) -> None:
        at = clock.now()
        for _each in range(number):
            entry = opened()
            StatisticsEntry.objects.filter(pk=entry.pk).update(state="reporting", bank_on=date(2022, 8, 1), reporting_from=date(2022, 8, 1))
            for month, own, stated in ((9, 5, 4), (10, 6, 6)):
                InvestmentEntry.objects.create(
                    project=entry.project, month=date(2022, month, 1), amount=own * 1_000_000, created_at=at, updated_at=at
                )
                StatisticalFigure.objects.create(
                    project=entry.project, month=date(2022, month, 1), amount=stated * 1_000_000, created_at=at, updated_at=at
                )
            opened(start_actual="2022-09-01")

    return make


@pytest.mark.parametrize("name", PLAIN)
def test_a_page_costs_the_same_queries_for_any_rows(many, city_statistician, sign_in, name):
    client, url = sign_in(city_statistician), reverse(f"statistics:{name}")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            read(client, url)
        return len(queries)

    many(1)
    read(client, url)
    few = asked()
    many(6)
    assert asked() == few <= 60


def test_a_month_costs_the_same_queries_for_any_rows(many, city_statistician, sign_in, areas, dispatcher):
    month = actions.open_month(areas["220100"], by=dispatcher, month=date(2022, 10, 1))
    client = sign_in(city_statistician)
    many(1)
    read(client, month.get_absolute_url())
    with CaptureQueriesContext(connection) as few:
        read(client, month.get_absolute_url())
    many(6)
    with CaptureQueriesContext(connection) as more:
        page = read(client, month.get_absolute_url())
    assert len(more) == len(few) <= 45
    assert page.count("核定<span") == 7


@pytest.mark.parametrize("name", PLAIN)
def test_firms_and_the_public_read_no_offices_page(person, organisation, sign_in, name, seeds):
    owner = person("owner", organisation=organisation())
    assert sign_in(owner).get(reverse(f"statistics:{name}")).status_code == 404


@pytest.mark.parametrize("query", ["year=2099", "year=abc", "year=-1", "year=９９", "area=no", "area=%00"])
def test_nonsense_in_the_address_is_told_in_words(city_statistician, sign_in, query):
    answer = sign_in(city_statistician).get(f"{reverse('statistics:differences')}?{query}")
    assert answer.status_code == 400
