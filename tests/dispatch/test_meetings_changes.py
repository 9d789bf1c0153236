"""What changed in a listing since last week, and the months that are closed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from meeting_room import CITY, DAY, HERE, THERE, at_ten
from meeting_room import ten_in_the_morning as ten_in_the_morning

from zhuanban.domains.dispatch import meeting_jobs
from zhuanban.domains.dispatch.models import ListingSnapshot
from zhuanban.domains.dispatch.queries import changes as queries
from zhuanban.domains.dispatch.queries import months
from zhuanban.domains.portfolio import actions as portfolio
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.pages import projects as listing
from zhuanban.kernel.listing_changes import Taken, compare, plain
from zhuanban.kernel.listings import Column, Listing
from zhuanban.kernel.models import Parameter

LATER = date(2023, 2, 17)


@pytest.fixture
def kept(project):
    """Two projects of one district and one of another, kept on the 10th."""
    rows = {
        name: project(name, area=area, stage="under_construction", planned_investment=80_000_000)
        for name, area in (("甲项目", HERE), ("丙项目", HERE), ("乙项目", THERE))
    }
    assert meeting_jobs.keep_listings.call() > 0
    at_ten(LATER)
    return rows


def told(found) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    return [(row.kind, row.title, [(cell.label, cell.before, cell.after) for cell in row.cells]) for row in found.shown]


def test_a_row_that_came_tells_its_first_values(kept, dispatcher, project):
    made = project("新项目", area=HERE, planned_investment=80_000_000)
    (row,) = queries.compare(listing, dispatcher, [HERE, THERE], DAY).changes.shown
    assert (row.kind, row.title, row.detail) == ("added", "新项目", made.ref)
    assert ("总投资", "", "8000万元") in [(cell.label, cell.before, cell.after) for cell in row.cells]


def test_a_change_shows_what_it_was_and_what_it_is(kept, dispatcher):
    portfolio.revise(kept["甲项目"], by=dispatcher, planned_investment=Decimal(90_000_000))
    found = queries.compare(listing, dispatcher, [HERE, THERE], DAY).changes
    assert (found.added, found.removed, found.changed) == (0, 0, 1)
    assert told(found) == [("changed", "甲项目", [("总投资", "8000万元", "9000万元")])]


def test_rows_that_came_and_went_are_told(kept, dispatcher, project):
    project("新项目", area=HERE)
    Project.objects.filter(pk=kept["丙项目"].pk).update(area=THERE)
    here = queries.compare(listing, dispatcher, [HERE], DAY).changes
    assert {(row.kind, row.title) for row in here.shown} == {("added", "新项目"), ("removed", "丙项目")}
    whole = queries.compare(listing, dispatcher, [HERE, THERE], DAY).changes
    assert {(row.kind, row.title) for row in whole.shown} == {("added", "新项目"), ("changed", "丙项目")}


def test_nobody_is_told_of_what_is_not_theirs(kept, dispatcher, person):
    """Neither of another district's rows, nor of one that has left the reader's sight."""
    leader = person("district_leader", area=HERE)
    portfolio.revise(kept["乙项目"], by=dispatcher, planned_investment=Decimal(90_000_000))
    portfolio.move(kept["丙项目"], by=dispatcher, area=portfolio_area(THERE), reason="调整")
    found = queries.compare(listing, leader, [HERE, THERE], DAY).changes
    assert told(found) == []


def portfolio_area(key: str):
    from zhuanban.domains.people.models import Area

    return Area.objects.get(pk=key)


def test_the_language_of_the_page_changes_no_value(kept, dispatcher):
    from django.utils import translation

    with translation.override("en"):
        found = queries.compare(listing, dispatcher, [HERE, THERE], DAY).changes
    assert (found.added, found.removed, found.changed) == (0, 0, 0)


def test_too_many_rows_ask_for_an_area(kept, dispatcher):
    Parameter.objects.create(name=queries.ROWS, value=2, effective_from=LATER, source="测试")
    assert queries.compare(listing, dispatcher, [HERE, THERE], DAY).too_many
    assert not queries.compare(listing, dispatcher, [HERE], DAY).too_many
    assert queries.keep_one(listing, HERE) == 1
    Parameter.objects.create(name=queries.ROWS, value=1, effective_from=LATER, source="测试")
    assert queries.keep_one(listing, HERE) == 0


def test_each_area_is_kept_once_a_week_and_old_ones_go(kept):
    assert meeting_jobs.keep_listings.call() > 0
    before = ListingSnapshot.objects.count()
    assert meeting_jobs.keep_listings.call() == 0
    assert ListingSnapshot.objects.count() == before
    at_ten(date(2024, 6, 1))
    meeting_jobs.keep_listings.call()
    assert ListingSnapshot.objects.filter(day__lt=date(2024, 1, 1)).count() == 0


def test_without_a_snapshot_that_old_the_page_says_so(kept, dispatcher, sign_in):
    client = sign_in(dispatcher)
    assert "还没有那天的留底" in client.get("/dispatch/changes/?listing=portfolio.projects&since=2022-01-01").content.decode()
    assert client.get("/dispatch/changes/?since=nonsense").status_code == 400
    assert client.get("/dispatch/changes/?listing=people.accounts").status_code == 404


def test_the_page_strikes_the_old_value_through_and_pages_its_rows(kept, dispatcher, sign_in, project):
    portfolio.revise(kept["甲项目"], by=dispatcher, planned_investment=Decimal(90_000_000))
    for number in range(60):
        project(f"新项目{number:02d}", area=HERE)
    client = sign_in(dispatcher)
    first = client.get("/dispatch/changes/?listing=portfolio.projects")
    second = client.get("/dispatch/changes/?listing=portfolio.projects&page=2")
    words = first.content.decode() + second.content.decode()
    assert "<s>8000万元</s>" in words and "9000万元" in words
    assert sum("新项目" in page.content.decode() for page in (first, second)) == 2
    assert 'href="/dispatch/changes/?listing=portfolio.projects"' in client.get("/portfolio/projects/").content.decode()


def test_a_column_that_one_side_lacks_is_not_compared():
    known = Listing.__new__(Listing)
    object.__setattr__(known, "columns", (Column("name", "名称", link=True), Column("n", "数", kind="number"), Column("new", "新列")))
    before, after = Taken(["name", "n"], {"1": ["甲", 1]}, False), Taken(["name", "n", "new"], {"1": ["甲", 1, "有"]}, False)
    assert compare(known, before, after).changed == 0
    after.rows["1"][1] = 2
    assert told(compare(known, before, after)) == [("changed", "甲", [("数", "1", "2")])]


def test_equal_values_are_equal_as_kept():
    assert plain(Decimal("80000000.00")) == plain(Decimal("8E+7")) == "80000000"
    assert plain(Decimal("97.159"), "percent") == plain(97.16, "percent") == "97.2"
    assert plain("") is plain(None) is None


# Months -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def months_of(project, dispatcher):
    made = project("甲项目", area=HERE, stage="under_construction", planned_investment=80_000_000)
    portfolio.plan_year(made, by=dispatcher, year=2022, amount=Decimal(60_000_000))
    project("没报的", area=HERE, stage="under_construction")
    portfolio.report_investment(made, by=dispatcher, month="2022-12", amount=Decimal(5_000_000))
    return made


def test_a_month_tells_what_was_reported_against_plan_and_who_owes(months_of, dispatcher):
    (row,) = months.status(dispatcher, date(2022, 12, 1))
    assert (row.area.pk, row.reported, row.due, row.missing, row.corrected) == (HERE, 5_000_000, 2, 1, 0)
    assert row.lock is None and row.planned == 60_000_000 * months.weight(date(2022, 12, 1))


def test_what_is_corrected_after_the_closing_stands_with_its_reason(months_of, dispatcher, areas, sign_in):
    portfolio.lock_month(areas[CITY], by=dispatcher, month="2022-12")
    at_ten(LATER)
    portfolio.report_investment(months_of, by=dispatcher, month="2022-12", amount=Decimal(6_000_000), reason="按监理计量单")
    (row,) = months.status(dispatcher, date(2022, 12, 1))
    assert (row.reported, row.corrected, row.lock.by) == (6_000_000, 1, dispatcher.username)
    page = sign_in(dispatcher).get("/dispatch/months/?month=2022-12").content.decode()
    assert "按监理计量单" in page and "没报的" in page and "不能解锁" in page


def test_a_districts_desk_closes_its_own_month_only(months_of, person, sign_in):
    client = sign_in(person("centre_dispatcher", area=HERE))
    page = client.get("/dispatch/months/?month=2022-12").content.decode()
    assert f"/act/portfolio.lock_month/{HERE}/?month=2022-12" in page and f"/act/portfolio.lock_month/{CITY}/" not in page
    elsewhere = sign_in(person("centre_dispatcher", area=THERE)).get(f"/dispatch/months/?month=2022-12&area={HERE}").content.decode()
    assert "甲项目" not in elsewhere and "没报的" not in elsewhere


@pytest.mark.parametrize("month", ["2022-13", "x", "2023-02", "9999-01"])
def test_a_month_that_is_none_is_refused_in_words(months_of, dispatcher, sign_in, month):
    assert sign_in(dispatcher).get(f"/dispatch/months/?month={month}").status_code == 400
