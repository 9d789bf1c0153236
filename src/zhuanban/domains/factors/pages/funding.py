"""Batches of funds with their windows, and applications."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.factors import queries
from zhuanban.domains.factors.models import FundingApplication, FundingBatch
from zhuanban.domains.factors.pages import choices
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import actions, clock, pages
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest

SHOWN, WAITING = 60, 15
"""Applications that a batch's page lists, and projects that could still apply."""


def batches_of(user) -> list[tuple[str, str]]:
    return [(str(row.pk), str(row)) for row in FundingBatch.objects.visible_to(user).select_related("programme").order_by("-pk")[:60]]


batches = Listing(
    name="factors.batches",
    title=gettext_lazy("资金申报批次"),
    rows=lambda user: FundingBatch.objects.visible_to(user),
    search="dossier__search_text",
    order="programme",
    related=("area", "programme"),
    columns=(
        Column("programme", gettext_lazy("资金政策"), path="programme__name", link=True, sort="programme__position"),
        Column("number", gettext_lazy("第几批"), kind="number", sort="number"),
        Column("area", gettext_lazy("范围"), path="area__name", narrow=False),
        Column("opens_on", gettext_lazy("申报开始"), kind="date"),
        Column("closes_on", gettext_lazy("申报截止"), kind="date"),
        Column("window", gettext_lazy("窗口"), path="window_words"),
    ),
    filters=(Filter("programme", gettext_lazy("资金政策"), by_choice("programme"), choices.programmes),),
    chips=(
        Chip("open", gettext_lazy("申报中"), lambda user: Q(opens_on__lte=clock.today(), closes_on__gte=clock.today())),
        Chip("unknown", gettext_lazy("窗口期未载"), lambda user: Q(opens_on=None) | Q(closes_on=None)),
    ),
    offers=choices.widest("factors.open_batch"),
    empty=gettext_lazy("政策性金融工具、中长期贷款、贴息贷款分批申报：窗口期、符合条件的项目和截止提醒都在这里。"),
)
applications = Listing(
    name="factors.applications",
    title=gettext_lazy("资金申报"),
    rows=lambda user: FundingApplication.objects.visible_to(user),
    search="project__dossier__search_text",
    order="-applied_on",
    related=("project", "batch__programme", "bank"),
    columns=(
        Column("project", gettext_lazy("项目"), path="project__name", link=True),
        Column("batch", gettext_lazy("批次"), path="batch__title"),
        Column("applied", gettext_lazy("申报金额"), kind="money", sort="applied"),
        Column("approved", gettext_lazy("批复金额"), kind="money"),
        Column("drawn", gettext_lazy("投放金额"), kind="money"),
        Column("state", gettext_lazy("状态"), choices=FundingApplication.State.choices),
        Column("applied_on", gettext_lazy("申报日"), kind="date", sort="applied_on", narrow=False),
        Column("bank", gettext_lazy("银行"), path="bank__name", narrow=False),
    ),
    filters=(
        Filter("batch", gettext_lazy("批次"), by_choice("batch"), batches_of),
        Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: FundingApplication.State.choices),
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), choices.areas),
    ),
    empty=gettext_lazy("申报、批复、投放是三个不同的金额，分开记，从不相加。"),
)


@require_GET
def batch_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, batches.name)


@require_GET
def application_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, applications.name)


@require_GET
def batch(request: SignedInRequest, pk: int) -> HttpResponse:
    """A batch: its window, who may still apply, and the applications with their three amounts."""
    found = FundingBatch.objects.visible_to(request.user).select_related("area", "programme", "deadline", "dossier")
    shown = get_object_or_404(found, pk=pk)
    applied = FundingApplication.objects.visible_to(request.user).filter(batch=shown)
    rows = list(applied.select_related("project__dossier", "bank").order_by("-applied_on", "-pk")[:SHOWN])
    waiting = queries.still_to_apply(shown, Project.objects.visible_to(request.user)) if shown.window == "open" else Project.objects.none()
    context = {
        "page_title": str(shown),
        "batch": shown,
        "verbs": actions.offered(request.user, shown),
        "money": queries.money_of(applied),
        "rows": [{"row": row, "offered": offered_for(request, row)} for row in rows],
        "waiting": list(waiting.select_related("area").order_by("-money_order")[:WAITING]),
        "waiting_n": waiting.count(),
        "may_apply": "factors.apply_funding" in request.user.verbs,
        "days_left": (shown.closes_on - clock.today()).days if shown.closes_on else None,
        "sectors": [label for value, label in Project.Sector.choices if value in shown.sectors],
        "build_kinds": [label for value, label in Project.BuildKind.choices if value in shown.build_kinds],
    }
    return render(request, "factors/batch.html", context)


DECIDE = ("factors.approve_funding", "factors.reject_funding", "factors.draw_funding")


def offered_for(request: SignedInRequest, row: FundingApplication) -> list[dict[str, Any]]:
    """The verbs that fit the application's state, by role; the verb itself asks about the project again."""
    known = (actions.REGISTRY[name] for name in DECIDE if name in request.user.verbs)
    return [{"action": each} for each in known if not each.reason_against(row)]
