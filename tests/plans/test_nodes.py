"""Nodes: set up from the template, promised once, reached with evidence, and moved only by somebody above the asker."""

from __future__ import annotations

from datetime import date

import pytest

from zhuanban.domains.plans import actions, rules
from zhuanban.domains.plans.models import DateRequest, Node
from zhuanban.domains.portfolio.models import Work
from zhuanban.kernel import clock, files
from zhuanban.kernel.actions import REGISTRY
from zhuanban.kernel.errors import NotYours, Refused

DUE, LATER = date(2023, 10, 31), date(2023, 11, 30)
PHOTO = files.Received("现场.jpg", "image/jpeg", 3, "a" * 64)
EVIDENCE = {"photo": PHOTO, "photo_on": date(2023, 2, 9), "heat_record": "供热合同 12 号"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def plant(project, dispatcher):
    """A plant under way with the nodes of its template."""
    made = project("合成厂房", stage="under_construction", sector="industry")
    actions.open_nodes(made, by=dispatcher)
    return made


@pytest.fixture
def below(person):
    """Who asks: the district's own centre."""
    return person("centre_dispatcher", area="220106")


@pytest.fixture
def promised(plant, dispatcher):
    """The completion, promised for a day."""
    node = plant.nodes.get(code="completed")
    actions.promise_dates(plant, by=dispatcher, **{f"node_{node.pk}": DUE})
    return fresh(node)


@pytest.fixture
def asked(promised, below):
    return actions.request_date(promised, by=below, to_day=LATER, reason="主材晚到")


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def workshop(plant, name: str) -> Work:
    at = clock.now()
    return Work.objects.create(project=plant, name=name, kind=Work.Kind.WORKSHOP, created_at=at, updated_at=at)


def test_the_template_gives_each_project_its_nodes_once(plant, dispatcher):
    assert [node.code for node in plant.nodes.all()] == [row.code for row in rules.templates(plant)]
    assert not plant.nodes.exclude(promised_on=None, due_on=None, reached_on=None).exists()
    with pytest.raises(Refused, match="都已建立"):
        actions.open_nodes(plant, by=dispatcher)


def test_a_road_has_no_enclosure(project, dispatcher):
    road = project("合成道路", sector="transport")
    actions.open_nodes(road, by=dispatcher)
    assert road.nodes.exists() and not road.nodes.filter(code="warm_enclosure").exists()


def test_a_new_workshop_gets_its_own_enclosure(plant, dispatcher):
    part = workshop(plant, "总装车间")
    actions.open_nodes(plant, by=dispatcher)
    assert [node.code for node in plant.nodes.filter(work=part)] == ["warm_enclosure"]


def test_a_first_date_is_a_promise_and_is_given_once(promised, plant, dispatcher):
    assert (promised.promised_on, promised.due_on) == (DUE, DUE)
    with pytest.raises(Refused, match="调整须申请"):
        actions.promise_dates(plant, by=dispatcher, **{f"node_{promised.pk}": LATER})
    assert fresh(promised).due_on == DUE


def test_a_node_is_not_reached_before_its_day_nor_twice(promised, dispatcher):
    with pytest.raises(Refused, match="不能晚于今天"):
        actions.reach(promised, by=dispatcher, on=date(2023, 2, 11))
    actions.reach(promised, by=dispatcher, on=clock.today(), proof=files.Received("完工证明.pdf", "application/pdf", 3, "b" * 64))
    assert fresh(promised).reached_on == clock.today() and fresh(promised).proof.name == "完工证明.pdf"
    with pytest.raises(Refused, match="完成"):
        actions.reach(promised, by=dispatcher, on=clock.today())


@pytest.mark.parametrize("missing", EVIDENCE)
def test_an_enclosure_without_its_evidence_is_none(plant, dispatcher, missing):
    node = plant.nodes.get(code="warm_enclosure")
    given = {name: told for name, told in EVIDENCE.items() if name != missing}
    with pytest.raises(Refused, match="暖封闭须附"):
        actions.reach(node, by=dispatcher, on=date(2023, 2, 8), **given)
    assert fresh(node).reached_on is None and not fresh(plant).warm_enclosed


def test_a_photo_older_than_the_enclosure_proves_nothing(plant, dispatcher):
    node = plant.nodes.get(code="warm_enclosure")
    form = REGISTRY["plans.reach"].make_form(dispatcher, node, {"on": "2023-02-08", "photo_on": "2023-02-01", "heat_record": "12"}, {})
    assert not form.is_valid() and {"photo_on", "photo"} <= set(form.errors)


def test_an_enclosure_with_its_evidence_encloses_the_project_and_can_be_taken_back(plant, dispatcher):
    node = plant.nodes.get(code="warm_enclosure")
    actions.reach(node, by=dispatcher, on=date(2023, 2, 8), **EVIDENCE)
    assert fresh(plant).warm_enclosed and fresh(node).heat_record == "供热合同 12 号"
    actions.take_back(fresh(node), by=dispatcher, answer="屋面未完")
    assert not fresh(plant).warm_enclosed and fresh(node).proof is None


def test_the_whole_is_enclosed_with_its_last_part(plant, dispatcher):
    for name in ("冲压车间", "总装车间"):
        workshop(plant, name)
    actions.open_nodes(plant, by=dispatcher)
    first, last = plant.nodes.filter(code="warm_enclosure").exclude(work=None)
    actions.reach(first, by=dispatcher, on=date(2023, 2, 8), **EVIDENCE)
    assert not fresh(plant).warm_enclosed
    actions.reach(last, by=dispatcher, on=date(2023, 2, 9), **EVIDENCE)
    assert fresh(plant).warm_enclosed
    assert plant.nodes.get(code="warm_enclosure", work=None).reached_on == date(2023, 2, 9)


def test_the_old_date_stands_while_a_request_waits(asked, promised, below):
    assert (fresh(promised).due_on, asked.from_day, asked.to_day, asked.state) == (DUE, DUE, LATER, "open")
    assert asked.effect["days"] == 30 and "没有计划" in asked.effect["unknown"]
    assert asked.deadline is not None
    with pytest.raises(Refused, match="待审"):
        actions.request_date(fresh(promised), by=below, to_day=date(2023, 12, 31), reason="再晚")


def test_the_effect_is_told_before_anything_is_asked(promised, below, sign_in, person):
    url = f"/plans/nodes/{promised.pk}/effect/?to_day={LATER}"
    assert "推迟 30 天" in sign_in(below).get(url).content.decode()
    assert not DateRequest.objects.exists()
    assert sign_in(person()).get(url).status_code == 404


def test_only_somebody_above_the_asker_decides(asked, below, person):
    for judge in (below, person("centre_dispatcher", area="220106")):
        for decide in (actions.grant_date, actions.deny_date):
            with pytest.raises(NotYours):
                decide(asked, by=judge, answer="可")
    assert fresh(asked).state == "open"


def test_a_granted_date_is_in_force_and_the_promise_stays(asked, promised, dispatcher):
    actions.grant_date(asked, by=dispatcher)
    assert (fresh(promised).due_on, fresh(promised).promised_on) == (LATER, DUE)
    assert (fresh(asked).state, fresh(asked).decided_by, fresh(asked).decided_on) == ("granted", dispatcher, clock.today())
    with pytest.raises(Refused, match="已有结论"):
        actions.deny_date(fresh(asked), by=dispatcher, answer="不可")


def test_a_denial_tells_why_and_moves_nothing(asked, promised, dispatcher):
    assert not REGISTRY["plans.deny_date"].make_form(dispatcher, asked, {"answer": ""}).is_valid()
    actions.deny_date(asked, by=dispatcher, answer="须按期完工")
    assert (fresh(asked).state, fresh(asked).answer, fresh(promised).due_on) == ("denied", "须按期完工", DUE)


def test_the_asker_takes_the_request_back_and_may_ask_again(asked, promised, below, person):
    with pytest.raises(NotYours):
        actions.withdraw_date(asked, by=person("centre_dispatcher", area="220106"))
    actions.withdraw_date(asked, by=below)
    assert (fresh(asked).state, fresh(promised).due_on) == ("withdrawn", DUE)
    assert actions.request_date(fresh(promised), by=below, to_day=LATER, reason="再申请").state == "open"


def test_a_reached_node_has_no_request_any_more(asked, promised, dispatcher):
    actions.reach(fresh(promised), by=dispatcher, on=clock.today())
    assert fresh(asked).state == "withdrawn" and Node.objects.get(pk=promised.pk).due_on == DUE
