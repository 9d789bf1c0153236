"""A leader's three minutes: what waits for the leader's word, the projects that the leader carries, and nothing else."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.homes import parts
from zhuanban.domains.cockpit.homes.parts import MAIN, SIDE, Home, Section
from zhuanban.domains.cockpit.queries import changes, desks, projects
from zhuanban.kernel import clock


def home(user: Any) -> Home:
    """Items to decide; own projects with light, reasons, forecast and countdown; one's own instructions that nobody has carried out."""
    return Home(
        [
            parts.owed(user, _("要您定的"), shown=8, empty=_("现在没有要您定的。")),
            Section("turned", MAIN, lambda: {"turned": changes.turned(user, user.last_visit_at, limit=3)}, later=True),
            Section("instructions", SIDE, partial(instructions, user), later=True),
            parts.carried(user, partial(projects.carried, user, "leader"), _("我包保的项目")),
        ]
    )


def instructions(user: Any) -> dict[str, Any]:
    """What the leader has ordered and nobody has carried out, each with the button that urges."""
    found = desks.ordered_by(user)
    ways = desks.urge(user, [row.problem for row in found])
    return {"rows": [{"row": row, "button": ways.get(row.problem_id)} for row in found], "today": clock.today()}
