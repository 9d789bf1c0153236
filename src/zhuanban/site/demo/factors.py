"""What the demo city's sites need: requests in every state, three surveys, supply points of which some will run short, funds, stocks, passes.

The article tells that four and two batches of funds were applied for, that heat, power and water were surveyed, and that cement, sand and
stone were laid in; only the batches are entered as told, without windows. All else is invented and marked synthetic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models

from zhuanban.domains.dispatch.models import DailyTrack, WorkerHousing
from zhuanban.domains.factors import desk
from zhuanban.domains.factors.balance import Load, steps
from zhuanban.domains.factors.models import (
    Drawdown,
    Factor,
    FactorRequest,
    FundingApplication,
    FundingBatch,
    FundingProgramme,
    PointCapacity,
    StockPlan,
    SupplyOffer,
    SupplyPoint,
    Survey,
    SurveyEntry,
    TransportPass,
)
from zhuanban.domains.factors.queries import fits
from zhuanban.domains.people.models import Area, Organisation, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.models import Problem, Promise
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel import access, deadlines
from zhuanban.kernel.models import Access, Deadline
from zhuanban.kernel.search import search_text
from zhuanban.site.demo.bulk import insert
from zhuanban.site.demo.drafts import instant

TODAY, LAST = date(2023, 2, 10), date(2023, 2, 9)
FIRST = date(2022, 9, 15)
ARTICLE = "城市特写"
STAMPS: dict[str, Any] = {"synthetic": True, "import_batch": "demo"}
CITY = settings.CITY["area"]
SHARE, MOST = 0.55, 3
"""Of the sites under construction, those that asked for something, and for how many things at most."""
AMOUNTS = {
    "power": (200, 6300, 50), "heat": (5000, 80_000, 500), "water": (20, 400, 5), "gas": (100, 2000, 50), "land": (5, 60, 1), "logistics": (10, 80, 2),
    "labour": (30, 300, 10), "finance": (500, 8000, 100), "materials": (200, 5000, 100), "environment": (1, 30, 1),
}  # fmt: skip
WEIGHTS = {
    "power": 32,
    "heat": 14,
    "water": 18,
    "gas": 8,
    "land": 9,
    "logistics": 8,
    "labour": 6,
    "finance": 3,
    "materials": 3,
    "environment": 2,
}
PURPOSES = {
    "power": ("施工临时用电", "生产正式用电", "增容", "暖棚电加热"), "heat": ("厂房采暖", "暖封闭后室内采暖", "混凝土养护"), "water": ("施工用水", "生产用水", "消防用水"),
    "gas": ("锅炉用气", "工艺用气"), "land": ("二期用地", "堆场临时用地"), "logistics": ("钢结构进场", "设备大件运输"), "labour": ("安装工", "瓦工和木工"),
    "finance": ("流动资金", "设备款"), "materials": ("冬储水泥", "冬储砂石"), "environment": ("挥发性有机物指标", "氮氧化物指标"), "lodging": ("工人宿舍",),
}  # fmt: skip
UNITS = {
    "power": "供电",
    "water": "供水供热",
    "heat": "供水供热",
    "land": "自然资源",
    "finance": "财政",
    "environment": "生态环境",
    "materials": "工信",
    "lodging": "住建",
}
SURVEYS = (
    ("power", "白鹇供电所（演示）", "冬季施工用电排查", date(2023, 2, 14)),
    ("heat", "朱鹮供热站（演示）", "冬季施工用热排查", date(2022, 12, 15)),
    ("water", "白山供水所（演示）", "冬季施工用水排查", date(2023, 2, 17)),
)
MADE = {
    "water": ("白山供水所（演示）", "utility"),
    "gas": ("松花江燃气站（演示）", "utility"),
    "labour": ("人力资源服务中心（演示）", "government"),
    "logistics": ("交通运输服务中心（演示）", "government"),
}
PASSING = {
    "heat": date(2023, 4, 6),
    "logistics": date(2023, 6, 30),
    "labour": date(2023, 10, 31),
    "materials": date(2023, 4, 30),
    "lodging": date(2023, 11, 30),
}
STOCKS = {"cement": (15, 120), "aggregate": (40, 400), "steel": (5, 60), "insulation": (10, 90)}
SUPPLIERS = ("亚泰路建材行（演示）", "伊通河水泥站（演示）", "东环砂石场（演示）", "净月保温材料厂（演示）")


@dataclass(frozen=True)
class Site:
    """An invented project under construction."""

    pk: int
    ref: str
    area: str
    owner: int | None
    money: Decimal
    marked: bool


class Numbers:
    """Keys given out here, because other rows of the same load name them."""

    def __init__(self) -> None:
        found: tuple[type[models.Model], ...] = (FactorRequest, Promise, Deadline, SurveyEntry)
        self.next: dict[type[models.Model], int] = {
            model: (model._default_manager.aggregate(m=models.Max("pk"))["m"] or 0) + 1 for model in found
        }
        self.refs: dict[int, int] = defaultdict(int)

    def take(self, model: type[models.Model]) -> int:
        self.next[model] += 1
        return self.next[model] - 1

    def ref(self, year: int) -> str:
        self.refs[year] += 1
        return f"YS-{year}-{self.refs[year]:05d}"

    def release(self) -> None:
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(self.next)):
                cursor.execute(statement)


def load(users: Mapping[str, User], facts: Mapping[str, Any], seed: int) -> None:
    """Everything of this module, after problems and daily tracks."""
    rng = Random(f"factors-{seed}")
    found = _sites()
    if found:
        Town(rng, users, found).build()
    _batches(rng, users, facts, found)


def _sites() -> list[Site]:
    rows = Project.objects.filter(stage="under_construction", synthetic=True).order_by("pk")
    columns = ("pk", "ref", "area", "owner_org", "planned_investment", "content_and_scale")
    return [
        Site(pk, ref, area or CITY, owner, money or Decimal(50_000_000), "内部代号" in words)
        for pk, ref, area, owner, money, words in rows.values_list(*columns)
    ]


class Town:
    """Who gives what, and the rows as they are made."""

    def __init__(self, rng: Random, users: Mapping[str, User], found: list[Site]) -> None:
        self.rng, self.users, self.sites = rng, users, found
        self.numbers = Numbers()
        self.factors = {factor.pk: factor for factor in Factor.objects.all()}
        self.areas = Area.objects.in_bulk()
        self.names = dict(Organisation.objects.values_list("pk", "name"))
        self.offices = self._offices()
        self.days = deadlines.calendar()
        self.requests: list[dict[str, Any]] = []
        self.promises: list[dict[str, Any]] = []
        self.clocks: list[dict[str, Any]] = []
        self.principals: dict[str, int] = {}
        self.running: list[Survey] = []
        self.asked: dict[tuple[int, int], bool] = {}
        posts = Responsibility.objects.filter(post="secretary", person__isnull=False, to_day=None, project__in=[site.pk for site in found])
        self.secretaries: dict[int, int] = dict(posts.values_list("project", "person"))

    def _offices(self) -> dict[tuple[str, str], int]:
        """(factor, area) -> who gives it there; the city's under the city's key."""
        city = self.areas[CITY]
        found: dict[tuple[str, str], int] = {}
        for key, (name, kind) in MADE.items():
            made = Organisation.objects.create(name=name, kind=kind, area=city, synthetic=True, search_text=search_text(name))
            found[key, CITY], self.names[made.pk] = made.pk, name
        by_name = {name: pk for pk, name in self.names.items()}
        for key, name, _title, _due in SURVEYS:
            if name in by_name:
                found[key, CITY] = by_name[name]
        short = Organisation.objects.filter(kind="government", short_name__in=set(UNITS.values())).exclude(area=CITY)
        for pk, area, word in short.order_by("pk").values_list("pk", "area", "short_name"):
            for key, unit in UNITS.items():
                if unit == word:
                    found.setdefault((key, area), pk)
        return found

    def office(self, factor: str, area: str) -> int | None:
        return self.offices.get((factor, area)) or self.offices.get((factor, CITY))

    # ------------------------------------------------------------------------------------------------------------------ what is asked

    def build(self) -> None:
        self._from_sites()
        surveys = self._surveys()
        self._lodging()
        self._refusals()
        points = self._points()
        self._write()
        SurveyEntry.objects.bulk_create(surveys, batch_size=500)
        self._rights()
        self.numbers.release()
        self._owe_surveys()
        self._capacities(points)
        self._stocks()
        self._passes()
        self._offers()

    def _from_sites(self) -> None:
        for site in self.sites:
            times = self.rng.randint(1, MOST) if self.rng.random() < SHARE else 0
            for key in dict.fromkeys(self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=times)):
                city_too = (key, CITY) in self.offices and not site.marked and self.rng.random() < 0.15
                office = self.offices[key, CITY] if city_too else self.office(key, site.area)
                if office:
                    self._ask(site, key, office, self._day(), "project")

    def _day(self) -> date:
        return FIRST + timedelta(days=int(self.rng.random() ** 0.8 * (LAST - FIRST).days))

    def _ask(self, site: Site, key: str, office: int, day: date, origin: str, amount: int = 0, state: str = "") -> dict[str, Any]:
        """A request as it stands on the demo's day."""
        rng = self.rng
        asked = self.days.due(day - timedelta(days=1), 1)
        asked = min(asked, LAST)
        low, high, step = AMOUNTS.get(key, (100, 1000, 50))
        weight = min(1.0, max(0.05, float(site.money) / 2e9))
        told = amount or max(low, round((low + (high - low) * weight * rng.uniform(0.4, 1.4)) / step) * step)
        answered = self.days.due(asked, rng.randint(1, 3))
        promised = self.days.due(answered, rng.randint(4, 45))
        state = state or self._state(answered, promised, origin)
        row: dict[str, Any] = {
            "id": self.numbers.take(FactorRequest), "project_id": site.pk, "factor_id": key, "ref": self.numbers.ref(asked.year), "amount": told,
            "purpose": rng.choice(PURPOSES[key]), "provider_id": office, "point_id": None, "origin": origin, "state": state,
            "asked_by_id": self.secretaries.get(site.pk) if origin == "project" else None, "asked_on": asked, "answered_on": None, "promised_for": None,
            "promise_id": None, "supplied_on": None, "supplied": None, "verified_on": None, "verified": None, "answer": "", "problem_id": None,
            "deadline_id": None, "due_on": asked, "until": None, "need_on": promised + timedelta(days=rng.randint(-8, 20)),
        }  # fmt: skip
        self._went(site, row, answered, promised)
        if key in PASSING and PASSING[key] >= row["need_on"]:
            row["until"] = PASSING[key]
        self.requests.append(row)
        still = state in FactorRequest.OPEN
        self.asked[office, site.pk] = self.asked.get((office, site.pk), False) or still
        return row

    def _state(self, answered: date, promised: date, origin: str) -> str:
        if answered > LAST:
            return "surveyed" if origin == "survey" else "requested"
        if promised <= LAST:
            weights = (82, 15, 3) if (LAST - promised).days < 20 else (98, 1, 1)
            return self.rng.choices(("verified", "supplied", "promised"), weights)[0]
        return self.rng.choices(("promised", "surveyed" if origin == "survey" else "requested"), (96, 4))[0]

    def _went(self, site: Site, row: dict[str, Any], answered: date, promised: date) -> None:
        """What had happened by the demo's day, with the promise and the clock that runs."""
        rng, state = self.rng, row["state"]
        if state == FactorRequest.State.REFUSED:
            return
        if state in FactorRequest.ASKED:
            row["due_on"] = self._clock(site, row, f"org:{row['provider_id']}", "答复要素诉求", "factors.answer_late", row["asked_on"], 3)
            return
        far = state == "promised" and promised > LAST and rng.random() < 0.35
        if far:  # a line or a station that is still to be built
            promised = self.days.due(promised, rng.randint(40, 260))
            row["need_on"] = promised + timedelta(days=rng.randint(-10, 30))
        row |= {"answered_on": answered, "promised_for": promised, "due_on": promised}
        row["promise_id"] = self._promise(site, row)
        if state == "promised":
            row["due_on"] = self._clock(
                site, row, f"org:{row['provider_id']}", "兑现要素承诺", "factors.promise_late", answered, day=promised
            )
            return
        supplied = min(promised + timedelta(days=rng.choice((-4, -3, -2, -1, -1, 0, 0, 0, 1, 3))), LAST)
        part = Decimal(row["amount"]) if rng.random() < 0.85 else Decimal(round(row["amount"] * rng.uniform(0.6, 0.95)))
        row |= {"supplied_on": supplied, "supplied": part, "due_on": supplied, "need_on": min(row["need_on"], supplied + timedelta(days=6))}
        self.promises[-1]["kept_on"] = supplied
        if state == "supplied":
            holder = f"user:{self.secretaries[site.pk]}" if site.pk in self.secretaries else f"area:{site.area}"
            row["due_on"] = self._clock(site, row, holder, "核实要素到位", "factors.unverified", supplied, 3)
            return
        row |= {"verified_on": min(supplied + timedelta(days=rng.randint(0, 3)), LAST), "verified": part}

    def _promise(self, site: Site, row: dict[str, Any]) -> int:
        key = self.numbers.take(Promise)
        at = instant(row["answered_on"], site.ref)
        what = f"{self.factors[row['factor_id']].name}：{row['purpose']}"
        self.promises.append(
            {
                "id": key, "project_id": site.pk, "made_to_id": site.owner, "department_id": row["provider_id"], "holder_name": self.names[row["provider_id"]],
                "kind": "answer", "promised_on": row["answered_on"], "due_on": row["promised_for"], "kept_on": None, "reason": what, "created_at": at, "updated_at": at,
            }
        )  # fmt: skip
        return key

    def _clock(
        self,
        site: Site,
        row: dict[str, Any],
        holder: str,
        words: str,
        on_due: str,
        start: date,
        days: int | None = None,
        day: date | None = None,
    ) -> date:
        if holder not in self.principals:
            self.principals[holder] = access.principal(holder).pk
        due = day or self.days.due(start, days or 0)
        key = self.numbers.take(Deadline)
        factor = self.factors[row["factor_id"]]
        self.clocks.append(
            {
                "id": key, "dossier_id": site.pk, "on_due": on_due, "title": f"{words}：{factor.name} {row['amount']}{factor.unit}（{site.ref}）",
                "url": f"/factors/requests/{row['id']}/", "holder_id": self.principals[holder], "started_on": start, "working_days": days, "due_on": due,
                "provisional": bool(self.days.touches_provisional(start, due)), "fired": due < TODAY,
            }
        )  # fmt: skip
        row["deadline_id"] = key
        return due

    def _surveys(self) -> list[SurveyEntry]:
        """The three utilities looked at every winter site: nearly all is surveyed, and about half of it found a need."""
        winter = set(Project.objects.filter(tags__key="winter_advance", synthetic=True).values_list("pk", flat=True))
        sites = [site for site in self.sites if site.pk in winter and not site.marked]
        rows: list[SurveyEntry] = []
        for place, (key, _name, title, due) in enumerate(SURVEYS):
            office = self.offices.get((key, CITY))
            if office is None or not sites:
                continue
            opened = date(2022, 11, 1 + place * 2)
            survey = self._survey(key, office, title, opened, due)
            for site in sites:
                waiting = due > LAST and self.rng.random() < 0.08
                rows.append(self._entry(survey, site, key, office, opened, waiting))
        return rows

    def _survey(self, key: str, office: int, title: str, opened: date, due: date) -> Survey:
        at = instant(opened, title)
        city, body = self.areas[CITY], Organisation.objects.get(pk=office)
        dossier = desk.open_dossier("factors.survey", "PC", title, city, body)
        survey = Survey.objects.create(
            dossier=dossier,
            area=city,
            factor_id=key,
            provider=body,
            name=title,
            opened_on=opened,
            due_on=due,
            finished_on=due - timedelta(days=1) if due <= LAST else None,
            created_at=at,
            updated_at=at,
            **STAMPS,
        )
        desk.addressed(survey)
        if due > LAST:
            self.running.append(survey)
        return survey

    def _owe_surveys(self) -> None:
        """The surveys that still run are owed; only now, since these deadlines get their keys from the database."""
        for survey in self.running:
            survey.deadline = deadlines.owe(
                survey.dossier,
                f"org:{survey.provider_id}",
                f"完成排查：{survey.name}",
                on_due="factors.survey_late",
                due_on=survey.due_on,
                started_on=survey.opened_on,
                url=survey.get_absolute_url(),
            )
            survey.save(update_fields=["deadline"])

    def _entry(self, survey: Survey, site: Site, key: str, office: int, opened: date, waiting: bool) -> SurveyEntry:
        at = instant(opened, site.ref)
        entry = SurveyEntry(
            id=self.numbers.take(SurveyEntry), survey=survey, project_id=site.pk, created_at=at, updated_at=at, **STAMPS
        )  # fmt: skip
        if waiting:
            self.asked[office, site.pk] = True
            return entry
        entry.surveyed_on = opened + timedelta(days=self.rng.randint(3, 36))
        if self.rng.random() < 0.52:
            entry.state = SurveyEntry.State.FOUND
            entry.request_id = self._ask(site, key, office, entry.surveyed_on, "survey")["id"]
        else:
            entry.state, entry.note = SurveyEntry.State.NONE, self.rng.choice(("现有容量够用", "已接入", "本季不用"))
            self.asked.setdefault((office, site.pk), False)
        return entry

    def _lodging(self) -> None:
        """Beds: asked for where there are quarters, and beside some large sites where nobody registered any."""
        held = dict(WorkerHousing.objects.filter(synthetic=True).values_list("project", "capacity"))
        others = [site.pk for site in sorted(self.sites, key=lambda each: -each.money)[:40] if site.pk not in held][:6]
        for site in self.sites:
            office = self.office("lodging", site.area)
            if office and (site.pk in held or site.pk in others):
                beds = round(held.get(site.pk, 180) * self.rng.uniform(0.7, 1.25) / 10) * 10
                day = date(2022, 9, 20) + timedelta(days=self.rng.randint(0, 40))
                row = self._ask(site, "lodging", office, day, "project", max(beds, 20), "verified" if site.pk in held else "promised")
                row["need_on"] = min(row["need_on"], date(2023, 1, 5))

    def _refusals(self) -> None:
        """Some needs were refused: each is the problem that the site has of that kind."""
        kinds = {factor.problem_kind: key for key, factor in reversed(self.factors.items()) if key in WEIGHTS}
        by_pk = {site.pk: site for site in self.sites}
        open_ = Problem.objects.filter(
            project__in=list(by_pk), kind__in=kinds, synthetic=True, reported_at__gte="2022-10-01T00:00:00+08:00"
        ).order_by("pk")
        for pk, project, kind, at in list(open_.values_list("pk", "project", "kind", "reported_at"))[::5][:30]:
            site, key = by_pk[project], kinds[kind]
            office = self.office(key, site.area)
            if office is None:
                continue
            row = self._ask(site, key, office, at.date(), "project", state="refused")
            day = at.date()
            answer = self.rng.choice(("现有变电容量已满，新增须待扩建", "管网末端压力不足", "本年指标已用完"))
            row |= {"answer": answer, "answered_on": day, "asked_on": min(row["asked_on"], day), "problem_id": pk, "due_on": day}

    # --------------------------------------------------------------------------------------------------------------------- supply points

    def _points(self) -> dict[int, tuple[SupplyPoint, list[Load]]]:
        """A substation and a waterworks in each district with several sites, a heat source of some; requests hang on them."""
        loads: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        area_of = {site.pk: site.area for site in self.sites}
        for row in self.requests:
            if row["factor_id"] in {"power", "heat", "water"} and row["state"] != "refused":
                loads[row["factor_id"], area_of[row["project_id"]]].append(row)
        words = {"power": ("substation", "变电站"), "heat": ("heat_source", "热源厂"), "water": ("waterworks", "加压站")}
        found: dict[int, tuple[SupplyPoint, list[Load]]] = {}
        for (key, area), rows in sorted(loads.items()):
            if len(rows) < 4:
                continue
            kind, word = words[key]
            office = self.offices.get((key, area)) or self.offices.get((key, CITY))
            point = self._point(key, kind, f"{self.areas[area].name}{word}（演示）", area, office)
            hanging = [row for row in rows if self.rng.random() < 0.9]
            for row in hanging:
                row["point_id"] = point.pk
            found[point.pk] = (
                point,
                [
                    Load(Decimal(row["amount"]), row["need_on"], row["until"], row["state"] in FactorRequest.COMMITTED, row["id"])
                    for row in hanging
                ],
            )
        return found

    def _point(self, key: str, kind: str, name: str, area: str, office: int | None) -> SupplyPoint:
        at = instant(date(2022, 9, 1), name)
        body = Organisation.objects.get(pk=office) if office else None
        dossier = desk.open_dossier("factors.point", "GD", name, self.areas[area], body)
        point = SupplyPoint.objects.create(
            dossier=dossier,
            area=self.areas[area],
            factor_id=key,
            kind=kind,
            name=name,
            provider=body,
            created_at=at,
            updated_at=at,
            **STAMPS,
        )
        desk.addressed(point)
        return point

    def _capacities(self, points: dict[int, tuple[SupplyPoint, list[Load]]]) -> None:
        """Most can give what is wanted; some run short before the next station is built; of some nobody knows."""
        rows, at = [], instant(date(2022, 9, 1), "capacity")
        for place, (point, loads) in enumerate(points.values()):
            if place % 9 == 5 or not loads:
                continue
            curve = steps(loads, [], date(2022, 9, 1), date(2025, 1, 1))
            now = max((step.demand for step in curve if step.first <= TODAY), default=Decimal(0))
            most = max(step.demand for step in curve)
            short = place % 3 == 1 and most > now
            amount = now + (most - now) * Decimal("0.55") if short else most * Decimal("1.18")
            unit = Decimal(100) if most > 1000 else Decimal(10)
            amount = (amount / unit).to_integral_value() * unit
            rows.append((point.pk, date(2022, 1, 1), amount, "供给单位年度能力核定"))
            if short:
                bigger = (most * Decimal("1.3") / unit).to_integral_value() * unit
                rows.append((point.pk, date(2024, 4, 1) if place % 2 else date(2023, 11, 1), bigger, "扩建工程计划投用"))
        insert(PointCapacity, ("point_id", "from_day", "amount", "basis"), rows, created_at=at, updated_at=at, **STAMPS)

    # ---------------------------------------------------------------------------------------------------------------------------- writing

    def _write(self) -> None:
        at = instant(FIRST, "factors")
        fired = instant(LAST, "sweep")
        names = [name for name in self.clocks[0] if name != "fired"] if self.clocks else []
        for late in (False, True):
            rows = [[row[name] for name in names] for row in self.clocks if row["fired"] is late]
            insert(Deadline, names, rows, **({"fired_at": fired} if late else {}))
        names = list(self.promises[0]) if self.promises else []
        insert(Promise, names, ([plain(row[name]) for name in names] for row in self.promises), **STAMPS)
        names = list(self.requests[0]) if self.requests else []
        insert(
            FactorRequest, names, ([plain(row[name]) for name in names] for row in self.requests), created_at=at, updated_at=at, **STAMPS
        )

    def _rights(self) -> None:
        """The offices act on the projects of which something is still asked, and look up the others."""
        keys = access.principal_ids({f"org:{office}" for office, _project in self.asked})
        act: list[Access] = []
        see: list[Access] = []
        for (office, project), still in self.asked.items():
            row = Access(principal_id=keys[f"org:{office}"], dossier_id=project, level=access.ACT if still else access.SEE)
            (act if still else see).append(row)
        Access.objects.bulk_create(see, ignore_conflicts=True, batch_size=500)
        Access.objects.bulk_create(
            act, update_conflicts=True, unique_fields=["principal", "dossier"], update_fields=["level"], batch_size=500
        )

    # ---------------------------------------------------------------------------------------------------------- materials, passes, offers

    def _stocks(self) -> None:
        """Plans of the winter sites; what still lies there stands in their newest daily track."""
        rng = self.rng
        winter = set(Project.objects.filter(tags__key="winter_advance", synthetic=True).values_list("pk", flat=True))
        at = instant(date(2022, 10, 12), "stocks")
        newest = {}
        for pk, project, day in (
            DailyTrack.objects.filter(project__in=winter, day__gte=date(2023, 1, 30))
            .order_by("day", "pk")
            .values_list("pk", "project", "day")
        ):
            newest[project] = (pk, day)
        plans, told = [], []
        for site in self.sites:
            if site.pk not in winter or rng.random() < 0.2:
                continue
            held = {}
            for key in ("cement", "aggregate", *(word for word in ("steel", "insulation") if rng.random() < 0.5)):
                low, high = STOCKS[key]
                use, least = rng.randint(low, high), rng.choice((7, 10, 15))
                plans.append((site.pk, key, use, least, use * rng.randint(40, 75), date(2022, 11, 10), rng.choice(SUPPLIERS)))
                held[key] = max(1, round(least * rng.choice((0.5, 0.8, 1.2, 1.6, 2.2, 3, 3.5))))
            if site.pk in newest and rng.random() < 0.9:
                told.append(DailyTrack(pk=newest[site.pk][0], stocks=held))
        names = ("project_id", "material_id", "daily_use", "least_days", "winter_stock", "ready_by", "supplier")
        insert(StockPlan, names, plans, created_at=at, updated_at=at, **STAMPS)
        DailyTrack.objects.bulk_update(told, ["stocks"], batch_size=200)

    def _passes(self) -> None:
        rng, rows = self.rng, []
        for number, site in enumerate(rng.sample(self.sites, min(70, len(self.sites))), 1):
            ends = TODAY + timedelta(days=rng.choice((-6, 2, 5, 9, 12, 25, 38, 49, 63, 80)))
            start = ends - timedelta(days=rng.choice((60, 90)))
            rows.append(
                (
                    site.pk,
                    f"演运通{number:04d}",
                    rng.randint(2, 24),
                    start,
                    ends,
                    f"{rng.choice(('东环', '西环', '绕城'))}—{self.areas[site.area].name}工地",
                )
            )
        at = instant(date(2022, 11, 20), "passes")
        names = ("project_id", "number", "vehicles", "valid_from", "valid_to", "route")
        insert(TransportPass, names, rows, issuer_id=self.offices.get(("logistics", CITY)), created_at=at, updated_at=at, **STAMPS)

    def _offers(self) -> None:
        at = instant(date(2022, 11, 5), "offers")
        for place, (supplier, key) in enumerate((name, key) for name in SUPPLIERS for key in ("cement", "aggregate")):
            dossier = desk.open_dossier("factors.offer", "WZ", f"{supplier}{key}", self.areas[CITY])
            offer = SupplyOffer.objects.create(
                dossier=dossier, area=self.areas[CITY], supplier=supplier, material_id=key, amount=2000 + 500 * place, used=300 * (place % 4), until=date(2023, 3, 31),
                note="送到工地", created_at=at, updated_at=at, **STAMPS,
            )  # fmt: skip
            desk.addressed(offer)


def plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


# ------------------------------------------------------------------------------------------------------------------------------- funds


def _batches(rng: Random, users: Mapping[str, User], facts: Mapping[str, Any], sites: list[Site]) -> None:
    """The six batches of the article as told; two more whose windows are open, and one that is over, invented."""
    told = facts["factor_assurance"]["finance"]
    past = [
        _batch(key, number, source=f"{ARTICLE}：入冬以来组织申报，窗口期报道未载")
        for key, each in zip(("policy_and_term", "equipment_renewal"), told, strict=True)
        for number in range(1, each["batches"] + 1)
    ]
    past.append(_batch("special_bond", 1, date(2022, 10, 10), date(2022, 11, 11), synthetic=True))
    window = {"least": Decimal(100_000_000), "sectors": ["transport", "municipal", "social", "energy"]}
    bond = _batch("special_bond", 2, date(2023, 1, 16), date(2023, 2, 17), synthetic=True, **window)
    works = _batch(
        "renovation", 1, date(2023, 2, 6), date(2023, 3, 10), synthetic=True, sectors=["industry"], build_kinds=["renovation", "extension"]
    )
    _applications(rng, past, sites)
    for batch in (bond, works):
        _asked_in(rng, batch)


def _asked_in(rng: Random, batch: FundingBatch) -> None:
    """Some of those that may apply in an open window have done so."""
    fitting = Project.objects.filter(fits(batch), synthetic=True).order_by("pk").values_list("pk", "ref", "planned_investment")
    rows = []
    for pk, ref, money in list(fitting)[::7][:18]:
        day = min(batch.opens_on + timedelta(days=rng.randint(0, 12)), LAST) if batch.opens_on else LAST
        at = instant(day, ref)
        amount = Decimal(max(1, round(float(money or 50_000_000) * rng.uniform(0.05, 0.25) / 1e6)) * 1_000_000)
        rows.append(
            FundingApplication(
                batch=batch, project_id=pk, purpose="配套管网和设备", applied=amount, applied_on=day, created_at=at, updated_at=at, **STAMPS
            )
        )
    FundingApplication.objects.bulk_create(rows)


