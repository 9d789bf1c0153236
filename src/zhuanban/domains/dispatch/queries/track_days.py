"""Reads of the days that were filed: a project's history with its corrections, and what filing costs people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum

from zhuanban.domains.dispatch.models.tracks import DailyTrack, TrackCorrection
from zhuanban.domains.dispatch.rules import tracks as rules
from zhuanban.domains.plans.models import QuantityEntry, WorkItem
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import columns, parameters, show, words

# What it costs ------------------------------------------------------------------------------------------------------------


def burden(user, monday: date, area: str = "") -> list[dict[str, Any]]:
    """Who filed how many reports in the week from a Monday, how many fields they were asked and changed, and the seconds it took them;
    the most time first. Reports whose seconds are unknown are counted apart."""
    rows = DailyTrack.objects.visible_to(user).filter(day__gte=monday, day__lte=monday + timedelta(days=6)).exclude(reporter=None)
    rows = rows.filter(project__area=area) if area else rows
    counted = rows.order_by().values("reporter", "reporter__name", "reporter__organisation__name")
    counted = counted.annotate(
        reports=Count("pk"),
        projects=Count("project", distinct=True),
        fields=Sum("asked"),
        changed=Sum("touched"),
        time=Sum("seconds"),
        timed=Count("seconds"),
        behind=Count("pk", filter=Q(late=True)),
    )
    found = list(counted.order_by(F("time").desc(nulls_last=True), "reporter")[:200])
    return [each | {"mean": each["time"] / each["timed"] if each["timed"] else None} for each in found]


def seconds_by_week(user, monday: date, weeks: int = 8, area: str = "") -> list[tuple[date, float | None]]:
    """(Monday, mean seconds a report) of the last weeks up to this one."""
    first = monday - timedelta(weeks=weeks - 1)
    rows = DailyTrack.objects.visible_to(user).filter(day__gte=first, day__lte=monday + timedelta(days=6), seconds__isnull=False)
    rows = rows.filter(project__area=area) if area else rows
    totals: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for day, number, seconds in rows.order_by().values_list("day").annotate(n=Count("pk"), s=Sum("seconds")).values_list("day", "n", "s"):
        week = totals[day - timedelta(days=day.weekday())]
        week[0], week[1] = week[0] + number, week[1] + seconds
    return [(at, totals[at][1] / totals[at][0] if at in totals else None) for at in (first + timedelta(weeks=n) for n in range(weeks))]


# The project's days ---------------------------------------------------------------------------------------------------------


def days_of(project: Project, until: date | None = None, number: int = 14) -> list[DailyTrack]:
    """A project's newest reports, the newest first, with their photos and corrections at hand."""
    rows = DailyTrack.objects.filter(project=project.pk)
    rows = rows.filter(day__lt=until) if until else rows
    return list(rows.select_related("reporter").prefetch_related("photos__file", "corrections__by").order_by("-day")[:number])


def quantities_of(tracks: list[DailyTrack]) -> dict[int, list[tuple[WorkItem, Decimal]]]:
    """Track id -> the work items that its report stands for, with the amounts in force. One query for all of them."""
    known = {rules.origin_of(track): track.pk for track in tracks}
    projects = {track.project_id for track in tracks}
    days = [track.day for track in tracks]
    rows = (
        QuantityEntry.objects.filter(
            item__project__in=projects, day__gte=min(days, default=None), day__lte=max(days, default=None), origin__in=known
        ).select_related("item")
        if tracks
        else []
    )
    sums: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    items: dict[int, WorkItem] = {}
    for row in rows:
        items[row.item_id] = row.item
        sums[known[row.origin]][row.item_id] += row.amount
    return {pk: [(items[item], amount) for item, amount in sorted(found.items()) if amount] for pk, found in sums.items()}


def low_stocks(track: DailyTrack) -> list[tuple[str, int]]:
    """The materials that last fewer days than the city wants on a site."""
    least = parameters.value(rules.STOCK_DAYS)
    return [(name, days) for name, days in track.stock_words if days < least]


# Corrections in words ---------------------------------------------------------------------------------------------------------


def change_words(correction: TrackCorrection, items: Mapping[int, WorkItem]) -> list[tuple[str, str, str]]:
    """A correction as (what, before, after) in words; `items` are the work items that it may name."""
    found = [_told(name, *pair) for name, pair in correction.changes.items()]
    for key, (was, value) in correction.quantities.items():
        item = items.get(int(key))
        found.append((item.name if item else show.DASH, _amount(was, item), _amount(value, item)))
    return found


def _amount(value: str, item: WorkItem | None) -> str:
    return f"{Decimal(value).normalize():f} {item.unit if item else ''}".strip()


def _told(name: str, was: Any, value: Any) -> tuple[str, str, str]:
    if name not in {"winter_measures", "stocks"}:
        return show.change(DailyTrack, name, was, value)
    label = str(columns.named(DailyTrack, name).verbose_name)
    return label, _listed(name, was), _listed(name, value)


def _listed(name: str, value: Any) -> str:
    probe = DailyTrack(**{name: value})
    told = probe.measure_words if name == "winter_measures" else [f"{label} {days}" for label, days in probe.stock_words]
    return words.listed(told) or show.DASH


def items_named(corrections: list[TrackCorrection]) -> dict[int, WorkItem]:
    """The work items that corrections name, by id."""
    return WorkItem.objects.in_bulk({int(key) for each in corrections for key in each.quantities})
