"""Hints that records were written for the light: found where they should be, silent where people simply work."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from zhuanban.domains.dispatch.actions import light_run
from zhuanban.domains.dispatch.actions import lights as verbs
from zhuanban.domains.dispatch.models import DailyTrack, ProjectLight
from zhuanban.domains.dispatch.queries import light_hints
from zhuanban.domains.plans.models import Node
from zhuanban.domains.portfolio.models import InvestmentEntry
from zhuanban.kernel import clock

DAY = date(2023, 2, 10)


def stamps() -> dict:
    return {"created_at": clock.now(), "updated_at": clock.now()}


def reports(project, texts: list[str], workers: list[int], filed_after: int | None = None) -> None:
    """A report for each of the last days; all filed on one day where `filed_after` says so."""
    for at, (text, number) in enumerate(zip(texts, workers, strict=True)):
        day = DAY - timedelta(days=at + 1)
        filed = clock.now() - timedelta(days=at + 1 if filed_after is None else filed_after)
        DailyTrack.objects.create(project=project, day=day, workers_actual=number, done_today=text, filed_at=filed, **stamps())


@pytest.fixture
def site(project):
    return lambda: project(stage="under_construction", stage_since=date(2022, 7, 1))


def kinds(user) -> set[tuple[int, str]]:
    return {(hint.project, hint.kind) for hint in light_hints.hints(user)}


def test_reports_that_never_change_are_shown_with_what_they_say(site, dispatcher):
    same, working = site(), site()
    reports(same, ["砌筑隔墙"] * 10, [40] * 10)
    reports(working, [f"浇筑第 {at} 段" for at in range(10)], [31, 28, 40, 37, 33, 29, 41, 36, 38, 30])
    assert kinds(dispatcher) == {(same.pk, "same_text"), (same.pk, "same_workers")}
    hint = next(each for each in light_hints.hints(dispatcher) if each.kind == "same_text")
    assert "10 份" in hint.words and "砌筑隔墙" in hint.words and str(same.pk) in hint.url


def test_workers_in_tens_and_days_filed_together_are_hints_and_too_few_reports_are_none(site, dispatcher):
    tens, together, few = site(), site(), site()
    reports(tens, [f"第 {at} 层" for at in range(10)], [40, 50, 40, 60, 50, 40, 30, 50, 60, 40])
    reports(together, ["挖土", "运土", "支模"], [17, 23, 31], filed_after=0)
    reports(few, ["挖土"] * 2, [30, 40])
    assert kinds(dispatcher) == {(tens.pk, "round_workers"), (together.pk, "at_once")}


def test_nodes_reached_on_the_very_day_and_round_money_are_hints(site, dispatcher):
    exact, honest = site(), site()
    for project, early in ((exact, 0), (honest, 2)):
        for at in range(5):
            due = DAY - timedelta(days=20 * at + 1)
            reached = due - timedelta(days=early)
            Node.objects.create(
                project=project, code=f"n{at}", name="节点", phase="start", promised_on=due, due_on=due, reached_on=reached, **stamps()
            )
            amount = Decimal(20_000_000) if not early else Decimal(20_134_500 + at)
            InvestmentEntry.objects.create(project=project, month=date(2022, 5 + at, 1), amount=amount, **stamps())
    light_run.recompute()
    assert kinds(dispatcher) == {(exact.pk, "due_day"), (exact.pk, "round_money")}


def test_an_own_light_that_is_always_better_is_a_hint(site, dispatcher, move_day):
    kind, frank = site(), site()
    for project in (kind, frank):
        due = DAY - timedelta(days=30)
        Node.objects.create(project=project, code="start", name="开工", phase="start", promised_on=due, due_on=due, **stamps())
    for week in range(4):
        move_day(DAY + timedelta(weeks=week))
        light_run.recompute()
        verbs.state_own_light(ProjectLight.objects.get(pk=kind.pk), by=None, level="green")
        verbs.state_own_light(ProjectLight.objects.get(pk=frank.pk), by=None, level="red" if week else "green")
    assert kinds(dispatcher) == {(kind.pk, "own_better")}


def test_a_person_meets_hints_of_the_projects_that_the_person_sees_and_the_cost_does_not_grow(
    site, person, dispatcher, django_assert_max_num_queries
):
    for _each in range(3):
        reports(site(), ["砌筑隔墙"] * 10, [40] * 10)
    assert kinds(person("district_leader", area="220102")) == set()
    with django_assert_max_num_queries(20):
        assert len(light_hints.hints(dispatcher)) == 6


def test_the_page_is_for_those_who_check(site, person, sign_in):
    reports(site(), ["砌筑隔墙"] * 10, [40] * 10)
    page = sign_in(person("centre_dispatcher", area="220106")).get("/dispatch/lights/hints/?kind=same_text")
    assert page.status_code == 200 and "砌筑隔墙" in page.content.decode() and "同一" not in page.content.decode()
    assert sign_in(person("project_secretary")).get("/dispatch/lights/hints/").status_code == 404
