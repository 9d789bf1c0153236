"""Expressions in plain words: what a condition asks and what an amount comes to, as people read it; and rows of a decision table.

The tree as written is the only source: the table, the expression and the words are three views of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from zhuanban.engines.eligibility import syntax
from zhuanban.engines.eligibility.check import AS_OF, read_params
from zhuanban.engines.eligibility.errors import LanguageError
from zhuanban.engines.eligibility.language import parse
from zhuanban.engines.eligibility.schema import Schema, Type

OPERATORS = (">=", ">", "<=", "<", "=", "!=", "属于", "不属于", "开头为", "含", "是", "否")
"""What a row of the decision table may say between a fact and a value."""


def tree(text: str, schema: Schema) -> syntax.Node:
    """The tree of an expression as written. Raises LanguageError."""
    return parse(text, frozenset(schema.names) | AS_OF)


def canonical(text: str, schema: Schema) -> str:
    """The canonical text, or the text itself where it cannot be read: a draft may hold mistakes."""
    try:
        return syntax.printed(tree(text, schema))
    except LanguageError:
        return text.strip()


# The decision table ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A condition as a row of the decision table: a fact, an operator, a value."""

    fact: str
    op: str
    value: str


def row_of(text: str, schema: Schema) -> Row | None:
    """The row that says the same as an expression; None where only an expression can say it."""
    try:
        node = tree(text, schema)
    except LanguageError:
        return None
    match node:
        case syntax.Name(name) if _type(schema, name) is Type.BOOL:
            return Row(_zh(schema, name), "是", "")
        case syntax.Not(syntax.Name(name)) if _type(schema, name) is Type.BOOL:
            return Row(_zh(schema, name), "否", "")
        case syntax.Compare(op, syntax.Name(name), value) if _literal(value):
            return Row(_zh(schema, name), op, _bare(value))
        case syntax.Among(syntax.Name(name), options):
            return Row(_zh(schema, name), "属于", "、".join(_bare(each) for each in options))
        case syntax.Not(syntax.Among(syntax.Name(name), options)):
            return Row(_zh(schema, name), "不属于", "、".join(_bare(each) for each in options))
        case syntax.Call(("prefix" | "has") as call, (syntax.Name(name), *words)):
            return Row(_zh(schema, name), "开头为" if call == "prefix" else "含", "、".join(_bare(each) for each in words))
    return None


def text_of(row: Row, schema: Schema) -> str:
    """The expression that a row says, in canonical form where it can be read."""
    words = [word.strip() for word in row.value.replace(",", "、").replace("，", "、").split("、") if word.strip()]
    quoted = ", ".join(_quoted(word) for word in words)
    match row.op:
        case "是":
            text = row.fact
        case "否":
            text = f"非 {row.fact}"
        case "属于":
            text = f"{row.fact} 属于 [{quoted}]"
        case "不属于":
            text = f"非 {row.fact} 属于 [{quoted}]"
        case "开头为":
            text = f"prefix({row.fact}, {quoted})"
        case "含":
            text = f"has({row.fact}, {quoted})"
        case _:
            text = f"{row.fact} {row.op} {_value(row, schema)}"
    return canonical(text, schema)


def _value(row: Row, schema: Schema) -> str:
    coded = _type(schema, row.fact) is Type.CODE and not row.value.startswith(("$", "'")) and row.value not in {"无", "none"}
    return _quoted(row.value.strip()) if coded else row.value.strip()


def _quoted(word: str) -> str:
    return word if word.startswith("'") else "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _literal(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Number | syntax.Day | syntax.Text | syntax.Nothing | syntax.Param) or (
        isinstance(node, syntax.Name) and node.name in AS_OF
    )


def _bare(node: syntax.Node) -> str:
    """A value as a cell holds it: words without quotes, known absence as 无."""
    return node.value if isinstance(node, syntax.Text) else "无" if isinstance(node, syntax.Nothing) else syntax.printed(node)


def _type(schema: Schema, name: str) -> Type | None:
    fact = schema.get(name)
    return fact.type if fact else None


