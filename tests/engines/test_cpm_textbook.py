"""The rules one by one, with dates worked out by hand. Five days a week, 8:00 to 12:00 and 13:00 to 17:00; 6 February 2023 is a Monday."""

import doctest
import importlib
from datetime import datetime

import pytest

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import (
    Activity,
    Constraint,
    ConstraintType,
    Kind,
    LagCalendar,
    Link,
    LinkType,
    Network,
    ScheduleError,
    schedule,
)

DAY = 480
CALENDARS = {
    "five": ShiftCalendar.weekly("five"),
    "six": ShiftCalendar.weekly("six", rest=[6]),
    "24h": ShiftCalendar.always(),
    "never": ShiftCalendar.weekly("never", rest=range(7)),
}


def at(text: str) -> datetime:
    """`"6 8:00"` is the 6th of February 2023 at eight."""
    day, time = text.split()
    hour, minute = time.split(":")
    month, day_of_month = (3, int(day) - 28) if int(day) > 28 else (2, int(day))
    return datetime(2023, month, day_of_month, int(hour), int(minute))


def task(id: str, days: float, calendar: str = "five", **given) -> Activity:
    for name in ("actual_start", "actual_finish", "suspend_at", "resume_at", "expected_finish"):
        if name in given:
            given[name] = at(given[name])
    if "remaining" in given:
        given["remaining"] = int(given["remaining"] * DAY)
    if "must" in given:
        given["constraints"] = tuple(Constraint(kind, when and at(when)) for kind, when in given.pop("must").items())
    return Activity(id, int(days * DAY), calendar, **given)


def plan(activities, links=(), data_date="6 8:00", **options):
    network = Network.from_records(activities, [link if isinstance(link, Link) else Link(*link) for link in links])
    return schedule(network, CALENDARS, at(data_date), **options)


def early(result, id):
    row = result.row(id)
    return row.early_start, row.early_finish


def late(result, id):
    row = result.row(id)
    return row.late_start, row.late_finish


# ---------------------------------------------------------------------------------------------------------------- the case

SIX = [("A", 3), ("B", 4), ("C", 2), ("D", 5), ("E", 3), ("F", 2)]
LOGIC = [("A", "C"), ("A", "D"), ("B", "D"), ("C", "E"), ("D", "F"), ("E", "F")]


