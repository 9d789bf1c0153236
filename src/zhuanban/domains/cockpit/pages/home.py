"""The first page of everybody."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhuanban.domains.cockpit import homes
from zhuanban.domains.cockpit.homes.parts import PLACES
from zhuanban.kernel.errors import Unknown
from zhuanban.kernel.people import SignedInRequest


@require_GET
def later(request: SignedInRequest, part: str) -> HttpResponse:
    """A part of one's own first page that the page asks for after it stands."""
    section = homes.part_of(request.user, part)
    if section is None:
        raise Unknown
    return render(request, section.template, {"here": section.context, "section": section})


@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """What I owe with the button that moves it, what changed since I was here, and what concerns me in my role."""
    user = request.user
    made = homes.home_of(user)
    context = {
        "page_title": _("今日"),
        "home": made,
        "places": {place: made.at(place) for place in PLACES},
        "business": homes.in_business(user),
        "since": user.last_visit_at,
    }
    return render(request, "cockpit/home.html", context)
