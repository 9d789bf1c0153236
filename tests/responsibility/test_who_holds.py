"""Who holds a project at each tier, whoever is missing, away or asleep."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from zhuanban.domains.people.models import Absence
from zhuanban.domains.responsibility import actions, queries
from zhuanban.domains.responsibility.models import Tier
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Access

NIGHT, NOON, SUNDAY = (datetime(2023, 2, day, hour, tzinfo=UTC) for day, hour in ((10, 15), (10, 4), (12, 4)))
"""In UTC: 23:00 on Friday the tenth in Changchun, noon on that day, noon on the Sunday after."""


@pytest.fixture
def going(project):
    return project("光电产业园", stage="under_construction")


@pytest.fixture
def force(areas, dispatcher, person):
    return actions.set_up_force(
        areas["220106"], by=dispatcher, name="光电产业园专班", level="project", year=2023, lead=person("task_force_lead", name="班长甲")
    )


def test_the_tiers_are_data_with_their_clocks(seeds):
    assert [(row.level, row.respond_days, row.solve_days) for row in queries.tiers()] == [(1, 1, 3), (2, 2, 7), (3, 3, 15)]
    Tier.objects.create(
        level=2, name="联席会议", scope="跨部门", respond_days=1, solve_days=5, effective_from=date(2023, 2, 10), source="试"
    )
    assert queries.tier(2).name == "联席会议"
    assert queries.tier(2, date(2023, 2, 9)).name == "属地跨部门专班"
    with pytest.raises(LookupError):
        queries.tier(2, date(2021, 12, 31))


def test_without_anybody_the_citys_centre_holds_everything(going, dispatcher):
    assert {queries.holder(going, level).principal_key for level in (1, 2, 3)} == {"area:220100"}
    assert queries.holder(going, 1).user_ids == (dispatcher.pk,)


def test_the_areas_own_offices_come_before_the_citys(going, person):
    local, leader = person("centre_dispatcher", area="220106"), person("district_leader", area="220106")
    assert queries.holder(going, 1) == queries.holder(going, 2) == queries.Holder("area:220106", (local.pk,), "绿园区项目中心")
    assert queries.holder(going, 3) == queries.Holder(f"user:{leader.pk}", (leader.pk,), leader.name)


def test_the_secretary_the_force_and_the_leader_hold_their_tiers(going, dispatcher, person, force, organisation):
    secretary, member, leader = person("project_secretary"), person("task_force_member"), person("city_leader", area="220100")
    actions.assign(going, by=dispatcher, post="secretary", person=secretary)
    actions.assign(going, by=dispatcher, post="task_force", force=force)
    actions.assign(going, by=dispatcher, post="leader", level="district", person=person("district_leader"))
    actions.assign(going, by=dispatcher, post="leader", level="city", person=leader)
    actions.add_member(force, by=dispatcher, organisation=organisation("区住建局", kind="government"), person=member, duty="施工许可")
    assert queries.holder(going, 1).principal_key == f"user:{secretary.pk}"
    assert queries.holder(going, 2).user_ids == (force.lead_id, member.pk)
    assert queries.holder(going, 3).principal_key == f"user:{leader.pk}"


def test_a_deputy_stands_in_and_the_matter_stays_with_the_post(going, dispatcher, person):
    secretary, deputy = person("project_secretary", name="甲"), person("project_secretary", name="乙")
    actions.assign(going, by=dispatcher, post="secretary", person=secretary)
    Absence.objects.create(user=secretary, deputy=deputy, from_day=date(2023, 2, 9), to_day=date(2023, 2, 15))
    held = queries.holder(going, 1)
    assert (held.principal_key, held.user_ids) == (f"user:{secretary.pk}", (deputy.pk,)) and "乙 代" in held.name
    assert held.principal_key in type(deputy).objects.get(pk=deputy.pk).principal_keys
    assert queries.holder(going, 1, date(2023, 2, 16)).user_ids == (secretary.pk,)


def test_a_closed_account_holds_nothing(going, dispatcher, person):
    secretary = person("project_secretary")
    actions.assign(going, by=dispatcher, post="secretary", person=secretary)
    type(secretary).objects.filter(pk=secretary.pk).update(is_active=False)
    assert queries.holder(going, 1).principal_key == "area:220100"


def test_a_new_lead_takes_the_rights_over_with_the_post(going, dispatcher, person, force):
    actions.assign(going, by=dispatcher, post="task_force", force=force)
    old, new = force.lead, person("task_force_lead", name="班长乙")
    actions.name_lead(force, by=dispatcher, lead=new)
    held = set(Access.objects.filter(dossier=going.pk, principal__key__startswith="user:").values_list("principal__key", flat=True))
    assert held == {f"user:{new.pk}"} and old.pk != new.pk
    assert queries.holder(going, 2).principal_key == f"user:{new.pk}"


def test_a_unit_that_leaves_takes_its_person_along(going, dispatcher, person, force, organisation):
    actions.assign(going, by=dispatcher, post="task_force", force=force)
    unit, sent = organisation("区水务局", kind="government"), person("task_force_member")
    member = actions.add_member(force, by=dispatcher, organisation=unit, person=sent)
    with pytest.raises(Refused, match="已是成员单位"):
        actions.add_member(force, by=dispatcher, organisation=unit)
    assert Access.objects.filter(dossier=going.pk, principal__key=f"user:{sent.pk}").exists()
    actions.remove_member(member, by=dispatcher, why="机构改革")
    assert not Access.objects.filter(dossier=going.pk, principal__key=f"user:{sent.pk}").exists()
    actions.add_member(force, by=dispatcher, organisation=unit)


# Out of hours ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "office"), [(NOON, True), (NIGHT, False), (SUNDAY, False)])
def test_office_hours_follow_the_working_day_calendar(seeds, at, office):
    assert queries.in_office_hours(at) is office


def test_at_night_whoever_is_on_call_hears_of_it_too(going, areas, dispatcher, person):
    secretary, awake = person("project_secretary"), person("project_secretary", name="值班甲")
    actions.assign(going, by=dispatcher, post="secretary", person=secretary)
    actions.set_shift(areas["220106"], by=dispatcher, person=awake, from_at=NIGHT.replace(hour=9), to_at=NIGHT.replace(hour=23))
    assert queries.who_answers(going, 1, NOON).user_ids == (secretary.pk,)
    assert queries.who_answers(going, 1, NIGHT) == queries.Holder(f"user:{secretary.pk}", (awake.pk, secretary.pk), secretary.name)
    assert queries.on_call("220106", NIGHT).name == "值班甲"


def test_an_area_without_a_roster_is_served_by_the_citys(areas, dispatcher, person):
    awake = person("centre_dispatcher", area="220100", name="市值班")
    assert queries.on_call("220106", NIGHT).principal_key == "area:220100"
    actions.set_shift(areas["220100"], by=dispatcher, person=awake, from_at=NIGHT.replace(hour=9), to_at=NIGHT.replace(hour=23))
    assert queries.on_call("220106", NIGHT).name == queries.on_call(None, NIGHT).name == "市值班"
    with pytest.raises(Refused, match="已有值班"):
        actions.set_shift(areas["220100"], by=dispatcher, person=awake, from_at=NIGHT, to_at=NIGHT.replace(hour=20))


# Gaps -----------------------------------------------------------------------------------------------------------------


def test_a_gap_is_seen_until_it_is_filled(going, project, dispatcher, person, force, organisation, areas):
    from zhuanban.domains.portfolio import actions as portfolio
    from zhuanban.domains.portfolio.models import Project

    listing = portfolio.open_list(areas["220100"], by=dispatcher, name="清单", level="city", year=2022)
    waiting = project("储备项目", stage="reserve", planned_investment=60_000_000)
    portfolio.join_list(waiting, by=dispatcher, list=listing)

    def gaps():
        rows = list(queries.uncovered(Project.objects.all(), 2022, date(2023, 2, 10)).order_by("pk"))
        missing = queries.missing_posts(rows, date(2023, 2, 10), 2022)
        return {row.name: missing[row.pk] for row in rows}

    assert gaps() == {"光电产业园": ["项目秘书", "专班"], "储备项目": ["项目中心"]}
    actions.assign(waiting, by=dispatcher, post="centre", organisation=organisation("绿园中心", kind="centre"))
    actions.assign(going, by=dispatcher, post="secretary", person=person("project_secretary"))
    assert gaps() == {"光电产业园": ["专班"]}
    actions.assign(going, by=dispatcher, post="task_force", force=force)
    assert gaps() == {}
