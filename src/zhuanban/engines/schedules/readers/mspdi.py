"""Plans from Microsoft Project: its XML (MSPDI). The dates that it stored come along for the import check.

Microsoft Project counts lags on the successor's calendar, takes the smaller of start and finish float as total float, and schedules from
the project's start, not from the status date, but for tasks that are told an earlier start. Links and start constraints of a summary are
those of the tasks below it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
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
from zhuanban.engines.schedules.readers.drafts import STANDARD_WEEK, CalendarDraft, built
from zhuanban.engines.schedules.readers.errors import Note, PlanFileError
from zhuanban.engines.schedules.readers.limits import MAX_LINKS, MAX_SUMMARY_PAIRS
from zhuanban.engines.schedules.readers.mspdi_file import RECORDS, TENTH, File, leaves_of, span, stored
from zhuanban.engines.schedules.readers.mspdi_xml import branches
from zhuanban.engines.schedules.readers.text import instant, minutes, number, whole, within

ALWAYS = "24h"
STANDARD = "standard"
LINKS = {"0": LinkType.FF, "1": LinkType.FS, "2": LinkType.SF, "3": LinkType.SS}
CONSTRAINTS = {
    "1": ConstraintType.ALAP,
    "2": ConstraintType.MSO,
    "3": ConstraintType.MFO,
    "4": ConstraintType.SNET,
    "5": ConstraintType.SNLT,
    "6": ConstraintType.FNET,
    "7": ConstraintType.FNLT,
}
ELAPSED = frozenset({"4", "6", "8", "10", "12", "20", "36", "38", "40", "42", "44", "52"})
PERCENT = frozenset({"19", "20", "51", "52"})


def is_xml(content: bytes) -> bool:
    """Whether the file may be XML, in whatever encoding."""
    return content[:200].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").startswith(b"<")


def read(content: bytes) -> PlanFile:
    """The plan in the file. Raises PlanFileError."""
    file = File()
    for name, element in branches(content, RECORDS):
        file.take(name, element)
    if file.root != "Project":
        raise PlanFileError("not_a_plan", what="element Project at its root")
    if not any(task["UID"] != "0" for task in file.tasks):
        raise PlanFileError("not_a_plan", what="tasks")
    return _Project(file).plan()


class _Project:
    """The file on its way to a plan."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.told: Counter[str] = Counter()
        told = file.project
        per_day = whole(told.get("MinutesPerDay"), "MinutesPerDay") or 480
        drafts = dict(file.calendars)
        drafts[STANDARD] = CalendarDraft(STANDARD, STANDARD, week=dict(enumerate(STANDARD_WEEK)))
        self.calendars = built(drafts, min(max(per_day, 1), 1440)) | {ALWAYS: ShiftCalendar.always(ALWAYS)}
        own = told.get("CalendarUID", "")
        self.project_calendar = own if own in file.calendars else next(iter(file.calendars), STANDARD)
        self.active = [task for task in file.tasks if self._counts(task)]
        self.leaves = leaves_of(self.active)
        self.tasks = {task["UID"]: task for task in self.active}
        if len(self.tasks) < len(self.active):
            twice = next(uid for uid, times in Counter(task["UID"] for task in self.active).items() if times > 1)
            raise PlanFileError("duplicate", what="Task UID", value=twice)

    def _counts(self, task: dict[str, str]) -> bool:
        """Whether the task is one of the plan: active, of this file, and not the project's own summary."""
        if task.get("Active") == "0":
            self.told["inactive"] += 1
        elif task.get("ExternalTask") == "1":
            self.told["other_file"] += 1
        else:
            return task["UID"] != "0"
        return False

    def plan(self) -> PlanFile:
        told = self.file.project
        inherited = self._inherited()
        activities = tuple(self._activity(task, inherited.get(task["UID"], ())) for task in self.active)
        links = self._unique(activities)
        joined = {link.successor for link in links}
        activities = tuple(_sided(activity, activity.id in joined) for activity in activities)
        status = instant(told.get("StatusDate"), "StatusDate")
        start = instant(told.get("StartDate"), "StartDate")
        dates = {task["UID"]: stored(task) for task in self.active}
        begins = start or status or self._first_date()
        earliest = min([begins, *(at for each in activities for at in _fixed_starts(each))])
        if earliest < begins:
            activities = tuple(_floored(activity, begins, activity.id in joined) for activity in activities)
        plan = PlanFile(
            name=told.get("Title") or told.get("Name", ""),
            data_date=earliest,
            activities=activities,
            links=links,
            calendars=self._used(activities),
            project_calendar=self.project_calendar,
            stored={uid: each for uid, each in dates.items() if each != StoredDates()},
            default_lag_calendar=LagCalendar.SUCCESSOR,
            notes=tuple(self._notes(activities)),
            tool="msproject",
            float_basis="smallest",
            open_ends_critical=told.get("MultipleCriticalPaths") == "1",
            started_on=start,
            status_date=status,
        )
        return _renamed(plan, self.file.codes)

    # -- activities ------------------------------------------------------------------------------------------------------

    def _activity(self, task: dict[str, str], inherited: tuple[Constraint, ...]) -> Activity:
        uid = task["UID"]
        kind = Kind.SUMMARY if uid in self.leaves else Kind.TASK
        duration = span(task.get("Duration"), f"task {uid}: Duration") or 0
        started = instant(task.get("ActualStart"), f"task {uid}: ActualStart")
        finished = instant(task.get("ActualFinish"), f"task {uid}: ActualFinish")
        percent = number(task.get("PercentComplete"), f"task {uid}: PercentComplete")
        remaining = self._remaining(task, duration, percent)
        calendar = self._calendar(task)
        milestone = kind is Kind.TASK and task.get("Milestone") == "1" and not duration
        stopped, resumed = self._interruption(task, started, finished, duration - remaining, calendar)
        return Activity(
            id=uid,
            duration=duration,
            calendar=calendar,
            name=task.get("Name", ""),
            kind=Kind.FINISH_MILESTONE if milestone else kind,
            actual_start=started or finished,
            actual_finish=finished,
            remaining=0 if finished else remaining,
            percent=percent,
            constraints=(*self._constraints(task), *inherited) if kind is not Kind.SUMMARY else (),
            flagged=milestone,
            budget=round(number(task.get("Cost"), f"task {uid}: Cost") or 0),
            suspend_at=stopped,
            resume_at=resumed,
        )

    def _remaining(self, task: dict[str, str], duration: int, percent: float | None) -> int:
        """What is left to do: as told, else by the percentage."""
        told = span(task.get("RemainingDuration"), f"task {task['UID']}: RemainingDuration")
        if told is not None:
            return max(told, 0)
        if task.get("ActualFinish"):
            return 0
        return round(duration * (1 - min(max(percent or 0, 0), 100) / 100))

    def _interruption(
        self, task: dict[str, str], started: datetime | None, finished: datetime | None, done: int, calendar: str
    ) -> tuple[datetime | None, datetime | None]:
        """When a running task stopped and goes on: it does not wait for a status date, but goes on where its actual work ends."""
        if started is None or finished is not None:
            return None, None
        stop = instant(task.get("Stop"), f"task {task['UID']}: Stop")
        resume = instant(task.get("Resume"), f"task {task['UID']}: Resume")
        if resume is None:
            resume = self.calendars[calendar].add(started, max(done, 0))
        return stop or resume, max(resume, started)

    def _calendar(self, task: dict[str, str]) -> str:
        """Elapsed time for durations told so, else the task's own calendar, else its only resource's, else the project's."""
        if task.get("DurationFormat") in ELAPSED:
            return ALWAYS
        own = task.get("CalendarUID", "")
        if own in self.file.calendars:
            return own
        if own not in ("", "-1"):
            self.told["unknown_calendar"] += 1
        held = {self.file.resource_calendar.get(each, "") for each in self.file.resources.get(task["UID"], ())}
        known = sorted(key for key in held if key in self.file.calendars)
        if len(known) > 1:
            same = {(each.week, tuple(sorted(each.exceptions.items()))) for each in (self.calendars[key] for key in known)}
            self.told["several_calendars"] += len(same) > 1
            return known[0] if len(same) == 1 else self.project_calendar
        return known[0] if known and task.get("IgnoreResourceCalendar") != "1" else self.project_calendar

    def _constraints(self, task: dict[str, str]) -> Iterator[Constraint]:
        uid = task["UID"]
        if task.get("Manual") == "1":
            self.told["by_hand"] += 1
            at = instant(task.get("ManualStart") or task.get("Start"), f"task {uid}: ManualStart")
            if at is not None:
                yield Constraint(ConstraintType.SNET, at)
            return
        kind = CONSTRAINTS.get(task.get("ConstraintType", ""))
        at = instant(task.get("ConstraintDate"), f"task {uid}: ConstraintDate")
        if kind is not None and (at is not None or kind is ConstraintType.ALAP):
            yield Constraint(kind, at)
        deadline = instant(task.get("Deadline"), f"task {uid}: Deadline")
        if deadline is not None:
            yield Constraint(ConstraintType.FNLT, deadline)
        if number(task.get("LevelingDelay"), f"task {uid}: LevelingDelay"):
            self.told["leveled"] += 1

    def _inherited(self) -> dict[str, tuple[Constraint, ...]]:
        """Constraints of summaries, which hold for every task below them."""
        found: dict[str, list[Constraint]] = defaultdict(list)
        for uid, leaves in self.leaves.items():
            task = self.tasks[uid]
            kind = CONSTRAINTS.get(task.get("ConstraintType", ""))
            at = instant(task.get("ConstraintDate"), f"task {uid}: ConstraintDate")
            if at is not None and kind in (ConstraintType.SNET, ConstraintType.FNLT):
                for leaf in leaves:
                    found[leaf].append(Constraint(kind, at))
        return {leaf: tuple(held) for leaf, held in found.items()}

    # -- links -----------------------------------------------------------------------------------------------------------

    def _unique(self, activities: tuple[Activity, ...]) -> tuple[Link, ...]:
        durations = {activity.id: activity.duration for activity in activities}
        found: dict[tuple[str, str, LinkType, int, LagCalendar], Link] = {}
        for task in self.active:
            for told in self.file.links[task["UID"]]:
                for link in self._links(told, task["UID"], durations):
                    found.setdefault((link.predecessor, link.successor, link.type, link.lag, link.lag_calendar), link)
                if len(found) > MAX_LINKS:
                    raise PlanFileError("too_many", limit=MAX_LINKS, what="links")
        return tuple(found.values())

    def _links(self, told: dict[str, str], successor: str, durations: dict[str, int]) -> Iterator[Link]:
        """The link, or those that a link of a summary stands for."""
        predecessor = told.get("PredecessorUID", "")
        if predecessor not in self.tasks or told.get("CrossProject") == "1":
            self.told["link_nowhere"] += 1
            return
        if predecessor == successor:
            self.told["link_itself"] += 1
            return
        kind = LINKS.get(told.get("Type", "1"))
        if kind is None:
            raise PlanFileError("bad_value", where=f"task {successor}", value=told.get("Type", ""), what="link type")
        lag, on = self._lag(told, successor, durations[predecessor])
        before, after = self.leaves.get(predecessor, (predecessor,)), self.leaves.get(successor, (successor,))
        of_summary = predecessor in self.leaves or successor in self.leaves
        if of_summary and not self._spread(kind, before, after, predecessor in self.leaves, successor in self.leaves):
            return
        for first in before:
            for last in after:
                if first != last:
                    yield Link(first, last, kind, lag, on)

    def _spread(self, kind: LinkType, before: tuple[str, ...], after: tuple[str, ...], from_summary: bool, to_summary: bool) -> bool:
        """Whether a link of a summary can be told by links of its tasks: all of them end before, or begin after."""
        fits = not (from_summary and kind in (LinkType.SS, LinkType.SF)) and not (to_summary and kind in (LinkType.FF, LinkType.SF))
        fits = fits and len(before) * len(after) <= MAX_SUMMARY_PAIRS and not set(before) & set(after)
        self.told["summary_link" if fits else "summary_link_lost"] += 1
        return fits

    def _lag(self, told: dict[str, str], successor: str, duration: int) -> tuple[int, LagCalendar]:
        """Minutes, and whether they are of work or of the clock; a percentage is one of the predecessor's duration."""
        where, form = f"link to task {successor}: LinkLag", told.get("LagFormat", "")
        on = LagCalendar.ALWAYS if form in ELAPSED else LagCalendar.SUCCESSOR
        if form in PERCENT:
            share = number(told.get("LinkLag"), where) or 0
            return within(duration * share / 100, where, told.get("LinkLag", "")), on
        return minutes(told.get("LinkLag"), where, TENTH) or 0, on

    # -- the plan as a whole ---------------------------------------------------------------------------------------------

    def _used(self, activities: tuple[Activity, ...]) -> dict[str, ShiftCalendar]:
        used = {each.calendar for each in activities} | {self.project_calendar, ALWAYS}
        return {key: calendar for key, calendar in self.calendars.items() if key in used}

    def _first_date(self) -> datetime:
        dates = [instant(task.get(name), name) for task in self.active for name in ("Start", "EarlyStart")]
        known = [each for each in dates if each]
        if not known:
            raise PlanFileError("not_a_plan", what="start date")
        return min(known)

    def _notes(self, activities: tuple[Activity, ...]) -> Iterator[Note]:
        if self.file.project.get("ScheduleFromStart") == "0":
            yield Note.of("from_finish")
        if any(each.actual_start and not each.actual_finish for each in activities) and not self.file.project.get("StatusDate"):
            yield Note.of("no_status_date")
        for code, count in self.told.items():
            if count:
                yield Note.of(code, count=count)


