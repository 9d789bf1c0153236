"""Reads of problems that cross tables or feed a page."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count, F, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.people.models import Organisation, RoleGrant, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.models import Consultation, Holding, Instruction, Problem, Promise, Supervision
from zhuanban.domains.responsibility import queries as responsibility
from zhuanban.engines.calendars import Pause
from zhuanban.kernel import access, clock, deadlines, parameters, roles
from zhuanban.kernel.models import DeadlinePause

DEPARTMENTS = (Organisation.Kind.GOVERNMENT, Organisation.Kind.UTILITY, Organisation.Kind.CENTRE, Organisation.Kind.SCHOOL)
"""Kinds of organisations that a problem can be handed to."""
CONSULT_DAYS = parameters.declare("problems.consult_days", gettext_lazy("会商部门答复时限"), int, pgettext_lazy("parameter unit", "工作日"))
LIKENESS = parameters.declare("problems.likeness", gettext_lazy("同类问题的文字相似度下限"), float)


# People ---------------------------------------------------------------------------------------------------------------


def departments_for(project: Project) -> QuerySet[Organisation]:
    """The bodies that a project's problems can be handed to: the city's, and those of its own area and of the district around it."""
    places = {settings.CITY["area"], project.area_id, project.host_area_id} - {None}
    return Organisation.objects.filter(kind__in=DEPARTMENTS, area__in=places).order_by("area__position", "name")


def usual_department(problem: Problem) -> str:
    """The name of the department that usually handles this kind of problem here, if there is one."""
    wanted = problem.kind.department
    if not wanted:
        return ""
    found = departments_for(problem.project).filter(name__contains=wanted)
    local = found.filter(area=problem.project.area_id).first() or found.first()
    return local.name if local else ""


def people_of_tier(problem: Problem) -> list[tuple[int, str]]:
    """The persons of the tier that has the problem."""
    found = responsibility.holder(problem.project, problem.tier)
    return list(User.objects.filter(pk__in=found.user_ids, is_active=True).order_by("pk").values_list("pk", "name"))


def people_behind(key: str) -> list[int]:
    """The accounts that hear of what a principal owes: the person (and the deputy), the office's handlers, the centre's dispatchers."""
    kind, _colon, pk = key.partition(":")
    if kind == "user":
        deputy = responsibility.deputy_of(int(pk), clock.today())
        return [int(pk), *([deputy.pk] if deputy else [])]
    grants = RoleGrant.objects.in_force_on(clock.today()).filter(user__is_active=True)
    if kind == "area":
        return list(grants.filter(role="centre_dispatcher", area=pk).values_list("user", flat=True).distinct())
    answering = [name for name, role in roles.REGISTRY.items() if {"problems.take", "problems.confirm"} & role.verbs]
    return list(grants.filter(organisation=pk, role__in=answering).values_list("user", flat=True).distinct())


# Clocks ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clocks:
    """How long: working days on this tier and in all, stops left out of the second number; calendar days as the enterprise felt it."""

    tier_days: int
    tier_limit: int | None
    total_days: int
    running_days: int
    felt_days: int


def ended_at(problem: Problem) -> datetime:
    """Where the total clock stands still: at the solution, else at the end, else now."""
    return (problem.solved_at if not problem.working else None) or problem.closed_at or clock.now()


def clocks(problem: Problem) -> Clocks:
    """The clocks of one problem, for its page."""
    days, began = deadlines.calendar(), timezone.localdate(problem.reported_at)
    until = timezone.localdate(ended_at(problem))
    entered = _tier_since(problem) or began
    felt = timezone.localdate(problem.closed_at or clock.now())
    return Clocks(
        tier_days=days.elapsed_working_days(entered, until),
        tier_limit=problem.solve.working_days if problem.solve else None,
        total_days=days.elapsed_working_days(began, until),
        running_days=days.statutory_days(began, until, pauses_of(problem)),
        felt_days=(felt - began).days,
    )


def _tier_since(problem: Problem) -> date | None:
    """When the tier's present turn began: the holding that entered it, else the latest one that is no waiting."""
    held = sorted((row for row in problem.holdings.all() if not row.waiting), key=lambda row: (row.from_at, row.pk))
    turns = [row for row in held if row.why in TURNS] or held
    return timezone.localdate(turns[-1].from_at) if turns else None


TURNS = ("reported", "risen", "fallen", "reopened", "triaged")
"""Why a holding began, where its tier's clocks began with it."""


