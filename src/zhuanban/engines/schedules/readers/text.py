"""Bytes to text, and text to values, as both kinds of plan files need it."""

from __future__ import annotations

import codecs
import math
import re
from datetime import datetime, timedelta

from zhuanban.engines.schedules.readers.errors import PlanFileError
from zhuanban.engines.schedules.readers.limits import FIRST_YEAR, LAST_YEAR, LONGEST_MINUTES

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
_CHINESE_PAIR = re.compile(rb"[\xb0-\xf7][\xa1-\xfe]")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?")


def decoded(content: bytes) -> str:
    """The text of a file that does not say how it is encoded: Unicode, a Chinese code page, or that of Western Windows.

    >>> decoded("土建".encode("gb18030")), decoded("Café".encode("cp1252")), decoded("土建".encode())
    ('土建', 'Café', '土建')
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return decoded_as(content[len(mark) :], encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if _looks_chinese(content):
        return content.decode("gb18030", errors="replace")
    return content.decode("cp1252", errors="replace")


def decoded_as(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except LookupError:
        raise PlanFileError("unknown_encoding", encoding=encoding) from None
    except (UnicodeDecodeError, ValueError):
        raise PlanFileError("encoding", encoding=encoding) from None


def _looks_chinese(content: bytes) -> bool:
    """Chinese characters of the old code pages are pairs of high bytes; accented Latin letters stand alone."""
    runs = _HIGH_BYTES.findall(content[:4_000_000])
    high = sum(len(run) for run in runs)
    paired = sum(2 * len(_CHINESE_PAIR.findall(run)) for run in runs)
    return paired >= 0.6 * high


def instant(raw: str | None, where: str) -> datetime | None:
    """A naive local instant to the minute; an offset from Greenwich is dropped, for plans are written in the site's own time.

    >>> instant("2021-9-13 08:00", "act_start_date"), instant("2021-09-13T08:00:00", "Start"), instant("", "Start")
    (datetime.datetime(2021, 9, 13, 8, 0), datetime.datetime(2021, 9, 13, 8, 0), None)
    """
    text = (raw or "").strip()
    if not text or text in ("NA", "0"):
        return None
    found = _DATE.fullmatch(text)
    if found is None:
        raise PlanFileError("bad_value", where=where, value=text, what="date")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        read = datetime(year, month, day) + timedelta(hours=hour, minutes=minute + (second >= 30))
    except (ValueError, OverflowError):
        raise PlanFileError("bad_value", where=where, value=text, what="date") from None
    if hour > 24 or minute > 59 or second > 59:
        raise PlanFileError("bad_value", where=where, value=text, what="date")
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise PlanFileError("out_of_range", where=where, value=text)
    return read


def number(raw: str | None, where: str) -> float | None:
    """A decimal number, with a point or a comma.

    >>> number("6,5", "lag"), number("-8", "lag"), number(" ", "lag")
    (6.5, -8.0, None)
    """
    text = (raw or "").strip()
    if not text:
        return None
    if "," in text:
        text = text.replace(",", "") if "." in text else text.replace(",", ".")
    try:
        read = float(text)
    except ValueError:
        raise PlanFileError("bad_value", where=where, value=raw or "", what="number") from None
    if not math.isfinite(read):
        raise PlanFileError("out_of_range", where=where, value=raw or "")
    return read


def whole(raw: str | None, where: str) -> int | None:
    read = number(raw, where)
    if read is None:
        return None
    if abs(read) > 2**53:
        raise PlanFileError("out_of_range", where=where, value=raw or "")
    return round(read)


def minutes(raw: str | None, where: str, each: float) -> int | None:
    """A span of so many units of `each` minutes, as whole minutes."""
    read = number(raw, where)
    if read is None:
        return None
    return within(read * each, where, raw or "")


def within(span: float, where: str, raw: str) -> int:
    """Whole minutes that are no longer than a plan can be."""
    if not abs(span) <= LONGEST_MINUTES:
        raise PlanFileError("out_of_range", where=where, value=raw)
    return round(span)
