"""Drawings of permit plans: the graph of items by layers and stages, and the Gantt chart in working days. Values in, safe SVG out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from django.utils.translation import gettext as _

from zhuanban.domains.approvals.models import Item, PermitStep
from zhuanban.domains.approvals.rules.timetable import Timed
from zhuanban.engines.calendars import WorkCalendar
from zhuanban.kernel import show
from zhuanban.kernel.charts import ACTION, AMBER, GREEN, GRID, INK, LINE, MUTED, RED, Svg

State = PermitStep.State
LOOKS = {
    State.DONE: ("✓", "#e7f4ea", GREEN),
    State.RUNNING: ("▶", "#dbe8fb", ACTION),
    State.PAUSED: ("‖", "#fdf3d9", "#8a6100"),
    State.OPEN: ("○", "#ffffff", ACTION),
    State.WAITING: ("…", "#f4f6f9", MUTED),
    State.UNRECORDED: ("?", "#f4f6f9", MUTED),
}
"""State -> its shape, the ground of its box, its ink. The word stands beside the shape."""
WIDE, TALL, ACROSS, DOWN = 132, 46, 28, 10
LANE, TOP = 26, 8
ROW, HEAD = 28, 40
MOST_DAYS = 520
"""Working days that the Gantt chart shows at most."""


def look(state: str) -> tuple[str, str, str]:
    return LOOKS[State(state)]


def _text(x: float, y: float, words: str, fill: str = INK, size: int = 12, anchor: str = "start", weight: str = "400") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>'


# The graph --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Box:
    """Where an item stands in the graph."""

    step: Timed
    x: int
    y: int


def direct(steps: Sequence[Timed]) -> list[tuple[str, str]]:
    """(before, after) of the prerequisites that no longer way says already: the graph without its shortcuts."""
    before = {step.code: set(step.step.waits_for) for step in steps}
    ahead: dict[str, set[str]] = {}

    def all_before(code: str) -> set[str]:
        if code not in ahead:
            ahead[code] = set(before[code]).union(*(all_before(each) for each in before[code]))
        return ahead[code]

    return [
        (each, code)
        for code in before
        for each in step_order(before[code], steps)
        if not any(each in all_before(other) for other in before[code] if other != each)
    ]


def step_order(codes: set[str], steps: Sequence[Timed]) -> list[str]:
    return [step.code for step in steps if step.code in codes]


def boxes(steps: Sequence[Timed]) -> tuple[dict[str, Box], list[tuple[str, int, int]], int]:
    """The items by code, the lanes of the stages (name, top, height), and the whole height. The layer is the column."""
    placed: dict[str, Box] = {}
    lanes = []
    top = TOP
    for stage in Item.Stage:
        mine = [step for step in steps if step.step.entry.stage == stage]
        if not mine:
            continue
        filled: dict[int, int] = defaultdict(int)
        for step in mine:
            row = filled[step.layer]
            filled[step.layer] += 1
            placed[step.code] = Box(step, 12 + step.layer * (WIDE + ACROSS), top + LANE + row * (TALL + DOWN))
        height = LANE + max(filled.values()) * (TALL + DOWN)
        lanes.append((str(stage.label), top, height))
        top += height + 6
    return placed, lanes, top


def graph(steps: Sequence[Timed], names: Mapping[str, str], title: str) -> Svg:
    """Items from left to right in the order in which they wait for each other, a lane for each stage, the critical way in red."""
    if not steps:
        return Svg("")
    placed, lanes, height = boxes(steps)
    width = max(box.x for box in placed.values()) + WIDE + 12
    parts = []
    for at, (label, top, tall) in enumerate(lanes):
        parts.append(
            f'<rect x="0" y="{top}" width="{width}" height="{tall}" fill="{"#fafbfd" if at % 2 == 0 else "#ffffff"}" stroke="{GRID}"/>'
        )
        parts.append(_text(12, top + 17, label, MUTED, 11))
    links = direct(steps)
    for before, after in sorted(links, key=lambda link: _on_the_way(placed, *link)):
        parts.append(_link(placed[before], placed[after], _on_the_way(placed, before, after)))
    parts += [_box(box, names) for box in placed.values()]
    return Svg(
        f'<svg class="permit-graph" role="img" aria-label="{escape(title)}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


def _on_the_way(placed: Mapping[str, Box], before: str, after: str) -> bool:
    """Whether a link lies on the critical way."""
    step = placed[after].step
    return step.critical and placed[before].step.critical and before in step.driven_by


def _link(before: Box, after: Box, critical: bool) -> str:
    x, y, to_x, to_y = before.x + WIDE, before.y + TALL // 2, after.x, after.y + TALL // 2
    bend = max(16, (to_x - x) // 2)
    ink, wide = (RED, "2.2") if critical else ("#b4bfcb", "1.2")
    return (
        f'<path d="M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x - 6} {to_y}" fill="none" stroke="{ink}" stroke-width="{wide}"/>'
        f'<path d="M{to_x} {to_y}l-6 -3.5v7z" fill="{ink}"/>'
    )


def _box(box: Box, names: Mapping[str, str]) -> str:
    step = box.step
    shape, ground, ink = look(step.state)
    edge, wide = (RED, "2.2") if step.critical else (ink if step.state != State.WAITING else "#c9d2dc", "1.2")
    dashed = ' stroke-dasharray="5 3"' if step.step.uncertain else ""
    word = str(State(step.state).label)
    when = show.short_day(step.finishes_on) if step.finishes_on else _("日期未定")
    mark = "*" if step.provisional else ""
    name = names[step.code]
    spoken = " · ".join(filter(None, [name, word, f"{when}{mark}", _("关键") if step.critical else ""]))
    return (
        f'<g><title>{escape(spoken)}</title><rect x="{box.x}" y="{box.y}" width="{WIDE}" height="{TALL}" rx="5" fill="{ground}" stroke="{edge}" '
        f'stroke-width="{wide}"{dashed}/>'
        + _text(box.x + 9, box.y + 19, _short(name), INK, 12, weight="600" if step.critical else "400")
        + _text(box.x + 9, box.y + 36, f"{shape} {word}", ink, 11)
        + _text(box.x + WIDE - 8, box.y + 36, f"{when}{mark}", MUTED, 11, "end")
        + "</g>"
    )


def _short(name: str) -> str:
    """What fits a box: nine ideographs, or twice as many letters."""
    room, kept = 18, ""
    for letter in name:
        room -= 1 if ord(letter) < 0x2E80 else 2
        if room < 0:
            return kept.rstrip() + "…"
        kept += letter
    return kept


# The Gantt chart ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Days:
    """The working days that a chart shows, in order, with the pixels for each."""

    days: Sequence[date]
    scale: float
    today: date

    @property
    def width(self) -> int:
        return round(len(self.days) * self.scale) + 8

    def x(self, day: date) -> float:
        """Where a day begins; a day of rest begins where the next working day does."""
        low, high = 0, len(self.days)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.days[middle] < day else (low, middle)
        return low * self.scale


def days_of(steps: Sequence[Timed], work: WorkCalendar, today: date) -> Days:
    """From the first hand-in that is still of interest to the last certificate, working days only."""
    known = [day for step in steps for day in (step.starts_on, step.finishes_on, step.latest_on) if day]
    first = max(min([*known, today]), today - timedelta(days=MOST_DAYS // 2))
    last = min(max([*known, today]), first + timedelta(days=round(MOST_DAYS * 7 / 5)))
    found, day = [], first - timedelta(days=2)
    while day <= last + timedelta(days=4):
        if work.is_workday(day):
            found.append(day)
        day += timedelta(days=1)
    return Days(found, max(2.0, min(16.0, 900 / max(1, len(found)))), today)


def axis(frame: Days) -> Svg:
    """Months, and the days of the month where there is room; working days only."""
    parts, last_at = [], -100.0
    for at, day in enumerate(frame.days):
        x = at * frame.scale
        if (at == 0 or day.month != frame.days[at - 1].month) and x - last_at > 46:
            parts.append(f'<text class="g-year" x="{x + 3:.1f}" y="14">{day.year}-{day.month:02d}</text>')
            last_at = x
        if frame.scale >= 12 and (day.weekday() == 0 or at == 0):
            parts.append(f'<text class="g-month" x="{x + 2:.1f}" y="32">{day.day}</text>')
    parts.append(f'<text class="g-today-word" x="{frame.x(frame.today) + 3:.1f}" y="{HEAD - 2}">{escape(_("今天"))}</text>')
    return Svg(
        f'<svg class="gantt-axis" width="{frame.width}" height="{HEAD}" viewBox="0 0 {frame.width} {HEAD}" aria-hidden="true">{"".join(parts)}</svg>'
    )


def bars(frame: Days, steps: Sequence[Timed], names: Mapping[str, str], work: WorkCalendar, label: str) -> Svg:
    """A row for each item: its bar, or a diamond where it takes no time, the days that it may be late, months, years without a published calendar, today."""
    height = len(steps) * ROW
    parts = [_unpublished(frame, work, height)]
    months = [at for at, day in enumerate(frame.days) if at and day.month != frame.days[at - 1].month]
    grid = "".join(f"M{at * frame.scale:.1f} 0V{height}" for at in months)
    parts.append(f'<path class="g-grid" d="{grid}"/>' if grid else "")
    parts.append(f'<path class="g-today" d="M{frame.x(frame.today):.1f} 0V{height}"/>')
    parts += [_row(frame, step, at, names) for at, step in enumerate(steps)]
    return Svg(
        f'<svg class="gantt-bars" width="{frame.width}" height="{height}" viewBox="0 0 {frame.width} {height}" role="group" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _unpublished(frame: Days, work: WorkCalendar, height: int) -> str:
    """The ground of years whose holidays are not published yet."""
    at = [place for place, day in enumerate(frame.days) if work.provisional(day.year)]
    if not at:
        return ""
    words = escape(_("节假日安排未公布，暂按周末和固定假日计"))
    left, right = at[0] * frame.scale, (at[-1] + 1) * frame.scale
    return (
        f'<rect x="{left:.1f}" y="0" width="{right - left:.1f}" height="{height}" fill="{AMBER}" fill-opacity=".12"><title>{words}</title></rect>'
        f'<path d="M{left:.1f} 0V{height}" stroke="{AMBER}" stroke-dasharray="4 3"/>'
    )


def _row(frame: Days, step: Timed, at: int, names: Mapping[str, str]) -> str:
    words = row_words(step, names)
    kind = "g-row is-task" + (" is-critical" if step.critical else "")
    top, inner = at * ROW, ""
    if step.starts_on and step.finishes_on and step.finishes_on >= frame.days[0]:
        left = max(0.0, frame.x(step.starts_on))
        right = min(frame.x(step.finishes_on) + frame.scale, frame.width)
        shade = "g-done" if step.state == State.DONE else "g-bar"
        if step.starts_on == step.finishes_on:
            inner = _point((left + right) / 2, top + 12, step.state == State.DONE)
        else:
            inner = f'<rect class="{shade}" x="{left:.1f}" y="{top + 6}" width="{max(3.0, right - left):.1f}" height="12" rx="2.5"/>'
        if step.latest_on and step.latest_on > step.finishes_on:
            until = min(frame.x(step.latest_on) + frame.scale, frame.width)
            inner += f'<path class="g-float" d="M{right:.1f} {top + 12}H{until:.1f}"/>'
    elif step.finishes_on:
        inner = _text(3, top + 16, f"◂ {show.day(step.finishes_on)}", MUTED, 11)
    else:
        inner = _text(frame.x(frame.today) + 6, top + 17, _("日期未定"), MUTED, 11)
    line = f'<path d="M0 {top + ROW}H{frame.width}" stroke="{LINE}" stroke-opacity=".5"/>'
    return f'<g class="{kind}" role="img" aria-label="{escape(words)}"><title>{escape(words)}</title>{inner}{line}</g>'


def _point(x: float, y: int, done: bool) -> str:
    """What takes no time: a diamond of the same size whatever a day is wide."""
    return f'<path class="g-point{" is-done" if done else ""}" d="M{max(8.0, x):.1f} {y - 7}l7 7-7 7-7-7z"/>'


def row_words(step: Timed, names: Mapping[str, str]) -> str:
    """A row in words, for tips and for those who do not see it."""
    parts = [names[step.code], str(State(step.state).label)]
    if step.starts_on and step.finishes_on:
        parts.append(f"{show.day(step.starts_on)} – {show.day(step.finishes_on)}")
    if step.float_days:
        parts.append(_("可晚 %(n)s 个工作日") % {"n": step.float_days})
    if step.critical:
        parts.append(_("关键"))
    return " · ".join(parts)
