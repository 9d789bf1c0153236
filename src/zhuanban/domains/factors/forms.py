"""What the verbs of factors ask for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhuanban.domains.factors import queries
from zhuanban.domains.factors.models import Factor, FundingBatch, FundingProgramme, Material, SupplyPoint
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.queries import DEPARTMENTS
from zhuanban.kernel import access, clock
from zhuanban.kernel.forms import LONG, ActionForm, DayField, MoneyField, PatchForm


class QuantityField(forms.DecimalField):
    """An amount above zero, with at most two decimals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, min_value=Decimal("0.01"), **options)


class OfficeField(forms.CharField):
    """A body by its full name or code; of these kinds only."""

    def __init__(self, *, kinds: tuple[str, ...] = DEPARTMENTS, **options: Any) -> None:
        self.kinds = kinds
        options.setdefault("help_text", _("写全称或统一社会信用代码。"))
        super().__init__(max_length=120, **options)

    def clean(self, value: Any) -> Organisation | None:
        text = super().clean(value)
        if not text:
            return None
        bodies = Organisation.objects.filter(kind__in=self.kinds)
        found = bodies.filter(uscc=text.upper()).first() or bodies.filter(name=text).first()
        if found is None:
            raise ValidationError(_("没有找到单位“%(name)s”，请写全称。"), params={"name": text})
        return found


def in_order(told: dict[str, Any], first: str, last: str) -> None:
    """The last day is not before the first one."""
    begins, ends = told.get(first), told.get(last)
    if begins and ends and ends < begins:
        raise ValidationError({last: _("不能早于 %(day)s。") % {"day": begins}})


# Requests ------------------------------------------------------------------------------------------------------------------------------


class NeedForm(ActionForm):
    """How much, from when, for how long."""

    amount = QuantityField(label=_("需要多少"), help_text=_("按要素的单位填，如 千伏安、吨/日、亩。"))
    need_on = DayField(label=_("何时要"))
    until = DayField(label=_("用到哪天"), required=False, help_text=_("长期使用不填。"))
    purpose = forms.CharField(label=_("用途"), max_length=80)

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        in_order(told, "need_on", "until")
        return told


class RequestForm(NeedForm):
    factor = forms.ModelChoiceField(label=_("要素"), queryset=Factor.objects.all(), empty_label=None)
    provider = OfficeField(label=_("要素单位"), required=False, help_text=_("不填就交给属地平时管这项要素的单位。"))
    point = forms.ModelChoiceField(label=_("供给点"), queryset=SupplyPoint.objects.none(), required=False)
    field_order = ("factor", "amount", "need_on", "until", "purpose", "provider", "point")

    def narrow(self) -> None:
        self.fields["point"].queryset = queries.points_for(self.target)  # type: ignore[attr-defined]  # the field that is declared above

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        factor, point = told.get("factor"), told.get("point")
        if factor and not told.get("provider") and "provider" not in self.errors:
            told["provider"] = queries.usual_provider(self.target, factor)
            if told["provider"] is None:
                raise ValidationError({"provider": _("这里没有平时管“%(factor)s”的单位，请写明要素单位。") % {"factor": factor}})
        if factor and point and point.factor_id != factor.pk:
            raise ValidationError({"point": _("这个供给点不供“%(factor)s”。") % {"factor": factor}})
        return told


class CorrectForm(PatchForm):
    amount = QuantityField(label=_("需要多少"))
    need_on = DayField(label=_("何时要"))
    until = DayField(label=_("用到哪天"), required=False)
    purpose = forms.CharField(label=_("用途"), max_length=80)

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        whole = {name: told.get(name, getattr(self.target, name)) for name in ("need_on", "until")}
        if whole["until"] and whole["need_on"] and whole["until"] < whole["need_on"]:
            raise ValidationError({"until" if "until" in told else "need_on": _("最后一天不能早于何时要。")})
        return told


class PromiseForm(ActionForm):
    on = DayField(label=_("哪天能供"), help_text=_("写了就是承诺，计入承诺台账。"))
    point = forms.ModelChoiceField(label=_("从哪个供给点供"), queryset=SupplyPoint.objects.none(), required=False)
    note = forms.CharField(label=_("说明"), max_length=300, required=False, widget=LONG)

    def narrow(self) -> None:
        self.fields["point"].queryset = queries.points_for(self.target.project, self.target.factor)  # type: ignore[attr-defined]
        self.fields["point"].initial = self.target.point_id

    def clean_on(self) -> date:
        if self.cleaned_data["on"] < clock.today():
            raise ValidationError(_("承诺日期不能早于今天。"))
        return self.cleaned_data["on"]


class RepromiseForm(ActionForm):
    on = DayField(label=_("改到哪天"))
    reason = forms.CharField(label=_("理由"), max_length=300, widget=LONG, help_text=_("原承诺留在台账里，写明改到哪天、为什么。"))

    def clean_on(self) -> date:
        day = self.cleaned_data["on"]
        if day < clock.today():
            raise ValidationError(_("承诺日期不能早于今天。"))
        if day == self.target.promised_for:
            raise ValidationError(_("与原承诺日期相同。"))
        return day


