"""The phone page on which a day is filed, and the list of one's own projects for today."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from zhuanban.domains.dispatch.actions.tracks import AlreadyFiled, is_repeated, whole
from zhuanban.domains.dispatch.forms.tracks import FileForm
from zhuanban.domains.dispatch.models.tracks import DailyTrack
from zhuanban.domains.dispatch.queries import tracks as queries
from zhuanban.domains.dispatch.rules import tracks as rules
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.models import Problem, ProblemKind
from zhuanban.kernel import actions, charts, clock, parameters, show
from zhuanban.kernel.errors import BadInput, Failure, NotYours, Refused, Unknown
from zhuanban.kernel.people import SignedInRequest

FILE, CORRECT = queries.FILE, "dispatch.correct_track"
CARRIED = ("workers_planned", "workers_actual", "machines", "weather", "winter_measures")
"""What is taken over from the report before; text, temperature, money and stores are asked anew every day."""
SENT_WITH = {"seconds", "touched", "waited", "day"}


# Filing -----------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def track(request: SignedInRequest, pk: int) -> HttpResponse:
    """The day's report of a project: what it was yesterday, changed where it changed, and one tap."""
    return _sent(request, pk) if request.method == "POST" else _shown(request, _project(request.user, pk))


def _project(user, pk: int) -> Project:
    """The project if the person sees it and may file for it."""
    known = actions.find(FILE)
    project = actions.target_for(known, user, pk)
    if not known.allowed(user, project):
        raise NotYours()
    return project


def _sent(request: SignedInRequest, pk: int) -> HttpResponse:
    """A report arrives: filed, known already, or a correction. The phone gets JSON, a browser without scripts the page."""
    as_json = "application/json" in request.headers.get("Accept", "")
    try:
        told = arrive(request.user, pk, request.POST)
    except BadInput as bad:
        return JsonResponse(bad.as_dict(), status=bad.status) if as_json else _shown(request, _project(request.user, pk), request.POST, bad)
    except Failure as failure:
        if not as_json:
            raise
        return JsonResponse(failure.as_dict(), status=failure.status)
    return JsonResponse(told) if as_json else redirect(told["url"])


class Differs(Refused):
    """A day that is filed already comes again with other content and no reason: the page asks for one."""

    code = "differs"


def arrive(user, pk: int, data: QueryDict) -> dict[str, Any]:
    """Take a report in exactly once: `state` is filed, repeated (it is there already) or corrected.

    Raises Unknown 404, BadInput 422, NotYours 403, Refused 409; Differs 409 where the day was filed otherwise and no reason is given.
    """
    try:
        answer = actions.submit(FILE, user, pk, _without(data, "reason"), version=None)
    except AlreadyFiled as known:
        return _again(user, known.track, data)
    late, at = DailyTrack.objects.filter(pk=answer["id"]).values_list("late", "filed_at").get()
    return _answer("filed", answer["id"], answer["url"], late, at, user.name)


def _again(user, there: DailyTrack, data: QueryDict) -> dict[str, Any]:
    """The day is filed: the same report once more, or with a reason a correction."""
    form = FileForm(_without(data, "reason"), user=user, target=there.project)
    form.is_valid()
    told, reason = form.cleaned_data, data.get("reason", "").strip()
    digest = rules.digest_of(whole(told | {"stocks": told["held"]}), told["amounts"])
    at = (there.pk, there.get_absolute_url(), there.late, there.filed_at, str(there.reporter or ""))
    if is_repeated(there, digest, told["burden"]["key"], reason):
        return _answer("repeated", *at)
    if not reason:
        words = _("这一天 %(time)s 已由%(name)s报过；要改请写明更正理由。")
        raise Differs(words % {"time": _clock(there.filed_at), "name": at[-1]}, track=there.pk)
    actions.submit(CORRECT, user, there.pk, _without(data, *SENT_WITH), version=there.version)
    return _answer("corrected", *at)


def _clock(at: datetime) -> str:
    return timezone.localtime(at).strftime("%H:%M")


def _answer(state: str, pk: int, url: str, late: bool, at: datetime, name: str) -> dict[str, Any]:
    return {"state": state, "track": pk, "url": url, "late": late, "time": _clock(at), "name": name}


def _without(data: QueryDict, *names: str) -> QueryDict:
    kept = data.copy()
    for name in names:
        kept.pop(name, None)
    return kept


# The page ------------------------------------------------------------------------------------------------------------------


def _shown(request: SignedInRequest, project: Project, data: QueryDict | None = None, bad: BadInput | None = None) -> HttpResponse:
    asked = asked_day(request) if data is None else None
    form = FileForm(
        _without(data, "reason") if data else None, user=request.user, target=project, initial={"day": asked} if asked else None
    )
    form.is_valid()
    day = form.spoken_of
    context: dict[str, Any] = {
        "project": project,
        "day": day,
        "form": form,
        "track": form.there,
        "blocked": rules.cannot_file(project) or rules.wrong_day(day),
        "errors": bad.fields if bad else {},
        "message": bad.message if bad else "",
        "reason": data.get("reason", "") if data else "",
        "key": f"{request.user.pk}-{project.pk}-{day}",
        "served": int(clock.now().timestamp() * 1000),
        "zone": settings.TIME_ZONE,
        **cards(form),
        **around(request.user, project, day),
        "tabs": tabs(request.user),
        "page_title": _("今日日报") if day == clock.today() else _("%(day)s日报") % {"day": show.short_day(day)},
    }
    return render(request, "dispatch/track.html", context, status=bad.status if bad else 200)


