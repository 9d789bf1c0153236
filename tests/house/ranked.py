"""The town's rankings: a published one of areas and one of task forces, and makers of more lines."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal

from zhuanban.domains.dispatch.actions import rankings as actions
from zhuanban.domains.dispatch.models import Ranking, RankingLine

_days = itertools.count()


def give_rankings(town) -> dict[str, Ranking]:
    """As of the end of January, by the verb. The task forces' names carry their district's canary."""
    city = town.areas["220100"]
    return {of: actions.publish_ranking(city, by=town.dispatcher, of=of, as_of=date(2023, 1, 31)) for of in ("area", "force")}


def fill_lines(town, number: int) -> None:
    """A ranking of another day with so many lines: ties in places, every third without one."""
    first = town.rankings["area"]
    day = date(2021, 1, 1) + timedelta(days=next(_days))
    facts = {
        name: getattr(first, name)
        for name in ("year", "months", "known_at", "weights", "weights_version", "weights_source", "cap", "least_known")
    }
    stamps = {name: getattr(first, name) for name in ("created_at", "created_by", "updated_at", "updated_by")}
    made = Ranking.objects.create(of="area", area=first.area, as_of=day, **facts, **stamps)
    areas = list(town.areas.values())
    RankingLine.objects.bulk_create(
        RankingLine(
            ranking=made,
            area=areas[at % len(areas)],
            position=at + 1,
            place=None if at % 3 == 0 else 1 + at // 4,
            points=None if at % 3 == 0 else Decimal(60 - at // 4),
            why="没有清单项目" if at % 3 == 0 else "",
            projects=at % 4,
            known=0,
        )
        for at in range(number)
    )
