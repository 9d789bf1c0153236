"""What I owe stands on my first page by due day, each line with the one button that moves it; and the button does."""

from __future__ import annotations

from datetime import date, time

import pytest
from cast import CITY, carry, node, stamps

from zhuanban.domains.cockpit.queries import moves, owed
from zhuanban.domains.dispatch.actions import decisions, meetings
from zhuanban.domains.dispatch.models import AgendaItem, DailyTrack, Meeting
from zhuanban.domains.people.models import Area, RoleGrant
from zhuanban.domains.plans import actions as plans
from zhuanban.domains.portfolio import actions as portfolio
from zhuanban.domains.problems import actions
from zhuanban.domains.problems.models import Problem
from zhuanban.kernel import deadlines
from zhuanban.kernel.actions import REGISTRY


def lines(user) -> list[owed.Owed]:
    return owed.desk(user, shown=50).lines


def line(user, words: str) -> owed.Owed:
    found = [each for each in lines(user) if words in each.title]
    assert len(found) == 1, [each.title for each in lines(user)]
    return found[0]


def verb_of(button: moves.Button | None) -> str:
    """The verb that a button opens, or the page that it leads to."""
    assert button is not None
    return button.url.split("/")[2] if button.dialog else button.url


# Problems ---------------------------------------------------------------------------------------------------------------------------


def test_a_problem_is_answered_then_solved_then_confirmed_then_filed(cast):
    problem = cast.report()
    assert verb_of(line(cast.secretary, "答复问题").button) == "problems.take"
    actions.take(problem, by=cast.secretary)
    found = line(cast.secretary, problem.title)
    assert (verb_of(found.button), found.due_on) == ("problems.solve", problem.solve.due_on)
    actions.solve(problem, by=cast.secretary, note="接好了")
    assert problem.title not in "".join(each.title for each in lines(cast.secretary))
    assert verb_of(line(cast.owner, "请确认办理结果").button) == "problems.confirm"
    actions.confirm(problem, by=cast.owner, rating=5)
    assert verb_of(line(cast.dispatcher, "销号").button) == "problems.close"


def test_two_clocks_of_one_problem_are_one_line(cast):
    problem = cast.report()
    assert len({problem.respond_id, problem.solve_id}) == 2 == deadlines.owed_by(cast.secretary).count()
    desk = owed.desk(cast.secretary)
    assert [each.title for each in desk.lines if problem.title in each.title] == [f"答复问题：{problem.title}"]
    assert desk.number == len(desk.lines)


def test_a_clock_that_stands_is_started_again(cast):
    problem = cast.report()
    actions.take(problem, by=cast.secretary)
    actions.pause(problem, by=cast.secretary, kind="owner_request", reason="业主要求")
    found = line(cast.secretary, problem.title)
    assert verb_of(found.button) == "problems.resume" and ("yellow", "停表") in found.tags


def test_orders_are_answered_by_whoever_owes_them(cast):
    problem = cast.report()
    actions.instruct(problem, by=cast.leader, text="三天办好", due_on=date(2023, 2, 14))
    actions.supervise(problem, by=cast.inspector, text="督办一下", due_on=date(2023, 2, 15))
    actions.consult(problem, by=cast.secretary, departments=[cast.power], text="能否增容")
    verbs = {verb_of(each.button) for each in lines(cast.secretary)}
    assert {"problems.carry_out", "problems.answer_supervision", "problems.take"} <= verbs
    found = line(cast.handler, "会商答复")
    assert verb_of(found.button) == "problems.answer_consult" and "能否增容" in found.why


def test_people_from_outside_read_the_public_half(cast):
    problem = cast.report()
    actions.take(problem, by=cast.secretary)
    actions.solve(problem, by=cast.secretary, note="接好了")
    assert line(cast.owner, problem.title).why == "甲项目 · 已办好，请您确认"


