"""One table in which a centre files the day for many projects: each row is filed by itself, what is wrong is named beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhuanban.domains.dispatch.models.tracks import DailyTrack
from zhuanban.domains.dispatch.pages.tracks import asked_day
from zhuanban.domains.dispatch.queries import tracks as queries
from zhuanban.domains.dispatch.rules import tracks as rules
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import areas_for
from zhuanban.kernel import actions, clock
from zhuanban.kernel.errors import BadInput, Failure
from zhuanban.kernel.people import SignedInRequest

ROWS = 50
FIELDS = ("workers_actual", "workers_planned", "machines", "weather", "done_today")
SAME = ("workers_actual", "workers_planned", "machines")
"""What is offered from the report before."""


@dataclass
class Row:
    """A project's row: what was typed, what the report before said, and what became of it: filed, fine (in a dry run), wrong or nothing."""

    project: Any
    last: DailyTrack | None
    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    state: str = ""
    words: str = ""
    url: str = ""

    @property
    def cells(self) -> list[dict[str, Any]]:
        return [
            {
                "name": f"p{self.project.pk}-{name}",
                "field": name,
                "value": self.typed.get(name, ""),
                "last": self._last(name),
                "errors": self.errors.get(name, []),
            }
            for name in FIELDS
        ]

    def _last(self, name: str) -> str:
        value = getattr(self.last, name, None) if name in SAME else None
        return "" if value is None else str(value)

    @property
    def other_errors(self) -> list[str]:
        return [text for name, texts in self.errors.items() if name not in FIELDS for text in texts]


@require_http_methods(["GET", "POST"])
def batch(request: SignedInRequest) -> HttpResponse:
    """The projects of one's areas that lack the day's report, fifty at a time. A row that is left empty is left alone; of the others
    each is filed or its fault is named, and what was typed stays."""
    day = asked_day(request) or clock.today()
    area, after = request.GET.get("area", "")[:12], request.GET.get("after", "")[:120]
    open_ones = waiting(request.user, day, area)
    if request.method == "POST":
        rows = [_row(project, request.POST) for project in with_last(open_ones.filter(pk__in=sent(request.POST)), day)]
        for row in rows:
            _file(request, row, day, dry="dry" in request.POST)
    else:
        rows = [_row(project, QueryDict()) for project in with_last(open_ones.filter(name__gt=after) if after else open_ones, day)[:ROWS]]
    done = sum(row.state in {"filed", "fine"} for row in rows)
    context = {
        "day": day,
        "due": rules.due_at(day),
        "blocked": rules.wrong_day(day),
        "rows": rows,
        "heads": [getattr(DailyTrack._meta.get_field(name), "verbose_name", name) for name in FIELDS],
        "weathers": DailyTrack.Weather.choices,
        "area": area,
        "areas": areas_for(request.user, queries.FILE),
        "posted": request.method == "POST",
        "dry": "dry" in request.POST,
        "done": done,
        "wrong": sum(row.state == "wrong" for row in rows),
        "next": rows[-1].project.name if request.method == "GET" and len(rows) == ROWS else "",
        "page_title": _("批量填报"),
    }
    return render(request, "dispatch/track_batch.html", context)


def waiting(user, day: date, area: str) -> QuerySet:
    """The projects that lack a day's report and that the person may file for, by name."""
    rows = queries.missing(queries.may_file(user), day)
    return (rows.filter(area=area) if area else rows).select_related("area").order_by("name", "pk")


def with_last(projects: QuerySet, day: date) -> list[tuple[Project, DailyTrack | None]]:
    """At most so many projects as a page has, each with the report before; two queries."""
    found = list(queries.with_last_track(projects)[:ROWS])
    newest = DailyTrack.objects.filter(project__in=found, day__in={each.last_track for each in found if each.last_track})
    last = {(each.project_id, each.day): each for each in newest}
    return [(each, last.get((each.pk, each.last_track))) for each in found]


def sent(data: QueryDict) -> list[int]:
    """The projects whose rows were sent."""
    found = {name[1:].partition("-")[0] for name in data if name.startswith("p") and name.partition("-")[2] in FIELDS}
    return [int(text) for text in found if text.isdecimal() and len(text) <= 18][:ROWS]


def _row(pair: tuple[Project, DailyTrack | None], data: QueryDict) -> Row:
    project, last = pair
    return Row(project, last, {name: data.get(f"p{project.pk}-{name}", "").strip() for name in FIELDS})


def _file(request: SignedInRequest, row: Row, day: date, *, dry: bool) -> None:
    """File one row by the verb, as if it had come alone; in a dry run only say whether it could be."""
    if not any(row.typed.values()):
        return
    data = QueryDict(mutable=True)
    data.update({name: text for name, text in row.typed.items() if text} | {"day": day.isoformat()})
    try:
        if dry:
            row.state, row.words = tried(request.user, row.project, data)
        else:
            answer = actions.submit(queries.FILE, request.user, row.project.pk, data, version=None)
            row.state, row.url = "filed", answer["url"]
    except BadInput as bad:
        row.state, row.errors = "wrong", bad.fields
    except Failure as failure:
        row.state, row.words = "wrong", failure.message


def tried(user, project: Project, data: QueryDict) -> tuple[str, str]:
    """What filing would say, without filing. Raises BadInput."""
    known = actions.find(queries.FILE)
    if reason := known.reason_against(project):
        return "wrong", reason
    form = known.make_form(user, project, data)
    if form is not None and not form.is_valid():
        raise BadInput({name: [str(text) for text in texts] for name, texts in form.errors.items()})
    return "fine", ""
