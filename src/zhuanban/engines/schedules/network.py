"""A plan network as arrays: activities by number, links by pair of numbers, levels in topological order.

Arrays over activities have shape (n,), arrays over links (e,); moments are minutes since 1970, durations and lags minutes of work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from zhuanban.engines.calendars.tables import Ints, moments_of
from zhuanban.engines.schedules.layout import Bools, Layout, Links, lay_out
from zhuanban.engines.schedules.model import Activity, ConstraintType, Kind, LagCalendar, Link, LinkType
from zhuanban.engines.schedules.topology import circle, grouped, levels

NEVER = np.int64(-(1 << 60))
"""Stands in for a moment that is not known or does not bind; its opposite stands in for a latest moment."""

OUTSIDE = frozenset({Kind.LEVEL_OF_EFFORT, Kind.SUMMARY})
MILESTONES = frozenset({Kind.START_MILESTONE, Kind.FINISH_MILESTONE})
LINK_TYPES = tuple(LinkType)
LAG_CALENDARS = tuple(LagCalendar)


class ScheduleError(ValueError):
    """The plan cannot be calculated; ``ids`` names the activities that are to blame."""

    def __init__(self, words: str, ids: Sequence[str] = ()) -> None:
        super().__init__(words)
        self.ids = tuple(ids)


class DuplicateActivity(ScheduleError):
    """Two activities bear one id."""


class UnknownActivity(ScheduleError):
    """A link names an activity that is not there."""


class SelfLink(ScheduleError):
    """An activity depends on itself."""


class CycleError(ScheduleError):
    """Activities wait for each other in a circle; ``ids`` lists them in order, each before the one that waits for it."""


class BadDuration(ScheduleError):
    """A duration or what remains of it is negative."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """What the passes read of activities. Limits hold NEVER, or its opposite for latest moments, where there is none."""

    duration: Ints
    remaining: Ints
    calendar: Ints
    started: Bools
    done: Bools
    start_milestone: Bools
    actual_start: Ints
    actual_finish: Ints
    resume: Ints
    expected_finish: Ints
    start_from: Ints
    finish_from: Ints
    start_until: Ints
    finish_until: Ints
    must_start: Ints
    must_finish: Ints
    late_wish: Bools


@dataclass(frozen=True, eq=False)
class Network:
    """Activities and links that can be calculated: ids are unique, links join known activities, nobody waits for himself.

    ``activities`` and ``links`` are those inside the network; levels of effort and summaries, and links that touch them, are kept in
    ``outside`` and ``outside_links``. Every link's predecessor stands on a lower ``level`` than its successor.

    >>> from zhuanban.engines.schedules import Activity, Link
    >>> three = [Activity(each, 480, "site") for each in "ABC"]
    >>> Network.from_records(three, [Link("A", "B"), Link("B", "C")]).level.tolist()
    [0, 1, 2]
    >>> Network.from_records(three, [Link("A", "B"), Link("B", "C"), Link("C", "B")])
    Traceback (most recent call last):
        ...
    zhuanban.engines.schedules.network.CycleError: activities wait for each other in a circle: B > C > B
    """

    activities: tuple[Activity, ...]
    links: tuple[Link, ...]
    outside: tuple[Activity, ...]
    outside_links: tuple[Link, ...]
    index: dict[str, int]
    calendar_keys: tuple[str, ...]
    numbers: Numbers
    link_numbers: Links
    level: Ints

    @classmethod
    def from_records(cls, activities: Iterable[Activity], links: Iterable[Link]) -> Network:
        """Raises DuplicateActivity, UnknownActivity, SelfLink, BadDuration and CycleError, all of them ScheduleError."""
        inside, outside = _sorted_out(activities)
        index = {activity.id: at for at, activity in enumerate(inside)}
        others = {activity.id for activity in outside}
        within, touching = _links_within(links, index, others)
        keys: dict[str, int] = {}
        numbers = _numbers(inside, keys)
        link_numbers = _link_numbers(within, index)
        level = levels(len(inside), link_numbers)
        if len(level) and level.min() < 0:
            raise _cycle(inside, link_numbers, level)
        return cls(tuple(inside), tuple(within), tuple(outside), tuple(touching), index, tuple(keys), numbers, link_numbers, level)

    def __len__(self) -> int:
        return len(self.activities)

    @property
    def ids(self) -> tuple[str, ...]:
        """The activities' ids, by number."""
        return tuple(activity.id for activity in self.activities)

    def with_activities(self, changed: Iterable[Activity]) -> Network:
        """The same logic with other values (durations, dates, progress) for some activities; raises UnknownActivity and BadDuration."""
        activities = list(self.activities)
        for activity in changed:
            at = self.index.get(activity.id)
            if at is None or activity.kind in OUTSIDE:
                raise UnknownActivity(f"no activity {activity.id!r} in the network", (activity.id,))
            activities[at] = activity
        keys: dict[str, int] = {}
        numbers = _numbers(activities, keys)
        layout = self.layout
        same = replace(self, activities=tuple(activities), calendar_keys=tuple(keys), numbers=numbers)
        same.__dict__["layout"] = layout
        return same

    @cached_property
    def layout(self) -> Layout:
        """How the passes walk this network; made once."""
        return lay_out(self.level, self.link_numbers)

    @property
    def order(self) -> Ints:
        """Activities' numbers in topological order, by level and within a level as given."""
        return self.layout.order

    @cached_property
    def predecessors(self) -> tuple[Ints, Ints]:
        """Pointers (n + 1,) into the numbers (e,) of the links that lead to each activity."""
        return grouped(self.link_numbers.successor, len(self))

    @cached_property
    def successors(self) -> tuple[Ints, Ints]:
        """Pointers (n + 1,) into the numbers (e,) of the links that leave each activity."""
        return grouped(self.link_numbers.predecessor, len(self))

    def links_to(self, activity: int) -> Ints:
        """Numbers of the links that lead to an activity."""
        pointers, links = self.predecessors
        return links[pointers[activity] : pointers[activity + 1]]

    def links_from(self, activity: int) -> Ints:
        """Numbers of the links that leave an activity."""
        pointers, links = self.successors
        return links[pointers[activity] : pointers[activity + 1]]


