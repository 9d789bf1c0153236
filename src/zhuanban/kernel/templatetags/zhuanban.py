"""Template words of the house."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from zhuanban.kernel import figures, pages, show

register = template.Library()
register.filter("money", show.money)
register.filter("day", show.day)
register.filter("short_day", show.short_day)
register.filter("place", show.place)
register.simple_tag(pages.plain_row, name="plain_row")


@register.simple_tag(takes_context=True)
def query_with(context, **changes: Any) -> SafeString:
    """The page's query string with parameters changed."""
    return mark_safe(context["query"].url(**changes))


@register.simple_tag
def table_cells(cells: list[show.Cell]) -> SafeString:
    """All cells of a row in one go: a template per cell would cost ten times as much."""
    return format_html_join("", "{}", ((_cell(cell, index),) for index, cell in enumerate(cells)))


def _cell(cell: show.Cell, index: int) -> SafeString:
    kind = " ".join(word for word, on in (("num", cell.numeric), ("only-wide", not cell.narrow), ("pin", index == 0)) if on)
    attributes = format_html(' class="{}"', kind) if kind else ""
    if cell.edit_url:
        return format_html(
            '<td{}><button class="cell-value" type="button" hx-get="{}" hx-target="closest td" hx-swap="outerHTML" aria-label="{} {} {}">{}</button></td>',
            attributes,
            cell.edit_url,
            cell.label,
            cell.html,
            _("修改"),
            cell.html,
        )
    tag = mark_safe("th scope=row") if index == 0 else mark_safe("td")
    return format_html("<{}{}>{}</{}>", tag, attributes, cell.html, "th" if index == 0 else "td")


@register.simple_tag(takes_context=True)
def figure_card(context, name: str, reading=None, note: str = "", tone: str = "", label: str = "", query: str = "") -> SafeString:
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
def figure_value(known: figures.Figure, reading: figures.Reading) -> str:
    return known.printed(reading.value)


@register.simple_tag
def act_url(name: str, target: Any, **params: Any) -> str:
    from urllib.parse import urlencode

    url = reverse("kernel:act", args=[name, target.pk])
    return f"{url}?{urlencode(params)}" if params else url
