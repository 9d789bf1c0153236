"""Who hears of what: subscriptions by verb, and the notices they leave.

A notice is a row written in the verb's own transaction, so that a crash can lose neither the deed nor the word of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from zhuanban.kernel import clock
from zhuanban.kernel.models import Notice

_hearers: dict[str, list[Callable[..., Iterable[tuple[int, str]]]]] = {}


def hears(*verbs: str):
    """Register a function `(subject, by, event) -> [(user id, text)]` for these verbs."""

    def register(function: Callable[..., Iterable[tuple[int, str]]]):
        for verb in verbs:
            _hearers.setdefault(verb, []).append(function)
        return function

    return register


def tell(verb: str, subject: Any, *, by, event) -> None:
    """Leave a notice with everybody who hears of the verb, but not with the one who did it."""
    told = {user: text for hearer in _hearers.get(verb, []) for user, text in hearer(subject, by=by, event=event)}
    told.pop(getattr(by, "pk", None), None)
    if told:
        leave(told, dossier=event.dossier_id, url=subject.get_absolute_url() if hasattr(subject, "get_absolute_url") else "")


def leave(told: dict[int, str], *, dossier: int | None, url: str = "") -> None:
    at = clock.now()
    Notice.objects.bulk_create([Notice(user_id=user, dossier_id=dossier, text=text[:300], url=url, at=at) for user, text in told.items()])


def unread(user) -> int:
    return Notice.objects.filter(user=user, read_at=None).count()


def mark_read(user, ids: Iterable[int] | None = None) -> int:
    """Give the receipt; returns how many were unread."""
    rows = Notice.objects.filter(user=user, read_at=None)
    return (rows if ids is None else rows.filter(pk__in=ids)).update(read_at=clock.now())
