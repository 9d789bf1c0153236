"""The rules that a forecast is computed on, as one value: season, winter rates, uncertainty, shared causes, working days.

They are gathered from the city's parameters and calendar, kept once by their hash (`Basis`), and compiled for the engine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.plans.models import Basis
from zhuanban.engines.calendars import SITE_HOURS, MonthDay, Season, ShiftCalendar, Shifts, WorkCalendar
from zhuanban.engines.calendars.frost import Frost
from zhuanban.engines.calendars.ticks import RateCalendar
from zhuanban.engines.schedules.distributions import Distribution, Triangular
from zhuanban.engines.schedules.drivers import RiskDriver, Weather
from zhuanban.kernel import deadlines, parameters
from zhuanban.kernel.models import CalendarDay

_times = pgettext_lazy("parameter unit", "次")
SEASON = parameters.declare("plans.season", gettext_lazy("冬期、停工、暖封闭期限与供热期"), list)
RATES = parameters.declare("plans.winter_rates", gettext_lazy("各类作业冬期工效"), list)
REST = parameters.declare("plans.spring_rest", gettext_lazy("工地春节假期前后多停的天数"), list)
UNCERTAINTY = parameters.declare("plans.uncertainty", gettext_lazy("剩余工期的三点估计"), list)
DRIVERS = parameters.declare("plans.drivers", gettext_lazy("全市共同的延误因素"), list)
WEATHER = parameters.declare("plans.weather", gettext_lazy("冬期早晚的天数"), list)
ITERATIONS = parameters.declare("plans.iterations", gettext_lazy("一次预测的模拟次数"), int, _times)
WHAT_IF = parameters.declare("plans.what_if_iterations", gettext_lazy("现算“如果”的模拟次数"), int, _times)
SURE = parameters.declare("plans.sure", gettext_lazy("视为有把握的概率"), float)
PACE = parameters.declare("plans.least_pace", gettext_lazy("按实际速度推算的最低完成比例"), float)

ALWAYS, SITE, OFFICE = "always", "site", "office"
FIRST_YEAR, LAST_YEAR = 2018, 2036
SUNDAY = 6
SPRING = "春节"
"""How the official table names the days of the Spring Festival."""


def gather(on: date) -> dict[str, Any]:
    """The rules in force on a day, as plain values."""
    value = parameters.value
    work = deadlines.calendar()
    irregular = CalendarDay.objects.filter(day__gte=date(FIRST_YEAR, 1, 1), day__lte=date(LAST_YEAR, 12, 31)).order_by("day")
    return {
        "season": value(SEASON, on),
        "rates": value(RATES, on),
        "uncertainty": value(UNCERTAINTY, on),
        "drivers": value(DRIVERS, on),
        "weather": value(WEATHER, on),
        "pace": value(PACE, on),
        "rest": value(REST, on),
        "days": [[str(day), works, name == SPRING] for day, works, name in irregular.values_list("day", "is_workday", "name")],
        "years": sorted(work.known_years),
        "calendar": work.version,
    }


def canonical(content: Any) -> str:
    """The text that is hashed: JSON with sorted keys and no spaces."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def digest(content: Any) -> str:
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def in_force(on: date) -> Basis:
    """The row of the rules in force on a day; written when it is the first forecast on them."""
    content = gather(on)
    return Basis.objects.get_or_create(hash=digest(content), defaults={"content": content})[0]


@dataclass(frozen=True)
class House:
    """The rules compiled. `shifts` are the critical path's calendars, `rates` the simulation's, both by key; `factors` by class of work."""

    season: Season
    frost: Frost
    shifts: Mapping[str, ShiftCalendar]
    rates: Mapping[str, RateCalendar]
    factors: Mapping[str, Distribution]
    drivers: tuple[RiskDriver, ...]
    driver_names: Mapping[str, str]
    weather: Weather
    pace: float
    version: str

    def frost_date(self, planned: date | None, data_date: date) -> date:
        """The day by which the building must be closed: that of the season in which its closing is planned, never one that has passed."""
        ahead = self.season.next_frost_deadline(data_date)
        return ahead if planned is None else max(ahead, self.season.next_frost_deadline(planned))


