"""A small city hall: areas, an office, and people who can be given roles."""

from datetime import timedelta

import pytest
from hall import PASSWORD, give

from zhuanban.domains.people import seeds
from zhuanban.domains.people.models import Area, Organisation, User
from zhuanban.kernel import clock


@pytest.fixture(autouse=True)
def _own_addresses(settings):
    settings.ROOT_URLCONF = "probe_urls"


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


@pytest.fixture
def sec_a(person, areas):
    return person("sec-a", role="sec_admin", area=areas["长春市"])


@pytest.fixture
def sec_b(person, areas):
    return person("sec-b", role="sec_admin", area=areas["长春市"])


@pytest.fixture
def clerk(person):
    return person("clerk")
