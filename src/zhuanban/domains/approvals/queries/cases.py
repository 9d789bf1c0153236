"""Reads of cases: whose desk an item is on, what a case's clock says, the inbox of a department and how it shrinks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from zhuanban.domains.approvals.models import ApprovalCase, CaseStep, Desk, Guidance, Item, Opinion
from zhuanban.domains.approvals.rules import clocks
from zhuanban.domains.people.models import Organisation, RoleGrant
from zhuanban.domains.portfolio.models import Project
from zhuanban.engines.calendars import Pause
from zhuanban.kernel import access, clock, deadlines
from zhuanban.kernel.models import StoredFile

State = ApprovalCase.State


def desk_of(item: Item, project: Project) -> Organisation | None:
    """The organisation that decides an item here: the area's own desk, that of the district around it, else the city's."""
    places = [place for place in (project.area_id, project.host_area_id, settings.CITY["area"]) if place]
    found = {
        row.area_id: row.organisation
        for row in Desk.objects.filter(department=item.department, area__in=places).select_related("organisation")
    }
    return next((found[place] for place in places if place in found), None)


def people_of_desk(department: int | None, *names: str) -> list[int]:
    """The accounts of a department with one of these roles."""
    if department is None:
        return []
    grants = RoleGrant.objects.in_force_on(clock.today()).filter(organisation=department, role__in=names, user__is_active=True)
    return list(grants.values_list("user", flat=True).distinct())


def people_of_firm(organisation: int | None) -> list[int]:
    return people_of_desk(organisation, "owner", "enterprise_admin", "enterprise_staff")


@dataclass(frozen=True)
class Clock:
    """What a case's clock says today: days used as the law counts them, the limits, what is left, and what the owner felt."""

    used: int | None
    statutory: int | None
    promised: int | None
    working: int | None
    felt: int | None
    left: int | None
    stopped: bool
    unit: str

    @property
    def share(self) -> int:
        """How much of the promise is used, in percent, at most a hundred."""
        return min(100, round((self.used or 0) * 100 / self.promised)) if self.promised else 0

    @property
    def late(self) -> bool:
        return self.left is not None and self.left < 0


def stops(case: ApprovalCase) -> list[Pause]:
    return [Pause(row.from_day, row.to_day) for row in case.pauses.all()]


def reading(case: ApprovalCase, today: date) -> Clock:
    """The case's clock until today or until its decision."""
    calendar = deadlines.calendar()
    stopped = case.state == State.PAUSED
    handed_in = handed_in_on(case)
    until = case.decided_on or today
    left = None
    if case.state in ApprovalCase.WORKING and not case.decided_on:
        left = calendar.elapsed_working_days(today, case.due_on)
    if case.accepted_on is None:
        felt = (until - handed_in).days if handed_in else None
        return Clock(None, case.statutory_days, case.promised_days, None, felt, left, stopped, case.unit)
    used = clocks.used(handed_in or case.accepted_on, case.accepted_on, until, case.unit, stops(case), calendar)
    promised = case.promised_days + case.extended_days if case.promised_days is not None else None
    return Clock(used.counted, case.statutory_days, promised, used.working, used.felt, left, stopped, case.unit)


def handed_in_on(case: ApprovalCase) -> date | None:
    return timezone.localdate(case.submitted_at) if case.submitted_at else None


def earlier_files(case: ApprovalCase) -> dict[int, list[StoredFile]]:
    """Paper -> the files that newer ones have replaced, the newest first. One query for all papers of the case."""
    kinds = {paper.earlier_kind: paper.pk for paper in case.papers.all()}
    found: dict[int, list[StoredFile]] = {}
    for file in StoredFile.objects.filter(dossier=case.project_id, kind__in=kinds).select_related("by").order_by("-at", "-pk"):
        found.setdefault(kinds[file.kind], []).append(file)
    return found


# Inbox --------------------------------------------------------------------------------------------------------------------


def inbox(user) -> QuerySet[ApprovalCase]:
    """The open cases of the person's departments, the most pressing first; those that wait for somebody else at the end."""
    desks = {grant.organisation_id for grant in user.grants if grant.organisation_id} - {None}
    waiting = [*ApprovalCase.WORKING, State.PAUSED, State.ONE_TIME_NOTICE, State.APPROVED]
    rows = ApprovalCase.objects.visible_to(user).filter(department__in=desks, state__in=waiting)
    resting = models.Case(models.When(state__in=[State.PAUSED, State.ONE_TIME_NOTICE], then=1), default=0)
    return rows.select_related("project__area", "item", "department", "applicant", "handler").order_by(resting, "due_on", "pk")


def counts(rows: QuerySet[ApprovalCase], today: date) -> dict[str, int]:
    """How many there are, how many are late, stopped, fresh; in one query."""
    late = Q(state__in=ApprovalCase.WORKING, due_on__lt=today)
    return rows.order_by().aggregate(
        number=Count("pk"),
        late=Count("pk", filter=late),
        paused=Count("pk", filter=Q(state=State.PAUSED)),
        new=Count("pk", filter=Q(state=State.SUBMITTED)),
    )


def burn_down(rows: QuerySet[ApprovalCase], weeks: int, today: date) -> list[dict[str, Any]]:
    """Week by week until today: handed in and ended since the first of the weeks, what was open at the week's end. What was open when the
    weeks began counts as handed in."""
    first = today - timedelta(days=7 * (weeks - 1))
    edges = [first + timedelta(days=7 * at) for at in range(weeks)]
    came = [timezone.localdate(at) for at in rows.exclude(submitted_at=None).values_list("submitted_at", flat=True)]
    gone = ended_days(rows)
    old = sum(day < first for day in gone)
    return [
        {
            "day": edge,
            "handed_in": (before := sum(day <= edge for day in came) - old),
            "ended": (after := sum(day <= edge for day in gone) - old),
            "open": before - after,
        }
        for edge in edges
    ]


def ended_days(rows: QuerySet[ApprovalCase]) -> list[date]:
    """On which day each case that was handed in left the desk: decided, or ended without a decision."""
    decided = list(rows.exclude(decided_on=None).values_list("decided_on", flat=True))
    closing = CaseStep.objects.filter(
        case__in=rows.filter(decided_on=None, submitted_at__isnull=False).values("pk"),
        after__in=["refused_intake", "returned", "withdrawn"],
    ).values_list("at", flat=True)
    return [day for day in decided if day] + [timezone.localdate(at) for at in closing]


def of_desks(user) -> QuerySet[ApprovalCase]:
    """All cases that were ever handed in to the person's departments; of an area's offices those of their projects."""
    rows = ApprovalCase.objects.visible_to(user).exclude(state=State.DRAFT)
    desks = {grant.organisation_id for grant in user.grants if grant.organisation_id} - {None}
    return rows.filter(department__in=desks) if desks else rows


def opinions_for(user) -> QuerySet[Opinion]:
    """What other departments ask of the person's own."""
    desks = {grant.organisation_id for grant in user.grants if grant.organisation_id} - {None}
    rows = Opinion.objects.visible_to(user).filter(department__in=desks, verdict="")
    return rows.select_related("case__item", "case__project", "deadline").order_by("deadline__due_on", "pk")


def guidances(user, project: Project) -> list[Guidance]:
    """The latest advice on a project, for the offices and for whoever acts on it."""
    held = access.levels(user, project.pk)
    firms = [key for key, level in held.items() if key.startswith("org:") and level == access.ACT]
    if not access.inside(user, project.pk) and not firms:
        return []
    return list(Guidance.objects.filter(project=project).select_related("item", "by")[:5])
