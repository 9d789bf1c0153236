"""Who hears of what: subscriptions by verb, and the notices they leave.

A notice is a row written in the verb's own transaction, so that a crash can lose neither the deed nor the word of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from zhuanban.kernel import clock
from zhuanban.kernel.models import Event, Notice
from zhuanban.kernel.people import Person
from zhuanban.kernel.words import kept

Hearer: TypeAlias = Callable[..., Iterable[tuple[int, str]]]
_hearers: dict[str, list[Hearer]] = {}


def hears(*verbs: str) -> Callable[[Hearer], Hearer]:
    """Register a function `(subject, by, event) -> [(user id, text)]` for these verbs."""

    def register(function: Hearer) -> Hearer:
        for verb in verbs:
            _hearers.setdefault(verb, []).append(function)
        return function

    return register


def tell(verb: str, subject: Any, *, by: Person | None, event: Event) -> None:
    """Leave a notice with everybody who hears of the verb, but not with the one who did it."""
    with kept():
        told = {user: text for hearer in _hearers.get(verb, []) for user, text in hearer(subject, by=by, event=event)}
    if by is not None:
        told.pop(by.pk, None)
    if told:
        leave(told, dossier=event.dossier_id, url=subject.get_absolute_url() if hasattr(subject, "get_absolute_url") else "")


def leave(told: dict[int, str], *, dossier: int | None, url: str = "") -> list[Notice]:
    """Write one line for each person; the rows tell later whether it was read."""
    at = clock.now()
    return Notice.objects.bulk_create(
        [Notice(user_id=user, dossier_id=dossier, text=text[:300], url=url, at=at) for user, text in told.items()]
    )


def unread(user: Person) -> int:
    return Notice.objects.filter(user=user.pk, read_at=None).count()


def mark_read(user: Person, ids: Iterable[int] | None = None) -> int:
    """Give the receipt; returns how many were unread."""
    rows = Notice.objects.filter(user=user.pk, read_at=None)
    return (rows if ids is None else rows.filter(pk__in=ids)).update(read_at=clock.now())
