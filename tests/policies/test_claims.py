"""Claims: three lanes step by step, everything else refused; the verifier never pays; what the bank knows is the payer's alone."""

from __future__ import annotations

from datetime import date

import claiming
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhuanban.domains.enterprises import actions as enterprise_verbs
from zhuanban.domains.people.models import RoleGrant
from zhuanban.domains.policies.actions import claims as verbs
from zhuanban.domains.policies.actions import entitlements
from zhuanban.domains.policies.models import ClawBack, Entitlement, Objection, PolicyClaim
from zhuanban.domains.policies.queries import simulation, snapshots
from zhuanban.domains.policies.rules import claims as rules
from zhuanban.kernel import actions, clock, deadlines
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Access, Deadline, Dossier, Event, Notice

State = PolicyClaim.State


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    simulation.forget()


@pytest.fixture
def office(organisation):
    return organisation("政策科", "government")


@pytest.fixture
def keeper(person, office):
    return person("policy_owner", organisation=office)


@pytest.fixture
def firm(organisation):
    return organisation("研发企业")


@pytest.fixture
def boss(person, firm):
    return person("enterprise_admin", organisation=firm)


@pytest.fixture
def file(firm):
    return claiming.enterprise(firm, research=3_000_000)


@pytest.fixture
def draft(file, office, boss):
    policy = claiming.policy(office)
    return verbs.claim(file, by=boss, policy=policy, year=2023)


@pytest.fixture
def submitted(draft, boss):
    verbs.submit_claim(draft, by=boss, promise=True, **claiming.account())
    return draft


def announced(claim, keeper):
    verbs.review_claim(claim, by=keeper)
    verbs.announce_claim(claim, by=keeper)
    return claim


def later(move_day, day: date) -> None:
    move_day(day)
    deadlines.sweep()


def test_an_applied_claim_goes_from_draft_to_payable(submitted, keeper, move_day):
    verbs.review_claim(submitted, by=keeper)
    assert (submitted.state, submitted.asked, submitted.verified_by) == (State.REVIEWED, 300_000, keeper)
    assert submitted.answer["amount"] == 300_000 and submitted.facts["research"] == 3_000_000
    verbs.announce_claim(submitted, by=keeper)
    assert submitted.notice_to == date(2023, 2, 17)
    later(move_day, date(2023, 2, 17))
    assert PolicyClaim.objects.get().state == State.PUBLIC_NOTICE, "the last day still counts"
    later(move_day, date(2023, 2, 18))
    assert PolicyClaim.objects.get().state == State.PAYABLE


def test_what_needs_no_application_is_matched_checked_offered_and_confirmed(file, office, keeper, boss):
    policy = claiming.policy(office, "no_application")
    snapshots.build()
    verbs.match_claims(policy, by=keeper)
    claim = PolicyClaim.objects.get()
    assert (claim.state, claim.enterprise) == (State.MATCHED, file)
    assert claim in PolicyClaim.objects.visible_to(boss) and claim in PolicyClaim.objects.visible_to(keeper)
    verbs.match_claims(policy, by=keeper)
    assert PolicyClaim.objects.count() == 1, "once a year"
    for verb in (verbs.check_claim, verbs.notify_claim):
        verb(claim, by=keeper)
    assert Notice.objects.filter(user=boss, text__contains="免申即享").exists()
    verbs.confirm_claim(claim, by=boss, **claiming.account())
    verbs.announce_claim(claim, by=keeper)
    assert (claim.state, claim.checks["credit"]["passed"]) == (State.PUBLIC_NOTICE, True)


def test_a_fast_claim_is_checked_by_data_instead_of_reviewed(file, office, keeper, boss):
    claim = verbs.claim(file, by=boss, policy=claiming.policy(office, "fast"), year=2023)
    verbs.submit_claim(claim, by=boss, promise=True, **claiming.account())
    with pytest.raises(Refused, match="没有“已审核”这一步"):
        verbs.review_claim(claim, by=keeper)
    verbs.check_claim(claim, by=keeper)
    verbs.announce_claim(claim, by=keeper)
    assert claim.state == State.PUBLIC_NOTICE


