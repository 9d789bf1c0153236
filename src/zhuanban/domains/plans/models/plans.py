"""Plans as documents: versions of a network, what was approved of it, how far it has come, and on which rules it is computed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import User
from zhuanban.domains.plans.models.nodes import ChildQuerySet
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel.models import Dossier, Record, StoredFile


class PlanTemplate(models.Model):
    """A network for projects of some sectors (计划模板): activities and links once per project, and once per part of it. `sectors` empty: any."""

    key = models.SlugField(max_length=30)
    name = models.CharField(max_length=40)
    sectors = models.JSONField(default=list)
    body = models.JSONField()
    position = models.PositiveSmallIntegerField(default=0)
    effective_from = models.DateField()
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["key", "effective_from"], name="plan_template_once_per_day")]

    def __str__(self) -> str:
        return self.name


class Plan(Record):
    """A version of a project's plan (计划). `document` holds activities, links and calendars and is never changed: every change is a
    further version. One version is current; a draft was read from a file and waits to be adopted.

    `start_on`, `finish_on` and `enclosure_on` are what the critical path gives on the day it was written, without any progress.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("待采用")
        CURRENT = "current", _("现行")
        PAST = "past", _("历史")
        DROPPED = "dropped", _("未采用")

    class Origin(models.TextChoices):
        TEMPLATE = "template", _("模板")
        IMPORT = "import", _("导入")
        EDIT = "edit", _("调整")
        RESTORE = "restore", _("撤销调整")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="plans", db_index=False)
    number = models.PositiveSmallIntegerField(_("版本"))
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.CURRENT)
    origin = models.CharField(_("来源"), max_length=8, choices=Origin.choices)
    name = models.CharField(_("名称"), max_length=120, blank=True)
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    template = models.ForeignKey(PlanTemplate, on_delete=models.PROTECT, null=True, related_name="+")
    before = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    document = models.JSONField()
    check_result = models.JSONField(default=dict)
    activities = models.PositiveIntegerField(_("工序"))
    start_on = models.DateField(_("开始"), null=True)
    finish_on = models.DateField(_("完成"), null=True)
    enclosure_on = models.DateField(_("封闭"), null=True)

    objects = ChildQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="plan_versions_are_numbered"),
            models.UniqueConstraint(fields=["project"], condition=Q(state="current"), name="one_current_plan"),
        ]

    def __str__(self) -> str:
        return _("计划第 %(n)s 版") % {"n": self.number}

    def get_absolute_url(self) -> str:
        return reverse("plans:plan", args=[self.project_id])

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier


class Baseline(models.Model):
    """What was approved of a plan (基线): for each activity its first and last day, and the planned course of the work. Never changed;
    the one with the highest number is in force.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="baselines", db_index=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="baselines")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    finish_on = models.DateField()
    enclosure_on = models.DateField(null=True)
    dates = models.JSONField()
    synthetic = models.BooleanField(default=False)

    objects = ChildQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="baselines_are_numbered")]

    def __str__(self) -> str:
        return _("基线第 %(n)s 版") % {"n": self.number}

    def get_absolute_url(self) -> str:
        return reverse("plans:plan", args=[self.project_id])

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier


class Progress(models.Model):
    """How far a plan had come at a data date (进度更新): activity id -> what is known of it, from daily quantities and reached nodes.
    Never changed; written only when something moved.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="updates", db_index=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="updates")
    data_date = models.DateField()
    made_at = models.DateTimeField()
    facts = models.JSONField(default=dict)
    synthetic = models.BooleanField(default=False)

    objects = ChildQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "-data_date", "-id"], name="progress_of_project")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.data_date}"


class Basis(models.Model):
    """The rules that forecasts were computed on (计算口径): season, winter rates, uncertainty, shared causes, working days. Kept once by its
    hash, so that a forecast of long ago is made again on the rules of its day.
    """

    hash = models.CharField(max_length=64, unique=True)
    content = models.JSONField()

    def __str__(self) -> str:
        return self.hash[:12]
