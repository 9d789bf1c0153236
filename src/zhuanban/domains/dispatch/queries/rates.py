"""The start and resumption rate day by day, completion against time by area, and work that does not stop in winter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.dispatch.models import DailyTrack, ProjectLight
from zhuanban.domains.people.models import Area
from zhuanban.domains.plans import queries as plans
from zhuanban.domains.plans.models import Node
from zhuanban.domains.portfolio import queries as portfolio
from zhuanban.domains.portfolio.models import ListMembership, Project, ProjectList
from zhuanban.kernel import clock, parameters
from zhuanban.kernel.dates import PartialDate

WINTER = parameters.declare("dispatch.winter_season", gettext_lazy("冬季推进的季节"), str)
STEP = 7
"""Days between two points of the rate's curve."""


# The rate and its two parts (domain handbook 4.4) ------------------------------------------------------------------------


@dataclass(frozen=True)
class Rate:
    """On a day: the new projects on the list and those started, the continued ones and those resumed. Percentages are not rounded."""

    day: date
    started: int
    new: int
    resumed: int
    continued: int
    listed: int

    @property
    def start_part(self) -> Decimal | None:
        return share(self.started, self.new)

    @property
    def resume_part(self) -> Decimal | None:
        return share(self.resumed, self.continued)

    @property
    def rate(self) -> Decimal | None:
        """Over all listed projects, those that are neither new nor continued among them."""
        return share(self.started + self.resumed, self.listed)


def share(part: Any, whole: Any) -> Decimal | None:
    """A percentage, not rounded; None over nothing."""
    return Decimal(part) * 100 / Decimal(whole) if whole else None


@dataclass(frozen=True)
class Span:
    """So many projects of one kind and area that stood on the list over the same days and began on the same day (None: not yet)."""

    area: str | None
    continuity: str
    begun: date | None
    added: date
    removed: date | None
    n: int

    def stands(self, day: date) -> bool:
        return self.added <= day and (self.removed is None or self.removed > day)


def spans(projects: QuerySet, year: int) -> list[Span]:
    """The projects of a year's list by kind, area and the days that matter to the rate. Two queries, grouped in the database."""
    least = parameters.value(portfolio.THRESHOLD)
    on_list = ListMembership.objects.filter(list__year=year, list__level="city", project__in=projects.values("pk"))
    on_list = on_list.filter(project__planned_investment__gte=least).order_by()
    columns = ("project__area", "project__continuity", "project__start_actual", "project__resumed_on", "added_on", "removed_on")
    rows = on_list.values_list(*columns).annotate(n=Count("pk"))
    return [
        Span(area, kind, known_by(resumed if kind == "continued" else started if kind else None), added, removed, n)
        for area, kind, started, resumed, added, removed, n in rows
    ]


def known_by(told: PartialDate | None) -> date | None:
    """The day by which something had happened for certain: the last one of a month or year."""
    return told.last if told else None


def rate_on(found: Iterable[Span], day: date) -> Rate:
    """The rate of a day from the spans of its list."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for span in found:
        if span.stands(day):
            counts[span.continuity][1] += span.n
            counts[span.continuity][0] += span.n if span.begun and span.begun <= day else 0
    (started, new), (resumed, continued) = counts["new_start"], counts["continued"]
    return Rate(day, started, new, resumed, continued, sum(whole for _begun, whole in counts.values()))


def days_of(year: int, until: date) -> list[date]:
    """The days of the curve: every seventh of the year until a day, and the quarters' ends, at which the city reports."""
    last = min(until, date(year, 12, 31))
    weeks = [date(year, 1, 1) + timedelta(days=at) for at in range(0, 366, STEP)]
    ends = [date(year, 3, 31), date(year, 6, 30), date(year, 9, 30), date(year, 12, 31), last]
    return sorted({day for day in (*weeks, *ends) if day <= last and day.year == year})


def curve(found: list[Span], year: int, until: date) -> list[Rate]:
    return [rate_on(found, day) for day in days_of(year, until)]


def by_area(found: list[Span], day: date) -> list[tuple[str | None, Rate]]:
    """The rate of each area on a day, in the order of the areas; without one last."""
    apart: dict[str | None, list[Span]] = defaultdict(list)
    for span in found:
        apart[span.area].append(span)
    places = {area.key: area.position for area in Area.objects.all()}
    rows = [(key, rate_on(rows, day)) for key, rows in apart.items()]
    return sorted(rows, key=lambda row: (row[0] is None, places.get(row[0] or "", 0)))


def list_years() -> list[int]:
    """The years that have a list of the city, the newest first."""
    return sorted(set(ProjectList.objects.filter(level="city").values_list("year", flat=True)), reverse=True)


def list_year(day: date) -> int:
    """The year whose list counts on a day: the newest that is not after it."""
    years = list_years()
    return next((year for year in years if year <= day.year), day.year)


# Completion against time ------------------------------------------------------------------------------------------------


def months_over(year: int, day: date) -> int:
    """How many months of a year are over at the end of a day."""
    if day.year != year:
        return 12 if day.year > year else 0
    return day.month if (day + timedelta(days=1)).month != day.month else day.month - 1


