"""Who hears of what happens to problems, and what follows when a project's responsibilities change."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.people.queries import holders
from zhuanban.domains.portfolio import access as project_access
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems import actions, queries, rules
from zhuanban.domains.problems.models import Problem
from zhuanban.domains.responsibility import queries as responsibility
from zhuanban.domains.responsibility.models import Responsibility, TaskForce
from zhuanban.kernel.models import Deadline, StoredFile
from zhuanban.kernel.notices import hears


def reporters(problem: Problem) -> list[int]:
    """The reporter, and the firm's people who may confirm."""
    people = [person for key in rules.reporter_keys(problem) for person in queries.people_behind(key)]
    return list(dict.fromkeys(people))


def for_holder(problem: Problem) -> str:
    return _("%(tier)s级问题待办：%(title)s（期限 %(day)s）") % {"tier": problem.tier, "title": problem.title, "day": problem.due_on}


def for_reporter(problem: Problem) -> str:
    """Only what an enterprise may read: where it stands, who has it, until when."""
    return _("您反映的“%(title)s”：%(label)s，承办 %(holder)s，期限 %(day)s") % {
        "title": problem.title,
        "label": problem.public_label,
        "holder": problem.holder_name,
        "day": problem.due_on,
    }


@hears("problems.report")
def reported(problem, *, by, event):
    """The holder hears at once; outside office hours whoever is on call does too."""
    found = responsibility.who_answers(problem.project, problem.tier)
    return [(person, for_holder(problem)) for person in {*found.user_ids, *queries.people_behind(problem.holder_key)}]


@hears(
    "problems.triage",
    "problems.delegate",
    "problems.refuse",
    "problems.escalate",
    "problems.de_escalate",
    "problems.reopen",
    "problems.keep_open",
    "problems.follow",
)
def changed_hands(problem, *, by, event):
    """The new holder with all who stand behind it; the reporter's side hears where it is now."""
    told = {person: for_reporter(problem) for person in reporters(problem)}
    told |= {person: for_holder(problem) for person in queries.people_behind(problem.holder_key)}
    if problem.department_id is None and problem.holder_key.startswith("user:"):  # a task force's members hear with their lead
        told |= {person: for_holder(problem) for person in responsibility.holder(problem.project, problem.tier).user_ids}
    return list(told.items())


@hears("problems.take", "problems.solve", "problems.pause", "problems.resume", "problems.not_accept", "problems.merge", "problems.close")
def went_on(problem, *, by, event):
    return [(person, for_reporter(problem)) for person in reporters(problem)]


@hears("problems.ask_time")
def time_asked(problem, *, by, event):
    """Whoever waits, and the tier above: one of them answers."""
    text = _("申请延期，请答复：%(title)s") % {"title": problem.title}
    return [(person, text) for person in {*reporters(problem), *queries.people_behind(rules.above(problem))}]


@hears("problems.ask_not_accept")
def dismissal_asked(problem, *, by, event):
    text = _("申请不予受理，请答复：%(title)s") % {"title": problem.title}
    return [(person, text) for person in queries.people_behind(rules.above(problem))]


@hears("problems.grant_time", "problems.deny_time", "problems.confirm")
def answered(problem, *, by, event):
    text = {
        "problems.grant_time": _("同意延期：%(title)s（新期限 %(day)s）"),
        "problems.deny_time": _("不同意延期：%(title)s（期限 %(day)s 不变）"),
        "problems.confirm": _("已确认办结：%(title)s"),
    }[event.verb] % {"title": problem.title, "day": problem.due_on}
    return [(person, text) for person in queries.people_behind(problem.holder_key)]


@hears("problems.instruct", "problems.supervise")
def ordered(order, *, by, event):
    what = _("批示") if event.verb == "problems.instruct" else _("督办")
    text = _("%(what)s：%(title)s（%(day)s 前落实）") % {"what": what, "title": order.problem.title, "day": order.deadline.due_on}
    return [(person, text) for person in queries.people_behind(order.owner_key)]


@hears("problems.consult")
def consulted(problem, *, by, event):
    rows = problem.consultations.filter(state="open").select_related("deadline")
    return [
        (person, _("会商：%(title)s（%(day)s 前答复）") % {"title": problem.title, "day": row.deadline.due_on})
        for row in rows
        for person in queries.people_behind(row.owner_key)
    ]


@hears("problems.answer_consult", "problems.carry_out", "problems.answer_supervision")
def order_answered(order, *, by, event):
    text = _("%(name)s已答复：%(title)s") % {"name": order.owner_name, "title": order.problem.title}
    return [(person, text) for person in {*queries.people_behind(order.problem.holder_key), *([order.by_id] if order.by_id else [])}]


# What follows from elsewhere ------------------------------------------------------------------------------------------------


@hears("responsibility.assign", "responsibility.hand_over", "responsibility.end")
def carried_by_another(row, *, by, event):
    """The tier's new holder takes over what the tier holds, in the same transaction."""
    return followed([row.project_id])


@hears("responsibility.name_lead")
def led_by_another(force, *, by, event):
    force = force if isinstance(force, TaskForce) else force.force
    return followed(Responsibility.objects.active().filter(force=force).values_list("project", flat=True))


@hears("portfolio.move")
def moved(project, *, by, event):
    return followed([project.pk])


def followed(projects) -> list:
    for problem in Problem.objects.filter(project__in=list(projects), state__in=Problem.WORKING).order_by("pk"):
        actions.follow(problem, by=None)
    return []


@hears("portfolio.merge")
def projects_merged(proposal, *, by, event):
    """The problems of the project that was folded in go on with the one that stays."""
    gone, kept = proposal.other_id, proposal.project_id
    rows = Problem.objects.filter(project=gone)
    StoredFile.objects.filter(of_problem__problem__in=rows).update(dossier=kept)
    Deadline.objects.filter(dossier=gone, on_due__startswith="problems.").update(dossier=kept)
    for row in rows.prefetch_related("promises"):
        row.promises.update(project=kept)
    rows.update(project=kept)
    project_access.regrant(Project.objects.get(pk=kept))
    return followed([kept])


def city_leaders() -> list[int]:
    return list(holders("city_leader").values_list("pk", flat=True))
