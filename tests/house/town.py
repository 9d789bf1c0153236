"""A small town in which the house tests walk: two districts, two firms in each, everybody in a post, a canary word in every record.

A test module's town is built once, inside one transaction that is rolled back at the module's end; each test runs in a savepoint.
"""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal

from campaigned import fill_campaigns, fill_cells, give_campaign
from cased import FILLERS as CASE_FILLERS
from cased import TARGETS as CASE_TARGETS
from cased import give_cases, give_plant
from claimed import FILLERS as CLAIMED_FILLERS
from claimed import TARGETS as CLAIMED_TARGETS
from claimed import give_claims
from counted import fill_entries, fill_months, give_spans, give_statistics
from counted import open_month as open_reporting_month
from django.conf import settings
from entitled import FILLERS as ENTITLED_FILLERS
from entitled import TARGETS as ENTITLED_TARGETS
from entitled import give_policies
from lit import draft_rules, fill_lights, give_lights, give_other_colours
from met import fill_decisions, fill_meetings, meet
from permitted import FILLERS as PERMITTED_FILLERS
from permitted import TARGETS as PERMITTED_TARGETS
from permitted import give_permits
from planned import fill_nodes, give_plans
from ranked import fill_lines, give_rankings
from supplied import FILLERS as SUPPLIED_FILLERS
from supplied import TARGETS as SUPPLIED_TARGETS
from supplied import Supplied
from tracked import fill_tracks, give_named, give_tracks

from zhuanban.domains.people.models import Area, Organisation, RoleGrant, User
from zhuanban.domains.portfolio import access as project_access
from zhuanban.domains.portfolio.models import (
    AnnualPlan,
    Capacity,
    CityStrategy,
    Contest,
    Fund,
    IndustryGoal,
    InvestmentEntry,
    ListMembership,
    MergeProposal,
    Product,
    Project,
    ProjectList,
    Proof,
    StrategyTheme,
    Tag,
    Work,
    YearTarget,
)
from zhuanban.domains.problems import actions as problem_actions
from zhuanban.domains.problems.models import Problem, ProblemKind, Promise
from zhuanban.domains.responsibility import access as carried
from zhuanban.domains.responsibility.models import DutyEntry, DutyType, ForceMember, Responsibility, Shift, TaskForce
from zhuanban.kernel import access, clock, notices, roles
from zhuanban.kernel.dates import PartialDate
from zhuanban.kernel.models import Dossier
from zhuanban.kernel.search import search_text

CITY, HERE, THERE = settings.CITY["area"], "220106", "220102"
"""The city, the district whose people the tests look through, and the district whose records they must not see."""
YEAR = 2022
PASSWORD = "Passw0rd-test"
_serial = itertools.count(1)


