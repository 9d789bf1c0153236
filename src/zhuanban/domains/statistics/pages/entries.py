"""The entries by state, a project's pack with its checks, and the panel on the project's page."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio import queries as portfolio
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.statistics import checks, drawings, pack
from zhuanban.domains.statistics.models import EntryPaper, StatisticalFigure, StatisticsEntry
from zhuanban.domains.statistics.queries import differences, months
from zhuanban.kernel import actions, charts, clock, files, pages, panels, show
from zhuanban.kernel.listings import Chip, Column, Filter, Layout, Listing, Query, by_choice
from zhuanban.kernel.models import StoredFile
from zhuanban.kernel.people import SignedInRequest
from zhuanban.kernel.words import Words

State = StatisticsEntry.State
CARDS = 12
"""Cards in a column of the board before the list is asked for."""
REVIEW = (State.PACK_COMPLETE, State.SUBMITTED_COUNTY, State.SUBMITTED_CITY)
TONES = {checks.YES: "green", checks.NO: "red", checks.UNKNOWN: "grey"}
ANSWERS: dict[str, Words] = {
    checks.YES: pgettext_lazy("verdict", "是"),
    checks.NO: pgettext_lazy("verdict", "否"),
    checks.UNKNOWN: pgettext_lazy("verdict", "不明"),
}
WAY = (
    State.NOT_READY,
    State.PACK_COMPLETE,
    State.SUBMITTED_COUNTY,
    State.SUBMITTED_CITY,
    State.ACCEPTED_BANK,
    State.REPORTING,
    State.COMPLETED,
)
MAIN_VERBS = (
    "statistics.complete_pack",
    "statistics.submit_county",
    "statistics.submit_city",
    "statistics.accept_bank",
    "statistics.start_reporting",
    "statistics.report_month",
)
"""The step forward in each state; all other verbs stand in the menu beside it."""


def areas(user) -> list[tuple[str, str]]:
    return [(area.key, show.place(area)) for area in Area.objects.exclude(kind=Area.Kind.CITY)]


def add_checks(rows: list[Any]) -> None:
    """How many checks each pack on the page meets; what is in the bank was checked. A fixed number of queries for the page."""
    waiting = [row for row in rows if row.state not in StatisticsEntry.IN_BANK]
    found = pack.checked(waiting) if waiting else {}
    for row in rows:
        mine = found.get(row.pk)
        row.met = None if mine is None else f"{sum(each.met for each in mine)} / {len(mine)}"


def board(query: Query) -> dict[str, Any]:
    """A column a state; the oldest wait on top. One query for the counts and one a column."""
    counts = dict(query.rows.order_by().values_list("state").annotate(n=Count("pk")))
    columns = [
        {
            "state": state,
            "count": counts.get(state, 0),
            "cards": list(query.rows.filter(state=state).order_by("state_since", "pk").select_related("project__area")[:CARDS]),
            "url": "?" + query.url(**{"state": state.value, "as": None}),
        }
        for state in WAY
    ]
    return {"columns": columns, "today": clock.today()}


entries = Listing(
    name="statistics.entries",
    title=gettext_lazy("入库入统"),
    rows=lambda user: StatisticsEntry.objects.visible_to(user).filter(project__deleted_at=None),
    search="project__dossier__search_text",
    order="-state_since",
    related=("project__area",),
    prepare=add_checks,
    columns=(
        Column("project", gettext_lazy("项目"), path="project__name", link=True),
        Column("area", gettext_lazy("属地"), kind="place", path="project__area"),
        Column("state", gettext_lazy("状态"), choices=State.choices, sort="state"),
        Column("state_since", gettext_lazy("进入日期"), kind="date", sort="state_since"),
        Column("met", gettext_lazy("通过审核项"), kind="number"),
        Column("planned_investment", gettext_lazy("总投资"), kind="money", path="project__planned_investment", sort="project__money_order"),
        Column("returns", gettext_lazy("退回次数"), kind="number", sort="returns", narrow=False),
        Column("defects", gettext_lazy("退回意见"), narrow=False),
        Column("bank_on", gettext_lazy("入库日"), kind="date", narrow=False),
        Column("reporting_from", gettext_lazy("报统起始月"), kind="date", narrow=False),
    ),
    filters=(
        Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: State.choices),
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), areas),
    ),
    chips=(
        Chip("review", gettext_lazy("审核中"), lambda user: Q(state__in=REVIEW)),
        Chip("returned", gettext_lazy("退回待补"), lambda user: Q(state=State.NOT_READY) & ~Q(defects=""), tone="red"),
        Chip(
            "started",
            gettext_lazy("已开工未报"),
            lambda user: Q(state=State.NOT_READY, project__start_actual__isnull=False) & ~Q(project__stage="cancelled"),
        ),
        Chip("late", gettext_lazy("审核超期"), lambda user: Q(deadline__state="open", deadline__due_on__lt=clock.today()), tone="red"),
        Chip(
            "missing",
            gettext_lazy("上月缺报"),
            lambda user: Q(pk__in=months.missing(months.month_before(clock.today())).values("pk")),
        ),
    ),
    layouts=(Layout("board", gettext_lazy("看板"), "layout-kanban", "statistics/board.html", board),),
    empty=gettext_lazy("项目开工以后进入统计项目库、按月报统的台账：材料、审核、入库、报统，一步一步看得见。"),
)


@require_GET
def entry_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, entries.name)


# The pack -----------------------------------------------------------------------------------------------------------------


@require_GET
def entry(request: SignedInRequest, pk: int) -> HttpResponse:
    """A project's pack: each check with its verdict, the reason and where to mend it; its figures and what nobody explains."""
    rows = StatisticsEntry.objects.visible_to(request.user).select_related(
        "project__area", "project__owner_org", "project__dossier", "deadline", "handed_in_by", "confirmed_by"
    )
    shown = get_object_or_404(rows, pk=pk)
    checked = pack.checked([shown])[shown.pk]
    papers = list(shown.papers.select_related("file"))
    offered = actions.offered(request.user, shown)
    may = {each["action"].name for each in offered if not each["reason"]} | _may_mend(request.user, shown.project)
    main = [each for each in offered if each["action"].name in MAIN_VERBS and (not each["reason"] or _next(shown, each["action"].name))]
    context = {
        "page_title": _("入库材料"),
        "entry": shown,
        "project": shown.project,
        "steps": steps(shown),
        "primary": main,
        "others": sorted((each for each in offered if each not in main), key=lambda each: bool(each["reason"])),
        "checks": [_line(each, shown, papers, may) for each in checked],
        "tally": {answer: sum(each.verdict.answer == answer for each in checked) for answer in ANSWERS},
        "met": sum(each.met for each in checked),
        "papers": _papers(request.user, papers),
        "open": "statistics.add_paper" in may,
        "evidence": sorted(pack.gather([shown])[shown.pk].works, key=lambda each: each.on or date.max)[:6],
        "late": shown.deadline and shown.deadline.due_on < clock.today(),
        **_money(request.user, shown),
    }
    return render(request, "statistics/entry.html", context)


