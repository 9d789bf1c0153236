"""What the traffic light does by the clock: all lights every night, those that something happened to within minutes, and the tries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from zhuanban.domains.dispatch.actions import light_run, lights
from zhuanban.domains.dispatch.models import LightRuleSet, ProjectLight
from zhuanban.domains.dispatch.queries import light_trials
from zhuanban.domains.dispatch.queries import lights as queries
from zhuanban.domains.dispatch.rules import lights as rules
from zhuanban.kernel import clock
from zhuanban.kernel.deadlines import on_due
from zhuanban.kernel.jobs import progress, schedule, task

SOON = timedelta(seconds=20)
"""How long changes are gathered before the lights that they touch are computed."""
ROUNDS = 20


@task(max_attempts=3, backoff=60)
def compute_lights() -> dict[str, int]:
    """Compute the lights of all projects."""
    done = light_run.recompute(progress)
    return {"projects": done.projects, "changed": done.changed, "turned_red": len(done.turned_red)}


@task(max_attempts=3)
def refresh_lights() -> int:
    """Compute the lights of the projects to which something happened since; all of them when a new day has begun. Returns how many."""
    if queries.of_another_day():
        return light_run.recompute(progress).projects
    count = 0
    for _round in range(ROUNDS):
        ids = queries.stale()
        if not ids:
            break
        count += light_run.recompute_some(ids).projects
    return count


@task(max_attempts=2)
def try_rules(pk: int) -> dict[str, Any]:
    """Try a draft and keep what was found, unless it was changed meanwhile."""
    row = LightRuleSet.objects.get(pk=pk)
    trial = light_trials.trial_of(row, progress)
    LightRuleSet.objects.filter(pk=pk, version=row.version, state=LightRuleSet.State.DRAFT).update(trial=trial, tried_at=clock.now())
    return {"projects": trial["projects"]}


def light_of(deadline: Any) -> ProjectLight | None:
    return ProjectLight.objects.select_for_update().filter(override_deadline=deadline).first()


@on_due("dispatch.lapse_override", lock=light_of)
def lapse_override(deadline: Any) -> None:
    """The override's last day is over."""
    light = light_of(deadline)
    if light and not rules.cannot_lift(light):
        lights.lapse_override(light, by=None)


schedule("dispatch.compute_lights", "20 0 * * *", compute_lights)
schedule("dispatch.refresh_lights", "*/5 * * * *", refresh_lights)
