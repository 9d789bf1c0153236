"""Sets the clock to an hour, and puts people into a project's posts directly, as a loader does."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from zhuanban.domains.responsibility import access
from zhuanban.domains.responsibility.models import ForceMember, Responsibility, TaskForce
from zhuanban.kernel import clock


def carry(project, post: str, **who) -> Responsibility:
    at = clock.now()
    row = Responsibility.objects.create(project=project, post=post, from_day="2022-01-01", created_at=at, updated_at=at, **who)
    access.sync(project)
    return row


def lead_force(project, lead, member, unit) -> TaskForce:
    force = TaskForce.objects.create(name=f"{project.name}专班", level="project", area=project.area, year=2023, lead=lead)
    ForceMember.objects.create(force=force, organisation=unit, person=member, from_day="2022-01-01")
    carry(project, "task_force", force=force)
    return force


def at_ten(day: date, hour: int = 10) -> None:
    """Set the clock to an hour of a day, in the city's time: what comes after close of business counts from the next day."""
    wanted = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))
    clock.set_shift(wanted - datetime.now(UTC))
