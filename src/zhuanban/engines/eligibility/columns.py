"""The third reading: columns of many enterprises, in blocks that stay in the cache.

A condition over a block is two bit columns, `yes` and `no`; where neither is set it is unknown. Amounts are reckoned for the rows that
need them only. Cost: a few passes of one byte a row and leaf, eight bytes a row and comparison; nothing per enterprise in Python.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from zhuanban.engines.eligibility import core
from zhuanban.engines.eligibility.interpret import DAY, YEAR
from zhuanban.engines.eligibility.schema import NONE, NUMERIC, Fact, Schema, Type, Value, day_number

Bits: TypeAlias = npt.NDArray[np.bool_]
Ints: TypeAlias = npt.NDArray[Any]
BLOCK = 1 << 15
ABSENT: Final = 0
"""In code columns code 0 is known absent; words follow from 1."""
NUMPY: Final = {
    ">=": np.greater_equal, "<=": np.less_equal, ">": np.greater, "<": np.less, "=": np.equal, "!=": np.not_equal,
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One fact of all rows: `data` (money and counts int64, rates int32, days int32, codes uint16, tags uint64 bits, yes-no uint8), `known` says
    where it is known, None when everywhere. `words` are what codes and bits stand for, sorted."""

    data: Ints
    known: Bits | None
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Columns:
    """A snapshot of facts by column."""

    schema: Schema
    columns: Mapping[str, Column]
    rows: int

    @classmethod
    def of(cls, schema: Schema, rows: Iterable[Mapping[str, Value]]) -> Columns:
        """Columns from rows of coerced facts under their English names."""
        listed = list(rows)
        return cls(schema, {name: _column(fact, [row.get(name) for row in listed]) for name, fact in schema.facts.items()}, len(listed))

    def save(self, folder: Path) -> None:
        """One .npy a fact and one for where it is known, with a table of words; readable by memory mapping."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, column in self.columns.items():
            np.save(folder / f"{name}.npy", column.data)
            if column.known is not None:
                np.save(folder / f"{name}.known.npy", column.known)
        told = {name: {"words": list(column.words), "complete": column.known is None} for name, column in self.columns.items()}
        (folder / "columns.json").write_text(json.dumps({"rows": self.rows, "columns": told}, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, schema: Schema, folder: Path) -> Columns:
        """A saved snapshot, mapped into memory. Facts that it does not hold are unknown."""
        told = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
        columns = {}
        for name, each in told["columns"].items():
            known = None if each["complete"] else np.load(folder / f"{name}.known.npy", mmap_mode="r")
            columns[name] = Column(np.load(folder / f"{name}.npy", mmap_mode="r"), known, tuple(each["words"]))
        return cls(schema, columns, told["rows"])


def _column(fact: Fact, values: list[Value]) -> Column:
    known = np.array([value is not None for value in values], dtype=bool)
    complete = None if known.all() else known
    if fact.type in NUMERIC:
        kind = np.int32 if fact.type is Type.RATE else np.int64
        return Column(np.array([value if isinstance(value, int) else 0 for value in values], dtype=kind), complete)
    if fact.type is Type.DATE:
        return Column(np.array([day_number(value) if isinstance(value, date) else 0 for value in values], dtype=np.int32), complete)
    if fact.type is Type.BOOL:
        return Column(np.array([value is True for value in values], dtype=np.uint8), complete)
    if fact.type is Type.TAGS:
        words = tuple(sorted({word for value in values if isinstance(value, frozenset) for word in value} | set(fact.values)))
        if len(words) > 64:
            raise ValueError(f"{fact.name}: more than 64 different tags")
        bits = {word: 1 << place for place, word in enumerate(words)}
        return Column(
            np.array([sum(bits[word] for word in value) if isinstance(value, frozenset) else 0 for value in values], dtype=np.uint64),
            complete,
            words,
        )
    words = tuple(sorted({str(value) for value in values if value is not None and value is not NONE}))
    places = {word: place for place, word in enumerate(words, start=1)}
    return Column(
        np.array([places.get(str(value), ABSENT) if value is not NONE else ABSENT for value in values], dtype=np.uint16), complete, words
    )


@dataclass
class Block:
    """A run of rows, with what was worked out over it so far: shared parts of policies are worked out once."""

    columns: Columns
    first: int
    last: int
    as_of: date

    def __post_init__(self) -> None:
        self.size = self.last - self.first
        self.met: dict[object, tuple[Bits, Bits]] = {}
        self.data: dict[str, tuple[Ints, Bits | None]] = {}

    def column(self, name: str) -> tuple[Ints, Bits | None]:
        """A fact's values over the block and where it is known (None: everywhere)."""
        if name not in self.data:
            column = self.columns.columns.get(name)
            if column is None:
                self.data[name] = np.zeros(self.size, dtype=np.int64), np.zeros(self.size, dtype=bool)
            else:
                known = None if column.known is None else np.asarray(column.known[self.first : self.last])
                self.data[name] = np.asarray(column.data[self.first : self.last]), known
        return self.data[name]

    def words(self, name: str) -> tuple[str, ...]:
        column = self.columns.columns.get(name)
        return column.words if column else ()

    # -- conditions --

    def holds(self, node: core.Condition) -> tuple[Bits, Bits]:
        """Where it is true and where it is false."""
        found = self.met.get(node)
        if found is None:
            found = self.met[node] = self._condition(node)
        return found

    def _condition(self, node: core.Condition) -> tuple[Bits, Bits]:
        match node:
            case core.All(parts):
                return self._joined(parts, np.logical_and, np.logical_or)
            case core.Any_(parts):
                return self._joined(parts, np.logical_or, np.logical_and)
            case core.Negated(body):
                yes, no = self.holds(body)
                return no, yes
            case core.Always(value):
                return np.full(self.size, value), np.full(self.size, not value)
            case core.Known(name):
                known = self.column(name)[1]
                there = np.ones(self.size, dtype=bool) if known is None else known
                return there, ~there
            case core.CompareNumbers(op, left, right):
                return self._compared(NUMPY[op], self.number(left, None), self.number(right, None))
            case core.CompareDays(op, left, right):
                return self._compared_days(op, left, right)
        return self._leaf(node)

    def _joined(self, parts: tuple[core.Condition, ...], for_yes: np.ufunc, for_no: np.ufunc) -> tuple[Bits, Bits]:
        yes, no = self.holds(parts[0])
        yes, no = yes.copy(), no.copy()
        for part in parts[1:]:
            more_yes, more_no = self.holds(part)
            for_yes(yes, more_yes, out=yes)
            for_no(no, more_no, out=no)
        return yes, no

    def _compared(self, test: np.ufunc, left: Pair, right: Pair) -> tuple[Bits, Bits]:
        yes = test(left[0], right[0])
        if not isinstance(yes, np.ndarray) or yes.ndim == 0:
            yes = np.full(self.size, bool(yes))
        return self._masked(yes, _both(left[1], right[1]))

    def _masked(self, yes: Bits, known: Bits | None) -> tuple[Bits, Bits]:
        if known is None:
            return yes, ~yes
        return yes & known, ~yes & known

    def _compared_days(self, op: str, left: core.Day, right: core.Day) -> tuple[Bits, Bits]:
        """Known absent compares false, even with an unknown day."""
        a, b = self.day(left), self.day(right)
        yes, no = self._compared(NUMPY[op], a, b)
        for values, known in (a, b):
            if isinstance(values, np.ndarray):
                absent = (values == 0) if known is None else (values == 0) & known
                yes, no = yes & ~absent, no | absent
        return yes, no

    def _leaf(self, node: core.Leaf) -> tuple[Bits, Bits]:
        name = getattr(node, "name", "")
        data, known = self.column(name)
        match node:
            case core.FactTrue():
                return self._masked(data != 0, known)
            case core.IsNone():
                return self._masked(data == 0, known)
            case core.OneOf(words=words) | core.Rank(words=words):
                return self._masked(self._among(name, data, lambda word: word in words), known)
            case core.Prefix(prefixes=prefixes):
                return self._masked(self._among(name, data, lambda word: word.startswith(prefixes)), known)
            case core.Has(words=words):
                wanted = sum(1 << place for place, word in enumerate(self.words(name)) if word in words)
                return self._masked((data.astype(np.uint64, copy=False) & np.uint64(wanted)) != 0, known)
        raise TypeError(node)

    def _among(self, name: str, data: Ints, wanted: Any) -> Bits:
        """Where the code is one of those wanted: a range test for each run of neighbours, so a prefix is one test."""
        codes = [place for place, word in enumerate(self.words(name), start=1) if wanted(word)]
        hit = np.zeros(self.size, dtype=bool)
        for low, high in _runs(codes):
            hit |= (data >= low) & (data <= high) if low != high else data == low
        return hit

    # -- numbers --

    def number(self, node: core.Number, rows: Ints | None) -> Pair:
        """The integers over the node's scale, of all rows of the block or of those given, and where they are known."""
        match node:
            case core.Constant(value=value):
                return np.int64(value), None
            case core.FactNumber(name=name):
                data, known = _picked(self.column(name), rows)
                return data.astype(np.int64, copy=False), known
            case core.YearOf(day=body) if body is not None:
                values, known = self.day(body, rows)
                return np.asarray(values, dtype=np.int64) // YEAR, known
            case core.Either(condition=condition, then=then, otherwise=otherwise) if condition is not None:
                yes, no = (_some(each, rows) for each in self.holds(condition))
                a, b = self.number(then, rows), self.number(otherwise, rows)
                known = (yes & _known(a[1], yes)) | (no & _known(b[1], no))
                return np.where(yes, a[0], b[0]), known
            case core.Default(subject=subject, otherwise=otherwise):
                a, b = self.number(subject, rows), self.number(otherwise, rows)
                return a if a[1] is None else (np.where(a[1], a[0], b[0]), None if b[1] is None else a[1] | b[1])
        parts = [self.number(part, rows) for part in core.children(node) if isinstance(part, core.Number)]
        everywhere: Bits | None = None
        for _values, each in parts:
            everywhere = _both(everywhere, each)
        return _reckoned(node, [values for values, _where in parts]), everywhere

    def day(self, node: core.Day, rows: Ints | None = None) -> Pair:
        match node:
            case core.DayConstant(value):
                return np.int64(value), None
            case core.AsOf():
                return np.int64(day_number(self.as_of)), None
            case core.DayFact(name):
                return _picked(self.column(name), rows)
            case core.LaterYears(body, years):
                values, known = self.day(body, rows)
                return _later(np.asarray(values), years), known
        raise TypeError(node)


