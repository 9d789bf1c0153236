"""The working-day calendar: printed vectors, stops of the clock, years without a table, and an oracle that counts day by day."""

import doctest
import importlib
import pkgutil
import time as clock
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.engines import calendars
from zhuanban.engines.calendars import Elapsed, Pause, WorkCalendar
from zhuanban.kernel import calendar_seed

SEED = calendar_seed.read()
OFFICE = WorkCalendar({each.day: each.is_workday for each in SEED}, frozenset(each.day.year for each in SEED), "seed")

days = st.dates(date(2004, 1, 1), date(2028, 12, 31))
limits = st.integers(0, 120)


@st.composite
def pauses(draw: st.DrawFn) -> Pause:
    start = draw(st.dates(date(2021, 12, 1), date(2023, 6, 30)))
    return Pause(start, start + timedelta(days=draw(st.integers(0, 40))))


def naive_due(accepted_on: date, limit: int, stopped: list[Pause]) -> date:
    """Walks day by day; a day inside (start, end] of a pause does not count."""
    day, due = accepted_on, accepted_on
    while limit:
        day += timedelta(days=1)
        if OFFICE.is_workday(day) and not any(pause.start < day <= pause.end for pause in stopped):
            limit, due = limit - 1, day
    return due


@pytest.mark.parametrize("module", [name for _, name, _ in pkgutil.iter_modules(calendars.__path__)])
def test_the_examples_in_the_docstrings_run(module):
    result = doctest.testmod(importlib.import_module(f"{calendars.__name__}.{module}"))
    assert result.attempted and not result.failed


@pytest.mark.parametrize(
    ("accepted_on", "limit", "due"),
    [
        ("2022-09-29", 2, "2022-10-08"),  # a make-up Saturday
        ("2022-04-29", 5, "2022-05-10"),
        ("2023-01-20", 20, "2023-02-22"),
        ("2025-09-30", 2, "2025-10-10"),
        ("2026-02-14", 1, "2026-02-24"),
    ],
)
def test_promises_over_the_holidays_fall_due_as_the_state_council_s_table_says(accepted_on, limit, due):
    assert OFFICE.due(date.fromisoformat(accepted_on), limit) == date.fromisoformat(due)


def test_a_make_up_saturday_is_worked_and_a_holiday_monday_is_not():
    assert OFFICE.is_workday(date(2022, 10, 8))
    assert not OFFICE.is_workday(date(2022, 10, 3))


def test_the_same_day_has_no_working_days_elapsed():
    assert OFFICE.elapsed_working_days(date(2023, 2, 10), date(2023, 2, 10)) == 0


def test_a_limit_in_calendar_days_rolls_forward_over_a_holiday():
    assert OFFICE.due_calendar_days(date(2022, 9, 26), 5) == date(2022, 10, 8)
    assert OFFICE.due_calendar_days(date(2022, 9, 26), 2) == date(2022, 9, 28)


@pytest.mark.parametrize(
    ("submitted_at", "accepted_on"),
    [
        (datetime(2023, 2, 10, 16, 59), date(2023, 2, 10)),
        (datetime(2023, 2, 10, 17, 0), date(2023, 2, 10)),
        (datetime(2023, 2, 10, 17, 0, 1), date(2023, 2, 13)),
        (datetime(2023, 2, 11, 9, 0), date(2023, 2, 13)),  # a Saturday
        (datetime(2023, 1, 20, 18, 0), date(2023, 1, 28)),  # Friday evening before Spring Festival, worked again on Saturday
        (datetime(2023, 2, 10, 9, 30, tzinfo=UTC), date(2023, 2, 13)),  # 17:30 in Changchun
    ],
)
def test_papers_handed_in_after_hours_are_accepted_the_next_working_day(submitted_at, accepted_on):
    assert OFFICE.acceptance_day(submitted_at) == accepted_on


def test_a_city_may_close_at_another_hour():
    assert OFFICE.acceptance_day(datetime(2023, 2, 10, 16, 45), close=time(16, 30)) == date(2023, 2, 13)


