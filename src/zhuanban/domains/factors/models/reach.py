"""Who reads rows inside a project that are about its factors."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q

from zhuanban.kernel import access
from zhuanban.kernel.models import Access, VisibleQuerySet


def sides(user) -> tuple[list[int], list[int], list[int], list[int]]:
    """The person's principals: those who work on projects, the offices as which the person is asked, those of firms and the public;
    and the offices' organisations."""
    inside, outside = user.sides
    desks = {key for key in user.inside_keys if key.startswith("org:") and key.count(":") == 1}
    ids = access.own_ids(user, desks)
    offices = sorted(int(key.partition(":")[2]) for key in desks)
    return [pk for pk in inside if pk not in ids], ids, outside, offices


class PartQuerySet(VisibleQuerySet):
    """Rows inside a project: read by those who work on it and by its own firm, not by an office that was let in for something else."""

    dossier_path = "project_id"

    def visible_to(self, user):
        workers, _desks, outside, _offices = sides(user)
        granted = Access.objects.filter(Q(principal__in=workers) | Q(principal__in=outside, level=Access.Level.ACT))
        return self.filter(self._granted_by(granted))

    def _granted_by(self, granted: Any) -> Any:
        return Exists(granted.filter(dossier=OuterRef(self.dossier_path)))


class AskedQuerySet(PartQuerySet):
    """Rows that are addressed to an office (`provider_path`): the office reads those that are addressed to it, and no other."""

    provider_path = "provider"

    def visible_to(self, user):
        workers, desks, outside, offices = sides(user)
        granted = Access.objects.filter(Q(principal__in=workers) | Q(principal__in=outside, level=Access.Level.ACT))
        reached = self._granted_by(granted)
        if not offices:
            return self.filter(reached)
        asked = self._granted_by(Access.objects.filter(principal__in=desks))
        return self.filter(reached | Q(asked, **{f"{self.provider_path}__in": offices}))
