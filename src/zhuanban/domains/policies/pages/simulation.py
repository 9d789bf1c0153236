"""The what-if page: a policy's parameters as sliders, the answer over all enterprises within the second, and what was kept."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from zhuanban.domains.people.models import Area
from zhuanban.domains.policies.jobs.claims import rebuild_snapshot
from zhuanban.domains.policies.models import Policy, Scenario
from zhuanban.domains.policies.queries import simulation, snapshots
from zhuanban.domains.policies.queries.simulation import Found, Group
from zhuanban.kernel import actions, charts, clock, money, show
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.models import Access, Job
from zhuanban.kernel.people import SignedInRequest

KEEP = "policies.save_scenario"
REBUILD = "policies.rebuild_snapshot"
GROUPS = 9
WORDS = {
    "cap": gettext_lazy("上限"),
    "rate": gettext_lazy("比例"),
    "least": gettext_lazy("门槛"),
    "floor": gettext_lazy("门槛"),
    "reward": gettext_lazy("奖励标准"),
    "each": gettext_lazy("每项标准"),
}
"""The usual parameters in words; any other stands under its own name."""


def readers_policies(user: Any):
    """The policies that one may think about: offices that the access table lets in."""
    if not user.inside_keys:
        return Policy.objects.none()
    granted = Access.objects.filter(principal__in=user.principal_ids(), dossier=OuterRef("dossier_id"))
    return Policy.objects.published().filter(Exists(granted))


@require_GET
def simulations(request: SignedInRequest) -> HttpResponse:
    """Which policy to think about, and the scenarios that were kept."""
    policies = readers_policies(request.user).order_by("key")
    if not request.user.inside_keys:
        raise Http404
    groups = []
    for value, label in Policy.Category.choices:
        rows = [policy for policy in policies if policy.category == value]
        groups.append({"label": label, "rows": rows})
    kept = Scenario.objects.visible_to(request.user).filter(deleted_at=None).select_related("policy")[:30]
    context = {
        "page_title": _("政策测算"),
        "groups": [group for group in groups if group["rows"]],
        "scenarios": list(kept),
        "snapshot": snapshots.current(),
        "job": job(),
        "may_rebuild": KEEP in request.user.verbs,
    }
    return render(request, "policies/simulations.html", context)


def job() -> Job | None:
    """The latest rebuilding of the snapshot that is under way or went wrong."""
    row = Job.objects.filter(task__endswith="policies.jobs.claims.rebuild_snapshot").order_by("-pk").first()
    return row if row and row.status != Job.Status.SUCCESSFUL else None


@require_POST
def rebuild(request: SignedInRequest) -> HttpResponse:
    """Ask for a new snapshot; one job at a time."""
    if KEEP not in request.user.verbs:
        raise Http404
    rebuild_snapshot.using(dedupe_key=REBUILD, owner=request.user).enqueue()
    return redirect("policies:simulations")


@require_GET
def rebuilding(request: SignedInRequest) -> HttpResponse:
    """How far the new snapshot is."""
    if not request.user.inside_keys:
        raise Http404
    context = {"snapshot": snapshots.current(), "job": job(), "may_rebuild": KEEP in request.user.verbs}
    return render(request, "policies/parts/snapshot.html", context)


@require_GET
def page(request: SignedInRequest, pk: int) -> HttpResponse:
    """The sliders and the answer; htmx asks for the answer alone."""
    policy = get_object_or_404(readers_policies(request.user).select_related("dossier", "department"), pk=pk)
    today, snapshot = clock.today(), snapshots.current()
    asked = request.GET.copy()
    scenario = None
    if number := asked.get("scenario", ""):
        scenario = (
            Scenario.objects.visible_to(request.user)
            .filter(policy=policy, pk=number if number.isdigit() and len(number) < 18 else 0)
            .first()
        )
    on = _day(asked.get("on", "")) or (scenario.as_of if scenario else today)
    version = simulation.version_of(policy, on) or simulation.version_of(policy, today)
    changes, wrong = _changes(asked, version, scenario)
    budget, budget_wrong = _budget(asked.get("budget", ""), scenario)
    context: dict[str, Any] = {
        "page_title": _("测算：%(name)s") % {"name": policy.name},
        "policy": policy,
        "version": version,
        "snapshot": snapshot,
        "job": job(),
        "on": on,
        "budget": budget,
        "scenario": scenario,
        "wrong": wrong or budget_wrong,
        "params": [(param, WORDS.get(param.name, param.name)) for param in simulation.params_of(version, changes)] if version else [],
        "may_keep": KEEP in request.user.verbs and actions.find(KEEP).allowed(request.user, policy),
        "may_rebuild": KEEP in request.user.verbs,
        "scenarios": list(Scenario.objects.visible_to(request.user).filter(policy=policy, deleted_at=None)[:12]),
    }
    if snapshot and version and not context["wrong"]:
        begun = time.perf_counter()
        try:
            found = simulation.what_if(snapshot, policy, today, changes, on=on, budget=budget)
            context |= _answer(found, policy, changes, on, budget)
            context["took"] = round((time.perf_counter() - begun) * 1000)
        except simulation.WrongChange as bad:
            context["wrong"] = _("参数不能这样改：%(why)s") % {"why": bad}
    template = "policies/parts/found.html" if request.headers.get("HX-Request") else "policies/simulation.html"
    return render(request, template, context)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def _budget(text: str, scenario: Scenario | None) -> tuple[int | None, str]:
    """The budget in yuan; a bare number is 万元."""
    text = text.strip()
    if not text:
        return (int(scenario.budget) if scenario and scenario.budget is not None else None), ""
    try:
        value = money.parse_money(text[:40], "万元" if text[-1:].isdecimal() else None)
    except BadValue as bad:
        return None, _("预算：%(why)s") % {"why": bad.translated(_)}
    return (int(value), "") if value is not None and 0 < value < 10**13 else (None, _("预算：要大于零。"))


def _changes(asked: Any, version: Any, scenario: Scenario | None) -> tuple[dict[str, str], str]:
    """The parameters that differ: from the sliders (`p_`), from exact texts (`t_`), or from the scenario that is opened."""
    if version is None:
        return {}, ""
    found: dict[str, str] = {}
    for param in simulation.params_of(version):
        exact, slid = asked.get(f"t_{param.name}", "").strip()[:40], asked.get(f"p_{param.name}", "").strip()[:20]
        if exact:
            found[param.name] = exact
        elif slid and param.value is not None:
            try:
                amount = float(slid)
            except ValueError:
                return {}, _("%(name)s：“%(text)s”不是数字。") % {"name": param.name, "text": slid}
            if not 0 <= amount < 1e12:
                return {}, _("%(name)s：“%(text)s”不是数字。") % {"name": param.name, "text": slid}
            if abs(amount - param.value) > 1e-9:
                found[param.name] = f"{amount:g}{param.unit}" if amount < 1e6 else f"{amount:.0f}{param.unit}"
    sliders = any(name.startswith(("p_", "t_")) for name in asked)
    if scenario and not sliders:
        found = {name: text for name, text in scenario.changes.items() if name in version.params}
    return {name: text for name, text in found.items() if text != str(version.params[name])}, ""


def _answer(found: Found, policy: Policy, changes: dict[str, str], on: date, budget: int | None) -> dict[str, Any]:
    one = found.difference
    label = show.money
    names = {"size": _("规模"), "sector": _("行业门类"), "area": _("属地")}
    areas = dict(Area.objects.values_list("key", "name"))
    link = urlencode(
        {"changes": json.dumps(changes, ensure_ascii=False), "as_of": on.isoformat(), **({"budget": f"{budget}元"} if budget else {})}
    )
    return {
        "found": found,
        "eligible": _pair(one.eligible),
        "unknown": _pair(one.unknown),
        "open": _pair(found.open),
        "money": {"now": one.money[0], "then": one.money[1], "change": one.money[1] - one.money[0]},
        "winners": len(one.winners),
        "losers": len(one.losers),
        "classes": charts.bars(
            [charts.Bar(f"{label(low)}–{label(high)}", float(then), target=float(now)) for low, high, now, then in found.classes],
            title=_("每户金额的分布"),
        ),
        "groups": [{"label": names[name], "chart": _group_chart(groups, name, areas)} for name, groups in found.groups.items() if groups],
        "keep_query": link,
        "changed": bool(changes),
    }


def _pair(pair: tuple[int, int]) -> dict[str, int]:
    return {"now": pair[0], "then": pair[1], "change": pair[1] - pair[0]}


def _group_chart(groups: tuple[Group, ...], name: str, areas: dict[str, str]) -> str:
    rows = [
        charts.Bar(
            _group_name(group.key, name, areas),
            float(group.net),
            note=_("增 %(more)s 户 减 %(less)s 户") % {"more": group.winners, "less": group.losers},
        )
        for group in groups[:GROUPS]
    ]
    return charts.bars(rows, title=_("增减金额"), fmt=show.money)


def _group_name(key: str, name: str, areas: dict[str, str]) -> str:
    if key == simulation.UNKNOWN:
        return _("不知道")
    if name == "area":
        return areas.get(key, key)
    return _("门类 %(key)s") % {"key": key} if name == "sector" else key
