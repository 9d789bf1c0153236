"""Networks of the demo city's projects: from the templates, with the course that their works have taken, and what was forecast of them.

Everything here is a template's deduction and marked synthetic. The named projects have none: the articles print no plan of theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from zhuanban.domains.plans import basis as rules_of
from zhuanban.domains.plans import computing, forecasting, networks, runs, versions
from zhuanban.domains.plans.basis import House
from zhuanban.domains.plans.forecasting import Settings
from zhuanban.domains.plans.models import Baseline, Basis, Forecast, Node, Plan, PlanTemplate, Progress
from zhuanban.domains.plans.networks import Part
from zhuanban.domains.plans.portfolio_queries import COMPUTING
from zhuanban.domains.plans.progress import Facts
from zhuanban.domains.plans.subjects import GOALS, Subject, due_of
from zhuanban.domains.portfolio.models import Project, Work
from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import ScheduleResult
from zhuanban.engines.schedules.distributions import Distribution
from zhuanban.kernel.jobs import progress, task
from zhuanban.kernel.models import Access, Principal
from zhuanban.site.demo.lives import TODAY

DATES = tuple(date(2022, month, day) for month, day in ((6, 30), (7, 31), (8, 31), (9, 30), (10, 31), (12, 31)))
"""Data dates of forecasts made earlier."""
PAST_ITERATIONS, LOADED_ITERATIONS, QUICK = 250, 500, 250
WINTER, WINTER_DAY = {11, 12, 1, 2, 3}, 0.35
SURE = 0.8
UNDER_WAY = "under_construction"
CLOSED_SECTORS = ("industry", "housing", "service", "social")
WELL_PLANNED = 0.76
"""Of the networks: with enough room before the days promised; the others are tight."""
WORSE = 0.02
"""By so much the works take longer than the city's three-point estimates say: people plan with hope."""
ROOM = (0.04, 0.36, 0.21)
"""The share of its building days that a plan of the last season kept free before the day promised: least, most, usual."""
LAST_SEASON = (date(2022, 9, 1), date(2022, 11, 15))
PAST_BEFORE = date(2022, 6, 1)


LOADED, WITH_PAST, MORE_PAST = 32, 14, 66
"""Projects whose networks and forecasts are there at once; the others' are made in the background after the start,
and for so many of them what was forecast of them earlier."""


def load(seed: int) -> None:
    """Networks, earlier forecasts and today's for a part of the city, and a job for the rest."""
    maker = Maker(seed)
    chosen = the_first(LOADED)
    made = maker.make(chosen, WITH_PAST)
    store(made)
    look_back([each for each in made if each.told], maker)
    look_ahead(made)
    make_the_rest.using(dedupe_key=COMPUTING, priority=9).enqueue(seed)


def the_first(number: int) -> list[Project]:
    """What the demo's accounts carry, then the projects pushed through the winter, the largest first."""
    going = Project.objects.filter(synthetic=True, stage=UNDER_WAY).exclude(start_actual=None)
    users = Principal.objects.filter(key__startswith="user:").values("pk")
    held = going.filter(Exists(Access.objects.filter(principal__in=users, dossier=OuterRef("pk"), level=Access.Level.ACT)))
    mine = list(held.filter(owner_org__accounts=None, area__in=["220106", "220122"]).order_by("pk")[:12])
    winter = going.filter(tags__key="winter_advance", sector__in=CLOSED_SECTORS).exclude(pk__in=[row.pk for row in mine])
    return [*mine, *winter.order_by("-planned_investment", "pk")][:number]


@task(max_attempts=3, backoff=30)
def make_the_rest(seed: int) -> int:
    """Networks of the other projects under way, some at a time, and everybody's forecast: first of those that have a building to close."""
    maker, counts = Maker(seed), runs.Counts(runs.settings_for(TODAY))
    rest = Project.objects.filter(synthetic=True, stage__in=[UNDER_WAY, "suspended"]).exclude(start_actual=None).order_by("pk")
    closing = rest.filter(Exists(Node.objects.filter(project=OuterRef("pk"), code="warm_enclosure", work=None, reached_on=None)))
    _make(closing, maker)
    winter = list(closing.values_list("pk", flat=True))
    runs.renew_many(winter, counts, told=lambda done, total: progress(done, total, "待封闭项目的预测"))
    counts.keep(synthetic=True)
    _make(rest, maker, MORE_PAST)
    others = sorted(set(runs.everybody()) - set(winter))
    runs.renew_many(others, counts, told=lambda done, total: progress(done, total, "其他项目的预测"))
    counts.keep(synthetic=True)
    Forecast.objects.filter(current=True, project__synthetic=True).update(synthetic=True)
    return len(winter) + len(others)


