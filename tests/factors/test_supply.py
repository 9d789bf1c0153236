"""Supply points that will run short, funds in batches, stocks and passes."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from zhuanban.domains.dispatch.models import DailyTrack, WorkerHousing
from zhuanban.domains.factors import actions, figures, queries
from zhuanban.domains.factors.models import (
    Factor,
    FactorRequest,
    FundingApplication,
    FundingBatch,
    FundingProgramme,
    Material,
    TransportPass,
)
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, deadlines
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.figures import Scope
from zhuanban.kernel.models import Notice


@pytest.fixture
def capacity(substation, dispatcher):
    return lambda amount, day=date(2023, 1, 1): actions.set_capacity(
        substation, by=dispatcher, from_day=day, amount=None if amount is None else Decimal(amount), basis="供电方案"
    )


def outlook(point):
    return queries.outlooks([point])[0]


def test_unknown_capacity_is_unknown_and_not_zero(ask, substation):
    ask(900, point=substation)
    found = outlook(substation)
    assert found.capacity is None and found.unknown and found.shortage is None
    assert queries.conflicts([found]) == []


def test_the_first_day_of_want_is_seen_before_it_bites(ask, substation, capacity, project):
    capacity(1000)
    capacity(2000, date(2023, 9, 1))
    other = project("绿园二厂", area="220106", stage="under_construction")
    first = ask(700, date(2023, 3, 1), point=substation)
    second = ask(600, date(2023, 6, 1), point=substation, project=other)
    (found,) = queries.conflicts([outlook(substation)])
    assert (found.shortage.first, found.shortage.last, found.shortage.worst) == (date(2023, 6, 1), date(2023, 8, 31), 300)
    assert set(found.shortage.keys) == {first.pk, second.pk}
    assert found.days_left == (date(2023, 6, 1) - clock.today()).days


def test_what_was_refused_is_no_demand(ask, substation, capacity, electrician):
    capacity(1000)
    ask(700, point=substation)
    over = ask(600, point=substation)
    assert outlook(substation).shortage
    actions.refuse(over, by=electrician, reason="没有余量可供")
    assert outlook(substation).shortage is None


def test_the_giver_hears_of_a_conflict_when_it_arises(ask, substation, capacity, electrician):
    capacity(1000)
    ask(700, point=substation)
    assert not Notice.objects.filter(text__contains="供需冲突").exists()
    ask(600, point=substation)
    assert Notice.objects.filter(user=electrician, text__contains="供需冲突：绿园变").count() == 1


def test_a_capacity_is_added_and_never_overwritten(capacity):
    capacity(1000)
    with pytest.raises(Refused, match="已经登记"):
        capacity(2000)


# Funds -------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def batch(areas, dispatcher):
    def make(programme="special_bond", closes_on=date(2023, 2, 20), **facts):
        return actions.open_batch(
            areas["220100"],
            by=dispatcher,
            programme=FundingProgramme.objects.get(pk=programme),
            opens_on=date(2023, 2, 1),
            closes_on=closes_on,
            **facts,
        )

    return make


def test_a_project_applies_once_in_an_open_batch_that_it_fits(batch, site, owner, dispatcher, move_day):
    Project.objects.filter(pk=site.pk).update(planned_investment=Decimal(90_000_000))
    open_, other = batch(sectors=["industry"], least=Decimal(50_000_000)), batch(sectors=["transport"])
    assert [row.pk for row in queries.open_windows(site)] == [open_.pk]
    made = actions.apply_funding(site, by=owner, batch=open_, amount=Decimal(20_000_000), purpose="设备购置")
    for wrong in (open_, other):
        with pytest.raises(Refused, match="没有开放"):
            actions.apply_funding(site, by=owner, batch=wrong, amount=Decimal(1), purpose="再报")
    move_day(date(2023, 2, 21))
    assert batch.__name__ and made.batch.window == "closed"


def test_a_project_of_unknown_investment_fits_no_lower_bound(batch, site):
    Project.objects.filter(pk=site.pk).update(planned_investment=None)
    batch(least=Decimal(1))
    assert queries.open_windows(site) == []


def test_applied_approved_and_drawn_are_three_amounts(batch, site, owner, dispatcher):
    made = actions.apply_funding(site, by=owner, batch=batch(), amount=Decimal(20_000_000), purpose="设备购置")
    actions.approve_funding(made, by=dispatcher, amount=Decimal(15_000_000), on=clock.today())
    actions.draw_funding(made, by=dispatcher, amount=Decimal(10_000_000), on=clock.today())
    with pytest.raises(Refused, match="超过批复"):
        actions.draw_funding(made, by=dispatcher, amount=Decimal(6_000_000), on=clock.today())
    scope = Scope.today()
    told = [figures.applied(scope).value, figures.approved(scope).value, figures.drawn(scope).value]
    assert told == [20_000_000, 15_000_000, 10_000_000]
    assert sum(told) not in queries.money_of(FundingApplication.objects.all()).values()
    with pytest.raises(IntegrityError), transaction.atomic():
        FundingApplication.objects.update(drawn=Decimal(15_000_001))


def test_a_closing_window_tells_the_secretaries_that_have_not_applied(batch, site, dispatcher, person, move_day):
    from zhuanban.domains.responsibility.models import Responsibility

    secretary = person("project_secretary")
    at = clock.now()
    Responsibility.objects.create(project=site, post="secretary", person=secretary, from_day=date(2022, 1, 1), created_at=at, updated_at=at)
    batch(closes_on=date(2023, 2, 20))
    move_day(date(2023, 2, 16))
    deadlines.sweep()
    assert Notice.objects.filter(user=secretary, text__contains="您有符合条件而未申报的项目").count() == 1
    assert Notice.objects.filter(user=dispatcher, text__contains="还有 1 个符合条件的项目未申报").count() == 1


def test_a_batch_for_two_instruments_is_one_batch(batch):
    for _number in range(4):
        batch("policy_and_term")
    batch("equipment_renewal")
    scope = Scope.today()
    assert (figures.policy_batches(scope).value, figures.renewal_batches(scope).value) == (4, 1)
    assert [row.number for row in FundingBatch.objects.filter(programme="policy_and_term").order_by("pk")] == [1, 2, 3, 4]


# Materials, passes, beds -----------------------------------------------------------------------------------------------------------


def test_days_of_stock_are_read_from_the_daily_track(site, secretary):
    plan = actions.plan_stock(
        site, by=secretary, material=Material.objects.get(pk="cement"), daily_use=Decimal(40), least_days=15, winter_stock=Decimal(2000)
    )
    assert queries.with_reported([plan])[0].reported is None and plan.winter_days == 50
    at = clock.now()
    DailyTrack.objects.create(
        project=site, day=date(2023, 2, 9), workers_actual=80, stocks={"cement": 9}, filed_at=at, created_at=at, updated_at=at
    )
    assert queries.with_reported([plan])[0].reported == (date(2023, 2, 9), 9)
    with pytest.raises(Refused, match="已有"):
        actions.plan_stock(site, by=secretary, material=plan.material, daily_use=Decimal(1), least_days=1)


def test_a_pass_is_told_of_before_it_ends_and_renewed_with_a_new_number(site, dispatcher, move_day):
    held = actions.issue_pass(
        site, by=dispatcher, number="长通0001", vehicles=12, valid_from=date(2023, 1, 1), valid_to=date(2023, 2, 28), route="东环—工地"
    )
    move_day(date(2023, 2, 22))
    deadlines.sweep()
    assert Notice.objects.filter(text__contains="通行证长通0001").exists()
    actions.renew_pass(held, by=dispatcher, number="长通0002", valid_to=date(2023, 4, 30))
    fresh = TransportPass.objects.get(number="长通0002")
    assert (fresh.valid_from, fresh.vehicles, held.renewed_by, held.standing) == (date(2023, 3, 1), 12, fresh, "已换发")
    with pytest.raises(Refused, match="已经换发过"):
        actions.renew_pass(held, by=dispatcher, number="长通0003", valid_to=date(2023, 5, 30))


def test_no_more_is_taken_of_an_offer_than_is_there(areas, site, dispatcher):
    offer = actions.offer_supply(
        areas["220106"],
        by=dispatcher,
        supplier="某建材",
        material=Material.objects.get(pk="cement"),
        amount=Decimal(100),
        until=date(2023, 3, 1),
    )
    actions.take_offer(offer, by=dispatcher, project=site, amount=Decimal(70))
    with pytest.raises(Refused, match="只剩 30"):
        actions.take_offer(offer, by=dispatcher, project=site, amount=Decimal(31))
    actions.take_offer(offer, by=dispatcher, project=site, amount=Decimal(30))
    with pytest.raises(Refused, match="全部认领"):
        actions.take_offer(offer, by=dispatcher, project=site, amount=Decimal(1))


def test_beds_that_nobody_registered_are_unknown(ask, site, organisation, project):
    office = organisation("绿园住建局", kind="government", area="220106")
    other = project("绿园三厂", area="220106", stage="under_construction")
    for each in (site, other):
        ask(200, date(2023, 1, 1), project=each, factor="lodging", provider=office)
    at = clock.now()
    WorkerHousing.objects.create(project=site, name="生活区", capacity=150, created_at=at, updated_at=at)
    rows = {row["project"].pk: row for row in queries.lodging(FactorRequest.objects.all(), Project.objects.all(), clock.today())}
    assert (rows[site.pk]["beds"], rows[site.pk]["gap"]) == (150, 50)
    assert (rows[other.pk]["beds"], rows[other.pk]["gap"]) == (None, None)


def test_the_usual_office_is_the_areas_own_before_the_citys(site, power, organisation):
    organisation("市供电公司", kind="utility", area="220100")
    assert queries.usual_provider(site, Factor.objects.get(pk="power")) == power
    assert queries.usual_provider(site, Factor.objects.get(pk="gas")) is None