def test_nothing_is_applied_for_that_needs_no_application(file, office, boss):
    with pytest.raises(Refused, match="免申即享，不用申请"):
        verbs.claim(file, by=boss, policy=claiming.policy(office, "no_application"), year=2023)


STEPS = {
    State.SUBMITTED: rules.cannot_submit,
    State.CHECKED: rules.cannot_check,
    State.REVIEWED: rules.cannot_review,
    State.NOTIFIED: rules.cannot_notify,
    State.CONFIRMED: rules.cannot_confirm,
    State.PUBLIC_NOTICE: rules.cannot_announce,
    State.PAYABLE: rules.cannot_end_notice,
    State.PAID: lambda claim: rules.cannot_go(claim, State.PAID),
}


@given(lane=st.sampled_from(list(rules.LINES)), state=st.sampled_from(list(State)), to=st.sampled_from(list(STEPS)))
@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
def test_the_machine_refuses_every_step_that_is_not_the_lanes_next(db, lane, state, to):
    """Also where rows or facts would have to be read: the refusal comes first."""
    claim = PolicyClaim(lane=lane, state=state, year=2023)
    line = rules.LINES[lane]
    follows = state in line and to in line and line.index(to) == line.index(state) + 1
    if follows:
        assert rules.cannot_go(claim, to) == ""
    else:
        assert STEPS[to](claim) != ""


def test_the_lanes_are_those_of_the_handbook():
    words = {lane: [str(State(each).value) for each in line] for lane, line in rules.LINES.items()}
    assert words["no_application"] == ["matched", "checked", "notified", "confirmed_by_enterprise", "public_notice", "payable", "paid"]
    assert words["apply"] == ["draft", "submitted", "reviewed", "public_notice", "payable", "paid"]


def test_who_is_not_eligible_hears_it_at_once(file, office, boss):
    claim = verbs.claim(file, by=boss, policy=claiming.policy(office, params={"least": "400万", "rate": "10%", "cap": "50万"}), year=2023)
    with pytest.raises(Refused, match="不符合：研发费用达到标准"):
        verbs.submit_claim(claim, by=boss, promise=True, **claiming.account())


def test_what_is_unknown_can_be_handed_in_but_not_verified(organisation, office, person, keeper):
    firm = organisation("缺数企业")
    boss, file = person("enterprise_admin", organisation=firm), claiming.enterprise(firm)
    claim = verbs.claim(file, by=boss, policy=claiming.policy(office), year=2023)
    verbs.submit_claim(claim, by=boss, promise=True, **claiming.account())
    with pytest.raises(Refused, match="缺：上年研发费用"):
        verbs.review_claim(claim, by=keeper)


@pytest.mark.parametrize(("facts", "words"), [({"dishonest": True}, "信用记录不符合"), ({"accident": None}, "信用状况未知")])
def test_without_good_credit_nothing_is_verified(organisation, office, person, keeper, facts, words):
    firm = organisation()
    boss, file = person("enterprise_admin", organisation=firm), claiming.enterprise(firm, research=3_000_000, **facts)
    claim = verbs.claim(file, by=boss, policy=claiming.policy(office), year=2023)
    verbs.submit_claim(claim, by=boss, promise=True, **claiming.account())
    with pytest.raises(Refused, match=words):
        verbs.review_claim(claim, by=keeper)


def test_the_same_matter_is_not_paid_twice(submitted, file, office, keeper):
    other = claiming.policy(office)
    claiming.same_matter(submitted.policy.key, other.key)
    paid = verbs.begin(file, other, 2023, State.DRAFT, by=None)
    PolicyClaim.objects.filter(pk=paid.pk).update(state="paid", paid_on=date(2023, 1, 5), amount=10)
    with pytest.raises(Refused, match="同一事项已经按"):
        verbs.review_claim(submitted, by=keeper)


def test_outside_its_window_a_claim_waits(file, office, boss):
    claim = verbs.claim(file, by=boss, policy=claiming.policy(office, window=["2023-03-01", "2023-04-30"]), year=2023)
    with pytest.raises(Refused, match="不在申报期"):
        verbs.submit_claim(claim, by=boss, promise=True, **claiming.account())


