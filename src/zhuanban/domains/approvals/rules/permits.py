"""Which items a project needs, what they wait for, and whether the catalogue's prerequisites go round in a circle: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from zhuanban.domains.approvals.models import Facts, Item, ItemVersion, Truth, holds
from zhuanban.engines.schedules import Activity, CycleError, Link, Network

START, WORKS = "START", "WORKS"
"""The day on which building may lawfully begin, to which everything before leads, and the day on which the works are finished."""

Condition = Mapping[str, list[str]]


@dataclass(frozen=True)
class Entry:
    """An item with what its version in force asks for. `needs`: code -> the condition under which it is waited for."""

    item: int
    version: int
    code: str
    name: str
    short_name: str
    stage: int
    kind: str
    position: int
    days: int | None
    unit: str = ItemVersion.Unit.WORKDAY
    condition: Condition = field(default_factory=dict)
    needs: Mapping[str, Condition] = field(default_factory=dict)
    tolerant: bool = False
    commitment: bool = False

    @property
    def handled(self) -> bool:
        """Cases are opened for it; contracts and events are only recorded."""
        return self.kind not in (Item.Kind.CONTRACT, Item.Kind.EVENT)


@dataclass(frozen=True)
class Book:
    """The catalogue as it is in force on a day, in the order of its items. `number` is the catalogue version's row."""

    on: date
    number: int | None
    entries: tuple[Entry, ...]

    @cached_property
    def by_code(self) -> dict[str, Entry]:
        return {entry.code: entry for entry in self.entries}


@dataclass(frozen=True)
class Needed:
    """An item that a project needs, with the items of its own plan that it waits for. `uncertain`: a fact that decides is not known."""

    entry: Entry
    waits_for: tuple[str, ...]
    uncertain: bool


def needed(book: Book, facts: Facts) -> tuple[Needed, ...]:
    """The items that facts call for. What a fact that is not known may call for is in it too, and marked: nobody is told that the way is
    shorter than it may turn out to be."""
    answers = {entry.code: holds(entry.condition, facts) for entry in book.entries}
    kept = {code for code, answer in answers.items() if answer is not Truth.NO}
    return tuple(
        Needed(
            entry,
            tuple(code for code, condition in entry.needs.items() if code in kept and holds(condition, facts) is not Truth.NO),
            answers[entry.code] is Truth.UNKNOWN,
        )
        for entry in book.entries
        if entry.code in kept
    )


def unclear(book: Book, facts: Facts) -> list[str]:
    """The facts that are not known and on which it depends whether an item is needed."""
    asked = {
        name for entry in book.entries if holds(entry.condition, facts) is Truth.UNKNOWN for name in entry.condition if not facts.get(name)
    }
    return sorted(asked)


def leading_to(goal: str, steps: Iterable[Needed]) -> frozenset[str]:
    """The goal and everything that it waits for, directly or not; nothing where the plan has no such item."""
    before = {step.entry.code: step.waits_for for step in steps}
    found: set[str] = set()
    ahead = [goal] if goal in before else []
    while ahead:
        code = ahead.pop()
        if code not in found:
            found.add(code)
            ahead.extend(before[code])
    return frozenset(found)


def layers(steps: Iterable[Needed]) -> dict[str, int]:
    """Code -> how many items stand before it on the longest chain, in a plan without a circle."""
    before = {step.entry.code: step.waits_for for step in steps}
    found: dict[str, int] = {}

    def layer(code: str) -> int:
        if code not in found:
            found[code] = max((layer(each) + 1 for each in before[code]), default=0)
        return found[code]

    for code in before:
        layer(code)
    return found


def chain(steps: Iterable[Needed]) -> list[Needed]:
    """One after the other (爬楼梯): every item once all that it waits for is done, else by stage and in the catalogue's order."""
    waiting = sorted(steps, key=lambda step: (step.entry.stage, step.entry.position))
    done: set[str] = set()
    ordered: list[Needed] = []
    while waiting:
        step = next(each for each in waiting if done.issuperset(each.waits_for))
        waiting.remove(step)
        ordered.append(step)
        done.add(step.entry.code)
    return ordered


def circle(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """The codes of items that wait for each other in a circle, each before the one that waits for it; empty where none do.

    >>> circle({"LUPP": ["LAND"], "LAND": [], "CPP": ["LUPP"]})
    []
    >>> sorted(circle({"LUPP": ["CPP"], "LAND": [], "CPP": ["LUPP"]}))
    ['CPP', 'LUPP']
    """
    own = next((code for code, before in needs.items() if code in set(before)), "")
    if own:
        return [own]
    links = [Link(before, code) for code in needs for before in dict.fromkeys(needs[code]) if before in needs]
    try:
        Network.from_records([Activity(code, 0, "office") for code in needs], links)
    except CycleError as found:
        return list(dict.fromkeys(found.ids))
    return []
