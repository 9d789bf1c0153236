"""The numbers of the weekly dispatch: meetings held, and what became of their decisions."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.dispatch.models import Decision, Meeting
from zhuanban.kernel.figures import Reading, Scope, count, figure, share

MEETINGS, DECISIONS = "dispatch.meetings", "dispatch.decisions"


def meetings(scope: Scope):
    """The meetings that were held, as far as the reader sees them."""
    rows = Meeting.objects.all() if scope.user is None else Meeting.objects.visible_to(scope.user)
    rows = rows.happened().filter(held_on__lte=scope.on)
    return rows.filter(series__area=scope.area) if scope.area else rows


def decisions(scope: Scope):
    """The decisions that somebody has to carry out; of an area: those on its projects, and those of its own meetings on none."""
    rows = Decision.objects.all() if scope.user is None else Decision.objects.visible_to(scope.user)
    of_area = Q(project__area=scope.area) | Q(project=None, series__area=scope.area)
    return rows.asked().filter(of_area) if scope.area else rows.asked()


@figure(
    "dispatch.decisions_done_share",
    label=_("会议决定落实率"),
    unit="pct",
    listing=DECISIONS,
    definition=_("期限已到或已完成的会议决定中，已完成的比例；记录在案的和撤销的不计"),
)
def decisions_done_share(scope: Scope) -> Reading:
    due = decisions(scope).due_by(scope.on)
    return share(due, Q(done_on__isnull=False), "done", "due")


@figure(
    "dispatch.decisions_overdue",
    label=_("逾期的会议决定"),
    unit="decision",
    listing=DECISIONS,
    definition=_("期限已过、没有完成也没有撤销的会议决定"),
)
def decisions_overdue(scope: Scope) -> Reading:
    return count(decisions(scope).overdue(scope.on))


@figure("dispatch.meetings_held", label=_("已开调度会"), unit="event", listing=MEETINGS, definition=_("已散会的市级、区级、专班调度会次数"))
def meetings_held(scope: Scope) -> Reading:
    return count(meetings(scope))
