"""Activities and links: what a plan network is made of, as plain values.

Durations are whole minutes of work on the activity's own calendar; instants are naive local datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What an activity is. Level of effort and summaries hang on others' dates and stay out of the network."""

    TASK = "task"
    START_MILESTONE = "start_milestone"
    FINISH_MILESTONE = "finish_milestone"
    LEVEL_OF_EFFORT = "level_of_effort"
    SUMMARY = "summary"


class LinkType(StrEnum):
    FS = "FS"
    SS = "SS"
    FF = "FF"
    SF = "SF"


class LagCalendar(StrEnum):
    """On whose calendar a lag is counted."""

    PREDECESSOR = "predecessor"
    SUCCESSOR = "successor"
    PROJECT = "project"
    ALWAYS = "24h"


class ConstraintType(StrEnum):
    """Constraints in the words of Primavera: start no earlier than, finish no later than, start on, mandatory start, and so on."""

    SNET = "SNET"
    SNLT = "SNLT"
    FNET = "FNET"
    FNLT = "FNLT"
    SO = "SO"
    FO = "FO"
    MSO = "MSO"
    MFO = "MFO"
    ALAP = "ALAP"


class Exposure(StrEnum):
    """How the frost reaches an activity: always; until its building is enclosed; never."""

    OUTDOOR = "outdoor"
    ENCLOSABLE = "enclosable"
    SHELTERED = "sheltered"


@dataclass(frozen=True, slots=True)
class Constraint:
    type: ConstraintType
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity. `duration` and `remaining` are minutes of work on `calendar`.

    `remaining` None means: not told; then it is the whole duration before the start and nothing after the finish. `enclosure` is the id
    of the activity whose finish encloses the building that this one is in. `work_class` names the winter rate (earthwork, concrete,
    masonry, steel, envelope, indoor, commissioning). `flagged` activities are reported by forecasts.
    """

    id: str
    duration: int
    calendar: str
    name: str = ""
    kind: Kind = Kind.TASK
    actual_start: datetime | None = None
    actual_finish: datetime | None = None
    remaining: int | None = None
    percent: float | None = None
    constraints: tuple[Constraint, ...] = ()
    exposure: Exposure = Exposure.SHELTERED
    enclosure: str = ""
    work_class: str = ""
    flagged: bool = False
    budget: int = 0
    suspend_at: datetime | None = None
    resume_at: datetime | None = None
    expected_finish: datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A dependency with a lag in minutes (negative: a lead)."""

    predecessor: str
    successor: str
    type: LinkType = LinkType.FS
    lag: int = 0
    lag_calendar: LagCalendar = LagCalendar.PREDECESSOR


@dataclass(frozen=True, slots=True)
class StoredDates:
    """What the tool that a plan came from says of an activity; floats in minutes of its calendar. Absent values are unknown."""

    early_start: datetime | None = None
    early_finish: datetime | None = None
    late_start: datetime | None = None
    late_finish: datetime | None = None
    total_float: int | None = None
    free_float: int | None = None


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan as read from a file: what `check` and `simulate` take. `calendars` are shift calendars by key.

    `tool` is where the stored dates come from ("primavera", "msproject" or ""), `float_basis` how it counts total float ("finish",
    "start" or "smallest" of the two). `open_ends_critical`: activities without successor have no float. `lag_from_actual_start`: what is
    left of a start-to-start lag of a running activity counts from the data date instead of from the start of its remaining work.
    `started_on` is the planned start of the project. Microsoft Project schedules from there and not from its status date: then `data_date`
    is the start, and `status_date` up to when progress is told, which a forecast counts from.
    """

    name: str
    data_date: datetime
    activities: tuple[Activity, ...]
    links: tuple[Link, ...]
    calendars: dict[str, Any]
    project_calendar: str
    stored: dict[str, StoredDates] = field(default_factory=dict)
    must_finish_by: datetime | None = None
    mode: str = "retained_logic"
    default_lag_calendar: LagCalendar = LagCalendar.PREDECESSOR
    notes: tuple[str, ...] = ()
    tool: str = ""
    float_basis: str = "finish"
    open_ends_critical: bool = False
    lag_from_actual_start: bool = False
    started_on: datetime | None = None
    status_date: datetime | None = None
