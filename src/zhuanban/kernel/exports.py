"""Spreadsheets of listings: streamed, safe to open, watermarked, limited and on record."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext_lazy

from zhuanban.kernel import access, clock, parameters, show, timeline
from zhuanban.kernel.dates import PartialDate
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.listings import Column, Query
from zhuanban.kernel.masks import is_formula_like, strip_forbidden
from zhuanban.kernel.people import Person

ROW_LIMIT = parameters.declare("kernel.export_row_limit", gettext_lazy("一次导出的行数上限"), int, pgettext_lazy("parameter unit", "行"))


def answer(query: Query, kind: str) -> StreamingHttpResponse:
    """The listing as `csv` or `xlsx`. Raises Refused above the row limit. The export is an event of its own."""
    limit = parameters.value(ROW_LIMIT)
    count = query.rows[: limit + 1].count()
    if count > limit:
        raise Refused(_("一次最多导出 %(limit)s 行，请先缩小筛选范围。") % {"limit": limit})
    name = f"{query.listing.title}-{clock.today():%Y%m%d}.{kind}"
    note(query, kind, count)
    response = _csv(query) if kind == "csv" else _xlsx(query)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{_quoted(name)}"
    response["Cache-Control"] = "no-store"
    return response


def note(query: Query, kind: str, rows: int) -> None:
    """Put on record that somebody took many rows away: a spreadsheet, or pages of the API."""
    ledger = access.ledger("exports", title=gettext_noop("导出台账"))
    timeline.record(ledger, "kernel.export", by=query.user, listing=query.listing.name, rows=rows, kind=kind, filter=query.url())


def watermark(user: Person) -> str:
    return _("%(who)s %(when)s 导出，仅限工作使用") % {
        "who": user.username,
        "when": timezone.localtime(clock.now()).strftime("%Y-%m-%d %H:%M"),
    }


def rows_of(query: Query, chunk: int = 500) -> Iterator[list[Any]]:
    """The cells of every row, prepared chunk by chunk."""
    batch: list[Any] = []
    for row in query.ordered().iterator(chunk_size=chunk):
        batch.append(row)
        if len(batch) == chunk:
            yield from _cells(query, batch)
            batch = []
    yield from _cells(query, batch)


def _cells(query: Query, batch: list[Any]) -> Iterator[list[Any]]:
    if batch and query.listing.prepare:
        query.listing.prepare(batch)
    for row in batch:
        yield [cell(_shown(column, row)) for column in query.listing.columns]


def _shown(column: Column, row: Any) -> Any:
    value = column.text(row)
    return show.place(value) if column.kind == "place" and value else value


def cell(value: Any) -> Any:
    """What a spreadsheet keeps: numbers as numbers, days as ISO text, everything else as harmless text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, int | float):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date | PartialDate):
        return str(value)
    return strip_forbidden(str(value))


class _Echo:
    def write(self, text: str) -> str:
        return text


def _csv(query: Query) -> StreamingHttpResponse:
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff" + writer.writerow([str(column.label) for column in query.listing.columns])
        for cells in rows_of(query):
            yield writer.writerow([f"'{text}" if isinstance(text, str) and is_formula_like(text) else text for text in cells])
        yield writer.writerow([watermark(query.user)])

    return StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")


def _xlsx(query: Query) -> FileResponse:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    book = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    sheet = book.add_worksheet(str(query.listing.title)[:31])
    head = book.add_format({"bold": True, "bg_color": "#E8EEF6", "bottom": 1})
    sheet.freeze_panes(1, 1)
    for at, column in enumerate(query.listing.columns):
        sheet.write_string(0, at, str(column.label) + (_("（元）") if column.kind == "money" else ""), head)
        sheet.set_column(at, at, 34 if column.link else 16)
    line = 0
    for line, cells in enumerate(rows_of(query), start=1):
        for at, value in enumerate(cells):
            if isinstance(value, str):
                sheet.write_string(line, at, value)
            else:
                sheet.write_number(line, at, value)
    sheet.write_string(line + 2, 0, watermark(query.user))
    sheet.set_footer(f"&C{watermark(query.user)}")
    book.close()
    file.seek(0)
    return FileResponse(file, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name)
