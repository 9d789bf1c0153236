"""Money, land and rates: reading what ledgers hold, printing what documents want.

The store keeps Decimal yuan and square metres. Units come from the table header or from the cell, never from the size of a number.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from zhuanban.kernel.badvalue import BadValue, clean, is_empty
from zhuanban.kernel.badvalue import gettext_noop as _

Number: TypeAlias = Decimal | int | float
"""Numbers as cells give them; a float is read by its shortest decimal form."""

NO_FIGURE = "—"
"""Printed where there is nothing to print: no value, or a rate over nothing."""

CENT = Decimal("0.01")
SQUARE_METRES_PER_MU = Fraction(10_000, 15)

_NUMBER = re.compile(r"(?P<sign>[+-]?)\s*(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*(?P<unit>.*)")
_CURRENCY_MARK = re.compile(r"^([+-]?)\s*(?:人民币|RMB|CNY|¥)\s*", re.IGNORECASE)
_LONGEST_CELL = 60


@dataclass(frozen=True, eq=False)
class _Quantity:
    """A kind of amount: its units (by how many of the stored unit they hold), their other spellings, the largest value believed."""

    units: Mapping[str, Fraction]
    spellings: Mapping[str, str]
    limit: Decimal

    def unit(self, written: str) -> str | None:
        """The unit meant by what is written, or None."""
        plain = written.lower().replace(" ", "")
        name = self.spellings.get(plain, plain)
        return name if name in self.units else None


@lru_cache(maxsize=512)
def _header_unit(quantity: _Quantity, header: str) -> str | None:
    """The unit that a header names: 万元, 单位：万元, 总投资（万元）; None when it names none."""
    names = "|".join(sorted(map(re.escape, [*quantity.units, *quantity.spellings]), key=len, reverse=True))
    pattern = rf"(?:^|单位\s*:?\s*|[(\[/,、]\s*)({names})(?=$|[)\],;、\s])"
    found = {quantity.unit(name) for name in re.findall(pattern, clean(header), re.IGNORECASE)}
    if len(found) > 1:
        raise BadValue(_("表头“%(header)s”里有不止一个单位。"), key="unit.header", header=header)
    return found.pop() if found else None


_MONEY = _Quantity(
    {
        "元": Fraction(1),
        "千元": Fraction(10**3),
        "万元": Fraction(10**4),
        "百万元": Fraction(10**6),
        "千万元": Fraction(10**7),
        "亿元": Fraction(10**8),
        "十亿元": Fraction(10**9),
        "万亿元": Fraction(10**12),
    },
    {
        "千": "千元",
        "万": "万元",
        "百万": "百万元",
        "千万": "千万元",
        "亿": "亿元",
        "万亿": "万亿元",
        "yuan": "元",
        "million": "百万元",
        "billion": "十亿元",
        "trillion": "万亿元",
        "millionyuan": "百万元",
        "billionyuan": "十亿元",
        "trillionyuan": "万亿元",
    },
    limit=Decimal(10) ** 15,
)
_AREA = _Quantity(
    {
        "平方米": Fraction(1),
        "万平方米": Fraction(10**4),
        "亩": SQUARE_METRES_PER_MU,
        "公顷": Fraction(10**4),
        "平方公里": Fraction(10**6),
    },
    {
        "m2": "平方米",
        "平米": "平方米",
        "万m2": "万平方米",
        "万平米": "万平方米",
        "ha": "公顷",
        "hm2": "公顷",
        "km2": "平方公里",
        "平方千米": "平方公里",
    },
    limit=Decimal(10) ** 12,
)


def money_unit(header: str) -> str | None:
    """The money unit that a table header names.

    >>> money_unit("报送单位：绿园区　单位：万元"), money_unit("总投资（亿元）"), money_unit("项目名称")
    ('万元', '亿元', None)
    """
    return _header_unit(_MONEY, header)


def area_unit(header: str) -> str | None:
    """The unit of area that a table header names."""
    return _header_unit(_AREA, header)


def parse_money(raw: str | Number | None, header_unit: str | None = None, *, allow_negative: bool = False) -> Decimal | None:
    """Yuan, to the fen; None for an empty cell. A bare number takes the header's unit; a cell's other unit is a conflict, never a guess.

    >>> parse_money("３．５亿元"), parse_money(647.4, "单位：万元"), parse_money("—", "万元")
    (Decimal('350000000.00'), Decimal('6474000.00'), None)
    """
    if isinstance(raw, str):
        raw = _CURRENCY_MARK.sub(r"\1", clean(raw))
    return _read(raw, header_unit, _MONEY, allow_negative)


def parse_area(raw: str | Number | None, header_unit: str | None = None) -> Decimal | None:
    """Square metres, to two decimals; None for an empty cell. Units follow the rules of ``parse_money``.

    >>> parse_area("15亩"), parse_area(2, "公顷"), parse_area("1,200㎡")
    (Decimal('10000.00'), Decimal('20000.00'), Decimal('1200.00'))
    """
    return _read(raw, header_unit, _AREA, allow_negative=False)


def _read(raw: str | Number | None, header: str | None, quantity: _Quantity, allow_negative: bool) -> Decimal | None:
    if raw is None or is_empty(raw):
        return None
    number, written_unit = _number_and_unit(raw)
    if number < 0 and not allow_negative:
        raise BadValue(_("“%(text)s”不能是负数。"), key="amount.negative", text=str(raw))
    unit = _unit_meant(str(raw), written_unit, header, quantity)
    exact = Fraction(number) * quantity.units[unit]
    if abs(exact) >= quantity.limit:
        raise BadValue(_("“%(text)s”大得不合情理，请核对单位。"), key="amount.size", text=str(raw))
    return _rounded(exact, CENT)


def _number_and_unit(raw: str | Number) -> tuple[Decimal, str]:
    text = clean(raw) if isinstance(raw, str) else f"{Decimal(str(raw)):f}" if _is_number(raw) else ""
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST_CELL else None
    if match is None:
        raise BadValue(_("“%(text)s”读不出数值。"), key="amount.number", text=str(raw)[:_LONGEST_CELL])
    return Decimal(match["sign"] + match["digits"].replace(",", "")), match["unit"]


def _is_number(raw: Number) -> bool:
    return not isinstance(raw, bool) and Decimal(str(raw)).is_finite()


def _unit_meant(text: str, written: str, header: str | None, quantity: _Quantity) -> str:
    header_unit = _header_unit(quantity, header) if header else None
    unit = quantity.unit(written) if written else header_unit
    if unit is None and written:
        raise BadValue(_("“%(text)s”的单位“%(unit)s”不认识。"), key="unit.unknown", text=text, unit=written)
    if unit is None:
        raise BadValue(_("“%(text)s”没有单位：表头和单元格都没写。"), key="unit.missing", text=text)
    if header_unit is not None and unit != header_unit:
        raise BadValue(
            _("表头单位是“%(header)s”，而“%(text)s”写的是“%(unit)s”，请改成一致。"),
            key="unit.conflict",
            text=text,
            header=header_unit,
            unit=unit,
        )
    return unit


def _rounded(exact: Fraction, step: Decimal) -> Decimal:
    """Half up (away from zero) to a multiple of a power of ten, straight from the exact value: one rounding only."""
    steps = abs(exact) / Fraction(step)
    whole = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)
    return Decimal(whole if exact >= 0 else -whole) * step


def _printed(value: Decimal | Fraction, places: int, *, grouped: bool = False, fixed: bool = False) -> str:
    """Decimal text of at most (or exactly) so many places."""
    text = f"{_rounded(Fraction(value), Decimal(1).scaleb(-places)):{',' if grouped else ''}.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text and not fixed else text


_MONEY_SCALES = ((12, "万亿元"), (8, "亿元"))
_EXACT_SCALES = ((12, "万亿元"), (8, "亿元"), (4, "万元"))
_ENGLISH_SCALES = ((12, " trillion"), (9, " billion"), (6, " million"))


def format_money(yuan: Number | None, *, grouped: bool = False) -> str:
    """万亿元, 亿元 or 万元 with at most two decimals; ``grouped`` puts thousands separators (screens, not documents).

    >>> format_money(Decimal(35_800_000_000)), format_money(1_180_000_000_000), format_money(50_000_000), format_money(None)
    ('358亿元', '1.18万亿元', '5000万元', '—')
    """
    if yuan is None:
        return NO_FIGURE
    amount = Decimal(str(yuan))
    power, unit = next((scale for scale in _MONEY_SCALES if abs(amount) >= Decimal(10) ** scale[0]), (4, "万元"))
    return _printed(amount.scaleb(-power), 2, grouped=grouped) + unit


def exact_money(yuan: Decimal | int | None) -> str:
    """The whole amount in its handiest unit, for fields that are edited: reading it again gives the same yuan to the fen.

    >>> exact_money(Decimal("35812345678.00")), exact_money(50_000_000), exact_money(Decimal("1234.50"))
    ('358.12345678亿元', '5000万元', '1234.5元')
    """
    if yuan is None:
        return ""
    amount = Decimal(yuan)
    power, unit = next((scale for scale in _EXACT_SCALES if abs(amount) >= Decimal(10) ** scale[0]), (0, "元"))
    return _printed(amount.scaleb(-power), power + 2) + unit


def format_money_en(yuan: Number | None) -> str:
    """The same amount for English pages.

    >>> format_money_en(35_800_000_000), format_money_en(Decimal("1234.5"))
    ('CNY 35.8 billion', 'CNY 1,234.5')
    """
    if yuan is None:
        return NO_FIGURE
    amount = Decimal(str(yuan))
    power, unit = next((scale for scale in _ENGLISH_SCALES if abs(amount) >= Decimal(10) ** scale[0]), (0, ""))
    return f"CNY {_printed(amount.scaleb(-power), 2, grouped=True)}{unit}"


def exact_money_en(yuan: Number) -> str:
    """The amount with all its digits and a unit that `parse_money` reads back, for English fields.

    >>> exact_money_en(Decimal("35812345678")), exact_money_en(50_000_000), exact_money_en(Decimal("1234.5"))
    ('35.812345678 billion', '50 million', '1234.5 yuan')
    """
    amount = Decimal(str(yuan))
    power, unit = next((scale for scale in _ENGLISH_SCALES if abs(amount) >= Decimal(10) ** scale[0]), (0, " yuan"))
    return f"{_printed(amount.scaleb(-power), 14)}{unit}"


def format_mu(square_metres: Number | None) -> str:
    """Land in mu, two decimals.

    >>> format_mu(Decimal(10_000)), format_mu(Decimal(1_000))
    ('15.00亩', '1.50亩')
    """
    if square_metres is None:
        return NO_FIGURE
    return _printed(Fraction(Decimal(str(square_metres))) / SQUARE_METRES_PER_MU, 2, fixed=True) + "亩"


def per_mu(amount: Number | None, square_metres: Number | None) -> Decimal | None:
    """亩均: tax, output or investment for each mu, unrounded; None without land."""
    if amount is None or not square_metres:
        return None
    mu = Fraction(Decimal(str(square_metres))) / SQUARE_METRES_PER_MU
    exact = Fraction(Decimal(str(amount))) / mu
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def rate(part: Number | None, whole: Number | None) -> Decimal | None:
    """Per cent, unrounded, to be subtracted and compared as it is; None over nothing. It may exceed 100.

    >>> format_percent(rate(128, 142)), format_percent(rate(3, 0))
    ('90.1%', '—')
    """
    if part is None or not whole:
        return None
    return Decimal(str(part)) * 100 / Decimal(str(whole))


def format_percent(per_cent: Number | None, places: int = 1, *, fixed: bool = False) -> str:
    """A rate in per cent as printed; ``fixed`` keeps the zeros, for columns of a table."""
    return NO_FIGURE if per_cent is None else _printed(Decimal(str(per_cent)), places, fixed=fixed) + "%"


def format_points(minuend: Number | None, subtrahend: Number | None, places: int = 1) -> str:
    """The difference of two unrounded rates in percentage points: subtracted first, rounded once.

    >>> format_points(rate(Decimal("629.0"), Decimal("647.4")), rate(10, 12))
    '13.8个百分点'
    """
    if minuend is None or subtrahend is None:
        return NO_FIGURE
    return _printed(Decimal(str(minuend)) - Decimal(str(subtrahend)), places) + "个百分点"
