"""Differences explained kind by kind, the rest unexplained; the forecast from how long others took; the rates and lengths of time."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.domains.portfolio.models import InvestmentEntry, Project
from zhuanban.domains.statistics import actions, drawings, figures
from zhuanban.domains.statistics.models import DifferenceKind, StatedSpan, StatisticalFigure, StatisticsEntry
from zhuanban.domains.statistics.queries import differences, forecasts, rates, speeds
from zhuanban.kernel import clock
from zhuanban.kernel.dates import PartialDate
from zhuanban.kernel.figures import Scope

MILLION = Decimal(1_000_000)


def own(project, month: int, millions: int) -> None:
    at = clock.now()
    InvestmentEntry.objects.create(project=project, month=date(2022, month, 1), amount=millions * MILLION, created_at=at, updated_at=at)


def stated(project, month: int, millions: int, **more) -> None:
    at = clock.now()
    StatisticalFigure.objects.create(
        project=project, month=date(2022, month, 1), amount=millions * MILLION, created_at=at, updated_at=at, **more
    )


@pytest.fixture
def since_july(reporting):
    """An entry that has reported since July 2022; ten millions of its own in each month from May to October."""
    StatisticsEntry.objects.filter(pk=reporting.pk).update(reporting_from=date(2022, 7, 1))
    for month in range(5, 11):
        own(reporting.project, month, 10)
    return StatisticsEntry.objects.get(pk=reporting.pk)


def of(entry) -> differences.Difference:
    return differences.differences(Project.objects.filter(pk=entry.project_id), 2022)[entry.project_id]


def test_months_before_the_reporting_and_months_not_told_explain_themselves(since_july):
    for month in (7, 8, 9):
        stated(since_july.project, month, 10)
    found = of(since_july)
    assert (found.own, found.stated, found.gap) == (60 * MILLION, 30 * MILLION, 30 * MILLION)
    assert found.parts == {"not_in_bank": 20 * MILLION, "timing": 10 * MILLION}
    assert found.unexplained == 0


def test_what_nobody_explains_is_shown_as_unexplained(since_july, city_statistician):
    for month, millions in ((7, 10), (8, 6), (9, 10), (10, 10)):
        stated(since_july.project, month, millions)
    assert of(since_july).unexplained == 4 * MILLION
    kind = DifferenceKind.objects.get(key="scope")
    actions.explain(since_july, by=city_statistician, year=2022, kind=kind, amount=3 * MILLION, words="土地费用")
    assert of(since_july).unexplained == MILLION
    actions.explain(since_july, by=city_statistician, year=2022, kind=kind, amount=4 * MILLION, words="土地费用，补正")
    assert of(since_july).unexplained == 0 and since_july.explanations.count() == 1
    actions.withdraw_explanation(since_july.explanations.get(), by=city_statistician)
    assert of(since_july).unexplained == 4 * MILLION


def test_a_figure_sent_back_is_a_month_not_told(since_july):
    for month in (7, 8, 9, 10):
        stated(since_july.project, month, 10, **({"state": "sent_back", "why": "不符"} if month == 10 else {}))
    assert of(since_july).parts["timing"] == 10 * MILLION


def test_a_project_outside_the_bank_is_explained_by_that(opened):
    entry = opened()
    own(entry.project, 5, 10)
    found = of(entry)
    assert (found.gap, found.parts, found.unexplained) == (10 * MILLION, {"not_in_bank": 10 * MILLION}, 0)


def test_a_side_that_nobody_reported_is_unknown_not_nothing(reporting):
    stated(reporting.project, 11, 5)
    found = of(reporting)
    assert found.own is None and found.gap is None and found.unexplained is None
    assert differences.summed([found]).unknown == 1


amounts = st.integers(-50, 50).map(lambda n: n * MILLION)


@given(amounts, amounts, st.dictionaries(st.sampled_from(["timing", "scope", "price_basis"]), amounts, max_size=3))
def test_parts_and_the_unexplained_always_add_up_to_the_difference(mine, theirs, parts):
    found = differences.Difference(1, mine, theirs, True, parts)
    assert found.explained + found.unexplained == found.gap == mine - theirs
    whole = differences.summed([found, found])
    assert sum(whole.parts.values()) + whole.unexplained == whole.gap == 2 * found.gap


@given(st.floats(0, 1e12), st.lists(st.floats(-1e11, 1e11), max_size=5))
def test_each_bar_of_the_bridge_begins_where_the_one_before_ended(total, parts):
    spans = drawings.steps(("自报", total), [(str(at), part, "part", "") for at, part in enumerate(parts)], ("统计", total - sum(parts)))
    assert all(after.start == before.end for before, after in pairwise(spans[:-1]))
    assert "<svg" in drawings.bridge(spans, title="桥")


def test_an_unknown_side_is_a_dash_and_no_zero():
    spans = drawings.steps(("自报", 10.0), [("未入库", 10.0, "part", "")], ("统计", None))
    assert spans[-1].tone == "unknown" and "统计 —" in drawings.bridge(spans, title="桥")


# The forecast ------------------------------------------------------------------------------------------------------------


def test_the_longer_others_took_the_longer_it_is_expected_to_take():
    lead = forecasts.Lead(20, 40, samples=list(range(1, 101)))
    assert lead.left(0, 0.5) == 51 and lead.left(0, 0.8) == 81
    assert lead.left(50, 0.5) == 26, "of those that took longer than fifty days the middle one took seventy-six"
    assert lead.left(98, 0.5) == 10, "hardly anybody waited so long: half of the term is reckoned again"


@given(st.lists(st.integers(0, 300), min_size=30), st.integers(0, 400))
def test_what_is_left_is_never_in_the_past_and_care_is_never_less(samples, waited):
    known = sorted(samples)
    lead = forecasts.Lead(known[len(known) // 2], known[int(0.8 * len(known))], known)
    assert 1 <= lead.left(waited, 0.5) <= max(lead.left(waited, 0.8), lead.left(waited, 0.5))


def test_who_is_further_is_expected_sooner_and_what_is_in_the_bank_not_at_all(opened, full, dispatcher, reporting):
    waiting = opened()
    found = forecasts.outlook(Project.objects.filter(pk__in=[waiting.project_id, reporting.project_id]))
    assert [each.project for each in found.expected] == [waiting.project_id]
    (each,) = found.expected
    assert clock.today() < each.likely <= each.careful
    assert sum(found.likely.values()) == 1 == found.accepted[date(2023, 2, 1)]


def test_a_project_that_has_no_day_is_not_forecast(project):
    undated = project(stage="pre_stage", planned_investment=Decimal(80_000_000))
    found = forecasts.outlook(Project.objects.filter(pk=undated.pk))
    assert (found.undated, found.expected) == (1, [])


def test_who_misses_a_months_window_counts_in_the_next(areas):
    window = forecasts._Windows()
    assert window.month(date(2023, 3, 13)) == date(2023, 3, 1), "the twelfth is a Sunday"
    assert window.month(date(2023, 3, 14)) == date(2023, 4, 1)


# Rates and lengths of time -----------------------------------------------------------------------------------------------


def test_the_entry_rate_counts_what_has_begun_and_is_large_enough(project, reporting):
    start = PartialDate(date(2022, 6, 1))
    project(stage="under_construction", planned_investment=Decimal(50_000_000), start_actual=start)
    project(stage="under_construction", planned_investment=Decimal(49_999_999), start_actual=start)
    project(stage="ready", planned_investment=Decimal(80_000_000))
    reading = figures.entry_rate(Scope.today())
    assert list(reading.parts.values()) == [1, 2] and reading.value == 50


def test_a_rate_over_nothing_is_unknown(areas):
    for name in ("landing_rate", "maturity_rate", "investment_rate", "entry_rate", "explained_share"):
        assert getattr(figures, name)(Scope.today()).value is None
    assert rates.whole({}).landing is None


def test_two_known_days_are_counted_before_a_length_that_was_told(project, dispatcher):
    made = project()
    rows = Project.objects.filter(pk=made.pk)
    actions.state_span(made, by=dispatcher, begins="first_contact", ends="landing", length=112, unit="day", source="公开报道")
    assert speeds.span(rows, "first_contact", "landing", "day")[0] == 112
    rows.update(first_contact_on="2022-01-01", landed_on="2022-04-11")
    assert speeds.span(rows, "first_contact", "landing", "day")[0] == 100
    rows.update(landed_on="2022-04")
    assert speeds.span(rows, "first_contact", "landing", "day")[0] == 112, "a month is no day to count to"
    assert StatedSpan.objects.count() == 1


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (PartialDate(date(2020, 4, 22)), PartialDate(date(2021, 6, 22)), 14),
        (PartialDate(date(2020, 4, 22)), PartialDate(date(2021, 6, 21)), 13),
        (PartialDate(date(2020, 4, 1), "month"), PartialDate(date(2021, 6, 1), "month"), 14),
        (PartialDate(date(2020, 1, 1), "year"), PartialDate(date(2021, 6, 1), "month"), None),
        (PartialDate(date(2021, 6, 22)), PartialDate(date(2020, 4, 22)), None),
        (None, PartialDate(date(2020, 4, 22)), None),
    ],
)
def test_months_are_those_that_have_passed(first, last, months):
    assert speeds.between(first, last, "month") == months


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 3000))
def test_days_are_those_between(first, days):
    assert speeds.between(PartialDate(first), PartialDate(first + timedelta(days=days)), "day") == days
