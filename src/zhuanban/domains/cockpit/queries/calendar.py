"""The calendar: what falls on which day. Deadlines, nodes, meetings, holidays and make-up days, and the lines of the frost.

A day shows its first entries and how many more there are; each source is one query, whatever it holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.queries import projects
from zhuanban.domains.cockpit.queries.owed import held
from zhuanban.domains.dispatch.models import Meeting
from zhuanban.domains.people.queries import subtree_keys
from zhuanban.domains.plans.models import Node
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.engines.calendars import MonthDay, Season
from zhuanban.kernel import clock, deadlines, parameters
from zhuanban.kernel.models import Access, CalendarDay, CalendarYear, Deadline

PER_DAY = 4
"""Entries of one source that a day of a month shows; a week shows WEEKLY of them."""
WEEKLY = 30


@dataclass(frozen=True)
class Entry:
    """One thing on a day: `kind` is deadline, node, meeting or frost; `tone` red where it is late, yellow where it is near."""

    day: date
    kind: str
    title: str
    url: str = ""
    detail: str = ""
    tone: str = ""
    at: str = ""


@dataclass
class Day:
    """A day of the calendar with its entries; `more` were left out. `workday` is told by the official table, `provisional` where there is
    none for the year; `name` is the holiday's, or says that it is a make-up day."""

    day: date
    entries: list[Entry] = field(default_factory=list)
    more: int = 0
    workday: bool = True
    provisional: bool = False
    name: str = ""
    today: bool = False
    outside: bool = False


@dataclass(frozen=True)
class Asked:
    """Which days, whose, and where: `mine` is what the person owes and carries; `area` narrows what everybody has."""

    first: date
    last: date
    mine: bool = True
    area: str = ""
    per_day: int = PER_DAY


def days(user: Any, asked: Asked, *, month: int = 0) -> list[Day]:
    """The days of a span, each with what falls on it."""
    made = _bare(asked, month)
    for source in (_deadlines, _nodes):
        entries, counts = source(user, asked)
        for entry in entries:
            made[entry.day].entries.append(entry)
        for day, number in counts.items():
            made[day].more += number - sum(1 for entry in entries if entry.day == day)
    for entry in [*_meetings(user, asked), *frost_lines(asked.first, asked.last)]:
        made[entry.day].entries.insert(0, entry)
    return list(made.values())


def _bare(asked: Asked, month: int) -> dict[date, Day]:
    """The days themselves, with the official table's holidays and make-up days."""
    calendar = deadlines.calendar()
    named = {row.day: row for row in CalendarDay.objects.filter(day__gte=asked.first, day__lte=asked.last)}
    years = set(CalendarYear.objects.values_list("year", flat=True))
    today, made = clock.today(), {}
    for at in range((asked.last - asked.first).days + 1):
        day = asked.first + timedelta(days=at)
        row = named.get(day)
        name = "" if row is None else row.name if not row.is_workday else _("调休上班")
        made[day] = Day(
            day,
            workday=calendar.is_workday(day),
            provisional=day.year not in years,
            name=name,
            today=day == today,
            outside=bool(month and day.month != month),
        )
    return made


def _first_of(rows: QuerySet, per_day: int) -> QuerySet:
    """The first rows of each day."""
    place = Window(RowNumber(), partition_by=[F("due_on")], order_by=["due_on", "pk"])
    return rows.annotate(place=place).filter(place__lte=per_day)


def _counted(rows: QuerySet) -> dict[date, int]:
    return dict(rows.order_by().values_list("due_on").annotate(n=Count("pk")))


def owed(user: Any, asked: Asked) -> QuerySet[Deadline]:
    """The deadlines of the days: the person's own, or all of the area that the city's own people see."""
    days = {"due_on__gte": asked.first, "due_on__lte": asked.last}
    if asked.mine or not user.inside_keys:
        return held(user).filter(**days)
    open_ = Deadline.objects.filter(state__in=[Deadline.State.OPEN, Deadline.State.PAUSED], **days)
    seen = open_.filter(Exists(Access.objects.filter(principal__in=user.sides[0], dossier=OuterRef("dossier"))))
    return seen.filter(dossier__area__in=subtree_keys(asked.area)) if asked.area else seen


def _deadlines(user: Any, asked: Asked) -> tuple[list[Entry], dict[date, int]]:
    rows, today = owed(user, asked), clock.today()
    found = _first_of(rows, asked.per_day).select_related("dossier").order_by("due_on", "pk")
    entries = [
        Entry(
            row.due_on,
            "deadline",
            row.title,
            row.url or row.dossier.get_absolute_url(),
            _("停表") if row.state == Deadline.State.PAUSED else row.dossier.title,
            "red" if row.due_on < today and row.state == Deadline.State.OPEN else "",
        )
        for row in found
    ]
    return entries, _counted(rows)


def nodes(user: Any, asked: Asked) -> QuerySet[Node]:
    """The nodes of the days that have not been reached: of the projects that the person carries, or of all that the person sees."""
    rows = Node.objects.visible_to(user).filter(reached_on=None, due_on__gte=asked.first, due_on__lte=asked.last)
    if asked.mine:
        return rows.filter(project__in=projects.own(user).values("pk"))
    return rows.filter(project__area__in=subtree_keys(asked.area)) if asked.area else rows


def _nodes(user: Any, asked: Asked) -> tuple[list[Entry], dict[date, int]]:
    rows, today = nodes(user, asked), clock.today()
    found = _first_of(rows, asked.per_day).select_related("project", "work").order_by("due_on", "pk")
    entries = [
        Entry(row.due_on, "node", f"{row.shown_name} · {row.project.name}", row.get_absolute_url(), "", "red" if row.due_on < today else "")
        for row in found
        if row.due_on
    ]
    return entries, _counted(rows)


def meetings(user: Any, asked: Asked) -> QuerySet[Meeting]:
    rows = Meeting.objects.visible_to(user).exclude(state=Meeting.State.CALLED_OFF)
    rows = rows.filter(held_on__gte=asked.first, held_on__lte=asked.last).select_related("series").order_by("held_on", "starts_at", "pk")
    return rows.filter(series__area__in=subtree_keys(asked.area)) if asked.area and not asked.mine else rows


def _meetings(user: Any, asked: Asked) -> list[Entry]:
    """The meetings of the days; a city has a dozen a week."""
    return [
        Entry(row.held_on, "meeting", str(row.title), row.get_absolute_url(), row.place, at=f"{row.starts_at:%H:%M}")
        for row in meetings(user, asked)[:200]
    ]


def frost_lines(first: date, last: date) -> list[Entry]:
    """The days of the year on which the frost rules begin and end, by the city's season."""
    try:
        season = Season(*map(MonthDay.parse, parameters.value("plans.season", last)))
    except LookupError:
        return []
    named = (
        (season.winter_start, _("冬期开始")),
        (season.winter_end, _("冬期到此结束")),
        (season.outdoor_stop, _("室外湿作业停工")),
        (season.outdoor_stop_end, _("室外湿作业停工到此")),
        (season.enclosure_deadline, _("暖封闭期限")),
    )
    return [
        Entry(day, "frost", words)
        for year in range(first.year, last.year + 1)
        for when, words in named
        if first <= (day := when.in_year(year)) <= last
    ]


def areas_of(user: Any) -> list[str]:
    """The areas that the person may narrow the calendar to: those of the person's roles, the city's own people all."""
    keys = {grant.area_id for grant in user.grants if grant.area_id and grant.scope_key in user.inside_keys}
    if city_key() in keys:
        return sorted(subtree_keys(city_key()))
    return sorted(keys)
