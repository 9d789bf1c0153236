"""The verbs of plans, and what other domains write into a plan within their own verbs."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.plans import effects, forms, reading, rules, versions
from zhuanban.domains.plans.documents import Document, activities
from zhuanban.domains.plans.models import (
    Baseline,
    DateRequest,
    Disruption,
    Node,
    Plan,
    PlanTemplate,
    Progress,
    QuantityEntry,
    WorkItem,
)
from zhuanban.domains.portfolio import actions as portfolio
from zhuanban.domains.portfolio.models import Project, Work
from zhuanban.engines.schedules import ScheduleError, ScheduleResult
from zhuanban.kernel import clock, deadlines, files, parameters
from zhuanban.kernel.actions import action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.words import kept

State = DateRequest.State
DECIDE_DAYS = parameters.declare(
    "plans.decide_working_days", gettext_lazy("节点调整申请的答复时限"), int, pgettext_lazy("parameter unit", "工作日")
)


def stamped(by) -> dict[str, Any]:
    """Who wrote a new row, and when."""
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


# Nodes ------------------------------------------------------------------------------------------------------------------


@action("plans.open_nodes", on=Project, label=gettext_lazy("建立节点"), when=rules.cannot_open_nodes)
def open_nodes(project: Project, *, by) -> None:
    """Give the project the nodes of its sector's template, and each new part its own; those it has stay as they are."""
    stamps = stamped(by)
    Node.objects.bulk_create(
        [
            Node(project=project, work=work, code=row.code, name=row.name, phase=row.phase, position=row.position, **stamps)
            for row, work in rules.missing_nodes(project)
        ]
    )


@action("plans.add_node", on=Project, label=gettext_lazy("增加节点"), form=forms.NodeForm, when=rules.over, creates=Node)
def add_node(project: Project, *, by, name: str, phase: str, work: Work | None = None, due_on: date | None = None) -> Node:
    """A node that the template does not have."""
    last = project.nodes.filter(phase=phase).aggregate(last=Max("position"))["last"] or 0
    number = project.nodes.filter(code__startswith="own-").count() + 1
    return Node.objects.create(
        project=project,
        work=work,
        code=f"own-{number}",
        name=name,
        phase=phase,
        position=last,
        promised_on=due_on,
        due_on=due_on,
        **stamped(by),
    )


@action("plans.promise_dates", on=Project, label=gettext_lazy("填报计划日期"), form=forms.PromiseForm, when=rules.cannot_promise)
def promise_dates(project: Project, *, by, **days: date) -> None:
    """First dates of nodes that have none: from now on a promise, moved only by a granted request."""
    for name, day in days.items():
        node = project.nodes.select_for_update().get(pk=int(name.removeprefix("node_")))
        if node.due_on:
            raise Refused(_("“%(node)s”已有计划日期，调整须申请。") % {"node": node.shown_name})
        node.promised_on = node.due_on = day
        written(node, by, "promised_on", "due_on")


def written(row: Any, by, *changed: str) -> None:
    """Save the changed columns with who changed them, for rows that a verb on another row writes."""
    row.version, row.updated_at, row.updated_by = row.version + 1, clock.now(), by
    row.save(update_fields=[*changed, "version", "updated_at", "updated_by"])


@action("plans.reach", on=Node, label=gettext_lazy("节点完成"), form=forms.ReachForm, when=rules.cannot_reach)
def reach(
    node: Node,
    *,
    by,
    on: date,
    proof: files.Received | None = None,
    photo: files.Received | None = None,
    photo_on: date | None = None,
    heat_record: str = "",
    note: str = "",
) -> None:
    """The node is reached on a day, with its evidence. A warm enclosure needs a dated photo and the heat supply's record."""
    if on > clock.today():
        raise Refused(_("完成日期不能晚于今天。"))
    if node.code == rules.ENCLOSURE and not (photo and photo_on and heat_record):
        raise Refused(_("暖封闭须附注明日期的现场照片和供热记录。"))
    paper = photo or proof
    if paper:
        node.proof = files.record(node.dossier, paper, by=by, kind=f"node.{node.code}"[:40])
    node.reached_on, node.precision, node.heat_record = on, Node.Precision.DAY, heat_record
    node.note = note or node.note
    node.save(update_fields=["reached_on", "precision", "proof", "heat_record", "note"])
    cancel_request(node)
    if node.code == rules.ENCLOSURE:
        mark_enclosed(node.project)


