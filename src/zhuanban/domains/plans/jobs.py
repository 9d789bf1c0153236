"""What becomes due in plans."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.plans import runs
from zhuanban.domains.plans.models import DateRequest
from zhuanban.domains.plans.notices import centre_of
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.kernel import notices
from zhuanban.kernel.deadlines import on_due
from zhuanban.kernel.jobs import progress, schedule, task
from zhuanban.kernel.words import kept


@on_due("plans.decision_overdue")
def decision_overdue(deadline) -> None:
    """Nobody answered a request in time: the city's dispatchers are told once; the date in force goes on standing."""
    request = DateRequest.objects.filter(deadline=deadline, state=DateRequest.State.OPEN).select_related("node__work", "project").first()
    if request:
        with kept():
            text = _("节点调整申请超期未答复：%(project)s %(node)s") % {"project": request.project.name, "node": request.node.shown_name}
        notices.leave(dict.fromkeys(centre_of(city_key()), text), dossier=deadline.dossier_id, url=request.node.get_absolute_url())


@task(max_attempts=3)
def forecast_project(project: int) -> None:
    """One project anew, after something about it changed."""
    runs.renew([project])


@task(max_attempts=3, backoff=60)
def forecast_all() -> int:
    """Every project anew at the day's data date, and how many of each area will be closed in time."""
    return runs.renew_all(told=lambda done, total: progress(done, total, _("预测")))


schedule("plans.forecast_all", "15 1 * * *", forecast_all)
