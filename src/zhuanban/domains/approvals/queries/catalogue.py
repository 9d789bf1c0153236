"""The catalogue as it is in force: as a book of plain values, and as rows for its pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from zhuanban.domains.approvals.models import CatalogueVersion, Desk, Item, ItemVersion, Prerequisite
from zhuanban.domains.approvals.rules.permits import Book, Condition, Entry
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock


def versions_in_force(day: date) -> QuerySet[ItemVersion]:
    """The newest version of each item that is effective on a day."""
    newest = ItemVersion.objects.filter(item=OuterRef("item"), effective_from__lte=day).order_by("-effective_from", "-pk").values("pk")[:1]
    return ItemVersion.objects.filter(pk=Subquery(newest))


def version_in_force(day: date) -> CatalogueVersion | None:
    """The last change of the catalogue that is effective on a day."""
    return CatalogueVersion.objects.filter(effective_from__lte=day).order_by("-effective_from", "-number").first()


def book(day: date | None = None) -> Book:
    """The catalogue in force on a day (today). Three queries."""
    on = day or clock.today()
    rows = list(versions_in_force(on).select_related("item").order_by("item__position", "item__pk"))
    needs: dict[int, dict[str, Condition]] = defaultdict(dict)
    asked = Prerequisite.objects.filter(version__in=[row.pk for row in rows]).order_by("needs__position")
    for version, code, condition in asked.values_list("version", "needs__code", "condition"):
        needs[version][code] = condition
    number = version_in_force(on)
    return Book(on, number.pk if number else None, tuple(_entry(row, needs[row.pk]) for row in rows))


def _entry(row: ItemVersion, needs: dict[str, Condition]) -> Entry:
    item, terms = row.item, row.terms
    return Entry(
        item=item.pk,
        version=row.pk,
        code=item.code,
        name=item.in_words,
        short_name=item.in_short,
        stage=item.stage,
        kind=item.kind,
        position=item.position,
        days=terms.days,
        unit=terms.unit,
        condition=row.condition,
        needs=needs,
        tolerant=terms.tolerant,
        commitment=terms.commitment,
    )


def current(items: Iterable[Item], day: date | None = None) -> dict[int, ItemVersion]:
    """Item -> its version in force with what it waits for; two queries."""
    rows = versions_in_force(day or clock.today()).filter(item__in=list(items))
    return {
        row.item_id: row for row in rows.prefetch_related(Prefetch("prerequisites", Prerequisite.objects.select_related("needs")), "papers")
    }


def desk_for(item: Item, project: Project) -> Organisation | None:
    """Who handles an item for a project: its area's desk of the department, else that of an area above; None where nobody is named."""
    area = project.area
    keys: list[Any] = [area.pk, area.parent_id] if area else []
    found = {
        row.area_id: row.organisation
        for row in Desk.objects.filter(department=item.department, area__in=keys).select_related("organisation")
    }
    return next((found[key] for key in keys if key in found), None)
