"""The loops compiled by numba: plan by plan, a block of iterations at a time, in whole numbers of 32 bits.

Import this module only where numba is wanted: loading it takes a third of a second, compiling it for the first time some ten seconds (kept
in numba's cache: NUMBA_CACHE_DIR, else beside this file, else in the user's cache folder).

Numba widens arithmetic on 32 bits to 64: every result is cast back at once, and what serves as an index is made unsigned, which spares the
test for negative indices.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import local
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from zhuanban.engines.schedules.compiled import Compiled
from zhuanban.engines.schedules.numpy_tables import NumpyTables
from zhuanban.engines.schedules.outcome import Drawn, Outcome, empty
from zhuanban.engines.schedules.random_numbers import Words, weyl

BLOCK = 2048
"""Iterations worked through at once, at most: the default of 2,000 in one go."""
(
    MODE,
    ROW,
    FROST_ROW,
    PAIR,
    NEEDS,
    DURATION,
    TABLE,
    COMBINATION,
    SHIFT,
    START_FROM,
    FINISH_FROM,
    LINKS,
    TO_ENDS,
    LINKS_END,
    EVENTS,
    EVENTS_END,
) = range(16)
FROM, CODE, LAG, LAG_ROW = range(4)
SAME, INSTANT, SOURCE_LAG, TARGET_LAG = 0, 1, 2, 3
NEEDS_FINISH, NEEDS_START, AT_START = 1, 2, 4


OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
PART: dict[str, Any] = {**OPTIONS, "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""The parts make no arrays, so that they need not count who holds one: counting at every call cost as much as half of the work.

`_nrt` is numba's own switch for that, undocumented: a part that made an array would not compile with it.
"""
_part = njit(**PART)