class Town:
    """What stands in the town, and makers of more of it."""

    def __init__(self) -> None:
        self.areas = {area.key: area for area in Area.objects.all()}
        self.grantors = [self.account(f"grantor-{letter}") for letter in "ab"]
        self.firms = {key: [self.firm(key), self.firm(key)] for key in (HERE, THERE)}
        self.office = Organisation.objects.create(name="町政数局", kind="government", area_id=CITY, search_text=search_text("町政数局"))
        self.dispatcher = self.person("centre_dispatcher", CITY)
        self._goals()
        self.projects = {
            key: [self.project(key, firm, stage) for firm, stage in zip(self.firms[key], ("under_construction", "lead"), strict=True)]
            for key in (HERE, THERE)
        }
        self.published = self.project(THERE, self.firms[THERE][1], "reserve", secrecy="public")
        self._named()
        self.forces = {key: self._carry(key) for key in (HERE, THERE)}
        self.nodes = {key: give_plans(self, key, canary(key)) for key in (HERE, THERE)}
        self.cells = {key: give_campaign(self, key, canary(key)) for key in (HERE, THERE)}
        self.tracks = {key: give_tracks(self, key, canary(key)) for key in (HERE, THERE)}
        give_named(self, HERE)
        self._still_and_resumed()
        self.cases = {key: give_cases(self, key, canary(key)) for key in (HERE, THERE)}
        give_plant(self)
        self.permits = {key: give_permits(self, key, canary(key)) for key in (HERE, THERE)}
        self.counted = {key: give_statistics(self, key, canary(key)) for key in (HERE, THERE)}
        give_spans(self, HERE)
        self.reporting_month = open_reporting_month(self)
        self.problems = {key: self._problem(key) for key in (HERE, THERE)}
        self.lights = {key: give_lights(self, key, canary(key)) for key in (HERE, THERE)}
        give_other_colours(self, HERE, THERE)
        self.light_rules = draft_rules(self)
        self.contest = Contest.objects.get(project=self.projects[HERE][0])
        self.pair = MergeProposal.objects.create(
            project=self.projects[HERE][0], other=self.projects[HERE][1], score=0.9, why="名称相近", **stamps(self.dispatcher)
        )
        self.asked = RoleGrant.objects.create(
            user=self.account("asked-for"),
            role="city_leader",
            area_id=CITY,
            from_day=clock.today(),
            reason="测试",
            requested_by=self.grantors[0],
        )
        self.rankings = give_rankings(self)
        self.here = HERE
        self.supplied = {key: Supplied(self, key, canary(key)) for key in (HERE, THERE)}
        self.entitled = {key: give_policies(self, key, canary(key)) for key in (HERE, THERE)}
        self.claimed = {key: give_claims(self, key, canary(key)) for key in (HERE, THERE)}
        self.meetings = {key: meet(self, key, canary(key)) for key in (HERE, THERE)}
        self.ledger = access.ledger("settings", title="参数台账")

    def _still_and_resumed(self) -> None:
        """In each district a winter site that stands still, and a continued project of the list that resumed."""
        for key in (HERE, THERE):
            self.bare_project(key, stage="suspended", winter_building=True, end_reason=f"{canary(key)}停工")
            resumed = self.bare_project(key, stage="under_construction", continuity="continued", resumed_on="2022-03-10")
            ListMembership.objects.create(list=self.list, project=resumed, added_on=date(YEAR, 1, 10))

    # People ----------------------------------------------------------------------------------------------------------

    def account(self, username: str = "", *, organisation=None, **fields) -> User:
        username = username or f"somebody-{next(_serial)}"
        return User.objects.create_user(username, PASSWORD, name=fields.pop("name", username), organisation=organisation, **fields)

    def person(self, role: str = "", area: str = "", organisation=None) -> User:
        """An account that holds a role over an area, an organisation or its own matters; without a role: a stranger."""
        user = self.account(organisation=organisation)
        if role:
            RoleGrant.objects.create(
                user=user,
                role=role,
                area_id=area or None,
                organisation=None if area else organisation,
                state="approved",
                from_day=date(2022, 1, 1),
                reason="测试",
                requested_by=self.grantors[0],
                approved_by=self.grantors[1],
            )
        return User.objects.get(pk=user.pk)

    def holder(self, role: str, *, there: bool = False, widest: bool = False) -> User:
        """Somebody who holds the role: administrators over the city, others over one of the districts, its first firm or themselves."""
        known = roles.get(role)
        if "area" in known.scopes:
            return self.person(role, CITY if known.realm or widest else THERE if there else HERE)
        firm = self.firms[THERE if there else HERE][0]
        user = self.person(role, organisation=firm if "organisation" in known.scopes else None)
        if "organisation" not in known.scopes:
            self.hand_over(self.projects[THERE if there else HERE][0], user)
        return user

    def hand_over(self, project: Project, user: User) -> None:
        """Let a person act on a project in the person's own name, as a responsibility does."""
        access.Access.objects.update_or_create(
            principal=access.principal(f"user:{user.pk}"), dossier=project.dossier, defaults={"level": access.ACT}
        )

    # Records ---------------------------------------------------------------------------------------------------------

    def firm(self, area: str) -> Organisation:
        name = f"{canary(area)}企业{next(_serial)}"
        return Organisation.objects.create(name=name, kind="enterprise", area_id=area, search_text=search_text(name))

    def project(self, area: str, owner: Organisation | None = None, stage: str = "reserve", **facts) -> Project:
        """A project with a row of every kind that hangs on one, each with the canary of its district."""
        made = self.bare_project(area, owner, stage, **facts)
        word, by = canary(area), stamps(self.dispatcher)
        AnnualPlan.objects.create(project=made, year=YEAR, amount=Decimal(40_000_000), **by)
        InvestmentEntry.objects.create(project=made, month=date(YEAR, 11, 1), amount=Decimal(30_000_000), **by)
        Fund.objects.create(project=made, fund_source="own", planned=Decimal(50_000_000), **by)
        Proof.objects.create(project=made, kind="agreement", number=f"{word}字1号", note=f"{word}协议", **by)
        Work.objects.create(project=made, name=f"{word}号线", kind="rail_line", state="building", **by)
        Capacity.objects.create(project=made, name=f"{word}产能", value=1000, unit="辆")
        Product.objects.create(project=made, name=f"{word}车型")
        Contest.objects.create(
            project=made,
            field="jobs_planned",
            stated="1",
            claimed="2",
            reason=f"{word}理由",
            evidence=f"{word}依据",
            by=self.dispatcher,
            **by,
        )
        ListMembership.objects.create(list=self.list, project=made, added_on=date(YEAR, 1, 10))
        self.tag.projects.add(made)
        notices.leave({self.dispatcher.pk: f"{word}通知"}, dossier=made.pk, url=made.get_absolute_url())
        return made

    def bare_project(self, area: str = HERE, owner: Organisation | None = None, stage: str = "reserve", **facts) -> Project:
        """Only the project's own row, its dossier and who may see it."""
        number = next(_serial)
        name = facts.pop("name", f"{canary(area)}项目{number}")
        ref = f"T-{number:06d}"
        dossier = Dossier.objects.create(
            kind="portfolio.project", ref=ref, title=name, area=area, search_text=search_text(name, ref), changed_at=clock.now()
        )
        defaults = {
            "planned_investment": Decimal(80_000_000),
            "content_and_scale": f"{canary(area)}规模",
            "site": f"{canary(area)}地块",
            "sector": "industry",
            "industry": self.industry,
            "theme": self.theme,
            "continuity": "new_start",
            "start_planned": PartialDate(date(2022, 6, 1), "month"),
            "start_actual": PartialDate(date(2022, 6, 28), "day"),
            "end_reason": "资金" if stage in {"suspended", "cancelled"} else "",
        }
        made = Project(
            dossier=dossier,
            ref=ref,
            name=name,
            area_id=area,
            owner_org=owner,
            stage=stage,
            stage_since=date(2022, 7, 1),
            **defaults | facts,
            **stamps(self.dispatcher),
        )
        made.save(force_insert=True)
        Dossier.objects.filter(pk=dossier.pk).update(url=made.get_absolute_url())
        project_access.regrant(made)
        return Project.objects.get(pk=made.pk)

    def _goals(self) -> None:
        self.list = ProjectList.objects.create(name="市级清单2022", level="city", year=YEAR, area_id=CITY)
        YearTarget.objects.create(area_id=CITY, year=YEAR, what="projects", value=4, unit="个", source="测试")
        self.tag = Tag.objects.create(key="winter_advance", name="冬季加速推进", season="2022/23")
        self.industry = IndustryGoal.objects.create(key="auto", name="汽车", goal_output=Decimal(10) ** 12, goal_word="万亿级")
        strategy = CityStrategy.objects.create(key="six", name="六城联动", level="city")
        self.theme = StrategyTheme.objects.create(strategy=strategy, key="motor-city", name="国际汽车城")

    def _named(self) -> None:
        """The two projects that the newspaper's figures call by name."""
        from zhuanban.domains.portfolio.figures import audi
        from zhuanban.kernel.figures import Scope

        self.project(
            HERE,
            None,
            "under_construction",
            name="奥迪一汽新能源汽车项目",
            jobs_planned=3300,
            production_planned=PartialDate(date(2024, 12, 1), "month"),
        )
        self.project(HERE, None, "reserve", name="金赛医药产业园", production_planned=PartialDate(date(2025, 1, 1), "year"))
        assert audi(Scope.today()).exists()

    # Who carries what -------------------------------------------------------------------------------------------------

    def _problem(self, area: str) -> Problem:
        """A problem of the district's first project, held by the district's centre, with an order of every kind and a promise."""
        project, word = self.projects[area][0], canary(area)
        problem = problem_actions.report(
            project,
            by=self.person("centre_dispatcher", area),
            kind=ProblemKind.objects.get(pk="power"),
            title=f"{word}缺电",
            description=word,
        )
        Problem.objects.filter(pk=problem.pk).update(
            tier=3, holder_key=f"area:{CITY}", holder_name="町项目中心", department=self.office, due_on=date(2023, 2, 1)
        )
        problem, day = Problem.objects.get(pk=problem.pk), date(2023, 3, 1)
        problem_actions.instruct(problem, by=None, text=f"{word}批示", due_on=day)
        problem_actions.supervise(problem, by=None, text=f"{word}督办", due_on=day)
        problem_actions.consult(problem, by=None, departments=[self.firms[area][0]], text=f"{word}会商")
        problem_actions.log_contact(problem, by=None, spoke_with=f"{word}经理", words=f"{word}答应")
        Promise.objects.create(
            project=project,
            problem=problem,
            holder_name="町项目中心",
            department=self.office,
            kind="answer",
            promised_on=date(2023, 1, 20),
            due_on=date(2023, 2, 1),
            **stamps(self.dispatcher),
        )
        done = problem_actions.report(project, by=None, kind=problem.kind, title=f"{word}送电")
        Problem.objects.filter(pk=done.pk).update(reported_at=clock.now() - timedelta(days=3 if area == HERE else 5))
        problem_actions.take(done, by=None, promise_on=clock.today())
        problem_actions.solve(done, by=None, note=f"{word}已送电")
        problem_actions.confirm(done, by=None, rating=4 if area == HERE else 3, words=f"{word}满意")
        return Problem.objects.get(pk=problem.pk)

    def _carry(self, area: str) -> TaskForce:
        """The district's first project carried in every post, by people and a task force with the district's canary."""
        word, project = canary(area), self.projects[area][0]
        secretary, lead, leader = (self.account(name=f"町{post}{next(_serial)}") for post in ("秘书", "班长", "领导"))
        force = TaskForce.objects.create(name=f"{word}专班", level="project", area_id=area, year=YEAR, task=f"{word}职责", lead=lead)
        unit = Organisation.objects.create(name=f"町住建局{next(_serial)}", kind="government", area_id=area, search_text="町住建局")
        ForceMember.objects.create(force=force, organisation=unit, duty=f"{word}分工", from_day=date(YEAR, 1, 10))
        centre = Organisation.objects.create(name=f"町项目中心{next(_serial)}", kind="centre", area_id=area, search_text="町项目中心")
        since = {"project": project, "from_day": date(YEAR, 1, 10), **stamps(self.dispatcher)}
        Responsibility.objects.create(post="centre", organisation=centre, **since)
        Responsibility.objects.create(post="secretary", person=secretary, **since)
        Responsibility.objects.create(post="task_force", force=force, **since)
        Responsibility.objects.create(post="leader", level="district", person=leader, **since)
        if area == HERE:
            Responsibility.objects.create(post="leader", level="city", person=self.account(), **since)
            TaskForce.objects.create(name="市级第一专班", level="city", standing=True, area_id=CITY, year=YEAR, lead=lead)
        duty = DutyType.objects.first()
        DutyEntry.objects.create(
            leader=leader, project=project, duty=duty, day=date(2023, 2, 1), note=f"{word}现场", **stamps(self.dispatcher)
        )
        now = clock.now()
        Shift.objects.create(area_id=area, person=secretary, from_at=now - timedelta(hours=1), to_at=now + timedelta(hours=1))
        carried.sync(project)
        return force


