"""The command `zhuanban`: what an operator does with a city, from the demo to the audit."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhuanban.site import plan_files

SCALES = (1, 10, 100)
OK, FOUND, REFUSED = 0, 1, 2
"""Exit codes: all well; something is wrong with the city; the command cannot be carried out."""


class Stop(Exception):
    """The command cannot be carried out; the text says why and what to do."""


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhuanban.site.settings")
    os.umask(0o077)  # the city's database, files and keys are read by its own account only
    try:
        options.surroundings(options)
        return options.run(options)
    except Stop as stop:
        say(str(stop))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FOUND
    except Exception as problem:
        if not _is_operational(problem):
            raise
        say(f"{type(problem).__name__}: {problem}")
    return REFUSED


def say(text: str = "") -> None:
    """To the operator; results go to standard output, everything else here."""
    print(text, file=sys.stderr, flush=True)


def _is_operational(problem: Exception) -> bool:
    """Settings, storage and refusals are the operator's to mend: their own words say more than a trace."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management.base import CommandError
    from django.db import InterfaceError, OperationalError

    from zhuanban.kernel.errors import Failure

    return isinstance(problem, ImproperlyConfigured | CommandError | OperationalError | InterfaceError | Failure)


# -- what can be asked ---------------------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="zhuanban", description="专班: every project has somebody who answers for its next step, and a clock."
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    demo = _command(commands, "demo", run_demo, "serve a living city on an embedded database", enter_demo)
    demo.add_argument("--port", type=_port, default=8000)
    demo.add_argument("--scale", type=int, choices=SCALES, default=1, help="so many times the 1,309 projects")
    demo.add_argument("--reset", action="store_true", help="throw the demo's data away and begin anew")
    demo.add_argument("--no-serve", action="store_true", help="make the city and the links, and leave")

    serve = _command(commands, "serve", run_serve, "serve the site")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=8000)
    serve.add_argument("--workers", type=int, default=0, help="web processes (default: one a core; on SQLite always one)")

    worker = _command(commands, "worker", run_worker, "run jobs, schedules and the sweep of deadlines")
    worker.add_argument("--once", action="store_true", help="run what is due and leave")
    worker.add_argument("--threads", type=int, default=1)

    _command(commands, "migrate", run_migrate, "bring the database to this version and load missing seeds")
    _command(commands, "collectstatic", run_collectstatic, "collect static files (serve does it by itself)")
    check = _command(commands, "check", run_check, "is this installation safe and complete?")
    check.add_argument("--json", action="store_true")

    audit = commands.add_parser("audit", help="verify or seal the timeline").add_subparsers(required=True, metavar="verify|seal")
    verify = _command(audit, "verify", run_verify, "find every changed, missing or added event")
    verify.add_argument("--json", action="store_true")
    _command(audit, "seal", run_seal, "seal all chains in a Merkle root and print it")

    paper = _command(commands, "newspaper", run_newspaper, "recompute the articles' figures from the records")
    paper.add_argument("--json", action="store_true")

    plans = commands.add_parser("plans", help="check or forecast a plan file, without a database").add_subparsers(
        required=True, metavar="check|simulate"
    )
    recomputed = _command(
        plans, "check", run_plans_check, "compute a plan's dates again and compare them with the stored ones", no_surroundings
    )
    forecast = _command(plans, "simulate", run_plans_simulate, "forecast when a plan will finish", no_surroundings)
    for each in (recomputed, forecast):
        each.add_argument("file", type=Path, help="Microsoft Project XML or Primavera XER")
        each.add_argument("--project", default="", metavar="NAME", help="only this project of a file that holds several")
        each.add_argument("--json", action="store_true")
    forecast.add_argument("--iterations", type=_iterations, default=2000)
    forecast.add_argument("--seed", type=_seed, default=1)
    forecast.add_argument(
        "--spread",
        default="",
        metavar="SHAPE:A,B,C",
        help="remaining durations as multiples of the plan's (default triangular:0.9,1,1.3): triangular or pert:least,likely,most, "
        "uniform:least,most, lognormal:p50,p90, none",
    )
    forecast.add_argument("--from", dest="start", type=_day, default=None, metavar="DATE", help="forecast from this day on")
    forecast.add_argument("--before", type=_day, default=None, metavar="DATE", help="also the probability to finish by this day")

    policies = commands.add_parser("policies", help="answer for or check a policy book, without a database").add_subparsers(
        required=True, metavar="answer|check"
    )
    asked = _command(
        policies, "answer", run_policies_answer, "answer every row of a CSV of facts for every policy of a YAML book", no_surroundings
    )
    asked.add_argument("book", type=Path)
    asked.add_argument("facts", type=Path)
    asked.add_argument("--at", type=_day, required=True, metavar="DATE", help="the day for which is asked")
    asked.add_argument("--payable", action="store_true", help="also what is paid after stacking")
    asked.add_argument("--json", action="store_true")
    issues = _command(policies, "check", run_policies_check, "list every issue of a policy book", no_surroundings)
    issues.add_argument("book", type=Path)
    issues.add_argument("--json", action="store_true")

    first = _command(commands, "create-admin", run_create_admin, "open the first administrators' accounts")
    first.add_argument("--office", required=True, help="the office they belong to")
    first.add_argument("--system", required=True, action="append", metavar="USERNAME")
    first.add_argument(
        "--security", required=True, action="append", metavar="USERNAME", help="give at least two: one asks, the other approves"
    )
    first.add_argument("--audit", required=True, action="append", metavar="USERNAME")

    reset = _command(commands, "reset-account", run_reset_account, "a new one-time password for an account that nobody else may reset")
    reset.add_argument("username")
    reset.add_argument("--second-factor", action="store_true", help="take the second factor away as well")

    manage = _command(commands, "manage", run_manage, "any command of Django")
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    shell = _command(commands, "shell", run_manage, "a Python shell with the models")
    shell.set_defaults(rest=["shell"])
    return top


