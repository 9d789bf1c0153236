"""A dispatcher's day through the browser: see, find, move on, correct, do many at once, carry away."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook
from screens import DESKTOP, NAME, PAINTED, PHONE
from town import HERE

from zhuanban.domains.portfolio.models import Project, Tag

pytestmark = pytest.mark.browser
SERIOUS = {"serious", "critical"}


def fresh(project) -> Project:
    return Project.objects.get(pk=project.pk)


def test_a_project_is_found_by_its_initials_and_moved_on(page, city, enter):
    """From the overview to the project, whose next step is greyed with its reason until the paper is there."""
    enter(city.dispatcher)
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="全市总览").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("总览")
    page.get_by_role("navigation", name="主导航").get_by_text("项目", exact=True).click()
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="项目库").click()
    page.get_by_role("searchbox").fill("ccqcc")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(NAME)

    greyed = page.get_by_role("button", name="推进阶段")
    expect(greyed).to_have_attribute("aria-disabled", "true")
    greyed.hover()
    expect(page.get_by_role("tooltip").filter(has_text="投资协议")).to_be_visible()

    page.locator("summary", has_text="更多").filter(visible=True).first.click()
    page.get_by_role("button", name="补充材料", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("种类").select_option("agreement")
    dialog.get_by_role("button", name="补充材料").click()
    expect(dialog.get_by_role("alert")).to_contain_text("至少要有一项")
    dialog.get_by_label("文号或证号").fill("长招商〔2023〕7号")
    dialog.get_by_role("button", name="补充材料").click()
    expect(page.get_by_role("dialog")).not_to_be_visible()

    page.get_by_role("button", name="推进阶段").click()
    page.get_by_role("dialog").get_by_label("说明").fill("协议已签")
    page.get_by_role("dialog").get_by_role("button", name="推进阶段").click()
    expect(page.get_by_role("dialog")).not_to_be_visible()
    expect(page.locator(".stages [aria-current=step]")).to_contain_text("签约")
    expect(page.get_by_text("协议已签")).to_be_visible()
    assert fresh(city.project_to_move).stage == "signed"


def test_the_palette_leads_anywhere_by_initials(page, city, enter):
    enter(city.dispatcher)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("ccqcccsjd")
    expect(page.get_by_role("option", name=re.compile(NAME))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(NAME)
    page.evaluate(PAINTED)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("没有这个词")
    expect(page.get_by_role("listbox")).to_contain_text("没有找到")
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox")).not_to_be_visible()


def test_two_people_who_correct_one_number_see_the_conflict(page, site, city, enter):
    """The second sees both values and decides; nothing is overwritten in silence."""
    from zhuanban.domains.portfolio import actions

    project = city.projects[HERE][0]
    enter(city.dispatcher)
    page.goto(f"{site}/portfolio/projects/?q={project.ref}")
    page.get_by_role("button", name=re.compile("^总投资")).click()
    field = page.locator(".cell-form input:visible")
    field.fill("不是数")
    field.press("Enter")
    expect(page.locator(".cell-form .errors")).to_be_visible()
    actions.revise(fresh(project), by=city.dispatcher, planned_investment=90_000_000)
    page.locator(".cell-form input:visible").fill("1.2亿元")
    page.locator(".cell-form input:visible").press("Enter")
    expect(page.locator("td.is-conflict")).to_contain_text("9000万元")
    expect(page.locator("td.is-conflict")).to_contain_text("1.2亿元")
    assert fresh(project).planned_investment == 90_000_000
    page.get_by_role("button", name="用我的").click()
    expect(page.get_by_role("button", name=re.compile("^总投资"))).to_contain_text("1.2亿元")
    assert fresh(project).planned_investment == 120_000_000


def test_many_are_done_at_once_after_a_dry_run(page, site, city, enter):
    tag = Tag.objects.create(key="journey", name="重点调度")
    enter(city.dispatcher)
    page.goto(f"{site}/portfolio/projects/?area={HERE}")
    boxes = page.locator("[data-bulk-item]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    expect(page.locator("[data-bulk-count]")).to_have_text("2")
    page.get_by_role("button", name="加标签").click()
    page.get_by_label("标签").select_option(str(tag.pk))
    page.get_by_role("button", name="先预演").click()
    expect(page.get_by_text("尚未写入任何内容")).to_be_visible()
    assert tag.projects.count() == 0
    page.get_by_role("button", name=re.compile("确认办理 2 行")).click()
    expect(page.get_by_text("已办 2 行")).to_be_visible()
    assert tag.projects.count() == 2


def test_the_list_is_carried_away_as_a_spreadsheet(page, site, city, enter, tmp_path):
    enter(city.dispatcher)
    page.goto(f"{site}/portfolio/projects/?area={HERE}")
    page.locator("summary", has_text="导出").click()
    with page.expect_download() as carried:
        page.get_by_role("link", name="Excel").click()
    assert carried.value.suggested_filename.startswith("项目库-20230210")
    path = tmp_path / "list.xlsx"
    carried.value.save_as(path)
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert len([row for row in rows if row[0]]) == Project.objects.filter(area=HERE).count() + 2


def test_a_filter_is_kept_as_a_view_and_a_chip_counts_itself(page, site, city, enter):
    enter(city.dispatcher)
    page.goto(f"{site}/portfolio/projects/")
    chip = page.get_by_role("group", name="快捷筛选").get_by_role("link").first
    expect(chip.locator("b")).to_have_text(re.compile(r"^[\d,]+$"))
    chip.click()
    page.wait_for_url(re.compile("chip="))
    page.locator("summary", has_text="视图").click()
    page.get_by_label("把现在的筛选存为").fill("我的在建")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url(re.compile("chip="))
    page.locator("summary", has_text="视图").click()
    expect(page.get_by_role("link", name="我的在建")).to_be_visible()


def test_whoever_signs_out_is_out(page, site, city, enter):
    enter(city.dispatcher)
    page.locator("summary .avatar").click()
    page.get_by_role("button", name="退出登录").click()
    page.goto(f"{site}/portfolio/projects/")
    expect(page).to_have_url(re.compile("/signin/"))
    page.get_by_label("账号").fill(city.dispatcher.username)
    page.get_by_label("密码").fill("Wrong-passw0rd")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_be_visible()


PAGES = {
    "home": "/",
    "list": "/portfolio/projects/",
    "project": "{project}",
    "overview": "/overview/",
    "board": "/portfolio/projects/?as=board",
    "map": "/portfolio/projects/?as=map",
    "figure": "/figures/portfolio.listed/",
    "account": "/me/",
}


def violations(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['help']} {[node['target'] for node in each['nodes'][:3]]}" for each in found if each["impact"] in SERIOUS]


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"], indirect=True)
def test_everybody_can_use_the_pages_and_none_scrolls_sideways(page, site, city, enter, screen):
    """axe finds nothing serious; on a phone nothing is wider than the screen."""
    enter(city.dispatcher)
    wrong = {}
    for name, address in PAGES.items():
        page.goto(site + address.format(project=city.projects[HERE][0].get_absolute_url()))
        expect(page.locator(".htmx-request")).to_have_count(0)
        if (screen is DESKTOP or name in {"home", "list", "project"}) and (found := violations(page)):
            wrong[name] = found
        wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        if wide[0] > wide[1]:
            wrong[f"{name} (width)"] = wide
    page.goto(site + city.projects[HERE][0].get_absolute_url())
    page.evaluate("document.querySelector('[data-dialog-url]').click()")
    page.get_by_role("dialog").locator("form").wait_for()
    if found := violations(page):
        wrong["dialog"] = found
    assert wrong == {}


@pytest.mark.parametrize("screen", [PHONE], ids=["phone"], indirect=True)
def test_a_phone_reaches_the_list_and_the_project(page, site, city, enter, screen):
    enter(city.dispatcher)
    bar = page.get_by_role("navigation", name="常用")
    expect(bar).to_be_visible()
    page.goto(f"{site}/portfolio/projects/?q={city.projects[HERE][0].ref}")
    page.get_by_role("link", name=city.projects[HERE][0].name).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(city.projects[HERE][0].name)
    bar.get_by_role("link", name="更多").click()
    expect(page.get_by_role("navigation", name="主导航")).to_be_visible()


def test_the_sign_in_page_is_usable_by_everybody(page, site):
    page.goto(f"{site}/signin/")
    assert violations(page) == []
    page.evaluate("document.querySelectorAll('label').forEach(label => label.remove())")
    assert any(found.startswith("label") for found in violations(page)), "the check itself must find what is wrong"
