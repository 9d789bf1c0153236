"""The newspaper test: every figure that the articles print, recomputed from the records and held against its words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from zhuanban.kernel import bounds, clock, figures
from zhuanban.kernel.dates import PartialDate, parse_ledger_date
from zhuanban.kernel.figures import Figure, Reading, Scope
from zhuanban.site.tables import table

FACTS = Path(__file__).parent / "demo" / "changchun_2022.yaml"
PASS, FAIL, NOT_BUILT = "pass", "fail", "not_built"


@dataclass(frozen=True)
class Stated:
    """A figure as an article prints it."""

    id: str
    article: str
    words: str
    value: int | float | str
    bound: str
    unit: str
    round_to: int | None = None

    @property
    def bounding_word(self) -> str | None:
        """Which of the words 超, 多 and 余 bounds the number from below: they allow different values above."""
        return next((word for word in "超多余" if word in self.words), None) if self.bound == "more_than" else None

    def borne_out_by(self, value: Any) -> bool:
        return bounds.check(self.bound, self.value, value, self.round_to, word=self.bounding_word, unit=self.unit)

    def rule(self) -> str:
        """What the words allow, in words."""
        if isinstance(self.value, str):
            return _("等于 %(value)s") % {"value": figures.printed(parse_ledger_date(self.value), self.unit)}
        allowed = bounds.interval(self.bound, self.value, word=self.bounding_word, unit=self.unit)
        if allowed.low == allowed.high:
            text = _("等于 %(value)s") % {"value": self._amount(allowed.low)}
            return text + (_("（按 %(step)s 取整）") % {"step": self._amount(self.round_to)} if self.round_to else "")
        low = _("不小于 %(value)s") if allowed.low_included else _("大于 %(value)s")
        high = _("不大于 %(value)s") if allowed.high_included else _("小于 %(value)s")
        sides = [side % {"value": self._amount(end)} for side, end in ((low, allowed.low), (high, allowed.high)) if end is not None]
        return _("，且").join(sides)

    def _amount(self, number: Any) -> str:
        exact = Decimal(str(number))
        return figures.printed(int(exact) if exact == exact.to_integral_value() else exact, self.unit)


@dataclass(frozen=True)
class Line:
    """One line of the result, as `--json` gives it. `printed` is the value as documents print it."""

    id: str
    status: str
    value: int | float | str | None
    expected: int | float | str
    bound: str
    evidence: int
    words: str
    unit: str
    article: str
    figure: str
    printed: str
    rule: str


def stated(book: dict[str, Any]) -> list[Stated]:
    """The printed figures in the order of the articles' list."""
    known = ("article", "words", "value", "bound", "unit", "round_to")
    return [Stated(id=name, **{key: each[key] for key in known if key in each}) for name, each in book["figures"].items()]


def check_all(facts: Path = FACTS) -> list[Line]:
    """Read every printed figure from the records, for the articles' year and their last day that has come."""
    book = yaml.safe_load(facts.read_text(encoding="utf-8"))
    scope = Scope(on=as_of(book), year=book["meta"]["year"])
    built = {figure.paper: figure for figure in figures.REGISTRY.values() if figure.paper}
    return [line(each, built.get(each.id), scope) for each in stated(book)]


def as_of(book: dict[str, Any]) -> date:
    """The day on which the articles' figures are read: their last day, or today while that is still to come."""
    day = parse_ledger_date(book["meta"]["as_of"]["value"])
    assert day is not None
    return min(day.last, clock.today())


def line(each: Stated, figure: Figure | None, scope: Scope) -> Line:
    reading: Reading | None = figure.read(scope) if figure else None
    told = asdict(each)
    told["expected"] = told.pop("value")
    del told["round_to"]
    if figure is None or reading is None:
        return Line(**told, status=NOT_BUILT, value=None, evidence=0, figure="", printed="—", rule=each.rule())
    evidence = reading.evidence
    good = evidence > 0 and each.borne_out_by(reading.value)
    return Line(
        **told,
        status=PASS if good else FAIL,
        value=plain(reading.value, each.unit),
        evidence=evidence,
        figure=figure.name,
        printed=figure.printed(reading.value),
        rule=each.rule(),
    )


def plain(value: Any, unit: str) -> int | float | str | None:
    """The value as JSON holds it: whole numbers whole, dates by their precision."""
    if isinstance(value, PartialDate | date):
        text = value.isoformat() if isinstance(value, date) else str(value)
        return int(text[:4]) if unit == "year" else text
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def words_of(status: str) -> str:
    return {PASS: _("通过"), FAIL: _("不符"), NOT_BUILT: _("模块未建")}[status]


def as_table(lines: list[Line]) -> str:
    heads = [_("编号"), _("结论"), _("报道原文"), _("台账数"), _("口径"), _("依据行数")]
    rows = [
        [each.id, words_of(each.status), each.words, each.printed, each.rule, str(each.evidence) if each.figure else "—"] for each in lines
    ]
    return table(heads, rows, right=frozenset({5}))


def summary(lines: list[Line]) -> str:
    counts = {status: sum(each.status == status for each in lines) for status in (PASS, FAIL, NOT_BUILT)}
    return _("共 %(all)s 项：通过 %(pass)s，不符 %(fail)s，模块未建 %(not_built)s。") % {"all": len(lines), **counts}


def as_json(lines: list[Line]) -> list[dict[str, Any]]:
    return [asdict(each) for each in lines]
