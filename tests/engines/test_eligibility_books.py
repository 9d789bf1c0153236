"""Books: versions on two axes of time, answers with reasons, near misses, questions, the gate, stacking, budgets and what-if."""

from datetime import date, datetime
from itertools import chain, combinations

import numpy as np
import pytest
from eligible import SCHEMA, enterprises
from hypothesis import given, settings
from hypothesis import strategies as st

from zhuanban.engines.eligibility import gate, simulate
from zhuanban.engines.eligibility.answers import View
from zhuanban.engines.eligibility.book import Book, Budget, Stacking, facts_from
from zhuanban.engines.eligibility.budgets import give
from zhuanban.engines.eligibility.columns import Columns
from zhuanban.engines.eligibility.schema import BadFact
from zhuanban.engines.eligibility.stacking import payable

DAY = date(2023, 2, 10)
FACTS = [
    {"name": fact.name, "zh": fact.zh, "type": fact.type.value, "values": list(fact.values), "ordered": fact.ordered, "least": fact.least, "most": fact.most, "changeable": fact.changeable.value}
    for fact in SCHEMA.facts.values()
]  # fmt: skip
BASE = {"id": "base", "when": [{"id": "b1", "text": "高新技术企业", "if": "高新技术企业"}]}


def policy(name="A01", /, **version):
    told = {"version": 1, "valid": ["2022-01-01", None], "when": [{"id": "c1", "text": "营业收入不低于2000万元", "if": "营业收入 >= $floor", "clause": "第三条"}],
            "params": {"floor": "2000万", "rate": "10%", "cap": "500万"}, "amount": "min(研发费用 * $rate, $cap)", **version}  # fmt: skip
    return {"id": name, "title": "研发补助", "category": "创新", "department": "科技局", "versions": [told]}


def book(*policies, **rows):
    return Book.from_rows({"facts": FACTS, "blocks": [BASE], "policies": list(policies) or [policy()], **rows})


def answer(made, facts, valid=DAY, known=None):
    return View(made, valid, known).answer(facts_from(made.schema, facts))[0]


def test_an_eligible_enterprise_is_told_its_amount():
    told = answer(book(), {"营业收入": "2000万", "研发费用": "1亿"})
    assert (told.status, told.amount, told.open, told.missing) == ("eligible", 5_000_000, False, ())


def test_an_amount_can_be_open_while_eligibility_is_settled():
    told = answer(book(), {"营业收入": "3000万"})
    assert (told.status, told.amount, told.open, told.missing) == ("eligible", None, True, ("rd",))


def test_a_missing_fact_is_unknown_and_named():
    told = answer(book(), {"研发费用": 0})
    assert (told.status, told.missing) == ("unknown", ("revenue",))


def test_the_trace_tells_value_gap_and_clause():
    (line,) = answer(book(), {"营业收入": "1850万"}).trace
    assert (line.value, line.gap, line.source, line.operands) == (False, 1_500_000, "第三条", (("revenue", 18_500_000),))


def test_a_near_miss_tells_what_is_short():
    near = answer(book(), {"营业收入": "1850万"}).near
    assert [(each.facts, each.short) for each in near.changes] == [(("revenue",), 1_500_000)]
    assert answer(book(), {"营业收入": "1599万"}).near is None


def test_a_near_miss_takes_the_cheapest_way_through_nested_conditions():
    nested = policy(when=[{"if": "(高新技术企业 且 职工人数 >= 300 且 净利润 > 0) 或 (营业收入 >= 2000万 且 非 (企业规模 = '大型'))"}])
    near = answer(book(nested), {"高新技术企业": "否", "职工人数": 10, "净利润": -5, "营业收入": "1999万", "企业规模": "中型"}).near
    assert [each.facts for each in near.changes] == [("revenue",)]


def test_what_can_never_change_is_no_near_miss():
    assert answer(book(policy(when=[{"if": "所在区 = '绿园'"}])), {"所在区": "南关"}).near is None


