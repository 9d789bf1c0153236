"""When a certificate may be extended, voided, revoked, and what its holder must report (建筑法 第九至十一条)."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _

from zhuanban.domains.approvals.models import Certificate
from zhuanban.domains.approvals.rules import cases
from zhuanban.kernel import clock

PERMIT = "CP"
"""The code of the construction permit, the one whose holder must start in time."""


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where there is none.

    >>> months_after(date(2022, 11, 30), 3), months_after(date(2023, 1, 31), 1)
    (datetime.date(2023, 2, 28), datetime.date(2023, 2, 28))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(1)).day
    return date(year, month + 1, min(day.day, last))


def must_reverify(stopped: date, resumed: date, months: int) -> bool:
    """Whether the works stood so long that the permit is looked at anew."""
    return resumed >= months_after(stopped, months)


def over(row: Certificate) -> str:
    return _("证照已于%(day)s失效：%(why)s") % {"day": row.ended_on, "why": row.end_reason} if row.ended_on else ""


def only_permit(row: Certificate) -> str:
    return over(row) or ("" if row.item.code == PERMIT else _("只有施工许可证有这一步。"))


def cannot_start(row: Certificate) -> str:
    return only_permit(row) or (_("已于%(day)s开工。") % {"day": row.started_on} if row.started_on else "")


def cannot_extend(most: int):
    """At most so many times, and only before the works begin and the day is over."""

    def rule(row: Certificate) -> str:
        if reason := cannot_start(row):
            return reason
        if row.start_by and row.start_by < clock.today():
            return _("应开工日%(day)s已过，不能再延期。") % {"day": row.start_by}
        return _("已经延期 %(n)s 次，不能再延。") % {"n": row.extensions} if row.extensions >= most else ""

    return rule


def standing_still(row: Certificate) -> bool:
    return row.stopped_on is not None and row.resumed_on is None


def cannot_stop(row: Certificate) -> str:
    if reason := only_permit(row):
        return reason
    if row.started_on is None:
        return _("还没有开工，不需要报告中止施工。")
    return _("已于%(day)s中止施工。") % {"day": row.stopped_on} if standing_still(row) and row.stop_reported_on else ""


def cannot_resume(row: Certificate) -> str:
    return only_permit(row) or ("" if standing_still(row) else _("现在没有中止施工。"))


def cannot_reverify(row: Certificate) -> str:
    return only_permit(row) or ("" if row.must_reverify else _("不需要核验。"))


def cannot_void(row: Certificate) -> str:
    return over(row) or cases.refused(row.case, "void")


def cannot_revoke(row: Certificate) -> str:
    return over(row) or cases.refused(row.case, "revoke")


def not_holder(user, row: Certificate) -> str:
    """The firm that holds it, or whoever carries the project."""
    return "" if cases.is_applicant(user, row.case.applicant_id) or user.inside_keys else _("须由持证单位办理。")


def not_desk(user, row: Certificate) -> str:
    return cases.not_desk(user, row.case)
