"""What a forecast is made of, gathered for many projects at once: plan, progress, promised dates, disruptions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from zhuanban.domains.plans import progress
from zhuanban.domains.plans.basis import House
from zhuanban.domains.plans.documents import Document
from zhuanban.domains.plans.models import Disruption, Node, Plan, Progress, WorkItem
from zhuanban.domains.plans.progress import Facts, Measured, Reached
from zhuanban.kernel import clock

GOALS = ("production", "record", "joint_acceptance", "completed")
"""Nodes that a project is carried to; the first that its plan leads to is its finish."""


@dataclass(frozen=True)
class Disturbed:
    """A disruption as the forecast sees it: `lost` are site working days, None where nobody told."""

    first: date
    last: date | None
    lost: int | None


@dataclass(frozen=True)
class Subject:
    """One project to be forecast. `due` are the dates in force of the nodes that activities reach, by activity."""

    project: int
    plan: int
    document: Document
    facts: Facts
    due: Mapping[str, date] = field(default_factory=dict)
    enclose_by: date | None = None
    disturbed: tuple[Disturbed, ...] = ()
    progress: int | None = None

    @property
    def goal(self) -> str:
        """The activity whose finish is the project's: the last node that the plan leads to; empty: whatever ends last."""
        reached = {each["node"]: each["id"] for each in self.document["activities"] if each.get("node")}
        return next((reached[code] for code in GOALS if code in reached), "")

    @property
    def enclosures(self) -> list[str]:
        named = {each["enclosure"] for each in self.document["activities"] if each.get("enclosure")}
        return [each["id"] for each in self.document["activities"] if each["id"] in named or each.get("node") == "warm_enclosure"]

    def finished(self, activity: str) -> bool:
        return bool(self.facts.get(activity, {}).get("actual_finish"))

    def inputs(self) -> dict[str, Any]:
        """What of the project beside plan and progress goes into a forecast, as it is kept with it."""
        return {
            "due": {key: str(day) for key, day in sorted(self.due.items())},
            "enclose_by": str(self.enclose_by) if self.enclose_by else None,
            "disturbed": [[str(each.first), str(each.last) if each.last else None, each.lost] for each in self.disturbed],
        }


def gather(projects: Iterable[int], data_date: date, house: House, *, store: bool = False) -> list[Subject]:
    """The projects of these that have a current plan, with progress brought up to the data date; `store` keeps what moved. Six queries
    for any number, and one to write.
    """
    plans = list(Plan.objects.filter(project__in=projects, state=Plan.State.CURRENT).order_by("project"))
    ids = [plan.project_id for plan in plans]
    before, items, nodes, disturbed = _last_progress(plans), _items(ids), _nodes(ids), _disruptions(ids, data_date)
    found, moved = [], []
    for plan in plans:
        known = before.get(plan.pk)
        told = known.facts if known else {}
        facts = progress.facts_of(plan.document, told, items[plan.project_id], _reached(nodes[plan.project_id]), data_date, house)
        row = known
        if known is None or progress.changed(told, facts):
            row = (
                None
                if not store
                else Progress(project_id=plan.project_id, plan_id=plan.pk, data_date=data_date, made_at=clock.now(), facts=facts)
            )
            moved += [row] if row else []
        found.append((plan, facts, row))
    Progress.objects.bulk_create(moved)
    return [
        Subject(
            project=plan.project_id,
            plan=plan.pk,
            document=plan.document,
            facts=facts,
            due=due_of(plan.document, nodes[plan.project_id]),
            enclose_by=_enclose_by(nodes[plan.project_id], plan),
            disturbed=disturbed[plan.project_id],
            progress=row.pk if row else None,
        )
        for plan, facts, row in found
    ]


def _last_progress(plans: list[Plan]) -> dict[int, Progress]:
    """Plan -> its newest progress."""
    numbered = Progress.objects.filter(plan__in=[plan.pk for plan in plans]).annotate(
        place=Window(RowNumber(), partition_by=F("plan"), order_by=[F("data_date").desc(), F("pk").desc()])
    )
    return {row.plan_id: row for row in numbered.filter(place=1)}


def _items(projects: list[int]) -> dict[int, list[Measured]]:
    found: dict[int, list[Measured]] = defaultdict(list)
    for item in WorkItem.objects.filter(project__in=projects).select_related("work").order_by("project", "position", "pk"):
        part = (item.work.parent_id or item.work_id) if item.work else None
        measured = Measured(item.kind, part, item.activity, item.done / item.quantity, item.start_actual, item.finish_actual)
        found[item.project_id].append(measured)
    return found


def _nodes(projects: list[int]) -> dict[int, list[Node]]:
    found: dict[int, list[Node]] = defaultdict(list)
    for node in Node.objects.filter(project__in=projects).order_by("project", "position", "pk"):
        found[node.project_id].append(node)
    return found


def _reached(nodes: list[Node]) -> list[Reached]:
    return [Reached(node.code, node.work_id, node.reached_on) for node in nodes if node.reached_on]


def _disruptions(projects: list[int], data_date: date) -> dict[int, tuple[Disturbed, ...]]:
    found: dict[int, tuple[Disturbed, ...]] = defaultdict(tuple)
    for row in Disruption.objects.filter(project__in=projects, from_day__lte=data_date).order_by("project", "from_day", "pk"):
        found[row.project_id] += (Disturbed(row.from_day, row.to_day, row.days_lost),)
    return found


def due_of(document: Document, nodes: Iterable[Node]) -> dict[str, date]:
    """The dates in force of the nodes that the plan's activities reach, by activity: a part's own, else the whole project's."""
    dates = {(node.code, node.work_id): node.due_on for node in nodes if node.due_on}
    found = {}
    for each in document["activities"]:
        if code := each.get("node"):
            day = dates.get((code, each.get("work"))) or dates.get((code, None))
            if day:
                found[each["id"]] = day
    return found


def _enclose_by(nodes: Iterable[Node], plan: Plan) -> date | None:
    """When the buildings are to be closed by promise, else by plan."""
    promised = [node.due_on for node in nodes if node.code == "warm_enclosure" and node.reached_on is None and node.due_on]
    return max(promised) if promised else plan.enclosure_on
