"""Forecasts of many projects at once.

    calendars = {"office": RateCalendar.office("office", work_calendar, date(2022, 1, 1)), "site": ShiftCalendar.six_day_site(...)}
    plan = RiskPlan("P-0815", activities, links, uncertainty={"steel": Triangular(0.9, 1.0, 1.4)}, deadlines={"enclosure": date(2023, 11, 15)})
    forecast = simulate([plan], calendars, date(2023, 2, 10), frost=DEFAULT_FROST, seed=1)["P-0815"]
    forecast.at(0.8), forecast.at(0.8, "enclosure"), forecast.enclosures, forecast.tornado(10), forecast.summary()

`activities` and `links` are those of `schedules.model` (durations in minutes of the activity's calendar); activities that are `flagged`, that
enclose a building or have a deadline become targets. Durations are drawn as multiples of the remaining work. The result depends on the
plans, the seed and the number of iterations only: not on the order or number of plans, the blocks, the threads or the backend.

How progress counts: what is complete stays; remaining work never begins before the data date (the morning of that day) and waits for its
open predecessors (retained logic). An actual start counts as the morning of its day, an actual finish as its evening. Mandatory dates hold
work back like "no earlier than" but never let it pass its predecessors; latest dates and "as late as possible" do not move a forecast.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import cached_property
from importlib.util import find_spec
from threading import Lock, local
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from zhuanban.engines.calendars.frost import Frost
from zhuanban.engines.calendars.ticks import PAST_DAYS, TICKS, RateCalendar, RowBook, Shifted, Tables
from zhuanban.engines.schedules.compiled import AT_START, Compiled
from zhuanban.engines.schedules.compiler import Compiler
from zhuanban.engines.schedules.distributions import Distribution, table
from zhuanban.engines.schedules.drivers import RiskDriver, Weather, combined, driver_factors
from zhuanban.engines.schedules.forecast import ENGINE, FINISH, Basis, Forecast
from zhuanban.engines.schedules.numpy_tables import NumpyTables, numpy_rows
from zhuanban.engines.schedules.outcome import Drawn, Draws, Outcome, Room
from zhuanban.engines.schedules.random_numbers import keys, weyl
from zhuanban.engines.schedules.risk_plan import RiskPlan
from zhuanban.engines.schedules.simulate_numpy import run_stack

if TYPE_CHECKING:
    from zhuanban.engines.schedules.simulate_numba import NumbaTables

Calendars = Mapping[str, RateCalendar | Shifted]

MOST_ITERATIONS = 100_000
CELLS = 1_000_000
"""Activities times iterations that are held at a time."""
STACKED = 8_192
"""Plans of one shape are put side by side up to so many iterations in all."""
WORTH_COMPILING = 30_000_000
"""From so many activity-iterations on the compiled loops win although they have to be loaded."""


def simulate(
    plans: Iterable[RiskPlan],
    calendars: Calendars,
    data_date: date,
    *,
    frost: Frost | None = None,
    uncertainty: Distribution | Mapping[str, Distribution] | None = None,
    drivers: Sequence[RiskDriver] = (),
    weather: Weather | None = None,
    iterations: int = 2000,
    seed: int = 1,
    backend: str = "auto",
    threads: int | None = None,
    block: int | None = None,
    trace: bool = True,
) -> dict[str, Forecast]:
    """Forecasts by plan id.

    `uncertainty` holds for activities whose plan names none: one for all or by work class. `trace` False leaves criticality out. `backend`
    is auto, numpy or numba; `threads` (default: the cores, for large batches) and `block` (iterations at a time) only change the speed.
    Raises ScheduleError (a ValueError) for plans that cannot be calculated and ValueError for unknown calendars, winter rates and so on.
    """
    return Simulation(calendars, data_date, frost, uncertainty, drivers, weather, iterations, seed).run(
        plans, backend, threads, block, trace
    )


def numba_there() -> bool:
    """Whether the optional compiled loops can be had."""
    return find_spec("numba") is not None


class Simulation:
    """Everything that plans share; `run` may be called again with other plans (a what-if) and draws the same numbers."""

    def __init__(
        self,
        calendars: Calendars,
        data_date: date,
        frost: Frost | None = None,
        uncertainty: Distribution | Mapping[str, Distribution] | None = None,
        drivers: Sequence[RiskDriver] = (),
        weather: Weather | None = None,
        iterations: int = 2000,
        seed: int = 1,
    ) -> None:
        if not 1 <= iterations <= MOST_ITERATIONS:
            raise ValueError(f"{iterations} iterations; from 1 to {MOST_ITERATIONS} are possible")
        if len({driver.id for driver in drivers}) < len(drivers):
            raise ValueError("two risk drivers with the same id")
        self.data_date, self.iterations, self.seed, self.weather = data_date, iterations, seed, weather
        shifts = weather.days() if weather and frost else (0,)
        self.book = _book(_rated(calendars, data_date), data_date, frost, shifts)
        self.compiler = Compiler(self.book, drivers, uncertainty)
        self.words = weyl(0, iterations)
        self.seasons = weather.draw(seed, self.words) if weather and len(shifts) > 1 else None
        late = np.array(shifts, np.int32)
        self.season_shift = None if not late.any() else late[self.seasons] if self.seasons is not None else np.repeat(late, iterations)
        self._shared: dict[str, npt.NDArray[np.int32]] = {}
        self._kept: LoopTables | None = None

    def run(
        self, plans: Iterable[RiskPlan], backend: str = "auto", threads: int | None = None, block: int | None = None, trace: bool = True
    ) -> dict[str, Forecast]:
        """Forecasts by plan id; see `simulate`."""
        compiled = self.compile(plans)
        tables = self._tables()
        work = sum(plan.size for plan in compiled) * self.iterations
        if threads is None:
            threads = min(os.cpu_count() or 1, 8) if work > WORTH_COMPILING // 3 else 1
        run = self._loops(backend, work)
        outcomes = run(self, compiled, tables, threads, block, trace)
        basis = self._basis()
        return {plan.plan.id: self._forecast(plan, outcome, basis) for plan, outcome in zip(compiled, outcomes, strict=True)}

    def _tables(self) -> LoopTables:
        """The tables that the loops read, compiled again only when plans asked for more."""
        rows = self.book.tables()
        if self._kept is None or self._kept.rows is not rows or len(self._kept.quantiles) != len(self.compiler.distributions):
            self._kept = LoopTables(rows, [table(each) for each in self.compiler.distributions])
        return self._kept

    def compile(self, plans: Iterable[RiskPlan]) -> list[Compiled]:
        """The plans as arrays. Raises ValueError for two plans of one id."""
        compiled = [self.compiler.compile(plan) for plan in plans]
        if len({plan.plan.id for plan in compiled}) < len(compiled):
            raise ValueError("two plans with the same id")
        return compiled

    def drawn(self, plan: Compiled) -> Drawn:
        """Keys and drivers' factors of one plan."""
        project = plan.plan.id
        factors = [combined([self._factors(driver, project) for driver in each]) for each in plan.combinations]
        stacked = np.stack(factors) if factors else np.zeros((0, self.iterations), np.int32)
        return Drawn(keys(self.seed, project, plan.names), keys(self.seed, project, plan.event_names), stacked)

    def _factors(self, driver: RiskDriver, project: str) -> npt.NDArray[np.int32]:
        if not driver.shared:
            return driver_factors(driver, self.seed, project, self.words)
        if driver.id not in self._shared:
            self._shared[driver.id] = driver_factors(driver, self.seed, "", self.words)
        return self._shared[driver.id]

    def _loops(self, backend: str, work: int) -> Callable[..., list[Outcome]]:
        if backend not in ("auto", "numpy", "numba"):
            raise ValueError(f"backend {backend!r} is none of auto, numpy, numba")
        if backend == "numba" and not numba_there():
            raise ValueError("the numba backend needs the extra zhuanban[fast]")
        if backend == "numpy" or (backend == "auto" and (work < WORTH_COMPILING or not numba_there())):
            return run_numpy
        return _run_numba

    def _basis(self) -> Basis:
        used = self.book.used()
        versions = ", ".join(f"{each.key}: {each.version}" for each in used if each.version)
        years = sorted({year for each in used for year in each.provisional})
        return Basis(self.data_date, self.seed, self.iterations, ENGINE, versions, tuple(years))

    def _forecast(self, plan: Compiled, outcome: Outcome, basis: Basis) -> Forecast:
        names = tuple(plan.ids[target] for target in plan.targets)
        vectors: dict[str, npt.NDArray[np.int32]] = {}
        for name, target, instants in zip((FINISH, *names), (-1, *plan.targets.tolist()), outcome.targets, strict=True):
            morning = 1 if target >= 0 and plan.needs[target] & AT_START else 0
            vectors[name] = instants - np.int32(self.book.zero - morning)
        for name, instant in plan.reached.items():
            vectors[name] = np.full(self.iterations, instant - self.book.zero, np.int32)
        touching = {driver.id: driver for each in plan.combinations for driver in each}
        return Forecast(
            project=plan.plan.id,
            basis=basis,
            vectors=vectors,
            ids=plan.ids,
            targets=(FINISH, *names),
            critical=outcome.critical,
            sums=outcome.sums,
            deadlines=plan.plan.deadlines,
            withheld=_withheld(plan),
            drivers=tuple(touching[name] for name in sorted(touching)),
            events=tuple(event for event in plan.plan.events if event.activity in plan.ids),
            season_shift=self.season_shift,
            horizon=self.book.cap - self.book.zero,
        )


