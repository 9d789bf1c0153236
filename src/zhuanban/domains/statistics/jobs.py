"""What statistics does by the clock: opens entries and months, and tells when a review or a month's figures are late."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.domains.statistics import actions
from zhuanban.domains.statistics.models import ReportingMonth, StatisticsEntry
from zhuanban.domains.statistics.queries import months, people, rates
from zhuanban.kernel import clock, notices
from zhuanban.kernel.deadlines import on_due
from zhuanban.kernel.jobs import schedule, task
from zhuanban.kernel.words import kept

MOST = 500
"""Entries opened in one night; a city that begins with statistics has them all within days."""


@task()
def open_entries() -> int:
    """Every project that has started and is large enough to report each month has an entry. Returns how many were opened."""
    rows = rates.started(Project.objects.all()).filter(statistics_entry=None).exclude(stage="archived").order_by("pk")[:MOST]
    for project in rows:
        actions.open_entry(project, by=None)
    return len(rows)


@task()
def open_month() -> int:
    """The month that has just begun has its windows."""
    month, city = clock.today().replace(day=1), Area.objects.get(pk=city_key())
    if ReportingMonth.objects.filter(area=city, month=month).exists():
        return 0
    actions.open_month(city, by=None, month=month)
    return 1


@task()
def let_months_owe() -> int:
    """On the first day of its window for figures, every area owes the month that is over."""
    month = ReportingMonth.objects.filter(figures_from=clock.today()).first()
    if month is None or month.dossier.deadlines.filter(on_due="statistics.figures_late").exists():
        return 0
    actions.let_areas_owe(month)
    return 1


@on_due("statistics.review_late")
def review_late(deadline) -> None:
    """Nobody reviewed the pack in time: the office's statisticians and the city's hear of it once; it stays open and late."""
    entry = StatisticsEntry.objects.filter(deadline=deadline).select_related("project").first()
    if entry is None or entry.state in StatisticsEntry.IN_BANK:
        return
    with kept():
        text = _("入库材料审核超期：%(name)s（%(state)s）") % {"name": entry.project.name, "state": entry.get_state_display()}
    asked = people.statisticians(entry.project.area_id) | people.statisticians(city_key())
    notices.leave(dict.fromkeys(asked, text), dossier=entry.project_id, url=entry.get_absolute_url())


@on_due("statistics.figures_late")
def figures_late(deadline) -> None:
    """The window has closed and figures of the area are missing: its statisticians, its centre and the city's hear how many."""
    month = ReportingMonth.objects.filter(dossier=deadline.dossier_id).first()
    area = deadline.holder.key.removeprefix("area:")
    lacking = months.missing(month.month).filter(project__area=area).count() if month else 0
    if month is None or not lacking:
        return
    with kept():
        text = _("%(area)s %(month)s 统计数据缺报 %(n)s 个项目") % {"area": Area.objects.get(pk=area).name, "month": month, "n": lacking}
    asked = people.statisticians(area) | people.in_post("centre_dispatcher", area) | people.statisticians(city_key())
    notices.leave(dict.fromkeys(asked, text), dossier=deadline.dossier_id, url=month.get_absolute_url())


schedule("statistics.open_entries", "20 1 * * *", open_entries)
schedule("statistics.open_month", "10 6 1 * *", open_month)
schedule("statistics.let_months_owe", "20 6 * * *", let_months_owe)
