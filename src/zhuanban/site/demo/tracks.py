"""The days of the demo city's sites: work items with what was done, daily tracks of two winters, beds for workers, in bulk.

Invented sites thin out before the Spring Festival, now and then file late or not at all, and sometimes correct themselves. Of the named
projects only what the articles state is kept; where an article gives no day or no exact figure, the row's source says how it was taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

from zhuanban.domains.dispatch.models import DailyTrack, TrackCorrection, WorkerHousing
from zhuanban.domains.people.models import User
from zhuanban.domains.plans.models import Node, QuantityEntry, WorkItem
from zhuanban.domains.portfolio.models import Project, Work
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel import deadlines
from zhuanban.kernel.columns import from_iso
from zhuanban.site.demo import bulk
from zhuanban.site.demo.drafts import BEIJING, instant
from zhuanban.site.demo.nodes import CLOSED_AT
from zhuanban.site.demo.real import RECORDED
from zhuanban.site.demo.schemes import building_days
from zhuanban.site.demo.today import FIRST_DAY

WINTERS = ((date(2022, 1, 12), date(2022, 3, 15)), (date(2022, 11, 7), date(2023, 2, 9)))
RECENT = 10
"""Working days of reports for projects beside those of the winter push."""
FESTIVALS = (date(2022, 2, 1), date(2023, 1, 22))
MISSED, LATE, CORRECTED, SILENT, SAME = 0.035, 0.06, 0.012, 0.045, 0.03
"""Shares: of reports not filed, late, corrected; of sites silent of late, and of sites whose reports never change."""
ARTICLE = "长春市重大项目公开报道（2022—2023）"
STAMPS = {"source": "演示", "import_batch": "demo", "synthetic": True, "version": 1}
PLANS: dict[str, tuple[tuple[str, str, str, float, float, float], ...]] = {
    "line": (
        ("土方开挖", "earthwork", "m³", 2600, 0.02, 0.42), ("桩基与承台", "foundation", "根", 5, 0.08, 0.55), ("主体结构", "structure", "m³", 900, 0.3, 0.85),
        ("机电设备安装", "mep", "%", 0, 0.55, 0.97), ("路面与管网", "outdoor", "m²", 2200, 0.6, 1.0),
    ),
    "plant": (
        ("场地土方", "earthwork", "m³", 1500, 0.02, 0.25), ("基础混凝土", "foundation", "m³", 260, 0.1, 0.4), ("钢结构吊装", "steel", "t", 45, 0.25, 0.6),
        ("屋面与外墙围护", "envelope", "m²", 420, 0.4, 0.6), ("内隔墙砌筑", "partition", "m²", 300, 0.64, 0.85), ("设备安装", "equipment", "%", 0, 0.68, 0.95),
    ),
    "building": (
        ("基坑土方", "earthwork", "m³", 1200, 0.02, 0.22), ("基础混凝土", "foundation", "m³", 300, 0.1, 0.35), ("主体结构混凝土", "structure", "m³", 700, 0.2, 0.52),
        ("隔墙砌筑", "partition", "m²", 650, 0.62, 0.8), ("机电安装", "mep", "%", 0, 0.64, 0.92), ("装饰装修", "fit_out", "m²", 900, 0.68, 0.95),
    ),
}  # fmt: skip
"""Kind of site -> work items: name, kind, unit, quantity for ten million yuan (0: percent), begin and end as shares of the project.
Indoor works begin when the building is closed, at about six tenths."""
SPARE = 40
"""Days before the day promised at which a building is to be closed."""
OPEN_AIR = {"earthwork", "foundation", "structure", "steel", "envelope"}
"""What is done once a building is warmly closed."""
SITE_KIND = {"transport": "line", "municipal": "line", "energy": "line", "industry": "plant", "agriculture": "plant"}
WORDS = {
    "earthwork": "土方外运", "foundation": "基础浇筑，保温养护", "structure": "主体施工", "steel": "钢构吊装", "envelope": "外墙板安装", "partition": "室内隔墙砌筑",
    "equipment": "设备就位调试", "mep": "管线和桥架安装", "fit_out": "室内装修", "outdoor": "场区管网",
}  # fmt: skip
BESIDE = ("", "", "，材料进场验收", "，安全巡查", "，清雪防滑", "，监理例会", "，塔吊检修")
HARSH = ["heating", "curing", "antifreeze", "fire"]
COLUMNS = (
    "id", "project_id", "day", "reporter_id", "workers_planned", "workers_actual", "machines", "weather", "temperature", "done_today", "winter_measures",
    "invested", "filed_at", "late", "corrected", "seconds", "asked", "touched", "created_at", "updated_at",
)  # fmt: skip


@dataclass
class Site:
    """An invented project under construction with what its reports are made of."""

    pk: int
    ref: str
    kind: str
    money: Decimal
    start: date
    finish: date
    since: date
    winter: bool
    enclosed: bool
    closing: date | None
    pace: float
    same: bool
    days: list[date] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    people: list[tuple[date, date | None, int]] = field(default_factory=list)

    @property
    def workers(self) -> int:
        """How many work there in a good week: about 40 for fifty million yuan, 1,000 for ten billion."""
        return max(12, round(14 * (float(self.money) / 1e7) ** 0.62))

    def secretary(self, day: date) -> int | None:
        return next((person for first, last, person in self.people if first <= day and (last is None or day < last)), None)


@dataclass
class Item:
    """A work item: its share done by a day is `(elapsed - begin) / (end - begin)` at the site's own pace."""

    pk: int
    name: str
    kind: str
    unit: str
    quantity: Decimal
    first: date
    last: date
    share: float
    done: Decimal = Decimal(0)
    began: date | None = None
    ended: date | None = None


