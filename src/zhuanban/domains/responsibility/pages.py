"""The listings of responsibilities and task forces, the pages of loads, gaps, duties, the roster, and the panel “谁在办”."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.responsibility import figures, queries
from zhuanban.domains.responsibility.models import DutyType, ForceMember, Responsibility, TaskForce
from zhuanban.kernel import actions, charts, clock, dates, pages, panels, show
from zhuanban.kernel.errors import Failure, Unknown
from zhuanban.kernel.figures import Scope
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest

Post, State = Responsibility.Post, Responsibility.State


def areas(user) -> list[tuple[str, str]]:
    return [(area.key, show.place(area)) for area in Area.objects.exclude(parent=None)]


def years(user) -> list[tuple[str, str]]:
    found = TaskForce.objects.visible_to(user).order_by("-year").values_list("year", flat=True).distinct()
    return [(str(year), str(year)) for year in found] or [(str(clock.today().year), str(clock.today().year))]


responsibilities = Listing(
    name="responsibility.responsibilities",
    title=gettext_lazy("包保"),
    rows=lambda user: Responsibility.objects.visible_to(user),
    search="project__dossier__search_text",
    order="-from_day",
    related=("project__area", "person", "force", "organisation"),
    columns=(
        Column("project", gettext_lazy("项目"), path="project__name", link=True),
        Column("area", gettext_lazy("属地"), path="project__area__name"),
        Column("post", gettext_lazy("岗位"), path="post_words"),
        Column("holder", gettext_lazy("由谁承担"), path="holder_name"),
        Column("from_day", gettext_lazy("自"), kind="date", sort="from_day"),
        Column("to_day", gettext_lazy("至"), kind="date", narrow=False),
        Column("state", gettext_lazy("状态"), choices=State.choices, narrow=False),
    ),
    filters=(
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), areas),
        Filter("post", gettext_lazy("岗位"), by_choice("post"), lambda user: Post.choices),
        Filter("level", gettext_lazy("领导级别"), by_choice("level"), lambda user: Responsibility.Level.choices),
        Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: State.choices),
    ),
    chips=(
        Chip("mine", gettext_lazy("我的"), lambda user: Q(state=State.ACTIVE) & (Q(person=user.pk) | Q(force__lead=user.pk))),
        Chip("active", gettext_lazy("在任"), lambda user: Q(state=State.ACTIVE)),
        Chip("city_led", gettext_lazy("市领导包保"), lambda user: Q(state=State.ACTIVE, post=Post.LEADER, level="city")),
        Chip("handed_over", gettext_lazy("已交接"), lambda user: Q(state=State.HANDED_OVER)),
    ),
    bulk=("responsibility.hand_over", "responsibility.end"),
    empty=gettext_lazy("谁承担哪个项目，从哪天到哪天：项目中心、项目秘书、专班和包保领导。"),
)


def add_sizes(rows: list[TaskForce]) -> None:
    """How many units each force of the page has: one query."""
    found = ForceMember.objects.filter(force__in=[row.pk for row in rows], to_day=None).values_list("force", flat=True)
    sizes: dict[int, int] = {}
    for pk in found:
        sizes[pk] = sizes.get(pk, 0) + 1
    for row in rows:
        row.units = sizes.get(row.pk, 0)


forces = Listing(
    name="responsibility.forces",
    title=pgettext_lazy("many", "专班"),
    rows=lambda user: TaskForce.objects.visible_to(user),
    search="name",
    order="name",
    related=("area", "lead"),
    prepare=add_sizes,
    columns=(
        Column("name", pgettext_lazy("body", "专班"), link=True, sort="name"),
        Column("level", gettext_lazy("级别"), choices=TaskForce.Level.choices),
        Column("area", gettext_lazy("属地"), path="area__name"),
        Column("lead", gettext_lazy("专班长"), path="lead__name"),
        Column("units", gettext_lazy("成员单位"), kind="number"),
        Column("year", gettext_lazy("年度"), sort="year", narrow=False),
    ),
    filters=(
        Filter("level", gettext_lazy("级别"), by_choice("level"), lambda user: TaskForce.Level.choices),
        Filter("area", gettext_lazy("属地"), by_choice("area"), areas),
    ),
    chips=(
        Chip("standing", gettext_lazy("常设"), lambda user: Q(standing=True)),
        Chip("mine", gettext_lazy("我带的"), lambda user: Q(lead=user.pk)),
        Chip("headless", gettext_lazy("没有专班长"), lambda user: Q(lead=None), tone="red"),
    ),
    offers=lambda user: [("responsibility.set_up_force", area) for area in _areas_for(user, "responsibility.set_up_force")[:1]],
    empty=gettext_lazy("专班把几个部门合到一处办一件事：市级常设的“5+1”，和每个在建项目自己的属地专班。"),
)


def _areas_for(user, verb: str) -> list[Area]:
    """The areas in which the person may do a verb, the widest first."""
    return list(
        Area.objects.filter(pk__in=[grant.area_id for grant in user.grants if grant.area_id and verb in grant.verbs]).order_by("position")
    )


@require_GET
def responsibility_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, responsibilities.name)


@require_GET
def force_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, forces.name)


@require_GET
def force(request: SignedInRequest, pk: int) -> HttpResponse:
    """A task force: its lead, its units, the projects it carries."""
    shown = get_object_or_404(TaskForce.objects.visible_to(request.user).select_related("area", "lead__organisation"), pk=pk)
    carried = Responsibility.objects.visible_to(request.user).active().filter(force=shown)
    may_change = actions.offered(request.user, shown)
    leaving = actions.REGISTRY["responsibility.remove_member"]
    context = {
        "page_title": shown.name,
        "force": shown,
        "verbs": may_change,
        "may_remove": any(each["action"].verb == "add_member" for each in may_change) and leaving.name in request.user.verbs,
        "members": shown.members.filter(to_day=None).select_related("organisation", "person").order_by("pk")[:200],
        "left": shown.members.exclude(to_day=None).select_related("organisation", "person").order_by("-to_day")[:50],
        "carried": carried.select_related("project__area").order_by("-from_day", "-pk")[:50],
        "count": carried.count(),
    }
    return render(request, "responsibility/force.html", context)


# Loads, gaps, duties, roster ------------------------------------------------------------------------------------------


def _in_office(request: SignedInRequest) -> None:
    """These pages are for those who work for the city."""
    if not request.user.inside_keys:
        raise Unknown()


def _area(request: SignedInRequest) -> str:
    key = request.GET.get("area", "")[:12]
    if key and not Area.objects.filter(pk=key).exists():
        raise Failure(_("没有这个属地。"))
    return key


@require_GET
def load(request: SignedInRequest) -> HttpResponse:
    """Who carries how much, the heaviest load first."""
    _in_office(request)
    area = _area(request)
    rows = queries.loads(request.user, area)
    context = {
        "page_title": _("包保负担"),
        "rows": rows,
        "most": queries.MOST_SHOWN,
        "areas": areas(request.user),
        "area": area,
        "chart": charts.bars(
            [charts.Bar(row.name, float(row.all)) for row in rows[:15]],
            title=_("包保最多的人"),
            unit=_("个"),
        )
        if rows
        else "",
    }
    return render(request, "responsibility/load.html", context)


GAP_PAGE = 50


@require_GET
def gaps(request: SignedInRequest) -> HttpResponse:
    """Projects that a post is missing for, and the button that fills it."""
    _in_office(request)
    scope = Scope.today(user=request.user, area=_area(request))
    year = figures.list_year(scope)
    rows = queries.uncovered(figures.projects(scope), year, scope.on)
    after = request.GET.get("after", "")
    page = rows.filter(pk__gt=int(after)) if after.isascii() and after.isdigit() and len(after) < 18 else rows
    found = list(page.select_related("area").order_by("pk")[: GAP_PAGE + 1])
    shown = found[:GAP_PAGE]
    missing = queries.missing_posts(shown, scope.on, year)
    context = {
        "page_title": _("包保缺口"),
        "rows": [{"project": row, "missing": missing[row.pk]} for row in shown],
        "count": rows.count(),
        "next": shown[-1].pk if len(found) > GAP_PAGE else 0,
        "areas": areas(request.user),
        "area": scope.area,
        "may": "responsibility.assign" in request.user.verbs,
    }
    return render(request, "responsibility/gaps.html", context)


@require_GET
def duties(request: SignedInRequest) -> HttpResponse:
    """The nine duties of each leader in a month."""
    _in_office(request)
    first = _month(request.GET.get("month", ""))
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    area = _area(request)
    kinds = list(DutyType.objects.all())
    rows = queries.duty_counts(request.user, first, last, area)
    context = {
        "page_title": _("五包保四亲自"),
        "month": first,
        "month_text": f"{first:%Y-%m}",
        "earlier": f"{(first - timedelta(days=1)):%Y-%m}",
        "later": f"{(last + timedelta(days=1)):%Y-%m}" if last < clock.today() else "",
        "kinds": kinds,
        "rows": [{**row, "cells": [row["counts"].get(kind.pk, 0) for kind in kinds]} for row in rows],
        "totals": [sum(row["counts"].get(kind.pk, 0) for row in rows) for kind in kinds],
        "areas": areas(request.user),
        "area": area,
    }
    return render(request, "responsibility/duties.html", context)


def _month(text: str) -> date:
    """The first day of the month asked for; of this one when none is."""
    if not text:
        return clock.today().replace(day=1)
    try:
        return datetime.strptime(text[:7], "%Y-%m").date()
    except ValueError:
        raise Failure(_("月份写成 2023-01 这样。")) from None


DAYS_SHOWN = 14


@require_GET
def roster(request: SignedInRequest) -> HttpResponse:
    """Who is on call in an area today and in the two weeks from it."""
    _in_office(request)
    own = [grant.area_id for grant in request.user.grants if grant.area_id]
    area = get_object_or_404(Area, pk=_area(request) or (own[0] if own else queries.city_key()))
    today = clock.today()
    first = timezone.make_aware(datetime.combine(today, time.min))
    shifts = queries.roster(request.user, area.key, first, first + timedelta(days=DAYS_SHOWN))
    now = clock.now()
    context = {
        "page_title": _("值班"),
        "place": area,
        "shifts": [{"shift": each, "now": each.from_at <= now < each.to_at} for each in shifts],
        "called": queries.on_call(area.key, now),
        "office": queries.in_office_hours(now),
        "verbs": [each for each in actions.offered(request.user, area) if each["action"].name == "responsibility.set_shift"],
        "areas": [(each.key, show.place(each)) for each in Area.objects.all()],
        "area": area.key,
    }
    return render(request, "responsibility/roster.html", context)


# A project's responsibilities -------------------------------------------------------------------------------------------


@require_GET
def of_project(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who was responsible on a day, and everybody who ever was."""
    project = get_object_or_404(Project.objects.visible_to(request.user).select_related("area"), pk=pk)
    rows = Responsibility.objects.visible_to(request.user).filter(project=project)
    day = _day(request.GET.get("on", ""))
    then = {row.pk for row in queries.who_was(project, day)}
    shown = list(rows.select_related("person", "force", "organisation", "successor").order_by("post", "level", "-from_day", "-pk")[:300])
    context = {
        "page_title": _("谁在办"),
        "project": project,
        "day": day,
        "day_text": day.isoformat(),
        "rows": [{"row": row, "then": row.pk in then, "verbs": _verbs_of(request.user, row)} for row in shown],
        "count": len(then & {row.pk for row in shown}),
        "ladder": queries.ladder(project, day) if shown else [],
        "verbs": [each for each in actions.offered(request.user, project) if each["action"].module == "responsibility"],
    }
    return render(request, "responsibility/project.html", context)


