"""The catalogue of items: its list, one item with its versions, and the catalogue's own versions."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.approvals import permit_jobs
from zhuanban.domains.approvals.models import CatalogueVersion, Department, Desk, Item, ItemVersion
from zhuanban.domains.approvals.queries import catalogue as queries
from zhuanban.domains.approvals.rules.project_facts import condition_words
from zhuanban.domains.people.models import Area
from zhuanban.kernel import actions, clock, pages
from zhuanban.kernel.listings import Column, Filter, Listing, by_choice
from zhuanban.kernel.models import Job
from zhuanban.kernel.people import SignedInRequest

MOST_VERSIONS = 200
LISTS = (("tolerant", gettext_lazy("容缺受理")), ("commitment", gettext_lazy("告知承诺")))


def on_list(rows: QuerySet[Item], text: str) -> QuerySet[Item]:
    """The items that are on one of the lists today."""
    return rows.filter(pk__in=queries.versions_in_force(clock.today()).filter(**{text: True}).values("item"))


def changed_by(rows: QuerySet[Item], text: str) -> QuerySet[Item]:
    """The items that a version of the catalogue changed."""
    return rows.filter(pk__in=ItemVersion.objects.filter(catalogue__number__in=text.split(",")).values("item"))


def versions(user) -> list[tuple[str, str]]:
    """The catalogue's versions by number, the newest first."""
    return [(str(row.number), str(row)) for row in CatalogueVersion.objects.order_by("-number")[:MOST_VERSIONS]]


def with_versions(rows: list[Item]) -> None:
    """Each row with its version in force."""
    found = queries.current(rows)
    for row in rows:
        row.now = found.get(row.pk)  # type: ignore[attr-defined]


items = Listing(
    name="approvals.items",
    title=gettext_lazy("审批事项目录"),
    rows=lambda user: Item.objects.visible_to(user),
    search="name",
    order="position",
    prepare=with_versions,
    columns=(
        Column("position", gettext_lazy("序号"), kind="number", sort="position", narrow=False),
        Column("name", gettext_lazy("事项"), path="in_words", link=True),
        Column("code", gettext_lazy("代码"), sort="code", narrow=False),
        Column("stage", gettext_lazy("阶段"), choices=Item.Stage.choices, sort="stage"),
        Column("department", gettext_lazy("牵头部门"), choices=Department.choices),
        Column("kind", gettext_lazy("性质"), choices=Item.Kind.choices, narrow=False),
        Column("promised", gettext_lazy("承诺时限"), kind="number", path="now__promised_days"),
        Column("statutory", gettext_lazy("法定时限"), kind="number", path="now__statutory_days", narrow=False),
        Column("unit", gettext_lazy("计时单位"), path="now__unit", choices=ItemVersion.Unit.choices, narrow=False),
    ),
    filters=(
        Filter("stage", gettext_lazy("阶段"), by_choice("stage"), lambda user: Item.Stage.choices),
        Filter("department", gettext_lazy("牵头部门"), by_choice("department"), lambda user: Department.choices),
        Filter("list", gettext_lazy("清单"), on_list, lambda user: LISTS),
        Filter("version", gettext_lazy("目录版本"), changed_by, versions),
    ),
    empty=gettext_lazy("项目开工和验收要办的事项：谁办、多少天、等什么、要什么材料。"),
)
catalogue_versions = Listing(
    name="approvals.versions",
    title=gettext_lazy("目录版本"),
    rows=lambda user: CatalogueVersion.objects.visible_to(user),
    search="change",
    order="-number",
    columns=(
        Column("title", gettext_lazy("目录版本"), link=True),
        Column("number", gettext_lazy("序号"), kind="number", sort="number", narrow=False),
        Column("effective_from", gettext_lazy("生效日期"), kind="date", sort="effective_from"),
        Column("change", gettext_lazy("变更")),
        Column("basis", gettext_lazy("依据"), narrow=False),
    ),
    empty=gettext_lazy("每次变更是一个版本，写明依据和生效日期；以前的版本一直留着。"),
)


@require_GET
def item_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, items.name)


@require_GET
def version_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, catalogue_versions.name)


def planning_job() -> Job | None:
    """The latest computation of all plans, while it waits, runs, or has failed."""
    job = Job.objects.filter(dedupe_key=permit_jobs.ALL).order_by("-pk").first()
    return job if job and job.status in {"READY", "RUNNING", "FAILED"} else None


@require_GET
def item(request: SignedInRequest, pk: int) -> HttpResponse:
    """One item: what it asks for today, who waits for it, and every version that it had."""
    shown = get_object_or_404(Item.objects.visible_to(request.user), pk=pk)
    job = planning_job()
    if request.headers.get("HX-Request"):
        return render(request, "approvals/parts/replanning.html", {"item": shown, "job": job})
    now = queries.current([shown]).get(shown.pk)
    versions = list(shown.versions.select_related("catalogue__created_by").order_by("-effective_from", "-pk"))
    waiting = queries.versions_in_force(clock.today()).filter(prerequisites__needs=shown).select_related("item").order_by("item__position")
    context: dict[str, Any] = {
        "page_title": shown.in_words,
        "item": shown,
        "now": now,
        "terms": now.terms if now else None,
        "condition": condition_words(now.condition) if now else [],
        "needs": [{"item": each.needs, "condition": condition_words(each.condition)} for each in now.prerequisites.all()] if now else [],
        "papers": list(now.papers.all()) if now else [],
        "waiting": [row.item for row in waiting],
        "versions": versions,
        "verbs": actions.offered(request.user, shown),
        "desks": desks_of(request, shown),
        "job": job,
    }
    return render(request, "approvals/item.html", context)


def desks_of(request: SignedInRequest, shown: Item) -> list[Desk]:
    """Where an item is handled, by area; public bodies are no secret inside the offices."""
    if not request.user.inside_keys or not shown.is_handled:
        return []
    return list(Desk.objects.filter(department=shown.department).select_related("area", "organisation").order_by("area__position"))


@require_GET
def desks(request: SignedInRequest) -> HttpResponse:
    """Departments by areas, with the organisation that handles their items."""
    keys = {grant.area_id for grant in request.user.grants if grant.area_id and "approvals.set_desk" in grant.verbs}
    found = {(row.department, row.area_id): row for row in Desk.objects.select_related("organisation")}
    areas = list(Area.objects.order_by("position"))
    named = {area for _department, area in found}
    context = {
        "page_title": _("受理单位"),
        "areas": [area for area in areas if area.pk in named or area.pk in keys],
        "may": [area for area in areas if area.pk in keys],
        "rows": [
            {"label": label, "cells": [found.get((value, area.pk)) for area in areas if area.pk in named or area.pk in keys]}
            for value, label in Department.choices
        ],
    }
    return render(request, "approvals/desks.html", context)
