"""Stocks, passes, offers and beds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.factors import queries
from zhuanban.domains.factors.figures import SOON
from zhuanban.domains.factors.models import FactorRequest, StockPlan, SupplyOffer, TransportPass
from zhuanban.domains.factors.pages import choices
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, pages
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest


def with_reports(rows: list[Any]) -> None:
    """Each plan with the days that the site's newest daily track tells, and whether that is too few."""
    found: list[Any] = queries.with_reported(rows)
    for row in found:
        day, days = row.reported or (None, None)
        row.reported_on, row.reported_days = day, days
        row.enough = "" if days is None else _("不足") if days < row.least_days else _("够")


stocks = Listing(
    name="factors.stocks",
    title=gettext_lazy("建材储备"),
    rows=lambda user: StockPlan.objects.visible_to(user),
    search="project__dossier__search_text",
    order="project",
    related=("project", "material"),
    prepare=with_reports,
    columns=(
        Column("project", gettext_lazy("项目"), path="project__name", link=True, sort="project__name"),
        Column("material", gettext_lazy("材料"), path="material__name", sort="material__position"),
        Column("daily_use", gettext_lazy("日用量"), kind="number"),
        Column("unit", gettext_lazy("单位"), path="material__unit", narrow=False),
        Column("least_days", gettext_lazy("至少备几天"), kind="number"),
        Column("reported", gettext_lazy("日报报的天数"), path="reported_days", kind="number"),
        Column("enough", gettext_lazy("够不够"), path="enough"),
        Column("reported_on", gettext_lazy("日报日期"), path="reported_on", kind="date", narrow=False),
        Column("winter_stock", gettext_lazy("冬储量"), kind="number"),
        Column("winter_days", gettext_lazy("冬储够几天"), path="winter_days", kind="number", narrow=False),
        Column("ready_by", gettext_lazy("冬储完成日"), kind="date", narrow=False),
        Column("supplier", gettext_lazy("供应单位"), narrow=False),
    ),
    filters=(
        Filter("material", gettext_lazy("材料"), by_choice("material"), choices.materials),
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), choices.areas),
    ),
    chips=(
        Chip("winter", gettext_lazy("有冬储"), lambda user: Q(winter_stock__isnull=False)),
        Chip("due", gettext_lazy("冬储到期"), lambda user: Q(ready_by__lt=clock.today()), tone="yellow"),
    ),
    empty=gettext_lazy("每个工地的水泥、砂石、钢材备几天、冬储多少；现场还剩几天由日报报，不在这里重填。"),
)
passes = Listing(
    name="factors.passes",
    title=gettext_lazy("运输通行证"),
    rows=lambda user: TransportPass.objects.visible_to(user),
    search="project__dossier__search_text",
    order="valid_to",
    related=("project", "issuer"),
    columns=(
        Column("number", gettext_lazy("证号"), link=True, sort="number"),
        Column("project", gettext_lazy("项目"), path="project__name"),
        Column("vehicles", gettext_lazy("车辆数"), kind="number", sort="vehicles"),
        Column("valid_from", gettext_lazy("自"), kind="date", narrow=False),
        Column("valid_to", gettext_lazy("到期日"), kind="date", sort="valid_to"),
        Column("standing", gettext_lazy("状态"), path="standing"),
        Column("route", gettext_lazy("线路")),
        Column("issuer", gettext_lazy("发证单位"), path="issuer__name", narrow=False),
    ),
    filters=(Filter("area", gettext_lazy("属地"), by_choice("project__area"), choices.areas),),
    chips=(
        Chip(
            "ending",
            gettext_lazy("14天内到期"),
            lambda user: Q(renewed_by=None, valid_to__gte=clock.today(), valid_to__lte=clock.today() + SOON),
            tone="yellow",
        ),
        Chip("ended", gettext_lazy("已过期未换发"), lambda user: Q(renewed_by=None, valid_to__lt=clock.today()), tone="red"),
        Chip("valid", gettext_lazy("有效"), lambda user: Q(renewed_by=None, valid_from__lte=clock.today(), valid_to__gte=clock.today())),
    ),
    empty=gettext_lazy("建材车辆的通行证：几辆车、走哪条线、哪天到期，到期前提醒换发。"),
)
offers = Listing(
    name="factors.offers",
    title=gettext_lazy("物资供应"),
    rows=lambda user: SupplyOffer.objects.visible_to(user),
    search="dossier__search_text",
    order="until",
    related=("area", "material"),
    columns=(
        Column("supplier", gettext_lazy("供应单位"), link=True, sort="supplier"),
        Column("material", gettext_lazy("材料"), path="material__name"),
        Column("amount", gettext_lazy("可供量"), kind="number", sort="amount"),
        Column("used", gettext_lazy("已认领"), kind="number"),
        Column("left", gettext_lazy("还剩"), kind="number"),
        Column("unit", gettext_lazy("单位"), path="material__unit", narrow=False),
        Column("until", gettext_lazy("有效至"), kind="date", sort="until"),
        Column("withdrawn_on", gettext_lazy("撤回日"), kind="date", narrow=False),
        Column("note", gettext_lazy("说明"), narrow=False),
    ),
    filters=(Filter("material", gettext_lazy("材料"), by_choice("material"), choices.materials),),
    chips=(Chip("there", gettext_lazy("可认领"), lambda user: Q(withdrawn_on=None, until__gte=clock.today(), used__lt=F("amount"))),),
    offers=choices.widest("factors.offer_supply"),
    bulk=("factors.withdraw_offer",),
    empty=gettext_lazy("企业和商家能供的水泥、砂石、保温材料；工地认领，认完为止。"),
)


@require_GET
def stock_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, stocks.name)


@require_GET
def pass_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, passes.name)


@require_GET
def offer_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, offers.name)


@require_GET
def lodging(request: SignedInRequest) -> HttpResponse:
    """Beds for workers by site: needed, there, and the workers of the newest report."""
    today = clock.today()
    asked, projects = FactorRequest.objects.visible_to(request.user), Project.objects.visible_to(request.user)
    inside = bool(request.user.inside_keys)
    rows = queries.lodging(asked, projects if inside else projects.filter(owner_org=request.user.organisation_id or 0), today)
    context = {
        "page_title": _("工人住宿"),
        "rows": rows,
        "short": sum(1 for row in rows if row["gap"]),
        "unknown": sum(1 for row in rows if row["needed"] is not None and row["beds"] is None),
        "beds": sum(row["beds"] for row in rows if row["beds"] is not None),
        "since": today - timedelta(days=14),
    }
    return render(request, "factors/lodging.html", context)
