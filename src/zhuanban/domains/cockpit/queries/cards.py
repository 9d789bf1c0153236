"""The figures of a first page as cards: name, reading, and a short note of what stands behind the number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from django.conf import settings
from django.utils.translation import gettext as _

from zhuanban.domains.dispatch.queries import lights
from zhuanban.domains.portfolio import figures as portfolio
from zhuanban.kernel import figures, show
from zhuanban.kernel.figures import Reading, Scope, ratio

Note: TypeAlias = Callable[[Reading, Scope], str]


def headline(scope: Scope, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """The figures of these names, in this order."""
    return [card(scope, name) for name in names]


def card(scope: Scope, name: str) -> dict[str, Any]:
    known = figures.REGISTRY[name]
    reading = known.read(scope)
    note, tone = NOTES.get(name, plain_note)(reading, scope), TONES.get(name, "")
    return {"name": name, "reading": reading, "note": note, "tone": tone if reading.value else ""}


def plain_note(reading: Reading, scope: Scope) -> str:
    """The two sides of a rate; of a count nothing but its definition."""
    return " / ".join(show.text_of(value, "number") for value in reading.parts.values())


def target_note(reading: Reading, scope: Scope) -> str:
    """The city's target stands beside the city's count only."""
    if scope.user and not any(grant.area_id == settings.CITY["area"] for grant in scope.user.grants):
        return _("%(year)s 年清单") % {"year": portfolio.list_year(scope)}
    target = portfolio.project_target(scope).value
    rate = ratio(reading, Reading(target, reading.rows), "", "").value
    return _("目标 %(target)s · 完成 %(rate)s") % {"target": f"{target:,}", "rate": show.text_of(rate, "percent")} if target else ""


def money_sides(reading: Reading, scope: Scope) -> str:
    return " / ".join(show.text_of(value, "money") for value in reading.parts.values())


def light_note(level: str) -> Note:
    """How many more show the colour than a week ago. The lights are counted once for all cards of a page."""

    def note(reading: Reading, scope: Scope) -> str:
        if "lights" not in scope.memo:
            scope.memo["lights"] = lights.counts(scope.user)
        more = getattr(scope.memo["lights"], f"{level}_more")
        return "" if more is None else _("较上周 %(change)s") % {"change": f"{more:+d}" if more else "±0"}

    return note


NOTES: dict[str, Note] = {
    "portfolio.listed": target_note,
    "portfolio.planned_investment": lambda reading, scope: _("%(n)s 个项目合计") % {"n": f"{reading.evidence:,}"},
    "portfolio.plan_completion": money_sides,
    "portfolio.winter_advance": lambda reading, scope: _("2022/23 冬"),
    "portfolio.reserve": lambda reading, scope: _("谋划、签约后待开工"),
    "portfolio.under_way": lambda reading, scope: _("含停工"),
    "portfolio.unreported": lambda reading, scope: _("在建而上月未报"),
    "portfolio.contested": lambda reading, scope: _("两个数并列，待核实"),
    "dispatch.red": light_note("red"),
    "dispatch.yellow": light_note("yellow"),
    "dispatch.tracks_filed_share": lambda reading, scope: _("上一个工作日 %(sides)s") % {"sides": plain_note(reading, scope)},
    "dispatch.tracks_missing": lambda reading, scope: _("上一个工作日"),
    "problems.overdue": lambda reading, scope: _("在办、期限已过"),
    "problems.top_tier": lambda reading, scope: _("由区级或市级领导承办"),
}
TONES = {
    "dispatch.red": "red",
    "dispatch.yellow": "yellow",
    "problems.overdue": "red",
    "dispatch.decisions_overdue": "red",
    "dispatch.tracks_missing": "yellow",
    "problems.promises_broken": "red",
}
"""The colour of a number that should be nothing."""
