"""Projects on a first page: those that a person carries, and those that need a look. What rows need is read for all of them at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.queries import told
from zhuanban.domains.dispatch.models import DailyTrack
from zhuanban.domains.dispatch.queries import lights
from zhuanban.domains.dispatch.queries.lights import Shown
from zhuanban.domains.plans import queries as plans
from zhuanban.domains.plans.models import Forecast, Node
from zhuanban.domains.portfolio import queries as portfolio
from zhuanban.domains.portfolio.models import Contest, Project
from zhuanban.domains.problems.models import Problem
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel import access, charts, clock, show
from zhuanban.kernel.models import Access

CARRIED = 12
"""Projects of one's own on a first page; a person carries one or two, a secretary a few."""


# Whose ------------------------------------------------------------------------------------------------------------------------------


def carried(user: Any, *posts: str) -> QuerySet[Project]:
    """The projects that a person carries in a post, or leads or serves in a task force of, today."""
    held = Responsibility.objects.in_force_on(clock.today()).filter(post__in=posts)
    mine = Q(person=user.pk) | Q(force__lead=user.pk) | Q(force__members__person=user.pk, force__members__to_day=None)
    return Project.objects.visible_to(user).filter(pk__in=held.filter(mine).values("project"))


def own(user: Any) -> QuerySet[Project]:
    """The projects on which a person may act in the own name or for the own firm, whoever wrote that down."""
    keys = [key for key in user.principal_keys if key.startswith(("user:", "org:")) and key.count(":") == 1]
    principals = access.own_ids(user, keys)
    held = Access.objects.filter(principal__in=principals, level__gte=access.ACT)
    living = Project.objects.exclude(stage__in=[Project.Stage.ARCHIVED, Project.Stage.CANCELLED])
    return living.filter(Exists(held.filter(dossier=OuterRef("pk"))))


# Cards ------------------------------------------------------------------------------------------------------------------------------


@dataclass
class Card:
    """A project with what somebody who carries it wants to know: its light and why, what comes next, what stands in the way."""

    project: Project
    light: Shown | None = None
    forecast: Forecast | None = None
    node: Node | None = None
    left: int | None = None
    open: int = 0
    late: int = 0
    filed: DailyTrack | None = None
    changed: bool = False

    @property
    def countdown(self) -> str:
        """`离暖封闭还有 12 天`, `暖封闭已过 3 天`, or nothing where no node has a date."""
        if self.node is None or self.left is None:
            return ""
        words = {"node": self.node.shown_name, "n": abs(self.left)}
        if self.left == 0:
            return _("%(node)s 今天到期") % words
        return (_("离%(node)s还有 %(n)s 天") if self.left > 0 else _("%(node)s 已过期 %(n)s 天")) % words

    @property
    def enclosure(self) -> Decimal | None:
        """The chance of being enclosed before the frost, in per cent."""
        chance = self.forecast.enclosed_in_time if self.forecast else None
        return None if chance is None else Decimal(str(chance)) * 100


def cards(user: Any, rows: QuerySet[Project], limit: int = CARRIED) -> list[Card]:
    """The projects as cards, the worst light first. Six queries for any number of them."""
    projects = list(rows.select_related("area", "dossier").order_by("-money_order", "-pk")[:limit])
    keys = [project.pk for project in projects]
    shown, forecasts, nodes = lights.by_project(keys), plans.current_forecasts(keys), next_nodes(keys)
    counts, filed = open_problems(user, keys), todays(keys)
    today, since = clock.today(), user.last_visit_at
    made = []
    for project in projects:
        node = nodes.get(project.pk)
        count = counts.get(project.pk, (0, 0))
        changed_at = project.dossier.changed_at
        made.append(
            Card(
                project,
                shown.get(project.pk),
                forecasts.get(project.pk),
                node,
                (node.due_on - today).days if node and node.due_on else None,
                *count,
                filed.get(project.pk),
                bool(since and changed_at and changed_at > since),
            )
        )
    return sorted(made, key=lambda card: ORDER.get(card.light.level if card.light else "", 4))


ORDER = {"red": 0, "yellow": 1, "grey": 2, "green": 3}


def next_nodes(keys: list[int]) -> dict[int, Node]:
    """Project -> its node that is due next, or was due first. One query."""
    first = Node.objects.filter(project=OuterRef("pk"), reached_on=None).exclude(due_on=None).order_by("due_on", "position", "pk")
    due = Project.objects.filter(pk__in=keys).annotate(first=Subquery(first.values("pk")[:1]))
    return {node.project_id: node for node in Node.objects.filter(pk__in=due.values("first")).select_related("work")}


def open_problems(user: Any, keys: list[int]) -> dict[int, tuple[int, int]]:
    """Project -> its problems being worked on, and those that are late."""
    late = Q(due_on__lt=clock.today(), paused_since=None)
    rows = Problem.objects.visible_to(user).filter(project__in=keys, state__in=Problem.WORKING).order_by()
    counted = rows.values_list("project").annotate(n=Count("pk"), behind=Count("pk", filter=late))
    return {pk: (n, behind) for pk, n, behind in counted}


