"""What is simulated: one project's network with its uncertainty, risks and deadlines, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from zhuanban.engines.schedules.distributions import Distribution
from zhuanban.engines.schedules.drivers import RiskEvent
from zhuanban.engines.schedules.model import Activity, Link


@dataclass(frozen=True)
class RiskPlan:
    """One project. `id` must be stable: it is part of what the random numbers are drawn by.

    `uncertainty`: by activity id, how the remaining work may come out, as multiples of what is planned; activities without one take the
    default of the simulation. `tags`: by activity id, further words by which risk drivers find it. `events`: what may happen to one activity.
    `deadlines`: by activity id (an enclosure, usually; "" for the whole project), the last day on which it is in time. `project_calendar`: for lags counted on it.
    `start_shifts`: by activity id, working days by which it starts later (negative: earlier) than its logic lets it.
    """

    id: str
    activities: Sequence[Activity]
    links: Sequence[Link] = ()
    uncertainty: Mapping[str, Distribution] = field(default_factory=dict)
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    events: Sequence[RiskEvent] = ()
    deadlines: Mapping[str, date] = field(default_factory=dict)
    project_calendar: str = ""
    start_shifts: Mapping[str, float] = field(default_factory=dict)

    def watched(self) -> set[str]:
        """Activities whose finish is looked at: enclosures, and those with a deadline."""
        return {*self.enclosures(), *self.deadlines} - {""}

    def enclosures(self) -> tuple[str, ...]:
        """Ids of the activities that enclose a building, as far as activities name them."""
        return tuple(sorted({activity.enclosure for activity in self.activities if activity.enclosure}))
