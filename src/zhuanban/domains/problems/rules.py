"""When a verb of problems may be done, and by whom: the reason against, or nothing."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.portfolio import rules as project_rules
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.models import Consultation, Dismissal, Instruction, Order, Problem, Supervision, TimeRequest
from zhuanban.domains.responsibility import queries as responsibility
from zhuanban.kernel import clock, parameters

State = Problem.State
TOP = 3
ENTRY_RULE = parameters.declare("problems.entry_rule", gettext_lazy("问题分级受理规则"), list)
REOPEN_DAYS = parameters.declare("problems.reopen_days", gettext_lazy("销号后可重开的天数"), int, "天")


def entry_tier(needs: Iterable[str]) -> int:
    """The tier where a problem begins: what it needs, by the rule in force (domain handbook, section 6)."""
    rule = {need: tier for need, tier in parameters.value(ENTRY_RULE)}
    return max((rule.get(need, 1) for need in needs), default=1)


# When ---------------------------------------------------------------------------------------------------------------


def over(project: Project) -> str:
    return project_rules.over(project)


def settled(problem: Problem) -> str:
    """Why nothing more is worked on."""
    if problem.working:
        return ""
    if problem.state == State.SOLVED:
        return _("%(name)s已于%(day)s办结，等待确认。") % {"name": problem.holder_name, "day": _day(problem.solved_at)}
    return _("问题%(state)s。") % {"state": problem.get_state_display()}


def _day(instant) -> str:
    return timezone.localtime(instant).strftime("%m-%d %H:%M") if instant else ""


def standing_still(problem: Problem) -> str:
    return _("停表中，请先恢复计时。") if problem.paused_since else ""


def cannot_work(problem: Problem) -> str:
    return settled(problem) or standing_still(problem)


def cannot_triage(problem: Problem) -> str:
    return cannot_work(problem) or ("" if problem.state == State.REPORTED else _("已分级：%(tier)s级。") % {"tier": problem.tier})


def cannot_take(problem: Problem) -> str:
    if reason := cannot_work(problem):
        return reason
    if problem.state == State.IN_PROGRESS:
        return _("%(name)s已于%(day)s答复“在办”。") % {"name": problem.holder_name, "day": _day(problem.responded_at)}
    return ""


def cannot_rise(problem: Problem) -> str:
    return cannot_work(problem) or (_("已在最高层级。") if problem.tier == TOP else "")


def cannot_refuse(problem: Problem) -> str:
    return cannot_work(problem) or (_("已在最高层级，不能再推，请办理或申请不予受理。") if problem.tier == TOP else "")


def cannot_fall(problem: Problem) -> str:
    return cannot_work(problem) or (_("已在最低层级。") if problem.tier == 1 else "")


def cannot_ask_time(problem: Problem) -> str:
    if asked_time(problem):
        return _("已有一次延期申请待答复。")
    return cannot_work(problem)


def cannot_ask_dismissal(problem: Problem) -> str:
    if asked_dismissal(problem):
        return _("已有一次不予受理申请待上级答复。")
    return cannot_work(problem)


def cannot_pause(problem: Problem) -> str:
    return settled(problem) or (_("已经停表。") if problem.paused_since else "")


def cannot_resume(problem: Problem) -> str:
    return settled(problem) or ("" if problem.paused_since else _("现在没有停表。"))


def cannot_confirm(problem: Problem) -> str:
    return "" if problem.state == State.SOLVED else _("还没有办结，不能确认。") if problem.working else settled(problem)


def cannot_recall(problem: Problem) -> str:
    return cannot_confirm(problem) or (_("已经回访过。") if problem.recalled_at else "")


def cannot_close(problem: Problem) -> str:
    if problem.state == State.CONFIRMED or (problem.state == State.SOLVED and problem.recalled_at):
        return ""
    return _("上报方还没有确认；逾期未确认的，回访后可以销号。") if problem.state == State.SOLVED else settled(problem) or _("还没有办结。")


def cannot_reopen(problem: Problem) -> str:
    if problem.state in {State.SOLVED, State.CONFIRMED}:
        return ""
    if problem.state != State.CLOSED:
        return _("只有办结的问题可以重开。")
    limit = parameters.value(REOPEN_DAYS)
    assert problem.closed_at is not None  # the table's own constraint, on the row that was just read
    return "" if (clock.now() - problem.closed_at).days <= limit else _("销号已超过 %(n)s 天，请另行上报。") % {"n": limit}


def cannot_instruct(problem: Problem) -> str:
    return "" if problem.state in Problem.OPEN else settled(problem)


def cannot_decide_time(problem: Problem) -> str:
    return cannot_work(problem) or ("" if asked_time(problem) else _("没有待答复的延期申请。"))


def cannot_decide_dismissal(problem: Problem) -> str:
    return cannot_work(problem) or ("" if asked_dismissal(problem) else _("没有待答复的不予受理申请。"))


def asked_time(problem: Problem) -> TimeRequest | None:
    return next((row for row in problem.time_requests.all() if row.state == TimeRequest.State.ASKED), None)


def asked_dismissal(problem: Problem) -> Dismissal | None:
    return next((row for row in problem.dismissals.all() if row.state == Dismissal.State.ASKED), None)


def is_answered(row: Order) -> str:
    return "" if row.state == row.State.OPEN else _("已经答复过。") if row.state == row.State.DONE else _("已随问题撤销。")


# Who ----------------------------------------------------------------------------------------------------------------


def acts_for(user, key: str) -> bool:
    """Whether the person acts as a principal: in the own name, for an absent colleague, an organisation or an area's centre."""
    return key in user.principal_keys


