"""A version's entry as lines of text and back: what forms and the REST call take, and what the editor's rows are put together to.

Conditions, a line each: ``words | expression | clause``. Golden cases: ``name | fact=value; fact=value | 符合 24万`` (不符合; 待定 缺 a、b;
符合 待定 for an open amount). Parameters: ``name = value``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from zhuanban.engines.eligibility import syntax
from zhuanban.engines.eligibility.answers import ELIGIBLE, NOT, UNKNOWN
from zhuanban.engines.eligibility.schema import BadFact, Schema, coerce

STATUS_WORDS = {ELIGIBLE: "符合", NOT: "不符合", UNKNOWN: "待定"}
MOST_LINES = 60


class BadLine(ValueError):
    """A line that cannot be read; the text says which and why."""


def lines(text: str) -> list[str]:
    found = [line.strip() for line in (text or "").splitlines() if line.strip()]
    if len(found) > MOST_LINES:
        raise BadLine(_("最多 %(n)s 行。") % {"n": MOST_LINES})
    return found


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.replace("｜", "|").split("|")]


# Parameters -----------------------------------------------------------------------------------------------------------


def read_params(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines(text):
        name, equals, value = (part.strip() for part in line.replace("＝", "=").partition("="))
        if not equals or not name.isidentifier() or not value:
            raise BadLine(_("参数“%(line)s”应写成 名称 = 值。") % {"line": line[:40]})
        if name in found:
            raise BadLine(_("参数“%(name)s”写了两次。") % {"name": name})
        found[name] = value
    return found


def params_text(entry: Mapping[str, Any]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in (entry.get("params") or {}).items())


# Conditions -----------------------------------------------------------------------------------------------------------


def read_when(text: str) -> list[dict[str, str]]:
    found = []
    for place, line in enumerate(lines(text), start=1):
        told = cells(line)
        if len(told) > 3:
            raise BadLine(_("条件“%(line)s”最多写三格：文字 | 表达式 | 条款。") % {"line": line[:40]})
        words, expression, clause = [*told, "", ""][:3]
        if not expression:
            raise BadLine(_("条件“%(line)s”没有写表达式。") % {"line": line[:40]})
        found.append({"id": f"c{place}", "text": words or expression, "if": expression, "clause": clause})
    return found


def when_text(entry: Mapping[str, Any]) -> str:
    return "\n".join(" | ".join([row.get("text", ""), str(row.get("if", "")), row.get("clause", "")]) for row in entry.get("when") or ())


# Golden cases ---------------------------------------------------------------------------------------------------------


def read_golden(text: str, schema: Schema) -> list[dict[str, Any]]:
    found = []
    for line in lines(text):
        told = cells(line)
        if len(told) != 3:
            raise BadLine(_("样例“%(line)s”应写三格：名称 | 事实=值; … | 结果。") % {"line": line[:40]})
        found.append({"name": told[0], "facts": _facts(told[1], schema), "expect": _expected(told[2], line)})
    return found


def _facts(text: str, schema: Schema) -> dict[str, str]:
    facts: dict[str, str] = {}
    for pair in text.replace("；", ";").split(";"):
        if not pair.strip():
            continue
        name, equals, value = (part.strip() for part in pair.replace("＝", "=").partition("="))
        fact = schema.get(name)
        if not equals or fact is None:
            raise BadLine(_("样例里没有“%(name)s”这个事实。") % {"name": name[:20]})
        try:
            coerce(fact, value)
        except BadFact as bad:
            raise BadLine(str(bad)) from None
        facts[fact.zh] = value
    return facts


def _expected(text: str, line: str) -> dict[str, Any]:
    head, _space, rest = text.strip().partition(" ")
    status = ({words: status for status, words in STATUS_WORDS.items()} | {each: each for each in STATUS_WORDS}).get(head)
    if status is None:
        raise BadLine(_("样例“%(line)s”的结果应以 符合、不符合 或 待定 开头。") % {"line": line[:40]})
    told: dict[str, Any] = {"status": status}
    rest = rest.strip().removesuffix("元")
    if status == ELIGIBLE and rest:
        told["amount"] = "open" if rest == "待定" else rest
    if status == UNKNOWN and rest:
        told["missing"] = [word for word in rest.removeprefix("缺").strip().split("、") if word]
    return told


def golden_text(entry: Mapping[str, Any]) -> str:
    return "\n".join(
        f"{case.get('name', '')} | {'; '.join(f'{name}={_said(value)}' for name, value in (case.get('facts') or {}).items())} | {_result(case)}"
        for case in entry.get("golden") or ()
    )


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _result(case: Mapping[str, Any]) -> str:
    expect = case.get("expect") or {}
    status, amount = str(expect.get("status", ELIGIBLE)), expect.get("amount")
    if status == UNKNOWN:
        return f"待定 缺{'、'.join(expect['missing'])}" if expect.get("missing") else "待定"
    if amount is None or status == NOT:
        return STATUS_WORDS[status]
    return f"符合 {'待定' if amount == 'open' else amount}"


def case_line(name: str, facts: Mapping[str, str], status: str, amount: int | None) -> str:
    """A golden case as a line, for instance one proposed for a side that has none."""
    told = "; ".join(f"{fact}={value}" for fact, value in facts.items())
    worth = f" {syntax.number_text(syntax.Number(amount))}" if status == ELIGIBLE and amount is not None else ""  # type: ignore[arg-type]
    return f"{name} | {told} | {STATUS_WORDS[status]}{worth}"
