"""Which events let permit plans be computed anew, and who hears of a change of the catalogue."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.approvals import permit_jobs
from zhuanban.domains.approvals.models import ItemVersion, PermitPlan, PermitStep
from zhuanban.domains.people.queries import holders
from zhuanban.kernel import clock
from zhuanban.kernel.notices import hears


@hears(
    *("approvals.change_limit", "approvals.add_prerequisite", "approvals.remove_prerequisite"),
    *("approvals.change_lists", "approvals.weigh_paper"),
)
def catalogue_changed(version: ItemVersion, *, by, event):
    """Handlers and approvers hear of it; where it holds from today, all plans are computed by it at once, later ones in the night."""
    if version.effective_from <= clock.today():
        permit_jobs.plan_all.using(dedupe_key=permit_jobs.ALL, owner=by).enqueue()
    text = _("审批事项目录变更：%(change)s，自 %(day)s 起") % {"change": version.catalogue.change, "day": version.effective_from}
    hearing = {*holders("case_handler").values_list("pk", flat=True), *holders("approver").values_list("pk", flat=True)}
    return [(person, text) for person in sorted(hearing)]


MOVE_PLANS = (
    *("portfolio.advance", "portfolio.revise", "portfolio.suspend", "portfolio.resume", "portfolio.add_proof"),
    *("approvals.accept", "approvals.accept_tolerant", "approvals.deem_accepted", "approvals.pause", "approvals.resume"),
    *("approvals.approve", "approvals.reject", "approvals.withdraw", "approvals.lapse", "approvals.extend_term"),
    *("approvals.sign_commitment", "approvals.issue_certificate", "approvals.void", "approvals.revoke", "approvals.revoke_commitment"),
)
"""The verbs after which an item of a plan stands otherwise. What no verb of these says is found by the sweep of the next minutes."""


@hears(*MOVE_PLANS)
def project_moved(subject, *, by, event):
    """Compute soon: many changes within a moment are one job."""
    permit_jobs.plan_changed.using(dedupe_key="approvals:plans_changed", run_after=clock.machine_now() + permit_jobs.SOON).enqueue()
    return []


@hears("portfolio.merge")
def plan_goes_along(proposal, *, by, event):
    """The plan of the project that was folded in goes on with the other one, unless that has its own."""
    gone, kept = proposal.other_id, proposal.project_id
    if not PermitPlan.objects.filter(project=kept).exists():
        PermitStep.objects.filter(project=gone).update(project=kept)
        PermitPlan.objects.filter(project=gone).update(project=kept, computed_at=None)
    return []
