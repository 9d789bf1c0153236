"""The verbs of statistics: the pack and its way to the bank, the monthly figures, the months, the differences, and lengths of time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.people.models import Area
from zhuanban.domains.plans import actions as plans
from zhuanban.domains.portfolio import actions as portfolio
from zhuanban.domains.portfolio.models import MonthLock, Project
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.domains.statistics import forms, rules
from zhuanban.domains.statistics.models import (
    DifferenceKind,
    EntryPaper,
    Explanation,
    ReportingMonth,
    StatedSpan,
    StatisticalFigure,
    StatisticsEntry,
)
from zhuanban.domains.statistics.queries import months
from zhuanban.kernel import access, clock, deadlines, files, parameters, show
from zhuanban.kernel.actions import PARTIES, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Deadline, Dossier
from zhuanban.kernel.words import kept

State = StatisticsEntry.State
Told = StatisticalFigure.State
COUNTY_DAYS = parameters.declare(
    "statistics.county_days", gettext_lazy("县区统计审核入库材料的时限"), int, pgettext_lazy("parameter unit", "工作日")
)
CITY_DAYS = parameters.declare(
    "statistics.city_days", gettext_lazy("市级统计审核入库材料的时限"), int, pgettext_lazy("parameter unit", "工作日")
)
SINCE = {
    State.PACK_COMPLETE: "pack_on",
    State.SUBMITTED_COUNTY: "county_on",
    State.SUBMITTED_CITY: "city_on",
    State.ACCEPTED_BANK: "bank_on",
}
"""Which column tells when a state was entered."""


def stamped(by) -> dict[str, Any]:
    """Who wrote a new row, and when."""
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


def step(entry: StatisticsEntry, state: str, *changed: str) -> None:
    """The only way in which an entry's state moves: along the table of transitions. Raises Refused."""
    if reason := rules.cannot_become(entry, state):
        raise Refused(reason)
    entry.state, entry.state_since = state, clock.today()
    fields = ["state", "state_since", *changed]
    if column := SINCE.get(StatisticsEntry.State(state)):
        setattr(entry, column, clock.today())
        fields.append(column)
    if entry.deadline:
        deadlines.settle(entry.deadline)
        entry.deadline = None
        fields.append("deadline")
    entry.save(update_fields=fields)


def let_owe(entry: StatisticsEntry, area: str, days: str, title: str) -> None:
    """An office owes the review of the pack within working days."""
    entry.deadline = deadlines.owe(
        entry.dossier,
        f"area:{area}",
        title,
        on_due="statistics.review_late",
        working_days=parameters.value(days),
        url=entry.get_absolute_url(),
    )
    entry.save(update_fields=["deadline"])


# The pack -----------------------------------------------------------------------------------------------------------------


@action(
    "statistics.open_entry",
    on=Project,
    label=gettext_lazy("建立入库档案"),
    when=rules.cannot_open,
    creates=StatisticsEntry,
    readers=PARTIES,
)
def open_entry(project: Project, *, by) -> StatisticsEntry:
    """The project's way into statistics begins: its pack is asked for."""
    return StatisticsEntry.objects.create(project=project, state_since=clock.today(), **stamped(by))


@action(
    "statistics.add_paper",
    on=StatisticsEntry,
    label=gettext_lazy("补充入库材料"),
    form=forms.PaperForm,
    when=rules.cannot_change_pack,
    readers=PARTIES,
)
def add_paper(
    entry: StatisticsEntry,
    *,
    by,
    kind: str,
    number: str = "",
    party: str = "",
    project_code: str = "",
    amount: Decimal | None = None,
    dated_on: date | None = None,
    shows: str = "",
    note: str = "",
    file: files.Received | None = None,
) -> None:
    """A paper of the pack with what it states."""
    if kind != EntryPaper.Kind.PHOTO and entry.papers.filter(kind=kind).exists():
        raise Refused(_("“%(paper)s”已经有了，请修改它。") % {"paper": EntryPaper.Kind(kind).label})
    stored = files.record(entry.dossier, file, by=by, kind=f"statistics.{kind}") if file else None
    EntryPaper.objects.create(
        entry=entry,
        kind=kind,
        number=number,
        party=party,
        project_code=project_code,
        amount=amount,
        dated_on=dated_on,
        shows=shows,
        note=note,
        file=stored,
        **stamped(by),
    )


