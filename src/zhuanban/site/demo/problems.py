"""About two thousand invented problems of the demo city over two winters, and the few that the articles tell of, in bulk.

Every invented one is told by `plots` verb by verb and is marked synthetic. Of named projects only what is printed is kept.
"""

from __future__ import annotations

import gc
import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml
from django.core.management.color import no_style
from django.db import connection, models
from django.db.models import Q
from django.urls import reverse

from zhuanban.domains.people.models import Area, Organisation, RoleGrant, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems import actions as verbs
from zhuanban.domains.problems import queries, rules
from zhuanban.domains.problems.models import Consultation, Contact, Holding, Instruction, Order, Problem, Promise, Urging
from zhuanban.domains.responsibility import queries as responsibility
from zhuanban.domains.responsibility.models import ForceMember, Responsibility, TaskForce
from zhuanban.kernel import access, deadlines, parameters, timeline
from zhuanban.kernel.models import Access, Deadline, DeadlinePause, Dossier, Event, Notice
from zhuanban.site.demo.accounts import CANARIES
from zhuanban.site.demo.drafts import BEIJING, instant
from zhuanban.site.demo.ladders import NUMBERED, Numbers, Posts, Rules, Story, Told, Town
from zhuanban.site.demo.plots import END, Other, Plot, Teller, days_back
from zhuanban.site.demo.real import RECORDED
from zhuanban.site.demo.responsibility import Crew, Wanted

WORDS = Path(__file__).parent / "problems.yaml"
SLICE = 1400
"""Projects at a time; the first block's fit into one, so that the references of the first city follow the days."""
PER_PROJECT = 2000 / 1290
"""Problems for each project that could have had one: about 2,000 in the city of 1,309."""
OPEN_SHARE, WAITING_SHARE = 0.047, 0.038
"""Of them: at work today beside those of the demo's accounts; solved or confirmed and not filed."""
MERGED_SHARE = 0.06
TRIES = 120
SEASONS = [
    (date(2022, 1, 14), date(2022, 3, 31), 32), (date(2022, 4, 1), date(2022, 6, 30), 16), (date(2022, 7, 1), date(2022, 10, 14), 14),
    (date(2022, 10, 15), date(2022, 12, 31), 28), (date(2023, 1, 1), date(2023, 2, 8), 24),
]  # fmt: skip
"""When problems were reported, with weights: the end of one winter, the seasons between, and the next winter."""
RISES = {
    1: ("silent", "late", "late", "refused", "refused", "by_hand", "by_hand"),
    2: ("silent", "late", "late", "refused", "by_hand", "by_hand"),
}
ENTRIES, CLIMBS = ((1, 2, 3), (66, 28, 6)), {1: ((0, 1, 2), (76, 20, 4)), 2: ((0, 1), (87, 13)), 3: ((0,), (1,))}
ENDINGS = {"confirmed": 74, "unheard": 14, "reopened": 6, "reopened_twice": 1.5, "not_accepted": 2.5, "declined": 2}
STANDING = {"fresh": 18, "assigned": 10, "doing": 46, "asked": 7, "dismissal": 3, "paused": 10, "supervised": 4}
OVERDUE_DAY = date(2023, 2, 9)
PERMIT_DESKS = {
    "permits-a": "苍鹭审批处（演示）",
    "permits-b": "雪雁审批处（演示）",
    "power": "白鹇供电所（演示）",
    "heat": "朱鹮供热站（演示）",
}
DESK_KINDS = {"permits-a": "approval", "permits-b": "approval", "power": "power", "heat": "heat"}
DESK_USERS = {"permits-a": "handler-a", "permits-b": "handler-b", "power": "utility-a", "heat": "utility-b"}


