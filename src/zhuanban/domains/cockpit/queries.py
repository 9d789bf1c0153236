"""What the cockpit reads across the city for one person."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio import figures as portfolio_figures
from zhuanban.domains.portfolio import queries as portfolio
from zhuanban.domains.portfolio.models import Contest, Project
from zhuanban.kernel import actions, clock, deadlines
from zhuanban.kernel.figures import Scope
from zhuanban.kernel.models import Dossier, Event


def listed_for(user):
    """The projects of the list that is being read, as far as the person sees them, and the list's year."""
    scope = Scope.today(user=user)
    year = portfolio_figures.list_year(scope)
    return portfolio.listed(Project.objects.visible_to(user), year), year


def owed(user, limit: int = 8) -> list[dict[str, Any]]:
    """What the person owes, the most pressing first, each with how late it is in working days."""
    today, days = clock.today(), deadlines.calendar()
    rows = list(deadlines.owed_by(user)[:limit])
    return [
        {
            "deadline": row,
            "late": days.elapsed_working_days(row.due_on, today) if row.due_on < today else 0,
            "due_today": row.due_on == today,
        }
        for row in rows
    ]


def changes_since(user, limit: int = 10) -> list[dict[str, Any]]:
    """The newest events of dossiers the person sees, since the visit before this one."""
    dossiers = Dossier.objects.visible_to(user).exclude(kind="ledger")
    since = user.last_visit_at
    rows = dossiers.filter(changed_at__gt=since) if since else dossiers
    newest = list(rows.exclude(changed_at=None).order_by("-changed_at")[:limit])
    heads = {
        (event.dossier_id, event.seq): event
        for event in Event.objects.filter(dossier_id__in=[row.pk for row in newest]).order_by("-pk")[: limit * 8]
    }
    return [_told(row, heads.get((row.pk, row.head_seq))) for row in newest]


def _told(dossier: Dossier, event: Event | None) -> dict[str, Any]:
    known = actions.REGISTRY.get(event.verb) if event else None
    stage = ((event.data.get("changes") or {}).get("stage") or [None, None])[1] if event else None
    return {
        "dossier": dossier,
        "at": timezone.localtime(dossier.changed_at),
        "label": known.label if known else "",
        "detail": Project.Stage(stage).label if stage in Project.Stage.values else "",
    }


def area_rows(user) -> list[dict[str, Any]]:
    """Areas with count, planned investment and share of the year's plan completed. Five queries whatever the city's size."""
    rows, year = listed_for(user)
    done = {row["project__area"]: row["s"] for row in portfolio.invested_by_area(rows, year)}
    plan = {row["project__area"]: row["s"] for row in portfolio.planned_by_area(rows, year)}
    names = {area.key: area for area in Area.objects.all()}
    return [
        {
            **row,
            "area": names.get(row["area"]),
            "key": row["area"],
            "done": done.get(row["area"]),
            "plan": plan.get(row["area"]),
            "share": done[row["area"]] * 100 / plan[row["area"]] if plan.get(row["area"]) and row["area"] in done else None,
        }
        for row in portfolio.by_area(rows)
    ]


def attention(user) -> list[dict[str, Any]]:
    """What somebody should look at: words, count, and the list that it opens."""
    chips = [
        ("suspended", _("停工项目"), "red"),
        ("unreported", _("上月投资缺报"), "yellow"),
        ("contested", _("数据有异议"), "yellow"),
        ("no_code", _("缺项目代码"), "grey"),
    ]
    return [{"chip": chip, "label": label, "tone": tone} for chip, label, tone in chips]


def open_contests(user):
    return (
        Contest.objects.visible_to(user)
        .filter(state=Contest.State.OPEN)
        .select_related("project", "by", "deadline")
        .order_by("deadline__due_on", "pk")
    )
