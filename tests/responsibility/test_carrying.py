"""Assigning, handing over and ending: no gap, rights in the same transaction, the past as it was."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from zhuanban.domains.responsibility import actions, queries
from zhuanban.domains.responsibility.models import DutyEntry, DutyType, Responsibility
from zhuanban.kernel import access
from zhuanban.kernel.actions import submit
from zhuanban.kernel.errors import BadInput, NotYours, Refused
from zhuanban.kernel.models import Access, Event, Notice


@pytest.fixture
def going(project):
    return project("汽车零部件厂", stage="under_construction")


@pytest.fixture
def secretary(person):
    return person("project_secretary", name="秘书甲")


@pytest.fixture
def successor(person):
    return person("project_secretary", name="秘书乙")


@pytest.fixture
def carried(going, dispatcher, secretary):
    return actions.assign(going, by=dispatcher, post="secretary", person=secretary, from_day=date(2022, 8, 1))


def may_act(user, project) -> bool:
    return Access.objects.filter(principal__key=f"user:{user.pk}", dossier=project.pk, level=access.ACT).exists()


def test_who_carries_a_project_may_act_on_it_at_once(carried, going, secretary):
    assert may_act(secretary, going)
    assert list(type(going).objects.visible_to(secretary)) == [going]


def test_a_post_is_held_by_one_and_the_database_agrees(carried, going, dispatcher, successor):
    with pytest.raises(Refused, match="交接"):
        actions.assign(going, by=dispatcher, post="secretary", person=successor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Responsibility.objects.create(
            project=going, post="secretary", person=successor, from_day=date(2023, 1, 1), created_at=carried.created_at,
            updated_at=carried.updated_at,
        )  # fmt: skip


def test_a_hand_over_leaves_no_day_between(carried, going, dispatcher, secretary, successor):
    taken = actions.hand_over(carried, by=dispatcher, person=successor, from_day=date(2022, 10, 10), why="岗位调整")
    carried.refresh_from_db()
    assert (carried.state, carried.to_day, taken.from_day) == ("handed_over", taken.from_day, date(2022, 10, 10))
    assert carried.successor == taken
    assert not may_act(secretary, going) and may_act(successor, going)
    assert [row.person for row in queries.who_was(going, date(2022, 9, 1))] == [secretary]
    assert [row.person for row in queries.who_was(going, date(2022, 10, 10))] == [successor]
    assert set(Notice.objects.filter(text__contains="交接给").values_list("user", flat=True)) == {secretary.pk, successor.pk}


@pytest.mark.parametrize("day", [date(2022, 7, 31), date(2023, 2, 11)])
def test_a_hand_over_neither_before_its_time_nor_in_the_future(carried, dispatcher, successor, day):
    with pytest.raises(Refused, match="不能"):
        actions.hand_over(carried, by=dispatcher, person=successor, from_day=day, why="试")


def test_the_successor_is_somebody_else(carried, dispatcher, secretary):
    with pytest.raises(Refused, match="现任"):
        actions.hand_over(carried, by=dispatcher, person=secretary, why="试")


def test_nobody_leaves_a_project_that_goes_on(carried, going, dispatcher, secretary):
    with pytest.raises(Refused, match="不能空缺"):
        actions.end(carried, by=dispatcher, why="不想干了")
    type(going).objects.filter(pk=going.pk).update(stage="archived")
    carried = Responsibility.objects.get(pk=carried.pk)
    actions.end(carried, by=dispatcher, why="项目归档")
    assert (carried.state, carried.to_day) == ("ended", date(2023, 2, 10))
    assert not may_act(secretary, going)


def test_one_of_two_leaders_may_leave(going, dispatcher, person):
    city = actions.assign(going, by=dispatcher, post="leader", level="city", person=person("city_leader", area="220100"))
    district = actions.assign(going, by=dispatcher, post="leader", level="district", person=person("district_leader"))
    actions.end(city, by=dispatcher, why="改由区里包保")
    with pytest.raises(Refused, match="不能空缺"):
        actions.end(district, by=dispatcher, why="试")


def test_a_project_that_is_over_takes_nobody_on(project, dispatcher, secretary):
    with pytest.raises(Refused, match="不再安排"):
        actions.assign(project("完了的项目", stage="archived"), by=dispatcher, post="secretary", person=secretary)


def test_rights_of_others_are_left_alone(carried, going, dispatcher, successor, person):
    agent = person("agent")
    Access.objects.create(principal=access.principal(f"user:{agent.pk}"), dossier=going.dossier, level=access.ACT)
    actions.hand_over(carried, by=dispatcher, person=successor, why="岗位调整")
    assert may_act(agent, going)


def test_rights_outlive_a_change_of_stage(carried, going, dispatcher, secretary):
    from zhuanban.domains.portfolio import actions as portfolio

    portfolio.suspend(going, by=dispatcher, reason="缺资金")
    assert may_act(secretary, going)


def test_a_secretary_may_not_give_the_project_away(carried, secretary, successor):
    with pytest.raises(NotYours):
        actions.hand_over(carried, by=secretary, person=successor, why="试")


def test_a_dispatcher_of_another_area_sees_nothing_of_it(carried, person):
    assert not Responsibility.objects.visible_to(person("centre_dispatcher", area="220102")).exists()
    assert Responsibility.objects.visible_to(person("centre_dispatcher", area="220106")).exists()


def test_the_public_reads_no_names(going, carried, person):
    type(going).objects.filter(pk=going.pk).update(secrecy="public")
    from zhuanban.domains.portfolio.access import regrant

    going.refresh_from_db()
    regrant(going)
    reader = person("public", area="220100")
    assert type(going).objects.visible_to(reader).exists()
    assert not Responsibility.objects.visible_to(reader).exists()


# The form -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"post": "secretary"}, "person"),
        ({"post": "leader", "person": "boss"}, "level"),
        ({"post": "secretary", "level": "city", "person": "boss"}, "level"),
        ({"post": "centre", "person": "boss", "organisation": "绿园区项目中心"}, "person"),
        ({"post": "secretary", "person": "没有这个人"}, "person"),
        ({"post": "secretary", "person": "boss", "from_day": "2023-02-11"}, "from_day"),
    ],
)
def test_a_form_that_does_not_fit_its_post_is_told(going, dispatcher, person, organisation, given, wrong):
    person("district_leader", username="boss")
    organisation("绿园区项目中心", kind="centre")
    with pytest.raises(BadInput) as told:
        submit("responsibility.assign", dispatcher, going.pk, given, version=None)
    assert wrong in told.value.fields
    assert not Responsibility.objects.exists()


def test_two_people_of_one_name_must_be_told_apart(going, dispatcher, person):
    person("project_secretary", name="王芳", username="wang-1")
    person("project_secretary", name="王芳", username="wang-2")
    with pytest.raises(BadInput, match="不止一个"):
        submit("responsibility.assign", dispatcher, going.pk, {"post": "secretary", "person": "王芳"}, version=None)
    submit("responsibility.assign", dispatcher, going.pk, {"post": "secretary", "person": "wang-2"}, version=None)
    assert Responsibility.objects.get().person.username == "wang-2"


def test_one_click_sent_twice_assigns_once(going, dispatcher, secretary):
    given = {"post": "secretary", "person": secretary.username}
    first = submit("responsibility.assign", dispatcher, going.pk, given, version=None, key="k1")
    again = submit("responsibility.assign", dispatcher, going.pk, given, version=None, key="k1")
    assert again == {**first, "repeated": True}
    assert Responsibility.objects.count() == 1


# Duties ---------------------------------------------------------------------------------------------------------------


def test_a_leader_logs_the_nine_duties_of_projects_in_the_own_care(going, dispatcher, person):
    leader = person("district_leader")
    actions.assign(going, by=dispatcher, post="leader", level="district", person=leader, from_day=date(2023, 1, 5))
    leader = type(leader).objects.get(pk=leader.pk)
    duty = DutyType.objects.get(key="on_site")
    assert DutyType.objects.count() == 9
    actions.log_duty(going, by=leader, duty=duty, note="当场答复三件事", day=date(2023, 2, 3))
    with pytest.raises(Refused, match="不是这个项目的包保领导"):
        actions.log_duty(going, by=leader, duty=duty, note="上任以前", day=date(2023, 1, 4))
    rows = queries.duty_counts(dispatcher, date(2023, 2, 1), date(2023, 2, 28))
    assert [(row["name"], row["projects"], row["counts"]["on_site"], row["total"]) for row in rows] == [(leader.name, 1, 1, 1)]
    assert Event.objects.filter(verb="responsibility.log_duty", dossier=going.pk).count() == 1


def test_a_leader_of_the_area_logs_no_duty_for_anothers_project(going, person):
    with pytest.raises(Refused):
        actions.log_duty(going, by=person("district_leader", area="220106"), duty=DutyType.objects.first(), note="路过")
    assert not DutyEntry.objects.exists()


def test_firms_do_not_read_the_log(going, dispatcher, person, organisation):
    firm = organisation()
    type(going).objects.filter(pk=going.pk).update(owner_org=firm)
    from zhuanban.domains.portfolio.access import regrant

    going.refresh_from_db()
    regrant(going)
    leader = person("district_leader", area="220106")
    actions.assign(going, by=dispatcher, post="leader", level="district", person=leader)
    actions.log_duty(going, by=leader, duty=DutyType.objects.first(), note="内部研究")
    owner = person("owner", organisation=firm, staff=False)
    assert Responsibility.objects.visible_to(owner).exists()
    assert not DutyEntry.objects.visible_to(owner).exists()
    assert DutyEntry.objects.visible_to(dispatcher).exists()