def _make(projects: QuerySet[Project], maker: Maker, past: int = 0) -> None:
    """Networks of those that have none yet. What is long to compute stays outside of the transactions: others want to write too."""
    waiting = projects.filter(plans=None)
    done, total = 0, waiting.count()
    while part := list(waiting[: runs.CHUNK]):
        made = maker.make(part, past)
        with transaction.atomic():
            store(made)
        told = [each for each in made if each.told]
        look_back(told, maker)
        past, done = past - len(told), done + len(part)
        progress(done, total, "计划")


@dataclass
class Scheme:
    """A project's network with the days on which its works have come so far, or will. Of one that is `told` it is known what was
    forecast of it earlier.
    """

    project: Project
    plan: Plan
    baseline: Baseline
    course: dict[str, tuple[datetime, datetime]]
    nodes: list[Node]
    told: bool
    house: House

    def facts(self, on: date) -> Facts:
        """What was known of each activity on a day."""
        return {each["id"]: fact for each in self.plan.document["activities"] if (fact := self._fact(each, on))}

    def calendar(self, each: dict[str, Any]) -> ShiftCalendar:
        """The calendar on which an activity goes: the frost's outdoors, where little or nothing is done in winter."""
        key = rules_of.exposed(each["calendar"], each.get("work_class", ""))
        return self.house.shifts[key if each.get("exposure") == "outdoor" and key in self.house.shifts else each["calendar"]]

    def _fact(self, each: dict[str, Any], on: date) -> dict[str, Any] | None:
        first, last = self.course[each["id"]]
        today = datetime.combine(on, time())
        if last < today:
            return {"actual_start": first.isoformat(), "actual_finish": last.isoformat(), "remaining": 0, "percent": 100.0}
        if first >= today or not each["duration"]:
            return None
        calendar = self.calendar(each)
        share = max(0.03, min(0.97, calendar.between(first, today) / max(1, calendar.between(first, last))))
        left = max(1, round(each["duration"] * (1 - share)))
        return {"actual_start": first.isoformat(), "remaining": left, "percent": round(share * 100, 1)}


class Luck:
    """How long one project's works take in truth: each activity by a draw from the estimates and shared causes on which the city
    forecasts, the causes falling on each project by themselves, and a little more than that.
    """

    def __init__(self, seed: int, project: Project, house: House) -> None:
        self.rng, self.house = np.random.default_rng([seed, project.pk]), house
        struck = [each for each in house.drivers if self.rng.random() < each.probability]
        self.causes = [(each.tags, self._drawn(each.factor)) for each in struck]
        self.factors: dict[str, float] = {}

    def _drawn(self, factor: Distribution) -> float:
        return float(factor.quantile(self.rng.random(1))[0])

    def course(self, document: dict[str, Any]) -> dict[str, Any]:
        """The network with its durations as they come."""
        came = [{**each, "duration": self._came(each)} if each["duration"] else each for each in document["activities"]]
        return {**document, "activities": came}

    def _came(self, each: dict[str, Any]) -> int:
        if each["id"] not in self.factors:
            kind, exposure = each.get("work_class", ""), each.get("exposure", "")
            caused = [factor for tags, factor in self.causes if tags & {kind, exposure}]
            usual = self.house.factors.get(kind)
            self.factors[each["id"]] = (1 + WORSE) * float(np.prod([self._drawn(usual) if usual else 1.0, *caused]))
        return round(each["duration"] * self.factors[each["id"]])


