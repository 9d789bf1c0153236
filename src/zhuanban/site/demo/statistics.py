"""How the demo city's projects came into statistics: packs with papers, reviews, two winters of monthly figures, months and differences.

Dates agree with each project's nodes and flags. Of the named projects only the lengths of time that the articles print are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Max, OuterRef, Subquery

from zhuanban.domains.people.models import Area, User
from zhuanban.domains.plans.models import Node, QuantityEntry
from zhuanban.domains.portfolio.models import InvestmentEntry, MonthLock, Project, Proof
from zhuanban.domains.statistics import actions
from zhuanban.domains.statistics.models import (
    DifferenceKind,
    EntryPaper,
    Explanation,
    ReportingMonth,
    StatedSpan,
    StatisticalFigure,
    StatisticsEntry,
)
from zhuanban.domains.statistics.queries import months
from zhuanban.kernel import access, deadlines
from zhuanban.kernel.models import Dossier
from zhuanban.site.demo import bulk
from zhuanban.site.demo.drafts import instant
from zhuanban.site.demo.lives import TODAY
from zhuanban.site.demo.real import RECORDED

ARTICLE = "长春市重大项目公开报道（2022—2023）"
FIRST, LAST = date(2022, 1, 1), date(2023, 1, 1)
MISSING, BACK = 0.02, 0.006
"""Of the last month's figures: not reported; sent back."""
SHIFTED, PRICED, SCOPED = 0.05, 0.12, 0.06
"""Of the reporting projects: a month counted later, another price basis, costs outside the scope of statistics."""
FLAWS = {
    "form": (5, ""), "name": (2, "批文的单位与项目单位不一致，请补充说明或更正。"), "amount": (3, "批文与申报表计划总投资不一致，请以批文为准更正申报表。"),
    "levelling": (2, "现场照片只有场地平整，请补基础施工照片并注明日期。"), "none": (3, ""),
}  # fmt: skip
"""What a pack that is not ready suffers from, how often, and what the statistician wrote when it was returned for it."""
STATES = ("not_ready", "pack_complete", "submitted_county", "submitted_city")
SPAN_ENDS = {"first_contact": "first_contact", "landing": "landing", "construction_start": "construction_start", "completion": "completion"}
PAPER = (
    "entry_id", "kind", "number", "party", "project_code", "amount", "dated_on", "shows", "note", "created_at", "updated_at",
)  # fmt: skip


@dataclass
class Made:
    """One project's entry as it came to stand."""

    project: int
    ref: str
    name: str
    code: str
    owner: str
    area: str | None
    amount: Decimal
    start: date | None
    finish: date | None
    stage: str
    state: str
    since: date
    pack_on: date | None = None
    county_on: date | None = None
    city_on: date | None = None
    bank_on: date | None = None
    reporting_from: date | None = None
    completed_on: date | None = None
    defects: str = ""
    returned_on: date | None = None
    returns: int = 0
    flaw: str = "none"
    property: bool = False


def load(users: dict[str, User], facts: Mapping[str, Any], seed: int) -> None:
    """Entries of the listed projects, their papers and figures, the months, and what the articles tell of lengths of time."""
    rng = Random(f"statistics-{seed}")
    _spans(facts)
    measured = set(QuantityEntry.objects.exclude(item__kind__in=["earthwork", "outdoor", "other"]).values_list("item__project", flat=True))
    made = [_entry(rng, row, measured) for row in _projects()]
    _write_entries(made, users)
    keys = dict(StatisticsEntry.objects.values_list("project", "pk"))
    _papers(rng, made, keys)
    _figures(rng, made, keys, users)
    _reviews(made, keys)
    _months(users)


def _spans(facts: Mapping[str, Any]) -> None:
    """The lengths of time that the articles print without their days."""
    pks = dict(Project.objects.filter(synthetic=False).values_list("name", "pk"))
    at = instant(RECORDED, "spans")
    StatedSpan.objects.bulk_create(
        [
            StatedSpan(
                project_id=pks[told["name"]], begins=SPAN_ENDS[span["from"]], ends=SPAN_ENDS[span["to"]], length=span.get("days", span.get("months")),
                unit="day" if "days" in span else "month", source=ARTICLE, created_at=at, updated_at=at,
            )
            for told in facts["projects"]
            for span in told.get("durations", [])
        ]
    )  # fmt: skip


def _projects() -> Iterator[dict[str, Any]]:
    rows = Project.objects.filter(synthetic=True, memberships__list__level="city", memberships__removed_on=None).exclude(stage="cancelled")
    node = Node.objects.filter(project=OuterRef("pk"), code="statistics", work=None).values("reached_on")[:1]
    columns = (
        "pk", "ref", "name", "area", "project_code", "planned_investment", "stage", "start_actual", "finish_actual", "entered_bank", "entered_statistics",
        "owner_org__name", "industry_code",
    )  # fmt: skip
    yield from rows.order_by("pk").distinct().values(*columns, entered_on=Subquery(node))


