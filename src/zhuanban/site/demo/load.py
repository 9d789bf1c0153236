"""Loads the demo city once: rules, areas, accounts, goals, projects with their past; an interrupted load starts again from nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from zhuanban.domains.dispatch.actions.rankings import publish_ranking
from zhuanban.domains.people.models import Area, Organisation, User
from zhuanban.domains.portfolio.models import (
    CityStrategy,
    Contest,
    IndustryGoal,
    InvestmentEntry,
    MergeProposal,
    MonthLock,
    Project,
    ProjectList,
    StrategyTheme,
    Tag,
    YearTarget,
)
from zhuanban.kernel import access, clock, deadlines, timeline
from zhuanban.kernel.models import Access, Dossier, Parameter
from zhuanban.site import seeds
from zhuanban.site.demo import (
    accounts,
    campaigns,
    cases,
    claims,
    factors,
    lights,
    meetings,
    permits,
    plans,
    policies,
    problems,
    responsibility,
    statistics,
    today,
    tracks,
)
from zhuanban.site.demo.city import blocks
from zhuanban.site.demo.drafts import City, Draft, instant
from zhuanban.site.demo.rows import Writer

RANKED_ON = (date(2022, 12, 31), date(2023, 1, 31))
MARK = "demo.city"
SLICE = 400
THRESHOLD = Decimal(50_000_000)
LISTS = [("province", 2022, "2022年省级重点项目清单", None), ("city", 2022, "2022年5000万元以上项目清单", THRESHOLD)]
"""The drafts know the members of the city's list for 2023 too; in February it is not published, so that the year's figures are still 2022's."""
TAGS = [
    ("winter_advance", "冬季加速推进", "2022/23"), ("infrastructure", "基础设施", ""), ("digital_plant", "数智化工厂", ""),
    ("strengthen", "强链", ""), ("extend", "延链", ""), ("fill", "补链", ""),
]  # fmt: skip
THEME_KEYS = ["auto_city", "agri_city", "low_carbon_city", "innovation_city", "consumption_city", "culture_city"]
"""In the order in which the plan names its six cities."""
CORRECTIONS, GREEN_CHANNELS = 12, 10
Progress = Callable[[int, int, str], None]


class NotAnEmptyStore(Exception):
    """The database holds projects that are not the demo's; they are left alone."""


@dataclass(frozen=True)
class Loaded:
    """What a call of `load` found or made."""

    projects: int
    fresh: bool


def state() -> str:
    """`loaded`, `loading` (a load that did not end), or nothing."""
    marks = Parameter.objects.filter(name=MARK).order_by("-pk").values_list("value", flat=True)
    return marks[0]["state"] if marks else ""


def load(city: City, progress: Progress = lambda done, total, words: None, limit: int | None = None) -> Loaded:
    """Load the city unless it is there. `limit` takes only so many projects of each block, for tests.

    Raises NotAnEmptyStore when the database holds other projects.
    """
    now = state()
    if now == "loaded":
        return Loaded(Project.objects.count(), False)
    if now == "loading":
        progress(0, 1, "上次装载中断，正在重新开始")
        call_command("flush", interactive=False, verbosity=0)
    elif Project.all_rows.exists():
        raise NotAnEmptyStore("库中已有项目，不装载演示数据。")
    _mark(city, "loading")
    progress(0, 1, "区划、规则和账号")
    with transaction.atomic():
        _groundwork(city)
        writer = Writer()
        writer.write_firms(city.agencies)
        organisations = _organisations(writer, city)
        users = accounts.open_accounts(organisations)
    count = _projects(city, writer, progress, limit)
    progress(count, count, "异议、更正、关联、包保和问题")
    with transaction.atomic():
        _aftermath(city, users)
        permits.load_desks(users)
        plans.load(users, city.facts, city.seed)
        _analyse()
        problems.load(users, responsibility.load(users, city.seed), city.facts, city.seed)
        tracks.load(users, city.facts, city.seed)
        factors.load(users, city.facts, city.seed)
        plans.load_schemes(users, city.seed)
        _analyse()
        statistics.load(users, city.facts, city.seed)
        lights.load(users, city.facts, city.seed)
        campaigns.load(city.facts, city.seed)
        meetings.load(users, city.facts, city.seed)
        policies.load(users, city.facts, city.seed)
        claims.load(users, city.facts, city.seed)
        cases.load(users, city.facts, city.seed)
        permits.load(city.seed)
        cases.grant_land()
        _rank(users)
        _mark(city, "loaded")
    _analyse()
    return Loaded(count, True)