def canary(area: str) -> str:
    """The word that stands in every record of a district."""
    return {HERE: "金丝雀甲", THERE: "金丝雀乙"}[area]


def stamps(by) -> dict:
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


# What a walk needs of each kind of row. A new model with verbs or a listing gets one line in each table. ---------------------

TARGETS = {
    "campaigns.campaign": lambda town: town.cells[HERE].campaign,
    "campaigns.cell": lambda town: town.cells[HERE],
    "dispatch.agendaitem": lambda town: town.meetings[HERE].running.items.filter(kind="hand").get(),
    "dispatch.attendance": lambda town: town.meetings[HERE].running.roll.get(),
    "dispatch.dailytrack": lambda town: town.tracks[HERE],
    "dispatch.decision": lambda town: town.meetings[HERE].held.decisions.filter(done_on=None).first(),
    "dispatch.meeting": lambda town: town.meetings[HERE].planned,
    "dispatch.meetingseries": lambda town: town.meetings[HERE].series,
    "dispatch.lightruleset": lambda town: town.light_rules,
    "dispatch.projectlight": lambda town: town.lights[HERE],
    "dispatch.workerhousing": lambda town: town.projects[HERE][0].housings.get(),
    "dispatch.ranking": lambda town: town.rankings["area"],
    "kernel.dossier": lambda town: town.ledger,
    "people.area": lambda town: town.areas[HERE],
    "people.organisation": lambda town: town.firms[HERE][0],
    "people.rolegrant": lambda town: town.asked,
    "people.user": lambda town: town.asked.user,
    "plans.daterequest": lambda town: town.nodes[HERE].project.date_requests.get(),
    "plans.disruption": lambda town: town.nodes[HERE].project.disruptions.get(),
    "plans.node": lambda town: town.nodes[HERE],
    "plans.plan": lambda town: town.nodes[HERE].project.plans.get(state="current"),
    "plans.workitem": lambda town: town.nodes[HERE].project.work_items.get(),
    "portfolio.contest": lambda town: town.contest,
    "portfolio.mergeproposal": lambda town: town.pair,
    "portfolio.project": lambda town: town.projects[HERE][0],
    "portfolio.work": lambda town: town.projects[HERE][0].works.get(),
    "problems.consultation": lambda town: town.problems[HERE].consultations.get(),
    "problems.instruction": lambda town: town.problems[HERE].instructions.get(),
    "problems.problem": lambda town: town.problems[HERE],
    "problems.supervision": lambda town: town.problems[HERE].supervisions.get(),
    "statistics.entrypaper": lambda town: town.counted[HERE].waiting.papers.filter(kind="approval").get(),
    "statistics.explanation": lambda town: town.counted[HERE].reporting.explanations.get(),
    "statistics.reportingmonth": lambda town: town.reporting_month,
    "statistics.statisticalfigure": lambda town: town.counted[HERE].figure,
    "statistics.statisticsentry": lambda town: town.counted[HERE].waiting,
    "responsibility.forcemember": lambda town: town.forces[HERE].members.get(),
    "responsibility.responsibility": lambda town: town.projects[HERE][0].responsibilities.get(post="secretary"),
    "responsibility.taskforce": lambda town: town.forces[HERE],
}
"""Model label -> a row on which a verb of the model is tried."""
TARGETS |= CASE_TARGETS | PERMITTED_TARGETS


