"""What is wrong with a plan before anybody forecasts with it: open ends, forced dates, leads, enclosures that hang on nothing.

The checks are those of the DCMA 14-point assessment that a network can answer, with its thresholds (lags over 5 days, durations and floats
over 44), and those of the enclosure on which the winter depends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules.model import ConstraintType, Kind, Link, LinkType
from zhuanban.engines.schedules.network import Network
from zhuanban.engines.schedules.result import ScheduleResult

HARD = frozenset({ConstraintType.MSO, ConstraintType.MFO})
"""Constraints that break logic."""
STRICT = frozenset({ConstraintType.SNLT, ConstraintType.FNLT, ConstraintType.SO, ConstraintType.FO})
"""Constraints that may lead to negative float."""


class Severity(StrEnum):
    """BLOCKER: no probability may be shown. SERIOUS: dates or floats are not to be relied on. NOTICE: worth a look."""

    BLOCKER = "blocker"
    SERIOUS = "serious"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of fault with the activities it concerns; ``links`` where it is one of links. ``share`` of the open activities, 0 to 1."""

    code: str
    severity: Severity
    words: str
    activities: tuple[str, ...]
    links: tuple[Link, ...] = ()
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Working days beyond which a lag, a duration or a total float is remarked upon."""

    lag_days: float = 5
    duration_days: float = 44
    float_days: float = 44


def health(
    network: Network,
    calendars: Mapping[str, ShiftCalendar],
    result: ScheduleResult | None = None,
    thresholds: Thresholds | None = None,
) -> list[Finding]:
    """All findings, the worst first. With ``result`` also those that need dates: floats, out-of-sequence progress, actual dates ahead.

    Completed activities are left out but where a finding is about the past.

    >>> from zhuanban.engines.schedules import Activity
    >>> two = Network.from_records([Activity("a", 480, "five"), Activity("b", 480, "five"), Activity("c", 0, "five")], [Link("a", "b", lag=-60)])
    >>> [(finding.code, finding.activities) for finding in health(two, {"five": ShiftCalendar.weekly("five")})]
    [('no_predecessor', ('c',)), ('no_successor', ('c',)), ('lead', ('a', 'b'))]
    """
    examined = _Examined(network, calendars, result, thresholds or Thresholds())
    order = list(Severity)
    return sorted(examined.findings(), key=lambda finding: order.index(finding.severity))


class _Examined:
    def __init__(
        self, network: Network, calendars: Mapping[str, ShiftCalendar], result: ScheduleResult | None, thresholds: Thresholds
    ) -> None:
        self.network, self.calendars, self.result, self.thresholds = network, calendars, result, thresholds
        self.open = [activity for activity in network.activities if activity.actual_finish is None]
        self.open_ids = {activity.id for activity in self.open}
        self.into: dict[str, list[Link]] = {activity.id: [] for activity in network.activities}
        self.out_of: dict[str, list[Link]] = {activity.id: [] for activity in network.activities}
        for link in network.links:
            self.into[link.successor].append(link)
            self.out_of[link.predecessor].append(link)

    def findings(self) -> Iterator[Finding]:
        checks: tuple[Callable[[], Iterable[Finding | None]], ...] = (
            self._enclosures,
            self._open_ends,
            self._constraints,
            self._lags,
            self._durations,
            self._dates,
        )
        return (finding for check in checks for finding in check() if finding is not None)

    def _of(self, code: str, severity: Severity, words: str, ids: Iterable[str], links: Iterable[Link] = ()) -> Finding | None:
        listed = tuple(dict.fromkeys(ids))
        return Finding(code, severity, words, listed, tuple(links), len(listed) / max(1, len(self.open))) if listed else None

    def _of_links(self, code: str, severity: Severity, words: str, links: Iterable[Link]) -> Finding | None:
        listed = [link for link in links if link.successor in self.open_ids]
        return self._of(code, severity, words, (end for link in listed for end in (link.predecessor, link.successor)), listed)

    # -------------------------------------------------------------------------------------------------------------- logic

    def _open_ends(self) -> Iterator[Finding | None]:
        begins = [each.id for each in self.open if not self.into[each.id] and each.actual_start is None]
        ends = [each.id for each in self.open if not self.out_of[each.id]]
        first, last = self._rightful(begins, Kind.START_MILESTONE), self._rightful(ends, Kind.FINISH_MILESTONE, latest=True)
        yield self._of("no_predecessor", Severity.SERIOUS, "nothing leads to these activities", (id for id in begins if id != first))
        yield self._of("no_successor", Severity.SERIOUS, "nothing waits for these activities", (id for id in ends if id != last))
        to_start = {link.successor for link in self.network.links if link.type in (LinkType.FS, LinkType.SS)}
        from_finish = {link.predecessor for link in self.network.links if link.type in (LinkType.FS, LinkType.FF)}
        loose = [each.id for each in self.open if self.into[each.id] and each.id not in to_start and each.actual_start is None]
        yield self._of("open_start", Severity.SERIOUS, "no link holds the start, only the finish", loose)
        tied = [each.id for each in self.open if self.out_of[each.id] and each.id not in from_finish]
        yield self._of("open_finish", Severity.SERIOUS, "nothing waits for the finish, only for the start", tied)

    def _rightful(self, ids: list[str], kind: Kind, *, latest: bool = False) -> str | None:
        """The one open end that every plan has: a milestone of the kind, else the first (or last) in the order of the network."""
        milestones = [id for id in ids if self.network.activities[self.network.index[id]].kind is kind]
        candidates = milestones or ids
        level = {id: int(self.network.level[self.network.index[id]]) for id in candidates}
        chosen = max if latest else min
        return chosen(candidates, key=level.__getitem__, default=None)

    def _constraints(self) -> Iterator[Finding | None]:
        types = {each.id: {constraint.type for constraint in each.constraints} for each in self.open}
        yield self._of("hard_constraint", Severity.SERIOUS, "mandatory dates break the logic", (id for id in types if types[id] & HARD))
        yield self._of("strict_constraint", Severity.NOTICE, "latest dates are imposed", (id for id in types if types[id] & STRICT))

    def _lags(self) -> Iterator[Finding | None]:
        links = self.network.links
        long = (link for link in links if self._days(link.predecessor, link.lag) > self.thresholds.lag_days)
        yield self._of_links("long_lag", Severity.NOTICE, "long lags hide work that nobody plans", long)
        yield self._of_links(
            "lead", Severity.SERIOUS, "leads let work begin before what it waits for", (link for link in links if link.lag < 0)
        )
        odd = (link for link in links if link.type is LinkType.SF)
        yield self._of_links("start_to_finish", Severity.NOTICE, "start-to-finish links are rarely meant", odd)

    def _days(self, id: str, minutes: int) -> float:
        """Minutes in days of an activity's calendar."""
        return self.calendars[self.network.activities[self.network.index[id]].calendar].days(minutes)

    def _durations(self) -> Iterator[Finding | None]:
        long = (each.id for each in self.open if self._days(each.id, each.duration) > self.thresholds.duration_days)
        yield self._of("long_duration", Severity.NOTICE, "long activities hide their progress", long)
        untold = (each.id for each in self.open if each.actual_start is not None and each.remaining is None and each.duration)
        yield self._of("progress_unknown", Severity.NOTICE, "started, but nobody says what remains", untold)

    # ---------------------------------------------------------------------------------------------------------- enclosure

    def _enclosures(self) -> Iterator[Finding | None]:
        """An enclosure that hangs on nothing makes every winter probability a lie."""
        named = dict.fromkeys(each.enclosure for each in self.open if each.enclosure)
        inside = {id: [each.id for each in self.open if each.enclosure == id] for id in named}
        missing = [id for id in named if id not in self.network.index]
        waiting = [id for id in named if id in self.open_ids]
        hanging = [
            id for id in waiting if not self._work_before(id) and self.network.activities[self.network.index[id]].actual_start is None
        ]
        yield self._of(
            "enclosure_missing", Severity.BLOCKER, "the enclosing activity is not in the plan", (id for at in missing for id in inside[at])
        )
        yield self._of("enclosure_without_logic", Severity.BLOCKER, "no work leads to the enclosure", hanging)

    def _work_before(self, id: str) -> bool:
        """Whether any work that has a duration leads to an activity, through whatever links."""
        seen, stack = {id}, [id]
        while stack:
            for link in self.into[stack.pop()]:
                before = link.predecessor
                if self.network.activities[self.network.index[before]].duration:
                    return True
                if before not in seen:
                    seen.add(before)
                    stack.append(before)
        return False

    # -------------------------------------------------------------------------------------------------------------- dates

    def _dates(self) -> Iterator[Finding | None]:
        if self.result is None:
            return
        ids, floats, done = self.network.ids, self.result.total_float, self.network.numbers.done
        yield self._of("negative_float", Severity.SERIOUS, "the required dates cannot be met", _where(ids, ~done & (floats < 0)))
        high = (
            id
            for id in _where(ids, ~done & (floats > 0))
            if self._days(id, int(floats[self.network.index[id]])) > self.thresholds.float_days
        )
        yield self._of("high_float", Severity.NOTICE, "so much float means that a link is missing", high)
        against = [self.network.links[at] for at in np.flatnonzero(self.result.out_of_sequence_link).tolist()]
        ends = (link.successor for link in against)
        yield self._of("out_of_sequence", Severity.SERIOUS, "progress has run against the logic", ends, against)
        at = self.result.data_date
        late = (each.id for each in self.network.activities if any(day and day > at for day in (each.actual_start, each.actual_finish)))
        yield self._of("actual_after_data_date", Severity.SERIOUS, "actual dates lie after the data date", late)


def _where(ids: tuple[str, ...], mask: np.ndarray) -> list[str]:
    return [ids[at] for at in np.flatnonzero(mask).tolist()]