def _command(commands, name: str, run: Callable, words: str, surroundings: Callable | None = None) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=words, description=words)
    made.set_defaults(run=run, surroundings=surroundings or enter)
    return made


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is no port (1..65535)")
    return int(text)


def _iterations(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"{text} is no number of iterations (1..100000)")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdigit() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text} is no seed (0..4294967295)")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no date (YYYY-MM-DD)") from None


# -- the surroundings ----------------------------------------------------------------------------------------------------


def enter(_options: argparse.Namespace) -> None:
    """Read the settings. Where nothing is configured and the data folder holds a demo, the demo is meant."""
    configured = {"ZHUANBAN_MODE", "ZHUANBAN_SECRET_KEY", "DATABASE_URL"} & os.environ.keys()
    if not configured and (_data_folder() / "zhuanban_secret_key.key").exists():
        os.environ["ZHUANBAN_MODE"] = "demo"
        say(f"Using the demo in {_data_folder()}.")
    _set_up()


def no_surroundings(_options: argparse.Namespace) -> None:
    """Files alone: neither settings nor a database."""


def enter_demo(options: argparse.Namespace) -> None:
    """A larger city has a folder of its own below the data folder."""
    if os.environ.setdefault("ZHUANBAN_MODE", "demo") != "demo":
        raise Stop(f"ZHUANBAN_MODE is {os.environ['ZHUANBAN_MODE']}: the demo's accounts and links have no place there.")
    folder = _data_folder()
    os.environ["ZHUANBAN_DATA"] = str(folder if options.scale == 1 else folder / f"demo-{options.scale}")
    Path(os.environ["ZHUANBAN_DATA"]).mkdir(parents=True, exist_ok=True)
    _set_up()


def _data_folder() -> Path:
    return Path(os.environ.get("ZHUANBAN_DATA", Path.cwd() / "var"))


def _set_up() -> None:
    """Django, in English where the terminal is English and in Chinese everywhere else."""
    import django
    from django.utils import translation

    django.setup()
    terminal = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    translation.activate("en" if terminal.startswith("en") else "zh-hans")


