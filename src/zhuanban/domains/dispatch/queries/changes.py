"""Listings kept week by week, and what has changed in one since a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.dispatch.models import ListingSnapshot
from zhuanban.domains.dispatch.models.changes import pack
from zhuanban.domains.people.models import Area, RoleGrant, User
from zhuanban.kernel import clock, listing_changes, listings, parameters
from zhuanban.kernel.listing_changes import Changes, Taken
from zhuanban.kernel.listings import Listing, Query

LISTINGS = parameters.declare("dispatch.snapshot_listings", gettext_lazy("每周留底的清单"), list)
ROWS = parameters.declare("dispatch.snapshot_rows", gettext_lazy("一次比较的行数上限"), int, pgettext_lazy("parameter unit", "行"))
WEEKS = parameters.declare("dispatch.snapshot_weeks", gettext_lazy("清单留底保留的周数"), int, pgettext_lazy("parameter unit", "周"))
WEEK = 7
FRESH = 3
"""Days for which a snapshot is too young to be compared with by itself."""


def kept_listings() -> list[Listing]:
    """The listings that are kept week by week; none where the city has not said which."""
    try:
        names = parameters.value(LISTINGS)
    except LookupError:
        return []
    return [listings.REGISTRY[name] for name in names if name in listings.REGISTRY]


def by_area(known: Listing) -> bool:
    return any(each.name == "area" for each in known.filters)


def city_eye() -> User:
    """Somebody who sees what the city's dispatchers see, for listings that are read by no person. No such account is stored."""
    eye = User(pk=0, username="", name="")
    grant = RoleGrant(user=eye, role="centre_dispatcher", area_id=settings.CITY["area"], from_day=clock.today())
    eye.__dict__["grants"] = [grant]
    return eye


def asked(area: str) -> QueryDict:
    params = QueryDict(mutable=True)
    if area:
        params["area"] = area
    return params


def keep(area: str, day: date | None = None) -> int:
    """Keep every listing of an area as it is; a second time on one day replaces the first. Returns how many were kept."""
    return sum(keep_one(known, area, day) for known in kept_listings() if by_area(known))


def keep_one(known: Listing, area: str, day: date | None = None) -> int:
    """Keep one listing of one area. What is beyond the bound on rows is not kept at all: half a list would lie."""
    taken = listing_changes.take(Query(known, city_eye(), asked(area)), parameters.value(ROWS))
    if taken.more:
        return 0
    values = {"at": clock.now(), "count": len(taken.rows), "packed": pack({"columns": taken.columns, "rows": taken.rows})}
    ListingSnapshot.objects.update_or_create(listing=known.name, area=area, day=day or clock.today(), defaults=values)
    return 1


def areas_kept() -> list[str]:
    """The areas whose listings are kept: the districts and zones."""
    return list(Area.objects.exclude(parent=None).order_by("position").values_list("pk", flat=True))


def due(today: date) -> list[str]:
    """The areas without a snapshot in the last seven days."""
    fresh = set(ListingSnapshot.objects.filter(day__gt=today - timedelta(days=WEEK)).values_list("area", flat=True))
    return [area for area in areas_kept() if area not in fresh]


def drop_old(today: date) -> int:
    return ListingSnapshot.objects.filter(day__lt=today - timedelta(weeks=parameters.value(WEEKS))).delete()[0]


# Comparing -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Compared:
    """A listing then and now for one person. `since` is the day of the snapshot; None where there is none that old. `links` is row key
    -> address of the rows that are there."""

    since: date | None
    changes: Changes | None
    too_many: bool
    rows: int


def days_kept(known: Listing, areas: list[str]) -> list[date]:
    """The days on which the listing was kept for one of the areas, the latest first."""
    rows = ListingSnapshot.objects.filter(listing=known.name, area__in=areas, day__lt=clock.today())
    return list(rows.order_by("-day").values_list("day", flat=True).distinct()[:60])


def usual_day(days: list[date]) -> date | None:
    """The latest snapshot that is not of this very week's end: as a rule that of the last meeting; else the oldest there is."""
    settled = clock.today() - timedelta(days=FRESH)
    return next((day for day in days if day <= settled), days[-1] if days else None)


def compare(known: Listing, user, areas: list[str], since: date) -> Compared:
    """What came, went and changed since a day in some areas, as far as the person sees it.

    Then: the newest snapshot of each area that is not younger than the day. Rows that the person does not see now are left out, but for
    those of the city's own people, who saw them all. Cost: two readings of n rows; n is bounded by `dispatch.snapshot_rows`.
    """
    most = parameters.value(ROWS)
    chosen = snapshots(known, areas, since)
    if not chosen or sum(each.count for each in chosen) > most:
        return Compared(max((each.day for each in chosen), default=None), None, bool(chosen), 0)
    before = _joined(chosen)
    now: dict[str, list[Any]] = {}
    names: list[str] = before.columns
    for each in chosen:
        taken = listing_changes.take(Query(known, user, asked(each.area)), most)
        if taken.more or len(now) + len(taken.rows) > most:
            return Compared(each.day, None, True, 0)
        now |= taken.rows
        names = taken.columns
    seen = _seen(known, user, before, now)
    old = Taken(before.columns, {key: row for key, row in before.rows.items() if key in seen}, False)
    changes = listing_changes.compare(known, old, Taken(names, now, False))
    return Compared(max(each.day for each in chosen), changes, False, len(now))


def snapshots(known: Listing, areas: list[str], since: date) -> list[ListingSnapshot]:
    """For each area the newest snapshot of the day asked for or before it."""
    rows = ListingSnapshot.objects.filter(listing=known.name, area__in=areas, day__lte=since).order_by("area", "-day")
    newest: dict[str, int] = {}
    for pk, area in rows.values_list("pk", "area"):
        newest.setdefault(area, pk)
    return list(ListingSnapshot.objects.filter(pk__in=newest.values()).order_by("area"))


def _joined(chosen: list[ListingSnapshot]) -> Taken:
    """The rows of several areas as one side; where the columns differ, by the newest one's names."""
    contents = [each.content for each in chosen]
    names = max(zip(chosen, contents, strict=True), key=lambda pair: pair[0].day)[1]["columns"]
    rows: dict[str, list[Any]] = {}
    for content in contents:
        at = [content["columns"].index(name) if name in content["columns"] else None for name in names]
        rows |= {key: [None if place is None else row[place] for place in at] for key, row in content["rows"].items()}
    return Taken(names, rows, False)


def _seen(known: Listing, user, before: Taken, now: dict[str, list[Any]]) -> set[str]:
    """The keys that the person may be told of: those of the listing today, those that left the areas but not the person's sight, and
    for the city's own offices all."""
    if f"area:{settings.CITY['area']}" in user.inside_keys:
        return set(before.rows)
    gone = [key for key in before.rows if key not in now]
    there: set[str] = set()
    for start in range(0, len(gone), 500):
        part = known.rows(user).filter(pk__in=gone[start : start + 500])
        there.update(str(pk) for pk in part.values_list("pk", flat=True))
    return {key for key in before.rows if key in now} | there


def addresses(known: Listing, user, keys: list[str]) -> dict[str, str]:
    """Row key -> address, for the rows of a page that the person sees. One query."""
    rows = known.rows(user).filter(pk__in=keys).select_related(*known.related)
    return {str(row.pk): row.get_absolute_url() for row in rows}
