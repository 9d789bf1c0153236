"""The verbs of campaigns: launch, lay out the matrix, set a cell's target, finish."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.campaigns import forms, queries, rules
from zhuanban.domains.campaigns.models import Campaign, CampaignField, CampaignTask, Cell
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.kernel import access, clock
from zhuanban.kernel.actions import action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Dossier
from zhuanban.kernel.search import search_text

MOST = 12
"""Fields, and tasks, of the largest matrix: more do not fit a wall chart."""


def stamped(by) -> dict[str, Any]:
    """Who wrote a new row, and when."""
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


@action("campaigns.launch", on=Area, label=gettext_lazy("发起攻坚行动"), form=forms.LaunchForm, creates=Campaign)
def launch(area: Area, *, by, name: str, starts_on: date, ends_on: date, goal: str = "", methods: list[str] | None = None) -> Campaign:
    """A campaign of this area with its first and last day; everybody of the area sees it."""
    dossier = Dossier.objects.create(
        kind="campaigns.campaign", ref=next_ref(starts_on.year), title=name, area=area.key, search_text=search_text(name)
    )
    campaign = Campaign.objects.create(
        dossier=dossier, area=area, name=name, starts_on=starts_on, ends_on=ends_on, goal=goal, methods=methods or [], **stamped(by)
    )
    dossier.url = campaign.get_absolute_url()
    dossier.save(update_fields=["url"])
    access.grant(dossier, levels_of(campaign))
    return campaign


def next_ref(year: int) -> str:
    """`GJ-2022-001`; the unique column settles a race."""
    prefix = f"GJ-{year}-"
    newest = Dossier.objects.filter(ref__startswith=prefix).aggregate(last=Max("ref"))["last"]
    return f"{prefix}{int(newest.removeprefix(prefix)) + 1 if newest else 1:03d}"


def levels_of(campaign: Campaign) -> dict[str, int]:
    """The campaign's area and those above act on it; where it is a whole city's, its districts read it; owners read their own."""
    area = campaign.area
    levels: dict[str, int] = {f"area:{area.key}": access.ACT}
    if area.parent_id:
        levels[f"area:{area.parent_id}"] = access.ACT
    levels |= {f"area:{key}": access.SEE for key in Area.objects.filter(parent=area).values_list("key", flat=True)}
    owners = campaign.cells.exclude(owner=None).values_list("owner", flat=True).distinct()
    return levels | {f"org:{owner}": access.SEE for owner in owners}


@action("campaigns.add_field", on=Campaign, label=gettext_lazy("增加领域"), form=forms.FieldForm, when=rules.over)
def add_field(campaign: Campaign, *, by, name: str, sectors: list[str] | None = None) -> None:
    """A row of the matrix, with a cell for every task."""
    if campaign.fields.filter(name=name).exists() or campaign.fields.count() >= MOST:
        raise Refused(_("已有领域“%(name)s”，或已满 %(most)s 个领域。") % {"name": name, "most": MOST})
    field = CampaignField.objects.create(campaign=campaign, name=name, sectors=sectors or [], position=campaign.fields.count())
    Cell.objects.bulk_create([Cell(campaign=campaign, field=field, task=task, **stamped(by)) for task in campaign.tasks.all()])


@action("campaigns.add_task", on=Campaign, label=gettext_lazy("增加工作"), form=forms.TaskForm, when=rules.over)
def add_task(campaign: Campaign, *, by, name: str, measure: str) -> None:
    """A column of the matrix, with a cell for every field."""
    if campaign.tasks.filter(name=name).exists() or campaign.tasks.count() >= MOST:
        raise Refused(_("已有工作“%(name)s”，或已满 %(most)s 项工作。") % {"name": name, "most": MOST})
    task = CampaignTask.objects.create(campaign=campaign, name=name, measure=measure, position=campaign.tasks.count())
    Cell.objects.bulk_create([Cell(campaign=campaign, field=field, task=task, **stamped(by)) for field in campaign.fields.all()])


@action("campaigns.set_target", on=Cell, label=gettext_lazy("定目标"), form=forms.TargetForm, when=rules.cell_over)
def set_target(cell: Cell, *, by, amount: Decimal, owner: Organisation) -> None:
    """How much this cell is to come to, and which unit owes it; that unit reads the campaign from now on."""
    cell.target, cell.owner, cell.state = amount, owner, Cell.State.RUNNING
    cell.save(update_fields=["target", "owner", "state"])
    access.grant(cell.dossier, levels_of(cell.campaign))


@action("campaigns.finish", on=Campaign, label=gettext_lazy("收官"), form=forms.FinishForm, when=rules.cannot_finish)
def finish(campaign: Campaign, *, by, summary: str) -> None:
    """What every cell has come to on the last day is kept; a cell with a target is done or missed."""
    at = clock.now()
    for bar in queries.bars(campaign).values():
        if bar.cell.target is not None:
            state = Cell.State.DONE if bar.done >= bar.cell.target else Cell.State.MISSED
            Cell.objects.filter(pk=bar.cell.pk).update(state=state, final=bar.done, updated_at=at, updated_by=by)
    campaign.state, campaign.finished_on, campaign.summary = Campaign.State.FINISHED, clock.today(), summary
    campaign.save(update_fields=["state", "finished_on", "summary"])
