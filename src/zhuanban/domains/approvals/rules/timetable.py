"""The timetable of permit plans: earliest lawful days, floats and the critical path by the scheduling engine, many plans at once.

An item is handed in on a day (day 0 of its limit) and may be had so many working days later, as `kernel.deadlines` counts; a limit in
calendar days rolls forward to a working day. In the engine's terms day 0 ends at the close of office, so that n working days are n
office days after it, and a limit of n calendar days is n - 1 of them and one office day.

A plan is calculated in two networks: what leads to the lawful start of building, whose path and floats are measured by that day; and what
comes beside and after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from zhuanban.domains.approvals.models import Facts, ItemVersion, PermitStep
from zhuanban.domains.approvals.rules.permits import START, WORKS, Book, Needed, chain, layers, leading_to, needed, unclear
from zhuanban.engines.calendars import OFFICE_HOURS, ShiftCalendar, WorkCalendar
from zhuanban.engines.schedules import Activity, Constraint, ConstraintType, Link, Network, Options, Plan, ScheduleResult, schedule_many

DAY = 480
CLOSING = time(17)
OFFICE, EVERY_DAY = "office", "every_day"
BODY = "~"
"""Marks the part of a limit in calendar days that is not its last day."""
OPTIONS = Options(mode="progress_override")
"""What has been granted is granted: whoever needs it no longer waits for what it should have waited for."""
State = PermitStep.State


@dataclass(frozen=True)
class Standing:
    """How an item stands in a project: issued on a day, or a case under way since a day with the day by which it is promised."""

    done_on: date | None = None
    accepted_on: date | None = None
    promised_on: date | None = None
    paused: bool = False


UNTOUCHED = Standing()
"""How an item stands of which nothing is known."""


@dataclass(frozen=True)
class Asked:
    """A plan to be calculated. `works_on` is the day on which the works are finished, as far as it is known; `more` are working days by
    which an item is late (what if); `begun`: building has begun."""

    facts: Facts
    begins_on: date
    standings: Mapping[str, Standing] = field(default_factory=dict)
    works_on: date | None = None
    begun: bool = False
    more: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Timed:
    """One item's place in the timetable; the words stand at `PermitStep`."""

    step: Needed
    layer: int
    before_start: bool
    state: str
    starts_on: date | None = None
    finishes_on: date | None = None
    latest_on: date | None = None
    float_days: int | None = None
    critical: bool = False
    provisional: bool = False
    waits_for: tuple[str, ...] = ()
    driven_by: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        return self.step.entry.code

    @property
    def open(self) -> bool:
        return self.state in (State.OPEN, State.RUNNING, State.PAUSED)


@dataclass(frozen=True)
class Timetable:
    """A plan's days. `parallel` and `sequential` are the working days from the first day to the lawful start of building, all items open
    at once that may be, and one after the other, without regard to what has happened; `left` the working days from today to it."""

    steps: tuple[Timed, ...]
    ready_on: date | None
    finish_on: date | None
    parallel: int
    sequential: int
    left: int
    unclear: tuple[str, ...]

    @cached_property
    def by_code(self) -> dict[str, Timed]:
        return {step.code: step for step in self.steps}

    @property
    def saved(self) -> int:
        return self.sequential - self.parallel

    @property
    def provisional(self) -> bool:
        return any(step.provisional for step in self.steps)

    @property
    def blocking(self) -> Timed | None:
        """The item that holds the lawful start now: going back from the start by what sets each day, the item that could be worked on;
        of several the one that is due last. A weekend may leave it a day or two of float: then it is not critical, but the next all the same."""
        found: dict[str, Timed] = {}
        ahead = [START]
        while ahead:
            step = self.by_code.get(ahead.pop())
            if step and step.code not in found:
                found[step.code] = step
                ahead.extend(step.driven_by)
        held = [step for step in found.values() if step.open and step.code != START]
        return max(held, key=lambda step: (step.finishes_on or date.min, step.step.entry.position), default=None)

    @property
    def next_certificate(self) -> Timed | None:
        """The item handled by an office that can be had first."""
        coming = [step for step in self.steps if step.state != State.DONE and step.step.entry.handled and step.finishes_on]
        open_now = [step for step in coming if step.state != State.UNRECORDED]
        return min(open_now, key=lambda step: (step.finishes_on, step.step.entry.position), default=None)


