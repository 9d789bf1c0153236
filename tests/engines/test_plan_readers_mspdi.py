"""Microsoft Project XML: what is in the file comes out as a plan, and the dates that it stores are the dates that we compute."""

import os
from datetime import date, datetime
from pathlib import Path

import pytest
from plan_texts import calendar, element, exception, link, mspdi, task, week

from zhuanban.engines.schedules import Constraint, ConstraintType, Kind, LagCalendar, LinkType
from zhuanban.engines.schedules.files import calculated, checked, forecast_day
from zhuanban.engines.schedules.readers import PlanFileError, read_plan

SHARED = Path(os.environ.get("ZHUANBAN_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "mspdi"
OFFICE = [("08:00:00", "12:00:00"), ("13:00:00", "17:00:00")]
MORNING = ((480, 720),)


def read(tasks, calendars=None, **more):
    return read_plan(mspdi(tasks, calendars, **more))


def only(**told):
    """The one task of a file, with some of its values replaced."""
    return read([task(1, **told)]).activities[0]


@pytest.mark.parametrize(
    ("told", "name", "value"),
    [
        ({"Duration": "PT40H0M0S"}, "duration", 2400),
        ({"Duration": "P1DT2H"}, "duration", 1560),
        ({"Duration": "PT0H30M30S"}, "duration", 31),
        ({"Duration": ""}, "duration", 0),
        ({"Duration": "PT48H0M0S", "DurationFormat": 8}, "calendar", "24h"),
        ({"Duration": "PT0H0M0S", "Milestone": 1}, "kind", Kind.START_MILESTONE),
        ({"Milestone": 1}, "kind", Kind.TASK),
        ({"PercentComplete": 25}, "remaining", 360),
        ({"PercentComplete": 25, "RemainingDuration": "PT7H0M0S"}, "remaining", 420),
        ({"ActualStart": "2023-02-06T08:00:00", "ActualFinish": "2023-02-06T17:00:00", "PercentComplete": 100}, "remaining", 0),
        ({"ConstraintType": 4, "ConstraintDate": "2023-02-08T08:00:00"}, "constraints", ((ConstraintType.SNET, datetime(2023, 2, 8, 8)),)),
        ({"ConstraintType": 2, "ConstraintDate": "2023-02-08T08:00:00"}, "constraints", ((ConstraintType.MSO, datetime(2023, 2, 8, 8)),)),
        ({"ConstraintType": 3, "ConstraintDate": "2023-02-08T17:00:00"}, "constraints", ((ConstraintType.MFO, datetime(2023, 2, 8, 17)),)),
        ({"ConstraintType": 5, "ConstraintDate": "2023-02-08T17:00:00"}, "constraints", ((ConstraintType.SNLT, datetime(2023, 2, 8, 17)),)),
        ({"ConstraintType": 6, "ConstraintDate": "2023-02-08T17:00:00"}, "constraints", ((ConstraintType.FNET, datetime(2023, 2, 8, 17)),)),
        ({"ConstraintType": 7, "ConstraintDate": "2023-02-08T17:00:00"}, "constraints", ((ConstraintType.FNLT, datetime(2023, 2, 8, 17)),)),
        ({"ConstraintType": 1}, "constraints", ((ConstraintType.ALAP, None),)),
        ({"ConstraintType": 0, "ConstraintDate": "2023-02-08T17:00:00"}, "constraints", ()),
        ({"Deadline": "2023-02-10T17:00:00"}, "constraints", ((ConstraintType.FNLT, datetime(2023, 2, 10, 17)),)),
        ({"Manual": 1, "Start": "2023-02-09T08:00:00"}, "constraints", ((ConstraintType.SNET, datetime(2023, 2, 9, 8)),)),
        ({"Cost": "12500.5"}, "budget", 12500),
    ],
)
def test_a_value_is_read_as_microsoft_project_means_it(told, name, value):
    if name == "constraints":
        value = tuple(Constraint(*each) for each in value)
    assert getattr(only(**told), name) == value


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        (link(1, 0), (LinkType.FF, 0, LagCalendar.SUCCESSOR)),
        (link(1, 1, 4800), (LinkType.FS, 480, LagCalendar.SUCCESSOR)),
        (link(1, 2, -600), (LinkType.SF, -60, LagCalendar.SUCCESSOR)),
        (link(1, 3, 14400, 8), (LinkType.SS, 1440, LagCalendar.ALWAYS)),
        (link(1, 1, 50, 19), (LinkType.FS, 480, LagCalendar.SUCCESSOR)),
        (link(1, 1, 25, 20), (LinkType.FS, 240, LagCalendar.ALWAYS)),
    ],
)
def test_links_carry_their_type_and_lag(given, read_as):
    (found,) = read([task(1, Duration="PT16H0M0S"), task(2, given)]).links
    assert (found.type, found.lag, found.lag_calendar) == read_as


