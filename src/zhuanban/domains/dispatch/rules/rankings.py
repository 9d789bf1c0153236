"""How areas and task forces are ranked: the weights as data, a project's points, a unit's points, and the places.

Values in, values out. Points are exact until they are published: then they are rounded once, to two decimals, and who is equal as
published shares a place (1, 2, 2, 4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.dispatch.models import Ranking
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.kernel import parameters

WEIGHTS = parameters.declare("dispatch.ranking_weights", gettext_lazy("排名权重（项、键、分）"), list)
CAP = parameters.declare("dispatch.ranking_cap", gettext_lazy("完成率计分上限"), int, "%")
LEAST_KNOWN = parameters.declare("dispatch.ranking_least_known", gettext_lazy("参加排名的数据齐全项目比例下限"), int, "%")
COMPONENTS = ("continuity", "size", "sector", "completion")
"""What a project gets points for, in the order in which it is shown."""
OTHER = "*"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Weights:
    """The points of each component. `size` is sorted by the least investment, the largest first; `cap` bounds the rate of completion in
    per cent; a unit is ranked when at least `least_known` per cent of its projects are known in every component."""

    continuity: Mapping[str, Decimal]
    size: tuple[tuple[Decimal, Decimal], ...]
    sector: Mapping[str, Decimal]
    completion: Decimal
    cap: Decimal
    least_known: Decimal
    version: str = ""
    source: str = ""

    @property
    def most(self) -> Decimal:
        """The points of a project that is best in everything."""
        parts = (max(self.continuity.values()), max(points for _least, points in self.size), max(self.sector.values()))
        return sum(parts, self.completion * self.cap / 100)


def weights_of(rows: Iterable[Any], cap: Any, least_known: Any, version: str = "", source: str = "") -> Weights:
    """The weights from rows `[component, key, points]`. Raises ValueError in words where a row is none or a component is missing."""
    found: dict[str, dict[str, Decimal]] = {name: {} for name in COMPONENTS}
    for row in rows:
        if not isinstance(row, list | tuple) or len(row) != 3 or row[0] not in found:
            raise ValueError(_("排名权重看不懂的一行：%(row)s") % {"row": row})
        found[str(row[0])][str(row[1])] = Decimal(str(row[2]))
    if lacking := [name for name in COMPONENTS if not found[name]]:
        raise ValueError(_("排名权重缺少：%(names)s") % {"names": ", ".join(lacking)})
    size = sorted(((Decimal(least), points) for least, points in found["size"].items()), reverse=True)
    rate = next(iter(found["completion"].values()))
    return Weights(found["continuity"], tuple(size), found["sector"], rate, Decimal(str(cap)), Decimal(str(least_known)), version, source)


@dataclass(frozen=True)
class Facts:
    """What is known of a project: kind, planned investment in yuan, sector, and how much of the year's plan is completed in per cent."""

    pk: int
    continuity: str
    investment: Decimal | None
    sector: str
    completion: Decimal | None


def size_class(weights: Weights, investment: Decimal) -> Decimal | None:
    """The least investment of the class that a project is in; None below the smallest."""
    return next((least for least, _points in weights.size if investment >= least), None)


def points_of(weights: Weights, facts: Facts) -> dict[str, Decimal | None]:
    """Component -> the project's points; None where what it needs is not known. Never zero for not knowing."""
    sector = weights.sector.get(facts.sector, weights.sector.get(OTHER)) if facts.sector else None
    least = None if facts.investment is None else size_class(weights, facts.investment)
    sized = None if facts.investment is None else dict(weights.size)[least] if least is not None else Decimal(0)
    rate = None if facts.completion is None else weights.completion * min(max(facts.completion, Decimal(0)), weights.cap) / 100
    return {"continuity": weights.continuity.get(facts.continuity), "size": sized, "sector": sector, "completion": rate}


