"""Demand against capacity: the curve is what adding up day by day gives, and what nobody knows is not zero."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from zhuanban.domains.factors.balance import DAY, Held, Load, capacity_on, shortages, steps

FIRST = date(2023, 1, 1)
days = st.integers(-20, 80).map(lambda n: FIRST + timedelta(days=n))
amounts = st.integers(1, 9).map(Decimal)


@st.composite
def loads(draw):
    found = []
    for key in range(draw(st.integers(0, 7))):
        first = draw(days)
        length = draw(st.none() | st.integers(0, 40))
        last = None if length is None else first + timedelta(days=length)
        found.append(Load(draw(amounts), first, last, draw(st.booleans()), key))
    return found


held = st.lists(st.builds(Held, days, st.none() | st.integers(0, 25).map(Decimal)), max_size=4, unique_by=lambda each: each.first)
spans = st.integers(0, 60).map(lambda n: FIRST + timedelta(days=n))


def each_day(last):
    return [FIRST + timedelta(days=n) for n in range((last - FIRST).days + 1)]


def known_on(day, capacities):
    """The capacity by walking the days back until one is told."""
    told = {each.first: each.amount for each in capacities}
    while day >= FIRST - timedelta(days=30):
        if day in told:
            return told[day]
        day -= DAY
    return None


@given(loads(), held, spans)
def test_the_curve_is_what_adding_up_day_by_day_gives(found, capacities, last):
    curve = steps(found, capacities, FIRST, last)
    by_day = {step.first + timedelta(days=n): step for step in curve for n in range((step.last - step.first).days + 1)}
    assert sorted(by_day) == each_day(last)
    assert sum((step.last - step.first).days + 1 for step in curve) == len(by_day)
    for day in each_day(last):
        step = by_day[day]
        assert step.demand == sum((load.amount for load in found if load.on(day)), Decimal(0))
        assert step.firm == sum((load.amount for load in found if load.firm and load.on(day)), Decimal(0))
        assert step.capacity == known_on(day, capacities)


@given(loads(), held, spans)
def test_no_two_steps_beside_one_another_are_the_same(found, capacities, last):
    curve = steps(found, capacities, FIRST, last)
    for one, other in pairwise(curve):
        assert one.last + DAY == other.first
        assert (one.demand, one.firm, one.capacity) != (other.demand, other.firm, other.capacity)


@given(loads(), held, spans)
def test_a_shortage_is_a_longest_run_of_days_with_too_little(found, capacities, last):
    def short(day):
        can = known_on(day, capacities)
        return can is not None and sum((load.amount for load in found if load.on(day)), Decimal(0)) > can

    told = shortages(found, capacities, FIRST, last)
    covered = {each.first + timedelta(days=n) for each in told for n in range((each.last - each.first).days + 1)}
    assert covered == {day for day in each_day(last) if short(day)}
    for each in told:
        assert each.first == FIRST or not short(each.first - DAY)
        assert each.last == last or not short(each.last + DAY)
        run = [day for day in each_day(last) if each.first <= day <= each.last]
        assert each.worst == max(sum((x.amount for x in found if x.on(day)), Decimal(0)) - known_on(day, capacities) for day in run)
        assert set(each.keys) == {load.key for load in found if any(load.on(day) for day in run)}


@given(loads(), spans)
def test_where_nobody_knows_the_capacity_nothing_is_short_and_nothing_is_enough(found, last):
    assert shortages(found, [], FIRST, last) == []
    assert {step.capacity for step in steps(found, [], FIRST, last)} <= {None}
    assert all(step.margin is None for step in steps(found, [], FIRST, last))


@given(loads(), held, spans, amounts, days)
def test_one_more_load_never_makes_a_shortage_begin_later(found, capacities, last, amount, day):
    before = shortages(found, capacities, FIRST, last)
    after = shortages([*found, Load(amount, day)], capacities, FIRST, last)
    assert not before or after[0].first <= before[0].first


def test_a_capacity_of_zero_is_known_and_short():
    (short,) = shortages([Load(Decimal(1), FIRST)], [Held(FIRST, Decimal(0))], FIRST, FIRST + DAY)
    assert (short.first, short.last, short.worst) == (FIRST, FIRST + DAY, 1)


def test_a_capacity_that_became_unknown_is_unknown_from_that_day():
    told = [Held(FIRST, Decimal(5)), Held(date(2023, 2, 1), None)]
    assert capacity_on(told, date(2023, 1, 31)) == 5
    assert capacity_on(told, date(2023, 2, 1)) is None
