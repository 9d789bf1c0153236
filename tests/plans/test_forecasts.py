"""Forecasts: stored with all that they were made of, made again to the bit, withheld with a reason, and one in force."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from zhuanban.domains.plans import actions, effects, runs
from zhuanban.domains.plans.forecasting import Settings
from zhuanban.domains.plans.models import Forecast, Plan, PlanTemplate, WorkItem
from zhuanban.engines.schedules.forecast import ENGINE
from zhuanban.kernel import clock

TODAY = date(2023, 2, 10)
QUICK = Settings(TODAY, 20230210, 60, 30, 0.8)
KEPT = [field.name for field in Forecast._meta.concrete_fields if field.name not in {"id", "made_at", "current"}]
pytestmark = pytest.mark.django_db


@pytest.fixture
def plant(project, dispatcher):
    """A plant under way with nodes, a promise of its enclosure and its end, and the template's plan."""
    made = project("合成厂房", stage="under_construction", sector="industry")
    actions.open_nodes(made, by=dispatcher)
    days = {"warm_enclosure": date(2023, 10, 31), "completed": date(2024, 3, 31), "production": date(2024, 6, 30)}
    promised = {f"node_{node.pk}": days[node.code] for node in made.nodes.filter(code__in=days)}
    actions.promise_dates(made, by=dispatcher, **promised)
    template = PlanTemplate.objects.get(key="plant")
    actions.make_plan(made, by=dispatcher, template=template, start_on=date(2022, 9, 1), finish_on=date(2024, 3, 31))
    return made


def renewed(project, settings=QUICK) -> Forecast:
    runs.renew([project.pk], settings=settings)
    return Forecast.objects.get(project=project, current=True)


def rewrite(project, change) -> None:
    """Another document in the plan in force."""
    plan = project.plans.get(state=Plan.State.CURRENT)
    change(plan.document)
    plan.save(update_fields=["document"])


def test_the_first_plan_is_the_baseline_too(plant):
    plan = plant.plans.get()
    assert (plan.state, plan.origin, plan.number) == ("current", "template", 1)
    assert plant.baselines.get().plan == plan and abs((plan.finish_on - date(2024, 3, 31)).days) < 150
    assert {"warm_enclosure", "completed", "production"} <= {each.get("node") for each in plan.document["activities"]}


def test_a_forecast_tells_what_it_was_made_of(plant):
    made = renewed(plant)
    assert (made.seed, made.engine, made.data_date, made.iterations) == (20230210, ENGINE, TODAY, 60)
    assert made.calendar_version and made.basis and made.progress and made.plan == plant.plans.get()
    assert TODAY < made.finish_p10 <= made.finish_p50 <= made.finish_p80 <= made.finish_p90
    assert (made.enclosure, made.withheld, made.finish_promised) == ("open", "", date(2024, 6, 30))
    assert 0 <= made.enclosed_in_time <= 1 and made.frost_on


def test_it_is_made_again_to_the_bit(plant, dispatcher):
    actions.reach(plant.nodes.get(code="start"), by=dispatcher, on=date(2022, 9, 5))
    actions.log_disruption(plant, by=dispatcher, kind="epidemic", from_day=date(2022, 11, 1), to_day=date(2022, 11, 20))
    stored = renewed(plant)
    assert stored.progress.facts and stored.result["without"]
    again = runs.again(stored)
    assert again.result["digest"] == stored.result["digest"]
    assert {name: getattr(again, name) for name in KEPT} == {name: getattr(stored, name) for name in KEPT}


def test_another_engines_forecast_is_not_made_again(plant):
    stored = renewed(plant)
    stored.engine = "another"
    with pytest.raises(ValueError, match="another"):
        runs.again(stored)


def test_without_a_plan_it_is_withheld(project):
    made = renewed(project("无计划", stage="under_construction"))
    assert (made.enclosure, made.withheld, made.finish_p50, made.enclosed_in_time) == ("withheld", "no_plan", None, None)
    assert "没有计划" in made.withheld_words


def test_an_enclosure_that_waits_for_nothing_has_no_probability(plant):
    def loosen(document):
        closing = {each["id"] for each in document["activities"] if each.get("node") == "warm_enclosure"}
        document["links"] = [link for link in document["links"] if link[1] not in closing]

    rewrite(plant, loosen)
    made = renewed(plant)
    assert (made.enclosure, made.withheld, made.enclosed_in_time, made.gain) == ("withheld", "no_logic", None, None)
    assert "没有前置工序" in made.withheld_words


def test_a_promised_enclosure_that_the_plan_does_not_lead_to_has_no_probability(plant):
    def forget(document):
        for each in document["activities"]:
            each.pop("enclosure", None)
            if each.get("node") == "warm_enclosure":
                del each["node"]

    rewrite(plant, forget)
    made = renewed(plant)
    assert (made.enclosure, made.withheld, made.enclosed_in_time) == ("withheld", "no_logic", None)


def test_exactly_one_forecast_is_in_force(plant):
    first = renewed(plant)
    assert renewed(plant).pk == first.pk and plant.forecasts.count() == 1
    second = renewed(plant, Settings(TODAY, 7, 60, 30, 0.8))
    assert second.pk != first.pk
    assert list(plant.forecasts.order_by("pk").values_list("current", flat=True)) == [False, True]


def test_more_progress_never_ends_later(plant, dispatcher):
    at = clock.now()
    item = WorkItem.objects.create(
        project=plant, name="土方", kind="earthwork", unit="立方米", quantity=Decimal(100), created_at=at, updated_at=at
    )
    ends = []
    for done in (0, 20, 60, 100):
        WorkItem.objects.filter(pk=item.pk).update(done=done)
        made = renewed(plant)
        ends.append((made.finish_p10, made.finish_p50, made.finish_p80, made.finish_p90))
    assert all(then <= now for before, after in pairwise(ends) for now, then in zip(before, after, strict=True))
    assert ends[-1] < ends[0]


def test_a_change_of_nothing_changes_nothing(plant):
    plan = plant.plans.get()
    task = next(each for each in plan.document["activities"] if each.get("work_class") == "envelope")
    found = effects.of_change(plan, task["id"], start_on=date(2022, 9, 1))
    assert not found.moves and not found.unknown and found.odds
    assert all(before == after for before, after in found.odds.values())


def test_a_later_envelope_never_helps(plant):
    plan = plant.plans.get()
    task = next(each for each in plan.document["activities"] if each.get("work_class") == "envelope")
    found = effects.of_change(plan, task["id"], start_on=date(2023, 12, 1))
    assert found.moves and all(move.days > 0 for move in found.moves)
    assert all(after <= before for before, after in found.odds.values())


def test_a_request_keeps_what_its_move_would_do(plant, person):
    node = plant.nodes.get(code="warm_enclosure")
    asked = actions.request_date(node, by=person("centre_dispatcher", area="220106"), to_day=date(2024, 5, 31), reason="围护晚到")
    assert asked.effect["unknown"] == "" and {"node", "frost", "finish"} <= set(asked.effect["odds"])
    assert any(name.endswith("暖封闭") and days > 0 for name, _before, _after, days in asked.effect["moves"])
    before, after = asked.effect["odds"]["frost"]
    assert after <= before and after == 0
