"""Small server-side charts: values in, one accessible SVG out; the same mark-up serves page, PDF and print.

No Django and no clock. Colours are presentation attributes (a strict CSP forbids inline styles), every chart carries
`role="img"` with a title and a spoken description, and marks that lead somewhere are links. The returned `Svg` is safe
mark-up: templates print it as it is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import floor, isfinite, log10

from zhuanban.kernel.words import clauses

Format = Callable[[float], str]
Points = Sequence[tuple[str, float | None]]

INK, MUTED, LINE, GRID, TRACK = "#1b2733", "#586572", "#e3e8ee", "#eef1f5", "#e9edf2"
ACTION, PALE, GHOST = "#0a5bd3", "#dbe8fb", "#9fabb8"
RED, AMBER, GREEN = "#c8322b", "#e5a100", "#237a3b"
TONES = {"red": RED, "yellow": AMBER, "green": GREEN, "blue": ACTION, "grey": GHOST}
SHADES = ("#eef4fc", "#cfe0f8", "#93bbee", "#2f70c6", "#0a4391")


class Svg(str):
    """Finished mark-up; `__html__` is the template engines' sign that it is escaped already."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of `bars`: `target` draws the tick where the bar should be, `note` stands behind the value."""

    label: str
    value: float
    href: str = ""
    target: float | None = None
    tone: str = "blue"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a funnel."""

    label: str
    value: float = 0
    href: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One district on the grid; `col` and `row` count from 0, `tone` outlines a tile that needs a look."""

    key: str
    label: str
    value: float | None
    col: int
    row: int
    href: str = ""
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of `lines`."""

    name: str
    values: Sequence[float | None]
    tone: str = "blue"
    dashed: bool = False


def plain(value: float) -> str:
    """
    >>> plain(1309), plain(86.4)
    ('1,309', '86.4')
    """
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def nice_ceiling(value: float) -> float:
    """The round number at or above a value, for the top of an axis.

    >>> [nice_ceiling(v) for v in (0, 7, 118, 629e8)]
    [1.0, 8.0, 120.0, 80000000000.0]
    """
    if value <= 0 or not isfinite(value):
        return 1.0
    magnitude = 10.0 ** floor(log10(value))
    return next(step * magnitude for step in (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10) if value <= step * magnitude * 1.0000001)


def s_curve(
    plan: Points,
    actual: Points,
    today_label: str = "",
    unit: str = "",
    *,
    title: str = "",
    width: int = 720,
    height: int = 260,
    fmt: Format = plain,
    names: tuple[str, str] = ("计划", "实际"),
    hrefs: dict[str, str] | None = None,
) -> Svg:
    """Two cumulative lines over the same months; `today_label` names the month that the dashed line stands on."""
    labels = list(dict.fromkeys([*(label for label, _ in plan), *(label for label, _ in actual)]))
    numbers = [value for _, value in (*plan, *actual) if value is not None]
    if not numbers:
        return _empty(title, width, height)
    top = nice_ceiling(max(numbers))
    left, above, below = max(_margin(words) for words in (unit, *(fmt(top * share) for share in _shares(top)))), 26, 28
    right = max(92.0, max(_measure(fmt(value)) for value in numbers) + 14)
    x = _scale(len(labels), left, width - right)
    across = {label: x(index) for index, label in enumerate(labels)}

    def y(value: float) -> float:
        return height - below - max(value, 0) / top * (height - above - below)

    parts = [_grid(top, y, left, width - right, fmt, unit), _month_names(labels, x, height - 8)]
    if today_label in across:
        parts.append(_today(across[today_label], above - 8, height - below))
    ends: list[tuple[float, str, str, str]] = []
    for name, points, colour, dashed in ((names[0], plan, GHOST, True), (names[1], actual, ACTION, False)):
        spots = [(across[label], y(value), label, value) for label, value in points if value is not None]
        if not spots:
            continue
        if not dashed and len(spots) > 1:
            outline = " ".join(f"{_n(a)},{_n(b)}" for a, b, *_ in spots)
            floor_y = _n(height - below)
            parts.append(
                f'<polygon points="{_n(spots[0][0])},{floor_y} {outline} {_n(spots[-1][0])},{floor_y}" fill="{ACTION}" fill-opacity=".07"/>'
            )
        parts.append(_line(spots, colour, dashed))
        parts.extend(_dot(spot, colour, name, fmt, unit, (hrefs or {}).get(spot[2], "") if not dashed else "") for spot in spots)
        if spots[-1][0] > width - right - 70:
            ends.append((spots[-1][1], name, fmt(spots[-1][3]), colour))
        else:
            parts.append(
                _text(
                    spots[-1][0] + 10,
                    min(spots[-1][1] + 16, height - below - 4),
                    f"{name} {fmt(spots[-1][3])}",
                    colour if colour != GHOST else MUTED,
                    bold=True,
                )
            )
    parts.extend(_end_labels(ends, width - right + 10, above))
    last = [(f"{name} {points[-1][0]}", points[-1][1]) for name, points in zip(names, (plan, actual), strict=True) if points]
    spoken = _spoken(last, fmt, unit)
    return _svg(parts, width, height, title, spoken)


MOST_DOTS = 18
"""Dots on one line of `lines`; a longer line has one every so many points, the last always."""


def lines(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    title: str = "",
    unit: str = "",
    width: int = 720,
    height: int = 260,
    top: float = 0,
    fmt: Format = plain,
    today_label: str = "",
) -> Svg:
    """Several lines over the same labels, in their own tones, each named at its end; an absent value leaves a gap. `top` fixes the axis."""
    numbers = [value for each in series for value in each.values if value is not None]
    if not numbers or not labels:
        return _empty(title, width, height)
    high = top or nice_ceiling(max(numbers))
    left, above, below = max(_margin(words) for words in (unit, *(fmt(high * share) for share in _shares(high)))), 26, 28
    right = max(92.0, max(_measure(words) for each in series for words in (each.name, fmt(high))) + 16)
    x = _scale(len(labels), left, width - right)

    def y(value: float) -> float:
        return height - below - min(max(value, 0) / high, 1.05) * (height - above - below)

    parts = [_grid(high, y, left, width - right, fmt, unit), _month_names(labels, x, height - 8)]
    if today_label in labels:
        parts.append(_today(x(labels.index(today_label)), above - 8, height - below))
    ends: list[tuple[float, str, str, str]] = []
    for each in series:
        colour = TONES.get(each.tone, ACTION)
        spots = [(x(at), y(value), labels[at], value) for at, value in enumerate(each.values) if value is not None]
        if spots:
            parts.append(_line(spots, colour, each.dashed))
            every = -(-len(spots) // MOST_DOTS)
            parts.extend(
                _dot(spot, colour, each.name, fmt, unit, "") for at, spot in enumerate(spots) if (len(spots) - 1 - at) % every == 0
            )
            ends.append((spots[-1][1], each.name, fmt(spots[-1][3]), colour))
    parts.extend(_end_labels(ends, width - right + 10, above))
    last = [(each.name, next((value for value in reversed(each.values) if value is not None), None)) for each in series]
    return _svg(parts, width, height, title, _spoken(last, fmt, unit))


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of `supply_and_demand` on which nothing changes, `until` not included; `held` None is unknown."""

    start: float
    until: float
    demand: float
    firm: float
    held: float | None


