"""Where a factor comes from, and how much it can give from which day."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.factors.models.kinds import Factor
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.kernel.models import Dossier, Record, VisibleQuerySet


class SupplyPoint(Record):
    """A substation, a heat source, a waterworks, an area's quota (供给点): projects that hang on it share what it can give."""

    class Kind(models.TextChoices):
        SUBSTATION = "substation", _("变电站")
        HEAT_SOURCE = "heat_source", _("热源")
        WATERWORKS = "waterworks", _("供水厂站")
        GAS_STATION = "gas_station", _("燃气调压站")
        AREA = "area", _("片区指标")
        OTHER = "other", _("其他")

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="supply_point")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="supply_points", verbose_name=_("属地"))
    factor = models.ForeignKey(Factor, on_delete=models.PROTECT, related_name="points", verbose_name=_("要素"))
    provider = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="supply_points", verbose_name=_("要素单位")
    )
    kind = models.CharField(_("种类"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("名称"), max_length=60)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["name", "id"], name="point_by_name")]
        constraints = [models.UniqueConstraint(fields=["area", "factor", "name"], name="point_once_an_area")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("factors:supply_point", args=[self.pk])


class PointQuerySet(VisibleQuerySet):
    dossier_path = "point__dossier_id"


class PointCapacity(Record):
    """What a supply point can give from a day on (供给能力), with its source. A change is a new row. Empty: from that day it is not
    known; without any row it never was. Unknown is not zero."""

    point = models.ForeignKey(SupplyPoint, on_delete=models.CASCADE, related_name="capacities")
    from_day = models.DateField(_("自"))
    amount = models.DecimalField(_("能力"), max_digits=14, decimal_places=2, null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=120)

    objects = PointQuerySet.as_manager()

    class Meta:
        ordering = ["from_day", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["point", "from_day"], name="capacity_once_a_day"),
            models.CheckConstraint(condition=models.Q(amount=None) | models.Q(amount__gte=0), name="capacity_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.point} {self.from_day}"

    def get_absolute_url(self) -> str:
        return self.point.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.point.dossier
