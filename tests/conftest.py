"""What tests share: a small true city, people in their posts, and the clock at the city's day."""

from __future__ import annotations

import os

os.environ.setdefault("ZHUANBAN_MODE", "test")

import itertools
from datetime import date

import pytest
from django.utils import translation

from zhuanban.kernel import clock

DAY = date(2023, 2, 10)


@pytest.fixture(autouse=True)
def _city_day():
    """Every test begins on 10 February 2023, a Friday and a workday."""
    clock.set_shift(clock.shift_to(DAY))
    yield
    clock.set_shift(clock.shift_to(DAY))


@pytest.fixture(autouse=True)
def _chinese():
    """Every test begins in Chinese, whatever language the requests of the one before spoke."""
    translation.activate("zh-hans")


@pytest.fixture
def move_day():
    """Move the clock to a day: `move_day(date(2023, 2, 20))`."""
    return lambda day: clock.set_shift(clock.shift_to(day))


@pytest.fixture
def seeds(db):
    """Areas, calendar, gates and parameters, as a first start loads them."""
    from zhuanban.site import seeds

    seeds.load()


@pytest.fixture
def areas(seeds):
    from zhuanban.domains.people.models import Area

    return {area.key: area for area in Area.objects.all()}


_numbers = itertools.count(1)


@pytest.fixture
def person(areas):
    """Make an account with a role: `person("centre_dispatcher", area="220106")`, `person("owner", organisation=org)`, `person()` without any."""
    from zhuanban.domains.people.models import RoleGrant, User

    def make(role: str = "", *, area: str = "", organisation=None, username: str = "", **fields):
        username = username or f"{role or 'nobody'}-{next(_numbers)}"
        user = User.objects.create_user(username, "Passw0rd-test", name=fields.pop("name", username), organisation=organisation, **fields)
        if role:
            asker, approver = (User.objects.get_or_create(username=name, defaults={"name": name})[0] for name in ("grantor-a", "grantor-b"))
            RoleGrant.objects.create(
                user=user,
                role=role,
                area_id=area or None,
                organisation=None if area else organisation,
                state="approved",
                from_day=date(2022, 1, 1),
                reason="测试",
                requested_by=asker,
                approved_by=approver,
            )
        return User.objects.get(pk=user.pk)

    return make


@pytest.fixture
def dispatcher(person):
    return person("centre_dispatcher", area="220100")


@pytest.fixture
def organisation(areas):
    """Make an organisation: `organisation("某某公司")`."""
    from zhuanban.domains.people.models import Organisation

    def make(name: str = "", kind: str = "enterprise", area: str = "220106", **fields):
        return Organisation.objects.create(name=name or f"单位{next(_numbers)}", kind=kind, area_id=area, **fields)

    return make


@pytest.fixture
def project(areas, dispatcher):
    """Register a project by its verb: `project("合成项目", area="220106", stage="ready")`; a stage is set beside the gates."""
    from zhuanban.domains.portfolio.access import regrant
    from zhuanban.domains.portfolio.actions import register
    from zhuanban.domains.portfolio.models import Project

    def make(name: str = "", area: str = "220106", stage: str = "", **facts):
        late = {
            key: facts.pop(key)
            for key in list(facts)
            if key
            not in {
                "project_code",
                "owner_org",
                "planned_investment",
                "sector",
                "build_kind",
                "content_and_scale",
                "start_planned",
                "finish_planned",
            }
        }
        made = register(areas[area], by=dispatcher, name=name or f"测试项目{next(_numbers)}", **facts)
        if stage or late:
            Project.objects.filter(pk=made.pk).update(**({"stage": stage} if stage else {}), **late)
            made.refresh_from_db()
            regrant(made)
        return made

    return make


@pytest.fixture
def sign_in(client):
    """A client signed in as this person."""

    def enter(user):
        client.force_login(user)
        return client

    return enter


class _Undo(Exception):
    """Ends the transaction that holds the city."""


def _number_from_one() -> None:
    """The next project gets the number that a new installation gives it: the demo's chances are drawn by these numbers."""
    from django.core.management.color import no_style
    from django.db import connection

    from zhuanban.kernel.models import Dossier

    assert not Dossier.objects.exists()
    columns = [{"table": Dossier._meta.db_table, "column": "id"}]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_by_name_sql(no_style(), columns):
            cursor.execute(statement)


@pytest.fixture
def numbered_from_one(db) -> None:
    _number_from_one()


@pytest.fixture(scope="module")
def _whole_city(django_db_setup, django_db_blocker):
    """The demo city in a transaction around all tests of a module; each test has a savepoint of its own inside."""
    from django.db import transaction

    from zhuanban.site.demo import city, load

    with django_db_blocker.unblock():
        clock.set_shift(clock.shift_to(DAY))
        try:
            with transaction.atomic():
                _number_from_one()
                load.load(city.generate(city.facts()))
                yield
                raise _Undo
        except _Undo:
            pass


@pytest.fixture
def city(_whole_city, db) -> None:
    """The whole demo city of 1,309 listed projects, loaded once per module (about five seconds); not for transactional tests."""
