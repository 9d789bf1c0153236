"""Taking a case with secondary papers missing (容缺受理): which papers, for how long, and from whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Protocol

from django.utils.translation import gettext as _

from zhuanban.domains.approvals.models import BadFaithMark, Commitment
from zhuanban.domains.approvals.rules.clocks import WORKDAY
from zhuanban.domains.people.models import Organisation
from zhuanban.engines.calendars import WorkCalendar
from zhuanban.kernel.words import listed


class Sheet(Protocol):
    """What the rules look at in a paper."""

    primary: bool

    @property
    def there(self) -> bool: ...


def longest(promised_days: int | None, unit: str, start: date, calendar: WorkCalendar) -> int | None:
    """The most working days that a paper may come later, extension included: those of the item's own promised limit.

    >>> office = WorkCalendar({}, frozenset({2023}), "plain")
    >>> longest(7, "workday", date(2023, 2, 6), office), longest(7, "calendar", date(2023, 2, 6), office)
    (7, 5)
    """
    if promised_days is None or unit == WORKDAY:
        return promised_days
    return calendar.elapsed_working_days(start, start + timedelta(promised_days))


def too_long(days: int, limit: int | None, already: int = 0) -> str:
    """The deadline of a tolerated paper never exceeds the item's promised limit."""
    if limit is None:
        return _("这个事项没有承诺时限，不能容缺。")
    if days < 1:
        return _("补正时限至少一个工作日。")
    if already + days > limit:
        return _("补正时限合计 %(n)s 天，超过本事项承诺时限 %(limit)s 天。") % {"n": already + days, "limit": limit}
    return ""


def usual_days(limit: int | None, default: int) -> int:
    """The default term, cut to the item's promised limit.

    >>> usual_days(5, 10), usual_days(20, 10)
    (5, 10)
    """
    return default if limit is None else max(min(default, limit), 1)


def may_not_lack(papers: Iterable[Sheet]) -> str:
    """Only secondary papers may be missing, and at least one is."""
    lacking = [paper for paper in papers if not paper.there]
    if main := [paper for paper in lacking if paper.primary]:
        return _("主要材料不能容缺：%(names)s。") % {"names": listed(main)}
    return "" if lacking else _("材料齐全，不需要容缺受理。")


def distrusted(organisation: Organisation | None, day: date) -> str:
    """Whoever has an unrepaired mark of bad faith is taken nothing from on trust."""
    if organisation is None:
        return _("没有登记申请人，不能容缺或承诺。")
    mark = next((each for each in BadFaithMark.objects.filter(organisation=organisation) if each.standing(day)), None)
    if mark is None:
        return ""
    return _("%(name)s有未修复的失信记录（%(day)s：%(why)s），不适用容缺受理和告知承诺。") % {
        "name": organisation,
        "day": mark.marked_on,
        "why": mark.reason,
    }


def barred(organisation: Organisation | None, day: date) -> str:
    """After a commitment was revoked the applicant may not commit for a while."""
    row = Commitment.objects.filter(organisation=organisation, barred_until__gte=day).order_by("-barred_until").first()
    if organisation is None or row is None:
        return ""
    return _("%(name)s的承诺曾被撤销，%(day)s前不适用告知承诺。") % {"name": organisation, "day": row.barred_until}