def _entry(rng: Random, row: dict[str, Any], measured: set[int]) -> Made:
    start = row["start_actual"].last if row["start_actual"] else None
    finish = row["finish_actual"].last if row["finish_actual"] else None
    made = Made(
        row["pk"], row["ref"], row["name"], row["project_code"] or "", row["owner_org__name"] or "", row["area"], row["planned_investment"], start, finish,
        row["stage"], "not_ready", start or date(2022, 12, 26), property=row["industry_code"].startswith("70"),
    )  # fmt: skip
    if start and row["entered_bank"]:
        _banked(rng, made, row)
    elif start:
        _on_its_way(rng, made, measured)
    return made


def _banked(rng: Random, made: Made, row: dict[str, Any]) -> None:
    """Through the reviews some weeks after the start; in the bank within the window of a month."""
    start = made.start or FIRST
    made.pack_on = start + timedelta(days=rng.randint(8, 40))
    made.county_on = made.pack_on + timedelta(days=rng.choice((1, 1, 2, 3, 6)))
    made.city_on = made.county_on + timedelta(days=rng.choice((2, 3, 4, 5, 8)))
    entered = row["entered_on"]
    bank = made.city_on + timedelta(days=rng.choice((2, 3, 5, 7, 12)))
    made.bank_on = min(bank, entered or TODAY - timedelta(days=3), TODAY - timedelta(days=3))
    made.city_on = min(made.city_on, made.bank_on)
    made.county_on, made.pack_on = min(made.county_on, made.city_on), min(made.pack_on, made.city_on)
    made.returns = 1 if rng.random() < 0.11 else 0
    made.returned_on = made.county_on - timedelta(days=3) if made.returns else None
    made.state, made.since = "accepted_bank", made.bank_on
    if row["entered_statistics"]:
        since = max(entered or made.bank_on, made.bank_on)
        made.reporting_from = since.replace(day=1)
        made.state, made.since = "reporting", since
        if made.finish and made.finish < LAST:
            ended = months.next_month(made.finish.replace(day=1)) - timedelta(days=1)
            made.completed_on = min(max(ended, since + timedelta(days=1)), TODAY - timedelta(days=2))
            made.state, made.since = "completed", made.completed_on


def _on_its_way(rng: Random, made: Made, measured: set[int]) -> None:
    """Started and not in the bank yet: somewhere on the way, some of them returned."""
    made.state = rng.choices(STATES, (8, 3, 5, 4))[0] if made.code else "not_ready"
    at = STATES.index(made.state)
    if at == 0:
        made.flaw = rng.choices(list(FLAWS), [weight for weight, _words in FLAWS.values()])[0]
        if made.flaw == "levelling" and made.project in measured:  # measured works prove what the photo does not
            made.flaw = "amount"
        made.since = max(made.start or FIRST, date(2022, 9, 1))
        made.defects = FLAWS[made.flaw][1]
        if made.defects:
            made.returns = rng.choice((1, 1, 2))
            made.returned_on = made.since = TODAY - timedelta(days=rng.randint(2, 25))
        return
    made.since = TODAY - timedelta(days=rng.randint(1, 9))
    made.city_on = made.since if at == 3 else None
    made.county_on = made.since if at == 2 else made.since - timedelta(days=3) if at > 2 else None
    made.pack_on = (made.county_on or made.since) - timedelta(days=1 if at > 1 else 0)


def _write_entries(made: list[Made], users: dict[str, User]) -> None:
    giver, checker, city = users["dispatcher-city"].pk, users["statistician-nongan"].pk, users["statistician-city"].pk
    names = (
        "project_id", "state", "state_since", "pack_on", "county_on", "city_on", "bank_on", "bank_number", "reporting_from", "completed_on", "defects",
        "returned_on", "returns", "handed_in_by_id", "confirmed_by_id", "created_at", "updated_at",
    )  # fmt: skip
    rows = []
    for each in made:
        at, opened = _instant(each.since, each.ref), _instant(each.start or each.since, each.ref)
        number = f"2201{each.ref[3:7]}{each.ref[8:]}" if each.bank_on else ""
        confirmed = (checker if each.area == "220122" else city) if each.city_on else None
        rows.append(
            (
                each.project, each.state, each.since, each.pack_on, each.county_on, each.city_on, each.bank_on, number, each.reporting_from,
                each.completed_on, each.defects, each.returned_on, each.returns, giver if each.county_on else None, confirmed, opened, at,
            )
        )  # fmt: skip
    bulk.insert(StatisticsEntry, names, rows, synthetic=True, import_batch="demo", source="演示")


