"""What several verbs of factors do alike: stamps, numbers, dossiers of their own, and the one clock that a request has at a time."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_noop

from zhuanban.domains.factors.models import FactorRequest
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.domains.responsibility import queries as responsibility
from zhuanban.kernel import access, clock, deadlines, parameters
from zhuanban.kernel.models import Deadline, Dossier
from zhuanban.kernel.search import search_text
from zhuanban.kernel.words import Words, kept


def stamped(by) -> dict[str, Any]:
    """Who wrote a new row, and when."""
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


def next_ref(year: int) -> str:
    """`YS-2023-00042`; the ledger's lock gives numbers one by one."""
    Dossier.objects.select_for_update().get(pk=access.ledger("factors", title=gettext_noop("要素台账")).pk)
    prefix = f"YS-{year}-"
    newest = FactorRequest.objects.filter(ref__startswith=prefix).aggregate(last=Max("ref"))["last"]
    return f"{prefix}{int(newest.removeprefix(prefix)) + 1 if newest else 1:05d}"


def open_dossier(kind: str, letters: str, title: str, area: Area, office: Organisation | None = None) -> Dossier:
    """A dossier with a number of its own (`PC-2023-001`). The area and those above act on it, and the office that it is about; where it is
    a whole city's, its districts read it."""
    prefix = f"{letters}-{clock.today().year}-"
    newest = Dossier.objects.filter(ref__startswith=prefix).aggregate(last=Max("ref"))["last"]
    ref = f"{prefix}{int(newest.removeprefix(prefix)) + 1 if newest else 1:03d}"
    dossier = Dossier.objects.create(kind=kind, ref=ref, title=title[:120], area=area.key, search_text=search_text(title, ref))
    access.grant(dossier, levels_of(area, office))
    return dossier


def levels_of(area: Area, office: Organisation | None = None) -> dict[str, int]:
    levels: dict[str, int] = {f"area:{key}": access.SEE for key in Area.objects.filter(parent=area).values_list("key", flat=True)}
    levels |= {f"area:{key}": access.ACT for key in (area.key, area.parent_id) if key}
    return levels | ({f"org:{office.pk}": access.ACT} if office else {})


def addressed(row: Any) -> None:
    """Let the row's dossier lead to its page."""
    row.dossier.url = row.get_absolute_url()
    row.dossier.save(update_fields=["url"])


def taker(request: FactorRequest) -> str:
    """The principal of the side that needs it: the firm where a firm asked, else the project's secretary or who stands in."""
    owner = request.project.owner_org_id
    if request.asked_by and owner and request.asked_by.organisation_id == owner:
        return f"org:{owner}"
    return responsibility.holder(request.project, 1).principal_key


def run_clock(request: FactorRequest, holder: str, title: Words, *, on_due: str, days: str = "", day: date | None = None) -> None:
    """End the request's clock and start the next one; `days` names the parameter with the working days."""
    stop_clock(request)
    with kept():
        words = str(title) % {"what": request, "project": request.project}
    request.deadline = deadlines.owe(
        request.project.dossier,
        holder,
        words,
        on_due=on_due,
        working_days=None if day else parameters.value(days),
        due_on=day,
        url=request.get_absolute_url(),
    )
    request.due_on = request.deadline.due_on


def stop_clock(request: FactorRequest, state: str = Deadline.State.SETTLED) -> None:
    if request.deadline and request.deadline.state in {Deadline.State.OPEN, Deadline.State.PAUSED}:
        deadlines.settle(request.deadline, state)
