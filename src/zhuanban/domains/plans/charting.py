"""From plans to rows of the Gantt chart: a project's activities with baseline, float and forecast, and the portfolio's nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from zhuanban.domains.plans import computing
from zhuanban.domains.plans.gantt import ENCLOSURE, MILESTONE, SPAN, TASK, Mark, Row
from zhuanban.domains.plans.models import Baseline, Forecast, Node, Plan
from zhuanban.domains.plans.situations import once
from zhuanban.domains.portfolio.models import Project
from zhuanban.engines.schedules import ScheduleResult
from zhuanban.kernel import show

LIKELY_CRITICAL = 0.5
"""In this share of the iterations an activity must lie on the driving way to be drawn as critical."""
MILESTONES = {"start_milestone", "finish_milestone"}
Span = tuple[date, date]


class Sheet:
    """The chart of one plan: an activity a line in the order of the plan, each part of the project under a heading of its own. Lines
    become rows only when they are asked for: of a large plan a page draws a few.
    """

    def __init__(
        self,
        plan: Plan,
        facts: Mapping[str, Any],
        result: ScheduleResult,
        baseline: Baseline | None,
        forecast: Forecast | None,
        today: date,
        *,
        movable: bool,
    ) -> None:
        self.plan, self.facts, self.result, self.today, self.movable = plan, facts, result, today, movable
        self.dates = once(result, "dates", lambda: computing.dates(result))
        self.index = result.network.index
        self.told = baseline.dates if baseline else {}
        kept = forecast.result if forecast else {}
        self.targets, self.shares = kept.get("targets", {}), kept.get("critical", {})
        self.enclosing = {each["enclosure"] for each in plan.document["activities"] if each.get("enclosure")}
        self.groups: dict[str, list[str]] = defaultdict(list)
        self.lines: list[str | Mapping[str, Any]] = []
        heading = ""
        for each in plan.document["activities"]:
            if each["id"] not in self.dates:
                continue
            group = each.get("group", "")
            self.groups[group].append(each["id"])
            if group and group != heading:
                self.lines.append(group)
            heading = group
            self.lines.append(each)

    def __len__(self) -> int:
        return len(self.lines)

    def rows(self, first: int = 0, last: int | None = None) -> list[Row]:
        """The rows of lines [first, last)."""
        return [self.heading(line) if isinstance(line, str) else self.row(line) for line in self.lines[first:last]]

    def days(self) -> tuple[date, ...]:
        """Days that enclose all that is drawn."""
        own = list(self.dates.values())
        then = [self.told[key] for key in self.dates if key in self.told]
        sure = [told["p"][2] for key, told in self.targets.items() if key in self.dates and not self._finished(key)]
        texts = [*(day for pair in then for day in pair), *sure]
        found = [min((first for first, _last in own), default=self.today), max((last for _first, last in own), default=self.today)]
        return (*found, *map(date.fromisoformat, {min(texts), max(texts)} if texts else ()))

    def first_open(self) -> int:
        """The line of the first activity that is not finished; 0 where all are."""
        return next((at for at, line in enumerate(self.lines) if not isinstance(line, str) and not self._finished(line["id"])), 0)

    def _finished(self, key: str) -> bool:
        return bool(self.facts.get(key, {}).get("actual_finish"))

    def then(self, key: str) -> Span | None:
        """What the baseline says of an activity."""
        days = self.told.get(key)
        return (date.fromisoformat(days[0]), date.fromisoformat(days[1])) if days else None

    def heading(self, group: str) -> Row:
        """The span of a part."""
        mine = [self.dates[key] for key in self.groups[group]]
        then = [days for key in self.groups[group] if (days := self.then(key))]
        return Row(
            key=f"group:{group}",
            name=group,
            first=min(first for first, _last in mine),
            last=max(last for _first, last in mine),
            kind=SPAN,
            then=(min(first for first, _last in then), max(last for _first, last in then)) if then else None,
        )

    def row(self, each: Mapping[str, Any]) -> Row:
        key, fact = each["id"], self.facts.get(each["id"], {})
        first, last = self.dates[key]
        finished, started = bool(fact.get("actual_finish")), bool(fact.get("actual_start"))
        late = computing.day_of(self.result.late_finish[self.index[key]])
        target = self.targets.get(key, {}).get("p")
        return Row(
            key=key,
            name=each.get("name") or key,
            first=first,
            last=last,
            kind=self._kind(each),
            level=1 if each.get("group") else 0,
            done_to=last if finished else self.today - timedelta(days=1) if started else None,
            critical=not finished and self._critical(key),
            then=self.then(key),
            float_to=None if finished or late <= last else late,
            likely=date.fromisoformat(target[1]) if target and not finished else None,
            sure=date.fromisoformat(target[2]) if target and not finished else None,
            note=self._note(fact, last, late, finished),
            movable=self.movable and not finished,
        )

    def _kind(self, each: Mapping[str, Any]) -> str:
        if each.get("node") == "warm_enclosure" or each["id"] in self.enclosing:
            return ENCLOSURE
        return MILESTONE if each.get("kind") in MILESTONES else TASK

    def _critical(self, key: str) -> bool:
        return self.shares.get(key, 0.0) >= LIKELY_CRITICAL if self.shares else bool(self.result.critical[self.index[key]])

    def _note(self, fact: Mapping[str, Any], last: date, late: date, finished: bool) -> str:
        if finished:
            return _("已完成")
        parts = (
            [_("完成 %(p)s%%") % {"p": round(fact["percent"])}] if "percent" in fact else [_("进行中")] if fact.get("actual_start") else []
        )
        if late > last:
            parts.append(_("时差 %(n)s 天") % {"n": (late - last).days})
        return " · ".join(parts)


# The portfolio --------------------------------------------------------------------------------------------------------


def portfolio_rows(projects: Sequence[Project], nodes: Iterable[Node], forecasts: Mapping[int, Forecast], today: date) -> list[Row]:
    """A row for each project: from its start to its last node, its nodes as marks, the forecast of its end."""
    mine: dict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        mine[node.project_id].append(node)
    return [_portfolio_row(project, mine[project.pk], forecasts.get(project.pk), today) for project in projects]


SHOWN = {"start", "warm_enclosure", "completed", "production", "groundbreaking", "topping_out"}
"""Nodes drawn on the portfolio's chart, beside those that are behind."""


