"""The numbers that the library answers for."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.policies.models import Policy, PolicyLetter
from zhuanban.kernel.figures import Reading, Scope, count, figure, ratio

POLICIES, LETTERS = "policies.policies", "policies.letters"
QIKAI = "220174"
"""汽开区, the zone whose library the articles count."""


def published(scope: Scope) -> QuerySet[Policy]:
    """The items given on the scope's day."""
    rows = Policy.objects.in_force(scope.on).filter(published_on__lte=scope.on)
    return rows.filter(area=scope.area) if scope.area else rows


@figure(
    "policies.items", label=_("汽开区惠企政策"), unit="policy", paper="F47", listing=POLICIES,
    definition=_("汽开区政策库中已经发布、没有停止的政策项数。"),
)  # fmt: skip
def items(scope: Scope) -> Reading:
    return count(published(scope).filter(area=QIKAI))


@figure(
    "policies.categories", label=_("汽开区惠企政策类别"), unit="category", paper="F46", listing=POLICIES,
    definition=_("汽开区已经发布、没有停止的政策所属的类别数。"),
)  # fmt: skip
def categories(scope: Scope) -> Reading:
    rows = published(scope).filter(area=QIKAI)
    return Reading(rows.order_by().values("category").distinct().count(), rows)


def letters(scope: Scope) -> QuerySet[PolicyLetter]:
    rows = PolicyLetter.objects.all() if scope.user is None else PolicyLetter.objects.visible_to(scope.user)
    return rows.filter(file__area=scope.area) if scope.area else rows


@figure(
    "policies.letters_read", label=_("政策到企已读率"), unit="pct", listing=LETTERS,
    definition=_("去信中企业有账号、已经开信的，除以有账号的。"),
)  # fmt: skip
def letters_read(scope: Scope) -> Reading:
    reached = letters(scope).filter(told__gt=0)
    return ratio(count(reached.filter(read_at__isnull=False)), count(reached), str(_("已读")), str(_("有账号")))
