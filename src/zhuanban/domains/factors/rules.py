"""When the verbs of factors may be done, and by whom."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.factors.models import FactorRequest, FundingApplication, SupplyOffer, SurveyEntry, TransportPass
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock

State = FactorRequest.State


def over(project: Project) -> str:
    ended = {Project.Stage.ARCHIVED, Project.Stage.CANCELLED}
    return _("项目已经结束。") if project.stage in ended else ""


# The request: surveyed or requested, promised, supplied, verified; refused becomes a problem (handbook, section 8.8). Whoever needed it
# withdraws it until it is there ----------------------------------------------------------------------------------------------------


def stands_at(request: FactorRequest, *states: str) -> str:
    if request.state in states:
        return ""
    return _("诉求现在是“%(state)s”，不能这样办。") % {"state": request.get_state_display()}


def cannot_promise(request: FactorRequest) -> str:
    return stands_at(request, *FactorRequest.ASKED)


cannot_refuse = cannot_correct = cannot_promise


def cannot_repromise(request: FactorRequest) -> str:
    return stands_at(request, State.PROMISED)


cannot_supply = cannot_repromise


def cannot_withdraw_request(request: FactorRequest) -> str:
    return stands_at(request, *FactorRequest.NOT_GIVEN)


def cannot_verify(request: FactorRequest) -> str:
    return stands_at(request, State.SUPPLIED)


def desk_of(user, office: int | None) -> bool:
    """Whether the person works at this office."""
    return office is not None and f"org:{office}" in user.inside_keys


def not_giver(user, request: FactorRequest) -> str:
    """The office that was asked answers; the project centre may write down what an office without an account has answered."""
    if desk_of(user, request.provider_id) or "factors.open_survey" in user.verbs:
        return ""
    return _("须由%(name)s办理。") % {"name": request.provider}


def not_taker(user, request: FactorRequest) -> str:
    """Whoever gave it does not also say that it has come."""
    if desk_of(user, request.provider_id) or user.pk == request.supplied_by_id:
        return _("供给方不能自己核实。")
    return ""


def not_asking(user, request: FactorRequest) -> str:
    """Whether it is still needed is for the side of the project to say."""
    return _("是否还需要，由项目方说。") if desk_of(user, request.provider_id) else ""


# Surveys, points -------------------------------------------------------------------------------------------------------------------


def cannot_enter(entry: SurveyEntry) -> str:
    return "" if entry.state == SurveyEntry.State.WAITING else _("这个项目已经排查过。")


def not_surveyor(user, entry: SurveyEntry) -> str:
    if desk_of(user, entry.survey.provider_id) or "factors.open_survey" in user.verbs:
        return ""
    return _("须由%(name)s办理。") % {"name": entry.survey.provider}


# Funds -----------------------------------------------------------------------------------------------------------------------------


def cannot_decide(application: FundingApplication) -> str:
    if application.state == FundingApplication.State.APPLIED:
        return ""
    return _("申报现在是“%(state)s”，不能再批复。") % {"state": application.get_state_display()}


def cannot_draw(application: FundingApplication) -> str:
    if application.state not in {FundingApplication.State.APPROVED, FundingApplication.State.DRAWN}:
        return _("还没有批复，不能登记投放。")
    if application.approved is not None and (application.drawn or 0) >= application.approved:
        return _("批复的金额已经全部投放。")
    return ""


# Materials -------------------------------------------------------------------------------------------------------------------------


def cannot_renew(held: TransportPass) -> str:
    return _("已经换发过。") if held.renewed_by_id else ""


def cannot_take(offer: SupplyOffer) -> str:
    if offer.withdrawn_on:
        return _("供应已经撤回。")
    if offer.until < clock.today():
        return _("供应已过有效期。")
    return "" if offer.left > 0 else _("已全部认领。")


def cannot_withdraw(offer: SupplyOffer) -> str:
    return _("供应已经撤回。") if offer.withdrawn_on else ""
