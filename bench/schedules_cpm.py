"""The deterministic pass over a city's plans: forward and backward, floats, driving links, five calendars, lags, progress and constraints.

    python3 dev.py run python bench/schedules_cpm.py
    python3 dev.py run python bench/schedules_cpm.py --projects 100 --repeat 20

Makes plans of random logic (no two alike) and prints: seconds to read them into networks, seconds of the pass over all at once (wall and
processor, the least and the median), milliseconds of one plan alone, and beside it, in the same run, what networkx and (where it can be
imported) rustworkx need for no more than the length of each plan's longest path, durations given, without calendars. Then memory.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import statistics
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import (
    Activity,
    Constraint,
    ConstraintType,
    LagCalendar,
    Link,
    LinkType,
    Network,
    Plan,
    schedule,
    schedule_many,
)

DATA_DATE = datetime(2023, 2, 10, 8)
FESTIVAL = [date(2023, 1, day) for day in range(21, 28)] + [date(2024, 2, day) for day in range(9, 18)]
CALENDARS = {
    "office": ShiftCalendar.weekly("office", closed=FESTIVAL),
    "site": ShiftCalendar.six_day_site(FESTIVAL),
    "continuous": ShiftCalendar.continuous_site(FESTIVAL),
    "night": ShiftCalendar("night", (((1320, 1800),),) * 5 + ((), ())),
    "24h": ShiftCalendar.always(),
}


def records(dice: random.Random, activities: int, links: int) -> tuple[list[Activity], list[Link]]:
    """One plan: a third of it done or under way, one activity in twenty with a constraint, one link in five with a lag."""
    made = []
    for at in range(activities):
        duration = dice.choice([1, 2, 3, 5, 8, 13, 20]) * 480
        progress = {}
        if at < activities // 4:
            began = DATA_DATE - timedelta(days=dice.randint(20, 60))
            progress = {"actual_start": began, "actual_finish": began + timedelta(days=dice.randint(1, 18))}
        elif at < activities // 3:
            progress = {"actual_start": DATA_DATE - timedelta(days=dice.randint(1, 10)), "remaining": duration // 2}
        limits = (Constraint(dice.choice(list(ConstraintType)[:4]), DATA_DATE + timedelta(days=dice.randint(0, 90))),) * (
            dice.random() < 0.05
        )
        made.append(
            Activity(str(at), duration, dice.choice(["office", "site", "site", "continuous", "night"]), constraints=limits, **progress)
        )
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < links:
        before = dice.randrange(activities - 1)
        pairs.add((before, min(activities - 1, before + dice.randint(1, 12))))
    kinds, lags, sides = [LinkType.FS] * 8 + [LinkType.SS, LinkType.FF], [0] * 8 + [480, 960], list(LagCalendar)
    return made, [Link(str(a), str(b), dice.choice(kinds), dice.choice(lags), dice.choice(sides)) for a, b in sorted(pairs)]


def timed(work: Callable[[], object], repeat: int) -> tuple[list[float], list[float]]:
    """Wall and processor seconds of each repetition."""
    wall, processor = [], []
    for _ in range(repeat):
        gc.collect()
        began, spent = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - began)
        processor.append(time.process_time() - spent)
    return wall, processor


def said(name: str, seconds: tuple[list[float], list[float]], scale: float = 1, unit: str = "s") -> float:
    wall, processor = seconds
    least = min(processor)
    print(
        f"{name:<58} wall {min(wall) * scale:8.3f} {unit} (median {statistics.median(wall) * scale:.3f}), processor {least * scale:8.3f} {unit}"
    )
    return least


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=int, default=1309)
    parser.add_argument("--activities", type=int, default=69, help="per project")
    parser.add_argument("--links", type=int, default=248, help="per project")
    parser.add_argument("--repeat", type=int, default=7)
    given = parser.parse_args()
    dice = random.Random(1)
    read = [records(dice, given.activities, given.links) for _ in range(given.projects)]
    print(
        f"{given.projects} projects, {given.projects * given.activities} activities, {given.projects * given.links} links, {len(CALENDARS)} calendars"
    )
    networks: list[Network] = []
    said("records to networks", timed(lambda: networks.extend(Network.from_records(*each) for each in read), 1))
    plans = [Plan(network, DATA_DATE, "site") for network in networks]
    said("first pass, calendars compiled", timed(lambda: schedule_many(plans, CALENDARS), 1))
    ours = said("pass over all: dates, floats, driving links", timed(lambda: schedule_many(plans, CALENDARS), given.repeat))
    said("one plan alone", timed(lambda: schedule(networks[0], CALENDARS, DATA_DATE, project_calendar="site"), 30), 1000, "ms")
    others(networks, ours)
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at the most")


def others(networks: list[Network], ours: float) -> None:
    """Longest paths only, in libraries made for graphs."""
    weighted = [
        [
            (network.index[link.predecessor], network.index[link.successor], network.activities[network.index[link.predecessor]].duration)
            for link in network.links
        ]
        for network in networks
    ]
    try:
        import networkx
    except ImportError:
        print("networkx cannot be imported here")
    else:
        graphs = [networkx.DiGraph() for _ in weighted]
        for graph, edges in zip(graphs, weighted, strict=True):
            graph.add_weighted_edges_from(edges)
        theirs = said(
            "networkx: length of the longest path only", timed(lambda: [networkx.dag_longest_path_length(each) for each in graphs], 1)
        )
        print(f"{'':<58} {theirs / ours:.1f} times the processor time of our whole pass")
    try:
        import rustworkx
    except ImportError:
        print("rustworkx cannot be imported here")
        return
    compact = []
    for edges in weighted:
        graph = rustworkx.PyDiGraph()
        graph.add_nodes_from(range(1 + max(max(edge[:2]) for edge in edges)))
        graph.add_edges_from(edges)
        compact.append(graph)
    length = rustworkx.dag_longest_path_length
    theirs = said("rustworkx: the same", timed(lambda: [length(each, lambda _a, _b, weight: weight) for each in compact], 3))
    print(f"{'':<58} {theirs / ours:.1f} times")


if __name__ == "__main__":
    main()
