"""What a person waits for the Gantt charts: Chromium's own timeline, from the click to the first paint with bars in it.

    python3 dev.py run python bench/gantt.py --folder var/bench

The portfolio's chart (every project of the city's list, a bar each) and a plan of 5,000 activities, signed in as the city's dispatcher, at
1440 x 900. Prints the median and the worst of several visits: the answer's first byte, the first contentful paint, the last of the first
rows' painting, how many bars stand in the page, its bytes, and the time of one further window of rows; beside them the processor time of
the server and of the page's main thread, which other work on the machine disturbs less. Limits: 300 ms and 600 ms.
The demo city is loaded into the folder when it is not there; the plan is given to one of its projects there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

VISITS, ROWS = 9, 5000
LIMITS = {"portfolio": 300, "plan": 600}
PASSWORD = "Bench-2023-gantt"
TIMES = """() => {
  const [page] = performance.getEntriesByType('navigation');
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  return {byte: page.responseStart, paint: paint && paint.startTime, ready: page.domContentLoadedEventEnd, bytes: page.encodedBodySize,
    bars: document.querySelectorAll('.g-row').length, rows: [...document.querySelectorAll('.gantt-wait')].reduce((n, each) => n + each.height.baseVal.value / 28, 0)};
}"""
WINDOW = """async () => {
  const pane = document.querySelector('.gantt-window'), before = document.querySelectorAll('.g-row').length, start = performance.now();
  pane.scrollTop = pane.scrollHeight / 2;
  while (document.querySelectorAll('.g-row').length === before) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - start;
}"""


def large_plan() -> tuple[int, int]:
    """Give a project a plan of so many activities unless it has one; its key and the number of projects with nodes. Runs on its own."""
    import django

    django.setup()
    from datetime import date

    from zhuanban.domains.plans import networks, versions
    from zhuanban.domains.plans.models import Plan, PlanTemplate
    from zhuanban.domains.portfolio.models import Project
    from zhuanban.kernel import clock, jobs

    jobs.run_pending()  # the server that is measured has nothing else to do
    charted = Project.objects.filter(nodes__isnull=False).distinct().count()
    if made := Plan.objects.filter(state="current", activities__gte=ROWS).first():
        return made.project_id, charted
    project = Project.objects.filter(synthetic=True, stage="under_construction").order_by("pk").first()
    body = PlanTemplate.objects.get(key="plant").body
    parts = [networks.Part(f"B{number}", f"{number}号厂房") for number in range(1, 1 + -(-ROWS // len(body["part"])))]
    document = networks.laid_out(body, parts, date(2022, 6, 1))
    result = versions.unprogressed(document, versions.house_now())
    at = clock.now()
    plan = versions.new_plan(project, document, "template", result, name="五千道工序", state="past", created_at=at, updated_at=at)
    plan.save()
    versions.make_current(plan)
    return project.pk, charted


def processor_ms(server: int) -> float:
    """What a server and its workers have used of the processor."""
    ticks, of = 0, {server}
    for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda each: int(each.name)):
        try:
            told = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(folder.name) in of or int(told[1]) in of:
            of.add(int(folder.name))
            ticks += int(told[11]) + int(told[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def measure(page, address: str, server: int) -> dict[str, list[float]]:
    """Several visits of one page."""
    seen: dict[str, list[float]] = {}
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
    tools.send("Performance.enable")

    def thread() -> float:
        found = tools.send("Performance.getMetrics")["metrics"]
        return next(each["value"] * 1000 for each in found if each["name"] == "TaskDuration")

    for visit in range(VISITS + 1):
        before = processor_ms(server)
        page.goto(address, wait_until="load")
        while not page.evaluate("performance.getEntriesByName('first-contentful-paint').length"):
            time.sleep(0.02)
        found = {"server": processor_ms(server) - before, "thread": thread()} | page.evaluate(TIMES)
        found["window"] = page.evaluate(WINDOW)
        for name, value in found.items() if visit else ():  # the first visit fills the caches
            seen.setdefault(name, []).append(value)
    return seen


def visit(port: int, project: int, server: int) -> dict[str, dict[str, list[float]]]:
    from playwright.sync_api import sync_playwright

    site, browser_path = f"http://127.0.0.1:{port}", shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", service_workers="block").new_page()
        page.goto(f"{site}/signin/")
        page.get_by_label("账号").fill("dispatcher-city")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{site}/")
        return {
            "portfolio": measure(page, f"{site}/plans/chart/", server),
            "plan": measure(page, f"{site}/plans/projects/{project}/", server),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("var/bench/gantt"))
    parser.add_argument("--port", type=int, default=8791)
    options = parser.parse_args()
    environment = os.environ | {"ZHUANBAN_MODE": "demo", "ZHUANBAN_DATA": str(options.folder.resolve()), "DEMO_PASSWORD": PASSWORD}
    environment["DJANGO_SETTINGS_MODULE"] = "zhuanban.site.settings"
    zhuanban = [sys.executable, "-m", "zhuanban.site.cli"]
    subprocess.run([*zhuanban, "demo", "--no-serve"], env=environment, check=True, stdout=subprocess.DEVNULL)
    script = f"import json,sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import gantt; print(json.dumps(gantt.large_plan()))"
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    project, charted = json.loads(done.stdout.splitlines()[-1])
    server = subprocess.Popen([*zhuanban, "demo", "--port", str(options.port)], env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(options.port)
        report(visit(options.port, project, server.pid), charted)
    finally:
        server.terminate()
        server.wait(20)


def wait_for(port: int) -> None:
    for _second in range(60):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/signin/", timeout=2)
            return
        except OSError:
            time.sleep(1)
    raise SystemExit("the server does not answer")


def report(found: dict[str, dict[str, list[float]]], charted: int) -> None:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{charted:,} projects on the chart; a plan of {ROWS:,} activities; {VISITS} visits; load {load}")
    for name, seen in found.items():
        middle = {key: statistics.median(values) for key, values in seen.items()}
        whole = middle["bars"] + middle["rows"]
        print(
            f"{name:>10}: first paint {middle['paint']:.0f} ms (worst {max(seen['paint']):.0f}, limit {LIMITS[name]}), "
            f"first byte {middle['byte']:.0f}, ready {middle['ready']:.0f}, next rows {middle['window']:.0f} ms, "
            f"{middle['bars']:.0f} of {whole:,.0f} rows, {middle['bytes'] / 1000:.0f} kB; "
            f"processor: server {middle['server']:.0f} ms, page {middle['thread']:.0f} ms"
        )


if __name__ == "__main__":
    main()
