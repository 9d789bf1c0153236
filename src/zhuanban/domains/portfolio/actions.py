"""The portfolio's verbs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio import access, forms, queries, rules
from zhuanban.domains.portfolio.models import (
    AnnualPlan,
    Capacity,
    Contest,
    Fund,
    InvestmentEntry,
    ListMembership,
    MergeProposal,
    MonthLock,
    Product,
    Project,
    ProjectList,
    Proof,
    Work,
    YearTarget,
)
from zhuanban.kernel import clock, columns, deadlines, files, parameters
from zhuanban.kernel.actions import action
from zhuanban.kernel.dates import PartialDate
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Dossier
from zhuanban.kernel.search import search_text
from zhuanban.kernel.words import kept

Stage = Project.Stage
CONTEST_DAYS = parameters.declare(
    "portfolio.contest_working_days", gettext_lazy("数据异议核实时限"), int, pgettext_lazy("parameter unit", "工作日")
)


def stamped(by) -> dict[str, Any]:
    """Who wrote a new row, and when."""
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


@action("portfolio.register", on=Area, label=gettext_lazy("登记项目"), form=forms.RegisterForm, creates=Project)
def register(area: Area, *, by, name: str, into: Area | None = None, **facts) -> Project:
    """A new project of this area, or of the one below it that is named, as a lead."""
    area = into or area
    today = clock.today()
    ref = next_ref(today.year)
    dossier = Dossier.objects.create(kind="portfolio.project", ref=ref, title=name, area=area.key)
    project = Project(
        dossier=dossier, ref=ref, name=name, area=area, host_area=access.zone_host(area), stage_since=today, **facts, **stamped(by)
    )
    project.save(force_insert=True)
    dossier.url = project.get_absolute_url()
    dossier.save(update_fields=["url"])
    index(project)
    access.regrant(project)
    return project


def next_ref(year: int) -> str:
    """`CC-2023-00042`: the city's letters, the year, the next number; the unique column settles a race."""
    prefix = f"{settings.CITY['ref']}-{year}-"
    newest = Project.all_rows.filter(ref__startswith=prefix).aggregate(last=Max("ref"))["last"]
    return f"{prefix}{int(newest.removeprefix(prefix)) + 1 if newest else 1:05d}"


def index(project: Project) -> None:
    """Bring the dossier's title and search text up to the project's names and codes."""
    owner = project.owner_org.name if project.owner_org else ""
    text = search_text(project.name, project.short_name, project.aliases, project.ref, project.project_code, owner)
    Dossier.objects.filter(pk=project.pk).update(title=project.name, search_text=text)


@action("portfolio.revise", on=Project, label=gettext_lazy("修改信息"), form=forms.ReviseForm, when=rules.cannot_change)
def revise(project: Project, *, by, **facts) -> None:
    """Change facts of the project; the timeline keeps what they were."""
    for name, value in facts.items():
        setattr(project, name, value)
    project.save(update_fields=list(facts))
    index(project)
    if {"owner_org", "contractor", "secrecy"} & facts.keys():
        access.regrant(project)


@action("portfolio.move", on=Project, label=gettext_lazy("变更属地"), form=forms.MoveForm, when=rules.cannot_change)
def move(project: Project, *, by, area: Area, reason: str) -> None:
    """Hand the project to another area; rights follow in the same transaction."""
    if area.pk == project.area_id:
        raise Refused(_("项目已经在%(area)s。") % {"area": area})
    project.area, project.host_area = area, access.zone_host(area)
    project.save(update_fields=["area", "host_area"])
    Dossier.objects.filter(pk=project.pk).update(area=area.key)
    access.regrant(project)


ENTERED: dict[str, str] = {
    Stage.UNDER_CONSTRUCTION: "start_actual",
    Stage.COMPLETED: "finish_actual",
    Stage.IN_PRODUCTION: "production_actual",
    Stage.RESERVE: "landed_on",
}
"""Which date the entry into a stage is."""


def enter(project: Project, stage: str, on: PartialDate | None = None) -> None:
    """Put the project into a stage and note the day."""
    today = clock.today()
    if on and on.first > today:
        raise Refused(_("发生日期不能晚于今天。"))
    project.stage, project.stage_since = stage, (on.last if on and on.last <= today else today)
    changed = ["stage", "stage_since"]
    if (field := ENTERED.get(stage)) and getattr(project, field) is None:
        setattr(project, field, on or PartialDate(today))
        changed.append(field)
    project.save(update_fields=changed)
    access.regrant(project)


@action("portfolio.advance", on=Project, label=gettext_lazy("推进阶段"), form=forms.AdvanceForm, when=rules.cannot_advance)
def advance(project: Project, *, by, on: PartialDate | None = None, note: str = "") -> None:
    """Take the next step; the gate must be met."""
    enter(project, rules.next_stage(project), on)


