"""The nodes of the demo city's projects: twenty dates each, most of them kept, some moved by a granted request, a few behind.

Invented projects get dates that agree with their stages; of the named ones only what the articles state is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from zhuanban.domains.people.models import User
from zhuanban.domains.plans.models import DateRequest, Node, NodeTemplate
from zhuanban.domains.portfolio.models import Project, Work
from zhuanban.kernel.columns import from_iso
from zhuanban.kernel.dates import PartialDate
from zhuanban.site.demo import bulk
from zhuanban.site.demo.changes import RANKS, asker, decider
from zhuanban.site.demo.drafts import instant
from zhuanban.site.demo.lives import TODAY
from zhuanban.site.demo.real import RECORDED

BEHIND, FAR_BEHIND = 0.15, 0.018
"""Of the projects under way: behind a node by up to fifteen days, and by more."""
MOVED = ("受疫情影响，主材晚到场", "雨季基坑停工", "外线供电方案调整", "业主调整工艺布置", "冬期不宜湿作业，顺延至开春")
FROST = {year: date(year, 11, 15) for year in range(2019, 2028)}
BEFORE = {
    "signed": 330, "company": 300, "site": 260, "funds": 225, "filing": 170, "eia": 135, "energy": 120, "land_planning": 75,
    "construction_permit": 12, "resettlement": 60, "tender": 40, "utilities": 20,
}  # fmt: skip
"""Days before the start at which a node is usually due."""
AFTER = {"joint_acceptance": 40, "record": 55, "trial": 45}
"""Days after the completion."""
COLUMNS = (
    "stage", "sector", "start_planned", "start_actual", "finish_planned", "finish_actual", "production_planned", "production_actual", "warm_enclosed",
    "entered_statistics", "created_at", "ref",
)  # fmt: skip
BUILT = {"completed", "in_production", "full_capacity"}
UNDER_WAY = {"under_construction", "suspended"}
CLOSED_AT = 0.61
"""The share of its time at which a building is closed."""
EARLY_IN_YEAR = 0.15
"""Of the buildings still open: promised for the day on which they could be closed; the others for the autumn, before the frost."""
LATE_ONES = ("utilities", "tender", "statistics")
"""What is still open on a site that builds: permanent water and power, the last tenders, the entry in the statistics."""


@dataclass(slots=True)
class Day:
    """A node's dates as they come to stand."""

    template: NodeTemplate
    promised: date
    due: date
    reached: date | None
    work: int | None = None


def load(users: dict[str, User], facts: dict[str, Any], seed: int) -> None:
    """Nodes of the listed and of the named projects, and the requests that moved some of them."""
    rng = Random(f"nodes-{seed}")
    known = list(NodeTemplate.objects.order_by("position"))
    Node.objects.bulk_create(_named(facts, known))
    works = _works()
    drawn, closed = [], []
    for values in _listed():
        project = _Dates(rng, values, works.get(values["pk"], []))
        drawn.append((values["pk"], project.days(known)))
        closed += [values["pk"]] if project.closed else []
    Project.objects.filter(pk__in=closed).update(warm_enclosed=True)
    at = instant(TODAY - timedelta(days=1), "nodes")
    bulk.insert(
        Node,
        ("project_id", "work_id", "code", "name", "phase", "position", "promised_on", "due_on", "reached_on"),
        (
            (
                pk,
                day.work,
                day.template.code,
                day.template.name,
                day.template.phase,
                day.template.position,
                day.promised,
                day.due,
                day.reached,
            )
            for pk, days in drawn
            for day in days
        ),
        created_at=at,
        updated_at=at,
        synthetic=True,
        import_batch="demo",
    )
    _requests(rng, users)


def _listed() -> Iterator[dict[str, Any]]:
    rows = Project.objects.filter(synthetic=True, memberships__list__level="city", memberships__removed_on=None).exclude(stage="cancelled")
    yield from rows.order_by("pk").distinct().values("pk", *COLUMNS)


