"""Areas and task forces are ranked by published weights, and every line opens to its whole working."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.domains.dispatch.actions import rankings as verbs
from zhuanban.domains.dispatch.models import Ranking, RankingLine
from zhuanban.domains.dispatch.queries import rankings as queries
from zhuanban.domains.dispatch.rules import rankings as rules
from zhuanban.domains.portfolio.models import AnnualPlan, InvestmentEntry, ListMembership, Project, ProjectList
from zhuanban.kernel import clock, figures
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Parameter

PUBLISHED = [
    *(["continuity", "new_start", 5], ["continuity", "continued", 2]),
    *(["size", 5_000_000_000, 20], ["size", 1_000_000_000, 10], ["size", 100_000_000, 6], ["size", 50_000_000, 3]),
    *(["sector", "industry", 15], ["sector", "service", 8], ["sector", "*", 6]),
    ["completion", "rate", 60],
]
WEIGHTS = rules.weights_of(PUBLISHED, 100, 50, "2022-01-01", "测试")
END = date(2022, 12, 31)


def facts(pk: int = 1, continuity: str = "new_start", investment: int | None = 5_000_000_000, sector: str = "industry", completion=100):
    return rules.Facts(
        pk, continuity, None if investment is None else Decimal(investment), sector, None if completion is None else Decimal(completion)
    )


# The points of a project, as the published scheme has them ---------------------------------------------------------------------


def test_a_new_large_plant_that_has_completed_its_plan_gets_everything():
    assert rules.points_of(WEIGHTS, facts()) == {"continuity": 5, "size": 20, "sector": 15, "completion": 60}
    assert WEIGHTS.most == 100


@pytest.mark.parametrize(
    ("told", "part", "points"),
    [
        ({"continuity": "continued"}, "continuity", 2),
        ({"continuity": ""}, "continuity", None),
        ({"investment": 4_999_999_999}, "size", 10),
        ({"investment": 1_000_000_000}, "size", 10),
        ({"investment": 999_999_999}, "size", 6),
        ({"investment": 50_000_000}, "size", 3),
        ({"investment": 49_999_999}, "size", 0),
        ({"investment": None}, "size", None),
        ({"sector": "service"}, "sector", 8),
        ({"sector": "transport"}, "sector", 6),
        ({"sector": ""}, "sector", None),
        ({"completion": 0}, "completion", 0),
        ({"completion": Decimal("62.9") / 10}, "completion", Decimal("3.774")),
        ({"completion": 140}, "completion", 60),
        ({"completion": -3}, "completion", 0),
        ({"completion": None}, "completion", None),
    ],
)
def test_each_component_has_its_weight_and_what_is_unknown_has_none(told, part, points):
    assert rules.points_of(WEIGHTS, facts(**told))[part] == points


@given(low=st.integers(0, 200), more=st.integers(0, 200))
def test_completing_more_never_costs_points(low, more):
    before, after = (rules.points_of(WEIGHTS, facts(completion=share))["completion"] for share in (low, low + more))
    assert before <= after <= 60


@pytest.mark.parametrize("rows", [[], [["size", 1, 2]], [["luck", "a", 1]], ["size"], [["size", 5]]])
def test_weights_that_cannot_be_read_are_refused_in_words(rows):
    with pytest.raises(ValueError, match="排名权重"):
        rules.weights_of(rows, 100, 50)


# Units and places --------------------------------------------------------------------------------------------------------------


def test_a_unit_is_the_mean_of_its_known_projects():
    found = rules.standing(WEIGHTS, "a", [facts(1), facts(2, completion=50), facts(3, completion=None)])
    assert (found.projects, found.known, found.points) == (3, 2, Decimal("85.00"))
    assert [(part.name, part.points) for part in found.parts] == [("continuity", 5), ("size", 20), ("sector", 15), ("completion", 45)]
    assert found.parts[1].inputs == (("5000000000", 2, Decimal(20)),) and found.parts[3].mean == 75


def test_a_unit_without_data_is_unranked_and_not_last():
    empty = rules.standing(WEIGHTS, "a", [])
    silent = rules.standing(WEIGHTS, "b", [facts(completion=None)])
    few = rules.standing(WEIGHTS, "c", [facts(1), facts(2, completion=None), facts(3, completion=None)])
    nothing_done = rules.standing(WEIGHTS, "d", [facts(completion=0)])
    rows = rules.placed([empty, silent, few, nothing_done])
    assert [(row.key, row.place) for row in rows] == [("d", 1), ("a", None), ("b", None), ("c", None)]
    assert "1/3" in few.why and all(row.why and row.points is None for row in (empty, silent, few))


def test_equal_points_share_a_place_and_the_next_follows_after_them():
    rates = {"a": 90, "b": 80, "c": Decimal("80.0000001"), "d": 70}
    rows = rules.placed(rules.standing(WEIGHTS, key, [facts(completion=share)]) for key, share in rates.items())
    assert [(row.key, row.place) for row in rows] == [("a", 1), ("b", 2), ("c", 2), ("d", 4)]


@given(st.dictionaries(st.integers(0, 50), st.lists(st.one_of(st.none(), st.integers(0, 150)), max_size=4), max_size=12))
def test_places_follow_points_whatever_the_units(units):
    rows = rules.placed(
        rules.standing(WEIGHTS, key, [facts(at, completion=share) for at, share in enumerate(shares)]) for key, shares in units.items()
    )
    ranked = [row for row in rows if row.place]
    assert rows[: len(ranked)] == ranked and len(rows) == len(units)
    for row in ranked:
        assert row.place == 1 + sum(other.points > row.points for other in ranked)
        assert abs(sum(part.points for part in row.parts) - row.points) <= Decimal("0.005")


# Published --------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def listed(project, areas, dispatcher):
    """Make projects of the year's list with a plan and what was completed: `listed("220106", done=60)`."""
    on_list = ProjectList.objects.create(name="市级清单2022", level="city", year=2022, area=areas["220100"])
    at = clock.now()
    stamps = {"created_at": at, "updated_at": at, "created_by": dispatcher, "updated_by": dispatcher}

    def make(area: str = "220106", done: int | None = 60, month: int = 11, **told):
        made = project(area=area, **{"planned_investment": Decimal(120_000_000), "sector": "industry", "continuity": "new_start"} | told)
        ListMembership.objects.create(list=on_list, project=made, added_on=date(2022, 1, 10))
        AnnualPlan.objects.create(project=made, year=2022, amount=Decimal(100_000_000), **stamps)
        if done is not None:
            InvestmentEntry.objects.create(project=made, month=date(2022, month, 1), amount=Decimal(done * 1_000_000), **stamps)
        return made

    return make


