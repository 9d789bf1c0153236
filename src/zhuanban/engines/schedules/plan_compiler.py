"""Turns one plan into arrays for the loops.

Completed activities become earliest instants of those that wait for them. Activities of no duration happen when their predecessors are
done and are counted in plain time (a start milestone on its calendar, at the start side). Enclosable activities get a calendar of two
states and an ordering-only edge from their enclosure; the enclosure's own ancestors stay in the frost.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from zhuanban.engines.calendars.ticks import TICKS
from zhuanban.engines.schedules.compiled import (
    AT_START,
    FROM_START,
    INSTANT,
    NEEDS_FINISH,
    NEEDS_START,
    OTHER_LAG,
    PLAIN_TIME,
    RAW,
    ROW,
    SAME,
    SOURCE_LAG,
    TARGET_LAG,
    TO_FINISH,
    TWO_STATE,
    Clock,
    Compiled,
    Ints,
)
from zhuanban.engines.schedules.drivers import RiskDriver, RiskEvent, chance
from zhuanban.engines.schedules.logic import Edge, Numbered, ancestors, numbered, topological
from zhuanban.engines.schedules.model import Activity, ConstraintType, Exposure, Kind, LagCalendar
from zhuanban.engines.schedules.network import OUTSIDE, BadDuration, DuplicateActivity, UnknownActivity
from zhuanban.engines.schedules.random_numbers import Longs, name_hash
from zhuanban.engines.schedules.risk_plan import RiskPlan

DAY_MINUTES = 1440
PLAIN = Clock(RAW, PLAIN_TIME)
EARLIEST_STARTS = (ConstraintType.SNET, ConstraintType.SO, ConstraintType.MSO)
EARLIEST_FINISHES = (ConstraintType.FNET, ConstraintType.FO, ConstraintType.MFO)

if TYPE_CHECKING:
    from zhuanban.engines.schedules.compiler import Compiler


def remaining_minutes(activity: Activity) -> int:
    """Minutes of work left: nothing for milestones and finished work, the whole duration where nothing is told."""
    if activity.actual_finish is not None or activity.kind is Kind.START_MILESTONE or activity.kind is Kind.FINISH_MILESTONE:
        return 0
    return activity.duration if activity.remaining is None else activity.remaining


class PlanCompiler:
    """One plan. Activities are numbered in the order of their ids, so that the plan's own order does not matter."""

    def __init__(self, compiler: Compiler, plan: RiskPlan) -> None:
        self.compiler, self.book, self.plan, self.zero = compiler, compiler.book, plan, compiler.book.zero
        self.activities = sorted((each for each in plan.activities if each.kind not in OUTSIDE), key=lambda each: each.id)
        self.index = {each.id: number for number, each in enumerate(self.activities)}
        if len(self.index) < len(self.activities):
            repeated = sorted({first.id for first, second in pairwise(self.activities) if first.id == second.id})
            raise DuplicateActivity(f"two activities with the id {repeated[0]!r}", repeated)
        self.links = numbered(plan.links, self.index, {each.id for each in plan.activities if each.kind in OUTSIDE})
        self.watched = plan.watched()
        self.pairs: dict[tuple[int, int, int], int] = {}

    def compiled(self) -> Compiled:
        edges, self.forced = self._edges()
        order = topological(len(self.activities), edges, [each.id for each in self.activities])
        self.live = [number for number in order if self.activities[number].actual_finish is None]
        self.own = [self.activities[number] for number in self.live]
        self.local = {number: at for at, number in enumerate(self.live)}
        self.remaining = [self._remaining_ticks(activity) for activity in self.own]
        self.clocks = [self._clock(at, activity) for at, activity in enumerate(self.own)]
        self.needs = [self._first_needs(at, activity) for at, activity in enumerate(self.own)]
        for enclosure, _, _ in self.pairs:
            self.needs[enclosure] |= NEEDS_FINISH
        self.start_from, self.finish_from = [self.zero] * len(self.live), [self.zero] * len(self.live)
        for at, activity in enumerate(self.own):
            if activity.constraints or activity.resume_at:
                self._constrain(at, activity)
        return self._arrays(self._live_links())

    def _edges(self) -> tuple[list[Edge], set[int]]:
        """Links and ordering-only edges from enclosures, and the enclosable activities that must stay in the frost."""
        edges = [(link.before, link.after) for link in self.links]
        wards: dict[str, list[int]] = {}
        for number, activity in enumerate(self.activities):
            if activity.exposure is Exposure.ENCLOSABLE and activity.actual_finish is None:
                wards.setdefault(activity.enclosure, []).append(number)
        forced: set[int] = set()
        for name in sorted(wards):
            enclosure = self.index.get(name)
            before = set(wards[name]) if enclosure is None else ancestors(enclosure, edges)
            forced.update(number for number in wards[name] if number in before)
            if enclosure is not None:
                edges.extend((enclosure, number) for number in wards[name] if number not in before)
        return edges, forced

    # how activities count

    def _remaining_ticks(self, activity: Activity) -> int:
        minutes = remaining_minutes(activity)
        if minutes < 0 or activity.duration < 0:
            raise BadDuration(f"activity {activity.id!r} has a negative duration", (activity.id,))
        self.compiler.row(activity.calendar, "", "plain")
        return min(self.book.calendars[activity.calendar].ticks(minutes), self.book.cap)

    def _clock(self, at: int, activity: Activity) -> Clock:
        if not self.remaining[at]:
            return self._on_row(activity, "plain") if activity.kind is Kind.START_MILESTONE else PLAIN
        if self.book.frost is None:
            return self._on_row(activity, "plain")
        try:
            return self._frosted(at, activity)
        except ValueError as error:
            raise ValueError(f"activity {activity.id!r}: {error}") from None

    def _frosted(self, at: int, activity: Activity) -> Clock:
        if activity.exposure is Exposure.SHELTERED:
            return self._on_row(activity, "warm" if activity.work_class else "plain")
        frozen = self._on_row(activity, "frozen")
        if activity.exposure is Exposure.OUTDOOR or self.live[at] in self.forced:
            return frozen
        warm = self._on_row(activity, "warm")
        enclosure = self.local.get(self.index[activity.enclosure])
        if enclosure is None or warm == frozen:
            return warm
        pair = self.pairs.setdefault((enclosure, frozen.row, warm.row), len(self.pairs))
        return Clock(TWO_STATE, warm.row, frozen.row, pair)

    def _on_row(self, activity: Activity, state: str) -> Clock:
        return Clock(ROW, self.compiler.row(activity.calendar, "" if state == "plain" else activity.work_class, state))

    def _first_needs(self, at: int, activity: Activity) -> int:
        seen = NEEDS_FINISH if activity.flagged or activity.id in self.watched else 0
        return seen | (AT_START if self.clocks[at].mode != RAW and not self.remaining[at] else 0)

    def _constrain(self, at: int, activity: Activity) -> None:
        begun = activity.actual_start is not None
        if begun and activity.suspend_at and activity.resume_at:
            self.start_from[at] = max(self.zero, self.book.instant(activity.resume_at))
        for constraint in activity.constraints:
            if constraint.at is None:
                continue
            if constraint.type in EARLIEST_STARTS and not begun:
                self.start_from[at] = max(self.start_from[at], self.book.instant(constraint.at))
            elif constraint.type in EARLIEST_FINISHES:
                self.finish_from[at] = max(self.finish_from[at], self.book.instant(constraint.at, end=True))

    # links

    def _live_links(self) -> list[tuple[int, int, int, int, int]]:
        """(successor, predecessor, code, lag, row) by local numbers; links from what has happened become earliest instants."""
        found = []
        local, clocks, needs = self.local, self.clocks, self.needs
        for link in self.links:
            at = local.get(link.after)
            if at is None:
                continue
            source = local.get(link.before)
            if source is None or (link.sides & FROM_START and self.own[source].actual_start):
                self._bound(at, link)
                continue
            if not link.lag:
                way, lag, row = SAME if clocks[source] == clocks[at] else INSTANT, 0, PLAIN_TIME
            else:
                way, lag, row = self._way(link, clocks[source], clocks[at])
            if way not in (SAME, SOURCE_LAG):
                needs[source] |= NEEDS_START if link.sides & FROM_START else NEEDS_FINISH
            found.append((at, source, link.sides | way << 2, lag, row))
        return found

    def _bound(self, at: int, link: Numbered) -> None:
        """A link from an end that has happened: the activity may not be earlier than that and the lag."""
        activity = self.activities[link.before]
        if link.sides & FROM_START:
            begun = activity.actual_start or activity.actual_finish
            assert begun is not None
            instant = self.book.instant(begun)
        else:
            assert activity.actual_finish is not None
            instant = self.book.instant(activity.actual_finish, end=True)
        if link.lag:
            lag, row = self._lag(link)
            instant = min(max(instant + lag, 0), self.book.cap) if row == PLAIN_TIME else self.book.advance(row, instant, lag)
        bounds = self.finish_from if link.sides & TO_FINISH else self.start_from
        bounds[at] = max(bounds[at], instant)

    def _lag(self, link: Numbered) -> tuple[int, int]:
        """The lag in ticks and the row that it is counted on."""
        on = link.link.lag_calendar
        if on is LagCalendar.ALWAYS:
            return self._held(round(link.lag * TICKS / DAY_MINUTES)), PLAIN_TIME
        key = self.plan.project_calendar
        if on is not LagCalendar.PROJECT:
            key = self.activities[link.before if on is LagCalendar.PREDECESSOR else link.after].calendar
        row = self.compiler.row(key, "", "plain")
        return self._held(self.book.calendars[key].ticks(link.lag)), row

    def _held(self, ticks: int) -> int:
        return min(max(ticks, -self.book.cap), self.book.cap)

    def _way(self, link: Numbered, source: Clock, target: Clock) -> tuple[int, int, int]:
        """How the loops follow a link with a lag: way, lag, row."""
        same, on = source == target, link.link.lag_calendar
        lag, row = self._lag(link)
        if on is LagCalendar.PREDECESSOR and source.mode != RAW:
            return (SAME if same else SOURCE_LAG), lag, PLAIN_TIME
        if on is LagCalendar.SUCCESSOR and target.mode != RAW:
            return (SAME if same else TARGET_LAG), lag, PLAIN_TIME
        if row == PLAIN_TIME and same and source.mode == RAW:
            return SAME, lag, PLAIN_TIME
        return OTHER_LAG, lag, row

    # arrays

    def _arrays(self, links: Sequence[tuple[int, int, int, int, int]]) -> Compiled:
        count = len(self.own)
        shifts = [self._shift(activity) for activity in self.own] if self.plan.start_shifts else [0] * count
        covered = {source for at, source, code, lag, _ in links if lag >= 0 and shifts[at] >= 0 and not code & FROM_START}
        ends = [at for at in range(count) if at not in covered]
        for at in ends:
            self.needs[at] |= NEEDS_FINISH
        clocks = _ints(self.clocks).reshape(-1, 4)
        columns = _by_successor(links)
        pointers = _pointers(columns[0], count)
        to_starts = columns[0][columns[2] & TO_FINISH == 0]
        combinations, combination = self._combinations()
        event_ptr, event_chance, event_delay, event_names = self._events()
        flagged = [each for each in self.activities if each.flagged or each.id in self.watched]
        flagged.sort(key=lambda each: each.id not in self.watched)
        unfinished = [each for each in flagged if each.actual_finish is None]
        return Compiled(
            plan=self.plan,
            ids=tuple(each.id for each in self.own),
            names=np.array([name_hash(each.id) for each in self.own], np.uint64),
            mode=clocks[:, 0].copy(),
            row=clocks[:, 1].copy(),
            frost_row=clocks[:, 2].copy(),
            pair=clocks[:, 3].copy(),
            needs=_ints(self.needs),
            duration=_ints(self.remaining),
            table=_ints([self.compiler.number(self.plan, each) if self.remaining[at] else -1 for at, each in enumerate(self.own)]),
            combination=_ints(combination),
            shift=_ints(shifts),
            start_from=_ints(self.start_from),
            finish_from=_ints(self.finish_from),
            link_ptr=pointers,
            link_mid=(pointers[:-1] + np.bincount(to_starts, minlength=count)[:count]).astype(np.int32),
            link_from=columns[1],
            link_code=columns[2],
            link_lag=columns[3],
            link_row=columns[4],
            pair_by=np.array(list(self.pairs), np.int32).reshape(-1, 3),
            event_ptr=event_ptr,
            event_chance=event_chance,
            event_delay=event_delay,
            event_names=event_names,
            ends=_ints(ends),
            combinations=combinations,
            targets=_ints([self.local[self.index[each.id]] for each in unfinished]),
            traced=1 + sum(1 for each in unfinished if each.id in self.watched),
            reached={each.id: self.book.instant(each.actual_finish, end=True) for each in flagged if each.actual_finish},
            completed_at=max(
                (self.book.instant(each.actual_finish, end=True) for each in self.activities if each.actual_finish), default=self.zero
            ),
            has_predecessors=self._led_to(),
            has_successors=self._led_from(),
        )

    def _shift(self, activity: Activity) -> int:
        return self._held(round(self.plan.start_shifts.get(activity.id, 0) * TICKS))

    def _combinations(self) -> tuple[tuple[tuple[RiskDriver, ...], ...], list[int]]:
        """The sets of drivers that touch activities, and each activity's."""
        if not self.compiler.drivers:
            return (), [-1] * len(self.own)
        sets: dict[tuple[int, ...], int] = {}
        numbers = []
        for at, activity in enumerate(self.own):
            touched = self.compiler.drivers_of(self.plan, activity) if self.remaining[at] else ()
            numbers.append(sets.setdefault(touched, len(sets)) if touched else -1)
        return tuple(tuple(self.compiler.drivers[number] for number in touched) for touched in sets), numbers

    def _events(self) -> tuple[Ints, npt.NDArray[np.uint32], Ints, Longs]:
        by_activity: dict[str, list[RiskEvent]] = {}
        for event in sorted(self.plan.events, key=lambda each: each.id):
            if event.activity not in self.index:
                raise UnknownActivity(f"risk event {event.id!r} names no activity of the plan: {event.activity!r}", (event.activity,))
            by_activity.setdefault(event.activity, []).append(event)
        found = [(at, event) for at, activity in enumerate(self.own) for event in by_activity.get(activity.id, ())]
        return (
            _pointers(_ints([at for at, _ in found]), len(self.own)),
            np.array([chance(event.probability) for _, event in found], np.uint32),
            _ints([min(round(event.delay_days * TICKS), self.book.cap) for _, event in found]),
            np.array([name_hash("event\0" + event.id) for _, event in found], np.uint64),
        )

    def _led_to(self) -> dict[str, bool]:
        reached = {link.after for link in self.links}
        return {name: self.index.get(name) in reached for name in self.watched}

    def _led_from(self) -> dict[str, bool]:
        left = {link.before for link in self.links}
        behind = {each.enclosure for each in self.activities if each.id != each.enclosure}
        return {name: self.index.get(name) in left or name in behind for name in self.watched}


def _by_successor(links: Sequence[tuple[int, int, int, int, int]]) -> list[Ints]:
    """Columns of links: by successor, links to starts first, those that give positions before those that give instants, by predecessor."""
    columns = np.array(links, np.int32).reshape(-1, 5).T
    after, before, code, lag, row = columns
    way = code >> 2
    order = np.lexsort((row, lag, code, before, (way != SAME) & (way != TARGET_LAG), code & TO_FINISH, after))
    return [np.ascontiguousarray(column[order]) for column in columns]


def _ints(values: Any) -> Ints:
    return np.array(values, np.int32)


def _pointers(owners: Ints, count: int) -> Ints:
    """Where the group of each owner begins, [count + 1]."""
    return np.concatenate(([0], np.cumsum(np.bincount(owners, minlength=count)[:count]))).astype(np.int32)
