"""The REST API, made from the registries: every verb a POST, every listing two GETs, and figures, events and the caller's rights.

Signing in, CSRF, failures and storage are the middlewares' work (people.middleware.SignedIn, kernel.middleware). The site includes
it with `path("api/", include(api.urls()))`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, NoReturn

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, re_path, reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from ninja import NinjaAPI
from ninja.renderers import BaseRenderer

from zhuanban.kernel import actions, listings, middleware
from zhuanban.kernel import api_calls as calls
from zhuanban.kernel.api_schema import Answer, Body, Events, Figures, FigureValue, Me, Problem, page_model, row_model
from zhuanban.kernel.errors import Failure, Unknown
from zhuanban.kernel.words import clauses

PREFIX = "/api/v1/"

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


class WrongMethod(Failure):
    status, code = 405, "wrong_method"


class Json(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data)


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
    scope = [
        _in_query("area", _("属地"), type="string", maxLength=12),
        _in_query("year", _("年度"), type="integer", minimum=1950, maximum=2100),
    ]
    after = _in_query("after", _("从这个序号之后读起"), type="integer", minimum=0)
    _add(api, "figures", calls.list_figures, Figures, "figures_list", _("全部指标"))
    _add(api, "figures/{name}", calls.read_figure, FigureValue, "figures_read", _("一个指标的现值和依据"), parameters=scope)
    _add(api, "dossiers/{pk}/events", calls.list_events, Events, "dossiers_events", _("卷宗的时间线"), parameters=[after, _limit()])
    _add(api, "me", calls.me, Me, "me", _("我是谁，能办什么"))
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
    route: str,
    view: Callable[..., Any],
    response: Any,
    operation_id: str,
    summary: str,
    *,
    method: str = "GET",
    description: str = "",
    refusals: tuple[int, ...] = READ_REFUSALS,
    **told: Any,
) -> None:
    """`told` are further parts of the operation in the OpenAPI document."""
    told["responses"] = {status: {"$ref": f"#/components/responses/{status}"} for status in refusals}
    names = {"operation_id": operation_id, "summary": summary, "description": description or None, "tags": [route.partition("/")[0]]}
    api.api_operation([method], f"/{route}", response=response, exclude_unset=True, openapi_extra=told, **names)(view)  # type: ignore[arg-type]


def _add_verb(api: NinjaAPI, known: actions.Action) -> None:
    body = Body(known)
    versioned = not known.creates and any(each.name == "version" for each in known.on._meta.concrete_fields)
    told: dict[str, Any] = {
        "parameters": [_in_header("Idempotency-Key", _("同一编号重复提交，只办一次，返回第一次的结果。"), minLength=1, maxLength=80)]
    }
    if versioned:
        words = _("读到的版本号；中间被别人改过则返回 409。")
        told["parameters"].append(_in_header("If-Match", words, pattern='^(W/)?"?[0-9]{1,9}"?$') | {"required": True})
    if body.fields:
        told["requestBody"] = {"content": body.content, "required": any(each.required for each in body.fields.values())}
    route, name = f"{known.module}/{known.noun}/{{pk}}/{known.verb}", f"{known.module}_{known.noun}_{known.verb}"
    refusals = tuple(status for status in REFUSALS if versioned or status != 428)
    view = calls.act(known, body)
    _add(api, route, view, Answer, name, str(known.label), method="POST", description=str(known.help), refusals=refusals, **told)


def _add_listing(api: NinjaAPI, known: listings.Listing) -> None:
    row, title = row_model(known), str(known.title)
    route, name = f"{known.module}/{known.noun}", f"{known.module}_{known.noun}"
    _add(api, route, calls.rows(known), page_model(known, row), f"{name}_list", title, parameters=_parameters(known))
    _add(api, f"{route}/{{pk}}", calls.one(known), row, f"{name}_read", _("%(title)s：一行") % {"title": title})


def _parameters(known: listings.Listing) -> list[dict[str, Any]]:
    orders = [f"{sign}{column.name}" for column in known.columns if column.sort for sign in ("", "-")]
    told = [_in_query(each.name, str(each.label), type="string") for each in known.filters]
    if known.search:
        told.append(_in_query("q", _("名称、编号、拼音或首字母，几个词用空格隔开"), type="string"))
    if known.chips:
        words = clauses(f"{chip.name} {chip.label}" for chip in known.chips)
        told.append(_in_query("chip", words, type="array", items={"type": "string", "enum": [chip.name for chip in known.chips]}))
    return [
        *told,
        _in_query("order", _("排序，减号为倒序"), type="string", enum=orders, default=known.order),
        _limit(),
        _in_query("after", _("上一页的 next"), type="string"),
        _in_query("count", _("1 则同时数出总行数"), type="integer", enum=[0, 1], default=0),
    ]


def _limit() -> dict[str, Any]:
    return _in_query("limit", _("每页行数"), type="integer", minimum=1, maximum=calls.MOST_ROWS, default=listings.PAGE)


def _in_query(name: str, words: str, **schema: Any) -> dict[str, Any]:
    return {"in": "query", "name": name, "description": words, "required": False, "schema": schema}


def _in_header(name: str, words: str, **schema: Any) -> dict[str, Any]:
    return {"in": "header", "name": name, "description": words, "required": False, "schema": {"type": "string", **schema}}


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


@require_GET
def openapi(request: HttpRequest) -> HttpResponse:
    return HttpResponse(orjson.dumps(document_in(get_language() or "")), content_type="application/json; charset=utf-8")


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All operations on one page, for people."""
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
    found: list[Any] = build().urls[0]
    views = [path(f"v1/{each.pattern}", _exempt(each.callback), name=each.name) for each in found if each.name != "api-root"]
    own = [path("v1/", _exempt(index), name="index"), path("v1/openapi.json", _exempt(openapi), name="openapi")]
    return [*own, *views, re_path("", _exempt(nowhere), name="nowhere")], "api"
