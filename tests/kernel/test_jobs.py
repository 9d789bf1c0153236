"""Jobs: claimed once, leased, fenced, retried; schedules that fire once."""

import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks.exceptions import InvalidTaskError, TaskResultDoesNotExist

from zhuanban.kernel import jobs
from zhuanban.kernel.models import Job, Parameter, ScheduleFiring

pytestmark = pytest.mark.django_db


def put(name: str) -> None:
    Parameter.objects.create(name=name, value=1, effective_from="2023-01-01", source="test")


def effects(name: str) -> int:
    return Parameter.objects.filter(name=name).count()


@jobs.task()
def leave_a_mark(name: str) -> str:
    put(name)
    return f"{name} done"


@jobs.task(atomic=True, max_attempts=2, backoff=0)
def leave_a_mark_and_fall() -> None:
    put("fallen")
    raise ValueError("坏了\x00")


@jobs.task(max_attempts=3, backoff=30)
def always_fall() -> None:
    raise ConnectionError("对方没有应答")


@jobs.task(max_attempts=5)
def give_up() -> None:
    raise jobs.GiveUp("文件里没有一行可用")


@jobs.task(max_attempts=1)
def leave_the_process() -> None:
    raise SystemExit(3)


@jobs.task()
def hold_on(seconds: float) -> None:
    time.sleep(seconds)


@jobs.task(takes_context=True)
def say_which_attempt(context) -> int:
    return context.attempt


@jobs.task()
def tell_progress() -> None:
    jobs.progress(30, 120, "导入第 30 行")


@jobs.task(atomic=True)
def be_overtaken() -> None:
    """Another worker takes the job over while this one works."""
    put("overtaken")
    Job.objects.filter(dedupe_key="overtaken").update(fence=99)


@jobs.task()
def be_overtaken_slowly() -> None:
    put("slow")
    Job.objects.filter(dedupe_key="slow").update(fence=99)
    for step in range(100):
        time.sleep(0.05)
        jobs.progress(step)
    put("slow, at the end")


@pytest.fixture
def schedules(monkeypatch):
    monkeypatch.setattr(jobs, "SCHEDULES", {})
    return jobs.schedule


def test_a_job_runs_and_keeps_its_answer():
    result = leave_a_mark.enqueue("a")
    assert result.status == TaskResultStatus.READY
    assert jobs.run_pending() == 1
    result.refresh()
    assert (result.status, result.return_value, result.attempts) == (TaskResultStatus.SUCCESSFUL, "a done", 1)
    assert effects("a") == 1
    assert jobs.run_pending() == 0


def test_a_job_belongs_to_the_transaction_that_enqueues_it():
    with pytest.raises(RuntimeError), transaction.atomic():
        leave_a_mark.enqueue("a")
        raise RuntimeError
    assert not Job.objects.exists()


def test_urgent_jobs_go_first_and_later_ones_wait():
    leave_a_mark.enqueue("usual")
    leave_a_mark.using(priority=5).enqueue("urgent")
    leave_a_mark.using(run_after=datetime.now(UTC) + timedelta(hours=1), priority=9).enqueue("tomorrow")
    assert [jobs.claim("one").args, jobs.claim("two").args, jobs.claim("three")] == [["urgent"], ["usual"], None]


def test_a_second_enqueue_with_an_open_key_is_the_first_job():
    once = leave_a_mark.using(dedupe_key="import:7")
    first = once.enqueue("a")
    assert once.enqueue("a").id == first.id
    jobs.run_pending()
    assert once.enqueue("a").id != first.id
    assert leave_a_mark.enqueue("a").id != leave_a_mark.enqueue("a").id


def test_two_open_jobs_with_one_key_cannot_be_stored():
    leave_a_mark.using(dedupe_key="import:7").enqueue("a")
    with pytest.raises(IntegrityError), transaction.atomic():
        jobs._insert(leave_a_mark.using(dedupe_key="import:7"), ["a"], {})


