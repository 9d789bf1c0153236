"""Commitments: told, signed by the owner, decided at once, checked, corrected or revoked."""

from __future__ import annotations

from datetime import date

import pytest
from permit_hall import at_ten, fresh, sheet

from zhuanban.domains.approvals import actions
from zhuanban.domains.approvals.models import BadFaithMark, Commitment, Correction
from zhuanban.domains.cockpit.queries import moves
from zhuanban.kernel.errors import NotYours, Refused
from zhuanban.kernel.models import Deadline, Notice

do = actions.commitments


@pytest.fixture
def told(hall):
    """A commitment told on the drawings' review, which stands for the drawings."""
    hall.record(SCHEME="2023-02-02")
    case = hall.open("DRAW", without=("geology",))
    actions.cases.submit(case, by=hall.owner)
    papers = case.papers.filter(key="geology")
    return do.tell_commitment(fresh(case), by=hall.housing_handler, conditions="勘察报告三十日内备齐", papers=papers)


@pytest.fixture
def decided(hall, told):
    do.sign_commitment(told, by=hall.owner, signed=True, letter=sheet("承诺书.pdf"))
    case = fresh(told).case
    actions.cases.accept(case, by=hall.housing_handler)
    actions.cases.start_review(case, by=hall.housing_handler)
    actions.cases.approve(case, by=hall.housing_approver, reason="承诺符合条件")
    return fresh(told)


def test_only_items_on_the_list_are_committed_to(hall):
    with pytest.raises(Refused, match="不在告知承诺清单"):
        do.tell_commitment(hall.submitted("LUPP"), by=hall.handler, conditions="条件")


def test_the_owner_signs_and_not_the_agent(hall, told):
    actions.cases.appoint_agent(told.case, by=hall.dispatcher, agent=hall.agent)
    with pytest.raises(NotYours):
        do.sign_commitment(told, by=hall.agent, signed=True)
    do.sign_commitment(told, by=hall.owner, signed=True)
    assert fresh(told).signed_by == hall.owner


def test_the_decision_waits_for_the_signature(hall, told):
    with pytest.raises(Refused, match="岩土工程勘察报告"):
        actions.cases.accept(told.case, by=hall.housing_handler)


def test_a_signed_commitment_stands_for_the_paper_and_is_decided_with_the_case(hall, decided):
    assert decided.state == Commitment.State.DECIDED
    assert (decided.decided_on, decided.due_on) == (date(2023, 2, 6), date(2023, 4, 6))
    assert Deadline.objects.get(pk=decided.deadline_id).holder.key == f"org:{hall.housing.pk}"


def test_kept_it_is_checked_and_done(hall, decided):
    at_ten(date(2023, 3, 1))
    do.check_commitment(decided, by=hall.housing_handler, kept=True, finding="报告已备齐")
    row = fresh(decided)
    assert (row.state, row.deadline.state) == (Commitment.State.CHECKED_OK, Deadline.State.SETTLED)
    with pytest.raises(Refused, match=r"核查属实.*不能"):
        do.revoke_commitment(row, by=hall.housing_approver, finding="反悔")


def broken(hall, row) -> Commitment:
    do.check_commitment(row, by=hall.housing_handler, kept=False, finding="没有报告")
    do.order_correction(fresh(row), by=hall.housing_handler, correction="十五日内补齐")
    return fresh(row)


def test_put_right_it_is_closed(hall, decided):
    row = broken(hall, decided)
    assert (row.state, row.deadline.holder.key) == (Commitment.State.CORRECTING, f"org:{hall.firm.pk}")
    do.close_commitment(row, by=hall.housing_handler, finding="已补齐")
    assert fresh(row).state == Commitment.State.CLOSED and not BadFaithMark.objects.exists()


def test_the_owner_reports_what_was_put_right_and_the_department_looks_again(hall, decided, sign_in):
    row = broken(hall, decided)
    owed = row.deadline
    do.report_correction(row, by=hall.owner, words="报告已补齐", file=sheet("勘察报告.pdf"))
    row, told = fresh(row), Correction.objects.get()
    assert (told.words, told.by, told.commitment) == ("报告已补齐", hall.owner, row)
    assert (row.state, row.deadline.holder.key) == (Commitment.State.CORRECTING, f"org:{hall.housing.pk}")
    assert (row.due_on, fresh(owed).state) == (date(2023, 2, 13), Deadline.State.SETTLED)
    assert Notice.objects.filter(user=hall.housing_handler, text__startswith="请复查承诺整改").exists()
    page = sign_in(hall.housing_handler).get(row.get_absolute_url()).content.decode()
    assert "报告已补齐" in page and f"/files/{told.file_id}/" in page and f"/act/approvals.close_commitment/{row.pk}/" in page
    do.close_commitment(row, by=hall.housing_handler, finding="已补齐")
    assert (fresh(row).state, fresh(row).deadline.state) == (Commitment.State.CLOSED, Deadline.State.SETTLED)


