"""The winter over the portfolio: who sees what, in which order, and what is told where there is no number."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.domains.plans import portfolio_queries as queries
from zhuanban.domains.plans.jobs import forecast_all
from zhuanban.domains.plans.models import AreaForecast, Forecast, Node
from zhuanban.domains.plans.portfolio_drawings import binned
from zhuanban.domains.plans.portfolio_queries import Winters
from zhuanban.kernel import clock, figures
from zhuanban.kernel.models import Job

URL = "/plans/winter/"
TODAY, FROST = date(2023, 2, 10), date(2023, 11, 15)
pytestmark = pytest.mark.django_db


@pytest.fixture
def forecast(project, dispatcher):
    """A project under way with an open warm enclosure and a forecast in force of it."""

    def make(name: str, area: str = "220106", *, node: bool = True, **told):
        made = project(name, area=area, stage="under_construction", sector=told.pop("sector", "industry"))
        if node:
            enclosure(made)
        facts = {"enclosure": "open", "frost_on": FROST, "enclosed_in_time": 0.6, "gain": 0.1, "margin_days": -5}
        facts |= {"enclosure_p50": date(2023, 11, 1), "enclosure_p80": date(2023, 11, 20), "result": {}}
        Forecast.objects.create(
            project=made, data_date=TODAY, made_at=clock.now(), iterations=500, seed=1, engine="t", inputs_hash=name, **(facts | told)
        )
        return made

    return make


def enclosure(project, due=FROST, reached=None):
    at = clock.now()
    Node.objects.create(
        project=project,
        code="warm_enclosure",
        name="暖封闭",
        phase="building",
        due_on=due,
        reached_on=reached,
        created_at=at,
        updated_at=at,
    )


def rollup(area: str, projects: int):
    result = {"mean": 1.4, "spread": 0.6, "p": [1, 1, 1, 2, 2], "distribution": [[0, 0.05], [1, 0.5], [2, 0.45]]}
    AreaForecast.objects.create(
        area_id=area, data_date=TODAY, made_at=clock.now(), projects=projects, iterations=500, seed=1, engine="t", result=result
    )


def text(browser, query: str = "") -> str:
    answer = browser.get(URL + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_stands_in_the_order_of_what_a_decision_changes(forecast, dispatcher, sign_in):
    forecast("甲厂房", gain=0.02, enclosed_in_time=0.97)
    forecast("乙厂房", gain=0.30, enclosed_in_time=0.45, result={"lever": {"begun": False, "days": 16, "then": 0.81}})
    forecast("丙厂房", gain=0.12, enclosed_in_time=0.10, margin_days=-40)
    page = text(sign_in(dispatcher))
    assert page.index("乙厂房") < page.index("丙厂房") < page.index("甲厂房")
    assert "+30" in page and "早 16 天可到 80%" in page and "45% → 75%" in page
    by_risk = text(sign_in(dispatcher), "?sort=risk")
    assert by_risk.index("丙厂房") < by_risk.index("乙厂房")


def test_a_withheld_probability_is_a_reason_and_never_a_number(forecast, dispatcher, sign_in):
    forecast("丁厂房", enclosure="withheld", withheld="no_logic", enclosed_in_time=None, margin_days=None, gain=None)
    page = text(sign_in(dispatcher))
    assert "暖封闭没有前置工序，算不出概率。" in page and "暂不给出" in page
    row = page[page.index("丁厂房") : page.index("</tbody>", page.index("丁厂房"))]
    assert "%" not in row.replace("100%", "")


def test_a_project_without_a_building_to_close_is_not_in_it(forecast, dispatcher, sign_in):
    forecast("道路", node=False, enclosure="none", enclosed_in_time=None, gain=None)
    forecast("无计划的桥", node=False, enclosure="withheld", withheld="no_plan", enclosed_in_time=None, gain=None)
    page = text(sign_in(dispatcher))
    assert "道路" not in page and "无计划的桥" not in page


def test_who_sees_one_district_reads_its_projects_and_not_the_citys_count(forecast, person, sign_in):
    forecast("本区厂房", area="220106")
    forecast("外区厂房", area="220102")
    rollup("220100", 2)
    rollup("220106", 1)
    page = text(sign_in(person("centre_dispatcher", area="220106")))
    assert "本区厂房" in page and "外区厂房" not in page
    assert "平均 1.4 个" not in page
    here = text(sign_in(person("centre_dispatcher", area="220106")), "?area=220106")
    assert "平均 1.4 个" in here


def test_the_citys_distribution_is_drawn_for_the_city(forecast, dispatcher, sign_in):
    forecast("甲厂房")
    forecast("乙厂房", area="220102")
    rollup("220100", 2)
    page = text(sign_in(dispatcher))
    assert "平均 1.4 个赶在封冻前；十次里有八次在 1 到 2 个之间" in page and 'class="drawing drawing-l"' in page
    assert "没有按领域拆开" in text(sign_in(dispatcher), "?sector=industry")


def test_filters_narrow_and_nonsense_is_left_out(forecast, dispatcher, sign_in):
    forecast("甲厂房")
    forecast("乙楼", area="220102", sector="housing")
    assert "乙楼" not in text(sign_in(dispatcher), "?area=220106")
    assert "甲厂房" not in text(sign_in(dispatcher), "?sector=housing")
    assert "甲厂房" in text(sign_in(dispatcher), "?sector=x&sort=%27&page=-1&show=%3Cb%3E")


def test_pages_hold_fifty_and_queries_do_not_grow(forecast, dispatcher, sign_in, django_assert_max_num_queries):
    for number in range(3):
        forecast(f"厂房{number}")
    browser = sign_in(dispatcher)
    text(browser)
    with django_assert_max_num_queries(32) as few:
        text(browser)
    for number in range(3, 53):
        forecast(f"厂房{number}")
    with django_assert_max_num_queries(len(few.captured_queries)):
        page = text(browser)
    assert page.count('scope="row" class="pin is-words"><a href="/plans/projects/') == 50
    assert text(browser, "?page=2").count('scope="row" class="pin is-words"><a href="/plans/projects/') == 3


def test_the_last_winter_counts_what_was_closed_by_its_frost_date(project, dispatcher, sign_in):
    def closed(name, due, reached):
        enclosure(project(name, stage="under_construction"), due, reached)

    closed("按期", date(2022, 11, 10), date(2022, 11, 12))
    closed("前一年", date(2021, 11, 10), date(2021, 11, 12))
    closed("迟了", date(2022, 11, 10), date(2022, 12, 1))
    closed("还没", date(2022, 11, 15), None)
    scope = figures.Scope.today(user=dispatcher)
    assert figures.REGISTRY["plans.closed_before_frost"].read(scope).value == 1
    assert figures.REGISTRY["plans.missed_frost"].read(scope).value == 2
    assert "上个冬季封冻前暖封闭" in text(sign_in(dispatcher))


@pytest.mark.parametrize(
    ("today", "ahead", "last"),
    [
        (TODAY, FROST, date(2022, 11, 15)),
        (date(2023, 11, 15), FROST, date(2022, 11, 15)),
        (date(2023, 11, 16), date(2024, 11, 15), FROST),
    ],
)
def test_the_winters_turn_on_the_day_after_the_frost_date(seeds, today, ahead, last):
    found = Winters.of(today)
    assert (found.ahead, found.last, found.before) == (ahead, last, last.replace(year=last.year - 1))


def test_a_stranger_sees_an_empty_page(forecast, person, sign_in):
    forecast("甲厂房")
    page = text(sign_in(person()))
    assert "甲厂房" not in page and "这里没有待封闭的项目" in page


def test_projects_without_any_forecast_are_told(project, dispatcher, sign_in):
    enclosure(project("新厂房", stage="under_construction"))
    assert "另有 1 个在建项目要封闭，但还没有预测" in text(sign_in(dispatcher))


def test_a_page_opened_while_everything_is_forecast_says_how_far_that_is(forecast, dispatcher, sign_in):
    forecast("甲")
    browser = sign_in(dispatcher)
    assert "重新推算：" not in browser.get(URL).content.decode()
    job = forecast_all.using(dedupe_key=queries.NIGHTLY).enqueue()
    assert "即将重新推算" in browser.get(URL).content.decode()
    Job.objects.filter(pk=job.id).update(status="RUNNING", lease_until=clock.now(), done=40, total=266, words="预测")
    assert "正在重新推算：预测 40 / 266" in browser.get(URL).content.decode()
    Job.objects.filter(pk=job.id).update(status="SUCCESSFUL", lease_until=None)
    assert "重新推算：" not in browser.get(URL).content.decode()


def test_the_latest_start_that_has_passed_says_so(forecast, dispatcher, sign_in):
    forecast("甲厂房", envelope_start_latest=TODAY - timedelta(days=1))
    assert "已过" in text(sign_in(dispatcher))
    assert queries.sure() == 0.8 and reverse("plans:winter") == URL


@given(st.dictionaries(st.integers(0, 1500), st.floats(0.001, 1), min_size=1))
def test_columns_lose_nothing_and_stay_few(pairs):
    first, step, shares = binned(list(pairs.items()))
    assert len(shares) <= 26 and first == min(pairs)
    assert sum(shares) == pytest.approx(sum(pairs.values())) and first + step * len(shares) > max(pairs)
