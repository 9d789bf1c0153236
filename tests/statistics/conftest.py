"""A project with a pack that passes every check, and those who handle it."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal

import pytest

from zhuanban.domains.statistics import actions
from zhuanban.domains.statistics.models import StatisticsEntry
from zhuanban.kernel.dates import PartialDate

_numbers = itertools.count(1)
AMOUNT = Decimal(80_000_000)


@pytest.fixture
def city_statistician(person):
    return person("statistician", area="220100")


@pytest.fixture
def county_statistician(person):
    return person("statistician", area="220106")


@pytest.fixture
def opened(project, organisation, dispatcher):
    """An entry without any paper, of a project that has begun: `opened(stage="reserve")` changes facts of the project."""

    def make(**facts) -> StatisticsEntry:
        told = {
            "stage": "under_construction",
            "owner_org": organisation(),
            "planned_investment": AMOUNT,
            "project_code": facts.pop("code", f"2112-220106-04-01-{next(_numbers):06d}"),
            "start_actual": PartialDate(date(2022, 6, 28)),
        }
        return actions.open_entry(project(**told | facts), by=dispatcher)

    return make


@pytest.fixture
def fill_pack(dispatcher):
    """Give an entry every paper that the checks ask for, in agreement; `form={"amount": …}` makes one of them say something else."""

    def fill(entry: StatisticsEntry, **other) -> StatisticsEntry:
        party, code = entry.project.owner_org.name, entry.project.project_code or ""
        papers = {
            "licence": {"party": party},
            "approval": {"number": "长备〔2022〕1号", "party": party, "project_code": code, "amount": AMOUNT, "dated_on": date(2022, 5, 1)},
            "photo": {"note": "现场", "shows": "foundation", "dated_on": date(2022, 7, 10)},
            "form": {"number": "RK-1", "party": party, "project_code": code, "amount": AMOUNT, "dated_on": date(2022, 8, 1)},
        }
        for kind, facts in papers.items():
            actions.add_paper(entry, by=dispatcher, kind=kind, **facts | other.get(kind, {}))
        return entry

    return fill


@pytest.fixture
def full(opened, fill_pack):
    """An entry whose pack passes."""
    return fill_pack(opened())


@pytest.fixture
def reporting(full, dispatcher, county_statistician, city_statistician):
    """An entry accepted today that reports from February 2023 on."""
    actions.complete_pack(full, by=dispatcher)
    actions.submit_county(full, by=dispatcher)
    actions.submit_city(full, by=county_statistician)
    actions.accept_bank(full, by=city_statistician)
    actions.start_reporting(full, by=city_statistician, month=date(2023, 2, 1))
    return StatisticsEntry.objects.get(pk=full.pk)
