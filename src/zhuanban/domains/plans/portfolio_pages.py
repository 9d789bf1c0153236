"""The winter over the portfolio and the calibration of earlier forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.people.models import Area
from zhuanban.domains.plans import portfolio_drawings as drawings
from zhuanban.domains.plans import portfolio_queries as queries
from zhuanban.domains.plans.models import AreaForecast, Forecast
from zhuanban.domains.plans.portfolio_queries import Group, Interval, Said, Winters
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.kernel import charts, clock, figures, show
from zhuanban.kernel.people import SignedInRequest

SIZE = 50
MOST_SAID = 200
FEW = 30
"""Fewer projects than this are too few to judge forecasts by."""
AMPLE = 14
"""Days of margin at P80 from which the enclosure is not tight."""
ORDERS = {"gain": gettext_lazy("今天的决定能改变多少"), "risk": gettext_lazy("概率从低到高"), "margin": gettext_lazy("余量从少到多")}
LEADS = {"": (0, 10_000), "near": (0, 45), "mid": (46, 105), "far": (106, 10_000)}
"""How long before the frost date a forecast was made, in days."""
LEAD_WORDS = {
    "": gettext_lazy("全部"),
    "near": gettext_lazy("期限前 45 天以内"),
    "mid": gettext_lazy("期限前 46–105 天"),
    "far": gettext_lazy("期限前 106 天以上"),
}


class Asked:
    """What the address asks for; what it does not know is left out."""

    def __init__(self, request: HttpRequest) -> None:
        told = request.GET
        self.area = told.get("area", "")[:20]
        self.sector = _known(told.get("sector", ""), Project.Sector.values)
        self.show = _known(told.get("show", ""), ("lever", "risk", "withheld"))
        self.sort = _known(told.get("sort", ""), ORDERS) or "gain"
        text = told.get("page", "")
        self.page = int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 5 else 1

    def url(self, **changes: Any) -> str:
        kept = {"area": self.area, "sector": self.sector, "show": self.show, "sort": "" if self.sort == "gain" else self.sort}
        return "?" + urlencode({key: value for key, value in (kept | changes).items() if value})


def _known(text: str, values: Any) -> str:
    return text if text in values else ""


# The winter ------------------------------------------------------------------------------------------------------------


@require_GET
def winter(request: SignedInRequest) -> HttpResponse:
    """Every project under way with a building to close: will it be closed before the frost, and what would help."""
    asked, user, today, least = Asked(request), request.user, clock.today(), queries.sure()
    winters = Winters.of(today)
    everything = queries.ahead(user)
    rows = queries.narrowed(everything, asked.area, asked.sector)
    whole = queries.whole_areas(user)
    known = queries.rollups(whole)
    sums = queries.tally(rows, least)
    lines, more = _page(queries.listed(queries.shown(rows, asked.show, least), asked.sort), asked.page)
    areas = queries.by_area(queries.narrowed(everything, sector=asked.sector), least, {} if asked.sector else known)
    context = {
        "page_title": _("冬季预测"),
        "asked": asked,
        "winters": winters,
        "left": (winters.ahead - today).days,
        "sums": sums,
        "sure": least * 100,
        "lines": [line(row, least) for row in lines],
        "previous": asked.url(page=asked.page - 1) if asked.page > 1 else "",
        "next": asked.url(page=asked.page + 1) if more else "",
        "chips": chips(asked, sums),
        "areas": areas,
        "area_choices": [("", _("全部属地")), *((row.area.pk, show.place(row.area)) for row in areas if row.area)],
        "sectors": [("", _("全部领域")), *Project.Sector.choices],
        "orders": list(ORDERS.items()),
        "unforecast": queries.unforecast(user, asked.area, asked.sector),
        "computing": queries.computing(),
        "past": _readings(user, asked),
        **_spread(asked, sums, known),
    }
    return render(request, "plans/winter_portfolio.html", context)


def _page(rows: Any, page: int) -> tuple[list[Forecast], bool]:
    found = list(rows[(page - 1) * SIZE : page * SIZE + 1])
    return found[:SIZE], len(found) > SIZE


def chips(asked: Asked, sums: dict[str, Any]) -> list[dict[str, Any]]:
    told = (
        ("", _("全部"), sums["all"]),
        ("lever", _("现在决定有用"), sums["lever"]),
        ("risk", _("没有把握"), sums["risky"]),
        ("withheld", _("暂不给出"), sums["withheld"]),
    )
    return [{"label": label, "count": n, "url": asked.url(show=key), "active": asked.show == key} for key, label, n in told]


def _readings(user: Any, asked: Asked) -> list[dict[str, Any]]:
    """The last winter's result, as figures that open to their nodes."""
    scope = figures.Scope.today(user=user, area=asked.area)
    query = urlencode({"area": asked.area}) if asked.area else ""
    names = ("plans.closed_before_frost", "plans.missed_frost")
    note = _("上一个期限 %(day)s") % {"day": show.day(Winters.of(scope.on).last)}
    return [{"name": name, "reading": figures.REGISTRY[name].read(scope), "query": query, "note": note} for name in names]


