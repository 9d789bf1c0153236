"""The critical path beside MPXJ's schedulers, on plan files: how long the calculation takes, and how far each agrees with
what the file has stored.

    .venv/bin/python -m pip install mpxj jpype1      # once; needs a Java on the path
    python3 dev.py run python bench/schedules_mpxj.py plan.xer another.xml

Reading is not timed on either side. A file of Primavera is given to MPXJ's PrimaveraScheduler, another to its MicrosoftScheduler. Agreement
is of clock times, among the activities for which each has a stored value; MPXJ has no notion of equal work positions.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from zhuanban.engines.schedules import PlanFile
from zhuanban.engines.schedules.files import calculated, checked
from zhuanban.engines.schedules.readers import read_plan

VALUES = {
    "early_start": "getEarlyStart",
    "early_finish": "getEarlyFinish",
    "late_start": "getLateStart",
    "late_finish": "getLateFinish",
    "total_float": "getTotalSlack",
    "free_float": "getFreeSlack",
}


def start_java() -> None:
    """Raises ImportError where MPXJ or jpype is not installed."""
    import jpype
    import jpype.imports  # lets Java's packages be imported
    import mpxj

    jars = (Path(mpxj.__file__).parent / "lib").glob("*.jar")
    jpype.startJVM("-Xmx4g", classpath=[str(each) for each in jars])


def of_mpxj(path: Path, primavera: bool, repeat: int) -> tuple[float, dict[str, tuple[int, int]]]:
    """Least seconds of a calculation, and of each value how many are compared and equal. Every run has a file that was read anew."""
    from org.mpxj import Duration, TimeUnit
    from org.mpxj.cpm import MicrosoftScheduler, PrimaveraScheduler
    from org.mpxj.reader import UniversalProjectReader

    spent, agreed = [], {}
    for _run in range(repeat):
        file = UniversalProjectReader().read(str(path))
        tasks = [each for each in file.getTasks() if not each.getSummary() and str(each.getActivityType()) != "LEVEL_OF_EFFORT"]
        for each in tasks:  # its scheduler wants to be told what the XML need not tell
            nothing = Duration.getInstance(0, TimeUnit.HOURS)
            if each.getActualDuration() is None:
                each.setActualDuration(nothing)
            if each.getRemainingDuration() is None:
                each.setRemainingDuration(nothing if each.getActualFinish() is not None else each.getDuration())
        before = [_values(each) for each in tasks]
        scheduler: Any = PrimaveraScheduler() if primavera else MicrosoftScheduler()
        began = time.perf_counter()
        scheduler.schedule(file, file.getProjectProperties().getStartDate())
        spent.append(time.perf_counter() - began)
        after = [_values(each) for each in tasks]
        agreed = {
            name: (
                sum(was[at] != "None" for was in before),
                sum(was[at] == now[at] != "None" for was, now in zip(before, after, strict=True)),
            )
            for at, name in enumerate(VALUES)
        }
    return min(spent), agreed


def _values(task: Any) -> list[str]:
    return [str(getattr(task, getter)()) for getter in VALUES.values()]


def of_ours(plan: PlanFile, repeat: int) -> tuple[float, dict[str, tuple[int, int]]]:
    spent = []
    for _run in range(repeat):
        began = time.perf_counter()
        calculated(plan)
        spent.append(time.perf_counter() - began)
    tallies = checked(plan).check.tallies
    return min(spent), {name: (tally.compared, tally.equal_clock) for name, tally in tallies.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    try:
        start_java()
    except ImportError as missing:
        sys.exit(f"Not comparable here: {missing}. See --help.")
    for path in given.files:
        compare(path, given.repeat)


def compare(path: Path, repeat: int) -> None:
    plan = read_plan(path.read_bytes(), path.name)
    print(f"{path.name}: {plan.tool}, {len(plan.activities)} activities, {len(plan.links)} links")
    mine, own = of_ours(plan, repeat)
    try:
        theirs, other = of_mpxj(path, plan.tool == "primavera", repeat)
    except Exception as refused:  # whatever Java throws
        print(f"  ours {mine * 1000:.0f} ms; MPXJ does not calculate it: {refused}")
        return
    print(f"  ours {mine * 1000:.0f} ms, MPXJ {theirs * 1000:.0f} ms: {theirs / mine:.1f} times")
    for name in VALUES:
        print(f"  {name:<13} ours {_share(own.get(name))}   MPXJ {_share(other.get(name))}")


def _share(tally: tuple[int, int] | None) -> str:
    if not tally or not tally[0]:
        return f"{'-':>22}"
    return f"{tally[1]:>6} of {tally[0]:>6} {tally[1] / tally[0]:7.2%}"


if __name__ == "__main__":
    main()
