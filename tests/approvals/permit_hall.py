"""A hall of permits: one project, its owner, two handlers and an approver of the department that decides, an agent; and how papers are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from zhuanban.domains.approvals import actions
from zhuanban.domains.approvals.models import ApprovalCase, Certificate, Desk, Item, PermitPlan
from zhuanban.domains.people.models import Organisation, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, files

HERE = "220106"
DAY = date(2023, 2, 6)
"""A Monday; its week and the two after it are ordinary ones."""


def at_ten(day: date, hour: int = 10) -> None:
    wanted = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))
    clock.set_shift(wanted - datetime.now(UTC))


def sheet(name: str = "材料.pdf", words: str = "") -> files.Received:
    """A paper that is on the disk."""
    return files.receive(SimpleUploadedFile(name, b"%PDF-1.4\n" + words.encode() + b"\n%%EOF\n"))


@dataclass
class Hall:
    project: Project
    firm: Organisation
    land: Organisation
    housing: Organisation
    people: dict[str, User]

    def __getattr__(self, name: str) -> User:
        try:
            return User.objects.get(pk=self.people[name].pk)
        except KeyError:
            raise AttributeError(name) from None

    def item(self, code: str) -> Item:
        return Item.objects.get(code=code)

    def open(self, code: str = "LUPP", *, without: tuple[str, ...] = (), **told: Any) -> ApprovalCase:
        """A case with all its papers but those."""
        case = actions.cases.open_case(self.project, by=self.owner, item=self.item(code), **told)
        for paper in case.papers.exclude(key__in=without):
            actions.cases.add_paper(case, by=self.owner, paper=paper, file=sheet(f"{paper.key}.pdf"))
        return fresh(case)

    def submitted(self, code: str = "LUPP", **told: Any) -> ApprovalCase:
        case = self.open(code, **told)
        actions.cases.submit(case, by=self.owner)
        return fresh(case)

    def accepted(self, code: str = "LUPP", **told: Any) -> ApprovalCase:
        case = self.submitted(code, **told)
        actions.cases.accept(case, by=self.handler)
        return fresh(case)

    def in_review(self, code: str = "LUPP", **told: Any) -> ApprovalCase:
        case = self.accepted(code, **told)
        actions.cases.start_review(case, by=self.handler)
        return fresh(case)

    def approved(self, code: str = "LUPP", **told: Any) -> ApprovalCase:
        case = self.in_review(code, **told)
        actions.cases.approve(case, by=self.approver, reason="符合规定")
        return fresh(case)

    def tolerant(self, days: int = 2, code: str = "LUPP", without: tuple[str, ...] = ("survey",)) -> ApprovalCase:
        """A case that was let in without secondary papers."""
        case = self.submitted(code, without=without)
        actions.cases.ask_tolerance(case, by=self.owner, signed=True)
        actions.cases.accept_tolerant(case, by=self.handler, days=days, form="扫描件", consequence="逾期退回")
        return fresh(case)

    def issued(self, code: str, number: str, on: date | None = None) -> Certificate:
        """A certificate of the item, with everything before it recorded as done."""
        case = self.approved(code)
        actions.certificates.issue_certificate(case, by=self.handler, number=number, issued_on=on or clock.today())
        return Certificate.objects.get(case=case)

    def record(self, **days: str) -> None:
        """Days that the permit plan records: contracts, and what was done before the system."""
        plan = PermitPlan.objects.get(project=self.project)
        plan.recorded = plan.recorded | {code: [day, "此前办结"] for code, day in days.items()}
        plan.save(update_fields=["recorded"])


def fresh(row):
    return type(row)._default_manager.get(pk=row.pk)


@pytest.fixture
def hall(project, organisation, person, areas) -> Hall:
    at_ten(DAY)
    firm = organisation("甲企业")
    land = organisation("绿园规划和自然资源局", kind="government", area=HERE)
    housing = organisation("绿园住房和城乡建设局", kind="government", area=HERE)
    home = project("甲项目", area=HERE, owner_org=firm, stage="pre_stage", permission_regime="filing", investment_kind="enterprise")
    people = {
        "owner": person("owner", organisation=firm),
        "handler": person("case_handler", organisation=land, name="经办甲"),
        "approver": person("approver", organisation=land, name="审批甲"),
        "housing_handler": person("case_handler", organisation=housing),
        "housing_approver": person("approver", organisation=housing),
        "agent": person("agent", name="代办甲"),
        "other_agent": person("agent", name="代办乙"),
        "dispatcher": person("centre_dispatcher", area=HERE),
    }
    at = clock.now()
    for department, organisation_ in (("land", land), ("housing", housing), ("development", land), ("water", housing)):
        Desk.objects.create(department=department, area_id=HERE, organisation=organisation_, created_at=at, updated_at=at)
    PermitPlan.objects.create(
        project=home,
        stated={"land": "granted", "works": "ordinary", "fire": "other", "eia": "register", "energy": "exempt", "road": "no"},
        recorded={"LAND": ["2023-02-01", "合同"], "FILE": ["2023-01-10", "备案"], "CONTRACT": ["2023-02-01", "合同"]},
        begins_on=DAY,
        as_of=DAY,
        created_at=at,
        updated_at=at,
    )
    return Hall(home, firm, land, housing, people)
