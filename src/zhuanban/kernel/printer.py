"""Prints the rows of a listing as HTML: what is the same for every row is worked out once, so that a page of rows costs little."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from zhuanban.kernel import charts, show
from zhuanban.kernel.listings import Column

NUMERIC = {"money", "number", "percent"}


class Printer:
    """A listing's columns made ready to print. `changeable` names the columns that the person may change in place somewhere;
    `tick` puts a box before each row for the bulk bar."""

    def __init__(self, columns: Iterable[Column], *, changeable: Iterable[str] = (), tick: bool = False) -> None:
        self._columns = [_Ready(column, first=at == 0, changeable=column.name in set(changeable)) for at, column in enumerate(columns)]
        self._tick = tick
        self._synthetic = f' <span class="synthetic">{escape(_("合成数据"))}</span>'

    def rows(self, rows: Iterable[Any], changeable: set[int] = frozenset()) -> Iterator[SafeString]:  # type: ignore[assignment]
        """Each row as a `<tr>`; cells can be changed in the rows whose ids are given."""
        for row in rows:
            yield mark_safe(self._row(row, row.pk in changeable))

    def _row(self, row: Any, changeable: bool) -> str:
        cells = [column.cell(row, changeable, self._synthetic) for column in self._columns]
        if not self._tick:
            return f"<tr>{''.join(cells)}</tr>"
        value = f"{row.pk}:{getattr(row, 'version', '')}"
        box = f'<td class="check"><input type="checkbox" name="id" value="{value}" data-bulk-item aria-label="{escape(str(row))}"></td>'
        return f"<tr>{box}{''.join(cells)}</tr>"


class _Ready:
    """One column with its tags, its words and its address made once."""

    def __init__(self, column: Column, *, first: bool, changeable: bool) -> None:
        self.column, self.link = column, column.link
        kind = " ".join(
            word
            for word, on in (
                ("num", column.kind in NUMERIC),
                ("nowrap", column.kind in {"code", "date"}),
                ("only-wide", not column.narrow),
                ("pin", first),
                ("nowrap", column.kind in {"code", "date"}),
            )
            if on
        )
        attributes = f' class="{kind}"' if kind else ""
        self.open, self.close = (f'<th scope="row"{attributes}>', "</th>") if first else (f"<td{attributes}>", "</td>")
        self.labels = {value: str(label) for value, label in column.choices} if column.choices else None
        self.before, self.after = "", ""
        if changeable:
            self.before, self.after = reverse("kernel:act", args=[column.edit, "0"]).split("/0/")
            self.label, self.change = escape(str(column.label)), escape(_("修改"))

    def text(self, value: Any) -> str:
        if self.labels is not None:
            return self.labels.get(value, show.DASH if value in (None, "") else str(value))
        return show.text_of(value, self.column.kind)

    def shown(self, value: Any) -> str:
        """The value as mark-up; a colour of the traffic light as shape and word."""
        if isinstance(value, SafeString):
            return value
        return charts.light(str(value), self.text(value)) if self.column.kind == "light" and value else escape(self.text(value))

    def cell(self, row: Any, changeable: bool, synthetic: str) -> str:
        value = self.column.value(row)
        shown = self.shown(value)
        if self.link:
            badge = synthetic if getattr(row, "synthetic", False) else ""
            under = f"<br><small>{escape(str(getattr(row, self.column.under)))}</small>" if self.column.under else ""
            shown = f'<a href="{escape(row.get_absolute_url())}">{shown}</a>{badge}{under}'
        elif changeable and self.before:
            url = f"{self.before}/{row.pk}/?field={self.column.name}"
            shown = (
                f'<button class="cell-value" type="button" hx-get="{url}" hx-target="closest td" hx-swap="outerHTML" '
                f'aria-label="{self.label} {shown} {self.change}">{shown}</button>'
            )
        return f"{self.open}{shown}{self.close}"
