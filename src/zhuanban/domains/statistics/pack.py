"""What is known of the packs of some projects, gathered in a fixed number of queries, and what the checks in force say of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from django.db.models import Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.plans.models import Node, QuantityEntry, WorkItem
from zhuanban.domains.portfolio.models import Project, Proof
from zhuanban.domains.statistics import checks
from zhuanban.domains.statistics.checks import Evidence, Pack, Verdict
from zhuanban.domains.statistics.models import CheckRule, EntryPaper, StatisticsEntry
from zhuanban.kernel import clock, parameters

COUNTED_FROM = parameters.declare(
    "statistics.counted_from", gettext_lazy("纳入固定资产投资统计的计划总投资下限"), int, pgettext_lazy("parameter unit", "元")
)
MONTHLY_FROM = parameters.declare(
    "statistics.monthly_from", gettext_lazy("按月联网直报的计划总投资下限"), int, pgettext_lazy("parameter unit", "元")
)
BEFORE_START = {
    Project.Stage.LEAD,
    Project.Stage.NEGOTIATING,
    Project.Stage.SIGNED,
    Project.Stage.RESERVE,
    Project.Stage.PRE_STAGE,
    Project.Stage.READY,
}
BUILT = {Project.Stage.COMPLETED, Project.Stage.IN_PRODUCTION, Project.Stage.FULL_CAPACITY}
NOT_MAIN = {WorkItem.Kind.EARTHWORK, WorkItem.Kind.OUTDOOR, WorkItem.Kind.OTHER}
"""Work items that are no main works: levelling and what may come before or beside them."""
MAIN_NODES = ("topping_out", "warm_enclosure", "completed")
"""Nodes that nothing but main works leads to."""
MAIN_PHOTOS = {EntryPaper.Shows.FOUNDATION, EntryPaper.Shows.STRUCTURE, EntryPaper.Shows.EQUIPMENT}

Gather: TypeAlias = Callable[[Sequence[int]], dict[int, list[Evidence]]]
WORKS: list[Gather] = []
"""Who else knows of works on a site: functions `(projects) -> project -> evidence`. A module above joins in with its own records."""


def gathers(function: Gather) -> Gather:
    """Register a source of evidence that main works have begun."""
    WORKS.append(function)
    return function


@dataclass(frozen=True)
class Checked:
    """A check with what it says of a project."""

    rule: CheckRule
    verdict: Verdict

    @property
    def met(self) -> bool:
        return self.verdict.answer == checks.YES


def rules_in_force(on: date | None = None) -> list[CheckRule]:
    """The checks of a day in their order."""
    day = on or clock.today()
    rows = CheckRule.objects.filter(effective_from__lte=day).filter(Q(effective_to=None) | Q(effective_to__gt=day))
    newest: dict[str, CheckRule] = {}
    for row in rows.order_by("effective_from"):
        newest[row.key] = row
    return sorted(newest.values(), key=lambda row: (row.position, row.pk))


def applies(rule: CheckRule, project: Project) -> bool:
    industries = rule.applies.get("industry", ())
    return not industries or (project.industry_code or "").startswith(tuple(industries))


def checked(entries: Iterable[StatisticsEntry]) -> dict[int, list[Checked]]:
    """Entry -> every check that applies to it with its verdict."""
    rows = list(entries)
    rules = [(rule, _bounded(rule.params)) for rule in rules_in_force()]
    packs = gather(rows)
    return {
        row.pk: [
            Checked(rule, checks.judge(rule.method, packs[row.pk].facts, rule.facts, params))
            for rule, params in rules
            if applies(rule, row.project)
        ]
        for row in rows
    }


def _bounded(params: dict[str, Any]) -> dict[str, Any]:
    """A check's parameters with the value of the one that it names."""
    return params | {"bound": parameters.value(params["parameter"])} if "parameter" in params else params


def gather(rows: Sequence[StatisticsEntry]) -> dict[int, Pack]:
    """What is known of each entry's pack. The statements do not depend on how many there are."""
    papers: dict[int, dict[str, Any]] = defaultdict(dict)
    photos: dict[int, list[EntryPaper]] = defaultdict(list)
    for paper in EntryPaper.objects.filter(entry__in=[row.pk for row in rows]).order_by("pk"):
        papers[paper.entry_id][paper.kind] = paper
        if paper.kind == EntryPaper.Kind.PHOTO:
            photos[paper.entry_id].append(paper)
    projects = [row.project_id for row in rows]
    proofs = _approvals(projects)
    works = works_of(projects)
    return {
        row.pk: Pack(_facts(row, papers[row.pk], photos[row.pk], proofs.get(row.project_id), works.get(row.project_id, [])), papers[row.pk])
        for row in rows
    }


