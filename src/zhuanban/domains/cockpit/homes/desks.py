"""Those who work at a desk: handlers and utilities with their inbox, inspectors, statisticians, promoters."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.homes import parts
from zhuanban.domains.cockpit.homes.parts import ROW, SIDE, WIDE, Home, Section
from zhuanban.domains.cockpit.queries import desks, projects
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock


def handler(user: Any) -> Home:
    """The inbox by due day, each line with the button that moves it, and how the office stands."""
    names = ("problems.open", "problems.overdue", "problems.days", "problems.promises_kept", "problems.rating")
    return Home([parts.figures(user, *names), parts.owed(user, _("收件箱"), shown=20), parts.changes(user)])


def inspector(user: Any) -> Home:
    """Orders that are open, who is late, the worst lights."""
    names = ("dispatch.red", "problems.overdue", "problems.top_tier", "problems.supervised", "problems.promises_broken")
    return Home(
        [
            parts.figures(user, *names),
            parts.owed(user),
            Section("supervisions", SIDE, lambda: {"rows": desks.supervisions(user), "today": clock.today()}, later=True),
            parts.watched(user),
            parts.late(user),
            parts.changes(user, ROW, limit=6),
        ]
    )


def statistician(user: Any) -> Home:
    """Months that nobody has reported, numbers that are contested, the year against its plan."""
    names = (
        "portfolio.unreported",
        "portfolio.contested",
        "portfolio.invested_year",
        "portfolio.plan_completion",
        "portfolio.start_resume_rate",
    )
    return Home(
        [
            parts.figures(user, *names),
            parts.owed(user),
            parts.changes(user),
            Section("unreported", WIDE, partial(desks.unreported, user), later=True),
            Section("contests", WIDE, lambda: {"rows": desks.contests(user), "today": clock.today()}, later=True),
        ]
    )


def promoter(user: Any) -> Home:
    """Leads, talks and signings of one's own, those that have stood longest first."""
    return Home([parts.owed(user), parts.changes(user), Section("leads", WIDE, partial(leads, user), later=True)])


def leads(user: Any) -> dict[str, Any]:
    rows, counts = desks.leads(user, projects.own(user))
    steps = [{"label": Project.Stage(stage).label, "n": counts.get(stage, 0), "stage": stage} for stage in desks.EARLY]
    return {"rows": rows, "steps": steps}


def plain(user: Any) -> Home:
    """Everybody else: what is owed and what changed."""
    return Home([parts.owed(user), parts.changes(user)])
