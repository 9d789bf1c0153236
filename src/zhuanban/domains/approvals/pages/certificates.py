"""The list of certificates and a certificate's own page with the days on which it ends by itself."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.approvals.models import Certificate
from zhuanban.domains.approvals.pages.cases import areas, items
from zhuanban.kernel import actions, clock, pages
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice
from zhuanban.kernel.people import SignedInRequest

certificates = Listing(
    name="approvals.certificates",
    title=pgettext_lazy("many", "证照"),
    rows=lambda user: Certificate.objects.visible_to(user),
    search="project__dossier__search_text",
    order="-issued_on",
    related=("project__area", "item", "case"),
    columns=(
        Column("number", gettext_lazy("证号"), link=True, sort="number"),
        Column("item", gettext_lazy("证照"), path="item__document_name"),
        Column("project", gettext_lazy("项目"), path="project__name"),
        Column("area", gettext_lazy("属地"), path="project__area__name", narrow=False),
        Column("issued_on", gettext_lazy("发证日"), kind="date", sort="issued_on"),
        Column("start_by", gettext_lazy("应开工日"), kind="date", narrow=False),
        Column("extensions", gettext_lazy("延期次数"), kind="number", sort="extensions", narrow=False),
        Column("standing", gettext_lazy("效力"), path="standing"),
        Column("ended_on", gettext_lazy("失效日"), kind="date", narrow=False),
    ),
    filters=(
        Filter("area", gettext_lazy("属地"), by_choice("project__area"), areas),
        Filter("item", gettext_lazy("事项"), by_choice("item"), items),
    ),
    chips=(
        Chip("alive", gettext_lazy("有效"), lambda user: Q(ended_on=None)),
        Chip("to_start", gettext_lazy("待开工"), lambda user: Q(ended_on=None, start_by__isnull=False, started_on=None)),
        Chip("stopped", gettext_lazy("中止施工"), lambda user: Q(ended_on=None, stopped_on__isnull=False, resumed_on=None), tone="yellow"),
        Chip("reverify", gettext_lazy("待核验"), lambda user: Q(must_reverify=True), tone="red"),
        Chip("ended", gettext_lazy("已失效"), lambda user: Q(ended_on__isnull=False), tone="red"),
    ),
    empty=gettext_lazy("每一本证照一行：证号不重复，施工许可证三个月内不开工自行废止，停工满一年复工前要核验。"),
)


@require_GET
def certificate_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, certificates.name)


@require_GET
def certificate_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """A certificate: its number, its case, its alarms, and what its holder must report."""
    rows = Certificate.objects.visible_to(request.user).select_related(
        "project__area", "project__dossier", "item", "case__department", "case__applicant", "case__item", "file"
    )
    row = get_object_or_404(rows.select_related("start_clock", "report_clock", "reverify_clock"), pk=pk)
    offered = actions.offered(request.user, row)
    alarms = [each for each in (row.start_clock, row.report_clock, row.reverify_clock) if each]
    context = {
        "certificate": row,
        "page_title": row.item.document_name or str(row.item),
        "offered": offered,
        "alarms": alarms,
        "today": clock.today(),
    }
    return render(request, "approvals/certificate.html", context)
