"""Honest forecasts: plans, progress and rules into the engine, and what comes back into rows that can be made again to the bit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from zhuanban.domains.plans import computing, documents, levers
from zhuanban.domains.plans.basis import SITE, House, digest
from zhuanban.domains.plans.levers import Lever
from zhuanban.domains.plans.models import Basis, Forecast
from zhuanban.domains.plans.networks import DAY_MINUTES, first_instant
from zhuanban.domains.plans.subjects import Subject
from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import FINISH, RiskPlan, ScheduleError, ScheduleResult, Severity, Simulation, health
from zhuanban.engines.schedules import Forecast as Drawn
from zhuanban.engines.schedules.forecast import ENGINE
from zhuanban.engines.schedules.model import PlanFile
from zhuanban.kernel import clock

SHARES = tuple(range(5, 100, 5))
MOST_BARS = 8
LEAST_CRITICAL = 0.02
State = Forecast.Enclosure
NO_PLAN, NO_LOGIC, OPEN_ENDED, UNSOUND, BROKEN = "no_plan", "no_logic", "open_ended", "unsound", "broken"
REASONS = {"no_predecessors": NO_LOGIC, "no_successors": OPEN_ENDED, "unknown_activity": NO_LOGIC, "no_deadline": NO_LOGIC}
"""Why the engine withholds an enclosure -> what is stored."""


@dataclass(frozen=True)
class Settings:
    """How a run is made. `quick` iterations are for the levers; without `pull` they are left out; `brief` leaves out what decides."""

    data_date: date
    seed: int
    iterations: int
    quick: int
    sure: float
    pull: bool = True
    brief: bool = False

    def kept(self) -> list[Any]:
        """What of the settings has no column of its own."""
        return [self.quick, self.sure, self.pull, self.brief]


@dataclass
class Case:
    """One project on its way through a run."""

    subject: Subject
    frost_on: date
    plan: RiskPlan
    lever: Lever | None
    calendars: dict[str, ShiftCalendar]
    result: ScheduleResult | None = None
    withheld: str = ""
    drawn: Drawn | None = None
    pull: tuple[int, float] | None = None
    gain: float | None = None
    asked: bool = False
    without: Drawn | None = None
    in_time: np.ndarray | None = field(default=None, repr=False)


def seed_of(data_date: date) -> int:
    """The seed of a day's forecasts: one for all projects, so that they can be counted together."""
    return int(f"{data_date:%Y%m%d}")


def forecasts(subjects: Sequence[Subject], basis: Basis, house: House, settings: Settings) -> tuple[list[Forecast], list[Case]]:
    """Unsaved rows for these projects and the cases behind them, in the order given. A plan that cannot be calculated is told so."""
    cases, broken = prepare(subjects, house, settings.data_date, brief=settings.brief)
    simulate(cases, house, settings)
    if settings.pull:
        pull(cases, house, settings)
    compare_without(cases, house, settings)
    made = {case.subject.project: row(case, basis, house, settings) for case in cases}
    made |= {each.project: bare(each, basis, settings, BROKEN) for each in broken}
    return [made[each.project] for each in subjects], cases


# Before the draw -------------------------------------------------------------------------------------------------------


def prepare(subjects: Sequence[Subject], house: House, data_date: date, *, brief: bool = False) -> tuple[list[Case], list[Subject]]:
    """Cases with their critical path (without it when brief); and the projects whose plan cannot be calculated at all."""
    at = datetime.combine(data_date, datetime.min.time())
    cases: list[Case] = []
    broken: list[Subject] = []
    for each, file in _read(subjects, house, at, broken):
        cases.append(_case(each, file, house, data_date))
    if brief:
        return cases, broken
    asked = [computing.Asked(case.subject.document, at, case.subject.facts) for case in cases]
    for case, result in zip(cases, computing.each_or_none(asked, house), strict=True):
        case.result = result
        case.withheld = unsound(result) or unclosed(case.subject) if result else BROKEN
    broken += [case.subject for case in cases if case.result is None]
    return [case for case in cases if case.result is not None], broken


def _read(subjects: Sequence[Subject], house: House, at: datetime, broken: list[Subject]) -> Iterator[tuple[Subject, PlanFile]]:
    for each in subjects:
        try:
            yield each, documents.read(each.document, house.shifts, at, each.facts)
        except (ScheduleError, ValueError, KeyError):
            broken.append(each)


