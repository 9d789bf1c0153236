"""Plans from Primavera P6: XER files. One plan a project; the dates that Primavera stored come along for the import check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules.model import (
    Activity,
    Constraint,
    ConstraintType,
    Kind,
    LagCalendar,
    Link,
    LinkType,
    PlanFile,
    StoredDates,
)
from zhuanban.engines.schedules.readers.errors import Note, PlanFileError
from zhuanban.engines.schedules.readers.limits import LONGEST_PLANNED, MAX_ACTIVITIES, MAX_LINKS
from zhuanban.engines.schedules.readers.text import instant, minutes, number
from zhuanban.engines.schedules.readers.xer_book import ALWAYS, HOUR, Book, first_of, yes
from zhuanban.engines.schedules.readers.xer_tables import Row, tables

KINDS = {
    "tt_task": Kind.TASK,
    "tt_rsrc": Kind.TASK,
    "tt_loe": Kind.LEVEL_OF_EFFORT,
    "tt_wbs": Kind.SUMMARY,
    "tt_mile": Kind.START_MILESTONE,
    "tt_finmile": Kind.FINISH_MILESTONE,
}
LINKS = {"fs": LinkType.FS, "ss": LinkType.SS, "ff": LinkType.FF, "sf": LinkType.SF}
LAG_CALENDARS = {
    "rcal_predecessor": LagCalendar.PREDECESSOR,
    "rcal_successor": LagCalendar.SUCCESSOR,
    "rcal_24hour": LagCalendar.ALWAYS,
    "rcal_projdefault": LagCalendar.PROJECT,
}
CONSTRAINTS = {
    "cs_alap": ConstraintType.ALAP,
    "cs_meo": ConstraintType.FO,
    "cs_meoa": ConstraintType.FNET,
    "cs_meob": ConstraintType.FNLT,
    "cs_mandfin": ConstraintType.MFO,
    "cs_mandstart": ConstraintType.MSO,
    "cs_mso": ConstraintType.SO,
    "cs_msoa": ConstraintType.SNET,
    "cs_msob": ConstraintType.SNLT,
}
FLOATS = {"ft_sf": "start", "ft_ff": "finish", "ft_min": "smallest"}


def read(content: bytes) -> tuple[PlanFile, ...]:
    """The plans in the file, the one with most activities first. Raises PlanFileError."""
    found = tables(content)
    rows = found.get("TASK", [])
    if not rows:
        raise PlanFileError("not_a_plan", what="activities (table TASK)")
    if len(rows) > MAX_ACTIVITIES:
        raise PlanFileError("too_many", limit=MAX_ACTIVITIES, what="activities")
    if len(found.get("TASKPRED", [])) > MAX_LINKS:
        raise PlanFileError("too_many", limit=MAX_LINKS, what="links")
    book = Book.of(found)
    plans = [_Project(key, tasks, book).plan() for key, tasks in book.tasks.items() if key not in book.baselines]
    return tuple(sorted(plans, key=lambda plan: -len(plan.activities)))


@dataclass
class _Project:
    """One project of the file on its way to a plan."""

    key: str
    tasks: list[Row]
    book: Book
    ids: dict[str, str] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)

    def plan(self) -> PlanFile:
        row, options = self.book.projects.get(self.key, {}), self.book.options.get(self.key, {})
        self.ids = _ids(self.tasks)
        own = row.get("clndr_id", "")
        self.project_calendar = own if own in self.book.calendars else self.book.default_calendar
        self.expects = yes(options, "sched_use_expect_end_flag", True)
        self.lags_on = LAG_CALENDARS.get(options.get("sched_calendar_on_relationship_lag", "").lower(), LagCalendar.PREDECESSOR)
        activities = tuple(self._activity(task) for task in self.tasks)
        links = tuple(self._links())
        stored = {self.ids[task["task_id"]]: _stored(task) for task in self.tasks}
        calendars = self._used(activities)
        return PlanFile(
            name=row.get("proj_short_name", "").strip() or self.key,
            data_date=self._data_date(row, activities),
            activities=activities,
            links=links,
            calendars=calendars,
            project_calendar=self.project_calendar,
            stored={key: dates for key, dates in stored.items() if dates != StoredDates()},
            must_finish_by=instant(row.get("plan_end_date"), "plan_end_date"),
            mode=_mode(options),
            default_lag_calendar=self.lags_on,
            notes=tuple(self._notes(options, calendars)),
            tool="primavera",
            float_basis=FLOATS.get(options.get("sched_float_type", "").lower(), "finish"),
            open_ends_critical=yes(options, "sched_open_critical_flag", False),
            lag_from_actual_start=not yes(options, "sched_lag_early_start_flag", True),
            started_on=instant(row.get("plan_start_date"), "plan_start_date"),
        )

    # -- activities ------------------------------------------------------------------------------------------------------

    def _activity(self, task: Row) -> Activity:
        identity = self.ids[task["task_id"]]
        kind = KINDS.get(task.get("task_type", "").strip().lower(), Kind.TASK)
        status = task.get("status_code", "").strip().lower()
        started, done = status in ("tk_active", "tk_complete"), status == "tk_complete"
        first = instant(task.get("act_start_date"), f"{identity}: act_start_date")
        last = instant(task.get("act_end_date"), f"{identity}: act_end_date")
        duration, remaining = self._durations(task, identity, kind)
        resumed = instant(task.get("resume_date"), f"{identity}: resume_date")
        return Activity(
            id=identity,
            duration=duration,
            calendar=self._calendar(task),
            name=task.get("task_name", "").strip(),
            kind=kind,
            actual_start=(first or last) if started else None,
            actual_finish=(last or first) if done else None,
            remaining=0 if done else remaining,
            percent=_percent(task, identity, duration, remaining),
            constraints=tuple(self._constraints(task, identity)),
            flagged=kind in (Kind.START_MILESTONE, Kind.FINISH_MILESTONE),
            budget=round(sum(number(each.get("target_cost"), "target_cost") or 0 for each in self.book.resources.get(task["task_id"], ()))),
            suspend_at=instant(task.get("suspend_date"), f"{identity}: suspend_date"),
            resume_at=resumed,
            expected_finish=instant(task.get("expect_end_date"), f"{identity}: expect_end_date") if self.expects and not done else None,
        )

    def _durations(self, task: Row, identity: str, kind: Kind) -> tuple[int, int | None]:
        """Planned and remaining minutes. The network goes by what remains: a plan of more than a hundred years does not stop it."""
        planned, where = first_of(task, "target_drtn_hr_cnt", "target_drtn_hr"), f"{identity}: target_drtn_hr_cnt"
        remaining = minutes(first_of(task, "remain_drtn_hr_cnt", "remain_drtn_hr"), f"{identity}: remain_drtn_hr_cnt", HOUR)
        if remaining is not None and (number(planned, where) or 0) * HOUR > LONGEST_PLANNED:
            self.told["too_long"] += 1
            planned = ""
        duration = minutes(planned, where, HOUR)
        if duration is None and remaining is None and kind is Kind.TASK:
            self.told["no_duration"] += 1
        if (duration or 0) < 0 or (remaining or 0) < 0:
            self.told["negative_duration"] += 1
        return max(duration if duration is not None else remaining or 0, 0), None if remaining is None else max(remaining, 0)

    def _calendar(self, task: Row) -> str:
        """Its own calendar; for a resource-dependent activity that of its resource."""
        own = task.get("clndr_id", "").strip()
        if task.get("task_type", "").strip().lower() == "tt_rsrc":
            own = self._resource_calendar(task) or own
        if own in self.book.calendars:
            return own
        self.told["unknown_calendar"] += 1
        return self.project_calendar

    def _resource_calendar(self, task: Row) -> str:
        keys = [self.book.resource_calendar.get(each["rsrc_id"], "") for each in self.book.resources.get(task["task_id"], ())]
        known = list(dict.fromkeys(key for key in keys if key in self.book.calendars))
        if len(known) > 1:
            self.told["several_calendars"] += 1
            primary = self.book.resource_calendar.get(task.get("rsrc_id", ""), "")
            return primary if primary in known else known[0]
        return known[0] if known else ""

    def _constraints(self, task: Row, identity: str) -> Iterator[Constraint]:
        for kind, day in (("cstr_type", "cstr_date"), ("cstr_type2", "cstr_date2")):
            code = task.get(kind, "").strip().lower()
            if not code:
                continue
            if code not in CONSTRAINTS:
                self.told["unknown_constraint"] += 1
                continue
            at = instant(task.get(day), f"{identity}: {day}")
            if at is not None or code == "cs_alap":
                yield Constraint(CONSTRAINTS[code], at)
        if not task.get("act_start_date", "").strip():
            yield from self._from_outside(task, identity)

    def _from_outside(self, task: Row, identity: str) -> Iterator[Constraint]:
        """What links to projects outside the file allow, as Primavera has written it down."""
        for name, kind in (("external_early_start_date", ConstraintType.SNET), ("external_late_end_date", ConstraintType.FNLT)):
            at = instant(task.get(name), f"{identity}: {name}")
            if at is not None:
                self.told["external_date"] += 1
                yield Constraint(kind, at)

    # -- links -----------------------------------------------------------------------------------------------------------

    def _links(self) -> Iterator[Link]:
        seen: set[tuple[str, str, LinkType, int]] = set()
        for task in self.tasks:
            for row in self.book.links.get(task["task_id"], ()):
                link = self._link(row, task["task_id"])
                if link is None:
                    continue
                key = (link.predecessor, link.successor, link.type, link.lag)
                if key not in seen:
                    seen.add(key)
                    yield link

    def _link(self, row: Row, successor: str) -> Link | None:
        predecessor = row.get("pred_task_id", "").strip()
        if predecessor not in self.ids:
            self.told["link_elsewhere" if predecessor in self.book.owner else "link_nowhere"] += 1
            return None
        if predecessor == successor:
            self.told["link_itself"] += 1
            return None
        where = f"{self.ids[predecessor]} > {self.ids[successor]}"
        code = row.get("pred_type", "").strip().lower().removeprefix("pr_").removesuffix("1")
        if code not in LINKS:
            raise PlanFileError("bad_value", where=where, value=row.get("pred_type", ""), what="link type")
        lag = minutes(first_of(row, "lag_hr_cnt", "lag_hr"), f"{where}: lag_hr_cnt", HOUR) or 0
        return Link(self.ids[predecessor], self.ids[successor], LINKS[code], lag, self.lags_on)

    # -- the plan as a whole ---------------------------------------------------------------------------------------------

    def _data_date(self, row: Row, activities: tuple[Activity, ...]) -> datetime:
        """Up to when progress is told, else the first date that any activity has. A project ahead begins at its planned start."""
        told = instant(row.get("last_recalc_date"), "last_recalc_date") or instant(row.get("next_data_date"), "next_data_date")
        start = instant(row.get("plan_start_date"), "plan_start_date")
        if told and start and start > told and not any(each.actual_start for each in activities):
            self.told["planned_start"] += 1
            return start
        if told or start:
            return told or start  # type: ignore[return-value]
        self.told["no_data_date"] += 1
        dates = [instant(task.get(name), name) for task in self.tasks for name in ("early_start_date", "target_start_date")]
        known = [each for each in dates if each] + [each.actual_start for each in activities if each.actual_start]
        if not known:
            raise PlanFileError("not_a_plan", what="data date")
        return min(known)

    def _used(self, activities: tuple[Activity, ...]) -> dict[str, ShiftCalendar]:
        used = {activity.calendar for activity in activities} | {self.project_calendar, ALWAYS}
        return {key: calendar for key, calendar in self.book.calendars.items() if key in used}

    def _notes(self, options: Row, used: Iterable[str]) -> Iterator[Note]:
        for key in used:
            if key in self.book.weekless:
                yield Note.of("default_week", calendar=self.book.calendars[key].name)
        others = len(self.book.tasks) - len(self.book.baselines) - 1
        if others:
            yield Note.of("other_projects", count=others)
        if self.book.baselines:
            yield Note.of("baselines", count=len(self.book.baselines))
        if not options:
            yield Note.of("no_options")
        if _mode(options) == "actual_dates":
            yield Note.of("actual_dates")
        for code, count in self.told.items():
            yield Note.of(code, count=count)


def _ids(tasks: list[Row]) -> dict[str, str]:
    """The activity's code as its id where no other has it, else the key of its row."""
    codes = Counter(task.get("task_code", "").strip() for task in tasks)
    ids: dict[str, str] = {}
    for task in tasks:
        key = task["task_id"] = task.get("task_id", "").strip()
        if not key:
            raise PlanFileError("not_a_plan", what="key for one of its activities (task_id)")
        if key in ids:
            raise PlanFileError("duplicate", what="Activity key", value=key)
        code = task.get("task_code", "").strip()
        ids[key] = code if code and codes[code] == 1 else f"{code}#{key}"
    return ids