def _next(shown: StatisticsEntry, name: str) -> bool:
    """Whether the verb is the step that comes next, though it may not be done yet: then it is shown greyed with the reason."""
    at = list(WAY).index(State(shown.state))
    return at < len(MAIN_VERBS) and MAIN_VERBS[at] == name


def _may_mend(user, project: Project) -> set[str]:
    return {each["action"].name for each in actions.offered(user, project, "portfolio.revise") if not each["reason"]}


def steps(shown: StatisticsEntry) -> list[dict[str, Words]]:
    """The way from the papers to the monthly figures, with where the project stands."""
    here = list(WAY).index(State(shown.state))
    days = {State.PACK_COMPLETE: shown.pack_on, State.SUBMITTED_COUNTY: shown.county_on, State.SUBMITTED_CITY: shown.city_on}
    days |= {State.ACCEPTED_BANK: shown.bank_on, State.REPORTING: shown.reporting_from, State.COMPLETED: shown.completed_on}

    def note(at: int, state: State) -> str:
        if at == here and state == State.NOT_READY and shown.defects:
            return _("第 %(n)s 次退回") % {"n": shown.returns}
        day = days.get(state) if at <= here else None
        return f"{day:%Y-%m}" if day and state == State.REPORTING else show.short_day(day) if day else ""

    return [
        {"label": state.label, "state": "done" if at < here else "now" if at == here else "next", "note": note(at, state)}
        for at, state in enumerate(WAY)
    ]


PAPER_FACTS = {kind.value for kind in EntryPaper.Kind}
PROJECT_FIELDS = {"project.amount": "planned_investment", "project.code": "project_code", "owner.party": "owner_org"}


def _line(each: pack.Checked, shown: StatisticsEntry, papers: list[EntryPaper], may: set[str]) -> dict[str, Any]:
    verdict = each.verdict
    return {
        "rule": each.rule,
        "verdict": verdict,
        "light": charts.light(TONES[verdict.answer], str(ANSWERS[verdict.answer])),
        "mend": None if each.met or shown.state != State.NOT_READY else mend(verdict, shown, papers, may),
    }


def mend(verdict: checks.Verdict, shown: StatisticsEntry, papers: list[EntryPaper], may: set[str]) -> dict[str, str] | None:
    """One button: where the first fact that is wrong, or lacking, is put right. Without the right to do so, whose it is."""
    name = next(iter((*verdict.wrong, *verdict.lacking)), "")
    kind, _dot, part = name.partition(".")
    if name in PROJECT_FIELDS:
        url = f"{reverse('kernel:act', args=['portfolio.revise', shown.project_id])}?{urlencode({'only': PROJECT_FIELDS[name]})}"
        return {"label": _("填写"), "url": url, "who": "" if "portfolio.revise" in may else _("由项目中心填写")}
    if name in {"start.on", "begun"}:
        return {"label": _("到项目页"), "url": shown.project.get_absolute_url(), "who": "", "plain": "1"}
    kind = EntryPaper.Kind.PHOTO if name == "works" else kind
    if kind not in PAPER_FACTS:
        return None
    paper = next((row for row in papers if row.kind == kind and part), None)
    outside = "" if "statistics.add_paper" in may else _("由项目单位补充")
    if paper:
        return {"label": _("修改"), "url": reverse("kernel:act", args=["statistics.revise_paper", paper.pk]), "who": outside}
    url = f"{reverse('kernel:act', args=['statistics.add_paper', shown.pk])}?{urlencode({'kind': kind})}"
    return {"label": _("补材料"), "url": url, "who": outside}


