"""A project's plan on one page: the Gantt chart, the honest forecast, what would help, the nodes and what has been asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple, cast

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.plans import basis, drawings, earned, effects, forecasting, gantt, levers
from zhuanban.domains.plans.charting import Sheet
from zhuanban.domains.plans.models import DateRequest, Disruption, Forecast, Node, Plan, WorkItem
from zhuanban.domains.plans.situations import Situation, once, situation
from zhuanban.domains.portfolio.models import Project
from zhuanban.engines.schedules import Finding, Severity, health
from zhuanban.kernel import actions, charts, clock, panels, parameters, show
from zhuanban.kernel.people import SignedInRequest

CHUNK = 40
"""Rows of the chart that come in one piece."""
ZOOMS = (("day", gettext_lazy("日")), ("week", gettext_lazy("周")), ("month", gettext_lazy("月")), ("quarter", gettext_lazy("季")))
HEADER = ("plans.make_plan", "plans.open_nodes", "plans.promise_dates", "plans.recompute")
NODE_VERBS = ("plans.reach", "plans.request_date")
DONE_VERBS = ("plans.take_back",)
REQUEST_VERBS = ("plans.grant_date", "plans.deny_date", "plans.withdraw_date")
MOST_SAID = 24
MOST_FINDINGS = 6


class Paper(NamedTuple):
    """How an A3 sheet is filled: at most so many rows; pixels of the chart beside its names; whether it is drawn at seven tenths."""

    rows: int
    width: int
    small: bool


FULL_SIZE, SMALL = Paper(34, 1310, small=False), Paper(50, 1940, small=True)


def project_of(request: SignedInRequest, pk: int) -> Project:
    return get_object_or_404(Project.objects.visible_to(request.user).select_related("area", "dossier"), pk=pk)


@require_GET
def plan_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """Where the project stands, when it will really finish, whether it will be closed before the frost, and what would help."""
    project = project_of(request, pk)
    found = situation(project, clock.today())
    context = {
        "project": project,
        "page_title": project.name,
        "today": clock.today(),
        "offered": [
            each for each in actions.offered(request.user, project, *HEADER, "plans.add_node", "plans.log_disruption", "plans.add_item")
        ],
        "nodes": node_rows(request, project),
        "requests": request_rows(request, project),
        "disruptions": disruption_rows(request, project),
        "items": item_rows(project),
        "drafts": list(project.plans.filter(state=Plan.State.DRAFT)),
        "may_import": "plans.import_plan" in request.user.verbs,
    }
    if found:
        context |= chart_of(request, found) | forecast_of(found) | plan_half(request, found)
    return render(request, "plans/plan.html", context)


# The chart --------------------------------------------------------------------------------------------------------------


def chart_of(request: HttpRequest, found: Situation) -> dict[str, Any]:
    """The axis and the first rows; the others are fetched when they come into view."""
    if found.result is None:
        return {"plan": found.plan, "uncalculable": True}
    sheet = sheet_of(request, found)
    frame = gantt.frame_of(sheet.days(), request.GET.get("zoom", "month"), found.today, found.house.season)
    first = sheet.rows(0, CHUNK)
    pieces = [(at, min(at + CHUNK, len(sheet))) for at in range(CHUNK, len(sheet), CHUNK)]
    return {
        "plan": found.plan,
        "axis": gantt.axis(frame),
        "first_rows": first,
        "first_bars": gantt.rows_svg(frame, first, _("第 %(a)s–%(b)s 行") % {"a": 1, "b": len(first)}),
        "pieces": [{"first": at, "height": (last - at) * gantt.ROW} for at, last in pieces],
        "width": frame.width,
        "today_at": round(max(0.0, frame.x(found.today) - 260)),
        "open_at": max(0, sheet.first_open() - 2) * gantt.ROW,
        "zooms": [{"url": f"?zoom={name}", "label": label, "active": name == frame.zoom} for name, label in ZOOMS],
        "zoom": frame.zoom,
        "scale": frame.scale,
        "movable": sheet.movable,
    }


def sheet_of(request: HttpRequest, found: Situation) -> Sheet:
    assert found.result is not None
    change = actions.REGISTRY["plans.change"]
    movable = change.allowed(request.user, found.plan) and not change.reason_against(found.plan)  # type: ignore[arg-type]
    return Sheet(found.plan, found.facts, found.result, found.baseline, found.forecast, found.today, movable=movable)


@require_GET
def gantt_rows(request: SignedInRequest, pk: int) -> HttpResponse:
    """Some rows of the chart, from a number on."""
    found = situation(project_of(request, pk), clock.today())
    if found is None or found.result is None:
        return HttpResponse(status=404)
    first = int(request.GET.get("from", "0")) if request.GET.get("from", "0").isdigit() else 0
    sheet = sheet_of(request, found)
    frame = gantt.frame_of(sheet.days(), request.GET.get("zoom", "month"), found.today, found.house.season)
    part = sheet.rows(first, first + CHUNK)
    words = _("第 %(a)s–%(b)s 行") % {"a": first + 1, "b": first + len(part)}
    return render(request, "plans/parts/gantt_rows.html", {"rows": part, "bars": gantt.rows_svg(frame, part, words)})


@require_GET
def printed(request: SignedInRequest, pk: int) -> HttpResponse:
    """The whole chart on A3."""
    project = project_of(request, pk)
    found = situation(project, clock.today())
    if found is None or found.result is None:
        return HttpResponse(status=404)
    sheet = sheet_of(request, found)
    paper = FULL_SIZE if len(sheet) <= FULL_SIZE.rows else SMALL
    frame = gantt.fitted(gantt.frame_of(sheet.days(), "month", found.today, found.house.season), paper.width)
    context = {
        "project": project,
        "plan": found.plan,
        "axis": gantt.axis(frame),
        "papers": [{"rows": part, "bars": gantt.rows_svg(frame, part, project.name)} for part in _evenly(sheet.rows(), paper.rows)],
        "small": paper.small,
        "forecast": found.forecast,
        "today": found.today,
    }
    return render(request, "plans/print.html", context)


def _evenly(rows: Sequence[gantt.Row], most: int) -> list[Sequence[gantt.Row]]:
    """The rows sheet by sheet, each about as full as the others."""
    sheets = -(-len(rows) // most)
    return [rows[len(rows) * at // sheets : len(rows) * (at + 1) // sheets] for at in range(sheets)]


# The forecast -----------------------------------------------------------------------------------------------------------


def forecast_of(found: Situation) -> dict[str, Any]:
    """The forecast in words and drawings, and how it has changed over the data dates."""
    forecast = found.forecast
    if forecast is None:
        return {"forecast": None}
    said = history_of(found.project)
    told = forecast.result
    return {
        "forecast": forecast,
        "in_time": percent(forecast.finish_in_time),
        "enclosed": percent(forecast.enclosed_in_time),
        "fan": drawings.fan(said, forecast.finish_promised, title=_("完成预测随数据日期的变化"), promise=promise_words(forecast)),
        "tornado": tornado(told.get("tornado", []), _("什么最影响完成日期")),
        "closing": tornado(next(iter(told.get("closing", {}).values()), []), _("什么最影响暖封闭")),
        "sentence": sentence_of(forecast),
        "lever": told.get("lever"),
        "parts": told.get("parts", []) if len(told.get("parts", [])) > 1 else [],
        "without": without_of(forecast),
        "earliest": levers.EARLIEST,
        "goal": next((each.get("name") for each in found.plan.document["activities"] if each["id"] == told.get("goal")), ""),
    }


def history_of(project: Project) -> list[drawings.Said]:
    """What was said at each data date, the last word of each, the oldest first."""
    rows = project.forecasts.exclude(finish_p50=None).order_by("-data_date", "-pk")
    kept: dict[date, drawings.Said] = {}
    for on, *days in rows.values_list("data_date", "finish_p10", "finish_p50", "finish_p80", "finish_p90")[: MOST_SAID * 2]:
        kept.setdefault(on, drawings.Said(on, *cast(list[date], days)))
    return sorted(kept.values(), key=lambda each: each.on)[-MOST_SAID:]


def percent(share: float | None) -> int | None:
    """A probability as it is shown: to five points, never quite none or all while a doubt is left."""
    if share is None:
        return None
    near = round(share * 20) * 5
    return 99 if near == 100 and share < 1 else 1 if near == 0 and share > 0 else near


def tornado(told: list[list[Any]], title: str) -> charts.Svg | str:
    """What moves a target most, in days for one standard deviation."""
    bars = [
        charts.Bar(name, round(abs(days), 1), tone="grey" if kind == "driver" else "blue", note=f"{share:.0%}" if share else "")
        for kind, name, days, share in told
    ]
    return charts.bars(bars, title=title, unit=_("天"), width=372) if bars else ""


def promise_words(forecast: Forecast) -> str:
    return _("承诺 %(day)s") % {"day": f"{forecast.finish_promised:%y-%m}"} if forecast.finish_promised else ""


def sentence_of(forecast: Forecast) -> str:
    """The chance before the frost, and the earliest help, in one sentence."""
    if forecast.enclosed_in_time is None or forecast.frost_on is None:
        return ""
    now = _("%(p)s%% 的把握在 %(day)s 封冻前封闭") % {"p": percent(forecast.enclosed_in_time), "day": show.short_day(forecast.frost_on)}
    helped = help_of(forecast)
    return _("%(now)s；%(then)s。") % {"now": now, "then": helped} if helped else _("%(now)s。") % {"now": now}


def help_of(forecast: Forecast) -> str:
    """What would be enough to be sure: so many days earlier, or how many may be lost."""
    lever = forecast.result.get("lever")
    if not lever:
        return ""
    if lever.get("days") is None:
        return _("围护早开工 %(n)s 天也不够，须另想办法") % {"n": lever["tried"]}
    words = {"n": abs(lever["days"]), "p": percent(lever.get("then"))}
    if lever["days"] > 0:
        return (_("围护少用 %(n)s 天，为 %(p)s%%") if lever.get("begun") else _("围护早开工 %(n)s 天，为 %(p)s%%")) % words
    return _("围护晚 %(n)s 天仍有 %(p)s%%") % words if lever["days"] else _("围护不能再晚") % words


def without_of(forecast: Forecast) -> dict[str, Any] | None:
    """What the disruptions have cost: the finish and the odds as if they had not been."""
    told = forecast.result.get("without")
    if not told or forecast.finish_p50 is None:
        return None
    bare = date.fromisoformat(told["finish_p50"])
    return {
        "finish": bare,
        "days": (forecast.finish_p50 - bare).days,
        "enclosed": percent(told.get("enclosed_in_time")),
        "now": percent(forecast.enclosed_in_time),
    }


@require_GET
def what_if(request: SignedInRequest, pk: int) -> HttpResponse:
    """The envelope so many working days earlier: the chance before the frost, with the same random numbers."""
    found = situation(project_of(request, pk), clock.today())
    days = max(levers.LATEST, min(levers.EARLIEST, number_of(request.GET.get("days", ""))))
    context: dict[str, Any] = {"days": days, "now": None}
    if found:
        settings = basis_settings(found)
        cases, _broken = forecasting.prepare([found.subject], found.house, found.today)
        case = cases[0] if cases else None
        if case and case.lever and case.plan.deadlines and not case.withheld:
            draw = forecasting.simulation([case], found.house, found.today, settings[0], settings[1])
            before, after = (
                float(forecasting.all_in_time(draw.run([plan], trace=False)[plan.id]).mean())
                for plan in (case.plan, case.lever.pulled(case.plan, days))
            )
            context |= {
                "now": percent(before),
                "then": percent(after),
                "begun": case.lever.begun,
                "frost_on": case.frost_on,
                "iterations": settings[0],
            }
    return render(request, "plans/parts/what_if.html", context)


def basis_settings(found: Situation) -> tuple[int, int]:
    """Iterations and seed of what is computed while somebody waits."""
    return parameters.value(basis.WHAT_IF, found.today), forecasting.seed_of(found.today)


def number_of(text: str) -> int:
    return int(text) if text.removeprefix("-").isdigit() and len(text) <= 4 else 0


@require_GET
def preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a change of one activity would do, as a fragment in the form that asks for it."""
    from zhuanban.domains.plans.pages.nodes import day_of, odds_of

    project = project_of(request, pk)
    plan = project.plans.filter(state=Plan.State.CURRENT).first()
    start_on, days = day_of(request.GET.get("start_on", "")), number_of(request.GET.get("days", ""))
    context: dict[str, Any] = {"effect": None}
    if plan and (start_on or days > 0):
        found = effects.of_change(plan, request.GET.get("activity", "")[:120], start_on=start_on, days=days if 0 < days <= 3000 else None)
        context = {"effect": found, "odds": odds_of(found), "nothing": not found.moves and not found.unknown}
    return render(request, "plans/parts/effect.html", context)


