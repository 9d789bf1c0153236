"""Weekly dispatches of the demo city since autumn: the city's, three districts', and a task force's, with what they decided and what became
of it; the next ones planned, their agendas built by the real rules; and last week's listings kept as they were.

What was on the table is what the other parts tell: problems that had risen that week, lights that were red on that day. Invented are only
the decisions on invented projects; each is done when its problem was solved, or else as the dice fall.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from zhuanban.domains.dispatch import access_meetings as rights
from zhuanban.domains.dispatch.actions import agenda as agenda_verbs
from zhuanban.domains.dispatch.actions.meetings import next_ref
from zhuanban.domains.dispatch.models import (
    AgendaItem,
    Attendance,
    Decision,
    LightDay,
    ListingSnapshot,
    Meeting,
    MeetingSeries,
    Minutes,
)
from zhuanban.domains.dispatch.models.changes import pack
from zhuanban.domains.dispatch.models.minutes import digest
from zhuanban.domains.dispatch.queries import changes as kept
from zhuanban.domains.dispatch.queries import meetings as queries
from zhuanban.domains.dispatch.queries import minutes as texts
from zhuanban.domains.dispatch.rules.light_words import reasons_words
from zhuanban.domains.people.models import Area, Organisation, RoleGrant, User
from zhuanban.domains.people.queries import subtree_keys
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.models import Holding, Problem
from zhuanban.domains.responsibility.models import Responsibility, TaskForce
from zhuanban.kernel import access, listing_changes, show, timeline
from zhuanban.kernel.listings import Query
from zhuanban.kernel.models import Access, Deadline, Dossier, Event
from zhuanban.kernel.search import search_text
from zhuanban.kernel.words import clauses
from zhuanban.site.demo.accounts import CITY, LUYUAN, NONGAN
from zhuanban.site.demo.drafts import BEIJING
from zhuanban.site.demo.today import FIRST_DAY

WORDS = Path(__file__).parent / "meetings.yaml"
STAMPS = {"synthetic": True, "source": "演示", "import_batch": "demo"}
BEGUN, LAST = date(2022, 9, 26), date(2023, 2, 9)
DISTRICTS = {LUYUAN: 1, NONGAN: 1, "220104": 2}
"""District -> the weekday on which it meets."""
SINCE = {"city": BEGUN, "district": date(2022, 12, 26), "task_force": date(2023, 1, 9)}
"""Level -> since when its past meetings are told."""
TIERS = {"city": 3, "district": 2, "task_force": 1}
MOST_PROBLEMS, MOST_LIGHTS = 4, 2
IN_TIME, LATE = 0.78, 0.15
"""Of decisions whose problem tells nothing: done in time, done late; the others stay open, if they are young."""
PATIENCE = 28
"""Days after which no decision is left open."""
KEPT_ON = date(2023, 2, 6)
"""When the listings were kept: as the last meeting of the city closed."""
CITY_UNITS = (
    "市政府办公室",
    "市督查室",
    "白鹇供电所",
    "朱鹮供热站",
    "发展改革",
    "工业和信息化",
    "自然资源规划",
    "城乡建设",
    "财政",
    "交通运输",
    "政务数据",
)
AREA_UNITS = ("发改", "工信", "自然资源", "住建", "供电", "供水供热", "政务服务")


def load(users: dict[str, User], facts: dict[str, Any], seed: int) -> None:
    """Everything of this module, after problems and lights."""
    rng = Random(f"meetings-{seed}")
    words = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    sources, owners = _Sources(), _Owners()
    for series in _series(users):
        _past(series, sources, owners, rng, words, users)
        _next(series)
    _keep(KEPT_ON)


# ------------------------------------------------------------------------------------------------------------ the series


def _series(users: dict[str, User]) -> list[MeetingSeries]:
    leaders = dict(RoleGrant.objects.filter(role="district_leader").order_by("-pk").values_list("area", "user"))
    city = Area.objects.get(pk=CITY)
    made = [_open(city, "市级重大项目周调度会", 0, time(9), users["leader-city"].pk, "市项目中心调度室", 90, _city_units())]
    for key, weekday in DISTRICTS.items():
        area = Area.objects.get(pk=key)
        units = list(Organisation.objects.filter(area=key, short_name__in=AREA_UNITS).order_by("pk"))
        name = f"{area.name}重大项目周调度会"
        made.append(_open(area, name, weekday, time(14, 30), leaders.get(key), f"{area.name}政府会议室", 60, units))
    force = TaskForce.objects.filter(lead=users["force-lead-a"]).order_by("pk").first()
    if force:
        units = [row.organisation for row in force.members.filter(to_day=None).select_related("organisation").order_by("pk")]
        made.append(_open(force.area, f"{force.name}调度会", 3, time(16), force.lead_id, "项目现场", 45, units, force))
    return made


def _city_units() -> list[Organisation]:
    named = Q()
    for word in CITY_UNITS:
        named |= Q(name__contains=word)
    own = Organisation.objects.filter(named, area=CITY, kind__in=["government", "utility"])
    centres = Organisation.objects.filter(kind="centre").exclude(area=CITY)
    return [*own.order_by("pk"), *centres.order_by("area__position", "pk")]


def _open(
    area: Area,
    name: str,
    weekday: int,
    at: time,
    chair: int | None,
    place: str,
    minutes: int,
    units: list[Any],
    force: TaskForce | None = None,
) -> MeetingSeries:
    level = "task_force" if force else "city" if area.pk == CITY else "district"
    began = _instant(BEGUN, time(8, 30))
    dossier = Dossier.objects.create(
        kind="dispatch.series", ref=next_ref(), title=name, area=area.pk, search_text=search_text(name), changed_at=began
    )
    series = MeetingSeries(
        dossier=dossier, level=level, area=area, force=force, name=name, weekday=weekday, starts_at=at, place=place, chair_id=chair,
        budget_minutes=minutes, created_at=began, updated_at=began, **STAMPS,
    )  # fmt: skip
    series.save(force_insert=True)
    series.units.set(units)
    Dossier.objects.filter(pk=dossier.pk).update(url=series.get_absolute_url())
    rights.sync(series)
    return series


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, BEIJING).astimezone(UTC)


# ------------------------------------------------------------------------------------------------------------ past meetings


@dataclass
class Told:
    """One past meeting in memory, with its items and decisions and who owes them."""

    meeting: Meeting
    items: list[AgendaItem]
    decisions: list[tuple[AgendaItem, Decision, datetime | None]]


def _past(series: MeetingSeries, sources: _Sources, owners: _Owners, rng: Random, words: dict[str, Any], users: dict[str, User]) -> None:
    """Every meeting until last week, written table by table."""
    days = list(_days(series))
    meetings = [_meeting(series, day, number, rng) for day, number in _numbered(days)]
    Meeting.objects.bulk_create(meetings)
    _roll(series, meetings, rng, words)
    risen, red = sources.of(series)
    told = [_speak(meeting, before, risen, red, owners, rng, words) for before, meeting in zip([None, *meetings], meetings, strict=False)]
    _write(series, told)
    _issue(series, meetings, rng, words, users)


def _days(series: MeetingSeries) -> Iterator[date]:
    day = SINCE[series.level] - timedelta(days=1)
    while (day := queries.next_day(series, day)) <= LAST:
        yield day


def _numbered(days: list[date]) -> Iterator[tuple[date, int]]:
    counts: dict[int, int] = defaultdict(int)
    for day in days:
        counts[day.year] += 1
        yield day, counts[day.year]


def _meeting(series: MeetingSeries, day: date, number: int, rng: Random) -> Meeting:
    opened = _instant(day, series.starts_at) + timedelta(minutes=rng.randrange(6))
    closed = opened + timedelta(minutes=round(series.budget_minutes * rng.uniform(0.8, 1.25)))
    made = opened - timedelta(days=6)
    return Meeting(
        series=series, year=day.year, number=number, held_on=day, starts_at=series.starts_at, place=series.place, chair_id=series.chair_id,
        state=Meeting.State.MINUTES_ISSUED, built_at=opened - timedelta(hours=20), invited_at=opened - timedelta(hours=18), opened_at=opened,
        closed_at=closed, created_at=made, updated_at=closed, **STAMPS,
    )  # fmt: skip


def _roll(series: MeetingSeries, meetings: list[Meeting], rng: Random, words: dict[str, Any]) -> None:
    units = list(series.units.order_by("area__position", "kind", "pk").values_list("pk", flat=True))
    rows = []
    for meeting in meetings:
        for unit in units:
            chance = rng.random()
            state = "present" if chance < 0.86 else "substitute" if chance < 0.95 else "absent"
            rows.append(
                Attendance(
                    meeting=meeting, organisation_id=unit, state=state, who=rng.choice(words["stand_ins"]) if state == "substitute" else "",
                    reason=rng.choice(words["away"]) if state == "absent" and rng.random() < 0.8 else "",
                    created_at=meeting.created_at, updated_at=meeting.opened_at or meeting.created_at, **STAMPS,
                )
            )  # fmt: skip
    Attendance.objects.bulk_create(rows, batch_size=500)


class _Sources:
    """What had risen and what was red on invented projects, read once for all series."""

    def __init__(self) -> None:
        rows = Holding.objects.filter(
            why="risen", from_at__gte=_instant(BEGUN - timedelta(days=7), time(0)), problem__project__synthetic=True
        )
        self.risen = list(rows.select_related("problem__project__area").order_by("from_at", "pk"))
        lights = LightDay.objects.filter(Q(to_day=None) | Q(to_day__gt=BEGUN), level="red", day__lte=LAST, project__synthetic=True)
        self.red = list(lights.select_related("project__area").order_by("day", "pk"))

    def of(self, series: MeetingSeries) -> tuple[list[Holding], list[LightDay]]:
        """Those that a series looks at."""
        if series.level == "city":
            return [row for row in self.risen if row.tier == TIERS["city"]], self.red
        if series.level == "district":
            keys = subtree_keys(series.area_id)
            wanted = {row.problem.project_id for row in self.risen if row.problem.project.area_id in keys}
            wanted |= {row.project_id for row in self.red if row.project.area_id in keys}
        else:
            wanted = set(Responsibility.objects.active().filter(force=series.force_id).values_list("project", flat=True))
        least = TIERS[series.level]
        risen = [row for row in self.risen if row.problem.project_id in wanted and row.tier >= least]
        return risen, [row for row in self.red if row.project_id in wanted]


def _this_week(risen: list[Holding], since: date, day: date) -> list[Holding]:
    """What rose in the week before, one problem a project, and is not solved by the morning of the meeting."""
    found: dict[int, Holding] = {}
    for row in risen:
        if since <= timezone.localdate(row.from_at) < day and not _solved(row.problem, day):
            found.setdefault(row.problem.project_id, row)
    return list(found.values())


def _solved(problem: Problem, day: date) -> bool:
    return problem.solved_at is not None and timezone.localdate(problem.solved_at) < day


class _Owners:
    """Who carries a project, as the owner of a decision: its task force's lead, its secretary, else its centre."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[str, str]] = {}
        self.areas = dict(Area.objects.values_list("pk", "name"))

    def read(self, projects: set[int]) -> None:
        rows = Responsibility.objects.active().filter(project__in=projects - self.known.keys(), post__in=["task_force", "secretary"])
        for row in rows.select_related("force__lead", "person").order_by("post", "pk"):
            person = row.force.lead if row.force else row.person
            if person:
                self.known[row.project_id] = (f"user:{person.pk}", person.name)

    def of(self, project: Project, problem: Problem | None) -> tuple[str, str]:
        if problem and problem.department_id and problem.holder_key == f"org:{problem.department_id}":
            return problem.holder_key, problem.holder_name
        centre = (f"area:{project.area_id}", f"{self.areas.get(project.area_id or '', '')}项目中心")
        return self.known.get(project.pk, centre)


