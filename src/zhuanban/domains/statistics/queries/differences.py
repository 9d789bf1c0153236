"""Why what a project says it invested and what the statistics count are not the same, project by project, and how much nobody explains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from zhuanban.domains.portfolio.models import InvestmentEntry, Project
from zhuanban.domains.statistics.models import DifferenceKind, Explanation, StatisticalFigure
from zhuanban.kernel import clock


@dataclass
class Difference:
    """A project's own investment and the statistics' over some months. `parts` are explained amounts by kind; what is left is unexplained.

    A side of which nothing was ever reported is None: then there is no difference to speak of, not one of the other side's size.
    """

    project: int
    own: Decimal | None = None
    stated: Decimal | None = None
    in_bank: bool = False
    parts: dict[str, Decimal] = field(default_factory=dict)

    @property
    def gap(self) -> Decimal | None:
        """Own minus statistical. A project that is not in the bank yet counts nothing there; one that is and told nothing is unknown."""
        if self.own is None:
            return None
        if self.stated is None:
            return None if self.in_bank and not self.parts else self.own
        return self.own - self.stated

    @property
    def explained(self) -> Decimal:
        return sum(self.parts.values(), Decimal(0))

    @property
    def unexplained(self) -> Decimal | None:
        return None if self.gap is None else self.gap - self.explained


@dataclass(frozen=True)
class Summed:
    """The differences of many projects added up; `open` of them have a rest that nobody explains, `unknown`
    of them have no difference because one side is not known; `sizes` are the amounts explained and unexplained without their signs."""

    own: Decimal
    stated: Decimal
    gap: Decimal
    parts: dict[str, Decimal]
    unexplained: Decimal
    open: int
    sizes: tuple[Decimal, Decimal]
    projects: int
    unknown: int

    @property
    def explained_share(self) -> Decimal | None:
        """How much of all that differs is explained, in per cent: by the size of each part, so that too much here does not hide too
        little there."""
        explained, unexplained = self.sizes
        whole = explained + unexplained
        return explained * 100 / whole if whole else None


def kinds() -> list[DifferenceKind]:
    """The kinds of a day in their order."""
    return list(DifferenceKind.objects.filter(effective_from__lte=clock.today()))


def months_of(year: int, today: date) -> tuple[date, date]:
    """First and last month that are compared: the year's months that are over."""
    last = date(year, 12, 1) if year < today.year else date(year, max(today.month - 1, 1), 1)
    return date(year, 1, 1), last


def differences(projects: QuerySet[Project], year: int) -> dict[int, Difference]:
    """Project -> its difference over the months of a year that are over. Four queries, whatever the number of projects."""
    first, last = months_of(year, clock.today())
    found: dict[int, Difference] = defaultdict(lambda: Difference(0))
    for row in _own(projects, first, last):
        each = found[row["project"]]
        each.own, each.in_bank = row["own"], row["since"] is not None
        for kind in kinds_reckoned():
            if row[kind]:
                each.parts[_KEYS[kind]] = row[kind]
    rows = StatisticalFigure.objects.filter(project__in=projects.values("pk"), month__gte=first, month__lte=last)
    sums = rows.exclude(state=StatisticalFigure.State.SENT_BACK).order_by().values_list("project").annotate(s=Sum("amount"))
    for project, amount in sums:
        found[project].stated, found[project].in_bank = amount, True
    told = Explanation.objects.filter(entry__project__in=projects.values("pk"), year=year)
    for project, kind, amount in told.order_by().values_list("entry__project", "kind__key", "amount"):
        found[project].parts[kind] = found[project].parts.get(kind, Decimal(0)) + amount
    for project, each in found.items():
        each.project = project
    return dict(found)


_KEYS = {"not_in_bank": "not_in_bank", "timing": "timing"}


def kinds_reckoned() -> tuple[str, ...]:
    """The kinds whose sum the records themselves give."""
    return tuple(_KEYS)


def _own(projects: QuerySet[Project], first: date, last: date) -> QuerySet[InvestmentEntry, Any]:
    """Own investment by project: in all, before it reported to statistics, and of months that statistics has not been told."""
    told = StatisticalFigure.objects.filter(project=OuterRef("project"), month=OuterRef("month"))
    since = "project__statistics_entry__reporting_from"
    outside = Q(**{f"{since}__isnull": True}) | Q(month__lt=F(since))
    rows = InvestmentEntry.objects.filter(project__in=projects.values("pk"), month__gte=first, month__lte=last)
    rows = rows.annotate(in_statistics=Exists(told.exclude(state=StatisticalFigure.State.SENT_BACK)))
    return (
        rows.order_by()
        .values("project", since=F(since))
        .annotate(
            own=Sum("amount"),
            not_in_bank=Sum("amount", filter=outside),
            timing=Sum("amount", filter=~outside & Q(in_statistics=False)),
        )
    )


def summed(found: Iterable[Difference]) -> Summed:
    """All of them together. Those whose one side is unknown are counted apart and not added."""
    rows = list(found)
    known = [row for row in rows if row.gap is not None]
    parts: dict[str, Decimal] = defaultdict(Decimal)
    for row in known:
        for kind, amount in row.parts.items():
            parts[kind] += amount
    return Summed(
        own=sum((row.own for row in known if row.own is not None), Decimal(0)),
        stated=sum((row.stated for row in known if row.stated is not None), Decimal(0)),
        gap=sum((row.gap for row in known if row.gap is not None), Decimal(0)),
        parts=dict(parts),
        unexplained=sum((row.unexplained for row in known if row.unexplained is not None), Decimal(0)),
        open=sum(bool(row.unexplained) for row in known),
        sizes=(
            sum((abs(amount) for row in known for amount in row.parts.values()), Decimal(0)),
            sum((abs(row.unexplained) for row in known if row.unexplained is not None), Decimal(0)),
        ),
        projects=len(known),
        unknown=len(rows) - len(known),
    )


def years(projects: QuerySet[Project]) -> list[int]:
    """The years in which anything was reported to statistics, the newest first."""
    rows = StatisticalFigure.objects.filter(project__in=projects.values("pk")).order_by().dates("month", "year")
    return sorted((day.year for day in rows), reverse=True)
