"""The Gantt chart (横道图): values in, safe SVG out, some rows at a time, so that a page costs what is seen of it.

Colours come from the style sheet by class, sizes are attributes. A row is as high as a name beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from html import escape

from django.utils.translation import gettext as _

from zhuanban.engines.calendars import Season
from zhuanban.kernel import show
from zhuanban.kernel.charts import Svg

ROW, HEAD = 28, 40
"""Heights in pixels of a row and of the time axis."""
ZOOMS = {"day": 22.0, "week": 7.0, "month": 2.6, "quarter": 1.0}
"""Pixels for a day."""
MARGIN = {"day": 5, "week": 14, "month": 30, "quarter": 60}
"""Days left free on both sides."""
MOST_DAYS = 6000
TASK, MILESTONE, ENCLOSURE, SPAN = "task", "milestone", "enclosure", "span"


@dataclass(frozen=True, slots=True)
class Mark:
    """A node on a row of the portfolio's chart."""

    day: date
    kind: str
    words: str
    reached: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `done_to` is the day up to which the bar is work done; `float_to` the last day that it may end without harm;
    `likely` and `sure` the days of P50 and P80; `then` what the baseline says."""

    key: str
    name: str
    first: date | None
    last: date | None
    kind: str = TASK
    level: int = 0
    done_to: date | None = None
    critical: bool = False
    then: tuple[date, date] | None = None
    float_to: date | None = None
    likely: date | None = None
    sure: date | None = None
    marks: tuple[Mark, ...] = ()
    href: str = ""
    note: str = ""
    movable: bool = False

    @property
    def words(self) -> str:
        """The row in words, for tips and for those who do not see it."""
        if self.first is None or self.last is None:
            return f"{self.name} {self.note}".strip()
        dates = show.day(self.last) if self.kind in {MILESTONE, ENCLOSURE} else f"{show.day(self.first)} – {show.day(self.last)}"
        parts = [self.name, dates, self.note]
        if self.then:
            parts.append(_("基线 %(day)s") % {"day": show.day(self.then[1])})
        if self.critical:
            parts.append(_("关键"))
        return " · ".join(filter(None, parts))


@dataclass(frozen=True)
class Frame:
    """The time that the chart shows and its scale."""

    first: date
    last: date
    zoom: str
    today: date
    season: Season
    scale: float

    @property
    def width(self) -> int:
        return round(((self.last - self.first).days + 1) * self.scale)

    def x(self, day: date) -> float:
        """Where a day begins."""
        return (day - self.first).days * self.scale

    def winters(self) -> list[tuple[date, date]]:
        """The spans of the outdoor stop that the chart touches."""
        spans = []
        for year in range(self.first.year - 1, self.last.year + 1):
            start, end = self.season.outdoor_stop.in_year(year), self.season.outdoor_stop_end.in_year(year + 1)
            if end >= self.first and start <= self.last:
                spans.append((max(start, self.first), min(end, self.last)))
        return spans

    def deadlines(self) -> list[date]:
        """The days by which buildings must be closed."""
        days = (self.season.frost_deadline(year) for year in range(self.first.year, self.last.year + 1))
        return [day for day in days if self.first <= day <= self.last]


def frame_of(days: Iterable[date | None], zoom: str, today: date, season: Season) -> Frame:
    """The frame around these days and today; what lies more than sixteen years away is cut off."""
    zoom = zoom if zoom in ZOOMS else "month"
    known = [day for day in days if day is not None] + [today]
    free = timedelta(days=MARGIN[zoom])
    first = max(min(known), today - timedelta(days=MOST_DAYS // 2)) - free
    last = min(max(known), today + timedelta(days=MOST_DAYS // 2)) + free
    return Frame(first.replace(day=1) if zoom != "day" else first, last, zoom, today, season, ZOOMS[zoom])


def fitted(frame: Frame, width: int) -> Frame:
    """The same time on so many pixels, for paper."""
    days = (frame.last - frame.first).days + 1
    return replace(frame, scale=width / days, zoom="month" if width / days > 0.7 else "quarter")


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


# The time axis --------------------------------------------------------------------------------------------------------


def axis(frame: Frame) -> Svg:
    """Years, months, weeks or days along the top."""
    parts = [*_upper(frame), *_lower(frame)]
    parts.append(f'<text class="g-today-word" x="{_n(frame.x(frame.today) + 3)}" y="{HEAD - 2}">{escape(_("今天"))}</text>')
    return Svg(
        f'<svg class="gantt-axis" width="{frame.width}" height="{HEAD}" viewBox="0 0 {frame.width} {HEAD}" aria-hidden="true">{"".join(parts)}</svg>'
    )


def months(frame: Frame) -> list[date]:
    """First days of the months that the frame touches."""
    found, day = [], frame.first.replace(day=1)
    while day <= frame.last:
        found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def _upper(frame: Frame) -> list[str]:
    coarse = frame.zoom in {"month", "quarter"}
    parts = []
    for day in months(frame):
        if coarse and day.month != 1 and day != months(frame)[0]:
            continue
        words = str(day.year) if coarse else f"{day.year}-{day.month:02d}"
        at = max(frame.x(day), 0)
        parts.append(
            f'<line class="g-line" x1="{_n(at)}" x2="{_n(at)}" y1="0" y2="{HEAD}"/><text class="g-year" x="{_n(at + 4)}" y="14">{words}</text>'
        )
    return parts


def _lower(frame: Frame) -> list[str]:
    step = 3 if frame.zoom == "quarter" else 1
    if frame.zoom in {"month", "quarter"}:
        shown = [day for day in months(frame) if (day.month - 1) % step == 0]
        return [f'<text class="g-month" x="{_n(max(frame.x(day), 0) + 3)}" y="32">{escape(show.month(day.month))}</text>' for day in shown]
    every = 1 if frame.zoom == "day" else 7
    first = frame.first + timedelta(days=-frame.first.weekday() % 7 if every == 7 else 0)
    days = (first + timedelta(days=n) for n in range(0, (frame.last - first).days + 1, every))
    return [f'<text class="g-month" x="{_n(frame.x(day) + 2)}" y="32">{day.day}</text>' for day in days]


# Rows -----------------------------------------------------------------------------------------------------------------


def rows_svg(frame: Frame, rows: Sequence[Row], label: str) -> Svg:
    """The bars of some rows over winters, month lines, frost days and today."""
    height = len(rows) * ROW
    body = "".join(_row(frame, row, at) for at, row in enumerate(rows))
    return Svg(
        f'<svg class="gantt-bars" width="{frame.width}" height="{height}" viewBox="0 0 {frame.width} {height}" role="group" '
        f'aria-label="{escape(label)}">{ground(frame, height)}{body}</svg>'
    )


def ground(frame: Frame, height: int) -> str:
    """What lies behind the bars."""
    parts = [
        f'<rect class="g-winter" x="{_n(frame.x(start))}" y="0" width="{_n(frame.x(end) - frame.x(start) + frame.scale)}" height="{height}"/>'
        for start, end in frame.winters()
    ]
    parts += [f'<path class="g-grid" d="{"".join(f"M{_n(frame.x(day))} 0V{height}" for day in months(frame))}"/>']
    frost = "".join(f"M{_n(frame.x(day) + frame.scale)} 0V{height}" for day in frame.deadlines())
    parts.append(f'<path class="g-frost" d="{frost}"/>' if frost else "")
    parts.append(f'<path class="g-today" d="M{_n(frame.x(frame.today))} 0V{height}"/>')
    return "".join(parts)


def _row(frame: Frame, row: Row, at: int) -> str:
    top = at * ROW
    parts = [] if row.then is None else [_then(frame, row, top)]
    if row.first and row.last:
        parts.append(_point(frame, row, top) if row.kind in {MILESTONE, ENCLOSURE} else _bar(frame, row, top))
        parts.append(_spread(frame, row, top))
    parts += [_mark(frame, mark, top) for mark in row.marks]
    kind = f"g-row is-{row.kind}" + (" is-critical" if row.critical else "")
    moves = f' data-bar="{escape(row.key)}" data-first="{row.first}" tabindex="-1" role="button"' if row.movable else ' role="img"'
    return f'<g class="{kind}"{moves} aria-label="{escape(row.words)}"><title>{escape(row.words)}</title>{"".join(parts)}</g>'


def _then(frame: Frame, row: Row, top: int) -> str:
    """The baseline as a ghost beneath the bar."""
    first, last = row.then or (frame.first, frame.first)
    if row.kind in {MILESTONE, ENCLOSURE}:
        return f'<path class="g-then" d="{_diamond(frame.x(last) + frame.scale, top + 13, 5)}"/>'
    wide = max(2.0, frame.x(last) - frame.x(first) + frame.scale)
    return f'<rect class="g-then" x="{_n(frame.x(first))}" y="{top + 20}" width="{_n(wide)}" height="4" rx="1.5"/>'


def _bar(frame: Frame, row: Row, top: int) -> str:
    first, last = row.first or frame.first, row.last or frame.first
    left, right = frame.x(first), frame.x(last) + frame.scale
    tall, y = (8, top + 9) if row.kind == SPAN else (12, top + 6)
    parts = [f'<rect class="g-bar" x="{_n(left)}" y="{y}" width="{_n(max(2.0, right - left))}" height="{tall}" rx="2.5"/>']
    if row.done_to and row.done_to >= first:
        until = min(frame.x(row.done_to) + frame.scale, right)
        parts.append(f'<rect class="g-done" x="{_n(left)}" y="{y}" width="{_n(max(2.0, until - left))}" height="{tall}" rx="2.5"/>')
    if row.float_to and row.float_to > last:
        parts.append(f'<path class="g-float" d="M{_n(right)} {top + 12}H{_n(frame.x(row.float_to) + frame.scale)}"/>')
    return "".join(parts)


def _point(frame: Frame, row: Row, top: int) -> str:
    at = frame.x(row.last or frame.first) + frame.scale
    done = " is-done" if row.done_to else ""
    size = 8 if row.kind == ENCLOSURE else 6
    ring = f'<circle class="g-ring" cx="{_n(at)}" cy="{top + 13}" r="11"/>' if row.kind == ENCLOSURE else ""
    return f'{ring}<path class="g-point{done}" d="{_diamond(at, top + 13, size)}"/>'


def _spread(frame: Frame, row: Row, top: int) -> str:
    """From the day that is as likely as not to the one that is sure."""
    if not row.likely or not row.sure:
        return ""
    left, right = frame.x(row.likely) + frame.scale, frame.x(row.sure) + frame.scale
    return f'<path class="g-spread" d="M{_n(left)} {top + 13}H{_n(right)}M{_n(right)} {top + 9}v8"/>'


def _mark(frame: Frame, mark: Mark, top: int) -> str:
    kind = "g-node" + (" is-done" if mark.reached else " is-late" if mark.late else "") + (" is-closing" if mark.kind == ENCLOSURE else "")
    x = frame.x(mark.day) + frame.scale
    return f'<path class="{kind}" d="{_diamond(x, top + 13, 5)}"><title>{escape(mark.words)}</title></path>'


def _diamond(x: float, y: float, size: int) -> str:
    return f"M{_n(x)} {y - size}l{size} {size}l-{size} {size}l-{size} -{size}z"
