"""The town's cases: one of each district in every part, with the district's word in it; and the vehicle plant's three certificates."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.files.base import ContentFile

from zhuanban.domains.approvals.models import (
    ApprovalCase,
    BadFaithMark,
    CasePaper,
    CaseStep,
    Certificate,
    Commitment,
    Correction,
    Item,
    Opinion,
    PermitPlan,
    Tolerance,
)
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, deadlines, files

_serial = itertools.count(1)
DAY = date(2023, 2, 6)
NAMES = ("=1+1", "@SUM(A1)", "脏\ufffe字", "<b>证</b>", "同名", '引"号,逗号', "-2+3", "终\x0b了")


def stamps(by) -> dict:
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


@dataclass
class Cased:
    """The rows of a district on which the verbs are tried."""

    case: ApprovalCase
    tolerance: Tolerance
    opinion: Opinion
    commitment: Commitment
    certificate: Certificate
    mark: BadFaithMark


def version(code: str):
    return Item.objects.get(code=code).version_on(clock.today())


def make_case(town, project: Project, code: str, state: str, **facts) -> ApprovalCase:
    """A case as it stands; accepted ones have their days."""
    own = version(code)
    accepted = {"accepted_on": DAY, "promised_days": 7, "statutory_days": 20, "promised_on": date(2023, 2, 15)}
    decided = {"decided_on": DAY, "used_days": 0, "work_days": 0, "felt_days": 0, "in_promise": True}
    told = {}
    if state not in {"draft", "submitted", "one_time_notice"}:
        told |= accepted
    if state in {"approved", "certificate_issued"}:
        told |= decided
    if state == "tolerant_accepted":
        told["intake"] = "tolerant"
    return ApprovalCase.objects.create(
        project=project,
        item=own.item,
        item_version=own,
        ref=f"SP-T-{next(_serial):06d}",
        applicant=project.owner_org,
        department=project.owner_org or town.firms["220106"][0],
        state=state,
        submitted_at=clock.now(),
        **{"due_on": date(2023, 2, 15)} | told | facts,
        **stamps(town.dispatcher),
    )


def give_cases(town, area: str, word: str) -> Cased:
    """A case let in with a paper missing, one under review, one with its certificate: of the district's first project."""
    project, by = town.projects[area][0], stamps(town.dispatcher)
    case = make_case(town, project, "LUPP", "tolerant_accepted", decision=f"{word}决定")
    sheet = files.receive(ContentFile(b"%PDF-1.4\n%%EOF", name=f"{word}材料.pdf"))
    stored = files.record(project.dossier, sheet, by=town.dispatcher, kind="approval.paper")
    CasePaper.objects.create(case=case, key="application", name=f"{word}申请表", state="provided", file=stored)
    paper = CasePaper.objects.create(case=case, key="survey", name=f"{word}界图", primary=False, state="tolerated", position=1)
    CaseStep.objects.create(case=case, deed="submit", before="draft", after="submitted", at=clock.now(), reason=f"{word}提交")
    owed = {"on_due": "approvals.lapse", "working_days": 3}
    tolerance = Tolerance.objects.create(
        case=case,
        paper=paper,
        form=f"{word}原件",
        days=3,
        from_day=DAY,
        due_on=date(2023, 2, 9),
        consequence=f"{word}退回",
        deadline=deadlines.owe(project.dossier, f"org:{project.owner_org_id}", f"{word}补交", **owed),
        **by,
    )
    review = make_case(town, project, "CPP", "in_review", due_on=date(2023, 2, 8))
    opinion = Opinion.objects.create(
        case=review,
        department=project.owner_org,
        subject=f"{word}人防",
        deadline=deadlines.owe(
            project.dossier, f"org:{project.owner_org_id}", f"{word}意见", on_due="approvals.opinion_late", working_days=5
        ),
        **by,
    )
    commitment = Commitment.objects.create(
        case=review, organisation=project.owner_org, conditions=f"{word}条件", told_at=clock.now(), due_on=clock.today(), **by
    )
    signed = {"signed_at": clock.now(), "state": "decided", "decided_on": DAY, "conditions": f"{word}承诺", "told_at": clock.now()}
    Commitment.objects.create(case=review, organisation=project.owner_org, due_on=clock.today(), **signed, **by)
    ordered = signed | {"state": "correcting", "checked_on": DAY, "correction": f"{word}整改"}
    wrong = Commitment.objects.create(case=review, organisation=project.owner_org, due_on=clock.today(), **ordered, **by)
    Correction.objects.create(commitment=wrong, words=f"{word}已改", file=stored, by=town.dispatcher, at=clock.now())
    old = files.receive(ContentFile(b"%PDF-1.4\n% old\n%%EOF", name=f"{word}旧材料.pdf"))
    files.record(project.dossier, old, by=town.dispatcher, kind=paper.earlier_kind)
    issued = make_case(town, project, "CP", "certificate_issued")
    certificate = Certificate.objects.create(
        case=issued, project=project, item=issued.item, number=f"{word}施1号", issued_on=DAY, start_by=date(2023, 5, 6), **by
    )
    mark = BadFaithMark.objects.create(
        project=project, case=case, organisation=project.owner_org, reason=f"{word}逾期", marked_on=DAY, repaired_on=DAY, repair=word, **by
    )
    return Cased(case, tolerance, opinion, commitment, certificate, mark)


