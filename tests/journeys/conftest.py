"""A small city behind a real server, and a real browser (Debian's Chromium) in front of it."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from screens import DESKTOP, NAME, PAINTED, PHONE

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "house"))
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser's driver runs a loop in the thread that also asks the database

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def pytest_collection_modifyitems(items):
    """Without a browser the journeys are left out on a developer's machine, and fail where everything must be tested."""
    for item in items:
        if "journeys" in item.path.parts and not CHROMIUM and os.environ.get("CI") != "true":
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine (apt install chromium)"))


@pytest.fixture(scope="session")
def browser_type_launch_args():
    assert CHROMIUM, "journeys need Chromium (apt install chromium)"
    return {"executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]}


@pytest.fixture
def transactional_db():
    """The journeys' records are kept for the whole module: see `city`. (The name tells pytest-django that a database is needed.)"""


@pytest.fixture(scope="module")
def city(django_db_setup, django_db_blocker):
    """The town of the house tests, committed, and a project whose next step lacks one paper."""
    from django.core.management import call_command
    from town import HERE, Town

    from zhuanban.domains.portfolio import actions
    from zhuanban.kernel import clock
    from zhuanban.site import seeds

    with django_db_blocker.unblock():
        clock.set_shift(clock.shift_to(date(2023, 2, 10)))
        seeds.load()
        town = Town()
        town.project_to_move = actions.register(
            town.areas[HERE], by=town.dispatcher, name=NAME, planned_investment=350_000_000, content_and_scale="试车跑道与检测车间"
        )
        actions.advance(town.project_to_move, by=town.dispatcher)
        yield town
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="module")
def site(city):
    """The address of the running site."""
    from pytest_django.live_server_helper import LiveServer

    server = LiveServer("localhost")
    yield server.url
    server.stop()


@pytest.fixture
def screen(request):
    return getattr(request, "param", DESKTOP)


@pytest.fixture
def worker(request):
    """Whether pages may have a service worker: one that has taken over a page hides its requests from `page.route`."""
    return getattr(request, "param", "allow")


@pytest.fixture
def browser_context_args(screen, worker):
    return {"viewport": screen, "locale": "zh-CN", "has_touch": screen is PHONE, "accept_downloads": True, "service_workers": worker}


@pytest.fixture
def page(page, site, transactional_db):
    """A page that may ask nobody but our own server and may not offend the content policy."""
    strange, errors = [], []
    page.set_default_timeout(10_000)
    page.on(
        "request",
        lambda asked: (
            strange.append(asked.url) if urlsplit(asked.url).scheme.startswith("http") and not asked.url.startswith(site) else None
        ),
    )
    page.on("pageerror", lambda problem: errors.append(str(problem)))
    page.on(
        "console", lambda said: errors.append(said.text) if said.type == "error" and "Failed to load resource" not in said.text else None
    )
    yield page
    assert strange == [], "asked another host"
    assert errors == [], "errors in the browser"


@pytest.fixture
def enter(page, site, city):
    """Sign somebody in as a person does."""
    from town import PASSWORD

    def sign_in(user):
        page.goto(f"{site}/signin/")
        page.get_by_label("账号").fill(user.username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{site}/")
        page.evaluate(PAINTED)
        return page

    return sign_in