def _is_zero(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Number) and node.value == 0


def _zh(schema: Schema, name: str) -> str:
    fact = schema.get(name)
    return fact.zh if fact else name


# The amount as a table ------------------------------------------------------------------------------------------------

FIXED, SHARE, STEP, MARGINAL = "fixed", "share", "step", "marginal"


@dataclass(frozen=True)
class Amount:
    """An amount as the table writes it: a fixed sum, a share of a fact, steps or brackets of a fact; `cap` bounds it. `tiers` are lines
    of a start and a value."""

    kind: str
    fact: str = ""
    value: str = ""
    cap: str = ""
    tiers: str = ""


def amount_of(text: str, schema: Schema) -> Amount | None:
    """The table that says the same as an amount; None where only an expression can say it."""
    try:
        node = tree(text, schema)
    except LanguageError:
        return Amount(FIXED) if not text.strip() else None
    cap = ""
    if isinstance(node, syntax.Call) and node.name == "min" and len(node.args) == 2 and _sum(node.args[1]):
        whole, most = node.args
        node, cap = whole, syntax.printed(most)
    match node:
        case syntax.Number() | syntax.Param() if not cap:
            return Amount(FIXED, value=syntax.printed(node))
        case syntax.Arith("*", syntax.Name(name), rate) if _sum(rate):
            return Amount(SHARE, _zh(schema, name), syntax.printed(rate), cap)
        case syntax.Call(("step" | "marginal") as kind, (syntax.Name(name),), tiers):
            lines = "\n".join(f"{syntax.printed(low)} {syntax.printed(value)}" for low, value in tiers)
            return Amount(kind, _zh(schema, name), cap=cap, tiers=lines)
    return None


def amount_text(row: Amount, schema: Schema) -> str:
    """The expression that a table of an amount says, in canonical form where it can be read."""
    if row.kind == FIXED:
        return canonical(row.value, schema) if row.value.strip() else ""
    if row.kind == SHARE:
        body = f"{row.fact} * {row.value.strip()}"
    else:
        pairs = (line.replace("：", " ").replace(":", " ").split() for line in row.tiers.splitlines() if line.strip())
        body = f"{row.kind}({row.fact}, {', '.join(':'.join(pair) for pair in pairs)})"
    return canonical(f"min({body}, {row.cap.strip()})" if row.cap.strip() else body, schema)


def _sum(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Number | syntax.Param)


# Amounts in words -----------------------------------------------------------------------------------------------------


def amount_words(text: str, params: Mapping[str, object], schema: Schema) -> str:
    """An amount as a sentence: “固定资产投资的3%，最高5000万元”. What no sentence fits is given as the expression."""
    if not text:
        return _("不涉及金额")
    try:
        return _Speaker(read_params(dict(params)), schema).amount(tree(str(text), schema))
    except LanguageError:
        return str(text)


