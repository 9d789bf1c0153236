"""What the town's projects have of daily tracks: a filed and corrected day, beds for workers, and the work that the papers tell of."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal

from zhuanban.domains.dispatch.models import DailyTrack, TrackCorrection, WorkerHousing
from zhuanban.domains.plans.models import QuantityEntry, WorkItem
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock

_serial = itertools.count(1)
DAY = date(2023, 2, 9)
"""The last working day before the town's."""


def stamps(by) -> dict:
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


def give_tracks(town, area: str, word: str) -> DailyTrack:
    """A corrected report of the district's first project, with the district's word in every row, and beds for its workers."""
    project, by = town.projects[area][0], stamps(town.dispatcher)
    Project.objects.filter(pk=project.pk).update(winter_building=True)
    track = DailyTrack.objects.create(
        project=project,
        day=DAY,
        reporter=town.dispatcher,
        workers_planned=45,
        workers_actual=40,
        machines=3,
        weather="snow",
        done_today=f"{word}砌墙",
        filed_at=clock.now(),
        seconds=19,
        asked=12,
        touched=2,
        corrected=1,
        **by,
    )
    TrackCorrection.objects.create(
        track=track, changes={"workers_actual": [30, 40]}, reason=f"{word}点错", by=town.dispatcher, at=clock.now()
    )
    WorkerHousing.objects.create(project=project, name=f"{word}宿舍", capacity=120, **by)
    return track


def give_named(town, area: str) -> None:
    """The work and the beds that the papers print of three named projects."""
    by = stamps(town.dispatcher)
    battery = town.project(area, None, "under_construction", name="比亚迪动力电池项目")
    days = {"start_actual": date(2022, 10, 1), "finish_actual": date(2022, 10, 31)}
    WorkItem.objects.create(
        project=battery, name="土方", kind="earthwork", unit="m³", quantity=Decimal(600_000), done=Decimal(600_000), **days, **by
    )
    audi = Project.objects.get(name="奥迪一汽新能源汽车项目")
    walls = WorkItem.objects.create(project=audi, name="隔墙", kind="partition", unit="%", quantity=Decimal(100), done=Decimal(31), **by)
    QuantityEntry.objects.create(item=walls, day=date(2023, 1, 31), amount=Decimal(31))
    WorkerHousing.objects.create(project=Project.objects.get(name="金赛医药产业园"), name="临时宿舍", capacity=200, **by)


def fill_tracks(town, number: int) -> None:
    """Days of one project with ties in the workers; names as they come."""
    project = town.bare_project(stage="under_construction", name=f"<b>工地</b>{next(_serial)}")
    DailyTrack.objects.bulk_create(
        DailyTrack(
            project=project,
            day=DAY - timedelta(days=1 + at),
            workers_actual=at % 4,
            weather=("snow", "")[at % 2],
            done_today=("=1+1", "脏\ufffe字", "")[at % 3],
            filed_at=clock.now(),
            late=at % 3 == 0,
            **stamps(town.dispatcher),
        )
        for at in range(number)
    )
