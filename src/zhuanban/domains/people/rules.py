"""When rights, accounts and absences may be changed: the reason against, or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from zhuanban.domains.people.models import Absence, Area, Organisation, RoleGrant, User
from zhuanban.kernel import clock, roles
from zhuanban.kernel.words import listed

ADMINISTRATORS = frozenset({"sys_admin", "sec_admin", "audit_admin"})
KEPT_APART = (ADMINISTRATORS, frozenset({"policy_owner", "payer"}))
"""Roles of which one person holds at most one of each set: GB/T 22239-2019 for the administrators, payment rules for the last."""
FEWEST_SECURITY_ADMINISTRATORS = 2


def waiting(grant: RoleGrant) -> str:
    return "" if grant.state == RoleGrant.State.REQUESTED else _("这条授权不在待批准状态。")


def in_force(grant: RoleGrant) -> str:
    return "" if grant.state == RoleGrant.State.APPROVED else _("这条授权不在有效状态。")


def open_account(user: User) -> str:
    if user.robot:
        return _("系统内置账号不在此管理。")
    return "" if user.is_active else _("账号已停用。")


def closed_account(user: User) -> str:
    return _("账号正在使用。") if user.is_active else ""


def locked(user: User) -> str:
    return open_account(user) or ("" if user.failures or user.is_locked() else _("账号没有被锁定。"))


def with_second_factor(user: User) -> str:
    return open_account(user) or ("" if user.totp_secret else _("账号没有启用动态口令。"))


def scope_mismatch(role: str, area: Area | None, organisation: Organisation | None) -> str:
    """A grant is over exactly one thing, and over one that its role is for; administrators serve the whole city."""
    if role not in roles.REGISTRY:
        return _("没有这个角色。")
    scopes = roles.get(role).scopes
    given = "area" if area and not organisation else "organisation" if organisation and not area else "own" if not area else ""
    if given not in scopes:
        words = {"area": _("一个区域"), "organisation": _("一个单位"), "own": _("本人承担的事项（区域和单位都不填）")}
        return _("“%(role)s”应授予：%(scopes)s。") % {"role": roles.label_of(role), "scopes": _("或").join(words[each] for each in scopes)}
    if roles.get(role).realm and area and area.pk != settings.CITY["area"]:
        return _("“%(role)s”只能对全市授予。") % {"role": roles.label_of(role)}
    return ""


def unfit_for_role(user: User, role: str) -> str:
    if roles.get(role).staff and not user.staff:
        return _("机关岗位不能授予机关以外的账号。")
    return ""


def already_there(user: User, role: str, area: Area | None, organisation: Organisation | None, from_day: date, to_day: date | None) -> str:
    same = RoleGrant.objects.unfinished(from_day).filter(user=user, role=role, area=area, organisation=organisation)
    if to_day:
        same = same.filter(from_day__lte=to_day)
    return _("这些天里已有同样的授权或申请。") if same.exists() else ""


def held_by(people: Iterable[int], today: date) -> set[str]:
    """The roles that these people hold, will hold or have asked for."""
    return set(RoleGrant.objects.unfinished(today).filter(user__in=list(people)).values_list("role", flat=True))


def stands_for(user: User, today: date) -> set[int]:
    """The person and those whom the person stands in for, now or later."""
    away = Absence.objects.filter(deputy=user, to_day__gte=today, ended_at=None).values_list("user", flat=True)
    return {user.pk, *away}


def mixed(held: set[str]) -> str:
    """Whether roles come together that must be kept apart."""
    for kept_apart in KEPT_APART:
        if len(both := sorted(held & kept_apart)) > 1:
            names = listed(roles.label_of(role) for role in both)
            return _("%(names)s不能由同一人担任。") % {"names": names}
    return ""


def mixes_with(user: User, role: str) -> str:
    """Whether the role would meet one that it must be kept apart from: with the person or with a deputy of the person."""
    today = clock.today()
    deputies = User.objects.filter(Q(deputising__user=user, deputising__to_day__gte=today, deputising__ended_at=None)).distinct()
    for person in (user, *deputies):
        if reason := mixed({role, *held_by(stands_for(person, today) | {user.pk}, today)}):
            return reason
    return ""


def last_security_administrators(user: User, but: RoleGrant | None = None) -> str:
    """Two security administrators must stay, or nobody could ever be given a right again."""
    today = clock.today()
    grants = RoleGrant.objects.in_force_on(today).filter(role="sec_admin", user__is_active=True)
    ending = grants.filter(pk=but.pk) if but else grants.filter(user=user)
    if not ending.exists():
        return ""
    left = set(grants.exclude(pk__in=ending.values("pk")).values_list("user", flat=True))
    return _("至少要保留两名安全管理员。") if len(left) < FEWEST_SECURITY_ADMINISTRATORS else ""


def is_security_administrator(user: User) -> bool:
    return "sec_admin" in held_by([user.pk], clock.today())


def cannot_stand_in(user: User, deputy: User, from_day: date, to_day: date) -> str:
    """Why the deputy cannot take over on these days."""
    if deputy.pk == user.pk:
        return _("代理人不能是本人。")
    if open_account(deputy) or deputy.staff != user.staff or deputy.organisation_id != user.organisation_id:
        return _("代理人应是本单位在用的账号。")
    days = Q(from_day__lte=to_day, to_day__gte=from_day, ended_at=None)
    if Absence.objects.filter(days, user=user).exists():
        return _("这些天里已登记过外出。")
    if Absence.objects.filter(days, user=deputy).exists():
        return _("代理人在这些天里也外出。")
    if Absence.objects.filter(days, deputy=user).exists():
        return _("您在这些天里是别人的代理人，请先让对方换人。")
    today = clock.today()
    return mixed(held_by({user.pk, *stands_for(deputy, today)}, today))
