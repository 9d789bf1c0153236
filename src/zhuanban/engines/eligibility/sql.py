"""The fourth reading: SQL text for SQLite, PostgreSQL, DuckDB and Spark, over a table with a column a fact.

Columns: money and counts BIGINT, rates INTEGER millionths, dates INTEGER year-month-day (0: known absent), codes and industries text
('' : known absent), tags text between bars (`|a|b|`), yes-no BOOLEAN. NULL is unknown, and the databases' own three-valued AND, OR and NOT
are relied on. `least` and `greatest` are never used: they skip NULLs in some dialects. Dialects differ in integer division, in how a large
integer is written, in booleans, and in what a backslash means in a literal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from zhuanban.engines.eligibility import core
from zhuanban.engines.eligibility.schema import day_number


@dataclass(frozen=True)
class Dialect:
    """What differs: `division` of two non-negative integers, the ending of a large integer, the two truths, what escapes a quote in a
    text (and itself)."""

    name: str
    division: str = "({a} / {b})"
    suffix: str = ""
    true: str = "TRUE"
    false: str = "FALSE"
    quote: str = '"'
    escape: str = "'"


DIALECTS: Final = {
    "sqlite": Dialect("sqlite", true="1", false="0"),
    "postgresql": Dialect("postgresql", suffix="::bigint"),
    "duckdb": Dialect("duckdb", division="({a} // {b})", suffix="::BIGINT"),
    "spark": Dialect("spark", division="({a} div {b})", suffix="L", quote="`", escape="\\"),
}


@dataclass(frozen=True)
class Writer:
    """Writes conditions and amounts in a dialect."""

    dialect: Dialect
    as_of: date
    day_facts: frozenset[str] = frozenset()
    """Facts whose known absence is 0 and not empty text."""

    def name(self, fact: str) -> str:
        return f"{self.dialect.quote}{fact}{self.dialect.quote}"

    def truth(self, value: bool) -> str:
        return self.dialect.true if value else self.dialect.false

    def text(self, word: str) -> str:
        """A quoted literal. Words come from the checked tree, and an officer may write any word where a fact lists none."""
        escape = self.dialect.escape
        return "'" + "".join(escape + each if each in {escape, "'"} else each for each in word) + "'"

    def integer(self, value: int) -> str:
        text = f"{value}{self.dialect.suffix}" if self.dialect.suffix else str(value)
        return f"({text})" if value < 0 else text

    def over(self, a: str, b: int) -> str:
        return self.dialect.division.format(a=a, b=self.integer(b))

    # -- conditions --

    def condition(self, node: core.Condition) -> str:
        match node:
            case core.All(parts):
                return f"({' AND '.join(self.condition(part) for part in parts)})"
            case core.Any_(parts):
                return f"({' OR '.join(self.condition(part) for part in parts)})"
            case core.Negated(body):
                return f"(NOT {self.condition(body)})"
            case core.Always(value):
                return self.truth(value)
            case core.FactTrue(name):
                return self.name(name)
            case core.Known(name):
                return f"({self.name(name)} IS NOT NULL)"
            case core.CompareNumbers(op, left, right):
                return f"({self.number(left)} {_operator(op)} {self.number(right)})"
            case core.CompareDays():
                return self._days(node)
        return self._words(node)

    def _days(self, node: core.CompareDays) -> str:
        sides = [(side, self.day(side)) for side in (node.left, node.right)]
        compared = f"({sides[0][1]} {_operator(node.op)} {sides[1][1]})"
        there = [f"({text} <> 0)" for side, text in sides if not isinstance(side, core.DayConstant | core.AsOf)]
        return f"({' AND '.join([*there, compared])})"

    def _words(self, node: core.Leaf) -> str:
        name = self.name(getattr(node, "name", ""))
        match node:
            case core.IsNone():
                return f"({name} = {self._absent(node)})"
            case core.OneOf(words=words) | core.Rank(words=words):
                options = ", ".join(self.text(word) for word in words)
                return f"({name} IN ({options}))" if words else f"({name} <> {name})"
            case core.Prefix(prefixes=prefixes):
                tests = [f"substr({name}, 1, {len(prefix)}) = {self.text(prefix)}" for prefix in prefixes]
                return f"({' OR '.join(tests)})"
            case core.Has(words=words):
                tests = [f"replace({name}, {self.text(f'|{word}|')}, '') <> {name}" for word in words]
                return f"({' OR '.join(tests)})"
        raise TypeError(node)

    def _absent(self, node: core.IsNone) -> str:
        return "0" if node.name in self.day_facts else "''"

    # -- numbers --

    def number(self, node: core.Number) -> str:
        match node:
            case core.Constant(value=value):
                return self.integer(value)
            case core.FactNumber(name=name):
                return self.name(name)
            case core.YearOf(day=body) if body is not None:
                return self.over(self.day(body), 10_000)
            case core.Sum(left=a, right=b, minus=minus):
                return f"({self.number(a)} {'-' if minus else '+'} {self.number(b)})"
            case core.Product(left=a, right=b):
                return f"({self._wide(a)} * {self._wide(b)})"
            case core.Extreme(parts=parts, greatest=greatest):
                return self._extreme([self.number(part) for part in parts], ">=" if greatest else "<=")
            case core.Either(condition=condition, then=then, otherwise=otherwise) if condition is not None:
                test = self.condition(condition)
                return f"(CASE WHEN {test} THEN {self.number(then)} WHEN NOT {test} THEN {self.number(otherwise)} END)"
            case core.Default(subject=subject, otherwise=otherwise):
                return f"coalesce({self.number(subject)}, {self.number(otherwise)})"
            case core.Floor(body=body):
                inner = self.number(body)
                return self.over(f"(CASE WHEN {inner} < 0 THEN 0 ELSE {inner} END)", body.scale)
            case core.Step(subject=subject, tiers=tiers):
                return self._step(self.number(subject), tiers)
            case core.Marginal(subject=subject, tiers=tiers):
                return self._marginal(self.number(subject), tiers)
        raise TypeError(node)

    def _wide(self, node: core.Number) -> str:
        """A rate's 32-bit column is widened before it is multiplied."""
        text = self.number(node)
        return f"CAST({text} AS BIGINT)" if isinstance(node, core.FactNumber) else text

    def _extreme(self, parts: list[str], op: str) -> str:
        """Unknown when any part is: each CASE first asks for nulls."""
        best = parts[0]
        for part in parts[1:]:
            best = f"(CASE WHEN {best} IS NULL OR {part} IS NULL THEN NULL WHEN {best} {op} {part} THEN {best} ELSE {part} END)"
        return best

    def _step(self, subject: str, tiers: Sequence[tuple[int, int]]) -> str:
        whens = " ".join(f"WHEN {subject} >= {self.integer(start)} THEN {self.integer(paid)}" for start, paid in reversed(tiers))
        return f"(CASE WHEN {subject} IS NULL THEN NULL {whens} ELSE {self.integer(0)} END)"

    def _marginal(self, subject: str, tiers: Sequence[tuple[int, int]]) -> str:
        ends = [start for start, _rate in tiers[1:]]
        brackets = []
        for place, (start, rate) in enumerate(tiers):
            low = self.integer(start)
            part = f"WHEN {subject} <= {low} THEN {self.integer(0)}"
            if place < len(ends):
                part += f" WHEN {subject} >= {self.integer(ends[place])} THEN {self.integer((ends[place] - start) * rate)}"
            brackets.append(f"(CASE WHEN {subject} IS NULL THEN NULL {part} ELSE ({subject} - {low}) * {self.integer(rate)} END)")
        return f"({' + '.join(brackets)})"

    # -- days --

    def day(self, node: core.Day) -> str:
        match node:
            case core.DayConstant(value):
                return str(value)
            case core.AsOf():
                return str(day_number(self.as_of))
            case core.DayFact(name):
                return self.name(name)
            case core.LaterYears(body, years):
                return self._later(self.day(body), years)
        raise TypeError(node)

    def _later(self, text: str, years: int) -> str:
        """The leap day falls on the 28th where the year has none; integers only, so that every dialect agrees."""
        moved = f"({text} + {years * 10_000})"
        year = self.over(moved, 10_000)
        leap = f"({_rest(self, year, 4)} = 0 AND ({_rest(self, year, 100)} <> 0 OR {_rest(self, year, 400)} = 0))"
        return f"(CASE WHEN {text} = 0 THEN 0 WHEN {_rest(self, moved, 10_000)} = 229 AND NOT {leap} THEN {moved} - 1 ELSE {moved} END)"


def _rest(writer: Writer, text: str, by: int) -> str:
    return f"({text} - {writer.over(text, by)} * {by})"


def _operator(op: str) -> str:
    return "<>" if op == "!=" else op