def test_milestones_that_wait_stand_at_the_end_of_what_they_wait_for():
    plan = read([task(1), task(2, link(1), Duration="PT0H0M0S", Milestone=1)])
    assert plan.activities[1].kind is Kind.FINISH_MILESTONE
    assert calculated(plan).row("2").early_finish == datetime(2023, 2, 6, 17)


def test_summaries_stand_outside_and_their_links_are_those_of_their_tasks():
    plan = read(
        [
            task(0, OutlineLevel=0, Summary=1),
            task(1, Summary=1),
            task(2, OutlineLevel=2),
            task(3, OutlineLevel=2),
            task(4, link(1), Summary=1),
            task(5, OutlineLevel=2),
            task(6, link(4)),
        ]
    )
    assert [each.kind for each in plan.activities].count(Kind.SUMMARY) == 2
    assert {(each.predecessor, each.successor) for each in plan.links} == {("2", "5"), ("3", "5"), ("5", "6")}
    assert {note.code: note.parts["count"] for note in plan.notes} == {"summary_link": 2}


def test_links_of_summaries_that_their_tasks_cannot_tell_are_left_out():
    rows = [task(1, Summary=1), task(2, OutlineLevel=2), task(3, link(1, 3)), task(4, link(3, 0), Summary=1), task(5, OutlineLevel=2)]
    plan = read(rows)
    assert not plan.links
    assert {note.code: note.parts["count"] for note in plan.notes} == {"summary_link_lost": 2}


def test_a_constraint_of_a_summary_holds_for_all_below_it():
    rows = [task(1, Summary=1, ConstraintType=4, ConstraintDate="2023-02-08T08:00:00"), task(2, OutlineLevel=2), task(3, OutlineLevel=2)]
    plan = read(rows)
    held = (Constraint(ConstraintType.SNET, datetime(2023, 2, 8, 8)),)
    assert [each.constraints for each in plan.activities] == [(), held, held]


def test_what_is_not_of_the_plan_is_left_out_and_counted():
    rows = [
        task(1),
        task(2, link(1), Active=0),
        task(3, link(2), ExternalTask=1),
        task(4, link(3), link(4)),
        task(5, IsNull=1),
        task(6, link(1, CrossProject=1)),
    ]
    plan = read(rows)
    assert [each.id for each in plan.activities] == ["1", "4", "6"]
    assert not plan.links
    counted = {note.code: note.parts["count"] for note in plan.notes}
    assert counted == {"inactive": 1, "other_file": 1, "link_nowhere": 2, "link_itself": 1}


def test_a_running_task_goes_on_where_its_actual_work_ended():
    running = task(1, Duration="PT40H0M0S", PercentComplete=40, ActualStart="2023-02-06T08:00:00", RemainingDuration="PT24H0M0S")
    plan = read([running])
    assert plan.activities[0].resume_at == datetime(2023, 2, 7, 17)
    assert calculated(plan).row("1").early_finish == datetime(2023, 2, 10, 17)
    assert forecast_day(plan) == date(2023, 2, 8)
    interrupted = read([running.replace("</Task>", "<Stop>2023-02-07T17:00:00</Stop><Resume>2023-02-13T08:00:00</Resume></Task>")])
    assert calculated(interrupted).row("1").early_finish == datetime(2023, 2, 15, 17)


def test_a_start_told_before_the_projects_start_holds_for_its_task_alone():
    early = {"ConstraintType": 4, "ConstraintDate": "2023-02-01T08:00:00"}
    plan = read([task(1, **early), task(2), task(3, link(1)), task(4, Manual=1, Start="2023-02-02T08:00:00")])
    result = calculated(plan)
    assert [result.row(each).early_start.day for each in "1234"] == [1, 6, 2, 2]
    assert (plan.data_date, plan.started_on) == (datetime(2023, 2, 1, 8), datetime(2023, 2, 6, 8))


