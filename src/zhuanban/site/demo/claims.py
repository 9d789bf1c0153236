"""Claims of policies from 2021 to 2023 in every state, two pay-runs, a claw-back, objections and a kept what-if; all invented and marked.

What 2021 and 2022 paid is a ledger from before the system: its sums are drawn so that the printed ones come out of the records. What 2023
holds was reckoned by the engine from the demo's own facts; the pay-runs come from the domain's own reckoning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import reverse

from zhuanban.domains.enterprises.models import EnterpriseFile
from zhuanban.domains.enterprises.queries import holding
from zhuanban.domains.people.models import User
from zhuanban.domains.policies.actions.payruns import fund_of
from zhuanban.domains.policies.models import (
    BudgetLine,
    ClawBack,
    Entitlement,
    Objection,
    Payee,
    PayFund,
    PayRun,
    PayRunLine,
    Policy,
    PolicyClaim,
    PolicyVersion,
    Scenario,
)
from zhuanban.domains.policies.queries import payruns, simulation, snapshots
from zhuanban.domains.policies.rules import claim_book, payments
from zhuanban.domains.policies.rules.claims import LINES
from zhuanban.engines.eligibility import simulate
from zhuanban.engines.eligibility.answers import View
from zhuanban.kernel import access, deadlines, timeline
from zhuanban.kernel.access import ACT
from zhuanban.kernel.models import Access, Deadline, DeadlinePause, Dossier, Event
from zhuanban.kernel.search import search_text
from zhuanban.site.demo import bulk
from zhuanban.site.demo.drafts import instant

ZONE, TODAY = "220174", date(2023, 2, 10)
KEEPER, PAYER, SECOND = "policy-a", "payer-a", "payer-check-a"
State, Lane = PolicyClaim.State, Policy.Lane
LEDGER = "历史兑付台账（演示）"
PAID = {2021: (150, 1_016_400_000, 70_000_000), 2022: (230, 1_462_800_000, 90_000_000)}
"""Year -> claims paid, yuan in all, yuan of them for talent. Last year's is the printed sum's neighbour; both years' talent money is the
printed one."""
STEP = 100
RUN_DAYS = (date(2023, 2, 3), date(2023, 2, 9))
IN_RUNS = (44, 30)
AT_WORK = {
    State.MATCHED: 22, State.CHECKED: 12, State.NOTIFIED: 12, State.CONFIRMED: 8, State.DRAFT: 8, State.SUBMITTED: 14, State.REVIEWED: 9,
    State.PUBLIC_NOTICE: 12, State.REJECTED: 8, State.WITHDRAWN: 4,
}  # fmt: skip
VERBS = {
    State.MATCHED: "policies.match_claims", State.DRAFT: "policies.claim", State.SUBMITTED: "policies.submit_claim", State.CHECKED: "policies.check_claim",
    State.REVIEWED: "policies.review_claim", State.NOTIFIED: "policies.notify_claim", State.CONFIRMED: "policies.confirm_claim",
    State.PUBLIC_NOTICE: "policies.announce_claim", State.PAYABLE: "policies.end_notice", State.PAID: "policies.settle_pay_run",
    State.REJECTED: "policies.reject_claim", State.WITHDRAWN: "policies.withdraw_claim", State.CLAWED_BACK: "policies.claw_back",
}  # fmt: skip
BY_FIRM = frozenset({State.DRAFT, State.SUBMITTED, State.CONFIRMED, State.WITHDRAWN})
REFUSALS = ("材料与事实不一致，经核实不符合条件", "同一事项已按投资协议享受扶持", "超过申报期提交", "提供的发票不在政策规定期间")
OBJECTIONS = (
    ("设备发票日期在申报期之外，请核实", "经核对发票和入账凭证，日期在规定期间内。"),
    ("该企业上年已经搬离本区", ""),
    ("研发费用口径与加计扣除不一致", ""),
)


@dataclass
class Made:
    """A claim to be written, with the day of each state it went through."""

    policy: Policy
    file: EnterpriseFile
    year: int
    state: str
    way: list[tuple[str, date]]
    ref: str = ""
    asked: int | None = None
    amount: int | None = None
    told: dict[str, Any] = field(default_factory=dict)


def load(users: Mapping[str, User], facts: Mapping[str, Any], seed: int) -> None:
    """Everything about claims, after the library and the files are there."""
    rng = Random(seed + 84)
    policies = list(Policy.objects.published().select_related("department").order_by("key"))
    files = list(EnterpriseFile.objects.filter(synthetic=True).select_related("organisation").order_by("pk"))
    if not policies or not files or PAYER not in users:
        return
    treasury = users[PAYER].organisation
    assert treasury is not None
    funds = {year: fund_of(treasury, year, None) for year in (2021, 2022, 2023)}
    PayFund.objects.update(synthetic=True)
    gathered = snapshots.gather(TODAY)
    made = [each for year in PAID for each in history(rng, policies, [file for file in files if file.area_id == ZONE], year)]
    found = due(policies, files, [policy for policy in policies if policy.category != Policy.Category.TALENT], gathered)
    expected: dict[int, int] = {}
    for each in found:
        expected[each.policy.pk] = expected.get(each.policy.pk, 0) + int(each.asked or 0)
    fresh = this_year(rng, found, users)
    write([*made, *fresh], users)
    budgets(funds, expected, users, made, fresh)
    first = {each.ref for each in fresh if each.state == State.PAID}
    pay(funds[2023], RUN_DAYS[0], first, users)
    pay(funds[2023], RUN_DAYS[1], set(), users)
    ends(users, rng)
    _scenario(users[KEEPER], gathered)
    what_enterprises_should_have(gathered)


# What was paid before the system ---------------------------------------------------------------------------------------


def history(rng: Random, policies: list[Policy], files: list[EnterpriseFile], year: int) -> Iterable[Made]:
    """A year's payments: pairs of enterprise and policy, sums by size of the matter, to the year's totals."""
    count, total, talent = PAID[year]
    kinds = {
        True: [p for p in policies if p.category == Policy.Category.TALENT],
        False: [p for p in policies if p.category != Policy.Category.TALENT],
    }
    chosen: set[tuple[int, int]] = set()
    for of_talent, money, number in ((True, talent, count // 5), (False, total - talent, count - count // 5)):
        pairs: list[tuple[Any, Any]] = []
        while len(pairs) < min(number, len(files) * len(kinds[of_talent]) // 2):
            pair = (rng.choice(kinds[of_talent]), rng.choice(files))
            if (pair[0].pk, pair[1].pk) not in chosen:
                chosen.add((pair[0].pk, pair[1].pk))
                pairs.append(pair)
        weights = [rng.lognormvariate(0, 0.9) * (4 if policy.category == "investment" else 1) for policy, _file in pairs]
        sums = [max(STEP, int(money * weight / sum(weights)) // STEP * STEP) for weight in weights]
        sums[-1] += money - sum(sums)
        for (policy, file), amount in zip(pairs, sums, strict=True):
            arrived = date(year, rng.randint(1, 8), rng.randint(1, 28))
            paid = min(arrived + timedelta(days=int(rng.triangular(24, 110, 58))), date(year, 12, 28))
            yield Made(policy, file, year, State.PAID, [(State.SUBMITTED, arrived), (State.PAID, paid)], "", amount, amount)


# This year --------------------------------------------------------------------------------------------------------------


def this_year(rng: Random, found: list[Made], users: Mapping[str, User]) -> list[Made]:
    """Claims that the engine finds due by the demo's facts, some on every step of every lane."""
    own = {user.organisation_id for name, user in users.items() if name.startswith(("enterprise-", "owner-"))}
    rng.shuffle(found)
    found.sort(key=lambda each: each.file.organisation_id not in own)
    made: list[Made] = []
    wanted = [*AT_WORK.items(), (State.PAYABLE, IN_RUNS[1]), (State.PAID, IN_RUNS[0])]
    for state, number in wanted:
        fits = [each for each in found if (state in LINES[each.policy.lane] or state in {State.REJECTED, State.WITHDRAWN}) and not each.way]
        for each in fits[:number]:
            each.state, each.way = state, way(rng, each, state)
            made.append(each)
    return made


