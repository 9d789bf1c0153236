"""Near misses: the fewest facts that would have to change, found in one walk over nested and / or.

AND adds what its parts need, OR takes the least, NOT swaps. A leaf counts only where its facts can change at all, and a number only
where it lacks no more than a set share.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhuanban.engines.eligibility import core
from zhuanban.engines.eligibility.interpret import Case, holds, number
from zhuanban.engines.eligibility.schema import Change, Schema

MOST_CHANGES = 2


@dataclass(frozen=True)
class Needed:
    """One change: which facts, whether by a number how much is short (whole units, positive: more is needed), or a word to become."""

    facts: tuple[str, ...]
    short: int | None = None
    share: float | None = None
    wants: bool = True


@dataclass(frozen=True)
class Near:
    """The changes that would make a policy fit, and the facts that would still have to be told."""

    changes: tuple[Needed, ...]
    unknown: tuple[str, ...]


Found = tuple[tuple[Needed, ...], frozenset[str]] | None
"""Changes and unknown facts on the way to the wanted value; None where there is no way."""


def nearest(node: core.Condition, case: Case, schema: Schema, share: float = 0.2) -> Near | None:
    """The nearest way to true with at most two changes, or None.

    `share` bounds how much of the target a number may lack (0.2: 20 %).
    """
    found = _way(node, True, case, schema, share)
    if found is None or not 0 < len(found[0]) <= MOST_CHANGES:
        return None
    return Near(found[0], tuple(sorted(found[1])))


def _way(node: core.Condition, wanted: bool, case: Case, schema: Schema, share: float) -> Found:
    match node:
        case core.Negated(body):
            return _way(body, not wanted, case, schema, share)
        case core.All(parts) | core.Any_(parts):
            ways = [_way(part, wanted, case, schema, share) for part in parts]
            return _sum(ways) if isinstance(node, core.All) == wanted else _least(ways)
    return _leaf(node, wanted, case, schema, share)


def _sum(ways: list[Found]) -> Found:
    good = [way for way in ways if way is not None]
    if len(good) < len(ways):
        return None
    changes = tuple(dict.fromkeys(change for way in good for change in way[0]))
    return changes, frozenset().union(*(way[1] for way in good))


def _least(ways: list[Found]) -> Found:
    good = [way for way in ways if way is not None]
    return min(good, key=lambda way: (len(way[0]), len(way[1])), default=None)


def _leaf(node: core.Leaf, wanted: bool, case: Case, schema: Schema, share: float) -> Found:
    value, facts = holds(node, case), core.facts_of(node)
    if value is wanted:
        return (), frozenset()
    if value is None:
        return (), frozenset(name for name in facts if case.get(name) is None)
    if not facts or all(schema.facts[name].changeable is Change.NEVER for name in facts):
        return None
    if isinstance(node, core.CompareNumbers):
        return _short(node, wanted, case, tuple(sorted(facts)), share)
    if isinstance(node, core.CompareDays | core.Known):
        return None
    return (Needed(tuple(sorted(facts)), wants=wanted),), frozenset()


def _short(node: core.CompareNumbers, wanted: bool, case: Case, facts: tuple[str, ...], share: float) -> Found:
    left, right = number(node.left, case), number(node.right, case)
    if left is None or right is None or node.op in {"=", "!="}:
        return None
    lacks = abs(right - left) / abs(right) if right else float("inf")
    if lacks > share and abs(right - left) > 0:
        return None
    strict = (node.op in {">", "<"}) == wanted
    difference = right - left
    units = -(-abs(difference) // node.left.scale) + (1 if strict and difference % node.left.scale == 0 else 0)
    alone = len(facts) == 1 and isinstance(node.left, core.FactNumber)
    rising = (node.op in {">", ">="}) == wanted
    short = (units if rising else -units) if alone else None
    return (Needed(facts, short=short, share=round(lacks, 4), wants=wanted),), frozenset()
