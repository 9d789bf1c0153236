"""An enterprise and its reward: what it can have, the one fact that was missing, a claim with one click, and the officer who verifies it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from entitled import policy as make_policy
from playwright.sync_api import expect
from screens import PHONE
from test_dispatcher import violations
from town import HERE, THERE

from zhuanban.domains.enterprises import actions as enterprise_actions
from zhuanban.domains.enterprises.models import FactKind
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.policies.actions import claims
from zhuanban.domains.policies.models import PolicyClaim, PolicyVersion
from zhuanban.domains.policies.queries import simulation, snapshots
from zhuanban.kernel import clock

pytestmark = pytest.mark.browser
on_a_phone = pytest.mark.parametrize("screen", [PHONE], ids=["phone"], indirect=True)
NAME, ACCOUNT = "研发投入补助", "6222020200012345678"
SINCE = date(2023, 1, 1)


@pytest.fixture(scope="module")
def reward(city):
    """A tenth of what a firm spends on research, at most half a million; a firm of good standing whose spending nobody knows."""
    firm = Organisation.objects.create(name="云雀仪器公司", kind="enterprise", area_id=HERE, search_text="云雀仪器公司")
    policy = make_policy(city, HERE, NAME, city.office, published_on=SINCE, category="innovation")
    at = clock.now()
    entry = {
        "params": {"least": "100万", "rate": "10%", "cap": "50万"},
        "when": [{"id": "a", "text": "上年研发费用达到标准", "if": "上年研发费用 >= $least"}],
        "amount": "min(上年研发费用 * $rate, $cap)",
    }
    PolicyVersion.objects.create(
        policy=policy, number=1, state="published", valid_from=SINCE, published_at=at, entry=entry, created_at=at, updated_at=at
    )
    file = enterprise_actions.open_file(firm, by=None)
    for name, value in {"dishonest": False, "accident": False, "status": "存续"}.items():
        enterprise_actions.tell_fact(file, by=None, kind=FactKind.objects.get(name=name), value=value)
    city.reward, city.boss = policy, city.person("enterprise_admin", organisation=firm)
    city.keeper = city.person("policy_owner", organisation=city.office)
    return file


def fits(page) -> bool:
    """Whether nothing reaches beyond the screen's right edge."""
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return wide <= screen


@on_a_phone
def test_a_firm_tells_one_fact_claims_with_one_click_and_the_officer_verifies(page, site, city, reward, enter, screen):
    enter(city.boss)
    main, dialog = page.get_by_role("main"), page.locator("#dialog")
    page.goto(f"{site}/policies/mine/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("我们能享受什么")
    able = main.locator("section", has=page.get_by_role("heading", name="现在就能享受"))
    expect(able).not_to_contain_text(NAME)
    expect(main.locator("section", has=page.get_by_role("heading", name="缺事实"))).to_contain_text(NAME)
    assert violations(page) == [] and fits(page)
    asked = main.locator(".ask-form", has_text="上年研发费用")
    asked.get_by_role("textbox").fill("300万元")
    with page.expect_navigation():
        asked.get_by_role("button", name="保存").click()
    item = able.locator(".having-line", has_text=NAME)
    expect(item).to_contain_text("30万元")
    item.get_by_role("button", name="申请兑现").click()
    expect(dialog).to_contain_text("享受年度")
    with page.expect_navigation():
        dialog.get_by_role("button", name="申请兑现").click()
    claim = PolicyClaim.objects.get(enterprise=reward)
    assert (claim.policy, claim.year, claim.state) == (city.reward, 2023, "draft")
    main.get_by_role("button", name="提交", exact=True).click()
    for label, text in (("户名", "云雀仪器公司"), ("开户行", "某某银行"), ("账号", ACCOUNT)):
        dialog.get_by_label(re.compile(f"^{label}")).fill(text)
    dialog.get_by_label(re.compile("^所填属实")).check()
    assert violations(page) == []
    with page.expect_navigation():
        dialog.get_by_role("button", name="提交", exact=True).click()
    expect(main).to_contain_text("已提交")
    assert fits(page)

    page.context.clear_cookies()
    enter(city.keeper)
    page.goto(f"{site}{claim.get_absolute_url()}")
    expect(main).not_to_contain_text(ACCOUNT[-4:])
    main.get_by_role("button", name="审核通过").click()
    with page.expect_navigation():
        dialog.get_by_role("button", name="审核通过").click()
    expect(main.locator("section", has=page.get_by_role("heading", name="凭什么"))).to_contain_text("上年研发费用达到标准")
    assert fits(page)
    claim.refresh_from_db()
    assert (claim.state, claim.asked, claim.verified_by) == ("reviewed", 300_000, city.keeper)


@on_a_phone
def test_another_firm_knows_nothing_of_the_claim(page, site, city, reward, enter, screen):
    enter(city.holder("enterprise_admin", there=True))
    for address in (f"/policies/for/{reward.pk}/", reward.get_absolute_url()):
        assert page.goto(f"{site}{address}").status == 404
    assert reward.area_id == HERE != THERE


@on_a_phone
def test_anybody_reads_the_public_notice_without_signing_in(page, site, city, reward, screen):
    days = {"notice_from": date(2023, 2, 8), "notice_to": date(2023, 2, 15)}
    claims.begin(reward, city.reward, 2022, "public_notice", by=None, asked=300_000, **days)
    page.goto(f"{site}/policies/notices/")
    row = page.get_by_role("row", name=re.compile("云雀仪器公司"))
    for words in (NAME, "30万元", "还有 3 个工作日"):
        expect(row).to_contain_text(words)
    assert fits(page) and violations(page) == []


@on_a_phone
def test_simulation_and_pay_run_fit_a_phone(page, site, city, reward, enter, screen, settings, tmp_path):
    """Sliders from edge to edge, tables as cards, nothing to push sideways."""
    settings.DATA_DIR = tmp_path
    simulation.forget()
    snapshots.build()
    enter(city.keeper)
    page.goto(f"{site}/policies/simulations/{city.reward.pk}/?t_cap=80万")
    expect(page.locator("#found")).to_contain_text("50万 → 80万")
    box = page.locator(".simulate").bounding_box()
    for slider in page.locator('[type="range"]').all():
        assert slider.bounding_box()["width"] >= box["width"] - 1
    assert fits(page) and violations(page) == []
    page.context.clear_cookies()
    enter(city.person("payer", organisation=city.firms[HERE][0]))
    page.goto(f"{site}{city.claimed[HERE].run.get_absolute_url()}")
    row = page.locator(".rows.as-cards tbody tr").first
    expect(row).to_be_visible()
    assert [cell for cell in row.locator("td").all() if not cell.get_attribute("data-label")] == []
    assert page.locator(".table-wrap").evaluate("each => each.scrollWidth <= each.clientWidth")
    assert fits(page) and violations(page) == []