def _rank(users: dict[str, User]) -> None:
    """The published rankings of the year's last days, by the verb itself."""
    area = Area.objects.get(pk=settings.CITY["area"])
    for day in RANKED_ON:
        for of in ("area", "force"):
            publish_ranking(area, by=users["dispatcher-city"], of=of, as_of=day)


def _analyse() -> None:
    """Let PostgreSQL know at once how large our tables have become.

    Its own upkeep may come minutes later, and sees nothing of what a transaction has not committed: if it calls a table empty meanwhile,
    a query over thousands of its rows is planned for one and takes minutes.
    """
    if connection.vendor == "postgresql":
        tables = sorted(connection.introspection.django_table_names(only_existing=True))
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(map(connection.ops.quote_name, tables))}")


def _mark(city: City, word: str) -> None:
    value = {"state": word, "scale": city.scale, "seed": city.seed}
    Parameter.objects.create(name=MARK, value=value, effective_from=date(2022, 1, 1), source="演示数据装载")


def _organisations(writer: Writer, city: City) -> dict[str, Any]:
    rows = Organisation.objects.in_bulk(list(writer.organisations.values()))
    return {firm.key: rows[writer.organisations[firm.key]] for firm in city.agencies}


# ---------------------------------------------------------------------------------------------------- what is there once


def _groundwork(city: City) -> None:
    seeds.load()
    today.move_today(today.FIRST_DAY)
    _strategies(city.facts)
    key = settings.CITY["area"]
    ProjectList.objects.bulk_create(
        [ProjectList(level=level, year=year, name=name, threshold=least, area_id=key) for level, year, name, least in LISTS]
    )
    Tag.objects.bulk_create([Tag(key=tag, name=name, season=season) for tag, name, season in TAGS])
    _targets(city.facts, key)
    _locks(key)


def _strategies(facts: dict[str, Any]) -> None:
    """The province's and the city's strategies with the six cities, and the 1+6 industries."""
    told = {each["ref"]: each for each in facts["strategies"]}
    for ref in ("yizhu_liushuang", "liucheng"):
        each = told[ref]
        row = CityStrategy.objects.create(
            key=ref, name=each["name"], level=each["level"], document=each.get("document", ""), published=each.get("published", "")
        )
        names = told["liucheng_names"]["items"] if ref == "liucheng" else []
        StrategyTheme.objects.bulk_create(
            [
                StrategyTheme(strategy=row, key=key, name=name, position=place)
                for place, (key, name) in enumerate(zip(THEME_KEYS, names, strict=False))
            ]
        )
    IndustryGoal.objects.bulk_create(
        [
            IndustryGoal(key=each["ref"], name=each["name"], goal_output=each["goal_output"], goal_word=each["goal_word"], position=place)
            for place, each in enumerate(facts["leading_industries"])
        ]
    )


def _targets(facts: dict[str, Any], key: str) -> None:
    target = facts["portfolio"]["target_2022"]
    reward = facts["policies"]["qikai"]["reward_goal_2023"]
    qikai = next(area["code"] for area in facts["areas"] if area["ref"] == "qikai")
    YearTarget.objects.create(
        area_id=key, year=2022, what="projects", value=target["value"], bound=target["bound"], unit="project", source="年初目标（公开报道）"
    )
    YearTarget.objects.create(
        area_id=qikai,
        year=2023,
        what="reward_subsidy",
        value=reward["value"],
        bound=reward["bound"],
        unit="yuan",
        source="争取目标（公开报道）",
    )


def _locks(key: str) -> None:
    """The city's months are closed on the twelfth of the month after; January 2023 is still open."""
    months = [date(2021, 12, 1), *(date(2022, month, 1) for month in range(1, 13))]
    MonthLock.objects.bulk_create(
        [
            MonthLock(area_id=key, month=month, locked_at=instant(_next_month(month).replace(day=12), key), by="dispatcher-city")
            for month in months
        ]
    )


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


# -------------------------------------------------------------------------------------------------------------- projects


def _projects(city: City, writer: Writer, progress: Progress, limit: int | None) -> int:
    """Block by block, slice by slice, so that memory does not grow with the scale."""
    done, expected = 0, 2_460 + (city.scale - 1) * city.facts["portfolio"]["projects_2022"]["value"]
    writer.begin()
    for block in blocks(city):
        with transaction.atomic():
            writer.write_firms(block.firms)
        for part in _slices(block.drafts[:limit]):
            writer.write(part)
            done += len(part)
            progress(done, max(expected, done), "项目")
        writer.forget(block.firms)
    writer.reset_sequences()
    return done


