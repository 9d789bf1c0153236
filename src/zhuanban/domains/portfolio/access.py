"""Who sees a project: its area and the areas above, the host of its zone, its owner, and the public when it is published."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import access
from zhuanban.kernel.access import ACT, SEE
from zhuanban.kernel.models import Access

CONFIDENTIAL = {Project.Stage.LEAD, Project.Stage.NEGOTIATING}
"""Stages in which a project is a promoter's secret: only the city, its area and its owner see it."""


SOURCES: list[Callable[[Project], dict[str, int]]] = []
"""Functions of other domains `(project) -> principal key -> level`: whom their rows let in (a department that handles a problem)."""


def levels_of(project: Project) -> dict[str, int]:
    """Principal key -> level, from the project's own columns and from the rows of other domains."""
    levels = own_levels(project)
    for source in SOURCES:
        for key, level in source(project).items():
            levels[key] = max(level, levels.get(key, SEE))
    return levels


def own_levels(project: Project) -> dict[str, int]:
    """Principal key -> level, from the project's own columns alone: all that a new project has."""
    city = settings.CITY["area"]
    levels: dict[str, int] = {f"area:{city}": ACT}
    if project.host_area_id and project.secrecy != Project.Secrecy.TRADE_SECRET and project.stage not in CONFIDENTIAL:
        levels[f"area:{project.host_area_id}"] = SEE
    if project.area_id:
        levels[f"area:{project.area_id}"] = ACT
    if project.owner_org_id:
        levels[f"org:{project.owner_org_id}"] = ACT
    if project.contractor_id:
        levels[f"org:{project.contractor_id}"] = max(SEE, levels.get(f"org:{project.contractor_id}", SEE))
    if project.secrecy == Project.Secrecy.PUBLIC:
        levels[f"area:{city}:public"] = SEE
    return levels


def regrant(project: Project) -> None:
    """Write the project's access rows anew, keeping those that persons hold in their own name."""
    kept = {
        row.principal.key: row.level
        for row in Access.objects.filter(dossier_id=project.pk, principal__key__startswith="user:").select_related("principal")
    }
    access.grant(project.dossier, kept | levels_of(project))


def zone_host(area: Area | None) -> Area | None:
    """The district that a development zone lies in."""
    return area.host if area and area.kind == Area.Kind.ZONE else None
