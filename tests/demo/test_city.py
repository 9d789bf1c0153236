"""The generated city: the same every time, exact where the articles are, silent where they are silent, plausible elsewhere."""

from collections import Counter
from datetime import date
from statistics import median

import pytest

from zhuanban.kernel.codes import parse_industry_code, parse_project_code, parse_uscc
from zhuanban.site.demo import city as maker
from zhuanban.site.demo.real import real_projects
from zhuanban.site.demo.shapes import LEAST

STATED = {
    "audi_faw_nev": {
        "planned_investment",
        "start_actual",
        "production_planned",
        "warm_enclosed",
        "jobs_planned",
        "industry_code",
        "sector",
        "continuity",
    },
    "byd_battery": {"industry_code", "sector", "content_and_scale"},
    "rail_phase3": {"winter_building"},
    "gensci_park": {"aliases", "production_planned", "content_and_scale"},
    "linglong_tyre": {"content_and_scale"},
    "hongqi_fanrong": {"content_and_scale"},
    "fuwei_park": set(),
    "fuwei_rd": set(),
    "fuwei_adient": set(),
}
"""What the articles state of each named project beyond its name; the stage is our reading and given as such."""


@pytest.fixture(scope="module")
def block():
    return next(maker.blocks(maker.generate(maker.facts())))


@pytest.fixture(scope="module")
def listed(block):
    return [draft for draft in block.drafts if "city-2022" in draft.lists]


@pytest.fixture(scope="module")
def invented(listed):
    return [draft for draft in listed if draft.synthetic]


def test_the_same_seed_makes_the_same_city(block):
    again = next(maker.blocks(maker.generate(maker.facts())))
    assert again == block


def test_another_seed_makes_another_city_with_the_same_totals(listed):
    other = next(maker.blocks(maker.generate(maker.facts(), seed=1))).drafts
    others = [draft for draft in other if "city-2022" in draft.lists]
    assert [draft.values["name"] for draft in others] != [draft.values["name"] for draft in listed]
    assert (len(others), sum(draft.values["planned_investment"] for draft in others)) == (1309, 1_180_000_000_000)


def test_the_printed_totals_are_exact(block, listed):
    assert len(listed) == 1309
    assert all(draft.values["planned_investment"] >= LEAST for draft in listed)
    assert sum(draft.values["planned_investment"] for draft in listed) == 1_180_000_000_000
    assert sum("winter_advance" in draft.tags for draft in block.drafts) == 107
    assert sum(work["kind"] == "rail_line" and work["state"] == "building" for draft in block.drafts for work in draft.works) == 6
    assert 900 <= sum(draft.values["stage"] == "reserve" for draft in block.drafts) < 1000


def test_the_start_and_resumption_rate_holds_by_date(listed):
    def share(day, drafts):
        begun = [
            draft.values.get("resumed_on" if draft.values["continuity"] == "continued" else "start_actual") or "9999" for draft in drafts
        ]
        return 100 * sum(on <= day for on in begun) / len(drafts)

    assert share("2022-06-30", listed) >= 90
    assert share("2022-09-30", [draft for draft in listed if draft.values["continuity"] == "continued"]) == 100


def test_the_signings_of_autumn_and_winter_are_counted_by_area(block):
    signed = Counter(draft.area for draft in block.drafts if draft.values["stage"] == "signed" and draft.synthetic)
    assert signed == {"220113": 15, "220183": 19, "220122": 25}


def test_named_projects_say_no_more_than_the_articles():
    _firms, drafts = real_projects(maker.facts())
    said_of_all = {"name", "stage", "stage_since"}
    for draft in drafts:
        said = {name for name, value in draft.values.items() if value not in (None, "", False)}
        assert said - said_of_all == STATED[draft.fact], draft.fact
        assert not draft.synthetic
        assert (draft.months, draft.plans, draft.funds, draft.contractor, draft.theme) == ([], {}, [], None, None)


def test_the_vehicle_plant_carries_what_the_articles_state():
    plant = real_projects(maker.facts())[1][0]
    assert plant.values["planned_investment"] == 35_800_000_000
    assert (plant.values["start_actual"], plant.values["production_planned"], plant.area) == ("2022-06-28", "2024-12", "220174")
    assert plant.capacities == [("新能源汽车", 150_000, "辆/年")]
    assert [name for name, _platform in plant.products] == ["A6 e-tron", "Q6 e-tron", "（第三款，报道未列名）"]
    assert {kind for kind, _number, _day, _note in plant.proofs} == {"land", "planning", "construction_permit"}
    assert all(not number and day is None for _kind, number, day, _note in plant.proofs)


