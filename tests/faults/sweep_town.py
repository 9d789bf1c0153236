"""A city with many fresh problems, made by the verbs."""

from __future__ import annotations

from datetime import UTC, date, datetime

from zhuanban.domains.people.models import Area, RoleGrant, User
from zhuanban.domains.portfolio.actions import register
from zhuanban.domains.problems.actions import report
from zhuanban.domains.problems.models import ProblemKind
from zhuanban.kernel import clock


def town_with_problems(number: int, day: date) -> None:
    """So many problems on three projects, reported at ten in the morning of a day."""
    clock.set_shift(datetime(day.year, day.month, day.day, 2, tzinfo=UTC) - datetime.now(UTC))
    boss, other = (User.objects.create(username=name, name=name) for name in ("boss", "other"))
    RoleGrant.objects.create(
        user=boss,
        role="centre_dispatcher",
        area_id="220100",
        state="approved",
        from_day=day,
        reason="测试",
        requested_by=boss,
        approved_by=other,
    )
    projects = [register(Area.objects.get(pk="220106"), by=boss, name=f"项目{at}") for at in range(3)]
    kind = ProblemKind.objects.get(pk="power")
    for at in range(number):
        report(projects[at % 3], by=boss, kind=kind, title=f"第{at}个")
