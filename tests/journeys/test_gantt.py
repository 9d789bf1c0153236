"""The Gantt chart in a browser: a bar is drawn elsewhere, its effect is told first, one confirmation makes a version, one more takes it back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from screens import DESKTOP, PHONE
from test_dispatcher import violations
from town import HERE

from zhuanban.domains.plans.models import Plan
from zhuanban.kernel import clock
from zhuanban.kernel.models import Event

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(page, site, city, enter):
    """The page of a project with a plan, as the city's dispatcher sees it, at a zoom."""
    project = city.projects[HERE][0]
    enter(city.dispatcher)

    def at(zoom: str = "month"):
        page.goto(f"{site}/plans/projects/{project.pk}/?zoom={zoom}")
        expect(page.locator(".htmx-request")).to_have_count(0)
        return project

    return at


def versions(project) -> list[tuple[str, str]]:
    return list(Plan.objects.filter(project=project).order_by("number").values_list("origin", "state"))


def bar_ahead(page):
    """A bar in the middle of the window, of work that has not begun."""
    for bar in page.locator("[data-bar]").all():
        if bar.get_attribute("data-first") > str(clock.today()) and bar.locator(".g-bar").count():
            bar.locator(".g-bar").evaluate("bar => bar.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'})")
            return bar
    raise AssertionError("no bar can be moved")


def grip(page, bar) -> tuple[float, float]:
    """A point of the bar that nothing lies over."""
    place = bar.locator(".g-bar").bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    assert page.evaluate("([x, y]) => !!document.elementFromPoint(x, y).closest('[data-bar]')", [x, y])
    return x, y


def confirm(page, reason: str) -> None:
    dialog = page.locator("#dialog")
    dialog.get_by_label(re.compile("^理由")).fill(reason)
    with page.expect_navigation():
        dialog.get_by_role("button", name="调整工序", exact=True).click()


def undo(page) -> None:
    page.get_by_role("main").get_by_role("button", name="撤回上一次调整").first.click()
    with page.expect_navigation():
        page.locator("#dialog").get_by_role("button", name="撤回上一次调整", exact=True).click()


def test_zooming_shows_the_same_works_on_more_or_less_room(page, opened):
    widths = []
    opened()
    for zoom in ("周", "月", "季"):
        page.get_by_role("link", name=zoom, exact=True).click()
        expect(page.locator(".switch [aria-current]").first).to_have_text(zoom)
        widths.append(page.locator("svg.gantt-axis").bounding_box()["width"])
        assert page.locator(".gantt-window").evaluate("pane => pane.scrollLeft + pane.clientWidth >= Number(pane.dataset.today)")
    assert widths == sorted(widths, reverse=True) and widths[0] > 2 * widths[1]


def test_a_bar_that_is_dragged_tells_its_effect_is_confirmed_once_and_taken_back(page, opened):
    project = opened("week")
    before, told = versions(project), Event.objects.filter(dossier=project.pk, verb="plans.change").count()
    bar = bar_ahead(page)
    activity, first = bar.get_attribute("data-bar"), bar.get_attribute("data-first")
    scale = float(page.locator("[data-gantt]").get_attribute("data-scale"))
    x, y = grip(page, bar)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 15 * scale, y + 1, steps=6)
    assert versions(project) == before, "nothing is saved while it is drawn"
    page.mouse.up()
    dialog = page.locator("#dialog")
    expect(dialog.get_by_label("工序", exact=False).first).to_have_value(activity)
    assert dialog.locator("[name=start_on]").input_value() > first
    expect(dialog.locator(".effect-lines li").first).to_be_visible()
    assert violations(page) == []
    assert versions(project) == before
    confirm(page, "设备到场推迟两周")
    assert versions(project) == [*[(origin, "past") for origin, _state in before], ("edit", "current")]
    assert Event.objects.filter(dossier=project.pk, verb="plans.change").count() == told + 1
    expect(page.get_by_role("main")).to_contain_text("第 2 版")
    undo(page)
    assert versions(project)[-1] == ("restore", "current")
    documents = Plan.objects.filter(project=project).order_by("number").values_list("document", flat=True)
    assert documents[0] == documents[len(documents) - 1]


def test_a_drag_let_go_where_it_began_and_a_closed_dialog_change_nothing(page, opened):
    project = opened("week")
    before = versions(project)
    x, y = grip(page, bar_ahead(page))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("#dialog form")).to_have_count(0)
    page.mouse.down()
    page.mouse.move(x + 120, y, steps=4)
    page.mouse.up()
    page.locator("#dialog form").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).not_to_be_visible()
    assert versions(project) == before
    assert bar_ahead(page).get_attribute("transform") is None


def test_the_keyboard_moves_a_bar_by_days_and_weeks(page, opened):
    project = opened()
    count = len(versions(project))
    bar = bar_ahead(page)
    key, first = bar.get_attribute("data-bar"), bar.get_attribute("data-first")
    page.locator("[data-bar][tabindex='0']").focus()
    for _step in range(80):
        if page.evaluate("document.activeElement.dataset.bar") == key:
            break
        page.keyboard.press("ArrowDown")
    expect(page.locator(f"[data-bar='{key}']")).to_be_focused()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    assert bar.get_attribute("transform") is None
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    dialog = page.locator("#dialog")
    expect(dialog.locator("[name=activity]")).to_have_value(key)
    asked = page.evaluate("day => new Date(Date.parse(day) + 13 * 86400000).toISOString().slice(0, 10)", first)
    expect(dialog.locator("[name=start_on]")).to_have_value(asked)
    confirm(page, "键盘调整")
    assert len(versions(project)) == count + 1
    undo(page)
    assert len(versions(project)) == count + 2


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"], indirect=True)
def test_everybody_can_use_the_charts_and_none_scrolls_sideways(page, site, city, opened, screen):
    project = opened()
    wrong = {}
    addresses = ("", "/plans/chart/", "/plans/winter/", "/plans/back-test/", f"/plans/projects/{project.pk}/import/")
    for address in addresses:
        if address:
            page.goto(site + address)
            expect(page.locator(".htmx-request")).to_have_count(0)
        if found := violations(page):
            wrong[address or "plan"] = found
        wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        if wide[0] > wide[1]:
            wrong[f"{address or 'plan'} (width)"] = wide
    assert wrong == {}
