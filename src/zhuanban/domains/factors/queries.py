"""Reads of factors that cross tables or feed a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.factors.balance import Held, Load, Shortage, Step, capacity_on, runs_short, steps
from zhuanban.domains.factors.models import (
    Factor,
    FactorRequest,
    FundingApplication,
    FundingBatch,
    PointCapacity,
    StockPlan,
    SupplyPoint,
    Survey,
    SurveyEntry,
)
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.queries import departments_for
from zhuanban.kernel import clock, parameters

HORIZON = parameters.declare("factors.horizon_months", gettext_lazy("供需预判向前看"), int, pgettext_lazy("parameter unit", "个月"))
MONTH = timedelta(days=30)
LIVE = (*FactorRequest.OPEN, FactorRequest.State.VERIFIED)
NOTHING = Decimal(0)


# Who gives what ----------------------------------------------------------------------------------------------------------------------


def usual_provider(project: Project, factor: Factor) -> Organisation | None:
    """The office that usually gives this factor here: the area's own before the city's."""
    if not factor.department:
        return None
    found = departments_for(project).filter(name__contains=factor.department)
    return found.filter(area=project.area_id).first() or found.first()


def points_for(project: Project, factor: Factor | None = None) -> QuerySet[SupplyPoint]:
    """The supply points on which a project can hang: its area's, the area's around it, the city's."""
    places = {settings.CITY["area"], project.area_id, project.host_area_id} - {None}
    rows = SupplyPoint.objects.filter(area__in=places).order_by("factor__position", "name")
    return rows.filter(factor=factor) if factor else rows


# By kind ------------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """What a kind of factor comes to: needs that were neither refused nor withdrawn, and what of them was promised, supplied and verified, in its unit."""

    factor: Factor
    requests: int
    need: Decimal
    promised: Decimal
    supplied: Decimal
    verified: Decimal
    late: int
    unanswered: int
    refused: int

    @property
    def gap(self) -> Decimal:
        return max(self.need - self.supplied, NOTHING)

    def share(self, amount: Decimal) -> Decimal | None:
        """Of the need, in per cent; None over no need."""
        return amount * 100 / self.need if self.need else None


def by_kind(requests: QuerySet[FactorRequest], today: date) -> list[Tally]:
    """Every kind with its sums, in the kinds' order; kinds without any request too. Two queries."""
    live = Q(state__in=LIVE)
    rows = requests.order_by().values("factor").annotate(
        requests=Count("pk", filter=live),
        need=Sum("amount", filter=live),
        promised=Sum("amount", filter=Q(state__in=FactorRequest.COMMITTED)),
        supplied_sum=Sum("supplied", filter=Q(state__in=FactorRequest.GIVEN)),
        verified_sum=Sum("verified", filter=Q(state=FactorRequest.State.VERIFIED)),
        late_n=Count("pk", filter=late_promises(today)),
        unanswered=Count("pk", filter=Q(state__in=FactorRequest.ASKED, due_on__lt=today)),
        refused=Count("pk", filter=Q(state=FactorRequest.State.REFUSED)),
    )  # fmt: skip
    found = {row["factor"]: row for row in rows}
    empty: dict[str, Any] = {}
    return [_tally(factor, found.get(factor.pk, empty)) for factor in Factor.objects.all()]


def _tally(factor: Factor, row: Mapping[str, Any]) -> Tally:
    def amount(name: str) -> Decimal:
        return row.get(name) or NOTHING

    def count(name: str) -> int:
        return row.get(name) or 0

    return Tally(
        factor,
        requests=count("requests"),
        need=amount("need"),
        promised=amount("promised"),
        supplied=amount("supplied_sum"),
        verified=amount("verified_sum"),
        late=count("late_n"),
        unanswered=count("unanswered"),
        refused=count("refused"),
    )


def late_promises(today: date) -> Q:
    """Promised for a day that is over, and not supplied."""
    return Q(state=FactorRequest.State.PROMISED, promised_for__lt=today)


