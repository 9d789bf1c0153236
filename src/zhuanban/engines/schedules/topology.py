"""The order of a graph of links: which come together, how deep each stands, and which go round in a circle."""

from __future__ import annotations

import numpy as np

from zhuanban.engines.calendars.tables import Ints
from zhuanban.engines.schedules.layout import Links


def grouped(key: Ints, count: int) -> tuple[Ints, Ints]:
    """Positions of equal keys together: pointers (count + 1,) into positions sorted by key."""
    positions = np.argsort(key, kind="stable")
    return np.concatenate(([0], np.cumsum(np.bincount(key, minlength=count)))).astype(np.int64), positions


def levels(count: int, links: Links) -> Ints:
    """The length of the longest chain of links before each activity; -1 on a cycle and after it."""
    after: list[list[int]] = [[] for _ in range(count)]
    waiting, level = [0] * count, [0] * count
    for predecessor, successor in zip(links.predecessor.tolist(), links.successor.tolist(), strict=True):
        after[predecessor].append(successor)
        waiting[successor] += 1
    free = [at for at in range(count) if not waiting[at]]
    for at in free:
        beyond = level[at] + 1
        for successor in after[at]:
            level[successor] = max(level[successor], beyond)
            waiting[successor] -= 1
            if not waiting[successor]:
                free.append(successor)
    return np.array([-1 if stuck else depth for stuck, depth in zip(waiting, level, strict=True)], dtype=np.int64)


def circle(links: Links, level: Ints) -> list[int]:
    """Numbers of a circle in the order of its links: walk backwards among what was never free until one comes again."""
    stuck = level < 0
    before: dict[int, int] = {}
    for predecessor, successor in zip(links.predecessor.tolist(), links.successor.tolist(), strict=True):
        if stuck[predecessor] and stuck[successor]:
            before.setdefault(successor, predecessor)
    at, seen = next(iter(before)), dict[int, None]()
    while at not in seen:
        seen[at] = None
        at = before[at]
    walked = list(seen)
    return walked[walked.index(at) :][::-1]
