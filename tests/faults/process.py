"""A process of the tests beside: `worker` works until SIGTERM, `fire` fires forty schedules that are due."""

import os
import sys
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhuanban.site.settings")
django.setup()

import slow_tasks  # noqa: E402 - needs Django set up

from zhuanban.kernel import jobs  # noqa: E402

SCHEDULES = 40
jobs.SCHEDULES.clear()  # only what the tests ask for


def work() -> None:
    jobs.worker_process(idle=0.05, lease=2.0, upkeep=0.1)


def fire() -> None:
    """Wait for the start signal, then race the other process."""
    for number in range(SCHEDULES):
        jobs.schedule(f"schedule {number}", "0 9 * * *", slow_tasks.scheduled)
    slow_tasks.say("ready")
    sys.stdin.readline()
    slow_tasks.say(str(len(jobs.fire_due(datetime(2023, 2, 10, 1, 0, tzinfo=UTC)))))


if __name__ == "__main__":
    {"worker": work, "fire": fire}[sys.argv[1]]()
