"""Who is asking: sessions for people, keys for machines, and nothing without either unless a view is marked public."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from zhuanban.domains.people import sessions, signin, totp
from zhuanban.domains.people.models import ApiToken, User
from zhuanban.kernel import clock

ALWAYS_OPEN = {"signout", "people:password", "people:second_factor", "people:language"}
"""What a person may open while a new password or a second factor is still owed."""
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


class SignedIn:
    """Attaches `request.user`; whoever is not signed in meets the sign-in page, or 401 in the API."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response
        self.csrf = CsrfViewMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = SimpleLazyObject(lambda: _who(request) or sessions.Nobody())  # type: ignore[assignment]
        request.token = _bearer(request)  # type: ignore[attr-defined]
        if request.token:  # type: ignore[attr-defined]
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if getattr(view, "public", False):
            return None
        user = _who(request)
        if user is None:
            request.user = sessions.Nobody()  # type: ignore[assignment]
            return _refuse(request)
        request.user = user
        translation.activate(user.language)
        request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
        if request.token:  # type: ignore[attr-defined]
            return None
        if not getattr(view, "background", False):
            sessions.note_activity(request, user)
        return _still_owed(request, user) or self._forged(request, view)

    def _forged(self, request: HttpRequest, view) -> HttpResponse | None:
        """A browser's session must prove by its CSRF token that the page is ours, also where the API framework waives it."""
        if request.method in SAFE or not getattr(view, "csrf_exempt", False):
            return None
        request.csrf_processing_done = False  # type: ignore[attr-defined]
        return self.csrf.process_view(request, _ordinary, (), {})


def _ordinary(request: HttpRequest) -> HttpResponse:
    """Stands for a view that is not exempt from CSRF checks."""
    return HttpResponse()


def _who(request: HttpRequest) -> User | None:
    token = request.token  # type: ignore[attr-defined]
    return user_of_token(token) if token else sessions.user_of(request)


def _bearer(request: HttpRequest) -> str:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and request.path.startswith("/api/") else ""


def user_of_token(token: str) -> User | None:
    """The person for whom a machine's key acts; its use is noted at most once a minute."""
    now = clock.machine_now()
    known = ApiToken.objects.select_related("user__organisation", "user__post").filter(
        token_hash=signin.hashed(token), expires_at__gt=now, user__is_active=True, user__robot=False
    )
    found = known.first()
    if found is None:
        return None
    if found.last_used_at is None or now - found.last_used_at >= timedelta(seconds=sessions.NOTED_EVERY):
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found.user


def _refuse(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"error": "not_signed_in", "message": _("请先登录，或出示有效的接口密钥。")},
            status=401,
            headers={"WWW-Authenticate": "Bearer"},
            json_dumps_params={"ensure_ascii": False},
        )
    came_from = _page_of(request)
    address = reverse("signin") + ("?" + urlencode({"next": came_from}) if came_from != "/" else "")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _page_of(request: HttpRequest) -> str:
    """The page to come back to: the one asked for, or the one that holds the part asked for."""
    if request.headers.get("HX-Request"):
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        return page.path + (f"?{page.query}" if page.query else "") or "/"
    return request.get_full_path() if request.method == "GET" else "/"


def _still_owed(request: HttpRequest, user: User) -> HttpResponse | None:
    """A new password where it must be changed, a second factor where it is required: nothing else opens before."""
    match = request.resolver_match
    if match and match.view_name in ALWAYS_OPEN:
        return None
    if user.must_change_password:
        return _send(request, "people:password", _("请先修改密码。"))
    if totp.missing(user):
        return _send(request, "people:second_factor", _("请先启用动态口令。"))
    return None


def _send(request: HttpRequest, page: str, words: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"error": "not_ready", "message": words}, status=403, json_dumps_params={"ensure_ascii": False})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse(page)})
    return HttpResponseRedirect(reverse(page))
