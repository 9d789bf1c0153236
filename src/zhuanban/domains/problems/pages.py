"""The listing of problems with its ladder board, the problem's own page, the inbox, and the pages of results."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from zhuanban.domains.people.models import Area, Organisation
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems import queries
from zhuanban.domains.problems.models import Problem, ProblemKind, Promise
from zhuanban.domains.responsibility import queries as responsibility
from zhuanban.kernel import access, actions, charts, clock, deadlines, files, pages, panels, show
from zhuanban.kernel.errors import BadInput, NotYours
from zhuanban.kernel.listings import Chip, Column, Filter, Layout, Listing, Query, by_choice
from zhuanban.kernel.models import StoredFile
from zhuanban.kernel.people import SignedInRequest

State = Problem.State


def areas(user) -> list[tuple[str, str]]:
    return [(area.key, show.place(area)) for area in Area.objects.exclude(parent=None)]


def kinds(user) -> list[tuple[str, str]]:
    return list(ProblemKind.objects.values_list("key", "name"))


def tiers(user) -> list[tuple[str, str]]:
    return [(str(tier.level), tier.name) for tier in responsibility.tiers()]


def departments_of(user) -> list[tuple[str, str]]:
    used = Problem.objects.visible_to(user).exclude(department=None).values("department")
    return [(str(pk), name) for pk, name in Organisation.objects.filter(pk__in=used).order_by("name").values_list("pk", "name")]


def board(query: Query) -> dict[str, Any]:
    """A column per tier, its problems by due day."""
    columns = queries.board(query.rows)
    for column in columns:
        column["more_url"] = "?" + query.url(**{"tier": column["tier"].level, "as": None})
    return {"columns": columns, "today": clock.today()}


problems = Listing(
    name="problems.problems",
    title=pgettext_lazy("many", "问题"),
    rows=lambda user: Problem.objects.visible_to(user),
    search="project__dossier__search_text",
    order="-reported_at",
    related=("project__area", "kind", "department"),
    columns=(
        Column("title", gettext_lazy("问题"), link=True, under="ref"),
        Column("project", gettext_lazy("项目"), path="project__name"),
        Column("area", gettext_lazy("属地"), path="project__area__name", narrow=False),
        Column("kind", gettext_lazy("类别"), path="kind__name"),
        Column("tier", gettext_lazy("层级"), kind="number", sort="tier"),
        Column("holder", gettext_lazy("承办"), path="holder_name"),
        Column("state", gettext_lazy("状态"), choices=State.choices, sort="state"),
        Column("due", gettext_lazy("期限"), kind="date", path="due_on", sort="due_on"),
        Column("reported_at", gettext_lazy("上报"), kind="date", sort="reported_at", narrow=False),
        Column("rating", gettext_lazy("评分"), kind="number", narrow=False),
    ),
    filters=(
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), areas),
        Filter("kind", gettext_lazy("类别"), by_choice("kind"), kinds),
        Filter("tier", gettext_lazy("层级"), by_choice("tier"), tiers),
        Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: State.choices),
        Filter("department", gettext_lazy("责任部门"), by_choice("department"), departments_of),
        Filter("sector", gettext_lazy("领域"), by_choice("project__sector"), lambda user: Project.Sector.choices),
    ),
    chips=(
        Chip("open", gettext_lazy("在办"), lambda user: Q(state__in=Problem.WORKING)),
        Chip("mine", gettext_lazy("我承办"), lambda user: Q(state__in=Problem.WORKING, holder_key__in=sorted(user.principal_keys))),
        Chip(
            "overdue",
            gettext_lazy("已超期"),
            lambda user: Q(state__in=Problem.WORKING, paused_since=None, due_on__lt=clock.today()),
            tone="red",
        ),
        Chip("unanswered", gettext_lazy("未答复"), lambda user: Q(state__in=Problem.WAITING, responded_at=None)),
        Chip("to_confirm", gettext_lazy("待确认"), lambda user: Q(state=State.SOLVED)),
        Chip("supervised", gettext_lazy("督办"), lambda user: Q(supervised=True, state__in=Problem.WORKING), tone="red"),
        Chip("paused", gettext_lazy("停表"), lambda user: Q(paused_since__isnull=False)),
        Chip("reopened", gettext_lazy("重开过"), lambda user: Q(reopen_count__gt=0)),
    ),
    layouts=(Layout("ladder", gettext_lazy("三级"), "layout-kanban", "problems/ladder.html", board),),
    bulk=("problems.urge", "problems.close"),
    empty=gettext_lazy("谁遇到问题谁上报：一个问题、一个承办、一个期限，超期自动上升一级，一直到办结。"),
)

promises = Listing(
    name="problems.promises",
    title=gettext_lazy("承诺台账"),
    rows=lambda user: Promise.objects.visible_to(user),
    search="project__dossier__search_text",
    order="-due_on",
    related=("project", "problem", "made_to", "department"),
    columns=(
        Column("problem", gettext_lazy("问题"), path="what", link=True),
        Column("project", gettext_lazy("项目"), path="project__name"),
        Column("made_to", gettext_lazy("对谁"), path="made_to__name", narrow=False),
        Column("holder", gettext_lazy("承办"), path="holder_name"),
        Column("kind", gettext_lazy("种类"), choices=Promise.Kind.choices),
        Column("promised_on", gettext_lazy("承诺日"), kind="date", sort="promised_on", narrow=False),
        Column("due_on", gettext_lazy("承诺期限"), kind="date", sort="due_on"),
        Column("kept_on", gettext_lazy("兑现日"), kind="date"),
        Column("outcome", gettext_lazy("结果"), path="outcome_words"),
    ),
    filters=(
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), areas),
        Filter("kind", gettext_lazy("种类"), by_choice("kind"), lambda user: Promise.Kind.choices),
        Filter("of", gettext_lazy("问题类别"), by_choice("problem__kind"), kinds),
        Filter("department", gettext_lazy("责任部门"), by_choice("department"), departments_of),
    ),
    chips=(
        Chip(
            "broken",
            gettext_lazy("失约"),
            lambda user: Q(pk__in=Promise.objects.all().broken(clock.today()).values("pk")),
            tone="red",
        ),
        Chip("kept", gettext_lazy("兑现"), lambda user: Q(pk__in=Promise.objects.all().kept().values("pk"))),
        Chip(
            "open",
            gettext_lazy("未到期"),
            lambda user: Q(kept_on=None, changed_to=None, withdrawn_on=None, due_on__gte=clock.today()),
        ),
    ),
    empty=gettext_lazy("给企业的每一个日期都记在这里：谁、哪天、答应哪天办好，兑现没有。改期是新的一行，原来的留着。"),
)


@require_GET
def problem_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, problems.name)


@require_GET
def promise_list(request: SignedInRequest) -> HttpResponse:
    """The ledger, with what it says by department and by kind of problem above it."""
    return pages.listing(request, promises.name)


# One problem ------------------------------------------------------------------------------------------------------------

PRIMARY = ("problems.take", "problems.solve", "problems.confirm", "problems.grant_time", "problems.resume", "problems.triage")
"""The page's buttons in their order; all other verbs stand in the menu beside them."""


