"""Surveys: a utility finds out what projects need before they ask."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.factors import access as factor_access
from zhuanban.domains.factors import forms, rules
from zhuanban.domains.factors.actions.requests import ask
from zhuanban.domains.factors.desk import addressed, open_dossier, stamped
from zhuanban.domains.factors.models import Factor, FactorRequest, Survey, SurveyEntry
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.domains.portfolio import access as project_access
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, deadlines
from zhuanban.kernel.actions import WORKERS, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.words import kept


@action("factors.open_survey", on=Area, label=gettext_lazy("发起排查"), form=forms.SurveyForm, creates=Survey)
def open_survey(area: Area, *, by, factor: Factor, provider: Organisation, scope: str, due_on: date, name: str) -> Survey:
    """Ask a utility to find out what each of these projects needs, by a day; the utility sees these projects from now on."""
    projects = Project.objects.under_way()
    if area.key != settings.CITY["area"]:
        projects = projects.filter(area=area)
    if scope == "winter":
        projects = projects.filter(winter_building=True)
    ids = list(projects.order_by("pk").values_list("pk", flat=True))
    if not ids:
        raise Refused(_("这个范围里没有要排查的项目。"))
    dossier = open_dossier("factors.survey", "PC", name, area, provider)
    survey = Survey.objects.create(
        dossier=dossier, area=area, factor=factor, provider=provider, name=name, opened_on=clock.today(), due_on=due_on, **stamped(by)
    )
    addressed(survey)
    stamps = stamped(by)
    SurveyEntry.objects.bulk_create([SurveyEntry(survey=survey, project_id=pk, **stamps) for pk in ids], batch_size=500)
    factor_access.let_in(ids, provider)
    with kept():
        title = _("完成排查：%(name)s") % {"name": name}
    survey.deadline = deadlines.owe(
        dossier, f"org:{provider.pk}", title, on_due="factors.survey_late", due_on=due_on, url=survey.get_absolute_url()
    )
    survey.save(update_fields=["deadline"])
    return survey


@action(
    "factors.enter_survey",
    on=SurveyEntry,
    label=gettext_lazy("填排查结果"),
    form=forms.EntryForm,
    when=rules.cannot_enter,
    who=rules.not_surveyor,
    readers=WORKERS,
)
def enter_survey(
    entry: SurveyEntry,
    *,
    by,
    needed: str,
    amount: Decimal | None = None,
    need_on: date | None = None,
    until: date | None = None,
    purpose: str = "",
    note: str = "",
) -> None:
    """What the survey found: nothing is needed, or a need, which is a request from now on."""
    survey = entry.survey
    if needed == "yes":
        if amount is None or need_on is None:
            raise Refused(_("有需求时，写明需要多少、何时要。"))
        entry.request = ask(
            entry.project,
            by,
            FactorRequest.State.SURVEYED,
            FactorRequest.Origin.SURVEY,
            provider=survey.provider,
            factor=survey.factor,
            amount=amount,
            need_on=need_on,
            until=until,
            purpose=purpose or survey.name[:80],
        )
    entry.state = SurveyEntry.State.FOUND if entry.request_id else SurveyEntry.State.NONE
    entry.note, entry.surveyed_on = note, clock.today()
    entry.save(update_fields=["state", "request", "note", "surveyed_on"])
    if entry.state == SurveyEntry.State.NONE:
        project_access.regrant(entry.project)
    if not survey.entries.filter(state=SurveyEntry.State.WAITING).exists():
        Survey.objects.filter(pk=survey.pk).update(finished_on=clock.today(), updated_at=clock.now())
        if survey.deadline:
            deadlines.settle(survey.deadline)
