"""Everybody's first page: what concerns each role, at a pinned price."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from cast import CITY, HERE, THERE, Cast, node, stamps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from zhuanban.domains.cockpit import homes
from zhuanban.domains.cockpit.queries import projects
from zhuanban.domains.dispatch.models import DailyTrack
from zhuanban.domains.people.models import RoleGrant, User
from zhuanban.domains.problems import actions
from zhuanban.kernel import clock, roles
from zhuanban.kernel.models import CalendarYear, Job

MOST_STATEMENTS = 22
"""What the heaviest of the pages may ask of the database before it stands, whatever there is in it."""
MOST_OF_A_PART = 32
"""What the heaviest of its parts may ask."""


def opened(user) -> str:
    """The first page as its reader sees it, with what it asks for later."""
    browser = Client()
    browser.force_login(user)
    page = whole(browser)
    for address in LATER.findall(page):
        page += whole(browser, address)
    return page


def whole(browser, address: str = "/") -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


LATER = re.compile(r'hx-get="(/home/[a-z]+/)"')


def holder(person, organisation, role: str) -> User:
    known = roles.get(role)
    if "area" in known.scopes:
        return person(role, area=CITY)
    return person(role, organisation=organisation() if "organisation" in known.scopes else None)


@pytest.mark.parametrize("role", sorted(roles.REGISTRY) or ["none"])
def test_every_role_has_a_first_page(person, organisation, role):
    page = opened(holder(person, organisation, role))
    assert 'aria-labelledby="owed-title"' in page


def test_every_role_of_the_handbook_is_thought_of():
    named = {name for names, _maker in homes.MAKERS for name in names}
    assert named <= roles.REGISTRY.keys()
    assert roles.REGISTRY.keys() - named == {"policy_owner", "payer", "bank_user", "trainer", "learner", "public"}


def test_somebody_without_any_role_has_a_page_too(person):
    assert "现在没有要您办的" in opened(person())


def test_who_holds_several_roles_sees_the_foremost_and_owes_all(cast):
    stamped = {"state": "approved", "from_day": date(2022, 1, 1), "reason": "兼任"}
    two = User.objects.exclude(pk=cast.dispatcher.pk)[:2]
    RoleGrant.objects.create(user=cast.dispatcher, role="inspector", area_id=HERE, requested_by=two[0], approved_by=two[1], **stamped)
    assert "谁超期最多" in opened(cast.dispatcher) and "在办的督办单" not in opened(cast.dispatcher)


# Each role ---------------------------------------------------------------------------------------------------------------------------


def test_a_leader_reads_what_to_decide_and_the_own_projects_and_nothing_else(cast):
    node(cast.project, "暖封闭", date(2023, 2, 22))
    problem = cast.report(needs=["policy"])
    page = opened(cast.leader)
    assert "要您定的" in page and problem.title in page and "problems.take" in page
    assert "我包保的项目" in page and "离暖封闭还有 12 天" in page and "甲项目" in page
    assert "figure-card" not in page and "需要看的项目" not in page


def test_a_leaders_own_instructions_are_followed_until_they_are_carried_out(cast):
    problem = cast.report()
    row = actions.instruct(problem, by=cast.leader, text="三天内办好", due_on=date(2023, 2, 14))
    page = opened(cast.leader)
    assert "我的批示，还没落实" in page and "三天内办好" in page and "problems.urge" in page
    actions.carry_out(row, by=cast.secretary, answer="办好了")
    assert "三天内办好" not in opened(cast.leader)


def test_a_secretarys_card_tells_the_day(cast):
    node(cast.project, "完工", date(2023, 2, 8))
    cast.report()
    page = opened(cast.secretary)
    assert "今天的工地" in page and "填今天的日报" in page and "完工 已过期 2 天" in page and "在办问题 1 个" in page
    assert "plans.reach" in page and "今日日报 0/1" in page
    DailyTrack.objects.create(project=cast.project, day=clock.today(), workers_actual=42, filed_at=clock.now(), **stamps())
    filed = opened(cast.secretary)
    assert "今天已报 · 在场 42 人" in filed and "今日日报 1/1" in filed


def test_the_dispatcher_sees_who_is_late_what_is_missing_and_what_comes(cast, move_day):
    problem = cast.report()
    actions.delegate(problem, by=cast.secretary, department=cast.power, reason="增容")
    node(cast.project, "竣工", date(2023, 2, 24))
    move_day(date(2023, 2, 20))
    page = opened(cast.dispatcher)
    assert "谁超期最多" in page and "缺报，上一个工作日" in page and "绿园区" in page and "还有 4 天" in page


def test_an_enterprise_sees_what_to_confirm_its_problems_and_its_promises(cast):
    first, second = cast.report(title="道路不通"), cast.report(title="没有热源")
    actions.take(first, by=cast.secretary, promise_on=date(2023, 2, 13))
    actions.take(second, by=cast.secretary)
    actions.solve(second, by=cast.secretary, note="接好了")
    page = opened(cast.owner)
    assert "problems.confirm" in page and "没有热源" in page
    assert "道路不通" in page and "答应我们的日子" in page and "2月13日" in page and "problems.urge" in page
    assert "我们的项目" in page and "甲项目" in page


def test_an_enterprise_sees_nothing_of_anothers(cast, project, organisation, person):
    cast.report(title="别人的难处")
    firm = organisation("乙企业")
    project("乙项目", area=THERE, owner_org=firm, stage="under_construction")
    page = opened(person("owner", organisation=firm))
    assert "乙项目" in page and "甲项目" not in page and "别人的难处" not in page


def test_a_handlers_inbox_stands_by_due_day(cast):
    problem = cast.report()
    actions.delegate(problem, by=cast.secretary, department=cast.power, reason="增容")
    page = opened(cast.handler)
    assert "收件箱" in page and problem.title in page and "problems.take" in page


def test_an_inspector_sees_open_orders(cast):
    actions.supervise(cast.report(), by=cast.inspector, text="督办一下", due_on=date(2023, 2, 13))
    page = opened(cast.inspector)
    assert "在办的督办单" in page and "临时用电容量不够" in page


def test_a_statistician_sees_what_was_not_reported(cast):
    page = opened(cast.statistician)
    assert "上月投资还没报的项目" in page and "甲项目" in page


def test_a_promoter_sees_the_own_leads_those_that_stood_longest_first(project, person, organisation):
    team = organisation("招商局", kind="government", area=CITY)
    one, two = (
        project("新线索", stage="lead", stage_since=date(2023, 1, 1)),
        project("旧签约", stage="signed", stage_since=date(2022, 6, 1)),
    )
    from zhuanban.kernel import access

    for each in (one, two):
        access.Access.objects.create(principal=access.principal(f"org:{team.pk}"), dossier=each.dossier, level=access.ACT)
    page = opened(person("promoter", organisation=team))
    assert page.index("旧签约") < page.index("新线索") and "portfolio.advance" in page and "254 天" in page


def test_administrators_see_their_own_ledgers_and_no_project(cast, person):
    cast.report()
    User.objects.filter(pk=cast.handler.pk).update(locked_until=clock.machine_now() + timedelta(minutes=20))
    CalendarYear.objects.filter(year=2024).delete()
    at = clock.machine_now()
    Job.objects.create(
        task="zhuanban.site.jobs.seal", run_after=at, enqueued_at=at, finished_at=at, max_attempts=1, status="FAILED", reason="磁盘满了"
    )
    told = {
        "sec_admin": ("供电经办", "people.unlock"),
        "sys_admin": ("磁盘满了", "2024 年的工作日历"),
        "audit_admin": ("还没有封存过", "近七天"),
    }
    for role, words in told.items():
        page = opened(person(role, area=CITY))
        assert all(each in page for each in words), (role, words)
        assert "甲项目" not in page and "临时用电容量不够" not in page, role


# Countdown ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "words"), [(12, "离暖封闭还有 12 天"), (1, "离暖封闭还有 1 天"), (0, "暖封闭 今天到期"), (-3, "暖封闭 已过期 3 天")]
)
def test_a_card_counts_down_to_the_next_node(cast, left, words):
    node(cast.project, "暖封闭", clock.today() + timedelta(days=left))
    node(cast.project, "完工", clock.today() + timedelta(days=left + 40))
    (card,) = projects.cards(cast.leader, projects.carried(cast.leader, "leader"))
    assert card.countdown == words


def test_a_project_without_dates_has_no_countdown(cast):
    (card,) = projects.cards(cast.leader, projects.carried(cast.leader, "leader"))
    assert card.countdown == "" and card.light is None and card.enclosure is None


# What it costs ------------------------------------------------------------------------------------------------------------------------


def more(cast: Cast, project, number: int) -> None:
    """So many more projects under the same hands, each with a problem, a node and an order."""
    from cast import carry

    for at in range(number):
        made = project(area=HERE, owner_org=cast.firm, stage="under_construction")
        carry(made, "secretary", person=cast.people["secretary"])
        carry(made, "leader", level="district", person=cast.people["leader"])
        node(made, "完工", date(2023, 2, 12) + timedelta(days=at))
        other = Cast(made, cast.firm, cast.power, cast.people)
        first = other.report(title=f"难处{at}")
        actions.instruct(first, by=cast.leader, text="尽快", due_on=date(2023, 2, 14))
        second = other.report(title=f"急事{at}", needs=["policy"])
        actions.take(other.report(title=f"小事{at}"), by=cast.secretary)
        assert second.tier == 3


@pytest.mark.parametrize("who", ["leader", "secretary", "dispatcher", "owner", "handler", "inspector", "statistician", "lead"])
def test_a_first_page_costs_the_same_for_any_number_of_rows(cast, project, who):
    more(cast, project, 2)
    counts = []
    for _ in range(2):
        browser = Client()
        browser.force_login(getattr(cast, who))
        addresses = ["/", *LATER.findall(whole(browser))]
        with CaptureQueriesContext(connection) as asked:
            whole(browser)
        assert len(asked) <= MOST_STATEMENTS
        parts = []
        for address in addresses:
            with CaptureQueriesContext(connection) as asked:
                whole(browser, address)
            parts += asked.captured_queries
            assert len(asked) <= MOST_OF_A_PART, address
        counts.append(parts)
        more(cast, project, 5)
    few, many = counts
    extra = {each["sql"][:160] for each in many} - {each["sql"][:160] for each in few}
    assert len(few) == len(many), (len(few), len(many), extra)


def test_a_part_of_another_roles_page_is_not_found(cast):
    browser = Client()
    browser.force_login(cast.owner)
    assert browser.get(reverse("cockpit:later", args=["late"])).status_code == 404
    browser.force_login(cast.dispatcher)
    assert browser.get(reverse("cockpit:later", args=["nothing"])).status_code == 404


def test_the_overview_tells_the_lights_and_what_is_missing(cast):
    browser = Client()
    browser.force_login(cast.city_dispatcher)
    page = browser.get(reverse("cockpit:overview")).content.decode()
    assert "红黄绿灯" in page and "封冻前暖封闭" in page and "日报缺报，上一个工作日" in page and "绿园区" in page
    browser.force_login(cast.owner)
    assert "日报缺报" not in browser.get(reverse("cockpit:overview")).content.decode()
