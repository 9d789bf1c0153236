"""The bridge from what projects say they invested to what the statistics count: values in, safe SVG out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from zhuanban.kernel.charts import ACTION, AMBER, GHOST, GREEN, INK, LINE, MUTED, RED, TRACK, Format, Svg, plain
from zhuanban.kernel.words import clauses

TONES = {"own": ACTION, "part": GHOST, "unexplained": AMBER, "stated": GREEN, "over": RED}


@dataclass(frozen=True, slots=True)
class Span:
    """A bar of the bridge: from which value to which."""

    label: str
    start: float
    end: float
    tone: str = "part"
    href: str = ""

    @property
    def size(self) -> float:
        return self.end - self.start


def steps(own: tuple[str, float], parts: Sequence[tuple[str, float, str, str]], stated: tuple[str, float | None]) -> list[Span]:
    """The own sum, each reason taken off it in turn, and the statistical sum at the end, which may be unknown. `parts`: label, amount,
    tone, address."""
    found, at = [Span(own[0], 0, own[1], "own")], own[1]
    for label, amount, tone, href in parts:
        found.append(Span(label, at, at - amount, tone, href))
        at -= amount
    return [*found, Span(stated[0], 0, stated[1], "stated") if stated[1] is not None else Span(stated[0], 0, 0, "unknown")]


def bridge(spans: Sequence[Span], *, title: str, unit: str = "", width: int = 720, fmt: Format = plain) -> Svg:
    """Bars under one another, each beginning where the one before ended."""
    pitch, tall = 34, 16
    left = max([_wide(span.label) for span in spans] or [60]) + 16
    right = max([_wide(_shown(span, fmt)) for span in spans] or [60]) + 16
    high = max([1.0, *(max(span.start, span.end) for span in spans)])
    low = min([0.0, *(min(span.start, span.end) for span in spans)])
    room = width - left - right

    def x(value: float) -> float:
        return left + (value - low) / (high - low) * room

    out = []
    for at, span in enumerate(spans):
        top = 6 + at * pitch
        first, last = sorted((x(span.start), x(span.end)))
        colour = TONES.get(span.tone, GHOST)
        mark = (
            _text(0, top + 13, span.label, INK)
            + f'<rect x="{_n(left)}" y="{top}" width="{_n(room)}" height="{tall}" rx="3" fill="{TRACK}" fill-opacity=".55"/>'
            + f'<rect x="{_n(first)}" y="{top}" width="{_n(max(last - first, 1.5))}" height="{tall}" rx="3" fill="{colour}"/>'
            + _text(width, top + 13, _shown(span, fmt), INK, "end", bold=True)
            + f"<title>{escape(f'{span.label} {_shown(span, fmt)} {unit}'.strip())}</title>"
        )
        if at + 1 < len(spans):
            end = x(span.end)
            out.append(
                f'<line x1="{_n(end)}" x2="{_n(end)}" y1="{top + tall}" y2="{top + pitch}" stroke="{MUTED}" stroke-dasharray="2 3"/>'
            )
        words = escape(f"{span.label} {_shown(span, fmt)}")
        out.append(f'<a href="{escape(span.href)}" class="mark" aria-label="{words}">{mark}</a>' if span.href else f"<g>{mark}</g>")
    height = 6 + len(spans) * pitch
    out.append(f'<line x1="{_n(x(0))}" x2="{_n(x(0))}" y1="2" y2="{height - 12}" stroke="{LINE}"/>')
    spoken = clauses(f"{span.label} {_shown(span, fmt)}" for span in spans)
    role = "group" if any(span.href for span in spans) else "img"
    size = "m" if width <= 560 else "l"
    return Svg(
        f'<svg class="drawing drawing-{size}" role="{role}" aria-label="{escape(title)}" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(spoken)}</desc>{"".join(out)}</svg>'
    )


def _shown(span: Span, fmt: Format) -> str:
    """Sums as they are, steps with their sign."""
    if span.tone in {"own", "stated"}:
        return fmt(span.end)
    if span.tone == "unknown":
        return "—"
    return f"{'−' if span.size < 0 else '+'}{fmt(abs(span.size))}"


def _wide(words: str) -> float:
    return 12 * sum(1 if ord(letter) > 0x2E80 else 0.58 for letter in words)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text(x: float, y: float, words: str, fill: str, anchor: str = "start", *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="12" fill="{fill}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'
