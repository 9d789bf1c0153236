"""Certificates: what was granted, under which number, and the days on which it ends by itself."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.approvals.models.cases import ApprovalCase, OfCaseQuerySet
from zhuanban.domains.approvals.models.catalogue import Item
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel.models import Deadline, Dossier, Record, StoredFile


class Certificate(Record):
    """A certificate (证照). Its number is unique among those of its item.

    A construction permit (施工许可证) ends by itself when nobody starts in time, is reported when the works stop, and is looked at anew
    after a long stop (建筑法 第九条、第十条、第十一条).
    """

    case = models.OneToOneField(ApprovalCase, on_delete=models.PROTECT, related_name="certificate", verbose_name=_("办件"))
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="certificates", verbose_name=_("项目"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="certificates", verbose_name=_("事项"))
    number = models.CharField(_("证号"), max_length=60)
    issued_on = models.DateField(_("发证日"))
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("证照文件"))
    start_by = models.DateField(_("应开工日"), null=True)
    start_clock = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, related_name="+")
    extensions = models.PositiveSmallIntegerField(_("延期次数"), default=0)
    started_on = models.DateField(_("开工日"), null=True)
    stopped_on = models.DateField(_("中止施工日"), null=True)
    stop_reported_on = models.DateField(_("中止报告日"), null=True)
    report_clock = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, related_name="+")
    resumed_on = models.DateField(_("恢复施工日"), null=True)
    must_reverify = models.BooleanField(_("须核验"), default=False)
    reverify_clock = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, related_name="+")
    reverified_on = models.DateField(_("核验日"), null=True)
    ended_on = models.DateField(_("失效日"), null=True)
    end_reason = models.CharField(_("失效原因"), max_length=300, blank=True)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-issued_on"], name="certificate_by_day"),
            models.Index(fields=["project", "item"], name="certificate_by_project"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="certificate_number_is_its_own"),
            models.CheckConstraint(condition=~Q(number=""), name="certificate_has_a_number"),
            models.CheckConstraint(condition=Q(ended_on=None) | ~Q(end_reason=""), name="ended_certificate_tells_why"),
            models.CheckConstraint(
                condition=Q(resumed_on=None) | Q(stopped_on=None) | Q(resumed_on__gte=F("stopped_on")), name="works_resume_after_they_stop"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("approvals:certificate", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    @property
    def alive(self) -> bool:
        return self.ended_on is None

    @property
    def standing(self):
        """In one word: in force, stopped, to be verified, ended."""
        if self.ended_on:
            return _("失效")
        if self.must_reverify:
            return _("待核验")
        return _("中止施工") if self.stopped_on and not self.resumed_on else _("有效")
