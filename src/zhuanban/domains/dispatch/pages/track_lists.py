"""The days that were filed and those that were not: the ledger, one day, a project's history, what is missing, what filing costs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.dispatch.models.tracks import DailyTrack, WorkerHousing
from zhuanban.domains.dispatch.pages.tracks import asked_day
from zhuanban.domains.dispatch.queries import track_days
from zhuanban.domains.dispatch.queries import tracks as queries
from zhuanban.domains.dispatch.rules import tracks as rules
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import areas_for
from zhuanban.kernel import actions, charts, clock, deadlines, files, pages, panels, show
from zhuanban.kernel.errors import Unknown
from zhuanban.kernel.listings import YES_NO, Chip, Column, Filter, Listing, by_choice, by_flag
from zhuanban.kernel.models import StoredFile
from zhuanban.kernel.people import SignedInRequest

PANEL_DAYS, PAGE_DAYS, MOST_MISSING = 14, 30, 200


def areas(user):
    return [(area.pk, show.place(area)) for area in Area.objects.all()]


def recent_days(user):
    """Today and the working days before it, as a filter offers them."""
    today = clock.today()
    return [(str(day), show.short_day(day)) for day in (today, *queries.working_days_before(today, 15))]


tracks = Listing(
    name="dispatch.tracks",
    title=gettext_lazy("日报台账"),
    rows=lambda user: DailyTrack.objects.visible_to(user),
    search="project__dossier__search_text",
    order="-day",
    related=("project__area", "reporter"),
    columns=(
        Column("day", gettext_lazy("日期"), kind="date", sort="day", link=True),
        Column("project", gettext_lazy("项目"), path="project__name"),
        Column("area", gettext_lazy("属地"), path="project__area", kind="place", narrow=False),
        Column("workers_actual", gettext_lazy("在场工人"), kind="number", sort="workers_actual"),
        Column("workers_planned", gettext_lazy("计划在场工人"), kind="number", narrow=False),
        Column("machines", gettext_lazy("机械（台）"), kind="number", narrow=False),
        Column("weather", gettext_lazy("天气"), choices=DailyTrack.Weather.choices, narrow=False),
        Column("temperature", gettext_lazy("气温（℃）"), kind="number", narrow=False),
        Column("done_today", gettext_lazy("今日完成"), narrow=False),
        Column("invested", gettext_lazy("今日完成投资"), kind="money", narrow=False),
        Column("late", gettext_lazy("迟报")),
        Column("corrected", gettext_lazy("更正次数"), kind="number", narrow=False),
        Column("reporter", gettext_lazy("填报人"), path="reporter__name", narrow=False),
        Column("filed_at", gettext_lazy("填报时间"), kind="date", narrow=False),
    ),
    filters=(
        Filter("day", gettext_lazy("日期"), by_choice("day"), recent_days),
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), areas),
        Filter("weather", gettext_lazy("天气"), by_choice("weather"), lambda user: DailyTrack.Weather.choices),
        Filter("late", gettext_lazy("迟报"), by_flag(Q(late=True)), lambda user: YES_NO),
        Filter("winter", gettext_lazy("冬季施工"), by_flag(Q(project__winter_building=True)), lambda user: YES_NO),
    ),
    chips=(
        Chip("today", gettext_lazy("今天"), lambda user: Q(day=clock.today())),
        Chip("closed", gettext_lazy("上一个工作日"), lambda user: Q(day=queries.last_closed(clock.today()))),
        Chip("late", gettext_lazy("迟报"), lambda user: Q(late=True), tone="red"),
        Chip("corrected", gettext_lazy("更正过"), lambda user: Q(corrected__gt=0)),
        Chip("empty", gettext_lazy("无人在场"), lambda user: Q(workers_actual=0)),
    ),
    empty=gettext_lazy("每个在建项目每个工作日一份：人、机、量、天气、照片。迟报和更正都留着看得见。"),
)


@require_GET
def track_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, tracks.name)


# One day -----------------------------------------------------------------------------------------------------------------


@require_GET
def track_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """A day as it stands, with what was first filed struck through where it was corrected."""
    rows = DailyTrack.objects.visible_to(request.user).select_related("project__area", "reporter")
    track = get_object_or_404(rows.prefetch_related("photos__file", "corrections__by"), pk=pk)
    context = {
        "track": track,
        "project": track.project,
        **day_words([track])[0],
        "offered": actions.offered(request.user, track),
        "low": track_days.low_stocks(track),
        "page_title": _("%(day)s日报") % {"day": show.day(track.day)},
    }
    return render(request, "dispatch/track_page.html", context)


def day_words(found: list[DailyTrack]) -> list[dict[str, Any]]:
    """Each day with its quantities and its corrections in words; two queries for all of them."""
    corrections = [each for track in found for each in track.corrections.all()]
    items, done = track_days.items_named(corrections), track_days.quantities_of(found)
    return [
        {
            "track": track,
            "quantities": done.get(track.pk, []),
            "corrections": [{"row": each, "changes": track_days.change_words(each, items)} for each in track.corrections.all()],
        }
        for track in found
    ]


@require_GET
def track_history(request: SignedInRequest, pk: int) -> HttpResponse:
    """A project's days, the newest first, a page of thirty at a time."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    until = request.GET.get("until", "")
    try:
        last = date.fromisoformat(until) if until else None
    except ValueError:
        raise Unknown() from None
    seen = DailyTrack.objects.visible_to(request.user).filter(project=project)
    found = track_days.days_of(project, last, PAGE_DAYS + 1) if seen.exists() else []
    more, found = len(found) > PAGE_DAYS, found[:PAGE_DAYS]
    context = {
        "project": project,
        "days": day_words(found),
        "chart": workers_chart(found),
        "next": f"?until={found[-1].day}" if more else "",
        "until": last,
        "may_file": may_file(request.user, project),
        "page_title": _("日报历史"),
    }
    return render(request, "dispatch/track_history.html", context)


