"""Reads of daily tracks: what is owed and by whom, what is missing, and what a day's form asks for and carries over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.urls import reverse

from zhuanban.domains.dispatch.models.tracks import DailyTrack, TrackReminder
from zhuanban.domains.dispatch.rules import tracks as rules
from zhuanban.domains.people.models import Absence, Area
from zhuanban.domains.plans.models import QuantityEntry, WorkItem
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel import access, clock, deadlines, parameters
from zhuanban.kernel.models import Access

FILE = "dispatch.file_track"
RECENT = 5
"""So many working days back a missing report is still asked for."""
CARRIED_FOR = 20
"""Calendar days after which a report is too old to be carried over."""
MOST_ITEMS = 12


# Days -----------------------------------------------------------------------------------------------------------------


def working_days_before(day: date, number: int) -> list[date]:
    """The so many working days before a day, the nearest first."""
    days, at = deadlines.calendar(), day
    found: list[date] = []
    while len(found) < number:
        at -= timedelta(days=1)
        if days.is_workday(at):
            found.append(at)
    return found


def last_closed(on: date) -> date:
    """The day that figures of daily reports speak of: the last working day before `on`, whose cut-off has passed whatever the hour."""
    return working_days_before(on, 1)[0]


def day_asked(today: date) -> date:
    """The day whose report is due on a working day: that day itself, or an earlier one where the city gives more time."""
    later = parameters.value(rules.DUE_DAYS, today)
    return working_days_before(today, later)[-1] if later else today


# Who owes ----------------------------------------------------------------------------------------------------------------


def owing(projects: QuerySet, day: date) -> QuerySet:
    """Those of the projects that owe a report for a working day: under construction since that day or before."""
    begun = Q(stage_since=None) | Q(stage_since__lte=day)
    return projects.filter(begun, stage=Project.Stage.UNDER_CONSTRUCTION)


def filed_on(day: date, **where: Any) -> Exists:
    """Whether a project has a report for a day."""
    return Exists(DailyTrack.objects.filter(project=OuterRef("pk"), day=day, **where))


def missing(projects: QuerySet, day: date) -> QuerySet:
    """Those of the projects that owe a report for a day and have none."""
    return owing(projects, day).filter(~filed_on(day))


def with_last_track(projects: QuerySet) -> QuerySet:
    """The projects with `last_track`, the day of the newest report (None: there was never one): one step into the index each."""
    newest = DailyTrack.objects.filter(project=OuterRef("pk")).order_by("-day").values("day")[:1]
    return projects.annotate(last_track=Subquery(newest))


def silent_days(projects: QuerySet | Iterable[int], on: date) -> dict[int, int | None]:
    """Project id -> the closed working days since its newest report; None where there was never one. One query.

    Days up to the last working day before `on` count; a project that reported on that day, or on `on` itself, has been silent for 0.
    """
    days, closed = deadlines.calendar(), last_closed(on)
    rows = with_last_track(Project.objects.filter(pk__in=projects)).values_list("pk", "last_track")
    return {pk: None if last is None else max(0, days.elapsed_working_days(last, closed)) for pk, last in rows}


def own_projects(user) -> QuerySet[Project]:
    """The projects under way whose report is this person's own to file: those that the person, or one whom the person deputises for,
    carries in person under a role that files reports."""
    keys = {key for key in user.keys_for(FILE) if key.startswith("user:")}
    principals = access.own_ids(user, keys)
    carried = Access.objects.filter(principal__in=principals, level=access.ACT).values("dossier")
    return Project.objects.under_way().filter(pk__in=carried)


def may_file(user) -> QuerySet[Project]:
    """Every project under way on which the person may file, own ones and those of the person's area."""
    return access.actable(user, FILE, Project.objects.under_way(), "pk")


def owed_today(user) -> list[dict[str, Any]]:
    """The daily reports that a secretary owes now, the longest owed first; for the home page's list "what I owe today".

    One dict a project that owes any: `project` (the Project, with name), `url` (the phone page on which the oldest owed day is filed),
    `due` (that day, a date), `late_days` (working days since: 0 owed today, 1 since yesterday, ...) and `days` (how many reports are
    owed, today's among them). Days of the last RECENT working days count, as far as the project was under construction then and has a
    secretary's person to ask; a day of rest owes nothing. Dispatchers owe none in person: they read `missing`. Three queries for any
    number of projects.
    """
    today, days = clock.today(), deadlines.calendar()
    projects = list(own_projects(user).filter(stage=Project.Stage.UNDER_CONSTRUCTION).order_by("name", "pk"))
    if not projects:
        return []
    window = [*([today] if days.is_workday(today) else []), *working_days_before(today, RECENT)]
    begun = first_days(projects)
    there = set(DailyTrack.objects.filter(project__in=projects, day__in=window).values_list("project", "day"))
    owed = []
    for project in projects:
        lacking = [day for day in window if (project.pk, day) not in there and begun.get(project.pk, today) <= day]
        if lacking:
            oldest = min(lacking)
            url = reverse("dispatch:track", args=[project.pk]) + ("" if oldest == today else f"?day={oldest}")
            late = days.elapsed_working_days(oldest, today)
            owed.append({"project": project, "url": url, "due": oldest, "late_days": late, "days": len(lacking)})
    return sorted(owed, key=lambda each: (each["due"], each["project"].name))


def first_days(projects: list[Project]) -> dict[int, date]:
    """Project id -> the first day for which its secretary owes a report: both the building and the secretary's time have begun."""
    rows = Responsibility.objects.active().filter(project__in=projects, post=Responsibility.Post.SECRETARY)
    since = dict(rows.values_list("project", "from_day"))
    return {each.pk: max(filter(None, (each.stage_since, since.get(each.pk))), default=date.min) for each in projects}