@require_GET
def problem_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """One problem, one holder, one plan, to the end. People from outside read the public half of it."""
    rows = Problem.objects.visible_to(request.user).select_related(
        *("project__area", "project__owner_org", "kind", "department", "reporter", "reporter_org"),
        *("respond", "solve", "confirm", "merged_into", "solved_by"),
    )
    problem = get_object_or_404(
        rows.prefetch_related("holdings", "time_requests__by", "time_requests__decided_by", "dismissals__by", "dismissals__decided_by"),
        pk=pk,
    )
    inside = is_inside(request.user, problem)
    offered = [each for each in actions.offered(request.user, problem) if each["action"].name != "problems.follow"]
    context = {
        "problem": problem,
        "inside": inside,
        "today": clock.today(),
        "clocks": queries.clocks(problem),
        "clock_rows": clock_rows(problem),
        "where": where_chart(problem),
        "steps": steps(problem),
        "primary": [each for name in PRIMARY for each in offered if each["action"].name == name and not each["reason"]],
        "others": sorted((each for each in offered if each["action"].name not in PRIMARY), key=lambda each: bool(each["reason"])),
        "files": files_of(problem),
        "requests": list(reversed(problem.time_requests.all())),
        "promises": problem.promises.select_related("made_by", "changed_to", "instruction").order_by("pk")
        if inside
        else problem.promises.filter(instruction=None).order_by("pk"),
        "page_title": problem.title,
    }
    if inside:
        context |= inner_half(request.user, problem)
    return render(request, "problems/problem.html", context)


