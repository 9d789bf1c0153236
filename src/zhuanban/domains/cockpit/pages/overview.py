"""The city on one page, every number open to its records."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhuanban.domains.cockpit import homes
from zhuanban.domains.cockpit.queries import cards, overview, projects
from zhuanban.domains.portfolio import figures, rules
from zhuanban.domains.portfolio import queries as portfolio
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import charts, clock, show
from zhuanban.kernel.figures import Scope
from zhuanban.kernel.people import SignedInRequest

CITY_FIGURES = (
    "portfolio.listed", "portfolio.planned_investment", "portfolio.plan_completion", "portfolio.winter_advance", "portfolio.start_resume_rate", "portfolio.reserve",
)  # fmt: skip


@require_GET
def page(request: SignedInRequest) -> HttpResponse:
    """Money, stages and places; the lights, the winter, the reports that are missing."""
    user = request.user
    if not homes.in_business(user):
        return redirect("cockpit:home")
    scope = Scope.today(user=user)
    rows, year = figures.on_list(scope), figures.list_year(scope)
    areas, expected = overview.area_rows(rows, year), projects.time_progress(year, clock.today())
    listing = reverse("portfolio:projects")
    counts = portfolio.stage_counts(Project.objects.visible_to(user))
    context = {
        "page_title": _("全市总览"),
        "year": year,
        "as_of": clock.now(),
        "figures": cards.headline(scope, CITY_FIGURES),
        "curve": curve(rows, year),
        "funnel": funnel(counts, listing),
        "sectors": sectors(rows, year, listing),
        "industries": portfolio.by_industry(rows),
        "map": tiles(areas, year, listing),
        "areas": with_progress(areas, expected),
        "total": overview.summed(areas),
        "attention": projects.attention()[3:],
        "time_progress": expected,
        **pulse(user),
    }
    return render(request, "cockpit/overview.html", context)


def pulse(user: Any) -> dict[str, Any]:
    """What is going on today: the lights by colour, the winter's forecast, and the reports that are missing. For the city's own people."""
    if not user.inside_keys:
        return {"inside": False}
    lit, winter = overview.light_counts(user), overview.winter(user)
    missing = overview.missing_reports(user)
    owed = sum(row["owed"] for row in missing)
    return {
        "inside": True,
        "lit": lit,
        "light_bars": light_bars(lit) if lit.total else "",
        "winter": winter,
        "winter_bars": winter_bars(winter) if winter else "",
        "missing": [row for row in missing if row["missing"]][:5],
        "missing_number": sum(row["missing"] for row in missing),
        "filed_share": Decimal(sum(row["filed"] for row in missing) * 100) / owed if owed else None,
    }


def light_bars(lit: Any) -> str:
    """The lights by colour, each open to its projects."""
    url = reverse("dispatch:lights")
    rows = (
        ("red", _("红灯"), lit.red, more(lit.red_more)),
        ("yellow", _("黄灯"), lit.yellow, more(lit.yellow_more)),
        ("green", _("绿灯"), lit.green, ""),
        ("grey", _("灰灯"), lit.grey, ""),
    )
    bars = [charts.Bar(label, n, href=f"{url}?level={level}", tone=level, note=note) for level, label, n, note in rows]
    return charts.bars(bars, title=_("红黄绿灯"), unit=_("个"), width=370)


def more(change: int | None) -> str:
    """The change over a week, with its sign."""
    return "" if change is None else _("较上周 %(change)s") % {"change": f"{change:+d}" if change else "±0"}


def winter_bars(winter: dict[str, Any]) -> str:
    rows = ((_("有把握"), winter["safe"], "green"), (_("两可"), winter["open"], "yellow"), (_("难封闭"), winter["doubtful"], "red"))
    return charts.bars([charts.Bar(label, n, tone=tone) for label, n, tone in rows], title=_("封冻前暖封闭"), unit=_("个"), width=370)


def curve(rows: Any, year: int) -> str:
    plan, actual = portfolio.curve(rows, year)
    return charts.s_curve(
        plan,
        actual,
        show.month(clock.today().month) if year == clock.today().year else "",
        show.large_unit(),
        title=_("%(year)s 年投资：计划与完成") % {"year": year},
        height=345,
        fmt=show.large_round,
        names=(_("计划"), _("完成")),
    )


def funnel(counts: dict[str, int], listing: str) -> str:
    stages = [
        charts.Stage(str(Project.Stage(stage).label), counts.get(stage, 0), href=f"{listing}?stage={stage}")
        for stage in rules.STEPS[:-1]
        if counts.get(stage)
    ]
    return charts.funnel(stages, title=_("从线索到达产"), unit=_("个"), width=370)


def sectors(rows: Any, year: int, listing: str) -> str:
    bars = [
        charts.Bar(
            str(Project.Sector(row["sector"]).label),
            float(row["money"] or 0),
            href=f"{listing}?sector={row['sector']}&list=city-{year}",
            note=_("%(n)s 个") % {"n": row["n"]},
        )
        for row in portfolio.by_sector(rows)
    ]
    return charts.bars(bars, title=_("各领域计划总投资"), unit=show.large_unit(), width=370, fmt=show.large_round)


def tiles(areas: list[dict[str, Any]], year: int, listing: str) -> str:
    known = {row["key"]: row for row in areas}
    return charts.tile_map(
        portfolio.area_tiles(known, lambda area: f"{listing}?area={area.key}&list=city-{year}"),
        title=_("各地计划总投资"),
        unit=show.large_unit(),
        fmt=show.large_round,
    )


def with_progress(areas: list[dict[str, Any]], expected: Decimal) -> list[dict[str, Any]]:
    """Each area's share of the year's plan beside the share of the year that is over."""
    for row in areas:
        share = row["share"]
        row["progress"] = (
            None
            if share is None
            else charts.progress_tick(float(share), float(expected), title=projects.progress_words(share, float(expected)))
        )
    return areas
