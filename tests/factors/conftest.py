"""A utility with a person, a project with a secretary and an owner, and makers of requests and supply points."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from zhuanban.domains.factors import actions
from zhuanban.domains.factors.models import Factor
from zhuanban.kernel import access

CITY, HERE = "220100", "220106"


@pytest.fixture
def power(organisation):
    return organisation("绿园供电公司", kind="utility", area=HERE, short_name="供电公司")


@pytest.fixture
def water(organisation):
    return organisation("绿园供水公司", kind="utility", area=HERE)


@pytest.fixture
def electrician(person, power):
    return person("utility_user", organisation=power)


@pytest.fixture
def plumber(person, water):
    return person("utility_user", organisation=water)


@pytest.fixture
def firm(organisation):
    return organisation("绿园机械有限公司", area=HERE)


@pytest.fixture
def owner(person, firm):
    return person("owner", organisation=firm)


@pytest.fixture
def site(project, firm):
    """A project under construction."""
    return project("绿园机械厂", area=HERE, stage="under_construction", owner_org=firm, winter_building=True, sector="industry")


@pytest.fixture
def secretary(person, site):
    user = person("project_secretary")
    access.Access.objects.update_or_create(
        principal=access.principal(f"user:{user.pk}"), dossier=site.dossier, defaults={"level": access.ACT}
    )
    return user


@pytest.fixture
def ask(site, dispatcher, power):
    """A request for electricity: `ask(500, date(2023, 3, 1))`."""

    def make(amount=500, need_on=date(2023, 3, 1), *, project=None, by=None, until=None, point=None, factor="power", provider=None):
        return actions.request(
            project or site,
            by=by or dispatcher,
            factor=Factor.objects.get(pk=factor),
            amount=Decimal(amount),
            need_on=need_on,
            until=until,
            purpose="施工用电",
            provider=provider or power,
            point=point,
        )

    return make


@pytest.fixture
def substation(areas, dispatcher, power):
    """A substation whose capacity nobody has told."""
    return actions.register_point(
        areas[HERE], by=dispatcher, factor=Factor.objects.get(pk="power"), kind="substation", name="绿园变", provider=power
    )