@action(
    "portfolio.override_gate",
    on=Project,
    label=gettext_lazy("越过条件推进"),
    form=forms.OverrideForm,
    when=rules.cannot_override,
    danger=True,
)
def override_gate(project: Project, *, by, reason: str) -> None:
    """Take the next step although the gate is not met: a right of its own, with a reason on record."""
    enter(project, rules.next_stage(project))


@action("portfolio.reserve", on=Project, label=gettext_lazy("谋划转储备"), form=forms.OverrideForm, when=rules.cannot_start_from_planning)
def reserve(project: Project, *, by, reason: str) -> None:
    """Put a project that was planned, not signed, straight into the reserve."""
    enter(project, Stage.RESERVE)


@action(
    "portfolio.suspend", on=Project, label=pgettext_lazy("verb", "停工"), form=forms.OverrideForm, when=rules.cannot_suspend, danger=True
)
def suspend(project: Project, *, by, reason: str) -> None:
    """Work on the site stands still; why stays on record."""
    project.end_reason = reason
    project.save(update_fields=["end_reason"])
    enter(project, Stage.SUSPENDED)


@action("portfolio.resume", on=Project, label=gettext_lazy("复工"), form=forms.AdvanceForm, when=rules.cannot_resume)
def resume(project: Project, *, by, on: PartialDate | None = None, note: str = "") -> None:
    """Work goes on; the day counts as the resumption that the start rate looks at."""
    project.resumed_on = on or PartialDate(clock.today())
    project.save(update_fields=["resumed_on"])
    enter(project, Stage.UNDER_CONSTRUCTION, on)


@action("portfolio.cancel", on=Project, label=gettext_lazy("终止项目"), form=forms.OverrideForm, when=rules.cannot_cancel, danger=True)
def cancel(project: Project, *, by, reason: str) -> None:
    """The project is lost; why stays on record."""
    project.end_reason = reason
    project.save(update_fields=["end_reason"])
    enter(project, Stage.CANCELLED)


@action("portfolio.add_proof", on=Project, label=gettext_lazy("补充材料"), form=forms.AddProofForm, when=rules.cannot_change)
def add_proof(
    project: Project, *, by, kind: str, number: str = "", issued_on: date | None = None, note: str = "", file: files.Received | None = None
) -> None:
    """A paper that a gate asks for; `file` is an upload that was received."""
    if issued_on and issued_on > clock.today():
        raise Refused(_("文件日期不能晚于今天。"))
    stored = files.record(project.dossier, file, by=by, kind=kind) if file else None
    Proof.objects.create(project=project, kind=kind, number=number, issued_on=issued_on, note=note, file=stored, **stamped(by))


@action("portfolio.plan_year", on=Project, label=gettext_lazy("年度计划"), form=forms.AnnualPlanForm, when=rules.cannot_change)
def plan_year(project: Project, *, by, year: int, amount) -> None:
    """What the project means to invest in a year; a second call changes it."""
    at = clock.now()
    AnnualPlan.objects.update_or_create(
        project=project,
        year=year,
        defaults={"amount": amount, "updated_at": at, "updated_by": by},
        create_defaults={"amount": amount, **stamped(by)},
    )


@action("portfolio.report_investment", on=Project, label=gettext_lazy("填报投资"), form=forms.InvestmentForm, when=rules.cannot_change)
def report_investment(project: Project, *, by, month: str, amount, reason: str = "") -> None:
    """Investment completed in a month. A month that is reported is corrected by a further row; a locked one only with a reason."""
    first = date.fromisoformat(f"{month}-01")
    if first > clock.today():
        raise Refused(_("不能填报将来的月份。"))
    locked = MonthLock.objects.filter(month=first, area__in=[project.area_id, settings.CITY["area"]]).exists()
    entry = InvestmentEntry.objects.filter(project=project, month=first, corrects=None).first()
    if locked and not reason:
        raise Refused(_("%(month)s 已锁定，更正须写明理由。") % {"month": month})
    if entry is None:
        InvestmentEntry.objects.create(project=project, month=first, amount=amount, reason=reason, **stamped(by))
        return
    if not reason:
        raise Refused(_("%(month)s 已经填报，更正须写明理由。") % {"month": month})
    InvestmentEntry.objects.create(
        project=project, month=first, amount=amount - queries.invested_in(project, first), corrects=entry, reason=reason, **stamped(by)
    )


@action("portfolio.lock_month", on=Area, label=gettext_lazy("锁定月份"), form=forms.LockForm)
def lock_month(area: Area, *, by, month: str) -> None:
    """Close a month of an area's reports; from then on only correcting rows are taken."""
    first = date.fromisoformat(f"{month}-01")
    if first >= clock.today().replace(day=1):
        raise Refused(_("本月还没有结束，不能锁定。"))
    if not MonthLock.objects.get_or_create(
        area=area, month=first, defaults={"locked_at": clock.now(), "by": getattr(by, "username", "robot")}
    )[1]:
        raise Refused(_("%(month)s 已经锁定。") % {"month": month})


