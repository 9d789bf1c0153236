"""Numbers that are contested and projects that look like one another."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import User
from zhuanban.domains.portfolio.models.project import ChildQuerySet, Project
from zhuanban.kernel.models import Deadline, Dossier, Record


class Contest(Record):
    """Somebody says that a number is wrong (数据异议): both values are shown with reason and source until it is decided."""

    class State(models.TextChoices):
        OPEN = "open", _("待核实")
        UPHELD = "upheld", _("采纳")
        DISMISSED = "dismissed", _("未采纳")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="contests")
    field = models.CharField(max_length=40)
    stated = models.CharField(max_length=100)
    claimed = models.CharField(max_length=100)
    reason = models.CharField(max_length=300)
    evidence = models.CharField(max_length=200)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.CharField(max_length=300, blank=True)
    deadline = models.OneToOneField(Deadline, on_delete=models.PROTECT, null=True, related_name="contest")

    objects = ChildQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "field"], condition=Q(state="open"), name="one_open_contest_per_number"),
            models.CheckConstraint(condition=Q(state="open") | ~Q(answer=""), name="decided_contest_tells_why"),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.stated} / {self.claimed}"

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()


class MergeProposal(Record):
    """Two projects that may be one (一期/二期, full and short names). A person decides; nothing merges by itself."""

    class State(models.TextChoices):
        OPEN = "open", _("待定")
        MERGED = "merged", _("已合并")
        DIFFERENT = "different", _("不是同一项目")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="merge_proposals")
    other = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField()
    why = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)

    objects = ChildQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "other"], name="pair_proposed_once"),
            models.CheckConstraint(condition=Q(project__lt=models.F("other")), name="pair_in_one_order"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} = {self.other_id}?"

    @property
    def likeness(self) -> int:
        """How alike the two are, in per cent."""
        return round(self.score * 100)

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()
