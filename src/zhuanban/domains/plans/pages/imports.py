"""Importing a plan from a file: the upload, and the check that is shown before anything is used."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from zhuanban.domains.plans.forms import WORK_CLASSES
from zhuanban.domains.plans.models import NodeTemplate, Plan
from zhuanban.domains.plans.pages.plan import FINDINGS, project_of
from zhuanban.kernel import actions
from zhuanban.kernel.errors import BadInput, NotYours
from zhuanban.kernel.people import SignedInRequest

FIELDS = {
    "early_start": gettext_lazy("最早开始"),
    "early_finish": gettext_lazy("最早完成"),
    "late_start": gettext_lazy("最晚开始"),
    "late_finish": gettext_lazy("最晚完成"),
    "total_float": gettext_lazy("总时差"),
    "free_float": gettext_lazy("自由时差"),
}
LIKELY = {
    "follows": gettext_lazy("随别的工序而来"),
    "rounding": gettext_lazy("舍入"),
    "completed": gettext_lazy("已完成的工序"),
    "lag_calendar": gettext_lazy("滞后所用的日历"),
    "calendar": gettext_lazy("日历"),
    "project_finish": gettext_lazy("项目完成日期"),
    "float_type": gettext_lazy("时差的算法"),
    "forced_date": gettext_lazy("强制日期的时差"),
    "expected_finish": gettext_lazy("预期完成"),
    "suspended": gettext_lazy("停工与复工"),
    "out_of_sequence": gettext_lazy("未按逻辑顺序施工"),
    "start_lag": gettext_lazy("已开始工序的滞后"),
    "constraint": gettext_lazy("限制条件"),
    "outside_link": gettext_lazy("网络之外的逻辑关系"),
    "unknown": gettext_lazy("原因不明"),
}
TOOLS = {"primavera": "Primavera P6", "msproject": "Microsoft Project"}


@require_http_methods(["GET", "POST"])
def import_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """Choose a file; what is wrong with it is told here and nothing is stored."""
    project = project_of(request, pk)
    known = actions.REGISTRY["plans.import_plan"]
    if not known.allowed(request.user, project):
        raise NotYours()
    form, status = known.make_form(request.user, project), 200
    if request.method == "POST":
        try:
            answer = actions.submit(
                known.name, request.user, pk, request.POST, request.FILES, version=None, key=request.POST.get("_key", "")[:80]
            )
            found = reverse("plans:draft", args=[answer["id"]])
            return HttpResponse(status=204, headers={"HX-Redirect": found}) if request.headers.get("HX-Request") else redirect(found)
        except BadInput as bad:
            form, status = known.make_form(request.user, project, request.POST, request.FILES), bad.status
            if form is not None:
                form.is_valid()
    context = {"project": project, "form": form, "blocked": known.reason_against(project), "page_title": _("导入计划")}
    return render(request, "plans/import.html", context, status=status)


@require_GET
def draft_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was read, calculated again and compared, with the choice to adopt it or to drop it."""
    rows = (
        Plan.objects.visible_to(request.user).filter(origin=Plan.Origin.IMPORT).select_related("project__dossier", "file").defer("document")
    )
    plan = get_object_or_404(rows, pk=pk)
    context = {
        "plan": plan,
        "project": plan.project,
        "offered": actions.offered(request.user, plan, "plans.adopt", "plans.discard"),
        "page_title": _("导入检查"),
        **check_of(plan.check_result),
    }
    return render(request, "plans/draft.html", context)


def check_of(told: dict[str, Any]) -> dict[str, Any]:
    """The check in words."""
    return {
        "check": told,
        "tool": TOOLS.get(told.get("tool", ""), told.get("tool") or "—"),
        "tallies": [
            {"label": FIELDS[field], "compared": compared, "position": share(position, compared), "clock": share(clock, compared)}
            for field, compared, position, clock in told.get("tallies", [])
            if field in FIELDS
        ],
        "reasons": [{"label": LIKELY.get(reason, reason), "count": count} for reason, count in told.get("reasons", [])],
        "differences": [
            {
                "activity": activity,
                "field": FIELDS.get(field, field),
                "stored": stored,
                "ours": ours,
                "minutes": minutes,
                "likely": LIKELY.get(likely, likely),
            }
            for activity, field, stored, ours, minutes, likely in told.get("shown", [])
        ],
        "findings": [
            {"words": FINDINGS.get(code, code), "count": count, "blocker": severity == "blocker"}
            for code, severity, count in told.get("findings", [])
            if severity != "notice"
        ],
        "guessed": guessed_of(told.get("guessed")),
    }


def guessed_of(told: dict[str, Any] | None) -> dict[str, Any] | None:
    """What was read from the names, in words; None for a check made before names were read."""
    if told is None:
        return None
    classes = dict(WORK_CLASSES)
    nodes = dict(NodeTemplate.objects.order_by("effective_from").values_list("code", "name")) if told["nodes"] else {}
    return {
        "nodes": [{"node": nodes.get(code, code), "activity": name} for code, name in told["nodes"]],
        "classes": [{"label": classes.get(code, code), "count": count} for code, count in told["classes"]],
        "unnamed": told["unnamed"],
        "closed": any(code == "warm_enclosure" for code, _name in told["nodes"]),
    }


def share(part: int, whole: int) -> float | None:
    """Percent in whole tenths, rounded down: what does not quite agree is not a hundred."""
    return part * 1000 // whole / 10 if whole else None
