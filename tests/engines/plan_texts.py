"""Plan files for tests, written apart from the readers: XER text and Microsoft Project XML from plain records."""

from datetime import date, datetime

from zhuanban.engines.schedules import ConstraintType, Kind, LagCalendar

KINDS = {
    Kind.TASK: "TT_Task",
    Kind.START_MILESTONE: "TT_Mile",
    Kind.FINISH_MILESTONE: "TT_FinMile",
    Kind.LEVEL_OF_EFFORT: "TT_LOE",
    Kind.SUMMARY: "TT_WBS",
}
CONSTRAINTS = {
    ConstraintType.SNET: "CS_MSOA",
    ConstraintType.SNLT: "CS_MSOB",
    ConstraintType.FNET: "CS_MEOA",
    ConstraintType.FNLT: "CS_MEOB",
    ConstraintType.SO: "CS_MSO",
    ConstraintType.FO: "CS_MEO",
    ConstraintType.MSO: "CS_MANDSTART",
    ConstraintType.MFO: "CS_MANDFIN",
    ConstraintType.ALAP: "CS_ALAP",
}
LAG_CALENDARS = {
    LagCalendar.PREDECESSOR: "rcal_Predecessor",
    LagCalendar.SUCCESSOR: "rcal_Successor",
    LagCalendar.PROJECT: "rcal_ProjDefault",
    LagCalendar.ALWAYS: "rcal_24Hour",
}
HEADER = "ERMHDR\t19.12\t2023-02-10\tProject\tadmin\tAdmin\tdbxDatabaseNoName\tProject Management\tCNY"


