"""Forecasts made and kept: a few projects after a change, all of them at night, and any of them again from what it was made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db import transaction

from zhuanban.domains.plans import basis as rules_of
from zhuanban.domains.plans import forecasting
from zhuanban.domains.plans.forecasting import Case, Settings
from zhuanban.domains.plans.models import AreaForecast, Basis, Forecast
from zhuanban.domains.plans.subjects import Disturbed, Subject, gather
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.engines.schedules import Rollup
from zhuanban.engines.schedules.forecast import ENGINE
from zhuanban.kernel import clock, parameters

CHUNK = 40
"""Projects that are drawn together: the memory of a run grows with them, not with the city."""
Told = Callable[[int, int], None]


def settings_for(data_date: date, *, pull: bool = True) -> Settings:
    """A run on the city's parameters of that day."""
    value = parameters.value
    return Settings(
        data_date=data_date,
        seed=forecasting.seed_of(data_date),
        iterations=value(rules_of.ITERATIONS, data_date),
        quick=value(rules_of.WHAT_IF, data_date),
        sure=value(rules_of.SURE, data_date),
        pull=pull,
    )


def renew(projects: Iterable[int], data_date: date | None = None, settings: Settings | None = None) -> list[Case]:
    """Forecast these projects anew and let the new forecasts be the current ones, each batch in one transaction."""
    settings = settings or settings_for(data_date or clock.today())
    basis = rules_of.in_force(settings.data_date)
    house = rules_of.house(basis)
    wanted = list(projects)
    subjects = gather(wanted, settings.data_date, house, store=True)
    rows, cases = forecasting.forecasts(subjects, basis, house, settings)
    keep([*rows, *without_plan(wanted, subjects, basis, settings)])
    return cases


def without_plan(wanted: Sequence[int], subjects: Sequence[Subject], basis: Basis, settings: Settings) -> list[Forecast]:
    """Rows that say that there is no plan to forecast by, for projects under way."""
    missing = set(wanted) - {each.project for each in subjects}
    ids = Project.objects.under_way().filter(pk__in=missing).order_by("pk").values_list("pk", flat=True)
    return [
        Forecast(
            project_id=pk,
            data_date=settings.data_date,
            made_at=clock.now(),
            basis=basis,
            iterations=0,
            seed=settings.seed,
            engine=ENGINE,
            withheld=forecasting.NO_PLAN,
            enclosure=Forecast.Enclosure.WITHHELD,
            inputs_hash=rules_of.digest([ENGINE, pk, None, str(settings.data_date)]),
        )
        for pk in ids
    ]


@transaction.atomic
def keep(rows: Sequence[Forecast]) -> None:
    """Store forecasts and switch what is current, unless nothing has changed since the ones in force."""
    same = set(
        Forecast.objects.filter(current=True, inputs_hash__in=[row.inputs_hash for row in rows]).values_list("inputs_hash", flat=True)
    )
    fresh = [row for row in rows if row.inputs_hash not in same]
    Forecast.objects.filter(project__in=[row.project_id for row in fresh], current=True).update(current=False)
    Forecast.objects.bulk_create(fresh)


def renew_all(data_date: date | None = None, told: Told = lambda done, total: None) -> int:
    """Forecast every project under way and every one that has a plan, chunk by chunk, and count them together by area."""
    counts = Counts(settings_for(data_date or clock.today()))
    wanted = everybody()
    renew_many(wanted, counts, told)
    counts.keep()
    return len(wanted)


def everybody() -> list[int]:
    """The projects under way and those that have a plan and something left to forecast."""
    under_way = set(Project.objects.under_way().values_list("pk", flat=True))
    return sorted(under_way | set(Project.objects.filter(plans__state="current", stage__in=GOING).values_list("pk", flat=True)))


def renew_many(wanted: Sequence[int], counts: Counts, told: Told = lambda done, total: None) -> None:
    """Forecast many projects, some at a time, and count them."""
    for first in range(0, len(wanted), CHUNK):
        part = wanted[first : first + CHUNK]
        counts.add(renew(part, settings=counts.settings))
        told(first + len(part), len(wanted))


GOING = [
    Project.Stage.PRE_STAGE,
    Project.Stage.READY,
    Project.Stage.UNDER_CONSTRUCTION,
    Project.Stage.SUSPENDED,
    Project.Stage.COMPLETED,
]
"""Stages in which there is something left to forecast."""


class Counts:
    """How many projects of each area, and of the city, are closed in time, iteration by iteration."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.counted: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(settings.iterations, np.int32))
        self.totals: dict[str, int] = defaultdict(int)

    def add(self, cases: Iterable[Case]) -> None:
        open_ones = [case for case in cases if case.in_time is not None]
        areas = dict(Project.objects.filter(pk__in=[case.subject.project for case in open_ones]).values_list("pk", "area"))
        for case in open_ones:
            for key in {city_key(), areas.get(case.subject.project)} - {None}:
                self.counted[str(key)] += case.in_time
                self.totals[str(key)] += 1

    @transaction.atomic
    def keep(self, *, synthetic: bool = False) -> None:
        """Store each area's distribution and switch what is current."""
        AreaForecast.objects.filter(current=True).update(current=False)
        AreaForecast.objects.bulk_create(
            [
                AreaForecast(
                    area_id=key,
                    data_date=self.settings.data_date,
                    made_at=clock.now(),
                    projects=self.totals[key],
                    iterations=self.settings.iterations,
                    seed=self.settings.seed,
                    engine=ENGINE,
                    result=told_of(Rollup(counts, self.totals[key], {}, None)),
                    synthetic=synthetic,
                )
                for key, counts in sorted(self.counted.items())
            ]
        )


def told_of(found: Rollup) -> dict[str, Any]:
    """The distribution of a count, as pages draw it."""
    return {
        "mean": round(found.mean, 2),
        "spread": round(found.spread, 2),
        "p": [found.quantile(share) for share in (0.1, 0.2, 0.5, 0.8, 0.9)],
        "distribution": [[count, share] for count, share in sorted(found.distribution().items())],
    }


# Again ---------------------------------------------------------------------------------------------------------------


def again(stored: Forecast) -> Forecast:
    """The forecast made once more from what is stored of its inputs: an unsaved row that must be equal to the bit.

    Raises ValueError where it was made by another engine than this one, or without a plan.
    """
    if stored.engine != ENGINE or stored.plan is None or stored.basis is None:
        raise ValueError(f"forecast {stored.pk} was made by {stored.engine}, this is {ENGINE}")
    inputs, run = stored.result["inputs"], stored.result["run"]
    subject = Subject(
        project=stored.project_id,
        plan=stored.plan_id or 0,
        document=stored.plan.document,
        facts=stored.progress.facts if stored.progress else {},
        due={key: date.fromisoformat(day) for key, day in inputs["due"].items()},
        enclose_by=date.fromisoformat(inputs["enclose_by"]) if inputs["enclose_by"] else None,
        disturbed=tuple(
            Disturbed(date.fromisoformat(first), date.fromisoformat(last) if last else None, lost)
            for first, last, lost in inputs["disturbed"]
        ),
        progress=stored.progress_id,
    )
    settings = Settings(stored.data_date, stored.seed, stored.iterations, *run)
    rows, _cases = forecasting.forecasts([subject], stored.basis, rules_of.house(stored.basis), settings)
    return rows[0]
