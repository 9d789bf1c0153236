"""What an API call does: a verb is submitted, a listing, a figure or a timeline is read. Every refusal is raised as a Failure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import models
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _

from zhuanban.kernel import actions, clock, exports, figures, listings, roles
from zhuanban.kernel.api_schema import Body, plain, raw, refuse_forbidden
from zhuanban.kernel.errors import BadInput, Failure, NotYours, Unknown
from zhuanban.kernel.models import Dossier, Event
from zhuanban.kernel.people import SignedInRequest

MOST_ROWS = 200
MOST_EVIDENCE = 200
MOST_BYTES_BESIDE_FILES = 1024 * 1024
_VERSION = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')
_KEY = re.compile(r"[\x21-\x7e]{1,80}")
_NUMBER = re.compile(r"[0-9]{1,9}")


class Unreadable(Failure):
    """The body is not what its content type says."""

    status, code = 400, "unreadable"


class TooLarge(Failure):
    status, code = 413, "too_large"


class WrongContentType(Failure):
    status, code = 415, "wrong_content_type"


# Verbs --------------------------------------------------------------------------------------------------------------


def act(known: actions.Action, body: Body) -> Callable[..., Any]:
    def call(request: SignedInRequest, pk: str, response: HttpResponse) -> dict[str, Any]:
        key = _id_for(known.on, pk)
        version, once = _version(request), _idempotency_key(request)
        try:
            data, files = _read(request, body)
        except BadInput:
            # Who may not see the record, or not act on it, learns nothing of the body.
            if not known.allowed(request.user, actions.target_for(known, request.user, key)):
                raise NotYours() from None
            raise
        answer = actions.submit(known.name, request.user, key, data, files, version=version, key=once)
        if answer["version"] is not None:
            response["ETag"] = f'"{answer["version"]}"'
        return answer

    return call


def _id_for(model: type[models.Model], pk: str) -> str:
    """The id, if it can be one of this model's."""
    column: Any = model._meta.pk
    while column.remote_field:
        column = column.target_field
    if isinstance(column, models.IntegerField) and not re.fullmatch("[0-9]{1,18}", pk):
        raise Unknown()
    if len(pk) > 60 or "\0" in pk:
        raise Unknown()
    return pk


def _version(request: HttpRequest) -> int | None:
    text = request.headers.get("If-Match", "").strip()
    if not text:
        return None
    if match := _VERSION.fullmatch(text):
        return int(match[1])
    raise BadInput({"If-Match": [_('请写读到的版本号，如 "3"。')]})


def _idempotency_key(request: HttpRequest) -> str:
    text = request.headers.get("Idempotency-Key", "")
    if text and not _KEY.fullmatch(text):
        raise BadInput({"Idempotency-Key": [_("最多 80 个可见的 ASCII 字符，不含空格。")]})
    return text


def _read(request: HttpRequest, body: Body) -> tuple[QueryDict, Any]:
    """The body as form data and files."""
    try:
        if request.content_type == "multipart/form-data":
            return _parts(request, body)
        return body.check(_object(request, body)), None
    except RequestDataTooBig:
        raise TooLarge(_("请求内容太大。")) from None
    except SuspiciousOperation:
        raise TooLarge(_("请求的字段或文件太多。")) from None
    except (MultiPartParserError, UnreadablePostError):
        raise Unreadable(_("读不懂请求内容，请检查后重试。")) from None


def _object(request: HttpRequest, body: Body) -> dict[str, Any]:
    if not request.body:
        return {}
    if body.needs_file:
        raise WrongContentType(_("这个接口要传文件，请用 multipart/form-data。"))
    if request.content_type != "application/json":
        raise WrongContentType(_("请用 application/json 提交。"))
    try:
        given = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise Unreadable(_("请求内容不是有效的 JSON（UTF-8）。")) from None
    if not isinstance(given, dict):
        raise Unreadable(_("请求内容应是一个 JSON 对象。"))
    return given


def _parts(request: HttpRequest, body: Body) -> tuple[QueryDict, Any]:
    if not body.files:
        raise WrongContentType(_("请用 application/json 提交。"))
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > settings.UPLOAD_MAX_BYTES + MOST_BYTES_BESIDE_FILES:
        raise TooLarge(_("请求内容太大。"))
    if strange := sorted(request.FILES.keys() - body.files):
        raise BadInput({name[:60]: [_("不认识的字段。")] for name in strange})
    refuse_forbidden(request.POST)
    return request.POST, request.FILES


# Listings -----------------------------------------------------------------------------------------------------------