def test_a_twin_that_another_transaction_just_stored_is_found(monkeypatch):
    """Two people press at once: our insert meets theirs."""
    real = jobs._insert

    def insert_theirs_first(task, args, kwargs):
        monkeypatch.setattr(jobs, "_insert", real)
        theirs.append(real(task, args, kwargs).pk)
        raise IntegrityError

    theirs: list[int] = []
    monkeypatch.setattr(jobs, "_insert", insert_theirs_first)
    monkeypatch.setattr(jobs.transaction, "atomic", jobs._plainly)
    assert leave_a_mark.using(dedupe_key="import:7").enqueue("a").id == str(theirs[0])


def test_a_failed_attempt_is_tried_again_later_and_later():
    always_fall.enqueue()
    pauses = []
    for _attempt in range(3):
        Job.objects.update(run_after=datetime.now(UTC))
        jobs.run_pending()
        job = Job.objects.get()
        pauses.append(round((job.run_after - job.last_attempted_at).total_seconds(), -1))
    assert pauses[:2] == [30, 60]
    assert (job.status, job.attempts, job.reason) == ("FAILED", 3, "对方没有应答")
    assert [error["exception_class_path"] for error in job.errors] == ["builtins.ConnectionError"] * 3
    assert jobs.run_pending() == 0


def test_a_failed_atomic_job_leaves_nothing():
    result = leave_a_mark_and_fall.enqueue()
    assert jobs.run_pending() == 2
    result.refresh()
    assert result.status == TaskResultStatus.FAILED
    assert effects("fallen") == 0


def test_a_job_that_gives_up_is_not_tried_again():
    give_up.enqueue()
    assert jobs.run_pending() == 1
    job = Job.objects.get()
    assert (job.status, job.reason) == ("FAILED", "文件里没有一行可用")


def test_a_job_that_leaves_the_process_only_fails():
    leave_the_process.enqueue()
    jobs.run_pending()
    assert Job.objects.get().status == "FAILED"


def test_a_task_that_is_not_installed_fails_in_words():
    leave_a_mark.enqueue("a")
    Job.objects.update(task="zhuanban.nowhere.gone", max_attempts=1)
    jobs.run_pending()
    assert "zhuanban.nowhere" in Job.objects.get().reason
    with pytest.raises(ImportError):
        jobs.result_of(Job(task="os.system"))


def test_a_lost_worker_s_job_is_ready_again_and_its_attempts_count():
    say_which_attempt.enqueue()
    jobs.claim("dead", lease=-1)
    assert jobs.reap() == 1
    jobs.run_pending()
    assert Job.objects.get().result == 2


def test_a_job_that_kills_every_worker_fails_in_the_end():
    always_fall.enqueue()
    for number in range(3):
        assert jobs.claim(f"dead {number}", lease=-1)
        jobs.reap()
    job = Job.objects.get()
    assert (job.status, job.attempts) == ("FAILED", 3)
    assert "中断" in job.reason


def test_a_lease_in_force_is_left_alone():
    leave_a_mark.enqueue("a")
    jobs.claim("alive", lease=60)
    assert jobs.reap() == 0
    assert jobs.claim("other") is None


def test_a_worker_that_was_overtaken_writes_nothing():
    be_overtaken.using(dedupe_key="overtaken").enqueue()
    jobs.perform(jobs.claim("late"))
    assert effects("overtaken") == 0
    job = Job.objects.get()
    assert (job.status, job.result) == ("RUNNING", None)


def test_a_late_failure_is_not_recorded_either():
    always_fall.enqueue()
    late = jobs.claim("late", lease=-1)
    jobs.reap()
    jobs.perform(late)
    assert (Job.objects.get().status, Job.objects.get().errors) == ("READY", [])


