"""The demo's 79 policies asked of CEL, ZEN and OpenFisca-Core in one run, each written from our typed trees and compared to the yuan.

    python3 -m venv /tmp/bench && /tmp/bench/bin/pip install -r bench/requirements.txt
    PYTHONPATH=src /tmp/bench/bin/python bench/policies_elsewhere.py --rows 2000

What is not installed is skipped with a sentence. Every answer (eligible, not, unknown; the amount, or open) is compared with the traced
reading; processor times are per enterprise and as ratios to it. What the others lack, and how it is said for them here:

unknown     CEL has none, but its `&&` and `||` swallow an error that does not decide, so a missing fact may stay an error: Kleene's
            logic comes out right for conditions, without saying which facts are missing, and a true error looks the same.
            ZEN refuses to compare null: every condition is written twice, where it is surely true and where surely false.
            OpenFisca fills blanks with 0: every fact has a second variable that says whether it is known.
floors      CEL divides 64-bit integers, ZEN floors decimals. OpenFisca keeps numbers as 32-bit floats, exact to 16,777,216
            yuan; its table of types is changed to 64 bits for a second pass. Its marginal scale shifts thresholds by an epsilon unless told
            to round.
least, most CEL's core has none: a choice that repeats its parts, as in SQL. Tiers are choices too; OpenFisca has scales of its own.
years on    CEL has no calendar years, nor has OpenFisca for arrays of days: year-month-day integers serve all three here, as in SQL.
near misses None tells how far an answer is from another, or what to ask next; traces are what the readers of each make of them.
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
from policies_city import DAY, book, city, facts

from zhuanban.engines.eligibility import core, simulate
from zhuanban.engines.eligibility.answers import STATUS, View, applies
from zhuanban.engines.eligibility.book import Version
from zhuanban.engines.eligibility.columns import Columns
from zhuanban.engines.eligibility.schema import NONE, NUMERIC, Type, Value, day_number

Answer = tuple[bool | None, int | None]
Array = npt.NDArray[Any]
Asked = Callable[[Mapping[str, Any]], list[Answer]]
YEAR, TRUTH = 10_000, {status: value for value, status in STATUS.items()}


def plain(known: Mapping[str, Value]) -> dict[str, Any]:
    """Facts as JSON has them: days and known absence as the columns hold them."""
    return {name: _plain(value) for name, value in known.items()}


def _plain(value: Value) -> Any:
    if isinstance(value, date):
        return day_number(value)
    return sorted(value) if isinstance(value, frozenset) else value


def absences(view: View) -> dict[str, Any]:
    return {name: 0 if fact.type is Type.DATE else "" for name, fact in view.book.schema.facts.items()}


# -- text: what CEL and ZEN have in common --


class NoWordsFor(Exception):
    """A node of our language that the translators of this bench do not put into another engine's."""


