"""Reads of meetings: when the next one is, who may owe something, what a meeting's page and its screen show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from zhuanban.domains.dispatch.models import AgendaItem, Attendance, Decision, Meeting, MeetingSeries
from zhuanban.domains.dispatch.queries import agenda
from zhuanban.domains.dispatch.rules import meetings as rules
from zhuanban.domains.people.models import Area, Organisation, RoleGrant, User
from zhuanban.domains.people.queries import subtree_keys
from zhuanban.domains.problems import queries as problems
from zhuanban.domains.responsibility import queries as responsibility
from zhuanban.kernel import clock, deadlines, figures, parameters
from zhuanban.kernel.figures import Scope
from zhuanban.kernel.words import kept

NEAR = 3
"""Days before the next regular meeting within which one that had to move is not held."""

# When ----------------------------------------------------------------------------------------------------------------


def next_day(series: MeetingSeries, after: date) -> date:
    """The series' weekday after a day. On a day off it moves to the next working day, unless the following week's meeting is then so
    near that this one is left out."""
    days = deadlines.calendar()
    regular = after + timedelta(days=(series.weekday - after.weekday() - 1) % 7 + 1)
    while True:
        day = regular
        while not days.is_workday(day):
            day += timedelta(days=1)
        if (regular + timedelta(days=7) - day).days > NEAR or day == regular:
            return day
        regular += timedelta(days=7)


def next_number(series: MeetingSeries, year: int) -> int:
    """The next number of a year; the series' row is locked by the verb that gives it."""
    return (series.meetings.filter(year=year).aggregate(last=Max("number"))["last"] or 0) + 1


def planned(series: MeetingSeries) -> Meeting | None:
    """The next meeting that is planned."""
    return series.meetings.filter(state=Meeting.State.PLANNED).order_by("held_on", "pk").first()


def to_prepare(today: date, days: int = 3) -> QuerySet[Meeting]:
    """Meetings of the next days whose agenda is not built, or was built on an earlier day."""
    soon = Meeting.objects.filter(state=Meeting.State.PLANNED, held_on__gte=today, held_on__lte=today + timedelta(days=days))
    return soon.filter(Q(built_at=None) | Q(built_at__date__lt=today)).order_by("pk")


# Who -----------------------------------------------------------------------------------------------------------------


def bodies_for(area: str) -> QuerySet[Organisation]:
    """The units that can be invited to a meeting of an area: its own bodies and, for the city's, the centres of the districts."""
    own = Q(area=area, kind__in=problems.DEPARTMENTS)
    centres = Q(area__in=subtree_keys(area), kind=Organisation.Kind.CENTRE)
    return Organisation.objects.filter(own | centres).order_by("area__position", "kind", "name")


def grants_over(areas: Iterable[str], names: Iterable[str]) -> QuerySet[Any, Any]:
    """The accounts that hold one of these roles over one of these areas today."""
    rows = RoleGrant.objects.in_force_on(clock.today()).filter(role__in=list(names), area__in=list(areas))
    return rows.values_list("user", flat=True)


def name_of(key: str) -> str:
    """The name under which a principal is kept as an owner; empty when there is no such one."""
    kind, _colon, pk = key.partition(":")
    if kind == "user" and pk.isdecimal():
        return User.objects.filter(pk=pk, is_active=True).values_list("name", flat=True).first() or ""
    if kind == "org" and pk.isdecimal():
        found = Organisation.objects.filter(pk=pk).first()
        return str(found) if found else ""
    area = Area.objects.filter(pk=pk).first() if kind == "area" else None
    return _("%(area)s项目中心") % {"area": area.name} if area else ""


