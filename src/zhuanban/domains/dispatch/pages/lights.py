"""The listing of lights, the light on the project's page, the rules with their trials, and the hints that a light is being played with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.dispatch.models import Level, LightRuleSet, ProjectLight
from zhuanban.domains.dispatch.models.lights import OWN_BETTER
from zhuanban.domains.dispatch.pages.light_strip import strip
from zhuanban.domains.dispatch.queries import light_hints, light_trials, lights
from zhuanban.domains.dispatch.rules.light_rules import KINDS
from zhuanban.domains.dispatch.rules.light_words import RULE_LABELS, bound_words, missing_words, reasons_words
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import access, actions, clock, pages, panels, parameters, show
from zhuanban.kernel.errors import Unknown
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.models import Job
from zhuanban.kernel.people import SignedInRequest

Stage = Project.Stage
HISTORY_DAYS = 90
HINT_READERS = frozenset({"centre_dispatcher", "inspector", "city_leader", "district_leader"})
"""Who checks on others: a hint is not for those whom it is about."""


def areas(user) -> list[tuple[str, str]]:
    return [(area.key, show.place(area)) for area in Area.objects.exclude(parent=None)]


def new_since_monday() -> Q:
    today = clock.today()
    return Q(level=Level.RED, since__gte=today - timedelta(days=today.weekday()))


light_listing = Listing(
    name="dispatch.lights",
    title=gettext_lazy("红黄绿灯"),
    rows=lambda user: ProjectLight.objects.visible_to(user),
    search="project__dossier__search_text",
    order="-level",
    related=("project__area",),
    prepare=lights.add_words,
    columns=(
        Column("project", gettext_lazy("项目"), path="project__name", link=True),
        Column("level", gettext_lazy("灯"), kind="light", choices=Level.choices, sort="severity"),
        Column("why", gettext_lazy("原因（最重在前）")),
        Column("since", gettext_lazy("自"), kind="date", sort="since"),
        Column("days", gettext_lazy("已"), kind="number", narrow=False),
        Column("own_level", gettext_lazy("自报"), kind="light", choices=Level.choices),
        Column("computed", gettext_lazy("系统计算"), kind="light", choices=Level.choices, narrow=False),
        Column("override_words", gettext_lazy("人工调整")),
        Column("area", gettext_lazy("属地"), kind="place", path="project__area", narrow=False),
        Column("stage", gettext_lazy("阶段"), path="project__stage", choices=Stage.choices, narrow=False),
    ),
    filters=(
        Filter("level", gettext_lazy("灯"), by_choice("level"), lambda user: Level.choices),
        Filter("reason", gettext_lazy("首要原因"), by_choice("worst"), lambda user: list(RULE_LABELS.items())),
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), areas),
        Filter("stage", gettext_lazy("阶段"), by_choice("project__stage"), lambda user: Stage.choices),
        Filter("sector", gettext_lazy("领域"), by_choice("project__sector"), lambda user: Project.Sector.choices),
    ),
    chips=(
        Chip("red", gettext_lazy("红灯"), lambda user: Q(level=Level.RED), tone="red"),
        Chip("yellow", gettext_lazy("黄灯"), lambda user: Q(level=Level.YELLOW)),
        Chip("grey", gettext_lazy("灰灯"), lambda user: Q(level=Level.GREY)),
        Chip("new_red", gettext_lazy("本周转红"), lambda user: new_since_monday(), tone="red"),
        Chip("own_better", gettext_lazy("自报好于系统"), lambda user: OWN_BETTER),
        Chip("overridden", gettext_lazy("人工调整中"), lambda user: ~Q(override="")),
        Chip("memory", gettext_lazy("红灯后观察"), lambda user: Q(memory_until__gte=clock.today(), computed__in=[Level.GREEN, Level.GREY])),
    ),
    empty=gettext_lazy("灯按规则自动亮：节点、投资、问题、日报、审批和预测取最差的一项；没有数据是灰灯，不是绿灯。"),
)


@require_GET
def light_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, light_listing.name)


# On the project's page -----------------------------------------------------------------------------------------------------


@panels.panel("portfolio.project")
def light_mark(project: Project, user) -> panels.Panel | None:
    """The light beside the project's name, with the own light where there is one."""
    row = ProjectLight.objects.visible_to(user).filter(pk=project.pk).only("level", "own_level").first()
    return panels.Panel(_("红黄绿灯"), "dispatch/parts/light_mark.html", {"light": row}, place="head") if row else None


@panels.panel("portfolio.project")
def light_of_project(project: Project, user) -> panels.Panel | None:
    """The light with its reasons, its last ninety days and the own light beside it; the reason of an override for the offices alone."""
    row = ProjectLight.objects.visible_to(user).filter(pk=project.pk).select_related("own_by", "override_by", "rules").first()
    if row is None:
        return None
    row.project = project
    inside = bool(access.inside(user, project.pk))
    offered = actions.offered(user, row)
    context = {
        "light": row,
        "inside": inside,
        "reasons": [{"level": each["level"], "words": words} for each, words in zip(row.reasons, reasons_words(row.reasons), strict=True)],
        "missing": missing_words(row.missing),
        "strip": strip(lights.history(project, HISTORY_DAYS), clock.today(), HISTORY_DAYS),
        "days": HISTORY_DAYS,
        "verbs": [each for each in offered if not each["reason"]],
    }
    return panels.Panel(_("红黄绿灯"), "dispatch/parts/light_on_project.html", context)


# Hints ---------------------------------------------------------------------------------------------------------------------