class Numbers:
    """Keys given out here, because other rows of the same load name them."""

    def __init__(self) -> None:
        self.next: dict[type[models.Model], int] = {
            model: (model._default_manager.aggregate(m=models.Max("pk"))["m"] or 0) + 1 for model in (DailyTrack, WorkItem)
        }

    def take(self, model: type[models.Model]) -> int:
        self.next[model] += 1
        return self.next[model] - 1

    def release(self) -> None:
        """Let the database give out keys after those given here."""
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(self.next)):
                cursor.execute(statement)


def load(users: dict[str, User], facts: dict[str, Any], seed: int) -> None:
    """Everything of this module, after those who carry the projects."""
    rng, numbers = Random(f"tracks-{seed}"), Numbers()
    own = {user.pk for name, user in users.items() if name.startswith("secretary-")}
    found = sites(rng, own)
    _plan(rng, found, numbers)
    tracks = list(_tracks(rng, found, numbers))
    entries = list(_entries(rng, found, {(row[1], row[2]): row[0] for row in tracks}))
    _write(found, tracks, entries)
    numbers.release()
    _correct(rng)
    _beds(rng, found)
    _printed(facts)


# ------------------------------------------------------------------------------------------------------------- which sites


def sites(rng: Random, own: set[int]) -> list[Site]:
    """The invented projects under construction, with the working days for which each reports. Those of the demo's own secretaries
    reported every day up to the last one."""
    winter = set(Project.objects.filter(tags__key="winter_advance", synthetic=True).values_list("pk", flat=True))
    people: dict[int, list[tuple[date, date | None, int]]] = defaultdict(list)
    carried = Responsibility.objects.filter(post="secretary", person__isnull=False).order_by("from_day")
    for pk, first, last, person in carried.values_list("project", "from_day", "to_day", "person"):
        people[pk].append((first, last, person))
    columns = ("pk", "ref", "sector", "planned_investment", "start_actual", "finish_planned", "stage_since", "warm_enclosed")
    rows = Project.objects.filter(stage="under_construction", synthetic=True, pk__in=people).order_by("pk").values_list(*columns)
    waiting = Node.objects.filter(code="warm_enclosure", work=None, reached_on=None, synthetic=True)
    closing = dict(waiting.values_list("project", "due_on"))
    found = []
    for pk, ref, sector, money, start, finish, since, enclosed in rows:
        begun = start.value if start else since or RECORDED
        ends = max(finish.last if finish else begun + timedelta(days=500), FIRST_DAY + timedelta(days=40))
        site = Site(
            pk=pk, ref=ref, kind=SITE_KIND.get(sector, "building"), money=money or Decimal(50_000_000), start=begun, finish=ends, since=since or begun,
            winter=pk in winter, enclosed=enclosed, closing=closing.get(pk), pace=rng.gauss(0, 0.05), same=rng.random() < SAME, people=people[pk],
        )  # fmt: skip
        mine = any(person in own and last is None for _first, last, person in site.people)
        site.days = _days(rng, site, mine)
        found.append(site)
    return found


_calendar: dict[tuple[date, date], list[date]] = {}