class LoopTables:
    """Rows and quantiles, in the form that each backend wants."""

    def __init__(self, rows: Tables, quantiles: Sequence[npt.NDArray[np.int32]]) -> None:
        self.rows, self.quantiles = rows, quantiles

    @cached_property
    def numpy(self) -> NumpyTables:
        return NumpyTables.of(numpy_rows(self.rows), self.quantiles)

    @cached_property
    def numba(self) -> NumbaTables:
        from zhuanban.engines.schedules.simulate_numba import NumbaTables

        return NumbaTables(self.numpy)


def run_numpy(
    simulation: Simulation, plans: Sequence[Compiled], tables: LoopTables, threads: int, block: int | None, trace: bool
) -> list[Outcome]:
    """The loops in numpy, plans of one shape side by side."""
    flat, rooms = tables.numpy, local()
    outcomes: dict[int, Outcome] = {}

    def work(group: Sequence[int]) -> None:
        members = [plans[number] for number in group]
        blocks = [
            Draws(simulation.seed, first, count, simulation.seasons)
            for first, count in blocks_of(simulation.iterations, block or max(256, CELLS // max(members[0].size * len(group), 1)))
        ]
        if not hasattr(rooms, "own"):
            rooms.own = Room()
        drawn = [simulation.drawn(plan) for plan in members]
        found = run_stack(flat, members, drawn, blocks, members[0].traced if trace else 0, rooms.own)
        outcomes.update(zip(group, found, strict=True))

    finished = [number for number, plan in enumerate(plans) if not plan.size]
    outcomes.update((number, complete(plans[number], simulation.iterations)) for number in finished)
    spread(work, _stacks(plans, simulation.iterations), threads)
    return [outcomes[number] for number in range(len(plans))]


def _run_numba(
    simulation: Simulation, plans: Sequence[Compiled], tables: LoopTables, threads: int, block: int | None, trace: bool
) -> list[Outcome]:
    """The compiled loops, plan by plan; numba is loaded here."""
    from zhuanban.engines.schedules.simulate_numba import run_plan

    narrow = tables.numba
    outcomes: dict[int, Outcome] = {number: complete(plan, simulation.iterations) for number, plan in enumerate(plans) if not plan.size}

    def work(number: int) -> None:
        drawn = simulation.drawn(plans[number])
        outcomes[number] = run_plan(narrow, plans[number], drawn, simulation.words, simulation.seasons, block, trace)

    spread(work, [number for number in range(len(plans)) if plans[number].size], threads)
    return [outcomes[number] for number in range(len(plans))]


def blocks_of(iterations: int, size: int) -> list[tuple[int, int]]:
    """(first, count) of each block."""
    return [(first, min(size, iterations - first)) for first in range(0, iterations, size)]


def complete(plan: Compiled, iterations: int) -> Outcome:
    """What is to say of a plan of which nothing is left to do."""
    finish = np.full((1, iterations), plan.completed_at, np.int32)
    return Outcome(finish, np.zeros((1, 0), np.int64), np.zeros((3, 0), np.int64))


def _stacks(plans: Sequence[Compiled], iterations: int) -> list[list[int]]:
    """Numbers of open plans, those of one shape together."""
    together: dict[Any, list[int]] = {}
    for number, plan in enumerate(plans):
        if plan.size:
            together.setdefault(plan.shape, []).append(number)
    most = max(1, STACKED // iterations)
    return [numbers[first : first + most] for numbers in together.values() for first in range(0, len(numbers), most)]


def spread(work: Callable[[Any], None], parts: Sequence[Any], threads: int) -> None:
    """Do all parts, on so many threads; the first error is raised."""
    if threads <= 1 or len(parts) <= 1:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, parts):
            pass


def _withheld(plan: Compiled) -> dict[str, str]:
    """Why there is no probability of an activity that is watched; '' where there is one."""
    activities = {activity.id: activity for activity in plan.plan.activities}
    found = {}
    for name, led_to in plan.has_predecessors.items():
        activity = activities.get(name)
        if activity is None:
            found[name] = "unknown_activity"
        elif activity.actual_start or activity.actual_finish:
            found[name] = ""
        else:
            found[name] = "no_predecessors" if not led_to else "" if plan.has_successors[name] else "no_successors"
    return found


_converted: dict[tuple[int, date], tuple[Any, RateCalendar]] = {}
_books: OrderedDict[Any, RowBook] = OrderedDict()
_lock = Lock()
BOOKS = 8


def _rated(calendars: Calendars, data_date: date) -> dict[str, RateCalendar]:
    """All calendars as rates by the day; a shift calendar is converted once for each data date, as long as it is the same object."""
    start = data_date - timedelta(days=PAST_DAYS)
    found = {}
    for key, calendar in calendars.items():
        if isinstance(calendar, RateCalendar):
            found[key] = calendar
            continue
        with _lock:
            kept = _converted.get((id(calendar), start))
            if kept is None or kept[0] is not calendar:
                if len(_converted) >= 8 * BOOKS:
                    _converted.clear()
                kept = _converted[(id(calendar), start)] = (calendar, RateCalendar.from_shifts(calendar, start))
        found[key] = kept[1]
    return found


def _book(calendars: Mapping[str, RateCalendar], data_date: date, frost: Frost | None, shifts: tuple[int, ...]) -> RowBook:
    """The book of rows for these calendars; the last few are kept, so that the next question about the same day starts at once."""
    contents = tuple(
        (key, each.start, each.minutes, each.version, each.provisional, each.rates.tobytes()) for key, each in sorted(calendars.items())
    )
    key = (contents, data_date, frost, shifts)
    with _lock:
        book = _books.pop(key, None) or RowBook(calendars, data_date, frost, shifts)
        _books[key] = book
        while len(_books) > BOOKS:
            _books.popitem(last=False)
    return book


__all__ = ["TICKS", "Simulation", "numba_there", "simulate"]
