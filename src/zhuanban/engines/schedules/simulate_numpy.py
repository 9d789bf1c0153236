"""The loops in numpy: one activity after the other, all iterations (of all plans of one shape) at a time.

Arrays have the shape (plans, iterations). The meaning of every step is that of the loops in numba; results are equal to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from zhuanban.engines.schedules.compiled import (
    AT_START,
    FROM_START,
    INSTANT,
    NEEDS_FINISH,
    NEEDS_START,
    PLAIN_TIME,
    RAW,
    SAME,
    SOURCE_LAG,
    TARGET_LAG,
    TWO_STATE,
    Compiled,
)
from zhuanban.engines.schedules.distributions import ENTRIES
from zhuanban.engines.schedules.numpy_tables import NumpyTables, Vector
from zhuanban.engines.schedules.outcome import Drawn, Draws, Outcome, Room, empty
from zhuanban.engines.schedules.random_numbers import Words, draw

EXACT = 1 << 53
CHUNK = 16_384
CODE_BITS = 20
CODES = (1 << CODE_BITS) - 1


@dataclass
class Switch:
    """A pair of rows and when each iteration changes from the frost's to the base's."""

    at: Vector
    work: Vector
    """Position of the enclosure's finish, on the frost's row."""
    gap: Vector
    """What is added to positions on the base's row."""
    marks: Vector
    """`work` where winter is on at that finish, so that work across it waits for the enclosure; else -1."""


def packed(value: Any, source: int, out: Vector | None = None) -> Any:
    """A bound with the activity that gives it in the low bits, so that one maximum finds both; the activity of the lower number wins a tie.

    Number n, one more than there are, stands for none.
    """
    code = CODES - source
    if not isinstance(value, np.ndarray):
        return (value << CODE_BITS) + code
    value = np.left_shift(value, CODE_BITS, out=out)
    value += code
    return value


