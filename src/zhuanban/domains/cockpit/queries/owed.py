"""What I owe today: every source of it in one list by due day, each line with the one button that moves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from django.db.models import BigIntegerField, Case, Q, QuerySet, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhuanban.domains.cockpit.queries import approval_moves as approval_moves
from zhuanban.domains.cockpit.queries import moves, told
from zhuanban.domains.cockpit.queries import service_moves as service_moves
from zhuanban.domains.cockpit.queries.moves import Button
from zhuanban.domains.dispatch.models import LightRuleSet, Meeting
from zhuanban.domains.dispatch.queries import tracks
from zhuanban.domains.people.models import Area, RoleGrant
from zhuanban.domains.plans import rules as plan_rules
from zhuanban.domains.plans.models import DateRequest
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.domains.problems.models import Dismissal, TimeRequest
from zhuanban.domains.problems.rules import TOP
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.engines.calendars import WorkCalendar
from zhuanban.kernel import access, actions, clock, deadlines, memo, show
from zhuanban.kernel.models import Deadline

SHOWN = 10
FIRST = 40
"""Deadlines read for the list: two clocks of one problem are one line of it."""
TOGETHER = ("problems.rise", "problems.silent", "problems.file")
"""The kinds of deadlines of which several run on one row at once."""
CENTRE = "problems.triage"
"""The verb of those who are an area's centre."""
ASKED = 12
"""Requests looked at: they have no clock of their own, and stand under the day on which they were made."""
ASKS = {"problems.grant_time": TimeRequest, "problems.not_accept": Dismissal}
"""What holders of the tier below ask for, by the verb that grants it."""


@dataclass(frozen=True)
class Owed:
    """One line: what, by when, why, and the button. `late` and `left` count working days; `clock` is false for what nobody has set a day
    for (it is due since it was asked), `daily` true for a report of a day that is not there yet."""

    title: str
    url: str
    due_on: date
    why: str = ""
    button: Button | None = None
    tags: tuple[tuple[str, str], ...] = ()
    late: int = 0
    left: int = 0
    clock: bool = True
    today: bool = False
    weekday: str = ""
    daily: bool = False


@dataclass(frozen=True)
class Now:
    """The day for which the list is made, and the calendar that counts its working days: read once for the page."""

    today: date
    days: WorkCalendar

    @classmethod
    def read(cls) -> Now:
        return cls(clock.today(), deadlines.calendar())

    def line(self, title: str, url: str, due_on: date, **facts: Any) -> Owed:
        """A line with the working days that are left or gone by."""
        return Owed(
            title,
            url,
            due_on,
            late=self.days.elapsed_working_days(due_on, self.today) if due_on < self.today else 0,
            left=self.days.elapsed_working_days(self.today, due_on) if due_on > self.today else 0,
            today=due_on == self.today,
            weekday=show.weekday(due_on),
            **facts,
        )


@dataclass(frozen=True)
class Desk:
    """The list as a page shows it: the first lines, how many there are in all, and how many of them the page shows elsewhere."""

    lines: list[Owed]
    number: int
    elsewhere: int = 0

    @property
    def more(self) -> int:
        return max(0, self.number - len(self.lines) - self.elsewhere)


def desk(user: Any, *, shown: int = SHOWN, todays: bool = True) -> Desk:
    """Everything that the person owes, the most pressing first; what nobody has set a day for comes last. Without `todays` the daily
    reports that are due only now are counted and not listed: the page has them as cards."""
    now = Now.read()
    clocks, number = of_deadlines(user, now, shown)
    others = [line for source in SOURCES for line in source(user, now)]
    asked = asks(user)
    listed = others if todays else [each for each in others if not (each.today and each.daily)]
    room = max(0, shown - sum(each.clock for each in [*clocks, *listed]))
    lines = sorted([*clocks, *listed, *of_asks(now, asked[:room])], key=lambda each: (not each.clock, each.due_on, each.title))
    return Desk(lines[:shown], number + len(others) + len(asked), len(others) - len(listed))


def badge(user: Any) -> int:
    """How much the person owes by a day, beside the first page's name in the navigation: the clocks and the daily reports."""
    return _number(held(user)) + len(of_tracks(user, Now.read()))


