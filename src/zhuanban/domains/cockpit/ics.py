"""One's own days as an iCalendar file (RFC 5545): what I owe, the nodes of what I carry, the meetings that I am in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from django.utils import timezone
from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.queries import calendar as queries
from zhuanban.domains.cockpit.queries.calendar import Asked
from zhuanban.kernel import clock

MOST = 500
"""Events of a kind in one file."""
MEETING = timedelta(hours=1, minutes=30)
WIDEST = 75
"""Octets of a line before it is folded."""


@dataclass(frozen=True)
class Event:
    """A whole day, or from an instant on. `key` tells the same event apart from every other, whenever the file is taken."""

    key: str
    title: str
    url: str
    day: date | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    place: str = ""


def events(user: Any, asked: Asked) -> list[Event]:
    """The person's events of the days, in order of time. Three queries."""
    owed = queries.owed(user, asked).select_related("dossier").order_by("due_on", "pk")[:MOST]
    nodes = queries.nodes(user, asked).select_related("project", "work").order_by("due_on", "pk")[:MOST]
    found = [Event(f"deadline-{row.pk}", row.title, row.url or row.dossier.get_absolute_url(), day=row.due_on) for row in owed]
    found += [Event(f"node-{row.pk}", f"{row.shown_name} · {row.project.name}", row.get_absolute_url(), day=row.due_on) for row in nodes]
    for row in queries.meetings(user, asked)[:MOST]:
        begins = timezone.make_aware(datetime.combine(row.held_on, row.starts_at))
        found.append(Event(f"meeting-{row.pk}", str(row.title), row.get_absolute_url(), None, begins, begins + MEETING, row.place))
    return sorted(found, key=lambda each: (each.day or timezone.localdate(each.begins), each.key))


def text(found: Iterable[Event], base: str) -> str:
    """The file: lines folded and ended as the standard asks."""
    stamp = _instant(clock.now())
    name = escaped(_("专班日历"))
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Zhuanban//ZH", "CALSCALE:GREGORIAN", f"X-WR-CALNAME:{name}"]
    for each in found:
        lines += [f"{name}:{value}" for name, value in _event(each, stamp, base)]
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in folded(line))


def _event(each: Event, stamp: str, base: str) -> Iterator[tuple[str, str]]:
    yield "BEGIN", "VEVENT"
    yield "UID", f"{each.key}@zhuanban"
    yield "DTSTAMP", stamp
    if each.begins and each.ends:
        yield "DTSTART", _instant(each.begins)
        yield "DTEND", _instant(each.ends)
    elif each.day:
        yield "DTSTART;VALUE=DATE", f"{each.day:%Y%m%d}"
        yield "DTEND;VALUE=DATE", f"{each.day + timedelta(days=1):%Y%m%d}"
        yield "TRANSP", "TRANSPARENT"
    yield "SUMMARY", escaped(each.title)
    if each.place:
        yield "LOCATION", escaped(each.place)
    yield "URL", urljoin(base, each.url)
    yield "CLASS", "CONFIDENTIAL"
    yield "END", "VEVENT"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(words: str) -> str:
    """Text as a value: no line may end inside it, and nothing in it may pass for a separator.

    >>> escaped("a;b, c\\\\d" + chr(10) + "END:VEVENT")
    'a\\\\;b\\\\, c\\\\\\\\d\\\\nEND:VEVENT'
    """
    plain = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    plain = plain.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")
    return "".join(letter for letter in plain if letter == "\t" or (ord(letter) >= 32 and ord(letter) not in (0x7F, 0x85, 0x2028, 0x2029)))


def folded(line: str) -> Iterator[str]:
    """A line in parts of at most 75 octets, each further one begun with a space; no letter is cut."""
    part, room = "", WIDEST
    for letter in line:
        wide = len(letter.encode("utf-8", "surrogatepass"))
        if wide > room:
            yield part
            part, room = " ", WIDEST - 1
        part += letter
        room -= wide
    yield part
