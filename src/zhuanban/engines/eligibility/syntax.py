"""The tree of an expression, as written: untyped nodes with their places, and the canonical text of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

Expr = "Number | Day | Text | Nothing | Truth | Name | Param | Not | Logic | Compare | Among | Arith | Call | Choice"


@dataclass(frozen=True, slots=True)
class Node:
    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A literal number. `percent` marks 10% and 5‰, which are rates."""

    value: Fraction
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Day(Node):
    value: date


@dataclass(frozen=True, slots=True)
class Text(Node):
    value: str


@dataclass(frozen=True, slots=True)
class Nothing(Node):
    """`none` (无): known to be absent."""


@dataclass(frozen=True, slots=True)
class Truth(Node):
    value: bool


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A fact, by either of its names."""

    name: str


@dataclass(frozen=True, slots=True)
class Param(Node):
    """`$cap`: a number of the policy's own table of parameters."""

    name: str


@dataclass(frozen=True, slots=True)
class Not(Node):
    body: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`and` or `or` over two or more."""

    word: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare(Node):
    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Among(Node):
    """`x in ['a', 'b']`."""

    subject: Node
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Arith(Node):
    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function; tiers of `step` and `marginal` are pairs."""

    name: str
    args: tuple[Node, ...] = ()
    tiers: tuple[tuple[Node, Node], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`if c then a else b` (若 … 则 … 否则 …)."""

    condition: Node
    then: Node
    otherwise: Node


LOOSE, AND, NOT, COMPARED, SUM, PRODUCT, ATOM = range(7)
"""How tightly a piece of text holds together: what is looser than its place stands in brackets."""


def printed(node: Node) -> str:
    """The canonical text, which reads back to the same tree.

    >>> printed(Compare(">=", Name("营业收入"), Number(Fraction(20_000_000))))
    '营业收入 >= 2000万'
    """
    return _print(node)[0]


def _print(node: Node) -> tuple[str, int]:
    match node:
        case Number():
            return number_text(node), ATOM
        case Day():
            return node.value.isoformat(), ATOM
        case Text():
            return "'" + node.value.replace("\\", "\\\\").replace("'", "\\'") + "'", ATOM
        case Nothing():
            return "none", ATOM
        case Truth():
            return ("真" if node.value else "假"), ATOM
        case Name():
            return node.name, ATOM
        case Param():
            return f"${node.name}", ATOM
        case Not():
            return f"非 {_within(node.body, NOT)}", NOT
        case Logic():
            least = AND + 1 if node.word == "and" else LOOSE + 1
            joint = " 且 " if node.word == "and" else " 或 "
            return joint.join(_within(part, least) for part in node.parts), least - 1
        case Compare():
            return f"{_within(node.left, SUM)} {node.op} {_within(node.right, SUM)}", COMPARED
        case Among():
            return f"{_within(node.subject, SUM)} 属于 [{', '.join(printed(each) for each in node.options)}]", COMPARED
        case Arith():
            tight = SUM if node.op in "+-" else PRODUCT
            return f"{_within(node.left, tight)} {node.op} {_within(node.right, tight + 1)}", tight
        case Call():
            inside = [printed(each) for each in node.args] + [f"{printed(low)}:{printed(value)}" for low, value in node.tiers]
            return f"{node.name}({', '.join(inside)})", ATOM
        case Choice():
            return f"(若 {printed(node.condition)} 则 {printed(node.then)} 否则 {printed(node.otherwise)})", ATOM
    raise TypeError(node)


def _within(node: Node, least: int) -> str:
    text, holds = _print(node)
    return text if holds >= least else f"({text})"


def number_text(number: Number) -> str:
    """The shortest usual form: 1.5亿, 2000万, 10%, 5‰, 12.

    >>> number_text(Number(Fraction(3, 100), percent=True))
    '3%'
    """
    value = number.value
    if number.percent:
        return f"{_decimal(value * 100)}%"
    for unit, word in ((10**8, "亿"), (10**4, "万")):
        if value >= unit and (value / unit * 10_000).denominator == 1:
            return f"{_decimal(value / unit)}{word}"
    return _decimal(value)


def _decimal(value: Fraction) -> str:
    """A finite decimal without trailing zeros."""
    if value.denominator == 1:
        return str(value.numerator)
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    scaled = str(int(value * 10**digits)).rjust(digits + 1, "0")
    return f"{scaled[:-digits]}.{scaled[-digits:]}"
