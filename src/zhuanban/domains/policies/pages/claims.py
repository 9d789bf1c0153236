"""Pages of claims: the listings, a claim, the payee for payers, take-up and payments by year."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.people.queries import districts
from zhuanban.domains.policies.models import Entitlement, Payee, Policy, PolicyClaim
from zhuanban.domains.policies.queries import claims as queries
from zhuanban.domains.policies.queries import snapshots
from zhuanban.kernel import access, actions, charts, clock, pages, show, timeline
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest

State = PolicyClaim.State
VERIFY, PAY = "policies.review_claim", "policies.settle_pay_run"
WAITING = (State.MATCHED, State.SUBMITTED, State.CHECKED, State.REVIEWED, State.CONFIRMED)
BARS = 12


def places(user: Any) -> list[tuple[str, str]]:
    return [(area.key, str(area)) for area in districts()]


def years(user: Any) -> list[tuple[str, str]]:
    newest = clock.today().year
    return [(str(year), str(year)) for year in range(newest, newest - 6, -1)]


claims = Listing(
    name="policies.claims",
    title=gettext_lazy("政策兑现"),
    rows=lambda user: PolicyClaim.objects.visible_to(user),
    search="dossier__search_text",
    order="-since",
    related=("policy", "enterprise__organisation", "enterprise__area"),
    columns=(
        Column("policy", gettext_lazy("政策"), path="policy__name", link=True, under="ref"),
        Column("enterprise", gettext_lazy("企业"), path="enterprise__organisation__name"),
        Column("state", gettext_lazy("状态"), choices=State.choices),
        Column("worth", gettext_lazy("金额"), kind="money"),
        Column("year", gettext_lazy("享受年度"), sort="year", narrow=False),
        Column("lane", gettext_lazy("办理方式"), choices=Policy.Lane.choices, narrow=False),
        Column("since", gettext_lazy("进入本状态"), kind="date", path="state_since", sort="state_since"),
        Column("arrived_on", gettext_lazy("受理"), kind="date", narrow=False),
        Column("paid_on", gettext_lazy("兑付日"), kind="date", narrow=False),
        Column("days", gettext_lazy("用时（工作日）"), kind="number", narrow=False),
        Column("area", gettext_lazy("属地"), kind="place", path="enterprise__area", narrow=False),
    ),
    filters=(
        Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: State.choices),
        Filter("lane", gettext_lazy("办理方式"), by_choice("lane"), lambda user: Policy.Lane.choices),
        Filter("category", gettext_lazy("类别"), by_choice("policy__category"), lambda user: Policy.Category.choices),
        Filter("year", gettext_lazy("享受年度"), by_choice("year"), years),
        Filter("area", gettext_lazy("属地"), by_choice("enterprise__area"), places),
    ),
    chips=(
        Chip("verify", gettext_lazy("待核验公示"), lambda user: Q(state__in=WAITING)),
        Chip("notice", gettext_lazy("公示中"), lambda user: Q(state=State.PUBLIC_NOTICE)),
        Chip("objected", gettext_lazy("有异议"), lambda user: Q(objections__state="open"), tone="red"),
        Chip("payable", gettext_lazy("待兑付"), lambda user: Q(state=State.PAYABLE)),
        Chip("paid", gettext_lazy("已兑付"), lambda user: Q(state=State.PAID)),
        Chip("back", gettext_lazy("已追回"), lambda user: Q(state=State.CLAWED_BACK)),
    ),
    empty=gettext_lazy("一户企业一项政策一个年度一件：免申即享的由系统匹配，其余的由企业申请；核验和兑付由两个人办。"),
)
entitlements = Listing(
    name="policies.entitlements",
    title=gettext_lazy("应享尽享"),
    rows=lambda user: Entitlement.objects.visible_to(user),
    search="enterprise__organisation__search_text",
    order="-expected",
    related=("policy", "enterprise__organisation", "enterprise__area"),
    columns=(
        Column("policy", gettext_lazy("政策"), path="policy__name", link=True),
        Column("enterprise", gettext_lazy("企业"), path="enterprise__organisation__name"),
        Column("expected", gettext_lazy("测算金额"), kind="money", sort="expected"),
        Column("open", gettext_lazy("金额待定"), kind="bool", narrow=False),
        Column("enjoyed_on", gettext_lazy("享受"), kind="date"),
        Column("year", gettext_lazy("年度"), sort="year", narrow=False),
        Column("category", gettext_lazy("类别"), path="policy__category", choices=Policy.Category.choices, narrow=False),
        Column("area", gettext_lazy("属地"), kind="place", path="enterprise__area", narrow=False),
        Column("worked_out_on", gettext_lazy("测算日"), kind="date", narrow=False),
    ),
    filters=(
        Filter("year", gettext_lazy("年度"), by_choice("year"), years),
        Filter("category", gettext_lazy("类别"), by_choice("policy__category"), lambda user: Policy.Category.choices),
        Filter("lane", gettext_lazy("办理方式"), by_choice("policy__lane"), lambda user: Policy.Lane.choices),
        Filter("area", gettext_lazy("属地"), by_choice("enterprise__area"), places),
    ),
    chips=(
        Chip("missing", gettext_lazy("还没有享受"), lambda user: Q(enjoyed_on=None), tone="red"),
        Chip("enjoyed", gettext_lazy("已享受"), lambda user: Q(enjoyed_on__isnull=False)),
        Chip("open", gettext_lazy("金额待定"), lambda user: Q(open=True)),
    ),
    empty=gettext_lazy("按事实快照测算，每户企业本年应当享受的政策；缺事实的不算符合。"),
)


@require_GET
def claim_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, claims.name)


@require_GET
def entitlement_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, entitlements.name)


@require_GET
def claim(request: SignedInRequest, pk: int) -> HttpResponse:
    """A claim: where it stands on its lane, what the engine found, the checks, the notice with its objections, the way it went."""
    related = (
        "policy__department",
        "enterprise__organisation",
        "enterprise__area",
        "dossier",
        "applied_version",
        "promised",
        "run__fund__payer",
        "verified_by",
        "paid_by",
    )
    shown = get_object_or_404(PolicyClaim.objects.visible_to(request.user).select_related(*related), pk=pk)
    verbs = [each for each in actions.offered(request.user, shown) if not each["reason"] or each["action"].name in main_verbs(shown)]
    objections = list(shown.objections.all())
    context = {
        "page_title": str(shown),
        "claim": shown,
        "steps": queries.steps(shown),
        "verbs": sorted(verbs, key=lambda each: bool(each["action"].danger)),
        "left": queries.left(shown),
        "objections": list(zip(objections, actions.offered_each(request.user, objections), strict=True)) if objections else [],
        "payee": Payee.objects.filter(claim=shown).only("tail").first(),
        "may_read_account": may_pay(request.user, shown),
        "sees_tail": may_pay(request.user, shown) or f"org:{shown.enterprise.organisation_id}" in request.user.principal_keys,
        "back": getattr(shown, "clawback", None),
        "lines": list(shown.pay_lines.select_related("run__fund__payer").order_by("-run")),
        "trace": [{**each, "word": word(each["value"])} for each in shown.answer.get("trace", ())],
        "way": queries.way(shown, request.user),
        "inside": bool(request.user.inside_keys),
        "sees_file": bool(request.user.inside_keys) or shown.enterprise.organisation_id == request.user.organisation_id,
    }
    if context["back"]:
        context["back_verbs"] = actions.offered(request.user, context["back"])
    return render(request, "policies/claim.html", context)


def main_verbs(claim: PolicyClaim) -> set[str]:
    """The verbs of the claim's own next step, which are shown greyed with their reason."""
    return {
        State.MATCHED: {"policies.check_claim"},
        State.SUBMITTED: {"policies.review_claim"} if claim.lane == Policy.Lane.APPLY else {"policies.check_claim"},
        State.PUBLIC_NOTICE: {"policies.end_notice"},
    }.get(State(claim.state), set())