def _speak(
    meeting: Meeting, before: Meeting | None, risen: list[Holding], red: list[LightDay], owners: _Owners, rng: Random, words: dict[str, Any]
) -> Told:
    day = meeting.held_on
    risen = _this_week(risen, before.held_on if before else day - timedelta(days=7), day)
    risen = sorted(rng.sample(risen, min(MOST_PROBLEMS, len(risen))), key=lambda row: row.pk)
    spoken = {each.problem.project_id for each in risen}
    red = [row for row in red if row.day <= day and (row.to_day is None or row.to_day > day) and row.project_id not in spoken]
    red = sorted(rng.sample(red, min(MOST_LIGHTS, len(red))), key=lambda row: row.pk)
    owners.read({row.problem.project_id for row in risen} | {row.project_id for row in red})
    told = Told(meeting, [], [])
    if before:
        _item(told, "last", None, "上次会议决定落实情况", f"逐项核对{before.title}的决定。", 1000, 5, before.get_absolute_url())
    for place, row in enumerate(red):
        text = f"红灯已 {(day - row.day).days + 1} 天：{clauses(reasons_words(row.reasons, 2))}"
        item = _item(told, "red", row.project, row.project.name, text, 800 - place / 100, 5, row.project.get_absolute_url())
        _decide(told, item, rng, words["lights"], owners.of(row.project, None), None, words)
    for place, holding in enumerate(risen):
        _problem_item(told, holding, place, rng, words, owners)
    note = _item(told, "hand", None, "其他事项", "", 0, 3, "")
    _decide(told, note, rng, words["notes"], None, None, words)
    return told