def held(user: Any) -> QuerySet[Deadline]:
    """The deadlines that are the person's own to meet: in person, for the office, and for an area's centre if one dispatches there.
    A leader or an inspector of an area sees what its centre owes, but does not owe it."""
    desks = {f"area:{grant.area_id}" for grant in user.grants if grant.area_id and CENTRE in grant.verbs}
    keys = [key for key in user.principal_keys if not key.startswith("area:") or key in desks or key.count(":") > 1]
    return Deadline.objects.filter(holder__in=access.own_ids(user, keys), state__in=[Deadline.State.OPEN, Deadline.State.PAUSED])


def _number(rows: QuerySet[Deadline]) -> int:
    """How many things they are (see `_thing`)."""
    alone = Case(When(on_due__in=TOGETHER, then=0), default="pk", output_field=BigIntegerField())
    return rows.order_by().values("url", "on_due", alone=alone).distinct().count()


def _thing(row: Deadline) -> tuple[Any, ...]:
    """What makes two clocks one thing to do: a problem's time to answer it and its time to solve it."""
    return (row.url, row.on_due) if row.on_due in TOGETHER else (row.pk,)


# With a clock -----------------------------------------------------------------------------------------------------------------


def of_deadlines(user: Any, now: Now, shown: int = FIRST) -> tuple[list[Owed], int]:
    """The first deadlines that the person holds, as lines with what is behind them, as many as are shown; and how many there are in all."""
    mine = held(user)
    rows = list(mine.select_related("dossier").order_by("due_on", "pk")[:FIRST])
    things = {_thing(row): row for row in reversed(rows)}
    listed = [row for row in rows if things[_thing(row)] is row][:shown]
    found = moves.behind(user, listed)
    ways = moves.buttons(user, found.values())
    lines = [_of_deadline(now, row, found.get(row.pk), ways.get(row.pk)) for row in listed]
    return lines, _number(mine) if len(rows) == FIRST else len(things)


def _of_deadline(now: Now, row: Deadline, found: moves.Found | None, button: Button | None) -> Owed:
    tags = [
        *([("yellow", _("停表"))] if row.state == Deadline.State.PAUSED else []),
        *([("", _("暂按平常年历"))] if row.provisional else []),
    ]
    url = row.url or (found.row.get_absolute_url() if found else "") or row.dossier.get_absolute_url()
    return now.line(row.title, url, row.due_on, why=found.why if found else row.dossier.ref, button=button, tags=tuple(tags))


def of_tracks(user: Any, now: Now) -> list[Owed]:
    """The daily reports that a secretary has not filed yet."""
    if tracks.FILE not in user.verbs or not any(key.startswith("user:") for key in user.keys_for(tracks.FILE)):
        return []
    found = []
    for each in tracks.owed_today(user):
        why = (
            ngettext("还差 %(n)s 天的日报", "还差 %(n)s 天的日报", each["days"]) % {"n": each["days"]}
            if each["days"] > 1
            else _("昨天的数已带入，改动的才填")
        )
        button = Button(_("填报"), each["url"], dialog=False)
        found.append(
            now.line(_("日报：%(name)s") % {"name": each["project"].name}, each["url"], each["due"], why=why, button=button, daily=True)
        )
    return found


# What the day asks of a centre ---------------------------------------------------------------------------------------------------


def of_missing_reports(user: Any, now: Now) -> list[Owed]:
    """The reports that sites of a dispatcher's areas still lack today, with the button that reminds their secretaries."""
    keys = [grant.area_id for grant in user.grants if grant.area_id and "dispatch.remind_missing" in grant.verbs]
    if not keys or not now.days.is_workday(now.today):
        return []
    area = Area.objects.filter(pk__in=keys).order_by("position").first()
    if area is None:
        return []
    rows = [each for each in tracks.by_area(tracks.of_area(Project.objects.visible_to(user), area), now.today) if each["missing"]]
    number = sum(each["missing"] for each in rows)
    if not number:
        return []
    named = [f"{each['area__name'] or _('未落位')} {each['missing']}" for each in rows[:3]]
    others = sum(each["missing"] for each in rows[3:])
    why = " · ".join([*named, *([_("其他 %(n)s") % {"n": others}] if others else [])])
    known = actions.REGISTRY["dispatch.remind_missing"]
    button = None if known.reason_against(area) else Button(_("一键催报"), reverse("kernel:act", args=[known.name, area.pk]))
    title = ngettext("%(n)s 个项目今天缺日报", "%(n)s 个项目今天缺日报", number) % {"n": number}
    return [now.line(title, reverse("dispatch:missing"), now.today, why=why, button=button)]


