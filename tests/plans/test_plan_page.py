"""The plan page: who opens it, what it costs, the rows of its chart, and what a bar that is dragged would do."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from zhuanban.domains.plans import actions, runs
from zhuanban.domains.plans.charting import Sheet
from zhuanban.domains.plans.forecasting import Settings
from zhuanban.domains.plans.models import PlanTemplate
from zhuanban.domains.plans.pages.plan import CHUNK, sheet_of
from zhuanban.domains.plans.situations import situation
from zhuanban.domains.portfolio.models import Work
from zhuanban.kernel import clock

TODAY = date(2023, 2, 10)
PAGE_QUERIES = 42
pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(project, dispatcher):
    """A plant with a plan over so many workshops, forecast."""

    def make(parts: int = 1):
        made = project(f"合成厂房{parts}", stage="under_construction", sector="industry")
        stamps = {"created_at": clock.now(), "updated_at": clock.now()}
        for number in range(parts):
            Work.objects.create(project=made, name=f"{number + 1}号车间", kind=Work.Kind.WORKSHOP, position=number, **stamps)
        actions.open_nodes(made, by=dispatcher)
        node = made.nodes.get(code="completed")
        actions.promise_dates(made, by=dispatcher, **{f"node_{node.pk}": date(2024, 3, 31)})
        template = PlanTemplate.objects.get(key="plant")
        actions.make_plan(made, by=dispatcher, template=template, start_on=date(2023, 3, 1), finish_on=date(2024, 3, 31))
        runs.renew([made.pk], settings=Settings(TODAY, 1, 40, 20, 0.8))
        return made

    return make


def counted(browser, url: str) -> int:
    """Queries of a page that has been opened before."""
    browser.get(url)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert browser.get(url).status_code == 200
    return len(caught)


def test_it_tells_the_plan_the_forecast_and_the_nodes(planned, dispatcher, sign_in):
    made = planned()
    page = sign_in(dispatcher).get(f"/plans/projects/{made.pk}/").content.decode()
    assert "1号车间" in page and "完工" in page and "封冻前封闭" in page
    assert "<svg" in page


def test_a_larger_plan_costs_no_more_queries(planned, dispatcher, sign_in):
    small, large = planned(1), planned(4)
    assert large.plans.get().activities > small.plans.get().activities + 40
    browser = sign_in(dispatcher)
    few, many = (counted(browser, f"/plans/projects/{made.pk}/") for made in (small, large))
    assert few == many == PAGE_QUERIES


@pytest.mark.parametrize("path", ["", "rows/", "what-if/?days=5", "preview/?activity=S10&days=5", "print/", "import/"])
def test_a_stranger_finds_nothing(project, person, sign_in, path):
    made = project("别人的项目")
    assert sign_in(person()).get(f"/plans/projects/{made.pk}/{path}").status_code == 404


def test_without_a_plan_the_page_offers_to_make_one(project, dispatcher, sign_in):
    made = project("无计划", stage="under_construction", sector="industry")
    browser = sign_in(dispatcher)
    assert "按模板建立计划" in browser.get(f"/plans/projects/{made.pk}/").content.decode()
    assert browser.get(f"/plans/projects/{made.pk}/rows/").status_code == 404


def test_rows_come_in_pieces(planned, dispatcher, sign_in):
    made, browser = planned(2), sign_in(dispatcher)
    url = f"/plans/projects/{made.pk}/rows/"
    first, second = (browser.get(f"{url}?from={at}").content.decode() for at in (0, 40))
    assert "第 1–40 行" in first and "第 41–" in second and first != second
    for nonsense in ("-1", "x", "", "٣x"):
        assert "第 1–40 行" in browser.get(url, {"from": nonsense, "zoom": "<b>"}).content.decode()


@pytest.mark.parametrize("workshops", [1, 4])
def test_on_paper_every_row_stands_on_one_sheet_that_holds_it(planned, dispatcher, sign_in, workshops):
    made = planned(workshops)
    page = sign_in(dispatcher).get(f"/plans/projects/{made.pk}/print/").content.decode()
    sheets = page.split('<section class="sheet-a3')[1:]
    rows = [sheet.count("<li class=") for sheet in sheets]
    assert sum(rows) == page.count('class="g-row') >= made.plans.get().activities
    assert all(sheet.count('class="gantt-axis"') == 1 for sheet in sheets)
    most = 50 if sheets[0].startswith(" is-small") else 34
    assert max(rows) <= most and max(rows) - min(rows) <= 1 and len(rows) == -(-sum(rows) // most)


def test_of_a_large_plan_only_the_rows_in_view_are_drawn(planned, dispatcher, sign_in, monkeypatch):
    made, browser = planned(4), sign_in(dispatcher)
    drawn, own = [], Sheet.row
    monkeypatch.setattr(Sheet, "row", lambda sheet, each: drawn.append(each["id"]) or own(sheet, each))
    browser.get(f"/plans/projects/{made.pk}/")
    assert len(set(drawn)) == len(drawn) <= CHUNK < made.plans.get().activities
    browser.get(f"/plans/projects/{made.pk}/rows/?from={CHUNK}")
    assert len(set(drawn)) == len(drawn) <= 2 * CHUNK


def test_the_frame_holds_every_row_although_few_are_drawn(planned, dispatcher, rf):
    made = planned(4)
    rf = rf.get("/")
    rf.user = dispatcher
    sheet = sheet_of(rf, situation(made, TODAY))
    rows = sheet.rows()
    days = [day for row in rows for day in (row.first, row.last, *(row.then or ()), row.sure) if day]
    assert (min(sheet.days()), max(sheet.days())) == (min(days), max(days))
    assert len(rows) == len(sheet) and sheet.rows(40, 60) == rows[40:60]


def test_a_drag_tells_its_effect_and_saves_nothing(planned, dispatcher, sign_in):
    made, browser = planned(), sign_in(dispatcher)
    document = made.plans.get().document
    task = next(each for each in document["activities"] if each.get("work_class") == "envelope")
    url = f"/plans/projects/{made.pk}/preview/"
    page = browser.get(url, {"activity": task["id"], "start_on": "2024-02-01"}).content.decode()
    assert task["name"] in page and "封冻前暖封闭的把握" in page
    assert made.plans.get().document == document
    assert "计划里没有这道工序" in browser.get(url, {"activity": "不存在", "days": "5"}).content.decode()
    for nonsense in ({"start_on": "昨天"}, {"days": "-4"}, {"days": "99999999"}, {}):
        assert browser.get(url, {"activity": task["id"], **nonsense}).status_code == 200


def test_the_effect_stands_beside_its_field_and_not_in_the_forms_place(planned, dispatcher, sign_in):
    """The form around it has a target of its own, which what stands in it would inherit."""
    plan = planned().plans.get()
    page = sign_in(dispatcher).get(f"/act/plans.change/{plan.pk}/", headers={"HX-Request": "true"}).content.decode()
    effect = page[page.index('class="effect"') :].partition(">")[0]
    assert 'hx-target="this"' in effect and 'hx-swap="innerHTML"' in effect


def test_a_change_is_a_further_version_and_can_be_taken_back(planned, dispatcher):
    made = planned()
    plan = made.plans.get()
    task = next(each for each in plan.document["activities"] if each.get("work_class") == "envelope")
    second = actions.change(plan, by=dispatcher, activity=task["id"], reason="板材晚到", start_on=date(2024, 2, 1))
    assert (second.number, second.before, second.finish_on > plan.finish_on) == (2, plan, True)
    third = actions.undo(second, by=dispatcher)
    assert json.dumps(third.document) == json.dumps(plan.document) and third.before is None
    assert made.baselines.count() == 1
