"""A real server, really killed while fifty phones file their day: what was acknowledged is there, and there once."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from threading import Thread
from urllib.parse import urlsplit

import pytest
from django.db import connection
from test_kill import Shop
from track_town import Server, send_all, sites

from zhuanban.kernel import clock
from zhuanban.site import schema

pytestmark = pytest.mark.django_db(transaction=True)

SITES, PHONES = 80, 50
TODAY = "SELECT count(*), count(DISTINCT project_id) FROM dispatch_dailytrack WHERE key <> ''"
FILED = "SELECT project_id, key, workers_actual, corrected FROM dispatch_dailytrack WHERE key <> ''"
BOOKED = "SELECT count(*), count(DISTINCT item_id), sum(amount) FROM plans_quantityentry"
DONE = "SELECT sum(done) FROM plans_workitem"
EVENTS = "SELECT count(*), count(DISTINCT subject) FROM kernel_event WHERE verb = 'dispatch.file_track'"


@pytest.fixture
def shop(tmp_path, seeds, settings):
    clock.set_shift(timedelta(0))  # the server beside knows no other day than the machine's
    settings.MIGRATION_MODULES = {}  # the tests' tables come from the models; the server wants to read that they are this version's
    schema.record_migrations()
    shop = Shop(tmp_path)
    yield shop
    shop.close()


@pytest.fixture
def server(shop):
    url = f"sqlite:///{shop.file}"
    if connection.vendor != "sqlite":
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    made = Server({"DATABASE_URL": url, "ZHUANBAN_MODE": "test", "ZHUANBAN_DATA": str(shop.folder)})
    yield made
    made.kill()


def test_what_a_killed_server_had_acknowledged_is_there_exactly_once(shop, server):
    phones = sites(SITES, 40)
    shop.open()
    server.start()
    rush = Thread(target=send_all, args=(server.port, phones, PHONES), kwargs={"give_up": True})
    rush.start()
    while sum(phone.acknowledged for phone in phones) < SITES // 4 and rush.is_alive():
        time.sleep(0.005)
    server.kill()
    rush.join()
    heard = {phone.project for phone in phones if phone.acknowledged}
    there = {row[0] for row in shop.ask(FILED)}
    assert SITES // 4 <= len(heard) < SITES, "killed in the middle"
    assert heard <= there, "an acknowledged report is lost"

    server.start()
    assert send_all(server.port, phones, PHONES) == []
    assert send_all(server.port, phones[:20], PHONES) == []
    assert {state for phone in phones for state in phone.states} == {"filed", "repeated"}
    assert [phone.states[1] for phone in phones if phone.project in heard] == ["repeated"] * len(heard)
    assert shop.ask(TODAY) == [(SITES, SITES)] and {row[3] for row in shop.ask(FILED)} == {0}
    assert {row[0]: row[2] for row in shop.ask(FILED)} == {phone.project: phone.workers for phone in phones}
    assert shop.ask(BOOKED) == [(SITES, SITES, 5 * SITES)] and shop.ask(DONE) == [(5 * SITES,)]
    assert shop.ask(EVENTS) == [(SITES, SITES)]
