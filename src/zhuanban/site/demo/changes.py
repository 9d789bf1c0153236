"""What changes plans in the demo city: requests to move promised dates, in every state, and what stopped or slowed the works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from zhuanban.domains.people.models import User
from zhuanban.domains.plans import actions, effects
from zhuanban.domains.plans.models import DateRequest, Disruption, Node
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import deadlines, timeline
from zhuanban.site.demo.accounts import LUYUAN, NONGAN
from zhuanban.site.demo.drafts import instant
from zhuanban.site.demo.lives import TODAY

ASKERS = {LUYUAN: ("dispatcher-luyuan", "secretary-a"), NONGAN: ("dispatcher-nongan", "secretary-b")}
RANKS = {"secretary-a": 1, "secretary-b": 1, "dispatcher-luyuan": 3, "dispatcher-nongan": 3, "dispatcher-city": 5}
OPEN, DENIED, WITHDRAWN = 18, 16, 10
"""Requests beside the granted ones, by state."""
WISHES = (
    ("主材未到场，厂家确认三月上旬发货", 25), ("图审意见回复中，结构有局部修改", 20), ("供电外线需跨越既有道路，等占掘手续", 32), ("专业分包重新招标", 40),
    ("低温持续，外墙作业停工", 28), ("业主调整工艺设备布置", 35), ("征拆还剩两户", 45), ("设备到港后报关延迟", 21),
)  # fmt: skip
"""Why another date is asked for, and about by how many days."""
REFUSALS = (
    "上一次已顺延，不再调整，增加班组追赶",
    "理由不足，请附停工证明",
    "外线手续本周可办结，按原日期执行",
    "暖封闭期限不能顺延，先保屋面和外窗",
    "不影响关键工序，按原计划组织",
)
SECOND_THOUGHTS = ("主材提前到场，不再需要调整", "与总包商定加班，撤回", "日期填错，另行申请")
TROUBLES = (
    ("epidemic", date(2022, 3, 14), 45, 38, "疫情封控，工地封闭管理", 16), ("rain", date(2022, 7, 8), 16, 9, "连续降雨，基坑排水", 9),
    ("power", date(2022, 8, 22), 4, 3, "线路检修停电", 6), ("supply", date(2022, 10, 10), 18, 8, "钢材运输受阻", 8),
    ("cold", date(2023, 1, 9), 12, 6, "极寒，室外作业停工", 8), ("supply", date(2023, 1, 31), None, None, "幕墙型材厂家停产检修", 4),
    ("power", date(2023, 2, 6), None, None, "箱变故障，正在更换", 2), ("other", date(2023, 2, 3), None, None, "劳务班组返岗不足", 3),
)  # fmt: skip
"""Kind, first day, about how many days (absent: still going on), working days lost, what it was, at how many sites."""


def asker(rng: Random, area: str) -> str:
    """Who asks for a project's dates: somebody of its own area's centre, else the city's."""
    return rng.choice(ASKERS[area]) if area in ASKERS else "dispatcher-city"


def decider(who: str) -> str:
    """Who stands above the asker."""
    return "dispatcher-city" if RANKS[who] < RANKS["dispatcher-city"] else "leader-city"


# Disruptions ------------------------------------------------------------------------------------------------------------


def load_disruptions(users: dict[str, User], seed: int) -> None:
    """What disturbed the sites under way, over and going on."""
    rng = Random(f"disruptions-{seed}")
    going = Project.objects.filter(synthetic=True, stage="under_construction").select_related("dossier").order_by("pk")
    sites = [project for project in going if project.start_actual and project.start_actual.last < date(2022, 3, 1)]
    rng.shuffle(sites)
    made = list(_disruptions(rng, sites))
    for project, row in made:
        row.created_by = row.updated_by = users[asker(rng, project.area_id or "")]
    Disruption.objects.bulk_create([row for _project, row in made])
    for project, row in made:
        said = {"kind": row.kind, "from_day": str(row.from_day), "to_day": str(row.to_day or ""), "note": row.note}
        subject = f"plans.disruption:{row.pk}"
        timeline.record(project.dossier, "plans.log_disruption", by=row.created_by, subject=subject, at=row.created_at, said=said)


