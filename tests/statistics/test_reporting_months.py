"""Reporting months: windows on working days, who owes, corrections that stay visible, the closing by the portfolio's lock."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from zhuanban.domains.portfolio.models import MonthLock
from zhuanban.domains.statistics import actions, jobs
from zhuanban.domains.statistics.models import ReportingMonth, StatisticalFigure, StatisticsEntry
from zhuanban.domains.statistics.queries import months
from zhuanban.kernel import clock, deadlines
from zhuanban.kernel.errors import NotYours, Refused
from zhuanban.kernel.models import Deadline, Notice

FEBRUARY, MARCH = date(2023, 2, 1), date(2023, 3, 1)


@pytest.fixture
def february(areas, dispatcher, reporting, move_day):
    """February 2023, opened in March, when its figures are due."""
    move_day(date(2023, 3, 2))
    return actions.open_month(areas["220100"], by=dispatcher, month=FEBRUARY)


def report(entry, by, amount=1_000_000, month=FEBRUARY, **more):
    return actions.report_month(entry, by=by, month=month, amount=Decimal(amount), **more)


@pytest.mark.parametrize(
    ("month", "entries_until", "figures_from", "figures_until"),
    [
        (date(2022, 9, 1), date(2022, 9, 13), date(2022, 10, 8), date(2022, 10, 10)),
        (date(2023, 1, 1), date(2023, 1, 12), date(2023, 2, 1), date(2023, 2, 10)),
        (date(2022, 12, 1), date(2022, 12, 12), date(2023, 1, 3), date(2023, 1, 10)),
    ],
)
def test_a_day_of_rest_gives_way_to_the_next_working_day(areas, month, entries_until, figures_from, figures_until):
    """Mid-Autumn of 2022 was on Monday 12 September; 8 October 2022 was a Saturday that was worked."""
    opens = months.windows(month)
    assert (opens.entries_until, opens.figures_from, opens.figures_until) == (entries_until, figures_from, figures_until)


def test_a_year_without_a_table_is_provisional(areas):
    assert months.windows(date(2031, 5, 1)).provisional and not months.windows(FEBRUARY).provisional


def test_who_reports_owes_until_it_has_reported(february, reporting, dispatcher):
    assert list(months.missing(FEBRUARY)) == [reporting]
    owed = Deadline.objects.get(dossier=february.dossier)
    assert (owed.holder.key, owed.due_on, owed.state) == ("area:220106", date(2023, 3, 10), "open")
    report(reporting, dispatcher)
    assert not months.missing(FEBRUARY).exists()
    owed.refresh_from_db()
    assert owed.state == "settled"


def test_a_month_before_the_reporting_begins_is_not_owed(reporting, dispatcher):
    assert not months.owing(date(2023, 1, 1)).exists()
    with pytest.raises(Refused, match="2023-02"):
        report(reporting, dispatcher, month=date(2023, 1, 1))


def test_a_month_that_is_not_over_is_not_reported(reporting, dispatcher):
    with pytest.raises(Refused, match="还没有结束"):
        report(reporting, dispatcher)


def test_a_completed_project_owes_no_month_after_its_last(reporting, dispatcher, february):
    StatisticsEntry.objects.filter(pk=reporting.pk).update(state="completed", completed_on=date(2023, 2, 20))
    assert months.owing(FEBRUARY).count() == 1 and not months.owing(MARCH).exists()


def test_a_figure_is_confirmed_by_another_person(february, reporting, dispatcher, county_statistician):
    figure = report(reporting, dispatcher)
    actions.confirm_figure(figure, by=county_statistician)
    assert (figure.state, figure.confirmed_by) == ("confirmed", county_statistician)
    assert figure.amount == 1_000_000, "the amount is the project's own word"


def test_a_figure_sent_back_is_owed_again(february, reporting, dispatcher, county_statistician):
    figure = report(reporting, dispatcher)
    actions.send_back_figure(figure, by=county_statistician, why="与形象进度不符")
    assert list(months.missing(FEBRUARY)) == [reporting]
    assert Notice.objects.filter(user=dispatcher, text__contains="与形象进度不符").exists()
    again = report(reporting, dispatcher, 900_000)
    assert (again.pk, again.state, again.why) == (figure.pk, "reported", "")


def test_what_was_confirmed_is_corrected_by_a_further_row(february, reporting, dispatcher, county_statistician):
    actions.confirm_figure(report(reporting, dispatcher), by=county_statistician)
    with pytest.raises(Refused, match="须写明理由"):
        report(reporting, dispatcher, 800_000)
    correction = report(reporting, dispatcher, 800_000, reason="按计量单更正")
    amounts = StatisticalFigure.objects.filter(project=reporting.project).order_by("pk").values_list("amount", flat=True)
    assert list(amounts) == [1_000_000, -200_000] and correction.corrects is not None


def test_all_that_waits_is_confirmed_at_once_but_nobodys_own(february, reporting, dispatcher, county_statistician, person):
    figure = report(reporting, dispatcher)
    actions.confirm_all(february, by=county_statistician)
    figure.refresh_from_db()
    assert figure.state == "confirmed"
    with pytest.raises(Refused, match="没有您可以核定"):
        actions.confirm_all(february, by=county_statistician)


def test_a_statistician_elsewhere_confirms_nothing_here(february, reporting, dispatcher, person):
    report(reporting, dispatcher)
    with pytest.raises(Refused, match="没有您可以核定"):
        actions.confirm_all(february, by=person("statistician", area="220102"))


def test_closing_is_the_portfolios_lock_with_the_missing_on_record(february, city_statistician, county_statistician, reporting, move_day):
    with pytest.raises(Refused, match="之后才能关账"):
        actions.close_month(february, by=city_statistician)
    move_day(date(2023, 3, 13))
    with pytest.raises(NotYours, match="市级"):
        actions.close_month(february, by=county_statistician)
    actions.close_month(february, by=city_statistician)
    assert MonthLock.objects.filter(area="220100", month=FEBRUARY).count() == 1
    assert (february.owed, february.missing, february.is_closed) == (1, 1, True)
    with pytest.raises(Refused, match="已锁定"):
        report(reporting, None)
    assert report(reporting, None, reason="关账后补报").amount == 1_000_000


def test_late_figures_are_told_to_the_areas_offices(february, county_statistician, move_day):
    move_day(date(2023, 3, 11))
    Notice.objects.all().delete()
    assert deadlines.sweep() == 1
    assert "缺报 1 个项目" in Notice.objects.get(user=county_statistician).text


def test_those_who_carry_the_project_are_reminded_in_one_line(february, reporting, person, city_statistician):
    owner = person("owner", organisation=reporting.project.owner_org)
    Notice.objects.all().delete()
    actions.remind_missing(february, by=city_statistician)
    assert "缺报 1 个项目" in Notice.objects.get(user=owner).text


def test_a_moved_window_moves_what_is_owed(february, city_statistician):
    actions.move_window(
        february, by=city_statistician, entries_until=february.entries_until, figures_until=date(2023, 3, 15), reason="系统升级"
    )
    assert Deadline.objects.get(dossier=february.dossier).due_on == date(2023, 3, 15)


def test_the_clock_opens_each_month_once_and_lets_it_be_owed_in_its_window(reporting, move_day):
    assert jobs.open_month.call() == 1 and jobs.open_month.call() == 0
    month = ReportingMonth.objects.get(month=FEBRUARY)
    assert not month.dossier.deadlines.exists(), "its figures are not due before the month is over"
    move_day(month.figures_from)
    assert jobs.let_months_owe.call() == 1 and jobs.let_months_owe.call() == 0
    assert month.dossier.deadlines.get().due_on == month.figures_until


def test_a_month_tells_where_it_stands(february):
    days = {date(2023, 2, 5): "entries", date(2023, 2, 20): "between", date(2023, 3, 5): "figures", date(2023, 3, 20): "over"}
    assert {day: february.stands(day) for day in days} == days
    assert clock.today() == date(2023, 3, 2)