def cancel_request(node: Node) -> None:
    """A reached node has no date to move any more."""
    for request in node.requests.filter(state=State.OPEN):
        close(request, State.WITHDRAWN)


def mark_enclosed(project: Project) -> None:
    """The project is warmly enclosed when all of its enclosures are; the whole's own node then follows its parts."""
    rows = list(project.nodes.filter(code=rules.ENCLOSURE))
    parts = [row for row in rows if row.work_id]
    whole = next((row for row in rows if row.work_id is None), None)
    if parts and all(row.reached_on for row in parts) and whole and whole.reached_on is None:
        whole.reached_on = max(row.reached_on for row in parts if row.reached_on)
        written(whole, None, "reached_on")
    enclosed = whole.reached_on is not None if whole else all(row.reached_on for row in parts)
    if enclosed != project.warm_enclosed and not rules.over(project):
        portfolio.revise(project, by=None, warm_enclosed=enclosed)


@action("plans.take_back", on=Node, label=gettext_lazy("撤销完成"), form=forms.DenyForm, when=rules.cannot_take_back, danger=True)
def take_back(node: Node, *, by, answer: str) -> None:
    """The node was not reached after all; what was said before stays in the timeline."""
    node.reached_on, node.proof, node.heat_record = None, None, ""
    node.save(update_fields=["reached_on", "proof", "heat_record"])
    if node.code == rules.ENCLOSURE:
        mark_enclosed(node.project)


# A date that was promised -----------------------------------------------------------------------------------------------


@action("plans.request_date", on=Node, label=gettext_lazy("申请调整日期"), form=forms.MoveForm, when=rules.cannot_move, creates=DateRequest)
def request_date(node: Node, *, by, to_day: date, reason: str) -> DateRequest:
    """Ask for another date; the one in force stands until somebody above has answered, within working days."""
    if node.due_on is None or to_day == node.due_on:
        raise Refused(_("与现在的日期相同。"))
    rank = rules.rank(by) if by else 0
    request = DateRequest.objects.create(
        node=node, project=node.project, from_day=node.due_on, to_day=to_day, reason=reason, effect=effects.of_move(node, to_day).stored(),
        asked_by=by, rank=rank, **stamped(by),
    )  # fmt: skip
    with kept():
        title = _("审定节点调整：%(project)s %(node)s") % {"project": node.project.name, "node": node.shown_name}
    request.deadline = deadlines.owe(
        node.dossier, f"area:{desk(node.project, rank)}", title, on_due="plans.decision_overdue", working_days=parameters.value(DECIDE_DAYS),
        url=node.get_absolute_url(),
    )  # fmt: skip
    request.save(update_fields=["deadline"])
    return request


def desk(project: Project, rank: int) -> str:
    """The area whose centre decides: the project's own, or the city's where its own asks."""
    own = dict(parameters.value(rules.RANKS)).get("centre_dispatcher", 0)
    return project.area_id if project.area_id and rank < own else settings.CITY["area"]


def close(request: DateRequest, state: str, *, by=None, answer: str = "") -> None:
    """End a request one way or another, and its clock."""
    request.state, request.answer, request.decided_by, request.decided_on = state, answer, by, clock.today()
    request.save(update_fields=["state", "answer", "decided_by", "decided_on"])
    if request.deadline:
        deadlines.settle(request.deadline, "cancelled" if state == State.WITHDRAWN else "settled")


@action(
    "plans.grant_date", on=DateRequest, label=gettext_lazy("同意调整"), form=forms.AnswerForm, when=rules.cannot_grant, who=rules.not_above
)
def grant_date(request: DateRequest, *, by, answer: str = "") -> None:
    """The new date is in force; the one first promised stays on record."""
    node = Node.objects.select_for_update().get(pk=request.node_id)
    if node.due_on != request.from_day:
        raise Refused(_("节点日期已变，请按新的日期重新申请。"))
    node.due_on = request.to_day
    written(node, by, "due_on")
    close(request, State.GRANTED, by=by, answer=answer)