def _portfolio_row(project: Project, nodes: Sequence[Node], forecast: Forecast | None, today: date) -> Row:
    begun = next((node.reached_on or node.due_on for node in nodes if node.code in {"start", "groundbreaking"}), None)
    built = next((node for node in nodes if node.code == "completed"), None)
    days = [day for node in nodes if node.code in SHOWN and (day := node.reached_on or node.due_on)]
    first = begun or (project.start_actual.first if project.start_actual else min(days, default=None))
    last = (built.reached_on or built.due_on if built else None) or max(days, default=None)
    promised = built.promised_on if built else None
    return Row(
        key=str(project.pk),
        name=project.name,
        first=first,
        last=max(last, first) if last and first else last,
        done_to=min(today, built.reached_on or today)
        if built and first and first <= today
        else today
        if first and first <= today
        else None,
        critical=any(node.reached_on is None and node.due_on and node.due_on < today for node in nodes),
        then=(first, max(promised, first)) if first and promised and built and built.due_on != promised else None,
        likely=forecast.finish_p50 if forecast and not (built and built.reached_on) else None,
        sure=forecast.finish_p80 if forecast and not (built and built.reached_on) else None,
        marks=tuple(mark for node in nodes if (mark := _mark(node, today))),
        href=project.get_absolute_url(),
        note=str(project.get_stage_display()),
    )


def _mark(node: Node, today: date) -> Mark | None:
    day = node.reached_on or node.due_on
    late = node.reached_on is None and day is not None and day < today
    if day is None or (node.code not in SHOWN and not late):
        return None
    kind = ENCLOSURE if node.code == "warm_enclosure" else MILESTONE
    return Mark(day, kind, f"{node.shown_name} {show.day(day)}", reached=node.reached_on is not None, late=late)
