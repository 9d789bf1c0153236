"""The minutes as a page, as Word and as PDF; and a decision's own page, for its owner."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from zhuanban.domains.dispatch.models import Decision, Meeting, Minutes
from zhuanban.domains.dispatch.pages.meetings import found_meeting
from zhuanban.domains.dispatch.queries import minutes as queries
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import access, actions, clock, documents, timeline
from zhuanban.kernel.dates import format_date
from zhuanban.kernel.errors import Unknown
from zhuanban.kernel.people import SignedInRequest


def found_minutes(request: SignedInRequest, pk: int) -> tuple[Meeting, Minutes | None, queries.Text]:
    """A meeting's minutes for this person: as issued, else as they would be issued now. 404 before the meeting is over."""
    meeting = found_meeting(request.user, pk)
    if not meeting.happened:
        raise Unknown()
    issued = Minutes.objects.filter(meeting=meeting).select_related("issued_by").first()
    body = issued.body if issued else queries.body_of(meeting)
    return meeting, issued, queries.for_reader(body, request.user)


@require_GET
def minutes_page(request: SignedInRequest, pk: int) -> HttpResponse:
    meeting, issued, text = found_minutes(request, pk)
    context = {
        "page_title": text.title,
        "meeting": meeting,
        "issued": issued,
        "text": text,
        "extract": queries.extract_words(text) if text.extract else "",
        "head": queries.head_of(text.issuer),
        "dated": format_date(date.fromisoformat(text.dated)),
        "verbs": [each for each in actions.offered(request.user, meeting, "dispatch.issue_minutes") if not each["reason"]],
    }
    return render(request, "dispatch/minutes.html", context)


@require_GET
def minutes_docx(request: SignedInRequest, pk: int) -> HttpResponse:
    return download(request, pk, "docx")


@require_GET
def minutes_pdf(request: SignedInRequest, pk: int) -> HttpResponse:
    return download(request, pk, "pdf")


def download(request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
    """The document as a file. Taking it away is on record."""
    meeting, issued, text = found_minutes(request, pk)
    document = queries.document_of(text, issued=issued is not None)
    made = documents.word(document) if kind == "docx" else documents.pdf(document)
    ledger = access.ledger("exports", title=gettext_noop("导出台账"))
    timeline.record(ledger, "kernel.export", by=request.user, listing="dispatch.minutes", rows=1, kind=kind, filter=f"meeting={meeting.pk}")
    answer = HttpResponse(made, content_type=documents.WORD if kind == "docx" else documents.PDF)
    draft = "" if issued else _("（草稿）")
    name = f"{text.title}{draft}.{kind}"
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_GET
def decision_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """One decision: what, who, until when, and the button that answers it."""
    rows = Decision.objects.visible_to(request.user).select_related(
        "series__dossier", "meeting__series", "item", "project__area", "problem", "deadline"
    )
    decision = get_object_or_404(rows, pk=pk)
    user = request.user
    in_meeting = Meeting.objects.visible_to(user).filter(pk=decision.meeting_id).exists()
    sees = decision.project_id and Project.objects.visible_to(user).filter(pk=decision.project_id).exists()
    context = {
        "page_title": decision.text,
        "decision": decision,
        "meeting_url": reverse("dispatch:meeting", args=[decision.meeting_id]) if in_meeting else "",
        "project_url": decision.project.get_absolute_url() if sees and decision.project else "",
        "problem_url": decision.problem.get_absolute_url() if sees and decision.problem else "",
        "verbs": actions.offered(user, decision),
        "outcome": decision.outcome(clock.today()),
        "today": clock.today(),
    }
    return render(request, "dispatch/meeting_decision.html", context)
