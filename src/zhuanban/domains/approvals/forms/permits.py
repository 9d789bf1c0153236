"""What the verbs of permit plans ask for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.approvals.forms.catalogue import day
from zhuanban.domains.approvals.models import VALUES, Item, PermitPlan
from zhuanban.domains.approvals.rules.project_facts import TOLD
from zhuanban.kernel import clock
from zhuanban.kernel.forms import ActionForm

FAR = timedelta(days=5 * 366)


class FactsForm(ActionForm):
    """The facts that the project's own columns do not tell; what is left open stays unknown."""

    begins_on = day(_("首个事项申报日"))

    def narrow(self) -> None:
        plan = self.target if isinstance(self.target, PermitPlan) else None
        self.initial = {"begins_on": plan.begins_on if plan else clock.today(), **(plan.stated if plan else {}), **self.initial}
        for fact in TOLD:
            choices = [("", _("未明")), *VALUES[fact].items()]
            self.fields[fact.value] = forms.ChoiceField(label=fact.label, choices=choices, required=False)

    def clean_begins_on(self) -> date:
        told: date = self.cleaned_data["begins_on"]
        if abs(told - clock.today()) > FAR:
            raise ValidationError(_("首个事项申报日要在前后五年以内。"))
        return told


class RecordForm(ActionForm):
    """A day on which something was had outside this system: a contract, or a certificate of the time before."""

    item = forms.ModelChoiceField(label=_("合同或事项"), queryset=Item.objects.none())
    on = day(_("取得日期"), required=False, help_text=_("留空则删去已记的日期。"))
    note = forms.CharField(label=_("文号或说明"), max_length=100, required=False)

    def narrow(self) -> None:
        mine = Item.objects.filter(steps__plan=self.target).exclude(kind=Item.Kind.EVENT).order_by("position")
        self.fields["item"].queryset = mine  # type: ignore[attr-defined]

    def clean_on(self) -> Any:
        told = self.cleaned_data["on"]
        if told and told > clock.today():
            raise ValidationError(_("日期还没有到。"))
        return told

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        item = told.get("item")
        if told.get("on") and item and item.is_handled and not told.get("note"):
            raise ValidationError({"note": _("补记证照要写文号或说明。")})
        return told
