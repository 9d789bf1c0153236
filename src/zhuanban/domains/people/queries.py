"""Reads over areas and people: areas by code, what lies beneath, where figures are rolled up, who is an administrator."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext, gettext_noop

from zhuanban.domains.people.models import Area, AreaCode, RoleGrant, User
from zhuanban.kernel import clock
from zhuanban.kernel.actions import REGISTRY
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.codes import parse_area_code
from zhuanban.kernel.models import Event


def area_for_code(code: str, on: date | None = None) -> Area:
    """The area that a code means: today's area for old codes too. With `on`, only codes valid on that day. Raises BadValue."""
    text = parse_area_code(code)
    day = on or clock.today()
    known = AreaCode.objects.select_related("area").filter(code=text)
    valid = known.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day))
    found = valid.first() or (None if on else known.order_by("-valid_to").first())
    if found is None:
        raise BadValue(gettext_noop("行政区划代码“%(code)s”不在本市的代码表中。"), key="area.unknown", code=text)
    return found.area


def subtree_keys(area: str) -> set[str]:
    """The area's key and the keys of all areas that belong to it."""
    beneath: dict[str | None, list[str]] = {}
    for key, parent in Area.objects.values_list("key", "parent"):
        beneath.setdefault(parent, []).append(key)
    found, left = set(), [area]
    while left:
        found.add(key := left.pop())
        left += beneath.get(key, [])
    return found


def rolled_up() -> dict[str, str]:
    """Area key -> the key under which figures of districts count it: a zone's host, else the area itself."""
    return {key: host or key for key, host in Area.objects.values_list("key", "host")}


def hosted_keys(district: str) -> set[str]:
    """The district's key and those of the zones that it hosts."""
    return {key for key, counted_in in rolled_up().items() if counted_in == district}


def districts() -> QuerySet[Area]:
    """The city's districts, counties and zones in their official order, without the city itself."""
    return Area.objects.exclude(parent=None).order_by("position")


def holders(role: str, on: date | None = None) -> QuerySet[User]:
    """The accounts that hold a role of their own on a day."""
    grants = RoleGrant.objects.in_force_on(on or clock.today()).filter(role=role)
    return User.objects.filter(pk__in=grants.values("user"), is_active=True).order_by("pk")


def robot() -> User:
    """The account that the sweep and the loaders act as. Nobody can sign in to it."""
    return User.objects.get_or_create(username="robot", defaults={"name": "系统", "robot": True, "staff": False, "password": "!"})[0]


EVENT_WORDS = {
    "people.sign_in": gettext_noop("登录"),
    "people.sign_in_failed": gettext_noop("登录失败"),
    "people.sign_out": gettext_noop("退出登录"),
    "people.declare_absence": gettext_noop("登记外出"),
    "people.end_absence": gettext_noop("结束外出"),
    "people.change_password": gettext_noop("修改密码"),
    "people.enrol_second_factor": gettext_noop("启用动态口令"),
    "people.drop_second_factor": gettext_noop("停用动态口令"),
    "people.create_token": gettext_noop("新建接口密钥"),
    "people.revoke_token": gettext_noop("作废接口密钥"),
}
"""What is recorded of people beside the verbs, in words."""
LOOKED_BACK = 20_000
"""Events of a ledger through which one account's are looked for."""


def event_words(verb: str) -> str:
    known = REGISTRY.get(verb)
    return str(known.label) if known else gettext(EVENT_WORDS.get(verb, verb))


def happened_to(user: User, count: int = 30) -> list[dict[str, Any]]:
    """The latest changes to an account and its rights."""
    ledger = user.dossier
    recent = Event.objects.filter(dossier=ledger, seq__gt=ledger.head_seq - LOOKED_BACK).order_by("-seq")
    subjects = {f"people.user:{user.pk}", *(f"people.rolegrant:{pk}" for pk in user.role_grants.values_list("pk", flat=True))}
    return [
        {"at": event.at, "words": event_words(event.verb), "actor": event.actor} for event in recent.filter(subject__in=subjects)[:count]
    ]
