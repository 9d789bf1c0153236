"""What the city's overview reads: areas with plan and completion, the lights, the winter, and the reports that are missing."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, Sum

from zhuanban.domains.dispatch.queries import lights, tracks
from zhuanban.domains.people.models import Area
from zhuanban.domains.plans.models import AreaForecast, Forecast
from zhuanban.domains.portfolio import queries as portfolio
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, show

SAFE, DOUBTFUL = 0.8, 0.5
"""From which chance on an enclosure in time is counted as safe, and below which as doubtful."""


def area_rows(rows: Any, year: int) -> list[dict[str, Any]]:
    """Areas with count, planned investment and share of the year's plan completed. Four queries whatever the city's size."""
    done, plan = portfolio.invested_by_area(rows, year), portfolio.planned_by_area(rows, year)
    names = {area.key: area for area in Area.objects.all()}
    return [
        {
            **row,
            "name": show.place(names.get(row["area"])),
            "key": row["area"],
            "done": done.get(row["area"]),
            "plan": plan.get(row["area"]),
            "share": done[row["area"]] * 100 / plan[row["area"]] if plan.get(row["area"]) and row["area"] in done else None,
        }
        for row in portfolio.by_area(rows)
    ]


def summed(areas: list[dict[str, Any]]) -> dict[str, Any]:
    """The last line of the areas' table."""
    total = {name: sum(row[name] or 0 for row in areas) for name in ("n", "money", "plan", "done")}
    return {**total, "share": total["done"] * 100 / total["plan"] if total["plan"] else None}


def light_counts(user: Any) -> lights.Counts:
    return lights.counts(user)


def missing_reports(user: Any) -> list[dict[str, Any]]:
    """Areas with the reports that the last closed working day lacks, the most missing first. One query."""
    return tracks.by_area(Project.objects.visible_to(user), tracks.last_closed(clock.today()))


def winter(user: Any) -> dict[str, Any] | None:
    """The city's forecast of enclosures before the frost, and how many current forecasts say what; None where nothing was forecast."""
    known = Forecast.objects.visible_to(user).filter(current=True, enclosed_in_time__isnull=False)
    chance = "enclosed_in_time"
    counts = known.aggregate(
        number=Count("pk"),
        safe=Count("pk", filter=Q(**{f"{chance}__gte": SAFE})),
        doubtful=Count("pk", filter=Q(**{f"{chance}__lt": DOUBTFUL})),
        expected=Sum(chance),
    )
    if not counts["number"]:
        return None
    whole = any(grant.area_id == portfolio.city_key() for grant in user.grants)
    area = AreaForecast.objects.filter(current=True, area=portfolio.city_key()).first() if whole else None
    return counts | {"open": counts["number"] - counts["safe"] - counts["doubtful"], "city": area}
