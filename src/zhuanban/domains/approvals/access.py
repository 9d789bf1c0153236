"""Whom cases let into a project: the department that decides, those that are asked, and the agent of a case."""

from __future__ import annotations

from django.db.models import Q

from zhuanban.domains.approvals.models import ApprovalCase, Opinion
from zhuanban.domains.approvals.rules.states import ENDED
from zhuanban.domains.people.models import Organisation, User
from zhuanban.domains.portfolio import access as project_access
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.responsibility import access as responsibility
from zhuanban.kernel import access
from zhuanban.kernel.access import ACT, SEE
from zhuanban.kernel.models import Access


def departments(project: Project) -> dict[str, int]:
    """The departments of the project's cases act on it while one is alive, and look on afterwards; certificates live on."""
    living = ~Q(state="draft") & ~Q(state__in=ENDED)
    handed_in = ApprovalCase.objects.filter(project=project, department__isnull=False).exclude(state="draft")
    asked = Opinion.objects.filter(case__project=project)
    levels: dict[str, int] = {f"org:{pk}": SEE for pk in [*_ids(handed_in), *_ids(asked)]}
    acting = [*_ids(handed_in.filter(living)), *_ids(asked.filter(verdict=""))]
    return levels | {f"org:{pk}": ACT for pk in acting}


def _ids(rows) -> list[int]:
    return list(rows.order_by().values_list("department", flat=True).distinct())


def let_in(project: Project, department: Organisation) -> None:
    """At once, in the verb that hands a case in or asks for an opinion."""
    Access.objects.update_or_create(principal=access.principal(f"org:{department.pk}"), dossier_id=project.pk, defaults={"level": ACT})


def let_agent_in(project: Project, agent: User) -> None:
    Access.objects.update_or_create(principal=access.principal(f"user:{agent.pk}"), dossier_id=project.pk, defaults={"level": ACT})


def let_agent_out(project: Project, agent: User) -> None:
    """When the last case is handed over, unless the person carries the project for another reason."""
    still = ApprovalCase.objects.filter(project=project, agent=agent).exists() or agent.pk in responsibility.entitled(project)
    if not still:
        Access.objects.filter(principal__key=f"user:{agent.pk}", dossier=project.pk).delete()


project_access.SOURCES.append(departments)