def pauses_of(problem: Problem) -> list[Pause]:
    """The stops of the problem's clocks, each once: the solve clocks of all tiers."""
    rows = DeadlinePause.objects.filter(
        deadline__dossier=problem.project_id, deadline__on_due="problems.rise", deadline__url=problem.get_absolute_url()
    )
    spans = {(row.from_day, row.to_day) for row in rows}
    return [Pause(start, end) for start, end in sorted(spans, key=lambda span: span[0])]


@dataclass(frozen=True)
class Share:
    """A stretch of a problem's time with one holder, in days (fractions of 24 hours)."""

    name: str
    tier: int
    days: float
    waiting: bool


def where_time_went(problem: Problem) -> list[Share]:
    """Time by holder in the order in which they had it; turns of one holder on one tier are added up."""
    now = problem.closed_at or clock.now()
    sums: dict[tuple[str, int, bool], float] = {}
    for row in problem.holdings.all():
        key = (row.holder_name, row.tier, row.waiting)
        sums[key] = sums.get(key, 0.0) + ((row.to_at or now) - row.from_at).total_seconds() / 86_400
    return [Share(name, tier, days, waiting) for (name, tier, waiting), days in sums.items()]


# Lists ---------------------------------------------------------------------------------------------------------------


def inbox(user) -> QuerySet[Problem]:
    """What the person holds, in person, for an office or for a centre, the most pressing first."""
    keys = sorted(user.principal_keys)
    return (
        Problem.objects.visible_to(user)
        .filter(holder_key__in=keys, state__in=Problem.WORKING)
        .select_related("project__area", "kind", "respond", "solve")
        .order_by("due_on", "pk")
    )


def orders_for(user) -> list[Any]:
    """Instructions, supervisions and consultations that the person, or the person's office, has to answer."""
    keys = sorted(user.principal_keys)
    rows = [
        row
        for model in (Instruction, Supervision, Consultation)
        for row in model.objects.visible_to(user)
        .filter(owner_key__in=keys, state=model.State.OPEN)
        .select_related("problem__project", "deadline", "by")[:50]
    ]
    return sorted(rows, key=lambda row: row.deadline.due_on)


def mine(user) -> QuerySet[Problem]:
    """What the person, the person's firm or its projects have reported, the newest first."""
    firms = [grant.organisation_id for grant in user.grants if grant.organisation_id and grant.scope_key not in user.inside_keys]
    own = Q(reporter=user) | Q(reporter_org__in=firms) | Q(project__owner_org__in=firms)
    return Problem.objects.visible_to(user).filter(own).select_related("project", "kind", "solve").order_by("-reported_at", "-pk")


def may_report_on(user) -> QuerySet[Project]:
    """The projects on which the person may report: own ones, or those of the area."""
    living = Project.objects.exclude(stage__in=["archived", "cancelled"])
    return access.actable(user, "problems.report", living, "pk").order_by("name")


def board(rows: QuerySet[Problem], limit: int = 12) -> list[dict[str, Any]]:
    """A column per tier: its open problems by due day, a first dozen of each, and how many there are and are late."""
    today = clock.today()
    counts = {
        row["tier"]: row
        for row in rows.filter(state__in=Problem.WORKING)
        .order_by()
        .values("tier")
        .annotate(n=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=today, paused_since=None)))
    }
    columns = []
    for tier in responsibility.tiers():
        cards = rows.filter(tier=tier.level, state__in=Problem.WORKING).select_related("project", "kind").order_by("due_on", "pk")
        count = counts.get(tier.level)
        n, late = (count["n"], count["overdue"]) if count else (0, 0)
        columns.append({"tier": tier, "cards": list(cards[:limit]), "n": n, "late": late})
    return columns


# Like problems ---------------------------------------------------------------------------------------------------------


def pairs_of_letters(text: str) -> frozenset[str]:
    """The text as a set of neighbouring letters, without what tells nothing: marks, digits, the commonest words."""
    plain = re.sub(r"[\W\d_]+|项目|问题|企业|公司|需要|无法|没有|影响", "", text)
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of common pairs of letters (Dice), 0..1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def alike(problem: Problem, limit: int = 5) -> list[tuple[Problem, float]]:
    """Open problems of the same project, or of the same kind in the same area, with like words; the likeliest first."""
    near = Q(project=problem.project_id) | Q(kind=problem.kind_id, project__area=problem.project.area_id)
    rows = Problem.objects.filter(near, state__in=Problem.OPEN).exclude(pk=problem.pk).select_related("project").order_by("-pk")[:300]
    letters, least = pairs_of_letters(f"{problem.title}{problem.description}"), parameters.value(LIKENESS)
    scored = [(row, likeness(letters, pairs_of_letters(f"{row.title}{row.description}"))) for row in rows]
    return sorted((pair for pair in scored if pair[1] >= least), key=lambda pair: -pair[1])[:limit]


