"""The editor: one tree in two views, checked while it is written, and the gate before it is published."""

from __future__ import annotations

from datetime import date

import claiming
import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from zhuanban.domains.policies import actions
from zhuanban.domains.policies import seeds as seed_files
from zhuanban.domains.policies.actions import library as verbs
from zhuanban.domains.policies.models import PolicyVersion
from zhuanban.domains.policies.queries import library
from zhuanban.domains.policies.rules import entry_text, wording
from zhuanban.engines.eligibility.schema import Schema
from zhuanban.kernel.errors import NotYours, Refused

SCHEMA = Schema.from_rows(seed_files.read(seed_files.FACTS)["facts"])
GOLDEN = "刚到 | 上年研发费用=200万 | 符合 40万\n差一元 | 上年研发费用=1999999 | 不符合"


@pytest.fixture
def office(organisation, seeds):
    return organisation("某惠企政策处", kind="government", area="220106")


@pytest.fixture
def author(person, office):
    return person("policy_owner", organisation=office)


@pytest.fixture
def second(person, office):
    return person("policy_owner", organisation=office)


@pytest.fixture
def policy(office):
    return claiming.policy(office)


@pytest.fixture
def draft(policy, author):
    return verbs.draft(policy, by=author, valid_from=date(2023, 4, 1))


def content(**changed):
    return {
        "valid_from": "2023-04-01", "when": "研发费用达到标准 | 上年研发费用 >= $least | 第三条", "params": "least = 200万\nrate = 20%\ncap = 100万",
        "amount": "min(上年研发费用 * $rate, $cap)", "golden": GOLDEN,
    } | changed  # fmt: skip


def write(browser, draft, **changed):
    rows = {"c0-text": "研发费用达到标准", "c0-if": "上年研发费用 >= $least", "c0-clause": "第三条", "view": "expression"}
    told = {name: value for name, value in content().items() if name != "when"}
    return browser.post(reverse("policies:version_save", args=[draft.pk]), told | rows | {"_version": draft.version} | changed)


@pytest.fixture
def written(draft, author, sign_in):
    assert write(sign_in(author), draft).status_code == 302
    return PolicyVersion.objects.get(pk=draft.pk)


# Two views of one tree ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["固定资产投资 >= 5000万", "高新技术企业", "非 严重失信", "prefix(行业代码, 'C', 'I65')", "has(产业链, '整车')", "企业规模 < '大型'", "企业规模 属于 ['微型', '小型']", "签约日期 >= 2022-01-01",
     "投产日期 = none", "开工日期 <= 基准日", "上年研发费用 >= $least", "产值增速 >= 10%"],
)  # fmt: skip
def test_a_row_of_the_table_and_the_expression_say_the_same(text):
    row = wording.row_of(text, SCHEMA)
    assert row is not None
    assert wording.text_of(row, SCHEMA) == text


@pytest.mark.parametrize("text", ["高新技术企业 或 科技型中小企业", "上年研发费用 / 上年营业收入 >= 3%", "add_years(成立日期, 3) > 基准日"])
def test_what_no_row_can_say_stays_an_expression(text):
    assert wording.row_of(text, SCHEMA) is None
    assert wording.canonical(text, SCHEMA) == text


def test_every_condition_of_the_library_survives_the_table():
    book = seed_files.read(seed_files.BOOK)
    for policy in book["policies"]:
        for version in policy["versions"]:
            for row in version["when"]:
                canonical = wording.canonical(row["if"], SCHEMA)
                told = wording.row_of(canonical, SCHEMA)
                assert told is None or wording.text_of(told, SCHEMA) == canonical, policy["id"]


def test_every_amount_of_the_library_survives_the_table():
    told = []
    for policy in seed_files.read(seed_files.BOOK)["policies"]:
        for version in policy["versions"]:
            text = wording.canonical(str(version["amount"]), SCHEMA)
            row = wording.amount_of(text, SCHEMA)
            told.append(row)
            assert row is None or wording.amount_text(row, SCHEMA) == text, policy["id"]
    assert {row.kind for row in told if row} == {"fixed", "share", "step", "marginal"}
    assert sum(row is None for row in told) < len(told) / 4


def test_the_table_of_an_amount_comes_back_as_its_expression(draft, author, sign_in):
    browser = sign_in(author)
    told = content() | {"a-kind": "step", "a-fact": "上年营业收入", "a-tiers": "2000万 20万\n1亿：50万", "a-cap": "", "a-value": ""}
    assert write(browser, draft, **told).status_code == 302
    assert PolicyVersion.objects.get(pk=draft.pk).entry["amount"] == "step(上年营业收入, 2000万:20万, 1亿:50万)"


