"""A process of the tests beside: sweeps once the start signal comes; `slow` waits in the middle of a rise, to be killed there."""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhuanban.site.settings")
django.setup()

from datetime import UTC, datetime  # noqa: E402 - needs Django set up

from zhuanban.domains.problems import hands  # noqa: E402
from zhuanban.kernel import clock, deadlines  # noqa: E402


def say(word: str) -> None:
    print(word, flush=True)


def sleep_in_the_middle(after: int) -> None:
    """Let the rise of the so-many-th problem stop half done: its old clocks are settled, its new ones not yet there."""
    settled, count = hands.stop, 0

    def stop(problem, *more):
        nonlocal count
        settled(problem, *more)
        count += 1
        if count == after:
            say("half")
            time.sleep(60)

    hands.stop = stop


if __name__ == "__main__":
    clock.set_shift(datetime.fromisoformat(sys.argv[2]) - datetime.now(UTC))
    if sys.argv[1] == "slow":
        sleep_in_the_middle(after=7)
    say("ready")
    sys.stdin.readline()
    say(str(deadlines.sweep()))
