"""The newspaper test: the figures of the built modules pass, and each moves when one record under it is altered."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from zhuanban.domains.approvals.models import Certificate
from zhuanban.domains.campaigns.models import Cell
from zhuanban.domains.dispatch.models import WorkerHousing
from zhuanban.domains.factors.models import FundingBatch
from zhuanban.domains.plans.models import Node, QuantityEntry, WorkItem
from zhuanban.domains.policies.models import Policy, PolicyClaim
from zhuanban.domains.portfolio.models import Capacity, IndustryGoal, ListMembership, Product, Project, Tag, Work, YearTarget
from zhuanban.domains.responsibility.models import DutyType, Responsibility, TaskForce
from zhuanban.domains.statistics.models import StatedSpan
from zhuanban.kernel import bounds, clock, figures
from zhuanban.kernel.dates import PartialDate
from zhuanban.kernel.figures import Figure, Reading, Scope
from zhuanban.site import cli, newspaper
from zhuanban.site.demo.city import facts

HERE = (
    *("F1", "F2", "F3", "F4", "F5", "F10", "F24", "F25", "F29", "F30", "F31", "F63", "F64"),
    *("F21", "F22"),
    *("F18", "F19", "F20", "F33", "F34", "F35", "F43"),
    *("F11", "F12", "F23"),
    *("F16", "F17", "F26", "F65"),
    *("F13", "F14"),
    *("F48", "F49"),
    *("F15",),
    *("F51", "F52", "F58"),
    *("F46", "F47"),
)
"""What the portfolio and responsibility answer for."""
BUILT = {"portfolio", "responsibility", "plans", "dispatch", "campaigns", "statistics", "factors", "approvals", "policies"}


def project(ref: str):
    """The row of a project that the facts name, to be altered behind the verbs' back."""
    names = {each["ref"]: each["name"] for each in facts()["projects"]}
    return Project.objects.filter(name=names[ref])


def one(rows):
    """The first of the rows alone, as a QuerySet."""
    return type(rows[0])._default_manager.filter(pk=rows[0].pk)


def on_the_list():
    return Project.objects.filter(
        memberships__list__year=2022, memberships__list__level="city", planned_investment__gte=50_000_000
    ).order_by("pk")


def carried(post: str, level: str = "", area: str = ""):
    rows = Responsibility.objects.active().filter(post=post, level=level).order_by("pk")
    return rows.filter(project__area=area) if area else rows


def only_project_of_a_leader():
    """A row of one of 绿园's six leaders who carry a single project."""
    rows = carried("leader", "district", "220106")
    once = [row for row in rows if rows.filter(person=row.person_id).count() == 1]
    return rows.filter(pk=once[0].pk)


def third_project_for_a_leader():
    """Give one of 绿园's leaders with two projects that of another."""
    rows = carried("leader", "district", "220106")
    busy = next(row.person for row in rows if rows.filter(person=row.person_id).count() == 2)
    one(rows.exclude(person=busy)).update(person=busy)


def paid_in_the_zone():
    return PolicyClaim.objects.paid().filter(enterprise__area="220174").order_by("pk")


