"""What keeping a what-if asks for."""

from __future__ import annotations

import json

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from zhuanban.kernel.forms import ActionForm, MoneyField

LONGEST = 40


class ScenarioForm(ActionForm):
    title = forms.CharField(label=_("名称"), max_length=60)
    changes = forms.CharField(label=_("参数"), max_length=2000, widget=forms.HiddenInput, help_text=_("参数名和取值，JSON 对象。"))
    as_of = forms.DateField(label=_("测算日"), widget=forms.DateInput(attrs={"type": "date"}))
    budget = MoneyField(label=_("预算"), required=False)

    def clean_changes(self) -> dict[str, str]:
        try:
            told = json.loads(self.cleaned_data["changes"])
        except ValueError:
            raise ValidationError(_("参数要写成 JSON 对象。")) from None
        good = isinstance(told, dict) and all(isinstance(value, str) and len(value) <= LONGEST for value in told.values())
        if not good or len(told) > LONGEST:
            raise ValidationError(_("参数要写成 JSON 对象。"))
        return told