def _stored(task: Row) -> StoredDates:
    where = task.get("task_code", "")
    return StoredDates(
        early_start=instant(task.get("early_start_date"), f"{where}: early_start_date"),
        early_finish=instant(task.get("early_end_date"), f"{where}: early_end_date"),
        late_start=instant(task.get("late_start_date"), f"{where}: late_start_date"),
        late_finish=instant(task.get("late_end_date"), f"{where}: late_end_date"),
        total_float=minutes(task.get("total_float_hr_cnt"), f"{where}: total_float_hr_cnt", HOUR),
        free_float=minutes(task.get("free_float_hr_cnt"), f"{where}: free_float_hr_cnt", HOUR),
    )


def _mode(options: Row) -> str:
    if yes(options, "sched_progress_override", False):
        return "progress_override"
    return "retained_logic" if yes(options, "sched_retained_logic", True) else "actual_dates"


def _percent(task: Row, identity: str, duration: int, remaining: int | None) -> float | None:
    """Physical percent where it is kept, else by duration; unknown for other kinds."""
    if task.get("status_code", "").strip().lower() == "tk_complete":
        return 100.0
    if task.get("complete_pct_type", "").strip().lower() == "cp_phys":
        return number(task.get("phys_complete_pct"), f"{identity}: phys_complete_pct")
    if remaining is None or not duration:
        return None
    return max(0.0, 100.0 * (duration - remaining) / duration)
