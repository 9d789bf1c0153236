"""What changed since a person was here: lights that turned red, and the newest events of the dossiers that the person sees."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from zhuanban.domains.dispatch.queries import lights
from zhuanban.domains.dispatch.rules.light_words import why_words
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import actions
from zhuanban.kernel.models import Dossier, Event

SHOWN = 10


def changes(user: Any, limit: int = SHOWN) -> dict[str, Any]:
    """The newest events of dossiers the person sees: since the visit before this one, or, when nothing changed since, the latest ones.

    `changed` is how many dossiers changed since that visit, None on the first; `turned` are the lights that turned red since.
    """
    since = user.last_visit_at
    dossiers = Dossier.objects.visible_to(user).exclude(kind="ledger").exclude(changed_at=None)
    changed = dossiers.filter(changed_at__gt=since).count() if since else None
    newest = list((dossiers.filter(changed_at__gt=since) if changed else dossiers).order_by("-changed_at")[:limit])
    heads = Q(pk__in=[])
    for row in newest:
        heads |= Q(dossier_id=row.pk, seq=row.head_seq)
    events = {event.dossier_id: event for event in Event.objects.filter(heads)}
    inside = bool(user.inside_keys)
    return {
        "changes": [told(row, events.get(row.pk), inside=inside) for row in newest],
        "changed": changed,
        "turned": turned(user, since),
    }


def told(dossier: Dossier, event: Event | None, *, inside: bool) -> dict[str, Any]:
    """The newest event in words; to people from outside only what everybody may read."""
    known = actions.REGISTRY.get(event.verb) if event else None
    if known and not inside and known.readers != actions.EVERYBODY:
        known = None
    stage = ((event.data.get("changes") or {}).get("stage") or [None, None])[1] if event else None
    return {
        "dossier": dossier,
        "at": timezone.localtime(dossier.changed_at),
        "label": known.label if known else "" if inside else _("有新的进展"),
        "detail": Project.Stage(stage).label if stage in Project.Stage.values else "",
    }


def turned(user: Any, since: datetime | None, limit: int = 5) -> list[dict[str, Any]]:
    """The lights that turned red since a visit, each with its first reasons. One query, none on a first visit."""
    if since is None or not user.inside_keys:
        return []
    rows = lights.turned(user, timezone.localdate(since))[:limit]
    return [{"project": row.project, "day": row.day, "why": why_words(row.reasons, 1)} for row in rows]