def season_of(days: list[str]) -> Season:
    """The season of a city as its parameter holds it."""
    return Season(*map(MonthDay.parse, days))


def house(basis: Basis) -> House:
    return _compiled(basis.hash, canonical(basis.content))


@lru_cache(maxsize=4)
def _compiled(hash: str, text: str) -> House:
    content = json.loads(text)
    season = season_of(content["season"])
    frost = Frost.from_season(season, dict(content["rates"]))
    shifts = calendars(content)
    start = date(FIRST_YEAR, 1, 1)
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    unknown = frozenset(year for year in years if year not in content["years"])
    days = (date(LAST_YEAR, 12, 31) - start).days
    names = {each[0]: each[1] for each in content["drivers"]}
    return House(
        season=season,
        frost=frost,
        shifts=shifts | wintry(shifts, season, dict(content["rates"])),
        rates={key: RateCalendar.from_shifts(each, start, days, unknown) for key, each in shifts.items()},
        factors={name: Triangular(*points) for name, *points in content["uncertainty"]},
        drivers=tuple(
            RiskDriver(key, chance, Triangular(*points), frozenset(tags)) for key, _name, chance, *points, tags in content["drivers"]
        ),
        driver_names=names,
        weather=Weather(Triangular(*content["weather"])),
        pace=content["pace"],
        version=content["calendar"],
    )


def calendars(content: Mapping[str, Any]) -> dict[str, ShiftCalendar]:
    """The house calendars: a six-day site that rests around the Spring Festival, the offices, and every minute of every day."""
    days = {date.fromisoformat(day): works for day, works, _spring in content["days"]}
    office = WorkCalendar(days, frozenset(content["years"]), content["calendar"])
    site = ShiftCalendar.weekly(SITE, SITE_HOURS, rest=(SUNDAY,), closed=rest_days(content), version=content["calendar"])
    return {SITE: site, OFFICE: ShiftCalendar.office(office, name=OFFICE), ALWAYS: ShiftCalendar.always(ALWAYS)}


def rest_days(content: Mapping[str, Any]) -> list[date]:
    """The days on which sites rest around each Spring Festival of the official tables."""
    before, after = content["rest"]
    off: dict[int, list[date]] = {}
    for text, works, spring in content["days"]:
        if spring and not works:
            day = date.fromisoformat(text)
            off.setdefault(day.year, []).append(day)
    return [
        first + timedelta(days=n)
        for first, last in ((min(days) - timedelta(days=before), max(days) + timedelta(days=after)) for days in off.values())
        for n in range((last - first).days + 1)
    ]


def exposed(calendar: str, work_class: str) -> str:
    """The key of a house calendar as the frost leaves it for a class of work."""
    return f"{calendar}~{work_class}"


def wintry(shifts: Mapping[str, ShiftCalendar], season: Season, rates: Mapping[str, float]) -> dict[str, ShiftCalendar]:
    """Each house calendar for each class of work outdoors: in winter a day has so much less of its hours."""
    winter = [
        day
        for n in range((date(LAST_YEAR, 12, 31) - date(FIRST_YEAR, 1, 1)).days)
        if season.in_season(day := date(FIRST_YEAR, 1, 1) + timedelta(days=n))
    ]
    made = {}
    for key in (SITE, OFFICE):
        for name, rate in rates.items():
            if rate < 1:
                cut = {day: shortened(shifts[key].shifts_on(day), rate) for day in winter}
                plain = shifts[key]
                made[exposed(key, name)] = ShiftCalendar(
                    exposed(key, name), plain.week, {**plain.exceptions, **cut}, plain.minutes_per_day, plain.works, plain.version
                )
    return made


def shortened(shifts: Shifts, rate: float) -> Shifts:
    """The first part of a day's shifts, as much as the rate leaves."""
    left = round(sum(end - start for start, end in shifts) * rate)
    kept = []
    for start, end in shifts:
        if left <= 0:
            break
        kept.append((start, min(end, start + left)))
        left -= end - start
    return tuple(kept)
