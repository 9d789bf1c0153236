"""Plans drawn at random for the simulation's tests, and a slow reckoning of their dates that steps from day to day."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np

from zhuanban.engines.calendars import MonthDay
from zhuanban.engines.calendars.frost import Frost, FrostWindow
from zhuanban.engines.calendars.ticks import RateCalendar
from zhuanban.engines.schedules import (
    Activity,
    Constraint,
    ConstraintType,
    Exposure,
    Kind,
    LagCalendar,
    Link,
    LinkType,
    Pert,
    RiskDriver,
    RiskEvent,
    RiskPlan,
    Triangular,
)

DAY = 480
DATA_DATE = date(2023, 2, 10)
START = date(2022, 1, 1)
FIVE, SIX = (lambda day: day.weekday() < 5), (lambda day: day.weekday() < 6)
WORKS = {"office": FIVE, "site": SIX, "days": lambda day: (day.month, day.day // 10) != (3, 1)}
CALENDARS = {key: RateCalendar.from_days(key, works, START) for key, works in WORKS.items()}
FROST = Frost(
    (FrostWindow(MonthDay(2, 1), MonthDay(3, 20)), FrostWindow(MonthDay(4, 20), MonthDay(5, 3), {"steel": 0.2})),
    {"masonry": 0.0, "concrete": 0.4, "earthwork": 0.3, "steel": 0.7, "indoor": 0.95, "commissioning": 1.0},
)
"""Short winters soon after the data date, so that small plans meet them."""

SPREAD = {"masonry": Triangular(0.5, 1.0, 2.5), "concrete": Pert(0.8, 1, 2), "steel": Triangular(1, 1, 1.5), "": Triangular(0.9, 1.0, 1.3)}
DRIVERS = [
    RiskDriver("steel price", 0.4, Triangular(1.0, 1.2, 1.8), frozenset({"steel", "outdoor"})),
    RiskDriver("crew", 0.5, Triangular(0.9, 1.1, 1.4), frozenset({"masonry", "picked"}), shared=False),
]


def risky_plan(name: str, seed: int, size: int = 12, progress: bool = True, spread: bool = True) -> RiskPlan:
    """A plan with every kind of link, lag, exposure, constraint and progress; the first half before two enclosures."""
    rng = random.Random(f"{name} {seed}")
    ids = [f"{name}-{number:02d}" for number in range(size)]
    enclosures = [ids[size // 2], ids[size * 2 // 3]]
    activities = [_activity(rng, each, enclosures, progress and number < size // 3) for number, each in enumerate(ids)]
    links = []
    for number in range(1, size):
        for before in rng.sample(range(number), min(number, rng.choice((0, 1, 1, 2, 3)))):
            kind = rng.choice((LinkType.FS, LinkType.FS, LinkType.SS, LinkType.FF, LinkType.SF))
            links.append(Link(ids[before], ids[number], kind, rng.choice((0, 0, 0, 2, 5, -3)) * DAY, rng.choice(list(LagCalendar))))
    events = [RiskEvent(f"event {name}", rng.choice(ids), 0.4, rng.randint(1, 30))] if spread else []
    tags = {rng.choice(ids): frozenset({"picked"})}
    deadlines = {enclosures[0]: date(2023, 4, 15)}
    rng.shuffle(activities)
    return RiskPlan(name, activities, links, tags=tags, events=events, deadlines=deadlines, project_calendar="office")


def _activity(rng: random.Random, name: str, enclosures: list[str], may_have_begun: bool) -> Activity:
    exposure = rng.choice(list(Exposure))
    kind = rng.choice((Kind.TASK,) * 6 + (Kind.FINISH_MILESTONE, Kind.START_MILESTONE))
    activity = Activity(
        name,
        0 if kind is not Kind.TASK else rng.randint(0, 30) * DAY // 2,
        rng.choice(list(WORKS)),
        kind=kind,
        exposure=exposure,
        work_class=rng.choice(("masonry", "concrete", "earthwork", "steel", "indoor", "commissioning")),
        enclosure=rng.choice(enclosures) if exposure is Exposure.ENCLOSABLE else "",
        flagged=True,
        constraints=_constraints(rng),
    )
    if may_have_begun and rng.random() < 0.5:
        begun = datetime(2023, 1, 1) + timedelta(days=rng.randint(0, 20))
        activity = replace(activity, actual_start=begun, remaining=rng.randint(0, activity.duration))
        if rng.random() < 0.5:
            activity = replace(activity, actual_finish=begun + timedelta(days=rng.randint(0, 18)), remaining=None)
    return activity


def _constraints(rng: random.Random) -> tuple[Constraint, ...]:
    if rng.random() < 0.8:
        return ()
    return (Constraint(rng.choice(list(ConstraintType)), datetime(2023, 2, 1) + timedelta(days=rng.randint(0, 60))),)


class Slow:
    """Dates of one plan without uncertainty, in ticks from the data date, by adding day after day."""

    def __init__(self, plan: RiskPlan, data_date: date = DATA_DATE, frost: Frost | None = FROST) -> None:
        self.plan, self.data_date, self.frost = plan, data_date, frost
        self.activities = {each.id: each for each in plan.activities}
        self.before: dict[str, list[Link]] = {each: [] for each in self.activities}
        for link in plan.links:
            self.before[link.successor].append(link)
        self.known: dict[str, tuple[int, int]] = {}
        self.begins: dict[str, tuple[int, int]] = {}
        self.rates: dict[tuple[str, tuple[float, ...]], list[int]] = {}
        self.forced = self._forced()

    def finish(self, name: str) -> int:
        """The finish on the finish side; a start milestone's first tick counts as its finish."""
        milestone = self.activities[name].kind is Kind.START_MILESTONE and self.activities[name].actual_finish is None
        return self._dates(name)[1] + milestone

    # the frost

    def _forced(self) -> dict[str, bool]:
        """Which enclosable activities stay in the frost: those that lead to their enclosure, also over other enclosures' wards."""
        edges = {(link.predecessor, link.successor) for link in self.plan.links}
        wards: dict[str, list[str]] = {}
        for each in self.plan.activities:
            if each.exposure is Exposure.ENCLOSABLE and not each.actual_finish:
                wards.setdefault(each.enclosure, []).append(each.id)
        forced = {}
        for enclosure in sorted(wards):
            leads = {enclosure}
            while more := {first for first, second in edges if second in leads} - leads:
                leads |= more
            for ward in wards[enclosure]:
                forced[ward] = ward in leads or enclosure not in self.activities
                if not forced[ward]:
                    edges.add((enclosure, ward))
        return forced

    def _clock(self, name: str):
        """(frost's rates, base's rates, instant of the change) of an activity's own work; None for one that takes no time."""
        activity = self.activities[name]
        plain = self._rate(activity.calendar, ())
        if not self._remaining(activity):
            return (plain, plain, 0) if activity.kind is Kind.START_MILESTONE else None
        if self.frost is None:
            return plain, plain, 0
        warm = self._rate(activity.calendar, self.frost.inside(activity.work_class)) if activity.work_class else plain
        if activity.exposure is Exposure.SHELTERED:
            return warm, warm, 0
        frozen = self._rate(activity.calendar, self.frost.exposed(activity.work_class))
        if activity.exposure is Exposure.OUTDOOR or self.forced[name]:
            return frozen, frozen, 0
        return frozen, warm, self._dates(activity.enclosure)[1]

    def _rate(self, calendar: str, shares: tuple[float, ...]) -> list[int]:
        """Ticks of work of each day, from 400 days before the data date."""
        key = (calendar, shares)
        if key not in self.rates:
            rates = []
            for number in range(-400, 1200):
                day = self.data_date + timedelta(days=number)
                share = 1.0
                for window, of_window in zip(self.frost.windows if self.frost and shares else (), shares, strict=False):
                    first, last = window.first.in_year(day.year), window.last.in_year(day.year)
                    if first <= day <= last if first <= last else day >= first or day <= last:
                        share = of_window
                rate = round(1024 * share) if WORKS[calendar](day) else 0
                rates.append(max(rate, 16) if rate else 0)
            self.rates[key] = rates
        return self.rates[key]

    @staticmethod
    def _work(rates: list[int], first: int, last: int) -> int:
        """Work between two instants, whole ticks of each day."""
        sign, total = 1, 0
        if last < first:
            first, last, sign = last, first, -1
        for day in range(first >> 10, (last >> 10) + 1):
            rate, begin, end = rates[day + 400], max(first - (day << 10), 0), min(last - (day << 10), 1024)
            total += ((rate * end) >> 10) - ((rate * begin) >> 10)
        return sign * total

    def _position(self, clock, at: int) -> int:
        if clock is None:
            return at
        frozen, warm, change = clock
        change = max(change, 0)
        if at <= change:
            return self._work(frozen, 0, at)
        return self._work(frozen, 0, change) + self._work(warm, change, at)

    def _instant(self, clock, work: int, start: bool = False) -> int:
        """The first instant with so much work done; at the start side the last one with no more than that."""
        if clock is None:
            return work
        if start:
            return self._instant(clock, work + 1) - 1
        day = 0
        while self._position(clock, (day + 1) << 10) < work:
            day += 1
        low, high = day << 10, (day + 1) << 10
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._position(clock, middle) >= work else (middle + 1, high)
        return low

    # the logic

    @staticmethod
    def _remaining(activity: Activity) -> int:
        if activity.actual_finish or activity.kind is not Kind.TASK:
            return 0
        minutes = activity.duration if activity.remaining is None else activity.remaining
        return max(1, round(minutes * 1024 / DAY)) if minutes else 0

    def _day(self, at: datetime, end: bool = False) -> int:
        return ((at.date() - self.data_date).days + end) * 1024

    def _dates(self, name: str) -> tuple[int, int]:
        """Start and finish."""
        if name not in self.known:
            self.known[name] = self._reckoned(name)
        return self.known[name]

    def _reckoned(self, name: str) -> tuple[int, int]:
        activity = self.activities[name]
        if activity.actual_finish:
            return self._day(activity.actual_start or activity.actual_finish), self._day(activity.actual_finish, True)
        clock, taken = self._clock(name), self._remaining(activity)
        starts, finishes = [0], []
        for constraint in activity.constraints:
            if constraint.type.value in ("SNET", "SO", "MSO") and not activity.actual_start:
                starts.append(self._position(clock, max(self._day(constraint.at), 0)))
            elif constraint.type.value in ("FNET", "FO", "MFO"):
                finishes.append(self._position(clock, max(self._day(constraint.at, True), 0)))
        for link in self.before[name]:
            asked = self._asked(link, clock)
            (finishes if link.type in (LinkType.FF, LinkType.SF) else starts).append(asked)
        begin = max(max(starts), *(asked - taken for asked in finishes)) if finishes else max(starts)
        finish = self._instant(clock, begin + taken, start=clock is not None and not taken)
        started = self._day(activity.actual_start) if activity.actual_start else self._instant(clock, begin, start=True)
        self.begins[name] = (begin, begin + taken)
        return started, finish

    def _asked(self, link: Link, clock) -> int:
        """The position that a link asks for."""
        before = self.activities[link.predecessor]
        from_start = link.type in (LinkType.SS, LinkType.SF)
        at = self._dates(link.predecessor)[0 if from_start else 1]
        lag = round(link.lag * 1024 / (1440 if link.lag_calendar is LagCalendar.ALWAYS else DAY))
        if not lag:
            return self._position(clock, max(at, 0))
        key = {LagCalendar.PREDECESSOR: before.calendar, LagCalendar.SUCCESSOR: self.activities[link.successor].calendar}
        plain = self._rate(key.get(link.lag_calendar, self.plan.project_calendar), ())
        happened = before.actual_finish or (from_start and before.actual_start)
        if link.lag_calendar is LagCalendar.ALWAYS:
            return self._position(clock, max(at + lag, 0))
        if happened:
            return self._position(clock, max(self._later(plain, at, lag), 0))
        source = self._clock(link.predecessor)
        if link.lag_calendar is LagCalendar.PREDECESSOR and source is not None:
            work = max(self.begins[link.predecessor][0 if from_start else 1] + lag, 0)
            return self._position(clock, max(self._instant(source, work, start=from_start), 0))
        if link.lag_calendar is LagCalendar.SUCCESSOR and clock is not None:
            return self._position(clock, at) + lag
        return self._position(clock, max(self._instant((plain, plain, 0), max(self._work(plain, 0, at) + lag, 0)), 0))

    def _later(self, rates: list[int], at: int, lag: int) -> int:
        """So much work after (before) an instant that may lie before the data date: the first instant of that position."""
        goal = self._work(rates, 0, at) + lag
        day = -390
        while self._work(rates, 0, (day + 1) << 10) < goal:
            day += 1
        low, high = day << 10, (day + 1) << 10
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._work(rates, 0, middle) >= goal else (middle + 1, high)
        return low


def same(first: np.ndarray, second: np.ndarray) -> bool:
    return first.shape == second.shape and bool((first == second).all())
