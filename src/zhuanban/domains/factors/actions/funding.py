"""Batches of funds with their windows, and what became of each application."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.factors import forms, queries, rules
from zhuanban.domains.factors.desk import addressed, open_dossier, stamped
from zhuanban.domains.factors.models import Drawdown, FundingApplication, FundingBatch, FundingProgramme
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, deadlines, parameters
from zhuanban.kernel.actions import WORKERS, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.forms import ReasonForm
from zhuanban.kernel.words import kept

ALARM_DAYS = parameters.declare("factors.window_alarm_days", gettext_lazy("申报截止前提醒"), int, pgettext_lazy("parameter unit", "天"))
State = FundingApplication.State


@action("factors.open_batch", on=Area, label=gettext_lazy("开放申报批次"), form=forms.BatchForm, creates=FundingBatch)
def open_batch(
    area: Area,
    *,
    by,
    programme: FundingProgramme,
    opens_on: date,
    closes_on: date,
    sectors: list[str] | None = None,
    build_kinds: list[str] | None = None,
    least: Decimal | None = None,
    note: str = "",
) -> FundingBatch:
    """The next batch of a programme with its window. Some days before it closes, those that have not applied are told."""
    number = (FundingBatch.objects.filter(area=area, programme=programme).aggregate(last=Max("number"))["last"] or 0) + 1
    with kept():
        title = _("%(programme)s 第%(n)s批") % {"programme": programme, "n": number}
        alarm = _("申报窗口将截止：%(title)s") % {"title": title}
    dossier = open_dossier("factors.batch", "SB", title, area)
    batch = FundingBatch.objects.create(
        dossier=dossier,
        area=area,
        programme=programme,
        number=number,
        opens_on=opens_on,
        closes_on=closes_on,
        sectors=sectors or [],
        build_kinds=build_kinds or [],
        least=least,
        note=note,
        **stamped(by),
    )
    addressed(batch)
    day = max(closes_on - timedelta(days=parameters.value(ALARM_DAYS)), clock.today())
    batch.deadline = deadlines.owe(
        dossier, f"area:{area.key}", alarm, on_due="factors.window_closes", due_on=day, url=batch.get_absolute_url()
    )
    batch.save(update_fields=["deadline"])
    return batch


@action(
    "factors.apply_funding",
    on=Project,
    label=gettext_lazy("申报资金"),
    form=forms.ApplyForm,
    when=rules.over,
    creates=FundingApplication,
    readers=WORKERS,
)
def apply_funding(project: Project, *, by, batch: FundingBatch, amount: Decimal, purpose: str) -> FundingApplication:
    """Apply in an open batch whose conditions the project meets."""
    if batch.pk not in {each.pk for each in queries.open_windows(project)}:
        raise Refused(_("这个批次没有开放、不符合条件，或已经申报过。"))
    return FundingApplication.objects.create(
        batch=batch, project=project, applied=amount, applied_on=clock.today(), purpose=purpose, **stamped(by)
    )


@action(
    "factors.approve_funding",
    on=FundingApplication,
    label=gettext_lazy("登记批复"),
    form=forms.ApproveForm,
    when=rules.cannot_decide,
    readers=WORKERS,
)
def approve_funding(application: FundingApplication, *, by, amount: Decimal, on: date, bank: Organisation | None = None) -> None:
    """How much was agreed to. That is not what was applied for, and not yet money."""
    application.approved, application.approved_on, application.bank, application.state = amount, on, bank, State.APPROVED
    application.save(update_fields=["approved", "approved_on", "bank", "state"])


@action(
    "factors.reject_funding",
    on=FundingApplication,
    label=gettext_lazy("未获批"),
    form=ReasonForm,
    when=rules.cannot_decide,
    readers=WORKERS,
    danger=True,
)
def reject_funding(application: FundingApplication, *, by, reason: str) -> None:
    """It was not agreed to, and why."""
    application.state, application.reason = State.REJECTED, reason
    application.save(update_fields=["state", "reason"])


@action(
    "factors.draw_funding",
    on=FundingApplication,
    label=gettext_lazy("登记到账"),
    form=forms.DrawForm,
    when=rules.cannot_draw,
    readers=WORKERS,
)
def draw_funding(application: FundingApplication, *, by, amount: Decimal, on: date) -> None:
    """Money has arrived. All of it together stays within what was approved."""
    drawn = (application.drawn or Decimal(0)) + amount
    if application.approved is None or drawn > application.approved:
        raise Refused(_("到账合计超过批复金额。"))
    Drawdown.objects.create(application=application, on=on, amount=amount, **stamped(by))
    application.drawn, application.state = drawn, State.DRAWN
    application.save(update_fields=["drawn", "state"])
