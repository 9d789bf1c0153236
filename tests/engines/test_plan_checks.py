"""What is found wrong with a plan before it is forecast, and whether our dates are those of the tool that it came from."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_plans import CALENDARS as MANY
from random_plans import DATA_DATE, records

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import (
    Activity,
    Constraint,
    ConstraintType,
    Kind,
    LagCalendar,
    Likely,
    Link,
    LinkType,
    Network,
    Severity,
    StoredDates,
    health,
    import_check,
    schedule,
)

DAY = 480
MONDAY = datetime(2023, 2, 6, 8)
CALENDARS = {"five": ShiftCalendar.weekly("five"), "six": ShiftCalendar.weekly("six", rest=[6]), "24h": ShiftCalendar.always()}


def task(id: str, days: float = 1, **given) -> Activity:
    return Activity(id, int(days * DAY), given.pop("calendar", "five"), **given)


def found(activities, links, *, dated: bool = False) -> dict[str, tuple[str, ...]]:
    network = Network.from_records(activities, links)
    result = schedule(network, CALENDARS, MONDAY) if dated else None
    return {each.code: each.activities for each in health(network, CALENDARS, result)}


START, END = task("start", 0, kind=Kind.START_MILESTONE), task("end", 0, kind=Kind.FINISH_MILESTONE)


def test_a_sound_plan_has_no_findings():
    activities = [START, task("A"), task("B"), END]
    links = [Link("start", "A"), Link("A", "B"), Link("B", "end")]
    assert found(activities, links, dated=True) == {}


def test_loose_ends_are_found_but_the_plan_s_own_beginning_and_end():
    activities = [START, task("A"), task("B"), task("loose"), END]
    links = [Link("start", "A"), Link("A", "B", LinkType.FF), Link("start", "loose"), Link("B", "end")]
    assert found(activities, links) == {"no_successor": ("loose",), "open_start": ("B",)}
    assert found([task("A"), task("B"), task("C")], [Link("A", "B", LinkType.SS)]) == {
        "no_predecessor": ("C",),
        "no_successor": ("C",),
        "open_finish": ("A",),
    }


def test_what_is_done_or_under_way_has_no_loose_beginning():
    done = task("done", actual_start=MONDAY, actual_finish=MONDAY)
    running = task("running", 2, actual_start=MONDAY, remaining=DAY)
    assert found([task("A"), done, running], [Link("A", "running")]) == {}


def test_forced_dates_leads_long_lags_and_odd_links_are_found():
    activities = [
        task("A", constraints=(Constraint(ConstraintType.MSO, MONDAY),)),
        task("B", constraints=(Constraint(ConstraintType.FNLT, MONDAY),)),
        task("C"),
        task("D"),
    ]
    links = [Link("A", "B", lag=6 * DAY), Link("B", "C", lag=-60), Link("C", "D", LinkType.SF)]
    issues = found(activities, links)
    assert issues["hard_constraint"] == ("A",) and issues["strict_constraint"] == ("B",)
    assert issues["long_lag"] == ("A", "B") and issues["lead"] == ("B", "C") and issues["start_to_finish"] == ("C", "D")
    network = Network.from_records(activities, links)
    lead = next(each for each in health(network, CALENDARS) if each.code == "lead")
    assert lead.links == (links[1],) and lead.share == 0.5 and lead.severity is Severity.SERIOUS


def test_dates_reveal_negative_and_high_float_and_progress_against_logic():
    activities = [
        task("A", 3),
        task("B", 2, constraints=(Constraint(ConstraintType.FNLT, datetime(2023, 2, 8, 17)),)),
        task("C", 60),
        task("D", 1, actual_start=datetime(2023, 2, 3, 8)),
        task("E", 1, actual_finish=datetime(2023, 2, 7, 8)),
    ]
    issues = found(activities, [Link("A", "B"), Link("A", "D")], dated=True)
    assert issues["negative_float"] == ("A", "B") and issues["high_float"] == ("D",)
    assert issues["out_of_sequence"] == ("D",) and issues["actual_after_data_date"] == ("E",)
    assert issues["long_duration"] == ("C",) and issues["progress_unknown"] == ("D",)


def test_an_enclosure_that_hangs_on_nothing_blocks_every_probability():
    indoor = task("plaster", enclosure="envelope")
    hanging = [task("envelope", 0, kind=Kind.FINISH_MILESTONE), indoor, START]
    network = Network.from_records(hanging, [Link("start", "envelope"), Link("envelope", "plaster")])
    worst = health(network, CALENDARS)[0]
    assert (worst.code, worst.severity, worst.activities) == ("enclosure_without_logic", Severity.BLOCKER, ("envelope",))
    tied = found([*hanging, task("walls", 9)], [Link("start", "walls"), Link("walls", "envelope"), Link("envelope", "plaster")])
    assert "enclosure_without_logic" not in tied
    missing = found([indoor, START], [Link("start", "plaster")])
    assert missing["enclosure_missing"] == ("plaster",)
    enclosed = [replace(hanging[0], actual_finish=MONDAY), indoor]
    assert not {"enclosure_missing", "enclosure_without_logic"} & found(enclosed, []).keys()


@given(st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_findings_name_activities_of_the_plan_and_the_worst_come_first(seed):
    network = Network.from_records(*records(seed))
    findings = health(network, MANY, schedule(network, MANY, DATA_DATE))
    order = [list(Severity).index(each.severity) for each in findings]
    assert order == sorted(order) and len({each.code for each in findings}) == len(findings)
    for each in findings:
        assert each.activities and set(each.activities) <= set(network.ids) and set(each.links) <= set(network.links) and each.words


# ------------------------------------------------------------------------------------------------------------ import check


def stored_of(result) -> dict[str, StoredDates]:
    return {
        row.id: StoredDates(row.early_start, row.early_finish, row.late_start, row.late_finish, row.total_float, row.free_float)
        for row in result.rows()
    }


def calculated(activities, links, **options):
    return schedule(Network.from_records(activities, links), CALENDARS, MONDAY, **options)


def likely(check) -> dict[tuple[str, str], tuple[Likely, tuple[str, ...]]]:
    return {(each.activity, each.field): (each.likely, each.because) for each in check.differences}


@given(st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_our_own_dates_agree_with_themselves(seed):
    network = Network.from_records(*records(seed))
    result = schedule(network, MANY, DATA_DATE)
    check = import_check(result, stored_of(result))
    assert check.agrees and not check.unknown
    for tally in check.tallies.values():
        assert tally.compared == len(network) and tally.share_position == tally.share_clock == (1 if len(network) else None)


def test_the_other_side_of_a_boundary_is_the_same_position_but_another_clock_time():
    result = calculated([task("A", 5), task("B")], [Link("A", "B")])
    dates = stored_of(result)
    dates["A"] = replace(dates["A"], early_finish=datetime(2023, 2, 13, 8))
    check = import_check(result, dates)
    assert check.agrees and check.tallies["early_finish"].equal_position == 2 and check.tallies["early_finish"].share_clock == 0.5


def test_a_difference_is_told_with_its_size_and_traced_to_its_root():
    activities, links = [task("A", 3), task("B", 2), task("C", 1)], [Link("A", "B", lag=DAY), Link("B", "C")]
    result = calculated(activities, links)
    other = calculated(activities, [Link("A", "B", lag=DAY, lag_calendar=LagCalendar.ALWAYS), links[1]])
    check = import_check(result, stored_of(other))
    first = check.differences[0]
    assert (first.activity, first.field, first.stored, first.ours) == (
        "B",
        "early_start",
        datetime(2023, 2, 9, 8),
        datetime(2023, 2, 10, 8),
    )
    assert first.minutes == DAY
    reasons = likely(check)
    assert reasons["B", "early_start"] == (Likely.LAG_CALENDAR, ())
    assert reasons["B", "early_finish"] == (Likely.FOLLOWS, ("B",)) and reasons["C", "early_start"] == (Likely.FOLLOWS, ("B",))
    assert check.tallies["early_start"].equal_position == 1 and not check.agrees


@pytest.mark.parametrize(
    ("activity", "links", "field", "stored", "reason"),
    [
        (task("A", 3), [], "early_start", datetime(2023, 2, 6, 8, 1), Likely.ROUNDING),
        (task("A", 3), [], "early_start", datetime(2023, 2, 11, 3), Likely.CALENDAR),
        (task("A", 3), [], "late_finish", datetime(2023, 2, 28, 17), Likely.PROJECT_FINISH),
        (task("A", 3), [], "early_start", datetime(2023, 2, 7, 8), Likely.UNKNOWN),
        (
            task("A", 3, constraints=(Constraint(ConstraintType.SNET, MONDAY),)),
            [],
            "early_start",
            datetime(2023, 2, 7, 8),
            Likely.CONSTRAINT,
        ),
        (task("A", 3, constraints=(Constraint(ConstraintType.MFO, MONDAY),)), [], "total_float", -999, Likely.FORCED_DATE),
        (task("A", 3, expected_finish=MONDAY), [], "early_finish", datetime(2023, 2, 7, 17), Likely.EXPECTED_FINISH),
        (task("A", 3, actual_start=MONDAY, suspend_at=MONDAY), [], "early_start", datetime(2023, 2, 7, 8), Likely.SUSPENDED),
        (task("A", 3, actual_start=MONDAY), [Link("Z", "A")], "early_finish", datetime(2023, 2, 7, 17), Likely.OUT_OF_SEQUENCE),
        (task("A", 1, actual_finish=MONDAY), [], "early_start", datetime(2023, 2, 7, 8), Likely.COMPLETED),
        (task("A", 1), [Link("S", "A", LinkType.SS, 60)], "early_start", datetime(2023, 2, 7, 8), Likely.START_LAG),
        (task("A", 1), [Link("level", "A")], "early_start", datetime(2023, 2, 7, 8), Likely.OUTSIDE_LINK),
    ],
)
def test_a_likely_reason_is_given_where_one_can_be_told(activity, links, field, stored, reason):
    started = task("S", 2, actual_start=MONDAY - timedelta(days=3), remaining=DAY)
    others = [task("Z", 4), started, task("level", kind=Kind.LEVEL_OF_EFFORT)]
    check = import_check(calculated([activity, *others], links), {"A": StoredDates(**{field: stored})})
    assert [(each.field, each.likely) for each in check.differences] == [(field, reason)]


def test_microsoft_keeps_actual_dates_where_primavera_keeps_what_remains():
    running = task("A", 3, actual_start=datetime(2023, 2, 2, 8), remaining=DAY)
    done = task("B", 1, actual_start=datetime(2023, 2, 2, 8), actual_finish=datetime(2023, 2, 2, 17))
    result = calculated([running, done], [])
    stored = {
        "A": StoredDates(early_start=datetime(2023, 2, 2, 8), early_finish=datetime(2023, 2, 6, 17), late_start=datetime(2023, 2, 2, 8)),
        "B": StoredDates(datetime(2023, 2, 2, 8), datetime(2023, 2, 2, 17), datetime(2023, 2, 1, 8), datetime(2023, 2, 1, 17)),
    }
    check = import_check(result, stored, convention="microsoft")
    assert check.agrees and check.tallies["late_start"].compared == 1 and check.tallies["late_finish"].compared == 0
    assert not import_check(result, stored).agrees


def test_rounding_may_be_tolerated_and_what_is_not_in_the_network_is_named():
    result = calculated([task("A", 3), task("level", kind=Kind.LEVEL_OF_EFFORT)], [])
    stored = {"A": StoredDates(early_start=datetime(2023, 2, 6, 8, 1)), "level": StoredDates(early_start=MONDAY), "ghost": StoredDates()}
    check = import_check(result, stored, tolerance=1)
    assert check.agrees and check.tallies["early_start"].equal_clock == 0
    assert check.outside == ("level",) and check.unknown == ("ghost",)
    assert check.tallies["free_float"].share_position is None and check.tallies["free_float"].share_clock is None