def _sorted_out(activities: Iterable[Activity]) -> tuple[list[Activity], list[Activity]]:
    inside: list[Activity] = []
    outside: list[Activity] = []
    seen: set[str] = set()
    for activity in activities:
        if activity.id in seen:
            raise DuplicateActivity(f"two activities with the id {activity.id!r}", (activity.id,))
        seen.add(activity.id)
        if activity.duration < 0 or (activity.remaining is not None and activity.remaining < 0):
            raise BadDuration(f"activity {activity.id!r} has a negative duration", (activity.id,))
        (outside if activity.kind in OUTSIDE else inside).append(activity)
    return inside, outside


def _links_within(links: Iterable[Link], index: dict[str, int], others: set[str]) -> tuple[list[Link], list[Link]]:
    within: list[Link] = []
    touching: list[Link] = []
    for link in links:
        for end in (link.predecessor, link.successor):
            if end not in index and end not in others:
                raise UnknownActivity(f"a link {link.predecessor!r} > {link.successor!r} names no activity of the plan: {end!r}", (end,))
        if link.predecessor == link.successor:
            raise SelfLink(f"activity {link.predecessor!r} depends on itself", (link.predecessor,))
        (within if link.predecessor in index and link.successor in index else touching).append(link)
    return within, touching


def _numbers(activities: Sequence[Activity], keys: dict[str, int]) -> Numbers:
    limits = _limits(activities)
    done = np.array([each.actual_finish is not None for each in activities], dtype=bool)
    return Numbers(
        duration=np.array([0 if each.kind in MILESTONES else each.duration for each in activities], dtype=np.int64),
        remaining=np.array([_remaining(each) for each in activities], dtype=np.int64),
        calendar=np.array([keys.setdefault(each.calendar, len(keys)) for each in activities], dtype=np.int64),
        started=np.array([each.actual_start is not None for each in activities], dtype=bool) | done,
        done=done,
        start_milestone=np.array([each.kind is Kind.START_MILESTONE for each in activities], dtype=bool),
        actual_start=moments_of((each.actual_start or each.actual_finish for each in activities), int(NEVER)),
        actual_finish=moments_of((each.actual_finish for each in activities), int(NEVER)),
        resume=moments_of((each.resume_at if each.suspend_at else None for each in activities), int(NEVER)),
        expected_finish=moments_of((each.expected_finish for each in activities), int(NEVER)),
        start_from=limits["start_from"],
        finish_from=limits["finish_from"],
        start_until=limits["start_until"],
        finish_until=limits["finish_until"],
        must_start=limits["must_start"],
        must_finish=limits["must_finish"],
        late_wish=np.array([any(each.type is ConstraintType.ALAP for each in activity.constraints) for activity in activities], dtype=bool),
    )