# Networks ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Shape:
    """What plans of the same facts have in common: their items and both networks."""

    steps: tuple[Needed, ...]
    before: frozenset[str]
    layer: Mapping[str, int]
    leading: Network
    following: Network
    outside: Mapping[str, tuple[str, ...]]
    order: tuple[Needed, ...]

    @cached_property
    def entries(self) -> dict[str, Needed]:
        return {step.entry.code: step for step in self.steps}

    @cached_property
    def by_layer(self) -> list[Needed]:
        return sorted(self.steps, key=lambda step: self.layer[step.entry.code])

    @cached_property
    def sources(self) -> dict[str, tuple[tuple[int, str], ...]]:
        """Code -> (number of the link, code that it comes from), each item in the numbers of its own network."""
        found: dict[str, list[tuple[int, str]]] = {step.entry.code: [] for step in self.steps}
        for network in (self.leading, self.following):
            for at, link in enumerate(network.links):
                source, code = link.predecessor.removeprefix(BODY), link.successor.removeprefix(BODY)
                if source != code:
                    found[code].append((at, source))
        return {code: tuple(each) for code, each in found.items()}


def shape_of(steps: tuple[Needed, ...]) -> Shape:
    before = leading_to(START, steps)
    after = {step.entry.code for step in steps} - before
    outside = {step.entry.code: tuple(code for code in step.waits_for if code in before) for step in steps if step.entry.code in after}
    return Shape(
        steps,
        before,
        layers(steps),
        _network([step for step in steps if step.entry.code in before], before),
        _network([step for step in steps if step.entry.code in after], after),
        outside,
        tuple(chain(step for step in steps if step.entry.code in before)),
    )


def _network(steps: Sequence[Needed], within: frozenset[str] | set[str]) -> Network:
    activities: list[Activity] = []
    links: list[Link] = []
    for step in steps:
        activities += _activities(step, step.entry.days or 0)
        first = activities[-1].id if not _in_parts(step) else activities[-2].id
        if _in_parts(step):
            links.append(Link(activities[-2].id, activities[-1].id))
        links += [Link(code, first) for code in step.waits_for if code in within]
    return Network.from_records(activities, links)


def _in_parts(step: Needed) -> bool:
    return step.entry.unit == ItemVersion.Unit.CALENDAR and bool(step.entry.days)


def _activities(step: Needed, days: int, **told: object) -> list[Activity]:
    """An item as one activity, or as two where its limit is in calendar days."""
    code = step.entry.code
    if not _in_parts(step):
        return [Activity(code, days * DAY, OFFICE, **told)]  # type: ignore[arg-type]
    return [
        Activity(BODY + code, max(days - 1, 0) * DAY, EVERY_DAY, **told),  # type: ignore[arg-type]
        Activity(code, min(days, 1) * DAY, OFFICE, **told),  # type: ignore[arg-type]
    ]


@lru_cache(maxsize=2)
def _calendars(version: str, years: frozenset[int], irregular: tuple[tuple[date, bool], ...]) -> dict[str, ShiftCalendar]:
    work = WorkCalendar(irregular=dict(irregular), known_years=years, version=version)
    return {OFFICE: ShiftCalendar.office(work), EVERY_DAY: ShiftCalendar.weekly(EVERY_DAY, OFFICE_HOURS, rest=())}


