"""Signing in and out: a password and a one-time code, the lock after failures, and the demo's one-time links."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.db.models import Case, F, Q, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhuanban.domains.people import sessions, totp
from zhuanban.domains.people.forms import SignInForm
from zhuanban.domains.people.limits import limit
from zhuanban.domains.people.models import LoginLink, OriginFailures, User
from zhuanban.kernel import clock, show
from zhuanban.kernel.pages import local
from zhuanban.kernel.public import public

LINK_HOURS = 24


class Backend:
    """Name, password and one-time code. Unknown, disabled, locked and wrong cost the same and are told alike."""

    def authenticate(self, request, username: str | None = None, password: str | None = None, otp: str = "") -> User | None:
        if not username or password is None:
            return None
        allowed = claim_attempt(username)
        user = User.objects.select_related("organisation", "post").filter(username=username).first()
        if user is None:
            make_password(password)  # as much work as checking one
            return None
        right = user.check_password(password)
        if not (right and allowed and user.is_active and not user.robot and totp.accepts(user, otp)):
            return None
        User.objects.filter(pk=user.pk).update(failures=0, locked_until=None)
        user.failures, user.locked_until = 0, None
        return user

    def get_user(self, pk: int) -> User | None:
        return User.objects.filter(pk=pk, is_active=True, robot=False).first()


def claim_attempt(username: str) -> bool:
    """Count an attempt before the password is looked at, so that no burst of requests gets more than the limit.

    The attempt that reaches the limit locks the account; a right password takes the lock away again.
    """
    now, most = clock.machine_now(), limit("lockout_failures")
    counted = Case(When(locked_until__isnull=False, then=Value(1)), default=F("failures") + 1)
    until = Case(
        When(Q(locked_until=None, failures__gte=most - 1), then=Value(now + timedelta(minutes=limit("lockout_minutes")))), default=None
    )
    open_now = User.objects.filter(Q(locked_until=None) | Q(locked_until__lte=now), username=username)
    return bool(open_now.update(failures=counted, locked_until=until))


def origin_blocked(request: HttpRequest) -> bool:
    since = clock.machine_now() - timedelta(minutes=limit("origin_minutes"))
    return OriginFailures.objects.filter(
        origin=sessions.origin_mark(request), since__gt=since, failures__gte=limit("origin_failures")
    ).exists()


def note_failure(request: HttpRequest, username: str) -> None:
    """Count the failure for its origin and record it; a name that is no account is not written down: it may be a password."""
    now, mark = clock.machine_now(), sessions.origin_mark(request)
    OriginFailures.objects.get_or_create(origin=mark, defaults={"since": now})
    old = Q(since__lte=now - timedelta(minutes=limit("origin_minutes")))
    OriginFailures.objects.filter(origin=mark).update(
        failures=Case(When(old, then=Value(1)), default=F("failures") + 1), since=Case(When(old, then=Value(now)), default=F("since"))
    )
    account = User.objects.filter(username=username).first()
    sessions.record(request, "people.sign_in_failed", sessions.Nobody(), account, locked=bool(account and account.is_locked()))


def safe_next(address: str) -> str:
    """Where to go after signing in: a path of this site, else the home page."""
    return address if local(address) and not address.startswith(("/signin/", "/signout/")) else "/"


@public
@never_cache
@sensitive_post_parameters("password", "otp")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    target = safe_next(request.POST.get("next") or request.GET.get("next", ""))
    if request.method == "GET":
        return redirect(target) if request.user.is_authenticated else _page(request, SignInForm(), target)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form, target, status=422)
    if origin_blocked(request):
        form.add_error(None, _("失败次数过多，请 %(minutes)s 分钟后再试。") % {"minutes": limit("origin_minutes")})
        return _page(request, form, target, status=429)
    user = authenticate(request, **form.cleaned_data)
    if not isinstance(user, User):
        note_failure(request, form.cleaned_data["username"])
        form.add_error(None, _("未能登录：账号、密码或动态口令不正确，或账号暂时不能使用。"))
        return _page(request, form, target, status=422)
    sessions.start(request, user, way="password")
    return redirect(target)


def _page(request: HttpRequest, form: SignInForm, target: str, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "next": target,
        "city": show.city(),
        "notice": _("登录已过期，请重新登录。") if "ended" in request.GET else "",
    }
    return render(request, "signin.html", context, status=status)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        sessions.record(request, "people.sign_out", request.user, request.user)
    sessions.leave(request)
    return redirect("signin")


def make_login_link(user: User) -> str:
    """The token of a link that signs the person in once, within a day, in the demo only."""
    token = secrets.token_urlsafe(24)
    LoginLink.objects.create(user=user, token_hash=hashed(token), expires_at=clock.machine_now() + timedelta(hours=LINK_HOURS))
    return token


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@public
@never_cache
@require_GET
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """The demo's one-time link. Outside the demo there is no such page."""
    if not settings.DEMO:
        raise Http404
    now = clock.machine_now()
    links = LoginLink.objects.filter(token_hash=hashed(token), used_at=None, expires_at__gt=now, user__is_active=True, user__robot=False)
    if not links.update(used_at=now):
        form = SignInForm()
        context = {"form": form, "city": show.city(), "notice": _("这个一次性链接已经用过或已过期。")}
        return render(request, "signin.html", context, status=410)
    sessions.start(request, LoginLink.objects.select_related("user").get(token_hash=hashed(token)).user, way="link")
    return redirect("/")
