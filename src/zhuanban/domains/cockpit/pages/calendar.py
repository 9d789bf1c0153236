"""The calendar by month and by week, and one's own days as a file for another calendar."""

from __future__ import annotations

from calendar import Calendar
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from zhuanban.domains.cockpit import ics
from zhuanban.domains.cockpit.queries import calendar as queries
from zhuanban.domains.cockpit.queries.calendar import Asked
from zhuanban.domains.people.models import Area
from zhuanban.kernel import access, clock, show, timeline
from zhuanban.kernel.errors import Failure
from zhuanban.kernel.people import SignedInRequest

MONTH, WEEK = "month", "week"
YEARS = range(2015, 2036)
AHEAD, BACK = 120, 31
"""Days that the downloaded calendar looks ahead and back."""
KINDS = {"deadline": "clock", "node": "flag", "meeting": "presentation", "frost": "snowflake"}


@require_GET
def page(request: SignedInRequest) -> HttpResponse:
    """A month or a week: mine, or an area's."""
    user, on = request.user, day_of(request.GET.get("on", ""))
    view = WEEK if request.GET.get("view") == WEEK else MONTH
    area = area_of(user, request.GET.get("area", ""))
    mine = not area and request.GET.get("all") != "1"
    first, last = span(view, on)
    asked = Asked(first, last, mine, area, queries.WEEKLY if view == WEEK else queries.PER_DAY)
    days = queries.days(user, asked, month=on.month if view == MONTH else 0)
    context = {
        "page_title": _("日历"),
        "view": view,
        "on": on,
        "title": title(view, first, last, on),
        "mine": mine,
        "area": area,
        "areas": [(each.key, show.place(each)) for each in Area.objects.filter(pk__in=queries.areas_of(user))],
        "weeks": [days[at : at + 7] for at in range(0, len(days), 7)],
        "days": [each for each in days if each.entries or each.more or each.name],
        "weekdays": [str(name) for name in show.WEEKDAYS],
        "icons": KINDS,
        "inside": bool(user.inside_keys),
        "provisional": any(each.provisional for each in days),
        **links(request, view, on, first, last),
    }
    return render(request, "cockpit/calendar.html", context)


def day_of(text: str) -> date:
    """The day of the address, today where there is none. Raises Failure in words."""
    if not text:
        return clock.today()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Failure(_("日期写成 2023-01-31 这样。")) from None
    if day.year not in YEARS:
        raise Failure(_("日历只到 %(first)s 至 %(last)s 年。") % {"first": YEARS[0], "last": YEARS[-1]})
    return day


def area_of(user: Any, text: str) -> str:
    """The area asked for, if it is one of the person's."""
    if text and text not in queries.areas_of(user):
        raise Failure(_("没有这个属地。"))
    return text


def span(view: str, on: date) -> tuple[date, date]:
    """The days that are shown: whole weeks, Monday first."""
    if view == WEEK:
        first = on - timedelta(days=on.weekday())
        return first, first + timedelta(days=6)
    days = list(Calendar().itermonthdates(on.year, on.month))
    return days[0], days[-1]


def title(view: str, first: date, last: date, on: date) -> str:
    if view == WEEK:
        return f"{show.day(first)} – {show.short_day(last)}"
    return _("%(year)s年%(month)s") % {"year": on.year, "month": show.month(on.month)}


def links(request: SignedInRequest, view: str, on: date, first: date, last: date) -> dict[str, Any]:
    """Before, after, today, and the switches: each keeps what else is asked."""

    def url(**changes: Any) -> str:
        params = request.GET.copy()
        for name, value in changes.items():
            params.pop(name, None)
            if value:
                params[name] = value
        return f"?{params.urlencode()}"

    before = first - timedelta(days=1) if view == WEEK else on.replace(day=1) - timedelta(days=1)
    after = last + timedelta(days=1) if view == WEEK else (on.replace(day=28) + timedelta(days=4)).replace(day=1)
    inside = {"before": before.year in YEARS, "after": after.year in YEARS}
    whose = [
        {
            "label": _("我的"),
            "url": url(all=None, area=None),
            "active": not request.GET.get("area") and request.GET.get("all") != "1",
            "icon": "user",
        },
        {
            "label": _("我能看到的"),
            "url": url(all="1", area=None),
            "active": request.GET.get("all") == "1" and not request.GET.get("area"),
            "icon": "users",
        },
    ]
    views = [
        {"label": _("月"), "url": url(view=None), "active": view == MONTH, "icon": "calendar-event"},
        {"label": _("周"), "url": url(view=WEEK), "active": view == WEEK, "icon": "columns-3"},
    ]
    return {
        "before_url": url(on=before.isoformat()) if inside["before"] else "",
        "after_url": url(on=after.isoformat()) if inside["after"] else "",
        "today_url": url(on=None),
        "whose": whose,
        "views": views,
        "week_of": url(view=WEEK, on="") + "&on=",
    }


@require_GET
def download(request: SignedInRequest) -> HttpResponse:
    """What I owe and carry in the coming months as an iCalendar file. It is put on record like every other export."""
    user, today = request.user, clock.today()
    asked = Asked(today - timedelta(days=BACK), today + timedelta(days=AHEAD), True, "", ics.MOST)
    events = ics.events(user, asked)
    ledger = access.ledger("exports", title=gettext_noop("导出台账"))
    timeline.record(ledger, "kernel.export", by=user, listing="cockpit.calendar", rows=len(events), kind="ics", filter="")
    answer = HttpResponse(
        ics.text(events, request.build_absolute_uri(reverse("cockpit:home"))), content_type="text/calendar; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="zhuanban.ics"'
    answer["Cache-Control"] = "no-store"
    return answer
