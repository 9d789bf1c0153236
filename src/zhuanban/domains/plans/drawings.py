"""The fan of a project's forecasts over their data dates: values in, safe SVG out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from zhuanban.kernel import show
from zhuanban.kernel.charts import ACTION, GRID, MUTED, PALE, RED, Svg
from zhuanban.kernel.words import clauses


@dataclass(frozen=True, slots=True)
class Said:
    """What one forecast said: its data date and the days of P10, P50, P80 and P90."""

    on: date
    p10: date
    p50: date
    p80: date
    p90: date


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text(x: float, y: float, words: str, fill: str = MUTED, anchor: str = "start", size: int = 11) -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size}" fill="{fill}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(parts: Sequence[str], width: int, height: int, title: str, spoken: str) -> Svg:
    size = "s" if width <= 380 else "m" if width <= 560 else "l"
    return Svg(
        f'<svg class="drawing drawing-{size}" role="img" aria-label="{escape(title)}" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(spoken)}</desc>{"".join(parts)}</svg>'
    )


def month_of(day: date) -> str:
    return f"{day:%y-%m}"


def fan(said: Sequence[Said], promised: date | None, *, title: str, promise: str, width: int = 372, height: int = 190) -> Svg:
    """The fan P10 to P90 by data date, the line of P50, and the day that was promised."""
    if not said:
        return Svg("")
    days = [day for each in said for day in (each.p10, each.p90)] + ([promised] if promised else [])
    low, high = min(days) - timedelta(days=12), max(days) + timedelta(days=12)
    left, right, top, bottom = 46, width - 10, 12, height - 22

    def x(at: int) -> float:
        return (left + right) / 2 if len(said) == 1 else left + at * (right - left) / (len(said) - 1)

    def y(day: date) -> float:
        return bottom - (day - low).days / max(1, (high - low).days) * (bottom - top)

    parts = [
        f'<line x1="{left}" x2="{right}" y1="{_n(y(day))}" y2="{_n(y(day))}" stroke="{GRID}"/>'
        + _text(left - 6, y(day) + 4, month_of(day), anchor="end")
        for day in _ticks(low, high)
    ]
    if len(said) > 1:
        for lower, upper, shade in (("p10", "p90", ".55"), ("p50", "p80", "1")):
            band = [f"{_n(x(at))},{_n(y(getattr(each, upper)))}" for at, each in enumerate(said)]
            band += [f"{_n(x(at))},{_n(y(getattr(said[at], lower)))}" for at in reversed(range(len(said)))]
            parts.append(f'<polygon points="{" ".join(band)}" fill="{PALE}" fill-opacity="{shade}"/>')
        line = " ".join(f"{_n(x(at))},{_n(y(each.p50))}" for at, each in enumerate(said))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{ACTION}" stroke-width="2"/>')
    for at, each in enumerate(said):
        words = f"{each.on} P10 {each.p10} P50 {each.p50} P80 {each.p80} P90 {each.p90}"
        parts.append(f'<path d="M{_n(x(at))} {_n(y(each.p10))}V{_n(y(each.p90))}" stroke="{ACTION}" stroke-opacity=".35"/>')
        parts.append(
            f'<circle cx="{_n(x(at))}" cy="{_n(y(each.p50))}" r="3" fill="#fff" stroke="{ACTION}" stroke-width="1.6"><title>{words}</title></circle>'
        )
    every = max(1, -(-len(said) // 6))
    for at, each in enumerate(said):
        if (len(said) - 1 - at) % every == 0:
            anchor = "middle" if 0 < at < len(said) - 1 or len(said) == 1 else "end" if at else "start"
            parts.append(_text(x(at), height - 6, month_of(each.on), anchor=anchor))
    if promised:
        parts.append(
            f'<line x1="{left}" x2="{right}" y1="{_n(y(promised))}" y2="{_n(y(promised))}" stroke="{RED}" stroke-dasharray="5 4"/>'
        )
        parts.append(_text(right, y(promised) - 4, promise, RED, "end"))
    spoken = clauses(f"{show.day(each.on)} P50 {show.day(each.p50)} P80 {show.day(each.p80)}" for each in said)
    return _svg(parts, width, height, title, spoken)


def _ticks(low: date, high: date) -> list[date]:
    """Three or four first days of months, evenly between two days."""
    span = (high - low).days
    found = [(low + timedelta(days=round(span * share))).replace(day=1) for share in (0.2, 0.45, 0.7, 0.95)]
    return sorted({day for day in found if low <= day <= high})