def _problem_item(told: Told, row: Holding, place: int, rng: Random, words: dict[str, Any], owners: _Owners) -> None:
    problem, day = row.problem, told.meeting.held_on
    risen = show.short_day(timezone.localdate(row.from_at))
    text = f"问题“{problem.title}”{risen}升到第 {row.tier} 级，承办 {row.holder_name}"
    item = _item(told, "escalation", problem.project, problem.project.name, text, 700 - place / 100, 4, problem.get_absolute_url())
    item.subject = f"problems.problem:{problem.pk}"
    solved = timezone.localdate(problem.solved_at) if problem.solved_at else None
    told_by = solved if solved and day < solved <= day + timedelta(days=14) else None
    phrases = words["decisions"].get(problem.kind_id, words["decisions"]["other"])
    _decide(told, item, rng, phrases, owners.of(problem.project, problem), told_by, words)


def _item(told: Told, kind: str, project: Project | None, title: str, why: str, weight: float, minutes: int, url: str) -> AgendaItem:
    meeting = told.meeting
    item = AgendaItem(
        meeting=meeting, position=len(told.items) + 1, weight=weight, pinned=kind == "hand", kind=kind, project=project, title=title[:160],
        why=why[:500], minutes=minutes, subject=f"portfolio.project:{project.pk}" if project else "",
        evidence={
            "as_of": (meeting.opened_at or meeting.created_at).isoformat(),
            "reasons": [{"kind": kind, "text": why, "url": url, "days": 0}] if why else [],
            "facts": [["属地", project.area.name if project.area else ""], ["阶段", str(project.get_stage_display())]] if project else [],
        },
        created_at=meeting.built_at or meeting.created_at, updated_at=meeting.opened_at or meeting.created_at, **STAMPS,
    )  # fmt: skip
    told.items.append(item)
    return item


