"""Pages that look across all modules: palette, newspaper, settings, audit, the demo's day."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_GET, require_POST

from zhuanban.domains.people.queries import event_words
from zhuanban.kernel import access, actions, dates, parameters, search, timeline
from zhuanban.kernel.errors import Failure, NotYours
from zhuanban.kernel.models import CalendarYear, Checkpoint, Dossier, Event
from zhuanban.kernel.pages import KIND_ICONS, local
from zhuanban.kernel.people import SignedInRequest
from zhuanban.kernel.words import listed
from zhuanban.site import newspaper as paper
from zhuanban.site.context import NEWSPAPER_READERS, navigation
from zhuanban.site.jobs import sweep_deadlines


@require_GET
def palette(request: SignedInRequest) -> HttpResponse:
    """Dossiers by name, code, pinyin or initials, and the places of the navigation."""
    words = request.GET.get("q", "").strip()[:60]
    groups = []
    if words:
        rows = search.matching(Dossier.objects.visible_to(request.user).exclude(url=""), words)
        items = [
            {"url": row.url, "title": row.title, "detail": row.ref, "icon": KIND_ICONS.get(row.kind, "file")}
            for row in rows.order_by("-changed_at", "-pk")[:12]
        ]
        if items:
            groups.append({"label": _("卷宗"), "items": items})
    places = [each for group in navigation(request.user) for each in group["items"] if not words or words in str(each["label"])]
    if places:
        groups.append(
            {"label": _("去往"), "items": [{"url": each["url"], "title": each["label"], "icon": each["icon"]} for each in places[:8]]}
        )
    return render(request, "partials/palette_results.html", {"groups": groups, "q": words})


@require_GET
def newspaper(request: SignedInRequest) -> HttpResponse:
    """The newspaper's figures, recomputed from the records."""
    if not NEWSPAPER_READERS.intersection(request.user.roles):
        raise NotYours()
    checks = paper.check_all()
    counts = {status: sum(each.status == status for each in checks) for status in (paper.PASS, paper.FAIL, paper.NOT_BUILT)}
    return render(request, "site/newspaper.html", {"checks": checks, "counts": counts, "page_title": _("见报数据")})


@require_GET
def parameter_list(request: SignedInRequest) -> HttpResponse:
    """Every rule that is data, with its version in force and its source."""
    if "kernel.set_parameter" not in request.user.verbs:
        raise NotYours()
    ledger = access.ledger("settings", title=gettext_noop("参数台账"))
    rows = []
    for known in parameters.REGISTRY.values():
        try:
            in_force = parameters.in_force(known.name)
            rows.append({"known": known, "in_force": in_force, "shown": _shown(in_force.value)})
        except LookupError:
            rows.append({"known": known, "in_force": None, "shown": ""})
    context = {
        "rows": rows,
        "ledger": ledger,
        "offered": actions.offered(request.user, ledger),
        "years": CalendarYear.objects.order_by("-year"),
        "page_title": _("规则参数"),
    }
    return render(request, "site/parameters.html", context)


def _shown(value: Any) -> str:
    """A parameter's value on one line."""
    if isinstance(value, list):
        return listed(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


@require_GET
def audit(request: SignedInRequest) -> HttpResponse:
    """The ledgers of rights, sign-ins, exports and settings, and the seals."""
    if "audit_admin" not in request.user.roles:
        raise NotYours()
    chosen = request.GET.get("ledger", "rights")
    ledgers = list(Dossier.objects.visible_to(request.user).filter(kind="ledger").order_by("ref"))
    ledger = next((each for each in ledgers if each.ref == f"LEDGER-{chosen}"), None)
    before = request.GET.get("before", "")
    events = Event.objects.filter(dossier_id=ledger.pk if ledger else 0).order_by("-seq")
    if before.isdigit():
        events = events.filter(seq__lt=int(before))
    shown = list(events[:60])
    timeline.record(access.ledger("audit-reads", title=gettext_noop("查阅台账")), "kernel.read_audit", by=request.user, ledger=chosen)
    context = {
        "tabs_of_ledgers": [_tab(each, chosen) for each in ledgers],
        "ledger": ledger,
        "chosen": chosen,
        "events": [_told(event) for event in shown],
        "next": shown[-1].seq if len(shown) == 60 else None,
        "seals": Checkpoint.objects.order_by("-pk")[:5],
        "page_title": _("审计台账"),
    }
    return render(request, "site/audit.html", context)


def _tab(ledger: Dossier, chosen: str) -> dict[str, Any]:
    name = ledger.ref.removeprefix("LEDGER-")
    return {"label": _(ledger.title), "url": f"?{urlencode({'ledger': name})}", "active": name == chosen, "count": f"{ledger.head_seq:,}"}


HAPPENED = {
    "kernel.export": gettext_lazy("导出"),
    "kernel.read_audit": gettext_lazy("查阅台账"),
    "kernel.read_file": gettext_lazy("读取文件"),
}
"""What the kernel records without its being a verb."""


def _told(event: Event) -> dict[str, Any]:
    """An event of a ledger as it is kept: an auditor reads the record itself, not a retelling."""
    told = [("", event.subject)] if event.subject else []
    for name, value in event.data.items():
        told += list(value.items()) if isinstance(value, dict) else [(name, value)]
    return {
        "event": event,
        "label": HAPPENED.get(event.verb) or event_words(event.verb),
        "told": [(name, _plain(value)) for name, value in told],
    }


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " → ".join("—" if each in (None, "") else str(each) for each in value)
    return "—" if value in (None, "") else str(value)


@require_POST
def move_today(request: SignedInRequest) -> HttpResponse:
    """The demo's day, moved by anybody in the demo."""
    from zhuanban.site.demo import today

    day = dates.parse_ledger_date(request.POST.get("day", ""))
    if day is None or day.precision != "day":
        raise Failure(_("请写到日，如 2023-02-20。"))
    today.move_today(day.value)
    sweep_deadlines.using(dedupe_key="deadlines.sweep").enqueue()
    back = request.POST.get("_back", "")
    return redirect(back if local(back) else "/")
