"""Many forecasts as one: how many projects keep a date, iteration by iteration.

The risk drivers that projects share fall on all of them in the same iteration, so bad years stay together and the spread is honest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from zhuanban.engines.schedules.forecast import Basis, Forecast


@dataclass(frozen=True, eq=False)
class Rollup:
    """How many of `total` projects are in time, in each iteration. `withheld`: projects without a probability, by reason; not in `total`."""

    counts: npt.NDArray[np.int32]
    total: int
    withheld: Mapping[str, str]
    basis: Basis | None
    groups: Mapping[str, Rollup] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        """The count to be expected."""
        return float(self.counts.mean())

    @property
    def spread(self) -> float:
        """Standard deviation of the count."""
        return float(self.counts.std())

    def at_least(self, number: int) -> float:
        """The probability that so many or more are in time."""
        return float(np.count_nonzero(self.counts >= number)) / len(self.counts)

    def quantile(self, share: float) -> int:
        """The count that is reached or undercut in this share of the iterations."""
        ordered = np.sort(self.counts)
        return int(ordered[min(max(math.ceil(share * len(ordered) - 1e-9) - 1, 0), len(ordered) - 1)])

    def distribution(self) -> dict[int, float]:
        """Probability of each count that came up."""
        values, times = np.unique(self.counts, return_counts=True)
        return dict(zip(values.tolist(), (times / len(self.counts)).tolist(), strict=True))


def rollup(
    forecasts: Sequence[Forecast],
    milestone: str | Mapping[str, str],
    deadline: date | Mapping[str, date] | None = None,
    groups: Callable[[Forecast], str] | Mapping[str, str] | None = None,
) -> Rollup:
    """Count the projects whose milestone keeps its deadline.

    `milestone` is an activity's id (FINISH for the project's end) or one by project; `deadline` a date, one by project, or None for those
    that the plans came with; `groups` names the group (district, chain, leader) of each project. Projects whose probability is withheld, or
    that have no such milestone or no deadline, are listed and not counted. Raises ValueError for forecasts of different runs.
    """
    bases = {(each.basis.seed, each.basis.iterations) for each in forecasts}
    if len(bases) > 1:
        raise ValueError("forecasts of different seeds or numbers of iterations cannot be counted together")
    rows, withheld = _rows(forecasts, milestone, deadline)
    named = {each.project: _group(each, groups) for each in forecasts} if groups is not None else {}
    basis = forecasts[0].basis if forecasts else None
    parts = {name: _part(rows, withheld, basis, {key for key, of in named.items() if of == name}) for name in sorted(set(named.values()))}
    whole = _part(rows, withheld, basis, {each.project for each in forecasts})
    return Rollup(whole.counts, whole.total, whole.withheld, basis, parts)


def _rows(
    forecasts: Sequence[Forecast], milestone: str | Mapping[str, str], deadline: date | Mapping[str, date] | None
) -> tuple[dict[str, npt.NDArray[np.bool_]], dict[str, str]]:
    rows: dict[str, npt.NDArray[np.bool_]] = {}
    withheld: dict[str, str] = {}
    for forecast in forecasts:
        target = milestone if isinstance(milestone, str) else milestone.get(forecast.project)
        day = deadline.get(forecast.project) if isinstance(deadline, Mapping) else deadline
        day = day or (forecast.deadlines.get(target) if target is not None else None)
        reason = forecast.withheld.get(target, "") if target is not None else "no_milestone"
        if target is None or target not in forecast.vectors or reason:
            withheld[forecast.project] = reason or "no_milestone"
        elif day is None:
            withheld[forecast.project] = "no_deadline"
        else:
            rows[forecast.project] = forecast.in_time(target, day)
    return rows, withheld


def _group(forecast: Forecast, groups: Callable[[Forecast], str] | Mapping[str, str]) -> str:
    return groups(forecast) if callable(groups) else groups.get(forecast.project, "")


def _part(rows: Mapping[str, npt.NDArray[np.bool_]], withheld: Mapping[str, str], basis: Basis | None, projects: set[str]) -> Rollup:
    counts = np.zeros(basis.iterations if basis else 1, np.int32)
    mine = [row for project, row in rows.items() if project in projects]
    for row in mine:
        counts += row
    return Rollup(counts, len(mine), {project: reason for project, reason in withheld.items() if project in projects}, basis)