def test_a_second_report_stands_beside_the_first_and_moves_no_day(hall, decided):
    row = broken(hall, decided)
    do.report_correction(row, by=hall.owner, words="报告已补齐")
    first = fresh(row)
    at_ten(date(2023, 2, 8))
    do.report_correction(first, by=hall.owner, words="又补了附图")
    assert [told.words for told in row.corrections.all()] == ["报告已补齐", "又补了附图"]
    assert (fresh(row).due_on, fresh(row).deadline_id) == (first.due_on, first.deadline_id)


def test_the_agent_may_report_and_nobody_of_the_department_or_of_another_firm(hall, decided, person, organisation):
    actions.cases.appoint_agent(decided.case, by=hall.dispatcher, agent=hall.agent)
    row = broken(hall, decided)
    stranger = person("owner", organisation=organisation("另一家"))
    for who in (hall.housing_handler, hall.other_agent, stranger):
        with pytest.raises(NotYours):
            do.report_correction(row, by=who, words="已经改好")
    do.report_correction(row, by=hall.agent, words="代办交了报告")
    assert Correction.objects.get().by == hall.agent


def test_nothing_is_reported_before_it_was_ordered_or_after_it_is_over(hall, decided):
    with pytest.raises(Refused, match="不能“报告整改”"):
        do.report_correction(decided, by=hall.owner, words="已经改好")
    row = broken(hall, decided)
    do.close_commitment(row, by=hall.housing_handler, finding="已补齐")
    with pytest.raises(Refused, match="不能“报告整改”"):
        do.report_correction(fresh(row), by=hall.owner, words="已经改好")


def test_a_reports_file_is_read_by_who_reads_the_case(hall, decided, sign_in, person, organisation):
    row = broken(hall, decided)
    do.report_correction(row, by=hall.owner, words="报告已补齐", file=sheet("勘察报告.pdf"))
    address = f"/files/{Correction.objects.get().file_id}/"
    stranger = person("owner", organisation=organisation("另一家"))
    assert [sign_in(who).get(address).status_code for who in (hall.owner, hall.housing_handler, stranger)] == [200, 200, 404]
    assert sign_in(hall.handler).get(address).status_code in {403, 404}


def test_what_the_holder_is_asked_to_do_is_what_the_holder_may_do(hall, decided):
    def pressed(who) -> list[str]:
        found = moves.behind(who, [fresh(decided).deadline])
        return [button.url for button in moves.buttons(who, found.values()).values()]

    row = broken(hall, decided)
    assert pressed(hall.owner) == [f"/act/approvals.report_correction/{row.pk}/"]
    do.report_correction(row, by=hall.owner, words="报告已补齐")
    assert pressed(hall.housing_handler) == [f"/act/approvals.close_commitment/{row.pk}/"]


def test_not_put_right_the_decision_falls_and_for_half_a_year_nothing_is_taken_on_a_word(hall, decided):
    row = broken(hall, decided)
    at_ten(date(2023, 3, 6))
    do.revoke_commitment(row, by=hall.housing_approver, finding="仍未补齐")
    row = fresh(row)
    assert (row.state, row.barred_until) == (Commitment.State.REVOKED, date(2023, 9, 6))
    mark = BadFaithMark.objects.get()
    with pytest.raises(Refused, match="承诺已被撤销"):
        actions.certificates.issue_certificate(row.case, by=hall.housing_handler, number="审1", issued_on=date(2023, 3, 6))
    actions.cases.repair_credit(mark, by=hall.housing_approver, repair="已补齐")
    from zhuanban.domains.approvals.rules.tolerance import barred

    assert "2023-09-06" in barred(hall.firm, date(2023, 9, 6)) and not barred(hall.firm, date(2023, 9, 7))


def test_the_table_refuses_what_is_out_of_order(hall, told):
    for verb, given in (("check_commitment", {"kept": True, "finding": "好"}), ("order_correction", {"correction": "改"})):
        with pytest.raises(Refused):
            getattr(do, verb)(told, by=hall.housing_handler, **given)


def test_a_commitment_may_stand_for_a_prerequisite_that_is_on_the_list_itself(hall):
    hall.record(LUPP="2023-02-02", TITLE="2023-02-02", CPP="2023-02-03")
    case = hall.submitted("CP")
    with pytest.raises(Refused, match="施工图设计文件审查"):
        actions.cases.accept(case, by=hall.housing_handler)
    assert not hall.item("CP").version_on(date(2023, 2, 6)).commitment