def due(policies: list[Policy], files: list[EnterpriseFile], chosen: list[Policy], gathered: snapshots.Gathered) -> list[Made]:
    """Who has what to get this year, with what the engine was told and said, for the enterprises with accounts and a part of the others."""
    day = date(2023, 1, 9)
    book = claim_book.load(claim_book.book_rows(policies))
    view, names = View(book, day), {policy.key: policy for policy in chosen}
    run = simulate.run(view, gathered.columns)
    of_file = {file.pk: file for file in files}
    found: list[Made] = []
    for key, policy in names.items():
        outcome = run.policy(key)
        for row, amount in zip(outcome.rows, outcome.amounts, strict=True):
            if amount > 0 and (file := of_file.get(int(gathered.files[row]))):
                found.append(Made(policy, file, 2023, "", [], "", int(amount)))
    return found


def way(rng: Random, made: Made, state: str) -> list[tuple[str, date]]:
    """The days on which a claim of the lane reached each state up to this one, the last of them not long ago."""
    line = LINES[made.policy.lane]
    aside = [line[0], *([line[1]] if state == State.REJECTED else []), state]
    states = aside if state in {State.REJECTED, State.WITHDRAWN} else list(line[: line.index(state) + 1])
    day = {State.PAID: RUN_DAYS[0], State.PAYABLE: date(2023, 2, 6)}.get(State(state), TODAY - timedelta(days=rng.randint(1, 4)))
    days = [day]
    for each in reversed(states[1:]):
        gap = 8 if each in {State.PAYABLE, State.PAID} else rng.randint(1, 4)
        days.append(max(days[-1] - timedelta(days=gap), date(2023, 1, 4)))
    return list(zip(states, reversed(days), strict=True))


