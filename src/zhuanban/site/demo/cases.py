"""Cases of the demo city: the permits that projects which build have had, what lies on the two permit offices' desks today, and the three
certificates in two days of the vehicle plant.

The articles print how long the plant's three certificates took, not their days and numbers: these are registered as such, see `source`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db.models import Q
from django.urls import reverse

from zhuanban.domains.approvals.actions import planning
from zhuanban.domains.approvals.models import (
    AgentTerm,
    ApprovalCase,
    BadFaithMark,
    CasePaper,
    CaseStep,
    Certificate,
    ClockPause,
    Commitment,
    Desk,
    Guidance,
    ItemVersion,
    Opinion,
    PermitPlan,
    Tolerance,
)
from zhuanban.domains.approvals.queries import speeds
from zhuanban.domains.approvals.rules import clocks
from zhuanban.domains.approvals.rules.certificates import months_after
from zhuanban.domains.people.models import Organisation, User
from zhuanban.domains.plans.models import Node
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.models import Problem
from zhuanban.engines.calendars import Pause, WorkCalendar
from zhuanban.kernel import access, clock, deadlines, files
from zhuanban.kernel.models import Access, Deadline, DeadlinePause, StoredFile
from zhuanban.site.demo.drafts import instant

BUILT, RECENT, OPEN, FAST = 130, 90, 110, 3
"""Projects whose certificates are told in full, cases decided since the summer, cases on the desks, and the days within which three certificates are called fast."""
CHAIN = (("TITLE", 38, "权"), ("LUPP", 36, "地"), ("SCHEME", 30, "审"), ("CPP", 20, "建"), ("CP", 8, "施"))
"""Item, days before the start of building on which it is accepted, and the letter of its number."""
HANDED = {"land_planning": ("LUPP", "TITLE", "SCHEME", "CPP"), "eia": ("EIA",), "energy": ("ENERGY",), "construction_permit": ("CP",)}
"""What a project that has not reached a node may have lying on a desk."""
STATES = {
    "submitted": 20, "one_time_notice": 8, "accepted": 12, "tolerant_accepted": 12, "in_review": 30, "paused": 9, "approved": 5, "returned": 2,
    "refused_intake": 1, "withdrawn": 1,
}  # fmt: skip
STOPS = {"expert_review": "专家评审会", "inspection": "检测报告未出", "public_notice": "公示期", "make_good": "补正图纸"}
SAID = {
    "one_time_notice": "图件缺坐标系说明，申请表未盖章，请一次补齐。",
    "refused_intake": "事项不属于本部门。",
    "withdrawn": "方案调整，撤回重报。",
}
ADVICE = (
    "先对接勘测单位出界图，与申请表同时报。", "总图按消防间距预留回车场，免得方案审查退改。", "可先走模拟审批，交地当天换证。",
    "节能报告与备案同步编制，不占关键路径。",
)  # fmt: skip
WAY = {
    "submitted": ("submit",), "one_time_notice": ("submit", "give_notice"), "accepted": ("submit", "accept"),
    "tolerant_accepted": ("submit", "accept_tolerant"), "in_review": ("submit", "accept", "start_review"),
    "paused": ("submit", "accept", "start_review", "pause"), "approved": ("submit", "accept", "start_review", "approve"),
    "certificate_issued": ("submit", "accept", "start_review", "approve", "issue_certificate"),
    "returned": ("submit", "accept_tolerant", "lapse"), "refused_intake": ("submit", "refuse_intake"), "withdrawn": ("submit", "withdraw"),
}  # fmt: skip
AFTER = {
    "submit": "submitted", "give_notice": "one_time_notice", "accept": "accepted", "accept_tolerant": "tolerant_accepted", "start_review": "in_review",
    "pause": "paused", "approve": "approved", "issue_certificate": "certificate_issued", "lapse": "returned", "refuse_intake": "refused_intake",
    "withdraw": "withdrawn",
}  # fmt: skip
ROLES = {"submit": "owner", "withdraw": "owner", "approve": "approver", "lapse": ""}
PRINTED = (("土地使用证", "TITLE"), ("规划许可证", "LUPP"), ("施工许可证", "CP"))
ACCEPTED, ISSUED = date(2022, 6, 22), date(2022, 6, 24)
"""Two calendar days before the plant's groundbreaking; the papers print the length, not the days."""
ARTICLE = "长春市重大项目公开报道（2022—2023）"


