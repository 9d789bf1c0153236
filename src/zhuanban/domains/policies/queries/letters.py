"""Letters to enterprises that newly qualify, and their receipts."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q

from zhuanban.domains.enterprises.models import EnterpriseFile
from zhuanban.domains.people.models import User
from zhuanban.domains.policies.models import Policy, PolicyLetter, PolicyVersion
from zhuanban.domains.policies.queries import impact, library


def due(day: date, policies: set[str] | None = None) -> list[PolicyLetter]:
    """The letters that are owed today, not saved: who is eligible for a version in force and has had no letter of it."""
    found = impact.today(day)
    wanted = [policy for policy in Policy.objects.in_force(day) if policy.key in found and (policies is None or policy.key in policies)]
    versions = {policy.key: library.version_of(policy, day) for policy in wanted}
    had = set(PolicyLetter.objects.filter(edition__in=[each.pk for each in versions.values() if each]).values_list("edition", "file"))
    return [
        PolicyLetter(edition=version, file_id=file, amount=None if amount < 0 else Decimal(amount))
        for policy in wanted
        if (version := versions[policy.key]) is not None and version.valid_from <= day
        for file, amount in zip(found[policy.key].files, found[policy.key].amounts, strict=True)
        if (version.pk, file) not in had
    ]


def readers_of(files: set[int]) -> dict[int, list[int]]:
    """File -> the people of the enterprise who have an account."""
    found: dict[int, list[int]] = defaultdict(list)
    organisations = dict(EnterpriseFile.objects.filter(pk__in=files).values_list("organisation", "pk"))
    for person, organisation in User.objects.filter(organisation__in=organisations, is_active=True).values_list("pk", "organisation"):
        found[organisations[organisation]].append(person)
    return found


def receipts(version: PolicyVersion | None) -> dict[str, int]:
    """How many letters of a version went out, how many reached an account, how many were read."""
    rows = PolicyLetter.objects.filter(edition=version) if version else PolicyLetter.objects.none()
    return rows.aggregate(sent=Count("pk"), reached=Count("pk", filter=Q(told__gt=0)), read=Count("pk", filter=Q(read_at__isnull=False)))
