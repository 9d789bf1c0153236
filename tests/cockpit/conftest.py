from __future__ import annotations

import pytest
from cast import CITY, DAY, HERE, Cast, at_ten, carry

from zhuanban.domains.responsibility.models import ForceMember, TaskForce


@pytest.fixture(autouse=True)
def _ten_in_the_morning(_city_day):
    at_ten(DAY)


@pytest.fixture
def move_day():
    """Move the clock to ten in the morning of a day."""
    return at_ten


@pytest.fixture
def cast(project, organisation, person) -> Cast:
    firm, power = organisation("甲企业"), organisation("长春供电公司", kind="utility", area=CITY)
    bureau = organisation("绿园政务局", kind="government", area=HERE)
    people = {
        "owner": person("owner", organisation=firm, name="业主"),
        "secretary": person("project_secretary", name="秘书"),
        "lead": person("task_force_lead", name="专班长"),
        "member": person("task_force_member", name="成员"),
        "leader": person("district_leader", area=HERE, name="区领导"),
        "city_leader": person("city_leader", area=CITY, name="市领导"),
        "dispatcher": person("centre_dispatcher", area=HERE, name="区调度"),
        "city_dispatcher": person("centre_dispatcher", area=CITY, name="市调度"),
        "handler": person("utility_user", organisation=power, name="供电经办"),
        "inspector": person("inspector", area=CITY, name="督查"),
        "statistician": person("statistician", area=CITY, name="统计"),
    }
    home = project("甲项目", area=HERE, owner_org=firm, stage="under_construction")
    force = TaskForce.objects.create(name="甲专班", level="project", area=home.area, year=2023, lead=people["lead"])
    ForceMember.objects.create(force=force, organisation=bureau, person=people["member"], from_day="2022-01-01")
    carry(home, "secretary", person=people["secretary"])
    carry(home, "task_force", force=force)
    carry(home, "leader", level="district", person=people["leader"])
    return Cast(home, firm, power, people)
