"""Who hears of what happens on the way into statistics."""

from __future__ import annotations

from collections import defaultdict

from django.utils.translation import gettext as _

from zhuanban.domains.portfolio.queries import city_key
from zhuanban.domains.statistics.models import Explanation, StatedSpan, StatisticalFigure, StatisticsEntry
from zhuanban.domains.statistics.queries import months, people
from zhuanban.kernel.notices import hears


@hears("statistics.submit_county")
def pack_came_in(entry, *, by, event):
    text = _("入库材料待审核：%(name)s") % {"name": entry.project.name}
    return [(person, text) for person in people.statisticians(entry.project.area_id)]


@hears("statistics.submit_city")
def pack_came_up(entry, *, by, event):
    text = _("入库材料待市级审核：%(name)s") % {"name": entry.project.name}
    return [(person, text) for person in people.statisticians(city_key())]


@hears("statistics.return_pack")
def pack_came_back(entry, *, by, event):
    """Those who have to mend it hear what is wrong."""
    text = _("%(name)s 的入库材料被退回：%(what)s") % {"name": entry.project.name, "what": entry.defects}
    return [(person, text) for person in _of(entry)]


@hears("statistics.accept_bank")
def in_the_bank(entry, *, by, event):
    return [(person, _("%(name)s 已入库") % {"name": entry.project.name}) for person in _of(entry)]


@hears("statistics.start_reporting")
def reports_now(entry, *, by, event):
    told = {"name": entry.project.name, "month": f"{entry.reporting_from:%Y-%m}"}
    return [(person, _("%(name)s 从 %(month)s 起按月报统") % told) for person in _of(entry)]


@hears("statistics.send_back_figure")
def figure_came_back(figure, *, by, event):
    told = {"name": figure.project.name, "month": f"{figure.month:%Y-%m}", "why": figure.why}
    text = _("%(name)s %(month)s 的统计投资被退回：%(why)s") % told
    asked = people.carriers([figure.project_id])[figure.project_id] | {figure.created_by_id} - {None}
    return [(person, text) for person in asked]


@hears("statistics.remind_missing")
def figure_is_missing(month, *, by, event):
    """One line a person, however many projects the person carries."""
    rows = dict(months.reachable_missing(month.month, by).values_list("project", "project__name"))
    mine: dict[int, list[str]] = defaultdict(list)
    for project, asked in people.carriers(rows).items():
        for person in asked:
            mine[person].append(rows[project])
    text = _("%(month)s 统计数据缺报 %(n)s 个项目：%(first)s")
    return [(person, text % {"month": month, "n": len(names), "first": min(names)}) for person, names in mine.items()]


def _of(entry: StatisticsEntry) -> set[int]:
    """Those who carry the project, and its centre."""
    return people.carriers([entry.project_id])[entry.project_id] | people.in_post("centre_dispatcher", entry.project.area_id)


@hears("portfolio.merge")
def statistics_go_along(proposal, *, by, event):
    """What belonged to the project that was folded in goes with it, but for what the one that goes on has of its own."""
    gone, kept = proposal.other_id, proposal.project_id
    entry, own = (StatisticsEntry.objects.filter(project=project).first() for project in (gone, kept))
    if entry and own is None:
        StatisticsEntry.objects.filter(pk=entry.pk).update(project=kept)
    elif entry and own:
        told = set(own.explanations.values_list("year", "kind"))
        moved = [row.pk for row in entry.explanations.all() if (row.year, row.kind_id) not in told]
        Explanation.objects.filter(pk__in=moved).update(entry=own)
    months_told = StatisticalFigure.objects.filter(project=kept).values("month")
    StatisticalFigure.objects.filter(project=gone).exclude(month__in=list(months_told.values_list("month", flat=True))).update(project=kept)
    spans = set(StatedSpan.objects.filter(project=kept).values_list("begins", "ends"))
    for row in StatedSpan.objects.filter(project=gone):
        if (row.begins, row.ends) not in spans:
            StatedSpan.objects.filter(pk=row.pk).update(project=kept)
    return []