def _slices(drafts: list[Draft]) -> Iterator[list[Draft]]:
    for first in range(0, len(drafts), SLICE):
        yield drafts[first : first + SLICE]


# --------------------------------------------------------------------------------------------------- what needs the rows


def _aftermath(city: City, users: dict[str, User]) -> None:
    rng = Random(city.seed)
    known = dict(Project.objects.filter(ref__lt=f"CC-2022-{10_000}").values_list("ref", "pk"))
    at = clock.now()
    for one, other, score, why in city.pairs:
        if one in known and other in known:
            low, high = sorted((known[one], known[other]))
            MergeProposal.objects.create(project_id=low, other_id=high, score=score, why=why, created_at=at, updated_at=at, synthetic=True)
    for told in city.contests:
        if told["ref"] in known:
            _contest(Project.objects.get(pk=known[told["ref"]]), told, users["statistician-city"])
    going = Project.objects.filter(synthetic=True, stage="under_construction")
    _corrections(rng, going)
    _green_channels(going)
    _carry(users)


def _contest(project: Project, told: dict[str, Any], by: User) -> None:
    """A number disputed in the first days of February, to be settled within five working days."""
    asked = date(2023, 2, 9)
    at = instant(asked, project.ref)
    row = Contest.objects.create(
        project=project, field=told["field"], stated=str(getattr(project, told["field"])), claimed=told["claimed"], reason=told["reason"],
        evidence=told["evidence"], by=by, created_at=at, created_by=by, updated_at=at, updated_by=by, synthetic=True,
    )  # fmt: skip
    row.deadline = deadlines.owe(
        project.dossier, f"area:{settings.CITY['area']}", f"核实异议：{project.name}", on_due="portfolio.contest_overdue", working_days=5, started_on=asked,
        url=project.get_absolute_url(),
    )  # fmt: skip
    row.save(update_fields=["deadline"])
    said = {name: told[name] for name in ("field", "claimed", "reason", "evidence")}
    timeline.record(project.dossier, "portfolio.contest", by=by, subject=f"portfolio.contest:{row.pk}", at=at, said=said)


def _corrections(rng: Random, going: Any) -> None:
    """Months reported wrongly and corrected by a further row."""
    month = date(2022, 10, 1)
    for entry in (
        InvestmentEntry.objects.filter(project__in=going, month=month).select_related("project").order_by("pk")[: CORRECTIONS * 40 : 40]
    ):
        at = instant(date(2022, 11, 21), entry.project.ref)
        amount = Decimal(round(float(entry.amount) * rng.choice([-0.2, -0.1, 0.1, 0.15]) / 10_000) * 10_000)
        InvestmentEntry.objects.create(
            project=entry.project,
            month=month,
            amount=amount,
            corrects=entry,
            reason="按监理计量单更正",
            created_at=at,
            updated_at=at,
            synthetic=True,
            source=entry.source,
        )


def _green_channels(going: Any) -> None:
    for place, project in enumerate(going.order_by("-planned_investment")[:GREEN_CHANNELS]):
        until = date(2023, 3, 31) if place % 2 else date(2023, 6, 30)
        Project.objects.filter(pk=project.pk).update(green_channel_until=until)
        deadlines.owe(
            project.dossier, f"area:{settings.CITY['area']}", f"绿色通道到期：{project.name}", on_due="portfolio.close_green_channel", due_on=until,
            url=project.get_absolute_url(),
        )  # fmt: skip


def _carry(users: dict[str, User]) -> None:
    """Hand projects to the persons who carry them, the first with their canary word; colleagues share. Areas have words too."""
    free = Project.objects.filter(synthetic=True, owner_org__accounts=None).select_related("dossier").order_by("pk")
    taken: set[int] = set()
    for usernames, (area, stage) in accounts.CARRIED.items():
        chosen = list(free.filter(area=area, stage=stage).exclude(pk__in=taken)[: accounts.HOW_MANY])
        taken.update(project.pk for project in chosen)
        for project in chosen:
            for username in usernames:
                _give(project.dossier, users[username])
        for project in chosen[:1]:
            _leave_word(project, accounts.CANARIES[usernames[0]])
    for area, word in accounts.AREA_WORDS.items():
        for project in free.filter(area=area, stage="reserve").exclude(pk__in=taken)[:1]:
            _leave_word(project, word)


def _give(dossier: Dossier, holder: User) -> None:
    Access.objects.create(principal=access.principal(f"user:{holder.pk}"), dossier=dossier, level=access.ACT)


def _leave_word(project: Project, word: str) -> None:
    text = f"{project.content_and_scale}内部代号“{word}”。"
    Project.objects.filter(pk=project.pk).update(content_and_scale=text)