def secretaries(projects: Iterable[int], day: date) -> dict[int, list[int]]:
    """Project id -> the accounts that are to file its report on a day: the secretary, or the deputy of one who is away."""
    rows = Responsibility.objects.filter(project__in=projects, post=Responsibility.Post.SECRETARY).in_force_on(day)
    held = list(rows.filter(person__isnull=False).values_list("project", "person"))
    away = Absence.objects.filter(
        user__in={person for _pk, person in held}, from_day__lte=day, to_day__gte=day, ended_at=None, deputy__is_active=True
    )
    deputies = dict(away.order_by("-pk").values_list("user", "deputy"))
    found: dict[int, list[int]] = defaultdict(list)
    for pk, person in held:
        found[pk].append(deputies.get(person, person))
    return found


def secretary_names(projects: Iterable[int], day: date) -> dict[int, str]:
    rows = Responsibility.objects.filter(project__in=projects, post=Responsibility.Post.SECRETARY).in_force_on(day)
    return dict(rows.values_list("project", "person__name"))


def of_area(projects: QuerySet, area: Area | str) -> QuerySet:
    """The projects of an area; of the city, all."""
    key = area.pk if isinstance(area, Area) else area
    return projects if key == city_key() else projects.filter(area=key)


def by_area(projects: QuerySet, day: date) -> list[dict[str, Any]]:
    """Areas with how many of their projects owe a report for a day, have filed one, and filed late; the most missing first."""
    rows = owing(projects, day).order_by().annotate(there=filed_on(day), behind=filed_on(day, late=True))
    counted = rows.values("area", "area__name").annotate(
        owed=Count("pk"), filed=Count("pk", filter=Q(there=True)), late=Count("pk", filter=Q(behind=True))
    )
    found = [each | {"missing": each["owed"] - each["filed"]} for each in counted]
    return sorted(found, key=lambda each: (-each["missing"], -each["owed"], each["area"] or ""))


def reminders(areas: Iterable[str], day: date) -> dict[str, list[TrackReminder]]:
    rows = TrackReminder.objects.filter(area__in=areas, day=day).select_related("by").order_by("at")
    found: dict[str, list[TrackReminder]] = defaultdict(list)
    for row in rows:
        found[row.area_id].append(row)
    return found


# The form -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A work item as the day's form asks for it. Shares are percent of the plan; `expected` is None without planned dates; `today` is
    what the day's report has booked already, `carried` what the last one booked."""

    item: WorkItem
    today: Decimal | None
    carried: Decimal | None
    before: Decimal
    share: float
    expected: float | None
    step: Decimal

    @property
    def field(self) -> str:
        return f"q_{self.item.pk}"

    @property
    def shown(self) -> Decimal | None:
        return self.today if self.today is not None else self.carried


def track_of(project: Project, day: date) -> DailyTrack | None:
    return DailyTrack.objects.filter(project=project.pk, day=day).first()


def before(project: Project, day: date) -> DailyTrack | None:
    """The report that is carried over into a day's: the newest one before it, unless it is too old."""
    rows = DailyTrack.objects.filter(project=project.pk, day__lt=day, day__gte=day - timedelta(days=CARRIED_FOR))
    return rows.order_by("-day").first()


def booked(track: DailyTrack | None) -> dict[int, Decimal]:
    """Work item id -> what a report stands for now, its corrections counted in."""
    if track is None or track.pk is None:
        return {}
    rows = QuantityEntry.objects.filter(item__project=track.project_id, day=track.day, origin=rules.origin_of(track))
    return dict(rows.values_list("item").annotate(s=Sum("amount")).values_list("item", "s"))


def digest_now(track: DailyTrack) -> str:
    """The digest of what a report says now, its corrections counted in."""
    return rules.digest_of({name: getattr(track, name) for name in rules.FACTS}, booked(track))


def lines(project: Project, day: date, track: DailyTrack | None, last: DailyTrack | None) -> list[Line]:
    """The work items that a day's form asks for: begun or due to begin, and not full before the day; the nearest to their end first."""
    here, there = booked(track), booked(last)
    items = [item for item in WorkItem.objects.filter(project=project.pk, deleted_at=None)[:60] if item.pk in here or is_going(item, day)]
    return [_line(item, day, here.get(item.pk), there.get(item.pk)) for item in items[:MOST_ITEMS]]


def is_going(item: WorkItem, day: date) -> bool:
    begun = item.start_actual or item.start_planned
    return item.done < item.quantity and (begun is None or begun <= day)


def _line(item: WorkItem, day: date, today: Decimal | None, carried: Decimal | None) -> Line:
    done_before = item.done - (today or 0)
    left = max(item.quantity - done_before, Decimal(0))
    return Line(
        item=item,
        today=today,
        carried=None if carried is None else min(carried, left),
        before=done_before,
        share=float(item.done * 100 / item.quantity),
        expected=expected_share(item, day),
        step=_step(item.quantity),
    )


def expected_share(item: WorkItem, day: date) -> float | None:
    """What should be done by the end of a day if the work went evenly between its planned days, in percent."""
    if item.start_planned is None or item.finish_planned is None:
        return None
    whole = (item.finish_planned - item.start_planned).days + 1
    return min(max(((day - item.start_planned).days + 1) * 100 / whole, 0.0), 100.0) if whole > 0 else None


def _step(quantity: Decimal) -> Decimal:
    """What a tap on + adds: the round number nearest below a thousandth part of the plan, at least 1 and for small plans 0.5."""
    if quantity <= 20:
        return Decimal("0.5")
    step = Decimal(1)
    for each in (5, 10, 50, 100, 500, 1000, 5000):
        if each <= quantity / 1000:
            step = Decimal(each)
    return step
