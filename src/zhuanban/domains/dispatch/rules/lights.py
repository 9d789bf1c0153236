"""When a verb of the traffic light may be done, and by whom: the reason against, or nothing."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.dispatch.models import LightRuleSet, ProjectLight


def cannot_lift(light: ProjectLight) -> str:
    return "" if light.override else _("现在没有人工调整。")


def settled(rules: LightRuleSet) -> str:
    """Only a draft is worked on."""
    return "" if rules.state == LightRuleSet.State.DRAFT else _("第 %(n)s 版%(state)s，不再改动；要调整请另起草案。") % {
        "n": rules.number,
        "state": rules.get_state_display(),
    }  # fmt: skip


def cannot_adopt(rules: LightRuleSet) -> str:
    return settled(rules) or ("" if rules.tried_at else _("还没有用现有数据试算过，先试算再启用。"))


def not_another(user, rules: LightRuleSet) -> str:
    """Whoever wrote the rules does not also put them in force."""
    return _("自己起草的规则，由另一人启用。") if user.pk in {rules.created_by_id, rules.updated_by_id} else ""
