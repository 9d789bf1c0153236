"""Why own and statistical investment differ: the bridge of all, area by area, and the projects with most that nobody explains."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import reporting_year
from zhuanban.domains.statistics.models import StatisticsEntry
from zhuanban.domains.statistics.pages.entries import areas, bridge_of
from zhuanban.domains.statistics.queries import differences as queries
from zhuanban.kernel import clock, show
from zhuanban.kernel.errors import Failure, Unknown
from zhuanban.kernel.people import SignedInRequest

SHOWN = 40
"""Projects listed, those with the largest unexplained amounts."""


@require_GET
def difference_page(request: SignedInRequest) -> HttpResponse:
    """The bridge of a year, for the city or an area, as far as the reader sees it; a project's own is on its pack's page."""
    if not request.user.inside_keys:
        raise Unknown()
    year = _year(request.GET.get("year", ""))
    area = request.GET.get("area", "")
    choices = areas(request.user)
    if area and area not in dict(choices):
        raise Failure(_("没有这个属地。"))
    seen = StatisticsEntry.objects.visible_to(request.user)
    rows = Project.objects.filter(pk__in=seen.values("project"))
    rows = rows.filter(area=area) if area else rows
    found = queries.differences(rows, year)
    whole = queries.summed(found.values())
    kinds = queries.kinds()
    context = {
        "page_title": _("自报与统计差异"),
        "year": year,
        "years": queries.years(rows) or [year],
        "area": area,
        "choices": choices,
        "months": queries.months_of(year, clock.today()),
        "whole": whole,
        "bridge": bridge_of(whole, width=1000) if whole.projects else "",
        "kinds": [{"kind": kind, "amount": whole.parts.get(kind.key)} for kind in kinds],
        "areas": [] if area else _by_area(rows, found),
        "projects": _largest(rows, found, kinds),
    }
    return render(request, "statistics/differences.html", context)


def _year(text: str) -> int:
    """The year of the address, the reported one where there is none. Raises Failure in words."""
    if not text:
        return reporting_year(clock.today())
    if not text.isascii() or not text.isdecimal() or not 2000 <= int(text[:6]) <= clock.today().year:
        raise Failure(_("年度写成 2022 这样，不晚于今年。"))
    return int(text)


def _by_area(rows, found: dict[int, queries.Difference]) -> list[dict[str, Any]]:
    apart: dict[str | None, list[queries.Difference]] = defaultdict(list)
    for pk, area in rows.filter(pk__in=list(found)).order_by().values_list("pk", "area"):
        apart[area].append(found[pk])
    names = {area.key: area for area in Area.objects.all()}
    order = sorted(apart, key=lambda key: (key is None, names[key].position if key else 0))
    return [{"key": key, "name": show.place(names.get(key or "")), "sum": queries.summed(apart[key])} for key in order]


def _largest(rows, found: dict[int, queries.Difference], kinds) -> list[dict[str, Any]]:
    """The projects with the largest unexplained amounts, with their entries to open."""
    open_ones = sorted((each for each in found.values() if each.unexplained), key=lambda each: -abs(each.unexplained or Decimal(0)))[:SHOWN]
    named = rows.filter(pk__in=[each.project for each in open_ones]).select_related("area", "statistics_entry").in_bulk()
    return [
        {
            "difference": each,
            "project": named[each.project],
            "entry": named[each.project].statistics_entry,
            "parts": [each.parts.get(kind.key) for kind in kinds],
        }
        for each in open_ones
    ]
