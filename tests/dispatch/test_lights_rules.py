"""How a light follows from facts: bounds, order, memory, and what holds for any facts whatever."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.domains.dispatch.rules import light_rules
from zhuanban.domains.dispatch.rules.light_rules import (
    GREEN,
    GREY,
    KINDS,
    RANK,
    RED,
    YELLOW,
    Bounds,
    Light,
    LightFacts,
    Measured,
    Rules,
    WrongRules,
    evaluate,
    remembered,
    step,
)

SEED = Path(light_rules.__file__).parents[1] / "seed" / "light_rules.yaml"
TOLD = yaml.safe_load(SEED.read_text(encoding="utf-8"))[0]["thresholds"]
RULES = Rules.read(TOLD)
BUILDING = "under_construction"
DAY = date(2023, 2, 10)
numbers = st.one_of(st.integers(-50, 400), st.floats(-50, 400, allow_nan=False))
measures = st.dictionaries(st.sampled_from(sorted(KINDS)), numbers)
stages = st.sampled_from(sorted(RULES.lit))


def facts(stage: str = BUILDING, **values: float) -> LightFacts:
    return LightFacts(stage, {name: Measured(value) for name, value in values.items()})


def level(stage: str = BUILDING, **values: float) -> str:
    light = evaluate(facts(stage, **values), RULES)
    assert light is not None
    return light.level


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("node_slip", {0: GREEN, 1: YELLOW, 15: YELLOW, 16: RED}),
        ("investment_gap", {5: GREEN, 5.01: YELLOW, 15: YELLOW, 15.01: RED, -3: GREEN}),
        ("no_report", {1: GREEN, 2: YELLOW, 4: YELLOW, 5: RED}),
        ("enclosure", {80: GREEN, 79: YELLOW, 50: YELLOW, 49: RED}),
        ("finish", {30: GREEN, 31: YELLOW, 900: YELLOW}),
        ("overdue_problems", {0: GREEN, 1: YELLOW, 2: YELLOW, 3: RED}),
        ("overdue_top", {0: GREEN, 1: RED}),
        ("blocked_permit", {0: GREEN, 1: YELLOW, 15: YELLOW, 16: RED}),
        ("stopped", {0: GREEN, 1: YELLOW, 400: YELLOW}),
    ],
)
def test_each_rule_turns_at_its_bound_and_not_before(rule, values):
    for value, wanted in values.items():
        assert level(**{"no_report": 0, rule: value}) == wanted, (rule, value)


def test_the_light_is_the_worst_of_all_and_tells_it_first():
    light = evaluate(facts(investment_gap=8, no_report=5, node_slip=3), RULES)
    assert light is not None and light.level == RED
    assert [(reason.rule, reason.level) for reason in light.reasons] == [
        ("no_report", RED),
        ("node_slip", YELLOW),
        ("investment_gap", YELLOW),
    ]
    assert light.reasons[0].bound == 5 and light.reasons[0].value == 5


def test_without_data_it_is_grey_and_never_green():
    assert level() == GREY
    assert level(overdue_problems=0, finish=0, enclosure=100) == GREY, "no problem is no proof that the site goes on"
    light = evaluate(facts(no_report=0), RULES)
    assert light is not None and (light.level, light.missing) == (GREEN, ("node_slip", "investment_gap"))


def test_a_site_of_which_no_day_was_ever_reported_is_not_green_however_fine_its_plan():
    light = evaluate(facts(node_slip=0, investment_gap=0), RULES)
    assert light is not None and (light.level, light.missing) == (GREY, ("no_report",))
    assert level("ready", node_slip=0) == GREEN, "before the start nobody reports"


def test_what_is_wrong_is_told_even_where_nothing_else_is_known():
    assert level("ready", blocked_permit=20) == RED
    assert level("pre_stage", overdue_problems=1) == YELLOW


def test_a_rule_holds_only_for_its_stages_and_a_light_only_where_there_is_something_to_light():
    assert level("suspended", no_report=30, node_slip=0) == GREEN
    assert level("suspended", no_report=30, node_slip=0, stopped=30) == YELLOW
    assert evaluate(facts("lead", node_slip=99), RULES) is None
    assert evaluate(facts("archived", node_slip=99), RULES) is None


@given(stages, measures)
def test_the_same_facts_give_the_same_light(stage, values):
    assert evaluate(facts(stage, **values), RULES) == evaluate(facts(stage, **dict(reversed(values.items()))), RULES)


@given(stages, measures, st.sampled_from(sorted(KINDS)), st.floats(0, 500))
def test_a_worse_fact_never_makes_a_better_light(stage, values, rule, by):
    before = values.get(rule, 0)
    worse = before - by if KINDS[rule].sense == "below" else before + by
    assert RANK[level(stage, **values | {rule: worse})] >= RANK[level(stage, **values | {rule: before})]


@given(stages, measures, st.sampled_from(sorted(KINDS)))
def test_knowing_less_of_what_is_in_order_never_makes_it_greener(stage, values, rule):
    """A fact that breaks no rule is taken away: the light stays as it is, or turns grey."""
    light = evaluate(facts(stage, **values), RULES)
    assert light is not None
    if rule not in {reason.rule for reason in light.reasons}:
        less = level(stage, **{name: value for name, value in values.items() if name != rule})
        assert RANK[less] >= RANK[light.level] and less in {light.level, GREY}


@given(stages, measures)
def test_every_reason_breaks_its_bound_and_every_broken_bound_is_a_reason(stage, values):
    light = evaluate(facts(stage, **values), RULES)
    assert light is not None
    ranks = [RANK[reason.level] for reason in light.reasons]
    assert ranks == sorted(ranks, reverse=True)
    for reason in light.reasons:
        assert KINDS[reason.rule].broken(reason.value, reason.bound)
    holding = {name for name, bounds in RULES.bounds.items() if not bounds.stages or stage in bounds.stages}
    assert {reason.rule for reason in light.reasons} == {
        name for name in holding & values.keys() if KINDS[name].broken(values[name], RULES.bounds[name].yellow)
    }


@given(measures, st.integers(0, 30), st.integers(0, 30))
def test_memory_never_shows_a_better_light_than_was_computed(values, days, ago):
    computed = evaluate(facts(**values), RULES)
    assert computed is not None
    shown, until = remembered(computed, DAY - timedelta(days=ago), DAY, days)
    assert RANK[shown.level] >= RANK[computed.level]
    assert (until is not None) == (ago <= days and computed.level != RED)


def test_a_red_stays_yellow_for_its_days_and_then_is_green():
    rules = replace(RULES, memory_days=7)
    standing, _shown = step(None, Light(RED), DAY, rules)
    assert (standing.level, standing.red_since, standing.red_on) == (RED, DAY, DAY)
    for after in range(1, 8):
        standing, shown = step(standing, Light(GREEN), DAY + timedelta(days=after), rules)
        assert (standing.level, standing.computed, standing.memory_until) == (YELLOW, GREEN, DAY + timedelta(days=7))
        assert [reason.rule for reason in shown.reasons] == ["memory"]
    standing, shown = step(standing, Light(GREEN), DAY + timedelta(days=8), rules)
    assert (standing.level, standing.red_days, standing.red_since, shown.reasons) == (GREEN, 8, None, ())


def test_data_that_stop_coming_do_not_end_the_memory():
    standing, _shown = step(None, Light(RED), DAY, RULES)
    standing, _shown = step(standing, Light(GREY), DAY + timedelta(days=1), RULES)
    assert standing.level == YELLOW


def test_an_override_shows_and_the_computed_light_goes_on_beside_it():
    standing, _shown = step(None, Light(RED), DAY, RULES, override=GREEN)
    assert (standing.level, standing.computed, standing.red_on) == (GREEN, RED, DAY)


def test_history_begins_a_row_only_where_colour_or_reasons_change():
    one, _shown = step(None, evaluate(facts(node_slip=3), RULES) or Light(GREY), DAY, RULES)
    later, _shown = step(one, evaluate(facts(node_slip=4), RULES) or Light(GREY), DAY + timedelta(days=1), RULES)
    assert one.changed_from(None) and not later.changed_from(one) and later.since == DAY
    redder, _shown = step(later, evaluate(facts(node_slip=16), RULES) or Light(GREY), DAY + timedelta(days=13), RULES)
    assert redder.changed_from(later) and redder.since == DAY + timedelta(days=13)


@pytest.mark.parametrize(
    "rules",
    [
        {"node_slip": {"yellow": 20, "red": 15}},
        {"enclosure": {"yellow": 40, "red": 50}},
        {"node_slip": {"yellow": None, "red": -1}},
        {"enclosure": {"yellow": 120, "red": 50}},
        {"no_such_rule": {"yellow": 1, "red": 2}},
        {"node_slip": {"yellow": None, "red": 5}},
    ],
)
def test_rules_that_contradict_themselves_are_refused(rules):
    with pytest.raises(WrongRules):
        Rules.read({**TOLD, "rules": rules})


def test_a_bound_that_is_absent_is_never_broken():
    rules = replace(RULES, bounds={"node_slip": Bounds(None, None)})
    light = evaluate(facts(node_slip=999, no_report=0), replace(rules, bounds={**rules.bounds, "no_report": RULES.bounds["no_report"]}))
    assert light is not None and light.level == GREEN
