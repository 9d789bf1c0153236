"""The demo's policy library, the files of 613 enterprises with gaps in what is known, letters, and versions in the making.

Categories and the number of items are the city's; all else is invented. Of enterprises that really exist nothing is invented: they get no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from json import dumps
from random import Random
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import reverse

from zhuanban.domains.enterprises.models import EnterpriseFile, Fact, FactKind
from zhuanban.domains.people.models import Organisation, User
from zhuanban.domains.policies import access as policy_access
from zhuanban.domains.policies import seeds
from zhuanban.domains.policies.models import ConditionBlock, Policy, PolicyLetter, PolicyVersion, StackingRule
from zhuanban.domains.policies.queries import impact, letters
from zhuanban.domains.policies.queries import library as library_queries
from zhuanban.kernel import access, clock, timeline
from zhuanban.kernel.access import ACT, SEE
from zhuanban.kernel.models import Access, Dossier, Event, Notice
from zhuanban.kernel.search import search_text
from zhuanban.site.demo import bulk
from zhuanban.site.demo.drafts import instant

ZONE = "220174"
SERVED = 613
DOCUMENT = "汽开区惠企激励政策汇编（演示）"
LANES = {"apply": Policy.Lane.APPLY, "fast": Policy.Lane.FAST, "auto": Policy.Lane.NO_APPLICATION}
PUBLISHED = {2021: datetime(2021, 1, 4, 1, 30), 2023: datetime(2023, 1, 3, 1, 30)}
KEEPER, DEPARTMENTS = "policy-a", "汽开区{}（演示）"
GAP = 0.16
"""How many facts are not known, by chance."""
SURE = {"in_zone", "status", "industry", "size", "registered_on", "above_scale", "graduated_on", "case_by_case", "dishonest", "accident"}
"""What registers tell: seldom unknown."""


def load(users: Mapping[str, User], facts: Mapping[str, Any], seed: int) -> None:
    """Library, files, facts, letters, drafts."""
    keeper = users[KEEPER].organisation
    if keeper is None:
        return
    policies = library(keeper, users)
    coming(keeper, facts["policies"]["qikai"]["coming"], policies)
    files = open_files(users)
    state_facts(files, users, seed)
    send_letters(seed)
    in_the_making(policies, users)


# The library ----------------------------------------------------------------------------------------------------------


def library(keeper: Organisation, users: Mapping[str, User]) -> dict[str, Policy]:
    book = seeds.read(seeds.BOOK)
    ConditionBlock.objects.bulk_create(
        [
            ConditionBlock(key=row["id"], title=row["title"], entry={"when": row["when"]}, source=DOCUMENT, position=place)
            for place, row in enumerate(book["blocks"])
        ]
    )
    StackingRule.objects.bulk_create([StackingRule(position=place, **stacking(row)) for place, row in enumerate(book["stacking"])])
    departments = {name: department(name, place) for place, name in enumerate(dict.fromkeys(row["department"] for row in book["policies"]))}
    categories = {str(label): key for key, label in Policy.Category.choices}
    dossiers = make_dossiers(
        [("policies.policy", f"ZC-{row['id']}", row["title"], ZONE, search_text(row["title"], row["id"])) for row in book["policies"]]
    )
    made: dict[str, Policy] = {}
    for row, dossier in zip(book["policies"], dossiers, strict=True):
        first = PUBLISHED[row["versions"][0]["valid"][0].year]
        stamps = {"created_at": aware(first), "updated_at": aware(first), "synthetic": True, "source": DOCUMENT}
        made[row["id"]] = Policy(
            dossier=dossier, area_id=ZONE, key=row["id"], name=row["title"], category=categories[row["category"]], department=departments[row["department"]],
            keeper=keeper, lane=LANES[row["lane"]], phone=f"0431-5550{list(departments).index(row['department']) + 1:02d}{int(row['id'][1:]):02d}",
            papers=row["documents"], document=DOCUMENT, clause=row["versions"][0]["source"]["clause"], stacking_group=row["group"],
            budget_line=f"惠企奖补 · {row['category'][:12]}", published_on=first.date(), **stamps,
        )  # fmt: skip
    Policy.objects.bulk_create(made.values())
    author, approver = users[KEEPER], users["policy-check-a"]
    PolicyVersion.objects.bulk_create(
        [version(made[row["id"]], told, author, approver) for row in book["policies"] for told in row["versions"]]
    )
    give_access({policy.dossier_id: policy_access.levels_of(policy) for policy in made.values()})
    publish_events(made.values(), book["policies"])
    point(dossiers, "policies:policy", {policy.dossier_id: policy.pk for policy in made.values()})
    return made


def stacking(row: Mapping[str, Any]) -> dict[str, Any]:
    cap = row.get("cap")
    yuan = int(cap.removesuffix("万")) * 10_000 if isinstance(cap, str) else cap
    return {
        "kind": row["kind"],
        "words": row["words"],
        "policies": row["policies"],
        "cap": yuan,
        "cap_fact": row.get("cap_fact", ""),
        "base": row.get("base", ""),
    }


def department(name: str, place: int) -> Organisation:
    full = DEPARTMENTS.format(name)
    return Organisation.objects.create(
        name=full, short_name=f"汽开{name}", kind="government", area_id=ZONE, synthetic=True, search_text=search_text(full)
    )


def version(policy: Policy, told: Mapping[str, Any], author: User, approver: User) -> PolicyVersion:
    first, last = told["valid"]
    at = aware(PUBLISHED[first.year])
    own = ("version", "valid", "source")
    return PolicyVersion(
        policy=policy, number=told["version"], state=PolicyVersion.State.PUBLISHED, valid_from=first, valid_to=last, published_at=at, document=DOCUMENT,
        clause=told["source"]["clause"], entry={name: plain(value) for name, value in told.items() if name not in own}, author=author, approver=approver,
        created_at=at - timedelta(days=12), updated_at=at, synthetic=True,
    )  # fmt: skip


def plain(value: Any) -> Any:
    """Days as text, all the way down: an entry is kept as JSON."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def publish_events(policies: Any, rows: list[Mapping[str, Any]]) -> None:
    told = {row["id"]: row for row in rows}
    events = []
    for policy in policies:
        for each in told[policy.key]["versions"]:
            at = aware(PUBLISHED[each["valid"][0].year])
            events.append(timeline.chain(policy.dossier, "policies.publish", actor="policy-check-a", subject="", at=at, data={"said": {}}))
    Event.objects.bulk_create(events)


