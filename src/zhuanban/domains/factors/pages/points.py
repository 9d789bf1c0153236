"""Supply points, what hangs on them, and where it will run short."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.factors import queries
from zhuanban.domains.factors.models import Factor, FactorRequest, SupplyPoint
from zhuanban.domains.factors.pages import choices
from zhuanban.domains.factors.queries import Outlook
from zhuanban.kernel import actions, charts, clock, pages, show
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest

MOST = 500
"""Supply points that the page of conflicts weighs: more than a city of this size has."""


def with_outlook(rows: list[Any]) -> None:
    """Each point of a page with its balance. Two queries."""
    for row, each in zip(rows, queries.outlooks(rows), strict=True):
        row.outlook = each
        row.capacity_now = number(each.capacity) if each.capacity is not None else None
        row.demand_most = number(each.demand)
        row.short_from = each.shortage.first if each.shortage else None


points = Listing(
    name="factors.points",
    title=gettext_lazy("供给点"),
    rows=lambda user: SupplyPoint.objects.visible_to(user),
    search="dossier__search_text",
    order="name",
    related=("area", "factor", "provider"),
    prepare=with_outlook,
    columns=(
        Column("name", gettext_lazy("名称"), link=True, sort="name"),
        Column("factor", gettext_lazy("要素"), path="factor__name"),
        Column("kind", gettext_lazy("种类"), choices=SupplyPoint.Kind.choices, narrow=False),
        Column("area", gettext_lazy("属地"), path="area__name"),
        Column("capacity", gettext_lazy("今天的能力"), path="capacity_now"),
        Column("demand", gettext_lazy("最高需要"), path="demand_most"),
        Column("unit", gettext_lazy("单位"), path="factor__unit"),
        Column("short", gettext_lazy("哪天起不足"), path="short_from", kind="date"),
        Column("provider", gettext_lazy("要素单位"), path="provider__name", narrow=False),
    ),
    filters=(
        Filter("factor", gettext_lazy("要素"), by_choice("factor"), choices.factors),
        Filter("area", gettext_lazy("属地"), by_choice("area"), choices.all_areas),
    ),
    chips=(Chip("unknown", gettext_lazy("能力未知"), lambda user: ~Q(capacities__from_day__lte=clock.today()), tone="yellow"),),
    offers=choices.widest("factors.register_point"),
    empty=gettext_lazy("变电站、热源、水厂和片区指标：能供多少、自哪天起，项目挂在上面，不够的日子提前看得见。"),
)


def number(value: Any) -> str:
    return f"{value.normalize():,f}"


@require_GET
def point_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, points.name)


@require_GET
def conflicts(request: SignedInRequest) -> HttpResponse:
    """Where it will run short, the soonest first, with the projects that it hits; and where nobody knows."""
    factor = request.GET.get("factor", "")[:20]
    seen = SupplyPoint.objects.visible_to(request.user).select_related("area", "factor", "provider")
    if factor:
        seen = seen.filter(factor=factor)
    found = queries.outlooks(seen.order_by("factor__position", "name")[:MOST])
    short = queries.conflicts(found)
    affected = projects_of(request.user, [each.shortage.keys for each in short if each.shortage])
    unplaced = FactorRequest.objects.visible_to(request.user).filter(point=None, state__in=FactorRequest.OPEN)
    context = {
        "page_title": _("供需冲突"),
        "rows": [row_of(each, affected, chart=place < CHARTS) for place, each in enumerate(short)],
        "unknown": [each for each in found if each.unknown],
        "enough": sum(1 for each in found if not each.shortage and not each.unknown),
        "weighed": len(found),
        "unplaced": unplaced.count(),
        "factor": factor,
        "factors": Factor.objects.filter(points__in=SupplyPoint.objects.visible_to(request.user)).distinct().order_by("position"),
        "today": clock.today(),
        "until": queries.horizon(clock.today())[1],
    }
    return render(request, "factors/conflicts.html", context)


CHARTS = 6
"""Conflicts whose curve is drawn on the list; the others have it on their own page."""


def projects_of(user, keys: list[tuple[int, ...]]) -> dict[int, FactorRequest]:
    """The requests of these shortages that the person may read, by their id. One query."""
    ids = {pk for each in keys for pk in each}
    rows = FactorRequest.objects.visible_to(user).filter(pk__in=ids).select_related("project__area", "factor", "provider")
    return {row.pk: row for row in rows}


def row_of(each: Outlook, affected: dict[int, FactorRequest], *, chart: bool = True) -> dict[str, Any]:
    keys = each.shortage.keys if each.shortage else ()
    mine = [affected[pk] for pk in keys if pk in affected]
    return {
        "point": each.point,
        "shortage": each.shortage,
        "worst": number(each.shortage.worst) if each.shortage else "",
        "capacity": each.capacity,
        "days_left": each.days_left,
        "requests": [one for one in mine if one.state not in FactorRequest.GIVEN],
        "hidden": len(keys) - len(mine),
        "n": len(keys),
        "chart": chart_of(each, width=460, height=230) if chart else "",
    }


@require_GET
def point(request: SignedInRequest, pk: int) -> HttpResponse:
    """A supply point: its curve of demand against capacity, the first day of want, and what hangs on it."""
    found = SupplyPoint.objects.visible_to(request.user).select_related("area", "factor", "provider", "dossier")
    shown = get_object_or_404(found, pk=pk)
    (outlook,) = queries.outlooks([shown])
    hanging = FactorRequest.objects.visible_to(request.user).filter(point=shown).exclude(state=FactorRequest.State.REFUSED)
    rows = list(hanging.select_related("project", "factor", "provider").order_by("need_on", "pk"))
    context = {
        "page_title": shown.name,
        "point": shown,
        "verbs": actions.offered(request.user, shown),
        "outlook": outlook,
        "chart": chart_of(outlook),
        "shortages": [row_of_shortage(each, outlook) for each in outlook.shortages],
        "rows": rows,
        "hidden": len(outlook.loads) - len(rows),
        "hit": waiting_in(outlook, rows),
        "capacities": list(shown.capacities.select_related("created_by")),
        "demand": number(outlook.demand),
        "capacity": number(outlook.capacity) if outlook.capacity is not None else None,
        "worst": number(outlook.shortage.worst) if outlook.shortage else "",
        "today": clock.today(),
    }
    return render(request, "factors/point.html", context)


def waiting_in(outlook: Outlook, rows: list[FactorRequest]) -> set[int]:
    """The requests that the first shortage hits: they stand on its days and are not supplied yet."""
    keys = set(outlook.shortage.keys) if outlook.shortage else set()
    return {row.pk for row in rows if row.pk in keys and row.state not in FactorRequest.GIVEN}


def row_of_shortage(each: Any, outlook: Outlook) -> dict[str, Any]:
    ends = outlook.steps[-1].last
    return {"first": each.first, "last": None if each.last >= ends else each.last, "worst": number(each.worst), "n": len(each.keys)}


def chart_of(outlook: Outlook, *, width: int = 1100, height: int = 340) -> str:
    """The curve over the horizon; the horizontal axis counts days."""
    if not outlook.steps:
        return ""
    spans = [
        charts.Span(
            float(step.first.toordinal()),
            float(step.last.toordinal() + 1),
            float(step.demand),
            float(step.firm),
            None if step.capacity is None else float(step.capacity),
        )
        for step in outlook.steps
    ]
    first, last = outlook.steps[0].first, outlook.steps[-1].last
    mark = None
    if outlook.shortage:
        mark = (float(outlook.shortage.first.toordinal()), _("%(day)s起不足") % {"day": show.short_day(outlook.shortage.first)})
    return charts.supply_and_demand(
        spans,
        months(first, last, every=4 if width < 600 else 3),
        title=_("%(name)s：需要与能力") % {"name": outlook.point.name},
        unit=outlook.point.factor.unit,
        names=(_("需要"), _("已承诺"), _("能力"), _("能力未知")),
        mark=mark,
        width=width,
        height=height,
    )


def months(first: date, last: date, *, every: int) -> list[tuple[float, str]]:
    """First days of every so many months, as places on the axis; January with its year."""
    found, year, month = [], first.year, first.month
    while date(year, month, 1) <= last:
        day = date(year, month, 1)
        if day >= first and (month - 1) % every == 0:
            found.append((float(day.toordinal()), str(year) if month == 1 else show.month(month)))
        year, month = year + month // 12, month % 12 + 1
    return found
