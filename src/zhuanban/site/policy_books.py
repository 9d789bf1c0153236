"""`zhuanban policies answer` and `check`: a policy book in YAML and facts in CSV, without a database."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from zhuanban.engines.eligibility import gate
from zhuanban.engines.eligibility.answers import ELIGIBLE, Answer, View
from zhuanban.engines.eligibility.book import Book, facts_from
from zhuanban.engines.eligibility.schema import BadFact, Schema, Value
from zhuanban.engines.eligibility.stacking import Payment, payable

KEYS = ("facts", "blocks", "policies", "stacking")
NAMING = frozenset({"id", "编号", "name", "名称", "企业名称", "统一社会信用代码", "uscc"})
"""Columns that say which enterprise a row is and that no condition reads."""
LARGEST = 64 * 1024 * 1024


class Unreadable(Exception):
    """A book or a file of facts that cannot be used; the text says where and why."""


def read_book(path: Path) -> Book:
    """A book from one YAML file, or from all of a folder; a file may hold a whole book or one policy.

    Raises Unreadable where a file is not YAML or not a book.
    """
    rows: dict[str, list[Any]] = {key: [] for key in KEYS}
    files = sorted([*path.glob("*.yaml"), *path.glob("*.yml")]) if path.is_dir() else [path]
    if not files:
        raise Unreadable(f"{path}：没有 YAML 文件")
    for file in files:
        for told in _documents(file):
            for key, value in ({"policies": [told]} if "versions" in told else told).items():
                if key in rows:
                    rows[key] += value if isinstance(value, list) else [value]
    if not rows["policies"]:
        raise Unreadable(f"{path}：没有政策（policies）")
    return Book.from_rows(rows)


def _documents(file: Path) -> Iterator[Mapping[str, Any]]:
    try:
        for told in yaml.safe_load_all(_text(file)):
            if not isinstance(told, Mapping):
                raise Unreadable(f"{file}：顶层应是键和值")
            yield told
    except yaml.YAMLError as error:
        raise Unreadable(f"{file}：不是 YAML：{error}") from error


def _text(file: Path) -> str:
    """The text of a file in UTF-8, with or without a mark, or GB18030."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Unreadable(f"{file}：{error.strerror}") from error
    if len(content) > LARGEST:
        raise Unreadable(f"{file}：太大（最多 {LARGEST // 1024 // 1024} MB）")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(f"{file}：文字编码不是 UTF-8 或 GB18030")


@dataclass(frozen=True)
class Row:
    """One enterprise of the file: its line, what names it, and its facts."""

    line: int
    naming: dict[str, str]
    facts: dict[str, Value]


def read_facts(path: Path, schema: Schema) -> list[Row]:
    """Rows of a CSV whose header has the facts' names in either language. Raises Unreadable naming line and column."""
    reader = csv.reader(io.StringIO(_text(path)))
    try:
        header = [name.strip() for name in next(reader)]
    except StopIteration:
        raise Unreadable(f"{path}：是空的") from None
    if strange := [name for name in header if name not in schema and name.lower() not in NAMING]:
        raise Unreadable(f"{path} 第 1 行：没有“{strange[0]}”这个事实")
    if len({schema.names.get(name, name) for name in header}) < len(header):
        raise Unreadable(f"{path} 第 1 行：有两列是同一个事实")
    return [_row(path, reader.line_num, header, cells, schema) for cells in reader if any(cell.strip() for cell in cells)]


def _row(path: Path, line: int, header: list[str], cells: list[str], schema: Schema) -> Row:
    if len(cells) != len(header):
        raise Unreadable(f"{path} 第 {line} 行：有 {len(cells)} 格，表头有 {len(header)} 格")
    told = dict(zip(header, cells, strict=True))
    try:
        facts = facts_from(schema, {name: cell for name, cell in told.items() if name in schema})
    except BadFact as error:
        raise Unreadable(f"{path} 第 {line} 行：{error}") from error
    return Row(line, {name: cell for name, cell in told.items() if name not in schema}, facts)


def answer(book: Book, rows: list[Row], at: date, *, with_payable: bool = False) -> list[dict[str, Any]]:
    """Every row's answers to every policy of the book, as plain data."""
    view = View(book, at)
    return [_answered(view, row, with_payable) for row in rows]


def _answered(view: View, row: Row, with_payable: bool) -> dict[str, Any]:
    answers = view.answer(row.facts)
    told: dict[str, Any] = {"line": row.line, **row.naming, "answers": [_told(each, view.book.schema) for each in answers]}
    if with_payable:
        amounts = {each.policy.id: each.amount for each in answers if each.status == ELIGIBLE and each.amount is not None}
        told["payable"] = [_payment(each) for each in payable(amounts, view.book.stacking, row.facts)]
    return told


def _told(answer: Answer, schema: Schema) -> dict[str, Any]:
    return {
        "policy": answer.policy.id,
        "title": answer.policy.title,
        "version": answer.version.number if answer.version else None,
        "status": answer.status,
        "amount": answer.amount if answer.status == ELIGIBLE else None,
        "open": answer.open,
        "missing": [schema.facts[name].zh for name in answer.missing],
        "window_open": answer.window_open,
        "failed": list(answer.failed),
    }


def _payment(payment: Payment) -> dict[str, Any]:
    cuts = [{"rule": each.rule.words or each.rule.kind, "amount": each.amount, "against": list(each.against)} for each in payment.cuts]
    return {"policy": payment.policy, "asked": payment.asked, "paid": payment.paid, "cuts": cuts}


def check(book: Book) -> list[dict[str, Any]]:
    """Every issue of a book, errors first."""
    issues = sorted(gate.check(book), key=lambda each: each.level != "error")
    return [{"level": each.level, "where": each.where, "message": each.message, "position": each.position} for each in issues]


def table(told: list[dict[str, Any]]) -> str:
    """A line a row and policy, for people."""
    words = {"eligible": "符合", "not": "不符合", "unknown": "待定"}
    lines = []
    for row in told:
        who = next((str(value) for key, value in row.items() if key not in {"line", "answers", "payable"}), f"第 {row['line']} 行")
        for each in row["answers"]:
            money = "金额待定" if each["open"] else "" if each["amount"] is None else f"{each['amount']} 元"
            lacks = f"缺：{'、'.join(each['missing'])}" if each["missing"] else ""
            lines.append("\t".join([who, each["policy"], words[each["status"]], money, lacks]).rstrip())
        lines += [f"{who}\t{each['policy']}\t应付 {each['paid']} 元" for each in row.get("payable", ()) if each["asked"]]
    return "\n".join(lines)
