"""What-if over everybody: counts and money before and after, who gains and loses, when the budget is gone, and a snapshot never half there."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import claiming
import numpy as np
import pytest
from django.urls import reverse

from zhuanban.domains.policies.actions import payruns, scenarios
from zhuanban.domains.policies.jobs.claims import match_all, rebuild_snapshot
from zhuanban.domains.policies.models import PolicyClaim, Scenario
from zhuanban.domains.policies.queries import simulation, snapshots
from zhuanban.engines.eligibility import simulate
from zhuanban.kernel import clock
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Job

DAY = date(2023, 2, 10)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    simulation.forget()


@pytest.fixture
def office(organisation):
    return organisation("政策科", "government")


@pytest.fixture
def keeper(person, office):
    return person("policy_owner", organisation=office)


@pytest.fixture
def policy(office):
    return claiming.policy(office)


@pytest.fixture
def everybody(organisation):
    """Research costs of 0.5, 1, 2, 4, 8 million, and one that is not known."""
    areas = ("220106", "220106", "220102", "220102", "220106", "220106")
    costs = (500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000, None)
    sizes = ("小型", "小型", "中型", "大型", None, "小型")
    return [
        claiming.enterprise(organisation(area=area), research=cost, size=size, industry="C3670")
        for area, cost, size in zip(areas, costs, sizes, strict=True)
    ]


@pytest.fixture
def snapshot(everybody):
    snapshots.build()
    return snapshots.current()


def test_another_cap_and_threshold_tell_who_gains_and_who_loses(snapshot, policy):
    found = simulation.what_if(snapshot, policy, DAY, {"least": "150万", "cap": "60万"})
    one = found.difference
    assert (one.eligible, one.money) == ((4, 3), (100_000 + 200_000 + 400_000 + 500_000, 200_000 + 400_000 + 600_000))
    assert one.unknown == (1, 1), "unknown stays unknown"
    assert (len(one.winners), len(one.losers)) == (1, 1)
    told = {(name, group.key): (group.winners, group.losers, group.net) for name, groups in found.groups.items() for group in groups}
    assert told["size", "小型"] == (0, 1, -100_000) and told["size", "?"] == (1, 0, 100_000)
    assert told["area", "220106"] == (1, 1, 0) and told["sector", "C"] == (1, 1, 0)
    assert sum(now for _low, _high, now, _then in found.classes) == 4 and sum(then for *_rest, then in found.classes) == 3


def test_without_a_change_nothing_changes(snapshot, policy):
    found = simulation.what_if(snapshot, policy, DAY, {})
    assert found.difference.eligible == (4, 4) and not len(found.difference.rows) and found.groups == {}


def test_only_what_changed_is_worked_out_again(snapshot, policy, monkeypatch):
    simulation.what_if(snapshot, policy, DAY, {})
    worked = []
    original = simulate._all_blocks
    monkeypatch.setattr(simulate, "_all_blocks", lambda rest, *others: worked.append(len(rest)) or original(rest, *others))
    simulation.what_if(snapshot, policy, DAY, {"cap": "60万"})
    assert worked == [], "a cap alone changes amounts of rows that are known"
    simulation.what_if(snapshot, policy, DAY, {"least": "150万"})
    assert worked == [1]


def test_the_day_is_told_on_which_the_budget_is_gone(snapshot, policy):
    plenty = simulation.what_if(snapshot, policy, DAY, {}, budget=2_000_000)
    scarce = simulation.what_if(snapshot, policy, DAY, {"rate": "20%"}, budget=600_000)
    assert plenty.spent == (None, None)
    assert scarce.spent[1] is not None and DAY <= scarce.spent[1] <= date(2023, 12, 31)
    assert scarce.spent[1] <= (scarce.spent[0] or date.max) and scarce.unmet[1] >= 1


def test_a_change_that_cannot_be_is_told_in_words(snapshot, policy):
    for changes in ({"least": "许多"}, {"nothing": "1"}):
        with pytest.raises(simulation.WrongChange):
            simulation.what_if(snapshot, policy, DAY, changes)


def test_sliders_know_the_unit_of_their_parameter(policy):
    params = {param.name: param for param in simulation.params_of(simulation.version_of(policy, DAY), {"cap": "80万"})}
    assert (params["rate"].value, params["rate"].unit) == (10, "%")
    assert (params["least"].value, params["least"].unit, params["least"].changed) == (100, "万", False)
    assert (params["cap"].value, params["cap"].changed, params["cap"].now) == (80, True, "50万")


def test_a_new_snapshot_takes_the_old_ones_place_in_one_step(snapshot, everybody):
    mapped = snapshot.columns.columns["research"].data
    claiming.state(everybody[0], research=5_000_000)
    stamp = snapshots.build(day=DAY)
    assert snapshots.current().stamp == stamp != snapshot.stamp
    assert isinstance(mapped, np.memmap) and int(mapped[0]) == 500_000, "who still reads the old one reads it whole"
    assert int(snapshots.current().columns.columns["research"].data[0]) == 5_000_000
    snapshots.build(day=DAY)
    standing = [path.name for path in snapshots.home().iterdir() if path.is_dir()]
    assert len(standing) == snapshots.KEPT and not any("making" in name for name in standing)


def test_a_build_that_dies_leaves_the_old_one_in_use(snapshot, monkeypatch):
    monkeypatch.setattr(snapshots.np, "save", lambda *args: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        snapshots.build()
    assert snapshots.current().stamp == snapshot.stamp


def test_the_job_builds_tells_progress_and_works_entitlements_out(everybody, policy, monkeypatch):
    told = []
    monkeypatch.setattr("zhuanban.domains.policies.jobs.claims.progress", lambda done, total, words="": told.append((done, total)))
    answer = rebuild_snapshot.call()
    assert answer["entitlements"] == 4 and told[:2] == [(0, 6), (6, 6)]


def test_the_nightly_match_opens_what_nobody_has_to_ask_for(snapshot, office):
    claiming.policy(office, "no_application")
    assert match_all.call() == 1
    assert PolicyClaim.objects.filter(state="matched").count() == 4


def test_a_scenario_keeps_what_was_found(snapshot, policy, keeper):
    row = scenarios.save_scenario(policy, by=keeper, title="上限60万", changes={"cap": "60万"}, as_of=DAY, budget=Decimal(10**6))
    assert row.result["money"] == [1_200_000, 1_300_000] and row.snapshot == snapshot.stamp
    with pytest.raises(Refused, match="已有名为"):
        scenarios.save_scenario(policy, by=keeper, title="上限60万", changes={}, as_of=DAY)
    with pytest.raises(Refused, match="不能这样改"):
        scenarios.save_scenario(policy, by=keeper, title="错", changes={"cap": "高"}, as_of=DAY)
    scenarios.drop_scenario(row, by=keeper)
    assert not Scenario.objects.filter(deleted_at=None).exists()


def test_a_scenario_is_for_the_policys_own_offices(snapshot, policy, keeper, person, organisation):
    scenarios.save_scenario(policy, by=keeper, title="密", changes={}, as_of=DAY)
    outsiders = (person("enterprise_admin", organisation=organisation()), person("policy_owner", organisation=organisation()), person())
    assert [Scenario.objects.visible_to(user).count() for user in (keeper, *outsiders)] == [1, 0, 0, 0]


def test_the_page_answers_whole_and_by_htmx_and_only_to_the_offices(
    snapshot, policy, keeper, person, organisation, sign_in, django_assert_max_num_queries
):
    address = reverse("policies:simulation", args=[policy.pk])
    browser = sign_in(keeper)
    browser.get(address)
    with django_assert_max_num_queries(45):
        page = browser.get(address)
    assert page.status_code == 200 and 'type="range"' in page.content.decode()
    part = browser.get(f"{address}?p_cap=60&p_least=100&p_rate=10&on=2023-02-10", headers={"HX-Request": "true"}).content.decode()
    assert "50万 → 60万" in part and "<html" not in part and "1 户增加" in part
    for query in (
        "?p_cap=x",
        "?p_cap=-1",
        "?t_cap=%00",
        "?on=nonsense",
        "?budget=zz",
        "?budget=-5",
        "?scenario=9999999999999999999",
        "?p_cap=1e400",
    ):
        assert browser.get(address + query).status_code in {200, 400}, query
    for user in (person("enterprise_admin", organisation=organisation()), person("policy_owner", organisation=organisation()), person()):
        assert sign_in(user).get(address).status_code == 404
        assert sign_in(user).post(reverse("policies:rebuild_snapshot")).status_code in {302, 404}


def test_without_a_snapshot_the_page_says_so(policy, keeper, sign_in):
    assert "还没有事实快照" in sign_in(keeper).get(reverse("policies:simulation", args=[policy.pk])).content.decode()


@pytest.mark.parametrize(
    ("done", "total", "words", "told"),
    [
        (0, 0, "", "正在汇集各户企业的数据"),
        (0, 1309, "", "0 / 1,309 户"),
        (500, 1309, "", "500 / 1,309 户"),
        (3, 79, "研发补助", "正在逐项测算应享：3 / 79 项（研发补助）"),
    ],
)
def test_a_snapshot_in_the_making_is_told_in_words(policy, keeper, sign_in, done, total, words, told):
    browser = sign_in(keeper)
    browser.post(reverse("policies:rebuild_snapshot"))
    Job.objects.update(status="RUNNING", lease_until=clock.now(), done=done, total=total, words=words)
    for address in (reverse("policies:simulation", args=[policy.pk]), reverse("policies:snapshot")):
        page = browser.get(address).content.decode()
        assert told in page and "0 / 0" not in page
        assert "也可以现在生成" not in page and "重新生成快照" not in page


def test_a_snapshot_that_failed_says_why_and_can_be_asked_for_again(policy, keeper, sign_in):
    browser = sign_in(keeper)
    browser.post(reverse("policies:rebuild_snapshot"))
    Job.objects.update(status="FAILED", reason="磁盘满")
    page = browser.get(reverse("policies:snapshot")).content.decode()
    assert "快照没有生成：磁盘满" in page and "重新生成快照" in page and "every 2s" not in page


def test_the_budget_line_of_the_year_is_the_budget(snapshot, policy, keeper, organisation):
    line = payruns.propose_budget(
        policy, by=keeper, payer=organisation("财政局", "government"), year=2023, amount=Decimal(300_000), rule="first_come"
    )
    type(line).objects.update(state="approved")
    assert simulation.what_if(snapshot, policy, DAY, {}).budget == 300_000
