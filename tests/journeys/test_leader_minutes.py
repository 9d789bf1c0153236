"""A leader's three minutes: what waits for the leader's word is decided from the first page, and what was ordered stays in sight."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import expect
from screens import DESKTOP, PHONE
from test_dispatcher import violations
from town import CITY, HERE

from zhuanban.domains.people.models import RoleGrant, User
from zhuanban.domains.problems import actions
from zhuanban.domains.problems.models import Instruction, Problem, ProblemKind, TimeRequest
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel.models import Event
from zhuanban.kernel.timeline import actor_of

pytestmark = pytest.mark.browser
on_both = pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"], indirect=True)


@pytest.fixture
def leader(city):
    """The city's leader who carries the town's first project."""
    post = Responsibility.objects.get(project=city.projects[HERE][0], post="leader", level="city")
    RoleGrant.objects.get_or_create(
        user=post.person,
        role="city_leader",
        area_id=CITY,
        defaults={
            "state": "approved",
            "from_day": date(2022, 1, 1),
            "reason": "测试",
            "requested_by": city.grantors[0],
            "approved_by": city.grantors[1],
        },
    )
    return User.objects.get(pk=post.person_id)


@pytest.fixture
def asked(city):
    """A problem that the task force holds and for which it asks five more days."""
    problem = actions.report(city.projects[HERE][0], by=None, kind=ProblemKind.objects.get(pk="heat"), title="供热管线改线未定")
    actions.take(problem, by=None, promise_on=date(2023, 2, 15))
    actions.ask_time(problem, by=None, days=5, reason="等设计院出图")
    Problem.objects.filter(pk=problem.pk).update(tier=2, holder_name="町专班")
    yield Problem.objects.get(pk=problem.pk)
    TimeRequest.objects.filter(problem=problem).update(state=TimeRequest.State.LAPSED)


@on_both
def test_decide_order_and_see_it_stay(page, site, city, enter, leader, asked, screen):
    enter(leader)
    main = page.get_by_role("main")
    expect(main.get_by_role("heading", name="要您定的")).to_be_visible()
    line = main.locator(".todo > li", has_text="申请延期：供热管线改线未定")
    expect(line).to_contain_text("等设计院出图")
    expect(line).to_contain_text("5 个工作日")
    assert violations(page) == []
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1]

    line.get_by_role("button", name=re.compile("答复")).click()
    dialog = page.locator("#dialog")
    dialog.get_by_label(re.compile("^答复")).fill("同意，出图后当日开挖")
    assert violations(page) == []
    with page.expect_navigation():
        dialog.get_by_role("button", name="同意延期", exact=True).click()
    request = TimeRequest.objects.get(problem=asked)
    assert (request.state, request.decided_by, request.answer) == ("granted", leader, "同意，出图后当日开挖")
    assert request.new_due == Problem.objects.get(pk=asked.pk).solve.due_on >= date(2023, 2, 22)
    page.goto(f"{site}/")
    expect(main.locator(".todo > li", has_text="申请延期：供热管线改线未定")).to_have_count(0)

    card = main.locator(".cards > li", has_text=city.projects[HERE][0].name).first
    expect(card).to_be_visible()
    page.goto(f"{site}{asked.get_absolute_url()}")
    page.get_by_role("main").get_by_text("更多", exact=True).click()
    main.get_by_role("button", name="批示", exact=True).click()
    dialog.get_by_label(re.compile("^内容")).fill("市政局牵头，周三前定线")
    dialog.get_by_label(re.compile("^完成期限")).fill("2023-02-15")
    with page.expect_navigation():
        dialog.get_by_role("button", name="批示", exact=True).click()
    order = Instruction.objects.get(problem=asked)
    assert order.text == "市政局牵头，周三前定线"
    page.goto(f"{site}/")
    own = main.locator("section", has=page.get_by_role("heading", name="我的批示，还没落实"))
    expect(own).to_contain_text("市政局牵头，周三前定线")
    assert Event.objects.filter(verb="problems.instruct", dossier=asked.project_id, actor=actor_of(leader)).exists()