class SupplyForm(ActionForm):
    amount = QuantityField(label=_("供了多少"))
    on = DayField(label=_("哪天供上"))
    note = forms.CharField(label=_("说明"), max_length=300, required=False, widget=LONG)

    def narrow(self) -> None:
        self.initial = {"amount": self.target.amount, "on": clock.today(), **self.initial}

    def clean_on(self) -> date:
        day = self.cleaned_data["on"]
        if not self.target.asked_on <= day <= clock.today():
            raise ValidationError(_("应在提出之日和今天之间。"))
        return day


class VerifyForm(ActionForm):
    amount = QuantityField(label=_("核实到位多少"))
    note = forms.CharField(label=_("说明"), max_length=300, required=False, widget=LONG)

    def narrow(self) -> None:
        self.initial = {"amount": self.target.supplied, **self.initial}

    def clean_amount(self) -> Decimal:
        amount = self.cleaned_data["amount"]
        if self.target.supplied is not None and amount > self.target.supplied:
            raise ValidationError(_("不能多于供给的 %(amount)s。"), params={"amount": f"{self.target.supplied.normalize():f}"})
        return amount


class RefuseForm(ActionForm):
    reason = forms.CharField(
        label=_("为什么不能供"), min_length=6, max_length=300, widget=LONG, help_text=_("提交后自动转为项目问题，由属地专班协调。")
    )


class WithdrawForm(ActionForm):
    reason = forms.CharField(
        label=_("为什么不要了"), min_length=4, max_length=300, widget=LONG, help_text=_("要素单位不再为它计时，没到期的承诺一并撤回。")
    )


# Surveys -------------------------------------------------------------------------------------------------------------------------------

SCOPES = [("winter", _("冬季施工项目")), ("building", _("全部在建项目"))]


class SurveyForm(ActionForm):
    factor = forms.ModelChoiceField(label=_("要素"), queryset=Factor.objects.all(), empty_label=None)
    provider = OfficeField(label=_("排查单位"))
    scope = forms.ChoiceField(label=_("排查哪些项目"), choices=SCOPES)
    due_on = DayField(label=_("完成期限"))
    name = forms.CharField(label=_("名称"), max_length=80)

    def clean_due_on(self) -> date:
        if self.cleaned_data["due_on"] < clock.today():
            raise ValidationError(_("期限不能早于今天。"))
        return self.cleaned_data["due_on"]


class EntryForm(ActionForm):
    needed = forms.ChoiceField(label=_("有没有需求"), choices=[("yes", _("有需求")), ("no", _("无需求"))])
    amount = QuantityField(label=_("需要多少"), required=False)
    need_on = DayField(label=_("何时要"), required=False)
    until = DayField(label=_("用到哪天"), required=False, help_text=_("长期使用不填。"))
    purpose = forms.CharField(label=_("用途"), max_length=80, required=False)
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        if told.get("needed") == "yes":
            for name in ("amount", "need_on", "purpose"):
                if not told.get(name) and name not in self.errors:
                    self.add_error(name, _("有需求时必填。"))
        in_order(told, "need_on", "until")
        return told


# Supply points ---------------------------------------------------------------------------------------------------------------------------


class PointForm(ActionForm):
    factor = forms.ModelChoiceField(label=_("要素"), queryset=Factor.objects.all(), empty_label=None)
    kind = forms.ChoiceField(label=_("种类"), choices=SupplyPoint.Kind.choices)
    name = forms.CharField(label=_("名称"), max_length=60)
    provider = OfficeField(label=_("要素单位"), required=False)


class CapacityForm(ActionForm):
    from_day = DayField(label=_("自哪天起"))
    amount = forms.DecimalField(
        label=_("能力"), max_digits=12, decimal_places=2, min_value=0, required=False, help_text=_("不填表示从这天起未知；未知不当作零。")
    )
    basis = forms.CharField(label=_("依据"), max_length=120)


# Funds -----------------------------------------------------------------------------------------------------------------------------------


class BatchForm(ActionForm):
    programme = forms.ModelChoiceField(label=_("资金政策"), queryset=FundingProgramme.objects.all(), empty_label=None)
    opens_on = DayField(label=_("申报开始"))
    closes_on = DayField(label=_("申报截止"))
    sectors = forms.MultipleChoiceField(
        label=_("领域"), choices=Project.Sector.choices, required=False, widget=forms.CheckboxSelectMultiple, help_text=_("不选不限。")
    )
    build_kinds = forms.MultipleChoiceField(
        label=_("建设性质"),
        choices=Project.BuildKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("不选不限。"),
    )
    least = MoneyField(label=_("最低总投资"), required=False)
    note = forms.CharField(label=_("申报条件"), max_length=300, required=False, widget=LONG)

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        in_order(told, "opens_on", "closes_on")
        if told.get("closes_on") and told["closes_on"] < clock.today():
            raise ValidationError({"closes_on": _("截止日不能早于今天。")})
        return told


