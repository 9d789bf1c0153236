"""Who should enjoy what, worked out for everybody: called by the job, not by people."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.db import transaction

from zhuanban.domains.policies.models import Entitlement, Policy, PolicyClaim
from zhuanban.domains.policies.queries import simulation, snapshots
from zhuanban.kernel import clock

Progress = Callable[[int, int, str], None]


def work_out(progress: Progress = lambda done, total, words: None) -> int:
    """Bring this year's entitlements up to the snapshot in use, policy by policy. Returns how many there are.

    What was paid stays, also where the enterprise is no longer eligible.
    """
    snapshot = snapshots.current()
    if snapshot is None:
        return 0
    today = clock.today()
    policies = list(Policy.objects.in_force(today).order_by("key"))
    Entitlement.objects.filter(year=today.year, enjoyed_on=None).exclude(policy__in=policies).delete()
    for at, policy in enumerate(policies, start=1):
        found = simulation.outcome(snapshot, policy, today)
        expected = {int(snapshot.files[row]): int(amount) for row, amount in zip(found.rows, found.amounts, strict=True) if amount}
        _keep(policy, today.year, expected)
        progress(at, len(policies), policy.name)
    return Entitlement.objects.filter(year=today.year).count()


@transaction.atomic
def _keep(policy: Policy, year: int, expected: dict[int, int]) -> None:
    """One policy's rows: those that no longer hold and were not enjoyed go, the others are written anew."""
    paid = dict(PolicyClaim.objects.paid().filter(policy=policy, year=year).values_list("enterprise", "paid_on"))
    Entitlement.objects.filter(policy=policy, year=year, enjoyed_on=None).exclude(enterprise__in=expected).delete()
    today = clock.today()
    Entitlement.objects.bulk_create(
        [
            Entitlement(
                policy=policy, enterprise_id=file, year=year, expected=Decimal(max(amount, 0)), open=amount < 0, enjoyed_on=paid.get(file),
                worked_out_on=today,
            )
            for file, amount in expected.items()
        ],
        update_conflicts=True,
        unique_fields=["policy", "enterprise", "year"],
        update_fields=["expected", "open", "enjoyed_on", "worked_out_on"],
        batch_size=2000,
    )  # fmt: skip
