"""The campaigns of 2022: the May push and the hundred days, six fields by eight tasks, measured from the demo's own records.

The articles name three of the six fields and one of the eight tasks; the others are invented and marked. Targets are drawn around what the
records come to, so that some cells are met and some are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from django.conf import settings

from zhuanban.domains.campaigns import actions, queries
from zhuanban.domains.campaigns.models import Campaign, CampaignField, CampaignTask, Cell
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.kernel import access
from zhuanban.kernel.models import Dossier
from zhuanban.kernel.search import search_text
from zhuanban.site.demo.drafts import instant

FIELDS = (
    ("工业", ["industry", "energy"]), ("交通", ["transport"]), ("住建", ["housing", "municipal"]), ("农业农村", ["agriculture"]),
    ("服务业", ["service"]), ("社会事业", ["social"]),
)  # fmt: skip
TASKS = (
    ("加快审批", "permits"), ("要素保障", "factors"), ("新开工", "starts"), ("完成投资", "investment"), ("节点攻坚", "nodes"), ("暖封闭", "enclosed"),
    ("入库入统", "statistics"), ("难题销号", "problems"),
)  # fmt: skip
MAY_TASKS = (("要素保障", "factors"), ("集中审批", "permits"), ("入库入统", "statistics"))
MONEY_STEP, COUNT_STEP = Decimal(10_000_000), Decimal(1)


def load(facts: Mapping[str, Any], seed: int) -> None:
    """Both campaigns, finished, with what their cells came to."""
    told = {each["ref"]: each for each in facts["campaigns"]}
    rng, city = Random(seed + 41), Area.objects.get(pk=settings.CITY["area"])
    owners = list(Organisation.objects.filter(kind="government", area=city).order_by("pk")[:12])
    may, hundred = told["may_2022"], told["hundred_days_2022"]
    _campaign(rng, city, owners, may["name"], date(2022, 5, 1), date(2022, 5, 31), [("全市重大项目", [])], MAY_TASKS, [])
    _campaign(rng, city, owners, hundred["name"], date(2022, 9, 1), date(2022, 11, 30), FIELDS, TASKS, hundred["methods"])


def _campaign(rng: Random, city: Area, owners: list[Organisation], name: str, first: date, last: date, fields, tasks, methods) -> None:
    at = instant(first, name)
    dossier = Dossier.objects.create(
        kind="campaigns.campaign", ref=actions.next_ref(first.year), title=name, area=city.key, search_text=search_text(name), changed_at=at
    )
    stamps = {"created_at": at, "updated_at": at, "synthetic": True}
    row = Campaign.objects.create(
        dossier=dossier, area=city, name=name, starts_on=first, ends_on=last, methods=methods, state=Campaign.State.FINISHED,
        finished_on=date(last.year, last.month, last.day), summary="各格完成情况见挂图；未完成的转入日常调度。", **stamps,
    )  # fmt: skip
    Dossier.objects.filter(pk=dossier.pk).update(url=row.get_absolute_url())
    rows = [CampaignField(campaign=row, name=words, sectors=sectors, position=place) for place, (words, sectors) in enumerate(fields)]
    columns = [CampaignTask(campaign=row, name=words, measure=measure, position=place) for place, (words, measure) in enumerate(tasks)]
    CampaignField.objects.bulk_create(rows)
    CampaignTask.objects.bulk_create(columns)
    Cell.objects.bulk_create(
        [
            Cell(campaign=row, field=field, task=task, owner=rng.choice(owners) if owners else None, **stamps)
            for field in rows
            for task in columns
        ]
    )
    _aim(rng, row)
    access.grant(dossier, actions.levels_of(row))


def _aim(rng: Random, campaign: Campaign) -> None:
    """A target near what the records show; a cell without any record in the period has a small one that was missed."""
    cells = []
    for bar in queries.bars(campaign).values():
        step = MONEY_STEP if bar.cell.task.measure == "investment" else COUNT_STEP
        wanted = (bar.done * Decimal(rng.choice(("0.85", "0.92", "0.95", "1", "1", "1.1", "1.25"))) / step).quantize(Decimal(1)) * step
        bar.cell.target = max(wanted, step)
        bar.cell.final = bar.done
        bar.cell.state = Cell.State.DONE if bar.done >= bar.cell.target else Cell.State.MISSED
        cells.append(bar.cell)
    Cell.objects.bulk_update(cells, ["target", "final", "state"])
