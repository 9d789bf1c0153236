"""The winter over the portfolio, and what earlier forecasts were worth: reads for many projects at once, with the reader's row rights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import sqrt
from typing import Any, cast

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import TruncMonth

from zhuanban.domains.people.models import Area
from zhuanban.domains.plans import rules
from zhuanban.domains.plans.basis import SEASON, SURE
from zhuanban.domains.plans.models import AreaForecast, Forecast, Node, Plan, PlanTemplate
from zhuanban.domains.plans.subjects import GOALS
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.engines.calendars import MonthDay, Season
from zhuanban.kernel import parameters
from zhuanban.kernel.models import Job

State = Forecast.Enclosure
UNDER_WAY = (Project.Stage.UNDER_CONSTRUCTION, Project.Stage.SUSPENDED)
ORDERS = {
    "gain": (F("gain").desc(nulls_last=True), F("enclosed_in_time").asc(nulls_last=True), F("project_id").asc()),
    "risk": (F("enclosed_in_time").asc(nulls_last=True), F("project_id").asc()),
    "margin": (F("margin_days").asc(nulls_last=True), F("project_id").asc()),
}
"""Orders of the winter list; what has no number stands last in each."""
WORTH = 0.05
"""A decision is worth naming when it adds at least so much to the probability."""
COMPUTING = "plans.forecasts"
NIGHTLY = "schedule:plans.forecast_all"
"""Keys of the jobs that forecast many projects."""
Z95 = 1.959964
DECILES = 10


def sure() -> float:
    """The probability that counts as sure enough."""
    return float(parameters.value(SURE))


def season(on: date) -> Season:
    return Season(*map(MonthDay.parse, parameters.value(SEASON, on)))


@dataclass(frozen=True)
class Winters:
    """The frost date ahead, the last one, and the one before it."""

    ahead: date
    last: date
    before: date

    @classmethod
    def of(cls, today: date) -> Winters:
        rule = season(today)
        ahead = rule.next_frost_deadline(today)
        return cls(ahead, rule.frost_deadline(ahead.year - 1), rule.frost_deadline(ahead.year - 2))


# The winter ahead ------------------------------------------------------------------------------------------------------


def open_enclosures() -> QuerySet[Node]:
    return Node.objects.filter(project=OuterRef("project"), code=rules.ENCLOSURE, reached_on=None)


def ahead(user: Any) -> QuerySet[Forecast]:
    """The forecasts in force of the projects under way that the person sees and that have a building to be closed."""
    rows = Forecast.objects.visible_to(user).filter(current=True, project__stage__in=UNDER_WAY, project__deleted_at=None)
    return rows.filter(Q(enclosure=State.OPEN) | Q(Exists(open_enclosures()), enclosure=State.WITHHELD))


def narrowed(rows: QuerySet[Forecast], area: str = "", sector: str = "") -> QuerySet[Forecast]:
    rows = rows.filter(project__area=area) if area else rows
    return rows.filter(project__sector=sector) if sector else rows


def shown(rows: QuerySet[Forecast], show: str, least: float) -> QuerySet[Forecast]:
    """The part of the list that a chip asks for."""
    wanted = {
        "lever": Q(gain__gte=WORTH),
        "risk": Q(enclosed_in_time__lt=least),
        "withheld": Q(enclosed_in_time=None),
    }
    return rows.filter(wanted[show]) if show in wanted else rows


def listed(rows: QuerySet[Forecast], order: str) -> QuerySet[Forecast]:
    """With what a line prints, in order; the large result stays where it is, but for the lever."""
    return (
        rows.annotate(lever_days=KT("result__lever__days"), lever_then=KT("result__lever__then"), lever_begun=KT("result__lever__begun"))
        .defer("result")
        .select_related("project__area")
        .order_by(*ORDERS[order])
    )


def tally(rows: QuerySet[Forecast], least: float) -> dict[str, Any]:
    """Sums over the winter list: `open` have a probability, `mean` is the sum of them, the number expected to be closed in time."""
    return rows.order_by().aggregate(
        all=Count("pk"),
        open=Count("enclosed_in_time"),
        mean=Sum("enclosed_in_time"),
        risky=Count("pk", filter=Q(enclosed_in_time__lt=least)),
        lever=Count("pk", filter=Q(gain__gte=WORTH)),
        won=Sum("gain", filter=Q(gain__gte=WORTH)),
        withheld=Count("pk", filter=Q(enclosed_in_time=None)),
        oldest=Min("data_date"),
        newest=Max("data_date"),
    )


def unforecast(user: Any, area: str = "", sector: str = "") -> int:
    """Projects under way with a building to close that nothing has been forecast of yet."""
    made = Forecast.objects.filter(project=OuterRef("pk"), current=True)
    closing = Node.objects.filter(project=OuterRef("pk"), code=rules.ENCLOSURE, reached_on=None)
    rows = Project.objects.visible_to(user).under_way().filter(Exists(closing), ~Exists(made))
    rows = rows.filter(area=area) if area else rows
    return (rows.filter(sector=sector) if sector else rows).count()


def computing() -> Job | None:
    """The job that is forecasting many projects at this moment, or is about to."""
    going = [Job.Status.READY, Job.Status.RUNNING]
    return Job.objects.filter(dedupe_key__in=[COMPUTING, NIGHTLY], status__in=going).order_by("-status", "pk").first()


def whole_areas(user: Any) -> set[str]:
    """The areas whose offices the person belongs to: their distributions may be shown; the city's offices see every area's."""
    keys = {key.partition(":")[2] for key in user.inside_keys if key.startswith("area:")}
    return set(Area.objects.values_list("pk", flat=True)) if city_key() in keys else keys


def rollups(keys: Iterable[str]) -> dict[str, AreaForecast]:
    """Area -> how many of its projects will be closed in time, shared causes drawn once for all."""
    return {row.area_id: row for row in AreaForecast.objects.filter(current=True, area__in=keys)}


@dataclass(frozen=True)
class AreaRow:
    """One area of the winter: `mean` of `open` projects are expected in time; `low` and `high` are P10 and P90 where they are kept."""

    area: Area | None
    open: int
    mean: float | None
    risky: int
    withheld: int
    low: int | None = None
    high: int | None = None


def by_area(rows: QuerySet[Forecast], least: float, known: Mapping[str, AreaForecast]) -> list[AreaRow]:
    """The winter list by area, the areas with most at risk first. The spread is shown only where it is of the same projects."""
    found = rows.order_by().values("project__area").annotate(
        open=Count("enclosed_in_time"),
        mean=Sum("enclosed_in_time"),
        risky=Count("pk", filter=Q(enclosed_in_time__lt=least)),
        withheld=Count("pk", filter=Q(enclosed_in_time=None)),
    )  # fmt: skip
    areas = Area.objects.in_bulk([each["project__area"] for each in found if each["project__area"]])
    made = []
    for each in found:
        kept = known.get(each["project__area"] or "")
        spread = kept.result["p"] if kept and kept.projects == each["open"] else None
        low, high = (spread[0], spread[-1]) if spread else (None, None)
        area = areas.get(each["project__area"])
        made.append(AreaRow(area, each["open"], each["mean"], each["risky"], each["withheld"], low, high))
    return sorted(made, key=lambda row: (-row.risky, -row.open, row.area.position if row.area else 99))


# The winter behind -----------------------------------------------------------------------------------------------------


def closings(rows: QuerySet[Node]) -> QuerySet[Node]:
    """The warm enclosures of whole projects."""
    return rows.filter(code=rules.ENCLOSURE, work=None, project__deleted_at=None)


def closed_before(rows: QuerySet[Node], winters: Winters) -> QuerySet[Node]:
    """Closed between the frost date before and the last one."""
    return closings(rows).filter(reached_on__gt=winters.before, reached_on__lte=winters.last)


def missed(rows: QuerySet[Node], winters: Winters) -> QuerySet[Node]:
    """Promised for the last season and not closed by its frost date."""
    due = closings(rows).filter(due_on__gt=winters.before, due_on__lte=winters.last)
    return due.filter(Q(reached_on=None) | Q(reached_on__gt=winters.last))


# What forecasts were worth ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Interval:
    """Wilson's 95 % interval of a share."""

    low: float
    high: float

    def holds(self, share: float) -> bool:
        return self.low <= share <= self.high


