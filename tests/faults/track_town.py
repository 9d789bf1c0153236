"""Sites with secretaries who are signed in, and phones that send their day to a real server: for the tests beside and the benchmarks."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from threading import Lock, Thread
from urllib.parse import urlencode

TOKEN = "t" * 32
"""The value of the phones' CSRF cookie, which they send along as the token."""
BOUNDARY = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", "HX-Request": "true", "X-CSRFToken": TOKEN}


@dataclass
class Phone:
    """One site's phone: whose session it has and what it is going to file."""

    project: int
    session: str
    item: int
    key: str
    workers: int
    states: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        return bool(self.states)

    def send(self, connection: http.client.HTTPConnection) -> tuple[int, bytes]:
        """File the day; the same content whenever it is called."""
        fields = {"workers_actual": self.workers, "machines": 3, "weather": "snow", f"q_{self.item}": 5, "draft": self.key, "seconds": 17}
        cookies = {"Cookie": f"sessionid={self.session}; csrftoken={TOKEN}"}
        begun = time.perf_counter()
        connection.request("POST", f"/dispatch/track/{self.project}/", urlencode(fields), BOUNDARY | cookies)
        answer = connection.getresponse()
        body = answer.read()
        self.took.append(time.perf_counter() - begun)
        if answer.status == 200:
            self.states.append(json.loads(body)["state"])
        return answer.status, body


def sites(number: int, secretaries: int) -> list[Phone]:
    """So many projects under construction, dealt to so many secretaries, each with a work item and a report of the last working day."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from zhuanban.domains.dispatch.models import DailyTrack
    from zhuanban.domains.dispatch.queries.tracks import last_closed
    from zhuanban.domains.people.models import RoleGrant, User, UserSession
    from zhuanban.domains.people.sessions import BACKEND, SEEN, STARTED
    from zhuanban.domains.plans.models import WorkItem
    from zhuanban.domains.portfolio.models import Project
    from zhuanban.kernel import access, clock
    from zhuanban.kernel.models import Access, Dossier

    now, day = clock.now(), clock.today()
    asker, other = (User.objects.get_or_create(username=name, defaults={"name": name})[0] for name in ("asker", "other"))
    people = User.objects.bulk_create([User(username=f"secretary-{at}", name=f"秘书{at}", password="!") for at in range(secretaries)])
    RoleGrant.objects.bulk_create(
        RoleGrant(
            user=person,
            role="project_secretary",
            state="approved",
            from_day=day - timedelta(days=30),
            reason="测试",
            requested_by=asker,
            approved_by=other,
        )
        for person in people
    )
    keys = access.principal_ids(f"user:{person.pk}" for person in people)
    dossiers = Dossier.objects.bulk_create(
        Dossier(kind="portfolio.project", ref=f"S-{at:07d}", title=f"工地{at}", area="220106", changed_at=now) for at in range(number)
    )
    stamps = {"created_at": now, "updated_at": now}
    Project.objects.bulk_create(
        [
            Project(dossier=dossier, ref=dossier.ref, name=dossier.title, area_id="220106", stage="under_construction", **stamps)
            for dossier in dossiers
        ]
    )
    mine = {dossier.pk: people[at % secretaries] for at, dossier in enumerate(dossiers)}
    Access.objects.bulk_create(
        Access(principal_id=keys[f"user:{person.pk}"], dossier_id=pk, level=access.ACT) for pk, person in mine.items()
    )
    items = WorkItem.objects.bulk_create(
        WorkItem(project_id=pk, name="土方", kind="earthwork", unit="m³", quantity=Decimal(600_000), **stamps) for pk in mine
    )
    last = last_closed(day)
    DailyTrack.objects.bulk_create(DailyTrack(project_id=pk, day=last, workers_actual=40, filed_at=now, **stamps) for pk in mine)
    sessions = {}
    for person in people:
        store = SessionStore()
        at = int(clock.machine_now().timestamp())
        store.update({SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: BACKEND, STARTED: at, SEEN: at})
        store[HASH_SESSION_KEY] = person.get_session_auth_hash()
        store.create()
        UserSession.objects.create(user=person, session_key=store.session_key, started_at=now, seen_at=now)
        sessions[person.pk] = store.session_key
    return [
        Phone(pk, sessions[person.pk], item.pk, f"draft-{pk}", 30 + at % 50)
        for at, ((pk, person), item) in enumerate(zip(mine.items(), items, strict=True))
    ]


def history(number: int, days: int, until: date) -> int:
    """Reports of the first so many projects for so many days before a day, in bulk; returns how many."""
    from zhuanban.domains.dispatch.models import DailyTrack
    from zhuanban.domains.portfolio.models import Project
    from zhuanban.kernel import clock
    from zhuanban.site.demo import bulk

    ids = list(Project.objects.order_by("pk").values_list("pk", flat=True)[:number])
    now = clock.now()
    rows = ((pk, until - timedelta(days=at), 30 + (pk + at) % 50) for at in range(4, 4 + days) for pk in ids)
    return bulk.insert(DailyTrack, ("project_id", "day", "workers_actual"), rows, filed_at=now, created_at=now, updated_at=now)


# The server ------------------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Server:
    """The product's own server on a database, as a process group of its own, so that all of it can be killed at once."""

    environment: dict[str, str]
    workers: int = 1
    port: int = 0
    process: subprocess.Popen | None = None

    def start(self) -> None:
        self.port = free_port()
        command = [sys.executable, "-c", "from zhuanban.site.cli import main; raise SystemExit(main())", "serve", "--port", str(self.port)]
        command += ["--workers", str(self.workers)]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._wait()

    def _wait(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                asked.request("GET", "/healthz")
                if asked.getresponse().status == 200:
                    return
            except OSError:
                pass
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)

    def kill(self) -> None:
        """As a power cut of the process: kill -9 of the server and all its workers."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, 9)
            self.process.wait()


def send_all(port: int, phones: list[Phone], at_once: int, *, give_up: bool = False) -> list[tuple[int, bytes]]:
    """All phones send, so many at once, each worker over one connection; returns the answers that were no success. With `give_up`
    a phone whose connection breaks is left unacknowledged."""
    waiting, lock, failed = list(reversed(phones)), Lock(), []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                if not waiting:
                    break
                phone = waiting.pop()
            try:
                status, body = phone.send(connection)
                if status != 200:
                    failed.append((status, body[:200]))
            except (OSError, http.client.HTTPException) as problem:
                connection.close()
                if not give_up:
                    failed.append((0, repr(problem).encode()))
        connection.close()

    threads = [Thread(target=work) for _each in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed
