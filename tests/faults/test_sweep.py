"""Real sweepers, really killed: each problem rises exactly once."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sweep_town import town_with_problems
from test_kill import Shop, said

pytestmark = pytest.mark.django_db(transaction=True)

RISES = "SELECT count(*), count(DISTINCT subject) FROM kernel_event WHERE verb = 'problems.escalate'"
TIERS = "SELECT tier, count(*) FROM problems_problem GROUP BY tier"
RUNNING = "SELECT count(*) FROM kernel_deadline WHERE state = 'open' AND on_due = 'problems.rise'"
MANY = 30
LATER = datetime(2023, 2, 14, 2, 0, tzinfo=UTC).isoformat()


@pytest.fixture
def shop(tmp_path, seeds):
    town_with_problems(MANY, date(2023, 2, 10))
    shop = Shop(tmp_path)
    shop.open()
    yield shop
    shop.close()


def sweeper(shop: Shop, how: str):
    process = shop.start(how, LATER, script="sweeper.py")
    assert said(process) == "ready"
    return process


def go(process) -> None:
    process.stdin.write("go\n")
    process.stdin.flush()


def test_two_sweepers_at_once_raise_each_problem_once(shop):
    pair = [sweeper(shop, "plain"), sweeper(shop, "plain")]
    for process in pair:
        go(process)
    assert sum(int(said(process)) for process in pair) == MANY
    assert shop.ask(RISES) == [(MANY, MANY)]
    assert shop.ask(TIERS) == [(2, MANY)] and shop.ask(RUNNING) == [(2 * MANY,)]


def test_a_sweeper_killed_in_the_middle_leaves_nothing_half_done(shop):
    first = sweeper(shop, "slow")
    go(first)
    assert said(first) == "half"
    first.kill()
    first.wait()
    raised = dict(shop.ask(TIERS)).get(2, 0)
    assert raised in {0, 6} and shop.ask(RISES) == [(raised, raised)], "a batch is taken back whole on SQLite, one problem elsewhere"
    assert shop.ask(RUNNING) == [(2 * MANY,)]
    second = sweeper(shop, "plain")
    go(second)
    assert int(said(second)) == MANY - raised
    assert shop.ask(RISES) == [(MANY, MANY)] and shop.ask(TIERS) == [(2, MANY)] and shop.ask(RUNNING) == [(2 * MANY,)]
