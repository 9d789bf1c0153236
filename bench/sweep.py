"""The sweep over 100,000 open deadlines: how long it takes to find that none is due, to fire those that nobody handles, and what one
problem's rise costs.

    python3 dev.py run python bench/sweep.py
    DATABASE_URL=postgres://… python3 dev.py run python bench/sweep.py --deadlines 100000 --problems 500

Works in a database of its own that is thrown away. Prints seconds, deadlines a second, and milliseconds a rise.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

DAY = date(2023, 2, 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deadlines", type=int, default=100_000)
    parser.add_argument("--problems", type=int, default=500)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ZHUANBAN_MODE": "test", "ZHUANBAN_DATA": folder, "DJANGO_SETTINGS_MODULE": "zhuanban.site.settings"}
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
        sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "faults"))
        import django

        django.setup()
        from django.db import connection
        from django.test.runner import DiscoverRunner

        runner = DiscoverRunner(verbosity=0, interactive=False)
        made = runner.setup_databases()
        try:
            run(given.deadlines, given.problems, connection.vendor)
        finally:
            runner.teardown_databases(made)


def run(number: int, problems: int, vendor: str) -> None:
    from sweep_town import town_with_problems

    from zhuanban.domains.problems.models import Problem
    from zhuanban.kernel import access, clock, deadlines
    from zhuanban.kernel.models import Deadline, Dossier
    from zhuanban.site import seeds

    seeds.load()
    town_with_problems(problems, DAY)
    dossier, holder = Dossier.objects.filter(kind="portfolio.project").first(), access.principal("area:220100")
    rows = (
        Deadline(dossier=dossier, on_due="bench.nobody", title="期限", holder=holder, started_on=DAY, due_on=DAY + timedelta(days=30))
        for _ in range(number)
    )
    Deadline.objects.bulk_create(rows, batch_size=5000)

    def timed(day: date) -> tuple[float, int]:
        clock.set_shift(datetime(day.year, day.month, day.day, 2, tzinfo=UTC) - datetime.now(UTC))
        began = time.perf_counter()
        fired = deadlines.sweep()
        return time.perf_counter() - began, fired

    print(f"{vendor}: {number:,} open deadlines, {problems:,} problems")
    seconds, fired = timed(DAY)
    print(f"  none due:         {seconds * 1000:8.1f} ms, {fired} fired")
    seconds, fired = timed(date(2023, 2, 14))
    assert fired == problems == Problem.objects.filter(tier=2).count()
    print(f"  problems rising:  {seconds:8.2f} s,  {fired:,} fired, {seconds * 1000 / fired:.1f} ms each")
    Deadline.objects.exclude(on_due="bench.nobody").update(fired_at=clock.now())
    seconds, fired = timed(DAY + timedelta(days=31))
    assert fired == number
    print(f"  all due, silent:  {seconds:8.2f} s,  {fired:,} fired, {fired / seconds:,.0f} a second")
    seconds, fired = timed(DAY + timedelta(days=31))
    print(f"  swept again:      {seconds * 1000:8.1f} ms, {fired} fired")


if __name__ == "__main__":
    main()