def supply_and_demand(
    spans: Sequence[Span],
    ticks: Sequence[tuple[float, str]],
    *,
    title: str = "",
    unit: str = "",
    names: tuple[str, str, str, str] = ("需要", "已承诺", "能力", "未知"),
    mark: tuple[float, str] | None = None,
    width: int = 720,
    height: int = 280,
    fmt: Format = plain,
) -> Svg:
    """Demand over time as steps against what can be given: promised demand filled, what is too much in red, unknown capacity hatched out in
    grey and never drawn as zero. `mark` is the first day of want."""
    if not spans:
        return _empty(title, width, height)
    high = nice_ceiling(max(max(span.demand, span.held or 0) for span in spans))
    left = max(_margin(words) for words in (unit, *(fmt(high * share) for share in _shares(high))))
    above, below = 40, 28
    right = max(76.0, max(_measure(words) for words in (*names, fmt(high))) + 16)
    first, last = spans[0].start, spans[-1].until

    def x(at: float) -> float:
        return left + (at - first) / ((last - first) or 1) * (width - right - left)

    def y(value: float) -> float:
        return height - below - max(value, 0) / high * (height - above - below)

    floor_y = height - below
    parts = []
    for span in spans:
        a, b = x(span.start), x(span.until)
        if span.held is None:
            parts.append(
                _slab(a, above, b, floor_y, GRID)
                + (_text((a + b) / 2, above + 16, names[3], MUTED, "middle", size=11) if b - a > 60 else "")
            )
        if span.firm:
            parts.append(_slab(a, y(span.firm), b, floor_y, PALE))
        if span.held is not None and span.demand > span.held:
            parts.append(_slab(a, y(span.demand), b, y(span.held), RED, "0.28"))
    parts.append(_grid(high, y, left, width - right, fmt, unit))
    parts += [_text(min(max(x(at), left + 14), width - right), height - 8, words, MUTED, "middle", size=11) for at, words in ticks]
    for run in _runs(spans, lambda span: span.held):
        parts.append(_stairs([(x(a), x(b), y(value)) for a, b, value in run], INK, 2, "6 4"))
    demand = _runs(spans, lambda span: span.demand)
    parts += [_stairs([(x(a), x(b), y(value)) for a, b, value in run], ACTION, 2.4, "") for run in demand]
    for span in spans:
        known = "—" if span.held is None else fmt(span.held) + _gap(unit)
        words = f"{names[0]} {fmt(span.demand)}{_gap(unit)}, {names[1]} {fmt(span.firm)}{_gap(unit)}, {names[2]} {known}"
        parts.append(f"<g>{_hit(x(span.start), above, max(x(span.until) - x(span.start), 1), floor_y - above)}{_tip(words)}</g>")
    if mark:
        at = x(mark[0])
        side = "end" if at > width * 0.6 else "start"
        parts.append(f'<line x1="{_n(at)}" x2="{_n(at)}" y1="{above - 10}" y2="{floor_y}" stroke="{RED}" stroke-width="1.6"/>')
        parts.append(_text(at, above - 18, mark[1], RED, side, bold=True))
    end = spans[-1]
    ends = [(y(end.demand), names[0], fmt(end.demand), ACTION)]
    if end.held is not None:
        ends.append((y(end.held), names[2], fmt(end.held), INK))
    parts.extend(_end_labels(ends, width - right + 10, above))
    spoken: list[tuple[str, float | None]] = [(names[0], end.demand), (names[1], end.firm), (names[2], end.held)]
    return _svg(parts, width, height, title, _spoken(spoken, fmt, unit))


