"""The demo's problems: honest histories on the three rungs, clocks that run, and of named projects no more than is printed."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import groupby, pairwise

import pytest
from django.db import transaction
from django.utils import timezone

from zhuanban.domains.people.models import RoleGrant, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems import access as problem_access
from zhuanban.domains.problems import queries
from zhuanban.domains.problems.models import Contact, Holding, Problem, Promise
from zhuanban.domains.responsibility import queries as responsibility
from zhuanban.kernel import clock, deadlines, roles, timeline
from zhuanban.kernel.models import Access, Deadline, Event, Notice
from zhuanban.site.demo import city, load, today

LIMIT = 700


@pytest.fixture(scope="module")
def city_there(django_db_setup, django_db_blocker):
    """A part of the city, loaded once for all tests of this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        load.load(city.generate(city.facts()), limit=LIMIT)
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _loaded(city_there, db):
    today.hold_today()
    clock.set_shift(clock.shift_to(today.FIRST_DAY))


def invented():
    return Problem.objects.filter(synthetic=True)


def test_all_chains_hold_and_problems_stand_in_them_in_the_order_of_time():
    assert list(timeline.verify()) == []
    rows = Event.objects.filter(dossier__in=Problem.objects.values("project")).order_by("dossier", "seq")
    for _dossier, events in groupby(rows.values_list("dossier", "verb", "at"), key=lambda row: row[0]):
        assert all(one <= other for (_d, _v, one), (_e, verb, other) in pairwise(events) if verb.startswith("problems."))


def test_nothing_is_dated_on_or_after_the_first_day():
    first = timezone.make_aware(timezone.datetime(2023, 2, 10))
    assert not Event.objects.filter(verb__startswith="problems.", at__gte=first).exists()
    assert not Holding.objects.filter(from_at__gte=first).exists()


def test_there_are_problems_in_proportion_over_two_winters():
    going = Project.objects.filter(
        synthetic=True, stage__in=["under_construction", "suspended", "completed", "in_production", "full_capacity"]
    )
    assert 1.4 < invented().count() / going.count() < 1.7
    months = Counter((row.year, row.month) for row in invented().values_list("reported_at", flat=True))
    assert months[2022, 2] + months[2022, 3] > 1.3 * (months[2022, 7] + months[2022, 8])
    heat = Counter(at.month for at in invented().filter(kind="heat").values_list("reported_at", flat=True))
    assert sum(heat[month] for month in (5, 6, 7, 8, 9)) < 0.1 * sum(heat.values())


def test_every_open_problem_has_a_holder_and_a_running_clock():
    rows = invented().select_related("respond__holder", "solve__holder", "confirm__holder").prefetch_related("holdings")
    for problem in rows:
        holdings = list(problem.holdings.all())
        running = [each for each in (problem.respond, problem.solve, problem.confirm) if each and each.state in {"open", "paused"}]
        if problem.working:
            assert problem.solve.state == ("paused" if problem.paused_since else "open")
            assert problem.due_on == min(each.due_on for each in running)
            assert (holdings[-1].to_at, holdings[-1].holder_key, holdings[-1].tier) == (None, problem.holder_key, problem.tier)
            assert all(each.holder.key == problem.holder_key for each in running)
        elif problem.state in Problem.OPEN:
            assert running == [problem.confirm] and holdings[-1].to_at is None
        else:
            assert running == [] and holdings[-1].to_at == problem.closed_at
        ends = [(one.to_at, other.from_at) for one, other in pairwise(holdings)]
        assert holdings[0].from_at == problem.reported_at and all(end == start for end, start in ends)
        assert all(0 <= other.tier - one.tier <= 1 for one, other in pairwise(holdings))
    running = {pk for row in rows if row.state in Problem.OPEN for pk in (row.respond_id, row.solve_id, row.confirm_id)}
    left = Deadline.objects.filter(on_due__in=["problems.rise", "problems.silent", "problems.file"], state__in=["open", "paused"])
    assert set(left.values_list("pk", flat=True)) <= running


def test_the_total_clock_is_not_less_than_the_tiers_clocks():
    days = deadlines.calendar()
    for problem in invented().prefetch_related("holdings"):
        end = timezone.localdate(problem.closed_at or clock.now())
        spans = [(timezone.localdate(row.from_at), timezone.localdate(row.to_at or clock.now())) for row in problem.holdings.all()]
        total = days.elapsed_working_days(timezone.localdate(problem.reported_at), end)
        assert total >= sum(days.elapsed_working_days(start, stop) for start, stop in spans)


def test_the_holder_is_who_carries_the_project():
    for problem in invented().filter(state__in=Problem.WORKING, department=None).select_related("project"):
        found = responsibility.holder(problem.project, problem.tier)
        assert problem.holder_key in {found.principal_key, *(f"user:{pk}" for pk in found.user_ids)}
        if problem.holder_key == found.principal_key:
            assert problem.holder_name == found.name


def test_nobody_did_what_is_not_the_own_roles():
    may: dict[str, set[str]] = {}
    for grant in RoleGrant.objects.select_related("user"):
        may.setdefault(grant.user.username, set()).update(roles.get(grant.role).verbs)
    done = Event.objects.filter(verb__startswith="problems.").exclude(actor="robot").values_list("actor", "verb").distinct()
    assert done.count() > 100
    assert [(actor, verb) for actor, verb in done if verb not in may[actor]] == []


