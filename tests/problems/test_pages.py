"""Every page of problems opens, the phone's form reports, and an enterprise reads nothing that is not for it."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from zhuanban.domains.problems import actions
from zhuanban.domains.problems.models import Problem

CANARY = "金丝雀"
PAGES = ("problems", "inbox", "mine", "report", "departments", "causes", "promises")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


@pytest.fixture
def told(site):
    """A problem on which everything internal has been said, each with the canary's word."""
    problem = site.report()
    actions.log_contact(problem, by=site.secretary, spoke_with=f"{CANARY}经理", words=f"{CANARY}话")
    actions.consult(problem, by=site.secretary, departments=[site.power], text=f"{CANARY}会商")
    actions.answer_consult(problem.consultations.get(), by=site.handler, answer=f"{CANARY}答复")
    order = actions.instruct(problem, by=site.city_leader, text=f"{CANARY}批示", due_on=date(2023, 2, 20))
    actions.supervise(problem, by=site.inspector, text=f"{CANARY}督办", due_on=date(2023, 2, 20))
    actions.ask_not_accept(problem, by=site.secretary, reason=f"{CANARY}不受理")
    actions.keep_open(problem, by=site.lead, answer=f"{CANARY}继续")
    actions.delegate(problem, by=site.secretary, department=site.power, reason=f"{CANARY}交办")
    actions.refuse(problem, by=site.handler, rule=f"{CANARY}规定")
    actions.escalate(problem, by=site.lead, reason=f"{CANARY}上升")
    actions.de_escalate(problem, by=site.leader, note=f"{CANARY}下沉")
    actions.carry_out(order, by=site.secretary, answer=f"{CANARY}落实")
    return problem


def addresses(problem):
    project = problem.project_id
    return [
        *(reverse(f"problems:{name}") for name in PAGES),
        reverse("problems:problems") + "?as=ladder",
        problem.get_absolute_url(),
        reverse("problems:report_on", args=[project]),
        reverse("portfolio:project", args=[project]),
        reverse("portfolio:history", args=[project]),
        reverse("kernel:notices"),
        f"/api/v1/dossiers/{project}/events",
        "/api/v1/problems/problems",
        "/api/v1/problems/promises",
        *(reverse("kernel:figure", args=[name]) for name in ("problems.open", "problems.power_talks", "problems.promises_kept")),
    ]


OFFICES = ("secretary", "lead", "member", "leader", "city_leader", "dispatcher", "city_dispatcher", "inspector", "handler")


@pytest.mark.parametrize("who", OFFICES)
def test_the_citys_people_read_the_whole_problem(site, sign_in, told, who):
    client = sign_in(getattr(site, who))
    page = client.get(told.get_absolute_url())
    assert page.status_code == 200 and f"{CANARY}批示" in page.content.decode()
    for address in addresses(told):
        if who in {"leader", "city_leader", "inspector", "handler"} and "/report/" in address:
            continue
        assert client.get(address).status_code in {200, 302}, address


def test_the_enterprise_reads_where_it_stands_and_nothing_internal(site, sign_in, told):
    client = sign_in(site.owner)
    for address in addresses(told):
        answer = client.get(address)
        assert answer.status_code in {200, 302, 404}, (address, answer.status_code)
        assert CANARY not in answer.content.decode(), address
    page = client.get(told.get_absolute_url()).content.decode()
    assert "已安排承办人" in page and "专班长" in page


@pytest.fixture
def strangers(person, organisation, site):
    other = organisation("乙企业")
    contractor = organisation("丙施工")
    type(site.project).objects.filter(pk=site.project.pk).update(contractor=contractor, secrecy="public")
    from zhuanban.domains.portfolio.access import regrant

    regrant(type(site.project).objects.get(pk=site.project.pk))
    return {
        "another firm": person("owner", organisation=other),
        "the contractor": person("enterprise_staff", organisation=contractor),
        "the public": person("public", area="220100"),
        "a bank": person("bank_user", organisation=organisation("某银行", kind="bank")),
        "another district": person("centre_dispatcher", area="220122"),
        "another department": person("case_handler", organisation=organisation("农安住建局", kind="government", area="220122")),
        "nobody": person(),
        "an auditor": person("audit_admin", area="220100"),
    }


def test_strangers_find_no_problem(strangers, sign_in, told, client):
    for name, stranger in strangers.items():
        browser = sign_in(stranger)
        assert browser.get(told.get_absolute_url()).status_code == 404, name
        for address in addresses(told):
            body = browser.get(address).content.decode()
            assert CANARY not in body and "临时用电容量不够" not in body, (name, address)


def test_the_phones_form_reports_with_photo_and_place(site, sign_in, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client = sign_in(site.owner)
    address = reverse("problems:report_on", args=[site.project.pk])
    assert 'type="radio"' in client.get(address).content.decode()
    assert client.post(address, {"kind": "power"}).status_code == 422
    photo = SimpleUploadedFile("现场.png", PNG)
    answer = client.post(address, {"kind": "power", "title": "塔吊没电", "place": "3 号地块", "needs": ["money"], "photo": photo})
    problem = Problem.objects.get()
    assert answer.status_code == 302 and answer["Location"] == problem.get_absolute_url()
    assert (problem.tier, problem.place, problem.files.get().kind) == (2, "3 号地块", "photo")


def test_a_problems_photo_is_not_for_everybody_who_sees_the_project(site, sign_in, settings, tmp_path, strangers):
    settings.MEDIA_ROOT = tmp_path
    from zhuanban.kernel.actions import submit

    submit(
        "problems.report",
        site.owner,
        site.project.pk,
        {"kind": "power", "title": "塔吊没电"},
        {"photo": SimpleUploadedFile("a.png", PNG)},
        version=None,
    )
    address = reverse("kernel:file", args=[Problem.objects.get().files.get().file_id])
    for name in ("the public", "the contractor"):
        assert sign_in(strangers[name]).get(address).status_code == 404, name
    assert sign_in(site.owner).get(address).status_code == 200


def test_the_problem_page_asks_the_same_number_of_queries_however_long_its_story(site, sign_in, told, django_assert_max_num_queries):
    client = sign_in(site.dispatcher)
    client.get(told.get_absolute_url())
    with django_assert_max_num_queries(40):
        client.get(told.get_absolute_url())


def test_a_department_sees_the_project_only_while_it_has_something_to_do_with_it(site, sign_in, told):
    from zhuanban.domains.portfolio.models import Project

    assert Project.objects.visible_to(site.handler).exists()
    assert not Project.objects.visible_to(site.land_handler).exists()
