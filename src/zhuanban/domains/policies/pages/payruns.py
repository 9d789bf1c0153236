"""Pages of funds and pay-runs: the year's money line by line, a run with a reason for every cut, its check, and the file for the treasury."""

from __future__ import annotations

import tempfile
from typing import Any

import xlsxwriter
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_GET

from zhuanban.domains.policies.models import Payee, PayFund, PayRun, PayRunLine
from zhuanban.domains.policies.queries import payruns as queries
from zhuanban.kernel import access, actions, charts, exports, pages, timeline
from zhuanban.kernel.listings import Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest

SHOWN = 100
PAY = "policies.settle_pay_run"


def runs_of(user: Any) -> list[tuple[str, str]]:
    return [(str(row.pk), str(row)) for row in PayRun.objects.visible_to(user).select_related("fund__payer")[:60]]


runs = Listing(
    name="policies.pay_runs",
    title=gettext_lazy("兑付批次"),
    rows=lambda user: PayRun.objects.visible_to(user),
    order="-as_of",
    related=("fund__payer",),
    columns=(
        Column("name", gettext_lazy("批次"), link=True),
        Column("number", gettext_lazy("次序"), sort="number", narrow=False),
        Column("state", gettext_lazy("状态"), choices=PayRun.State.choices),
        Column("as_of", gettext_lazy("截至"), kind="date", sort="as_of"),
        Column("claims_count", gettext_lazy("件数"), kind="number"),
        Column("asked", gettext_lazy("应付"), kind="money", sort="asked", narrow=False),
        Column("total", gettext_lazy("实付"), kind="money", sort="total"),
        Column("paid_on", gettext_lazy("兑付日"), kind="date", narrow=False),
        Column("voucher", gettext_lazy("凭证号"), narrow=False),
    ),
    filters=(Filter("state", gettext_lazy("状态"), by_choice("state"), lambda user: PayRun.State.choices),),
    empty=gettext_lazy("公示期满、有核定预算的兑现一批一批付：一人编制，另一人复核；每一元的增减都有理由。"),
)
lines = Listing(
    name="policies.pay_lines",
    title=gettext_lazy("兑付明细"),
    rows=lambda user: PayRunLine.objects.visible_to(user),
    search="claim__dossier__search_text",
    order="position",
    related=("run__fund__payer", "claim__policy", "claim__enterprise__organisation"),
    columns=(
        Column("claim", gettext_lazy("政策"), path="claim__policy__name", link=True),
        Column("enterprise", gettext_lazy("企业"), path="claim__enterprise__organisation__name"),
        Column("position", gettext_lazy("次序"), kind="number", sort="position", narrow=False),
        Column("asked", gettext_lazy("应付"), kind="money", sort="asked"),
        Column("paid", gettext_lazy("实付"), kind="money", sort="paid"),
        Column("why", gettext_lazy("核减原因"), narrow=False),
        Column("run", gettext_lazy("批次"), narrow=False),
    ),
    filters=(Filter("run", gettext_lazy("批次"), by_choice("run"), runs_of),),
    empty=gettext_lazy("一行是一批里的一件兑现。"),
)


@require_GET
def fund_list(request: SignedInRequest) -> HttpResponse:
    """The year's funds as far as one sees them, the newest first."""
    funds = list(PayFund.objects.visible_to(request.user).select_related("payer", "dossier").order_by("-year", "pk")[:40])
    told = []
    for fund, verbs in zip(funds, [actions.offered(request.user, fund) for fund in funds], strict=True):
        told.append({"fund": fund, "verbs": verbs})
    return render(request, "policies/funds.html", {"page_title": _("兑付资金"), "funds": told})


@require_GET
def run_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, runs.name)


@require_GET
def fund(request: SignedInRequest, pk: int) -> HttpResponse:
    """A year's money: each policy's line with what is gone, and the runs."""
    shown = get_object_or_404(PayFund.objects.visible_to(request.user).select_related("payer", "area", "dossier"), pk=pk)
    budget = list(shown.lines.select_related("policy"))
    gone = queries.spent(shown)
    offered = actions.offered_each(request.user, budget)
    rows = [
        {
            "line": line,
            "gone": gone.get(line.policy_id, 0),
            "left": int(line.amount) - gone.get(line.policy_id, 0),
            "bar": charts.progress_tick(gone.get(line.policy_id, 0) * 100 / float(line.amount), tone="blue"),
            "verbs": verbs,
        }
        for line, verbs in zip(budget, offered, strict=True)
    ]
    context = {
        "page_title": str(shown),
        "fund": shown,
        "verbs": actions.offered(request.user, shown),
        "rows": rows,
        "total": sum(line.amount for line in budget),
        "gone": sum(gone.values()),
        "waiting": len(queries.payable(shown)),
        "runs": list(shown.runs.order_by("-number")[:20]),
    }
    return render(request, "policies/fund.html", context)