class ApplyForm(ActionForm):
    """Only in a batch whose window is open and whose conditions the project meets."""

    batch = forms.ModelChoiceField(label=_("批次"), queryset=FundingBatch.objects.none(), empty_label=None)
    amount = MoneyField(label=_("申报金额"))
    purpose = forms.CharField(label=_("用途"), max_length=120)

    def narrow(self) -> None:
        ids = [batch.pk for batch in queries.open_windows(self.target)]
        self.fields["batch"].queryset = FundingBatch.objects.filter(pk__in=ids).select_related("programme")  # type: ignore[attr-defined]

    def clean_amount(self) -> Decimal:
        return above_zero(self.cleaned_data["amount"])


class ApproveForm(ActionForm):
    amount = MoneyField(label=_("批复金额"))
    on = DayField(label=_("批复日"))
    bank = OfficeField(label=_("银行"), kinds=(Organisation.Kind.BANK,), required=False)

    def narrow(self) -> None:
        self.initial = {"amount": self.target.applied, "on": clock.today(), **self.initial}

    def clean_amount(self) -> Decimal:
        return above_zero(self.cleaned_data["amount"])

    def clean_on(self) -> date:
        return past(self.cleaned_data["on"], self.target.applied_on)


class DrawForm(ActionForm):
    amount = MoneyField(label=_("到账金额"))
    on = DayField(label=_("到账日"))

    def narrow(self) -> None:
        self.initial = {"on": clock.today(), **self.initial}

    def clean_amount(self) -> Decimal:
        return above_zero(self.cleaned_data["amount"])

    def clean_on(self) -> date:
        return past(self.cleaned_data["on"], self.target.approved_on)


def above_zero(amount: Decimal) -> Decimal:
    if amount is None or amount <= 0:
        raise ValidationError(_("金额要大于零。"))
    return amount


def past(day: date, since: date | None) -> date:
    if day > clock.today() or (since and day < since):
        raise ValidationError(_("日期应在上一步之后、今天以前。"))
    return day


# Materials -------------------------------------------------------------------------------------------------------------------------------


class StockForm(ActionForm):
    material = forms.ModelChoiceField(label=_("材料"), queryset=Material.objects.all(), empty_label=None)
    daily_use = QuantityField(label=_("日用量"))
    least_days = forms.IntegerField(label=_("至少备几天"), min_value=1, max_value=400)
    winter_stock = QuantityField(label=_("冬储量"), required=False)
    ready_by = DayField(label=_("冬储完成日"), required=False, help_text=_("封冻前要备到位的日子。"))
    supplier = forms.CharField(label=_("供应单位"), max_length=60, required=False)


class ReviseStockForm(PatchForm):
    daily_use = QuantityField(label=_("日用量"))
    least_days = forms.IntegerField(label=_("至少备几天"), min_value=1, max_value=400)
    winter_stock = QuantityField(label=_("冬储量"), required=False)
    ready_by = DayField(label=_("冬储完成日"), required=False)
    supplier = forms.CharField(label=_("供应单位"), max_length=60, required=False)


class PassForm(ActionForm):
    number = forms.CharField(label=_("证号"), max_length=40)
    vehicles = forms.IntegerField(label=_("车辆数"), min_value=1, max_value=2000)
    valid_from = DayField(label=_("自"))
    valid_to = DayField(label=pgettext_lazy("until", "至"))
    route = forms.CharField(label=_("线路"), max_length=120)
    issuer = OfficeField(label=_("发证单位"), required=False)

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        in_order(told, "valid_from", "valid_to")
        return told


class RenewForm(ActionForm):
    number = forms.CharField(label=_("新证号"), max_length=40)
    valid_to = DayField(label=_("新的到期日"))

    def clean_valid_to(self) -> date:
        day = self.cleaned_data["valid_to"]
        if day <= self.target.valid_to or day < clock.today():
            raise ValidationError(_("新的到期日要晚于原来的和今天。"))
        return day


class OfferForm(ActionForm):
    supplier = forms.CharField(label=_("供应单位"), max_length=60)
    material = forms.ModelChoiceField(label=_("材料"), queryset=Material.objects.all(), empty_label=None)
    amount = QuantityField(label=_("可供量"))
    until = DayField(label=_("有效至"))
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def clean_until(self) -> date:
        if self.cleaned_data["until"] < clock.today():
            raise ValidationError(_("期限不能早于今天。"))
        return self.cleaned_data["until"]


class TakeForm(ActionForm):
    project = forms.ModelChoiceField(label=_("哪个项目用"), queryset=Project.objects.none())
    amount = QuantityField(label=_("数量"))

    def narrow(self) -> None:
        mine = access.actable(self.user, "factors.take_offer", Project.objects.under_way(), "pk")
        if self.target.area_id != settings.CITY["area"]:
            mine = mine.filter(area=self.target.area_id)
        self.fields["project"].queryset = mine.order_by("name")  # type: ignore[attr-defined]  # the field that is declared above

    def clean_amount(self) -> Decimal:
        amount = self.cleaned_data["amount"]
        if amount > self.target.left:
            raise ValidationError(_("只剩 %(left)s。"), params={"left": f"{self.target.left.normalize():f}"})
        return amount