@dataclass(frozen=True)
class Pace:
    """What was completed of a year's plan by the months that are over, against the time that is over. Money in yuan, shares in per cent.

    Shares and their difference are not rounded: rounding comes last, once (629.0 of 647.4 in ten months is 13.8 points ahead, not 13.9).
    """

    done: Decimal | None
    plan: Decimal | None
    months: int

    @property
    def completion(self) -> Decimal | None:
        return None if self.done is None else share(self.done, self.plan)

    @property
    def time(self) -> Decimal:
        return Decimal(self.months * 100) / 12

    @property
    def ahead(self) -> Decimal | None:
        """Points ahead of the time; negative when behind."""
        return None if self.completion is None else self.completion - self.time


def paces(projects: QuerySet, year: int, day: date) -> dict[str | None, Pace]:
    """Area -> its pace at the end of a day. Areas without a plan or without any reported month have no completion. Two queries."""
    months = months_over(year, day)
    done = portfolio.invested_by_area_until(projects, year, months)
    plans_ = portfolio.planned_by_area(projects, year)
    return {area: Pace(done.get(area), plans_.get(area), months) for area in {*done, *plans_}}


def summed(found: Iterable[Pace], months: int) -> Pace:
    """The pace of all of them together."""
    rows = list(found)
    done = [row.done for row in rows if row.done is not None]
    plan = [row.plan for row in rows if row.plan is not None]
    return Pace(sum(done, Decimal(0)) if done else None, sum(plan, Decimal(0)) if plan else None, months)


# Winter -----------------------------------------------------------------------------------------------------------------


def winter_projects(projects: QuerySet) -> QuerySet:
    """The projects pushed on through the winter that the city has named (107 in 2022/23)."""
    return projects.filter(tags__key="winter_advance", tags__season=parameters.value(WINTER))


def on_site(day: date) -> Exists:
    """Whether a project's report for a day counts people on the site."""
    return Exists(DailyTrack.objects.filter(project=OuterRef("pk"), day=day, workers_actual__gt=0))


def reported(day: date) -> Exists:
    return Exists(DailyTrack.objects.filter(project=OuterRef("pk"), day=day))


def stopped(day: date) -> Q:
    """Projects that stand still: suspended, or with nobody on the site by the day's report."""
    nobody = DailyTrack.objects.filter(project=OuterRef("pk"), day=day, workers_actual=0)
    return Q(stage=Project.Stage.SUSPENDED) | Q(Exists(nobody))


def add_winter_facts(rows: list[Project]) -> None:
    """What the winter list shows beside each project's own columns. Four queries for the page, whatever its length."""
    keys = [row.pk for row in rows]
    lights = {row.project_id: row for row in ProjectLight.objects.filter(project__in=keys)}
    forecasts = plans.current_forecasts(keys)
    tracks = {row.project_id: row for row in _newest_tracks(keys)}
    nodes = {node.project_id: node for node in _next_nodes(keys)}
    for row in rows:
        _add(row, lights.get(row.pk), forecasts.get(row.pk), tracks.get(row.pk), nodes.get(row.pk))


def _newest_tracks(keys: list[int]) -> QuerySet[DailyTrack]:
    """The newest report of each project: one step into the index each."""
    newest = DailyTrack.objects.filter(project=OuterRef("pk")).order_by("-day").values("pk")[:1]
    return DailyTrack.objects.filter(pk__in=Project.objects.filter(pk__in=keys).annotate(newest=Subquery(newest)).values("newest"))


def _next_nodes(keys: list[int]) -> QuerySet[Node]:
    """The node of each project that is due next, or was due first."""
    first = Node.objects.filter(project=OuterRef("pk"), reached_on=None).exclude(due_on=None).order_by("due_on", "position", "pk")
    due = Project.objects.filter(pk__in=keys).annotate(first=Subquery(first.values("pk")[:1]))
    return Node.objects.filter(pk__in=due.values("first")).select_related("work")


def _add(row: Any, light: ProjectLight | None, forecast: Any, track: DailyTrack | None, node: Node | None) -> None:
    row.light_level = light.level if light else "grey"
    row.forecast_p50 = forecast.finish_p50 if forecast else None
    row.forecast_p80 = forecast.finish_p80 if forecast else None
    chance = forecast.enclosed_in_time if forecast else None
    row.enclosed_chance = None if chance is None else Decimal(str(chance)) * 100
    row.workers = track.workers_actual if track else None
    row.track_day = track.day if track else None
    row.next_node = coming(node, clock.today()) if node else None


def coming(node: Node, today: date) -> str | None:
    """A node with its day, and how long it is past."""
    if node.due_on is None:
        return None
    day = f"{node.due_on:%m-%d}" if node.due_on.year == today.year else f"{node.due_on}"
    late = _("已过 %(n)s 天") % {"n": (today - node.due_on).days} if node.due_on < today else ""
    return f"{node.shown_name} {day} {late}".strip()
