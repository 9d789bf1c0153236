"""Money, land and rates: units that must not be guessed, and numbers that are rounded once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.money import (
    area_unit,
    exact_money,
    format_money,
    format_money_en,
    format_mu,
    format_percent,
    format_points,
    money_unit,
    parse_area,
    parse_money,
    per_mu,
    rate,
)

fen = st.decimals(0, 10**14, places=2)


def key_of(raw, header=None) -> str:
    with pytest.raises(BadValue) as caught:
        parse_money(raw, header)
    return caught.value.key


@pytest.mark.parametrize(
    ("cell", "header", "yuan"),
    [
        ("3.5亿元", None, 350_000_000),
        ("3.5亿", None, 350_000_000),
        ("1.18万亿元", None, 1_180_000_000_000),
        ("350万", "万元", 3_500_000),
        ("5000", "万元", 50_000_000),
        (5000, "单位：万元", 50_000_000),
        (647.4, "年度计划投资（亿元）", 64_740_000_000),
        ("1,234.5", "万元", 12_345_000),
        ("１，２３４．５　万元", None, 12_345_000),
        ("￥300元", None, 300),
        ("人民币 2 千万元", None, 20_000_000),
        (Decimal("0"), "万元", 0),
        ("0", "元", 0),
        (".5", "亿元", 50_000_000),
        (0.1, "元", Decimal("0.10")),
        (33.333333333, "万元", Decimal("333333.33")),
    ],
)
def test_money_is_read_in_the_unit_of_the_cell_or_the_header(cell, header, yuan):
    assert parse_money(cell, header) == yuan


@pytest.mark.parametrize("cell", [None, "", "　", "—", "无", "/", "-"])
def test_an_empty_cell_is_no_money_and_not_zero(cell):
    assert parse_money(cell, "万元") is None


def test_a_header_in_ten_thousands_beside_a_cell_in_hundred_millions_is_a_conflict():
    with pytest.raises(BadValue, match="表头单位是“万元”") as caught:
        parse_money("3.5亿元", "单位：万元")
    assert caught.value.key == "unit.conflict"


@pytest.mark.parametrize("cell", ["3.5", 3.5, 35_800_000_000])
def test_a_number_without_any_unit_is_never_guessed(cell):
    assert key_of(cell) == "unit.missing"


@pytest.mark.parametrize("cell", ["100万美元", "3.5个亿", "100万元/亩", "3亿5000万元", "50亩"])
def test_an_unknown_unit_is_refused(cell):
    assert key_of(cell) == "unit.unknown"


@pytest.mark.parametrize(
    "cell", ["约3.5亿元", "三亿元", "3,5亿元", "1,23", "1.2.3", "$5", "nan", True, float("nan"), float("inf"), "1e9", "9" * 100, 1e100]
)
def test_what_is_no_number_is_refused(cell):
    assert key_of(cell, "万元") in {"amount.number", "unit.unknown"}


def test_a_sum_beyond_all_sense_asks_for_the_unit():
    assert key_of("35800000000", "万亿元") == "amount.size"


@pytest.mark.parametrize("cell", ["-5万元", "－5万元", "−5万元", -5])
def test_a_negative_amount_is_refused_unless_it_may_be_one(cell):
    assert key_of(cell, "万元") == "amount.negative"
    assert parse_money(cell, "万元", allow_negative=True) == -50_000


def test_headers_name_a_unit_or_none():
    assert money_unit("报送单位：元氏县　　单位：万元") == "万元"
    assert money_unit("金额/亿元") == "亿元"
    assert [money_unit(header) for header in ("项目名称", "单元数量", "多元化", "地价（万元/亩）", "总投资（万美元）")] == [None] * 5
    assert area_unit("用地面积（亩）") == "亩" and area_unit("面积(㎡)") == "平方米"


def test_a_header_with_two_money_units_is_refused():
    with pytest.raises(BadValue, match="不止一个单位"):
        money_unit("总投资（万元）计划（亿元）单位：亿元")


@given(fen)
def test_an_exact_amount_reads_back_to_the_fen(yuan):
    assert parse_money(exact_money(yuan)) == yuan


@given(fen.filter(bool), st.sampled_from(["元", "万元", "亿元"]))
def test_a_cell_that_repeats_its_header_s_unit_agrees_with_the_bare_number(amount, unit):
    if amount * {"元": 1, "万元": 10**4, "亿元": 10**8}[unit] < 10**15:
        assert parse_money(f"{amount}{unit}", f"单位：{unit}") == parse_money(amount, unit)


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text):
    try:
        assert parse_money(text, "万元") is None or parse_money(text, "万元") >= 0
    except BadValue as bad:
        assert bad.message


@pytest.mark.parametrize(
    ("yuan", "printed"),
    [
        (1_180_000_000_000, "1.18万亿元"),
        (35_800_000_000, "358亿元"),
        (350_000_000, "3.5亿元"),
        (50_000_000, "5000万元"),
        (99_990_000, "9999万元"),
        (100_000_000, "1亿元"),
        (Decimal("1005000000"), "10.05亿元"),
        (Decimal("100500000"), "1.01亿元"),  # 1.005 goes up
        (Decimal("-100500000"), "-1.01亿元"),
        (0, "0万元"),
        (Decimal("50"), "0.01万元"),
        (None, "—"),
    ],
)
def test_money_is_printed_with_two_decimals_at_most(yuan, printed):
    assert format_money(yuan) == printed


def test_screens_may_group_thousands():
    assert format_money(12_345_000, grouped=True) == "1,234.5万元"
    assert format_money(12_345_000) == "1234.5万元"


@pytest.mark.parametrize(
    ("yuan", "printed"), [(1_180_000_000_000, "CNY 1.18 trillion"), (50_000_000, "CNY 50 million"), (999, "CNY 999"), (None, "—")]
)
def test_english_pages_have_their_own_scale(yuan, printed):
    assert format_money_en(yuan) == printed


@given(st.decimals(Decimal("0.01"), 10**14, places=2))
def test_a_printed_amount_is_within_half_a_hundredth_of_its_unit(yuan):
    unit = 10**12 if yuan >= 10**12 else 10**8 if yuan >= 10**8 else 10**4
    assert abs(parse_money(format_money(yuan)) - yuan) <= Decimal(unit) / 200


def test_land_is_kept_in_square_metres_and_shown_in_mu():
    assert parse_area("1亩") == Decimal("666.67")
    assert parse_area("1公顷") == parse_area("15亩") == 10_000
    assert parse_area("2.5", "面积（万平方米）") == 25_000
    assert format_mu(parse_area("12.34亩")) == "12.34亩" and format_mu(None) == "—"


@given(st.decimals(0, 100_000, places=2))
def test_mu_survive_the_store(mu):
    assert format_mu(parse_area(f"{mu}亩")) == f"{mu:.2f}亩"


def test_output_per_mu_has_no_figure_without_land():
    assert per_mu(15_000_000, 10_000) == 1_000_000
    assert per_mu(1, 0) is None and per_mu(None, 10) is None


@pytest.mark.parametrize(
    ("part", "whole", "printed"),
    [(128, 142, "90.1%"), (206, 255, "80.8%"), (629, 647.4, "97.2%"), (1309, 1200, "109.1%"), (1309, 1309, "100%")],
)
def test_rates_print_as_in_the_papers(part, whole, printed):
    assert format_percent(rate(part, whole)) == printed


def test_a_rate_over_nothing_is_a_dash_and_never_nought():
    assert format_percent(rate(5, 0)) == format_percent(rate(0, 0)) == format_percent(None) == "—"


def test_a_column_keeps_its_zeros():
    assert format_percent(rate(1, 2), fixed=True) == "50.0%"


def test_rates_are_subtracted_before_they_are_rounded():
    completion, time_progress = rate(Decimal("629.0"), Decimal("647.4")), rate(10, 12)
    assert format_points(completion, time_progress) == "13.8个百分点"  # 97.2 - 83.3 would print 13.9
    assert format_points(completion, None) == "—"
