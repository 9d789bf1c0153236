"""A plan against its baseline and against the money: variances, logic, earned value and earned schedule, by hand."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_plans import CALENDARS, DATA_DATE, records

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import (
    Activity,
    Baseline,
    BaselineDates,
    Kind,
    Link,
    LinkType,
    Network,
    ScheduleError,
    compare_baseline,
    earned_share,
    earned_value,
    planned_curve,
    schedule,
)

DAY = 480
MONDAY = datetime(2023, 2, 6, 8)
FIVE = {"five": ShiftCalendar.weekly("five"), "24h": ShiftCalendar.always()}


def day(number: int, hour: int = 17) -> datetime:
    return datetime(2023, 2, number, hour)


def plan(activities, links):
    return schedule(Network.from_records(activities, links), FIVE, MONDAY)


# -------------------------------------------------------------------------------------------------------------- baseline


def test_a_baseline_and_its_own_plan_do_not_differ():
    result = plan([Activity("A", DAY, "five"), Activity("B", DAY, "five")], [Link("A", "B")])
    comparison = compare_baseline(result, Baseline.of(result))
    assert not comparison.added and not comparison.removed and not comparison.logic_changed and comparison.finish_days == 0
    assert {each.finish_days for each in comparison.variances.values()} == {0}


def test_a_slip_is_counted_in_the_working_days_of_the_activity():
    promised = Baseline.of(plan([Activity("A", 5 * DAY, "five"), Activity("B", DAY, "24h")], [Link("A", "B")]))
    now = plan([Activity("A", 6 * DAY, "five"), Activity("B", DAY, "24h")], [Link("A", "B")])
    comparison = compare_baseline(now, promised)
    assert comparison.finish_variance("A") == 1 and comparison.variances["A"].start_days == 0
    assert comparison.finish_variance("B") == 3, "from Saturday 1:00 to Tuesday 1:00"
    assert comparison.finish_days == 3


def test_what_came_went_and_was_linked_otherwise_is_listed():
    before = plan([Activity(id, DAY, "five") for id in "ABCX"], [Link("A", "B"), Link("B", "C"), Link("X", "C")])
    summary = Activity("phase", 0, "five", kind=Kind.SUMMARY)
    links = [Link("A", "B", lag=60), Link("A", "C", LinkType.SS), Link("N", "C")]
    now = plan([*(Activity(id, DAY, "five") for id in "ABCN"), summary], links)
    baseline = Baseline.of(before)
    held = Baseline({**baseline.dates, "phase": BaselineDates(MONDAY, MONDAY, "five")}, baseline.links)
    comparison = compare_baseline(now, held)
    assert comparison.added == ("N",) and comparison.removed == ("X",)
    changed = {(each.predecessor, each.successor): (each.before, each.now) for each in comparison.logic_changed}
    assert changed == {
        ("A", "B"): ((Link("A", "B"),), (links[0],)),
        ("B", "C"): ((Link("B", "C"),), ()),
        ("A", "C"): ((), (links[1],)),
    }
    assert compare_baseline(now, Baseline(held.dates)).logic_changed == ()


def test_an_empty_plan_has_nothing_to_compare():
    empty = plan([], [])
    comparison = compare_baseline(empty, Baseline({}))
    assert comparison.finish_days is None and comparison.variances == {}


@given(st.integers(0, 2**32), st.integers(0, 12))
@settings(max_examples=30, deadline=None)
def test_variance_is_the_work_between_then_and_now(seed, slipped):
    activities, links = records(seed)
    network = Network.from_records(activities, links)
    before = schedule(network, CALENDARS, DATA_DATE)
    after = schedule(network, CALENDARS, DATA_DATE + timedelta(hours=slipped))
    for row in compare_baseline(after, Baseline.of(before)).variances.values():
        at = network.index[row.activity]
        calendar = CALENDARS[network.activities[at].calendar]
        assert row.finish_minutes == calendar.between(before.finish[at].item(), after.finish[at].item())
        assert row.finish_days == row.finish_minutes / calendar.minutes_per_day


# ------------------------------------------------------------------------------------------------------------ earned value

# Two weeks: A spends 1,000 over Monday to Friday, B 500 over the next week; a milestone pays 100 at the end.
PROMISED = Baseline(
    {
        "A": BaselineDates(MONDAY, day(10), "five", 1000),
        "B": BaselineDates(day(13, 8), day(17), "five", 500),
        "C": BaselineDates(day(17), day(17), "five", 100),
    }
)
A = Activity("A", 5 * DAY, "five")
B = Activity("B", 5 * DAY, "five")
C = Activity("C", 0, "five", kind=Kind.FINISH_MILESTONE)


def test_the_planned_value_grows_with_working_time_and_rests_with_it():
    curve = planned_curve(PROMISED, FIVE)
    assert curve.first == date(2023, 2, 6)
    assert curve.value.tolist() == [0, 200, 400, 600, 800, 1000, 1000, 1000, 1100, 1200, 1300, 1400, 1600]
    assert curve.at(day(8, 0)) == 400 and curve.at(day(8, 12)) == 500
    assert curve.at(day(1)) == 0 and curve.at(datetime(2024, 1, 1)) == 1600


def test_earned_value_and_earned_schedule_in_the_middle_of_a_late_plan():
    """On Wednesday evening at midnight: 600 planned, 400 earned, which was planned for Tuesday night."""
    now = datetime(2023, 2, 9)
    value = earned_value([replace(A, actual_start=MONDAY, remaining=3 * DAY), B, C], PROMISED, FIVE, now, 500)
    assert (value.pv, value.ev, value.ac, value.bac) == (600, pytest.approx(400), 500, 1600)
    assert value.sv == pytest.approx(-200) and value.cv == pytest.approx(-100)
    assert value.spi == pytest.approx(2 / 3) and value.cpi == pytest.approx(0.8) and value.eac == pytest.approx(2000)
    assert value.earned_schedule == pytest.approx(2) and value.actual_time == 3 and value.sv_t == pytest.approx(-1)
    assert value.planned_duration == 12 and value.spi_t == pytest.approx(2 / 3) and value.ieac_t == pytest.approx(18)
    assert value.finish_t == date(2023, 2, 23) and value.unknown == ()


def test_at_the_end_spi_tells_nothing_and_spi_of_t_the_truth():
    done = [replace(each, actual_start=MONDAY, actual_finish=day(24)) for each in (A, B, C)]
    value = earned_value(done, PROMISED, FIVE, datetime(2023, 2, 25), {"A": 1000, "B": 800})
    assert value.spi == 1 and value.ev == value.bac == 1600 and value.ac == 1800
    assert value.earned_schedule == 12 and value.actual_time == 19 and value.spi_t == pytest.approx(12 / 19)


def test_what_nobody_knows_is_not_made_up():
    started = replace(A, actual_start=MONDAY)
    value = earned_value([started, B], PROMISED, FIVE, datetime(2023, 2, 6))
    assert value.ac is value.cv is value.cpi is value.eac is None
    assert value.unknown == ("A",) and value.ev == 0 and value.pv == 0
    assert value.spi is value.spi_t is value.ieac_t is value.finish_t is None and value.earned_schedule == 0


def test_a_pause_in_the_plan_ends_before_more_is_earned():
    half = [replace(A, actual_start=MONDAY, actual_finish=day(10)), B, C]
    value = earned_value(half, PROMISED, FIVE, datetime(2023, 2, 11))
    assert value.ev == value.pv == 1000 and value.earned_schedule == 7, "the weekend was planned to bring nothing"


def test_a_plan_without_a_budget_or_a_calendar_cannot_be_measured():
    with pytest.raises(ScheduleError, match="no budget"):
        planned_curve(Baseline({"A": BaselineDates(MONDAY, day(10), "five")}), FIVE)
    with pytest.raises(ScheduleError, match="no calendar 'moon'"):
        planned_curve(Baseline({"A": BaselineDates(MONDAY, day(10), "moon", 5)}), FIVE)


@pytest.mark.parametrize(
    ("given", "share"),
    [
        ({}, 0),
        ({"actual_start": MONDAY, "percent": 30.0}, 0.3),
        ({"actual_start": MONDAY, "percent": 130.0}, 1),
        ({"actual_start": MONDAY, "remaining": 480}, 0.8),
        ({"actual_start": MONDAY, "remaining": 4800}, 0),
        ({"actual_start": MONDAY}, None),
        ({"actual_start": MONDAY, "actual_finish": MONDAY}, 1),
    ],
)
def test_the_share_that_is_done(given, share):
    assert earned_share(replace(A, **given)) == (share if share is None else pytest.approx(share))


@given(st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
@example(59383)  # one milestone, reached when the plan begins
def test_the_planned_curve_never_falls_and_ends_with_the_whole_budget(seed):
    activities, links = records(seed)
    result = schedule(
        Network.from_records([replace(each, budget=1 + at) for at, each in enumerate(activities)], links), CALENDARS, DATA_DATE
    )
    baseline = Baseline.of(result)
    if not baseline.dates:
        return
    curve = planned_curve(baseline, CALENDARS)
    midnight = datetime(curve.first.year, curve.first.month, curve.first.day)
    at_once = sum(each.budget for each in baseline.dates.values() if each.finish <= midnight)
    assert (np.diff(curve.value) >= -1e-9).all() and curve.value[0] == at_once
    assert curve.value[-1] == sum(each.budget for each in baseline.dates.values()) and (curve.value[:-1] < curve.value[-1]).all()
    for share in (0.1, 0.5, 0.99):
        when, asked = curve.time_of(share * curve.value[-1]), max(share * curve.value[-1], at_once)
        assert np.interp(when, np.arange(len(curve.value)), curve.value) == pytest.approx(asked)