def load(users: dict[str, User], crew: Crew, facts: dict[str, Any], seed: int) -> None:
    """Everything of this module, after the responsibilities. Memory grows by slices, not with the city."""
    rng = Random(f"problems-{seed}")
    desks = {key: Organisation.objects.get(name=name) for key, name in PERMIT_DESKS.items()}
    _open_handlers(crew)
    numbers, town = Numbers(), _town(users, desks)
    teller = Teller(rng, yaml.safe_load(WORDS.read_text(encoding="utf-8")), town)
    refs: dict[int, int] = defaultdict(int)
    _printed(numbers, town, refs, facts)
    going = Q(stage__in=["under_construction", "suspended", "completed", "in_production", "full_capacity"])
    ids = list(Project.objects.filter(going, synthetic=True).order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(ids), SLICE):
        with _uncollected():
            posts = _posts(town, crew, ids[first : first + SLICE])
            _write(_stories(teller, numbers, posts, accounts={} if first else users), town, refs)
    _reset_sequences()
    for key, body in desks.items():
        _leave_word(body, [other for other in desks.values() if other != body], CANARIES[DESK_USERS[key]])


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: it would walk the slice's rows, none of which are in a cycle, again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


# --------------------------------------------------------------------------------------------------------- who there is


def _open_handlers(crew: Crew) -> None:
    """An account in each unit of each district, so that what is handed to it can be answered."""
    names = dict(Area.objects.values_list("pk", "name"))
    crew.open(
        Wanted(
            f"gen-handler-{area}-{number:02d}", f"{names[area]}{unit}经办", "utility_user" if unit.startswith("供") else "case_handler", area, "handler",
            organisation=pk,
        )
        for area, units in sorted(crew.bodies.units.items())
        for number, (unit, pk) in enumerate(units.items(), 1)
    )  # fmt: skip


def _town(users: dict[str, User], desks: dict[str, Organisation]) -> Town:
    city = responsibility.city_key()
    grants = list(RoleGrant.objects.in_force_on(END.date()).select_related("user").order_by("user"))
    by_role: dict[str, dict[str, User]] = defaultdict(dict)
    handlers: dict[int, User] = {}
    for grant in grants:
        if grant.area_id:
            by_role[grant.role].setdefault(grant.area_id, grant.user)
        elif grant.organisation_id and grant.role in {"case_handler", "utility_user"}:
            handlers.setdefault(grant.organisation_id, grant.user)
    heads = {**by_role["district_leader"], city: by_role["city_leader"][city]}
    units: dict[str, dict[str, Organisation]] = defaultdict(dict)
    for body in Organisation.objects.filter(pk__in=handlers).exclude(short_name="").order_by("pk"):
        units[body.area_id][body.short_name] = body
    centres = dict(Organisation.objects.filter(kind="centre").order_by("-pk").values_list("area", "name"))
    centres[city] = f"{Area.objects.get(pk=city).name}项目中心"
    people = {grant.user_id: grant.user for grant in grants} | {user.pk: user for user in users.values()}
    confirm = {"project_secretary", "owner", "enterprise_admin", "enterprise_staff", "resident_officer"}
    return Town(
        users=people, desks=by_role["centre_dispatcher"], centres=centres, heads=heads, handlers=handlers, units=units, bodies=desks,
        inspector=users["inspector-city"], confirmers={grant.user_id for grant in grants if grant.role in confirm}, city=city, rules=_rules(),
        days=deadlines.calendar(), link=reverse("problems:problem", args=[0]),
    )  # fmt: skip


def _rules() -> Rules:
    value = parameters.value
    return Rules(
        tiers={tier.level: tier for tier in responsibility.tiers()},
        confirm=value(verbs.CONFIRM_DAYS),
        recall=value(verbs.RECALL_DAYS),
        file=value(verbs.FILE_DAYS),
        supervise=value(verbs.SUPERVISION_DAYS),
        consult=value(queries.CONSULT_DAYS),
        reopens=value(verbs.REOPENS),
        entry=dict(value(rules.ENTRY_RULE)),
        closes=time(value(responsibility.CLOSES)),
    )


def _posts(town: Town, crew: Crew, ids: list[int]) -> list[Posts]:
    """A slice of projects with who carries them. Owners get an account each where nobody has one."""
    projects = list(Project.objects.filter(pk__in=ids).select_related("dossier").order_by("pk"))
    owners = _owners(town, crew, projects)
    rows: dict[int, list[Responsibility]] = defaultdict(list)
    carried = Responsibility.objects.filter(project__in=ids).select_related("person").order_by("from_day", "pk")
    for row in carried:
        rows[row.project_id].append(row)
    forces = TaskForce.objects.in_bulk({row.force_id for row in carried if row.force_id})
    members: dict[int, list[int]] = defaultdict(list)
    for force, person in ForceMember.objects.filter(force__in=forces, person__isnull=False).order_by("pk").values_list("force", "person"):
        members[force].append(person)
    officers = _officers(town)
    return [
        Posts(project, town, rows[project.pk], forces, members, owners.get(project.owner_org_id), officers.get(project.pk))
        for project in projects
        if rows[project.pk]
    ]


