"""`zhuanban plans check`: a plan file is calculated and compared with the dates that it stores, without settings or a database."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from zhuanban.engines.schedules.files import CheckedPlan, checked, together
from zhuanban.engines.schedules.importcheck import Difference, Tally
from zhuanban.engines.schedules.model import PlanFile
from zhuanban.engines.schedules.network import OUTSIDE, CycleError, ScheduleError
from zhuanban.engines.schedules.readers import Note, PlanFileError, read_plans
from zhuanban.engines.schedules.readers.limits import MAX_BYTES
from zhuanban.site import mpp, tables
from zhuanban.site.plan_words import HEALTH, LIKELY, english, word

SHOWN_DIFFERENCES, SHOWN_IDS = 20, 5
WIDEST, LONGEST_CIRCLE = 40, 600
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Unreadable(Exception):
    """The file cannot be read or calculated; the text says why, `code` and `parts` say it to machines."""

    def __init__(self, path: Path, words: str, code: str, parts: dict[str, Any] | None = None) -> None:
        super().__init__(f"{path}: {words}")
        self.path, self.words, self.code, self.parts = path, words, code, parts or {}

    def as_json(self) -> dict[str, Any]:
        return {"file": str(self.path), "error": {"code": self.code, "parts": self.parts, "words": self.words}}


def unreadable(path: Path, error: Exception) -> Unreadable:
    """What went wrong in the words of the terminal."""
    if isinstance(error, PlanFileError):
        return Unreadable(path, str(error) if english() else error.words, error.code, error.parts)
    if isinstance(error, mpp.NoImporter):
        return Unreadable(path, str(error), "mpp")
    if isinstance(error, OSError):
        return Unreadable(path, error.strerror or str(error), "file")
    if isinstance(error, CycleError):
        circle = " > ".join([*error.ids, error.ids[0]])
        return Unreadable(path, word("circle") % {"circle": plain(circle, LONGEST_CIRCLE)}, "circle", {"activities": list(error.ids)})
    return Unreadable(path, plain(str(error), LONGEST_CIRCLE), "calculation")


# -- reading -------------------------------------------------------------------------------------------------------------


def read(path: Path, project: str = "") -> list[PlanFile]:
    """The plans of a file, all of them or the one named. Raises Unreadable."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PlanFileError("too_large", size=path.stat().st_size, limit=MAX_BYTES)
        content = path.read_bytes()
        if content.startswith(OLE) and mpp.available():
            content = mpp.as_xml(content)
        plans = list(read_plans(content, path.name))
        chosen = [plan for plan in plans if not project or plan.name == project]
        if not chosen:
            raise PlanFileError("no_such_project", value=project, known=", ".join(plan.name for plan in plans))
        return chosen
    except (PlanFileError, mpp.NoImporter, OSError) as error:
        raise unreadable(path, error) from error


# -- the import check ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Checked:
    """A file's plans, checked."""

    path: Path
    plans: list[CheckedPlan]

    @property
    def tallies(self) -> dict[str, Tally]:
        return together([each.check for each in self.plans])

    @property
    def differences(self) -> list[tuple[PlanFile, Difference]]:
        return [(each.plan, difference) for each in self.plans for difference in each.check.differences]


def check(path: Path, project: str = "") -> Checked:
    """Calculate every plan of the file and compare. Raises Unreadable."""
    try:
        return Checked(path, [checked(plan) for plan in read(path, project)])
    except ScheduleError as error:
        raise unreadable(path, error) from error


def check_as_json(found: Checked) -> dict[str, Any]:
    """What `plans check --json` prints; the keys are documented in docs/how-to/plan-files.md."""
    first = found.plans[0].plan
    return {
        "file": str(found.path),
        "tool": first.tool,
        "name": first.name,
        "data_date": iso(first.data_date),
        **sizes([each.plan for each in found.plans]),
        "checks": {field: _tally(tally) for field, tally in found.tallies.items()},
        "differences": [_difference(plan, each) for plan, each in found.differences],
        "health": [each for plan in found.plans for each in health_of(plan)],
        "notes": [note_of(plan, note) for plan in (each.plan for each in found.plans) for note in plan.notes],
        "projects": [_project(each) for each in found.plans],
    }


def sizes(plans: list[PlanFile]) -> dict[str, int]:
    return {
        "activities": sum(len(plan.activities) for plan in plans),
        "outside": sum(activity.kind in OUTSIDE for plan in plans for activity in plan.activities),
        "links": sum(len(plan.links) for plan in plans),
        "calendars": len({key for plan in plans for key in _calendars(plan)}),
    }


def _calendars(plan: PlanFile) -> set[str]:
    return {activity.calendar for activity in plan.activities} | {plan.project_calendar}


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "compared": tally.compared,
        "equal_position": tally.equal_position,
        "equal_clock": tally.equal_clock,
        "share_position": tally.share_position,
        "share_clock": tally.share_clock,
    }


