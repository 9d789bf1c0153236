"""The verbs of claims: ask or be matched, check, confirm, public notice and objections, and money taken back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.enterprises.models import EnterpriseFile
from zhuanban.domains.people.models import Area
from zhuanban.domains.people.queries import robot
from zhuanban.domains.policies.forms import claims as forms
from zhuanban.domains.policies.models import BudgetLine, ClawBack, Entitlement, Objection, Payee, Policy, PolicyClaim, PolicyVersion
from zhuanban.domains.policies.queries import simulation, snapshots
from zhuanban.domains.policies.rules import claims as rules
from zhuanban.kernel import access, clock, deadlines, parameters, timeline
from zhuanban.kernel.actions import INSIDE, PARTIES, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Access, DeadlinePause, Dossier, Event
from zhuanban.kernel.search import search_text

State = PolicyClaim.State
KIND = "policies.claim"


def stamped(by) -> dict[str, Any]:
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


# Beginning ----------------------------------------------------------------------------------------------------------------


@action(
    "policies.claim",
    on=EnterpriseFile,
    label=gettext_lazy("申请兑现"),
    form=forms.ClaimForm,
    creates=PolicyClaim,
    readers=PARTIES,
)
def claim(file: EnterpriseFile, *, by, policy: Policy, year: int, note: str = "") -> PolicyClaim:
    """The enterprise begins a claim of its own; it is a draft until it is submitted."""
    if policy.lane == Policy.Lane.NO_APPLICATION:
        raise Refused(_("“%(name)s”免申即享，不用申请。") % {"name": policy.name})
    if PolicyClaim.objects.live().filter(enterprise=file, policy=policy, year=year).exists():
        raise Refused(_("%(year)s 年度的“%(name)s”已经有一件在办或已兑付。") % {"year": year, "name": policy.name})
    return begin(file, policy, year, State.DRAFT, by=by, note=note)


def begin(file: EnterpriseFile, policy: Policy, year: int, state: str, *, by, **facts: Any) -> PolicyClaim:
    """A claim with its dossier and who may see it."""
    ref = refs(year, 1)[0]
    title = f"{policy.name}：{file.organisation.name}"
    dossier = Dossier.objects.create(kind=KIND, ref=ref, title=title[:200], area=file.area_id, search_text=search_text(title, ref))
    row = PolicyClaim.objects.create(
        dossier=dossier, ref=ref, policy=policy, enterprise=file, year=year, lane=policy.lane, state=state, state_since=clock.today(),
        **facts, **stamped(by),
    )  # fmt: skip
    dossier.url = row.get_absolute_url()
    dossier.save(update_fields=["url"])
    access.grant(dossier, levels_of(row))
    return row


def refs(year: int, count: int) -> list[str]:
    """`DX-2023-000001`; the unique column settles a race."""
    prefix = f"DX-{year}-"
    newest = Dossier.objects.filter(ref__startswith=prefix).aggregate(last=Max("ref"))["last"]
    first = int(newest.removeprefix(prefix)) + 1 if newest else 1
    return [f"{prefix}{number:06d}" for number in range(first, first + count)]


def levels_of(claim: PolicyClaim) -> dict[str, int]:
    """The enterprise, the policy's department, its payer, the offices of the area and those above; who serves the enterprise reads."""
    funds = BudgetLine.objects.filter(policy=claim.policy_id, state=BudgetLine.State.APPROVED)
    payers = funds.values_list("fund__payer", flat=True).distinct()
    served = Access.objects.filter(dossier=claim.enterprise.dossier_id, principal__key__startswith="user:")
    levels = {key: int(access.SEE) for key in served.values_list("principal__key", flat=True)}
    offices = {claim.enterprise.organisation_id, claim.policy.department_id, claim.policy.keeper_id, *payers} - {None}
    levels |= {f"org:{pk}": int(access.ACT) for pk in offices}
    return levels | dict.fromkeys(area_keys(claim.enterprise.area_id), int(access.ACT))


def office_of(policy: Policy) -> str:
    """The principal that owes the next step on a policy's claims before the payer does."""
    return f"org:{policy.keeper_id or policy.department_id}"


def area_keys(area: str) -> list[str]:
    """The principals of an area and of those above it."""
    found: list[str] = []
    key: str | None = area
    while key:
        found.append(f"area:{key}")
        key = Area.objects.values_list("parent", flat=True).get(pk=key)
    return found


