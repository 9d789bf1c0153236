"""What happens when a clock of factors runs out: somebody hears of it. Nothing is hidden and nothing is decided by the robot."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from zhuanban.domains.factors import queries
from zhuanban.domains.factors.models import FactorRequest, FundingBatch, Survey, TransportPass
from zhuanban.domains.factors.notices import centre_of, site_side
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.queries import people_behind
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel import clock, notices, show
from zhuanban.kernel.deadlines import on_due
from zhuanban.kernel.words import kept


def _of(deadline) -> FactorRequest | None:
    return FactorRequest.objects.select_related("project", "factor", "provider", "asked_by").filter(deadline=deadline).first()


def _tell(deadline, people, text: str) -> None:
    notices.leave(dict.fromkeys(people, text), dossier=deadline.dossier_id, url=deadline.url)


@on_due("factors.answer_late")
def answer_late(deadline) -> None:
    """No answer in time: the office, the site and the centre hear of it."""
    request = _of(deadline)
    if request and request.state in FactorRequest.ASKED:
        with kept():
            text = _("%(name)s超期未答复：%(project)s %(what)s") % {
                "name": request.provider,
                "project": request.project,
                "what": request,
            }
        people = {*people_behind(f"org:{request.provider_id}"), *site_side(request), *centre_of(request.project)}
        _tell(deadline, people, text)


@on_due("factors.promise_late")
def promise_late(deadline) -> None:
    """The promised day is over: both sides and the centre hear of it; the ledger of promises shows it as broken."""
    request = _of(deadline)
    if request and request.state == FactorRequest.State.PROMISED and request.promised_for:
        with kept():
            text = _("要素承诺逾期：%(project)s %(what)s，%(name)s应于%(day)s供") % {
                "project": request.project,
                "what": request,
                "name": request.provider,
                "day": show.short_day(request.promised_for),
            }
        people = {*people_behind(f"org:{request.provider_id}"), *site_side(request), *centre_of(request.project)}
        _tell(deadline, people, text)


@on_due("factors.unverified")
def unverified(deadline) -> None:
    """Said to be there, and nobody has confirmed it."""
    request = _of(deadline)
    if request and request.state == FactorRequest.State.SUPPLIED:
        with kept():
            text = _("请核实要素到位：%(project)s %(what)s") % {"project": request.project, "what": request}
        _tell(deadline, {*site_side(request), *centre_of(request.project)}, text)


@on_due("factors.survey_late")
def survey_late(deadline) -> None:
    survey = Survey.objects.filter(deadline=deadline, finished_on=None).first()
    if survey:
        with kept():
            text = _("排查逾期：%(name)s") % {"name": survey.name}
        _tell(deadline, {*people_behind(f"org:{survey.provider_id}"), *people_behind(f"area:{survey.area_id}")}, text)


@on_due("factors.pass_ends")
def pass_ends(deadline) -> None:
    """A pass ends soon and was not renewed."""
    held = TransportPass.objects.select_related("project").filter(deadline=deadline, renewed_by=None).first()
    if held:
        with kept():
            text = _("通行证%(number)s将于%(day)s到期：%(project)s") % {
                "number": held.number,
                "day": show.short_day(held.valid_to),
                "project": held.project,
            }
        _tell(deadline, {*people_behind(deadline.holder.key), *centre_of(held.project)}, text)


TOLD = 2000
"""Projects whose secretaries are told of one window: more than a city's list."""


@on_due("factors.window_closes")
def window_closes(deadline) -> None:
    """An application window closes soon: the secretaries of eligible projects without an application, and the centre, hear of it once."""
    batch = FundingBatch.objects.select_related("programme").filter(deadline=deadline).first()
    if batch is None or batch.closes_on is None or batch.closes_on < clock.today():
        return
    waiting = queries.still_to_apply(batch, Project.objects.all()).order_by("pk")[:TOLD]
    posts = Responsibility.objects.filter(project__in=waiting.values("pk"), post=Responsibility.Post.SECRETARY).in_force_on(clock.today())
    secretaries = set(posts.exclude(person=None).values_list("person", flat=True))
    with kept():
        words = {"batch": batch, "day": show.short_day(batch.closes_on), "n": waiting.count()}
        text = _("%(batch)s于%(day)s截止，您有符合条件而未申报的项目") % words
        sums = _("%(batch)s于%(day)s截止，还有 %(n)s 个符合条件的项目未申报") % words
    _tell(deadline, secretaries, text)
    _tell(deadline, set(people_behind(f"area:{batch.area_id or settings.CITY['area']}")) - secretaries, sums)
