"""When a day's track may be filed or corrected, when it is late, and which photo is doubtful."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.dispatch.models.tracks import DailyTrack, WorkerHousing
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, deadlines, parameters
from zhuanban.kernel.models import Parameter

CUTOFF = parameters.declare("dispatch.track_cutoff", gettext_lazy("日报截止时间"), str)
DUE_DAYS = parameters.declare(
    "dispatch.track_due_days", gettext_lazy("日报截止日（当日之后）"), int, pgettext_lazy("parameter unit", "工作日")
)
BACK_DAYS = parameters.declare("dispatch.track_back_days", gettext_lazy("日报可补报"), int, pgettext_lazy("parameter unit", "工作日"))
GRACE_HOURS = parameters.declare(
    "dispatch.track_grace_hours", gettext_lazy("离线日报送达宽限"), int, pgettext_lazy("parameter unit", "小时")
)
REMIND_MINUTES = parameters.declare(
    "dispatch.track_remind_minutes", gettext_lazy("截止前多久自动催报"), int, pgettext_lazy("parameter unit", "分钟")
)
REMINDERS = parameters.declare(
    "dispatch.track_reminders_per_day", gettext_lazy("每日人工催报次数"), int, pgettext_lazy("parameter unit", "次")
)
RADIUS = parameters.declare("dispatch.photo_radius", gettext_lazy("照片距工地上限"), int, pgettext_lazy("parameter unit", "米"))
MOST_PHOTOS = parameters.declare(
    "dispatch.photos_per_track", gettext_lazy("一份日报的照片上限"), int, pgettext_lazy("parameter unit", "张")
)
STOCK_DAYS = parameters.declare("dispatch.stock_days", gettext_lazy("建材储备低于几天算紧张"), int, pgettext_lazy("parameter unit", "天"))

WINTER = parameters.declare("dispatch.winter_span", gettext_lazy("冬期起止（月-日）"), list)
CHIPS = parameters.declare("dispatch.track_chips", gettext_lazy("日报上一键上报的问题类别"), list)

EARTH = 6_371_000
"""The earth's mean radius in metres."""
FACTS = (
    "workers_planned",
    "workers_actual",
    "machines",
    "weather",
    "temperature",
    "done_today",
    "winter_measures",
    "stocks",
    "invested",
)
"""The columns of a track that a person fills in."""


# When it may be done ---------------------------------------------------------------------------------------------------


def cannot_file(project: Project) -> str:
    """Only a site that is being built, or stands still, has a day to tell of."""
    going = {Project.Stage.UNDER_CONSTRUCTION, Project.Stage.SUSPENDED}
    return "" if project.stage in going else _("项目不在建设阶段，不用填日报。")


def cannot_remind(area: Area) -> str:
    """Reports are owed on working days only."""
    return "" if deadlines.calendar().is_workday(clock.today()) else _("今天是休息日，不用催报。")


def cannot_close_housing(housing: WorkerHousing) -> str:
    return _("这处宿舍已经停用。") if housing.to_day and housing.to_day < clock.today() else ""


def wrong_day(day: date) -> str:
    """Why no report may be filed for this day now; empty when one may."""
    today = clock.today()
    if day == today:
        return ""
    if day > today:
        return _("不能提前填报。")
    back = parameters.value(BACK_DAYS)
    if deadlines.calendar().elapsed_working_days(day, today) > back:
        return _("只能补报最近 %(n)s 个工作日的日报。") % {"n": back}
    return ""


# When it is late -----------------------------------------------------------------------------------------------------


def hours(day: date) -> dict[str, Any]:
    """The rules of the cut-off that were in force on a day, in one query."""
    names = [CUTOFF, DUE_DAYS, GRACE_HOURS]
    rows = Parameter.objects.filter(name__in=names, effective_from__lte=day).order_by("effective_from", "pk")
    return dict(rows.values_list("name", "value"))


def due_at(day: date, rule: Mapping[str, Any] | None = None) -> datetime | None:
    """The instant by which a day's report is owed; None on days of rest, when none is."""
    days = deadlines.calendar()
    if not days.is_workday(day):
        return None
    rule = rule or hours(day)
    return timezone.make_aware(datetime.combine(days.due(day, rule[DUE_DAYS]), time.fromisoformat(rule[CUTOFF])))


def is_late(day: date, filed_at: datetime, waited: int = 0) -> bool:
    """Whether a report came after its cut-off. One that was filed on the phone in time and waited there for a network is in time if
    it arrived within the city's hours of grace; the phone's seconds are its word, so that beyond them they count for nothing."""
    rule = hours(day)
    due = due_at(day, rule)
    if due is None or filed_at <= due:
        return False
    return not (filed_at - timedelta(seconds=waited) <= due and filed_at <= due + timedelta(hours=rule[GRACE_HOURS]))


def in_winter(day: date) -> bool:
    """Whether a day lies in the city's winter, which ends in the year after it began."""
    first, last = parameters.value(WINTER, day)
    told = f"{day:%m-%d}"
    return told >= first or told <= last


# What was filed --------------------------------------------------------------------------------------------------------


def digest_of(facts: Mapping[str, Any], quantities: Mapping[int, Any]) -> str:
    """SHA-256 over what a person filed for a day, so that a retry is told from another report."""
    told = {name: _plain(facts.get(name)) for name in FACTS} | {
        "quantities": {str(item): _plain(each) for item, each in quantities.items() if each}
    }
    told["winter_measures"] = sorted(facts.get("winter_measures") or []) or None
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Equal amounts look alike; nothing filled in is nothing, however it came."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value or None if not isinstance(value, int) else value


def origin_of(track: DailyTrack) -> str:
    """How the quantities that a track brought are marked among a work item's entries."""
    return f"track:{track.pk}"


# Photos ----------------------------------------------------------------------------------------------------------------


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> int:
    """The distance over the ground between two points given as (latitude, longitude) in degrees.

    >>> metres_between((43.88, 125.32), (43.89, 125.32))
    1112
    """
    (lat, lon), (to_lat, to_lon) = (tuple(map(radians, each)) for each in (one, other))
    half = sin((to_lat - lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin((to_lon - lon) / 2) ** 2
    return round(2 * EARTH * asin(sqrt(half)))


def is_older(day: date, taken_at: datetime | None) -> bool:
    """Whether a photo was taken before the day that it shall prove."""
    return taken_at is not None and timezone.localdate(taken_at) < day
