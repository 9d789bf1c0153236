"""The way into the bank: along the table of transitions and no other, checked by another person than who handed in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import pytest

from zhuanban.domains.dispatch.models import DailyTrack, TrackPhoto
from zhuanban.domains.plans.models import Node, QuantityEntry, WorkItem
from zhuanban.domains.portfolio.models import MonthLock, Project
from zhuanban.domains.statistics import actions, jobs, pack, rules
from zhuanban.domains.statistics.checks import NO, UNKNOWN, YES
from zhuanban.domains.statistics.models import EntryPaper, StatisticsEntry
from zhuanban.kernel import clock, deadlines
from zhuanban.kernel.dates import PartialDate
from zhuanban.kernel.errors import NotYours, Refused
from zhuanban.kernel.models import Deadline, Event, Notice, StoredFile

State = StatisticsEntry.State
AMOUNT = Decimal(80_000_000)


def answers(entry) -> dict[str, str]:
    fresh = StatisticsEntry.objects.select_related("project__owner_org").get(pk=entry.pk)
    return {each.rule.key: each.verdict.answer for each in pack.checked([fresh])[entry.pk]}


def test_an_empty_pack_lacks_and_denies_nothing(opened):
    found = answers(opened())
    assert NO not in found.values()
    assert found["licence"] == found["form"] == found["same_party"] == found["main_works"] == UNKNOWN
    assert found["counted"] == found["code"] == YES


def test_a_full_pack_passes_every_check(full):
    assert set(answers(full).values()) == {YES}


@pytest.mark.parametrize(
    ("other", "check"),
    [
        ({"approval": {"party": "长春另一家有限公司"}}, "same_party"),
        ({"form": {"amount": AMOUNT + 1}}, "equal_amounts"),
        ({"form": {"project_code": "2112-220106-04-01-999999"}}, "same_code"),
        ({"form": {"dated_on": date(2022, 6, 27)}}, "in_order"),
        ({"approval": {"dated_on": date(2022, 6, 29)}}, "in_order"),
    ],
)
def test_papers_that_disagree_are_told_by_name(opened, fill_pack, other, check):
    found = answers(fill_pack(opened(), **other))
    assert {key for key, answer in found.items() if answer != YES} == {check} and found[check] == NO


def test_levelling_is_not_enough_until_main_works_are_measured(opened, fill_pack, dispatcher):
    entry = fill_pack(opened(), photo={"shows": "levelling"})
    assert answers(entry)["main_works"] == UNKNOWN
    by = {"created_at": clock.now(), "updated_at": clock.now()}
    for kind in ("earthwork", "foundation"):
        item = WorkItem.objects.create(project=entry.project, name=kind, kind=kind, unit="m³", quantity=100, **by)
        QuantityEntry.objects.create(item=item, day=date(2022, 8, 1), amount=5)
        assert answers(entry)["main_works"] == (YES if kind == "foundation" else UNKNOWN)


def test_a_project_on_record_as_not_begun_is_a_no(opened, fill_pack):
    entry = fill_pack(opened(stage="ready", start_actual=None))
    assert answers(entry)["main_works"] == NO


def test_real_estate_also_shows_its_land(opened, fill_pack, dispatcher):
    entry = fill_pack(opened(industry_code="7010"))
    assert answers(entry)["land_title"] == UNKNOWN
    actions.add_paper(entry, by=dispatcher, kind="land_title", number="不动产1号")
    assert answers(entry)["land_title"] == YES


def test_a_pack_is_complete_only_when_every_check_says_yes(opened, full, dispatcher):
    with pytest.raises(Refused, match="有营业执照"):
        actions.complete_pack(opened(), by=dispatcher)
    actions.complete_pack(full, by=dispatcher)
    assert full.state == State.PACK_COMPLETE


def test_a_submitted_pack_stays_as_it_was_checked(full, dispatcher):
    actions.complete_pack(full, by=dispatcher)
    with pytest.raises(Refused, match="须先退回"):
        actions.add_paper(full, by=dispatcher, kind="contract", number="1")
    with pytest.raises(Refused, match="须先退回"):
        actions.revise_paper(full.papers.get(kind="form"), by=dispatcher, note="x")


def test_the_way_leads_to_the_bank_and_the_project_shows_it(full, dispatcher, county_statistician, city_statistician):
    at = {"created_at": clock.now(), "updated_at": clock.now()}
    node = Node.objects.create(project=full.project, code="statistics", name="入统", phase="start", **at)
    actions.complete_pack(full, by=dispatcher)
    actions.submit_county(full, by=dispatcher)
    assert Notice.objects.filter(user=county_statistician).exists()
    actions.submit_city(full, by=county_statistician)
    actions.accept_bank(full, by=city_statistician, bank_number="2201-1")
    project = Project.objects.get(pk=full.project_id)
    assert (project.entered_bank, project.entered_statistics) == (True, False)
    actions.start_reporting(full, by=city_statistician, month=date(2023, 2, 1))
    project.refresh_from_db()
    node.refresh_from_db()
    assert project.entered_statistics and node.reached_on == clock.today()
    verbs = list(Event.objects.filter(dossier=project.pk, verb__startswith="statistics.").values_list("verb", flat=True))
    assert verbs[-4:] == [f"statistics.{verb}" for verb in ("submit_county", "submit_city", "accept_bank", "start_reporting")]


def test_what_is_the_citys_is_not_a_countys(full, dispatcher, county_statistician):
    actions.complete_pack(full, by=dispatcher)
    actions.submit_county(full, by=dispatcher)
    actions.submit_city(full, by=county_statistician)
    with pytest.raises(NotYours, match="市级"):
        actions.accept_bank(full, by=county_statistician)


def test_nobody_checks_his_own_pack(full, dispatcher, city_statistician):
    actions.complete_pack(full, by=dispatcher)
    actions.submit_county(full, by=dispatcher)
    StatisticsEntry.objects.filter(pk=full.pk).update(handed_in_by=city_statistician)
    with pytest.raises(NotYours, match="自己交的"):
        actions.submit_city(full, by=city_statistician)


@pytest.mark.parametrize(
    "verb", ["portfolio.revise", "portfolio.plan_year", "portfolio.report_investment", "statistics.report_month", "statistics.revise_paper"]
)
def test_a_statistician_edits_no_planned_or_reported_number(verb, county_statistician, city_statistician):
    assert verb not in county_statistician.verbs | city_statistician.verbs


def test_a_returned_pack_goes_back_with_its_defects(full, dispatcher, county_statistician, person):
    actions.complete_pack(full, by=dispatcher)
    actions.submit_county(full, by=dispatcher)
    deadline = full.deadline
    actions.return_pack(full, by=county_statistician, defects="合同没有盖章")
    assert (full.state, full.returns, full.defects) == (State.NOT_READY, 1, "合同没有盖章")
    assert Deadline.objects.get(pk=deadline.pk).state == "settled" and full.deadline is None
    actions.revise_paper(full.papers.get(kind="form"), by=dispatcher, note="已补章")
    actions.complete_pack(full, by=dispatcher)
    assert full.defects == ""


def test_a_review_has_a_clock_on_working_days_that_tells_when_it_is_late(full, dispatcher, county_statistician, move_day):
    actions.complete_pack(full, by=dispatcher)
    actions.submit_county(full, by=dispatcher)
    assert full.deadline.due_on == date(2023, 2, 15), "three working days after Friday the tenth"
    move_day(date(2023, 2, 16))
    Notice.objects.all().delete()
    assert deadlines.sweep() == 1
    assert "审核超期" in Notice.objects.filter(user=county_statistician).first().text


def test_a_project_that_begins_gets_its_entry_by_night(project):
    project(stage="under_construction", planned_investment=AMOUNT, start_actual=PartialDate(date(2022, 6, 28)))
    project(stage="under_construction", planned_investment=Decimal(49_999_999), start_actual=PartialDate(date(2022, 6, 28)))
    project(stage="ready", planned_investment=AMOUNT)
    assert jobs.open_entries.call() == 1 and jobs.open_entries.call() == 0


# No state but by the machine ----------------------------------------------------------------------------------------------


def test_the_table_is_the_handbooks():
    way = [State.NOT_READY, State.PACK_COMPLETE, State.SUBMITTED_COUNTY, State.SUBMITTED_CITY]
    way += [State.ACCEPTED_BANK, State.REPORTING, State.COMPLETED]
    assert set(rules.TRANSITIONS) == set(State)
    for at, state in enumerate(way):
        onward = {way[at + 1]} if at + 1 < len(way) else set()
        back = {State.NOT_READY} if state in way[1:4] else set()
        assert set(rules.TRANSITIONS[state]) == onward | back


@pytest.mark.parametrize("state", State.values)
def test_from_each_state_only_the_tables_states_follow(full, state):
    for then in State.values:
        entry = StatisticsEntry.objects.get(pk=full.pk)
        entry.state, entry.bank_on, entry.reporting_from, entry.completed_on = state, clock.today(), date(2023, 1, 1), clock.today()
        entry.save()
        if then in rules.TRANSITIONS[state]:
            actions.step(entry, then)
            assert StatisticsEntry.objects.get(pk=full.pk).state == then
        else:
            with pytest.raises(Refused, match="不能转为"):
                actions.step(entry, then)
            assert StatisticsEntry.objects.get(pk=full.pk).state == state


@pytest.mark.parametrize("seed", range(6))
def test_no_state_is_reached_but_by_the_machine(full, seed, dispatcher, county_statistician, city_statistician):
    """Any verbs in any order: each either is refused and moves nothing, or moves along the table."""
    rng = Random(seed)
    Project.objects.filter(pk=full.project_id).update(finish_actual="2023-02-01")
    month = date(2023, 2, 1)
    tried = {
        actions.complete_pack: {},
        actions.submit_county: {},
        actions.submit_city: {},
        actions.return_pack: {"defects": "补章"},
        actions.accept_bank: {},
        actions.start_reporting: {"month": month},
        actions.finish: {"on": clock.today()},
        actions.report_month: {"month": date(2023, 1, 1), "amount": Decimal(1)},
        actions.add_paper: {"kind": "photo", "note": "又一张"},
    }
    seen = {full.state}
    for _turn in range(120):
        verb = rng.choice(list(tried))
        before = StatisticsEntry.objects.get(pk=full.pk)
        try:
            verb(before, by=rng.choice([dispatcher, county_statistician, city_statistician, None, None, None]), **tried[verb])
        except (Refused, NotYours):
            assert StatisticsEntry.objects.get(pk=full.pk).state == full.state
            continue
        after = StatisticsEntry.objects.get(pk=full.pk)
        assert after.state == full.state or after.state in rules.TRANSITIONS[full.state]
        if after.state != full.state:
            assert after.state_since == clock.today()
        full.state = after.state
        seen.add(after.state)
    assert len(seen) > 2


def test_papers_and_packs_are_for_those_who_work_on_the_project(full, person, organisation, sign_in):
    owner = person("owner", organisation=full.project.owner_org)
    stranger = person("owner", organisation=organisation())
    other = person("statistician", area="220102")
    Project.objects.filter(pk=full.project_id).update(secrecy="public")
    public = person("public", area="220100")
    assert StatisticsEntry.objects.visible_to(owner).count() == EntryPaper.objects.visible_to(owner).count() / 4 == 1
    for user in (stranger, other, public):
        assert not StatisticsEntry.objects.visible_to(user).exists() and not EntryPaper.objects.visible_to(user).exists()
        assert sign_in(user).get(full.get_absolute_url()).status_code == 404


def test_a_locked_month_is_the_portfolios(reporting):
    assert not rules.locked(reporting.project, date(2023, 1, 1))
    MonthLock.objects.create(area_id="220100", month=date(2023, 1, 1), locked_at=clock.now(), by="x")
    assert rules.locked(reporting.project, date(2023, 1, 1))


def test_a_daily_reports_photo_proves_the_works_that_were_measured_that_day(opened, fill_pack, dispatcher):
    """A photo alone shows that somebody was there; an older photo than its report shows nothing."""
    entry = fill_pack(opened(), photo={"shows": "levelling"})
    at = {"created_at": clock.now(), "updated_at": clock.now()}
    file = StoredFile.objects.create(
        dossier=entry.dossier, name="a.jpg", content_type="image/jpeg", size=1, sha256="0" * 64, at=clock.now(), by=dispatcher
    )
    track = DailyTrack.objects.create(project=entry.project, day=date(2022, 8, 1), workers_actual=3, filed_at=clock.now(), **at)
    photo = TrackPhoto.objects.create(track=track, file=file, sha256=file.sha256, **at)
    assert answers(entry)["main_works"] == UNKNOWN
    found = pack.works_of([entry.project_id])[entry.project_id]
    assert [(each.on, each.proves) for each in found] == [(date(2022, 8, 1), False)]
    item = WorkItem.objects.create(project=entry.project, name="桩", kind="foundation", unit="根", quantity=100, **at)
    QuantityEntry.objects.create(item=item, day=date(2022, 8, 1), amount=5)
    assert [each.proves for each in pack.works_of([entry.project_id])[entry.project_id]].count(True) == 2
    TrackPhoto.objects.filter(pk=photo.pk).update(older=True)
    assert len(pack.works_of([entry.project_id])[entry.project_id]) == 1
