"""The dispatcher's morning: what is red and why, what is missing, who is late, and the meeting that comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.homes import parts
from zhuanban.domains.cockpit.homes.parts import ROW, SIDE, WIDE, Home, Section
from zhuanban.domains.cockpit.queries import desks, overview
from zhuanban.domains.cockpit.queries import owed as owed_
from zhuanban.kernel import clock, show

FIGURES = ("portfolio.listed", "dispatch.red", "dispatch.yellow", "dispatch.tracks_filed_share", "problems.overdue")


def dispatcher(user: Any) -> Home:
    """Owed, changed, the worst lights with reasons; missing reports by area, holders by how much is late, nodes that come."""
    meeting = owed_.next_meeting(user)
    sections = [
        parts.owed(user),
        parts.changes(user),
        Section("watched", WIDE, later=True),
        *(Section(name, ROW, later=True) for name in ("late", "missing", "nodes")),
    ]
    if meeting:
        sections.insert(1, Section("meeting", SIDE, {"meeting": meeting, "left": left_until(meeting)}))
    return Home(sections, parts.figures(user, *FIGURES))


def late(user: Any) -> Section:
    return Section("late", ROW, {"rows": desks.late_by_holder(user)})


def missing(user: Any) -> Section:
    rows = [row for row in overview.missing_reports(user) if row["missing"]]
    return Section("missing", ROW, {"rows": rows[:8], "number": sum(row["missing"] for row in rows)})


def nodes(user: Any) -> Section:
    return Section("nodes", ROW, {"rows": desks.coming(user, desks.nodes_ahead(user), limit=6), "days": desks.COMING})


LATER: dict[str, Callable[[Any], Section]] = {"watched": parts.watched, "late": late, "missing": missing, "nodes": nodes}
"""The parts that the page asks for after it stands."""


def left_until(meeting: Any) -> str:
    """How long until a meeting begins, in words."""
    begins = timezone.make_aware(datetime.combine(meeting.held_on, meeting.starts_at))
    minutes = int((begins - clock.now()).total_seconds() // 60)
    if minutes < 0:
        return _("已到时间")
    if minutes < 24 * 60:
        return _("还有 %(hours)s 小时 %(minutes)s 分") % {"hours": minutes // 60, "minutes": minutes % 60}
    return _("%(day)s %(weekday)s") % {"day": show.short_day(meeting.held_on), "weekday": show.weekday(meeting.held_on)}