class Texts(ABC):
    """Two-valued expressions over known facts, in the words of C; a dialect says what it writes otherwise. What the book does not use
    (`known`, `coalesce`, `year`) is not translated."""

    every, some, no = " && ", " || ", "!"

    def test(self, node: core.Condition) -> str:
        match node:
            case core.Always(value):
                return "true" if value else "false"
            case core.FactTrue(name):
                return name
            case core.IsNone(name):
                return f"({name} == 0)"
            case core.OneOf(name, words) | core.Rank(name, words):
                return f"({name} in {json.dumps(words, ensure_ascii=False)})"
            case core.Prefix(name, prefixes):
                return f"({self.some.join(self.starts(name, each) for each in prefixes)})"
            case core.Has(name, words):
                return f"({self.some.join(f'{json.dumps(each, ensure_ascii=False)} in {name}' for each in words)})"
            case core.CompareNumbers(op, left, right):
                return f"({self.number(left)} {_equals(op)} {self.number(right)})"
            case core.CompareDays(op, left, right):
                return f"({self.day(left)} {_equals(op)} {self.day(right)})"
        raise NoWordsFor(type(node).__name__)

    def number(self, node: core.Number) -> str:
        match node:
            case core.Constant(value=value):
                return str(value)
            case core.FactNumber(name=name):
                return name
            case core.Sum(left=a, right=b, minus=minus):
                return f"({self.number(a)} {'-' if minus else '+'} {self.number(b)})"
            case core.Product(left=a, right=b):
                return f"({self.number(a)} * {self.number(b)})"
            case core.Extreme(parts=parts, greatest=greatest):
                return self.extreme([self.number(part) for part in parts], greatest)
            case core.Floor(body=body):
                return self.floor(self.extreme([self.number(body), "0"], greatest=True), body.scale)
            case core.Either(condition=condition, then=then, otherwise=otherwise) if condition is not None:
                return f"({self.yes(condition)} ? {self.number(then)} : {self.number(otherwise)})"
            case core.Step(subject=subject, tiers=tiers):
                return f"({''.join(f'{self.number(subject)} >= {low} ? {paid} : ' for low, paid in reversed(tiers))}0)"
            case core.Marginal(subject=subject, tiers=tiers):
                return self.marginal(self.number(subject), tiers)
        raise NoWordsFor(type(node).__name__)

    def marginal(self, subject: str, tiers: Sequence[tuple[int, int]]) -> str:
        ends = [low for low, _rate in tiers[1:]]
        tops = [self.extreme([subject, str(end)], greatest=False) for end in ends] + [subject]
        parts = [f"{self.extreme([f'({top} - {low})', '0'], greatest=True)} * {rate}" for top, (low, rate) in zip(tops, tiers, strict=True)]
        return f"({' + '.join(parts)})"

    def day(self, node: core.Day) -> str:
        match node:
            case core.DayConstant(value):
                return str(value)
            case core.AsOf():
                return str(day_number(DAY))
            case core.DayFact(name):
                return name
            case core.LaterYears(body, years):
                return self.later(self.day(body), years)
        raise NoWordsFor(type(node).__name__)

    def later(self, day: str, years: int) -> str:
        moved = f"({day} + {years * YEAR})"
        year = self.floor(moved, YEAR)
        leap = f"({year} % 4 == 0{self.every}({year} % 100 != 0{self.some}{year} % 400 == 0))"
        return f"({day} == 0 ? 0 : {moved} % {YEAR} == 229{self.every}{self.no}{leap} ? {moved} - 1 : {moved})"

    def starts(self, name: str, prefix: str) -> str:
        return f"{name}.startsWith('{prefix}')"

    def extreme(self, parts: list[str], greatest: bool) -> str:
        best = parts[0]
        for part in parts[1:]:
            best = f"({best} {'>=' if greatest else '<='} {part} ? {best} : {part})"
        return best

    def floor(self, text: str, by: int) -> str:
        return f"({text} / {by})"

    @abstractmethod
    def yes(self, node: core.Condition) -> str:
        """What is true when the condition surely holds, unknown facts thought of."""


def _equals(op: str) -> str:
    return "==" if op == "=" else op


class Cel(Texts):
    """What is unknown is an error, which `&&` and `||` swallow where the other side decides."""

    def yes(self, node: core.Condition) -> str:
        match node:
            case core.All(parts) | core.Any_(parts):
                return f"({(self.every if isinstance(node, core.All) else self.some).join(self.yes(part) for part in parts)})"
            case core.Negated(body):
                return f"{self.no}{self.yes(body)}"
            case core.CompareDays(left=left, right=right):
                return f"({self.every.join([*(f'{day} != 0' for day in map(self.day, (left, right))), self.test(node)])})"
        return self.test(node)


def cel(view: View, module: ModuleType) -> Asked:
    """Two programs a policy, as an error is the answer of the whole program."""
    write = Cel()
    programs = [
        (module.compile(write.yes(applies(version))), module.compile(write.number(version.amount)) if version.amount else None)
        for _policy, version in view.versions
    ]

    def ask(known: Mapping[str, Any]) -> list[Answer]:
        context = module.Context(variables=dict(known))
        answers: list[Answer] = []
        for condition, amount in programs:
            holds = _or_unknown(condition, context)
            answers.append((holds, None if holds is False or amount is None else _or_unknown(amount, context)))
        return answers

    return ask


def _or_unknown(program: Any, context: Any) -> Any:
    try:
        return program.execute(context)
    except RuntimeError as error:
        if "Undefined variable" not in str(error):
            raise
        return None


