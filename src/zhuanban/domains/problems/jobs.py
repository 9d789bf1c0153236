"""What happens when a clock of a problem runs out."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from zhuanban.domains.problems import actions, queries, rules
from zhuanban.domains.problems.hands import centre_of
from zhuanban.domains.problems.models import Consultation, Instruction, Problem, Supervision
from zhuanban.domains.problems.notices import city_leaders
from zhuanban.kernel import clock, deadlines, notices, parameters
from zhuanban.kernel.deadlines import on_due
from zhuanban.kernel.words import kept


def of(deadline) -> Problem | None:
    return Problem.objects.select_for_update().filter(Q(respond=deadline) | Q(solve=deadline) | Q(confirm=deadline)).first()


@on_due("problems.rise", lock=of)
def rise(deadline) -> None:
    """Nobody answered, or it is not solved in time: one tier up. At the top it stays, with the city's leaders told and a supervision mark."""
    problem = of(deadline)
    if problem is None or rules.cannot_work(problem):
        return
    with kept():
        late = _("超期未答复") if deadline.pk == problem.respond_id else _("超期未办结")
        reason = _("%(late)s（应于 %(day)s 前）") % {"late": late, "day": deadline.due_on}
        order = _("最高层级%(reason)s，自动督办") % {"reason": reason}
        text = _("最高层级%(late)s：%(title)s（%(holder)s）") % {"late": late, "title": problem.title, "holder": problem.holder_name}
    if problem.tier < rules.TOP:
        actions.escalate(problem, by=None, reason=reason)
        return
    if not problem.supervisions.filter(state=Supervision.State.OPEN, by=None).exists():
        due = deadlines.calendar().due(clock.today(), parameters.value(actions.SUPERVISION_DAYS))
        actions.supervise(problem, by=None, text=order, due_on=due)
    notices.leave(dict.fromkeys(city_leaders(), text), dossier=problem.project_id, url=problem.get_absolute_url())


@on_due("problems.silent", lock=of)
def silent(deadline) -> None:
    """The reporter has not said a word: the centre is to call back."""
    problem = of(deadline)
    if problem and not rules.cannot_recall(problem):
        with kept():
            note = _("上报方逾期未确认，转项目中心回访")
            text = _("请回访：%(title)s") % {"title": problem.title}
        actions.recall(problem, by=None, note=note)
        told = dict.fromkeys(queries.people_behind(centre_of(problem).principal_key), text)
        notices.leave(told, dossier=problem.project_id, url=problem.get_absolute_url())


@on_due("problems.file", lock=of)
def file(deadline) -> None:
    """Confirmed and left lying: filed by the robot."""
    problem = of(deadline)
    if problem and not rules.cannot_close(problem):
        with kept():
            note = _("已确认，自动销号")
        actions.close(problem, by=None, note=note)


@on_due("problems.order_late")
def order_late(deadline) -> None:
    """An instruction, a consultation, a supervision or a call back is late: who owes it and who ordered it are told once."""
    rows = (model.objects.filter(deadline=deadline).first() for model in (Instruction, Consultation, Supervision))
    row = next((found for found in rows if found), None)
    people = {*queries.people_behind(deadline.holder.key), *([row.by_id] if row and row.by_id else [])}
    with kept():
        text = _("逾期：%(title)s") % {"title": deadline.title}
    notices.leave(dict.fromkeys(people, text), dossier=deadline.dossier_id, url=deadline.url)
