"""A plan from a template: the network of a project's kind, laid out over its parts and stretched over its months."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any

from zhuanban.domains.plans.documents import Document, trimmed

DAY_MINUTES = {"site": 600, "office": 480, "always": 1440}
"""Minutes of work in a day of each house calendar."""
START, FINISH, ENCLOSURE = "start", "finish", "enclosure"
KINDS = {START: "start_milestone", FINISH: "finish_milestone", ENCLOSURE: "finish_milestone"}
_WAIT = re.compile(r"(?P<id>\*?\.?[A-Z]+\d+)(?: (?P<type>FS|SS|FF|SF)(?P<lag>[+-]\d+)?)?")


@dataclass(frozen=True)
class Part:
    """A workshop or building: `key` goes before the ids of its activities, `work` is its row's id where it has one."""

    key: str
    name: str
    work: int | None = None


def laid_out(
    body: Mapping[str, Any], parts: Sequence[Part], start: date, scale: float = 1.0, inside: float = 0.0, whole: float = 0.0
) -> Document:
    """The document of a template: activities of the site, of each part and of the whole, begun on a day, durations times `scale`.

    `inside` scales what comes after the enclosure of a building and `whole` what comes after all parts, where they go at another pace.
    Raises ValueError where the template names an activity that it does not have.
    """
    parts = parts or [Part("", body.get("part_name", ""))]
    laid = _Layout(body, parts, (scale, inside or scale, whole or inside or scale))
    begins = [activity for activity in laid.activities if activity.get("kind") == KINDS[START]]
    for each in begins:
        each["constraints"] = [["SNET", datetime.combine(start, time(7)).isoformat()]]
    return {
        "project_calendar": "site",
        "calendars": {key: {"house": key} for key in DAY_MINUTES},
        "activities": laid.activities,
        "links": laid.links,
    }


class _Layout:
    """Walks the template's three sections once."""

    def __init__(self, body: Mapping[str, Any], parts: Sequence[Part], scales: tuple[float, float, float]) -> None:
        self.parts = parts
        self.rows = {row["id"]: row for section in ("site", "part", "whole") for row in body[section]}
        self.in_part = {row["id"] for row in body["part"]}
        self.closes = next((row["id"] for row in body["part"] if row.get("kind") == ENCLOSURE), "")
        ids = [row["id"] for row in body["part"]]
        open_air = {row["id"] for row in body["site"]} | set(ids[: ids.index(self.closes)] if self.closes else ids)
        last = {row["id"] for row in body["whole"]}
        self.scales = {key: scales[0 if key in open_air else 2 if key in last else 1] for key in self.rows}
        self.stagger: dict[str, Any] = body.get("stagger") or {}
        self.activities: list[dict[str, Any]] = []
        self.links: list[list[Any]] = []
        for row in body["site"]:
            self._add(row, None)
        for part in parts:
            for row in body["part"]:
                self._add(row, part)
        for row in body["whole"]:
            self._add(row, None)
        if self.stagger:
            self._stagger(parts)

    def _name(self, key: str, part: Part | None) -> str:
        return f"{part.key}.{key}" if part and part.key and key in self.in_part else key

    def _calendar(self, row: Mapping[str, Any]) -> str:
        return row.get("calendar", "site")

    def _minutes(self, row: Mapping[str, Any]) -> int:
        days = row.get("days", 0)
        stretched = days if row.get("fixed") else max(1, round(days * self.scales[row["id"]])) if days else 0
        return stretched * DAY_MINUTES[self._calendar(row)]

    def _add(self, row: Mapping[str, Any], part: Part | None) -> None:
        told: dict[str, Any] = {
            "id": self._name(row["id"], part),
            "name": row["name"],
            "duration": self._minutes(row),
            "calendar": self._calendar(row),
        }
        if row.get("kind"):
            told |= {"kind": KINDS[row["kind"]], "flagged": True}
        told |= {
            name: row[source]
            for name, source in (("work_class", "class"), ("exposure", "exposure"), ("item", "item"), ("node", "node"))
            if row.get(source)
        }
        if told.get("node"):
            told["flagged"] = True
        if part and part.key:
            told |= {"group": part.name} | ({"work": part.work} if part.work else {})
        if row.get("exposure") == "enclosable":
            told["enclosure"] = self._name(self.closes, part)
        if told["duration"]:
            told["budget"] = told["duration"] // 60
        self.activities.append(told)
        for wait in row.get("after", ()):
            self._wait(wait, row, part)

    def _wait(self, words: str, row: Mapping[str, Any], part: Part | None) -> None:
        found = _WAIT.fullmatch(words)
        key = found["id"].removeprefix("*.") if found else ""
        if not found or key not in self.rows:
            raise ValueError(f"{row['id']} waits for {words!r}, which is not in the template")
        lag = round(int(found["lag"] or 0) * self.scales[key]) * DAY_MINUTES[self._calendar(self.rows[key])]
        for source in self.parts if found["id"].startswith("*.") else [part]:
            self._link(key, source, row["id"], part, found["type"] or "FS", lag)

    def _link(self, before: str, of: Part | None, after: str, part: Part | None, kind: str, lag: int) -> None:
        self.links.append(trimmed([self._name(before, of), self._name(after, part), kind, lag, "predecessor"]))

    def _stagger(self, parts: Sequence[Part]) -> None:
        """Parts follow one another: the crews of the first piles go on to the second."""
        first = self.rows[self.stagger["id"]]
        lag = round(self.stagger["days"] * self.scales[first["id"]]) * DAY_MINUTES[self._calendar(first)]
        for before, after in pairwise(parts):
            self._link(first["id"], before, first["id"], after, "SS", lag)


def last_instant(day: date) -> datetime:
    """The end of a day's work: what is done on a day was done by then."""
    return datetime.combine(day, time(18))


def first_instant(day: date) -> datetime:
    return datetime.combine(day, time(7))
