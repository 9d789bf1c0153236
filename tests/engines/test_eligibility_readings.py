"""Four readings of one tree agree to the yuan: the walk, the generated function, the columns and SQL."""

import sqlite3
from datetime import date

import pytest
from eligible import AS_OF, SCHEMA, amounts, conditions, enterprises
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhuanban.engines.eligibility import core
from zhuanban.engines.eligibility.check import Checker
from zhuanban.engines.eligibility.columns import Block, Columns
from zhuanban.engines.eligibility.errors import LanguageError
from zhuanban.engines.eligibility.interpret import Case, holds, number
from zhuanban.engines.eligibility.pygen import compiled
from zhuanban.engines.eligibility.schema import NONE, NUMERIC, Type, day_number
from zhuanban.engines.eligibility.sql import DIALECTS, Writer

CHECKER = Checker(SCHEMA)
DAYS = frozenset(name for name, fact in SCHEMA.facts.items() if fact.type is Type.DATE)
QUICK = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def typed(condition, amount):
    return CHECKER.condition(condition), CHECKER.amount(amount)


def walked(condition, amount, rows):
    cases = [Case(row, AS_OF) for row in rows]
    return [(holds(condition, case), number(amount, case)) for case in cases]


@QUICK
@given(conditions, amounts, st.lists(enterprises, min_size=1, max_size=12))
def test_the_generated_function_agrees_with_the_walk(text, amount, rows):
    condition, paid = typed(text, amount)
    answer = compiled([(condition, paid)])
    for row, (value, money) in zip(rows, walked(condition, paid, rows), strict=True):
        assert answer(row, AS_OF) == [(value, None if value is False else money)]


@QUICK
@given(conditions, amounts, st.lists(enterprises, min_size=1, max_size=12))
def test_the_columns_agree_with_the_walk(text, amount, rows):
    condition, paid = typed(text, amount)
    columns = Columns.of(SCHEMA, rows)
    block = Block(columns, 0, len(rows), AS_OF)
    yes, no = block.holds(condition)
    values, known = block.number(paid, None)
    for place, (value, money) in enumerate(walked(condition, paid, rows)):
        assert (bool(yes[place]), bool(no[place])) == (value is True, value is False)
        there = known is None or bool(known[place])
        found = int(values if getattr(values, "ndim", 0) == 0 else values[place]) if there else None
        assert found == money


def stored(name, value):
    """A fact as its SQL column holds it."""
    kind = SCHEMA.facts[name].type
    if value is None:
        return None
    if value is NONE:
        return 0 if kind is Type.DATE else ""
    if isinstance(value, date):
        return day_number(value)
    return f"|{'|'.join(sorted(value))}|" if isinstance(value, frozenset) else value


def table(kinds):
    columns = [f'"{name}" {kinds.get(fact.type, kinds[None])}' for name, fact in SCHEMA.facts.items()]
    return f"CREATE TEMPORARY TABLE facts (id INTEGER, {', '.join(columns)})"


def asked(dialect, condition, amount):
    writer = Writer(DIALECTS[dialect], AS_OF, DAYS)
    return f"SELECT {writer.condition(condition)}, {writer.number(amount)} FROM facts ORDER BY id"


def compare(answers, condition, amount, rows):
    for (value, money), (expected, paid) in zip(answers, walked(condition, amount, rows), strict=True):
        assert (None if value is None else bool(value)) == expected
        assert (None if money is None else int(money)) == paid


@QUICK
@given(conditions, amounts, st.lists(enterprises, min_size=1, max_size=12))
def test_sqlite_agrees_with_the_walk(text, amount, rows):
    condition, paid = typed(text, amount)
    with sqlite3.connect(":memory:") as database:
        database.execute(table({None: ""}))
        marks = ", ".join("?" * (len(SCHEMA.facts) + 1))
        database.executemany(
            f"INSERT INTO facts VALUES ({marks})",
            [(at, *(stored(name, row[name]) for name in SCHEMA.facts)) for at, row in enumerate(rows)],
        )
        compare(database.execute(asked("sqlite", condition, paid)).fetchall(), condition, paid, rows)
    database.close()


POSTGRES = {None: "text", Type.DATE: "integer", Type.BOOL: "boolean", Type.RATE: "integer", Type.MONEY: "bigint", Type.COUNT: "bigint"}


@pytest.mark.django_db
def test_postgresql_agrees_with_the_walk():
    from django.db import connection

    if connection.vendor != "postgresql":
        pytest.skip("the tests run on SQLite")
    with connection.cursor() as cursor:
        cursor.execute(table(POSTGRES))
        _compare_in(cursor)
        cursor.execute("DROP TABLE facts")


def _compare_in(cursor):
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(conditions, amounts, st.lists(enterprises, min_size=1, max_size=8))
    def check(text, amount, rows):
        condition, paid = typed(text, amount)
        cursor.execute("TRUNCATE facts")
        marks = ", ".join(["%s"] * (len(SCHEMA.facts) + 1))
        cursor.executemany(
            f"INSERT INTO facts VALUES ({marks})",
            [(at, *(stored(name, row[name]) for name in SCHEMA.facts)) for at, row in enumerate(rows)],
        )
        cursor.execute(asked("postgresql", condition, paid).replace("%", "%%"))
        compare(cursor.fetchall(), condition, paid, rows)

    check()


@QUICK
@given(conditions, enterprises, st.data())
def test_filling_a_blank_never_flips_an_answer(text, row, data):
    condition = CHECKER.condition(text)
    if any(isinstance(each, core.Known) for each in _nodes(condition)) or "coalesce" in text:
        return
    before = holds(condition, Case(row, AS_OF))
    blanks = [name for name, value in row.items() if value is None]
    if before is None or not blanks:
        return
    other = data.draw(enterprises)
    filled = {**row, **{name: other[name] for name in blanks}}
    assert holds(condition, Case(filled, AS_OF)) == before


def _nodes(node):
    yield node
    for child in core.children(node):
        yield from _nodes(child)


@QUICK
@given(st.lists(conditions, min_size=2, max_size=4), enterprises)
def test_the_order_of_conditions_does_not_matter(texts, row):
    parts = tuple(CHECKER.condition(text) for text in texts)
    case = Case(row, AS_OF)
    assert holds(core.All(parts), case) == holds(core.All(parts[::-1]), case)
    assert holds(core.Any_(parts), case) == holds(core.Any_(parts[::-1]), case)


@QUICK
@given(amounts, enterprises)
def test_amounts_are_whole_yuan_and_never_negative(text, row):
    node = CHECKER.amount(text)
    paid = number(node, Case(row, AS_OF))
    assert node.scale == 1
    assert paid is None or 0 <= paid <= node.high


@QUICK
@given(conditions, amounts, enterprises)
def test_no_intermediate_leaves_its_declared_bounds(text, amount, row):
    case = Case(row, AS_OF)
    for tree in typed(text, amount):
        for node in _nodes(tree):
            if isinstance(node, core.Number) and type(node) is not core.YearOf:
                value = number(node, case)
                assert value is None or node.low <= value <= node.high, node


@pytest.mark.parametrize("kind", sorted(NUMERIC - {Type.NUMBER}))
def test_every_numeric_kind_has_a_fact_in_the_pool(kind):
    assert any(fact.type is kind for fact in SCHEMA.facts.values())


def test_a_sum_that_could_leave_sixty_four_bits_is_refused():
    with pytest.raises(LanguageError, match="六十四位"):
        CHECKER.condition("营业收入 * 职工人数 >= 1亿")
