"""Reads of the portfolio that cross tables or feed a page."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext_lazy

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import AnnualPlan, Fund, InvestmentEntry, ListMembership, MergeProposal, Project
from zhuanban.kernel import charts, clock, columns, parameters, show
from zhuanban.kernel.models import Event

THRESHOLD = parameters.declare(
    "portfolio.list_threshold", gettext_lazy("年度清单的计划总投资下限"), int, pgettext_lazy("parameter unit", "元")
)
SIMILARITY = parameters.declare("portfolio.duplicate_similarity", gettext_lazy("疑似重复的名称相似度下限"), float)


def invested_in(project: Project, month: date) -> Decimal:
    """What is known of a month: its entry and all corrections."""
    return InvestmentEntry.objects.filter(project=project, month=month).aggregate(s=Sum("amount"))["s"] or Decimal(0)


def invested(projects: QuerySet | list[Any], first: date, last: date) -> dict[int, Decimal]:
    """Investment completed by project over whole months; a project without entries is absent, not zero. One query."""
    rows = InvestmentEntry.objects.filter(project__in=projects, month__gte=first, month__lte=last)
    return dict(rows.values_list("project").annotate(s=Sum("amount")).values_list("project", "s"))


def investment_by_month(project: Project, first: date, last: date) -> list[tuple[date, Decimal]]:
    rows = InvestmentEntry.objects.filter(project=project, month__gte=first, month__lte=last)
    return list(rows.values_list("month").annotate(s=Sum("amount")).order_by("month").values_list("month", "s"))


def curve(projects: QuerySet, year: int) -> tuple[list[tuple[str, float]], list[tuple[str, float | None]]]:
    """The year's plan spread over the months of the building season and what was completed, both cumulative, in yuan.

    The plan follows the city's parameter `portfolio.month_weights` (share of a year's plan by month).
    """
    plan = AnnualPlan.objects.filter(project__in=projects.values("pk"), year=year).aggregate(s=Sum("amount"))["s"] or Decimal(0)
    weights = [Decimal(str(weight)) for weight in parameters.value(MONTH_WEIGHTS)]
    done = dict(
        InvestmentEntry.objects.filter(project__in=projects.values("pk"), month__year=year)
        .values_list("month__month")
        .annotate(s=Sum("amount"))
        .values_list("month__month", "s")
    )
    today = clock.today()
    reported = max(done, default=0) if year >= today.year else 12
    planned, actual, so_far, share = [], [], Decimal(0), Decimal(0)
    for month in range(1, 13):
        share += weights[month - 1]
        planned.append((show.month(month), float(plan * share / sum(weights))))
        so_far += done.get(month, Decimal(0))
        actual.append((show.month(month), float(so_far) if month <= reported else None))
    return planned, actual


MONTH_WEIGHTS = parameters.declare("portfolio.month_weights", gettext_lazy("年度计划投资的月度权重"), list)


def listed(projects: QuerySet, year: int, level: str = "city") -> QuerySet:
    """Projects on a year's list of a level, at or over the list's threshold."""
    on_list = ListMembership.objects.filter(list__year=year, list__level=level, removed_on=None)
    return projects.filter(pk__in=on_list.values("project"), planned_investment__gte=parameters.value(THRESHOLD))


def add_year_to_date(rows: list[Project]) -> None:
    """What each project on the page has completed this year and planned for it: two queries for the page."""
    today = clock.today()
    year = reporting_year(today)
    done = invested([row.pk for row in rows], today.replace(year=year, month=1, day=1), today.replace(year=year, month=12, day=1))
    plans = annual_plans([row.pk for row in rows], year)
    for row in rows:
        row.invested_year, row.plan_year = done.get(row.pk), plans.get(row.pk)
        row.completion = row.invested_year * 100 / row.plan_year if row.plan_year and row.invested_year is not None else None


def stage_counts(projects: QuerySet) -> dict[str, int]:
    return dict(projects.order_by().values_list("stage").annotate(n=Count("pk")).values_list("stage", "n"))


def by_area(projects: QuerySet) -> list[dict[str, Any]]:
    """Count and planned investment per area, zones on their own."""
    return list(
        projects.order_by().values("area", "area__name").annotate(n=Count("pk"), money=Sum("planned_investment")).order_by("-money")
    )


def by_industry(projects: QuerySet) -> list[dict[str, Any]]:
    rows = projects.exclude(industry=None).order_by().values("industry", "industry__name", "industry__goal_word", "industry__goal_output")
    return list(rows.annotate(n=Count("pk"), money=Sum("planned_investment")).order_by("industry__position"))


def by_sector(projects: QuerySet) -> list[dict[str, Any]]:
    return list(
        projects.exclude(sector="").order_by().values("sector").annotate(n=Count("pk"), money=Sum("planned_investment")).order_by("-money")
    )


def as_at(project: Project, day: date) -> dict[str, Any] | None:
    """The project's columns as they stood at the end of a day, by taking back every later change. None before it existed."""
    instant = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    events = Event.objects.filter(dossier_id=project.pk)
    if not events.filter(at__lt=instant).exists():
        return None
    values = {field.attname: getattr(project, field.attname) for field in project._meta.concrete_fields}
    for changes in events.filter(at__gte=instant, subject="").order_by("-seq").values_list("data__changes", flat=True):
        for name, (before, _after) in (changes or {}).items():
            values[name] = before
    return values


