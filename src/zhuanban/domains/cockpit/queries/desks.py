"""What single desks read: who is late, what was ordered, what an enterprise waits for, and what administrators look after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.queries import moves
from zhuanban.domains.cockpit.queries.moves import Button, Found
from zhuanban.domains.people.models import RoleGrant, User
from zhuanban.domains.people.queries import EVENT_WORDS
from zhuanban.domains.plans.models import Node
from zhuanban.domains.portfolio import queries as portfolio
from zhuanban.domains.portfolio.figures import missing_report
from zhuanban.domains.portfolio.models import Contest, Project
from zhuanban.domains.problems import queries as problems
from zhuanban.domains.problems.models import Instruction, Problem, Promise, Supervision
from zhuanban.kernel import actions, clock, deadlines
from zhuanban.kernel.models import CalendarYear, Checkpoint, Event, Job, Parameter

COMING = 14
"""Days ahead in which a node is listed as coming."""


# Nodes -----------------------------------------------------------------------------------------------------------------------------


def coming(user: Any, rows: QuerySet[Node], limit: int = 8) -> list[dict[str, Any]]:
    """Nodes of the next days, and those of one's own that have passed, each with the button that reports it done."""
    today = clock.today()
    near = rows.filter(reached_on=None, due_on__lte=today + timedelta(days=COMING)).select_related("project__dossier", "work")
    found = list(near.order_by("due_on", "project", "position")[:limit])
    ways = moves.buttons(user, [Found(row.pk, row, ("plans.reach",)) for row in found])
    return [{"node": row, "left": (row.due_on - today).days, "button": ways.get(row.pk)} for row in found if row.due_on]


def nodes_ahead(user: Any) -> QuerySet[Node]:
    """The nodes that the person sees whose day is still to come."""
    return Node.objects.visible_to(user).filter(due_on__gte=clock.today())


# Who is late -----------------------------------------------------------------------------------------------------------------------


def late_by_holder(user: Any, limit: int = 6) -> list[dict[str, Any]]:
    """Who holds how many problems past their day, the most first, and how many working days the oldest is late. One query."""
    today, days = clock.today(), deadlines.calendar()
    rows = Problem.objects.visible_to(user).overdue(today).order_by().values("holder_key", "holder_name", "department")
    found = rows.annotate(n=Count("pk"), oldest=Min("due_on"), top=Count("pk", filter=Q(tier=3))).order_by("-n", "oldest", "holder_key")[
        :limit
    ]
    return [row | {"late": days.elapsed_working_days(row["oldest"], today)} for row in found]


def ordered_by(user: Any, limit: int = 6) -> list[Instruction]:
    """The written instructions that the person has given and that nobody has carried out yet, the oldest day first."""
    rows = Instruction.objects.visible_to(user).filter(by=user, state=Instruction.State.OPEN)
    return list(rows.select_related("problem__project", "deadline").order_by("deadline__due_on", "pk")[:limit])


def supervisions(user: Any, limit: int = 8) -> list[Supervision]:
    """The supervision orders that are open, the oldest day first."""
    rows = Supervision.objects.visible_to(user).filter(state=Supervision.State.OPEN)
    return list(rows.select_related("problem__project", "deadline", "by").order_by("deadline__due_on", "pk")[:limit])


def urge(user: Any, rows: list[Problem]) -> dict[int, Button]:
    """Problem -> the button that reminds its holder, where the person may."""
    return moves.buttons(user, [Found(row.pk, row, ("problems.urge",)) for row in rows])


# An enterprise ---------------------------------------------------------------------------------------------------------------------


def reported(user: Any, limit: int = 8) -> list[dict[str, Any]]:
    """What the person, the firm or its projects have reported and is still open, the most pressing first, each with the button to urge."""
    today = clock.today()
    rows = list(problems.mine(user).filter(state__in=Problem.WORKING).order_by("due_on", "pk")[:limit])
    ways = urge(user, rows)
    return [{"row": row, "late": row.late, "left": (row.due_on - today).days, "button": ways.get(row.pk)} for row in rows]


def promises(user: Any, limit: int = 6) -> list[Promise]:
    """The promises made to the person's side that are not kept yet, the first due first; broken ones before them."""
    firms = [grant.organisation_id for grant in user.grants if grant.organisation_id and grant.scope_key not in user.inside_keys]
    own = Q(made_to__in=firms) | Q(project__owner_org__in=firms)
    rows = Promise.objects.visible_to(user).standing().filter(own, kept_on=None, instruction=None)
    return list(rows.select_related("problem", "project").order_by("due_on", "pk")[:limit])


