"""The loader: once, whole, with chains that hold and rights that fit."""

import json
from collections import Counter
from datetime import date

import pytest
from django.db.models import F, Sum

from zhuanban.domains.people.models import RoleGrant, User
from zhuanban.domains.plans import portfolio_queries as winter
from zhuanban.domains.plans.models import DateRequest, Disruption
from zhuanban.domains.portfolio import queries
from zhuanban.domains.portfolio.models import InvestmentEntry, Project
from zhuanban.kernel import clock, roles, timeline
from zhuanban.kernel.models import Deadline, Event, Parameter
from zhuanban.site.demo import accounts, city, load, today

LIMIT = 150


def small_city():
    return city.generate(city.facts())


@pytest.fixture
def loaded(db):
    return load.load(small_city(), limit=LIMIT)


def test_the_city_is_loaded_once(loaded):
    events = Event.objects.count()
    again = load.load(small_city(), limit=LIMIT)
    assert (loaded.projects, loaded.fresh) == (LIMIT, True)
    assert (again.projects, again.fresh) == (LIMIT, False)
    assert Event.objects.count() == events


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_load_starts_again_from_nothing():
    def stop(done, total, words):
        if words == "项目":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load.load(small_city(), stop, limit=LIMIT)
    assert load.state() == "loading"
    assert load.load(small_city(), limit=LIMIT).fresh
    assert (Project.objects.count(), load.state()) == (LIMIT, "loaded")


def test_a_store_with_other_projects_is_left_alone(project):
    project("别人的项目")
    with pytest.raises(load.NotAnEmptyStore):
        load.load(small_city(), limit=LIMIT)
    assert Project.objects.count() == 1


def test_all_chains_hold_and_a_changed_event_is_found(loaded):
    assert list(timeline.verify()) == []
    event = Event.objects.filter(verb="portfolio.advance").first()
    Event.objects.filter(pk=event.pk).update(actor="somebody-else")
    assert [(fault.dossier, fault.seq) for fault in timeline.verify()] == [(event.dossier_id, event.seq)]


def test_the_past_can_be_read_as_at_a_day(loaded):
    started = Project.objects.filter(continuity="new_start", synthetic=True, stage="under_construction").first()
    before = queries.as_at(started, date.fromisoformat(str(started.start_actual)) - (date(2022, 1, 2) - date(2022, 1, 1)))
    assert (before["stage"], before["start_actual"]) == ("ready", None)
    plant = Project.objects.get(name="奥迪一汽新能源汽车项目")
    assert not queries.as_at(plant, date(2022, 10, 31))["warm_enclosed"]
    assert queries.as_at(plant, date(2022, 12, 31))["warm_enclosed"]


def test_new_rows_get_keys_after_the_loaded_ones(loaded):
    project = Project.objects.order_by("-pk").first()
    entry = InvestmentEntry.objects.create(
        project=project, month=date(2019, 1, 1), amount=1, created_at=clock.now(), updated_at=clock.now()
    )
    assert entry.pk > InvestmentEntry.objects.exclude(pk=entry.pk).order_by("-pk").values_list("pk", flat=True).first()


def test_a_project_is_found_by_the_initials_of_its_name(loaded):
    plant = Project.objects.get(name="奥迪一汽新能源汽车项目")
    assert "adyqxnyqc" in plant.dossier.search_text
    assert plant.dossier.url == plant.get_absolute_url()


def test_every_role_has_an_account_and_every_grant_two_people(loaded):
    assert set(RoleGrant.objects.values_list("role", flat=True)) == set(roles.REGISTRY)
    assert not RoleGrant.objects.exclude(state="approved").exists()
    security = RoleGrant.objects.filter(role="sec_admin")
    assert len({(grant.user_id, grant.approved_by_id) for grant in security}) == 2
    assert all(grant.user_id != grant.approved_by_id for grant in security)


def test_no_account_can_be_entered_with_a_password_unless_one_is_given(loaded, monkeypatch, settings, tmp_path):
    assert not any(user.has_usable_password() for user in User.objects.exclude(robot=True))
    settings.DATA_DIR = tmp_path
    monkeypatch.setenv("DEMO_PASSWORD", "Given-2023")
    assert accounts.apply_password()
    assert all(user.check_password("Given-2023") for user in User.objects.filter(username__in=["leader-city", "bank-b"]))
    assert json.loads((tmp_path / "demo-accounts.json").read_text(encoding="utf-8"))["centre_dispatcher"][0] == "dispatcher-city"


def test_one_link_per_role_lets_its_account_in(loaded):
    links = accounts.login_links()
    assert len(links) == len(roles.REGISTRY)
    assert all(path.startswith("/enter/") for _role, _name, path in links)


def test_the_whole_city_bears_the_printed_figures_out(db):
    load.load(small_city())
    listed = queries.listed(Project.objects.all(), 2022)
    assert listed.count() == 1309
    assert listed.aggregate(s=Sum("planned_investment"))["s"] == 1_180_000_000_000
    assert list(timeline.verify()) == []
    assert Deadline.objects.filter(state="open").count() >= 10
    for username, word in accounts.CANARIES.items():
        _only_its_own_see(User.objects.get(username=username), word)

    _what_was_forecast_came_as_often(User.objects.get(username="dispatcher-city"))
    _dates_are_asked_for_and_works_are_disturbed()


def _what_was_forecast_came_as_often(user):
    """The invented works are as uncertain as the forecasts say: nothing in the back-test contradicts them, and some came and some did not."""
    day = clock.today()
    said, unknown = winter.enclosures_said(user, day, winter.sampled_days(day))
    assert len(said) > 40 and unknown == 0
    assert all(group.agrees for group in winter.deciles(said))
    assert 0.15 < sum(row.came for row in said) / len(said) < 0.85
    assert all(share.agrees for share in winter.shares([(row.project, row.p50, row.p80, row.closed_on) for row in said], day))


def _dates_are_asked_for_and_works_are_disturbed():
    """Requests in every state, each with its reason, the refused ones with an answer from somebody above; some disruptions still go on."""
    states = Counter(DateRequest.objects.values_list("state", flat=True))
    assert min(states[state] for state in DateRequest.State.values) >= 8
    assert not DateRequest.objects.filter(reason="").exists()
    assert not DateRequest.objects.filter(state="denied", decided_by=F("asked_by")).exists()
    waiting = DateRequest.objects.filter(state="open")
    assert not waiting.filter(deadline=None).exists() and not waiting.exclude(node__due_on=F("from_day")).exists()
    assert set(Disruption.objects.values_list("kind", flat=True)) == set(Disruption.Kind.values)
    assert 5 <= Disruption.objects.filter(to_day=None).count() < Disruption.objects.count() / 3


def _only_its_own_see(user, word):
    """Who has projects sees the own word among them; the word stands in no project that the account cannot see."""
    marked = Project.objects.filter(content_and_scale__contains=word)
    seen = Project.objects.visible_to(user)
    assert set(marked) <= set(seen)
    assert marked.exists() or not seen.exists()


def test_the_demos_day_begins_in_february_2023_and_can_be_moved(loaded):
    assert clock.today() == date(2023, 2, 10)
    today.move_today(date(2023, 3, 1), by="dispatcher-city")
    today.hold_today()
    assert clock.today() == date(2023, 3, 1)
    assert Parameter.objects.filter(name=today.SHIFT).count() == 2