class Zen(Texts):
    """Conditions in pairs: surely true, surely false; amounts behind the question whether all they read is known."""

    every, some, no = " and ", " or ", "not "

    def yes(self, node: core.Condition) -> str:
        return self.pair(node)[0]

    def pair(self, node: core.Condition) -> tuple[str, str]:
        match node:
            case core.All(parts) | core.Any_(parts):
                pairs = [self.pair(part) for part in parts]
                joints = (self.every, self.some) if isinstance(node, core.All) else (self.some, self.every)
                return f"({joints[0].join(yes for yes, _no in pairs)})", f"({joints[1].join(no for _yes, no in pairs)})"
            case core.Negated(body):
                yes, no = self.pair(body)
                return no, yes
            case core.CompareDays(left=left, right=right):
                return self._days(node, [(_there(core.facts_of(day)), self.day(day)) for day in (left, right)])
        there, test = _there(core.facts_of(node)), self.test(node)
        return f"({there}{test})", f"({there}{self.no}{test})"

    def _days(self, node: core.CompareDays, days: list[tuple[str, str]]) -> tuple[str, str]:
        there, test = "".join(known for known, _day in days), self.test(node)
        present = "".join(f"{day} != 0{self.every}" for _known, day in days)
        absent = "".join(f"({known}{day} == 0){self.some}" for known, day in days)
        return f"({there}{present}{test})", f"({absent}({there}{self.no}{test}))"

    def known(self, node: core.Number) -> str:
        if isinstance(node, core.Either) and node.condition is not None:
            yes, no = self.pair(node.condition)
            return f"(({yes} and {self.known(node.then)}) or ({no} and {self.known(node.otherwise)}))"
        if isinstance(node, core.FactNumber):
            return f"{node.name} != null"
        return self.every.join(self.known(part) for part in core.children(node) if isinstance(part, core.Number)) or "true"

    def starts(self, name: str, prefix: str) -> str:
        return f"startsWith({name}, '{prefix}')"

    def extreme(self, parts: list[str], greatest: bool) -> str:
        return f"{'max' if greatest else 'min'}([{', '.join(parts)}])"

    def floor(self, text: str, by: int) -> str:
        return f"floor({text} / {by})"


def _there(names: frozenset[str]) -> str:
    return "".join(f"{name} != null and " for name in sorted(names))


def zen(view: View, module: ModuleType, options: dict[str, Any] | None = None) -> Asked:
    """One decision with an expression node that answers for all policies at once."""
    write, rows = Zen(), []
    for policy, version in view.versions:
        yes, no = write.pair(applies(version))
        rows.append((f"{policy.id}_holds", f"{yes} ? true : {no} ? false : null"))
        if version.amount is not None:
            rows.append((f"{policy.id}_amount", f"{write.known(version.amount)} ? {write.number(version.amount)} : null"))
    nodes = [
        {"id": "facts", "type": "inputNode", "name": "facts", "content": {}},
        {
            "id": "book",
            "type": "expressionNode",
            "name": "book",
            "content": {"expressions": [{"id": key, "key": key, "value": value} for key, value in rows]},
        },
        {"id": "answers", "type": "outputNode", "name": "answers", "content": {}},
    ]
    edges = [{"id": a + b, "type": "edge", "sourceId": a, "targetId": b} for a, b in (("facts", "book"), ("book", "answers"))]
    decision = module.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}, ensure_ascii=False))
    ids = [policy.id for policy, _version in view.versions]

    def ask(known: Mapping[str, Any]) -> list[Answer]:
        found = decision.evaluate(dict(known), options)["result"]
        return [_settled(found.get(f"{name}_holds"), found.get(f"{name}_amount")) for name in ids]

    return ask


def _settled(holds: bool | None, amount: float | None) -> Answer:
    return holds, None if holds is False or amount is None else int(amount)


# -- OpenFisca: variables over arrays --


