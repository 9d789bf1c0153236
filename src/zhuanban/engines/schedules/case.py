"""From networks to one calculation: networks joined, limits from progress and constraints, what is left of lags, which links bind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Protocol

import numpy as np

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.calendars.tables import CalendarTables, Ints, moment
from zhuanban.engines.schedules.layout import Bools, Layout, Links, lay_out
from zhuanban.engines.schedules.model import LagCalendar
from zhuanban.engines.schedules.network import LAG_CALENDARS, NEVER, Network, Numbers, ScheduleError
from zhuanban.engines.schedules.passes import ALWAYS_LATE, Case

MODES = ("retained_logic", "progress_override")
FLOAT_TYPES = ("finish", "start", "least")


@dataclass(frozen=True, slots=True)
class Options:
    """Scheduling options; see the rules at the head of ``cpm``."""

    mode: str = "retained_logic"
    float_type: str = "finish"
    critical_up_to: int = 0
    use_expected_finish: bool = True
    start_lag_from: str = "early"

    def checked(self) -> Options:
        """Itself; raises ScheduleError when an option has no such value."""
        for value, known in ((self.mode, MODES), (self.float_type, FLOAT_TYPES), (self.start_lag_from, ("early", "actual"))):
            if value not in known:
                raise ScheduleError(f"{value!r} is none of {', '.join(known)}")
        return self


class Planlike(Protocol):
    @property
    def network(self) -> Network: ...
    @property
    def data_date(self) -> datetime: ...
    @property
    def project_calendar(self) -> str: ...
    @property
    def must_finish_by(self) -> datetime | None: ...


@dataclass(frozen=True, eq=False)
class Joined:
    """Networks side by side: numbers run through; plan k's activities are ``activity_bounds[k]:activity_bounds[k + 1]``, links likewise."""

    plans: Sequence[Planlike]
    by_key: Mapping[str, ShiftCalendar]
    calendars: list[ShiftCalendar]
    numbers: Numbers
    links: Links
    layout: Layout
    calendar: Ints
    project: Ints
    data_date: Ints
    must_finish_by: Ints
    project_calendar: Ints
    activity_bounds: list[int]
    link_bounds: list[int]

    def given(self) -> tuple[int, int]:
        """The first and the last moment that the plans name."""
        numbers = self.numbers
        known = [self.data_date, self.must_finish_by]
        known += [getattr(numbers, name) for name in ("actual_start", "actual_finish", "resume", "expected_finish")]
        known += [
            getattr(numbers, name) for name in ("start_from", "finish_from", "start_until", "finish_until", "must_start", "must_finish")
        ]
        moments = np.concatenate(known)
        moments = moments[np.abs(moments) < ALWAYS_LATE]
        return int(moments.min()), int(moments.max())


def join(plans: Sequence[Planlike], calendars: Mapping[str, ShiftCalendar]) -> Joined:
    """Lay networks side by side; raises ScheduleError when a calendar is unknown."""
    used: dict[str, int] = {}
    lookups = [_calendar_numbers(plan.network.calendar_keys, calendars, used) for plan in plans]
    project_calendar = [_project_calendar(plan, calendars, used) for plan in plans]
    networks = [plan.network for plan in plans]
    sizes = np.array([len(network) for network in networks], dtype=np.int64)
    link_sizes = np.array([len(network.links) for network in networks], dtype=np.int64)
    bounds, link_bounds = _running(sizes), _running(link_sizes)
    numbers = networks[0].numbers if len(plans) == 1 else _joined_numbers(networks)
    links = networks[0].link_numbers if len(plans) == 1 else _joined_links(networks, np.repeat(bounds[:-1], link_sizes))
    layout = networks[0].layout if len(plans) == 1 else lay_out(np.concatenate([each.level for each in networks]), links)
    return Joined(
        plans,
        calendars,
        [*(calendars[key] for key in used), ShiftCalendar.always()],
        numbers,
        links,
        layout,
        calendar=np.concatenate([lookup[network.numbers.calendar] for lookup, network in zip(lookups, networks, strict=True)]),
        project=np.repeat(np.arange(len(plans)), sizes),
        data_date=np.repeat(np.array([moment(plan.data_date) for plan in plans], dtype=np.int64), sizes),
        must_finish_by=np.array([NEVER if plan.must_finish_by is None else moment(plan.must_finish_by) for plan in plans], dtype=np.int64),
        project_calendar=np.array(project_calendar, dtype=np.int64),
        activity_bounds=bounds.tolist(),
        link_bounds=link_bounds.tolist(),
    )