@action(
    "policies.match_claims",
    on=Policy,
    label=gettext_lazy("匹配企业"),
    when=rules.cannot_match,
    help=gettext_lazy("按最近的事实快照找出符合免申即享条件、今年还没有兑现的企业，各开一件。"),
)
def match_claims(policy: Policy, *, by) -> None:
    """Open a claim for every enterprise that is eligible by the snapshot and has none for this year."""
    snapshot = snapshots.current()
    if snapshot is None:
        raise Refused(_("还没有事实快照，请先生成。"))
    year = clock.today().year
    found = simulation.outcome(snapshot, policy, clock.today())
    had = set(PolicyClaim.objects.live().filter(policy=policy, year=year).values_list("enterprise", flat=True))
    fresh = [int(pk) for pk in snapshot.files[found.rows[found.amounts > 0]] if int(pk) not in had]
    open_matched(policy, year, fresh, by=by)


def open_matched(policy: Policy, year: int, files: list[int], *, by) -> int:
    """Many claims of one policy at once, each with its own first event. Returns how many."""
    rows = list(EnterpriseFile.objects.filter(pk__in=files).select_related("organisation", "dossier").order_by("pk"))
    names, at, today = refs(year, len(rows)), clock.now(), clock.today()
    dossiers = [
        Dossier(
            kind=KIND, ref=ref, title=f"{policy.name}：{row.organisation.name}"[:200], area=row.area_id,
            search_text=search_text(policy.name, row.organisation.name, ref),
        )
        for ref, row in zip(names, rows, strict=True)
    ]  # fmt: skip
    Dossier.objects.bulk_create(dossiers)
    claims = [
        PolicyClaim(
            dossier=dossier, ref=dossier.ref, policy=policy, enterprise=row, year=year, lane=policy.lane, state=State.MATCHED,
            state_since=today, arrived_on=today, created_at=at, created_by=by, updated_at=at, updated_by=by,
        )
        for dossier, row in zip(dossiers, rows, strict=True)
    ]  # fmt: skip
    PolicyClaim.objects.bulk_create(claims)
    actor = timeline.actor_of(by)
    events = [
        timeline.chain(dossier, "policies.match_claims", actor=actor, subject=f"policies.policyclaim:{claim.pk}", at=at, data={"said": {}})
        for dossier, claim in zip(dossiers, claims, strict=True)
    ]
    Event.objects.bulk_create(events)
    for dossier, claim in zip(dossiers, claims, strict=True):
        dossier.url = claim.get_absolute_url()
    Dossier.objects.bulk_update(dossiers, ["url", "head_seq", "head_hash", "changed_at"])
    _grant_all(claims)
    return len(claims)


def _grant_all(claims: list[PolicyClaim]) -> None:
    """What `levels_of` gives, for many claims of one policy with a handful of queries."""
    if not claims:
        return
    served: dict[int, list[str]] = {}
    rows = Access.objects.filter(dossier__in=[claim.enterprise.dossier_id for claim in claims], principal__key__startswith="user:")
    for dossier, key in rows.values_list("dossier", "principal__key"):
        served.setdefault(dossier, []).append(key)
    above = {area: area_keys(area) for area in {claim.enterprise.area_id for claim in claims}}
    bodies = [key for key in levels_of(claims[0]) if key.startswith("org:") and key != f"org:{claims[0].enterprise.organisation_id}"]
    levels = []
    for claim in claims:
        mine = dict.fromkeys(served.get(claim.enterprise.dossier_id, ()), access.SEE)
        mine |= dict.fromkeys([*bodies, f"org:{claim.enterprise.organisation_id}", *above[claim.enterprise.area_id]], access.ACT)
        levels.append(mine)
    ids = access.principal_ids({key for mine in levels for key in mine})
    Access.objects.bulk_create(
        Access(principal_id=ids[key], dossier_id=claim.dossier_id, level=level)
        for claim, mine in zip(claims, levels, strict=True)
        for key, level in mine.items()
    )


# Going on -----------------------------------------------------------------------------------------------------------------


def go(claim: PolicyClaim, to: str, **fields: Any) -> None:
    """The claim is in another state from today."""
    claim.state, claim.state_since = to, clock.today()
    for name, value in fields.items():
        setattr(claim, name, value)
    claim.save(update_fields=["state", "state_since", *fields])


def keep_payee(claim: PolicyClaim, holder: forms.Secret, bank: forms.Secret, account: forms.Secret) -> None:
    Payee.objects.update_or_create(
        claim=claim,
        defaults={
            "holder": holder.value,
            "bank": bank.value,
            "number": account.value,
            "tail": account.value[-4:],
            "at": clock.now(),
        },
    )


def start_promise(claim: PolicyClaim) -> None:
    """The city's word to pay begins to run: so many working days by the lane, and never more than the most."""
    days = min(dict(parameters.value(rules.PROMISE_DAYS))[claim.lane], parameters.value(rules.MOST_DAYS))
    claim.promised = deadlines.owe(
        claim.dossier, office_of(claim.policy), _("兑付：%(title)s") % {"title": claim.dossier.title}, on_due="policies.pay_late",
        working_days=days, url=claim.get_absolute_url(),
    )  # fmt: skip
    claim.save(update_fields=["promised"])