def is_inside(user, problem: Problem) -> bool:
    """Whether the person reads the city's own notes on it."""
    return bool(access.inside(user, problem.project_id))


def inner_half(user, problem: Problem) -> dict[str, Any]:
    """Orders, consultations, urging, the log and what is like it: for the city's own people."""
    found = queries.alike(problem)
    seen = set(Problem.objects.visible_to(user).filter(pk__in=[row.pk for row, _score in found]).values_list("pk", flat=True))
    rows = {}
    for name in ("instructions", "supervisions", "consultations"):
        each = list(getattr(problem, name).select_related("by", "deadline", "answered_by").order_by("pk"))
        rows[name] = [{"row": row, "offered": buttons} for row, buttons in zip(each, actions.offered_each(user, each), strict=True)]
    urgings = problem.urgings.select_related("by").prefetch_related("notices").order_by("-pk")[:10]
    titles = {"instructions": _("批示"), "supervisions": _("督办"), "consultations": _("会商")}
    return {
        "inner_tables": [(name, title, rows[name]) for name, title in titles.items()],
        "urgings": [
            {"row": row, "told": len(row.notices.all()), "read": sum(1 for notice in row.notices.all() if notice.read_at)}
            for row in urgings
        ],
        "contacts": problem.contacts.select_related("by")[:30],
        "dismissals": list(reversed(problem.dismissals.all())),
        "alike": [{"problem": row, "likeness": round(score * 100)} for row, score in found if row.pk in seen],
    }


def clock_rows(problem: Problem) -> list[dict[str, Any]]:
    """The clocks in words: what is owed, by when, how many working days are left (negative: late)."""
    today, days = clock.today(), deadlines.calendar()
    named = ((_("答复"), problem.respond), (pgettext("verb", "办结"), problem.solve), (_("确认与销号"), problem.confirm))
    return [
        {"label": label, "deadline": each, "left": days.elapsed_working_days(today, each.due_on)}
        for label, each in named
        if each and each.state in {"open", "paused"}
    ]


def where_chart(problem: Problem) -> str:
    """Where the time went: a bar per holder, in calendar days."""
    tones = {1: "blue", 2: "yellow", 3: "red"}
    shares = queries.where_time_went(problem)
    bars = [
        charts.Bar(
            f"{share.name}" if share.waiting else _("%(tier)s级 %(name)s") % {"tier": share.tier, "name": share.name},
            round(share.days, 1),
            tone="grey" if share.waiting else tones[share.tier],
        )
        for share in shares
    ]
    return charts.bars(bars, title=_("时间花在哪里"), unit=_("天")) if bars else ""


WHY = {
    "reported": gettext_lazy("上报"),
    "triaged": gettext_lazy("分级"),
    "delegated": gettext_lazy("交办"),
    "risen": gettext_lazy("上升一级"),
    "fallen": gettext_lazy("下沉一级"),
    "followed": gettext_lazy("随包保交接"),
    "solved": gettext_lazy("办结，等待确认"),
    "confirmed": gettext_lazy("已确认，待销号"),
    "reopened": gettext_lazy("重开"),
}


def steps(problem: Problem) -> list[dict[str, Any]]:
    """The way it has gone, the newest first, in words that the enterprise may read too."""
    names = {tier.level: tier.name for tier in responsibility.tiers()}
    return [
        {
            "at": row.from_at,
            "until": row.to_at,
            "why": WHY.get(row.why, row.why),
            "holder": row.holder_name,
            "tier": names.get(row.tier, ""),
        }
        for row in reversed(problem.holdings.all())
    ]


def files_of(problem: Problem) -> list[Any]:
    return list(problem.files.select_related("file").order_by("pk"))


