"""Who hears of a change of responsibility: those who take over, and those who hand over."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.responsibility.models import Responsibility
from zhuanban.kernel import show
from zhuanban.kernel.notices import hears


def people_of(row: Responsibility) -> set[int]:
    """The persons behind a row: the person, or the lead and the members of the force."""
    members = row.force.members.filter(to_day=None).values_list("person", flat=True) if row.force else ()
    return {row.person_id, row.force.lead_id if row.force else None, *members} - {None}


@hears("responsibility.assign")
def assigned(row: Responsibility, *, by, event):
    return [(person, _("%(name)s：由您担任%(post)s") % {"name": row.project.name, "post": row.post_words}) for person in people_of(row)]


@hears("responsibility.hand_over")
def handed_over(row: Responsibility, *, by, event):
    before = row.predecessor
    told = {"name": row.project.name, "post": row.post_words, "from": before.holder_name, "to": row.holder_name}
    text = _("%(name)s：%(post)s由%(from)s交接给%(to)s") % told
    return [(person, text) for person in people_of(row) | people_of(before)]


@hears("responsibility.end")
def ended(row: Responsibility, *, by, event):
    return [(person, _("%(name)s：您的%(post)s已结束") % {"name": row.project.name, "post": row.post_words}) for person in people_of(row)]


@hears("responsibility.name_lead")
def lead_named(force, *, by, event):
    return [(force.lead_id, _("由您担任“%(name)s”专班长") % {"name": force.name})]


@hears("responsibility.add_member")
def member_added(member, *, by, event):
    return [(member.person_id, _("您已加入“%(name)s”") % {"name": member.force.name})] if member.person_id else []


@hears("responsibility.set_shift")
def on_the_roster(shift, *, by, event):
    words = {"area": shift.area.name, "from": show.day(shift.from_at.date()), "to": show.day(shift.to_at.date())}
    return [(shift.person_id, _("%(area)s值班：%(from)s 至 %(to)s") % words)]
