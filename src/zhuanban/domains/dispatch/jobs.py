"""What dispatch does by the clock."""

from __future__ import annotations

from datetime import timedelta

from zhuanban.domains.dispatch import light_jobs as light_jobs
from zhuanban.domains.dispatch import meeting_jobs as meeting_jobs
from zhuanban.domains.dispatch.actions import tracks
from zhuanban.domains.dispatch.models import TrackReminder
from zhuanban.domains.dispatch.queries import tracks as track_queries
from zhuanban.domains.dispatch.rules import tracks as track_rules
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.portfolio.queries import city_key
from zhuanban.kernel import clock, parameters
from zhuanban.kernel.jobs import schedule, task

# The day's track --------------------------------------------------------------------------------------------------------


@task()
def remind_of_tracks() -> int:
    """Once before the cut-off of a working day and once after it: remind all secretaries whose reports are due and not there.
    Returns how many projects lack one."""
    city = Area.objects.get(pk=city_key())
    if track_rules.cannot_remind(city):
        return 0
    day, now = track_queries.day_asked(clock.today()), clock.now()
    due = track_rules.due_at(day)
    if due is None or now < due - timedelta(minutes=parameters.value(track_rules.REMIND_MINUTES)):
        return 0
    if TrackReminder.objects.filter(area=city, day=day, by=None, after_cutoff=now > due).exists():
        return 0
    if not track_queries.missing(Project.objects.all(), day).exists():
        return 0
    return tracks.remind_missing(city, by=None).projects


schedule("dispatch.remind_of_tracks", "*/15 7-22 * * *", remind_of_tracks)
