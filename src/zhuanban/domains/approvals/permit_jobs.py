"""What permit plans do by the clock: all of them when a day begins or the catalogue has changed, those that something happened to soon."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from zhuanban.domains.approvals.actions import planning
from zhuanban.domains.approvals.models import PermitPlan
from zhuanban.kernel.jobs import progress, schedule, task

ALL = "approvals:permit_plans"
"""The key of the one job that computes all plans; pages look for its progress."""
SOON = timedelta(seconds=20)
"""How long changes are gathered before the plans that they touch are computed."""


@task(max_attempts=3, backoff=60)
def plan_all() -> int:
    """Compute every permit plan for today by the catalogue in force."""
    return planning.recompute(PermitPlan.objects.all(), told=lambda done, total: progress(done, total, _("审批计划")))


@task(max_attempts=3)
def plan_changed() -> int:
    """Compute the plans of another day, and those of projects to which something happened since."""
    return planning.recompute(planning.stale())


schedule("approvals.plan_all", "25 0 * * *", plan_all)
schedule("approvals.plan_changed", "*/5 * * * *", plan_changed)