def _case(subject: Subject, file: PlanFile, house: House, data_date: date) -> Case:
    frost_on = house.frost_date(subject.enclose_by, data_date)
    own = {f"{subject.project}:{key}": each for key, each in file.calendars.items() if house.shifts.get(key) is not each}
    keys = {key.partition(":")[2]: key for key in own}
    closed = closures(subject, data_date)
    if closed:
        own |= {f"{subject.project}:{SITE}": _closed(house.shifts[SITE], closed)}
        keys[SITE] = f"{subject.project}:{SITE}"
    shown = {subject.goal, *subject.enclosures, *subject.due}
    activities = tuple(
        replace(each, calendar=keys.get(each.calendar, each.calendar), flagged=each.flagged or each.id in shown) for each in file.activities
    )
    plan = RiskPlan(
        id=f"P{subject.project}",
        activities=activities,
        links=file.links,
        deadlines={each: frost_on for each in subject.enclosures if not subject.finished(each)},
        project_calendar=keys.get(file.project_calendar, file.project_calendar),
    )
    lever = levers.lever_of(subject.document, {each.id: each for each in activities})
    return Case(subject, frost_on, plan, lever, own)


def unsound(result: ScheduleResult) -> str:
    """Why the plan's own faults forbid a probability; empty when they do not."""
    blockers = [each.code for each in health(result.network, result.calendars, result) if each.severity is Severity.BLOCKER]
    return NO_LOGIC if any(code.startswith("enclosure") for code in blockers) else UNSOUND if blockers else ""


def unclosed(subject: Subject) -> str:
    """A building is to be closed by promise, but the plan has no activity that closes it: that is no reason to say that none is needed."""
    return NO_LOGIC if subject.enclose_by and not subject.enclosures else ""


def closures(subject: Subject, data_date: date) -> list[date]:
    """Days to come on which a disruption that is known to last still stops the site."""
    spans = [(max(each.first, data_date), each.last) for each in subject.disturbed if each.last and each.last >= data_date]
    return [first + timedelta(days=n) for first, last in spans for n in range((last - first).days + 1)]


def _closed(calendar: ShiftCalendar, days: Iterable[date]) -> ShiftCalendar:
    shut = {**calendar.exceptions, **dict.fromkeys(days, ())}
    return ShiftCalendar(calendar.name, calendar.week, shut, calendar.minutes_per_day, calendar.works, calendar.version)


# The draw --------------------------------------------------------------------------------------------------------------


def simulation(cases: Iterable[Case], house: House, data_date: date, iterations: int, seed: int) -> Simulation:
    own: dict[str, Any] = {key: each for case in cases for key, each in case.calendars.items()}
    return Simulation(
        {**house.rates, **own}, data_date, house.frost, house.factors, house.drivers, house.weather, iterations=iterations, seed=seed
    )


def simulate(cases: Sequence[Case], house: House, settings: Settings) -> None:
    """Draw all cases together, so that shared causes fall on all of them in the same iteration."""
    if not cases:
        return
    drawn = simulation(cases, house, settings.data_date, settings.iterations, settings.seed).run([case.plan for case in cases])
    for case in cases:
        case.drawn = drawn[case.plan.id]
        reasons = [REASONS.get(reason, NO_LOGIC) for name in case.plan.deadlines if (reason := case.drawn.withheld.get(name, ""))]
        case.withheld = case.withheld or (reasons[0] if reasons else "")
        if case.plan.deadlines and not case.withheld:
            case.in_time = all_in_time(case.drawn)


def all_in_time(drawn: Drawn) -> np.ndarray:
    """For each iteration whether every building of the project is closed in time."""
    return np.logical_and.reduce([drawn.in_time(name) for name in drawn.deadlines])


def pull(cases: Sequence[Case], house: House, settings: Settings) -> None:
    """How much earlier each envelope must begin, and what ten days would add; with fewer iterations and the same numbers."""
    mine = [case for case in cases if case.in_time is not None and case.lever]
    if not mine:
        return
    quick = simulation(mine, house, settings.data_date, settings.quick, settings.seed)

    def chances(plans: Sequence[RiskPlan]) -> list[float | None]:
        found = quick.run(plans, trace=False)
        return [float(all_in_time(found[plan.id]).mean()) for plan in plans]

    pairs = [(case.plan, case.lever) for case in mine if case.lever]
    now = chances([plan for plan, _lever in pairs])
    decided = chances([lever.pulled(plan, levers.DECISION) for plan, lever in pairs])
    found = levers.least_pull(pairs, chances, settings.sure)
    for case, before, after, least in zip(mine, now, decided, found, strict=True):
        case.asked, case.pull = True, least
        case.gain = max(0.0, (after or 0.0) - (before or 0.0))


