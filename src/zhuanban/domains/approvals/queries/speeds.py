"""How fast it goes: medians, ninetieth percentiles, the share within the promise, and the claims of so-and-so many days."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date
from typing import Any

from django.db.models import QuerySet

from zhuanban.domains.approvals.models import ApprovalCase, Certificate, PermitPlan
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import deadlines

LAND, PLANNING, BUILDING, PERMIT = "LAND", "LUPP", "CPP", "CP"
THREE = ("TITLE", PLANNING, PERMIT)
"""The three certificates of 三证两天: land certificate, planning permit, construction permit. Which planning permit is meant the papers
do not say: either counts."""
PLANNINGS = (PLANNING, BUILDING)


@dataclass(frozen=True)
class Speed:
    """How fast a group of decided cases went: the law's days, and the calendar days that owners waited."""

    label: str
    key: Any
    number: int
    median: float | None
    p90: float | None
    felt: float | None
    share: float | None


def percentile(values: Sequence[int], share: float) -> float | None:
    """The nearest-rank percentile; nothing over nothing.

    >>> percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 100], 0.9), percentile([], 0.5)
    (9, None)
    """
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1] if values else None


def median(values: Sequence[int]) -> float | None:
    """The middle value; the mean of the two middle ones.

    >>> median([3, 1, 2]), median([1, 2])
    (2, 1.5)
    """
    if not values:
        return None
    ranked, half = sorted(values), len(values) // 2
    return ranked[half] if len(values) % 2 else (ranked[half - 1] + ranked[half]) / 2


def decided(rows: QuerySet[ApprovalCase], year: int | None = None) -> QuerySet[ApprovalCase]:
    found = rows.filter(decided_on__isnull=False, used_days__isnull=False, mock=False)
    if year is None:
        return found
    return found.filter(decided_on__year=year) if MINYEAR <= year <= MAXYEAR else found.none()


BY = {"department": ("department", "department__name"), "item": ("item", "item__name"), "area": ("project__area", "project__area__name")}


def speeds(rows: QuerySet[ApprovalCase], by: str) -> list[Speed]:
    """A line per department, item or area, the largest first."""
    key, name = BY[by]
    groups: dict[tuple[Any, str], list[tuple[int, int, bool | None]]] = defaultdict(list)
    for pk, label, used, felt, kept in rows.values_list(key, name, "used_days", "felt_days", "in_promise"):
        groups[pk, label or "—"].append((used, felt, kept))
    found = [speed(label, pk, told) for (pk, label), told in groups.items()]
    return sorted(found, key=lambda each: (-each.number, each.label))


def speed(label: str, key: Any, told: Iterable[tuple[int, int, bool | None]]) -> Speed:
    rows = list(told)
    used, felt = [each[0] for each in rows], [each[1] for each in rows if each[1] is not None]
    judged = [each[2] for each in rows if each[2] is not None]
    share = sum(judged) * 100 / len(judged) if judged else None
    return Speed(label, key, len(rows), median(used), percentile(used, 0.9), median(felt), share)


# Claims of so many days ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """From a day to a day, as newspapers say "N days": they rarely tell which days, so both are given."""

    first: date
    last: date
    calendar_days: int
    working_days: int

    @classmethod
    def between(cls, first: date, last: date) -> Span:
        return cls(first, last, (last - first).days, deadlines.calendar().elapsed_working_days(first, last))

    @property
    def same_day(self) -> bool:
        return self.calendar_days == 0


@dataclass(frozen=True)
class ThreeCertificates:
    """A project's land certificate, planning permit and construction permit, from the first acceptance to the last issue."""

    project: Project
    span: Span
    certificates: tuple[Certificate, ...]


def three_certificates(rows: QuerySet[Certificate], days: int | None = None) -> list[ThreeCertificates]:
    """The projects with all three, the fastest first; with `days` those that had them within so many calendar days."""
    wanted = rows.filter(item__code__in=[*THREE, *PLANNINGS], ended_on=None).select_related("project__area", "item", "case")
    groups: dict[int, dict[str, Certificate]] = defaultdict(dict)
    for row in wanted.order_by("project", "-issued_on", "pk"):
        groups[row.project_id].setdefault(row.item.code, row)
    found = [each for held in groups.values() if (each := _three(held)) is not None and (days is None or each.span.calendar_days <= days)]
    return sorted(found, key=lambda each: (each.span.calendar_days, each.project.name))


def _three(held: dict[str, Certificate]) -> ThreeCertificates | None:
    planning = held.get(PLANNING) or held.get(BUILDING)
    three = tuple(row for row in (held.get("TITLE"), planning, held.get(PERMIT)) if row is not None)
    if len(three) < len(THREE) or any(row.case.accepted_on is None for row in three):
        return None
    first = min(row.case.accepted_on for row in three if row.case.accepted_on)
    return ThreeCertificates(three[0].project, Span.between(first, max(row.issued_on for row in three)), three)


@dataclass(frozen=True)
class LandGrantStart:
    """拿地即开工: the land contract's day, and the last of the three permits that followed it."""

    project: Project
    granted_on: date
    span: Span
    certificates: tuple[Certificate, ...]


def land_grant_starts(projects: QuerySet[Project], days: int) -> list[LandGrantStart]:
    """Projects whose land-use planning permit, works planning permit and construction permit are all dated within so many calendar days
    of the land contract (拿地即开工, 交地即发证)."""
    granted = land_days(projects)
    rows = Certificate.objects.filter(project__in=list(granted), item__code__in=[PLANNING, BUILDING, PERMIT], ended_on=None)
    groups: dict[int, dict[str, Certificate]] = defaultdict(dict)
    for row in rows.select_related("project__area", "item").order_by("project", "-issued_on", "pk"):
        groups[row.project_id].setdefault(row.item.code, row)
    found = []
    for pk, held in groups.items():
        day = granted[pk]
        three = tuple(held[code] for code in (PLANNING, BUILDING, PERMIT) if code in held)
        if len(three) == 3 and all(0 <= (row.issued_on - day).days <= days for row in three):
            found.append(LandGrantStart(three[0].project, day, Span.between(day, max(row.issued_on for row in three)), three))
    return sorted(found, key=lambda each: (each.span.calendar_days, each.project.name))


def land_days(projects: QuerySet[Project]) -> dict[int, date]:
    """Project -> the day of its land contract or allocation, as its permit plan records it."""
    plans = PermitPlan.objects.filter(project__in=projects.values("pk")).exclude(recorded={}).values_list("project", "recorded")
    return {pk: date.fromisoformat(told[LAND][0]) for pk, told in plans if told.get(LAND)}
