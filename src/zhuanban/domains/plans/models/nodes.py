"""Nodes (节点): the dates that a project is carried to, and the requests to move one."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import User
from zhuanban.domains.portfolio.models import Project, Work
from zhuanban.kernel.dates import PartialDate
from zhuanban.kernel.models import Deadline, Dossier, Record, StoredFile, VisibleQuerySet


class ChildQuerySet(VisibleQuerySet):
    """Rows inside a project."""

    dossier_path = "project_id"


class Phase(models.TextChoices):
    """The five phases of a major project (domain handbook 6, Nodes)."""

    LANDING = "landing", _("招商落地")
    APPROVAL = "approval", _("前期审批")
    START = "start", _("开工入统")
    BUILDING = "building", _("施工竣工")
    PRODUCTION = "production", _("投产达效")


class NodeTemplate(models.Model):
    """A node that projects of some sectors pass (5 phases, 20 nodes and the warm enclosure of northern cities). `sectors` empty: all.

    `per_work` nodes stand once for each part of the project that has one (the warm enclosure of each workshop).
    """

    code = models.SlugField(max_length=30)
    name = models.CharField(max_length=40)
    phase = models.CharField(max_length=12, choices=Phase.choices)
    position = models.PositiveSmallIntegerField()
    sectors = models.JSONField(default=list)
    per_work = models.BooleanField(default=False)
    effective_from = models.DateField()
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["code", "effective_from"], name="node_template_once_per_day")]

    def __str__(self) -> str:
        return self.name


class NodeQuerySet(ChildQuerySet):
    def waiting(self):
        """Not reached yet, with a date."""
        return self.filter(reached_on=None).exclude(due_on=None)

    def slipped(self, today: date):
        return self.waiting().filter(due_on__lt=today)


class Node(Record):
    """A node of a project (节点), or of one of its parts. `promised_on` is the date first promised and never changes; `due_on` is
    the date in force, moved only by a granted request; `reached_on` is when it was reached. An absent date is unknown.

    `precision` says how exactly the dates are known. A month or year stands as its last day: a promise for a month may be kept until
    then. `heat_record` is the heat supply's paper that a warm enclosure (暖封闭) needs beside its dated photo.
    """

    class Precision(models.TextChoices):
        DAY = "day", _("日")
        MONTH = "month", _("月")
        YEAR = "year", _("年")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="nodes", db_index=False)
    work = models.ForeignKey(Work, on_delete=models.CASCADE, null=True, blank=True, related_name="nodes")
    code = models.SlugField(max_length=30)
    name = models.CharField(_("节点"), max_length=60)
    phase = models.CharField(_("阶段"), max_length=12, choices=Phase.choices)
    position = models.PositiveSmallIntegerField(default=0)
    promised_on = models.DateField(_("承诺日期"), null=True, blank=True)
    due_on = models.DateField(_("计划日期"), null=True, blank=True)
    reached_on = models.DateField(_("完成日期"), null=True, blank=True)
    precision = models.CharField(max_length=5, choices=Precision.choices, default=Precision.DAY)
    proof = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    heat_record = models.CharField(_("供热记录"), max_length=100, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    objects = NodeQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["project", "code"], condition=Q(work=None), name="node_once_per_project"),
            models.UniqueConstraint(fields=["project", "work", "code"], name="node_once_per_work"),
            models.CheckConstraint(condition=Q(promised_on=None) | Q(due_on__isnull=False), name="promised_node_has_a_date_in_force"),
        ]
        indexes = [
            models.Index(fields=["project", "position"], name="node_of_project"),
            models.Index(fields=["due_on", "project"], condition=Q(reached_on=None), name="node_waiting"),
            models.Index(fields=["code", "reached_on"], name="node_by_code"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    def get_absolute_url(self) -> str:
        return reverse("plans:plan", args=[self.project_id])

    @property
    def shown_name(self) -> str:
        """The node's name with the part that it belongs to."""
        return f"{self.work.name} · {self.name}" if self.work_id and self.work else self.name

    def told(self, day: date | None) -> PartialDate | None:
        """One of the node's dates with the precision in which it is known."""
        return None if day is None else PartialDate(day, self.precision)  # type: ignore[arg-type]

    @property
    def promised(self) -> PartialDate | None:
        return self.told(self.promised_on)

    @property
    def due(self) -> PartialDate | None:
        return self.told(self.due_on)

    @property
    def reached(self) -> PartialDate | None:
        return self.told(self.reached_on)

    def slip(self, today: date) -> int | None:
        """Calendar days behind the date in force (negative: early); None where a date is unknown or the day is still to come."""
        if self.due_on is None or (self.reached_on is None and today <= self.due_on):
            return None
        return ((self.reached_on or today) - self.due_on).days


class DateRequest(Record):
    """A request to move the date of a node (节点调整申请): the old date stands until somebody above has granted it.

    `effect` is what the move was computed to do when it was asked for; `rank` is the asker's, and only a higher one decides.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待审")
        GRANTED = "granted", _("同意")
        DENIED = "denied", _("不同意")
        WITHDRAWN = "withdrawn", _("撤回")

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="requests")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="date_requests")
    from_day = models.DateField(_("原日期"))
    to_day = models.DateField(_("申请日期"))
    reason = models.CharField(_("理由"), max_length=300)
    effect = models.JSONField(_("影响"), default=dict)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.CharField(_("答复"), max_length=300, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField(null=True)
    deadline = models.OneToOneField(Deadline, on_delete=models.PROTECT, null=True, related_name="date_request")

    objects = ChildQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node"], condition=Q(state="open"), name="one_open_request_per_node"),
            models.CheckConstraint(condition=~Q(from_day=F("to_day")), name="request_moves_the_date"),
            models.CheckConstraint(condition=~Q(state="denied", answer=""), name="denied_request_tells_why"),
        ]
        indexes = [models.Index(fields=["state", "project"], name="date_request_by_state")]

    def __str__(self) -> str:
        return f"{self.node} {self.from_day} → {self.to_day}"

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    def get_absolute_url(self) -> str:
        return reverse("plans:plan", args=[self.project_id])
