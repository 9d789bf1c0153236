"""A need: asked, promised for a day, supplied, verified by the other side; what is refused has become a problem."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhuanban.domains.factors import actions, queries, rules
from zhuanban.domains.factors.models import Factor, FactorRequest, Survey, SurveyEntry
from zhuanban.domains.problems.models import Problem, Promise
from zhuanban.kernel import access, clock, deadlines, figures
from zhuanban.kernel.errors import NotYours, Refused
from zhuanban.kernel.figures import Scope
from zhuanban.kernel.models import Access, Deadline, Notice

State = FactorRequest.State


def level(office, project):
    row = Access.objects.filter(principal__key=f"org:{office.pk}", dossier=project.dossier).first()
    return row.level if row else 0


def test_a_request_is_answered_kept_and_verified(ask, site, power, electrician, secretary):
    asked = ask(500)
    assert (asked.ref, asked.state, asked.due_on) == ("YS-2023-00001", State.REQUESTED, date(2023, 2, 15))
    assert asked.deadline.holder.key == f"org:{power.pk}"
    actions.promise(asked, by=electrician, on=date(2023, 2, 24), note="专线")
    promise = Promise.objects.get(project=site)
    assert (promise.due_on, promise.department, promise.made_to, promise.outcome) == (date(2023, 2, 24), power, site.owner_org, "open")
    clock.set_shift(clock.shift_to(date(2023, 2, 23)))
    actions.supply(asked, by=electrician, amount=Decimal(450), on=date(2023, 2, 23))
    promise.refresh_from_db()
    assert promise.outcome == "kept"
    actions.verify(asked, by=secretary, amount=Decimal(450))
    assert (asked.state, asked.gap, asked.verified) == (State.VERIFIED, 50, 450)
    assert not Deadline.objects.filter(dossier=site.dossier, on_due__startswith="factors.", state="open").exists()


@pytest.mark.parametrize(
    ("verb", "facts"),
    [
        ("supply", {"amount": Decimal(1), "on": date(2023, 2, 10)}),
        ("verify", {"amount": Decimal(1)}),
        ("repromise", {"on": date(2023, 3, 1), "reason": "改"}),
    ],
)
def test_no_step_is_skipped(ask, dispatcher, verb, facts):
    with pytest.raises(Refused, match="已提出"):
        getattr(actions, verb)(ask(), by=dispatcher, **facts)


def test_whoever_gave_it_does_not_verify_it(ask, electrician, dispatcher):
    asked = ask()
    actions.promise(asked, by=electrician, on=date(2023, 2, 10))
    actions.supply(asked, by=dispatcher, amount=Decimal(500), on=date(2023, 2, 10))
    with pytest.raises(NotYours):
        actions.verify(asked, by=dispatcher, amount=Decimal(500))


def test_another_utility_neither_sees_nor_answers_it(ask, site, electrician, plumber, water):
    ask(factor="water", provider=water)
    asked = ask()
    assert list(FactorRequest.objects.visible_to(electrician)) == [asked]
    assert FactorRequest.objects.visible_to(plumber).get().provider == water
    with pytest.raises(NotYours):
        actions.promise(asked, by=plumber, on=date(2023, 3, 1))


def test_an_office_acts_on_the_project_while_it_is_asked_and_looks_it_up_afterwards(ask, site, power, electrician, secretary):
    assert level(power, site) == 0
    asked = ask()
    assert level(power, site) == access.ACT
    actions.promise(asked, by=electrician, on=date(2023, 2, 10))
    actions.supply(asked, by=electrician, amount=Decimal(500), on=date(2023, 2, 10))
    actions.verify(asked, by=secretary, amount=Decimal(500))
    assert level(power, site) == access.SEE


def test_a_new_day_leaves_the_old_promise_in_the_ledger(ask, electrician):
    asked = ask()
    actions.promise(asked, by=electrician, on=date(2023, 2, 24))
    actions.repromise(asked, by=electrician, on=date(2023, 3, 10), reason="电缆未到货")
    old, new = Promise.objects.order_by("pk")
    assert (old.outcome, old.changed_to, new.due_on, asked.promise) == ("changed", new, date(2023, 3, 10), new)
    assert "电缆未到货" in old.reason


def test_a_late_promise_is_seen_and_told_of_once(ask, electrician, secretary, site, move_day):
    asked = ask(by=secretary)
    actions.promise(asked, by=electrician, on=date(2023, 2, 14))
    move_day(date(2023, 2, 15))
    assert deadlines.sweep() >= 1
    deadlines.sweep()
    assert Notice.objects.filter(user=secretary, text__contains="要素承诺逾期").count() == 1
    assert FactorRequest.objects.filter(queries.late_promises(clock.today())).get() == asked
    assert asked.standing == "承诺逾期"
    (tally,) = [each for each in queries.by_kind(FactorRequest.objects.all(), clock.today()) if each.requests]
    assert (tally.late, tally.need, tally.promised, tally.supplied, tally.gap) == (1, 500, 500, 0, 500)


def test_silence_is_told_to_the_office_the_site_and_the_centre(ask, electrician, secretary, person, move_day):
    desk = person("centre_dispatcher", area="220106")
    ask(by=secretary)
    move_day(date(2023, 2, 20))
    deadlines.sweep()
    told = Notice.objects.filter(text__contains="超期未答复").values_list("user", flat=True)
    assert set(told) >= {electrician.pk, secretary.pk, desk.pk}


def test_a_refusal_becomes_a_problem_of_the_project(ask, electrician, site, power):
    asked = ask()
    actions.refuse(asked, by=electrician, reason="变电站已无余量")
    problem = Problem.objects.get(project=site)
    assert asked.problem == problem and problem.kind_id == "power" and problem.state in Problem.WORKING
    assert "变电站已无余量" in problem.description and "绿园供电公司" in problem.description
    with pytest.raises(NotYours):
        actions.promise(asked, by=electrician, on=date(2023, 3, 1))


def test_what_is_not_needed_any_more_is_taken_back_and_the_office_owes_nothing(ask, electrician, secretary, site, power):
    asked = ask()
    running = asked.deadline
    actions.withdraw_request(asked, by=secretary, reason="改用自备电源")
    running.refresh_from_db()
    assert (asked.state, asked.withdrawn_on, asked.withdrawal) == (State.WITHDRAWN, clock.today(), "改用自备电源")
    assert running.state == Deadline.State.CANCELLED and not asked.late
    assert Notice.objects.filter(user=electrician, text__contains="已撤回").exists()
    assert level(power, site) == access.SEE
    with pytest.raises((Refused, NotYours)):
        actions.promise(asked, by=electrician, on=date(2023, 3, 1))


def test_a_promise_for_what_was_taken_back_is_withdrawn_and_one_that_was_broken_stays_so(ask, electrician, secretary, move_day):
    early, late = ask(), ask()
    actions.promise(early, by=electrician, on=date(2023, 2, 24))
    actions.promise(late, by=electrician, on=date(2023, 2, 10))
    move_day(date(2023, 2, 14))
    for asked in (early, late):
        actions.withdraw_request(asked, by=secretary, reason="改用自备电源")
    assert [Promise.objects.get(pk=asked.promise_id).outcome for asked in (early, late)] == ["withdrawn", "broken"]
    move_day(date(2023, 3, 1))
    deadlines.sweep()
    assert not Notice.objects.filter(text__contains="要素承诺逾期").exists()


def test_an_office_takes_no_request_back_for_the_project(ask, electrician, dispatcher):
    asked = ask()
    assert rules.not_asking(electrician, asked) and not rules.not_asking(dispatcher, asked)
    with pytest.raises(NotYours):
        actions.withdraw_request(asked, by=electrician, reason="不想供了")
    assert FactorRequest.objects.get(pk=asked.pk).state == State.REQUESTED


def test_what_was_taken_back_counts_as_no_need(ask, substation, secretary, dispatcher):
    kept, gone = ask(300, point=substation), ask(500, point=substation)
    actions.withdraw_request(gone, by=secretary, reason="改用自备电源")
    (tally,) = [each for each in queries.by_kind(FactorRequest.objects.all(), clock.today()) if each.requests]
    assert (tally.requests, tally.need, tally.refused) == (1, kept.amount, 0)
    assert [load.key for load in queries.outlooks([substation])[0].loads] == [kept.pk]
    assert figures.REGISTRY["factors.met_share"].read(Scope.today()).parts["requests"] == 1


def test_the_database_keeps_no_withdrawal_without_a_reason(ask):
    asked = ask()
    with pytest.raises(IntegrityError), transaction.atomic():
        FactorRequest.objects.filter(pk=asked.pk).update(state=State.WITHDRAWN, withdrawn_on=clock.today())


def test_the_database_keeps_no_refusal_without_a_problem(ask):
    asked = ask()
    with pytest.raises(IntegrityError), transaction.atomic():
        FactorRequest.objects.filter(pk=asked.pk).update(state=State.REFUSED, answer="不供")


STEPS = st.lists(st.sampled_from(["promise", "repromise", "supply", "verify", "refuse", "correct_request", "withdraw_request"]), max_size=7)
AFTER = {
    (State.REQUESTED, "promise"): State.PROMISED,
    (State.REQUESTED, "refuse"): State.REFUSED,
    (State.REQUESTED, "correct_request"): State.REQUESTED,
    (State.REQUESTED, "withdraw_request"): State.WITHDRAWN,
    (State.PROMISED, "repromise"): State.PROMISED,
    (State.PROMISED, "withdraw_request"): State.WITHDRAWN,
    (State.PROMISED, "supply"): State.SUPPLIED,
    (State.SUPPLIED, "verify"): State.VERIFIED,
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STEPS)
def test_whatever_is_tried_only_the_handbooks_steps_happen_and_a_refusal_leaves_a_problem(story, ask, electrician, secretary):
    with transaction.atomic():
        asked, state = ask(), State.REQUESTED
        for serial, verb in enumerate(story, 1):
            facts = {
                "promise": {"on": date(2023, 3, 1)},
                "repromise": {"on": date(2023, 3, 1 + serial), "reason": "改期"},
                "supply": {"amount": Decimal(400), "on": date(2023, 2, 10)},
                "verify": {"amount": Decimal(400)},
                "refuse": {"reason": "没有余量可供"},
                "correct_request": {"amount": Decimal(300 + serial)},
                "withdraw_request": {"reason": "改用自备电源"},
            }[verb]
            by = secretary if verb in {"verify", "correct_request", "withdraw_request"} else electrician
            if (state, verb) in AFTER:
                getattr(actions, verb)(asked, by=by, **facts)
                state = AFTER[state, verb]
            else:
                with pytest.raises((Refused, NotYours)):
                    getattr(actions, verb)(asked, by=by, **facts)
            asked.refresh_from_db()
            assert asked.state == state
            assert (asked.problem is not None) == (state == State.REFUSED)
            assert (asked.promise is not None) == (asked.promised_for is not None)
            assert state == State.WITHDRAWN or (asked.promise is not None) == (state in FactorRequest.COMMITTED)
        transaction.set_rollback(True)


# Surveys ----------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def survey(areas, dispatcher, power, site, project):
    project("绿园仓库", area="220106", stage="under_construction", winter_building=True)
    project("绿园学校", area="220106", stage="under_construction")
    return actions.open_survey(
        areas["220106"],
        by=dispatcher,
        factor=Factor.objects.get(pk="power"),
        provider=power,
        scope="winter",
        due_on=date(2023, 2, 20),
        name="冬季用电排查",
    )


def test_a_survey_asks_about_the_winter_sites_and_ends_with_the_last_of_them(survey, electrician, site, move_day):
    first, second = SurveyEntry.objects.visible_to(electrician).order_by("pk")
    actions.enter_survey(first, by=electrician, needed="yes", amount=Decimal(800), need_on=date(2023, 3, 1), purpose="暖棚用电")
    found = FactorRequest.objects.get()
    assert (found.state, found.origin, found.provider) == (State.SURVEYED, "survey", survey.provider)
    assert Survey.objects.get().finished_on is None
    move_day(date(2023, 2, 14))
    actions.enter_survey(second, by=electrician, needed="no")
    survey.refresh_from_db()
    assert (survey.finished_on, survey.deadline.state) == (date(2023, 2, 14), "settled")
    assert level(survey.provider, second.project) == access.SEE
    counts = queries.survey_counts([survey], SurveyEntry.objects.all())[survey.pk]
    assert (counts["projects"], counts["surveyed"], counts["found"], counts["need"], counts["share"]) == (2, 2, 1, 800, 0)


def test_a_project_is_surveyed_once(survey, dispatcher):
    entry = survey.entries.first()
    actions.enter_survey(entry, by=dispatcher, needed="no")
    with pytest.raises(Refused, match="已经排查过"):
        actions.enter_survey(entry, by=dispatcher, needed="no")


def test_another_office_does_not_enter_it(survey, plumber):
    with pytest.raises(NotYours):
        actions.enter_survey(survey.entries.first(), by=plumber, needed="no")


def test_a_late_survey_is_told_of(survey, electrician, move_day):
    move_day(date(2023, 2, 21))
    deadlines.sweep()
    assert Notice.objects.filter(user=electrician, text__contains="排查逾期").exists()


def test_a_survey_over_nothing_is_refused(areas, dispatcher, power):
    factor = Factor.objects.get(pk="power")
    with pytest.raises(Refused, match="没有要排查的项目"):
        actions.open_survey(
            areas["220106"], by=dispatcher, factor=factor, provider=power, scope="winter", due_on=date(2023, 3, 1), name="空"
        )
