"""A leader's three minutes: what waits for the leader's word, the projects that the leader carries, and nothing else."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhuanban.domains.cockpit.homes import parts
from zhuanban.domains.cockpit.homes.parts import MAIN, SIDE, WIDE, Home, Section
from zhuanban.domains.cockpit.queries import changes, desks, projects
from zhuanban.domains.cockpit.queries.projects import Card
from zhuanban.kernel import clock


def home(user: Any) -> Home:
    """Items to decide; own projects with light, reasons, forecast and countdown; one's own instructions that nobody has carried out."""
    decide = parts.owed(user, _("要您定的"), shown=8, empty=_("现在没有要您定的。"))
    found = projects.cards(user, projects.carried(user, "leader"))
    instructions = desks.ordered_by(user)
    sections = [decide]
    if instructions:
        ways = desks.urge(user, [row.problem for row in instructions])
        rows = [{"row": row, "button": ways.get(row.problem_id)} for row in instructions]
        sections.append(Section("instructions", SIDE, {"rows": rows, "today": clock.today()}))
    elif not found:
        sections.append(parts.changes(user, limit=6))
    sections.append(Section("carried", WIDE, {"cards": found, "title": _("我包保的项目")}))
    turned = changes.turned(user, user.last_visit_at, limit=3)
    if turned:
        sections.append(Section("turned", MAIN, {"turned": turned}))
    return Home(sections, lead=lead(decide.context["desk"].number, found))


def lead(waiting: int, found: list[Card]) -> str:
    """One line that says how the leader stands: how much waits, and how many of the own projects are red."""
    red = sum(card.light is not None and card.light.level == "red" for card in found)
    said = [ngettext("%(n)s 件要您定", "%(n)s 件要您定", waiting) % {"n": waiting}]
    if found:
        said.append(_("包保 %(n)s 个项目，红灯 %(red)s 个") % {"n": len(found), "red": red})
    return " · ".join(said)