@dataclass
class Draft:
    """A network on its way to the days that it is to meet. Where the day of the enclosure is given (`closed`), its course is to meet it;
    else its plan, and the course goes as it goes.
    """

    project: Project
    nodes: list[Node]
    template: PlanTemplate
    parts: list[Part]
    start: date
    closing: date | None
    indoors: date
    finish: date
    luck: Luck
    closed: date | None = None
    told: bool = False
    outside: float = 1.0
    inside: float = 1.0
    whole: float = 1.0
    document: dict[str, Any] = field(default_factory=dict)
    dates: dict[str, tuple[date, date]] = field(default_factory=dict)
    result: Any = None
    came: Any = None

    def last(self, code: str) -> date | None:
        """The last day of the activities that reach a node."""
        return max((self.dates[each["id"]][1] for each in self.document["activities"] if each.get("node") == code), default=None)

    def came_last(self, code: str) -> date | None:
        """The last day on which the activities came that reach a node."""
        reaching = [each["id"] for each in self.document["activities"] if each.get("node") == code]
        return computing.day_of(max(self.came.finish[self.came.network.index[key]] for key in reaching)) if reaching else None

    def correct(self) -> None:
        """Stretch what comes before the enclosure, inside the buildings and after them by what is missing."""
        closed, inside, done = self.last("warm_enclosure"), self.last_indoors(), self.goal() or self.start
        if self.closing and closed and inside:
            wanted, found = (self.closed, self.came_last("warm_enclosure")) if self.closed else (self.closing, closed)
            self.outside = bounded(self.outside * building_days(self.start, wanted) / building_days(self.start, found or closed))
            self.inside = bounded(self.inside * max(30, (self.indoors - self.closing).days) / max(30, (inside - closed).days))
            self.whole = bounded(self.whole * max(30, (self.finish - self.indoors).days) / max(30, (done - inside).days))
        else:
            self.outside = self.inside = self.whole = bounded(
                self.outside * building_days(self.start, self.finish) / building_days(self.start, done)
            )

    def last_indoors(self) -> date | None:
        """The last day of the works inside the buildings."""
        return max(
            (self.dates[each["id"]][1] for each in self.document["activities"] if each.get("exposure") == "enclosable"), default=None
        )

    def goal(self) -> date | None:
        """The last day of the node that the network is carried to."""
        return next((day for code in GOALS if (day := self.last(code))), None)


def bounded(scale: float) -> float:
    return min(7.0, max(0.22, scale))


def building_days(first: date, last: date) -> float:
    """Days between two days, those of the winter counting for little: outdoors little is done in them."""
    months = sum(WINTER_DAY if (first + timedelta(days=n)).month in WINTER else 1.0 for n in range(0, max(10, (last - first).days), 5))
    return months * 5