class Stack:
    """Plans of one shape, run together over one block of iterations: `run`, then read `finish` and the rest."""

    def __init__(
        self, tables: NumpyTables, plans: Sequence[Compiled], drawn: Sequence[Drawn], draws: Draws, tracing: bool, room: Room
    ) -> None:
        self.tables, self.quantiles = tables.rows, tables.quantiles
        self.plans, self.drawn, self.draws, self.tracing = plans, drawn, draws, tracing
        self.like = like = plans[0]
        self.mode, self.row, self.needs, self.pair = like.mode.tolist(), like.row.tolist(), like.needs.tolist(), like.pair.tolist()
        self.pairs = like.pair_by.tolist()
        self.links = list(zip(like.link_from.tolist(), like.link_code.tolist(), like.link_row.tolist(), strict=True))
        self.link_ptr, self.link_mid = like.link_ptr.tolist(), like.link_mid.tolist()
        self.column = {name: self._columns(name) for name in ("start_from", "finish_from", "shift", "link_lag", "event_delay")}
        n, self.shape = like.size, (len(plans), draws.count)
        self.taken, self.by = room.space("taken", (n, *self.shape)), room.space("by", (n + 1, *self.shape))
        self.work_start, self.work_finish = room.space("work_start", (n, *self.shape)), room.space("work_finish", (n, *self.shape))
        self.start, self.finish = room.space("start", (n, *self.shape)), room.space("finish", (n, *self.shape))
        self.packed = {kind: room.space(f"packed {kind}", (n, *self.shape)) for kind in (0, 4)}
        self.by[n] = n
        self.ready: dict[tuple[int, int], Any] = {}
        self.unbound = (("start_from", self.tables.zero), ("finish_from", self.tables.zero), ("shift", 0))
        self.plain = [self._waits_only(activity) for activity in range(n)]
        self.switches: dict[int, Switch] = {}

    def run(self) -> None:
        """Visit every activity."""
        step = max(1, CHUNK // (self.shape[0] * self.shape[1]))
        for activity in range(self.like.size):
            if activity % step == 0:
                self._durations(activity, min(activity + step, self.like.size))
            self._visit(activity)

    def _columns(self, name: str) -> list[Any]:
        """A number of each plan: a plain one where they agree."""
        first = getattr(self.like, name).tolist()
        if len(self.plans) == 1:
            return cast(list[Any], first)
        stacked = np.stack([getattr(plan, name) for plan in self.plans]).astype(np.int64)
        same = (stacked == stacked[0]).all(axis=0)
        return [number if same[at] else stacked[:, at, None] for at, number in enumerate(first)]

    # durations

    def _durations(self, first: int, last: int) -> None:
        """What the remaining work of activities [first, last) takes."""
        taken, like = self.taken[first:last], self.like
        planned = np.stack([plan.duration[first:last] for plan in self.plans], axis=1).astype(np.int64)[:, :, None]
        bits = draw(self.draws.words, *self._keys([each.keys for each in self.drawn], slice(first, last)))
        bits >>= np.uint32(20)
        index = bits + (like.table[first:last].astype(np.int64) % len(self.quantiles) * ENTRIES)[:, None, None]
        self.quantiles.take(index, out=taken, mode="clip")
        taken *= planned
        taken >>= 12
        for at in range(first, last):
            number = int(like.combination[at])
            if number >= 0:
                taken[at - first] *= self._factors(number)
                taken[at - first] >>= 12
        np.maximum(taken, planned > 0, out=taken)
        np.minimum(taken, self.tables.cap, out=taken)
        for at in range(first, last):
            for event in range(int(like.event_ptr[at]), int(like.event_ptr[at + 1])):
                taken[at - first] += self._event(event)

    def _factors(self, number: int) -> Any:
        key = (number, -1)
        if key not in self.ready:
            span = slice(self.draws.first, self.draws.first + self.draws.count)
            self.ready[key] = np.stack([each.factors[number, span] for each in self.drawn]).astype(np.int64)
        return self.ready[key]

    def _event(self, event: int) -> Any:
        first, second = self._keys([each.event_keys for each in self.drawn], slice(event, event + 1))
        chances = np.array([plan.event_chance[event] for plan in self.plans], np.uint32)[:, None]
        return ((draw(self.draws.words, first, second)[0] >> np.uint32(8)) < chances) * self.column["event_delay"][event]

    def _keys(self, keys: Sequence[tuple[Words, Words]], at: slice) -> tuple[Words, Words]:
        """Keys [activities, plans, 1]."""
        first, second = (np.stack([each[part][at] for each in keys], axis=1)[:, :, None] for part in (0, 1))
        return first, second

    # clocks

    def _row(self, row: int) -> Any:
        season = self.draws.season
        return row if season is None or not self.tables.varying[row] else row + season

    def _position(self, activity: int, at: Any, out: Vector | None = None) -> Any:
        """Instants as positions of an activity's own work."""
        if self.mode[activity] == RAW:
            return at if out is None else np.copyto(out, at)
        at = self._spread(at)
        if self.mode[activity] != TWO_STATE:
            return self.tables.position(self._row(self.row[activity]), at, out)
        switch = self.switches[self.pair[activity]]
        late = at >= switch.at
        position = self.tables.position(self._either(activity, late), at, out)
        position += late * switch.gap
        return position

    def _instant(self, activity: int, work: Vector, start: bool = False, out: Vector | None = None) -> Any:
        """Positions of an activity's own work as instants, on the finish or the start side of a boundary."""
        if self.mode[activity] == RAW:
            return work if out is None else np.copyto(out, work)
        if self.mode[activity] != TWO_STATE:
            row = self._row(self.row[activity])
            return self.tables.start(row, work, out) if start else self.tables.finish(row, work, out)
        switch = self.switches[self.pair[activity]]
        if start:
            work = np.minimum(work + 1, self.tables.cap)
        late = work > switch.work
        at = self.tables.finish(self._either(activity, late), work - late * switch.gap, out)
        if start:
            at -= 1
        return at

    def _either(self, activity: int, late: Vector) -> Any:
        _, frost, warm = self.pairs[self.pair[activity]]
        return np.where(late, self._row(warm), self._row(frost))

    def _spread(self, value: Any) -> Vector:
        return value if isinstance(value, np.ndarray) and value.shape == self.shape else np.full(self.shape, value, np.int64)

    def _set_switches(self, enclosure: int) -> None:
        for pair, (by, frost, warm) in enumerate(self.pairs):
            if by != enclosure:
                continue
            at = self.finish[enclosure]
            work = self.tables.position(self._row(frost), at)
            gap = work - self.tables.position(self._row(warm), at)
            day = (at - 1) >> 10
            rate, width = self.tables.rate, self.tables.width
            winter = rate.take(day + self._row(frost) * width) != rate.take(day + self._row(warm) * width)
            self.switches[pair] = Switch(at, work, gap, np.where(winter, work, -1))

    # activities

    def _visit(self, activity: int) -> None:
        needs, taken = self.needs[activity], self.taken[activity]
        begin, work = self.work_start[activity], self.work_finish[activity]
        self._begin(activity, taken)
        np.add(begin, taken, out=work)
        np.minimum(work, self.tables.cap, out=work)
        if self.tracing and self.mode[activity] == TWO_STATE:
            marks = self.switches[self.pair[activity]].marks
            np.putmask(self.by[activity], (begin <= marks) & (marks < work), self.pairs[self.pair[activity]][0])
        if needs & NEEDS_START:
            self._instant(activity, begin, True, self.start[activity])
        if needs & NEEDS_FINISH:
            self._instant(activity, work, bool(needs & AT_START), self.finish[activity])
            self._set_switches(activity)

    def _begin(self, activity: int, taken: Vector) -> None:
        """The position at which work begins, and the activity that it had to wait for (n: none)."""
        first, middle, last = self.link_ptr[activity], self.link_mid[activity], self.link_ptr[activity + 1]
        begin, by = self.work_start[activity], self.by[activity]
        instants = self._instants_only(activity, first, last)
        if instants is not None:
            self._position(activity, instants >> CODE_BITS, begin)
        else:
            instants = self._bound(activity, range(first, middle), range(middle, last), taken)
            np.right_shift(instants, CODE_BITS, out=begin)
        if self.tracing:
            np.bitwise_and(instants, CODES, out=by)
            np.subtract(CODES, by, out=by)

    def _waits_only(self, activity: int) -> bool:
        """Whether nothing binds an activity but instants not before the data date."""
        first, middle, last = self.link_ptr[activity], self.link_mid[activity], self.link_ptr[activity + 1]
        if first == last or middle < last or any(self.links[link][1] >> 2 != INSTANT for link in range(first, last)):
            return False
        return all(self._is(name, activity, value) for name, value in self.unbound)

    def _instants_only(self, activity: int, first: int, last: int) -> Any:
        """The common case in fewer steps: nothing binds but instants not before the data date; packed, else None."""
        if not self.plain[activity]:
            return None
        latest: Any = None
        for link in range(first, last):
            source, code, _ = self.links[link]
            from_start = code & FROM_START
            at = self._ready(self.start if from_start else self.finish, source, 4 + from_start)
            latest = at if latest is None else np.maximum(latest, at)
        return latest

    def _is(self, name: str, at: int, value: int) -> bool:
        number = self.column[name][at]
        return not isinstance(number, np.ndarray) and number == value

    def _bound(self, activity: int, starts: range, ends: range, taken: Vector) -> Any:
        """The latest of all that binds, as a packed position."""
        begin = self._offered(activity, starts, self.column["start_from"][activity])
        if not self._is("shift", activity, 0):
            shifted = begin + (self.column["shift"][activity] << CODE_BITS)
            begin = np.maximum(shifted, packed(self.tables.zero, self.like.size))
        if ends or not self._is("finish_from", activity, self.tables.zero):
            finish = self._offered(activity, ends, self.column["finish_from"][activity])
            begin = np.maximum(begin, finish - (taken << CODE_BITS))
        return begin

    def _offered(self, activity: int, links: range, bound: Any) -> Any:
        """The latest of what these links and an instant of its own ask of the activity, packed, as positions."""
        nobody = self.like.size
        best: Any = packed(self.tables.zero, nobody)
        later: Any = packed(bound, nobody) if isinstance(bound, np.ndarray) or bound > self.tables.zero else None
        for link in links:
            source, code, _ = self.links[link]
            way, from_start = code >> 2, code & FROM_START
            if way == SAME:
                lag = self.column["link_lag"][link]
                work = self._ready(self.work_start if from_start else self.work_finish, source, from_start)
                best = np.maximum(best, work + (lag << CODE_BITS) if isinstance(lag, np.ndarray) or lag else work)
            elif way == TARGET_LAG:
                at = self._position(activity, self.start[source] if from_start else self.finish[source])
                best = np.maximum(best, packed(at + self.column["link_lag"][link], source))
            else:
                at = (
                    self._released(link)
                    if way != INSTANT
                    else self._ready(self.start if from_start else self.finish, source, 4 + from_start)
                )
                later = at if later is None else np.maximum(later, at)
        if later is None:
            return best
        position = self._position(activity, self._spread(later >> CODE_BITS)) << CODE_BITS
        position += later & CODES
        return np.maximum(best, position, out=position)

    def _ready(self, values: Vector, source: int, kind: int) -> Any:
        """Packed once for all successors."""
        key = (source, kind)
        if key not in self.ready:
            out = self.packed[kind][source] if kind in self.packed else None
            self.ready[key] = packed(values[source], source, out)
        return self.ready[key]

    def _released(self, link: int) -> Any:
        """The instants at which a link with a lag lets go, packed."""
        source, code, row = self.links[link]
        zero, cap, lag, from_start = self.tables.zero, self.tables.cap, self.column["link_lag"][link], bool(code & FROM_START)
        if code >> 2 == SOURCE_LAG:
            work = (self.work_start if from_start else self.work_finish)[source]
            return packed(self._instant(source, np.minimum(np.maximum(work + lag, zero), cap), start=from_start), source)
        at = self.start[source] if from_start else self.finish[source]
        if row != PLAIN_TIME:
            at = self.tables.position(self._row(row), at)
        at = np.minimum(np.maximum(at + lag, zero), cap)
        return packed(at if row == PLAIN_TIME else self.tables.finish(self._row(row), at), source)

    # what comes out

    def project_finish(self) -> tuple[Vector, Vector]:
        """The last finish of all, and the activity that has it (the first of several)."""
        best = packed(self.finish[int(self.like.ends[0])], int(self.like.ends[0]))
        for end in self.like.ends[1:].tolist():
            best = np.maximum(best, packed(self.finish[end], end))
        return best >> CODE_BITS, CODES - (best & CODES)

    def trace(self, starts: Vector | int) -> npt.NDArray[np.int64]:
        """[plans, n]: in how many iterations each activity lies on the way back from the one named for the iteration."""
        n, count = self.like.size, self.shape[0] * self.shape[1]
        columns, by = np.arange(count), self.by.reshape(-1)
        offsets = np.repeat(np.arange(self.shape[0]) * (n + 1), self.shape[1])
        at = self._spread(starts).reshape(-1)
        counts = np.zeros(self.shape[0] * (n + 1), np.int64)
        while int(at.min()) < n:
            counts += np.bincount(at + offsets if len(self.plans) > 1 else at, minlength=counts.size)
            at = by.take(at * count + columns)
        return counts.reshape(-1, n + 1)[:, :n]


def run_stack(
    tables: NumpyTables,
    plans: Sequence[Compiled],
    drawn: Sequence[Drawn],
    blocks: Sequence[Draws],
    traced: int,
    room: Room,
) -> list[Outcome]:
    """Run plans of one shape over all blocks; `traced` targets (the project's finish first) are traced."""
    outcomes = [Outcome(*empty(plan, sum(block.count for block in blocks), traced)) for plan in plans]
    for block in blocks:
        stack = Stack(tables, plans, drawn, block, traced > 0, room)
        stack.run()
        finish, by = stack.project_finish()
        targets: list[Vector] = [finish, *(stack.finish[target] for target in plans[0].targets.tolist())]
        starts: list[Any] = [by, *plans[0].targets.tolist()]
        for number, outcome in enumerate(outcomes):
            outcome.targets[:, block.first : block.first + block.count] = np.stack([target[number] for target in targets])
            _add_sums(outcome, stack, number, block)
        for number in range(traced):
            counts = stack.trace(starts[number])
            for plan, outcome in enumerate(outcomes):
                outcome.critical[number] += counts[plan]
    return outcomes


def _add_sums(outcome: Outcome, stack: Stack, number: int, block: Draws) -> None:
    """Sums of whole numbers, so that neither blocks nor order matter; in floating point as long as that is exact."""
    targets = (outcome.targets[:, block.first : block.first + block.count] - outcome.targets[:, :1]).astype(np.int64)
    exact, latest = targets.astype(np.float64), int(np.abs(targets).max())
    step = max(1, CHUNK // block.count)
    for first in range(0, stack.like.size, step):
        part = slice(first, first + step)
        taken: Any = stack.taken[part, number] - stack.plans[number].duration[part, None]
        widest, other = max(int(taken.max()), -int(taken.min()), 1), targets
        if widest * max(latest, widest) * block.count < EXACT:
            taken, other = taken.astype(np.float64), cast(Any, exact)
        outcome.sums[0, part] += taken.sum(axis=1).astype(np.int64)
        outcome.sums[1, part] += np.vecdot(taken, taken).astype(np.int64)
        outcome.sums[2:, part] += (other @ taken.T).astype(np.int64)
