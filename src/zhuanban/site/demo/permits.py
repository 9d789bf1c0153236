"""Permit plans of the demo city: which desk handles what, what is known of each project's land, assessment and works, and what it has had.

Only invented projects have plans: the articles tell nothing of the land or the assessments of the named ones. Days agree with the projects'
nodes: a filing, an assessment or a permit that a node calls reached was had on that day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.db import connection

from zhuanban.domains.approvals.actions import planning
from zhuanban.domains.approvals.models import ApprovalCase, Department, Desk, Fact, PermitPlan
from zhuanban.domains.approvals.queries import catalogue
from zhuanban.domains.approvals.rules.permits import START, Needed, needed
from zhuanban.domains.approvals.rules.project_facts import LARGE, MINOR, derived, used
from zhuanban.domains.people.models import User
from zhuanban.domains.plans.models import Node
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, parameters
from zhuanban.site.demo.bulk import insert
from zhuanban.site.demo.drafts import instant

AHEAD, BUILDING = 320, 140
"""How many reserve projects, and how many that have begun to build, have a plan; all that come between them do."""
EARLY = ("signed", "pre_stage", "ready")
REACHED = {
    "site": ("SITE", "LAND"), "filing": ("FILE", "VERIFY", "APPROVE"), "eia": ("EIAB", "EIA", "EIAR"), "energy": ("ENERGY",),
    "land_planning": ("LUPP", "CPP"), "tender": ("TENDER", "CONTRACT"), "construction_permit": ("CP",),
}  # fmt: skip
"""What a reached node says of the catalogue's items."""
FIRST_STEPS = {"FILE": 0.6, "SITE": 0.5, "EIAR": 0.35, "APPROVE": 0.25, "EIA": 0.15, "LAND": 0.12}
"""How often a project that is still ahead has had these already, if nothing before them is missing."""
DESKS = {
    Department.DEVELOPMENT: "handler-a", Department.LAND: "handler-a", Department.ECOLOGY: "handler-a", Department.HOUSING: "handler-b",
    Department.TRADING: "handler-b", Department.CITY: "handler-b", Department.POWER: "utility-a", Department.HEAT: "utility-b",
}  # fmt: skip
UNTOLD = 0.07
"""The share of projects of which somebody has yet to tell the land or the assessment."""
STAMPS: dict[str, Any] = {"synthetic": True, "import_batch": "demo"}


def load_desks(users: Mapping[str, User]) -> None:
    """Two permit offices, the power and the heat company handle the city's items."""
    at = clock.now()
    Desk.objects.bulk_create(
        [
            Desk(department=department, area_id=settings.CITY["area"], organisation=users[name].organisation, created_at=at, updated_at=at, **STAMPS)
            for department, name in DESKS.items()
        ]
    )  # fmt: skip


