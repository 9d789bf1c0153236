"""A project's permit plan (审批计划): the items that its facts call for, when each can lawfully be had, and what is in the way."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.approvals.models.catalogue import CatalogueVersion, Item, ItemVersion
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel.models import Dossier, PartyQuerySet, Record


class OfProjectQuerySet(PartyQuerySet):
    """Rows of a project for the city's offices and for those who act on it, such as its owner; the public does not read them."""

    dossier_path = "project_id"


class PermitPlan(Record):
    """One project's way through its permits, computed from the catalogue, its facts and its cases; never typed.

    `stated` are the facts that somebody told, `recorded` the days of what was had outside this
    system, such as contracts (item code -> day, note); `facts` are those used,
    the project's own ones included. Days are working days from
    `begins_on` to the day on which building may lawfully begin: `parallel_days` with everything open at once that may be open,
    `sequential_days` one after the other (爬楼梯), `left_days` from the day it was computed for (`as_of`). `blocking` is the first
    item of the critical path that is not done, `next_item` the certificate that can be had first. `unclear` names facts that are
    not known and change the plan. `digest` tells whether the steps stored are those just computed.
    """

    class State(models.TextChoices):
        OPEN = "open", _("办理中")
        READY = "ready", _("可依法开工")
        BEGUN = "begun", _("已开工")

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="permit_plan")
    stated = models.JSONField(_("已填情况"), default=dict, blank=True)
    recorded = models.JSONField(_("已记日期"), default=dict, blank=True)
    facts = models.JSONField(_("所用情况"), default=dict, blank=True)
    unclear = models.JSONField(_("未明情况"), default=list, blank=True)
    catalogue = models.ForeignKey(CatalogueVersion, on_delete=models.PROTECT, null=True, related_name="plans")
    begins_on = models.DateField(_("首个事项申报日"))
    as_of = models.DateField(_("计算日期"))
    computed_at = models.DateTimeField(_("计算时间"), null=True)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.OPEN)
    ready_on = models.DateField(_("最早依法开工"), null=True)
    finish_on = models.DateField(_("全部办结"), null=True)
    parallel_days = models.PositiveIntegerField(_("并联用时"), default=0)
    sequential_days = models.PositiveIntegerField(_("逐项用时"), default=0)
    saved_days = models.PositiveIntegerField(_("并联节省"), default=0)
    left_days = models.PositiveIntegerField(_("关键路径剩余"), default=0)
    steps_count = models.PositiveSmallIntegerField(_("事项数"), default=0)
    done_count = models.PositiveSmallIntegerField(_("已办结"), default=0)
    open_count = models.PositiveSmallIntegerField(_("可同时办理"), default=0)
    blocking = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("卡点"))
    next_item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("下一本证"))
    next_on = models.DateField(_("最早取得"), null=True)
    provisional = models.BooleanField(_("涉及未公布节假日的年份"), default=False)
    digest = models.CharField(max_length=32, blank=True)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-left_days", "project"], name="permit_plan_by_days_left"),
            models.Index(fields=["blocking", "project"], name="permit_plan_by_blocking"),
            models.Index(fields=["state", "project"], name="permit_plan_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.project}"

    def get_absolute_url(self) -> str:
        return reverse("approvals:permit_plan", args=[self.project_id])

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier


class PermitStep(models.Model):
    """An item in a project's plan. `starts_on` is the day on which it can be handed in (day 0 of its limit), `finishes_on` the
    earliest lawful day of its certificate, or the day on which it was issued; both are unknown where they hang on an unknown day.

    `float_days` are the working days that it may be late without moving the lawful start of building (or, after that, the last item).
    `waits_for` are the codes of the open items that hold it, `driven_by` those that set its day, with blanks between. `uncertain`:
    whether the project needs it depends on a fact that is not known. Where building has begun without a record of an item, that
    item is `unrecorded`: not known to be done, and not to be done next.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待前置")
        OPEN = "open", _("可申报")
        RUNNING = "running", _("办理中")
        PAUSED = "paused", _("停表")
        DONE = "done", _("已办结")
        UNRECORDED = "unrecorded", _("无记录")

    plan = models.ForeignKey(PermitPlan, on_delete=models.CASCADE, related_name="steps", db_index=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="permit_steps", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="steps", db_index=False)
    item_version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    days = models.PositiveSmallIntegerField(null=True)
    unit = models.CharField(max_length=8, choices=ItemVersion.Unit.choices, default=ItemVersion.Unit.WORKDAY)
    layer = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    starts_on = models.DateField(null=True)
    finishes_on = models.DateField(null=True)
    latest_on = models.DateField(null=True)
    float_days = models.IntegerField(null=True)
    critical = models.BooleanField(default=False)
    before_start = models.BooleanField(default=True)
    uncertain = models.BooleanField(default=False)
    provisional = models.BooleanField(default=False)
    waits_for = models.CharField(max_length=200, blank=True)
    driven_by = models.CharField(max_length=200, blank=True)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        ordering = ["item__position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "item"], name="permit_step_once_a_plan"),
            models.CheckConstraint(condition=~Q(state="done") | Q(finishes_on__isnull=False), name="done_step_tells_when"),
        ]
        indexes = [
            models.Index(fields=["item", "state", "project"], name="permit_step_by_item"),
            models.Index(fields=["state", "id"], name="permit_step_by_state"),
        ]

    def __str__(self) -> str:
        return str(self.item)

    def get_absolute_url(self) -> str:
        return reverse("approvals:permit_plan", args=[self.project_id])

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    def late(self, today: date) -> bool:
        """Whether the last day on which it does not move the start has gone by."""
        return self.state != PermitStep.State.DONE and self.latest_on is not None and self.latest_on < today
