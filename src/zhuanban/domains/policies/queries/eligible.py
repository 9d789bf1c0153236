"""What an enterprise can have: eligible, near, in want of a fact, with the money and the proof of each clause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from zhuanban.domains.enterprises import queries as enterprises
from zhuanban.domains.enterprises.models import EnterpriseFile, FactKind
from zhuanban.domains.policies.models import Policy
from zhuanban.domains.policies.queries import library
from zhuanban.engines.eligibility.answers import ELIGIBLE, NOT, UNKNOWN, Answer
from zhuanban.engines.eligibility.near import Needed
from zhuanban.engines.eligibility.schema import Schema, Type, Value
from zhuanban.engines.eligibility.stacking import Payment, payable
from zhuanban.kernel import show

ASKED = 5
"""Facts that the page asks for at once, those with the most money at stake first."""


@dataclass(frozen=True)
class Proof:
    """One clause as it came out for an enterprise: yes, no or unknown, what it met, and how far from true."""

    text: str
    source: str
    value: bool | None
    met: str
    gap: str


@dataclass(frozen=True)
class Item:
    """One policy as it comes out: the engine's answer beside the library's row."""

    policy: Policy
    answer: Answer
    proofs: tuple[Proof, ...]
    payment: Payment | None = None
    way: tuple[str, ...] = ()
    missing: tuple[FactKind, ...] = ()

    @property
    def money(self) -> Decimal | None:
        """What would be paid, after what the rules of combination take off."""
        if self.payment is not None:
            return Decimal(self.payment.paid)
        return None if self.answer.amount is None else Decimal(self.answer.amount)

    @property
    def cuts(self) -> list[str]:
        return [cut.rule.words for cut in self.payment.cuts] if self.payment else []


@dataclass(frozen=True)
class Having:
    """All that an enterprise can have on a day. `questions` are the facts worth asking for, with the money at stake."""

    day: date
    eligible: tuple[Item, ...]
    near: tuple[Item, ...]
    unknown: tuple[Item, ...]
    rest: tuple[Item, ...]
    questions: tuple[tuple[FactKind, Decimal], ...]

    @property
    def total(self) -> Decimal:
        return sum((item.money or Decimal(0) for item in self.eligible), Decimal(0))

    @property
    def open_amounts(self) -> int:
        return sum(item.money is None and item.answer.open for item in self.eligible)


def having(file: EnterpriseFile, day: date, known: datetime | None = None) -> Having:
    """Ask the engine for every item of the book. About ten queries, whatever the number of items."""
    view = library.view(day, known)
    schema = view.book.schema
    facts = enterprises.facts_of(file.pk, day, known, schema)
    answers = view.answer(facts)
    kinds = {kind.name: kind for kind in enterprises.kinds()}
    policies = {row.key: row for row in Policy.objects.published().select_related("department", "area")}
    amounts = {each.policy.id: each.amount for each in answers if each.status == ELIGIBLE and each.amount is not None}
    payments = {each.policy: each for each in payable(amounts, view.book.stacking, facts)}
    items = [item_of(policies[each.policy.id], each, payments, kinds, schema) for each in answers if each.policy.id in policies]
    near = [item for item in items if item.answer.status == NOT and item.way]
    return Having(
        day,
        tuple(sorted((item for item in items if item.answer.status == ELIGIBLE), key=lambda item: -(item.money or 0))),
        tuple(sorted(near, key=lambda item: (len(item.way), item.policy.key))),
        tuple(sorted((item for item in items if item.answer.status == UNKNOWN), key=lambda item: (len(item.missing), item.policy.key))),
        tuple(item for item in items if item.answer.status == NOT and not item.way),
        tuple((kinds[name], Decimal(worth)) for name, worth in view.next_questions(facts, top=ASKED) if name in kinds),
    )


def item_of(policy: Policy, answer: Answer, payments: Mapping[str, Payment], kinds: Mapping[str, FactKind], schema: Schema) -> Item:
    near = answer.near
    way = (
        tuple(change_words(each, kinds) for each in near.changes)
        if near and all(worth_saying(each, kinds) for each in near.changes)
        else ()
    )
    missing = tuple(kinds[name] for name in answer.missing if name in kinds)
    return Item(policy, answer, proofs(answer, kinds, schema), payments.get(policy.key), way, missing)


def proofs(answer: Answer, kinds: Mapping[str, FactKind], schema: Schema) -> tuple[Proof, ...]:
    return tuple(
        Proof(each.text, each.source, each.value, met_words(each.operands, kinds), gap_words(each.gap, each.operands, schema))
        for each in answer.trace
    )


def met_words(operands: Iterable[tuple[str, Value]], kinds: Mapping[str, FactKind]) -> str:
    """The values that a clause met: 固定资产投资 8000万元."""
    return "，".join(
        f"{kinds[name].zh} {enterprises.said(kinds[name], value) if value is not None else _('未知')}"
        for name, value in operands
        if name in kinds
    )


def gap_words(gap: int | None, operands: Iterable[tuple[str, Value]], schema: Schema) -> str:
    """How far a number is from what is asked, in its own unit."""
    names = [name for name, _value in operands]
    if gap is None or len(names) != 1:
        return ""
    amount = amount_words(abs(gap), schema[names[0]].type)
    return _("还差 %(amount)s") % {"amount": amount} if gap > 0 else _("超出 %(amount)s") % {"amount": amount}


def amount_words(amount: int, kind: Type) -> str:
    if kind is Type.MONEY:
        return show.money(Decimal(amount))
    if kind is Type.RATE:
        return _("%(n)s 个百分点") % {"n": amount}
    return f"{amount:,}"


def change_words(change: Needed, kinds: Mapping[str, FactKind]) -> str:
    """One of the fewest changes that would do: “上年设备投资还差 50万元”, “取得：高新技术企业”."""
    names = "、".join(kinds[name].zh for name in change.facts if name in kinds)
    if change.short is not None:
        kind = kinds[change.facts[0]]
        amount = amount_words(abs(change.short), Type(kind.type))
        return (_("%(fact)s还差 %(amount)s") if change.short > 0 else _("%(fact)s超出 %(amount)s")) % {"fact": names, "amount": amount}
    if change.share is not None:
        return _("%(fact)s之比还差约 %(share)s") % {"fact": names, "share": show.text_of(Decimal(str(change.share)) * 100, "percent")}
    only = kinds.get(change.facts[0]) if len(change.facts) == 1 else None
    if only is not None and only.type == FactKind.Type.BOOL:
        return (_("取得：%(fact)s") if change.wants else _("消除：%(fact)s")) % {"fact": names}
    if only is not None and only.ordered:
        return (_("提升：%(fact)s") if change.wants else _("改变：%(fact)s")) % {"fact": names}
    return _("改变：%(fact)s") % {"fact": names}


def worth_saying(change: Needed, kinds: Mapping[str, FactKind]) -> bool:
    """Whether a change is advice: nobody is told to give up what it has applied for."""
    only = kinds.get(change.facts[0]) if len(change.facts) == 1 else None
    return change.wants or only is None or only.changeable != FactKind.Changeable.BY_APPLICATION


def never_claimed(file: EnterpriseFile, years: Iterable[int], claimed: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    """Money of past years that nobody asked for: what the book of each year's last day gave, without what was claimed.

    `claimed` are (key of the policy, year). An open amount is not counted as money.
    """
    taken = set(claimed)
    found = []
    for year in years:
        had = having(file, date(year, 12, 31))
        items = [item for item in had.eligible if (item.policy.key, year) not in taken and (item.money is None or item.money > 0)]
        if items:
            found.append({"year": year, "items": items, "total": sum((item.money or Decimal(0) for item in items), Decimal(0))})
    return found
