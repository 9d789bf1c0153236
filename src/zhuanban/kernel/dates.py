"""Dates as ledgers write them and as papers print them: each carries its precision, so that a month never passes for its first day."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from zhuanban.kernel.badvalue import BadValue, clean, is_empty
from zhuanban.kernel.badvalue import gettext_noop as _

Precision: TypeAlias = Literal["day", "month", "year"]
_LENGTHS: dict[Precision, int] = {"day": 10, "month": 7, "year": 4}

EXCEL_DAY_ZERO = date(1899, 12, 30)
EXCEL_SERIALS = range(20_000, 80_000)
"""Serial numbers taken as days (1954 to 2119): plain years and months are far below them."""
YEARS = range(1950, 2101)
"""Years that a ledger of projects may name; any other is a slip of the pen."""


@dataclass(frozen=True)
class PartialDate:
    """A day, a month or a year. ``value`` is always the first day of it, so that equal dates are equal.

    >>> PartialDate(date(2022, 11, 9), "month")
    PartialDate(value=datetime.date(2022, 11, 1), precision='month')
    >>> PartialDate(date(2024, 2, 1), "month").last, str(PartialDate(date(2024, 2, 1), "month"))
    (datetime.date(2024, 2, 29), '2024-02')
    """

    value: date
    precision: Precision = "day"

    def __post_init__(self) -> None:
        if self.precision not in _LENGTHS:
            raise ValueError(f"no such precision: {self.precision}")
        day = date(self.value.year, 1 if self.precision == "year" else self.value.month, self.value.day if self.precision == "day" else 1)
        object.__setattr__(self, "value", day)

    @property
    def first(self) -> date:
        """The earliest day that is meant."""
        return self.value

    @property
    def last(self) -> date:
        """The latest day that is meant; a promise for a month may be kept until then."""
        if self.precision == "year":
            return date(self.value.year, 12, 31)
        if self.precision == "month":
            return self.value.replace(day=calendar.monthrange(self.value.year, self.value.month)[1])
        return self.value

    def __str__(self) -> str:
        return self.value.isoformat()[: _LENGTHS[self.precision]]


def parse_ledger_date(raw: str | int | float | Decimal | date | None, default_year: int | None = None) -> PartialDate | None:
    """Whatever a ledger cell holds; None for an empty cell. ``default_year`` completes a date that names no year (6月底).

    2022.1 is refused: it may be January, or an October (2022.10) whose zero the spreadsheet dropped.

    >>> [str(parse_ledger_date(cell, 2022)) for cell in ("2022年6月28日", "2022.6.28", 44740, "6月底", "2024年底", 2022.12)]
    ['2022-06-28', '2022-06-28', '2022-06-28', '2022-06', '2024-12', '2022-12']
    """
    if isinstance(raw, date):
        return PartialDate(raw.date() if isinstance(raw, datetime) else raw)
    if is_empty(raw):
        return None
    text = clean(str(raw))
    return _whole_number(text) or _separated(text) or _chinese(text, default_year) or _unreadable(text)


_NUMBER = re.compile(r"([0-9]{4,8})(\.[0-9]+)?")
_SEPARATED = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})(?:\2([0-9]{1,2}))?(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?")
_CHINESE = re.compile(
    r"(?:([0-9]{4})年)?(?:([0-9]{1,2})月(?:份|([0-9]{1,2})[日号]|[初中末底]|[上中下]旬)?)"
    r"|([0-9]{4})年?(?:度|(年?[末底])|年?初)?"
)


def _whole_number(text: str) -> PartialDate | None:
    """Digits without separators: a spreadsheet's serial, 2022, 202206 or 20220628; the fraction of a serial is the hour."""
    match = _NUMBER.fullmatch(text)
    if match is None or (len(match[1]) == 4 and (match[2] or "").strip(".0")):
        return None
    digits = match[1]
    if len(digits) == 5 and int(digits) in EXCEL_SERIALS:
        return PartialDate(EXCEL_DAY_ZERO + timedelta(days=int(digits)))
    if len(digits) == 4 and (match[2] is None or match[2] == ".0"):
        return _date(text, digits)
    if len(digits) in (6, 8) and (match[2] is None or match[2] == ".0"):
        return _date(text, digits[:4], digits[4:6], digits[6:] or None)
    return None


def _separated(text: str) -> PartialDate | None:
    match = _SEPARATED.fullmatch(text)
    if match is None:
        return None
    year, separator, month, day = match.groups()
    if separator == "." and month == "1" and day is None:
        raise BadValue(
            _("“%(text)s”可能是 %(year)s年1月，也可能是被表格去掉了末尾 0 的 %(year)s年10月，请写成 %(year)s年1月 或 %(year)s年10月。"),
            key="date.ambiguous",
            text=text,
            year=year,
        )
    return _date(text, year, month, day)


def _chinese(text: str, default_year: int | None) -> PartialDate | None:
    match = _CHINESE.fullmatch(text.replace(" ", ""))
    if match is None:
        return None
    year, month, day, bare_year, year_end = match.groups()
    if bare_year:
        return _date(text, bare_year, "12" if year_end else None)
    if year is None and default_year is None:
        raise BadValue(_("“%(text)s”没有写年份。"), key="date.year_missing", text=text)
    return _date(text, year or str(default_year), month, day)


def _date(text: str, year: str, month: str | None = None, day: str | None = None) -> PartialDate:
    if int(year) not in YEARS:
        raise BadValue(
            _("“%(text)s”的年份不在 %(first)s—%(last)s 年之间，请核对。"), key="date.year", text=text, first=YEARS[0], last=YEARS[-1]
        )
    try:
        value = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise BadValue(_("“%(text)s”这一天不存在，请核对。"), key="date.impossible", text=text) from None
    return PartialDate(value, "day" if day else "month" if month else "year")


def _unreadable(text: str) -> PartialDate:
    raise BadValue(_("“%(text)s”读不出日期，请写成 2022年6月28日 或 2022-06-28。"), key="date.format", text=text[:60])


def format_date(when: PartialDate | date | None) -> str:
    """As official papers print it, without zero padding.

    >>> format_date(date(2022, 7, 8)), format_date(PartialDate(date(2022, 7, 1), "month")), format_date(None)
    ('2022年7月8日', '2022年7月', '—')
    """
    if when is None:
        return "—"
    exact = when if isinstance(when, PartialDate) else PartialDate(when)
    year, month, day = exact.value.timetuple()[:3]
    return {"year": f"{year}年", "month": f"{year}年{month}月", "day": f"{year}年{month}月{day}日"}[exact.precision]


def format_date_en(when: PartialDate | date | None) -> str:
    """The same for English pages.

    >>> format_date_en(date(2022, 7, 8)), format_date_en(PartialDate(date(2022, 7, 1), "month"))
    ('8 July 2022', 'July 2022')
    """
    if when is None:
        return "—"
    exact = when if isinstance(when, PartialDate) else PartialDate(when)
    year, month, day = exact.value.timetuple()[:3]
    name = _ENGLISH_MONTHS[month - 1]
    return {"year": f"{year}", "month": f"{name} {year}", "day": f"{day} {name} {year}"}[exact.precision]


_ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def format_elapsed(working_days: int) -> str:
    """A duration in working days as it is printed: concluded on the day itself is 当日办结.

    >>> format_elapsed(0), format_elapsed(3)
    ('当日办结', '3个工作日')
    """
    return "当日办结" if working_days == 0 else f"{working_days}个工作日"