def load(seed: int) -> None:
    """The plans, after the projects, their nodes and their cases; computed for the demo's day by the catalogue itself."""
    rng, today = Random(seed + 61), clock.today()
    projects = _chosen()
    book, minor, large = catalogue.book(today), parameters.value(MINOR, today), parameters.value(LARGE, today)
    reached = _reached(projects)
    handed = _handed(projects)
    rows = []
    for project in projects:
        stated = _told(rng, project)
        steps = needed(book, used(derived(project, minor, large), stated))
        had = _had(rng, project, steps, reached[project.pk], handed[project.pk], today)
        begins = min([*had.values(), *handed[project.pk].values()], default=today + timedelta(days=rng.randrange(0, 90)))
        at = instant(min(begins, today), project.ref)
        recorded = {code: [day.isoformat(), _paper(rng, code, day)] for code, day in had.items()}
        rows.append((project.pk, stated, recorded, begins, today, at, at))
    insert(
        PermitPlan, ("project_id", "stated", "recorded", "begins_on", "as_of", "created_at", "updated_at"), map(_plain, rows), **STAMPS
    )  # fmt: skip
    planning.recompute(PermitPlan.objects.all())


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The columns of a plan as its fields write them."""
    fields: list[Any] = [PermitPlan._meta.get_field(name) for name in ("stated", "recorded", "created_at", "updated_at")]
    stated, recorded, created, updated = (
        field.get_db_prep_save(row[at], connection) for field, at in zip(fields, (1, 2, 5, 6), strict=True)
    )
    return (row[0], stated, recorded, row[3], row[4], created, updated)


def _chosen() -> list[Project]:
    rows = Project.objects.filter(synthetic=True).order_by("pk")
    ahead = rows.filter(stage="reserve").exclude(start_planned=None).order_by("start_planned", "pk")[:AHEAD]
    begun = rows.filter(stage="under_construction").exclude(start_actual=None).order_by("-start_actual", "pk")[:BUILDING]
    return [*rows.filter(stage__in=EARLY), *ahead, *begun]


def _reached(projects: Sequence[Project]) -> dict[int, dict[str, date]]:
    """Project -> node -> the day on which it was reached."""
    found: dict[int, dict[str, date]] = defaultdict(dict)
    rows = Node.objects.filter(project__in=[project.pk for project in projects], code__in=REACHED, reached_on__isnull=False)
    for project, code, day in rows.values_list("project", "code", "reached_on"):
        if day:
            found[project][code] = day
    return found


def _told(rng: Random, project: Project) -> dict[str, str]:
    """What somebody has told of a project, in the proportions of such cities."""
    public = project.investment_kind == Project.InvestmentKind.GOVERNMENT
    factory = project.sector in ("industry", "energy")
    money = project.planned_investment or 0
    told = {
        Fact.LAND: "allocated" if public else rng.choices(["granted", "own", "leased"], [82, 12, 6])[0],
        Fact.EIA: rng.choices(["book", "table", "register"], [18, 57, 25] if factory else [5, 35, 60])[0],
        Fact.ENERGY: "review" if money >= 300_000_000 or (factory and rng.random() < 0.3) else "exempt",
        Fact.FIRE: "special" if project.sector in ("service", "social", "housing") and rng.random() < 0.45 else "other",
        Fact.ROAD: "yes" if rng.random() < (0.5 if project.sector == "municipal" else 0.15) else "no",
        Fact.TREES: "yes" if rng.random() < 0.1 else "no",
        Fact.TEMPORARY: "yes" if rng.random() < 0.12 else "no",
    }
    if project.floor_area_m2 is None:
        told[Fact.WORKS] = "large" if money >= 1_000_000_000 else "ordinary"
    if project.stage in ("reserve", "signed") and rng.random() < UNTOLD * 3:
        told.pop(rng.choice([Fact.LAND, Fact.EIA]))
    return {str(name): value for name, value in told.items()}


def _handed(projects: Sequence[Project]) -> dict[int, dict[str, date]]:
    """Project -> item -> the day on which a case of it was accepted: these tell their own days."""
    found: dict[int, dict[str, date]] = defaultdict(dict)
    rows = ApprovalCase.objects.filter(project__in=[project.pk for project in projects], accepted_on__isnull=False)
    for project, code, day in rows.values_list("project", "item__code", "accepted_on"):
        if day:
            found[project][code] = day
    return found


def _had(
    rng: Random, project: Project, steps: Sequence[Needed], reached: Mapping[str, date], handed: Mapping[str, date], today: date
) -> dict[str, date]:
    """What the project has had without a case, each not before what it waits for."""
    mine = {step.entry.code: step for step in steps}
    had = {code: day for node, day in reached.items() for code in REACHED[node] if code in mine and day <= today}
    if project.stage in ("reserve", "signed"):
        had = {}
        day = today - timedelta(days=rng.randrange(5, 70))
        for code, often in FIRST_STEPS.items():
            if code in mine and had.keys() >= set(mine[code].waits_for) and rng.random() < often:
                had[code] = day
                day = min(today, day + timedelta(days=rng.randrange(1, 20)))
    start = project.start_actual.first if project.start_actual else None
    if start or project.stage == "ready":
        last = min(start or today, today)
        for step in steps:
            if step.entry.stage <= 3 and step.entry.code != START and (not start or rng.random() < 0.96):
                had.setdefault(step.entry.code, last - timedelta(days=rng.randrange(4, 30)))
    ordered = _in_order(rng, mine, had | {code: day for code, day in handed.items() if code in mine})
    return {code: day for code, day in ordered.items() if code not in handed}


def _in_order(rng: Random, mine: Mapping[str, Needed], had: dict[str, date]) -> dict[str, date]:
    """Whoever has had an item has had what it waits for, and no later."""
    ahead = list(had)
    while ahead:
        code = ahead.pop()
        for before in mine[code].waits_for:
            if before not in had or had[before] > had[code]:
                had[before] = had[code] - timedelta(days=rng.randrange(0, 9))
                ahead.append(before)
    return had


def _paper(rng: Random, code: str, day: date) -> str:
    """A number that no office gives."""
    return f"演示〔{day.year}〕{code}-{rng.randrange(100, 1000)}"
