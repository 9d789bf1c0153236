"""Who hears of what happens to lights, and which events let a light be computed anew."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.dispatch import light_jobs
from zhuanban.domains.dispatch.models import Level, ProjectLight
from zhuanban.domains.dispatch.queries import light_trials, lights
from zhuanban.domains.dispatch.queries.lights import rules_in_force
from zhuanban.domains.people.queries import holders
from zhuanban.kernel import clock
from zhuanban.kernel.notices import hears

MOVE_LIGHTS = (
    *("portfolio.advance", "portfolio.reserve", "portfolio.suspend", "portfolio.resume", "portfolio.cancel", "portfolio.merge"),
    *("portfolio.report_investment", "portfolio.plan_year"),
    *("problems.report", "problems.solve", "problems.escalate", "problems.reopen", "problems.close", "problems.not_accept"),
    *("problems.grant_time", "problems.pause", "problems.resume", "problems.take", "problems.merge"),
    *("plans.open_nodes", "plans.add_node", "plans.promise_dates", "plans.reach", "plans.take_back", "plans.grant_date"),
    "dispatch.file_track",
)
"""The verbs after which a project's light may be another one. What no verb of these says is found by the sweep of the next minutes."""


@hears(*MOVE_LIGHTS)
def light_moved(subject, *, by, event):
    """Compute soon: many changes within a moment are one job."""
    light_jobs.refresh_lights.using(dedupe_key="lights:refresh", run_after=clock.machine_now() + light_jobs.SOON).enqueue()
    return []


@hears("dispatch.override_light", "dispatch.lift_override", "dispatch.lapse_override")
def overridden(light: ProjectLight, *, by, event):
    """Whoever carries the project hears what is shown now; the reason stays with the offices."""
    texts = {
        "dispatch.override_light": _("%(project)s：灯由人工调整为%(light)s，至 %(day)s"),
        "dispatch.lift_override": _("%(project)s：人工调整取消，按规则显示%(light)s"),
        "dispatch.lapse_override": _("%(project)s：人工调整到期，按规则显示%(light)s"),
    }
    text = texts[event.verb] % {"project": light.project, "light": Level(light.level).label, "day": light.override_until}
    return [(person, text) for person in lights.who_hears([light.project])[light.pk]]


@hears("dispatch.state_own_light")
def own_light_stated(light: ProjectLight, *, by, event):
    """The area's dispatchers hear of an own light that is better than the rules'."""
    if not light.own_is_better:
        return []
    text = _("%(project)s：自报%(own)s，系统计算%(computed)s，请核对") % {
        "project": light.project,
        "own": light.get_own_level_display(),
        "computed": light.get_computed_display(),
    }
    return [(person, text) for person in lights.desks_of(light.project)]


@hears("dispatch.try_light_rules")
def tried(rules, *, by, event):
    light_jobs.try_rules.using(dedupe_key=light_trials.trial_key(rules), owner=by).enqueue(rules.pk)
    return []


@hears("dispatch.adopt_light_rules")
def adopted(rules, *, by, event):
    """Whoever dispatches hears of new rules; where they hold from today, all lights are computed by them."""
    if rules.pk == rules_in_force().pk:
        light_jobs.compute_lights.using(dedupe_key="lights:all").enqueue()
    text = _("亮灯规则第 %(n)s 版自 %(day)s 起启用") % {"n": rules.number, "day": rules.effective_from}
    return [(person, text) for person in holders("centre_dispatcher").values_list("pk", flat=True)]