class Maker:
    """Makes networks from the templates, all at once: a few rounds of the critical path until they meet their days."""

    def __init__(self, seed: int) -> None:
        self.seed, self.rng = seed, Random(f"schemes-{seed}")
        self.templates = list(PlanTemplate.objects.order_by("position"))
        self.basis: Basis = rules_of.in_force(TODAY)
        self.house: House = rules_of.house(self.basis)

    def make(self, projects: Sequence[Project], past: int = 0, rounds: int = 3) -> list[Scheme]:
        """Schemes of these projects, in order; at most `past` of them with what was forecast of them earlier."""
        works: dict[int, list[Work]] = defaultdict(list)
        for work in Work.objects.filter(project__in=projects, kind__in=versions.PART_KINDS, parent=None).order_by(
            "project", "position", "pk"
        ):
            works[work.project_id].append(work)
        nodes: dict[int, list[Node]] = defaultdict(list)
        for node in Node.objects.filter(project__in=projects).order_by("pk"):
            nodes[node.project_id].append(node)
        drafts = []
        for project in projects:
            drafts.append(self._draft(project, works[project.pk], nodes[project.pk], past > 0))
            past -= drafts[-1].told
        for number in range(rounds):
            if number:
                for each in drafts:
                    each.correct()
            self._calculate(drafts)
        return [self._scheme(each) for each in drafts]

    def _draft(self, project: Project, works: list[Work], nodes: list[Node], may_tell: bool) -> Draft:
        template = next((each for each in self.templates if project.sector in each.sectors), self.templates[0])
        start = project.start_actual.last if project.start_actual else TODAY - timedelta(days=200)
        built = project.finish_planned.last if project.finish_planned else start + timedelta(days=700)
        parts = [Part(f"B{number}", work.name, work.pk) for number, work in enumerate(works[:4], 1)]
        reached = {each["node"] for section in ("part", "whole") for each in template.body[section] if each.get("node")}
        promised = {node.code: node.due_on for node in nodes if node.work_id is None and node.due_on}
        built = max(built, promised.get("completed", built))
        goal = next((promised[code] for code in GOALS if code in reached and code in promised), built)
        spare = self._spare(template)
        closing, closed = None, None
        told = may_tell and "warm_enclosure" in reached and start < PAST_BEFORE and of_last_season(nodes)
        if "warm_enclosure" in reached:
            whole = whole_enclosure(nodes)
            closed = whole.reached_on if whole and not told else None
            closing = self._with_room(start, whole.due_on) if told and whole and whole.due_on else self._closing(start, built, nodes, spare)
            indoors = max(self._sooner(start + (built - start) * 0.94, spare), closing + timedelta(days=60))
        else:
            indoors = built
        finish = max(self._sooner(goal, spare), indoors + timedelta(days=25), start + timedelta(days=240))
        luck = Luck(self.seed, project, self.house)
        return Draft(project, nodes, template, parts, start, closing, indoors, finish, luck, closed, told)

    def _with_room(self, start: date, promised: date) -> date:
        """When the buildings were to be closed that were promised for the last season: a share of the building days before that."""
        least, most, usual = ROOM
        free = building_days(start, promised) * self.rng.triangular(least, most, usual)
        return max(promised - timedelta(days=round(free)), start + timedelta(days=60))

    def _spare(self, template: PlanTemplate) -> float:
        """The share of the time that is left which a plan keeps free: enough in most, little in some; more where all stands in the open."""
        room = self.rng.uniform(0.16, 0.3) if self.rng.random() < WELL_PLANNED else self.rng.uniform(-0.02, 0.14)
        return room + (0.12 if template.key in {"linear", "energy"} else 0.04 if template.key == "building" else 0.0)

    def _sooner(self, day: date, spare: float) -> date:
        """A day with a share of the time that is left kept free before it."""
        return day - timedelta(days=round(max(0, (day - TODAY).days) * spare))

    def _closing(self, start: date, built: date, nodes: list[Node], spare: float) -> date:
        """When the buildings were to be closed: about when they were, or at about six tenths of the time, and not before today."""
        whole = whole_enclosure(nodes)
        if whole and whole.reached_on:
            day = whole.reached_on + timedelta(days=round(self.rng.triangular(-34, 14, -8)))
        elif whole and whole.due_on:
            least, most, usual = ROOM
            free = building_days(TODAY, whole.due_on) * self.rng.triangular(least, most, usual)
            day = max(whole.due_on - timedelta(days=round(free)), TODAY + timedelta(days=self.rng.randint(35, 70)))
        else:
            day = self._sooner(start + (built - start) * 0.62, spare * 0.7)
            day = max(day, TODAY + timedelta(days=self.rng.randint(35, 70)))
        return max(day, start + timedelta(days=80))

    def _calculate(self, drafts: Sequence[Draft]) -> None:
        asked = []
        for each in drafts:
            each.document = networks.laid_out(each.template.body, each.parts, each.start, each.outside, each.inside, each.whole)
            begun = datetime.combine(each.start, time())
            asked += [computing.Asked(each.document, begun), computing.Asked(each.luck.course(each.document), begun)]
        results = computing.schedules(asked, self.house)
        for each, planned, came in zip(drafts, results[::2], results[1::2], strict=True):
            each.result, each.dates, each.came = planned, computing.dates(planned), came

    def _scheme(self, draft: Draft) -> Scheme:
        at = datetime.combine(draft.start, time(9), UTC)
        stamps = {"created_at": at, "updated_at": at, "synthetic": True, "import_batch": "demo", "source": "模板推演"}
        plan = versions.new_plan(
            draft.project,
            draft.document,
            Plan.Origin.TEMPLATE,
            draft.result,
            number=1,
            template=draft.template,
            name=draft.template.name,
            state="current",
            **stamps,
        )
        baseline = versions.baseline_of(plan, draft.result, 1)
        baseline.at, baseline.synthetic = at, True
        return Scheme(draft.project, plan, baseline, self._course(draft), draft.nodes, draft.told, self.house)

    def _course(self, draft: Draft) -> dict[str, tuple[datetime, datetime]]:
        """When each activity came or will: what is closed was closed on its day, what is open is not closed yet, the last of those that
        were promised for the winter behind tents in its midst.
        """
        course, came = instants(draft.came), draft.came_last("warm_enclosure")
        if came is None:
            return course
        if draft.told:
            closed, pace = min(came, TODAY - timedelta(days=3 + draft.project.pk % 24)), 1.0
        else:
            closed = draft.closed or max(came, TODAY + timedelta(days=20))
            pace = (closed - draft.start) / (came - draft.start)
        return course if closed == came else {key: moved(each, draft.start, came, closed, pace) for key, each in course.items()}


def moved(span: tuple[datetime, datetime], start: date, came: date, closed: date, pace: float) -> tuple[datetime, datetime]:
    """An activity of a course whose enclosure came on one day and is to come on another: at a pace up to that, shifted after it."""
    origin, limit, later = datetime.combine(start, time()), networks.last_instant(closed), closed - came

    def to(at: datetime) -> datetime:
        return min(limit, (origin + (at - origin) * pace).replace(second=0, microsecond=0)) if at.date() <= came else at + later

    return to(span[0]), to(span[1])


