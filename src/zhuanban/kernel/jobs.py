"""Jobs and schedules that survive kill -9: one table, leases with fence numbers, retries, firings in the same transaction.

A task is called at least once. The database effects of an *atomic* task happen exactly once: its body and the mark that it is
done commit together. On SQLite an atomic task holds the one write lock while it runs, so keep it short there.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar

import django_tasks
from cronsim import CronSim
from django.db import IntegrityError, OperationalError, close_old_connections, connection, connections, transaction
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskContext, TaskError, TaskResult, TaskResultStatus
from django_tasks.exceptions import InvalidTaskError, TaskResultDoesNotExist
from django_tasks.signals import task_enqueued, task_finished, task_started
from django_tasks.utils import get_exception_traceback, get_module_path, normalize_json

from zhuanban.kernel.models.job import Job, ScheduleFiring

P = ParamSpec("P")
T = TypeVar("T")
Result = TaskResult[Any]

logger = logging.getLogger(__name__)

LEASE = 60.0
"""Seconds for which a worker holds a job without a sign of life."""
PULSE = 1.0
"""Seconds between looks of a running job's heartbeat; progress reaches the pages this often."""
ENDINGS = 4
"""Attempts to write a job's end."""
UPKEEP = 5.0
"""Seconds between looks for lost jobs and due schedules."""
LONGEST_BACKOFF = 3600
LATE = timedelta(minutes=5)
"""A schedule without catch-up still fires when it is no later than this."""
KEEP_SUCCESSFUL, KEEP_FAILED = timedelta(days=14), timedelta(days=180)

_wake = threading.Event()
_running: ContextVar[_Run | None] = ContextVar("running_job", default=None)


class GiveUp(Exception):
    """Raised by a task that knows that another attempt will not help."""


class LeaseLost(Exception):
    """Another worker holds the job by now; whatever this one does to it no longer counts."""


@dataclass(frozen=True, kw_only=True)
class KernelTask(Task[P, T]):
    """A task with this backend's options; `backoff` is the seconds before the second attempt, doubled for each later one."""

    atomic: bool = False
    max_attempts: int = 5
    backoff: int = 10
    dedupe_key: str = ""
    owner_id: int | None = None

    def using(self, *, dedupe_key: str | None = None, owner: Any = None, **changes: Any) -> KernelTask[P, T]:
        """The same task with other options for one call; `owner` is the person whose pages show its progress."""
        mine: dict[str, Any] = {"dedupe_key": dedupe_key} if dedupe_key is not None else {}
        if owner is not None:
            mine["owner_id"] = owner.pk
        return replace(super().using(**changes), **mine)


def task(
    *, atomic: bool = False, max_attempts: int = 5, backoff: int = 10, priority: int = 0, takes_context: bool = False
) -> Callable[[Callable[P, T]], KernelTask[P, T]]:
    """Make a module-level function a task: `@task(atomic=True)`, then `function.enqueue(…)`."""
    return django_tasks.task(  # type: ignore[call-overload, no-any-return]
        priority=priority, takes_context=takes_context, atomic=atomic, max_attempts=max_attempts, backoff=backoff
    )


class Backend(BaseTaskBackend):
    """The `django-tasks` backend over the Job table. There is one queue, ordered by priority."""

    task_class = KernelTask
    supports_defer = supports_get_result = supports_priority = True

    def validate_task(self, task: Task) -> None:
        super().validate_task(task)
        if task.queue_name != django_tasks.DEFAULT_TASK_QUEUE_NAME:
            raise InvalidTaskError("There is one queue; use priority.")

    def enqueue(self, task: KernelTask, args: Any, kwargs: Any) -> Result:  # type: ignore[override]
        """Store the call in the caller's transaction. An open job with the same dedupe key is returned instead of a second one."""
        self.validate_task(task)
        job, created = _add(task, normalize_json(list(args)), normalize_json(kwargs))
        result = result_of(job)
        if created:
            transaction.on_commit(_wake.set)
            task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> Result:
        try:
            return result_of(Job.objects.get(pk=result_id))
        except (Job.DoesNotExist, ValueError) as error:
            raise TaskResultDoesNotExist(result_id) from error


def _now() -> datetime:
    """The real instant, also in tests that move the clock: workers in other processes share these leases."""
    return datetime.now(UTC)


