"""The frost season: the winter period of a temperature series and a city's yearly dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.engines.calendars import DEFAULT_SEASON, MonthDay, Season, WinterPeriod, winter_period

OCTOBER = date(2022, 10, 1)


def series(*means: float) -> dict[date, float]:
    return {OCTOBER + timedelta(days=number): mean for number, mean in enumerate(means)}


def test_winter_begins_with_the_first_of_five_cold_days_and_ends_before_five_warm_ones():
    means = series(8, 4, 4, 4, 4, 9, *[3] * 5, 6, 2, *[6] * 5)
    assert winter_period(means) == WinterPeriod(start=date(2022, 10, 7), end=date(2022, 10, 13))


def test_a_mean_of_exactly_five_degrees_belongs_to_neither_run():
    assert winter_period(series(4, 4, 5, 4, 4, 4, 4)) is None
    assert winter_period(series(*[4] * 5, 6, 6, 5, 6, 6, 6, 6)) == WinterPeriod(OCTOBER, None)


def test_a_day_without_a_reading_breaks_a_run():
    means = series(*[4] * 6)
    del means[OCTOBER + timedelta(days=3)]
    assert winter_period(means) is None


def test_a_warm_autumn_before_the_frost_does_not_end_the_winter():
    assert winter_period(series(*[9] * 6, *[1] * 6)) == WinterPeriod(OCTOBER + timedelta(days=6), None)


def test_an_empty_series_has_no_winter():
    assert winter_period({}) is None


@given(st.lists(st.floats(-30, 30), min_size=5, max_size=60))
def test_the_winter_found_is_the_one_that_the_standard_describes(means):
    found = winter_period(series(*means))
    cold = [index for index in range(len(means) - 4) if all(mean < 5 for mean in means[index : index + 5])]
    if not cold:
        assert found is None
        return
    warm = [index for index in range(cold[0] + 5, len(means) - 4) if all(mean > 5 for mean in means[index : index + 5])]
    assert found.start == OCTOBER + timedelta(days=cold[0])
    assert found.end == (OCTOBER + timedelta(days=warm[0] - 1) if warm else None)


@pytest.mark.parametrize(
    ("day", "winter"), [("2022-10-19", False), ("2022-10-20", True), ("2023-01-01", True), ("2023-04-10", True), ("2023-04-11", False)]
)
def test_the_default_winter_of_changchun_runs_over_new_year(day, winter):
    assert DEFAULT_SEASON.in_season(date.fromisoformat(day)) is winter


def test_outdoor_wet_work_rests_and_heating_runs_in_their_own_spans():
    assert DEFAULT_SEASON.outdoor_stopped(date(2022, 11, 15)) and DEFAULT_SEASON.outdoor_stopped(date(2023, 3, 15))
    assert not DEFAULT_SEASON.outdoor_stopped(date(2023, 3, 16))
    assert DEFAULT_SEASON.heated(date(2023, 4, 6)) and not DEFAULT_SEASON.heated(date(2023, 4, 7))


def test_the_next_enclosure_deadline_is_today_s_or_the_coming_one():
    assert DEFAULT_SEASON.next_frost_deadline(date(2022, 11, 15)) == date(2022, 11, 15)
    assert DEFAULT_SEASON.next_frost_deadline(date(2022, 11, 16)) == date(2023, 11, 15)


def test_a_season_within_one_year_needs_no_new_year():
    spring = MonthDay.parse("03-01")
    summer = MonthDay.parse("06-30")
    southern = Season(spring, summer, spring, summer, spring, spring, summer)
    assert southern.in_season(date(2023, 5, 1)) and not southern.in_season(date(2023, 12, 1))


def test_a_yearly_day_must_exist_and_the_leap_day_gives_way():
    assert MonthDay(2, 29).in_year(2023) == date(2023, 2, 28)
    with pytest.raises(ValueError):
        MonthDay(2, 30)