class Vectors:
    """The formulas of OpenFisca's variables. A condition is two arrays, as there is no third value."""

    def __init__(self, get: Callable[[str], Array], columns: Columns, scales: ModuleType) -> None:
        self.get, self.columns, self.scales = get, columns, scales

    def holds(self, node: core.Condition) -> tuple[Array, Array]:
        match node:
            case core.All(parts) | core.Any_(parts):
                yes, no = zip(*(self.holds(part) for part in parts), strict=True)
                every = isinstance(node, core.All)
                return (np.all(yes, axis=0), np.any(no, axis=0)) if every else (np.any(yes, axis=0), np.all(no, axis=0))
            case core.Negated(body):
                yes, no = self.holds(body)
                return no, yes
            case core.CompareDays(op, left, right):
                a, b = self.day(left), self.day(right)
                absent = ((a == 0) & self.there(core.facts_of(left))) | ((b == 0) & self.there(core.facts_of(right)))
                there, test = self.there(core.facts_of(node)), COMPARE[op](a, b)
                return there & ~absent & test, absent | (there & ~test)
        there, test = self.there(core.facts_of(node)), self.test(node)
        return there & test, there & ~test

    def there(self, names: frozenset[str]) -> Array:
        return np.all([self.get(f"known_{name}") for name in sorted(names)], axis=0) if names else np.bool_(True)

    def test(self, node: core.Condition) -> Array:
        match node:
            case core.FactTrue(name):
                return self.get(name)
            case core.IsNone(name):
                return self.get(name) == 0
            case core.OneOf(name, words) | core.Rank(name, words):
                return self._words(name, lambda word: word in words)
            case core.Prefix(name, prefixes):
                return self._words(name, lambda word: word.startswith(prefixes))
            case core.Has(name, words):
                return np.any([self.get(f"{name}_{self.columns.columns[name].words.index(word)}") for word in words], axis=0)
            case core.CompareNumbers(op, left, right):
                return COMPARE[op](self.number(left), self.number(right))
        raise NoWordsFor(type(node).__name__)

    def _words(self, name: str, wanted: Callable[[str], bool]) -> Array:
        codes = [code for code, word in enumerate(self.columns.columns[name].words, start=1) if wanted(word)]
        return np.isin(self.get(name), codes)

    def known(self, node: core.Number) -> Array:
        if isinstance(node, core.Either) and node.condition is not None:
            yes, no = self.holds(node.condition)
            return (yes & self.known(node.then)) | (no & self.known(node.otherwise))
        own = self.there(frozenset({node.name})) if isinstance(node, core.FactNumber) else np.bool_(True)
        return np.all(
            np.broadcast_arrays(own, *(self.known(part) for part in core.children(node) if isinstance(part, core.Number))), axis=0
        )

    def number(self, node: core.Number) -> Any:
        match node:
            case core.Constant(value=value):
                return value
            case core.FactNumber(name=name):
                return self.get(name)
            case core.Either(condition=condition, then=then, otherwise=otherwise) if condition is not None:
                return np.where(self.holds(condition)[0], self.number(then), self.number(otherwise))
        parts = [self.number(part) for part in core.children(node) if isinstance(part, core.Number)]
        match node:
            case core.Sum(minus=minus):
                return parts[0] - parts[1] if minus else parts[0] + parts[1]
            case core.Product():
                return parts[0] * parts[1]
            case core.Extreme(greatest=greatest):
                return (np.max if greatest else np.min)(np.broadcast_arrays(*parts), axis=0)
            case core.Floor(body=body):
                return np.floor(np.maximum(parts[0], 0) / body.scale)
            case core.Step(tiers=tiers):
                return self._scale(self.scales.SingleAmountTaxScale(), tiers).calc(parts[0])
            case core.Marginal(tiers=tiers):
                return self._scale(self.scales.MarginalRateTaxScale(), tiers).calc(parts[0], round_base_decimals=0)
        raise NoWordsFor(type(node).__name__)

    def _scale(self, scale: Any, tiers: Sequence[tuple[int, int]]) -> Any:
        for low, value in tiers:
            scale.add_bracket(low, value)
        return scale

    def day(self, node: core.Day) -> Any:
        match node:
            case core.DayConstant(value):
                return value
            case core.AsOf():
                return day_number(DAY)
            case core.DayFact(name):
                return self.get(name)
            case core.LaterYears(body, years):
                day = self.day(body)
                moved = day + years * YEAR
                year = moved // YEAR
                leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
                return np.where(day == 0, 0, moved - ((moved % YEAR == 229) & ~leap))
        raise NoWordsFor(type(node).__name__)


COMPARE = {">=": np.greater_equal, "<=": np.less_equal, ">": np.greater, "<": np.less, "=": np.equal, "!=": np.not_equal}
Batch = Callable[[Columns], tuple[list[Array], list[Array], list[Array]]]


