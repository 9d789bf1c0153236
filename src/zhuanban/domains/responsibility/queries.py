"""Who holds what: the tiers, the holder of a project at a tier, who is on call, who was responsible on a day, gaps and loads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.people.models import Absence, Area, RoleGrant, User
from zhuanban.domains.portfolio.models import ListMembership, Project
from zhuanban.domains.portfolio.queries import listed
from zhuanban.domains.responsibility.models import DutyEntry, ForceMember, Responsibility, Shift, Tier
from zhuanban.domains.responsibility.rules import OVER
from zhuanban.kernel import clock, deadlines, memo, parameters

Post, State = Responsibility.Post, Responsibility.State
OPENS = parameters.declare("responsibility.office_opens", gettext_lazy("上班时间"), int, pgettext_lazy("parameter unit", "时"))
CLOSES = parameters.declare("responsibility.office_closes", gettext_lazy("下班时间"), int, pgettext_lazy("parameter unit", "时"))


@dataclass(frozen=True)
class Holder:
    """Who holds something: the principal that owes it, the accounts that hear of it, and the name that is shown."""

    principal_key: str
    user_ids: tuple[int, ...]
    name: str


# The ladder -------------------------------------------------------------------------------------------------------


def tier(level: int, on: date | None = None) -> Tier:
    """The version of a tier in force on a day. Raises LookupError when none is effective yet."""
    row = Tier.objects.filter(level=level, effective_from__lte=on or clock.today()).order_by("-effective_from").first()
    if row is None:
        raise LookupError(f"tier {level} has no version in force")
    return row


def tiers(on: date | None = None) -> list[Tier]:
    """The tiers in force on a day, the lowest first."""
    rows = Tier.objects.filter(effective_from__lte=on or clock.today()).order_by("level", "effective_from")
    return memo.once(("responsibility.tiers", on), lambda: list({row.level: row for row in rows}.values()))


def holder(project: Project, tier_level: int, on: date | None = None) -> Holder:
    """Who holds a project's matters at a tier on a day (today): the person carrying it, else the office that stands in. Never nobody."""
    day = on or clock.today()
    return memo.once(
        ("responsibility.holder", project.pk, tier_level, day), lambda: _at_tier(project, tier_level, day, _posts(project, day))
    )


def ladder(project: Project, on: date | None = None) -> list[tuple[Tier, Holder]]:
    """All tiers with their holders, the lowest first."""
    day = on or clock.today()
    posts = _posts(project, day)
    return [(each, _at_tier(project, each.level, day, posts)) for each in tiers(day)]


def centre(project: Project, on: date | None = None) -> Holder:
    """The project centre that looks after a project: its area's, else the city's."""
    day = on or clock.today()
    return _centre(project.area_id, _posts(project, day).get((Post.CENTRE, "")), day)


def _posts(project: Project, day: date) -> dict[tuple[str, str], Responsibility]:
    """(post, level) -> who holds it on a day."""
    rows = Responsibility.objects.filter(project=project.pk).in_force_on(day).select_related("person", "force__lead", "organisation")
    return memo.once(
        ("responsibility.posts", project.pk, day), lambda: {(row.post, row.level): row for row in rows.order_by("from_day", "pk")}
    )


def _at_tier(project: Project, level: int, day: date, posts: dict[tuple[str, str], Responsibility]) -> Holder:
    centre = posts.get((Post.CENTRE, ""))
    if level == 1:
        secretary = posts.get((Post.SECRETARY, ""))
        return (_person(secretary.person, day) if secretary else None) or _centre(project.area_id, centre, day)
    if level == 2:
        force = posts.get((Post.TASK_FORCE, ""))
        return (_force(force, day) if force else None) or _centre(project.area_id, centre, day)
    carried = posts.get((Post.LEADER, Responsibility.Level.CITY)) or posts.get((Post.LEADER, Responsibility.Level.DISTRICT))
    return (_person(carried.person, day) if carried else None) or _leader_of(project.area_id, day) or _centre(city_key(), None, day)


def _person(person: User | None, day: date) -> Holder | None:
    """The person, or the deputy who stands in: the matter stays with the person's principal, which the deputy acts as too."""
    if person is None:
        return None
    deputy = deputy_of(person.pk, day)
    if deputy:
        return Holder(f"user:{person.pk}", (deputy.pk,), _("%(name)s（%(deputy)s 代）") % {"name": person.name, "deputy": deputy.name})
    return Holder(f"user:{person.pk}", (person.pk,), person.name) if person.is_active else None


def _force(row: Responsibility, day: date) -> Holder | None:
    """The lead answers for the force; its members hear of what it holds."""
    force = row.force
    lead = _person(force.lead, day) if force else None
    if force is None or lead is None:
        return None
    members = (
        ForceMember.objects.filter(force=force, person__is_active=True).in_force_on(day).order_by("pk").values_list("person", flat=True)
    )
    return Holder(
        lead.principal_key,
        tuple(dict.fromkeys((*lead.user_ids, *members))),
        _("%(force)s（专班长 %(lead)s）") % {"force": force.name, "lead": lead.name},
    )


