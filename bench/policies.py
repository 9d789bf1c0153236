"""How fast a policy book answers: one enterprise with traces, and all of a million at once, with what-if; ratios in one run.

    python3 dev.py run python bench/policies.py --rows 1000000

The 79 policies are drawn by seed over shapes that such books have: shared base conditions, prefixes, ratios, tiers, caps, dates, tags.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

import numpy as np

from zhuanban.engines.eligibility import simulate
from zhuanban.engines.eligibility.answers import View
from zhuanban.engines.eligibility.book import Book
from zhuanban.engines.eligibility.columns import Column, Columns
from zhuanban.engines.eligibility.schema import Schema

DAY = date(2023, 2, 10)
CHAINS = ("光电", "汽车", "生物医药", "装备", "食品")
INDUSTRIES = ("A01", "C13", "C14", "C27", "C34", "C36", "C37", "C39", "F51", "G54", "I64", "I65", "L72", "M73")
FACTS: list[dict[str, Any]] = [
    *(
        {"name": name, "zh": zh, "type": "money"}
        for name, zh in (
            ("revenue", "营业收入"), ("rd", "研发费用"), ("invest", "设备投资"), ("fixed", "固定资产投资"), ("tax", "地方贡献"),
            ("loan", "贷款余额"), ("rent", "租金"),
        )
    ),
    *({"name": name, "zh": zh, "type": "count"} for name, zh in (("staff", "职工人数"), ("hired", "新增就业"), ("patents", "发明专利"))),
    {"name": "growth", "zh": "收入增速", "type": "rate", "least": -1_000_000, "most": 5_000_000},
    {"name": "founded", "zh": "成立日期", "type": "date"},
    {"name": "graduated", "zh": "升规日期", "type": "date"},
    {"name": "size", "zh": "企业规模", "type": "code", "values": ["微型", "小型", "中型", "大型"], "ordered": True},
    {"name": "industry", "zh": "行业代码", "type": "industry"},
    {"name": "chains", "zh": "产业链", "type": "tags", "values": list(CHAINS)},
    *({"name": name, "zh": zh, "type": "bool"} for name, zh in (("clean", "信用良好"), ("hightech", "高新技术企业"), ("special", "专精特新"), ("above", "规上企业"))),
]  # fmt: skip
SHAPES = [
    (["固定资产投资 >= $floor", "prefix(行业代码, 'C')"], "min(设备投资 * $rate, $cap)"),
    (["研发费用/营业收入 >= $rate", "营业收入 >= $floor"], "min(marginal(研发费用, 0:10%, 1000万:8%, 5000万:5%), $cap)"),
    (["收入增速 >= $rate", "营业收入 >= $floor", "规上企业"], "step(营业收入, 2000万:5万, 1亿:20万, 10亿:100万)"),
    (["add_years(升规日期, 1) >= 基准日", "规上企业"], "10万"),
    (["has(产业链, '汽车', '装备')", "企业规模 >= '中型'"], "min(地方贡献 * $rate, $cap)"),
    (["新增就业 >= 5", "职工人数 >= 20"], "min(新增就业 * 2000, $cap)"),
    (["add_years(成立日期, 3) >= 基准日", "专精特新 或 高新技术企业"], "min(租金 * 50%, $cap)"),
    (["发明专利 >= 1", "高新技术企业"], "min(发明专利 * 5000, $cap)"),
    (["贷款余额 > 0", "企业规模 <= '中型'"], "min(贷款余额 * 1%, $cap)"),
]  # fmt: skip


def library(rng: Random, count: int = 79) -> Book:
    policies = []
    for number in range(count):
        when, amount = SHAPES[number % len(SHAPES)]
        params = {
            "floor": f"{rng.choice([500, 1000, 2000, 5000])}万",
            "rate": f"{rng.choice([3, 5, 10, 20])}%",
            "cap": f"{rng.choice([50, 200, 500])}万",
        }
        version = {
            "valid": ["2022-01-01", None],
            "use": ["base"],
            "params": params,
            "when": [{"if": text} for text in when],
            "amount": amount,
        }
        policies.append({"id": f"P{number:02}", "title": "补助", "category": "类", "department": "局", "versions": [version]})
    return Book.from_rows({"facts": FACTS, "blocks": [{"id": "base", "when": [{"if": "信用良好"}]}], "policies": policies})


def enterprises(schema: Schema, rows: int) -> Columns:
    """Columns drawn directly; a quarter of each fact is blank."""
    rng = np.random.default_rng(1)
    made: dict[str, Column] = {}
    for name, fact in schema.facts.items():
        known = rng.random(rows) > 0.25
        match fact.type.value:
            case "money":
                made[name] = Column((10 ** rng.uniform(5, 10, rows)).astype(np.int64), known)
            case "count":
                made[name] = Column((10 ** rng.uniform(0, 4, rows)).astype(np.int64) - 1, known)
            case "rate":
                made[name] = Column(rng.integers(-300_000, 600_000, rows).astype(np.int32), known)
            case "date":
                made[name] = Column(
                    (rng.integers(2000, 2023, rows) * 10_000 + rng.integers(1, 13, rows) * 100 + rng.integers(1, 29, rows)).astype(
                        np.int32
                    ),
                    known,
                )
            case "bool":
                made[name] = Column((rng.random(rows) < 0.6).astype(np.uint8), known)
            case "tags":
                words = tuple(sorted(fact.values))
                made[name] = Column(rng.integers(0, 2 ** len(words), rows).astype(np.uint64), known, words)
            case _:
                words = tuple(sorted(fact.values or INDUSTRIES))
                made[name] = Column(rng.integers(1, len(words) + 1, rows).astype(np.uint16), known, words)
    return Columns(schema, made, rows)


def timed(what: str, work: Callable[[], Any], repeat: int = 3) -> tuple[float, Any]:
    best, result = float("inf"), None
    for _each in range(repeat):
        begun = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - begun)
    print(f"{what:<58}{best * 1000:10.2f} ms")
    return best, result


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--threads", type=int, default=2)
    given = options.parse_args()
    _time, book = timed("read and check 79 policies", lambda: library(Random(1)))
    view = View(book, DAY)
    one: dict[str, Any] = {
        "revenue": 50_000_000,
        "rd": 4_000_000,
        "invest": 9_000_000,
        "industry": "C36",
        "clean": True,
        "hightech": None,
        "size": "中型",
        "founded": date(2021, 5, 1),
        "chains": frozenset({"汽车"}),
    }
    timed("one enterprise x 79, with every trace", lambda: view.answer(one), 20)
    timed("one enterprise x 79, generated function", lambda: view.statuses(one), 50)
    columns = enterprises(book.schema, given.rows)
    whole, before = timed(
        f"{given.rows:,} enterprises x 79, amounts, {given.threads} threads", lambda: simulate.run(view, columns, given.threads)
    )
    for words, change in (("what if a cap", {"cap": "80万"}), ("what if a threshold", {"floor": "800万"})):
        other = View(simulate.changed(book, "P00", 1, **change), DAY)
        took, after = timed(words, lambda other=other: simulate.run(other, columns, given.threads, kept=before))
        told = simulate.difference("P00", before.policy("P00"), after.policy("P00"))
        print(f"{'':<4}{told.money[0] / 1e8:.2f} -> {told.money[1] / 1e8:.2f} 亿元, {whole / took:.0f} times quicker than the whole")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