def _difference(plan: PlanFile, each: Difference) -> dict[str, Any]:
    return {
        "project": plan.name,
        "activity": each.activity,
        "field": each.field,
        "stored": iso(each.stored),
        "ours": iso(each.ours),
        "minutes": each.minutes,
        "likely": each.likely.value,
        "because": list(each.because),
    }


def health_of(found: CheckedPlan) -> list[dict[str, Any]]:
    return [
        {
            "project": found.plan.name,
            "code": each.code,
            "severity": each.severity.value,
            "words": each.words if english() else HEALTH.get(each.code, each.words),
            "count": len(each.activities),
            "share": each.share,
            "activities": list(each.activities),
        }
        for each in found.findings
    ]


def note_of(plan: PlanFile, note: str) -> dict[str, Any]:
    told = {"code": note.code, "parts": note.parts} if isinstance(note, Note) else {"code": "", "parts": {}}
    return {"project": plan.name, **told, "words": _words(note)}


def _words(note: str) -> str:
    return note.words if isinstance(note, Note) and not english() else str(note)


def _project(found: CheckedPlan) -> dict[str, Any]:
    plan = found.plan
    return {
        "name": plan.name,
        "data_date": iso(plan.data_date),
        "status_date": iso(plan.status_date),
        "must_finish_by": iso(plan.must_finish_by),
        "mode": plan.mode,
        "lag_calendar": plan.default_lag_calendar.value,
        **sizes([plan]),
        "finish": iso(found.result.project_finish),
        "checks": {field: _tally(tally) for field, tally in found.check.tallies.items()},
    }


def check_as_text(found: Checked) -> str:
    return "\n".join(_check_lines(found))


def _check_lines(found: Checked) -> Iterator[str]:
    for each in found.plans:
        plan = each.plan
        yield f"{word('project')}  {plain(plan.name)}  ({word(plan.tool)})"
        yield f"{word('data_date')}  {_minute(plan.data_date)}"
        yield word("size") % sizes([plan])
        yield f"{word('finish')}  {_minute(each.result.project_finish)}"
        yield ""
    yield from _tally_lines(found)
    findings = [(each.plan, finding) for each in found.plans for finding in health_of(each)]
    yield ""
    yield word("health" if findings else "healthy")
    if findings:
        heads = [word("severity"), word("finding"), word("count"), word("first_ones")]
        rows = [[word(each["severity"]), each["words"], str(each["count"]), some(each["activities"])] for _plan, each in findings]
        yield tables.table(heads, rows, frozenset({2}))
    notes = [_words(note) for each in found.plans for note in each.plan.notes]
    if notes:
        yield from ["", word("notes"), *(f"- {plain(note, LONGEST_CIRCLE)}" for note in notes)]


def _tally_lines(found: Checked) -> Iterator[str]:
    tallies = [tally for tally in found.tallies.values() if tally.compared]
    if not tallies:
        yield word("nothing_stored")
        return
    heads = [word(key) for key in ("value", "compared", "equal_position", "equal_clock")]
    rows = [[word(each.field), str(each.compared), _share(each.share_position), _share(each.share_clock)] for each in tallies]
    yield tables.table(heads, rows, frozenset({1, 2, 3}))
    differences = found.differences
    yield ""
    if not differences:
        yield word("agrees")
        return
    yield word("differs") % {"count": len(differences)}
    heads = [word(key) for key in ("activity", "value", "stored", "ours", "minutes", "likely")]
    yield tables.table(heads, [_difference_row(each) for _plan, each in differences[:SHOWN_DIFFERENCES]], frozenset({4}))
    if len(differences) > SHOWN_DIFFERENCES:
        yield word("more") % {"count": len(differences) - SHOWN_DIFFERENCES}


def _difference_row(each: Difference) -> list[str]:
    likely = word(each.likely.value, LIKELY) + (f" {some(list(each.because))}" if each.because else "")
    return [plain(each.activity), word(each.field), _minute(each.stored), _minute(each.ours), f"{each.minutes:+d}", likely]


# -- values --------------------------------------------------------------------------------------------------------------


def plain(text: str, longest: int = WIDEST) -> str:
    """A text from the file as a terminal may get it: printable, on one line, not too long."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return printable if len(printable) <= longest else printable[: longest - 1] + "…"


def iso(value: datetime | date | int | None) -> str | int | None:
    return value if value is None or isinstance(value, int) else value.isoformat()


def _minute(value: datetime | int | None) -> str:
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:%Y-%m-%d %H:%M}"


def _share(share: float | None) -> str:
    """A share in per cent; 100 only where it is everything."""
    return "-" if share is None else f"{math.floor(share * 10_000) / 100:.2f}%"


def some(ids: list[str]) -> str:
    return ", ".join(plain(each) for each in ids[:SHOWN_IDS]) + (" …" if len(ids) > SHOWN_IDS else "")