def give_plant(town) -> None:
    """The vehicle plant's three certificates, two days from the first acceptance to the last issue."""
    audi = Project.objects.get(name="奥迪一汽新能源汽车项目")
    at = clock.now()
    recorded = {"LAND": ["2022-06-22", "合同"]}
    PermitPlan.objects.get_or_create(
        project=audi, defaults={"recorded": recorded, "begins_on": DAY, "as_of": DAY, "created_at": at, "updated_at": at}
    )
    for at, code in enumerate(("TITLE", "LUPP", "CP", "CPP")):
        case = make_case(town, audi, code, "certificate_issued", accepted_on=date(2022, 6, 22))
        Certificate.objects.create(
            case=case, project=audi, item=case.item, number=f"报道{at}", issued_on=date(2022, 6, 24), **stamps(town.dispatcher)
        )


def fill_cases(town, number: int) -> None:
    """Cases with ties in state and day, names as they come."""
    project = town.bare_project(name=f"<b>审批</b>{next(_serial)}")
    codes = [item.code for item in Item.objects.exclude(kind__in=["contract", "event"])]
    for at in range(number):
        state = ("submitted", "accepted", "in_review", "draft")[at % 4]
        make_case(town, project, codes[at % len(codes)], state)
    rows = ApprovalCase.objects.filter(project=project)
    for at, row in enumerate(rows):
        ApprovalCase.objects.filter(pk=row.pk).update(due_on=DAY + timedelta(days=at % 3))


def fill_tolerances(town, number: int) -> None:
    case = make_case(town, town.bare_project(name=f"容缺{next(_serial)}"), "LUPP", "tolerant_accepted")
    for at in range(number):
        paper = CasePaper.objects.create(
            case=case, key=f"p{at}", name=NAMES[at % len(NAMES)].replace("\x0b", ""), primary=False, state="tolerated", position=at
        )
        Tolerance.objects.create(
            case=case,
            paper=paper,
            form=NAMES[at % len(NAMES)].replace("\x0b", ""),
            days=1 + at % 3,
            from_day=DAY,
            due_on=DAY + timedelta(days=at % 4),
            consequence="退回",
            deadline=deadlines.owe(case.dossier, "area:220106", "补", on_due="approvals.lapse", working_days=3),
            **stamps(town.dispatcher),
        )


def fill_commitments(town, number: int) -> None:
    case = make_case(town, town.bare_project(name=f"承诺{next(_serial)}"), "DRAW", "in_review")
    states = ("told", "signed")
    Commitment.objects.bulk_create(
        Commitment(
            case=case,
            organisation=None if at % 2 else town.firms["220106"][0],
            conditions=NAMES[at % len(NAMES)],
            told_at=clock.now(),
            signed_at=clock.now(),
            state=states[at % 2],
            due_on=DAY + timedelta(days=at % 3),
            **stamps(town.dispatcher),
        )
        for at in range(number)
    )


def fill_certificates(town, number: int) -> None:
    project = town.bare_project(name=f"证照{next(_serial)}")
    for at in range(number):
        case = make_case(town, project, "LUPP", "certificate_issued")
        Certificate.objects.create(
            case=case,
            project=project,
            item=case.item,
            number=f"{NAMES[at % len(NAMES)]}{next(_serial)}",
            issued_on=DAY + timedelta(days=at % 3),
            extensions=at % 2,
            **stamps(town.dispatcher),
        )


TARGETS = {
    "approvals.approvalcase": lambda town: town.cases["220106"].case,
    "approvals.opinion": lambda town: town.cases["220106"].opinion,
    "approvals.commitment": lambda town: town.cases["220106"].commitment,
    "approvals.certificate": lambda town: town.cases["220106"].certificate,
    "approvals.badfaithmark": lambda town: town.cases["220106"].mark,
}
FILLERS = {
    "approvals.approvalcase": fill_cases,
    "approvals.tolerance": fill_tolerances,
    "approvals.commitment": fill_commitments,
    "approvals.certificate": fill_certificates,
}
