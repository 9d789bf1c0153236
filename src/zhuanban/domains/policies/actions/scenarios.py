"""The verbs of what-if: keep one, drop one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.policies.actions.claims import stamped
from zhuanban.domains.policies.forms.scenarios import ScenarioForm
from zhuanban.domains.policies.models import Policy, Scenario
from zhuanban.domains.policies.queries import simulation, snapshots
from zhuanban.kernel import clock
from zhuanban.kernel.actions import INSIDE, action
from zhuanban.kernel.errors import Refused


@action(
    "policies.save_scenario",
    on=Policy,
    label=gettext_lazy("保存测算"),
    form=ScenarioForm,
    creates=Scenario,
    readers=INSIDE,
)
def save_scenario(policy: Policy, *, by, title: str, changes: dict[str, str], as_of: date, budget: Decimal | None = None) -> Scenario:
    """Work it out once more on the snapshot in use and keep what comes out."""
    snapshot = snapshots.current()
    if snapshot is None:
        raise Refused(_("还没有事实快照，请先生成。"))
    if Scenario.objects.filter(policy=policy, title=title).exists():
        raise Refused(_("已有名为“%(title)s”的测算。") % {"title": title})
    try:
        found = simulation.what_if(snapshot, policy, clock.today(), changes, on=as_of, budget=None if budget is None else int(budget))
    except simulation.WrongChange as bad:
        raise Refused(_("参数不能这样改：%(why)s") % {"why": bad}) from None
    return Scenario.objects.create(
        policy=policy, title=title, changes=changes, as_of=as_of, budget=budget, version_number=found.version.number,
        snapshot=snapshot.stamp, result=found.kept(), **stamped(by),
    )  # fmt: skip


@action("policies.drop_scenario", on=Scenario, label=gettext_lazy("删除测算"), danger=True, readers=INSIDE)
def drop_scenario(scenario: Scenario, *, by) -> None:
    """A what-if that nobody needs any more."""
    scenario.title, scenario.deleted_at = f"{scenario.title[:40]}#{scenario.pk}", clock.now()
    scenario.save(update_fields=["title", "deleted_at"])