# Writing ---------------------------------------------------------------------------------------------------------------


def write(made: list[Made], users: Mapping[str, User]) -> None:
    """Dossiers, claims, accounts, access and chains of events."""
    keeper, payer, treasury = users[KEEPER], users[PAYER], users[PAYER].organisation_id
    firms: dict[int, User] = {
        user.organisation_id: user for name, user in users.items() if name.startswith("enterprise-") and user.organisation_id
    }
    frozen(made)
    numbers = {year: 0 for year in (2021, 2022, 2023)}
    dossiers = []
    for each in made:
        numbers[each.year] += 1
        ref = f"DX-{each.year}-{numbers[each.year]:06d}"
        each.ref = ref
        title = f"{each.policy.name}：{each.file.organisation.name}"
        text = search_text(each.policy.name, each.file.organisation.name, ref)
        dossiers.append(Dossier(kind="policies.claim", ref=ref, title=title[:200], area=each.file.area_id, search_text=text))
    Dossier.objects.bulk_create(dossiers)
    days = deadlines.calendar()
    rows = []
    for each, dossier in zip(made, dossiers, strict=True):
        at = [instant(day, dossier.ref) for _state, day in each.way]
        reached = dict(each.way)
        paid, past = reached.get(State.PAID), each.year < 2023
        arrived = next((day for state, day in each.way if state in {State.SUBMITTED, State.MATCHED}), None)
        verified = past or {State.CHECKED, State.REVIEWED} & reached.keys()
        rows.append(
            PolicyClaim(
                dossier=dossier, ref=dossier.ref, policy=each.policy, enterprise=each.file, year=each.year, lane=each.policy.lane, state=waiting(each),
                state_since=each.way[-1][1], facts=each.told.get("facts", {}) if verified else {}, answer=each.told.get("answer", {}) if verified else {},
                answered_on=date.fromisoformat(each.told["answer"]["day"]) if verified and each.told else None,
                applied_version=each.told.get("version") if verified else None, asked=each.asked if verified else None, amount=each.amount,
                checks=CLEAR if verified and not past else {}, arrived_on=arrived,
                notice_from=reached.get(State.PUBLIC_NOTICE), notice_to=days.due(reached[State.PUBLIC_NOTICE], 5) if State.PUBLIC_NOTICE in reached else None,
                paid_on=paid if each.amount else None, days=days.elapsed_working_days(arrived, paid) if paid and arrived and each.amount else None,
                verified_by=keeper if verified else None, paid_by=payer if each.amount else None,
                reason=REFUSALS[dossier.pk % len(REFUSALS)] if each.state == State.REJECTED else "",
                created_at=at[0], updated_at=at[-1], synthetic=True, source=LEDGER if past else "演示",
            )
        )  # fmt: skip
        for (state, _day), moment in zip(each.way, at, strict=True):
            if state == State.PAID and not past:
                continue  # the run tells it
            by = firms.get(each.file.organisation_id) if state in BY_FIRM else payer if state == State.PAID else keeper
            dossier_event(dossier, VERBS[State(state)], by.username if by else "robot", moment)
    PolicyClaim.objects.bulk_create(rows, batch_size=400)
    Event.objects.bulk_create([event for dossier in dossiers for event in dossier.__dict__.pop("events")], batch_size=800)
    link = reverse("policies:claim", args=[0])
    for dossier, row in zip(dossiers, rows, strict=True):
        dossier.url = link.replace("0", str(row.pk))
    keep_heads(dossiers)
    Payee.objects.bulk_create([account(row, place) for place, row in enumerate(rows) if row.year == 2023 and row.state not in UNPAID])
    _access(rows, f"org:{treasury}")
    _promises([row for row in rows if row.year == 2023], keeper)