def _spread(asked: Asked, sums: dict[str, Any], known: dict[str, AreaForecast]) -> dict[str, Any]:
    """The distribution of the number of projects closed in time, where it was kept for what is shown and the reader may see it all."""
    row = None if asked.sector else known.get(asked.area or city_key())
    if row is None or not row.result.get("distribution"):
        return {"spread": None, "why_not": _why_not(asked, row, known)}
    p10, *_middle, p90 = row.result["p"]
    area = Area.objects.get(pk=row.area_id)
    title = _("%(area)s按期封闭的项目个数") % {"area": show.place(area)}
    pairs = [(count, share) for count, share in row.result["distribution"]]
    drawing = drawings.distribution(pairs, row.result["mean"], p10, p90, row.projects, title=title)
    return {"spread": row, "spread_title": title, "p10": p10, "p90": p90, "drawing": drawing, "differs": row.projects != sums["open"]}


def _why_not(asked: Asked, row: AreaForecast | None, known: dict[str, AreaForecast]) -> str:
    if asked.sector:
        return _("分布按属地整体推算并保存，没有按领域拆开；这里只给出平均数。")
    if known or row is not None:
        return _("这里的项目还没有合在一起推算过，每晚重新推算后给出；现在只给出平均数。")
    return _("分布是整个属地的，您看到的只是其中几个项目，所以只给出这些项目的平均数。")


def line(row: Forecast, least: float) -> dict[str, Any]:
    """A forecast as the winter list prints it: a number only where there is one."""
    told: dict[str, Any] = {"row": row, "project": row.project, "withheld": row.enclosed_in_time is None}
    if row.enclosed_in_time is None:
        return told | {"light": charts.light("grey", _("暂不给出")), "why": row.withheld_words or _("原因没有记录。")}
    chance = row.enclosed_in_time
    level = "green" if chance >= least else "yellow" if chance >= 0.5 else "red"
    return told | {
        "light": charts.light(level, chance_words(chance), title=_("封冻前暖封闭的概率")),
        "margin": _margin(row.margin_days),
        "lever": _lever(row),
        "latest": _latest(row, clock.today(), least),
    }


def chance_words(chance: float) -> str:
    """A probability as it is printed: never 0 % or 100 % of a simulation.

    >>> chance_words(0.634), chance_words(1.0), chance_words(0.001)
    ('63%', '>99%', '<1%')
    """
    return ">99%" if chance > 0.99 else "<1%" if chance < 0.01 else f"{chance * 100:.0f}%"


def _margin(days: int | None) -> charts.Svg | str:
    if days is None:
        return "—"
    if days < 0:
        return charts.light("red", _("晚 %(n)s 天") % {"n": -days})
    return charts.light("green" if days >= AMPLE else "yellow", _("余 %(n)s 天") % {"n": days})


def _lever(row: Any) -> dict[str, Any] | None:
    """What the decision of today would add, and how much would be enough."""
    if row.gain is None:
        return None
    before = row.enclosed_in_time
    days = int(row.lever_days) if row.lever_days not in (None, "") else None
    return {
        "begun": str(row.lever_begun).lower() in ("1", "true"),
        "points": round(row.gain * 100),
        "before": chance_words(before),
        "after": chance_words(min(1.0, before + row.gain)),
        "enough": days if days and days > 0 else None,
        "late": days is None,
        "ample": days is not None and days <= 0,
    }


def _latest(row: Forecast, today: date, least: float) -> dict[str, Any] | None:
    """The latest start of the envelope, and whether it has passed."""
    day = row.envelope_start_latest
    return {"day": day, "passed": day < today, "soon": (day - today).days <= 30} if day else None


# The back-test ---------------------------------------------------------------------------------------------------------