# Demand against capacity ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outlook:
    """A supply point over the days ahead. `shortage` is the first run of days known to be short; `capacity` is today's, None if unknown."""

    point: SupplyPoint
    loads: tuple[Load, ...]
    held: tuple[Held, ...]
    steps: tuple[Step, ...]
    shortages: tuple[Shortage, ...]
    today: date

    @property
    def shortage(self) -> Shortage | None:
        return self.shortages[0] if self.shortages else None

    @property
    def capacity(self) -> Decimal | None:
        return capacity_on(self.held, self.today)

    @property
    def demand(self) -> Decimal:
        """The largest on any day of the horizon."""
        return max((step.demand for step in self.steps), default=NOTHING)

    @property
    def unknown(self) -> bool:
        """Something hangs on it and its capacity is not known on some day on which something does."""
        return any(step.capacity is None and step.demand for step in self.steps)

    @property
    def days_left(self) -> int | None:
        return (self.shortage.first - self.today).days if self.shortage else None


def horizon(today: date) -> tuple[date, date]:
    return today, today + MONTH * parameters.value(HORIZON)


def load_of(request: FactorRequest) -> Load:
    """A request as demand: from the day on which it is needed, to its last day."""
    return Load(request.amount, request.need_on, request.until, request.state in FactorRequest.COMMITTED, request.pk)


def outlooks(points: Iterable[SupplyPoint], today: date | None = None, span: tuple[date, date] | None = None) -> list[Outlook]:
    """The balance of each of these points over the horizon. Two queries for all of them, whatever their number.

    Every request that hangs on a point counts, whoever may read it: what is left for one depends on all.
    """
    found, day = list(points), today or clock.today()
    first, last = span or horizon(day)
    loads: dict[int, list[Load]] = defaultdict(list)
    columns = ("pk", "point", "amount", "need_on", "until", "state")
    hanging = FactorRequest.objects.filter(point__in=found, state__in=LIVE).order_by("need_on", "pk")
    for pk, point, amount, need_on, until, state in hanging.values_list(*columns):
        loads[point].append(Load(amount, need_on, until, state in FactorRequest.COMMITTED, pk))
    held: dict[int, list[Held]] = defaultdict(list)
    for point, from_day, amount in PointCapacity.objects.filter(point__in=found).values_list("point", "from_day", "amount"):
        held[point].append(Held(from_day, amount))
    return [_outlook(each, loads[each.pk], held[each.pk], first, last, day) for each in found]


def _outlook(point: SupplyPoint, loads: list[Load], held: list[Held], first: date, last: date, today: date) -> Outlook:
    curve = steps(loads, held, first, last)
    return Outlook(point, tuple(loads), tuple(held), tuple(curve), tuple(runs_short(curve, loads)), today)


def conflicts(found: Iterable[Outlook]) -> list[Outlook]:
    """Those that run short, the soonest first."""
    return sorted((each for each in found if each.shortage), key=lambda each: (each.shortage.first, each.point.pk) if each.shortage else ())


# Surveys ---------------------------------------------------------------------------------------------------------------------------------


def survey_counts(surveys: Iterable[Survey], entries: QuerySet[SurveyEntry]) -> dict[int, dict[str, Any]]:
    """Survey -> projects, surveyed, found, and the need that it found with what of it is supplied, over these entries. One query."""
    rows = (
        entries.filter(survey__in=list(surveys))
        .order_by()
        .values("survey")
        .annotate(
            projects=Count("pk"),
            surveyed=Count("pk", filter=~Q(state=SurveyEntry.State.WAITING)),
            found=Count("pk", filter=Q(state=SurveyEntry.State.FOUND)),
            need=Sum("request__amount", filter=~Q(request__state=FactorRequest.State.WITHDRAWN)),
            met=Sum("request__supplied", filter=Q(request__state__in=FactorRequest.GIVEN)),
        )
    )
    return {row["survey"]: row | {"share": _share(row["met"], row["need"])} for row in rows}


def _share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return (part or NOTHING) * 100 / whole if whole else None


# Funds -----------------------------------------------------------------------------------------------------------------------------------

APPLYING = (Project.Stage.PRE_STAGE, Project.Stage.READY, Project.Stage.UNDER_CONSTRUCTION)
"""Stages in which a project applies for funds."""


