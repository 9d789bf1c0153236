"""What is behind the deadlines of approvals, and the verb that moves each on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from zhuanban.domains.approvals.models import ApprovalCase, Certificate, Commitment, Opinion, Tolerance
from zhuanban.domains.cockpit.queries.moves import Found, finds

NEXT = {"accepted": ("approvals.start_review",), "in_review": ("approvals.approve",), "paused": ("approvals.resume",)}
"""What moves a case on where the button's rule asks nothing row by row; where it does, the line leads to the case's page."""


@finds("approvals.silent", "approvals.undecided", "approvals.certificate_late")
def of_cases(user: Any, ids: list[int]) -> Iterator[Found]:
    rows = ApprovalCase.objects.filter(deadline__in=ids).select_related("project__dossier", "item")
    for row in rows.prefetch_related("opinions", "commitments"):
        yield Found(row.deadline_id or 0, row, NEXT.get(row.state, ()), f"{row.ref} · {row.get_state_display()}")


@finds("approvals.lapse")
def of_tolerances(user: Any, ids: list[int]) -> Iterator[Found]:
    """A paper that was let through missing: the owner brings it."""
    for row in Tolerance.objects.filter(deadline__in=ids).select_related("case__project__dossier", "case__item", "paper"):
        why = _("%(paper)s · %(consequence)s") % {"paper": row.paper, "consequence": row.consequence}
        yield Found(row.deadline_id, row.case, ("approvals.make_good",), why)


@finds("approvals.opinion_late")
def of_opinions(user: Any, ids: list[int]) -> Iterator[Found]:
    for row in Opinion.objects.filter(deadline__in=ids).select_related("case__project__dossier", "case__item"):
        yield Found(row.deadline_id, row, ("approvals.give_opinion",), row.subject)


@finds("approvals.check_late", "approvals.correction_late")
def of_commitments(user: Any, ids: list[int]) -> Iterator[Found]:
    for row in Commitment.objects.filter(deadline__in=ids).select_related("case__project__dossier", "case__item"):
        correcting = row.state == Commitment.State.CORRECTING
        verbs = ("approvals.close_commitment", "approvals.report_correction") if correcting else ("approvals.check_commitment",)
        yield Found(row.deadline_id or 0, row, verbs, row.correction or row.conditions[:60])


@finds("approvals.start_lapsed", "approvals.stop_unreported", "approvals.reverify_late")
def of_certificates(user: Any, ids: list[int]) -> Iterator[Found]:
    """Start, report the stop, verify: what the permit's own days ask for."""
    mine = Q(start_clock__in=ids) | Q(report_clock__in=ids) | Q(reverify_clock__in=ids)
    for row in Certificate.objects.filter(mine).select_related("project__dossier", "item", "case"):
        for pk, verbs in (
            (row.start_clock_id, ("approvals.report_start", "approvals.extend_start")),
            (row.report_clock_id, ("approvals.report_stop",)),
            (row.reverify_clock_id, ("approvals.reverify",)),
        ):
            if pk in ids:
                yield Found(pk, row, verbs, row.number)