def whole_enclosure(nodes: Iterable[Node]) -> Node | None:
    """The warm enclosure of a whole project."""
    return next((node for node in nodes if node.code == "warm_enclosure" and node.work_id is None), None)


def of_last_season(nodes: Iterable[Node]) -> bool:
    """Whether a project's buildings were promised for the last season and are closed by now."""
    whole = whole_enclosure(nodes)
    first, last = LAST_SEASON
    return bool(whole and whole.reached_on and whole.due_on and first <= whole.due_on <= last)


def instants(result: ScheduleResult) -> dict[str, tuple[datetime, datetime]]:
    """Activity id -> when it was planned to begin and to end."""
    starts, finishes = result.start.astype("datetime64[m]").tolist(), result.finish.astype("datetime64[m]").tolist()
    return {key: (starts[at], finishes[at]) for key, at in result.network.index.items()}


def subject(scheme: Scheme, on: date, known: Progress | None = None) -> Subject:
    """A scheme as it was to be forecast on a day."""
    promised = [node.due_on for node in scheme.nodes if node.code == "warm_enclosure" and node.due_on]
    return Subject(
        project=scheme.project.pk,
        plan=scheme.plan.pk,
        document=scheme.plan.document,
        facts=scheme.facts(on),
        due=due_of(scheme.plan.document, scheme.nodes),
        enclose_by=max(promised, default=scheme.plan.enclosure_on),
        progress=known.pk if known else None,
    )


def store(kept: Sequence[Scheme]) -> None:
    """Plans, baselines and today's progress of these schemes; and the days on which the buildings were closed whose past is told."""
    Plan.objects.bulk_create([each.plan for each in kept])
    for each in kept:
        each.baseline.plan = each.plan
    Baseline.objects.bulk_create([each.baseline for each in kept])
    Progress.objects.bulk_create([_progress(each, TODAY) for each in kept])
    Node.objects.bulk_update([node for each in kept if each.told for node in closings(each)], ["reached_on"])


def closings(scheme: Scheme) -> Iterator[Node]:
    """The enclosures of a scheme with the days of its course: each part's own, the whole project's with its last part."""
    came = {
        each.get("work"): scheme.course[each["id"]][1]
        for each in scheme.plan.document["activities"]
        if each.get("node") == "warm_enclosure"
    }
    for node in scheme.nodes:
        if node.code == "warm_enclosure" and (node.work_id is None or node.work_id in came):
            node.reached_on = (max(came.values()) if node.work_id is None else came[node.work_id]).date()
            yield node


def _progress(scheme: Scheme, on: date) -> Progress:
    at = datetime.combine(on, time(11), UTC)
    return Progress(project_id=scheme.project.pk, plan=scheme.plan, data_date=on, made_at=at, facts=scheme.facts(on), synthetic=True)


def look_back(schemes: Sequence[Scheme], maker: Maker) -> None:
    """What was forecast of these projects on earlier days: with the progress of those days and the same rules."""
    rows: list[Forecast] = []
    for on in DATES:
        mine = [each for each in schemes if each.plan.start_on and each.plan.start_on < on]
        known = Progress.objects.bulk_create([_progress(each, on) for each in mine])
        settings = Settings(on, forecasting.seed_of(on), PAST_ITERATIONS, PAST_ITERATIONS, SURE, pull=False, brief=True)
        made, _cases = forecasting.forecasts(
            [subject(*pair[:1], on, pair[1]) for pair in zip(mine, known, strict=True)], maker.basis, maker.house, settings
        )
        for row in made:
            row.current, row.synthetic, row.made_at = False, True, datetime.combine(on, time(17), UTC)
        rows += made
    Forecast.objects.bulk_create(rows)


def look_ahead(schemes: Sequence[Scheme]) -> None:
    """Today's forecasts of these projects, and how many of them will be closed in time."""
    settings = Settings(TODAY, forecasting.seed_of(TODAY), LOADED_ITERATIONS, QUICK, SURE)
    counts = runs.Counts(settings)
    ids = [each.project.pk for each in schemes]
    for first in range(0, len(ids), runs.CHUNK):
        counts.add(runs.renew(ids[first : first + runs.CHUNK], settings=settings))
    counts.keep(synthetic=True)
    Forecast.objects.filter(project__in=ids, current=True).update(synthetic=True)