Pair: TypeAlias = tuple[Any, Bits | None]


def _picked(pair: tuple[Ints, Bits | None], rows: Ints | None) -> tuple[Ints, Bits | None]:
    data, known = pair
    return (data, known) if rows is None else (data[rows], None if known is None else known[rows])


def _some(bits: Bits, rows: Ints | None) -> Bits:
    return bits if rows is None else bits[rows]


def _known(known: Bits | None, like: Bits) -> Bits:
    return np.ones_like(like) if known is None else known


def _both(one: Bits | None, other: Bits | None) -> Bits | None:
    if one is None:
        return other
    return one if other is None else one & other


def _reckoned(node: core.Number, parts: list[Any]) -> Any:
    match node:
        case core.Sum(minus=minus):
            return parts[0] - parts[1] if minus else parts[0] + parts[1]
        case core.Product():
            return parts[0] * parts[1]
        case core.Extreme(greatest=greatest):
            best = parts[0]
            for part in parts[1:]:
                best = np.maximum(best, part) if greatest else np.minimum(best, part)
            return best
        case core.Step(tiers=tiers):
            starts, paid = np.array([start for start, _paid in tiers]), np.array([0, *(each for _start, each in tiers)])
            return paid[np.searchsorted(starts, parts[0], side="right")]
        case core.Marginal(tiers=tiers):
            return _marginal(parts[0], tiers)
        case core.Floor(body=body):
            return np.maximum(parts[0], 0) // body.scale
    raise TypeError(node)


def _marginal(amount: Any, tiers: tuple[tuple[int, int], ...]) -> Any:
    total, ends = np.int64(0), [start for start, _rate in tiers[1:]]
    for place, (start, rate) in enumerate(tiers):
        top = np.minimum(amount, ends[place]) if place < len(ends) else amount
        total = total + np.maximum(top - start, 0) * rate
    return total


def _later(values: Ints, years: int) -> Ints:
    moved = values.astype(np.int64) + years * YEAR
    year = moved // YEAR
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    moved = moved - ((moved % YEAR == 2 * DAY + 29) & ~leap)
    return np.where(values == 0, 0, moved)


def _runs(codes: list[int]) -> list[tuple[int, int]]:
    """Neighbouring codes as ranges.

    >>> _runs([1, 2, 3, 7])
    [(1, 3), (7, 7)]
    """
    runs: list[tuple[int, int]] = []
    for code in codes:
        if runs and runs[-1][1] == code - 1:
            runs[-1] = (runs[-1][0], code)
        else:
            runs.append((code, code))
    return runs