def test_a_year_long_gone_or_still_to_come_is_not_claimed(file, office, boss, sign_in):
    policy, browser = claiming.policy(office), sign_in(boss)
    for year in (2021, 2024):
        answer = browser.post(reverse("kernel:act", args=["policies.claim", file.pk]), {"policy": policy.pk, "year": year})
        assert answer.status_code == 422 and "本年度和上一年度" in answer.content.decode()
    assert not PolicyClaim.objects.exists()


def test_a_year_is_claimed_once(draft, file, boss):
    with pytest.raises(Refused, match="已经有一件"):
        verbs.claim(file, by=boss, policy=draft.policy, year=2023)
    verbs.withdraw_claim(draft, by=boss)
    assert verbs.claim(file, by=boss, policy=draft.policy, year=2023).state == State.DRAFT


def test_the_promise_stands_still_while_the_notice_runs(submitted, keeper, move_day):
    promised = submitted.promised
    due = promised.due_on
    assert due == deadlines.calendar().due(clock.today(), 60)
    announced(submitted, keeper)
    promised.refresh_from_db()
    assert promised.state == Deadline.State.PAUSED
    later(move_day, date(2023, 2, 20))
    promised.refresh_from_db()
    assert promised.state == Deadline.State.OPEN and promised.due_on > due


def test_an_objection_stops_the_clock_and_dismissed_lets_it_run_on(submitted, keeper, person, move_day):
    inspector = person("inspector", area="220106")
    announced(submitted, keeper)
    move_day(date(2023, 2, 14))
    verbs.raise_objection(submitted, by=inspector, raised_by="某某企业", words="研发费用不实")
    with pytest.raises(Refused, match="已有异议"):
        verbs.raise_objection(submitted, by=inspector, raised_by="某某企业", words="再说一遍")
    later(move_day, date(2023, 2, 24))
    claim = PolicyClaim.objects.get()
    assert claim.state == State.PUBLIC_NOTICE and "停表" in rules.cannot_end_notice(claim)
    verbs.settle_objection(Objection.objects.get(), by=keeper, upheld=False, reply="经核实属实")
    claim.refresh_from_db()
    assert claim.notice_to == date(2023, 3, 1), "three of the five working days were left"
    later(move_day, date(2023, 3, 2))
    assert PolicyClaim.objects.get().state == State.PAYABLE


def test_an_objection_that_holds_ends_the_claim(submitted, keeper):
    announced(submitted, keeper)
    verbs.raise_objection(submitted, by=keeper, raised_by="群众", words="已停产")
    verbs.settle_objection(Objection.objects.get(), by=keeper, upheld=True, reply="确已停产")
    claim = PolicyClaim.objects.get()
    assert claim.state == State.REJECTED and "确已停产" in claim.reason
    assert not Deadline.objects.filter(dossier=claim.dossier, state__in=["open", "paused"]).exists()


def test_a_late_payment_is_told_to_those_who_owe_it(submitted, keeper, boss, move_day):
    later(move_day, date(2023, 6, 30))
    assert {keeper.pk, boss.pk} <= set(Notice.objects.filter(text__contains="超过承诺兑付期限").values_list("user", flat=True))


def test_what_is_over_is_over(draft, boss, keeper):
    verbs.withdraw_claim(draft, by=boss)
    with pytest.raises(Refused, match="已撤回"):
        verbs.withdraw_claim(draft, by=boss)
    with pytest.raises(Refused, match="已撤回"):
        verbs.reject_claim(draft, by=keeper, reason="无")


def test_money_is_taken_back_with_a_paper_and_a_term(submitted, keeper, person, organisation, move_day):
    payer = person("payer", organisation=organisation("财政局", "government"))
    PolicyClaim.objects.filter(pk=submitted.pk).update(state="paid", paid_on=date(2023, 2, 1), amount=300_000)
    verbs.claw_back(submitted, by=keeper, amount=100_000, reason="设备未购置", document="长财追〔2023〕1号")
    back = ClawBack.objects.get()
    assert PolicyClaim.objects.get().state == State.CLAWED_BACK
    assert back.deadline.holder.key == f"org:{submitted.enterprise.organisation_id}"
    later(move_day, date(2023, 4, 30))
    assert Notice.objects.filter(user=keeper.pk, text__contains="到期未退").exists()
    back.returned = 0
    verbs.record_return(back, by=None, amount=40_000, on=clock.today())
    verbs.record_return(back, by=None, amount=60_000, on=clock.today())
    assert ClawBack.objects.get().returned_on == clock.today()
    assert payer.verbs.isdisjoint({"policies.claw_back"})


