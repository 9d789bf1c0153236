"""The one button that moves what somebody owes: for each kind of deadline the row behind it, and the verb that the holder may do on it.

A kind is known by the deadline's `on_due`. Rows of a kind are read together, so that a page costs the same however much is owed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.queries import told
from zhuanban.domains.dispatch.models import Decision, ProjectLight
from zhuanban.domains.plans import rules as plans
from zhuanban.domains.plans.models import DateRequest
from zhuanban.domains.portfolio.models import Contest, Project
from zhuanban.domains.problems.models import Consultation, Instruction, Problem, Supervision
from zhuanban.kernel import access, actions
from zhuanban.kernel.models import Access, Deadline


@dataclass(frozen=True)
class Button:
    """What a press does: a verb's dialog, or a page to go to."""

    label: str
    url: str
    dialog: bool = True


@dataclass(frozen=True)
class Found:
    """The row behind a deadline, the verbs that would move it in order of preference, and why it is owed, in words."""

    deadline: int
    row: Any
    verbs: tuple[str, ...]
    why: str = ""


Finder: TypeAlias = Callable[[Any, list[int]], Iterable[Found]]
FINDERS: dict[str, Finder] = {}


def finds(*kinds: str) -> Callable[[Finder], Finder]:
    """Register a function `(user, ids of deadlines) -> [Found]` for these kinds of deadlines."""

    def register(function: Finder) -> Finder:
        for kind in kinds:
            FINDERS[kind] = function
        return function

    return register


# What is behind a deadline ------------------------------------------------------------------------------------------------


@finds("problems.rise", "problems.silent", "problems.file")
def of_problems(user: Any, ids: list[int]) -> Iterator[Found]:
    """Answer it, solve it, confirm it, file it: by where the problem stands."""
    known = set(ids)
    mine = Q(respond__in=ids) | Q(solve__in=ids) | Q(confirm__in=ids)
    for row in Problem.objects.filter(mine).select_related("project__dossier", "kind"):
        for pk in known.intersection({row.respond_id or 0, row.solve_id or 0, row.confirm_id or 0}):
            yield Found(pk, row, verbs_of(row), told.problem(user, row))


def verbs_of(problem: Problem) -> tuple[str, ...]:
    """What moves a problem on, for whoever holds it now."""
    if problem.state == Problem.State.SOLVED:
        return ("problems.confirm", "problems.close", "problems.recall")
    if problem.state == Problem.State.CONFIRMED:
        return ("problems.close",)
    if problem.paused_since:
        return ("problems.resume",)
    return ("problems.solve",) if problem.state == Problem.State.IN_PROGRESS else ("problems.take",)


ORDERS = (
    (Instruction, ("problems.carry_out",)),
    (Supervision, ("problems.answer_supervision",)),
    (Consultation, ("problems.answer_consult",)),
)


@finds("problems.order_late")
def of_orders(user: Any, ids: list[int]) -> Iterator[Found]:
    """Instructions, supervision orders and consultations to answer; a reporter to call back, after which the problem is filed."""
    for model, verbs in ORDERS:
        for row in model._default_manager.filter(deadline__in=ids).select_related("problem__project__dossier", "by"):
            yield Found(row.deadline_id, row, verbs, told.order(row))
    for problem in Problem.objects.filter(confirm__in=ids).select_related("project__dossier", "kind"):
        yield Found(problem.confirm_id or 0, problem, ("problems.close",), told.problem(user, problem))


@finds("portfolio.contest_overdue")
def of_contests(user: Any, ids: list[int]) -> Iterator[Found]:
    for row in Contest.objects.filter(deadline__in=ids).select_related("project__dossier"):
        yield Found(row.deadline_id or 0, row, ("portfolio.decide_contest",), told.contest(row))


