"""A project's way: gates, overriding, suspending, cancelling (domain handbook 8.1)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhuanban.domains.portfolio import actions, queries, rules
from zhuanban.domains.portfolio.models import Project, Proof, StageGate
from zhuanban.kernel.dates import PartialDate
from zhuanban.kernel.errors import NotYours, Refused
from zhuanban.kernel.models import Deadline, Dossier, Notice

Stage = Project.Stage


@pytest.fixture
def leader(person):
    return person("city_leader", area="220100")


def prove(project, by, *kinds):
    for kind in kinds:
        actions.add_proof(project, by=by, kind=kind, number="长发改〔2023〕1号")


def test_a_project_is_registered_as_a_lead_with_its_number(project):
    first, second = project(), project()
    assert first.stage == Stage.LEAD
    assert int(second.ref[-5:]) == int(first.ref[-5:]) + 1 and first.ref.startswith("CC-2023-")


def test_the_page_of_gates_names_what_is_lacking(project, dispatcher):
    subject = project(stage=Stage.PRE_STAGE)
    assert rules.lacking(subject) == ["立项（审批、核准或备案）", "用地手续", "建设工程规划许可证"]
    prove(subject, dispatcher, Proof.Kind.APPROVAL, Proof.Kind.LAND)
    assert rules.lacking(Project.objects.get(pk=subject.pk)) == ["建设工程规划许可证"]
    with pytest.raises(Refused, match="还缺：建设工程规划许可证"):
        actions.advance(subject, by=dispatcher)


def test_a_project_walks_from_lead_to_full_capacity(project, dispatcher, organisation, areas):
    subject = project(owner_org=organisation(), content_and_scale="年产十万套", planned_investment=10**9)
    contractor = organisation("某建设集团")
    walked = [subject.stage]
    papers = {
        Stage.LEAD: [],
        Stage.NEGOTIATING: ["agreement"],
        Stage.PRE_STAGE: ["approval", "land", "planning"],
        Stage.READY: ["construction_permit"],
        Stage.UNDER_CONSTRUCTION: ["acceptance"],
        Stage.COMPLETED: ["production"],
        Stage.IN_PRODUCTION: ["full_capacity"],
    }
    while subject.stage != Stage.FULL_CAPACITY:
        prove(subject, dispatcher, *papers.get(subject.stage, []))
        if subject.stage == Stage.RESERVE:
            actions.revise(subject, by=dispatcher, permission_regime="filing")
        if subject.stage == Stage.READY:
            actions.revise(subject, by=dispatcher, contractor=contractor)
        actions.advance(subject, by=dispatcher)
        walked.append(subject.stage)
    assert walked == rules.STEPS[:-1]
    assert subject.start_actual == PartialDate(date(2023, 2, 10)) == subject.finish_actual == subject.production_actual


def test_a_lawful_exception_stands_in_for_the_construction_permit(project, dispatcher, organisation):
    subject = project(stage=Stage.READY, contractor=organisation())
    actions.add_proof(subject, by=dispatcher, kind="lawful_exception", note="抢险救灾工程，依法不需办理")
    actions.advance(subject, by=dispatcher)
    assert subject.stage == Stage.UNDER_CONSTRUCTION


def test_a_gate_is_a_row_with_a_day(project, dispatcher, organisation):
    """A gate that is repealed asks no more; one that comes later does not ask yet."""
    subject = project(stage=Stage.READY, contractor=organisation())
    StageGate.objects.filter(requirement="construction_permit").update(effective_to=date(2023, 1, 1))
    StageGate.objects.create(stage=Stage.UNDER_CONSTRUCTION, requirement="start_planned", effective_from=date(2023, 3, 1), source="新规定")
    assert rules.lacking(subject) == []


def test_overriding_a_gate_is_a_right_of_its_own(project, dispatcher, leader):
    subject = project(stage=Stage.READY)
    with pytest.raises(NotYours):
        actions.override_gate(subject, by=dispatcher, reason="急")
    actions.override_gate(subject, by=leader, reason="市政府专题会议纪要〔2023〕3号")
    assert subject.stage == Stage.UNDER_CONSTRUCTION
    assert queries.as_at(subject, date(2023, 2, 9)) is None


def test_a_met_gate_is_not_overridden(project, leader):
    with pytest.raises(Refused, match="直接推进"):
        actions.override_gate(project(stage=Stage.LEAD), by=leader, reason="急")


def test_stopping_needs_a_reason_and_resuming_ends_it(project, dispatcher):
    subject = project(stage=Stage.UNDER_CONSTRUCTION)
    actions.suspend(subject, by=dispatcher, reason="冬歇")
    with pytest.raises(Refused, match="先复工"):
        actions.advance(subject, by=dispatcher)
    actions.resume(subject, by=dispatcher, on=PartialDate(date(2023, 2, 8)))
    assert (subject.stage, subject.resumed_on) == (Stage.UNDER_CONSTRUCTION, PartialDate(date(2023, 2, 8)))


def test_a_lost_project_keeps_why_and_moves_no_more(project, dispatcher):
    subject = project(stage=Stage.NEGOTIATING)
    actions.cancel(subject, by=dispatcher, reason="投资人转投他市")
    with pytest.raises(Refused, match="终止"):
        actions.advance(subject, by=dispatcher)
    assert subject.end_reason == "投资人转投他市"
    with pytest.raises(Refused, match="竣工以后"):
        actions.cancel(project(stage=Stage.COMPLETED), by=dispatcher, reason="x")


def test_no_step_is_dated_in_the_future(project, dispatcher):
    with pytest.raises(Refused, match="晚于今天"):
        actions.advance(project(), by=dispatcher, on=PartialDate(date(2023, 3, 1)))


def test_planning_may_go_straight_into_the_reserve(project, dispatcher):
    subject = project()
    actions.reserve(subject, by=dispatcher, reason="市级谋划项目")
    assert subject.stage == Stage.RESERVE


def test_a_lead_is_hidden_from_the_host_district_until_it_is_signed(project, person, areas):
    zone = next(area for area in areas.values() if area.host_id and area.kind == "development_zone")
    lead, signed = project(area=zone.key), project(area=zone.key, stage=Stage.SIGNED)
    host = person("district_leader", area=zone.host_id)
    assert list(Project.objects.visible_to(host)) == [signed] and lead.pk != signed.pk


def test_the_owner_and_the_centre_hear_of_a_new_stage(project, dispatcher, organisation, person):
    owner = organisation()
    boss = person("owner", organisation=owner)
    local = person("centre_dispatcher", area="220106")
    actions.advance(project(owner_org=owner), by=dispatcher)
    assert set(Notice.objects.values_list("user", flat=True)) == {boss.pk, local.pk}


def test_moving_a_project_moves_its_rights(project, dispatcher, person):
    old, new = person("centre_dispatcher", area="220106"), person("centre_dispatcher", area="220122")
    subject = project(area="220106")
    from zhuanban.domains.people.models import Area

    actions.move(subject, by=dispatcher, area=Area.objects.get(pk="220122"), reason="选址调整")
    assert not Project.objects.visible_to(type(old).objects.get(pk=old.pk)).exists()
    assert Project.objects.visible_to(type(new).objects.get(pk=new.pk)).get() == subject
    assert Dossier.objects.get(pk=subject.pk).area == "220122"


def test_the_green_channel_closes_by_itself(project, leader, move_day):
    from zhuanban.kernel import deadlines

    subject = project()
    actions.open_green_channel(subject, by=leader, until=date(2023, 2, 20), reason="省重点")
    move_day(date(2023, 2, 21))
    assert (deadlines.sweep(), deadlines.sweep()) == (1, 0)
    subject.refresh_from_db()
    assert subject.green_channel_until is None
    assert Deadline.objects.get(dossier=subject.pk).state == "cancelled"


VERBS = ["advance", "override_gate", "reserve", "suspend", "resume", "cancel"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.sampled_from(list(Stage)), verbs=st.lists(st.sampled_from(VERBS), max_size=6))
def test_no_order_of_verbs_leaves_the_state_machine(project, dispatcher, leader, start, verbs):
    subject = project(stage=start, end_reason="起始")
    for verb in verbs:
        before = subject.stage
        given_fields = {} if verb in {"advance", "resume"} else {"reason": "试"}
        try:
            getattr(actions, verb)(subject, by=leader if verb == "override_gate" else dispatcher, **given_fields)
        except Refused:
            subject.refresh_from_db()
            assert subject.stage == before
            continue
        after = subject.stage
        allowed = {
            "advance": rules.FORWARD.get(before),
            "override_gate": rules.FORWARD.get(before),
            "reserve": Stage.RESERVE,
            "suspend": Stage.SUSPENDED,
            "resume": Stage.UNDER_CONSTRUCTION,
            "cancel": Stage.CANCELLED,
        }
        assert after == allowed[verb]
        assert before not in rules.OVER


def test_a_paper_with_a_scan_is_kept_and_a_program_is_not(project, dispatcher, settings, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from zhuanban.kernel.actions import submit
    from zhuanban.kernel.errors import BadInput

    settings.MEDIA_ROOT = tmp_path
    subject = project()
    scan = SimpleUploadedFile("批文.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF")
    submit("portfolio.add_proof", dispatcher, subject.pk, {"kind": "approval"}, {"file": scan}, version=subject.version)
    stored = subject.proofs.get().file
    assert (stored.name, stored.content_type, stored.dossier_id) == ("批文.pdf", "application/pdf", subject.pk)
    program = SimpleUploadedFile("批文.pdf", b"MZ\x90\x00" + b"\x00" * 60)
    with pytest.raises(BadInput) as wrong:
        submit(
            "portfolio.add_proof",
            dispatcher,
            subject.pk,
            {"kind": "approval"},
            {"file": program},
            version=Project.objects.get(pk=subject.pk).version,
        )
    assert "file" in wrong.value.fields and subject.proofs.count() == 1
