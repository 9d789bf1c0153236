"""Access: principals, what a dossier gives to whom, and the ledgers that belong to no project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet

from zhuanban.kernel import memo, roles
from zhuanban.kernel.models import Access, Dossier, Principal
from zhuanban.kernel.people import Person

Row = TypeVar("Row", bound=Model)

FEW = 2000
"""Below so many visible dossiers a list is planned from the access table, above from the table that is listed (ADR 0004)."""

SEE, ACT = Access.Level.SEE, Access.Level.ACT


def scope_key(role: str, *, area: str | None = None, organisation: int | None = None, user: int | None = None) -> str:
    """The principal key of a grant: a role's area or organisation, or the person's own dossiers.

    Roles of one realm share their principals; the audit trail, the settings and the published map are realms of their own.
    """
    realm = roles.get(role).realm
    if area:
        return f"area:{area}{realm}"
    if organisation:
        return f"org:{organisation}{realm}"
    return f"user:{user}{realm}"


def principal(key: str) -> Principal:
    return Principal.objects.get_or_create(key=key)[0]


def principal_ids(keys: Iterable[str]) -> dict[str, int]:
    """The ids of these principals, made where they are missing."""
    keys = set(keys)
    found = dict(Principal.objects.filter(key__in=keys).values_list("key", "pk"))
    missing = keys - found.keys()
    if missing:
        Principal.objects.bulk_create([Principal(key=key) for key in sorted(missing)], ignore_conflicts=True)
        found = dict(Principal.objects.filter(key__in=keys).values_list("key", "pk"))
    return found


def principals_of(user: Person) -> dict[str, int]:
    """Key -> id of the principals as which the person acts, as far as they are there, for joins with the access table: planners guess
    a join on keys badly. Read once for a page."""
    rows = Principal.objects.filter(key__in=user.principal_keys).order_by("pk")
    return memo.once(("kernel.principals", user.pk), lambda: dict(rows.values_list("key", "pk")))


def own_ids(user: Person, keys: Iterable[str]) -> list[int]:
    """The ids of some of the person's own principals."""
    wanted = set(keys)
    return [pk for key, pk in principals_of(user).items() if key in wanted] if wanted else []


def grant(dossier: Dossier, levels: Mapping[str, int]) -> None:
    """Make the dossier's access rows exactly these: principal key -> level. Called in the transaction of the change."""
    ids = principal_ids(levels)
    Access.objects.filter(dossier=dossier).exclude(principal__in=ids.values()).delete()
    Access.objects.bulk_create(
        [Access(principal_id=ids[key], dossier=dossier, level=level) for key, level in levels.items()],
        update_conflicts=True,
        unique_fields=["principal", "dossier"],
        update_fields=["level"],
    )


def may_act(user: Person, verb: str, dossier: Dossier) -> bool:
    """Whether one of the person's grants allows the verb and reaches the dossier at level ACT."""
    keys = user.keys_for(verb)
    return bool(keys) and any(level >= ACT for key, level in levels(user, dossier).items() if key in keys)


def levels(user: Person, dossier: Dossier | int) -> dict[str, int]:
    """What the dossier gives the person: principal key -> level. Read once for a page."""
    pk = dossier if isinstance(dossier, int) else dossier.pk
    rows = Access.objects.filter(dossier=pk, principal__key__in=user.principal_keys)
    return memo.once(("kernel.levels", user.pk, pk), lambda: dict(rows.values_list("principal__key", "level")))


def inside(user: Person, dossier: Dossier | int) -> set[str]:
    """The principals of the city's own offices as which the person reads a dossier; none for people from outside."""
    return levels(user, dossier).keys() & user.inside_keys


def actable(user: Person, verb: str, rows: QuerySet[Row], path: str = "dossier_id") -> QuerySet[Row]:
    """Those of the rows on which the person may do the verb."""
    principals = own_ids(user, user.keys_for(verb))
    return rows.filter(Exists(Access.objects.filter(principal__in=principals, level__gte=ACT, dossier=OuterRef(path))))


def count_up_to(principals: list[int], limit: int) -> int:
    return Access.objects.filter(principal__in=principals)[:limit].count()


def ledger(name: str, *, title: str = "", area: str = "") -> Dossier:
    """The dossier that keeps events which belong to no business dossier: rights, exports, sign-ins, settings, one area's register."""
    return Dossier.objects.filter(ref=f"LEDGER-{name}").first() or _open_ledger(name, title or name, area)


@transaction.atomic
def _open_ledger(name: str, title: str, area: str) -> Dossier:
    """The ledger with its access rows in one transaction, so that nobody meets it without them."""
    dossier, made = Dossier.objects.get_or_create(ref=f"LEDGER-{name}", defaults={"kind": "ledger", "title": title, "area": area})
    if made:
        city = settings.CITY["area"]
        levels = {f"area:{city}:audit": ACT, f"area:{city}:security": ACT, f"area:{city}:system": ACT}
        if area:
            levels |= {f"area:{key}": ACT for key in {area, city}}
        grant(dossier, levels)
    return dossier
