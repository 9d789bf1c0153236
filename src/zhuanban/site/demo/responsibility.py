"""Who carries what in the demo city: centres, secretaries, task forces, leaders, their duty logs and the on-call roster, in bulk.

The articles print the numbers; every person, unit and task force made here is invented and marked synthetic. The accounts begin with
`gen-` and nobody can sign in to them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import Count

from zhuanban.domains.people.models import Area, Organisation, RoleGrant, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import listed
from zhuanban.domains.responsibility.models import DutyEntry, DutyType, ForceMember, Responsibility, Shift, TaskForce
from zhuanban.kernel import access, deadlines, timeline
from zhuanban.kernel.models import Access, Dossier, Event
from zhuanban.kernel.search import search_text
from zhuanban.site.demo.accounts import ACCOUNTS, LUYUAN, NONGAN, SINCE
from zhuanban.site.demo.drafts import BEIJING, instant

SLICE = 1000
FIRST_DAY, LAST_DAY = date(2022, 1, 12), date(2023, 2, 9)
"""Responsibilities of 2022 were given out with the year's list; nothing is dated on or after the demo's first day."""
HANDED_OVER = date(2022, 10, 10)
"""On this day every twentieth of the secretaries who were there before the autumn had handed over."""
CITY_PROJECTS, CITY_LEADERS = 100, 12
LUYUAN_PROJECTS, LUYUAN_LEADERS = 52, 29
OTHER_LEADERS, OTHER_PROJECTS = 3, 6
PER_SECRETARY, PER_LEAD = 4, 8
FORCES = 6
UNITS = {
    "自然资源": "用地和规划", "住建": "施工许可和质量安全", "政务服务": "领办代办", "发改": "立项和要素统筹", "生态环境": "环评",
    "工信": "产业政策和用能", "财政": "资金拨付", "供电": "用电接入", "供水供热": "用水用热",
}  # fmt: skip
"""Units of a district that sit in task forces, and what they are there for."""
WITH_PERSON = ("自然资源", "住建")
CITY_UNITS = ("发展改革", "工业和信息化", "自然资源规划", "城乡建设", "财政", "商务", "政务数据", "交通运输")
MONTHS = [date(2022, 9, 1), date(2022, 10, 1), date(2022, 11, 1), date(2022, 12, 1), date(2023, 1, 1), date(2023, 2, 1)]
NOTES = {
    "dispatch": "听取周调度汇报，进度与计划相符。", "solve": "协调解决外线用电接入时序问题。", "report": "听取冬季施工方案专题汇报。",
    "start": "督促施工单位备齐开工材料。", "on_time": "核对关键节点，明确下一步责任单位和时限。", "plan": "研究项目二期用地安排。",
    "on_site": "到现场办公，当场答复三件事。", "coordinate": "与企业负责人沟通资金到位计划。", "supervise": "督办室内管线安装进度。",
}  # fmt: skip
ROSTER_DAYS = 110


def load(users: dict[str, User], seed: int) -> Crew:
    """Everything of this module, after the projects are there; returns the people. Writes in bulk; memory grows by slices, not with
    the city."""
    rng = Random(f"responsibility-{seed}")
    bodies = Bodies.found()
    crew = Crew(users, bodies)
    crew.open(_wanted())
    _standing_forces(crew, bodies)
    Carrying(crew, bodies).write(rng)
    _roster(crew)
    return crew


# ------------------------------------------------------------------------------------------------------ organisations


@dataclass
class Bodies:
    """The organisations that carry or sit in task forces, by area."""

    areas: dict[str, Area]
    centres: dict[str, int]
    units: dict[str, dict[str, int]]

    @classmethod
    def found(cls) -> Bodies:
        """Those that are there, and those that are missing made."""
        areas = Area.objects.in_bulk()
        city = settings.CITY["area"]
        centres = dict(Organisation.objects.filter(kind="centre").order_by("-pk").values_list("area", "pk"))
        fresh = [_body(area, "项目中心", "centre") for key, area in areas.items() if key not in centres]
        fresh += [_body(area, f"{unit}局", "government") for key, area in areas.items() if key != city for unit in UNITS]
        fresh += [_body(areas[city], f"{unit}部门", "government") for unit in CITY_UNITS]
        units: dict[str, dict[str, int]] = defaultdict(dict)
        for row in Organisation.objects.bulk_create(fresh, batch_size=500):
            if row.kind == "centre":
                centres[row.area_id] = row.pk
            else:
                units[row.area_id][row.short_name] = row.pk
        return cls(areas, centres, units)


def _body(area: Area, word: str, kind: str) -> Organisation:
    name = f"{area.name}{word}（演示）"
    short = word.removesuffix("局").removesuffix("部门") if kind == "government" else ""
    return Organisation(name=name, short_name=short, kind=kind, area=area, synthetic=True, search_text=search_text(name))


# ------------------------------------------------------------------------------------------------------------- people


@dataclass(frozen=True)
class Wanted:
    """An account to be opened: `kind` is the pool of its area that it belongs to, `organisation` the one that the role is over."""

    username: str
    name: str
    role: str
    area: str
    kind: str
    over_area: bool = False
    unit: str = ""
    organisation: int | None = None


def _wanted() -> Iterator[Wanted]:
    """As many people as the projects under way need."""
    city = settings.CITY["area"]
    names = dict(Area.objects.values_list("pk", "name"))
    under_way = Project.objects.under_way().order_by().values_list("area").annotate(n=Count("pk"))
    counts: dict[str, int] = defaultdict(int)
    for area, n in under_way:
        counts[area or city] += n
    for area, name in names.items():
        secretaries, leads = -(-counts[area] // PER_SECRETARY), -(-counts[area] // PER_LEAD)
        for number in range(1, max(2, secretaries) + 1):
            yield Wanted(f"gen-secretary-{area}-{number:02d}", f"{name}项目秘书{number:02d}", "project_secretary", area, "secretary")
        for number in range(1, leads + 1):
            yield Wanted(f"gen-lead-{area}-{number:02d}", f"{name}专班长{number:02d}", "task_force_lead", area, "lead")
        for number in range(1, 4 if counts[area] and area != city else 1):
            for unit in WITH_PERSON:
                told = f"gen-member-{area}-{WITH_PERSON.index(unit) + 1}{number}"
                yield Wanted(told, f"{name}{unit}联络员{number:02d}", "task_force_member", area, f"member-{unit}", unit=unit)
        yield from _leaders(area, name, city)


def _leaders(area: str, name: str, city: str) -> Iterator[Wanted]:
    if area == city:
        for number in range(2, CITY_LEADERS + 1):
            yield Wanted(f"gen-leader-{area}-{number:02d}", f"市领导{number:02d}", "city_leader", area, "leader", over_area=True)
        return
    given = {LUYUAN: 1, NONGAN: 1}.get(area, 0)
    if not given:
        yield Wanted(f"gen-leader-{area}-00", f"{name}领导00", "district_leader", area, "head", over_area=True)
    for number in range(1 + given, (LUYUAN_LEADERS if area == LUYUAN else OTHER_LEADERS) + 1):
        yield Wanted(f"gen-leader-{area}-{number:02d}", f"{name}领导{number:02d}", "district_leader", area, "leader")


class Crew:
    """The people of the city by area and kind: accounts that somebody can enter first, then the invented."""

    def __init__(self, users: dict[str, User], bodies: Bodies) -> None:
        self.users, self.bodies = users, bodies
        self.pools: dict[tuple[str, str], list[User]] = defaultdict(list)
        city = settings.CITY["area"]
        for username, area in (("leader-city", city), ("leader-luyuan", LUYUAN), ("leader-nongan", NONGAN)):
            self.pools[area, "leader"].append(users[username])
        self.desks = {account.area: users[account.username] for account in reversed(ACCOUNTS) if account.role == "centre_dispatcher"}
        self.desk = self.desks[city]

    def of(self, area: str, kind: str) -> list[User]:
        return self.pools[area, kind]

    def desk_of(self, area: str) -> User:
        return self.desks.get(area, self.desk)

    def open(self, wanted: Iterable[Wanted]) -> None:
        """Accounts with their grants, asked for by one security administrator and approved by the other, on record."""
        asked = list(wanted)
        accounts = User.objects.bulk_create([self._account(each) for each in asked], batch_size=500)
        grants = [
            RoleGrant(
                user=user, role=each.role, area_id=each.area if each.over_area else None, organisation_id=each.organisation, state=RoleGrant.State.APPROVED, from_day=SINCE,
                reason="演示岗位", requested_by=self.users["sec-a"], approved_by=self.users["sec-b"],
            )
            for each, user in zip(asked, accounts, strict=True)
        ]  # fmt: skip
        self._record(RoleGrant.objects.bulk_create(grants, batch_size=500))
        for each, user in zip(asked, accounts, strict=True):
            self.of(each.area, each.kind).append(user)

    def _account(self, each: Wanted) -> User:
        home = each.organisation or (self.bodies.units[each.area][each.unit] if each.unit else self.bodies.centres[each.area])
        return User(
            username=each.username, name=each.name, organisation_id=home, password=make_password(None), search_text=search_text(each.name, each.username)
        )  # fmt: skip

    def _record(self, grants: Sequence[RoleGrant]) -> None:
        head = Dossier.objects.get(pk=access.ledger("rights", title="权限台账").pk)
        at = instant(LAST_DAY, "grants")
        events = []
        for grant in grants:
            subject = f"people.rolegrant:{grant.pk}"
            said = {"role": grant.role, "user": f"people.user:{grant.user_id}", "reason": grant.reason}
            events.append(
                timeline.chain(
                    head, "people.request_grant", actor=timeline.actor_of(grant.requested_by), subject=subject, at=at, data={"said": said}
                )
            )
            data = {"changes": {"state": ["requested", "approved"]}, "said": {}}
            events.append(
                timeline.chain(head, "people.approve_grant", actor=timeline.actor_of(grant.approved_by), subject=subject, at=at, data=data)
            )
        Event.objects.bulk_create(events, batch_size=500)
        head.save(update_fields=["head_seq", "head_hash", "changed_at"])


# ----------------------------------------------------------------------------------------------------- standing forces


def _standing_forces(crew: Crew, bodies: Bodies) -> None:
    """The city's “5+1”: the articles print the number and neither names nor members."""
    city = settings.CITY["area"]
    units = list(bodies.units[city].values())
    made = TaskForce.objects.bulk_create(
        [
            TaskForce(
                name=f"市级工作专班{'一二三四五六'[place]}（名称报道未载）", level=TaskForce.Level.CITY, standing=True, area_id=city, year=2022,
                task="报道只写“5+1”，名称、成员和职责未列；此行为合成数据。", lead=crew.of(city, "leader")[place], synthetic=True,
            )
            for place in range(FORCES)
        ]
    )  # fmt: skip
    ForceMember.objects.bulk_create(
        [
            ForceMember(force=force, organisation_id=units[(place + step) % len(units)], duty="成员单位", from_day=FIRST_DAY)
            for place, force in enumerate(made)
            for step in range(5)
        ]
    )


