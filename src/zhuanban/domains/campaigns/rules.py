"""When the verbs of campaigns may be done."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.campaigns.models import Campaign, Cell
from zhuanban.kernel import clock


def over(campaign: Campaign) -> str:
    return _("行动已经收官。") if campaign.state == Campaign.State.FINISHED else ""


def cannot_finish(campaign: Campaign) -> str:
    if reason := over(campaign):
        return reason
    if clock.today() <= campaign.ends_on:
        return _("行动到 %(day)s 才结束。") % {"day": campaign.ends_on}
    return ""


def cell_over(cell: Cell) -> str:
    return over(cell.campaign)
