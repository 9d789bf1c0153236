"""Primavera XER: what is in the file comes out as a plan, and the dates that it stores are the dates that we compute."""

import random
from datetime import date, datetime, timedelta

import pytest
from plan_texts import HEADER, calendar_row, calendar_text, table, xer
from slow_schedule import Minutes, Slow

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import (
    Activity,
    Constraint,
    ConstraintType,
    Kind,
    LagCalendar,
    Link,
    LinkType,
    Network,
    schedule,
)
from zhuanban.engines.schedules.readers import PlanFileError, read_plan, read_plans

DATA_DATE = datetime(2023, 2, 10, 8)
CALENDARS = {
    "11": ShiftCalendar.weekly("办公"),
    "12": ShiftCalendar.six_day_site([date(2023, 2, 15), date(2023, 2, 16)], name="工地"),
    "13": ShiftCalendar("夜班", (((1320, 1800),),) * 5 + ((), ()), {date(2023, 2, 14): ()}, minutes_per_day=480),
    "14": ShiftCalendar("半天", (((480, 720), (780, 1020)),) * 5 + (((480, 500),), ()), {date(2023, 2, 20): ((600, 615),)}),
    "15": ShiftCalendar.continuous_site([date(2023, 3, 1)], name="连续"),
}
MINUTES = {key: Minutes(each, datetime(2022, 12, 1), datetime(2023, 8, 1)) for key, each in CALENDARS.items()}
MINUTES["24h"] = Minutes(ShiftCalendar.always(), datetime(2022, 12, 1), datetime(2023, 8, 1))
SEEDS = range(40)


def moment_near(dice: random.Random) -> datetime:
    return DATA_DATE + timedelta(hours=dice.choice([-30, 0, 9, 16, 24, 57, 72, 100, 200]), minutes=dice.choice([0, 0, 17]))


def random_activity(dice: random.Random, id: str) -> Activity:
    kind = dice.choice([Kind.TASK] * 7 + [Kind.START_MILESTONE, Kind.FINISH_MILESTONE, Kind.LEVEL_OF_EFFORT])
    duration = dice.choice([0, 60, 455, 480, 960, 2400]) if kind is Kind.TASK else 0
    given: dict = {}
    if dice.random() < 0.4:
        began = DATA_DATE - timedelta(hours=dice.choice([1, 8, 25, 48, 90]))
        given["actual_start"] = began
        if dice.random() < 0.5:
            given |= {"actual_finish": min(DATA_DATE, began + timedelta(hours=dice.choice([0, 7, 33]))), "remaining": 0}
        elif kind is Kind.TASK:
            given["remaining"] = dice.choice([0, 60, 480, duration])
            if dice.random() < 0.3:
                given |= {"suspend_at": began, "resume_at": DATA_DATE + timedelta(hours=dice.choice([-5, 3, 50]))}
    constraints = [Constraint(dice.choice(list(ConstraintType)), moment_near(dice))] if dice.random() < 0.35 else []
    if constraints and constraints[0].type is ConstraintType.SNET:
        constraints.append(Constraint(ConstraintType.FNLT, moment_near(dice)))
    if dice.random() < 0.15 and "actual_finish" not in given:
        given["expected_finish"] = moment_near(dice)
    return Activity(id, duration, dice.choice(list(CALENDARS)), name=f"任务 {id}", kind=kind, constraints=tuple(constraints), **given)


def random_plan(seed: int):
    dice = random.Random(seed)
    activities = [random_activity(dice, f"A{at}") for at in range(dice.randint(4, 12))]
    lags = dice.choice(list(LagCalendar))
    links = []
    for after in range(1, len(activities)):
        for before in dice.sample(range(after), min(after, dice.choice([0, 1, 1, 2, 3]))):
            kind = dice.choice([LinkType.FS, LinkType.FS, *LinkType])
            links.append(Link(f"A{before}", f"A{after}", kind, dice.choice([0, 0, 0, 45, 480, 960, -240]), lags))
    dice.shuffle(activities)
    return activities, links, lags, dice.random() < 0.3, dice.choice([None, None, datetime(2023, 4, 1), datetime(2023, 2, 17, 17)])


