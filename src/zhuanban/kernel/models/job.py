"""Work done outside of a request, and the firings of schedules."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One call of a task. A worker holds it by a lease; `fence` counts the holders, so that a late one can write nothing.

    `dedupe_key` is unique among the jobs not yet finished. `done`, `total` and `words` are the progress that pages show.
    Its instants are the machine's, not those of the product's clock: a lease must not follow the demo's moved day.
    """

    class Status(models.TextChoices):
        READY = "READY", _("等待")
        RUNNING = "RUNNING", _("进行中")
        SUCCESSFUL = "SUCCESSFUL", _("完成")
        FAILED = "FAILED", _("失败")

    task = models.CharField(max_length=200)
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="jobs")
    dedupe_key = models.CharField(max_length=120, blank=True)
    priority = models.SmallIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.READY)
    run_after = models.DateTimeField()
    enqueued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    last_attempted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField()
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    workers = models.TextField(blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    words = models.CharField(max_length=200, blank=True)
    result = models.JSONField(null=True)
    errors = models.JSONField(default=list)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(models.F("priority").desc(), "run_after", "id", condition=models.Q(status="READY"), name="job_ready"),
            models.Index(fields=["lease_until"], condition=models.Q(status="RUNNING"), name="job_lease"),
            models.Index(fields=["status", "finished_at"], name="job_finished"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"],
                condition=models.Q(status__in=["READY", "RUNNING"]) & ~models.Q(dedupe_key=""),
                name="one_open_job_per_dedupe_key",
            ),
            models.CheckConstraint(condition=~models.Q(status="RUNNING", lease_until=None), name="running_job_has_a_lease"),
            models.CheckConstraint(condition=~models.Q(status="FAILED", reason=""), name="failed_job_tells_its_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.task} #{self.pk} {self.status}"

    @property
    def percent(self) -> int | None:
        """How much is done, or nothing when the job did not say of how much."""
        return min(100, self.done * 100 // self.total) if self.total else None


class ScheduleFiring(models.Model):
    """A schedule fired for the instant it was due. The row is written together with its job, so it fires once."""

    name = models.CharField(max_length=80)
    due = models.DateTimeField()
    fired_at = models.DateTimeField()
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="firings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "due"], name="schedule_fires_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.due:%Y-%m-%d %H:%M}"
