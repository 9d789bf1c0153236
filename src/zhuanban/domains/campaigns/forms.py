"""What the verbs of campaigns ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.campaigns.measures import MEASURES
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import money
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.forms import ActionForm

LONGEST = 366
"""Days of the longest campaign."""


def day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}))


class LinesField(forms.CharField):
    """A list of words, a line each."""

    def __init__(self, *, least: int = 0, most: int = 12, **options: Any) -> None:
        self.least, self.most = least, most
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), required=least > 0, max_length=600, **options)

    def clean(self, value: Any) -> list[str]:
        lines = list(dict.fromkeys(line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()))
        if not self.least <= len(lines) <= self.most:
            raise ValidationError(_("要 %(least)s 到 %(most)s 行。"), params={"least": self.least, "most": self.most})
        if long := next((line for line in lines if len(line) > 40), ""):
            raise ValidationError(_("“%(line)s”太长，每行最多 40 个字。"), params={"line": long[:12]})
        return lines


class LaunchForm(ActionForm):
    name = forms.CharField(label=_("名称"), max_length=80)
    starts_on = day(_("开始"))
    ends_on = day(_("结束"))
    goal = forms.CharField(label=_("目标"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    methods = LinesField(label=_("办法"), help_text=_("一行一个，如 超前指导、领办代办、容缺受理+承诺制。"))

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        first, last = told.get("starts_on"), told.get("ends_on")
        if first and last and not 0 < (last - first).days < LONGEST:
            raise ValidationError({"ends_on": _("结束要在开始之后，并在一年以内；天数按起止日期算，不按名称。")})
        return told


class FieldForm(ActionForm):
    name = forms.CharField(label=_("领域"), max_length=40)
    sectors = forms.MultipleChoiceField(
        label=_("计哪些项目"),
        choices=Project.Sector.choices,
        required=False,
        help_text=_("不选则计全部项目。"),
        widget=forms.CheckboxSelectMultiple,
    )


class TaskForm(ActionForm):
    name = forms.CharField(label=_("工作"), max_length=40)
    measure = forms.ChoiceField(label=_("按什么计"), help_text=_("进度由记录算出，不由人填。"))

    def narrow(self) -> None:
        self.fields["measure"].choices = [(name, each.label) for name, each in MEASURES.items()]  # type: ignore[attr-defined]


class TargetForm(ActionForm):
    amount = forms.CharField(label=_("目标"), max_length=20, help_text=_("写数；按投资计的写金额，如 3.5亿元，只写数字按万元。"))
    owner = forms.CharField(label=_("责任单位"), max_length=120, help_text=_("写全称或统一社会信用代码。"))

    def narrow(self) -> None:
        self.initial = {**self.initial, "owner": self.target.owner.name if self.target.owner else "", "amount": self._shown()}

    def _shown(self) -> str:
        value = self.target.target
        if value is None:
            return ""
        return money.exact_money(value) if MEASURES[self.target.task.measure].unit == "yuan" else f"{value.normalize():f}"

    def clean_amount(self):
        text = self.cleaned_data["amount"]
        try:
            in_yuan = MEASURES[self.target.task.measure].unit == "yuan"
            value = money.parse_money(text, "万元" if text[-1:].isdecimal() else None) if in_yuan else money.parse_money(text, "元")
        except BadValue as bad:
            raise ValidationError(str(bad)) from None
        if value is None or value <= 0:
            raise ValidationError(_("目标要大于零。"))
        if not in_yuan and value != int(value):
            raise ValidationError(_("目标要是整数。"))
        return value

    def clean_owner(self) -> Organisation:
        text = self.cleaned_data["owner"].strip()
        rows = list(Organisation.objects.filter(uscc=text.upper())) or list(Organisation.objects.filter(name=text)[:2])
        if len(rows) != 1:
            raise ValidationError(_("没有找到单位“%(name)s”，请写全称。"), params={"name": text})
        return rows[0]


class FinishForm(ActionForm):
    summary = forms.CharField(label=_("收官小结"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}))
