"""What becomes due in the portfolio."""

from django.utils.translation import gettext as _

from zhuanban.domains.portfolio import actions, queries
from zhuanban.domains.portfolio.models import Contest, Project
from zhuanban.domains.portfolio.notices import centre_of
from zhuanban.kernel import notices
from zhuanban.kernel.deadlines import on_due
from zhuanban.kernel.jobs import schedule, task


@on_due("portfolio.close_green_channel")
def close_green_channel(deadline) -> None:
    """The priority has lapsed: close it as the robot."""
    actions.close_green_channel(Project.objects.get(pk=deadline.dossier_id), by=None)


@on_due("portfolio.contest_overdue")
def contest_overdue(deadline) -> None:
    """Nobody decided in time: the city's dispatchers are told once; the deadline stays open and late."""
    contest = Contest.objects.filter(deadline=deadline).first()
    if contest and contest.state == Contest.State.OPEN:
        text = _("数据异议超期未核实：%(name)s") % {"name": contest.project.name}
        notices.leave(
            {person: text for person in centre_of(queries.city_key())}, dossier=deadline.dossier_id, url=contest.get_absolute_url()
        )


@task()
def look_for_twins() -> int:
    """Propose pairs of projects that look alike."""
    return queries.propose_merges(Project.objects.all())


schedule("portfolio.look_for_twins", "30 2 * * *", look_for_twins)