def _add(task: KernelTask, args: list, kwargs: dict) -> tuple[Job, bool]:
    """The new job, or the open one with the same key, which may finish while we look: then we try again."""
    open_twin = Job.objects.filter(dedupe_key=task.dedupe_key, status__in=[Job.Status.READY, Job.Status.RUNNING])
    for _attempt in range(10):
        if task.dedupe_key and (twin := open_twin.first()):
            return twin, False
        try:
            with transaction.atomic():
                return _insert(task, args, kwargs), True
        except IntegrityError:
            if not task.dedupe_key:
                raise
    raise RuntimeError(f"{task.module_path}: jobs with the key {task.dedupe_key} come and go too fast")


def _insert(task: KernelTask, args: list, kwargs: dict) -> Job:
    now = _now()
    return Job.objects.create(
        task=task.module_path,
        args=args,
        kwargs=kwargs,
        owner_id=task.owner_id,
        dedupe_key=task.dedupe_key,
        priority=task.priority,
        max_attempts=task.max_attempts,
        run_after=task.run_after or now,
        enqueued_at=now,
    )


def _task_of(job: Job) -> KernelTask:
    found = import_string(job.task)
    if not isinstance(found, KernelTask):
        raise ImportError(f"{job.task} is not a task")
    return found


def result_of(job: Job) -> Result:
    """The job in the words of the `django-tasks` API."""
    result: Result = TaskResult(
        task=_task_of(job).using(priority=job.priority, run_after=job.run_after),
        id=str(job.pk),
        status=TaskResultStatus(job.status),
        enqueued_at=job.enqueued_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        last_attempted_at=job.last_attempted_at,
        args=job.args,
        kwargs=job.kwargs,
        backend=django_tasks.DEFAULT_TASK_BACKEND_ALIAS,
        errors=[TaskError(**error) for error in job.errors],
        worker_ids=job.workers.split(),
    )
    object.__setattr__(result, "_return_value", job.result)
    return result


# -- one job, from claim to end ------------------------------------------------------------------------------------


@dataclass
class _Run:
    """A worker's hold on one job."""

    job: Job
    lease: float
    lost: threading.Event = field(default_factory=threading.Event)
    report: dict[str, Any] = field(default_factory=dict)

    def write(self, **values: Any) -> None:
        """Write to the job as long as it is ours."""
        held = Job.objects.filter(pk=self.job.pk, fence=self.job.fence, status=Job.Status.RUNNING)
        if not held.update(**values):
            self.lost.set()
            raise LeaseLost(str(self.job))

    def beat(self) -> None:
        self.write(lease_until=_now() + timedelta(seconds=self.lease), **self.report)

    def end(self, **values: Any) -> None:
        """Write the end, again where a long writer kept the database busy: work that was done is not done twice for want of its mark."""
        for attempt in range(1, ENDINGS + 1):
            try:
                return self.write(**self.report, **values, lease_until=None)
            except OperationalError:
                if attempt == ENDINGS or connection.in_atomic_block:
                    raise
                logger.warning("the end of %s could not be written, attempt %s of %s", self.job, attempt, ENDINGS, exc_info=True)
                close_old_connections()
                time.sleep(min(PULSE, self.lease / 10) * attempt)


def progress(done: int, total: int = 0, words: str = "") -> None:
    """Tell how far the running job is. Costs nothing: the heartbeat carries it to the pages. Stops a job that was taken over."""
    run = _running.get()
    if run is None:
        return
    if run.lost.is_set():
        raise LeaseLost(str(run.job))
    run.report = {"done": done, "total": total, "words": words[:200]}


