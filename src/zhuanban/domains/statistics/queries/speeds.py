"""How long it took between two milestones, of one project and of all (S81, S82: landing, approval, start and construction, each faster)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median

from django.db.models import QuerySet

from zhuanban.domains.plans.models import Node
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.statistics.models import StatedSpan
from zhuanban.domains.statistics.models.spans import Milestone
from zhuanban.kernel.dates import PartialDate

COLUMNS: Mapping[str, str] = {
    Milestone.FIRST_CONTACT: "first_contact_on",
    Milestone.LANDING: "landed_on",
    Milestone.START: "start_actual",
    Milestone.COMPLETION: "finish_actual",
}
"""Milestones that the project itself keeps."""
NODES: Mapping[str, tuple[str, ...]] = {
    Milestone.SIGNED: ("signed",),
    Milestone.LANDING: ("company", "site", "funds"),
    Milestone.FILING: ("filing",),
    Milestone.PERMIT: ("construction_permit",),
    Milestone.START: ("start",),
    Milestone.COMPLETION: ("completed",),
}
"""Milestones by nodes; of several, all must be reached, and the last counts."""
SPEEDS: Mapping[str, tuple[str, str]] = {
    "landing": (Milestone.SIGNED, Milestone.LANDING),
    "approval": (Milestone.FILING, Milestone.PERMIT),
    "start": (Milestone.PERMIT, Milestone.START),
    "construction": (Milestone.START, Milestone.COMPLETION),
}
"""The four speeds: from which milestone to which."""


@dataclass(frozen=True)
class Took:
    """A project's days from one milestone to another, with the year in which it ended."""

    project: int
    area: str | None
    days: int
    year: int


def milestones(projects: QuerySet[Project]) -> dict[int, dict[str, date]]:
    """Project -> its milestones known to the day. Two queries."""
    found: dict[int, dict[str, date]] = defaultdict(dict)
    codes = sorted({code for group in NODES.values() for code in group})
    reached: dict[int, dict[str, date]] = defaultdict(dict)
    rows = Node.objects.filter(project__in=projects.values("pk"), code__in=codes, work=None, precision="day").exclude(reached_on=None)
    for project, code, day in rows.order_by().values_list("project", "code", "reached_on"):
        if day is not None:
            reached[project][code] = day
    for project, days in reached.items():
        for milestone, group in NODES.items():
            if all(code in days for code in group):
                found[project][milestone] = max(days[code] for code in group)
    for pk, *values in projects.order_by().values_list("pk", *COLUMNS.values()):
        for milestone, told in zip(COLUMNS, values, strict=True):
            if isinstance(told, PartialDate) and told.precision == "day":
                found[pk][milestone] = told.value
    return found


def taken_each(projects: QuerySet[Project]) -> dict[str, list[Took]]:
    """Speed -> what each project took whose two days are known and in order. Three queries."""
    days = milestones(projects)
    areas = dict(projects.order_by().values_list("pk", "area"))
    return {
        speed: [
            Took(project, areas.get(project), (known[last] - known[first]).days, known[last].year)
            for project, known in days.items()
            if first in known and last in known and known[last] >= known[first]
        ]
        for speed, (first, last) in SPEEDS.items()
    }


def medians(rows: Iterable[Took]) -> tuple[float | None, int]:
    """The median of days and of how many."""
    days = [row.days for row in rows]
    return (median(days), len(days)) if days else (None, 0)


def span(projects: QuerySet[Project], begins: str, ends: str, unit: str) -> tuple[int | None, QuerySet]:
    """How long one project took, with the rows that tell it: its own two days, else the length that is on record.

    Whole months between two days are those that have passed; a month known no closer counts from its own number.
    """
    columns = COLUMNS.get(begins), COLUMNS.get(ends)
    if all(columns):
        first, last = (projects.values_list(*[each for each in columns if each]).first() or (None, None))[:2]
        if (known := between(first, last, unit)) is not None:
            return known, projects
    rows = StatedSpan.objects.filter(project__in=projects.values("pk"), begins=begins, ends=ends, unit=unit)
    return rows.values_list("length", flat=True).first(), rows


def between(first: PartialDate | None, last: PartialDate | None, unit: str) -> int | None:
    """Days or months from one date to another; None where they are not known closely enough."""
    if first is None or last is None or last.last < first.first:
        return None
    if unit == StatedSpan.Unit.DAY:
        return (last.value - first.value).days if first.precision == last.precision == "day" else None
    if "year" in (first.precision, last.precision):
        return None
    months = (last.value.year - first.value.year) * 12 + last.value.month - first.value.month
    both = first.precision == last.precision == "day"
    return months - (1 if both and last.value.day < first.value.day else 0)