@require_GET
def pay_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """A run: what is due, what is paid, and why not all of it."""
    related = ("fund__payer", "fund__dossier", "drafted_by", "approved_by")
    shown = get_object_or_404(PayRun.objects.visible_to(request.user).select_related(*related), pk=pk)
    rows = list(shown.lines.select_related("claim__policy", "claim__enterprise__organisation")[:SHOWN])
    seen = (
        set(type(rows[0].claim).objects.visible_to(request.user).filter(pk__in=[row.claim_id for row in rows]).values_list("pk", flat=True))
        if rows
        else set()
    )
    cut: dict[str, int] = {}
    for cuts in shown.lines.exclude(cuts=[]).values_list("cuts", flat=True):
        for each in cuts:
            cut[each["words"]] = cut.get(each["words"], 0) + each["amount"]
    context = {
        "page_title": str(shown),
        "run": shown,
        "verbs": actions.offered(request.user, shown),
        "rows": [{"line": row, "seen": row.claim_id in seen} for row in rows],
        "more": shown.claims_count - len(rows),
        "cuts": sorted(cut.items(), key=lambda pair: -pair[1]),
        "cut_total": shown.asked - shown.total,
        "may_file": may_file(request.user, shown),
    }
    return render(request, "policies/pay_run.html", context)


@require_GET
def pay_run_check(request: SignedInRequest, pk: int) -> HttpResponse:
    """Work the run out again from its frozen inputs and compare, to the yuan."""
    shown = get_object_or_404(PayRun.objects.visible_to(request.user), pk=pk)
    wrong = queries.disagreements(shown)
    return render(request, "policies/parts/pay_run_check.html", {"run": shown, "wrong": wrong[:5]})


def may_file(user: Any, run: PayRun) -> bool:
    ready = run.state in {PayRun.State.APPROVED, PayRun.State.PAID}
    return ready and PAY in user.verbs and access.may_act(user, PAY, run.dossier)


@require_GET
def pay_run_file(request: SignedInRequest, pk: int) -> HttpResponse:
    """The spreadsheet for the treasury, with whole account numbers: payers alone, and each download on record."""
    shown = get_object_or_404(PayRun.objects.visible_to(request.user).select_related("fund__payer", "fund__dossier"), pk=pk)
    if not may_file(request.user, shown):
        raise Http404
    timeline.record(shown.dossier, "policies.pay_file", by=request.user, subject=f"policies.payrun:{shown.pk}", rows=shown.claims_count)
    ledger = access.ledger("exports", title=gettext_noop("导出台账"))
    timeline.record(
        ledger, "kernel.export", by=request.user, listing="policies.pay_file", rows=shown.claims_count, kind="xlsx", filter=str(shown.pk)
    )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    _write(file, shown, request.user)
    file.seek(0)
    answer = FileResponse(file, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer["Content-Disposition"] = f'attachment; filename="pay-run-{shown.fund.year}-{shown.number}.xlsx"'
    answer["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]  # a response all the same


def _write(file: Any, run: PayRun, user: Any) -> None:
    book = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    sheet = book.add_worksheet(_("兑付"))
    head = [_("序号"), _("编号"), _("企业"), _("政策"), _("户名"), _("开户行"), _("账号"), _("实付（元）")]
    for at, words in enumerate(head):
        sheet.write_string(0, at, words)
        sheet.set_column(at, at, 28 if at in {2, 3, 4, 5, 6} else 14)
    paid = run.lines.filter(paid__gt=0).select_related("claim__policy", "claim__enterprise__organisation")
    rows = list(paid)
    payees = {payee.claim_id: payee for payee in Payee.objects.filter(claim__in=[row.claim_id for row in rows])}
    at = 0
    for at, row in enumerate(rows, start=1):
        payee = payees.get(row.claim_id)
        account = [payee.holder, payee.bank, payee.number] if payee else ["", "", ""]
        sheet.write_number(at, 0, at)
        told = [row.claim.ref, row.claim.enterprise.organisation.name, row.claim.policy.name, *account]
        for place, text in enumerate(told, start=1):
            sheet.write_string(at, place, str(exports.cell(text)))
        sheet.write_number(at, 7, float(row.paid))
    sheet.write_string(at + 1, 6, _("合计"))
    sheet.write_number(at + 1, 7, float(run.total))
    sheet.write_string(at + 3, 0, exports.watermark(user))
    sheet.set_footer(f"&C{exports.watermark(user)}")
    book.close()
