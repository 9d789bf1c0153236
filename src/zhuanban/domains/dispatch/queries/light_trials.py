"""A draft of the traffic light's rules tried on the city's records: what would change today, and what it would have said in the past
weeks before projects stopped or slipped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from zhuanban.domains.dispatch.models import Level, LightRuleSet
from zhuanban.domains.dispatch.queries import lights
from zhuanban.domains.dispatch.queries.light_facts import Among, Facts, chunks
from zhuanban.domains.dispatch.rules.light_rules import RED, Light, LightFacts, Rules, evaluate
from zhuanban.domains.dispatch.rules.light_words import why_words
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock

CHUNK, WEEKS = 2000, 12
LEADS = (1, 2, 4)
"""How many weeks before a stop or a slip the light is looked at."""
WATCHED = 4
"""Weeks within which a red light is held to have been right."""
MOST_LISTED = 300
LEVELS = tuple(level.value for level in Level)
Progress = Callable[[int, int], None]


@dataclass
class Side:
    """What one of the two rule sets says: its colours today and in past weeks, how often each rule is broken today, how it had warned,
    and how many of its reds came true."""

    today: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    weeks: dict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    warned: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    alarms: int = 0
    hits: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "today": dict(self.today),
            "broken": dict(self.broken),
            "weeks": [{"day": day.isoformat(), **counts} for day, counts in sorted(self.weeks.items())],
            "warned": {str(lead): dict(counts) for lead, counts in self.warned.items()},
            "alarms": self.alarms,
            "hits": self.hits,
        }


@dataclass
class Trial:
    """The comparison of a draft with the rules in force; `onsets` are the projects that stopped or slipped in the weeks looked at."""

    draft: Side = field(default_factory=Side)
    force: Side = field(default_factory=Side)
    matrix: Counter[str] = field(default_factory=Counter)
    changed: list[dict[str, Any]] = field(default_factory=list)
    onsets: Counter[str] = field(default_factory=Counter)
    projects: int = 0


def trial_of(row: LightRuleSet, progress: Progress = lambda done, total: None) -> dict[str, Any]:
    """Try a rule set on today's facts and on those of the past twelve weeks, beside the rules in force. Returns what the page prints,
    as JSON; writes nothing. No memory and no override is taken in: the rules alone speak."""
    in_force, day = lights.rules_in_force(), clock.today()
    rules = {"draft": Rules.read(row.thresholds), "force": Rules.read(in_force.thresholds)}
    days = [day - timedelta(weeks=back) for back in range(WEEKS, -1, -1)]
    found, total = Trial(), Project.objects.count()
    for among, size in chunks(CHUNK):
        _try_some(found, among, days, rules)
        found.projects += size
        progress(found.projects, total)
    names = dict(Project.objects.filter(pk__in=[each["project"] for each in found.changed]).values_list("pk", "name"))
    return {
        "day": day.isoformat(),
        "against": in_force.number,
        "projects": found.projects,
        "draft": found.draft.as_json(),
        "force": found.force.as_json(),
        "matrix": dict(found.matrix),
        "changed": [{**each, "name": names.get(each["project"], "")} for each in found.changed],
        "onsets": dict(found.onsets),
    }


def _try_some(found: Trial, among: Among, days: list[date], rules: Mapping[str, Rules]) -> None:
    known = {"draft": Facts(among, days, rules["draft"])}
    known["force"] = known["draft"] if same_measures(rules["draft"], rules["force"]) else Facts(among, days, rules["force"])
    facts = {name: [each.on(day) for day in days] for name, each in known.items()}
    lit = {
        name: [{pk: light for pk, told in each.items() if (light := evaluate(told, rules[name]))} for each in facts[name]] for name in facts
    }
    _compare(found, lit["draft"][-1], lit["force"][-1])
    red_bound = (rules["force"].bounds["node_slip"].red if "node_slip" in rules["force"].bounds else None) or 0
    bad = [{pk: why for pk, told in each.items() if (why := _went_wrong(told, red_bound))} for each in facts["force"]]
    onsets = list(_onsets(bad))
    found.onsets.update(why for _pk, _week, why in onsets)
    for name, side in (("draft", found.draft), ("force", found.force)):
        _look_back(side, days, lit[name], bad, onsets)


def same_measures(one: Rules, other: Rules) -> bool:
    """Whether two rule sets measure the same things, so that the facts of one serve the other."""
    names = ("report_day", "time_progress", "permit_kinds", "permit_stages")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _compare(found: Trial, draft: Mapping[int, Light], force: Mapping[int, Light]) -> None:
    for side, lit in ((found.draft, draft), (found.force, force)):
        side.today.update(light.level for light in lit.values())
        side.broken.update(f"{reason.rule}:{reason.level}" for light in lit.values() for reason in light.reasons)
    for pk in sorted(draft.keys() | force.keys()):
        was, becomes = (lit[pk].level if pk in lit else "" for lit in (force, draft))
        found.matrix[f"{was}>{becomes}"] += 1
        if was != becomes and len(found.changed) < MOST_LISTED:
            told = [reason.as_json() for reason in (draft[pk].reasons if pk in draft else ())]
            before = [reason.as_json() for reason in (force[pk].reasons if pk in force else ())]
            found.changed.append({"project": pk, "was": was, "becomes": becomes, "reasons": told, "reasons_before": before})


def _went_wrong(told: LightFacts, red_bound: float) -> str:
    """What has gone wrong with a project, apart from any light: it stands still, or a node is later than the rules' red bound."""
    if told.stage == Project.Stage.SUSPENDED:
        return "stopped"
    slip = told.measured.get("node_slip")
    return "slipped" if slip and slip.value > red_bound else ""