def when(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M") if at else ""


def hours(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes / 60:.10g}"


def table(name: str, rows: list[dict[str, str]]) -> list[str]:
    fields = list(dict.fromkeys(field for row in rows for field in row))
    return [
        f"%T\t{name}",
        "\t".join(["%F", *fields]),
        *("\t".join(["%R", *(str(row.get(field, "")) for field in fields)]) for row in rows),
    ]


def shifts_text(shifts) -> str:
    parts = [
        f"(0||{at}(s|{start // 60:02d}:{start % 60:02d}|f|{end // 60 % 24:02d}:{end % 60:02d})())" for at, (start, end) in enumerate(shifts)
    ]
    return "(" + "      ".join(parts) + ")"


def calendar_text(week, exceptions) -> str:
    """`week` from Monday; `exceptions` by date."""
    days = "".join(f"    (0||{number}(){shifts_text(week[(number - 2) % 7])})" for number in range(1, 8))
    others = "".join(
        f"    (0||{at}(d|{(day - date(1899, 12, 30)).days}){shifts_text(shifts)})"
        for at, (day, shifts) in enumerate(sorted(exceptions.items()))
    )
    return f"(0||CalendarData()(  (0||DaysOfWeek()({days}))  (0||VIEW(ShowTotal|N)())  (0||Exceptions()({others}))))"


def calendar_row(key: str, calendar, **more: str) -> dict[str, str]:
    return {
        "clndr_id": key,
        "default_flag": "N",
        "clndr_name": calendar.name,
        "base_clndr_id": "",
        "clndr_type": "CA_Base",
        "day_hr_cnt": f"{calendar.minutes_per_day / 60:g}",
        "clndr_data": calendar_text(calendar.week, calendar.exceptions),
        **more,
    }


def task_row(key: str, project: str, activity, dates=None) -> dict[str, str]:
    """`dates`: early start, early finish, late start, late finish, total float, free float."""
    status = "TK_Complete" if activity.actual_finish else "TK_Active" if activity.actual_start else "TK_NotStart"
    row = {
        "task_id": key,
        "proj_id": project,
        "clndr_id": activity.calendar,
        "task_type": KINDS[activity.kind],
        "status_code": status,
        "task_code": activity.id,
        "task_name": activity.name,
        "complete_pct_type": "CP_Drtn",
        "target_drtn_hr_cnt": hours(activity.duration),
        "remain_drtn_hr_cnt": hours(activity.duration if activity.remaining is None else activity.remaining),
        "act_start_date": when(activity.actual_start or activity.actual_finish),
        "act_end_date": when(activity.actual_finish),
        "suspend_date": when(activity.suspend_at),
        "resume_date": when(activity.resume_at),
        "expect_end_date": when(activity.expected_finish),
    }
    for (kind, day), constraint in zip((("cstr_type", "cstr_date"), ("cstr_type2", "cstr_date2")), activity.constraints, strict=False):
        row |= {kind: CONSTRAINTS[constraint.type], day: when(constraint.at)}
    if dates is not None:
        names = ("early_start_date", "early_end_date", "late_start_date", "late_end_date")
        row |= {name: when(at) for name, at in zip(names, dates[:4], strict=True)}
        row |= {"total_float_hr_cnt": hours(dates[4]), "free_float_hr_cnt": hours(dates[5])}
    return row


def xer(
    activities,
    links,
    calendars,
    data_date,
    *,
    stored=None,
    lags=LagCalendar.PREDECESSOR,
    project_calendar="",
    override=False,
    must_finish_by=None,
    project="7",
    name="PLAN",
    options=None,
    more=(),
) -> str:
    """One project. `calendars` by key; `stored` by activity id; `options` and `more` add or replace fields and tables."""
    keys = {activity.id: str(1000 + at) for at, activity in enumerate(activities)}
    rows = [task_row(keys[each.id], project, each, (stored or {}).get(each.id)) for each in activities]
    preds = [
        {
            "task_pred_id": str(at),
            "task_id": keys[link.successor],
            "pred_task_id": keys[link.predecessor],
            "proj_id": project,
            "pred_proj_id": project,
            "pred_type": f"PR_{link.type.value}",
            "lag_hr_cnt": hours(link.lag),
        }
        for at, link in enumerate(links)
    ]
    head = {
        "proj_id": project,
        "proj_short_name": name,
        "clndr_id": project_calendar or next(iter(calendars)),
        "last_recalc_date": when(data_date),
        "plan_start_date": "",
        "plan_end_date": when(must_finish_by),
    }
    choices = {
        "proj_id": project,
        "sched_retained_logic": "N" if override else "Y",
        "sched_progress_override": "Y" if override else "N",
        "sched_calendar_on_relationship_lag": LAG_CALENDARS[lags],
        "sched_use_expect_end_flag": "Y",
        "sched_lag_early_start_flag": "Y",
        "sched_float_type": "FT_FF",
        **(options or {}),
    }
    lines = [HEADER]
    lines += table("PROJECT", [head]) + table("CALENDAR", [calendar_row(key, each) for key, each in calendars.items()])
    lines += table("SCHEDOPTIONS", [choices]) + table("TASK", rows)
    lines += table("TASKPRED", preds) if preds else []
    for each in more:
        lines += table(*each)
    return "\r\n".join([*lines, "%E", ""])


# -- Microsoft Project ---------------------------------------------------------------------------------------------------


def element(name: str, content="") -> str:
    """An element: of a text, of a dict of children, or of a list of elements already made."""
    if isinstance(content, dict):
        content = "".join(element(each, value) for each, value in content.items())
    elif isinstance(content, list):
        content = "".join(content)
    return f"<{name}>{content}</{name}>"


def week(days: dict[int, list[tuple[str, str]]]) -> str:
    """`WeekDays` by Microsoft's numbers, Sunday 1."""
    return element("WeekDays", [element("WeekDay", [element("DayType", str(number)), working(times)]) for number, times in days.items()])


def working(times: list[tuple[str, str]]) -> str:
    shifts = [element("WorkingTime", {"FromTime": start, "ToTime": finish}) for start, finish in times]
    return element("DayWorking", str(int(bool(times)))) + (element("WorkingTimes", shifts) if times else "")


def exception(first: str, last: str, times=(), **more: object) -> str:
    told = "".join(element(name, str(value)) for name, value in more.items())
    period = element("TimePeriod", {"FromDate": f"{first}T00:00:00", "ToDate": f"{last}T23:59:00"})
    return element("Exception", [period, told, working(list(times))])


def calendar(uid: int, *content: str, name: str = "", base: int = -1) -> str:
    return element(
        "Calendar", [element("UID", str(uid)), element("Name", name or f"C{uid}"), element("BaseCalendarUID", str(base)), *content]
    )


def task(uid: int, *links: str, **told: object) -> str:
    fields = {"UID": uid, "ID": uid, "Name": f"T{uid}", "OutlineLevel": 1, "Duration": "PT8H0M0S"} | told
    return element("Task", [*(element(name, str(value)) for name, value in fields.items()), *links])


def link(predecessor: int, kind: int = 1, lag: int = 0, form: int = 7, **more: object) -> str:
    told = {"PredecessorUID": predecessor, "Type": kind, "LinkLag": lag, "LagFormat": form} | more
    return element("PredecessorLink", {name: str(value) for name, value in told.items()})


def mspdi(tasks: list[str], calendars: list[str] | None = None, extra: str = "", encoding: str = "UTF-8", **told: object) -> bytes:
    """A file of these tasks; the project starts on Monday, 6 February 2023, 08:00."""
    head = {"Title": "Plan", "ScheduleFromStart": 1, "StartDate": "2023-02-06T08:00:00", "CalendarUID": 1, "MinutesPerDay": 480} | told
    body = "".join(element(name, str(value)) for name, value in head.items())
    body += element("Calendars", calendars if calendars is not None else [calendar(1)]) + element("Tasks", tasks) + extra
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<Project xmlns="http://schemas.microsoft.com/project">{body}</Project>'
    return text.encode(encoding)