def _slab(left: float, top: float, right: float, bottom: float, fill: str, opacity: str = "") -> str:
    seen = f' fill-opacity="{opacity}"' if opacity else ""
    size = f'width="{_n(max(right - left, 0.5))}" height="{_n(max(bottom - top, 0))}"'
    return f'<rect x="{_n(left)}" y="{_n(top)}" {size} fill="{fill}"{seen}/>'


def _runs(spans: Sequence[Span], value: Callable[[Span], float | None]) -> list[list[tuple[float, float, float]]]:
    """Stretches on which a value is known: (start, until, value) each."""
    found: list[list[tuple[float, float, float]]] = []
    open_ = False
    for span in spans:
        known = value(span)
        if known is not None:
            if not open_:
                found.append([])
            found[-1].append((span.start, span.until, known))
        open_ = known is not None
    return found


def _stairs(steps: Sequence[tuple[float, float, float]], colour: str, stroke: float, dash: str) -> str:
    """A line of steps through (from x, to x, y)."""
    path = " ".join(f"{_n(a)},{_n(level)} {_n(b)},{_n(level)}" for a, b, level in steps)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{stroke}" stroke-linejoin="round"{dashed}/>'


def funnel(stages: Sequence[Stage], *, title: str = "", unit: str = "", width: int = 460, fmt: Format = plain) -> Svg:
    """Stages from lead to full capacity as centred bars, each joined to the next; every bar opens its records."""
    if not stages:
        return _empty(title, width, 120)
    pitch, tall = 30, 22
    left = max(84.0, min(max(_measure(stage.label) for stage in stages) + 6, width * 0.36))
    right = max(76.0, max(_measure(f"{fmt(stage.value)}{_gap(unit)}") for stage in stages) + 6)
    top = max(max(stage.value for stage in stages), 0) or 1.0
    middle, room = (left + width - right) / 2, width - left - right
    parts: list[str] = []
    widths = [max(stage.value, 0) / top * room for stage in stages]
    for index, (upper, lower) in enumerate(pairwise(widths)):
        base = 4 + index * pitch + tall
        parts.append(
            f'<polygon points="{_n(middle - upper / 2)},{base} {_n(middle + upper / 2)},{base} '
            f'{_n(middle + lower / 2)},{base + pitch - tall} {_n(middle - lower / 2)},{base + pitch - tall}" fill="{PALE}"/>'
        )
    for index, (stage, wide) in enumerate(zip(stages, widths, strict=True)):
        base = 4 + index * pitch
        mark = (
            _hit(0, base - 2, width, tall + 4)
            + _text(0, base + 15, stage.label, MUTED)
            + f'<rect x="{_n(middle - max(wide, 2) / 2)}" y="{base}" width="{_n(max(wide, 2))}" height="{tall}" rx="3" fill="#8db6ee"/>'
            + _text(width, base + 15, f"{fmt(stage.value)}{_gap(unit)}", INK, "end", bold=True)
            + _tip(f"{stage.label} {fmt(stage.value)}{_gap(unit)}")
        )
        parts.append(_link(stage.href, mark, f"{stage.label} {fmt(stage.value)}{_gap(unit)}"))
    return _svg(parts, width, 4 + len(stages) * pitch, title, _spoken(((s.label, s.value) for s in stages), fmt, unit))