def test_a_version_applies_in_its_time_only():
    rows = policy()
    rows["versions"] = [
        {**rows["versions"][0], "valid": ["2022-01-01", "2023-01-01"]},
        {**rows["versions"][0], "version": 2, "valid": ["2023-01-01", None], "params": {"floor": "1000万", "rate": "10%", "cap": "500万"}},
    ]
    made = book(rows)
    assert not made.issues
    facts = {"营业收入": "1500万"}
    assert answer(made, facts, date(2022, 12, 31)).status == "not"
    assert answer(made, facts, date(2023, 1, 1)).status == "eligible"
    assert answer(made, facts, date(2021, 12, 31)).version is None


def test_a_later_record_counts_from_when_it_was_known():
    rows = policy(recorded_at=datetime(2022, 1, 1))
    rows["versions"].append(
        {**rows["versions"][0], "recorded_at": datetime(2023, 2, 1), "params": {"floor": "1", "rate": "10%", "cap": "500万"}}
    )
    made, facts = book(rows), {"营业收入": "100万"}
    assert answer(made, facts, known=datetime(2023, 1, 31)).status == "not"
    assert answer(made, facts, known=datetime(2023, 2, 1)).status == "eligible"


def test_an_event_may_decide_the_version():
    made = book(policy(valid=["2022-07-01", "2022-12-31"], decided_by="上市日期"))
    assert answer(made, {"营业收入": "3000万", "listed": "2022-08-01"}).status == "eligible"
    assert answer(made, {"营业收入": "3000万", "listed": "2022-12-31"}).status == "not"
    assert answer(made, {"营业收入": "3000万"}).missing == ("listed",)


def test_a_shared_block_is_part_of_the_policy():
    made = book(policy(use=["base"]))
    assert answer(made, {"营业收入": "3000万", "高新技术企业": "否"}).failed == ("base.b1",)


def test_the_next_question_is_the_one_with_most_money_at_stake():
    made = book(policy(), policy("A02", when=[{"if": "高新技术企业"}], amount="50万", params={}))
    assert View(made, DAY).next_questions(facts_from(made.schema, {"研发费用": "1亿"})) == [("revenue", 5_000_000), ("hightech", 500_000)]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"policies": [policy(when=[{"id": "c9", "if": "营业收人 > 1"}])]}, "A01 版本1 条件 c9：没有“营业收人”这个事实（第1个字处）"),
        ({"policies": [policy(amount="10%")]}, "A01 版本1 金额：金额应是金额，这里是比率（第1个字处）"),
        ({"policies": [policy(use=["nothing"])]}, "没有“nothing”这个共用条件"),
        ({"policies": [policy(params={"floor": "2000万（"})]}, "参数“floor”"),
        ({"policies": [policy(), policy()]}, "编号重复"),
        ({"policies": [policy(valid=["2023-01-01", "2022-01-01"])]}, "起止颠倒"),
        ({"policies": [policy(budget={"amount": "1亿", "rule": "lottery"})]}, "没有“lottery”这种预算分配办法"),
        ({"policies": [policy()], "stacking": [{"kind": "sum_cap", "policies": ["A01", "Z9"], "cap": "1亿"}]}, "没有“Z9”这项政策"),
        ({"policies": [policy()], "stacking": [{"kind": "never", "policies": ["A01"]}]}, "没有“never”这种规则"),
        ({"facts": [*FACTS, FACTS[0]], "policies": [policy()]}, "声明有误"),
    ],
)
def test_a_mistake_in_a_book_is_told_with_its_place_and_the_rest_loads(rows, words):
    made = Book.from_rows({"facts": FACTS, **rows})
    assert any(words in str(issue) for issue in made.issues), [str(issue) for issue in made.issues]


def test_a_fact_of_the_wrong_kind_is_named():
    with pytest.raises(BadFact, match=r"营业收入.*“很多”"):
        facts_from(SCHEMA, {"营业收入": "很多"})
    with pytest.raises(BadFact, match="没有“收入总额”"):
        facts_from(SCHEMA, {"收入总额": 1})


# The gate -------------------------------------------------------------------------------------------------------------