def keep_heads(dossiers: list[Dossier]) -> None:
    """Where dossiers lead and how their chains end, row by row in one prepared statement."""
    adapt = connection.ops.adapt_datetimefield_value
    rows = [(each.url, each.head_seq, each.head_hash, adapt(each.changed_at), each.pk) for each in dossiers]
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE kernel_dossier SET url = %s, head_seq = %s, head_hash = %s, changed_at = %s WHERE id = %s", rows)


CLEAR = {"credit": {"passed": True, "words": "信用良好"}, "double_funding": {"passed": True, "words": "没有重复享受"}}
UNPAID = (State.DRAFT, State.MATCHED, State.CHECKED, State.NOTIFIED, State.REJECTED, State.WITHDRAWN)


def waiting(each: Made) -> str:
    """What this year's first run is to pay is payable until it does."""
    return State.PAYABLE if each.state == State.PAID and each.amount is None else each.state


def dossier_event(dossier: Dossier, verb: str, actor: str, at: Any) -> None:
    dossier.__dict__.setdefault("events", []).append(timeline.chain(dossier, verb, actor=actor, subject="", at=at, data={"said": {}}))


def frozen(made: list[Made]) -> None:
    """What the engine was told and said of each claim of this year: as a verification freezes it."""
    fresh = [each for each in made if each.year == 2023]
    policies = list({each.policy.pk: each.policy for each in fresh}.values())
    book, day = claim_book.load(claim_book.book_rows(policies)), date(2023, 1, 9)
    view = View(book, day)
    versions = {(row.policy_id, row.number): row for row in PolicyVersion.objects.published().filter(policy__in=policies)}
    facts: dict[int, dict[str, Any]] = {}
    wanted = {each.file.pk for each in fresh}
    for file, name, value in plain_rows(wanted, day):
        facts.setdefault(file, {})[name] = value
    for each in fresh:
        known = {name: value for name, value in facts.get(each.file.pk, {}).items() if value is not None}
        answer = view.answer(claim_book.coerced(book.schema, known), [each.policy.key])[0]
        told = claim_book.told_of(answer, day, known, book.schema)
        each.told = {"facts": known, "answer": told.kept(), "version": versions.get((each.policy.pk, told.version or 0))}


def plain_rows(files: set[int], day: date) -> Iterable[tuple[int, str, Any]]:
    return holding(day).filter(file__in=files).values_list("file_id", "kind__name", "value")


def account(row: PolicyClaim, place: int) -> Payee:
    number = f"622200000000{place:07d}"
    return Payee(
        claim=row, holder=row.enterprise.organisation.name, bank="演示银行汽开支行", number=number, tail=number[-4:], at=row.updated_at
    )