def test_the_lines_of_an_entry_read_back_to_the_same():
    entry = {
        "params": {"rate": "8%"}, "when": [{"id": "c1", "text": "甲", "if": "高新技术企业", "clause": "第一条"}],
        "golden": [{"name": "乙", "facts": {"高新技术企业": "是", "产业链": "整车、零部件"}, "expect": {"status": "eligible", "amount": "24万"}},
                   {"name": "丙", "facts": {"高新技术企业": "否"}, "expect": {"status": "not"}}, {"name": "丁", "facts": {}, "expect": {"status": "unknown", "missing": ["高新技术企业"]}}],
    }  # fmt: skip
    assert entry_text.read_params(entry_text.params_text(entry)) == entry["params"]
    assert entry_text.read_when(entry_text.when_text(entry)) == entry["when"]
    assert entry_text.read_golden(entry_text.golden_text(entry), SCHEMA) == entry["golden"]


@pytest.mark.parametrize("line", ["只有名称", "甲 | 没有的事实=3 | 符合", "甲 | 从业人数=许多 | 符合", "甲 | 从业人数=3 | 也许"])
def test_a_golden_case_that_cannot_be_read_is_said(line):
    with pytest.raises(entry_text.BadLine):
        entry_text.read_golden(line, SCHEMA)


def test_switching_the_view_saves_nothing_and_loses_nothing(draft, author, sign_in):
    browser, before = sign_in(author), PolicyVersion.objects.get(pk=draft.pk).entry
    told = content() | {
        "c0-text": "规上",
        "c0-fact": "四上企业",
        "c0-op": "是",
        "c0-value": "",
        "c0-clause": "第九条",
        "view": "expression",
        "add": "1",
    }
    page = browser.post(reverse("policies:version_rows", args=[draft.pk]), told).content.decode()
    assert ">四上企业</textarea>" in page and "第九条" in page and 'name="c1-text"' in page
    assert PolicyVersion.objects.get(pk=draft.pk).entry == before


# While it is written --------------------------------------------------------------------------------------------------


def test_a_mistake_is_shown_with_its_place_and_a_word(draft, author, sign_in):
    told = content() | {"c0-text": "甲", "c0-if": "上年研发费 >= 200万", "c0-clause": ""}
    page = sign_in(author).post(reverse("policies:version_try", args=[draft.pk]), told).content.decode()
    assert "第 1 条" in page and "没有“上年研发费”这个事实" in page and "<mark>上年研发费</mark>" in page


def test_the_live_page_tries_cases_firms_and_everybody(draft, author, sign_in, organisation):
    for research in (5_000_000, 1_000_000, None):
        claiming.enterprise(organisation(area="220106"), **({"research": research} if research else {}))
    told = content() | {"c0-text": "研发费用达到标准", "c0-if": "上年研发费用 >= $least", "c0-clause": ""}
    page = sign_in(author).post(reverse("policies:version_try", args=[draft.pk]), told).content.decode()
    assert '<b class="num">1</b>' in page and "家缺事实" in page and "100万元" in page
    assert page.count("通过") == 2
    assert PolicyVersion.objects.get(pk=draft.pk).impact == {}


def test_a_draft_with_a_mistake_is_saved_and_held_by_the_gate(draft, author, sign_in):
    write(sign_in(author), draft, **{"c0-if": "没有这个 >= 3"})
    version = PolicyVersion.objects.get(pk=draft.pk)
    assert version.entry["when"][0]["if"] == "没有这个 >= 3"
    assert "检查没有通过" in verbs.cannot_submit(version)


def test_what_is_saved_is_canonical(draft, author, sign_in):
    write(sign_in(author), draft, **{"c0-if": "上年研发费用>=2000000"})
    assert PolicyVersion.objects.get(pk=draft.pk).entry["when"][0]["if"] == "上年研发费用 >= 200万"


def test_a_stale_page_does_not_overwrite(written, author, sign_in):
    assert write(sign_in(author), written, _version=written.version - 1).status_code == 409


def test_a_stranger_edits_nothing(written, sign_in, person, organisation):
    other = sign_in(person("policy_owner", organisation=organisation("别的单位", kind="government")))
    for view in ("version_save", "version_rows", "version_try"):
        assert other.post(reverse(f"policies:{view}", args=[written.pk]), content()).status_code == 404


# The gate -------------------------------------------------------------------------------------------------------------