def _approvals(projects: Sequence[int]) -> dict[int, Proof]:
    """The newest approval, verification or filing paper that the project already has: it is not asked for twice."""
    rows = Proof.objects.filter(project__in=projects, kind=Proof.Kind.APPROVAL).order_by("pk")
    return {row.project_id: row for row in rows}


def _facts(
    entry: StatisticsEntry, papers: dict[str, EntryPaper], photos: list[EntryPaper], proof: Proof | None, works: list[Evidence]
) -> dict[str, Any]:
    project = entry.project
    facts: dict[str, Any] = {
        "owner.party": project.owner_org.name if project.owner_org else None,
        "project.amount": project.planned_investment,
        "project.code": project.project_code,
        "start.on": project.start_actual,
        "begun": begun(project),
        "works": tuple([*works, *(_of_photo(photo) for photo in photos)]),
        "photo": True if any(photo.dated_on for photo in photos) else None,
    }
    for kind, paper in papers.items():
        if kind != EntryPaper.Kind.PHOTO:
            facts |= {
                kind: True,
                f"{kind}.party": paper.party or None,
                f"{kind}.code": paper.project_code or None,
                f"{kind}.amount": paper.amount,
                f"{kind}.on": paper.dated_on,
            }
    if proof:
        facts["approval"] = True
        facts["approval.on"] = facts.get("approval.on") or proof.issued_on
    return facts


def begun(project: Project) -> bool | None:
    """Whether the project's own records say that it has begun; None where they do not tell."""
    if project.start_actual is not None or project.stage in BUILT:
        return True
    return False if project.stage in BEFORE_START else None


def _of_photo(photo: EntryPaper) -> Evidence:
    words = _("现场照片：%(what)s") % {"what": photo.get_shows_display() or _("未注明内容")}
    return Evidence(
        words, photo.dated_on, photo.shows in MAIN_PHOTOS, reverse("kernel:file", args=[photo.file_id]) if photo.file_id else ""
    )


# Evidence from the records below --------------------------------------------------------------------------------------


def works_of(projects: Sequence[int]) -> dict[int, list[Evidence]]:
    """Project -> what tells of works on its site, from every source."""
    found: dict[int, list[Evidence]] = defaultdict(list)
    for source in WORKS:
        for project, each in source(projects).items():
            found[project] += each
    return found


@gathers
def quantities(projects: Sequence[int]) -> dict[int, list[Evidence]]:
    """The first measured day of each kind of work."""
    rows = (
        QuantityEntry.objects.filter(item__project__in=projects, amount__gt=0)
        .order_by()
        .values_list("item__project", "item__kind")
        .annotate(first=Min("day"))
        .values_list("item__project", "item__kind", "first")
    )
    found: dict[int, list[Evidence]] = defaultdict(list)
    for project, kind, day in rows:
        words = _("工程量台账：%(what)s") % {"what": WorkItem.Kind(kind).label}
        found[project].append(Evidence(words, day, kind not in NOT_MAIN, reverse("plans:plan", args=[project])))
    return found


@gathers
def reached_nodes(projects: Sequence[int]) -> dict[int, list[Evidence]]:
    """Nodes reached that nothing but main works leads to, known to the day."""
    rows = Node.objects.filter(project__in=projects, code__in=MAIN_NODES, work=None, precision="day").exclude(reached_on=None)
    found: dict[int, list[Evidence]] = defaultdict(list)
    for node in rows:
        words = _("节点完成：%(what)s") % {"what": node.name}
        found[node.project_id].append(Evidence(words, node.reached_on, True, node.get_absolute_url()))
    return found


@gathers
def certificates(projects: Sequence[int]) -> dict[int, list[Evidence]]:
    """An acceptance certificate: what was accepted was built."""
    rows = Proof.objects.filter(project__in=projects, kind=Proof.Kind.ACCEPTANCE).exclude(issued_on=None).order_by("pk")
    found: dict[int, list[Evidence]] = defaultdict(list)
    for row in rows:
        found[row.project_id].append(Evidence(str(Proof.Kind.ACCEPTANCE.label), row.issued_on, True))
    return found
