"""The reasons of a light in words, in the language of whoever reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.dispatch.rules.light_rules import KINDS, MEMORY
from zhuanban.kernel import show
from zhuanban.kernel.words import Words, clauses

RULE_LABELS: dict[str, Words] = {
    "node_slip": gettext_lazy("节点落后"),
    "overdue_top": gettext_lazy("三级问题超期"),
    "overdue_problems": gettext_lazy("问题超期"),
    "blocked_permit": gettext_lazy("审批受阻"),
    "stopped": gettext_lazy("停工"),
    "no_report": gettext_lazy("缺日报"),
    "investment_gap": gettext_lazy("投资落后时序"),
    "enclosure": gettext_lazy("封冻前难封闭"),
    "finish": gettext_lazy("预计晚于承诺"),
    MEMORY: gettext_lazy("红灯后观察"),
}
"""What each rule is called."""
RULE_UNITS: dict[str, Words] = {
    "day": gettext_lazy("天"),
    "workday": gettext_lazy("个工作日"),
    "problem": gettext_lazy("件"),
    "point": gettext_lazy("个百分点"),
    "pct": "%",
}
SENSES: dict[str, Words] = {
    "over": gettext_lazy("超过 %(n)s %(unit)s"),
    "least": gettext_lazy("达到 %(n)s %(unit)s"),
    "below": gettext_lazy("低于 %(n)s %(unit)s"),
}


def bound_words(rule: str, bound: float | None) -> str:
    """A bound as the rules' page prints it; a rule that never gives a colour has a dash."""
    if bound is None:
        return show.DASH
    kind = KINDS[rule]
    return str(SENSES[kind.sense]) % {"n": number(bound), "unit": RULE_UNITS[kind.unit]}


def reason_words(reason: Mapping[str, Any]) -> str:
    """One stored reason in words. What the sentence needs and is not there is left out."""
    params = reason.get("params") or {}
    told = {"n": number(reason["value"]), **{key: value for key, value in params.items() if key != "n"}}
    sentence = _sentence(reason["rule"], params)
    return sentence % told if sentence else str(RULE_LABELS.get(reason["rule"], reason["rule"]))


def reasons_words(reasons: Iterable[Mapping[str, Any]], limit: int = 0) -> list[str]:
    """Reasons in words, worst first; `limit` 0 tells them all."""
    told = [reason_words(each) for each in reasons]
    return told[:limit] if limit else told


def why_words(reasons: Iterable[Mapping[str, Any]], limit: int = 0) -> str:
    """Reasons in one line, worst first."""
    return clauses(reasons_words(reasons, limit))


def missing_words(missing: Iterable[str]) -> str:
    """Which rules had no data."""
    names = {"node_slip": _("节点计划"), "no_report": _("日报"), "investment_gap": _("投资填报")}
    return _("、").join(str(names.get(each, RULE_LABELS.get(each, each))) for each in missing)


def number(value: float) -> str:
    """A measured number with one decimal at most, a whole one without."""
    return f"{Decimal(str(value)).quantize(Decimal('0.1')).normalize():f}"


def _sentence(rule: str, params: Mapping[str, Any]) -> str:
    if rule == "node_slip":
        return _("“%(node)s”落后 %(n)s 天") if params.get("node") else _("节点落后 %(n)s 天")
    if rule == "overdue_problems":
        return _("问题超期 %(n)s 件：%(title)s") if params.get("title") else _("问题超期 %(n)s 件")
    if rule == "overdue_top":
        return _("三级问题超期 %(n)s 件")
    if rule == "blocked_permit":
        return _("审批受阻 %(n)s 天：%(title)s") if params.get("title") else _("审批受阻 %(n)s 天")
    if rule == "stopped":
        return _("停工 %(n)s 天")
    if rule == "no_report":
        return _("%(n)s 个工作日没有日报")
    if rule == "investment_gap":
        return _("投资落后时序 %(n)s 个百分点")
    if rule == "enclosure":
        return _("封冻前完成暖封闭的把握只有 %(n)s%%")
    if rule == "finish":
        return _("预计竣工（P80）比承诺晚 %(n)s 天")
    return _remembered(params) if rule == MEMORY else ""


def _remembered(params: Mapping[str, Any]) -> str:
    days = {name: show.short_day(date.fromisoformat(params[name])) for name in ("red_on", "until") if params.get(name)}
    return (_("%(red_on)s还是红灯，黄灯观察到%(until)s") % days).replace("%", "%%") if len(days) == 2 else ""
