"""Forecasts by simulation: one project, and a city's portfolio, in numpy and compiled, against plain Python, in one run.

    python3 dev.py run python bench/schedules_montecarlo.py
    python3 dev.py run python bench/schedules_montecarlo.py --projects 200 --iterations 1000 --threads 1

Prints for each backend millions of activity-iterations a second and core (everything included: sampling, shared drivers, calendars, frost
switch, criticality, sensitivity), the wall time of the portfolio with its compilation apart, one project's time, the greatest memory,
and the ratios to a plain Python pass without calendars. The city is drawn by seed: templates of 68 activities on two calendars, seven
winter classes and one enclosure each, about 3.6 links an activity, two thirds of them between different calendars.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from datetime import date
from functools import cache

DAY = 480
DATA_DATE = date(2023, 2, 10)
FROST_DATE = date(2023, 11, 15)
CLASSES = ("earthwork", "concrete", "masonry", "steel", "envelope", "indoor", "commissioning")


def template(rng: random.Random, size: int, density: float) -> tuple[list[dict], list[dict]]:
    """Activities and links of one kind of project as keyword arguments; the enclosure stands at 60 % of the way."""
    enclosure = f"a{size * 6 // 10:03d}"
    activities, links = [], []
    for number in range(size):
        phase = number / size
        exposure = "sheltered" if phase < 0.25 or phase > 0.85 else "outdoor" if phase < 0.6 else rng.choice(("enclosable", "outdoor"))
        work = {
            "sheltered": rng.choice(("", "indoor", "commissioning")),
            "outdoor": rng.choice(CLASSES[:5]),
            "enclosable": rng.choice(CLASSES[2:6]),
        }[exposure]
        calendar = "office" if exposure == "sheltered" else rng.choice(("site", "site", "days"))
        activities.append(
            {"id": f"a{number:03d}", "days": rng.randint(3, 20), "calendar": calendar, "exposure": exposure, "work_class": work}
        )
        reach = range(max(0, number - 12), number)
        for before in rng.sample(reach, min(len(reach), max(1, round(rng.gauss(density, 1))))):
            kind, lag = rng.choices((("FS", 0), ("SS", 5), ("FF", 3), ("FS", 4)), (80, 8, 6, 6))[0]
            links.append({"predecessor": f"a{before:03d}", "successor": f"a{number:03d}", "type": kind, "lag": lag * DAY})
    for activity in activities:
        if activity["exposure"] == "enclosable":
            activity["enclosure"] = enclosure
    return activities, links


def city(projects: int, size: int, shapes: int, density: float, seed: int) -> list:
    from zhuanban.engines.schedules import Activity, Exposure, Link, LinkType, RiskPlan

    rng = random.Random(seed)
    templates = [template(rng, size, density) for _ in range(shapes)]
    plans = []
    for number in range(projects):
        activities, links = templates[number % shapes]
        plans.append(
            RiskPlan(
                f"P{number:05d}",
                [
                    Activity(
                        each["id"],
                        round(each["days"] * DAY * rng.uniform(0.6, 1.4)),
                        each["calendar"],
                        exposure=Exposure(each["exposure"]),
                        work_class=each["work_class"],
                        enclosure=each.get("enclosure", ""),
                    )
                    for each in activities
                ],
                [Link(each["predecessor"], each["successor"], LinkType(each["type"]), each["lag"]) for each in links],
                deadlines={f"a{size * 6 // 10:03d}": FROST_DATE},
            )
        )
    return plans


@cache
def calendars() -> dict:
    """The city's calendars: made once in a process, as the city does."""
    from zhuanban.engines.calendars.ticks import RateCalendar
    from zhuanban.engines.calendars.workdays import WorkCalendar

    start = date(2022, 1, 1)
    return {
        "office": RateCalendar.office("office", WorkCalendar({}, frozenset({2023}), "bench"), start),
        "site": RateCalendar.from_days("site", lambda day: day.weekday() < 6, start),
        "days": RateCalendar.from_days("days", lambda day: (day.month, day.day // 8) != (1, 3), start),
    }


def simulation(iterations: int):
    from zhuanban.engines.calendars.frost import DEFAULT_FROST
    from zhuanban.engines.schedules import Pert, RiskDriver, Simulation, Triangular

    spread = {name: Pert(0.8, 1.0, 1.7) for name in CLASSES} | {"": Triangular(0.7, 1.0, 2.0)}
    drivers = [RiskDriver(f"driver {name}", 0.3, Triangular(1.0, 1.15, 1.5), frozenset({name})) for name in (*CLASSES, "outdoor")]
    return Simulation(calendars(), DATA_DATE, DEFAULT_FROST, spread, drivers, None, iterations, 1)


def measure(options: argparse.Namespace, backend: str, threads: int) -> dict:
    """One backend in a process of its own."""
    begun = time.perf_counter()
    made = simulation(options.iterations)
    one = city(1, 60, 1, options.density, 2)
    made.run(one, backend)
    first = time.perf_counter() - begun
    singles = []
    for _ in range(15):
        at = time.perf_counter()
        simulation(options.iterations).run(one, backend)
        singles.append(time.perf_counter() - at)
    plans = city(options.projects, options.size, options.shapes, options.density, 1)
    at, cpu = time.perf_counter(), time.process_time()
    compiled = made.compile(plans)
    compiling, compiling_cpu = time.perf_counter() - at, time.process_time() - cpu
    at, cpu = time.perf_counter(), time.process_time()
    forecasts = made.run(plans, backend, threads)
    wall, cpu = time.perf_counter() - at, time.process_time() - cpu
    at = time.perf_counter()
    from zhuanban.engines.schedules import rollup

    counted = rollup(list(forecasts.values()), f"a{options.size * 6 // 10:03d}")
    counting = time.perf_counter() - at
    cells = sum(plan.size for plan in compiled) * options.iterations
    crossing = sum(int((plan.link_code >> 2 != 0).sum()) for plan in compiled) / sum(len(plan.link_code) for plan in compiled)
    return {
        "backend": backend,
        "threads": threads,
        "first_call_s": first,
        "one_project_ms": sorted(singles)[len(singles) // 2] * 1000,
        "one_project_best_ms": min(singles) * 1000,
        "activities": sum(plan.size for plan in compiled),
        "links": sum(len(plan.link_code) for plan in compiled),
        "crossing_links": crossing,
        "compile_s": compiling_cpu,
        "wall_s": wall,
        "cpu_s": cpu,
        "loops_wall_s": wall - compiling,
        "loops_million_per_core_s": cells / max(cpu - compiling_cpu, 1e-9) / 1e6,
        "rollup_s": counting,
        "rollup": [counted.mean, counted.spread, counted.total],
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "digest": forecasts["P00000"].digest(),
    }


def plain_python(size: int, density: float, iterations: int = 300) -> float:
    """Millions of activity-iterations a second of the simplest pass: no calendars, no frost, no criticality."""
    activities, links = template(random.Random(1), size, density)
    index = {each["id"]: number for number, each in enumerate(activities)}
    before: list[list[int]] = [[] for _ in activities]
    for link in links:
        before[index[link["successor"]]].append(index[link["predecessor"]])
    days = [each["days"] for each in activities]
    rng = random.Random(2)
    at = time.process_time()
    for _ in range(iterations):
        finish = [0.0] * size
        for number in range(size):
            start = max((finish[other] for other in before[number]), default=0.0)
            finish[number] = start + days[number] * rng.triangular(0.8, 1.7, 1.0)
    return size * iterations / (time.process_time() - at) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--projects", type=int, default=1309)
    parser.add_argument("--size", type=int, default=68)
    parser.add_argument("--shapes", type=int, default=15, help="templates in the city")
    parser.add_argument("--density", type=float, default=3.6, help="links an activity")
    parser.add_argument("--iterations", type=int, default=2000)
    parser.add_argument("--threads", type=int, action="append", help="default: 1 and all cores")
    parser.add_argument("--backend", action="append", choices=("numpy", "numba"))
    parser.add_argument("--child", nargs=2, metavar=("BACKEND", "THREADS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options, options.child[0], int(options.child[1]))))
        return
    base = plain_python(options.size, options.density)
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores; plain Python, durations only: {base:.2f} M activity-iterations/s")
    arguments = [argument for argument in sys.argv[1:] if argument]
    digests = set()
    for backend in options.backend or ("numpy", "numba"):
        for threads in options.threads or sorted({1, os.cpu_count() or 1}):
            call = [sys.executable, __file__, *arguments, "--child", backend, str(threads)]
            found = json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
            digests.add(found["digest"])
            rate = found["loops_million_per_core_s"]
            print(
                f"{backend} x{threads}: {rate:.0f} M/s and core ({rate / base:.0f} x plain Python); portfolio {found['wall_s']:.2f} s "
                f"(CPU {found['cpu_s']:.2f}, of it compiling plans {found['compile_s']:.2f}); one project of 60: {found['one_project_ms']:.1f} ms "
                f"(best {found['one_project_best_ms']:.1f}); first call {found['first_call_s']:.2f} s; roll-up {found['rollup_s']:.2f} s; "
                f"memory {found['memory_mb']:.0f} MB; load {os.getloadavg()[0]:.2f}"
            )
            last = found
    print(
        f"{last['activities']} activities, {last['links']} links, {last['crossing_links']:.0%} between calendars; in time "
        f"{last['rollup'][0]:.0f} of {last['rollup'][2]}, spread {last['rollup'][1]:.1f}; results {'equal' if len(digests) == 1 else 'DIFFER'}"
    )


if __name__ == "__main__":
    main()