def _kept(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile and keep the machine code, with that of all parts; where no folder can be written, compile anew in each process."""
    try:
        return njit(cache=True, **OPTIONS)(function)  # type: ignore[no-any-return]
    except RuntimeError:
        return njit(**OPTIONS)(function)  # type: ignore[no-any-return]


# `rows`: flat tables rate, offset, grid, stop, inverse, shift and days, flags whole and varying, and the widths of a row in the first two, in
# stop and what follows it, and in grid. See `NumpyTables` for the arithmetic.


@_part
def _place(rate: Any, offset: Any, day: Any, at: Any) -> Any:
    """Work before an instant of this (flat) day."""
    return np.int32((at * rate[day] + offset[day]) >> 10)


@_part
def _when(stop: Any, inverse: Any, shift: Any, day: Any, work: Any) -> Any:
    """The first instant with so much work done; the (flat) day is the right one or the one before it."""
    day += np.uintp(work > stop[day])
    return np.int32((work * inverse[day] + shift[day]) >> 20)


@_part
def _positions(rows: Any, row: int, season: Any, at: Any, out: Any) -> None:
    """Instants as positions on a row."""
    rate, offset, width = rows[0], rows[1], rows[9]
    if rows[8][row] and season.size:
        for j in range(at.size):
            out[j] = _place(rate, offset, np.uintp((row + season[j]) * width + (at[j] >> 10)), at[j])
    else:
        base = row * width
        for j in range(at.size):
            out[j] = _place(rate, offset, np.uintp(base + (at[j] >> 10)), at[j])


@_part
def _finishes(rows: Any, row: int, season: Any, cell: Any, work: Any, out: Any, ways: Any) -> None:
    """Positions on a row as instants, on the finish side. Loops that look up and loops that compute are kept apart: the latter run in SIMD."""
    grid, stop, inverse, shift, length, cells = rows[2], rows[3], rows[4], rows[5], rows[10], rows[11]
    if rows[8][row] and season.size:
        for j in range(work.size):
            number = row + season[j]
            day = np.uintp(grid[np.uintp(number * cells + (work[j] >> cell))] + number * length)
            out[j] = _when(stop, inverse, shift, day, work[j])
    elif rows[7][row]:
        first_day, full_days = row * length, rows[6]
        for j in range(work.size):
            out[j] = np.int32(work[j] + full_days[np.uintp(first_day + ((work[j] - 1) >> 10))])
    else:
        first_cell, first_knot = row * cells, row * length
        days, stops = ways[0], ways[1]
        for j in range(work.size):
            own_day = np.int32(grid[np.uintp(first_cell + (work[j] >> cell))] + first_knot)
            days[j] = own_day
            stops[j] = stop[np.uintp(own_day)]
        for j in range(work.size):
            days[j] = np.int32(days[j] + np.int32(work[j] > stops[j]))
        for j in range(work.size):
            at = np.uintp(days[j])
            out[j] = np.int32((work[j] * inverse[at] + shift[at]) >> 20)


@_part
def _to_positions(rows: Any, activity: Any, switches: Any, season: Any, at: Any, out: Any) -> None:
    """Instants as positions of an activity's own work."""
    if activity[MODE] == 0:
        for j in range(at.size):
            out[j] = at[j]
    elif activity[MODE] == 1:
        _positions(rows, activity[ROW], season, at, out)
    else:
        rate, offset, width = rows[0], rows[1], rows[9]
        frost, warm = activity[FROST_ROW], activity[ROW]
        moving_frost, moving_warm = rows[8][frost] and season.size > 0, rows[8][warm] and season.size > 0
        turn, gap = switches[activity[PAIR], 0], switches[activity[PAIR], 2]
        for j in range(at.size):
            late = at[j] >= turn[j]
            number = warm if late else frost
            if moving_warm if late else moving_frost:
                number = number + season[j]
            out[j] = np.int32(_place(rate, offset, np.uintp(number * width + (at[j] >> 10)), at[j]) + (gap[j] if late else 0))


@_part
def _to_instants(
    rows: Any, activity: Any, switches: Any, season: Any, cell: Any, cap: Any, start: bool, work: Any, out: Any, ways: Any
) -> None:
    """Positions of an activity's own work as instants, on the finish or the start side of a boundary. `out` may not be `work`."""
    if activity[MODE] == 0:
        for j in range(work.size):
            out[j] = work[j]
        return
    if start:
        ahead = ways[2]
        for j in range(work.size):
            ahead[j] = min(np.int32(work[j] + 1), cap)
        work = ahead
    if activity[MODE] == 1:
        _finishes(rows, activity[ROW], season, cell, work, out, ways)
    else:
        grid, stop, inverse, shift, length, cells = rows[2], rows[3], rows[4], rows[5], rows[10], rows[11]
        frost, warm = activity[FROST_ROW], activity[ROW]
        moving_frost, moving_warm = rows[8][frost] and season.size > 0, rows[8][warm] and season.size > 0
        turn, gap = switches[activity[PAIR], 1], switches[activity[PAIR], 2]
        for j in range(work.size):
            late = work[j] > turn[j]
            number = warm if late else frost
            if moving_warm if late else moving_frost:
                number = number + season[j]
            own = np.int32(work[j] - (gap[j] if late else 0))
            day = np.uintp(grid[np.uintp(number * cells + (own >> cell))] + number * length)
            out[j] = _when(stop, inverse, shift, day, own)
    if start:
        for j in range(work.size):
            out[j] = np.int32(out[j] - 1)


@_part
def _offer(best: Any, by: Any, values: Any, row: Any, lag: Any, source: Any) -> None:
    """Keep the later bound and who gave it. Sources come in rising order, so that the activity of the lower number wins a tie, as in `packed`.

    `by` is written as a maximum because a conditional store is slow.
    """
    mine = np.uintp(row)
    for j in range(best.size):
        offered = np.int32(values[mine, j] + lag)
        mask = -np.int32(offered > best[j])
        best[j] = max(best[j], offered)
        by[j] = max(by[j], np.int32(np.int32(mask & np.int32(source + 1)) - 1))


@_part
def _draw(word: Any, key_1: Any, key_2: Any) -> Any:
    """32 random bits, as in `random_numbers.draw`."""
    word = np.uint32(word + key_1)
    word = np.uint32(word ^ (word >> np.uint32(16)))
    word = np.uint32(word * np.uint32(0x7FEB352D))
    word = np.uint32(word ^ (word >> np.uint32(15)))
    word = np.uint32(word + key_2)
    word = np.uint32(word * np.uint32(0x846CA68B))
    return np.uint32(word ^ (word >> np.uint32(16)))


@_part
def _durations(
    activity: Any,
    keys: Any,
    event_keys: Any,
    chances: Any,
    delays: Any,
    quantiles: Any,
    factors: Any,
    words: Any,
    first: int,
    cap: Any,
    out: Any,
    index: Any,
) -> None:
    """What the remaining work takes, in ticks."""
    planned = activity[DURATION]
    high, low = np.int32(planned >> 12), np.int32(planned & 4095)
    if activity[TABLE] >= 0:
        quantile = quantiles[activity[TABLE]]
        key_1, key_2 = keys[0], keys[1]
        for j in range(out.size):
            index[j] = np.int32(_draw(words[j], key_1, key_2) >> np.uint32(20))
        for j in range(out.size):
            out[j] = quantile[np.uintp(index[j])]
        for j in range(out.size):
            out[j] = np.int32(np.int32(high * out[j]) + np.int32(np.int32(low * out[j]) >> 12))
    else:
        for j in range(out.size):
            out[j] = planned
    if activity[COMBINATION] >= 0:
        shared = factors[activity[COMBINATION], first : first + out.size]
        for j in range(out.size):
            factor = shared[j]
            out[j] = np.int32(np.int32(np.int32(out[j] >> 12) * factor) + np.int32(np.int32(np.int32(out[j] & 4095) * factor) >> 12))
    if activity[TABLE] >= 0 or activity[COMBINATION] >= 0:
        for j in range(out.size):
            out[j] = min(max(out[j], np.int32(1)), cap)
    for event in range(activity[EVENTS], activity[EVENTS_END]):
        for j in range(out.size):
            if (_draw(words[j], event_keys[event, 0], event_keys[event, 1]) >> np.uint32(8)) < chances[event]:
                out[j] = np.int32(out[j] + delays[event])


@_part
def _releases(
    rows: Any, source: Any, link: Any, switches: Any, season: Any, cell: Any, zero: Any, cap: Any, work: Any, at: Any, out: Any, ways: Any
) -> None:
    """The instants at which a link with a lag lets go; `work` and `at` are the end of the source that it hangs on."""
    held = ways[3]
    lag, row = link[LAG], link[LAG_ROW]
    if link[CODE] >> 2 == SOURCE_LAG:
        for j in range(out.size):
            held[j] = min(max(np.int32(work[j] + lag), zero), cap)
        _to_instants(rows, source, switches, season, cell, cap, (link[CODE] & 2) != 0, held, out, ways)
    elif row < 0:
        for j in range(out.size):
            out[j] = min(max(np.int32(at[j] + lag), zero), cap)
    else:
        _positions(rows, row, season, at, held)
        for j in range(out.size):
            held[j] = min(max(np.int32(held[j] + lag), zero), cap)
        _finishes(rows, row, season, cell, held, out, ways)


@_part
def _offers(
    rows: Any, activities: Any, number: int, links: Any, first: int, last: int, bound: Any, switches: Any, season: Any, cell: Any,
    zero: Any, cap: Any, begin: Any, work: Any, start: Any, finish: Any, best: Any, by: Any, spares: Any, later: Any, later_by: Any, ways: Any
) -> None:  # fmt: skip
    """Offer what links [first, last) and an instant of its own ask of an activity, as positions; `best` stays at zero - 1 if nothing does."""
    activity, spare = activities[number], spares[0]
    for j in range(best.size):
        best[j] = zero - 1
        by[j] = -1
    any_later = bound > zero
    for link in range(first, last):
        way = links[link, CODE] >> 2
        source = links[link, FROM]
        from_start = (links[link, CODE] & 2) != 0
        if way == SAME:
            _offer(best, by, begin if from_start else work, source, links[link, LAG], source)
        elif way == TARGET_LAG:
            _to_positions(rows, activity, switches, season, start[source] if from_start else finish[source], spare)
            _offer(best, by, spares, 0, links[link, LAG], source)
        else:
            any_later = True
    if not any_later:
        return
    for j in range(later.size):
        later[j] = bound - 1
        later_by[j] = -1
    for link in range(first, last):
        way = links[link, CODE] >> 2
        if way in (SAME, TARGET_LAG):
            continue
        source = links[link, FROM]
        from_start = (links[link, CODE] & 2) != 0
        if way == INSTANT:
            _offer(later, later_by, start if from_start else finish, source, np.int32(0), source)
        else:
            own_work, own_at = (begin[source], start[source]) if from_start else (work[source], finish[source])
            _releases(rows, activities[source], links[link], switches, season, cell, zero, cap, own_work, own_at, spare, ways)
            _offer(later, later_by, spares, 0, np.int32(0), source)
    for j in range(later.size):
        later[j] = max(later[j], bound)
    _to_positions(rows, activity, switches, season, later, spare)
    for j in range(best.size):
        wins = (spare[j] > best[j]) | ((spare[j] == best[j]) & (np.uint32(later_by[j]) < np.uint32(by[j])))
        mask = -np.int32(wins)
        best[j] = max(best[j], spare[j])
        by[j] = np.int32(by[j] ^ (np.int32(by[j] ^ later_by[j]) & mask))


@_part
def _set_switches(rows: Any, enclosure: int, pairs: Any, switches: Any, season: Any, at: Any) -> None:
    """When each iteration changes from the frost's row to the base's, for all pairs of this enclosure."""
    rate, offset, width = rows[0], rows[1], rows[9]
    for pair in range(pairs.shape[0]):
        if pairs[pair, 0] != enclosure:
            continue
        for j in range(at.size):
            frost, warm = np.int64(pairs[pair, 1]), np.int64(pairs[pair, 2])
            if season.size and rows[8][frost]:
                frost += season[j]
            if season.size and rows[8][warm]:
                warm += season[j]
            day = at[j] >> 10
            work = _place(rate, offset, np.uintp(frost * width + day), at[j])
            before = (at[j] - 1) >> 10
            winter = rate[np.uintp(frost * width + before)] != rate[np.uintp(warm * width + before)]
            switches[pair, 0, j] = at[j]
            switches[pair, 1, j] = work
            switches[pair, 2, j] = np.int32(work - _place(rate, offset, np.uintp(warm * width + day), at[j]))
            switches[pair, 3, j] = work if winter else -1


@_part
def _blocks(
    rows: Any, low: Any, high: Any, cell: Any, activities: Any, links: Any, pairs: Any, keys: Any, event_keys: Any, chances: Any,
    delays: Any, quantiles: Any, factors: Any, all_words: Any, seasons: Any, ends: Any, targets: Any, block: int, room: Any, switches: Any,
    buffers: Any, spares: Any, ways: Any, references: Any, apart: Any, finishes: Any, critical: Any, sums: Any
) -> None:  # fmt: skip
    """Everything of one plan, a block of iterations after the other. The last three arrays are filled; see `Outcome`."""
    n = activities.shape[0]
    taken, begin, work, start, finish, by = room[0], room[1], room[2], room[3], room[4], room[5]
    best, later, later_by, own_by, last, who = buffers[0], buffers[1], buffers[2], buffers[3], buffers[4], buffers[5]
    for first in range(0, all_words.size, block):
        count = min(block, finishes.shape[1] - first)
        words, season = all_words[first : first + block], seasons[first : min(first + block, seasons.size)]
        for a in range(n):
            activity = activities[a]
            _durations(activity, keys[a], event_keys, chances, delays, quantiles, factors, words, first, high, taken[a], spares[0])
            _offers(
                rows, activities, a, links, activity[LINKS], activity[TO_ENDS], activity[START_FROM], switches, season, cell,
                low, high, begin, work, start, finish, begin[a], by[a], spares, later, later_by, ways
            )  # fmt: skip
            mine, whose, duration = begin[a], by[a], taken[a]
            for j in range(block):
                mine[j] = max(mine[j], low)
            if activity[SHIFT] != 0:
                for j in range(block):
                    mine[j] = np.int32(mine[j] + activity[SHIFT])
                    if mine[j] < low:
                        mine[j] = low
                        whose[j] = -1
            if activity[TO_ENDS] < activity[LINKS_END] or activity[FINISH_FROM] > low:
                _offers(
                    rows, activities, a, links, activity[TO_ENDS], activity[LINKS_END], activity[FINISH_FROM], switches, season, cell,
                    low, high, begin, work, start, finish, best, own_by, spares, later, later_by, ways
                )  # fmt: skip
                for j in range(block):
                    asked = np.int32(max(best[j], low) - duration[j])
                    wins = (asked > mine[j]) | ((asked == mine[j]) & (np.uint32(own_by[j]) < np.uint32(whose[j])))
                    mask = -np.int32(wins)
                    mine[j] = max(mine[j], asked)
                    whose[j] = np.int32(whose[j] ^ (np.int32(whose[j] ^ own_by[j]) & mask))
            for j in range(block):
                work[a, j] = min(np.int32(mine[j] + duration[j]), high)
            if activity[MODE] == 2:
                for j in range(block):
                    marked = switches[activity[PAIR], 3, j]
                    whose[j] = pairs[activity[PAIR], 0] if (mine[j] <= marked) & (marked < work[a, j]) else whose[j]
            if activity[NEEDS] & NEEDS_START:
                _to_instants(rows, activity, switches, season, cell, high, True, mine, start[a], ways)
            if activity[NEEDS] & NEEDS_FINISH:
                _to_instants(rows, activity, switches, season, cell, high, (activity[NEEDS] & AT_START) != 0, work[a], finish[a], ways)
                _set_switches(rows, a, pairs, switches, season, finish[a])
        for j in range(block):
            last[j] = -1
            who[j] = -1
        for k in range(ends.size):
            _offer(last, who, finish, ends[k], np.int32(0), ends[k])
        for j in range(count):
            finishes[0, first + j] = last[j]
            for k in range(targets.size):
                finishes[1 + k, first + j] = finish[targets[k], j]
        if first == 0:
            for k in range(references.size):
                references[k] = finishes[k, 0]
        for k in range(critical.shape[0]):
            counts = critical[k]
            for j in range(count):
                at = who[j] if k == 0 else targets[k - 1]
                while at >= 0:
                    counts[at] += 1
                    at = by[at, j]
        for k in range(references.size):
            for j in range(count):
                apart[k, j] = np.int32(finishes[k, first + j] - references[k])
        for a in range(n):
            planned, duration = np.int32(activities[a, DURATION]), taken[a]
            total, square = np.int64(0), np.int64(0)
            for j in range(count):
                deviation = np.int64(np.int32(duration[j] - planned))
                total += deviation
                square += deviation * deviation
            sums[0, a] += total
            sums[1, a] += square
            for k in range(references.size):
                target, product = apart[k], np.int64(0)
                for j in range(count):
                    product += np.int64(np.int32(duration[j] - planned)) * np.int64(target[j])
                sums[2 + k, a] += product


@_kept
def _loops(
    zero: int, cap: int, shift_of_cell: int,
    rate: Any, offset: Any, grid: Any, stop: Any, inverse: Any, shift: Any, days: Any, whole: Any, varying: Any,
    width: int, length: int, cells: int, activities: Any, links: Any, pairs: Any, keys: Any, event_keys: Any, chances: Any, delays: Any,
    quantiles: Any, factors: Any, all_words: Any, seasons: Any, ends: Any, targets: Any,
    block: int, room: Any, finishes: Any, critical: Any, sums: Any
) -> None:  # fmt: skip
    """Make room and fill the last three arrays. Blocks are whole: iterations beyond the last are not counted."""
    rows = (rate, offset, grid, stop, inverse, shift, days, whole, varying, width, length, cells)
    switches = np.empty((pairs.shape[0], 4, block), np.int32)
    buffers, spares, ways = np.empty((6, block), np.int32), np.empty((1, block), np.int32), np.empty((4, block), np.int32)
    references, apart = np.empty(1 + targets.size, np.int32), np.empty((1 + targets.size, block), np.int32)
    _blocks(
        rows, np.int32(zero), np.int32(cap), np.int32(shift_of_cell), activities, links, pairs, keys, event_keys, chances, delays,
        quantiles, factors, all_words, seasons, ends, targets, block, room, switches, buffers, spares, ways, references, apart,
        finishes, critical, sums
    )  # fmt: skip


class NumbaTables:
    """Rows and quantiles as the compiled loops take them."""

    def __init__(self, tables: NumpyTables) -> None:
        rows = tables.rows
        self.scalars = (rows.zero, rows.cap, rows.cell)
        narrow = (rows.stops, rows.inverse)
        self.rows = (
            rows.rate.astype(np.int32).ravel(),
            rows.offset.ravel(),
            rows.grid.astype(np.int16).ravel(),
            *(part.astype(np.int32).ravel() for part in narrow),
            rows.shift.ravel(),
            rows.days.astype(np.int32).ravel(),
        )
        self.flags = (np.array(rows.whole, np.bool_), np.array(rows.varying, np.bool_), rows.width, rows.length, rows.cells)
        self.quantiles = tables.quantiles.astype(np.int32)


_rooms = local()


def _room(activities: int, block: int) -> npt.NDArray[np.int32]:
    """What is written anew for each plan, [6, activities, block]: the thread's own memory, used again."""
    size = 6 * activities * block
    kept = getattr(_rooms, "kept", None)
    if kept is None or kept.size < size:
        kept = _rooms.kept = np.empty(size, np.int32)
    return cast(npt.NDArray[np.int32], kept[:size].reshape(6, activities, block))


def run_plan(
    tables: NumbaTables, plan: Compiled, drawn: Drawn, words: Words, seasons: npt.NDArray[np.int32] | None, block: int | None, trace: bool
) -> Outcome:
    """The outcome of one plan that has something left to do."""
    outcome = Outcome(*empty(plan, words.size, plan.traced if trace else 0))
    blocks = -(-words.size // (block or BLOCK))
    size = -(-words.size // blocks)
    beyond = blocks * size - words.size
    factors, season = drawn.factors, np.zeros(0, np.int32) if seasons is None else seasons
    if beyond:
        words, factors = weyl(0, blocks * size), np.pad(factors, ((0, 0), (0, beyond)), mode="edge")
        season = np.pad(season, (0, beyond if season.size else 0), mode="constant")
    activities = np.empty((plan.size, 16), np.int32)
    columns = (
        plan.mode, plan.row, plan.frost_row, plan.pair, plan.needs, plan.duration, plan.table, plan.combination, plan.shift, plan.start_from,
        plan.finish_from, plan.link_ptr[:-1], plan.link_mid, plan.link_ptr[1:], plan.event_ptr[:-1], plan.event_ptr[1:],
    )  # fmt: skip
    for number, column in enumerate(columns):
        activities[:, number] = column
    links = np.empty((plan.link_from.size, 4), np.int32)
    links[:, 0], links[:, 1], links[:, 2], links[:, 3] = plan.link_from, plan.link_code, plan.link_lag, plan.link_row
    _loops(
        *tables.scalars, *tables.rows, *tables.flags,
        activities, links, plan.pair_by, np.stack(drawn.keys, axis=1), np.stack(drawn.event_keys, axis=1), plan.event_chance, plan.event_delay,
        tables.quantiles, factors, words, season, plan.ends, plan.targets, size, _room(plan.size, size), outcome.targets, outcome.critical, outcome.sums,
    )  # fmt: skip
    return outcome
