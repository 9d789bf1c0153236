"""Everybody's first page over a city with years of daily reports: server time and statements by role.

    python3 dev.py run python bench/home_page.py                              # 1,309 projects, 1.4 million reports
    python3 dev.py run python bench/home_page.py --scale 1 --scale 10         # and ten times as much of both
    DATABASE_URL='postgres://…/bench{scale}' python3 dev.py run python bench/home_page.py

Loads the demo city into a folder of its own (kept, so that a second run starts at once), and reports of older days for every project
of the list until there are so many. Prints per role, for the page and for each part that it asks for after it stands: median and 95th
percentile of 40 calls in one process, the whole middleware included, as wall time and as the process's own time (which a busy machine
does not lengthen), and statements; then what the largest scale costs against the smallest.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

CALLS = 40
LATER = re.compile(r'hx-get="(/home/[a-z]+/)"')
PEOPLE = (
    "leader-city",
    "leader-luyuan",
    "dispatcher-city",
    "dispatcher-nongan",
    "secretary-a",
    "force-lead-a",
    "handler-a",
    "enterprise-a",
    "owner-a",
)
PER_SCALE = 1_400_000


def measure(scale: int, reports: int) -> dict:
    """Fill up the reports and time the pages; runs in a process of its own."""
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from zhuanban.domains.dispatch.models import DailyTrack
    from zhuanban.domains.people.models import User
    from zhuanban.domains.portfolio.models import Project

    fill_up(reports)
    result = {"scale": scale, "projects": Project.objects.count(), "reports": DailyTrack.objects.count(), "pages": {}}
    for person in User.objects.filter(username__in=PEOPLE).order_by("username"):
        client = Client()
        client.force_login(person)
        for address in ["/", *LATER.findall(client.get("/").content.decode())]:
            for _ in range(4):
                assert client.get(address).status_code == 200
            wall, own = [], []
            for _ in range(CALLS):
                begun, cpu = time.perf_counter(), time.process_time()
                client.get(address)
                wall.append((time.perf_counter() - begun) * 1000)
                own.append((time.process_time() - cpu) * 1000)
            with CaptureQueriesContext(connection) as asked:
                client.get(address)
            result["pages"][f"{person.username} {address}"] = {
                "median": statistics.median(wall),
                "p95": statistics.quantiles(wall, n=20)[-1],
                "own": statistics.quantiles(own, n=20)[-1],
                "queries": len(asked),
            }
    return result


def fill_up(reports: int) -> None:
    """Reports of days before the demo's own, for every project of the list, until there are so many."""
    from django.db import connection

    from zhuanban.domains.dispatch.models import DailyTrack
    from zhuanban.domains.portfolio.models import ListMembership

    missing = reports - DailyTrack.objects.count()
    projects = ListMembership.objects.values("project").distinct().count()
    if missing <= 0 or not projects:
        return
    last = date(2020, 12, 31)
    first = DailyTrack.objects.order_by("day").values_list("day", flat=True).first()
    last = min(last, first - timedelta(days=1)) if first else last
    days = [last - timedelta(days=each) for each in range(-(-missing // projects))]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bench_days (day date)")
        cursor.executemany("INSERT INTO bench_days (day) VALUES (%s)", [(day,) for day in days])
        cursor.execute(
            "INSERT INTO dispatch_dailytrack (project_id, day, workers_planned, workers_actual, machines, weather, done_today, winter_measures, stocks,"
            " filed_at, waited, late, corrected, key, digest, created_at, updated_at, version, synthetic, source, import_batch)"
            " SELECT p.project_id, d.day, 45, 40, 3, 'clear', '', '[]', '{}', %s, 0, %s, 0, '', '', %s, %s, 1, %s, '', ''"
            " FROM (SELECT DISTINCT project_id FROM portfolio_listmembership) p CROSS JOIN bench_days d",
            [*["2020-12-31 09:00:00+00:00"], False, "2020-12-31 09:00:00+00:00", "2020-12-31 09:00:00+00:00", True],
        )
        cursor.execute("ANALYZE")


def child(scale: int, folder: Path) -> dict:
    environment = os.environ | {"ZHUANBAN_MODE": "demo", "ZHUANBAN_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "zhuanban.site.settings"}
    if "DATABASE_URL" in environment:
        environment["DATABASE_URL"] = environment["DATABASE_URL"].replace("{scale}", str(scale))
    subprocess.run(
        [Path(sys.executable).with_name("zhuanban"), "demo", "--no-serve", "--scale", str(scale)],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    environment["ZHUANBAN_DATA"] = str(folder / f"demo-{scale}" if scale > 1 else folder)
    script = f"import json,sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import home_page as b; print(json.dumps(b.measure({scale}, {scale * PER_SCALE})))"
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=int, action="append", choices=[1, 10])
    parser.add_argument("--folder", type=Path, default=Path("var/bench-home"))
    options = parser.parse_args()
    results = [child(scale, options.folder.resolve()) for scale in options.scale or [1]]
    for each in results:
        print(f"scale {each['scale']}: {each['projects']:,} projects, {each['reports']:,} daily reports")
        for name, page in each["pages"].items():
            print(
                f"  {name:<40} median {page['median']:6.1f}  p95 {page['p95']:6.1f} ms, own time p95 {page['own']:6.1f} ms, {page['queries']:>3} statements"
            )
    if len(results) > 1:
        for name, page in results[-1]["pages"].items():
            print(f"  {name:<40} largest to smallest: {page['own'] / results[0]['pages'][name]['own']:.2f} x (own time, p95)")


if __name__ == "__main__":
    main()
