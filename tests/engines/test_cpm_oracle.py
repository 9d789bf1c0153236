"""The critical path against one that walks minute by minute, on random networks with every feature there is."""

from datetime import datetime, timedelta

import pytest
from random_plans import CALENDARS, DATA_DATE, records
from slow_schedule import Minutes, Slow

from zhuanban.engines.schedules import Network, Options, Plan, schedule, schedule_many

MINUTES = {key: Minutes(each, datetime(2022, 12, 1), datetime(2023, 7, 1)) for key, each in CALENDARS.items()}


def check(seed: int, result, slow: Slow) -> None:
    moments = {"early": (result.early_start, result.early_finish), "late": (result.late_start, result.late_finish)}
    works = {"early": result.positions[:2], "late": result.positions[2:]}
    for at, each in enumerate(result.network.activities):
        for side, expected in (("early", slow.early[each.id]), ("late", slow.late[each.id])):
            assert tuple(column[at].item() for column in moments[side]) == expected[:2], (seed, side, each)
            calendar = CALENDARS[each.calendar]
            stood = tuple(calendar.position(when) for when in expected[:2])
            assert tuple(int(column[at]) for column in works[side]) == stood, (seed, side, each)
        assert result.total_float[at] == slow.total_float(each.id), (seed, each)
        assert result.free_float[at] == slow.free_float(each.id), (seed, each)
        assert result.critical[at] == (not each.actual_finish and slow.total_float(each.id) <= 0)
    for at, link in enumerate(result.network.links):
        assert result.driving_link[at] == slow.drives(link), (seed, link)
        assert result.out_of_sequence_link[at] == slow.against(link), (seed, link)


@pytest.mark.parametrize("mode", ["retained_logic", "progress_override"])
@pytest.mark.parametrize("block", range(8))
def test_every_date_float_and_driving_link_is_that_of_the_slow_walk(block, mode):
    for seed in range(block * 40, block * 40 + 40):
        activities, links = records(seed)
        must = DATA_DATE + timedelta(days=7, hours=9) if seed % 5 == 0 else None
        result = schedule(
            Network.from_records(activities, links), CALENDARS, DATA_DATE, project_calendar="site", mode=mode, must_finish_by=must
        )
        slow = Slow(activities, links, MINUTES, DATA_DATE, "site", mode, must)
        check(seed, result, slow)


def test_many_networks_at_once_give_what_each_gives_alone():
    networks = [Network.from_records(*records(seed)) for seed in range(60)]
    plans = [
        Plan(each, DATA_DATE + timedelta(hours=at % 7), "site", DATA_DATE if at % 4 == 0 else None) for at, each in enumerate(networks)
    ]
    for plan, together in zip(plans, schedule_many(plans, CALENDARS, Options(float_type="least")), strict=True):
        alone = schedule(
            plan.network, CALENDARS, plan.data_date, project_calendar="site", must_finish_by=plan.must_finish_by, float_type="least"
        )
        assert list(together.rows()) == list(alone.rows())
        assert together.out_of_sequence == alone.out_of_sequence
        assert together.driving_link.tolist() == alone.driving_link.tolist()
        assert together.longest_path.tolist() == alone.longest_path.tolist()
