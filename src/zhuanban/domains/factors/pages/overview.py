"""The overview of factors, and the panel on a project's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.factors import queries
from zhuanban.domains.factors.models import (
    FactorRequest,
    FundingApplication,
    FundingBatch,
    StockPlan,
    SupplyPoint,
    Survey,
    SurveyEntry,
    TransportPass,
)
from zhuanban.domains.factors.pages import choices
from zhuanban.domains.factors.pages.points import number
from zhuanban.domains.factors.queries import Tally
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import actions, charts, clock, panels, show
from zhuanban.kernel.people import SignedInRequest

OVER = (FactorRequest.State.VERIFIED, FactorRequest.State.WITHDRAWN)
SHOWN = 6
"""Lines of each list; the page behind it shows all."""


@require_GET
def overview(request: SignedInRequest) -> HttpResponse:
    """Need, promise and supply by kind; what is late, what will run short, which windows close."""
    today, user = clock.today(), request.user
    area = request.GET.get("area", "")[:12]
    asked = FactorRequest.objects.visible_to(user)
    if area:
        asked = asked.filter(project__area=area)
    points = SupplyPoint.objects.visible_to(user).select_related("area", "factor", "provider")
    short = queries.conflicts(queries.outlooks(points.filter(area=area) if area else points))
    late = asked.filter(queries.late_promises(today)).select_related("project", "factor", "provider")
    surveys = list(Survey.objects.visible_to(user).select_related("factor", "provider").order_by("-opened_on", "-pk")[:SHOWN])
    counts = queries.survey_counts(surveys, SurveyEntry.objects.visible_to(user))
    windows = FundingBatch.objects.visible_to(user).open_on(today).select_related("programme").order_by("closes_on")[:SHOWN]
    applied = FundingApplication.objects.visible_to(user)
    context = {
        "page_title": _("要素保障"),
        "area": area,
        "areas": choices.areas(user),
        "query": f"&area={area}" if area else "",
        "kinds": [bar_of(each, area) for each in queries.by_kind(asked, today)],
        "late": list(late.order_by("promised_for", "pk")[:SHOWN]),
        "late_n": late.count(),
        "short": short[:SHOWN],
        "short_n": len(short),
        "surveys": [{"row": row, "counts": counts.get(row.pk, {})} for row in surveys],
        "windows": [window_of(batch, user, today) for batch in windows],
        "money": queries.money_of(applied.filter(project__area=area) if area else applied),
        "today": today,
    }
    return render(request, "factors/overview.html", context)


def bar_of(each: Tally, area: str) -> dict[str, Any]:
    """A kind's line: amounts in its unit, and a bar of what is supplied with a tick at what is promised."""
    supplied, promised = each.share(each.supplied), each.share(each.promised)
    words = _("%(name)s：已供给 %(supplied)s，已承诺 %(promised)s") % {
        "name": each.factor.name,
        "supplied": show.text_of(supplied, "percent"),
        "promised": show.text_of(promised, "percent"),
    }
    tone = "green" if supplied is not None and supplied >= 100 else "blue"
    bar = charts.progress_tick(
        None if supplied is None else float(supplied), None if promised is None else float(promised), tone=tone, title=words, width=150
    )
    url = f"{reverse('factors:requests')}?factor={each.factor.pk}" + (f"&area={area}" if area else "")
    return {
        "tally": each,
        "need": number(each.need) if each.requests else "—",
        "promised": number(each.promised) if each.requests else "—",
        "supplied": number(each.supplied) if each.requests else "—",
        "gap": number(each.gap) if each.requests else "—",
        "share": supplied,
        "bar": bar if each.requests else "",
        "url": url,
    }


def window_of(batch: FundingBatch, user, today) -> dict[str, Any]:
    waiting = queries.still_to_apply(batch, Project.objects.visible_to(user)).count()
    return {"batch": batch, "waiting": waiting, "left": (batch.closes_on - today).days if batch.closes_on else None}


@panels.panel("portfolio.project")
def on_project(project: Project, user) -> panels.Panel | None:
    """The project's needs that are neither verified nor withdrawn, its stocks, passes and funds, with the buttons."""
    asked = FactorRequest.objects.visible_to(user).filter(project=project)
    rows = list(asked.exclude(state__in=OVER).select_related("factor", "provider").order_by("due_on", "pk")[:8])
    offered = actions.offered(user, project, *ON_PROJECT)
    done = asked.filter(state=FactorRequest.State.VERIFIED).count()
    stocks = StockPlan.objects.visible_to(user).filter(project=project).select_related("material").order_by("material__position")
    passes = TransportPass.objects.visible_to(user).filter(project=project, renewed_by=None).order_by("valid_to")[:4]
    funds = FundingApplication.objects.visible_to(user).filter(project=project).select_related("batch__programme").order_by("-pk")[:4]
    context = {
        "rows": rows,
        "done": done,
        "offered": [each for each in offered if not each["reason"]],
        "stocks": queries.with_reported(list(stocks)),
        "passes": list(passes),
        "funds": list(funds),
        "windows": queries.open_windows(project) if "factors.apply_funding" in user.verbs and offered else [],
        "today": clock.today(),
    }
    if not any(context[name] for name in ("rows", "done", "offered", "stocks", "passes", "funds")):
        return None
    return panels.Panel(title=gettext_lazy("要素保障"), template="factors/parts/on_project.html", context=context)


ON_PROJECT = ("factors.request", "factors.apply_funding", "factors.plan_stock", "factors.issue_pass")
