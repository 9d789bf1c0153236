"""A small city hall: areas, an office, and people who can be given roles."""

from datetime import date, timedelta

import pytest
from django.test import Client

from zhuanban.domains.people import seeds
from zhuanban.domains.people.models import Area, Organisation, RoleGrant, User
from zhuanban.kernel import clock

PASSWORD = "Changchun-2022"


@pytest.fixture(autouse=True)
def _own_addresses(settings):
    settings.ROOT_URLCONF = "tests.people.urls"


@pytest.fixture
def later():
    """Move the clock on: `later(minutes=31)`."""
    return lambda **span: clock.set_shift(clock._shift + timedelta(**span))


@pytest.fixture
def areas(db):
    seeds.load()
    return {area.name: area for area in Area.objects.all()}


@pytest.fixture
def office(areas):
    return Organisation.objects.create(name="市政务中心", kind="government", area=areas["长春市"])


@pytest.fixture
def person(office):
    def make(username, *, role="", area=None, organisation=None, password=PASSWORD, home=office, **fields):
        user = User.objects.create_user(username, password, name=fields.pop("name", f"{username}同志"), organisation=home, **fields)
        if role:
            give(user, role, area=area, organisation=organisation)
        return user

    return make


@pytest.fixture
def demo(settings, clerk):
    """The demo, in which sessions and passwords follow the machine's clock and not the city's day."""
    settings.DEMO = True
    clerk.set_password(PASSWORD)
    clerk.save()


def give(user, role, *, area=None, organisation=None, **fields):
    asker = User.objects.get_or_create(username="asker", defaults={"name": "申请人", "robot": True})[0]
    approver = User.objects.get_or_create(username="approver", defaults={"name": "批准人", "robot": True})[0]
    fields = {"state": "approved", "from_day": date(2020, 1, 1), "reason": "任职"} | fields
    grant = RoleGrant.objects.create(
        user=user, role=role, area=area, organisation=organisation, requested_by=asker, approved_by=approver, **fields
    )
    fresh(user)
    return grant


def fresh(user):
    """The same row, without what it remembered of its grants."""
    for name in ("grants", "verbs", "principal_keys", "_principals", "roles"):
        user.__dict__.pop(name, None)
    return user


@pytest.fixture
def sec_a(person, areas):
    return person("sec-a", role="sec_admin", area=areas["长春市"])


@pytest.fixture
def sec_b(person, areas):
    return person("sec-b", role="sec_admin", area=areas["长春市"])


@pytest.fixture
def clerk(person):
    return person("clerk")


def signed_in(user, **options) -> Client:
    client = Client(**options)
    answer = client.post("/signin/", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client
