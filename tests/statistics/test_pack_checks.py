"""The checks of a pack: yes, no or unknown; what lacks a fact is unknown, never no."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.domains.statistics import checks
from zhuanban.domains.statistics.checks import NO, UNKNOWN, YES, Evidence, judge
from zhuanban.kernel.dates import PartialDate

DAY = date(2022, 6, 28)
NAMES = ("owner.party", "licence.party", "approval.party", "form.party")


def test_one_legal_person_in_all_papers():
    facts = dict.fromkeys(NAMES, "长春某某有限公司")
    assert judge("same", facts, NAMES, {}).answer == YES
    other = judge("same", facts | {"approval.party": "长春某某集团"}, NAMES, {})
    assert (other.answer, other.wrong[0]) == (NO, "approval.party")
    assert "长春某某集团" in other.reason


def test_brackets_and_blanks_make_no_other_person():
    facts = dict.fromkeys(NAMES, "某某（长春）有限公司") | {"form.party": "某某(长春) 有限公司"}
    assert judge("same", facts, NAMES, {}).answer == YES


def test_a_name_that_nobody_told_is_unknown():
    verdict = judge("same", dict.fromkeys(NAMES[:3], "甲"), NAMES, {})
    assert (verdict.answer, verdict.lacking) == (UNKNOWN, ("form.party",))


def test_two_that_differ_are_a_no_whatever_else_is_lacking():
    assert judge("same", {"owner.party": "甲", "form.party": "乙"}, NAMES, {}).answer == NO


def test_a_paper_that_may_be_absent_is_left_aside_only_while_it_is():
    names, params = (*NAMES, "contract.party"), {"optional": ["contract"]}
    facts = dict.fromkeys(NAMES, "甲")
    assert judge("same", facts, names, params).answer == YES
    assert judge("same", facts | {"contract": True}, names, params).answer == UNKNOWN
    assert judge("same", facts | {"contract": True, "contract.party": "乙"}, names, params).answer == NO


def test_amounts_agree_to_the_fen():
    names = ("project.amount", "approval.amount", "form.amount")
    same = dict.fromkeys(names, Decimal("80000000.00"))
    assert judge("equal", same, names, {}).answer == YES
    assert judge("equal", same | {"form.amount": Decimal("80000000.01")}, names, {}).answer == NO
    assert judge("equal", same | {"form.amount": None}, names, {}).answer == UNKNOWN


@pytest.mark.parametrize(
    ("approval", "start", "answer"),
    [
        (DAY, PartialDate(DAY), YES),
        (DAY, PartialDate(DAY - timedelta(days=1)), NO),
        (DAY, PartialDate(date(2022, 6, 1), "month"), UNKNOWN),
        (DAY, PartialDate(date(2022, 7, 1), "month"), YES),
        (DAY, PartialDate(date(2022, 5, 1), "month"), NO),
        (DAY, None, UNKNOWN),
    ],
)
def test_dates_are_in_order_as_far_as_they_are_known(approval, start, answer):
    assert judge("order", {"approval.on": approval, "start.on": start}, ("approval.on", "start.on"), {}).answer == answer


def test_a_later_paper_before_an_earlier_one_is_told_though_one_between_lacks():
    facts = {"approval.on": DAY, "start.on": None, "form.on": DAY - timedelta(days=9)}
    assert judge("order", facts, ("approval.on", "start.on", "form.on"), {}).answer == NO


def test_the_threshold_includes_its_number():
    params = {"bound": 5_000_000}
    assert judge("least", {"project.amount": Decimal(5_000_000)}, ("project.amount",), params).answer == YES
    assert judge("least", {"project.amount": Decimal("4999999.99")}, ("project.amount",), params).answer == NO
    assert judge("least", {"project.amount": None}, ("project.amount",), params).answer == UNKNOWN


@pytest.mark.parametrize(("code", "answer"), [("2112-220174-04-01-123456", YES), ("2112-220174", NO), (None, UNKNOWN), ("", UNKNOWN)])
def test_a_project_code_is_read_not_reckoned(code, answer):
    assert judge("code", {"project.code": code}, ("project.code",), {}).answer == answer


LEVELLED = Evidence("现场照片：场地平整", DAY, False)
FOUNDED = Evidence("现场照片：基础施工", DAY, True)
UNDATED = Evidence("现场照片：基础施工", None, True)


@pytest.mark.parametrize(
    ("works", "begun", "answer"),
    [
        ((FOUNDED,), True, YES),
        ((LEVELLED, FOUNDED), None, YES),
        ((LEVELLED,), True, UNKNOWN),
        ((UNDATED,), True, UNKNOWN),
        ((), True, UNKNOWN),
        ((), None, UNKNOWN),
        ((), False, NO),
        ((FOUNDED,), False, NO),
    ],
)
def test_levelling_is_no_beginning_of_the_main_works(works, begun, answer):
    assert judge("evidence", {"works": works, "begun": begun}, ("works", "begun"), {}).answer == answer


# Of any pack ------------------------------------------------------------------------------------------------------------

KNOWN = {
    "owner.party": st.sampled_from(["甲公司", "乙公司"]),
    "licence.party": st.sampled_from(["甲公司", "乙公司"]),
    "form.party": st.sampled_from(["甲公司", "乙公司"]),
    "project.amount": st.sampled_from([Decimal(80_000_000), Decimal(4_000_000)]),
    "form.amount": st.sampled_from([Decimal(80_000_000), Decimal(88_000_000)]),
    "project.code": st.sampled_from(["2112-220174-04-01-123456", "不是代码"]),
    "form.code": st.sampled_from(["2112-220174-04-01-123456", "2112-220174-04-01-123457"]),
    "approval.on": st.dates(date(2021, 1, 1), date(2023, 1, 1)),
    "start.on": st.builds(PartialDate, st.dates(date(2021, 1, 1), date(2023, 1, 1)), st.sampled_from(["day", "month", "year"])),
    "form.on": st.dates(date(2021, 1, 1), date(2023, 1, 1)),
    "licence": st.just(True),
    "contract": st.just(True),
    "contract.on": st.dates(date(2021, 1, 1), date(2023, 1, 1)),
    "photo": st.just(True),
    "works": st.lists(st.sampled_from([LEVELLED, FOUNDED, UNDATED])).map(tuple),
    "begun": st.booleans(),
}
RULES = (
    ("present", ("licence",), {}),
    ("any", ("contract", "photo"), {}),
    ("same", ("owner.party", "licence.party", "form.party"), {}),
    ("equal", ("project.amount", "form.amount"), {}),
    ("code", ("project.code",), {}),
    ("same", ("project.code", "form.code"), {}),
    ("order", ("approval.on", "start.on", "form.on"), {}),
    ("order", ("contract.on", "form.on"), {"optional": ["contract"]}),
    ("least", ("project.amount",), {"bound": 5_000_000}),
    ("evidence", ("works", "begun"), {}),
)
packs = st.fixed_dictionaries({}, optional=KNOWN)


@given(packs, st.data())
def test_a_fact_taken_away_never_makes_a_no(facts, data):
    """What lacks a fact says unknown, never no: forgetting cannot hold anything against a project."""
    left = {name: value for name, value in facts.items() if data.draw(st.booleans(), label=name)}
    for method, names, params in RULES:
        before, after = judge(method, facts, names, params), judge(method, left, names, params)
        assert not (after.answer == NO and before.answer != NO), (method, before, after)


@given(packs)
def test_an_empty_pack_is_unknown_and_every_answer_has_its_reason(facts):
    for method, names, params in RULES:
        verdict = judge(method, facts, names, params)
        assert verdict.reason and verdict.answer in {YES, NO, UNKNOWN}
        assert (verdict.answer == NO) == bool(verdict.wrong)
        assert (verdict.answer == UNKNOWN) == bool(verdict.lacking)
        nothing = judge(method, {}, names, params)
        assert nothing.answer == (
            YES if not [name for name in names if name.partition(".")[0] not in params.get("optional", ())] else UNKNOWN
        )


def test_every_fact_has_words():
    assert all(name in checks.FACTS for _method, names, _params in RULES for name in names)
