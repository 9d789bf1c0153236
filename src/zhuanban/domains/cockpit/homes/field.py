"""Those in the field: the secretary with a phone, the task force, the agent and the resident officer."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.homes import parts
from zhuanban.domains.cockpit.homes.parts import MAIN, SIDE, TOP, Home, Section
from zhuanban.domains.cockpit.queries import desks, projects
from zhuanban.domains.cockpit.queries import owed as owed_
from zhuanban.domains.cockpit.queries.projects import Card
from zhuanban.domains.dispatch.queries import tracks
from zhuanban.domains.plans.models import Node
from zhuanban.kernel import clock, deadlines


def secretary(user: Any) -> Home:
    """Today's card of each site first, one tap from the report and from a problem; then what is owed, the nodes, the changes."""
    sites = cache(partial(today, user))
    return Home(
        [
            Section("today", TOP, sites),
            parts.owed(user, todays=False),
            Section("nodes", SIDE, partial(nodes, user), later=True),
            parts.changes(user, MAIN, limit=6),
        ],
        lead=lambda: lead(**sites()),
    )


def today(user: Any) -> dict[str, Any]:
    """The cards of the secretary's own sites, and whether the day is one on which they report."""
    return {"cards": projects.cards(user, tracks.own_projects(user)), "workday": deadlines.calendar().is_workday(clock.today())}


def lead(cards: list[Card], workday: bool) -> str:
    """How many of the sites have reported today."""
    filed = sum(card.filed is not None for card in cards)
    return _("今日日报 %(filed)s/%(all)s") % {"filed": filed, "all": len(cards)} if workday and cards else ""


def nodes(user: Any) -> dict[str, Any]:
    """The nodes that come on the secretary's own sites."""
    return {"rows": desks.coming(user, Node.objects.filter(project__in=tracks.own_projects(user))), "days": desks.COMING}


def force(user: Any) -> Home:
    """The projects of the force with their lights, what the force holds, the next meeting."""
    rows = partial(projects.carried, user, "task_force", "leader", "secretary", "centre")
    return Home(
        [
            parts.figures(user, "dispatch.red", "dispatch.yellow", "problems.open", "problems.overdue"),
            parts.owed(user),
            Section("meeting", SIDE, lambda: {"meeting": owed_.next_meeting(user), "left": ""}),
            parts.changes(user),
            parts.carried(user, rows, _("专班的项目")),
        ]
    )


def carrier(user: Any) -> Home:
    """Whoever carries projects or firms in person."""
    figures = parts.figures(user, "portfolio.under_way", "problems.open", "problems.overdue")
    return Home([figures, parts.owed(user), parts.changes(user), parts.carried(user, partial(projects.own, user), _("我负责的项目"))])