def wilson(share: float, number: int) -> Interval:
    """The interval of an observed share of `number` independent cases (E. B. Wilson 1927); without cases it is everything."""
    if number <= 0:
        return Interval(0.0, 1.0)
    square = Z95 * Z95
    middle = (share + square / (2 * number)) / (1 + square / number)
    half = Z95 / (1 + square / number) * sqrt(share * (1 - share) / number + square / (4 * number * number))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def sampled_days(today: date) -> list[date]:
    """One data date a month, its last: forecasts of neighbouring nights say the same thing again."""
    months = Forecast.objects.filter(data_date__lt=today).order_by().annotate(month=TruncMonth("data_date")).values("month")
    return sorted(months.annotate(last=Max("data_date")).values_list("last", flat=True))


@dataclass(frozen=True, slots=True)
class Said:
    """A forecast of an enclosure whose frost date has passed. `closed_on` absent: it is open to this day."""

    project: int
    name: str
    area: str
    data_date: date
    stated: float
    frost_on: date
    p50: date
    p80: date
    closed_on: date | None

    @property
    def came(self) -> bool:
        return self.closed_on is not None and self.closed_on <= self.frost_on

    @property
    def lead(self) -> int:
        """Days from the forecast to the frost date."""
        return (self.frost_on - self.data_date).days

    @property
    def decile(self) -> int:
        return min(DECILES - 1, int(self.stated * DECILES))