@pytest.mark.django_db(transaction=True)
def test_a_long_job_that_was_overtaken_stops_at_its_next_progress():
    be_overtaken_slowly.using(dedupe_key="slow").enqueue()
    jobs.perform(jobs.claim("late", lease=0.3), lease=0.3)
    assert (effects("slow"), effects("slow, at the end")) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_renews_the_lease_and_carries_progress(monkeypatch):
    monkeypatch.setattr(jobs, "PULSE", 0.02)
    tell_progress.enqueue()
    job = jobs.claim("alive", lease=0.3)
    run = jobs._Run(job, 0.3)
    with jobs._held(run, tell_progress):
        jobs.progress(30, 120, "导入第 30 行")
        time.sleep(0.5)
        seen = Job.objects.get()
    assert (seen.done, seen.total, seen.percent, seen.words) == (30, 120, 25, "导入第 30 行")
    assert seen.lease_until > job.lease_until + timedelta(seconds=0.2)


@pytest.fixture
def long_writer(monkeypatch):
    """Holds the one write lock of SQLite for so many seconds, where whoever waits for it gives up after a tenth of one."""
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has one write lock for all")
    monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "timeout", 0.1)
    connection.close()
    held = []

    def hold(seconds: float) -> None:
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        held.append(threading.Timer(seconds, other.close))
        held[-1].start()

    yield hold
    for each in held:
        each.join()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_job_that_ends_while_another_writes_for_long_is_done_once(long_writer, monkeypatch):
    leave_a_mark.enqueue("once")
    monkeypatch.setattr(jobs, "normalize_json", lambda value: (long_writer(0.7), value)[1])
    jobs.perform(jobs.claim("alive", lease=3.0), lease=3.0)
    job = Job.objects.get()
    assert (job.status, job.attempts, effects("once")) == ("SUCCESSFUL", 1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_goes_on_after_a_long_writer(long_writer):
    hold_on.enqueue(1.6)
    job = jobs.claim("alive", lease=1.2)
    thread = threading.Timer(0.1, long_writer, args=(0.7,))
    thread.start()
    jobs.perform(job, lease=1.2)
    thread.join()
    assert (Job.objects.get().status, jobs.reap()) == ("SUCCESSFUL", 0)


def test_progress_outside_of_a_job_does_nothing():
    tell_progress.call()


def test_progress_stands_on_the_finished_job():
    tell_progress.enqueue()
    jobs.run_pending()
    assert Job.objects.get().percent == 25


def test_a_job_knows_whose_it_is():
    owner = get_user_model().objects.create(username="owner", name="张三")
    leave_a_mark.using(owner=owner).enqueue("a")
    assert owner.jobs.get().task.endswith("leave_a_mark")


def test_there_is_one_queue_and_unknown_results_are_unknown():
    with pytest.raises(InvalidTaskError):
        leave_a_mark.using(queue_name="other").enqueue("a")
    for unknown in ("0", "no number"):
        with pytest.raises(TaskResultDoesNotExist):
            leave_a_mark.get_result(unknown)


# -- schedules -----------------------------------------------------------------------------------------------------


def shanghai(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.get_default_timezone())


def test_a_schedule_follows_the_city_s_hours_and_fires_once(schedules):
    schedules("morning", "30 8 * * *", leave_a_mark, catch_up=False)
    assert jobs.fire_due(shanghai(2023, 2, 10, 8, 29, 59)) == []
    assert jobs.fire_due(shanghai(2023, 2, 10, 8, 30)) == ["morning"]
    assert jobs.fire_due(shanghai(2023, 2, 10, 8, 30, 5)) == []
    firing = ScheduleFiring.objects.get()
    assert firing.due == datetime(2023, 2, 10, 0, 30, tzinfo=UTC)
    assert firing.job.dedupe_key == "schedule:morning"


def test_of_missed_firings_only_the_latest_is_caught_up(schedules):
    schedules("hourly", "0 * * * *", leave_a_mark)
    jobs.fire_due(shanghai(2023, 2, 10, 8, 0))
    Job.objects.update(status="SUCCESSFUL", finished_at=datetime.now(UTC))
    assert jobs.fire_due(shanghai(2023, 2, 12, 17, 45)) == ["hourly"]
    assert list(ScheduleFiring.objects.order_by("due").values_list("due", flat=True)) == [
        shanghai(2023, 2, 10, 8),
        shanghai(2023, 2, 12, 17),
    ]
    assert Job.objects.count() == 2


def test_without_catch_up_a_missed_firing_is_left_out(schedules):
    schedules("wall board", "0 7 * * *", leave_a_mark, catch_up=False)
    assert jobs.fire_due(shanghai(2023, 2, 10, 9)) == []
    assert jobs.fire_due(shanghai(2023, 2, 11, 7, 4)) == ["wall board"]


def test_a_clock_set_back_fires_nothing_again(schedules):
    schedules("hourly", "0 * * * *", leave_a_mark)
    jobs.fire_due(shanghai(2023, 2, 10, 9))
    assert jobs.fire_due(shanghai(2023, 2, 10, 8, 30)) == []


def test_a_run_still_open_is_not_doubled(schedules):
    schedules("sweep", "* * * * *", leave_a_mark)
    for minute in range(3):
        assert jobs.fire_due(shanghai(2023, 2, 10, 9, minute)) == ["sweep"]
    assert (ScheduleFiring.objects.count(), Job.objects.count()) == (3, 1)


def test_a_firing_that_another_worker_just_stored_is_left_to_it(schedules):
    morning = schedules("morning", "30 8 * * *", leave_a_mark)
    ScheduleFiring.objects.create(name="morning", due=shanghai(2023, 2, 10, 8, 30), fired_at=datetime.now(UTC))
    assert jobs._fire(morning, shanghai(2023, 2, 10, 9), None) is False
    assert not Job.objects.exists()


def test_a_wrong_cron_line_is_refused_when_it_is_declared(schedules):
    with pytest.raises(Exception, match="minute"):
        schedules("wrong", "61 * * * *", leave_a_mark)


def test_old_jobs_go_and_each_schedule_s_last_firing_stays(schedules):
    long_ago = datetime.now(UTC) - timedelta(days=300)
    for status, reason in (("SUCCESSFUL", ""), ("FAILED", "坏了"), ("READY", "")):
        leave_a_mark.enqueue(status)
        Job.objects.filter(args=[status]).update(status=status, reason=reason, finished_at=None if status == "READY" else long_ago)
    for name, days in (("yearly", 0), ("yearly", 1), ("hourly", 0), ("hourly", 290)):
        ScheduleFiring.objects.create(name=name, due=long_ago + timedelta(days=days), fired_at=long_ago)
    assert jobs.prune() == 2
    assert Job.objects.get().status == "READY"
    assert list(ScheduleFiring.objects.order_by("name").values_list("name", "due")) == [
        ("hourly", long_ago + timedelta(days=290)),
        ("yearly", long_ago + timedelta(days=1)),
    ]


# -- workers -------------------------------------------------------------------------------------------------------


def test_a_worker_outlives_an_outage_of_the_database(schedules, monkeypatch):
    stop, answers = threading.Event(), [OperationalError("server closed the connection"), OSError("disk"), 0]

    def turn(*_args, **_kwargs):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        stop.set()
        return answer

    monkeypatch.setattr(jobs, "run_pending", turn)
    monkeypatch.setattr(stop, "wait", lambda seconds: None)
    monkeypatch.setattr(jobs.connections, "close_all", lambda: None)
    jobs.run_worker(stop, idle=0.01)
    assert answers == []


@pytest.mark.django_db(transaction=True)
def test_embedded_workers_run_what_is_enqueued_and_stop(schedules):
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("an in-memory database has one writer's connection only; tests/faults runs workers on a file")
    workers = jobs.Workers(2, {"idle": 0.05}).start()
    for number in range(20):
        leave_a_mark.enqueue(f"mark {number}")
    deadline = time.monotonic() + 10
    while Job.objects.exclude(status="SUCCESSFUL").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    workers.stop()
    assert not any(thread.is_alive() for thread in workers.threads)
    assert sorted(Parameter.objects.values_list("name", flat=True)) == sorted(f"mark {number}" for number in range(20))
