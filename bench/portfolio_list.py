"""The portfolio's list of 50 rows for a signed-in district user, against a bare Django list over the same rows, in one run.

    python3 dev.py run python bench/portfolio_list.py --scale 1 --scale 100
    DATABASE_URL='postgres://…/bench{scale}' python3 dev.py run python bench/portfolio_list.py --scale 1 --scale 100

Prints per scale: projects in the city, projects the user sees, server time (ms, median and p95 of 60 calls in one process, the whole
middleware included) of our page, of the same page filtered and sorted, and of the floor; the number of SQL statements; and the ratio of
the largest scale to the smallest. A city is loaded into a folder of its own and kept there, so that a second run starts at once.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

CALLS = 60
PAGES = {
    "list": "/portfolio/projects/",
    "filtered": "/portfolio/projects/?chip=under_way&order=name",
    "found": "/portfolio/projects/?q=cyy",
}


def measure(scale: int, user: str) -> dict:
    """Load the city when it is not there and time the pages; runs in a process of its own."""
    import django

    django.setup()
    from django.db import connection
    from django.http import HttpRequest, HttpResponse
    from django.template import engines
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from zhuanban.domains.people.models import User
    from zhuanban.domains.portfolio.models import Project

    person = User.objects.get(username=user)
    client = Client()
    client.force_login(person)
    bare = engines["django"].from_string(
        "<table>{% for p in rows %}<tr><td><a href='/p/{{ p.pk }}'>{{ p.name }}</a><td>{{ p.ref }}<td>{{ p.area.name }}<td>{{ p.stage }}<td>{{ p.sector }}"
        "<td>{{ p.planned_investment }}<td>{{ p.start_planned }}<td>{{ p.finish_planned }}<td>{{ p.owner_org.name }}<td>{{ p.project_code }}</tr>{% endfor %}</table>"
    )

    def floor() -> HttpResponse:
        rows = Project.objects.filter(area="220122").select_related("area", "owner_org").order_by("-money_order")[:50]
        return HttpResponse(bare.render({"rows": rows}, HttpRequest()))

    result = {"scale": scale, "projects": Project.objects.count(), "sees": Project.objects.visible_to(person).count()}
    for name, call in {**{name: (lambda url=url: client.get(url)) for name, url in PAGES.items()}, "floor": floor}.items():
        for _ in range(5):
            answer = call()
            assert answer.status_code == 200, (name, answer.status_code)
        times = []
        for _ in range(CALLS):
            start = time.perf_counter()
            call()
            times.append((time.perf_counter() - start) * 1000)
        with CaptureQueriesContext(connection) as queries:
            call()
        result[name] = {"median": statistics.median(times), "p95": statistics.quantiles(times, n=20)[-1], "queries": len(queries)}
    return result


def child(scale: int, user: str, folder: Path) -> dict:
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
    script = f"import json,sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import portfolio_list as b; print(json.dumps(b.measure({scale}, {user!r})))"
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=int, action="append", choices=[1, 10, 100])
    parser.add_argument("--user", default="dispatcher-nongan", help="a district's dispatcher of the demo")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"))
    options = parser.parse_args()
    results = [child(scale, options.user, options.folder.resolve()) for scale in options.scale or [1]]
    print(f"{'scale':>6} {'projects':>9} {'sees':>7}  " + "  ".join(f"{name:>26}" for name in (*PAGES, "floor")))
    for each in results:
        cells = (f"{each[name]['median']:7.1f} /{each[name]['p95']:6.1f} ms {each[name]['queries']:>3} q" for name in (*PAGES, "floor"))
        print(f"{each['scale']:>6} {each['projects']:>9,} {each['sees']:>7,}  " + "  ".join(f"{cell:>26}" for cell in cells))
    for each in results:
        print(f"scale {each['scale']}: list is {each['list']['p95'] / each['floor']['p95']:.1f} x the floor (p95)")
    if len(results) > 1:
        print(f"largest to smallest city: {results[-1]['list']['p95'] / results[0]['list']['p95']:.2f} x (p95)")


if __name__ == "__main__":
    main()