@action(
    "statistics.revise_paper",
    on=EntryPaper,
    label=gettext_lazy("修改材料"),
    form=forms.RevisePaperForm,
    when=rules.cannot_change_paper,
    readers=PARTIES,
)
def revise_paper(paper: EntryPaper, *, by, **facts) -> None:
    """What the paper states, read again."""
    for name, value in facts.items():
        setattr(paper, name, value)
    paper.save(update_fields=list(facts))


@action(
    "statistics.drop_paper",
    on=EntryPaper,
    label=gettext_lazy("撤下材料"),
    form=forms.SendBackForm,
    when=rules.cannot_change_paper,
    danger=True,
    readers=PARTIES,
)
def drop_paper(paper: EntryPaper, *, by, why: str) -> None:
    """The paper does not belong to the pack; the timeline keeps that it was there, and its file stays."""
    EntryPaper.objects.filter(pk=paper.pk).delete()


@action(
    "statistics.complete_pack", on=StatisticsEntry, label=gettext_lazy("确认材料齐备"), when=rules.cannot_complete_pack, readers=PARTIES
)
def complete_pack(entry: StatisticsEntry, *, by) -> None:
    """Every check in force says yes: the pack may be handed in."""
    entry.defects = ""
    step(entry, State.PACK_COMPLETE, "defects")


@action("statistics.submit_county", on=StatisticsEntry, label=gettext_lazy("报县区统计"), when=rules.cannot_submit_county, readers=PARTIES)
def submit_county(entry: StatisticsEntry, *, by) -> None:
    """The pack goes to the statistician of the area, who has so many working days."""
    entry.handed_in_by = by
    step(entry, State.SUBMITTED_COUNTY, "handed_in_by")
    with kept():
        title = _("审核入库材料：%(name)s") % {"name": entry.project.name}
    let_owe(entry, entry.project.area_id or city_key(), COUNTY_DAYS, title)


@action(
    "statistics.submit_city",
    on=StatisticsEntry,
    label=gettext_lazy("审核通过，报市级"),
    when=rules.cannot_submit_city,
    who=rules.own_pack,
    readers=PARTIES,
)
def submit_city(entry: StatisticsEntry, *, by) -> None:
    """The area's statistician has checked the pack: it goes to the city's."""
    entry.confirmed_by = by
    step(entry, State.SUBMITTED_CITY, "confirmed_by")
    with kept():
        title = _("市级审核入库材料：%(name)s") % {"name": entry.project.name}
    let_owe(entry, city_key(), CITY_DAYS, title)


@action(
    "statistics.return_pack",
    on=StatisticsEntry,
    label=gettext_lazy("退回"),
    form=forms.DefectsForm,
    when=rules.cannot_return,
    danger=True,
    readers=PARTIES,
)
def return_pack(entry: StatisticsEntry, *, by, defects: str) -> None:
    """Back to the project with what is to be mended."""
    entry.defects, entry.returned_on, entry.returns = defects, clock.today(), entry.returns + 1
    step(entry, State.NOT_READY, "defects", "returned_on", "returns")


@action(
    "statistics.accept_bank",
    on=StatisticsEntry,
    label=gettext_lazy("准予入库"),
    form=forms.AcceptForm,
    when=rules.cannot_accept,
    who=rules.of_the_city("statistics.accept_bank"),
    readers=PARTIES,
)
def accept_bank(entry: StatisticsEntry, *, by, bank_number: str = "") -> None:
    """The project is in the statistics' project bank; the project itself shows it."""
    entry.bank_number = bank_number
    step(entry, State.ACCEPTED_BANK, "bank_number")
    portfolio.revise(entry.project, by=None, entered_bank=True)


