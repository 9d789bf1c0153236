"""What holds for every figure of the house. A new figure is tested here as soon as it is registered."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from markup import read
from town import CITY, HERE, THERE, fill

from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import figures, listings
from zhuanban.kernel.figures import Scope

MOST_STATEMENTS = 40
COUNTED = {
    "project": "portfolio.project",
    "line": "portfolio.work",
    "industry": "portfolio.industrygoal",
    "model": "portfolio.product",
}
"""Unit of a count -> the model whose rows are counted. A target in the same unit has other rows as its evidence and is not a count."""
ADDED_UP = {"project", "line", "yuan", "job", "model"}
"""Units in which a part never exceeds the whole."""

every_sum = pytest.mark.parametrize("name", sorted(name for name, known in figures.REGISTRY.items() if known.unit in ADDED_UP))
every_figure = pytest.mark.parametrize("name", sorted(figures.REGISTRY))


def figure(name: str) -> figures.Figure:
    return figures.REGISTRY[name]


def reading(name: str, user=None, area: str = "") -> figures.Reading:
    return figure(name).read(Scope.today(user=user, area=area))


@every_figure
def test_a_figure_says_what_it_is(name):
    known = figure(name)
    assert str(known.label) and str(known.definition)
    assert known.unit in figures.UNITS or known.unit == "yuan"
    home = f"zhuanban.domains.{name.partition('.')[0]}.figures"
    assert name.count(".") == 1 and home in {known.read.__module__, known.read.__module__.rpartition(".")[0]}
    assert not known.listing or known.listing in listings.REGISTRY


@every_figure
def test_it_is_read_for_the_city_and_for_a_district(town, name):
    leader = town.person("district_leader", HERE)
    for known in (reading(name), reading(name, leader), reading(name, area=HERE), reading(name, town.person())):
        assert known.value is None or isinstance(known.value, int | Decimal | str) or hasattr(known.value, "precision")
        assert known.evidence >= 0
        assert figure(name).printed(known.value)
    assert reading(name).evidence > 0, "the town has no evidence for this figure: add some to tests/house/town.py"


@every_figure
def test_its_value_is_what_its_evidence_says(town, name):
    known, rows = figure(name), reading(name).rows
    value = reading(name).value
    if COUNTED.get(known.unit) == rows.model._meta.label_lower:
        assert value == rows.count() == rows.values("pk").distinct().count()
    elif known.unit == "pct":
        part, whole = (Decimal(side or 0) for side in reading(name).parts.values())
        assert value == (part * 100 / whole if whole else None)
    elif known.unit == "yuan":
        numeric = [field.name for field in rows.model._meta.concrete_fields if isinstance(field, models.DecimalField)]
        assert value in {sum(filter(None, rows.values_list(field, flat=True)), Decimal(0)) for field in numeric}


@every_sum
def test_a_part_is_not_more_than_the_whole(town, name):
    """A district's reader sees no more than the city, and the districts together no more than there is."""
    whole = reading(name).value or 0
    here, there = (reading(name, town.person("district_leader", key)).value or 0 for key in (HERE, THERE))
    assert 0 <= max(here, there) <= whole
    assert (reading(name, town.person("city_leader", CITY)).value or 0) == whole
    if reading(name).rows.model is Project:
        assert set(reading(name, town.person("district_leader", HERE)).rows.values_list("pk", flat=True)) <= set(
            Project.objects.visible_to(town.person("district_leader", HERE)).values_list("pk", flat=True)
        )
        parts = sum(reading(name, area=area.key).value or 0 for area in town.areas.values())
        assert parts <= whole


@every_figure
def test_it_alters_with_its_records(town, name):
    """Take one evidence row away behind the verbs' back: the reading is another one."""

    def told() -> tuple:
        known = reading(name)
        return known.value, known.evidence

    before, row = told(), reading(name).rows.first()
    with transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk)._raw_delete(connection.alias)
        after = told()
        transaction.set_rollback(True)
    assert after != before
    if figure(name).unit in COUNTED and isinstance(before[0], int):
        assert after[0] != before[0]


@every_figure
def test_its_page_opens_to_the_records(town, enter, name):
    known = figure(name)
    user = town.person("centre_dispatcher", CITY)
    browser = enter(user)
    answer = browser.get(reverse("kernel:figure", args=[name]))
    assert answer.status_code == 200
    page = read(answer.content.decode())
    assert page.complaints == []
    assert str(known.definition) in page.text and str(known.label) in page.text
    if known.listing:
        for row in reading(name, user).rows[:3]:
            assert row.get_absolute_url() in page.links
    answer = browser.get(f"/api/v1/figures/{name}")
    assert answer.status_code == 200
    assert answer.json()["printed"] == known.printed(reading(name, user).value)


def test_their_pages_cost_the_same_statements_for_any_rows(town, enter):
    browser = enter(town.person("centre_dispatcher", CITY))

    def statements() -> dict[str, int]:
        found = {}
        for name in figures.REGISTRY:
            with CaptureQueriesContext(connection) as asked:
                assert browser.get(reverse("kernel:figure", args=[name])).status_code == 200
            found[name] = len(asked)
        return found

    browser.get("/")
    few = statements()
    fill(town, Project, 57)
    more = Project.objects.exclude(memberships__list=town.list)
    town.list.projects.add(*more, through_defaults={"added_on": "2022-01-10"})
    town.tag.projects.add(*more)
    assert statements() == few
    assert max(few.values()) <= MOST_STATEMENTS


@every_figure
def test_nonsense_in_its_address_is_told_or_left_aside(town, enter, name):
    browser = enter(town.person("centre_dispatcher", CITY))
    for query in ("area=%00", "year=99999999999", "year=-1", "after=%25", "order=nothing"):
        assert browser.get(f"{reverse('kernel:figure', args=[name])}?{query}").status_code in {200, 400, 422}, query


def test_the_list_of_figures_tells_each_with_its_definition(town, enter):
    browser = enter(town.person("centre_dispatcher", CITY))
    url = reverse("kernel:figures")
    with CaptureQueriesContext(connection) as asked:
        page = read(browser.get(url).content.decode())
    assert page.complaints == []
    assert [name for name, known in figures.REGISTRY.items() if str(known.definition) not in page.text] == []
    assert len(asked) <= MOST_STATEMENTS, f"{len(asked)} statements"
    for name, known in figures.REGISTRY.items():
        told = browser.get(reverse("kernel:figure_value", args=[name])).content.decode()
        assert told == known.printed(reading(name, town.dispatcher).value)
