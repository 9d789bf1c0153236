"""The month's status: what was reported against plan, who owes a report, who closed the month, and what was corrected afterwards."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhuanban.domains.dispatch.queries import months as queries
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.queries import areas_for
from zhuanban.kernel import actions
from zhuanban.kernel.errors import Failure
from zhuanban.kernel.people import SignedInRequest

MOST = 100
LOCK = "portfolio.lock_month"


@require_GET
def months(request: SignedInRequest) -> HttpResponse:
    """One month over all areas; with `area`, what is missing and what was corrected there."""
    known = queries.months_back()
    month = chosen(request.GET.get("month", ""), known)
    rows = queries.status(request.user, month)
    area = next((row.area for row in rows if row.area.pk == request.GET.get("area", "")), None)
    closed = queries.locks(month)
    context = {
        "page_title": _("月度状态"),
        "month": month,
        "months": known,
        "rows": [{"row": row, "lock_url": lock_url(request, row.area, month, closed)} for row in rows],
        "total": queries.summed(rows),
        "city_lock": closed.get(settings.CITY["area"]),
        "city_lock_url": lock_url(request, Area.objects.get(pk=settings.CITY["area"]), month, closed),
        "area": area,
        **details(request.user, month, area),
    }
    return render(request, "dispatch/months.html", context)


def chosen(text: str, known: list[date]) -> date:
    """The month asked for (`2023-01`), else the last one. Raises Failure for what is no month, or one that is not over."""
    if not text:
        return known[0]
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Failure(_("“%(text)s”不是月份。") % {"text": text[:20]}) from None
    if found > known[0]:
        raise Failure(_("这个月还没有结束。"))
    return found


def lock_url(request: SignedInRequest, area: Area, month: date, closed: dict[str, Any]) -> str:
    """Where the month is closed for an area; empty where it is closed or the person may not."""
    if area.pk in closed or settings.CITY["area"] in closed or LOCK not in request.user.verbs:
        return ""
    mine = {each.pk for each in may_lock(request)}
    reached = area.pk in mine or area.parent_id in mine
    return f"{reverse('kernel:act', args=[LOCK, area.pk])}?month={month:%Y-%m}" if reached else ""


def may_lock(request: SignedInRequest) -> list[Area]:
    """The areas over which the person closes months; read once a page."""
    if not hasattr(request, "_may_lock"):
        request._may_lock = areas_for(request.user, LOCK)  # type: ignore[attr-defined]
    return request._may_lock  # type: ignore[attr-defined]


def details(user, month: date, area: Area | None) -> dict[str, Any]:
    """Who owes a report, and the rows written after the closing; of one area, or of all that the person sees."""
    missing, corrected = queries.missing(user, month), queries.corrections(user, month)
    if area:
        missing, corrected = missing.filter(area=area), corrected.filter(project__area=area)
    return {
        "missing": missing.select_related("area", "owner_org").order_by("-money_order", "pk")[:MOST],
        "corrected": corrected.select_related("project__area", "created_by").order_by("-created_at", "-pk")[:MOST],
        "most": MOST,
        "may_report": actions.REGISTRY["portfolio.report_investment"].name in user.verbs,
    }
