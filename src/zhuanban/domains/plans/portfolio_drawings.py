"""The drawings of the winter over the portfolio: how many will be closed in time, and what earlier forecasts were worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.translation import gettext as _

from zhuanban.kernel.charts import ACTION, GRID, INK, LINE, MUTED, PALE, Svg

WIDE, TALL = 720, 232
SQUARE = 420
MOST_COLUMNS = 26


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text(x: float, y: float, words: str, fill: str = MUTED, anchor: str = "middle", *, size: int = 11, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size}" fill="{fill}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str, *, dashed: bool = False, thick: float = 1) -> str:
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{stroke}" stroke-width="{thick}"{dash}/>'


def _drawn(parts: Sequence[str], width: int, height: int, title: str, spoken: str, size: str = "l") -> Svg:
    body = "".join(parts)
    role = "group" if "<a " in body else "img"
    return Svg(
        f'<svg class="drawing drawing-{size}" role="{role}" aria-label="{escape(title)}" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(spoken)}</desc>{body}</svg>'
    )


# How many are closed in time -------------------------------------------------------------------------------------------


def distribution(pairs: Sequence[tuple[int, float]], mean: float, low: int, high: int, total: int, *, title: str) -> Svg:
    """How probable each count is: a column a count or a few, those between P10 and P90 in full colour, a line at the mean.

    `pairs` are (count, share of the iterations); shares add up to one.
    """
    first, step, shares = binned(pairs)
    left, right, above, below = 46, 18, 34, 40
    room = (WIDE - left - right) / len(shares)
    top = max(shares)

    def x(count: float) -> float:
        return left + ((count - first) / step + 0.5 / step) * room

    def y(share: float) -> float:
        return TALL - below - share / top * (TALL - above - below)

    parts = [_line(left, y(level), WIDE - right, y(level), GRID if level else LINE) for level in (0, top / 2, top)]
    parts += [_text(left - 8, y(level) + 4, f"{level * 100:.0f}%", anchor="end") for level in (0, top / 2, top)]
    every = max(1, round(44 / room))
    for at, share in enumerate(shares):
        start = first + at * step
        label = str(start) if step == 1 else f"{start}–{start + step - 1}"
        middle = left + (at + 0.5) * room
        parts.append(_column(middle, y(share), TALL - below, room, label, share, start <= high and start + step > low))
        parts += [_text(middle, TALL - below + 16, str(start))] if at % every == 0 else []
    parts.append(_text((left + WIDE - right) / 2, TALL - 6, _("按期封闭的项目个数（共 %(n)s 个待封闭）") % {"n": total}))
    parts += _marks(x(mean), above, TALL - below, _("平均 %(n)s") % {"n": f"{mean:.1f}"}, WIDE - right)
    spoken = _("平均 %(mean)s 个；十次里有八次在 %(low)s 到 %(high)s 个之间。") % {"mean": f"{mean:.1f}", "low": low, "high": high}
    return _drawn(parts, WIDE, TALL, title, spoken)


def binned(pairs: Sequence[tuple[int, float]]) -> tuple[int, int, list[float]]:
    """The first count, how many counts a column holds, and the share of each column: no more columns than can be told apart.

    >>> binned([(3, 0.25), (5, 0.75)])
    (3, 1, [0.25, 0.0, 0.75])
    """
    first, last = min(pairs)[0], max(pairs)[0]
    step = -(-(last - first + 1) // MOST_COLUMNS)
    shares = [0.0] * ((last - first) // step + 1)
    for count, share in pairs:
        shares[(count - first) // step] += share
    return first, step, shares


def _column(x: float, y: float, floor: float, room: float, label: str, share: float, inside: bool) -> str:
    wide = max(1.5, min(room - 2, 36))
    words = _("%(n)s 个：%(share)s%%") % {"n": label, "share": f"{share * 100:.1f}"}
    fill = ACTION if inside else "#a9c6f1"
    return (
        f'<g><rect x="{_n(x - wide / 2)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(max(0, floor - y))}" rx="2" fill="{fill}"/>'
        f"<title>{escape(words)}</title></g>"
    )


def _marks(x: float, top: float, floor: float, words: str, edge: float) -> list[str]:
    anchor = "end" if x > edge - 60 else "start" if x < 110 else "middle"
    return [_line(x, top - 14, x, floor, INK, dashed=True), _text(x, top - 19, words, INK, anchor, size=12, bold=True)]


# What was said against what came ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Point:
    """A group of forecasts: said and came are shares in 0..1, `low` and `high` the interval of what came; `count` sizes the dot."""

    said: float
    came: float
    low: float
    high: float
    count: int
    href: str
    words: str


def calibration(points: Sequence[Point], *, title: str) -> Svg:
    """Observed share over stated probability, each with its interval; on the dashed diagonal a forecast means what it says."""
    left, right, above, below = 50, 16, 38, 44
    side = SQUARE - left - right
    tall = above + side + below

    def x(share: float) -> float:
        return left + share * side

    def y(share: float) -> float:
        return above + (1 - share) * side

    parts = []
    for level in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts += [_line(left, y(level), left + side, y(level), LINE if level == 0 else GRID), _line(x(level), above, x(level), y(0), GRID)]
        parts += [_text(left - 8, y(level) + 4, f"{level * 100:.0f}%", anchor="end"), _text(x(level), y(0) + 16, f"{level * 100:.0f}%")]
    parts.append(_line(x(0), y(0), x(1), y(1), "#6a7785", dashed=True, thick=1.4))
    parts.append(_text(left + side / 2, tall - 8, _("当时说的概率")))
    parts.append(_text(left - 40, above - 22, _("后来按期封闭的比例"), anchor="start"))
    parts += [_spot(each, x, y) for each in points]
    return _drawn(parts, SQUARE, tall, title, "；".join(each.words for each in points), "m")


def _spot(each: Point, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    at, size = x(each.said), min(11.0, 4 + each.count**0.5)
    whisker = "".join(_line(at - 5, y(level), at + 5, y(level), ACTION) for level in (each.low, each.high))
    mark = (
        f'<rect class="hit" x="{_n(at - 12)}" y="{_n(y(each.high) - 4)}" width="24" height="{_n(y(each.low) - y(each.high) + 8)}" rx="4" '
        f'fill="#ffffff" fill-opacity="0"/>{_line(at, y(each.low), at, y(each.high), ACTION, thick=1.6)}{whisker}'
        f'<circle cx="{_n(at)}" cy="{_n(y(each.came))}" r="{_n(size)}" fill="{PALE}" stroke="{ACTION}" stroke-width="2"/>'
        f"<title>{escape(each.words)}</title>"
    )
    return f'<a href="{escape(each.href)}" class="mark" aria-label="{escape(each.words)}">{mark}</a>'
