"""The weekly dispatch: an agenda that builds itself, decisions with an owner in place, and a next meeting that forgets nothing."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from meeting_room import CITY, DAY, HERE, at_ten, broken_promise, late_matter, open_request, risen_problem
from meeting_room import room as room
from meeting_room import ten_in_the_morning as ten_in_the_morning

from zhuanban.domains.dispatch import meeting_jobs
from zhuanban.domains.dispatch.actions import agenda, decisions, meetings
from zhuanban.domains.dispatch.models import AgendaItem, Attendance, Decision, LightRuleSet, Meeting, ProjectLight
from zhuanban.domains.dispatch.queries import agenda as agenda_queries
from zhuanban.domains.dispatch.queries import meetings as queries
from zhuanban.domains.problems import actions as problems
from zhuanban.domains.problems.models import Problem, ProblemKind
from zhuanban.kernel import clock, deadlines
from zhuanban.kernel.errors import NotYours, Refused
from zhuanban.kernel.models import Access, Deadline, Notice


def light(project, level: str, severity: int = 300) -> ProjectLight:
    rules = LightRuleSet.objects.adopted().first()
    reason = {"rule": "no_report", "level": level, "value": 6, "bound": 5, "params": {}}
    return ProjectLight.objects.update_or_create(
        project=project,
        defaults={
            "level": level,
            "computed": level,
            "severity": severity,
            "reasons": [reason],
            "since": clock.today() - timedelta(days=3),
            "rules": rules,
            "computed_at": clock.now(),
        },
    )[0]


def titles(meeting) -> list[str]:
    return [item.title for item in meeting.items.standing()]


# Series and dates -----------------------------------------------------------------------------------------------------


def test_a_series_meets_on_its_weekday_and_a_day_off_moves_to_the_next_working_day(room):
    assert queries.next_day(room.series, date(2023, 2, 10)) == date(2023, 2, 13)
    assert queries.next_day(room.series, date(2023, 2, 13)) == date(2023, 2, 20)
    assert queries.next_day(room.series, date(2022, 12, 26)) == date(2023, 1, 3)  # the Monday after New Year is off
    assert queries.next_day(room.series, date(2023, 1, 16)) == date(2023, 1, 30)  # the festival's week has a make-up Saturday: too near


def test_an_area_has_one_series_of_its_own(room, areas):
    with pytest.raises(Refused, match="已经有在用的调度会"):
        meetings.set_up_series(areas[CITY], by=room.dispatcher, name="又一个", weekday=1, starts_at=time(9))
    district = meetings.set_up_series(areas[HERE], by=room.district, name="区周调度会", weekday=1, starts_at=time(9))
    assert (district.level, district.area_id) == ("district", HERE)


def test_a_district_sees_the_citys_meeting_and_only_its_own_projects_in_it(room):
    meeting = room.plan()
    for project in room.projects.values():
        late_matter(project)
    agenda.build_agenda(meeting, by=room.dispatcher)
    assert Meeting.objects.visible_to(room.district).filter(pk=meeting.pk).exists()
    shown = [item.title for item in AgendaItem.objects.visible_to(room.district)]
    assert "甲项目" in shown and "乙项目" not in shown
    assert {item.title for item in AgendaItem.objects.visible_to(room.dispatcher)} >= {"甲项目", "乙项目"}
    with pytest.raises(NotYours):
        agenda.build_agenda(meeting, by=room.district)


def test_meetings_are_numbered_through_the_year_and_one_a_day(room):
    assert [room.plan(DAY).number, room.plan(DAY + timedelta(days=7)).number] == [1, 2]
    with pytest.raises(Refused, match="已经安排了会议"):
        room.plan(DAY)


def test_every_unit_stands_in_the_roll(room):
    assert {row.organisation.name for row in room.plan().roll.all()} == {"长春供电公司", "市规划和自然资源局"}


# The agenda builds itself ---------------------------------------------------------------------------------------------


@pytest.fixture
def troubled(room):
    """甲项目 with a red light, a problem at the top, a broken promise, a late matter and a request; 乙项目 with a yellow light."""
    first, second = room.projects["甲项目"], room.projects["乙项目"]
    light(first, "red")
    light(second, "yellow", 150)
    problem = risen_problem(first, room.dispatcher)
    broken_promise(first, problem)
    late_matter(first)
    open_request(first, room.dispatcher)
    return room


def test_the_reasons_on_one_project_are_one_item_under_the_weightiest(troubled):
    meeting = troubled.plan()
    agenda.build_agenda(meeting, by=troubled.dispatcher)
    items = list(meeting.items.standing())
    assert [(item.title, item.kind) for item in items] == [("甲项目", "red"), ("乙项目", "yellow")]
    kinds = [reason["kind"] for reason in items[0].evidence["reasons"]]
    assert kinds == ["red", "escalation", "promise", "deadline", "request"]
    assert "升到第 3 级" in items[0].why and "已失约 9 天" in items[0].why
    assert [item.position for item in items] == [1, 2]
    assert ["属地", "绿园区"] in items[0].evidence["facts"]


@pytest.mark.parametrize("kind", [kind for kind in agenda_queries.SOURCES if kind not in {"last", "decision"}])
def test_each_source_is_left_out_when_its_rule_says_so(troubled, kind):
    meeting = troubled.plan()
    at = agenda_queries.window(meeting)
    found = agenda_queries.SOURCES[kind](at, 0)
    assert found.reasons == [] and found.total == 1


def test_what_is_beyond_the_bound_is_counted_not_hidden(room, project):
    for number in range(9):
        late_matter(project(f"丙项目{number}", area=HERE, stage="under_construction"), due=date(2023, 1, 1) + timedelta(days=number))
    meeting = room.plan()
    agenda.build_agenda(meeting, by=room.dispatcher)
    assert meeting.left_out == {"deadline": 4}
    assert titles(meeting) == [f"丙项目{number}" for number in range(5)]


def test_building_again_keeps_what_was_done_by_hand(troubled):
    meeting = troubled.plan()
    agenda.build_agenda(meeting, by=troubled.dispatcher)
    red, yellow = meeting.items.standing()
    hand = troubled.hand_item(meeting, "复工复产安排")
    agenda.arrange_item(meeting, by=troubled.dispatcher, item=hand, position=1, minutes=10)
    agenda.drop_item(yellow, by=troubled.dispatcher, reason="下周再议")
    agenda.build_agenda(meeting, by=troubled.dispatcher)
    assert [(item.title, item.minutes) for item in meeting.items.standing()] == [("复工复产安排", 10), ("甲项目", red.minutes)]
    agenda.restore_item(AgendaItem.objects.get(pk=yellow.pk), by=troubled.dispatcher)
    assert titles(meeting) == ["复工复产安排", "甲项目", "乙项目"]


def test_what_is_settled_before_the_agenda_is_built_again_goes(room):
    matter = late_matter(room.projects["甲项目"])
    meeting = room.plan()
    agenda.build_agenda(meeting, by=room.dispatcher)
    assert titles(meeting) == ["甲项目"]
    deadlines.settle(matter)
    agenda.build_agenda(meeting, by=room.dispatcher)
    assert titles(meeting) == []


def test_items_move_up_and_down_however_often(room):
    meeting = room.plan()
    items = [room.hand_item(meeting, name) for name in "一二三四"]
    agenda.arrange_item(meeting, by=room.dispatcher, item=items[3], position=2)
    assert titles(meeting) == ["一", "四", "二", "三"]
    for _again in range(60):
        agenda.arrange_item(meeting, by=room.dispatcher, item=items[2], position=2)
        agenda.arrange_item(meeting, by=room.dispatcher, item=items[1], position=2)
    assert titles(meeting) == ["一", "二", "三", "四"]
    assert [item.position for item in meeting.items.all()] == [1, 2, 3, 4]


def test_an_item_of_another_meeting_is_not_arranged(room):
    one, other = room.plan(DAY), room.plan(DAY + timedelta(days=7))
    item = room.hand_item(other)
    with pytest.raises(Refused, match="不在本次议程上"):
        agenda.arrange_item(one, by=room.dispatcher, item=item, position=1)


def test_building_costs_the_same_for_many_projects_as_for_few(room, project):
    meeting = room.plan()

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            agenda_queries.collect(meeting)
        return len(asked)

    for number in range(3):
        late_matter(project(f"丁项目{number}", area=HERE))
    few = cost()
    for number in range(20):
        late_matter(project(f"戊项目{number}", area=HERE))
        broken_promise(room.projects["甲项目"])
    assert cost() <= few + 1
    assert few <= 40


# Frozen when it opens -------------------------------------------------------------------------------------------------


def test_the_agenda_is_frozen_when_the_meeting_opens(troubled):
    meeting = troubled.opened()
    item = meeting.items.standing().first()
    assert meeting.state == "open" and meeting.figures and all(each["as_of"] for each in meeting.figures)
    for refused in (
        lambda: agenda.build_agenda(meeting, by=troubled.dispatcher),
        lambda: agenda.arrange_item(meeting, by=troubled.dispatcher, item=item, position=2),
        lambda: agenda.drop_item(item, by=troubled.dispatcher, reason="不议"),
    ):
        with pytest.raises(Refused, match="议程已冻结"):
            refused()
    assert troubled.hand_item(meeting, "临时动议").position == 3


def test_an_item_whose_reason_is_gone_says_so(room):
    matter = late_matter(room.projects["甲项目"])
    meeting = room.plan()
    agenda.build_agenda(meeting, by=room.dispatcher)
    deadlines.settle(matter)
    meetings.open_meeting(meeting, by=room.dispatcher)
    assert meeting.items.get().evidence["gone"] is True


def test_a_meeting_opens_on_its_day_and_with_an_agenda(room):
    later = room.plan(DAY + timedelta(days=3))
    with pytest.raises(Refused, match="还没有到"):
        meetings.open_meeting(later, by=room.dispatcher)
    today = room.plan(DAY)
    with pytest.raises(Refused, match="请先生成议程"):
        meetings.open_meeting(today, by=room.dispatcher)


def test_a_called_off_meeting_frees_its_day(room):
    meeting = room.plan()
    meetings.call_off_meeting(meeting, by=room.dispatcher, reason="与市政府常务会冲突")
    with pytest.raises(Refused, match="会议已取消"):
        agenda.build_agenda(meeting, by=room.dispatcher)
    assert room.plan().number == 2


# In the room ----------------------------------------------------------------------------------------------------------


def test_whoever_is_not_ticked_is_absent(room):
    meeting = room.opened()
    first, second = meeting.roll.all()
    meetings.call_roll(meeting, by=room.dispatcher, present=[first])
    assert [row.state for row in meeting.roll.all()] == ["present", "absent"]
    meetings.note_attendance(Attendance.objects.get(pk=second.pk), by=room.dispatcher, state="substitute", who="王处长")
    meetings.call_roll(meeting, by=room.dispatcher, present=list(meeting.roll.all()))
    assert meeting.roll.get(pk=second.pk).who == "王处长"


def test_it_does_not_close_before_the_roll_is_called(room):
    meeting = room.opened()
    with pytest.raises(Refused, match="还没有登记到会情况"):
        meetings.close_meeting(meeting, by=room.dispatcher)


def test_a_decision_is_owed_from_that_moment(room):
    meeting = room.opened()
    decision = room.decide(room.hand_item(meeting, project=room.projects["甲项目"]))
    deadline = decision.deadline
    assert (deadline.holder.key, deadline.due_on, deadline.dossier_id) == (
        f"org:{room.power.pk}",
        decision.due_on,
        room.projects["甲项目"].pk,
    )
    assert deadline in deadlines.owed_by(room.handler)
    assert Notice.objects.filter(user=room.handler.pk, text__contains="调度会决定").exists()
    assert Access.objects.filter(dossier=room.projects["甲项目"].pk, principal__key=f"org:{room.power.pk}", level=2).exists()


def test_its_owner_tells_how_it_was_carried_out(room):
    decision = room.decide(room.hand_item(room.opened(), project=room.projects["甲项目"]))
    with pytest.raises(NotYours, match="须由"):
        decisions.carry_out(decision, by=room.district, result="不是我的")
    decisions.carry_out(decision, by=room.handler, result="已送电")
    assert decision.done_on == DAY and decision.outcome(DAY) == "done"
    assert Deadline.objects.get(pk=decision.deadline_id).state == "settled"
    assert not Access.objects.filter(dossier=room.projects["甲项目"].pk, principal__key=f"org:{room.power.pk}", level=2).exists()
    with pytest.raises(Refused, match="完成"):
        decisions.carry_out(decision, by=room.dispatcher, result="再来一次")


def test_a_decision_on_no_project_hangs_on_the_series(room):
    decision = room.decide(room.hand_item(room.opened()), text="各单位周五前报复工计划", owner=f"area:{HERE}")
    assert decision.owner_name == "绿园区项目中心" and decision.deadline.dossier_id == room.series.pk
    with pytest.raises(NotYours, match="不由您主办"):
        meetings.close_meeting(decision.meeting, by=room.district)
    with pytest.raises(NotYours, match="不由您主办"):
        decisions.withdraw_decision(decision, by=room.district, reason="不想办")
    decisions.carry_out(decision, by=room.district, result="已报")
    assert decision.done_on == DAY


def test_a_decision_can_become_a_problem_with_a_department(room):
    item = room.hand_item(room.opened(), project=room.projects["甲项目"])
    decision = room.decide(item, kind="problem", text="外线工程没有排期", due_on=None, problem_kind=ProblemKind.objects.get(pk="power"))
    assert (decision.problem.holder_key, decision.problem.state) == (f"org:{room.power.pk}", "assigned")
    assert decision.due_on == decision.problem.solve.due_on and decision.deadline is None
    with pytest.raises(Refused, match="请在问题里办理"):
        decisions.carry_out(decision, by=room.dispatcher, result="x")
    problem = Problem.objects.get(pk=decision.problem_id)
    problems.take(problem, by=room.handler)
    problems.solve(problem, by=room.handler, note="已排期")
    decision.refresh_from_db()
    assert (decision.done_on, decision.result) == (DAY, "已排期")
    problems.reopen(problem, by=None, reason="没有送上")
    decision.refresh_from_db()
    assert decision.done_on is None


def test_without_a_department_the_ladder_holds_it(room):
    item = room.hand_item(room.opened(), project=room.projects["甲项目"])
    decision = room.decide(item, kind="problem", owner="", due_on=None, problem_kind=ProblemKind.objects.get(pk="power"))
    assert decision.owner_key == decision.problem.holder_key and decision.owner_name


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"owner": ""}, "责任单位和期限"),
        ({"due_on": None}, "责任单位和期限"),
        ({"owner": "org:999999"}, "没有这个责任单位"),
        ({"kind": "problem", "problem_kind": None}, "项目和问题类别"),
    ],
)
def test_a_decision_without_an_owner_or_a_day_is_refused_and_nothing_is_written(room, facts, why):
    item = room.hand_item(room.opened(), project=room.projects["甲项目"])
    before = Deadline.objects.count()
    with pytest.raises(Refused, match=why):
        room.decide(item, **facts)
    assert Decision.objects.count() == 0 and Deadline.objects.count() == before


def test_a_note_is_nobodys_to_carry_out(room):
    decision = room.decide(room.hand_item(room.opened()), kind="note", owner="", due_on=None)
    assert decision.outcome(DAY) == "note"
    with pytest.raises(Refused, match="记录在案"):
        decisions.carry_out(decision, by=room.dispatcher, result="x")


def test_a_withdrawn_decision_is_owed_by_nobody(room):
    decision = room.decide(room.hand_item(room.opened(), project=room.projects["甲项目"]))
    decisions.withdraw_decision(decision, by=room.dispatcher, reason="方案调整")
    assert Deadline.objects.get(pk=decision.deadline_id).state == "cancelled"
    assert decision.outcome(DAY) == "withdrawn" and not Decision.objects.open().exists()


# The next meeting opens with the last one's decisions -----------------------------------------------------------------------


def test_closing_plans_the_next_and_it_begins_with_what_was_decided(room):
    meeting = room.opened()
    kept = room.decide(room.hand_item(meeting, project=room.projects["甲项目"]), text="按时完成的")
    room.decide(room.hand_item(meeting, project=room.projects["乙项目"]), text="会迟的", due_on=DAY + timedelta(days=1))
    room.close(meeting)
    following = queries.planned(room.series)
    assert following.held_on == date(2023, 2, 13)
    decisions.carry_out(kept, by=room.handler, result="好了")
    at_ten(date(2023, 2, 13))
    agenda.build_agenda(following, by=room.dispatcher)
    first, second = following.items.standing()
    assert first.kind == "last" and "作出决定 2 项：按期完成 1 项，迟后完成 0 项，逾期 1 项" in first.why
    assert (second.title, second.kind) == ("乙项目", "decision") and "已逾期 2 天" in second.why


def test_what_became_of_a_decision_is_told_as_it_stood_on_a_day(room):
    decision = room.decide(room.hand_item(room.opened(), project=room.projects["甲项目"]), due_on=date(2023, 2, 14))
    at_ten(date(2023, 2, 17))
    decisions.carry_out(decision, by=room.handler, result="好了")
    told = [decision.outcome_on(date(2023, 2, day)) for day in (10, 14, 15, 16, 17, 28)]
    assert told == ["未到期", "未到期", "逾期 1 天", "逾期 2 天", "已完成，迟 3 天", "已完成，迟 3 天"]


def test_a_late_decision_is_told_once_to_its_owner_and_the_desk(room):
    room.decide(room.hand_item(room.opened(), project=room.projects["甲项目"]), due_on=DAY)
    at_ten(date(2023, 2, 13))
    for _twice in range(2):
        deadlines.sweep()
    told = Notice.objects.filter(text__startswith="会议决定逾期")
    assert set(told.values_list("user", flat=True)) >= {room.handler.pk, room.dispatcher.pk}
    assert told.filter(user=room.handler.pk).count() == 1


# By the clock ---------------------------------------------------------------------------------------------------------


def test_the_night_plans_the_next_meeting_and_builds_its_agenda(room):
    late_matter(room.projects["甲项目"])
    assert meeting_jobs.prepare_meetings.call() == 1
    meeting = queries.planned(room.series)
    assert meeting.held_on == date(2023, 2, 13) and titles(meeting) == ["甲项目"]
    assert meeting_jobs.prepare_meetings.call() == 0


def test_an_invitation_reaches_the_units_and_the_districts(room):
    meeting = room.plan(DAY + timedelta(days=3))
    with pytest.raises(Refused, match="请先生成议程"):
        meetings.invite(meeting, by=room.dispatcher)
    agenda.build_agenda(meeting, by=room.dispatcher)
    meetings.invite(meeting, by=room.dispatcher)
    told = set(Notice.objects.filter(text__startswith="会议通知").values_list("user", flat=True))
    assert {room.handler.pk, room.district.pk, room.elsewhere.pk, room.leader.pk} <= told
    meetings.reschedule_meeting(meeting, by=room.dispatcher, held_on=DAY + timedelta(days=4), starts_at=time(10))
    assert Notice.objects.filter(text__startswith="会议改期", user=room.handler.pk).count() == 1


def test_a_task_force_runs_a_dispatch_of_its_own(room, person, project, areas):
    from zhuanban.domains.responsibility.models import TaskForce

    lead = person("task_force_lead", name="专班长")
    force = TaskForce.objects.create(name="甲专班", level="district", area=areas[HERE], year=2023, lead=lead)
    series = meetings.set_up_series(areas[CITY], by=room.dispatcher, name="甲专班调度会", weekday=2, starts_at=time(14), force=force)
    assert (series.level, series.area_id) == ("task_force", HERE)
    meeting = meetings.plan_meeting(series, by=lead, held_on=DAY, starts_at=time(14))
    agenda.build_agenda(meeting, by=lead)
    meetings.open_meeting(meeting, by=lead)
    assert not Meeting.objects.visible_to(room.elsewhere).filter(pk=meeting.pk).exists()
