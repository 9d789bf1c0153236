"""What is known of many projects on a day, for the traffic light: a handful of queries for all of them, none for each.

Today is read from the rows in force. A past day is put together again from what is stored: nodes by the day they were reached and the
requests that moved them, money by month, problems by their clocks, tracks by day, stages by the events that changed them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from zhuanban.domains.dispatch.models.tracks import DailyTrack
from zhuanban.domains.dispatch.rules.light_rules import LightFacts, Measured, Rules
from zhuanban.domains.plans.models import DateRequest, Forecast, Node
from zhuanban.domains.portfolio.models import AnnualPlan, InvestmentEntry, Project
from zhuanban.domains.portfolio.queries import MONTH_WEIGHTS
from zhuanban.domains.problems.models import Holding, Problem
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel import clock, deadlines, parameters
from zhuanban.kernel.models import Deadline, Event

Stage = Project.Stage
TOP_TIER = 3
LOOKED_BACK = 60
"""Calendar days of tracks that are looked through. A site that is silent for longer counts as silent for as long as that."""


@dataclass(frozen=True)
class Among:
    """Which projects: a range of ids, both included, or some ids."""

    first: int = 0
    last: int = 0
    ids: tuple[int, ...] | None = None

    def where(self, path: str = "project") -> Q:
        if self.ids is not None:
            return Q(**{f"{path}__in": self.ids})
        return Q(**{f"{path}__gte": self.first, f"{path}__lte": self.last})


LARGEST = 2**62
EVERY = Among(0, LARGEST)


def facts_on(among: Among, day: date, rules: Rules) -> dict[int, LightFacts]:
    """Project id -> what is known of it on a day, for all living projects among those asked whose stage has a light. About ten queries."""
    return Facts(among, [day], rules).on(day)


def some(projects: Iterable[int]) -> Among:
    return Among(ids=tuple(projects))


def chunks(size: int) -> Iterator[tuple[Among, int]]:
    """All ids in ranges without a gap, each with how many living projects are in it."""
    ids, first = list(Project.objects.order_by("pk").values_list("pk", flat=True)), 0
    for at in range(0, len(ids) or 1, size):
        part, after = ids[at : at + size], ids[at + size : at + size + 1]
        yield Among(first, after[0] - 1 if after else LARGEST), len(part)
        first = after[0] if after else LARGEST


@dataclass(frozen=True)
class Stay:
    """A stage with the day since which a project was in it."""

    stage: str
    since: date | None


@dataclass(frozen=True)
class Late:
    """A problem that was late from a day (the first day after its limit) until another (not included; None: still)."""

    problem: int
    tier: int
    due_on: date
    until: date | None

    def on(self, day: date) -> bool:
        return self.due_on < day and (self.until is None or day < self.until)


class Facts:
    """What is known of projects on each of some days, read once for all of them."""

    def __init__(self, among: Among, days: Iterable[date], rules: Rules) -> None:
        self.among, self.rules = among, rules
        self.days = sorted(days)
        self.first, self.last = self.days[0], self.days[-1]
        self.past = self.first < clock.today()
        self.calendar = deadlines.calendar()

    def on(self, day: date) -> dict[int, LightFacts]:
        """The facts of one of the days, of the projects whose stage has a light."""
        money, problems, lit = self._gaps(day), self._problems_on(day), self.rules.lit
        return {
            pk: LightFacts(stay.stage, dict(self._measured(pk, stay, day, money.get(pk), problems.get(pk, ()))))
            for pk, stay in self._stages_on(day).items()
            if stay.stage in lit
        }

    def _measured(
        self, pk: int, stay: Stay, day: date, gap: Measured | None, problems: Iterable[tuple[str, Measured]]
    ) -> Iterator[tuple[str, Measured]]:
        if slip := self._slip(pk, day):
            yield "node_slip", slip
        yield from problems
        if stay.stage == Stage.SUSPENDED and stay.since and stay.since <= day:
            yield "stopped", Measured((day - stay.since).days + 1)
        if silent := self._silence(pk, stay, day):
            yield "no_report", silent
        if gap:
            yield "investment_gap", gap
        yield from self._forecast(pk, day)

    # Stages --------------------------------------------------------------------------------------------------------

    @cached_property
    def _projects(self) -> dict[int, Stay]:
        rows = Project.objects.filter(self.among.where("pk")).values_list("pk", "stage", "stage_since")
        return {pk: Stay(stage, since) for pk, stage, since in rows}

    @cached_property
    def _moves(self) -> dict[int, list[tuple[date, Stay]]]:
        """Project -> (day of a later change of stage, how it stood before), the latest first."""
        found: dict[int, list[tuple[date, Stay]]] = defaultdict(list)
        if not self.past:
            return found
        after = _midnight(self.first + timedelta(days=1))
        rows = Event.objects.filter(self.among.where("dossier"), at__gte=after, subject="", data__changes__has_key="stage")
        for pk, at, changes in rows.order_by("-at", "-seq").values_list("dossier", "at", "data__changes"):
            since = (changes.get("stage_since") or [None])[0]
            found[pk].append((timezone.localdate(at), Stay(changes["stage"][0], date.fromisoformat(since) if since else None)))
        return found

    def _stages_on(self, day: date) -> Mapping[int, Stay]:
        if not self._moves:
            return self._projects
        found = dict(self._projects)
        for pk, moves in self._moves.items():
            for moved_on, before in moves:
                if pk in found and moved_on > day:
                    found[pk] = before
        return found

    # Nodes ---------------------------------------------------------------------------------------------------------

    @cached_property
    def _dated(self) -> set[int]:
        """The projects that have a node with a date."""
        rows = Node.objects.filter(self.among.where()).exclude(due_on=None)
        return set(rows.order_by().values_list("project", flat=True).distinct())

    @cached_property
    def _moved(self) -> dict[int, list[tuple[date, date]]]:
        """Node -> (day on which a new date was granted, the date until then), the earliest first."""
        found: dict[int, list[tuple[date, date]]] = defaultdict(list)
        if self.past:
            granted = DateRequest.objects.filter(self.among.where(), state=DateRequest.State.GRANTED)
            rows = granted.filter(updated_at__gte=_midnight(self.first + timedelta(days=1))).order_by("updated_at", "pk")
            for node, at, before in rows.values_list("node", "updated_at", "from_day"):
                found[node].append((timezone.localdate(at), before))
        return found

    @cached_property
    def _late_nodes(self) -> dict[int, list[tuple[int, str, date, date | None]]]:
        """Project -> (node, name, due, reached) of nodes that were late on one of the days at least."""
        late = Q(due_on__lt=self.last) | Q(pk__in=list(self._moved))
        open_still = Q(reached_on=None) | Q(reached_on__gt=self.first)
        found: dict[int, list[tuple[int, str, date, date | None]]] = defaultdict(list)
        rows = Node.objects.filter(self.among.where(), late, open_still).exclude(due_on=None).order_by("due_on", "position", "pk")
        for pk, node, name, part, due, reached in rows.values_list("project", "pk", "name", "work__name", "due_on", "reached_on"):
            if due:
                found[pk].append((node, f"{part} · {name}" if part else name, due, reached))
        return found

    def _slip(self, pk: int, day: date) -> Measured | None:
        """Days of the node that is furthest behind; None for a project whose nodes have no dates."""
        worst, told = 0, {}
        for node, name, due, reached in self._late_nodes.get(pk, ()):
            if reached is not None and reached <= day:
                continue
            due = next((before for granted, before in self._moved.get(node, ()) if granted > day), due)
            if (day - due).days > worst:
                worst, told = (day - due).days, {"node": name, "due": due.isoformat()}
        return Measured(worst, told) if worst or pk in self._dated else None

    # Money ---------------------------------------------------------------------------------------------------------

    def _gaps(self, day: date) -> dict[int, Measured]:
        year, month = last_reported(day, self.rules.report_day)
        return self._gaps_to(year, month)

    def _gaps_to(self, year: int, month: int) -> dict[int, Measured]:
        """Project -> points by which the share of the year's plan completed is behind the share of the year. Unknown where nothing is
        planned or nothing was ever reported in the year."""
        known: dict[tuple[int, int], dict[int, Measured]] = self.__dict__.setdefault("_money", {})
        if (year, month) not in known:
            expected = time_progress(year, month, self.rules.time_progress)
            entries = InvestmentEntry.objects.filter(self.among.where(), month__gte=date(year, 1, 1), month__lte=date(year, month, 1))
            done = dict(entries.order_by().values_list("project").annotate(s=Sum("amount")).values_list("project", "s"))
            plans = AnnualPlan.objects.filter(self.among.where(), year=year, amount__gt=0).values_list("project", "amount")
            known[year, month] = {pk: _gap(done[pk], plan, expected) for pk, plan in plans if pk in done}
        return known[year, month]

    # Problems ------------------------------------------------------------------------------------------------------

    def _problems_on(self, day: date) -> dict[int, list[tuple[str, Measured]]]:
        """Project -> what its problems measure on a day."""
        found = {}
        waiting = self._waiting_permits(day)
        for pk in self._lates.keys() | waiting.keys():
            late = [each for each in self._lates.get(pk, ()) if each.on(day)]
            found[pk] = list(self._told_problems(late, waiting.get(pk, []), day))
        return found

    def _told_problems(self, late: list[Late], waiting: list[tuple[int, date]], day: date) -> Iterator[tuple[str, Measured]]:
        worst = {each.problem: each for each in sorted(late, key=lambda each: each.due_on, reverse=True)}
        if worst:
            oldest = min(worst.values(), key=lambda each: (each.due_on, each.problem))
            yield "overdue_problems", Measured(len(worst), {"title": self._title(oldest.problem), "days": (day - oldest.due_on).days})
        if top := [each for each in worst.values() if each.tier == TOP_TIER]:
            yield "overdue_top", Measured(len(top), {"title": self._title(min(top, key=lambda each: each.due_on).problem)})
        permits = [
            ((day - each.due_on).days, each.problem) for each in worst.values() if self._kind(each.problem) in self.rules.permit_kinds
        ]
        permits += [((day - since).days + 1, problem) for problem, since in waiting]
        if permits:
            days, problem = max(permits)
            yield "blocked_permit", Measured(days, {"title": self._title(problem)})

    def _waiting_permits(self, day: date) -> dict[int, list[tuple[int, date]]]:
        """Project that cannot start yet -> its open permit problems with the day of the report: they hold it up from the first day."""
        found: dict[int, list[tuple[int, date]]] = defaultdict(list)
        stages = self._stages_on(day)
        for pk, problem, since, until in self._permits:
            held_up = pk in stages and stages[pk].stage in self.rules.permit_stages
            if held_up and since <= day and (until is None or day < until):
                found[pk].append((problem, since))
        return found

    @cached_property
    def _permits(self) -> list[tuple[int, int, date, date | None]]:
        """(project, problem, reported, solved or closed) of permit problems that were open on one of the days at least."""
        rows = Problem.objects.filter(self.among.where(), kind__in=self.rules.permit_kinds, reported_at__lt=_midnight(self.last + ONE))
        if not self.past:
            rows = rows.filter(state__in=Problem.WORKING)
        told = rows.values_list("project", "pk", "reported_at", "solved_at", "closed_at", "state")
        return [
            (pk, problem, timezone.localdate(reported), None if state in Problem.WORKING else _ended(solved, closed))
            for pk, problem, reported, solved, closed, state in told
        ]

    @cached_property
    def _lates(self) -> dict[int, list[Late]]:
        return self._lates_then() if self.past else self._lates_now()

    def _lates_now(self) -> dict[int, list[Late]]:
        found: dict[int, list[Late]] = defaultdict(list)
        rows = Problem.objects.filter(self.among.where()).overdue(self.last)
        for pk, problem, tier, due in rows.order_by().values_list("project", "pk", "tier", "due_on"):
            found[pk].append(Late(problem, tier, due, None))
        return found

    def _lates_then(self) -> dict[int, list[Late]]:
        """From the problems' clocks: a clock of a tier that ran past its day, until it was met or the problem went on to another tier."""
        clocks = Deadline.objects.filter(self.among.where("dossier"), on_due="problems.rise", due_on__lt=self.last)
        clocks = clocks.filter(Q(settled_at=None) | Q(settled_at__gte=_midnight(self.first))).exclude(state=Deadline.State.PAUSED)
        rows = list(clocks.order_by("due_on", "pk").values_list("dossier", "url", "due_on", "started_on", "settled_at"))
        tiers = self._tiers({_number(url) for _pk, url, *_rest in rows})
        found: dict[int, list[Late]] = defaultdict(list)
        for pk, url, due, started, settled in rows:
            problem, until = _number(url), timezone.localdate(settled) if settled else None
            if until is None or until > due:
                found[pk].append(Late(problem, tiers.get((problem, started), 1), due, until))
        return found

    def _tiers(self, problems: set[int]) -> _Tiers:
        rows = Holding.objects.filter(problem__in=problems).order_by("problem", "from_at").values_list("problem", "tier", "from_at")
        return _Tiers((problem, tier, timezone.localdate(at)) for problem, tier, at in rows)

    @cached_property
    def _named(self) -> dict[int, tuple[str, str]]:
        """Problem -> (title, kind) of those that are told of."""
        wanted = {each.problem for rows in self._lates.values() for each in rows} | {problem for _pk, problem, *_rest in self._permits}
        return {pk: (title, kind) for pk, title, kind in Problem.objects.filter(pk__in=wanted).values_list("pk", "title", "kind")}

    def _title(self, problem: int) -> str:
        return self._named.get(problem, ("", ""))[0]

    def _kind(self, problem: int) -> str:
        return self._named.get(problem, ("", ""))[1]

    # Tracks --------------------------------------------------------------------------------------------------------

    @cached_property
    def _secretaries(self) -> dict[int, date]:
        """Project -> the day since which somebody is there to file its reports."""
        rows = Responsibility.objects.active().filter(self.among.where(), post=Responsibility.Post.SECRETARY)
        return dict(rows.values_list("project", "from_day"))

    @cached_property
    def _filed(self) -> dict[int, list[date]]:
        """Project -> the days of which a report is there, in order; for one day only the last of them."""
        rows = DailyTrack.objects.filter(
            self.among.where(), day__gte=self.first - timedelta(days=LOOKED_BACK), day__lte=self.last
        ).order_by()
        if not self.past:
            return {pk: [last] for pk, last in rows.values_list("project").annotate(last=Max("day")).values_list("project", "last")}
        found: dict[int, list[date]] = defaultdict(list)
        for pk, day in rows.order_by("day").values_list("project", "day"):
            found[pk].append(day)
        return found

    @cached_property
    def _silent_long(self) -> set[int]:
        """The sites with reports that are all older than what is looked through."""
        older = DailyTrack.objects.filter(project=OuterRef("pk"), day__lt=self.first - timedelta(days=LOOKED_BACK))
        sites = Project.objects.filter(self.among.where("pk"), Exists(older), stage=Stage.UNDER_CONSTRUCTION)
        return set(sites.values_list("pk", flat=True))

    def _silence(self, pk: int, stay: Stay, day: date) -> Measured | None:
        """Closed working days since the last report. None where none is owed (the site is not under construction, or nobody is its
        secretary) and where there was never one: that is not known, and asked for by other means."""
        if stay.stage != Stage.UNDER_CONSTRUCTION or pk not in self._secretaries:
            return None
        days = self._filed.get(pk, [])
        at = bisect_left(days, day + ONE)
        if not at and pk not in self._silent_long:
            return None
        since = max(self._secretaries[pk], stay.since or date.min)
        last = max(days[at - 1] if at else date.min, since - ONE, day - timedelta(days=LOOKED_BACK))
        yesterday = day - ONE
        silent = self._workdays_between(last, yesterday) if last < yesterday else 0
        return Measured(silent, {"last": days[at - 1].isoformat()} if at else {})

    def _workdays_between(self, first: date, last: date) -> int:
        known: dict[tuple[date, date], int] = self.__dict__.setdefault("_counted", {})
        if (first, last) not in known:
            known[first, last] = self.calendar.elapsed_working_days(first, last)
        return known[first, last]

    # Forecasts -----------------------------------------------------------------------------------------------------

    @cached_property
    def _forecasts(self) -> dict[int, list[tuple[Any, ...]]]:
        rows: QuerySet[Forecast] = Forecast.objects.filter(self.among.where(), data_date__lte=self.last)
        rows = rows if self.past else rows.filter(current=True)
        found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        columns = ("data_date", "enclosed_in_time", "frost_on", "finish_p80", "finish_promised")
        for pk, *told in rows.order_by("data_date", "made_at").values_list("project", *columns):
            found[pk].append(tuple(told))
        return found

    def _forecast(self, pk: int, day: date) -> Iterator[tuple[str, Measured]]:
        told = [each for each in self._forecasts.get(pk, ()) if each[0] <= day]
        if not told:
            return
        made, enclosed, frost, finish, promised = told[-1]
        if enclosed is not None and frost is not None and frost >= day:
            yield "enclosure", Measured(round(enclosed * 100, 6), {"frost": frost.isoformat(), "made": made.isoformat()})
        if finish is not None and promised is not None:
            yield "finish", Measured((finish - promised).days, {"finish": finish.isoformat(), "promised": promised.isoformat()})


