"""Published networks: the critical path of every PSPLIB instance is as long as its MPM-Time says."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import Activity, Link, Network, Plan, schedule_many

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("ZHUANBAN_SHARED", ROOT.parent / "shared"))
INSTANCES = sorted((SHARED / "data/psplib").glob("*/*.sm"))
START = datetime(2023, 1, 1)
HOUR = 60


def read(path: Path) -> tuple[Network, int]:
    """The network, an hour a period, and the length of its critical path in periods as published."""
    lines = path.read_text().splitlines()
    published = int(lines[next(at for at, line in enumerate(lines) if line.startswith("pronr.")) + 1].split()[-1])
    begin = next(at for at, line in enumerate(lines) if line.startswith("PRECEDENCE RELATIONS"))
    links, durations = [], {}
    for line in lines[begin + 2 :]:
        if line.startswith("*"):
            break
        job, _, count, *successors = line.split()
        assert len(successors) == int(count)
        links += [Link(job, successor) for successor in successors]
    begin = next(at for at, line in enumerate(lines) if line.startswith("REQUESTS/DURATIONS"))
    for line in lines[begin + 3 :]:
        if line.startswith("*"):
            break
        job, _, duration, *_ = line.split()
        durations[job] = int(duration) * HOUR
    return Network.from_records([Activity(job, duration, "24h") for job, duration in durations.items()], links), published


@pytest.mark.skipif(not INSTANCES, reason=f"no PSPLIB instances under {SHARED} (ZHUANBAN_SHARED)")
def test_every_instance_s_critical_path_is_as_long_as_published():
    read_in = [read(path) for path in INSTANCES]
    results = schedule_many([Plan(network, START, "24h") for network, _ in read_in], {"24h": ShiftCalendar.always()})
    for path, (network, published), result in zip(INSTANCES, read_in, results, strict=True):
        assert result.project_finish == START + published * timedelta(hours=1), path.name
        path_length = sum(activity.duration for activity, on in zip(network.activities, result.longest_path, strict=True) if on)
        assert path_length >= published * HOUR
        assert not (result.total_float < 0).any() and (result.total_float[result.longest_path] == 0).all()