@action("plans.deny_date", on=DateRequest, label=gettext_lazy("不同意调整"), form=forms.DenyForm, when=rules.answered, who=rules.not_above)
def deny_date(request: DateRequest, *, by, answer: str) -> None:
    """The date in force stays."""
    close(request, State.DENIED, by=by, answer=answer)


@action("plans.withdraw_date", on=DateRequest, label=gettext_lazy("撤回申请"), when=rules.answered, who=rules.not_asker)
def withdraw_date(request: DateRequest, *, by) -> None:
    """The asker takes the request back."""
    close(request, State.WITHDRAWN, by=by)


# Disruptions ------------------------------------------------------------------------------------------------------------


@action("plans.log_disruption", on=Project, label=gettext_lazy("登记干扰"), form=forms.DisruptionForm, when=rules.over, creates=Disruption)
def log_disruption(
    project: Project, *, by, kind: str, from_day: date, to_day: date | None = None, days_lost: int | None = None, note: str = ""
) -> Disruption:
    """What stops or slows the work from a day on; the forecast is given with it and without it."""
    return Disruption.objects.create(
        project=project, kind=kind, from_day=from_day, to_day=to_day, days_lost=days_lost, note=note, **stamped(by)
    )


@action("plans.end_disruption", on=Disruption, label=gettext_lazy("干扰结束"), form=forms.EndForm, when=rules.cannot_end)
def end_disruption(disruption: Disruption, *, by, to_day: date, days_lost: int | None = None) -> None:
    """The disruption is over; the days that it cost may be told with it."""
    disruption.to_day = to_day
    disruption.days_lost = days_lost if days_lost is not None else disruption.days_lost
    disruption.save(update_fields=["to_day", "days_lost"])


# Quantities planned -----------------------------------------------------------------------------------------------------


@action("plans.add_item", on=Project, label=gettext_lazy("增加工程量"), form=forms.ItemForm, when=rules.over, creates=WorkItem)
def add_item(project: Project, *, by, name: str, kind: str, quantity: Decimal, unit: str, **details: Any) -> WorkItem:
    """A work item with a planned quantity; what daily tracks book on it is the progress of its activity."""
    return WorkItem.objects.create(
        project=project,
        name=name,
        kind=kind,
        quantity=quantity,
        unit=unit,
        position=project.work_items.count() + 1,
        **details,
        **stamped(by),
    )


@action("plans.measure", on=WorkItem, label=gettext_lazy("对应工序"), form=forms.ActivityForm, when=rules.cannot_measure)
def measure(item: WorkItem, *, by, activity: str = "") -> None:
    """Which activity of the plan the item measures."""
    item.activity = activity
    item.save(update_fields=["activity"])


# Plans ------------------------------------------------------------------------------------------------------------------


@action("plans.make_plan", on=Project, label=gettext_lazy("按模板建立计划"), form=forms.MakePlanForm, when=rules.cannot_plan, creates=Plan)
def make_plan(project: Project, *, by, template: PlanTemplate, start_on: date, finish_on: date) -> Plan:
    """A network of the project's kind over its parts, stretched to its months. The first plan's dates become the baseline."""
    found = versions.fitted(template.body, versions.parts_of(project), start_on, finish_on, versions.house_now())
    plan = versions.new_plan(
        project, found.document, Plan.Origin.TEMPLATE, found.result, template=template, name=template.name, **stamped(by)
    )
    return adopted(plan, found.result, by)


def adopted(plan: Plan, result: ScheduleResult | None, by) -> Plan:
    """Save a version as the one in force; the project's first becomes its baseline too."""
    plan.state = plan.state if plan.pk else Plan.State.PAST
    plan.save()
    versions.make_current(plan)
    if result is not None and not plan.project.baselines.exists():
        versions.baseline_of(plan, result, 1, by=by).save()
    wake(plan.project)
    return plan