def _papers(user, papers: list[EntryPaper]) -> list[dict[str, Any]]:
    offered = actions.offered_each(user, papers) if papers else []
    return [
        {
            "paper": paper,
            "verbs": [each for each in verbs if not each["reason"]],
            "file": paper.file if paper.file and files.readable(user, paper.file) else None,
        }
        for paper, verbs in zip(papers, offered, strict=True)
    ]


def _money(user, shown: StatisticsEntry) -> dict[str, Any]:
    """Own and statistical investment of the reported year, month by month, and what explains the difference."""
    today = clock.today()
    year = portfolio.reporting_year(today)
    mine = Project.objects.filter(pk=shown.project_id)
    each = differences.differences(mine, year).get(shown.project_id)
    first, last = date(year, 1, 1), date(year, 12, 1)
    own = dict(portfolio.investment_by_month(shown.project, first, last))
    rows = StatisticalFigure.objects.filter(project=shown.project, month__gte=first, month__lte=last).order_by("month", "pk")
    told: dict[date, list[StatisticalFigure]] = {}
    for row in rows:
        told.setdefault(row.month, []).append(row)
    table = [_month(month, own.get(month), told.get(month, [])) for month in sorted({*own, *told})]
    verbs = actions.offered_each(user, list(rows)) if rows else []
    buttons = {row.pk: [verb for verb in found if not verb["reason"]] for row, found in zip(rows, verbs, strict=True)}
    for line in table:
        line["verbs"] = [(verb, row) for row in line["rows"] for verb in buttons.get(row.pk, [])]
    return {
        "year": year,
        "difference": each,
        "bridge": bridge_of(each, width=560) if each and each.gap is not None else "",
        "table": table,
        "explanations": _explanations(user, shown, year),
    }


def _month(month: date, own: Decimal | None, rows: list[StatisticalFigure]) -> dict[str, Any]:
    standing = [row for row in rows if row.state != StatisticalFigure.State.SENT_BACK]
    stated = sum((row.amount for row in standing), Decimal(0)) if standing else None
    return {
        "month": month,
        "own": own,
        "stated": stated,
        "gap": None if own is None or stated is None else own - stated,
        "state": rows[-1].get_state_display() if rows else "",
        "back": any(row.state == StatisticalFigure.State.SENT_BACK for row in rows),
        "why": next((row.why or row.reason for row in reversed(rows) if row.why or row.reason), ""),
        "rows": rows,
    }


def _explanations(user, shown: StatisticsEntry, year: int) -> list[dict[str, Any]]:
    rows = list(shown.explanations.filter(year=year).select_related("kind", "created_by"))
    offered = actions.offered_each(user, rows, "statistics.withdraw_explanation") if rows else []
    return [{"row": row, "verbs": verbs} for row, verbs in zip(rows, offered, strict=True)]


def bridge_of(each: differences.Difference | differences.Summed, *, width: int = 720) -> charts.Svg:
    """From own to statistical investment: every kind that explains something, and the rest as unexplained."""
    parts = [(kind.name, float(each.parts[kind.key]), "part", "") for kind in differences.kinds() if each.parts.get(kind.key)]
    rest = each.unexplained
    if rest:
        parts.append((_("未解释"), float(rest), "unexplained", ""))
    spans = drawings.steps(
        (_("自报投资"), float(each.own or 0)), parts, (_("统计投资"), None if each.stated is None else float(each.stated))
    )
    return drawings.bridge(spans, title=_("自报投资到统计投资"), width=width, fmt=show.money)


def _readable(user, file: StoredFile) -> bool:
    """A paper of the pack is read by those who read the pack."""
    return StatisticsEntry.objects.visible_to(user).filter(project=file.dossier_id).exists()


files.READERS["statistics"] = _readable


# On the project's page ----------------------------------------------------------------------------------------------------


@panels.panel("portfolio.project")
def on_project(project: Project, user) -> panels.Panel | None:
    """Where the project stands on its way into statistics, and what is still lacking."""
    shown = StatisticsEntry.objects.visible_to(user).filter(project=project).select_related("project__owner_org").first()
    if shown is None:
        return None
    waiting = [] if shown.state in StatisticsEntry.IN_BANK else [each for each in pack.checked([shown])[shown.pk] if not each.met]
    return panels.Panel(
        title=gettext_lazy("入库入统"),
        template="statistics/parts/on_project.html",
        context={
            "entry": shown,
            "lacking": [
                {"rule": each.rule, "light": charts.light(TONES[each.verdict.answer], str(ANSWERS[each.verdict.answer]))}
                for each in waiting[:4]
            ],
            "more": max(len(waiting) - 4, 0),
        },
    )