def asked_day(request: SignedInRequest) -> date | None:
    """The day in the address; None for today. Raises Unknown for what is no day."""
    text = request.GET.get("day", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Unknown() from None


def cards(form: FileForm) -> dict[str, Any]:
    """The form's values as the page shows them: those of the day's report, else what is carried over from the one before."""
    there, last, sent = form.there, form.last, form.is_bound
    source = there or last
    values: dict[str, Any] = {}
    for name in (*CARRIED, "temperature", "done_today", "invested"):
        kept = getattr(source, name) if source and (there or name in CARRIED) else None
        values[name] = form[name].value() if sent else form.fields[name].prepare_value(kept)
    fresh = there is None and last is not None and not sent
    lines = [_item(form, line, sent) for line in form.lines]
    kept_over = {name: True for name in CARRIED if fresh and values[name] not in (None, "", [])}
    return {
        "values": values,
        "lines": lines,
        "last": last,
        "kept": kept_over,
        "carried": len(kept_over) + sum(line["carried"] for line in lines) if fresh else 0,
        "winter": rules.in_winter(form.spoken_of) or form.target.winter_building,
        "weathers": DailyTrack.Weather.choices,
        "measures": DailyTrack.Measure.choices,
        "stocks": [
            (f"stock_{key}", label, form[f"stock_{key}"].value() if sent else (there.stocks if there else {}).get(key))
            for key, label in DailyTrack.Material.choices
        ],
        "workers_step": 1 if (values["workers_actual"] or 0) in range(60) else 10,
    }


def _item(form: FileForm, line: queries.Line, sent: bool) -> dict[str, Any]:
    value = form[line.field].value() if sent else line.shown
    return {
        "name": line.field,
        "item": line.item,
        "value": value if value is None or isinstance(value, str) else f"{value.normalize():f}",
        "step": f"{line.step:f}",
        "before": line.before,
        "share": line.share,
        "expected": line.expected,
        "tick": charts.progress_tick(line.share, line.expected, width=300),
        "carried": line.today is None and line.carried is not None and not sent,
        "hint": _hint(line),
        "errors": form.errors.get(line.field) if sent else None,
    }


def _hint(line: queries.Line) -> str:
    told = {"done": round(line.share), "due": round(line.expected) if line.expected is not None else None}
    if told["due"] is None:
        return _("今日完成；累计 %(done)s%%") % told
    return _("今日完成；累计 %(done)s%%，应到 %(due)s%%") % told


def around(user, project: Project, day: date) -> dict[str, Any]:
    """What stands around the form: by when, what stands in the way, and one tap to report it."""
    kinds = ProblemKind.objects.in_bulk(parameters.value(rules.CHIPS))
    report = actions.find("problems.report")
    open_now = Problem.objects.visible_to(user).filter(project=project, state__in=Problem.WORKING).order_by("due_on", "pk")
    return {
        "due": rules.due_at(day),
        "kinds": [kinds[key] for key in parameters.value(rules.CHIPS) if key in kinds],
        "may_report": report.allowed(user, project) and not report.reason_against(project),
        "may_urge": "problems.urge" in user.verbs,
        "problems": list(open_now[:2]),
        "user_key": user.pk,
    }


def tabs(user) -> list[dict[str, Any]]:
    """The bar at a phone's lower edge for who files reports."""
    return [
        {"label": _("日报"), "url": reverse("dispatch:today"), "icon": "clipboard-check"},
        {"label": _("我要办的"), "url": reverse("cockpit:home"), "icon": "home"},
        {"label": _("报问题"), "url": reverse("problems:report"), "icon": "alert-circle"},
        {"label": _("我的项目"), "url": reverse("portfolio:projects"), "icon": "building-factory-2"},
    ]


# Today ------------------------------------------------------------------------------------------------------------------


@require_GET
def today(request: SignedInRequest) -> HttpResponse:
    """One's own projects: which are filed, which are owed, and since when."""
    day, own = clock.today(), list(queries.own_projects(request.user).select_related("area").order_by("name", "pk")[:100])
    there = {row.project_id: row for row in DailyTrack.objects.filter(project__in=own, day=day)}
    owed = {each["project"].pk: each for each in queries.owed_today(request.user)}
    rows: list[dict[str, Any]] = [
        {
            "project": project,
            "track": there.get(project.pk),
            "owed": owed.get(project.pk),
            "key": f"{request.user.pk}-{project.pk}-{day}",
            "url": reverse("dispatch:track", args=[project.pk]),
        }
        for project in own
    ]
    context = {
        "rows": sorted(rows, key=lambda row: (row["track"] is not None, row["project"].name)),
        "filed": len(there),
        "due": rules.due_at(day),
        "day": day,
        "batch": bool({grant.area_id for grant in request.user.grants if grant.area_id and FILE in grant.verbs}),
        "user_key": request.user.pk,
        "tabs": tabs(request.user),
        "page_title": _("今日填报"),
    }
    return render(request, "dispatch/track_today.html", context)


@require_GET
def worker(request: SignedInRequest) -> HttpResponse:
    """The script that opens the pages below this address without a network; its reach is the folder that it is served from."""
    path = finders.find("zhuanban/track-worker.js")
    if not path:
        raise Unknown()
    answer = HttpResponse(Path(path).read_bytes(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer
