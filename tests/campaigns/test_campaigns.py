"""Campaigns: explicit days, a matrix whose bars come from records, targets with owners, a finish that keeps what was measured."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from zhuanban.domains.campaigns import actions, queries
from zhuanban.domains.campaigns.measures import MEASURES
from zhuanban.domains.campaigns.models import Campaign, Cell
from zhuanban.domains.plans.models import Node
from zhuanban.domains.portfolio.models import InvestmentEntry, Project
from zhuanban.kernel import clock
from zhuanban.kernel.errors import NotYours, Refused

CITY = "220100"


@pytest.fixture
def campaign(areas, dispatcher, move_day):
    move_day(date(2022, 9, 1))
    return actions.launch(
        areas[CITY],
        by=dispatcher,
        name="投资和建设项目百日攻坚行动",
        starts_on=date(2022, 9, 1),
        ends_on=date(2022, 11, 30),
        methods=["超前指导"],
    )


@pytest.fixture
def cell(campaign, dispatcher):
    actions.add_field(campaign, by=dispatcher, name="工业", sectors=["industry"])
    actions.add_task(campaign, by=dispatcher, name="完成投资", measure="investment")
    return Cell.objects.get(campaign=campaign)


def invest(project, month, amount, by):
    at = clock.now()
    InvestmentEntry.objects.create(project=project, month=month, amount=Decimal(amount), created_at=at, updated_at=at, created_by=by)


def test_a_hundred_day_campaign_has_the_days_it_has(campaign):
    assert campaign.days == 91
    assert campaign.period_before == (date(2022, 6, 2), date(2022, 8, 31))
    assert [campaign.day_number(day) for day in (date(2022, 8, 31), date(2022, 9, 1), date(2022, 12, 9))] == [0, 1, 91]


def test_every_field_meets_every_task(campaign, dispatcher):
    for name in ("工业", "交通"):
        actions.add_field(campaign, by=dispatcher, name=name, sectors=[])
    for name in ("审批", "开工", "投资"):
        actions.add_task(campaign, by=dispatcher, name=name, measure="starts")
    actions.add_field(campaign, by=dispatcher, name="住建", sectors=[])
    assert campaign.cells.count() == 9


def test_a_field_that_is_there_is_not_added_twice(cell, dispatcher):
    with pytest.raises(Refused, match="已有领域“工业”"):
        actions.add_field(cell.campaign, by=dispatcher, name="工业")


def test_the_bar_counts_records_of_the_period_and_the_sectors(cell, dispatcher, project, organisation, move_day):
    move_day(date(2022, 11, 15))
    inside, other = project(sector="industry"), project(sector="transport")
    invest(inside, date(2022, 10, 1), 6_000_000, dispatcher)
    invest(inside, date(2022, 8, 1), 9_000_000, dispatcher)
    invest(inside, date(2022, 12, 1), 5_000_000, dispatcher)
    invest(other, date(2022, 10, 1), 7_000_000, dispatcher)
    actions.set_target(cell, by=dispatcher, amount=Decimal(8_000_000), owner=organisation(kind="government"))
    (bar,) = queries.bars(cell.campaign).values()
    assert (bar.done, bar.before, bar.share) == (6_000_000, 9_000_000, 75)
    assert bar.tone == "yellow"
    assert queries.measured(cell) == 6_000_000


def test_without_a_target_a_cell_is_grey_and_not_zero_per_cent(cell):
    (bar,) = queries.bars(cell.campaign).values()
    assert (bar.share, bar.tone) == (None, "grey")
    assert queries.overall([bar]) is None


def test_the_burn_up_is_the_running_sum_and_unknown_after_today(cell, dispatcher, project, move_day):
    move_day(date(2022, 10, 3))
    invest(project(sector="industry"), date(2022, 10, 1), 6_000_000, dispatcher)
    line = dict(queries.burn_up(cell))
    assert [line[date(2022, 9, 30)], line[date(2022, 10, 3)], line[date(2022, 10, 4)]] == [0, 6_000_000, None]
    assert len(line) == 91


def test_a_district_campaign_counts_its_own_projects(areas, person, project, move_day):
    move_day(date(2022, 9, 1))
    own = person("centre_dispatcher", area="220106")
    made = actions.launch(areas["220106"], by=own, name="绿园攻坚", starts_on=date(2022, 9, 1), ends_on=date(2022, 9, 30))
    actions.add_field(made, by=own, name="全部")
    actions.add_task(made, by=own, name="开工", measure="starts")
    for area in ("220106", "220102"):
        started = project(area=area)
        Project.objects.filter(pk=started.pk).update(start_actual="2022-09-01")
    assert queries.measured(made.cells.get()) == 1


def test_the_owner_of_a_cell_reads_the_campaign_and_a_stranger_does_not(cell, dispatcher, organisation, person, sign_in):
    office = organisation("某局", kind="government")
    handler = person("case_handler", organisation=office)
    assert not Campaign.objects.visible_to(handler).exists()
    assert sign_in(handler).get(cell.get_absolute_url()).status_code == 404
    actions.set_target(cell, by=dispatcher, amount=Decimal(1), owner=office)
    assert sign_in(handler).get(cell.get_absolute_url()).status_code == 200
    with pytest.raises(NotYours):
        actions.set_target(cell, by=handler, amount=Decimal(2), owner=office)


def test_a_campaign_ends_after_its_last_day_and_keeps_what_was_measured(cell, dispatcher, project, organisation, move_day):
    actions.set_target(cell, by=dispatcher, amount=Decimal(5_000_000), owner=organisation(kind="government"))
    with pytest.raises(Refused, match="2022-11-30"):
        actions.finish(cell.campaign, by=dispatcher, summary="完")
    move_day(date(2022, 12, 1))
    invest(project(sector="industry"), date(2022, 11, 1), 5_000_000, dispatcher)
    actions.finish(cell.campaign, by=dispatcher, summary="完")
    cell.refresh_from_db()
    assert (cell.state, cell.final) == (Cell.State.DONE, 5_000_000)
    with pytest.raises(Refused, match="已经收官"):
        actions.set_target(cell, by=dispatcher, amount=Decimal(1), owner=organisation())


def test_the_wall_chart_costs_the_same_for_any_matrix(cell, dispatcher, sign_in):
    client, url = sign_in(dispatcher), cell.campaign.get_absolute_url()
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        assert client.get(url).status_code == 200
    for name in ("交通", "住建", "服务业"):
        actions.add_field(cell.campaign, by=dispatcher, name=name, sectors=["transport"])
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few)


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_counts_one_record_on_its_day(name, project, dispatcher, db):
    measure = MEASURES[name]
    assert measure.by_sector_and_day(date(2022, 9, 1), date(2022, 9, 30)) == {}
    row = project(sector="industry")
    RECORDS[name](row, dispatcher)
    (found,) = measure.by_sector_and_day(date(2022, 9, 1), date(2022, 9, 30)).items()
    assert found == (("industry", date(2022, 9, 1)), 1)
    assert measure.between(date(2022, 9, 2), date(2022, 9, 30), []).count() == 0


def _node(code):
    def make(row, by):
        at = clock.now()
        Node.objects.create(project=row, code=code, name=code, phase="building", reached_on=date(2022, 9, 1), created_at=at, updated_at=at)

    return make


def _solved(row, by):
    from zhuanban.domains.problems.actions import report
    from zhuanban.domains.problems.models import Problem, ProblemKind

    made = report(row, by=by, title="停电", description="", kind=ProblemKind.objects.get(key="power"))
    Problem.objects.filter(pk=made.pk).update(solved_at=_after_midnight())


def _after_midnight():
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime(2022, 9, 1, 0, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


def _proof(row, by):
    from zhuanban.domains.portfolio.models import Proof

    at = clock.now()
    Proof.objects.create(project=row, kind="land", number="1", issued_on=date(2022, 9, 1), created_at=at, updated_at=at)


RECORDS = {
    "permits": _proof,
    "factors": _solved,
    "problems": _solved,
    "starts": lambda row, by: Project.objects.filter(pk=row.pk).update(start_actual="2022-09-01"),
    "completed": lambda row, by: Project.objects.filter(pk=row.pk).update(finish_actual="2022-09-01"),
    "investment": lambda row, by: invest(row, date(2022, 9, 1), 1, by),
    "nodes": _node("filing"),
    "enclosed": _node("warm_enclosure"),
    "statistics": _node("statistics"),
}
