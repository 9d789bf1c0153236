"""Versions of a plan: made from a template, read from a file, changed by a step, and what was approved of one."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max

from zhuanban.domains.plans import basis as rules_of
from zhuanban.domains.plans import computing, networks
from zhuanban.domains.plans.basis import House
from zhuanban.domains.plans.documents import Document, activities
from zhuanban.domains.plans.models import Baseline, Plan
from zhuanban.domains.plans.networks import Part
from zhuanban.domains.portfolio.models import Project, Work
from zhuanban.engines.schedules import ScheduleError, ScheduleResult
from zhuanban.kernel import clock

PROGRESS = {"actual_start", "actual_finish", "remaining", "percent"}
"""What a file tells of an activity's progress."""
TRIES = 4
NEAR = timedelta(days=6)
PART_KINDS = (Work.Kind.WORKSHOP, Work.Kind.BUILDING)


def house_now() -> House:
    """The rules in force today, compiled."""
    return rules_of.house(rules_of.in_force(clock.today()))


# From a template --------------------------------------------------------------------------------------------------------


def parts_of(project: Project) -> list[Part]:
    """The workshops and buildings of a project, as the network names them."""
    rows = project.works.filter(kind__in=PART_KINDS, parent=None).order_by("position", "pk")
    return [Part(f"B{number}", work.name, work.pk) for number, work in enumerate(rows, 1)]


@dataclass(frozen=True)
class Fitted:
    """A template's document whose completion falls near the day wanted, and its dates without any progress."""

    document: Document
    result: ScheduleResult
    scale: float


def fitted(body: Mapping[str, Any], parts: Sequence[Part], start: date, finish: date, house: House, scale: float = 0.0) -> Fitted:
    """Stretch a template until its completion falls near a day, a few tries at the most: winters make the length anything but linear."""
    scale = scale or max(0.25, (finish - start).days / 390)
    best = _tried(body, parts, start, house, scale)
    for _try in range(TRIES):
        done = completed_on(best)
        if done is None or abs(done - finish) <= NEAR:
            break
        scale = min(8.0, max(0.2, scale * (finish - start).days / max(30, (done - start).days)))
        found = _tried(body, parts, start, house, scale)
        if abs((completed_on(found) or finish) - finish) >= abs(done - finish):
            break
        best = found
    return best


def _tried(body: Mapping[str, Any], parts: Sequence[Part], start: date, house: House, scale: float) -> Fitted:
    document = networks.laid_out(body, parts, start, scale)
    at = datetime.combine(start, datetime.min.time())
    return Fitted(document, computing.schedules([computing.Asked(document, at)], house)[0], scale)


def completed_on(found: Fitted) -> date | None:
    """The last day of the completion, else of all."""
    dates = computing.dates(found.result)
    named = [each["id"] for each in found.document["activities"] if each.get("node") == "completed"]
    return max((dates[key][1] for key in named), default=computing.finish_of(found.result))


# Rows -------------------------------------------------------------------------------------------------------------------


def unprogressed(document: Document, house: House) -> ScheduleResult:
    """The dates of a document as if nothing had been done yet. Raises ScheduleError where it cannot be calculated."""
    plain = {**document, "activities": [{name: each[name] for name in each if name not in PROGRESS} for each in document["activities"]]}
    return computing.schedules([computing.Asked(plain, begins(document))], house)[0]


def begins(document: Document) -> datetime:
    """The first instant that a document names, from which its dates without progress count."""
    told = [at for each in document["activities"] for _kind, at in each.get("constraints", ()) if at]
    told += [each["actual_start"] for each in document["activities"] if each.get("actual_start")]
    told += [document[name] for name in ("started_on", "data_date") if document.get(name)]
    return datetime.fromisoformat(min(told)).replace(hour=0, minute=0) if told else datetime.combine(clock.today(), datetime.min.time())


def next_number(project: Project) -> int:
    return (project.plans.aggregate(last=Max("number"))["last"] or 0) + 1


def new_plan(project: Project, document: Document, origin: str, result: ScheduleResult, **details: Any) -> Plan:
    """An unsaved version of a project's plan with the days that its critical path gives."""
    dates = computing.dates(result)
    closing = [dates[key][1] for key in computing.enclosing(document) if key in dates]
    return Plan(
        project=project,
        number=details.pop("number", 0) or next_number(project),
        origin=origin,
        document=document,
        activities=len(document["activities"]),
        start_on=min((first for first, _last in dates.values()), default=None),
        finish_on=max((last for _first, last in dates.values()), default=None),
        enclosure_on=max(closing, default=None),
        **details,
    )


def make_current(plan: Plan) -> None:
    """Let a saved version be the one in force."""
    Plan.objects.filter(project=plan.project_id, state=Plan.State.CURRENT).exclude(pk=plan.pk).update(state=Plan.State.PAST)
    plan.state = Plan.State.CURRENT
    Plan.objects.filter(pk=plan.pk).update(state=plan.state)


def baseline_of(plan: Plan, result: ScheduleResult, number: int, *, by=None, reason: str = "") -> Baseline:
    """An unsaved baseline of a version: the first and last day of each activity."""
    dates = computing.dates(result)
    return Baseline(
        project_id=plan.project_id,
        plan=plan,
        number=number,
        at=clock.now(),
        by=by,
        reason=reason,
        finish_on=plan.finish_on or clock.today(),
        enclosure_on=plan.enclosure_on,
        dates={key: [str(first), str(last)] for key, (first, last) in dates.items()},
    )


# Changes ----------------------------------------------------------------------------------------------------------------


def changed(document: Document, activity: str, *, start_on: date | None = None, days: int | None = None, house: House) -> Document:
    """The document with one activity no earlier than a day, or with another duration in days of its calendar."""
    made = copy.deepcopy(document)
    each = activities(made)[activity]
    if start_on:
        kept = [limit for limit in each.get("constraints", ()) if limit[0] != "SNET"]
        each["constraints"] = [*kept, ["SNET", networks.first_instant(start_on).isoformat()]]
    if days:
        each["duration"] = days * minutes_per_day(made, each["calendar"], house)
        each.pop("remaining", None)
    return made


def minutes_per_day(document: Document, calendar: str, house: House) -> int:
    told = document["calendars"][calendar]
    return house.shifts[told["house"]].minutes_per_day if "house" in told else told["minutes_per_day"]


def calculable(document: Document, house: House) -> str:
    """Why a document cannot be calculated, in the engine's words; empty when it can."""
    try:
        unprogressed(document, house)
    except (ScheduleError, ValueError, KeyError) as wrong:
        return str(wrong)
    return ""