def rows(known: listings.Listing) -> Callable[..., Any]:
    named = {"order", "after", "limit", "count", *(each.name for each in known.filters)}
    named |= {"q"} if known.search else set()
    named |= {"chip"} if known.chips else set()

    def call(request: SignedInRequest) -> dict[str, Any]:
        params = _params(request, named)
        limit = _bounded(params, "limit", 1, MOST_ROWS, default=listings.PAGE)
        query = listings.Query(known, request.user, params, size=limit)
        page = query.page
        if limit > listings.PAGE or "after" in params:
            exports.note(query, "api", len(page.rows))
        answer = {"rows": [_row(known, row) for row in page.rows], "next": page.next}
        return answer | {"count": query.count()} if _flag(params, "count") else answer

    return call


def one(known: listings.Listing) -> Callable[..., Any]:
    def call(request: SignedInRequest, pk: str, response: HttpResponse) -> dict[str, Any]:
        rows = listings.Query(known, request.user, QueryDict()).rows.select_related(*known.related)
        row = rows.filter(pk=_id_for(rows.model, pk)).first()
        if row is None:
            raise Unknown()
        if known.prepare:
            known.prepare([row])
        answer = _row(known, row)
        if answer["version"] is not None:
            response["ETag"] = f'"{answer["version"]}"'
        return answer

    return call


def _row(known: listings.Listing, row: Any) -> dict[str, Any]:
    own = {"id": row.pk, "ref": getattr(row, "ref", ""), "version": getattr(row, "version", None), "url": actions.address_of(row)}
    return {column.name: raw(column, row) for column in known.columns} | own


def _params(request: HttpRequest, named: set[str]) -> QueryDict:
    """The query's parameters: a name mistyped would otherwise answer with all rows."""
    if strange := sorted(request.GET.keys() - named):
        raise BadInput({name[:60]: [_("不认识的参数。")] for name in strange[:20]})
    refuse_forbidden(request.GET)
    return request.GET


def _bounded(params: QueryDict, name: str, least: int, most: int, *, default: int) -> int:
    text = params.get(name, "")
    if not text:
        return default
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise BadInput({name: [_("应为 %(least)s 到 %(most)s 的整数。") % {"least": least, "most": most}]})
    return int(text)


def _flag(params: QueryDict, name: str) -> bool:
    return bool(_bounded(params, name, 0, 1, default=0))


# Figures, events, the caller ----------------------------------------------------------------------------------------


def _figure_kind(known: figures.Figure) -> dict[str, Any]:
    return {
        "name": known.name,
        "label": str(known.label),
        "unit": known.unit,
        "definition": str(known.definition),
        "listing": known.listing,
        "paper": known.paper,
        "url": known.get_absolute_url(),
    }


def list_figures(request: SignedInRequest) -> dict[str, Any]:
    """All figures of the house with their definitions."""
    _params(request, set())
    return {"rows": [_figure_kind(known) for known in figures.REGISTRY.values()]}


def read_figure(request: SignedInRequest, name: str) -> dict[str, Any]:
    """A figure's value over the records that the caller may see, with its evidence."""
    params = _params(request, {"area", "year"})
    known = figures.REGISTRY.get(name)
    if known is None:
        raise Unknown()
    scope = figures.Scope.today(user=request.user, area=params.get("area", "")[:12], year=_bounded(params, "year", 1950, 2100, default=0))
    reading = known.read(scope)
    return _figure_kind(known) | {
        "value": plain(reading.value),
        "printed": known.printed(reading.value),
        "parts": {str(part): plain(value) for part, value in reading.parts.items()},
        "evidence": reading.evidence,
        "evidence_ids": list(reading.rows.order_by("pk").values_list("pk", flat=True)[:MOST_EVIDENCE]),
        "as_of": clock.now().isoformat(),
    }


def list_events(request: SignedInRequest, pk: str) -> dict[str, Any]:
    """The timeline of a dossier from the oldest event on; `hash` lets the caller check the chain."""
    params = _params(request, {"after", "limit"})
    limit = _bounded(params, "limit", 1, MOST_ROWS, default=listings.PAGE)
    after = _bounded(params, "after", 0, 999_999_999, default=0)
    dossier = Dossier.objects.visible_to(request.user).filter(pk=_id_for(Dossier, pk)).first()
    if dossier is None:
        raise Unknown()
    names = ("seq", "verb", "at", "actor", "subject", "data", "hash")
    rows = Event.objects.filter(dossier=dossier, seq__gt=after).exclude(verb__in=actions.hidden_from(request.user, dossier))
    found = list(rows.order_by("seq").values(*names)[: limit + 1])
    shown = [each | {"at": each["at"].isoformat()} for each in found[:limit]]
    return {"rows": shown, "next": shown[-1]["seq"] if len(found) > limit else None}


def me(request: SignedInRequest) -> dict[str, Any]:
    """Who is calling, and what the caller's roles allow somewhere."""
    user: Any = request.user
    granted = [{"role": each.role, "label": roles.label_of(each.role), "scope": each.scope_key} for each in user.grants]
    return {"username": user.username, "name": user.name, "roles": granted, "verbs": sorted(user.verbs)}
