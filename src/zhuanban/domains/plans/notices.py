"""Who hears of what happens to nodes and plans, and what follows from other modules' deeds."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from zhuanban.domains.people.models import RoleGrant
from zhuanban.domains.plans import actions
from zhuanban.domains.plans.models import DateRequest, Node
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, show
from zhuanban.kernel.models import Access
from zhuanban.kernel.notices import hears


def centre_of(area: str | None) -> list[int]:
    """The dispatchers of an area's project centre."""
    rows = RoleGrant.objects.in_force_on(clock.today()).filter(role="centre_dispatcher", area=area)
    return list(rows.values_list("user", flat=True)) if area else []


def site_people(project: Project) -> set[int]:
    """Those who carry the project in person, and its owner's people."""
    keys = Access.objects.filter(dossier=project.pk, level=Access.Level.ACT, principal__key__startswith="user:")
    people = {int(key.removeprefix("user:").partition(":")[0]) for key in keys.values_list("principal__key", flat=True)}
    if project.owner_org_id and project.owner_org:
        people |= set(project.owner_org.accounts.filter(is_active=True).values_list("pk", flat=True))
    return people


@hears("plans.request_date")
def date_asked(request: DateRequest, *, by, event):
    """The desk where the decision is due."""
    holder = request.deadline.holder.key if request.deadline else ""
    text = _("申请调整节点：%(project)s %(node)s（%(from)s → %(to)s）") % told(request)
    return [(person, text) for person in centre_of(holder.removeprefix("area:"))]


@hears("plans.grant_date", "plans.deny_date")
def date_answered(request: DateRequest, *, by, event):
    words = (
        _("同意调整节点：%(project)s %(node)s（%(to)s）")
        if event.verb == "plans.grant_date"
        else _("不同意调整节点：%(project)s %(node)s（仍为 %(from)s）")
    )
    return [(person, words % told(request)) for person in {request.asked_by_id, *site_people(request.project)}]


def told(request: DateRequest) -> dict[str, str]:
    return {
        "project": request.project.name,
        "node": request.node.shown_name,
        "from": show.day(request.from_day),
        "to": show.day(request.to_day),
    }


@hears("plans.reach")
def node_reached(node: Node, *, by, event):
    """The area's centre and those on the site."""
    text = _("节点完成：%(project)s %(node)s") % {"project": node.project.name, "node": node.shown_name}
    return [(person, text) for person in {*centre_of(node.project.area_id), *site_people(node.project)}]


@hears(
    "plans.reach",
    "plans.take_back",
    "plans.promise_dates",
    "plans.grant_date",
    "plans.log_disruption",
    "plans.end_disruption",
    "plans.add_item",
    "plans.measure",
)
def forecast_wakes(subject, *, by, event):
    """Whatever a forecast looks at has changed: it is made anew in the background."""
    actions.wake(subject if isinstance(subject, Project) else subject.project)
    return []


@hears("portfolio.merge")
def projects_merged(proposal, *, by, event):
    """What hangs on the project that was folded in goes on with the one that stays; nodes that it has already stay behind."""
    kept, gone = proposal.project, proposal.other
    have = set(kept.nodes.filter(work=None).values_list("code", flat=True))
    rows: QuerySet = gone.nodes.exclude(code__in=have, work=None)
    DateRequest.objects.filter(node__in=rows).update(project=kept)
    rows.update(project=kept)
    for each in (gone.work_items, gone.disruptions):
        each.update(project=kept)
    actions.wake(kept)
    return []
