"""The list of campaigns, a campaign's wall chart, and a cell with its burn-up and evidence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.campaigns import queries
from zhuanban.domains.campaigns.measures import MEASURES
from zhuanban.domains.campaigns.models import Campaign, CampaignTask, Cell
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import actions, charts, clock, figures, pages, show
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest

SHOWN = 50
"""Records that a cell's page lists; the count tells how many there are."""


def campaigns_of(user) -> list[tuple[str, str]]:
    return [(str(row.pk), row.name) for row in Campaign.objects.visible_to(user).order_by("-starts_on")[:40]]


campaigns = Listing(
    name="campaigns.campaigns",
    title=gettext_lazy("攻坚行动"),
    rows=lambda user: Campaign.objects.visible_to(user),
    search="dossier__search_text",
    order="-starts_on",
    related=("area",),
    columns=(
        Column("name", gettext_lazy("名称"), link=True),
        Column("area", gettext_lazy("范围"), path="area__name"),
        Column("starts_on", gettext_lazy("开始"), kind="date", sort="starts_on"),
        Column("ends_on", gettext_lazy("结束"), kind="date"),
        Column("length", gettext_lazy("天数"), path="days", kind="number"),
        Column("state", gettext_lazy("状态"), choices=Campaign.State.choices),
    ),
    filters=(Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: Campaign.State.choices),),
    chips=(Chip("running", gettext_lazy("进行中"), lambda user: Q(state=Campaign.State.RUNNING)),),
    offers=lambda user: [("campaigns.launch", area) for area in _areas_for(user, "campaigns.launch")[:1]],
    empty=gettext_lazy("一段日子里集中办的事：领域乘工作，每格有目标、有责任单位，进度由记录算出。"),
)
cells = Listing(
    name="campaigns.cells",
    title=gettext_lazy("攻坚格"),
    rows=lambda user: Cell.objects.visible_to(user),
    search="task__name",
    order="state",
    related=("campaign", "field", "task", "owner"),
    columns=(
        Column("field", gettext_lazy("领域"), path="field__name", link=True),
        Column("task", gettext_lazy("工作"), path="task__name"),
        Column("campaign", gettext_lazy("攻坚行动"), path="campaign__name"),
        Column("owner", gettext_lazy("责任单位"), path="owner__name"),
        Column("state", gettext_lazy("状态"), choices=Cell.State.choices, sort="state"),
    ),
    filters=(
        Filter("campaign", gettext_lazy("攻坚行动"), by_choice("campaign"), campaigns_of),
        Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: Cell.State.choices),
    ),
    empty=gettext_lazy("一格是一个领域里的一项工作。"),
)


def _areas_for(user, verb: str) -> list[Area]:
    """The areas in which the person may do a verb, the widest first."""
    keys = [grant.area_id for grant in user.grants if grant.area_id and verb in grant.verbs]
    return list(Area.objects.filter(pk__in=keys).order_by("position"))


@require_GET
def campaign_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, campaigns.name)


@require_GET
def cell_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, cells.name)


def amount(task: CampaignTask, value: Decimal | None) -> str:
    """A measured amount with its unit, as figures print it."""
    unit = MEASURES[task.measure].unit if task.measure in MEASURES else ""
    return "—" if value is None else figures.printed(value if unit == "yuan" else int(value), unit)


@require_GET
def campaign(request: SignedInRequest, pk: int) -> HttpResponse:
    """The wall chart: fields by tasks, a computed bar in every cell; prints on A3."""
    shown = get_object_or_404(Campaign.objects.visible_to(request.user).select_related("area", "dossier"), pk=pk)
    today, bars = clock.today(), queries.bars(shown)
    tasks, fields = list(shown.tasks.all()), list(shown.fields.all())
    context = {
        "page_title": shown.name,
        "campaign": shown,
        "verbs": actions.offered(request.user, shown),
        "tasks": tasks,
        "rows": [{"field": field, "cells": [_cell(bars.get((field.pk, task.pk)), task) for task in tasks]} for field in fields],
        "totals": [_total(task, [bar for (_field, pk_), bar in bars.items() if pk_ == task.pk]) for task in tasks],
        "overall": queries.overall(bars.values()),
        "pace": queries.time_share(shown, today),
        "day_number": shown.day_number(today),
        "before": shown.period_before,
        "tones": {tone: sum(bar.tone == tone for bar in bars.values()) for tone in ("green", "yellow", "red", "grey")},
        "bars": len(bars),
    }
    return render(request, "campaigns/campaign.html", context)


