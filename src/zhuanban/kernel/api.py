"""The REST API, made from the registries: every verb a POST, every listing two GETs, and figures, events and the caller's rights.

Signing in, CSRF, failures and storage are the middlewares' work (people.middleware.SignedIn, kernel.middleware); here every refusal
is an exception of `kernel.errors`. The site includes it with `path("api/", include(api.urls()))`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, NoReturn

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.urls import URLPattern, path, re_path, reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.renderers import BaseRenderer

from zhuanban.kernel import actions, clock, figures, listings, middleware, roles, timeline
from zhuanban.kernel.api_schema import (
    Answer,
    Body,
    Events,
    Figures,
    FigureValue,
    Me,
    Problem,
    page_model,
    plain,
    raw,
    refuse_forbidden,
    row_model,
)
from zhuanban.kernel.errors import BadInput, Failure, Unknown
from zhuanban.kernel.models import Dossier
from zhuanban.kernel.models import Event as EventRow

PREFIX = "/api/v1/"
MOST_ROWS = 200
MOST_EVIDENCE = 200
MOST_BYTES_BESIDE_FILES = 1024 * 1024
_VERSION = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')
_KEY = re.compile(r"[\x21-\x7e]{1,80}")
_NUMBER = re.compile(r"[0-9]{1,9}")

REFUSALS: dict[int, str] = {
    400: "The request cannot be read.",
    401: "Not signed in, or the token is not valid.",
    403: "The caller's roles do not allow it here, or the CSRF token is missing.",
    404: "There is no such record, or not for this caller.",
    405: "The address does not answer to this method.",
    409: "Not now (`refused`, with the reason), changed by somebody else (`stale`), or another request under the same key (`key_reused`).",
    413: "The body is too large.",
    415: "The body's content type is not one that the operation takes.",
    422: "Fields are missing, unknown or wrong; `fields` says which and why.",
    428: "A change to an existing record needs `If-Match` with the version that was read.",
    503: "The database or the disk does not answer; try again later.",
}
READ_REFUSALS = (400, 401, 403, 404, 405, 422, 503)


class Unreadable(Failure):
    """The body is not what its content type says."""

    status, code = 400, "unreadable"


class TooLarge(Failure):
    status, code = 413, "too_large"


class WrongContentType(Failure):
    status, code = 415, "wrong_content_type"


class WrongMethod(Failure):
    status, code = 405, "wrong_method"


class Json(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data)


# Verbs --------------------------------------------------------------------------------------------------------------


def _act(known: actions.Action, body: Body) -> Callable[..., Any]:
    def act(request: HttpRequest, pk: str, response: HttpResponse) -> dict[str, Any]:
        key = _id_for(known.on, pk)
        version, once = _version(request), _idempotency_key(request)
        try:
            data, files = _read(request, body)
        except BadInput:
            # Who may not see the record, or not act on it, learns nothing of the body.
            if not known.allowed(request.user, actions.target_for(known, request.user, key)):
                raise actions.NotYours() from None
            raise
        answer = actions.submit(known.name, request.user, key, data, files, version=version, key=once)
        if answer["version"] is not None:
            response["ETag"] = f'"{answer["version"]}"'
        return answer

    return act


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
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_MAX_BYTES + MOST_BYTES_BESIDE_FILES:
        raise TooLarge(_("请求内容太大。"))
    if strange := sorted(request.FILES.keys() - body.files):
        raise BadInput({name[:60]: [_("不认识的字段。")] for name in strange})
    refuse_forbidden(request.POST)
    return request.POST, request.FILES


# Listings -----------------------------------------------------------------------------------------------------------


def _rows(known: listings.Listing) -> Callable[..., Any]:
    named = {"order", "after", "limit", "count", *(each.name for each in known.filters)}
    named |= {"q"} if known.search else set()
    named |= {"chip"} if known.chips else set()

    def rows(request: HttpRequest) -> dict[str, Any]:
        params = _params(request, named)
        limit = _bounded(params, "limit", 1, MOST_ROWS, default=listings.PAGE)
        query = listings.Query(known, request.user, params, size=limit)
        page = query.page
        answer = {"rows": [_row(known, row) for row in page.rows], "next": page.next}
        return answer | {"count": query.count()} if _flag(params, "count") else answer

    return rows


def _one(known: listings.Listing) -> Callable[..., Any]:
    def one(request: HttpRequest, pk: str, response: HttpResponse) -> dict[str, Any]:
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

    return one


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


def list_figures(request: HttpRequest) -> dict[str, Any]:
    """All figures of the house with their definitions."""
    _params(request, set())
    return {"rows": [_figure_kind(known) for known in figures.REGISTRY.values()]}


def read_figure(request: HttpRequest, name: str) -> dict[str, Any]:
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


def list_events(request: HttpRequest, pk: str) -> dict[str, Any]:
    """The timeline of a dossier from the oldest event on; `hash` lets the caller check the chain."""
    params = _params(request, {"after", "limit"})
    limit = _bounded(params, "limit", 1, MOST_ROWS, default=listings.PAGE)
    after = _bounded(params, "after", 0, 999_999_999, default=0)
    dossier = Dossier.objects.visible_to(request.user).filter(pk=_id_for(Dossier, pk)).first()
    if dossier is None:
        raise Unknown()
    names = ("seq", "verb", "at", "actor", "subject", "data", "hash")
    found = list(EventRow.objects.filter(dossier=dossier, seq__gt=after).order_by("seq").values(*names)[: limit + 1])
    shown = [each | {"at": each["at"].isoformat()} for each in found[:limit]]
    return {"rows": shown, "next": shown[-1]["seq"] if len(found) > limit else None}


def me(request: HttpRequest) -> dict[str, Any]:
    """Who is calling, and what the caller's roles allow somewhere."""
    user: Any = request.user
    granted = [{"role": each.role, "label": roles.label_of(each.role), "scope": each.scope_key} for each in user.grants]
    return {"username": user.username, "name": user.name, "roles": granted, "verbs": sorted(user.verbs)}