# ------------------------------------------------------------------------------------------------- who carries projects


@dataclass
class Plan:
    """What one project gets: its rows in the order in which they are recorded."""

    project: Project
    area: str
    rows: list[Responsibility] = field(default_factory=list)
    people: set[int] = field(default_factory=set)


class Carrying:
    """Gives every listed project and every project under way its posts, a slice at a time."""

    def __init__(self, crew: Crew, bodies: Bodies) -> None:
        self.crew, self.bodies = crew, bodies
        self.turn: dict[tuple[str, str], int] = defaultdict(int)
        self.stamps = {"synthetic": True, "source": "演示", "import_batch": "demo"}
        self.leaders: dict[int, list[tuple[str, User]]] = defaultdict(list)
        self.own = self._in_person()
        self.days = deadlines.calendar()
        self.duties = list(DutyType.objects.values_list("pk", flat=True))

    def _in_person(self) -> dict[int, dict[str, User]]:
        """Project id -> the demo's accounts that were given it in person, by what they are there."""
        found: dict[int, dict[str, User]] = defaultdict(dict)
        for username, kind in ((f"{kind}-{letter}", kind) for kind in ("secretary", "force-lead", "force-member") for letter in "ab"):
            user = self.crew.users[username]
            for pk in Access.objects.filter(principal__key=f"user:{user.pk}").values_list("dossier", flat=True):
                found[pk][kind] = user
        return found

    def write(self, rng: Random) -> None:
        self._choose_leaders()
        on_list = set(listed(Project.objects.all(), 2022).values_list("pk", flat=True))
        ids = sorted(on_list | set(Project.objects.under_way().values_list("pk", flat=True)))
        for first in range(0, len(ids), SLICE):
            self._write_slice(rng, ids[first : first + SLICE])

    def _choose_leaders(self) -> None:
        """The city's leaders carry the hundred largest, 绿园's twenty-nine the fifty-two, other districts' the six largest each."""
        city = settings.CITY["area"]
        going = Project.objects.under_way()
        largest = listed(going, 2022).order_by("-money_order", "pk").values_list("pk", flat=True)
        self._deal("city", self.crew.of(city, "leader"), list(largest[:CITY_PROJECTS]))
        for area in self.bodies.areas:
            if area != city:
                wanted = LUYUAN_PROJECTS if area == LUYUAN else OTHER_PROJECTS
                pks = list(going.filter(area=area).order_by("-money_order", "pk").values_list("pk", flat=True)[:wanted])
                if area == LUYUAN and len(pks) < wanted:
                    rest = listed(Project.objects.filter(area=area), 2022).exclude(pk__in=pks).order_by("-money_order", "pk")
                    pks += list(rest.values_list("pk", flat=True)[: wanted - len(pks)])
                self._deal("district", self.crew.of(area, "leader"), pks)

    def _deal(self, level: str, leaders: list[User], projects: list[int]) -> None:
        """One project each, then a second one for the first of them: 52 among 29 gives 23 with two and 6 with one."""
        for place, pk in enumerate(projects):
            self.leaders[pk].append((level, leaders[place % len(leaders)]))

    def _next(self, area: str, kind: str) -> User:
        pool = self.crew.of(area, kind)
        self.turn[area, kind] += 1
        return pool[(self.turn[area, kind] - 1) % len(pool)]

    # A slice ------------------------------------------------------------------------------------------------------------

    def _write_slice(self, rng: Random, ids: list[int]) -> None:
        projects = list(Project.objects.filter(pk__in=ids).select_related("dossier").order_by("pk"))
        plans = [Plan(project, project.area_id or settings.CITY["area"]) for project in projects]
        forces = self._forces(plans)
        for plan in plans:
            self._plan(plan, forces.get(plan.project.pk))
        Responsibility.objects.bulk_create([row for plan in plans for row in plan.rows], batch_size=500)
        gone = self._predecessors(plans)
        entries = self._duty_entries(rng, plans)
        self._chain(plans, gone, entries)
        keys = access.principal_ids(f"user:{person}" for plan in plans for person in plan.people)
        rows = [
            Access(principal_id=keys[f"user:{person}"], dossier_id=plan.project.pk, level=access.ACT)
            for plan in plans
            for person in sorted(plan.people)
        ]
        Access.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)

    def _forces(self, plans: list[Plan]) -> dict[int, TaskForce]:
        """A task force with five to eight units for every project under way."""
        going = [plan for plan in plans if plan.project.stage in {"under_construction", "suspended"}]
        made = TaskForce.objects.bulk_create([self._force(plan) for plan in going], batch_size=500)
        members = [each for plan, force in zip(going, made, strict=True) for each in self._members(plan, force)]
        ForceMember.objects.bulk_create(members, batch_size=1000)
        return {plan.project.pk: force for plan, force in zip(going, made, strict=True)}

    def _force(self, plan: Plan) -> TaskForce:
        lead = self.own.get(plan.project.pk, {}).get("force-lead") or self._next(plan.area, "lead")
        plan.people.add(lead.pk)
        return TaskForce(
            name=f"{plan.project.ref} 属地专班", level=TaskForce.Level.PROJECT, area_id=plan.area, year=2022, task="协调解决复杂问题，随时启动",
            lead=lead, synthetic=True,
        )  # fmt: skip

    def _members(self, plan: Plan, force: TaskForce) -> Iterator[ForceMember]:
        units = self.bodies.units[plan.area if plan.area != settings.CITY["area"] else LUYUAN]
        own = self.own.get(plan.project.pk, {}).get("force-member")
        for place, unit in enumerate(list(UNITS)[: 5 + plan.project.pk % 4]):
            pool = self.crew.of(plan.area, f"member-{unit}")
            person = own if own and not place else pool[plan.project.pk % len(pool)] if pool else None
            if person:
                plan.people.add(person.pk)
            yield ForceMember(force=force, organisation_id=units[unit], person=person, duty=UNITS[unit], from_day=self._since(plan.project))

    def _since(self, project: Project) -> date:
        """The day on which its people took the project over: with the year's list, or when it was registered later."""
        return min(max(FIRST_DAY, project.created_at.astimezone(BEIJING).date()), LAST_DAY)

    def _plan(self, plan: Plan, force: TaskForce | None) -> None:
        pk = plan.project.pk
        self._add(plan, "centre", organisation_id=self.bodies.centres[plan.area])
        if force:
            secretary = self.own.get(pk, {}).get("secretary") or self._next(plan.area, "secretary")
            self._add(plan, "secretary", person=secretary)
            self._add(plan, "task_force", force=force)
        for level, leader in self.leaders.get(pk, []):
            self._add(plan, "leader", level=level, person=leader)

    def _add(self, plan: Plan, post: str, **holder: Any) -> None:
        day = self._since(plan.project)
        if holder.get("person"):
            plan.people.add(holder["person"].pk)
        if post == "secretary" and self._was_handed_over(plan.project):
            day = HANDED_OVER
        at, by = instant(day, f"{plan.project.ref}{post}"), self.crew.desk_of(plan.area)
        plan.rows.append(
            Responsibility(
                project=plan.project, post=post, from_day=day, created_at=at, created_by=by, updated_at=at, updated_by=by, **holder, **self.stamps
            )
        )  # fmt: skip

    def _was_handed_over(self, project: Project) -> bool:
        return project.pk % 20 == 0 and self._since(project) < HANDED_OVER and project.pk not in self.own

    def _predecessors(self, plans: list[Plan]) -> dict[int, Responsibility]:
        """Secretaries who handed over in the autumn: successor's id -> the row of whoever was before."""
        rows = []
        for plan in plans:
            for row in plan.rows:
                if row.post == "secretary" and self._was_handed_over(plan.project):
                    before = next(user for user in self.crew.of(plan.area, "secretary") if user.pk != row.person_id)
                    rows.append(self._before(plan, row, before))
        made = Responsibility.objects.bulk_create(rows, batch_size=500)
        for plan in plans:
            plan.people -= {row.person_id for row in made if row.project_id == plan.project.pk} - {row.person_id for row in plan.rows}
        return {row.successor_id: row for row in made if row.successor_id}

    def _before(self, plan: Plan, row: Responsibility, person: User) -> Responsibility:
        day = self._since(plan.project)
        at = instant(day, f"{plan.project.ref}before")
        return Responsibility(
            project=plan.project, post="secretary", person=person, from_day=day, to_day=row.from_day, state=Responsibility.State.HANDED_OVER,
            successor=row, why="岗位调整", created_at=at, created_by=row.created_by, updated_at=row.created_at, updated_by=row.created_by, version=2,
            **self.stamps,
        )  # fmt: skip

    # Duties ---------------------------------------------------------------------------------------------------------------

    def _duty_entries(self, rng: Random, plans: list[Plan]) -> dict[int, list[DutyEntry]]:
        """Each leader's log, a few duties a month and project since the autumn."""
        rows = []
        for plan in plans:
            for row in (each for each in plan.rows if each.post == "leader"):
                rows += [
                    self._entry(plan, row, day, duty)
                    for month in MONTHS
                    for duty in rng.sample(self.duties, rng.choice((1, 2, 2, 3)))
                    if row.from_day <= (day := self._working_day(month + timedelta(days=rng.randrange(8 if month == MONTHS[-1] else 27))))
                ]
        found: dict[int, list[DutyEntry]] = defaultdict(list)
        for entry in DutyEntry.objects.bulk_create(sorted(rows, key=lambda entry: (entry.project_id, entry.day)), batch_size=500):
            found[entry.project_id].append(entry)
        return found

    def _entry(self, plan: Plan, row: Responsibility, day: date, duty: str) -> DutyEntry:
        at = instant(day, f"{plan.project.ref}{duty}")
        return DutyEntry(
            leader=row.person, project=plan.project, duty_id=duty, day=day, note=NOTES[duty], created_at=at, created_by=row.person, updated_at=at,
            updated_by=row.person, **self.stamps,
        )  # fmt: skip

    def _working_day(self, day: date) -> date:
        while not self.days.is_workday(day):
            day -= timedelta(days=1)
        return max(day, MONTHS[0])

    # The record -----------------------------------------------------------------------------------------------------------

    def _chain(self, plans: list[Plan], gone: dict[int, Responsibility], entries: dict[int, list[DutyEntry]]) -> None:
        """Append what happened to each project's chain, never before what stands there already."""
        events, heads = [], []
        for plan in plans:
            head, pk = plan.project.dossier, plan.project.pk
            for row in plan.rows:
                before = gone.get(row.pk)
                if before:
                    events.append(self._event(head, before, "assign", before.created_at))
                events.append(self._event(head, row, "hand_over" if before else "assign", row.created_at))
            for entry in entries.get(pk, []):
                data = {"said": {"duty": f"responsibility.dutytype:{entry.duty_id}", "day": entry.day.isoformat(), "note": entry.note}}
                subject = f"responsibility.dutyentry:{entry.pk}"
                events.append(
                    timeline.chain(
                        head, "responsibility.log_duty", actor=entry.leader.username, subject=subject, at=_after(head, entry.created_at), data=data
                    )
                )  # fmt: skip
            heads.append(head)
        Event.objects.bulk_create(events, batch_size=500)
        Dossier.objects.bulk_create(
            heads, batch_size=500, update_conflicts=True, unique_fields=["id"], update_fields=["head_seq", "head_hash", "changed_at"]
        )

    def _event(self, head: Dossier, row: Responsibility, verb: str, at: datetime) -> Event:
        said: dict[str, Any] = {
            "post": row.post,
            "level": row.level,
            "from_day": row.from_day.isoformat(),
            "why": row.why if verb == "hand_over" else "",
        }
        said |= {
            "person": row.person_id and f"people.user:{row.person_id}",
            "force": row.force_id and f"responsibility.taskforce:{row.force_id}",
            "organisation": row.organisation_id and f"people.organisation:{row.organisation_id}",
        }
        if verb == "hand_over":
            said |= {"post": "", "level": "", "why": "岗位调整"}
        data = {"said": {name: value for name, value in said.items() if value}}
        subject = f"responsibility.responsibility:{row.pk}"
        return timeline.chain(
            head, f"responsibility.{verb}", actor=timeline.actor_of(row.created_by), subject=subject, at=_after(head, at), data=data
        )


