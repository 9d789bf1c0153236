"""An enterprise's phone: what was solved is confirmed and rated, what is not solved goes back, and the promise is seen."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import expect
from screens import PHONE
from test_dispatcher import violations
from town import HERE, THERE

from zhuanban.domains.problems import actions
from zhuanban.domains.problems.models import Problem, ProblemKind

pytestmark = pytest.mark.browser
on_a_phone = pytest.mark.parametrize("screen", [PHONE], ids=["phone"], indirect=True)
TITLE = "厂区临时道路没有接通"


@pytest.fixture
def solved(city):
    """The firm's own problem, solved and waiting for its word, and another district's."""
    project = city.projects[HERE][0]
    made = actions.report(project, by=city.holder("owner"), kind=ProblemKind.objects.get(pk="power"), title=TITLE)
    actions.take(made, by=None, promise_on=date(2023, 2, 13))
    actions.solve(made, by=None, note="便道已铺通，可通重车")
    return Problem.objects.get(pk=made.pk)


@on_a_phone
def test_it_confirms_what_is_done_with_a_rating(page, site, city, enter, solved, screen):
    enter(city.holder("owner"))
    main = page.get_by_role("main")
    line = main.locator(".todo > li", has_text=TITLE)
    expect(line).to_be_visible()
    assert violations(page) == []
    line.get_by_role("button", name=re.compile("确认")).click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text(TITLE)
    dialog.get_by_text("非常满意", exact=True).click()
    dialog.get_by_label(re.compile("^评价")).fill("路通了，谢谢")
    assert violations(page) == []
    with page.expect_navigation():
        dialog.get_by_role("button", name=re.compile("确认")).last.click()
    solved.refresh_from_db()
    assert (solved.state, solved.rating, solved.rating_words) == ("confirmed", 5, "路通了，谢谢")
    page.goto(f"{site}/")
    expect(main.locator(".todo > li", has_text=TITLE)).to_have_count(0)
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1]


@on_a_phone
def test_it_sends_back_what_is_not_done(page, site, city, enter, solved, screen):
    enter(city.holder("owner"))
    page.goto(f"{site}{solved.get_absolute_url()}")
    expect(page.get_by_role("main")).to_contain_text("便道已铺通")
    page.get_by_role("main").get_by_role("button", name="重开").or_(page.get_by_role("main").get_by_text("更多", exact=True)).first.click()
    dialog = page.locator("#dialog")
    if not dialog.is_visible():
        page.get_by_role("main").get_by_role("button", name="重开").click()
    dialog.get_by_label(re.compile("^理由|^说明")).first.fill("雨后又断了")
    with page.expect_navigation():
        dialog.get_by_role("button", name="重开", exact=True).click()
    solved.refresh_from_db()
    assert solved.state in Problem.WORKING and solved.reopen_count == 1
    page.goto(f"{site}/")
    reported = page.get_by_role("main").locator("section", has=page.get_by_role("heading", name="我们报的问题"))
    expect(reported).to_contain_text(TITLE)


@on_a_phone
def test_another_firm_knows_nothing_of_it(page, site, city, enter, solved, screen):
    enter(city.holder("owner", there=True))
    assert solved.project.area_id == HERE != THERE
    expect(page.get_by_role("main")).not_to_contain_text(TITLE)
    answer = page.goto(f"{site}{solved.get_absolute_url()}")
    assert answer.status == 404
