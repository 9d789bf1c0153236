"""A project with everybody around it in post, at ten in the morning of the city's day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from zhuanban.domains.people.models import Organisation, User
from zhuanban.domains.plans.models import Node
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems import actions
from zhuanban.domains.problems.models import Problem, ProblemKind
from zhuanban.domains.responsibility import access
from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel import clock

DAY = date(2023, 2, 10)
HERE, THERE, CITY = "220106", "220102", "220100"


def at_ten(day: date, hour: int = 10) -> None:
    """Set the clock to an hour of a day, in the city's time: what comes after close of business counts from the next day."""
    wanted = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))
    clock.set_shift(wanted - datetime.now(UTC))


def stamps(by: User | None = None) -> dict[str, Any]:
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


def carry(project: Project, post: str, **who: Any) -> None:
    """Put somebody into a project's post directly, as a loader does."""
    Responsibility.objects.create(project=project, post=post, from_day="2022-01-01", **stamps(), **who)
    access.sync(project)


def node(project: Project, name: str, due_on: date, **facts: Any) -> Node:
    facts = {"phase": "building", "code": f"n-{name}", "promised_on": due_on} | facts
    return Node.objects.create(project=project, name=name, due_on=due_on, **facts, **stamps())


@dataclass
class Cast:
    """Who stands around one project; `cast.owner` is the account with its rights read anew."""

    project: Project
    firm: Organisation
    power: Organisation
    people: dict[str, User]

    def __getattr__(self, name: str) -> User:
        if name.startswith("__") or name not in self.people:
            raise AttributeError(name)
        return User.objects.get(pk=self.people[name].pk)

    def report(self, by: str = "owner", title: str = "临时用电容量不够", **facts: Any) -> Problem:
        return actions.report(self.project, by=getattr(self, by), kind=ProblemKind.objects.get(pk="power"), title=title, **facts)