def _leader_of(area: str | None, day: date) -> Holder | None:
    """The leader in whose area the project lies, else a leader of the city."""
    for role, key in (("district_leader", area), ("city_leader", city_key())):
        for person in _in_post(role, key, day):
            if found := _person(person, day):
                return found
    return None


def _centre(area: str | None, row: Responsibility | None, day: date) -> Holder:
    """The dispatchers of the area's centre, else of the city's."""
    dispatchers = _in_post("centre_dispatcher", area, day) if area else []
    if area is None or (not dispatchers and area != city_key()):
        return _centre(city_key(), None, day)
    name = str(row.organisation) if row and row.organisation else _("%(area)s项目中心") % {"area": Area.objects.get(pk=area).name}
    return Holder(f"area:{area}", tuple(person.pk for person in dispatchers), name)


def _in_post(role: str, area: str | None, day: date) -> list[User]:
    """The active accounts that hold a role over an area on a day, in the order of their accounts."""
    if not area:
        return []
    grants = RoleGrant.objects.in_force_on(day).filter(role=role, area=area).values("user")
    people = User.objects.filter(pk__in=grants, is_active=True).order_by("pk")
    return memo.once(("responsibility.in_post", role, area, day), lambda: list(people))


def deputy_of(user: int, day: date) -> User | None:
    """Who stands in for a person who is away on a day. A page asks this of everybody who holds something: all who are away are read once."""
    return memo.once(("responsibility.deputies", day), lambda: _deputies(day)).get(user)


def _deputies(day: date) -> dict[int, User]:
    away = Absence.objects.filter(from_day__lte=day, to_day__gte=day, ended_at=None, deputy__is_active=True)
    return {row.user_id: row.deputy for row in away.select_related("deputy").order_by("-pk")}


def city_key() -> str:
    return settings.CITY["area"]


# On call ------------------------------------------------------------------------------------------------------------


def on_call(area: str | None, at: datetime | None = None) -> Holder:
    """Who can be reached for an area at an instant (now): the person on its roster, else on the city's, else the centre's dispatchers."""
    instant = at or clock.now()
    for key in dict.fromkeys([area or city_key(), city_key()]):
        shifts = Shift.objects.filter(area=key, from_at__lte=instant, to_at__gt=instant, person__is_active=True)
        people = [shift.person for shift in shifts.select_related("person").order_by("from_at", "pk")]
        if people:
            return Holder(f"user:{people[0].pk}", tuple(person.pk for person in people), "、".join(person.name for person in people))
    return _centre(area, None, timezone.localdate(instant))


def in_office_hours(at: datetime | None = None) -> bool:
    """Whether an instant falls on a working day between the city's office hours."""
    local = timezone.localtime(at or clock.now())
    day = local.date()
    return deadlines.calendar().is_workday(day) and parameters.value(OPENS, day) <= local.hour < parameters.value(CLOSES, day)


def who_answers(project: Project, tier_level: int, at: datetime | None = None) -> Holder:
    """The holder; outside office hours whoever is on call hears of it too."""
    instant = at or clock.now()
    found = holder(project, tier_level, timezone.localdate(instant))
    if in_office_hours(instant):
        return found
    called = on_call(project.area_id, instant)
    return Holder(found.principal_key, tuple(dict.fromkeys((*called.user_ids, *found.user_ids))), found.name)


# History ------------------------------------------------------------------------------------------------------------


def who_was(project: Project, day: date) -> list[Responsibility]:
    """The responsibilities in force on a day, by post."""
    rows = Responsibility.objects.filter(project=project.pk).in_force_on(day)
    order = {post: place for place, post in enumerate(Post)}
    return sorted(rows.select_related("person", "force__lead", "organisation"), key=lambda row: (order[row.post], row.level, row.pk))


def carried(user, day: date) -> QuerySet[Responsibility]:
    """The responsibilities in force on a day that a figure may count for this reader (None: all)."""
    rows = Responsibility.objects.all() if user is None else Responsibility.objects.visible_to(user)
    return rows.in_force_on(day)


# Coverage -----------------------------------------------------------------------------------------------------------


NEEDED_UNDER_WAY = (Post.SECRETARY, Post.TASK_FORCE)
"""Who a project under way needs beside its centre."""


def held(posts: Iterable[str], day: date, **where: Any) -> Exists:
    """Whether a project's post is held on a day."""
    return Exists(Responsibility.objects.filter(project=OuterRef("pk"), post__in=posts, **where).in_force_on(day))