def publish(areas, dispatcher, of: str = "area", as_of: date = END) -> Ranking:
    return verbs.publish_ranking(areas["220100"], by=dispatcher, of=of, as_of=as_of)


def test_a_published_line_opens_to_every_input_and_weight(listed, areas, dispatcher, sign_in):
    listed(done=80)
    listed(done=40, sector="service", continuity="continued")
    listed("220102", done=None)
    ranking = publish(areas, dispatcher)
    line = ranking.lines.get(area="220106")
    assert (line.place, line.points) == (1, Decimal("57.00"))  # 3.5 + 6 + 11.5 + 36
    assert [Decimal(part["points"]) for part in line.parts] == [Decimal("3.5"), 6, Decimal("11.5"), 36]
    assert ranking.lines.get(area="220102").place is None and ranking.lines.count() == len(areas) - 1
    page = sign_in(dispatcher).get(line.get_absolute_url()).content.decode()
    for told in ("57.00", "36.0000", "60%", "新开工", "续建", "1 亿元以上", "工业", "服务业", "2022-01-01"):
        assert told.replace(" ", "") in page.replace(" ", ""), told


def test_a_ranking_counts_only_the_months_that_were_over(listed, areas, dispatcher):
    listed(done=80, month=11)
    assert publish(areas, dispatcher, as_of=END).lines.get(area="220106").points is not None
    with pytest.raises(Refused, match="没有可以排名"):
        publish(areas, dispatcher, as_of=date(2022, 11, 29))


def test_a_project_is_ranked_while_it_stands_on_the_list(listed, areas, dispatcher):
    listed(done=80)
    gone = listed(done=20)
    ListMembership.objects.filter(project=gone).update(removed_on=date(2022, 12, 15), reason="退出")
    before, after = (publish(areas, dispatcher, as_of=day).lines.get(area="220106") for day in (date(2022, 11, 30), END))
    assert (before.projects, after.projects) == (2, 1)


def test_a_ranking_goes_by_the_weights_of_its_day(listed, areas, dispatcher):
    listed(done=100)
    Parameter.objects.create(
        name=rules.WEIGHTS, value=[*PUBLISHED[:-1], ["completion", "rate", 30]], effective_from=date(2022, 12, 1), source="新办法",
        recorded_at=clock.now(),
    )  # fmt: skip
    old, new = (publish(areas, dispatcher, as_of=day) for day in (date(2022, 11, 30), END))
    assert (old.weights_version, new.weights_version) == ("2022-01-01", "2022-12-01")
    assert old.lines.get(place=1).points - new.lines.get(place=1).points == 30