@finds("portfolio.close_green_channel")
def of_green_channels(user: Any, ids: list[int]) -> Iterator[Found]:
    """The channel closes by itself on its day: what can be done before is to keep it open."""
    found = dict(Deadline.objects.filter(pk__in=ids).values_list("pk", "dossier"))
    rows = Project.objects.select_related("dossier").in_bulk(set(found.values()))
    for pk, project in found.items():
        if project in rows:
            yield Found(pk, rows[project], ("portfolio.open_green_channel",), _("到期自动关闭；还需要的，续到新的日子"))


@finds("plans.decision_overdue")
def of_date_requests(user: Any, ids: list[int]) -> Iterator[Found]:
    rank = plans.rank(user)
    for row in DateRequest.objects.filter(deadline__in=ids).select_related("node__work", "project__dossier", "asked_by"):
        verbs = ("plans.grant_date",) if rank > row.rank and row.asked_by_id != user.pk else ()
        yield Found(row.deadline_id or 0, row, verbs, told.date_request(row))


@finds("dispatch.decision_late")
def of_decisions(user: Any, ids: list[int]) -> Iterator[Found]:
    for row in Decision.objects.filter(deadline__in=ids).select_related("meeting__series", "project__dossier", "series__dossier"):
        yield Found(row.deadline_id or 0, row, ("dispatch.carry_out",), str(row.meeting.title))


@finds("dispatch.lapse_override")
def of_overrides(user: Any, ids: list[int]) -> Iterator[Found]:
    """A hand-set light goes back by itself on its day; it can be lifted before."""
    for row in ProjectLight.objects.filter(override_deadline__in=ids).select_related("project__dossier"):
        yield Found(row.override_deadline_id or 0, row, ("dispatch.lift_override",), row.override_reason)


# Which of the verbs the person may do ---------------------------------------------------------------------------------------


def behind(user: Any, rows: list[Deadline]) -> dict[int, Found]:
    """Deadline -> what is behind it. One query (or as many as it has tables) for each kind that is owed."""
    kinds: dict[Finder, list[int]] = {}
    for row in rows:
        if finder := FINDERS.get(row.on_due):
            kinds.setdefault(finder, []).append(row.pk)
    return {found.deadline: found for finder, ids in kinds.items() for found in finder(user, ids)}


def buttons(user: Any, found: Iterable[Found]) -> dict[int, Button]:
    """Deadline -> the button of the first verb that the person's roles have, that reaches the row's dossier, and that can be done now.
    One query for all of them. Whoever owes something is the one whose verb it is; the dialog asks again."""
    wanted = [(each, [name for name in each.verbs if name in user.verbs and name in actions.REGISTRY]) for each in found]
    reached = reach(user, {(name, dossier_of(each.row)) for each, names in wanted for name in names})
    made = {}
    for each, names in wanted:
        for name in names:
            known = actions.REGISTRY[name]
            if (name, dossier_of(each.row)) in reached and not known.reason_against(each.row):
                made[each.deadline] = Button(str(known.label), reverse("kernel:act", args=[name, each.row.pk]))
                break
    return made


def dossier_of(row: Any) -> int:
    """The id of the dossier that a row hangs on, without asking for it."""
    if isinstance(row, Project):
        return row.pk
    if isinstance(row, Decision):
        return row.project_id or row.series_id
    for parent in ("case", "claim", "problem"):
        if hasattr(row, f"{parent}_id") and not hasattr(row, "project_id"):
            return dossier_of(getattr(row, parent))
    return row.dossier_id if hasattr(row, "dossier_id") else row.project_id


def reach(user: Any, wanted: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of the (verb, dossier) pairs that the person's grants reach. One query."""
    keys = {name: user.keys_for(name) for name, _dossier in wanted}
    if not keys:
        return set()
    rows = Access.objects.filter(
        dossier__in={dossier for _name, dossier in wanted}, level__gte=access.ACT, principal__key__in=set().union(*keys.values())
    )
    held: dict[int, set[str]] = {}
    for dossier, key in rows.values_list("dossier", "principal__key"):
        held.setdefault(dossier, set()).add(key)
    return {(name, dossier) for name, dossier in wanted if keys[name] & held.get(dossier, set())}