def test_a_year_without_a_table_is_provisional_and_keeps_the_fixed_holidays():
    assert OFFICE.provisional(2027) and not OFFICE.provisional(2026)
    assert not OFFICE.is_workday(date(2027, 10, 1))  # a Friday
    assert OFFICE.is_workday(date(2027, 2, 8))  # Spring Festival will be there, but nobody has said so yet


def test_a_deadline_that_touches_a_provisional_year_says_so():
    accepted_on = date(2026, 12, 24)
    assert not OFFICE.touches_provisional(accepted_on, OFFICE.due(accepted_on, 5))
    assert OFFICE.touches_provisional(accepted_on, OFFICE.due(accepted_on, 6))
    assert OFFICE.due(accepted_on, 6) == date(2027, 1, 4)


def test_a_day_listed_for_a_year_without_a_full_table_counts():
    early = WorkCalendar({date(2027, 2, 8): False}, frozenset(), "draft")
    assert not early.is_workday(date(2027, 2, 8)) and early.provisional(2027)


def test_a_calendar_does_not_change_with_the_table_it_was_built_from():
    table = {date(2023, 2, 11): True}
    saturday_worked = WorkCalendar(table, frozenset({2023}), "v1")
    table.clear()
    assert saturday_worked.is_workday(date(2023, 2, 11))


def test_a_stopped_clock_owes_no_day_until_it_runs_again():
    assert OFFICE.due_with_pauses(date(2023, 2, 6), 5, [Pause(date(2023, 2, 8))]) is None
    assert OFFICE.due_with_pauses(date(2023, 2, 6), 5, [Pause(date(2023, 2, 8), date(2023, 2, 15))]) == date(2023, 2, 20)


def test_a_pause_that_begins_on_the_due_day_comes_too_late():
    assert OFFICE.due_with_pauses(date(2023, 2, 6), 5, [Pause(date(2023, 2, 13))]) == date(2023, 2, 13)


def test_overlapping_pauses_count_once():
    overlapping = [Pause(date(2023, 2, 9), date(2023, 2, 14)), Pause(date(2023, 2, 8), date(2023, 2, 10))]
    assert OFFICE.due_with_pauses(date(2023, 2, 6), 5, overlapping) == OFFICE.due_with_pauses(
        date(2023, 2, 6), 5, [Pause(date(2023, 2, 8), date(2023, 2, 14))]
    )


def test_statutory_days_stand_beside_the_days_felt_by_the_owner():
    make_good = [Pause(date(2023, 1, 18), date(2023, 1, 31))]
    assert OFFICE.elapsed(date(2023, 1, 16), date(2023, 2, 3), make_good) == Elapsed(statutory_days=5, working_days=11, calendar_days=18)


def test_an_open_pause_keeps_the_statutory_clock_standing():
    assert OFFICE.statutory_days(date(2023, 2, 6), date(2023, 2, 24), [Pause(date(2023, 2, 8))]) == 2


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="-1 days"):
        OFFICE.due(date(2023, 2, 6), -1)
    with pytest.raises(ValueError, match="-1 days"):
        OFFICE.due_calendar_days(date(2023, 2, 6), -1)
    with pytest.raises(ValueError, match="before its start"):
        Pause(date(2023, 2, 6), date(2023, 2, 5))
    with pytest.raises(ValueError, match="beyond the calendar"):
        OFFICE.due(date(9999, 12, 1), 60)
    with pytest.raises(ValueError, match="no working day before"):
        WorkCalendar({}, frozenset(), "plain").previous_workday(date(1, 1, 1))


@given(days, limits)
def test_elapsed_undoes_due(accepted_on, limit):
    assert OFFICE.elapsed_working_days(accepted_on, OFFICE.due(accepted_on, limit)) == limit


@given(days, st.integers(1, 120))
def test_a_deadline_is_a_working_day(accepted_on, limit):
    assert OFFICE.is_workday(OFFICE.due(accepted_on, limit))


@given(days, limits, st.integers(0, 30), st.integers(0, 30))
def test_a_later_acceptance_or_a_longer_limit_never_falls_due_earlier(accepted_on, limit, later, longer):
    assert OFFICE.due(accepted_on, limit) <= OFFICE.due(accepted_on + timedelta(days=later), limit + longer)


