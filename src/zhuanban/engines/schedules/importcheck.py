"""Whether our calculation gives the dates that the tool from which a plan came has stored, and where not, why probably."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules.model import Activity, ConstraintType, LagCalendar, LinkType, StoredDates
from zhuanban.engines.schedules.result import ActivityDates, ScheduleResult

Convention = Literal["primavera", "microsoft"]
DATES = ("early_start", "early_finish", "late_start", "late_finish")
FLOATS = ("total_float", "free_float")
FIELDS = DATES + FLOATS


class Likely(StrEnum):
    """Why a date differs, as far as can be told. ``FOLLOWS`` names the activities whose difference this one passes on."""

    FOLLOWS = "follows"
    ROUNDING = "rounding"
    COMPLETED = "completed"
    LAG_CALENDAR = "lag_calendar"
    CALENDAR = "calendar"
    PROJECT_FINISH = "project_finish"
    FORCED_DATE = "forced_date"
    EXPECTED_FINISH = "expected_finish"
    SUSPENDED = "suspended"
    OUT_OF_SEQUENCE = "out_of_sequence"
    START_LAG = "start_lag"
    CONSTRAINT = "constraint"
    OUTSIDE_LINK = "outside_link"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs as a work position. ``minutes`` is ours less the stored one, in minutes of the activity's calendar."""

    activity: str
    field: str
    stored: datetime | int
    ours: datetime | int
    minutes: int
    likely: Likely
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """How many stored values of a field were compared, and how many were equal as work positions and as clock times."""

    field: str
    compared: int
    equal_position: int
    equal_clock: int

    @property
    def share_position(self) -> float | None:
        """Share equal as work position; None when nothing was compared."""
        return self.equal_position / self.compared if self.compared else None

    @property
    def share_clock(self) -> float | None:
        """Share equal as clock time; None when nothing was compared."""
        return self.equal_clock / self.compared if self.compared else None


