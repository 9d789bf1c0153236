"""The two passes over a laid-out network, a level at a time: bounds are gathered over links, then every activity of the level is placed.

All moments count from the first day of the calendar tables, all work from there too, each in its activity's own calendar.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhuanban.engines.calendars.tables import CalendarTables, Ints
from zhuanban.engines.schedules.layout import Bools, Layout, Sweep
from zhuanban.engines.schedules.network import NEVER

ALWAYS_LATE = -NEVER


@dataclass(frozen=True, eq=False)
class Case:
    """One calculation: arrays over activities stand in the layout's order, arrays over links in the network's.

    ``start_from`` and ``finish_from`` hold the data date, constraints and mandatory dates; ``lag`` is what is left of each lag;
    ``lapsed`` links bind no more, ``broken`` ones (into a mandatory date) bind only backwards.
    """

    layout: Layout
    tables: CalendarTables
    calendar: Ints
    remaining: Ints
    data_date: Ints
    project: Ints
    done: Bools
    start_milestone: Bools
    start_from: Ints
    finish_from: Ints
    start_until: Ints
    finish_until: Ints
    must_start: Ints
    must_finish: Ints
    expected_finish: Ints
    late_wish: Bools
    lag: Ints
    lag_calendar: Ints
    lapsed: Bools
    broken: Bools


@dataclass(frozen=True, eq=False)
class Placed:
    """Times (2n,), and the work positions of start and finish (n,) in each activity's own calendar."""

    times: Ints
    start: Ints
    finish: Ints


class Reach:
    """The bounds that a level's links set: reads times, adds (or takes away) lags, keeps the strictest per end."""

    def __init__(self, case: Case, sweep: Sweep, *, backwards: bool, idle: Bools) -> None:
        self.tables, self.sweep = case.tables, sweep
        self.lag_calendar = case.lag_calendar[sweep.link]
        self.lag = -case.lag[sweep.link] if backwards else case.lag[sweep.link]
        self.lagged = np.flatnonzero(self.lag)
        self.idle = np.flatnonzero(idle[sweep.link])
        self.none = ALWAYS_LATE if backwards else NEVER
        self.strictest = np.minimum if backwards else np.maximum
        self._lagged_at = np.searchsorted(self.lagged, sweep.bounds).tolist()
        self._idle_at = np.searchsorted(self.idle, sweep.bounds).tolist()

    def bind(self, level: int, times: Ints, limits: Ints) -> None:
        """Tighten ``limits`` (2n,) by the links of one level, from ``times`` (2n,)."""
        first, last = self.sweep.bounds[level], self.sweep.bounds[level + 1]
        if first == last:
            return
        bound = self._bounds(level, first, last, times)
        groups = slice(self.sweep.group_bounds[level], self.sweep.group_bounds[level + 1])
        target = self.sweep.target[groups]
        limits[target] = self.strictest(limits[target], self.strictest.reduceat(bound, self.sweep.begins[groups] - first))

    def _bounds(self, level: int, first: int, last: int, times: Ints) -> Ints:
        bound: Ints = times.take(self.sweep.source[first:last])
        lagged = self.lagged[self._lagged_at[level] : self._lagged_at[level + 1]]
        if len(lagged):
            bound[lagged - first] = self.tables.add(self.lag_calendar[lagged], bound[lagged - first], self.lag[lagged])
        idle = self.idle[self._idle_at[level] : self._idle_at[level + 1]]
        if len(idle):
            bound[idle - first] = self.none
        return bound

    def all(self, times: Ints) -> Ints:
        """The bound that every link would set, idle or not, in the network's order of links."""
        bound: Ints = times.take(self.sweep.source)
        bound[self.lagged] = self.tables.add(self.lag_calendar[self.lagged], bound[self.lagged], self.lag[self.lagged])
        unsorted = np.empty_like(bound)
        unsorted[self.sweep.link] = bound
        return unsorted


