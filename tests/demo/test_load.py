"""The loader: once, whole, with chains that hold and rights that fit."""

import json
from datetime import date

import pytest
from django.db import transaction

from zhuanban.domains.people.models import RoleGrant, User
from zhuanban.domains.portfolio import queries
from zhuanban.domains.portfolio.models import InvestmentEntry, Project
from zhuanban.kernel import clock, roles, timeline
from zhuanban.kernel.models import Event, Parameter
from zhuanban.site.demo import accounts, city, load, today

LIMIT = 150


def small_city():
    return city.generate(city.facts())


@pytest.fixture(scope="module")
def _there(django_db_setup, django_db_blocker):
    """A part of the city, loaded once for all tests of this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load.load(small_city(), limit=LIMIT)
        transaction.set_rollback(True)


@pytest.fixture
def loaded(_there, db):
    today.hold_today()
    return _there


def test_the_city_is_loaded_once(loaded):
    events = Event.objects.count()
    again = load.load(small_city(), limit=LIMIT)
    assert (loaded.projects, loaded.fresh) == (LIMIT, True)
    assert (again.projects, again.fresh) == (LIMIT, False)
    assert Event.objects.count() == events


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


def test_the_demos_day_begins_in_february_2023_and_can_be_moved(loaded):
    assert clock.today() == date(2023, 2, 10)
    today.move_today(date(2023, 3, 1), by="dispatcher-city")
    today.hold_today()
    assert clock.today() == date(2023, 3, 1)
    assert Parameter.objects.filter(name=today.SHIFT).count() == 2
