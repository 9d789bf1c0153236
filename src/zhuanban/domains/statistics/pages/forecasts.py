"""When projects will be in the bank: accepted, promised and expected, month by month."""

from __future__ import annotations

from datetime import date
from itertools import accumulate
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.statistics.models import StatisticsEntry
from zhuanban.domains.statistics.queries import forecasts as queries
from zhuanban.kernel import charts, clock, parameters, show
from zhuanban.kernel.errors import Unknown
from zhuanban.kernel.people import SignedInRequest

SHOWN = 20
"""Projects listed that are expected next."""


@require_GET
def forecast_page(request: SignedInRequest) -> HttpResponse:
    """Cumulative lines from half a year back to three quarters ahead, the table behind them, and who comes next."""
    if not request.user.inside_keys:
        raise Unknown()
    found = queries.outlook(Project.objects.visible_to(request.user))
    today = clock.today()
    least = parameters.in_force(queries.LEAST_SAMPLES)
    coming = found.expected[:SHOWN]
    entries = dict(StatisticsEntry.objects.filter(project__in=[each.project for each in coming]).values_list("project", "pk"))
    context = {
        "page_title": _("入库预测"),
        "today": today,
        "chart": _chart(found, today),
        "rows": _rows(found, today),
        "expected": len(found.expected),
        "undated": found.undated,
        "beyond": found.beyond,
        "leads": [{"label": queries.State(state).label, "lead": lead, "n": len(lead.samples)} for state, lead in found.leads.items()],
        "least": least,
        "coming": [{"each": each, "entry": entries.get(each.project), "label": queries.State(each.state).label} for each in coming],
    }
    return render(request, "statistics/forecast.html", context)


def _rows(found: queries.Outlook, today: date) -> list[dict[str, Any]]:
    now = today.replace(day=1)
    return [
        {
            "month": month,
            "past": month < now,
            "now": month == now,
            "accepted": found.accepted[month] if month <= now else None,
            "planned": found.planned[month],
            "likely": found.likely[month] if month >= now else None,
            "careful": found.careful[month] if month >= now else None,
        }
        for month in found.months
    ]


def _chart(found: queries.Outlook, today: date) -> charts.Svg:
    """What was accepted up to this month, then both forecasts on from there; and the promises of the plans."""
    now = today.replace(day=1)
    labels = [show.month(month.month) if month.month > 1 else f"{month.year}" for month in found.months]
    done = list(accumulate(found.accepted[month] for month in found.months if month <= now))
    ahead = [month for month in found.months if month > now]

    def onward(counted) -> list[float | None]:
        start = done[-1] + counted[now]
        line = accumulate((counted[month] for month in ahead), initial=start)
        return [None] * (len(done) - 1) + list(line)

    planned = list(accumulate(found.planned[month] for month in found.months))
    series = [
        charts.Series(_("节点计划"), planned, "grey", dashed=True),
        charts.Series(_("预测（中位）"), onward(found.likely), "blue", dashed=True),
        charts.Series(_("预测（八成把握）"), onward(found.careful), "yellow", dashed=True),
        charts.Series(_("已入库"), [*done, *[None] * len(ahead)], "green"),
    ]
    return charts.lines(
        labels, series, title=_("入库项目，自图首起累计"), unit=_("个"), today_label=labels[len(done) - 1], width=760, height=270
    )
