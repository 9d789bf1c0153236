"""Calendars of a Primavera XER file: nested brackets of the form `(0||name(attributes)(children))`.

`DaysOfWeek` holds the days 1 (Sunday) to 7, `Exceptions` the days that differ, `d|` and the number of the day since 30 December 1899.
A day's children are its shifts, `s|08:00|f|12:00`; a day without any does not work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from zhuanban.engines.schedules.readers.drafts import DAY, STANDARD_WEEK, CalendarDraft, Shifts, tidy
from zhuanban.engines.schedules.readers.errors import PlanFileError
from zhuanban.engines.schedules.readers.limits import FIRST_YEAR, LAST_YEAR, MAX_DEPTH
from zhuanban.engines.schedules.readers.text import number
from zhuanban.engines.schedules.readers.xer_tables import Row

FIRST_DAY = date(1899, 12, 30)
_PART = re.compile(r"\(\s*\d*\s*\|\|([^()]*)\(([^()]*)\)\s*\(|\(|\)")
_CLOCK = re.compile(r"\s*(\d{1,2}):(\d{2})(?::\d{2})?\s*([AaPp][Mm])?\s*")


@dataclass
class Node:
    """A bracket: its name, its attributes and the brackets inside."""

    name: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)

    def find(self, name: str) -> Node | None:
        """The first bracket of this name, here or deeper."""
        waiting = [self]
        while waiting:
            at = waiting.pop()
            if at.name.lower() == name.lower():
                return at
            waiting.extend(reversed(at.children))
        return None


def drafts(rows: list[Row], weekless: set[str]) -> dict[str, CalendarDraft]:
    """The calendars of the table CALENDAR by their id; `weekless` takes the ids of those without a working week."""
    found: dict[str, CalendarDraft] = {}
    for row in rows:
        key = row.get("clndr_id", "").strip()
        if key and key not in found:
            found[key] = _draft(key, row, weekless)
    return found


def _draft(key: str, row: Row, weekless: set[str]) -> CalendarDraft:
    draft = CalendarDraft(key, row.get("clndr_name", "").strip() or key, row.get("base_clndr_id", "").strip())
    draft.minutes_per_day = round(min(max(number(row.get("day_hr_cnt"), "day_hr_cnt") or 0, 0), 24) * 60)
    if draft.base == key:
        draft.base = ""
    tree = parsed(row.get("clndr_data", ""))
    week = tree.find("DaysOfWeek")
    if week is None or not any(day.children for day in week.children):
        draft.week = dict(enumerate(STANDARD_WEEK))
        weekless.add(key)
    else:
        draft.week = dict.fromkeys(range(7), ()) | dict(_weekdays(week))
    exceptions = tree.find("Exceptions")
    draft.dates = dict(_dates(exceptions)) if exceptions is not None else {}
    return draft


def _weekdays(week: Node) -> Iterator[tuple[int, Shifts]]:
    for day in week.children:
        if day.name.isdecimal() and 1 <= int(day.name) <= 7:
            yield (int(day.name) - 2) % 7, _shifts(day)


def _dates(exceptions: Node) -> Iterator[tuple[date, Shifts]]:
    first, last = (date(FIRST_YEAR, 1, 1) - FIRST_DAY).days, (date(LAST_YEAR, 12, 31) - FIRST_DAY).days
    for each in exceptions.children:
        told = number(each.attributes.get("d"), "clndr_data")
        if told is not None and first <= told <= last:
            yield FIRST_DAY + timedelta(days=int(told)), _shifts(each)


def _shifts(day: Node) -> Shifts:
    read = ((_clock(each.attributes.get("s")), _clock(each.attributes.get("f"))) for each in day.children)
    return tidy((start, finish) for start, finish in read if start is not None and finish is not None)


def _clock(raw: str | None) -> int | None:
    """Minutes since midnight; with or without AM and PM."""
    if not raw:
        return None
    found = _CLOCK.fullmatch(raw)
    if found is None:
        raise PlanFileError("bad_value", where="clndr_data", value=raw, what="time of day")
    hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour * 60 + minute > DAY or minute > 59:
        raise PlanFileError("bad_value", where="clndr_data", value=raw, what="time of day")
    return (hour * 60 + minute) % DAY


def parsed(data: str) -> Node:
    """The brackets as a tree below a nameless root; text between brackets (line breaks, spaces) says nothing."""
    root = Node("", {})
    path: list[Node | None] = [root]
    for part in _PART.finditer(data):
        if part[0] == ")":
            if len(path) > 1:
                path.pop()
        elif part[1] is None:
            _deeper(path, None)
        else:
            node = Node(part[1].strip(), _attributes(part[2]))
            parent = next((each for each in reversed(path) if each is not None), root)
            parent.children.append(node)
            _deeper(path, node)
            _deeper(path, node)
    return root


def _deeper(path: list[Node | None], node: Node | None) -> None:
    path.append(node)
    if len(path) > 2 * MAX_DEPTH:
        raise PlanFileError("too_deep", limit=MAX_DEPTH)


def _attributes(text: str) -> dict[str, str]:
    parts = text.split("|")
    return {name.strip().lower(): value.strip() for name, value in zip(parts[::2], parts[1::2], strict=False)}