def test_the_status_date_is_kept_beside_the_start():
    plan = read([task(1)], StatusDate="2023-02-08T17:00:00")
    assert (plan.data_date, plan.status_date) == (datetime(2023, 2, 6, 8), datetime(2023, 2, 8, 17))
    assert forecast_day(plan) == date(2023, 2, 9)


def test_a_task_works_on_its_own_calendar_or_on_its_only_resources():
    calendars = [calendar(1), calendar(2, week({2: MORNING_TIMES})), calendar(3, base=2), calendar(4, base=1)]
    resources = element("Resources", [resource(7, 3), resource(8, 4), resource(9, 1)])
    assignments = element(
        "Assignments", [assignment(2, 7), assignment(3, 8), assignment(3, 9), assignment(4, 7), assignment(4, 8), assignment(5, 7)]
    )
    rows = [task(1, CalendarUID=2), task(2), task(3), task(4), task(5, IgnoreResourceCalendar=1), task(6, CalendarUID=77)]
    plan = read(rows, calendars, extra=resources + assignments)
    assert [each.calendar for each in plan.activities] == ["2", "3", "1", "1", "1", "1"]
    assert {note.code: note.parts["count"] for note in plan.notes} == {"several_calendars": 1, "unknown_calendar": 1}


MORNING_TIMES = [("08:00:00", "12:00:00")]


def resource(uid: int, calendar: int) -> str:
    return element("Resource", {"UID": str(uid), "Type": "1", "CalendarUID": str(calendar)})


def assignment(task: int, resource: int) -> str:
    return element("Assignment", {"TaskUID": str(task), "ResourceUID": str(resource)})


def worked(*content, base=-1, other=()):
    """Shifts of a calendar that a task uses, by day."""
    plan = read([task(1, CalendarUID=2)], [calendar(1, *other), calendar(2, *content, base=base)])
    return plan.calendars["2"].shifts_on


def days_of(shifts_on, first: date, last: date, shifts=()) -> list[int]:
    """Days of one month on which the calendar has these shifts."""
    return [number for number in range(first.day, last.day + 1) if shifts_on(date(first.year, first.month, number)) == shifts]


def test_weekdays_not_told_are_the_standard_ones():
    shifts_on = worked(week({1: MORNING_TIMES, 2: []}))
    assert [shifts_on(date(2023, 2, day)) for day in (5, 6, 7, 11)] == [MORNING, (), ((480, 720), (780, 1020)), ()]


def test_a_derived_calendar_takes_week_and_exceptions_from_its_base():
    other = (week({7: MORNING_TIMES}), element("Exceptions", [exception("2023-02-08", "2023-02-09")]))
    shifts_on = worked(element("Exceptions", [exception("2023-02-09", "2023-02-09", MORNING_TIMES)]), base=1, other=other)
    assert [shifts_on(date(2023, 2, day)) for day in (8, 9, 11)] == [(), MORNING, MORNING]


def test_shifts_over_midnight_and_round_the_clock_are_read():
    shifts_on = worked(week({2: [("22:00:00", "06:00:00")], 3: [("00:00:00", "00:00:00")]}))
    assert [shifts_on(date(2023, 2, day)) for day in (6, 7)] == [((1320, 1800),), ((0, 1440),)]


def test_exceptions_of_older_files_stand_among_the_weekdays():
    period = element("TimePeriod", {"FromDate": "2023-02-08T00:00:00", "ToDate": "2023-02-09T23:59:00"})
    old = element("WeekDays", [element("WeekDay", [element("DayType", "0"), element("DayWorking", "0"), period])])
    assert days_of(worked(old), date(2023, 2, 6), date(2023, 2, 10)) == [8, 9]


def test_a_week_of_its_own_holds_for_its_months_only():
    period = element("TimePeriod", {"FromDate": "2023-02-13T00:00:00", "ToDate": "2023-02-19T00:00:00"})
    shifts_on = worked(element("WorkWeeks", [element("WorkWeek", [period, week({3: [], 7: MORNING_TIMES})])]))
    assert [shifts_on(date(2023, 2, day)) for day in (7, 14, 18, 21)] == [((480, 720), (780, 1020)), (), MORNING, ((480, 720), (780, 1020))]


