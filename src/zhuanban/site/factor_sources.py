"""What the daily tracks know and factors only read: days of stock on site, beds for workers, workers there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery, Sum

from zhuanban.domains.dispatch.models import DailyTrack, WorkerHousing
from zhuanban.domains.factors.queries import tells
from zhuanban.kernel import clock

LATELY = timedelta(days=30)
"""A report that is older tells nothing of today."""


def _newest(projects: list[int] | None) -> Any:
    """The newest report of each of these projects."""
    rows = DailyTrack.objects.filter(day__gte=clock.today() - LATELY)
    last = rows.filter(project=OuterRef("project")).order_by("-day").values("pk")[:1]
    wanted = rows if projects is None else rows.filter(project__in=projects)
    return wanted.annotate(last=Subquery(last)).filter(pk=F("last"))


@tells("stocks")
def stocks(projects: list[int] | None) -> Mapping[int, tuple[date, dict[str, int]]]:
    """Project -> (day, material -> days that it lasts)."""
    found = _newest(projects).exclude(stocks={}).values_list("project", "day", "stocks")
    return {project: (day, told) for project, day, told in found}


@tells("workers")
def workers(projects: list[int] | None) -> Mapping[int, tuple[date, int]]:
    """Project -> (day, workers there)."""
    return {project: (day, there) for project, day, there in _newest(projects).values_list("project", "day", "workers_actual")}


@tells("beds")
def beds(projects: list[int] | None) -> Mapping[int, int]:
    """Project -> persons that its quarters hold today."""
    today = clock.today()
    begun, lasting = Q(from_day=None) | Q(from_day__lte=today), Q(to_day=None) | Q(to_day__gte=today)
    rows = WorkerHousing.objects.filter(begun, lasting)
    if projects is not None:
        rows = rows.filter(project__in=projects)
    return dict(rows.order_by().values("project").annotate(n=Sum("capacity")).values_list("project", "n"))