@pytest.mark.parametrize("seed", SEEDS)
def test_every_date_and_float_in_a_file_with_every_feature_is_computed_again(seed):
    activities, links, lags, override, must = random_plan(seed)
    slow = Slow(activities, links, MINUTES, DATA_DATE, "12", "progress_override" if override else "retained_logic", must)
    stored = {id: (*slow.early[id][:2], *slow.late[id][:2], slow.total_float(id), slow.free_float(id)) for id in slow.of}
    text = xer(
        activities, links, CALENDARS, DATA_DATE, stored=stored, lags=lags, project_calendar="12", override=override, must_finish_by=must
    )
    plan = read_plan(text.encode("gb18030"))
    result = schedule(
        Network.from_records(plan.activities, plan.links),
        plan.calendars,
        plan.data_date,
        project_calendar=plan.project_calendar,
        mode=plan.mode,
        must_finish_by=plan.must_finish_by,
    )
    for row in result.rows():
        told = plan.stored[row.id]
        assert (row.early_start, row.early_finish, row.late_start, row.late_finish) == stored[row.id][:4] == tuple(told_dates(told)), row.id
        assert (row.total_float, row.free_float) == (told.total_float, told.free_float) == stored[row.id][4:], row.id
    assert {each.id for each in plan.activities} - set(plan.stored) == {each.id for each in activities if each.kind is Kind.LEVEL_OF_EFFORT}


def told_dates(told):
    return told.early_start, told.early_finish, told.late_start, told.late_finish


def test_activities_come_out_as_they_were_written():
    activities, links, lags, override, must = random_plan(5)
    plan = read_plan(xer(activities, links, CALENDARS, DATA_DATE, lags=lags, override=override, must_finish_by=must).encode())
    back = {each.id: each for each in plan.activities}
    for each in activities:
        got = back[each.id]
        assert (got.duration, got.calendar, got.name, got.kind, got.constraints) == (
            each.duration,
            each.calendar,
            each.name,
            each.kind,
            each.constraints,
        )
        assert (got.actual_finish, got.suspend_at, got.resume_at) == (each.actual_finish, each.suspend_at, each.resume_at)
        assert got.flagged == (each.kind in (Kind.START_MILESTONE, Kind.FINISH_MILESTONE))
    assert sorted(plan.links, key=str) == sorted(set(links), key=str)
    assert {(each.name, each.week) for key, each in plan.calendars.items() if key != "24h"} <= {
        (each.name, each.week) for each in CALENDARS.values()
    }
    assert (plan.tool, plan.default_lag_calendar, plan.must_finish_by) == ("primavera", lags, must)


def one(**fields: str) -> str:
    """A file with one activity, some of its fields replaced."""
    row = {
        "task_id": "1",
        "proj_id": "7",
        "clndr_id": "11",
        "task_code": "A",
        "task_name": "Dig",
        "task_type": "TT_Task",
        "status_code": "TK_NotStart",
        "target_drtn_hr_cnt": "8",
        "remain_drtn_hr_cnt": "8",
    } | fields
    project = {"proj_id": "7", "proj_short_name": "P", "clndr_id": "11", "last_recalc_date": "2023-02-10 08:00"}
    lines = [HEADER, *table("PROJECT", [project]), *table("CALENDAR", [calendar_row("11", CALENDARS["11"])]), *table("TASK", [row])]
    return "\n".join([*lines, "%E"])


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"target_drtn_hr_cnt": "6,5", "remain_drtn_hr_cnt": "6.5"}, "duration", 390),
        ({"target_drtn_hr_cnt": "0.3333333"}, "duration", 20),
        ({"task_type": "TT_mile"}, "kind", Kind.START_MILESTONE),
        ({"task_type": "TT_finmile"}, "kind", Kind.FINISH_MILESTONE),
        ({"task_type": "TT_WBS"}, "kind", Kind.SUMMARY),
        ({"clndr_id": "99"}, "calendar", "11"),
        ({"task_code": ""}, "id", "#1"),
        (
            {"cstr_type": "CS_MSOA", "cstr_date": "2023-3-1 08:00"},
            "constraints",
            (Constraint(ConstraintType.SNET, datetime(2023, 3, 1, 8)),),
        ),
        ({"cstr_type": "CS_MSOA"}, "constraints", ()),
        ({"cstr_type": "CS_WHAT", "cstr_date": "2023-03-01"}, "constraints", ()),
        ({"cstr_type": "CS_ALAP"}, "constraints", (Constraint(ConstraintType.ALAP),)),
        (
            {"external_early_start_date": "2023-03-01 08:00"},
            "constraints",
            (Constraint(ConstraintType.SNET, datetime(2023, 3, 1, 8)),),
        ),
        ({"status_code": "TK_Active", "act_start_date": "2023-02-09T08:00:00"}, "actual_start", datetime(2023, 2, 9, 8)),
        ({"status_code": "TK_NotStart", "act_start_date": "2023-02-09 08:00"}, "actual_start", None),
        ({"status_code": "TK_Complete", "act_start_date": "2023-02-09 08:00", "act_end_date": "2023-02-09 17:00"}, "remaining", 0),
        ({"complete_pct_type": "CP_Phys", "phys_complete_pct": "35"}, "percent", 35.0),
        ({"complete_pct_type": "CP_Drtn", "remain_drtn_hr_cnt": "2"}, "percent", 75.0),
        ({"task_name": "Dig\nand shore"}, "name", "Dig and shore"),
    ],
)
def test_a_field_is_read_as_primavera_means_it(fields, name, value):
    assert getattr(read_plan(one(**fields).encode()).activities[0], name) == value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_names_are_read_in_any_usual_encoding(encoding):
    assert read_plan(one(task_name="土方开挖及基坑支护").encode(encoding)).activities[0].name == "土方开挖及基坑支护"


