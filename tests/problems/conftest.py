"""A project with all three tiers in post, an owner who waits, and a department that answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from posts import at_ten, carry, lead_force

from zhuanban.domains.people.models import Organisation, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems import actions
from zhuanban.domains.problems.models import Problem, ProblemKind

HERE = "220106"
DAY = date(2023, 2, 10)


@pytest.fixture(autouse=True)
def _ten_in_the_morning(_city_day):
    at_ten(DAY)


@pytest.fixture
def move_day():
    """Move the clock to ten in the morning of a day."""
    return at_ten


@dataclass
class Site:
    """Who stands around one project."""

    project: Project
    firm: Organisation
    power: Organisation
    people: dict[str, User]

    def __getattr__(self, name: str) -> User:
        try:
            return fresh(self.people[name])
        except KeyError:
            raise AttributeError(name) from None

    def report(self, by: str = "owner", kind: str = "power", title: str = "临时用电容量不够", **facts: Any) -> Problem:
        return actions.report(self.project, by=getattr(self, by), kind=ProblemKind.objects.get(pk=kind), title=title, **facts)


def fresh(user: User) -> User:
    """The same account, its rights read anew."""
    return User.objects.get(pk=user.pk)


@pytest.fixture
def site(project, organisation, person, areas) -> Site:
    firm = organisation("甲企业")
    power = organisation("长春供电公司", kind="utility", area="220100")
    land = organisation("绿园规划和自然资源局", kind="government", area=HERE)
    people = {
        "owner": person("owner", organisation=firm),
        "secretary": person("project_secretary", name="秘书"),
        "lead": person("task_force_lead", name="专班长"),
        "member": person("task_force_member", name="成员"),
        "leader": person("district_leader", area=HERE, name="区领导"),
        "city_leader": person("city_leader", area="220100", name="市领导"),
        "dispatcher": person("centre_dispatcher", area=HERE, name="区调度"),
        "city_dispatcher": person("centre_dispatcher", area="220100", name="市调度"),
        "inspector": person("inspector", area="220100"),
        "handler": person("utility_user", organisation=power, name="供电经办"),
        "land_handler": person("case_handler", organisation=land, name="规自经办"),
    }
    home = project("甲项目", area=HERE, owner_org=firm, stage="under_construction")
    carry(home, "secretary", person=people["secretary"])
    lead_force(home, people["lead"], people["member"], land)
    carry(home, "leader", level="district", person=people["leader"])
    return Site(home, firm, power, people)
