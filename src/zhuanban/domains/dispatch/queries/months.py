"""The month's status by area: investment reported against plan, missing reports, who closed the month, what was corrected afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Least

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import AnnualPlan, InvestmentEntry, MonthLock, Project
from zhuanban.domains.portfolio.queries import MONTH_WEIGHTS
from zhuanban.kernel import clock, parameters

LATER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class MonthRow:
    """One area in one month. Money in yuan; `planned` is the month's share of the year's plan, None where nothing is planned. `due` is how
    many projects under construction owe a report, `missing` how many of them gave none. `lock` is the area's own closing of the month,
    else the city's; `corrected` counts the rows written after it."""

    area: Area
    reported: Decimal | None
    planned: Decimal | None
    due: int
    missing: int
    lock: MonthLock | None
    corrected: int

    @property
    def share(self) -> Decimal | None:
        return self.reported * 100 / self.planned if self.planned and self.reported is not None else None


def months_back(count: int = 24) -> list[date]:
    """The months that are over, the latest first."""
    day, found = clock.today().replace(day=1), []
    for _each in range(count):
        day = before(day)
        found.append(day)
    return found


def before(month: date) -> date:
    return month.replace(year=month.year - 1, month=12) if month.month == 1 else month.replace(month=month.month - 1)


def after(month: date) -> date:
    return month.replace(year=month.year + 1, month=1) if month.month == 12 else month.replace(month=month.month + 1)


def weight(month: date) -> Decimal:
    """The month's share of a year's plan, by the city's month weights."""
    weights = [Decimal(str(each)) for each in parameters.value(MONTH_WEIGHTS)]
    return weights[month.month - 1] / sum(weights)


def entries(user, month: date) -> QuerySet[InvestmentEntry]:
    return InvestmentEntry.objects.filter(project__in=Project.objects.visible_to(user).values("pk"), month=month)


def owing(user, month: date) -> QuerySet[Project]:
    """The projects that owe a report for a month: under construction now and begun by its end, or completed since it began."""
    begun = Q(start_actual=None) | Q(start_actual__lt=after(month).isoformat())
    going = Q(stage=Project.Stage.UNDER_CONSTRUCTION) & begun
    finished = Q(finish_actual__gte=month.isoformat(), start_actual__lt=after(month).isoformat())
    return Project.objects.visible_to(user).filter(going | finished)


def missing(user, month: date) -> QuerySet[Project]:
    return owing(user, month).exclude(pk__in=InvestmentEntry.objects.filter(month=month).values("project"))


def locks(month: date) -> dict[str, MonthLock]:
    """Area -> its closing of a month."""
    return {row.area_id: row for row in MonthLock.objects.filter(month=month)}


def corrections(user, month: date) -> QuerySet[InvestmentEntry]:
    """The rows of a month that were written after it was closed, by the area or by the city, whichever came first."""
    city = settings.CITY["area"]
    own = MonthLock.objects.filter(month=month, area=OuterRef("project__area")).values("locked_at")[:1]
    whole = MonthLock.objects.filter(month=month, area=city).values("locked_at")[:1]
    late = entries(user, month).annotate(_locked=Least(Coalesce(Subquery(own), LATER), Coalesce(Subquery(whole), LATER)))
    return late.filter(created_at__gt=F("_locked"))


def status(user, month: date) -> list[MonthRow]:
    """Every district and zone of which the person sees a project. Seven queries."""
    reported = _by_area(entries(user, month), Sum("amount"))
    plans = AnnualPlan.objects.filter(project__in=Project.objects.visible_to(user).values("pk"), year=month.year)
    planned = _by_area(plans, Sum("amount"))
    due = dict(owing(user, month).order_by().values_list("area").annotate(n=Count("pk")))
    gone = dict(missing(user, month).order_by().values_list("area").annotate(n=Count("pk")))
    closed, corrected = locks(month), _by_area(corrections(user, month), Count("pk"))
    whole, share = closed.get(settings.CITY["area"]), weight(month)
    rows = []
    for area in Area.objects.exclude(parent=None):
        if area.pk in reported or area.pk in planned or area.pk in due:
            plan = planned.get(area.pk)
            rows.append(
                MonthRow(
                    area=area,
                    reported=reported.get(area.pk),
                    planned=plan * share if plan is not None else None,
                    due=due.get(area.pk, 0),
                    missing=gone.get(area.pk, 0),
                    lock=earlier(closed.get(area.pk), whole),
                    corrected=corrected.get(area.pk, 0),
                )
            )
    return rows


def earlier(one: MonthLock | None, other: MonthLock | None) -> MonthLock | None:
    """The closing that counts: whichever came first."""
    both = [each for each in (one, other) if each]
    return min(both, key=lambda each: each.locked_at) if both else None


def _by_area(rows: QuerySet[Any], what: Any) -> dict[str, Any]:
    return dict(rows.order_by().values_list("project__area").annotate(s=what).values_list("project__area", "s"))


def summed(rows: list[MonthRow]) -> dict[str, Any]:
    """The last line of the table; unknown where nothing is known."""
    reported = [row.reported for row in rows if row.reported is not None]
    planned = [row.planned for row in rows if row.planned is not None]
    whole = {"reported": sum(reported) if reported else None, "planned": sum(planned) if planned else None}
    share = whole["reported"] * 100 / whole["planned"] if whole["planned"] and whole["reported"] is not None else None
    counts = {name: sum(getattr(row, name) for row in rows) for name in ("due", "missing", "corrected")}
    return {**whole, "share": share, **counts}