def workers_chart(found: list[DailyTrack], width: int = 720, height: int = 200) -> str:
    """Workers planned and on the site by day."""
    line = list(reversed(found))
    if len(line) < 3:
        return ""
    return charts.s_curve(
        [(show.short_day(each.day), float(each.workers_planned or 0)) for each in line],
        [(show.short_day(each.day), float(each.workers_actual)) for each in line],
        title=_("计划与在场工人"),
        names=(_("计划"), _("在场")),
        unit=_("人"),
        width=width,
        height=height,
    )


def may_file(user, project: Project) -> bool:
    known = actions.find(queries.FILE)
    return known.allowed(user, project) and not known.reason_against(project)


def may_read(user, stored: StoredFile) -> bool:
    """A day's photos are read by those who read the day."""
    return DailyTrack.objects.visible_to(user).filter(photos__file=stored).exists()


files.READERS["track"] = may_read


# What is missing -------------------------------------------------------------------------------------------------------------


@require_GET
def missing(request: SignedInRequest) -> HttpResponse:
    """Who has not filed: by area, and project by project with the secretary and how long it has been silent."""
    today, area = clock.today(), request.GET.get("area", "")[:12]
    day = asked_day(request) or (today if deadlines.calendar().is_workday(today) else queries.last_closed(today))
    seen = inside_projects(request.user)
    lacking = queries.missing(seen.filter(area=area) if area else seen, day)
    rows = list(queries.with_last_track(lacking.select_related("area")).order_by("area__position", "name")[: MOST_MISSING + 1])
    counted = queries.by_area(seen, day)
    desks = areas_for(request.user, "dispatch.remind_missing")
    context = {
        "day": day,
        "is_workday": deadlines.calendar().is_workday(day),
        "due": rules.due_at(day),
        "area": area,
        "areas": counted,
        "totals": {name: sum(row[name] for row in counted) for name in ("owed", "filed", "late", "missing")},
        "rows": missing_rows(rows[:MOST_MISSING], day),
        "more": len(rows) > MOST_MISSING,
        "before": queries.working_days_before(day, 1)[0],
        "today": today,
        "desks": [{"area": desk, "offered": actions.offered(request.user, desk, "dispatch.remind_missing")} for desk in desks[:3]],
        "reminded": [row for rows in queries.reminders([desk.pk for desk in desks], day).values() for row in rows],
        "page_title": _("缺报"),
    }
    return render(request, "dispatch/track_missing.html", context)