def coming(keeper: Organisation, names: list[str], policies: Mapping[str, Policy]) -> None:
    """The items that the city said were to come (A5): their names, and nothing more."""
    at, department_ = aware(datetime(2023, 2, 6, 1, 30)), policies["C01"].department
    dossiers = make_dossiers(
        [("policies.policy", f"ZC-Z{place:02d}", name, ZONE, search_text(name)) for place, name in enumerate(names, 1)]
    )
    categories = {"总部经济": "services", "科技研发": "innovation"}
    made = [
        Policy(
            dossier=dossier, area_id=ZONE, key=f"Z{place:02d}", name=name, category=categories.get(name, "industry"), department=department_, keeper=keeper,
            document="公开报道（A5）：即将出台", created_at=at, updated_at=at, synthetic=False,
        )
        for place, (name, dossier) in enumerate(zip(names, dossiers, strict=True), 1)
    ]  # fmt: skip
    Policy.objects.bulk_create(made)
    give_access({policy.dossier_id: policy_access.levels_of(policy) for policy in made})
    point(dossiers, "policies:policy", {policy.dossier_id: policy.pk for policy in made})


# Files ----------------------------------------------------------------------------------------------------------------


def open_files(users: Mapping[str, User]) -> list[EnterpriseFile]:
    """Files for 613 invented enterprises: those with accounts, those of the zone, and others that work in the zone or may come."""
    invented = Organisation.objects.filter(kind="enterprise", synthetic=True)
    own = [user.organisation_id for name, user in users.items() if name.startswith(("enterprise-", "owner-")) and user.organisation_id]
    chosen = list(invented.filter(pk__in=own).order_by("pk"))
    chosen += list(invented.filter(area=ZONE).exclude(pk__in=own).order_by("pk"))
    chosen += list(invented.exclude(area=ZONE).exclude(pk__in=own).order_by("uscc", "pk")[: max(0, SERVED - len(chosen))])
    chosen = chosen[:SERVED]
    areas = {row.pk: ZONE if row.area_id == ZONE or row.pk in own or place % 2 else row.area_id for place, row in enumerate(chosen)}
    at = aware(datetime(2022, 1, 5, 2, 0))
    dossiers = make_dossiers(
        [("enterprises.enterprise", f"QY-{row.pk:06d}", row.name, areas[row.pk], row.search_text) for row in chosen], at=at
    )
    EnterpriseFile.objects.bulk_create(
        [
            EnterpriseFile(
                dossier=dossier, organisation=row, area_id=areas[row.pk], created_at=at, updated_at=at, synthetic=True, source="演示"
            )
            for row, dossier in zip(chosen, dossiers, strict=True)
        ]
    )
    files = list(EnterpriseFile.objects.filter(organisation__in=chosen).select_related("organisation").order_by("pk"))
    offices = {f"org:{office}": SEE for office in policy_access.offices_of(ZONE)}
    city = f"area:{settings.CITY['area']}"
    levels = {
        file.dossier_id: {city: ACT, f"area:{file.area_id}": ACT, f"org:{file.organisation_id}": ACT}
        | (offices if file.area_id == ZONE else {})
        for file in files
    }
    give_access(levels)
    point(dossiers, "enterprises:enterprise", {file.dossier_id: file.pk for file in files})
    return files


