"""How fast it goes by department, item and area; the claims of so-and-so many days with their records, on the screen and in print."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_GET

from zhuanban.domains.approvals.figures.cases import FAST_DAYS, LAND_GRANT_DAYS
from zhuanban.domains.approvals.models import ApprovalCase, Certificate
from zhuanban.domains.approvals.queries import speeds as queries
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import access, clock, documents, figures, parameters, show, timeline
from zhuanban.kernel.errors import Failure
from zhuanban.kernel.figures import Scope
from zhuanban.kernel.people import SignedInRequest
from zhuanban.kernel.words import kept

GROUPS = (
    ("department", gettext_lazy("按部门"), gettext_lazy("部门"), "department"),
    ("item", gettext_lazy("按事项"), gettext_lazy("事项"), "item"),
    ("area", gettext_lazy("按属地"), gettext_lazy("属地"), "area"),
)
SHOWN = (
    "approvals.open",
    "approvals.late",
    "approvals.median_days",
    "approvals.p90_days",
    "approvals.felt_days",
    "approvals.promise_share",
)
FIRST_YEAR = 2019
LONGEST = 25
"""Lines of a list of claims."""


def year_of(request: SignedInRequest) -> int:
    """The year asked for, else this one. Raises Failure on nonsense."""
    text, this = request.GET.get("year", ""), clock.today().year
    if not text:
        return this
    if not (text.isascii() and text.isdigit() and len(text) == 4 and FIRST_YEAR <= int(text) <= this):
        raise Failure(_("年份应在 %(first)s 到 %(last)s 之间。") % {"first": FIRST_YEAR, "last": this})
    return int(text)


@require_GET
def speeds_page(request: SignedInRequest) -> HttpResponse:
    """Median, ninetieth percentile, share within the promise; every line opens its cases."""
    year = year_of(request)
    rows = queries.decided(ApprovalCase.objects.visible_to(request.user), year)
    listing = reverse("approvals:cases")
    groups = [
        {
            "key": by,
            "title": title,
            "head": head,
            "rows": [{"speed": each, "url": f"{listing}?{field}={each.key}&order=-due"} for each in queries.speeds(rows, by)[:LONGEST]],
        }
        for by, title, head, field in GROUPS
    ]
    scope = Scope.today(request.user, year=year)
    cards = [(name, figures.REGISTRY[name].read(scope)) for name in SHOWN]
    context = {
        "page_title": _("审批速度"),
        "year": year,
        "years": years(),
        "groups": groups,
        "number": rows.count(),
        "cards": cards,
        "asked": f"year={year}",
    }
    return render(request, "approvals/speeds.html", context)


def years() -> list[int]:
    return list(range(clock.today().year, 2020, -1))


@require_GET
def claims_page(request: SignedInRequest) -> HttpResponse:
    """三证两天, 拿地即开工: what stands behind a sentence of the newspaper."""
    return render(request, "approvals/claims.html", {"page_title": _("几天办成"), **claims(request.user)})


def claims(user: Any) -> dict[str, Any]:
    projects = Project.objects.visible_to(user)
    fast, grant = parameters.value(FAST_DAYS), parameters.value(LAND_GRANT_DAYS)
    three = queries.three_certificates(Certificate.objects.visible_to(user))
    return {
        "fast_days": fast,
        "grant_days": grant,
        "three": three[:LONGEST],
        "three_number": sum(each.span.calendar_days <= fast for each in three),
        "three_all": len(three),
        "starts": queries.land_grant_starts(projects, grant)[:LONGEST],
        "printed": [(known, known.read(Scope.today(user))) for known in printed_figures()],
    }


def printed_figures() -> list[figures.Figure]:
    """The figures of this module that a newspaper printed."""
    return [known for known in figures.REGISTRY.values() if known.paper and known.name.startswith("approvals.")]


@require_GET
def claims_pdf(request: SignedInRequest) -> HttpResponse:
    """The printed form: each claim with its two days, calendar and working days, and the numbers of its certificates."""
    told = claims(request.user)
    with kept():
        made = documents.pdf(form_of(told))
    ledger = access.ledger("exports", title=gettext_noop("导出台账"))
    timeline.record(ledger, "kernel.export", by=request.user, listing="approvals.claims", rows=len(told["three"]), kind="pdf", filter="")
    answer = HttpResponse(made, content_type=documents.PDF)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(_('几天办成核验表') + '.pdf')}"
    answer["Cache-Control"] = "private, no-store"
    return answer


def form_of(told: dict[str, Any]) -> documents.Document:
    blocks = [
        documents.Block("text", _("天数按首次受理之日为第 0 日计算，同日办结记 0 天；自然日与工作日并列，证号和日期来自办件记录。")),
        documents.Block("h1", _("三证用时（标准：%(n)s 个自然日以内）") % {"n": told["fast_days"]}),
        table(told["three"]),
        documents.Block("h1", _("拿地即开工（交地后 %(n)s 个自然日以内三证齐全）") % {"n": told["grant_days"]}),
        table(told["starts"]),
        documents.Block("h1", _("见报天数")),
        documents.Block(
            "table",
            head=(_("事项"), _("结果"), _("依据记录")),
            rows=tuple((str(known.label), known.printed(reading.value), str(reading.evidence)) for known, reading in told["printed"]),
            widths=(0.55, 0.25, 0.2),
        ),
    ]
    return documents.Document(title=_("几天办成核验表"), blocks=tuple(blocks), issuer=settings.CITY["name"], dated=clock.today())


def table(rows: list[Any]) -> documents.Block:
    if not rows:
        return documents.Block("text", _("没有符合的项目。"))
    return documents.Block(
        "table",
        head=(_("项目"), _("起"), _("止"), _("自然日"), _("工作日"), _("证号")),
        rows=tuple(
            (
                each.project.name,
                show.day(each.span.first),
                show.day(each.span.last),
                str(each.span.calendar_days),
                str(each.span.working_days),
                "、".join(row.number for row in each.certificates),
            )
            for each in rows
        ),
        widths=(0.28, 0.14, 0.14, 0.08, 0.08, 0.28),
    )
