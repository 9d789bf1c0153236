"""Working time to the minute: boundaries of shifts, nights, exceptions, and the tables against a count of every minute."""

import doctest
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhuanban.engines.calendars import ShiftCalendar, WorkCalendar, shifts, tables
from zhuanban.engines.calendars.tables import SPANS, BeyondSpan, CalendarTables, day_of, moment

FIRST = datetime(2023, 2, 6)
CALENDARS = {
    "office": ShiftCalendar.weekly("office", closed=[date(2023, 2, 8)]),
    "site": ShiftCalendar.six_day_site([date(2023, 2, 9)]),
    "night": ShiftCalendar("night", (((1320, 1800),),) * 5 + ((), ())),
    "three shifts": ShiftCalendar("three shifts", (((0, 480), (480, 960), (960, 1440)),) * 7),
    "odd": ShiftCalendar("odd", (((7, 8), (100, 1439)),) * 6 + ((),), {date(2023, 2, 11): ((1400, 1500),), date(2023, 2, 12): ((30, 90),)}),
    "always": ShiftCalendar.always(),
}
instants = st.integers(0, 14 * 1440 - 1).map(lambda minute: FIRST + timedelta(minutes=minute))


def minutes_of(calendar: ShiftCalendar) -> list[datetime]:
    """Every minute of work of three weeks, from the shifts as they were given."""
    worked = set()
    for day in range(-1, 21):
        midnight = FIRST + timedelta(days=day)
        for start, end in calendar.shifts_on(midnight.date()):
            worked.update(midnight + timedelta(minutes=minute) for minute in range(start, end))
    return sorted(worked)


ALL_MINUTES = {key: minutes_of(calendar) for key, calendar in CALENDARS.items()}


@pytest.mark.parametrize("module", [shifts, tables])
def test_the_examples_in_the_docstrings_run(module):
    result = doctest.testmod(module)
    assert result.attempted and not result.failed


@pytest.mark.parametrize("key", CALENDARS)
@given(first=instants, last=instants)
@settings(max_examples=40, deadline=None)
def test_work_between_two_instants_is_the_count_of_minutes(key, first, last):
    first, last = sorted((first, last))
    assert CALENDARS[key].between(first, last) == sum(first <= minute < last for minute in ALL_MINUTES[key])


@pytest.mark.parametrize("key", CALENDARS)
@given(at=instants)
@settings(max_examples=40, deadline=None)
def test_a_boundary_has_two_sides_and_both_hold_the_same_position(key, at):
    calendar = CALENDARS[key]
    position = calendar.position(at)
    start, finish = calendar.instant(position), calendar.instant(position, "finish")
    assert finish <= at <= start
    assert calendar.position(start) == calendar.position(finish) == position
    assert start == next(minute for minute in ALL_MINUTES[key] if minute >= at)
    if finish > FIRST - timedelta(days=1):
        assert not calendar.between(finish, at) and calendar.between(finish - timedelta(minutes=1), finish) == 1


@given(at=instants, minutes=st.integers(-900, 900))
@settings(max_examples=60, deadline=None)
def test_adding_work_and_taking_it_away_leads_back_to_the_same_position(at, minutes):
    for calendar in CALENDARS.values():
        moved = calendar.add(at, minutes)
        assert calendar.between(at, moved) == minutes
        assert calendar.position(calendar.add(moved, -minutes)) == calendar.position(at)


def test_work_added_ends_with_the_shift_and_work_taken_away_begins_with_it():
    office = CALENDARS["office"]
    assert office.add(datetime(2023, 2, 7, 8), 480) == datetime(2023, 2, 7, 17)
    assert office.add(datetime(2023, 2, 7, 8), 481) == datetime(2023, 2, 9, 8, 1)
    assert office.add(datetime(2023, 2, 9, 17), -480) == datetime(2023, 2, 9, 8)
    assert office.add(datetime(2023, 2, 11), 0) == datetime(2023, 2, 11)


def test_a_night_shift_runs_over_midnight_into_the_rest_day():
    night = CALENDARS["night"]
    friday = datetime(2023, 2, 10, 22)
    assert night.add(friday, 480) == datetime(2023, 2, 11, 6)
    assert night.add(friday, 481) == datetime(2023, 2, 13, 22, 1)
    assert night.position(datetime(2023, 2, 11, 6)) == night.position(datetime(2023, 2, 13, 22))


