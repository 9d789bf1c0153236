"""Charts: whatever the values, the SVG is well-formed, speaks its content and needs no inline style."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.kernel import charts
from zhuanban.kernel.charts import Bar, Stage, Svg, Tile

SVG = "{http://www.w3.org/2000/svg}"
MONTHS = [f"{month}月" for month in range(1, 13)]
amounts = st.floats(min_value=-1e15, max_value=1e15, allow_nan=False)
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=30)


def parsed(svg: Svg) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    assert root.get("role") in {"img", "group"} and root.find(f"{SVG}title") is not None
    drawn = [pair for node in root.iter() for pair in node.attrib.items() if pair[0] not in {"aria-label", "href"}]
    assert not [(name, value) for name, value in drawn if name == "style" or re.search("nan|inf", value)]
    return root


def yi(value: float) -> str:
    return f"{value / 1e8:,.1f} 亿元"


@pytest.mark.parametrize(
    "svg",
    [
        charts.s_curve([], []),
        charts.s_curve([("1月", None)], []),
        charts.funnel([]),
        charts.bars([]),
        charts.tile_map([]),
        charts.progress_tick(None),
    ],
)
def test_nothing_to_draw_is_still_a_picture(svg):
    parsed(svg)


def test_one_month_stands_in_the_middle():
    root = parsed(charts.s_curve([("1月", 5)], [("1月", 3)], "1月", "亿元", title="投资"))
    across = {dot.get("cx") for dot in root.iter(f"{SVG}circle")}
    assert len(across) == 1


def test_money_is_shown_as_the_caller_says():
    plan = [(month, index * 9.9e10) for index, month in enumerate(MONTHS, 1)]
    svg = charts.s_curve(plan, plan[:2], "2月", fmt=yi, title="年度投资")
    assert "1,980.0 亿元" in svg and "11,880.0 亿元" in svg and "99000000000" not in svg
    parsed(svg)


def test_a_missing_month_leaves_a_gap_and_no_zero():
    root = parsed(charts.s_curve([], [("1月", 4), ("2月", None), ("3月", 6)]))
    assert len(list(root.iter(f"{SVG}circle"))) == 2


def test_labels_at_the_lines_ends_do_not_overprint():
    root = parsed(charts.s_curve([("1月", 1), ("2月", 50)], [("1月", 1), ("2月", 50.1)], names=("计划", "实际")))
    heights = sorted(float(text.get("y", 0)) for text in root.iter(f"{SVG}text") if text.text in {"计划", "实际"})
    assert heights[1] - heights[0] >= 32


def test_the_tick_stands_where_the_work_should_be():
    root = parsed(charts.progress_tick(38, 57, width=102))
    track, done, tick = root.findall(f"{SVG}rect")
    assert (track.get("width"), done.get("width"), tick.get("x")) == ("100", "38", "57")
    assert done.get("fill") == charts.RED


@pytest.mark.parametrize(
    ("actual", "expected", "fill"), [(50, 54, charts.ACTION), (50, 55, charts.AMBER), (50, 65, charts.RED), (50, None, charts.ACTION)]
)
def test_the_lag_picks_the_tone(actual, expected, fill):
    assert f'fill="{fill}"' in charts.progress_tick(actual, expected)


@pytest.mark.parametrize("percent", [-5, 0, 100, 1e9])
def test_progress_stays_inside_its_bar(percent):
    root = parsed(charts.progress_tick(percent, percent, width=102))
    assert all(float(rect.get("width", 0)) <= 100 for rect in root.iter(f"{SVG}rect"))


def test_a_mark_opens_its_records_and_words_are_escaped():
    root = parsed(charts.bars([Bar('高新 <"&">', 12, href="/projects/?area=220173&stage=build", target=20)], unit="个"))
    link = root.find(f"{SVG}a")
    assert link is not None and link.get("href") == "/projects/?area=220173&stage=build"
    assert link.get("aria-label") == '高新 <"&"> 12 个'
    assert root.get("role") == "group", "role=img would hide the links"


def test_losses_grow_to_the_left_of_zero():
    root = parsed(charts.bars([Bar("增", 10), Bar("减", -10)]))
    gain, loss = (rect for rect in root.iter(f"{SVG}rect") if rect.get("fill") in {charts.ACTION, charts.RED})
    assert float(loss.get("x", 0)) + float(loss.get("width", 0)) == pytest.approx(float(gain.get("x", 0)))


def test_a_district_without_a_figure_shows_a_dash_and_no_shade():
    root = parsed(charts.tile_map([Tile("220122", "农安", None, 1, 0), Tile("220183", "德惠", 0, 2, 0), Tile("220102", "南关", 120, 2, 2)]))
    fills = [rect.get("fill") for rect in root.iter(f"{SVG}rect") if rect.get("rx") == "6"]
    assert fills == ["#ffffff", charts.SHADES[0], charts.SHADES[4]]
    assert "—" in [text.text for text in root.iter(f"{SVG}text")]


def test_a_light_is_a_shape_and_a_word():
    assert "<rect" in charts.light("red", "红灯") and "红灯" in charts.light("red", "红灯")
    assert "is-grey" in charts.light("unheard-of", "未评")


def test_templates_print_the_picture_as_it_is():
    svg = charts.progress_tick(40, 50)
    assert svg.__html__() == svg


@given(st.lists(st.tuples(words, st.one_of(st.none(), amounts)), max_size=14), st.lists(st.tuples(words, amounts), max_size=14))
def test_any_two_lines_draw(plan, actual):
    parsed(charts.s_curve(plan, actual, plan[0][0] if plan else "", "亿元"))


@given(st.lists(st.tuples(words, amounts, st.one_of(st.none(), amounts)), max_size=12))
def test_any_rows_draw(rows):
    parsed(charts.bars([Bar(label, value, target=target) for label, value, target in rows], unit="个"))
    parsed(charts.funnel([Stage(label, value) for label, value, _ in rows]))
    parsed(charts.tile_map([Tile(label, label, value, index % 5, index // 5) for index, (label, value, _) in enumerate(rows)]))


@given(words, st.floats(min_value=0, max_value=200))
def test_a_label_is_cut_to_its_room(label, room):
    assert charts._measure(charts._fit(label, room)) <= room
