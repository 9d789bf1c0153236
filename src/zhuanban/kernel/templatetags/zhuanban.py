"""Template words of the house."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy

from zhuanban.kernel import charts, figures, pages, show, words

register = template.Library()
register.filter("money", show.money)
register.filter("day", show.day)
register.filter("short_day", show.short_day)
register.filter("place", show.place)
register.filter("large", show.large)
register.filter("listed", words.listed)
register.filter("clauses", words.clauses)
register.simple_tag(show.large_unit, name="large_unit")
register.filter("percent", lambda value: show.text_of(value, "percent"))
register.filter("number", lambda value: show.text_of(value, "number"))
register.simple_tag(pages.plain_row, name="plain_row")
LIGHTS = {"red": gettext_lazy("红灯"), "yellow": gettext_lazy("黄灯"), "green": gettext_lazy("绿灯"), "grey": gettext_lazy("未评")}


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """An icon of `frontend/icons.txt` beside words that say the same. A page has a hundred of them, so that each costs a line."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#i-{}"></use></svg>',
        classes,
        static("zhuanban/icons.svg"),
        name,
    )


@register.simple_tag
def light(level: str, word: str = "") -> charts.Svg:
    """A light with its word, for rows of a table; elsewhere the component does."""
    return charts.light(level, str(word or LIGHTS[level]))


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: Any) -> SafeString:
    """The page's query string with parameters changed."""
    return mark_safe(str(context["query"].url(**changes)))


@register.simple_tag
def options(choices: list[tuple[Any, Any]], chosen: str) -> SafeString:
    """The options of a select, printed in one go."""
    words = (
        f'<option value="{escape(str(value))}"{" selected" if str(value) == chosen else ""}>{escape(str(label))}</option>'
        for value, label in choices
    )
    return mark_safe("".join(words))


@register.simple_tag(takes_context=True)
def figure_card(
    context: Context, name: str, reading: figures.Reading | None = None, note: str = "", tone: str = "", label: str = "", query: str = ""
) -> SafeString:
    """A figure as a card that opens to its evidence; read for the signed-in person unless a reading is given."""
    known = figures.REGISTRY[name]
    reading = reading or known.read(figures.Scope.today(user=context["request"].user))
    number, unit = figures.split(reading.value, known.unit)
    href = known.get_absolute_url() + (f"?{query}" if query else "")
    return mark_safe(
        render_to_string(
            "kernel/figure_card.html",
            {
                "label": label or known.label,
                "value": number,
                "unit": unit,
                "note": note or known.definition,
                "href": href,
                "tone": tone,
            },
        )
    )


@register.simple_tag
def part_value(value: Any) -> str:
    """One side of a rate: counts are whole numbers, sums of money are decimals, sums of shares are floats."""
    if isinstance(value, float):
        return f"{value:,.2f}"
    return show.money(value) if isinstance(value, Decimal) else show.text_of(value, "number")


@register.simple_tag
def act_url(name: str, target: Any, **params: Any) -> str:
    from urllib.parse import urlencode

    url = reverse("kernel:act", args=[name, target.pk])
    return f"{url}?{urlencode(params)}" if params else url
