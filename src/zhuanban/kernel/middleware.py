"""The outer rings: headers on every answer, words for every failure, 503 when storage fails."""

from __future__ import annotations

import errno
import json
import logging
import secrets
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.kernel import memo
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.errors import Failure, StorageDown, Unknown
from zhuanban.kernel.words import Words

log = logging.getLogger(__name__)
Next: TypeAlias = Callable[[HttpRequest], HttpResponse]
LARGEST_ID = 2**63 - 1
FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


class SecurityHeaders:
    """First of all, so that even the 400 of a bad Host carries the headers."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.csp_nonce = mark = secrets.token_urlsafe(16)  # type: ignore[attr-defined]  # Django's request knows no nonce
        response = self.get_response(request)
        nonce = f"'nonce-{mark}'"
        response.headers.setdefault(
            "Content-Security-Policy",
            f"default-src 'none'; script-src 'self' {nonce}; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
            "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        )
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=(self)")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class StorageFailure:
    """Answer 503 in words when the database or the disk fails in a page; touches neither on the way out.

    What fails before the page, for instance while the session is read, comes to `server_error`: Django turns what a middleware
    raises into an answer before the next one outward could catch it.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if is_storage(problem):
            log.exception("storage failed", exc_info=problem)
            return storage_answer(request)
        return None


def is_storage(problem: BaseException) -> bool:
    if isinstance(problem, OperationalError | InterfaceError) or type(problem).__name__ == "PoolTimeout":
        return True
    if isinstance(problem, OSError) and problem.errno in FULL_DISK:
        return True
    return isinstance(problem, DatabaseError) and "full" in str(problem).lower()


def storage_answer(request: HttpRequest) -> HttpResponse:
    return answer(request, StorageDown())


class ReadOnce:
    """What a page that only reads asks many times is read once."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        with memo.remembered():
            return self.get_response(request)


class WordsForErrors:
    """Turn a Failure into an answer in the user's words: JSON for machines, a toast for htmx, a page for people."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """A number in the address that no column holds names no record, and a NUL in the query is nobody's question."""
        if "%00" in request.META.get("QUERY_STRING", ""):
            return bad_request(request)
        return answer(request, Unknown()) if any(isinstance(each, int) and each > LARGEST_ID for each in kwargs.values()) else None

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, BadValue):
            problem = Failure(problem.translated(_))
            problem.status = 422
        return answer(request, problem) if isinstance(problem, Failure) else None


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def answer(request: HttpRequest, failure: Failure) -> HttpResponse:
    if wants_json(request):
        return JsonResponse(failure.as_dict(), status=failure.status, json_dumps_params={"ensure_ascii": False})
    if request.headers.get("HX-Request"):
        response = HttpResponse(failure.message, status=failure.status, content_type="text/plain; charset=utf-8")
        response["HX-Trigger"] = json.dumps({"toast": {"text": failure.message, "status": failure.status}})
        return response
    page = failure.status if failure.status in {400, 403, 404, 409, 429, 503} else 400
    text = render_to_string(f"errors/{page}.html", {"message": failure.message, "csp_nonce": getattr(request, "csp_nonce", "")})
    return HttpResponse(text, status=failure.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    failure = Failure(_("页面已过期，请刷新后重新提交。"))
    failure.status, failure.code = 403, "csrf"
    return answer(request, failure)


def _standing(status: int, code: str, words: Words) -> Callable[..., HttpResponse]:
    def view(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        if wants_json(request):
            return JsonResponse({"error": code, "message": str(words)}, status=status, json_dumps_params={"ensure_ascii": False})
        return render(None, f"errors/{status}.html", {"csp_nonce": getattr(request, "csp_nonce", "")}, status=status)

    return view


bad_request = _standing(400, "bad_request", gettext_lazy("请求不完整或不合规，请检查后重试。"))
forbidden = _standing(403, "not_allowed", gettext_lazy("您的岗位不能在这里办理此事。"))
not_found = _standing(404, "not_found", gettext_lazy("没有找到这个页面，或者您无权查看。"))
_fault = _standing(500, "server_error", gettext_lazy("系统出错了，已记录；请稍后重试。"))


def server_error(request: HttpRequest) -> HttpResponse:
    """The 500, or the 503 when it was storage that failed outside of any page."""
    problem = sys.exc_info()[1]
    return storage_answer(request) if problem is not None and is_storage(problem) else _fault(request)
