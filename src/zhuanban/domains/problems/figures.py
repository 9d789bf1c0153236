"""The numbers that problems answer for, each with its evidence."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Avg, F, Q
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.problems.models import Contact, Problem, Promise
from zhuanban.kernel.figures import Reading, Scope, count, figure, share

PROBLEMS, PROMISES = "problems.problems", "problems.promises"
FACTORS = ("water", "power", "gas", "heat", "logistics")
"""The kinds that the article names (水电气热物流)."""


def problems(scope: Scope):
    """The problems that a figure may count for this reader, without those folded into others."""
    rows = Problem.objects.all() if scope.user is None else Problem.objects.visible_to(scope.user)
    rows = rows.exclude(state=Problem.State.MERGED)
    return rows.filter(project__area=scope.area) if scope.area else rows


def promises(scope: Scope):
    rows = Promise.objects.all() if scope.user is None else Promise.objects.visible_to(scope.user)
    return rows.filter(project__area=scope.area) if scope.area else rows


def solved_of(rows) -> Reading:
    return share(rows, Q(solved_at__isnull=False), "solved", "reported")


def days_of(rows) -> Reading:
    """Calendar days from the report to the solution, on average, to a tenth. What was entered as solved already took no known time."""
    done = rows.filter(solved_at__gt=F("reported_at"))
    mean = done.aggregate(d=Avg(F("solved_at") - F("reported_at")))["d"]
    return Reading(round(Decimal(mean.total_seconds()) / 86_400, 1) if mean is not None else None, done)


@figure("problems.open", label=_("在办问题"), unit="problem", listing=PROBLEMS, definition=_("还没有办结的问题"))
def open_problems(scope: Scope) -> Reading:
    return count(problems(scope).filter(state__in=Problem.WORKING))


@figure("problems.overdue", label=_("超期问题"), unit="problem", listing=PROBLEMS, definition=_("在办、没有停表、期限已过的问题"))
def overdue(scope: Scope) -> Reading:
    return count(problems(scope).overdue(scope.on))


@figure(
    "problems.solved_share",
    label=_("问题解决率"),
    unit="pct",
    listing=PROBLEMS,
    definition=_("已办结的问题占全部上报问题的比例，合并的不重复计"),
)
def solved_share(scope: Scope) -> Reading:
    return solved_of(problems(scope))


@figure(
    "problems.factor_solved_share",
    label=_("水电气热物流难题解决率"),
    unit="pct",
    listing=PROBLEMS,
    definition=_("用水、用电、用气、用热、物流五类问题中已办结的比例"),
)
def factor_solved_share(scope: Scope) -> Reading:
    return solved_of(problems(scope).filter(kind__in=FACTORS))


@figure("problems.days", label=_("平均解决时间"), unit="day", listing=PROBLEMS, definition=_("从上报到办结的平均自然日，企业感受的天数"))
def days(scope: Scope) -> Reading:
    return days_of(problems(scope))


@figure(
    "problems.factor_days",
    label=_("水电气热物流难题平均解决时间"),
    unit="day",
    listing=PROBLEMS,
    definition=_("用水、用电、用气、用热、物流五类问题从上报到办结的平均自然日"),
)
def factor_days(scope: Scope) -> Reading:
    return days_of(problems(scope).filter(kind__in=FACTORS))


@figure("problems.rating", label=_("企业评分"), unit="point", listing=PROBLEMS, definition=_("企业确认办结时的评分，1 至 5 分，取平均"))
def rating(scope: Scope) -> Reading:
    rated = problems(scope).filter(rating__isnull=False)
    mean = rated.aggregate(a=Avg("rating"))["a"]
    return Reading(round(Decimal(mean), 2) if mean is not None else None, rated)


@figure(
    "problems.satisfied",
    label=_("企业满意率"),
    unit="pct",
    listing=PROBLEMS,
    definition=_("评 4 分、5 分的占全部评分的比例"),
)
def satisfied(scope: Scope) -> Reading:
    rated = problems(scope).filter(rating__isnull=False)
    return share(rated, Q(rating__gte=4), "satisfied", "rated")


@figure(
    "problems.top_tier",
    label=_("领导层级问题"),
    unit="problem",
    listing=PROBLEMS,
    definition=_("现在由区级或市级领导承办的在办问题"),
)
def top_tier(scope: Scope) -> Reading:
    return count(problems(scope).filter(tier=3, state__in=Problem.WORKING))


@figure("problems.supervised", label=_("督办问题"), unit="problem", listing=PROBLEMS, definition=_("带督办标记的在办问题"))
def supervised(scope: Scope) -> Reading:
    return count(problems(scope).filter(supervised=True, state__in=Problem.WORKING))


@figure(
    "problems.promises_kept",
    label=_("承诺兑现率"),
    unit="pct",
    listing=PROMISES,
    definition=_("期限已到的承诺中按期兑现的比例；改期的以新期限为准，撤回的不计"),
)
def promises_kept(scope: Scope) -> Reading:
    rows = promises(scope).standing()
    due = rows.filter(Q(kept_on__isnull=False) | Q(due_on__lt=scope.on))
    return share(due, Q(kept_on__lte=F("due_on")), "kept", "due")


@figure(
    "problems.promises_broken", label=_("失约承诺"), unit="promise", listing=PROMISES, definition=_("过了期限没有兑现，或迟了才兑现的承诺")
)
def promises_broken(scope: Scope) -> Reading:
    return count(promises(scope).broken(scope.on))


@figure(
    "problems.power_talks",
    label=_("协调供电次数"),
    unit="event",
    definition=_("用电问题协调记录的条数"),
)
def power_talks(scope: Scope) -> Reading:
    rows = Contact.objects.all() if scope.user is None else Contact.objects.visible_to(scope.user)
    return count(rows.filter(problem__kind="power"))
