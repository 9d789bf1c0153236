"""Many at once: eight handlers answer one problem, eight report at the same time, two sweep."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connections

from zhuanban.domains.problems import actions as problem_actions
from zhuanban.domains.problems.models import Problem
from zhuanban.kernel import actions, deadlines
from zhuanban.kernel.errors import Failure
from zhuanban.kernel.models import Event

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


def test_eight_handlers_answer_at_once_and_seven_are_told_why(site, person):
    problem = site.report()
    problem_actions.delegate(problem, by=site.secretary, department=site.power, reason="请核实")
    handlers = [person("utility_user", organisation=site.power, name=f"经办{at}") for at in range(8)]
    version = Problem.objects.get(pk=problem.pk).version
    results = together(
        *(lambda who=who: actions.submit("problems.take", who, problem.pk, {"note": who.name}, version=version) for who in handlers)
    )
    won = [each for each in results if isinstance(each, dict)]
    lost = [each for each in results if isinstance(each, Failure)]
    assert (len(won), len(lost)) == (1, 7)
    assert all(each.status == 409 and each.message for each in lost)
    assert Event.objects.filter(verb="problems.take").count() == 1


def test_reports_at_the_same_time_get_numbers_of_their_own(site):
    data = {"kind": "power", "title": "没电"}
    results = together(*(lambda: actions.submit("problems.report", site.owner, site.project.pk, data, version=None) for _ in range(6)))
    assert len({each["ref"] for each in results}) == 6


def test_two_sweepers_raise_each_problem_once(site, move_day):
    for number in range(12):
        site.report(title=f"第{number}个")
    move_day(date(2023, 2, 14))
    results = together(deadlines.sweep, deadlines.sweep)
    assert sum(results) == 12
    assert set(Problem.objects.values_list("tier", flat=True)) == {2}
    assert Event.objects.filter(verb="problems.escalate").count() == 12