def test_six_activities_have_the_dates_and_floats_of_the_blackboard():
    result = plan([task(*each) for each in SIX], LOGIC)
    assert {row.id: (row.total_float // DAY, row.free_float // DAY, row.critical) for row in result.rows()} == {
        "A": (1, 0, False),
        "B": (0, 0, True),
        "C": (1, 0, False),
        "D": (0, 0, True),
        "E": (1, 1, False),
        "F": (0, 0, True),
    }
    assert early(result, "A") == (at("6 8:00"), at("8 17:00")) and late(result, "A") == (at("7 8:00"), at("9 17:00"))
    assert early(result, "D") == (at("10 8:00"), at("16 17:00")) and late(result, "D") == early(result, "D")
    assert early(result, "E") == (at("13 8:00"), at("15 17:00")) and late(result, "E") == (at("14 8:00"), at("16 17:00"))
    assert early(result, "F") == (at("17 8:00"), at("20 17:00")) and result.project_finish == at("20 17:00")
    assert [id for id, on in zip(result.network.ids, result.longest_path, strict=True) if on] == ["B", "D", "F"]
    assert result.driving_link.tolist() == [True, False, True, True, True, False]


PROGRESS = {
    "A": {"actual_start": "6 8:00", "actual_finish": "8 17:00"},
    "B": {"actual_start": "7 8:00", "remaining": 3},
    "C": {"actual_start": "9 8:00", "remaining": 1},
    "D": {"actual_start": "10 8:00", "remaining": 4},
}


def test_retained_logic_holds_what_remains_until_the_predecessor_is_through():
    result = plan([task(*each, **PROGRESS.get(each[0], {})) for each in SIX], LOGIC, "13 8:00")
    assert result.row("A")[1:3] == (at("6 8:00"), at("8 17:00"))
    assert early(result, "B") == (at("13 8:00"), at("15 17:00")) and result.row("B").start == at("7 8:00")
    assert early(result, "D") == (at("16 8:00"), at("21 17:00")) and result.row("D").start == at("10 8:00")
    assert early(result, "E") == (at("14 8:00"), at("16 17:00"))
    assert early(result, "F") == (at("22 8:00"), at("23 17:00"))
    assert result.out_of_sequence == (("B", "D"),)
    assert result.row("E").total_float == 3 * DAY == result.row("C").total_float


def test_progress_override_lets_what_has_begun_go_on():
    result = plan([task(*each, **PROGRESS.get(each[0], {})) for each in SIX], LOGIC, "13 8:00", mode="progress_override")
    assert early(result, "D") == (at("13 8:00"), at("16 17:00"))
    assert early(result, "F") == (at("17 8:00"), at("20 17:00"))
    assert result.row("B").total_float == 3 * DAY, "nothing waits for it any more"
    assert result.out_of_sequence == (("B", "D"),)


def test_override_lifts_links_to_the_start_but_not_to_a_finish_still_to_come():
    activities = [task("A", 5), task("B", 1, actual_start="3 8:00", remaining=1)]
    links = [("A", "B", LinkType.SS), ("A", "B", LinkType.FF)]
    assert early(plan(activities, links, mode="progress_override"), "B") == (at("10 8:00"), at("10 17:00"))


def test_who_waits_for_a_completed_activity_waits_for_its_open_predecessors():
    activities = [task("B", 2), task("C", 1, actual_start="2 8:00", actual_finish="2 17:00"), task("D", 1)]
    links = [("B", "C"), ("C", "D")]
    retained, override = plan(activities, links), plan(activities, links, mode="progress_override")
    assert early(retained, "D") == (at("8 8:00"), at("8 17:00")) and retained.row("C").finish == at("2 17:00")
    assert early(override, "D") == (at("6 8:00"), at("6 17:00"))
    assert retained.row("B").total_float == 0 and override.row("B").total_float == 0
    assert late(retained, "C") == (at("8 8:00"), at("8 8:00")) and retained.row("C").total_float == 0
    assert not retained.critical[retained.network.index["C"]]


# -------------------------------------------------------------------------------------------------------------------- lags


@pytest.mark.parametrize(
    ("calendar", "start"),
    [
        (LagCalendar.PREDECESSOR, "14 8:00"),  # Friday 17:00 + 8 h of five days: Monday 17:00
        (LagCalendar.SUCCESSOR, "13 8:00"),  # ... of six days: Saturday 17:00
        (LagCalendar.PROJECT, "13 8:00"),
        (LagCalendar.ALWAYS, "11 8:00"),  # ... round the clock: Saturday 1:00
    ],
)
def test_a_lag_counts_on_its_calendar(calendar, start):
    activities = [task("A", 5), task("B", 1, "six")]
    result = plan(activities, [Link("A", "B", lag=DAY, lag_calendar=calendar)], project_calendar="six")
    assert early(result, "B")[0] == at(start)


def test_what_has_run_of_a_lag_by_the_data_date_is_over():
    done = task("A", 1, actual_start="1 8:00", actual_finish="2 17:00")
    assert early(plan([done, task("B", 1)], [Link("A", "B", lag=3 * DAY)]), "B")[0] == at("8 8:00")  # 3, 6 and 7 are waited for
    assert early(plan([done, task("B", 1)], [Link("A", "B", lag=DAY)]), "B")[0] == at("6 8:00")
    assert early(plan([done, task("B", 1)], [Link("A", "B", lag=-5 * DAY)]), "B")[0] == at("6 8:00")


def test_a_start_to_start_lag_runs_on_from_the_work_that_remains_or_from_the_actual_start():
    activities = [task("P", 4), task("A", 10, actual_start="2 8:00", remaining=8), task("B", 1)]
    links = [Link("P", "A"), Link("A", "B", LinkType.SS, 3 * DAY)]
    assert early(plan(activities, links), "A")[0] == at("10 8:00")
    assert early(plan(activities, links), "B")[0] == at("13 8:00")  # one day is left of the three
    assert early(plan(activities, links, start_lag_from="actual"), "B")[0] == at("7 8:00")


@pytest.mark.parametrize(
    ("kind", "lag", "start", "finish"),
    [
        (LinkType.FS, 0, "9 8:00", "10 17:00"),
        (LinkType.FS, -DAY, "8 8:00", "9 17:00"),
        (LinkType.SS, DAY, "7 8:00", "8 17:00"),
        (LinkType.FF, DAY, "8 8:00", "9 17:00"),
        (LinkType.SF, 3 * DAY, "7 8:00", "8 17:00"),
        (LinkType.SF, 0, "6 8:00", "7 17:00"),
    ],
)
def test_the_four_kinds_of_links(kind, lag, start, finish):
    result = plan([task("A", 3), task("B", 2)], [Link("A", "B", kind, lag)])
    assert early(result, "B") == (at(start), at(finish))


def test_the_backward_pass_goes_through_starts_of_activities_under_way():
    activities = [task("A", 10, actual_start="2 8:00", remaining=2), task("B", 6)]
    result = plan(activities, [Link("A", "B", LinkType.SS)])
    assert result.row("B").early_finish == at("13 17:00")
    assert late(result, "A") == (at("6 8:00"), at("7 17:00")) and result.row("A").total_float == 0


# -------------------------------------------------------------------------------------------------------------- boundaries


def test_finish_milestones_stand_at_the_end_of_a_shift_and_start_milestones_at_the_beginning_of_the_next():
    activities = [
        task("A", 5),
        task("done", 0, kind=Kind.FINISH_MILESTONE),
        task("go", 0, kind=Kind.START_MILESTONE),
        task("nothing", 0),
        task("round the clock", 1, "24h"),
        task("too", 1, "24h"),
    ]
    result = plan(activities, [("A", "done"), ("A", "go"), ("A", "nothing"), ("done", "round the clock"), ("go", "too")])
    assert early(result, "done") == early(result, "nothing") == (at("10 17:00"),) * 2
    assert early(result, "go") == (at("13 8:00"),) * 2
    assert early(result, "round the clock")[0] == at("10 17:00") and early(result, "too")[0] == at("13 8:00")
    positions = result.positions
    assert len({int(positions.early_finish[result.network.index[id]]) for id in ("A", "done", "go", "nothing")}) == 1


def test_a_finish_milestone_that_something_holds_in_a_pause_moves_on_to_working_time():
    milestone = task("done", 0, kind=Kind.FINISH_MILESTONE)
    late_saturday = task("A", 0, "24h", kind=Kind.START_MILESTONE, must={ConstraintType.SNET: "11 12:00"})
    assert early(plan([late_saturday, milestone], [("A", "done")]), "done")[0] == at("13 8:00")
    assert early(plan([milestone], data_date="13 8:00"), "done")[0] == at("13 8:00"), "not before the data date"


def test_what_a_start_drives_to_finish_keeps_the_side_of_that_start():
    activities = [task("A", 5), task("B", 1), task("C", 2)]
    result = plan(activities, [Link("A", "B"), Link("B", "C", LinkType.SF)])
    assert early(result, "C") == (at("9 8:00"), at("13 8:00"))
    assert CALENDARS["five"].position(at("13 8:00")) == CALENDARS["five"].position(at("10 17:00"))
    backwards = plan([task("A", 1), task("B", 3)], [Link("A", "B", LinkType.SF)], data_date="10 8:00")
    assert late(backwards, "A") == (at("14 8:00"), at("14 17:00")) and late(backwards, "B")[1] == at("14 17:00")


# ------------------------------------------------------------------------------------------------------------- constraints


@pytest.mark.parametrize(
    ("must", "start", "floats"),
    [
        ({ConstraintType.SNET: "8 8:00"}, "8 8:00", 1),
        ({ConstraintType.SNET: "1 8:00"}, "6 8:00", 3),
        ({ConstraintType.FNET: "8 17:00"}, "7 8:00", 2),
        ({ConstraintType.SNLT: "7 8:00"}, "6 8:00", 1),
        ({ConstraintType.SNLT: "3 8:00"}, "6 8:00", -1),
        ({ConstraintType.FNLT: "6 17:00"}, "6 8:00", -1),
        ({ConstraintType.SO: "8 8:00"}, "8 8:00", 0),
        ({ConstraintType.FO: "8 17:00"}, "7 8:00", 0),
        ({ConstraintType.FO: "6 17:00"}, "6 8:00", -1),
        ({ConstraintType.MSO: "8 8:00"}, "8 8:00", 0),
        ({ConstraintType.MSO: "2 8:00"}, "6 8:00", -2),
        ({ConstraintType.MFO: "8 17:00"}, "7 8:00", 0),
        ({ConstraintType.SNET: None}, "6 8:00", 3),
        ({ConstraintType.SNET: "8 8:00", ConstraintType.FNLT: "9 17:00"}, "8 8:00", 0),
    ],
)
def test_constraints_of_an_activity_with_three_days_of_float(must, start, floats):
    result = plan([task("A", 2, must=must), task("B", 5)])
    assert early(result, "A")[0] == at(start) and result.row("A").total_float == floats * DAY


def test_a_mandatory_start_breaks_logic_and_leaves_its_predecessor_negative_float():
    result = plan([task("A", 3), task("B", 2, must={ConstraintType.MSO: "7 8:00"})], [("A", "B")])
    assert early(result, "B") == (at("7 8:00"), at("8 17:00")) == late(result, "B")
    assert result.row("A").total_float == -2 * DAY and result.row("A").free_float == 0
    assert not result.driving_link.any()


def test_constraints_of_the_start_bind_no_more_once_it_has_started():
    started = {"actual_start": "2 8:00", "remaining": 1}
    for kind in (ConstraintType.SNET, ConstraintType.SO, ConstraintType.MSO, ConstraintType.SNLT):
        result = plan([task("A", 2, must={kind: "9 8:00"}, **started), task("B", 3)])
        assert early(result, "A") == (at("6 8:00"), at("6 17:00")) and result.row("A").total_float == 2 * DAY
    result = plan([task("A", 2, must={ConstraintType.FNLT: "3 17:00"}, **started)])
    assert result.row("A").total_float == -DAY


def test_as_late_as_possible_eats_free_float_and_moves_nobody():
    activities = [task("A", 1), task("B", 1, must={ConstraintType.ALAP: None}), task("C", 5), task("D", 1), task("E", 1)]
    result = plan(activities, [("A", "B"), ("B", "D"), ("C", "D"), ("B", "E")])
    assert early(result, "A") == (at("6 8:00"), at("6 17:00"))
    assert early(result, "E")[0] == at("8 8:00")
    assert early(result, "B") == (at("7 8:00"), at("7 17:00")), "E waits for it"
    free = plan(activities[:4], [("A", "B"), ("B", "D"), ("C", "D")])
    assert early(free, "B") == (at("10 8:00"), at("10 17:00")) and free.row("B").free_float == 0
    assert free.row("A").free_float == 3 * DAY and early(free, "D")[0] == at("13 8:00")


def test_a_required_finish_is_where_the_backward_pass_begins():
    result = plan([task("A", 2), task("B", 3)], [("A", "B")], must_finish_by=at("9 17:00"))
    assert {row.total_float // DAY for row in result.rows()} == {-1} and result.critical.all()
    roomy = plan([task("A", 2), task("B", 3)], [("A", "B")], must_finish_by=at("14 17:00"))
    assert {row.total_float // DAY for row in roomy.rows()} == {2} and not roomy.critical.any()
    assert plan([task("A", 2)], must_finish_by=at("14 17:00"), critical_up_to=5 * DAY).critical.all()


def test_an_expected_finish_tells_what_remains():
    activity = task("A", 5, actual_start="2 8:00", remaining=1, expected_finish="9 17:00")
    assert plan([activity]).row("A").remaining == 4 * DAY
    assert early(plan([activity]), "A")[1] == at("9 17:00")
    assert early(plan([activity], use_expected_finish=False), "A")[1] == at("6 17:00")


def test_free_float_before_forced_and_expected_finishes():
    forced = plan([task("A", 1), task("B", 1, must={ConstraintType.MFO: "9 17:00"}), task("C", 5)], [("A", "B")])
    assert forced.row("A").free_float == 2 * DAY and forced.row("B").free_float == 0
    expected = plan([task("A", 1, expected_finish="7 17:00"), task("C", 5)])
    assert expected.row("A").free_float == 0 and expected.row("A").total_float == 3 * DAY


def test_suspended_work_goes_on_when_it_is_resumed():
    suspended = {"actual_start": "1 8:00", "remaining": 2, "suspend_at": "2 8:00"}
    assert early(plan([task("A", 3, **suspended, resume_at="9 8:00")]), "A") == (at("9 8:00"), at("10 17:00"))
    assert early(plan([task("A", 3, **suspended)]), "A")[0] == at("6 8:00")


def test_total_float_by_finish_by_start_and_the_lesser_agree_as_work_is_not_split():
    activities = [task("A", 1), task("B", 3, "six"), task("C", 1, "24h", must={ConstraintType.SNET: "18 0:00"})]
    kinds = [plan(activities, [("A", "B"), ("B", "C")], float_type=kind) for kind in ("finish", "start", "least")]
    assert len({tuple(row.total_float for row in each.rows()) for each in kinds}) == 1
    row, six = kinds[0].row("B"), CALENDARS["six"]
    assert row.total_float == six.between(row.early_finish, row.late_finish) == six.between(row.early_start, row.late_start) > 0


# ------------------------------------------------------------------------------------------------------------- the outside


def test_levels_of_effort_and_summaries_stay_outside_and_hang_on_the_others():
    activities = [
        task("A", 2),
        task("B", 3),
        Activity("site office", 100 * DAY, "five", kind=Kind.LEVEL_OF_EFFORT),
        Activity("phase", 0, "five", kind=Kind.SUMMARY, actual_start=at("3 8:00")),
    ]
    links = [Link("A", "B"), Link("A", "site office", LinkType.SS), Link("site office", "B", LinkType.FF), Link("site office", "phase")]
    result = plan(activities, links)
    assert result.network.ids == ("A", "B") and result.project_finish == at("10 17:00")
    assert result.spans == {"site office": (at("6 8:00"), at("10 17:00")), "phase": (at("3 8:00"), None)}


def test_a_plan_that_is_over_keeps_its_dates():
    over = {"actual_start": "1 8:00", "actual_finish": "2 17:00"}
    result = plan([task("A", 1, **over), task("B", 1, actual_finish="3 17:00")], [("A", "B")])
    assert result.project_finish == at("3 17:00") and result.row("B").start == at("3 17:00")
    assert not result.total_float.any() and not result.critical.any() and not result.longest_path.any()


def test_a_plan_without_activities_has_no_dates():
    result = plan([Activity("phase", 0, "five", kind=Kind.SUMMARY)])
    assert result.project_finish is None and list(result.rows()) == [] and result.out_of_sequence == ()
    assert result.spans == {"phase": (None, None)}


@pytest.mark.parametrize(
    ("activities", "options", "words"),
    [
        ([task("A", 1, "moon")], {}, "no calendar 'moon'"),
        ([task("A", 1, "never")], {}, "no working time"),
        ([task("A", 1)], {"mode": "wishful"}, "'wishful' is none of retained_logic, progress_override"),
        ([task("A", 1)], {"float_type": "most"}, "none of finish"),
        ([task("A", 1)], {"project_calendar": "moon"}, "no calendar 'moon'"),
        ([task("A", 100_000_000)], {}, "beyond the years 1900 to 2199"),
    ],
)
def test_what_cannot_be_calculated_is_refused_in_words(activities, options, words):
    with pytest.raises(ScheduleError, match=words):
        plan(activities, **options)


def test_a_plan_of_two_centuries_is_calculated_with_longer_tables():
    assert plan([task("A", 30_000)]).project_finish == datetime(2138, 1, 31, 17)


@pytest.mark.parametrize("module", ["network", "cpm", "health", "compare", "earned_value", "importcheck"])
def test_the_examples_in_the_docstrings_of_schedules_run(module):
    assert not doctest.testmod(importlib.import_module(f"zhuanban.engines.schedules.{module}")).failed
