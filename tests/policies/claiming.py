"""A small world in which policies are claimed: an office that keeps three policies, a treasury with two payers, enterprises with facts."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

from zhuanban.domains.enterprises.access import regrant as regrant_file
from zhuanban.domains.enterprises.models import EnterpriseFile, Fact, FactKind
from zhuanban.domains.policies.access import regrant
from zhuanban.domains.policies.models import Policy, PolicyVersion, StackingRule
from zhuanban.kernel import clock
from zhuanban.kernel.models import Dossier

_serial = itertools.count(1)
GOOD = {"dishonest": False, "accident": False, "status": "存续", "in_zone": True}
SINCE, KNOWN = date(2021, 1, 1), datetime(2021, 1, 1, tzinfo=UTC)


def policy(office, lane: str = "apply", *, key: str = "", area: str = "220106", when: str = "研发费用 >= $least", amount: str = "min(研发费用 * $rate, $cap)", **facts: Any) -> Policy:  # fmt: skip
    """A published policy with one version: a tenth of the research costs from a million on, at most half a million."""
    key = key or f"T{next(_serial):03d}"
    at = clock.now()
    dossier = Dossier.objects.create(kind="policies.policy", ref=f"ZC-{key}", title=key, area=area)
    row = Policy.objects.create(
        dossier=dossier, area_id=area, key=key, name=f"研发补助{key}", category=facts.pop("category", "innovation"), department=office, keeper=office,
        lane=lane, document="测试办法", published_on=SINCE, created_at=at, updated_at=at,
    )  # fmt: skip
    entry = {
        "params": facts.pop("params", {"least": "100万", "rate": "10%", "cap": "50万"}),
        "when": [{"id": "a", "text": "研发费用达到标准", "if": when.replace("研发费用", "上年研发费用")}],
        "amount": amount.replace("研发费用", "上年研发费用"),
        **facts,
    }
    PolicyVersion.objects.create(
        policy=row, number=1, state="published", valid_from=SINCE, published_at=KNOWN, entry=entry, created_at=at, updated_at=at
    )
    regrant(row)
    return row


def enterprise(organisation, **facts: Any) -> EnterpriseFile:
    """An enterprise in good standing with these facts."""
    at = clock.now()
    dossier = Dossier.objects.create(
        kind="enterprises.enterprise", ref=f"QY-T{next(_serial):05d}", title=organisation.name, area=organisation.area_id
    )
    file = EnterpriseFile.objects.create(dossier=dossier, organisation=organisation, area=organisation.area, created_at=at, updated_at=at)
    regrant_file(file)
    state(file, **GOOD | facts)
    return file


def state(file: EnterpriseFile, known: datetime = KNOWN, **facts: Any) -> None:
    kinds = {kind.name: kind for kind in FactKind.objects.filter(name__in=facts)}
    Fact.objects.bulk_create(
        Fact(file=file, kind=kinds[name], value=value, valid_from=SINCE, known_at=known, source="department")
        for name, value in facts.items()
    )


def same_matter(*keys: str) -> StackingRule:
    return StackingRule.objects.create(kind="same_matter", words="同一事项就高不重复", policies=list(keys))


def account(number: str = "6222020200012345678") -> dict[str, Any]:
    """Where the money goes, as the form hands it on."""
    from zhuanban.domains.policies.forms.claims import Secret

    return {"holder": Secret("某某公司", "***"), "bank": Secret("某某银行", "***"), "account": Secret(number, f"****{number[-4:]}")}
