"""Cases: the state machine, the notice, the two clocks, who may do what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from permit_hall import at_ten, fresh, sheet

from zhuanban.domains.approvals import actions
from zhuanban.domains.approvals.models import ApprovalCase, BadFaithMark, CasePaper, CaseStep, ClockPause, Tolerance
from zhuanban.domains.approvals.queries import cases as queries
from zhuanban.domains.approvals.rules import clocks, tolerance
from zhuanban.domains.approvals.rules.states import CASE, ENDED, MACHINE, OPEN, PLEDGES
from zhuanban.engines.calendars import Pause, WorkCalendar
from zhuanban.kernel import clock, deadlines, files
from zhuanban.kernel.actions import submit as call
from zhuanban.kernel.errors import BadInput, NotYours, Refused, Unknown
from zhuanban.kernel.models import Deadline, Notice, StoredFile

State = ApprovalCase.State
do = actions.cases


# The machine ---------------------------------------------------------------------------------------------------------------


def test_every_state_of_the_model_stands_in_the_machine():
    assert set(State.values) == set(CASE) | ENDED | {after for row in CASE.values() for after in row.values()} | {"withdrawn"}


@pytest.mark.parametrize("state", State.values)
def test_what_stands_in_no_table_is_refused(state):
    for deed in MACHINE.deeds:
        lawful = deed in CASE.get(state, {}) or (deed == "withdraw" and state in OPEN)
        assert bool(MACHINE.after(state, deed)) == lawful, deed


def test_the_ends_are_ends():
    assert all(not MACHINE.after(state, deed) for state in ENDED for deed in MACHINE.deeds)
    assert not any(PLEDGES.after(state, deed) for state in ("checked_ok", "closed", "revoked") for deed in PLEDGES.deeds)


def test_a_case_goes_from_draft_to_decision_and_each_step_tells_who_in_which_role_when_and_why(hall):
    case = hall.approved()
    steps = list(CaseStep.objects.filter(case=case).values_list("deed", "before", "after", "role"))
    assert steps == [
        ("submit", "draft", "submitted", "owner"),
        ("accept", "submitted", "accepted", "case_handler"),
        ("start_review", "accepted", "in_review", "case_handler"),
        ("approve", "in_review", "approved", "approver"),
    ]
    assert CaseStep.objects.get(case=case, deed="approve").reason == "符合规定"


def test_a_case_in_review_cannot_be_accepted_again(hall):
    with pytest.raises(Refused, match=r"审查中.*不能“受理”"):
        do.accept(hall.in_review(), by=hall.handler)


def test_a_second_case_for_the_same_item_is_refused_by_its_number(hall):
    case = hall.submitted()
    with pytest.raises(Refused, match=case.ref):
        do.open_case(hall.project, by=hall.owner, item=case.item)


def test_a_contract_is_not_applied_for(hall):
    with pytest.raises(Refused, match="不是申报事项"):
        do.open_case(hall.project, by=hall.owner, item=hall.item("LAND"))


# Intake ----------------------------------------------------------------------------------------------------------------------


def test_five_days_of_silence_accept_the_case_since_the_day_it_came(hall):
    case = hall.submitted()
    at_ten(date(2023, 2, 13))
    deadlines.sweep()
    assert fresh(case).state == State.SUBMITTED, "the fifth day is still theirs"
    at_ten(date(2023, 2, 14))
    deadlines.sweep()
    case = fresh(case)
    assert (case.state, case.intake, case.accepted_on) == (State.ACCEPTED, "deemed", date(2023, 2, 6))
    assert case.promised_on == deadlines.calendar().due(date(2023, 2, 6), case.promised_days)


def test_what_comes_after_close_of_business_came_the_next_working_day(hall):
    at_ten(date(2023, 2, 10), hour=18)
    assert hall.submitted().received_on == date(2023, 2, 13)


def test_the_notice_is_given_once(hall):
    case = hall.submitted()
    paper = case.papers.first()
    do.give_notice(case, by=hall.handler, notice="缺章", papers=[paper])
    assert (fresh(case).state, fresh(paper).state) == (State.ONE_TIME_NOTICE, CasePaper.State.FLAWED)
    do.add_paper(case, by=hall.owner, paper=paper, file=sheet("新.pdf"))
    do.submit(case, by=hall.owner)
    with pytest.raises(Refused, match="只能发一次"):
        do.give_notice(case, by=hall.handler, notice="又缺")


def test_a_replaced_paper_stays_readable_as_an_earlier_version(hall, sign_in, person, organisation):
    case = hall.submitted()
    paper = case.papers.first()
    do.give_notice(case, by=hall.handler, notice="申请表未盖章", papers=[paper])
    for at, name in enumerate(("盖章.pdf", "重盖章.pdf")):
        do.add_paper(fresh(case), by=hall.owner, paper=paper, file=sheet(name, str(at)))
    first, second = StoredFile.objects.filter(kind=paper.earlier_kind).order_by("pk")
    assert second.name == "盖章.pdf" and fresh(paper).file.name == "重盖章.pdf"
    page = sign_in(hall.handler).get(case.get_absolute_url()).content.decode()
    for old in (first, second):
        assert f"/files/{old.pk}/" in page and old.sha256 in page
        stranger = person("owner", organisation=organisation(f"另一家{old.pk}"))
        assert [sign_in(who).get(f"/files/{old.pk}/").status_code for who in (hall.handler, hall.owner, stranger)] == [200, 200, 404]
        assert sign_in(hall.housing_handler).get(f"/files/{old.pk}/").status_code in {403, 404}


def test_a_paper_that_was_never_replaced_has_no_earlier_version(hall, sign_in):
    case = hall.submitted()
    assert "以前的" not in sign_in(hall.handler).get(case.get_absolute_url()).content.decode()
    assert not StoredFile.objects.filter(kind__startswith="approval.paper.").exists()


def test_while_the_owner_makes_good_nobody_is_deemed_silent(hall):
    case = hall.submitted()
    do.give_notice(case, by=hall.handler, notice="缺章", papers=[case.papers.first()])
    at_ten(date(2023, 3, 20))
    deadlines.sweep()
    assert fresh(case).state == State.ONE_TIME_NOTICE


def test_papers_must_be_complete_to_be_accepted_and_the_missing_ones_are_named(hall):
    case = hall.submitted(without=("survey",))
    with pytest.raises(Refused, match="勘测定界图"):
        do.accept(case, by=hall.handler)


def test_a_filing_is_never_blocked_on_papers(hall):
    hall.record()
    case = do.open_case(hall.project, by=hall.owner, item=hall.item("EIAR"))
    assert case.item.may_lack_papers
    case.department = hall.land
    case.save(update_fields=["department"])
    do.submit(case, by=hall.owner)
    do.accept(case, by=hall.handler)
    assert fresh(case).state == State.ACCEPTED


def test_a_case_waits_for_what_must_come_first_unless_it_is_a_mock_one(hall):
    with pytest.raises(Refused, match=r"前置事项还没有办结.*模拟审批"):
        do.accept(hall.submitted("CPP"), by=hall.handler)
    case = hall.accepted("SCHEME", mock=True)
    assert case.state == State.ACCEPTED


# Papers --------------------------------------------------------------------------------------------------------------------------


def test_a_paper_of_another_case_is_refused_in_words(hall, project, organisation):
    other = hall.open("TITLE")
    case = hall.open("LUPP")
    with pytest.raises(Refused, match="不在本办件的材料清单"):
        do.add_paper(case, by=hall.owner, paper=other.papers.first(), file=sheet())


def test_a_paper_of_another_project_is_refused_in_the_form_too(hall, project, organisation, person):
    firm = organisation("乙企业")
    theirs = project("乙项目", owner_org=firm)
    other = do.open_case(theirs, by=person("owner", organisation=firm), item=hall.item("LUPP"))
    mine = hall.open("LUPP")
    from django.core.files.uploadedfile import SimpleUploadedFile

    upload = {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.4\n%%EOF")}
    with pytest.raises(BadInput, match="不在本办件的材料清单"):
        call("approvals.add_paper", hall.owner, mine.pk, {"paper": other.papers.first().pk}, upload, version=mine.version)
    assert not other.papers.exclude(file=None).exists()


def test_papers_are_closed_once_the_case_is_accepted(hall):
    case = hall.accepted()
    with pytest.raises(Refused, match="不能再改材料"):
        do.add_paper(case, by=hall.owner, paper=case.papers.first(), file=sheet())


# Two pairs of eyes ------------------------------------------------------------------------------------------------------------------


def test_the_acceptor_does_not_decide(hall, person):
    both = person("case_handler", organisation=hall.land)
    from zhuanban.domains.people.models import RoleGrant

    own = RoleGrant.objects.get(user=both)
    RoleGrant.objects.create(
        user=both, role="approver", organisation=hall.land, state="approved", from_day=date(2022, 1, 1), reason="测试",
        requested_by=own.requested_by, approved_by=own.approved_by,
    )  # fmt: skip
    both = type(both).objects.get(pk=both.pk)
    case = hall.submitted()
    do.accept(case, by=both)
    do.start_review(case, by=hall.handler)
    with pytest.raises(NotYours, match="受理和决定须由两人办理"):
        do.approve(case, by=both, reason="符合")
    do.approve(case, by=hall.approver, reason="符合")


def test_another_department_neither_sees_nor_decides(hall):
    case = hall.in_review()
    assert not ApprovalCase.objects.visible_to(hall.housing_handler).filter(pk=case.pk).exists()
    with pytest.raises(NotYours):
        do.approve(case, by=hall.housing_approver, reason="符合")


def test_a_department_sees_no_draft(hall):
    case = hall.open()
    assert not ApprovalCase.objects.visible_to(hall.handler).filter(pk=case.pk).exists()
    do.submit(case, by=hall.owner)
    assert ApprovalCase.objects.visible_to(hall.handler).filter(pk=case.pk).exists()


# Agents -----------------------------------------------------------------------------------------------------------------------------


def test_an_agent_sees_the_papers_of_one_case_only_and_hands_it_in(hall):
    mine, other = hall.open("LUPP", without=("survey",)), hall.open("TITLE")
    do.appoint_agent(mine, by=hall.dispatcher, agent=hall.agent)
    assert list(ApprovalCase.objects.visible_to(hall.agent)) == [mine]
    assert set(CasePaper.objects.visible_to(hall.agent).values_list("case", flat=True)) == {mine.pk}
    stored = other.papers.first().file
    assert not files.readable(hall.agent, stored) and files.readable(hall.owner, stored)
    do.add_paper(mine, by=hall.agent, paper=mine.papers.get(key="survey"), file=sheet())
    do.submit(mine, by=hall.agent)
    assert fresh(mine).state == State.SUBMITTED


def test_an_agent_signs_for_nobody(hall):
    case = hall.open()
    do.appoint_agent(case, by=hall.dispatcher, agent=hall.agent)
    for verb, told in (("ask_tolerance", {"signed": True}), ("withdraw", {"reason": "不办了"})):
        with pytest.raises(NotYours):
            getattr(do, verb)(case, by=hall.agent, **told)


def test_a_hand_over_is_logged_and_the_one_before_is_let_out(hall):
    case = hall.open()
    do.appoint_agent(case, by=hall.dispatcher, agent=hall.agent)
    with pytest.raises(Refused, match="交接说明"):
        do.appoint_agent(case, by=hall.dispatcher, agent=hall.other_agent)
    do.appoint_agent(case, by=hall.dispatcher, agent=hall.other_agent, reason="调岗")
    terms = list(case.agent_terms.values_list("agent__name", "reason"))
    assert terms == [("代办甲", ""), ("代办乙", "调岗")]
    assert not ApprovalCase.objects.visible_to(hall.agent).exists()
    with pytest.raises(Unknown):
        call("approvals.submit", hall.agent, case.pk, {}, version=fresh(case).version)


def test_advice_before_anything_is_handed_in_stands_on_the_projects_page(hall, sign_in):
    do.guide(hall.project, by=hall.dispatcher, day=date(2023, 2, 3), words="先办用地规划，再报方案", item=hall.item("LUPP"))
    page = sign_in(hall.owner).get(hall.project.get_absolute_url()).content.decode()
    assert "超前指导" in page and "先办用地规划，再报方案" in page


def test_whoever_is_no_agent_any_more_sees_the_case_no_more(hall):
    case = hall.open()
    do.appoint_agent(case, by=hall.dispatcher, agent=hall.agent)
    hall.agent.role_grants.update(to_day=date(2023, 2, 5))
    assert not ApprovalCase.objects.visible_to(hall.agent).exists()


# The clock ---------------------------------------------------------------------------------------------------------------------------


def test_a_stop_without_a_document_is_refused(hall):
    case = hall.in_review()
    with pytest.raises(Refused, match="必须附依据文件"):
        do.pause(case, by=hall.handler, kind="expert_review", reason="评审")
    with pytest.raises(BadInput, match="没有文件不停表"):
        call("approvals.pause", hall.handler, case.pk, {"kind": "hearing", "reason": "听证"}, version=case.version)
    assert fresh(case).state == State.IN_REVIEW


def test_a_stop_moves_the_day_and_the_owner_feels_it(hall):
    case = hall.in_review()
    promised = case.promised_on
    at_ten(date(2023, 2, 7))
    do.pause(case, by=hall.handler, kind="expert_review", reason="专家评审", document=sheet("通知.pdf"))
    at_ten(date(2023, 2, 14))
    told = queries.reading(fresh(case), clock.today())
    assert (told.used, told.working, told.felt, told.stopped) == (1, 6, 8, True)
    do.resume(fresh(case), by=hall.handler)
    case = fresh(case)
    assert case.promised_on == deadlines.calendar().due(promised, 5)
    do.approve(case, by=hall.approver, reason="符合")
    case = fresh(case)
    assert (case.used_days, case.work_days, case.felt_days, case.in_promise) == (1, 6, 8, True)
    assert ClockPause.objects.get(case=case).to_day == date(2023, 2, 14)


def test_a_case_that_stands_still_is_not_late(hall):
    case = hall.in_review()
    do.pause(case, by=hall.handler, kind="inspection", reason="检测", document=sheet())
    at_ten(date(2023, 5, 10))
    deadlines.sweep()
    assert not fresh(case).late and fresh(case).state == State.PAUSED


def test_the_head_lengthens_the_term_once(hall):
    case = hall.in_review()
    before = case.promised_on
    do.extend_term(case, by=hall.approver, reason="情况复杂")
    case = fresh(case)
    assert case.promised_on == deadlines.calendar().due(before, 10)
    with pytest.raises(Refused, match="延长过一次"):
        do.extend_term(case, by=hall.approver, reason="再来")


def test_who_decides_and_the_centre_hear_of_a_late_case_once(hall):
    case = hall.in_review()
    at_ten(date(2023, 2, 20))
    deadlines.sweep()
    deadlines.sweep()
    told = Notice.objects.filter(text__contains="逾期").values_list("user", flat=True)
    assert sorted(told) == sorted([hall.handler.pk, hall.approver.pk, hall.dispatcher.pk])
    assert fresh(case).late


# Joint handling --------------------------------------------------------------------------------------------------------------------------


def test_a_case_is_not_approved_while_an_opinion_is_missing_or_against(hall):
    case = hall.in_review()
    do.ask_opinion(case, by=hall.handler, departments=[hall.housing], subject="人防意见")
    with pytest.raises(Refused, match="还有意见没有答复"):
        do.approve(fresh(case), by=hall.approver, reason="符合")
    row = case.opinions.get()
    with pytest.raises(NotYours, match="须由"):
        do.give_opinion(row, by=hall.handler, verdict="pass")
    do.give_opinion(row, by=hall.housing_handler, verdict="fail", words="间距不够")
    with pytest.raises(Refused, match="不同意的意见"):
        do.approve(fresh(case), by=hall.approver, reason="符合")


def test_a_joint_acceptance_hears_all_its_specialities(hall):
    hall.record(WORKS="2023-02-01", WATER="2023-02-01", DRAIN="2023-02-01", POWER="2023-02-01")
    case = hall.submitted("JOINT")
    do.accept(case, by=hall.housing_handler)
    do.start_review(case, by=hall.housing_handler)
    names = ["规划核实", "消防验收", "人防验收"]
    for name in names:
        do.ask_opinion(case, by=hall.housing_handler, departments=[hall.land], subject=name)
    for row in case.opinions.all():
        do.give_opinion(row, by=hall.approver, verdict="pass")
    with pytest.raises(Refused, match="还缺专项意见：档案验收"):
        do.approve(fresh(case), by=hall.housing_approver, reason="合格")
    do.ask_opinion(fresh(case), by=hall.housing_handler, departments=[hall.land], subject="档案验收")
    do.give_opinion(case.opinions.get(subject="档案验收"), by=hall.approver, verdict="pass")
    do.approve(fresh(case), by=hall.housing_approver, reason="合格")


def test_who_is_asked_reads_the_case_that_it_is_asked_about(hall):
    case = hall.in_review()
    do.ask_opinion(case, by=hall.handler, departments=[hall.housing], subject="人防意见")
    assert list(ApprovalCase.objects.visible_to(hall.housing_handler)) == [case]


# Tolerance --------------------------------------------------------------------------------------------------------------------------------


def test_a_tolerant_notice_names_paper_form_day_and_consequence(hall):
    case = hall.tolerant(days=3)
    row = Tolerance.objects.get(case=case)
    assert (row.paper.name, row.form, row.due_on, row.consequence) == ("勘测定界图", "扫描件", date(2023, 2, 9), "逾期退回")
    assert case.state == State.TOLERANT_ACCEPTED and case.due_on == row.due_on


def test_main_papers_are_not_let_through(hall):
    case = hall.submitted(without=("application",))
    do.ask_tolerance(case, by=hall.owner, signed=True)
    with pytest.raises(Refused, match="主要材料不能容缺：建设用地规划许可申请表"):
        do.accept_tolerant(case, by=hall.handler, days=2, form="扫描件", consequence="退回")


def test_tolerance_is_asked_for_and_signed_by_the_applicant(hall):
    case = hall.submitted(without=("survey",))
    with pytest.raises(Refused, match="须由申请人提出并签字"):
        do.accept_tolerant(case, by=hall.handler, days=2, form="扫描件", consequence="退回")


def test_an_item_that_is_not_on_the_list_is_not_tolerated(hall):
    with pytest.raises(Refused, match="不在容缺受理清单"):
        do.ask_tolerance(hall.open("RECORD", without=("warranty",)), by=hall.owner, signed=True)


def test_the_day_never_passes_the_promised_limit_not_even_by_extension(hall):
    case = hall.submitted(without=("survey",))
    do.ask_tolerance(case, by=hall.owner, signed=True)
    with pytest.raises(Refused, match="超过本事项承诺时限 3 天"):
        do.accept_tolerant(case, by=hall.handler, days=4, form="扫描件", consequence="退回")
    assert fresh(case).state == State.SUBMITTED
    do.accept_tolerant(fresh(case), by=hall.handler, days=2, form="扫描件", consequence="退回")
    paper = case.papers.get(key="survey")
    with pytest.raises(Refused, match="合计 4 天"):
        do.extend_tolerance(fresh(case), by=hall.handler, paper=paper, days=2, reason="在测")
    do.extend_tolerance(fresh(case), by=hall.handler, paper=paper, days=1, reason="在测")
    with pytest.raises(Refused, match="只能延长一次"):
        do.extend_tolerance(fresh(case), by=hall.handler, paper=paper, days=1, reason="在测")


def test_made_good_it_is_an_ordinary_case_whose_clock_ran_all_the_time(hall):
    case = hall.tolerant()
    at_ten(date(2023, 2, 7))
    do.make_good(case, by=hall.owner, paper=case.papers.get(key="survey"), file=sheet())
    case = fresh(case)
    assert (case.state, case.accepted_on) == (State.ACCEPTED, date(2023, 2, 6))
    assert Tolerance.objects.get(case=case).state == "made_good"


def test_a_paper_that_does_not_come_sends_the_case_back_and_marks_the_applicant(hall):
    case = hall.tolerant()
    at_ten(date(2023, 2, 9))
    deadlines.sweep()
    case = fresh(case)
    assert case.state == State.RETURNED and Tolerance.objects.get(case=case).state == "lapsed"
    assert BadFaithMark.objects.get().organisation == hall.firm
    assert not Deadline.objects.filter(state__in=["open", "paused"], url=case.get_absolute_url()).exists()
    with pytest.raises(Refused, match="逾期未补正退回"):
        do.make_good(case, by=hall.owner, paper=case.papers.get(key="survey"), file=sheet())


def test_who_has_an_unrepaired_mark_is_excluded_until_it_is_repaired(hall):
    lost = hall.tolerant()
    at_ten(date(2023, 2, 9))
    deadlines.sweep()
    case = hall.submitted(without=("survey",))
    with pytest.raises(Refused, match="未修复的失信记录"):
        do.ask_tolerance(case, by=hall.owner, signed=True)
    mark = BadFaithMark.objects.get(case=lost)
    do.repair_credit(mark, by=hall.approver, repair="已补齐并书面说明")
    do.ask_tolerance(fresh(case), by=hall.owner, signed=True)


def test_withdrawn_it_owes_nothing(hall):
    case = hall.tolerant()
    do.withdraw(case, by=hall.owner, reason="方案变了")
    assert fresh(case).state == State.WITHDRAWN
    assert not Deadline.objects.filter(state__in=["open", "paused"], url=case.get_absolute_url()).exists()
    assert Tolerance.objects.get().state == "dropped" and not BadFaithMark.objects.exists()


# Pages --------------------------------------------------------------------------------------------------------------------------------------


def test_the_case_page_shows_both_clocks_and_costs_the_same_however_long_its_way(hall, sign_in, django_assert_max_num_queries):
    case = hall.tolerant()
    browser = sign_in(hall.owner)
    browser.get(case.get_absolute_url())
    with django_assert_max_num_queries(75):
        page = browser.get(case.get_absolute_url()).content.decode()
    assert "法定时钟" in page and "业主感受" in page and "勘测定界图" in page and "补交容缺材料" in page


def test_the_inbox_lists_the_departments_cases_by_day(hall, sign_in):
    case = hall.submitted()
    page = sign_in(hall.handler).get("/approvals/inbox/").content.decode()
    assert case.item.name in page and "受理" in page
    assert case.item.name not in sign_in(hall.housing_handler).get("/approvals/inbox/").content.decode()


def test_a_stranger_meets_a_404(hall, sign_in, person, organisation):
    case = hall.submitted()
    for user in (person("owner", organisation=organisation("丙企业")), hall.housing_handler, hall.agent, person()):
        assert sign_in(user).get(case.get_absolute_url()).status_code == 404


# Properties ----------------------------------------------------------------------------------------------------------------------------------

OFFICE = WorkCalendar(
    {date(2023, 1, d): False for d in range(21, 28)} | {date(2023, 1, 28): True, date(2023, 1, 29): True}, frozenset({2023}), "t"
)
days = st.integers(0, 120).map(lambda n: date(2023, 1, 3) + timedelta(n))
pauses = st.lists(st.tuples(days, st.integers(0, 30)), max_size=4).map(lambda rows: [Pause(day, day + timedelta(n)) for day, n in rows])


@given(days, st.integers(0, 90), pauses)
def test_the_days_used_equal_those_counted_one_by_one(start, length, stops):
    until = start + timedelta(length)
    told = clocks.used(start, start, until, "workday", stops, OFFICE)
    plain = [start + timedelta(n + 1) for n in range(length)]
    ran = [day for day in plain if not any(stop.start < day <= (stop.end or until) for stop in stops)]
    assert told.counted == sum(OFFICE.is_workday(day) for day in ran)
    assert told.working == sum(OFFICE.is_workday(day) for day in plain)
    assert clocks.used(start, start, until, "calendar", stops, OFFICE).counted == len(ran)
    assert told.felt == length


@given(days, st.integers(1, 40), pauses)
def test_on_its_last_day_a_case_has_used_its_limit(start, limit, stops):
    due = clocks.due(start, limit, "workday", stops, OFFICE)
    assert due is not None
    assert OFFICE.statutory_days(start, due, stops) <= limit


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.sampled_from(["workday", "calendar"]), days)
def test_a_tolerated_paper_is_never_due_after_the_promised_day(promised, first, more, unit, start):
    limit = tolerance.longest(promised, unit, start, OFFICE)
    promised_on = OFFICE.due(start, promised) if unit == "workday" else start + timedelta(promised)
    if not tolerance.too_long(first, limit):
        assert OFFICE.due(start, first) <= promised_on
        if not tolerance.too_long(more, limit, first):
            assert OFFICE.due(OFFICE.due(start, first), more) <= promised_on