def _decide(
    told: Told, item: AgendaItem, rng: Random, phrases: list[str], owner: tuple[str, str] | None, solved: date | None, words: dict[str, Any]
) -> None:
    """One decision on an item; without an owner it is a note."""
    meeting, day = told.meeting, told.meeting.held_on
    at = (meeting.opened_at or meeting.created_at) + timedelta(minutes=5 * len(told.items))
    due = day + timedelta(days=rng.choice([2, 3, 4, 4, 7, 7, 8, 11]))
    done = None if owner is None else solved or _outcome(day, due, rng)
    decision = Decision(
        series=meeting.series, meeting=meeting, project=item.project, number=len(told.decisions) + 1, decided_on=day,
        kind="deadline" if owner else "note", text=rng.choice(phrases).replace("<day>", show.short_day(due)), owner_key=owner[0] if owner else "",
        owner_name=owner[1][:120] if owner else "", due_on=due if owner else None, done_on=done, result=rng.choice(words["results"]) if done else "",
        created_at=at, updated_at=at, **STAMPS,
    )  # fmt: skip
    told.decisions.append((item, decision, at))


def _outcome(day: date, due: date, rng: Random) -> date | None:
    """When it was done: in time, late, or not yet."""
    chance, late = rng.random(), rng.randrange(1, 9)
    if chance < IN_TIME:
        done = day + timedelta(days=rng.randrange(1, max((due - day).days, 1) + 1))
    elif chance < IN_TIME + LATE or (LAST - due).days > PATIENCE:
        done = due + timedelta(days=late)
    else:
        return None
    return done if done <= LAST else None


# -------------------------------------------------------------------------------------------------------------- writing


def _write(series: MeetingSeries, told: list[Told]) -> None:
    """Items, what is owed, decisions, and who is let in, a table at a time."""
    AgendaItem.objects.bulk_create([item for each in told for item in each.items], batch_size=500)
    decisions = [(item, decision) for each in told for item, decision, _at in each.decisions]
    keys = access.principal_ids(decision.owner_key for _item, decision in decisions if decision.owner_key)
    owed = [(item, decision) for item, decision in decisions if decision.kind == "deadline"]
    deadlines = Deadline.objects.bulk_create([_deadline(series, decision, keys) for _item, decision in owed], batch_size=500)
    for (_found, decision), deadline in zip(owed, deadlines, strict=True):
        decision.deadline = deadline
    for item, decision in decisions:
        decision.item = item
    Decision.objects.bulk_create([decision for _item, decision in decisions], batch_size=500)
    for _found, decision in owed:
        if decision.deadline:
            decision.deadline.url = decision.get_absolute_url()
    Deadline.objects.bulk_update(deadlines, ["url"], batch_size=500)
    _let_in([decision for _item, decision in owed], keys)


