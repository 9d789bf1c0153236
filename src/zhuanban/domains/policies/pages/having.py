"""What an enterprise can have (我们能享受什么): eligible, near, in want of a fact; money of past years that nobody asked for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.enterprises.models import EnterpriseFile
from zhuanban.domains.policies.models import Policy, PolicyClaim, PolicyLetter
from zhuanban.domains.policies.queries import eligible
from zhuanban.kernel import actions, clock, panels
from zhuanban.kernel.panels import Panel, panel
from zhuanban.kernel.people import SignedInRequest

PAST_YEARS = 2
CLAIM, TELL = "policies.claim", "enterprises.tell_fact"


def file_of(request: SignedInRequest, pk: int) -> EnterpriseFile:
    """The file, if the reader may see it; another enterprise's is not there."""
    rows = EnterpriseFile.objects.visible_to(request.user).select_related("organisation", "area", "dossier")
    return get_object_or_404(rows, pk=pk)


@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    file = EnterpriseFile.objects.visible_to(request.user).filter(organisation=request.user.organisation_id).first()
    if file is None:
        raise Http404
    return redirect("policies:having", file.pk)


@require_GET
def having(request: SignedInRequest, pk: int) -> HttpResponse:
    """The engine's answers to every item, sorted by what can be done next."""
    file, today = file_of(request, pk), clock.today()
    found = eligible.having(file, today)
    may = {each["action"].name for each in actions.offered(request.user, file)}
    claims = {claim.policy_id: claim for claim in PolicyClaim.objects.filter(enterprise=file, year=today.year) if not claim.reason}
    back = reverse("policies:having", args=[file.pk])
    context = {
        "page_title": _("我们能享受什么"),
        "file": file,
        "found": found,
        "eligible": [eligible_row(item, file, claims, CLAIM in may, today) for item in found.eligible],
        "questions": [question(request, file, kind, worth) for kind, worth in found.questions] if TELL in may else [],
        "may_tell": TELL in may,
        "back": back,
        "letters": PolicyLetter.objects.filter(file=file).select_related("edition__policy")[:6],
        "past": reverse("policies:past", args=[file.pk]),
        "panels": panels.panels_of("policies.having", file, request.user),
    }
    return render(request, "policies/having.html", context)


def eligible_row(item: eligible.Item, file: EnterpriseFile, claims: dict[int, Any], may_claim: bool, today: date) -> dict[str, Any]:
    """An item with the one button that fits: its claim, or to claim it; what comes by itself needs none."""
    claim = claims.get(item.policy.pk)
    asks = may_claim and claim is None and item.policy.lane != Policy.Lane.NO_APPLICATION and item.money != 0
    return {
        "item": item,
        "claim": claim,
        "ask": f"{reverse('kernel:act', args=[CLAIM, file.pk])}?policy={item.policy.pk}&year={today.year}"
        if asks and item.answer.window_open
        else "",
        "closed": asks and not item.answer.window_open,
    }


def question(request: SignedInRequest, file: EnterpriseFile, kind: Any, worth: Any) -> dict[str, Any]:
    form = actions.find(TELL).make_form(request.user, file, initial={"kind": kind.name}, auto_id=f"ask-{kind.name}-%s")
    field = form["value"] if form else None
    return {
        "kind": kind,
        "worth": worth,
        "label_for": field.id_for_label if field else "",
        "field": field.as_widget(attrs=hint(kind)) if field else "",
    }


def hint(kind: Any) -> dict[str, str | bool]:
    """In which unit a bare number is read."""
    words = {"money": _("万元"), "rate": "8.5%", "date": "2022-06-28", "industry": "C3670"}.get(kind.type, kind.unit)
    return {"placeholder": words} if words else {}


@require_GET
def past(request: SignedInRequest, pk: int) -> HttpResponse:
    """Money of past years that nobody asked for."""
    file, year = file_of(request, pk), clock.today().year
    years = [year - back for back in range(1, PAST_YEARS + 1)]
    claimed = PolicyClaim.objects.live().filter(enterprise=file, year__in=years).values_list("policy__key", "year")
    found = eligible.never_claimed(file, years, claimed)
    context = {
        "page_title": _("往年没有享受的"),
        "file": file,
        "years": found,
        "total": sum((each["total"] for each in found), 0),
        "looked": years,
    }
    return render(request, "policies/past.html", context)


@panel("enterprises.enterprise")
def on_the_file(file: EnterpriseFile, user: Any) -> Panel | None:
    return Panel(
        gettext_lazy("我们能享受什么"), "policies/parts/on_file.html", {"url": reverse("policies:having", args=[file.pk])}, place="head"
    )