# Who --------------------------------------------------------------------------------------------------------------------------


def test_who_verifies_is_never_who_pays(submitted, keeper):
    verbs.review_claim(submitted, by=keeper)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyClaim.objects.filter(pk=submitted.pk).update(paid_by=keeper)
    from zhuanban.kernel import roles

    assert not roles.verbs_of("policy_owner") & {"policies.draft_pay_run", "policies.approve_pay_run", "policies.settle_pay_run"}
    assert not roles.verbs_of("payer") & {"policies.check_claim", "policies.review_claim", "policies.announce_claim"}


def test_one_person_with_both_posts_still_verifies_nothing(submitted, office, person, organisation):
    both = person("policy_owner", organisation=office)
    treasury = organisation("财政局", "government")
    grant = both.role_grants.get()
    RoleGrant.objects.create(
        user=both, role="payer", organisation=treasury, state="approved", from_day=grant.from_day, reason="测试",
        requested_by=grant.requested_by, approved_by=grant.approved_by,
    )  # fmt: skip
    both = type(both).objects.get(pk=both.pk)
    assert "兑付人员" in rules.not_the_payer(both, submitted)
    assert not actions.find("policies.review_claim").allowed(both, submitted)


def test_an_enterprise_claims_and_confirms_for_itself_alone(draft, person, organisation, sign_in):
    stranger = person("enterprise_admin", organisation=organisation("别的企业"))
    browser = sign_in(stranger)
    assert browser.get(draft.get_absolute_url()).status_code == 404
    answer = browser.post(reverse("kernel:act", args=["policies.withdraw_claim", draft.pk]), {"_version": draft.version})
    assert answer.status_code == 404
    answer = browser.post(reverse("kernel:act", args=["policies.claim", draft.enterprise.pk]), {"policy": draft.policy.pk, "year": 2022})
    assert answer.status_code == 404
    assert PolicyClaim.objects.get().state == State.DRAFT and PolicyClaim.objects.count() == 1


def test_the_account_is_encrypted_and_in_no_event(submitted, boss, keeper):
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, bank, holder FROM policies_payee")
        assert "6222" not in str(cursor.fetchall())
    told = str(list(Event.objects.values_list("data", flat=True)))
    assert "5678" in told and "622202020001" not in told and "某某银行" not in told


def test_only_a_payer_reads_the_account_and_the_reading_is_on_record(submitted, boss, keeper, person, organisation, sign_in):
    treasury, officer = organisation("财政局", "government"), person("resident_officer")
    payer = person("payer", organisation=treasury)
    from zhuanban.kernel import access

    access.Access.objects.create(principal=access.principal(f"org:{treasury.pk}"), dossier=submitted.dossier, level=access.ACT)
    access.Access.objects.create(principal=access.principal(f"user:{officer.pk}"), dossier=submitted.dossier, level=access.SEE)
    address = reverse("policies:claim_account", args=[submitted.pk])
    for user in (boss, keeper, officer):
        browser = sign_in(user)
        assert browser.get(address).status_code == 404
        page = browser.get(submitted.get_absolute_url())
        told = page.content.decode()
        assert page.status_code == 200 and "622202" not in told
        assert ("5678" in told) == (user == boss), "the last digits are for the enterprise itself and its payer"
    answer = sign_in(payer).get(address)
    assert answer.status_code == 200 and "6222020200012345678" in answer.content.decode()
    assert Event.objects.filter(dossier=submitted.dossier, verb="policies.read_account", actor=payer.username).count() == 1


def test_a_bad_account_number_is_told_by_its_field(draft, boss, sign_in):
    given = {"holder": "甲", "bank": "乙", "account": "12x", "promise": "on", "_version": draft.version}
    answer = sign_in(boss).post(reverse("kernel:act", args=["policies.submit_claim", draft.pk]), given)
    assert answer.status_code == 422 and "账号应是" in answer.content.decode()