@action(
    "statistics.start_reporting",
    on=StatisticsEntry,
    label=gettext_lazy("开始按月报统"),
    form=forms.StartReportingForm,
    when=rules.cannot_start_reporting,
    who=rules.of_the_city("statistics.start_reporting"),
    readers=PARTIES,
)
def start_reporting(entry: StatisticsEntry, *, by, month: date) -> None:
    """From this month on the project reports its figures; the node of the statistics' entry is reached."""
    if entry.bank_on and month < entry.bank_on.replace(day=1):
        raise Refused(_("入库于 %(day)s，报统不能更早。") % {"day": show.day(entry.bank_on)})
    if month > months.next_month(clock.today().replace(day=1)):
        raise Refused(_("最晚从下个月开始。"))
    entry.reporting_from = month
    step(entry, State.REPORTING, "reporting_from")
    portfolio.revise(entry.project, by=None, entered_statistics=True)
    node = entry.project.nodes.filter(code="statistics", work=None, reached_on=None).first()
    if node:
        plans.reach(node, by=None, on=clock.today())


@action(
    "statistics.finish",
    on=StatisticsEntry,
    label=gettext_lazy("统计完工"),
    form=forms.FinishForm,
    when=rules.cannot_finish,
    readers=PARTIES,
)
def finish(entry: StatisticsEntry, *, by, on: date) -> None:
    """The project is complete in statistics too: it owes no further month."""
    if on > clock.today():
        raise Refused(_("完工日期不能晚于今天。"))
    if entry.reporting_from and on < entry.reporting_from:
        raise Refused(_("完工不能早于开始报统的 %(month)s。") % {"month": f"{entry.reporting_from:%Y-%m}"})
    entry.completed_on = on
    step(entry, State.COMPLETED, "completed_on")


# The figures --------------------------------------------------------------------------------------------------------------


@action(
    "statistics.report_month",
    on=StatisticsEntry,
    label=gettext_lazy("上报统计投资"),
    form=forms.ReportForm,
    when=rules.cannot_report,
    creates=StatisticalFigure,
    readers=PARTIES,
)
def report_month(entry: StatisticsEntry, *, by, month: date, amount: Decimal, reason: str = "") -> StatisticalFigure:
    """A month's investment for statistics. A figure that is confirmed or locked is corrected by a further row with a reason."""
    if entry.reporting_from and month < entry.reporting_from:
        raise Refused(_("从 %(month)s 开始报统。") % {"month": f"{entry.reporting_from:%Y-%m}"})
    if months.next_month(month) > clock.today():
        raise Refused(_("这个月还没有结束。"))
    if amount < 0:
        raise Refused(_("当月统计投资不能是负数。"))
    row = StatisticalFigure.objects.filter(project=entry.project, month=month, corrects=None).first()
    locked = rules.locked(entry.project, month)
    if locked and not reason:
        raise Refused(_("%(month)s 已锁定，更正须写明理由。") % {"month": f"{month:%Y-%m}"})
    if row is None:
        made = StatisticalFigure.objects.create(project=entry.project, month=month, amount=amount, reason=reason, **stamped(by))
    elif row.state != Told.CONFIRMED and not locked:
        row.amount, row.state, row.why, row.reason = amount, Told.REPORTED, "", reason
        row.updated_at, row.updated_by, row.version = clock.now(), by, row.version + 1
        row.save(update_fields=["amount", "state", "why", "reason", "updated_at", "updated_by", "version"])
        made = row
    elif not reason:
        raise Refused(_("%(month)s 的数据已核，更正须写明理由。") % {"month": f"{month:%Y-%m}"})
    else:
        known = sum(StatisticalFigure.objects.filter(project=entry.project, month=month).values_list("amount", flat=True), Decimal(0))
        made = StatisticalFigure.objects.create(
            project=entry.project, month=month, amount=amount - known, corrects=row, reason=reason, **stamped(by)
        )
    settle_area(entry.project.area_id, month)
    return made


def settle_area(area: str | None, month: date) -> None:
    """An area that has reported everything no longer owes the month."""
    if area is None or months.missing(month).filter(project__area=area).exists():
        return
    for row in owed_by_area(area, month):
        deadlines.settle(row)


