"""Reads of plans that cross tables or feed a page. Everything here is asked for many projects at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.plans.models import Forecast, Node
from zhuanban.kernel import clock, parameters
from zhuanban.kernel.people import Person

COUNTDOWN = parameters.declare("plans.countdown_days", gettext_lazy("节点倒计时列出的天数"), int, pgettext_lazy("parameter unit", "天"))


@dataclass(frozen=True, slots=True)
class Slip:
    """How far a project is behind its nodes: `days` of the worst node that should have been reached (0: none), which node that is, and how
    many are behind. Calendar days, as the light counts them (domain handbook 6).
    """

    days: int
    node: int | None = None
    name: str = ""
    due_on: date | None = None
    behind: int = 0


def slips(project_ids: Iterable[int] | QuerySet, today: date | None = None) -> dict[int, Slip]:
    """Project id -> `Slip`. A project whose nodes have no dates is absent: unknown, not on time. Two queries for any number of projects.

    Only nodes not reached yet count: one that was reached late is behind the project, whatever it cost.
    """
    today = today or clock.today()
    dated = Node.objects.filter(project__in=project_ids).exclude(due_on=None)
    found = {pk: Slip(0) for pk in dated.order_by().values_list("project", flat=True).distinct()}
    late = dated.filter(reached_on=None, due_on__lt=today).order_by("project", "due_on", "position")
    for pk, node, name, work, due in late.values_list("project", "pk", "name", "work__name", "due_on"):
        known = found[pk]
        if due is not None and known.node is None:
            found[pk] = Slip((today - due).days, node, f"{work} · {name}" if work else name, due, 1)
        else:
            found[pk] = Slip(known.days, known.node, known.name, known.due_on, known.behind + 1)
    return found


def current_forecasts(project_ids: Iterable[int] | QuerySet) -> dict[int, Forecast]:
    """Project id -> its forecast in force, without the large `result`. A project that was never forecast is absent. One query."""
    rows = Forecast.objects.filter(project__in=project_ids, current=True).defer("result")
    return {row.project_id: row for row in rows}


@dataclass(frozen=True, slots=True)
class Ahead:
    """A node that comes up: `left` is in calendar days, negative when its day has passed."""

    node: Node
    left: int

    @property
    def late(self) -> bool:
        return self.left < 0


def countdown(of: Person | Iterable[int] | QuerySet, today: date | None = None, *, limit: int = 20, days: int | None = None) -> list[Ahead]:
    """Nodes not reached whose day is near or has passed, the earliest first: of the projects that a person sees, or of these projects.

    `days` looks so far ahead (the city's parameter by default). One query; project and part are read with the nodes.
    """
    today = today or clock.today()
    rows = (
        Node.objects.visible_to(cast(Person, of)) if hasattr(of, "principal_ids") else Node.objects.filter(project__in=cast(QuerySet, of))
    )
    until = today + timedelta(days=parameters.value(COUNTDOWN) if days is None else days)
    near = rows.filter(reached_on=None, due_on__lte=until).select_related("project", "work").order_by("due_on", "project", "position")
    return [Ahead(node, (node.due_on - today).days) for node in near[:limit] if node.due_on]