# Everybody --------------------------------------------------------------------------------------------------------------------


def test_take_up_opens_to_those_who_have_not_enjoyed(file, office, organisation, keeper):
    from zhuanban.domains.policies.figures import claims as figures
    from zhuanban.kernel.figures import Scope

    policy = claiming.policy(office)
    for _each in range(3):
        claiming.enterprise(organisation(), research=2_000_000)
    claiming.enterprise(organisation(), research=10)
    claiming.enterprise(organisation())
    snapshots.build()
    assert entitlements.work_out() == 4, "who is not eligible, or not known to be, is not among them"
    row = Entitlement.objects.get(enterprise=file)
    assert row.expected == 300_000
    Entitlement.objects.filter(pk=row.pk).update(enjoyed_on=date(2023, 2, 1))
    reading = figures.take_up(Scope.today())
    assert (reading.value, reading.rows.count()) == (25, 3)
    assert figures.take_up(Scope.today(user=keeper)).parts == reading.parts
    assert policy.entitlements.count() == 4


def test_half_of_the_payments_took_no_longer_than_the_median():
    from zhuanban.domains.policies.queries.claims import percentile

    assert percentile([], 50) is None
    assert (percentile([5], 90), percentile([1, 2, 3, 4], 50), percentile(range(1, 101), 90)) == (5, 2, 90)


def test_a_claims_page_costs_the_same_for_any_number_of_events(submitted, keeper, sign_in, django_assert_max_num_queries):
    browser = sign_in(keeper)
    browser.get(submitted.get_absolute_url())
    with django_assert_max_num_queries(60):
        assert browser.get(submitted.get_absolute_url()).status_code == 200


def test_the_claims_dossier_has_its_address(draft):
    assert Dossier.objects.get(pk=draft.dossier_id).url == draft.get_absolute_url()


# Who serves the enterprise ------------------------------------------------------------------------------------------------


def reads(user, claim) -> bool:
    return PolicyClaim.objects.visible_to(type(user).objects.get(pk=user.pk)).filter(pk=claim.pk).exists()


def test_an_officer_who_comes_later_reads_the_older_claims_and_one_who_leaves_reads_none(
    submitted, file, firm, office, boss, person, organisation, dispatcher
):
    officer, colleague = person("resident_officer"), person("resident_officer")
    stranger = verbs.claim(claiming.enterprise(organisation("别家企业"), research=2_000_000), by=None, policy=submitted.policy, year=2023)
    enterprise_verbs.assign_officer(file, by=dispatcher, officer=colleague)
    assert not reads(officer, submitted)
    enterprise_verbs.assign_officer(file, by=dispatcher, officer=officer)
    newer = verbs.claim(file, by=boss, policy=claiming.policy(office), year=2023)
    verbs.open_matched(claiming.policy(office, "no_application"), 2023, [file.pk], by=None)
    every = list(PolicyClaim.objects.filter(enterprise=file))
    assert len(every) == 3 and newer in every
    assert [reads(officer, claim) for claim in every] == [True] * 3 and not reads(officer, stranger)
    assert set(Access.objects.filter(principal__key=f"user:{officer.pk}", dossier=submitted.dossier).values_list("level", flat=True)) == {
        Access.Level.SEE
    }
    enterprise_verbs.relieve_officer(file, by=dispatcher, officer=officer)
    assert [reads(officer, claim) for claim in every] == [False] * 3
    assert [reads(colleague, claim) for claim in every] == [True] * 3 and reads(boss, submitted)


def test_assigning_costs_the_same_for_any_number_of_claims(file, office, boss, person, dispatcher):
    def assign() -> int:
        with CaptureQueriesContext(connection) as asked:
            enterprise_verbs.assign_officer(file, by=dispatcher, officer=person("resident_officer"))
        return len([each for each in asked if "access" in each["sql"]])

    one = assign()
    for _each in range(3):
        verbs.claim(file, by=boss, policy=claiming.policy(office), year=2023)
    assert assign() <= one + 1, "one insert more, whatever their number"