def test_named_firms_have_no_made_up_credit_code_and_invented_ones_a_valid_one(block):
    city = maker.generate(maker.facts())
    firms = [*city.agencies, *block.firms]
    assert all(firm.uscc is None for firm in firms if not firm.synthetic)
    codes = [parse_uscc(firm.uscc) for firm in firms if firm.synthetic]
    assert len({str(code) for code in codes}) == len(codes)
    assert all(code.organisation_code.startswith(maker.RESERVED) for code in codes)


def test_codes_and_references_are_unique_and_of_the_right_form(block):
    codes = [draft.values["project_code"] for draft in block.drafts if draft.values.get("project_code")]
    assert len(set(codes)) == len(codes) > 1500
    assert all(parse_project_code(code).form == "new" for code in codes[::50])
    assert len({draft.ref for draft in block.drafts}) == len(block.drafts)
    assert all(parse_industry_code(draft.values["industry_code"]) for draft in block.drafts if draft.values["industry_code"])
    assert any(draft.synthetic and not draft.values.get("project_code") for draft in block.drafts)


def test_sizes_have_a_heavy_tail_that_ends_below_the_vehicle_plant(invented):
    amounts = sorted((draft.values["planned_investment"] for draft in invented), reverse=True)
    assert amounts[0] < 35_800_000_000
    assert sum(amounts[: len(amounts) // 10]) > 0.4 * sum(amounts)
    assert median(amounts) < sum(amounts) / len(amounts) / 2
    assert amounts[-1] == LEAST
    assert all(amount % 100_000 == 0 for amount in amounts)


def test_every_area_and_sector_and_industry_has_projects(invented):
    assert len({draft.area for draft in invented}) == 15
    assert len({draft.values["sector"] for draft in invented}) == 8
    assert {draft.industry for draft in invented} - {None} == {each["ref"] for each in maker.facts()["leading_industries"]}
    assert all(count > 30 for count in Counter(draft.area for draft in invented).values())


def test_winter_months_are_lean_and_summer_months_rich(invented):
    by_month = Counter()
    for draft in invented:
        for month, amount, _source in draft.months:
            by_month[month] += amount
    assert by_month[date(2022, 8, 1)] > 10 * by_month[date(2022, 1, 1)]
    assert by_month[date(2022, 9, 1)] > 4 * by_month[date(2022, 12, 1)]


def test_no_project_spends_before_its_start_or_much_more_than_planned(invented):
    for draft in invented:
        start = draft.values.get("start_actual", "9999")
        assert all(source or month.isoformat()[:7] >= start[:7] for month, _amount, source in draft.months)
        assert draft.invested <= draft.values["planned_investment"] * 1.03


def test_every_past_is_in_order_and_leads_to_the_present(block):
    for draft in block.drafts:
        instants = [move.at for move in draft.history]
        assert draft.history[0].verb == "portfolio.register"
        assert instants == sorted(set(instants))
        assert instants[-1].date() <= date(2023, 2, 10)
        stage = draft.history[0].said["stage"]
        for move in draft.history:
            if "stage" in move.changes:
                assert move.changes["stage"][0] == stage
                stage = move.changes["stage"][1]
        assert stage == draft.values["stage"]


def test_what_stands_still_or_ended_tells_why(block):
    for draft in block.drafts:
        if draft.values["stage"] in {"suspended", "cancelled"}:
            assert draft.values["end_reason"]


def test_near_duplicates_share_an_owner_and_are_named_as_pairs():
    city = maker.generate(maker.facts())
    drafts = {draft.ref: draft for draft in next(maker.blocks(city)).drafts}
    assert len(city.pairs) == 6
    for one, other, _score, _why in city.pairs:
        assert drafts[one].owner == drafts[other].owner
        assert drafts[one].values["name"] != drafts[other].values["name"]


def test_a_larger_city_adds_blocks_of_the_same_kind_and_no_more_real_projects():
    first, second = maker.blocks(maker.generate(maker.facts(), scale=2))
    assert len(second.drafts) == 1309
    assert all(draft.synthetic and len(draft.history) <= 2 for draft in second.drafts)
    assert not {draft.ref for draft in first.drafts} & {draft.ref for draft in second.drafts}
    assert not {firm.uscc for firm in first.firms if firm.uscc} & {firm.uscc for firm in second.firms}


def test_every_figure_of_the_facts_carries_the_words_of_its_article():
    figures = maker.facts()["figures"]
    assert list(figures) == [f"F{number}" for number in range(1, 67)]
    assert all(figure["words"] and figure["article"] in maker.facts()["articles"] for figure in figures.values())
