"""Facts of enterprises: two axes of time, asked once, seen by few."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from zhuanban.domains.enterprises import actions, queries
from zhuanban.domains.enterprises.models import EnterpriseFile, Fact, FactKind
from zhuanban.engines.eligibility.schema import NONE
from zhuanban.kernel.errors import NotYours, Refused

TODAY = date(2023, 2, 10)


@pytest.fixture
def firm(organisation):
    return organisation("甲公司", area="220174")


@pytest.fixture
def file(firm, dispatcher):
    return actions.open_file(firm, by=dispatcher)


@pytest.fixture
def tell(file):
    def state(name: str, value, since=None, by=None, **more):
        actions.tell_fact(file, by=by, kind=FactKind.objects.get(name=name), value=value, since=since, **more)

    return state


def test_a_file_is_opened_once(file, firm, dispatcher):
    with pytest.raises(Refused, match="已有企业档案"):
        actions.open_file(firm, by=dispatcher)


def test_an_office_has_no_file(organisation, dispatcher):
    with pytest.raises(Refused, match="只给企业"):
        actions.open_file(organisation("某局", kind="government"), by=dispatcher)


def test_what_nobody_told_is_unknown_and_not_zero(file):
    assert queries.facts_of(file.pk, TODAY) == {}


def test_of_two_statements_the_later_counts_and_the_earlier_stays_on_record(file, tell):
    tell("staff", 30)
    tell("staff", 45)
    assert queries.facts_of(file.pk, TODAY)["staff"] == 45
    assert [fact.value for fact in file.facts.all()] == [30, 45]


def test_an_annual_fact_holds_for_its_calendar_year(file, tell):
    tell("revenue", 20_000_000, since=date(2022, 3, 1))
    assert "revenue" not in queries.facts_of(file.pk, TODAY)
    assert queries.facts_of(file.pk, date(2022, 12, 31))["revenue"] == 20_000_000


def test_the_past_is_read_as_it_was_known_then(file, tell):
    tell("high_tech", True, since=date(2022, 1, 1))
    assert queries.facts_of(file.pk, TODAY, known=datetime(2022, 6, 1, tzinfo=UTC)) == {}
    assert queries.facts_of(file.pk, TODAY)["high_tech"] is True


def test_known_absent_is_not_unknown(file, tell):
    tell("produced_on", NONE)
    assert queries.facts_of(file.pk, TODAY)["produced_on"] is NONE


def test_facts_are_only_ever_added(file, tell):
    tell("staff", 30)
    fact = file.facts.get()
    with pytest.raises(TypeError):
        fact.delete()
    with pytest.raises(TypeError):
        fact.save()
    with pytest.raises(TypeError):
        Fact.objects.all().update(value=1)
    with pytest.raises(TypeError):
        Fact.objects.all().delete()


def test_all_enterprises_are_read_in_three_statements(file, tell, organisation, dispatcher, django_assert_num_queries):
    tell("staff", 30)
    tell("chain", ["整车"])
    for _each in range(5):
        actions.open_file(organisation(), by=dispatcher)
    schema = queries.schema()
    with django_assert_num_queries(3):
        files, facts = queries.everybody(TODAY, schema)
    assert dict(zip(files, facts, strict=True))[file.pk] == queries.facts_of(file.pk, TODAY)


def test_reading_all_at_once_and_one_by_one_is_the_same(file, tell):
    tell("registered_on", "2020-05-01")
    tell("produced_on", NONE)
    tell("revenue_growth", 120_000)
    tell("size", "小型")
    files, facts = queries.everybody(TODAY, queries.schema())
    assert facts[files.index(file.pk)] == queries.facts_of(file.pk, TODAY)


# The form -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("revenue", "2000", 20_000_000), ("revenue", "3.5亿元", 350_000_000), ("staff", "45", 45), ("revenue_growth", "8.5%", 85_000), ("high_tech", "是", True),
     ("size", "小型", "小型"), ("produced_on", "无", "无"), ("registered_on", "2020-05-01", "2020-05-01"), ("industry", "c3670", "C3670")],
)  # fmt: skip
def test_one_field_saves_the_fact(file, sign_in, person, firm, name, text, value):
    browser = sign_in(person("enterprise_admin", organisation=firm))
    sent = {"kind": name, "value": text, "_version": file.version, "_back": "/policies/"}
    answer = browser.post(reverse("kernel:act", args=["enterprises.tell_fact", file.pk]), sent)
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/policies/")
    assert (file.facts.get().value, file.facts.get().source) == (value, "enterprise")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [("staff", "许多", "从业人数"), ("revenue_growth", "很高", "营业收入增速"), ("industry", "汽车", "行业代码"), ("registered_on", "2020-13-01", "成立日期"), ("staff", "-3", "超出范围")],
)  # fmt: skip
def test_bad_input_names_the_field(file, sign_in, person, firm, name, text, words):
    browser = sign_in(person("enterprise_admin", organisation=firm))
    answer = browser.post(
        reverse("kernel:act", args=["enterprises.tell_fact", file.pk]), {"kind": name, "value": text, "_version": file.version}
    )
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not file.facts.exists()


def test_a_fact_cannot_be_told_of_tomorrow(file, sign_in, person, firm):
    browser = sign_in(person("enterprise_admin", organisation=firm))
    sent = {"kind": "staff", "value": "3", "since": "2023-02-11", "_version": file.version}
    assert browser.post(reverse("kernel:act", args=["enterprises.tell_fact", file.pk]), sent).status_code == 422


def test_the_event_says_that_a_fact_was_told_and_not_which_value(file, sign_in, person, firm):
    browser = sign_in(person("enterprise_admin", organisation=firm))
    browser.post(
        reverse("kernel:act", args=["enterprises.tell_fact", file.pk]), {"kind": "staff", "value": "4711", "_version": file.version}
    )
    event = file.dossier.events.latest("seq")
    assert event.verb == "enterprises.tell_fact"
    assert "4711" not in str(event.data)


# Who sees it ----------------------------------------------------------------------------------------------------------


def test_an_enterprise_sees_its_own_file_and_no_other(file, person, organisation):
    own = person("enterprise_admin", organisation=file.organisation)
    other = person("enterprise_admin", organisation=organisation("乙公司", area="220174"))
    assert list(EnterpriseFile.objects.visible_to(own)) == [file]
    assert list(EnterpriseFile.objects.visible_to(other)) == []


def test_anothers_facts_are_not_there(file, tell, sign_in, person, organisation):
    tell("revenue", 20_000_000)
    browser = sign_in(person("enterprise_admin", organisation=organisation("乙公司", area="220174")))
    for view in ("enterprises:enterprise", "policies:having", "policies:past"):
        assert browser.get(reverse(view, args=[file.pk])).status_code == 404
    assert browser.post(reverse("kernel:act", args=["enterprises.tell_fact", file.pk]), {"kind": "staff", "value": "3"}).status_code == 404
    assert browser.get("/api/v1/enterprises/enterprises").json().get("items", []) == []


def test_an_officer_sees_the_files_of_the_area(file, person):
    assert list(EnterpriseFile.objects.visible_to(person("district_leader", area="220174"))) == [file]
    assert list(EnterpriseFile.objects.visible_to(person("district_leader", area="220106"))) == []


def test_who_only_reads_tells_nothing(file, person):
    with pytest.raises(NotYours):
        actions.tell_fact(file, by=person("district_leader", area="220174"), kind=FactKind.objects.get(name="staff"), value=3)


def test_an_enterprise_hears_when_somebody_else_states_something_of_it(file, person, dispatcher, firm):
    own = person("enterprise_admin", organisation=firm)
    actions.tell_fact(file, by=dispatcher, kind=FactKind.objects.get(name="staff"), value=3)
    assert own.notices.count() == 1
    actions.tell_fact(file, by=own, kind=FactKind.objects.get(name="staff"), value=4)
    assert own.notices.count() == 1


def test_the_page_tells_source_and_day_and_what_is_unknown(file, tell, sign_in, person, firm):
    tell("staff", 45, document="社保清单")
    page = sign_in(person("enterprise_admin", organisation=firm)).get(reverse("enterprises:mine"), follow=True).content.decode()
    assert "45 人" in page and "主管部门" in page and "社保清单" in page
    assert page.count("未知") >= FactKind.objects.count() - 1
