"""Listings: rows, filters and columns declared once give the page, the htmx rows, the spreadsheet and the REST list.

The filter lives in the URL. Paging is by key: a page costs the same wherever it is. Counts are asked for lazily.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.kernel import money, search
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.columns import from_iso
from zhuanban.kernel.dates import PartialDate
from zhuanban.kernel.errors import BadInput, Failure, Unknown
from zhuanban.kernel.people import Person
from zhuanban.kernel.words import Words

PAGE = 50
LARGEST = 10**18
REGISTRY: dict[str, Listing] = {}


@dataclass(frozen=True)
class Column:
    """One column. `path` is an attribute path; `kind` says how it is shown and exported; `sort` is a column that is never null
    (or `nullable` text); `edit` names the verb that changes it in place; `narrow` columns stay on a phone; `choices` gives a value's label;
    `under` is a second attribute printed small beneath a link."""

    name: str
    label: Words
    kind: str = "text"
    path: str = ""
    sort: str = ""
    nullable: bool = False
    edit: str = ""
    narrow: bool = True
    link: bool = False
    choices: Any = ()
    under: str = ""

    def value(self, row: Any) -> Any:
        """The raw value; unknown is None."""
        found = row
        for part in (self.path or self.name).split("__"):
            found = getattr(found, part, None)
            if found is None:
                return None
        return found() if callable(found) else found

    def text(self, row: Any) -> Any:
        """The value as a spreadsheet shows it: a choice by its label."""
        value = self.value(row)
        return str(dict(self.choices).get(value, value or "")) if self.choices else value


@dataclass(frozen=True)
class Filter:
    """One filter of the URL. `apply` narrows the rows by the text given; `choices` offers values; raises BadValue on nonsense."""

    name: str
    label: Words
    apply: Callable[[QuerySet, str], QuerySet]
    choices: Callable[[Any], Iterable[tuple[Any, Words]]] | None = None
    kind: str = "choice"


@dataclass(frozen=True)
class Chip:
    """A quick filter with a name and a count that loads when it is seen."""

    name: str
    label: Words
    where: Callable[[Any], Q]
    tone: str = ""


@dataclass(frozen=True)
class Layout:
    """Another way to show the same query: a template, and what it needs from the rows."""

    name: str
    label: Words
    icon: str
    template: str
    context: Callable[[Query], dict[str, Any]]


@dataclass(frozen=True)
class Listing:
    """What a listing is. `rows(user)` starts from what the person may see; `offers(user)` names verbs and targets for the page's head."""

    name: str
    title: Words
    rows: Callable[[Any], QuerySet]
    columns: tuple[Column, ...]
    order: str
    filters: tuple[Filter, ...] = ()
    chips: tuple[Chip, ...] = ()
    layouts: tuple[Layout, ...] = ()
    search: str = ""
    related: tuple[str, ...] = ()
    prepare: Callable[[list[Any]], None] | None = None
    bulk: tuple[str, ...] = ()
    offers: Callable[[Any], list[tuple[str, Any]]] | None = None
    empty: Words = ""
    guard: str = ""
    secret: bool = field(default=False)

    def __post_init__(self) -> None:
        REGISTRY[self.name] = self

    @property
    def module(self) -> str:
        return self.name.partition(".")[0]

    @property
    def noun(self) -> str:
        return self.name.partition(".")[2]

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


def find(name: str) -> Listing:
    if name not in REGISTRY:
        raise Unknown()
    return REGISTRY[name]


