"""Early and late dates, floats, driving links: the critical path on work calendars, in the semantics of Primavera P6.

Rules, where tools differ (P6's scheduling options in parentheses):

* *Remaining work* is what is placed. It never begins before the data date; an activity under way goes on at the data date or when its
  predecessors let it (retained logic). A completed activity has nothing left to place, but its successors wait for its open predecessors
  too: it is placed, without duration, at the data date or when those are through. Its actual dates never move.
* Progress override: a link to the start of an activity binds no more once that has started, a link to its finish once it is complete.
* A lag counts on the predecessor's, the successor's, the project's or the 24-hour calendar. What of a positive lag has run by the data
  date, counted from the actual finish (FS, FF) or actual start (SS, SF), is over; the rest runs from the predecessor's remaining work
  (start-to-start lag from early start; ``start_lag_from="actual"`` counts the whole lag from the actual start). No lead remains to be
  taken from an end that has come.
* An instant on the boundary of two shifts is kept on the side it came from: finishes Friday 17:00, starts Monday 08:00; finish milestones and
  tasks without duration take the finish side unless something holds them later, start milestones the start side (but late dates that are
  held before it, by a successor on another calendar or the project's finish, the finish side). What a start-to-finish link drives keeps
  the side of the end that drives it.
* Constraints of the start bind until it has started, those of the finish until it is complete; earliest and mandatory dates move only what
  has not started. Mandatory dates (MSO, MFO) break logic; no constraint goes before the data date.
* The backward pass begins at the project's latest early finish, or at ``must_finish_by``; no late finish lies beyond. Late dates of a
  completed activity are those of the moment at which it is placed, in the same way.
* An expected finish tells what remains of an open task that has a duration, unless it lies before the start, or a link to the finish or
  an earliest finish is given too.
* As late as possible eats free float only, in a reverse pass after both others.
* Total float is late finish minus early finish in the activity's own calendar. ``float_type`` asks for the float of the finish, of the
  start, or the lesser of both; they agree here, for remaining work is not split. Free float is the least by which the activity can slip
  without moving a successor's early date (without successors, the project's finish), never below zero; it is zero where the finish is
  mandatory or expected. Completed activities have neither.
* A link drives when its bound is where the successor stands; a completed predecessor only when its bound lies after the data date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.calendars.tables import SPANS, BeyondSpan, CalendarTables, Ints, Span, moment, tables_of
from zhuanban.engines.schedules.case import Joined, Options, build_case, join, out_of_sequence
from zhuanban.engines.schedules.layout import Bools
from zhuanban.engines.schedules.network import NEVER, Network, ScheduleError
from zhuanban.engines.schedules.passes import Case, Placed, Reach, as_late_as_possible, backward, forward
from zhuanban.engines.schedules.result import Positions, ScheduleResult

Mode = Literal["retained_logic", "progress_override"]
FloatType = Literal["finish", "start", "least"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A network with what its calculation starts from."""

    network: Network
    data_date: datetime
    project_calendar: str
    must_finish_by: datetime | None = None


def schedule(
    network: Network,
    calendars: Mapping[str, ShiftCalendar],
    data_date: datetime,
    *,
    project_calendar: str = "",
    mode: Mode = "retained_logic",
    must_finish_by: datetime | None = None,
    float_type: FloatType = "finish",
    critical_up_to: int = 0,
    use_expected_finish: bool = True,
    start_lag_from: Literal["early", "actual"] = "early",
) -> ScheduleResult:
    """Calculate one network. ``project_calendar`` is needed only where a lag counts on it (default: the first activity's).

    ``critical_up_to`` is the total float, in minutes, up to which an activity is critical. Raises ScheduleError: unknown mode, unknown
    calendar, a calendar without working time, dates beyond 1900 to 2199.

    >>> from zhuanban.engines.schedules import Activity, Link
    >>> network = Network.from_records([Activity("dig", 960, "five"), Activity("pour", 480, "five")], [Link("dig", "pour")])
    >>> result = schedule(network, {"five": ShiftCalendar.weekly("five")}, datetime(2023, 2, 9, 8))
    >>> result.row("pour").early_start, result.row("pour").total_float
    (datetime.datetime(2023, 2, 13, 8, 0), 0)
    """
    options = Options(mode, float_type, critical_up_to, use_expected_finish, start_lag_from)
    return schedule_many([Plan(network, data_date, project_calendar, must_finish_by)], calendars, options)[0]


def schedule_many(plans: Sequence[Plan], calendars: Mapping[str, ShiftCalendar], options: Options | None = None) -> list[ScheduleResult]:
    """Calculate many networks at once, level by level over all of them; as ``schedule``, in the order given."""
    options = (options or Options()).checked()
    joined = join(plans, calendars)
    if not len(joined.data_date):
        return [_empty(plan, calendars, options) for plan in plans]
    for span in _spans(joined):
        try:
            return _calculate(joined, tables_of(tuple(joined.calendars), span), options)
        except BeyondSpan:
            continue
    raise ScheduleError("the plan's dates lie beyond the years 1900 to 2199")


def _spans(joined: Joined) -> list[Span]:
    """The spans of years that hold every date given, the shortest first."""
    first, last = joined.given()
    return [span for span in SPANS if moment_of_day(span, "first") <= first and last < moment_of_day(span, "last")]


def moment_of_day(span: Span, end: Literal["first", "last"]) -> int:
    day = span.first if end == "first" else span.last
    return moment(datetime(day.year, day.month, day.day))