def test_the_same_records_give_the_same_ranking_and_a_correction_is_told(listed, areas, dispatcher, sign_in):
    first = listed(done=80)
    listed("220102", done=70)
    ranking = publish(areas, dispatcher)
    assert queries.differences(ranking) == []
    at = clock.now()
    InvestmentEntry.objects.create(
        project=first, month=date(2022, 10, 1), amount=Decimal(-50_000_000), created_at=at, updated_at=at, reason="更正"
    )
    assert queries.differences(ranking) == [], "what was entered later is not part of it"
    AnnualPlan.objects.filter(project=first).update(amount=Decimal(200_000_000))
    assert [row["now"][0] for row in queries.differences(ranking)] == [2, 1]
    page = sign_in(dispatcher).get(reverse("dispatch:ranking_check", args=[ranking.pk])).content.decode()
    assert "更正过" in page


def test_the_next_ranking_tells_who_went_up(listed, areas, dispatcher):
    behind, ahead = listed(done=30, month=10), listed("220102", done=50, month=10)
    publish(areas, dispatcher, as_of=date(2022, 10, 31))
    at = clock.now()
    for made, amount in ((behind, 60), (ahead, 1)):
        InvestmentEntry.objects.create(
            project=made, month=date(2022, 11, 1), amount=Decimal(amount * 1_000_000), created_at=at, updated_at=at
        )
    moved = dict(publish(areas, dispatcher, as_of=date(2022, 11, 30)).lines.exclude(place=None).values_list("area", "moved"))
    assert moved == {"220106": 1, "220102": -1}


def test_a_mistaken_ranking_is_withdrawn_and_stays_readable(listed, areas, dispatcher, sign_in):
    listed()
    ranking = publish(areas, dispatcher)
    with pytest.raises(Refused, match="先撤回"):
        publish(areas, dispatcher)
    verbs.withdraw_ranking(ranking, by=dispatcher, reason="漏了一个区")
    with pytest.raises(Refused, match="已经撤回"):
        verbs.withdraw_ranking(ranking, by=dispatcher, reason="再撤")
    assert publish(areas, dispatcher).pk != ranking.pk
    page = sign_in(dispatcher).get(ranking.get_absolute_url()).content.decode()
    assert "漏了一个区" in page
    assert ranking.pk not in RankingLine.objects.visible_to(dispatcher).filter(ranking__withdrawn_on=None).values_list("ranking", flat=True)


def test_a_district_reads_the_ranking_but_opens_only_its_own_projects(listed, areas, dispatcher, person, sign_in):
    mine, theirs = listed("220106"), listed("220102")
    ranking = publish(areas, dispatcher)
    leader = person("district_leader", area="220106")
    browser = sign_in(leader)
    assert browser.get(ranking.get_absolute_url()).status_code == 200
    assert mine.name in browser.get(ranking.lines.get(area="220106").get_absolute_url()).content.decode()
    other = browser.get(ranking.lines.get(area="220102").get_absolute_url()).content.decode()
    assert theirs.name not in other and "1 个项目不在您的权限内" in other
    assert browser.get(reverse("dispatch:ranking_trial")).status_code == 403


def test_a_firm_reads_no_ranking(listed, areas, dispatcher, person, organisation, sign_in):
    listed()
    ranking = publish(areas, dispatcher)
    browser = sign_in(person("owner", organisation=organisation()))
    assert browser.get(ranking.get_absolute_url()).status_code == 404
    assert "220106" not in browser.get(reverse("dispatch:rankings")).content.decode()


def test_a_trial_shows_what_would_be_published(listed, dispatcher, sign_in):
    listed()
    browser = sign_in(dispatcher)
    page = browser.get(reverse("dispatch:ranking_trial"), {"on": "2022-12-31"}).content.decode()
    assert "绿园区" in page and "还没有公布" in page and not Ranking.objects.exists()
    for wrong in ("2024-01-01", "x", "1999-01-01", "9" * 400):
        assert browser.get(reverse("dispatch:ranking_trial"), {"on": wrong}).status_code == 400


def test_the_figure_counts_the_ranked_areas(listed, areas, dispatcher):
    listed()
    listed("220102", done=None)
    publish(areas, dispatcher)
    reading = figures.REGISTRY["dispatch.ranked_areas"].read(figures.Scope.today())
    assert (reading.value, reading.evidence) == (1, 1)


def test_a_ranking_that_counts_synthetic_projects_says_so(listed, areas, dispatcher, sign_in):
    made = listed()
    assert not publish(areas, dispatcher).synthetic
    Project.objects.filter(pk=made.pk).update(synthetic=True)
    ranking = publish(areas, dispatcher, as_of=date(2023, 1, 31))
    assert ranking.synthetic and all(line.synthetic for line in ranking.lines.all())
    assert "合成数据" in sign_in(dispatcher).get(ranking.get_absolute_url()).content.decode()
