"""What a newspaper's words say about the true number."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.kernel.bounds import BOUND_OF_WORD, check, interval
from zhuanban.kernel.dates import PartialDate


def allowed(bound, stated, among, **how) -> set[int]:
    return {value for value in among if check(bound, stated, value, **how)}


@pytest.mark.parametrize(("stated", "first", "last"), [(1200, 1201, 1299), (7430, 7431, 7439), (30, 31, 39), (400, 401, 499)])
def test_a_count_and_more_stays_below_the_next_step_of_its_last_digit(stated, first, last):
    assert allowed("more_than", stated, range(10_000)) == set(range(first, last + 1))
    assert allowed("more_than", stated, range(10_000), unit="person") == set(range(first, last + 1))


def test_money_and_rates_that_exceed_a_number_have_no_upper_end():
    assert check("more_than", 350_000_000, 900_000_000, unit="yuan")
    assert not check("more_than", 350_000_000, 350_000_000, unit="yuan")
    assert check("more_than", 30, Decimal("45.5"), unit="pct") and not check("more_than", 30, 30, unit="pct")


def test_the_word_comes_before_the_unit():
    assert not check("more_than", 2_000_000_000, 3_000_000_000, word="多", unit="yuan")
    assert check("more_than", 30, 200, word="超", unit="person")
    assert check("超", 30, 200) and not check("余", 30, 200)


@pytest.mark.parametrize(
    ("bound", "stated", "inside", "outside"),
    [
        ("exact", 1309, [1309, Decimal("1309.0"), Fraction(1309)], [1308, 1310]),
        ("at_least", 90, [90, Decimal("90.1"), 100], [Decimal("89.99")]),
        ("nearly", 1000, [900, 999], [899, 1000, 1001]),
        ("nearly", 1_500_000_000, [1_350_000_000, 1_499_999_999], [1_500_000_000]),
        ("about", 3000, [2700, 3000, 3300], [2699, 3301]),
        ("about", 30, [27, 33], [26, 34]),
        ("several", 200, [200, 999], [199, 1000]),
        ("several", 20, [20, 99], [19, 100]),
        ("several", 3, [3, 50], [2]),
    ],
)
def test_each_bound_allows_its_own_values(bound, stated, inside, outside):
    assert all(check(bound, stated, value) for value in inside)
    assert not any(check(bound, stated, value) for value in outside)


@pytest.mark.parametrize(
    ("word", "shown"), [("数十", "[20, 100)"), ("数百", "[200, 1000)"), ("多次", "[3, ∞)"), ("一系列", "[3, ∞)"), ("全部", "[100, 100]")]
)
def test_words_without_a_number_bring_their_own(word, shown):
    assert str(interval(word)) == str(interval(BOUND_OF_WORD[word], word=word)) == shown


def test_a_printed_total_is_compared_as_it_was_rounded():
    assert check("exact", 1_180_000_000_000, 1_183_400_000_000, round_to=10_000_000_000)
    assert check("exact", 1_180_000_000_000, 1_175_000_000_000, round_to=10_000_000_000)
    assert not check("exact", 1_180_000_000_000, 1_174_999_999_999, round_to=10_000_000_000)
    assert not check("exact", 1_180_000_000_000, 1_183_400_000_000)


def test_a_rate_is_compared_to_the_decimals_that_were_printed():
    assert check("exact", 90.1, Decimal(12800) / 142, unit="pct")
    assert not check("exact", 90.1, Decimal(12700) / 142, unit="pct")
    assert check("exact", 50, Decimal("49.6"), unit="pct")


def test_all_means_all():
    assert check("exact", 100, 100, unit="pct")
    assert not check("exact", 100, Decimal("99.96"), unit="pct")


def test_a_lower_bound_is_not_reached_by_rounding():
    assert not check("at_least", 90, Decimal("89.96"), unit="pct")


@pytest.mark.parametrize(
    "value", ["2024-12", "2024-12-31", date(2024, 12, 1), PartialDate(date(2024, 12, 1), "month"), PartialDate(date(2024, 12, 31))]
)
def test_a_month_is_met_by_any_date_within_it(value):
    assert check("exact", "2024-12", value)
    assert not check("exact", "2024-11", value)


def test_a_date_known_less_precisely_than_stated_bears_nothing_out():
    assert not check("exact", "2024-12", PartialDate(date(2024, 1, 1), "year"))
    assert not check("exact", "2022-06-28", "2022-06")
    assert check("exact", "2022-06-28", date(2022, 6, 28)) and not check("exact", "2022-06-28", date(2022, 6, 29))


@pytest.mark.parametrize("value", [2024, date(2024, 5, 1), PartialDate(date(2024, 1, 1), "year")])
def test_a_year_is_met_by_a_number_or_a_date(value):
    assert check("exact", 2024, value, unit="year") and not check("exact", 2023, value, unit="year")


def test_no_value_bears_nothing_out():
    assert not any(check(bound, 3, None) for bound in ("exact", "at_least", "several"))


def test_an_unknown_bound_or_a_missing_number_is_a_mistake():
    with pytest.raises(ValueError, match="roughly"):
        interval("roughly", 3)
    with pytest.raises(ValueError, match="not a number"):
        interval("exact")
    with pytest.raises(ValueError, match="positive"):
        interval("more_than", 0)


@given(st.integers(1, 10**9))
def test_more_than_lies_strictly_between_a_number_and_its_next_step(stated):
    step = 10 ** (len(str(stated)) - len(str(stated).rstrip("0")))
    assert not check("more_than", stated, stated) and not check("more_than", stated, stated + step)
    assert check("more_than", stated, Decimal(stated) + Decimal(step) / 2)


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_nearly_exact_and_exceeding_exclude_one_another(stated, value):
    assert sum((check("nearly", stated, value), check("exact", stated, value), check("超", stated, value))) <= 1
    assert check("at_least", stated, value) == (check("exact", stated, value) or check("超", stated, value))
