"""Model columns of the house: money and dates whose precision is known."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from zhuanban.kernel.dates import PartialDate, Precision


def named(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    """A model's own column, by its name or its attribute's. Raises FieldDoesNotExist."""
    found = model._meta.get_field(name)
    if not isinstance(found, models.Field):
        raise FieldDoesNotExist(name)
    return found


def money(**options: Any) -> models.DecimalField:
    """Yuan with two decimals; up to 10^16."""
    return models.DecimalField(max_digits=18, decimal_places=2, **options)


class PartialDateColumn(models.CharField):
    """A date known to the day, month or year, kept as the ISO text of that length (`2024`, `2024-12`, `2024-12-31`).

    The text sorts and compares by time; a month sorts before its days.
    """

    # django-stubs reads here what may be assigned and what an instance holds; its CharField has no parameter for it.
    _pyi_private_set_type: PartialDate | str | None  # type: ignore[assignment]
    _pyi_private_get_type: PartialDate  # type: ignore[assignment]

    def __init__(self, *args: Any, **options: Any) -> None:
        options = {"max_length": 10, "null": True, "blank": True} | options
        super().__init__(*args, **options)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> PartialDate | None:
        return from_iso(value)

    def to_python(self, value: Any) -> PartialDate | None:
        return value if value is None or isinstance(value, PartialDate) else from_iso(str(value))

    def get_prep_value(self, value: Any) -> str | None:
        if value is None or value == "":
            return None
        return to_iso(value) if isinstance(value, PartialDate | date) else str(value)


LENGTH: dict[Precision, int] = {"year": 4, "month": 7, "day": 10}
PRECISION = {length: precision for precision, length in LENGTH.items()}


def from_iso(text: str | None) -> PartialDate | None:
    """`2024`, `2024-12` or `2024-12-31`; the value of a month or year is its first day."""
    if not text:
        return None
    parts = [int(part) for part in text.split("-")] + [1, 1]
    return PartialDate(date(parts[0], parts[1], parts[2]), PRECISION[len(text)])


def to_iso(value: PartialDate | date) -> str:
    if isinstance(value, PartialDate):
        return value.value.isoformat()[: LENGTH[value.precision]]
    return value.isoformat()