MUTATORS = {
    "F46": lambda: Policy.objects.filter(category="growth").update(category="talent"),
    "F47": lambda: one(Policy.objects.published().filter(area="220174")).update(withdrawn_on=date(2023, 2, 1)),
    "F51": lambda: one(paid_in_the_zone().filter(paid_on__year=2022)).update(amount=Decimal(1)),
    "F52": lambda: YearTarget.objects.filter(area="220174", what="reward_subsidy", year=2023).update(value=1_900_000_000),
    "F58": lambda: one(paid_in_the_zone().filter(policy__category="talent")).update(state="rejected", reason="更正"),
    "F15": lambda: one(Certificate.objects.filter(project__in=project("audi_faw_nev"))).update(issued_on=date(2022, 6, 25)),
    "F48": lambda: StatedSpan.objects.filter(project__in=project("linglong_tyre")).update(length=113),
    "F49": lambda: StatedSpan.objects.filter(project__in=project("hongqi_fanrong")).update(length=15),
    "F11": lambda: Node.objects.filter(project__in=project("audi_faw_nev"), code="topping_out").update(reached_on=date(2022, 7, 25)),
    "F12": lambda: Node.objects.filter(project__in=project("audi_faw_nev"), code="warm_enclosure").update(reached_on=date(2022, 12, 31)),
    "F23": lambda: one(Cell.objects.filter(campaign__name__contains="百日")).delete(),
    "F16": lambda: WorkItem.objects.filter(project__in=project("byd_battery"), kind="earthwork").update(quantity=Decimal(600_001)),
    "F17": lambda: WorkItem.objects.filter(project__in=project("byd_battery"), kind="earthwork").update(finish_actual=date(2022, 11, 1)),
    "F26": lambda: QuantityEntry.objects.filter(item__project__in=project("audi_faw_nev"), item__kind="partition").update(amount=30),
    "F65": lambda: WorkerHousing.objects.filter(project__in=project("gensci_park")).update(capacity=201),
    "F13": lambda: one(FundingBatch.objects.filter(programme="policy_and_term")).update(programme="special_bond", number=9),
    "F14": lambda: one(FundingBatch.objects.filter(programme="equipment_renewal")).update(programme="renovation", number=9),
    "F18": lambda: one(TaskForce.objects.filter(level="city", standing=True)).update(standing=False),
    "F19": lambda: one(carried("leader", "city")).update(level="district", project=Project.objects.filter(responsibilities=None).first()),
    "F20": lambda: one(carried("centre").filter(project__in=on_the_list())).update(state="ended", to_day=date(2022, 12, 1)),
    "F33": lambda: only_project_of_a_leader().update(state="ended", to_day=date(2022, 12, 1)),
    "F34": lambda: only_project_of_a_leader().update(state="ended", to_day=date(2022, 12, 1)),
    "F35": third_project_for_a_leader,
    "F43": lambda: DutyType.objects.create(key="tenth", name="第十项", kind="carry", position=10),
    "F1": lambda: one(on_the_list()).update(planned_investment=Decimal("49999999.99")),
    "F2": lambda: one(on_the_list()).update(planned_investment=Decimal(90_000_000_000)),
    "F3": lambda: YearTarget.objects.filter(what="projects", year=2022).update(value=1201),
    "F21": lambda: one(on_the_list().filter(continuity="new_start", start_actual__lte="2022-06-30")).update(start_actual="2022-07-01"),
    "F22": lambda: one(on_the_list().filter(continuity="continued")).update(resumed_on="2022-10-08"),
    "F4": lambda: Tag.objects.get(key="winter_advance", season="2022/23").projects.remove(
        Project.objects.filter(tags__key="winter_advance").first()
    ),
    "F5": lambda: one(IndustryGoal.objects.filter(goal_output=10**11)).update(goal_output=10**10),
    "F10": lambda: one(Project.objects.filter(stage="reserve").order_by("pk")).update(stage="pre_stage"),
    "F24": lambda: one(Work.objects.filter(kind="rail_line", state="building")).update(state="done"),
    "F25": lambda: project("audi_faw_nev").update(planned_investment=35_800_010_000),
    "F29": lambda: one(Capacity.objects.filter(project__in=project("audi_faw_nev"))).update(value=150_001),
    "F30": lambda: one(Product.objects.filter(project__in=project("audi_faw_nev"))).delete(),
    "F31": lambda: project("audi_faw_nev").update(jobs_planned=3301),
    "F63": lambda: project("gensci_park").update(production_planned=PartialDate(date(2025, 1, 1), "year")),
    "F64": lambda: project("audi_faw_nev").update(production_planned=PartialDate(date(2025, 1, 1), "month")),
}
"""For every figure that passes: how one record under it is altered."""


def lines() -> dict[str, newspaper.Line]:
    return {line.id: line for line in newspaper.check_all()}


@pytest.fixture(scope="module")
def told() -> dict[str, newspaper.Stated]:
    return {each.id: each for each in newspaper.stated(facts())}


def test_the_facts_state_every_figure_once(told):
    assert list(told) == [f"F{number}" for number in range(1, 67)]
    assert all(each.words and each.rule() for each in told.values())


def test_each_printed_figure_is_answered_by_one_figure_in_the_same_unit(told):
    papers = [figure for figure in figures.REGISTRY.values() if figure.paper]
    assert len({figure.paper for figure in papers}) == len(papers)
    for figure in papers:
        assert figure.unit == told[figure.paper].unit, figure.name


@pytest.fixture(scope="module")
def printed(_whole_city, django_db_blocker) -> dict[str, newspaper.Line]:
    """What the whole city answers before a test alters it."""
    with django_db_blocker.unblock():
        return lines()


@pytest.mark.parametrize("paper", HERE)
def test_a_figure_of_the_portfolio_passes(printed, paper):
    line = printed[paper]
    assert line.status == "pass", line
    assert line.evidence > 0 and line.figure.partition(".")[0] in BUILT


def test_no_figure_fails_and_what_is_not_built_says_so(printed):
    for line in printed.values():
        assert line.status in {"pass", "not_built"}, line
        assert (line.status == "not_built") == (line.value is None) == (line.figure == "")


def test_every_figure_that_passes_has_its_mutator(printed):
    assert {line.id for line in printed.values() if line.status == "pass"} == MUTATORS.keys()


@pytest.mark.parametrize("paper", MUTATORS)
def test_one_altered_record_moves_the_figure(city, printed, paper):
    before = printed[paper]
    MUTATORS[paper]()
    assert before.status == "pass"
    assert lines()[paper].value != before.value