def _owners(town: Town, crew: Crew, projects: list[Project]) -> dict[int | None, User]:
    """Organisation -> its account."""
    grants = (
        RoleGrant.objects.filter(role__in=["owner", "enterprise_admin"], organisation__isnull=False).select_related("user").order_by("-pk")
    )
    found: dict[int | None, User] = {grant.organisation_id: grant.user for grant in grants}
    city = responsibility.city_key()
    new = {
        project.owner_org_id: project.area_id or city for project in projects if project.owner_org_id and project.owner_org_id not in found
    }
    crew.open(
        Wanted(f"gen-owner-{pk}", f"项目单位联系人{pk}", "owner", area, "owner", organisation=pk) for pk, area in sorted(new.items())
    )  # fmt: skip
    for user in User.objects.filter(username__startswith="gen-owner-", organisation__in=new):
        found[user.organisation_id] = town.users[user.pk] = user
        town.confirmers.add(user.pk)
    return found


def _officers(town: Town) -> dict[int, User]:
    people = {f"user:{pk}": user for pk, user in town.users.items() if user.username.startswith("officer-")}
    rows = Access.objects.filter(principal__key__in=people, level=access.ACT).values_list("dossier", "principal__key")
    return {pk: people[key] for pk, key in rows}


# ------------------------------------------------------------------------------------------------------------ which plots


def _stories(teller: Teller, numbers: Numbers, posts: list[Posts], accounts: dict[str, User]) -> list[Story]:
    """The slice's problems: what the demo's accounts have on their desks, what is late, what goes on elsewhere, and the past."""
    rng, town, count = teller.rng, teller.town, round(len(posts) * PER_PROJECT)
    found: list[Story] = []

    def add(plot: Plot, among: list[Posts], times: int = 1) -> None:
        for _each in range(times if among else 0):
            story = _tell(teller, numbers, replace(plot, ending=plot.ending or _drawn(rng, STANDING)), among)
            found.extend([story] if story else [])

    for plot, among, times in _on_desks(town, posts, accounts):
        add(plot, among, times)
    going = [each for each in posts if each.project.stage == "under_construction"]
    if accounts:
        for entry, climbs, due, times in (
            (1, 0, OVERDUE_DAY, 3),
            (1, 1, OVERDUE_DAY, 2),
            (2, 1, OVERDUE_DAY, 2),
            (2, 1, date(2023, 2, 6), 2),
        ):
            first = due if due == OVERDUE_DAY else date(2023, 1, 31)
            add(Plot(entry, ("by_hand",) * climbs, "doing", due=(first, due)), going, times)
    for _each in range(round(count * OPEN_SHARE)):
        add(replace(_way(rng, rng.choices((1, 2, 3), (44, 48, 5))[0]), ending=""), going)
    for _each in range(round(count * WAITING_SHARE)):
        add(replace(_way(rng), ending=rng.choices(("solved", "to_file", "to_call"), (94, 3, 3))[0]), posts)
    weighted = [each for each in posts for _twice in range(3 if each.project.stage in {"under_construction", "suspended"} else 1)]
    while len(found) < count:
        story = _tell(teller, numbers, replace(_way(rng), ending=_drawn(rng, ENDINGS)), weighted)
        found.append(story)  # type: ignore[arg-type]
        if rng.random() < MERGED_SHARE and (twin := _twin(teller, numbers, found[-1])):
            found.append(twin)
    return found


