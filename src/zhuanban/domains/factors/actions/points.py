"""Supply points and what they can give."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.factors import forms
from zhuanban.domains.factors.desk import addressed, open_dossier, stamped
from zhuanban.domains.factors.models import Factor, PointCapacity, SupplyPoint
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.kernel.actions import INSIDE, action
from zhuanban.kernel.errors import Refused


@action("factors.register_point", on=Area, label=gettext_lazy("登记供给点"), form=forms.PointForm, creates=SupplyPoint, readers=INSIDE)
def register_point(area: Area, *, by, factor: Factor, kind: str, name: str, provider: Organisation | None = None) -> SupplyPoint:
    """A substation, heat source or quota on which projects hang. How much it can give is unknown until somebody says so."""
    if SupplyPoint.objects.filter(area=area, factor=factor, name=name).exists():
        raise Refused(_("已有供给点“%(name)s”。") % {"name": name})
    dossier = open_dossier("factors.point", "GD", name, area, provider)
    point = SupplyPoint.objects.create(dossier=dossier, area=area, factor=factor, kind=kind, name=name, provider=provider, **stamped(by))
    addressed(point)
    return point


@action(
    "factors.set_capacity",
    on=SupplyPoint,
    label=gettext_lazy("登记能力"),
    form=forms.CapacityForm,
    creates=PointCapacity,
    readers=INSIDE,
)
def set_capacity(point: SupplyPoint, *, by, from_day: date, basis: str, amount: Decimal | None = None) -> PointCapacity:
    """What it can give from a day on, and where that is written. Days before stay as they were."""
    if point.capacities.filter(from_day=from_day).exists():
        raise Refused(_("%(day)s 的能力已经登记。") % {"day": from_day})
    return PointCapacity.objects.create(point=point, from_day=from_day, amount=amount, basis=basis, **stamped(by))
