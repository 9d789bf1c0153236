"""Reads of rankings: the facts that are ranked as of a day, the standings, and what was published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.dispatch.models import Ranking, RankingLine
from zhuanban.domains.dispatch.queries import rates
from zhuanban.domains.dispatch.rules import rankings as rules
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio import queries as portfolio
from zhuanban.domains.portfolio.models import AnnualPlan, InvestmentEntry, Project
from zhuanban.domains.responsibility.models import Responsibility, TaskForce
from zhuanban.kernel import parameters, show

Of = Ranking.Of
PART_LABELS = {
    "continuity": gettext_lazy("新续建"),
    "size": gettext_lazy("规模"),
    "sector": gettext_lazy("类型"),
    "completion": gettext_lazy("完成率"),
}


@dataclass(frozen=True)
class Basis:
    """What a ranking goes by: the day, the list's year and its months that are over, the instant of the records, the weights."""

    of: str
    as_of: date
    year: int
    months: int
    known_at: datetime
    weights: rules.Weights
    rows: list[Any]


def basis(of: str, as_of: date, known_at: datetime) -> Basis:
    """The basis of a ranking as of a day, with the weights in force on it. Raises LookupError without weights, ValueError when they
    cannot be read."""
    found = parameters.in_force(rules.WEIGHTS, as_of)
    weights = rules.weights_of(
        found.value, parameters.value(rules.CAP, as_of), parameters.value(rules.LEAST_KNOWN, as_of), found.version, found.source
    )
    year = rates.list_year(as_of)
    return Basis(of, as_of, year, rates.months_over(year, as_of), known_at, weights, found.value)


def basis_of(ranking: Ranking) -> Basis:
    """The basis that a published ranking went by."""
    weights = rules.weights_of(ranking.weights, ranking.cap, ranking.least_known, ranking.weights_version, ranking.weights_source)
    return Basis(ranking.of, ranking.as_of, ranking.year, ranking.months, ranking.known_at, weights, ranking.weights)


def facts(known: Basis) -> dict[int, tuple[rules.Facts, str | None]]:
    """Project id -> its facts and its area, for the projects on the day's list. Three queries for any number of projects.

    A project without a plan, or without any reported month, has an unknown completion.
    """
    rows = portfolio.listed_on(Project.objects.all(), known.year, known.as_of)
    entries = InvestmentEntry.objects.filter(month__year=known.year, month__month__lte=known.months, created_at__lte=known.known_at)
    done = dict(entries.order_by().values_list("project").annotate(s=Sum("amount")).values_list("project", "s"))
    plans = dict(AnnualPlan.objects.filter(year=known.year, created_at__lte=known.known_at).values_list("project", "amount"))
    columns = ("pk", "continuity", "planned_investment", "sector", "area")
    return {
        pk: (rules.Facts(pk, kind, money, sector, completion(done.get(pk), plans.get(pk))), area)
        for pk, kind, money, sector, area in rows.order_by("pk").values_list(*columns)
    }


def completion(done: Decimal | None, plan: Decimal | None) -> Decimal | None:
    return done * 100 / plan if done is not None and plan else None


def standings(known: Basis) -> list[rules.Standing]:
    """All areas, or all task forces that carry listed projects on the day, with their workings and places, the best first."""
    found = facts(known)
    units: dict[Any, list[rules.Facts]] = defaultdict(list)
    if known.of == Of.AREA:
        units |= {area.pk: [] for area in Area.objects.exclude(kind=Area.Kind.CITY)}
        for each, area in found.values():
            if area is not None:
                units[area].append(each)
    else:
        carried = Responsibility.objects.filter(post=Responsibility.Post.TASK_FORCE, force__isnull=False).in_force_on(known.as_of)
        for force, project in carried.values_list("force", "project").distinct():
            if project in found:
                units[force].append(found[project][0])
    return rules.placed(rules.standing(known.weights, key, projects) for key, projects in units.items())


# What is kept of a standing -----------------------------------------------------------------------------------------------


