"""Materials through the winter: stock plans, transport passes, and what suppliers offer."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhuanban.domains.factors.models.kinds import Material
from zhuanban.domains.factors.models.reach import PartQuerySet
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock
from zhuanban.kernel.models import Deadline, Dossier, Record, VisibleQuerySet


class StockPlan(Record):
    """How much of a material a site means to keep (建材储备计划): use a day, days that must be in hand, and what must lie there before
    the ground freezes. What does lie there is reported day by day in the daily track and is not kept here a second time."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="stock_plans", verbose_name=_("项目"))
    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="plans", verbose_name=_("材料"))
    daily_use = models.DecimalField(_("日用量"), max_digits=12, decimal_places=2)
    least_days = models.PositiveSmallIntegerField(_("至少备几天"))
    winter_stock = models.DecimalField(_("冬储量"), max_digits=12, decimal_places=2, null=True, blank=True)
    ready_by = models.DateField(_("冬储完成日"), null=True, blank=True)
    supplier = models.CharField(_("供应单位"), max_length=60, blank=True)

    objects = PartQuerySet.as_manager()

    reported: tuple[object, int] | None
    """(day, days that it lasts) of the newest daily track, filled in by the pages."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "material"], name="one_stock_plan_a_material"),
            models.CheckConstraint(condition=Q(daily_use__gt=0, least_days__gt=0), name="stock_plan_is_for_something"),
            models.CheckConstraint(condition=Q(winter_stock=None) | Q(winter_stock__gt=0), name="winter_stock_is_something"),
        ]
        indexes = [models.Index(fields=["material", "project"], name="stock_by_material")]

    def __str__(self) -> str:
        return f"{self.project} · {self.material}"

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    @property
    def winter_days(self) -> int | None:
        """Days that the winter stock would last; None where none is planned."""
        return None if self.winter_stock is None else int(self.winter_stock / self.daily_use)


class TransportPass(Record):
    """A pass for a site's vehicles (通行证): its number, how many vehicles, from when to when (both included), on which route."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="transport_passes", verbose_name=_("项目"))
    number = models.CharField(_("证号"), max_length=40, unique=True)
    vehicles = models.PositiveSmallIntegerField(_("车辆数"))
    valid_from = models.DateField(_("自"))
    valid_to = models.DateField(pgettext_lazy("until", "至"))
    route = models.CharField(_("线路"), max_length=120)
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发证单位"))
    renewed_by = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="renews", verbose_name=_("换发")
    )
    deadline = models.ForeignKey(Deadline, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = PartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="pass_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(vehicles__gt=0), name="pass_is_for_vehicles"),
        ]
        indexes = [models.Index(fields=["valid_to", "id"], name="pass_by_end"), models.Index(fields=["project"], name="pass_by_project")]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    @property
    def days_left(self) -> int:
        """Calendar days that it is still good for; negative when it has expired."""
        return (self.valid_to - clock.today()).days

    @property
    def standing(self) -> str:
        if self.renewed_by_id:
            return str(_("已换发"))
        if self.days_left < 0:
            return str(_("已过期"))
        return str(_("未生效") if self.valid_from > clock.today() else _("有效"))


class SupplyOffer(Record):
    """Material that a supplier offers to the sites of an area (物资供应) up to a day; sites take from it until it is used up."""

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="supply_offer")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="supply_offers", verbose_name=_("范围"))
    supplier = models.CharField(_("供应单位"), max_length=60)
    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="offers", verbose_name=_("材料"))
    amount = models.DecimalField(_("可供量"), max_digits=12, decimal_places=2)
    used = models.DecimalField(_("已认领"), max_digits=12, decimal_places=2, default=0)
    until = models.DateField(_("有效至"))
    note = models.CharField(_("说明"), max_length=200, blank=True)
    withdrawn_on = models.DateField(_("撤回日"), null=True, blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, used__gte=0), name="offer_is_something"),
            models.CheckConstraint(condition=Q(used__lte=F("amount")), name="no_more_is_taken_than_offered"),
        ]
        indexes = [models.Index(fields=["until", "id"], name="offer_by_end")]

    def __str__(self) -> str:
        return f"{self.supplier} {self.material}"

    def get_absolute_url(self) -> str:
        return reverse("factors:offers") + f"?material={self.material_id}"

    @property
    def left(self) -> Decimal:
        return self.amount - self.used


class OfferUse(Record):
    """What a site takes of an offer."""

    offer = models.ForeignKey(SupplyOffer, on_delete=models.CASCADE, related_name="uses")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="offer_uses")
    amount = models.DecimalField(_("数量"), max_digits=12, decimal_places=2)
    on = models.DateField(_("日期"))

    objects = PartQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="use_is_something")]

    def __str__(self) -> str:
        return f"{self.project} {self.amount}"
