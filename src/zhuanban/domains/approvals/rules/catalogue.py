"""When the catalogue and permit plans may be changed: the reason against, or nothing."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.approvals.models import Item, PermitPlan
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import memo

UNPLANNED = (Project.Stage.LEAD, Project.Stage.NEGOTIATING, Project.Stage.CANCELLED, Project.Stage.ARCHIVED)
"""Stages in which nothing is applied for: not yet, or not any more."""


def has_no_limit(item: Item) -> str:
    return _("节点没有办理时限。") if item.kind == Item.Kind.EVENT else ""


def not_handled(item: Item) -> str:
    """Lists of 容缺受理 and 告知承诺 speak of what offices handle; a filing is never blocked on papers anyway."""
    if not item.is_handled:
        return _("合同和节点不经部门办理，不列入清单。")
    return _("备案不以材料为条件，不列入清单。") if item.may_lack_papers else ""


def has_no_papers(item: Item) -> str:
    return "" if item.is_handled else _("合同和节点没有申请材料。")


def cannot_plan(project: Project) -> str:
    if project.stage in UNPLANNED:
        return _("处于“%(stage)s”的项目不排审批计划。") % {"stage": project.get_stage_display()}
    planned = memo.once(("approvals.planned", project.pk), lambda: PermitPlan.objects.filter(project=project).exists())
    return _("已有审批计划。") if planned else ""


def not_planned_any_more(plan: PermitPlan) -> str:
    stage = plan.project.stage
    return _("处于“%(stage)s”的项目不排审批计划。") % {"stage": plan.project.get_stage_display()} if stage in UNPLANNED else ""
