"""A need is asked for, promised, supplied and verified; what is refused becomes a problem, what is not needed any more is withdrawn."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.factors import access as factor_access
from zhuanban.domains.factors import forms, rules
from zhuanban.domains.factors.desk import next_ref, run_clock, stamped, stop_clock, taker
from zhuanban.domains.factors.models import Factor, FactorRequest, SupplyPoint
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.portfolio import access as project_access
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.actions import report
from zhuanban.domains.problems.models import ProblemKind, Promise
from zhuanban.kernel import clock, parameters
from zhuanban.kernel.actions import WORKERS, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Deadline
from zhuanban.kernel.words import kept

State = FactorRequest.State
ANSWER_DAYS = parameters.declare("factors.answer_days", gettext_lazy("要素单位答复时限"), int, pgettext_lazy("parameter unit", "工作日"))
VERIFY_DAYS = parameters.declare("factors.verify_days", gettext_lazy("供给后核实时限"), int, pgettext_lazy("parameter unit", "工作日"))


@action(
    "factors.request",
    on=Project,
    label=gettext_lazy("提出要素诉求"),
    form=forms.RequestForm,
    when=rules.over,
    creates=FactorRequest,
    readers=WORKERS,
)
def request(
    project: Project,
    *,
    by,
    factor: Factor,
    amount: Decimal,
    need_on: date,
    purpose: str,
    until: date | None = None,
    provider: Organisation | None = None,
    point: SupplyPoint | None = None,
) -> FactorRequest:
    """Say what the project needs, how much and from when. Whoever can give it owes an answer from now on."""
    if provider is None:
        raise Refused(_("请写明要素单位。"))
    return ask(
        project,
        by,
        State.REQUESTED,
        FactorRequest.Origin.PROJECT,
        factor=factor,
        amount=amount,
        need_on=need_on,
        until=until,
        purpose=purpose,
        provider=provider,
        point=point,
    )


def ask(project: Project, by, state: str, origin: str, *, provider: Organisation, **need) -> FactorRequest:
    """A new request with the clock for its answer; the office is let into the project."""
    factor_access.let_in([project.pk], provider)
    made = FactorRequest.objects.create(
        project=project,
        ref=next_ref(clock.today().year),
        provider=provider,
        state=state,
        origin=origin,
        asked_by=by,
        asked_on=clock.today(),
        due_on=clock.today(),
        **need,
        **stamped(by),
    )
    run_clock(
        made, f"org:{provider.pk}", gettext_lazy("答复要素诉求：%(what)s（%(project)s）"), on_due="factors.answer_late", days=ANSWER_DAYS
    )
    made.save(update_fields=["deadline", "due_on"])
    return made


@action(
    "factors.correct_request",
    on=FactorRequest,
    label=gettext_lazy("更正诉求"),
    form=forms.CorrectForm,
    when=rules.cannot_correct,
    readers=WORKERS,
)
def correct_request(request: FactorRequest, *, by, **facts) -> None:
    """Put amount, days or purpose right as long as nobody has answered."""
    for name, value in facts.items():
        setattr(request, name, value)
    if facts:
        request.save(update_fields=list(facts))


@action(
    "factors.promise",
    on=FactorRequest,
    label=gettext_lazy("承诺日期"),
    form=forms.PromiseForm,
    when=rules.cannot_promise,
    who=rules.not_giver,
    readers=WORKERS,
)
def promise(request: FactorRequest, *, by, on: date, point: SupplyPoint | None = None, note: str = "") -> None:
    """Give a day on which it will be there: a promise, kept in the city's ledger of promises."""
    request.state, request.promised_for, request.answered_on, request.answer = State.PROMISED, on, clock.today(), note
    request.point = point or request.point
    request.promise = written(request, by, on)
    owe_supply(request, on)
    request.save(update_fields=["state", "promised_for", "answered_on", "answer", "point", "promise", "deadline", "due_on"])


def written(request: FactorRequest, by, on: date) -> Promise:
    """The promise's row in the ledger of problems."""
    with kept():
        what = f"{request.factor}：{request.purpose}"
    return Promise.objects.create(
        project=request.project,
        made_to=request.project.owner_org,
        made_by=by,
        department=request.provider,
        holder_name=str(request.provider)[:120],
        kind=Promise.Kind.ANSWER,
        promised_on=clock.today(),
        due_on=on,
        reason=what,
        **stamped(by),
    )


