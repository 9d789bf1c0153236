"""The pages every module gets: a verb's dialog, a listing in its layouts, inline cells, bulk runs, figures, notices, files, palette."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhuanban.kernel import access, actions, clock, exports, figures, files, listings, notices, show, timeline
from zhuanban.kernel.errors import BadInput, Failure, NotYours, Refused, Stale, Unknown
from zhuanban.kernel.forms import ActionForm
from zhuanban.kernel.masks import strip_forbidden
from zhuanban.kernel.models import Dossier, Notice, SavedView, StoredFile
from zhuanban.kernel.people import Person, SignedInRequest
from zhuanban.kernel.printer import NUMERIC, Printer
from zhuanban.kernel.words import Words

BULK_LIMIT = 200


# Verbs ------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def act(request: SignedInRequest, name: str, pk: str) -> HttpResponse:
    """The page of a verb: GET its form, POST to do it. `field` narrows a form of many optional fields to one, in a table's cell."""
    known = actions.find(name)
    field = request.GET.get("field", "")
    if request.method == "GET":
        target = _seen(known, request.user, pk)
        if request.GET.get("show"):
            return _cell(request, known, target, field, "show")
        return _dialog(request, known, target, known.make_form(request.user, target, initial=_initial(request.GET)), field)
    version = _number(request.POST.get("_version"))
    try:
        answer = actions.submit(name, request.user, pk, request.POST, request.FILES, version=version, key=_key(request))
    except BadInput as bad:
        target = _seen(known, request.user, pk)
        form = known.make_form(request.user, target, request.POST, request.FILES)
        form and form.is_valid()
        return _dialog(request, known, target, form, field, status=bad.status)
    except Stale:
        if not field:
            raise
        return _conflict(request, known, _seen(known, request.user, pk), field)
    if field:
        return _cell(request, known, _seen(known, request.user, pk), field, "show")
    back = request.POST.get("_back", "")
    url = back if local(back) else answer["url"] or "/"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def _key(request: SignedInRequest) -> str:
    """The form's own key against double submits; empty when it is none that our pages make."""
    text = request.POST.get("_key", "")
    return text if len(text) <= 80 and text.isascii() and text.isprintable() else ""


def _seen(known: actions.Action, user: Person, pk: str) -> Any:
    """The target if the person sees it and some role of theirs has the verb there."""
    target = actions.target_for(known, user, pk)
    if not known.allowed(user, target):
        raise NotYours(known.not_theirs(user, target))
    return target


def _initial(params: QueryDict) -> dict[str, Any]:
    return {key: value for key, value in params.items() if key not in {"field", "only", "back"}}


def _narrowed(form: ActionForm | None, only: str) -> None:
    """Leave one field of a form of many optional ones, for the button that asks for just that."""
    if form is not None and only in form.fields:
        for name in [name for name in form.fields if name != only]:
            del form.fields[name]


def local(url: str) -> bool:
    """Whether the address is one of this house: no other host, and nothing that a browser would read as one."""
    return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def _number(text: str | None) -> int | None:
    return int(text) if text and len(text) <= 18 and text.isascii() and text.isdigit() else None


def _dialog(
    request: SignedInRequest, known: actions.Action, target: Any, form: ActionForm | None, field: str, status: int = 200
) -> HttpResponse:
    if field:
        return _cell(request, known, target, field, "edit", form=form, status=status)
    reason, only = known.reason_against(target), request.GET.get("only", "")
    _narrowed(form, only)
    address = reverse("kernel:act", args=[known.name, target.pk])
    back = request.GET.get("back", "") or request.POST.get("_back", "")
    context = {
        "title": known.label,
        "back": back if local(back) else "",
        "lead": reason or known.help if reason else "",
        "form": form,
        "blocked": reason,
        "action_url": f"{address}?{urlencode({'only': only})}" if only else address,
        "about": "" if getattr(target, "kind", "") == "ledger" else str(target),
        "version": getattr(target, "version", None) if not known.creates else None,
        "danger": known.danger,
        "multipart": bool(form and form.is_multipart()),
    }
    template = "partials/form_dialog.html" if request.headers.get("HX-Request") else "kernel/act.html"
    return render(request, template, context, status=status)


