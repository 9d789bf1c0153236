"""What one enterprise is paid when policies meet: the best permitted combination, exactly, with a reason for every cut.

The search runs over the few policies that exclude or build on one another; caps on sums must be nested or apart, so that taking in order
is the best. Cost: 2 to the number of entangled eligible policies of one enterprise, pruned by what is still to be had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zhuanban.engines.eligibility.book import Stacking
from zhuanban.engines.eligibility.errors import Issue
from zhuanban.engines.eligibility.schema import Value


@dataclass(frozen=True)
class Cut:
    """What was taken off a policy's amount, in yuan, and which rule asked for it."""

    rule: Stacking
    amount: int
    against: tuple[str, ...] = ()


@dataclass(frozen=True)
class Payment:
    """A policy's amount before and after stacking, in yuan. `cuts` explain every yuan between the two."""

    policy: str
    asked: int
    paid: int
    cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True)
class _Cap:
    rule: Stacking
    limit: int


def check(rules: Sequence[Stacking]) -> list[Issue]:
    """Caps that cross one another, which the search does not settle exactly."""
    caps = [(rule, set(rule.policies)) for rule in rules if rule.kind == "sum_cap"]
    return [
        Issue(
            f"叠加规则 {one.words or '、'.join(one.policies)}",
            f"和“{other.words or '、'.join(other.policies)}”部分重叠；上限要么互相包含，要么互不相干",
        )
        for at, (one, mine) in enumerate(caps)
        for other, theirs in caps[at + 1 :]
        if mine & theirs and not mine <= theirs and not theirs <= mine
    ]


def payable(amounts: Mapping[str, int], rules: Sequence[Stacking], facts: Mapping[str, Value]) -> list[Payment]:
    """What is paid of these amounts (policy -> whole yuan), in the order given.

    A cap whose fact is unknown holds everything back to 0: unknown is never without limit. Of equal totals the combination with the
    earlier policies wins.

    >>> rule = Stacking("at_most_one", ("A", "B"))
    >>> [(each.policy, each.paid) for each in payable({"A": 5, "B": 7}, [rule], {})]
    [('A', 0), ('B', 7)]
    """
    order = [name for name, amount in amounts.items() if amount > 0]
    caps = sorted((_Cap(rule, _limit(rule, facts)) for rule in rules if rule.kind == "sum_cap"), key=lambda cap: len(cap.rule.policies))
    choices = [rule for rule in rules if rule.kind != "sum_cap"]
    tangled = [name for name in order if any(name in rule.policies or name == rule.base for rule in choices)]
    free = [name for name in order if name not in tangled]
    best = _search(tangled, free, order, amounts, choices, caps)
    paid, cut = _capped([name for name in order if name in best], amounts, caps)
    return [_payment(name, amount, name in best, paid.get(name, 0), cut.get(name, []), best, choices) for name, amount in amounts.items()]


def _limit(rule: Stacking, facts: Mapping[str, Value]) -> int:
    if rule.cap_fact:
        found = facts.get(rule.cap_fact)
        told = found if isinstance(found, int) else 0
        return told if rule.cap is None else min(told, rule.cap)
    return rule.cap or 0


def _search(
    tangled: list[str], free: list[str], order: list[str], amounts: Mapping[str, int], choices: list[Stacking], caps: list[_Cap]
) -> frozenset[str]:
    """Depth first, taking before leaving; a branch that cannot beat the best is left."""
    best: list[object] = [-1, frozenset(free)]

    def walk(at: int, chosen: frozenset[str], hope: int) -> None:
        if hope <= int(best[0]):  # type: ignore[call-overload]
            return
        if at == len(tangled):
            if _allowed(chosen, choices):
                paid, _cut = _capped([name for name in order if name in chosen], amounts, caps)
                total = sum(paid.values())
                if total > int(best[0]):  # type: ignore[call-overload]
                    best[:] = [total, chosen]
            return
        name = tangled[at]
        if not _excluded(name, chosen, choices):
            walk(at + 1, chosen | {name}, hope)
        walk(at + 1, chosen, hope - amounts[name])

    walk(0, frozenset(free), sum(amounts[name] for name in order))
    return best[1]  # type: ignore[return-value]


def _excluded(name: str, chosen: frozenset[str], choices: Iterable[Stacking]) -> bool:
    return any(
        rule.kind in {"at_most_one", "same_matter"} and name in rule.policies and chosen & set(rule.policies) - {name} for rule in choices
    )


def _allowed(chosen: frozenset[str], choices: Iterable[Stacking]) -> bool:
    """Nothing is paid on top of what is not there."""
    return all(rule.base in chosen or not chosen & set(rule.policies) for rule in choices if rule.kind == "top_up")


def _capped(names: list[str], amounts: Mapping[str, int], caps: list[_Cap]) -> tuple[dict[str, int], dict[str, list[tuple[_Cap, int]]]]:
    """Amounts under the caps, the smallest sets first; what exceeds is taken off the last."""
    paid = {name: amounts[name] for name in names}
    cut: dict[str, list[tuple[_Cap, int]]] = {}
    for cap in caps:
        left = cap.limit
        for name in names:
            if name not in cap.rule.policies:
                continue
            given = min(paid[name], left)
            if given < paid[name]:
                cut.setdefault(name, []).append((cap, paid[name] - given))
            left -= given
            paid[name] = given
    return paid, cut


def _payment(
    name: str, asked: int, chosen: bool, paid: int, cut: list[tuple[_Cap, int]], best: frozenset[str], choices: list[Stacking]
) -> Payment:
    if chosen or asked <= 0:
        return Payment(
            name,
            asked,
            paid,
            tuple(Cut(cap.rule, amount, tuple(each for each in cap.rule.policies if each in best)) for cap, amount in cut),
        )
    for rule in choices:
        taken = tuple(each for each in rule.policies if each in best and each != name)
        if rule.kind in {"at_most_one", "same_matter"} and name in rule.policies and taken:
            return Payment(name, asked, 0, (Cut(rule, asked, taken),))
    lacking = next((rule for rule in choices if rule.kind == "top_up" and name in rule.policies), None)
    held = lacking or next(rule for rule in choices if name in rule.policies or name == rule.base)
    return Payment(name, asked, 0, (Cut(held, asked, (held.base,) if held.base else ()),))
