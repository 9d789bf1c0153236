"""Words in the SQL reading: whatever an officer writes stays inside its quotes."""

import sqlite3
from datetime import date

import pytest

from zhuanban.engines.eligibility.check import Checker
from zhuanban.engines.eligibility.schema import Fact, Schema, Type
from zhuanban.engines.eligibility.sql import DIALECTS, Writer

SCHEMA = Schema.of([Fact("town", "所在镇", Type.CODE), Fact("labels", "标签", Type.TAGS)])
HOSTILE = ["it's", "a\\", "\\' OR 1=1 -- ", "''", "\\\\'", "'); DROP TABLE facts; --"]


def written(dialect, text):
    return Writer(DIALECTS[dialect], date(2023, 2, 10)).condition(Checker(SCHEMA).condition(text))


def quoted(word):
    """As an expression writes it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


def literal(text, backslash):
    """What a database reads from the quoted literal at the start of `text`, and what it takes for SQL after it."""
    read, at = [], 1
    while text[at] != "'" or (not backslash and text[at : at + 2] == "''"):
        at += text[at] == ("\\" if backslash else "'")
        read.append(text[at])
        at += 1
    return "".join(read), text[at + 1 :]


@pytest.mark.parametrize("word", HOSTILE)
@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_word_stays_inside_its_quotes(dialect, word):
    text = written(dialect, f"town = {quoted(word)}")
    assert literal(text[text.index("'") :], backslash=dialect == "spark") == (word, "))")


@pytest.mark.parametrize("word", HOSTILE)
def test_sqlite_finds_the_word_that_was_meant(word):
    with sqlite3.connect(":memory:") as database:
        database.execute('CREATE TABLE facts ("town", "labels")')
        database.executemany("INSERT INTO facts VALUES (?, ?)", [(word, f"|{word}|"), ("别处", "|别的|")])
        for text in (f"town = {quoted(word)}", f"has(labels, {quoted(word)})"):
            rows = database.execute(f"SELECT town FROM facts WHERE {written('sqlite', text)}").fetchall()
            assert rows == [(word,)]
    database.close()