def _users(town: Town, number: int) -> None:
    for at in range(number):
        town.account(f"clerk-{next(_serial)}", name=NASTY[at % len(NASTY)], organisation=town.firms[HERE][at % 2] if at % 3 else None)


def _grants(town: Town, number: int) -> None:
    holder = town.account()
    RoleGrant.objects.bulk_create(
        RoleGrant(
            user=holder,
            role=("promoter", "inspector")[at % 2],
            area_id=HERE if at % 2 else None,
            organisation=None if at % 2 else town.firms[HERE][0],
            state=("approved", "requested")[at % 3 == 0],
            from_day=date(2022, 1, 1 + at % 4),
            to_day=None if at % 2 else date(2023, 12, 31),
            reason="测试",
            requested_by=town.grantors[0],
            approved_by=None if at % 3 == 0 else town.grantors[1],
        )
        for at in range(number)
    )


def _areas(town: Town, number: int) -> None:
    Area.objects.bulk_create(
        Area(
            key=f"9{next(_serial):05d}",
            name=NASTY[at % len(NASTY)],
            name_en="Zone",
            kind="development_zone",
            parent_id=CITY,
            position=at % 4,
        )
        for at in range(number)
    )


def _organisations(town: Town, number: int) -> None:
    Organisation.objects.bulk_create(
        Organisation(name=NASTY[at % len(NASTY)], kind="enterprise", area_id=HERE, search_text=f"org{at}") for at in range(number)
    )


