"""A plan against its baseline: how many working days later, what came and went, which logic changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from zhuanban.engines.schedules.model import Link
from zhuanban.engines.schedules.result import ScheduleResult


@dataclass(frozen=True, slots=True)
class BaselineDates:
    """One activity as it was promised. ``budget`` in yuan or any other weight, ``calendar`` the key of its shift calendar."""

    start: datetime
    finish: datetime
    calendar: str
    budget: int = 0


@dataclass(frozen=True, slots=True)
class Baseline:
    """Dates by activity id, and the links of that time (None: not kept, then logic is not compared)."""

    dates: Mapping[str, BaselineDates]
    links: tuple[Link, ...] | None = None

    @classmethod
    def of(cls, result: ScheduleResult) -> Baseline:
        """Take a calculation as the baseline: its starts and finishes, its budgets, its links."""
        activities = {activity.id: activity for activity in result.network.activities}
        dates = {
            row.id: BaselineDates(row.start, row.finish, activities[row.id].calendar, activities[row.id].budget) for row in result.rows()
        }
        return cls(dates, result.network.links)

    @property
    def finish(self) -> datetime | None:
        """The latest finish of all."""
        return max((each.finish for each in self.dates.values()), default=None)


@dataclass(frozen=True, slots=True)
class Variance:
    """How far an activity has moved, in working days of its calendar (positive: later), and the same in minutes of work."""

    activity: str
    start_days: float
    finish_days: float
    start_minutes: int
    finish_minutes: int


@dataclass(frozen=True, slots=True)
class LogicChange:
    """The links between two activities then and now; one side is empty when they were not or are no longer linked."""

    predecessor: str
    successor: str
    before: tuple[Link, ...]
    now: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class BaselineComparison:
    """``variances`` by id for activities in both, in the network's order; ``finish_days`` is the project's slip in calendar days.

    ``logic_changed`` lists changes between activities that both plans hold; links of added and removed activities go without saying.
    """

    variances: Mapping[str, Variance]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    logic_changed: tuple[LogicChange, ...]
    finish_days: int | None

    def finish_variance(self, activity: str) -> float:
        """Working days by which an activity finishes later than promised; raises KeyError."""
        return self.variances[activity].finish_days


def compare_baseline(result: ScheduleResult, baseline: Baseline) -> BaselineComparison:
    """Compare a calculation with a baseline, by activity id. Actual dates count as far as there are.

    Levels of effort and summaries are neither compared nor reported as removed.
    """
    variances = {row.id: _variance(result, row.id, row.start, row.finish, baseline) for row in result.rows() if row.id in baseline.dates}
    known = {*result.network.index, *(activity.id for activity in result.network.outside)}
    finish, promised = result.project_finish, baseline.finish
    return BaselineComparison(
        variances,
        added=tuple(id for id in result.network.ids if id not in baseline.dates),
        removed=tuple(id for id in baseline.dates if id not in known),
        logic_changed=() if baseline.links is None else tuple(_logic(result, baseline.links, set(variances))),
        finish_days=None if finish is None or promised is None else (finish.date() - promised.date()).days,
    )


def _variance(result: ScheduleResult, id: str, start: datetime, finish: datetime, baseline: Baseline) -> Variance:
    promised = baseline.dates[id]
    calendar = result.calendars[result.network.activities[result.network.index[id]].calendar]
    minutes = calendar.between(promised.start, start), calendar.between(promised.finish, finish)
    return Variance(id, calendar.days(minutes[0]), calendar.days(minutes[1]), *minutes)


def _logic(result: ScheduleResult, before: Iterable[Link], both: set[str]) -> Iterable[LogicChange]:
    then, now = _by_pair(before, both), _by_pair(result.network.links, both)
    for pair in dict.fromkeys([*then, *now]):
        old, new = then.get(pair, ()), now.get(pair, ())
        if set(old) != set(new):
            yield LogicChange(*pair, old, new)


def _by_pair(links: Iterable[Link], both: set[str]) -> dict[tuple[str, str], tuple[Link, ...]]:
    pairs: dict[tuple[str, str], tuple[Link, ...]] = {}
    for link in links:
        if link.predecessor in both and link.successor in both:
            pair = link.predecessor, link.successor
            pairs[pair] = (*pairs.get(pair, ()), link)
    return pairs