def _running(sizes: Ints) -> Ints:
    return np.concatenate(([0], np.cumsum(sizes)))


def _calendar_numbers(keys: Sequence[str], calendars: Mapping[str, ShiftCalendar], used: dict[str, int]) -> Ints:
    return np.array([_calendar_number(key, calendars, used) for key in keys], dtype=np.int64)


def _calendar_number(key: str, calendars: Mapping[str, ShiftCalendar], used: dict[str, int]) -> int:
    if key not in calendars:
        raise ScheduleError(f"no calendar {key!r}")
    return used.setdefault(key, len(used))


def _project_calendar(plan: Planlike, calendars: Mapping[str, ShiftCalendar], used: dict[str, int]) -> int:
    key = plan.project_calendar or next(iter(plan.network.calendar_keys), "")
    return _calendar_number(key, calendars, used) if key else 0


def _joined_numbers(networks: Sequence[Network]) -> Numbers:
    names = [each.name for each in fields(Numbers)]
    return Numbers(**{name: np.concatenate([getattr(network.numbers, name) for network in networks]) for name in names})


def _joined_links(networks: Sequence[Network], shift: Ints) -> Links:
    parts = {each.name: np.concatenate([getattr(network.link_numbers, each.name) for network in networks]) for each in fields(Links)}
    return Links(**parts | {"predecessor": parts["predecessor"] + shift, "successor": parts["successor"] + shift})


def build_case(joined: Joined, tables: CalendarTables, options: Options) -> Case:
    """Limits, lags and links for one calculation; raises ScheduleError when a calendar in use has no working time."""
    _check_working_time(joined, tables)
    numbers, links, order = joined.numbers, joined.links, joined.layout.order
    limits = _limits(joined, tables)
    lag_calendar = _lag_calendars(joined)
    lapsed = _lapsed(numbers, links, options)
    fixed = ~numbers.started & ((numbers.must_start > NEVER) | (numbers.must_finish > NEVER))
    broken = fixed[links.successor]
    expecting = options.use_expected_finish & ~numbers.done & ~numbers.late_wish & ~numbers.start_milestone & (numbers.duration > 0)
    case = Case(
        layout=joined.layout,
        tables=tables,
        calendar=joined.calendar[order],
        remaining=numbers.remaining[order],
        data_date=(joined.data_date - tables.first_moment)[order],
        project=joined.project[order],
        done=numbers.done[order],
        start_milestone=numbers.start_milestone[order],
        **{name: each[order] for name, each in limits.items()},
        expected_finish=np.where(expecting, _shifted(numbers.expected_finish, tables), NEVER)[order],
        late_wish=(numbers.late_wish & ~numbers.started & ~fixed)[order],
        lag=_lag_left(joined, tables, lag_calendar),
        lag_calendar=lag_calendar,
        lapsed=lapsed,
        broken=broken,
    )
    return _from_actual_starts(joined, case) if options.start_lag_from == "actual" else case


def _check_working_time(joined: Joined, tables: CalendarTables) -> None:
    for at, total in enumerate(tables.totals.tolist()):
        if not total:
            raise ScheduleError(f"calendar {joined.calendars[at].name!r} has no working time")


def _shifted(moments: Ints, tables: CalendarTables) -> Ints:
    """Moments since 1970 as moments of the tables; what does not bind stays so."""
    return np.where(np.abs(moments) < ALWAYS_LATE, moments - tables.first_moment, moments)


def _limits(joined: Joined, tables: CalendarTables) -> dict[str, Ints]:
    """What constraints, actual dates and the data date allow, for the parts of activities that are still to come."""
    numbers = joined.numbers
    ahead, is_open = ~numbers.started, ~numbers.done
    must_start, must_finish = np.where(ahead, numbers.must_start, NEVER), np.where(is_open, numbers.must_finish, NEVER)
    fixed = ahead & ((must_start > NEVER) | (must_finish > NEVER))
    begun = np.where(numbers.done, numbers.actual_finish, np.maximum(numbers.actual_start, numbers.resume))
    start_from = np.where(fixed, must_start, np.where(ahead, numbers.start_from, begun))
    finish_from = _shifted(np.where(fixed, must_finish, np.where(ahead, numbers.finish_from, NEVER)), tables)
    start_until = _shifted(np.where(ahead, numbers.start_until, ALWAYS_LATE), tables)
    return {
        "start_from": _shifted(np.maximum(joined.data_date, start_from), tables),
        "finish_from": _on_side(joined, tables, tables.finish, finish_from),
        "start_until": _on_side(joined, tables, tables.start, start_until),
        "finish_until": _shifted(np.where(is_open, numbers.finish_until, ALWAYS_LATE), tables),
        "must_start": _shifted(must_start, tables),
        "must_finish": _shifted(must_finish, tables),
    }