def _deadline(series: MeetingSeries, decision: Decision, keys: dict[str, int]) -> Deadline:
    late = decision.due_on and decision.due_on <= LAST and (decision.done_on is None or decision.done_on > decision.due_on)
    fired = _instant(decision.due_on + timedelta(days=1), time(0, 5)) if late and decision.due_on else None
    return Deadline(
        dossier_id=decision.project_id or series.pk, on_due="dispatch.decision_late", title=f"落实调度会决定：{decision.text}"[:200],
        holder_id=keys[decision.owner_key], started_on=decision.decided_on, due_on=decision.due_on or decision.decided_on, fired_at=fired,
        state="settled" if decision.done_on else "open", settled_at=_instant(decision.done_on, time(15)) if decision.done_on else None,
    )  # fmt: skip


def _let_in(decisions: list[Decision], keys: dict[str, int]) -> None:
    """A body that owes something acts on the project, and looks on when it is done."""
    levels: dict[tuple[int, int], int] = {}
    for decision in decisions:
        if decision.owner_key.startswith("org:") and decision.project_id:
            pair = (keys[decision.owner_key], decision.project_id)
            levels[pair] = max(levels.get(pair, access.SEE), access.SEE if decision.done_on else access.ACT)
    there = {
        (principal, dossier): level
        for principal, dossier, level in Access.objects.filter(
            principal__in={principal for principal, _dossier in levels}, dossier__in={dossier for _principal, dossier in levels}
        ).values_list("principal", "dossier", "level")
    }
    Access.objects.bulk_create(
        [
            Access(principal_id=principal, dossier_id=dossier, level=max(level, there.get((principal, dossier), level)))
            for (principal, dossier), level in levels.items()
        ],
        update_conflicts=True,
        unique_fields=["principal", "dossier"],
        update_fields=["level"],
        batch_size=500,
    )


def _issue(series: MeetingSeries, meetings: list[Meeting], rng: Random, words: dict[str, Any], users: dict[str, User]) -> None:
    """The minutes of every meeting with its hash, figures of the city's, and the chain of the series."""
    by = users["dispatcher-city"] if series.level == "city" else _desk(series, users)
    rows, events = [], []
    head = Dossier.objects.get(pk=series.pk)
    if series.level == "city":
        for meeting in meetings:
            meeting.figures = _figures(meeting)
        Meeting.objects.bulk_update(meetings, ["figures"])
    for meeting in meetings:
        number = f"长项调〔{meeting.year}〕{meeting.number}号" if series.level == "city" else ""
        body = texts.body_of(meeting, number=number, remarks="\n".join(rng.sample(words["remarks"], 2)))
        at = (meeting.closed_at or meeting.created_at) + timedelta(hours=rng.randrange(2, 7))
        meeting.minutes_sha256, meeting.updated_at = digest(body), at
        rows.append(
            Minutes(meeting=meeting, number=number, body=body, sha256=meeting.minutes_sha256, issued_at=at, issued_by=by, synthetic=True)
        )
        events += _events(head, meeting, by, at)
    Minutes.objects.bulk_create(rows)
    Meeting.objects.bulk_update(meetings, ["minutes_sha256", "updated_at"])
    Event.objects.bulk_create(events, batch_size=500)
    Dossier.objects.filter(pk=head.pk).update(head_seq=head.head_seq, head_hash=head.head_hash, changed_at=head.changed_at)


def _desk(series: MeetingSeries, users: dict[str, User]) -> User:
    grant = RoleGrant.objects.filter(role="centre_dispatcher", area=series.area_id).select_related("user").order_by("pk").first()
    return grant.user if grant else users["dispatcher-city"]