def _disruptions(rng: Random, sites: list[Project]) -> Iterator[tuple[Project, Disruption]]:
    for kind, first, length, lost, note, number in TROUBLES:
        for _n in range(min(number, len(sites))):
            project = sites.pop()
            begun = first + timedelta(days=rng.randint(0, 4))
            over = begun + timedelta(days=round(length * rng.uniform(0.6, 1.2))) if length else None
            days = round(lost * rng.uniform(0.5, 1.2)) if lost else None
            at = instant(min(begun + timedelta(days=1), TODAY - timedelta(days=1)), project.ref)
            yield project, Disruption(
                project=project, kind=kind, from_day=begun, to_day=over, days_lost=days, note=note, created_at=at, updated_at=at, synthetic=True
            )  # fmt: skip


# Requests ---------------------------------------------------------------------------------------------------------------


def load_requests(users: dict[str, User], seed: int) -> None:
    """Requests that wait for an answer, that were refused and that were taken back; the granted ones come with the nodes."""
    rng = Random(f"requests-{seed}")
    waiting = iter(_waiting(rng))
    for _n in range(OPEN):
        if node := next(waiting, None):
            _ask(rng, node, users)
    for number in range(DENIED + WITHDRAWN):
        if node := next(waiting, None):
            _answered(rng, node, users, denied=number < DENIED)


def _waiting(rng: Random) -> list[Node]:
    """Nodes ahead, one a project: of the areas whose people ask first, then of the others."""
    until = TODAY + timedelta(days=150)
    ahead = Node.objects.filter(
        synthetic=True, work=None, reached_on=None, due_on__gt=TODAY, due_on__lt=until, phase__in=("start", "building", "production")
    )
    rows = ahead.filter(project__stage="under_construction").select_related("project__dossier").order_by("project", "position")
    first = {node.project_id: node for node in reversed(list(rows))}
    own = [node for node in first.values() if node.project.area_id in ASKERS]
    others = [node for node in first.values() if node.project.area_id not in ASKERS]
    rng.shuffle(own)
    rng.shuffle(others)
    return own[:OPEN] + others[: DENIED + WITHDRAWN]


def _request(rng: Random, node: Node, users: dict[str, User], asked: date) -> DateRequest:
    reason, days = rng.choice(WISHES)
    who = asker(rng, node.project.area_id or "")
    at = instant(asked, node.project.ref)
    assert node.due_on is not None
    return DateRequest(
        node=node, project=node.project, from_day=node.due_on, to_day=node.due_on + timedelta(days=round(days * rng.uniform(0.7, 1.4))),
        reason=reason, asked_by=users[who], rank=RANKS[who], created_at=at, created_by=users[who], updated_at=at, updated_by=users[who], synthetic=True,
    )  # fmt: skip


def _ask(rng: Random, node: Node, users: dict[str, User]) -> None:
    """One that waits since a few days, with what it would do and with its clock."""
    row = _request(rng, node, users, TODAY - timedelta(days=rng.randint(0, 5)))
    row.effect = effects.of_move(node, row.to_day, TODAY).stored()
    row.deadline = deadlines.owe(
        node.project.dossier, f"area:{actions.desk(node.project, row.rank)}", f"审定节点调整：{node.project.name} {node.shown_name}",
        on_due="plans.decision_overdue", working_days=3, started_on=row.created_at.date(), url=node.get_absolute_url(),
    )  # fmt: skip
    row.save(force_insert=True)
    _tell(row, "plans.request_date", users, {"to_day": str(row.to_day), "reason": row.reason})


def _answered(rng: Random, node: Node, users: dict[str, User], *, denied: bool) -> None:
    asked = TODAY - timedelta(days=rng.randint(12, 90))
    row = _request(rng, node, users, asked)
    row.state, row.decided_on = ("denied" if denied else "withdrawn"), asked + timedelta(days=rng.randint(1, 4))
    by = users[decider(row.asked_by.username)] if denied else row.asked_by
    row.decided_by, row.answer = by, rng.choice(REFUSALS if denied else SECOND_THOUGHTS)
    row.effect = {"days": (row.to_day - row.from_day).days}
    row.save(force_insert=True)
    _tell(row, "plans.request_date", users, {"to_day": str(row.to_day), "reason": row.reason})


def _tell(row: DateRequest, verb: str, users: dict[str, User], said: dict[str, Any]) -> None:
    subject = f"plans.daterequest:{row.pk}"
    timeline.record(row.project.dossier, verb, by=row.asked_by, subject=subject, at=row.created_at, said=said)