def _cell(bar: queries.Bar | None, task: CampaignTask) -> dict[str, Any] | None:
    if bar is None:
        return None
    share = bar.share
    words = _("完成 %(done)s，目标 %(target)s") % {"done": amount(task, bar.done), "target": amount(task, bar.cell.target)}
    return {
        "cell": bar.cell,
        "tone": bar.tone,
        "done": amount(task, bar.done),
        "target": amount(task, bar.cell.target),
        "share": share,
        "bar": None if share is None else charts.progress_tick(float(share), float(bar.expected), tone=bar.tone, title=words, width=92),
    }


def _total(task: CampaignTask, bars: list[queries.Bar]) -> dict[str, Any]:
    """A task over all fields beside the period before. Fields that share sectors are counted in each."""
    done, before = sum((bar.done for bar in bars), Decimal(0)), sum((bar.before for bar in bars), Decimal(0))
    change = (done - before) * 100 / before if before else None
    return {"done": amount(task, done), "before": amount(task, before), "change": change, "more": change is not None and change >= 0}


@require_GET
def cell(request: SignedInRequest, pk: int) -> HttpResponse:
    """A cell: its burn-up by day against an even pace, and the records that it counts, as far as the reader sees them."""
    rows = Cell.objects.visible_to(request.user).select_related("campaign__area", "campaign__dossier", "field", "task", "owner")
    shown = get_object_or_404(rows, pk=pk)
    measure, line = MEASURES[shown.task.measure], queries.burn_up(shown)
    done = next((value for _day, value in reversed(line) if value is not None), Decimal(0))
    found = queries.evidence(shown)
    seen = Project.objects.visible_to(request.user)
    mine = found.filter(pk__in=seen.values("pk")) if not measure.project else found.filter(**{f"{measure.project}__in": seen.values("pk")})
    context = {
        "page_title": str(shown),
        "cell": shown,
        "campaign": shown.campaign,
        "verbs": actions.offered(request.user, shown),
        "measure": measure,
        "done": amount(shown.task, done),
        "target": amount(shown.task, shown.target),
        "share": shown.share(done),
        "pace": queries.time_share(shown.campaign, clock.today()),
        "chart": _burn_up(shown, line, measure.unit),
        "evidence": [_evidence(row, measure) for row in mine.select_related(measure.project or "area").order_by("-on", "-pk")[:SHOWN]],
        "seen": mine.count(),
        "all": found.count(),
    }
    return render(request, "campaigns/cell.html", context)


def _burn_up(shown: Cell, line: list, unit: str) -> str:
    """The sum by day against an even pace to the target, weekly points so that it reads on a phone."""
    days = [place for place in range(0, len(line), max(1, len(line) // 14))] + [len(line) - 1]
    points = [line[place] for place in dict.fromkeys(days)]
    goal = float(shown.target or 0)
    even = [(show.short_day(day), goal * ((day - line[0][0]).days + 1) / len(line)) for day, _value in points]
    done = [(show.short_day(day), None if value is None else float(value)) for day, value in points]
    fmt = show.large_round if unit == "yuan" else charts.plain
    words = show.large_unit() if unit == "yuan" else ""
    return charts.s_curve(even, done, "", words, title=_("逐日累计：目标与完成"), fmt=fmt, names=(_("匀速"), _("完成")))


def _evidence(row: Any, measure: Any) -> dict[str, Any]:
    project = getattr(row, measure.project) if measure.project else row
    return {"row": row, "project": project, "on": row.on, "amount": getattr(row, measure.amount) if measure.amount else None}
