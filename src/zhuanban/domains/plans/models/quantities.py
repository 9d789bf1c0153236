"""Work measured by quantity, and what disturbed it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.plans.models.nodes import ChildQuerySet
from zhuanban.domains.portfolio.models import Project, Work
from zhuanban.kernel.models import Dossier, Record


class WorkItem(Record):
    """A work item with a planned quantity (分项工程量): 600,000 m³ of earthwork, partition walls, precast columns.

    `quantity` is the planned amount in `unit`; `done` is the sum of its entries, kept in the same transaction. `activity` is the id
    of the plan's activity that it measures; empty: the one of the same kind in the same part of the project.
    """

    class Kind(models.TextChoices):
        EARTHWORK = "earthwork", _("土方")
        FOUNDATION = "foundation", _("基础")
        STRUCTURE = "structure", _("主体结构")
        STEEL = "steel", _("钢结构")
        ENVELOPE = "envelope", _("围护")
        PARTITION = "partition", _("隔墙")
        MEP = "mep", _("机电安装")
        FIT_OUT = "fit_out", _("装饰装修")
        EQUIPMENT = "equipment", _("设备安装")
        OUTDOOR = "outdoor", _("室外工程")
        OTHER = "other", _("其他")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="work_items", db_index=False)
    work = models.ForeignKey(Work, on_delete=models.SET_NULL, null=True, blank=True, related_name="work_items")
    name = models.CharField(_("工程量"), max_length=60)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind.choices)
    unit = models.CharField(_("单位"), max_length=20)
    quantity = models.DecimalField(_("计划量"), max_digits=14, decimal_places=2)
    done = models.DecimalField(_("完成量"), max_digits=14, decimal_places=2, default=0)
    start_planned = models.DateField(_("计划开始"), null=True, blank=True)
    finish_planned = models.DateField(_("计划完成"), null=True, blank=True)
    start_actual = models.DateField(_("实际开始"), null=True, blank=True)
    finish_actual = models.DateField(_("实际完成"), null=True, blank=True)
    activity = models.CharField(_("计划工序"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects = ChildQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["project", "position"], name="work_item_of_project")]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="planned_quantity_is_positive"),
            models.CheckConstraint(condition=Q(done__gte=0), name="done_quantity_is_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    def get_absolute_url(self) -> str:
        return reverse("plans:plan", args=[self.project_id])


class QuantityEntry(models.Model):
    """What was done of a work item on a day. A correction is a further row with a reason; rows are never changed."""

    item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="entries", db_index=False)
    day = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.CharField(max_length=200, blank=True)
    origin = models.CharField(max_length=40, blank=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["item", "day"], name="quantity_by_day")]
        constraints = [models.CheckConstraint(condition=Q(amount__gte=0) | ~Q(reason=""), name="taken_back_quantity_tells_why")]

    def __str__(self) -> str:
        return f"{self.day} {self.amount}"


class Disruption(Record):
    """What stopped or slowed a project for some days (干扰记录): an epidemic, a wet season, a power cut. `to_day` is included."""

    class Kind(models.TextChoices):
        EPIDEMIC = "epidemic", _("疫情")
        RAIN = "rain", _("雨季")
        COLD = "cold", _("低温")
        POWER = "power", _("停电")
        SUPPLY = "supply", _("供应")
        OTHER = "other", _("其他")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="disruptions")
    kind = models.CharField(_("原因"), max_length=10, choices=Kind.choices)
    from_day = models.DateField(_("自"))
    to_day = models.DateField(_("至"), null=True, blank=True)
    days_lost = models.PositiveSmallIntegerField(_("误工（工作日）"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    objects = ChildQuerySet.as_manager()

    class Meta:
        ordering = ["from_day", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(to_day=None) | Q(to_day__gte=models.F("from_day")), name="disruption_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.from_day}"

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    def get_absolute_url(self) -> str:
        return reverse("plans:plan", args=[self.project_id])