def _projects(town: Town, number: int) -> None:
    """Ties and unknowns in every column that sorts; three stages, so that few and many fill the same columns of a board."""
    days = (None, PartialDate(date(2022, 5, 1), "month"), PartialDate(date(2023, 1, 1), "year"))
    for at in range(number):
        made = town.bare_project(
            HERE,
            town.firms[HERE][at % 2],
            ("reserve", "under_construction", "lead")[at % 3],
            name=NASTY[at % len(NASTY)],
            planned_investment=(None, Decimal(80_000_000), Decimal(at) * 1_000_000)[at % 3],
            start_planned=days[at % 3],
            finish_planned=days[(at + 1) % 3],
            industry=town.industry if at % 2 else None,
            theme=None if at % 2 else town.theme,
        )
        town.tag.projects.add(made)


def _responsibilities(town: Town, number: int) -> None:
    """Secretaries of bare projects, with ties in the days; every third has handed over."""
    holder = town.account()
    for at in range(number):
        project = town.bare_project(HERE, None, "reserve", name=NASTY[at % len(NASTY)])
        gone = at % 3 == 0
        Responsibility.objects.create(
            project=project,
            post=("secretary", "centre")[at % 2],
            person=None if at % 2 else holder,
            organisation=town.office if at % 2 else None,
            from_day=date(2022, 1, 1 + at % 4),
            to_day=date(2022, 6, 1) if gone else None,
            state="handed_over" if gone else "active",
            **stamps(town.dispatcher),
        )


