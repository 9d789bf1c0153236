"""A plan as a document: the JSON that a version keeps, and the engine's values that it stands for.

A document holds `activities`, `links` and `calendars`. An activity keeps what is not the engine's default, and beside it what only the
product knows: `node` (the template node that it reaches), `work` (the part of the project), `item` (the kind of work item that measures
it), `group` (the heading that it stands under). House calendars are named by key; those of a file are kept whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules.model import (
    Activity,
    Constraint,
    ConstraintType,
    Exposure,
    Kind,
    LagCalendar,
    Link,
    LinkType,
    PlanFile,
    StoredDates,
)

Document = dict[str, Any]
OWN = ("node", "work", "item", "group")
"""Keys of an activity that only the product knows."""
PLAIN = ("name", "enclosure", "work_class", "flagged", "budget", "percent")
INSTANTS = ("actual_start", "actual_finish", "suspend_at", "resume_at", "expected_finish")
SETTINGS = ("tool", "float_basis", "open_ends_critical", "lag_from_actual_start")
"""How the tool that a plan came from counts."""
EMPTY = Activity("", 0, "")
USUAL_LINK = ["FS", 0, "predecessor"]


# From the engine's values ----------------------------------------------------------------------------------------------


def written(plan: PlanFile, own: Mapping[str, Mapping[str, Any]] | None = None) -> Document:
    """The document of a plan read from a file; `own` are the product's keys by activity."""
    return {
        "name": plan.name,
        "data_date": plan.data_date.isoformat(),
        "project_calendar": plan.project_calendar,
        "mode": plan.mode,
        "lag_calendar": plan.default_lag_calendar.value,
        **{name: value for name in SETTINGS if (value := getattr(plan, name))},
        **{name: value.isoformat() for name in ("started_on", "status_date") if (value := getattr(plan, name))},
        "calendars": {key: _calendar_out(calendar) for key, calendar in plan.calendars.items()},
        "activities": [activity_out(each) | dict((own or {}).get(each.id, {})) for each in plan.activities],
        "links": [link_out(each) for each in plan.links],
    }


def activity_out(each: Activity) -> dict[str, Any]:
    """What of an activity differs from nothing."""
    told: dict[str, Any] = {"id": each.id, "duration": each.duration, "calendar": each.calendar}
    told |= {name: value for name in PLAIN if (value := getattr(each, name)) != getattr(EMPTY, name)}
    told |= {name: value.isoformat() for name in INSTANTS if (value := getattr(each, name)) is not None}
    if each.remaining is not None:
        told["remaining"] = each.remaining
    if each.kind is not Kind.TASK:
        told["kind"] = each.kind.value
    if each.exposure is not Exposure.SHELTERED:
        told["exposure"] = each.exposure.value
    if each.constraints:
        told["constraints"] = [[limit.type.value, limit.at.isoformat() if limit.at else None] for limit in each.constraints]
    return told


def link_out(each: Link) -> list[Any]:
    """[predecessor, successor, type, lag in minutes, calendar of the lag], without the last ones that say nothing."""
    return trimmed([each.predecessor, each.successor, each.type.value, each.lag, each.lag_calendar.value])


def trimmed(link: list[Any]) -> list[Any]:
    while len(link) > 2 and link[-1] == USUAL_LINK[len(link) - 3]:
        link.pop()
    return link


def _calendar_out(calendar: ShiftCalendar) -> dict[str, Any]:
    return {
        "name": calendar.name,
        "week": [[list(shift) for shift in shifts] for shifts in calendar.week],
        "exceptions": {day.isoformat(): [list(shift) for shift in shifts] for day, shifts in sorted(calendar.exceptions.items())},
        "minutes_per_day": calendar.minutes_per_day,
    }


# To the engine's values ------------------------------------------------------------------------------------------------


def activity_in(told: Mapping[str, Any]) -> Activity:
    """An activity of a document. Raises KeyError or ValueError where the document is none of ours."""
    fields: dict[str, Any] = {name: told[name] for name in (*PLAIN, "remaining") if name in told}
    fields |= {name: datetime.fromisoformat(told[name]) for name in INSTANTS if name in told}
    if "constraints" in told:
        fields["constraints"] = tuple(
            Constraint(ConstraintType(kind), datetime.fromisoformat(at) if at else None) for kind, at in told["constraints"]
        )
    return Activity(
        told["id"],
        told["duration"],
        told["calendar"],
        kind=Kind(told.get("kind", "task")),
        exposure=Exposure(told.get("exposure", "sheltered")),
        **fields,
    )


def link_in(told: Sequence[Any]) -> Link:
    whole: list[Any] = [*told, *USUAL_LINK[len(told) - 2 :]]
    predecessor, successor, kind, lag, calendar = whole
    return Link(predecessor, successor, LinkType(kind), lag, LagCalendar(calendar))


def calendar_in(told: Mapping[str, Any]) -> ShiftCalendar:
    """A calendar that came with a file."""
    week = tuple(tuple((first, last) for first, last in shifts) for shifts in told["week"])
    exceptions = {date.fromisoformat(day): tuple((first, last) for first, last in shifts) for day, shifts in told["exceptions"].items()}
    return ShiftCalendar(told["name"], week, exceptions, told["minutes_per_day"])


def read(document: Document, house: Mapping[str, ShiftCalendar], data_date: datetime, facts: Mapping[str, Any] | None = None) -> PlanFile:
    """The plan of a document at a data date, with the progress known then. `house` are the city's calendars by key."""
    known = facts or {}
    return PlanFile(
        name=document.get("name", ""),
        data_date=data_date,
        activities=tuple(activity_in({**told, **known[told["id"]]} if told["id"] in known else told) for told in document["activities"]),
        links=tuple(map(link_in, document["links"])),
        calendars={key: house[told["house"]] if "house" in told else calendar_in(told) for key, told in document["calendars"].items()},
        project_calendar=document["project_calendar"],
        mode=document.get("mode", "retained_logic"),
        default_lag_calendar=LagCalendar(document.get("lag_calendar", "predecessor")),
        **{name: document[name] for name in SETTINGS if name in document},
    )


def stored_out(stored: Mapping[str, StoredDates]) -> dict[str, list[Any]]:
    """What a source tool said of each activity, as the check keeps it."""
    names = ("early_start", "early_finish", "late_start", "late_finish")
    return {
        key: [*(at.isoformat() if (at := getattr(each, name)) else None for name in names), each.total_float, each.free_float]
        for key, each in stored.items()
    }


# Looking into a document -----------------------------------------------------------------------------------------------


def activities(document: Document) -> dict[str, dict[str, Any]]:
    """Activities by id."""
    return {each["id"]: each for each in document["activities"]}


def enclosures(document: Document) -> list[str]:
    """The ids of the activities whose finish encloses a building."""
    named = {each["enclosure"] for each in document["activities"] if each.get("enclosure")}
    return [each["id"] for each in document["activities"] if each["id"] in named or each.get("node") == "warm_enclosure"]


def reaching(document: Document, code: str, work: int | None = None) -> list[str]:
    """The ids of the activities that reach a node: of one part of the project, or of the whole with all its parts."""
    return [each["id"] for each in document["activities"] if each.get("node") == code and (work is None or each.get("work") == work)]