@dataclass(frozen=True)
class Part:
    """One component of a unit: its points (the mean over the known projects), and the inputs: [key, how many projects, weight]."""

    name: str
    points: Decimal
    inputs: tuple[tuple[str, int, Decimal], ...]
    mean: Decimal | None = None


@dataclass
class Standing:
    """A unit with its working. `points` is None and `why` tells the reason where it is not ranked; `rows` are its projects with their
    points by component."""

    key: Any
    projects: int
    known: int
    parts: list[Part] = field(default_factory=list)
    points: Decimal | None = None
    place: int | None = None
    why: str = ""
    rows: list[tuple[Facts, dict[str, Decimal | None]]] = field(default_factory=list)


def standing(weights: Weights, key: Hashable, projects: Iterable[Facts]) -> Standing:
    """A unit's points: the mean of its projects' points over those that are known in every component."""
    rows = [(facts, points_of(weights, facts)) for facts in projects]
    known = [(facts, points) for facts, points in rows if None not in points.values()]
    made = Standing(key, len(rows), len(known), rows=rows)
    made.why = why_not(weights, len(rows), len(known))
    if known:
        made.parts = [_part(weights, name, known) for name in COMPONENTS]
    if not made.why:
        made.points = sum((part.points for part in made.parts), Decimal(0)).quantize(CENT, ROUND_HALF_UP)
    return made


def why_not(weights: Weights, projects: int, known: int) -> str:
    """Why a unit has no place: it is unranked, which is not the same as last."""
    if not projects:
        return _("没有清单项目")
    if not known:
        return _("没有数据齐全的项目")
    if Decimal(known * 100) < weights.least_known * projects:
        return _("数据齐全的只有 %(known)s/%(all)s，不足 %(least)s%%") % {
            "known": known,
            "all": projects,
            "least": f"{weights.least_known:f}",
        }
    return ""


def _part(weights: Weights, name: str, known: list[tuple[Facts, dict[str, Any]]]) -> Part:
    mean = sum((points[name] for _facts, points in known), Decimal(0)) / len(known)
    if name == "completion":
        rates = [min(max(facts.completion or Decimal(0), Decimal(0)), weights.cap) for facts, _points in known]
        return Part(name, mean, (("rate", len(known), weights.completion),), sum(rates, Decimal(0)) / len(rates))
    counts = Counter(_input(weights, name, facts) for facts, _points in known)
    worth = (
        dict(weights.continuity) | {f"{least:f}": points for least, points in weights.size} if name != "sector" else dict(weights.sector)
    )
    return Part(name, mean, tuple((key, n, worth.get(key, Decimal(0))) for key, n in sorted(counts.items(), key=lambda pair: -pair[1])))


def _input(weights: Weights, name: str, facts: Facts) -> str:
    """Which row of the weights a project is counted under."""
    if name == "continuity":
        return facts.continuity
    if name == "sector":
        return facts.sector if facts.sector in weights.sector else OTHER
    least = size_class(weights, facts.investment or Decimal(0))
    return "0" if least is None else f"{least:f}"


def placed(rows: Iterable[Standing]) -> list[Standing]:
    """Give the places, the best first: equal points share a place, the next one follows after them; the unranked come last."""
    rows = list(rows)
    ranked = sorted((row for row in rows if row.points is not None), key=lambda row: (-(row.points or 0), str(row.key)))
    for at, row in enumerate(ranked, start=1):
        row.place = ranked[at - 2].place if at > 1 and ranked[at - 2].points == row.points else at
    return ranked + sorted((row for row in rows if row.points is None), key=lambda row: str(row.key))


# When a ranking may be published ------------------------------------------------------------------------------------------


def cannot_publish(area: Area) -> str:
    """Areas and forces are ranked by the city over them."""
    return "" if area.pk == city_key() else _("排名由市级项目中心公布。")


def cannot_withdraw(ranking: Ranking) -> str:
    return _("已经撤回。") if ranking.withdrawn_on else ""