def kept_parts(standing: rules.Standing) -> list[dict[str, Any]]:
    """The working as a published line keeps it: exact numbers as text."""
    return [
        {
            "name": part.name,
            "points": f"{part.points:.6f}",
            "mean": None if part.mean is None else f"{part.mean:.6f}",
            "inputs": [[key, n, f"{weight:f}"] for key, n, weight in part.inputs],
        }
        for part in standing.parts
    ]


def kept_rows(standing: rules.Standing) -> list[list[Any]]:
    """The projects as a published line keeps them: id, points by component, completion."""
    return [
        [facts.pk, *(_kept(points[name]) for name in rules.COMPONENTS), _kept(facts.completion)]
        for facts, points in sorted(standing.rows, key=lambda row: row[0].pk)
    ]


def _kept(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def newest(of: str, before: date | None = None) -> Ranking | None:
    """The newest ranking in force, or the one before a day."""
    rows = Ranking.objects.standing().filter(of=of)
    return (rows.filter(as_of__lt=before) if before else rows).order_by("-as_of", "-pk").first()


def places_of(ranking: Ranking | None) -> dict[Any, int]:
    """Unit -> its place in a ranking."""
    if ranking is None:
        return {}
    column = "area" if ranking.of == Of.AREA else "force"
    return dict(ranking.lines.exclude(place=None).values_list(column, "place"))


# How a line is shown -------------------------------------------------------------------------------------------------------


def shown_parts(parts: list[dict[str, Any]], known: int) -> list[dict[str, Any]]:
    """The working in words: per component its inputs with their weights, and the points that come of them."""
    return [
        {
            "name": part["name"],
            "label": PART_LABELS[part["name"]],
            "points": Decimal(part["points"]),
            "mean": None if part["mean"] is None else Decimal(part["mean"]),
            "inputs": [
                {"label": input_label(part["name"], key), "n": n, "weight": Decimal(weight), "sum": Decimal(weight) * n}
                for key, n, weight in part["inputs"]
            ],
            "known": known,
        }
        for part in parts
    ]


def input_label(part: str, key: str) -> str:
    """A row of the weights in words."""
    if part == "continuity":
        return str(dict(Project.Continuity.choices).get(key, key))
    if part == "sector":
        return str(dict(Project.Sector.choices).get(key, _("其他领域")))
    if part == "size":
        return _("%(least)s以上") % {"least": show.money(Decimal(key))}
    return _("年度计划完成率")


def differences(ranking: Ranking) -> list[dict[str, Any]]:
    """Which lines would be different if the ranking were worked out again from today's records, read up to the same instant, by the
    same weights. None, as long as nobody has changed what it went by."""
    column = "area_id" if ranking.of == Of.AREA else "force_id"
    told = {getattr(line, column): line for line in ranking.lines.defer("rows", "parts")}
    found = {each.key: each for each in standings(basis_of(ranking))}
    names = unit_names(ranking.of, [*told, *found])
    rows = []
    for key in [*told, *(key for key in found if key not in told)]:
        line, now = told.get(key), found.get(key)
        was, is_now = (line.place, line.points) if line else (None, None), (now.place, now.points) if now else (None, None)
        if was != is_now:
            rows.append({"unit": names.get(key, str(key)), "was": was, "now": is_now})
    return rows


def unit_names(of: str, keys: Iterable[Any]) -> dict[Any, str]:
    """What areas or task forces are called. One query."""
    model = Area if of == Of.AREA else TaskForce
    return {row.pk: str(row) for row in model._default_manager.filter(pk__in=list(keys))}


def line_rows(line: RankingLine, user) -> tuple[list[dict[str, Any]], int]:
    """The projects of a line that the person sees, the best first, and how many more there are."""
    seen = Project.objects.visible_to(user).filter(pk__in=[row[0] for row in line.rows]).in_bulk()
    rows = []
    for pk, *points, done in line.rows:
        if pk in seen:
            numbers = [None if value is None else Decimal(value) for value in points]
            total = None if None in numbers else sum((value for value in numbers if value is not None), Decimal(0))
            rows.append({"project": seen[pk], "points": numbers, "completion": None if done is None else Decimal(done), "total": total})
    rows.sort(key=lambda row: (row["total"] is None, -(row["total"] or 0), row["project"].pk))
    return rows, len(line.rows) - len(rows)
