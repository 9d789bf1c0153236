"""When the verbs of the library may be done."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.policies.models import Policy, PolicyVersion
from zhuanban.kernel import clock

State = PolicyVersion.State


def withdrawn(policy: Policy) -> str:
    return _("这项政策已经停止。") if policy.withdrawn_by(clock.today()) else ""


def cannot_draft(policy: Policy) -> str:
    if reason := withdrawn(policy):
        return reason
    return _("已有一个在起草或待审的版本。") if policy.versions.exclude(state=State.PUBLISHED).exists() else ""


def cannot_withdraw(policy: Policy) -> str:
    if policy.published_on is None:
        return _("还没有发布。")
    return _("已经定了停止的日子。") if policy.withdrawn_on else ""


def not_a_draft(version: PolicyVersion) -> str:
    if version.state == State.PUBLISHED:
        return _("已经发布的版本不能改，请另起一个版本。")
    return _("正在审定，要改请先退回。") if version.state == State.REVIEW else ""


def not_in_review(version: PolicyVersion) -> str:
    if version.state == State.PUBLISHED:
        return _("已经发布。")
    return "" if version.state == State.REVIEW else _("还没有送审。")


def author_approves(user, version: PolicyVersion) -> str:
    """Four eyes: whoever wrote a version does not publish it."""
    return _("起草人不能自己审定，请另一位经办。") if user.pk == version.author_id else ""