@action("portfolio.set_fund", on=Project, label=gettext_lazy("资金来源"), form=forms.FundForm, when=rules.cannot_change)
def set_fund(project: Project, *, by, fund_source: str, planned=None, in_place=None) -> None:
    """Planned and in-place money of one source; the two are never added together."""
    at = clock.now()
    amounts = {"planned": planned, "in_place": in_place}
    Fund.objects.update_or_create(
        project=project,
        fund_source=fund_source,
        defaults=amounts | {"updated_at": at, "updated_by": by},
        create_defaults=amounts | stamped(by),
    )


@action("portfolio.add_work", on=Project, label=gettext_lazy("增加子项"), form=forms.WorkForm, when=rules.cannot_change)
def add_work(project: Project, *, by, name: str, kind: str, state: str) -> None:
    """A part of the project with a progress of its own."""
    Work.objects.create(project=project, name=name, kind=kind, state=state, position=project.works.count(), **stamped(by))


@action("portfolio.update_work", on=Work, label=gettext_lazy("更新子项"), form=forms.WorkStateForm)
def update_work(work: Work, *, by, state: str, describes: str = "") -> None:
    """Where a part of the project stands."""
    work.state, work.describes = state, describes
    work.save(update_fields=["state", "describes"])


@action("portfolio.add_capacity", on=Project, label=gettext_lazy("登记产能"), form=forms.CapacityForm, when=rules.cannot_change)
def add_capacity(project: Project, *, by, name: str, value, unit: str) -> None:
    """What the project will make per year; the same name again replaces the number."""
    Capacity.objects.update_or_create(project=project, name=name, defaults={"value": value, "unit": unit})


@action("portfolio.add_product", on=Project, label=gettext_lazy("登记产品"), form=forms.ProductForm, when=rules.cannot_change)
def add_product(project: Project, *, by, name: str, platform: str = "") -> None:
    """What the project will make, for instance a vehicle model."""
    if project.products.filter(name=name).exists():
        raise Refused(_("产品“%(name)s”已经登记。") % {"name": name})
    Product.objects.create(project=project, name=name, platform=platform)


@action("portfolio.open_list", on=Area, label=gettext_lazy("新建清单"), form=forms.OpenListForm, creates=ProjectList)
def open_list(area: Area, *, by, name: str, level: str, year: int, threshold=None) -> ProjectList:
    """A year's list of a level in this area."""
    row, made = ProjectList.objects.get_or_create(area=area, level=level, year=year, defaults={"name": name, "threshold": threshold})
    if not made:
        raise Refused(_("%(year)s 年的这一级清单已经有了。") % {"year": year})
    return row


@action("portfolio.set_target", on=Area, label=gettext_lazy("设定目标"), form=forms.TargetForm)
def set_target(area: Area, *, by, year: int, what: str, value, source: str) -> None:
    """The area's goal for a year; what it was before stays in the timeline."""
    unit = "yuan" if what == "investment" else "project"
    YearTarget.objects.update_or_create(
        area=area, year=year, what=what, defaults={"value": value, "unit": unit, "source": source, "set_on": clock.today()}
    )


@action("portfolio.join_list", on=Project, label=gettext_lazy("列入清单"), form=forms.ListForm, when=rules.cannot_change)
def join_list(project: Project, *, by, list) -> None:
    """Put the project on a published list, or back on it."""
    membership, made = ListMembership.objects.get_or_create(list=list, project=project, defaults={"added_on": clock.today()})
    if not made and membership.removed_on is None:
        raise Refused(_("项目已在这份清单上。"))
    if not made:
        ListMembership.objects.filter(pk=membership.pk).update(removed_on=None, reason="", added_on=clock.today())


@action("portfolio.leave_list", on=Project, label=gettext_lazy("移出清单"), form=forms.LeaveListForm, when=rules.cannot_change)
def leave_list(project: Project, *, by, list, reason: str) -> None:
    """The project leaves a list; that it was there stays on record."""
    if not ListMembership.objects.filter(list=list, project=project, removed_on=None).update(removed_on=clock.today(), reason=reason):
        raise Refused(_("项目不在这份清单上。"))


@action("portfolio.tag", on=Project, label=gettext_lazy("加标签"), form=forms.TagForm, when=rules.cannot_change)
def tag(project: Project, *, by, tag) -> None:
    """Mark the project with a word of the city's."""
    if project.tags.filter(pk=tag.pk).exists():
        raise Refused(_("项目已有这个标签。"))
    project.tags.add(tag)