def test_time_asked_for_waits_for_the_other_side_and_the_tier_above(cast):
    problem = cast.report()
    actions.ask_time(problem, by=cast.secretary, days=3, reason="设备没到")
    for who in ("owner", "lead"):
        found = line(getattr(cast, who), "申请延期")
        assert verb_of(found.button) == "problems.grant_time" and "设备没到" in found.why and not found.clock
    for who in ("secretary", "leader", "member", "inspector"):
        assert not [each for each in lines(getattr(cast, who)) if "申请延期" in each.title], who
    actions.grant_time(problem, by=cast.lead)
    assert not [each for each in lines(cast.owner) if "申请延期" in each.title]


def test_a_leader_decides_what_the_task_force_asks(cast):
    problem = cast.report(needs=["departments"])
    actions.ask_not_accept(problem, by=cast.lead, reason="不属本市事权")
    found = line(cast.leader, "申请不予受理")
    assert verb_of(found.button) == "problems.not_accept" and "不属本市事权" in found.why


# Dates, decisions, numbers -----------------------------------------------------------------------------------------------------------


def test_a_date_to_be_moved_waits_for_those_above(cast):
    plans.request_date(node(cast.project, "完工", date(2023, 3, 10)), by=cast.secretary, to_day=date(2023, 3, 24), reason="疫情")
    mine = line(cast.dispatcher, "审定节点调整")
    assert verb_of(mine.button) == "plans.grant_date" and "3月10日 → 3月24日" in mine.why and mine.clock
    assert verb_of(line(cast.leader, "节点调整").button) == "plans.grant_date"
    assert not lines(cast.member)


@pytest.fixture
def meeting(cast):
    city = Area.objects.get(pk=CITY)
    series = meetings.set_up_series(city, by=cast.city_dispatcher, name="市周调度", weekday=4, starts_at=time(14))
    return Meeting.objects.create(
        series=series, year=2023, number=6, held_on=date(2023, 2, 10), starts_at=time(14), place="三楼会议室", **stamps()
    )


def test_a_meeting_is_prepared_then_opened(cast, meeting):
    found = line(cast.city_dispatcher, "第6次")
    assert verb_of(found.button) == "dispatch.build_agenda" and found.why == "14:00 三楼会议室"
    Meeting.objects.filter(pk=meeting.pk).update(built_at="2023-02-10T01:00:00Z")
    assert verb_of(line(cast.city_dispatcher, "第6次").button) == "dispatch.open_meeting"
    assert not [each for each in lines(cast.dispatcher) if "第6次" in each.title], "it is the city's to prepare"


def test_a_decision_is_carried_out_by_its_owner(cast, meeting):
    Meeting.objects.filter(pk=meeting.pk).update(state="open", opened_at="2023-02-10T06:00:00Z", built_at="2023-02-10T01:00:00Z")
    item = AgendaItem.objects.create(meeting=meeting, kind="hand", project=cast.project, title="用电", **stamps())
    decisions.decide(
        item, by=cast.city_dispatcher, kind="deadline", text="两周内送电", owner=f"org:{cast.power.pk}", due_on=date(2023, 2, 24)
    )
    found = line(cast.handler, "两周内送电")
    assert verb_of(found.button) == "dispatch.carry_out" and "市周调度" in found.why and found.left == 10


def test_a_contested_number_is_checked_and_a_channel_kept_open(cast):
    portfolio.contest(cast.project, by=cast.statistician, field="jobs_planned", claimed="120", reason="与备案不符", evidence="备案表")
    portfolio.open_green_channel(cast.project, by=cast.city_leader, until=date(2023, 2, 20), reason="抢工期")
    contest, channel = line(cast.city_dispatcher, "核实异议"), line(cast.city_dispatcher, "绿色通道到期")
    assert verb_of(contest.button) == "portfolio.decide_contest" and "— → 120 · 与备案不符" in contest.why
    assert verb_of(channel.button) == "portfolio.open_green_channel"


def test_a_right_waits_for_the_second_person(person, areas):
    asker, approver, clerk = (person("sec_admin", area=CITY) for _ in range(3))
    RoleGrant.objects.create(user=clerk, role="inspector", area_id=CITY, from_day=date(2023, 2, 10), reason="轮岗", requested_by=asker)
    assert verb_of(line(approver, "批准授权").button) == "people.approve_grant"
    assert not lines(asker)


