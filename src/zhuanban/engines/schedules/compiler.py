"""What plans share when they are turned into arrays: rows, distributions and the risk drivers that find an activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhuanban.engines.calendars.ticks import RowBook
from zhuanban.engines.schedules.compiled import Compiled
from zhuanban.engines.schedules.distributions import Distribution, Fixed
from zhuanban.engines.schedules.drivers import RiskDriver
from zhuanban.engines.schedules.model import Activity
from zhuanban.engines.schedules.plan_compiler import PlanCompiler
from zhuanban.engines.schedules.risk_plan import RiskPlan

NO_TAGS: frozenset[str] = frozenset()


@dataclass
class Compiler:
    """Compiles plans against one book of rows; distributions are numbered over all plans."""

    book: RowBook
    drivers: Sequence[RiskDriver] = ()
    default: Distribution | Mapping[str, Distribution] | None = None
    """One for all, or by work class ("" for work without a class)."""
    distributions: list[Distribution] = field(default_factory=list)
    _numbers: dict[Distribution, int] = field(default_factory=dict)
    _seen: dict[int, tuple[Distribution, int]] = field(default_factory=dict)
    _touched: dict[tuple[Any, ...], tuple[int, ...]] = field(default_factory=dict)
    _rows: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.drivers = sorted(self.drivers, key=lambda driver: driver.id)
        self._by_id = frozenset(name for driver in self.drivers for name in driver.activities)

    def compile(self, plan: RiskPlan) -> Compiled:
        """Raises ScheduleError (cycle, unknown or repeated activity, negative duration) and ValueError (calendar, winter rate, event)."""
        return PlanCompiler(self, plan).compiled()

    def number(self, plan: RiskPlan, activity: Activity) -> int:
        """The number of the activity's distribution, -1 when it is certain."""
        found = plan.uncertainty.get(activity.id)
        if found is None:
            found = self.default.get(activity.work_class) if isinstance(self.default, Mapping) else self.default
        if found is None:
            return -1
        seen = self._seen.get(id(found))
        if seen is None or seen[0] is not found:
            seen = self._seen[id(found)] = (found, self._number(found))
        return seen[1]

    def _number(self, distribution: Distribution) -> int:
        if distribution == Fixed():
            return -1
        number = self._numbers.setdefault(distribution, len(self.distributions))
        if number == len(self.distributions):
            self.distributions.append(distribution)
        return number

    def drivers_of(self, plan: RiskPlan, activity: Activity) -> tuple[int, ...]:
        """Numbers of the risk drivers that touch it."""
        tags = plan.tags.get(activity.id, NO_TAGS)
        own = activity.id if activity.id in self._by_id else ""
        key = (tags, activity.work_class, id(activity.exposure), own)
        found = self._touched.get(key)
        if found is None:
            words = {*tags, activity.work_class, activity.exposure.value} - {""}
            found = self._touched[key] = tuple(
                number for number, driver in enumerate(self.drivers) if own in driver.activities or not words.isdisjoint(driver.tags)
            )
        return found

    def row(self, calendar: str, work_class: str, state: str) -> int:
        """The row of a calendar: plain, frozen (work that the frost reaches) or warm (work inside)."""
        key = (calendar, work_class, state)
        found = self._rows.get(key)
        if found is None:
            frost = self.book.frost
            if frost is None or state == "plain":
                rates: tuple[float, ...] = ()
            else:
                rates = frost.exposed(work_class) if state == "frozen" else frost.inside(work_class)
            found = self._rows[key] = self.book.row(calendar, rates)
        return found