def _calculate(joined: Joined, tables: CalendarTables, options: Options) -> list[ScheduleResult]:
    case = build_case(joined, tables, options)
    ahead = Reach(case, case.layout.forward, backwards=False, idle=case.lapsed | case.broken)
    back = Reach(case, case.layout.backward, backwards=True, idle=case.lapsed)
    early, remaining = forward(case, ahead)
    finish = _project_finish(case, early, len(joined.plans))
    until = np.where(joined.must_finish_by > NEVER, joined.must_finish_by - tables.first_moment, finish)
    late = backward(case, back, remaining, until.take(case.project))
    if case.late_wish.any():
        as_late_as_possible(case, back, early, remaining, finish.take(case.project))
    bounds = ahead.all(early.times)
    return _split(joined, case, options, early, late, remaining, finish, bounds)


def _project_finish(case: Case, early: Placed, projects: int) -> Ints:
    """The latest early finish of each project's open activities; where all are complete, where they stand."""
    finish = np.full(projects, NEVER)
    np.maximum.at(finish, case.project[~case.done], early.times[1::2][~case.done])
    closed = np.full(projects, NEVER)
    np.maximum.at(closed, case.project, early.times[1::2])
    return np.where(finish > NEVER, finish, closed)


def _total_float(case: Case, options: Options, started: Bools, early: Placed, late: Placed) -> Ints:
    by_finish, by_start = late.finish - early.finish, late.start - early.start
    if options.float_type == "finish":
        by_start = by_finish
    elif options.float_type == "least":
        by_start = np.minimum(by_start, by_finish)
    return np.where(case.done, 0, np.where(started, by_finish, by_start))


def _relations(case: Case, early: Placed, finish: Ints, bounds: Ints) -> tuple[Ints, Bools]:
    """Free float of each activity, and which links drive: both compare a link's bound with where the successor stands."""
    layout, work = case.layout, case.tables.work
    to_finish = layout.to_finish
    own, others = case.calendar[layout.successor], case.calendar[layout.predecessor]
    stands = np.where(to_finish, early.finish[layout.successor], early.start[layout.successor])
    reached = work(own, bounds)
    drives = (reached == stands) & ~case.lapsed & ~case.broken & ~case.done[layout.successor]
    drives &= ~case.done[layout.predecessor] | (bounds > case.data_date[layout.successor])
    slack = stands - reached
    foreign = np.flatnonzero(own != others)
    there = early.times[2 * layout.successor[foreign] + to_finish[foreign]]
    slack[foreign] = work(others[foreign], there) - work(others[foreign], bounds[foreign])
    return _free_float(case, early, finish, slack, ~case.lapsed), drives


def _free_float(case: Case, early: Placed, finish: Ints, slack: Ints, binding: Bools) -> Ints:
    free = np.full(len(case.calendar), -NEVER)
    np.minimum.at(free, case.layout.predecessor[binding], slack[binding])
    open_end = np.flatnonzero(free == -NEVER)
    until = case.tables.work(case.calendar[open_end], finish.take(case.project[open_end]))
    free[open_end] = until - early.finish[open_end]
    none = case.done | (case.must_finish > NEVER) | (case.expected_finish > NEVER)
    return np.asarray(np.where(none, 0, np.maximum(free, 0)))


def _split(
    joined: Joined, case: Case, options: Options, early: Placed, late: Placed, remaining: Ints, finish: Ints, bounds: Ints
) -> list[ScheduleResult]:
    """Back into each network's own order."""
    tables, rank = case.tables, case.layout.rank
    started = joined.numbers.started
    floats = _total_float(case, options, started[case.layout.order], early, late)[rank]
    free, drives = _relations(case, early, finish, bounds)
    wrong = out_of_sequence(joined, case, early.times)
    origin = tables.origins.take(case.calendar)
    work = [(each - origin)[rank] for each in (early.start, early.finish, late.start, late.finish)]
    times = [(each + tables.first_moment)[rank] for each in (early.times[0::2], early.times[1::2], late.times[0::2], late.times[1::2])]
    free, remaining = free[rank], remaining[rank]
    results = []
    for at, plan in enumerate(joined.plans):
        some, links = slice(*joined.activity_bounds[at : at + 2]), slice(*joined.link_bounds[at : at + 2])
        moments = [each[some] for each in times]
        results.append(
            ScheduleResult(
                network=plan.network,
                calendars=joined.by_key,
                data_date=plan.data_date,
                mode=options.mode,
                early_start=moments[0].view("datetime64[m]"),
                early_finish=moments[1].view("datetime64[m]"),
                late_start=moments[2].view("datetime64[m]"),
                late_finish=moments[3].view("datetime64[m]"),
                positions=Positions(*(each[some] for each in work)),
                remaining=remaining[some],
                total_float=floats[some],
                free_float=free[some],
                critical=~joined.numbers.done[some] & (floats[some] <= options.critical_up_to),
                driving_link=drives[links],
                out_of_sequence_link=wrong[links],
            )
        )
    return results


def _empty(plan: Plan, calendars: Mapping[str, ShiftCalendar], options: Options) -> ScheduleResult:
    """The dates of a network without activities."""
    none, nobody = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
    when = none.view("datetime64[m]")
    positions = Positions(none, none, none, none)
    return ScheduleResult(
        plan.network, calendars, plan.data_date, options.mode, when, when, when, when, positions, none, none, none, nobody, nobody, nobody
    )