def _cell(
    request: SignedInRequest,
    known: actions.Action,
    target: Any,
    field: str,
    mode: str,
    *,
    form: ActionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    column = next((c for listing in listings.REGISTRY.values() for c in listing.columns if c.edit == known.name and c.name == field), None)
    if column is None or known.form is None:
        raise Unknown()
    form = form or known.form(user=request.user, target=target)
    shown = column_text(column, target)
    context = {
        "mode": mode,
        "url": f"{reverse('kernel:act', args=[known.name, target.pk])}?field={field}",
        "field": form[field],
        "form": form,
        "label": column.label,
        "shown": shown,
        "value": shown,
        "numeric": column.kind in NUMERIC,
        "version": target.version,
    }
    return render(request, "partials/inline_cell.html", context, status=status)


def _conflict(request: SignedInRequest, known: actions.Action, target: Any, field: str) -> HttpResponse:
    form = known.make_form(request.user, target, request.POST)
    column = next(c for listing in listings.REGISTRY.values() for c in listing.columns if c.edit == known.name and c.name == field)
    context = {
        "mode": "conflict",
        "url": f"{reverse('kernel:act', args=[known.name, target.pk])}?field={field}",
        "field": form[field] if form else None,
        "value": request.POST.get(field, ""),
        "theirs": column_text(column, target),
        "version": target.version,
    }
    answer = render(request, "partials/inline_cell.html", context, status=409)
    answer["HX-Reswap"] = "outerHTML"
    return answer


# Listings ---------------------------------------------------------------------------------------------------------


LISTING_LINKS: list[Callable[[str], tuple[Words, str, str] | None]] = []
"""Functions of domains `(listing's name) -> (label, address, icon)` or None: further pages about a listing, linked from its head."""


def column_text(column: listings.Column, row: Any) -> str:
    return show.text_of(column.text(row), column.kind)


@dataclass(frozen=True)
class Head:
    """A table head: its words, and where a click on it leads."""

    label: Words
    url: str
    state: str
    numeric: bool
    narrow: bool


@require_GET
def listing(request: SignedInRequest, name: str) -> HttpResponse:
    known = listings.find(name)
    query = listings.Query(known, request.user, request.GET)
    layout = query.layout
    context = {"listing": known, "query": query, **_frame(request, known, query)}
    if layout:
        context |= layout.context(query)
        return render(request, layout.template, context)
    page = query.page
    verbs = _bulk_verbs(request.user, known)
    editable = {column.name for column in known.columns if column.edit and column.edit in request.user.verbs}
    reached = _actable(request.user, known, page.rows, editable)
    context |= {
        "page": page,
        "heads": [_head(query, column) for column in known.columns],
        "rows": list(Printer(known.columns, changeable=editable, tick=bool(verbs)).rows(page.rows, reached)),
        "verbs": verbs,
    }
    return render(request, "kernel/listing.html", context)


def _frame(request: SignedInRequest, known: listings.Listing, query: listings.Query) -> dict[str, Any]:
    """What every layout of a listing shows around its rows."""
    return {
        "page_title": known.title,
        "chips": [
            {
                "chip": chip,
                "active": chip.name in query.chosen_chips,
                "url": "?" + query.url(chip=_toggled(query.chosen_chips, chip.name)),
                "count_url": f"{reverse('kernel:count', args=[known.name])}?{query.url(chip=[chip.name])}",
            }
            for chip in known.chips
        ],
        "filters": [_filter(request, known_filter, request.user) for known_filter in known.filters],
        "filtered": sum(1 for known_filter in known.filters if request.GET.get(known_filter.name)),
        "layouts": _layouts(known, query),
        "links": [found for make in LISTING_LINKS if (found := make(known.name))],
        "offers": _offers(known, request.user),
        "views": SavedView.objects.filter(user=request.user.pk, listing=known.name).order_by("name"),
        "count_url": f"{reverse('kernel:count', args=[known.name])}?{query.url()}",
    }


def _offers(known: listings.Listing, user: Person) -> list[dict[str, Any]]:
    """The verbs at the head of the list that the person's roles have, each with its target."""
    offered = known.offers(user) if known.offers else []
    return [
        {"action": actions.REGISTRY[verb], "url": reverse("kernel:act", args=[verb, target.pk])}
        for verb, target in offered
        if verb in user.verbs
    ]


def _toggled(chosen: list[str], name: str) -> list[str]:
    return [chip for chip in chosen if chip != name] if name in chosen else [*chosen, name]


def _filter(request: SignedInRequest, known: listings.Filter, user: Person) -> dict[str, Any]:
    return {"filter": known, "value": request.GET.get(known.name, ""), "choices": list(known.choices(user)) if known.choices else []}


def _layouts(known: listings.Listing, query: listings.Query) -> list[dict[str, Any]]:
    if not known.layouts:
        return []
    chosen = query.params.get("as", "")
    table = {"url": "?" + query.url(**{"as": None}), "label": _("表格"), "icon": "table", "active": not query.layout}
    return [
        table,
        *(
            {"url": "?" + query.url(**{"as": each.name}), "label": each.label, "icon": each.icon, "active": chosen == each.name}
            for each in known.layouts
        ),
    ]


def _head(query: listings.Query, column: listings.Column) -> Head:
    name, down = query.order
    state = ("descending" if down else "ascending") if column.name == name else ""
    turned = f"-{column.name}" if state != "descending" else column.name
    url = "?" + query.url(order=turned) if column.sort else ""
    return Head(column.label, url, state, column.kind in {"money", "number", "percent"}, column.narrow)


def _bulk_verbs(user: Person, known: listings.Listing) -> list[dict[str, Any]]:
    verbs = [actions.REGISTRY[name] for name in known.bulk if name in user.verbs]
    return [{"label": verb.label, "url": reverse("kernel:bulk", args=[known.name, verb.name]), "danger": verb.danger} for verb in verbs]


def _actable(user: Person, known: listings.Listing, rows: list[Any], editable: set[str]) -> set[int]:
    """Which rows the person may change in place: one query for the page."""
    if not editable or not rows:
        return set()
    verb = next(column.edit for column in known.columns if column.edit in user.verbs)
    model = actions.REGISTRY[verb].on
    return set(access.actable(user, verb, model._default_manager.filter(pk__in=[row.pk for row in rows])).values_list("pk", flat=True))


@require_GET
def count(request: SignedInRequest, name: str) -> HttpResponse:
    """A lazy count, as text."""
    query = listings.Query(listings.find(name), request.user, request.GET)
    return HttpResponse(f"{query.count():,}", headers={"Cache-Control": "private, max-age=20"})


@require_GET
def export(request: SignedInRequest, name: str, kind: str) -> StreamingHttpResponse:
    if kind not in {"csv", "xlsx"}:
        raise Unknown()
    return exports.answer(listings.Query(listings.find(name), request.user, request.GET), kind)


@require_POST
def save_view(request: SignedInRequest, name: str) -> HttpResponse:
    """Keep the current filter under a name, for oneself; an empty name is refused, a known one is replaced."""
    known = listings.find(name)
    title = strip_forbidden(request.POST.get("name", "")).strip()[:40]
    if not title:
        raise BadInput({"name": [_("请给这个视图起个名字。")]})
    params = QueryDict(request.POST.get("query", "")[:1000])
    listings.Query(known, request.user, params).rows  # noqa: B018 - a filter that cannot be read is refused here
    SavedView.objects.update_or_create(user_id=request.user.pk, listing=name, name=title, defaults={"query": params.urlencode()[:1000]})
    return _back(request, f"?{params.urlencode()}")


@require_POST
def drop_view(request: SignedInRequest, pk: int) -> HttpResponse:
    get_object_or_404(SavedView, pk=pk, user=request.user.pk).delete()
    return _back(request, "")


def _back(request: SignedInRequest, query: str) -> HttpResponse:
    came = request.POST.get("_back", "/")
    url = (came.partition("?")[0] if local(came) else "/") + query
    return HttpResponse(status=204, headers={"HX-Redirect": url}) if request.headers.get("HX-Request") else redirect(url)


@require_POST
def bulk(request: SignedInRequest, name: str, verb: str) -> HttpResponse:
    """A verb over chosen rows: first what would happen to each (nothing is written), then, confirmed, each in its own transaction."""
    known, listing_ = actions.find(verb), listings.find(name)
    if verb not in listing_.bulk or verb not in request.user.verbs:
        raise NotYours()
    chosen = [pair.partition(":") for pair in request.POST.getlist("id")][: BULK_LIMIT + 1]
    if not chosen:
        raise Failure(_("请先勾选要办理的行。"))
    if len(chosen) > BULK_LIMIT:
        raise Refused(_("一次最多办理 %(limit)s 行。") % {"limit": BULK_LIMIT})
    fields = QueryDict(mutable=True)
    for key, values in request.POST.lists():
        if not key.startswith("_") and key not in {"id", "csrfmiddlewaretoken"}:
            fields.setlist(key, values)
    stage = request.POST.get("_stage", "form")
    target = actions.target_for(known, request.user, chosen[0][0])
    form = known.make_form(request.user, target, fields if stage != "form" else None)
    if form is None or stage == "form" or not form.is_valid():
        stage = "form" if form is not None and stage == "form" else stage
        valid = form is None
    else:
        valid = True
    results = (
        [_one(known, request.user, pk, version, fields, write=stage == "do") for pk, _colon, version in chosen]
        if valid and stage != "form"
        else []
    )
    context = {
        "title": known.label,
        "form": form,
        "action": known,
        "listing": listing_,
        "chosen": [f"{pk}:{version}" for pk, _colon, version in chosen],
        "results": results,
        "stage": stage if valid else "form",
        "good": sum(1 for result in results if not result["refused"]),
        "back": request.POST.get("_back", "/"),
        "done": stage == "do" and valid,
        "fields": fields,
    }
    return render(request, "kernel/bulk.html", context, status=200 if valid or stage == "form" else 422)


def _one(known: actions.Action, user: Person, pk: str, version: str, fields: QueryDict, *, write: bool) -> dict[str, Any]:
    """What the verb does, or would do, to one row."""
    label = pk
    changes: dict[str, list[Any]] = {}
    try:
        with transaction.atomic():
            target = actions.target_for(known, user, pk)
            label, before = str(target), actions.snapshot(target)
            actions.submit(known.name, user, pk, fields, version=_number(version))
            changes = actions.difference(before, actions.snapshot(type(target)._default_manager.get(pk=target.pk)))
            if not write:
                raise _Undo
    except _Undo:
        pass
    except Failure as failure:
        return {"label": label, "refused": failure.message, "changes": []}
    return {"label": label, "refused": "", "changes": [show.change(known.on, key, *pair) for key, pair in changes.items()]}


class _Undo(Exception):
    """Takes a dry run back."""


# Figures, notices, files, palette -----------------------------------------------------------------------------------


@require_GET
def figure(request: SignedInRequest, name: str) -> HttpResponse:
    """A figure opened down to the records it counts."""
    known = figures.REGISTRY.get(name)
    if known is None:
        raise Unknown()
    reading = known.read(
        figures.Scope.today(user=request.user, area=request.GET.get("area", "")[:12], year=_number(request.GET.get("year")) or 0)
    )
    shown = listings.REGISTRY.get(known.listing)
    number, unit = figures.split(reading.value, known.unit)
    context: dict[str, Any] = {
        "figure": known, "reading": reading, "number": number, "unit": unit, "page_title": known.label, "as_of": clock.now(),
    }  # fmt: skip
    if shown and reading.rows.model is shown.rows(request.user).model:
        query = listings.Query(shown, request.user, request.GET)
        query.rows = query.rows.filter(pk__in=reading.rows.values("pk"))
        context |= {
            "page": query.page,
            "query": query,
            "heads": [_head(query, column) for column in shown.columns],
            "rows": list(Printer(shown.columns).rows(query.page.rows)),
        }
    else:
        context["plain"] = _with_parents(reading.rows)
    return render(request, "kernel/figure.html", context)


PLAIN_ROWS = 200


def _with_parents(rows: QuerySet[Any]) -> list[tuple[Any, Any]]:
    """The first rows of a figure that no listing shows, each with the row that owns its dossier, where it hangs on one."""
    fields = rows.model._meta.concrete_fields
    owners = [
        field.name for field in fields if field.related_model and "dossier" in {each.name for each in field.related_model._meta.fields}
    ]
    found = rows.select_related(*owners[:1])[:PLAIN_ROWS] if owners else rows[:PLAIN_ROWS]
    return [(row, getattr(row, owners[0]) if owners else None) for row in found]


@require_GET
def figure_list(request: SignedInRequest) -> HttpResponse:
    """All figures of the house with their definitions; each value is read when it comes into view."""
    context = {"figures": figures.REGISTRY.values(), "page_title": _("指标"), "as_of": clock.now()}
    return render(request, "kernel/figures.html", context)


@require_GET
def figure_value(request: SignedInRequest, name: str) -> HttpResponse:
    """A figure's present value, as text."""
    known = figures.REGISTRY.get(name)
    if known is None:
        raise Unknown()
    text = known.printed(known.read(figures.Scope.today(user=request.user)).value)
    return HttpResponse(escape(text), headers={"Cache-Control": "private, max-age=20"})


@require_GET
def notice_list(request: SignedInRequest) -> HttpResponse:
    rows = Notice.objects.filter(user=request.user.pk).select_related("dossier").order_by("read_at", "-at")[:100]
    return render(request, "kernel/notices.html", {"notices": rows, "page_title": _("通知")})


@require_POST
def read_notices(request: SignedInRequest) -> HttpResponse:
    ids = [int(pk) for pk in request.POST.getlist("id") if pk.isdigit()]
    notices.mark_read(request.user, ids or None)
    return redirect("kernel:notices")


@require_GET
def download(request: SignedInRequest, pk: int) -> FileResponse:
    """A file, if its dossier is visible; the read of anything above internal is on record."""
    stored = get_object_or_404(StoredFile.objects.filter(dossier__in=Dossier.objects.visible_to(request.user)), pk=pk)
    if not files.readable(request.user, stored):
        raise Unknown()
    if stored.data_class in {StoredFile.DataClass.SENSITIVE, StoredFile.DataClass.SECRET}:
        timeline.record(stored.dossier, "kernel.read_file", by=request.user, file=stored.pk, sha256=stored.sha256)
    return files.response(stored)


KIND_ICONS: dict[str, str] = {}


def plain_row(row: Any) -> str:
    url = row.get_absolute_url() if hasattr(row, "get_absolute_url") else ""
    return format_html('<a href="{}">{}</a>', url, row) if url else str(row)
