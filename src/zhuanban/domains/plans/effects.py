"""What the move of a promised date would do, told before it is asked for: what follows moves, by how many days, which light, what odds."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from zhuanban.domains.plans import basis, computing, documents, forecasting, runs, versions
from zhuanban.domains.plans.basis import House
from zhuanban.domains.plans.documents import Document
from zhuanban.domains.plans.forecasting import Case, Settings
from zhuanban.domains.plans.models import Node, Plan
from zhuanban.domains.plans.networks import last_instant
from zhuanban.domains.plans.subjects import Subject, gather
from zhuanban.engines.schedules import ScheduleError
from zhuanban.kernel import clock, show


@dataclass(frozen=True)
class Moved:
    """Something that the move brings to another day, or that would be due before what it waits for."""

    name: str
    before: date | None
    after: date | None

    @property
    def days(self) -> int | None:
        return (self.after - self.before).days if self.before and self.after else None


@dataclass(frozen=True)
class Effect:
    """What comes of a node's new date. `days` is the shift in calendar days; `late_before` and `late_after` are the days behind that the
    light counts today; `earlier` are nodes after this one that would then be due before it.
    """

    node: Node
    to_day: date
    days: int
    late_before: int
    late_after: int
    earlier: tuple[Moved, ...] = ()
    moves: tuple[Moved, ...] = ()
    odds: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    unknown: str = ""

    def stored(self) -> dict[str, Any]:
        """The effect as the request keeps it."""
        return {
            "days": self.days,
            "late": [self.late_before, self.late_after],
            "earlier": [[each.name, str(each.before)] for each in self.earlier],
            "moves": [[each.name, str(each.before), str(each.after), each.days] for each in self.moves],
            "odds": {name: list(pair) for name, pair in self.odds.items()},
            "unknown": self.unknown,
        }


def of_move(node: Node, to_day: date, today: date | None = None) -> Effect:
    """The effect of moving a node's date in force to another day: on the light, on what follows, on the odds of enclosure and finish."""
    today = today or clock.today()
    due = node.due_on or to_day
    after = Node.objects.filter(project=node.project_id, position__gt=node.position, reached_on=None, due_on__lt=to_day)
    earlier = after.exclude(due_on__lt=due).select_related("work").order_by("due_on", "position")
    found = Effect(
        node=node,
        to_day=to_day,
        days=(to_day - due).days,
        late_before=max(0, (today - due).days),
        late_after=max(0, (today - to_day).days),
        earlier=tuple(Moved(each.shown_name, each.due_on, to_day) for each in earlier[:12]),
    )
    return _computed(found, due, today)


def _computed(found: Effect, due: date, today: date) -> Effect:
    """The effect with what the network says, where there is one that leads to the node."""
    settings = runs.settings_for(today, pull=False)
    house = basis.house(basis.in_force(today))
    subject = next(iter(gather([found.node.project_id], today, house)), None)
    if subject is None:
        return replace(found, unknown=_("项目没有计划，算不出后续影响。"))
    reaching = documents.reaching(subject.document, found.node.code, found.node.work_id)
    if not reaching:
        return replace(found, unknown=_("计划里没有到达这个节点的工序，算不出后续影响。"))
    try:
        return _drawn(found, subject, reaching, due, settings, house)
    except (ScheduleError, ValueError):
        return replace(found, unknown=_("计划无法计算，算不出后续影响。"))


def _drawn(found: Effect, subject: Subject, reaching: list[str], due: date, settings: Settings, house: House) -> Effect:
    held = replace(subject, document=held_until(subject.document, reaching, found.to_day))
    before, after = _both(subject, held, settings, house)
    odds = {"node": (chance(before, reaching, due), chance(before, reaching, found.to_day)), **_odds(subject, before, after)}
    return replace(found, moves=_moves(before, after), odds=odds)


