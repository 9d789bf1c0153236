"""The web server: granian with one blocking thread a worker, and on the embedded database the jobs in the same process."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db import connections
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from zhuanban.kernel import jobs

BACKLOG = 512
"""Connections that wait for a free worker; more are refused, so that an overload is seen and not queued for minutes."""
HEADER_SECONDS = 10
"""How long a client may take to send its request line and headers."""
HEADER_BYTES = 64 * 1024
STOP_SECONDS = 30
"""How long the request and the job in hand may take to finish after SIGTERM."""
ORPHAN_SECONDS = 5
"""How long they may take when the parent was killed: what is cut off then is done again, as after kill -9."""
AGAIN_SECONDS = 0.5
"""Between a signal and its repetitions, until the process ends."""

log = logging.getLogger(__name__)

EMBEDDED_THREADS = 4
"""On SQLite one process serves all, often with no proxy before it: a few threads, so that one slow upload does not hold the others (ADR 0006)."""


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def serve(host: str, port: int, workers: int, *, with_jobs: bool, ready: Callable[[], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT. Everything is imported before the workers are forked, so that they share its memory."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    import_module("zhuanban.site.wsgi")
    leave_database()
    server = Server(
        "zhuanban.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=HEADER_BYTES),
        websockets=False,
        workers=workers,
        blocking_threads=EMBEDDED_THREADS if settings.EMBEDDED else 1,
        runtime_threads=1,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
    )
    if ready:
        server.on_startup(ready)
    server.serve(target_loader=partial(load_worker, with_jobs), wrap_loader=False)


def load_worker(with_jobs: bool) -> Callable[..., Any]:
    """What a worker process does first: go when its parent goes, start the jobs if they are its business, hand out the application."""
    from zhuanban.site.wsgi import application

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_go_with, args=(parent,), name="parent-watch", daemon=True).start()
    _tell_signals_again()
    if with_jobs:
        workers = jobs.Workers(1).start()
        Finalize(None, workers.stop, args=(STOP_SECONDS / 2,), exitpriority=10)
    return application


def _go_with(parent: Any) -> None:
    """A worker whose parent was killed would keep the port and the database: it stops, and ends at once when that takes too long."""
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_SECONDS)
    os._exit(1)


def _tell_signals_again() -> None:
    """A signal that comes at the instant in which the main thread falls asleep does not wake it: told again, it does.

    Seen in one of about 130 servers that were stopped as soon as they answered, on a busy machine.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    main = threading.main_thread()

    def tell() -> None:
        while number := os.read(reader, 1):
            time.sleep(AGAIN_SECONDS)
            signal.pthread_kill(cast(int, main.ident), number[0])

    threading.Thread(target=tell, name="signals-again", daemon=True).start()


def leave_database() -> None:
    """Close every connection and pool: a forked process must open its own."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if settings.DATABASES["default"].get("OPTIONS", {}).get("pool") and hasattr(connection, "close_pool"):
            connection.close_pool()


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there. Asked first, because a second server would share the port in silence (SO_REUSEPORT)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port_after(host: str, port: int) -> int:
    """The next free port, to be suggested."""
    return next((number for number in range(port + 1, min(port + 50, 65536)) if is_free(host, number)), 0)