def _access(rows: list[PolicyClaim], treasury: str) -> None:
    city = f"area:{settings.CITY['area']}"
    levels = [
        {
            city, f"area:{row.enterprise.area_id}", f"org:{row.enterprise.organisation_id}", f"org:{row.policy.department_id}",
            f"org:{row.policy.keeper_id or row.policy.department_id}", treasury,
        }
        for row in rows
    ]  # fmt: skip
    ids = access.principal_ids({key for mine in levels for key in mine})
    bulk.insert(
        Access,
        ("principal_id", "dossier_id"),
        [(ids[key], row.dossier_id) for row, mine in zip(rows, levels, strict=True) for key in mine],
        level=ACT,
    )


def _promises(rows: list[PolicyClaim], keeper: User) -> None:
    """The clocks of what is under way; those in public notice stand still."""
    days, holder = deadlines.calendar(), access.principal(f"org:{keeper.organisation_id}")
    terms = {Lane.APPLY: 60, Lane.FAST: 20, Lane.NO_APPLICATION: 30}
    clocks, notices, pauses = [], [], []
    for row in rows:
        if (
            row.state not in {State.SUBMITTED, State.REVIEWED, State.CONFIRMED, State.PUBLIC_NOTICE, State.PAYABLE, State.CHECKED}
            or row.arrived_on is None
        ):
            continue
        if row.state == State.CHECKED and row.lane == Lane.NO_APPLICATION:
            continue
        shared = {"dossier": row.dossier, "url": row.dossier.url, "holder": holder}
        term = terms[Lane(row.lane)]
        standing = row.state == State.PUBLIC_NOTICE
        promised = Deadline(
            **shared, on_due="policies.pay_late", title=f"兑付：{row.dossier.title}"[:200], started_on=row.arrived_on, working_days=term,
            due_on=days.due(row.arrived_on, term), state=Deadline.State.PAUSED if standing else Deadline.State.OPEN,
        )  # fmt: skip
        clocks.append((row, promised))
        if standing and row.notice_from and row.notice_to:
            notice = Deadline(
                **shared, on_due="policies.notice_over", title=f"公示期满：{row.dossier.title}"[:200], started_on=row.notice_from, working_days=5,
                due_on=row.notice_to,
            )  # fmt: skip
            notices.append((row, notice))
            pauses.append((promised, DeadlinePause.Kind.PUBLIC_NOTICE, "公示", row.notice_from))
    Deadline.objects.bulk_create([deadline for _row, deadline in [*clocks, *notices]])
    for row, deadline in clocks:
        row.promised = deadline
    for row, deadline in notices:
        row.notice_clock = deadline
    PolicyClaim.objects.bulk_update([row for row, _deadline in clocks], ["promised", "notice_clock"], batch_size=200)
    DeadlinePause.objects.bulk_create(
        DeadlinePause(deadline=deadline, kind=kind, reason=words, from_day=day, by=keeper) for deadline, kind, words, day in pauses
    )


# Money -----------------------------------------------------------------------------------------------------------------


