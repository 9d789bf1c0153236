"""What the verbs on commitments ask for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.approvals.forms.fields import SignatureField
from zhuanban.domains.approvals.models import CasePaper, Item
from zhuanban.domains.approvals.rules import order
from zhuanban.kernel import clock
from zhuanban.kernel.forms import LONG, ActionForm, UploadField


class TellForm(ActionForm):
    """Tell the conditions, and which papers and items the commitment is to stand for."""

    conditions = forms.CharField(label=_("告知的条件、标准和要求"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))
    papers = forms.ModelMultipleChoiceField(
        label=_("以承诺代替的材料"), queryset=CasePaper.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    items = forms.ModelMultipleChoiceField(
        label=_("以承诺代替的前置事项"),
        queryset=Item.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("只列出告知承诺清单上的前置事项。"),
    )

    def narrow(self) -> None:
        case, day = self.target, clock.today()
        facts = order.facts_of(case.project)
        allowed = [
            item.pk
            for item in order.needed_before(case.item_version, facts, day)
            if item.is_handled and item.version_on(day).terms.commitment
        ]
        self.fields["papers"].queryset = case.papers.exclude(state=CasePaper.State.PROVIDED)  # type: ignore[attr-defined]
        self.fields["items"].queryset = Item.objects.filter(pk__in=allowed)  # type: ignore[attr-defined]


class SignCommitmentForm(ActionForm):
    signed = SignatureField(label=_("本单位承诺已经符合或将按期符合告知的条件，愿意承担不实承诺的后果。"))
    letter = UploadField(label=_("签字盖章的承诺书"), required=False)


class CheckForm(ActionForm):
    kept = forms.TypedChoiceField(
        label=_("核查结果"),
        choices=[("yes", _("属实")), ("no", _("不实"))],
        coerce=lambda text: text == "yes",
        widget=forms.RadioSelect,
    )
    finding = forms.CharField(label=_("核查情况"), max_length=500, widget=LONG)


class CorrectForm(ActionForm):
    correction = forms.CharField(label=_("整改要求"), max_length=500, widget=LONG)


class ReportForm(ActionForm):
    words = forms.CharField(label=_("整改情况"), max_length=500, widget=LONG)
    file = UploadField(label=_("佐证材料"), required=False)


class FindingForm(ActionForm):
    finding = forms.CharField(label=_("复查情况"), max_length=500, widget=LONG)