def test_nobody_confirms_or_files_the_own_work():
    solved = {
        f"problems.problem:{row.pk}": row.solved_by.username for row in invented().exclude(solved_by=None).select_related("solved_by")
    }
    last = {}
    for subject, verb, actor in Event.objects.filter(verb__in=["problems.confirm", "problems.close"]).values_list(
        "subject", "verb", "actor"
    ):
        last[subject, verb] = actor
    assert all(actor != solved[subject] for (subject, _verb), actor in last.items() if subject in solved)


def test_departments_see_what_they_had_and_act_where_it_is_open():
    wanted = {}
    for project in Project.objects.filter(pk__in=invented().values("project"))[:40]:
        wanted |= {(project.pk, key): level for key, level in problem_access.departments(project).items()}
    held = Access.objects.filter(dossier__in={pk for pk, _key in wanted}).values_list("dossier", "principal__key", "level")
    levels = {(dossier, key): level for dossier, key, level in held}
    assert wanted and all(levels[place] == level for place, level in wanted.items())


def test_nine_are_late_today_and_four_of_them_with_the_leaders():
    late = Problem.objects.overdue(clock.today())
    assert sorted(late.values_list("tier", flat=True)) == [1, 1, 1, 2, 2, 3, 3, 3, 3]
    assert late.filter(supervised=True, solve__fired_at__isnull=False).count() == 2


@pytest.mark.parametrize(
    "username", ["dispatcher-luyuan", "dispatcher-nongan", "dispatcher-city", "secretary-a", "secretary-b", "force-lead-a", "force-lead-b"]
)
def test_the_accounts_of_the_demo_have_their_hands_full(username):
    user = User.objects.get(username=username)
    assert 12 <= deadlines.owed_by(user).filter(on_due__startswith="problems.").count() <= 40
    assert queries.inbox(user).count() >= 5


@pytest.mark.parametrize("username", ["leader-city", "leader-luyuan", "leader-nongan"])
def test_leaders_have_problems_of_the_highest_tier_in_person(username):
    user = User.objects.get(username=username)
    assert Problem.objects.filter(holder_key=f"user:{user.pk}", tier=3, state__in=Problem.WORKING).count() >= 4


def test_promises_are_kept_broken_and_changed():
    rows = Promise.objects.all()
    assert rows.kept().count() > 2 * rows.broken(clock.today()).count() > 20
    assert rows.exclude(changed_to=None).exists() and rows.filter(kind="instruction").exists()


def test_of_named_projects_only_what_is_printed():
    assert not invented().filter(project__synthetic=False).exists()
    plant = Problem.objects.filter(project__name="奥迪一汽新能源汽车项目")
    assert {row.kind_id for row in plant} == {"water", "power", "gas", "heat", "logistics"}
    assert all(row.solved_at and row.holder_name == "报道未载" and not row.synthetic for row in plant)
    battery = Problem.objects.get(project__name="比亚迪动力电池项目")
    assert (battery.kind_id, battery.solved_at, battery.reporter) == ("power", None, None)
    assert list(Contact.objects.filter(problem=battery).values_list("words", flat=True)) == ["协调临时用电"] * 3
    assert Problem.objects.filter(synthetic=False).count() == 6


def test_moving_the_day_lets_the_sweep_raise_each_overdue_problem_once():
    before = {row.pk: row.tier for row in Problem.objects.filter(state__in=Problem.WORKING)}
    events, told = Event.objects.count(), Notice.objects.count()
    clock.set_shift(clock.shift_to(date(2023, 2, 20)))
    due = Problem.objects.filter(state__in=Problem.WORKING, paused_since=None, due_on__lt=clock.today(), tier__lt=3)
    expected = set(due.values_list("pk", flat=True))
    assert deadlines.sweep() > len(expected) > 50
    after = {row.pk: row.tier for row in Problem.objects.filter(pk__in=before)}
    assert {pk for pk, tier in before.items() if after[pk] == tier + 1} == expected
    assert all(after[pk] - tier in {0, 1} for pk, tier in before.items())
    risen = Event.objects.filter(verb="problems.escalate", actor="robot").order_by("-pk")[: len(expected)]
    assert len({event.subject for event in risen}) == len(expected)
    assert Event.objects.count() > events and Notice.objects.count() > told + len(expected)
    assert deadlines.sweep() == 0
    assert list(timeline.verify()) == []


def test_a_new_problem_gets_the_next_number_and_key():
    last = Problem.objects.order_by("-ref").first()
    user, project = User.objects.get(username="dispatcher-city"), Project.objects.filter(synthetic=True, stage="under_construction").first()
    from zhuanban.domains.problems import actions
    from zhuanban.domains.problems.models import ProblemKind

    made = actions.report(project, by=user, kind=ProblemKind.objects.get(pk="power"), title="临时用电")
    assert int(made.ref[-5:]) == int(last.ref[-5:]) + 1
    assert made.pk > last.pk and list(timeline.verify()) == []
