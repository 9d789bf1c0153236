"""What earlier forecasts said against what came: which count, in which group, with how much certainty, and for whose eyes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.domains.plans import portfolio_queries as queries
from zhuanban.domains.plans.models import Forecast, Node, Plan, PlanTemplate
from zhuanban.kernel import clock

TODAY, FROST = date(2023, 2, 10), date(2022, 11, 15)
MADE = date(2022, 8, 31)
pytestmark = pytest.mark.django_db


def node(project, code="warm_enclosure", reached=None, due=FROST):
    at = clock.now()
    Node.objects.create(
        project=project, code=code, name=code, phase="building", due_on=due, reached_on=reached, created_at=at, updated_at=at
    )


def said(project, stated, *, on=MADE, frost=FROST, p50=date(2022, 10, 20), p80=date(2022, 11, 10), **more):
    return Forecast.objects.create(
        project=project, data_date=on, made_at=clock.now(), current=False, iterations=500, seed=1, engine="t", inputs_hash="x", frost_on=frost,
        enclosure="open", enclosed_in_time=stated, enclosure_p50=p50, enclosure_p80=p80, **more,
    )  # fmt: skip


def rows(user):
    return queries.enclosures_said(user, TODAY, queries.sampled_days(TODAY))


def test_a_forecast_is_kept_when_it_was_closed_by_the_frost_date(project, dispatcher):
    for name, reached, came in (
        ("当天", FROST, True),
        ("晚一天", FROST + timedelta(days=1), False),
        ("没有", None, False),
        ("早", date(2022, 9, 30), True),
    ):
        made = project(name)
        node(made, reached=reached)
        said(made, 0.7)
        assert {row.name: row.came for row in rows(dispatcher)[0]}[name] is came


def test_a_forecast_waits_for_its_frost_date_however_early_it_comes(project, dispatcher):
    made = project("抢先封闭")
    node(made, reached=date(2023, 1, 20))
    said(made, 0.9, frost=date(2023, 11, 15), on=date(2022, 12, 31))
    said(made, 0.9, frost=TODAY, on=date(2022, 10, 31))
    assert rows(dispatcher) == ([], 0)


def test_without_a_node_there_is_nothing_to_check_by(project, dispatcher):
    said(project("无节点"), 0.7)
    assert rows(dispatcher) == ([], 1)


def test_one_data_date_a_month_counts(project, dispatcher):
    made = project("甲")
    node(made)
    for on in (date(2022, 8, 1), date(2022, 8, 30), MADE, date(2022, 9, 2)):
        said(made, 0.5, on=on)
    assert [row.data_date for row in rows(dispatcher)[0]] == [date(2022, 9, 2), MADE]


def test_deciles_hold_their_lower_edge_and_the_last_one_both():
    def at(stated):
        return queries.Said(1, "", "", MADE, stated, FROST, MADE, MADE, None).decile

    assert [at(share) for share in (0.0, 0.0999, 0.1, 0.7, 0.95, 1.0)] == [0, 0, 1, 7, 9, 9]


def test_the_interval_counts_projects_and_not_forecasts(project, dispatcher):
    made = project("甲")
    node(made, reached=date(2022, 11, 1))
    for month in (6, 7, 8):
        said(made, 0.75, on=date(2022, month, 28))
    (group,) = queries.deciles(rows(dispatcher)[0])
    assert (group.count, group.projects, group.came) == (3, 1, 1.0)
    assert group.interval == queries.wilson(1.0, 1) and group.interval.low < 0.25 and group.agrees


def test_wilson_is_the_published_interval():
    """Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611; 1 of 29: 0.0061 to 0.1718."""
    for came, number, low, high in ((81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)):
        found = queries.wilson(came / number, number)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert queries.wilson(0.0, 0) == queries.Interval(0.0, 1.0)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_what_was_seen(case):
    came, number = case
    found = queries.wilson(came / number, number)
    assert 0 <= found.low <= came / number + 1e-12 and came / number - 1e-12 <= found.high <= 1


def test_a_quantile_counts_once_its_day_has_passed():
    before, after = TODAY - timedelta(days=1), TODAY
    cases = [
        (1, before, after, before),
        (2, before, before, None),
        (3, after, after, before),
        (4, before - timedelta(days=5), before, before),
    ]
    half, most = queries.shares(cases, TODAY)
    assert (half.count, half.came, half.projects) == (3, 1, 3)
    assert (most.count, most.came, most.share) == (2, 1, 0.5)
    assert queries.shares([], TODAY)[0].share is None


def test_finishes_are_held_against_the_node_that_the_plan_led_to(project, dispatcher):
    at = clock.now()
    template = PlanTemplate.objects.get(key="plant")
    goal = next(row["id"] for row in template.body["whole"] if row.get("node") == "production")
    made = project("甲")
    plan = Plan.objects.create(
        project=made,
        number=1,
        origin="template",
        template=template,
        document={"activities": [], "links": []},
        activities=0,
        created_at=at,
        updated_at=at,
    )
    node(made, code="production", reached=date(2022, 12, 20))
    told = {"finish_p50": date(2022, 12, 31), "finish_p80": date(2023, 1, 31), "plan": plan}
    said(made, 0.5, result={"goal": goal}, **told)
    said(made, 0.5, on=date(2022, 9, 30), result={"goal": "nowhere"}, **told)
    found, adrift = queries.finishes_said(dispatcher, TODAY, queries.sampled_days(TODAY))
    assert found == [(made.pk, date(2022, 12, 31), date(2023, 1, 31), date(2022, 12, 20))] and adrift == 1


def test_the_page_tells_groups_lists_and_how_little_is_known(project, dispatcher, person, sign_in):
    for number in range(4):
        made = project(f"厂房{number}", area="220106" if number else "220102")
        node(made, reached=date(2022, 11, 1) if number else None)
        said(made, 0.72)
    browser = sign_in(dispatcher)
    page = browser.get("/plans/back-test/").content.decode()
    assert "只有 4 个项目的 4 次预测见了分晓" in page and "70–80%" in page and "75%" in page and "相符" in page
    assert "厂房1" not in page
    page = browser.get("/plans/back-test/?decile=7").content.decode()
    assert "厂房1" in page and "没有按期" in page and "至今没有" in page
    assert "还没有见分晓的预测" in browser.get("/plans/back-test/?lead=near").content.decode()
    page = sign_in(person("centre_dispatcher", area="220106")).get("/plans/back-test/?decile=7").content.decode()
    assert "厂房1" in page and "厂房0" not in page
    assert "还没有见分晓的预测" in sign_in(person()).get("/plans/back-test/?decile=x&lead=y").content.decode()


def test_queries_do_not_grow_with_forecasts(project, dispatcher, sign_in, django_assert_max_num_queries):
    browser = sign_in(dispatcher)

    def more(number):
        made = project(f"厂房{number}")
        node(made, reached=date(2022, 11, 1))
        said(made, number / 12)

    more(1)
    browser.get("/plans/back-test/")
    with django_assert_max_num_queries(30) as few:
        browser.get("/plans/back-test/")
    for number in range(2, 12):
        more(number)
    with django_assert_max_num_queries(len(few.captured_queries)):
        browser.get("/plans/back-test/")
