"""What the verbs of budgets and pay-runs ask for."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import Organisation
from zhuanban.domains.policies.models import BudgetLine
from zhuanban.kernel import clock
from zhuanban.kernel.forms import ActionForm, MoneyField


class BudgetForm(ActionForm):
    payer = forms.CharField(label=_("兑付单位"), max_length=120, help_text=_("财政部门，写全称或统一社会信用代码。"))
    year = forms.IntegerField(label=_("年度"), min_value=2015, max_value=2100)
    amount = MoneyField(label=_("预算"))
    rule = forms.ChoiceField(label=_("分配办法"), choices=BudgetLine.Rule.choices)

    def narrow(self) -> None:
        self.initial = {"year": clock.today().year, **self.initial}

    def clean_payer(self) -> Organisation:
        text = self.cleaned_data["payer"].strip()
        bodies = Organisation.objects.filter(kind=Organisation.Kind.GOVERNMENT)
        rows = list(bodies.filter(uscc=text.upper())) or list(bodies.filter(name=text)[:2])
        if len(rows) != 1:
            raise ValidationError(_("没有找到单位“%(name)s”，请写全称。"), params={"name": text})
        return rows[0]

    def clean_amount(self) -> Decimal:
        amount = self.cleaned_data["amount"]
        if amount is None or amount <= 0:
            raise ValidationError(_("预算要大于零。"))
        return amount


class SettleRunForm(ActionForm):
    voucher = forms.CharField(label=_("凭证号"), max_length=40)
    paid_on = forms.DateField(label=_("兑付日"), widget=forms.DateInput(attrs={"type": "date"}))

    def narrow(self) -> None:
        self.initial = {"paid_on": clock.today(), **self.initial}

    def clean_paid_on(self):
        on = self.cleaned_data["paid_on"]
        if on > clock.today() or (self.target.approved_on and on < self.target.approved_on):
            raise ValidationError(_("兑付日要在复核之后，不能晚于今天。"))
        return on
