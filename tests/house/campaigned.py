"""The town's campaigns: one of each district with a cell, running, with a canary in every word."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from zhuanban.domains.campaigns import actions
from zhuanban.domains.campaigns.models import Campaign, CampaignField, CampaignTask, Cell
from zhuanban.kernel import access, clock
from zhuanban.kernel.models import Dossier

DAYS = 60
_serial = itertools.count(1)


def give_campaign(town, area: str, word: str, name: str = "") -> Cell:
    """A campaign of this district alone, in its middle, with one cell that has a target."""
    at, today = clock.now(), clock.today()
    stamps = {"created_at": at, "updated_at": at}
    title = name or f"{word}攻坚行动"
    dossier = Dossier.objects.create(kind="campaigns.campaign", ref=actions.next_ref(today.year), title=title, area=area, search_text=title)
    campaign = Campaign.objects.create(
        dossier=dossier,
        area=town.areas[area],
        name=title,
        goal=f"{word}目标",
        starts_on=today - timedelta(DAYS // 2),
        ends_on=today + timedelta(DAYS // 2),
        **stamps,
    )
    field = CampaignField.objects.create(campaign=campaign, name=f"{word}领域")
    task = CampaignTask.objects.create(campaign=campaign, name=f"{word}工作", measure="starts")
    cell = Cell.objects.create(campaign=campaign, field=field, task=task, target=5, state="running", **stamps)
    met = CampaignTask.objects.create(campaign=campaign, name=f"{word}已成", measure="starts", position=1)
    Cell.objects.create(campaign=campaign, field=field, task=met, target=1, final=2, state="done", **stamps)
    access.grant(dossier, {f"area:{area}": access.ACT, f"area:{town.areas[area].parent_id}": access.ACT})
    return cell


def fill_campaigns(town, number: int) -> None:
    """More campaigns of the district, with names as they come and ties."""
    for place in range(number):
        made = give_campaign(town, "220106", f"行动{place % 3}", f"攻坚行动{place}").campaign
        Campaign.objects.filter(pk=made.pk).update(starts_on=date(2022, 1, 1) + timedelta(place % 4), ends_on=date(2022, 3, 1))


def fill_cells(town, number: int) -> None:
    """More cells of the district's campaign."""
    first = town.cells["220106"]
    for place in range(number):
        task = CampaignTask.objects.create(campaign=first.campaign, name=f"工作{next(_serial)}", measure="starts", position=place)
        Cell.objects.create(campaign=first.campaign, field=first.field, task=task, created_at=first.created_at, updated_at=first.updated_at)
