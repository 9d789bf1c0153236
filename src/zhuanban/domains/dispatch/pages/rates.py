"""The page of rates: start and resumption day by day, completion against time; and the list of projects pushed on through the winter."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.dispatch.models import Level, ProjectLight
from zhuanban.domains.dispatch.queries import rates as queries
from zhuanban.domains.dispatch.queries import tracks
from zhuanban.domains.people.models import Area
from zhuanban.domains.plans.models import Forecast
from zhuanban.domains.portfolio import queries as money
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import charts, clock, figures, pages, show
from zhuanban.kernel.errors import Failure
from zhuanban.kernel.figures import Scope
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest

FIGURES = (
    "portfolio.start_resume_rate",
    "portfolio.start_part",
    "portfolio.resume_part",
    "portfolio.start_resume_half",
    "portfolio.resumed_q3",
)
WINTER_FIGURES = ("portfolio.winter_advance", "dispatch.winter_sites_manned", "dispatch.winter_manned_share", "dispatch.winter_stopped")
RISKY = 0.5
"""An enclosure in time that is less likely than this is listed as doubtful."""


# The rates --------------------------------------------------------------------------------------------------------------


@require_GET
def rate_page(request: SignedInRequest) -> HttpResponse:
    """The rate by date with both parts, by area on a day, and completion against the time that is over."""
    day = _day(request.GET.get("on", ""))
    year = queries.list_year(day)
    scope = Scope(day, request.user, year=year)
    projects = Project.objects.visible_to(request.user)
    found = queries.spans(projects, year)
    curve = queries.curve(found, year, day)
    context = {
        "page_title": _("开复工与进度"),
        "day": day,
        "year": year,
        "figures": [_card(name, scope) for name in FIGURES],
        "curve": _curve(curve, year),
        "areas": _areas(found, day, year),
        **_paces(request.user, year, day),
        "winter": [_card(name, scope) for name in WINTER_FIGURES],
    }
    return render(request, "dispatch/rates.html", context)


def _day(text: str) -> date:
    """The day of the address, today where there is none. Raises Failure in words."""
    if not text:
        return clock.today()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Failure(_("日期写成 2023-01-31 这样。")) from None
    if not date(2000, 1, 1) <= day <= clock.today():
        raise Failure(_("截至日期不能晚于今天。"))
    return day


def _card(name: str, scope: Scope) -> dict[str, Any]:
    """A figure with its two sides as the note."""
    reading = figures.REGISTRY[name].read(scope)
    return {"name": name, "reading": reading, "note": " / ".join(show.text_of(value, "number") for value in reading.parts.values())}


def _curve(rows: list[queries.Rate], year: int) -> str:
    """Both parts and the whole over the year, in per cent."""
    named = (
        ("rate", _("开工复工"), "blue", False),
        ("start_part", _("新建开工"), "green", True),
        ("resume_part", _("续建复工"), "yellow", True),
    )
    series = [
        charts.Series(label, [None if (value := getattr(row, name)) is None else round(float(value), 1) for row in rows], tone, dashed)
        for name, label, tone, dashed in named
    ]
    labels = [show.short_day(row.day) for row in rows]
    return charts.lines(labels, series, title=_("%(year)s 年开工复工率") % {"year": year}, unit="%", top=100, width=1160, height=320)


def _areas(found: list[queries.Span], day: date, year: int) -> list[dict[str, Any]]:
    names = {area.key: show.place(area) for area in Area.objects.all()}
    listing = reverse("portfolio:projects")
    return [
        {"name": names.get(key or ""), "rate": rate, "url": f"{listing}?area={key}&list=city-{year}" if key else ""}
        for key, rate in queries.by_area(found, day)
    ]


def _paces(user, year: int, day: date) -> dict[str, Any]:
    """Areas by how far they are ahead of the time or behind it, and the whole."""
    rows = money.listed_on(Project.objects.visible_to(user), year, day)
    months = queries.months_over(year, day)
    found = queries.paces(rows, year, day)
    names = {area.key: area for area in Area.objects.all()}
    table: list[dict[str, Any]] = [
        {
            "name": show.place(names.get(key or "")),
            "url": f"{reverse('portfolio:projects')}?area={key}&list=city-{year}" if key else "",
            "pace": pace,
            "bar": "" if pace.completion is None else charts.progress_tick(float(pace.completion), float(pace.time)),
        }
        for key, pace in found.items()
    ]
    table.sort(key=lambda row: (row["pace"].ahead is None, -(row["pace"].ahead or 0)))
    return {"paces": table, "whole": queries.summed(found.values(), months), "months": months}


# The winter list ----------------------------------------------------------------------------------------------------------


def _lit(level: str) -> Q:
    return Q(Exists(ProjectLight.objects.filter(project=OuterRef("pk"), level=level)))


def _by_light(rows, text: str):
    return rows.filter(Exists(ProjectLight.objects.filter(project=OuterRef("pk"), level__in=text.split(","))))


def _doubtful() -> Q:
    return Q(Exists(Forecast.objects.filter(project=OuterRef("pk"), current=True, enclosed_in_time__lt=RISKY)))


winter = Listing(
    name="dispatch.winter",
    title=gettext_lazy("冬季推进"),
    rows=lambda user: queries.winter_projects(Project.objects.visible_to(user)),
    search="dossier__search_text",
    order="-planned_investment",
    related=("area",),
    prepare=queries.add_winter_facts,
    columns=(
        Column("name", gettext_lazy("项目"), link=True, sort="name"),
        Column("area", gettext_lazy("属地"), kind="place"),
        Column("light", gettext_lazy("灯"), kind="light", path="light_level", choices=Level.choices),
        Column("stage", gettext_lazy("阶段"), choices=Project.Stage.choices, sort="stage", narrow=False),
        Column("next_node", gettext_lazy("下一节点")),
        Column("enclosed", gettext_lazy("按期暖封闭概率"), kind="percent", path="enclosed_chance"),
        Column("p50", gettext_lazy("预计竣工 P50"), kind="date", path="forecast_p50", narrow=False),
        Column("p80", gettext_lazy("预计竣工 P80"), kind="date", path="forecast_p80", narrow=False),
        Column("workers", gettext_lazy("在场工人"), kind="number"),
        Column("track", gettext_lazy("最近日报"), kind="date", path="track_day"),
        Column("planned_investment", gettext_lazy("总投资"), kind="money", sort="money_order", narrow=False),
    ),
    filters=(
        Filter(
            "area",
            gettext_lazy("属地"),
            by_choice("area"),
            lambda user: [(area.key, show.place(area)) for area in Area.objects.exclude(kind=Area.Kind.CITY)],
        ),
        Filter("sector", gettext_lazy("领域"), by_choice("sector"), lambda user: Project.Sector.choices),
        Filter("light", gettext_lazy("灯"), _by_light, lambda user: Level.choices),
    ),
    chips=(
        Chip("red", gettext_lazy("红灯"), lambda user: _lit("red"), tone="red"),
        Chip("yellow", gettext_lazy("黄灯"), lambda user: _lit("yellow"), tone="yellow"),
        Chip("working", gettext_lazy("有人在场"), lambda user: Q(queries.on_site(tracks.last_closed(clock.today())))),
        Chip("stopped", gettext_lazy("停工或无人"), lambda user: queries.stopped(tracks.last_closed(clock.today())), tone="red"),
        Chip("silent", gettext_lazy("缺日报"), lambda user: ~Q(queries.reported(tracks.last_closed(clock.today())))),
        Chip("doubtful", gettext_lazy("封冻前难封闭"), lambda user: _doubtful(), tone="red"),
    ),
    empty=gettext_lazy("市里点名冬季不停、加速推进的项目：灯、预测、日报和下一节点在一张表里。"),
)


@require_GET
def winter_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, winter.name)
