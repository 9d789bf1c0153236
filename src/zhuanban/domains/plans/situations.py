"""Where a project stands on a day: its plan in force with the progress, the dates, the baseline and the forecast that belong to it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from zhuanban.domains.plans import basis as rules_of
from zhuanban.domains.plans import computing
from zhuanban.domains.plans.basis import House
from zhuanban.domains.plans.models import Baseline, Forecast, Plan
from zhuanban.domains.plans.subjects import Subject, gather
from zhuanban.domains.plans.versions import PROGRESS
from zhuanban.domains.portfolio.models import Project
from zhuanban.engines.schedules import ScheduleError, ScheduleResult

KEPT = 12
_results: OrderedDict[tuple[int, str, str, date], ScheduleResult] = OrderedDict()
"""The last critical paths calculated here: the rows of one chart come in several requests."""


_derived: WeakKeyDictionary[ScheduleResult, dict[Any, Any]] = WeakKeyDictionary()
T = TypeVar("T")


def once(result: ScheduleResult, key: Any, make: Callable[[], T]) -> T:
    """Something that follows from a critical path (and from what `key` names), worked out once as long as that is kept."""
    kept = _derived.setdefault(result, {})
    if key not in kept:
        kept[key] = make()
    return cast(T, kept[key])


@dataclass(frozen=True)
class Situation:
    """`result` is None where the plan cannot be calculated; `facts` are the plan's own progress and what was found out since."""

    project: Project
    plan: Plan
    subject: Subject
    facts: Mapping[str, Any]
    result: ScheduleResult | None
    baseline: Baseline | None
    forecast: Forecast | None
    house: House
    today: date


def situation(project: Project, today: date) -> Situation | None:
    """The situation of a project; None where it has no plan."""
    basis = rules_of.in_force(today)
    house = rules_of.house(basis)
    subject = next(iter(gather([project.pk], today, house)), None)
    if subject is None:
        return None
    plan = Plan.objects.select_related("template").get(pk=subject.plan)
    plan.project = project
    return Situation(
        project=project,
        plan=plan,
        subject=subject,
        facts=_merged(subject),
        result=_result(subject, basis.hash, house, today),
        baseline=project.baselines.order_by("-number").first(),
        forecast=project.forecasts.filter(current=True).first(),
        house=house,
        today=today,
    )


def _merged(subject: Subject) -> dict[str, dict[str, Any]]:
    """By activity, the progress that came with the plan and what is known since."""
    own = {each["id"]: {name: each[name] for name in PROGRESS if name in each} for each in subject.document["activities"]}
    return {key: {**told, **subject.facts.get(key, {})} for key, told in own.items()}


def _result(subject: Subject, basis: str, house: House, today: date) -> ScheduleResult | None:
    key = (subject.plan, rules_of.digest(subject.facts), basis, today)
    if key not in _results:
        asked = computing.Asked(subject.document, datetime.combine(today, datetime.min.time()), subject.facts)
        try:
            _results[key] = computing.schedules([asked], house)[0]
        except (ScheduleError, ValueError, KeyError):
            return None
        while len(_results) > KEPT:
            _results.popitem(last=False)
    return _results[key]
