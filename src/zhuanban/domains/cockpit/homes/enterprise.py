"""An enterprise's page: what it is asked to confirm, its projects, its problems with who holds them, and what it was promised."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.homes import parts
from zhuanban.domains.cockpit.homes.parts import MAIN, SIDE, Home, Section
from zhuanban.domains.cockpit.queries import desks, projects
from zhuanban.kernel import clock


def home(user: Any) -> Home:
    """Solved and waiting for our word; our projects; our problems and promises."""
    empty = _("现在没有等您确认的。报上来的问题办好以后，会在这里请您确认。")
    return Home(
        [
            parts.owed(user, _("请您确认和办理的"), empty=empty),
            Section("reported", MAIN, lambda: {"rows": desks.reported(user), "may": "problems.report" in user.verbs}, later=True),
            Section("promises", SIDE, lambda: {"rows": desks.promises(user), "today": clock.today()}, later=True),
            parts.carried(user, partial(projects.own, user), _("我们的项目")),
            parts.changes(user, SIDE, limit=6),
        ]
    )
