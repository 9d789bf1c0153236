"""What the verbs of claims ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.policies.models import Policy
from zhuanban.kernel import clock, masks
from zhuanban.kernel.forms import ActionForm, MoneyField


@dataclass(frozen=True)
class Secret:
    """A private value on its way through a verb: events and logs know it by `name`, its masked form, and nothing else."""

    value: str
    name: str

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return self.name


class AccountNumberField(forms.CharField):
    """A bank account's number: 8 to 32 digits, with or without spaces."""

    def clean(self, value) -> Secret:
        digits = re.sub(r"[\s-]", "", super().clean(value) or "")
        if not re.fullmatch(r"[0-9]{8,32}", digits):
            raise ValidationError(_("账号应是 8 到 32 位数字。"))
        return Secret(digits, masks.mask_bank_card(digits))


class SecretField(forms.CharField):
    """Text that stands beside an account's number."""

    def clean(self, value) -> Secret:
        text = super().clean(value)
        return Secret(text, "***")


class ClaimForm(ActionForm):
    policy = forms.ModelChoiceField(
        label=_("政策"), queryset=Policy.objects.none(), help_text=_("只列需要申请的政策；免申即享的不用申请。")
    )
    year = forms.IntegerField(label=_("享受年度"), min_value=2015, max_value=2100)
    note = forms.CharField(label=_("说明"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def narrow(self) -> None:
        today = clock.today()
        rows = Policy.objects.in_force(today).exclude(lane=Policy.Lane.NO_APPLICATION).filter(versions__valid_from__lte=today)
        self.fields["policy"].queryset = rows.distinct().order_by("key")  # type: ignore[attr-defined]
        self.initial = {"year": today.year, **self.initial}

    def clean_year(self) -> int:
        year, now = self.cleaned_data["year"], clock.today().year
        if year not in {now - 1, now}:
            raise ValidationError(_("只能申请本年度和上一年度的。"))
        return year


class PayeeForm(ActionForm):
    """Where the money goes. Only the payers will see it."""

    holder = SecretField(label=_("户名"), max_length=80)
    bank = SecretField(label=_("开户行"), max_length=80)
    account = AccountNumberField(label=_("账号"), max_length=40, help_text=_("加密保存，只有财政兑付人员能看到。"))


class SubmitForm(PayeeForm):
    promise = forms.BooleanField(label=_("所填属实，没有就同一事项重复申报；如有不实，愿意退回。"))


class RejectForm(ActionForm):
    reason = forms.CharField(label=_("原因"), max_length=300, help_text=_("企业会看到。"), widget=forms.Textarea(attrs={"rows": 3}))


class ObjectionForm(ActionForm):
    raised_by = forms.CharField(label=_("提出人"), max_length=60)
    words = forms.CharField(label=_("异议内容"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}))


class SettleForm(ActionForm):
    upheld = forms.ChoiceField(label=_("结论"), choices=[("no", _("不成立，公示继续")), ("yes", _("成立，不予兑付"))])
    reply = forms.CharField(label=_("答复内容"), max_length=300, widget=forms.Textarea(attrs={"rows": 4}))

    def clean_upheld(self) -> bool:
        return self.cleaned_data["upheld"] == "yes"


class ClawBackForm(ActionForm):
    amount = MoneyField(label=_("应退"))
    reason = forms.CharField(label=_("原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    document = forms.CharField(label=_("文号"), max_length=60)

    def narrow(self) -> None:
        self.initial = {"amount": self.target.amount, **self.initial}

    def clean_amount(self) -> Decimal:
        amount = self.cleaned_data["amount"]
        if amount is None or not 0 < amount <= (self.target.amount or 0):
            raise ValidationError(_("应退金额要大于零，不超过已兑付的金额。"))
        return amount


class ReturnForm(ActionForm):
    amount = MoneyField(label=_("退回金额"))
    on = forms.DateField(label=_("到账日"), widget=forms.DateInput(attrs={"type": "date"}))

    def narrow(self) -> None:
        self.initial = {"amount": self.target.amount - self.target.returned, "on": clock.today(), **self.initial}

    def clean_amount(self) -> Decimal:
        amount = self.cleaned_data["amount"]
        if amount is None or not 0 < amount <= self.target.amount - self.target.returned:
            raise ValidationError(_("退回金额要大于零，不超过还欠的金额。"))
        return amount

    def clean_on(self):
        on = self.cleaned_data["on"]
        if on > clock.today() or on < self.target.demanded_on:
            raise ValidationError(_("到账日要在追回决定之后，不能晚于今天。"))
        return on