@action("plans.change", on=Plan, label=gettext_lazy("调整工序"), form=forms.ChangeForm, when=rules.not_current, creates=Plan)
def change(plan: Plan, *, by, activity: str, reason: str, start_on: date | None = None, days: int | None = None) -> Plan:
    """Another version with one activity moved or stretched; the one before stays and can be taken back to."""
    document = versions.changed(plan.document, activity, start_on=start_on, days=days, house=versions.house_now())
    return next_version(plan, document, Plan.Origin.EDIT, by, reason=reason)


def next_version(plan: Plan, document: Document, origin: str, by, **details: Any) -> Plan:
    """The version after this one. Raises Refused where the document cannot be calculated any more."""
    try:
        result = versions.unprogressed(document, versions.house_now())
    except (ScheduleError, ValueError) as wrong:
        raise Refused(_("这样改以后计划算不出来：%(why)s") % {"why": wrong}) from None
    made = versions.new_plan(
        plan.project, document, origin, result, before=plan, name=plan.name, template=plan.template, **details, **stamped(by)
    )
    adopted(made, None, by)
    carry_progress(plan, made)
    return made


def carry_progress(before: Plan, after: Plan) -> None:
    """What was known of the old version's activities is known of the new one's."""
    known = before.updates.order_by("-data_date", "-pk").first()
    if known:
        ids = {each["id"] for each in after.document["activities"]}
        facts = {key: fact for key, fact in known.facts.items() if key in ids}
        Progress.objects.create(project=after.project, plan=after, data_date=known.data_date, made_at=clock.now(), facts=facts)


@action("plans.undo", on=Plan, label=gettext_lazy("撤回上一次调整"), when=rules.cannot_undo, creates=Plan)
def undo(plan: Plan, *, by) -> Plan:
    """A version like the one before the last change; nothing is lost."""
    earlier = plan.before
    assert earlier is not None
    made = next_version(plan, earlier.document, Plan.Origin.RESTORE, by, reason=_("撤回第 %(n)s 版") % {"n": plan.number})
    Plan.objects.filter(pk=made.pk).update(before=earlier.before)
    made.before = earlier.before
    return made


@action("plans.import_plan", on=Project, label=gettext_lazy("导入计划"), form=forms.ImportForm, when=rules.over, creates=Plan)
def import_plan(project: Project, *, by, file: reading.Imported, part: str = "") -> Plan:
    """A plan from a file as a draft with the check of its dates; nothing is used of it until somebody adopts it. `part` is the project
    of the file that was meant, where it holds several; it was read already.
    """
    stored = files.record(project.dossier, file.received, by=by, kind="plan")
    plan = versions.new_plan(
        project, file.document, Plan.Origin.IMPORT, file.result, name=str(file.document.get("name") or file.name)[:120], state=Plan.State.DRAFT,
        check_result=file.check, file=stored, **stamped(by),
    )  # fmt: skip
    plan.save()
    return plan


def from_the_start(plan: Plan) -> ScheduleResult:
    """The plan's dates without progress, as a baseline keeps them. Raises Refused where they cannot be calculated."""
    try:
        return versions.unprogressed(plan.document, versions.house_now())
    except (ScheduleError, ValueError) as wrong:
        raise Refused(_("计划算不出来：%(why)s") % {"why": wrong}) from None


@action("plans.adopt", on=Plan, label=gettext_lazy("采用"), when=rules.not_draft)
def adopt(plan: Plan, *, by) -> None:
    """The draft is the plan from now on; the one before stays on record."""
    result = from_the_start(plan)
    plan.before = plan.project.plans.filter(state=Plan.State.CURRENT).first()
    plan.save(update_fields=["before"])
    versions.make_current(plan)
    if not plan.project.baselines.exists():
        versions.baseline_of(plan, result, 1, by=by).save()
    wake(plan.project)


@action("plans.discard", on=Plan, label=gettext_lazy("不采用"), when=rules.not_draft, danger=True)
def discard(plan: Plan, *, by) -> None:
    """The draft is not used; what was uploaded stays on record."""
    plan.state = Plan.State.DROPPED
    plan.save(update_fields=["state"])


