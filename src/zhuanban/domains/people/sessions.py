"""Signed-in browsers: begun with a fresh key, ended by idleness, by age, by their owner or by an administrator."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, login
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_noop

from zhuanban.domains.people import passwords
from zhuanban.domains.people.limits import limit
from zhuanban.domains.people.models import User, UserSession
from zhuanban.kernel import access, clock, people, timeline

BACKEND = "zhuanban.domains.people.signin.Backend"
STARTED, SEEN = "started", "seen"
NOTED_EVERY = 60
"""Seconds between two notes of activity."""


class SignedInRequest(people.SignedInRequest):
    """The same, whose person is known by the whole account: for the pages of people."""

    user: User


class Nobody:
    """Who has not signed in: no name, no grants, no rights."""

    pk = id = None
    username = name = ""
    language = ""
    is_authenticated = is_active = staff = robot = False
    is_anonymous = True
    organisation = organisation_id = last_visit_at = None
    grants: tuple = ()
    roles: tuple = ()
    verbs: frozenset[str] = frozenset()
    principal_keys: frozenset[str] = frozenset()

    def keys_for(self, verb: str) -> set[str]:
        return set()

    def principal_ids(self) -> list[int]:
        return []

    def sees_few(self) -> bool:
        return True

    def in_realm(self, realm: str) -> bool:
        return False


def address_of(request: HttpRequest) -> str:
    """The network address that asks; behind a trusted proxy the one that the proxy saw."""
    if settings.SECURE_PROXY_SSL_HEADER and (hops := request.headers.get("X-Forwarded-For", "")):
        return hops.rpartition(",")[2].strip()[:60]
    return request.META.get("REMOTE_ADDR", "")[:60]


def origin_mark(request: HttpRequest) -> str:
    """A keyed hash of the address: the trail can tell two origins apart and holds no address."""
    return salted_hmac("zhuanban.origin", address_of(request), secret=settings.FIELD_KEY, algorithm="sha256").hexdigest()[:16]


def record(request: HttpRequest, verb: str, by, account: User | None, **data) -> None:
    subject = f"people.user:{account.pk}" if account else ""
    timeline.record(
        access.ledger("signins", title=gettext_noop("登录台账")), verb, by=by, subject=subject, origin=origin_mark(request), **data
    )


def start(request: HttpRequest, user: User, *, way: str) -> None:
    """Sign the person in under a session key that nobody knew before. A password past its days must be changed first."""
    leave(request)
    login(request, user, backend=BACKEND)
    _begin(request, user)
    user.last_visit_at, user.this_visit_at = user.this_visit_at, clock.now()
    user.must_change_password = user.must_change_password or passwords.expired(user)
    user.save(update_fields=["last_visit_at", "this_visit_at", "must_change_password"])
    _end_surplus(user, request.session.session_key)
    record(request, "people.sign_in", user, user, way=way)


def _begin(request: HttpRequest, user: User) -> None:
    now = clock.machine_now()
    request.session[STARTED] = request.session[SEEN] = int(now.timestamp())
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "started_at": now,
            "seen_at": now,
            "origin": address_of(request),
            "agent": request.headers.get("User-Agent", "")[:200],
        },
    )


def _end_surplus(user: User, key: str | None) -> None:
    """Drop what has run out, and the oldest beyond as many as an account may have."""
    others = UserSession.objects.filter(user=user).exclude(session_key=key)
    most = limit("sessions_per_account")
    surplus = list(others.order_by("-started_at")[most - 1 :]) if most else []
    for session in [*others.exclude(pk__in=alive(user).values("pk")), *surplus]:
        end(session)


def alive(user: User):
    """The person's sessions that have not run out."""
    now = clock.machine_now()
    return UserSession.objects.filter(
        user=user,
        seen_at__gt=now - timedelta(seconds=settings.IDLE_LOGOUT_SECONDS),
        started_at__gt=now - timedelta(seconds=settings.ABSOLUTE_LOGOUT_SECONDS),
    ).order_by("-seen_at")


def end(session: UserSession) -> None:
    """The browser is signed out at its next request."""
    import_module(settings.SESSION_ENGINE).SessionStore(session.session_key).delete()
    UserSession.objects.filter(pk=session.pk).delete()


def end_all(user: User, *, but: str | None = None) -> None:
    for session in UserSession.objects.filter(user=user).exclude(session_key=but or ""):
        end(session)


def leave(request: HttpRequest) -> None:
    """Sign this browser out."""
    UserSession.objects.filter(session_key=request.session.session_key or "").delete()
    request.session.flush()


def user_of(request: HttpRequest) -> User | None:
    """The person of the request's session: one query for the session, one for the person. A session that has run out is ended."""
    session = request.session
    if SESSION_KEY not in session or session.get(BACKEND_SESSION_KEY) != BACKEND:
        return None
    user = User.objects.select_related("organisation", "post").filter(pk=session[SESSION_KEY], is_active=True, robot=False).first()
    if user is None or not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()) or _run_out(session):
        leave(request)
        return None
    return user


def _run_out(session) -> bool:
    now = int(clock.machine_now().timestamp())
    idle, age = now - session.get(SEEN, now), now - session.get(STARTED, now)
    return idle >= settings.IDLE_LOGOUT_SECONDS or age >= settings.ABSOLUTE_LOGOUT_SECONDS


def note_activity(request: HttpRequest, user: User) -> None:
    """Note at most once a minute that the person is here."""
    session, now = request.session, clock.machine_now()
    if STARTED not in session:
        _begin(request, user)
    elif int(now.timestamp()) - session[SEEN] >= NOTED_EVERY:
        session[SEEN] = int(now.timestamp())
        UserSession.objects.filter(session_key=session.session_key).update(seen_at=now)


def renew(request: HttpRequest, user: User) -> None:
    """After a change of password: this browser stays under a new key, all others are signed out."""
    old = request.session.session_key
    end_all(user, but=old)
    request.session.cycle_key()
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)
