"""The facts that conditions may speak of: names in two languages, types, declared maxima."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum
from fractions import Fraction
from typing import Any, Final

PPM = 1_000_000
"""Rates are kept in millionths: 3 % is 30,000."""
MAX_MONEY = 10**12
"""Yuan: the largest amount a fact may state unless it declares less (a trillion)."""
MAX_COUNT = 10**7
MAX_RATE = PPM


class Type(StrEnum):
    """What a fact is, and what an expression gives."""

    MONEY = "money"
    COUNT = "count"
    RATE = "rate"
    NUMBER = "number"
    """A literal number, which takes the kind of what it is set against."""
    DATE = "date"
    CODE = "code"
    INDUSTRY = "industry"
    TAGS = "tags"
    BOOL = "bool"
    NONE = "none"


NUMERIC = frozenset({Type.MONEY, Type.COUNT, Type.RATE, Type.NUMBER})
ZH: Final = {
    Type.MONEY: "金额",
    Type.COUNT: "数量",
    Type.RATE: "比率",
    Type.NUMBER: "数",
    Type.DATE: "日期",
    Type.CODE: "代码",
    Type.INDUSTRY: "行业",
    Type.TAGS: "标签",
    Type.BOOL: "是否",
    Type.NONE: "无",
}


class Change(StrEnum):
    """How a fact can change, for near misses."""

    NEVER = "never"
    SLOWLY = "slowly"
    BY_APPLICATION = "by_application"


@dataclass(frozen=True)
class Fact:
    """One fact of an enterprise. Money is whole yuan, a rate millionths, a date a day; `values` are the words a code may be, in
    order where `ordered`. `least` and `most` bound a number (money and counts from 0 unless said)."""

    name: str
    zh: str
    type: Type
    values: tuple[str, ...] = ()
    ordered: bool = False
    least: int = 0
    most: int | None = None
    changeable: Change = Change.SLOWLY

    @property
    def maximum(self) -> int:
        if self.most is not None:
            return self.most
        return {Type.MONEY: MAX_MONEY, Type.COUNT: MAX_COUNT, Type.RATE: MAX_RATE}.get(self.type, 0)


@dataclass(frozen=True)
class Schema:
    """All facts, found by either name.

    >>> schema = Schema.of([Fact("revenue", "营业收入", Type.MONEY)])
    >>> schema["营业收入"].name
    'revenue'
    """

    facts: Mapping[str, Fact]
    names: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> Schema:
        """Raises ValueError where two facts share a name."""
        by_name: dict[str, Fact] = {}
        names: dict[str, str] = {}
        for fact in facts:
            for each in {fact.name, fact.zh}:
                if each in names:
                    raise ValueError(f"fact name {each} is used twice")
                names[each] = fact.name
            by_name[fact.name] = fact
        return cls(by_name, names)

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Schema:
        """Facts from plain rows, as a book holds them: name, zh, type, values, ordered, least, most, changeable."""
        return cls.of(
            Fact(
                name=row["name"],
                zh=row.get("zh", row["name"]),
                type=Type(row["type"]),
                values=tuple(str(each) for each in row.get("values", ())),
                ordered=bool(row.get("ordered", False)),
                least=int(row.get("least", 0)),
                most=int(row["most"]) if row.get("most") is not None else None,
                changeable=Change(row.get("changeable", "slowly")),
            )
            for row in rows
        )

    def __getitem__(self, name: str) -> Fact:
        return self.facts[self.names[name]]

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def get(self, name: str) -> Fact | None:
        return self.facts.get(self.names.get(name, ""))


class Absent(Enum):
    """Known not to be there, unlike None, which is unknown."""

    NONE = "none"

    def __repr__(self) -> str:
        return "NONE"


NONE = Absent.NONE
Value = int | date | str | frozenset | bool | Absent | None
"""A fact's value: None is unknown; dates are days; money, counts and rates are integers; tags are a frozenset of words."""


class BadFact(ValueError):
    """A value that is not of its fact's type."""


