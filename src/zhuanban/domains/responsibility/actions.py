"""The verbs of responsibility: assign, hand over, end; task forces and their members; the duty log; the roster."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.people.models import Area, Organisation, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.responsibility import access, forms, rules
from zhuanban.domains.responsibility.models import DutyEntry, DutyType, ForceMember, Responsibility, Shift, TaskForce
from zhuanban.kernel import clock, files
from zhuanban.kernel.actions import action
from zhuanban.kernel.errors import Refused

Post, State = Responsibility.Post, Responsibility.State


def stamped(by) -> dict[str, Any]:
    """Who wrote a new row, and when."""
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


@action("responsibility.assign", on=Project, label=gettext_lazy("安排包保"), form=forms.AssignForm, when=rules.over, creates=Responsibility)
def assign(
    project: Project,
    *,
    by,
    post: str,
    level: str = "",
    person: User | None = None,
    force: TaskForce | None = None,
    organisation: Organisation | None = None,
    from_day: date | None = None,
    why: str = "",
) -> Responsibility:
    """Let somebody carry the project in a post that is free. Whoever holds it hands over instead, so that nothing falls between."""
    held = Responsibility.objects.filter(project=project, post=post, level=level)
    if holder := held.active().first():
        raise Refused(_("%(post)s已由%(name)s担任，请用“交接”。") % {"post": holder.post_words, "name": holder.holder_name})
    day = _day(from_day)
    if held.filter(to_day__gt=day).exists():
        raise Refused(_("这一天这个岗位还有前任，请写前任结束以后的日期。"))
    row = Responsibility.objects.create(
        project=project, post=post, level=level, person=person, force=force, organisation=organisation, from_day=day, why=why, **stamped(by)
    )
    access.sync(project)
    return row


def _day(day: date | None) -> date:
    today = clock.today()
    if day and day > today:
        raise Refused(_("日期不能晚于今天。"))
    return day or today


@action(
    "responsibility.hand_over",
    on=Responsibility,
    label=gettext_lazy("交接"),
    form=forms.HandOverForm,
    when=rules.cannot_hand_over,
    creates=Responsibility,
)
def hand_over(
    row: Responsibility,
    *,
    by,
    why: str,
    person: User | None = None,
    force: TaskForce | None = None,
    organisation: Organisation | None = None,
    from_day: date | None = None,
) -> Responsibility:
    """The successor holds the post from the very day on which it is handed over: no day is without a holder."""
    day = _day(from_day)
    if day < row.from_day:
        raise Refused(_("交接日期不能早于上任日期 %(day)s。") % {"day": row.from_day})
    if (person, force, organisation) == (row.person, row.force, row.organisation):
        raise Refused(_("接任的就是现任。"))
    row.state, row.to_day, row.version = State.HANDED_OVER, day, row.version + 1
    row.updated_at, row.updated_by = clock.now(), by
    row.save(update_fields=["state", "to_day", "version", "updated_at", "updated_by"])
    successor = Responsibility.objects.create(
        project=row.project,
        post=row.post,
        level=row.level,
        person=person,
        force=force,
        organisation=organisation,
        from_day=day,
        why=why,
        **stamped(by),
    )
    row.successor = successor
    row.save(update_fields=["successor"])
    access.sync(row.project)
    return successor


@action("responsibility.end", on=Responsibility, label=gettext_lazy("结束包保"), form=forms.EndForm, when=rules.cannot_end, danger=True)
def end(row: Responsibility, *, by, why: str) -> None:
    """Nobody follows: only where the project is over, or another level holds the same post."""
    row.state, row.to_day, row.why = State.ENDED, clock.today(), why
    row.save(update_fields=["state", "to_day", "why"])
    access.sync(row.project)


# Task forces --------------------------------------------------------------------------------------------------------


@action("responsibility.set_up_force", on=Area, label=gettext_lazy("组建专班"), form=forms.ForceForm, creates=TaskForce)
def set_up_force(
    area: Area, *, by, name: str, level: str, year: int, standing: bool = False, task: str = "", lead: User | None = None
) -> TaskForce:
    """A task force of this area; its units are added one by one."""
    if TaskForce.objects.filter(area=area, year=year, name=name).exists():
        raise Refused(_("%(year)s 年的专班“%(name)s”已经有了。") % {"year": year, "name": name})
    return TaskForce.objects.create(area=area, name=name, level=level, year=year, standing=standing, task=task, lead=lead)


@action("responsibility.add_member", on=TaskForce, label=gettext_lazy("增加成员单位"), form=forms.MemberForm, creates=ForceMember)
def add_member(force: TaskForce, *, by, organisation: Organisation, person: User | None = None, duty: str = "") -> ForceMember:
    """A unit joins, with the person it sends; the person may act on the force's projects from now on."""
    if force.members.filter(organisation=organisation, to_day=None).exists():
        raise Refused(_("%(unit)s已是成员单位。") % {"unit": organisation})
    member = ForceMember.objects.create(force=force, organisation=organisation, person=person, duty=duty, from_day=clock.today())
    _sync_projects_of(force)
    return member


@action(
    "responsibility.remove_member", on=ForceMember, label=gettext_lazy("退出专班"), form=forms.EndForm, when=rules.has_left, danger=True
)
def remove_member(member: ForceMember, *, by, why: str) -> None:
    """The unit leaves the force; that it was in it stays on record."""
    member.to_day = clock.today()
    member.save(update_fields=["to_day"])
    _sync_projects_of(member.force)


@action("responsibility.name_lead", on=TaskForce, label=gettext_lazy("任命专班长"), form=forms.LeadForm)
def name_lead(force: TaskForce, *, by, lead: User) -> None:
    """Who answers for the force from now on; what the force holds goes over in the same moment."""
    if force.lead_id == lead.pk:
        raise Refused(_("%(name)s已是专班长。") % {"name": lead.name})
    gone = [force.lead_id] if force.lead_id else []
    force.lead = lead
    force.save(update_fields=["lead"])
    _sync_projects_of(force, gone)


def _sync_projects_of(force: TaskForce, gone: Iterable[int] = ()) -> None:
    for row in Responsibility.objects.active().filter(force=force).select_related("project"):
        access.sync(row.project, gone)


# Duties and the roster ------------------------------------------------------------------------------------------------


@action("responsibility.log_duty", on=Project, label=gettext_lazy("记包保工作"), form=forms.DutyForm, creates=DutyEntry, readers="inside")
def log_duty(project: Project, *, by, duty: DutyType, note: str, day: date | None = None, file: files.Received | None = None) -> DutyEntry:
    """One of the nine duties that the leader did for a project in his care, with what came of it."""
    on = _day(day)
    if not Responsibility.objects.filter(project=project, post=Post.LEADER, person=by).in_force_on(on).exists():
        raise Refused(_("%(day)s 您不是这个项目的包保领导。") % {"day": on})
    stored = files.record(project.dossier, file, by=by, kind="duty") if file else None
    return DutyEntry.objects.create(leader=by, project=project, duty=duty, day=on, note=note, file=stored, **stamped(by))


@action("responsibility.set_shift", on=Area, label=gettext_lazy("排值班"), form=forms.ShiftForm, creates=Shift)
def set_shift(area: Area, *, by, person: User, from_at: datetime, to_at: datetime) -> Shift:
    """Somebody can be reached for the area from an instant to an instant."""
    if Shift.objects.filter(area=area, person=person, from_at__lt=to_at, to_at__gt=from_at).exists():
        raise Refused(_("%(name)s在这段时间已有值班。") % {"name": person.name})
    return Shift.objects.create(area=area, person=person, from_at=from_at, to_at=to_at)
