"""The four rates with their areas, the proven start and resumption, and the four speeds."""

from __future__ import annotations

from collections import defaultdict

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import reporting_year
from zhuanban.domains.statistics.models.spans import Milestone
from zhuanban.domains.statistics.queries import rates as queries
from zhuanban.domains.statistics.queries import speeds
from zhuanban.kernel import charts, clock, figures, show
from zhuanban.kernel.errors import Unknown
from zhuanban.kernel.figures import Scope
from zhuanban.kernel.people import SignedInRequest
from zhuanban.kernel.words import Words

FOUR = ("statistics.landing_rate", "statistics.maturity_rate", "statistics.investment_rate", "statistics.entry_rate")
PROVEN = (
    "portfolio.start_part",
    "statistics.proven_start_rate",
    "portfolio.resume_part",
    "statistics.proven_resume_rate",
)
SPEEDS: dict[str, Words] = {
    "landing": gettext_lazy("落地"),
    "approval": gettext_lazy("审批"),
    "start": gettext_lazy("开工"),
    "construction": gettext_lazy("建设"),
}


@require_GET
def rate_page(request: SignedInRequest) -> HttpResponse:
    """The four rates as figures, each with its working; area by area; what is proven beside what is told."""
    if not request.user.inside_keys:
        raise Unknown()
    today = clock.today()
    scope = Scope.today(user=request.user)
    found = queries.by_area(Project.objects.visible_to(request.user), reporting_year(today))
    names = {area.key: area for area in Area.objects.all()}
    order = sorted(found, key=lambda key: (key is None, names[key].position if key else 0))
    context = {
        "page_title": _("四率"),
        "year": reporting_year(today),
        "four": [{"name": name, "reading": figures.REGISTRY[name].read(scope), "note": figures.REGISTRY[name].definition} for name in FOUR],
        "proven": [{"name": name, "reading": figures.REGISTRY[name].read(scope)} for name in PROVEN],
        "areas": [{"name": show.place(names.get(key or "")) if key else _("未落位"), "rates": found[key]} for key in order],
        "whole": queries.whole(found),
    }
    return render(request, "statistics/rates.html", context)


@require_GET
def speed_page(request: SignedInRequest) -> HttpResponse:
    """Median days from one milestone to the next, by area and by the year in which they ended."""
    if not request.user.inside_keys:
        raise Unknown()
    found = speeds.taken_each(Project.objects.visible_to(request.user))
    names = {area.key: area for area in Area.objects.all()}
    years = sorted({took.year for rows in found.values() for took in rows}, reverse=True)[:4]
    context = {
        "page_title": _("四快"),
        "speeds": [
            {
                "key": key,
                "label": label,
                "from": Milestone(speeds.SPEEDS[key][0]).label,
                "to": Milestone(speeds.SPEEDS[key][1]).label,
                "median": speeds.medians(found[key])[0],
                "n": speeds.medians(found[key])[1],
                "chart": _chart(found[key], names, str(label)),
            }
            for key, label in SPEEDS.items()
        ],
        "years": [
            {"year": year, "cells": [speeds.medians(took for took in found[key] if took.year == year) for key in SPEEDS]} for year in years
        ],
    }
    return render(request, "statistics/speeds.html", context)


def _chart(rows: list[speeds.Took], names: dict[str, Area], title: str) -> charts.Svg | str:
    """Areas from the quickest to the slowest; fewer than three projects tell nothing."""
    apart: dict[str, list[speeds.Took]] = defaultdict(list)
    for took in rows:
        if took.area:
            apart[took.area].append(took)
    medians: list[tuple[str, float, int]] = []
    for key, mine in apart.items():
        value, n = speeds.medians(mine)
        if value is not None and n >= FEWEST:
            medians.append((key, value, n))
    bars = [
        charts.Bar(show.place(names[key]), value, note=_("（%(n)s 个）") % {"n": n})
        for key, value, n in sorted(medians, key=lambda row: row[1])
    ]
    return charts.bars(bars, title=title, unit=_("天"), width=460) if bars else ""


FEWEST = 3
"""Projects of an area before its median is shown."""
