"""What holds for every role of the house. A new role is tested here as soon as it is registered."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from markup import read
from town import CITY, HERE, THERE, canary

from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import actions, listings, roles
from zhuanban.kernel.models import Dossier

HANDBOOK = {
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
}
"""The roles of the domain handbook, section 7."""
ADMINISTRATORS = ("sys_admin", "sec_admin", "audit_admin")
SCOPES = {"area", "organisation", "own"}
REALMS = {"", ":audit", ":security", ":system", ":public"}

every_role = pytest.mark.parametrize("name", sorted(roles.REGISTRY))
every_administrator = pytest.mark.parametrize("name", ADMINISTRATORS)


def test_every_role_of_the_handbook_is_there():
    assert set(roles.REGISTRY) >= HANDBOOK


@every_role
def test_a_role_allows_only_verbs_that_are_there(name):
    role = roles.REGISTRY[name]
    assert role.verbs <= actions.REGISTRY.keys()
    assert str(role.label) and set(role.scopes) <= SCOPES and role.scopes and role.realm in REALMS


def test_the_administrators_share_no_verb_and_no_realm():
    held = [roles.REGISTRY[name] for name in ADMINISTRATORS]
    assert len({role.realm for role in held}) == 3
    assert not (held[0].verbs & held[1].verbs | held[1].verbs & held[2].verbs | held[0].verbs & held[2].verbs)
    assert not held[2].verbs, "who reads the logs changes nothing"


def test_no_business_role_gives_rights_or_sets_rules():
    kept = roles.REGISTRY["sec_admin"].verbs | roles.REGISTRY["sys_admin"].verbs
    registers = {"people.register_organisation", "people.correct_organisation"}
    for role in roles.REGISTRY.values():
        if role.name not in ADMINISTRATORS:
            assert not role.verbs & (kept - registers), role.name


@every_administrator
def test_an_administrator_sees_no_business_by_default(town, enter, name):
    user = town.holder(name)
    assert not Project.objects.visible_to(user).exists()
    assert set(Dossier.objects.visible_to(user).values_list("kind", flat=True)) <= {"ledger"}
    browser = enter(user)
    for known in listings.REGISTRY.values():
        answer = browser.get(reverse("kernel:listing", args=[known.name]))
        assert answer.status_code in {200, 404}
        if known.rows(user).model is Project:
            assert "金丝雀" not in answer.content.decode()
    for project in (*town.projects[HERE], *town.projects[THERE], town.published):
        assert browser.get(project.get_absolute_url()).status_code == 404


@every_administrator
def test_an_administrator_of_one_kind_opens_no_page_of_another(town, enter, name):
    own = {"sys_admin": ["parameters"], "sec_admin": ["people:accounts"], "audit_admin": ["audit"]}
    browser = enter(town.holder(name))
    for kind, pages in own.items():
        for page in pages:
            assert browser.get(reverse(page)).status_code in ({200} if kind == name else {403, 404}), (kind, page)


@every_role
def test_its_first_page_opens(town, enter, name):
    browser = enter(town.holder(name))
    browser.get("/")
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get("/")
    assert answer.status_code == 200
    page = read(answer.content.decode())
    assert page.complaints == []
    assert len(asked) <= 24
    for link in sorted(page.navigation):
        assert browser.get(link).status_code in {200, 302}, f"the navigation leads to {link}"


@every_role
def test_a_role_reaches_no_further_than_its_scope(town, name):
    role = roles.REGISTRY[name]
    user = town.holder(name)
    seen = set(Project.objects.visible_to(user).values_list("name", flat=True))
    foreign = {seen_name for seen_name in seen if canary(THERE) in seen_name}
    if role.realm == ":public":
        assert seen == {town.published.name}
    elif not role.realm:
        assert foreign == set()
        assert seen or "own" not in role.scopes


def test_a_holder_for_the_city_sees_both_districts(town):
    seen = set(Project.objects.visible_to(town.person("city_leader", CITY)).values_list("name", flat=True))
    assert {project.name for projects in town.projects.values() for project in projects} <= seen


def test_a_grant_that_ended_or_waits_gives_nothing(town):
    from datetime import timedelta

    from zhuanban.domains.people.models import RoleGrant, User
    from zhuanban.kernel import clock

    user = town.person("city_leader", CITY)
    for state, from_day, to_day in (
        ("requested", clock.today(), None),
        ("ended", clock.today(), clock.today()),
        ("approved", clock.today() + timedelta(days=1), None),
        ("approved", clock.today() - timedelta(days=9), clock.today() - timedelta(days=1)),
    ):
        RoleGrant.objects.filter(user=user).update(state=state, from_day=from_day, to_day=to_day)
        fresh = User.objects.get(pk=user.pk)
        assert not fresh.verbs and not Project.objects.visible_to(fresh).exists(), state
