"""The numbers that cases and certificates answer for, each with its evidence."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.approvals.models import ApprovalCase, Certificate, Commitment, Tolerance
from zhuanban.domains.approvals.queries import speeds
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import parameters
from zhuanban.kernel.figures import Reading, Scope, count, figure, ratio

CASES, CERTIFICATES, TOLERANCES, COMMITMENTS = "approvals.cases", "approvals.certificates", "approvals.tolerances", "approvals.commitments"
PROJECTS = "portfolio.projects"
FAST_DAYS = parameters.declare("approvals.fast_days", _("三证几天办齐"), int, _("自然日"))
LAND_GRANT_DAYS = parameters.declare("approvals.land_grant_days", _("拿地即开工：交地后几日内三证齐全"), int, _("自然日"))
AUDI = "奥迪一汽新能源汽车项目"


def of(scope: Scope, model) -> QuerySet:
    """The rows that a figure may count for this reader."""
    rows = model.objects.all() if scope.user is None else model.objects.visible_to(scope.user)
    path = {ApprovalCase: "project__area", Certificate: "project__area"}.get(model, "case__project__area")
    return rows.filter(**{path: scope.area}) if scope.area else rows


def projects(scope: Scope) -> QuerySet[Project]:
    rows = Project.objects.all() if scope.user is None else Project.objects.visible_to(scope.user)
    return rows.filter(area=scope.area) if scope.area else rows


def decided(scope: Scope) -> QuerySet[ApprovalCase]:
    """The cases decided in the year of the scope, mock ones left out."""
    return speeds.decided(of(scope, ApprovalCase), scope.year)


@figure("approvals.open", label=_("在办办件"), unit="permit", listing=CASES, definition=_("已提交、还没有决定的办件"))
def open_cases(scope: Scope) -> Reading:
    waiting = [*ApprovalCase.WORKING, ApprovalCase.State.PAUSED, ApprovalCase.State.ONE_TIME_NOTICE]
    return count(of(scope, ApprovalCase).filter(state__in=waiting))


@figure("approvals.late", label=_("超期办件"), unit="permit", listing=CASES, definition=_("在办、没有停表、期限已过的办件"))
def late_cases(scope: Scope) -> Reading:
    return count(of(scope, ApprovalCase).filter(state__in=ApprovalCase.WORKING, due_on__lt=scope.on))


@figure(
    "approvals.median_days",
    label=_("法定用时中位数"),
    unit="day",
    listing=CASES,
    definition=_("当年作出决定的办件，从受理到决定、扣除停表的天数的中位数"),
)
def median_days(scope: Scope) -> Reading:
    rows = decided(scope)
    return Reading(_number(speeds.median(known(rows, "used_days"))), rows)


@figure(
    "approvals.p90_days",
    label=_("法定用时九成以内"),
    unit="day",
    listing=CASES,
    definition=_("当年作出决定的办件，九成在这么多天以内决定（扣除停表）"),
)
def p90_days(scope: Scope) -> Reading:
    rows = decided(scope)
    return Reading(_number(speeds.percentile(known(rows, "used_days"), 0.9)), rows)


@figure(
    "approvals.felt_days",
    label=_("业主等待中位数"),
    unit="day",
    listing=CASES,
    definition=_("当年作出决定的办件，从首次提交到决定的自然日中位数，停表也算在内"),
)
def felt_days(scope: Scope) -> Reading:
    rows = decided(scope).filter(felt_days__isnull=False)
    return Reading(_number(speeds.median(known(rows, "felt_days"))), rows)


def known(rows: QuerySet[ApprovalCase], column: str) -> list[int]:
    return [days for days in rows.values_list(column, flat=True) if days is not None]


def _number(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value)).normalize() if value % 1 else Decimal(int(value))


@figure(
    "approvals.promise_share",
    label=_("承诺时限内办结率"),
    unit="pct",
    listing=CASES,
    definition=_("当年作出决定的办件中，在承诺时限（含依法延长）以内决定的比例"),
)
def promise_share(scope: Scope) -> Reading:
    rows = decided(scope).filter(in_promise__isnull=False)
    return ratio(count(rows.filter(in_promise=True)), count(rows), "kept", "decided")


@figure("approvals.tolerant_open", label=_("容缺待补"), unit="permit", listing=TOLERANCES, definition=_("容缺受理后还没有补齐的材料"))
def tolerant_open(scope: Scope) -> Reading:
    return count(of(scope, Tolerance).filter(state=Tolerance.State.OPEN))


@figure(
    "approvals.commitments_unchecked",
    label=_("承诺待核查"),
    unit="permit",
    listing=COMMITMENTS,
    definition=_("按告知承诺作出决定、还没有核查的承诺"),
)
def commitments_unchecked(scope: Scope) -> Reading:
    return count(of(scope, Commitment).filter(state=Commitment.State.DECIDED))


@figure(
    "approvals.to_start",
    label=_("领证未开工"),
    unit="permit",
    listing=CERTIFICATES,
    definition=_("有效的施工许可证中，还没有开工的"),
)
def to_start(scope: Scope) -> Reading:
    return count(of(scope, Certificate).filter(ended_on=None, start_by__isnull=False, started_on=None))


@figure(
    "approvals.three_fast",
    label=_("三证两天"),
    unit="project",
    listing=PROJECTS,
    definition=_("用地、规划、施工三证从首次受理到最后发证不超过规定自然日数的项目"),
)
def three_fast(scope: Scope) -> Reading:
    found = speeds.three_certificates(of(scope, Certificate), parameters.value(FAST_DAYS))
    return count(projects(scope).filter(pk__in=[each.project.pk for each in found]))


@figure(
    "approvals.land_grant_starts",
    label=_("拿地即开工"),
    unit="project",
    listing=PROJECTS,
    definition=_("用地规划、工程规划、施工三证都在交地之日起规定天数内核发的项目"),
)
def land_grant_starts(scope: Scope) -> Reading:
    found = speeds.land_grant_starts(projects(scope), parameters.value(LAND_GRANT_DAYS))
    return count(projects(scope).filter(pk__in=[each.project.pk for each in found]))


# What the papers print --------------------------------------------------------------------------------------------------------


@figure(
    "approvals.audi_three_certificates",
    label=_("奥迪一汽项目三证用时"),
    unit="day",
    listing=CERTIFICATES,
    paper="F15",
    definition=_("该项目土地使用证、规划许可证、施工许可证，从首次受理到最后发证的自然日"),
)
def audi_three_certificates(scope: Scope) -> Reading:
    rows = of(scope, Certificate).filter(project__in=projects(scope).filter(name=AUDI).values("pk"))
    found = speeds.three_certificates(rows)
    return Reading(
        found[0].span.calendar_days if found else None, rows.filter(Q(pk__in=[row.pk for each in found for row in each.certificates]))
    )