def without_centre(projects: QuerySet, year: int, day: date) -> QuerySet:
    """Projects of the year's city list that no centre carries."""
    return listed(projects, year).exclude(stage__in=OVER).filter(~held([Post.CENTRE], day))


def uncovered(projects: QuerySet, year: int, day: date) -> QuerySet:
    """Projects with a gap: on the city's list without a centre, or under way without a secretary or a task force."""
    on_list = ListMembership.objects.filter(list__year=year, list__level="city", removed_on=None).values("project")
    least = parameters.value("portfolio.list_threshold")
    listed_now = Q(pk__in=on_list, planned_investment__gte=least) & ~Q(stage__in=OVER)
    under_way = Q(stage__in=[Project.Stage.UNDER_CONSTRUCTION, Project.Stage.SUSPENDED])
    missing = ~held([Post.SECRETARY], day) | ~held([Post.TASK_FORCE], day)
    return projects.filter((listed_now & ~held([Post.CENTRE], day)) | (under_way & missing))


def missing_posts(projects: list[Project], day: date, year: int) -> dict[int, list[str]]:
    """Project id -> the posts that nobody holds although they are needed. Two queries for the page."""
    ids = [project.pk for project in projects]
    rows = Responsibility.objects.filter(project__in=ids).in_force_on(day).values_list("project", "post")
    there = set(rows)
    on_list = set(
        ListMembership.objects.filter(project__in=ids, list__year=year, list__level="city", removed_on=None).values_list(
            "project", flat=True
        )
    )
    under_way = {Project.Stage.UNDER_CONSTRUCTION, Project.Stage.SUSPENDED}
    return {
        project.pk: [
            str(post.label)
            for post in (*((Post.CENTRE,) if project.pk in on_list else ()), *(NEEDED_UNDER_WAY if project.stage in under_way else ()))
            if (project.pk, post) not in there
        ]
        for project in projects
    }


# Loads ----------------------------------------------------------------------------------------------------------------


MOST_SHOWN = 100


@dataclass(frozen=True)
class Load:
    """What one person carries."""

    person: int
    name: str
    unit: str
    secretary: int
    leader: int
    force: int

    @property
    def all(self) -> int:
        return self.secretary + self.leader + self.force


def loads(user, area: str = "") -> list[Load]:
    """The persons who carry the most, as secretaries, leaders and leads of task forces; the heaviest load first."""
    rows = Responsibility.objects.visible_to(user).active()
    rows = rows.filter(project__area=area) if area else rows
    found: dict[int, dict[str, Any]] = {}
    posts = (("secretary", rows.filter(post=Post.SECRETARY), "person"), ("leader", rows.filter(post=Post.LEADER), "person"))
    for name, part, path in (*posts, ("force", rows.filter(force__lead__isnull=False), "force__lead")):
        counted = part.order_by().values(path, f"{path}__name", f"{path}__organisation__name").annotate(n=Count("project", distinct=True))
        for row in counted.order_by("-n", path)[: MOST_SHOWN * 2]:
            told = found.setdefault(row[path], {"name": row[f"{path}__name"], "unit": row[f"{path}__organisation__name"] or ""})
            told[name] = row["n"]
    made = [
        Load(pk, told["name"], told["unit"], told.get("secretary", 0), told.get("leader", 0), told.get("force", 0))
        for pk, told in found.items()
    ]
    return sorted(made, key=lambda load: (-load.all, load.person))[:MOST_SHOWN]


def duty_counts(user, first: date, last: date, area: str = "") -> list[dict[str, Any]]:
    """Leaders with how often each did each of the nine duties between two days; those with projects and no entry stand there with zeros."""
    entries = DutyEntry.objects.visible_to(user).filter(day__gte=first, day__lte=last)
    carried_now = Responsibility.objects.visible_to(user).filter(post=Post.LEADER).in_force_on(last)
    if area:
        entries, carried_now = entries.filter(project__area=area), carried_now.filter(project__area=area)
    rows: dict[int, dict[str, Any]] = {}
    for pk, name, n in carried_now.order_by("person").values_list("person", "person__name").annotate(n=Count("pk"))[:MOST_SHOWN]:
        rows[pk] = {"leader": pk, "name": name, "projects": n, "counts": defaultdict(int)}
    counted = entries.filter(leader__in=rows).order_by().values_list("leader", "duty").annotate(n=Count("pk"))
    for pk, duty, n in counted:
        rows[pk]["counts"][duty] = n
    for row in rows.values():
        row["total"] = sum(row["counts"].values())
    return sorted(rows.values(), key=lambda row: (-row["total"], row["leader"]))


def roster(user, area: str, first: datetime, last: datetime) -> list[Shift]:
    """The shifts of an area that touch a span, in order."""
    rows = Shift.objects.visible_to(user).filter(area=area, from_at__lt=last, to_at__gt=first)
    return list(rows.select_related("person", "area").order_by("from_at", "pk")[:200])
