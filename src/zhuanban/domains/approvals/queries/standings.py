"""How the items of projects stand: certificates, cases, recorded days and the project's own papers, gathered for many plans at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from zhuanban.domains.approvals.models import ApprovalCase, Certificate, PermitPlan
from zhuanban.domains.approvals.rules.permits import START, WORKS
from zhuanban.domains.approvals.rules.project_facts import LARGE, MINOR, derived, used
from zhuanban.domains.approvals.rules.timetable import Asked, Standing
from zhuanban.domains.portfolio.models import Project, Proof
from zhuanban.kernel import parameters

BEGUN = (
    *(Project.Stage.UNDER_CONSTRUCTION, Project.Stage.SUSPENDED, Project.Stage.COMPLETED),
    *(Project.Stage.IN_PRODUCTION, Project.Stage.FULL_CAPACITY, Project.Stage.ARCHIVED),
)
"""Stages in which building has begun."""
PROVED = {Proof.Kind.PLANNING: "CPP", Proof.Kind.CONSTRUCTION: "CP"}
"""Papers of the stage gates that are certificates of the catalogue. Without a day they prove that it is there, not since when."""
State = ApprovalCase.State
RUNNING = (State.ACCEPTED, State.TOLERANT_ACCEPTED, State.IN_REVIEW, State.PAUSED, State.APPROVED)
Found = dict[int, dict[str, Standing]]


def asked(plans: Sequence[PermitPlan], today: date) -> list[Asked]:
    """What the timetable needs of each plan, its project at hand. Four queries, however many plans."""
    projects = [plan.project_id for plan in plans]
    found = _standings(projects)
    minor, large = parameters.value(MINOR, today), parameters.value(LARGE, today)
    return [_asked(plan, found.get(plan.project_id, {}), today, minor, large) for plan in plans]


def _asked(plan: PermitPlan, standings: dict[str, Standing], today: date, minor: int, large: int) -> Asked:
    project = plan.project
    recorded = {code: Standing(done_on=min(date.fromisoformat(day), today)) for code, (day, _note) in plan.recorded.items()}
    mine = standings | {code: had for code, had in recorded.items() if not (found := standings.get(code)) or not found.done_on}
    begun = project.stage in BEGUN or project.start_actual is not None or START in mine
    if project.start_actual:
        mine[START] = Standing(done_on=min(project.start_actual.last, today))
    if project.finish_actual:
        mine[WORKS] = Standing(done_on=min(project.finish_actual.last, today))
    planned = project.finish_planned.last if project.finish_planned else None
    return Asked(
        facts=used(derived(project, minor, large), plan.stated),
        begins_on=plan.begins_on,
        standings=mine,
        works_on=planned if planned and planned > today else None,
        begun=begun,
    )


def _standings(projects: Iterable[int]) -> Found:
    projects = list(projects)
    found: Found = defaultdict(dict)
    proofs = Proof.objects.filter(project__in=projects, kind__in=PROVED).exclude(issued_on=None)
    for project, kind, day in proofs.values_list("project", "kind", "issued_on"):
        found[project][PROVED[Proof.Kind(kind)]] = Standing(done_on=day)
    for row in _cases(projects):
        project, code, standing = _case(*row)
        found[project][code] = standing
    issued = Certificate.objects.filter(project__in=projects, ended_on=None).order_by("issued_on", "pk")
    for project, code, day, accepted in issued.values_list("project", "item__code", "issued_on", "case__accepted_on"):
        found[project][code] = Standing(done_on=day, accepted_on=accepted)
    return found


def _cases(projects: list[int]) -> Any:
    """Cases under way, and those decided without a certificate: what they gave is an opinion or a service."""
    rows = ApprovalCase.objects.filter(project__in=projects, mock=False, state__in=RUNNING, accepted_on__isnull=False).order_by("pk")
    return rows.values_list("project", "item__code", "item__document_name", "state", "accepted_on", "promised_on", "decided_on")


def _case(
    project: int, code: str, document: str, state: str, accepted: date, promised: date | None, decided: date | None
) -> tuple[int, str, Standing]:
    if state == State.APPROVED and not document:
        return project, code, Standing(done_on=decided, accepted_on=accepted)
    return project, code, Standing(accepted_on=accepted, promised_on=promised, paused=state == State.PAUSED)