def owed_by_area(area: str, month: date) -> QuerySet[Deadline]:
    """What the area owes of a month."""
    mine = Deadline.objects.filter(dossier__reporting_month__month=month, holder__key=f"area:{area}", on_due="statistics.figures_late")
    return mine.filter(state=Deadline.State.OPEN)


@action(
    "statistics.confirm_figure",
    on=StatisticalFigure,
    label=gettext_lazy("核定"),
    when=rules.cannot_confirm,
    who=rules.own_figure,
    readers=PARTIES,
)
def confirm_figure(figure: StatisticalFigure, *, by) -> None:
    """The area's statistician has checked the month's figure; the amount is the project's own word."""
    figure.state, figure.confirmed_by = Told.CONFIRMED, by
    figure.save(update_fields=["state", "confirmed_by"])


@action(
    "statistics.send_back_figure",
    on=StatisticalFigure,
    label=gettext_lazy("退回数据"),
    form=forms.SendBackForm,
    when=rules.cannot_send_back,
    danger=True,
    readers=PARTIES,
)
def send_back_figure(figure: StatisticalFigure, *, by, why: str) -> None:
    """The figure cannot be right: the project owes the month again."""
    figure.state, figure.why = Told.SENT_BACK, why
    figure.save(update_fields=["state", "why"])


# The months ---------------------------------------------------------------------------------------------------------------


@action("statistics.open_month", on=Area, label=gettext_lazy("开设报统月份"), form=forms.OpenMonthForm, creates=ReportingMonth)
def open_month(area: Area, *, by, month: date) -> ReportingMonth:
    """A month with its windows by the calendar; once the window for figures is open, every area that has to report owes them."""
    if area.key != city_key():
        raise Refused(_("报统月份按全市开设。"))
    if ReportingMonth.objects.filter(area=area, month=month).exists():
        raise Refused(_("%(month)s 已经开设。") % {"month": f"{month:%Y-%m}"})
    opens = months.windows(month)
    with kept():
        title = _("%(month)s 报统") % {"month": f"{month:%Y-%m}"}
    dossier = Dossier.objects.create(
        kind="statistics.month", ref=f"TJ-{month:%Y-%m}", title=title, area=area.key, search_text=f"{month:%Y-%m}"
    )
    row = ReportingMonth.objects.create(
        dossier=dossier,
        area=area,
        month=month,
        entries_from=opens.entries_from,
        entries_until=opens.entries_until,
        figures_from=opens.figures_from,
        figures_until=opens.figures_until,
        provisional=opens.provisional,
        **stamped(by),
    )
    dossier.url = row.get_absolute_url()
    dossier.save(update_fields=["url"])
    access.grant(dossier, levels_of(row))
    let_areas_owe(row)
    return row


def levels_of(month: ReportingMonth) -> dict[str, int]:
    """The city's and the districts' offices work on a month, each on its own projects; windows and the closing are the city's (rules)."""
    below = Area.objects.filter(parent=month.area).values_list("key", flat=True)
    return {f"area:{key}": access.ACT for key in (month.area_id, *below)}


def let_areas_owe(month: ReportingMonth) -> None:
    """Each area owes the figures of its projects by the last day of the window, from the first on; nothing of a month that is closed."""
    if month.is_closed or clock.today() < month.figures_from:
        return
    for row in months.by_area(month.month, StatisticsEntry.objects.all()):
        if row["area"] and row["missing"]:
            with kept():
                title = _("报送%(month)s统计数据（%(n)s 个项目）") % {"month": f"{month.month:%Y-%m}", "n": row["owed"]}
            deadlines.owe(
                month.dossier,
                f"area:{row['area']}",
                title,
                on_due="statistics.figures_late",
                due_on=month.figures_until,
                url=month.get_absolute_url(),
            )