def calendars(work: WorkCalendar) -> dict[str, ShiftCalendar]:
    """The offices' hours on the city's working days, and the same hours on every day."""
    return _calendars(work.version, work.known_years, tuple(sorted(work.irregular.items())))


# Calculation ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Memo:
    """Shapes of one book by the facts, with those that are not clear, and by the steps that they come to: facts are many, the plans that
    they call for are few."""

    by_facts: dict[tuple[Any, ...], tuple[Shape, tuple[str, ...]]] = field(default_factory=dict)
    by_steps: dict[tuple[Any, ...], Shape] = field(default_factory=dict)


def timetables(asked: Sequence[Asked], book: Book, work: WorkCalendar, today: date, memo: Memo | None = None) -> list[Timetable]:
    """The timetable of each, in the order given. Calls with the same book may share a `memo`."""
    known = memo or Memo()
    called = [_shape(each, book, known) for each in asked]
    mine = [shape for shape, _open in called]
    hours = calendars(work)
    fresh = _fresh(asked, mine, hours, work)
    first = schedule_many([_leading(each, shape, work, today) for each, shape in zip(asked, mine, strict=True)], hours, OPTIONS)
    second = schedule_many(
        [_following(each, shape, result, work, today) for each, shape, result in zip(asked, mine, first, strict=True)], hours, OPTIONS
    )
    reader = _Reader(work, today)
    return [
        reader.timetable(each, shape, leading, following, fresh[id(shape), each.begins_on], open_)
        for each, (shape, open_), leading, following in zip(asked, called, first, second, strict=True)
    ]


def _shape(each: Asked, book: Book, known: Memo) -> tuple[Shape, tuple[str, ...]]:
    """The shape that facts call for, and the facts that are not clear."""
    key = tuple(sorted(each.facts.items()))
    if key not in known.by_facts:
        steps = needed(book, each.facts)
        same = tuple((step.entry.code, step.uncertain, step.waits_for) for step in steps)
        if same not in known.by_steps:
            known.by_steps[same] = shape_of(steps)
        known.by_facts[key] = known.by_steps[same], tuple(unclear(book, each.facts))
    return known.by_facts[key]


def _fresh(
    asked: Sequence[Asked], shapes: Sequence[Shape], hours: Mapping[str, ShiftCalendar], work: WorkCalendar
) -> dict[tuple[int, date], tuple[int, int]]:
    """Working days to the lawful start as if nothing had happened yet: (all open at once, one after the other)."""
    wanted = {(id(shape), each.begins_on): shape for each, shape in zip(asked, shapes, strict=True)}
    plans = [Plan(shape.leading, datetime.combine(day, CLOSING), OFFICE) for (_id, day), shape in wanted.items()]
    found = {}
    for (key, shape), result in zip(wanted.items(), schedule_many(plans, hours, OPTIONS), strict=True):
        day = key[1]
        ready = max(day, _day(result.finish.max())) if len(shape.leading) else day
        found[key] = (work.elapsed_working_days(day, ready), work.elapsed_working_days(day, _one_by_one(shape, day, work)))
    return found


def _one_by_one(shape: Shape, day: date, work: WorkCalendar) -> date:
    """The day on which the last is done, where each is handed in when the one before is; nothing is handed in on a day of rest."""
    day = work.on_or_after(day)
    for step in shape.order:
        if step.entry.days:
            due = work.due_calendar_days if step.entry.unit == ItemVersion.Unit.CALENDAR else work.due
            day = due(day, step.entry.days)
    return day


def first_day(each: Asked, work: WorkCalendar, today: date) -> date:
    """The first day on which something can be handed in."""
    return work.on_or_after(today if each.standings else max(today, each.begins_on))


def _leading(each: Asked, shape: Shape, work: WorkCalendar, today: date) -> Plan:
    changed = [
        activity
        for code in shape.before & (each.standings.keys() | each.more.keys())
        for activity in _standing(each, shape.entries[code], work, today)
    ]
    network = shape.leading.with_activities(changed) if changed else shape.leading
    return Plan(network, datetime.combine(first_day(each, work, today), CLOSING), OFFICE)