def _workdays(first: date, last: date) -> list[date]:
    if (first, last) not in _calendar:
        days = deadlines.calendar()
        span = (first + timedelta(days=at) for at in range((last - first).days + 1))
        _calendar[first, last] = [day for day in span if days.is_workday(day)]
    return _calendar[first, last]


def _days(rng: Random, site: Site, mine: bool) -> list[date]:
    spans = WINTERS if site.winter else WINTERS[1:]
    days = [day for span in spans for day in _workdays(*span)]
    days = days if site.winter else days[-RECENT:]
    first = max(site.since, min(since for since, _last, _person in site.people), site.start)
    days = [day for day in days if day >= first]
    if mine:
        return days
    quiet = rng.choice((2, 2, 3, 3, 5, 6, 9)) if rng.random() < SILENT else 0
    return [day for day in (days[:-quiet] if quiet else days) if rng.random() > MISSED]


# -------------------------------------------------------------------------------------------------------------- work items


def _plan(rng: Random, found: list[Site], numbers: Numbers) -> None:
    """What is to be built, when, and how far it is."""
    for site in found:
        whole = max((site.finish - site.start).days, 60)
        scale = float(site.money) / 1e7
        elapsed = min(0.97, max(0.02, (FIRST_DAY - site.start).days / whole + site.pace))
        come = min(elapsed, _outdoors(site))
        for name, kind, unit, each, begin, end in PLANS[site.kind]:
            first, last = (site.start + timedelta(days=round(whole * share)) for share in (begin, end))
            amount = Decimal(100) if unit == "%" else natural(each * scale**0.85 * rng.uniform(0.7, 1.3))
            share = 1.0 if site.enclosed and kind in OPEN_AIR else max(0.0, min(1.0, (come - begin) / (end - begin)))
            if share == 0 and first > FIRST_DAY + timedelta(days=200):
                continue
            site.items.append(Item(numbers.take(WorkItem), name, kind, unit, amount, first, last, share))
        _progress(site)


def _outdoors(site: Site) -> float:
    """How far a building is that is still to be closed: of its building days up to the closing, which lies some weeks before the day
    promised, so many are over.
    """
    if site.closing is None:
        return 1.0
    closing = max(site.closing - timedelta(days=SPARE), FIRST_DAY + timedelta(days=30))
    return CLOSED_AT * building_days(site.start, FIRST_DAY) / building_days(site.start, closing) + site.pace


def natural(amount: float) -> Decimal:
    """As a bill of quantities states it: two figures and noughts."""
    step = 10 ** max(0, len(str(int(amount))) - 2)
    return Decimal(max(step, round(amount / step) * step))


def _progress(site: Site) -> None:
    for item in site.items:
        item.done = (item.quantity * Decimal(str(round(item.share, 3)))).quantize(Decimal("0.01") if item.unit == "%" else Decimal(1))
        if item.done:
            item.began = min(item.first, WINTERS[1][1])
        if item.done >= item.quantity:
            item.ended = max(item.began or item.first, min(item.last, WINTERS[1][1]))


def _entries(rng: Random, found: list[Site], tracks: dict[tuple[int, date], int]) -> Iterator[tuple[Any, ...]]:
    """What is finished as one entry; what goes on as the sum carried forward and a share for each of the last reports."""
    for site in found:
        days = site.days[-RECENT:]
        for item in site.items:
            if not item.done:
                continue
            if item.ended or not days:
                yield (item.pk, item.ended or WINTERS[1][1], item.done, "演示")
                continue
            step = Decimal("0.1") if item.unit == "%" else Decimal(1)
            each = (item.quantity / max((item.last - item.first).days, 30) * Decimal(str(round(rng.uniform(0.7, 1.2), 2)))).quantize(step)
            parts = [(day, amount) for day in days if (amount := (each * Decimal(str(round(rng.uniform(0.5, 1.4), 1)))).quantize(step)) > 0]
            while parts and sum(amount for _day, amount in parts) >= item.done:
                parts.pop(0)
            opening = item.done - sum((amount for _day, amount in parts), Decimal(0))
            yield (item.pk, max(item.began or item.first, days[0] - timedelta(days=1)), opening, "结转（演示）")
            for day, amount in parts:
                yield (item.pk, day, amount, f"track:{tracks[site.pk, day]}")


# ------------------------------------------------------------------------------------------------------------------ tracks


