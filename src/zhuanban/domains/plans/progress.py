"""How far a plan has come: what daily quantities and reached nodes say of its activities, and what follows from the network's logic.

A fact is what the engine takes of an activity: `actual_start`, `actual_finish` (instants), `remaining` (minutes of its calendar), `percent`.
`inferred` marks what nobody reported but must be: whatever a finished activity waited for is finished too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from zhuanban.domains.plans.basis import House, exposed
from zhuanban.domains.plans.documents import USUAL_LINK, Document
from zhuanban.domains.plans.networks import first_instant, last_instant
from zhuanban.engines.calendars import ShiftCalendar

Facts = dict[str, dict[str, Any]]
ENCLOSURE = "warm_enclosure"


@dataclass(frozen=True)
class Measured:
    """A work item as the plan sees it: `share` is what is done of it, 0..1."""

    kind: str
    work: int | None
    activity: str
    share: Decimal
    start: date | None
    finish: date | None


@dataclass(frozen=True)
class Reached:
    """A node that was reached."""

    code: str
    work: int | None
    day: date


def facts_of(
    document: Document, before: Mapping[str, Any], items: Iterable[Measured], nodes: Iterable[Reached], data_date: date, house: House
) -> Facts:
    """The facts at a data date: those known before, brought up to what is measured and reached now. Nothing after the data date counts."""
    known: Facts = {key: dict(fact) for key, fact in before.items()}
    book = _Book(document, known, data_date, house)
    for item in items:
        book.measured(item)
    for node in nodes:
        if node.day <= data_date:
            book.reached(node)
    book.infer()
    return known


class _Book:
    """Writes facts into the book of one plan."""

    def __init__(self, document: Document, known: Facts, data_date: date, house: House) -> None:
        self.known, self.data_date, self.house = known, data_date, house
        self.activities = {each["id"]: each for each in document["activities"]}
        self.before: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for predecessor, successor, *rest in document["links"]:
            self.before[successor].append((predecessor, str((rest or USUAL_LINK)[0])))

    def measured(self, item: Measured) -> None:
        """The share done fills the item's activities one after another; from a least share on, the pace seen so far tells."""
        mine = self._of_item(item)
        whole = sum(each["duration"] for each in mine)
        if not whole or (item.share <= 0 and item.start is None):
            return
        start = min(item.start or self.data_date - timedelta(days=1), self.data_date)
        done, before, slowness = whole * float(min(item.share, Decimal(1))), 0.0, self._slowness(item, mine, whole)
        for each in mine:
            share = min(1.0, max(0.0, (done - before) / each["duration"])) if each["duration"] else 1.0
            if share > 0 or before == 0:
                self._put(each, share, self._between(item, start, before / done if done else 0.0), item, done, before, slowness)
            before += each["duration"]

    def _put(self, each: Mapping[str, Any], share: float, begun: date, item: Measured, done: float, before: float, slowness: float) -> None:
        """Write what is known of one activity of an item."""
        fact = self.known.setdefault(each["id"], {})
        fact.pop("inferred", None)
        fact |= {"actual_start": first_instant(begun).isoformat(), "percent": round(share * 100, 2)}
        if share >= 1:
            last = (
                (item.finish or self.data_date)
                if item.share >= 1
                else self._between(item, begun, 1.0 if not done else min(1.0, (before + each["duration"]) / done))
            )
            fact |= {"actual_finish": last_instant(max(min(last, self.data_date), begun)).isoformat(), "remaining": 0}
        else:
            fact.pop("actual_finish", None)
            fact["remaining"] = max(1, round(each["duration"] * (1 - share) * slowness))

    def _of_item(self, item: Measured) -> list[dict[str, Any]]:
        """The activities that an item measures: the one named, else all of its kind in its part of the project, in the plan's order."""
        if item.activity:
            return [self.activities[item.activity]] if item.activity in self.activities else []
        alike = [each for each in self.activities.values() if each.get("item") == item.kind]
        return [each for each in alike if each.get("work") == item.work] if item.work else alike

    def _slowness(self, item: Measured, mine: Sequence[Mapping[str, Any]], whole: int) -> float:
        """How many times its planned duration the work is to be expected to take: the pace seen so far counts the more, the more of it is
        done; nothing until the least share that tells.
        """
        share = float(item.share)
        if item.start is None or share < self.house.pace or share >= 1:
            return 1.0
        worked = self._calendar(mine[0]).between(first_instant(item.start), last_instant(self.data_date))
        return 1 + (worked / (whole * share) - 1) * share

    def _between(self, item: Measured, start: date, share: float) -> date:
        """The day on which such a share of what is done was done, evenly from the start to the data date or the finish."""
        last = min(item.finish or self.data_date, self.data_date)
        return start + timedelta(days=round((last - start).days * min(1.0, share)))

    def _calendar(self, activity: Mapping[str, Any]) -> ShiftCalendar:
        """The calendar on which the activity has been going: the frost's where it stands outdoors."""
        key = exposed(activity["calendar"], activity.get("work_class", ""))
        outdoors = activity.get("exposure") == "outdoor" and key in self.house.shifts
        return self.house.shifts[key if outdoors else activity["calendar"] if activity["calendar"] in self.house.shifts else "site"]

    def reached(self, node: Reached) -> None:
        """The activities that lead to a reached node are finished by its day; a node of the whole project speaks for all its parts."""
        for each in self.activities.values():
            if each.get("node") == node.code and (node.work is None or each.get("work") == node.work):
                self._finish(each, last_instant(node.day), told=True)

    def _finish(self, activity: Mapping[str, Any], by: datetime, *, told: bool = False) -> None:
        fact = self.known.setdefault(activity["id"], {})
        if fact.get("actual_finish"):
            return
        starts = activity.get("kind") == "start_milestone"
        at = min(by, last_instant(self.data_date))
        begun = datetime.fromisoformat(fact["actual_start"]) if fact.get("actual_start") else self._begun(activity, at)
        moment = at.replace(hour=7) if starts else at
        fact |= {"actual_start": min(begun, moment).isoformat(), "actual_finish": moment.isoformat(), "remaining": 0, "percent": 100.0}
        if not told:
            fact["inferred"] = 1

    def _begun(self, activity: Mapping[str, Any], finish: datetime) -> datetime:
        """When it must have begun to be finished then."""
        return self._calendar(activity).add(finish, -activity["duration"]) if activity["duration"] else finish

    def infer(self) -> None:
        """Carry each known start and finish back through the logic: what it waited for is done."""
        waiting = [key for key, fact in self.known.items() if fact.get("actual_start") and key in self.activities]
        seen: set[tuple[str, bool]] = set()
        while waiting:
            key = waiting.pop()
            fact = self.known[key]
            finished = bool(fact.get("actual_finish"))
            if (key, finished) in seen:
                continue
            seen.add((key, finished))
            for predecessor, kind in self.before[key]:
                if self._follows(predecessor, kind, fact, finished):
                    waiting.append(predecessor)

    def _follows(self, key: str, kind: str, after: Mapping[str, Any], finished: bool) -> bool:
        """Put down what a successor's start or finish says of its predecessor; whether to look further back from there.

        A warm enclosure is never inferred: indoor work may begin behind sheeting, and its proof is a photo and the heat's record.
        """
        activity = self.activities.get(key)
        if activity is None or activity.get("node") == ENCLOSURE or (kind in {"FF", "SF"} and not finished):
            return False
        fact = self.known.get(key, {})
        by = datetime.fromisoformat(after["actual_start" if kind in {"FS", "SS"} else "actual_finish"])
        if kind in {"FS", "FF"}:
            if not fact.get("actual_finish"):
                self._finish(activity, by)
            return True
        if not fact.get("actual_start"):
            self.known[key] = {"actual_start": by.isoformat(), "remaining": activity["duration"], "inferred": 1}
        return True


def share_done(document: Document, facts: Mapping[str, Any]) -> float | None:
    """How much of the work is done, by budget, 0..1; None for a plan without any."""
    whole = sum(each.get("budget", 0) for each in document["activities"])
    if not whole:
        return None
    return sum(each.get("budget", 0) * part_done(each, facts.get(each["id"])) for each in document["activities"]) / whole


def part_done(activity: Mapping[str, Any], fact: Mapping[str, Any] | None) -> float:
    """How much of an activity is done: what was measured, else what its remaining duration says."""
    if not fact or not fact.get("actual_start"):
        return 0.0
    if fact.get("actual_finish"):
        return 1.0
    if "percent" in fact:
        return min(1.0, fact["percent"] / 100)
    duration = activity["duration"]
    return min(1.0, max(0.0, 1 - fact.get("remaining", duration) / duration)) if duration else 0.0


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether anything moved; a pace counted anew each day moves only while the work is under way."""
    return dict(before) != dict(after)


def activities_started(document: Document, facts: Mapping[str, Any]) -> Sequence[str]:
    return [each["id"] for each in document["activities"] if facts.get(each["id"], {}).get("actual_start")]