def may_read(user, stored: StoredFile) -> bool:
    """A problem's files are read by those who read the problem."""
    return Problem.objects.visible_to(user).filter(files__file=stored).exists()


files.READERS["problem"] = may_read


# Reporting -------------------------------------------------------------------------------------------------------------


@require_GET
def report(request: SignedInRequest) -> HttpResponse:
    """Which project? One's only project opens the form at once."""
    words = request.GET.get("q", "").strip()[:60]
    rows = queries.may_report_on(request.user) if "problems.report" in request.user.verbs else Project.objects.none()
    found = list((rows.filter(dossier__search_text__contains=words.lower()) if words else rows).select_related("area")[:30])
    if len(found) == 1 and not words:
        return redirect("problems:report_on", pk=found[0].pk)
    return render(request, "problems/report.html", {"projects": found, "q": words, "page_title": _("上报问题")})


@require_http_methods(["GET", "POST"])
def report_on(request: SignedInRequest, pk: int) -> HttpResponse:
    """The form that takes half a minute on a phone."""
    known = actions.find("problems.report")
    project = actions.target_for(known, request.user, pk)
    if not known.allowed(request.user, project):
        raise NotYours()
    form, status = known.make_form(request.user, project), 200
    if request.method == "POST":
        try:
            answer = actions.submit(
                known.name, request.user, pk, request.POST, request.FILES, version=None, key=request.POST.get("_key", "")
            )
            return redirect(answer["url"])
        except BadInput as bad:
            form, status = known.make_form(request.user, project, request.POST, request.FILES), bad.status
            form and form.is_valid()
    context = {
        "project": project,
        "form": form,
        "page_title": _("上报问题"),
        "blocked": known.reason_against(project),
        "out_of_hours": not responsibility.in_office_hours(),
    }
    return render(request, "problems/report_on.html", context, status=status)


# Lists that are not tables ----------------------------------------------------------------------------------------------


@require_GET
def inbox(request: SignedInRequest) -> HttpResponse:
    """What I hold, by due day; what I was asked besides."""
    today, days = clock.today(), deadlines.calendar()
    rows = list(queries.inbox(request.user)[:100])
    context = {
        "page_title": _("我的收件箱"),
        "rows": [
            {
                "problem": row,
                "late": row.due_on < today and not row.paused_since,
                "left": days.elapsed_working_days(today, row.due_on),
                "verb": "problems.solve" if row.state == State.IN_PROGRESS else "problems.take",
            }
            for row in rows
        ],
        "orders": queries.orders_for(request.user)[:50],
        "today": today,
    }
    return render(request, "problems/inbox.html", context)


@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """What I or my firm have reported: who has it, until when, and what I am asked."""
    rows = list(queries.mine(request.user)[:100])
    context = {
        "page_title": _("我上报的问题"),
        "waiting": [row for row in rows if row.state == State.SOLVED],
        "open": [row for row in rows if row.state in Problem.WORKING],
        "over": [row for row in rows if row.state not in Problem.WORKING and row.state != State.SOLVED],
        "may_report": "problems.report" in request.user.verbs,
        "today": clock.today(),
    }
    return render(request, "problems/mine.html", context)


# Results ---------------------------------------------------------------------------------------------------------------


def seen(request: SignedInRequest):
    """The problems of a page of results: what the person sees, of one area if asked."""
    rows = Problem.objects.visible_to(request.user).exclude(state=State.MERGED)
    area = request.GET.get("area", "")[:12]
    return rows.filter(project__area=area) if area else rows


@require_GET
def departments(request: SignedInRequest) -> HttpResponse:
    """Who has how much on hand, how late, and whether it grows or shrinks."""
    rows = seen(request)
    weeks = queries.burn_down(rows)
    table = queries.by_department(rows)
    for row in table:
        row["url"] = f"{reverse('problems:problems')}?department={row['department']}"
    label = [show.short_day(week["day"]) for week in weeks]
    context = {
        "page_title": _("部门办理"),
        "burn": charts.s_curve(
            [(name, float(week["reported"])) for name, week in zip(label, weeks, strict=True)],
            [(name, float(week["ended"])) for name, week in zip(label, weeks, strict=True)],
            title=_("上报与办结，近 26 周"),
            names=(_("累计上报"), _("累计办结")),
            unit=pgettext("unit problem", "个"),
        ),
        "on_hand": on_hand(table, queries.open_by_week(rows)),
        "open_now": weeks[-1]["open"],
        "rows": table,
        "promises": queries.promises_by(Promise.objects.visible_to(request.user), "department"),
        "kinds": queries.promises_by(Promise.objects.visible_to(request.user), "problem__kind__name"),
    }
    return render(request, "problems/departments.html", context)