def _both(subject: Subject, other: Subject, settings: Settings, house: House) -> tuple[Case, Case]:
    """A project as it is and otherwise, drawn with the same numbers. Raises ScheduleError where one of them cannot be calculated."""
    cases, broken = forecasting.prepare([subject, other], house, settings.data_date)
    if broken:
        raise ScheduleError("the changed plan cannot be calculated")
    draw = forecasting.simulation(cases[:1], house, settings.data_date, settings.quick, settings.seed)
    for case in cases:
        case.drawn = draw.run([case.plan], trace=False)[case.plan.id]
    return cases[0], cases[1]


def _odds(subject: Subject, before: Case, after: Case) -> dict[str, tuple[float | None, float | None]]:
    """Of the enclosure before the frost, and of the last node by its day, before and after."""
    odds: dict[str, tuple[float | None, float | None]] = {}
    if before.plan.deadlines:
        odds["frost"] = (closed_in_time(before), closed_in_time(after))
    if goal_due := subject.due.get(subject.goal):
        odds["finish"] = (chance(before, [subject.goal], goal_due), chance(after, [subject.goal], goal_due))
    return odds


@dataclass(frozen=True)
class Change:
    """What a change of the plan would do."""

    moves: tuple[Moved, ...] = ()
    odds: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    unknown: str = ""


def of_change(plan: Plan, activity: str, *, start_on: date | None = None, days: int | None = None, today: date | None = None) -> Change:
    """The effect of moving or stretching one activity of the plan in force."""
    today = today or clock.today()
    settings = runs.settings_for(today, pull=False)
    house = basis.house(basis.in_force(today))
    subject = next(iter(gather([plan.project_id], today, house)), None)
    if subject is None or activity not in documents.activities(subject.document):
        return Change(unknown=_("计划里没有这道工序。"))
    try:
        document = versions.changed(subject.document, activity, start_on=start_on, days=days, house=house)
        before, after = _both(subject, replace(subject, document=document), settings, house)
    except (ScheduleError, ValueError, OverflowError):
        return Change(unknown=_("这样改以后计划算不出来。"))
    return Change(_moves(before, after, (activity,)), _odds(subject, before, after))


def held_until(document: Document, activities: list[str], day: date) -> Document:
    """The document with these activities ending on a day at the earliest."""
    made = copy.deepcopy(document)
    for each in made["activities"]:
        if each["id"] in activities:
            each["constraints"] = [*each.get("constraints", ()), ["FNET", last_instant(day).isoformat()]]
    return made


def chance(case: Case, activities: list[str], day: date) -> float | None:
    """The probability that all of these end by a day."""
    drawn = case.drawn
    known = [name for name in activities if drawn and name in drawn.vectors]
    return min(drawn.probability_before(day, name) for name in known) if drawn and known else None


def closed_in_time(case: Case) -> float | None:
    if case.drawn is None or any(case.drawn.withheld.get(name) for name in case.plan.deadlines):
        return None
    return float(forecasting.all_in_time(case.drawn).mean())


def _moves(before: Case, after: Case, beside: tuple[str, ...] = ()) -> tuple[Moved, ...]:
    """The nodes, and the activities named, that the critical path brings to another day."""
    if before.result is None or after.result is None:
        return ()
    names = {each["id"]: each for each in before.subject.document["activities"] if each.get("node") or each["id"] in beside}
    first, then = computing.dates(before.result), computing.dates(after.result)
    pairs = ((each, first[key][1], then[key][1]) for key, each in names.items() if first[key][1] != then[key][1])
    return tuple(Moved(" · ".join(filter(None, [each.get("group", ""), each["name"]])), was, will) for each, was, will in pairs)[:12]


def sentence(effect: Effect) -> str:
    """The shift in one line."""
    words = _("推迟 %(n)s 天") if effect.days > 0 else _("提前 %(n)s 天")
    return _("%(from)s → %(to)s，%(shift)s") % {
        "from": show.day(effect.node.due_on),
        "to": show.day(effect.to_day),
        "shift": words % {"n": abs(effect.days)},
    }