# Results -------------------------------------------------------------------------------------------------------------


def by_kind(rows: QuerySet[Problem]) -> list[dict[str, Any]]:
    """Count, solved, late and calendar days to the solution by kind of problem."""
    return _grouped(rows, "kind", "kind__name", "kind__group")


def by_department(rows: QuerySet[Problem]) -> list[dict[str, Any]]:
    """The same by the department that has, or last had, the problem."""
    return _grouped(rows.exclude(department=None), "department", "department__name")


def by_sector(rows: QuerySet[Problem]) -> list[dict[str, Any]]:
    return _grouped(rows, "project__sector")


def _grouped(rows: QuerySet[Problem], *columns: str) -> list[dict[str, Any]]:
    today = clock.today()
    took = F("solved_at") - F("reported_at")
    found = (
        rows.order_by()
        .values(*columns)
        .annotate(
            n=Count("pk"),
            solved=Count("pk", filter=Q(solved_at__isnull=False)),
            open=Count("pk", filter=Q(state__in=Problem.WORKING)),
            late=Count("pk", filter=Q(state__in=Problem.WORKING, due_on__lt=today, paused_since=None)),
            took=Avg(took, filter=Q(solved_at__isnull=False)),
            stars=Avg("rating"),
        )
        .order_by("-n")
    )
    return [
        {**row, "days": row["took"].total_seconds() / 86_400 if row["took"] else None, "share": row["solved"] * 100 / row["n"]}
        for row in found
    ]


def crossed(rows: QuerySet[Problem]) -> dict[tuple[str, str], int]:
    """(sector, kind) -> how many: where the same obstacle comes back."""
    return {
        (row["project__sector"], row["kind"]): row["n"] for row in rows.order_by().values("project__sector", "kind").annotate(n=Count("pk"))
    }


def burn_down(rows: QuerySet[Problem], weeks: int = 26) -> list[dict[str, Any]]:
    """Per week: reported so far, ended so far, open at its end. Two queries whatever the number of weeks."""
    today = clock.today()
    ends = [today - timedelta(days=7 * back) for back in range(weeks - 1, -1, -1)]
    began = _by_day(rows, "reported_at")
    ended = _by_day(rows, "ended_at", rows.annotate(ended_at=Coalesce("solved_at", "closed_at")))
    return [
        {
            "day": end,
            "reported": (a := sum(n for day, n in began if day <= end)),
            "ended": (b := sum(n for day, n in ended if day <= end)),
            "open": a - b,
        }
        for end in ends
    ]


def _by_day(rows: QuerySet[Problem], column: str, annotated: QuerySet[Problem] | None = None) -> list[tuple[date, int]]:
    found = (annotated if annotated is not None else rows).exclude(**{column: None})
    if column == "ended_at":
        found = found.exclude(state__in=Problem.WORKING)
    return list(found.order_by().annotate(_day=TruncDate(column)).values_list("_day").annotate(n=Count("pk")))


def open_by_week(rows: QuerySet[Problem], weeks: int = 12) -> dict[int, list[int]]:
    """Department -> how many it had on hand at the end of each week, from the holdings. One query."""
    now = clock.now()
    instants = [now - timedelta(days=7 * back) for back in range(weeks - 1, -1, -1)]
    spans = Holding.objects.filter(problem__in=rows.values("pk"), department__isnull=False).filter(
        Q(to_at=None) | Q(to_at__gte=instants[0])
    )
    found: dict[int, list[int]] = defaultdict(lambda: [0] * weeks)
    for department, start, end in spans.values_list("department", "from_at", "to_at"):
        for at, instant in enumerate(instants):
            if start <= instant and (end is None or end > instant):
                found[department][at] += 1
    return dict(found)


def promises_by(rows: QuerySet[Promise], column: str) -> list[dict[str, Any]]:
    """Kept, broken and still open promises by a column; the share is of those whose day has come."""
    today = clock.today()
    standing = Q(changed_to=None, withdrawn_on=None)
    kept = standing & Q(kept_on__lte=F("due_on"))
    broken = standing & (Q(kept_on__gt=F("due_on")) | Q(kept_on=None, due_on__lt=today))
    found = (
        rows.order_by()
        .values(*dict.fromkeys([column, *({"department": ["department__name"]}.get(column, []))]))
        .annotate(n=Count("pk"), kept=Count("pk", filter=kept), broken=Count("pk", filter=broken))
        .order_by("-n")
    )
    return [{**row, "share": row["kept"] * 100 / (row["kept"] + row["broken"]) if row["kept"] + row["broken"] else None} for row in found]
