"""Real processes, really killed: what an atomic job does happens exactly once, a schedule fires once."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import slow_tasks
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)

PROCESS = Path(__file__).with_name("process.py")
SCHEDULES = 40


class Shop:
    """A database that worker processes share with the test: PostgreSQL's test database, or a file copied from SQLite's."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "shop.sqlite3"
        self.started: list[subprocess.Popen] = []

    def open(self) -> None:
        """Give the workers what the test has stored so far."""
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            copy = sqlite3.connect(self.file)
            connection.connection.backup(copy)
            copy.close()

    def start(self, *what: str, script: str = PROCESS.name) -> subprocess.Popen:
        url = f"sqlite:///{self.file}"
        if connection.vendor != "sqlite":
            url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
        environment = {**os.environ, "DATABASE_URL": url, "ZHUANBAN_MODE": "test", "ZHUANBAN_DATA": str(self.folder), "PGAPPNAME": "fault"}
        process = subprocess.Popen(
            [sys.executable, str(PROCESS.with_name(script)), *what],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def ask(self, query: str) -> list[tuple]:
        if connection.vendor != "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall()
        asked = sqlite3.connect(self.file, timeout=10)
        try:
            return asked.execute(query).fetchall()
        finally:
            asked.close()

    def wait_for(self, query: str, answer: list[tuple], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while (seen := self.ask(query)) != answer:
            assert time.monotonic() < deadline, f"{query}: {seen}"
            time.sleep(0.03)

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.communicate()


@pytest.fixture
def shop(tmp_path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.close()


ROWS = "SELECT count(*), count(DISTINCT name) FROM kernel_parameter"
FINISHED = "SELECT DISTINCT status FROM kernel_job"
STATES = "SELECT status, attempts FROM kernel_job ORDER BY id"


def said(process: subprocess.Popen) -> str:
    return process.stdout.readline().strip()


def test_a_job_killed_in_the_middle_happens_exactly_once(shop):
    slow_tasks.write_slowly.enqueue(10, 0.7)
    shop.open()
    first = shop.start("worker")
    assert said(first) == "half"
    first.kill()
    first.wait()
    assert shop.ask(ROWS) == [(0, 0)]
    assert shop.ask(STATES) == [("RUNNING", 1)]
    second = shop.start("worker")
    assert said(second) == "half"
    shop.wait_for(FINISHED, [("SUCCESSFUL",)])
    assert shop.ask(ROWS) == [(10, 10)]


def test_a_worker_that_slept_through_its_lease_changes_nothing(shop):
    """As when a machine is suspended: on PostgreSQL another does the job, on SQLite the sleeper holds the write lock."""
    slow_tasks.write_slowly.enqueue(10, 0.5)
    shop.open()
    sleeper = shop.start("worker")
    assert said(sleeper) == "half"
    sleeper.send_signal(signal.SIGSTOP)
    shop.start("worker")
    if connection.vendor != "sqlite":
        shop.wait_for(FINISHED, [("SUCCESSFUL",)])
    sleeper.send_signal(signal.SIGCONT)
    sleeper.send_signal(signal.SIGTERM)
    assert sleeper.wait(30) == 0
    shop.wait_for(FINISHED, [("SUCCESSFUL",)])
    assert shop.ask(ROWS) == [(10, 10)]


def test_a_worker_told_to_stop_finishes_the_job_in_hand(shop):
    slow_tasks.write_slowly.enqueue(10, 0.5)
    slow_tasks.write.using(priority=-1).enqueue("row left")
    shop.open()
    worker = shop.start("worker")
    assert said(worker) == "half"
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert shop.ask(STATES) == [("SUCCESSFUL", 1), ("READY", 0)]


def test_two_processes_fire_every_schedule_once(shop):
    shop.open()
    racers = [shop.start("fire"), shop.start("fire")]
    assert [said(racer) for racer in racers] == ["ready", "ready"]
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    assert sum(int(said(racer)) for racer in racers) == SCHEDULES
    assert shop.ask("SELECT count(*), count(DISTINCT name), count(DISTINCT job_id) FROM kernel_schedulefiring") == [(SCHEDULES,) * 3]
    assert shop.ask("SELECT count(*) FROM kernel_job") == [(SCHEDULES,)]


def test_two_workers_share_the_jobs_without_doing_one_twice(shop):
    for number in range(60):
        slow_tasks.write.enqueue(f"row {number}")
    shop.open()
    shop.start("worker")
    shop.start("worker")
    shop.wait_for(FINISHED, [("SUCCESSFUL",)])
    assert shop.ask(ROWS) == [(60, 60)]


def test_a_worker_goes_on_after_its_connections_were_cut(shop):
    if connection.vendor == "sqlite":
        pytest.skip("a file has no connections to cut")
    slow_tasks.write.enqueue("row first")
    worker = shop.start("worker")
    shop.wait_for(STATES, [("SUCCESSFUL", 1)])
    shop.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fault'")
    slow_tasks.write.enqueue("row second")
    shop.wait_for(STATES, [("SUCCESSFUL", 1), ("SUCCESSFUL", 1)])
    assert worker.poll() is None
