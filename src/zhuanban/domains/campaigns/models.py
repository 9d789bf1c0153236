"""Campaigns (攻坚行动): from a day to a day, fields and tasks, each cell of the two with a measured target and an owner."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import Area, Organisation
from zhuanban.kernel.models import Dossier, Record, VisibleQuerySet


class Campaign(Record):
    """A campaign (攻坚行动) of an area. Its name implies nothing about its length: `starts_on` and `ends_on` do, both included.

    `methods` are the ways of working that it means to use (超前指导, 领办代办, 容缺受理+承诺制), as named when it was launched.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("进行中")
        FINISHED = "finished", _("已收官")

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="campaign")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="campaigns", verbose_name=_("范围"))
    name = models.CharField(_("名称"), max_length=80)
    starts_on = models.DateField(_("开始"))
    ends_on = models.DateField(_("结束"))
    goal = models.CharField(_("目标"), max_length=300, blank=True)
    methods = models.JSONField(_("办法"), default=list, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.RUNNING)
    finished_on = models.DateField(_("收官日期"), null=True, blank=True)
    summary = models.CharField(_("收官小结"), max_length=500, blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="campaign_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(state="running") | Q(finished_on__isnull=False), name="finished_campaign_tells_when"),
        ]
        indexes = [models.Index(fields=["-starts_on", "-id"], name="campaign_by_start")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("campaigns:campaign", args=[self.pk])

    @property
    def days(self) -> int:
        """Calendar days, first and last included."""
        return (self.ends_on - self.starts_on).days + 1

    def day_number(self, today: date) -> int:
        """Which day of the campaign it is: 0 before it, `days` at its end and later."""
        return max(0, min((today - self.starts_on).days + 1, self.days))

    @property
    def period_before(self) -> tuple[date, date]:
        """As many days right before it, to compare with."""
        last = self.starts_on - timedelta(days=1)
        return last - timedelta(days=self.days - 1), last


class CampaignField(models.Model):
    """A row of the matrix (领域), for instance industry; it counts projects of these sectors, of all where none is named."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="fields")
    name = models.CharField(max_length=40)
    sectors = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="field_once_a_campaign")]

    def __str__(self) -> str:
        return self.name


class CampaignTask(models.Model):
    """A column of the matrix (工作): what is done, and which records measure it (`measure`, a name in the table of measures)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="tasks")
    name = models.CharField(max_length=40)
    measure = models.CharField(max_length=30)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="task_once_a_campaign")]

    def __str__(self) -> str:
        return self.name


class CellQuerySet(VisibleQuerySet):
    dossier_path = "campaign__dossier_id"


class Cell(Record):
    """A task in a field (攻坚格): `target` in the measure's unit, owed by an organisation. What is done is measured, never typed;
    `final` is what had been measured when the campaign was finished."""

    class State(models.TextChoices):
        PLANNED = "planned", _("未定目标")
        RUNNING = "running", _("推进中")
        DONE = "done", _("已完成")
        MISSED = "missed", _("未完成")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="cells")
    field = models.ForeignKey(CampaignField, on_delete=models.CASCADE, related_name="cells", verbose_name=_("领域"))
    task = models.ForeignKey(CampaignTask, on_delete=models.CASCADE, related_name="cells", verbose_name=_("工作"))
    target = models.DecimalField(_("目标"), max_digits=18, decimal_places=2, null=True, blank=True)
    owner = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="campaign_cells", verbose_name=_("责任单位")
    )
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.PLANNED)
    final = models.DecimalField(max_digits=18, decimal_places=2, null=True)

    objects = CellQuerySet.as_manager()

    class Meta:
        ordering = ["field__position", "task__position"]
        constraints = [
            models.UniqueConstraint(fields=["field", "task"], name="cell_once_in_the_matrix"),
            models.CheckConstraint(condition=Q(target=None) | Q(target__gt=0), name="campaign_target_is_positive"),
            models.CheckConstraint(condition=Q(state="planned") | Q(target__isnull=False), name="running_cell_has_a_target"),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "missed"]) | Q(final__isnull=False), name="ended_cell_tells_what_was_done"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} · {self.task}"

    def get_absolute_url(self) -> str:
        return reverse("campaigns:cell", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return self.campaign.dossier

    def share(self, done: Decimal | int | None) -> Decimal | None:
        """Measured over target in per cent, not rounded; None without a target."""
        return None if done is None or not self.target else Decimal(done) * 100 / self.target
