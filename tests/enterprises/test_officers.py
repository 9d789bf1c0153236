"""Resident officers of an enterprise: assigned and relieved by the centre, seeing its file meanwhile and nothing of others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from zhuanban.domains.enterprises import access, actions
from zhuanban.domains.enterprises.jobs import relieve_former_officers
from zhuanban.domains.enterprises.models import EnterpriseFile, FactKind
from zhuanban.kernel import actions as kernel_actions
from zhuanban.kernel import clock
from zhuanban.kernel.errors import NotYours, Refused
from zhuanban.kernel.models import Event


@pytest.fixture
def file(organisation, dispatcher):
    return actions.open_file(organisation("甲公司"), by=dispatcher)


@pytest.fixture
def officer(person):
    return person("resident_officer", name="专员甲")


def sees(user, file) -> bool:
    return EnterpriseFile.objects.visible_to(type(user).objects.get(pk=user.pk)).filter(pk=file.pk).exists()


def test_an_officer_sees_the_file_while_assigned(file, officer, dispatcher, organisation):
    other = actions.open_file(organisation("乙公司"), by=dispatcher)
    assert not sees(officer, file)
    actions.assign_officer(file, by=dispatcher, officer=officer)
    assert sees(officer, file) and not sees(officer, other)
    actions.tell_fact(file, by=officer, kind=FactKind.objects.get(name="staff"), value=30)
    actions.relieve_officer(file, by=dispatcher, officer=officer)
    assert not sees(officer, file)
    with pytest.raises(NotYours):
        actions.tell_fact(file, by=type(officer).objects.get(pk=officer.pk), kind=FactKind.objects.get(name="staff"), value=31)


def test_who_is_assigned_stays_so_when_access_is_written_anew(file, officer, dispatcher):
    actions.assign_officer(file, by=dispatcher, officer=officer)
    access.regrant(file)
    assert sees(officer, file)


def test_relieving_one_officer_leaves_the_other(file, officer, dispatcher, person):
    second = person("resident_officer")
    for each in (officer, second):
        actions.assign_officer(file, by=dispatcher, officer=each)
    actions.relieve_officer(file, by=dispatcher, officer=officer)
    assert access.officers(file) == {second.pk}


def test_only_resident_officers_can_be_chosen_and_each_once(file, officer, dispatcher, person):
    outsider = person("owner")

    def form(user):
        return kernel_actions.find("enterprises.assign_officer").make_form(dispatcher, file, {"officer": user.pk})

    assert form(officer).is_valid() and not form(outsider).is_valid()
    actions.assign_officer(file, by=dispatcher, officer=officer)
    assert not form(officer).is_valid()
    with pytest.raises(Refused, match="没有可以安排"):
        actions.assign_officer(file, by=dispatcher, officer=officer)


def test_nobody_is_relieved_where_nobody_serves(file, officer, dispatcher):
    with pytest.raises(Refused, match="还没有驻企专员"):
        actions.relieve_officer(file, by=dispatcher, officer=officer)


def test_neither_the_enterprise_nor_an_officer_assigns(file, officer, person):
    boss = person("enterprise_admin", organisation=file.organisation)
    for user in (boss, officer):
        with pytest.raises(NotYours):
            actions.assign_officer(file, by=user, officer=officer)


def test_the_page_names_the_officer_and_the_trail_tells_it(file, officer, dispatcher, sign_in):
    actions.assign_officer(file, by=dispatcher, officer=officer)
    page = sign_in(dispatcher).get(file.get_absolute_url()).content.decode()
    assert "驻企专员 专员甲" in page and "结束驻企" in page
    event = Event.objects.filter(dossier=file.dossier_id, verb="enterprises.assign_officer").get()
    assert event.data["said"] == {"officer": f"people.user:{officer.pk}"}


def test_who_is_no_officer_any_more_serves_no_enterprise_from_the_next_day(file, officer, dispatcher, person, organisation):
    """A role that ended, a role whose last day is over and a closed account; the officer who is left keeps both enterprises."""
    other = actions.open_file(organisation("乙公司"), by=dispatcher)
    ended, over, closed = (person("resident_officer") for _ in range(3))
    for each in (officer, ended, over, closed):
        for served in (file, other):
            actions.assign_officer(served, by=dispatcher, officer=each)
    assert relieve_former_officers.func() == 0
    ended.role_grants.update(state="ended")
    over.role_grants.update(to_day=clock.today() - timedelta(days=1))
    type(closed).objects.filter(pk=closed.pk).update(is_active=False)
    before = Event.objects.count()
    assert relieve_former_officers.func() == 6
    assert access.officers(file) == access.officers(other) == {officer.pk}
    assert not any(sees(each, served) for each in (ended, over, closed) for served in (file, other))
    assert Event.objects.filter(verb="enterprises.relieve_officer").count() == 6 == Event.objects.count() - before