def openfisca(view: View, like: Columns, *, blanks: bool = True, trace: bool = False) -> Batch:
    """A system of variables: facts, whether each is known, each distinct clause, each amount. Without `blanks` what is unknown is taken for
    OpenFisca's default, as it does when left alone."""
    core_of = importlib.import_module("openfisca_core.model_api")
    entities, system_of = importlib.import_module("openfisca_core.entities"), importlib.import_module("openfisca_core.taxbenefitsystems")
    scales, builder = importlib.import_module("openfisca_core.taxscales"), importlib.import_module("openfisca_core.simulation_builder")
    enterprise = entities.build_entity("enterprise", "enterprises", "an enterprise", is_person=True)
    system = system_of.TaxBenefitSystem([enterprise])

    def add(name: str, kind: type, formula: Callable[[Vectors], Array] | None = None, **more: Any) -> None:
        told: dict[str, Any] = {"value_type": kind, "entity": enterprise, "definition_period": core_of.YEAR, "label": name, **more}
        if formula is not None:
            told["formula"] = lambda people, period: np.broadcast_to(
                formula(Vectors(lambda each: people(each, period), like, scales)), people.count
            )
        system.add_variable(type(name, (core_of.Variable,), told))

    for name, fact in view.book.schema.facts.items():
        if fact.type is Type.TAGS:
            for place in range(len(like.columns[name].words)):
                add(f"{name}_{place}", bool)
        else:
            add(name, bool if fact.type is Type.BOOL else float if fact.type in NUMERIC else int)
        add(f"known_{name}", bool, default_value=True)
    clauses: dict[core.Condition, int] = {}
    for policy, version in view.versions:
        for part in _clauses(version):
            if part not in clauses:
                clauses[part] = len(clauses)
                add(f"yes_{clauses[part]}", bool, lambda of, part=part: of.holds(part)[0])
                add(f"no_{clauses[part]}", bool, lambda of, part=part: of.holds(part)[1])
        places = [clauses[part] for part in _clauses(version)]
        add(f"{policy.id}_yes", bool, lambda of, places=places: np.all([of.get(f"yes_{place}") for place in places], axis=0))
        add(f"{policy.id}_no", bool, lambda of, places=places: np.any([of.get(f"no_{place}") for place in places], axis=0))
        if version.amount is not None:
            add(f"{policy.id}_amount", float, lambda of, node=version.amount: np.where(of.known(node), of.number(node), -1))

    def ask(columns: Columns) -> tuple[list[Array], list[Array], list[Array]]:
        made = builder.SimulationBuilder().build_default_simulation(system, columns.rows)
        made.trace = trace
        year = str(DAY.year)
        for name, column in columns.columns.items():
            known = np.ones(columns.rows, dtype=bool) if column.known is None else column.known
            data = np.where(known, column.data, 0)
            if view.book.schema.facts[name].type is Type.TAGS:
                for place in range(len(column.words)):
                    made.set_input(f"{name}_{place}", year, (data >> np.uint64(place) & np.uint64(1)).astype(bool))
            else:
                made.set_input(name, year, data)
            if blanks:
                made.set_input(f"known_{name}", year, known)
        found: tuple[list[Array], list[Array], list[Array]] = ([], [], [])
        for policy, version in view.versions:
            for kind, answers in zip(("yes", "no", "amount"), found, strict=True):
                none = kind == "amount" and version.amount is None
                answers.append(np.full(columns.rows, -1) if none else made.calculate(f"{policy.id}_{kind}", year))
        return found

    return ask


def _clauses(version: Version) -> tuple[core.Condition, ...]:
    condition = applies(version)
    return condition.parts if isinstance(condition, core.All) else (condition,)


def by_row(found: tuple[list[Array], list[Array], list[Array]], rows: int) -> list[list[Answer]]:
    yes, no, amounts = (np.array(each) for each in found)
    return [
        [
            (bool(y) or (None if not n else False), None if n or a < 0 else int(a))
            for y, n, a in zip(yes[:, row], no[:, row], amounts[:, row], strict=True)
        ]
        for row in range(rows)
    ]


# -- the run --


def traced(view: View, known: Mapping[str, Value]) -> list[Answer]:
    return [(TRUTH[each.status], each.amount) for each in view.answer(known)]


class Table:
    """Prints each way's time per enterprise beside the first one's, and how many answers differ from it."""

    def __init__(self) -> None:
        self.expected: list[list[Answer]] = []
        self.first = 0.0

    def line(self, what: str, work: Callable[[], list[list[Answer]]], rows: int) -> None:
        begun = time.process_time()
        found = work()
        took = (time.process_time() - begun) / rows
        self.told(what, took, found)

    def told(self, what: str, took: float, found: list[list[Answer]] | None) -> None:
        if not self.expected and found is not None:
            self.expected, self.first = found, took
        differ = "" if found is None else f"{self.different(found):>9,} of {sum(map(len, found)):,} differ"
        print(f"{what:<58}{took * 1e6:10.1f} us{took / self.first:10.3f} x{differ}")

    def different(self, found: list[list[Answer]]) -> int:
        return sum(a != b for ours, theirs in zip(self.expected, found, strict=False) for a, b in zip(ours, theirs, strict=True))


