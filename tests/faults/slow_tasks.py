"""Tasks whose worker is killed, stopped or cut off by the tests beside."""

import time

from zhuanban.kernel import jobs
from zhuanban.kernel.models import Parameter


def say(word: str) -> None:
    print(word, flush=True)


def put(name: str) -> None:
    Parameter.objects.create(name=name, value=1, effective_from="2023-01-01", source="test")


@jobs.task(atomic=True, backoff=0)
def write_slowly(rows: int, seconds: float) -> int:
    for number in range(rows):
        put(f"row {number}")
        if number == rows // 2:
            say("half")
            time.sleep(seconds)
    return rows


@jobs.task()
def write(name: str) -> None:
    put(name)


@jobs.task()
def scheduled() -> None:
    put("scheduled")
