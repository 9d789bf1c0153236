"""What happens to claims by the clock: the snapshot and the entitlements every night, matching, notices that are over, words not kept."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from zhuanban.domains.policies.actions import claims, entitlements
from zhuanban.domains.policies.models import ClawBack, Policy, PolicyClaim
from zhuanban.domains.policies.notices.claims import department, people_of
from zhuanban.domains.policies.queries import snapshots
from zhuanban.domains.policies.rules import claims as rules
from zhuanban.kernel import clock, notices
from zhuanban.kernel.deadlines import on_due
from zhuanban.kernel.jobs import progress, schedule, task
from zhuanban.kernel.words import kept

REBUILD = "policies.rebuild_snapshot"


@task(max_attempts=3, backoff=60)
def rebuild_snapshot() -> dict[str, Any]:
    """Write the column snapshot anew, put it in use, and bring the year's entitlements up to it."""
    stamp = snapshots.build(progress)
    return {"snapshot": stamp, "entitlements": entitlements.work_out(progress)}


@task(max_attempts=3, backoff=60)
def match_all() -> int:
    """Open the claims that nobody has to ask for. Returns how many policies were looked at."""
    policies = [policy for policy in Policy.objects.in_force(clock.today()).filter(lane=Policy.Lane.NO_APPLICATION)]
    if snapshots.current() is None:
        return 0
    for at, policy in enumerate(policies, start=1):
        claims.match_claims(policy, by=None)
        progress(at, len(policies), policy.name)
    return len(policies)


def claim_of(deadline: Any) -> PolicyClaim | None:
    return PolicyClaim.objects.select_for_update().filter(dossier=deadline.dossier_id).first()


@on_due("policies.notice_over", lock=claim_of)
def notice_over(deadline: Any) -> None:
    """The public notice has run its days and nobody's objection is open."""
    claim = claim_of(deadline)
    if claim and claim.notice_clock_id == deadline.pk and not rules.cannot_end_notice(claim):
        claims.end_notice(claim, by=None)


@on_due("policies.pay_late", lock=claim_of)
def pay_late(deadline: Any) -> None:
    """The city's word to pay was not kept: those who owe it are told, and the enterprise."""
    claim = claim_of(deadline)
    if claim is None or claim.over:
        return
    with kept():
        text = _("超过承诺兑付期限（%(day)s）：%(title)s") % {"day": deadline.due_on, "title": claim.dossier.title}
    told = {*people_of(deadline.holder.key), *department(claim), *people_of(f"org:{claim.enterprise.organisation_id}")}
    notices.leave(dict.fromkeys(told, text), dossier=claim.dossier_id, url=claim.get_absolute_url())


@on_due("policies.return_late", lock=claim_of)
def return_late(deadline: Any) -> None:
    """What was demanded back has not come: the department and the payer are told."""
    back = ClawBack.objects.filter(deadline=deadline.pk).select_related("claim__policy", "claim__run__fund").first()
    if back is None or back.returned_on:
        return
    claim = back.claim
    with kept():
        text = _("追回资金到期未退（%(day)s）：%(title)s") % {"day": deadline.due_on, "title": claim.dossier.title}
    payer = people_of(f"org:{claim.run.fund.payer_id}") if claim.run else []
    told = {*department(claim), *payer}
    notices.leave(dict.fromkeys(told, text), dossier=claim.dossier_id, url=claim.get_absolute_url())


schedule("policies.rebuild_snapshot", "40 1 * * *", rebuild_snapshot)
schedule("policies.match_all", "30 2 * * *", match_all)
