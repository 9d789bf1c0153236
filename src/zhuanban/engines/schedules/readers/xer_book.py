"""The tables of a Primavera XER file sorted by what belongs together, and its calendars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules.readers import xer_calendars
from zhuanban.engines.schedules.readers.drafts import STANDARD_WEEK, CalendarDraft, built
from zhuanban.engines.schedules.readers.errors import PlanFileError
from zhuanban.engines.schedules.readers.limits import MAX_CALENDARS
from zhuanban.engines.schedules.readers.xer_tables import Row

HOUR = 60
ALWAYS = "24h"
STANDARD = "standard"


@dataclass
class Book:
    """The file's tables, sorted by what belongs together."""

    tasks: dict[str, list[Row]]
    projects: dict[str, Row]
    options: dict[str, Row]
    links: dict[str, list[Row]]
    calendars: dict[str, ShiftCalendar]
    default_calendar: str
    owner: dict[str, str]
    resources: dict[str, list[Row]]
    resource_calendar: dict[str, str]
    weekless: set[str]
    baselines: frozenset[str]

    @classmethod
    def of(cls, found: dict[str, list[Row]]) -> Book:
        weekless: set[str] = set()
        tasks = _by(found.get("TASK", []), "proj_id")
        rows = found.get("CALENDAR", [])
        calendars = _calendars(rows, weekless)
        default = next((row["clndr_id"] for row in rows if row.get("default_flag") == "Y" and row.get("clndr_id") in calendars), STANDARD)
        assigned = _by((row for row in found.get("TASKRSRC", []) if row.get("rsrc_id")), "task_id")
        return cls(
            tasks=tasks,
            projects={row.get("proj_id", ""): row for row in found.get("PROJECT", [])},
            options={row.get("proj_id", ""): row for row in found.get("SCHEDOPTIONS", [])},
            links=_by(found.get("TASKPRED", []), "task_id"),
            calendars=calendars,
            default_calendar=default,
            owner={row.get("task_id", ""): key for key, group in tasks.items() for row in group},
            resources=assigned,
            resource_calendar={row.get("rsrc_id", ""): row.get("clndr_id", "") for row in found.get("RSRC", [])},
            weekless=weekless,
            baselines=_baselines(found.get("PROJECT", []), tasks),
        )


def _by(rows: Iterable[Row], name: str) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.get(name, "")].append(row)
    return dict(grouped)


def _baselines(rows: list[Row], tasks: dict[str, list[Row]]) -> frozenset[str]:
    """Projects that are baselines of another one in the file."""
    origin = {row.get("proj_id", ""): row.get("orig_proj_id", "") for row in rows}
    found = frozenset(key for key in tasks if origin.get(key) and origin[key] != key and origin[key] in tasks)
    return found if len(found) < len(tasks) else frozenset()


def _calendars(rows: list[Row], weekless: set[str]) -> dict[str, ShiftCalendar]:
    drafts = xer_calendars.drafts(rows, weekless)
    if len(drafts) > MAX_CALENDARS:
        raise PlanFileError("too_many", limit=MAX_CALENDARS, what="calendars")
    drafts[STANDARD] = CalendarDraft(STANDARD, STANDARD, week=dict(enumerate(STANDARD_WEEK)))
    return built(drafts, 8 * HOUR) | {ALWAYS: ShiftCalendar.always(ALWAYS)}


def yes(row: Row, name: str, default: bool) -> bool:
    told = row.get(name, "").strip().upper()
    return told == "Y" if told in ("Y", "N") else default


def first_of(row: Row, *names: str) -> str:
    return next((row[name] for name in names if row.get(name, "").strip()), "")
