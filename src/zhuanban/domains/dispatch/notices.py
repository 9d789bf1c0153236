"""Who hears of what happens in dispatch."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.dispatch import light_notices as light_notices
from zhuanban.domains.dispatch import meeting_notices as meeting_notices
from zhuanban.domains.dispatch import site_evidence as site_evidence
from zhuanban.domains.dispatch.models import DailyTrack, WorkerHousing
from zhuanban.domains.dispatch.queries import tracks
from zhuanban.domains.people.models import RoleGrant
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock
from zhuanban.kernel.models import StoredFile
from zhuanban.kernel.notices import hears

# The day's track --------------------------------------------------------------------------------------------------------


@hears("dispatch.remind_missing")
def reports_missing(reminder, *, by, event):
    """After the cut-off each centre hears how many reports its area lacks; before it only the secretaries are reminded."""
    if by is not None or not reminder.after_cutoff:
        return []
    rows = {row["area"]: row for row in tracks.by_area(tracks.of_area(Project.objects.all(), reminder.area_id), reminder.day)}
    desks = RoleGrant.objects.in_force_on(clock.today()).filter(role="centre_dispatcher", area__in=[key for key in rows if key])
    text = _("%(area)s日报缺 %(n)s 份（应报 %(owed)s 份）")
    return [
        (person, text % {"area": row["area__name"], "n": row["missing"], "owed": row["owed"]})
        for person, area in desks.filter(user__is_active=True).values_list("user", "area")
        if (row := rows[area])["missing"]
    ]


@hears("portfolio.merge")
def reports_go_along(proposal, *, by, event):
    """The days of the project that was folded in stay with the one that goes on, but for days that this one has told itself."""
    gone, kept = proposal.other_id, proposal.project_id
    told = set(DailyTrack.objects.filter(project=kept).values_list("day", flat=True))
    days = [pk for pk, day in DailyTrack.objects.filter(project=gone).values_list("pk", "day") if day not in told]
    StoredFile.objects.filter(of_track__track__in=days).update(dossier=kept)
    DailyTrack.objects.filter(pk__in=days).update(project=kept)
    WorkerHousing.objects.filter(project=gone).update(project=kept)
    return []