@action(
    "policies.submit_claim",
    on=PolicyClaim,
    label=gettext_lazy("提交"),
    form=forms.SubmitForm,
    when=rules.cannot_submit,
    readers=PARTIES,
)
def submit_claim(claim: PolicyClaim, *, by, holder: forms.Secret, bank: forms.Secret, account: forms.Secret, promise: bool) -> None:
    """The enterprise hands it in; what the data already rule out is told at once, and the window must be open."""
    found = rules.found_for(claim)
    if found.status == "not":
        raise Refused(rules.cannot_have(found))
    if not found.window_open:
        raise Refused(_("现在不在申报期内。"))
    keep_payee(claim, holder, bank, account)
    go(claim, State.SUBMITTED, arrived_on=clock.today())
    start_promise(claim)


def verified(claim: PolicyClaim, to: str, by) -> None:
    """Freeze what the engine was told and said, and who verified it."""
    found = rules.found_for(claim)
    row = PolicyVersion.objects.filter(policy=claim.policy_id, number=found.version or 0, state=PolicyVersion.State.PUBLISHED).first()
    go(
        claim,
        to,
        facts=found.facts,
        answer=found.kept(),
        answered_on=found.day,
        asked=Decimal(found.amount or 0),
        applied_version=row,
        verified_by=by,
        checks={check.name: {"passed": check.passed, "words": check.words} for check in rules.checks(claim, found)},
    )


@action("policies.check_claim", on=PolicyClaim, label=gettext_lazy("核查通过"), when=rules.cannot_check, who=rules.not_the_payer)
def check_claim(claim: PolicyClaim, *, by) -> None:
    """Credit and double funding are clear by the data, and so is the amount."""
    verified(claim, State.CHECKED, by)


@action("policies.review_claim", on=PolicyClaim, label=gettext_lazy("审核通过"), when=rules.cannot_review, who=rules.not_the_payer)
def review_claim(claim: PolicyClaim, *, by) -> None:
    """The department has read the papers; eligibility, amount, credit and double funding are checked by the data as well."""
    verified(claim, State.REVIEWED, by)


@action("policies.notify_claim", on=PolicyClaim, label=gettext_lazy("告知企业"), when=rules.cannot_notify)
def notify_claim(claim: PolicyClaim, *, by) -> None:
    """The enterprise hears what it is to have, and is asked to confirm."""
    go(claim, State.NOTIFIED)


@action(
    "policies.confirm_claim",
    on=PolicyClaim,
    label=gettext_lazy("确认享受"),
    form=forms.PayeeForm,
    when=rules.cannot_confirm,
    readers=PARTIES,
)
def confirm_claim(claim: PolicyClaim, *, by, holder: forms.Secret, bank: forms.Secret, account: forms.Secret) -> None:
    """The enterprise says yes and where the money goes; the city's promise to pay begins to run."""
    keep_payee(claim, holder, bank, account)
    go(claim, State.CONFIRMED)
    start_promise(claim)


@action("policies.announce_claim", on=PolicyClaim, label=gettext_lazy("公示"), when=rules.cannot_announce)
def announce_claim(claim: PolicyClaim, *, by) -> None:
    """Public notice for some working days; the promise's clock stands still meanwhile."""
    who = by or robot()
    clock_of_notice = deadlines.owe(
        claim.dossier, office_of(claim.policy), _("公示期满：%(title)s") % {"title": claim.dossier.title},
        on_due="policies.notice_over", working_days=parameters.value(rules.NOTICE_DAYS), url=claim.get_absolute_url(),
    )  # fmt: skip
    if claim.promised and claim.promised.state == claim.promised.State.OPEN:
        deadlines.pause(claim.promised, DeadlinePause.Kind.PUBLIC_NOTICE, by=who, reason=_("公示"))
    go(claim, State.PUBLIC_NOTICE, notice_from=clock.today(), notice_to=clock_of_notice.due_on, notice_clock=clock_of_notice)


@action(
    "policies.raise_objection",
    on=PolicyClaim,
    label=gettext_lazy("登记异议"),
    form=forms.ObjectionForm,
    when=rules.cannot_object,
    readers=INSIDE,
)
def raise_objection(claim: PolicyClaim, *, by, raised_by: str, words: str) -> None:
    """The notice's clock stands still until the objection is answered. Who objected is known to the offices alone."""
    Objection.objects.create(claim=claim, raised_on=clock.today(), raised_by=raised_by, words=words, **stamped(by))
    if claim.notice_clock and claim.notice_clock.state == claim.notice_clock.State.OPEN:
        deadlines.pause(claim.notice_clock, DeadlinePause.Kind.HEARING, by=by or robot(), reason=_("异议核实"))


