"""The ranking of areas and task forces: the published paper, the working of a line, a trial before publishing, and the listing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.dispatch.forms.rankings import last_month_end
from zhuanban.domains.dispatch.models import Ranking, RankingLine
from zhuanban.domains.dispatch.queries import rankings as queries
from zhuanban.domains.dispatch.rules import rankings as rules
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.kernel import actions, charts, clock, show
from zhuanban.kernel.errors import Failure, NotYours
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest

PUBLISH = "dispatch.publish_ranking"
TONES = {"continuity": "grey", "size": "blue", "sector": "yellow", "completion": "green"}


def published(user) -> list[tuple[str, str]]:
    rows = Ranking.objects.visible_to(user).standing().order_by("-as_of", "of")[:60]
    return [(str(row.pk), str(row)) for row in rows]


lines = Listing(
    name="dispatch.rankings",
    title=gettext_lazy("排名台账"),
    rows=lambda user: RankingLine.objects.visible_to(user).filter(ranking__withdrawn_on=None),
    order="-ranking",
    related=("ranking", "area", "force"),
    columns=(
        Column("unit", gettext_lazy("单位"), link=True),
        Column("of", gettext_lazy("排什么"), path="ranking__of", choices=Ranking.Of.choices),
        Column("ranking", gettext_lazy("截至"), kind="date", path="ranking__as_of", sort="ranking__as_of"),
        Column("place", gettext_lazy("名次"), kind="number"),
        Column("position", gettext_lazy("次序"), kind="number", sort="position", narrow=False),
        Column("points", gettext_lazy("得分"), kind="number"),
        Column("moved", gettext_lazy("较上次"), kind="number", narrow=False),
        Column("projects", gettext_lazy("清单项目"), kind="number", sort="projects", narrow=False),
        Column("known", gettext_lazy("数据齐全"), kind="number", sort="known", narrow=False),
        Column("why", gettext_lazy("未排名原因"), narrow=False),
        Column("version", gettext_lazy("权重版本"), path="ranking__weights_version", narrow=False),
    ),
    filters=(
        Filter("ranking", gettext_lazy("哪一次"), by_choice("ranking"), published),
        Filter("of", gettext_lazy("排什么"), by_choice("ranking__of"), lambda user: Ranking.Of.choices),
        Filter(
            "area",
            gettext_lazy("属地"),
            by_choice("area"),
            lambda user: [(area.key, show.place(area)) for area in Area.objects.exclude(kind=Area.Kind.CITY)],
        ),
    ),
    chips=(
        Chip("unranked", gettext_lazy("未排名"), lambda user: Q(place=None)),
        Chip("down", gettext_lazy("名次下降"), lambda user: Q(moved__lt=0), tone="red"),
    ),
    offers=lambda user: [(PUBLISH, Area.objects.get(pk=city_key()))],
    empty=gettext_lazy("每次公布的排名都留在这里：名次、得分、当时的权重版本，一行打开就是全部算式。"),
)


@require_GET
def ranking_newest(request: SignedInRequest) -> HttpResponse:
    """The newest published ranking of areas, or of task forces."""
    of = request.GET.get("of", Ranking.Of.AREA)
    if of not in Ranking.Of.values:
        raise Failure(_("没有这样的排名。"))
    found = Ranking.objects.visible_to(request.user).standing().filter(of=of).order_by("-as_of", "-pk").first()
    return _page(request, found, of)


@require_GET
def ranking(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Ranking.objects.visible_to(request.user).select_related("created_by"), pk=pk)
    return _page(request, found, found.of)


def _page(request: SignedInRequest, found: Ranking | None, of: str) -> HttpResponse:
    user = request.user
    rows = list(RankingLine.objects.visible_to(user).filter(ranking=found).select_related("area", "force").defer("rows")) if found else []
    context = {
        "page_title": _("属地排名") if of == Ranking.Of.AREA else _("专班排名"),
        "ranking": found,
        "rows": [_row(line, line.parts, rows) for line in rows],
        "heads": [queries.PART_LABELS[name] for name in rules.COMPONENTS],
        "switch": [
            {"label": label, "url": f"?of={value}" if not found else f"{reverse('dispatch:rankings')}?of={value}", "active": value == of}
            for value, label in Ranking.Of.choices
        ],
        "others": list(Ranking.objects.visible_to(user).filter(of=of).order_by("-as_of", "-pk")[:24]),
        "may_publish": PUBLISH in user.verbs and _city() in user.principal_keys,
        "city_area": city_key(),
        "offered": actions.offered(user, found, "dispatch.withdraw_ranking") if found else [],
        "trial": False,
        **_weights(found),
    }
    return render(request, "dispatch/rankings.html", context)


def _city() -> str:
    return f"area:{city_key()}"


def _weights(found: Ranking | None) -> dict[str, Any]:
    """The weights of a ranking in words, and the points of a project that is best in everything."""
    if found is None:
        return {"weights": [], "most": None}
    weights = queries.basis_of(found).weights
    rows = [
        {
            "label": queries.PART_LABELS[name],
            "input": queries.input_label(name, str(key)) if str(key) != rules.OTHER else _("其他"),
            "points": points,
        }
        for name, key, points in found.weights
    ]
    return {"weights": rows, "most": weights.most}


def _row(line: Any, parts: list[dict[str, Any]], rows: list[Any]) -> dict[str, Any]:
    """A line with its points by component, and how far it is from the mean of the ranked."""
    ranked = [row.points for row in rows if row.points is not None]
    numbers = {part["name"]: Decimal(part["points"]) for part in parts}
    mean = sum(ranked, Decimal(0)) / len(ranked) if ranked else None
    return {
        "line": line,
        "parts": labelled(numbers.get(name) for name in rules.COMPONENTS),
        "beside": f"{line.points - mean:+.2f}" if line.points is not None and mean is not None else "",
    }


def labelled(points: Iterable[Decimal | None]) -> list[dict[str, Any]]:
    """Points in the order of the components, each with the component's name."""
    return [{"label": queries.PART_LABELS[name], "points": value} for name, value in zip(rules.COMPONENTS, points, strict=True)]


