"""A project's way into official statistics, and the papers of its pack."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import User
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel.columns import money
from zhuanban.kernel.models import Deadline, Dossier, PartyQuerySet, Record, StoredFile


class InsideQuerySet(PartyQuerySet):
    """Rows of a project's statistics: read in the city's offices wherever they see the project, outside only by its own people; a
    published project's pack is not published with it."""

    dossier_path = "project_id"


class PartQuerySet(InsideQuerySet):
    dossier_path = "entry__project_id"


class StatisticsEntry(Record):
    """A project's entry into statistics (入库入统): the pack, then the county's statistician, the city's, the bank, the monthly figures.

    The state moves only along `rules.TRANSITIONS` (domain handbook 8.6). A pack that was returned stands at `not_ready` and keeps the
    `defects` until it is complete again. `handed_in_by` gave it to the county, `confirmed_by` sent it on to the city: two persons.
    """

    class State(models.TextChoices):
        NOT_READY = "not_ready", _("材料未齐")
        PACK_COMPLETE = "pack_complete", _("材料齐备")
        SUBMITTED_COUNTY = "submitted_county", _("县区审核")
        SUBMITTED_CITY = "submitted_city", _("市级审核")
        ACCEPTED_BANK = "accepted_bank", _("已入库")
        REPORTING = "reporting", _("按月报统")
        COMPLETED = "completed", _("统计完工")

    IN_BANK = (State.ACCEPTED_BANK, State.REPORTING, State.COMPLETED)

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="statistics_entry")
    state = models.CharField(_("状态"), max_length=18, choices=State.choices, default=State.NOT_READY)
    state_since = models.DateField(_("进入本状态日期"))
    pack_on = models.DateField(_("材料齐备日"), null=True, blank=True)
    county_on = models.DateField(_("报县区日"), null=True, blank=True)
    city_on = models.DateField(_("报市级日"), null=True, blank=True)
    bank_on = models.DateField(_("入库日"), null=True, blank=True)
    bank_number = models.CharField(_("统计项目编号"), max_length=40, blank=True)
    reporting_from = models.DateField(_("报统起始月"), null=True, blank=True)
    completed_on = models.DateField(_("统计完工日"), null=True, blank=True)
    defects = models.CharField(_("退回意见"), max_length=500, blank=True)
    returned_on = models.DateField(_("退回日"), null=True, blank=True)
    returns = models.PositiveSmallIntegerField(_("退回次数"), default=0)
    handed_in_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("交件人"))
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审核人"))
    deadline = models.OneToOneField(Deadline, on_delete=models.PROTECT, null=True, blank=True, related_name="statistics_entry")

    objects = InsideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["accepted_bank", "reporting", "completed"]) | Q(bank_on__isnull=False),
                name="banked_entry_tells_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["reporting", "completed"]) | Q(reporting_from__isnull=False), name="reporting_entry_tells_from_when"
            ),
            models.CheckConstraint(condition=~Q(state="completed", completed_on=None), name="completed_entry_tells_when"),
            models.CheckConstraint(condition=Q(reporting_from=None) | Q(reporting_from__day=1), name="reporting_from_a_months_first_day"),
            models.CheckConstraint(condition=Q(returned_on=None) | ~Q(returns=0), name="returned_entry_is_counted"),
        ]
        indexes = [
            models.Index(fields=["state", "state_since", "id"], name="entry_by_state"),
            models.Index(fields=["-state_since", "-id"], name="entry_by_day"),
            models.Index(fields=["bank_on"], name="entry_by_bank"),
        ]

    def __str__(self) -> str:
        return self.project.name

    def get_absolute_url(self) -> str:
        return reverse("statistics:entry", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier


class EntryPaper(Record):
    """A paper of the pack (入库材料) with what it states: whose, which code, how much, of which day. What it does not say is unknown.

    `shows` tells what a photo proves: levelling alone is no beginning of the main works (domain handbook 4.1).
    """

    class Kind(models.TextChoices):
        LICENCE = "licence", _("营业执照")
        APPROVAL = "approval", _("审批、核准或备案文件")
        CONTRACT = "contract", _("施工合同")
        PHOTO = "photo", _("现场照片")
        FORM = "form", _("入库申报表")
        LAND_TITLE = "land_title", _("土地权属证明")

    class Shows(models.TextChoices):
        LEVELLING = "levelling", _("场地平整")
        FOUNDATION = "foundation", _("基础施工")
        STRUCTURE = "structure", _("主体结构")
        EQUIPMENT = "equipment", _("设备安装")

    entry = models.ForeignKey(StatisticsEntry, on_delete=models.CASCADE, related_name="papers", db_index=False)
    kind = models.CharField(_("材料"), max_length=10, choices=Kind.choices)
    number = models.CharField(_("文号"), max_length=60, blank=True)
    party = models.CharField(_("载明的法人单位"), max_length=120, blank=True)
    project_code = models.CharField(_("载明的项目代码"), max_length=24, blank=True)
    amount = money(verbose_name=_("载明的计划总投资"), null=True, blank=True)
    dated_on = models.DateField(_("落款日期"), null=True, blank=True)
    shows = models.CharField(_("照片反映"), max_length=10, choices=Shows.choices, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = PartQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "pk"]
        indexes = [models.Index(fields=["entry", "kind"], name="paper_of_entry")]
        constraints = [
            models.UniqueConstraint(fields=["entry", "kind"], condition=~Q(kind="photo"), name="paper_once_in_a_pack"),
            models.CheckConstraint(condition=~Q(number="", party="", note="", file=None), name="paper_shows_something"),
            models.CheckConstraint(condition=Q(kind="photo") | Q(shows=""), name="only_a_photo_shows_works"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="paper_amount_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}".strip()

    def get_absolute_url(self) -> str:
        return reverse("statistics:entry", args=[self.entry_id])

    @property
    def dossier(self) -> Dossier:
        return self.entry.project.dossier