def make_dossiers(rows: list[tuple[str, str, str, str, str]], at: datetime | None = None) -> list[Dossier]:
    refs = [row[1] for row in rows]
    Dossier.objects.bulk_create(
        [Dossier(kind=kind, ref=ref, title=title, area=area, search_text=text, changed_at=at) for kind, ref, title, area, text in rows]
    )
    found = {dossier.ref: dossier for dossier in Dossier.objects.filter(ref__in=refs)}
    return [found[ref] for ref in refs]


def point(dossiers: list[Dossier], view: str, rows: Mapping[int, int]) -> None:
    """Let dossiers lead to their pages, and keep the ends of their chains."""
    link = reverse(view, args=[0])
    told = [(link.replace("0", str(rows[each.pk])), each.head_seq, each.head_hash, stored(each.changed_at), each.pk) for each in dossiers]
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE kernel_dossier SET url = %s, head_seq = %s, head_hash = %s, changed_at = %s WHERE id = %s", told)


def give_access(levels: Mapping[int, Mapping[str, int]]) -> None:
    ids = access.principal_ids({key for each in levels.values() for key in each})
    bulk.insert(
        Access,
        ("principal_id", "dossier_id", "level"),
        [(ids[key], dossier, level) for dossier, each in levels.items() for key, level in each.items()],
    )


def aware(naive: datetime) -> datetime:
    return naive.replace(tzinfo=UTC)


def stored(instant_: datetime | None) -> Any:
    """An instant as the database keeps it."""
    return connection.ops.adapt_datetimefield_value(instant_)


# Facts ----------------------------------------------------------------------------------------------------------------

