"""The frame around every page: navigation, who is signed in, the day, unread notices."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhuanban.kernel import clock, deadlines, notices, roles, show
from zhuanban.kernel.people import Person

NEWSPAPER_READERS = frozenset({"city_leader", "centre_dispatcher", "inspector"})
"""The roles that hold the city's records against the articles: they see, or check, the whole of it."""


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html. Nothing is read before the page prints it."""
    user: Any = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    return {
        "city": show.city(),
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "demo": settings.DEMO,
        "today": SimpleLazyObject(clock.today),
        "today_text": SimpleLazyObject(today_text),
        "nav": SimpleLazyObject(lambda: navigation(user)) if signed_in else [],
        "me": SimpleLazyObject(lambda: me(user)) if signed_in else None,
        "unread": SimpleLazyObject(lambda: notices.unread(user)) if signed_in else 0,
    }


def today_text() -> str:
    day = clock.today()
    days = deadlines.calendar()
    kind = _("工作日") if days.is_workday(day) else _("休息日")
    return f"{show.day(day)} {show.weekday(day)} · {kind}"


def me(user) -> dict[str, str]:
    labels = [roles.label_of(name) for name in user.roles]
    place = str(user.organisation) if user.organisation_id else ""
    return {
        "name": user.name,
        "role_label": " · ".join(filter(None, [place, labels[0] if labels else ""])) or user.name,
        "initials": user.name[:1],
    }


def navigation(user: Person) -> list[dict[str, Any]]:
    """The places this person has business in."""
    business = any(not roles.get(name).realm for name in user.roles)
    groups = []
    if business:
        groups.append(
            group(
                "",
                [
                    item(_("今日"), reverse("cockpit:home"), "home", badge=deadlines.owed_by(user).count()),
                    item(_("全市总览"), reverse("cockpit:overview"), "chart-bar"),
                ],
            )
        )
        groups.append(
            group(
                _("项目"),
                [
                    item(_("项目库"), reverse("portfolio:projects"), "building-factory-2"),
                    item(_("看板"), reverse("portfolio:projects") + "?as=board", "layout-kanban"),
                    item(_("一张图"), reverse("portfolio:projects") + "?as=map", "map-2"),
                    item(_("战略与产业"), reverse("portfolio:goals"), "target"),
                    *([item(_("疑似重复"), reverse("portfolio:pairs"), "copy")] if "portfolio.merge" in user.verbs else []),
                ],
            )
        )
        groups.append(problems_group(user))
        if user.inside_keys:
            groups.append(responsibility_group())
        groups.append(
            group(
                _("阅读"),
                [
                    item(_("指标"), reverse("kernel:figures"), "chart-dots"),
                    *([item(_("见报数据"), reverse("newspaper"), "news")] if NEWSPAPER_READERS.intersection(user.roles) else []),
                ],
            )
        )
    else:
        groups.append(group("", [item(_("今日"), reverse("cockpit:home"), "home", badge=deadlines.owed_by(user).count())]))
    groups.append(group(_("系统"), system_items(user)))
    return [each for each in groups if each["items"]]


def problems_group(user) -> dict[str, Any]:
    """Obstacles: one's own, those on one's desk, and what becomes of them."""
    inside = bool(user.inside_keys)
    reports = "problems.report" in user.verbs
    return group(
        pgettext("many", "问题"),
        [
            *([item(_("上报问题"), reverse("problems:report"), "plus")] if reports else []),
            *([item(_("我上报的问题"), reverse("problems:mine"), "mail-question")] if reports else []),
            *([item(_("我的收件箱"), reverse("problems:inbox"), "clipboard-check")] if inside else []),
            *([item(pgettext("many", "问题"), reverse("problems:problems"), "alert-circle")] if inside else []),
            *([item(_("三级"), reverse("problems:problems") + "?as=ladder", "layout-kanban")] if inside else []),
            *([item(_("部门办理"), reverse("problems:departments"), "chart-bar")] if inside else []),
            *([item(_("难题成因"), reverse("problems:causes"), "chart-dots")] if inside else []),
            *([item(_("承诺台账"), reverse("problems:promises"), "heart-handshake")] if inside or reports else []),
        ],
    )


def responsibility_group() -> dict[str, Any]:
    """Who answers for what."""
    return group(
        _("责任"),
        [
            item(_("包保"), reverse("responsibility:responsibilities"), "users"),
            item(pgettext("many", "专班"), reverse("responsibility:forces"), "hierarchy"),
            item(_("包保缺口"), reverse("responsibility:gaps"), "alert-triangle"),
            item(_("包保负担"), reverse("responsibility:load"), "chart-bar"),
            item(_("五包保四亲自"), reverse("responsibility:duties"), "clipboard-check"),
            item(_("值班"), reverse("responsibility:roster"), "phone"),
        ],
    )


def system_items(user) -> list[dict[str, Any]]:
    items = []
    if "people.request_grant" in user.verbs:
        items += [item(pgettext("many", "账号"), reverse("people:accounts"), "users"), item(_("岗位授权"), reverse("people:grants"), "key")]
    if {"people.register_organisation", "portfolio.register"} & user.verbs:
        items.append(item(pgettext("many", "单位"), reverse("people:organisations"), "building"))
    if "kernel.set_parameter" in user.verbs:
        items.append(item(_("规则参数"), reverse("parameters"), "adjustments"))
    if "audit_admin" in user.roles:
        items.append(item(_("审计台账"), reverse("audit"), "shield-check"))
    items.append(item(_("我的账号"), reverse("people:me"), "user"))
    return items


def group(label: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"label": label, "items": items}


def item(label: str, url: str, icon: str, badge: int = 0) -> dict[str, Any]:
    return {"label": label, "url": url, "icon": icon, "badge": badge or "", "active": False}
