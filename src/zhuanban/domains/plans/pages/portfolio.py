"""The portfolio's Gantt chart: a row for each project with its nodes, some at a time."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhuanban.domains.people.models import Area
from zhuanban.domains.plans import basis, charting, gantt, queries
from zhuanban.domains.plans.gantt import Frame
from zhuanban.domains.plans.models import Node
from zhuanban.domains.plans.pages.plan import ZOOMS
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, parameters, search, show
from zhuanban.kernel.people import SignedInRequest

CHUNK = 50
STAGES = [Project.Stage.UNDER_CONSTRUCTION, Project.Stage.SUSPENDED, Project.Stage.COMPLETED, Project.Stage.READY, Project.Stage.PRE_STAGE]
YEARS_BACK, YEARS_AHEAD = 2, 3
"""Around today; a bar that begins earlier or ends later is cut at the edge."""


def chosen(request: SignedInRequest) -> QuerySet[Project]:
    """The projects of the chart: those the person sees that have nodes, by the address's filters, the largest first."""
    rows = Project.objects.visible_to(request.user).filter(Exists(Node.objects.filter(project=OuterRef("pk"))))
    if area := request.GET.get("area", "")[:12]:
        rows = rows.filter(area=area)
    if stage := request.GET.get("stage", "")[:20]:
        rows = rows.filter(stage=stage)
    if sector := request.GET.get("sector", "")[:20]:
        rows = rows.filter(sector=sector)
    if words := request.GET.get("q", "").strip()[:60]:
        rows = search.matching(rows, words, "dossier__search_text")
    return rows.order_by(F("money_order").desc(), "-pk")


def frame_of(request: SignedInRequest) -> Frame:
    today = clock.today()
    season = basis.season_of(parameters.value(basis.SEASON))
    edges = (today.replace(year=today.year - YEARS_BACK, day=1), today.replace(year=today.year + YEARS_AHEAD, day=28))
    return gantt.frame_of(edges, request.GET.get("zoom", "quarter"), today, season)


def rows_of(projects: list[Project]) -> list[gantt.Row]:
    """The rows of these projects: two queries for all of them."""
    ids = [project.pk for project in projects]
    today = clock.today()
    drawn = Q(code__in=charting.SHOWN) | Q(reached_on=None, due_on__lt=today)
    nodes = Node.objects.filter(drawn, project__in=ids, work=None).select_related("work").order_by("project", "position")
    return charting.portfolio_rows(projects, nodes, queries.current_forecasts(ids), today)


@require_GET
def chart(request: SignedInRequest) -> HttpResponse:
    """All projects on one chart, windowed."""
    rows, frame = chosen(request), frame_of(request)
    total = rows.count()
    first = rows_of(list(rows[:CHUNK]))
    params = request.GET.copy()
    params.pop("from", None)
    context: dict[str, Any] = {
        "page_title": _("横道图"),
        "total": total,
        "axis": gantt.axis(frame),
        "first_rows": first,
        "first_bars": gantt.rows_svg(frame, first, _("第 %(a)s–%(b)s 行") % {"a": 1, "b": len(first)}),
        "pieces": [{"first": at, "height": (min(at + CHUNK, total) - at) * gantt.ROW} for at in range(CHUNK, total, CHUNK)],
        "width": frame.width,
        "today_at": round(max(0.0, frame.x(frame.today) - 380)),
        "query": params.urlencode(),
        "zooms": [{"url": f"?{_with(params, zoom=name)}", "label": label, "active": name == frame.zoom} for name, label in ZOOMS],
        "areas": [(area.key, show.place(area)) for area in Area.objects.exclude(parent=None)],
        "stages": [(stage.value, stage.label) for stage in STAGES],
        "sectors": Project.Sector.choices,
    }
    return render(request, "plans/portfolio.html", context)


def _with(params, **changes: str) -> str:
    changed = params.copy()
    for name, value in changes.items():
        changed[name] = value
    return changed.urlencode()


@require_GET
def chart_rows(request: SignedInRequest) -> HttpResponse:
    """Some rows of the chart, from a number on."""
    at = request.GET.get("from", "0")
    first = int(at) if at.isdigit() and len(at) < 8 else 0
    rows = rows_of(list(chosen(request)[first : first + CHUNK]))
    words = _("第 %(a)s–%(b)s 行") % {"a": first + 1, "b": first + len(rows)}
    return render(request, "plans/parts/gantt_rows.html", {"rows": rows, "bars": gantt.rows_svg(frame_of(request), rows, words)})