def bars(rows: Sequence[Bar], *, title: str = "", unit: str = "", width: int = 460, fmt: Format = plain) -> Svg:
    """Horizontal bars in the order given; negative values grow to the left of a common zero line."""
    if not rows:
        return _empty(title, width, 120)
    pitch = 28
    left = min(max(_measure(row.label) for row in rows) + 14, width * 0.4)
    shown = [f"{fmt(row.value)}{_gap(unit)}{_gap(row.note)}" for row in rows]
    right = min(max(_measure(text) for text in shown) + 10, width * 0.5)
    reach = [row.value for row in rows] + [row.target for row in rows if row.target is not None]
    low, high = min([*reach, 0.0]), max([*reach, 0.0])
    span = (high - low) or 1.0

    def x(value: float) -> float:
        return left + (value - low) / span * (width - left - right)

    parts = []
    for index, (row, text) in enumerate(zip(rows, shown, strict=True)):
        base = 4 + index * pitch
        start, end = sorted((x(0), x(row.value)))
        colour = RED if row.value < 0 else TONES.get(row.tone, ACTION)
        mark = (
            _hit(0, base - 2, width, pitch - 2)
            + _text(0, base + 15, _fit(row.label, left - 12), INK)
            + f'<rect x="{_n(left)}" y="{base + 5}" width="{_n(width - left - right)}" height="12" rx="3" fill="{TRACK}"/>'
            + f'<rect x="{_n(start)}" y="{base + 5}" width="{_n(max(end - start, 1.5))}" height="12" rx="3" fill="{colour}"/>'
            + ("" if row.target is None else f'<rect x="{_n(x(row.target) - 1)}" y="{base + 1}" width="2" height="20" fill="{INK}"/>')
            + _text(width, base + 15, text, INK, "end", bold=True)
            + _tip(f"{row.label} {text}" + ("" if row.target is None else f" / {fmt(row.target)}{_gap(unit)}"))
        )
        parts.append(_link(row.href, mark, f"{row.label} {text}"))
    return _svg(parts, width, 4 + len(rows) * pitch, title, _spoken(((r.label, r.value) for r in rows), fmt, unit))


def tile_map(
    tiles: Sequence[Tile], *, title: str = "", unit: str = "", fmt: Format = plain, size: tuple[int, int] = (88, 62), legend: bool = True
) -> Svg:
    """Districts as equal tiles on a grid that the caller lays out; the shade tells the value in five equal steps."""
    wide, tall, gap = size[0], size[1], 6
    if not tiles:
        return _empty(title, wide * 4, 120)
    top = max((tile.value or 0 for tile in tiles), default=0) or 1.0
    width = (max(tile.col for tile in tiles) + 1) * (wide + gap) - gap
    height = (max(tile.row for tile in tiles) + 1) * (tall + gap) - gap
    parts = []
    for tile in tiles:
        step = 0 if tile.value is None else min(int(max(tile.value, 0) / top * 5), 4)
        ink, soft = ("#ffffff", "#ffffff") if step >= 3 else (INK, INK)
        x, y = tile.col * (wide + gap), tile.row * (tall + gap)
        border = TONES.get(tile.tone, "#c9d6e6")
        value = "—" if tile.value is None else fmt(tile.value)
        mark = (
            f'<rect x="{x + 1}" y="{y + 1}" width="{wide - 2}" height="{tall - 2}" rx="6" '
            f'fill="{"#ffffff" if tile.value is None else SHADES[step]}" stroke="{border}" stroke-width="{2 if tile.tone else 1}"/>'
            + _text(x + 10, y + 18, _fit(tile.label, wide - 9), soft)
            + _text(x + 10, y + 37, value, ink, size=17, bold=True)
            + (_text(x + 10, y + 53, _fit(tile.note, wide - 14, 11), soft, size=11) if tile.note else "")
            + _tip(f"{tile.label} {value}{_gap(unit)} {tile.note}")
        )
        parts.append(_link(tile.href, mark, f"{tile.label} {value}{_gap(unit)}"))
    if legend:
        parts.append(_shade_key(height + 18, top, fmt, unit))
        height += 34
    return _svg(parts, width, height, title, _spoken(((t.label, t.value) for t in tiles), fmt, unit))


