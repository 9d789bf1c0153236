"""The typed tree: what an expression means, with scales and bounds settled, as every reading takes it.

A condition is true, false or unknown. A number is an integer over its `scale` (value = integer / scale) and lies in `low .. high`, both
integers over the same scale; no intermediate can leave 64 bits, which the checker proves. Dates are year-month-day integers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Number:
    """What all numeric nodes have."""

    scale: int = field(kw_only=True, default=1)
    low: int = field(kw_only=True, default=0)
    high: int = field(kw_only=True, default=0)


@dataclass(frozen=True, slots=True)
class Constant(Number):
    value: int = 0


@dataclass(frozen=True, slots=True)
class FactNumber(Number):
    name: str = ""


@dataclass(frozen=True, slots=True)
class YearOf(Number):
    day: Day | None = None


@dataclass(frozen=True, slots=True)
class Sum(Number):
    """`left + right`, or `left - right` with `minus`; both of this node's scale."""

    left: Number = field(default_factory=Number)
    right: Number = field(default_factory=Number)
    minus: bool = False


@dataclass(frozen=True, slots=True)
class Product(Number):
    left: Number = field(default_factory=Number)
    right: Number = field(default_factory=Number)


@dataclass(frozen=True, slots=True)
class Extreme(Number):
    """The least or the greatest; unknown when any is unknown."""

    parts: tuple[Number, ...] = ()
    greatest: bool = False


@dataclass(frozen=True, slots=True)
class Step(Number):
    """The value of the highest tier that `subject` has reached (0 below all); thresholds are of the subject's scale, rising."""

    subject: Number = field(default_factory=Number)
    tiers: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Marginal(Number):
    """The sum over brackets of (what lies in the bracket) x (the bracket's rate); rates are integers, their scale is in this node's."""

    subject: Number = field(default_factory=Number)
    tiers: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Either(Number):
    """`then` where the condition is true, `otherwise` where it is false."""

    condition: Condition | None = None
    then: Number = field(default_factory=Number)
    otherwise: Number = field(default_factory=Number)


@dataclass(frozen=True, slots=True)
class Default(Number):
    """`subject`, or `otherwise` where it is unknown: the one explicit way to let a blank count as something."""

    subject: Number = field(default_factory=Number)
    otherwise: Number = field(default_factory=Number)


@dataclass(frozen=True, slots=True)
class Floor(Number):
    """Whole units, rounded down; negative amounts count as 0."""

    body: Number = field(default_factory=Number)


@dataclass(frozen=True, slots=True)
class DayConstant:
    value: int


@dataclass(frozen=True, slots=True)
class DayFact:
    name: str


@dataclass(frozen=True, slots=True)
class AsOf:
    """The day for which the question is asked."""


@dataclass(frozen=True, slots=True)
class LaterYears:
    """The same day so many years on; 29 February falls on the 28th where there is none."""

    day: Day
    years: int


Day: TypeAlias = DayConstant | DayFact | AsOf | LaterYears


@dataclass(frozen=True, slots=True)
class Always:
    value: bool


@dataclass(frozen=True, slots=True)
class FactTrue:
    name: str


@dataclass(frozen=True, slots=True)
class Known:
    name: str


@dataclass(frozen=True, slots=True)
class IsNone:
    """A date or code that is known to be absent."""

    name: str


@dataclass(frozen=True, slots=True)
class CompareNumbers:
    op: str
    left: Number
    right: Number


@dataclass(frozen=True, slots=True)
class CompareDays:
    """A day that is known to be absent compares false."""

    op: str
    left: Day
    right: Day


@dataclass(frozen=True, slots=True)
class OneOf:
    """A code that is one of these words."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rank:
    """An ordered code against one of its words: `words` are those that satisfy it."""

    name: str
    words: tuple[str, ...]
    op: str
    bound: str


@dataclass(frozen=True, slots=True)
class Prefix:
    name: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """Tags that hold any of these words."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any_:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    body: Condition


Leaf: TypeAlias = Always | FactTrue | Known | IsNone | CompareNumbers | CompareDays | OneOf | Rank | Prefix | Has
Condition: TypeAlias = Leaf | All | Any_ | Negated
"""What can be true, false or unknown."""


def facts_of(node: object) -> frozenset[str]:
    """The facts that a node reads."""
    found: set[str] = set()
    _collect(node, found)
    return frozenset(found)


def _collect(node: object, found: set[str]) -> None:
    match node:
        case FactNumber(name=name) | DayFact(name=name) | FactTrue(name=name) | Known(name=name) | IsNone(name=name):
            found.add(name)
        case OneOf(name=name) | Rank(name=name) | Prefix(name=name) | Has(name=name):
            found.add(name)
        case _:
            for child in children(node):
                _collect(child, found)


def children(node: object) -> tuple[object, ...]:
    """The nodes right under a node."""
    match node:
        case Sum(left=a, right=b) | Product(left=a, right=b) | CompareNumbers(left=a, right=b) | CompareDays(left=a, right=b):
            return (a, b)
        case Extreme(parts=parts) | All(parts=parts) | Any_(parts=parts):
            return parts
        case Step(subject=body) | Marginal(subject=body) | Floor(body=body) | Negated(body=body) | LaterYears(day=body) | YearOf(day=body):
            return (body,)
        case Either(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case Default(subject=subject, otherwise=otherwise):
            return (subject, otherwise)
    return ()