class _Speaker:
    def __init__(self, params: Mapping[str, syntax.Node], schema: Schema) -> None:
        self.params, self.schema = params, schema

    def amount(self, node: syntax.Node) -> str:
        match node:
            case syntax.Call("min", parts) if any(isinstance(self.told(part), syntax.Number) for part in parts):
                caps = [self.told(part) for part in parts if isinstance(self.told(part), syntax.Number)]
                rest = [self.amount(part) for part in parts if not isinstance(self.told(part), syntax.Number)]
                most = min((each.value for each in caps if isinstance(each, syntax.Number)), default=Fraction(0))
                body = rest[0] if len(rest) == 1 else _("%(parts)s 中较低的") % {"parts": "、".join(rest)}
                return _("%(body)s，最高 %(most)s") % {"body": body, "most": yuan(most)}
            case syntax.Call("min", parts):
                return _("%(parts)s 中较低的") % {"parts": "、".join(self.amount(part) for part in parts)}
            case syntax.Call("step", (subject,), tiers):
                told = [self.tier(subject, low, paid) for low, paid in tiers]
                return _("按%(subject)s分档：%(tiers)s") % {"subject": self.amount(subject), "tiers": "；".join(told)}
            case syntax.Call("marginal", (subject,), tiers):
                told = [self.bracket(subject, place, tiers) for place in range(len(tiers))]
                return _("%(subject)s分段累进：%(tiers)s") % {"subject": self.amount(subject), "tiers": "；".join(told)}
            case syntax.Choice(condition, then, otherwise):
                told_ = {"when": self.condition(condition), "then": self.amount(then), "else": self.amount(otherwise)}
                return _("%(when)s的，%(then)s；其余%(else)s") % told_
            case syntax.Arith("*", left, right):
                rate = self.told(right)
                if isinstance(rate, syntax.Number) and rate.percent:
                    return _("%(what)s的 %(rate)s") % {"what": self.amount(left), "rate": syntax.number_text(rate)}
                return _("每单位%(what)s %(each)s") % {"what": self.amount(left), "each": self.value(right)}
        return self.value(node)

    def tier(self, subject: syntax.Node, low: syntax.Node, paid: syntax.Node) -> str:
        if _is_zero(low):
            return _("起步 %(paid)s") % {"paid": self.amount(paid)}
        return _("%(start)s以上 %(paid)s") % {"start": self.bound(subject, low), "paid": self.amount(paid)}

    def bracket(self, subject: syntax.Node, place: int, tiers: tuple[tuple[syntax.Node, syntax.Node], ...]) -> str:
        """One bracket: up to where the next begins, or from its own start on."""
        low, rate = tiers[place]
        if _is_zero(low) and place + 1 < len(tiers):
            return _("%(end)s以内的部分 %(rate)s") % {"end": self.bound(subject, tiers[place + 1][0]), "rate": self.value(rate)}
        return _("超过%(start)s的部分 %(rate)s") % {"start": self.bound(subject, low), "rate": self.value(rate)}

    def condition(self, node: syntax.Node) -> str:
        """A plain comparison in words; anything else as written."""
        if not isinstance(node, syntax.Compare) or not isinstance(node.left, syntax.Name):
            return syntax.printed(node)
        dated = _type(self.schema, node.left.name) is Type.DATE
        words = {">=": _("达到"), "=": _("为"), "<": _("低于"), "<=": _("不超过"), ">": _("超过")} | (
            {"<=": _("不晚于"), "<": _("早于"), ">=": _("不早于"), ">": _("晚于")} if dated else {}
        )
        told = self.told(node.right)
        value = yuan(told.value) if isinstance(told, syntax.Number) and not told.percent else _bare(told)
        return f"{node.left.name}{words[node.op]}{value}" if node.op in words else syntax.printed(node)

    def told(self, node: syntax.Node) -> syntax.Node:
        return self.params.get(node.name, node) if isinstance(node, syntax.Param) else node

    def value(self, node: syntax.Node) -> str:
        told = self.told(node)
        if isinstance(told, syntax.Number):
            return syntax.number_text(told) if told.percent else yuan(told.value)
        return syntax.printed(told)

    def bound(self, subject: syntax.Node, low: syntax.Node) -> str:
        """The start of a tier in the unit of what is tiered."""
        told, name = self.told(low), subject.name if isinstance(subject, syntax.Name) else ""
        if isinstance(told, syntax.Number) and (told.percent or _type(self.schema, name) is not Type.MONEY):
            return syntax.number_text(told)
        return self.value(low)


def yuan(value: Fraction | int) -> str:
    """Whole or decimal yuan in the usual short form: 5000万元, 2.5万元, 4500元."""
    return f"{syntax.number_text(syntax.Number(Fraction(value)))}元"


def plain_entry(entry: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """An entry with its expressions in canonical form."""
    made = dict(entry)
    made["when"] = [{**row, "if": canonical(str(row.get("if", "")), schema)} for row in entry.get("when") or ()]
    if entry.get("amount") not in (None, ""):
        made["amount"] = canonical(str(entry["amount"]), schema)
    return made
