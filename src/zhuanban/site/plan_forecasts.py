"""`zhuanban plans simulate`: a plan file is forecast, without settings or a database."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from zhuanban.engines.schedules import FINISH, Forecast, Lognormal, Pert, Triangular, Uniform, simulate
from zhuanban.engines.schedules.distributions import Distribution, table
from zhuanban.engines.schedules.files import CheckedPlan, checked, forecast_day, risk_plan
from zhuanban.site import tables
from zhuanban.site.plan_files import health_of, iso, note_of, plain, read, sizes, some, unreadable
from zhuanban.site.plan_words import WORDS, word

DEFAULT_SPREAD = "triangular:0.9,1,1.3"
SHAPES = {"triangular": (Triangular, 3), "pert": (Pert, 3), "uniform": (Uniform, 2), "lognormal": (Lognormal, 2)}
QUANTILES = (10, 50, 80, 90)
SHOWN_TARGETS, SHOWN_BARS = 25, 12
LEAST_DAYS = 0.05
"""What moves the finish by less is not shown on a terminal."""


@dataclass(frozen=True, eq=False)
class Forecasted:
    """A plan with its calculation and its forecast."""

    found: CheckedPlan
    forecast: Forecast
    spread: str
    before: date | None

    def quantile(self, share: int, target: str = FINISH) -> date:
        return self.forecast.at(share / 100, target)

    @property
    def names(self) -> dict[str, str]:
        return {activity.id: activity.name for activity in self.found.plan.activities}

    def planned(self, target: str = FINISH) -> datetime | None:
        """When it is reached as planned, without any uncertainty."""
        return self.found.result.project_finish if target == FINISH else self.found.result.row(target).finish

    @property
    def targets(self) -> list[str]:
        """Flagged activities that are still open, by their median."""
        still = [name for name in self.forecast.targets if name != FINISH]
        return sorted(still, key=lambda name: (self.quantile(50, name), name))

    def halves(self) -> tuple[date, date]:
        """P80 of each half of the iterations: how far they lie apart shows how far it has converged."""
        ticks, count = self.forecast.ticks(), self.forecast.iterations
        parts = (sorted(ticks[: max(count // 2, 1)].tolist()), sorted(ticks[count // 2 :].tolist()))
        first, second = (self.forecast.day(part[min(math.ceil(0.8 * len(part)), len(part)) - 1]) for part in parts)
        return first, second


def spread(text: str) -> Distribution | None:
    """The uncertainty that a word names, as `pert:0.9,1,1.4`; None for `none`. Raises ValueError."""
    shape, _, numbers = text.strip().lower().partition(":")
    if shape == "none":
        return None
    if not numbers:
        shape, numbers = "triangular", shape
    if shape not in SHAPES:
        raise ValueError(f"{shape} is none of {', '.join(SHAPES)}, none")
    kind, count = SHAPES[shape]
    values = [float(each) for each in numbers.split(",")]
    if len(values) != count:
        raise ValueError(f"{shape} takes {count} numbers")
    made: Distribution = kind(*values)
    table(made)
    return made


def forecast(path: Path, *, project: str, iterations: int, seed: int, shape: str, before: date | None, start: date | None) -> Forecasted:
    """Forecast the plan of a file: the project named, or the largest. Raises Unreadable."""
    plan = max(read(path, project), key=lambda each: len(each.activities))
    try:
        found = checked(plan)
        day = start or forecast_day(plan)
        done = simulate([risk_plan(plan)], plan.calendars, day, uncertainty=spread(shape), iterations=iterations, seed=seed)
    except ValueError as error:
        raise unreadable(path, error) from error
    return Forecasted(found, done[plan.name], shape, before)


def forecast_as_json(done: Forecasted) -> dict[str, Any]:
    """What `plans simulate --json` prints; the keys are documented in docs/how-to/plan-files.md."""
    made, plan = done.forecast, done.found.plan
    first, second = done.halves()
    sensitivity = made.sensitivity() if FINISH in made.targets else {}
    return {
        "name": plan.name,
        "tool": plan.tool,
        "data_date": iso(made.data_date),
        "iterations": made.iterations,
        "seed": made.basis.seed,
        "spread": done.spread,
        "engine": made.basis.engine,
        "digest": made.digest(),
        **sizes([plan]),
        "finish": _target(done, FINISH),
        "milestones": [{"id": name, "name": done.names[name], **_target(done, name)} for name in done.targets],
        "probability_before": _before(done),
        "criticality": {name: share for name, share in made.criticality().items() if share} if made.targets else {},
        "sensitivity": {name: value for name, value in sensitivity.items() if value},
        "tornado": [{**bar._asdict(), "criticality": None if math.isnan(bar.criticality) else bar.criticality} for bar in made.tornado(20)],
        "convergence": {
            "p50_error_days": made.date_error(0.5),
            "p80_error_days": made.date_error(0.8),
            "p80_first_half": iso(first),
            "p80_second_half": iso(second),
        },
        "health": health_of(done.found),
        "notes": [note_of(plan, note) for note in plan.notes],
    }


def _target(done: Forecasted, target: str) -> dict[str, Any]:
    return {
        "planned": iso(done.planned(target)),
        **{f"p{share}": iso(done.quantile(share, target)) for share in QUANTILES},
        "beyond_horizon": done.forecast.beyond(target),
    }


def _before(done: Forecasted) -> dict[str, Any] | None:
    if done.before is None:
        return None
    share = done.forecast.probability_before(done.before)
    return {"date": iso(done.before), "probability": share, "error": done.forecast.probability_error(share)}


def forecast_as_text(done: Forecasted) -> str:
    return "\n".join(_forecast_lines(done))


def _forecast_lines(done: Forecasted) -> Iterator[str]:
    made, plan = done.forecast, done.found.plan
    yield f"{word('project')}  {plain(plan.name)}"
    told = {"day": made.data_date.isoformat(), "iterations": made.iterations, "seed": made.basis.seed, "spread": _spread_words(done.spread)}
    yield word("basis") % told
    yield ""
    heads = [word("target"), word("name"), word("planned"), *(f"P{share}" for share in QUANTILES)]
    targets = [FINISH, *done.targets[:SHOWN_TARGETS]]
    rows = [
        [
            plain(name),
            plain(done.names.get(name, word("whole"))),
            _day(done.planned(name)),
            *(done.quantile(each, name).isoformat() for each in QUANTILES),
        ]
        for name in targets
    ]
    yield tables.table(heads, rows)
    if len(done.targets) > SHOWN_TARGETS:
        yield word("more") % {"count": len(done.targets) - SHOWN_TARGETS}
    if done.before is not None:
        yield word("before") % {"day": done.before.isoformat(), "share": 100 * made.probability_before(done.before)}
    yield from _deciding_lines(done)
    first, second = done.halves()
    yield ""
    yield word("sure") % {"p50": made.date_error(0.5), "p80": made.date_error(0.8), "first": first, "second": second}
    blockers = [each for each in health_of(done.found) if each["severity"] != "notice"]
    for each in blockers:
        yield f"- {each['words']}: {each['count']} ({some(each['activities'])})"


def _deciding_lines(done: Forecasted) -> Iterator[str]:
    bars = [bar for bar in done.forecast.tornado(SHOWN_BARS) if abs(bar.days) >= LEAST_DAYS]
    if bars:
        heads = [word(key) for key in ("activity", "name", "criticality", "correlation", "days")]
        rows = [
            [plain(bar.id), plain(done.names[bar.id]), f"{bar.criticality:.0%}", f"{bar.correlation:.2f}", f"{bar.days:.1f}"]
            for bar in bars
        ]
        yield from ["", word("moves"), tables.table(heads, rows, frozenset({2, 3, 4}))]


def _spread_words(text: str) -> str:
    shape, _, numbers = text.partition(":")
    return f"{word(shape)} {numbers}".strip() if shape in WORDS else text


def _day(value: datetime | None) -> str:
    return "-" if value is None else f"{value:%Y-%m-%d}"
