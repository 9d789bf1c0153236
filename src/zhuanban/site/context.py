"""The frame around every page: navigation, who is signed in, the day, unread notices."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhuanban.domains.cockpit.queries import owed
from zhuanban.kernel import clock, deadlines, notices, roles, show
from zhuanban.kernel.people import Person

NEWSPAPER_READERS = frozenset({"city_leader", "centre_dispatcher", "inspector"})
"""The roles that hold the city's records against the articles: they see, or check, the whole of it."""
HINT_READERS = frozenset({"centre_dispatcher", "inspector", "city_leader", "district_leader"})
"""The roles that check on others: a hint is not for those whom it is about."""


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
        "nav": SimpleLazyObject(lambda: opened(navigation(user), request.path)) if signed_in else [],
        "me": SimpleLazyObject(lambda: me(user)) if signed_in else None,
        "unread": SimpleLazyObject(lambda: notices.unread(user)) if signed_in else 0,
    }


def opened(groups: list[dict[str, Any]], path: str) -> list[dict[str, Any]]:
    """The group of the page that is shown stands open; the others are one press away."""
    fits = [
        (len(each["url"].partition("?")[0]), group)
        for group in groups
        for each in group["items"]
        if path.startswith(each["url"].partition("?")[0])
    ]
    for _length, group in sorted(fits, key=lambda fit: fit[0])[-1:]:
        group["open"] = True
    return groups


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
                    item(_("今日"), reverse("cockpit:home"), "home", badge=owed.badge(user)),
                    item(_("全市总览"), reverse("cockpit:overview"), "chart-bar"),
                    item(_("日历"), reverse("cockpit:calendar"), "calendar-event"),
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
        groups.append(dispatch_group(user))
        groups.append(plans_group(user))
        groups.append(approvals_group(user))
        groups.append(factors_group(user))
        groups.append(problems_group(user))
        groups.append(policies_group(user))
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
        groups.append(group("", [item(_("今日"), reverse("cockpit:home"), "home", badge=owed.badge(user))]))
    groups.append(group(_("系统"), system_items(user)))
    return [each for each in groups if each["items"]]


def plans_group(user) -> dict[str, Any]:
    """When things will really happen."""
    return group(
        _("计划"),
        [
            item(pgettext("many", "节点"), reverse("plans:nodes"), "flag"),
            item(_("横道图"), reverse("plans:chart"), "timeline"),
            item(_("冬季预测"), reverse("plans:winter"), "snowflake"),
            *([item(_("预测回测"), reverse("plans:backtest"), "history")] if user.inside_keys else []),
        ],
    )


def approvals_group(user) -> dict[str, Any]:
    """Permits: their plan, the desks where they lie, how fast they go."""
    inside = bool(user.inside_keys)
    plans = [
        item(_("审批计划"), reverse("approvals:permit_plans"), "hierarchy"),
        item(_("事项目录"), reverse("approvals:catalogue"), "list-details"),
        *([item(_("受理单位"), reverse("approvals:desks"), "building")] if "approvals.set_desk" in user.verbs else []),
    ]
    desk = {"approvals.accept", "approvals.approve", "approvals.give_opinion"} & user.verbs
    cases = [
        *([item(_("部门收件箱"), reverse("approvals:inbox"), "clipboard-check")] if desk else []),
        item(pgettext("many", "办件"), reverse("approvals:cases"), "file-check"),
        item(pgettext("many", "证照"), reverse("approvals:certificates"), "rubber-stamp"),
        item(_("容缺台账"), reverse("approvals:tolerances"), "hourglass"),
        item(_("告知承诺"), reverse("approvals:commitments"), "heart-handshake"),
        *([item(_("审批速度"), reverse("approvals:speeds"), "chart-bar")] if inside else []),
        *([item(_("几天办成"), reverse("approvals:claims"), "calendar-event")] if inside else []),
    ]
    return group(_("审批"), [*plans, *cases])