def inside_projects(user):
    """The projects that the person works with in an office; the published map owes no reports."""
    return Project.objects.visible_to(user) if user.inside_keys else Project.objects.none()


def missing_rows(found: list[Any], day: date) -> list[dict[str, Any]]:
    """Each with its secretary and the working days since its newest report."""
    names, days = queries.secretary_names([each.pk for each in found], day), deadlines.calendar()
    return [
        {
            "project": each,
            "secretary": names.get(each.pk, ""),
            "last": each.last_track,
            "silent": days.elapsed_working_days(each.last_track, day) if each.last_track else None,
        }
        for each in found
    ]


# What filing costs ------------------------------------------------------------------------------------------------------------


@require_GET
def burden(request: SignedInRequest) -> HttpResponse:
    """Fields and seconds asked of each secretary in a week."""
    asked = asked_day(request) or clock.today()
    monday, area = asked - timedelta(days=asked.weekday()), request.GET.get("area", "")[:12]
    rows = track_days.burden(request.user, monday, area)
    weeks = track_days.seconds_by_week(request.user, monday, area=area)
    timed, seconds = sum(row["timed"] for row in rows), sum(row["time"] or 0 for row in rows)
    reports = sum(row["reports"] for row in rows)
    bars = [charts.Bar(show.short_day(at), round(mean, 1)) for at, mean in weeks if mean is not None]
    context = {
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "rows": rows,
        "reports": reports,
        "mean": round(seconds / timed) if timed else None,
        "fields": round(sum(row["fields"] or 0 for row in rows) / reports, 1) if reports else None,
        "changed_note": _("其中改动 %(n)s 项，其余由上次带入") % {"n": round(sum(row["changed"] or 0 for row in rows) / reports, 1)}
        if reports
        else "",
        "hours": round(seconds / 3600, 1) if timed else None,
        "chart": charts.bars(bars, title=_("每份日报的平均秒数，按周"), unit=_("秒")) if bars else "",
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7) if monday + timedelta(days=7) <= clock.today() else None,
        "area": area,
        "choices": areas(request.user),
        "page_title": _("填报负担"),
    }
    return render(request, "dispatch/track_burden.html", context)


# On the project's page ------------------------------------------------------------------------------------------------------


@panels.panel("portfolio.project")
def on_project(project: Project, user) -> panels.Panel | None:
    """The last fourteen days of reports: workers, words, photos; and the beds for workers."""
    if not DailyTrack.objects.visible_to(user).filter(project=project).exists():
        found: list[DailyTrack] = []
        housings: list[WorkerHousing] = list(WorkerHousing.objects.visible_to(user).filter(project=project))
        if not housings and not may_file(user, project):
            return None
    else:
        found, housings = track_days.days_of(project, number=PANEL_DAYS), list(WorkerHousing.objects.filter(project=project))
    for each in housings:
        each.project = project
    offered = actions.offered_each(user, housings, "dispatch.close_housing")
    silent = queries.silent_days([project.pk], clock.today()).get(project.pk)
    return panels.Panel(
        title=gettext_lazy("日跟踪"),
        template="dispatch/parts/on_project.html",
        context={
            "days": found[:5],
            "workers": workers_chart(found, width=360, height=130),
            "newest": found[0] if found else None,
            "silent": silent if project.stage == Project.Stage.UNDER_CONSTRUCTION else None,
            "may_file": may_file(user, project),
            "url": reverse("dispatch:track", args=[project.pk]),
            "housings": [{"row": row, "offered": buttons} for row, buttons in zip(housings, offered, strict=True)],
            "today": clock.today(),
        },
    )
