"""What is behind the deadlines of factors, statistics and policies, and the verb that moves each on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.queries.moves import Found, finds
from zhuanban.domains.factors.models import FactorRequest, FundingBatch, Survey, TransportPass
from zhuanban.domains.policies.models import ClawBack, PolicyClaim
from zhuanban.domains.statistics.models import ReportingMonth, StatisticsEntry
from zhuanban.kernel.models import Deadline

# Factors --------------------------------------------------------------------------------------------------------------------

REQUESTS = {
    FactorRequest.State.PROMISED: ("factors.supply", "factors.repromise"),
    FactorRequest.State.SUPPLIED: ("factors.verify",),
}


@finds("factors.answer_late", "factors.promise_late", "factors.unverified")
def of_factor_requests(user: Any, ids: list[int]) -> Iterator[Found]:
    """Promise a day, supply, verify: by where the request stands."""
    for row in FactorRequest.objects.filter(deadline__in=ids).select_related("project__dossier", "factor"):
        verbs = REQUESTS.get(FactorRequest.State(row.state), ("factors.promise", "factors.refuse"))
        yield Found(row.deadline_id or 0, row, verbs, f"{row.ref} · {row.standing}")


@finds("factors.survey_late")
def of_surveys(user: Any, ids: list[int]) -> Iterator[Found]:
    """Filled in line by line on its own page."""
    for row in Survey.objects.filter(deadline__in=ids).select_related("dossier"):
        yield Found(row.deadline_id or 0, row, (), _("逐个项目填报结果"))


@finds("factors.pass_ends")
def of_passes(user: Any, ids: list[int]) -> Iterator[Found]:
    for row in TransportPass.objects.filter(deadline__in=ids).select_related("project__dossier"):
        yield Found(row.deadline_id or 0, row, ("factors.renew_pass",), row.number)


@finds("factors.window_closes")
def of_batches(user: Any, ids: list[int]) -> Iterator[Found]:
    """Which projects still may apply stands on the batch's page."""
    for row in FundingBatch.objects.filter(deadline__in=ids).select_related("dossier"):
        yield Found(row.deadline_id or 0, row, (), _("窗口关闭前核对可申报的项目"))


# Statistics -----------------------------------------------------------------------------------------------------------------

REVIEWS = {
    StatisticsEntry.State.SUBMITTED_COUNTY: ("statistics.submit_city", "statistics.return_pack"),
    StatisticsEntry.State.SUBMITTED_CITY: ("statistics.accept_bank", "statistics.return_pack"),
}


@finds("statistics.review_late")
def of_entries(user: Any, ids: list[int]) -> Iterator[Found]:
    for row in StatisticsEntry.objects.filter(deadline__in=ids).select_related("project__dossier"):
        yield Found(row.deadline_id or 0, row, REVIEWS.get(StatisticsEntry.State(row.state), ()), row.get_state_display())


@finds("statistics.figures_late")
def of_months(user: Any, ids: list[int]) -> Iterator[Found]:
    """The month's page lists the projects whose figures are not there yet."""
    months = {row.dossier_id: row for row in ReportingMonth.objects.filter(dossier__deadlines__in=ids).select_related("dossier")}
    for pk, dossier in Deadline.objects.filter(pk__in=ids).values_list("pk", "dossier"):
        if dossier in months:
            yield Found(pk, months[dossier], (), _("在窗口关闭前报齐、核定"))


# Policies -------------------------------------------------------------------------------------------------------------------

CLAIMS = {
    PolicyClaim.State.SUBMITTED: ("policies.review_claim",),
    PolicyClaim.State.MATCHED: ("policies.check_claim",),
    PolicyClaim.State.CHECKED: ("policies.notify_claim",),
    PolicyClaim.State.REVIEWED: ("policies.announce_claim",),
    PolicyClaim.State.CONFIRMED: ("policies.announce_claim",),
    PolicyClaim.State.PUBLIC_NOTICE: ("policies.end_notice",),
}


@finds("policies.pay_late", "policies.notice_over")
def of_claims(user: Any, ids: list[int]) -> Iterator[Found]:
    """The office's next step; what is ready to be paid goes by a pay run."""
    known = set(ids)
    for row in PolicyClaim.objects.filter(Q(promised__in=ids) | Q(notice_clock__in=ids)).select_related("dossier", "policy"):
        for pk in known.intersection({row.promised_id or 0, row.notice_clock_id or 0}):
            yield Found(pk, row, CLAIMS.get(PolicyClaim.State(row.state), ()), row.get_state_display())


@finds("policies.return_late")
def of_returns(user: Any, ids: list[int]) -> Iterator[Found]:
    """Money to be paid back: the office books it in."""
    for row in ClawBack.objects.filter(deadline__in=ids).select_related("claim__dossier"):
        yield Found(row.deadline_id or 0, row, ("policies.record_return",), row.reason)