def of_meetings(user: Any, now: Now) -> list[Owed]:
    """The next meeting that the person runs and whose agenda is not built yet; on its day, the meeting to open."""
    if "dispatch.build_agenda" not in user.verbs:
        return []
    row = next_meeting(user)
    if row is None or not runs(user, row):
        return []
    verb = "dispatch.open_meeting" if row.held_on <= now.today and row.built_at else "dispatch.build_agenda"
    if row.built_at and verb == "dispatch.build_agenda":
        return []
    known = actions.REGISTRY[verb]
    button = None if known.reason_against(row) else Button(str(known.label), reverse("kernel:act", args=[verb, row.pk]))
    title = _("%(title)s：%(what)s") % {"title": row.title, "what": known.label}
    return [now.line(title, row.get_absolute_url(), row.held_on, why=f"{row.starts_at:%H:%M} {row.place}".strip(), button=button)]


def next_meeting(user: Any) -> Meeting | None:
    """The next meeting that the person is in, today's among them."""
    return memo.once(("cockpit.next_meeting", user.pk), lambda: _next_meeting(user))


def _next_meeting(user: Any) -> Meeting | None:
    rows = Meeting.objects.visible_to(user).filter(state__in=[Meeting.State.PLANNED, Meeting.State.OPEN], held_on__gte=clock.today())
    mine = [f"area:{grant.area_id}" for grant in user.grants if grant.area_id and grant.scope_key in user.inside_keys]
    found = list(rows.select_related("series", "series__force").order_by("held_on", "starts_at", "pk")[:30])
    own = [row for row in found if f"area:{row.series.area_id}" in mine or row.chair_id == user.pk]
    return next(iter(own or found), None)


def runs(user: Any, meeting: Meeting) -> bool:
    """Whether the meeting is one's own to prepare: of one's area, or of the force that one leads."""
    areas = {grant.area_id for grant in user.grants if "dispatch.build_agenda" in grant.verbs and grant.area_id}
    force = meeting.series.force
    return meeting.series.area_id in areas if force is None else force.lead_id == user.pk


# Asked, without a clock -----------------------------------------------------------------------------------------------------------