def budgets(
    funds: Mapping[int, PayFund], expected: Mapping[int, int], users: Mapping[str, User], made: list[Made], fresh: list[Made]
) -> None:
    """A line for every policy that is paid in a year; this year three fifths of what could be due and more, and one that is too small."""
    spent: dict[tuple[int, int], int] = {}
    for each in (*made, *fresh):
        if each.state in {State.PAID, State.PAYABLE}:
            spent[each.year, each.policy.pk] = spent.get((each.year, each.policy.pk), 0) + int(each.asked or 0)
    waiting: dict[int, int] = {}
    for each in fresh:
        if each.state == State.PAYABLE:
            waiting[each.policy.pk] = waiting.get(each.policy.pk, 0) + 1
    tight = max(waiting, key=lambda pk: (waiting[pk], -pk), default=0)
    rows = []
    for pk, money in expected.items():
        spent[2023, pk] = max(spent.get((2023, pk), 0), 0 if pk == tight else money * 3 // 5)
    for (year, pk), money in sorted(spent.items()):
        share = Decimal("0.8") if year == 2023 and pk == tight else Decimal("1.3")
        amount = max(Decimal(10_000), (money * share / 100_000).to_integral_value() * 100_000)
        fund, day = funds[year], date(year, 1, 4)
        rows.append(
            BudgetLine(
                fund=fund, policy_id=pk, amount=amount, rule="partial" if pk == tight else "first_come", state=BudgetLine.State.APPROVED,
                proposed_by=users[KEEPER], approved_by=users[PAYER], created_at=instant(day, str(pk)), updated_at=instant(day, str(pk)), synthetic=True,
            )
        )  # fmt: skip
    BudgetLine.objects.bulk_create(rows)


def pay(fund: PayFund, day: date, first: set[str], users: Mapping[str, User]) -> None:
    """A run by the domain's own reckoning: the first was paid, the second takes what is left and waits for its second pair of eyes."""
    done = bool(first)
    claims = [claim for claim in payruns.payable(fund) if not first or claim.ref in first]
    if not claims:
        return
    kept = payruns.frozen(fund, claims)
    found = payments.settled(kept)
    at = instant(day, str(fund.pk))
    run = PayRun.objects.create(
        fund=fund, number=1 if done else 2, as_of=day, frozen=kept, digest=payments.digest(kept), engine=payments.ENGINE, claims_count=len(found),
        asked=sum(line.asked for line in found), total=sum(line.paid for line in found), drafted_by=users[PAYER], created_at=at, updated_at=at,
        created_by=users[PAYER], synthetic=True,
        **({"state": "paid", "approved_by": users[SECOND], "approved_on": day, "paid_on": day, "voucher": "汽财支〔2023〕7号"} if done else {}),
    )  # fmt: skip
    PayRunLine.objects.bulk_create(
        PayRunLine(run=run, claim_id=line.claim, position=place, asked=line.asked, paid=line.paid, cuts=line.cuts)
        for place, line in enumerate(found, start=1)
    )
    timeline.record(fund.dossier, "policies.draft_pay_run", by=users[PAYER], at=at, said={})
    if done:
        _paid(run, {line.claim: line for line in found}, claims, users[PAYER])


def _paid(run: PayRun, found: Mapping[int, payments.Settled], claims: list[PolicyClaim], payer: User) -> None:
    days, events = deadlines.calendar(), []
    for claim in claims:
        line = found[claim.pk]
        if line.paid > 0:
            claim.state, claim.amount, claim.paid_on, claim.paid_by, claim.run = State.PAID, Decimal(line.paid), run.paid_on, payer, run
            claim.state_since = run.as_of
            claim.days = days.elapsed_working_days(claim.arrived_on, run.paid_on) if claim.arrived_on and run.paid_on else None
            at = instant(run.as_of, claim.ref)
            events.append(
                timeline.chain(claim.dossier, "policies.settle_pay_run", actor=payer.username, subject="", at=at, data={"said": {}})
            )
        else:
            claim.note = f"本批未付：{'；'.join(cut['words'] for cut in line.cuts)}"
    PolicyClaim.objects.bulk_update(claims, ["state", "state_since", "note", "amount", "paid_on", "paid_by", "run", "days"], batch_size=200)
    paid = [claim.promised_id for claim in claims if claim.state == State.PAID and claim.promised_id]
    Deadline.objects.filter(pk__in=paid).update(state=Deadline.State.SETTLED, settled_at=instant(run.as_of, "settled"))
    Event.objects.bulk_create(events)
    keep_heads([claim.dossier for claim in claims])


def ends(users: Mapping[str, User], rng: Random) -> None:
    """One payment of last year is taken back; three notices met objections."""
    keeper = users[KEEPER]
    rows = (
        PolicyClaim.objects.paid()
        .filter(year=2022)
        .exclude(policy__category=Policy.Category.TALENT)
        .select_related("dossier", "enterprise")
    )
    if back := rows.order_by("amount", "pk").filter(amount__gte=200_000).first():
        day, at = date(2023, 1, 16), instant(date(2023, 1, 16), back.ref)
        owed = deadlines.owe(
            back.dossier, f"org:{back.enterprise.organisation_id}", f"退回：{back.dossier.title}", on_due="policies.return_late", working_days=30,
            started_on=day, url=back.dossier.url,
        )  # fmt: skip
        half = (back.amount / 2).quantize(Decimal(1))
        ClawBack.objects.create(
            claim=back, amount=back.amount, reason="审计发现设备已转让", document="汽财追〔2023〕2号", demanded_on=day, deadline=owed, returned=half,
            created_at=at, updated_at=at, created_by=keeper, synthetic=True,
        )  # fmt: skip
        PolicyClaim.objects.filter(pk=back.pk).update(state=State.CLAWED_BACK, state_since=day, reason="审计发现设备已转让")
        timeline.record(back.dossier, "policies.claw_back", by=keeper, at=at, said={})
    noticed = (
        PolicyClaim.objects.filter(state=State.PUBLIC_NOTICE).select_related("dossier", "notice_clock").order_by("pk")[: len(OBJECTIONS)]
    )
    for claim, (words, reply) in zip(noticed, OBJECTIONS, strict=False):
        day = min(TODAY, (claim.notice_from or TODAY) + timedelta(days=1))
        at = instant(day, claim.ref)
        Objection.objects.create(
            claim=claim, raised_on=day, raised_by=rng.choice(("某企业", "社区居民", "行业协会")), words=words, reply=reply,
            state=Objection.State.DISMISSED if reply else Objection.State.OPEN, settled_on=TODAY if reply else None, created_at=at, updated_at=at,
            synthetic=True,
        )  # fmt: skip
        timeline.record(claim.dossier, "policies.raise_objection", by=keeper, at=at, said={})
        if not reply and claim.notice_clock:
            Deadline.objects.filter(pk=claim.notice_clock.pk).update(state=Deadline.State.PAUSED)
            DeadlinePause.objects.create(
                deadline=claim.notice_clock, kind=DeadlinePause.Kind.HEARING, reason="异议核实", from_day=day, by=keeper
            )


def _scenario(keeper: User, gathered: snapshots.Gathered) -> None:
    """A what-if that the office kept: a higher rate and cap for the equipment subsidy."""
    policy = Policy.objects.published().filter(key="C01").first()
    version = simulation.version_of(policy, TODAY) if policy else None
    if policy is None or version is None:
        return
    changes = {name: text for name, text in (("rate", "10%"), ("cap", "800万")) if name in version.params}
    snapshot = gathered.snapshot("demo")
    found = simulation.what_if(snapshot, policy, TODAY, changes, on=TODAY)
    at = instant(date(2023, 2, 8), policy.key)
    Scenario.objects.create(
        policy=policy, title="比例提到10%、上限800万元", changes=changes, as_of=TODAY, version_number=version.number, snapshot=snapshot.stamp,
        result=found.kept(), created_at=at, updated_at=at, created_by=keeper, synthetic=True,
    )  # fmt: skip


def what_enterprises_should_have(gathered: snapshots.Gathered) -> None:
    """This year's entitlements by the engine, with what was paid of them."""
    policies = list(Policy.objects.in_force(TODAY).order_by("key"))
    run = simulate.run(View(claim_book.load(claim_book.book_rows(policies)), TODAY), gathered.columns)
    paid = {
        (policy, file): day
        for policy, file, day in PolicyClaim.objects.paid().filter(year=TODAY.year).values_list("policy", "enterprise", "paid_on")
    }
    rows = []
    for policy in policies:
        outcome = run.policy(policy.key)
        for row, amount in zip(outcome.rows.tolist(), outcome.amounts.tolist(), strict=True):
            file = int(gathered.files[row])
            if amount:
                rows.append((policy.pk, file, max(amount, 0), amount < 0, paid.get((policy.pk, file))))
    names = ("policy_id", "enterprise_id", "expected", "open", "enjoyed_on")
    bulk.insert(Entitlement, names, rows, year=TODAY.year, worked_out_on=TODAY)
