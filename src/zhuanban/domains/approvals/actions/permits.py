"""The verbs of permit plans: make one, tell the facts that it hangs on, record the days of contracts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy

from zhuanban.domains.approvals.actions import planning
from zhuanban.domains.approvals.actions.catalogue import stamped
from zhuanban.domains.approvals.forms import permits as forms
from zhuanban.domains.approvals.models import Item, PermitPlan
from zhuanban.domains.approvals.rules import catalogue as rules
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock
from zhuanban.kernel.actions import PARTIES, action


def told(facts: dict[str, Any]) -> dict[str, str]:
    """The facts that are known."""
    return {name: value for name, value in facts.items() if value}


@action(
    "approvals.plan_permits",
    on=Project,
    label=gettext_lazy("排审批计划"),
    form=forms.FactsForm,
    when=rules.cannot_plan,
    creates=PermitPlan,
    readers=PARTIES,
)
def plan_permits(project: Project, *, by, begins_on: date, **facts: Any) -> PermitPlan:
    """Make the project's permit plan from the catalogue and what is known of the project."""
    plan = PermitPlan.objects.create(
        project=project, begins_on=begins_on, as_of=clock.today(), stated=told(facts), synthetic=project.synthetic, **stamped(by)
    )
    planning.recompute_projects([project.pk])
    plan.refresh_from_db()
    return plan


@action(
    "approvals.state_facts",
    on=PermitPlan,
    label=gettext_lazy("补充项目情况"),
    form=forms.FactsForm,
    when=rules.not_planned_any_more,
    readers=PARTIES,
)
def state_facts(plan: PermitPlan, *, by, begins_on: date, **facts: Any) -> None:
    """Tell the facts that decide what the project needs, and when the first item is handed in. The plan is computed at once."""
    plan.stated, plan.begins_on = told(facts), begins_on
    plan.save(update_fields=["stated", "begins_on"])
    planning.recompute_projects([plan.project_id])


@action(
    "approvals.record_day",
    on=PermitPlan,
    label=gettext_lazy("补记取得日期"),
    form=forms.RecordForm,
    when=rules.not_planned_any_more,
    readers=PARTIES,
)
def record_day(plan: PermitPlan, *, by, item: Item, on: date | None = None, note: str = "") -> None:
    """Record on which day a contract was made or a certificate had outside this system, or take the day back; what waits for it can be
    handed in from then on. A certificate of this system tells its own day."""
    days = {code: day for code, day in plan.recorded.items() if code != item.code}
    plan.recorded = days | ({item.code: [on.isoformat(), note]} if on else {})
    plan.save(update_fields=["recorded"])
    planning.recompute_projects([plan.project_id])
