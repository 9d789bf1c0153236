"""The traffic light of the demo city: computed by the real rules from what the other parts have written, today and for twelve weeks back,
with what secretaries say of their own projects and what dispatchers have set by hand."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from zhuanban.domains.dispatch.actions import light_run
from zhuanban.domains.dispatch.actions import lights as verbs
from zhuanban.domains.dispatch.models import ProjectLight
from zhuanban.domains.people.models import User
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel import deadlines
from zhuanban.site.demo.drafts import BEIJING
from zhuanban.site.demo.today import FIRST_DAY

WEEKS, DAILY = 12, 21
"""Weeks of history, of which the last days are laid day by day on working days."""
OWN_SHARE = 0.5
"""Of the secretaries' yellow and red projects, how many have an own light; of the green ones half as many."""
KIND = {
    "red": ("yellow", "yellow", "red", "green"),
    "yellow": ("yellow", "yellow", "green"),
    "green": ("green",),
    "grey": ("green", "yellow"),
}
"""What secretaries say of a project, by what the rules say."""
NOTES = {"red": "正在协调，暂不能恢复", "yellow": "已增加人手，本月内赶上", "green": "按计划推进"}
OVERRIDES = ("现场已核实，资料本周补报", "设计变更已批，节点正在调整", "周末已恢复施工，数据待更新")


def load(users: dict[str, User], facts: dict[str, Any], seed: int) -> None:
    """Everything of this module, after all records that a light is made of."""
    rng = Random(f"lights-{seed}")
    light_run.reconstruct(history_days(FIRST_DAY))
    _own_lights(rng)
    _overrides(users["dispatcher-city"])


def history_days(today: date) -> list[date]:
    """Mondays for the older weeks, every working day for the last three."""
    first, days = today - timedelta(weeks=WEEKS), deadlines.calendar()
    span = [first + timedelta(days=at) for at in range((today - first).days)]
    return [day for day in span if ((today - day).days <= DAILY and days.is_workday(day)) or day.weekday() == 0]


def _own_lights(rng: Random) -> None:
    """What secretaries said in the last days, some of them kinder than the rules."""
    carried = Responsibility.objects.active().filter(post=Responsibility.Post.SECRETARY, person__isnull=False)
    people = dict(carried.order_by("project").values_list("project", "person"))
    rows = []
    for row in ProjectLight.objects.filter(synthetic=True, pk__in=people).order_by("pk"):
        if rng.random() < OWN_SHARE * (0.5 if row.computed == "green" else 1):
            row.own_level = rng.choice(KIND[row.computed])
            row.own_note, row.own_by_id = NOTES[row.own_level], people[row.pk]
            day = FIRST_DAY - timedelta(days=rng.randint(1, 6))
            row.own_at = datetime.combine(day, time(rng.randint(9, 16), rng.randint(0, 59)), BEIJING)
            rows.append(row)
    said = ["own_level", "own_note", "own_by", "own_at"]
    ProjectLight.objects.bulk_create(rows, batch_size=500, update_conflicts=True, unique_fields=["project"], update_fields=said)


def _overrides(dispatcher: User) -> None:
    """A few lights that a dispatcher has set by hand, through the verb itself."""
    reds = ProjectLight.objects.filter(synthetic=True, level="red").order_by("severity", "pk")
    for row, reason in zip(reds[: len(OVERRIDES)], OVERRIDES, strict=False):
        verbs.override_light(row, by=dispatcher, level="yellow", reason=reason)