@action("plans.describe", on=Plan, label=gettext_lazy("说明工序"), form=forms.DescribeForm, when=rules.not_current, creates=Plan)
def describe(
    plan: Plan, *, by, activity: str, node: str = "", work_class: str = "", exposure: str = "sheltered", enclosure: str = "", item: str = ""
) -> Plan:
    """Say of an activity which node it reaches, how the frost reaches it and what measures it: what no file tells."""
    document = copy.deepcopy(plan.document)
    told = activities(document)[activity]
    given = {
        "node": node,
        "work_class": work_class,
        "exposure": "" if exposure == "sheltered" else exposure,
        "enclosure": enclosure,
        "item": item,
    }
    for name, value in given.items():
        told.pop(name, None)
        if value:
            told[name] = value
    told["flagged"] = bool(node) or told.get("kind", "task") != "task"
    return next_version(plan, document, Plan.Origin.EDIT, by, reason=_("说明工序：%(name)s") % {"name": told.get("name", activity)})


@action("plans.set_baseline", on=Plan, label=gettext_lazy("设为基线"), form=forms.BaselineForm, when=rules.not_current, creates=Baseline)
def set_baseline(plan: Plan, *, by, reason: str) -> Baseline:
    """What is planned now is what is compared with from now on; earlier baselines stay on record."""
    result = from_the_start(plan)
    number = (plan.project.baselines.aggregate(last=Max("number"))["last"] or 0) + 1
    row = versions.baseline_of(plan, result, number, by=by, reason=reason)
    row.save()
    return row


@action("plans.recompute", on=Project, label=gettext_lazy("重新预测"), when=rules.cannot_forecast)
def recompute(project: Project, *, by) -> None:
    """Forecast the project anew with what is known today, in the background."""
    wake(project, by=by)


def wake(project: Project, *, by=None) -> None:
    """Let a project that has a plan be forecast anew soon; one waiting run is enough."""
    if not project.plans.filter(state=Plan.State.CURRENT).exists():
        return
    from zhuanban.domains.plans.jobs import forecast_project

    task = forecast_project.using(dedupe_key=f"plans.forecast:{project.pk}", priority=5, owner=by if by and not by.robot else None)
    task.enqueue(project.pk)


# Quantities done --------------------------------------------------------------------------------------------------------


def record_quantities(
    project: Project, day: date, amounts: Mapping[int, Decimal], *, by, reason: str = "", origin: str = ""
) -> list[QuantityEntry]:
    """Book what was done of a project's work items on a day and bring their sums up to date, inside the caller's verb and transaction.

    `amounts` are work item id -> amount in the item's unit, added to what is booked already; a negative amount takes back and needs a
    reason. `origin` says where the entries come from (`track:17`). An item starts on the first day with an amount and finishes on the
    day that fills its plan. Raises Refused for an item that is not the project's, or where more is taken back than was done.
    """
    wanted = {pk: amount for pk, amount in amounts.items() if amount}
    items = list(WorkItem.objects.select_for_update().filter(project=project.pk, pk__in=wanted).order_by("pk"))
    if len(items) != len(wanted):
        raise Refused(_("有的工程量不属于这个项目，请刷新页面后再填。"))
    entries = QuantityEntry.objects.bulk_create(
        [QuantityEntry(item=item, day=day, amount=wanted[item.pk], reason=reason[:200], origin=origin) for item in items]
    )
    for item in items:
        _add(item, day, wanted[item.pk], by)
    wake(project)
    return entries


def _add(item: WorkItem, day: date, amount: Decimal, by) -> None:
    item.done += amount
    if item.done < 0:
        raise Refused(_("“%(name)s”累计不能小于零。") % {"name": item.name})
    if amount > 0:
        item.start_actual = min(filter(None, (item.start_actual, day)))
    full = item.done >= item.quantity
    item.finish_actual = (item.finish_actual or day) if full else None
    item.version, item.updated_at, item.updated_by = item.version + 1, clock.now(), by
    item.save(update_fields=["done", "start_actual", "finish_actual", "version", "updated_at", "updated_by"])
