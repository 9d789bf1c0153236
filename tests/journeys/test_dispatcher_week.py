"""The dispatcher's week: the agenda builds itself, the room decides, the minutes leave the house, and the next meeting asks what became of it."""

from __future__ import annotations

import io
import re
from datetime import date

import docx
import pytest
from playwright.sync_api import expect
from test_dispatcher import violations
from town import CITY

from pdf_words import pdf_words
from zhuanban.domains.dispatch.actions import decisions
from zhuanban.domains.dispatch.models import Decision, Meeting, MeetingSeries
from zhuanban.kernel import clock
from zhuanban.kernel.models import Deadline

pytestmark = pytest.mark.browser
FIRST, SECOND = "三日内恢复供电", "补齐施工许可材料"


def do(page, button: str, submit: str = "", **fields: str) -> None:
    """Open a verb's dialog by its button, fill it in, and send it."""
    page.get_by_role("main").get_by_role("button", name=button, exact=True).first.click()
    dialog = page.locator("#dialog")
    for label, value in fields.items():
        field = dialog.get_by_label(re.compile(f"^{label}"))
        field.select_option(label=value) if field.evaluate("node => node.tagName") == "SELECT" else field.fill(value)
    with page.expect_navigation():
        dialog.get_by_role("button", name=submit or button, exact=True).click()


def decide(page, item: str, text: str) -> None:
    row = page.locator(".agenda > li", has_text=item).first
    row.get_by_role("button", name="作出决定").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label(re.compile("^决定")).fill(text)
    dialog.get_by_label("责任单位").select_option(label="町政数局")
    dialog.get_by_role("button", name="作出决定", exact=True).click()
    expect(dialog).not_to_be_visible()


def test_from_the_agenda_to_the_minutes_and_on_to_the_next_meeting(page, site, city, enter):
    enter(city.dispatcher)
    page.goto(f"{site}/dispatch/meetings/")
    do(page, "设立调度会", 名称="市级周调度会", 参加单位="町政数局")
    series = MeetingSeries.objects.get(level="city")
    expect(page.get_by_role("heading", level=1)).to_contain_text("市级周调度会")
    assert violations(page) == []

    do(page, "安排下次会议", 日期="2023-02-10")
    expect(page.get_by_role("main")).to_contain_text("2023年2月10日")
    meeting = Meeting.objects.get(series=series)
    do(page, "生成议程")
    expect(page.locator(".agenda > li")).not_to_have_count(0)
    assert violations(page) == []
    titles = page.locator(".agenda > li h3").all_inner_texts()
    page.get_by_role("button", name="下移").first.click()
    expect(page.locator(".agenda > li h3").nth(1)).to_have_text(titles[0])

    do(page, "开会")
    expect(page.get_by_role("main")).to_contain_text("会上引用的数据")
    do(page, "登记到会")
    walk_the_screen(page, len(titles))
    decide(page, titles[0].split(" ")[0], FIRST)
    decide(page, titles[1].split(" ")[0], SECOND)
    expect(page.get_by_role("main")).to_contain_text(FIRST)
    assert violations(page) == []
    assert set(
        Deadline.objects.filter(on_due="dispatch.decision_late", decision__meeting=meeting).values_list("holder__key", flat=True)
    ) == {f"org:{city.office.pk}"}

    do(page, "散会")
    do(page, "印发纪要", 文号="长项调〔2023〕1号")
    page.get_by_role("link", name="会议纪要").click()
    expect(page.get_by_role("article")).to_contain_text(FIRST)
    assert violations(page) == []
    for name, words in (("Word", docx_words), ("PDF", pdf_words)):
        with page.expect_download() as got:
            page.get_by_role("link", name=name).click()
        told = words(got.value.path().read_bytes())
        assert FIRST in told and SECOND in told and "町政数局" in told, name

    clock.set_shift(clock.shift_to(date(2023, 2, 14)))
    decisions.carry_out(Decision.objects.get(text=FIRST), by=None, result="已送电")
    clock.set_shift(clock.shift_to(date(2023, 2, 20)))
    enter(city.dispatcher)
    the_next_one(page, site, series)


def docx_words(content: bytes) -> str:
    return "".join(paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs)


def walk_the_screen(page, count: int) -> None:
    """On the projector: one item at a time, by the arrows, and back."""
    page.get_by_role("link", name="投影").click()
    expect(page.locator(".slide:visible")).to_have_count(1)
    first = page.locator(".slide:visible h2").inner_text()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".slide:visible h2")).not_to_have_text(first)
    page.keyboard.press("End")
    expect(page.locator(".slide:visible .slide-place")).to_contain_text(f"{count} / {count}")
    page.keyboard.press("Home")
    expect(page.locator(".slide:visible h2")).to_have_text(first)
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="议程")).to_be_visible()


def the_next_one(page, site, series) -> None:
    """A week later one is done and one is late: the meeting begins with that."""
    following = series.meetings.get(state="planned")
    page.goto(f"{site}{following.get_absolute_url()}")
    do(page, "生成议程")
    expect(page.locator("#last-title")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("2 项：按期完成 1，迟后完成 0，逾期 1，未到期 0")
    expect(page.locator(".agenda > li").first).to_contain_text("上次会议决定落实情况")
    assert following.series.area_id == CITY