def factors_group(user) -> dict[str, Any]:
    """What a project needs to be built and run, and its entry into statistics."""
    factors: list[dict[str, Any]] = [
        item(_("要素保障"), reverse("factors:overview"), "bolt"),
        item(_("要素诉求"), reverse("factors:requests"), "list-details"),
        *(
            [
                item(_("要素排查"), reverse("factors:surveys"), "clipboard-check"),
                item(_("供需冲突"), reverse("factors:conflicts"), "alert-triangle"),
                item(_("供给点"), reverse("factors:points"), "affiliate"),
                item(_("资金申报批次"), reverse("factors:batches"), "building-bank"),
            ]
            if user.inside_keys
            else []
        ),
        item(_("资金申报"), reverse("factors:applications"), "report-analytics"),
        item(_("建材储备"), reverse("factors:stocks"), "columns-3"),
        item(_("运输通行证"), reverse("factors:passes"), "rubber-stamp"),
        *([item(_("物资供应"), reverse("factors:offers"), "gift")] if user.inside_keys else []),
        item(_("工人住宿"), reverse("factors:lodging"), "buildings"),
    ]
    inside = bool(user.inside_keys)
    reports = "statistics.report_month" in user.verbs
    statistics: list[dict[str, Any]] = [
        *([item(_("入库入统"), reverse("statistics:entries"), "report-analytics")] if inside or reports else []),
        *([item(_("报统月份"), reverse("statistics:months"), "calendar-event")] if inside else []),
        *([item(_("自报与统计差异"), reverse("statistics:differences"), "scale")] if inside else []),
        *([item(_("入库预测"), reverse("statistics:forecast"), "chart-line")] if inside else []),
        *([item(_("四率"), reverse("statistics:rates"), "chart-dots")] if inside else []),
    ]
    return group(_("要素与统计"), [*factors, *statistics])


def policies_group(user) -> dict[str, Any]:
    """Enterprises and what they are owed."""
    own = "enterprises.tell_fact" in user.verbs and not user.inside_keys
    library: list[dict[str, Any]] = [
        *([item(_("我们能享受什么"), reverse("policies:mine"), "heart-handshake")] if own else []),
        *([item(_("本企业档案"), reverse("enterprises:mine"), "building")] if own else []),
        item(_("政策库"), reverse("policies:policies") + "?as=category", "bookmark"),
        *([item(_("企业档案"), reverse("enterprises:enterprises"), "buildings")] if user.inside_keys else []),
        *([item(_("政策到企"), reverse("policies:letters"), "mail-question")] if user.inside_keys else []),
    ]
    money = {"policies.propose_budget", "policies.approve_budget"} & user.verbs or {"city_leader", "inspector"} & set(user.roles)
    claims: list[dict[str, Any]] = [
        item(_("政策兑现"), reverse("policies:claims"), "clipboard-check"),
        *([item(_("兑现与应享尽享"), reverse("policies:payouts"), "chart-bar")] if user.inside_keys else []),
        *([item(_("兑付资金"), reverse("policies:funds"), "scale")] if money else []),
        *([item(_("政策测算"), reverse("policies:simulations"), "adjustments-horizontal")] if user.inside_keys else []),
    ]
    return group(_("企业与政策"), [*library, *claims])


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


def dispatch_group(user) -> dict[str, Any]:
    """The city's day and week: the lights, the days that sites report, the meetings."""
    inside = bool(user.inside_keys)
    lights = [
        item(_("红黄绿灯"), reverse("dispatch:lights"), "traffic-lights"),
        *([item(_("亮灯疑点"), reverse("dispatch:light_hints"), "eye")] if HINT_READERS.intersection(user.roles) else []),
        *(
            [item(_("亮灯规则"), reverse("dispatch:light_rulebook"), "adjustments-horizontal")]
            if "dispatch.draft_light_rules" in user.verbs
            else []
        ),
    ]
    meetings = [
        item(_("周调度"), reverse("dispatch:meetings"), "presentation"),
        item(_("会议决定"), reverse("dispatch:decisions"), "clipboard-check"),
        item(_("月度状态"), reverse("dispatch:months"), "calendar-event"),
        item(_("开复工与进度"), reverse("dispatch:rates"), "chart-line"),
        item(_("冬季推进"), reverse("dispatch:winter"), "snowflake"),
        item(_("排名"), reverse("dispatch:rankings"), "sort-descending"),
    ]
    files = "dispatch.file_track" in user.verbs
    tracks = [
        *([item(_("今日填报"), reverse("dispatch:today"), "clipboard-check")] if files else []),
        *([item(_("批量填报"), reverse("dispatch:batch"), "table")] if "dispatch.remind_missing" in user.verbs else []),
        item(_("缺报"), reverse("dispatch:missing"), "alert-triangle"),
        item(_("日报台账"), reverse("dispatch:tracks"), "list-details"),
        item(_("填报负担"), reverse("dispatch:burden"), "hourglass"),
    ]
    campaigns = [item(_("攻坚行动"), reverse("campaigns:campaigns"), "target")]
    return group(_("调度"), [*tracks, *lights, *meetings, *campaigns] if inside else [])


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