def _works() -> dict[int, list[tuple[int, str]]]:
    """Project -> its workshops and buildings, with their states."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = Work.objects.filter(kind__in=["workshop", "building"], synthetic=True, parent=None).order_by("project", "position")
    for project, pk, state in rows.values_list("project", "pk", "state"):
        found[project].append((pk, state))
    return found


class _Dates:
    """One project's days: what was promised, what is in force, what was reached."""

    def __init__(self, rng: Random, values: dict[str, Any], works: list[tuple[int, str]]) -> None:
        self.rng, self.values, self.works = rng, values, works
        self.stage = values["stage"]
        begun = values["start_actual"]
        self.start: date = begun.last if begun else _last(values["start_planned"]) or date(2023, 5, 31)
        self.begun = begun is not None
        self.finish = _last(values["finish_planned"]) or self.start + timedelta(days=500)
        self.built: date | None = values["finish_actual"].last if values["finish_actual"] else None
        self.closed: date | None = None
        self.draw = rng.random()

    def days(self, known: list[NodeTemplate]) -> list[Day]:
        mine = [each for each in known if not each.sectors or self.values["sector"] in each.sectors]
        made = [Day(each, due, due, reached) for each in mine for due, reached in [self._of(each.code)]]
        if self.stage in UNDER_WAY:
            self._fall_behind(made)
        return made + [self._enclosure(each, *work) for each in mine if each.per_work for work in self.works]

    def _of(self, code: str) -> tuple[date, date | None]:
        if code in BEFORE:
            return self._prepared(code)
        return getattr(self, f"_{code}", self._after)(code)

    def _prepared(self, code: str) -> tuple[date, date | None]:
        """Before the start. Permanent water and power and the last tenders often come while the works go on."""
        rng, due = self.rng, self.start - timedelta(days=round(BEFORE[code] * self.rng.uniform(0.85, 1.15)))
        if code in {"utilities", "tender"} and self.stage in UNDER_WAY and self.start > date(2022, 4, 1) and self.draw > 0.35:
            due = TODAY + timedelta(days=rng.randint(-40, 150))
            return due, self._kept(due) if due <= TODAY else None
        if self.begun:
            return due, min(self._kept(due), self.start)
        waited = {"pre_stage": 0.5, "ready": 0.85}.get(self.stage, 0.2)
        done = list(BEFORE).index(code) < waited * len(BEFORE)
        due = min(due, TODAY - timedelta(days=9)) if done else max(due, TODAY + timedelta(days=rng.randint(4, 50)))
        return due, self._kept(due) if done else None

    def _kept(self, due: date) -> date:
        """Reached about its day, most often a little before, never after today."""
        return min(due + timedelta(days=round(self.rng.triangular(-16, 9, -3))), TODAY - timedelta(days=1))

    def _start(self, code: str) -> tuple[date, date | None]:
        planned = _last(self.values["start_planned"]) or self.start
        return (planned, self.start) if self.begun else (max(planned, TODAY + timedelta(days=30)), None)

    def _statistics(self, code: str) -> tuple[date, date | None]:
        due = self.start + timedelta(days=self.rng.randint(35, 70))
        if self.values["entered_statistics"] and self.begun:
            return due, self._kept(max(due, self.start + timedelta(days=12)))
        return max(due, TODAY + timedelta(days=self.rng.randint(8, 60))), None

    def _warm_enclosure(self, code: str) -> tuple[date, date | None]:
        closing = self.start + timedelta(days=round((self.finish - self.start).days * CLOSED_AT))
        if self.stage in BUILT:
            built = min(closing, (self.built or TODAY) - timedelta(days=30))
            return built + timedelta(days=self.rng.randint(-5, 25)), built
        if self.values["warm_enclosed"]:
            due = FROST[2022] - timedelta(days=self.rng.randint(0, 12))
            return due, self._kept(due)
        if self.stage in UNDER_WAY and closing < TODAY - timedelta(days=10):
            self.closed = closing
            return closing + timedelta(days=self.rng.randint(-6, 30)), closing
        season = FROST[min(closing.year - (closing.month < 5), 2026)]
        season = season if season > TODAY else FROST[2023]
        wished = closing + timedelta(days=self.rng.randint(10, 50))
        autumn = season - timedelta(days=round(self.rng.triangular(0, 95, 12)))
        return max(min(wished, season) if self.rng.random() < EARLY_IN_YEAR else autumn, TODAY + timedelta(days=40)), None

    def _enclosure(self, template: NodeTemplate, work: int, state: str) -> Day:
        due, reached = self._warm_enclosure(template.code)
        if reached is None and state != "done":
            due -= timedelta(days=self.rng.randint(0, 18))
            return Day(template, due, due, None, work)
        due = min(due, FROST[2022])
        return Day(template, due, due, self._kept(due), work)

    def _completed(self, code: str) -> tuple[date, date | None]:
        return self.finish, self.built

    def _after(self, code: str) -> tuple[date, date | None]:
        due = (self.built or self.finish) + timedelta(days=round(AFTER[code] * self.rng.uniform(0.9, 1.2)))
        done = self.built is not None and (code != "trial" or self.stage in BUILT - {"completed"}) and due < TODAY
        return (due, self._kept(due)) if done else (max(due, TODAY + timedelta(days=10)) if self.built else due, None)

    def _production(self, code: str) -> tuple[date, date | None]:
        made = self.values["production_actual"]
        due = _last(self.values["production_planned"]) or self.finish + timedelta(days=90)
        if made:
            return due, made.last
        return max(due, self.finish + timedelta(days=30), TODAY + timedelta(days=20)) if self.built else due, None

    def _full_capacity(self, code: str) -> tuple[date, date | None]:
        due = (_last(self.values["production_planned"]) or self.finish + timedelta(days=90)) + timedelta(days=self.rng.randint(200, 300))
        if self.stage != "full_capacity":
            return due, None
        return due, self._kept(due) if due <= TODAY else TODAY - timedelta(days=5)

    def _fall_behind(self, days: list[Day]) -> None:
        """So many projects are behind one node; any other date that has passed was moved by a granted request."""
        late = self._late(days) if self.draw < FAR_BEHIND + BEHIND else None
        if late:
            days_late = self.rng.randint(16, 58) if self.draw < FAR_BEHIND else self.rng.randint(1, 15)
            late.due = late.promised = TODAY - timedelta(days=days_late)
            late.reached = None
        for day in days:
            if day is not late and day.reached is None and day.due < TODAY:
                day.due = TODAY + timedelta(
                    days=self.rng.randint(90, 240) if day.template.code == "completed" else self.rng.randint(12, 120)
                )
        self._in_order(days)

    def _late(self, days: list[Day]) -> Day:
        """The completion where its day has passed, else one of what is usually still open."""
        passed = [day for day in days if day.template.code == "completed" and day.reached is None and day.due < TODAY]
        code = self.rng.choice(LATE_ONES)
        return passed[0] if passed and self.rng.random() < 0.5 else next(day for day in days if day.template.code == code)

    def _in_order(self, days: list[Day]) -> None:
        """What follows the completion is not due before it."""
        completed = next(day for day in days if day.template.code == "completed")
        for day in days:
            if day.template.position > completed.template.position and day.due <= completed.due:
                day.due = completed.due + timedelta(days=20 + 10 * (day.template.position - completed.template.position))


