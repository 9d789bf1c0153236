"""Whatever anybody owes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Deadline(models.Model):
    """A promise with a clock: who owes what by when, and which verb is called when it passes.

    `on_due` names a handler registered in `kernel.deadlines`; the sweep calls it once. `working_days` is the term on the
    working-day calendar, empty when the day itself was set. `provisional` says that the term touches a year whose
    official table is not out yet.
    """

    class State(models.TextChoices):
        OPEN = "open", _("在办")
        PAUSED = "paused", _("停表")
        SETTLED = "settled", _("已办")
        CANCELLED = "cancelled", _("取消")

    dossier = models.ForeignKey("kernel.Dossier", on_delete=models.CASCADE, related_name="deadlines")
    on_due = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    url = models.CharField(max_length=200, blank=True)
    holder = models.ForeignKey("kernel.Principal", on_delete=models.PROTECT, related_name="deadlines")
    started_on = models.DateField()
    working_days = models.PositiveSmallIntegerField(null=True)
    due_on = models.DateField()
    provisional = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    fired_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_on"], name="deadline_due"),
            models.Index(fields=["holder", "state", "due_on"], name="deadline_owed"),
        ]
        constraints = [models.CheckConstraint(condition=~models.Q(state="settled", settled_at=None), name="settled_deadline_tells_when")]

    def __str__(self) -> str:
        return f"{self.title} {self.due_on}"


class DeadlinePause(models.Model):
    """A stop of the clock. It needs a reason, and a document where the rules ask for one."""

    class Kind(models.TextChoices):
        MAKE_GOOD = "make_good", _("补正")
        HEARING = "hearing", _("听证")
        EXPERT_REVIEW = "expert_review", _("专家评审")
        INSPECTION = "inspection", _("检验检测")
        PUBLIC_NOTICE = "public_notice", _("公示")
        TENDER = "tender", _("招标")
        OWNER_REQUEST = "owner_request", _("业主申请")

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="pauses")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    reason = models.CharField(max_length=300)
    document = models.ForeignKey("kernel.StoredFile", on_delete=models.PROTECT, null=True, blank=True)
    from_day = models.DateField()
    to_day = models.DateField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deadline"], condition=models.Q(to_day=None), name="one_open_pause_per_deadline"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="pause_tells_its_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.kind} {self.from_day}"
