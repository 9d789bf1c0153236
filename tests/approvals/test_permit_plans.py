"""A project's permit plan: what its facts call for, when each certificate can lawfully be had, what blocks, and what a late paper costs."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhuanban.domains.approvals import permit_jobs
from zhuanban.domains.approvals.actions import permits, planning
from zhuanban.domains.approvals.models import VALUES, ApprovalCase, Certificate, Item, PermitPlan
from zhuanban.domains.approvals.permit_drawings import bars, boxes, days_of, direct
from zhuanban.domains.approvals.rules.permits import START, Book, Entry, chain, layers, needed
from zhuanban.domains.approvals.rules.timetable import Asked, Standing, timetables
from zhuanban.domains.portfolio.models import Project
from zhuanban.engines.calendars import WorkCalendar
from zhuanban.kernel import clock, deadlines, figures
from zhuanban.kernel.errors import NotYours, Refused

TODAY = date(2023, 2, 10)
FACTS = {
    "land": "granted",
    "works": "ordinary",
    "eia": "table",
    "energy": "exempt",
    "fire": "other",
    "road": "no",
    "trees": "no",
    "temporary": "no",
}
OWN = {"permission_regime": "filing", "investment_kind": "enterprise", "build_kind": "new"}


@pytest.fixture
def plan(project, dispatcher):
    return permits.plan_permits(project("白山电池厂房", stage="pre_stage", **OWN), by=dispatcher, begins_on=TODAY, **FACTS)


def step(plan, code):
    return plan.steps.get(item__code=code)


def certificate(project, code, issued, accepted=None, state="certificate_issued"):
    item, at = Item.objects.get(code=code), clock.now()
    case = ApprovalCase.objects.create(
        project=project, item=item, item_version=item.version_on(TODAY), ref=f"B-{project.pk}-{code}", state=state, accepted_on=accepted or issued,
        promised_on=issued, promised_days=3, due_on=issued, decided_on=issued, created_at=at, updated_at=at,
    )  # fmt: skip
    return Certificate.objects.create(
        case=case, project=project, item=item, number=f"证{code}{project.pk}", issued_on=issued, created_at=at, updated_at=at
    )


def running(project, code, accepted, promised, state="in_review"):
    item, at = Item.objects.get(code=code), clock.now()
    return ApprovalCase.objects.create(
        project=project, item=item, item_version=item.version_on(TODAY), ref=f"R-{project.pk}-{code}", state=state, accepted_on=accepted,
        promised_on=promised, promised_days=7, due_on=promised, created_at=at, updated_at=at,
    )  # fmt: skip


# What the facts call for ------------------------------------------------------------------------------------------------


def test_a_filed_private_project_on_granted_land_needs_no_site_opinion_no_tender_and_no_report_book(plan):
    codes = set(plan.steps.values_list("item__code", flat=True))
    assert {"FILE", "LAND", "LUPP", "TITLE", "EIA", "SCHEME", "CPP", "DRAW", "CONTRACT", "CP", "START"} <= codes
    assert not codes & {"SITE", "VERIFY", "APPROVE", "TENDER", "EIAB", "EIAR", "FIREDESIGN", "ROAD", "TEMPLAND"}
    assert plan.unclear == []


def test_a_government_project_on_allocated_land_is_examined_and_tendered(project, dispatcher):
    own = {"permission_regime": "examination", "investment_kind": "government", "build_kind": "new"}
    made = permits.plan_permits(project(stage="reserve", **own), by=dispatcher, begins_on=TODAY, **FACTS | {"land": "allocated"})
    codes = set(made.steps.values_list("item__code", flat=True))
    assert {"SITE", "APPROVE", "PRELIM", "TENDER"} <= codes
    assert not codes & {"FILE", "VERIFY", "CONTRACT"}


def test_buying_equipment_needs_hardly_anything(project, dispatcher):
    own = OWN | {"build_kind": "equipment"}
    facts = FACTS | {"land": "own", "eia": "register", "works": ""}
    made = permits.plan_permits(project(stage="pre_stage", **own), by=dispatcher, begins_on=TODAY, **facts)
    assert set(made.steps.filter(before_start=True).values_list("item__code", flat=True)) == {"FILE", "EIAR", "START"}
    assert made.ready_on == TODAY


def test_a_small_building_needs_no_construction_permit(project, dispatcher):
    made = permits.plan_permits(
        project(stage="pre_stage", floor_area_m2=280, **OWN), by=dispatcher, begins_on=TODAY, **FACTS | {"works": ""}
    )
    assert made.facts["works"] == "minor"
    assert not made.steps.filter(item__code="CP").exists()


def test_what_is_not_known_is_said_and_nobody_is_told_that_the_way_is_shorter(project, dispatcher, plan):
    blank = permits.plan_permits(project(stage="pre_stage", **OWN), by=dispatcher, begins_on=TODAY, **dict.fromkeys(FACTS, ""))
    assert {"land", "eia", "works"} <= set(blank.unclear)
    assert blank.steps.get(item__code="EIAB").uncertain
    assert blank.ready_on >= plan.ready_on
    told = permits.state_facts(blank, by=dispatcher, begins_on=TODAY, **FACTS)
    blank.refresh_from_db()
    assert told is None
    assert (blank.unclear, blank.ready_on) == ([], plan.ready_on)


# Days -------------------------------------------------------------------------------------------------------------------


def test_limits_count_as_deadlines_do(plan):
    days = deadlines.calendar()
    land, lupp = step(plan, "LAND"), step(plan, "LUPP")
    assert land.finishes_on == days.due_calendar_days(TODAY, 30)
    assert lupp.starts_on == land.finishes_on
    assert lupp.finishes_on == days.due(land.finishes_on, 3)
    assert step(plan, "FILE").finishes_on == TODAY
    assert step(plan, "EIA").finishes_on == days.due_calendar_days(TODAY, 15)


def test_items_whose_prerequisites_are_met_are_open_at_once(plan):
    state = {row.item.code: row.state for row in plan.steps.select_related("item")}
    assert [state[code] for code in ("FILE", "LAND", "EIA")] == ["open"] * 3
    assert [state[code] for code in ("LUPP", "CPP", "CP")] == ["waiting"] * 3
    assert plan.open_count == 3


def test_the_critical_way_leads_from_the_land_to_the_lawful_start(plan):
    critical = set(plan.steps.filter(critical=True).values_list("item__code", flat=True))
    assert critical == {"LAND", "LUPP", "SCHEME", "CPP", "DRAW", "CP", "START"}
    assert plan.blocking.code == "LAND"
    assert plan.next_item.code == "FILE"
    assert step(plan, "EIA").float_days > 0


def test_parallel_is_shorter_than_one_after_the_other(plan):
    assert plan.saved_days == plan.sequential_days - plan.parallel_days > 0
    assert plan.left_days == plan.parallel_days == deadlines.calendar().elapsed_working_days(TODAY, plan.ready_on)


def test_what_is_done_on_a_weekend_is_handed_in_on_monday(project, dispatcher, move_day):
    saturday = date(2023, 2, 11)
    move_day(saturday)
    plan = permits.plan_permits(project(stage="pre_stage", **OWN), by=dispatcher, begins_on=saturday, **FACTS)
    assert step(plan, "EIA").starts_on == date(2023, 2, 13)


def test_a_plan_that_begins_later_is_dated_from_then(project, dispatcher):
    later = date(2023, 4, 10)
    plan = permits.plan_permits(project(stage="reserve", **OWN), by=dispatcher, begins_on=later, **FACTS)
    assert step(plan, "LAND").starts_on == later


def test_dates_in_a_year_without_an_official_calendar_say_so(project, dispatcher, move_day):
    move_day(date(2026, 12, 1))
    plan = permits.plan_permits(project(stage="pre_stage", **OWN), by=dispatcher, begins_on=date(2026, 12, 1), **FACTS)
    assert plan.provisional
    assert not step(plan, "FILE").provisional
    assert step(plan, "CP").provisional


def test_what_hangs_on_the_end_of_the_works_is_dated_by_it_or_not_at_all(project, dispatcher, plan):
    assert step(plan, "JOINT").finishes_on is None
    assert plan.finish_on is None
    made = project(stage="pre_stage", finish_planned="2024-06-03", **OWN)
    known = permits.plan_permits(made, by=dispatcher, begins_on=TODAY, **FACTS)
    assert step(known, "JOINT").finishes_on == deadlines.calendar().due(date(2024, 6, 3), 10)
    assert known.finish_on == step(known, "TITLE2").finishes_on


# What has happened ------------------------------------------------------------------------------------------------------


def test_an_issued_certificate_fixes_its_day_and_the_others_count_from_today(plan, move_day, dispatcher):
    move_day(date(2023, 3, 20))
    permits.record_day(plan, by=dispatcher, item=Item.objects.get(code="LAND"), on=date(2023, 3, 13))
    certificate(plan.project, "LUPP", date(2023, 3, 16), date(2023, 3, 14))
    planning.recompute_projects([plan.project_id])
    plan.refresh_from_db()
    assert (step(plan, "LAND").state, step(plan, "LAND").finishes_on) == ("done", date(2023, 3, 13))
    assert (step(plan, "LUPP").state, step(plan, "LUPP").finishes_on) == ("done", date(2023, 3, 16))
    assert step(plan, "SCHEME").state == "open"
    assert step(plan, "SCHEME").starts_on == date(2023, 3, 20)
    assert plan.blocking.code == "SCHEME"


def test_a_recorded_day_can_be_taken_back(plan, dispatcher):
    land = Item.objects.get(code="LAND")
    permits.record_day(plan, by=dispatcher, item=land, on=TODAY)
    assert step(plan, "LAND").state == "done"
    permits.record_day(plan, by=dispatcher, item=land, on=None)
    assert step(plan, "LAND").state == "open"


def test_a_running_case_ends_on_its_promised_day_and_an_overdue_one_no_earlier_than_today(plan, move_day):
    running(plan.project, "EIA", TODAY, date(2023, 2, 17))
    planning.recompute_projects([plan.project_id])
    assert (step(plan, "EIA").state, step(plan, "EIA").finishes_on) == ("running", date(2023, 2, 17))
    move_day(date(2023, 2, 22))
    planning.recompute(planning.stale())
    assert step(plan, "EIA").finishes_on == date(2023, 2, 22)


def test_a_stopped_clock_shows(plan):
    running(plan.project, "EIA", TODAY, date(2023, 2, 17), state="paused")
    planning.recompute_projects([plan.project_id])
    assert step(plan, "EIA").state == "paused"


def test_a_mock_case_opens_no_way(plan):
    case = running(plan.project, "LUPP", TODAY, date(2023, 2, 15))
    ApprovalCase.objects.filter(pk=case.pk).update(mock=True)
    planning.recompute_projects([plan.project_id])
    assert step(plan, "LUPP").state == "waiting"


def test_a_certificate_out_of_turn_is_granted_all_the_same(plan):
    certificate(plan.project, "CP", TODAY)
    planning.recompute_projects([plan.project_id])
    plan.refresh_from_db()
    assert step(plan, "CP").state == "done"
    assert plan.ready_on == step(plan, "EIA").finishes_on


def test_where_building_has_begun_an_item_without_a_record_is_not_called_open(plan):
    Project.objects.filter(pk=plan.project_id).update(stage="under_construction", start_actual="2023-02-01")
    planning.recompute_projects([plan.project_id])
    plan.refresh_from_db()
    assert step(plan, "EIA").state == "unrecorded"
    assert step(plan, "EIA").finishes_on is None
    assert step(plan, "START").finishes_on == date(2023, 2, 1)
    assert (plan.state, plan.left_days, plan.blocking) == ("begun", 0, None)


def test_all_before_the_start_being_there_the_project_may_begin(plan, dispatcher):
    for code in ("LAND", "CONTRACT"):
        permits.record_day(plan, by=dispatcher, item=Item.objects.get(code=code), on=TODAY)
    for code in ("FILE", "LUPP", "TITLE", "EIA", "SCHEME", "CPP", "DRAW", "CP"):
        certificate(plan.project, code, TODAY)
    planning.recompute_projects([plan.project_id])
    plan.refresh_from_db()
    assert (plan.state, plan.ready_on, plan.left_days) == ("ready", TODAY, 0)


def test_a_step_that_is_no_longer_needed_goes(plan, dispatcher):
    permits.state_facts(plan, by=dispatcher, begins_on=TODAY, **FACTS | {"eia": "book"})
    codes = set(plan.steps.values_list("item__code", flat=True))
    assert "EIAB" in codes
    assert "EIA" not in codes


def test_plans_are_kept_up_to_date_by_the_day_and_by_what_happens(plan, move_day, dispatcher):
    planning.recompute(PermitPlan.objects.all())
    assert not planning.stale().exists()
    Project.objects.get(pk=plan.project_id).dossier.__class__.objects.filter(pk=plan.project_id).update(
        changed_at=clock.now() + timedelta(seconds=1)
    )
    assert planning.stale().count() == 1
    assert permit_jobs.plan_changed.func() == 1
    move_day(date(2023, 2, 13))
    assert planning.stale().count() == 1


def test_a_plan_that_has_not_changed_is_not_written_again(plan, django_assert_max_num_queries):
    planning.recompute_projects([plan.project_id])
    before = list(plan.steps.order_by("pk").values())
    with django_assert_max_num_queries(26):
        planning.recompute_projects([plan.project_id])
    assert list(plan.steps.order_by("pk").values()) == before


# Who ------------------------------------------------------------------------------------------------------------------------


def test_a_project_is_planned_once_and_not_before_it_is_signed(plan, project, dispatcher):
    with pytest.raises(Refused, match="已有"):
        permits.plan_permits(plan.project, by=dispatcher, begins_on=TODAY)
    with pytest.raises(Refused, match="洽谈"):
        permits.plan_permits(project(stage="negotiating"), by=dispatcher, begins_on=TODAY)


def test_a_stranger_to_the_project_neither_reads_nor_tells(plan, person, sign_in):
    other = person("centre_dispatcher", area="220122")
    with pytest.raises(NotYours):
        permits.state_facts(plan, by=other, begins_on=TODAY)
    assert sign_in(other).get(plan.get_absolute_url()).status_code == 404
    assert not PermitPlan.objects.visible_to(other).exists()


def test_the_public_reads_no_plan_even_of_a_published_project(plan, person, sign_in):
    from zhuanban.domains.portfolio.access import regrant

    Project.objects.filter(pk=plan.project_id).update(secrecy="public")
    regrant(Project.objects.get(pk=plan.project_id))
    reader = person("public", area="220100")
    assert not PermitPlan.objects.visible_to(reader).exists()
    assert sign_in(reader).get(plan.get_absolute_url()).status_code == 404


def test_the_owner_tells_the_facts_of_the_own_project(project, organisation, person, dispatcher):
    firm = organisation("白山动力有限公司")
    made = permits.plan_permits(project(stage="pre_stage", owner_org=firm, **OWN), by=dispatcher, begins_on=TODAY, **FACTS)
    permits.state_facts(made, by=person("owner", organisation=firm), begins_on=TODAY, **FACTS | {"eia": "register"})
    assert made.steps.filter(item__code="EIAR").exists()


# Pages --------------------------------------------------------------------------------------------------------------------


def test_the_page_shows_graph_days_and_reasons(plan, dispatcher, sign_in):
    page = sign_in(dispatcher).get(plan.get_absolute_url()).content.decode()
    assert "现在卡在" in page
    assert "出让合同或划拨决定" in page
    assert "关键：晚一个工作日" in page
    assert page.count("<svg") >= 3
    assert "可以同时申报" in page


def test_the_page_asks_as_many_queries_for_many_items_as_for_few(plan, dispatcher, sign_in, django_assert_max_num_queries):
    client = sign_in(dispatcher)
    client.get(plan.get_absolute_url())
    with django_assert_max_num_queries(40):
        client.get(plan.get_absolute_url())


def test_a_late_paper_costs_what_its_float_does_not_take(plan, dispatcher, sign_in):
    client, address = sign_in(dispatcher), plan.get_absolute_url()
    lost = client.get(address, {"late": "SCHEME", "days": "6"}, headers={"HX-Request": "true"}).content.decode()
    assert "晚 <b>6</b> 个工作日" in lost
    spare = client.get(address, {"late": "EIA", "days": "5"}, headers={"HX-Request": "true"}).content.decode()
    assert "仍可在" in spare
    nonsense = client.get(address, {"late": "SCHEME", "days": "x"}, headers={"HX-Request": "true"})
    assert nonsense.status_code == 200


def test_the_project_s_page_tells_what_it_waits_for(plan, dispatcher, sign_in):
    page = sign_in(dispatcher).get(plan.project.get_absolute_url()).content.decode()
    assert "现在卡在" in page


def test_the_list_tells_for_each_project_what_blocks_it(plan, dispatcher, sign_in):
    page = sign_in(dispatcher).get("/approvals/permits/?blocking=LAND").content.decode()
    assert "白山电池厂房" in page
    assert "白山电池厂房" not in sign_in(dispatcher).get("/approvals/permits/?blocking=CP").content.decode()


def test_figures_open_to_their_plans(plan, dispatcher):
    scope = figures.Scope.today()
    read = {name: figures.REGISTRY[f"approvals.{name}"].read(scope) for name in ("plans_open", "saved_share", "steps_open")}
    assert read["plans_open"].value == 1
    assert read["saved_share"].value * plan.sequential_days == plan.saved_days * 100
    assert read["steps_open"].value == plan.open_count


# Any catalogue, any facts -----------------------------------------------------------------------------------------------

OFFICE = WorkCalendar({date(2023, 5, 1): False, date(2023, 5, 2): False, date(2023, 5, 6): True}, frozenset({2022, 2023, 2024}), "test")
NAMES = [f"I{number}" for number in range(9)]


@st.composite
def books(draw):
    """A catalogue without circles: every item waits only for items before it, and the lawful start for some of them."""
    entries = []
    for place, code in enumerate(NAMES):
        needs = draw(st.sets(st.sampled_from(NAMES[:place]), max_size=3)) if place else set()
        days, unit = draw(st.integers(0, 40)), draw(st.sampled_from(["workday", "calendar"]))
        condition = draw(st.sampled_from([{}, {"land": ["granted"]}, {"eia": ["book", "table"]}]))
        entries.append(
            Entry(
                place,
                place,
                code,
                code,
                code,
                draw(st.integers(1, 3)),
                "permit",
                place,
                days,
                unit,
                condition,
                {key: {} for key in sorted(needs)},
            )
        )
    goal = draw(st.sets(st.sampled_from(NAMES), min_size=1))
    entries.append(Entry(99, 99, START, START, START, 3, "event", 99, 0, "workday", {}, {key: {} for key in sorted(goal)}))
    return Book(TODAY, None, tuple(entries))


FACT = st.fixed_dictionaries({}, optional={name: st.sampled_from(sorted(VALUES[name])) for name in ("land", "eia")})
DAYS = st.dates(date(2022, 6, 1), date(2024, 6, 1))


@st.composite
def standings(draw):
    chosen = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    found = {}
    for code in chosen:
        accepted = draw(st.dates(date(2022, 12, 1), TODAY))
        if draw(st.booleans()):
            found[code] = Standing(done_on=draw(st.dates(accepted, TODAY)), accepted_on=accepted)
        else:
            found[code] = Standing(accepted_on=accepted, promised_on=draw(st.dates(date(2023, 1, 1), date(2023, 6, 1))))
    return found


@settings(max_examples=60, deadline=None)
@given(books(), FACT, DAYS, standings())
def test_no_certificate_is_dated_before_what_it_waits_for(book, facts, begins, standing):
    table = timetables([Asked(facts, begins, standing)], book, OFFICE, TODAY)[0]
    for each in table.steps:
        if each.state in ("waiting", "open") and each.finishes_on:
            assert each.finishes_on >= TODAY
            for before in each.step.waits_for:
                assert table.by_code[before].finishes_on <= each.finishes_on
                assert table.by_code[before].finishes_on <= max(each.starts_on, each.finishes_on)


@settings(max_examples=60, deadline=None)
@given(books(), FACT, DAYS)
def test_one_after_the_other_is_never_quicker(book, facts, begins):
    table = timetables([Asked(facts, begins)], book, OFFICE, TODAY)[0]
    assert table.sequential >= table.parallel >= 0


@settings(max_examples=60, deadline=None)
@given(books(), FACT)
def test_each_item_has_its_whole_limit_from_the_day_on_which_it_can_be_handed_in(book, facts):
    table = timetables([Asked(facts, TODAY)], book, OFFICE, TODAY)[0]
    for each in table.steps:
        entry = each.step.entry
        due = OFFICE.due_calendar_days if entry.unit == "calendar" and entry.days else OFFICE.due
        assert each.finishes_on == due(each.starts_on, entry.days)


@settings(max_examples=60, deadline=None)
@given(books(), FACT, st.sampled_from(NAMES), st.integers(1, 20))
def test_lateness_within_the_float_costs_nothing(book, facts, code, days):
    table = timetables([Asked(facts, TODAY)], book, OFFICE, TODAY)[0]
    late = timetables([Asked(facts, TODAY, more={code: days})], book, OFFICE, TODAY)[0]
    each = table.by_code.get(code)
    if each is None or not each.before_start or each.float_days >= days:
        assert late.ready_on == table.ready_on
    else:
        assert late.ready_on > table.ready_on


def test_what_took_no_time_stands_in_the_chart_as_a_diamond_with_its_words(plan):
    for code, issued, accepted in (("LUPP", TODAY, TODAY), ("CPP", TODAY, TODAY - timedelta(7)), ("TITLE", date(2021, 6, 1), None)):
        certificate(plan.project, code, issued, accepted)
    told = {each.code: each for each in planning.timetable_of(plan, TODAY).steps}
    shown = [told[code] for code in ("LUPP", "CPP", "TITLE")]
    names = {each.code: each.step.entry.short_name for each in shown}
    frame = days_of(shown, deadlines.calendar(), TODAY)
    point, long, old = bars(frame, shown, names, deadlines.calendar(), "工作日").split("<g class")[1:]
    assert 'class="g-point is-done"' in point and "<rect" not in point and names["LUPP"] in point
    assert 'class="g-done"' in long and "g-point" not in long
    assert "◂ 2021年6月1日" in old


@settings(max_examples=60, deadline=None)
@given(books(), FACT)
def test_the_graph_draws_every_item_once_and_leaves_only_shortcuts_out(book, facts):
    table = timetables([Asked(facts, TODAY)], book, OFFICE, TODAY)[0]
    placed, _lanes, _height = boxes(table.steps)
    assert len({(box.x, box.y) for box in placed.values()}) == len(table.steps)
    drawn = direct(table.steps)
    reach: dict[str, set[str]] = {each.code: set() for each in table.steps}
    for each in sorted(table.steps, key=lambda step: step.layer):
        for before, after in drawn:
            if after == each.code:
                reach[after] |= {before} | reach[before]
    assert all(before in reach[each.code] for each in table.steps for before in each.step.waits_for)


@settings(max_examples=60, deadline=None)
@given(books(), FACT)
def test_the_chain_keeps_the_order_of_prerequisites(book, facts):
    steps = needed(book, facts)
    done: set[str] = set()
    for each in chain(steps):
        assert done.issuperset(each.waits_for)
        done.add(each.entry.code)
    assert len(done) == len(steps)
    depth = layers(steps)
    assert all(depth[before] < depth[each.entry.code] for each in steps for before in each.waits_for)


def test_a_plan_goes_along_when_its_project_is_folded_into_another(project, dispatcher):
    from zhuanban.domains.portfolio.actions import merge
    from zhuanban.domains.portfolio.models import MergeProposal

    kept, gone = (project(stage="pre_stage", **OWN) for _ in range(2))
    plan, at = permits.plan_permits(gone, by=dispatcher, begins_on=TODAY, **FACTS), clock.now()
    proposal = MergeProposal.objects.create(project=kept, other=gone, score=0.9, why="名称相近", created_at=at, updated_at=at)
    merge(proposal, by=dispatcher)
    moved = PermitPlan.objects.get(project=kept)
    assert moved.pk == plan.pk
    assert not moved.steps.exclude(project=kept).exists()