@require_GET
def hint_list(request: SignedInRequest) -> HttpResponse:
    """Where records look as if they were written for the light, with the evidence; for those who check, within what they see."""
    if not HINT_READERS.intersection(request.user.roles):
        raise Unknown()
    kind = request.GET.get("kind", "")
    found = light_hints.hints(request.user)
    context = {
        "hints": [each for each in found if each.kind == kind] if kind in light_hints.KINDS else found,
        "counted": light_hints.counted(found),
        "total": len(found),
        "kind": kind,
        "days": parameters.value(light_hints.DAYS),
        "page_title": _("亮灯疑点"),
    }
    return render(request, "dispatch/light_hints.html", context)


# The rules -----------------------------------------------------------------------------------------------------------------


@require_GET
def light_rulebook(request: SignedInRequest) -> HttpResponse:
    """The rules in force for everybody in office, and all versions for those who keep them."""
    if not request.user.inside_keys:
        raise Unknown()
    row = lights.rules_in_force()
    sets = LightRuleSet.objects.visible_to(request.user).select_related("created_by", "adopted_by")
    context = {
        "rules": row,
        "lines": rule_lines(row),
        "settings": settings_of(row),
        "sets": sets[:50],
        "may_draft": "dispatch.draft_light_rules" in request.user.verbs and sets.filter(pk=row.pk).exists(),
        "page_title": _("亮灯规则"),
    }
    return render(request, "dispatch/light_rulebook.html", context)


@require_GET
def light_rules(request: SignedInRequest, pk: int) -> HttpResponse:
    """One version: its bounds beside those in force, what may be done with it, and what its trial says."""
    rows = LightRuleSet.objects.visible_to(request.user).select_related("created_by", "adopted_by", "updated_by")
    row, force = get_object_or_404(rows, pk=pk), lights.rules_in_force()
    context = {
        "rules": row,
        "force": force,
        "lines": rule_lines(row, force),
        "settings": settings_of(row, force),
        "offered": actions.offered(request.user, row),
        "page_title": _("第 %(n)s 版规则") % {"n": row.number},
        **_trial(row),
    }
    template = "dispatch/parts/light_trial.html" if request.headers.get("HX-Request") else "dispatch/light_rules.html"
    return render(request, template, context)


def _trial(row: LightRuleSet) -> dict[str, Any]:
    """The latest try as the page prints it, or how far the one under way is."""
    job = Job.objects.filter(dedupe_key=light_trials.trial_key(row)).order_by("-pk").first()
    context: dict[str, Any] = {"trial": row.trial, "job": job if job and job.status in {"READY", "RUNNING", "FAILED"} else None}
    if row.trial:
        context |= {
            "matrix": light_trials.matrix_of(row.trial),
            "levels": [(level.value, level.label) for level in Level],
            "changed": light_trials.changed_of(row.trial),
            "warned": light_trials.warned_of(row.trial),
            "precision": light_trials.precision_of(row.trial),
            "onsets": row.trial["onsets"],
            "chart": _weeks_chart(row.trial),
        }
    return context


def _weeks_chart(trial: dict[str, Any]) -> dict[str, Any]:
    """Red lights by week under both rule sets, for the interactive chart."""
    weeks = {name: trial[name]["weeks"] for name in ("force", "draft")}
    return {
        "kind": "lines",
        "title": _("每周的红灯数"),
        "unit": _("个"),
        "labels": [each["day"][5:] for each in weeks["force"]],
        "series": [
            {"name": _("现行规则"), "role": "plan", "values": [each.get("red", 0) for each in weeks["force"]]},
            {"name": _("草案"), "role": "actual", "values": [each.get("red", 0) for each in weeks["draft"]]},
        ],
    }


def rule_lines(row: LightRuleSet, beside: LightRuleSet | None = None) -> list[dict[str, Any]]:
    """The rules of a set in words, each with the bounds of another set where they differ."""
    lines = []
    for name in KINDS:
        bounds = row.thresholds["rules"].get(name)
        if bounds is None:
            continue
        other = beside.thresholds["rules"].get(name, {}) if beside else bounds
        lines.append(
            {
                "label": RULE_LABELS[name],
                "stages": [str(Stage(stage).label) for stage in bounds.get("stages", ())],
                "bounds": [
                    {
                        "level": level,
                        "words": bound_words(name, bounds.get(level)),
                        "before": bound_words(name, other.get(level)) if other.get(level) != bounds.get(level) else "",
                    }
                    for level in ("yellow", "red")
                ],
            }
        )
    return lines


def settings_of(row: LightRuleSet, beside: LightRuleSet | None = None) -> list[dict[str, Any]]:
    """What else a set lays down, in words, with what the other set says where it differs."""
    told = {
        "lit": _("亮灯的阶段"),
        "green_needs": _("绿灯至少要有的数据项"),
        "required": _("缺了就不亮绿灯的数据"),
        "memory_days": _("红灯后黄灯保留（天）"),
        "override_days": _("人工调整有效（天）"),
        "report_day": _("投资报表日（次月几日起计入）"),
        "time_progress": _("时序进度"),
    }
    other = beside.thresholds if beside else row.thresholds
    return [
        {
            "label": label,
            "value": _setting(name, row.thresholds.get(name)),
            "before": _setting(name, other.get(name)) if other.get(name) != row.thresholds.get(name) else "",
        }
        for name, label in told.items()
    ]


def _setting(name: str, value: Any) -> str:
    if name == "lit":
        return "、".join(str(Stage(stage).label) for stage in value or ())
    if name == "required":
        return missing_words(value or ()) or show.DASH
    if name == "time_progress":
        return {"months": _("按月平均（已过月份 / 12）"), "weights": _("按全市月度权重")}.get(value, show.DASH)
    return show.text_of(value, "number")
