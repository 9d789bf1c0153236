"""The town's enterprises and policies: in each district a file with facts, an item of the library in the making, and a letter."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date

from zhuanban.domains.enterprises import access as enterprise_access
from zhuanban.domains.enterprises import actions as enterprise_actions
from zhuanban.domains.enterprises.models import EnterpriseFile, Fact, FactKind
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.policies import access
from zhuanban.domains.policies.models import Policy, PolicyLetter, PolicyVersion
from zhuanban.kernel import clock
from zhuanban.kernel.models import Dossier
from zhuanban.kernel.search import search_text

_serial = itertools.count(1)


@dataclass
class Entitled:
    """What a district has: the file of its first firm, a letter to it, an item not yet published with a version in the making."""

    file: EnterpriseFile
    policy: Policy
    version: PolicyVersion
    letter: PolicyLetter


def give_policies(town, area: str, word: str) -> Entitled:
    firm = town.firms[area][0]
    file = enterprise_actions.open_file(firm, by=None)
    at = clock.now()
    Fact.objects.create(
        file=file,
        kind=FactKind.objects.get(name="industry"),
        value="C3670",
        valid_from=date(2022, 1, 1),
        known_at=at,
        source="registry",
        document=f"{word}依据",
    )
    item = policy(town, area, f"{word}奖励", firm)
    version = PolicyVersion.objects.create(
        policy=item,
        number=1,
        valid_from=date(2023, 1, 1),
        document=f"{word}办法",
        entry={"when": [{"id": "c1", "text": f"{word}条件", "if": "高新技术企业", "clause": ""}], "amount": "10万"},
        created_at=at,
        updated_at=at,
    )
    read = at if area == "220106" else None
    letter = PolicyLetter.objects.create(edition=version, file=file, amount=100_000, sent_at=at, told=1, read_at=read)
    policy(town, "220174", f"町奖励{area}", town.office, published_on=date(2023, 1, 1))
    return Entitled(file, item, version, letter)


def policy(town, area: str, name: str, keeper: Organisation, **facts) -> Policy:
    """An item of this district's library that is not published."""
    at, key = clock.now(), f"T{next(_serial):03d}"
    dossier = Dossier.objects.create(kind="policies.policy", ref=f"ZC-{key}", title=name, area=area, search_text=search_text(name))
    made = Policy.objects.create(
        dossier=dossier, area=town.areas[area], key=key, name=name, department=keeper, keeper=keeper, document=f"{name}文件", created_at=at, updated_at=at,
        **{"category": "growth", **facts},
    )  # fmt: skip
    access.regrant(made)
    return made


TARGETS = {
    "enterprises.enterprisefile": lambda town: town.entitled["220106"].file,
    "policies.policy": lambda town: town.entitled["220106"].policy,
    "policies.policyversion": lambda town: town.entitled["220106"].version,
}


def fill_files(town, number: int) -> None:
    """More enterprises with files in the district, with names as they come."""
    for place in range(number):
        name = ("甲企业", "=乙(企业)", "丙’企业")[place % 3]
        firm = Organisation.objects.create(name=name, kind="enterprise", area_id="220106", search_text=search_text(name))
        file = enterprise_actions.open_file(firm, by=None)
        enterprise_access.regrant(file)


def fill_policies(town, number: int) -> None:
    for place in range(number):
        policy(town, "220106", f"奖励{place % 4}", town.office, category=("growth", "talent")[place % 2], lane=("apply", "fast")[place % 2])


def fill_letters(town, number: int) -> None:
    first = town.entitled["220106"]
    for place in range(number):
        item = policy(town, "220106", f"奖励{place % 4}", town.office)
        version = PolicyVersion.objects.create(
            policy=item, number=1, valid_from=date(2023, 1, 1), created_at=first.policy.created_at, updated_at=first.policy.created_at
        )
        PolicyLetter.objects.create(edition=version, file=first.file, sent_at=first.letter.sent_at)


FILLERS = {"enterprises.enterprisefile": fill_files, "policies.policy": fill_policies, "policies.policyletter": fill_letters}
ROWS = {
    "enterprise": lambda town, area: town.entitled[area].file,
    "having": lambda town, area: town.entitled[area].file,
    "past": lambda town, area: town.entitled[area].file,
    "letter": lambda town, area: town.entitled[area].letter,
    "policy": lambda town, area: town.entitled[area].policy,
    "subscribe": lambda town, area: town.entitled[area].policy,
    "version": lambda town, area: town.entitled[area].version,
    "version_rows": lambda town, area: town.entitled[area].version,
    "version_save": lambda town, area: town.entitled[area].version,
    "version_try": lambda town, area: town.entitled[area].version,
}