# Pairs that look alike -----------------------------------------------------------------------------------------


def core(name: str) -> str:
    """A project's name without the words that tell nothing apart: phases, 项目, 工程, brackets, spaces."""
    plain = re.sub(r"[（(].*?[)）]|[\s·・\-—]", "", name)
    return re.sub(r"(建设)?(项目|工程)$|第?[一二三四五六七八九十\d]+期", "", plain)


SAME_OWNER, SAME_AREA = gettext_noop("同一项目单位，名称相近"), gettext_noop("同一属地，名称相近")


def lookalikes(projects: QuerySet) -> list[tuple[int, int, float, str]]:
    """Pairs of projects with like names in one area: (lower id, higher id, score 0..1, why). Compared within owner or first letters,
    so the cost grows with the size of those groups and not with the square of the city."""
    groups: dict[tuple, list[tuple[int, str, int | None]]] = defaultdict(list)
    for pk, name, owner, area in projects.order_by("pk").values_list("pk", "name", "owner_org", "area"):
        groups[("letters", area, core(name)[:2])].append((pk, name, owner))
        if owner:
            groups[("owner", owner)].append((pk, name, owner))
    found: dict[tuple[int, int], tuple[float, str]] = {}
    least = parameters.value(SIMILARITY)
    for members in groups.values():
        for at, (pk, name, owner) in enumerate(members[:200]):
            for other, other_name, other_owner in members[at + 1 : 200]:
                score = difflib.SequenceMatcher(None, core(name), core(other_name)).ratio()
                if score >= least:
                    same_owner = owner is not None and owner == other_owner
                    why = SAME_OWNER if same_owner else SAME_AREA
                    found[(min(pk, other), max(pk, other))] = (min(1.0, score + (0.1 if same_owner else 0)), why)
    return [(*pair, *why) for pair, why in sorted(found.items())]


def propose_merges(projects: QuerySet) -> int:
    """Write the pairs that have not been proposed yet; returns how many."""
    at = clock.now()
    known = set(MergeProposal.objects.values_list("project", "other"))
    rows = [
        MergeProposal(project_id=pk, other_id=other, score=score, why=why, created_at=at, updated_at=at)
        for pk, other, score, why in lookalikes(projects)
        if (pk, other) not in known
    ]
    MergeProposal.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


MERGED_FIELDS = (
    "project_code",
    "permission_regime",
    "investment_kind",
    "build_kind",
    "sector",
    "industry_code",
    "industry",
    "theme",
    "owner_org",
    "contractor",
    "site",
    "land_area_m2",
    "floor_area_m2",
    "content_and_scale",
    "planned_investment",
    "first_contact_on",
    "landed_on",
    "start_planned",
    "start_actual",
    "finish_planned",
    "finish_actual",
    "production_planned",
    "production_actual",
    "jobs_planned",
)


def gaps_filled(kept: Project, gone: Project) -> list[str]:
    """The facts that the kept project lacks and the other has."""
    return [
        name
        for name in MERGED_FIELDS
        if name != "project_code" and getattr(kept, name) in (None, "") and getattr(gone, name) not in (None, "")
    ]


def merge_preview(proposal: MergeProposal) -> dict[str, Any]:
    """What a merge would do: facts side by side with the one that stays, and how many rows move."""
    kept, gone = proposal.project, proposal.other
    filled = set(gaps_filled(kept, gone))
    facts = [
        {
            "field": name,
            "name": columns.named(Project, name).verbose_name,
            "kept": getattr(kept, name),
            "gone": getattr(gone, name),
            "stays": "gone" if name in filled else "kept",
        }
        for name in ("name", *MERGED_FIELDS)
        if getattr(kept, name) not in (None, "") or getattr(gone, name) not in (None, "")
    ]
    moving = {
        label: manager.count()
        for label, manager in (
            (_("子项"), gone.works),
            (_("材料"), gone.proofs),
            (_("投资填报"), gone.investments),
            (_("清单"), gone.memberships),
            (_("标签"), gone.tags),
        )
    }
    return {"facts": facts, "moving": {label: n for label, n in moving.items() if n}}


