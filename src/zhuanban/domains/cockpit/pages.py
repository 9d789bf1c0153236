"""The first page of everybody and the overview of the city."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhuanban.domains.cockpit import queries
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio import queries as portfolio
from zhuanban.domains.portfolio import rules
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import charts, clock, roles, show


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What I owe, what changed since I was here, the figures that concern me."""
    user = request.user
    business = any(not roles.get(name).realm for name in user.roles)
    context = {
        "page_title": _("今日"),
        "owed": queries.owed(user),
        "changes": queries.changes_since(user) if business else [],
        "business": business,
        "since": user.last_visit_at,
    }
    if business:
        rows = Project.objects.visible_to(user)
        context |= {
            "projects": rows.select_related("area").order_by("-money_order", "-pk")[:8],
            "contests": queries.open_contests(user)[:5] if "portfolio.decide_contest" in user.verbs else [],
        }
    return render(request, "cockpit/home.html", context)


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The city on one page, every number open to its records."""
    if not any(not roles.get(name).realm for name in request.user.roles):
        return redirect("cockpit:home")
    rows, year = queries.listed_for(request.user)
    plan, actual = portfolio.curve(rows, year)
    counts = portfolio.stage_counts(Project.objects.visible_to(request.user))
    listing = reverse("portfolio:projects")
    areas = queries.area_rows(request.user)
    known = {row["key"]: row for row in areas}
    context = {
        "page_title": _("全市总览"),
        "year": year,
        "as_of": clock.now(),
        "curve": charts.s_curve(
            plan, actual, title=_("%(year)s 年投资：计划与完成") % {"year": year}, fmt=show.money, names=(_("计划"), _("完成"))
        ),
        "funnel": charts.funnel(
            [
                charts.Stage(str(Project.Stage(stage).label), counts.get(stage, 0), href=f"{listing}?stage={stage}")
                for stage in rules.STEPS[:-1]
                if counts.get(stage)
            ],
            title=_("从线索到达产"),
            unit=_("个"),
        ),
        "sectors": charts.bars(
            [
                charts.Bar(
                    str(Project.Sector(row["sector"]).label),
                    float(row["money"] or 0),
                    href=f"{listing}?sector={row['sector']}&list=city-{year}",
                    note=_("%(n)s 个") % {"n": row["n"]},
                )
                for row in portfolio.by_sector(rows)
            ],
            title=_("各领域计划总投资"),
            fmt=show.money,
        ),
        "industries": portfolio.by_industry(rows),
        "map": charts.tile_map(
            [
                _tile(area, known.get(area.key), f"{listing}?area={area.key}&list=city-{year}")
                for area in Area.objects.exclude(tile_column=None)
            ],
            title=_("各地计划总投资"),
            fmt=show.money,
        ),
        "areas": areas,
        "attention": queries.attention(request.user),
        "time_progress": _time_progress(year),
    }
    return render(request, "cockpit/overview.html", context)


def _tile(area: Area, row, href: str) -> charts.Tile:
    return charts.Tile(
        key=area.key,
        label=area.name_en if show.english() else area.name,
        value=float(row["money"] or 0) if row else None,
        col=area.tile_column,
        row=area.tile_row,
        href=href,
        note=_("%(n)s 个") % {"n": row["n"]} if row else "",
    )


def _time_progress(year: int) -> Decimal:
    """Months of the year that are over, in per cent (domain handbook 4.4)."""
    today = clock.today()
    months = 12 if today.year > year else max(today.month - 1, 0) if today.year == year else 0
    return Decimal(months * 100) / 12