def compare_without(cases: Sequence[Case], house: House, settings: Settings) -> None:
    """Forecast disturbed projects as if the days lost had not been: the same state of the works, so many working days earlier."""
    together: dict[date, list[Case]] = {}
    for case in cases:
        if lost := days_lost(case.subject, house, settings.data_date):
            together.setdefault(undisturbed(house, settings.data_date, lost), []).append(case)
    for day, group in together.items():
        drawn = simulation(group, house, day, settings.quick, settings.seed).run([_back_at(case.plan, day) for case in group], trace=False)
        for case in group:
            case.without = drawn[case.plan.id]


def days_lost(subject: Subject, house: House, data_date: date) -> int:
    """Site working days lost up to the data date: those told, else those between first and last day."""
    site = house.shifts[SITE]
    lost = 0
    for each in subject.disturbed:
        until = min(each.last or data_date, data_date - timedelta(days=1))
        between = sum(site.minutes_on(each.first + timedelta(days=n)) > 0 for n in range((until - each.first).days + 1))
        lost += between if each.lost is None else each.lost
    return lost


def undisturbed(house: House, data_date: date, lost: int) -> date:
    """The day on which the site would have been where it is now."""
    return house.shifts[SITE].add(first_instant(data_date), -lost * DAY_MINUTES[SITE]).date()


def _back_at(plan: RiskPlan, day: date) -> RiskPlan:
    """The plan as it would stand on an earlier day: what has been done by now was done by then."""
    limit = datetime.combine(day, datetime.min.time())

    def earlier(instant: datetime | None) -> datetime | None:
        return min(instant, limit) if instant else None

    activities = tuple(
        replace(each, actual_start=earlier(each.actual_start), actual_finish=earlier(each.actual_finish)) for each in plan.activities
    )
    return replace(plan, activities=activities)


# After the draw --------------------------------------------------------------------------------------------------------


def row(case: Case, basis: Basis, house: House, settings: Settings) -> Forecast:
    """What was drawn, as the row that is stored."""
    subject, drawn = case.subject, case.drawn
    if drawn is None:
        raise ValueError(f"{case.plan.id} was not drawn")
    goal = subject.goal if subject.goal in drawn.vectors else FINISH
    promised = subject.due.get(subject.goal)
    made = bare(subject, basis, settings, case.withheld)
    made.finish_promised = promised
    made.finish_p10, made.finish_p50, made.finish_p80, made.finish_p90 = (drawn.at(share, goal) for share in (0.1, 0.5, 0.8, 0.9))
    made.finish_in_time = drawn.probability_before(promised, goal) if promised else None
    made.calendar_version = drawn.basis.calendar_version[:40]
    made.enclosure = enclosure_state(case)
    if made.enclosure == State.OPEN:
        _enclosure(made, case, house)
    made.result |= digest_of(case, goal) if settings.brief else detail(case, goal, house)
    return made


def bare(subject: Subject, basis: Basis, settings: Settings, withheld: str) -> Forecast:
    """A row with what it was made of and no figures."""
    return Forecast(
        project_id=subject.project,
        data_date=settings.data_date,
        made_at=clock.now(),
        plan_id=subject.plan,
        progress_id=subject.progress,
        basis=basis,
        iterations=settings.iterations,
        seed=settings.seed,
        engine=ENGINE,
        withheld=withheld,
        enclosure=State.WITHHELD if withheld else State.NONE,
        inputs_hash=inputs_hash(subject, basis, settings),
        result={"inputs": subject.inputs(), "run": settings.kept()},
    )


def inputs_hash(subject: Subject, basis: Basis, settings: Settings) -> str:
    """One hash over everything that a forecast depends on."""
    run = [str(settings.data_date), settings.seed, settings.iterations, *settings.kept()]
    return digest([ENGINE, subject.project, subject.document, subject.facts, subject.inputs(), basis.hash, run])


def enclosure_state(case: Case) -> str:
    if not case.subject.enclosures:
        return State.WITHHELD if unclosed(case.subject) else State.NONE
    if not case.plan.deadlines:
        return State.ENCLOSED
    return State.WITHHELD if case.withheld else State.OPEN


def _enclosure(made: Forecast, case: Case, house: House) -> None:
    drawn = case.drawn
    if drawn is None or case.in_time is None:
        return
    names = list(case.plan.deadlines)
    latest = np.maximum.reduce([drawn.ticks(name) for name in names])
    made.frost_on = case.frost_on
    made.enclosed_in_time = float(case.in_time.mean())
    made.enclosure_p50, made.enclosure_p80 = (quantile(drawn, latest, share) for share in (0.5, 0.8))
    made.margin_days = min(drawn.margin_days(name) for name in names)
    made.gain = case.gain if case.gain is not None else 0.0
    if case.pull and case.lever and not case.lever.begun:
        start = envelope_start(case)
        made.envelope_start_latest = shifted(house, start, -case.pull[0]) if start else None