SECTORS = (
    ("C3670", 30, ("零部件",)), ("C3660", 6, ("零部件", "装备")), ("C3612", 3, ("新能源", "整车")), ("C3841", 5, ("新能源", "汽车电子")), ("C3985", 5, ("汽车电子",)),
    ("C2915", 5, ("新材料", "零部件")), ("C3484", 6, ("装备",)), ("C3562", 4, ("智能网联", "装备")), ("F5261", 6, ("现代服务",)), ("F5171", 4, ()), ("G5990", 6, ("现代服务",)),
    ("I6513", 6, ("智能网联", "现代服务")), ("M7320", 6, ("现代服务",)), ("L7211", 4, ("现代服务",)), ("E4710", 3, ()), ("H6210", 2, ()),
)  # fmt: skip
SOURCES = {"登记": "registry", "信用": "credit", "经营": "statistics", "投资": "department", "创新": "department", "人员": "department"}
KNOWN = {"registry": (2022, 1, 6), "credit": (2022, 1, 6), "tax": (2023, 1, 18), "statistics": (2023, 1, 20), "department": (2022, 12, 20)}
LEVELS = {
    "specialised": ("未认定", "创新型", "省级专精特新", "国家级小巨人"),
    "platform": ("未认定", "市级", "省级", "国家级"),
    "smart": ("未认定", "数字化车间", "智能工厂", "标杆工厂"),
}
OF_ACCOUNTS: dict[str, dict[str, Any]] = {
    "丹雀": {
        "in_zone": True, "industry": "C2915", "chain": ["新材料", "零部件"], "size": "中型", "above_scale": True, "graduated_on": "2022-05-10", "high_tech": True,
        "high_tech_on": "2022-10-20", "revenue": 186_000_000, "revenue_growth": 126_000, "output": 192_000_000, "output_growth": 113_000, "research": 9_100_000,
        "equipment": 2_600_000, "project_filed": True, "fixed_investment": 68_000_000, "specialised": "省级专精特新", "staff": 212, "insured": 205, "graduates": 9,
        "dishonest": False, "accident": False, "status": "存续", "case_by_case": False, "patents": 9, "platform": None, "loan_interest": None, "doctors": None,
    },
    "银狐": {
        "in_zone": True, "industry": "C3985", "chain": ["汽车电子", "智能网联"], "size": "小型", "above_scale": False, "graduated_on": "无", "high_tech": False,
        "tech_sme": True, "revenue": 17_600_000, "revenue_growth": 208_000, "research": 2_450_000, "plant_rent": 420_000, "registered_on": "2020-06-18", "staff": 46,
        "insured": 44, "graduates": 4, "dishonest": False, "accident": False, "status": "存续", "case_by_case": False, "specialised": "创新型", "high_talent": None,
    },
    "金鸾": {"in_zone": True, "industry": "C3670", "chain": ["零部件"], "above_scale": True, "size": "大型", "status": "存续", "dishonest": False, "accident": False},
}  # fmt: skip
"""What the enterprises with accounts have for certain; None: not known."""


def state_facts(files: list[EnterpriseFile], users: Mapping[str, User], seed: int) -> None:
    """Facts of every file from the seed. A fact that is not drawn is not known, which is not the same as none."""
    rng, kinds = Random(seed + 79), {kind.name: kind for kind in FactKind.objects.all()}
    names = ("file_id", "kind_id", "value", "valid_from", "valid_to", "known_at", "source")
    known = {source: stored(instant(date(*day), source)) for source, day in KNOWN.items()}
    rows = list(_rows(files, rng, kinds, known))
    bulk.insert(Fact, names, rows, document="", by_id=None, synthetic=True)


def _rows(
    files: list[EnterpriseFile], rng: Random, kinds: Mapping[str, FactKind], known: Mapping[str, datetime]
) -> Iterator[tuple[Any, ...]]:
    texts: dict[Any, str] = {}
    start, this, last, before = date(2020, 1, 1), date(2023, 1, 1), date(2022, 1, 1), stored(instant(date(2022, 1, 22), "tax"))
    for file in files:
        told = profile(rng, file.area_id == ZONE)
        for word, fixed in OF_ACCOUNTS.items():
            if file.organisation.name.startswith(word):
                told |= fixed
        more = file.pk % 5 < 2 or file.organisation.name[:2] in OF_ACCOUNTS
        for name, value in told.items():
            if value is None:
                continue
            kind = kinds[name]
            source = "tax" if name in {"local_tax", "research", "revenue"} else SOURCES[kind.group]
            key = tuple(value) if isinstance(value, list) else (type(value), value)
            if key not in texts:
                texts[key] = dumps(value, ensure_ascii=False)
            if not kind.annual:
                yield (file.pk, kind.pk, texts[key], start, None, known["department" if source == "statistics" else source], source)
                continue
            yield (
                file.pk,
                kind.pk,
                texts[key],
                this,
                date(2024, 1, 1),
                known[source if source in {"tax", "statistics"} else "tax"],
                source,
            )
            if more:
                earlier = int(value * 0.86) if isinstance(value, int) and not isinstance(value, bool) else value
                yield (file.pk, kind.pk, dumps(earlier), last, this, before, source)