@given(days, limits, limits)
def test_limits_add_up(accepted_on, first, second):
    assert OFFICE.due(OFFICE.due(accepted_on, first), second) == OFFICE.due(accepted_on, first + second)


@given(days, days, days)
def test_elapsed_days_add_up_and_turn_their_sign_with_the_direction(first, second, third):
    assert OFFICE.elapsed_working_days(first, second) + OFFICE.elapsed_working_days(second, third) == OFFICE.elapsed_working_days(
        first, third
    )
    assert OFFICE.elapsed_working_days(first, second) == -OFFICE.elapsed_working_days(second, first)


@given(days)
def test_the_next_working_day_and_the_previous_one_enclose_no_other(day):
    after, before = OFFICE.next_workday(day), OFFICE.previous_workday(day)
    assert before < day < after and OFFICE.is_workday(before) and OFFICE.is_workday(after)
    assert OFFICE.elapsed_working_days(before, after) == 1 + OFFICE.is_workday(day)


@given(st.dates(date(2022, 1, 1), date(2023, 3, 31)), st.integers(0, 40), st.lists(pauses(), max_size=4))
def test_due_dates_equal_a_count_day_by_day(accepted_on, limit, stopped):
    assert OFFICE.due_with_pauses(accepted_on, limit, stopped) == naive_due(accepted_on, limit, stopped)


@given(st.dates(date(2022, 1, 1), date(2023, 3, 31)), st.integers(0, 40), st.lists(pauses(), max_size=4))
def test_at_the_deadline_exactly_the_statutory_days_have_run(accepted_on, limit, stopped):
    due = OFFICE.due_with_pauses(accepted_on, limit, stopped)
    assert OFFICE.statutory_days(accepted_on, due, stopped) == limit


@given(st.dates(date(2022, 1, 1), date(2023, 3, 31)), st.integers(3, 40), st.integers(0, 30))
def test_a_pause_before_the_due_day_adds_its_working_days(accepted_on, limit, length):
    pause = Pause(accepted_on + timedelta(days=1), accepted_on + timedelta(days=1 + length))
    added = OFFICE.elapsed_working_days(pause.start, pause.end)
    assert OFFICE.due_with_pauses(accepted_on, limit, [pause]) == OFFICE.due(accepted_on, limit + added)


@given(st.dates(date(2022, 1, 1), date(2023, 3, 31)), st.integers(0, 40), st.lists(pauses(), max_size=4), pauses())
def test_one_more_pause_never_brings_a_deadline_forward(accepted_on, limit, stopped, another):
    assert OFFICE.due_with_pauses(accepted_on, limit, stopped) <= OFFICE.due_with_pauses(accepted_on, limit, [*stopped, another])


def test_twenty_thousand_deadlines_take_well_under_a_second():
    fresh = WorkCalendar(OFFICE.irregular, OFFICE.known_years, "fresh")
    pause = [Pause(date(2023, 2, 8), date(2023, 2, 20))]
    started = clock.perf_counter()
    for number in range(20_000):
        fresh.due_with_pauses(date(2022, 1, 1) + timedelta(days=number % 700), number % 60, pause)
    assert clock.perf_counter() - started < 1


def test_the_seed_says_what_the_package_says():
    package = pytest.importorskip("chinese_calendar")
    day = date(2004, 1, 1)
    while day <= date(2026, 12, 31):
        assert OFFICE.is_workday(day) == package.is_workday(day), day
        day += timedelta(days=1)


def test_the_seed_is_what_its_generator_writes(tmp_path):
    pytest.importorskip("chinese_calendar")
    calendar_seed.write(calendar_seed.days_of_the_package(), tmp_path / "again.csv")
    assert calendar_seed.read(tmp_path / "again.csv") == SEED


def test_the_seed_holds_only_days_that_differ_from_a_plain_week():
    assert all(each.is_workday == (each.day.weekday() >= 5) and each.name and each.source for each in SEED)
    assert {each.day.year for each in SEED} == set(range(2004, 2027))
