"""The verbs of an agenda: it builds itself, and the dispatcher adds, arranges, drops and restores."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.dispatch.actions.meetings import stamped
from zhuanban.domains.dispatch.forms import meetings as forms
from zhuanban.domains.dispatch.models import AgendaItem, Meeting
from zhuanban.domains.dispatch.queries import agenda as queries
from zhuanban.domains.dispatch.rules import meetings as rules
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, parameters
from zhuanban.kernel.actions import INSIDE, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.forms import ReasonForm

CLOSE = 1e-6
"""Weights nearer to one another than this are spread anew."""


@action("dispatch.build_agenda", on=Meeting, label=gettext_lazy("生成议程"), when=rules.not_planned, who=rules.not_run_by, readers=INSIDE)
def build_agenda(meeting: Meeting, *, by) -> None:
    """Look for everything that belongs on the table. What was added, placed or dropped by hand stays so; what is settled goes."""
    now, found = clock.now(), queries.collect(meeting)
    facts = queries.facts_of([draft.project for draft in found.drafts if draft.project])
    there = {_key(item): item for item in meeting.items.exclude(kind=AgendaItem.Kind.HAND)}
    fresh: list[AgendaItem] = []
    known: list[AgendaItem] = []
    for draft in found.drafts:
        item = there.pop(draft.key, None) or AgendaItem(meeting=meeting, project_id=draft.project, minutes=draft.minutes, **stamped(by))
        (known if item.pk else fresh).append(_told(item, draft, facts, now))
    AgendaItem.objects.bulk_update(known, ["kind", "title", "why", "subject", "evidence", "weight"])
    AgendaItem.objects.bulk_create(fresh)
    AgendaItem.objects.filter(pk__in=[item.pk for item in there.values()]).delete()
    meeting.built_at, meeting.left_out = now, found.left_out
    meeting.save(update_fields=["built_at", "left_out"])
    number(meeting)


def _key(item: AgendaItem) -> tuple[int | None, str]:
    return (item.project_id, "") if item.project_id else (None, item.subject)


def _told(item: AgendaItem, draft: queries.Draft, facts, now) -> AgendaItem:
    """What was found, put on the item; a place given by hand stays."""
    item.kind, item.title, item.why, item.subject = draft.kind, draft.title, draft.why, draft.subject
    item.evidence = queries.evidence_of(draft, facts, now)
    if not item.pinned:
        item.weight = draft.weight
    return item


def number(meeting: Meeting) -> None:
    """Number the items by their weight, the dropped ones after the others."""
    items = sorted(meeting.items.all(), key=lambda item: (bool(item.dropped_why), -item.weight, item.pk))
    moved = [item for place, item in enumerate(items, start=1) if item.position != place]
    for place, item in enumerate(items, start=1):
        item.position = place
    AgendaItem.objects.bulk_update(moved, ["position"])


@action(
    "dispatch.add_item",
    on=Meeting,
    label=gettext_lazy("增加议题"),
    form=forms.AddItemForm,
    when=rules.cannot_add,
    creates=AgendaItem,
    who=rules.not_spoken_by,
    readers=INSIDE,
)
def add_item(meeting: Meeting, *, by, title: str, why: str = "", project: Project | None = None, minutes: int | None = None) -> AgendaItem:
    """An item by hand: at the end while the agenda is arranged, and on the table at once while the meeting runs."""
    least = meeting.items.standing().order_by("weight").values_list("weight", flat=True).first()
    item = AgendaItem.objects.create(
        meeting=meeting,
        kind=AgendaItem.Kind.HAND,
        project=project,
        title=title,
        why=why,
        weight=(least or 0) - 1,
        position=meeting.items.count() + 1,
        pinned=True,
        minutes=minutes or parameters.value(rules.MINUTES_BY_HAND),
        subject=f"portfolio.project:{project.pk}" if project else "",
        evidence={
            "as_of": clock.now().isoformat(),
            "reasons": [{"kind": "hand", "text": why, "url": project.get_absolute_url() if project else "", "days": 0}] if why else [],
            "facts": queries.facts_of([project.pk])[project.pk] if project else [],
        },
        **stamped(by),
    )
    return item


@action(
    "dispatch.arrange_item",
    on=Meeting,
    label=gettext_lazy("调整议题"),
    form=forms.ArrangeForm,
    when=rules.not_planned,
    who=rules.not_run_by,
    readers=INSIDE,
)
def arrange_item(meeting: Meeting, *, by, item: AgendaItem, position: int | None = None, minutes: int | None = None) -> None:
    """Put an item at a place, give it another time, or both."""
    if item.meeting_id != meeting.pk or item.dropped_why:
        raise Refused(_("这个议题不在本次议程上。"))
    if minutes is not None:
        item.minutes = minutes
    if position is not None:
        _place(meeting, item, position)
    item.updated_at, item.updated_by = clock.now(), by
    item.save(update_fields=["minutes", "weight", "pinned", "updated_at", "updated_by"])
    number(meeting)


def _place(meeting: Meeting, item: AgendaItem, position: int) -> None:
    """A weight between those of the neighbours; where they are too near to one another, all are spread anew."""
    others = list(meeting.items.standing().exclude(pk=item.pk).order_by("-weight", "pk"))
    at = min(position - 1, len(others))
    above, below = (others[at - 1] if at else None), (others[at] if at < len(others) else None)
    item.pinned = True
    if above and below and above.weight - below.weight < CLOSE:
        for place, each in enumerate([*others[:at], item, *others[at:]]):
            each.weight, each.pinned = 1000.0 - place, True
        AgendaItem.objects.bulk_update(others, ["weight", "pinned"])
    elif above and below:
        item.weight = (above.weight + below.weight) / 2
    else:
        item.weight = below.weight + 1 if below else above.weight - 1 if above else 0


@action(
    "dispatch.drop_item",
    on=AgendaItem,
    label=gettext_lazy("撤下议题"),
    form=ReasonForm,
    when=rules.cannot_drop,
    who=rules.not_run_by,
    readers=INSIDE,
)
def drop_item(item: AgendaItem, *, by, reason: str) -> None:
    """Not this week; the reason stays on record, and the item stays down when the agenda is built again."""
    item.dropped_why = reason[:200]
    item.save(update_fields=["dropped_why"])


@action(
    "dispatch.restore_item", on=AgendaItem, label=gettext_lazy("恢复议题"), when=rules.cannot_restore, who=rules.not_run_by, readers=INSIDE
)
def restore_item(item: AgendaItem, *, by) -> None:
    """Back on the agenda, where its weight puts it."""
    item.dropped_why = ""
    item.save(update_fields=["dropped_why"])