BOTH_SIDES = [
    {"name": "刚好", "facts": {"营业收入": "2000万", "研发费用": "100万"}, "expect": {"status": "eligible", "amount": "10万"}},
    {"name": "差一元", "facts": {"营业收入": "19999999", "研发费用": "100万"}, "expect": {"status": "not"}},
]


def errors(made):
    return [str(issue) for issue in gate.check(made) if issue.level == "error"]


def test_a_version_with_golden_cases_on_both_sides_passes_the_gate():
    made = book(policy(golden=BOTH_SIDES))
    assert errors(made) == []
    assert gate.uncovered(made["A01"].versions[0]) == []


def test_a_side_without_a_golden_case_is_named():
    made = book(policy(golden=BOTH_SIDES[:1]))
    assert [(side.clause, side.wants) for side in gate.uncovered(made["A01"].versions[0])] == [("c1", False)]


def test_a_golden_case_that_comes_out_otherwise_is_an_error():
    wrong = [{**BOTH_SIDES[0], "expect": {"status": "eligible", "amount": "100001"}}]
    assert any("金额应为 100001 元，实为 100000 元" in each for each in errors(book(policy(golden=wrong))))


def test_a_condition_that_its_bounds_already_settle_is_an_error():
    assert any("总是成立" in each for each in errors(book(policy(when=[{"if": "营业收入 >= 0"}]))))
    assert any("永远不成立" in each for each in errors(book(policy(when=[{"if": "职工人数 > 1亿"}]))))


# Stacking and budgets ---------------------------------------------------------------------------------------------------


def paid(rules, amounts, facts=None):
    return {each.policy: each.paid for each in payable(amounts, rules, facts or {})}


def test_the_same_matter_takes_the_higher():
    rule = Stacking("same_matter", ("A", "B"), words="同一事项就高不重复")
    first, second = payable({"A": 5, "B": 7}, [rule], {})
    assert (first.paid, second.paid) == (0, 7)
    assert (first.cuts[0].amount, first.cuts[0].against) == (5, ("B",))


def test_a_sum_is_capped_by_a_fact_and_an_unknown_cap_holds_all_back():
    rule = Stacking("sum_cap", ("A", "B"), cap_fact="revenue")
    assert paid([rule], {"A": 5, "B": 7}, {"revenue": 9}) == {"A": 5, "B": 4}
    assert paid([rule], {"A": 5, "B": 7}) == {"A": 0, "B": 0}


def test_a_top_up_needs_its_base():
    rules = [Stacking("top_up", ("T",), base="A"), Stacking("at_most_one", ("A", "B"))]
    assert paid(rules, {"A": 5, "B": 7, "T": 3}) == {"A": 5, "B": 0, "T": 3}
    assert paid(rules, {"A": 5, "B": 9, "T": 3}) == {"A": 0, "B": 9, "T": 0}


names = st.lists(st.sampled_from("ABCDEF"), unique=True, min_size=2, max_size=4).map(tuple)
choice_rules = st.builds(Stacking, st.sampled_from(["at_most_one", "same_matter"]), names)
caps = st.builds(lambda cap: Stacking("sum_cap", tuple("ABCDEF"), cap=cap), st.integers(0, 40))
tops = st.builds(lambda pair: Stacking("top_up", (pair[0],), base=pair[1]), st.permutations("ABCDEF"))


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from("ABCDEF"), st.integers(1, 20)),
    st.lists(st.one_of(choice_rules, tops), max_size=4),
    st.lists(caps, max_size=1),
)
def test_the_combination_is_the_best_of_all(amounts, choices, limits):
    rules = [*choices, *limits]

    def allowed(chosen):
        for rule in choices:
            if rule.kind == "top_up" and set(rule.policies) & chosen and rule.base not in chosen:
                return False
            if rule.kind != "top_up" and len(set(rule.policies) & chosen) > 1:
                return False
        return True

    subsets = map(set, chain.from_iterable(combinations(amounts, size) for size in range(len(amounts) + 1)))
    totals = [sum(amounts[name] for name in chosen) for chosen in subsets if allowed(chosen)]
    best = min([max(totals), *(rule.cap for rule in limits)])
    given_out = payable(amounts, rules, {})
    assert sum(each.paid for each in given_out) == best
    assert all(each.asked - each.paid == sum(cut.amount for cut in each.cuts) for each in given_out)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 100), st.sampled_from(["first_come", "partial", "skip", "pro_rata"]), st.lists(st.integers(1, 40), max_size=8))