def progress_tick(actual: float | None, expected: float | None = None, *, tone: str = "", width: int = 150, title: str = "") -> Svg:
    """A bar of what is done and a tick where it should be, both in percent; without a tone, the lag picks one."""
    done = _clamp(actual)
    if not tone:
        lag = 0.0 if expected is None or actual is None else expected - actual
        tone = "red" if lag >= 15 else "yellow" if lag >= 5 else "blue"
    room = width - 2
    parts = [f'<rect x="1" y="4" width="{room}" height="8" rx="3" fill="{TRACK}"/>']
    if done:
        parts.append(f'<rect x="1" y="4" width="{_n(room * done / 100)}" height="8" rx="3" fill="{TONES.get(tone, ACTION)}"/>')
    if expected is not None:
        parts.append(f'<rect x="{_n(room * _clamp(expected) / 100)}" y="1" width="2" height="14" fill="{INK}"/>')
    spoken = f"{'—' if actual is None else plain(actual) + '%'} / {'—' if expected is None else plain(expected) + '%'}"
    return _svg(parts, width, 16, title or spoken, "", kind="tick")


def light(level: str, word: str, *, title: str = "") -> Svg:
    """A light as shape and word: red square, yellow triangle, green disc, grey ring (for table cells)."""
    shapes = {
        "red": f'<rect x="1" y="1" width="10" height="10" rx="1.5" fill="{RED}"/>',
        "yellow": f'<path d="M6 .8 11.6 11H.4Z" fill="{AMBER}"/>',
        "green": f'<circle cx="6" cy="6" r="5" fill="{GREEN}"/>',
    }
    shape = shapes.get(level, '<circle cx="6" cy="6" r="4.2" fill="none" stroke="#6a7785" stroke-width="1.6"/>')
    known = level if level in shapes else "grey"
    hint = f' title="{escape(title)}"' if title else ""
    return Svg(f'<span class="light is-{known}"{hint}><svg viewBox="0 0 12 12" aria-hidden="true">{shape}</svg>{escape(word)}</span>')


def _svg(parts: Iterable[str], width: float, height: float, title: str, spoken: str, *, kind: str = "") -> Svg:
    body = "".join(parts)
    size = kind or ("s" if width <= 380 else "m" if width <= 560 else "l")
    described = f"<desc>{escape(spoken)}</desc>" if spoken else ""
    # A picture with links in it is a group: role=img would hide the links from a screen reader.
    role = "group" if "<a " in body else "img"
    return Svg(
        f'<svg class="drawing drawing-{size}" role="{role}" aria-label="{escape(title)}" viewBox="0 0 {_n(width)} {_n(height)}" '
        f'width="{_n(width)}" height="{_n(height)}" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{described}{body}</svg>'
    )


