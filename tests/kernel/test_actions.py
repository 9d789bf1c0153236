"""One order for every call of a verb: lock, permission, version, rule, form, deed, event, notices."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from zhuanban.domains.portfolio import actions as portfolio
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import actions
from zhuanban.kernel.errors import BadInput, KeyReused, NotYours, Refused, Stale, Unknown, VersionMissing
from zhuanban.kernel.models import Event, StoredAnswer


def events_of(project):
    return list(Event.objects.filter(dossier_id=project.pk).order_by("seq").values_list("verb", flat=True))


def test_a_verb_leaves_one_event_with_what_changed(project, dispatcher):
    subject = project("合成纺织项目")
    portfolio.revise(subject, by=dispatcher, name="合成纺织产业园")
    event = Event.objects.filter(dossier_id=subject.pk).latest("seq")
    assert event.verb == "portfolio.revise" and event.actor == dispatcher.username
    assert event.data["changes"] == {"name": ["合成纺织项目", "合成纺织产业园"]}


def test_the_callers_row_shows_what_was_written(project, dispatcher):
    subject = project()
    portfolio.revise(subject, by=dispatcher, name="新名")
    assert (subject.name, subject.version) == ("新名", 2)


def test_a_verb_that_fails_leaves_nothing(project, dispatcher):
    subject = project()
    before = events_of(subject), subject.version
    with pytest.raises(Refused, match="将来"):
        portfolio.report_investment(subject, by=dispatcher, month="2031-01", amount=1)
    subject.refresh_from_db()
    assert (events_of(subject), subject.version) == before


def test_a_stranger_meets_unknown_and_a_reader_not_yours(project, person):
    subject = project(area="220106")
    with pytest.raises(Unknown):
        actions.submit("portfolio.revise", person("centre_dispatcher", area="220122"), subject.pk, {"name": "x"}, version=1)
    with pytest.raises(NotYours):
        actions.submit("portfolio.revise", person("inspector", area="220106"), subject.pk, {"name": "x"}, version=1)


def test_the_host_of_a_zone_sees_its_projects_but_does_not_act(project, person, areas):
    zone = next(area for area in areas.values() if area.kind == "development_zone" and area.host_id)
    subject = project(area=zone.key, stage="pre_stage")
    host = person("centre_dispatcher", area=zone.host_id)
    assert Project.objects.visible_to(host).filter(pk=subject.pk).exists()
    with pytest.raises(NotYours):
        portfolio.revise(subject, by=host, name="x")


def test_a_change_names_the_version_it_was_made_on(project, dispatcher):
    subject = project()
    with pytest.raises(VersionMissing):
        actions.submit("portfolio.revise", dispatcher, subject.pk, {"name": "甲"}, version=None)
    actions.submit("portfolio.revise", dispatcher, subject.pk, {"name": "乙"}, version=1)
    with pytest.raises(Stale):
        actions.submit("portfolio.revise", dispatcher, subject.pk, {"name": "丙"}, version=1)
    subject.refresh_from_db()
    assert subject.name == "乙"


def test_a_double_submit_is_one_deed(project, dispatcher, areas):
    first = actions.submit("portfolio.register", dispatcher, "220106", {"name": "只登一次"}, version=None, key="k1")
    again = actions.submit("portfolio.register", dispatcher, "220106", {"name": "只登一次"}, version=None, key="k1")
    assert again["id"] == first["id"] and again["repeated"]
    assert Project.objects.filter(name="只登一次").count() == 1
    with pytest.raises(KeyReused):
        actions.submit("portfolio.register", dispatcher, "220106", {"name": "另一个"}, version=None, key="k1")


def test_a_failed_submit_does_not_use_up_its_key(project, dispatcher, areas):
    with pytest.raises(BadInput):
        actions.submit("portfolio.register", dispatcher, "220106", {"name": ""}, version=None, key="k2")
    assert actions.submit("portfolio.register", dispatcher, "220106", {"name": "补好了"}, version=None, key="k2")["id"]


def test_bad_input_names_the_field_and_unknown_fields_are_refused(dispatcher, areas):
    with pytest.raises(BadInput) as wrong:
        actions.submit("portfolio.register", dispatcher, "220106", {"name": "甲", "planned_investment": "三点五亿"}, version=None)
    assert "planned_investment" in wrong.value.fields
    with pytest.raises(BadInput, match="plan_investment"):
        actions.submit("portfolio.register", dispatcher, "220106", {"name": "甲", "plan_investment": "1亿元"}, version=None)


def test_money_is_read_with_its_unit(dispatcher, areas):
    answer = actions.submit("portfolio.register", dispatcher, "220106", {"name": "甲", "planned_investment": "3.5亿元"}, version=None)
    other = actions.submit("portfolio.register", dispatcher, "220106", {"name": "乙", "planned_investment": "8000"}, version=None)
    assert Project.objects.get(pk=answer["id"]).planned_investment == 350_000_000
    assert Project.objects.get(pk=other["id"]).planned_investment == 80_000_000, "a bare number is 万元"


def test_the_verb_at_the_wrong_time_tells_why(project, dispatcher):
    subject = project(stage="reserve")
    with pytest.raises(Refused, match="还缺"):
        actions.submit("portfolio.advance", dispatcher, subject.pk, {}, version=subject.version)


def test_buttons_carry_the_reason_why_not(project, dispatcher):
    offered = {each["action"].name: each["reason"] for each in actions.offered(dispatcher, project(stage="reserve"))}
    assert "还缺" in offered["portfolio.advance"] and offered["portfolio.revise"] == ""
    assert "portfolio.override_gate" not in offered, "no role of the dispatcher has that right"


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_are_one_deed(dispatcher, areas):
    """The same key from several threads: one row, and everybody gets the same answer."""
    answers, failures = [], []

    def click():
        try:
            answers.append(
                actions.submit(
                    "portfolio.register",
                    type(dispatcher).objects.get(pk=dispatcher.pk),
                    "220106",
                    {"name": "并发登记"},
                    version=None,
                    key="race",
                )
            )
        except Exception as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len({answer["id"] for answer in answers}) == 1 and Project.objects.filter(name="并发登记").count() == 1
    assert StoredAnswer.objects.filter(key="race").count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_change_one_project_at_once_and_one_wins(project, dispatcher):
    subject = project("争用项目")
    won, told = [], []

    def change(number):
        try:
            won.append(
                actions.submit(
                    "portfolio.revise",
                    type(dispatcher).objects.get(pk=dispatcher.pk),
                    subject.pk,
                    {"short_name": f"第{number}个"},
                    version=subject.version,
                )
            )
        except Stale as stale:
            told.append(stale)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(told)) == (1, 7)