# Statistics and promotion ------------------------------------------------------------------------------------------------------------


def unreported(user: Any, limit: int = 8) -> dict[str, Any]:
    """The largest projects under construction without last month's investment, and how many there are."""
    rows = missing_report(Project.objects.visible_to(user), clock.today())
    return {"rows": list(rows.select_related("area").order_by("-money_order", "-pk")[:limit]), "number": rows.count()}


def contests(user: Any, limit: int = 6) -> list[Contest]:
    """The numbers that the person sees contested, the oldest first."""
    rows = Contest.objects.visible_to(user).filter(state=Contest.State.OPEN)
    return list(rows.select_related("project", "by", "deadline").order_by("created_at", "pk")[:limit])


EARLY = (Project.Stage.LEAD, Project.Stage.NEGOTIATING, Project.Stage.SIGNED)


def leads(user: Any, rows: QuerySet[Project], limit: int = 10) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Leads, talks and signings, those that have stood in their stage longest first, with the days and the button that takes them on;
    and how many there are by stage."""
    today, early = clock.today(), rows.filter(stage__in=EARLY)
    found = list(early.select_related("area", "dossier").prefetch_related("proofs").order_by("stage_since", "pk")[:limit])
    ways = moves.reach(user, {("portfolio.advance", row.pk) for row in found}) if "portfolio.advance" in user.verbs else set()
    return [
        {"project": row, "days": (today - row.stage_since).days if row.stage_since else None, "may": ("portfolio.advance", row.pk) in ways}
        for row in found
    ], portfolio.stage_counts(early)


# Administrators ----------------------------------------------------------------------------------------------------------------------

SOON = 30


def accounts(user: Any) -> dict[str, Any]:
    """For the security administrator: locked accounts, and grants that end within a month."""
    today = clock.today()
    locked = User.objects.visible_to(user).filter(locked_until__gt=clock.machine_now()).order_by("-locked_until")[:6]
    ending = RoleGrant.objects.visible_to(user).in_force_on(today).filter(to_day__lte=today + timedelta(days=SOON), to_day__gte=today)
    return {"locked": list(locked), "ending": list(ending.select_related("user", "area", "organisation").order_by("to_day", "pk")[:8])}


def machinery() -> dict[str, Any]:
    """For the system administrator: jobs that failed in the last week, jobs that wait, years without an official calendar, rules to come."""
    today, now = clock.today(), clock.machine_now()
    failed = Job.objects.filter(status=Job.Status.FAILED, finished_at__gte=now - timedelta(days=7)).order_by("-finished_at")[:6]
    years = set(CalendarYear.objects.values_list("year", flat=True))
    counts = dict(
        Job.objects.filter(status__in=[Job.Status.READY, Job.Status.RUNNING]).order_by().values_list("status").annotate(n=Count("pk"))
    )
    return {
        "failed": list(failed),
        "waiting": counts.get(Job.Status.READY, 0),
        "running": counts.get(Job.Status.RUNNING, 0),
        "years": [year for year in (today.year, today.year + 1) if year not in years],
        "rules": list(Parameter.objects.filter(effective_from__gt=today).order_by("effective_from", "name")[:8]),
    }


def trail() -> dict[str, Any]:
    """For the audit administrator: the newest seal, and what was done with rights, exports and sign-ins in the last week, by kind."""
    since = clock.now() - timedelta(days=7)
    watched = Q(verb__in=["kernel.export", "kernel.set_parameter", "kernel.load_calendar"]) | Q(verb__startswith="people.")
    counts = Event.objects.filter(watched, at__gte=since).order_by().values_list("verb").annotate(n=Count("pk")).order_by("-n", "verb")
    return {"seal": Checkpoint.objects.order_by("-at").first(), "counts": [{"label": verb_label(verb), "n": n} for verb, n in counts[:12]]}


def verb_label(verb: str) -> str:
    """What a verb is called; sign-ins and the like are no verbs of the registry."""
    known = actions.REGISTRY.get(verb)
    if known:
        return str(known.label)
    return _(EVENT_WORDS[verb]) if verb in EVENT_WORDS else _("导出") if verb == "kernel.export" else verb
