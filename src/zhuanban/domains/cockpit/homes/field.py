"""Those in the field: the secretary with a phone, the task force, the agent and the resident officer."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.homes import parts
from zhuanban.domains.cockpit.homes.parts import MAIN, SIDE, TOP, WIDE, Home, Section
from zhuanban.domains.cockpit.queries import desks, projects
from zhuanban.domains.cockpit.queries import owed as owed_
from zhuanban.domains.dispatch.queries import tracks
from zhuanban.domains.plans.models import Node
from zhuanban.kernel import deadlines


def secretary(user: Any) -> Home:
    """Today's card of each site first, one tap from the report and from a problem; then what is owed, the nodes, the changes."""
    rows = tracks.own_projects(user)
    found = projects.cards(user, rows)
    keys = [card.project.pk for card in found]
    workday = deadlines.calendar().is_workday(projects.clock.today())
    filed = sum(card.filed is not None for card in found)
    sections = [
        Section("today", TOP, {"cards": found, "workday": workday}),
        parts.owed(user, todays=False),
        Section("nodes", SIDE, {"rows": desks.coming(user, Node.objects.filter(project__in=keys)), "days": desks.COMING}),
        parts.changes(user, MAIN, limit=6),
    ]
    said = _("今日日报 %(filed)s/%(all)s") % {"filed": filed, "all": len(found)} if workday and found else ""
    return Home(sections, lead=said)


def force(user: Any) -> Home:
    """The projects of the force with their lights, what the force holds, the next meeting."""
    rows = projects.carried(user, "task_force", "leader", "secretary", "centre")
    meeting = owed_.next_meeting(user)
    sections = [
        parts.owed(user),
        *([Section("meeting", SIDE, {"meeting": meeting, "left": ""})] if meeting else []),
        parts.changes(user),
        parts.carried(user, rows, _("专班的项目"), place=WIDE),
    ]
    return Home(sections, parts.figures(user, "dispatch.red", "dispatch.yellow", "problems.open", "problems.overdue"))


def carrier(user: Any) -> Home:
    """Whoever carries projects or firms in person."""
    rows = projects.own(user)
    sections = [parts.owed(user), parts.changes(user), parts.carried(user, rows, _("我负责的项目"))]
    return Home(sections, parts.figures(user, "portfolio.under_way", "problems.open", "problems.overdue"))