# The rest of the page -----------------------------------------------------------------------------------------------------


def plan_half(request: SignedInRequest, found: Situation) -> dict[str, Any]:
    """The plan's versions, its faults, the S-curve, and its verbs."""
    return {
        "baseline": found.baseline,
        "versions": found.project.plans.exclude(state=Plan.State.DRAFT).select_related("created_by").defer("document", "check_result")[:8],
        "plan_offered": actions.offered(request.user, found.plan, "plans.change", "plans.undo", "plans.set_baseline"),
        "findings": findings_of(found),
        "curve": curve_data(found),
    }


FINDINGS = {
    "enclosure_missing": gettext_lazy("计划里没有封闭工序"),
    "enclosure_without_logic": gettext_lazy("暖封闭没有前置工序"),
    "no_predecessor": gettext_lazy("没有前置工序"),
    "no_successor": gettext_lazy("没有后续工序"),
    "open_start": gettext_lazy("开始没有约束，只约束了完成"),
    "open_finish": gettext_lazy("没有工序等它完成"),
    "hard_constraint": gettext_lazy("强制日期打断了逻辑"),
    "strict_constraint": gettext_lazy("强加了最晚日期"),
    "long_lag": gettext_lazy("滞后过长，其间的工作没有列出"),
    "lead": gettext_lazy("用了提前量"),
    "start_to_finish": gettext_lazy("开始—完成关系很少真有其事"),
    "long_duration": gettext_lazy("工期过长，应再分解"),
    "negative_float": gettext_lazy("负时差：按限定日期完不成"),
    "high_float": gettext_lazy("时差过大，可能缺逻辑"),
    "out_of_sequence": gettext_lazy("未按逻辑顺序施工"),
    "progress_unknown": gettext_lazy("已开始，但没有说剩余多少"),
    "actual_after_data_date": gettext_lazy("实际日期晚于数据日期"),
}


