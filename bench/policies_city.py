"""The demo's policy book and a city of enterprises drawn for it: what `policies_elsewhere.py` and `policies_sql.py` ask about."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import zhuanban
from policies import enterprises
from zhuanban.engines.eligibility.book import Book
from zhuanban.engines.eligibility.columns import ABSENT, Column, Columns
from zhuanban.engines.eligibility.schema import NONE, NUMERIC, Schema, Type, Value

DAY = date(2023, 2, 10)
LIBRARY = Path(zhuanban.__file__).parent / "domains" / "policies" / "seed" / "library"
USUAL = {"in_zone": 1, "status": "存续", "dishonest": 0, "accident": 0, "case_by_case": 0, "above_scale": 1}
"""What the shared conditions ask for, and what nine enterprises in ten are."""


def book() -> Book:
    """The 79 policies that the demo ships."""
    rows: dict[str, Any] = {}
    for name in ("facts", "policies"):
        rows |= yaml.safe_load((LIBRARY / f"{name}.yaml").read_text(encoding="utf-8"))
    return Book.from_rows(rows)


def city(schema: Schema, rows: int) -> Columns:
    """A quarter of each fact is unknown, a tenth of dates and codes is known to be absent, most pass the shared conditions."""
    rng, drawn = np.random.default_rng(2), enterprises(schema, rows)
    made: dict[str, Column] = {}
    for name, column in drawn.columns.items():
        data, known, words = column.data, column.known, column.words
        if schema.facts[name].type in {Type.DATE, Type.CODE}:
            data = np.where(rng.random(rows) < 0.1, ABSENT, data).astype(data.dtype)
        if name in USUAL:
            usual = USUAL[name]
            code = words.index(usual) + 1 if isinstance(usual, str) else usual
            often = rng.random(rows) < 0.9
            data, known = np.where(often, code, data).astype(data.dtype), often | (known if known is not None else True)
        made[name] = Column(data, known, words)
    return Columns(schema, made, rows)


def facts(columns: Columns, row: int) -> dict[str, Value]:
    """One enterprise as the traced reading takes it; what is unknown is left out."""
    return {
        name: _value(columns.schema.facts[name].type, column, int(column.data[row]))
        for name, column in columns.columns.items()
        if column.known is None or column.known[row]
    }


def _value(kind: Type, column: Column, stored: int) -> Value:
    if kind in NUMERIC:
        return stored
    if kind is Type.BOOL:
        return bool(stored)
    if kind is Type.TAGS:
        return frozenset(word for place, word in enumerate(column.words) if stored >> place & 1)
    if stored == ABSENT:
        return NONE
    return date(stored // 10_000, stored // 100 % 100, stored % 100) if kind is Type.DATE else column.words[stored - 1]