def _day(text: str) -> date:
    if not text:
        return clock.today()
    try:
        found = dates.parse_ledger_date(text[:20])
    except ValueError:
        found = None
    if found is None or found.precision != "day":
        raise Failure(_("日期写成 2022-09-01 这样。"))
    return found.first


def _verbs_of(user, row: Responsibility) -> list[dict[str, Any]]:
    """The buttons of a row that is in force; whether they reach the project is asked again when one is pressed."""
    if row.state != State.ACTIVE:
        return []
    names = ("responsibility.hand_over", "responsibility.end")
    return [
        {"label": actions.REGISTRY[name].label, "url": reverse("kernel:act", args=[name, row.pk])} for name in names if name in user.verbs
    ]


@panels.panel("portfolio.project")
def who_holds(project: Project, user) -> panels.Panel | None:
    """“谁在办”: the three tiers with their holders and clocks."""
    if user.in_realm(":public"):
        return None
    rungs = [{"tier": tier, "holder": holder, "mine": user.pk in holder.user_ids} for tier, holder in queries.ladder(project)]
    if not rungs:
        return None
    posts = {row.post: row for row in queries.who_was(project, clock.today())}
    return panels.Panel(
        title=gettext_lazy("谁在办"),
        template="responsibility/parts/who_holds.html",
        context={"rungs": rungs, "centre": posts.get(Post.CENTRE), "force": posts.get(Post.TASK_FORCE), "inside": bool(user.inside_keys)},
    )