def _onsets(bad: list[dict[int, str]]) -> Iterator[tuple[int, int, str]]:
    """(project, week, what) where something began to go wrong: it was there that week and not the week before."""
    for week in range(1, len(bad)):
        for pk, why in bad[week].items():
            if pk not in bad[week - 1]:
                yield pk, week, why


def _look_back(
    side: Side, days: list[date], lit: list[dict[int, Light]], bad: list[dict[int, str]], onsets: list[tuple[int, int, str]]
) -> None:
    """How the lights of each week look, what they said before each onset, and how many reds were right within the weeks watched."""
    for day, lights_then in zip(days, lit, strict=True):
        side.weeks[day].update(light.level for light in lights_then.values())
    for pk, week, _why in onsets:
        for lead in LEADS:
            if week >= lead:
                light = lit[week - lead].get(pk)
                side.warned[lead][light.level if light else ""] += 1
    for week in range(len(days) - WATCHED):
        red = [pk for pk, light in lit[week].items() if light.level == RED]
        side.alarms += len(red)
        side.hits += sum(any(pk in later for later in bad[week : week + WATCHED + 1]) for pk in red)


def trial_key(row: LightRuleSet) -> str:
    """The name under which at most one try of a rule set is under way."""
    return f"lights:try:{row.pk}"


# As the page prints it -----------------------------------------------------------------------------------------------------


def matrix_of(trial: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the from-to table: for each colour under the rules in force, how many projects get which colour under the draft."""
    told = trial["matrix"]
    return [
        {
            "level": was,
            "label": str(Level(was).label),
            "cells": [{"level": to, "n": told.get(f"{was}>{to}", 0), "same": was == to} for to in LEVELS],
        }
        for was in LEVELS
    ]


def changed_of(trial: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The projects whose colour would change, with why in words, the worse ones first."""
    labels = {level.value: str(level.label) for level in Level} | {"": _("无灯")}
    rows = [
        {
            **each,
            "was_label": labels[each["was"]],
            "becomes_label": labels[each["becomes"]],
            "why": why_words(each["reasons"] or each["reasons_before"], 2),
        }
        for each in trial["changed"]
    ]
    order = {"red": 0, "yellow": 1, "grey": 2, "green": 3, "": 4}
    return sorted(rows, key=lambda each: (order[each["becomes"]], each["name"]))


SIDES = ("force", "draft")


def warned_of(trial: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each number of weeks before a stop or slip: how many of the projects were red, and red or yellow, first under the rules in
    force, then under the draft."""
    rows = []
    for lead in LEADS:
        sides = []
        for name in SIDES:
            told = trial[name]["warned"].get(str(lead), {})
            n, red, warned = sum(told.values()), told.get("red", 0), told.get("red", 0) + told.get("yellow", 0)
            sides.append({"n": n, "red": red, "warned": warned, "red_share": _share(red, n), "share": _share(warned, n)})
        rows.append({"weeks": lead, "sides": sides})
    return rows


def precision_of(trial: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of the reds in past weeks, how many were right within the weeks watched; the rules in force first."""
    return [
        {name: trial[side][name] for name in ("alarms", "hits")} | {"share": _share(trial[side]["hits"], trial[side]["alarms"])}
        for side in SIDES
    ]


def _share(part: int, whole: int) -> int | None:
    return round(part * 100 / whole) if whole else None
