"""The second reading: one Python function for many expressions, generated from the tree alone, for single answers in bulk.

Nothing of the text that an officer wrote reaches the source: names are numbered, words are constants in a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from zhuanban.engines.eligibility import core
from zhuanban.engines.eligibility.interpret import later, marginal
from zhuanban.engines.eligibility.schema import NONE, Value, day_number

Answer = tuple[bool | None, int | None]
Function = Callable[[Mapping[str, Value], date], list[Answer]]


def compiled(expressions: Sequence[tuple[core.Condition, core.Number | None]]) -> Function:
    """A function from facts and day to (holds, amount) of each expression; the amount is None where it is open or not due."""
    writer = _Writer()
    for condition, amount in expressions:
        writer.answer(condition, amount)
    source = writer.source()
    scope: dict[str, Any] = {"later": later, "marginal": marginal, "NONE": NONE, "day_number": day_number, "C": tuple(writer.constants)}
    exec(compile(source, "<policies>", "exec"), scope)  # noqa: S102  # the source is made from the typed tree only
    function: Function = scope["answer"]
    return function


class _Writer:
    """Statements in order; a node that was written before is read from its variable."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.known: dict[object, str] = {}
        self.constants: list[object] = []
        self.facts: dict[str, str] = {}
        self.answers: list[str] = []

    def source(self) -> str:
        reads = [f"    {variable} = get({self.constant(name)})" for name, variable in self.facts.items()]
        body = [f"    {line}" for line in self.lines]
        answers = ", ".join(self.answers)
        return "\n".join(
            [
                "def answer(facts, as_of):",
                "    get = facts.get",
                "    today = day_number(as_of)",
                *reads,
                *body,
                f"    return [{answers}]",
                "",
            ]
        )

    def constant(self, value: object) -> str:
        if value not in self.constants:
            self.constants.append(value)
        return f"C[{self.constants.index(value)}]"

    def fact(self, name: str) -> str:
        return self.facts.setdefault(name, f"f{len(self.facts)}")

    def keep(self, node: object, text: str) -> str:
        variable = f"v{len(self.known)}"
        self.lines.append(f"{variable} = {text}")
        self.known[node] = variable
        return variable

    def answer(self, condition: core.Condition, amount: core.Number | None) -> None:
        holds = self.holds(condition)
        paid = self.number(amount) if amount is not None else "None"
        self.answers.append(f"({holds}, {paid} if {holds} is not False else None)")

    def holds(self, node: core.Condition) -> str:
        return self.known.get(node) or self.keep(node, self._condition(node))

    def _condition(self, node: core.Condition) -> str:
        match node:
            case core.Always(value):
                return str(value)
            case core.All(parts):
                names = [self.holds(part) for part in parts]
                return f"False if {_or(names, 'is False')} else None if {_or(names, 'is None')} else True"
            case core.Any_(parts):
                names = [self.holds(part) for part in parts]
                return f"True if {_or(names, 'is True')} else None if {_or(names, 'is None')} else False"
            case core.Negated(body):
                inner = self.holds(body)
                return f"None if {inner} is None else not {inner}"
            case core.CompareNumbers(op, left, right):
                return self._compare(op, self.number(left), self.number(right))
            case core.CompareDays(op, left, right):
                a, b = self.day(left), self.day(right)
                absent = " or ".join(f"{each} == 0" for each in (a, b) if not _is_literal(each) and each != "today")
                return f"False if {absent} else {self._compare(op, a, b)}" if absent else self._compare(op, a, b)
        return self._leaf(node)

    def _compare(self, op: str, a: str, b: str) -> str:
        return _guarded([a, b], f"{a} {'==' if op == '=' else op} {b}")

    def _leaf(self, node: core.Leaf) -> str:
        fact = self.fact(getattr(node, "name", ""))
        match node:
            case core.Known():
                return f"{fact} is not None"
            case core.FactTrue():
                test = f"{fact} is True"
            case core.IsNone():
                test = f"{fact} is NONE"
            case core.OneOf(words=words) | core.Rank(words=words):
                test = f"{fact} in {self.constant(words)}"
            case core.Prefix(prefixes=prefixes):
                test = f"{fact} is not NONE and {fact}.startswith({self.constant(prefixes)})"
            case core.Has(words=words):
                test = f"not {fact}.isdisjoint({self.constant(words)})"
            case _:
                raise TypeError(node)
        return f"None if {fact} is None else {test}"

    def number(self, node: core.Number) -> str:
        if isinstance(node, core.Constant):
            return str(node.value)
        if isinstance(node, core.FactNumber):
            return self.fact(node.name)
        return self.known.get(node) or self.keep(node, self._number(node))

    def _number(self, node: core.Number) -> str:
        match node:
            case core.Either(condition=condition, then=then, otherwise=otherwise):
                test = self.holds(condition) if condition is not None else "None"
                return f"None if {test} is None else {self.number(then)} if {test} else {self.number(otherwise)}"
            case core.Default(subject=subject, otherwise=otherwise):
                first = self.number(subject)
                return first if _is_literal(first) else f"{self.number(otherwise)} if {first} is None else {first}"
            case core.YearOf(day=body) if body is not None:
                found = self.day(body)
                return _guarded([found], f"{found} // 10000")
        parts = [self.number(part) for part in core.children(node) if isinstance(part, core.Number)]
        return _guarded(parts, self._reckoned(node, parts))

    def _reckoned(self, node: core.Number, parts: list[str]) -> str:
        match node:
            case core.Sum(minus=minus):
                return f"{parts[0]} {'-' if minus else '+'} ({parts[1]})"
            case core.Product():
                return f"({parts[0]}) * ({parts[1]})"
            case core.Extreme(greatest=greatest):
                return f"{'max' if greatest else 'min'}({', '.join(parts)})"
            case core.Step(tiers=tiers):
                steps = [f"{paid} if {parts[0]} >= {start}" for start, paid in reversed(tiers)]
                return " else ".join([*steps, "0"])
            case core.Marginal(tiers=tiers):
                return f"marginal({parts[0]}, {self.constant(tiers)})"
            case core.Floor(body=body):
                return f"max({parts[0]}, 0) // {body.scale}"
        raise TypeError(node)

    def day(self, node: core.Day) -> str:
        match node:
            case core.DayConstant(value):
                return str(value)
            case core.AsOf():
                return "today"
        return self.known.get(node) or self.keep(node, self._day(node))

    def _day(self, node: core.Day) -> str:
        match node:
            case core.DayFact(name):
                fact = self.fact(name)
                return f"None if {fact} is None else 0 if {fact} is NONE else day_number({fact})"
            case core.LaterYears(body, years):
                found = self.day(body)
                return f"later({found}, {years})" if _is_literal(found) else f"later({found}, {years}) if {found} else {found}"
        raise TypeError(node)


def _is_literal(name: str) -> bool:
    return name.lstrip("-").isdigit()


def _guarded(parts: list[str], body: str) -> str:
    """Unknown where a part is."""
    unknown = [part for part in parts if not _is_literal(part) and part != "today"]
    return f"None if {_or(unknown, 'is None')} else {body}" if unknown else body


def _or(names: list[str], test: str) -> str:
    return " or ".join(f"{name} {test}" for name in dict.fromkeys(names))
