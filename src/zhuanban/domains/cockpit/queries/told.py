"""Why something is owed, in a line of words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from zhuanban.domains.plans.models import DateRequest
from zhuanban.domains.portfolio.models import Contest, Project
from zhuanban.domains.problems.models import Problem
from zhuanban.kernel import show


def problem(user: Any, row: Problem) -> str:
    """Whose it is, on which tier, and what is asked. People from outside read the public half."""
    if not user.inside_keys:
        return " · ".join([row.project.name, row.public_label])
    parts = [row.project.name, str(row.kind), _("%(tier)s级") % {"tier": row.tier}]
    if row.reopen_count:
        parts.append(_("重开 %(n)s 次") % {"n": row.reopen_count})
    if row.supervised:
        parts.append(_("督办中"))
    return " · ".join(parts)


def order(row: Any) -> str:
    """Who ordered it and what it says."""
    who = row.by.name if row.by else _("系统")
    return f"{who}：{row.text}"


def contest(row: Contest) -> str:
    """A contested number in words: which, what is stated and what is claimed, and why."""
    words = claim(row)
    return f"{words['label']} {words['stated']} → {words['claimed']} · {row.reason}"


def claim(row: Contest) -> dict[str, Any]:
    """The same in parts."""
    label, stated, claimed = show.change(Project, row.field, row.stated or None, row.claimed)
    return {"row": row, "label": label, "stated": stated, "claimed": claimed}


def date_request(row: DateRequest) -> str:
    """The move that is asked for, and what it was computed to do."""
    move = _("%(node)s %(old)s → %(new)s") % {
        "node": row.node.shown_name, "old": show.short_day(row.from_day), "new": show.short_day(row.to_day),
    }  # fmt: skip
    return f"{row.project.name} · {move} · {row.reason}"
