"""A firm reports a problem on a phone and sees at once who holds it and until when."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from screens import PHONE
from test_dispatcher import violations
from town import HERE

from zhuanban.domains.problems.models import Problem

pytestmark = pytest.mark.browser
TITLE = "塔吊临时用电没有着落"


@pytest.mark.parametrize("screen", [PHONE], ids=["phone"], indirect=True)
def test_a_firm_reports_a_problem_on_its_phone_and_sees_who_holds_it(page, site, city, enter, screen):
    project = city.projects[HERE][0]
    owner = city.holder("owner")
    enter(owner)
    page.goto(f"{site}/problems/report/{project.pk}/")
    page.get_by_role("radio", name="用电").check()
    page.get_by_label("什么问题").fill(TITLE)
    assert violations(page) == []
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    page.get_by_role("main").get_by_role("button", name="上报").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(TITLE)
    problem = Problem.objects.get(title=TITLE)
    assert violations(page) == []

    assert problem.state == "reported" and problem.holder_name and problem.respond.due_on > problem.respond.started_on
    expect(page.get_by_role("main")).to_contain_text(problem.holder_name)
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1]
