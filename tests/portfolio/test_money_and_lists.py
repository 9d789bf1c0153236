"""Monthly investment, locks and corrections, funds, lists, tags, contests, merging, values as they stood."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from zhuanban.domains.portfolio import actions, figures, queries
from zhuanban.domains.portfolio.models import Contest, InvestmentEntry, MergeProposal, Project, ProjectList, Tag
from zhuanban.kernel.actions import submit
from zhuanban.kernel.errors import BadInput, NotYours, Refused
from zhuanban.kernel.figures import Scope

JANUARY = date(2023, 1, 1)


@pytest.fixture
def city_list(areas):
    return ProjectList.objects.create(name="2023年市级清单", level="city", year=2023, area=areas["220100"], threshold=50_000_000)


def test_a_reported_month_is_corrected_by_a_further_row(project, dispatcher):
    subject = project()
    actions.report_investment(subject, by=dispatcher, month="2023-01", amount=Decimal("1000"))
    with pytest.raises(Refused, match="写明理由"):
        actions.report_investment(subject, by=dispatcher, month="2023-01", amount=Decimal("900"))
    actions.report_investment(subject, by=dispatcher, month="2023-01", amount=Decimal("900"), reason="发票退回")
    assert queries.invested_in(subject, JANUARY) == 900
    assert list(InvestmentEntry.objects.order_by("pk").values_list("amount", flat=True)) == [1000, -100]


def test_a_locked_month_takes_only_corrections_with_a_reason(project, dispatcher, areas):
    subject = project(area="220106")
    actions.lock_month(areas["220106"], by=dispatcher, month="2023-01")
    with pytest.raises(Refused, match="已锁定"):
        actions.report_investment(subject, by=dispatcher, month="2023-01", amount=1)
    actions.report_investment(subject, by=dispatcher, month="2023-01", amount=1, reason="迟报")
    assert InvestmentEntry.objects.get().reason == "迟报"
    with pytest.raises(Refused, match="已经锁定"):
        actions.lock_month(areas["220106"], by=dispatcher, month="2023-01")


def test_the_running_month_is_not_locked(dispatcher, areas):
    with pytest.raises(Refused, match="没有结束"):
        actions.lock_month(areas["220106"], by=dispatcher, month="2023-02")


def test_a_month_without_an_entry_is_unknown_not_zero(project, dispatcher):
    reported, silent = project(), project()
    actions.report_investment(reported, by=dispatcher, month="2023-01", amount=Decimal(0))
    assert queries.invested([reported.pk, silent.pk], JANUARY, JANUARY) == {reported.pk: 0}


def test_a_project_joins_and_leaves_a_list_with_a_reason(project, dispatcher, city_list):
    subject = project(planned_investment=50_000_000)
    actions.join_list(subject, by=dispatcher, list=city_list)
    assert queries.listed(Project.objects.all(), 2023).get() == subject, "the threshold counts itself"
    with pytest.raises(Refused, match="已在"):
        actions.join_list(subject, by=dispatcher, list=city_list)
    actions.leave_list(subject, by=dispatcher, list=city_list, reason="投资下调")
    assert not queries.listed(Project.objects.all(), 2023).exists()
    assert subject.memberships.get().reason == "投资下调"


@pytest.mark.parametrize(("money", "counted"), [(49_999_999, False), (50_000_000, True), (None, False)])
def test_the_threshold_is_inclusive_and_unknown_is_not_over_it(project, dispatcher, city_list, money, counted):
    actions.join_list(project(planned_investment=money), by=dispatcher, list=city_list)
    assert queries.listed(Project.objects.all(), 2023).exists() is counted


def test_a_tag_is_carried_once(project, dispatcher):
    subject, word = project(), Tag.objects.create(key="winter_advance", name="冬季加速推进", season="2022/23")
    actions.tag(subject, by=dispatcher, tag=word)
    with pytest.raises(Refused):
        actions.tag(subject, by=dispatcher, tag=word)
    assert figures.winter_advance(Scope(date(2023, 2, 10))).value == 1
    actions.untag(subject, by=dispatcher, tag=word)
    assert figures.winter_advance(Scope(date(2023, 2, 10))).value == 0


def test_a_contested_number_shows_both_values_until_it_is_decided(project, dispatcher, person, organisation):
    firm = organisation()
    owner = person("owner", organisation=firm)
    subject = project(owner_org=firm, planned_investment=Decimal(100_000_000))
    submit(
        "portfolio.contest",
        owner,
        subject.pk,
        {"field": "planned_investment", "claimed": "1.2亿元", "reason": "备案变更", "evidence": "长发改备〔2023〕5号"},
        version=None,
    )
    row = Contest.objects.get()
    assert (row.stated, row.claimed) == ("100000000.00", "120000000.00")
    assert row.deadline.due_on == date(2023, 2, 17) and row.deadline.working_days == 5
    with pytest.raises(NotYours):
        actions.decide_contest(row, by=owner, decision="upheld", answer="自己同意")
    actions.decide_contest(row, by=dispatcher, decision="upheld", answer="属实")
    subject.refresh_from_db()
    row.deadline.refresh_from_db()
    assert subject.planned_investment == 120_000_000 and row.deadline.state == "settled"
    with pytest.raises(Refused, match="已有结论"):
        actions.decide_contest(row, by=dispatcher, decision="dismissed", answer="再议")


def test_a_contested_value_must_be_readable(project, dispatcher):
    with pytest.raises(BadInput):
        submit(
            "portfolio.contest",
            dispatcher,
            project().pk,
            {"field": "planned_investment", "claimed": "很多", "reason": "x", "evidence": "y"},
            version=None,
        )


def test_values_as_they_stood_on_a_day(project, dispatcher, move_day):
    subject = project("一期厂房", planned_investment=Decimal(100_000_000))
    move_day(date(2023, 2, 15))
    actions.revise(subject, by=dispatcher, planned_investment=Decimal(200_000_000))
    move_day(date(2023, 2, 20))
    actions.revise(subject, by=dispatcher, name="一期联合厂房")
    then = queries.as_at(subject, date(2023, 2, 14))
    assert (Decimal(then["planned_investment"]), then["name"]) == (100_000_000, "一期厂房")
    between = queries.as_at(subject, date(2023, 2, 17))
    assert (Decimal(between["planned_investment"]), between["name"]) == (200_000_000, "一期厂房")


def test_likely_twins_are_proposed_and_never_merged_by_themselves(project, organisation):
    firm = organisation()
    project("合成光电产业园一期", owner_org=firm)
    project("合成光电产业园项目（二期）", owner_org=firm)
    project("完全不同的水厂")
    assert queries.propose_merges(Project.objects.all()) == 1
    assert queries.propose_merges(Project.objects.all()) == 0, "a known pair is not proposed again"
    assert MergeProposal.objects.get().state == "open" and Project.objects.count() == 3


def test_a_merge_keeps_what_both_knew(project, dispatcher, organisation, city_list):
    kept = project("合成医药园", planned_investment=Decimal(10**8))
    gone = project(
        "合成医药产业园", planned_investment=Decimal(2 * 10**8), content_and_scale="原料药", project_code="2211-220106-04-01-123456"
    )
    actions.report_investment(gone, by=dispatcher, month="2023-01", amount=5)
    actions.join_list(gone, by=dispatcher, list=city_list)
    pair = MergeProposal.objects.create(
        project=kept, other=gone, score=0.9, why="名称相近", created_at=kept.created_at, updated_at=kept.created_at
    )
    preview = queries.merge_preview(pair)
    assert preview["moving"] == {"投资填报": 1, "清单": 1}
    actions.merge(pair, by=dispatcher)
    kept.refresh_from_db()
    assert (kept.planned_investment, kept.content_and_scale, kept.project_code, kept.aliases) == (
        10**8,
        "原料药",
        "2211-220106-04-01-123456",
        "合成医药产业园",
    )
    assert queries.invested_in(kept, JANUARY) == 5 and list(Project.objects.all()) == [kept]
    assert Project.all_rows.get(pk=gone.pk).merged_into_id == kept.pk


def test_a_code_belongs_to_one_project_and_may_be_absent(project, dispatcher, areas):
    project(project_code="2211-220106-04-01-123456")
    project(), project()
    with pytest.raises(BadInput, match="已用于"):
        submit("portfolio.register", dispatcher, "220106", {"name": "同码", "project_code": "2211-220106-04-01-123456 "}, version=None)


def test_dates_in_the_wrong_order_name_the_field(dispatcher, areas):
    with pytest.raises(BadInput) as wrong:
        submit(
            "portfolio.register",
            dispatcher,
            "220106",
            {"name": "倒着来", "start_planned": "2023-06", "finish_planned": "2022年"},
            version=None,
        )
    assert "finish_planned" in wrong.value.fields


def test_a_field_changed_in_place_leaves_the_others(project, dispatcher):
    subject = project(planned_investment=Decimal(10**8), start_planned=None)
    submit("portfolio.revise", dispatcher, subject.pk, {"start_planned": "2023年6月"}, version=subject.version)
    subject.refresh_from_db()
    assert (str(subject.start_planned), subject.planned_investment) == ("2023-06", 10**8)


def test_funds_planned_and_in_place_are_two_amounts(project, dispatcher):
    subject = project()
    actions.set_fund(subject, by=dispatcher, fund_source="own", planned=Decimal(100), in_place=None)
    fund = subject.funds.get()
    assert (fund.planned, fund.in_place) == (100, None)
    actions.set_fund(subject, by=dispatcher, fund_source="own", planned=Decimal(100), in_place=Decimal(40))
    assert subject.funds.get().in_place == 40


@pytest.mark.parametrize(("resumed", "expected"), [("2023-02-10", 100), ("2023-02-11", 50), (None, 50)])
def test_the_start_and_resumption_rate_counts_both_parts(project, dispatcher, city_list, resumed, expected):
    from zhuanban.kernel.columns import from_iso

    new = project(planned_investment=10**8, stage="under_construction", continuity="new_start", start_actual=from_iso("2023-01"))
    old = project(planned_investment=10**8, stage="under_construction", continuity="continued", resumed_on=from_iso(resumed))
    for subject in (new, old):
        actions.join_list(subject, by=dispatcher, list=city_list)
    assert figures.start_resume_rate(Scope(date(2023, 2, 10))).value == expected


def test_a_rate_over_nothing_is_unknown(seeds):
    assert figures.start_resume_rate(Scope(date(2023, 2, 10))).value is None


def test_asked_of_the_whole_city_a_new_project_names_its_area(dispatcher, person, areas):
    with pytest.raises(BadInput, match="必填"):
        submit("portfolio.register", dispatcher, "220100", {"name": "无属地"}, version=None)
    made = submit("portfolio.register", dispatcher, "220100", {"name": "落在农安", "into": "220122"}, version=None)
    assert Project.objects.get(pk=made["id"]).area_id == "220122"
    with pytest.raises(BadInput, match="into"):
        submit("portfolio.register", person("centre_dispatcher", area="220106"), "220106", {"name": "越界", "into": "220122"}, version=None)


def test_a_year_has_one_target_and_one_list_of_a_level(dispatcher, areas):
    city = areas["220100"]
    submit(
        "portfolio.set_target",
        dispatcher,
        "220100",
        {"year": "2023", "what": "projects", "value": "1400", "source": "市政府工作报告"},
        version=None,
    )
    submit(
        "portfolio.set_target",
        dispatcher,
        "220100",
        {"year": "2023", "what": "investment", "value": "1300亿元", "source": "市政府工作报告"},
        version=None,
    )
    assert dict(city.targets.values_list("what", "value")) == {"projects": 1400, "investment": Decimal("130000000000")}
    actions.open_list(city, by=dispatcher, name="2023年清单", level="city", year=2023)
    with pytest.raises(Refused, match="已经有了"):
        actions.open_list(city, by=dispatcher, name="再来一份", level="city", year=2023)


def test_what_a_project_will_make_is_on_record(project, dispatcher):
    subject = project()
    actions.add_capacity(subject, by=dispatcher, name="整车", value=Decimal(150000), unit="辆/年")
    actions.add_product(subject, by=dispatcher, name="合成甲型")
    with pytest.raises(Refused, match="已经登记"):
        actions.add_product(subject, by=dispatcher, name="合成甲型")
    actions.add_work(subject, by=dispatcher, name="总装车间", kind="workshop", state="waiting")
    work = subject.works.get()
    actions.update_work(work, by=dispatcher, state="building", describes="地面浇筑")
    assert (subject.capacities.get().value, work.state) == (150000, "building")
