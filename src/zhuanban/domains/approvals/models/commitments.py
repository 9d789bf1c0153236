"""Commitments: the authority tells the conditions, the owner signs that they are or will be met, the decision is made at once and checked later."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.approvals.models.cases import ApprovalCase, CasePaper, OfCaseQuerySet
from zhuanban.domains.approvals.models.catalogue import Item
from zhuanban.domains.people.models import Organisation, User
from zhuanban.kernel.models import Deadline, Dossier, Record, StoredFile


class Commitment(Record):
    """A commitment (告知承诺) on one case. It stands for papers that are not there (`papers`), and for items that should have come before.

    `barred_until` is the last day on which the applicant may not commit anew, after a commitment was revoked.
    """

    class State(models.TextChoices):
        TOLD = "told", _("已告知")
        SIGNED = "signed", _("已承诺")
        DECIDED = "decided", _("已决定，待核查")
        CHECKED_OK = "checked_ok", _("核查属实")
        CHECKED_BAD = "checked_bad", _("核查不实")
        CORRECTING = "correcting", _("限期整改")
        CLOSED = "closed", _("整改完成")
        REVOKED = "revoked", _("已撤销")

    OPEN = (State.TOLD, State.SIGNED, State.DECIDED, State.CHECKED_BAD, State.CORRECTING)

    case = models.ForeignKey(ApprovalCase, on_delete=models.CASCADE, related_name="commitments", verbose_name=_("办件"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="commitments", verbose_name=_("承诺人")
    )
    papers = models.ManyToManyField(CasePaper, related_name="commitments", blank=True)
    items = models.ManyToManyField(Item, related_name="+", blank=True)
    conditions = models.TextField(_("告知的条件"), max_length=2000)
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.TOLD)
    told_at = models.DateTimeField(_("告知时间"))
    signed_at = models.DateTimeField(_("承诺时间"), null=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("签署人"))
    letter = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("承诺书"))
    decided_on = models.DateField(_("决定日"), null=True)
    due_on = models.DateField(_("期限"))
    deadline = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, related_name="+")
    checked_on = models.DateField(_("核查日"), null=True)
    finding = models.CharField(_("核查情况"), max_length=500, blank=True)
    correction = models.CharField(_("整改要求"), max_length=500, blank=True)
    ended_on = models.DateField(_("了结日"), null=True)
    barred_until = models.DateField(_("不再适用至"), null=True)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "due_on"], name="commitment_by_due")]
        constraints = [
            models.CheckConstraint(condition=Q(state="told") | Q(signed_at__isnull=False), name="commitment_is_signed_first"),
            models.CheckConstraint(condition=Q(state__in=["told", "signed"]) | Q(decided_on__isnull=False), name="commitment_is_decided"),
            models.CheckConstraint(condition=~Q(state="revoked") | Q(ended_on__isnull=False), name="revoked_commitment_tells_when"),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_state_display()}"

    def get_absolute_url(self) -> str:
        return self.case.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.case.project.dossier


class OfCommitmentQuerySet(OfCaseQuerySet):
    """Rows inside a commitment."""

    dossier_path = "commitment__case__project_id"
    case_path = "commitment__case__"


class Correction(models.Model):
    """What the owner says has been put right (整改报告), with a file that shows it. Every report stands; the department looks again."""

    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="corrections")
    words = models.CharField(_("整改情况"), max_length=500)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("佐证材料"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("报告时间"))

    objects = OfCommitmentQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="correction_tells_what")]

    def __str__(self) -> str:
        return f"{self.commitment_id} {self.words[:30]}"
