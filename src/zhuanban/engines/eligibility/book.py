"""A policy book: policies with versions on two axes of time, shared blocks, golden cases, stacking; loaded from plain rows.

Rows come from a YAML file or from tables; both give the same objects. A book with mistakes loads as far as it can and tells each of them
(`book.issues`); a version with an error answers nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from zhuanban.engines.eligibility import core
from zhuanban.engines.eligibility.check import Checker, read_params
from zhuanban.engines.eligibility.errors import Issue, LanguageError
from zhuanban.engines.eligibility.schema import BadFact, Schema, Type, Value, coerce

LANES: Final = ("apply", "fast", "auto")
ALWAYS = date(1, 1, 1)


@dataclass(frozen=True)
class Clause:
    """One condition of a policy as a row of its table: number, words, expression, and where the document says so."""

    id: str
    text: str
    expression: str
    condition: core.Condition
    source: str = ""
    block: str = ""

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """The facts that it reads, under their English names."""
        return tuple(sorted(core.facts_of(self.condition)))


@dataclass(frozen=True)
class Golden:
    """A case whose answer is settled: facts, day and what must come out."""

    name: str
    facts: Mapping[str, Value]
    as_of: date
    status: str
    amount: int | None = None
    open: bool = False
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Budget:
    """Money set aside, in yuan; `rule` is first_come (strict), partial, skip or pro_rata."""

    amount: int
    rule: str = "first_come"


@dataclass(frozen=True)
class Version:
    """One version of a policy. `valid` is half-open; `recorded_at` is when the city came to know of it; a later record of the same time
    takes the place of an earlier one from then on. `decided_by` names the date fact that tells which version applies, or as_of."""

    policy: str
    number: int
    valid_from: date
    valid_to: date | None
    clauses: tuple[Clause, ...]
    amount: core.Number | None
    amount_text: str
    recorded_at: datetime | None = None
    decided_by: str = "as_of"
    source: str = ""
    window: tuple[date | None, date | None] = (None, None)
    budget: Budget | None = None
    params: Mapping[str, object] = field(default_factory=dict, hash=False)
    golden: tuple[Golden, ...] = ()

    @cached_property
    def condition(self) -> core.Condition:
        """All clauses together."""
        parts = tuple(clause.condition for clause in self.clauses)
        return core.All(parts) if parts else core.Always(True)

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What the answer depends on: two versions of the same key answer alike."""
        return (self.condition, self.amount, self.valid_from, self.valid_to, self.decided_by)

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def window_open(self, day: date) -> bool:
        opens, closes = self.window
        return (opens is None or opens <= day) and (closes is None or day <= closes)

    def __hash__(self) -> int:
        return hash((self.policy, self.number, self.recorded_at))


@dataclass(frozen=True)
class Policy:
    """One item of the library."""

    id: str
    title: str
    category: str
    department: str
    lane: str
    documents: tuple[str, ...]
    versions: tuple[Version, ...]
    phone: str = ""

    def at(self, valid: date, known: datetime | None = None) -> Version | None:
        """The version in force on a day, as known at a moment (now)."""
        seen = [each for each in self.versions if known is None or each.recorded_at is None or each.recorded_at <= known]
        return max((each for each in seen if each.in_force(valid)), key=_latest, default=None)

    def known_at(self, known: datetime | None = None) -> tuple[Version, ...]:
        """All versions as known at a moment; of two records of one number the later."""
        by_number: dict[int, Version] = {}
        for each in sorted(self.versions, key=_latest):
            if known is None or each.recorded_at is None or each.recorded_at <= known:
                by_number[each.number] = each
        return tuple(by_number.values())


def _latest(version: Version) -> tuple[datetime, int]:
    return (version.recorded_at or datetime.min, version.number)


@dataclass(frozen=True)
class Stacking:
    """How payments combine. `at_most_one` and `same_matter`: one of these, the best; `sum_cap`: together at most `cap` yuan or what the
    fact `cap_fact` says; `top_up`: the others only on top of `base`."""

    kind: str
    policies: tuple[str, ...]
    words: str = ""
    cap: int | None = None
    cap_fact: str = ""
    base: str = ""


KINDS: Final = ("at_most_one", "same_matter", "sum_cap", "top_up")


@dataclass(frozen=True)
class Book:
    """Facts, policies and stacking, with the mistakes found while loading."""

    schema: Schema
    policies: tuple[Policy, ...]
    stacking: tuple[Stacking, ...] = ()
    issues: tuple[Issue, ...] = ()

    @classmethod
    def from_rows(cls, rows: Mapping[str, Any]) -> Book:
        """A book from plain data: `facts`, `blocks`, `policies`, `stacking`. Never raises for the contents of a policy."""
        return _Loader(rows).book()

    def __getitem__(self, policy: str) -> Policy:
        return next(each for each in self.policies if each.id == policy)


