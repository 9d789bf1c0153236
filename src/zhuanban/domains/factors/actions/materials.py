"""Stock plans, transport passes and offers of material."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.factors import forms, rules
from zhuanban.domains.factors.desk import addressed, open_dossier, stamped
from zhuanban.domains.factors.models import Material, OfferUse, StockPlan, SupplyOffer, TransportPass
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.responsibility import queries as responsibility
from zhuanban.kernel import clock, deadlines, parameters
from zhuanban.kernel.actions import WORKERS, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.words import kept

PASS_ALARM = parameters.declare("factors.pass_alarm_days", gettext_lazy("通行证到期前提醒"), int, pgettext_lazy("parameter unit", "天"))


@action(
    "factors.plan_stock",
    on=Project,
    label=gettext_lazy("定储备计划"),
    form=forms.StockForm,
    when=rules.over,
    creates=StockPlan,
    readers=WORKERS,
)
def plan_stock(
    project: Project,
    *,
    by,
    material: Material,
    daily_use: Decimal,
    least_days: int,
    winter_stock: Decimal | None = None,
    ready_by: date | None = None,
    supplier: str = "",
) -> StockPlan:
    """How much of a material the site keeps in hand, and for the winter."""
    if project.stock_plans.filter(material=material).exists():
        raise Refused(_("已有“%(name)s”的储备计划，请改它。") % {"name": material})
    return StockPlan.objects.create(
        project=project,
        material=material,
        daily_use=daily_use,
        least_days=least_days,
        winter_stock=winter_stock,
        ready_by=ready_by,
        supplier=supplier,
        **stamped(by),
    )


@action("factors.revise_stock", on=StockPlan, label=gettext_lazy("改储备计划"), form=forms.ReviseStockForm, readers=WORKERS)
def revise_stock(plan: StockPlan, *, by, **facts) -> None:
    """Change what the plan says."""
    for name, value in facts.items():
        setattr(plan, name, value)
    if facts:
        plan.save(update_fields=list(facts))


@action(
    "factors.issue_pass",
    on=Project,
    label=gettext_lazy("登记通行证"),
    form=forms.PassForm,
    when=rules.over,
    creates=TransportPass,
    readers=WORKERS,
)
def issue_pass(
    project: Project,
    *,
    by,
    number: str,
    vehicles: int,
    valid_from: date,
    valid_to: date,
    route: str,
    issuer: Organisation | None = None,
) -> TransportPass:
    """A pass for the site's vehicles. Before it ends its secretary is told."""
    if TransportPass.objects.filter(number=number).exists():
        raise Refused(_("通行证“%(number)s”已经登记。") % {"number": number})
    return _issued(project, by, number, vehicles, valid_from, valid_to, route, issuer)


def _issued(
    project: Project, by, number: str, vehicles: int, first: date, last: date, route: str, issuer: Organisation | None
) -> TransportPass:
    with kept():
        title = _("通行证将到期：%(number)s") % {"number": number}
    day = max(last - timedelta(days=parameters.value(PASS_ALARM)), clock.today())
    deadline = deadlines.owe(
        project.dossier,
        responsibility.holder(project, 1).principal_key,
        title,
        on_due="factors.pass_ends",
        due_on=day,
        url=project.get_absolute_url(),
    )
    return TransportPass.objects.create(
        project=project,
        number=number,
        vehicles=vehicles,
        valid_from=first,
        valid_to=last,
        route=route,
        issuer=issuer,
        deadline=deadline,
        **stamped(by),
    )


@action("factors.renew_pass", on=TransportPass, label=gettext_lazy("换发"), form=forms.RenewForm, when=rules.cannot_renew, readers=WORKERS)
def renew_pass(held: TransportPass, *, by, number: str, valid_to: date) -> None:
    """A new pass from the day after the old one ends, or from today where it has ended."""
    if TransportPass.objects.filter(number=number).exists():
        raise Refused(_("通行证“%(number)s”已经登记。") % {"number": number})
    first = max(held.valid_to + timedelta(days=1), clock.today())
    held.renewed_by = _issued(held.project, by, number, held.vehicles, min(first, valid_to), valid_to, held.route, held.issuer)
    if held.deadline:
        deadlines.settle(held.deadline)
    held.save(update_fields=["renewed_by"])


@action("factors.offer_supply", on=Area, label=gettext_lazy("登记物资供应"), form=forms.OfferForm, creates=SupplyOffer)
def offer_supply(area: Area, *, by, supplier: str, material: Material, amount: Decimal, until: date, note: str = "") -> SupplyOffer:
    """What a supplier can give to the sites of this area."""
    dossier = open_dossier("factors.offer", "WZ", f"{supplier} {material}", area)
    offer = SupplyOffer.objects.create(
        dossier=dossier, area=area, supplier=supplier, material=material, amount=amount, until=until, note=note, **stamped(by)
    )
    addressed(offer)
    return offer


@action("factors.take_offer", on=SupplyOffer, label=gettext_lazy("认领"), form=forms.TakeForm, when=rules.cannot_take)
def take_offer(offer: SupplyOffer, *, by, project: Project, amount: Decimal) -> None:
    """A site takes some of it; never more than is left."""
    if amount > offer.left:
        raise Refused(_("只剩 %(left)s。") % {"left": f"{offer.left.normalize():f}"})
    OfferUse.objects.create(offer=offer, project=project, amount=amount, on=clock.today(), **stamped(by))
    offer.used += amount
    offer.save(update_fields=["used"])


@action("factors.withdraw_offer", on=SupplyOffer, label=gettext_lazy("撤回供应"), when=rules.cannot_withdraw, danger=True)
def withdraw_offer(offer: SupplyOffer, *, by) -> None:
    """Nothing more can be taken of it; what was taken stays."""
    offer.withdrawn_on = clock.today()
    offer.save(update_fields=["withdrawn_on"])
