"""Facts, expressions and enterprises drawn at random, for the tests of eligibility."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from zhuanban.engines.eligibility.schema import NONE, Change, Fact, Schema, Type

SIZES = ("微型", "小型", "中型", "大型")
CHAINS = ("光电", "汽车", "食品")
SCHEMA = Schema.of(
    [
        Fact("revenue", "营业收入", Type.MONEY),
        Fact("rd", "研发费用", Type.MONEY),
        Fact("profit", "净利润", Type.MONEY, least=-(10**11), most=10**11),
        Fact("staff", "职工人数", Type.COUNT),
        Fact("growth", "增速", Type.RATE, least=-1_000_000, most=5_000_000),
        Fact("founded", "成立日期", Type.DATE, changeable=Change.NEVER),
        Fact("listed", "上市日期", Type.DATE),
        Fact("size", "企业规模", Type.CODE, SIZES, ordered=True),
        Fact("district", "所在区", Type.CODE, ("南关", "宽城", "绿园"), changeable=Change.NEVER),
        Fact("industry", "行业代码", Type.INDUSTRY, changeable=Change.NEVER),
        Fact("chains", "产业链", Type.TAGS, CHAINS),
        Fact("hightech", "高新技术企业", Type.BOOL, changeable=Change.BY_APPLICATION),
    ]
)
AS_OF = date(2023, 2, 10)
MONEY = [0, 1, 999_999, 1_000_000, 1_000_001, 4_999_999, 5_000_000, 20_000_000, 20_000_001, 10**9, 10**12 - 1]
DAYS = [date(2016, 2, 29), date(2018, 2, 10), date(2018, 2, 28), date(2020, 2, 29), date(2020, 3, 1), date(2023, 2, 10)]
RATES = [-1_000_000, 0, 29_999, 30_000, 30_001, 100_000, 5_000_000]


def _maybe(values):
    """A quarter blank."""
    return st.one_of(st.sampled_from(values), st.sampled_from(values), st.sampled_from(values), st.none())


enterprises = st.fixed_dictionaries(
    {
        "revenue": _maybe(MONEY),
        "rd": _maybe(MONEY),
        "profit": _maybe([-(10**11), -1, 0, 1, 5_000_000]),
        "staff": _maybe([0, 1, 299, 300, 301, 10**7]),
        "growth": _maybe(RATES),
        "founded": _maybe([*DAYS, NONE]),
        "listed": _maybe([*DAYS, NONE]),
        "size": _maybe([*SIZES, NONE]),
        "district": _maybe(["南关", "宽城", "绿园", NONE]),
        "industry": _maybe(["C36", "C3610", "C27", "I65", "A01", NONE]),
        "chains": _maybe([frozenset(), frozenset({"汽车"}), frozenset({"汽车", "食品"}), frozenset({"光电"})]),
        "hightech": _maybe([True, False]),
    }
)

_money_literal = st.sampled_from(["0", "100万", "500万", "2000万", "1", "10亿"])
_percent = st.sampled_from(["3%", "10%", "0%", "2.5%", "5‰"])
_op = st.sampled_from([">=", "<=", ">", "<", "=", "!="])
_order = st.sampled_from([">=", "<=", ">", "<"])
_money_fact = st.sampled_from(["营业收入", "研发费用", "profit"])
_day = st.sampled_from(
    ["成立日期", "listed", "2020-02-29", "基准日", "add_years(成立日期, 1)", "add_years(listed, 4)", "add_years(成立日期, -3)"]
)

_money = st.one_of(
    _money_fact,
    _money_literal,
    st.builds("{} * {}".format, _money_fact, _percent),
    st.builds("({} + {})".format, _money_fact, _money_fact),
    st.builds("({} - {})".format, _money_fact, _money_fact),
    st.builds("min({}, {})".format, _money_fact, _money_literal),
    st.builds("max({}, {})".format, _money_fact, _money_fact),
    st.builds("coalesce({}, {})".format, _money_fact, _money_literal),
    st.just("step(营业收入, 100万:1万, 500万:5万, 2000万:20万)"),
    st.just("marginal(研发费用, 0:10%, 100万:5%, 2000万:2.5%)"),
    st.just("职工人数 * 5000"),
    st.just("floor(营业收入 * 2.5%)"),
    st.just("净利润 * 增速"),
)
_leaf = st.one_of(
    st.builds("{} {} {}".format, _money, _op, _money),
    st.builds("{} / {} {} {}".format, _money_fact, _money_fact, _order, _percent),
    st.builds("{} / 职工人数 {} {}".format, _money_fact, _order, _money_literal),
    st.builds("增速 {} {}".format, _op, _percent),
    st.builds("year(成立日期) {} 2018".format, _op),
    st.builds("职工人数 {} 300".format, _op),
    st.builds("{} {} {}".format, _day, _op, _day),
    st.builds("企业规模 {} '{}'".format, _op, st.sampled_from(SIZES)),
    st.builds("所在区 属于 ['{}', '宽城']".format, st.sampled_from(["南关", "绿园"])),
    st.builds("prefix(行业代码, '{}')".format, st.sampled_from(["C", "C36", "I65", "B"])),
    st.builds("has(产业链, '{}')".format, st.sampled_from(CHAINS)),
    st.just("高新技术企业"),
    st.just("高新技术企业 = 假"),
    st.builds("known({})".format, st.sampled_from(["营业收入", "listed"])),
    st.builds("{} {} 无".format, st.sampled_from(["成立日期", "企业规模"]), st.sampled_from(["=", "!="])),
)
conditions = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.builds("({} 且 {})".format, inner, inner),
        st.builds("({} 或 {})".format, inner, inner),
        st.builds("非 ({})".format, inner),
        st.builds("(若 {} 则 {} 否则 {})".format, inner, inner, inner),
    ),
    max_leaves=6,
)
amounts = st.one_of(
    _money,
    st.builds("min({}, {})".format, _money, _money_literal),
    st.builds("若 {} 则 {} 否则 {}".format, _leaf, _money, _money),
    st.builds("{} - {}".format, _money_fact, _money),
)