# Putting it together ------------------------------------------------------------------------------------------------


def build() -> NinjaAPI:
    """The API of all verbs and listings registered so far, in the words of the active language."""
    api = NinjaAPI(
        title=_("专班接口"), version="1", description=_about(), openapi_url=None, docs_url=None, renderer=Json(), urls_namespace="api"
    )
    api.add_exception_handler(Http404, _unknown)
    for verb in actions.REGISTRY.values():
        _add_verb(api, verb)
    for listing in listings.REGISTRY.values():
        _add_listing(api, listing)
    limit = _query_parameter("limit", _("每页行数"), {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": listings.PAGE})
    _add(api, "GET", "figures", list_figures, Figures, _("全部指标"), "figures_list", tag="figures")
    year = {"type": "integer", "minimum": 1950, "maximum": 2100}
    scope = [_query_parameter("area", _("属地"), {"type": "string", "maxLength": 12}), _query_parameter("year", _("年度"), year)]
    _add(api, "GET", "figures/{name}", read_figure, FigureValue, _("一个指标的现值和依据"), "figures_read", tag="figures", parameters=scope)
    after = _query_parameter("after", _("从这个序号之后读起"), {"type": "integer", "minimum": 0})
    _add(
        api,
        "GET",
        "dossiers/{pk}/events",
        list_events,
        Events,
        _("卷宗的时间线"),
        "dossiers_events",
        tag="dossiers",
        parameters=[after, limit],
    )
    _add(api, "GET", "me", me, Me, _("我是谁，能办什么"), "me", tag="me")
    return api


def _about() -> str:
    return _(
        "金额为元，写成字符串；日期为 ISO 格式，精确到日、月或年；未知为 null。出错时一律返回 Problem：error 供程序判断，message 给人看。"
        "没有的地址返回 404，读不懂的内容返回 400，也是 Problem。"
    )


def _unknown(request: HttpRequest, missing: Any) -> NoReturn:
    raise Unknown() from missing


def _add(
    api: NinjaAPI,
    method: str,
    route: str,
    view: Callable[..., Any],
    response: Any,
    summary: str,
    operation_id: str,
    *,
    tag: str,
    description: str = "",
    parameters: list[dict[str, Any]] | None = None,
    refusals: tuple[int, ...] = READ_REFUSALS,
    **extra: Any,
) -> None:
    told: dict[str, Any] = {"responses": {status: {"$ref": f"#/components/responses/{status}"} for status in refusals}, **extra}
    if parameters:
        told["parameters"] = parameters
    api.api_operation(
        [method],
        f"/{route}",
        response=response,
        operation_id=operation_id,
        summary=summary,
        description=description or None,
        tags=[tag],
        exclude_unset=True,
        openapi_extra=told,
    )(view)


def _add_verb(api: NinjaAPI, known: actions.Action) -> None:
    body = Body(known)
    versioned = not known.creates and any(each.name == "version" for each in known.on._meta.concrete_fields)
    key = {"type": "string", "minLength": 1, "maxLength": 80}
    parameters = [_header_parameter("Idempotency-Key", _("同一编号重复提交，只办一次，返回第一次的结果。"), key)]
    if versioned:
        parameters += [
            _header_parameter(
                "If-Match",
                _("读到的版本号；中间被别人改过则返回 409。"),
                {"type": "string", "pattern": '^(W/)?"?[0-9]{1,9}"?$'},
                required=True,
            )
        ]
    extra = (
        {"requestBody": {"content": body.content, "required": any(each.required for each in body.fields.values())}} if body.fields else {}
    )
    _add(
        api,
        "POST",
        f"{known.module}/{known.noun}/{{pk}}/{known.verb}",
        _act(known, body),
        Answer,
        str(known.label),
        f"{known.module}_{known.noun}_{known.verb}",
        tag=known.module,
        description=str(known.help),
        parameters=parameters,
        refusals=tuple(status for status in REFUSALS if versioned or status != 428),
        **extra,
    )


def _add_listing(api: NinjaAPI, known: listings.Listing) -> None:
    row = row_model(known)
    route, name = f"{known.module}/{known.noun}", f"{known.module}_{known.noun}"
    title = str(known.title)
    _add(api, "GET", route, _rows(known), page_model(known, row), title, f"{name}_list", tag=known.module, parameters=_parameters(known))
    _add(api, "GET", f"{route}/{{pk}}", _one(known), row, _("%(title)s：一行") % {"title": title}, f"{name}_read", tag=known.module)


def _parameters(known: listings.Listing) -> list[dict[str, Any]]:
    orders = [f"{sign}{column.name}" for column in known.columns if column.sort for sign in ("", "-")]
    told = [_query_parameter(each.name, str(each.label), {"type": "string"}) for each in known.filters]
    if known.search:
        told.append(_query_parameter("q", _("名称、编号、拼音或首字母，几个词用空格隔开"), {"type": "string"}))
    if known.chips:
        words = "；".join(f"{chip.name} {chip.label}" for chip in known.chips)
        told.append(
            _query_parameter("chip", words, {"type": "array", "items": {"type": "string", "enum": [chip.name for chip in known.chips]}})
        )
    return [
        *told,
        _query_parameter("order", _("排序，减号为倒序"), {"type": "string", "enum": orders, "default": known.order}),
        _query_parameter("limit", _("每页行数"), {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": listings.PAGE}),
        _query_parameter("after", _("上一页的 next"), {"type": "string"}),
        _query_parameter("count", _("1 则同时数出总行数"), {"type": "integer", "enum": [0, 1], "default": 0}),
    ]


def _query_parameter(name: str, words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"in": "query", "name": name, "description": words, "required": False, "schema": schema}


def _header_parameter(name: str, words: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"in": "header", "name": name, "description": words, "required": required, "schema": schema}


def document(api: NinjaAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    told: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=PREFIX))
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    told["components"] |= {
        "schemas": told["components"]["schemas"] | {"Problem": Problem.model_json_schema()},
        "responses": {str(status): {"description": words, "content": problem} for status, words in REFUSALS.items()},
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "POST also needs the X-CSRFToken header."},
        },
    }
    return told | {"security": [{"token": []}, {"session": []}], "servers": [{"url": "/"}]}


@lru_cache(maxsize=4)
def document_in(language: str) -> dict[str, Any]:
    with translation.override(language):
        document_ = document(build())
    return orjson.loads(orjson.dumps(document_, option=orjson.OPT_NON_STR_KEYS))  # type: ignore[no-any-return]


def openapi(request: HttpRequest) -> HttpResponse:
    _only_get(request)
    return HttpResponse(orjson.dumps(document_in(get_language() or "")), content_type="application/json; charset=utf-8")


def index(request: HttpRequest) -> HttpResponse:
    """All operations on one page, for people."""
    _only_get(request)
    groups: dict[str, list[dict[str, Any]]] = {}
    for address, methods in document_in(get_language() or "")["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(
                {"method": method.upper(), "address": address, "summary": operation["summary"], "fields": _fields_of(operation)}
            )
    return render(request, "kernel/api.html", {"groups": groups, "page_title": _("接口"), "openapi_url": reverse("api:openapi")})


def _fields_of(operation: dict[str, Any]) -> list[str]:
    """The names that an operation takes, those that it must have with a star."""
    found = []
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        found += [f"{name}{'*' if name in schema.get('required', []) else ''}" for name in schema.get("properties", {})]
    found += [each["name"] for each in operation["parameters"] if each["in"] == "query"]
    return list(dict.fromkeys(found))


def nowhere(request: HttpRequest) -> NoReturn:
    """Every other address under /api/."""
    raise Unknown(_("没有这个接口地址。"))


def _only_get(request: HttpRequest) -> None:
    if request.method != "GET":
        raise WrongMethod(_("这个接口地址不支持 %(method)s。") % {"method": str(request.method)[:20]})


def _exempt(view: Callable[..., Any]) -> Callable[..., Any]:
    """Leave CSRF to people.middleware, which first answers 401 to strangers; tell a wrong method as a Problem."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = view(request, *args, **kwargs)
        if response.status_code == 405:
            told = middleware.answer(request, WrongMethod(_("这个接口地址不支持 %(method)s。") % {"method": str(request.method)[:20]}))
            told["Allow"] = response["Allow"]
            return told
        return response

    answer.csrf_exempt = True  # type: ignore[attr-defined]
    return answer


def urls() -> tuple[list[URLPattern], str]:
    """The addresses below /api/. To be called once, when all domains have registered."""
    patterns, _app, _namespace = build().urls
    views = [path(f"v1/{each.pattern}", _exempt(each.callback), name=each.name) for each in patterns if each.name != "api-root"]
    own = [path("v1/", _exempt(index), name="index"), path("v1/openapi.json", _exempt(openapi), name="openapi")]
    return [*own, *views, re_path("", _exempt(nowhere), name="nowhere")], "api"