def enclosures_said(user: Any, today: date, days: Sequence[date]) -> tuple[list[Said], int]:
    """Forecasts of enclosures on these data dates whose frost date has passed, with what came; and how many have no node to check by.

    A forecast counts from the day after its frost date on, whatever came before: those that come early would flatter the rest.
    """
    node = Node.objects.filter(project=OuterRef("project"), code=rules.ENCLOSURE, work=None)
    rows = (
        Forecast.objects.visible_to(user)
        .filter(data_date__in=days, frost_on__lt=today, project__deleted_at=None)
        .exclude(enclosed_in_time=None)
        .annotate(known=Exists(node), closed=Subquery(node.values("reached_on")[:1]))
        .order_by("-data_date", "project__name", "pk")
    )
    columns = ("known", "project", "project__name", "project__area__name", "data_date", "enclosed_in_time", "frost_on")
    found = list(rows.values_list(*columns, "enclosure_p50", "enclosure_p80", "closed"))
    return [Said(*each[1:]) for each in found if each[0]], sum(not each[0] for each in found)


@dataclass
class Group:
    """Forecasts that said about the same. The interval counts projects: forecasts of one project are not independent."""

    decile: int
    rows: list[Said] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def projects(self) -> int:
        return len({row.project for row in self.rows})

    @property
    def stated(self) -> float:
        return sum(row.stated for row in self.rows) / len(self.rows)

    @property
    def came(self) -> float:
        return sum(row.came for row in self.rows) / len(self.rows)

    @property
    def interval(self) -> Interval:
        return wilson(self.came, self.projects)

    @property
    def agrees(self) -> bool:
        return self.interval.holds(self.stated)


def deciles(rows: Iterable[Said]) -> list[Group]:
    """The forecasts by decile of what they said, the empty ones left out."""
    found: dict[int, Group] = {}
    for row in rows:
        found.setdefault(row.decile, Group(row.decile)).rows.append(row)
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True, slots=True)
class Share:
    """How often what was to come by a quantile did: `expected` of `count` forecasts (of `projects` projects) whose day has passed."""

    expected: float
    count: int
    projects: int
    came: int

    @property
    def share(self) -> float | None:
        return self.came / self.count if self.count else None

    @property
    def interval(self) -> Interval:
        return wilson(self.share or 0.0, self.projects)

    @property
    def agrees(self) -> bool:
        return self.interval.holds(self.expected)


def shares(cases: Iterable[tuple[int, date, date, date | None]], today: date) -> list[Share]:
    """P50 and P80 of (project, P50, P80, the day it came): each counts once its own day has passed, come or not."""
    kept = list(cases)
    made = []
    for expected, at in ((0.5, 1), (0.8, 2)):
        due = [(case[0], limit, case[3]) for case in kept if (limit := cast(date, case[at])) < today]
        came = sum(day is not None and day <= limit for _project, limit, day in due)
        made.append(Share(expected, len(due), len({project for project, _limit, _day in due}), came))
    return made


def finishes_said(user: Any, today: date, days: Sequence[date]) -> tuple[list[tuple[int, date, date, date | None]], int]:
    """(project, P50, P80, the day it came) of the finishes forecast on these data dates whose P50 has passed; and how many lead to no node."""
    rows = list(
        Forecast.objects.visible_to(user)
        .filter(data_date__in=days, finish_p50__lt=today, project__deleted_at=None)
        .annotate(goal=KT("result__goal"))
        .values_list("project", "finish_p50", "finish_p80", "plan", "plan__template", "goal")
    )
    codes = _goal_codes({(plan, template) for *_rest, plan, template, _goal in rows})
    nodes = Node.objects.filter(project__in={row[0] for row in rows}, code__in=GOALS, work=None)
    reached = {(project, code): day for project, code, day in nodes.values_list("project", "code", "reached_on")}
    found = []
    for project, p50, p80, plan, template, goal in rows:
        code = codes.get((template, goal)) or codes.get((-(plan or 0), goal))
        if code and p50 and p80 and (project, code) in reached:
            found.append((project, p50, p80, reached[project, code]))
    return found, len(rows) - len(found)


def _goal_codes(used: set[tuple[int | None, int | None]]) -> dict[tuple[int | None, str], str]:
    """(template or minus plan, activity) -> the node that it reaches."""
    codes: dict[tuple[int | None, str], str] = {}
    for pk, body in PlanTemplate.objects.filter(pk__in={template for _plan, template in used if template}).values_list("pk", "body"):
        rows = [row for part in body.values() if isinstance(part, list) for row in part if isinstance(row, dict)]
        codes |= {(pk, row["id"]): row["node"] for row in rows if row.get("node")}
    own = {plan for plan, template in used if plan and not template}
    for pk, document in Plan.objects.filter(pk__in=own).values_list("pk", "document"):
        codes |= {(-pk, each["id"]): each["node"] for each in document["activities"] if each.get("node")}
    return codes
