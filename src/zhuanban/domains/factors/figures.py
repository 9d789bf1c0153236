"""The numbers that factors answer for, each with its records."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.factors.models import FactorRequest, FundingApplication, FundingBatch, SurveyEntry, TransportPass
from zhuanban.domains.factors.queries import LIVE, late_promises
from zhuanban.kernel.figures import Reading, Scope, count, figure, ratio, total

Row = TypeVar("Row", bound=Model)
REQUESTS, BATCHES, APPLICATIONS, PASSES = "factors.requests", "factors.batches", "factors.applications", "factors.passes"
POLICY_AND_TERM = ("policy_financial_instrument", "manufacturing_term_loan")
RENEWAL = ("equipment_renewal_subsidised_loan",)
SOON = timedelta(days=14)
State = FactorRequest.State


def seen(model: type[Row], scope: Scope, area: str = "project__area") -> QuerySet[Row]:
    """The rows that a figure may count for this reader."""
    rows = model._default_manager.all() if scope.user is None else model._default_manager.visible_to(scope.user)  # type: ignore[attr-defined]
    return rows.filter(**{area: scope.area}) if scope.area else rows


def requests(scope: Scope) -> QuerySet[FactorRequest]:
    return seen(FactorRequest, scope)


def needed(scope: Scope) -> QuerySet[FactorRequest]:
    """Those that the projects have not taken back."""
    return requests(scope).exclude(state=State.WITHDRAWN)


@figure("factors.requests", label=_("要素诉求"), unit="request", listing=REQUESTS, definition=_("排查发现和项目提出的要素诉求件数。"))
def all_requests(scope: Scope) -> Reading:
    return count(requests(scope))


@figure(
    "factors.unanswered",
    label=_("超期未答复的诉求"),
    unit="request",
    listing=REQUESTS,
    definition=_("已过答复时限、要素单位还没有承诺日期也没有说明不能供给的诉求件数。"),
)
def unanswered(scope: Scope) -> Reading:
    return count(requests(scope).filter(state__in=FactorRequest.ASKED, due_on__lt=scope.on))


@figure(
    "factors.promises_late",
    label=_("逾期的要素承诺"),
    unit="request",
    listing=REQUESTS,
    definition=_("承诺日期已过、还没有供给的诉求件数。"),
)
def promises_late(scope: Scope) -> Reading:
    return count(requests(scope).filter(late_promises(scope.on)))


@figure(
    "factors.met_share",
    label=_("要素供给率"),
    unit="pct",
    listing=REQUESTS,
    definition=_("已供给和已核实的诉求件数除以全部诉求件数；不能供给的计入分母，已撤回的不计。"),
)
def met_share(scope: Scope) -> Reading:
    rows = needed(scope)
    return ratio(count(rows.filter(state__in=FactorRequest.GIVEN)), count(rows), "supplied", "requests")


@figure(
    "factors.surveyed_met_share",
    label=_("排查需求满足率"),
    unit="pct",
    listing=REQUESTS,
    definition=_("供热、供电、供水等单位排查发现的需求中，已供给和已核实的件数所占比例；已撤回的不计。"),
)
def surveyed_met_share(scope: Scope) -> Reading:
    rows = needed(scope).filter(origin=FactorRequest.Origin.SURVEY)
    return ratio(count(rows.filter(state__in=FactorRequest.GIVEN)), count(rows), "supplied", "requests")


@figure(
    "factors.refused",
    label=_("不能供给的诉求"),
    unit="request",
    listing=REQUESTS,
    definition=_("要素单位答复不能供给、已转为项目问题的诉求件数。"),
)
def refused(scope: Scope) -> Reading:
    return count(requests(scope).filter(state=State.REFUSED))


@figure(
    "factors.beds_needed",
    label=_("工人床位需求"),
    unit="person",
    listing=REQUESTS,
    definition=_("当日有效的工人住宿诉求床位数合计，不能供给和已撤回的除外。"),
)
def beds_needed(scope: Scope) -> Reading:
    standing = Q(factor="lodging", state__in=LIVE, need_on__lte=scope.on) & (Q(until=None) | Q(until__gte=scope.on))
    return total(requests(scope).filter(standing), "amount")


@figure(
    "factors.survey_waiting",
    label=_("待排查项目"),
    unit="project",
    definition=_("已发起的排查中，排查单位还没有填结果的项目次数；一个项目在两次排查里计两次。"),
)
def survey_waiting(scope: Scope) -> Reading:
    return count(seen(SurveyEntry, scope).filter(state=SurveyEntry.State.WAITING))


# Funds: batches, and three amounts that are never added to one another -----------------------------------------------------------------


def batches_of(scope: Scope, instruments: tuple[str, ...]) -> Reading:
    return count(seen(FundingBatch, scope, "area").filter(programme__instruments__in=instruments).distinct())


@figure(
    "factors.policy_batches",
    label=_("政策性金融工具和中长期贷款申报批次"),
    unit="batch",
    paper="F13",
    listing=BATCHES,
    definition=_("组织申报政策性开发性金融工具（基金）和制造业中长期贷款的批次数；一批同时申报两种只计一次。"),
)
def policy_batches(scope: Scope) -> Reading:
    return batches_of(scope, POLICY_AND_TERM)


@figure(
    "factors.renewal_batches",
    label=_("设备更新改造贴息贷款申报批次"),
    unit="batch",
    paper="F14",
    listing=BATCHES,
    definition=_("组织申报部分领域设备购置与更新改造贴息贷款的批次数。"),
)
def renewal_batches(scope: Scope) -> Reading:
    return batches_of(scope, RENEWAL)


@figure(
    "factors.windows_open",
    label=_("申报中的窗口"),
    unit="batch",
    listing=BATCHES,
    definition=_("当日在申报开始日和截止日之间的批次数，两天都算；窗口期未载的不计。"),
)
def windows_open(scope: Scope) -> Reading:
    return count(seen(FundingBatch, scope, "area").filter(opens_on__lte=scope.on, closes_on__gte=scope.on))


@figure(
    "factors.applied",
    label=_("申报金额"),
    unit="yuan",
    listing=APPLICATIONS,
    definition=_("项目申报的金额合计。申报不是批复，与批复、投放不相加。"),
)
def applied(scope: Scope) -> Reading:
    return total(seen(FundingApplication, scope), "applied")


@figure(
    "factors.approved",
    label=_("批复金额"),
    unit="yuan",
    listing=APPLICATIONS,
    definition=_("已批复的金额合计。批复不是到账，与申报、投放不相加。"),
)
def approved(scope: Scope) -> Reading:
    return total(seen(FundingApplication, scope), "approved")


@figure(
    "factors.drawn",
    label=_("投放金额"),
    unit="yuan",
    listing=APPLICATIONS,
    definition=_("已到账的金额合计，与申报、批复不相加。"),
)
def drawn(scope: Scope) -> Reading:
    return total(seen(FundingApplication, scope), "drawn")


@figure(
    "factors.passes_ending",
    label=_("将到期的通行证"),
    unit="permit",
    listing=PASSES,
    definition=_("今后14天内到期、还没有换发的通行证数。"),
)
def passes_ending(scope: Scope) -> Reading:
    return count(seen(TransportPass, scope).filter(renewed_by=None, valid_to__gte=scope.on, valid_to__lte=scope.on + SOON))