def is_of_tier(user, problem: Problem) -> bool:
    """Whether the problem's tier is the person's: its holder, or a member of the task force that holds it."""
    found = responsibility.holder(problem.project, problem.tier)
    return acts_for(user, found.principal_key) or user.pk in found.user_ids


def is_holder(user, problem: Problem) -> bool:
    return acts_for(user, problem.holder_key) or (problem.department_id is None and is_of_tier(user, problem))


def not_holder(user, problem: Problem) -> str:
    """Only the holder answers for a problem."""
    return "" if is_holder(user, problem) else _("这个问题由%(name)s承办。") % {"name": problem.holder_name}


def not_holder_nor_tier(user, problem: Problem) -> str:
    """The tier keeps its say over what it has handed to a department."""
    return "" if is_holder(user, problem) or is_of_tier(user, problem) else _("这个问题由%(name)s承办。") % {"name": problem.holder_name}


def not_in_charge(user, problem: Problem) -> str:
    """The holder, its tier, or the centre that dispatches."""
    return "" if "problems.triage" in user.verbs else not_holder_nor_tier(user, problem)


def above(problem: Problem) -> str:
    """The principal of the tier above; above the highest stands the city's centre."""
    if problem.tier < TOP:
        return responsibility.holder(problem.project, problem.tier + 1).principal_key
    return f"area:{settings.CITY['area']}"


def is_above(user, problem: Problem) -> bool:
    if acts_for(user, above(problem)):
        return True
    return problem.tier < TOP and user.pk in responsibility.holder(problem.project, problem.tier + 1).user_ids


def not_above(user, problem: Problem) -> str:
    """Only the tier above consents, and never the one who asked."""
    asked = asked_dismissal(problem)
    if asked and asked.by_id == user.pk:
        return _("不能批准自己的申请。")
    return "" if is_above(user, problem) else _("须由上一层级答复。")


def reporter_keys(problem: Problem) -> list[str]:
    """The principals of the side that reported: its organisation and the project's owner; the reporter in person."""
    firm = problem.reporter_org if problem.reporter_org and problem.reporter_org.kind == "enterprise" else None
    organisations = {firm.pk if firm else None, problem.project.owner_org_id}
    keys = [f"org:{pk}" for pk in sorted(pk for pk in organisations if pk)]
    return [*keys, *([f"user:{problem.reporter_id}"] if problem.reporter_id else [])]


def is_reporter(user, problem: Problem) -> bool:
    """The reporter, or a colleague in the firm; somebody of the city's offices only in person."""
    keys = reporter_keys(problem)
    return user.pk == problem.reporter_id or bool(set(keys) & (user.principal_keys - user.inside_keys))


def not_reporter(user, problem: Problem) -> str:
    if not is_reporter(user, problem):
        return _("须由上报方办理。")
    return _("自己办的，不能自己确认。") if user.pk == problem.solved_by_id else ""


def not_reporter_nor_centre(user, problem: Problem) -> str:
    return "" if is_reporter(user, problem) or "problems.triage" in user.verbs else _("须由上报方或项目中心办理。")


def not_other_side(user, problem: Problem) -> str:
    """Whether time is given is for those who wait, or for the tier above; never for the one who asked."""
    asked = asked_time(problem)
    if asked and asked.by_id == user.pk:
        return _("不能批准自己的申请。")
    return "" if is_reporter(user, problem) or is_above(user, problem) else _("须由上报方或上一层级答复。")


def not_owner(user, row: Instruction | Supervision | Consultation) -> str:
    mine = acts_for(user, row.owner_key) or (row.owner_key == row.problem.holder_key and is_holder(user, row.problem))
    return "" if mine else _("须由%(name)s答复。") % {"name": row.owner_name}


def not_the_closer(user, problem: Problem) -> str:
    """Whoever solved it does not also file it."""
    return _("自己办的，不能自己销号。") if user.pk == problem.solved_by_id else ""