def _following(each: Asked, shape: Shape, leading: ScheduleResult, work: WorkCalendar, today: date) -> Plan:
    """What comes beside and after the start; it begins no earlier than what it waits for in the first network is done."""
    finishes, index = leading.finish.tolist(), leading.network.index
    changed: list[Activity] = []
    for code, before in shape.outside.items():
        step = shape.entries[code]
        moments = [finishes[index[known]] for known in before]
        if code == WORKS and each.works_on:
            moments.append(datetime.combine(work.on_or_after(each.works_on), CLOSING))
        if code in each.standings or code in each.more:
            changed += _standing(each, step, work, today)
        elif moments:
            changed.append(_activities(step, step.entry.days or 0, constraints=(Constraint(ConstraintType.SNET, max(moments)),))[0])
    network = shape.following.with_activities(changed) if changed else shape.following
    return Plan(network, datetime.combine(first_day(each, work, today), CLOSING), OFFICE)


def _standing(each: Asked, step: Needed, work: WorkCalendar, today: date) -> list[Activity]:
    """An item as it stands: granted, under way with what is left of its promise, or still whole; late days come on top."""
    standing = each.standings.get(step.entry.code, UNTOUCHED)
    late = each.more.get(step.entry.code, 0)
    days = step.entry.days or 0
    if standing.done_on:
        at = datetime.combine(standing.done_on, CLOSING)
        return _activities(step, days, actual_start=at, actual_finish=at, remaining=0)
    if standing.accepted_on is None:
        parts = _activities(step, days)
        return [*parts[:-1], replace(parts[-1], duration=parts[-1].duration + late * DAY)] if late else parts
    begun = datetime.combine(min(standing.accepted_on, today), CLOSING)
    parts = _activities(step, days, actual_start=begun)
    promised = standing.promised_on
    if promised is None:
        left = max(0, days - work.elapsed_working_days(standing.accepted_on, today))
        promised = work.due(today, left)
    rest = work.elapsed_working_days(today, promised) if promised > today else 0
    if len(parts) == 2:
        calendar_days = max((promised - today).days, 0)
        body = replace(parts[0], remaining=max(calendar_days - 1, 0) * DAY)
        return [body, replace(parts[1], actual_start=None, remaining=None, duration=(min(calendar_days, 1) + late) * DAY)]
    return [replace(parts[0], remaining=(rest + late) * DAY)]


def _day(moment: np.datetime64) -> date:
    """The day of an instant; the end of a day belongs to it."""
    day: date = (moment.astype("datetime64[m]") - np.timedelta64(1, "m")).astype("datetime64[D]").item()
    return day


# Reading ----------------------------------------------------------------------------------------------------------------


