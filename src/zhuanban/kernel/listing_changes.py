"""What changed in a listing between two days: its rows as plain values, and the two sides compared.

Cost: reading n rows of a listing is what its spreadsheet costs (about 0.1 ms a row and column set); comparing is a walk over both sides
in memory. Callers bound n: see `take`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.safestring import SafeString

from zhuanban.kernel import show
from zhuanban.kernel.listings import Column, Listing, Query
from zhuanban.kernel.words import kept

Table = dict[str, list[Any]]
"""Row key (as text) -> its values, in the order of the columns."""


@dataclass(frozen=True)
class Taken:
    """A listing as read: the names of its columns, its rows, and whether there were more than the bound."""

    columns: list[str]
    rows: Table
    more: bool


@dataclass(frozen=True)
class CellChange:
    """One value that changed, in words: the column's label, what it was, what it is."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class RowChange:
    """A row that came, went or changed. `kind`: added, removed, changed; `title` is what its link says, `detail` the column beside it.
    A row that came tells its first values as `after`, one that went as `before`."""

    kind: str
    key: str
    title: str
    detail: str = ""
    cells: tuple[CellChange, ...] = ()


@dataclass(frozen=True)
class Changes:
    """Counts of all changes, and the first of them."""

    added: int
    removed: int
    changed: int
    shown: list[RowChange]


def plain(value: Any, kind: str = "text") -> Any:
    """A value as JSON keeps it, so that what reads the same is the same: places by both names, shares to a tenth of a per cent."""
    if value is None or value == "" or isinstance(value, SafeString):
        return None
    if isinstance(value, bool | int):
        return value
    if isinstance(value, Decimal | float):
        number = Decimal(str(value))
        return str((number.quantize(Decimal("0.1")) if kind == "percent" else number).normalize() + 0)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if kind == "place" and hasattr(value, "name_en"):
        return [value.name, value.name_en]
    return str(value)


def take(query: Query, most: int, *, chunk: int = 500) -> Taken:
    """The rows of a listing as plain values in the house's language, at most so many, in the order of their keys. Pictures drawn in a
    cell are left out."""
    with kept():
        return _take(query, most, chunk)


def _take(query: Query, most: int, chunk: int) -> Taken:
    known = query.listing
    found = query.rows.order_by("pk").select_related(*known.related)[: most + 1]
    rows: Table = {}
    for batch in _batches(found.iterator(chunk_size=chunk), chunk):
        if known.prepare:
            known.prepare(batch)
        for row in batch:
            if len(rows) < most:
                rows[str(row.pk)] = [plain(column.value(row), column.kind) for column in known.columns]
            else:
                return Taken([column.name for column in known.columns], rows, True)
    return Taken([column.name for column in known.columns], rows, False)


def _batches(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def compare(known: Listing, before: Taken, after: Taken, most: int = 200) -> Changes:
    """Rows that changed, came and went, in this order, at most so many of each in words. A column that one side lacks is not compared."""
    common = [column for column in known.columns if column.name in before.columns and column.name in after.columns]
    old, new = _places(before.columns, common), _places(after.columns, common)
    added = [key for key in after.rows if key not in before.rows]
    removed = [key for key in before.rows if key not in after.rows]
    changed = [key for key in after.rows if key in before.rows and _differs(before.rows[key], after.rows[key], old, new)]
    told = _Teller(known.columns)
    shown = [
        RowChange("changed", key, *told.heads(after, key), _cells(common, before.rows[key], after.rows[key], old, new))
        for key in changed[:most]
    ]
    shown += [RowChange("added", key, *told.heads(after, key), told.firsts(after, key, came=True)) for key in added[:most]]
    shown += [RowChange("removed", key, *told.heads(before, key), told.firsts(before, key, came=False)) for key in removed[:most]]
    return Changes(len(added), len(removed), len(changed), shown)


class _Teller:
    """Puts a row in words: its linked column, the one beside it, and the first few others."""

    FIRST = 4

    def __init__(self, columns: Sequence[Column]) -> None:
        link = next((column for column in columns if column.link), columns[0])
        others = [column for column in columns if column is not link]
        self.title, self.detail, self.others = link, others[:1], [column for column in others[1:] if column.narrow][: self.FIRST]

    def heads(self, side: Taken, key: str) -> tuple[str, str]:
        beside = [text for column in self.detail if (text := value_text(column, side, key)) != show.DASH]
        return value_text(self.title, side, key), "".join(beside)

    def firsts(self, side: Taken, key: str, *, came: bool) -> tuple[CellChange, ...]:
        told = [(str(column.label), value_text(column, side, key)) for column in self.others]
        return tuple(CellChange(label, "" if came else text, text if came else "") for label, text in told if text != show.DASH)


def _places(names: Sequence[str], common: Sequence[Column]) -> list[int]:
    at = {name: place for place, name in enumerate(names)}
    return [at[column.name] for column in common]


def _differs(before: list[Any], after: list[Any], old: list[int], new: list[int]) -> bool:
    return any(before[one] != after[other] for one, other in zip(old, new, strict=True))


def _cells(common: Sequence[Column], before: list[Any], after: list[Any], old: list[int], new: list[int]) -> tuple[CellChange, ...]:
    return tuple(
        CellChange(str(column.label), text_of(column, before[one]), text_of(column, after[other]))
        for column, one, other in zip(common, old, new, strict=True)
        if before[one] != after[other]
    )


def value_text(column: Column, side: Taken, key: str) -> str:
    """One value of a row in words; a column that the side lacks is a dash."""
    return text_of(column, side.rows[key][side.columns.index(column.name)]) if column.name in side.columns else show.DASH


def text_of(column: Column, value: Any) -> str:
    """A kept value as a person reads it, in the language of the page."""
    if value is None:
        return show.DASH
    if column.choices:
        labels: Mapping[Any, Any] = dict(column.choices)
        return str(labels.get(value, value))
    if column.kind in {"money", "percent", "number"}:
        return show.text_of(_number(value), column.kind)
    if isinstance(value, list):
        return str(value[1] if show.english() else value[0])
    return str(value)[:10] if column.kind == "date" else str(value)


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
