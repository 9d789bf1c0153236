"""The strip of a project's light over the last days: height and colour tell it twice, the words a third time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from html import escape

from django.utils.translation import gettext as _

from zhuanban.domains.dispatch.models import Level, LightDay
from zhuanban.domains.dispatch.rules.light_words import why_words
from zhuanban.kernel import charts, show
from zhuanban.kernel.words import listed

WIDTH, HEIGHT, FOOT = 360, 34, 13
LOOKS = {"red": (charts.RED, 18), "yellow": (charts.AMBER, 13), "green": (charts.GREEN, 8), "grey": (charts.GHOST, 4)}
"""Colour and height of a day: the worse, the higher."""


def strip(rows: Iterable[LightDay], today: date, days: int = 90) -> charts.Svg:
    """The last so many days up to today, each stretch with its days and reasons; days before the first row are left blank."""
    first, bars, counted = today - timedelta(days=days - 1), [], Counter[str]()
    for row in rows:
        begin, end = max(row.day, first), min(row.to_day or today + timedelta(days=1), today + timedelta(days=1))
        if row.level and begin < end:
            counted[row.level] += (end - begin).days
            bars.append(_bar(row, (begin - first).days, (end - begin).days, days))
    label = _("近 %(n)s 天的灯") % {"n": days}
    spoken = listed(_("%(light)s %(n)s 天") % {"light": Level(level).label, "n": counted[level]} for level in Level if counted[level])
    body = "".join([*bars, *_months(first, days)])
    return charts.Svg(
        f'<svg class="drawing drawing-s" role="img" aria-label="{escape(label)}：{escape(spoken)}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" xmlns="http://www.w3.org/2000/svg"><line x1="0" y1="19.5" x2="{WIDTH}" y2="19.5" stroke="{charts.LINE}"/>{body}</svg>'
    )


def _bar(row: LightDay, at: int, length: int, days: int) -> str:
    colour, height = LOOKS[row.level]
    x, width = at * WIDTH / days, max(length * WIDTH / days - 0.4, 0.6)
    told = f"{show.short_day(row.day)} {row.get_level_display()} {why_words(row.reasons, 2)}".strip()
    return f'<rect x="{x:.1f}" y="{19 - height}" width="{width:.1f}" height="{height}" fill="{colour}"><title>{escape(told)}</title></rect>'


def _months(first: date, days: int) -> Iterable[str]:
    """A small tick and the month's name where a month begins."""
    for back in range(days):
        day = first + timedelta(days=back)
        if day.day == 1 and back < days - 8:
            x = back * WIDTH / days
            yield (
                f'<line x1="{x:.1f}" y1="19" x2="{x:.1f}" y2="22" stroke="{charts.MUTED}"/>'
                f'<text x="{x + 2:.1f}" y="{HEIGHT - 2}" font-size="10" fill="{charts.MUTED}">{escape(show.month(day.month))}</text>'
            )
