"""`/healthz`: whether this process reaches its storage, in one word, for load balancers and monitors."""

from __future__ import annotations

import logging

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from zhuanban.kernel.models import Dossier
from zhuanban.kernel.public import public

log = logging.getLogger(__name__)


@public
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 `ok`, or 503 `storage down` when the database does not answer a read of a table."""
    try:
        Dossier.objects.values_list("pk", flat=True).first()
    except (DatabaseError, InterfaceError, OSError) as problem:
        log.error("health: %s does not answer: %s", connection.vendor, problem)
        return HttpResponse("storage down\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
