"""The language: what it reads, how it prints, and what it refuses in which words and where."""

import pytest
from eligible import AS_OF, SCHEMA, amounts, conditions
from hypothesis import given, settings
from hypothesis import strategies as st

from zhuanban.engines.eligibility.check import Checker
from zhuanban.engines.eligibility.errors import LanguageError
from zhuanban.engines.eligibility.interpret import Case, holds, later, number
from zhuanban.engines.eligibility.language import parse
from zhuanban.engines.eligibility.syntax import printed

PIECES = [
    *("营业收入", "且", "或", "非", "若", "则", "否则", "(", ")", "[", "]", ",", ":", ">=", ">", "=", "/", "*", "+", "-", "10%", "2000万"),
    *("'C'", "2023-02-30", "2023-07-01", "min(", "step(", "$cap", "无", "\\", "'"),
]
NAMES = frozenset(SCHEMA.names)
CHECKER = Checker(SCHEMA)


@settings(max_examples=200, deadline=None)
@given(st.one_of(conditions, amounts))
def test_text_to_tree_to_text_comes_round(text):
    tree = parse(text, NAMES)
    assert parse(printed(tree), NAMES) == tree
    assert printed(parse(printed(tree), NAMES)) == printed(tree)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(PIECES),
            max_size=25,
        ).map(" ".join),
    )
)
def test_whatever_is_typed_gives_a_tree_or_an_error_of_the_language(text):
    try:
        CHECKER.condition(text)
    except LanguageError as error:
        assert error.message
        assert 0 <= error.position <= len(text)


@pytest.mark.parametrize(
    ("text", "words", "position"),
    [
        ("营业收入 >=", "没有写完", 7),
        ("营业收入 >= 2000万 研发费用 > 3", "多余", 14),
        ("营业收入 > 10%", "金额不能和比率比较", 5),
        ("营业收入 + 职工人数 > 3", "不能相加减", 5),
        ("企业规模 = '巨型'", "没有“巨型”", 7),
        ("所在区 >= '南关'", "没有高低之分", 4),
        ("研发费 > 3", "是不是“研发费用”", 0),
        ("1 < 营业收入 < 3", "不能连着比较", 9),
        ("增速 > 3", "百分数", 3),
        ("营业收入 / 研发费用 + 1 > 3", "除法只能", 5),
        ("step(营业收入, 2000万:1%, 500万:2%) > 1%", "从低到高", 0),
        ("成立日期 > 2023-02-30", "没有“2023-02-30”", 7),
        ("prefix(行业代码, '汽车')", "不是行业代码", 13),
        ("has(行业代码, 'C')", "这里要标签", 4),
        ("add_years(成立日期, 1.5) > 基准日", "整数", 16),
        ("营业收入 = 无", "只能用 = 或 !=", 5),
        ("import(os)", "没有“import”", 0),
        ("营业收入.__class__", "读不懂", 4),
        ("'开口", "引号没有配对", 0),
        ("", "空的", 0),
    ],
)
def test_a_mistake_is_told_with_its_place(text, words, position):
    with pytest.raises(LanguageError, match=words) as told:
        CHECKER.condition(text)
    assert told.value.position == position


@pytest.mark.parametrize(
    "text",
    [
        "(" * 60 + "营业收入 > 1" + ")" * 60,
        "非 " * 300 + "高新技术企业",
        "1" + " + 1" * 3000 + " > 营业收入",
        "营业收入 > " + "9" * 40,
        "或 " * 9000,
    ],
)
def test_endless_text_is_refused_and_not_worked_on(text):
    with pytest.raises(LanguageError):
        CHECKER.condition(text)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("营业收入≥2,000万元且研发费用／营业收入≥3％".replace("2,000", "2000"), "营业收入 >= 2000万 且 研发费用 / 营业收入 >= 3%"),
        ("revenue >= 20000000 and hightech", "revenue >= 2000万 且 hightech"),
        ("高新技术企业或上市日期!=无".replace("上市日期", "listed"), "高新技术企业 或 listed != none"),
        ("行业代码属于【'C36'，'I65'】", "行业代码 属于 ['C36', 'I65']"),
        ("分档（营业收入，500万：1.5%，1亿：2%）>1%", "step(营业收入, 500万:1.5%, 1亿:2%) > 1%"),
    ],
)
def test_chinese_and_full_width_signs_read_the_same(text, same):
    assert printed(parse(text, NAMES)) == same


def test_a_chinese_name_and_its_english_one_mean_the_same():
    assert CHECKER.condition("营业收入 >= 2000万") == CHECKER.condition("revenue >= 20000000")


@pytest.mark.parametrize(("revenue", "expected"), [(19_999_999, False), (20_000_000, True), (20_000_001, True), (None, None)])
def test_a_boundary_is_sharp_to_the_yuan(revenue, expected):
    assert holds(CHECKER.condition("营业收入 >= 2000万"), Case({"revenue": revenue}, AS_OF)) is expected


@pytest.mark.parametrize(
    ("rd", "revenue", "expected"),
    [(3_000_000, 100_000_000, True), (2_999_999, 100_000_000, False), (1, 0, False), (None, 0, False), (0, None, None), (None, 100, None)],
)
def test_a_ratio_compares_as_a_product_and_needs_something_to_divide_by(rd, revenue, expected):
    assert holds(CHECKER.condition("研发费用/营业收入 >= 3%"), Case({"rd": rd, "revenue": revenue}, AS_OF)) is expected


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("min(研发费用 * 10%, 500万)", {"rd": 49_999_999}, 4_999_999),
        ("min(研发费用 * 10%, 500万)", {"rd": 50_000_010}, 5_000_000),
        ("min(研发费用 * 10%, 500万)", {}, None),
        ("marginal(研发费用, 0:10%, 1000万:8%)", {"rd": 15_000_000}, 1_400_000),
        ("step(营业收入, 500万:10万, 2000万:30万)", {"revenue": 4_999_999}, 0),
        ("step(营业收入, 500万:10万, 2000万:30万)", {"revenue": 20_000_000}, 300_000),
        ("净利润 * 10%", {"profit": -100}, 0),
        ("研发费用 * 3.3333%", {"rd": 100}, 3),
        ("coalesce(研发费用, 0) + 1万", {}, 10_000),
        ("若 高新技术企业 则 20万 否则 10万", {"hightech": None}, None),
        ("职工人数 * 5000", {"staff": 3}, 15_000),
    ],
)
def test_amounts_are_exact_and_floored_once(text, facts, expected):
    assert number(CHECKER.amount(text), Case(facts, AS_OF)) == expected


@pytest.mark.parametrize(
    ("day", "years", "expected"), [(20160229, 1, 20170228), (20160229, 4, 20200229), (20200229, 80, 21000228), (19960229, 4, 20000229)]
)
def test_the_leap_day_falls_on_the_28th_where_there_is_none(day, years, expected):
    assert later(day, years) == expected
