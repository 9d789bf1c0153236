"""The last ten minutes before the cut-off: 1,309 daily reports, fifty phones at once, through the product's own server.

    python3 dev.py run python bench/daily_tracks.py
    DATABASE_URL=postgres://… python3 dev.py run python bench/daily_tracks.py --workers 2
    python3 dev.py run python bench/daily_tracks.py --days 1070          # with 1.4 million reports in the table

Works in a database of its own that is thrown away (on PostgreSQL: in the schema of a database made for it). Prints for one phone after
another and for many at once: reports a second, median and 95th percentile of the whole answer in milliseconds, errors; then kills the
server in the middle of a rush with kill -9 and counts what was acknowledged, what is there and what is there twice; then what the
house's own reads cost (what I owe today, what is missing, the figures).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=1309)
    parser.add_argument("--secretaries", type=int, default=330)
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--days", type=int, default=0, help="days of history for every site (1,070 make 1.4 million reports)")
    parser.add_argument("--workers", type=int, default=1, help="web processes (on SQLite always one)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ZHUANBAN_MODE": "demo", "ZHUANBAN_DATA": folder, "DJANGO_SETTINGS_MODULE": "zhuanban.site.settings"}
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
        sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "faults"))
        import django

        django.setup()
        from django.db import connection
        from django.test.runner import DiscoverRunner

        runner = DiscoverRunner(verbosity=0, interactive=False)
        embedded = connection.vendor == "sqlite"
        made = None if embedded else runner.setup_databases()
        try:
            run(given, folder)
        finally:
            connection.close()
            if made:
                runner.teardown_databases(made)


def run(given: argparse.Namespace, folder: str) -> None:
    from django.db import connection
    from track_town import Server, history, send_all, sites

    from zhuanban.domains.dispatch.models import DailyTrack
    from zhuanban.kernel import clock
    from zhuanban.site import schema, seeds

    if connection.vendor == "sqlite":
        schema.make_tables()
    seeds.load()
    phones = sites(given.sites, given.secretaries)
    begun = time.perf_counter()
    before = history(given.sites, given.days, clock.today()) if given.days else 0
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(
        f"{connection.vendor}: {given.sites:,} sites, {given.secretaries} secretaries, {before:,} older reports ({time.perf_counter() - begun:.0f} s)"
    )
    settings = connection.settings_dict
    url = os.environ["DATABASE_URL"]
    if connection.vendor != "sqlite":
        from urllib.parse import urlsplit

        url = urlsplit(url)._replace(path=f"/{settings['NAME']}").geturl()
    server = Server({"DATABASE_URL": url, "ZHUANBAN_MODE": "demo", "ZHUANBAN_DATA": folder}, workers=given.workers)
    few, rush = phones[:200], phones[200:]
    try:
        server.start()
        send_all(server.port, few[:10], 1)
        report("one after another", *timed(lambda: send_all(server.port, few[10:], 1), few[10:]), len(few) - 10)
        half = len(rush) // 2
        report(f"{given.at_once} at once", *timed(lambda: send_all(server.port, rush[:half], given.at_once), rush[:half]), half)
        killed_in_the_middle(server, rush[half:], given.at_once)
        begun = time.perf_counter()
        failed = send_all(server.port, phones, given.at_once)
        print(f"  all sent again:      {len(phones) / (time.perf_counter() - begun):8.0f} a second, {len(failed)} errors")
    finally:
        server.kill()
    connection.close()
    today = DailyTrack.objects.exclude(key="")
    there = today.count()
    twice = there - today.values("project").distinct().count()
    lost = len({phone.project for phone in phones} - set(today.values_list("project", flat=True)))
    print(f"  in the end:          {there:,} reports, {twice} twice, {lost} lost")
    reads(phones)


def timed(act, phones) -> tuple[float, list, list[float]]:
    begun = time.perf_counter()
    failed = act()
    return time.perf_counter() - begun, failed, sorted(phone.took[-1] for phone in phones if phone.took)


def report(name: str, seconds: float, failed: list, took: list[float], number: int) -> None:
    median, high = took[len(took) // 2] * 1000, took[int(len(took) * 0.95)] * 1000
    print(
        f"  {name + ':':<20} {number / seconds:8.0f} a second, median {median:6.1f} ms, p95 {high:6.1f} ms, {len(failed)} errors {failed[:2]}"
    )


def killed_in_the_middle(server, phones, at_once: int) -> None:
    from track_town import send_all

    rush = Thread(target=send_all, args=(server.port, phones, at_once), kwargs={"give_up": True})
    rush.start()
    while sum(phone.acknowledged for phone in phones) < len(phones) // 3 and rush.is_alive():
        time.sleep(0.005)
    server.kill()
    rush.join()
    heard = sum(phone.acknowledged for phone in phones)
    server.start()
    failed = send_all(server.port, phones, at_once)
    again = sum(phone.states[0] == "filed" and phone.states[-1] == "repeated" for phone in phones if len(phone.states) > 1)
    print(
        f"  kill -9:             {heard} of {len(phones)} acknowledged before it, {again} of them known when sent again, {len(failed)} errors"
    )


def reads(phones) -> None:
    """Median milliseconds of ten."""
    from zhuanban.domains.dispatch.queries import tracks as queries
    from zhuanban.domains.people.models import User
    from zhuanban.domains.portfolio.models import Project
    from zhuanban.kernel import clock, figures

    today = clock.today()
    secretary = User.objects.get(username="secretary-0")
    asked = {
        "what I owe today": lambda: queries.owed_today(User.objects.get(pk=secretary.pk)),
        "missing today": lambda: queries.missing(Project.objects.all(), today).count(),
        "silent days of all": lambda: queries.silent_days(Project.objects.values("pk"), today),
        "by area": lambda: queries.by_area(Project.objects.all(), today),
        **{
            name: (lambda name=name: figures.REGISTRY[name].read(figures.Scope.today()).value)
            for name in (
                "dispatch.tracks_filed_share",
                "dispatch.workers_on_site",
                "dispatch.tracks_missing",
                "dispatch.winter_sites_manned",
            )
        },
    }
    for name, read in asked.items():
        took = []
        for _each in range(10):
            begun = time.perf_counter()
            read()
            took.append(time.perf_counter() - begun)
        print(f"  {name + ':':<30} {sorted(took)[5] * 1000:8.1f} ms")


if __name__ == "__main__":
    main()