class _Loader:
    """Loads row by row and keeps the issues."""

    def __init__(self, rows: Mapping[str, Any]) -> None:
        self.rows = rows
        self.issues: list[Issue] = []
        self.schema = self._schema()
        self.blocks = {str(each.get("id")): each for each in _rows(rows.get("blocks"))}

    def book(self) -> Book:
        policies = [policy for row in _rows(self.rows.get("policies")) if (policy := self._policy(row))]
        for name in sorted({each.id for each in policies if sum(other.id == each.id for other in policies) > 1}):
            self._issue(name, "编号重复")
        stacking = tuple(each for row in _rows(self.rows.get("stacking")) if (each := self._stacking(row, {p.id for p in policies})))
        return Book(self.schema, tuple(policies), stacking, tuple(self.issues))

    def _issue(self, where: str, message: str, position: int | None = None) -> None:
        self.issues.append(Issue(where, message, position=position))

    def _schema(self) -> Schema:
        good: list[Mapping[str, Any]] = []
        for row in _rows(self.rows.get("facts")):
            try:
                Schema.from_rows([*good, row])
                good.append(row)
            except (ValueError, KeyError, TypeError) as error:
                self._issue(f"事实 {row.get('zh') or row.get('name')}", f"声明有误：{error}")
        return Schema.from_rows(good)

    def _policy(self, row: Mapping[str, Any]) -> Policy | None:
        where = str(row.get("id") or "")
        if not where:
            self._issue("政策", "没有编号")
            return None
        for name in ("title", "category", "department"):
            if not row.get(name):
                self._issue(where, f"没有 {name}")
        lane = str(row.get("lane", "apply"))
        if lane not in LANES:
            self._issue(where, f"办理方式“{lane}”应是 {'、'.join(LANES)} 之一")
        versions = tuple(each for at, told in enumerate(_rows(row.get("versions")), start=1) if (each := self._version(where, at, told)))
        if not versions:
            self._issue(where, "没有可用的版本")
        self._overlaps(where, versions)
        documents = tuple(map(str, row.get("documents") or ()))
        return Policy(
            where,
            str(row.get("title", "")),
            str(row.get("category", "")),
            str(row.get("department", "")),
            lane,
            documents,
            versions,
            str(row.get("phone", "")),
        )

    def _overlaps(self, where: str, versions: tuple[Version, ...]) -> None:
        """Two versions of one record time must not both be in force."""
        listed = sorted((each for each in versions if each.recorded_at is None), key=lambda each: each.valid_from)
        for one, other in pairwise(listed):
            if one.valid_to is None or other.valid_from < one.valid_to:
                self._issue(where, f"版本 {one.number} 和 {other.number} 的有效期重叠")

    def _version(self, policy: str, at: int, row: Mapping[str, Any]) -> Version | None:
        number = int(row.get("version", at))
        where, before = f"{policy} 版本{number}", len(self.issues)
        try:
            params = read_params(row.get("params") or {})
        except LanguageError as error:
            self._issue(where, error.message, error.position)
            return None
        clauses = self._clauses(where, row, Checker(self.schema, params))
        amount = self._amount(where, row, Checker(self.schema, params))
        decided_by = self._decided_by(where, str(row.get("decided_by", "as_of")))
        valid, window = self._days(where, row.get("valid") or (None, None)), self._days(where, row.get("window") or (None, None))
        recorded = row.get("recorded_at")
        made = Version(
            policy=policy, number=number, valid_from=valid[0] or ALWAYS, valid_to=valid[1], clauses=clauses, amount=amount, decided_by=decided_by,
            amount_text=str(row.get("amount") or ""), recorded_at=recorded if isinstance(recorded, datetime) else None, source=_source(row.get("source")),
            window=window, budget=self._budget(where, row.get("budget")), params=dict(row.get("params") or {}), golden=(),
        )  # fmt: skip
        if len(self.issues) > before:
            return None
        golden = tuple(each for told in _rows(row.get("golden")) if (each := self._golden(where, told, made)))
        object.__setattr__(made, "golden", golden)
        return made

    def _clauses(self, where: str, row: Mapping[str, Any], checker: Checker) -> tuple[Clause, ...]:
        found: list[Clause] = []
        for name in row.get("use") or ():
            block = self.blocks.get(str(name))
            if block is None:
                self._issue(where, f"没有“{name}”这个共用条件")
                continue
            block_params = {**read_params(block.get("params") or {}), **checker.params}
            found += self._when(f"{where} 共用条件 {name}", block.get("when"), Checker(self.schema, block_params), str(name))
        return (*found, *self._when(where, row.get("when"), checker, ""))

    def _when(self, where: str, rows: Any, checker: Checker, block: str) -> list[Clause]:
        found = []
        for at, each in enumerate(_rows(rows), start=1):
            name, text = str(each.get("id") or at), str(each.get("if") or "")
            try:
                condition = checker.condition(text)
            except LanguageError as error:
                self._issue(f"{where} 条件 {name}", error.message, error.position)
                continue
            found.append(
                Clause(
                    f"{block}.{name}" if block else name,
                    str(each.get("text") or text),
                    text,
                    condition,
                    str(each.get("clause") or ""),
                    block,
                )
            )
        return found

    def _amount(self, where: str, row: Mapping[str, Any], checker: Checker) -> core.Number | None:
        if row.get("amount") in {None, ""}:
            return None
        try:
            return checker.amount(str(row["amount"]))
        except LanguageError as error:
            self._issue(f"{where} 金额", error.message, error.position)
            return None

    def _decided_by(self, where: str, name: str) -> str:
        if name == "as_of":
            return name
        fact = self.schema.get(name)
        if fact is None or fact.type is not Type.DATE:
            self._issue(where, f"决定版本的“{name}”不是日期事实")
            return "as_of"
        return fact.name

    def _days(self, where: str, pair: Any) -> tuple[date | None, date | None]:
        try:
            first, last = (None if each is None else each if isinstance(each, date) else date.fromisoformat(str(each)) for each in pair)
        except (ValueError, TypeError):
            self._issue(where, f"日期“{pair}”应写成 [起, 止]")
            return (None, None)
        if first and last and last < first:
            self._issue(where, f"日期 {first} 到 {last} 起止颠倒")
        return (first, last)

    def _budget(self, where: str, row: Any) -> Budget | None:
        if not row:
            return None
        try:
            node = read_params({"amount": row["amount"]})["amount"]
            value, rule = int(getattr(node, "value", 0)), str(row.get("rule", "first_come"))
        except (LanguageError, KeyError, TypeError, ValueError):
            self._issue(where, "预算要写成金额和分配办法")
            return None
        if rule not in {"first_come", "partial", "skip", "pro_rata"}:
            self._issue(where, f"没有“{rule}”这种预算分配办法")
        return Budget(value, rule)

    def _golden(self, where: str, row: Mapping[str, Any], version: Version) -> Golden | None:
        name, expect = str(row.get("name") or "未命名"), row.get("expect") or {}
        try:
            facts = facts_from(self.schema, row.get("facts") or {})
        except BadFact as error:
            self._issue(f"{where} 样例“{name}”", str(error))
            return None
        amount, day = expect.get("amount"), row.get("as_of")
        when = day if isinstance(day, date) else date.fromisoformat(str(day)) if day else _inside(version)
        missing = tuple(sorted(self.schema.names.get(each, each) for each in expect.get("missing", ())))
        told = None if amount in {None, "open"} else _yuan(amount)
        return Golden(name, facts, when, str(expect.get("status", "eligible")), told, amount == "open", missing)

    def _stacking(self, row: Mapping[str, Any], known: set[str]) -> Stacking | None:
        kind, members = str(row.get("kind", "")), tuple(map(str, row.get("policies") or ()))
        where = f"叠加规则 {row.get('words') or '、'.join(members)}"
        if kind not in KINDS:
            self._issue(where, f"没有“{kind}”这种规则")
            return None
        for each in (*members, *([str(row["base"])] if row.get("base") else [])):
            if each not in known:
                self._issue(where, f"没有“{each}”这项政策")
        fact = str(row.get("cap_fact") or "")
        if fact and (self.schema.get(fact) is None or self.schema[fact].type is not Type.MONEY):
            self._issue(where, f"上限“{fact}”不是金额事实")
            return None
        cap = _yuan(row["cap"]) if row.get("cap") is not None else None
        if kind == "sum_cap" and cap is None and not fact:
            self._issue(where, "没有上限")
            return None
        return Stacking(kind, members, str(row.get("words") or ""), cap, self.schema.names.get(fact, ""), str(row.get("base") or ""))


def facts_from(schema: Schema, row: Mapping[str, Any]) -> dict[str, Value]:
    """Coerced facts under their English names. Raises BadFact naming the fact that is unknown to the schema or badly written."""
    found: dict[str, Value] = {}
    for name, value in row.items():
        fact = schema.get(str(name))
        if fact is None:
            raise BadFact(f"没有“{name}”这个事实")
        found[fact.name] = coerce(fact, value)
    return found


def _rows(value: Any) -> Iterable[Mapping[str, Any]]:
    return [each for each in value or () if isinstance(each, Mapping)]


def _source(value: Any) -> str:
    return " ".join(str(each) for each in value.values()) if isinstance(value, Mapping) else str(value or "")


def _yuan(value: Any) -> int:
    node = read_params({"amount": value})["amount"]
    return int(getattr(node, "value", 0))


def _inside(version: Version) -> date:
    """A day on which a version is in force."""
    return version.valid_from if version.valid_from != ALWAYS else date(2023, 1, 1)