class _Reader:
    """Turns the engine's arrays into days and reasons."""

    def __init__(self, work: WorkCalendar, today: date) -> None:
        self.work, self.today = work, today
        self._years: dict[tuple[int, int], bool] = {}

    def _provisional(self, first: date, last: date) -> bool:
        years = first.year, last.year
        if years not in self._years:
            self._years[years] = self.work.touches_provisional(first, last)
        return self._years[years]

    def timetable(
        self,
        each: Asked,
        shape: Shape,
        leading: ScheduleResult,
        following: ScheduleResult,
        fresh: tuple[int, int],
        unclear: tuple[str, ...],
    ) -> Timetable:
        places = {code: place for place in (_Place(leading, True), _Place(following, False)) for code in place.codes}
        undated = self._undated(each, shape)
        found: dict[str, Timed] = {}
        first = first_day(each, self.work, self.today)
        for step in shape.by_layer:
            found[step.entry.code] = self._timed(each, shape, step, places[step.entry.code], undated, found, first)
        steps = tuple(found[step.entry.code] for step in shape.steps)
        start = next((step for step in steps if step.code == START), None)
        ready = start.finishes_on if start else None
        finish = None if undated else max((step.finishes_on for step in steps if step.finishes_on), default=None)
        left = max(0, self.work.elapsed_working_days(self.today, ready)) if ready and not each.begun else 0
        return Timetable(steps, ready, finish, *fresh, left, unclear)

    def _undated(self, each: Asked, shape: Shape) -> set[str]:
        """What hangs on the end of the works while nobody knows it."""
        if each.works_on or WORKS not in shape.entries or ((standing := each.standings.get(WORKS)) and standing.done_on):
            return set()
        found = {WORKS}
        for step in sorted(shape.steps, key=lambda step: shape.layer[step.entry.code]):
            if (
                found.intersection(step.waits_for)
                and not (mine := each.standings.get(step.entry.code, UNTOUCHED)).done_on
                and not mine.accepted_on
            ):
                found.add(step.entry.code)
        return found

    def _timed(
        self, each: Asked, shape: Shape, step: Needed, place: _Place, undated: set[str], found: Mapping[str, Timed], first: date
    ) -> Timed:
        code = step.entry.code
        standing = each.standings.get(code, UNTOUCHED)
        waits = tuple(before for before in step.waits_for if not each.standings.get(before, UNTOUCHED).done_on)
        state = self._state(each, place, standing, waits)
        told = {"step": step, "layer": shape.layer[code], "before_start": place.before, "state": state}
        if code in undated or state == State.UNRECORDED:
            return Timed(**told, waits_for=waits)  # type: ignore[arg-type]
        if standing.done_on:
            begun = standing.accepted_on or standing.done_on
            return Timed(**told, starts_on=min(begun, standing.done_on), finishes_on=standing.done_on, latest_on=None)  # type: ignore[arg-type]
        row = place.row(code)
        finish = max(row.finish, self.today)
        ready = [day for before in step.waits_for if before in found and (day := found[before].finishes_on)]
        start = standing.accepted_on or max([first, *ready])
        open_end = bool(undated) and not place.before
        return Timed(
            **told,  # type: ignore[arg-type]
            starts_on=min(start, finish),
            finishes_on=finish,
            latest_on=None if open_end else max(row.latest, finish),
            float_days=None if open_end else row.slack,
            critical=place.before and row.slack <= 0 and not each.begun,
            provisional=self._provisional(min(start, finish), finish),
            waits_for=waits,
            driven_by=place.driven_by(code, shape),
        )

    def _state(self, each: Asked, place: _Place, standing: Standing, waits: tuple[str, ...]) -> State:
        if standing.done_on:
            return State.DONE
        if standing.accepted_on:
            return State.PAUSED if standing.paused else State.RUNNING
        if each.begun and place.before:
            return State.UNRECORDED
        return State.WAITING if waits else State.OPEN


@dataclass(frozen=True)
class _Row:
    finish: date
    latest: date
    slack: int


class _Place:
    """One of a plan's two networks with its dates."""

    def __init__(self, result: ScheduleResult, before: bool) -> None:
        self.result, self.before = result, before
        self.index = result.network.index
        self.codes = [key for key in self.index if not key.startswith(BODY)]
        self._finish = (result.finish - np.timedelta64(1, "m")).astype("datetime64[D]").tolist()
        self._late = (result.late_finish - np.timedelta64(1, "m")).astype("datetime64[D]").tolist()
        self._float = (result.total_float // DAY).tolist()
        self._drives = result.driving_link.tolist()

    def row(self, code: str) -> _Row:
        at = self.index[code]
        return _Row(self._finish[at], self._late[at], self._float[at])

    def driven_by(self, code: str, shape: Shape) -> tuple[str, ...]:
        """The items that set its day."""
        return tuple(source for link, source in shape.sources[code] if self._drives[link])
