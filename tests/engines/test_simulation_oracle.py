"""Dates of the simulation without uncertainty against a reckoning that steps from day to day: links, lags, progress, constraints, frost."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risky_plans import CALENDARS, DATA_DATE, DAY, FROST, Slow, risky_plan

from zhuanban.engines.calendars import MonthDay
from zhuanban.engines.calendars.frost import Frost, FrostWindow
from zhuanban.engines.schedules import (
    Activity,
    Constraint,
    ConstraintType,
    CycleError,
    Exposure,
    Kind,
    Link,
    LinkType,
    RiskPlan,
    ScheduleError,
    Weather,
    simulate,
)
from zhuanban.engines.schedules.distributions import Fixed

WINTER = Frost((FrostWindow(MonthDay(2, 1), MonthDay(3, 20)),), {"masonry": 0.0, "concrete": 0.5, "indoor": 1.0}, enclosed_rate=1.0)


def dates(plan: RiskPlan, frost=FROST) -> dict[str, int]:
    forecast = simulate([plan], CALENDARS, DATA_DATE, frost=frost, iterations=1)[plan.id]
    return {each.id: int(forecast.ticks(each.id)[0]) for each in plan.activities}


def finish_days(activities, links, **more) -> dict[str, date]:
    forecast = simulate([RiskPlan("p", activities, links)], CALENDARS, DATA_DATE, iterations=1, **more)["p"]
    return {each.id: forecast.at(0.5, each.id) for each in activities}


def task(name: str, days: float, calendar: str = "days", **more) -> Activity:
    return Activity(name, round(days * DAY), calendar, flagged=True, **more)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.integers(2, 9), st.booleans())
def test_every_date_is_the_one_of_the_slow_reckoning(seed, size, progress):
    plan = risky_plan("p", seed, size, progress, spread=False)
    slow = Slow(plan)
    assert dates(plan) == {each.id: slow.finish(each.id) for each in plan.activities}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**9))
def test_without_frost_too(seed):
    plan = risky_plan("p", seed, 7, spread=False)
    slow = Slow(plan, frost=None)
    assert dates(plan, None) == {each.id: slow.finish(each.id) for each in plan.activities}


def test_a_week_of_work_from_a_friday():
    assert finish_days([task("dig", 5, "office"), task("pour", 1, "site")], [Link("dig", "pour")]) == {
        "dig": date(2023, 2, 16),
        "pour": date(2023, 2, 17),
    }


def test_masonry_rests_in_winter_until_its_building_is_enclosed():
    walls = task("walls", 10, exposure=Exposure.ENCLOSABLE, work_class="masonry", enclosure="roof")
    assert finish_days([task("roof", 12), walls], [], frost=WINTER) == {"roof": date(2023, 2, 21), "walls": date(2023, 3, 3)}
    outdoors = task("walls", 10, exposure=Exposure.OUTDOOR, work_class="masonry")
    assert finish_days([task("roof", 12), outdoors], [], frost=WINTER)["walls"] == date(2023, 3, 30)


def test_half_of_the_concrete_of_a_day_is_poured_in_winter():
    pour = task("pour", 10, exposure=Exposure.OUTDOOR, work_class="concrete")
    assert finish_days([pour], [], frost=WINTER) == {"pour": date(2023, 3, 1)}


def test_what_leads_to_an_enclosure_stays_in_its_frost():
    walls = task("walls", 10, exposure=Exposure.ENCLOSABLE, work_class="concrete", enclosure="roof")
    assert finish_days([walls, task("roof", 1)], [Link("walls", "roof")], frost=WINTER)["walls"] == date(2023, 3, 1)


def test_two_enclosures_that_wait_for_each_other_s_wards_are_no_circle():
    activities = [
        task("a", 4, exposure=Exposure.ENCLOSABLE, work_class="concrete", enclosure="first"),
        task("b", 4, exposure=Exposure.ENCLOSABLE, work_class="concrete", enclosure="second"),
        task("first", 2),
        task("second", 2),
    ]
    found = finish_days(activities, [Link("a", "second"), Link("b", "first")], frost=WINTER)
    assert found["a"] < found["second"] and found["b"] < found["first"]


def test_an_enclosure_that_is_complete_shelters_at_once():
    roof = task("roof", 3, actual_start=datetime(2023, 1, 2), actual_finish=datetime(2023, 1, 5))
    walls = task("walls", 10, exposure=Exposure.ENCLOSABLE, work_class="masonry", enclosure="roof")
    assert finish_days([roof, walls], [], frost=WINTER) == {"roof": date(2023, 1, 5), "walls": date(2023, 2, 19)}


def test_retained_logic_and_no_work_before_the_data_date():
    begun = task("begun", 10, actual_start=datetime(2023, 1, 30), remaining=2 * DAY)
    late = task("late", 5)
    assert finish_days([begun, late], [Link("late", "begun")]) == {"late": date(2023, 2, 14), "begun": date(2023, 2, 16)}
    done = task("done", 10, actual_start=datetime(2023, 1, 30), actual_finish=datetime(2023, 2, 7))
    assert finish_days([done, late], [Link("done", "late", lag=2 * DAY)])["late"] == date(2023, 2, 14)
    assert finish_days([done, late], [Link("done", "late", lag=6 * DAY)])["late"] == date(2023, 2, 18)


def test_milestones_stand_on_their_side_of_a_weekend():
    end = Activity("end", 0, "office", kind=Kind.FINISH_MILESTONE, flagged=True)
    begin = Activity("begin", 0, "office", kind=Kind.START_MILESTONE, flagged=True)
    found = finish_days([task("dig", 1, "office"), end, begin], [Link("dig", "end"), Link("dig", "begin")])
    assert found["end"] == date(2023, 2, 10) and found["begin"] == date(2023, 2, 13)


def test_mandatory_dates_hold_back_and_never_break_logic():
    must = task("must", 1, constraints=(Constraint(ConstraintType.MSO, datetime(2023, 2, 12)),))
    assert finish_days([must], [])["must"] == date(2023, 2, 12)
    assert finish_days([task("dig", 5), must], [Link("dig", "must")])["must"] == date(2023, 2, 15)


def test_what_does_not_end_within_the_calendars_is_told():
    links = [Link(f"a{number}", f"a{number + 1}") for number in range(3)]
    forecast = simulate([RiskPlan("p", [task(f"a{n}", 2000) for n in range(4)], links)], CALENDARS, DATA_DATE, iterations=3)["p"]
    assert forecast.beyond("a3") == 1.0 and forecast.beyond("a0") == 0.0
    assert forecast.at(0.5, "a3") >= date(2035, 2, 1)


def test_a_season_that_shifts_is_that_season():
    pour = [task("pour", 30, exposure=Exposure.OUTDOOR, work_class="concrete")]
    for days in (-12, 9):
        shifted = Frost((FrostWindow(MonthDay(2, 1), MonthDay.parse("03-08" if days < 0 else "03-29")),), WINTER.rates)
        moved = finish_days(pour, [], frost=WINTER, weather=Weather(Fixed(days)))
        assert moved == finish_days(pour, [], frost=shifted)


def test_plans_that_cannot_be_calculated():
    pair = [task("a", 1), task("b", 1), task("c", 1)]
    with pytest.raises(CycleError) as error:
        finish_days(pair, [Link("a", "b"), Link("b", "a", LinkType.SS), Link("b", "c")])
    assert error.value.ids == ("a", "b")
    with pytest.raises(ScheduleError, match="'x'"):
        finish_days(pair, [Link("a", "x")])
    with pytest.raises(ScheduleError, match="two activities"):
        finish_days([*pair, task("a", 2)], [])
    with pytest.raises(ValueError, match="unknown calendar 'moon'"):
        finish_days([task("a", 1, "moon")], [])
    with pytest.raises(ValueError, match="activity 'a': no winter rate for work of class 'magic'"):
        finish_days([task("a", 1, exposure=Exposure.OUTDOOR, work_class="magic")], [], frost=WINTER)
