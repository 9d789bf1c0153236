"""What a page asks many times is read once, and a verb always reads anew."""

from __future__ import annotations

import doctest

import pytest

from zhuanban.kernel import deadlines, memo, parameters
from zhuanban.kernel.models import Parameter


def test_the_example_in_the_docstring_runs():
    result = doctest.testmod(memo)
    assert result.attempted and not result.failed


def test_an_inner_page_shares_what_the_outer_one_has_read():
    with memo.remembered():
        memo.once("a", lambda: 1)
        with memo.remembered():
            assert memo.once("a", lambda: 2) == 1
        assert memo.once("a", lambda: 3) == 1
    assert memo.once("a", lambda: 4) == 4


def test_a_failed_page_leaves_nothing_behind():
    with pytest.raises(ZeroDivisionError), memo.remembered():
        memo.once("a", lambda: 1 / 0)
    assert memo.once("a", lambda: 5) == 5


def test_the_calendar_and_a_parameter_are_read_once_a_page(seeds, django_assert_num_queries):
    name = Parameter.objects.values_list("name", flat=True).first()
    deadlines.calendar()
    with memo.remembered(), django_assert_num_queries(2):
        for _time in range(5):
            deadlines.calendar()
            parameters.value(name)


def test_a_request_that_writes_remembers_nothing(client, dispatcher, rf):
    from zhuanban.kernel.middleware import ReadOnce

    asked = []
    ring = ReadOnce(lambda request: asked.append((request.method, memo.once("a", lambda: 1), memo.once("a", lambda: 2))))
    for make in (rf.get, rf.head, rf.post, rf.put, rf.delete):
        ring(make("/"))
    assert asked == [("GET", 1, 1), ("HEAD", 1, 1), ("POST", 1, 2), ("PUT", 1, 2), ("DELETE", 1, 2)]
