"""A secretary's day on a phone: carried over, changed by a thumb, filed without a network, there exactly once."""

from __future__ import annotations

import re
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import expect
from screens import PHONE
from test_dispatcher import violations
from town import HERE

from zhuanban.domains.dispatch.models import DailyTrack, TrackPhoto
from zhuanban.domains.plans.models import QuantityEntry, WorkItem
from zhuanban.kernel import clock
from zhuanban.kernel.models import Event

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "dispatch"))
pytestmark = pytest.mark.browser
on_a_phone = pytest.mark.parametrize("screen", [PHONE], ids=["phone"], indirect=True)
FRIDAY = date(2023, 2, 10)


@pytest.fixture
def walls(city):
    """Partition walls on the site of the town's first project, with nothing filed for today."""
    project = city.projects[HERE][0]
    DailyTrack.objects.filter(project=project, day=FRIDAY).delete()
    at = clock.now()
    item = WorkItem.objects.create(
        project=project, name="隔墙砌筑", kind="partition", unit="m²", quantity=Decimal(9000), done=Decimal(0), start_planned=date(2023, 1, 2),
        finish_planned=date(2023, 3, 31), created_at=at, updated_at=at,
    )  # fmt: skip
    yield item
    QuantityEntry.objects.filter(item=item).delete()
    item.delete()


def today_of(project):
    return DailyTrack.objects.filter(project=project, day=FRIDAY)


def state(page):
    return page.locator("[data-track-state]")


@on_a_phone
def test_the_day_is_checked_and_filed_by_one_tap(page, site, city, enter, walls, screen):
    project = walls.project
    enter(city.holder("project_secretary"))
    page.goto(f"{site}/dispatch/track/")
    page.get_by_role("main").get_by_role("link", name="填日报").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("今日日报")
    workers = page.get_by_role("spinbutton", name=re.compile("^在场工人"))
    expect(workers).to_have_value("40")
    assert violations(page) == []
    page.get_by_role("button", name=re.compile("^在场工人.*：加")).click()
    expect(workers).to_have_value("41")
    expect(state(page)).to_have_text("已存草稿")
    page.get_by_role("spinbutton", name=re.compile("^隔墙砌筑")).fill("180")
    page.get_by_role("button", name=re.compile("^提交")).click()
    expect(state(page)).to_have_text(re.compile("已送达"))
    track = today_of(project).get()
    walls.refresh_from_db()
    assert (track.workers_actual, track.workers_planned, track.weather, walls.done) == (41, 45, "snow", 180)
    assert track.seconds is not None and track.touched == 2 and track.key
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1]
    page.goto(f"{site}{track.get_absolute_url()}")
    assert violations(page) == []


@on_a_phone
def test_without_a_network_it_waits_survives_a_reload_and_arrives_once(page, context, site, city, enter, walls, screen):
    project = walls.project
    address = f"{site}/dispatch/track/{project.pk}/"
    enter(city.holder("project_secretary"))
    page.goto(address)
    page.evaluate("navigator.serviceWorker.ready.then(() => new Promise((done) => setTimeout(done, 1500)))")
    page.get_by_role("spinbutton", name=re.compile("^在场工人")).fill("37")
    expect(state(page)).to_have_text("已存草稿")

    context.set_offline(True)
    for asked in ("/dispatch/track/", "/static/nothing.js"):  # neither the page nor its worker reaches the server
        assert page.evaluate(f"fetch('{asked}').then(() => 'there', () => 'cut off')") == "cut off"
    page.reload()
    expect(page.get_by_role("spinbutton", name=re.compile("^在场工人"))).to_have_value("37")
    expect(state(page)).to_have_text(re.compile("离线.*已存草稿"))
    page.locator("[data-photo]").set_input_files({"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": camera().picture(colour=7)})
    page.get_by_role("button", name=re.compile("^提交")).click()
    expect(state(page)).to_have_text(re.compile("离线.*待发送"))
    page.reload()
    expect(state(page)).to_have_text(re.compile("离线.*待发送"))
    assert not today_of(project).exists()

    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(state(page)).to_have_text(re.compile("^已送达"))
    expect(page.locator("[data-photo-draft] figcaption")).to_contain_text("✓")
    page.reload()
    expect(state(page)).to_have_text(re.compile("^已送达"))
    track = today_of(project).get()
    assert track.workers_actual == 37 and TrackPhoto.objects.filter(track=track).count() == 1
    filed = Event.objects.filter(dossier=project.pk, verb="dispatch.file_track", subject=f"dispatch.dailytrack:{track.pk}")
    assert filed.count() == 1


@on_a_phone
@pytest.mark.parametrize("worker", ["block"], indirect=True)
def test_an_answer_that_is_lost_on_the_way_doubles_nothing(page, site, city, enter, walls, screen, worker):
    """The server has taken the report, the phone does not know it and sends it again."""
    project, lost = walls.project, []

    def lose_the_first(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            return route.abort("connectionreset")
        return route.continue_()

    enter(city.holder("project_secretary"))
    page.goto(f"{site}/dispatch/track/{project.pk}/")
    page.route("**/dispatch/track/**", lose_the_first)
    page.get_by_role("spinbutton", name=re.compile("^隔墙砌筑")).fill("50")
    with page.expect_event("requestfailed", lambda asked: asked.method == "POST"):
        page.get_by_role("button", name=re.compile("^提交")).click()
    expect(state(page)).to_have_text("待发送")
    assert lost == [200] and today_of(project).count() == 1
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(state(page)).to_have_text(re.compile("^已送达"))
    walls.refresh_from_db()
    assert (today_of(project).count(), today_of(project).get().corrected, walls.done) == (1, 0, 50)


@on_a_phone
def test_what_is_changed_after_filing_asks_for_a_reason(page, site, city, enter, walls, screen):
    project = walls.project
    enter(city.holder("project_secretary"))
    page.goto(f"{site}/dispatch/track/{project.pk}/")
    page.get_by_role("button", name=re.compile("^提交")).click()
    expect(state(page)).to_have_text(re.compile("已送达"))
    page.get_by_role("button", name=re.compile("^在场工人.*：减")).click()
    reason = page.get_by_label(re.compile("^更正理由"))
    expect(reason).to_be_visible()
    page.get_by_role("button", name=re.compile("^提交")).click()
    expect(state(page)).to_have_text("没有收下")
    reason.fill("少一人")
    page.get_by_role("button", name=re.compile("^提交")).click()
    expect(state(page)).to_have_text(re.compile("已送达"))
    track = today_of(project).get()
    assert (track.workers_actual, track.corrected, track.corrections.get().reason) == (39, 1, "少一人")


@on_a_phone
def test_an_obstacle_is_reported_from_the_day_without_losing_it(page, site, city, enter, walls, screen):
    enter(city.holder("project_secretary"))
    page.goto(f"{site}/dispatch/track/{walls.project.pk}/")
    page.get_by_role("spinbutton", name=re.compile("^在场工人")).fill("33")
    page.get_by_role("button", name="用热", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name="用热")).to_be_checked()
    assert violations(page) == []
    dialog.get_by_role("button", name="取消").click()
    expect(page.get_by_role("spinbutton", name=re.compile("^在场工人"))).to_have_value("33")


def camera():
    import camera as pictures

    return pictures