@pytest.mark.parametrize(
    ("told", "month", "days"),
    [
        ({"Type": 1}, 3, [1, 2, 3, 4, 5, 11, 12, 18, 19, 25, 26]),
        ({"Type": 6, "DaysOfWeek": 4, "Period": 2}, 2, [4, 5, 11, 12, 14, 18, 19, 25, 26, 28]),
        ({"Type": 7, "Period": 10}, 2, [1, 4, 5, 11, 12, 18, 19, 21, 25, 26]),
        ({"Type": 4, "MonthDay": 15, "Period": 1}, 3, [4, 5, 11, 12, 15, 18, 19, 25, 26]),
        ({"Type": 4, "MonthDay": 31, "Period": 1}, 4, [1, 2, 8, 9, 15, 16, 22, 23, 29, 30]),
        ({"Type": 5, "MonthItem": 4, "MonthPosition": 4, "Period": 1}, 2, [4, 5, 11, 12, 18, 19, 25, 26, 27]),
        ({"Type": 5, "MonthItem": 1, "MonthPosition": 0, "Period": 1}, 3, [1, 4, 5, 11, 12, 18, 19, 25, 26]),
        ({"Type": 2, "Month": 2, "MonthDay": 8}, 3, [4, 5, 8, 11, 12, 18, 19, 25, 26]),
        ({"Type": 3, "Month": 2, "MonthItem": 5, "MonthPosition": 1}, 3, [4, 5, 11, 12, 14, 18, 19, 25, 26]),
        ({"Type": 7, "Period": 2, "EnteredByOccurrences": 1, "Occurrences": 2}, 2, [1, 3, 4, 5, 11, 12, 18, 19, 25, 26]),
    ],
)
def test_recurring_exceptions_close_the_days_they_mean(told, month, days):
    last = {1: "2023-03-03"}.get(told["Type"], "2024-01-31")
    shifts_on = worked(element("Exceptions", [exception("2023-02-01", last, **told)]))
    assert days_of(shifts_on, date(2023, month, 1), date(2023, month, 28 if month == 2 else 30 if month == 4 else 31)) == days


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb2312", "GB18030", "big5"])
def test_names_are_read_in_the_encoding_that_the_file_declares(encoding):
    assert read([task(1, Name="土方工程")], encoding=encoding).activities[0].name == "土方工程"


def test_any_prefix_of_the_namespace_will_do():
    text = mspdi([task(1)]).decode().replace("<", "<p:").replace("<p:/", "</p:").replace("<p:?", "<?").replace("xmlns=", "xmlns:p=")
    assert len(read_plan(text.encode()).activities) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (mspdi([]), "not_a_plan"),
        (mspdi([task(0, Summary=1)]), "not_a_plan"),
        (b"<Calendar><UID>1</UID></Calendar>", "not_a_plan"),
        (b"<html></html>", "not_a_plan"),
        (mspdi([task(1)])[:-20], "not_xml"),
        (mspdi([task(1), task(1)]), "duplicate"),
        (mspdi([task(1, Duration="soon")]), "bad_value"),
        (mspdi([task(1, Duration="PT99999999999999H0M0S")]), "out_of_range"),
        (mspdi([task(1), task(2, link(1, 9))]), "bad_value"),
        (mspdi([task(1), task(2, link(1, 1, "x"))]), "bad_value"),
        (mspdi([task(1, Start="yesterday", Manual=1)]), "bad_value"),
        (mspdi([task(1)], StartDate="", StatusDate=""), "not_a_plan"),
        (mspdi([task(1)], [calendar(1, base=2), calendar(2, base=1)]), "calendar_loop"),
        (mspdi([task(1)], [calendar(1, week({day: [] for day in range(1, 8)}))]), "no_work"),
        (mspdi([task(1)]).replace(b'encoding="UTF-8"', b'encoding="klingon"'), "unknown_encoding"),
        (mspdi([task(1, Name="土")]).replace("土".encode(), b"\xff\xfe"), "encoding"),
    ],
)
def test_a_broken_file_is_refused_with_its_reason(content, code):
    with pytest.raises(PlanFileError) as refused:
        read_plan(content)
    assert refused.value.code == code
    assert refused.value.words


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of third-party test files is not here")
@pytest.mark.parametrize(
    ("name", "explained"),
    [("mpp14relations", []), ("mpp14baseline", []), ("slack9", [("11", "total_float")])],
)
def test_dates_stored_by_microsoft_project_are_computed_again(name, explained):
    """Milestone 2 of slack9 must finish on a day before its predecessors do: Microsoft counts how late they come as its negative float."""
    found = checked(read_plan((SHARED / f"{name}.xml").read_bytes(), name))
    assert [(each.activity, each.field) for each in found.check.differences] == explained
    assert sum(tally.compared for tally in found.check.tallies.values()) >= 20