def test_a_project_that_leaves_the_list_is_no_longer_counted(city, printed):
    left = ListMembership.objects.filter(list__year=2022, list__level="city").first()
    ListMembership.objects.filter(pk=left.pk).update(removed_on=date(2022, 12, 1), reason="退出清单")
    after = lines()
    assert after["F1"].value == printed["F1"].value - 1
    assert after["F2"].value == printed["F2"].value - left.project.planned_investment


def test_the_command_prints_every_figure_and_fails_when_one_does(city, capsys):
    with translation.override("zh-hans"):
        assert cli.main(["newspaper"]) == 0
        printed = capsys.readouterr().out
        assert all(f"F{number} " in printed for number in range(1, 67))
        assert "共 66 项" in printed and f"通过 {len(MUTATORS)}，不符 0" in printed
        MUTATORS["F3"]()
        assert cli.main(["newspaper", "--json"]) == 1
    found = {each["id"]: each for each in json.loads(capsys.readouterr().out)}
    assert {"id", "status", "value", "expected", "bound", "evidence", "words"} <= found["F3"].keys()
    assert (found["F3"]["status"], found["F3"]["value"], found["F3"]["expected"]) == ("fail", 1201, 1200)
    assert found["F2"]["value"] == 1_180_000_000_000 or isinstance(found["F2"]["value"], int | float)
    assert (found["F63"]["value"], found["F64"]["value"]) == (2024, "2024-12")
    assert (found["F6"]["status"], found["F6"]["value"], found["F6"]["evidence"]) == ("not_built", None, 0)


# -- how a printed figure is held against its record -----------------------------------------------------------------------------


def verdict(stated: newspaper.Stated, value: object, evidence: int = 1) -> str:
    class Rows:
        def count(self) -> int:
            return evidence

    figure = Figure("test.figure", "试", stated.unit, "试", lambda scope: Reading(value, Rows()))  # type: ignore[arg-type]
    return newspaper.line(stated, figure, Scope(date(2023, 2, 10))).status


def day(year: int, month: int, precision: str) -> PartialDate:
    return PartialDate(date(year, month, 1), precision)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("paper", "value", "status"),
    [
        ("F63", day(2024, 1, "year"), "pass"),
        ("F63", day(2024, 12, "month"), "pass"),
        ("F63", day(2025, 1, "year"), "fail"),
        ("F63", None, "fail"),
        ("F64", day(2024, 12, "month"), "pass"),
        ("F64", PartialDate(date(2024, 12, 31)), "pass"),
        ("F64", day(2024, 1, "year"), "fail"),
        ("F64", day(2024, 11, "month"), "fail"),
        ("F2", Decimal("1184999999999.99"), "pass"),
        ("F2", Decimal(1_185_000_000_000), "fail"),
        ("F27", 1200, "fail"),
        ("F27", 1299, "pass"),
        ("F27", 1300, "fail"),
        ("F56", 350_000_000, "fail"),
        ("F56", 900_000_000, "pass"),
        ("F51", Decimal("1499999999.99"), "pass"),
        ("F51", 1_500_000_000, "fail"),
        ("F22", Decimal("99.96"), "fail"),
    ],
)
def test_a_value_is_held_against_the_words(told, paper, value, status):
    assert verdict(told[paper], value) == status


def test_a_figure_without_evidence_does_not_pass(told):
    assert verdict(told["F3"], 1200, evidence=0) == "fail"


@pytest.mark.parametrize(
    ("paper", "words"),
    [
        ("F1", "等于 1,309 个"),
        ("F2", "等于 1.18 万亿元（按 100 亿元 取整）"),
        ("F10", "不小于 900 个，且小于 1,000 个"),
        ("F21", "不小于 90%"),
        ("F31", "不小于 2,700 个，且不大于 3,300 个"),
        ("F56", "大于 3.5 亿元"),
        ("F64", "等于 2024年12月"),
    ],
)
def test_the_rule_is_told_in_words(told, paper, words):
    with translation.override("zh-hans"):
        assert told[paper].rule() == words


def test_the_words_super_and_some_differ(told):
    counted = newspaper.Stated("F0", "A1", "超100个", 100, "more_than", "project")
    assert counted.borne_out_by(5000) and counted.rule().startswith("大于")
    assert not newspaper.Stated("F0", "A1", "100多个", 100, "more_than", "project").borne_out_by(5000)
    assert all(each.bounding_word in (None, *bounds.BOUND_OF_WORD) for each in told.values())


def test_the_figures_are_read_on_the_articles_last_day_that_has_come(db, move_day):
    assert newspaper.as_of(facts()) == clock.today() == date(2023, 2, 10)
    move_day(date(2023, 6, 1))
    assert newspaper.as_of(facts()) == date(2023, 2, 28)
