"""A plan as arrays: what is still to be done, in topological order, ready for the loops. `compiler` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zhuanban.engines.schedules.drivers import RiskDriver
from zhuanban.engines.schedules.random_numbers import Longs
from zhuanban.engines.schedules.risk_plan import RiskPlan

Ints = npt.NDArray[np.int32]

RAW, ROW, TWO_STATE = 0, 1, 2
"""How an activity counts: in plain time, on a row of the tables, on two rows that change at its enclosure's finish."""

SAME, INSTANT, SOURCE_LAG, TARGET_LAG, OTHER_LAG = 0, 1, 2, 3, 4
"""How the loops follow a link: add positions of one clock; compare instants; count the lag on the source's clock, the target's, another."""

TO_FINISH, FROM_START = 1, 2
NEEDS_FINISH, NEEDS_START, AT_START = 1, 2, 4
PLAIN_TIME = -1


class Clock(NamedTuple):
    """How an activity counts: `pair` numbers its (enclosure, rows) among the plan's when it has two states."""

    mode: int
    row: int
    frost_row: int = -1
    pair: int = -1


@dataclass(frozen=True)
class Compiled:
    """One plan. n activities not yet complete, in topological order; links grouped by successor; pairs of rows that switch."""

    plan: RiskPlan
    ids: tuple[str, ...]
    names: Longs
    """Stable hashes of the ids."""
    mode: Ints
    row: Ints
    frost_row: Ints
    pair: Ints
    needs: Ints
    duration: Ints
    table: Ints
    """Number of the distribution, -1 for none."""
    combination: Ints
    """Number of the set of risk drivers among the plan's, -1 for none."""
    shift: Ints
    start_from: Ints
    finish_from: Ints
    """Earliest instants."""
    link_ptr: Ints
    link_mid: Ints
    """Where the links to finishes begin among those of each activity."""
    link_from: Ints
    link_code: Ints
    """Sides in the low two bits, the way of the lag above them; links to starts first, and those that give positions before those that give instants."""
    link_lag: Ints
    link_row: Ints
    pair_by: Ints
    """[pairs, 3]: the enclosure, its frost row, its base row."""
    event_ptr: Ints
    event_chance: npt.NDArray[np.uint32]
    event_delay: Ints
    event_names: Longs
    ends: Ints
    """Activities after which nothing has to come."""
    combinations: tuple[tuple[RiskDriver, ...], ...]
    targets: Ints
    """Flagged activities, enclosures and activities with a deadline, as far as they are open, by local number; the last two kinds first."""
    traced: int
    """The project's finish and so many targets less one are traced."""
    reached: Mapping[str, int]
    """Flagged activities that are complete: the instant of their finish."""
    completed_at: int
    """The last actual finish, when nothing is left to do."""
    has_predecessors: Mapping[str, bool]
    """For each enclosure whether logic leads to it, and to something from it."""
    has_successors: Mapping[str, bool]

    @property
    def size(self) -> int:
        return len(self.ids)

    @property
    def shape(self) -> tuple[bytes, ...]:
        """Equal for plans whose loops only differ in numbers, so that they can be stacked."""
        parts = (self.mode, self.row, self.frost_row, self.pair, self.needs, self.table, self.link_ptr, self.link_from, self.link_code)
        rest = (self.link_row, self.pair_by, self.event_ptr, self.ends, self.targets, self.combination)
        return tuple(part.tobytes() for part in (*parts, *rest))