def claim(worker: str, lease: float = LEASE) -> Job | None:
    """Take the most urgent ready job, or none. One statement, so that two workers never take the same."""
    now = _now()
    if not Job.objects.filter(status=Job.Status.READY, run_after__lte=now).exists():
        return None
    skip = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    instant, until = (
        Job._meta.get_field("run_after").get_db_prep_value(value, connection) for value in (now, now + timedelta(seconds=lease))
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE kernel_job SET status = 'RUNNING', fence = fence + 1, attempts = attempts + 1, lease_until = %s,
                last_attempted_at = %s, started_at = COALESCE(started_at, %s), workers = workers || %s
            WHERE id = (SELECT id FROM kernel_job WHERE status = 'READY' AND run_after <= %s
                        ORDER BY priority DESC, run_after, id LIMIT 1 {skip})
            RETURNING id
            """,  # noqa: S608 - only the constant clause above is put in
            [until, instant, instant, f"{worker} ", instant],
        )
        taken = cursor.fetchall()
    return Job.objects.get(pk=taken[0][0]) if taken else None


def perform(job: Job, lease: float = LEASE) -> None:
    """Run a claimed job and write its end, unless it was taken over meanwhile."""
    run = _Run(job, lease)
    try:
        found = _task_of(job)
        _announce(task_started, job)
        with _held(run, found), transaction.atomic() if found.atomic else _plainly():
            value = _call(found, job)
            run.end(status=Job.Status.SUCCESSFUL, result=value, finished_at=_now(), reason="")
    except LeaseLost:
        logger.warning("%s was taken over; this run's end is not recorded", job)
        return
    except (Exception, SystemExit) as error:
        _record_failure(run, error)
    _announce(task_finished, Job.objects.get(pk=job.pk))


def _call(found: KernelTask, job: Job) -> Any:
    context = [TaskContext(task_result=result_of(job))] if found.takes_context else []
    return normalize_json(found.call(*context, *job.args, **job.kwargs))


def _announce(what: Any, job: Job) -> None:
    if what is task_started or job.finished_at:
        try:
            what.send(Backend, task_result=result_of(job))
        except ImportError:
            logger.warning("%s: its task is not installed here", job)


@contextmanager
def _plainly() -> Iterator[None]:
    yield


@contextmanager
def _held(run: _Run, found: KernelTask) -> Iterator[None]:
    """Keep the lease alive while the body runs.

    Not for an atomic task on SQLite: it holds the one write lock, so nobody can take the job from it, and the heartbeat
    would only wait for that lock.
    """
    token, over = _running.set(run), threading.Event()
    if not (found.atomic and connection.vendor == "sqlite"):
        threading.Thread(target=_pulse, args=(run, over), name=f"pulse-{run.job.pk}", daemon=True).start()
    try:
        yield
    finally:
        over.set()
        _running.reset(token)


def _pulse(run: _Run, over: threading.Event) -> None:
    """Beat three times per lease, and whenever there is new progress."""
    told: dict[str, Any] = {}
    last = time.monotonic()
    try:
        while not over.wait(min(PULSE, run.lease / 3)):
            if run.report == told and time.monotonic() - last < run.lease / 3:
                continue
            try:
                report = run.report
                run.beat()
                told, last = report, time.monotonic()
            except LeaseLost:
                return
            except OperationalError as busy:  # a long writer; the next look is soon, and the lease outlasts many of them
                late = time.monotonic() - last > run.lease * 2 / 3
                logger.log(logging.WARNING if late else logging.INFO, "no heartbeat yet for %s: %s", run.job, busy)
                close_old_connections()
            except Exception:
                logger.warning("no heartbeat for %s", run.job, exc_info=True)
                close_old_connections()
    finally:
        connections.close_all()


def _record_failure(run: _Run, error: BaseException) -> None:
    """Ready again after a pause, or failed for good."""
    job, now = run.job, _now()
    trace = get_exception_traceback(error).replace("\x00", "")[-4000:]
    told = {"exception_class_path": get_module_path(type(error)), "traceback": trace}
    end: dict[str, Any] = {"errors": [*job.errors, told][-5:]}
    end["reason"] = (str(error).replace("\x00", "") or type(error).__name__)[:500]
    if isinstance(error, GiveUp) or job.attempts >= job.max_attempts:
        end |= {"status": Job.Status.FAILED, "finished_at": now}
    else:
        end |= {"status": Job.Status.READY, "run_after": now + timedelta(seconds=_backoff(job))}
    logger.warning("%s: attempt %s of %s failed: %s", job, job.attempts, job.max_attempts, end["reason"])
    try:
        run.end(**end)
    except LeaseLost:
        logger.warning("%s was taken over; this run's failure is not recorded", job)


def _backoff(job: Job) -> float:
    try:
        first = _task_of(job).backoff
    except ImportError:
        first = 10
    return float(min(first * 2 ** (job.attempts - 1), LONGEST_BACKOFF))


# -- what every worker looks after -----------------------------------------------------------------------------------


def reap() -> int:
    """Free the jobs of workers that gave no sign of life; returns how many."""
    now = _now()
    expired = Job.objects.filter(status=Job.Status.RUNNING, lease_until__lt=now)
    if not expired.exists():
        return 0
    reason = _("执行它的进程中断，已达到最多尝试次数。")
    failed = expired.filter(attempts__gte=F("max_attempts")).update(
        status=Job.Status.FAILED, finished_at=now, lease_until=None, reason=reason
    )
    again = expired.update(status=Job.Status.READY, run_after=now, lease_until=None)
    logger.warning("lost workers: %s jobs ready again, %s failed", again, failed)
    return failed + again


def prune() -> int:
    """Delete jobs finished long ago, and firings older than them except each schedule's last."""
    now = _now()
    old = Q(status=Job.Status.SUCCESSFUL, finished_at__lt=now - KEEP_SUCCESSFUL) | Q(
        status=Job.Status.FAILED, finished_at__lt=now - KEEP_FAILED
    )
    last = list(_last_fired().values())
    ScheduleFiring.objects.filter(due__lt=now - KEEP_SUCCESSFUL).exclude(due__in=last).delete()
    return Job.objects.filter(old).delete()[0]


@dataclass(frozen=True)
class Schedule:
    """A task and when it is due, as a cron line in the city's time zone."""

    name: str
    cron: str
    task: KernelTask
    catch_up: bool

    def last_due(self, now: datetime) -> datetime:
        """The latest due instant that is not after now."""
        local = timezone.localtime(now, timezone.get_default_timezone()).replace(microsecond=0)
        return next(CronSim(self.cron, local + timedelta(seconds=1), reverse=True)).astimezone(UTC)


SCHEDULES: dict[str, Schedule] = {}


def schedule(name: str, cron: str, task: KernelTask, *, catch_up: bool = True) -> Schedule:
    """Run a task by the clock. What was missed while no worker ran is fired once, or left out without `catch_up`."""
    CronSim(cron, _now())
    SCHEDULES[name] = Schedule(name, cron, task, catch_up)
    return SCHEDULES[name]


def fire_due(now: datetime | None = None) -> list[str]:
    """Enqueue what is due and not fired yet; returns the names. A run still open when the next is due is not doubled."""
    now = now or _now()
    fired = _last_fired()
    return [each.name for each in list(SCHEDULES.values()) if _fire(each, now, fired.get(each.name))]


def _last_fired() -> dict[str, datetime]:
    return dict(ScheduleFiring.objects.values_list("name").annotate(Max("due")).order_by())


def _fire(each: Schedule, now: datetime, last: datetime | None) -> bool:
    due = each.last_due(now)
    if (last and due <= last) or (not each.catch_up and now - due > LATE):
        return False
    try:
        with transaction.atomic():
            firing = ScheduleFiring.objects.create(name=each.name, due=due, fired_at=now)
            firing.job_id = int(each.task.using(dedupe_key=f"schedule:{each.name}").enqueue().id)
            firing.save(update_fields=["job"])
    except IntegrityError:
        return False  # another worker was first
    return True


# -- workers -----------------------------------------------------------------------------------------------------------


def run_pending(limit: int = 1000, *, worker: str = "here", lease: float = LEASE) -> int:
    """Run the jobs that are ready now, in this thread; returns how many."""
    for count in range(limit):
        job = claim(worker, lease)
        if job is None:
            return count
        perform(job, lease)
    return limit


def run_worker(stop: threading.Event, *, idle: float = 1.0, lease: float = LEASE, upkeep: float = UPKEEP) -> None:
    """Work until told to stop; the job in hand is finished first. Outlives an outage of the database."""
    worker = f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"
    next_upkeep = next_prune = 0.0
    pause = 1.0
    while not stop.is_set():
        try:
            close_old_connections()
            if time.monotonic() >= next_upkeep:
                next_upkeep = time.monotonic() + upkeep
                reap()
                fire_due()
            if time.monotonic() >= next_prune:
                next_prune = time.monotonic() + 3600
                prune()
            busy, pause = run_pending(1, worker=worker, lease=lease), 1.0
        except Exception:
            logger.exception("the worker goes on in %s s", pause)
            stop.wait(pause)
            pause = min(pause * 2, 30.0)
            continue
        if not busy:
            _wake.wait(idle)
            _wake.clear()
    connections.close_all()


@dataclass
class Workers:
    """Worker threads of this process: inside the web process on SQLite, or in a process of their own."""

    count: int = 1
    options: dict[str, float] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> Workers:
        for number in range(self.count):
            thread = threading.Thread(target=run_worker, args=(self.stopping,), kwargs=self.options, name=f"worker-{number}", daemon=True)
            thread.start()
            self.threads.append(thread)
        return self

    def ask_to_stop(self) -> None:
        self.stopping.set()
        _wake.set()

    def stop(self, seconds: float = 10.0) -> None:
        """Ask to stop and wait; a job that takes longer is run again by another worker after its lease."""
        self.ask_to_stop()
        deadline = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def worker_process(count: int = 1, **options: float) -> None:
    """Be a worker until SIGTERM or SIGINT. The main thread only waits: a handler that runs in a worker could deadlock on its events."""
    workers = Workers(count, options)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: workers.ask_to_stop())
    workers.start()
    for thread in workers.threads:
        while thread.is_alive():
            thread.join(0.5)