def test_a_budget_is_never_overspent(amount, rule, claims):
    granted = give(Budget(amount, rule), claims)
    assert sum(granted.amounts) + granted.left == amount
    assert granted.left >= 0
    assert all(0 <= got <= claim for got, claim in zip(granted.amounts, claims, strict=True))
    assert (granted.spent_at is None) == (sum(claims) <= amount or not claims)


def test_first_come_stops_where_a_claim_no_longer_fits():
    assert give(Budget(10, "first_come"), [6, 6, 1]).amounts == (6, 0, 0)
    assert give(Budget(10, "skip"), [6, 6, 1]).amounts == (6, 0, 1)


# All enterprises at once --------------------------------------------------------------------------------------------------

LARGE = book(policy(use=["base"]), policy("A02", when=[{"if": "研发费用/营业收入 >= 3%"}], amount="marginal(研发费用, 0:10%, 1000万:5%)", params={}),
             policy("A03", valid=["2018-01-01", "2021-01-01"], decided_by="listed", when=[], amount="1万", params={}))  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.lists(enterprises, min_size=1, max_size=30))
def test_a_run_over_columns_counts_what_single_answers_say(rows):
    view = View(LARGE, DAY)
    run = simulate.run(view, Columns.of(LARGE.schema, rows))
    singles = [view.statuses(row) for row in rows]
    for name in ("A01", "A02", "A03"):
        outcome = run.policy(name)
        assert outcome.eligible == sum(each[name][0] is True for each in singles)
        assert outcome.unknown == sum(each[name][0] is None for each in singles)
        assert outcome.total == sum(each[name][1] or 0 for each in singles if each[name][0])
    words = {True: "eligible", False: "not", None: "unknown"}
    for row, single in zip(rows, singles, strict=True):
        traced = {each.policy.id: (each.status, each.amount) for each in view.answer(row)}
        assert {name: status for name, (status, _amount) in traced.items()} == {
            name: words[value] for name, (value, _amount) in single.items()
        }
        assert all(amount == single[name][1] for name, (status, amount) in traced.items() if status == "eligible")


def test_what_if_works_out_only_what_changed_and_tells_winners_and_losers():
    rows = [{"revenue": 30_000_000, "rd": rd, "hightech": True} for rd in (10_000_000, 60_000_000, None)]
    columns, view = Columns.of(LARGE.schema, rows), View(LARGE, DAY)
    before = simulate.run(view, columns)
    lower = View(simulate.changed(LARGE, "A01", 1, cap="200万"), DAY)
    after = simulate.run(lower, columns, kept=before)
    assert after.outcomes["A02", 1] is before.outcomes["A02", 1]
    told = simulate.difference("A01", before.policy("A01"), after.policy("A01"))
    assert told.money == (6_000_000, 3_000_000)
    assert (list(told.winners), list(told.losers), list(told.change)) == ([], [1], [-3_000_000])
    assert after.policy("A01").open == 1
    fresh = simulate.run(lower, columns)
    assert np.array_equal(fresh.policy("A01").amounts, after.policy("A01").amounts)


def test_a_snapshot_on_disk_answers_like_the_one_in_memory(tmp_path):
    rows = [
        {"revenue": 30_000_000, "rd": 10_000_000, "hightech": True, "industry": "C36", "chains": frozenset({"汽车"})},
        {"hightech": False},
    ]
    columns = Columns.of(LARGE.schema, rows)
    columns.save(tmp_path / "snapshot")
    again = Columns.load(LARGE.schema, tmp_path / "snapshot")
    view = View(LARGE, DAY)
    one, other = simulate.run(view, columns), simulate.run(view, again)
    assert {name: (each.eligible, each.total, each.unknown) for name, each in one.outcomes.items()} == {
        name: (each.eligible, each.total, each.unknown) for name, each in other.outcomes.items()
    }
