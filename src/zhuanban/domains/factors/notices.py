"""Who hears of what happens to factors, and what follows when projects are merged."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from zhuanban.domains.factors import queries
from zhuanban.domains.factors.desk import taker
from zhuanban.domains.factors.models import (
    FactorRequest,
    FundingApplication,
    OfferUse,
    StockPlan,
    SurveyEntry,
    TransportPass,
)
from zhuanban.domains.portfolio import access as project_access
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.queries import people_behind
from zhuanban.kernel import show
from zhuanban.kernel.models import Deadline
from zhuanban.kernel.notices import hears


def site_side(request: FactorRequest) -> list[int]:
    """Who asked, and who stands for the project."""
    return [*people_behind(taker(request)), *([request.asked_by_id] if request.asked_by_id else [])]


@hears("factors.request")
def asked(request, *, by, event):
    text = _("要素诉求待答复：%(project)s %(what)s，%(day)s要") % {
        "project": request.project,
        "what": request,
        "day": show.short_day(request.need_on),
    }
    return [(person, text) for person in people_behind(f"org:{request.provider_id}")]


@hears("factors.open_survey")
def survey_opened(survey, *, by, event):
    text = _("请排查：%(name)s（%(day)s前完成）") % {"name": survey.name, "day": show.short_day(survey.due_on)}
    return [(person, text) for person in people_behind(f"org:{survey.provider_id}")]


@hears("factors.promise", "factors.repromise", "factors.supply", "factors.refuse")
def answered(request, *, by, event):
    words = {"project": request.project, "what": request, "name": request.provider, "state": request.get_state_display()}
    text = _("%(project)s %(what)s：%(name)s%(state)s") % words
    if request.promised_for and request.state == FactorRequest.State.PROMISED:
        text = _("%(project)s %(what)s：%(name)s承诺%(day)s供") % {**words, "day": show.short_day(request.promised_for)}
    return [(person, text) for person in site_side(request)]


@hears("factors.verify")
def verified(request, *, by, event):
    text = _("%(project)s %(what)s：已核实到位") % {"project": request.project, "what": request}
    return [(person, text) for person in people_behind(f"org:{request.provider_id}")]


@hears("factors.withdraw_request")
def withdrawn(request, *, by, event):
    words = {"project": request.project, "what": request, "reason": request.withdrawal}
    text = _("%(project)s %(what)s：诉求已撤回，不用再供（%(reason)s）") % words
    return [(person, text) for person in people_behind(f"org:{request.provider_id}")]


@hears("factors.request", "factors.correct_request", "factors.promise", "factors.set_capacity")
def short_ahead(row, *, by, event):
    """A supply point that will run short: the centre and the giver hear of it before it bites."""
    point = row.point
    if point is None:
        return []
    (outlook,) = queries.outlooks([point])
    if outlook.shortage is None:
        return []
    text = _("供需冲突：%(point)s自%(day)s起不足，最多缺 %(worst)s%(unit)s，涉及 %(n)s 个诉求") % {
        "point": point,
        "day": show.short_day(outlook.shortage.first),
        "worst": f"{outlook.shortage.worst.normalize():,f}",
        "unit": point.factor.unit,
        "n": len(outlook.shortage.keys),
    }
    office = people_behind(f"org:{point.provider_id}") if point.provider_id else []
    return [(person, text) for person in {*people_behind(f"area:{point.area_id}"), *office}]


@hears("factors.approve_funding", "factors.reject_funding", "factors.draw_funding")
def funded(application: FundingApplication, *, by, event):
    words = {"project": application.project, "batch": application.batch, "state": application.get_state_display()}
    text = _("%(project)s 申报%(batch)s：%(state)s") % words
    owner = application.project.owner_org_id
    return [(person, text) for person in (people_behind(f"org:{owner}") if owner else [])]


@hears("portfolio.merge")
def projects_merged(proposal, *, by, event):
    """What was asked and planned for the project that was folded in goes on with the one that stays; doubles stay where they are."""
    gone, kept = proposal.other_id, proposal.project_id
    FactorRequest.objects.filter(project=gone).update(project=kept)
    TransportPass.objects.filter(project=gone).update(project=kept)
    OfferUse.objects.filter(project=gone).update(project=kept)
    for model, once in ((StockPlan, "material"), (FundingApplication, "batch"), (SurveyEntry, "survey")):
        there = model._default_manager.filter(project=kept).values(once)
        model._default_manager.filter(project=gone).exclude(**{f"{once}__in": there}).update(project=kept)
    Deadline.objects.filter(dossier=gone, on_due__startswith="factors.").update(dossier=kept)
    project_access.regrant(Project.objects.get(pk=kept))
    return []


def centre_of(project: Project) -> list[int]:
    """The dispatchers who look after a project."""
    return people_behind(f"area:{project.area_id or settings.CITY['area']}")