@action(
    "statistics.move_window",
    on=ReportingMonth,
    label=gettext_lazy("调整窗口"),
    form=forms.WindowForm,
    when=rules.closed,
    who=rules.of_the_city("statistics.move_window"),
)
def move_window(month: ReportingMonth, *, by, entries_until: date, figures_until: date, reason: str) -> None:
    """Another last day, with a reason; what the areas owe moves along."""
    month.entries_until, month.figures_until = entries_until, figures_until
    month.save(update_fields=["entries_until", "figures_until"])
    rows = Deadline.objects.filter(dossier=month.dossier, on_due="statistics.figures_late", state=Deadline.State.OPEN)
    rows.update(due_on=figures_until, fired_at=None)


@action("statistics.confirm_all", on=ReportingMonth, label=gettext_lazy("核定全部待核"))
def confirm_all(month: ReportingMonth, *, by) -> None:
    """Every figure of the month that waits and that this person may confirm is confirmed, none of their own."""
    rows: QuerySet[StatisticalFigure] = StatisticalFigure.objects.filter(month=month.month, state=Told.REPORTED)
    if by is not None:
        rows = access.actable(by, "statistics.confirm_figure", rows, "project_id").exclude(created_by=by)
    if not rows.update(state=Told.CONFIRMED, confirmed_by=by, updated_at=clock.now(), updated_by=by):
        raise Refused(_("没有您可以核定的待核数据。"))


@action("statistics.remind_missing", on=ReportingMonth, label=gettext_lazy("催报"), when=rules.closed)
def remind_missing(month: ReportingMonth, *, by) -> None:
    """Those who carry the projects that have not reported are told once more."""
    if not months.reachable_missing(month.month, by).exists():
        raise Refused(_("没有您可以催报的缺报项目。"))


@action(
    "statistics.close_month",
    on=ReportingMonth,
    label=gettext_lazy("关账"),
    when=rules.cannot_close_month,
    who=rules.of_the_city("statistics.close_month"),
    danger=True,
)
def close_month(month: ReportingMonth, *, by) -> None:
    """The month is locked for own and statistical figures alike; who had not reported is counted and stays on record."""
    month.owed, month.missing = months.owing(month.month).count(), months.missing(month.month).count()
    month.save(update_fields=["owed", "missing"])
    MonthLock.objects.get_or_create(
        area=month.area, month=month.month, defaults={"locked_at": clock.now(), "by": getattr(by, "username", "robot")}
    )
    for row in Deadline.objects.filter(dossier=month.dossier, on_due="statistics.figures_late", state=Deadline.State.OPEN):
        deadlines.settle(row, Deadline.State.CANCELLED)


# Differences and lengths of time ------------------------------------------------------------------------------------------


@action(
    "statistics.explain",
    on=StatisticsEntry,
    label=gettext_lazy("说明差异"),
    form=forms.ExplainForm,
    when=rules.cannot_explain,
    readers=PARTIES,
)
def explain(entry: StatisticsEntry, *, by, year: int, kind: DifferenceKind, amount: Decimal, words: str) -> None:
    """So much of the year's difference has this reason; a second call for the same reason replaces the first, which stays in the timeline."""
    at = clock.now()
    told = {"amount": amount, "words": words}
    Explanation.objects.update_or_create(
        entry=entry, year=year, kind=kind, defaults=told | {"updated_at": at, "updated_by": by}, create_defaults=told | stamped(by)
    )


@action(
    "statistics.withdraw_explanation",
    on=Explanation,
    label=gettext_lazy("撤销说明"),
    when=rules.cannot_withdraw,
    danger=True,
    readers=PARTIES,
)
def withdraw_explanation(explanation: Explanation, *, by) -> None:
    """The reason does not hold: the amount is unexplained again."""
    Explanation.objects.filter(pk=explanation.pk).delete()


@action("statistics.state_span", on=Project, label=gettext_lazy("登记用时"), form=forms.SpanForm, when=rules.cannot_state_span)
def state_span(project: Project, *, by, begins: str, ends: str, length: int, unit: str, source: str) -> None:
    """A length of time that somebody told, where the days are not known; told again it replaces the number."""
    at = clock.now()
    told = {"length": length, "unit": unit, "source": source}
    StatedSpan.objects.update_or_create(
        project=project,
        begins=begins,
        ends=ends,
        defaults=told | {"updated_at": at, "updated_by": by},
        create_defaults=told | stamped(by),
    )