@dataclass
class Story:
    """One case as it is to be written."""

    project: Project
    version: ItemVersion
    state: str
    received: date
    accepted: date | None = None
    decided: date | None = None
    issued: date | None = None
    number: str = ""
    stops: list[Pause] = field(default_factory=list)
    kind: str = "expert_review"
    source: str = ""
    agent: User | None = None


@dataclass
class Hall:
    """What is the same for all cases."""

    rng: Random
    today: date
    days: WorkCalendar
    desks: dict[str, Organisation]
    handlers: dict[int, User]
    approvers: dict[int, User]
    users: Mapping[str, User]
    versions: dict[str, ItemVersion]


def load(users: Mapping[str, User], facts: Mapping[str, Any], seed: int) -> None:
    """Everything of this module, after projects, nodes and problems, before the permit plans that read it."""
    hall = _hall(users, seed)
    if not hall.desks or "LUPP" not in hall.versions:
        return
    stories = [*_plant(hall, facts), *_built(hall), *_recent(hall), *_lying(hall)]
    _write(hall, stories)


def _hall(users: Mapping[str, User], seed: int) -> Hall:
    today = clock.today()
    desks = {row.department: row.organisation for row in Desk.objects.select_related("organisation")}
    bodies = {org.pk for org in desks.values()}
    handlers = {users[name].organisation_id or 0: users[name] for name in ("handler-a", "handler-b", "utility-a", "utility-b")}
    approvers = {users[name].organisation_id or 0: users[name] for name in ("approver-a", "approver-b")}
    newest = (
        ItemVersion.objects.filter(effective_from__lte=today)
        .order_by("effective_from", "pk")
        .select_related("item")
        .prefetch_related("papers")
    )
    versions = {version.item.code: version for version in newest if version.item.is_handled}
    return Hall(
        Random(seed + 67),
        today,
        deadlines.calendar(),
        desks,
        {pk: user for pk, user in handlers.items() if pk in bodies},
        approvers,
        users,
        versions,
    )


# -------------------------------------------------------------------------------------------------------------- what is told


def _plant(hall: Hall, facts: Mapping[str, Any]) -> Iterator[Story]:
    """The vehicle plant's three certificates, as printed."""
    told = next((each for each in facts["projects"] if "permits" in each), None)
    project = Project.objects.filter(name=told["name"], synthetic=False).first() if told else None
    if told is None or project is None:
        return
    length = told["permits"]["days"]["value"]
    source = f"{ARTICLE}：三证{length}天办齐；文号和日期报道未载，按{length}天登记"
    names = dict(PRINTED)
    for name in told["permits"]["set"]:
        yield Story(
            project, hall.versions[names[name]], "certificate_issued", ACCEPTED, ACCEPTED, ISSUED, ACCEPTED + timedelta(length), f"（报道未载文号）{name}",
            source=source,
        )  # fmt: skip


def _free() -> Any:
    """Projects on which no other desk has left its word."""
    marked = Problem.objects.filter(department__name__contains="演示").values("project")
    return Project.objects.filter(synthetic=True).exclude(pk__in=marked).exclude(content_and_scale__contains="内部代号").order_by("pk")


