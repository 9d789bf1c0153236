"""Everybody's first page, by role: what stands on it, and in which order."""

from __future__ import annotations

from typing import Any

from zhuanban.domains.cockpit.homes import administrators, city, desks, enterprise, field, leader
from zhuanban.domains.cockpit.homes.parts import Home, Maker, Section
from zhuanban.kernel import roles

MAKERS: tuple[tuple[tuple[str, ...], Maker], ...] = (
    (("city_leader", "district_leader"), leader.home),
    (("centre_dispatcher",), city.dispatcher),
    (("project_secretary",), field.secretary),
    (("task_force_lead", "task_force_member"), field.force),
    (("agent", "resident_officer"), field.carrier),
    (("case_handler", "approver", "utility_user"), desks.handler),
    (("inspector",), desks.inspector),
    (("statistician",), desks.statistician),
    (("promoter",), desks.promoter),
    (("owner", "enterprise_admin", "enterprise_staff"), enterprise.home),
    (("sec_admin",), administrators.security),
    (("sys_admin",), administrators.system),
    (("audit_admin",), administrators.audit),
)
"""Roles, the one that comes first deciding for those who hold several, and what makes their page."""


def home_of(user: Any) -> Home:
    """The page of the person's foremost role; for a role that has no work of its own here, what is owed and what changed."""
    return _maker(user)(user)


def part_of(user: Any, name: str) -> Section | None:
    """A part of the person's own page that is asked for after it stands; None when the page has none of this name."""
    return next((each for each in home_of(user).sections if each.later and each.name == name), None)


def _maker(user: Any) -> Maker:
    held = set(user.roles)
    return next((make for names, make in MAKERS if held.intersection(names)), desks.plain)


def in_business(user: Any) -> bool:
    """Whether one of the person's roles has to do with projects at all."""
    return any(not roles.get(name).realm for name in user.roles)