def word(value: bool | None) -> str:
    return {True: _("符合"), False: _("不符合"), None: _("不知道")}[value]


def may_pay(user: Any, claim: PolicyClaim) -> bool:
    return PAY in user.verbs and access.may_act(user, PAY, claim.dossier)


@require_GET
def account(request: SignedInRequest, pk: int) -> HttpResponse:
    """Where the money goes, for a payer alone. Reading it is an event."""
    shown = get_object_or_404(PolicyClaim.objects.visible_to(request.user).select_related("dossier"), pk=pk)
    payee = Payee.objects.filter(claim=shown).first()
    if payee is None or not may_pay(request.user, shown):
        raise Http404
    timeline.record(shown.dossier, "policies.read_account", by=request.user, subject=f"policies.policyclaim:{shown.pk}", tail=payee.tail)
    answer = render(request, "policies/parts/account.html", {"payee": payee})
    answer["Cache-Control"] = "no-store"
    return answer


@require_GET
def payouts(request: SignedInRequest) -> HttpResponse:
    """Take-up by category, what was paid by year against the goals, how far the claims are."""
    user, year = request.user, clock.today().year
    paid, goals = queries.by_year(user), queries.goals()
    told = {each_year: money for each_year, money, _n in paid}
    bars = [
        charts.Bar(
            str(each),
            float(told.get(each, 0)),
            target=float(goals[each]) if each in goals else None,
            href=f"{reverse('policies:claims')}?chip=paid",
        )
        for each in sorted(told.keys() | goals.keys())[-BARS:]
    ]
    states = queries.by_state(user)
    stages = [
        charts.Bar(
            str(label),
            float(states.get(value, 0)),
            href=f"{reverse('policies:claims')}?state={value}",
            tone="grey" if value in GONE else "blue",
        )
        for value, label in State.choices
        if states.get(value)
    ]
    snapshot = snapshots.current()
    context = {
        "page_title": _("兑现与应享尽享"),
        "year": year,
        "rows": queries.take_up(user, year),
        "paid_chart": charts.bars(bars, title=_("按年兑付与目标"), fmt=show.money),
        "state_chart": charts.bars(stages, title=_("各状态件数")),
        "goals": bool(goals),
        "snapshot": snapshot,
    }
    return render(request, "policies/payouts.html", context)


GONE = (State.REJECTED, State.WITHDRAWN, State.CLAWED_BACK)
