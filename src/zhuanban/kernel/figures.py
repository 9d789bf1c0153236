"""Figures: numbers with a name, a definition in words, a unit, a query and the rows behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import pgettext_lazy

from zhuanban.kernel import clock, money, show
from zhuanban.kernel.dates import PartialDate
from zhuanban.kernel.people import Person
from zhuanban.kernel.words import Words

REGISTRY: dict[str, Figure] = {}


@dataclass(frozen=True)
class Scope:
    """For whom and when a figure is read: the rows a person may see (None: all, for the city's own papers), an area, a day, a year.

    Figures read together share a scope; `memo` keeps what they all ask for, so that it is asked once.
    """

    on: date
    user: Person | None = None
    area: str = ""
    year: int = 0
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def today(cls, user: Person | None = None, area: str = "", year: int = 0) -> Scope:
        day = clock.today()
        return cls(day, user, area, year or day.year)


@dataclass(frozen=True)
class Reading:
    """A figure's value as read. `rows` are its evidence; `parts` are the two sides of a rate or difference, with their names."""

    value: Any
    rows: QuerySet
    parts: dict[str, Any] = field(default_factory=dict)

    @property
    def evidence(self) -> int:
        return self.rows.count()


Read: TypeAlias = Callable[[Scope], Reading]


@dataclass(frozen=True)
class Figure:
    """`paper` is the newspaper figure (F1..F66) that this one reproduces, if any."""

    name: str
    label: Words
    unit: str
    definition: Words
    read: Read
    listing: str = ""
    paper: str = ""

    def get_absolute_url(self) -> str:
        return reverse("kernel:figure", args=[self.name])

    def printed(self, value: Any) -> str:
        """The value with its unit as documents print it; unknown is a dash."""
        return printed(value, self.unit)


def figure(name: str, *, label: Words, unit: str, definition: Words, listing: str = "", paper: str = "") -> Callable[[Read], Read]:
    """Register a function `(scope) -> Reading` as a figure. `listing` names the listing that shows its evidence rows."""

    def register(read: Read) -> Read:
        REGISTRY[name] = Figure(name, label, unit, definition, read, listing, paper)
        return read

    return register


def count(rows: QuerySet) -> Reading:
    """How many rows there are."""
    return Reading(rows.aggregate(n=Count("pk"))["n"], rows)


def total(rows: QuerySet, field_name: str) -> Reading:
    """The sum of a column over the rows that know it; None when none does."""
    known = rows.filter(**{f"{field_name}__isnull": False})
    return Reading(known.aggregate(s=Sum(field_name))["s"], known)


def ratio(part: Reading, whole: Reading, part_name: str, whole_name: str) -> Reading:
    """A percentage, not rounded; None over nothing."""
    value = Decimal(part.value or 0) * 100 / Decimal(whole.value) if whole.value else None
    return Reading(value, whole.rows, {part_name: part.value, whole_name: whole.value})


def share(rows: QuerySet, part: Any, part_name: str, whole_name: str) -> Reading:
    """The percentage of the rows that meet a condition, as `ratio`, in one query."""
    counts = rows.aggregate(part=Count("pk", filter=part), whole=Count("pk"))
    return ratio(Reading(counts["part"], rows), Reading(counts["whole"], rows), part_name, whole_name)


def one(rows: QuerySet, field_name: str) -> Reading:
    """A column of one row; None when there is no such row."""
    return Reading(rows.values_list(field_name, flat=True).first(), rows)


UNITS: dict[str, Words] = {
    "project": pgettext_lazy("unit project", "个"),
    "yuan": "",
    "pct": "%",
    "pct_point": pgettext_lazy("unit pct_point", "个百分点"),
    "area": pgettext_lazy("unit area", "个"),
    "day": pgettext_lazy("unit day", "天"),
    "month": pgettext_lazy("unit month", "个月"),
    "industry": pgettext_lazy("unit industry", "个"),
    "line": pgettext_lazy("unit line", "条"),
    "job": pgettext_lazy("unit job", "个"),
    "model": pgettext_lazy("unit model", "款"),
    "vehicle/year": pgettext_lazy("unit vehicle/year", "辆/年"),
    "enterprise": pgettext_lazy("unit enterprise", "户"),
    "year": pgettext_lazy("unit year", "年"),
    "batch": pgettext_lazy("unit batch", "批"),
    "m3": pgettext_lazy("unit m3", "立方米"),
    "group": pgettext_lazy("unit group", "个"),
    "leader": pgettext_lazy("unit leader", "名"),
    "person": pgettext_lazy("unit person", "人"),
    "problem": pgettext_lazy("unit problem", "个"),
    "promise": pgettext_lazy("unit promise", "个"),
    "question": pgettext_lazy("unit question", "个"),
    "officer": pgettext_lazy("unit officer", "名"),
    "role": pgettext_lazy("unit role", "类"),
    "duty": pgettext_lazy("unit duty", "项"),
    "session": pgettext_lazy("unit session", "次"),
    "workshop": pgettext_lazy("unit workshop", "个"),
    "category": pgettext_lazy("unit category", "类"),
    "policy": pgettext_lazy("unit policy", "项"),
    "event": pgettext_lazy("unit event", "次"),
    "bank": pgettext_lazy("unit bank", "家"),
    "flat": pgettext_lazy("unit flat", "套"),
    "programme": pgettext_lazy("unit programme", "个"),
    "plan": pgettext_lazy("unit plan", "个"),
    "tag": pgettext_lazy("unit tag", "个"),
    "point": pgettext_lazy("unit point", "分"),
    "cell": pgettext_lazy("unit cell", "格"),
    "node": pgettext_lazy("unit node", "个"),
    "permit": pgettext_lazy("unit permit", "件"),
    "item": pgettext_lazy("unit item", "项"),
    "decision": pgettext_lazy("unit decision", "项"),
    "request": pgettext_lazy("unit request", "件"),
    "claim": pgettext_lazy("unit claim", "件"),
}
"""A unit's word. The context tells translators what is counted: many share one word in Chinese."""


def split(value: Any, unit: str) -> tuple[str, str]:
    """Number and unit as two texts, so that a page can set the unit small."""
    if value is None:
        return "—", ""
    if unit == "yuan":
        text = show.money(value)
        if text.startswith("CNY "):  # English: CNY 35.8 billion
            number, _, scale = text[4:].partition(" ")
            return number, f"{scale} CNY".strip()
        cut = next((i for i, letter in enumerate(text) if letter not in "-0123456789.,"), len(text))
        return text[:cut], text[cut:]
    if unit == "pct":
        return money.format_percent(value).rstrip("%"), "%"
    if isinstance(value, PartialDate | date):
        return show.day(value), ""
    if isinstance(value, int | Decimal) and unit != "year":
        return f"{value:,}", str(UNITS.get(unit, unit))
    return str(value), str(UNITS.get(unit, unit))


def printed(value: Any, unit: str) -> str:
    number, word = split(value, unit)
    return f"{number}{word}" if not word or word in "%" or number == "—" else f"{number} {word}"