def crowd(site: Site, day: date) -> float:
    """The share of a good week's workers that is there: fewer in the cold, hardly any around the Spring Festival."""
    season = 0.95 if site.enclosed else {11: 0.9, 12: 0.75, 1: 0.62, 2: 0.66, 3: 0.85}.get(day.month, 1.0)
    for festival in FESTIVALS:
        away = (day - festival).days
        if -20 <= away < 0:
            season *= 0.12 + 0.88 * -away / 20
        elif 0 <= away <= 18:
            season *= 0.12 + 0.88 * away / 18
    return season


def _sky(rng: Random) -> dict[date, tuple[str, int]]:
    """The city's weather by day: its word and the degrees."""
    mean = {11: -3, 12: -11, 1: -15, 2: -9, 3: 0}
    words, weights = ("sunny", "cloudy", "snow", "wind", "fog"), (46, 30, 13, 7, 4)
    days = [day for span in WINTERS for day in _workdays(*span)]
    return {day: (rng.choices(words, weights)[0], round(mean.get(day.month, 5) + rng.gauss(0, 4))) for day in days}


def _tracks(rng: Random, found: list[Site], numbers: Numbers) -> Iterator[tuple[Any, ...]]:
    adapt, sky = connection.ops.adapt_datetimefield_value, _sky(rng)
    packed = DailyTrack._meta.get_field("winter_measures")
    measures = [packed.get_db_prep_save(HARSH[:number], connection) for number in range(len(HARSH) + 1)]
    for site in found:
        usual = site.workers
        going = [item for item in site.items if 0 < item.share < 1] or site.items
        for at, day in enumerate(site.days):
            weather, degrees = sky[day]
            planned = max(5, round(usual * crowd(site, day) * 1.04))
            actual = max(0, round(planned * rng.uniform(0.82, 1.03)))
            planned, actual = (_round(planned), _round(planned)) if site.same else (planned, actual)
            words = WORDS[going[0 if site.same else at % len(going)].kind] + ("" if site.same else rng.choice(BESIDE))
            late = rng.random() < LATE
            filed = adapt(_filed(rng, day, late))
            cold = 0 if degrees > 5 else min(len(HARSH), 1 + (site.pk + day.month) % 4)
            yield (
                numbers.take(DailyTrack), site.pk, day, site.secretary(day), planned, actual, max(1, planned // 22), weather, degrees + site.pk % 3 - 1,
                words, measures[cold], None, filed, late, 0, rng.randint(9, 33), 18 + len(going), rng.randint(1, 5), filed, filed,
            )  # fmt: skip


def _round(number: int) -> int:
    return max(10, round(number / 10) * 10)


def _filed(rng: Random, day: date, late: bool) -> datetime:
    """Most file in the last hour before the cut-off, most of these in its last ten minutes."""
    if late:
        return datetime.combine(day, time(17, 1), BEIJING) + timedelta(minutes=rng.choice((2, 9, 25, 70, 160, 940)))
    before = rng.choice((1, 2, 4, 6, 8, 9, 15, 40, 90))
    return datetime.combine(day, time(17), BEIJING) - timedelta(minutes=before, seconds=rng.randint(0, 59))


def _write(found: list[Site], tracks: list[tuple[Any, ...]], entries: list[tuple[Any, ...]]) -> None:
    at = instant(RECORDED, "tracks")
    item_columns = (
        "id",
        "project_id",
        "name",
        "kind",
        "unit",
        "quantity",
        "done",
        "start_planned",
        "finish_planned",
        "start_actual",
        "finish_actual",
        "position",
    )
    items = [
        (
            item.pk,
            site.pk,
            item.name,
            item.kind,
            item.unit,
            str(item.quantity),
            str(item.done),
            item.first,
            item.last,
            item.began,
            item.ended,
            place,
        )
        for site in found
        for place, item in enumerate(site.items)
    ]
    bulk.insert(WorkItem, item_columns, items, created_at=at, updated_at=at, **STAMPS)
    bulk.insert(DailyTrack, COLUMNS, tracks, **STAMPS)
    rows = [(item, day, str(amount), origin) for item, day, amount, origin in entries]
    bulk.insert(QuantityEntry, ("item_id", "day", "amount", "origin"), rows, synthetic=True)


def _correct(rng: Random) -> None:
    """Some reports were corrected the day after: the number of workers, with the reason."""
    rows = []
    ids = list(DailyTrack.objects.filter(synthetic=True).order_by("pk").values_list("pk", flat=True))
    chosen = DailyTrack.objects.in_bulk(rng.sample(ids, round(len(ids) * CORRECTED)))
    for pk in sorted(chosen):
        track = chosen[pk]
        was = max(0, track.workers_actual + rng.choice((-30, -12, -5, 4, 10, 25)))
        rows.append(
            TrackCorrection(
                track=track, changes={"workers_actual": [was, track.workers_actual]}, reason=rng.choice(("与实名制考勤核对", "点错一位", "漏报夜班班组")),
                by_id=track.reporter_id, at=track.filed_at + timedelta(hours=rng.randint(1, 20)), synthetic=True,
            )
        )  # fmt: skip
        track.corrected, track.version = 1, 2
    TrackCorrection.objects.bulk_create(
        [row for row in rows if row.changes["workers_actual"][0] != row.track.workers_actual], batch_size=500
    )
    DailyTrack.objects.bulk_update([row.track for row in rows], ["corrected", "version"], batch_size=500)


def _beds(rng: Random, found: list[Site]) -> None:
    """Beds beside the larger winter sites."""
    at = instant(RECORDED, "beds")
    large = [site for site in found if site.winter and site.workers > 150][:24]
    WorkerHousing.objects.bulk_create(
        [
            WorkerHousing(
                project_id=site.pk, name="工人生活区", capacity=_round(round(site.workers * rng.uniform(0.6, 1.1))), temporary_land=rng.random() < 0.4,
                from_day=max(site.start, date(2022, 3, 1)), created_at=at, updated_at=at, **STAMPS,
            )
            for site in large
        ]
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- what is printed


def _printed(facts: dict[str, Any]) -> None:
    """The work items and beds that the articles tell of. They print no day of the earthwork and no exact number of beds: see `source`."""
    told = {each["ref"]: each for each in facts["projects"]}
    if earth := told["byd_battery"].get("earthworks"):
        project = _named(told["byd_battery"]["name"])
        last = date(2022, 10, 31)
        first = last - timedelta(days=30 * earth["months"]["value"])
        source = f"{ARTICLE}：60万立方米土方约一个月完成；起止日报道未载，按三十天登记"
        _item(
            project, "场地土方", "earthwork", "m³", Decimal(earth["volume_m3"]), [(last, Decimal(earth["volume_m3"]))], source, first, last
        )
    for work in told["audi_faw_nev"]["works"]:
        if work.get("bound") == "more_than" and work["ref"] == "partition_walls":
            day, least = date.fromisoformat(work["on"]), Decimal(work["pct"]) + 1
            until = from_iso(work["forecast_done"])
            source = f"{ARTICLE}：截至{day}超{work['pct']}%；工程量和确数报道未载，按{least}%登记"
            plan = until.last if until else None
            _item(
                _named(told["audi_faw_nev"]["name"]),
                work["name"],
                "partition",
                "%",
                Decimal(100),
                [(day, least)],
                source,
                finish_planned=plan,
            )
    beds = told["gensci_park"].get("worker_housing")
    park = _named(told["gensci_park"]["name"])
    if beds and park:
        at = instant(RECORDED, f"{park.ref}beds")
        source = f"{ARTICLE}：临时用地上容纳{beds['word']}工人的临时宿舍；确数报道未载，按下限200人登记"
        WorkerHousing.objects.create(
            project=park, name="工人临时宿舍", capacity=200, temporary_land=True, created_at=at, updated_at=at, source=source, import_batch="demo"
        )  # fmt: skip


def _named(name: str) -> Project | None:
    return Project.objects.filter(name=name, synthetic=False).first()


def _item(
    project: Project | None,
    name: str,
    kind: str,
    unit: str,
    quantity: Decimal,
    done: list[tuple[date, Decimal]],
    source: str,
    start: date | None = None,
    finish: date | None = None,
    finish_planned: date | None = None,
) -> None:
    if project is None:
        return
    at = instant(RECORDED, f"{project.ref}{kind}")
    item = WorkItem.objects.create(
        project=project, work=Work.objects.filter(project=project, name=name).first(), name=name, kind=kind, unit=unit, quantity=quantity,
        done=sum((amount for _day, amount in done), Decimal(0)), start_actual=start, finish_actual=finish, finish_planned=finish_planned, source=source,
        import_batch="demo", created_at=at, updated_at=at,
    )  # fmt: skip
    QuantityEntry.objects.bulk_create([QuantityEntry(item=item, day=day, amount=amount, origin="公开报道") for day, amount in done])