def findings_of(found: Situation) -> list[dict[str, Any]]:
    """What is wrong with the plan before anybody relies on it."""
    if found.result is None:
        return []
    names = {each["id"]: each.get("name", each["id"]) for each in found.plan.document["activities"]}
    result = found.result
    findings = once(result, "health", lambda: health(result.network, result.calendars, result))
    worst = [each for each in findings if each.severity is not Severity.NOTICE]
    return [_finding(each, names) for each in worst[:MOST_FINDINGS]]


def _finding(found: Finding, names: dict[str, str]) -> dict[str, Any]:
    return {
        "words": FINDINGS.get(found.code, found.words),
        "count": len(found.activities),
        "names": [names.get(key, key) for key in found.activities[:4]],
        "blocker": found.severity is Severity.BLOCKER,
    }


def curve_data(found: Situation) -> dict[str, Any] | None:
    """Planned, earned and spent by month, for the interactive chart."""
    curve = earned.curve_of(found)
    if not curve:
        return None
    labels = [f"{day:%y-%m}" for day in curve.months]
    return {
        "kind": "lines",
        "title": _("计划、完成与投资"),
        "unit": "%",
        "labels": labels,
        "today": f"{found.today:%y-%m}" if f"{found.today:%y-%m}" in labels else "",
        "series": [
            {"name": _("计划"), "role": "plan", "values": list(curve.planned)},
            {"name": _("完成"), "role": "actual", "values": list(curve.earned)},
            {"name": _("投资"), "role": "forecast", "values": list(curve.spent)},
        ],
        "spi": None if curve.value.spi_t is None else round(curve.value.spi_t, 2),
        "finish": curve.value.finish_t.isoformat() if curve.value.finish_t else None,
    }


