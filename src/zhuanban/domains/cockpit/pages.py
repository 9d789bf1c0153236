"""The first page of everybody and the overview of the city."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhuanban.domains.cockpit import queries
from zhuanban.domains.portfolio import figures, rules
from zhuanban.domains.portfolio import queries as portfolio
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import charts, clock, roles, show
from zhuanban.kernel.figures import Scope
from zhuanban.kernel.people import SignedInRequest

HOME_FIGURES = ("portfolio.listed", "portfolio.planned_investment", "portfolio.under_way", "portfolio.unreported", "portfolio.contested")
CITY_FIGURES = (
    "portfolio.listed", "portfolio.planned_investment", "portfolio.plan_completion", "portfolio.winter_advance", "portfolio.start_resume_rate", "portfolio.reserve",
)  # fmt: skip


@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """What I owe, what changed since I was here, the figures that concern me."""
    user = request.user
    business = any(not roles.get(name).realm for name in user.roles)
    context = {
        "page_title": _("今日"),
        "owed": queries.owed(user),
        "owed_count": queries.owed_count(user),
        "business": business,
        "since": user.last_visit_at,
    }
    if business:
        context |= {
            "figures": queries.headline(Scope.today(user=user), HOME_FIGURES),
            **queries.changes(user),
            "attention": queries.attention(),
            "watched": _with_progress(queries.needing_a_look(user)),
            "year": portfolio.reporting_year(clock.today()),
        }
    return render(request, "cockpit/home.html", context)


def _with_progress(rows: list[Any]) -> list[Any]:
    """Each project's share of the year's plan beside the share of the year that is over."""
    portfolio.add_year_to_date(rows)
    expected = float(_time_progress(portfolio.reporting_year(clock.today())))
    for row in rows:
        row.progress = (
            None
            if row.completion is None
            else charts.progress_tick(float(row.completion), expected, title=_progress_words(row.completion, expected))
        )
    return rows


def _progress_words(actual: Decimal, expected: float) -> str:
    return _("完成 %(actual)s，时序 %(expected)s") % {
        "actual": show.text_of(actual, "percent"),
        "expected": show.text_of(Decimal(expected), "percent"),
    }


@require_GET
def overview(request: SignedInRequest) -> HttpResponse:
    """The city on one page, every number open to its records."""
    if not any(not roles.get(name).realm for name in request.user.roles):
        return redirect("cockpit:home")
    scope = Scope.today(user=request.user)
    rows, year = figures.on_list(scope), figures.list_year(scope)
    plan, actual = portfolio.curve(rows, year)
    counts = portfolio.stage_counts(Project.objects.visible_to(request.user))
    listing = reverse("portfolio:projects")
    areas = queries.area_rows(rows, year)
    known = {row["key"]: row for row in areas}
    expected = _time_progress(year)
    for row in areas:
        row["progress"] = (
            None
            if row["share"] is None
            else charts.progress_tick(float(row["share"]), float(expected), title=_progress_words(row["share"], float(expected)))
        )
    context = {
        "page_title": _("全市总览"),
        "year": year,
        "as_of": clock.now(),
        "figures": queries.headline(scope, CITY_FIGURES),
        "curve": charts.s_curve(
            plan,
            actual,
            show.month(clock.today().month) if year == clock.today().year else "",
            show.large_unit(),
            title=_("%(year)s 年投资：计划与完成") % {"year": year},
            height=345,
            fmt=show.large_round,
            names=(_("计划"), _("完成")),
        ),
        "funnel": charts.funnel(
            [
                charts.Stage(str(Project.Stage(stage).label), counts.get(stage, 0), href=f"{listing}?stage={stage}")
                for stage in rules.STEPS[:-1]
                if counts.get(stage)
            ],
            title=_("从线索到达产"),
            unit=_("个"),
            width=370,
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
            unit=show.large_unit(),
            width=370,
            fmt=show.large_round,
        ),
        "industries": portfolio.by_industry(rows),
        "map": charts.tile_map(
            portfolio.area_tiles(known, lambda area: f"{listing}?area={area.key}&list=city-{year}"),
            title=_("各地计划总投资"),
            unit=show.large_unit(),
            fmt=show.large_round,
        ),
        "areas": areas,
        "total": queries.summed(areas),
        "attention": queries.attention(),
        "time_progress": expected,
    }
    return render(request, "cockpit/overview.html", context)


def _time_progress(year: int) -> Decimal:
    """Months of the year that are over, in per cent (domain handbook 4.4)."""
    today = clock.today()
    months = 12 if today.year > year else max(today.month - 1, 0) if today.year == year else 0
    return Decimal(months * 100) / 12
