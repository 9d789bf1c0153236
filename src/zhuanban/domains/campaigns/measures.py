"""What a task of a campaign counts: records of other modules by day, of the projects that the campaign covers.

A measure is the only way in which a bar moves; nothing is typed. A module below joins in with one line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import CharField, Count, DateField, DecimalField, F, QuerySet, Sum, Value
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.plans.models import Node
from zhuanban.domains.portfolio.models import InvestmentEntry, Project, Proof
from zhuanban.domains.problems.models import Problem
from zhuanban.kernel.words import Words

PERMITS = (Proof.Kind.LAND, Proof.Kind.PLANNING, Proof.Kind.CONSTRUCTION)
WARM = "warm_enclosure"
FACTORS = "要素"
"""The group of problem kinds that are wants of land, power, water and the like (seed of problems)."""


@dataclass(frozen=True)
class Measure:
    """`rows` are the records, `day` the column that tells when each counts (a date, an instant, or a partial date's text), `project` how a
    record reaches its project, `amount` the column that is summed (counted where empty); `unit` as figures name units."""

    label: Words
    unit: str
    rows: Callable[[], QuerySet]
    day: str
    project: str = "project"
    amount: str = ""
    kind: str = "date"

    def between(self, first: date, last: date, sectors: list[str], area: str = "") -> QuerySet:
        """The records of these days, both included, in these sectors (all where none is named) and this area."""
        rows = self._dated().filter(on__gte=self._bound(first), on__lte=self._bound(last))
        if sectors:
            rows = rows.filter(**{self._path("sector__in"): sectors})
        return rows.filter(**{self._path("area"): area}) if area else rows

    def by_sector_and_day(self, first: date, last: date, area: str = "") -> dict[tuple[str, date], Decimal]:
        """(sector, day) -> how much. One query."""
        total = Coalesce(Sum(self.amount), Value(0), output_field=DecimalField()) if self.amount else Count("pk")
        rows = self.between(first, last, [], area).order_by().values_list(self._path("sector"), "on").annotate(n=total)
        return {(sector, _as_date(day)): Decimal(n) for sector, day, n in rows}

    def _path(self, name: str) -> str:
        return f"{self.project}__{name}" if self.project else name

    def _dated(self) -> QuerySet:
        """The records with their day as `on`: a date, or the ISO text of a partial one."""
        if self.kind == "instant":
            return self.rows().annotate(on=TruncDate(self.day))
        column = Cast(self.day, CharField()) if self.kind == "text" else F(self.day)
        return self.rows().annotate(on=column) if self.kind == "text" else self.rows().annotate(on=Cast(column, DateField()))

    def _bound(self, day: date) -> date | str:
        return day.isoformat() if self.kind == "text" else day


def _as_date(day: date | str) -> date:
    """A month or year that is known no closer counts on its first day."""
    return day if isinstance(day, date) else date.fromisoformat((day + "-01-01")[:10])


def _living() -> QuerySet:
    return Project.objects.all()


MEASURES: Mapping[str, Measure] = {
    "permits": Measure(
        _("核发用地、规划、施工许可"), "permit", lambda: Proof.objects.filter(kind__in=PERMITS, issued_on__isnull=False), "issued_on"
    ),
    "factors": Measure(
        _("解决要素问题"),
        "problem",
        lambda: Problem.objects.filter(kind__group=FACTORS, solved_at__isnull=False),
        "solved_at",
        kind="instant",
    ),
    "starts": Measure(
        _("新开工项目"), "project", lambda: _living().filter(start_actual__isnull=False), "start_actual", project="", kind="text"
    ),
    "investment": Measure(_("完成投资"), "yuan", lambda: InvestmentEntry.objects.all(), "month", amount="amount"),
    "nodes": Measure(_("完成节点"), "node", lambda: Node.objects.filter(reached_on__isnull=False), "reached_on"),
    "enclosed": Measure(_("完成暖封闭"), "node", lambda: Node.objects.filter(code=WARM, reached_on__isnull=False), "reached_on"),
    "statistics": Measure(
        _("入统项目"), "project", lambda: Node.objects.filter(code="statistics", work=None, reached_on__isnull=False), "reached_on"
    ),
    "problems": Measure(_("办结难题"), "problem", lambda: Problem.objects.filter(solved_at__isnull=False), "solved_at", kind="instant"),
    "completed": Measure(
        _("竣工项目"), "project", lambda: _living().filter(finish_actual__isnull=False), "finish_actual", project="", kind="text"
    ),
}
