"""Answers for one enterprise: eligible, not, or unknown for want of which facts; why, how near, what to ask next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Final

from zhuanban.engines.eligibility import core, pygen
from zhuanban.engines.eligibility.book import ALWAYS, Book, Clause, Policy, Version
from zhuanban.engines.eligibility.interpret import Case, day, holds, number
from zhuanban.engines.eligibility.near import Near, nearest
from zhuanban.engines.eligibility.schema import Schema, Value, day_number

ELIGIBLE, NOT, UNKNOWN = "eligible", "not", "unknown"
STATUS: Final = {True: ELIGIBLE, False: NOT, None: UNKNOWN}


@dataclass(frozen=True)
class Traced:
    """One condition as it came out: the values that it met, and how far it is from true where that is a number (in the fact's unit)."""

    id: str
    text: str
    value: bool | None
    operands: tuple[tuple[str, Value], ...]
    gap: int | None
    source: str


@dataclass(frozen=True)
class Answer:
    """What one policy says of one enterprise. `amount` is whole yuan, None where it is open (a fact is missing) or not due."""

    policy: Policy
    version: Version | None
    status: str
    amount: int | None
    window_open: bool
    trace: tuple[Traced, ...]
    case: Case = field(repr=False, compare=False)
    schema: Schema = field(repr=False, compare=False)
    near_share: float = 0.2
    undecided: str = ""
    """The event's date, where it decides the version and is not known."""

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The unknown facts that keep the answer or the amount from being settled, under their English names."""
        if self.version is None:
            return (self.undecided,) if self.undecided else ()
        found = unknown_facts(self.version.condition, self.case) if self.status == UNKNOWN else frozenset()
        if self.open and self.version.amount is not None:
            found |= unknown_facts_of_amount(self.version.amount, self.case)
        return tuple(sorted(found))

    @cached_property
    def near(self) -> Near | None:
        """The nearest way to eligibility, where it is not given; worked out when asked for."""
        if self.status != NOT or self.version is None:
            return None
        return nearest(self.version.condition, self.case, self.schema, self.near_share)

    @property
    def open(self) -> bool:
        """Whether the amount awaits a fact."""
        return self.status != NOT and self.amount is None and self.version is not None and self.version.amount is not None

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(each.id for each in self.trace if each.value is False)


@dataclass(frozen=True)
class View:
    """The book at a day, as known at a moment."""

    book: Book
    valid: date
    known: datetime | None = None

    @cached_property
    def versions(self) -> tuple[tuple[Policy, Version], ...]:
        """Of each policy the versions that may apply: the one in force, or all where an event's date decides."""
        found = []
        for policy in self.book.policies:
            for version in policy.known_at(self.known):
                if version.decided_by != "as_of":
                    found.append((policy, version))
            now = policy.at(self.valid, self.known)
            if now is not None and now.decided_by == "as_of":
                found.append((policy, now))
        return tuple(found)

    def answer(self, facts: Mapping[str, Value], policies: Sequence[str] | None = None, *, near_share: float = 0.2) -> list[Answer]:
        """One answer a policy, each with its trace; `facts` are coerced and under English names."""
        case, values = Case(facts, self.valid), self._clauses[1](facts, self.valid)
        return [
            self._answer(policy, case, near_share, values) for policy in self.book.policies if policies is None or policy.id in policies
        ]

    def statuses(self, facts: Mapping[str, Value]) -> dict[str, tuple[bool | None, int | None]]:
        """Policy -> (holds, amount), without traces: the quick reading for many enterprises one by one."""
        found: dict[str, tuple[bool | None, int | None]] = {}
        for (policy, _version), answer in zip(self.versions, self._quick(facts, self.valid), strict=True):
            if policy.id not in found or _better(answer, found[policy.id]):
                found[policy.id] = answer
        return found

    @cached_property
    def _quick(self) -> pygen.Function:
        return pygen.compiled([(applies(version), version.amount) for _policy, version in self.versions])

    @cached_property
    def _clauses(self) -> tuple[dict[Version, int], pygen.Function]:
        """One generated function for every clause and amount, and where each version's answers begin in it."""
        places: dict[Version, int] = {}
        asked: list[tuple[core.Condition, core.Number | None]] = []
        for _policy, version in self.versions:
            places[version] = len(asked)
            asked += [(clause.condition, None) for clause in version.clauses]
            asked.append((core.Always(True), version.amount))
        return places, pygen.compiled(asked)

    def _answer(self, policy: Policy, case: Case, share: float, values: list[pygen.Answer]) -> Answer:
        version, undecided = self._version(policy, case)
        if version is None:
            return Answer(policy, None, UNKNOWN if undecided else NOT, None, False, (), case, self.book.schema, share, undecided)
        first = self._clauses[0][version]
        found = [value for value, _amount in values[first : first + len(version.clauses)]]
        value = False if False in found else None if None in found else True
        amount = values[first + len(found)][1] if value is not False else None
        trace = tuple(traced(clause, each, case) for clause, each in zip(version.clauses, found, strict=True))
        return Answer(policy, version, STATUS[value], amount, version.window_open(case.as_of), trace, case, self.book.schema, share)

    def _version(self, policy: Policy, case: Case) -> tuple[Version | None, str]:
        """The version that applies, or the missing date that decides it."""
        for version in policy.known_at(self.known):
            if version.decided_by == "as_of":
                continue
            event = case.get(version.decided_by)
            if event is None:
                return None, version.decided_by
            if isinstance(event, date) and version.in_force(event):
                return version, ""
        now = policy.at(self.valid, self.known)
        return (now, "") if now is not None and now.decided_by == "as_of" else (None, "")

    def next_questions(self, facts: Mapping[str, Value], top: int = 3) -> list[tuple[str, int]]:
        """The facts to ask for, with the money at stake in yuan: for each undecided policy its amount (or the most it can pay) is shared
        among its unknown facts."""
        worth: dict[str, int] = defaultdict(int)
        for answer in self.answer(facts):
            if answer.missing:
                stake = answer.amount if answer.amount is not None else most(answer.version)
                for name in answer.missing:
                    worth[name] += stake // len(answer.missing)
        return sorted(worth.items(), key=lambda each: (-each[1], each[0]))[:top]


def applies(version: Version) -> core.Condition:
    """A version's conditions, with the time in which the deciding event must lie."""
    if version.decided_by == "as_of":
        return version.condition
    event = core.DayFact(version.decided_by)
    parts: list[core.Condition] = []
    if version.valid_from != ALWAYS:
        parts.append(core.CompareDays(">=", event, core.DayConstant(day_number(version.valid_from))))
    if version.valid_to is not None:
        parts.append(core.CompareDays("<", event, core.DayConstant(day_number(version.valid_to))))
    return core.All((*parts, version.condition))


def _better(one: tuple[bool | None, int | None], other: tuple[bool | None, int | None]) -> bool:
    order = (False, None, True)
    return order.index(one[0]) > order.index(other[0])


def most(version: Version | None) -> int:
    """The most that a version can pay, in yuan, by its own bounds."""
    return version.amount.high // version.amount.scale if version and version.amount is not None else 0


def traced(clause: Clause, value: bool | None, case: Case) -> Traced:
    """A clause with how it came out and the values it met."""
    operands = tuple((name, case.get(name)) for name in clause.facts)
    return Traced(clause.id, clause.text, value, operands, gap(clause.condition, case) if value is False else None, clause.source)


def gap(node: core.Condition, case: Case) -> int | None:
    """How far a single comparison of numbers that failed is from true: what is missing (positive) or in excess (negative), in whole
    units; None for any other condition."""
    if not isinstance(node, core.CompareNumbers):
        return None
    left, right = number(node.left, case), number(node.right, case)
    if left is None or right is None:
        return None
    units = -(-abs(right - left) // node.left.scale)
    return units if right >= left else -units


def unknown_facts(node: core.Condition, case: Case) -> frozenset[str]:
    """The unknown facts that keep a condition from being settled."""
    if holds(node, case) is not None:
        return frozenset()
    if isinstance(node, core.All | core.Any_):
        return frozenset().union(*(unknown_facts(part, case) for part in node.parts))
    if isinstance(node, core.Negated):
        return unknown_facts(node.body, case)
    return frozenset(name for name in core.facts_of(node) if case.get(name) is None)


def unknown_facts_of_amount(node: core.Number, case: Case) -> frozenset[str]:
    """The unknown facts that keep an amount open."""
    if number(node, case) is not None:
        return frozenset()
    if isinstance(node, core.FactNumber):
        return frozenset({node.name})
    found: frozenset[str] = frozenset()
    for child in core.children(node):
        if isinstance(child, core.Number):
            found |= unknown_facts_of_amount(child, case)
        elif isinstance(child, core.DayConstant | core.DayFact | core.AsOf | core.LaterYears):
            found |= frozenset(name for name in core.facts_of(child) if day(child, case) is None)
        elif child is not None:
            found |= unknown_facts(child, case)  # type: ignore[arg-type]
    return found
