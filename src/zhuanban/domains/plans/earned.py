"""Plan, earned and spent: the S-curve of a project against its baseline, and what earned schedule says of its finish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from zhuanban.domains.plans import documents, progress
from zhuanban.domains.plans.basis import House
from zhuanban.domains.plans.models import Baseline, Plan
from zhuanban.domains.plans.networks import first_instant, last_instant
from zhuanban.domains.plans.situations import Situation, once
from zhuanban.domains.portfolio.models import InvestmentEntry, Project
from zhuanban.engines.schedules import Baseline as Approved
from zhuanban.engines.schedules import BaselineDates, EarnedValue, ScheduleError, earned_value, planned_curve
from zhuanban.engines.schedules.earned_value import PlannedCurve


@dataclass(frozen=True)
class Curve:
    """Month by month in per cent of the whole: planned, earned and spent; a month without knowledge is None."""

    months: tuple[date, ...]
    planned: tuple[float, ...]
    earned: tuple[float | None, ...]
    spent: tuple[float | None, ...]
    value: EarnedValue


def approved(plan: Plan, baseline: Baseline) -> Approved:
    """The baseline in the engine's words: activities with their days, budgets and calendars."""
    known = documents.activities(plan.document)
    dates = {
        key: BaselineDates(
            first_instant(date.fromisoformat(first)),
            last_instant(date.fromisoformat(last)),
            known[key]["calendar"],
            known[key].get("budget", 0),
        )
        for key, (first, last) in baseline.dates.items()
        if key in known
    }
    return Approved(dates, None)


def curve_of(found: Situation) -> Curve | None:
    """The S-curve of a project; None where it has no baseline to measure by."""
    baseline, result, today = found.baseline, found.result, found.today
    if baseline is None or result is None:
        return None
    measured = once(result, ("earned", baseline.pk), lambda: _measured(found.plan, baseline, found.facts, today, found.house))
    if measured is None:
        return None
    planned, value = measured
    months = month_ends(planned.first, max(baseline.finish_on, today))
    whole = value.bac or 1
    return Curve(
        months,
        tuple(round(planned.at(datetime.combine(day + timedelta(days=1), datetime.min.time())) * 100 / whole, 1) for day in months),
        _earned(found.plan, months, today, value.ev / whole),
        _spent(found.plan.project, months, today),
        value,
    )


def _measured(
    plan: Plan, baseline: Baseline, facts: Mapping[str, Any], today: date, house: House
) -> tuple[PlannedCurve, EarnedValue] | None:
    """The planned course and the value earned by now; None where the plan cannot be measured by its baseline."""
    then = approved(plan, baseline)
    at = datetime.combine(today, datetime.min.time())
    file = documents.read(plan.document, house.shifts, at, facts)
    try:
        return planned_curve(then, file.calendars), earned_value(file.activities, then, file.calendars, at)
    except ScheduleError:
        return None


def month_ends(first: date, last: date) -> tuple[date, ...]:
    found, day = [], first.replace(day=1)
    while day <= last:
        day = (day + timedelta(days=32)).replace(day=1)
        found.append(day - timedelta(days=1))
    return tuple(found)


def _earned(plan: Plan, months: Sequence[date], today: date, now: float) -> tuple[float | None, ...]:
    """What had been earned at the end of each month, from the progress kept then; the month of today takes today's."""
    kept = [(row.data_date, progress.share_done(plan.document, row.facts)) for row in plan.updates.order_by("data_date", "pk")]
    found: list[float | None] = []
    for day in months:
        if day.replace(day=1) > today:
            found.append(None)
        elif day >= today:
            found.append(round(now * 100, 1))
        else:
            before = [share for on, share in kept if on <= day and share is not None]
            found.append(round(before[-1] * 100, 1) if before else None)
    return tuple(found)


def _spent(project: Project, months: Sequence[date], today: date) -> tuple[float | None, ...]:
    """Investment completed by the end of each month, of the planned investment; months not reported yet are unknown."""
    rows = dict(InvestmentEntry.objects.filter(project=project).values_list("month").annotate(s=Sum("amount")).values_list("month", "s"))
    if not rows or not project.planned_investment:
        return (None,) * len(months)
    last = max(rows)
    return tuple(
        None
        if day.replace(day=1) > last
        else round(float(sum((amount for month, amount in rows.items() if month <= day), Decimal(0)) * 100 / project.planned_investment), 1)
        for day in months
    )
