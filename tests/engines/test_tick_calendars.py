"""Rates by the day compiled to tables: positions, instants and seasons against counting day after day."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhuanban.engines.calendars import DEFAULT_SEASON, MonthDay, ShiftCalendar, WorkCalendar
from zhuanban.engines.calendars.frost import DEFAULT_FROST, Frost, FrostWindow
from zhuanban.engines.calendars.ticks import PAST_DAYS, TICKS, RateCalendar, RowBook
from zhuanban.engines.schedules.numpy_tables import NumpyRows

DATA_DATE = date(2023, 2, 10)
START = date(2022, 1, 1)


def book(rates, frost=None, shifts=(0,), horizon=400) -> RowBook:
    calendar = RateCalendar("c", DATA_DATE - timedelta(days=PAST_DAYS), np.array(rates, np.uint16))
    return RowBook({"c": calendar}, DATA_DATE, frost, shifts, horizon)


day_rates = st.lists(st.sampled_from([0, 0, 16, 102, 307, 410, 717, 1024, 1024]), min_size=14, max_size=60).filter(any)


@settings(max_examples=80, deadline=None)
@given(day_rates, st.data())
def test_position_and_instant_by_counting(rates, data):
    made = book(rates)
    row = made.row("c")
    tables = NumpyRows(made.tables())
    daily = made.calendars["c"].span(made.origin, made.size)
    at = data.draw(st.integers(made.zero, made.cap))
    day, part = at >> 10, at & 1023
    counted = made.zero + int(daily[PAST_DAYS:day].sum()) + (int(daily[day]) * part >> 10 if day < made.size else 0)
    assert int(tables.position(row, np.array([at]))[0]) == counted
    total = made.zero + int(daily[PAST_DAYS:].sum())
    work = data.draw(st.integers(made.zero + 1, total))
    first = int(tables.finish(row, np.array([work]))[0])
    around = tables.position(row, np.array([first - 1, first]))
    assert around[0] < work and around[1] == work, "the first instant with so much work done, and exactly so much"
    last = int(tables.start(row, np.array([work]))[0])
    if work < total:
        around = tables.position(row, np.array([last, last + 1]))
        assert around[0] == work < around[1], "the last instant with no more than so much"
        assert last >= first
    if work > counted:
        assert made.advance(row, at, work - counted) == first, "the slow way to the same instant"


def test_work_beyond_the_horizon_ends_there():
    made = book([1024])
    row = made.row("c")
    tables = NumpyRows(made.tables())
    assert tables.finish(row, np.array([made.cap])).tolist() == [made.cap]
    weekdays = book([1024 if n % 7 < 5 else 0 for n in range(70)])
    five = weekdays.row("c")
    assert int(NumpyRows(weekdays.tables()).finish(five, np.array([weekdays.cap]))[0]) >= weekdays.cap


def test_a_boundary_has_two_sides():
    made = RowBook({"office": RateCalendar.from_days("office", lambda day: day.weekday() < 5, START)}, DATA_DATE)
    row = made.row("office")
    tables = NumpyRows(made.tables())
    friday_evening = made.instant(DATA_DATE, end=True)
    work = tables.position(row, np.array([friday_evening]))
    assert int(tables.finish(row, work)[0]) == friday_evening
    assert int(tables.start(row, work)[0]) == made.instant(date(2023, 2, 13))


def test_every_row_stands_at_zero_on_the_data_date():
    made = book([1024, 0, 512], DEFAULT_FROST, (-6, 0, 6))
    rows = [made.row("c"), made.row("c", (0.3,)), made.row("c", (0.0,))]
    tables = made.tables()
    assert rows == [0, 1, 4] and tables.varying.tolist() == [False] + [True] * 6
    assert set(tables.cw[:, PAST_DAYS].tolist()) == {made.zero}


def test_a_calendar_repeats_its_last_year_and_was_full_before_its_first():
    calendar = RateCalendar.from_days("office", lambda day: day.weekday() < 5, date(2022, 1, 3), days=730)
    span = calendar.span(date(2021, 12, 27), 4000)
    assert span[:7].tolist() == [TICKS] * 7
    assert [int(rate > 0) for rate in span[7 : 7 + 3500]] == [1, 1, 1, 1, 1, 0, 0] * 500


def test_calendars_of_the_city_and_of_shifts():
    notice = {date(2023, 1, 27): False, date(2023, 1, 28): True}
    office = RateCalendar.office("office", WorkCalendar(notice, frozenset({2023}), "notice of 2022"), START)
    days = office.span(date(2023, 1, 26), 4)
    assert days.tolist() == [1024, 0, 1024, 0]
    assert office.version == "notice of 2022" and 2024 in office.provisional and 2023 not in office.provisional
    site = RateCalendar.from_shifts(ShiftCalendar.six_day_site(), START)
    assert site.span(date(2023, 2, 10), 3).tolist() == [1024, 1024, 0]
    assert site.ticks(site.minutes) == TICKS and site.ticks(1) >= 1 and site.ticks(0) == 0
    short_saturday = ShiftCalendar("mixed", (((480, 960),),) * 5 + (((480, 720),),) + ((),))
    assert RateCalendar.from_shifts(short_saturday, START).span(date(2023, 2, 10), 3).tolist() == [1024, 512, 0]


def test_winter_comes_every_year_and_may_come_late():
    window = FrostWindow(MonthDay(10, 20), MonthDay(4, 10))
    held = window.holds(date(2023, 1, 1), 800)
    for number, inside in enumerate(held.tolist()):
        assert inside == DEFAULT_SEASON.in_season(date(2023, 1, 1) + timedelta(days=number))
    assert window.holds(date(2023, 1, 1), 800, shift=5).tolist()[5:] == held.tolist()[:-5]
    leap = FrostWindow(MonthDay(2, 29), MonthDay(3, 1))
    assert leap.holds(date(2023, 2, 27), 4).tolist() == [False, True, True, False]
    assert leap.holds(date(2024, 2, 27), 5).tolist() == [False, False, True, True, False]


def test_of_two_windows_the_later_one_holds():
    frost = Frost((FrostWindow(MonthDay(10, 20), MonthDay(4, 10)), FrostWindow(MonthDay(11, 15), MonthDay(3, 15), {"concrete": 0.0})))
    assert frost.exposed("concrete") == (0.4, 0.0) and frost.exposed("steel") == (0.7, 0.7)
    made = book([1024], frost)
    rates = made._frosted("c", frost.exposed("concrete"), made._winters[0])
    assert [int(rates[PAST_DAYS + n]) for n in (0, 34, 61)] == [0, 410, 1024]


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="at least one working day"):
        RateCalendar("idle", START, np.zeros(7, np.uint16))
    with pytest.raises(ValueError, match="less than 1/64"):
        book([1024, 3]).row("c")
    with pytest.raises(ValueError, match="unknown calendar 'x'; known: c"):
        book([1024]).row("x")
    with pytest.raises(ValueError, match="not between 0 and 1"):
        Frost((), {"concrete": 1.4})
