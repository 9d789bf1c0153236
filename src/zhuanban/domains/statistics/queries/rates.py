"""The four rates of a month: landing, maturity of what is still to start, investment, entry into statistics (domain handbook 4.4); and the
start and resumption rates that count only what is proven."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat, Substr

from zhuanban.domains.plans.models import Node, Phase, QuantityEntry
from zhuanban.domains.portfolio.models import AnnualPlan, InvestmentEntry, Project, Proof
from zhuanban.domains.statistics import pack
from zhuanban.domains.statistics.models import EntryPaper, StatisticalFigure
from zhuanban.kernel import parameters

Stage = Project.Stage
LANDED_NODES = ("company", "site", "funds")
"""Landed means: company registered, site fixed, funds in place (domain handbook 4.4)."""
NOT_STARTED = (Stage.RESERVE, Stage.PRE_STAGE, Stage.READY)
PRE_STAGE_PHASES = (Phase.LANDING, Phase.APPROVAL)


def _reached(code: str) -> Exists:
    return Exists(Node.objects.filter(project=OuterRef("pk"), code=code, work=None).exclude(reached_on=None))


def signed(projects: QuerySet[Project]) -> QuerySet[Project]:
    """Projects that were signed: by their stage, their node or their agreement; those that were lost are not counted."""
    agreement = Exists(Proof.objects.filter(project=OuterRef("pk"), kind=Proof.Kind.AGREEMENT))
    return projects.exclude(stage=Stage.CANCELLED).filter(Q(stage=Stage.SIGNED) | Q(_reached("signed")) | Q(agreement))


def landed(projects: QuerySet[Project]) -> QuerySet[Project]:
    """Of the signed ones those that have landed: on record as a date, or by all three nodes."""
    by_nodes = Q(_reached("company")) & Q(_reached("site")) & Q(_reached("funds"))
    return signed(projects).filter(Q(landed_on__isnull=False) | by_nodes)


def not_started(projects: QuerySet[Project]) -> QuerySet[Project]:
    """Projects on their way to the start that have nodes of the stages before it."""
    nodes = Exists(Node.objects.filter(project=OuterRef("pk"), phase__in=PRE_STAGE_PHASES, work=None))
    return projects.filter(Q(nodes), stage__in=NOT_STARTED)


def shares_done(projects: QuerySet[Project]) -> dict[int, tuple[str | None, float]]:
    """Project -> its area and the share of its nodes before the start that are reached."""
    rows = Node.objects.filter(project__in=projects.values("pk"), phase__in=PRE_STAGE_PHASES, work=None).order_by()
    counted = rows.values_list("project", "project__area").annotate(done=Count("reached_on"), every=Count("pk"))
    return {project: (area, done / every) for project, area, done, every in counted}


def started(projects: QuerySet[Project]) -> QuerySet[Project]:
    """Projects at or over the threshold of monthly reporting whose start is on record."""
    rows = projects.exclude(stage=Stage.CANCELLED).filter(start_actual__isnull=False)
    return rows.filter(planned_investment__gte=parameters.value(pack.MONTHLY_FROM))


def proven() -> Q:
    """Projects whose main works are proven: checked by the bank's statisticians, photographed, measured, or closed and accepted."""
    photo = EntryPaper.objects.filter(entry__project=OuterRef("pk"), shows__in=pack.MAIN_PHOTOS).exclude(dated_on=None)
    measured = QuantityEntry.objects.filter(item__project=OuterRef("pk"), amount__gt=0).exclude(item__kind__in=pack.NOT_MAIN)
    nodes = Node.objects.filter(project=OuterRef("pk"), code__in=pack.MAIN_NODES, work=None).exclude(reached_on=None)
    accepted = Proof.objects.filter(project=OuterRef("pk"), kind=Proof.Kind.ACCEPTANCE).exclude(issued_on=None)
    return Q(entered_bank=True) | Q(Exists(photo)) | Q(Exists(measured)) | Q(Exists(nodes)) | Q(Exists(accepted))


def invested_again() -> Q:
    """Projects with investment in the month of their resumption or later."""
    since = Concat(Substr(OuterRef("resumed_on"), 1, 7), Value("-01"))
    rows = InvestmentEntry.objects.filter(project=OuterRef("pk"), amount__gt=0)
    return Q(Exists(rows.annotate(text=Cast("month", CharField())).filter(text__gte=since)))


def stated(projects: QuerySet[Project], year: int) -> QuerySet[StatisticalFigure]:
    """What stands in statistics of a year."""
    rows = StatisticalFigure.objects.filter(project__in=projects.values("pk"), month__year=year)
    return rows.exclude(state=StatisticalFigure.State.SENT_BACK)


@dataclass(frozen=True)
class AreaRates:
    """The four rates of an area, each as its two sides; a rate over nothing is unknown."""

    signed: int = 0
    landed: int = 0
    waiting: int = 0
    shares: float = 0.0
    plan: Decimal | None = None
    stated: Decimal | None = None
    started: int = 0
    entered: int = 0

    @property
    def landing(self) -> Decimal | None:
        return _share(self.landed, self.signed)

    @property
    def maturity(self) -> Decimal | None:
        return _share(Decimal(self.shares), self.waiting)

    @property
    def investment(self) -> Decimal | None:
        return _share(self.stated or 0, self.plan)

    @property
    def entry(self) -> Decimal | None:
        return _share(self.entered, self.started)


def _share(part: int | Decimal, whole: int | Decimal | None) -> Decimal | None:
    return Decimal(part) * 100 / Decimal(whole) if whole else None


def by_area(projects: QuerySet[Project], year: int) -> Mapping[str | None, AreaRates]:
    """Area -> its rates. Seven queries."""
    counts: dict[str | None, dict[str, int | float | Decimal | None]] = defaultdict(dict)
    sides = {
        "signed": signed(projects),
        "landed": landed(projects),
        "started": started(projects),
        "entered": started(projects).filter(entered_bank=True),
    }
    for name, rows in sides.items():
        for area, n in rows.order_by().values_list("area").annotate(n=Count("pk")):
            counts[area][name] = n
    for area, share in shares_done(not_started(projects)).values():
        counts[area]["waiting"] = int(counts[area].get("waiting") or 0) + 1
        counts[area]["shares"] = float(counts[area].get("shares") or 0) + share
    plans = AnnualPlan.objects.filter(project__in=projects.filter(entered_statistics=True).values("pk"), year=year)
    for name, money in (("plan", plans), ("stated", stated(projects, year))):
        for area, amount in money.order_by().values_list("project__area").annotate(s=Sum("amount")).values_list("project__area", "s"):
            counts[area][name] = amount
    return {area: AreaRates(**each) for area, each in counts.items()}  # type: ignore[arg-type]


def whole(found: Mapping[str | None, AreaRates]) -> AreaRates:
    """The rates of all areas together: of the sums, not the mean of the rates."""
    rows = list(found.values())
    plans = [row.plan for row in rows if row.plan is not None]
    amounts = [row.stated for row in rows if row.stated is not None]
    return AreaRates(
        signed=sum(row.signed for row in rows),
        landed=sum(row.landed for row in rows),
        waiting=sum(row.waiting for row in rows),
        shares=sum(row.shares for row in rows),
        plan=sum(plans, Decimal(0)) if plans else None,
        stated=sum(amounts, Decimal(0)) if amounts else None,
        started=sum(row.started for row in rows),
        entered=sum(row.entered for row in rows),
    )


def last_month(day: date) -> date:
    """The last month that is over on a day."""
    return date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1)
