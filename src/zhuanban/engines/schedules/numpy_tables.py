"""The tables in the form that numpy wants: one multiplication and one addition an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from zhuanban.engines.calendars.ticks import ROUND_UP, Tables
from zhuanban.engines.schedules.distributions import ENTRIES, UNIT

Vector = npt.NDArray[Any]
MANY_ROWS = 64


class NumpyRows:
    """The rows flattened, so that one index finds a row and a day, and prepared so that a multiplication and an addition do the rest.

    Position: (rate[d] * t + offset[d]) >> 10. Instant: (inverse[k] * w + shift[k]) >> 20, k the working day in which position w falls.
    """

    def __init__(self, tables: Tables) -> None:
        self.zero, self.cap, self.cell = tables.zero, tables.cap, tables.shift
        self.width, self.length, self.cells = tables.cw.shape[1], tables.knots.shape[1], tables.grid.shape[1]
        cw = tables.cw.astype(np.int64)
        self.rate = np.zeros_like(cw)
        np.subtract(cw[:, 1:], cw[:, :-1], out=self.rate[:, :-1])
        self.offset = (cw - self.rate * np.arange(self.width)) << 10
        begins, instants, self.inverse, self.stops = (tables.knots[:, :, part].astype(np.int64) for part in range(4))
        self.shift = (instants << 20) + ROUND_UP - begins * self.inverse
        self.grid = tables.grid.astype(np.int64 if len(cw) <= MANY_ROWS else np.int16)
        self.days = tables.days - (np.arange(tables.days.shape[1]) << 10)
        self.whole, self.varying = tables.whole.tolist(), tables.varying.tolist()

    def position(self, row: Any, at: Vector, out: Vector | None = None) -> Vector:
        """Work before the instants; `row` is a number or an array of numbers."""
        day = at >> 10
        if isinstance(row, int):
            rate, offset = self.rate[row].take(day), self.offset[row].take(day)
        else:
            day += row * self.width
            rate, offset = self.rate.take(day), self.offset.take(day)
        rate *= at
        rate += offset
        return cast(Vector, np.right_shift(rate, 10, out=out))

    def finish(self, row: Any, work: Vector, out: Vector | None = None) -> Vector:
        """The first instants with so much work done."""
        if not isinstance(row, int):
            day = self.grid.take((work >> self.cell) + row * self.cells).astype(np.int64, copy=False)
            day += row * self.length
            day += work > self.stops.take(day)
            at, shift = self.inverse.take(day), self.shift.take(day)
        elif self.whole[row]:
            return cast(Vector, np.add(self.days[row].take((work - 1) >> 10), work, out=out))
        else:
            day = self.grid[row].take(work >> self.cell).astype(np.int64, copy=False)
            day += work > self.stops[row].take(day)
            at, shift = self.inverse[row].take(day), self.shift[row].take(day)
        at *= work
        at += shift
        return cast(Vector, np.right_shift(at, 20, out=out))

    def start(self, row: Any, work: Vector, out: Vector | None = None) -> Vector:
        """The last instants with no more than so much work done."""
        at = self.finish(row, np.minimum(work + 1, self.cap), out)
        at -= 1
        return at


_prepared: WeakKeyDictionary[Tables, NumpyRows] = WeakKeyDictionary()


def numpy_rows(tables: Tables) -> NumpyRows:
    """The rows prepared, once as long as the tables are kept."""
    found = _prepared.get(tables)
    if found is None:
        found = _prepared[tables] = NumpyRows(tables)
    return found


@dataclass(frozen=True)
class NumpyTables:
    """Rows, and the quantiles of all distributions; the last one is certain."""

    rows: NumpyRows
    quantiles: npt.NDArray[np.int64]

    @classmethod
    def of(cls, rows: NumpyRows, quantiles: Sequence[npt.NDArray[np.int32]]) -> NumpyTables:
        certain = np.full((1, ENTRIES), UNIT, np.int32)
        return cls(rows, np.concatenate((*(each[None, :] for each in quantiles), certain)).astype(np.int64))
