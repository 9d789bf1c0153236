"""The lights of all projects computed by the job's own function: the first time, again with nothing new, and on the next day when every
reason has moved on; and a draft of the rules tried on twelve weeks.

    python3 dev.py run python bench/lights.py --scale 1 --scale 100
    DATABASE_URL='postgres://…/bench{scale}' python3 dev.py run python bench/lights.py --scale 1

The demo city is loaded once into a folder of its own and multiplied there by plain SQL: projects with their nodes, plans, monthly money,
problems, secretaries, forecasts and the tracks of the last thirty days. Prints per scale: projects, how many have a light, seconds and SQL
statements of each run, the memory's peak, and the ratio of the largest scale to the smallest per project.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

STEP = 10_000_000
"""By how much the ids of one copy of the city are moved."""
TRACK_DAYS = 30


def multiply(scale: int) -> None:
    """Copy the city's projects with what their lights are made of, so many times."""
    from django.db import connection, transaction

    from zhuanban.domains.dispatch.models import DailyTrack
    from zhuanban.domains.plans.models import Forecast, Node
    from zhuanban.domains.portfolio.models import AnnualPlan, InvestmentEntry, Project
    from zhuanban.domains.problems.models import Problem
    from zhuanban.domains.responsibility.models import Responsibility
    from zhuanban.kernel.models import Dossier

    def copy(model, where: str = "", **changed: str) -> None:
        """Every row once more for each further copy; `changed` gives SQL for columns, with {k} for the copy's number."""
        fields = [field for field in model._meta.concrete_fields if not field.generated]
        names = [field.column for field in fields if field.column in changed or not field.primary_key]
        into, table = ", ".join(f'"{name}"' for name in names), model._meta.db_table
        for k in range(1, scale):
            values = ", ".join(changed.get(name, f'"{name}"').replace("{k}", str(k)) for name in names)
            cursor.execute(f'INSERT INTO "{table}" ({into}) SELECT {values} FROM "{table}" WHERE {where or "1 = 1"}')

    moved = {"project_id": f"project_id + {STEP} * {{k}}"}
    with transaction.atomic(), connection.cursor() as cursor:
        old = f"dossier_id < {STEP}"
        copy(Dossier, f"kind = 'portfolio.project' AND id < {STEP}", id=f"id + {STEP} * {{k}}", ref="ref || '-' || {k}")
        copy(Project, old, dossier_id=f"dossier_id + {STEP} * {{k}}", ref="ref || '-' || {k}", project_code="NULL", merged_into_id="NULL")
        mine = f"project_id < {STEP}"
        first = (date(2023, 2, 10) - timedelta(days=TRACK_DAYS)).isoformat()
        copy(Node, mine, **moved)
        copy(AnnualPlan, mine, **moved)
        copy(InvestmentEntry, f"{mine} AND corrects_id IS NULL", **moved)
        copy(Problem, f"{mine} AND state <> 'merged'", ref="ref || '-' || {k}", **moved)
        copy(Responsibility, f"{mine} AND post = 'secretary' AND state = 'active'", successor_id="NULL", **moved)
        copy(Forecast, mine, **moved)
        copy(DailyTrack, f"{mine} AND day >= '{first}'", **moved)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def timed(call) -> tuple[float, float, int]:
    """Seconds by the clock, seconds of this process's processor time, SQL statements."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        begun, worked = time.perf_counter(), time.process_time()
        call()
        return time.perf_counter() - begun, time.process_time() - worked, len(queries)


def measure(scale: int) -> dict:
    """Runs in a process of its own, on the store that the environment names."""
    import django

    django.setup()
    from zhuanban.domains.dispatch.actions import light_run
    from zhuanban.domains.dispatch.models import LightDay, ProjectLight
    from zhuanban.domains.dispatch.queries import light_trials, lights
    from zhuanban.domains.portfolio.models import Project
    from zhuanban.site.demo.today import FIRST_DAY, move_today

    if Project.objects.filter(pk__gt=STEP).count() == 0 and scale > 1:
        multiply(scale)
    ProjectLight.objects.all().delete()
    LightDay.objects.all().delete()
    move_today(FIRST_DAY)
    result: dict = {"scale": scale}
    for name, call in (
        ("first", lambda: light_run.recompute(tell=False)),
        ("again", lambda: light_run.recompute(tell=False)),
        ("next day", lambda: (move_today(FIRST_DAY + timedelta(days=3)), light_run.recompute(tell=False))),
        ("one project", lambda: light_run.recompute_some([ProjectLight.objects.first().pk])),
        ("trial", lambda: light_trials.trial_of(lights.rules_in_force())),
    ):
        result[name] = timed(call)
        print(name, *result[name], file=sys.stderr, flush=True)
    result["projects"], result["lit"] = Project.objects.count(), ProjectLight.objects.count()
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return result


def child(scale: int, folder: Path) -> dict:
    base, mine = folder / "base", folder / f"scale-{scale}"
    environment = os.environ | {"ZHUANBAN_MODE": "demo", "DJANGO_SETTINGS_MODULE": "zhuanban.site.settings", "ZHUANBAN_DATA": str(base)}
    if "DATABASE_URL" in environment:
        environment["DATABASE_URL"] = environment["DATABASE_URL"].replace("{scale}", str(scale))
    zhuanban = Path(sys.executable).with_name("zhuanban")
    subprocess.run([zhuanban, "demo", "--no-serve"], env=environment, check=True, stdout=subprocess.DEVNULL)
    if not mine.exists():
        shutil.copytree(base, mine)
    environment["ZHUANBAN_DATA"] = str(mine)
    script = (
        f"import json, sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import lights as b; print(json.dumps(b.measure({scale})))"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=int, action="append", help="so many times the demo city (1, 10, 53, 100)")
    parser.add_argument("--folder", type=Path, default=Path("var/bench-lights"))
    options = parser.parse_args()
    results = [child(scale, options.folder.resolve()) for scale in options.scale or [1]]
    runs = ("first", "again", "next day", "one project", "trial")
    print(f"{'scale':>6} {'projects':>9} {'lit':>8}  " + "  ".join(f"{name:>27}" for name in runs) + f"  {'peak':>9}")
    for each in results:
        cells = (f"{each[name][0]:6.2f} s /{each[name][1]:6.2f} cpu {each[name][2]:>5} q" for name in runs)
        print(
            f"{each['scale']:>6} {each['projects']:>9,} {each['lit']:>8,}  "
            + "  ".join(f"{cell:>27}" for cell in cells)
            + f"  {each['peak_mb']:>6} MB"
        )
    if len(results) > 1:
        small, large = results[0], results[-1]
        ratio = (large["next day"][1] / large["projects"]) / (small["next day"][1] / small["projects"])
        print(f"next day, processor time per project, largest to smallest: {ratio:.2f} x")


if __name__ == "__main__":
    main()
