"""Who sees the file of an enterprise: its own people, the area that serves it, the city, and the offices that ask for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from zhuanban.domains.enterprises.models import EnterpriseFile
from zhuanban.kernel import access
from zhuanban.kernel.access import ACT, SEE
from zhuanban.kernel.models import Access

SOURCES: list[Callable[[EnterpriseFile], dict[str, int]]] = []
"""Functions of other domains `(file) -> principal key -> level`: whom their rows let in (the office that keeps an area's policies)."""
FOLLOWERS: list[Callable[[EnterpriseFile], None]] = []
"""Functions of other domains `(file) -> None`: what else of an enterprise is opened to its officers, and closed again (its claims)."""


def levels_of(file: EnterpriseFile) -> dict[str, int]:
    """Principal key -> level. Another enterprise is never among them."""
    levels: dict[str, int] = {f"area:{settings.CITY['area']}": ACT, f"area:{file.area_id}": ACT, f"org:{file.organisation_id}": ACT}
    for source in SOURCES:
        for key, level in source(file).items():
            levels[key] = max(level, levels.get(key, SEE))
    return levels


def regrant(file: EnterpriseFile) -> None:
    """Write the file's access rows anew, keeping those that persons hold in their own name (a resident officer)."""
    kept = {
        row.principal.key: row.level
        for row in Access.objects.filter(dossier_id=file.dossier_id, principal__key__startswith="user:").select_related("principal")
    }
    access.grant(file.dossier, kept | levels_of(file))


def officers(file: EnterpriseFile) -> set[int]:
    """The accounts that serve the enterprise in their own name."""
    return _accounts(Access.objects.filter(dossier=file.dossier_id))


def all_officers() -> set[int]:
    """The accounts that serve any enterprise in their own name."""
    return _accounts(Access.objects.filter(dossier__in=EnterpriseFile.objects.values("dossier")))


def served(officer: int) -> QuerySet[Access, Any]:
    """The dossiers that an account holds in its own name, those of enterprises among them."""
    return Access.objects.filter(principal__key=f"user:{officer}").values("dossier")


def _accounts(rows: QuerySet[Access]) -> set[int]:
    keys = rows.filter(principal__key__startswith="user:").values_list("principal__key", flat=True).distinct()
    return {int(key.removeprefix("user:").partition(":")[0]) for key in keys}


def assign(file: EnterpriseFile, officer: int) -> None:
    """The officer serves the enterprise from now on, with all that belongs to it, older rows too."""
    Access.objects.update_or_create(principal=access.principal(f"user:{officer}"), dossier_id=file.dossier_id, defaults={"level": ACT})
    _follow(file)


def relieve(file: EnterpriseFile, officer: int) -> None:
    """The officer serves it no more and sees nothing of it as its officer."""
    Access.objects.filter(principal__key=f"user:{officer}", dossier=file.dossier_id).delete()
    _follow(file)


def _follow(file: EnterpriseFile) -> None:
    for follower in FOLLOWERS:
        follower(file)


def let_in(area: str, organisation: int) -> None:
    """Let an office see all files of an area. Two queries and one insert."""
    principal = access.principal(f"org:{organisation}")
    dossiers = EnterpriseFile.objects.filter(area=area).values_list("dossier_id", flat=True)
    rows = [Access(principal=principal, dossier_id=dossier, level=SEE) for dossier in dossiers]
    Access.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