def coerce(fact: Fact, value: Any) -> Value:
    """A value from a file, form or database as the fact's own type; empty text and None are unknown.

    Raises BadFact, naming the fact and what is wrong.

    >>> coerce(Fact("revenue", "营业收入", Type.MONEY), "2000万")
    20000000
    """
    if value is None or (isinstance(value, str) and value.strip() in {"", "—", "/"}):
        return None
    if isinstance(value, Absent):
        return value
    try:
        return _READERS[fact.type](fact, value)
    except BadFact:
        raise
    except (ValueError, TypeError, ArithmeticError) as error:
        raise BadFact(f"{fact.zh}：“{value}”不是{ZH[fact.type]}") from error


def _number(fact: Fact, value: Any) -> int:
    exact = value if isinstance(value, int) and not isinstance(value, bool) else _exact(fact, value)
    whole = exact * PPM if fact.type is Type.RATE and not isinstance(value, int) else Fraction(exact)
    if whole.denominator != 1:
        raise BadFact(f"{fact.zh}：“{value}”不是整数" if fact.type is not Type.RATE else f"{fact.zh}：“{value}”的小数位太多")
    number = int(whole)
    if not fact.least <= number <= fact.maximum:
        raise BadFact(f"{fact.zh}：“{value}”超出范围")
    return number


def _exact(fact: Fact, value: Any) -> Fraction:
    if isinstance(value, bool):
        raise BadFact(f"{fact.zh}：“{value}”不是{ZH[fact.type]}")
    text = str(value).strip().replace(",", "").replace("，", "").removesuffix("元")
    for suffix, factor in SUFFIXES.items():
        if text.endswith(suffix):
            return Fraction(text.removesuffix(suffix)) * factor
    return Fraction(text)


SUFFIXES: Final = {"亿": Fraction(10**8), "万": Fraction(10**4), "%": Fraction(1, 100), "‰": Fraction(1, 1000)}


def _date(fact: Fact, value: Any) -> Value:
    if isinstance(value, date):
        return value
    text = str(value).strip()
    return NONE if text in {"none", "无"} else date.fromisoformat(text.replace("/", "-").replace(".", "-"))


def _code(fact: Fact, value: Any) -> Value:
    text = str(value).strip()
    if text in {"none", "无"} and text not in fact.values:
        return NONE
    if fact.values and text not in fact.values:
        raise BadFact(f"{fact.zh}：“{value}”不在 {'、'.join(fact.values)} 之中")
    return text


def _tags(fact: Fact, value: Any) -> Value:
    words = (
        value
        if isinstance(value, list | tuple | set | frozenset)
        else str(value).replace("，", "|").replace("、", "|").replace(";", "|").split("|")
    )
    tags = frozenset(str(word).strip() for word in words if str(word).strip() and str(word).strip() not in {"none", "无"})
    if fact.values and (strange := sorted(tags - set(fact.values))):
        raise BadFact(f"{fact.zh}：“{strange[0]}”不在 {'、'.join(fact.values)} 之中")
    return tags


def _bool(fact: Fact, value: Any) -> Value:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in {"是", "true", "1", "yes", "有"}:
        return True
    if word in {"否", "false", "0", "no", "无"}:
        return False
    raise BadFact(f"{fact.zh}：“{value}”应填是或否")


def _industry(fact: Fact, value: Any) -> Value:
    text = str(value).strip().upper()
    if not text.isalnum() or not text.isascii():
        raise BadFact(f"{fact.zh}：“{value}”不是行业代码")
    return text


_READERS: Final = {
    Type.MONEY: _number,
    Type.COUNT: _number,
    Type.RATE: _number,
    Type.DATE: _date,
    Type.CODE: _code,
    Type.INDUSTRY: _industry,
    Type.TAGS: _tags,
    Type.BOOL: _bool,
}


def day_number(day: date) -> int:
    """A day as year, month, day in one integer, the form of columns and SQL: 20230701. 0 stands for known absent."""
    return day.year * 10_000 + day.month * 100 + day.day
