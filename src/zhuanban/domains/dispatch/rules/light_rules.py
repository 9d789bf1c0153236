"""How a light follows from facts: values in, values out. No clock, no database; every bound comes with the rules that are handed in.

A rule measures one thing. Unknown is unknown: a rule without data says nothing, and a light that nothing measured is grey.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

RED, YELLOW, GREEN, GREY = "red", "yellow", "green", "grey"
RANK = {GREEN: 0, GREY: 1, YELLOW: 2, RED: 3}
"""How bad a colour is. Not knowing is worse than green and better than what is known to be wrong."""
OVER, LEAST, BELOW = "over", "least", "below"
MEMORY = "memory"
"""The reason's name of a light that is yellow because it was red a few days ago."""


@dataclass(frozen=True)
class Kind:
    """What a rule measures: `sense` says when a bound is broken (`over`: more than it, `least`: it or more, `below`: less than it),
    `unit` what is counted, `span` the numbers that a bound may be."""

    name: str
    sense: str
    unit: str
    span: tuple[float, float]

    def broken(self, value: float, bound: float | None) -> bool:
        if bound is None:
            return False
        return value > bound if self.sense == OVER else value >= bound if self.sense == LEAST else value < bound

    def milder(self, yellow: float | None, red: float | None) -> bool:
        """Whether yellow comes no later than red. A bound that is absent is never broken."""
        if yellow is None or red is None:
            return red is None
        return yellow >= red if self.sense == BELOW else yellow <= red


KINDS = {
    kind.name: kind
    for kind in (
        Kind("node_slip", OVER, "day", (0, 3650)),
        Kind("overdue_top", LEAST, "problem", (1, 1000)),
        Kind("overdue_problems", LEAST, "problem", (1, 1000)),
        Kind("blocked_permit", LEAST, "day", (1, 3650)),
        Kind("stopped", LEAST, "day", (1, 3650)),
        Kind("no_report", LEAST, "workday", (1, 365)),
        Kind("investment_gap", OVER, "point", (0, 100)),
        Kind("enclosure", BELOW, "pct", (0, 100)),
        Kind("finish", OVER, "day", (0, 3650)),
    )
}
"""All that can be measured, in the order in which reasons of one colour are told."""
_PLACE = {name: place for place, name in enumerate((*KINDS, MEMORY))}


@dataclass(frozen=True)
class Bounds:
    """From where on a rule is yellow and red (None: never), and for projects of which stages it holds (empty: of all that have a light)."""

    yellow: float | None
    red: float | None
    stages: frozenset[str] = frozenset()


class WrongRules(ValueError):
    """The thresholds cannot be used; the text names the rule."""


@dataclass(frozen=True)
class Rules:
    """A version of the rules as it is used.

    `lit` are the stages that have a light at all; `evidence` the rules whose measurement says that something is known of the project, of
    which `green_needs` at least must be there before a light may be green; `required` are those of them without which, where the rule holds,
    it never is. `memory_days` is how many days a red stays yellow,
    `override_days` how long an override holds, `report_day` the day of the next month from which a month's investment counts,
    `time_progress` how the expected share of a year is counted: `months` (months over / 12) or `weights` (the city's month weights).
    """

    bounds: Mapping[str, Bounds]
    lit: frozenset[str]
    evidence: frozenset[str]
    required: frozenset[str] = frozenset()
    green_needs: int = 1
    memory_days: int = 7
    override_days: int = 14
    report_day: int = 12
    time_progress: str = "months"
    permit_kinds: frozenset[str] = frozenset()
    permit_stages: frozenset[str] = frozenset()

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Rules:
        """Rules from the JSON of a rule set. Raises WrongRules."""
        bounds = {name: _bounds(name, each) for name, each in told.get("rules", {}).items()}
        known: dict[str, Any] = {
            name: told[name] for name in ("green_needs", "memory_days", "override_days", "report_day", "time_progress") if name in told
        }
        sets: dict[str, Any] = {
            name: frozenset(told.get(name, ())) for name in ("lit", "evidence", "required", "permit_kinds", "permit_stages")
        }
        if not sets["lit"] or not sets["required"] <= sets["evidence"] <= KINDS.keys():
            raise WrongRules("lit")
        return cls(bounds=bounds, **sets, **known)


def _bounds(name: str, told: Mapping[str, Any]) -> Bounds:
    kind = KINDS.get(name)
    yellow, red = told.get("yellow"), told.get("red")
    if kind is None or not kind.milder(yellow, red):
        raise WrongRules(name)
    if any(bound is not None and not kind.span[0] <= bound <= kind.span[1] for bound in (yellow, red)):
        raise WrongRules(name)
    return Bounds(yellow, red, frozenset(told.get("stages", ())))


@dataclass(frozen=True)
class Measured:
    """What was measured, and what the sentence about it needs beside the number (a node's name, a problem's title)."""

    value: float
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LightFacts:
    """What is known of a project on a day: rule -> what was measured. A rule that is absent is not known."""

    stage: str
    measured: Mapping[str, Measured]


