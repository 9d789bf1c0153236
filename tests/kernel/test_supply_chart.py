"""Supply and demand as a drawing: well formed, spoken, and silent about a capacity that nobody knows."""

from xml.etree import ElementTree

import pytest

from zhuanban.kernel.charts import RED, Span, supply_and_demand

TICKS = [(0.0, "1月"), (20.0, "2月")]


def drawn(*spans, **options):
    told = supply_and_demand(list(spans), TICKS, title="绿园变", unit="千伏安", **options)
    return told, ElementTree.fromstring(told)


def test_want_is_red_and_marked():
    told, _tree = drawn(Span(0, 10, 5, 5, 8), Span(10, 30, 12, 5, 8), mark=(10, "2月起不足"))
    assert RED in told and "2月起不足" in told and 'role="img"' in told


@pytest.mark.parametrize("demand", [0, 7, 1_000_000])
def test_unknown_capacity_is_neither_a_line_nor_red(demand):
    told, tree = drawn(Span(0, 30, demand, 0, None))
    assert "stroke-dasharray" not in told and RED not in told and "未知" in told
    assert len([each for each in tree.iter() if each.tag.endswith("polyline")]) == 1


def test_a_capacity_of_zero_is_drawn():
    told, _tree = drawn(Span(0, 30, 3, 0, 0))
    assert "stroke-dasharray" in told and RED in told


def test_nothing_to_draw_is_a_dash():
    told, _tree = drawn()
    assert "—" in told
