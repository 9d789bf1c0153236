"""`zhuanban policies`: a book and facts from files, answers on standard output, mistakes with their place."""

import json

import pytest

from zhuanban.site import cli

BOOK = """
facts:
  - {name: revenue, zh: 营业收入, type: money}
  - {name: industry, zh: 行业代码, type: industry}
policies:
  - id: A01
    title: 技改补助
    category: 投资
    department: 工信局
    versions:
      - version: 1
        valid: [2022-01-01, null]
        params: {cap: 5万}
        when: [{text: 制造业, if: "prefix(行业代码, 'C')"}]
        amount: min(营业收入 * 1%, $cap)
        golden:
          - {name: 是, facts: {行业代码: C36, 营业收入: 100万}, expect: {status: eligible, amount: 1万}}
          - {name: 否, facts: {行业代码: F51}, expect: {status: not}}
  - id: A02
    title: 稳岗
    category: 就业
    department: 人社局
    versions:
      - {version: 1, valid: [2022-01-01, null], when: [{if: 营业收入 > 0}], amount: 2万}
stacking:
  - {kind: same_matter, policies: [A01, A02], words: 就高不重复}
"""
FACTS = "编号,营业收入,行业代码\nE1,2000万,C36\nE2,,C1\nE3,1,\n"


@pytest.fixture
def files(tmp_path):
    book, facts = tmp_path / "book.yaml", tmp_path / "facts.csv"
    book.write_text(BOOK, encoding="utf-8")
    facts.write_text(FACTS, encoding="gb18030")
    return book, facts


def run(capsys, *arguments):
    code = cli.main(["policies", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_every_row_is_answered_for_every_policy(files, capsys):
    code, out, _err = run(capsys, "answer", *files, "--at", "2023-02-10", "--json", "--payable")
    told = json.loads(out)
    assert code == 0
    assert [(row["编号"], each["policy"], each["status"], each["amount"], each["missing"]) for row in told for each in row["answers"]] == [
        ("E1", "A01", "eligible", 50_000, []),
        ("E1", "A02", "eligible", 20_000, []),
        ("E2", "A01", "eligible", None, ["营业收入"]),
        ("E2", "A02", "unknown", None, ["营业收入"]),
        ("E3", "A01", "unknown", None, ["行业代码"]),
        ("E3", "A02", "eligible", 20_000, []),
    ]
    assert [(each["policy"], each["paid"]) for each in told[0]["payable"]] == [("A01", 50_000), ("A02", 0)]


def test_the_table_is_for_people(files, capsys):
    _code, out, _err = run(capsys, "answer", *files, "--at", "2023-02-10")
    assert "E2\tA01\t符合\t金额待定\t缺：营业收入" in out


def test_check_lists_warnings_and_passes_without_errors(files, capsys):
    code, out, _err = run(capsys, "check", files[0])
    assert code == 0
    assert "A02 版本1：条件“营业收入 > 0”没有满足一侧的样例" in out


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ("编号,营业收人\nE1,1\n", "第 1 行：没有“营业收人”这个事实"),
        ("编号,营业收入,revenue\nE1,1,2\n", "有两列是同一个事实"),
        ("编号,营业收入\nE1,很多\n", "第 2 行：营业收入：“很多”不是金额"),
        ("编号,营业收入\nE1,1,3\n", "第 2 行：有 3 格，表头有 2 格"),
        ("", "是空的"),
    ],
)
def test_bad_facts_are_refused_with_line_and_column(files, capsys, facts, words):
    files[1].write_text(facts, encoding="utf-8")
    code, out, err = run(capsys, "answer", *files, "--at", "2023-02-10")
    assert (code, out) == (2, "")
    assert words in err


@pytest.mark.parametrize(("text", "words"), [("facts: [", "不是 YAML"), ("- 1", "顶层应是键和值"), ("facts: []", "没有政策")])
def test_a_book_that_is_none_is_refused(files, capsys, text, words):
    files[0].write_text(text, encoding="utf-8")
    code, _out, err = run(capsys, "check", files[0])
    assert code == 2
    assert words in err


def test_a_mistake_in_the_book_is_told_and_counts(files, capsys):
    files[0].write_text(BOOK.replace("营业收入 > 0", "营业收入 >> 0"), encoding="utf-8")
    code, out, _err = run(capsys, "check", files[0])
    assert code == 1
    assert "错误 A02 版本1 条件 1" in out


def test_a_missing_file_is_said(tmp_path, capsys):
    code, _out, err = run(capsys, "check", tmp_path / "none.yaml")
    assert code == 2
    assert "none.yaml" in err
