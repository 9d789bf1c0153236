"""The numbers that campaigns answer for."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.campaigns.models import Campaign, Cell
from zhuanban.kernel.figures import Reading, Scope, count, figure, share

CELLS = "campaigns.cells"


def cells(scope: Scope) -> QuerySet[Cell]:
    """The cells of the newest campaign of the scope's time that its reader sees."""
    rows = Campaign.objects.all() if scope.user is None else Campaign.objects.visible_to(scope.user)
    newest = rows.filter(starts_on__lte=scope.on).order_by("-starts_on", "-pk").values_list("pk", flat=True).first()
    return Cell.objects.filter(campaign=newest) if newest else Cell.objects.none()


@figure(
    "campaigns.cells",
    label=_("攻坚格"),
    unit="cell",
    paper="F23",
    listing=CELLS,
    definition=_("最近一次攻坚行动的领域数乘工作数，逐格计数。"),
)
def all_cells(scope: Scope) -> Reading:
    return count(cells(scope))


@figure(
    "campaigns.cells_done",
    label=_("完成的攻坚格"),
    unit="cell",
    listing=CELLS,
    definition=_("最近一次攻坚行动中，按记录算出的完成量达到目标的格数。"),
)
def cells_done(scope: Scope) -> Reading:
    return count(cells(scope).filter(state=Cell.State.DONE))


@figure(
    "campaigns.done_share",
    label=_("攻坚完成率"),
    unit="pct",
    listing=CELLS,
    definition=_("最近一次攻坚行动中，完成的格数除以有目标的格数。"),
)
def done_share(scope: Scope) -> Reading:
    rows = cells(scope).exclude(target=None)
    return share(rows, Q(state=Cell.State.DONE), str(_("完成")), str(_("有目标")))
