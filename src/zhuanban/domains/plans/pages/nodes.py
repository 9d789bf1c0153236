"""The listing of nodes, a project's plan page, and what is computed while somebody fills a form."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.people.models import Area
from zhuanban.domains.plans import effects
from zhuanban.domains.plans.models import DateRequest, Node, NodeTemplate, Phase
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, pages, show
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest


def areas(user) -> list[tuple[str, str]]:
    return [(area.key, show.place(area)) for area in Area.objects.exclude(parent=None)]


def codes(user) -> list[tuple[str, str]]:
    return list(NodeTemplate.objects.order_by("position").values_list("code", "name"))


def this_month() -> Q:
    today = clock.today()
    return Q(due_on__year=today.year, due_on__month=today.month)


def add_days_left(rows: list[Any]) -> None:
    """How many calendar days are left to each node of the page; behind is negative."""
    today = clock.today()
    for row in rows:
        row.left = None if row.reached_on or row.due_on is None else (row.due_on - today).days


nodes = Listing(
    name="plans.nodes",
    title=pgettext_lazy("many", "节点"),
    rows=lambda user: Node.objects.visible_to(user).exclude(due_on=None),
    search="project__dossier__search_text",
    order="due_on",
    related=("project__area", "work"),
    prepare=add_days_left,
    columns=(
        Column("name", gettext_lazy("节点"), path="shown_name", link=True),
        Column("project", gettext_lazy("项目"), path="project__name"),
        Column("area", gettext_lazy("属地"), kind="place", path="project__area", narrow=False),
        Column("phase", gettext_lazy("阶段"), choices=Phase.choices, narrow=False),
        Column("promised_on", gettext_lazy("承诺日期"), kind="date", narrow=False),
        Column("due_on", gettext_lazy("计划日期"), kind="date", sort="due_on"),
        Column("reached_on", gettext_lazy("完成日期"), kind="date"),
        Column("left", gettext_lazy("剩余天数"), kind="number"),
    ),
    filters=(
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), areas),
        Filter("phase", gettext_lazy("阶段"), by_choice("phase"), lambda user: Phase.choices),
        Filter("code", gettext_lazy("节点"), by_choice("code"), codes),
        Filter("sector", gettext_lazy("领域"), by_choice("project__sector"), lambda user: Project.Sector.choices),
    ),
    chips=(
        Chip("waiting", gettext_lazy("未完成"), lambda user: Q(reached_on=None)),
        Chip("slipped", gettext_lazy("已落后"), lambda user: Q(reached_on=None, due_on__lt=clock.today()), tone="red"),
        Chip("month", gettext_lazy("本月到期"), lambda user: this_month()),
        Chip("enclosure", gettext_lazy("暖封闭"), lambda user: Q(code="warm_enclosure")),
        Chip("asked", gettext_lazy("调整待审"), lambda user: Q(pk__in=DateRequest.objects.filter(state="open").values("node"))),
    ),
    empty=gettext_lazy("节点是项目承诺到达的日子：五个阶段、二十个节点，加上北方城市的暖封闭。"),
)


@require_GET
def node_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, nodes.name)


@require_GET
def effect(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a node's new date would do, as a fragment beside the date that is being chosen."""
    node = get_object_or_404(Node.objects.visible_to(request.user).select_related("project", "work"), pk=pk)
    to_day = day_of(request.GET.get("to_day", ""))
    context: dict[str, Any] = {"node": node, "chosen": to_day, "effect": None}
    if to_day and node.due_on and to_day != node.due_on and node.reached_on is None:
        found = effects.of_move(node, to_day)
        context |= {"effect": found, "sentence": effects.sentence(found), "odds": odds_of(found)}
    return render(request, "plans/parts/effect.html", context)


ODDS = {
    "node": gettext_lazy("按期到达本节点的把握"),
    "frost": gettext_lazy("封冻前暖封闭的把握"),
    "finish": gettext_lazy("按期完成的把握"),
}


def odds_of(found: effects.Effect | effects.Change) -> list[dict[str, Any]]:
    """The odds before and after, as the page prints them."""
    return [
        {
            "label": ODDS[name],
            "before": None if before is None else before * 100,
            "after": None if after is None else after * 100,
            "worse": before is not None and after is not None and after < before,
            "better": before is not None and after is not None and after > before,
        }
        for name, (before, after) in found.odds.items()
    ]


def day_of(text: str) -> date | None:
    """A day from an address, or nothing."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
