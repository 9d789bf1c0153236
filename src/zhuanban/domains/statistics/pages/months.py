"""The months of reporting, and a month with its windows, who has reported and who has not."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import MonthLock
from zhuanban.domains.portfolio.queries import areas_for, city_key
from zhuanban.domains.statistics.models import ReportingMonth, StatisticalFigure, StatisticsEntry
from zhuanban.domains.statistics.queries import months as queries
from zhuanban.kernel import actions, charts, clock, pages, show
from zhuanban.kernel.listings import Column, Listing
from zhuanban.kernel.people import SignedInRequest

SHOWN = 24
"""Projects that a month's page lists; the figure tells how many there are."""


def add_locks(rows: list[Any]) -> None:
    """Whether each month of the page is closed: one query."""
    locks = set(MonthLock.objects.filter(month__in=[row.month for row in rows]).values_list("area", "month"))
    for row in rows:
        row.standing = _("已关账") if (row.area_id, row.month) in locks else _standing(row)


def _standing(month: ReportingMonth) -> str:
    words = {"entries": _("入库申报中"), "figures": _("数据上报中"), "between": _("窗口未开"), "over": _("待关账")}
    return words[month.stands(clock.today())]


months = Listing(
    name="statistics.months",
    title=gettext_lazy("报统月份"),
    rows=lambda user: ReportingMonth.objects.visible_to(user),
    search="dossier__search_text",
    order="-month",
    prepare=add_locks,
    columns=(
        Column("name", gettext_lazy("月份"), path="label", link=True),
        Column("month", gettext_lazy("起始"), kind="date", sort="month", narrow=False),
        Column("entries_until", gettext_lazy("入库申报截止"), kind="date", sort="entries_until"),
        Column("figures_until", gettext_lazy("数据上报截止"), kind="date", sort="figures_until"),
        Column("standing", gettext_lazy("状态")),
        Column("owed", gettext_lazy("关账时应报"), kind="number"),
        Column("missing", gettext_lazy("关账时缺报"), kind="number"),
    ),
    offers=lambda user: [
        ("statistics.open_month", area) for area in areas_for(user, "statistics.open_month")[:1] if area.key == city_key()
    ],
    empty=gettext_lazy("每月两个窗口：新项目申报入库、在库项目上报数据。开设以后，各地按期报送，到期关账。"),
)


@require_GET
def month_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, months.name)


@require_GET
def reporting_month(request: SignedInRequest, pk: int) -> HttpResponse:
    """A month: its windows against today, area by area what is reported, the missing by name, what waits to be confirmed."""
    shown = get_object_or_404(ReportingMonth.objects.visible_to(request.user).select_related("area", "dossier"), pk=pk)
    seen = StatisticsEntry.objects.visible_to(request.user)
    names = {area.key: area for area in Area.objects.all()}
    rows = queries.by_area(shown.month, seen)
    lacking = queries.missing(shown.month).filter(pk__in=seen.values("pk"))
    waiting = StatisticalFigure.objects.visible_to(request.user).filter(month=shown.month, state=StatisticalFigure.State.REPORTED)
    entered = seen.filter(bank_on__gte=shown.entries_from, bank_on__lte=shown.entries_until)
    owed, told = sum(row["owed"] for row in rows), sum(row["told"] for row in rows)
    amounts = [row["amount"] for row in rows if row["amount"] is not None]
    listed = list(waiting.select_related("project__area").order_by("project__area__position", "pk")[:SHOWN])
    context = {
        "page_title": _("%(month)s 报统") % {"month": shown},
        "month": shown,
        "closed": shown.is_closed,
        "verbs": actions.offered(request.user, shown),
        "windows": _windows(shown),
        "areas": [_area(row, names, clock.today() > shown.figures_until) for row in rows],
        "owed": owed,
        "told": told,
        "share": told * 100 / owed if owed else None,
        "lacking": owed - told,
        "confirmed": sum(row["confirmed"] for row in rows),
        "amount": sum(amounts) if amounts else None,
        "missing": list(lacking.select_related("project__area", "project__owner_org").order_by("project__area__position", "pk")[:SHOWN]),
        "waiting": [{"row": row, "verbs": verbs} for row, verbs in zip(listed, _verbs(request.user, listed), strict=True)],
        "waits": waiting.count(),
        "entered": entered.count(),
        "by_state": dict(
            seen.filter(state__in=["pack_complete", "submitted_county", "submitted_city"])
            .order_by()
            .values_list("state")
            .annotate(n=Count("pk"))
        ),
    }
    return render(request, "statistics/month.html", context)


def _verbs(user, rows: list[StatisticalFigure]) -> list[list[str]]:
    """Whether the rows can be confirmed by this person one by one; rights are read once for an area's rows."""
    offered: dict[str | None, bool] = {}
    for row in rows:
        key = row.project.area_id
        if key not in offered:
            offered[key] = bool(actions.offered(user, row, "statistics.confirm_figure"))
    return [["confirm"] if offered[row.project.area_id] else [] for row in rows]


def _windows(month: ReportingMonth) -> list[dict[str, Any]]:
    """The two windows with where today stands in each."""
    today = clock.today()
    found = []
    for label, first, last in (
        (_("新项目申报入库"), month.entries_from, month.entries_until),
        (_("在库项目上报数据"), month.figures_from, month.figures_until),
    ):
        state = "next" if today < first else "now" if today <= last else "done"
        left = (last - today).days
        words = {
            "next": _("%(n)s 天后开始") % {"n": (first - today).days},
            "now": _("还有 %(n)s 天") % {"n": left} if left else _("今天截止"),
            "done": _("已截止 %(n)s 天") % {"n": -left},
        }
        passed = min(max(((today - first).days + 1) * 100 / ((last - first).days + 1), 0), 100)
        tone = "blue" if state == "now" else "grey"
        bar = charts.progress_tick(passed, tone=tone, width=260, title=label)
        found.append({"label": label, "first": first, "last": last, "state": state, "words": words[state], "bar": bar})
    return found


def _area(row: dict[str, Any], names: dict[str, Area], over: bool) -> dict[str, Any]:
    """An area's line; while the window is open nobody is late."""
    share = row["told"] * 100 / row["owed"] if row["owed"] else None
    tone = "green" if row["missing"] == 0 else "red" if over else "blue"
    return {
        **row,
        "name": show.place(names.get(row["area"])) if row["area"] else _("未落位"),
        "share": share,
        "bar": charts.progress_tick(share, tone=tone, width=120) if share is not None else "",
    }
