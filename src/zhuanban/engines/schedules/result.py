"""What a calculation says of every activity and link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.calendars.tables import Ints
from zhuanban.engines.schedules.layout import Bools
from zhuanban.engines.schedules.model import Link, LinkType
from zhuanban.engines.schedules.network import NEVER, Network

Moments = NDArray[np.datetime64]


class Positions(NamedTuple):
    """Work positions, each in the activity's own calendar: what ``ShiftCalendar.position`` says of the dates; int64 (n,)."""

    early_start: Ints
    early_finish: Ints
    late_start: Ints
    late_finish: Ints


class ActivityDates(NamedTuple):
    """One activity's dates. Floats and ``remaining`` are minutes of its calendar."""

    id: str
    start: datetime
    finish: datetime
    early_start: datetime
    early_finish: datetime
    late_start: datetime
    late_finish: datetime
    total_float: int
    free_float: int
    remaining: int
    critical: bool


@dataclass(frozen=True, eq=False)
class ScheduleResult:
    """Arrays over ``network.activities`` (n,) and ``network.links`` (e,). Dates are datetime64[m], floats minutes of the own calendar.

    Early and late dates are those of the *remaining* work, as in Primavera: an activity under way begins at the data date or later, a
    completed one has both at the moment from which its successors count. ``start`` and ``finish`` are the actual dates as far as there are.
    ``remaining`` is what the calculation took, an expected finish included.
    """

    network: Network
    calendars: Mapping[str, ShiftCalendar]
    data_date: datetime
    mode: str
    early_start: Moments
    early_finish: Moments
    late_start: Moments
    late_finish: Moments
    positions: Positions
    remaining: Ints
    total_float: Ints
    free_float: Ints
    critical: Bools
    driving_link: Bools
    out_of_sequence_link: Bools

    @cached_property
    def start(self) -> Moments:
        """The actual start, else the early start."""
        return self._actual_or(self.network.numbers.actual_start, self.early_start)

    @cached_property
    def finish(self) -> Moments:
        """The actual finish, else the early finish."""
        return self._actual_or(self.network.numbers.actual_finish, self.early_finish)

    @staticmethod
    def _actual_or(actual: Ints, early: Moments) -> Moments:
        return np.where(actual > NEVER, actual.view("datetime64[m]"), early)

    @cached_property
    def project_finish(self) -> datetime | None:
        """The latest finish of all activities; None when there is none."""
        return self.finish.max().item() if len(self.finish) else None

    @cached_property
    def longest_path(self) -> Bools:
        """The open activities with the latest early finish, and all from which driving links lead to them."""
        numbers, links = self.network.numbers, self.network.link_numbers
        path = ~numbers.done
        if path.any():
            path &= self.early_finish == self.early_finish[path].max()
        stack = np.flatnonzero(path).tolist()
        before, drives = links.predecessor.tolist(), self.driving_link
        while stack:
            for link in self.network.links_to(stack.pop()).tolist():
                if drives[link] and not path[before[link]]:
                    path[before[link]] = True
                    stack.append(before[link])
        return path

    @cached_property
    def out_of_sequence(self) -> tuple[tuple[str, str], ...]:
        """(predecessor, successor) of every link that progress has run against."""
        links = self.network.links
        return tuple((links[at].predecessor, links[at].successor) for at in np.flatnonzero(self.out_of_sequence_link).tolist())

    @cached_property
    def spans(self) -> dict[str, tuple[datetime | None, datetime | None]]:
        """Start and finish of levels of effort, from the activities to which their links tie them; actual dates come first.

        The start is the earliest of what their start waits for and of the starts that wait for it; the finish the latest of what their
        finish waits for and of what waits for it. None where nothing in the network is tied to that end.
        """
        starts: dict[str, list[datetime]] = {activity.id: [] for activity in self.network.outside}
        finishes: dict[str, list[datetime]] = {activity.id: [] for activity in self.network.outside}
        for link in self.network.outside_links:
            inside = link.predecessor if link.predecessor in self.network.index else link.successor
            if inside not in self.network.index:
                continue
            other = link.successor if inside == link.predecessor else link.predecessor
            theirs_starts, ours_finishes = _tied_ends(link, outside_is_successor=inside == link.predecessor)
            row = self.row(inside)
            (finishes if ours_finishes else starts)[other].append(row.start if theirs_starts else row.finish)
        return {
            each.id: (each.actual_start or min(starts[each.id], default=None), each.actual_finish or max(finishes[each.id], default=None))
            for each in self.network.outside
        }

    def row(self, activity: str) -> ActivityDates:
        """One activity's dates by id; raises KeyError."""
        at = self.network.index[activity]
        return ActivityDates._make((activity, *(column[at].item() for column in self._columns)))

    def rows(self) -> Iterator[ActivityDates]:
        """All activities, in the network's order."""
        return map(ActivityDates._make, zip(self.network.ids, *(column.tolist() for column in self._columns), strict=True))

    @property
    def _columns(self) -> tuple[NDArray[Any], ...]:
        """The columns of ``ActivityDates`` after the id."""
        dates = (self.start, self.finish, self.early_start, self.early_finish, self.late_start, self.late_finish)
        return (*dates, self.total_float, self.free_float, self.remaining, self.critical)


def _tied_ends(link: Link, *, outside_is_successor: bool) -> tuple[bool, bool]:
    """Whether a link to a level of effort reads the start of the activity inside, and whether it sets the finish of the one outside."""
    from_start, to_finish = link.type in (LinkType.SS, LinkType.SF), link.type in (LinkType.FF, LinkType.SF)
    return (from_start, to_finish) if outside_is_successor else (not to_finish, not from_start)
