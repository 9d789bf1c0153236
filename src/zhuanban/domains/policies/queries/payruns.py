"""Reads of pay-runs: what is payable, what is frozen, and whether a run still comes out as it was drawn up."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from zhuanban.domains.policies.models import BudgetLine, PayFund, PayRun, Policy, PolicyClaim, PolicyVersion
from zhuanban.domains.policies.rules import claim_book, payments

HELD = (PolicyClaim.State.PAID, PolicyClaim.State.CLAWED_BACK)


def payable(fund: PayFund) -> list[PolicyClaim]:
    """The claims that this fund can pay, in the order of their arrival."""
    lines = fund.lines.filter(state=BudgetLine.State.APPROVED).values("policy")
    rows = PolicyClaim.objects.filter(state=PolicyClaim.State.PAYABLE, policy__in=lines, applied_version__isnull=False)
    return list(rows.select_related("policy", "dossier", "applied_version__policy").order_by("arrived_on", "pk"))


def spent(fund: PayFund) -> dict[int, int]:
    """Policy -> whole yuan paid in the fund's year. What was taken back does not come back into the line."""
    rows = PolicyClaim.objects.filter(state__in=HELD, paid_on__year=fund.year, policy__in=fund.lines.values("policy"))
    return {policy: int(amount) for policy, amount in rows.order_by().values_list("policy").annotate(s=Sum("amount"))}


def frozen(fund: PayFund, claims: list[PolicyClaim]) -> dict[str, Any]:
    """Everything that the amounts of these claims depend on, as plain data."""
    policies = Policy.objects.filter(pk__in={claim.policy_id for claim in claims}).select_related("department").order_by("key")
    versions = PolicyVersion.objects.filter(pk__in={claim.applied_version_id for claim in claims}).select_related("policy")
    gone = spent(fund)
    lines = fund.lines.filter(state=BudgetLine.State.APPROVED, policy__in=policies).select_related("policy")
    stacking = claim_book.stacking_rows()
    rows = claim_book.policy_rows(policies, versions) + _named_only(stacking, {policy.key for policy in policies})
    return {
        "engine": payments.ENGINE,
        "facts": claim_book.schema_rows(),
        "blocks": claim_book.block_rows(),
        "policies": rows,
        "stacking": stacking,
        "budgets": {
            line.policy.key: {
                "amount": max(0, int(line.amount) - gone.get(line.policy_id, 0)),
                "rule": line.rule,
                "words": _("预算余额不足（%(rule)s）") % {"rule": line.get_rule_display()},
            }
            for line in lines
        },
        "received": received(claims),
        "lines": [
            {
                "claim": claim.pk,
                "enterprise": claim.enterprise_id,
                "year": claim.year,
                "policy": claim.policy.key,
                "version": claim.answer["version"],
                "day": claim.answer["day"],
                "facts": claim.facts,
            }
            for claim in claims
        ],
    }


def _named_only(stacking: list[dict[str, Any]], known: set[str]) -> list[dict[str, Any]]:
    """Policies that stacking rules name beside those of the run: only their keys, so that what was received under them still counts."""
    named = {name for rule in stacking for name in (*rule["policies"], rule["base"]) if name} - known
    touched = {name for rule in stacking if known & {*rule["policies"], rule["base"]} for name in (*rule["policies"], rule["base"]) if name}
    return [
        {"id": key, "title": key, "category": key, "department": key, "lane": "apply", "documents": [], "versions": [{"version": 0}]}
        for key in sorted(named & touched)
    ]


def received(claims: list[PolicyClaim]) -> dict[str, dict[str, int]]:
    """`enterprise/year` -> policy -> whole yuan that the enterprise had before this run."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    files, years = {claim.enterprise_id for claim in claims}, {claim.year for claim in claims}
    rows = PolicyClaim.objects.filter(state=PolicyClaim.State.PAID, enterprise__in=files, year__in=years).order_by("pk")
    for enterprise, year, key, amount in rows.values_list("enterprise", "year", "policy__key", "amount"):
        found[f"{enterprise}/{year}"][key] = int(amount or 0)
    return dict(found)


def disagreements(run: PayRun) -> list[str]:
    """Where the run, worked out again from its frozen inputs, is not what its lines say. Empty: equal to the yuan."""
    if payments.digest(run.frozen) != run.digest:
        return [_("冻结的输入被改动")]
    again = {line.claim: (line.asked, line.paid, line.cuts) for line in payments.settled(run.frozen)}
    kept = {line.claim_id: (int(line.asked), int(line.paid), line.cuts) for line in run.lines.all()}
    found = [
        _("第 %(n)s 行") % {"n": at}
        for at, key in enumerate(sorted(again.keys() | kept.keys()), start=1)
        if again.get(key) != kept.get(key)
    ]
    if not found and int(run.total) != sum(paid for _asked, paid, _cuts in kept.values()):
        return [_("合计")]
    return found
