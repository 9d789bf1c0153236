"""A permit's way: handed in by the owner, let in with a paper to follow, made good, approved by another person; the project shows the certificate."""

from __future__ import annotations

import re

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import expect
from screens import DESKTOP, PAINTED
from test_dispatcher import violations
from town import HERE

from zhuanban.domains.approvals import actions
from zhuanban.domains.approvals.models import ApprovalCase, Certificate, Desk, Item, PermitPlan
from zhuanban.domains.people.models import Organisation
from zhuanban.kernel import clock, files
from zhuanban.kernel.search import search_text

pytestmark = pytest.mark.browser
on_a_desk = pytest.mark.parametrize("screen", [DESKTOP], ids=["desktop"], indirect=True)
DAY, NUMBER = "2023-02-06", "吉（2023）绿园不动产权第0001号"
SHEET = b"%PDF-1.4\n%%EOF"


@pytest.fixture
def land(city) -> Organisation:
    """The district's land office, at whose desk the title is registered."""
    name, at = "绿园自然资源局", clock.now()
    made = Organisation.objects.create(name=name, kind="government", area_id=HERE, search_text=search_text(name))
    Desk.objects.create(department="land", area_id=HERE, organisation=made, created_at=at, updated_at=at)
    return made


@pytest.fixture
def case(city, land) -> ApprovalCase:
    """A draft for the land's title, of a firm whose land is granted: every paper but the survey."""
    firm, at = city.firms[HERE][0], clock.now()
    project = city.bare_project(HERE, firm, "pre_stage", name="绿园轴承厂房", start_actual=None)
    PermitPlan.objects.create(
        project=project,
        stated={"land": "granted"},
        recorded={"LAND": [DAY, "合同"]},
        begins_on=DAY,
        as_of=DAY,
        created_at=at,
        updated_at=at,
    )
    owner = city.person("owner", organisation=firm)
    made = actions.cases.open_case(project, by=owner, item=Item.objects.get(code="TITLE"))
    for paper in made.papers.filter(primary=True):
        sheet = files.receive(ContentFile(SHEET, name=f"{paper.key}.pdf"))
        actions.cases.add_paper(made, by=owner, paper=paper, file=sheet)
    return ApprovalCase.objects.get(pk=made.pk)


@pytest.fixture
def goes(page, site, enter, case):
    """Whoever does it signs in, and stands on the case's page."""

    def to_the_case(user):
        page.context.clear_cookies()
        enter(user)
        page.goto(f"{site}{case.get_absolute_url()}")
        page.evaluate(PAINTED)
        return page.get_by_role("main")

    return to_the_case


def does(page, label: str, fill=lambda dialog: None) -> None:
    """Press a verb of the page, in its row of buttons or in the menu beside it; fill the dialog in and send it."""
    main, named = page.get_by_role("main"), {"name": label, "exact": True}
    if not main.get_by_role("button", **named).first.is_visible():
        main.locator("summary", has_text="更多").first.click()
    main.get_by_role("button", **named).first.click()
    dialog = page.locator("#dialog")
    expect(dialog.get_by_role("heading")).to_contain_text(label)
    fill(dialog)
    with page.expect_navigation():
        dialog.get_by_role("button", **named).click()


@on_a_desk
def test_a_paper_follows_and_another_person_decides(page, site, city, land, case, goes, screen):
    owner = city.person("owner", organisation=city.firms[HERE][0])
    handler, approver = (city.person(role, organisation=land) for role in ("case_handler", "approver"))

    main = goes(owner)
    expect(main).to_contain_text("权籍调查成果")
    does(page, "申请容缺受理", lambda dialog: dialog.get_by_role("checkbox").check())
    does(page, "提交")
    expect(main).to_contain_text("已提交")

    main = goes(handler)
    assert not main.get_by_role("button", name="受理", exact=True).is_visible(), "accepted as complete with a paper missing"
    does(page, "容缺受理", lambda dialog: dialog.get_by_label(re.compile("^补正时限")).fill("2"))
    notice = main.locator("section", has=page.get_by_role("heading", name="容缺告知"))
    expect(notice).to_contain_text("权籍调查成果")
    expect(notice).to_contain_text("记入失信记录")
    assert violations(page) == []

    main = goes(owner)
    upload = {"name": "权籍调查.pdf", "mimeType": "application/pdf", "buffer": SHEET}
    does(page, "补交容缺材料", lambda dialog: dialog.locator("input[type=file]").set_input_files(upload))
    expect(main.locator("section", has=page.get_by_role("heading", name="容缺告知"))).to_contain_text("已补正")

    main = goes(handler)
    does(page, "开始审查")
    expect(main.get_by_role("button", name="准予许可")).to_have_count(0)

    main = goes(approver)
    does(page, "准予许可", lambda dialog: dialog.get_by_label(re.compile("^理由")).fill("权属清楚"))
    does(page, "发证", lambda dialog: dialog.get_by_label(re.compile("^证号")).fill(NUMBER))
    expect(main).to_contain_text(NUMBER)
    row = Certificate.objects.get(case=case)
    assert (row.number, row.case.state, row.case.handler, row.case.decider) == (NUMBER, "certificate_issued", handler, approver)

    main = goes(owner)
    page.goto(f"{site}{case.project.get_absolute_url()}")
    expect(main).to_contain_text(NUMBER)
    assert violations(page) == []
