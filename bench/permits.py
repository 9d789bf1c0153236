"""All permit plans of the city computed anew, as after a change of one limit: 1,309 plans are to take no more than two seconds.

    python3 dev.py run python bench/permits.py

Loads the demo city into a folder of its own (kept), gives 1,309 projects a plan by the demo's own rules, and prints for each run the
seconds by the clock, the seconds of this process's processor time and the SQL statements: the calculation alone; computed and written when
a limit on the critical path has changed by so many days that nearly every open row is written; and again with nothing new.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

PLANS = 1309
ROUNDS = 3


def fill_up(wanted: int) -> None:
    """Plans for so many invented projects of any stage that has one, reserve projects first."""
    from zhuanban.domains.approvals.models import PermitPlan
    from zhuanban.site.demo import permits

    have = PermitPlan.objects.count()
    if have < wanted:
        PermitPlan.objects.all().delete()
        permits.AHEAD, permits.BUILDING = 968, wanted - 968 - 77
        permits.load(1)


def timed(call) -> tuple[float, float, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    begun, cpu = time.perf_counter(), time.process_time()
    call()
    wall, own = time.perf_counter() - begun, time.process_time() - cpu
    with CaptureQueriesContext(connection) as asked:
        call()
    return wall, own, len(asked)


def measure() -> None:
    """Time the runs; in a process of its own."""
    import django

    django.setup()
    from zhuanban.domains.approvals.actions import planning
    from zhuanban.domains.approvals.models import ItemVersion, PermitPlan, PermitStep
    from zhuanban.domains.approvals.queries import catalogue, standings
    from zhuanban.domains.approvals.rules.timetable import timetables
    from zhuanban.kernel import clock, deadlines

    fill_up(PLANS)
    everything = PermitPlan.objects.all()
    planning.recompute(everything)
    print(f"{everything.count():,} plans, {PermitStep.objects.count():,} items of them", flush=True)
    today = clock.today()
    plans = list(everything.select_related("project"))
    asked, book, work = standings.asked(plans, today), catalogue.book(today), deadlines.calendar()
    show("calculated", [timed(lambda: timetables(asked, book, work, today)) for _ in range(ROUNDS)])
    scheme = ItemVersion.objects.filter(item__code="SCHEME").order_by("-effective_from").first()
    days = scheme.promised_days
    runs = []
    for more in range(1, ROUNDS + 1):
        ItemVersion.objects.filter(pk=scheme.pk).update(promised_days=days + more)
        begun, cpu = time.perf_counter(), time.process_time()
        planning.recompute(everything)
        runs.append((time.perf_counter() - begun, time.process_time() - cpu, 0))
    show("computed and written after a limit changed", runs)
    show("computed with nothing new", [timed(lambda: planning.recompute(everything)) for _ in range(ROUNDS)])
    ItemVersion.objects.filter(pk=scheme.pk).update(promised_days=days)


def show(name: str, runs: list[tuple[float, float, int]]) -> None:
    wall, own, statements = min(run[0] for run in runs), min(run[1] for run in runs), runs[-1][2]
    told = f", {statements} statements" if statements else ""
    print(f"{name}: {wall:.2f} s, processor {own:.2f} s{told} (best of {len(runs)})", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--folder", type=Path, default=Path("var/bench-permits"), help="where the demo city is kept")
    arguments.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    told = arguments.parse_args()
    if told.inside:
        measure()
        return
    environment = os.environ | {
        "ZHUANBAN_MODE": "demo",
        "ZHUANBAN_DATA": str(told.folder.resolve()),
        "DJANGO_SETTINGS_MODULE": "zhuanban.site.settings",
    }
    if not (told.folder / "zhuanban.sqlite3").exists():
        subprocess.run([sys.executable, "dev.py", "demo", "--no-serve"], env=environment, check=True)
    subprocess.run([sys.executable, __file__, "--inside"], env=environment, check=True)


if __name__ == "__main__":
    main()