def test_accented_names_of_western_windows_are_kept():
    text = one(task_name="Gründung, côté façade").replace("办公", "Büro")
    assert read_plan(text.encode("cp1252")).activities[0].name == "Gründung, côté façade"


def test_a_calendar_takes_what_it_lacks_from_its_base():
    base = calendar_row("20", ShiftCalendar("base", CALENDARS["11"].week, {date(2023, 5, 1): ()}), day_hr_cnt="10")
    own = calendar_row("21", ShiftCalendar("own", CALENDARS["12"].week, {date(2023, 5, 2): ()}), base_clndr_id="20", day_hr_cnt="")
    lines = one(clndr_id="21").split("\n")
    at = lines.index("%T\tTASK")
    plan = read_plan("\n".join([*lines[:at], *table("CALENDAR", [base, own]), *lines[at:]]).encode())
    calendar = plan.calendars["21"]
    assert calendar.exceptions == {date(2023, 5, 1): (), date(2023, 5, 2): ()}
    assert (calendar.week, calendar.minutes_per_day) == (CALENDARS["12"].week, 600)


def test_calendar_times_with_am_and_pm_and_either_order_are_read():
    data = calendar_text((((480, 1020),),) + ((),) * 6, {}).replace("s|08:00|f|17:00", "f|05:00 PM|s|8:00 AM")
    row = calendar_row("11", CALENDARS["11"]) | {"clndr_data": data}
    lines = one().split("\n")
    lines[lines.index("%T\tCALENDAR") : lines.index("%T\tTASK")] = table("CALENDAR", [row])
    assert read_plan("\n".join(lines).encode()).calendars["11"].week[0] == ((480, 1020),)


def test_a_calendar_without_a_week_is_five_days_and_said_so():
    lines = one().split("\n")
    lines[lines.index("%T\tCALENDAR") : lines.index("%T\tTASK")] = table(
        "CALENDAR", [calendar_row("11", CALENDARS["11"]) | {"clndr_data": ""}]
    )
    plan = read_plan("\n".join(lines).encode())
    assert plan.calendars["11"].minutes_on(date(2023, 2, 10)) == 480
    assert "default_week" in {note.code for note in plan.notes}


def test_the_largest_project_comes_first_and_any_can_be_asked_for():
    small = xer([Activity("S", 60, "11")], [], CALENDARS, DATA_DATE, project="8", name="SMALL")
    activities = [Activity("A", 60, "11"), Activity("B", 60, "11")]
    large = xer(activities, [Link("A", "B")], CALENDARS, DATA_DATE, name="LARGE").replace("\t1001\t", "\t2001\t")
    both = (small.replace("%E\r\n", "") + large.partition("\r\n")[2]).replace("\t1000\t8\t", "\t3000\t8\t")
    assert [plan.name for plan in read_plans(both.encode())] == ["LARGE", "SMALL"]
    assert "other_projects" in {note.code for note in read_plan(both.encode()).notes}
    assert [each.id for each in read_plan(both.encode(), project="SMALL").activities] == ["S"]
    with pytest.raises(PlanFileError, match="LARGE, SMALL") as refused:
        read_plan(both.encode(), project="OTHER")
    assert refused.value.code == "no_such_project"


def test_baselines_in_the_file_are_no_plans_of_their_own():
    current = xer([Activity("A", 60, "11")], [], CALENDARS, DATA_DATE, name="NOW")
    activities = [Activity("A", 60, "11"), Activity("B", 60, "11")]
    old = (
        xer(activities, [], CALENDARS, DATA_DATE, project="8", name="THEN")
        .replace("\t1000\t8", "\t3000\t8")
        .replace("\t1001\t8", "\t3001\t8")
    )
    old = old.replace("proj_short_name", "proj_short_name\torig_proj_id", 1).replace("\tTHEN\t", "\tTHEN\t7\t", 1)
    (plan,) = read_plans((current.replace("%E\r\n", "") + old.partition("\r\n")[2]).encode())
    assert plan.name == "NOW"
    assert {note.code: note.parts["count"] for note in plan.notes} == {"baselines": 1}


