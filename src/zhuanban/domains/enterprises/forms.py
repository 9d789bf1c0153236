"""What the verbs of enterprises ask for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.enterprises import queries, rules
from zhuanban.domains.enterprises.models import FactKind
from zhuanban.domains.people.models import Area, User
from zhuanban.engines.eligibility.schema import BadFact
from zhuanban.kernel import clock
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.forms import ActionForm

YES_NO = (("", "—"), ("是", _("是")), ("否", _("否")))
EARLIEST = date(2015, 1, 1)


class OpenFileForm(ActionForm):
    area = forms.ModelChoiceField(label=_("服务地区"), queryset=Area.objects.order_by("position"), required=False)


class AssignOfficerForm(ActionForm):
    officer = forms.ModelChoiceField(label=_("驻企专员"), queryset=User.objects.none())

    def narrow(self) -> None:
        self.fields["officer"].queryset = queries.to_assign(self.target)  # type: ignore[attr-defined]


class RelieveOfficerForm(ActionForm):
    officer = forms.ModelChoiceField(label=_("驻企专员"), queryset=User.objects.none())

    def narrow(self) -> None:
        self.fields["officer"].queryset = queries.officers(self.target)  # type: ignore[attr-defined]


class TellFactForm(ActionForm):
    """One fact: asked once, used for every policy. With `kind` known the value is asked in the way that fits it."""

    kind = forms.ModelChoiceField(label=_("事实"), queryset=FactKind.objects.all(), to_field_name="name")
    value = forms.CharField(label=_("值"), max_length=200)
    since = forms.DateField(
        label=_("自哪天起"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("不填则从今天（按年的事实从今年）起。"),
    )
    document = forms.CharField(label=_("依据"), max_length=120, required=False, help_text=_("如 证书编号、年报、纳税申报表。"))

    def narrow(self) -> None:
        told = self.data.get("kind") if self.is_bound else self.initial.get("kind")
        kind = FactKind.objects.filter(name=told).first() if isinstance(told, str) and told.isprintable() else None
        if kind is None:
            return
        self.fields["kind"].widget = forms.HiddenInput()
        label, words = kind.zh, kind.words
        if kind.type == FactKind.Type.BOOL:
            self.fields["value"] = forms.ChoiceField(label=label, choices=YES_NO, help_text=words)
        elif kind.type == FactKind.Type.CODE and kind.values:
            self.fields["value"] = forms.ChoiceField(
                label=label, choices=[("", "—"), *((each, each) for each in kind.values)], help_text=words
            )
        elif kind.type == FactKind.Type.TAGS and kind.values:
            self.fields["value"] = forms.MultipleChoiceField(
                label=label, choices=[(each, each) for each in kind.values], widget=forms.CheckboxSelectMultiple, help_text=words
            )
        else:
            self.fields["value"] = forms.CharField(label=label, max_length=200, help_text=words or HINTS.get(FactKind.Type(kind.type), ""))
        self.order_fields(["kind", "value", "since", "document"])

    def clean_since(self) -> date:
        day = self.cleaned_data.get("since") or clock.today()
        if not EARLIEST <= day <= clock.today():
            raise ValidationError(_("日期要在 2015 年以后、今天以前。"))
        return day

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        kind, value = told.get("kind"), told.get("value")
        if kind is not None and value not in (None, ""):
            try:
                told["value"] = rules.Stated(rules.read(kind, value))
            except BadFact as bad:
                self.add_error("value", str(bad))
            except BadValue as bad:
                self.add_error("value", bad.translated(gettext))
        return told


HINTS = {
    FactKind.Type.MONEY: _("可写单位，如 3.5亿元、800万元；只写数字按万元计。"),
    FactKind.Type.RATE: _("写百分数，如 8.5%。"),
    FactKind.Type.DATE: _("如 2022-06-28；没有的填“无”。"),
    FactKind.Type.INDUSTRY: _("国民经济行业代码，如 C3670。"),
}
