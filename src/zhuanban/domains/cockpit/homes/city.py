"""The dispatcher's morning: what is red and why, what is missing, who is late, and the meeting that comes."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.homes import parts
from zhuanban.domains.cockpit.homes.parts import ROW, SIDE, Home, Section
from zhuanban.domains.cockpit.queries import desks, overview
from zhuanban.domains.cockpit.queries import owed as owed_
from zhuanban.kernel import clock, show

FIGURES = ("portfolio.listed", "dispatch.red", "dispatch.yellow", "dispatch.tracks_filed_share", "problems.overdue")


def dispatcher(user: Any) -> Home:
    """Owed, changed, the worst lights with reasons; missing reports by area, holders by how much is late, nodes that come."""
    return Home(
        [
            parts.figures(user, *FIGURES),
            parts.owed(user),
            Section("meeting", SIDE, partial(meeting, user)),
            parts.changes(user),
            parts.watched(user),
            parts.late(user),
            Section("missing", ROW, partial(missing, user), later=True),
            Section("nodes", ROW, partial(nodes, user), later=True),
        ]
    )


def meeting(user: Any) -> dict[str, Any]:
    """The next meeting, and how long until it begins."""
    found = owed_.next_meeting(user)
    return {"meeting": found, "left": left_until(found) if found else ""}


def missing(user: Any) -> dict[str, Any]:
    rows = [row for row in overview.missing_reports(user) if row["missing"]]
    return {"rows": rows[:8], "number": sum(row["missing"] for row in rows)}


def nodes(user: Any) -> dict[str, Any]:
    return {"rows": desks.coming(user, desks.nodes_ahead(user), limit=6), "days": desks.COMING}


def left_until(meeting: Any) -> str:
    """How long until a meeting begins, in words."""
    begins = timezone.make_aware(datetime.combine(meeting.held_on, meeting.starts_at))
    minutes = int((begins - clock.now()).total_seconds() // 60)
    if minutes < 0:
        return _("已到时间")
    if minutes < 24 * 60:
        return _("还有 %(hours)s 小时 %(minutes)s 分") % {"hours": minutes // 60, "minutes": minutes % 60}
    return _("%(day)s %(weekday)s") % {"day": show.short_day(meeting.held_on), "weekday": show.weekday(meeting.held_on)}