def _events(head: Dossier, meeting: Meeting, by: User, issued: datetime) -> list[Event]:
    """What the verbs would have noted of a meeting."""
    subject = f"dispatch.meeting:{meeting.pk}"
    steps = [
        ("dispatch.plan_meeting", meeting.created_at, timeline.ROBOT, {"said": {"held_on": meeting.held_on}}),
        ("dispatch.open_meeting", meeting.opened_at, by.username, {"changes": {"state": ["planned", "open"]}, "said": {}}),
        ("dispatch.close_meeting", meeting.closed_at, by.username, {"changes": {"state": ["open", "held"]}, "said": {}}),
        (
            "dispatch.issue_minutes",
            issued,
            by.username,
            {"changes": {"state": ["held", "minutes_issued"], "minutes_sha256": ["", meeting.minutes_sha256]}, "said": {}},
        ),
    ]
    return [timeline.chain(head, verb, actor=actor, subject=subject, at=at, data=data) for verb, at, actor, data in steps if at]


def _figures(meeting: Meeting) -> list[dict[str, str]]:
    """How many problems were open when it began, counted back from their own instants."""
    at = meeting.opened_at
    begun = Problem.objects.filter(reported_at__lt=at).exclude(state=Problem.State.MERGED)
    over = Q(solved_at__lt=at) | Q(solved_at=None, closed_at__lt=at)
    text = f"{begun.exclude(over).count():,} 个"
    return [{"name": "problems.open", "label": "在办问题", "text": text, "as_of": at.isoformat() if at else "", "area": ""}]


# ---------------------------------------------------------------------------------------------------- next week, last week


def _next(series: MeetingSeries) -> None:
    """The next meeting, planned by the robot, its agenda built by the real rules."""
    day = queries.next_day(series, FIRST_DAY)
    at = _instant(LAST, time(5, 30))
    meeting = Meeting.objects.create(
        series=series, year=day.year, number=queries.next_number(series, day.year), held_on=day, starts_at=series.starts_at, place=series.place,
        chair_id=series.chair_id, created_at=at, updated_at=at, **STAMPS,
    )  # fmt: skip
    units = series.units.order_by("area__position", "kind", "pk")
    Attendance.objects.bulk_create(
        [Attendance(meeting=meeting, organisation=unit, created_at=at, updated_at=at, **STAMPS) for unit in units]
    )
    agenda_verbs.build_agenda(meeting, by=None)


def _keep(day: date) -> None:
    """The listings as they stood at the end of a day: what was changed since is taken back by the events that changed it."""
    at = _instant(day, time(23, 59))
    undone = _undone(at)
    for known in kept.kept_listings():
        if not kept.by_area(known):
            continue
        query = Query(known, kept.city_eye(), kept.asked(""))
        begun = "reported_at" if query.rows.model is Problem else None
        rows = query.rows.filter(**{f"{begun}__lt": at}) if begun else query.rows.filter(Exists(_known_by(at)))
        tables: dict[str, dict[str, list[Any]]] = defaultdict(dict)
        found = list(rows.order_by("pk").select_related(*known.related))
        if known.prepare:
            known.prepare(found)
        label = query.rows.model._meta.label_lower
        for row in found:
            for name, old in undone.get((label, row.pk), {}).items():
                setattr(row, name, _python(row, name, old))
            area = row.area_id if isinstance(row, Project) else row.project.area_id
            tables[area or ""][str(row.pk)] = [listing_changes.plain(column.value(row), column.kind) for column in known.columns]
        names = [column.name for column in known.columns]
        ListingSnapshot.objects.bulk_create(
            ListingSnapshot(
                listing=known.name, area=area, day=day, at=at, count=len(table), packed=pack({"columns": names, "rows": table}), synthetic=True
            )
            for area, table in sorted(tables.items())
            if area
        )  # fmt: skip


def _known_by(at: datetime) -> Any:
    return Event.objects.filter(dossier=OuterRef("pk"), at__lt=at)


def _undone(at: datetime) -> dict[tuple[str, int], dict[str, Any]]:
    """(model, row) -> column -> what it was at an instant: the oldest value that a later event replaced."""
    found: dict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
    rows = Event.objects.filter(at__gte=at, data__has_key="changes").order_by("dossier", "seq")
    for dossier, subject, changes in rows.values_list("dossier", "subject", "data__changes"):
        label, _colon, pk = subject.partition(":")
        key = (label, int(pk)) if label else ("portfolio.project", dossier)
        for name, (old, _new) in (changes or {}).items():
            found[key].setdefault(name, old)
    return found


def _python(row: Any, name: str, value: Any) -> Any:
    field = next((each for each in row._meta.concrete_fields if each.attname == name), None)
    return field.to_python(value) if field and value is not None else value
