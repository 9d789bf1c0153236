"""The catalogue of approval items: what the seed says, changes by verbs, circles refused by name, and plans computed anew."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.domains.approvals import permit_jobs, seeds
from zhuanban.domains.approvals.actions import catalogue, permits
from zhuanban.domains.approvals.models import CatalogueVersion, Desk, Item, ItemVersion, PermitPlan, Truth, holds
from zhuanban.domains.approvals.queries import catalogue as queries
from zhuanban.domains.approvals.rules.permits import circle
from zhuanban.kernel import figures
from zhuanban.kernel.actions import REGISTRY
from zhuanban.kernel.errors import NotYours, Refused
from zhuanban.kernel.models import Job, Notice

TODAY = date(2023, 2, 10)
GROUND = {"effective_from": TODAY, "basis": "长府办发〔2023〕3号"}


def item(code):
    return Item.objects.get(code=code)


def reading(name):
    return figures.REGISTRY[name].read(figures.Scope.today())


# What the seed says -----------------------------------------------------------------------------------------------------


def test_the_seed_is_loaded_once_and_holds_no_circle(seeds_twice):
    assert CatalogueVersion.objects.count() == 2
    assert Item.objects.count() == ItemVersion.objects.filter(catalogue__number=1).count()
    assert not circle({entry.code: list(entry.needs) for entry in queries.book().entries})


@pytest.fixture
def seeds_twice(areas):
    seeds.load()


def test_a_construction_permit_waits_for_land_plan_contractor_and_drawings(areas):
    needs = set(item("CP").version_on(TODAY).prerequisites.values_list("needs__code", flat=True))
    assert {"LUPP", "TITLE", "CPP", "TENDER", "CONTRACT", "DRAW", "FIREDESIGN"} == needs


@pytest.mark.parametrize(
    ("code", "statutory", "unit"),
    [
        ("SITE", 20, "workday"),
        ("TITLE", 30, "workday"),
        ("CPP", 20, "workday"),
        ("CP", 7, "workday"),
        ("EIAB", 60, "calendar"),
        ("EIA", 30, "calendar"),
        ("RECORD", 15, "calendar"),
    ],
)
def test_the_law_s_limits_are_those_of_the_handbook(areas, code, statutory, unit):
    version = item(code).version_on(TODAY)
    assert (version.statutory_days, version.unit) == (statutory, unit)


def test_a_filing_takes_no_time_and_is_never_blocked_on_papers(areas):
    filing = item("FILE")
    assert filing.may_lack_papers
    assert filing.version_on(TODAY).terms.days == 0


def test_road_excavation_and_the_environmental_form_come_under_commitment_in_september_2022_and_the_report_book_does_not(areas):
    before, after = date(2022, 8, 31), date(2022, 9, 1)
    assert [item(code).version_on(before).commitment for code in ("ROAD", "EIA", "EIAB")] == [False, False, False]
    assert [item(code).version_on(after).commitment for code in ("ROAD", "EIA", "EIAB")] == [True, True, False]


def test_a_list_s_figure_counts_the_items_on_it_today(areas, move_day):
    assert reading("approvals.commitment_items").value == 3
    move_day(date(2022, 8, 1))
    assert reading("approvals.commitment_items").value == 1


def test_a_version_follows_with_everything_that_it_does_not_change(areas):
    first, second = item("ROAD").versions.order_by("effective_from")
    assert second.promised_days == first.promised_days
    assert [*second.papers.values_list("key", "main")] == [*first.papers.values_list("key", "main")]
    assert [*second.prerequisites.values_list("needs__code", flat=True)] == ["CPP"]


def test_an_unknown_fact_leaves_a_condition_open():
    condition = {"land": ["granted", "allocated"], "eia": ["book"]}
    assert holds(condition, {"land": "granted", "eia": "book"}) is Truth.YES
    assert holds(condition, {"land": "granted"}) is Truth.UNKNOWN
    assert holds(condition, {"land": "leased"}) is Truth.NO


# Changes by verbs -------------------------------------------------------------------------------------------------------


def test_a_new_limit_holds_from_its_day_and_the_old_one_stays_on_record(dispatcher, areas):
    day = date(2023, 3, 1)
    catalogue.change_limit(
        item("CPP"), by=dispatcher, effective_from=day, basis="承诺再压缩", promised_days=5, statutory_days=20, unit="workday"
    )
    assert item("CPP").version_on(TODAY).terms.days == 7
    assert item("CPP").version_on(day).terms.days == 5
    version = CatalogueVersion.objects.first()
    assert (version.number, version.effective_from, version.created_by) == (3, day, dispatcher)
    assert "工程规划许可" in version.change


def test_a_promise_is_not_longer_than_the_law(dispatcher, areas):
    form = REGISTRY["approvals.change_limit"].make_form(
        dispatcher,
        item("CP"),
        {"promised_days": "9", "statutory_days": "7", "unit": "workday", "effective_from": "2023-02-10", "basis": "试"},
    )
    assert not form.is_valid()
    assert "promised_days" in form.errors


def test_nothing_takes_effect_in_the_past(dispatcher, areas):
    form = REGISTRY["approvals.change_limit"].make_form(
        dispatcher,
        item("CP"),
        {"promised_days": "3", "statutory_days": "7", "unit": "workday", "effective_from": "2023-02-09", "basis": "试"},
    )
    assert not form.is_valid()
    assert "effective_from" in form.errors


def test_a_version_is_not_slipped_in_before_a_later_one(dispatcher, areas):
    told = {"basis": "试", "promised_days": 2, "statutory_days": 7, "unit": "workday"}
    catalogue.change_limit(item("CP"), by=dispatcher, effective_from=date(2023, 4, 1), **told)
    with pytest.raises(Refused, match="更晚生效"):
        catalogue.change_limit(item("CP"), by=dispatcher, effective_from=date(2023, 3, 1), **told)


def test_an_event_has_no_limit(dispatcher, areas):
    with pytest.raises(Refused, match="节点"):
        catalogue.change_limit(item("START"), by=dispatcher, **GROUND, promised_days=1, unit="workday")


def test_a_prerequisite_is_added_and_taken_away(dispatcher, areas):
    catalogue.add_prerequisite(item("POWER"), by=dispatcher, **GROUND, needs=item("CPP"), only_when={"works": ["large"]})
    assert dict(queries.book().by_code["POWER"].needs) == {"LAND": {}, "CPP": {"works": ["large"]}}
    catalogue.remove_prerequisite(item("POWER"), by=dispatcher, **GROUND, needs=item("LAND"))
    assert list(queries.book().by_code["POWER"].needs) == ["CPP"]
    with pytest.raises(Refused, match="不是"):
        catalogue.remove_prerequisite(item("POWER"), by=dispatcher, **GROUND, needs=item("LAND"))


def test_a_circle_is_refused_naming_its_items_and_nothing_is_kept(dispatcher, areas):
    with pytest.raises(Refused) as refused:
        catalogue.add_prerequisite(item("LAND"), by=dispatcher, **GROUND, needs=item("CPP"))
    words = str(refused.value)
    assert "国有土地出让合同或划拨决定书" in words
    assert "建设工程规划许可" in words
    assert CatalogueVersion.objects.count() == 2
    assert "CPP" not in queries.book().by_code["LAND"].needs


def test_a_circle_that_a_later_version_would_close_is_refused_too(dispatcher, areas):
    catalogue.add_prerequisite(item("HEAT"), by=dispatcher, effective_from=date(2023, 6, 1), basis="试", needs=item("GAS"))
    with pytest.raises(Refused, match="互为前置"):
        catalogue.add_prerequisite(item("GAS"), by=dispatcher, **GROUND, needs=item("HEAT"))


def test_an_item_is_put_on_the_lists_with_the_days_for_the_missing_paper(dispatcher, areas):
    catalogue.change_lists(item("CPP"), by=dispatcher, **GROUND, tolerant=True, commitment=True, make_good_days=8)
    now = item("CPP").version_on(TODAY)
    assert (now.tolerant, now.commitment, now.make_good_days) == (True, True, 8)


def test_a_filing_stands_on_no_list(dispatcher, areas):
    with pytest.raises(Refused, match="备案"):
        catalogue.change_lists(item("FILE"), by=dispatcher, **GROUND, make_good_days=10)


def test_a_paper_becomes_secondary(dispatcher, areas):
    catalogue.weigh_paper(item("CP"), by=dispatcher, **GROUND, paper="funds", main="secondary")
    assert not item("CP").version_on(TODAY).papers.get(key="funds").main
    assert item("CP").version_on(date(2023, 2, 9)).papers.get(key="funds").main


def test_only_the_city_s_dispatchers_change_the_catalogue(person, areas):
    for who in (person("centre_dispatcher", area="220106"), person("approver", area="220100"), person("project_secretary")):
        with pytest.raises(NotYours):
            catalogue.change_limit(item("CP"), by=who, **GROUND, promised_days=2, unit="workday")


def test_everybody_inside_reads_the_catalogue(sign_in, person, areas):
    client = sign_in(person("project_secretary"))
    assert "施工许可" in client.get("/approvals/catalogue/").content.decode()
    page = client.get(item("CP").get_absolute_url()).content.decode()
    assert "建筑法第八条" in page
    assert "调整时限" not in page


def test_the_item_s_page_asks_no_query_per_version(sign_in, dispatcher, areas, django_assert_max_num_queries):
    client = sign_in(dispatcher)
    for _ in range(3):
        catalogue.change_lists(item("CP"), by=dispatcher, **GROUND, tolerant=True, make_good_days=9)
    with django_assert_max_num_queries(30):
        assert client.get(item("CP").get_absolute_url()).status_code == 200


def test_a_desk_stands_for_its_area_and_the_city_s_for_all_others(dispatcher, areas, organisation, project):
    city, own = organisation("市审批处", "government", "220100"), organisation("绿园审批处", "government", "220106")
    catalogue.set_desk(areas["220100"], by=dispatcher, department="housing", organisation=city)
    here, there = project(area="220106"), project(area="220122")
    assert queries.desk_for(item("CP"), here) == city
    catalogue.set_desk(areas["220106"], by=dispatcher, department="housing", organisation=own)
    assert queries.desk_for(item("CP"), here) == own
    assert queries.desk_for(item("CP"), there) == city
    assert queries.desk_for(item("LAND"), here) is None
    catalogue.set_desk(areas["220106"], by=dispatcher, department="housing", organisation=city)
    assert Desk.objects.filter(area="220106").count() == 1


# Plans follow the catalogue ---------------------------------------------------------------------------------------------

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


def test_a_changed_limit_plans_every_open_project_anew_in_one_job_with_progress(
    dispatcher, project, person, django_capture_on_commit_callbacks
):
    person("case_handler", area="220100", username="handler")
    made = [project(stage="pre_stage", permission_regime="filing", investment_kind="enterprise", build_kind="new") for _ in range(3)]
    before = [permits.plan_permits(each, by=dispatcher, begins_on=TODAY, **FACTS).left_days for each in made]
    catalogue.change_limit(item("SCHEME"), by=dispatcher, **GROUND, promised_days=4, unit="workday")
    catalogue.change_limit(item("CP"), by=dispatcher, **GROUND, promised_days=1, statutory_days=7, unit="workday")
    jobs = Job.objects.filter(dedupe_key=permit_jobs.ALL)
    assert jobs.count() == 1
    assert permit_jobs.plan_all.func() == 3
    after = list(PermitPlan.objects.order_by("pk").values_list("left_days", "catalogue__number"))
    assert after == [(days - 8, 4) for days in before]
    assert Notice.objects.filter(user__username="handler", text__contains="设计方案").exists()


def test_what_holds_later_is_planned_later(dispatcher, areas):
    catalogue.change_limit(item("CP"), by=dispatcher, effective_from=date(2023, 5, 1), basis="试", promised_days=1, unit="workday")
    assert not Job.objects.filter(dedupe_key=permit_jobs.ALL).exists()


# Circles ----------------------------------------------------------------------------------------------------------------

CODES = [f"I{number}" for number in range(8)]


@given(st.dictionaries(st.sampled_from(CODES), st.lists(st.sampled_from(CODES), max_size=4)))
def test_a_circle_is_always_found_and_named_in_order(needs):
    needs = {code: needs.get(code, []) for code in CODES}
    found = circle(needs)
    if found:
        following = [*found[1:], found[0]]
        assert all(before in needs[after] for before, after in zip(found, following, strict=True))
    else:
        done: set[str] = set()
        while len(done) < len(needs):
            ready = {code for code in needs if code not in done and done.issuperset(needs[code])}
            assert ready
            done |= ready