def _on_side(joined: Joined, tables: CalendarTables, side: Callable[[Ints, Ints], Ints], limit: Ints) -> Ints:
    """Limits of finishes on the finish side of a boundary, limits of starts on the start side, but of activities without work."""
    which = np.flatnonzero((np.abs(limit) < ALWAYS_LATE) & (joined.numbers.remaining > 0))
    calendar = joined.calendar[which]
    limit[which] = side(calendar, tables.work(calendar, limit[which]))
    return limit


def _lag_calendars(joined: Joined) -> Ints:
    links, side = joined.links, joined.links.lag_calendar
    of = {calendar: at for at, calendar in enumerate(LAG_CALENDARS)}
    chosen = np.where(side == of[LagCalendar.SUCCESSOR], joined.calendar[links.successor], joined.calendar[links.predecessor])
    project = joined.project_calendar[joined.project[links.predecessor]]
    chosen = np.where(side == of[LagCalendar.PROJECT], project, chosen)
    return np.asarray(np.where(side == of[LagCalendar.ALWAYS], len(joined.calendars) - 1, chosen))


def _lag_left(joined: Joined, tables: CalendarTables, lag_calendar: Ints) -> Ints:
    """Lags less what has run by the data date since the predecessor's end came; no lead is left from an end that has come."""
    numbers, links = joined.numbers, joined.links
    came = np.where(links.from_start, numbers.started[links.predecessor], numbers.done[links.predecessor])
    which = np.flatnonzero(came & (links.lag != 0))
    since = np.where(
        links.from_start[which], numbers.actual_start[links.predecessor[which]], numbers.actual_finish[links.predecessor[which]]
    )
    now = joined.data_date[links.predecessor[which]] - tables.first_moment
    calendar = lag_calendar[which]
    run = tables.work(calendar, now) - tables.work(calendar, since - tables.first_moment)
    left = links.lag.copy()
    left[which] = np.maximum(0, links.lag[which] - np.maximum(run, 0))
    return left


def _lapsed(numbers: Numbers, links: Links, options: Options) -> Bools:
    if options.mode == "retained_logic":
        return np.zeros(len(links.lag), dtype=bool)
    return np.asarray(np.where(links.to_finish, numbers.done[links.successor], numbers.started[links.successor]))


def _from_actual_starts(joined: Joined, case: Case) -> Case:
    """Turn links from starts that have come into limits: the actual start plus the whole lag."""
    numbers, links, tables = joined.numbers, joined.links, case.tables
    which = np.flatnonzero(links.from_start & numbers.started[links.predecessor] & (links.lag > 0) & ~case.lapsed & ~case.broken)
    begun = numbers.actual_start[links.predecessor[which]] - tables.first_moment
    bound = tables.add(case.lag_calendar[which], begun, links.lag[which])
    rank, to_finish = joined.layout.rank[links.successor[which]], links.to_finish[which]
    np.maximum.at(case.finish_from, rank[to_finish], bound[to_finish])
    np.maximum.at(case.start_from, rank[~to_finish], bound[~to_finish])
    case.broken[which] = True
    return case


def out_of_sequence(joined: Joined, case: Case, times: Ints) -> Bools:
    """Links whose successor has started (or, for a link to the finish, is complete) earlier than the link with its lag allows."""
    numbers, links, tables = joined.numbers, joined.links, case.tables
    came = np.where(links.to_finish, numbers.done[links.successor], numbers.started[links.successor])
    which = np.flatnonzero(came)
    before, after = links.predecessor[which], links.successor[which]
    from_start = links.from_start[which]
    known = np.where(from_start, numbers.started[before], numbers.done[before])
    actual = np.where(from_start, numbers.actual_start[before], numbers.actual_finish[before]) - tables.first_moment
    end = np.where(known, actual, times[2 * joined.layout.rank[before] + ~from_start])
    lagged = np.flatnonzero(links.lag[which])
    end[lagged] = tables.add(case.lag_calendar[which[lagged]], end[lagged], links.lag[which[lagged]])
    done_at = np.where(links.to_finish[which], numbers.actual_finish[after], numbers.actual_start[after]) - tables.first_moment
    calendar = joined.calendar[after]
    wrong = np.zeros(len(came), dtype=bool)
    wrong[which] = tables.work(calendar, done_at) < tables.work(calendar, end)
    return wrong