@require_GET
def back_test(request: SignedInRequest) -> HttpResponse:
    """What earlier forecasts said against what came."""
    today, lead = clock.today(), _known(request.GET.get("lead", ""), LEADS)
    days = queries.sampled_days(today)
    said, unknown = queries.enclosures_said(request.user, today, days)
    first, last = LEADS[lead]
    kept = [row for row in said if first <= row.lead <= last]
    groups = queries.deciles(kept)
    finishes, adrift = queries.finishes_said(request.user, today, days)
    projects = len({row.project for row in kept})
    context = {
        "page_title": _("预测回测"),
        "groups": [_group(group, lead) for group in groups],
        "drawing": drawings.calibration([_point(group, lead) for group in groups], title=_("说的概率与后来的比例")) if groups else "",
        "count": len(kept),
        "projects": projects,
        "few": projects < FEW,
        "score": _score(kept),
        "dates": _date_rows(kept, finishes, today),
        "unknown": unknown,
        "adrift": adrift,
        "days": len(days),
        "leads": [{"label": words, "url": _lead_url(key), "active": key == lead} for key, words in LEAD_WORDS.items()],
        **_behind(groups, request.GET.get("decile", ""), lead),
    }
    return render(request, "plans/calibration.html", context)


def _lead_url(lead: str, **more: Any) -> str:
    kept = ({"lead": lead} if lead else {}) | more
    return "?" + urlencode(kept)


def _label(decile: int) -> str:
    return f"{decile * 10}–{decile * 10 + 10}%"


def _between(interval: Interval) -> str:
    return f"{interval.low * 100:.0f}–{interval.high * 100:.0f}%"


def _group(group: Group, lead: str) -> dict[str, Any]:
    return {
        "label": _label(group.decile),
        "url": _lead_url(lead, decile=group.decile) + "#behind",
        "count": group.count,
        "projects": group.projects,
        "stated": f"{group.stated * 100:.0f}%",
        "came": f"{group.came * 100:.0f}%",
        "times": sum(row.came for row in group.rows),
        "interval": _between(group.interval),
        "verdict": verdict(group.agrees, group.came < group.stated),
    }


def verdict(agrees: bool, hopeful: bool) -> charts.Svg:
    """Whether what was said lies in the interval of what came; a shape and a word."""
    if agrees:
        return charts.light("green", _("相符"))
    return charts.light("red" if hopeful else "yellow", _("偏乐观") if hopeful else _("偏保守"))


def _point(group: Group, lead: str) -> drawings.Point:
    words = _("说 %(said)s，%(count)s 次里按期 %(came)s（95%% 区间 %(between)s）") % {
        "said": f"{group.stated * 100:.0f}%",
        "count": group.count,
        "came": f"{group.came * 100:.0f}%",
        "between": _between(group.interval),
    }
    url = _lead_url(lead, decile=group.decile) + "#behind"
    interval = group.interval
    return drawings.Point(group.stated, group.came, interval.low, interval.high, group.count, url, words)


def _score(rows: Sequence[Said]) -> dict[str, str] | None:
    """Brier's score (mean squared error of the probabilities), beside that of always saying the overall share."""
    if not rows:
        return None
    overall = sum(row.came for row in rows) / len(rows)
    brier = sum((row.stated - row.came) ** 2 for row in rows) / len(rows)
    plain = overall * (1 - overall)
    return {
        "brier": f"{brier:.3f}",
        "plain": f"{plain:.3f}",
        "overall": f"{overall * 100:.0f}%",
        "stated": f"{sum(row.stated for row in rows) / len(rows) * 100:.0f}%",
        "better": "yes" if brier < plain else "",
    }


def _date_rows(said: Sequence[Said], finishes: Sequence[tuple[int, date, date, date | None]], today: date) -> list[dict[str, Any]]:
    closed = [(row.project, row.p50, row.p80, row.closed_on) for row in said]
    made = []
    for name, cases in ((_("暖封闭"), closed), (_("项目完成"), finishes)):
        for each in queries.shares(cases, today):
            share = each.share
            told = {"name": name, "quantile": f"P{each.expected * 100:.0f}", "expected": f"{each.expected * 100:.0f}%", "each": each}
            if share is not None:
                told |= {
                    "came": f"{share * 100:.0f}%",
                    "interval": _between(each.interval),
                    "verdict": verdict(each.agrees, share < each.expected),
                }
            made.append(told)
    return made


def _behind(groups: Sequence[Group], text: str, lead: str) -> dict[str, Any]:
    """The forecasts behind one decile."""
    group = next((each for each in groups if str(each.decile) == text), None)
    if group is None:
        return {"behind": None}
    rows = [{"said": row, "chance": chance_words(row.stated), "url": reverse("plans:plan", args=[row.project])} for row in group.rows]
    return {
        "behind": rows[:MOST_SAID],
        "behind_label": _label(group.decile),
        "behind_more": max(0, len(rows) - MOST_SAID),
        "without": _lead_url(lead),
    }