def _drawn(rng: Random, weights: Mapping[str, float]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def _way(rng: Random, tier: int = 0) -> Plot:
    """Where it begins and how far it rises; to a certain tier where one is wanted."""
    while True:
        entry = rng.choices(*ENTRIES)[0]
        climbs = rng.choices(*CLIMBS[entry])[0]
        if tier in {0, entry + climbs}:
            return Plot(entry, tuple(rng.choice(RISES[entry + step]) for step in range(climbs)), "")


def _on_desks(town: Town, posts: list[Posts], accounts: dict[str, User]) -> Iterator[tuple[Plot, list[Posts], int]]:
    """What each account of the demo that holds or waits for problems has today: (plot, projects, how many)."""
    if not accounts:
        return
    at = END.date()
    under_way = [each for each in posts if each.project.stage == "under_construction"]

    def held(tier: int, key: str, among: Iterable[Posts]) -> list[Posts]:
        return [each for each in among if each.holder(tier, at).key == key]

    for letter in "ab":
        for tier, name, entry in ((1, f"secretary-{letter}", 1), (2, f"force-lead-{letter}", 2)):
            key = f"user:{accounts[name].pk}"
            yield Plot(entry, (), "fresh", holder=key), held(tier, key, under_way), 5
            yield Plot(entry, (), "doing", holder=key), held(tier, key, under_way), 4
            yield Plot(entry, (), "asked", holder=key), held(tier, key, under_way), 1
    for name in ("leader-city", "leader-luyuan", "leader-nongan"):
        key = f"user:{accounts[name].pk}"
        mine = held(3, key, under_way)
        for ending in ("fresh", "doing", "supervised"):
            yield Plot(3, (), ending, holder=key), mine, 1
        yield Plot(2, ("by_hand",), "fresh", holder=key), mine, 2
    for area in town.desks:
        key, done = f"area:{area}", [each for each in posts if each.project.stage not in {"under_construction", "suspended"}]
        mine = held(1, key, done)
        for ending, times in (("fresh", 2), ("doing", 3), ("to_file", 3), ("to_call", 2)):
            yield Plot(1, (), ending, holder="" if ending.startswith("to_") else key), [each for each in mine if not each.officer], times
    for key, body in town.bodies.items():
        for ending, times in (("assigned", 2), ("doing", 3)):
            yield Plot(1, (), ending, body, kind=DESK_KINDS[key], holder=f"org:{body.pk}"), under_way, times
        yield Plot(1, (), "confirmed", body, kind=DESK_KINDS[key]), under_way, 4
    for user in (accounts[name] for name in ("enterprise-a", "enterprise-b", "owner-a", "owner-b", "officer-a", "officer-b")):
        mine = [each for each in posts if user in (each.owner, each.officer)]
        for entry, ending, times in ((1, "doing", 1), (2, "doing", 1), (2, "fresh", 1), (1, "solved", 2), (1, "confirmed", 3)):
            yield Plot(entry, (), ending, reporter=user), mine, times


def _tell(teller: Teller, numbers: Numbers, plot: Plot, among: list[Posts]) -> Story | None:
    """Try days and projects until a story goes as its plot says."""
    rng, town = teller.rng, teller.town
    past = plot.ending in ENDINGS
    back = days_back(town.days, rng, plot)
    for _try in range(TRIES):
        posts = rng.choice(among)
        day = _day(rng) if past else next(back)
        if day < posts.since:
            continue
        mark, story = numbers.mark(), Story(posts, numbers, teller.on(day, late=rng.random() < (0.1 if past else 0.03)))
        try:
            if story.at <= END:
                teller.tell(story, plot)
                return story
        except Other:
            pass
        numbers.back(mark)
    return None


def _day(rng: Random) -> date:
    first, last, _weight = rng.choices(SEASONS, [weight for _first, _last, weight in SEASONS])[0]
    return first + timedelta(days=rng.randint(0, (last - first).days))


def _twin(teller: Teller, numbers: Numbers, first: Story) -> Story | None:
    """The same thing reported again while it was being worked on, and folded in by the centre."""
    problem, posts = first.problem, first.posts
    until = problem.solved_at or problem.closed_at
    begin = problem.reported_at + timedelta(hours=teller.rng.randint(3, 40))
    if until is None or begin + timedelta(hours=30) > until or not 8 <= begin.astimezone(BEIJING).hour < 15:
        return None
    mark, story = numbers.mark(), Story(posts, numbers, begin)
    facts = {"kind": problem.kind, "title": problem.title, "description": "", "place": problem.place, "needs": problem.needs}
    try:
        story.report(posts.centre().user, facts)
        teller.go(story, 0)
        if story.at < until:
            story.merge(posts.centre().user, problem)
            return story
    except Other:
        pass
    numbers.back(mark)
    return None


# ------------------------------------------------------------------------------------------------------- what is printed


def _printed(numbers: Numbers, town: Town, refs: dict[int, int], facts: dict[str, Any]) -> None:
    """What the articles say of named projects: the kinds that were solved, and that somebody spoke with the power company several times.
    No holder, day or word is printed; the rows say so, and nobody is named as having done it."""
    stories = []
    kinds = {"水": "water", "电": "power", "气": "gas", "热": "heat", "物流": "logistics"}
    for told in facts["projects"]:
        project = Project.objects.filter(name=told["name"], synthetic=False).select_related("dossier").first()
        if project is None:
            continue
        for word in told.get("factor_problems_solved", []):
            text = f"报道：{'、'.join(told['factor_problems_solved'])}难题得到解决。经过、时间和承办报道未载。"
            stories.append(_told(numbers, town, project, kinds[word], f"{word}（报道未载详情）", text, solved=True))
        if "power_coordination" in told:
            text = f"报道：{told['power_coordination']['word']}协调。时间、对象、经过和结果报道未载；“多次”按三条登记。"
            stories.append(_told(numbers, town, project, "power", "协调临时用电", text, contacts=3))
    _write(stories, town, refs)


def _told(
    numbers: Numbers, town: Town, project: Project, kind: str, title: str, text: str, *, solved: bool = False, contacts: int = 0
) -> Story:
    """A row that was over when it was taken in: without clocks, at the instant when the register took the project in."""
    at = instant(RECORDED, f"{project.ref}{kind}")
    story = Story(Posts(project, town, [], {}, {}), numbers, at)
    unknown = {"holder_key": f"area:{project.area_id}", "holder_name": "报道未载", "tier": 2}
    stamps = {"created_at": at, "updated_at": at, "source": "长春市重大项目公开报道（2022—2023）", "import_batch": "demo"}
    facts = {"kind_id": kind, "title": title, "description": text}
    problem = story.problem = story.add(
        Problem, project=project, state=Problem.State.CLOSED, due_on=RECORDED, reported_at=at, closed_at=at, solved_at=at if solved else None, **facts,
        **unknown, **stamps,
    )  # fmt: skip
    problem.result = "报道：已解决" if solved else "报道未载结果"
    story.add(Holding, problem=problem, from_at=at, to_at=at, why="reported", **unknown)
    story.note("report", None, problem, None, {"kind": problem.kind, "title": title, "description": text})
    for _each in range(contacts):
        row = story.add(Contact, None, problem=problem, by=None, spoke_with="供电公司", day=RECORDED, words="协调临时用电")
        row.synthetic, row.source = False, stamps["source"]
        story.note("log_contact", None, row, None, {"spoke_with": row.spoke_with, "words": row.words})
    return story


# ------------------------------------------------------------------------------------------------------------ writing


def _write(stories: list[Story], town: Town, refs: dict[int, int]) -> None:
    """All rows of a slice, its events woven into the projects' chains, and rights for the departments."""
    stories.sort(key=lambda story: (story.problem.reported_at, story.problem.pk))
    for story in stories:
        year = story.problem.reported_at.astimezone(BEIJING).year
        refs[year] += 1
        story.problem.ref = f"WT-{year}-{refs[year]:05d}"
    rows: dict[type[models.Model], list[Any]] = defaultdict(list)
    for story in stories:
        for model, each in story.rows.items():
            rows[model] += each
    keys = access.principal_ids(row.holder_key for row in rows[Deadline])
    for row in rows[Deadline]:
        row.holder_id = keys[row.holder_key]
    first: tuple[type[models.Model], ...] = (Deadline, DeadlinePause, Problem, Holding, Instruction, Promise)
    for model in (*first, *(model for model in rows if model not in (*first, Urging))):
        model._default_manager.bulk_create(rows[model], batch_size=1000)
    _urge(rows[Urging], town)
    _let_in(stories)
    _weave(stories)


def _urge(rows: list[Any], town: Town) -> None:
    """Urgings with the notice that each left; the older ones are read."""
    notices = [
        Notice(
            user=row.told[0], dossier_id=row.problem.project_id, text=row.told[1][:300], url=town.link.replace("0", str(row.problem_id)), at=row.at,
            read_at=row.at + timedelta(hours=2) if row.at < END - timedelta(days=4) else None,
        )
        for row in rows
    ]  # fmt: skip
    Urging.objects.bulk_create(rows, batch_size=500)
    Notice.objects.bulk_create(notices, batch_size=500)
    through = Urging.notices.through
    through.objects.bulk_create(
        [through(urging_id=row.pk, notice_id=notice.pk) for row, notice in zip(rows, notices, strict=True)], batch_size=500
    )


def _let_in(stories: list[Story]) -> None:
    """Departments see the projects whose problems they had, and act there while one is open (as `problems.access` says)."""
    levels: dict[tuple[int, str], int] = {}
    for story in stories:
        going = story.problem.state in Problem.OPEN
        bodies = {row.department.pk for row in (*story.rows[Holding], *story.rows[Consultation]) if row.department}
        keys = {f"org:{pk}": going for pk in bodies}
        keys |= {
            row.owner_key: True for row in story.rows[Instruction] if row.owner_key.startswith("org:") and row.state == Order.State.OPEN
        }
        for key, acting in keys.items():
            place = (story.posts.project.pk, key)
            levels[place] = max(levels.get(place, access.SEE), access.ACT if acting else access.SEE)
    ids = access.principal_ids(key for _pk, key in levels)
    rows = [Access(principal_id=ids[key], dossier_id=pk, level=level) for (pk, key), level in levels.items()]
    Access.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)


