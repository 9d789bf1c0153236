"""Plans written as Microsoft Project XML come back as they were."""

import random
from dataclasses import replace
from datetime import date, datetime

import pytest
from test_plan_readers_xer import CALENDARS, DATA_DATE, random_activity

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import (
    Activity,
    Constraint,
    ConstraintType,
    Exposure,
    Kind,
    LagCalendar,
    Link,
    LinkType,
    PlanFile,
)
from zhuanban.engines.schedules.files import calculated, checked
from zhuanban.engines.schedules.network import OUTSIDE
from zhuanban.engines.schedules.readers import read_plan
from zhuanban.engines.schedules.writers import losses, write_mspdi

TELLABLE = frozenset(ConstraintType) - {ConstraintType.SO, ConstraintType.FO}


def plan(activities, links=(), **more) -> PlanFile:
    told = {"project_calendar": "11", "calendars": CALENDARS | {"24h": ShiftCalendar.always()}} | more
    return PlanFile("计划", DATA_DATE, tuple(activities), tuple(links), **told)


def random_plan(seed: int) -> PlanFile:
    """A plan of what the format can say."""
    dice = random.Random(seed)
    made = [random_activity(dice, f"A{at}") for at in range(12)]
    activities = [
        replace(
            each,
            constraints=tuple(
                constraint
                for constraint in each.constraints
                if constraint.type in TELLABLE and constraint.at and constraint.at >= DATA_DATE
            ),
            expected_finish=None,
            remaining=each.duration if each.remaining is None else each.remaining,
            kind=Kind.FINISH_MILESTONE if each.kind is Kind.START_MILESTONE else each.kind,
        )
        for each in made
    ]
    links = [
        Link(
            f"A{before}",
            f"A{after}",
            dice.choice(list(LinkType)),
            dice.choice([0, 45, 480, -240]),
            dice.choice([LagCalendar.SUCCESSOR, LagCalendar.ALWAYS]),
        )
        for after in range(1, 12)
        for before in dice.sample(range(after), min(after, 2))
    ]
    return plan(activities, links)


def essence(each: Activity) -> tuple:
    """What of an activity must survive."""
    constraints = tuple(sorted(each.constraints, key=str))
    return (each.id, each.duration, each.name, each.remaining, each.actual_start, each.actual_finish, constraints, each.budget)


@pytest.mark.parametrize("seed", range(12))
def test_activities_links_progress_and_calendars_survive_the_round_trip(seed):
    before = random_plan(seed)
    after = read_plan(write_mspdi(before))
    inside = [each for each in before.activities if each.kind not in OUTSIDE]
    ids = {each.id for each in inside}
    assert [essence(each) for each in after.activities] == [essence(each) for each in inside]
    assert set(after.links) == {each for each in before.links if {each.predecessor, each.successor} <= ids}
    for old, new in zip(inside, after.activities, strict=True):
        was, now = before.calendars[old.calendar], after.calendars[new.calendar]
        assert [was.shifts_on(date(2023, month, day)) for month in (2, 3) for day in range(1, 29)] == [
            now.shifts_on(date(2023, month, day)) for month in (2, 3) for day in range(1, 29)
        ]
    assert after.name == before.name


@pytest.mark.parametrize("seed", range(12))
def test_dates_written_along_are_those_that_are_computed_from_the_file(seed):
    """Without progress both tools mean the same; the file is then its own import check."""
    made = random_plan(seed)
    fresh = [
        replace(each, actual_start=None, actual_finish=None, remaining=None, suspend_at=None, resume_at=None) for each in made.activities
    ]
    before = replace(made, activities=tuple(fresh), float_basis="smallest")
    found = checked(read_plan(write_mspdi(before, calculated(before))))
    differing = {(each.activity, each.field) for each in found.check.differences}
    milestones = {each.id for each in before.activities if each.kind is Kind.FINISH_MILESTONE}
    assert {id for id, _field in differing} <= milestones  # an unlinked one is read as the start of something
    assert all(found.check.tallies[field].compared for field in ("early_start", "late_finish", "total_float", "free_float"))


def test_the_data_date_of_a_plan_under_way_comes_back_as_its_status_date():
    before = plan([Activity("1", 960, "11", actual_start=datetime(2023, 2, 6, 8), remaining=480)])
    after = read_plan(write_mspdi(before))
    assert (after.data_date, after.status_date) == (datetime(2023, 2, 6, 8), DATA_DATE)
    assert [each.id for each in after.activities] == ["1"]


def test_a_calendar_that_is_a_rule_is_written_out_for_the_years_of_the_plan():
    office = ShiftCalendar.from_workdays("office", lambda day: day.weekday() < 5 and day != date(2023, 5, 1))
    after = read_plan(write_mspdi(plan([Activity("A", 480, "11")], calendars={"11": office})))
    calendar = after.calendars[after.activities[0].calendar]
    assert [calendar.minutes_on(date(2023, 5, day)) for day in (1, 2, 6)] == [0, 480, 0]


def test_an_earliest_start_before_the_data_date_is_void_and_not_written():
    early = Constraint(ConstraintType.SNET, datetime(2023, 2, 1, 8))
    after = read_plan(write_mspdi(plan([Activity("1", 480, "11", constraints=(early,))])))
    assert (after.data_date, after.activities[0].constraints) == (DATA_DATE, ())


def test_letters_that_xml_cannot_hold_are_dropped():
    after = read_plan(write_mspdi(plan([Activity("A\x00\x1b<&>", 480, "11", name="\x07铃 <b> & 'c'")])))
    assert [(each.id, each.name) for each in after.activities] == [("A<&>", "铃 <b> & 'c'")]


def test_what_the_format_cannot_say_is_listed():
    limit = Constraint(ConstraintType.FNLT, datetime(2023, 3, 1, 17))
    activities = [
        Activity("A", 480, "11", constraints=(Constraint(ConstraintType.SNET, DATA_DATE), limit)),
        Activity("B", 480, "12", constraints=(Constraint(ConstraintType.SO, DATA_DATE),), exposure=Exposure.OUTDOOR),
        Activity("C", 480, "11", constraints=(Constraint(ConstraintType.SNET, DATA_DATE), Constraint(ConstraintType.SNLT, DATA_DATE))),
        Activity("D", 0, "11", kind=Kind.LEVEL_OF_EFFORT),
    ]
    links = [Link("A", "B", lag=60), Link("A", "C", lag=60), Link("B", "C", lag=60, lag_calendar=LagCalendar.SUCCESSOR)]
    assert [sentence.split()[0] for sentence in losses(plan(activities, links))] == ["1", "1", "1", "1", "1"]
    kept = [Activity("A", 480, "11", constraints=(Constraint(ConstraintType.SNET, DATA_DATE), limit))]
    assert losses(plan(kept)) == ()
    assert read_plan(write_mspdi(plan(kept))).activities[0].constraints == kept[0].constraints
