"""Many rows of one table at once, as plain tuples: a model instance per row would cost more than all the rest of a demo's load."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection, models


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]], **same: Any) -> int:
    """Insert rows whose values stand in the order of `names` (columns by attribute name); `same` are values that all rows share, other
    columns get their defaults. Days, texts and numbers only where they differ from row to row. Returns how many rows were written.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.generated}
    given = {*names, *same}
    constant = same | {name: field.get_default() for name, field in fields.items() if name not in given and not field.primary_key}
    tail = [fields[name].get_db_prep_save(value, connection) for name, value in constant.items()]
    days: dict[date, Any] = {}

    def plain(value: Any) -> Any:
        if not isinstance(value, date):
            return value
        if value not in days:
            days[value] = connection.ops.adapt_datefield_value(value)
        return days[value]

    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(fields[name].column)) for name in (*names, *constant))
    marks = ", ".join(["%s"] * (len(names) + len(constant)))
    written = [[*map(plain, row), *tail] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})", written)  # noqa: S608 - names of columns
    return len(written)