def node_rows(request: SignedInRequest, project: Project) -> dict[str, list[dict[str, Any]]]:
    """Every node with its days and what the person may do with it: those to come, and those behind."""
    rows = list(
        project.nodes.select_related("project__dossier", "work", "proof")
        .prefetch_related("requests")
        .order_by("position", "work__position", "pk")
    )
    waiting, reached = [row for row in rows if row.reached_on is None], [row for row in rows if row.reached_on]
    return {"waiting": _node_rows(request, waiting, NODE_VERBS), "reached": _node_rows(request, reached, DONE_VERBS)}


def _node_rows(request: SignedInRequest, rows: list[Node], verbs: tuple[str, ...]) -> list[dict[str, Any]]:
    today = clock.today()
    return [
        {
            "node": row,
            "slip": row.slip(today),
            "left": (row.due_on - today).days if row.due_on and row.reached_on is None else None,
            "moved": row.promised_on is not None and row.promised_on != row.due_on,
            "offered": [each for each in buttons if not each["reason"]],
        }
        for row, buttons in zip(rows, actions.offered_each(request.user, rows, *verbs), strict=True)
    ]


def request_rows(request: SignedInRequest, project: Project) -> list[dict[str, Any]]:
    """What was asked of the dates: open ones first, with what the move was computed to do."""
    rows = project.date_requests.select_related("node__work", "project__dossier", "asked_by", "decided_by", "deadline").order_by("-pk")[:10]
    found = sorted(rows, key=lambda row: row.state != DateRequest.State.OPEN)
    offered = actions.offered_each(request.user, found, *REQUEST_VERBS)
    return [
        {"request": row, "offered": [each for each in buttons if not each["reason"]]} for row, buttons in zip(found, offered, strict=True)
    ]