def quantile(drawn: Drawn, ticks: np.ndarray, share: float) -> date:
    """The day by which a vector of instants is reached in this share of the iterations."""
    ordered = np.sort(ticks)
    return drawn.day(int(ordered[max(0, int(np.ceil(share * len(ordered) - 1e-9)) - 1)]))


def envelope_start(case: Case) -> date | None:
    """The day on which the plan's envelope begins."""
    if case.lever is None or case.result is None:
        return None
    index = case.result.network.index
    starts = case.result.start
    return min(computing.first_day(starts[index[key]]) for key in case.lever.activities)


def shifted(house: House, day: date, working_days: int) -> date:
    """So many site working days later (negative: earlier)."""
    site = house.shifts[SITE]
    return site.next_start(site.add(first_instant(day), working_days * DAY_MINUTES[SITE])).date()


def digest_of(case: Case, goal: str) -> dict[str, Any]:
    """What every forecast keeps: the hash of all that was drawn, and the quantiles of the finish."""
    drawn = case.drawn
    if drawn is None:
        return {}
    return {"digest": drawn.digest(), "goal": goal, "finish": [str(drawn.at(share / 100, goal)) for share in SHARES]}


def detail(case: Case, goal: str, house: House) -> dict[str, Any]:
    """What pages draw of a forecast."""
    drawn, subject = case.drawn, case.subject
    if drawn is None:
        return {}
    names = {each["id"]: each.get("name", each["id"]) for each in subject.document["activities"]}
    groups = {each["id"]: each.get("group", "") for each in subject.document["activities"]}
    traced = [goal] if goal in drawn.targets else [FINISH] if FINISH in drawn.targets else []
    closing = [name for name in case.plan.deadlines if name in drawn.targets and not case.withheld]
    return digest_of(case, goal) | {
        "error_days": round(drawn.date_error(0.8, goal), 1),
        "targets": {
            name: {
                "name": names.get(name, ""),
                "group": groups.get(name, ""),
                "p": [str(drawn.at(share, name)) for share in (0.1, 0.5, 0.8, 0.9)],
                "in_time": drawn.probability_before(subject.due[name], name) if name in subject.due else None,
            }
            for name in drawn.vectors
            if name != FINISH and not subject.finished(name)
        },
        "tornado": [bar for name in traced for bar in bars(drawn, name, names, house)],
        "closing": {name: bars(drawn, name, names, house) for name in closing[:1]},
        "critical": critical(drawn, traced),
        "parts": [
            {"id": each.activity, "name": groups.get(each.activity, ""), "in_time": each.probability, "margin": each.margin_days}
            for each in drawn.enclosures
            if each.activity in case.plan.deadlines and not each.withheld
        ],
        "lever": _lever(case, house),
        "without": _without(case, goal),
    }


def bars(drawn: Drawn, target: str, names: Mapping[str, str], house: House) -> list[list[Any]]:
    """[kind, name, days, criticality] of what moves a target most."""
    found = []
    for bar in drawn.tornado(MOST_BARS, target):
        name = house.driver_names.get(bar.id, bar.id) if bar.kind == "driver" else names.get(bar.id, bar.id)
        critical = None if bar.criticality != bar.criticality else round(bar.criticality, 3)
        found.append([bar.kind, name, round(bar.days, 2), critical])
    return found


def critical(drawn: Drawn, traced: Sequence[str]) -> dict[str, float]:
    """Activities that lie on the driving way in a share of the iterations worth showing."""
    found: dict[str, float] = {}
    for target in traced:
        try:
            found |= {name: round(share, 3) for name, share in drawn.criticality(target).items() if share >= LEAST_CRITICAL}
        except KeyError:
            found |= {name: round(share, 3) for name, share in drawn.criticality(FINISH).items() if share >= LEAST_CRITICAL}
    return found


def _lever(case: Case, house: House) -> dict[str, Any] | None:
    if case.lever is None or not case.asked:
        return None
    start = None if case.lever.begun else envelope_start(case)
    told: dict[str, Any] = {"begun": case.lever.begun, "start": str(start) if start else None, "gain": case.gain, "tried": levers.EARLIEST}
    if case.pull:
        told |= {"days": case.pull[0], "then": case.pull[1]}
    return told


def _without(case: Case, goal: str) -> dict[str, Any] | None:
    if case.without is None:
        return None
    target = goal if goal in case.without.vectors else FINISH
    told: dict[str, Any] = {"finish_p50": str(case.without.at(0.5, target)), "finish_p80": str(case.without.at(0.8, target))}
    if case.in_time is not None:
        told["enclosed_in_time"] = float(all_in_time(case.without).mean())
    return told