def _empty(title: str, width: int, height: int) -> Svg:
    words = [f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="6" fill="none" stroke="{LINE}" stroke-dasharray="4 4"/>']
    return _svg([*words, _text(width / 2, height / 2 + 5, "—", MUTED, "middle", size=14)], width, height, title or "—", "")


def _shares(top: float) -> tuple[float, ...]:
    """Where the hairlines stand: thirds where they give round numbers, else quarters."""
    return (0.0, 1 / 3, 2 / 3, 1.0) if top * 2 % 3 == 0 else (0.0, 0.25, 0.5, 0.75, 1.0)


def _grid(top: float, y: Callable[[float], float], left: float, right: float, fmt: Format, unit: str) -> str:
    """Three hairlines and the axis, each with its amount; the unit stands once, over the axis."""
    out = [_text(left - 8, 12, unit, MUTED, "end", size=11)] if unit else []
    for share in _shares(top):
        level = y(top * share)
        out.append(f'<line x1="{_n(left)}" x2="{_n(right)}" y1="{_n(level)}" y2="{_n(level)}" stroke="{LINE if share == 0 else GRID}"/>')
        out.append(_text(left - 8, level + 4, fmt(top * share), MUTED, "end", size=11))
    return "".join(out)


def _month_names(labels: Sequence[str], x: Callable[[int], float], y: float) -> str:
    room = abs(x(1) - x(0)) if len(labels) > 1 else 999
    every = max(1, -int(-(max(_measure(label, 11) for label in labels) + 12) // room))
    return "".join(_text(x(index), y, label, MUTED, "middle", size=11) for index, label in enumerate(labels) if index % every == 0)


def _today(x: float, top: float, bottom: float) -> str:
    return f'<line x1="{_n(x)}" x2="{_n(x)}" y1="{_n(top)}" y2="{_n(bottom)}" stroke="{INK}" stroke-dasharray="3 3"/>'


def _line(spots: Sequence[tuple[float, float, str, float]], colour: str, dashed: bool) -> str:
    path = " ".join(f"{_n(x)},{_n(y)}" for x, y, *_ in spots)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{1.6 if dashed else 2.4}" stroke-linejoin="round"{dash}/>'
    )


def _dot(spot: tuple[float, float, str, float], colour: str, name: str, fmt: Format, unit: str, href: str) -> str:
    x, y, label, value = spot
    words = f"{label} {name} {fmt(value)}{_gap(unit)}"
    mark = f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3" fill="#ffffff" stroke="{colour}" stroke-width="1.6"/>' + _tip(words)
    return _link(
        href, f'<circle cx="{_n(x)}" cy="{_n(y)}" r="12" fill="#ffffff" fill-opacity="0"/>{mark}' if href else f"<g>{mark}</g>", words
    )


def _end_labels(ends: list[tuple[float, str, str, str]], x: float, floor_y: float) -> list[str]:
    """Names and last values at the lines' ends, pushed apart so that they never overprint (32 units a label)."""
    out, last = [], floor_y - 32
    for y, name, value, colour in sorted(ends):
        last = max(y, last + 32)
        out.append(_text(x, last - 3, name, MUTED if colour == GHOST else colour, size=11) + _text(x, last + 12, value, INK, bold=True))
    return out


def _shade_key(y: float, top: float, fmt: Format, unit: str) -> str:
    swatches = "".join(f'<rect x="{index * 22}" y="{y - 9}" width="22" height="10" fill="{shade}"/>' for index, shade in enumerate(SHADES))
    return swatches + _text(118, y, f"0 – {fmt(top)}{_gap(unit)}", MUTED, size=11)


def _text(x: float, y: float, words: str, fill: str, anchor: str = "start", *, size: int = 12, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size}" fill="{fill}"{side}{weight}>{escape(words)}</text>'


def _link(href: str, mark: str, words: str) -> str:
    return f'<a href="{escape(href)}" class="mark" aria-label="{escape(words.strip())}">{mark}</a>' if href else f"<g>{mark}</g>"


def _tip(words: str) -> str:
    return f"<title>{escape(' '.join(words.split()))}</title>"


def _hit(x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="hit" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="4" fill="#ffffff" fill-opacity="0"/>'


def _spoken(pairs: Iterable[tuple[str, float | None]], fmt: Format, unit: str) -> str:
    return clauses(f"{label} {'—' if value is None else fmt(value) + _gap(unit)}" for label, value in pairs)


def _scale(count: int, start: float, end: float) -> Callable[[int], float]:
    """Positions of `count` points; a single point stands in the middle."""
    return lambda index: (start + end) / 2 if count < 2 else start + index * (end - start) / (count - 1)


THIN = frozenset("iljtf .,:;'|!()")


def _measure(words: str, size: int = 12) -> float:
    """Width in user units, near enough: a Chinese character is one em, capitals two thirds, thin letters a third, others a little over half."""
    return size * sum(1 if ord(letter) > 0x2E80 else 0.33 if letter in THIN else 0.68 if letter.isupper() else 0.56 for letter in words)


def _fit(words: str, room: float, size: int = 12) -> str:
    while words and _measure(words, size) > room:
        words = words.rstrip("…")[:-1] + "…" if len(words) > 1 else ""
    return words


def _margin(top_label: str) -> float:
    return max(36.0, _measure(top_label, 11) + 14)


def _gap(words: str) -> str:
    return f" {words}" if words else ""


def _clamp(percent: float | None) -> float:
    return 0.0 if percent is None else min(max(percent, 0.0), 100.0)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
