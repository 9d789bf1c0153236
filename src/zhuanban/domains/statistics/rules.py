"""When the verbs of statistics may be done, whose they are, and how the entry's state moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from zhuanban.domains.portfolio import rules as portfolio
from zhuanban.domains.portfolio.models import MonthLock, Project
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.domains.statistics import pack
from zhuanban.domains.statistics.checks import Evidence as Evidence
from zhuanban.domains.statistics.models import EntryPaper, Explanation, ReportingMonth, StatisticalFigure, StatisticsEntry
from zhuanban.domains.statistics.pack import NOT_MAIN as NOT_MAIN
from zhuanban.domains.statistics.pack import gathers as gathers
from zhuanban.kernel import clock
from zhuanban.kernel.words import listed

State = StatisticsEntry.State
TRANSITIONS: Mapping[str, tuple[str, ...]] = {
    State.NOT_READY: (State.PACK_COMPLETE,),
    State.PACK_COMPLETE: (State.SUBMITTED_COUNTY, State.NOT_READY),
    State.SUBMITTED_COUNTY: (State.SUBMITTED_CITY, State.NOT_READY),
    State.SUBMITTED_CITY: (State.ACCEPTED_BANK, State.NOT_READY),
    State.ACCEPTED_BANK: (State.REPORTING,),
    State.REPORTING: (State.COMPLETED,),
    State.COMPLETED: (),
}
"""State -> the states that may follow (domain handbook 8.6); back to `not_ready` is the return with defects. Everything else is refused."""


def cannot_become(entry: StatisticsEntry, state: str) -> str:
    """Why the entry does not go to this state from where it stands."""
    if reason := over(entry):
        return reason
    if state in TRANSITIONS[entry.state]:
        return ""
    return _("现在是“%(now)s”，不能转为“%(then)s”。") % {"now": entry.get_state_display(), "then": State(state).label}


def over(entry: StatisticsEntry) -> str:
    return portfolio.over(entry.project)


def cannot_open(project: Project) -> str:
    if reason := portfolio.over(project):
        return reason
    return _("项目已经建立入库档案。") if StatisticsEntry.objects.filter(project=project).exists() else ""


def lacking(entry: StatisticsEntry) -> list[str]:
    """The checks that the pack does not meet, by name."""
    return [str(each.rule) for each in pack.checked([entry])[entry.pk] if not each.met]


def cannot_complete_pack(entry: StatisticsEntry) -> str:
    if reason := cannot_become(entry, State.PACK_COMPLETE):
        return reason
    if wanting := lacking(entry):
        return _("审核项未通过：%(what)s。") % {"what": listed(wanting)}
    return ""


def cannot_submit_county(entry: StatisticsEntry) -> str:
    return cannot_become(entry, State.SUBMITTED_COUNTY)


def cannot_submit_city(entry: StatisticsEntry) -> str:
    return cannot_become(entry, State.SUBMITTED_CITY)


def cannot_accept(entry: StatisticsEntry) -> str:
    return cannot_become(entry, State.ACCEPTED_BANK)


def cannot_return(entry: StatisticsEntry) -> str:
    return cannot_become(entry, State.NOT_READY)


def cannot_start_reporting(entry: StatisticsEntry) -> str:
    return cannot_become(entry, State.REPORTING)


def cannot_finish(entry: StatisticsEntry) -> str:
    if reason := cannot_become(entry, State.COMPLETED):
        return reason
    return "" if entry.project.finish_actual else _("项目还没有竣工日期，先由项目中心推进到竣工。")


def cannot_change_pack(entry: StatisticsEntry) -> str:
    """Papers are changed only while the pack is open: what was submitted stays as it was checked."""
    if reason := over(entry):
        return reason
    if entry.state == State.NOT_READY:
        return ""
    if entry.state in StatisticsEntry.IN_BANK:
        return _("项目已经入库，材料不再改动。")
    return _("材料已提交，须先退回才能修改。")


def cannot_change_paper(paper: EntryPaper) -> str:
    return cannot_change_pack(paper.entry)


def cannot_report(entry: StatisticsEntry) -> str:
    if entry.state == State.REPORTING:
        return over(entry)
    if entry.state == State.COMPLETED:
        return _("项目已统计完工，不再报统。")
    return _("项目还没有开始按月报统。")


def cannot_explain(entry: StatisticsEntry) -> str:
    return over(entry)


def cannot_withdraw(explanation: Explanation) -> str:
    return over(explanation.entry)


def cannot_confirm(figure: StatisticalFigure) -> str:
    return "" if figure.state == StatisticalFigure.State.REPORTED else _("这条数据%(state)s。") % {"state": figure.get_state_display()}


def cannot_send_back(figure: StatisticalFigure) -> str:
    if locked(figure.project, figure.month):
        return _("%(month)s 已锁定，须以更正行更正。") % {"month": f"{figure.month:%Y-%m}"}
    return _("这条数据已经退回。") if figure.state == StatisticalFigure.State.SENT_BACK else ""


def locked(project: Project, month: date) -> bool:
    """Whether the month is closed for the project's area or for the city."""
    return MonthLock.objects.filter(month=month, area__in=[project.area_id, city_key()]).exists()


def cannot_close_month(month: ReportingMonth) -> str:
    if month.is_closed:
        return _("%(month)s 已经关账。") % {"month": month}
    if clock.today() <= month.figures_until:
        return _("数据上报到 %(day)s 截止，之后才能关账。") % {"day": month.figures_until}
    return ""


def closed(month: ReportingMonth) -> str:
    return _("%(month)s 已经关账。") % {"month": month} if month.is_closed else ""


def cannot_state_span(project: Project) -> str:
    return portfolio.over(project)


# Whose it is --------------------------------------------------------------------------------------------------------


def of_the_city(*verbs: str) -> Callable[[Any, Any], str]:
    """A rule `(user, row)`: one of these verbs is the city's alone, not a district's."""

    def reason(user: Any, row: Any) -> str:
        held = (grant for grant in user.grants if grant.area_id == city_key() and set(verbs) & set(grant.verbs))
        return "" if next(held, None) else _("由市级办理。")

    return reason


def own_pack(user, entry: StatisticsEntry) -> str:
    """Nobody checks the pack that he handed in."""
    return _("交件人不能审核自己交的材料。") if entry.handed_in_by_id == user.pk else ""


def own_figure(user, figure: StatisticalFigure) -> str:
    return _("填报人不能核自己报的数。") if figure.created_by_id == user.pk else ""
