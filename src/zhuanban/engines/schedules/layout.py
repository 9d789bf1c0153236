"""The order in which the passes walk a network: activities renumbered by level, links beside each other that meet at one end.

Times are kept in arrays of shape (2n,): the start of activity i at 2i, its finish at 2i + 1, so that a link is one read and one write.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhuanban.engines.calendars.tables import Ints

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Links:
    """Links as arrays: the successor's and the predecessor's number, which ends they join, and the lag."""

    predecessor: Ints
    successor: Ints
    from_start: Bools
    to_finish: Bools
    lag: Ints
    lag_calendar: Ints


@dataclass(frozen=True, eq=False)
class Sweep:
    """Links grouped by the end that they bind. Level k's links are ``bounds[k]:bounds[k + 1]``, its groups likewise by ``group_bounds``.

    ``link`` is the link's number in the network, ``source`` the time that it reads; group g begins at ``begins[g]`` and binds ``target[g]``.
    """

    link: Ints
    source: Ints
    bounds: list[int]
    begins: Ints
    target: Ints
    group_bounds: list[int]


@dataclass(frozen=True, eq=False)
class Layout:
    """``order[new]`` is the number in the network, ``rank[old]`` the number here; level k's activities are ``bounds[k]:bounds[k + 1]``.

    ``predecessor`` and ``successor`` hold the numbers here of each link's ends, in the network's order of links.
    """

    order: Ints
    rank: Ints
    bounds: list[int]
    predecessor: Ints
    successor: Ints
    to_finish: Bools
    forward: Sweep
    backward: Sweep

    @property
    def levels(self) -> int:
        return len(self.bounds) - 1


def lay_out(level: Ints, links: Links) -> Layout:
    """Sort activities by level, links once by the successor's end and once by the predecessor's."""
    order = np.argsort(level, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    bounds = _bounds(level[order], int(level.max(initial=-1)) + 1)
    predecessor, successor = rank[links.predecessor], rank[links.successor]
    leaves = 2 * predecessor + ~links.from_start
    reaches = 2 * successor + links.to_finish
    ordered = level[order]
    return Layout(
        order,
        rank,
        bounds,
        predecessor,
        successor,
        links.to_finish,
        forward=_sweep(leaves, reaches, ordered, len(bounds) - 1),
        backward=_sweep(reaches, leaves, ordered, len(bounds) - 1),
    )


def _sweep(source: Ints, target: Ints, level: Ints, levels: int) -> Sweep:
    link = np.argsort(target, kind="stable")
    bound = target[link]
    begins = np.flatnonzero(np.diff(bound, prepend=-1))
    of_link, of_group = level[bound >> 1], level[bound[begins] >> 1]
    return Sweep(link, source[link], _bounds(of_link, levels), begins, bound[begins], _bounds(of_group, levels))


def _bounds(level: Ints, levels: int) -> list[int]:
    """Where each level begins in a sorted array, and its end."""
    return [int(at) for at in np.searchsorted(level, np.arange(levels + 1))]
