"""When a verb of responsibility may be done: the reason against, or nothing."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.responsibility.models import ForceMember, Responsibility

OVER = {Project.Stage.ARCHIVED, Project.Stage.CANCELLED}
"""Stages in which nobody need carry a project any more."""


def over(project: Project) -> str:
    if project.merged_into_id:
        return _("项目已并入另一个项目，请到保留的项目办理。")
    return _("项目已%(stage)s，不再安排包保。") % {"stage": project.get_stage_display()} if project.stage in OVER else ""


def settled(row: Responsibility) -> str:
    return "" if row.state == Responsibility.State.ACTIVE else _("这项包保%(state)s，不再变动。") % {"state": row.get_state_display()}


def cannot_hand_over(row: Responsibility) -> str:
    return settled(row) or over(row.project)


def leaves_gap(row: Responsibility) -> str:
    """Ending is for projects that are over, or for a post that a second person holds at another level."""
    if row.project.merged_into_id or row.project.stage in OVER:
        return ""
    others = Responsibility.objects.active().filter(project=row.project_id, post=row.post).exclude(pk=row.pk)
    return "" if others.exists() else _("项目还在推进，%(post)s不能空缺，请改用“交接”。") % {"post": row.get_post_display()}


def cannot_end(row: Responsibility) -> str:
    return settled(row) or leaves_gap(row)


def has_left(member: ForceMember) -> str:
    return _("这个单位已退出专班。") if member.to_day else ""