def _forces(town: Town, number: int) -> None:
    TaskForce.objects.bulk_create(
        TaskForce(name=f"{NASTY[at % len(NASTY)]}{next(_serial)}", level=("project", "district")[at % 2], area_id=HERE, year=2021 + at % 2)
        for at in range(number)
    )


NASTY = ("=1+1", "@SUM(A1)", "脏\ufffe字", "+86 长春", "<b>项目</b>", "同名", "同名", '引"号,逗号', "-2+3", "终\x0b了")
"""Names as they come in from elsewhere: formulas, characters that XML forbids, markup, twins."""

FILLERS = {
    "people.area": _areas,
    "people.organisation": _organisations,
    "people.rolegrant": _grants,
    "people.user": _users,
    "portfolio.project": _projects,
}


def _problems(town: Town, number: int) -> None:
    """Copies of the town's problem with names as they come, in several states and with ties."""
    first = town.problems[HERE]
    Problem.objects.bulk_create(
        Problem(
            project=first.project,
            ref=f"WT-X-{next(_serial):06d}",
            title=NASTY[at % len(NASTY)],
            kind=first.kind,
            state=("in_progress", "solved", "closed")[at % 3],
            solve=first.solve,
            tier=1 + at % 3,
            holder_key=first.holder_key,
            holder_name=NASTY[at % len(NASTY)],
            due_on=date(2023, 2, 1 + at % 4),
            reported_at=first.reported_at,
            solved_at=clock.now(),
            closed_at=clock.now(),
            **stamps(town.dispatcher),
        )
        for at in range(number)
    )


def _promises(town: Town, number: int) -> None:
    first = town.problems[HERE]
    Promise.objects.bulk_create(
        Promise(
            project=first.project,
            problem=first,
            holder_name=NASTY[at % len(NASTY)],
            kind=("answer", "extension")[at % 2],
            promised_on=date(2023, 1, 1),
            due_on=date(2023, 2, 1 + at % 4),
            kept_on=date(2023, 2, 2) if at % 2 else None,
            **stamps(town.dispatcher),
        )
        for at in range(number)
    )


FILLERS |= {"campaigns.campaign": fill_campaigns, "campaigns.cell": fill_cells}
FILLERS |= {"plans.node": fill_nodes, "dispatch.rankingline": fill_lines}
FILLERS |= {"problems.problem": _problems, "problems.promise": _promises}
FILLERS |= {"responsibility.responsibility": _responsibilities, "responsibility.taskforce": _forces}
"""Model label -> a function `(town, number)` that adds so many rows which the listing's reader sees."""

FILLERS["dispatch.dailytrack"] = fill_tracks
FILLERS["dispatch.projectlight"] = fill_lights
FILLERS |= {"statistics.statisticsentry": fill_entries, "statistics.reportingmonth": fill_months}
FILLERS |= {"dispatch.meeting": fill_meetings, "dispatch.decision": fill_decisions}

TARGETS |= SUPPLIED_TARGETS | ENTITLED_TARGETS | CLAIMED_TARGETS
FILLERS |= SUPPLIED_FILLERS | ENTITLED_FILLERS | CLAIMED_FILLERS

FILLERS |= CASE_FILLERS | PERMITTED_FILLERS

READERS = {"people.accounts": "sec_admin", "people.grants": "sec_admin"}
"""Listing -> the role that reads it, where the project centre's dispatcher of the city does not."""


def target(town: Town, model) -> object:
    label = model._meta.label_lower
    assert label in TARGETS, f"{label} has verbs, but no row to try them on: add one to TARGETS in tests/house/town.py"
    return model._base_manager.get(pk=TARGETS[label](town).pk)


def fill(town: Town, model, number: int) -> None:
    label = model._meta.label_lower
    assert label in FILLERS, f"{label} has a listing, but nothing fills it: add a function to FILLERS in tests/house/town.py"
    FILLERS[label](town, number)


def reader(town: Town, listing) -> User:
    return town.holder(READERS.get(listing.name, "centre_dispatcher"), widest=True)


ROBOT_ONLY: dict[str, str] = {"problems.follow": "it follows a hand-over of the project by itself"}
"""Verbs that no role may do, because only the sweep does them: name -> why."""
ROBOT_ONLY["dispatch.lapse_override"] = "an override ends by itself on its last day"
ROBOT_ONLY |= {
    "approvals.deem_accepted": "five days of silence accept a case by themselves",
    "approvals.lapse": "a case goes back by itself when a paper does not come",
}
