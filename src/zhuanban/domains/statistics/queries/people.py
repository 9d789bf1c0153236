"""Whom the way into statistics concerns: an area's statisticians and centre, and who carries a project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from zhuanban.domains.people.models import RoleGrant
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel import clock


def in_post(role: str, area: str | None) -> set[int]:
    """The accounts that hold a role over an area; over the city where it names none."""
    rows = RoleGrant.objects.in_force_on(clock.today()).filter(role=role, area=area or city_key(), user__is_active=True)
    return set(rows.values_list("user", flat=True))


def statisticians(area: str | None) -> set[int]:
    """The area's statisticians; where it has none, the city's."""
    return in_post("statistician", area) or in_post("statistician", city_key())


def carriers(projects: Iterable[int]) -> dict[int, set[int]]:
    """Project -> who is asked for its papers and figures: its secretary and its owner's people. Two queries."""
    keys = list(projects)
    found: dict[int, set[int]] = defaultdict(set)
    posts = Responsibility.objects.active().filter(project__in=keys, post="secretary", person__is_active=True)
    for project, person in posts.values_list("project", "person"):
        if person is not None:
            found[project].add(person)
    owners = Project.objects.filter(pk__in=keys, owner_org__accounts__is_active=True)
    for project, person in owners.values_list("pk", "owner_org__accounts"):
        found[project].add(person)
    return found
