"""What is done with a plan that came from a file: calculate it as its tool does, compare with what the tool stored, forecast it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from zhuanban.engines.schedules.cpm import FloatType, Mode, schedule
from zhuanban.engines.schedules.health import Finding, health
from zhuanban.engines.schedules.importcheck import FIELDS, Convention, ImportCheck, Tally, import_check
from zhuanban.engines.schedules.model import Activity, Constraint, ConstraintType, PlanFile
from zhuanban.engines.schedules.network import Network
from zhuanban.engines.schedules.result import ScheduleResult
from zhuanban.engines.schedules.risk_plan import RiskPlan

FLOAT_TYPES: dict[str, FloatType] = {"finish": "finish", "start": "start", "smallest": "least"}
NOON = 12


@dataclass(frozen=True, eq=False)
class CheckedPlan:
    """A plan with its calculation, the comparison with the stored dates, and what is wrong with its logic."""

    plan: PlanFile
    result: ScheduleResult
    check: ImportCheck
    findings: tuple[Finding, ...]


def calculated(plan: PlanFile) -> ScheduleResult:
    """The dates of the plan by the options of its file; actual-dates scheduling is done as retained logic.

    Raises ScheduleError for what cannot be calculated, a circle of links (CycleError) among it.
    """
    network = Network.from_records(plan.activities, plan.links)
    result = _scheduled(plan, network)
    return _scheduled(plan, _closed(network, result)) if plan.open_ends_critical else result


def _scheduled(plan: PlanFile, network: Network) -> ScheduleResult:
    mode: Mode = "progress_override" if plan.mode == "progress_override" else "retained_logic"
    lag_from: Literal["early", "actual"] = "actual" if plan.lag_from_actual_start else "early"
    return schedule(
        network,
        plan.calendars,
        plan.data_date,
        project_calendar=plan.project_calendar,
        mode=mode,
        must_finish_by=plan.must_finish_by,
        float_type=FLOAT_TYPES.get(plan.float_basis, "finish"),
        start_lag_from=lag_from,
    )


def _closed(network: Network, result: ScheduleResult) -> Network:
    """The network in which an activity that nothing waits for may finish no later than it does at the earliest."""
    ends = [at for at in range(len(network)) if not len(network.links_from(at))]
    finish = result.early_finish
    return network.with_activities(_bound(network.activities[at], finish[at].item()) for at in ends)


def _bound(activity: Activity, finish: object) -> Activity:
    limit = Constraint(ConstraintType.FNLT, finish)  # type: ignore[arg-type]
    return replace(activity, constraints=(*activity.constraints, limit))


def checked(plan: PlanFile) -> CheckedPlan:
    """Calculate the plan and compare; raises ScheduleError as `calculated` does."""
    result = calculated(plan)
    convention: Convention = "microsoft" if plan.tool == "msproject" else "primavera"
    found = import_check(result, plan.stored, convention=convention)
    findings = health(result.network, plan.calendars, result)
    if plan.tool == "msproject":  # its data date is the project's start, which says nothing of progress
        findings = [each for each in findings if each.code != "actual_after_data_date"]
    return CheckedPlan(plan, result, found, tuple(findings))


def together(checks: list[ImportCheck]) -> dict[str, Tally]:
    """The tallies of several plans added up."""
    return {
        field: Tally(
            field,
            sum(each.tallies[field].compared for each in checks),
            sum(each.tallies[field].equal_position for each in checks),
            sum(each.tallies[field].equal_clock for each in checks),
        )
        for field in FIELDS
    }


def forecast_day(plan: PlanFile) -> date:
    """The day on whose morning a forecast begins: that of the status date or data date, the next one when that lies in the afternoon.

    A plan of Microsoft Project without status date is forecast from the last actual date on.
    """
    at = plan.status_date or plan.data_date
    if plan.tool == "msproject" and plan.status_date is None:
        told = (day for each in plan.activities for day in (each.actual_start, each.actual_finish, each.suspend_at))
        at = max((at, *(day for day in told if day is not None)))
    return at.date() + timedelta(days=at.hour >= NOON)


def risk_plan(plan: PlanFile) -> RiskPlan:
    """The plan as it is simulated; its name is what the random numbers are drawn by."""
    return RiskPlan(plan.name, plan.activities, plan.links, project_calendar=plan.project_calendar)
