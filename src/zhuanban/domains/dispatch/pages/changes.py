"""What changed in a listing since last week."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhuanban.domains.dispatch.queries import changes as queries
from zhuanban.domains.people.models import Area
from zhuanban.kernel import pages, parameters
from zhuanban.kernel.errors import Failure, Unknown
from zhuanban.kernel.listing_changes import RowChange
from zhuanban.kernel.listings import Listing
from zhuanban.kernel.people import SignedInRequest

A_PAGE = 50
KINDS = ("changed", "added", "removed")


@require_GET
def changes(request: SignedInRequest) -> HttpResponse:
    """`listing`, `since` (a day), `area` (else all that are kept), `kind` and `page` come from the address."""
    known = chosen_listing(request)
    places = list(Area.objects.exclude(parent=None).order_by("position"))
    area = request.GET.get("area", "")
    areas = [area] if area in {each.pk for each in places} else [each.pk for each in places]
    days = queries.days_kept(known, areas)
    since = chosen_day(request.GET.get("since", ""), days)
    compared = queries.compare(known, request.user, areas, since) if since else None
    kind = request.GET.get("kind", "")
    found = compared.changes if compared else None
    context = {
        "page_title": _("与上周比"),
        "listing": known,
        "kept": queries.kept_listings(),
        "places": places,
        "area": area if len(areas) == 1 else "",
        "days": days,
        "since": since,
        "compared": compared,
        "found": found,
        "tabs": tabs(request, found) if found else [],
        **(page_of(request, known, [row for row in found.shown if not kind or row.kind == kind]) if found else {}),
        "limit": parameters.value(queries.ROWS),
    }
    return render(request, "dispatch/changes.html", context)


def chosen_listing(request: SignedInRequest) -> Listing:
    """The listing that is asked for, if it is one of those kept and this person may open it."""
    kept = {each.name: each for each in queries.kept_listings()}
    known = kept.get(request.GET.get("listing", "")) if request.GET.get("listing") else next(iter(kept.values()), None)
    if known is None or (known.guard and known.guard not in request.user.verbs):
        raise Unknown()
    return known


def chosen_day(text: str, days: list[date]) -> date | None:
    """The day asked for, else about a week ago. Raises Failure for what is no day."""
    if not text:
        return queries.usual_day(days)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Failure(_("“%(text)s”不是日期。") % {"text": text[:20]}) from None


def tabs(request: SignedInRequest, found: Any) -> list[dict[str, Any]]:
    """All kinds of change, each with its count and its address."""
    counts = {"": found.added + found.removed + found.changed, "changed": found.changed, "added": found.added, "removed": found.removed}
    labels = {"": _("全部"), "changed": _("变动"), "added": _("新增"), "removed": _("移出")}
    chosen = request.GET.get("kind", "")
    return [
        {"label": label, "url": "?" + with_(request, kind=name, page=""), "active": name == chosen, "count": counts[name]}
        for name, label in labels.items()
    ]


def with_(request: SignedInRequest, **changed: str) -> str:
    params = request.GET.copy()
    for name, value in changed.items():
        params.pop(name, None)
        if value:
            params[name] = value
    return params.urlencode()


def page_of(request: SignedInRequest, known: Listing, rows: list[RowChange]) -> dict[str, Any]:
    """One page of the changes, with the addresses of the rows that are there."""
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1
    first = max(number - 1, 0) * A_PAGE
    shown = rows[first : first + A_PAGE]
    links = queries.addresses(known, request.user, [row.key for row in shown])
    return {
        "rows": [{"change": row, "url": links.get(row.key, "")} for row in shown],
        "next": "?" + with_(request, page=str(number + 1)) if len(rows) > first + A_PAGE else "",
        "previous": "?" + with_(request, page=str(number - 1)) if number > 1 else "",
    }


def link(name: str) -> tuple[str, str, str] | None:
    """The way from a listing to its changes: label, address, icon. None for listings that are not kept."""
    if name not in {each.name for each in queries.kept_listings()}:
        return None
    return str(_("与上周比")), f"{reverse('dispatch:changes')}?listing={name}", "history"


pages.LISTING_LINKS.append(link)
