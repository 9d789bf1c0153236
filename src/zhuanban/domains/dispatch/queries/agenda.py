"""What belongs on a meeting's agenda: one function for each place where reasons are found, and how they become items.

Each source answers with the reasons that come onto the table, the gravest first, and with how many there are in all. Reasons on one
project become one item under the weightiest of them. Texts are made in the house's language, since they are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from zhuanban.domains.dispatch.models import AgendaItem, Decision, Meeting, MeetingSeries, ProjectLight
from zhuanban.domains.dispatch.rules import meetings as rules
from zhuanban.domains.dispatch.rules.light_words import reasons_words
from zhuanban.domains.people.queries import subtree_keys
from zhuanban.domains.plans.models import DateRequest
from zhuanban.domains.portfolio import queries as portfolio
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.models import Holding, Problem, Promise
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel import clock, parameters, show
from zhuanban.kernel.models import Deadline
from zhuanban.kernel.words import clauses, kept

Kind = AgendaItem.Kind
LONGEST, WHY = 160, 500
TITLES_TOLD = 2
"""How many titles of late matters are named; the rest is counted."""


@dataclass(frozen=True)
class Reason:
    """Why something comes onto the table. `days` puts the gravest of a kind first; `subject` names the row (`problems.problem:12`)."""

    kind: str
    project: int | None
    title: str
    text: str
    days: float = 0
    subject: str = ""
    url: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "text": self.text, "url": self.url, "days": self.days}


@dataclass(frozen=True)
class Found:
    """What a source found: the gravest reasons, and how many there are in all."""

    reasons: list[Reason]
    total: int


@dataclass(frozen=True)
class Window:
    """What a meeting looks at: the projects of its series, what happened since the last one, and today."""

    meeting: Meeting
    projects: QuerySet[Project]
    last: Meeting | None
    since: date
    today: date

    @property
    def series(self) -> MeetingSeries:
        return self.meeting.series

    @property
    def since_instant(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.since, time.min))


def projects_of(series: MeetingSeries) -> QuerySet[Project]:
    """The projects that a series dispatches: the city's, its area's, or those that its task force carries."""
    rows = Project.objects.exclude(stage__in=[Project.Stage.ARCHIVED, Project.Stage.CANCELLED])
    if series.level == MeetingSeries.Level.TASK_FORCE:
        return rows.filter(pk__in=Responsibility.objects.active().filter(force=series.force_id).values("project"))
    return rows if series.level == MeetingSeries.Level.CITY else rows.filter(area__in=subtree_keys(series.area_id))


def last_before(meeting: Meeting) -> Meeting | None:
    """The meeting of the series that was held before this one."""
    rows = Meeting.objects.filter(series=meeting.series_id).happened().exclude(pk=meeting.pk)
    return rows.filter(held_on__lte=meeting.held_on).order_by("-held_on", "-pk").first()


def window(meeting: Meeting, today: date | None = None) -> Window:
    day, last = today or clock.today(), last_before(meeting)
    return Window(meeting, projects_of(meeting.series), last, last.held_on if last else day - timedelta(days=7), day)


# Sources -------------------------------------------------------------------------------------------------------------


def last_decisions(at: Window, most: int) -> Found:
    """The meeting begins with what the last one decided: one item over all of them."""
    if at.last is None:
        return Found([], 0)
    counts = tally(at.last.decisions.all(), at.today)
    if not counts["asked"]:
        return Found([], 0)
    text = _("%(title)s作出决定 %(asked)s 项：按期完成 %(done)s 项，迟后完成 %(late)s 项，逾期 %(overdue)s 项，未到期 %(running)s 项。") % {
        "title": at.last.title,
        **counts,
    }
    reason = Reason(
        Kind.LAST, None, _("上次会议决定落实情况"), text, subject=f"dispatch.meeting:{at.last.pk}", url=at.last.get_absolute_url()
    )
    return Found([reason], 1)


def tally(decisions: Iterable[Decision], day: date) -> dict[str, int]:
    """How many were asked for, and what became of them by a day."""
    counts = dict.fromkeys(("asked", "done", "late", "overdue", "running"), 0)
    for row in decisions:
        outcome = row.outcome(day)
        if outcome in counts:
            counts[outcome] += 1
            counts["asked"] += 1
    return counts


def late_decisions(at: Window, most: int) -> Found:
    """Decisions of earlier meetings of the series whose day is over."""
    back = at.today - timedelta(days=parameters.value(rules.LATE))
    rows = Decision.objects.filter(series=at.series.pk, due_on__gte=back).overdue(at.today)
    chosen = rows.select_related("project", "meeting__series").order_by("due_on", "pk")[:most]
    return Found([_late_decision(row, at.today) for row in chosen], rows.count())


def _late_decision(row: Decision, today: date) -> Reason:
    text = _("%(on)s会议决定“%(text)s”，应于%(due)s前完成，已逾期 %(n)s 天，责任单位：%(owner)s") % {
        "on": show.short_day(row.meeting.held_on),
        "text": row.text[:80],
        "due": show.short_day(row.due_on or today),
        "n": row.days_late(today),
        "owner": row.owner_name,
    }
    title = row.project.name if row.project else row.text
    subject = f"dispatch.decision:{row.pk}"
    return Reason(Kind.DECISION, row.project_id, title, text, row.days_late(today), subject, row.get_absolute_url())


def red_lights(at: Window, most: int) -> Found:
    return _lights(at, most, Kind.RED, "red")


def yellow_lights(at: Window, most: int) -> Found:
    return _lights(at, most, Kind.YELLOW, "yellow")


def _lights(at: Window, most: int, kind: str, level: str) -> Found:
    """Projects whose light shows this colour, the worst first, each with the rules that it breaks."""
    rows = ProjectLight.objects.filter(level=level, project__in=at.projects)
    chosen = rows.select_related("project").order_by("-severity", "-project")[:most]
    return Found([_light(row, kind, at.today) for row in chosen], rows.count())


def _light(row: ProjectLight, kind: str, today: date) -> Reason:
    since = _("%(colour)s已 %(n)s 天") % {"colour": row.get_level_display(), "n": (today - row.since).days + 1}
    text = _("%(since)s：%(why)s") % {"since": since, "why": clauses(reasons_words(row.reasons, 3)) or _("没有写明原因")}
    return Reason(kind, row.project_id, row.project.name, text, row.severity, f"portfolio.project:{row.project_id}", row.get_absolute_url())


def escalations(at: Window, most: int) -> Found:
    """Problems that rose since the last meeting, to a tier that this series looks at, and are still worked on."""
    least = parameters.value(rules.TIERS)[at.series.level]
    risen = Holding.objects.filter(why="risen", from_at__gte=at.since_instant, tier__gte=least)
    rows = Problem.objects.filter(project__in=at.projects, state__in=Problem.WORKING, tier__gte=least, pk__in=risen.values("problem"))
    chosen = rows.select_related("project", "kind").order_by("-tier", "due_on", "pk")[:most]
    return Found([_risen(row, at.today) for row in chosen], rows.count())


def _risen(row: Problem, today: date) -> Reason:
    text = _("问题“%(title)s”升到第 %(tier)s 级，承办 %(holder)s，期限 %(due)s") % {
        "title": row.title,
        "tier": row.tier,
        "holder": row.holder_name,
        "due": show.short_day(row.due_on),
    }
    days = (today - timezone.localdate(row.reported_at)).days
    return Reason(Kind.ESCALATION, row.project_id, row.project.name, text, days, f"problems.problem:{row.pk}", row.get_absolute_url())


def broken_promises(at: Window, most: int) -> Found:
    """Dates given to enterprises that are over and not kept, as long as their problem is not settled another way."""
    rows = Promise.objects.filter(project__in=at.projects, kept_on=None).broken(at.today)
    rows = rows.filter(Q(problem=None) | Q(problem__state__in=Problem.WORKING))
    chosen = rows.select_related("project", "problem").order_by("due_on", "pk")[:most]
    return Found([_broken(row, at.today) for row in chosen], rows.count())


def _broken(row: Promise, today: date) -> Reason:
    late = (today - row.due_on).days
    text = _("承诺%(due)s前办好“%(what)s”，已失约 %(n)s 天，承办 %(holder)s") % {
        "due": show.short_day(row.due_on),
        "what": row.what or row.get_kind_display(),
        "n": late,
        "holder": row.holder_name,
    }
    return Reason(Kind.PROMISE, row.project_id, row.project.name, text, late, f"problems.promise:{row.pk}", row.get_absolute_url())


def overdue_deadlines(at: Window, most: int) -> Found:
    """Projects with matters whose day is over, by the oldest of them. What this module itself watches has sources of its own."""
    late = Deadline.objects.filter(state=Deadline.State.OPEN, due_on__lt=at.today, dossier__in=at.projects.values("pk"))
    late = late.exclude(on_due__startswith="dispatch.")
    grouped = late.order_by().values("dossier").annotate(n=Count("pk"), first=Min("due_on")).order_by("first", "dossier")
    chosen = list(grouped[:most])
    projects = Project.objects.in_bulk([row["dossier"] for row in chosen])
    titles: dict[int, list[str]] = defaultdict(list)
    for pk, title in late.filter(dossier__in=projects).order_by("due_on", "pk").values_list("dossier", "title"):
        titles[pk].append(title)
    reasons = [_overdue(projects[row["dossier"]], row, titles[row["dossier"]], at.today) for row in chosen if row["dossier"] in projects]
    return Found(reasons, grouped.count())


def _overdue(project: Project, row: Mapping[str, Any], titles: list[str], today: date) -> Reason:
    days = (today - row["first"]).days
    told = clauses(titles[:TITLES_TOLD])
    text = _("超期事项 %(n)s 件，最久 %(days)s 天：%(told)s") % {"n": row["n"], "days": days, "told": told}
    return Reason(Kind.DEADLINE, project.pk, project.name, text, days, f"portfolio.project:{project.pk}", project.get_absolute_url())


def date_requests(at: Window, most: int) -> Found:
    """Requests to move the date of a node that nobody has decided yet."""
    rows = DateRequest.objects.filter(project__in=at.projects, state=DateRequest.State.OPEN)
    chosen = rows.select_related("project", "node").order_by("created_at", "pk")[:most]
    return Found([_request(row) for row in chosen], rows.count())


def _request(row: DateRequest) -> Reason:
    text = _("申请把“%(node)s”由%(old)s改为%(new)s：%(why)s") % {
        "node": row.node.name,
        "old": show.day(row.from_day),
        "new": show.day(row.to_day),
        "why": row.reason,
    }
    days = (row.to_day - row.from_day).days
    return Reason(Kind.REQUEST, row.project_id, row.project.name, text, days, f"plans.daterequest:{row.pk}", row.get_absolute_url())


SOURCES: dict[str, Callable[[Window, int], Found]] = {
    Kind.LAST: last_decisions,
    Kind.DECISION: late_decisions,
    Kind.RED: red_lights,
    Kind.ESCALATION: escalations,
    Kind.PROMISE: broken_promises,
    Kind.DEADLINE: overdue_deadlines,
    Kind.REQUEST: date_requests,
    Kind.YELLOW: yellow_lights,
}
"""Kind of item -> where its reasons are found."""


# Items ---------------------------------------------------------------------------------------------------------------


@dataclass
class Draft:
    """An item as it is found: the reasons on one project, or one on no project."""

    kind: str
    project: int | None
    title: str
    weight: float
    minutes: int
    subject: str
    url: str
    reasons: list[Reason] = field(default_factory=list)

    @property
    def key(self) -> tuple[int | None, str]:
        """What makes it the same item when the agenda is built again."""
        return (self.project, "") if self.project else (None, self.subject)

    @property
    def why(self) -> str:
        return clauses(reason.text.rstrip("。；") for reason in self.reasons)[:WHY]


@dataclass(frozen=True)
class Collected:
    drafts: list[Draft]
    left_out: dict[str, int]


def collect(meeting: Meeting, today: date | None = None) -> Collected:
    """All that comes onto the agenda by itself, in order, and how many more of each kind there are. About 15 queries whatever the size."""
    at = window(meeting, today)
    drafts: dict[tuple[int | None, str], Draft] = {}
    left: dict[str, int] = {}
    known = rules.source_rules()
    with kept():
        for kind, rule in sorted(known.items(), key=lambda each: -each[1]["weight"]):
            found = SOURCES[kind](at, rule["most"])
            if found.total > len(found.reasons):
                left[kind] = found.total - len(found.reasons)
            for place, reason in enumerate(found.reasons):
                _put(drafts, reason, rule, place)
    return Collected(sorted(drafts.values(), key=lambda draft: -draft.weight), left)


def _put(drafts: dict[tuple[int | None, str], Draft], reason: Reason, rule: dict[str, Any], place: int) -> None:
    """Add a reason: to the item on its project if there is one, else as an item after the graver ones of its kind."""
    draft = Draft(
        kind=reason.kind,
        project=reason.project,
        title=reason.title[:LONGEST],
        weight=rule["weight"] - place / 100,
        minutes=rule["minutes"],
        subject=reason.subject,
        url=reason.url,
        reasons=[reason],
    )
    if there := drafts.get(draft.key):
        there.reasons.append(reason)
    else:
        drafts[draft.key] = draft


def facts_of(projects: list[int]) -> dict[int, list[list[str]]]:
    """Project id -> what the room is told of it beside the reasons: [label, text]. A handful of queries for all."""
    rows = list(Project.objects.filter(pk__in=projects).select_related("area", "owner_org"))
    portfolio.add_year_to_date(rows)
    carried: dict[int, list[Responsibility]] = defaultdict(list)
    for row in Responsibility.objects.active().filter(project__in=projects).select_related("person", "force", "organisation"):
        carried[row.project_id].append(row)
    year = portfolio.reporting_year(clock.today())
    with kept():
        return {row.pk: _facts(row, carried[row.pk], year) for row in rows}


def _facts(project: Any, carried: list[Responsibility], year: int) -> list[list[str]]:
    told = [
        [_("属地"), show.place(project.area)],
        [_("阶段"), project.get_stage_display()],
        [_("计划总投资"), show.money(project.planned_investment)],
        [_("%(year)s 年完成") % {"year": year}, f"{show.money(project.invested_year)} / {show.money(project.plan_year)}"],
    ]
    order = {post: place for place, post in enumerate(Responsibility.Post)}
    posts = sorted(carried, key=lambda row: -order[Responsibility.Post(row.post)])
    return told + [[row.post_words, row.holder_name] for row in posts]


def evidence_of(draft: Draft, facts: dict[int, list[list[str]]], at: datetime) -> dict[str, Any]:
    return {
        "as_of": at.isoformat(),
        "reasons": [reason.as_json() for reason in draft.reasons],
        "facts": facts.get(draft.project or 0, []),
    }