def owners_for(item: AgendaItem) -> list[tuple[str, list[tuple[str, str]]]]:
    """Who may be given a decision on an item, in groups: who carries the project, the units in the room, the departments around it."""
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    seen: set[str] = set()

    def add(title: str, pairs: Iterable[tuple[str, str]]) -> None:
        fresh = [(key, name) for key, name in pairs if not (key in seen or seen.add(key))]  # type: ignore[func-returns-value]
        if fresh:
            groups.append((title, fresh))

    if item.project:
        found = [holder for _tier, holder in responsibility.ladder(item.project)] + [responsibility.centre(item.project)]
        add(_("承担这个项目的"), ((each.principal_key, each.name) for each in found))
    roll = item.meeting.roll.select_related("organisation")
    add(_("参会单位"), ((f"org:{row.organisation_id}", str(row.organisation)) for row in roll))
    places = {item.meeting.series.area_id, settings.CITY["area"]}
    around = problems.departments_for(item.project) if item.project else bodies_for(item.meeting.series.area_id)
    add(_("部门"), ((f"org:{body.pk}", str(body)) for body in around[:80]))
    centres = Area.objects.filter(Q(pk__in=places) | Q(parent__in=places))
    if item.project is None:
        add(_("项目中心"), ((f"area:{area.pk}", name_of_centre(area)) for area in centres))
    return groups


def name_of_centre(area: Area) -> str:
    return _("%(area)s项目中心") % {"area": area.name}


def told_of(meeting: Meeting) -> list[int]:
    """The accounts that are invited: those behind the units, the districts' centres for the city, the force's people, the chair."""
    series = meeting.series
    keys = [f"org:{pk}" for pk in meeting.roll.values_list("organisation", flat=True)]
    if series.level == MeetingSeries.Level.CITY:
        keys += [f"area:{key}" for key in Area.objects.filter(parent=series.area_id).values_list("key", flat=True)]
    keys.append(f"area:{series.area_id}")
    people = [person for key in keys for person in problems.people_behind(key)]
    if series.force:
        people += [series.force.lead_id] if series.force.lead_id else []
        people += series.force.members.filter(to_day=None, person__isnull=False).values_list("person", flat=True)
    return list(dict.fromkeys([*people, *([meeting.chair_id] if meeting.chair_id else [])]))


# What the pages show ----------------------------------------------------------------------------------------------------


def items_for(user, meeting: Meeting) -> list[Any]:
    """The agenda as the person may read it, each item with its decisions: `item.decided`. Three queries."""
    items: list[Any] = list(
        AgendaItem.objects.visible_to(user).filter(meeting=meeting).select_related("project__area").order_by("-weight", "pk")
    )
    decided: dict[int, list[Decision]] = defaultdict(list)
    rows = Decision.objects.visible_to(user).filter(meeting=meeting).select_related("project", "problem", "deadline").order_by("number")
    for row in rows:
        decided[row.item_id].append(row)
    for item in items:
        item.decided = decided[item.pk]
    return items


def decisions_of_last(user, meeting: Meeting) -> tuple[Meeting | None, list[Decision]]:
    """The meeting before and what it decided, as far as the person may read it: with this the next one opens."""
    last = agenda.last_before(meeting)
    if last is None:
        return None, []
    rows = Decision.objects.visible_to(user).filter(meeting=last).select_related("project", "problem").order_by("number")
    return last, list(rows)


def roll_counts(meeting: Meeting) -> dict[str, int]:
    """How many units were expected, present, represented and absent."""
    counts = dict(meeting.roll.order_by().values_list("state").annotate(n=Count("pk")))
    return {state: counts.get(state, 0) for state in Attendance.State.values} | {"all": sum(counts.values())}


def minutes_planned(meeting: Meeting) -> int:
    return meeting.items.standing().aggregate(s=Sum("minutes"))["s"] or 0


def figures_of(meeting: Meeting) -> list[dict[str, str]]:
    """The figures that the meeting quotes, read now for its area: each tells the instant for which it holds."""
    series, at = meeting.series, clock.now()
    scope = Scope.today(area="" if series.level == MeetingSeries.Level.CITY else series.area_id)
    told = []
    with kept():
        for name in parameters.value(rules.FIGURES):
            known = figures.REGISTRY.get(name)
            if known:
                text = known.printed(known.read(scope).value)
                told.append({"name": name, "label": str(known.label), "text": text, "as_of": at.isoformat(), "area": scope.area})
    return told