@dataclass(frozen=True)
class Reason:
    """A rule that is broken: the colour it gives, the value measured, the bound it broke, and words' parameters."""

    rule: str
    level: str
    value: float
    bound: float | None
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.rule, "level": self.level, "value": self.value, "bound": self.bound, "params": dict(self.params)}


@dataclass(frozen=True)
class Light:
    """A colour with the rules that are broken, worst first, and those that had no data."""

    level: str
    reasons: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def severity(self) -> int:
        """Worst first in lists: by colour, then by how many rules are broken and how badly."""
        weight = sum(10 if reason.level == RED else 1 for reason in self.reasons)
        return RANK[self.level] * 100 + min(weight, 99)


def evaluate(facts: LightFacts, rules: Rules) -> Light | None:
    """The light that follows from the facts; None for a project whose stage has none.

    >>> rules = Rules({"node_slip": Bounds(0, 15)}, frozenset({"ready"}), frozenset({"node_slip"}))
    >>> evaluate(LightFacts("ready", {"node_slip": Measured(16)}), rules).level
    'red'
    >>> evaluate(LightFacts("ready", {}), rules).level
    'grey'
    """
    if facts.stage not in rules.lit:
        return None
    reasons: list[Reason] = []
    missing: list[str] = []
    known = 0
    for name, bounds in rules.bounds.items():
        if bounds.stages and facts.stage not in bounds.stages:
            continue
        found = facts.measured.get(name)
        if found is None:
            if name in rules.evidence:
                missing.append(name)
            continue
        known += name in rules.evidence
        if reason := _broken(KINDS[name], bounds, found):
            reasons.append(reason)
    reasons.sort(key=lambda reason: (-RANK[reason.level], _PLACE[reason.rule]))
    enough = known >= rules.green_needs and rules.required.isdisjoint(missing)
    level = reasons[0].level if reasons else GREEN if enough else GREY
    return Light(level, tuple(reasons), tuple(sorted(missing, key=_PLACE.__getitem__)))


def _broken(kind: Kind, bounds: Bounds, found: Measured) -> Reason | None:
    for level, bound in ((RED, bounds.red), (YELLOW, bounds.yellow)):
        if kind.broken(found.value, bound):
            return Reason(kind.name, level, found.value, bound, found.params)
    return None


def remembered(light: Light, red_on: date | None, today: date, days: int) -> tuple[Light, date | None]:
    """The light with its memory: what was red stays yellow for so many days after the last red day, even without a reason or without data.

    Returns the light that is shown and the last day of the memory, if it holds. Never a better light than was computed.

    >>> remembered(Light(GREEN), date(2023, 2, 6), date(2023, 2, 13), 7)[0].level
    'yellow'
    >>> remembered(Light(GREEN), date(2023, 2, 6), date(2023, 2, 14), 7)[0].level
    'green'
    """
    if red_on is None or light.level == RED:
        return light, None
    until = red_on + timedelta(days=days)
    if today > until:
        return light, None
    if light.level == YELLOW:
        return light, until
    reason = Reason(MEMORY, YELLOW, (today - red_on).days, None, {"red_on": red_on.isoformat(), "until": until.isoformat()})
    return Light(YELLOW, (*light.reasons, reason), light.missing), until


def better(one: str, other: str) -> bool:
    """Whether one colour is better than another."""
    return RANK[one] < RANK[other]


Broken = tuple[tuple[str, str], ...]
"""(rule, colour) of the broken rules, worst first."""


@dataclass(frozen=True)
class Standing:
    """How a project's light stands from one day to the next: what is shown and since when, what the rules say, the present red's first
    and last day, and until when a red is remembered. `red_days` are the days from red to green when this day ended a red."""

    level: str
    computed: str
    broken: Broken
    since: date
    red_since: date | None = None
    red_on: date | None = None
    memory_until: date | None = None
    red_days: int | None = None

    def changed_from(self, before: Standing | None) -> bool:
        """Whether a new row of history begins: another colour, or other rules broken; not by how much."""
        return before is None or (before.level, before.computed, before.broken) != (self.level, self.computed, self.broken)


def step(before: Standing | None, computed: Light, day: date, rules: Rules, override: str = "") -> tuple[Standing, Light]:
    """The light's next standing after a day's computation, and the light with its memory. `override` is a colour that a person set and
    that holds on this day."""
    red_on = day if computed.level == RED else before.red_on if before else None
    kept, until = remembered(computed, red_on, day, rules.memory_days)
    level = override or kept.level
    red_since = before.red_since if before else None
    red_days = None
    if level == RED:
        red_since = red_since or day
    elif level == GREEN and red_since:
        red_days, red_since = (day - red_since).days, None
    since = min(before.since, day) if before and before.level == level else day
    broken = tuple((reason.rule, reason.level) for reason in kept.reasons)
    return Standing(level, computed.level, broken, since, red_since, red_on, until, red_days), kept
