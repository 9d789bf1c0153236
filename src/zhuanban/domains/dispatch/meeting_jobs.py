"""What the weekly dispatch does by the clock: the next meeting planned, its agenda built, listings kept, late decisions told."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.dispatch.actions import agenda, meetings
from zhuanban.domains.dispatch.models import Decision, Meeting, MeetingSeries
from zhuanban.domains.dispatch.queries import changes
from zhuanban.domains.dispatch.queries import meetings as queries
from zhuanban.domains.problems.queries import people_behind
from zhuanban.kernel import clock, notices
from zhuanban.kernel.deadlines import on_due
from zhuanban.kernel.jobs import schedule, task
from zhuanban.kernel.words import kept


@task(max_attempts=3)
def prepare_meetings() -> int:
    """Plan the next meeting of every series that has none, and build the agendas of the next days. Returns how many agendas."""
    for series in MeetingSeries.objects.filter(active=True).order_by("pk"):
        meetings.plan_next(series)
    built = 0
    for meeting in queries.to_prepare(clock.today()):
        agenda.build_agenda(meeting, by=None)
        built += 1
    return built


@task(max_attempts=2)
def keep_listings(areas: list[str] | None = None) -> int:
    """Keep the listings of these areas, else of those that were not kept for a week. Returns how many listings were kept."""
    today = clock.today()
    changes.drop_old(today)
    return sum(changes.keep(area, today) for area in (areas if areas is not None else changes.due(today)))


def keep_after(meeting: Meeting) -> None:
    """Keep the listings of a meeting's areas, in a job of its own."""
    whole = meeting.series.level == MeetingSeries.Level.CITY
    keep_listings.using(dedupe_key=f"dispatch.keep:{meeting.series_id}").enqueue(
        changes.areas_kept() if whole else [meeting.series.area_id]
    )


def of(deadline) -> Decision | None:
    return Decision.objects.select_for_update().filter(deadline=deadline).first()


@on_due("dispatch.decision_late", lock=of)
def decision_late(deadline) -> None:
    """A decision's day is over: its owner and the desk that runs the meeting are told once; the next agenda has it at its head."""
    decision = of(deadline)
    if decision is None or decision.done_on or decision.withdrawn_on:
        return
    people = {*people_behind(decision.owner_key), *people_behind(f"area:{decision.series.area_id}")}
    with kept():
        text = _("会议决定逾期：%(text)s（%(owner)s）") % {"text": decision.text[:120], "owner": decision.owner_name}
    notices.leave(dict.fromkeys(people, text), dossier=deadline.dossier_id, url=decision.get_absolute_url())


schedule("dispatch.prepare_meetings", "30 5 * * *", prepare_meetings)
schedule("dispatch.keep_listings", "20 1 * * *", keep_listings)
