"""How values are shown in cells, facts and changes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zhuanban.kernel import columns
from zhuanban.kernel import money as money_
from zhuanban.kernel.dates import PartialDate, format_date, format_date_en

DASH = "—"


def english() -> bool:
    return (get_language() or "").startswith("en")


def city() -> str:
    """The city's name in the interface's language."""
    return str(settings.CITY["name_en" if english() else "name"])


def money(value: Any) -> str:
    """Money in words of the interface's language; unknown is a dash."""
    if value is None:
        return DASH
    return money_.format_money_en(value) if english() else money_.format_money(value)


def large_unit() -> str:
    """The unit of large money where it stands once for many numbers: 亿元, on English pages a billion."""
    return "CNY bn" if english() else "亿元"


def large(value: Any, places: int = 2) -> str:
    """Money as a bare number in `large_unit`, so that a column's decimals stand under one another."""
    if value is None:
        return DASH
    scaled = Decimal(str(value)) / (10**9 if english() else 10**8)
    return f"{scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,}"


def large_round(value: Any) -> str:
    return large(value, 1 if english() else 0)


def day(value: PartialDate | date | None) -> str:
    if value is None:
        return DASH
    return format_date_en(value) if english() else format_date(value)


WEEKDAYS = (
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
)
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def weekday(value: date) -> str:
    return str(WEEKDAYS[value.weekday()])


def month(number: int) -> str:
    """The name of a month on an axis."""
    return MONTHS_EN[number - 1] if english() else f"{number}月"


def short_day(value: date) -> str:
    """A day near today, without its year."""
    return f"{value.day} {MONTHS_EN[value.month - 1]}" if english() else f"{value.month}月{value.day}日"


def place(area: Any) -> str:
    """An area's name in the interface's language; unknown is a dash."""
    if area is None:
        return DASH
    return str(area.name_en if english() else area.name)


def text_of(value: Any, kind: str = "text") -> str:
    """A value as a person reads it."""
    if value is None or value == "":
        return DASH
    if kind == "money":
        return money(value)
    if kind == "place":
        return place(value)
    if kind == "percent":
        return money_.format_percent(value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, PartialDate | date):
        return str(value) if kind == "date" else day(value)
    if isinstance(value, int | Decimal) and kind == "number":
        return f"{value.normalize() + 0 if isinstance(value, Decimal) else value:,}"
    return str(value)


def change(model: type[models.Model], column: str, before: Any, after: Any) -> tuple[str, str, str]:
    """One recorded change in words: the field's name, what it was, what it became."""
    try:
        known = columns.named(model, column)
    except FieldDoesNotExist:
        return column, text_of(before), text_of(after)
    return str(known.verbose_name), _field_text(known, before), _field_text(known, after)


def _field_text(known: models.Field, value: Any) -> str:
    if value is None or value == "":
        return DASH
    if known.choices:
        return str(dict(known.flatchoices).get(value, value))
    if isinstance(known, models.ForeignKey):
        related = known.remote_field.model._default_manager.filter(pk=value).first()
        return str(related) if related else str(value)
    if isinstance(known, models.DecimalField) and known.max_digits == 18:
        return money(Decimal(str(value)))
    if isinstance(known, columns.PartialDateColumn):
        return day(columns.from_iso(str(value)))
    if isinstance(known, models.DecimalField | models.IntegerField):
        return text_of(Decimal(str(value)), "number")
    if isinstance(known, models.BooleanField):
        return _("是") if value else _("否")
    return str(value)
