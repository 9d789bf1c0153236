"""A city and a district with a dispatch of their own, projects with every kind of trouble, and the people in the room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from zhuanban.domains.dispatch.actions import agenda, decisions, meetings
from zhuanban.domains.dispatch.models import AgendaItem, Decision, Meeting, MeetingSeries
from zhuanban.domains.people.models import Organisation, User
from zhuanban.domains.plans.models import DateRequest, Node
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems import actions as problems
from zhuanban.domains.problems.models import Problem, ProblemKind, Promise
from zhuanban.kernel import clock, deadlines

CITY, HERE, THERE = "220100", "220106", "220102"
DAY = date(2023, 2, 10)


def at_ten(day: date, hour: int = 10) -> None:
    """Set the clock to an hour of a day, in the city's time."""
    wanted = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))
    clock.set_shift(wanted - datetime.now(UTC))


@dataclass
class Room:
    """The city's series with its units, and who sits there."""

    series: MeetingSeries
    power: Organisation
    bureau: Organisation
    people: dict[str, User]
    projects: dict[str, Project]

    def __getattr__(self, name: str) -> User:
        try:
            return User.objects.get(pk=self.people[name].pk)
        except KeyError:
            raise AttributeError(name) from None

    def plan(self, day: date | None = None) -> Meeting:
        return meetings.plan_meeting(self.series, by=self.dispatcher, held_on=day or clock.today(), starts_at=time(9))

    def opened(self, day: date | None = None) -> Meeting:
        """A meeting of today with its agenda, begun."""
        meeting = self.plan(day)
        agenda.build_agenda(meeting, by=self.dispatcher)
        meetings.open_meeting(meeting, by=self.dispatcher)
        return meeting

    def hand_item(self, meeting: Meeting, title: str = "临时议题", project: Project | None = None) -> AgendaItem:
        return agenda.add_item(meeting, by=self.dispatcher, title=title, project=project)

    def decide(self, item: AgendaItem, text: str = "完成送电", **facts: Any) -> Decision:
        facts = {"kind": "deadline", "owner": f"org:{self.power.pk}", "due_on": clock.today() + timedelta(days=5)} | facts
        return decisions.decide(item, by=self.dispatcher, text=text, **facts)

    def close(self, meeting: Meeting) -> Meeting:
        meetings.call_roll(meeting, by=self.dispatcher, present=list(meeting.roll.all()))
        meetings.close_meeting(meeting, by=self.dispatcher)
        return meeting


# Trouble of every kind ------------------------------------------------------------------------------------------------


def risen_problem(project: Project, by: User, title: str = "临时用电容量不够") -> Problem:
    problem = problems.report(project, by=by, kind=ProblemKind.objects.get(pk="power"), title=title, needs=["policy"])
    Problem.objects.filter(pk=problem.pk).update(tier=2)
    problem.holdings.update(tier=2)
    problem = Problem.objects.get(pk=problem.pk)
    problems.escalate(problem, by=None, reason="涉及外线")
    return Problem.objects.get(pk=problem.pk)


def broken_promise(project: Project, problem: Problem | None = None, due: date = date(2023, 2, 1)) -> Promise:
    at = clock.now()
    return Promise.objects.create(
        project=project,
        problem=problem,
        holder_name="项目中心",
        kind="answer",
        promised_on=due - timedelta(days=9),
        due_on=due,
        created_at=at,
        updated_at=at,
    )


def late_matter(project: Project, title: str = "补齐施工许可材料", due: date = date(2023, 1, 30)):
    return deadlines.owe(project.dossier, f"area:{CITY}", title, on_due="portfolio.contest_overdue", due_on=due, started_on=due)


def open_request(project: Project, by: User) -> DateRequest:
    at = clock.now()
    stamps = {"created_at": at, "updated_at": at}
    node = Node.objects.create(
        project=project,
        code="warm_enclosure",
        name="暖封闭",
        phase="building",
        promised_on=date(2023, 1, 1),
        due_on=date(2023, 2, 1),
        **stamps,
    )
    return DateRequest.objects.create(
        node=node, project=project, from_day=date(2023, 2, 1), to_day=date(2023, 3, 1), reason="围护板到货晚", asked_by=by, **stamps
    )


# Fixtures: imported by the test modules that use the room -----------------------------------------------------------------


@pytest.fixture(autouse=True)
def ten_in_the_morning(_city_day):
    at_ten(DAY)


@pytest.fixture
def room(person, organisation, project, areas) -> Room:
    power = organisation("长春供电公司", kind="utility", area=CITY)
    bureau = organisation("市规划和自然资源局", kind="government", area=CITY)
    people = {
        "dispatcher": person("centre_dispatcher", area=CITY, name="市调度"),
        "leader": person("city_leader", area=CITY, name="市领导"),
        "district": person("centre_dispatcher", area=HERE, name="区调度"),
        "elsewhere": person("centre_dispatcher", area=THERE, name="另一区调度"),
        "handler": person("utility_user", organisation=power, name="供电经办"),
    }
    series = meetings.set_up_series(
        areas[CITY],
        by=people["dispatcher"],
        name="市级周调度会",
        weekday=0,
        starts_at=time(9),
        chair=people["leader"],
        budget_minutes=30,
        units=[power, bureau],
    )
    projects = {name: project(name, area=area, stage="under_construction") for name, area in (("甲项目", HERE), ("乙项目", THERE))}
    return Room(series, power, bureau, people, projects)
