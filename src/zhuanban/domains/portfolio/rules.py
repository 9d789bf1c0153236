"""When a verb of the portfolio may be done: the reason against, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.portfolio.models import Contest, MergeProposal, Project, Proof, StageGate
from zhuanban.kernel import clock
from zhuanban.kernel.words import Words, listed

Stage = Project.Stage

FORWARD: dict[str, str] = {
    Stage.LEAD: Stage.NEGOTIATING,
    Stage.NEGOTIATING: Stage.SIGNED,
    Stage.SIGNED: Stage.RESERVE,
    Stage.RESERVE: Stage.PRE_STAGE,
    Stage.PRE_STAGE: Stage.READY,
    Stage.READY: Stage.UNDER_CONSTRUCTION,
    Stage.UNDER_CONSTRUCTION: Stage.COMPLETED,
    Stage.COMPLETED: Stage.IN_PRODUCTION,
    Stage.IN_PRODUCTION: Stage.FULL_CAPACITY,
    Stage.FULL_CAPACITY: Stage.ARCHIVED,
}
"""The way of a project (domain handbook 8.1). Suspending, resuming and cancelling are verbs of their own."""

STEPS = [Stage.LEAD, *FORWARD.values()]
BEFORE_COMPLETION = [*STEPS[: STEPS.index(Stage.COMPLETED)], Stage.SUSPENDED]
OVER = {Stage.ARCHIVED, Stage.CANCELLED}


@dataclass(frozen=True)
class Requirement:
    """A thing a gate can ask for: its name, and whether the project has it. `proof` is the paper that would settle it."""

    label: Words
    met: Callable[[Project], bool]
    proof: str = ""
    field: str = ""


def _has(kind: str) -> Callable[[Project], bool]:
    return lambda project: any(proof.kind == kind for proof in project.proofs.all())


REQUIREMENTS: dict[str, Requirement] = {
    "owner_org": Requirement(gettext_lazy("明确项目单位"), lambda p: p.owner_org_id is not None, field="owner_org"),
    "area": Requirement(gettext_lazy("落位到县（市）区或开发区"), lambda p: p.area_id is not None, field="area"),
    "planned_investment": Requirement(
        gettext_lazy("填报计划总投资"), lambda p: p.planned_investment is not None, field="planned_investment"
    ),
    "content_and_scale": Requirement(gettext_lazy("填写建设内容及规模"), lambda p: bool(p.content_and_scale), field="content_and_scale"),
    "agreement": Requirement(gettext_lazy("投资协议"), _has(Proof.Kind.AGREEMENT), proof=Proof.Kind.AGREEMENT),
    "approval": Requirement(gettext_lazy("立项（审批、核准或备案）"), _has(Proof.Kind.APPROVAL), proof=Proof.Kind.APPROVAL),
    "permission_regime": Requirement(gettext_lazy("明确审批、核准或备案"), lambda p: bool(p.permission_regime), field="permission_regime"),
    "land": Requirement(gettext_lazy("用地手续"), _has(Proof.Kind.LAND), proof=Proof.Kind.LAND),
    "planning": Requirement(gettext_lazy("建设工程规划许可证"), _has(Proof.Kind.PLANNING), proof=Proof.Kind.PLANNING),
    "start_planned": Requirement(gettext_lazy("填报计划开工时间"), lambda p: p.start_planned is not None, field="start_planned"),
    "construction_permit": Requirement(
        gettext_lazy("施工许可证，或依法不需许可的依据"),
        lambda p: _has(Proof.Kind.CONSTRUCTION)(p) or _has(Proof.Kind.EXCEPTION)(p),
        proof=Proof.Kind.CONSTRUCTION,
    ),
    "contractor": Requirement(gettext_lazy("明确施工单位"), lambda p: p.contractor_id is not None, field="contractor"),
    "acceptance": Requirement(gettext_lazy("竣工验收意见"), _has(Proof.Kind.ACCEPTANCE), proof=Proof.Kind.ACCEPTANCE),
    "production": Requirement(gettext_lazy("投产证明"), _has(Proof.Kind.PRODUCTION), proof=Proof.Kind.PRODUCTION),
    "full_capacity": Requirement(gettext_lazy("达产证明"), _has(Proof.Kind.CAPACITY), proof=Proof.Kind.CAPACITY),
}


def next_stage(project: Project) -> str:
    """The stage after this one; empty at the end, or while suspended."""
    return FORWARD.get(project.stage, "")


def gates_of(stage: str, on: date | None = None) -> list[StageGate]:
    """The gate rows in force before a stage."""
    day = on or clock.today()
    rows = StageGate.objects.filter(stage=stage, effective_from__lte=day).order_by("pk")
    return [gate for gate in rows if gate.effective_to is None or gate.effective_to > day]


def checklist(project: Project) -> list[dict]:
    """What the next stage asks for, each with whether it is met."""
    known = ((gate, REQUIREMENTS.get(gate.requirement)) for gate in gates_of(next_stage(project)))
    return [{"gate": gate, "requirement": need, "met": need.met(project)} for gate, need in known if need]


def lacking(project: Project) -> list[str]:
    return [str(each["requirement"].label) for each in checklist(project) if not each["met"]]


def over(project: Project) -> str:
    if project.merged_into_id:
        return _("项目已并入另一个项目。")
    return _("项目已%(stage)s，不再变动。") % {"stage": project.get_stage_display()} if project.stage in OVER else ""


def cannot_advance(project: Project) -> str:
    """Why the project cannot take its next step."""
    if reason := over(project):
        return reason
    if project.stage == Stage.SUSPENDED:
        return _("项目停工中，请先复工。")
    if missing := lacking(project):
        return _("还缺：%(what)s。") % {"what": listed(missing)}
    return ""


def cannot_override(project: Project) -> str:
    if reason := over(project):
        return reason
    if project.stage == Stage.SUSPENDED:
        return _("项目停工中，请先复工。")
    return "" if lacking(project) else _("下一阶段的条件已经齐备，直接推进即可。")


def cannot_suspend(project: Project) -> str:
    return "" if project.stage == Stage.UNDER_CONSTRUCTION else _("只有在建项目可以停工。")


def cannot_resume(project: Project) -> str:
    return "" if project.stage == Stage.SUSPENDED else _("只有停工项目可以复工。")


def cannot_cancel(project: Project) -> str:
    return "" if project.stage in BEFORE_COMPLETION else _("竣工以后的项目不能终止。")


def cannot_start_from_planning(project: Project) -> str:
    return "" if project.stage in {Stage.LEAD, Stage.NEGOTIATING, Stage.SIGNED} else _("只有签约以前的项目可以直接转入储备。")


def cannot_change(project: Project) -> str:
    return over(project)


def is_decided(contest: Contest) -> str:
    return "" if contest.state == Contest.State.OPEN else _("这条异议已有结论。")


def cannot_decide_pair(proposal: MergeProposal) -> str:
    if proposal.state != MergeProposal.State.OPEN:
        return _("这对项目已有结论。")
    return _("其中一个项目已经合并。") if proposal.project.merged_into_id or proposal.other.merged_into_id else ""
