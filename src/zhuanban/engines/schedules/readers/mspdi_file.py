"""The records of a Microsoft Project file as they stand there, and what its values mean."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from zhuanban.engines.schedules.model import StoredDates
from zhuanban.engines.schedules.readers import mspdi_calendars
from zhuanban.engines.schedules.readers.drafts import CalendarDraft
from zhuanban.engines.schedules.readers.errors import PlanFileError
from zhuanban.engines.schedules.readers.limits import MAX_ACTIVITIES, MAX_CALENDARS, MAX_LINKS
from zhuanban.engines.schedules.readers.mspdi_xml import children, values, word
from zhuanban.engines.schedules.readers.text import instant, minutes, whole, within

RECORDS = frozenset({"Calendar", "Task", "Resource", "Assignment", "ExtendedAttributes"})
WORK_RESOURCE = "1"
TENTH = 0.1
"""Lags and slacks are told in tenths of a minute."""
CODE_ALIAS = "activity_code"
"""Alias of the custom text field in which our own writer keeps ids that are no numbers."""
_DURATION = re.compile(
    r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)


@dataclass
class File:
    """The records of the file, as texts by name."""

    root: str = ""
    project: dict[str, str] = field(default_factory=dict)
    calendars: dict[str, CalendarDraft] = field(default_factory=dict)
    tasks: list[dict[str, str]] = field(default_factory=list)
    links: dict[str, list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))
    resource_calendar: dict[str, str] = field(default_factory=dict)
    resources: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    link_count: int = 0
    codes: dict[str, str] = field(default_factory=dict)
    code_field: str = ""

    def take(self, name: str, element: Element) -> None:
        if name == "Task":
            self._take_task(element)
        elif name == "Calendar":
            draft = mspdi_calendars.draft(element)
            self.calendars.setdefault(draft.key, draft)
            if len(self.calendars) > MAX_CALENDARS:
                raise PlanFileError("too_many", limit=MAX_CALENDARS, what="calendars")
        elif name == "Resource":
            if word(element, "Type") in (WORK_RESOURCE, "") and word(element, "CalendarUID") not in ("", "-1"):
                self.resource_calendar[word(element, "UID")] = word(element, "CalendarUID")
        elif name == "Assignment":
            self.resources[word(element, "TaskUID")].append(word(element, "ResourceUID"))
        elif name == "ExtendedAttributes":
            fields = [values(each) for each in children(element, "ExtendedAttribute")]
            self.code_field = next((each.get("FieldID", "") for each in fields if each.get("Alias") == CODE_ALIAS), "")
        else:
            self.root = element.tag.rpartition("}")[2]
            self.project = values(element)

    def _take_task(self, element: Element) -> None:
        task = values(element)
        uid = task.get("UID", "")
        if task.get("IsNull") == "1" or not uid:
            return
        self.tasks.append(task)
        for each in children(element, "ExtendedAttribute") if self.code_field else ():
            if word(each, "FieldID") == self.code_field and word(each, "Value"):
                self.codes[uid] = word(each, "Value")
        found = [values(link) for link in children(element, "PredecessorLink")]
        self.links[uid] = found
        self.link_count += len(found)
        if len(self.tasks) > MAX_ACTIVITIES:
            raise PlanFileError("too_many", limit=MAX_ACTIVITIES, what="activities")
        if self.link_count > MAX_LINKS:
            raise PlanFileError("too_many", limit=MAX_LINKS, what="links")


def span(raw: str | None, where: str) -> int | None:
    """Minutes of an ISO 8601 duration; a day is 24 hours there, a month 30 days, a year 365.

    >>> span("PT40H0M0S", "Duration"), span("PT0H30M30S", "Duration"), span("P1DT2H", "Duration"), span("", "Duration")
    (2400, 31, 1560, None)
    """
    text = (raw or "").strip()
    if not text:
        return None
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()[1:]):
        raise PlanFileError("bad_value", where=where, value=text, what="duration")
    parts = [float(part or 0) for part in found.groups()[1:]]
    each = (365 * 1440, 30 * 1440, 1440, 60, 1, 1 / 60)
    total = sum(part * size for part, size in zip(parts, each, strict=True))
    return within(int(total + 0.5) * (-1 if found[1] else 1), where, text)


def leaves_of(tasks: list[dict[str, str]]) -> dict[str, tuple[str, ...]]:
    """For each summary the tasks below it that are none; the outline is the order and the levels of the tasks."""
    found: dict[str, list[str]] = {}
    path: list[tuple[int, str]] = []
    for at, task in enumerate(tasks):
        level = whole(task.get("OutlineLevel"), "OutlineLevel") or 0
        while path and path[-1][0] >= level:
            path.pop()
        following = whole(tasks[at + 1].get("OutlineLevel"), "OutlineLevel") or 0 if at + 1 < len(tasks) else 0
        if task.get("Summary") == "1" and following > level:
            found[task["UID"]] = []
            path.append((level, task["UID"]))
        else:
            for _level, summary in path:
                found[summary].append(task["UID"])
    return {uid: tuple(leaves) for uid, leaves in found.items()}


def stored(task: dict[str, str]) -> StoredDates:
    where = f"task {task['UID']}: "
    return StoredDates(
        early_start=instant(task.get("EarlyStart"), where + "EarlyStart"),
        early_finish=instant(task.get("EarlyFinish"), where + "EarlyFinish"),
        late_start=instant(task.get("LateStart"), where + "LateStart"),
        late_finish=instant(task.get("LateFinish"), where + "LateFinish"),
        total_float=minutes(task.get("TotalSlack"), where + "TotalSlack", TENTH),
        free_float=minutes(task.get("FreeSlack"), where + "FreeSlack", TENTH),
    )