def _after(head: Dossier, at: datetime) -> datetime:
    """The instant, or a minute after the chain's last event where that is later."""
    return max(at, head.changed_at + timedelta(minutes=1)) if head.changed_at else at


# ---------------------------------------------------------------------------------------------------------------- roster


def _roster(crew: Crew) -> None:
    """Every evening until the next morning, and by day where nobody is in office, for the city and each of its areas."""
    days, rows = deadlines.calendar(), []
    for area in crew.bodies.areas:
        people = [crew.desk_of(area)] if area in crew.desks else []
        people += [user for name, home in (("secretary-a", LUYUAN), ("secretary-b", NONGAN)) if home == area and (user := crew.users[name])]
        people += crew.of(area, "secretary")[:6]
        for number in range(ROSTER_DAYS):
            day = date(2023, 2, 1) + timedelta(days=number)
            rows.append(_shift(area, day, time(17), day + timedelta(days=1), time(8), people[number % len(people)]))
            if not days.is_workday(day):
                rows.append(_shift(area, day, time(8), day, time(17), people[(number + 1) % len(people)]))
    Shift.objects.bulk_create(rows, batch_size=1000)


def _shift(area: str, first: date, begins: time, last: date, ends: time, person: User) -> Shift:
    begin, end = datetime.combine(first, begins, BEIJING), datetime.combine(last, ends, BEIJING)
    return Shift(area_id=area, person=person, from_at=begin, to_at=end, synthetic=True)