def on_hand(table: list[dict[str, Any]], weeks: dict[int, list[int]]) -> str:
    """What each department has on hand now, the most first; the tick is what it had at the first of the weeks."""
    counted = [(row, week) for row in table if (week := weeks.get(row["department"])) and any(week)]
    most = sorted(counted, key=lambda pair: (-pair[1][-1], pair[0]["department"]))[:12]
    shown = [charts.Bar(row["department__name"], week[-1], href=row["url"], target=week[0], note=change(week)) for row, week in most]
    return charts.bars(shown, title=_("近 12 周在办"), unit=pgettext("unit problem", "个")) if shown else ""


def change(week: list[int]) -> str:
    """More or fewer than at the first of the weeks, with the sign."""
    return f"{week[-1] - week[0]:+d}" if week[-1] != week[0] else "±0"


@require_GET
def causes(request: SignedInRequest) -> HttpResponse:
    """Where the same obstacle comes back: by kind, by sector, and both crossed."""
    rows = seen(request)
    listing = reverse("problems:problems")
    by_kind = queries.by_kind(rows)
    by_sector = [row for row in queries.by_sector(rows) if row["project__sector"]]
    crossed = queries.crossed(rows)
    sectors = dict(Project.Sector.choices)
    top = max(crossed.values(), default=1)
    context = {
        "page_title": _("难题成因"),
        "kind_rows": by_kind,
        "kinds": charts.bars(
            [charts.Bar(row["kind__name"], row["n"], href=f"{listing}?kind={row['kind']}", note=days_note(row)) for row in by_kind],
            title=_("按类别"),
            unit=pgettext("unit problem", "个"),
        ),
        "sectors": charts.bars(
            [
                charts.Bar(
                    str(sectors[row["project__sector"]]), row["n"], href=f"{listing}?sector={row['project__sector']}", note=days_note(row)
                )
                for row in by_sector
            ],
            title=_("按领域"),
            unit=pgettext("unit problem", "个"),
        ),
        "departments": charts.bars(
            [
                charts.Bar(row["department__name"], row["n"], href=f"{listing}?department={row['department']}", note=days_note(row))
                for row in queries.by_department(rows)[:12]
            ],
            title=_("按责任部门"),
            unit=pgettext("unit problem", "个"),
        ),
        "head": [row["kind__name"] for row in by_kind],
        "cross": [
            {
                "sector": sectors[row["project__sector"]],
                "cells": [
                    {
                        "n": (n := crossed.get((row["project__sector"], kind["kind"]), 0)),
                        "shade": round(n * 4 / top) if n else 0,
                        "url": f"{listing}?sector={row['project__sector']}&kind={kind['kind']}",
                    }
                    for kind in by_kind
                ],
            }
            for row in by_sector
        ],
    }
    return render(request, "problems/causes.html", context)


def days_note(row: dict[str, Any]) -> str:
    return _("平均 %(days).1f 天") % {"days": row["days"]} if row["days"] is not None else ""


@panels.panel("portfolio.project")
def on_project(project: Project, user) -> panels.Panel | None:
    """The project's open problems, with the button to report one."""
    rows = Problem.objects.visible_to(user).filter(project=project)
    found = list(rows.filter(state__in=Problem.OPEN).select_related("kind").order_by("due_on")[:8])
    known = actions.REGISTRY["problems.report"]
    may = known.allowed(user, project)
    if not found and not may:
        return None
    return panels.Panel(
        title=pgettext_lazy("many", "问题"),
        template="problems/parts/on_project.html",
        context={"rows": found, "total": rows.count(), "may": may and not known.reason_against(project), "today": clock.today()},
    )