def _fixed_starts(activity: Activity) -> Iterator[datetime]:
    """The dates at which a task that has not started is told to start; they hold even before the project's start."""
    for constraint in activity.constraints if activity.actual_start is None else ():
        if constraint.type in (ConstraintType.SNET, ConstraintType.MSO) and constraint.at is not None:
            yield constraint.at


def _floored(activity: Activity, begins: datetime, follows: bool) -> Activity:
    """A task that waits for nothing and is told no start begins at the project's start, however early others begin."""
    if follows or activity.kind is Kind.SUMMARY or activity.actual_start or next(_fixed_starts(activity), None):
        return activity
    return replace(activity, constraints=(*activity.constraints, Constraint(ConstraintType.SNET, begins)))


def _renamed(plan: PlanFile, codes: dict[str, str]) -> PlanFile:
    """The plan with its activities' own codes as ids, where the file has one for each and no two are alike."""
    told = {each.id: codes.get(each.id, each.id) for each in plan.activities}
    if not codes or len(set(told.values())) < len(told):
        return plan
    return replace(
        plan,
        activities=tuple(replace(each, id=told[each.id]) for each in plan.activities),
        links=tuple(replace(each, predecessor=told[each.predecessor], successor=told[each.successor]) for each in plan.links),
        stored={told[key]: dates for key, dates in plan.stored.items()},
    )


def _sided(activity: Activity, follows: bool) -> Activity:
    """A milestone that waits for something stands at its end, one that begins a plan at the start of its day."""
    if activity.kind is Kind.FINISH_MILESTONE and not follows:
        return replace(activity, kind=Kind.START_MILESTONE)
    return activity