# The day's reports -------------------------------------------------------------------------------------------------------------------


def test_a_secretary_owes_the_days_report_until_it_is_filed(cast):
    found = line(cast.secretary, "日报")
    assert found.button and not found.button.dialog and f"/track/{cast.project.pk}/" in found.button.url
    for day in (3, 6, 7, 8, 9, 10):
        DailyTrack.objects.create(
            project=cast.project, day=date(2023, 2, day), workers_actual=9, filed_at=stamps()["created_at"], **stamps()
        )
    assert not [each for each in lines(cast.secretary) if "日报" in each.title]


def test_a_dispatcher_sees_what_is_missing_today_and_may_remind(cast, project):
    other = project("乙项目", area="220102", stage="under_construction")
    assert other.area_id == "220102"
    city, here = line(cast.city_dispatcher, "缺日报"), line(cast.dispatcher, "缺日报")
    assert (city.title, here.title) == ("2 个项目今天缺日报", "1 个项目今天缺日报")
    assert verb_of(city.button) == "dispatch.remind_missing" and city.today and "绿园区 1" in city.why
    assert not [each for each in lines(cast.leader) if "缺日报" in each.title]


def test_a_day_of_rest_asks_for_no_report(cast, move_day):
    move_day(date(2023, 2, 11))
    assert not [each for each in lines(cast.city_dispatcher) if "缺日报" in each.title]


# The list ------------------------------------------------------------------------------------------------------------------------------


def test_lines_stand_by_due_day_with_what_has_no_clock_last(cast, move_day):
    first, second = cast.report(title="先报的"), cast.report(title="后报的")
    actions.take(first, by=cast.secretary)
    actions.ask_time(second, by=cast.secretary, days=2, reason="等料")
    move_day(date(2023, 2, 17))
    found = lines(cast.secretary)
    assert [each.due_on for each in found if each.clock] == sorted(each.due_on for each in found if each.clock)
    assert found[0].late == 5 and not found[0].left
    both = lines(cast.lead)
    assert both[-1].title.startswith("申请延期") or all(each.clock for each in both)


def test_what_a_role_may_not_do_has_no_button(cast, person):
    """A deadline that somebody holds whose roles lack its verb leads to the page alone."""
    reader = person("learner")
    problem = cast.report()
    deadlines.hand_to(problem.solve, f"user:{reader.pk}")
    found = lines(reader)
    assert len(found) == 1 and found[0].button is None and found[0].url == problem.get_absolute_url()


def test_a_deadline_of_a_kind_nobody_knows_leads_to_its_page(cast):
    deadlines.owe(cast.project.dossier, f"user:{cast.secretary.pk}", "不认识的事", on_due="strange.kind", due_on=date(2023, 2, 13))
    found = line(cast.secretary, "不认识的事")
    assert found.button is None and found.why == cast.project.ref


def test_every_kind_of_deadline_that_the_house_knows_has_its_way_on():
    from zhuanban.kernel.deadlines import _handlers

    own = {"campaigns", "bulletins"}
    left = {name for name in _handlers if name.partition(".")[0] not in own} - moves.FINDERS.keys()
    assert left == set()


def test_the_list_says_how_many_more_there_are(cast):
    for at in range(15):
        cast.report(title=f"第{at}个问题")
    desk = owed.desk(cast.secretary, shown=10)
    assert (len(desk.lines), desk.number, desk.more) == (10, 16, 6)


def test_only_verbs_of_the_registry_are_offered(cast):
    cast.report()
    for who in cast.people:
        for each in lines(getattr(cast, who)):
            if each.button and each.button.dialog:
                assert verb_of(each.button) in REGISTRY


def test_another_persons_matters_are_not_mine(cast, person, project):
    cast.report()
    stranger = person("project_secretary")
    carry(project("丙项目", area="220102", stage="ready"), "secretary", person=stranger)
    assert lines(type(stranger).objects.get(pk=stranger.pk)) == []
    assert Problem.objects.visible_to(stranger).count() == 0
