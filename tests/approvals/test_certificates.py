"""Certificates: numbers, order, the permit that ends by itself, speeds and the claims of so many days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from permit_hall import at_ten, fresh

from zhuanban.domains.approvals import actions
from zhuanban.domains.approvals.models import ApprovalCase, Certificate
from zhuanban.domains.approvals.queries import speeds
from zhuanban.domains.approvals.rules.certificates import months_after, must_reverify
from zhuanban.domains.approvals.rules.order import Standing
from zhuanban.domains.portfolio import actions as portfolio
from zhuanban.domains.portfolio.models import Project, Proof
from zhuanban.kernel import deadlines
from zhuanban.kernel.actions import submit as call
from zhuanban.kernel.errors import BadInput, Refused
from zhuanban.kernel.models import Deadline

do = actions.certificates
BEFORE_PERMIT = {"LUPP": "2023-02-02", "TITLE": "2023-02-02", "CPP": "2023-02-03", "DRAW": "2023-02-03", "SCHEME": "2023-02-02"}


@pytest.fixture
def permit(hall):
    """A construction permit issued on 6 February 2023."""
    hall.record(**BEFORE_PERMIT)
    case = hall.submitted("CP")
    actions.cases.accept(case, by=hall.housing_handler)
    actions.cases.start_review(case, by=hall.housing_handler)
    actions.cases.approve(case, by=hall.housing_approver, reason="符合")
    do.issue_certificate(case, by=hall.housing_handler, number="施2023001", issued_on=date(2023, 2, 6))
    return Certificate.objects.get(case=case)


def test_a_number_is_given_once_and_the_refusal_names_the_other(hall, project, organisation):
    hall.issued("LUPP", "地字第1号")
    other = hall.approved("TITLE")
    do.issue_certificate(other, by=hall.handler, number="地字第1号", issued_on=date(2023, 2, 6))  # another kind of certificate
    second = project("乙项目", owner_org=hall.firm, permission_regime="filing", investment_kind="enterprise")
    from zhuanban.domains.approvals.models import PermitPlan

    plan = PermitPlan.objects.get(project=hall.project)
    plan.pk, plan.project, plan._state.adding = None, second, True
    plan.save()
    hall.project = second
    case = hall.approved("LUPP")
    with pytest.raises(Refused, match="地字第1号已用于“甲项目”"):
        do.issue_certificate(case, by=hall.handler, number="地字第1号", issued_on=date(2023, 2, 6))
    with pytest.raises(BadInput, match="地字第1号已用于“甲项目”"):
        told = {"number": "地字第1号", "issued_on": "2023-02-06"}
        call("approvals.issue_certificate", hall.handler, case.pk, told, version=fresh(case).version)


def test_a_certificate_is_not_dated_before_its_decision(hall):
    with pytest.raises(Refused, match="发证日应在"):
        do.issue_certificate(hall.approved(), by=hall.handler, number="1", issued_on=date(2023, 2, 3))


def test_the_gate_of_the_stage_opens_with_the_permit_and_closes_with_its_end(hall, permit):
    assert Proof.objects.filter(project=hall.project, kind="construction_permit", number="施2023001").exists()
    do.revoke(permit, by=hall.housing_approver, reason="以欺骗手段取得")
    assert not Proof.objects.filter(project=hall.project, kind="construction_permit").exists()
    assert fresh(permit).case.state == "revoked"


def test_a_mock_approval_gets_its_certificate_only_when_the_order_is_kept(hall):
    hall.record(SCHEME="2023-02-03")
    case = hall.approved("CPP", mock=True)
    with pytest.raises(Refused, match=r"不能发证.*建设用地规划许可"):
        do.issue_certificate(case, by=hall.handler, number="建1", issued_on=date(2023, 2, 6))
    hall.record(LUPP="2023-02-06")
    do.issue_certificate(fresh(case), by=hall.handler, number="建1", issued_on=date(2023, 2, 6))


# The permit's own days -----------------------------------------------------------------------------------------------------------


def test_a_permit_that_nobody_builds_on_ends_by_itself_after_three_months(hall, permit):
    assert permit.start_by == date(2023, 5, 6)
    at_ten(date(2023, 5, 6))
    deadlines.sweep()
    assert fresh(permit).alive
    at_ten(date(2023, 5, 7))
    deadlines.sweep()
    permit = fresh(permit)
    assert (permit.alive, permit.case.state) == (False, "voided") and "自行废止" in permit.end_reason


def test_it_is_extended_twice_at_most_by_three_months_each(hall, permit):
    with pytest.raises(Refused, match="不超过 3 个月"):
        do.extend_start(permit, by=hall.housing_handler, months=4, reason="雨季")
    do.extend_start(permit, by=hall.housing_handler, months=3, reason="雨季")
    do.extend_start(fresh(permit), by=hall.housing_handler, months=3, reason="疫情")
    permit = fresh(permit)
    assert (permit.start_by, permit.extensions, permit.case.state) == (date(2023, 11, 6), 2, "extended")
    with pytest.raises(Refused, match="已经延期 2 次"):
        do.extend_start(permit, by=hall.housing_handler, months=1, reason="再来")


def test_once_the_works_have_begun_the_day_is_met(hall, permit):
    do.report_start(permit, by=hall.owner, on=date(2023, 2, 6))
    at_ten(date(2024, 1, 9))
    deadlines.sweep()
    assert fresh(permit).alive


def test_a_site_that_stops_owes_a_report_within_a_month(hall, permit, person):
    do.report_start(permit, by=hall.owner, on=date(2023, 2, 6))
    Project.objects.filter(pk=hall.project.pk).update(stage="under_construction")
    at_ten(date(2023, 3, 10))
    portfolio.suspend(hall.project, by=person("centre_dispatcher", area="220100"), reason="资金")
    permit = fresh(permit)
    assert (permit.stopped_on, permit.report_clock.due_on) == (date(2023, 3, 10), date(2023, 4, 10))
    do.report_stop(permit, by=hall.owner, on=date(2023, 3, 10), reason="资金")
    assert fresh(permit).report_clock.state == Deadline.State.SETTLED


@pytest.mark.parametrize(("resumed", "anew"), [(date(2024, 3, 8), False), (date(2024, 3, 11), True)])
def test_after_a_year_the_permit_is_looked_at_anew(hall, permit, resumed, anew):
    do.report_start(permit, by=hall.owner, on=date(2023, 2, 6))
    at_ten(date(2023, 3, 10))
    do.report_stop(fresh(permit), by=hall.owner, on=date(2023, 3, 10), reason="资金")
    at_ten(resumed)
    do.report_resumption(fresh(permit), by=hall.owner, on=resumed)
    assert fresh(permit).must_reverify is anew
    if anew:
        do.reverify(fresh(permit), by=hall.housing_handler, on=resumed, note="符合")
        assert not fresh(permit).must_reverify


def test_months_end_on_their_last_day():
    assert months_after(date(2023, 12, 31), 2) == date(2024, 2, 29)
    assert must_reverify(date(2023, 3, 10), date(2024, 3, 10), 12)


# So many days ----------------------------------------------------------------------------------------------------------------------


def test_three_certificates_in_two_days_are_found_with_their_days_and_numbers(hall, permit):
    ApprovalCase.objects.filter(pk=permit.case_id).update(accepted_on=date(2023, 2, 6))
    assert speeds.three_certificates(Certificate.objects.all()) == []
    hall.issued("TITLE", "权1")
    hall.issued("LUPP", "地1")
    at_ten(date(2023, 2, 8))
    Certificate.objects.filter(pk=permit.pk).update(issued_on=date(2023, 2, 8))
    found = speeds.three_certificates(Certificate.objects.all(), 2)
    assert [(each.project, each.span.calendar_days, each.span.working_days) for each in found] == [(hall.project, 2, 2)]
    Certificate.objects.filter(pk=permit.pk).update(issued_on=date(2023, 2, 9))
    assert speeds.three_certificates(Certificate.objects.all(), 2) == []


def test_building_begins_with_the_land_when_all_three_follow_within_days(hall, permit):
    hall.record(LAND="2023-02-06", SCHEME="2023-02-03")
    hall.issued("LUPP", "地1")
    assert speeds.land_grant_starts(Project.objects.all(), 5) == []
    hall.issued("CPP", "建1")
    assert [each.project for each in speeds.land_grant_starts(Project.objects.all(), 5)] == [hall.project]
    hall.record(LAND="2023-01-20")
    assert speeds.land_grant_starts(Project.objects.all(), 5) == []


def test_speeds_tell_median_ninetieth_percentile_and_share(hall):
    hall.approved("LUPP")
    at_ten(date(2023, 2, 6))
    case = hall.in_review("TITLE")
    at_ten(date(2023, 2, 13))
    actions.cases.approve(case, by=hall.approver, reason="符合")
    line = speeds.speeds(speeds.decided(ApprovalCase.objects.all(), 2023), "department")[0]
    assert (line.label, line.number, line.median, line.p90, line.share) == ("绿园规划和自然资源局", 2, 2.5, 5, 50)


def test_the_pages_of_speeds_and_claims_and_the_printed_form(hall, permit, sign_in):
    browser = sign_in(hall.dispatcher)
    assert "按部门" in browser.get("/approvals/speeds/").content.decode()
    assert browser.get("/approvals/speeds/?year=1999").status_code == 400
    assert "三证用时" in browser.get("/approvals/claims/").content.decode()
    answer = browser.get("/approvals/claims/pdf/")
    assert answer.content.startswith(b"%PDF")


codes = st.sampled_from(["FILE", "LAND", "LUPP", "TITLE", "SCHEME", "CPP", "DRAW", "CP"])
day = st.dates(date(2023, 1, 1), date(2023, 12, 31))


@given(st.dictionaries(codes, day), st.frozensets(codes), st.lists(codes, unique=True), day)
def test_no_certificate_before_its_prerequisites_but_for_a_lawful_commitment(done, pledged, needed, on):
    lacking = Standing(done, pledged).lacking(needed, on)
    for code in needed:
        lawful = code in pledged or (code in done and done[code] <= on)
        assert (code not in lacking) == lawful
