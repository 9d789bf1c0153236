"""Dates as ledgers write them: precision kept, ambiguity asked about, nonsense refused."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.dates import PartialDate, format_date, format_date_en, format_elapsed, parse_ledger_date

any_day = st.dates(date(1955, 1, 1), date(2100, 12, 31))
precisions = st.sampled_from(["day", "month", "year"])


def key_of(raw, default_year=None) -> str:
    with pytest.raises(BadValue) as caught:
        parse_ledger_date(raw, default_year)
    return caught.value.key


@pytest.mark.parametrize(
    "cell",
    [
        "2022-06-28", "2022/6/28", "2022.6.28", "2022.06.28",
        "2022年6月28日", "2022年06月28号", "２０２２年６月２８日", " 2022 年 6 月 28 日 ",
        "2022-06-28 00:00:00", "2022-06-28T08:30", "20220628", 20220628, 44740, 44740.0, 44740.75, "44740",
        date(2022, 6, 28), datetime(2022, 6, 28, 23, 59),
    ],
)  # fmt: skip
def test_a_day_is_read_in_every_usual_form(cell):
    assert parse_ledger_date(cell) == PartialDate(date(2022, 6, 28), "day")


@pytest.mark.parametrize(
    "cell", ["2022年6月", "2022年6月份", "2022年6月底", "2022年6月上旬", "2022-06", "2022/6", "2022.6", 2022.6, "2022.06", 202206]
)
def test_a_month_keeps_its_precision(cell):
    assert parse_ledger_date(cell) == PartialDate(date(2022, 6, 1), "month")


@pytest.mark.parametrize("cell", ["2022", 2022, 2022.0, "2022年", "2022年度", "2022年初"])
def test_a_year_keeps_its_precision(cell):
    assert parse_ledger_date(cell) == PartialDate(date(2022, 1, 1), "year")


@pytest.mark.parametrize("cell", ["2024年底", "2024年年底", "2024年末"])
def test_the_end_of_a_year_is_its_december(cell):
    assert str(parse_ledger_date(cell)) == "2024-12"


@pytest.mark.parametrize("cell", [2022.10, 2022.1, "2022.1", Decimal("2022.1")])
def test_october_that_lost_its_zero_is_asked_about(cell):
    with pytest.raises(BadValue, match=r"2022年1月.*2022年10月") as caught:
        parse_ledger_date(cell)
    assert caught.value.key == "date.ambiguous"


@pytest.mark.parametrize(
    ("cell", "month"), [("2022.10", 10), (Decimal("2022.10"), 10), (2022.11, 11), (2022.12, 12), (2022.2, 2), (2022.01, 1), ("2022-1", 1)]
)
def test_other_months_after_a_point_are_plain(cell, month):
    assert parse_ledger_date(cell) == PartialDate(date(2022, month, 1), "month")


@pytest.mark.parametrize(("cell", "iso"), [("6月底", "2022-06"), ("6月", "2022-06"), ("6月28日", "2022-06-28"), ("12月中旬", "2022-12")])
def test_a_date_without_a_year_takes_the_ledger_s(cell, iso):
    assert str(parse_ledger_date(cell, 2022)) == iso
    assert key_of(cell) == "date.year_missing"


@pytest.mark.parametrize("cell", [None, "", "　", "—", "无", "/"])
def test_an_empty_cell_is_no_date(cell):
    assert parse_ledger_date(cell) is None


@pytest.mark.parametrize("cell", ["2022-02-30", "2022年13月", "2022.13", 2022.13, "2023年2月29日", "20221301", "2022-00"])
def test_a_day_that_does_not_exist_is_refused(cell):
    assert key_of(cell) == "date.impossible"


@pytest.mark.parametrize("cell", ["2202-06-28", "1022年6月", 1234])
def test_a_year_out_of_sense_is_refused(cell):
    assert key_of(cell) == "date.year"


@pytest.mark.parametrize(
    "cell",
    [
        "三季度",
        "22年6月",
        "2021-2023",
        "2021年5月-2023年10月",
        "尽快",
        "2022-6/28",
        "28/06/2022",
        True,
        float("nan"),
        1e30,
        99999,
        -5,
        "9" * 5000,
    ],
)
def test_what_is_no_date_is_refused(cell):
    assert key_of(cell, 2022) == "date.format"


def test_a_month_spans_its_days():
    february = PartialDate(date(2024, 2, 17), "month")
    assert (february.first, february.last) == (date(2024, 2, 1), date(2024, 2, 29))
    assert PartialDate(date(2024, 5, 5), "year").last == date(2024, 12, 31)


def test_an_unknown_precision_is_a_mistake():
    with pytest.raises(ValueError, match="week"):
        PartialDate(date(2024, 2, 17), "week")


@given(any_day, precisions)
def test_a_date_lies_between_its_first_and_last_day(day, precision):
    partial = PartialDate(day, precision)
    assert partial.first <= day <= partial.last


@given(any_day, precisions)
def test_every_date_reads_back_from_its_print_and_its_iso_form(day, precision):
    partial = PartialDate(day, precision)
    assert parse_ledger_date(format_date(partial)) == parse_ledger_date(str(partial)) == partial


@given(any_day)
def test_excel_serials_count_from_the_last_day_but_one_of_1899(day):
    assert parse_ledger_date((day - date(1899, 12, 30)).days) == PartialDate(day)


@given(st.one_of(st.text(max_size=12), st.floats(), st.integers()))
def test_no_cell_breaks_the_reader(cell):
    try:
        parse_ledger_date(cell, 2022)
    except BadValue as bad:
        assert bad.message


def test_papers_print_dates_without_zero_padding():
    assert format_date(date(2022, 7, 8)) == "2022年7月8日"
    assert format_date(PartialDate(date(2022, 7, 1), "month")) == "2022年7月"
    assert format_date(PartialDate(date(2022, 1, 1), "year")) == "2022年"
    assert format_date(None) == format_date_en(None) == "—"


def test_english_pages_print_english_dates():
    assert format_date_en(date(2022, 7, 8)) == "8 July 2022"
    assert format_date_en(PartialDate(date(2022, 7, 1), "month")) == "July 2022"
    assert format_date_en(PartialDate(date(2022, 1, 1), "year")) == "2022"


def test_done_on_the_day_itself_is_said_so():
    assert format_elapsed(0) == "当日办结" and format_elapsed(2) == "2个工作日"
