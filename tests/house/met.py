"""The districts' weekly dispatches in the town: one held with its minutes, one that runs, and the next one planned."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, time, timedelta

from zhuanban.domains.dispatch.actions import agenda, decisions, meetings
from zhuanban.domains.dispatch.models import Decision, Meeting, MeetingSeries
from zhuanban.kernel import clock

_serial = itertools.count(1)


@dataclass
class Met:
    """A district's series with a meeting in each state."""

    series: MeetingSeries
    held: Meeting
    running: Meeting
    planned: Meeting


def meet(town, area: str, word: str) -> Met:
    """Everything with the district's word; of the decisions one is done and one is late. In one district two are done, so that the
    districts differ."""
    place, project, today = town.areas[area], town.projects[area][0], clock.today()
    series = meetings.set_up_series(
        place, by=None, name=f"{word}调度会", weekday=0, starts_at=time(9), place=f"{word}会议室", units=[town.office]
    )
    held = meetings.plan_meeting(series, by=None, held_on=date(2023, 2, 6), starts_at=time(9))
    _open(held)
    item = agenda.add_item(held, by=None, title=f"{word}议题", why=f"{word}缘由", project=project)
    for number, done in enumerate((True, False, area == town.here)):
        decision = decisions.decide(
            item, by=None, kind="deadline", text=f"{word}决定{number}", owner=f"area:{area}", due_on=date(2023, 2, 8)
        )
        if done:
            decisions.carry_out(decision, by=None, result=f"{word}落实")
    meetings.call_roll(held, by=None, present=list(held.roll.all()))
    meetings.close_meeting(held, by=None)
    decisions.issue_minutes(held, by=None, remarks=f"{word}要求")
    running = meetings.plan_meeting(series, by=None, held_on=today, starts_at=time(9))
    _open(running)
    other = agenda.add_item(running, by=None, title=f"{word}议题", project=project)
    decisions.decide(other, by=None, kind="note", text=f"{word}备忘")
    planned = series.meetings.get(state="planned")
    agenda.build_agenda(planned, by=None)
    return Met(series, Meeting.objects.get(pk=held.pk), Meeting.objects.get(pk=running.pk), Meeting.objects.get(pk=planned.pk))


def _open(meeting: Meeting) -> None:
    agenda.build_agenda(meeting, by=None)
    meetings.open_meeting(meeting, by=None)


def fill_meetings(town, number: int) -> None:
    """Past meetings of the first district's series, in three states."""
    met, at = town.meetings[town.here], clock.now()
    Meeting.objects.bulk_create(
        Meeting(
            series=met.series,
            year=2021,
            number=(serial := next(_serial)),
            held_on=date(2021, 1, 1) + timedelta(days=serial),
            starts_at=time(9),
            state=("held", "minutes_issued", "called_off")[serial % 3],
            opened_at=at,
            closed_at=at,
            why_off="测试",
            created_at=at,
            updated_at=at,
        )
        for _each in range(number)
    )


def fill_decisions(town, number: int) -> None:
    """Notes of the running meeting, with ties in their day and words as they come."""
    from town import NASTY

    met, at = town.meetings[town.here], clock.now()
    item = met.running.items.filter(kind="hand").first()
    Decision.objects.bulk_create(
        Decision(
            series=met.series,
            meeting=met.running,
            item=item,
            project=item.project,
            number=100 + next(_serial),
            decided_on=date(2023, 2, 1 + each % 4),
            kind="note",
            text=NASTY[each % len(NASTY)],
            created_at=at,
            updated_at=at,
        )
        for each in range(number)
    )