def fits(batch: FundingBatch) -> Q:
    """Which projects may apply in a batch, as it says itself. A project of unknown investment fits no lower bound."""
    where = Q(stage__in=APPLYING)
    if batch.sectors:
        where &= Q(sector__in=batch.sectors)
    if batch.build_kinds:
        where &= Q(build_kind__in=batch.build_kinds)
    if batch.least is not None:
        where &= Q(planned_investment__gte=batch.least)
    if batch.area_id != settings.CITY["area"]:
        where &= Q(area=batch.area_id)
    return where


def still_to_apply(batch: FundingBatch, projects: QuerySet[Project]) -> QuerySet[Project]:
    """Of these, the eligible ones without an application in the batch."""
    applied = FundingApplication.objects.filter(batch=batch, project=OuterRef("pk"))
    return projects.filter(fits(batch)).filter(~Exists(applied))


def open_windows(project: Project, today: date | None = None) -> list[FundingBatch]:
    """The open batches in which this project may apply and has not, the first to close first. Two queries."""
    rows = FundingBatch.objects.open_on(today or clock.today()).exclude(applications__project=project).select_related("programme")
    batches = list(rows.order_by("closes_on", "pk"))
    if not batches:
        return []
    fitting = {f"batch_{batch.pk}": Count("pk", filter=fits(batch)) for batch in batches}
    found = Project.objects.filter(pk=project.pk).aggregate(**fitting)
    return [batch for batch in batches if found[f"batch_{batch.pk}"]]


def money_of(applications: QuerySet[FundingApplication]) -> dict[str, Any]:
    """Applied, approved and drawn, each by itself: they are three things and have no sum."""
    return applications.aggregate(
        n=Count("pk"),
        applied_sum=Sum("applied"),
        approved_sum=Sum("approved"),
        drawn_sum=Sum("drawn"),
        approved_n=Count("approved"),
        drawn_n=Count("drawn"),
    )


# What the sites report, told by modules above -----------------------------------------------------------------------------------------------

Told = Callable[[list[int] | None], Mapping[int, Any]]
_tellers: dict[str, Told] = {}


def tells(name: str) -> Callable[[Told], Told]:
    """Register a function `project ids (None: all) -> project id -> what is known`: `stocks` (day, material -> days), `beds`, `workers`
    (day, how many). The daily track keeps these; this module only reads them."""

    def register(function: Told) -> Told:
        _tellers[name] = function
        return function

    return register


def told(name: str, projects: Iterable[int] | None) -> Mapping[int, Any]:
    """What sites report; of a project of which nothing is known there is no entry."""
    ids = None if projects is None else sorted(set(projects))
    return _tellers[name](ids) if name in _tellers and ids != [] else {}


def with_reported(rows: list[StockPlan]) -> list[StockPlan]:
    """Stock plans with the days that the newest daily track tells for their material."""
    known = told("stocks", (row.project_id for row in rows))
    for row in rows:
        day, stocks = known.get(row.project_id, (None, {}))
        row.reported = (day, stocks[row.material_id]) if row.material_id in stocks else None
    return rows


def lodging(requests: QuerySet[FactorRequest], projects: QuerySet[Project], today: date, most: int = 200) -> list[dict[str, Any]]:
    """Beds by site: needed by the requests that stand today, there by the sites' own registers, and the workers of the newest report.
    What nobody has told is None."""
    standing = requests.filter(factor="lodging", state__in=LIVE, need_on__lte=today).filter(Q(until=None) | Q(until__gte=today))
    needed = dict(standing.order_by().values("project").annotate(n=Sum("amount")).values_list("project", "n"))
    beds = told("beds", None)
    seen = projects.filter(pk__in={*needed, *beds})
    rows = list(seen.select_related("area").order_by("area__position", "name")[:most])
    workers = told("workers", (row.pk for row in rows))
    return [
        {
            "project": row,
            "needed": needed.get(row.pk),
            "beds": beds.get(row.pk),
            "workers": workers.get(row.pk),
            "gap": max(needed[row.pk] - beds[row.pk], NOTHING) if row.pk in needed and row.pk in beds else None,
        }
        for row in rows
    ]