def _batch(key: str, number: int, opens: date | None = None, closes: date | None = None, **facts: Any) -> FundingBatch:
    programme, city = FundingProgramme.objects.get(pk=key), Area.objects.get(pk=CITY)
    title = f"{programme.name} 第{number}批"
    at = instant(opens or date(2022, 11, 1), title)
    batch = FundingBatch.objects.create(
        dossier=desk.open_dossier("factors.batch", "SB", title, city), area=city, programme=programme, number=number, opens_on=opens, closes_on=closes,
        import_batch="demo", created_at=at, updated_at=at, **facts,
    )  # fmt: skip
    desk.addressed(batch)
    if closes and closes >= TODAY:
        batch.deadline = deadlines.owe(
            batch.dossier, f"area:{CITY}", f"申报窗口将截止：{title}", on_due="factors.window_closes", due_on=closes - timedelta(days=5),
            started_on=opens, url=batch.get_absolute_url(),
        )  # fmt: skip
        batch.save(update_fields=["deadline"])
    return batch


def _applications(rng: Random, batches: Iterable[FundingBatch], sites: list[Site]) -> None:
    """Invented sites in the batches that are over; what was approved is less than what was asked, and not all of that has arrived."""
    banks = list(Organisation.objects.filter(kind="bank").order_by("pk").values_list("pk", flat=True))
    made, drawdowns = [], []
    for place, batch in enumerate(batches):
        for site in rng.sample(sites, min(14, len(sites))):
            day = date(2022, 10, 20) + timedelta(days=14 * (place % 5) + rng.randint(0, 12))
            at, asked = (
                instant(day, site.ref),
                Decimal(round(float(site.money) * rng.uniform(0.05, 0.25) / 1e6) * 1_000_000) or Decimal(1_000_000),
            )
            row = FundingApplication(
                batch=batch, project_id=site.pk, purpose=rng.choice(("设备购置", "厂房建设", "配套管网")), applied=asked, applied_on=day, created_at=at,
                updated_at=at, **STAMPS,
            )  # fmt: skip
            fate = rng.random()
            if fate < 0.12:
                row.state, row.reason = FundingApplication.State.REJECTED, rng.choice(("不属支持领域", "前期手续不全"))
            elif fate < 0.78:
                row.state, row.approved_on = FundingApplication.State.APPROVED, min(day + timedelta(days=rng.randint(10, 30)), LAST)
                row.approved, row.bank_id = (
                    (asked * Decimal(rng.choice(("0.6", "0.8", "1")))).quantize(Decimal(10_000)),
                    rng.choice(banks) if banks else None,
                )
                if fate < 0.5:
                    row.drawn = (row.approved * Decimal(rng.choice(("0.3", "0.5", "1")))).quantize(Decimal(10_000))
                    row.state = FundingApplication.State.DRAWN
                    drawdowns.append(row)
            made.append(row)
    FundingApplication.objects.bulk_create(made, batch_size=200)
    Drawdown.objects.bulk_create(
        [
            Drawdown(
                application=row, on=min((row.approved_on or LAST) + timedelta(days=9), LAST), amount=row.drawn, created_at=row.created_at, updated_at=row.updated_at,
                **STAMPS,
            )
            for row in drawdowns
        ],
        batch_size=200,
    )  # fmt: skip