@action("portfolio.untag", on=Project, label=gettext_lazy("去标签"), form=forms.TagForm, when=rules.cannot_change)
def untag(project: Project, *, by, tag) -> None:
    """Take a word off the project; the timeline keeps that it was there."""
    if not project.tags.filter(pk=tag.pk).exists():
        raise Refused(_("项目没有这个标签。"))
    project.tags.remove(tag)


@action(
    "portfolio.open_green_channel", on=Project, label=gettext_lazy("开通绿色通道"), form=forms.GreenChannelForm, when=rules.cannot_change
)
def open_green_channel(project: Project, *, by, until: date, reason: str) -> None:
    """Priority until a day; the sweep closes it by itself."""
    if until < clock.today():
        raise Refused(_("有效期不能早于今天。"))
    close_open_channel(project)
    project.green_channel_until = until
    project.save(update_fields=["green_channel_until"])
    with kept():
        title = _("绿色通道到期：%(name)s") % {"name": project.name}
    deadlines.owe(
        project.dossier,
        f"area:{settings.CITY['area']}",
        title,
        on_due="portfolio.close_green_channel",
        due_on=until,
        url=project.get_absolute_url(),
    )


def close_open_channel(project: Project) -> None:
    for deadline in project.dossier.deadlines.filter(on_due="portfolio.close_green_channel", state="open"):
        deadlines.settle(deadline, "cancelled")


@action("portfolio.close_green_channel", on=Project, label=gettext_lazy("关闭绿色通道"))
def close_green_channel(project: Project, *, by) -> None:
    """End the priority before or on its day."""
    close_open_channel(project)
    project.green_channel_until = None
    project.save(update_fields=["green_channel_until"])


@action("portfolio.contest", on=Project, label=gettext_lazy("对数据有异议"), form=forms.ContestForm, creates=Contest)
def contest(project: Project, *, by, field: str, claimed: str, reason: str, evidence: str) -> Contest:
    """Say that a number is wrong. Both values stand side by side until the centre decides, within working days."""
    if Contest.objects.filter(project=project, field=field, state=Contest.State.OPEN).exists():
        raise Refused(_("这个数已有一条待核实的异议。"))
    stated = getattr(project, field)
    row = Contest.objects.create(
        project=project,
        field=field,
        stated="" if stated is None else str(stated),
        claimed=claimed,
        reason=reason,
        evidence=evidence,
        by=by,
        **stamped(by),
    )
    with kept():
        title = _("核实异议：%(name)s") % {"name": project.name}
    row.deadline = deadlines.owe(
        project.dossier,
        f"area:{settings.CITY['area']}",
        title,
        on_due="portfolio.contest_overdue",
        working_days=parameters.value(CONTEST_DAYS),
        url=project.get_absolute_url(),
    )
    row.save(update_fields=["deadline"])
    return row


@action("portfolio.decide_contest", on=Contest, label=gettext_lazy("核实异议"), form=forms.DecideForm, when=rules.is_decided)
def decide_contest(row: Contest, *, by, decision: str, answer: str) -> None:
    """Uphold, and the claimed value is written by the project's own verb; or dismiss, with the reason."""
    row.state, row.answer = decision, answer
    row.save(update_fields=["state", "answer"])
    if row.deadline:
        deadlines.settle(row.deadline)
    if decision == Contest.State.UPHELD:
        revise(row.project, by=by, **{row.field: columns.named(Project, row.field).to_python(row.claimed)})


@action("portfolio.merge", on=MergeProposal, label=gettext_lazy("合并项目"), when=rules.cannot_decide_pair, danger=True)
def merge(proposal: MergeProposal, *, by) -> None:
    """Fold the second project of the pair into the first: what the first lacks is taken over, what hangs on the second moves."""
    kept, gone = proposal.project, proposal.other
    aliases = "、".join(dict.fromkeys(filter(None, [*kept.aliases.split("、"), gone.name])))[:200]
    taken = {name: getattr(gone, name) for name in queries.gaps_filled(kept, gone)}
    code, gone.project_code = gone.project_code, None
    gone.merged_into, gone.deleted_at = kept, clock.now()
    gone.save(update_fields=["merged_into", "deleted_at", "project_code"])
    revise(kept, by=by, aliases=aliases, **taken, **({} if kept.project_code or not code else {"project_code": code}))
    queries.take_over(kept, gone)
    Dossier.objects.filter(pk=gone.pk).update(url=kept.get_absolute_url())
    proposal.state = MergeProposal.State.MERGED
    proposal.save(update_fields=["state"])


@action("portfolio.keep_apart", on=MergeProposal, label=gettext_lazy("不是同一项目"), when=rules.cannot_decide_pair)
def keep_apart(proposal: MergeProposal, *, by) -> None:
    """The pair are two projects; it is not proposed again."""
    proposal.state = MergeProposal.State.DIFFERENT
    proposal.save(update_fields=["state"])
