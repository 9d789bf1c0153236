"""The public notice of claims (公示): what anybody may read, signed in or not, and how to object."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from zhuanban.domains.policies.queries import claims as queries
from zhuanban.kernel import actions, clock
from zhuanban.kernel.public import public

KEPT = 60
"""Seconds for which a browser or a cache on the way may show the page again."""


@public
@require_safe
@cache_control(public=True, max_age=KEPT)
@vary_on_headers("Accept-Language", "Cookie")
def public_notices(request: HttpRequest) -> HttpResponse:
    """The claims in public notice today, page by page: the same for every reader."""
    asked = request.GET.get("after", "")
    after = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= actions.LONGEST_ID else 0
    rows, following = queries.public_notices(clock.today(), after)
    answer = render(request, "policies/notices.html", {"rows": rows, "next": following, "first": not after})
    answer["X-Robots-Tag"] = "noindex"
    return answer
