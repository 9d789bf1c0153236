"""What the town's projects have of plans: nodes with dates, a request to move one, quantities, a disruption."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal

from zhuanban.domains.plans import actions as plan_actions
from zhuanban.domains.plans import runs
from zhuanban.domains.plans.forecasting import Settings
from zhuanban.domains.plans.models import DateRequest, Disruption, Forecast, Node, PlanTemplate, WorkItem
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock

_serial = itertools.count(1)


def stamps(by) -> dict:
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


def give_plans(town, area: str, word: str) -> Node:
    """Nodes of the district's first project, one of them late with an open request, each row with the district's word."""
    project, by = town.projects[area][0], stamps(town.dispatcher)
    made = {"project": project, "phase": "building", **by}
    Node.objects.create(code="start", name=f"{word}开工", position=13, promised_on=date(2022, 6, 1), due_on=date(2022, 6, 1), **made)
    Node.objects.create(
        code="warm_enclosure", name=f"{word}暖封闭", position=15, promised_on=date(2022, 12, 31), due_on=date(2022, 12, 31), reached_on=date(2022, 11, 30),
        **made,
    )  # fmt: skip
    node = Node.objects.create(
        code="completed", name=f"{word}完工", position=16, promised_on=date(2023, 2, 1), due_on=date(2023, 2, 1), **made
    )
    later = Node.objects.create(
        code="record", name=f"{word}备案", position=18, promised_on=date(2023, 2, 20), due_on=date(2023, 2, 20), **made
    )
    Node.objects.create(code="trial", name=f"{word}试产", position=19, **made)
    DateRequest.objects.create(
        node=later,
        project=project,
        from_day=later.due_on,
        to_day=date(2023, 3, 20),
        reason=f"{word}推迟",
        asked_by=town.account(),
        rank=1,
        **by,
    )
    Disruption.objects.create(project=project, kind="epidemic", from_day=date(2022, 3, 11), note=f"{word}停工", **by)
    plan_actions.make_plan(
        project, by=None, template=PlanTemplate.objects.get(key="plant"), start_on=date(2022, 6, 28), finish_on=date(2023, 12, 31)
    )
    _winters(town, area, word)
    runs.renew([project.pk], settings=Settings(clock.today(), 1, 20, 10, 0.8))
    Forecast.objects.filter(project=project, current=True).update(enclosure=Forecast.Enclosure.OPEN, enclosed_in_time=0.4)
    WorkItem.objects.create(
        project=project, name=f"{word}土方", kind="earthwork", unit="立方米", quantity=Decimal(600), done=Decimal(60), **by
    )
    audi = Project.objects.filter(name="奥迪一汽新能源汽车项目", nodes=None).first()
    for code, promised, reached in PRINTED if audi else ():
        Node.objects.create(
            project=audi, code=code, name=code, phase="building", promised_on=promised, due_on=promised, reached_on=reached, **by
        )
    return node


def _winters(town, area: str, word: str) -> None:
    """One project that was enclosed before the last frost, and one that was not."""
    for due, reached in ((date(2022, 10, 20), date(2022, 10, 18)), (date(2022, 11, 1), None)):
        project, by = town.bare_project(area, stage="under_construction"), stamps(town.dispatcher)
        Node.objects.create(
            project=project, code="warm_enclosure", name=f"{word}暖封闭", phase="building", position=15, promised_on=due, due_on=due, reached_on=reached, **by
        )  # fmt: skip


PRINTED = (
    ("groundbreaking", None, date(2022, 6, 28)),
    ("topping_out", None, date(2022, 7, 24)),
    ("warm_enclosure", date(2022, 12, 31), date(2022, 11, 30)),
)
"""What the newspaper prints of the plant's nodes."""


def fill_nodes(town, number: int) -> None:
    """Nodes of one project with ties in the days."""
    project = town.bare_project()
    Node.objects.bulk_create(
        Node(
            project=project, code=f"own-{next(_serial)}", name=f"节点{at}", phase="building", position=at % 5, promised_on=date(2023, 2, 1 + at % 4),
            due_on=date(2023, 2, 1 + at % 4), reached_on=date(2023, 2, 2) if at % 3 == 0 else None, **stamps(town.dispatcher),
        )
        for at in range(number)
    )  # fmt: skip