def _weave(stories: list[Story]) -> None:
    """Put the events between those that each project's chain has, in the order of time, and chain anew what comes after the first."""
    told: dict[int, list[Told]] = defaultdict(list)
    heads: dict[int, Dossier] = {}
    for story in stories:
        pk = story.posts.project.pk
        heads[pk] = story.posts.project.dossier
        told[pk] += story.events
    pks = sorted(heads)
    for first in range(0, len(pks), 400):
        part = pks[first : first + 400]
        there: dict[int, list[Event]] = defaultdict(list)
        for event in Event.objects.filter(dossier__in=part).order_by("dossier", "seq"):
            there[event.dossier_id].append(event)
        events: list[Event] = []
        gone: list[int] = []
        for pk in part:
            later = _cut(heads[pk], there[pk], min(event.at for event in told[pk]))
            gone += [event.pk for event in later]
            old = [Told(event.at, event.verb, event.actor, event.subject, event.data) for event in later]
            events += _chained(heads[pk], old, sorted(told[pk], key=_instant))
        Event.objects.filter(pk__in=gone).delete()
        Event.objects.bulk_create(events, batch_size=1000)
        Dossier.objects.bulk_create(
            [heads[pk] for pk in part], update_conflicts=True, unique_fields=["id"], update_fields=["head_seq", "head_hash", "changed_at"]
        )


