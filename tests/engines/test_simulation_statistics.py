"""Distributions against closed forms, probabilities against known answers, what drives a date, and the roll-up of many projects."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, timedelta
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from risky_plans import CALENDARS, DATA_DATE, DAY, DRIVERS, FROST, SPREAD, risky_plan

from zhuanban.engines.schedules import (
    FINISH,
    Activity,
    Empirical,
    Exposure,
    Fixed,
    Kind,
    Link,
    LinkType,
    Lognormal,
    Pert,
    RiskDriver,
    RiskEvent,
    RiskPlan,
    Triangular,
    Uniform,
    Weather,
    of_days,
    rollup,
    simulate,
)
from zhuanban.engines.schedules.distributions import UNIT, table


def task(name: str, days: float, calendar: str = "days", **more) -> Activity:
    return Activity(name, round(days * DAY), calendar, flagged=True, **more)


def one(activities, links=(), uncertainty=None, iterations=4000, **more):
    plan = RiskPlan("p", activities, links, **{key: more.pop(key) for key in ("events", "deadlines", "tags") if key in more})
    return simulate([plan], CALENDARS, DATA_DATE, uncertainty=uncertainty, iterations=iterations, **more)["p"]


# distributions


def triangular_moments(low, mode, high):
    return (low + mode + high) / 3, math.sqrt((low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18)


def pert_moments(low, mode, high, weight=4.0):
    mean = (low + weight * mode + high) / (weight + 2)
    return mean, math.sqrt((mean - low) * (high - mean) / (weight + 3))


@pytest.mark.parametrize(
    ("distribution", "mean", "spread"),
    [
        (Triangular(0.8, 1.0, 1.6), *triangular_moments(0.8, 1.0, 1.6)),
        (Triangular(1, 1, 2), *triangular_moments(1, 1, 2)),
        (Pert(0.8, 1.0, 1.6), *pert_moments(0.8, 1.0, 1.6)),
        (Pert(0.5, 0.5, 3.0), *pert_moments(0.5, 0.5, 3.0)),
        (Uniform(0.5, 1.5), 1.0, 12**-0.5),
        (Fixed(1.25), 1.25, 0.0),
    ],
)
def test_tables_have_the_moments_of_the_formula(distribution, mean, spread):
    values = table(distribution) / UNIT
    assert values.mean() == pytest.approx(mean, abs=2e-4)
    assert values.std() == pytest.approx(spread, abs=1e-3)
    assert (np.diff(values) >= 0).all()


def test_quantiles_of_the_formula():
    lognormal = table(Lognormal(1.0, 1.5)) / UNIT
    assert lognormal[2048] == pytest.approx(1.0, abs=1e-3) and lognormal[3686] == pytest.approx(1.5, abs=2e-3)
    sigma = math.log(1.5) / NormalDist().inv_cdf(0.9)
    assert lognormal.mean() == pytest.approx(math.exp(sigma**2 / 2), rel=2e-3)
    triangular = Triangular(0.0, 1.0, 4.0).quantile(np.array([0.0, 0.25, 1.0]))
    assert triangular.tolist() == pytest.approx([0.0, 1.0, 4.0])
    assert Pert(0, 1, 2).quantile(np.array([0.5]))[0] == pytest.approx(1.0, abs=1e-6)


def test_a_reference_class_speaks_from_thirty_cases_on():
    cases = tuple(1 + number / 100 for number in range(40))
    values = table(Empirical(cases)) / UNIT
    assert values[0] == pytest.approx(1.0, abs=1e-3) and values[-1] == pytest.approx(1.39, abs=1e-3)
    assert values.mean() == pytest.approx(np.mean(cases), abs=1e-3)
    with pytest.raises(ValueError, match="takes 30"):
        Empirical(cases[:29])


def test_distributions_that_are_none():
    for bad in (lambda: Triangular(2, 1, 3), lambda: Uniform(2, 1), lambda: Lognormal(0, 1), lambda: Pert(0, float("nan"), 1)):
        with pytest.raises(ValueError, match=r"not|hold|positive"):
            bad()
    with pytest.raises(ValueError, match="no factor"):
        table(Uniform(-1, 1))
    assert of_days(Triangular(20, 25, 40), 25) == Triangular(0.8, 1.0, 1.6)


# known answers


def test_probability_of_one_triangular_activity():
    forecast = one([task("dig", 100)], uncertainty=Triangular(0.8, 1.0, 1.6), iterations=20_000)
    for days in (85, 100, 120, 150):
        share = days / 100
        below = (share - 0.8) ** 2 / (0.8 * 0.2) if share <= 1 else 1 - (1.6 - share) ** 2 / (0.8 * 0.6)
        found = forecast.probability_before(DATA_DATE + timedelta(days=days - 1 + 10), "dig")
        assert found == pytest.approx(below, abs=4 * forecast.probability_error(below)), days


def test_two_in_a_row_and_the_later_of_two():
    row = one([task("a", 100), task("b", 100)], [Link("a", "b")], Uniform(0.5, 1.5), 20_000)
    assert row.ticks().mean() / 1024 - 10 == pytest.approx(200, abs=1)
    assert row.ticks().std() / 1024 == pytest.approx(100 * math.sqrt(2 / 12), rel=0.03)
    later = one([task("a", 100), task("b", 100)], [], Uniform(0.5, 1.5), 20_000)
    assert later.ticks().mean() / 1024 - 10 == pytest.approx(50 + 200 / 3, abs=1)
    assert later.criticality()["a"] == pytest.approx(0.5, abs=0.02)
    assert later.criticality()["a"] + later.criticality()["b"] == 1.0


def test_an_event_happens_as_often_as_it_is_told():
    event = RiskEvent("flood", "dig", 0.3, 20)
    forecast = one([task("dig", 30)], events=[event])
    assert forecast.probability_before(forecast.at(0.01)) == pytest.approx(0.7, abs=0.03)
    assert set(np.unique(np.diff(np.unique(forecast.ticks())))) == {20 * 1024}
    assert [(bar.kind, bar.id) for bar in forecast.tornado()] == [("activity", "dig"), ("event", "flood")]


def test_quantiles_rise_and_errors_shrink_with_the_iterations():
    few, many = (one([task("dig", 100)], uncertainty=Triangular(0.5, 1, 2), iterations=count) for count in (500, 8000))
    assert list(many.quantiles()) == sorted(many.quantiles()) and len(many.quantiles()) == 99
    assert many.quantiles()[49] == many.at(0.5)
    assert few.date_error(0.8) / many.date_error(0.8) == pytest.approx(4, rel=0.5)
    repeated = [one([task("dig", 100)], uncertainty=Triangular(0.5, 1, 2), iterations=500, seed=seed) for seed in range(30)]
    spread = np.std([each.ticks()[np.argsort(each.ticks())[399]] / 1024 for each in repeated])
    assert few.date_error(0.8) == pytest.approx(spread, rel=0.5)


def test_what_is_complete_is_certain():
    done = task("done", 10, actual_start=datetime(2023, 1, 2), actual_finish=datetime(2023, 1, 20))
    forecast = one([done], uncertainty=Uniform(0.5, 2), deadlines={"done": date(2023, 1, 25)})
    assert {forecast.at(share, "done") for share in (0.01, 0.5, 0.99)} == {date(2023, 1, 20)}
    assert forecast.at(0.5) == date(2023, 1, 20)
    assert forecast.enclosures[0].probability == 1.0 and forecast.enclosures[0].margin_days == 5
    assert forecast.criticality() == {} and forecast.tornado() == ()


# what decides


def test_sensitivity_finds_what_varies_and_matters():
    activities = [task("long", 60), task("short", 5), task("beside", 20)]
    forecast = one(activities, [Link("long", "short")], Uniform(0.5, 1.5))
    sensitivity, criticality = forecast.sensitivity(), forecast.criticality()
    assert sensitivity["long"] > 0.95 and 0 < sensitivity["short"] < 0.25 and abs(sensitivity["beside"]) < 0.05
    assert criticality == {"long": 1.0, "short": 1.0, "beside": 0.0}
    assert [bar.id for bar in forecast.tornado(2)] == ["long", "short"]
    assert forecast.tornado(1)[0].days == pytest.approx(60 / math.sqrt(12), rel=0.1)
    assert forecast.significance()["long"] == pytest.approx(1.0, abs=0.05)


def test_correlations_are_those_of_the_drawn_numbers():
    plan = risky_plan("p", 5, 20)
    forecast = simulate([plan], CALENDARS, DATA_DATE, frost=FROST, uncertainty=SPREAD, drivers=DRIVERS, iterations=500)["p"]
    assert all(-1 <= value <= 1 for value in forecast.sensitivity().values())
    chain = one([task("dig", 50)], uncertainty=Pert(0.5, 1, 3))
    assert chain.sensitivity()["dig"] == pytest.approx(1.0, abs=0.01)


def test_the_enclosure_drives_work_that_waits_for_it():
    walls = task("walls", 5, exposure=Exposure.ENCLOSABLE, work_class="masonry", enclosure="roof")
    forecast = one([task("roof", 20), walls], [], Uniform(0.8, 1.2), frost=FROST)
    assert forecast.criticality()["roof"] == 1.0 and forecast.criticality()["walls"] == 1.0
    assert forecast.sensitivity()["roof"] > 0.75
    assert forecast.criticality("roof") == {"roof": 1.0, "walls": 0.0}


def forward(plan: RiskPlan) -> RiskPlan:
    """The plan without what may turn things round: links from starts (work that is tied to its end begins later when it is shorter), leads
    (the same work before a finish spans more days in the frost), and links to the finish of work that waits for its enclosure: a finish
    inside the frost counts as the day before it, which is the same position of work, and as itself once the building is closed.
    """
    inside = {each.id for each in plan.activities if each.enclosure}
    to_finish = {LinkType.FF, LinkType.SF}
    links = [
        replace(
            link,
            type=LinkType.FF if link.type in to_finish and link.successor not in inside else LinkType.FS,
            lag=max(0, link.lag),
        )
        for link in plan.links
    ]
    return replace(
        plan, links=links, activities=[replace(each, kind=Kind.TASK, duration=each.duration + 2 * DAY) for each in plan.activities]
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 9))
def test_longer_work_never_ends_anything_earlier(seed, which):
    plan = forward(risky_plan("p", seed, 10, progress=False))
    grown = [replace(each, duration=each.duration * 2) if each.id == f"p-{which:02d}" else each for each in plan.activities]
    later_than(plan, replace(plan, activities=grown))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**9))
@example(155768)
def test_an_earlier_enclosure_never_ends_anything_later(seed):
    plan = forward(risky_plan("p", seed, 10, progress=False))
    enclosures = set(plan.enclosures())
    faster = [replace(each, duration=each.duration // 2) if each.id in enclosures else each for each in plan.activities]
    later_than(replace(plan, activities=faster), plan)


def later_than(first: RiskPlan, second: RiskPlan) -> None:
    setting = {"frost": FROST, "uncertainty": SPREAD, "iterations": 60}
    before, after = (simulate([each], CALENDARS, DATA_DATE, **setting)["p"] for each in (first, second))
    for activity in first.activities:
        assert int((before.ticks(activity.id) - after.ticks(activity.id)).max()) <= ROUNDING


ROUNDING = 24
"""Ticks (of 84 seconds) that parts of days at several winter rates may add up to."""


# enclosures and the portfolio


def building(name: str, number: int = 0, **more) -> RiskPlan:
    activities = [
        task("dig", 40 + number % 5, exposure=Exposure.OUTDOOR, work_class="earthwork"),
        task("steel", 60, exposure=Exposure.OUTDOOR, work_class="steel"),
        Activity("roof", 0, "days", kind=Kind.FINISH_MILESTONE),
        task("walls", 30, exposure=Exposure.ENCLOSABLE, work_class="masonry", enclosure="roof"),
    ]
    links = [Link("dig", "steel"), Link("steel", "roof"), Link("steel", "walls", LinkType.SS, 30 * DAY)]
    return RiskPlan(name, activities, links, deadlines={"roof": date(2023, 6, 25)}, **more)


def test_enclosed_in_time_with_days_to_spare():
    forecast = simulate([building("p")], CALENDARS, DATA_DATE, uncertainty=Triangular(0.8, 1, 1.6), frost=FROST)["p"]
    (enclosed,) = forecast.enclosures
    assert enclosed.activity == "roof" and enclosed.deadline == date(2023, 6, 25) and not enclosed.withheld
    assert enclosed.probability == forecast.probability_before(date(2023, 6, 25), "roof")
    assert enclosed.margin_days == (date(2023, 6, 25) - forecast.at(0.8, "roof")).days
    assert enclosed.shown == round(enclosed.probability * 20) / 20
    stored = forecast.summary()
    assert stored["enclosures"][0]["probability"] == enclosed.probability and stored["digest"] == forecast.digest()
    assert {"engine", "seed", "iterations", "data_date", "calendar_version", "provisional_years"} <= set(stored)


def test_no_probability_without_logic():
    plan = building("p")
    reasons = {}
    for name, links in (("loose", plan.links[:1]), ("whole", plan.links), ("dangling", plan.links[:2])):
        activities = [each for each in plan.activities if name != "dangling" or each.id != "walls"]
        made = replace(plan, links=links, activities=activities)
        (enclosed,) = simulate([made], CALENDARS, DATA_DATE, uncertainty=Uniform(0.9, 1.2), iterations=50)["p"].enclosures
        reasons[name] = enclosed.withheld
        assert (enclosed.probability is None) == (enclosed.margin_days is None) == (enclosed.shown is None) == bool(enclosed.withheld)
    assert reasons == {"loose": "no_predecessors", "whole": "", "dangling": "no_successors"}
    missing = replace(plan, deadlines={"tent": date(2023, 6, 1), **plan.deadlines})
    withheld = {each.activity: each.withheld for each in simulate([missing], CALENDARS, DATA_DATE, iterations=10)["p"].enclosures}
    assert withheld == {"roof": "", "tent": "unknown_activity"}


def test_shared_drivers_widen_the_spread_of_the_count():
    plans = [building(f"p{number}", number) for number in range(60)]
    counted = {}
    for shared in (True, False):
        driver = RiskDriver("steel", 0.5, Triangular(1.1, 1.3, 1.6), frozenset({"steel"}), shared=shared)
        forecasts = simulate(
            plans, CALENDARS, DATA_DATE, uncertainty=Triangular(0.8, 1, 1.4), drivers=[driver], frost=FROST, iterations=1000
        )
        counted[shared] = rollup(list(forecasts.values()), "roof", date(2023, 7, 10))
    assert counted[True].mean == pytest.approx(counted[False].mean, abs=2.5)
    assert counted[True].spread > 3 * counted[False].spread
    assert counted[True].counts.shape == (1000,) and counted[True].total == 60
    assert sum(counted[True].distribution().values()) == pytest.approx(1.0)
    assert counted[True].quantile(0.1) <= counted[True].mean <= counted[True].quantile(0.9)
    assert counted[True].at_least(0) == 1.0


def test_a_rollup_by_group_and_without_the_withheld():
    loose = replace(building("loose"), links=[])
    plans = [building("a1"), building("a2"), building("b1"), loose]
    forecasts = simulate(plans, CALENDARS, DATA_DATE, uncertainty=Triangular(0.8, 1, 1.6), iterations=200)
    counted = rollup(list(forecasts.values()), "roof", groups=lambda forecast: forecast.project[0])
    assert counted.total == 3 and counted.withheld == {"loose": "no_predecessors"}
    assert {name: part.total for name, part in counted.groups.items()} == {"a": 2, "b": 1, "l": 0}
    assert (sum(part.counts for part in counted.groups.values()) == counted.counts).all()
    finish = rollup(list(forecasts.values()), FINISH, date(2023, 7, 1))
    assert finish.total == 4
    others = simulate(plans[:1], CALENDARS, DATA_DATE, iterations=100)
    with pytest.raises(ValueError, match="different seeds"):
        rollup([*forecasts.values(), *others.values()], "roof")


def test_the_deadline_comes_with_the_season():
    plan = RiskPlan("p", [task("a", 10), task("b", 10)], [Link("a", "b")], deadlines={"b": date(2023, 3, 5)})
    plan = replace(plan, activities=[*plan.activities, task("c", 1)], links=[*plan.links, Link("b", "c")])
    margins = {}
    for days in (-9, 0, 9):
        forecast = simulate([plan], CALENDARS, DATA_DATE, frost=FROST, weather=Weather(Fixed(days)), iterations=10)["p"]
        margins[days] = forecast.margin_days("b"), forecast.enclosures[0].probability
    assert margins == {-9: (-5, 0.0), 0: (4, 1.0), 9: (13, 1.0)}


def test_drivers_find_their_activities():
    named = RiskDriver("named", 1.0, Fixed(2.0), activities=frozenset({"a"}))
    tagged = RiskDriver("tagged", 1.0, Fixed(1.5), tags=frozenset({"north", "concrete"}))
    activities = [task("a", 10), task("b", 10), task("c", 10, work_class="concrete"), task("d", 10)]
    forecast = one(activities, drivers=[named, tagged], tags={"a": frozenset({"north"})}, iterations=5)
    assert {name: int(forecast.ticks(name)[0]) // 1024 - 0 for name in "bd"} == {"b": 10, "d": 10}
    assert forecast.ticks("c")[0] == 15 * 1024 and forecast.at(0.5, "a") == date(2023, 3, 21)


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="iterations"):
        one([task("a", 1)], iterations=0)
    with pytest.raises(ValueError, match="same id"):
        one([task("a", 1)], drivers=DRIVERS + DRIVERS)
    with pytest.raises(ValueError, match="probability"):
        RiskDriver("x", 1.5, Fixed())
    with pytest.raises(ValueError, match="backend 'fast'"):
        one([task("a", 1)], backend="fast")
    with pytest.raises(KeyError, match="no flagged activity"):
        one([task("a", 1)]).at(0.5, "b")
    with pytest.raises(ValueError, match="names no activity"):
        one([task("a", 1)], events=[RiskEvent("e", "b", 0.1, 3)])