def module(name: str, package: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"{package} is not installed: skipped")
        return None


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=2_000)
    options.add_argument("--many", type=int, default=100_000, help="rows for OpenFisca's arrays beside our columns")
    given = options.parse_args()
    view = View(book(), DAY)
    columns = city(view.book.schema, given.rows)
    known = [facts(columns, row) for row in range(given.rows)]
    absent = absences(view)
    told = [plain({name: absent[name] if value is NONE else value for name, value in each.items()}) for each in known]
    view.answer(known[0]), view.statuses(known[0])
    table = Table()
    print(f"{given.rows:,} enterprises x {len(view.versions)} policies, processor time per enterprise, and its ratio to the first line")
    table.line("ours, with every trace", lambda: [traced(view, each) for each in known], given.rows)
    table.line("ours, generated function", lambda: [list(view.statuses(each).values()) for each in known], given.rows)
    begun = time.process_time()
    simulate.run(view, columns, 1)
    table.told("ours, columns, one thread", (time.process_time() - begun) / given.rows, None)
    if found := module("cel", "common-expression-language (CEL)"):
        ask = cel(view, found)
        table.line("CEL, two programs a policy", lambda: [ask(each) for each in told], given.rows)
    if found := module("zen", "zen-engine"):
        ask = zen(view, found)
        table.line("ZEN, one decision", lambda: [ask(each) for each in told], given.rows)
        ask_traced = zen(view, found, {"trace": True})
        table.line("ZEN, one decision with its trace", lambda: [ask_traced(each) for each in told[: given.rows // 10]], given.rows // 10)
    if module("openfisca_core", "openfisca-core"):
        fisca(view, columns, table)
        arrays(view, city(view.book.schema, given.many))


def fisca(view: View, columns: Columns, table: Table) -> None:
    config = importlib.import_module("openfisca_core.variables.config")
    ask = openfisca(view, columns)
    table.line("OpenFisca, arrays, as it ships (32-bit floats)", lambda: by_row(ask(columns), columns.rows), columns.rows)
    config.VALUE_TYPES[float]["dtype"] = np.float64
    ask = openfisca(view, columns)
    begun = time.process_time()
    answers = ask(columns)
    table.told("OpenFisca, arrays, its floats set to 64 bits", (time.process_time() - begun) / columns.rows, by_row(answers, columns.rows))
    few = [one(columns, row) for row in range(20)]
    single = openfisca(view, columns, trace=True)
    table.line("OpenFisca, one enterprise at a time with its trace", lambda: [by_row(single(each), 1)[0] for each in few], len(few))
    filled = by_row(openfisca(view, columns, blanks=False)(columns), columns.rows)
    unknown = [
        theirs[0]
        for ours, row in zip(table.expected, filled, strict=True)
        for (holds, _), theirs in zip(ours, row, strict=True)
        if holds is None
    ]
    print(f"{'':<4}by default, of {len(unknown):,} unknown answers {unknown.count(False):,} become no and {unknown.count(True):,} yes")


def arrays(view: View, columns: Columns) -> None:
    """The same totals from OpenFisca's arrays and our columns, on one thread."""
    ask = openfisca(view, columns)
    begun = time.process_time()
    yes, _no, amounts = ask(columns)
    theirs = time.process_time() - begun
    begun = time.process_time()
    run = simulate.run(view, columns, 1)
    ours = time.process_time() - begun
    paid = [int(amount[holds & (amount > 0)].sum()) for holds, amount in zip(yes, amounts, strict=True)]
    same = sum(total == run.policy(policy.id).total for total, (policy, _version) in zip(paid, view.versions, strict=True))
    print(f"{columns.rows:,} enterprises: our columns {ours:.2f} s, OpenFisca {theirs:.2f} s ({theirs / ours:.1f} x)", end="; ")
    print(f"{same} of {len(paid)} totals are the same yuan, {sum(paid) / 1e8:,.2f} 亿元 in all")


def one(columns: Columns, row: int) -> Columns:
    """One enterprise's columns."""
    cut = slice(row, row + 1)
    made = {
        name: type(each)(each.data[cut], None if each.known is None else each.known[cut], each.words)
        for name, each in columns.columns.items()
    }
    return Columns(columns.schema, made, 1)


if __name__ == "__main__":
    main()