@action(
    "policies.settle_objection",
    on=Objection,
    label=gettext_lazy("答复异议"),
    form=forms.SettleForm,
    when=rules.cannot_settle_objection,
)
def settle_objection(objection: Objection, *, by, upheld: bool, reply: str) -> None:
    """Upheld, it ends the claim; dismissed, the notice runs on for the days that were left."""
    claim = PolicyClaim.objects.select_for_update().get(pk=objection.claim_id)
    objection.state = Objection.State.UPHELD if upheld else Objection.State.DISMISSED
    objection.settled_on, objection.reply = clock.today(), reply
    objection.save(update_fields=["state", "settled_on", "reply"])
    if claim.state != State.PUBLIC_NOTICE:
        return  # it was withdrawn or refused meanwhile
    if upheld:
        reject_claim(claim, by=by, reason=_("异议成立：%(reply)s") % {"reply": reply[:280]})
    elif claim.notice_clock and claim.notice_clock.state == claim.notice_clock.State.PAUSED:
        claim.notice_to = deadlines.resume(claim.notice_clock)
        claim.save(update_fields=["notice_to"])


@action("policies.end_notice", on=PolicyClaim, label=gettext_lazy("公示期满"), when=rules.cannot_end_notice)
def end_notice(claim: PolicyClaim, *, by) -> None:
    """Nobody objected, or not with reason: it is for the payer now, and the promise's clock runs again."""
    if claim.notice_clock:
        deadlines.settle(claim.notice_clock)
    if claim.promised and claim.promised.state == claim.promised.State.PAUSED:
        deadlines.resume(claim.promised)
    payer = BudgetLine.objects.filter(policy=claim.policy_id, state=BudgetLine.State.APPROVED).order_by("-fund__year").first()
    if payer and claim.promised:
        deadlines.hand_to(claim.promised, f"org:{payer.fund.payer_id}")
    go(claim, State.PAYABLE)
    access.grant(claim.dossier, levels_of(claim))


# Ending -------------------------------------------------------------------------------------------------------------------


def let_go(claim: PolicyClaim) -> None:
    """Nobody owes anything on it any more."""
    for each in (claim.promised, claim.notice_clock):
        if each and each.state in {each.State.OPEN, each.State.PAUSED}:
            deadlines.settle(each, each.State.CANCELLED)


@action(
    "policies.reject_claim",
    on=PolicyClaim,
    label=gettext_lazy("不予兑付"),
    form=forms.RejectForm,
    when=rules.cannot_reject,
    danger=True,
    readers=PARTIES,
)
def reject_claim(claim: PolicyClaim, *, by, reason: str) -> None:
    """The department refuses it; the enterprise reads why."""
    let_go(claim)
    go(claim, State.REJECTED, reason=reason)


@action(
    "policies.withdraw_claim",
    on=PolicyClaim,
    label=gettext_lazy("撤回"),
    when=rules.cannot_withdraw,
    danger=True,
    readers=PARTIES,
)
def withdraw_claim(claim: PolicyClaim, *, by) -> None:
    """The enterprise does not want it, or not now."""
    let_go(claim)
    go(claim, State.WITHDRAWN)


@action(
    "policies.claw_back",
    on=PolicyClaim,
    label=gettext_lazy("追回"),
    form=forms.ClawBackForm,
    when=rules.cannot_claw_back,
    danger=True,
    readers=PARTIES,
)
def claw_back(claim: PolicyClaim, *, by, amount: Decimal, reason: str, document: str) -> None:
    """What was paid is demanded back by a paper of the department; the enterprise owes it within a term."""
    due = deadlines.owe(
        claim.dossier, f"org:{claim.enterprise.organisation_id}", _("退回：%(title)s") % {"title": claim.dossier.title}, on_due="policies.return_late",
        working_days=parameters.value(rules.RETURN_DAYS), url=claim.get_absolute_url(),
    )  # fmt: skip
    ClawBack.objects.create(
        claim=claim, amount=amount, reason=reason, document=document, demanded_on=clock.today(), deadline=due, **stamped(by)
    )
    go(claim, State.CLAWED_BACK, reason=reason)
    Entitlement.objects.filter(policy=claim.policy_id, enterprise=claim.enterprise_id, year=claim.year).update(enjoyed_on=None)


@action("policies.record_return", on=ClawBack, label=gettext_lazy("登记退回"), form=forms.ReturnForm, when=rules.cannot_return)
def record_return(back: ClawBack, *, by, amount: Decimal, on: date) -> None:
    """Money came back; when it is all there, nothing more is owed."""
    back.returned += amount
    if back.returned == back.amount:
        back.returned_on = on
        if back.deadline:
            deadlines.settle(back.deadline)
    back.save(update_fields=["returned", "returned_on"])