def test_a_shift_that_meets_the_night_shift_counts_its_minutes_once():
    meeting = ShiftCalendar("meeting", (((300, 420), (1200, 1800)),) * 7)
    assert meeting.between(datetime(2023, 2, 7), datetime(2023, 2, 8)) == 420 + 240


def test_site_calendars_rest_on_sundays_at_spring_festival_or_never():
    festival = [date(2023, 1, day) for day in range(21, 28)]
    assert ShiftCalendar.six_day_site(festival).between(datetime(2023, 1, 16), datetime(2023, 1, 30)) == 6 * 600
    assert ShiftCalendar.continuous_site(festival).between(datetime(2023, 1, 16), datetime(2023, 1, 30)) == 7 * 1440
    assert ShiftCalendar.six_day_site().days(1500) == 2.5


def test_office_hours_follow_the_make_up_days_of_the_statutory_calendar():
    notice = {date(2023, 1, 27): False, date(2023, 1, 28): True}
    office = ShiftCalendar.office(WorkCalendar(notice, frozenset({2023}), "notice"))
    assert [office.minutes_on(date(2023, 1, day)) for day in (26, 27, 28, 29)] == [480, 0, 480, 0]
    assert office.version == "notice"
    assert office.add(datetime(2023, 1, 26, 17), 60) == datetime(2023, 1, 28, 9)


def test_many_calendars_at_once_are_read_as_each_alone():
    names = list(CALENDARS)
    many = CalendarTables([CALENDARS[name] for name in names], SPANS[0])
    dice = np.random.default_rng(5)
    which = dice.integers(0, len(names), 3000)
    first = day_of(date(2022, 11, 1)) * 1440 - many.first_moment
    at = first + dice.integers(0, 200 * 1440, 3000)
    work = many.work(which, at)
    for number, when, position, start, finish in zip(which, at, work, many.start(which, work), many.finish(which, work), strict=True):
        calendar = CALENDARS[names[number]]
        instant = tables.EPOCH + timedelta(minutes=int(when) + many.first_moment)
        own = calendar.position(instant)
        assert own == position - many.origins[number]
        assert moment(calendar.instant(own)) == start + many.first_moment
        assert moment(calendar.instant(own, "finish")) == finish + many.first_moment


def test_positions_do_not_depend_on_how_far_the_years_reach():
    office = CALENDARS["office"]
    assert office.position(datetime(2000, 1, 1)) == 0
    assert office.position(datetime(1999, 12, 31, 17)) == 0 and office.position(datetime(1999, 12, 31, 16)) == -60
    far = office.position(datetime(2150, 1, 5, 9))
    assert office.instant(far) == datetime(2150, 1, 5, 9)


def test_what_lies_beyond_the_years_is_refused():
    with pytest.raises(ValueError, match="beyond the years"):
        CALENDARS["office"].position(datetime(1800, 1, 1))
    with pytest.raises(ValueError, match="no working time"):
        CALENDARS["office"].instant(10**12)
    with pytest.raises(ValueError, match="no working time"):
        ShiftCalendar.weekly("idle", rest=range(7)).instant(0)
    many = CalendarTables([CALENDARS["office"]], SPANS[0])
    for beyond in (-1, 10**9):
        with pytest.raises(BeyondSpan):
            many.start(np.array([0]), np.array([beyond]))
        with pytest.raises(BeyondSpan):
            many.work(np.array([0]), np.array([beyond]))


@pytest.mark.parametrize("shift", [(480, 480), (500, 480), (-1, 20), (1440, 1500), (1000, 2441)])
def test_an_impossible_shift_is_refused(shift):
    with pytest.raises(ValueError, match="a shift from minute"):
        ShiftCalendar("wrong", ((shift,),) * 7)


def test_overlapping_shifts_and_short_weeks_are_refused():
    with pytest.raises(ValueError, match="overlap"):
        ShiftCalendar("wrong", (((480, 720), (700, 800)),) * 7)
    with pytest.raises(ValueError, match="a week of 6 days"):
        ShiftCalendar("wrong", ((),) * 6)
    with pytest.raises(ValueError, match="a day of 0 minutes"):
        ShiftCalendar("wrong", ((),) * 7, minutes_per_day=0)