class _Tiers:
    """The tier that a problem was on when one of its clocks began."""

    def __init__(self, rows: Iterable[tuple[int, int, date]]) -> None:
        self.held: dict[int, list[tuple[date, int]]] = defaultdict(list)
        for problem, tier, since in rows:
            self.held[problem].append((since, tier))

    def get(self, asked: tuple[int, date], otherwise: int) -> int:
        problem, day = asked
        held = self.held.get(problem, [])
        return next((tier for since, tier in reversed(held) if since <= day), held[0][1] if held else otherwise)


ONE = timedelta(days=1)
_PROBLEM = re.compile(r"/(\d+)/$")


def _number(url: str) -> int:
    """The problem that a clock's address names."""
    found = _PROBLEM.search(url)
    return int(found[1]) if found else 0


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _ended(solved: datetime | None, closed: datetime | None) -> date | None:
    ends = [at for at in (solved, closed) if at]
    return timezone.localdate(min(ends)) if ends else None


def _gap(done: Decimal, plan: Decimal, expected: Decimal) -> Measured:
    share = done * 100 / plan
    return Measured(float(expected - share), {"done": float(round(share, 1)), "expected": float(round(expected, 1))})


def last_reported(day: date, report_day: int) -> tuple[int, int]:
    """The last month (year, month) whose figures are in on a day: a month counts from this day of the month after it.

    >>> last_reported(date(2023, 2, 10), 12), last_reported(date(2023, 2, 12), 12)
    ((2022, 12), (2023, 1))
    """
    back = 1 if day.day >= report_day else 2
    months = day.year * 12 + day.month - 1 - back
    return months // 12, months % 12 + 1


def time_progress(year: int, month: int, how: str) -> Decimal:
    """The share of a year that is over after a month, in per cent: months over / 12 (domain handbook 4.4), or by the month weights that
    the city gives its building season."""
    if how != "weights":
        return Decimal(month * 100) / 12
    weights = [Decimal(str(weight)) for weight in parameters.value(MONTH_WEIGHTS, date(year, month, 1))]
    return sum(weights[:month], Decimal(0)) * 100 / sum(weights)