def test_the_way_from_draft_to_published(written, author, second, organisation):
    claiming.enterprise(organisation(area="220106"), research=5_000_000)
    with pytest.raises(Refused, match="还没有测算"):
        verbs.submit(written, by=author)
    verbs.measure(written, by=author)
    assert (written.impact["eligible"], written.impact["total"]) == (1, "1000000")
    verbs.submit(written, by=author)
    with pytest.raises(NotYours, match="不能自己审定"):
        verbs.publish(written, by=author)
    verbs.publish(written, by=second)
    shown = PolicyVersion.objects.get(pk=written.pk)
    assert (shown.state, shown.author, shown.approver) == ("published", author, second)
    assert library.version_of(shown.policy, date(2023, 4, 1)).number == 2


def test_an_impact_of_other_content_does_not_count(written, author, sign_in):
    verbs.measure(written, by=author)
    write(
        sign_in(author), written, params="least = 200万\nrate = 20%\ncap = 90万", _version=PolicyVersion.objects.get(pk=written.pk).version
    )
    assert "还没有测算" in verbs.cannot_submit(PolicyVersion.objects.get(pk=written.pk))


@pytest.mark.parametrize(
    ("golden", "words"),
    [
        ("", "还没有样例"),
        ("刚到 | 上年研发费用=200万 | 符合 40万", "不满足一侧"),
        ("刚到 | 上年研发费用=200万 | 符合 41万\n差 | 上年研发费用=1 | 不符合", "没有通过"),
    ],
)
def test_golden_cases_must_hold_and_stand_on_both_sides(draft, author, sign_in, golden, words):
    write(sign_in(author), draft, golden=golden)
    assert words in verbs.cannot_submit(PolicyVersion.objects.get(pk=draft.pk))


def test_what_is_sent_back_comes_with_the_reason(written, author, second):
    verbs.measure(written, by=author)
    verbs.submit(written, by=author)
    verbs.send_back(written, by=second, reason="上限太高")
    assert (written.state, written.remark) == ("draft", "上限太高")
    assert author.notices.filter(text__contains="上限太高").exists()


@pytest.fixture
def published(written, author, second):
    verbs.measure(written, by=author)
    verbs.submit(written, by=author)
    verbs.publish(written, by=second)
    return PolicyVersion.objects.get(pk=written.pk)


def test_a_published_version_is_never_changed(published, author):
    for verb, told in ((verbs.write, {"valid_from": date(2023, 5, 1)}), (verbs.measure, {}), (verbs.submit, {}), (verbs.publish, {})):
        with pytest.raises((Refused, NotYours)):
            verb(published, by=author, **told)
    published.entry = {}
    with pytest.raises(TypeError):
        published.save(update_fields=["entry"])
    with pytest.raises(TypeError):
        published.delete()


def test_the_database_holds_four_eyes(written, author):
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.filter(pk=written.pk).update(approver=author, author=author)


def test_one_version_is_in_the_making_at_a_time(policy, draft, author):
    with pytest.raises(Refused, match="已有一个"):
        verbs.draft(policy, by=author, valid_from=date(2023, 5, 1))


def test_subscribers_hear_of_a_new_version(policy, written, author, second, person):
    from zhuanban.domains.policies.models import Subscription
    from zhuanban.kernel import clock

    reader = person("public", area="220100")
    Subscription.objects.create(policy=policy, user=reader, at=clock.now())
    verbs.measure(written, by=author)
    verbs.submit(written, by=author)
    verbs.publish(written, by=second)
    assert reader.notices.filter(text__contains="有新版本").exists()


def test_a_new_item_is_seen_inside_only(policy, author, sign_in, person, office):
    made = verbs.add_item(policy, by=author, name="新奖励", category="talent", lane="fast", document="某办法")
    assert made.key == "F01"
    assert sign_in(author).get(made.get_absolute_url()).status_code == 200
    assert sign_in(person("public", area="220100")).get(made.get_absolute_url()).status_code == 404


def test_an_item_is_not_withdrawn_from_the_past(policy, author, sign_in):
    browser = sign_in(author)
    sent = {"from_day": "2023-02-09", "reason": "到期", "_version": policy.version}
    assert browser.post(reverse("kernel:act", args=["policies.withdraw", policy.pk]), sent).status_code == 422
    assert browser.post(reverse("kernel:act", args=["policies.withdraw", policy.pk]), sent | {"from_day": "2023-03-01"}).status_code == 302


def test_the_verbs_are_registered():
    assert actions.library is verbs
