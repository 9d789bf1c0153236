"""Plan networks: critical path on work calendars, comparison, earned value, and forecasts by simulation."""

from zhuanban.engines.schedules.case import Options
from zhuanban.engines.schedules.changes import (
    Crew,
    DropEvent,
    Expose,
    LatestStart,
    Remaining,
    ShiftStart,
    StartFrom,
    WhatIf,
    changed,
    latest_start,
    what_if,
)
from zhuanban.engines.schedules.compare import Baseline, BaselineComparison, BaselineDates, LogicChange, Variance, compare_baseline
from zhuanban.engines.schedules.cpm import Plan, schedule, schedule_many
from zhuanban.engines.schedules.distributions import Empirical, Fixed, Lognormal, Pert, Triangular, Uniform, of_days
from zhuanban.engines.schedules.drivers import RiskDriver, RiskEvent, Weather
from zhuanban.engines.schedules.earned_value import EarnedValue, PlannedCurve, earned_share, earned_value, planned_curve
from zhuanban.engines.schedules.forecast import FINISH, Basis, Enclosed, Forecast
from zhuanban.engines.schedules.health import Finding, Severity, Thresholds, health
from zhuanban.engines.schedules.importcheck import Difference, ImportCheck, Likely, Tally, import_check
from zhuanban.engines.schedules.model import (
    Activity,
    Constraint,
    ConstraintType,
    Exposure,
    Kind,
    LagCalendar,
    Link,
    LinkType,
    PlanFile,
    StoredDates,
)
from zhuanban.engines.schedules.network import CycleError, Network, ScheduleError
from zhuanban.engines.schedules.portfolio import Rollup, rollup
from zhuanban.engines.schedules.result import ActivityDates, Positions, ScheduleResult
from zhuanban.engines.schedules.risk_plan import RiskPlan
from zhuanban.engines.schedules.simulation import Simulation, simulate

__all__ = [
    "FINISH",
    "Activity",
    "ActivityDates",
    "Baseline",
    "BaselineComparison",
    "BaselineDates",
    "Basis",
    "Constraint",
    "ConstraintType",
    "Crew",
    "CycleError",
    "Difference",
    "DropEvent",
    "EarnedValue",
    "Empirical",
    "Enclosed",
    "Expose",
    "Exposure",
    "Finding",
    "Fixed",
    "Forecast",
    "ImportCheck",
    "Kind",
    "LagCalendar",
    "LatestStart",
    "Likely",
    "Link",
    "LinkType",
    "LogicChange",
    "Lognormal",
    "Network",
    "Options",
    "Pert",
    "Plan",
    "PlanFile",
    "PlannedCurve",
    "Positions",
    "Remaining",
    "RiskDriver",
    "RiskEvent",
    "RiskPlan",
    "Rollup",
    "ScheduleError",
    "ScheduleResult",
    "Severity",
    "ShiftStart",
    "Simulation",
    "StartFrom",
    "StoredDates",
    "Tally",
    "Thresholds",
    "Triangular",
    "Uniform",
    "Variance",
    "Weather",
    "WhatIf",
    "changed",
    "compare_baseline",
    "earned_share",
    "earned_value",
    "health",
    "import_check",
    "latest_start",
    "of_days",
    "planned_curve",
    "rollup",
    "schedule",
    "schedule_many",
    "simulate",
    "what_if",
]
