"""A lapse while the paper is being uploaded: one wins, and the other is told so."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connections
from permit_hall import at_ten, fresh, sheet

from zhuanban.domains.approvals import actions
from zhuanban.domains.approvals.models import BadFaithMark, Tolerance
from zhuanban.kernel import deadlines
from zhuanban.kernel.errors import Failure

pytestmark = pytest.mark.django_db(transaction=True)


def together(*deeds) -> list:
    """Run these in threads that start together; what each returned or raised."""
    gate, results = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(at, deed):
        gate.wait()
        try:
            results[at] = deed()
        except Exception as failure:
            results[at] = failure
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_paper_and_the_sweep_meet_and_one_wins(hall):
    case = hall.tolerant()
    paper, file, owner = case.papers.get(key="survey"), sheet(), hall.owner
    at_ten(date(2023, 2, 9))
    uploaded, fired = together(lambda: actions.cases.make_good(case, by=owner, paper=paper, file=file), deadlines.sweep)
    row, case = Tolerance.objects.get(), fresh(case)
    if isinstance(uploaded, Failure):
        assert "逾期未补正退回" in uploaded.message and fired >= 1
        assert (case.state, row.state, BadFaithMark.objects.count()) == ("returned", "lapsed", 1)
    else:
        assert uploaded is None
        assert (case.state, row.state, BadFaithMark.objects.count()) == ("accepted", "made_good", 0)


def test_two_who_open_a_case_at_once_get_numbers_of_their_own(hall, person):
    items, owner = [hall.item("LUPP"), hall.item("TITLE")], hall.owner
    made = together(*(lambda item=item: actions.cases.open_case(hall.project, by=owner, item=item) for item in items))
    assert len({case.ref for case in made}) == 2
