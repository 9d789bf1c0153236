"""The town's way into statistics: packs on their way, months of figures, differences and lengths of time, with a canary in every word."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from zhuanban.domains.plans.models import Node
from zhuanban.domains.portfolio.models import AnnualPlan, InvestmentEntry, Project
from zhuanban.domains.statistics import actions
from zhuanban.domains.statistics.models import (
    DifferenceKind,
    EntryPaper,
    Explanation,
    ReportingMonth,
    StatedSpan,
    StatisticalFigure,
    StatisticsEntry,
)
from zhuanban.kernel import access, clock
from zhuanban.kernel.models import Dossier

MONTH = date(2023, 1, 1)
_serial = itertools.count(1)
_months = itertools.count(1)


@dataclass
class Counted:
    """A district's entry that waits for its papers, and one that reports."""

    waiting: StatisticsEntry
    reporting: StatisticsEntry
    figure: StatisticalFigure


def stamps(by) -> dict:
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


def give_statistics(town, area: str, word: str) -> Counted:
    """The district's first project with a returned pack, one in review, one that reports and lacks January, one that has not begun."""
    by, first = stamps(town.dispatcher), town.projects[area][0]
    waiting = StatisticsEntry.objects.create(
        project=first, state_since=date(2023, 1, 20), defects=f"{word}缺件", returned_on=date(2023, 1, 20), returns=1, **by
    )
    EntryPaper.objects.create(entry=waiting, kind="approval", number=f"{word}批1号", party=f"{word}企业", dated_on=date(2022, 5, 1), **by)
    EntryPaper.objects.create(entry=waiting, kind="photo", note=f"{word}现场", shows="foundation", dated_on=date(2022, 7, 20), **by)
    review = town.bare_project(area, stage="under_construction")
    StatisticsEntry.objects.create(project=review, state="submitted_county", state_since=date(2023, 2, 8), county_on=date(2023, 2, 8), **by)
    told = town.bare_project(area, stage="under_construction", entered_bank=True, entered_statistics=True)
    reporting = StatisticsEntry.objects.create(
        project=told, state="reporting", state_since=date(2022, 9, 5), bank_on=date(2022, 9, 3), reporting_from=date(2022, 9, 1), **by
    )
    AnnualPlan.objects.create(project=told, year=2022, amount=Decimal(40_000_000), **by)
    InvestmentEntry.objects.create(project=told, month=date(2022, 11, 1), amount=Decimal(9_000_000), **by)
    figure = StatisticalFigure.objects.create(project=told, month=date(2022, 11, 1), amount=Decimal(8_000_000), **by)
    kind = DifferenceKind.objects.get(key="price_basis")
    Explanation.objects.create(entry=reporting, year=2022, kind=kind, amount=Decimal(600_000), words=f"{word}计价", **by)
    ready = town.bare_project(area, stage="ready", start_actual=None)
    for position, (code, name, reached) in enumerate((("filing", "立项", date(2023, 1, 5)), ("eia", "环评", None))):
        Node.objects.create(project=ready, code=code, name=name, phase="approval", position=position, reached_on=reached, **by)
    Project.objects.filter(pk=town.projects[area][1].pk).update(landed_on="2022-10")
    for resumed in Project.objects.filter(area=area, resumed_on="2022-03-10"):
        InvestmentEntry.objects.create(project=resumed, month=date(2022, 3, 1), amount=Decimal(1_000_000), **by)
    return Counted(waiting, reporting, figure)


def give_spans(town, area: str) -> None:
    """The lengths of time that the papers print of two named projects."""
    for name, stage, begins, ends, length, unit in (
        ("玲珑轮胎项目", "signed", "first_contact", "landing", 112, "day"),
        ("一汽红旗繁荣工厂", "completed", "construction_start", "completion", 14, "month"),
    ):
        made = town.bare_project(area, stage=stage, name=name, start_actual=None)
        StatedSpan.objects.create(
            project=made, begins=begins, ends=ends, length=length, unit=unit, source="公开报道", **stamps(town.dispatcher)
        )


def open_month(town, month: date = MONTH) -> ReportingMonth:
    """A month of the city that every district sees."""
    dossier = Dossier.objects.create(kind="statistics.month", ref=f"T-{month:%Y-%m}", title=f"{month:%Y-%m}", area="220100")
    row = ReportingMonth.objects.create(
        dossier=dossier,
        area=town.areas["220100"],
        month=month,
        entries_from=date(2023, 1, 3),
        entries_until=date(2023, 1, 12),
        figures_from=date(2023, 2, 1),
        figures_until=date(2023, 2, 10),
        **stamps(town.dispatcher),
    )
    access.grant(dossier, actions.levels_of(row))
    return row


def fill_entries(town, number: int) -> None:
    """Entries with names as they come, ties in the days, some of them returned."""
    from town import HERE, NASTY

    for at in range(number):
        project = town.bare_project(HERE, None, "under_construction", name=NASTY[at % len(NASTY)])
        StatisticsEntry.objects.create(
            project=project,
            state=("not_ready", "pack_complete", "submitted_county")[at % 3],
            state_since=date(2023, 1, 1 + at % 4),
            defects="退回" if at % 3 == 0 else "",
            **stamps(town.dispatcher),
        )


def fill_months(town, number: int) -> None:
    """More months of the city, all with the same windows."""
    for _each in range(number):
        at = next(_months)
        open_month(town, date(1900 + at // 12, 1 + at % 12, 1))