# -- the commands --------------------------------------------------------------------------------------------------------


def run_demo(options: argparse.Namespace) -> int:
    from zhuanban.site import demonstration, server

    begun = time.monotonic()
    if not options.no_serve:
        _refuse_taken_port("127.0.0.1", options.port, f"zhuanban demo --scale {options.scale}")
    demonstration.prepare(options.scale, unapplied, say, reset=options.reset)
    welcome = demonstration.welcome(f"http://127.0.0.1:{options.port}")
    if options.no_serve:
        print(welcome)
        return OK

    def ready() -> None:
        print(welcome, flush=True)
        say(f"({time.monotonic() - begun:.1f} s; Ctrl+C stops the demo.)")

    server.serve("127.0.0.1", options.port, 1, with_jobs=True, ready=ready)
    return OK


def run_serve(options: argparse.Namespace) -> int:
    from django.conf import settings

    from zhuanban.site import assets, server

    if settings.EMBEDDED and options.workers > 1:
        raise Stop("The embedded database has one web process. For more, set DATABASE_URL=postgres://...")
    missing = unapplied()
    if missing:
        raise Stop(f"The database lacks {len(missing)} migrations (first: {missing[0]}). Make a backup, then run: zhuanban migrate")
    _refuse_taken_port(options.host, options.port, "zhuanban serve")
    if settings.PRODUCTION and assets.collect_if_changed():
        say(f"Static files collected in {settings.STATIC_ROOT}.")
    workers = 1 if settings.EMBEDDED else options.workers or server.cores()
    jobs = "jobs run inside" if settings.EMBEDDED else "jobs need: zhuanban worker"
    say(f"Serving on http://{options.host}:{options.port} with {workers} process(es); {jobs}.")
    server.serve(options.host, options.port, workers, with_jobs=settings.EMBEDDED)
    return OK


def _refuse_taken_port(host: str, port: int, command: str) -> None:
    from zhuanban.site import server

    if not server.is_free(host, port):
        other = server.free_port_after(host, port)
        raise Stop(f"Port {port} on {host} is taken or not allowed." + (f" Try: {command} --port {other}" if other else ""))