def forward(case: Case, reach: Reach) -> tuple[Placed, Ints]:
    """Early times and positions; also what remains of each activity, which an expected finish may have changed."""
    count = len(case.calendar)
    limits = np.empty(2 * count, dtype=np.int64)
    limits[0::2], limits[1::2] = case.start_from, case.finish_from
    placed = Placed(np.full(2 * count, NEVER), np.empty(count, np.int64), np.empty(count, np.int64))
    remaining = case.remaining.copy()
    expecting = case.expected_finish > NEVER
    for level, (first, last) in enumerate(zip(case.layout.bounds, case.layout.bounds[1:], strict=False)):
        reach.bind(level, placed.times, limits)
        some = slice(first, last)
        _place_early(case, some, limits, placed, remaining)
        if expecting[some].any():
            _stretch(case, first + np.flatnonzero(expecting[some]), limits, placed, remaining)
    return placed, remaining


def _place_early(case: Case, some: slice, limits: Ints, placed: Placed, remaining: Ints) -> None:
    """Put a level's activities where their limits allow, in work positions and as moments."""
    starts, finishes = limits[2 * some.start : 2 * some.stop : 2], limits[2 * some.start + 1 : 2 * some.stop : 2]
    calendar, work = case.calendar[some], remaining[some]
    at = case.tables.work(calendar, starts)
    held = np.flatnonzero(finishes > NEVER)
    if len(held):
        at[held] = np.maximum(at[held], case.tables.work(calendar[held], finishes[held]) - work[held])
    placed.start[some], placed.finish[some] = at, at + work
    begin, end = case.tables.start(calendar, at), case.tables.finish(calendar, at + work)
    if len(held):
        asked = finishes[held]
        end[held] = np.where(asked == case.tables.start(calendar[held], (at + work)[held]), asked, end[held])
    nothing = np.flatnonzero(work == 0)
    if len(nothing):
        asked = np.maximum(starts[nothing], finishes[nothing])
        begin[nothing] = end[nothing] = _point(case, some.start + nothing, asked, begin[nothing], end[nothing])
    placed.times[2 * some.start : 2 * some.stop : 2], placed.times[2 * some.start + 1 : 2 * some.stop : 2] = begin, end


def _point(case: Case, which: Ints, asked: Ints, begin: Ints, end: Ints) -> Ints:
    """Where on a boundary an activity without remaining work stands.

    A completed one at the moment asked for; a finish milestone (or a task without duration) on the finish side unless something holds it
    later; a start milestone on the start side.
    """
    stays = case.done[which] | (~case.start_milestone[which] & (asked == end))
    return np.asarray(np.where(stays, asked, begin))


def _stretch(case: Case, which: Ints, limits: Ints, placed: Placed, remaining: Ints) -> None:
    """Let an expected finish tell what remains, unless it lies before the start or something else bounds the finish from below."""
    free = limits[2 * which + 1] == NEVER
    which = which[free & (case.expected_finish[which] >= placed.times[2 * which]) & (case.expected_finish[which] >= case.data_date[which])]
    calendar = case.calendar[which]
    until = case.tables.work(calendar, case.expected_finish[which])
    longer = until > placed.start[which]
    which, calendar, until = which[longer], calendar[longer], until[longer]
    remaining[which], placed.finish[which] = until - placed.start[which], until
    placed.times[2 * which + 1] = case.tables.finish(calendar, until)


def backward(case: Case, reach: Reach, remaining: Ints, project_finish: Ints) -> Placed:
    """Late times and positions; ``project_finish`` (n,) is the latest finish of each activity's project."""
    count = len(case.calendar)
    limits = np.empty(2 * count, dtype=np.int64)
    limits[0::2], limits[1::2] = case.start_until, np.minimum(case.finish_until, project_finish)
    placed = Placed(np.full(2 * count, ALWAYS_LATE), np.empty(count, np.int64), np.empty(count, np.int64))
    fixed = (case.must_start > NEVER) | (case.must_finish > NEVER)
    for level in reversed(range(case.layout.levels)):
        reach.bind(level, placed.times, limits)
        some = slice(case.layout.bounds[level], case.layout.bounds[level + 1])
        _place_late(case, some, limits, placed, remaining, fixed)
    return placed