def _built(hall: Hall) -> Iterator[Story]:
    """The whole chain of projects that began to build in 2022; a few had three certificates in two days."""
    begun = ("under_construction", "suspended")
    rows = _free().filter(stage__in=begun, start_actual__gte="2022-02-15", start_actual__lt="2022-12-01")
    rows = [row for row in rows.order_by("start_actual", "pk") if row.start_actual.precision == "day"]
    rows = rows[:: max(len(rows) // BUILT, 1)][:BUILT]
    for place, project in enumerate(rows):
        start, fast = project.start_actual.first, place % 19 == 7
        for code, before, letter in CHAIN:
            version = hall.versions[code]
            accepted = hall.days.on_or_after(start - timedelta(7 if fast else before))
            promise = max(version.terms.days or 5, 1)
            taken = 1 if fast else max(0, round(promise * hall.rng.triangular(0.2, 1.25, 0.7)))
            decided = min(hall.days.due(accepted, taken), hall.days.on_or_after(start - timedelta(3)))
            stops = []
            if not fast and hall.rng.random() < 0.06:
                stops = [Pause(accepted, hall.days.due(accepted, 3))]
                decided = hall.days.due(decided, 3)
            issued = decided if fast else min(hall.days.due(decided, hall.rng.randrange(0, 2)), hall.today)
            number = f"长演{letter}〔{issued.year}〕{project.ref[-5:]}号"
            received = hall.days.on_or_after(accepted - timedelta(0 if fast else hall.rng.randrange(0, 4)))
            yield Story(
                project,
                version,
                "certificate_issued",
                min(received, accepted),
                accepted,
                max(decided, accepted),
                max(issued, decided),
                number,
                stops,
            )


def _recent(hall: Hall) -> Iterator[Story]:
    """What was decided since the summer for projects that are still ahead: what waits for nothing else."""
    rows = _free().filter(stage="reserve").exclude(start_planned=None).order_by("-start_planned", "-pk")[:RECENT]
    first = date(2022, 8, 22)
    for place, project in enumerate(rows):
        code, letter = (("ENERGY", "节"), ("EIA", "环"))[place % 2]
        version = hall.versions[code]
        accepted = hall.days.on_or_after(first + timedelta(round(place * (hall.today - first).days * 0.93 / RECENT)))
        taken = max(
            1, round((version.terms.days or 10) * hall.rng.triangular(0.2, 1.1, 0.6) * (5 / 7 if version.terms.unit == "calendar" else 1))
        )
        decided = min(hall.days.due(accepted, taken), hall.today)
        received = _before(hall, accepted, hall.rng.randrange(0, 4))
        number = f"长演{letter}〔{decided.year}〕{project.ref[-5:]}号"
        yield Story(project, version, "certificate_issued", received, accepted, decided, decided, number)


def _lying(hall: Hall) -> Iterator[Story]:
    """What is on the desks today: fresh, waiting for papers, under review, stopped, late."""
    rows = list(
        _free().filter(stage__in=["pre_stage", "ready", "reserve"]).exclude(start_planned=None).order_by("start_planned", "pk")[: OPEN * 3]
    )
    reached = set(Node.objects.filter(project__in=rows, reached_on__isnull=False).values_list("project", "code"))
    rng, agents = hall.rng, [hall.users["agent-a"], hall.users["agent-b"]]
    made = 0
    for project in rows:
        if made >= OPEN:
            return
        open_nodes = [node for node in HANDED if (project.pk, node) not in reached]
        if project.stage != "ready":
            open_nodes = [node for node in open_nodes if node != "construction_permit"]
        if not open_nodes:
            continue
        code = rng.choice(HANDED[open_nodes[0]])
        version, state = hall.versions[code], rng.choices(list(STATES), list(STATES.values()))[0]
        state = "returned" if made % 40 == 21 else state
        if state in {"tolerant_accepted", "returned"} and not version.tolerant:
            state = "in_review"
        limit = max(version.terms.days or 20, 1)
        back = {"submitted": rng.randrange(0, 4), "returned": 20, "tolerant_accepted": rng.randrange(0, 2)}.get(
            state, rng.randrange(0, limit + 2)
        )
        accepted = _working_days_ago(hall, back)
        received = (
            accepted
            if state in {"submitted", "one_time_notice", "refused_intake", "withdrawn"}
            else _before(hall, accepted, rng.randrange(0, 4))
        )
        undecided = state in {"submitted", "one_time_notice", "refused_intake", "withdrawn"}
        stops = [Pause(hall.days.on_or_after(min(accepted + timedelta(2), hall.today)))] if state == "paused" else []
        yield Story(
            project, version, state, received, None if undecided else accepted, hall.today if state == "approved" else None, stops=stops,
            kind=rng.choice(list(STOPS)), agent=agents[made % 2] if made % 9 == 4 else None,
        )  # fmt: skip
        made += 1


def _working_days_ago(hall: Hall, number: int) -> date:
    day = hall.today
    while number or not hall.days.is_workday(day):
        day -= timedelta(1)
        number -= hall.days.is_workday(day) if number else 0
    return day


def _before(hall: Hall, day: date, number: int) -> date:
    for _each in range(number):
        day -= timedelta(1)
        while not hall.days.is_workday(day):
            day -= timedelta(1)
    return day


# ------------------------------------------------------------------------------------------------------------------ writing


def _write(hall: Hall, stories: list[Story]) -> None:
    """All rows of all cases, table by table."""
    numbers: dict[int, int] = {}
    cases = [_case(hall, story, numbers) for story in stories]
    clocks_of = [_deadline(hall, story, case) for story, case in zip(stories, cases, strict=True)]
    principals = access.principal_ids({key for key, _row in clocks_of if key})
    running = [row for _key, row in clocks_of if row is not None]
    for key, row in clocks_of:
        if row is not None:
            row.holder_id = principals[key]
    Deadline.objects.bulk_create(running)
    for (_key, row), case in zip(clocks_of, cases, strict=True):
        case.deadline = row
    ApprovalCase.objects.bulk_create(cases)
    link = reverse("approvals:case", args=[0])
    for case in cases:
        if case.deadline:
            case.deadline.url = link.replace("/0/", f"/{case.pk}/")
    Deadline.objects.bulk_update([case.deadline for case in cases if case.deadline], ["url"])
    pairs = list(zip(stories, cases, strict=True))
    sheet = _sheet()
    _papers(hall, pairs, sheet)
    CaseStep.objects.bulk_create([row for pair in pairs for row in _steps(hall, *pair)])
    _stops(hall, pairs, sheet)
    _tolerances(hall, pairs)
    _certificates(hall, pairs)
    _commitments(hall, pairs)
    _opinions(hall, pairs)
    _agents(pairs)
    _rights(pairs)
    _guidances(hall, pairs)


def _case(hall: Hall, story: Story, numbers: dict[int, int]) -> ApprovalCase:
    item, terms, year = story.version.item, story.version.terms, story.received.year
    numbers[year] = numbers.get(year, 0) + 1
    desk = hall.desks.get(item.department)
    statutory = 20 if terms.statutory_days is None else terms.statutory_days
    promised = min(terms.days if terms.days is not None else statutory, statutory)
    handler = hall.handlers.get(desk.pk) if desk else None
    promised_on = (
        clocks.due(story.accepted, promised, terms.unit, [stop for stop in story.stops if stop.end], hall.days) if story.accepted else None
    )
    ended = story.state in {"returned", "refused_intake", "withdrawn"}
    case = ApprovalCase(
        project=story.project, item=item, item_version=story.version, ref=f"SP-{year}-{numbers[year]:05d}", applicant_id=story.project.owner_org_id,
        department=desk, agent=story.agent, handler=handler if story.state not in {"submitted", "withdrawn"} else None, state=story.state,
        intake="tolerant" if story.state in {"tolerant_accepted", "returned"} else "ordinary" if story.accepted else "", received_on=story.received,
        accepted_on=story.accepted, promised_on=promised_on, unit=terms.unit, submitted_at=_at(hall, story.received, story, 0),
        statutory_days=statutory if story.accepted else None, promised_days=promised if story.accepted else None,
        due_on=promised_on or hall.days.due(story.received, 5), synthetic=True, source=story.source[:120], import_batch="demo",
        created_at=_at(hall, story.received, story, 0), updated_at=_at(hall, story.issued or story.decided or story.accepted or story.received, story, 9),
    )  # fmt: skip
    if story.state == "one_time_notice":
        case.noticed_at, case.notice, case.due_on = _at(hall, story.received, story, 3), SAID[story.state], story.received
    if ended:
        case.due_on = story.accepted or story.received
    if story.decided and story.accepted:
        told = clocks.used(story.received, story.accepted, story.decided, terms.unit, story.stops, hall.days)
        case.used_days, case.work_days, case.felt_days = told.counted, told.working, told.felt
        case.in_promise, case.decided_on = told.counted <= promised, story.decided
        case.decision, case.due_on = (
            "经审查，符合法定条件和标准。",
            hall.days.due(story.decided, 10) if story.state == "approved" else story.decided,
        )
        case.decider = hall.approvers.get(desk.pk) if desk else None
    return case


def _at(hall: Hall, day: date, story: Story, step: int) -> datetime:
    """A minute of the day, never after now."""
    return min(instant(day, story.project.ref) + timedelta(minutes=step * 11), clock.now())


def _deadline(hall: Hall, story: Story, case: ApprovalCase) -> tuple[str, Deadline | None]:
    """The running clock of an open case: the notice, the decision, the certificate."""
    kinds = {"submitted": "approvals.silent", "approved": "approvals.certificate_late"}
    if case.department_id is None or story.state not in {"submitted", "accepted", "tolerant_accepted", "in_review", "paused", "approved"}:
        return "", None
    title = {"submitted": "受理或一次性告知", "approved": "发证"}.get(story.state, "作出决定")
    started = story.decided or story.accepted or story.received
    row = Deadline(
        dossier_id=story.project.pk, on_due=kinds.get(story.state, "approvals.undecided"), title=f"{title}：{case.item.name}（{story.project.name}）"[:200],
        started_on=started, working_days=5 if story.state == "submitted" else None if case.unit == "calendar" else case.promised_days, due_on=case.due_on,
        state="paused" if story.state == "paused" else "open", fired_at=clock.now() if case.due_on < hall.today else None,
    )  # fmt: skip
    return f"org:{case.department_id}", row


def _sheet() -> files.Received:
    """One page that stands for every invented paper."""
    from django.core.files.base import ContentFile

    return files.receive(ContentFile("%PDF-1.4\n演示材料\n%%EOF\n".encode(), name="演示材料.pdf"))


def _stored(pairs: list[tuple[Project, User, str, datetime]], sheet: files.Received) -> list[StoredFile]:
    return StoredFile.objects.bulk_create(
        [
            StoredFile(
                dossier_id=project.pk, by=by, at=at, kind=kind, name=sheet.name, content_type=sheet.content_type, size=sheet.size, sha256=sheet.sha256
            )
            for project, by, kind, at in pairs
        ]
    )  # fmt: skip


def _papers(hall: Hall, pairs: list[tuple[Story, ApprovalCase]], sheet: files.Received) -> None:
    """All papers; the files of those on the desks today are there to be opened."""
    rows, wanted = [], []
    for story, case in pairs:
        lacking = story.state in {"tolerant_accepted", "returned"}
        for paper in story.version.papers.all():
            state = (
                "tolerated"
                if lacking and not paper.main
                else "flawed"
                if story.state == "one_time_notice" and paper.position == 1
                else "provided"
            )
            row = CasePaper(
                case=case, key=paper.key, name=paper.name, primary=paper.main, form=str(paper.get_form_display()), position=paper.position, state=state,
                flaw=SAID["one_time_notice"] if state == "flawed" else "", provided_at=case.submitted_at if state == "provided" else None,
            )  # fmt: skip
            rows.append(row)
            if state == "provided" and not story.decided:
                wanted.append((row, (story.project, case.handler or hall.users["handler-a"], "approval.paper", handed(case))))
    for (row, _told), stored in zip(wanted, _stored([told for _row, told in wanted], sheet), strict=True):
        row.file = stored
    CasePaper.objects.bulk_create(rows)


def handed(case: ApprovalCase) -> datetime:
    """When the case was handed in."""
    return case.submitted_at or clock.now()


def _steps(hall: Hall, story: Story, case: ApprovalCase) -> Iterator[CaseStep]:
    before = "draft"
    days = {
        "submit": story.received, "approve": story.decided, "issue_certificate": story.issued, "pause": story.stops[0].start if story.stops else None,
    }  # fmt: skip
    for place, deed in enumerate(WAY[story.state]):
        by = {"submit": None, "withdraw": None, "lapse": None, "approve": case.decider}.get(deed, case.handler)
        day = days.get(deed) or story.accepted or story.received
        yield CaseStep(
            case=case, deed=deed, before=before, after=AFTER[deed], by=by, role=ROLES.get(deed, "case_handler"), at=_at(hall, day, story, place + 1),
            reason=SAID.get(AFTER[deed], STOPS[story.kind] if deed == "pause" else ""),
        )  # fmt: skip
        before = AFTER[deed]


def _stops(hall: Hall, pairs: list[tuple[Story, ApprovalCase]], sheet: files.Received) -> None:
    """Every stop has its document."""
    told = [(story, case, stop) for story, case in pairs for stop in story.stops]
    stored = _stored(
        [(story.project, case.handler or hall.users["handler-a"], "approval.document", handed(case)) for story, case, _stop in told],
        sheet,
    )
    ClockPause.objects.bulk_create(
        [
            ClockPause(
                case=case, kind=story.kind, reason=STOPS[story.kind], document=paper, from_day=stop.start, to_day=stop.end, by=case.handler
            )
            for (story, case, stop), paper in zip(told, stored, strict=True)
        ]
    )
    DeadlinePause.objects.bulk_create(
        [
            DeadlinePause(
                deadline=case.deadline, kind=story.kind, reason=STOPS[story.kind], document=paper, from_day=stop.start, to_day=stop.end, by=case.handler
            )
            for (story, case, stop), paper in zip(told, stored, strict=True)
            if case.deadline and case.handler
        ]
    )  # fmt: skip


def _tolerances(hall: Hall, pairs: list[tuple[Story, ApprovalCase]]) -> None:
    rows, marks = [], []
    stamps = {"synthetic": True, "import_batch": "demo"}
    lacking = [(story, case) for story, case in pairs if story.state in {"tolerant_accepted", "returned"} and case.applicant_id]
    principals = access.principal_ids({f"org:{case.applicant_id}" for _story, case in lacking})
    papers = list(CasePaper.objects.filter(case__in=[case for _story, case in lacking], state="tolerated"))
    by_case = {case.pk: (story, case) for story, case in lacking}
    for paper in papers:
        story, case = by_case[paper.case_id]
        gone = story.state == "returned"
        start = story.accepted or story.received
        days = max(1, min(case.promised_days or 1, 10))
        due = hall.days.due(start, days)
        deadline = Deadline.objects.create(
            dossier_id=story.project.pk, on_due="approvals.lapse", title=f"补交容缺材料：{case.item.name}（{story.project.name}）"[:200],
            url=case.get_absolute_url(), holder_id=principals[f"org:{case.applicant_id}"], started_on=start, working_days=days, due_on=due,
            state="cancelled" if gone else "open", settled_at=clock.now() if gone else None,
        )  # fmt: skip
        at = handed(case)
        rows.append(
            Tolerance(
                case=case, paper=paper, form="原件电子扫描件", days=days, from_day=start, due_on=due, state="lapsed" if gone else "open", deadline=deadline,
                consequence="逾期不补正的，退回办件，记入失信记录，修复前不再适用容缺受理。", ended_at=at if gone else None, created_at=at, updated_at=at,
                **stamps,
            )
        )  # fmt: skip
        if gone:
            marks.append(
                BadFaithMark(
                    project=story.project, case=case, organisation_id=case.applicant_id or 0, reason=f"容缺材料逾期未补：{paper.name}", marked_on=due, created_at=at,
                    updated_at=at, **stamps,
                )
            )  # fmt: skip
    Tolerance.objects.bulk_create(rows)
    BadFaithMark.objects.bulk_create(marks)


def _certificates(hall: Hall, pairs: list[tuple[Story, ApprovalCase]]) -> None:
    """With the day on which each permit would have ended, and the sites that stand still: most have reported it, some owe it."""
    rows: list[Certificate] = []
    for story, case in pairs:
        if story.state != "certificate_issued" or story.issued is None:
            continue
        permit, project = case.item.code == "CP", story.project
        started = project.start_actual.first if permit and project.start_actual else None
        stopped = project.stage_since if started and project.stage == "suspended" else None
        at = _at(hall, story.issued, story, 8)
        row = Certificate(
            case=case, project=project, item=case.item, number=story.number, issued_on=story.issued, created_at=at, updated_at=at,
            synthetic=True, source=story.source[:120], import_batch="demo", start_by=months_after(story.issued, 3) if permit else None,
            started_on=max(started, story.issued) if started else None, stopped_on=stopped,
        )  # fmt: skip
        if stopped and len(rows) % 3:
            row.stop_reported_on = hall.days.on_or_after(stopped + timedelta(12))
        elif stopped and case.applicant_id:
            row.report_clock = deadlines.owe(
                project.dossier, f"org:{case.applicant_id}", f"报告中止施工：{case.item.name}（{project.name}）", on_due="approvals.stop_unreported",
                due_on=months_after(stopped, 1), started_on=stopped, url=case.get_absolute_url(),
            )  # fmt: skip
        rows.append(row)
    Certificate.objects.bulk_create(rows)


def grant_land() -> None:
    """After the permit plans: the day of the land of the fastest projects, whose works began with it (拿地即开工)."""
    three = speeds.three_certificates(Certificate.objects.filter(project__synthetic=True), FAST)
    at = clock.now()
    for each in three:
        plan, _made = PermitPlan.objects.get_or_create(
            project=each.project,
            defaults={"begins_on": each.span.first, "as_of": clock.today(), "created_at": at, "updated_at": at, "synthetic": True},
        )
        plan.recorded = plan.recorded | {"LAND": [each.span.first.isoformat(), "演示〔2022〕出让合同"]}
        plan.save(update_fields=["recorded"])
    planning.recompute_projects([each.project.pk for each in three])


def _commitments(hall: Hall, pairs: list[tuple[Story, ApprovalCase]]) -> None:
    """Some schemes and opinions were decided on a commitment; most were checked, some are due."""
    rows = []
    found = [
        (story, case)
        for story, case in pairs
        if case.item.code in {"SCHEME", "CP"} and case.decided_on and not story.source and story.decided
    ]
    for place, (_story, case) in enumerate(found[::11]):
        due = months_after(case.decided_on or hall.today, 2)
        fresh = due >= hall.today
        at = handed(case)
        rows.append(
            Commitment(
                case=case, organisation_id=case.applicant_id, conditions="图件深度符合审查要点；三十日内补齐专项说明。", told_at=at, signed_at=at,
                state="decided" if fresh else ("checked_ok", "checked_ok", "checked_ok", "closed")[place % 4], decided_on=case.decided_on, due_on=due,
                checked_on=None if fresh else due, ended_on=None if fresh else due, finding="" if fresh else "现场核查，与承诺一致。", synthetic=True,
                import_batch="demo", created_at=at, updated_at=at,
            )
        )  # fmt: skip
    Commitment.objects.bulk_create(rows)


def _opinions(hall: Hall, pairs: list[tuple[Story, ApprovalCase]]) -> None:
    """Cases under review on which the other office is asked."""
    rows = []
    under = [(story, case) for story, case in pairs if story.state == "in_review" and case.department_id]
    bodies = {org.pk: org for org in hall.desks.values() if org.pk in hall.approvers}
    for place, (story, case) in enumerate(under[::4]):
        other = next((org for pk, org in sorted(bodies.items()) if pk != case.department_id), None)
        if other is None:
            return
        deadline = Deadline.objects.create(
            dossier_id=story.project.pk, on_due="approvals.opinion_late", title=f"答复征求意见：{case.item.name}（{story.project.name}）"[:200],
            url=case.get_absolute_url(), holder=access.principal(f"org:{other.pk}"), started_on=hall.today, working_days=5,
            due_on=hall.days.due(hall.today, 5), state="settled" if place % 2 else "open", settled_at=clock.now() if place % 2 else None,
        )  # fmt: skip
        rows.append(
            Opinion(
                case=case, department=other, subject=("消防意见", "人防意见", "规划核实")[place % 3], deadline=deadline, created_at=clock.now(),
                updated_at=clock.now(), synthetic=True, verdict="pass" if place % 2 else "", answered_at=clock.now() if place % 2 else None,
            )
        )  # fmt: skip
    Opinion.objects.bulk_create(rows)
    ApprovalCase.objects.filter(pk__in=[row.case_id for row in rows]).update(joint=True)


def _agents(pairs: list[tuple[Story, ApprovalCase]]) -> None:
    given = [(case, case.agent) for _story, case in pairs if case.agent]
    AgentTerm.objects.bulk_create([AgentTerm(case=case, agent=agent, from_at=handed(case), by=None) for case, agent in given])
    ids = access.principal_ids({f"user:{agent.pk}" for _case, agent in given})
    Access.objects.bulk_create(
        [Access(principal_id=ids[f"user:{agent.pk}"], dossier_id=case.project_id, level=access.ACT) for case, agent in given],
        ignore_conflicts=True,
    )


def _guidances(hall: Hall, pairs: list[tuple[Story, ApprovalCase]]) -> None:
    """Advice given before some of the cases on the desks were handed in."""
    told = [(story, case) for story, case in pairs if not story.decided and case.handler][::4]
    rows = []
    for place, (story, case) in enumerate(told):
        day = _before(hall, story.received, 6)
        at = _at(hall, day, story, 0)
        rows.append(
            Guidance(
                project=story.project, item=case.item, day=day, by=case.handler, words=ADVICE[place % len(ADVICE)], created_at=at, updated_at=at, synthetic=True
            )
        )  # fmt: skip
    Guidance.objects.bulk_create(rows)


def _rights(pairs: list[tuple[Story, ApprovalCase]]) -> None:
    """Departments act where a case of theirs lives, look on where all have ended, and read where they are asked."""
    over = {"returned", "refused_intake", "withdrawn"}
    levels: dict[tuple[int, int], int] = {}
    asked = Opinion.objects.filter(Q(synthetic=True)).values_list("department", "case__project", "verdict")
    told = [(case.department_id, case.project_id, story.state in over) for story, case in pairs if case.department_id]
    for department, project, ended in [*told, *((desk, project, bool(verdict)) for desk, project, verdict in asked)]:
        level = access.SEE if ended else access.ACT
        levels[department, project] = max(level, levels.get((department, project), access.SEE))
    ids = access.principal_ids({f"org:{department}" for department, _project in levels})
    Access.objects.bulk_create(
        [
            Access(principal_id=ids[f"org:{department}"], dossier_id=project, level=level)
            for (department, project), level in sorted(levels.items())
        ],
        update_conflicts=True,
        unique_fields=["principal", "dossier"],
        update_fields=["level"],
    )