def _last(day: PartialDate | None) -> date | None:
    return day.last if day else None


def _requests(rng: Random, users: dict[str, User]) -> None:
    """Each date that is no longer the one first promised was moved by a granted request."""
    moved = Node.objects.filter(synthetic=True).exclude(promised_on=None)
    rows = [
        row
        for row in moved.order_by("pk").values("pk", "project", "promised_on", "due_on", "project__ref", "project__area")
        if row["promised_on"] != row["due_on"]
    ]
    made = []
    row: dict[str, Any]
    for row in rows:  # type: ignore[assignment]  # a typed dict whose dates are known by now
        asked = min(row["promised_on"] - timedelta(days=rng.randint(3, 25)), TODAY - timedelta(days=rng.randint(6, 40)))
        at = instant(asked, row["project__ref"])
        who = asker(rng, row["project__area"] or "")
        by = users[who]
        made.append(
            DateRequest(
                node_id=row["pk"], project_id=row["project"], from_day=row["promised_on"], to_day=row["due_on"], reason=rng.choice(MOVED), asked_by=by,
                rank=RANKS[who], state="granted", answer="同意", decided_by=users[decider(who)], decided_on=asked + timedelta(days=3), created_at=at, created_by=by, updated_at=at,
                updated_by=by, synthetic=True,
            )
        )  # fmt: skip
    DateRequest.objects.bulk_create(made)


# The named projects ---------------------------------------------------------------------------------------------------------

NAMES = {"groundbreaking": ("奠基", "start", 13), "topping_out": ("上梁", "building", 15)}
"""Nodes that the articles name and the template does not have: name, phase, position."""


def _named(facts: dict[str, Any], known: Iterable[NodeTemplate]) -> Iterator[Node]:
    """What the articles state of the named projects' nodes. A day that they tell by another one is reckoned from it."""
    template = {each.code: (each.name, each.phase, each.position) for each in known}
    pks = dict(Project.objects.filter(synthetic=False).values_list("name", "pk"))
    at = datetime.combine(RECORDED, datetime.min.time(), UTC)
    for told in facts["projects"]:
        for code, days in told.get("nodes", {}).items():
            if code not in template and code not in NAMES:
                continue
            name, phase, position = template.get(code) or NAMES[code]
            reached, due = from_iso(days.get("actual") or days.get("derived_actual")), from_iso(days.get("planned"))
            if reached and days.get("ahead_of_plan"):
                due = _months_later(reached, int(days["ahead_of_plan"].split()[0]))
            yield Node(
                project_id=pks[told["name"]], code=code, name=name, phase=phase, position=position, promised_on=_last(due), due_on=_last(due),
                reached_on=_last(reached), precision=(reached or due or PartialDate(RECORDED)).precision, source="长春市重大项目公开报道（2022—2023）",
                note="提前约一个月，计划月份由报道推算" if days.get("ahead_of_plan") else "由奠基后26天推算" if days.get("derived_actual") else "",
                created_at=at, updated_at=at,
            )  # fmt: skip


def _months_later(day: PartialDate, months: int) -> PartialDate:
    number = day.value.year * 12 + day.value.month - 1 + months
    return PartialDate(date(number // 12, number % 12 + 1, 1), "month")
