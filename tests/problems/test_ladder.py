"""The way of a problem: report, answer, rise, solve, confirm (domain handbook 6 and 8.4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from zhuanban.domains.problems import actions, queries
from zhuanban.domains.problems.models import Holding, Problem, Promise
from zhuanban.kernel import clock, deadlines
from zhuanban.kernel.errors import NotYours, Refused
from zhuanban.kernel.models import Deadline, Notice

State = Problem.State


def again(row):
    return type(row).objects.get(pk=row.pk)


def test_whoever_reports_sees_at_once_who_has_it_and_until_when(site):
    problem = site.report()
    assert (problem.state, problem.tier, problem.holder_name) == (State.REPORTED, 1, "秘书")
    assert problem.respond.due_on == date(2023, 2, 13) == problem.due_on and problem.solve.due_on == date(2023, 2, 15)
    assert problem.ref == "WT-2023-00001" and problem.public_label == "已收到，正在安排"
    assert Notice.objects.filter(user=site.secretary).exists()


@pytest.mark.parametrize(
    ("needs", "tier"), [([], 1), (["money"], 2), (["departments"], 2), (["policy"], 3), (["departments", "budget"], 3)]
)
def test_the_entry_rule_suggests_the_tier(site, needs, tier):
    assert site.report(needs=needs).tier == tier


def test_a_report_after_hours_starts_its_clock_on_the_next_working_day(site, person, move_day):
    from zhuanban.domains.responsibility.models import Shift

    on_call = person("task_force_member", name="值班员")
    now = clock.now()
    Shift.objects.create(area=site.project.area, from_at=now, to_at=now + timedelta(days=4), person=on_call)
    move_day(date(2023, 2, 11))  # a Saturday
    problem = site.report()
    assert problem.respond.started_on == date(2023, 2, 13) and problem.respond.due_on == date(2023, 2, 14)
    assert Notice.objects.filter(user=on_call).exists()


def test_only_the_holder_answers(site):
    problem = site.report()
    for stranger in ("lead", "dispatcher", "handler", "leader"):
        with pytest.raises(NotYours):
            actions.take(problem, by=getattr(site, stranger))
    actions.take(problem, by=site.secretary, promise_on=date(2023, 2, 14))
    assert again(problem).state == State.IN_PROGRESS and again(problem.respond).state == "settled"
    with pytest.raises(Refused, match="已于"):
        actions.take(problem, by=site.secretary)


def test_it_rises_by_itself_tier_by_tier_and_stays_at_the_top(site, move_day):
    problem = site.report()
    move_day(date(2023, 2, 14))
    assert (deadlines.sweep(), deadlines.sweep()) == (1, 0)
    problem = again(problem)
    assert (problem.tier, problem.state, problem.holder_key) == (2, State.TRIAGED, f"user:{site.lead.pk}")
    assert (problem.respond.due_on, problem.solve.due_on) == (date(2023, 2, 16), date(2023, 2, 23))
    move_day(date(2023, 2, 17))
    deadlines.sweep()
    problem = again(problem)
    assert (problem.tier, problem.holder_key) == (3, f"user:{site.leader.pk}")
    move_day(date(2023, 4, 1))
    deadlines.sweep()
    deadlines.sweep()
    problem = again(problem)
    assert problem.tier == 3 and problem.supervised and problem.supervisions.count() == 1
    assert Notice.objects.filter(user=site.city_leader, text__contains="最高层级").count() >= 1
    clocks = queries.clocks(problem)
    assert clocks.felt_days == 50 and clocks.total_days >= clocks.tier_days
    assert [row.tier for row in problem.holdings.all()] == [1, 2, 3]


def test_a_solution_needs_evidence_and_the_reporter_has_the_last_word(site):
    problem = site.report()
    with pytest.raises(Refused, match="依据"):
        actions.solve(problem, by=site.secretary)
    actions.solve(problem, by=site.secretary, note="增容 800 kVA，已送电")
    assert (problem.state, problem.confirm.holder.key) == (State.SOLVED, f"org:{site.firm.pk}")
    with pytest.raises(NotYours):
        actions.confirm(problem, by=site.secretary, rating=5)
    actions.confirm(problem, by=site.owner, rating=4, words="很快")
    assert (problem.state, problem.rating) == (State.CONFIRMED, 4)
    actions.close(problem, by=site.dispatcher)
    assert problem.state == State.CLOSED and not Holding.objects.filter(problem=problem, to_at=None).exists()
    assert not Deadline.objects.filter(dossier=site.project.pk, state__in=["open", "paused"]).exists()


def test_a_confirmed_problem_files_itself(site, move_day):
    problem = site.report()
    actions.solve(problem, by=site.secretary, note="已送电")
    actions.confirm(problem, by=site.owner, rating=5)
    move_day(date(2023, 2, 20))
    deadlines.sweep()
    assert again(problem).state == State.CLOSED


def test_a_silent_reporter_is_called_back_before_it_is_filed(site, move_day):
    problem = site.report()
    actions.solve(problem, by=site.secretary, note="已送电")
    with pytest.raises(Refused, match="还没有确认"):
        actions.close(problem, by=site.dispatcher)
    move_day(date(2023, 2, 20))
    deadlines.sweep()
    problem = again(problem)
    assert problem.recalled_at and problem.confirm.holder.key == "area:220106"
    actions.close(problem, by=site.dispatcher, note="电话回访，企业认可")
    assert problem.state == State.CLOSED and problem.rating is None


def test_a_problem_that_is_reopened_twice_goes_one_tier_up(site):
    problem = site.report()
    for tier in (1, 2):
        actions.solve(problem, by=site.secretary, note="已送电")
        actions.reopen(problem, by=site.owner, reason="又跳闸了")
        assert problem.tier == tier
    assert problem.reopen_count == 2 and problem.holder_key == f"user:{site.lead.pk}"


def test_a_department_that_refuses_sends_it_up_not_sideways(site):
    problem = site.report()
    actions.delegate(problem, by=site.secretary, department=site.power, reason="请核实容量")
    assert (problem.state, problem.holder_key, problem.department) == (State.ASSIGNED, f"org:{site.power.pk}", site.power)
    assert problem.solve.due_on == date(2023, 2, 15), "handing on does not give more time"
    actions.refuse(problem, by=site.handler, rule="《供电营业规则》第二十一条")
    assert (problem.tier, problem.holder_key, problem.department) == (2, f"user:{site.lead.pk}", None)


def test_the_tier_keeps_its_say_over_what_it_handed_on(site):
    problem = site.report()
    actions.delegate(problem, by=site.secretary, department=site.power, reason="请核实容量")
    with pytest.raises(NotYours):
        actions.solve(problem, by=site.secretary, note="我来报办结")
    actions.escalate(problem, by=site.secretary, reason="部门不配合")
    assert problem.tier == 2


def test_the_tiers_are_never_skipped(site):
    problem = site.report()
    actions.escalate(problem, by=site.secretary, reason="超出能力")
    actions.escalate(problem, by=site.lead, reason="要列预算")
    with pytest.raises(Refused, match="最高层级"):
        actions.escalate(problem, by=site.leader, reason="再上")
    with pytest.raises(Refused, match="最高层级"):
        actions.refuse(problem, by=site.leader, rule="无此先例可循")
    with pytest.raises(NotYours):
        actions.de_escalate(problem, by=site.lead, note="我来办")
    actions.de_escalate(problem, by=site.leader, note="专班继续，预算已定")
    assert problem.tier == 2 and problem.solve.working_days == 7


def test_time_is_given_by_those_who_wait_and_is_a_promise(site, move_day):
    problem = site.report()
    actions.ask_time(problem, by=site.secretary, days=5, reason="变压器到货晚")
    with pytest.raises(Refused, match="待答复"):
        actions.ask_time(problem, by=site.secretary, days=5, reason="再要")
    with pytest.raises(NotYours):
        actions.grant_time(problem, by=site.secretary)
    actions.grant_time(problem, by=site.owner, answer="可以")
    assert problem.solve.due_on == date(2023, 2, 22) == problem.due_on
    given = Promise.objects.get()
    assert (given.kind, given.due_on, given.made_to, given.outcome) == ("extension", date(2023, 2, 22), site.firm, "open")
    move_day(date(2023, 2, 23))
    assert again(given).outcome == "broken"
    deadlines.sweep()
    assert again(problem).tier == 2


def test_a_promise_is_kept_changed_or_broken_and_never_overwritten(site, move_day):
    problem = site.report()
    actions.take(problem, by=site.secretary, promise_on=date(2023, 2, 14))
    actions.ask_time(problem, by=site.secretary, days=3, reason="等设备")
    actions.grant_time(problem, by=site.lead)
    first, second = Promise.objects.order_by("pk")
    assert (first.outcome, first.changed_to, first.due_on) == ("changed", second, date(2023, 2, 14))
    move_day(date(2023, 2, 22))
    actions.solve(again(problem), by=site.secretary, note="已送电")
    assert again(second).outcome == "broken", "two days late"


def test_the_upper_tier_may_deny_time(site):
    problem = site.report()
    actions.ask_time(problem, by=site.secretary, days=5, reason="忙")
    actions.deny_time(problem, by=site.lead, answer="不行")
    assert problem.solve.due_on == date(2023, 2, 15) and not Promise.objects.exists()


def test_the_clock_stops_only_for_a_reason_and_some_reasons_need_a_paper(site, move_day):
    problem = site.report()
    actions.take(problem, by=site.secretary)
    with pytest.raises(Refused, match="附文件"):
        actions.pause(problem, by=site.secretary, kind="tender", reason="招标")
    actions.pause(problem, by=site.secretary, kind="owner_request", reason="业主改方案")
    with pytest.raises(Refused, match="停表"):
        actions.solve(problem, by=site.secretary, note="x")
    move_day(date(2023, 2, 20))
    assert deadlines.sweep() == 0 and again(problem).tier == 1
    problem = again(problem)
    actions.resume(problem, by=site.secretary)
    assert problem.solve.due_on == date(2023, 2, 23) == problem.due_on
    clocks = queries.clocks(problem)
    assert (clocks.total_days, clocks.running_days, clocks.felt_days) == (6, 0, 10)


def test_not_accepting_takes_the_consent_of_the_tier_above(site):
    problem = site.report()
    actions.ask_not_accept(problem, by=site.secretary, reason="属民事纠纷")
    with pytest.raises(NotYours):
        actions.not_accept(problem, by=site.secretary, answer="同意")
    actions.keep_open(problem, by=site.lead, answer="先协调")
    actions.ask_not_accept(problem, by=site.secretary, reason="协调无果，属民事纠纷")
    actions.not_accept(problem, by=site.lead, answer="请依法起诉，可申请法律援助")
    assert (problem.state, problem.result) == (State.NOT_ACCEPTED, "请依法起诉，可申请法律援助")


def test_a_leaders_word_is_owed_by_somebody_by_a_day(site):
    problem = site.report()
    order = actions.instruct(problem, by=site.city_leader, text="三天内送电", due_on=date(2023, 2, 15), department=site.power)
    assert order.deadline.holder.key == f"org:{site.power.pk}"
    assert Promise.objects.get(instruction=order).due_on == date(2023, 2, 15)
    with pytest.raises(NotYours):
        actions.carry_out(order, by=site.secretary, answer="办了")
    actions.carry_out(order, by=site.handler, answer="已送电")
    assert (order.state, again(order.deadline).state, Promise.objects.get().outcome) == ("done", "settled", "kept")


def test_each_department_asked_has_its_own_clock_and_answer(site, organisation):
    problem = site.report()
    gas = organisation("燃气公司", kind="utility", area="220100")
    actions.consult(problem, by=site.secretary, departments=[site.power, gas], text="能否同沟敷设")
    first, second = problem.consultations.order_by("pk")
    assert first.deadline_id != second.deadline_id and first.deadline.due_on == date(2023, 2, 14)
    actions.answer_consult(first, by=site.handler, answer="可以")
    assert (again(first).state, again(second).state) == ("done", "open")
    with pytest.raises(Refused, match="燃气公司还有一次会商"):
        actions.consult(problem, by=site.secretary, departments=[gas], text="再问")


def test_urging_has_a_limit_and_receipts(site):
    from zhuanban.kernel import notices

    problem = site.report()
    actions.urge(problem, by=site.owner, words="急")
    with pytest.raises(Refused, match="明天再催"):
        actions.urge(problem, by=site.owner)
    urging = problem.urgings.get()
    assert [notice.read_at for notice in urging.notices.all()] == [None]
    notices.mark_read(site.secretary)
    assert urging.notices.get().read_at


def test_like_problems_are_suggested_and_merge_within_a_project(site):
    first = site.report(title="施工临时用电容量不够，塔吊不能开")
    second = site.report(by="secretary", title="临时用电容量不够塔吊开不了")
    assert [row.pk for row, _score in queries.alike(second)] == [first.pk]
    with pytest.raises(NotYours):
        actions.merge(second, by=site.secretary, into=first)
    actions.merge(second, by=site.dispatcher, into=first)
    assert (second.state, second.merged_into) == (State.MERGED, first)
    assert not Deadline.objects.filter(pk__in=[second.respond_id, second.solve_id], state="open").exists()


def test_the_log_tells_who_spoke_with_whom(site):
    problem = site.report()
    for _ in range(3):
        actions.log_contact(problem, by=site.secretary, spoke_with="供电公司 王经理", words="答应周三勘查")
    from zhuanban.domains.problems.figures import power_talks
    from zhuanban.kernel.figures import Scope

    assert power_talks(Scope.today()).value == 3


def test_a_problem_goes_with_the_secretarys_successor(site, person):
    from zhuanban.domains.responsibility import actions as responsibility
    from zhuanban.domains.responsibility.models import Responsibility

    problem = site.report()
    actions.take(problem, by=site.secretary)
    successor = person("project_secretary", name="新秘书")
    row = Responsibility.objects.get(project=site.project, post="secretary", state="active")
    responsibility.hand_over(row, by=site.dispatcher, person=successor, why="调岗")
    problem = again(problem)
    assert (problem.holder_key, problem.state) == (f"user:{successor.pk}", State.IN_PROGRESS)
    assert problem.solve.holder.key == f"user:{successor.pk}" and problem.solve.due_on == date(2023, 2, 15)
    actions.solve(problem, by=type(successor).objects.get(pk=successor.pk), note="已送电")


def test_a_deputy_answers_for_who_is_away(site, person):
    from zhuanban.domains.people.models import Absence

    problem = site.report()
    deputy = person("project_secretary", name="代理")
    Absence.objects.create(user=site.secretary, deputy=deputy, from_day=date(2023, 2, 9), to_day=date(2023, 2, 20))
    actions.take(problem, by=type(deputy).objects.get(pk=deputy.pk))
    assert again(problem).state == State.IN_PROGRESS


def test_triage_moves_it_and_names_the_department(site):
    problem = site.report()
    actions.triage(problem, by=site.dispatcher, tier=2, department=site.power)
    assert (problem.tier, problem.state, problem.department) == (2, State.ASSIGNED, site.power)
    with pytest.raises(Refused, match="已分级"):
        actions.triage(problem, by=site.dispatcher, tier=1)
    actions.take(problem, by=site.handler)


def test_when_the_project_is_over_nothing_more_is_reported(site):
    type(site.project).objects.filter(pk=site.project.pk).update(stage="cancelled", end_reason="撤资")
    with pytest.raises(Refused):
        site.report()