@dataclass(frozen=True, slots=True)
class ImportCheck:
    """Tallies per field, every difference, and the ids that were not compared: outside the network, or unknown to it."""

    tallies: Mapping[str, Tally]
    differences: tuple[Difference, ...]
    outside: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether there is nothing to explain."""
        return not self.differences


def import_check(
    result: ScheduleResult, stored: Mapping[str, StoredDates], *, convention: Convention = "primavera", tolerance: int = 0
) -> ImportCheck:
    """Compare what was calculated with what was stored; absent stored values are not compared.

    Dates are equal as positions when no minute of the activity's calendar lies between them (Friday 17:00 = Monday 08:00), or no more than
    ``tolerance``. ``convention`` says what early and late dates of a started activity are: those of the remaining work (Primavera), or the
    actual ones as far as there are (Microsoft), whose late dates of completed tasks are not compared.
    """
    rows = {row.id: row for row in result.rows()}
    counts = {field: [0, 0, 0] for field in FIELDS}
    found: dict[tuple[str, str], tuple[datetime | int, datetime | int, int]] = {}
    for id, dates in stored.items():
        if id in rows:
            for field, theirs, ours, minutes in _pairs(result, rows[id], dates, convention):
                count = counts[field]
                count[0] += 1
                count[1] += abs(minutes) <= tolerance
                count[2] += theirs == ours
                if abs(minutes) > tolerance:
                    found[id, field] = theirs, ours, minutes
    outside = {activity.id for activity in result.network.outside}
    return ImportCheck(
        {field: Tally(field, *counts[field]) for field in FIELDS},
        tuple(_explained(result, rows, found)),
        tuple(id for id in stored if id in outside),
        tuple(id for id in stored if id not in outside and id not in rows),
    )


def _pairs(
    result: ScheduleResult, row: ActivityDates, dates: StoredDates, convention: Convention
) -> Iterator[tuple[str, datetime | int, datetime | int, int]]:
    """(field, stored, ours, minutes between) for every value that is to be compared."""
    activity = result.network.activities[result.network.index[row.id]]
    calendar = result.calendars[activity.calendar]
    for field in DATES:
        theirs: datetime | None = getattr(dates, field)
        ours = _ours(row, activity, field, convention)
        if theirs is not None and ours is not None:
            yield field, theirs, ours, calendar.between(theirs, ours)
    for field in FLOATS:
        float_stored: int | None = getattr(dates, field)
        if float_stored is not None:
            float_ours: int = getattr(row, field)
            yield field, float_stored, float_ours, float_ours - float_stored


def _ours(row: ActivityDates, activity: Activity, field: str, convention: Convention) -> datetime | None:
    if convention == "microsoft":
        if field.startswith("late_") and activity.actual_finish is not None:
            return None
        if field == "late_start" and activity.actual_start is not None:
            return activity.actual_start
        field = {"early_start": "start", "early_finish": "finish"}.get(field, field)
    value: datetime = getattr(row, field)
    return value


Found = Mapping[tuple[str, str], tuple[datetime | int, datetime | int, int]]


def _explained(result: ScheduleResult, rows: Mapping[str, ActivityDates], found: Found) -> Iterator[Difference]:
    explain = _Explain(result, rows, found)
    for (id, field), (stored, ours, minutes) in found.items():
        likely, because = explain(id, field)
        yield Difference(id, field, stored, ours, minutes, likely, because)


class _Explain:
    """Looks for the first reason that fits, the surest ones first."""

    def __init__(self, result: ScheduleResult, rows: Mapping[str, ActivityDates], found: Found) -> None:
        self.result, self.rows, self.found = result, rows, found
        self.network = result.network
        self.against = {after for _, after in result.out_of_sequence}
        self.touched = {end for link in self.network.outside_links for end in (link.predecessor, link.successor)}

    def __call__(self, id: str, field: str) -> tuple[Likely, tuple[str, ...]]:
        because = self._follows(id, field)
        if because:
            return Likely.FOLLOWS, because
        tests: tuple[tuple[Likely, Callable[[str, str], bool]], ...] = (
            (Likely.ROUNDING, lambda id, field: abs(self.found[id, field][2]) <= 1),
            (Likely.FORCED_DATE, self._is_float_of_a_forced_date),
            (Likely.CALENDAR, self._stands_outside_working_time),
            (Likely.LAG_CALENDAR, self._fits_another_lag_calendar),
            (Likely.EXPECTED_FINISH, lambda id, _: self._activity(id).expected_finish is not None),
            (Likely.SUSPENDED, lambda id, _: self._activity(id).suspend_at is not None),
            (Likely.OUT_OF_SEQUENCE, lambda id, _: id in self.against),
            (Likely.START_LAG, self._waits_for_a_started_start),
            (Likely.COMPLETED, lambda id, _: self._activity(id).actual_finish is not None),
            (Likely.CONSTRAINT, lambda id, _: bool(self._activity(id).constraints)),
            (Likely.PROJECT_FINISH, self._hangs_on_the_project_finish),
            (Likely.OUTSIDE_LINK, lambda id, _: id in self.touched),
        )
        return next((likely for likely, fits in tests if fits(id, field)), Likely.UNKNOWN), ()

    def _activity(self, id: str) -> Activity:
        return self.network.activities[self.network.index[id]]

    def _neighbours(self, id: str, *, before: bool) -> list[str]:
        at = self.network.index[id]
        numbers = self.network.links_to(at) if before else self.network.links_from(at)
        links = [self.network.links[each] for each in numbers.tolist()]
        return [link.predecessor if before else link.successor for link in links]

    def _differing(self, ids: list[str], fields: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(id for id in ids if any((id, field) in self.found for field in fields)))

    def _follows(self, id: str, field: str) -> tuple[str, ...]:
        """The activities whose dates this value is made from and differ themselves."""
        early, late = ("early_start", "early_finish"), ("late_start", "late_finish")
        if field == "early_start":
            return self._differing(self._neighbours(id, before=True), early)
        if field == "late_finish":
            return self._differing(self._neighbours(id, before=False), late)
        if field == "early_finish":
            return self._differing([id], ("early_start",)) or self._differing(self._neighbours(id, before=True), early)
        if field == "late_start":
            return self._differing([id], ("late_finish",)) or self._differing(self._neighbours(id, before=False), late)
        if field == "total_float":
            return self._differing([id], DATES)
        return self._differing([id, *self._neighbours(id, before=False)], early)

    def _is_float_of_a_forced_date(self, id: str, field: str) -> bool:
        """Tools differ in whether a mandatory date has the float by which its predecessors miss it."""
        return field == "total_float" and any(
            each.type in (ConstraintType.MSO, ConstraintType.MFO) for each in self._activity(id).constraints
        )

    def _stands_outside_working_time(self, id: str, field: str) -> bool:
        """Whether the stored instant is neither within working time nor on a boundary of the calendar that we know."""
        stored = self.found[id, field][0]
        if not isinstance(stored, datetime):
            return False
        calendar = self.result.calendars[self._activity(id).calendar]
        return stored not in (calendar.next_start(stored), calendar.previous_finish(stored))

    def _fits_another_lag_calendar(self, id: str, field: str) -> bool:
        """Whether a link with a lag, counted on another calendar, gives the stored start."""
        stored = self.found[id, field][0]
        if field != "early_start" or not isinstance(stored, datetime):
            return False
        calendar = self.result.calendars[self._activity(id).calendar]
        wanted = calendar.position(stored)
        links = [self.network.links[each] for each in self.network.links_to(self.network.index[id]).tolist()]
        for link in links:
            if link.lag and link.type in (LinkType.FS, LinkType.SS):
                before = self.rows[link.predecessor]
                end = before.early_finish if link.type is LinkType.FS else before.early_start
                others = self._other_calendars(link.predecessor, id, link.lag_calendar)
                if any(calendar.position(other.add(end, link.lag)) == wanted for other in others):
                    return True
        return False

    def _other_calendars(self, predecessor: str, successor: str, used: LagCalendar) -> list[ShiftCalendar]:
        of = self.result.calendars
        candidates = {
            LagCalendar.PREDECESSOR: of[self._activity(predecessor).calendar],
            LagCalendar.SUCCESSOR: of[self._activity(successor).calendar],
            LagCalendar.ALWAYS: ShiftCalendar.always(),
        }
        return [calendar for kind, calendar in candidates.items() if kind is not used]

    def _waits_for_a_started_start(self, id: str, field: str) -> bool:
        """A lag from a start that has come: tools count what is left of it in different ways."""
        at = self.network.index[id]
        links = [self.network.links[each] for each in (*self.network.links_to(at).tolist(), *self.network.links_from(at).tolist())]
        starts = [link for link in links if link.lag and link.type in (LinkType.SS, LinkType.SF)]
        return any(self._activity(link.predecessor).actual_start is not None for link in starts)

    def _hangs_on_the_project_finish(self, id: str, field: str) -> bool:
        return field != "early_start" and field != "early_finish" and not self._neighbours(id, before=False)
