"""Rights that follow from responsibilities: whoever carries a project may act on it, from the same transaction on."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.responsibility.models import ForceMember, Responsibility
from zhuanban.kernel import access
from zhuanban.kernel.models import Access


def entitled(project: Project) -> set[int]:
    """The persons who carry the project today: secretary, leaders, the lead and the members of its task force."""
    rows = Responsibility.objects.active().filter(project=project.pk)
    posts = rows.values_list("person", "force__lead")
    members = ForceMember.objects.filter(force__in=rows.exclude(force=None).values("force"), to_day=None).values_list("person", flat=True)
    return {person for pair in posts for person in pair if person} | {person for person in members if person}


def sync(project: Project, gone: Iterable[int] = ()) -> None:
    """Bring the project's rows of persons up to its responsibilities.

    Taken away from whoever ever carried it and does not now, and from `gone` (a lead who was replaced leaves no row behind). Rows that
    persons hold for another reason, an agent's case for instance, are not this module's.
    """
    rows = Responsibility.objects.filter(project=project.pk)
    once = {person for pair in rows.values_list("person", "force__lead") for person in pair if person} | set(gone)
    members = ForceMember.objects.filter(Q(force__in=rows.exclude(force=None).values("force")), person__isnull=False)
    once |= set(members.values_list("person", flat=True))
    now = entitled(project)
    ids = access.principal_ids(f"user:{person}" for person in now)
    left = [f"user:{person}" for person in once - now]
    Access.objects.filter(dossier=project.pk, principal__key__in=left).delete()
    Access.objects.bulk_create(
        [Access(principal_id=principal, dossier_id=project.pk, level=Access.Level.ACT) for principal in ids.values()],
        update_conflicts=True,
        unique_fields=["principal", "dossier"],
        update_fields=["level"],
    )
