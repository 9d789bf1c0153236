"""What the house does by the clock: the sweep of deadlines, the nightly seal, and clearing away what nobody needs any more."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session

from zhuanban.kernel import clock, deadlines, files, timeline
from zhuanban.kernel.jobs import schedule, task
from zhuanban.kernel.models import StoredAnswer

KEEP_ANSWERS = timedelta(days=7)
"""How long a repeated submission still gets its first answer."""


@task()
def sweep_deadlines() -> int:
    """Call the verb of every deadline that has passed; returns how many."""
    return deadlines.sweep()


@task(max_attempts=3, backoff=60)
def seal_timeline() -> str:
    """Seal the heads of all chains; the root can be printed or kept elsewhere."""
    return timeline.seal().root


@task(max_attempts=2)
def sweep_files() -> int:
    """Delete uploads that no row names."""
    return files.sweep_orphans()


@task(max_attempts=2)
def forget() -> int:
    """Delete ended sessions and answers to submissions that nobody will repeat."""
    now = clock.machine_now()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    answers, _ = StoredAnswer.objects.filter(at__lt=now - KEEP_ANSWERS).delete()
    return sessions + answers


schedule("deadlines.sweep", "*/5 * * * *", sweep_deadlines)
schedule("timeline.seal", "30 2 * * *", seal_timeline)
schedule("files.orphans", "10 3 * * *", sweep_files)
schedule("house.forget", "40 3 * * *", forget)