def take_over(kept: Project, gone: Project) -> None:
    """Hang the rows of one project on another. A month, plan, fund or list that both have stays with the kept one."""
    for rows in (gone.works, gone.proofs, gone.capacities, gone.products):
        rows.update(project=kept)
    months = kept.investments.values("month")
    gone.investments.exclude(month__in=months).update(project=kept)
    gone.annual_plans.exclude(year__in=kept.annual_plans.values("year")).update(project=kept)
    Fund.objects.filter(project=gone).exclude(fund_source__in=kept.funds.values("fund_source")).update(project=kept)
    gone.memberships.exclude(list__in=kept.memberships.values("list")).update(project=kept)
    kept.tags.add(*gone.tags.all())


# The start and resumption rate (domain handbook 4.4) --------------------------------------------------------------


def started_by(projects: QuerySet, day: date) -> QuerySet:
    """New projects that had started, and continued ones that had resumed, by a day."""
    return projects.filter(
        Q(_known_by("start_actual", day), continuity="new_start") | Q(_known_by("resumed_on", day), continuity="continued")
    )


def _known_by(column: str, day: date) -> Q:
    """Whether a date with precision had come by a day: a month or a year has, when its last day has."""
    known, tomorrow = Q(**{f"{column}__lte": day.isoformat()}), day + timedelta(days=1)
    for length, running in ((7, tomorrow.month == day.month), (4, tomorrow.year == day.year)):
        if running:
            known &= ~Q(**{column: day.isoformat()[:length]})
    return known


def listed_on(projects: QuerySet, year: int, day: date, level: str = "city") -> QuerySet:
    """Projects that stood on a year's list on a day, at or over the threshold of that day."""
    stood = ListMembership.objects.filter(list__year=year, list__level=level, added_on__lte=day)
    stood = stood.filter(Q(removed_on=None) | Q(removed_on__gt=day))
    return projects.filter(pk__in=stood.values("project"), planned_investment__gte=parameters.value(THRESHOLD, day))


def city_key() -> str:
    return settings.CITY["area"]


def reporting_year(today: date) -> int:
    """The year whose money is looked at: this one, but in January and February, before its first months are in, the last."""
    return today.year if today.month > 2 else today.year - 1


def annual_plans(projects: list[int], year: int) -> dict[int, Decimal]:
    return dict(AnnualPlan.objects.filter(project__in=projects, year=year).values_list("project", "amount"))


def by_theme(projects: QuerySet) -> list[dict[str, Any]]:
    rows = projects.exclude(theme=None).order_by().values("theme", "theme__name")
    return list(rows.annotate(n=Count("pk"), money=Sum("planned_investment")).order_by("theme__position"))


def invested_by_area(projects: QuerySet, year: int) -> dict[str | None, Decimal]:
    return _by_area(InvestmentEntry.objects.filter(project__in=projects.values("pk"), month__year=year))


def invested_by_area_until(projects: QuerySet, year: int, months: int) -> dict[str | None, Decimal]:
    """The same for the first so many months of the year."""
    return _by_area(InvestmentEntry.objects.filter(project__in=projects.values("pk"), month__year=year, month__month__lte=months))


def planned_by_area(projects: QuerySet, year: int) -> dict[str | None, Decimal]:
    return _by_area(AnnualPlan.objects.filter(project__in=projects.values("pk"), year=year))


def _by_area(rows: QuerySet) -> dict[str | None, Decimal]:
    """The amounts of rows of projects, summed by the project's area."""
    return dict(rows.order_by().values_list("project__area").annotate(s=Sum("amount")).values_list("project__area", "s"))


def area_tiles(rows: Mapping[Any, Mapping[str, Any]], href: Callable[[Area], str]) -> list[charts.Tile]:
    """Districts and zones on the city's grid, each with the money and the number of its projects as `by_area` reads them."""
    return [
        charts.Tile(
            key=area.key,
            label=show.place(area),
            value=float(row["money"] or 0) if row else None,
            col=area.tile_column,
            row=area.tile_row,
            href=href(area),
            note=_("%(n)s 个") % {"n": row["n"]} if row else "",
        )
        for area, row in ((each, rows.get(each.key)) for each in Area.objects.all())
        if area.tile_column is not None and area.tile_row is not None
    ]


def areas_for(user, verb: str) -> list[Area]:
    """The areas that a person may do a verb in by a grant over an area, the widest first."""
    keys = [grant.area_id for grant in user.grants if grant.area_id and verb in grant.verbs]
    return list(Area.objects.filter(pk__in=keys).order_by("position"))
