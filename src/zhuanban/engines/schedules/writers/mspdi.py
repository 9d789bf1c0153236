"""Plans as Microsoft Project XML (MSPDI): activities, links, calendars, progress and, when calculated, dates and floats.

What the format cannot say is listed by `losses`: levels of effort and summaries (they carry no logic here), lags on a calendar other than
the successor's or elapsed time, second constraints but a latest finish (which becomes a deadline), "start on" and "finish on" (they become
mandatory), uncertainty and exposure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules.model import Activity, Constraint, ConstraintType, Exposure, Kind, LagCalendar, Link, LinkType, PlanFile
from zhuanban.engines.schedules.network import OUTSIDE
from zhuanban.engines.schedules.readers.mspdi_file import CODE_ALIAS
from zhuanban.engines.schedules.result import ActivityDates, ScheduleResult
from zhuanban.engines.schedules.writers.mspdi_calendars import put_calendar

NAMESPACE = "http://schemas.microsoft.com/project"
CODE_FIELD = "188743731"
"""Text1 of a task."""
LINK_TYPES = {LinkType.FF: 0, LinkType.FS: 1, LinkType.SF: 2, LinkType.SS: 3}
CONSTRAINTS = {
    ConstraintType.ALAP: 1,
    ConstraintType.MSO: 2,
    ConstraintType.SO: 2,
    ConstraintType.MFO: 3,
    ConstraintType.FO: 3,
    ConstraintType.SNET: 4,
    ConstraintType.SNLT: 5,
    ConstraintType.FNET: 6,
    ConstraintType.FNLT: 7,
}
HOURS, ELAPSED_HOURS = 5, 6
SECONDS = "%Y-%m-%dT%H:%M:%S"


def write_mspdi(plan: PlanFile, result: ScheduleResult | None = None) -> bytes:
    """The file, in UTF-8. With a result of the same plan its dates and floats are stored along."""
    inside = [_bound(activity, plan.data_date) for activity in plan.activities if activity.kind not in OUTSIDE]
    uids = _uids(inside)
    keys = {key: at for at, key in enumerate(_ordered(plan), start=1)}
    always = next((key for key, calendar in plan.calendars.items() if _is_always(calendar)), None)
    root = Element("Project", xmlns=NAMESPACE)
    _put_head(root, plan, result, keys)
    if any(uids[each.id] != each.id for each in inside):
        _put(
            SubElement(SubElement(root, "ExtendedAttributes"), "ExtendedAttribute"), FieldID=CODE_FIELD, FieldName="Text1", Alias=CODE_ALIAS
        )
    calendars = SubElement(root, "Calendars")
    for key, at in keys.items():
        put_calendar(calendars, at, plan.calendars[key], _years(plan, result))
    rows = {row.id: row for row in result.rows()} if result is not None else {}
    leading = _by_successor(plan.links, uids)
    tasks = SubElement(root, "Tasks")
    for number, activity in enumerate(inside, start=1):
        task = SubElement(tasks, "Task")
        elapsed = activity.calendar == always and activity.calendar != plan.project_calendar
        _put_task(task, activity, number, uids[activity.id], elapsed, rows.get(activity.id))
        _put_rest(task, activity, -1 if elapsed else keys[activity.calendar])
        for link in leading.get(activity.id, ()):
            _put_link(task, link, uids)
        if uids[activity.id] != activity.id:
            _put(SubElement(task, "ExtendedAttribute"), FieldID=CODE_FIELD, Value=activity.id)
    indent(root, " ")
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def losses(plan: PlanFile) -> tuple[str, ...]:
    """What of the plan the file cannot say, one sentence a kind; nothing when all of it is kept."""
    activities = plan.activities
    own = {activity.id: activity.calendar for activity in activities}
    several = [each for each in activities if len(_primary(each)) < len(each.constraints) - (_deadline(each) is not None)]
    told = {
        "%d levels of effort and summaries are left out.": sum(each.kind in OUTSIDE for each in activities),
        "%d activities keep only one of their constraints.": len(several),
        "%d constraints on the start or the finish become mandatory.": sum(
            constraint.type in (ConstraintType.SO, ConstraintType.FO) for each in activities for constraint in _primary(each)
        ),
        "%d lags are counted on the successor's calendar.": sum(_moves(link, own, plan) for link in plan.links),
        "%d activities lose their exposure to frost.": sum(each.exposure is not Exposure.SHELTERED for each in activities),
    }
    return tuple(sentence % count for sentence, count in told.items() if count)


def _moves(link: Link, own: dict[str, str], plan: PlanFile) -> bool:
    """Whether a lag is told on another calendar than it was meant on."""
    if not link.lag or link.lag_calendar in (LagCalendar.SUCCESSOR, LagCalendar.ALWAYS):
        return False
    meant = own.get(link.predecessor) if link.lag_calendar is LagCalendar.PREDECESSOR else plan.project_calendar
    return meant != own.get(link.successor)


def _bound(activity: Activity, data_date: datetime) -> Activity:
    """The activity without earliest starts that the data date makes void; Microsoft Project would begin there."""
    held = tuple(each for each in activity.constraints if each.type is not ConstraintType.SNET or each.at is None or each.at >= data_date)
    return replace(activity, constraints=held)


def _uids(activities: Iterable[Activity]) -> dict[str, str]:
    """A positive number for each activity: its id where that is one."""
    ids = [activity.id for activity in activities]
    if all(each.isascii() and each.isdecimal() and each == str(int(each)) and 0 < int(each) < 2**31 for each in ids):
        return {each: each for each in ids}
    return {each: str(at) for at, each in enumerate(ids, start=1)}


def _ordered(plan: PlanFile) -> list[str]:
    """Keys of the calendars, by number where they are numbers, so that they come back in the same order."""
    return sorted(plan.calendars, key=lambda key: (key != plan.project_calendar, key))


def _is_always(calendar: ShiftCalendar) -> bool:
    return (
        calendar.works is None and not calendar.exceptions and all(sum(end - start for start, end in day) == 1440 for day in calendar.week)
    )


def _years(plan: PlanFile, result: ScheduleResult | None) -> tuple[int, int]:
    """Years over which a calendar that is a rule is written out."""
    first = min([plan.data_date, *(each.actual_start for each in plan.activities if each.actual_start)]).year
    finish = result.project_finish if result is not None else None
    return first - 1, max(plan.data_date.year + 10, (finish.year if finish else 0) + 2)


# -- the project ---------------------------------------------------------------------------------------------------------


def _put_head(root: Element, plan: PlanFile, result: ScheduleResult | None, keys: dict[str, int]) -> None:
    begun = [each.actual_start for each in plan.activities if each.actual_start]
    start = min([plan.started_on or plan.data_date, plan.data_date, *begun])
    finish = result.project_finish if result is not None else None
    status = plan.status_date or (plan.data_date if plan.data_date > start else None)
    calendar = plan.calendars[plan.project_calendar]
    _put(
        root,
        SaveVersion=14,
        Name=plan.name,
        Title=plan.name,
        ScheduleFromStart=1,
        StartDate=start,
        FinishDate=finish,
        CalendarUID=keys[plan.project_calendar],
        MinutesPerDay=calendar.minutes_per_day,
        MinutesPerWeek=5 * calendar.minutes_per_day,
        MultipleCriticalPaths=int(plan.open_ends_critical),
        StatusDate=status,
    )


def _put_task(task: Element, activity: Activity, number: int, uid: str, elapsed: bool, row: ActivityDates | None) -> None:
    milestone = activity.kind in (Kind.START_MILESTONE, Kind.FINISH_MILESTONE)
    duration = 0 if milestone else activity.duration
    _put(
        task,
        UID=uid,
        ID=number,
        Name=activity.name,
        Active=1,
        Manual=0,
        Type=1,
        IsNull=0,
        WBS=number,
        OutlineNumber=number,
        OutlineLevel=1,
        Priority=500,
        Start=row.start if row else activity.actual_start,
        Finish=row.finish if row else activity.actual_finish,
        Duration=_span(duration),
        DurationFormat=ELAPSED_HOURS if elapsed else HOURS,
        Stop=activity.suspend_at if activity.actual_start else None,
        Resume=activity.resume_at if activity.actual_start else None,
        ResumeValid=int(activity.resume_at is not None),
        EffortDriven=0,
        Milestone=int(milestone),
        Summary=0,
    )
    if row is not None:
        _put(
            task,
            Critical=int(row.critical),
            EarlyStart=row.early_start,
            EarlyFinish=row.early_finish,
            LateStart=row.late_start,
            LateFinish=row.late_finish,
            FreeSlack=row.free_float * 10,
            TotalSlack=row.total_float * 10,
        )


def _put_rest(task: Element, activity: Activity, calendar: int) -> None:
    primary = next(iter(_primary(activity)), None)
    _put(
        task,
        Cost=activity.budget or None,
        PercentComplete=None if activity.percent is None else round(min(max(activity.percent, 0), 100)),
        ActualStart=activity.actual_start,
        ActualFinish=activity.actual_finish,
        RemainingDuration=None if activity.remaining is None else _span(activity.remaining),
        ConstraintType=CONSTRAINTS[primary.type] if primary else 0,
        CalendarUID=calendar,
        ConstraintDate=primary.at if primary else None,
        Deadline=_deadline(activity),
    )


def _primary(activity: Activity) -> tuple[Constraint, ...]:
    """The one constraint that the file has room for."""
    others = [each for each in activity.constraints if each.type is not ConstraintType.FNLT and _told(each)]
    if others:
        return (others[0],)
    return tuple(each for each in activity.constraints if _told(each))[:1]


def _told(constraint: Constraint) -> bool:
    return constraint.at is not None or constraint.type is ConstraintType.ALAP


def _deadline(activity: Activity) -> datetime | None:
    """A latest finish beside another constraint; the earliest of several."""
    held = [each.at for each in activity.constraints if each.type is ConstraintType.FNLT and each.at is not None]
    primary = _primary(activity)
    if primary and primary[0].type is ConstraintType.FNLT:
        held.remove(primary[0].at) if primary[0].at is not None else None
    return min(held, default=None)


def _put_link(task: Element, link: Link, uids: dict[str, str]) -> None:
    _put(
        SubElement(task, "PredecessorLink"),
        PredecessorUID=uids[link.predecessor],
        Type=LINK_TYPES[link.type],
        CrossProject=0,
        LinkLag=link.lag * 10,
        LagFormat=ELAPSED_HOURS if link.lag_calendar is LagCalendar.ALWAYS else HOURS,
    )


def _by_successor(links: Iterable[Link], uids: dict[str, str]) -> dict[str, list[Link]]:
    found: dict[str, list[Link]] = {}
    for link in links:
        if link.predecessor in uids and link.successor in uids:
            found.setdefault(link.successor, []).append(link)
    return found


# -- values --------------------------------------------------------------------------------------------------------------


def _put(parent: Element, **told: object) -> None:
    """A child for each value that there is."""
    for name, value in told.items():
        if value is not None and value != "":
            SubElement(parent, name).text = _text(value)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime(SECONDS)
    return "".join(_permitted(str(value)))


def _permitted(text: str) -> Iterator[str]:
    """The letters that XML may hold."""
    for letter in text:
        if letter in "\t\n\r" or " " <= letter <= "\ud7ff" or "\ue000" <= letter <= "\ufffd" or letter >= "\U00010000":
            yield letter


def _span(minutes: int) -> str:
    return f"PT{minutes // 60}H{minutes % 60}M0S"
