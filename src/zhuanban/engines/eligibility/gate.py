"""The gate before a version is published: no mistakes, golden cases that hold, and one on either side of every boundary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zhuanban.engines.eligibility import core
from zhuanban.engines.eligibility.answers import Answer, View, applies
from zhuanban.engines.eligibility.book import Book, Clause, Golden, Policy, Version
from zhuanban.engines.eligibility.errors import Issue
from zhuanban.engines.eligibility.interpret import Case, holds
from zhuanban.engines.eligibility.stacking import check as check_stacking


@dataclass(frozen=True)
class Side:
    """A leaf condition that the golden cases have not met on one of its sides."""

    clause: str
    text: str
    wants: bool


def leaves(node: core.Condition) -> Iterator[core.Leaf]:
    """The comparisons and tests of a condition; the guard of a ratio's denominator is not a boundary of its own."""
    match node:
        case core.All(parts) | core.Any_(parts):
            guarded = _guard(parts)
            for part in parts:
                if part is not guarded:
                    yield from leaves(part)
        case core.Negated(body):
            yield from leaves(body)
        case core.Always():
            return
        case _:
            yield node


def _guard(parts: tuple[core.Condition, ...]) -> core.Condition | None:
    """`b > 0` in front of a product that multiplies by b."""
    if len(parts) < 2 or not isinstance(parts[0], core.CompareNumbers) or not isinstance(parts[-1], core.CompareNumbers):
        return None
    first = parts[0]
    is_zero = isinstance(first.right, core.Constant) and first.right.value == 0 and first.op == ">"
    return first if is_zero and any(first.left in core.children(side) for side in (parts[-1].left, parts[-1].right)) else None


def uncovered(version: Version) -> list[Side]:
    """The sides of boundaries on which no golden case stands."""
    cases = [Case(golden.facts, golden.as_of) for golden in version.golden]
    found: list[Side] = []
    for clause in version.clauses:
        for leaf in leaves(clause.condition):
            met = {holds(leaf, case) for case in cases}
            found += [Side(clause.id, clause.text, side) for side in (True, False) if side not in met]
    return found


def failures(book: Book, policy: Policy, version: Version) -> list[tuple[Golden, Answer, str]]:
    """The golden cases that come out otherwise, with what came out and the reason in words."""
    found = []
    for golden in version.golden:
        alone = View(Book(book.schema, (Policy(**{**policy.__dict__, "versions": (version,)}),)), golden.as_of)
        answer = alone.answer(golden.facts)[0]
        if reason := _unlike(golden, answer):
            found.append((golden, answer, reason))
    return found


def _unlike(golden: Golden, answer: Answer) -> str:
    if answer.status != golden.status:
        return f"应为 {golden.status}，实为 {answer.status}"
    if golden.amount is not None and answer.amount != golden.amount:
        return f"金额应为 {golden.amount} 元，实为 {'待定' if answer.amount is None else f'{answer.amount} 元'}"
    if golden.open and answer.amount is not None:
        return f"金额应为待定，实为 {answer.amount} 元"
    if golden.missing and tuple(answer.missing) != golden.missing:
        return f"缺的事实应为 {'、'.join(golden.missing)}，实为 {'、'.join(answer.missing) or '不缺'}"
    return ""


def check(book: Book) -> list[Issue]:
    """Every issue of a book: mistakes of loading, golden cases that fail, sides without a case, facts that nobody reads, conditions that
    can never be met or are always met, caps that cross."""
    found = [*book.issues, *check_stacking(book.stacking)]
    for policy in book.policies:
        for version in policy.versions:
            where = f"{policy.id} 版本{version.number}"
            found += [Issue(f"{where} 样例“{golden.name}”", reason) for golden, _answer, reason in failures(book, policy, version)]
            found += [
                Issue(where, f"条件“{side.text}”没有{'满足' if side.wants else '不满足'}一侧的样例", "warning")
                for side in uncovered(version)
            ]
            found += [Issue(f"{where} 条件 {clause.id}", words) for clause in version.clauses if (words := _settled(clause))]
    return found + _unread(book)


def _settled(clause: Clause) -> str:
    """A comparison that the declared bounds already settle."""
    for leaf in leaves(clause.condition):
        if isinstance(leaf, core.CompareNumbers):
            least, most = leaf.left.low - leaf.right.high, leaf.left.high - leaf.right.low
            always = {">=": least >= 0, ">": least > 0, "<=": most <= 0, "<": most < 0}.get(leaf.op, False)
            never = {">=": most < 0, ">": most <= 0, "<=": least > 0, "<": least >= 0, "=": most < 0 or least > 0}.get(leaf.op, False)
            if always or never:
                return "按事实的上下限，这一条总是成立" if always else "按事实的上下限，这一条永远不成立"
    return ""


def _unread(book: Book) -> list[Issue]:
    read: set[str] = set()
    for policy in book.policies:
        for version in policy.versions:
            read |= core.facts_of(applies(version)) | (core.facts_of(version.amount) if version.amount is not None else frozenset())
    read |= {rule.cap_fact for rule in book.stacking}
    return [Issue(f"事实 {fact.zh}", "没有政策用到", "warning") for name, fact in book.schema.facts.items() if name not in read]