class Query:
    """A listing as one person asks for it: filters, order and place read from the URL's parameters."""

    def __init__(self, listing: Listing, user: Person, params: QueryDict, *, size: int = PAGE) -> None:
        if listing.guard and listing.guard not in user.verbs:
            raise Unknown()
        self.listing, self.user, self.params, self.size = listing, user, params, size

    @cached_property
    def rows(self) -> QuerySet:
        """All rows that pass the filters, in no order."""
        rows = self.listing.rows(self.user)
        if self.listing.search and (words := self.params.get("q", "").strip()):
            rows = search.matching(rows, words, self.listing.search)
        wrong: dict[str, list[str]] = {}
        for known in self.listing.filters:
            if text := self.params.get(known.name, "").strip():
                try:
                    rows = known.apply(rows, self._offered(known, _bounded(text)))
                except BadValue as bad:
                    wrong[known.name] = [bad.translated(_)]
                except (ValueError, KeyError, ArithmeticError):
                    wrong[known.name] = [_("“%(label)s”不能用“%(text)s”筛选。") % {"label": known.label, "text": text[:40]}]
        for name in self.chosen_chips:
            rows = rows.filter(self._chip(name).where(self.user))
        if wrong:
            raise BadInput(wrong)
        return rows

    def _offered(self, known: Filter, text: str) -> str:
        """The text of a filter, if each of its values is among those that the filter offers."""
        if known.choices and not set(text.split(",")) <= {str(value) for value, _label in known.choices(self.user)}:
            raise ValueError(text)
        return text

    @cached_property
    def chosen_chips(self) -> list[str]:
        return [name for name in self.params.getlist("chip") if name]

    def _chip(self, name: str) -> Chip:
        for chip in self.listing.chips:
            if chip.name == name:
                return chip
        raise Failure(_("没有“%(name)s”这个快捷筛选。") % {"name": name[:40]})

    def count(self) -> int:
        return self.rows.count()

    @cached_property
    def order(self) -> tuple[str, bool]:
        """The sort column's name and whether it descends."""
        asked = self.params.get("order", "") or self.listing.order
        column = self.listing.column(asked.removeprefix("-"))
        if column is None or not column.sort:
            raise Failure(_("不能按“%(name)s”排序。") % {"name": asked[:40]})
        return column.name, asked.startswith("-")

    @cached_property
    def _sort(self) -> Column:
        return self.listing.column(self.order[0])  # type: ignore[return-value]

    def ordered(self, *, backwards: bool = False) -> QuerySet:
        rows, key = self.rows, self._sort.sort
        if self._sort.nullable:
            rows, key = rows.annotate(_key=Coalesce(F(key), Value(""), output_field=CharField())), "_key"
        sign = "-" if self.order[1] != backwards else ""
        return rows.order_by(f"{sign}{key}", f"{sign}pk").select_related(*self.listing.related)

    @property
    def _key(self) -> str:
        return "_key" if self._sort.nullable else self._sort.sort

    @cached_property
    def page(self) -> Page:
        """The rows of this page, one query (plus what `prepare` asks for all of them at once)."""
        before, after = self.params.get("before", ""), self.params.get("after", "")
        backwards = bool(before)
        rows = self.ordered(backwards=backwards)
        if cursor := before or after:
            try:
                rows = rows.filter(self._beyond(cursor, backwards))
            except (ValueError, TypeError, ValidationError):
                raise Failure(_("翻页位置无效，请从第一页重新开始。")) from None
        found = list(rows[: self.size + 1])
        more = len(found) > self.size
        found = found[: self.size]
        if backwards:
            found.reverse()
        if self.listing.prepare:
            self.listing.prepare(found)
        later, earlier = (True, more) if backwards else (more, bool(after))
        return Page(
            found,
            next=self._cursor(found[-1]) if found and later else "",
            previous=self._cursor(found[0]) if found and earlier else "",
        )

    def _cursor(self, row: Any) -> str:
        value = row
        for part in self._key.split("__"):
            value = getattr(value, part)
        return base64.urlsafe_b64encode(json.dumps([_plain(value), row.pk]).encode()).decode().rstrip("=")

    def _beyond(self, cursor: str, backwards: bool) -> Q:
        try:
            value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            pk, value = int(pk), str(value) if isinstance(value, list | dict) else value
            if max(abs(number) for number in (pk, value) if isinstance(number, int)) > LARGEST or "\0" in str(value):
                raise ValueError(cursor)
        except (ValueError, TypeError, binascii.Error):
            raise Failure(_("翻页位置无效，请从第一页重新开始。")) from None
        side = "lt" if self.order[1] != backwards else "gt"
        return Q(**{f"{self._key}__{side}": value}) | Q(**{self._key: value, f"pk__{side}": pk})

    def url(self, **changes: Any) -> str:
        """The query string with these parameters changed; None takes one away. Paging starts anew unless it is set."""
        params = self.params.copy()
        for name in ("after", "before"):
            params.pop(name, None)
        for name, value in changes.items():
            if value is None or value == "":
                params.pop(name, None)
            elif isinstance(value, list):
                params.setlist(name, value)
            else:
                params[name] = value
        return params.urlencode()

    @cached_property
    def layout(self) -> Layout | None:
        name = self.params.get("as", "")
        return next((layout for layout in self.listing.layouts if layout.name == name), None)


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    next: str
    previous: str


def _bounded(text: str) -> str:
    """The text of a filter, unless it holds a number that no database column does."""
    if len(text) > 1000 or re.search(r"\d{19}", text):
        raise ValueError(text)
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, PartialDate) else value


def by_choice(path: str) -> Callable[[QuerySet, str], QuerySet]:
    """A filter by one or more values of a column, separated by commas."""
    return lambda rows, text: rows.filter(**{f"{path}__in": text.split(",")})


def by_least_money(path: str) -> Callable[[QuerySet, str], QuerySet]:
    """A filter by a lower bound of money, inclusive; bare numbers are 万元."""
    return lambda rows, text: rows.filter(**{f"{path}__gte": _amount(text)})


def by_most_money(path: str) -> Callable[[QuerySet, str], QuerySet]:
    return lambda rows, text: rows.filter(**{f"{path}__lte": _amount(text)})


def _amount(text: str) -> Decimal:
    amount = money.parse_money(text, "万元" if text[-1:].isdecimal() else None)
    if amount is None:
        raise ValueError(text)
    return amount


def by_year(path: str) -> Callable[[QuerySet, str], QuerySet]:
    """A filter by the year of a date with precision."""

    def apply(rows: QuerySet, text: str) -> QuerySet:
        year = from_iso(text)
        if year is None or len(text) != 4:
            raise ValueError(text)
        return rows.filter(**{f"{path}__gte": text, f"{path}__lt": str(int(text) + 1)})

    return apply


def by_flag(where: Q) -> Callable[[QuerySet, str], QuerySet]:
    return lambda rows, text: rows.filter(where) if {"1": True, "0": False}[text] else rows.exclude(where)


YES_NO = (("1", gettext_lazy("是")), ("0", gettext_lazy("否")))
