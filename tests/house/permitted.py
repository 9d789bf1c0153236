"""The town's permit plans: one of each district with the district's word in what was recorded; the catalogue is the seed's."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from zhuanban.domains.approvals.actions import planning
from zhuanban.domains.approvals.models import CatalogueVersion, Item, ItemVersion, PermitPlan, PermitStep
from zhuanban.kernel import clock

_serial = itertools.count(1)
DAY = date(2023, 2, 6)
NAMES = ("=1+1", "@SUM(A1)", "脏\ufffe字", "<b>事</b>", "同名", '引"号,逗号', "-2+3", "终\x0b了")
FACTS = {
    "regime": "filing",
    "investment": "enterprise",
    "build": "new",
    "land": "granted",
    "works": "ordinary",
    "eia": "table",
    "energy": "exempt",
    "fire": "other",
    "road": "yes",
    "trees": "no",
    "temporary": "no",
}


def stamps() -> dict:
    at = clock.now()
    return {"created_at": at, "updated_at": at}


def give_permits(town, area: str, word: str) -> PermitPlan:
    """A plan of a project that has not begun, one contract recorded; and one of which hardly anything is known."""
    first, second = (town.bare_project(area, town.firms[area][0], "pre_stage", start_actual=None) for _ in range(2))
    recorded = {"CONTRACT": [DAY.isoformat(), f"{word}合同"]}
    plan = PermitPlan.objects.create(project=first, stated=FACTS, recorded=recorded, begins_on=DAY, as_of=DAY, **stamps())
    PermitPlan.objects.create(project=second, begins_on=DAY, as_of=DAY, **stamps())
    planning.recompute_projects([first.pk, second.pk])
    plan.refresh_from_db()
    return plan


def fill_plans(town, number: int) -> None:
    """More plans, with ties and with names as they come."""
    item = Item.objects.get(code="CP")
    for at in range(number):
        project = town.bare_project(name=f"{NAMES[at % len(NAMES)]}{next(_serial)}")
        PermitPlan.objects.create(
            project=project, begins_on=DAY, as_of=DAY + timedelta(at % 3), left_days=at % 4, saved_days=at % 2, blocking=item, next_item=item,
            next_on=DAY, ready_on=DAY, **stamps(),
        )  # fmt: skip


def fill_steps(town, number: int) -> None:
    """More items of plans, in every state, some without a day."""
    states = [state for state in PermitStep.State.values if state != "done"]
    item = Item.objects.get(code="CP")
    version = item.version_on(clock.today())
    for at in range(number):
        project = town.bare_project(name=f"{NAMES[at % len(NAMES)]}{next(_serial)}")
        plan = PermitPlan.objects.create(project=project, begins_on=DAY, as_of=DAY, **stamps())
        day = DAY if at % 2 else None
        PermitStep.objects.create(
            plan=plan, project=project, item=item, item_version=version, state=states[at % len(states)], finishes_on=day
        )


def fill_versions(town, number: int) -> None:
    """More versions of the catalogue, on few days."""
    for at in range(number):
        CatalogueVersion.objects.create(
            number=1000 + next(_serial),
            effective_from=date(2024, 1, 1) + timedelta(at % 3),
            basis="依据",
            change=NAMES[at % len(NAMES)],
            **stamps(),
        )


def fill_items(town, number: int) -> None:
    """More items, each with its version."""
    catalogue = CatalogueVersion.objects.get(number=1)
    for at in range(number):
        name = f"{NAMES[at % len(NAMES)]}{next(_serial)}"
        item = Item.objects.create(
            code=f"X{next(_serial)}", name=name, short_name=name[:20], stage=1 + at % 5, department="land", kind="permit", position=100 + at % 3, **stamps()
        )  # fmt: skip
        ItemVersion.objects.create(item=item, catalogue=catalogue, effective_from=DAY, basis="依据", promised_days=at % 7, **stamps())


TARGETS = {
    "approvals.item": lambda town: Item.objects.get(code="CPP"),
    "approvals.permitplan": lambda town: town.permits["220106"],
}
FILLERS = {
    "approvals.permitplan": fill_plans,
    "approvals.permitstep": fill_steps,
    "approvals.catalogueversion": fill_versions,
    "approvals.item": fill_items,
}
ROWS = {
    "item": lambda town, area: Item.objects.get(code="CPP"),
    "permit_plan": lambda town, area: town.permits[area].project,
}
