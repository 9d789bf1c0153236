"""The list of enterprises and the file of each."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.enterprises import queries
from zhuanban.domains.enterprises.models import EnterpriseFile, FactKind
from zhuanban.domains.people.models import Area
from zhuanban.kernel import actions, clock, pages, panels
from zhuanban.kernel.listings import Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest

pages.KIND_ICONS["enterprises.enterprise"] = "building"
OFFICERS = {"enterprises.assign_officer", "enterprises.relieve_officer"}
HISTORY = 30
"""Statements that a file's page lists, the newest first."""


def count_facts(rows: list[EnterpriseFile]) -> None:
    """How many kinds of facts are known of each row. Two queries for the whole page."""
    held = queries.holding(clock.today()).filter(file__in=rows, value__isnull=False).order_by()
    known = dict(held.values_list("file").annotate(n=Count("kind", distinct=True)))
    of = FactKind.objects.count()
    for row in rows:
        row.known_facts = f"{known.get(row.pk, 0)} / {of}"  # type: ignore[attr-defined]


def areas(user: Any) -> list[tuple[str, str]]:
    return [(area.key, str(area)) for area in Area.objects.all()]


def rows(user: Any) -> QuerySet:
    return EnterpriseFile.objects.visible_to(user)


enterprises = Listing(
    name="enterprises.enterprises",
    title=gettext_lazy("企业档案"),
    rows=rows,
    search="dossier__search_text",
    order="name",
    related=("organisation", "area", "dossier"),
    prepare=count_facts,
    columns=(
        Column("name", gettext_lazy("企业"), path="organisation__name", sort="organisation__name", link=True),
        Column("area", gettext_lazy("服务地区"), kind="place", path="area", narrow=False),
        Column("uscc", gettext_lazy("统一社会信用代码"), path="organisation__uscc", narrow=False),
        Column("known_facts", gettext_lazy("已知事实")),
    ),
    filters=(Filter("area", gettext_lazy("服务地区"), by_choice("area"), areas),),
    empty=gettext_lazy("一企一档：企业的事实在这里记一次，所有政策都用它。"),
)


@require_GET
def enterprise_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, enterprises.name)


@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """The file of one's own enterprise."""
    file = EnterpriseFile.objects.visible_to(request.user).filter(organisation=request.user.organisation_id).first()
    if file is None:
        raise Http404
    return redirect(file)


@require_GET
def enterprise(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is known of an enterprise on a day, from where and since when; other modules add what follows from it."""
    found = EnterpriseFile.objects.visible_to(request.user).select_related("organisation", "area", "dossier")
    file, day = get_object_or_404(found, pk=pk), asked_day(request)
    groups = queries.lines(file, day)
    every = [line for lines in groups.values() for line in lines]
    verbs = actions.offered(request.user, file)
    context = {
        "page_title": file.organisation.name,
        "file": file,
        "day": day,
        "years": [date(clock.today().year - back, 12, 31) for back in (1, 2)],
        "today": clock.today(),
        "groups": groups,
        "known": sum(line.known for line in every),
        "of": len(every),
        "may_tell": any(each["action"].name == "enterprises.tell_fact" for each in verbs),
        "officers": queries.officers(file),
        "verbs": [each for each in verbs if each["action"].name in OFFICERS],
        "history": history(file),
        "panels": panels.panels_of("enterprises.enterprise", file, request.user),
        "back": reverse("enterprises:enterprise", args=[file.pk]),
    }
    return render(request, "enterprises/enterprise.html", context)


def history(file: EnterpriseFile) -> list[dict[str, Any]]:
    found = file.facts.select_related("kind", "by").order_by("-known_at", "-pk")[:HISTORY]
    return [{"fact": fact, "words": queries.said(fact.kind, fact.value)} for fact in found]


def asked_day(request: SignedInRequest) -> date:
    """The day of the address, or today; a day to come is today."""
    try:
        return min(date.fromisoformat(request.GET.get("on", "")), clock.today())
    except ValueError:
        return clock.today()