# Papers -------------------------------------------------------------------------------------------------------------------


def _papers(rng: Random, made: list[Made], keys: Mapping[int, int]) -> None:
    approvals = dict(Proof.objects.filter(kind="approval").order_by("pk").values_list("project", "issued_on"))
    rows = [row for each in made if each.start for row in _pack(rng, each, keys[each.project], approvals.get(each.project))]
    bulk.insert(EntryPaper, PAPER, rows, synthetic=True, import_batch="demo", source="演示")


def _pack(rng: Random, made: Made, entry: int, approved: date | None) -> Iterator[tuple[Any, ...]]:
    """The papers of a pack; one that is not ready lacks some, or two of them do not agree."""
    start = made.start or FIRST
    handed = made.pack_on or start + timedelta(days=10)
    at = _instant(handed, made.ref)
    named = made.owner.replace("有限公司", "有限责任公司") if made.flaw == "name" else made.owner
    amount = made.amount * Decimal("1.1") if made.flaw == "amount" else made.amount
    day = approved or start - timedelta(days=70)
    stamps = (at, at)
    yield (entry, "licence", "", made.owner, "", None, None, "", "", *stamps)
    yield (entry, "approval", f"长演备〔{day.year}〕{int(made.ref[8:])}号", named, made.code, made.amount, day, "", "", *stamps)
    if rng.random() < 0.7:
        signed = start - timedelta(days=rng.randint(6, 30))
        yield (entry, "contract", f"SG-{made.ref[3:]}", made.owner, "", None, signed, "", "", *stamps)
    if made.property:
        yield (entry, "land_title", f"长演不动产〔{start.year}〕{int(made.ref[8:])}号", made.owner, "", None, day, "", "", *stamps)
    shown = "levelling" if made.flaw == "levelling" else "foundation"
    taken = min(start + timedelta(days=rng.randint(4, 20)), TODAY - timedelta(days=1))
    yield (entry, "photo", "", "", "", None, taken, shown, "项目现场", *stamps)
    if made.flaw != "form":
        told = max(handed, taken, start)
        yield (entry, "form", f"RK-{made.ref[3:]}", made.owner, made.code, amount, min(told, TODAY), "", "", *stamps)


# Figures ------------------------------------------------------------------------------------------------------------------


def _figures(rng: Random, made: list[Made], keys: Mapping[int, int], users: dict[str, User]) -> None:
    """What went into statistics beside the project's own months: mostly the same, some a month later, at another price, without costs that
    statistics leave out; and what somebody said about it."""
    own: dict[int, dict[date, Decimal]] = defaultdict(dict)
    entries = InvestmentEntry.objects.filter(month__gte=FIRST, month__lte=LAST, corrects=None)
    for project, month, amount in entries.values_list("project", "month", "amount"):
        own[project][month] = amount
    reporting = [each for each in made if each.reporting_from]
    rows, told = [], []
    by = {"created_by_id": users["dispatcher-city"].pk}
    checker = users["statistician-city"].pk
    for each in reporting:
        kept, said = _stated(rng, each, own[each.project])
        told += [(keys[each.project], *explanation) for explanation in said]
        for month, amount in kept:
            state = "confirmed" if month < LAST or rng.random() < 0.6 else "reported"
            why = ""
            if month == LAST and rng.random() < BACK:
                state, why = "sent_back", "与形象进度不符，请核实后重报。"
            at = _instant(months.next_month(month) + timedelta(days=int(each.ref[-2:]) % 8), each.ref)
            rows.append((each.project, month, amount, state, why, checker if state == "confirmed" else None, at, at))
    names = ("project_id", "month", "amount", "state", "why", "confirmed_by_id", "created_at", "updated_at")
    bulk.insert(StatisticalFigure, names, rows, synthetic=True, import_batch="demo", source="演示", **by)
    kinds = dict(DifferenceKind.objects.values_list("key", "pk"))
    at = instant(TODAY - timedelta(days=5), "explanations")
    bulk.insert(
        Explanation,
        ("entry_id", "year", "kind_id", "amount", "words"),
        [(entry, 2022, kinds[kind], amount, words) for entry, kind, amount, words in told],
        created_at=at, updated_at=at, synthetic=True, import_batch="demo", source="演示", **by,
    )  # fmt: skip


