"""Whatever is done in whatever order, a project under way has somebody at every tier, and rights fit responsibilities."""

from __future__ import annotations

import contextlib
import itertools
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhuanban.domains.people.models import Absence
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.responsibility import access, actions, queries
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel import clock
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Access

FIRST = date(2022, 3, 1)
POSTS = [("centre", ""), ("secretary", ""), ("task_force", ""), ("leader", "city"), ("leader", "district")]
step = st.tuples(
    st.sampled_from(["assign", "hand_over", "end", "name_lead", "away", "close", "reopen", "wait", "suspend", "complete"]),
    st.sampled_from(POSTS),
    st.integers(0, 2),
    st.integers(0, 40),
)


@pytest.fixture
def world(project, dispatcher, person, organisation, areas, move_day):
    move_day(FIRST)
    people = [person("project_secretary") for _ in range(3)]
    forces = [
        actions.set_up_force(areas["220106"], by=dispatcher, name=f"专班{number}", level="project", year=2022, lead=people[number])
        for number in range(3)
    ]
    centres = [organisation(kind="centre") for _ in range(3)]
    return {
        "by": dispatcher,
        "people": people,
        "forces": forces,
        "centres": centres,
        "project": project("产业园", stage="under_construction"),
    }


def holder_of(world, post: str, number: int) -> dict:
    if post == "centre":
        return {"organisation": world["centres"][number]}
    return {"force": world["forces"][number]} if post == "task_force" else {"person": world["people"][number]}


def act(world, verb: str, post: str, level: str, number: int, days: int) -> None:
    """One step; what is refused leaves everything as it was."""
    project, by, person = world["project"], world["by"], world["people"][number]
    held = Responsibility.objects.active().filter(project=project, post=post, level=level).first()
    day = clock.today() - timedelta(days=days)
    if verb == "assign":
        actions.assign(project, by=by, post=post, level=level, from_day=day, **holder_of(world, post, number))
    elif verb == "hand_over" and held:
        actions.hand_over(held, by=by, from_day=day, why="调整", **holder_of(world, post, number))
    elif verb == "end" and held:
        actions.end(held, by=by, why="结束")
    elif verb == "name_lead":
        actions.name_lead(world["forces"][days % 3], by=by, lead=person)
    elif verb == "away":
        deputy = world["people"][(number + 1) % 3]
        Absence.objects.create(
            user=person, deputy=deputy, from_day=clock.today(), to_day=clock.today() + timedelta(days=days), reason="外出"
        )
    elif verb in {"close", "reopen"}:
        type(person).objects.filter(pk=person.pk).update(is_active=verb == "reopen")
    elif verb == "wait":
        clock.set_shift(clock.shift_to(clock.today() + timedelta(days=days)))
    elif verb in {"suspend", "complete"}:
        stage, why = ("suspended", "缺资金") if verb == "suspend" else ("under_construction", "")
        Project.objects.filter(pk=project.pk).update(stage=stage, end_reason=why)


def check(world, posts_once_held: set[tuple[str, str]]) -> None:
    project = Project.objects.get(pk=world["project"].pk)
    for tier, holder in queries.ladder(project):
        assert holder.user_ids and holder.principal_key and holder.name, tier
    assert {post for post, _level in posts_once_held} <= set(Responsibility.objects.active().values_list("post", flat=True))
    rows = Access.objects.filter(dossier=project.pk, principal__key__startswith="user:").values_list("principal__key", flat=True)
    assert set(rows) == {f"user:{person}" for person in access.entitled(project)}
    for post, level in POSTS:
        spans = sorted(
            Responsibility.objects.filter(post=post, level=level).values_list("from_day", "to_day", "state"),
            key=lambda row: (row[0], row[1] or date.max),
        )
        for (_from, to, state), (later, _to, _state) in itertools.pairwise(spans):
            assert to is not None and to <= later, "two at once"
            assert state == "ended" or to == later, "a gap after a hand-over"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, max_size=14))
def test_no_order_of_verbs_leaves_a_project_without_a_holder(world, steps):
    from django.db import transaction

    with transaction.atomic():
        clock.set_shift(clock.shift_to(FIRST + timedelta(days=60)))
        once: set[tuple[str, str]] = set()
        for verb, (post, level), number, days in steps:
            with contextlib.suppress(Refused):
                act(world, verb, post, level, number, days)
            once |= set(Responsibility.objects.active().values_list("post", "level"))
            check(world, once)
        transaction.set_rollback(True)
