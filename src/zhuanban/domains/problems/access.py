"""Whom problems let into a project: the departments that handle or answer one, while it lasts and afterwards to look it up."""

from __future__ import annotations

from django.db.models import Q

from zhuanban.domains.people.models import Organisation
from zhuanban.domains.portfolio import access as project_access
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.models import Consultation, Holding, Instruction, Problem
from zhuanban.kernel import access
from zhuanban.kernel.access import ACT, SEE
from zhuanban.kernel.models import Access


def departments(project: Project) -> dict[str, int]:
    """The principals of public bodies that have or had something to do with the project's problems."""
    open_now = Q(problem__state__in=Problem.OPEN)
    rows = [
        *Holding.objects.filter(problem__project=project, department__isnull=False).filter(open_now).values_list("department", flat=True),
        *Consultation.objects.filter(problem__project=project).filter(open_now).values_list("department", flat=True),
    ]
    owners = Instruction.objects.filter(problem__project=project, owner_key__startswith="org:", state=Instruction.State.OPEN)
    acting = {f"org:{pk}" for pk in rows} | set(owners.values_list("owner_key", flat=True))
    once = [
        *Holding.objects.filter(problem__project=project, department__isnull=False).values_list("department", flat=True),
        *Consultation.objects.filter(problem__project=project).values_list("department", flat=True),
    ]
    levels: dict[str, int] = {f"org:{pk}": SEE for pk in once}
    return levels | dict.fromkeys(acting, ACT)


def let_in(project: Project, department: Organisation) -> None:
    """At once, in the verb that asks a department."""
    Access.objects.update_or_create(principal=access.principal(f"org:{department.pk}"), dossier_id=project.pk, defaults={"level": ACT})


project_access.SOURCES.append(departments)
