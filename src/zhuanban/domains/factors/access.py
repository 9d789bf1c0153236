"""Whom factors let into a project: the offices that were asked for something; they act while it is open and look it up afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from zhuanban.domains.factors.models import FactorRequest, SurveyEntry
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.portfolio import access as project_access
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import access
from zhuanban.kernel.access import ACT, SEE
from zhuanban.kernel.models import Access


def asked_offices(project: Project) -> dict[str, int]:
    """The principals of offices with a request or a survey of this project, in one query."""
    if project._state.adding:  # nobody can have been asked about a project that is not there yet
        return {}
    asked = FactorRequest.objects.filter(project=project.pk).order_by().values_list("provider", "state")
    surveyed = SurveyEntry.objects.filter(project=project.pk).order_by().values_list("survey__provider", "state")
    open_states = {*FactorRequest.OPEN, SurveyEntry.State.WAITING}
    levels: dict[str, int] = {}
    for provider, state in asked.union(surveyed, all=True):
        key = f"org:{provider}"
        levels[key] = max(levels.get(key, SEE), ACT if state in open_states else SEE)
    return levels


def let_in(projects: Iterable[int], office: Organisation) -> None:
    """At once, in the verb that asks an office about projects."""
    principal = access.principal(f"org:{office.pk}")
    Access.objects.bulk_create(
        [Access(principal=principal, dossier_id=pk, level=ACT) for pk in projects],
        update_conflicts=True,
        unique_fields=["principal", "dossier"],
        update_fields=["level"],
    )


project_access.SOURCES.append(asked_offices)
