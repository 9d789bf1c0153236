"""The verbs of the traffic light: the own light, the override with its end, and the rules' way from draft to use."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.dispatch.actions.light_run import recompute_some
from zhuanban.domains.dispatch.forms import lights as forms
from zhuanban.domains.dispatch.models import LightRuleSet, ProjectLight
from zhuanban.domains.dispatch.queries import lights as queries
from zhuanban.domains.dispatch.rules import lights as when
from zhuanban.domains.responsibility.queries import city_key
from zhuanban.kernel import clock, deadlines
from zhuanban.kernel.actions import INSIDE, PARTIES, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Deadline
from zhuanban.kernel.words import kept

OVERRIDE = ("override", "override_reason", "override_until", "override_by", "override_deadline")


@action("dispatch.state_own_light", on=ProjectLight, label=gettext_lazy("自报亮灯"), form=forms.OwnLightForm, readers=PARTIES)
def state_own_light(light: ProjectLight, *, by, level: str, note: str = "") -> None:
    """Say what one thinks of one's own project. It is shown beside the computed light; where it is better, that is marked."""
    light.own_level, light.own_note, light.own_at, light.own_by = level, note, clock.now(), by
    light.save(update_fields=["own_level", "own_note", "own_at", "own_by"])


@action(
    "dispatch.override_light", on=ProjectLight, label=gettext_lazy("人工调整灯色"), form=forms.OverrideForm, readers=INSIDE, danger=True
)
def override_light(light: ProjectLight, *, by, level: str, reason: str) -> None:
    """Show another colour for a while. It ends by itself; the computed light stays beside it and goes on being computed."""
    if level == light.computed and not light.override:
        raise Refused(_("系统计算的就是%(light)s，不用调整。") % {"light": light.get_computed_display()})
    _settle(light, Deadline.State.SETTLED)
    until = clock.today() + timedelta(days=queries.rules_in_force().thresholds["override_days"] - 1)
    with kept():
        title = _("人工调整的灯到期：%(name)s") % {"name": light.project}
    light.override, light.override_reason, light.override_until, light.override_by = level, reason, until, by
    holder = f"user:{by.pk}" if by else f"area:{city_key()}"
    light.override_deadline = deadlines.owe(
        light.dossier, holder, title, on_due="dispatch.lapse_override", due_on=until, url=light.get_absolute_url()
    )
    light.save(update_fields=list(OVERRIDE))
    _compute(light)


@action("dispatch.lift_override", on=ProjectLight, label=gettext_lazy("取消人工调整"), when=when.cannot_lift, readers=INSIDE)
def lift_override(light: ProjectLight, *, by) -> None:
    """Let the computed light show again before its time."""
    _clear(light, Deadline.State.SETTLED)


@action("dispatch.lapse_override", on=ProjectLight, label=gettext_lazy("人工调整到期"), when=when.cannot_lift, readers=INSIDE)
def lapse_override(light: ProjectLight, *, by) -> None:
    """The override's days are over: the computed light shows again."""
    _clear(light, Deadline.State.SETTLED)


def _clear(light: ProjectLight, state: str) -> None:
    _settle(light, state)
    light.override, light.override_reason, light.override_until, light.override_by, light.override_deadline = "", "", None, None, None
    light.save(update_fields=list(OVERRIDE))
    _compute(light)


def _settle(light: ProjectLight, state: str) -> None:
    if light.override_deadline and light.override_deadline.state == Deadline.State.OPEN:
        deadlines.settle(light.override_deadline, state)


def _compute(light: ProjectLight) -> None:
    """Show at once what follows, history included; the verb's row carries it along."""
    recompute_some([light.pk])
    fresh = ProjectLight.objects.filter(pk=light.pk).first()
    if fresh:
        light.level, light.since, light.severity = fresh.level, fresh.since, fresh.severity


# The rules' way ---------------------------------------------------------------------------------------------------------


@action(
    "dispatch.draft_light_rules",
    on=LightRuleSet,
    label=gettext_lazy("起草新版规则"),
    form=forms.RulesForm,
    creates=LightRuleSet,
    readers=INSIDE,
)
def draft_light_rules(
    rules: LightRuleSet, *, by, effective_from: date, basis: str, thresholds: dict | None = None, **bounds: Any
) -> LightRuleSet:
    """A draft that begins from these rules. It lights nothing until it has been tried and another person has adopted it."""
    at, last = clock.now(), LightRuleSet.objects.aggregate(last=Max("number"))["last"]
    return LightRuleSet.objects.create(
        dossier=rules.dossier,
        number=last + 1,
        effective_from=effective_from,
        basis=basis,
        thresholds=thresholds or rules.thresholds,
        created_at=at,
        created_by=by,
        updated_at=at,
        updated_by=by,
    )


@action(
    "dispatch.revise_light_rules", on=LightRuleSet, label=gettext_lazy("修改草案"), form=forms.RulesForm, when=when.settled, readers=INSIDE
)
def revise_light_rules(rules: LightRuleSet, *, by, effective_from: date, basis: str, thresholds: dict | None = None, **bounds: Any) -> None:
    """Change a draft. What was tried before no longer counts."""
    rules.effective_from, rules.basis, rules.thresholds = effective_from, basis, thresholds or rules.thresholds
    rules.trial, rules.tried_at = None, None
    rules.save(update_fields=["effective_from", "basis", "thresholds", "trial", "tried_at"])


@action("dispatch.try_light_rules", on=LightRuleSet, label=gettext_lazy("试算"), when=when.settled, readers=INSIDE)
def try_light_rules(rules: LightRuleSet, *, by) -> None:
    """Let a job try the draft on today's facts and on the past twelve weeks; the page shows how far it is and then what it found."""


@action(
    "dispatch.adopt_light_rules",
    on=LightRuleSet,
    label=gettext_lazy("启用规则"),
    when=when.cannot_adopt,
    who=when.not_another,
    readers=INSIDE,
    danger=True,
)
def adopt_light_rules(rules: LightRuleSet, *, by) -> None:
    """Put a tried draft in force from its day on, by somebody else than who wrote it."""
    if rules.effective_from < clock.today():
        raise Refused(_("生效日期已过，请先修改草案的生效日期。"))
    rules.state, rules.adopted_by, rules.adopted_at = LightRuleSet.State.ADOPTED, by, clock.now()
    rules.save(update_fields=["state", "adopted_by", "adopted_at"])


@action("dispatch.drop_light_rules", on=LightRuleSet, label=gettext_lazy("废弃草案"), when=when.settled, readers=INSIDE, danger=True)
def drop_light_rules(rules: LightRuleSet, *, by) -> None:
    """Put a draft aside."""
    rules.state = LightRuleSet.State.DROPPED
    rules.save(update_fields=["state"])
