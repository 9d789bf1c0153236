"""The SQL reading of the demo's 79 policies on DuckDB over Parquet, a local Spark and PostgreSQL: the same sums as our columns, and times.

    python3 -m venv /tmp/bench && /tmp/bench/bin/pip install -r bench/requirements.txt        (Spark: also a Java 17 or newer)
    PYTHONPATH=src /tmp/bench/bin/python bench/policies_sql.py --rows 200000 1000000
    DATABASE_URL=… PYTHONPATH=src /tmp/bench/bin/python bench/policies_sql.py --engines postgresql

For every policy: how many are eligible, how many unknown, how many eligible with the amount open, and the yuan of the rest; 316 figures
that must be the same everywhere, else the run ends with an error. What is not installed, and PostgreSQL without DATABASE_URL, is skipped
with a sentence. PostgreSQL gets a schema of its own, dropped at the end; loading it and starting Spark are not timed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from policies_city import DAY, book, city

from zhuanban.engines.eligibility import simulate
from zhuanban.engines.eligibility.answers import View, applies
from zhuanban.engines.eligibility.columns import Columns
from zhuanban.engines.eligibility.schema import Type
from zhuanban.engines.eligibility.sql import DIALECTS, Writer

Figures = list[tuple[int, int, int, int]]
Query = Callable[[str], tuple[Any, ...]]
POSTGRES = {Type.DATE: "integer", Type.RATE: "integer", Type.BOOL: "boolean", Type.MONEY: "bigint", Type.COUNT: "bigint"}


def statements(view: View, dialect: str, size: int, fence: str = "") -> list[str]:
    """So many policies a pass over the table: a condition and an amount of each inside, four aggregates of each outside. DuckDB and Spark
    plan and compile one statement for all policies for longer than many small ones run."""
    days = frozenset(name for name, fact in view.book.schema.facts.items() if fact.type is Type.DATE)
    writer = Writer(DIALECTS[dialect], DAY, days)
    asked: list[tuple[list[str], list[str]]] = []
    for place, (_policy, version) in enumerate(view.versions):
        if place % size == 0:
            asked.append(([], []))
        inner, outer = asked[-1]
        amount = writer.number(version.amount) if version.amount is not None else "NULL"
        inner.append(f"{writer.condition(applies(version))} AS holds{place}, {amount} AS amount{place}")
        holds, paid = f"holds{place}", f"amount{place}"
        outer += [
            f"count(*) FILTER (WHERE {holds})",
            f"count(*) FILTER (WHERE {holds} IS NULL)",
            f"count(*) FILTER (WHERE {holds} AND {paid} IS NULL)",
            f"coalesce(sum({paid}) FILTER (WHERE {holds}), 0)",
        ]
    return [f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)} FROM facts{fence}) AS answered" for inner, outer in asked]


def figures(answers: list[tuple[Any, ...]]) -> Figures:
    numbers = [int(each) for answer in answers for each in answer]
    return [(numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]) for at in range(0, len(numbers), 4)]


def ours(view: View, columns: Columns, threads: int) -> Figures:
    outcomes = simulate.run(view, columns, threads).outcomes.values()
    return [(each.eligible, each.unknown, each.open, each.total) for each in outcomes]


def parquet(columns: Columns, file: Path) -> Any:
    """The table as the SQL reading expects it."""
    import pyarrow as arrow
    from pyarrow import parquet as files

    made = {}
    for name, column in columns.columns.items():
        kind = columns.schema.facts[name].type
        blank = None if column.known is None else ~np.asarray(column.known)
        if kind is Type.TAGS:
            words = [
                f"|{''.join(f'{word}|' for at, word in enumerate(column.words) if bits >> at & 1)}"
                for bits in range(2 ** len(column.words))
            ]
            made[name] = _worded(arrow, words, column.data, blank)
        elif kind in {Type.CODE, Type.INDUSTRY}:
            made[name] = _worded(arrow, ["", *column.words], column.data, blank)
        else:
            made[name] = arrow.array(column.data.astype(bool) if kind is Type.BOOL else column.data, mask=blank)
    table = arrow.table(made)
    files.write_table(table, file)
    return table


def _worded(arrow: Any, words: list[str], codes: Any, blank: Any) -> Any:
    places = arrow.array(codes.astype(np.int32), mask=blank)
    return arrow.DictionaryArray.from_arrays(places, arrow.array(words)).cast(arrow.string())


@contextlib.contextmanager
def duckdb(_view: View, file: Path, _table: Any, threads: int) -> Iterator[Query]:
    import duckdb as engine

    with engine.connect() as database:
        database.execute(f"SET threads = {threads}")
        database.execute(f"CREATE VIEW facts AS SELECT * FROM read_parquet('{file}')")
        yield lambda text: database.execute(text).fetchone()


@contextlib.contextmanager
def spark(_view: View, file: Path, _table: Any, threads: int) -> Iterator[Query]:
    if shutil.which("java") is None:
        raise ImportError("Java")
    from pyspark.sql import SparkSession

    started = (
        SparkSession.builder.master(f"local[{threads}]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.memory", "4g")
    )
    session = started.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate()
    try:
        session.sparkContext.setLogLevel("ERROR")
        session.read.parquet(str(file)).createOrReplaceTempView("facts")
        yield lambda text: tuple(session.sql(text).collect()[0])
    finally:
        session.stop()


@contextlib.contextmanager
def postgresql(view: View, _file: Path, table: Any, _threads: int) -> Iterator[Query]:
    if not os.environ.get("DATABASE_URL"):
        raise ImportError("DATABASE_URL")
    import psycopg
    from pyarrow import csv

    schema = f"policies_bench_{os.getpid()}"
    columns = ", ".join(f'"{name}" {POSTGRES.get(view.book.schema.facts[name].type, "text")}' for name in table.column_names)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
        database.execute(f"CREATE SCHEMA {schema}")
        try:
            database.execute(f"SET search_path TO {schema}")
            database.execute(f"CREATE UNLOGGED TABLE facts ({columns})")
            with database.cursor().copy("COPY facts FROM STDIN (FORMAT csv)") as copy:
                for batch in table.to_batches(max_chunksize=50_000):
                    text = io.BytesIO()
                    csv.write_csv(batch, text, csv.WriteOptions(include_header=False))
                    copy.write(text.getvalue())
            database.execute("ANALYZE facts")
            database.execute("SET jit = off")
            yield lambda text: database.execute(text).fetchone()
        finally:
            database.execute(f"DROP SCHEMA {schema} CASCADE")


@dataclass(frozen=True)
class Engine:
    """How it is opened, how many policies a statement it takes best, and what keeps it from working the inner answers out anew for each
    aggregate."""

    opened: Callable[[View, Path, Any, int], contextlib.AbstractContextManager[Query]]
    size: int
    fence: str = ""


ENGINES = {"duckdb": Engine(duckdb, 3), "spark": Engine(spark, 8), "postgresql": Engine(postgresql, 79, " OFFSET 0")}


def timed(work: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """The least of so many repetitions."""
    best, result = float("inf"), None
    for _each in range(repeat):
        begun = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - begun)
    return best, result


def differences(expected: Figures, found: Figures) -> int:
    return sum(a != b for mine, theirs in zip(expected, found, strict=True) for a, b in zip(mine, theirs, strict=True))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, nargs="+", default=[200_000, 1_000_000])
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--repeat", type=int, default=2)
    options.add_argument("--engines", nargs="+", choices=sorted(ENGINES), default=list(ENGINES))
    given = options.parse_args()
    view, wrong = View(book(), DAY), 0
    for rows in given.rows:
        columns = city(view.book.schema, rows)
        least, expected = timed(lambda columns=columns: ours(view, columns, given.threads), given.repeat)
        total = sum(paid for *_counts, paid in expected)
        print(f"{rows:,} enterprises x {len(view.versions)} policies, {given.threads} threads, {total / 1e8:,.2f} 亿元")
        print(f"{'our columns':<24}{least:9.2f} s")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "facts.parquet"
            try:
                table = parquet(columns, file)
            except ImportError:
                raise SystemExit("pyarrow is not installed: the table cannot be written") from None
            for name in given.engines:
                try:
                    engine = ENGINES[name]
                    with engine.opened(view, file, table, given.threads) as query:
                        asked = statements(view, name, engine.size, engine.fence)
                        took, answers = timed(lambda query=query, asked=asked: [query(each) for each in asked], given.repeat)
                except ImportError as missing:
                    print(f"{name}: skipped, there is no {missing.name or missing}")
                    continue
                differ = differences(expected, figures(answers))
                wrong += differ
                print(f"{name:<24}{took:9.2f} s {took / least:7.1f} x   {differ} of {4 * len(expected)} figures differ")
    if wrong:
        raise SystemExit(f"{wrong} figures differ")


if __name__ == "__main__":
    main()
