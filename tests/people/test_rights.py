"""Rights by two people, administrators kept apart, deputies, accounts and organisations."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hall import PASSWORD, fresh, give, signed_in

from zhuanban.domains.people import actions as deeds
from zhuanban.domains.people import queries
from zhuanban.domains.people.models import ApiToken, Organisation, RoleGrant, User, UserSession
from zhuanban.kernel import access, actions, clock, codes, roles, timeline
from zhuanban.kernel.errors import BadInput, NotYours, Refused, Unknown
from zhuanban.kernel.models import Event, Notice

pytestmark = pytest.mark.django_db

NAMES = [
    "city_leader",
    "district_leader",
    "centre_dispatcher",
    "project_secretary",
    "task_force_lead",
    "task_force_member",
    "case_handler",
    "approver",
    "agent",
    "utility_user",
    "statistician",
    "promoter",
    "policy_owner",
    "payer",
    "resident_officer",
    "bank_user",
    "enterprise_admin",
    "enterprise_staff",
    "owner",
    "inspector",
    "trainer",
    "learner",
    "sys_admin",
    "sec_admin",
    "audit_admin",
    "public",
]


def ask(user, by, role="statistician", **fields):
    return deeds.request_grant(user, by=by, role=role, **{"from_day": clock.today(), "reason": "任职", **fields})


def rights_events(verb):
    return list(Event.objects.filter(dossier=access.ledger("rights"), verb=verb))


def test_all_roles_are_known_and_the_administrators_have_realms_of_their_own():
    assert set(NAMES) <= set(roles.REGISTRY)
    assert [roles.get(name).realm for name in ("sys_admin", "sec_admin", "audit_admin", "public")] == [
        ":system",
        ":security",
        ":audit",
        ":public",
    ]
    for first, second in (("sec_admin", "sys_admin"), ("sec_admin", "audit_admin"), ("sys_admin", "audit_admin")):
        assert not roles.verbs_of(first) & roles.verbs_of(second)


# Two people


def test_a_right_takes_two_people(clerk, sec_a, sec_b, areas):
    grant = ask(clerk, sec_a, area=areas["绿园区"])
    assert not fresh(clerk).grants
    deeds.approve_grant(grant, by=sec_b)
    assert fresh(clerk).principal_keys == {f"user:{clerk.pk}", "area:220106"}
    assert (grant.requested_by, grant.approved_by) == (sec_a, sec_b)
    assert len(rights_events("people.request_grant")) == len(rights_events("people.approve_grant")) == 1


def test_who_asked_cannot_approve(clerk, sec_a, areas):
    grant = ask(clerk, sec_a, area=areas["绿园区"])
    with pytest.raises(Refused, match="另一名安全管理员"):
        deeds.approve_grant(grant, by=sec_a)
    grant.refresh_from_db()
    assert grant.state == "requested"


def test_who_gets_the_role_cannot_approve(sec_a, sec_b, areas):
    grant = ask(sec_b, sec_a, area=areas["绿园区"])
    with pytest.raises(Refused, match="给自己"):
        deeds.approve_grant(grant, by=sec_b)


def test_the_database_refuses_one_person_too(clerk, sec_a, areas):
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(
            user=clerk,
            role="statistician",
            area=areas["绿园区"],
            state="approved",
            from_day=date(2022, 1, 1),
            reason="x",
            requested_by=sec_a,
            approved_by=sec_a,
        )


@pytest.mark.parametrize("role", ["centre_dispatcher", "sys_admin", "audit_admin", "city_leader"])
def test_only_security_administrators_give_rights(clerk, person, areas, role):
    other = person("other", role=role, area=areas["长春市"])
    with pytest.raises(NotYours):
        ask(clerk, other, area=areas["绿园区"])
    assert not User.objects.visible_to(other).exists()
    with pytest.raises(Unknown):
        actions.submit("people.request_grant", other, clerk.pk, {}, version=None)


def test_a_refused_request_gives_nothing_and_is_decided_once(clerk, sec_a, sec_b, areas):
    grant = ask(clerk, sec_a, area=areas["绿园区"])
    deeds.refuse_grant(grant, by=sec_b, reason="岗位已满")
    assert not fresh(clerk).grants
    with pytest.raises(Refused, match="待批准"):
        deeds.approve_grant(grant, by=sec_b)


def test_the_same_right_is_not_asked_for_twice(clerk, sec_a, sec_b, areas):
    grant = ask(clerk, sec_a, area=areas["绿园区"])
    with pytest.raises(Refused, match="同样"):
        ask(clerk, sec_b, area=areas["绿园区"])
    deeds.approve_grant(grant, by=sec_b)
    with pytest.raises(Refused, match="同样"):
        ask(clerk, sec_b, area=areas["绿园区"])
    ask(clerk, sec_b, area=areas["九台区"])
    deeds.end_grant(grant, by=sec_a, reason="调离")
    ask(clerk, sec_b, area=areas["绿园区"], from_day=clock.today() + timedelta(days=1))


@pytest.mark.parametrize(
    ("role", "scope", "fits"),
    [
        ("statistician", "area", True),
        ("statistician", "organisation", False),
        ("statistician", "", False),
        ("case_handler", "organisation", True),
        ("case_handler", "area", False),
        ("project_secretary", "", True),
        ("project_secretary", "area", False),
        ("district_leader", "area", True),
        ("district_leader", "", True),
        ("sec_admin", "city", True),
        ("sec_admin", "area", False),
        ("no_such_role", "area", False),
        ("statistician", "both", False),
    ],
)
def test_a_grant_is_over_what_its_role_is_for(clerk, sec_a, areas, office, role, scope, fits):
    over = {"area": {"area": areas["绿园区"]}, "city": {"area": areas["长春市"]}, "organisation": {"organisation": office}, "": {}}
    over["both"] = over["area"] | over["organisation"]
    if fits:
        assert ask(clerk, sec_a, role, **over[scope]).state == "requested"
    else:
        with pytest.raises(Refused):
            ask(clerk, sec_a, role, **over[scope])


def test_a_grant_has_its_days(clerk, sec_a, sec_b, areas, later):
    today = clock.today()
    grant = ask(clerk, sec_a, area=areas["绿园区"], from_day=today + timedelta(days=2), to_day=today + timedelta(days=4))
    deeds.approve_grant(grant, by=sec_b)
    held = []
    for _ in range(6):
        held.append(bool(fresh(clerk).grants))
        later(days=1)
    assert held == [False, False, True, True, True, False]
    with pytest.raises(Refused, match="结束日"):
        ask(clerk, sec_a, area=areas["九台区"], from_day=today + timedelta(days=9), to_day=today + timedelta(days=8))


def test_a_right_ends_at_once_or_after_a_last_day(clerk, sec_a, areas, later):
    grant = give(clerk, "statistician", area=areas["绿园区"])
    with pytest.raises(Refused, match="早于今天"):
        deeds.end_grant(grant, by=sec_a, reason="调离", last_day=clock.today() - timedelta(days=1))
    deeds.end_grant(grant, by=sec_a, reason="调离", last_day=clock.today() + timedelta(days=1))
    assert fresh(clerk).grants
    later(days=2)
    assert not fresh(clerk).grants
    other = give(clerk, "statistician", area=areas["九台区"])
    deeds.end_grant(other, by=sec_a, reason="调离")
    assert not fresh(clerk).grants


def test_the_form_says_what_does_not_fit(clerk, sec_a, areas):
    data = {"role": "case_handler", "area": "220106", "from_day": str(clock.today()), "reason": "任职"}
    with pytest.raises(BadInput) as wrong:
        actions.submit("people.request_grant", sec_a, clerk.pk, data, version=None)
    assert "一个单位" in wrong.value.fields["role"][0]


def test_approvers_hear_of_requests_and_people_of_their_rights(clerk, sec_a, sec_b, areas):
    grant = ask(clerk, sec_a, area=areas["绿园区"])
    assert [notice.user for notice in Notice.objects.all()] == [sec_b]
    deeds.approve_grant(grant, by=sec_b)
    assert {notice.user for notice in Notice.objects.filter(text__startswith="授权有效")} == {clerk, sec_a}


def test_changes_of_rights_stand_in_a_chain(clerk, sec_a, sec_b, areas):
    deeds.approve_grant(ask(clerk, sec_a, area=areas["绿园区"]), by=sec_b)
    assert list(timeline.verify()) == []


# Kept apart


@pytest.mark.parametrize(("first", "second"), [("sys_admin", "sec_admin"), ("sec_admin", "audit_admin"), ("audit_admin", "sys_admin")])
def test_administrators_are_different_people(person, sec_a, sec_b, areas, first, second):
    city = areas["长春市"]
    somebody = person("somebody")
    ask(somebody, sec_a, first, area=city)
    with pytest.raises(Refused, match="同一人"):
        ask(somebody, sec_a, second, area=city)


def test_an_administrators_role_asked_for_earlier_is_not_approved_into_a_mixture(person, sec_a, sec_b, areas):
    somebody = person("somebody")
    grant = ask(somebody, sec_a, "sys_admin", area=areas["长春市"])
    give(somebody, "audit_admin", area=areas["长春市"])
    with pytest.raises(Refused, match="同一人"):
        deeds.approve_grant(grant, by=sec_b)


def test_who_decides_on_money_does_not_pay_it(clerk, sec_a, office):
    ask(clerk, sec_a, "policy_owner", organisation=office)
    with pytest.raises(Refused, match="同一人"):
        ask(clerk, sec_a, "payer", organisation=office)


def test_an_administrator_is_not_represented_by_another_kind(person, sec_a, areas):
    system = person("sys", role="sys_admin", area=areas["长春市"])
    with pytest.raises(Refused, match="同一人"):
        away(sec_a, system)


def test_a_deputy_gets_no_role_that_must_be_kept_from_the_one_represented(clerk, sec_a, sec_b, areas):
    away(sec_a, clerk)
    with pytest.raises(Refused, match="同一人"):
        ask(clerk, sec_b, "audit_admin", area=areas["长春市"])


def test_one_represented_gets_no_role_that_must_be_kept_from_the_deputy(clerk, person, sec_a, areas):
    auditor = person("auditor", role="audit_admin", area=areas["长春市"])
    away(clerk, auditor)
    with pytest.raises(Refused, match="同一人"):
        ask(clerk, sec_a, "sys_admin", area=areas["长春市"])


def test_two_security_administrators_stay(person, sec_a, sec_b, areas):
    grant = RoleGrant.objects.get(user=sec_b, role="sec_admin")
    with pytest.raises(Refused, match="至少要保留两名"):
        deeds.end_grant(grant, by=sec_a, reason="调离")
    with pytest.raises(Refused, match="至少要保留两名"):
        deeds.close_account(sec_b, by=sec_a, reason="调离")
    person("sec-c", role="sec_admin", area=areas["长春市"])
    deeds.close_account(sec_b, by=sec_a, reason="调离")


def test_administrators_see_no_business(sec_a, person, areas):
    ledger = access.ledger("area-220106", title="绿园区", area="220106")
    system, auditor = (person(role, role=role, area=areas["长春市"]) for role in ("sys_admin", "audit_admin"))
    for administrator in (sec_a, system, auditor):
        assert not {key for key in administrator.principal_keys if key.startswith("area:") and key.count(":") == 1}
    assert access.may_act(person("boss", role="centre_dispatcher", area=areas["长春市"]), "people.register_organisation", ledger)


# Deputies


def away(user, deputy, days=3, start=0, **fields):
    first = clock.today() + timedelta(days=start)
    return deeds.declare_absence(user, deputy=deputy, from_day=first, to_day=first + timedelta(days=days), **fields)


def test_a_deputy_holds_the_grants_for_these_days(clerk, person, areas, later):
    deputy = person("deputy")
    give(clerk, "statistician", area=areas["绿园区"])
    away(clerk, deputy, days=1, start=1)
    held = []
    for _ in range(4):
        held.append("area:220106" in fresh(deputy).principal_keys)
        later(days=1)
    assert held == [False, True, True, False]
    assert len(rights_events("people.declare_absence")) == 1


def test_coming_back_ends_the_deputys_share(clerk, person, areas):
    deputy = person("deputy")
    give(clerk, "statistician", area=areas["绿园区"])
    absence = away(clerk, deputy)
    assert fresh(deputy).grants
    deeds.end_absence(absence, by=clerk)
    assert not fresh(deputy).grants
    with pytest.raises(Refused, match="已经结束"):
        deeds.end_absence(absence, by=clerk)


def test_a_deputy_of_a_deputy_gains_nothing(clerk, person, areas):
    deputy, third = person("deputy"), person("third")
    give(clerk, "statistician", area=areas["绿园区"])
    away(deputy, third, days=0)
    away(clerk, person("fourth"), days=0)
    assert not fresh(third).grants


def test_a_deputy_is_there_in_the_same_days(clerk, person):
    deputy, third = person("deputy"), person("third")
    away(deputy, third)
    with pytest.raises(Refused, match="代理人在这些天里也外出"):
        away(clerk, deputy, start=3)
    away(clerk, deputy, start=4)
    with pytest.raises(Refused, match="别人的代理人"):
        away(third, clerk, days=0)


def test_one_is_away_once(clerk, person):
    deputy = person("deputy")
    away(clerk, deputy)
    with pytest.raises(Refused, match="已登记过"):
        away(clerk, person("third"), start=2)


def test_a_deputy_is_a_colleague(clerk, person, areas):
    elsewhere = Organisation.objects.create(name="绿园区项目中心", kind="centre", area=areas["绿园区"])
    for deputy in (person("stranger", home=elsewhere), person("gone", is_active=False), person("firm", staff=False), clerk):
        with pytest.raises(Refused):
            away(clerk, deputy)


def test_absence_is_declared_and_ended_on_the_own_page(clerk, person):
    deputy = person("deputy", name="代理同志")
    client, today = signed_in(clerk), clock.today()
    data = {"deputy": deputy.pk, "from_day": str(today), "to_day": str(today + timedelta(days=2)), "reason": "培训"}
    assert client.post("/me/absences/", data).status_code == 302
    assert "代理同志" in client.get("/me/").content.decode()
    again = client.post("/me/absences/", data)
    assert again.status_code == 422 and "已登记过外出" in again.content.decode()
    assert client.post("/me/absences/", data | {"to_day": "2020-01-01"}).status_code == 422
    absence = clerk.absences.get()
    assert signed_in(deputy).post(f"/me/absences/{absence.pk}/end/").status_code == 404
    assert client.post(f"/me/absences/{absence.pk}/end/").status_code == 302


# Accounts


def opened(office, by, username="new-one", **fields):
    given = {"username": username, "name": "新同志", "password": "Told-by-phone-1", "phone": "13800005678"}
    return deeds.open_account(office, by=by, **(given | fields))


def test_an_account_opens_without_rights_and_with_a_password_to_change(office, sec_a):
    account = opened(office, sec_a, title="科员")
    assert account.must_change_password and account.staff and not account.grants and str(account.post) == "市政务中心 科员"
    event = rights_events("people.open_account")[0]
    assert event.subject == f"people.user:{account.pk}"
    assert not {"Told-by-phone-1", "13800005678"} & set(map(str, event.data["said"].values()))


def test_accounts_of_firms_are_not_staff_and_get_no_office_role(sec_a, areas):
    firm = Organisation.objects.create(name="星野零部件有限公司", kind="enterprise", area=areas["汽开区"])
    account = opened(firm, sec_a)
    assert not account.staff
    with pytest.raises(Refused, match="机关"):
        ask(account, sec_a, "statistician", area=areas["绿园区"])
    assert ask(account, sec_a, "enterprise_admin", organisation=firm)


@pytest.mark.parametrize(
    ("field", "value"),
    [("username", "Ab"), ("username", "1abc"), ("username", "clerk"), ("password", "simple"), ("phone", "call me"), ("strange", "x")],
)
def test_bad_input_opens_no_account(office, sec_a, clerk, field, value):
    data = {"username": "new-one", "name": "新同志", "password": "Told-by-phone-1", "language": "zh-hans"} | {field: value}
    count = User.objects.count()
    with pytest.raises(BadInput):
        actions.submit("people.open_account", sec_a, office.pk, data, version=None)
    assert User.objects.count() == count


def test_the_form_offers_a_password_that_is_kept_nowhere(office, sec_a):
    client = signed_in(sec_a)
    page = client.get(f"/act/people.open_account/{office.pk}/")
    password = page.context["form"]["password"].value()
    data = {"username": "new-one", "name": "新同志", "password": password, "language": "zh-hans", "_key": "k1"}
    assert client.post(f"/act/people.open_account/{office.pk}/", data).status_code == 302
    assert User.objects.get(username="new-one").check_password(password)
    assert password not in str(list(Event.objects.values_list("data", flat=True)))


def test_closing_an_account_takes_everything_away(clerk, person, sec_a, areas):
    give(clerk, "statistician", area=areas["绿园区"])
    give(clerk, "statistician", area=areas["九台区"], from_day=clock.today() + timedelta(days=5))
    away(clerk, deputy := person("deputy"))
    deeds.create_token(clerk, name="报表", days=30)
    client = signed_in(clerk)
    deeds.close_account(clerk, by=sec_a, reason="离职")
    assert client.get("/probe/").status_code == 302
    assert not fresh(clerk).grants and not fresh(deputy).grants
    assert not ApiToken.objects.exists() and not UserSession.objects.filter(user=clerk).exists()
    assert set(clerk.role_grants.values_list("state", flat=True)) == {"ended"}
    deeds.reopen_account(clerk, by=sec_a, password="Told-by-phone-1")
    clerk.refresh_from_db()
    assert clerk.is_active and clerk.must_change_password and not fresh(clerk).grants


def test_a_locked_account_is_unlocked(clerk, sec_a):
    with pytest.raises(Refused, match="没有被锁定"):
        deeds.unlock(clerk, by=sec_a)
    User.objects.filter(pk=clerk.pk).update(failures=5, locked_until=clock.machine_now() + timedelta(minutes=20))
    deeds.unlock(clerk, by=sec_a)
    signed_in(clerk)


def test_a_reset_password_is_told_once_and_ends_all_sessions(clerk, sec_a):
    client = signed_in(clerk)
    deeds.reset_password(clerk, by=sec_a, password="Told-by-phone-1")
    assert client.get("/probe/").status_code == 302
    clerk.refresh_from_db()
    assert clerk.must_change_password and clerk.check_password("Told-by-phone-1")
    assert "Told-by-phone-1" not in str(rights_events("people.reset_password")[0].data)


def test_a_lost_second_factor_is_reset(person, sec_a):
    coded = person("coded", totp_secret="JBSWY3DPEHPK3PXP")
    deeds.reset_second_factor(coded, by=sec_a, reason="手机丢失")
    signed_in(coded)
    assert "JBSWY3DPEHPK3PXP" not in str(rights_events("people.reset_second_factor")[0].data)
    with pytest.raises(Refused, match="没有启用"):
        deeds.reset_second_factor(coded, by=sec_a, reason="再来")


def test_one_security_administrator_cannot_take_over_the_other(sec_a, sec_b):
    with pytest.raises(Refused, match="运维人员"):
        deeds.reset_password(sec_b, by=sec_a, password="Told-by-phone-1")
    deeds.reset_password(sec_b, by=None, password="Told-by-phone-1")


def test_the_first_administrators_are_opened_once(office):
    accounts = {"sys_admin": ("sys-1",), "sec_admin": ("sec-1", "sec-2"), "audit_admin": ("audit-1",)}
    with pytest.raises(Refused, match="至少两名"):
        deeds.found_administrators(office, accounts | {"sec_admin": ("sec-1",)})
    with pytest.raises(Refused, match="各不相同"):
        deeds.found_administrators(office, accounts | {"audit_admin": ("sec-1",)})
    given = deeds.found_administrators(office, accounts)
    assert set(given) == {"sys-1", "sec-1", "sec-2", "audit-1"}
    first, second = User.objects.get(username="sec-1"), User.objects.get(username="sec-2")
    assert first.check_password(given["sec-1"]) and "people.approve_grant" in first.verbs
    assert first.role_grants.get().approved_by == second and second.role_grants.get().approved_by == first
    with pytest.raises(Refused, match="已有安全管理员"):
        deeds.found_administrators(office, accounts)


# Organisations

VALID = codes.make_uscc("9", "1", "220106", "MA000001")


def test_an_organisation_is_registered_with_its_code_checked(person, areas):
    dispatcher = person("dispatcher", role="centre_dispatcher", area=areas["绿园区"])
    luyuan = areas["绿园区"].pk
    data = {"name": "星野零部件有限公司", "kind": "enterprise", "uscc": f" {VALID.lower()} "}
    answer = actions.submit("people.register_organisation", dispatcher, luyuan, data, version=None)
    firm = Organisation.objects.get(pk=answer["id"])
    assert (firm.uscc, firm.area_id) == (VALID, "220106") and "xingye" in firm.search_text
    with pytest.raises(Refused, match="已经登记"):
        actions.submit("people.register_organisation", dispatcher, luyuan, data | {"name": "另一家"}, version=None)
    broken = VALID[:-1] + ("0" if VALID[-1] != "0" else "1")
    with pytest.raises(BadInput, match="校验码"):
        actions.submit("people.register_organisation", dispatcher, luyuan, data | {"uscc": broken}, version=None)
    with pytest.raises(NotYours):
        actions.submit("people.register_organisation", dispatcher, areas["九台区"].pk, data, version=None)


def test_an_organisation_is_corrected_on_the_version_that_was_read(person, areas, office, sec_a):
    deeds.correct_organisation(office, by=sec_a, name="市政务服务中心", kind="government", uscc=VALID)
    assert (office.name, office.uscc, office.version) == ("市政务服务中心", VALID, 2)
    with pytest.raises(Exception, match="刚被别人改过"):
        actions.submit("people.correct_organisation", sec_a, office.pk, {"name": "旧页面", "kind": "government"}, version=1)


def test_firms_are_seen_by_their_own_people_and_by_those_who_work_in_their_area(person, areas):
    firms = {name: Organisation.objects.create(name=name, kind="enterprise", area=areas[name]) for name in ("绿园区", "九台区")}

    def sees(user):
        return {row.name for row in Organisation.objects.visible_to(user).filter(kind="enterprise")}

    assert sees(person("city", role="centre_dispatcher", area=areas["长春市"])) == {"绿园区", "九台区"}
    assert sees(person("luyuan", role="centre_dispatcher", area=areas["绿园区"])) == {"绿园区"}
    assert sees(person("firm", home=firms["九台区"], staff=False)) == {"九台区"}
    assert sees(person("auditor", role="audit_admin", area=areas["长春市"])) == set()
    assert sees(person("visitor")) == set()


# Pages


@pytest.mark.parametrize("address", ["accounts", "grants", "organisations", "areas"])
def test_listings_open_for_security_administrators(sec_a, clerk, address):
    page = signed_in(sec_a).get(f"/people/{address}/")
    assert page.status_code == 200
    assert {"accounts": "clerk", "grants": "安全管理员", "organisations": "市政务中心", "areas": "汽开区"}[address] in page.content.decode()


def test_an_area_page_offers_registering_to_those_who_may(person, areas):
    client = signed_in(person("dispatcher", role="centre_dispatcher", area=areas["绿园区"]))
    offered, elsewhere = (client.get(f"/people/areas/{key}/").content.decode() for key in ("220106", "220184"))
    assert "登记单位" in offered and "汽开区" in offered
    assert "登记单位" not in elsewhere and "220381" in elsewhere


def test_strangers_meet_no_accounts(clerk, person, areas):
    other = person("other", role="centre_dispatcher", area=areas["长春市"])
    client = signed_in(other)
    assert client.get("/people/accounts/").status_code == 404
    assert client.get(f"/people/accounts/{clerk.pk}/").status_code == 404
    grant = give(clerk, "statistician", area=areas["绿园区"])
    assert client.get(f"/people/grants/{grant.pk}/").status_code == 404
    assert signed_in(clerk).get(f"/people/grants/{grant.pk}/").status_code == 200


def test_an_account_page_shows_rights_and_what_happened(clerk, sec_a, sec_b, areas):
    deeds.approve_grant(ask(clerk, sec_a, area=areas["绿园区"]), by=sec_b)
    page = signed_in(sec_a).get(f"/people/accounts/{clerk.pk}/").content.decode()
    assert "统计员" in page and "批准授权" in page and "sec-b" in page


def test_the_whole_way_through_the_pages(clerk, sec_a, sec_b, areas):
    first, second = signed_in(sec_a), signed_in(sec_b)
    data = {"role": "statistician", "area": "220106", "from_day": str(clock.today()), "reason": "任职"}
    assert first.post(f"/act/people.request_grant/{clerk.pk}/", data).status_code == 302
    grant = clerk.role_grants.get()
    version = {"_version": grant.version}
    assert first.post(f"/act/people.approve_grant/{grant.pk}/", version).status_code == 409
    assert second.post(f"/act/people.approve_grant/{grant.pk}/", version)["Location"] == f"/people/grants/{grant.pk}/"
    assert "有效" in second.get(f"/people/grants/{grant.pk}/").content.decode()


def test_pages_ask_a_bounded_number_of_questions(clerk, sec_a, areas, django_assert_max_num_queries):
    client = signed_in(sec_a)
    give(clerk, "statistician", area=areas["绿园区"])
    client.get("/people/grants/")
    for address in (
        "/me/",
        "/people/accounts/",
        "/people/grants/",
        "/people/organisations/",
        "/people/areas/",
        f"/people/accounts/{clerk.pk}/",
    ):
        with django_assert_max_num_queries(25):
            assert client.get(address).status_code == 200


def test_demo_password_is_not_fixed(db):
    assert PASSWORD not in str(list(User.objects.values_list("password", flat=True)))
    assert queries.robot().robot and not queries.robot().has_usable_password()