def of_date_requests(user: Any, now: Now) -> list[Owed]:
    """Dates of nodes that the person may grant or deny, without those that the person owes by a deadline."""
    if "plans.grant_date" not in user.verbs:
        return []
    rank = plan_rules.rank(user)
    rows = access.actable(user, "plans.grant_date", DateRequest.objects.filter(state=DateRequest.State.OPEN, rank__lt=rank), "project_id")
    rows = rows.exclude(asked_by=user).exclude(deadline__in=held(user).values("pk"))
    rows = rows.select_related("node__work", "project", "deadline", "asked_by").order_by("created_at")[:ASKED]
    return [
        now.line(
            _("节点调整：%(name)s") % {"name": row.project.name},
            row.get_absolute_url(),
            row.deadline.due_on if row.deadline else row.created_at.date(),
            why=told.date_request(row),
            button=Button(_("审定"), reverse("kernel:act", args=["plans.grant_date", row.pk])),
            clock=row.deadline is not None,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Ask:
    """A request of the tier below: the verb that grants it, its row, and what tells whose to answer it is."""

    verb: str
    pk: int
    project: int
    tier: int
    reporter: int | None
    firms: frozenset[str]


def asks(user: Any) -> list[Ask]:
    """What holders of the tier below ask of this person: more time, or leave not to take a problem up; of each the oldest first."""
    asked = [ask for verb, model in ASKS.items() if verb in user.verbs for ask in _asked(user, model, verb)]
    above = _above(user, {ask.project for ask in asked}) if asked else {}
    return [ask for ask in asked if _mine(user, ask, above)][: 2 * ASKED]


def _asked(user: Any, model: Any, verb: str) -> list[Ask]:
    """The open requests that the person's right to answer reaches."""
    rows = model._default_manager.filter(state=model.State.ASKED, problem__state__in=["reported", "triaged", "assigned", "in_progress"])
    rows = access.actable(user, verb, rows, "problem__project_id").exclude(by=user).order_by("created_at")
    facts = ("pk", "problem__project", "problem__tier", "problem__reporter", "problem__reporter_org", "problem__project__owner_org")
    return [
        Ask(verb, pk, project, tier, reporter, frozenset(f"org:{firm}" for firm in firms if firm))
        for pk, project, tier, reporter, *firms in rows.values_list(*facts)[: ASKED * 4]
    ]


def of_asks(now: Now, chosen: list[Ask]) -> list[Owed]:
    """These requests as lines of the list. One query for each kind."""
    titles = {"problems.grant_time": _("申请延期：%(title)s"), "problems.not_accept": _("申请不予受理：%(title)s")}
    lines = []
    for verb, model in ASKS.items():
        wanted = [ask.pk for ask in chosen if ask.verb == verb]
        rows: Any = model._default_manager.filter(pk__in=wanted).order_by("created_at")
        rows = rows.select_related("problem__project") if wanted else ()
        lines += [_of_ask(now, row, verb, titles[verb]) for row in rows]
    return lines


def _of_ask(now: Now, row: Any, verb: str, title: str) -> Owed:
    days = _("%(n)s 个工作日") % {"n": row.days} if hasattr(row, "days") else ""
    return now.line(
        title % {"title": row.problem.title},
        row.problem.get_absolute_url(),
        row.created_at.date(),
        why=" · ".join(part for part in (row.problem.project.name, row.problem.holder_name, days, row.reason) if part),
        button=Button(_("答复"), reverse("kernel:act", args=[verb, row.problem_id])),
        clock=False,
    )


def _above(user: Any, projects: set[int]) -> dict[int, set[int]]:
    """Project -> the tiers whose requests come to this person by what the person carries. Where a city's leader carries the project, the
    third tier is that leader and not the district's."""
    posts = Responsibility.objects.filter(project__in=projects).in_force_on(clock.today())
    rows = posts.filter(Q(post="task_force", force__lead=user.pk) | Q(post="leader")).order_by("-level")
    above: dict[int, set[int]] = {}
    leaders: dict[int, int | None] = {}
    for project, post, person in rows.values_list("project", "post", "person"):
        if post == "task_force":
            above.setdefault(project, set()).add(1)
        else:
            leaders[project] = person
    for project, person in leaders.items():
        if person == user.pk:
            above.setdefault(project, set()).add(2)
    return above


def _mine(user: Any, ask: Ask, above: dict[int, set[int]]) -> bool:
    """Requests are answered by the reporter (more time only), by who leads the force above the secretary, by who leads the project above
    the force, and by the city's centre above all."""
    if ask.tier in above.get(ask.project, set()):
        return True
    if ask.tier == TOP and f"area:{city_key()}" in user.keys_for(CENTRE):
        return True
    asks_time = ASKS[ask.verb] is TimeRequest
    return asks_time and (ask.reporter == user.pk or bool(ask.firms & (user.principal_keys - user.inside_keys)))


def of_light_rules(user: Any, now: Now) -> list[Owed]:
    """Drafts of the light's rules that have been tried and wait for a second person to adopt them."""
    if "dispatch.adopt_light_rules" not in user.verbs:
        return []
    drafts = LightRuleSet.objects.visible_to(user).filter(state=LightRuleSet.State.DRAFT, tried_at__isnull=False).exclude(created_by=user)
    return [
        now.line(
            _("启用亮灯规则 %(version)s") % {"version": row},
            row.get_absolute_url(),
            row.effective_from,
            why=row.basis,
            button=Button(_("启用规则"), reverse("kernel:act", args=["dispatch.adopt_light_rules", row.pk])),
        )
        for row in drafts[:3]
    ]


def of_grants(user: Any, now: Now) -> list[Owed]:
    """Rights that a colleague has asked for somebody and that this person may approve."""
    if "people.approve_grant" not in user.verbs:
        return []
    rows = (
        RoleGrant.objects.visible_to(user)
        .filter(state=RoleGrant.State.REQUESTED)
        .exclude(requested_by=user)
        .select_related("user", "area", "organisation", "requested_by")
    )
    return [
        now.line(
            _("批准授权：%(name)s · %(role)s") % {"name": row.user.name, "role": row.role_label},
            row.get_absolute_url(),
            row.from_day,
            why=" · ".join([row.scope_words, row.requested_by.name, row.reason]),
            button=Button(_("批准"), reverse("kernel:act", args=["people.approve_grant", row.pk])),
            clock=False,
        )
        for row in rows.order_by("from_day", "pk")[:ASKED]
    ]


Source: TypeAlias = Callable[[Any, Now], list[Owed]]
SOURCES: tuple[Source, ...] = (of_tracks, of_missing_reports, of_meetings, of_date_requests, of_light_rules, of_grants)
"""What people owe beside their deadlines. Each asks nothing of those whom it does not concern; see also `asks`."""
