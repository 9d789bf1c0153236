"""The logic of a plan as numbers: links in an order of their own, topological order, ancestors, circles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from zhuanban.engines.schedules.compiled import FROM_START, TO_FINISH
from zhuanban.engines.schedules.model import Link, LinkType
from zhuanban.engines.schedules.network import CycleError, SelfLink, UnknownActivity

SIDES = {LinkType.FS: 0, LinkType.FF: TO_FINISH, LinkType.SS: FROM_START, LinkType.SF: FROM_START | TO_FINISH}

Edge = tuple[int, int]
"""What comes first, what comes after."""


class Numbered(NamedTuple):
    """A link by the numbers of its activities. `sides` are the ends that it joins."""

    after: int
    before: int
    sides: int
    lag: int
    link: Link


def numbered(links: Iterable[Link], index: Mapping[str, int], outside: set[str]) -> list[Numbered]:
    """Links between numbered activities, those of activities outside left out. Raises UnknownActivity and SelfLink."""
    found = []
    get = index.get
    for link in links:
        before, after = get(link.predecessor), get(link.successor)
        if before is None or after is None:
            _check_known(link, index, outside)
        elif before == after:
            raise SelfLink(f"activity {link.predecessor!r} depends on itself", (link.predecessor,))
        else:
            found.append(Numbered(after, before, SIDES[link.type], link.lag, link))
    return found


def _check_known(link: Link, index: Mapping[str, int], outside: set[str]) -> None:
    for end in (link.predecessor, link.successor):
        if end not in index and end not in outside:
            words = f"a link {link.predecessor!r} > {link.successor!r} names no activity of the plan: {end!r}"
            raise UnknownActivity(words, (end,))


def ancestors(of: int, edges: Iterable[Edge]) -> set[int]:
    """The activity and all that lead to it."""
    before: dict[int, list[int]] = {}
    for first, after in edges:
        before.setdefault(after, []).append(first)
    seen, waiting = {of}, [of]
    while waiting:
        fresh = [number for number in before.get(waiting.pop(), ()) if number not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    return seen


def topological(count: int, edges: Sequence[Edge], ids: Sequence[str]) -> list[int]:
    """Numbers so that what comes first stands first, by level and within a level rising. Raises CycleError naming the circle."""
    after: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for first, second in edges:
        after[first].append(second)
        waiting[second] += 1
    level = [number for number in range(count) if not waiting[number]]
    order: list[int] = []
    while level:
        order += level
        reached = []
        for number in level:
            for second in after[number]:
                waiting[second] -= 1
                if not waiting[second]:
                    reached.append(second)
        level = sorted(reached)
    if len(order) < count:
        raise _cycle(ids, edges, set(order))
    return order


def _cycle(ids: Sequence[str], edges: Sequence[Edge], free: set[int]) -> CycleError:
    """Walk backwards among the activities that were never free until one comes again."""
    before = {second: first for first, second in edges if first not in free and second not in free}
    at, walked = next(iter(before)), list[int]()
    while at not in walked:
        walked.append(at)
        at = before[at]
    circle = [ids[number] for number in reversed(walked[walked.index(at) :])]
    first = circle.index(min(circle))
    circle = circle[first:] + circle[:first]
    return CycleError("activities wait for each other in a circle: " + " > ".join([*circle, circle[0]]), circle)
