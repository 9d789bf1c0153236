"""What goes into the loops besides plans and tables, and what comes out of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zhuanban.engines.schedules.compiled import Compiled
from zhuanban.engines.schedules.random_numbers import Words, weyl

Vector = npt.NDArray[Any]


class Draws:
    """Everything random of one block of iterations that plans share."""

    def __init__(self, seed: int, first: int, count: int, seasons: npt.NDArray[np.int32] | None) -> None:
        self.seed, self.first, self.count = seed, first, count
        self.words: Words = weyl(first, count)
        self.season = None if seasons is None else seasons[first : first + count].astype(np.int64)[None, :]


@dataclass(frozen=True)
class Drawn:
    """What is random of one plan: keys of its activities [n] and events, factors of its sets of drivers [sets, iterations]."""

    keys: tuple[Words, Words]
    event_keys: tuple[Words, Words]
    factors: npt.NDArray[np.int32]


class Room:
    """Arrays that are used again from plan to plan: fresh memory costs more than what is written to it."""

    def __init__(self) -> None:
        self._spaces: dict[str, Vector] = {}

    def space(self, name: str, shape: tuple[int, ...]) -> Vector:
        """An array of this shape, with whatever it held before."""
        size = math.prod(shape)
        kept = self._spaces.get(name)
        if kept is None or kept.size < size:
            kept = self._spaces[name] = np.empty(size, np.int64)
        return kept[:size].reshape(shape)


@dataclass
class Outcome:
    """What the loops bring back of one plan."""

    targets: npt.NDArray[np.int32]
    """[1 + targets, iterations]: instants of the project's finish and of each flagged activity."""
    critical: npt.NDArray[np.int64]
    """[traced, n]: in how many iterations the activity lay on the way to the finish, and to each traced target."""
    sums: npt.NDArray[np.int64]
    """[2 + 1 + targets, n]: of d, d * d and d * t; d from the planned duration, t from the target's first iteration."""


def empty(plan: Compiled, iterations: int, traced: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Arrays of an outcome, nothing counted yet."""
    targets = 1 + len(plan.targets)
    return np.zeros((targets, iterations), np.int32), np.zeros((traced, plan.size), np.int64), np.zeros((2 + targets, plan.size), np.int64)