def disruption_rows(request: SignedInRequest, project: Project) -> list[dict[str, Any]]:
    rows: list[Disruption] = list(project.disruptions.select_related("project__dossier").order_by("-from_day")[:10])
    offered = actions.offered_each(request.user, rows, "plans.end_disruption")
    return [{"row": row, "offered": [each for each in buttons if not each["reason"]]} for row, buttons in zip(rows, offered, strict=True)]


def item_rows(project: Project) -> list[dict[str, Any]]:
    """Quantities against plan."""
    rows: list[WorkItem] = list(project.work_items.select_related("work").order_by("position", "pk"))
    return [
        {
            "item": row,
            "share": row.done * 100 / row.quantity,
            "bar": charts.progress_tick(float(row.done * 100 / row.quantity), tone="blue"),
        }
        for row in rows
    ]


# On the project's page ----------------------------------------------------------------------------------------------------


@panels.panel("portfolio.project")
def on_project(project: Project, user) -> panels.Panel | None:
    """The nodes that come next, and the forecast in one sentence."""
    nodes = list(
        Node.objects.visible_to(user)
        .filter(project=project, reached_on=None)
        .exclude(due_on=None)
        .select_related("work")
        .order_by("due_on", "position")[:4]
    )
    forecast = Forecast.objects.visible_to(user).filter(project=project, current=True).first()
    numbers = project.nodes.aggregate(total=Count("pk"), reached=Count("reached_on"))
    if not nodes and forecast is None and not numbers["reached"]:
        return None
    today = clock.today()
    return panels.Panel(
        title=gettext_lazy("节点与预测"),
        template="plans/parts/on_project.html",
        context={
            "nodes": [{"node": node, "left": (node.due_on - today).days} for node in nodes if node.due_on],
            **numbers,
            "forecast": forecast,
            "in_time": percent(forecast.finish_in_time) if forecast else None,
            "sentence": sentence_of(forecast) if forecast else "",
            "url": reverse("plans:plan", args=[project.pk]),
        },
    )