def owe_supply(request: FactorRequest, on: date) -> None:
    title = gettext_lazy("兑现要素承诺：%(what)s（%(project)s）")
    run_clock(request, f"org:{request.provider_id}", title, on_due="factors.promise_late", day=on)


@action(
    "factors.repromise",
    on=FactorRequest,
    label=gettext_lazy("改期"),
    form=forms.RepromiseForm,
    when=rules.cannot_repromise,
    who=rules.not_giver,
    readers=WORKERS,
)
def repromise(request: FactorRequest, *, by, on: date, reason: str) -> None:
    """Another day. The first promise stays in the ledger and points to the new one."""
    old = request.promise
    request.promise = written(request, by, on)
    if old:
        Promise.objects.filter(pk=old.pk).update(changed_to=request.promise, reason=f"{old.reason}；{reason}"[:300])
    request.promised_for = on
    owe_supply(request, on)
    request.save(update_fields=["promised_for", "promise", "deadline", "due_on"])


@action(
    "factors.supply",
    on=FactorRequest,
    label=gettext_lazy("已供给"),
    form=forms.SupplyForm,
    when=rules.cannot_supply,
    who=rules.not_giver,
    readers=WORKERS,
)
def supply(request: FactorRequest, *, by, amount: Decimal, on: date, note: str = "") -> None:
    """It is there; now it is for the other side to say so."""
    request.state, request.supplied, request.supplied_on, request.supplied_by = State.SUPPLIED, amount, on, by
    if note:
        request.answer = note
    if request.promise_id:
        Promise.objects.filter(pk=request.promise_id).update(kept_on=on)
    title = gettext_lazy("核实要素到位：%(what)s（%(project)s）")
    run_clock(request, taker(request), title, on_due="factors.unverified", days=VERIFY_DAYS)
    request.save(update_fields=["state", "supplied", "supplied_on", "supplied_by", "answer", "deadline", "due_on"])


@action(
    "factors.verify",
    on=FactorRequest,
    label=gettext_lazy("核实到位"),
    form=forms.VerifyForm,
    when=rules.cannot_verify,
    who=rules.not_taker,
    readers=WORKERS,
)
def verify(request: FactorRequest, *, by, amount: Decimal, note: str = "") -> None:
    """Whoever needed it says how much of it has come."""
    stop_clock(request)
    request.state, request.verified, request.verified_on = State.VERIFIED, amount, clock.today()
    request.save(update_fields=["state", "verified", "verified_on"])
    project_access.regrant(request.project)


@action(
    "factors.refuse",
    on=FactorRequest,
    label=gettext_lazy("不能供给"),
    form=forms.RefuseForm,
    when=rules.cannot_refuse,
    who=rules.not_giver,
    danger=True,
    readers=WORKERS,
)
def refuse(request: FactorRequest, *, by, reason: str) -> None:
    """Say that it cannot be given, and why. A problem of the project begins in the same moment."""
    stop_clock(request)
    with kept():
        words = {"name": request.provider.name, "factor": request.factor, "purpose": request.purpose}
        title = _("%(factor)s不能供给：%(purpose)s") % words
        told = {**words, "ref": request.ref, "what": request, "reason": reason, "day": request.need_on}
        description = _("诉求 %(ref)s（%(what)s，%(day)s 要）被%(name)s答复不能供给：%(reason)s") % told
    kind = ProblemKind.objects.get(pk=request.factor.problem_kind)
    request.problem = report(request.project, by=None, kind=kind, title=title[:80], description=description)
    request.state, request.answer, request.answered_on = State.REFUSED, reason, clock.today()
    request.save(update_fields=["state", "answer", "answered_on", "problem"])
    project_access.regrant(request.project)


@action(
    "factors.withdraw_request",
    on=FactorRequest,
    label=gettext_lazy("撤回诉求"),
    form=forms.WithdrawForm,
    when=rules.cannot_withdraw_request,
    who=rules.not_asking,
    danger=True,
    readers=WORKERS,
)
def withdraw_request(request: FactorRequest, *, by, reason: str) -> None:
    """It is not needed any more: nobody owes it from now on. A promise whose day is over stays broken in the ledger."""
    stop_clock(request, Deadline.State.CANCELLED)
    today = clock.today()
    if request.promise_id:
        Promise.objects.filter(pk=request.promise_id, due_on__gte=today).update(withdrawn_on=today)
    request.state, request.withdrawn_on, request.withdrawal, request.due_on = State.WITHDRAWN, today, reason, today
    request.save(update_fields=["state", "withdrawn_on", "withdrawal", "due_on"])
    project_access.regrant(request.project)