def todays(keys: list[int]) -> dict[int, DailyTrack]:
    """Project -> its report of today."""
    return {row.project_id: row for row in DailyTrack.objects.filter(project__in=keys, day=clock.today())}


# Needing a look -------------------------------------------------------------------------------------------------------------------


@dataclass
class Row:
    """A project in the table of those that need a look: its light, the reasons worst first, how far the year is, and who has it."""

    project: Any
    level: str
    why: str
    forecast: Forecast | None = None
    who: str = ""
    progress: str = ""


def watched(user: Any, limit: int = 8) -> list[Row]:
    """The worst lights that the person sees; before any light was computed, what stands still or is contested."""
    found = lights.worst(user, limit)
    rows = [Row(row.project, row.level, lights.shown(row, 2).why) for row in found] or needing_a_look(user, limit)
    keys = [row.project.pk for row in rows]
    forecasts, names = plans.current_forecasts(keys), holders(keys)
    for row in rows:
        row.forecast, row.who = forecasts.get(row.project.pk), names.get(row.project.pk, "")
    add_progress(rows)
    return rows


def holders(keys: list[int]) -> dict[int, str]:
    """Project -> who has its most pressing problem, else the secretary. Two queries."""
    pressing = Problem.objects.filter(project=OuterRef("pk"), state__in=Problem.WORKING).order_by("due_on", "pk").values("holder_name")[:1]
    rows = Project.objects.filter(pk__in=keys).annotate(who=Subquery(pressing)).values_list("pk", "who")
    posts = Responsibility.objects.filter(project__in=keys, post=Responsibility.Post.SECRETARY).in_force_on(clock.today())
    secretaries = dict(posts.values_list("project", "person__name"))
    return {pk: who or secretaries.get(pk) or "" for pk, who in rows}


def needing_a_look(user: Any, limit: int = 8) -> list[Row]:
    """The largest projects that stand still or whose numbers are contested."""
    contested = Contest.objects.filter(state=Contest.State.OPEN)
    seen = Project.objects.visible_to(user).filter(Q(stage=Project.Stage.SUSPENDED) | Q(pk__in=contested.values("project")))
    projects = list(seen.select_related("area", "owner_org").order_by("-money_order", "-pk")[:limit])
    doubts: dict[int, list[str]] = defaultdict(list)
    for contest in contested.filter(project__in=projects).order_by("pk"):
        doubts[contest.project_id].append(told.claim(contest)["label"])
    rows = []
    for project in projects:
        stopped = project.stage == Project.Stage.SUSPENDED
        reasons = [_("停工：%(reason)s") % {"reason": project.end_reason}] if stopped else []
        reasons += [_("数据有异议：%(what)s") % {"what": label} for label in doubts[project.pk]]
        rows.append(Row(project, "red" if stopped else "yellow", "；".join(reasons)))
    return rows


def add_progress(rows: list[Row]) -> None:
    """Each project's share of the year's plan beside the share of the year that is over. Two queries."""
    projects = [row.project for row in rows]
    portfolio.add_year_to_date(projects)
    expected = float(time_progress(portfolio.reporting_year(clock.today()), clock.today()))
    for row in rows:
        share = row.project.completion
        row.progress = "" if share is None else charts.progress_tick(float(share), expected, title=progress_words(share, expected))


def progress_words(actual: Decimal, expected: float) -> str:
    return _("完成 %(actual)s，时序 %(expected)s") % {
        "actual": show.text_of(actual, "percent"),
        "expected": show.text_of(Decimal(expected), "percent"),
    }


def time_progress(year: int, today: date) -> Decimal:
    """Months of the year that are over, in per cent (domain handbook 4.4)."""
    months = 12 if today.year > year else max(today.month - 1, 0) if today.year == year else 0
    return Decimal(months * 100) / 12


def attention() -> list[dict[str, str]]:
    """What somebody should look at: a chip of a listing, its words and its light."""
    lit, projects = reverse("dispatch:lights"), reverse("portfolio:projects")
    return [
        {"listing": "dispatch.lights", "chip": "red", "label": _("红灯"), "tone": "red", "url": lit},
        {"listing": "dispatch.lights", "chip": "yellow", "label": _("黄灯"), "tone": "yellow", "url": lit},
        {"listing": "dispatch.lights", "chip": "own_better", "label": _("自报不一致"), "tone": "yellow", "url": lit},
        {"listing": "portfolio.projects", "chip": "suspended", "label": _("停工项目"), "tone": "red", "url": projects},
        {"listing": "portfolio.projects", "chip": "unreported", "label": _("上月投资缺报"), "tone": "yellow", "url": projects},
        {"listing": "portfolio.projects", "chip": "contested", "label": _("数据有异议"), "tone": "yellow", "url": projects},
        {"listing": "portfolio.projects", "chip": "no_code", "label": _("缺项目代码"), "tone": "grey", "url": projects},
    ]