@require_GET
def ranking_line(request: SignedInRequest, pk: int) -> HttpResponse:
    """The whole working of one unit: every component from its inputs and weights, every project that one may see."""
    rows = RankingLine.objects.visible_to(request.user).select_related("ranking", "area", "force")
    line = get_object_or_404(rows, pk=pk)
    projects, hidden = queries.line_rows(line, request.user)
    history = (
        RankingLine.objects.visible_to(request.user)
        .filter(area=line.area_id, force=line.force_id, ranking__withdrawn_on=None, points__isnull=False)
        .select_related("ranking")
        .defer("rows", "parts")
        .order_by("ranking__as_of")[:60]
    )
    told = list(history)
    context = {
        "page_title": line.unit,
        "line": line,
        "ranking": line.ranking,
        "parts": queries.shown_parts(line.parts, line.known),
        "heads": [queries.PART_LABELS[name] for name in rules.COMPONENTS],
        "projects": [row | {"points": labelled(row["points"])} for row in projects[:200]],
        "more": max(0, len(projects) - 200),
        "hidden": hidden,
        "history": charts.lines(
            [show.short_day(each.ranking.as_of) for each in told],
            [charts.Series(_("得分"), [float(each.points or 0) for each in told])],
            title=_("历次得分"),
            unit=_("分"),
            height=200,
        )
        if len(told) > 1
        else "",
    }
    return render(request, "dispatch/ranking_line.html", context)


@require_GET
def ranking_trial(request: SignedInRequest) -> HttpResponse:
    """What a ranking would be as of a day, before it is published; and, of a published one, what today's records would make of it."""
    if PUBLISH not in request.user.verbs or _city() not in request.user.principal_keys:
        raise NotYours()
    of = request.GET.get("of", Ranking.Of.AREA)
    if of not in Ranking.Of.values:
        raise Failure(_("没有这样的排名。"))
    day = _day(request.GET.get("on", ""))
    try:
        basis = queries.basis(of, day, clock.now())
    except (LookupError, ValueError) as bad:
        raise Failure(str(bad) if isinstance(bad, ValueError) else _("%(day)s 还没有生效的排名权重。") % {"day": day}) from None
    found = queries.standings(basis)
    names = queries.unit_names(of, [row.key for row in found])
    shown = [_Trial(row, names.get(row.key, str(row.key))) for row in found]
    context = {
        "page_title": _("排名试算"),
        "trial": True,
        "of": of,
        "on": day,
        "basis": basis,
        "rows": [_row(each, queries.kept_parts(each.row), shown) for each in shown],
        "heads": [queries.PART_LABELS[name] for name in rules.COMPONENTS],
        "ofs": Ranking.Of.choices,
        "city_area": city_key(),
        "may_publish": True,
        "most": basis.weights.most,
    }
    return render(request, "dispatch/rankings.html", context)


class _Trial:
    """A standing that looks like a line."""

    def __init__(self, row: rules.Standing, unit: str) -> None:
        self.row, self.unit = row, unit
        self.place, self.points, self.projects, self.known, self.why, self.moved = (
            row.place,
            row.points,
            row.projects,
            row.known,
            row.why,
            None,
        )


def _day(text: str) -> date:
    """The day of the address; the end of last month where there is none. Raises Failure in words."""
    if not text:
        return last_month_end()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Failure(_("日期写成 2023-01-31 这样。")) from None
    if not 2000 <= day.year <= clock.today().year or day > clock.today():
        raise Failure(_("截至日期不能晚于今天。"))
    return day


@require_GET
def ranking_check(request: SignedInRequest, pk: int) -> HttpResponse:
    """Work a published ranking out again: the same, or which records have been changed since."""
    if PUBLISH not in request.user.verbs or _city() not in request.user.principal_keys:
        raise NotYours()
    found = get_object_or_404(Ranking.objects.visible_to(request.user), pk=pk)
    context = {"ranking": found, "differences": queries.differences(found)}
    return render(request, "dispatch/parts/ranking_check.html", context)