def _place_late(case: Case, some: slice, limits: Ints, placed: Placed, remaining: Ints, fixed: Bools) -> None:
    starts, finishes = limits[2 * some.start : 2 * some.stop : 2], limits[2 * some.start + 1 : 2 * some.stop : 2]
    calendar, work = case.calendar[some], remaining[some]
    at = latest(case, calendar, starts, finishes, work)
    if fixed[some].any():
        _fix(case, some.start + np.flatnonzero(fixed[some]), some.start, at, work)
    placed.start[some], placed.finish[some] = at - work, at
    begin, end = case.tables.start(calendar, at - work), case.tables.finish(calendar, at)
    held = np.flatnonzero(starts < ALWAYS_LATE)
    if len(held):
        asked = starts[held]
        begin[held] = np.where(asked == case.tables.finish(calendar[held], (at - work)[held]), asked, begin[held])
    nothing = np.flatnonzero(work == 0)
    if len(nothing):
        which = some.start + nothing
        asked = np.minimum(starts[nothing], finishes[nothing])
        point = np.where(case.start_milestone[which] & (asked >= begin[nothing]), begin[nothing], end[nothing])
        begin[nothing] = end[nothing] = np.where(case.done[which], asked, point)
    placed.times[2 * some.start : 2 * some.stop : 2], placed.times[2 * some.start + 1 : 2 * some.stop : 2] = begin, end


def latest(case: Case, calendar: Ints, starts: Ints, finishes: Ints, work: Ints) -> Ints:
    """The latest position of the finish, given the latest moments of start and finish."""
    at = case.tables.work(calendar, finishes)
    held = np.flatnonzero(starts < ALWAYS_LATE)
    if len(held):
        at[held] = np.minimum(at[held], case.tables.work(calendar[held], starts[held]) + work[held])
    return at


def _fix(case: Case, which: Ints, first: int, at: Ints, work: Ints) -> None:
    """Mandatory dates are the late dates too."""
    for moments, extra in ((case.must_start, work), (case.must_finish, np.zeros_like(work))):
        here = which[moments[which] > NEVER]
        at[here - first] = case.tables.work(case.calendar[here], moments[here]) + extra[here - first]


def as_late_as_possible(case: Case, reach: Reach, early: Placed, remaining: Ints, project_finish: Ints) -> None:
    """Move the activities that wish it back over their free float; nothing else moves."""
    limits = np.empty(2 * len(case.calendar), dtype=np.int64)
    limits[0::2], limits[1::2] = case.start_until, np.minimum(case.finish_until, project_finish)
    for level in reversed(range(case.layout.levels)):
        some = slice(case.layout.bounds[level], case.layout.bounds[level + 1])
        if case.late_wish[some].any():
            reach.bind(level, early.times, limits)
            _move_late(case, some.start + np.flatnonzero(case.late_wish[some]), limits, early, remaining)


def _move_late(case: Case, which: Ints, limits: Ints, early: Placed, remaining: Ints) -> None:
    calendar, work = case.calendar[which], remaining[which]
    at = latest(case, calendar, limits[2 * which], limits[2 * which + 1], work)
    later = at > early.finish[which]
    which, calendar, work, at = which[later], calendar[later], work[later], at[later]
    early.start[which], early.finish[which] = at - work, at
    begin, end = case.tables.start(calendar, at - work), case.tables.finish(calendar, at)
    early.times[2 * which] = np.where(work == 0, np.where(case.start_milestone[which], begin, end), begin)
    early.times[2 * which + 1] = np.where((work == 0) & case.start_milestone[which], begin, end)
