"""Lights of real records: what is measured, what is written, who hears, who may say otherwise and for how long."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from zhuanban.domains.dispatch.actions import light_run
from zhuanban.domains.dispatch.actions import lights as verbs
from zhuanban.domains.dispatch.models import DailyTrack, LightDay, LightRuleSet, ProjectLight
from zhuanban.domains.dispatch.queries import light_facts, light_trials, lights
from zhuanban.domains.dispatch.rules.light_rules import Rules
from zhuanban.domains.plans.models import Forecast, Node
from zhuanban.domains.portfolio.models import AnnualPlan, InvestmentEntry, Project
from zhuanban.domains.problems.models import Holding, Problem, ProblemKind
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel import clock, deadlines, jobs
from zhuanban.kernel.errors import NotYours, Refused
from zhuanban.kernel.models import Deadline, Job, Notice

DAY = date(2023, 2, 10)


def stamps() -> dict:
    return {"created_at": clock.now(), "updated_at": clock.now()}


def node(project, due: date, reached: date | None = None, code: str = "start", name: str = "开工") -> Node:
    return Node.objects.create(
        project=project, code=code, name=name, phase="start", promised_on=due, due_on=due, reached_on=reached, **stamps()
    )


def secretary(project, person, since: date = date(2022, 6, 1)):
    return Responsibility.objects.create(project=project, post="secretary", person=person, from_day=since, **stamps())


def track(project, day: date) -> DailyTrack:
    return DailyTrack.objects.create(project=project, day=day, filed_at=clock.now(), workers_actual=30, done_today="砌筑", **stamps())


def money(project, planned: int, done: int, year: int = 2022) -> None:
    AnnualPlan.objects.create(project=project, year=year, amount=planned, **stamps())
    InvestmentEntry.objects.create(project=project, month=date(year, 11, 1), amount=done, **stamps())


def problem(project, **facts) -> Problem:
    clock_row = deadlines.owe(project.dossier, "area:220100", "解决问题", on_due="problems.rise", due_on=facts["due_on"])
    facts = {"state": "assigned", "tier": 1, "kind": ProblemKind.objects.get(pk="power"), **facts}
    made = Problem.objects.create(
        project=project,
        ref=f"WT-T-{Problem.objects.count():05d}",
        title="临时用电",
        holder_key="area:220100",
        holder_name="中心",
        solve=clock_row,
        reported_at=facts.pop("reported_at", clock.now()),
        **facts,
        **stamps(),
    )
    since = facts["due_on"] - timedelta(days=7)
    Deadline.objects.filter(pk=clock_row.pk).update(url=made.get_absolute_url(), started_on=since)
    at = timezone.make_aware(datetime.combine(since, time(9)))
    Holding.objects.create(problem=made, tier=made.tier, holder_key="area:220100", holder_name="中心", from_at=at, why="reported")
    return made


def compute() -> light_run.Run:
    return light_run.recompute()


def of(project) -> ProjectLight:
    return ProjectLight.objects.get(pk=project.pk)


def told(project) -> list[tuple[str, str, float]]:
    return [(each["rule"], each["level"], each["value"]) for each in of(project).reasons]


@pytest.fixture
def site(project):
    """A project under construction since last summer."""
    return lambda name="", **facts: project(name, stage="under_construction", stage_since=date(2022, 7, 1), **facts)


@pytest.fixture
def plan(project):
    """A project that is still prepared: nobody reports its days."""
    return lambda: project(stage="ready", stage_since=date(2022, 7, 1))


# What is measured ---------------------------------------------------------------------------------------------------------


def test_a_project_of_which_nothing_is_known_is_grey_and_a_lead_has_no_light(project, site):
    lead, unknown = project(stage="lead"), site()
    compute()
    assert not ProjectLight.objects.filter(pk=lead.pk).exists()
    assert (of(unknown).level, of(unknown).missing) == ("grey", ["node_slip", "no_report", "investment_gap"])


def test_the_worst_node_that_should_have_been_reached_is_told_by_its_name(site):
    late, reached, ahead = site(), site(), site()
    node(late, DAY - timedelta(days=3), code="start", name="开工")
    node(late, DAY - timedelta(days=16), code="tender", name="招标")
    node(reached, DAY - timedelta(days=40), reached=DAY - timedelta(days=1))
    node(ahead, DAY)
    compute()
    assert told(late) == [("node_slip", "red", 16)]
    assert of(late).reasons[0]["params"]["node"] == "招标"
    assert told(reached) == told(ahead) == [], "what was reached late is behind it; today is not over"


def test_money_is_held_against_the_months_whose_figures_are_in(site, move_day):
    behind, unreported, unplanned = site(), site(), site()
    money(behind, 1_000, 840)
    AnnualPlan.objects.create(project=unreported, year=2022, amount=1_000, **stamps())
    InvestmentEntry.objects.create(project=unplanned, month=date(2022, 11, 1), amount=5, **stamps())
    compute()
    assert told(behind) == [("investment_gap", "red", 16)], "in February the last year's twelve months are in"
    assert {of(unreported).level, of(unplanned).level} == {"grey"}, "unknown is not zero"
    assert light_facts.last_reported(date(2023, 3, 11), 12) == (2023, 1)
    assert light_facts.last_reported(date(2023, 1, 11), 12) == (2022, 11)


def test_working_days_without_a_report_count_from_the_last_one_and_the_holidays_do_not(site, person, move_day):
    holder, silent, fresh, nobody = person(), site(), site(), site()
    secretary(silent, holder)
    secretary(fresh, holder)
    track(silent, date(2023, 1, 19))
    track(fresh, date(2023, 2, 9))
    move_day(date(2023, 1, 30))
    compute()
    assert told(silent) == [("no_report", "yellow", 3)], "20 January, then the make-up days 28 and 29; the festival between asks for none"
    move_day(date(2023, 2, 1))
    compute()
    assert told(silent) == [("no_report", "red", 5)]
    move_day(DAY)
    compute()
    assert of(fresh).level == "green"
    assert of(nobody).level == "grey", "nobody is asked for a report of it"


def test_a_site_that_never_reported_is_unknown_and_one_that_stopped_long_ago_is_silent(site, person):
    never, long_ago = site(), site()
    for each in (never, long_ago):
        secretary(each, person())
        node(each, DAY + timedelta(days=30))
    track(long_ago, date(2022, 10, 10))
    compute()
    assert (of(never).level, of(never).missing) == ("grey", ["no_report", "investment_gap"])
    assert of(long_ago).level == "red" and told(long_ago)[0][2] > 30


def test_late_problems_count_and_one_at_the_top_is_red(site):
    one, top, resting = site(), site(), site()
    problem(one, due_on=date(2023, 2, 9))
    problem(top, due_on=date(2023, 2, 9), tier=3)
    problem(resting, due_on=date(2023, 2, 1), paused_since=date(2023, 1, 30))
    problem(resting, due_on=DAY)
    compute()
    assert told(one) == [("overdue_problems", "yellow", 1)]
    assert told(top) == [("overdue_top", "red", 1), ("overdue_problems", "yellow", 1)]
    assert of(resting).level == "grey"


def test_a_permit_that_waits_holds_up_what_has_not_started_from_its_first_day(project, site):
    permit = {"kind": ProblemKind.objects.get(pk="approval"), "due_on": date(2023, 2, 20)}
    waiting, building = project(stage="ready"), site()
    problem(waiting, reported_at=clock.now() - timedelta(days=3), **permit)
    problem(building, **permit)
    compute()
    assert told(waiting) == [("blocked_permit", "yellow", 4)]
    assert of(building).level == "grey", "a permit problem of a running site counts when it is late"


def test_a_forecast_counts_where_there_is_one_and_the_frost_is_still_to_come(site):
    made, past = site(), site()
    common = {"data_date": DAY, "made_at": clock.now(), "iterations": 2000, "seed": 1, "engine": "t", "inputs_hash": "x"}
    Forecast.objects.create(
        project=made,
        enclosed_in_time=0.45,
        frost_on=date(2023, 11, 15),
        finish_p80=date(2024, 2, 1),
        finish_promised=date(2023, 12, 31),
        **common,
    )
    Forecast.objects.create(project=past, enclosed_in_time=0.1, frost_on=date(2022, 11, 15), **common)
    compute()
    assert told(made) == [("enclosure", "red", 45), ("finish", "yellow", 32)]
    assert of(past).level == "grey"


# What is written ----------------------------------------------------------------------------------------------------------


def test_a_second_run_writes_nothing_new_and_a_change_writes_one_row_of_history(plan, move_day):
    made = plan()
    late = node(made, DAY - timedelta(days=3))
    assert compute().changed == 1
    assert compute().changed == 0
    move_day(DAY + timedelta(days=1))
    assert compute().changed == 0
    assert (told(made), of(made).since) == ([("node_slip", "yellow", 4)], DAY)
    move_day(DAY + timedelta(days=13))
    compute()
    Node.objects.filter(pk=late.pk).update(reached_on=DAY + timedelta(days=14))
    move_day(DAY + timedelta(days=14))
    compute()
    move_day(DAY + timedelta(days=30))
    compute()
    rows = [(row.day - DAY, row.to_day and row.to_day - DAY, row.level, row.computed) for row in LightDay.objects.filter(project=made)]
    days = [timedelta(days=each) for each in (0, 13, 14, 30)]
    assert rows == [
        (days[0], days[1], "yellow", "yellow"),
        (days[1], days[2], "red", "red"),
        (days[2], days[3], "yellow", "green"),
        (days[3], None, "green", "green"),
    ]
    assert LightDay.objects.get(project=made, to_day=None).red_days == 17


def test_a_light_goes_out_with_its_project_and_what_it_owed_with_it(site, dispatcher):
    made = site()
    node(made, DAY - timedelta(days=3))
    compute()
    verbs.override_light(of(made), by=dispatcher, level="green", reason="已协调")
    Project.objects.filter(pk=made.pk).update(stage="in_production")
    compute()
    assert not ProjectLight.objects.filter(pk=made.pk).exists()
    assert not Deadline.objects.filter(on_due="dispatch.lapse_override", state="open").exists()
    assert LightDay.objects.get(project=made, to_day=None).level == ""


def test_all_projects_cost_the_same_few_queries(site, django_assert_max_num_queries):
    for _each in range(3):
        node(site(), DAY - timedelta(days=3))
    compute()
    Node.objects.update(due_on=DAY - timedelta(days=20), promised_on=DAY - timedelta(days=20))
    with django_assert_max_num_queries(32):
        light_run.recompute(tell=False)


def test_a_past_day_is_put_together_as_it_was(site, move_day):
    made = site()
    late = node(made, date(2023, 1, 2), reached=date(2023, 1, 20))
    money(made, 1000, 1000)
    done = problem(made, due_on=date(2023, 1, 9), state="closed", closed_at=clock.now(), solved_at=clock.now())
    Deadline.objects.filter(pk=done.solve_id).update(state="settled", settled_at=timezone.make_aware(datetime(2023, 1, 16, 10)))
    rules = Rules.read(lights.rules_in_force().thresholds)
    then = light_facts.Facts(light_facts.some([made.pk]), [date(2023, 1, 12), date(2023, 1, 16), date(2023, 1, 25)], rules)
    measured = {day: {name: found.value for name, found in then.on(day)[made.pk].measured.items()} for day in then.days}
    assert measured[date(2023, 1, 12)] == {"node_slip": 10, "overdue_problems": 1, "investment_gap": 0}
    assert measured[date(2023, 1, 16)] == {"node_slip": 14, "investment_gap": 0}
    assert measured[date(2023, 1, 25)] == {"node_slip": 0, "investment_gap": 0}
    assert late.due_on == date(2023, 1, 2)


def test_a_stop_is_known_on_the_days_before_it_too(site, dispatcher):
    from zhuanban.domains.portfolio.actions import suspend

    made = site()
    suspend(Project.objects.get(pk=made.pk), by=dispatcher, reason="资金")
    rules = Rules.read(lights.rules_in_force().thresholds)
    found = light_facts.Facts(light_facts.some([made.pk]), [DAY - timedelta(days=7), DAY], rules)
    assert [found.on(day)[made.pk].stage for day in found.days] == ["under_construction", "suspended"]
    assert found.on(DAY)[made.pk].measured["stopped"].value == 1


# Who hears ------------------------------------------------------------------------------------------------------------------


def test_a_new_red_is_told_to_who_carries_the_project_and_the_first_run_tells_nobody(site, person):
    made, other = site("苍鹭光电"), site()
    holder, leader, desk = person(), person("district_leader", area="220106"), person("centre_dispatcher", area="220106")
    secretary(made, holder, since=DAY)
    Responsibility.objects.create(project=made, post="leader", level="district", person=leader, from_day=DAY, **stamps())
    node(other, DAY - timedelta(days=30))
    compute()
    assert not Notice.objects.exists()
    node(made, DAY - timedelta(days=30))
    compute()
    assert set(Notice.objects.values_list("user", flat=True)) == {holder.pk, leader.pk, desk.pk}
    assert "苍鹭光电" in Notice.objects.filter(user=holder).get().text and "落后 30 天" in Notice.objects.filter(user=holder).get().text
    compute()
    assert Notice.objects.count() == 3, "told once"


def test_many_reds_at_once_are_one_line_for_who_hears_of_them_all(site, person):
    desk, made = person("centre_dispatcher", area="220106"), [site() for _each in range(5)]
    node(site(), DAY)
    compute()
    for each in made:
        node(each, DAY - timedelta(days=30))
    compute()
    assert Notice.objects.filter(user=desk).count() == 1
    assert "5 个项目" in Notice.objects.get(user=desk).text


# What persons say ------------------------------------------------------------------------------------------------------------


def test_the_own_light_stands_beside_the_computed_one_and_is_marked_where_it_is_better(site, dispatcher, person):
    made = site()
    node(made, DAY - timedelta(days=30))
    compute()
    verbs.state_own_light(of(made), by=None, level="green", note="三天内赶上")
    light = of(made)
    assert (light.level, light.own_level, light.own_is_better) == ("red", "green", True)
    assert lights.counts(None).own_better == 1
    assert "自报绿灯" in Notice.objects.filter(user=dispatcher).last().text
    compute()
    assert of(made).own_level == "green", "a computation leaves it alone"


def test_an_override_needs_a_reason_shows_both_and_lapses_after_fourteen_days(site, dispatcher, move_day):
    made = site()
    node(made, DAY - timedelta(days=30))
    compute()
    verbs.override_light(of(made), by=dispatcher, level="yellow", reason="补办手续当日可完成")
    light = of(made)
    assert (light.level, light.computed, light.override_until) == ("yellow", "red", DAY + timedelta(days=13))
    assert [(row.level, row.computed) for row in LightDay.objects.filter(project=made)] == [("yellow", "red")]
    move_day(DAY + timedelta(days=13))
    compute()
    deadlines.sweep()
    assert of(made).level == "yellow"
    move_day(DAY + timedelta(days=14))
    deadlines.sweep()
    light = of(made)
    assert (light.level, light.override, light.override_reason, light.override_deadline) == ("red", "", "", None)
    assert not Deadline.objects.filter(state="open", on_due="dispatch.lapse_override").exists()


def test_a_second_override_takes_the_place_of_the_first_and_can_be_lifted(site, dispatcher):
    made = site()
    node(made, DAY - timedelta(days=30))
    compute()
    with pytest.raises(Refused, match="不用调整"):
        verbs.override_light(of(made), by=dispatcher, level="red", reason="无")
    verbs.override_light(of(made), by=dispatcher, level="green", reason="一")
    verbs.override_light(of(made), by=dispatcher, level="yellow", reason="二")
    assert Deadline.objects.filter(state="open", on_due="dispatch.lapse_override").count() == 1
    verbs.lift_override(of(made), by=dispatcher)
    assert (of(made).level, of(made).override_by) == ("red", None)
    with pytest.raises(Refused, match="没有人工调整"):
        verbs.lift_override(of(made), by=dispatcher)


def test_only_a_dispatcher_overrides(site, person):
    made = site()
    node(made, DAY - timedelta(days=30))
    compute()
    with pytest.raises(NotYours):
        verbs.override_light(of(made), by=person("district_leader", area="220106"), level="green", reason="无")


# The rules' way ---------------------------------------------------------------------------------------------------------------


def draft(by, **bounds) -> LightRuleSet:
    force = lights.rules_in_force()
    rules = {**force.thresholds["rules"], **bounds}
    return verbs.draft_light_rules(
        force, by=by, effective_from=clock.today(), basis="市政府令", thresholds={**force.thresholds, "rules": rules}
    )


def test_new_rules_are_tried_first_and_adopted_by_another_person(site, dispatcher, person):
    made, colleague = site(), person("centre_dispatcher", area="220100")
    node(made, DAY - timedelta(days=10))
    compute()
    rules = draft(dispatcher, node_slip={"yellow": 0, "red": 7})
    with pytest.raises(Refused, match="先试算"):
        verbs.adopt_light_rules(rules, by=colleague)
    verbs.try_light_rules(rules, by=dispatcher)
    jobs.run_pending()
    rules.refresh_from_db()
    assert rules.trial["matrix"] == {"yellow>red": 1}
    assert light_trials.changed_of(rules.trial)[0]["name"] == made.name
    with pytest.raises(NotYours, match="另一人"):
        verbs.adopt_light_rules(rules, by=dispatcher)
    assert of(made).level == "yellow", "a draft lights nothing"
    verbs.adopt_light_rules(rules, by=colleague)
    jobs.run_pending()
    assert (of(made).level, of(made).rules_id) == ("red", rules.pk)
    with pytest.raises(Refused, match="不再改动"):
        verbs.revise_light_rules(rules, by=dispatcher, effective_from=DAY, basis="改")


def test_a_changed_draft_must_be_tried_again(dispatcher):
    rules = draft(dispatcher)
    verbs.try_light_rules(rules, by=dispatcher)
    jobs.run_pending()
    rules.refresh_from_db()
    assert rules.tried_at
    verbs.revise_light_rules(rules, by=dispatcher, effective_from=DAY, basis="另议", thresholds=rules.thresholds)
    rules.refresh_from_db()
    assert (rules.trial, rules.tried_at) == (None, None)


def test_a_trial_tells_whether_the_light_warned_before_a_slip(site, dispatcher):
    made = site()
    node(made, date(2022, 12, 20))
    problem(made, due_on=date(2022, 12, 12), tier=3)
    rules = draft(dispatcher)
    trial = light_trials.trial_of(rules)
    assert trial["onsets"] == {"slipped": 1}
    assert trial["force"]["warned"]["1"] == {"red": 1}, "the problem at the top had made it red before the node was too late"
    assert trial["force"]["alarms"] == trial["force"]["hits"] > 0
    assert light_trials.precision_of(trial)[0]["share"] == 100


def test_rules_from_the_form_keep_what_it_does_not_ask_and_refuse_nonsense(dispatcher):
    from zhuanban.domains.dispatch.forms.lights import RulesForm

    force = lights.rules_in_force()
    blank = RulesForm(user=dispatcher, target=force)
    values = {name: field.initial for name, field in blank.fields.items() if field.initial is not None}
    values |= {"basis": "市政府令", "effective_from": "2023-02-20"}
    form = RulesForm({key: str(value) for key, value in values.items()} | {"node_slip_red": "20"}, user=dispatcher, target=force)
    assert form.is_valid(), form.errors
    told = form.cleaned_data["thresholds"]
    assert told["rules"]["node_slip"] == {"yellow": 0, "red": 20} and told["rules"]["no_report"]["stages"] == ["under_construction"]
    assert told["rules"]["stopped"] == {"yellow": 1, "red": None} and told["lit"] == force.thresholds["lit"]
    wrong = RulesForm({key: str(value) for key, value in values.items()} | {"node_slip_yellow": "30"}, user=dispatcher, target=force)
    assert not wrong.is_valid() and "node_slip_red" in wrong.errors


# Soon after a change ---------------------------------------------------------------------------------------------------------


def test_a_change_lets_the_light_be_computed_within_moments_once_for_many(site, dispatcher, move_day):
    from zhuanban.domains.portfolio.actions import suspend

    made, other = site(), site()
    compute()
    for each in (made, other):
        suspend(Project.objects.get(pk=each.pk), by=dispatcher, reason="资金")
    assert Job.objects.filter(dedupe_key="lights:refresh", status="READY").count() == 1
    assert lights.stale() == sorted([made.pk, other.pk])
    Job.objects.update(run_after=clock.machine_now() - timedelta(seconds=1))
    jobs.run_pending()
    assert {of(made).level, of(other).level} == {"yellow"}
    assert lights.stale() == []
    move_day(DAY + timedelta(days=1))
    assert lights.of_another_day()


# What pages read ---------------------------------------------------------------------------------------------------------------


def test_pages_of_other_modules_read_lights_counts_and_the_worst(site, dispatcher, person, django_assert_num_queries):
    red, yellow, _grey = site(), site(area="220102"), site()
    node(red, DAY - timedelta(days=30))
    node(yellow, DAY - timedelta(days=3))
    compute()
    with django_assert_num_queries(1):
        found = lights.by_project([red.pk, yellow.pk])
    assert (found[red.pk].level, found[red.pk].word, found[red.pk].why) == ("red", "红灯", "“开工”落后 30 天")
    told = lights.counts(dispatcher)
    assert (told.red, told.yellow, told.green, told.grey, told.total, told.red_more) == (1, 1, 0, 1, 3, None)
    with django_assert_num_queries(1):
        assert [row.project.area.key for row in lights.worst(dispatcher)] == ["220106", "220102"]
    assert [row.pk for row in lights.worst(person("district_leader", area="220102"))] == [yellow.pk]
    assert lights.counts(person()).total == 0