def test_links_that_lead_nowhere_are_left_out_and_counted():
    lost = {"task_pred_id": "1", "task_id": "1", "pred_task_id": "55", "proj_id": "7", "pred_type": "PR_FS", "lag_hr_cnt": "0"}
    text = one().replace("%E", "\n".join([*table("TASKPRED", [lost, lost | {"pred_task_id": "1"}]), "%E"]))
    plan = read_plan(text.encode())
    assert not plan.links
    assert {(note.code, note.parts["count"]) for note in plan.notes if "link" in note.code} == {("link_nowhere", 1), ("link_itself", 1)}


def test_a_resource_dependent_activity_works_on_its_resources_calendar():
    rows = [
        table("RSRC", [{"rsrc_id": "5", "clndr_id": "12"}]),
        table("TASKRSRC", [{"task_id": "1", "rsrc_id": "5", "target_cost": "1250.5"}]),
    ]
    lines = one(task_type="TT_Rsrc").split("\n")
    at = lines.index("%T\tTASK")
    calendars = table("CALENDAR", [calendar_row("12", CALENDARS["12"])])
    plan = read_plan("\n".join([*lines[:at], *calendars, *rows[0], *rows[1], *lines[at:]]).encode())
    assert (plan.activities[0].calendar, plan.activities[0].budget) == ("12", 1250)


def test_a_project_ahead_begins_at_its_planned_start():
    text = (
        one()
        .replace("last_recalc_date\n", "last_recalc_date\tplan_start_date\n")
        .replace("2023-02-10 08:00", "2023-02-10 08:00\t2023-03-06 08:00")
    )
    plan = read_plan(text.encode())
    assert plan.data_date == datetime(2023, 3, 6, 8)
    assert "planned_start" in {note.code for note in plan.notes}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"sched_retained_logic": "N", "sched_progress_override": "N"}, ("actual_dates", "finish", False, False)),
        ({"sched_progress_override": "Y"}, ("progress_override", "finish", False, False)),
        ({"sched_float_type": "FT_MIN"}, ("retained_logic", "smallest", False, False)),
        ({"sched_float_type": "FT_SF", "sched_open_critical_flag": "Y"}, ("retained_logic", "start", True, False)),
        ({"sched_lag_early_start_flag": "N"}, ("retained_logic", "finish", False, True)),
    ],
)
def test_the_schedule_options_are_read(options, told):
    plan = read_plan(xer([Activity("A", 60, "11")], [], CALENDARS, DATA_DATE, options=options).encode())
    assert (plan.mode, plan.float_basis, plan.open_ends_critical, plan.lag_from_actual_start) == told


def test_an_expected_finish_counts_only_where_the_options_say_so():
    expecting = [Activity("A", 60, "11", expected_finish=datetime(2023, 3, 1, 17))]
    told = [
        read_plan(xer(expecting, [], CALENDARS, DATA_DATE, options={"sched_use_expect_end_flag": flag}).encode())
        .activities[0]
        .expected_finish
        for flag in "YN"
    ]
    assert told == [datetime(2023, 3, 1, 17), None]


def test_a_plan_of_centuries_does_not_stop_what_remains():
    """Seen in a contractor's file: durations of 2,600 years for work that has weeks to go."""
    started = {"status_code": "TK_Active", "act_start_date": "2022-02-21 00:00"}
    plan = read_plan(one(target_drtn_hr_cnt="5469776", remain_drtn_hr_cnt="432", **started).encode())
    assert (plan.activities[0].duration, plan.activities[0].remaining) == (432 * 60, 432 * 60)
    assert "too_long" in [note.code for note in plan.notes]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEADER + "\n%E\n", "not_a_plan"),
        (one(task_id=""), "not_a_plan"),
        (one(target_drtn_hr_cnt="eight"), "bad_value"),
        (one(target_drtn_hr_cnt="1e300", remain_drtn_hr_cnt=""), "out_of_range"),
        (one(remain_drtn_hr_cnt="5469776"), "out_of_range"),
        (one(target_drtn_hr_cnt="nan"), "out_of_range"),
        (one(act_start_date="31/12/2022", status_code="TK_Active"), "bad_value"),
        (one(act_start_date="2022-02-30", status_code="TK_Active"), "bad_value"),
        (one(act_start_date="9022-02-03", status_code="TK_Active"), "out_of_range"),
        (one().replace("f|17:00", "f|27:00"), "bad_value"),
        (one().replace("last_recalc_date", "other"), "not_a_plan"),
    ],
)
def test_a_broken_file_is_refused_with_its_reason(text, code):
    with pytest.raises(PlanFileError) as refused:
        read_plan(text.encode())
    assert refused.value.code == code
    assert refused.value.words != str(refused.value)
