"""Reads of the traffic light for pages of every module: by project, counts, the worst, changes, history, and who must hear of a red."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from zhuanban.domains.dispatch.models.lights import OWN_BETTER, Level, LightDay, LightRuleSet, ProjectLight
from zhuanban.domains.dispatch.rules.light_words import missing_words, why_words
from zhuanban.domains.people.models import RoleGrant
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.domains.responsibility.queries import city_key
from zhuanban.kernel import clock

COLOURS = (Level.RED, Level.YELLOW, Level.GREEN, Level.GREY)


@dataclass(frozen=True)
class Shown:
    """A project's light as pages of other modules show it: `level` red, yellow, green or grey, its word, the reasons in words (worst
    first), the day since which it shows, the own light beside it and the day until which a person has overridden it."""

    level: str
    word: str
    why: str
    since: date
    own_level: str
    own_is_better: bool
    override_until: date | None


def by_project(projects: Iterable[int] | QuerySet, *, reasons: int = 2) -> dict[int, Shown]:
    """Project id -> its light, with so many reasons in words. A project whose stage has no light is absent. One query; the caller has
    made sure that the reader may see the projects."""
    return {row.pk: shown(row, reasons) for row in ProjectLight.objects.filter(project__in=projects)}


def shown(row: ProjectLight, reasons: int = 2) -> Shown:
    return Shown(
        row.level,
        str(Level(row.level).label),
        why_words(row.reasons, reasons),
        row.since,
        row.own_level,
        row.own_is_better,
        row.override_until if row.override else None,
    )


@dataclass(frozen=True)
class Counts:
    """How many projects show each colour now, and how many more than some days ago (None: nothing is known of that day)."""

    red: int
    yellow: int
    green: int
    grey: int
    red_more: int | None
    yellow_more: int | None
    own_better: int
    overridden: int

    @property
    def total(self) -> int:
        return self.red + self.yellow + self.green + self.grey


def counts(user: Any, *, days: int = 7) -> Counts:
    """The lights that a person sees (None: all), by colour, with the change over so many days. Two queries."""
    rows, past = ProjectLight.objects.all(), LightDay.objects.all()
    if user is not None:
        rows, past = rows.visible_to(user), past.visible_to(user)
    flags = {"own_better": Count("pk", filter=OWN_BETTER), "overridden": Count("pk", filter=~Q(override=""))}
    now: dict[str, Any] = rows.aggregate(**{level: Count("pk", filter=Q(level=level)) for level in COLOURS}, **flags)
    then = past.on(clock.today() - timedelta(days=days)).aggregate(
        known=Count("pk"), red=Count("pk", filter=Q(level=Level.RED)), yellow=Count("pk", filter=Q(level=Level.YELLOW))
    )
    more: dict[str, Any] = {f"{level}_more": now[level] - then[level] if then["known"] else None for level in ("red", "yellow")}
    return Counts(**now, **more)


def worst(user: Any, limit: int = 8) -> list[ProjectLight]:
    """The reddest lights that a person sees (None: all), worst first, without green and grey ones. `project`, its area and owner are
    read along; `queries.lights.shown(row)` puts one in words. One query."""
    rows = ProjectLight.objects.all() if user is None else ProjectLight.objects.visible_to(user)
    wrong = rows.filter(level__in=[Level.RED, Level.YELLOW])
    return list(wrong.select_related("project__area", "project__owner_org").order_by("-severity", "since", "-pk")[:limit])


def turned(user: Any, since: date, levels: Iterable[str] = (Level.RED,)) -> QuerySet[LightDay]:
    """The changes to these colours since a day (included) that a person sees, the newest first: for “what changed since I was here”."""
    rows = LightDay.objects.all() if user is None else LightDay.objects.visible_to(user)
    return rows.filter(day__gte=since, level__in=list(levels)).select_related("project__area").order_by("-day", "-pk")


def add_words(rows: Iterable[ProjectLight]) -> None:
    """The reasons of each light in words as `why`; of a grey one what is not known. No query."""
    for row in rows:
        row.why = why_words(row.reasons, 3) or (_("缺数据：%(what)s") % {"what": missing_words(row.missing)} if row.missing else "")


def history(project: Project | int, days: int = 90) -> list[LightDay]:
    """The rows of a project's light that touch the last so many days, in order."""
    first = clock.today() - timedelta(days=days - 1)
    rows = LightDay.objects.filter(Q(to_day=None) | Q(to_day__gt=first), project=project, day__lte=clock.today())
    return list(rows.order_by("day"))


def rules_in_force(on: date | None = None) -> LightRuleSet:
    """The rules of a day (today). Raises LookupError when none is in force yet."""
    return LightRuleSet.objects.all().in_force(on or clock.today())


def stale(limit: int = 5000) -> list[int]:
    """Projects to which something happened after their light was computed, or that should have one and have none."""
    recent = Project.objects.filter(dossier__changed_at__gte=clock.now() - timedelta(days=2))
    lit = rules_in_force().thresholds.get("lit", [])
    old = Q(traffic_light__computed_at__lt=F("dossier__changed_at")) | Q(traffic_light=None, stage__in=lit)
    return list(recent.filter(old).order_by("pk").values_list("pk", flat=True)[:limit])


def of_another_day() -> bool:
    """Whether the lights were last computed on another day than today, or never: then all of them are due."""
    newest = ProjectLight.objects.order_by("-computed_at").values_list("computed_at", flat=True).first()
    return newest is None or timezone.localdate(newest) != clock.today()


# Who hears of a red -----------------------------------------------------------------------------------------------------


def who_hears(projects: Iterable[Project]) -> dict[int, list[int]]:
    """Project -> the accounts that must know of its red light: who carries it as secretary or leader, and the dispatchers of its area
    (of the city where it has none). Two queries."""
    rows, day = list(projects), clock.today()
    posts = Responsibility.objects.filter(project__in=rows, post__in=["secretary", "leader"], person__is_active=True).in_force_on(day)
    found: dict[int, list[int]] = defaultdict(list)
    for pk, person in posts.order_by("project", "pk").values_list("project", "person"):
        found[pk].append(person)
    desks = _desks({row.area_id for row in rows})
    return {row.pk: list(dict.fromkeys([*found[row.pk], *(desks.get(row.area_id) or desks.get(city_key(), []))])) for row in rows}


def desks_of(project: Project) -> list[int]:
    """The dispatchers of a project's area, of the city where it has none."""
    desks = _desks({project.area_id})
    return desks.get(project.area_id) or desks.get(city_key(), [])


def _desks(areas: set[str | None]) -> dict[str | None, list[int]]:
    grants = RoleGrant.objects.in_force_on(clock.today()).filter(role="centre_dispatcher", area__in={*filter(None, areas), city_key()})
    found: dict[str | None, list[int]] = defaultdict(list)
    for area, person in grants.filter(user__is_active=True).order_by("user").values_list("area", "user"):
        found[area].append(person)
    return found