def _stated(rng: Random, made: Made, own: Mapping[date, Decimal]) -> tuple[list[tuple[date, Decimal]], list[tuple[str, Decimal, str]]]:
    """The months that went into statistics, and the differences that somebody explained."""
    first = max(made.reporting_from or FIRST, FIRST)
    last = (made.completed_on or LAST).replace(day=1)
    mine = [(month, own[month]) for month in sorted(own) if first <= month <= min(last, LAST)]
    if mine and mine[-1][0] == LAST and rng.random() < MISSING:
        mine = mine[:-1]
    draw, explains, said = rng.random(), rng.random() < 0.7, []
    year = sum((amount for month, amount in mine if month.year == 2022), Decimal(0))
    if draw < SHIFTED and len(mine) > 3:
        at = next((place for place, (month, _amount) in enumerate(mine) if month == date(2022, 12, 1)), None)
        if at is not None and at + 1 < len(mine):
            moved = _round(mine[at][1] * Decimal("0.4"))
            mine[at], mine[at + 1] = (mine[at][0], mine[at][1] - moved), (mine[at + 1][0], mine[at + 1][1] + moved)
            said = [("timing", moved, "12月部分工程量次年1月计量。")] if moved and explains else []
    elif draw < SHIFTED + PRICED and year:
        factor = Decimal(str(round(rng.uniform(0.93, 1.03), 3)))
        mine = [(month, _round(amount * factor)) for month, amount in mine]
        gap = year - sum((amount for month, amount in mine if month.year == 2022), Decimal(0))
        said = [("price_basis", gap, "统计按形象进度计价。")] if gap and explains else []
    elif draw < SHIFTED + PRICED + SCOPED and year:
        place = rng.randrange(len(mine))
        out = _round(mine[place][1] * Decimal("0.3"))
        mine[place] = (mine[place][0], mine[place][1] - out)
        said = [("scope", out, "土地费用不计入统计投资。")] if out and explains and mine[place][0].year == 2022 else []
    return mine, said


def _instant(day: date, ref: str) -> Any:
    """An instant as the database takes it in a plain row."""
    return connection.ops.adapt_datetimefield_value(instant(day, ref))


def _round(amount: Decimal) -> Decimal:
    """To ten thousand yuan, as ledgers give it."""
    return Decimal(round(amount / 10_000) * 10_000)


# Reviews and months -------------------------------------------------------------------------------------------------------


def _reviews(made: list[Made], keys: Mapping[int, int]) -> None:
    """The packs in review have a clock each."""
    calendar = deadlines.calendar()
    for each in made:
        if each.state not in ("submitted_county", "submitted_city"):
            continue
        county = each.state == "submitted_county"
        area = each.area if county and each.area else settings.CITY["area"]
        words = "审核入库材料" if county else "市级审核入库材料"
        entry = StatisticsEntry.objects.select_related("project__dossier").get(pk=keys[each.project])
        entry.deadline = deadlines.owe(
            entry.project.dossier, f"area:{area}", f"{words}：{each.name}", on_due="statistics.review_late", started_on=each.since,
            working_days=3 if county else 5, due_on=calendar.due(each.since, 3 if county else 5), url=entry.get_absolute_url(),
        )  # fmt: skip
        entry.save(update_fields=["deadline"])


def _months(users: dict[str, User]) -> None:
    """The months of 2022 with their windows, closed by the locks that are there; January 2023 runs, February has begun."""
    city = Area.objects.get(pk=settings.CITY["area"])
    calendar = deadlines.calendar()
    newest = MonthLock.objects.filter(area=city).aggregate(last=Max("month"))["last"]
    made = []
    for month in [*(date(2022, number, 1) for number in range(1, 13)), date(2023, 1, 1), date(2023, 2, 1)]:
        opens = months.windows(month, calendar)
        at = instant(month, "months")
        title = f"{month:%Y-%m} 报统"
        dossier = Dossier.objects.create(
            kind="statistics.month", ref=f"TJ-{month:%Y-%m}", title=title, area=city.key, search_text=f"{month:%Y-%m}", changed_at=at
        )
        owed, lacking = months.owing(month).count(), months.missing(month).count()
        closed = newest is not None and month <= newest
        row = ReportingMonth.objects.create(
            dossier=dossier, area=city, month=month, entries_from=opens.entries_from, entries_until=opens.entries_until,
            figures_from=opens.figures_from, figures_until=opens.figures_until, provisional=opens.provisional,
            owed=owed if closed else None, missing=lacking if closed else None,
            created_at=at, updated_at=at, synthetic=True, import_batch="demo", source="演示",
        )  # fmt: skip
        Dossier.objects.filter(pk=dossier.pk).update(url=row.get_absolute_url())
        access.grant(dossier, actions.levels_of(row))
        made.append(row)
    actions.let_areas_owe(made[-2])
