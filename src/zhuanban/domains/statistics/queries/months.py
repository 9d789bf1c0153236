"""Who has to report a month, who has not, and when its windows open and close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy

from zhuanban.domains.statistics.models import ReportingMonth, StatisticalFigure, StatisticsEntry
from zhuanban.engines.calendars import WorkCalendar
from zhuanban.kernel import access, deadlines, parameters
from zhuanban.kernel.people import Person

ENTRY_DAYS = parameters.declare("statistics.entry_days", gettext_lazy("当月新入库申报的起止日"), list)
FIGURE_DAYS = parameters.declare("statistics.figure_days", gettext_lazy("统计数据次月上报的起止日"), list)


@dataclass(frozen=True)
class Windows:
    """First and last day for new entries of a month, and for its figures in the month after."""

    entries_from: date
    entries_until: date
    figures_from: date
    figures_until: date
    provisional: bool


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def month_before(day: date) -> date:
    """The first day of the month before a day's month."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def windows(month: date, calendar: WorkCalendar | None = None) -> Windows:
    """The windows of a month by the parameters in force; a day of rest gives way to the next working day (domain handbook 3.1)."""
    days = calendar or deadlines.calendar()
    entry, figure, after = parameters.value(ENTRY_DAYS, month), parameters.value(FIGURE_DAYS, month), next_month(month)
    first, last = worked(days, month, entry[0]), worked(days, month, entry[1])
    opens, closes = worked(days, after, figure[0]), worked(days, after, figure[1])
    return Windows(first, last, opens, closes, bool(days.touches_provisional(first, closes)))


def worked(days: WorkCalendar, month: date, number: int) -> date:
    """A numbered day of a month, or the working day that it gives way to."""
    day = month + timedelta(days=number - 1)
    while not days.is_workday(day):
        day += timedelta(days=1)
    return day


# Who reports ------------------------------------------------------------------------------------------------------------


def owing(month: date) -> QuerySet[StatisticsEntry]:
    """The entries that have to report a month: reporting by then, and not completed before it."""
    rows = StatisticsEntry.objects.filter(reporting_from__lte=month, project__deleted_at=None)
    rows = rows.exclude(project__stage="cancelled")
    return rows.filter(Q(completed_on=None) | Q(completed_on__gte=month))


def told(month: date) -> QuerySet[StatisticalFigure]:
    """What was reported of a month and stands: sent back counts as not reported."""
    return StatisticalFigure.objects.filter(month=month).exclude(state=StatisticalFigure.State.SENT_BACK)


def missing(month: date) -> QuerySet[StatisticsEntry]:
    """The entries that owe the month's figure."""
    return owing(month).exclude(Exists(told(month).filter(project=OuterRef("project"))))


def reachable_missing(month: date, by: Person | None) -> QuerySet[StatisticsEntry]:
    """Those of them whose people this person may remind."""
    rows = missing(month)
    return rows if by is None or by.robot else access.actable(by, "statistics.remind_missing", rows, "project_id")


def by_area(month: date, entries: QuerySet[StatisticsEntry]) -> list[dict[str, Any]]:
    """Area by area: how many have to report, have reported, are confirmed, and what they reported. Two queries."""
    state = StatisticalFigure.State
    mine = StatisticalFigure.objects.filter(project=OuterRef("project"), month=month)
    rows = (
        owing(month)
        .filter(pk__in=entries.values("pk"))
        .annotate(
            has=Exists(mine.exclude(state=state.SENT_BACK)),
            waits=Exists(mine.filter(state=state.REPORTED)),
            returned=Exists(mine.filter(state=state.SENT_BACK)),
        )
        .order_by()
        .values("project__area", "project__area__position")
        .annotate(
            owed=Count("pk"),
            told=Count("pk", filter=Q(has=True)),
            confirmed=Count("pk", filter=Q(has=True, waits=False)),
            back=Count("pk", filter=Q(returned=True)),
        )
    )
    sums = told(month).filter(project__in=entries.values("project")).order_by().values_list("project__area").annotate(s=Sum("amount"))
    amounts = dict(sums)
    found = sorted(rows, key=lambda row: (row["project__area"] is None, row["project__area__position"] or 0))
    return [
        {**row, "area": row["project__area"], "missing": row["owed"] - row["told"], "amount": amounts.get(row["project__area"])}
        for row in found
    ]


def month_of(day: date) -> ReportingMonth | None:
    """The month whose figures are due next, or last, on a day."""
    rows = ReportingMonth.objects.with_lock()
    return rows.filter(month__lte=month_before(day)).order_by("-month").first()
