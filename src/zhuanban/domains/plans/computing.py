"""The critical path of plans: documents to dates, many at once, with the winter in the calendars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np

from zhuanban.domains.plans import documents
from zhuanban.domains.plans.basis import House, exposed
from zhuanban.domains.plans.documents import Document
from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import Activity, Exposure, Network, Plan, ScheduleError, ScheduleResult, schedule_many
from zhuanban.engines.schedules.model import PlanFile


@dataclass(frozen=True)
class Asked:
    """A document to be calculated at a data date, with the progress known then."""

    document: Document
    data_date: datetime
    facts: Mapping[str, Any] | None = None


def schedules(asked: Sequence[Asked], house: House) -> list[ScheduleResult]:
    """Dates of many plans in two passes: which indoor work begins before its building is closed is known only after the first."""
    files = [documents.read(each.document, house.shifts, each.data_date, each.facts) for each in asked]
    first = _pass([_outdoors(file, house, frozenset()) for file in files], house)
    early = [_before_enclosure(result) for result in first]
    again = [at for at, ids in enumerate(early) if ids]
    if again:
        second = _pass([_outdoors(files[at], house, early[at]) for at in again], house)
        for at, result in zip(again, second, strict=True):
            first[at] = result
    return first


def each_or_none(asked: Sequence[Asked], house: House) -> list[ScheduleResult | None]:
    """As `schedules`, with None for a plan that cannot be calculated."""
    try:
        return list(schedules(asked, house))
    except (ScheduleError, ValueError):
        return [_one_or_none(each, house) for each in asked]


def _one_or_none(asked: Asked, house: House) -> ScheduleResult | None:
    try:
        return schedules([asked], house)[0]
    except (ScheduleError, ValueError):
        return None


def _pass(files: Sequence[PlanFile], house: House) -> list[ScheduleResult]:
    """All plans on one set of calendars; those that came with a file are told apart by its number."""
    calendars: dict[str, ShiftCalendar] = dict(house.shifts)
    plans = []
    for number, file in enumerate(files):
        own = {key: f"{number}:{key}" for key, each in file.calendars.items() if house.shifts.get(key) is not each}
        calendars |= {own[key]: file.calendars[key] for key in own}
        activities = (
            file.activities if not own else tuple(replace(each, calendar=own.get(each.calendar, each.calendar)) for each in file.activities)
        )
        key = own.get(file.project_calendar, file.project_calendar)
        plans.append(Plan(Network.from_records(activities, file.links), file.data_date, key, file.must_finish_by))
    return schedule_many(plans, calendars)


def _outdoors(file: PlanFile, house: House, in_the_open: frozenset[str]) -> PlanFile:
    """The plan with the winter's calendars for what stands outdoors, and for indoor work in a building that is still open."""

    def placed(each: Activity) -> Activity:
        outside = each.exposure is Exposure.OUTDOOR or each.id in in_the_open
        key = exposed(each.calendar, each.work_class)
        return replace(each, calendar=key) if outside and key in house.shifts else each

    return replace(file, activities=tuple(map(placed, file.activities)))


def _before_enclosure(result: ScheduleResult) -> frozenset[str]:
    """Indoor work that would begin before its building is closed."""
    network, found = result.network, set()
    for at, each in enumerate(network.activities):
        closing = network.index.get(each.enclosure) if each.exposure is Exposure.ENCLOSABLE else None
        if closing is not None and each.actual_finish is None and result.early_start[at] < result.early_finish[closing]:
            found.add(each.id)
    return frozenset(found)


def day_of(moment: np.datetime64) -> date:
    """The day of an instant; the end of a day belongs to it."""
    return (moment.astype("datetime64[m]") - np.timedelta64(1, "m")).astype("datetime64[D]").item()


def first_day(moment: np.datetime64) -> date:
    return moment.astype("datetime64[D]").item()


def dates(result: ScheduleResult) -> dict[str, tuple[date, date]]:
    """Activity id -> its first and last day, actual where there are."""
    starts, finishes = result.start, result.finish
    return {key: (min(first_day(starts[at]), day_of(finishes[at])), day_of(finishes[at])) for key, at in result.network.index.items()}


def finish_of(result: ScheduleResult) -> date | None:
    """The last day of all."""
    return day_of(result.finish.max()) if len(result.network) else None


def enclosing(document: Document) -> list[str]:
    """The activities whose finish closes a building."""
    return documents.enclosures(document)
