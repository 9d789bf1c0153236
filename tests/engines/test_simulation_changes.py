"""What-if with the same random numbers, and the latest start that still works."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risky_plans import CALENDARS, DATA_DATE, DAY, DRIVERS, FROST, SPREAD, risky_plan

from zhuanban.engines.schedules import (
    Activity,
    Crew,
    DropEvent,
    Expose,
    Exposure,
    Link,
    Remaining,
    RiskEvent,
    RiskPlan,
    ShiftStart,
    Simulation,
    StartFrom,
    Triangular,
    latest_start,
    simulate,
    what_if,
)

SIMULATION = Simulation(CALENDARS, DATA_DATE, FROST, Triangular(0.8, 1.0, 1.6), iterations=500)


def task(name: str, days: float, **more) -> Activity:
    return Activity(name, round(days * DAY), "days", flagged=True, **more)


def hall(deadline: date = date(2023, 5, 25)) -> RiskPlan:
    activities = [
        task("frame", 40),
        task("envelope", 30),
        task("walls", 20, exposure=Exposure.ENCLOSABLE, work_class="masonry", enclosure="envelope"),
    ]
    links = [Link("frame", "envelope"), Link("frame", "walls"), Link("envelope", "walls")]
    return RiskPlan("hall", activities, links, deadlines={"envelope": deadline}, events=[RiskEvent("crane", "frame", 0.3, 25)])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**9))
def test_nothing_changed_is_exactly_nothing(seed):
    made = Simulation(CALENDARS, DATA_DATE, FROST, SPREAD, DRIVERS, iterations=50)
    plan = risky_plan("p", seed, 12)
    for changes in ([], [ShiftStart(plan.activities[0].id, 0)], [Crew(plan.activities[1].id, 1.0)]):
        found = what_if(made, plan, changes)
        assert found.before.digest() == found.after.digest()
        for each in found.differences.values():
            assert (each.p50_days, each.p80_days, each.mean_days, each.probability or 0.0) == (0, 0, 0.0, 0.0)


def test_each_change_moves_what_it_should():
    plan = hall()
    found = {
        name: what_if(SIMULATION, plan, [change]).differences
        for name, change in {
            "later": ShiftStart("envelope", 10),
            "earlier": ShiftStart("envelope", -10),
            "longer": Remaining("frame", 60 * DAY),
            "double": Crew("frame", 2.0),
            "calm": DropEvent("crane"),
            "tent": Expose("walls", Exposure.SHELTERED),
        }.items()
    }
    assert found["later"]["envelope"].mean_days == 10 and found["later"]["frame"].mean_days == 0
    assert found["earlier"]["envelope"].mean_days == -10
    assert found["longer"]["frame"].mean_days == pytest.approx(20 * 3.4 / 3, abs=2)
    assert found["double"]["frame"].mean_days < -15 and found["double"]["envelope"].probability >= 0
    assert -9 < found["calm"]["frame"].mean_days < -6 and found["calm"]["envelope"].probability > 0
    assert found["tent"]["envelope"].mean_days == 0 and found["tent"]["walls"].mean_days <= 0
    assert what_if(SIMULATION, plan, [ShiftStart("envelope", 10)]).basis.iterations == 500


def test_an_earlier_start_never_passes_the_data_date():
    plan = hall()
    found = what_if(SIMULATION, plan, [ShiftStart("frame", -500)])
    assert found.differences["frame"].mean_days == 0


def test_the_latest_start_of_the_envelope_for_four_in_five():
    plan = hall(date(2023, 7, 20))
    answer = latest_start(SIMULATION, plan, "envelope", target="envelope")
    assert not answer.reason and answer.day is not None and answer.now >= answer.probability >= 0.8
    again, after = (
        SIMULATION.run([what_if_from(plan, answer.day + timedelta(days=more))])["hall"].enclosures[0].probability for more in (0, 1)
    )
    assert again == answer.probability and after < 0.8, "a day later is too late"


def what_if_from(plan: RiskPlan, day: date) -> RiskPlan:
    from zhuanban.engines.schedules import changed

    return changed(plan, [StartFrom("envelope", day)])


def test_why_there_is_no_latest_start():
    plan = hall(date(2023, 7, 20))
    late = latest_start(SIMULATION, plan, "envelope", target="envelope", deadline=date(2023, 4, 1))
    assert late.day is None and late.reason == "too_late_already" and late.now < 0.8
    loose = RiskPlan("loose", plan.activities, [Link("frame", "walls")], deadlines=plan.deadlines)
    assert latest_start(SIMULATION, loose, "envelope", target="envelope").reason == "withheld"
    begun = RiskPlan(
        "begun", [*plan.activities[::2], task("envelope", 30, actual_start=datetime(2023, 2, 1))], plan.links, deadlines=plan.deadlines
    )
    assert latest_start(SIMULATION, begun, "envelope", target="envelope").reason == "started"
    with pytest.raises(ValueError, match="no deadline"):
        latest_start(SIMULATION, plan, "envelope", target="walls")


def test_changes_that_cannot_be_made():
    with pytest.raises(ValueError, match="no activity 'x'"):
        what_if(SIMULATION, hall(), [Crew("x", 2)])
    with pytest.raises(ValueError, match="no risk event"):
        what_if(SIMULATION, hall(), [DropEvent("x")])
    with pytest.raises(ValueError, match="times the crew"):
        Crew("frame", 0)


def test_a_question_asked_again_has_the_same_answer():
    first, again = (what_if(SIMULATION, hall(), [Crew("frame", 1.5)]) for _ in range(2))
    assert first.differences == again.differences
    alone = simulate([hall()], CALENDARS, DATA_DATE, frost=FROST, uncertainty=Triangular(0.8, 1.0, 1.6), iterations=500)["hall"]
    assert alone.digest() == first.before.digest()