def _cut(head: Dossier, events: list[Event], since: datetime) -> list[Event]:
    """Take the head back to before an instant; returns the events after it."""
    kept = next((place for place, event in enumerate(events) if event.at > since), len(events))
    head.head_seq, head.head_hash = kept, events[kept - 1].hash if kept else ""
    return events[kept:]


def _chained(head: Dossier, there: list[Told], new: list[Told]) -> Iterator[Event]:
    for event in heapq.merge(there, new, key=_instant):
        yield timeline.chain(head, event.verb, actor=event.actor, subject=event.subject, at=event.at, data=event.data)


def _instant(event: Told) -> datetime:
    return event.at


def _reset_sequences() -> None:
    """Let the database give out keys after those given here."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(NUMBERED)):
            cursor.execute(statement)


def _leave_word(body: Organisation, others: list[Organisation], word: str) -> None:
    """The canary word of an office that handles problems, in a project that it and no other such office was let into."""
    only = _let_into(body).difference(*map(_let_into, others))
    free = Project.objects.filter(pk__in=sorted(only), synthetic=True).exclude(content_and_scale__contains="内部代号")
    for project in free.filter(owner_org__in=User.objects.filter(username__startswith="gen-").values("organisation")).order_by("pk")[:1]:
        Project.objects.filter(pk=project.pk).update(content_and_scale=f"{project.content_and_scale}内部代号“{word}”。")


def _let_into(body: Organisation) -> set[int]:
    """The dossiers that an organisation may see."""
    return set(Access.objects.filter(principal__key=f"org:{body.pk}").values_list("dossier", flat=True))
