"""What must hold of every plan, whatever its features."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_plans import CALENDARS, DATA_DATE, records

from zhuanban.engines.schedules import Activity, ConstraintType, Network, schedule

seeds = st.integers(0, 2**32)


def calculate(activities, links, data_date=DATA_DATE, **options):
    return schedule(Network.from_records(activities, links), CALENDARS, data_date, project_calendar="site", **options)


@given(seeds, st.sampled_from(["retained_logic", "progress_override"]))
@settings(max_examples=80, deadline=None)
def test_no_remaining_work_is_placed_before_the_data_date_and_no_actual_date_moves(seed, mode):
    result = calculate(*records(seed), mode=mode)
    assert not len(result.network) or result.early_start.min() >= np.datetime64(DATA_DATE)
    for activity in result.network.activities:
        row = result.row(activity.id)
        assert row.early_start <= row.early_finish and row.late_start <= row.late_finish
        if activity.actual_start is not None:
            assert row.start == activity.actual_start
        if activity.actual_finish is not None:
            assert row.finish == activity.actual_finish and not row.critical and row.total_float == row.free_float == 0


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_the_work_between_start_and_finish_is_what_remains(seed):
    result = calculate(*records(seed))
    positions = result.positions
    assert (positions.early_finish - positions.early_start == result.remaining).all()
    assert (positions.late_finish - positions.late_start == result.remaining).all()


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_calculating_again_without_progress_changes_nothing(seed):
    activities, links = records(seed)
    first = calculate(activities, links)
    again = calculate(activities, links)
    assert list(first.rows()) == list(again.rows())
    same = first.network.with_activities(activities[:0])
    assert list(schedule(same, CALENDARS, DATA_DATE, project_calendar="site").rows()) == list(first.rows())


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_an_update_in_which_all_went_as_planned_keeps_every_date(seed):
    """A later data date, with the actual dates of the plan until then and nothing else: the forecast stays."""
    activities, links = unforced(seed)
    before = calculate(activities, links)
    later = DATA_DATE + timedelta(hours=72)
    reported = [as_planned(each, before, later) for each in activities]
    after = calculate(reported, links, later)
    for activity, row in zip(before.network.activities, before.rows(), strict=True):
        calendar = CALENDARS[activity.calendar]
        assert calendar.position(after.row(row.id).finish) == calendar.position(row.finish)


def unforced(seed: int):
    """A plan without progress, constraints and lags, whose links join a finish to a start."""
    activities, links = records(seed - seed % 3)
    plain = [replace(each, constraints=(), expected_finish=None) for each in activities]
    return plain, [replace(link, lag=0, type=type(link.type).FS) for link in links]


def as_planned(activity: Activity, result, now: datetime) -> Activity:
    if activity.id not in result.network.index:
        return activity
    row, calendar = result.row(activity.id), CALENDARS[activity.calendar]
    if row.finish <= now:
        return replace(activity, actual_start=row.start, actual_finish=row.finish, remaining=None)
    if row.start >= now:
        return activity
    return replace(activity, actual_start=row.start, remaining=calendar.between(now, row.finish))


@given(seeds, st.integers(1, 2000))
@settings(max_examples=60, deadline=None)
def test_longer_work_never_finishes_anything_earlier(seed, more):
    activities, links = unforced(seed)
    before = calculate(activities, links)
    chosen = activities[more % len(activities)]
    longer = [replace(each, duration=each.duration + more) if each is chosen and each.duration else each for each in activities]
    after = calculate(longer, links)
    assert (after.early_finish >= before.early_finish).all()


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_somebody_is_critical_and_the_longest_path_ends_last(seed):
    activities, links = unforced(seed)
    result = calculate([replace(each, calendar="office") for each in activities], links)
    if not len(result.network):
        return
    assert result.total_float.min() == 0 and (result.free_float <= result.total_float).all()
    assert result.longest_path.any() and (result.total_float[result.longest_path] == 0).all()
    assert (result.longest_path >= (result.early_finish == result.early_finish.max())).all()


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_slipping_by_the_free_float_moves_no_successor_and_by_more_moves_one(seed):
    activities, links = unforced(seed)
    result = calculate(activities, links)
    for row in result.rows():
        activity = next(each for each in activities if each.id == row.id)
        if not activity.duration or not any(link.predecessor == row.id for link in links):
            continue
        slipped = [replace(each, duration=each.duration + row.free_float) if each is activity else each for each in activities]
        after = calculate(slipped, links)
        others = np.array([id != row.id for id in result.network.ids])
        assert (after.positions.early_start[others] == result.positions.early_start[others]).all()


def test_a_constraint_that_wishes_a_date_never_pulls_work_before_the_data_date():
    for kind in ConstraintType:
        for seed in range(30):
            activities, links = records(seed * 3)
            asked = [replace(each, constraints=tuple(replace(one, type=kind) for one in each.constraints)) for each in activities]
            result = calculate(asked, links)
            assert not len(result.network) or result.early_start.min() >= np.datetime64(DATA_DATE)