def _remaining(activity: Activity) -> int:
    if activity.actual_finish is not None or activity.kind in MILESTONES:
        return 0
    return activity.duration if activity.remaining is None else activity.remaining


LIMITS = {
    ConstraintType.SNET: ("start_from",),
    ConstraintType.SNLT: ("start_until",),
    ConstraintType.FNET: ("finish_from",),
    ConstraintType.FNLT: ("finish_until",),
    ConstraintType.SO: ("start_from", "start_until"),
    ConstraintType.FO: ("finish_from", "finish_until"),
    ConstraintType.MSO: ("must_start",),
    ConstraintType.MFO: ("must_finish",),
    ConstraintType.ALAP: (),
}


def _limits(activities: Sequence[Activity]) -> dict[str, Ints]:
    """Constraints as limits on moments; two of one kind: the stricter holds. A constraint without its date binds nothing."""
    found = {name: np.full(len(activities), NEVER, dtype=np.int64) for names in LIMITS.values() for name in names}
    found["start_until"], found["finish_until"] = -found["start_until"], -found["finish_until"]
    for at, activity in enumerate(activities):
        for constraint in activity.constraints:
            if constraint.at is None:
                continue
            for name in LIMITS[constraint.type]:
                bound = int(moments_of((constraint.at,), 0)[0])
                stricter = min if name.endswith("until") else max
                found[name][at] = stricter(int(found[name][at]), bound)
    return found


def _link_numbers(links: Sequence[Link], index: dict[str, int]) -> Links:
    kinds = {kind: at for at, kind in enumerate(LINK_TYPES)}
    sides = {side: at for at, side in enumerate(LAG_CALENDARS)}
    kind = np.array([kinds[link.type] for link in links], dtype=np.int64)
    return Links(
        predecessor=np.array([index[link.predecessor] for link in links], dtype=np.int64),
        successor=np.array([index[link.successor] for link in links], dtype=np.int64),
        from_start=(kind == kinds[LinkType.SS]) | (kind == kinds[LinkType.SF]),
        to_finish=(kind == kinds[LinkType.FF]) | (kind == kinds[LinkType.SF]),
        lag=np.array([link.lag for link in links], dtype=np.int64),
        lag_calendar=np.array([sides[link.lag_calendar] for link in links], dtype=np.int64),
    )


def _cycle(activities: Sequence[Activity], links: Links, level: Ints) -> CycleError:
    """The error that names a circle, from its smallest id on."""
    ids = [activities[each].id for each in circle(links, level)]
    start = ids.index(min(ids))
    ids = ids[start:] + ids[:start]
    return CycleError("activities wait for each other in a circle: " + " > ".join([*ids, ids[0]]), ids)