def profile(rng: Random, zone: bool) -> dict[str, Any]:
    """One enterprise, drawn: larger ones invest, research and employ more; what does not apply is 0 or 未认定, what is not known is left out."""
    code, chain = rng.choices([(code, chain) for code, _weight, chain in SECTORS], [weight for _code, weight, _chain in SECTORS])[0]
    maker, revenue = code.startswith("C"), round(10 ** rng.gauss(7.55, 0.62), -4)
    revenue = int(min(max(revenue, 400_000), 2.4e10))
    size = "大型" if revenue >= 4e8 else "中型" if revenue >= 6e7 else "小型" if revenue >= 5e6 else "微型"
    staff = max(4, int(revenue / rng.uniform(450_000, 1_300_000)))
    above = revenue >= 2e7 and rng.random() < 0.86
    tech = rng.random() < (0.34 if maker or code[0] in "IM" else 0.05)
    invests, began = rng.random() < 0.55, _day(rng, 2018, 2022)
    level = lambda name, share: LEVELS[name][min(3, int(rng.expovariate(1.4)) + 1)] if rng.random() < share else "未认定"  # noqa: E731 - three like lines
    produced = _later(rng, began) if invests and rng.random() < 0.7 else "无"
    money = lambda share: int(revenue * share * rng.uniform(0.4, 1.6))  # noqa: E731 - the same draw for many facts
    some = lambda share, value: value if rng.random() < share else 0  # noqa: E731
    told: dict[str, Any] = {
        "in_zone": rng.random() < (0.94 if zone else 0.08), "status": "存续" if rng.random() < 0.98 else "注销", "industry": code, "registered_on": _day(rng, 2004, 2022),
        "size": size, "chain": list(chain), "above_scale": above, "graduated_on": _day(rng, 2015, 2022) if above else "无",
        "headquarters": rng.choices(["未认定", "区域总部", "全国总部"], [95, 4, 1])[0], "listing": rng.choices(["未启动", "辅导备案", "申报受理", "已上市"], [94, 3, 1, 2])[0],
        "case_by_case": rng.random() < 0.06, "dishonest": rng.random() < 0.015, "accident": rng.random() < 0.02, "revenue": revenue,
        "revenue_growth": int(rng.gauss(60_000, 130_000)), "output": int(revenue * rng.uniform(0.95, 1.1)) if maker else 0,
        "output_growth": int(rng.gauss(60_000, 120_000)) if maker else 0, "local_tax": money(0.011), "exports": some(0.2, money(0.15)),
        "retail_sales": money(0.7) if code[0] in "FH" else 0, "online_sales": some(0.15, money(0.2)), "local_purchase": some(0.5, money(0.12)) if maker else 0,
        "exhibitions": some(0.04, 1), "logistics_class": rng.choice(["未评定", "2A", "3A", "4A", "5A"]) if code[0] == "G" else "未评定",
        "fixed_investment": money(0.9) if invests else 0, "equipment": money(0.07) if invests else 0, "foreign_capital": some(0.04, money(0.2)), "project_filed": invests,
        "signed_on": _earlier(rng, began) if invests else "无", "started_on": began if invests else "无", "produced_on": produced,
        "plant_rent": some(0.35, min(money(0.012), 4_000_000)), "idle_plant": some(0.08, rng.randrange(500, 12_000, 100)), "loan": some(0.3, money(0.3)),
        "loan_interest": some(0.3, money(0.013)), "research": money(0.045) if tech else some(0.2, money(0.012)), "high_tech": tech,
        "high_tech_on": _day(rng, 2020, 2022) if tech else "无", "tech_sme": (tech and rng.random() < 0.6) or rng.random() < 0.06, "specialised": level("specialised", 0.22 if maker else 0.06),
        "platform": level("platform", 0.2 if tech else 0.02), "patents": int(rng.expovariate(0.12)) if tech else some(0.1, 2), "new_patents": int(rng.expovariate(0.7)) if tech else 0,
        "contracts": some(0.5 if tech else 0.05, money(0.02)), "standards": some(0.08 if tech else 0.01, 1),
        "first_set": tech and rng.random() < 0.06, "smart": level("smart", 0.2) if maker else "未认定",
        "green": rng.choices(["未认定", "省级", "国家级"], [93, 5, 2])[0] if maker else "未认定", "energy_saved": some(0.12, rng.randrange(60, 2_400, 10)) if maker else 0, "staff": staff,
        "insured": int(staff * rng.uniform(0.72, 1)), "graduates": int(staff * rng.uniform(0, 0.06)), "high_talent": some(0.2, max(1, staff // 90)),
        "doctors": some(0.16 if tech else 0.01, 1 + staff // 150),
        "skilled": int(staff * rng.uniform(0, 0.16)), "training_cost": some(0.4, staff * rng.randrange(100, 900, 50)), "housing_cost": some(0.25, staff * rng.randrange(60, 900, 20)),
        "workstation": tech and rng.random() < 0.04,
    }  # fmt: skip
    return {name: None if rng.random() < GAP * (0.2 if name in SURE else 1.2) else value for name, value in told.items()}


def _day(rng: Random, first: int, last: int) -> str:
    return date(rng.randint(first, last), rng.randint(1, 12), rng.randint(1, 28)).isoformat()


def _earlier(rng: Random, day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=rng.randint(40, 600))).isoformat()


def _later(rng: Random, day: str) -> str:
    return min(date.fromisoformat(day) + timedelta(days=rng.randint(240, 900)), date(2023, 1, 30)).isoformat()


# Letters and versions in the making ------------------------------------------------------------------------------------


def send_letters(seed: int) -> None:
    """Letters of all versions in force, those of the new year's with notices; most were opened where somebody has an account."""
    rng, owed = Random(seed + 80), letters.due(clock.today())
    readers = letters.readers_of({letter.file_id for letter in owed})
    rows, notices = [], []
    for letter in owed:
        people, fresh = readers.get(letter.file_id, []), letter.edition.valid_from.year == 2023
        sent = aware(datetime(2023, 1, 4, 23, 20) if fresh else datetime(2022, 1, 10, 23, 20))
        read = sent + timedelta(days=rng.randint(0, 5), hours=3) if people and not (fresh and rng.random() < 0.6) else None
        rows.append(
            (letter.edition_id, letter.file_id, letter.amount and int(letter.amount), sent, len(people), read, people[0] if read else None)
        )
        if people and fresh and read is None:
            notices.append((letter, people, sent))
    bulk.insert(PolicyLetter, ("edition_id", "file_id", "amount", "sent_at", "told", "read_at", "read_by_id"), rows)
    kept = {(letter.edition_id, letter.file_id): letter for letter in PolicyLetter.objects.filter(told__gt=0, read_at=None)}
    Notice.objects.bulk_create(
        [
            Notice(
                user_id=person, dossier_id=letter.edition.policy.dossier_id, text=f"贵单位符合“{letter.edition.policy.name}”",
                url=kept[(letter.edition_id, letter.file_id)].get_absolute_url(), at=sent,
            )
            for letter, people, sent in notices
            for person in people
        ]
    )  # fmt: skip


def in_the_making(policies: Mapping[str, Policy], users: Mapping[str, User]) -> None:
    """One version being written and one that waits for its second pair of eyes."""
    author, at = users[KEEPER], aware(datetime(2023, 2, 8, 2, 0))
    for key, state, changes, cap in (("C01", "draft", {"rate": "10%"}, "800万"), ("A01", "review", {}, "6000万")):
        latest = policies[key].versions.order_by("-number").first()
        if latest is None:
            continue
        entry = dict(latest.entry) | {"params": {**latest.entry["params"], **changes, "cap": cap}}
        entry["golden"] = [_recast(case, key) for case in entry["golden"]]
        made = PolicyVersion.objects.create(
            policy=policies[key], number=latest.number + 1, state=state, valid_from=date(2023, 4, 1), document=latest.document, clause=latest.clause, entry=entry,
            author=author, created_at=at, updated_at=at, synthetic=True,
        )  # fmt: skip
        if state == "review":
            measured(made)


def _recast(case: dict[str, Any], key: str) -> dict[str, Any]:
    """The golden cases as the new parameters have them."""
    wanted = {"C01": {"刚到300万元": "30万", "封顶": "800万"}, "A01": {"封顶": "6000万"}}[key].get(case["name"])
    return {**case, "expect": {"amount": wanted}} if wanted else case


def measured(version_: PolicyVersion) -> None:
    checked = library_queries.check(version_.policy, version_)
    found = impact.of_book(checked.book, version_.valid_from)[version_.policy.key]
    PolicyVersion.objects.filter(pk=version_.pk).update(impact=found.kept(library_queries.fingerprint(version_)))
