"""What the cockpit reads across the city for one person."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio import figures as portfolio_figures
from zhuanban.domains.portfolio import queries as portfolio
from zhuanban.domains.portfolio.models import Contest, Project
from zhuanban.kernel import actions, clock, deadlines, figures, show
from zhuanban.kernel.figures import Reading, Scope, ratio
from zhuanban.kernel.models import Dossier, Event


def owed(user, limit: int = 8) -> list[dict[str, Any]]:
    """What the person owes, the most pressing first, each with the working days left (or gone by), and a contest's two values."""
    today, days = clock.today(), deadlines.calendar()
    rows = list(deadlines.owed_by(user).select_related("dossier", "contest__project__dossier")[:limit])
    decides = "portfolio.decide_contest" in user.verbs
    return [
        {
            "deadline": row,
            "late": days.elapsed_working_days(row.due_on, today) if row.due_on < today else 0,
            "left": days.elapsed_working_days(today, row.due_on) if row.due_on > today else 0,
            "due_today": row.due_on == today,
            "weekday": show.weekday(row.due_on),
            "contest": told_contest(row.contest) if decides and hasattr(row, "contest") else None,
        }
        for row in rows
    ]


def owed_count(user) -> int:
    return deadlines.owed_by(user).count()


def told_contest(contest: Contest) -> dict[str, Any]:
    """A contested number in words: which, what is stated and what is claimed."""
    label, stated, claimed = show.change(Project, contest.field, contest.stated or None, contest.claimed)
    return {"row": contest, "label": label, "stated": stated, "claimed": claimed}


def changes(user, limit: int = 10) -> dict[str, Any]:
    """The newest events of dossiers the person sees: since the visit before this one, or, when nothing changed since, the latest ones.

    `changed` is how many dossiers changed since that visit, None on the first.
    """
    since = user.last_visit_at
    dossiers = Dossier.objects.visible_to(user).exclude(kind="ledger").exclude(changed_at=None)
    changed = dossiers.filter(changed_at__gt=since).count() if since else None
    newest = list((dossiers.filter(changed_at__gt=since) if changed else dossiers).order_by("-changed_at")[:limit])
    heads = Q(pk__in=[])
    for row in newest:
        heads |= Q(dossier_id=row.pk, seq=row.head_seq)
    events = {event.dossier_id: event for event in Event.objects.filter(heads)}
    return {"changes": [_told(row, events.get(row.pk), inside=bool(user.inside_keys)) for row in newest], "changed": changed}


def _told(dossier: Dossier, event: Event | None, *, inside: bool) -> dict[str, Any]:
    """The newest event in words; to people from outside only what everybody may read."""
    known = actions.REGISTRY.get(event.verb) if event else None
    if known and not inside and known.readers != actions.EVERYBODY:
        known = None
    stage = ((event.data.get("changes") or {}).get("stage") or [None, None])[1] if event else None
    return {
        "dossier": dossier,
        "at": timezone.localtime(dossier.changed_at),
        "label": known.label if known else "",
        "detail": Project.Stage(stage).label if stage in Project.Stage.values else "",
    }


def area_rows(rows, year: int) -> list[dict[str, Any]]:
    """Areas with count, planned investment and share of the year's plan completed. Four queries whatever the city's size."""
    done, plan = portfolio.invested_by_area(rows, year), portfolio.planned_by_area(rows, year)
    names = {area.key: area for area in Area.objects.all()}
    return [
        {
            **row,
            "name": show.place(names.get(row["area"])),
            "key": row["area"],
            "done": done.get(row["area"]),
            "plan": plan.get(row["area"]),
            "share": done[row["area"]] * 100 / plan[row["area"]] if plan.get(row["area"]) and row["area"] in done else None,
        }
        for row in portfolio.by_area(rows)
    ]


def summed(areas: list[dict[str, Any]]) -> dict[str, Any]:
    """The last line of the areas' table."""
    total = {name: sum(row[name] or 0 for row in areas) for name in ("n", "money", "plan", "done")}
    return {**total, "share": total["done"] * 100 / total["plan"] if total["plan"] else None}


def attention() -> list[dict[str, str]]:
    """What somebody should look at: a chip of the portfolio's listing, its words and its light."""
    return [
        {"chip": "suspended", "label": _("停工项目"), "tone": "red"},
        {"chip": "unreported", "label": _("上月投资缺报"), "tone": "yellow"},
        {"chip": "contested", "label": _("数据有异议"), "tone": "yellow"},
        {"chip": "no_code", "label": _("缺项目代码"), "tone": "grey"},
    ]


def needing_a_look(user, limit: int = 8) -> list[Project]:
    """The largest projects that stand still or whose numbers are contested, each with `reasons`, worst first, and its light."""
    contested = Contest.objects.filter(state=Contest.State.OPEN)
    seen = Project.objects.visible_to(user).filter(Q(stage=Project.Stage.SUSPENDED) | Q(pk__in=contested.values("project")))
    rows = list(seen.select_related("area", "owner_org").order_by("-money_order", "-pk")[:limit])
    doubts: dict[int, list[str]] = {}
    for contest in contested.filter(project__in=rows).order_by("pk"):
        doubts.setdefault(contest.project_id, []).append(told_contest(contest)["label"])
    for row in rows:
        stopped = row.stage == Project.Stage.SUSPENDED
        row.reasons = [_("停工：%(reason)s") % {"reason": row.end_reason}] if stopped else []
        row.reasons += [_("数据有异议：%(what)s") % {"what": label} for label in doubts.get(row.pk, [])]
        row.light = "red" if stopped else "yellow"
    return rows


# The headline figures of the first pages ------------------------------------------------------------------------


def headline(scope: Scope, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Figures as cards: name, reading and a short note of what stands behind the number."""
    return [
        {"name": name, "reading": (reading := figures.REGISTRY[name].read(scope)), "note": NOTES[name](reading, scope)} for name in names
    ]


def _target_note(reading: Reading, scope: Scope) -> str:
    """The city's target stands beside the city's count only."""
    if scope.user and not any(grant.area_id == settings.CITY["area"] for grant in scope.user.grants):
        return _("%(year)s 年清单") % {"year": portfolio_figures.list_year(scope)}
    target = portfolio_figures.project_target(scope).value
    rate = ratio(reading, Reading(target, reading.rows), "", "").value
    return _("目标 %(target)s · 完成 %(rate)s") % {"target": f"{target:,}", "rate": show.text_of(rate, "percent")} if target else ""


def _sides(reading: Reading, kind: str) -> str:
    return " / ".join(show.text_of(value, kind) for value in reading.parts.values())


NOTES: dict[str, Any] = {
    "portfolio.listed": _target_note,
    "portfolio.planned_investment": lambda reading, scope: _("%(n)s 个项目合计") % {"n": f"{reading.evidence:,}"},
    "portfolio.plan_completion": lambda reading, scope: _sides(reading, "money"),
    "portfolio.winter_advance": lambda reading, scope: _("2022/23 冬"),
    "portfolio.start_resume_rate": lambda reading, scope: _sides(reading, "number"),
    "portfolio.reserve": lambda reading, scope: _("谋划、签约后待开工"),
    "portfolio.under_way": lambda reading, scope: _("含停工"),
    "portfolio.unreported": lambda reading, scope: _("在建而上月未报"),
    "portfolio.contested": lambda reading, scope: _("两个数并列，待核实"),
}