def unapplied() -> list[str]:
    """The migrations that the database lacks."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return [str(migration) for migration, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def run_worker(options: argparse.Namespace) -> int:
    from zhuanban.kernel import jobs

    if unapplied():
        raise Stop("The database is not at this version. Run: zhuanban migrate")
    if options.once:
        jobs.reap()
        fired = jobs.fire_due()
        done = jobs.run_pending()
        say(f"{len(fired)} schedules fired, {done} jobs run.")
        return OK
    say(f"Working with {options.threads} thread(s).")
    jobs.worker_process(options.threads)
    return OK


def run_migrate(_options: argparse.Namespace) -> int:
    from django.core.management import call_command

    from zhuanban.site import seeds

    call_command("migrate", interactive=False, verbosity=1)
    seeds.load()
    say("Seeds are loaded.")
    return OK


def run_collectstatic(_options: argparse.Namespace) -> int:
    from zhuanban.site import assets

    say("Collected." if assets.collect_if_changed() else "Already up to date.")
    return OK


def run_check(options: argparse.Namespace) -> int:
    from zhuanban.site import check

    findings = check.findings(unapplied)
    if options.json:
        print(json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            print(finding)
        print(check.verdict(findings))
    return FOUND if any(finding.serious for finding in findings) else OK


def run_verify(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from django.utils.translation import gettext as _

    from zhuanban.kernel.models import Checkpoint, Event
    from zhuanban.site import audit

    found = audit.faults()
    if options.json:
        print(json.dumps([{**asdict(each), "words": each.words} for each in found], ensure_ascii=False, indent=1))
    elif found:
        print(audit.as_table(found))
        print(_("发现 %(count)s 处不符。") % {"count": len(found)})
    else:
        told = {"events": Event.objects.count(), "seals": Checkpoint.objects.count()}
        print(_("%(events)s 条事件、%(seals)s 次封存逐条核验，全部相符。") % told)
    return FOUND if found else OK


def run_seal(_options: argparse.Namespace) -> int:
    from zhuanban.kernel import timeline

    seal = timeline.seal()
    print(f"{seal.root}  {seal.at:%Y-%m-%dT%H:%M:%SZ}  {seal.leaves}")
    return OK


def run_newspaper(options: argparse.Namespace) -> int:
    from zhuanban.site import newspaper

    lines = newspaper.check_all()
    if options.json:
        print(json.dumps(newspaper.as_json(lines), ensure_ascii=False, indent=1))
    else:
        print(newspaper.as_table(lines))
        print(newspaper.summary(lines))
    return FOUND if any(line.status == newspaper.FAIL for line in lines) else OK


def run_plans_check(options: argparse.Namespace) -> int:
    from zhuanban.site import plan_files

    try:
        found = plan_files.check(options.file, options.project)
    except plan_files.Unreadable as error:
        raise _no_plan(error, options) from error
    print(json.dumps(plan_files.check_as_json(found), ensure_ascii=False, indent=1) if options.json else plan_files.check_as_text(found))
    return FOUND if found.differences else OK


def run_plans_simulate(options: argparse.Namespace) -> int:
    from zhuanban.site import plan_files, plan_forecasts

    try:
        done = plan_forecasts.forecast(
            options.file,
            project=options.project,
            iterations=options.iterations,
            seed=options.seed,
            shape=options.spread or plan_forecasts.DEFAULT_SPREAD,
            before=options.before,
            start=options.start,
        )
    except plan_files.Unreadable as error:
        raise _no_plan(error, options) from error
    print(
        json.dumps(plan_forecasts.forecast_as_json(done), ensure_ascii=False, indent=1)
        if options.json
        else plan_forecasts.forecast_as_text(done)
    )
    return OK


def _no_plan(error: plan_files.Unreadable, options: argparse.Namespace) -> Stop:
    if options.json:
        print(json.dumps(error.as_json(), ensure_ascii=False, indent=1))
    return Stop(str(error))


def run_policies_answer(options: argparse.Namespace) -> int:
    from zhuanban.site import policy_books

    try:
        book = policy_books.read_book(options.book)
        rows = policy_books.read_facts(options.facts, book.schema)
    except policy_books.Unreadable as error:
        raise Stop(str(error)) from error
    mistakes = [issue for issue in book.issues if issue.level == "error"]
    for issue in mistakes:
        say(str(issue))
    told = policy_books.answer(book, rows, options.at, with_payable=options.payable)
    print(json.dumps(told, ensure_ascii=False, indent=1) if options.json else policy_books.table(told))
    return FOUND if mistakes else OK


def run_policies_check(options: argparse.Namespace) -> int:
    from zhuanban.site import policy_books

    try:
        told = policy_books.check(policy_books.read_book(options.book))
    except policy_books.Unreadable as error:
        raise Stop(str(error)) from error
    words = {"error": "错误", "warning": "提醒"}
    print(
        json.dumps(told, ensure_ascii=False, indent=1)
        if options.json
        else "\n".join(f"{words[each['level']]} {each['where']}：{each['message']}" for each in told)
    )
    return FOUND if any(each["level"] == "error" for each in told) else OK


def run_create_admin(options: argparse.Namespace) -> int:
    from zhuanban.site import administrators

    accounts = {"sys_admin": options.system, "sec_admin": options.security, "audit_admin": options.audit}
    print(administrators.found(options.office, {role: tuple(names) for role, names in accounts.items()}))
    return OK


def run_reset_account(options: argparse.Namespace) -> int:
    from zhuanban.site import administrators

    print(administrators.reset(options.username, second_factor=options.second_factor))
    return OK


def run_manage(options: argparse.Namespace) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["zhuanban manage", *options.rest])
    return OK


if __name__ == "__main__":
    sys.exit(main())
