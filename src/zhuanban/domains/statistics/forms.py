"""What the verbs of statistics ask for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.statistics.models import DifferenceKind, EntryPaper, StatedSpan
from zhuanban.domains.statistics.models.spans import Milestone
from zhuanban.kernel import clock, show
from zhuanban.kernel.forms import ActionForm, MoneyField, PatchForm, ProjectCodeField, UploadField

SHORT = forms.Textarea(attrs={"rows": 2})


def day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **options)


class MonthField(forms.RegexField):
    """A month as 2023-01; its value is the first day."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            regex=r"^20\d\d-(0[1-9]|1[0-2])$",
            widget=forms.TextInput(attrs={"placeholder": "2023-01", "inputmode": "numeric"}),
            error_messages={"invalid": _("月份写成 2023-01 这样。")},
            **options,
        )

    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        return date.fromisoformat(f"{text}-01") if text else None

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%Y-%m}" if isinstance(value, date) else value


class PaperFields(forms.Form):
    """What a paper states; what it does not say stays empty."""

    number = forms.CharField(label=_("文号"), max_length=60, required=False)
    party = forms.CharField(
        label=_("载明的法人单位"), max_length=120, required=False, help_text=_("照材料原样写，不要改成项目单位的名称。")
    )
    project_code = ProjectCodeField(label=_("载明的项目代码"), max_length=24, required=False)
    amount = MoneyField(label=_("载明的计划总投资"), required=False)
    dated_on = day(_("落款或拍摄日期"), required=False)
    shows = forms.ChoiceField(
        label=_("照片反映"), choices=[("", "—"), *EntryPaper.Shows.choices], required=False, help_text=_("场地平整不作为主体开工。")
    )
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def clean_dated_on(self) -> date | None:
        told = self.cleaned_data["dated_on"]
        if told and told > clock.today():
            raise ValidationError(_("材料日期不能晚于今天。"))
        return told

    def clean_project_code(self) -> str:
        return self.cleaned_data["project_code"] or ""


class PaperForm(PaperFields, ActionForm):
    kind = forms.ChoiceField(label=_("材料"), choices=EntryPaper.Kind.choices)
    file = UploadField(label=_("扫描件或照片"), required=False)
    field_order = ["kind", "file"]

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        if not any(told.get(name) for name in ("number", "party", "note", "file")):
            raise ValidationError(_("文号、单位、说明、扫描件至少要有一项。"))
        if told.get("shows") and told.get("kind") != EntryPaper.Kind.PHOTO:
            self.add_error("shows", _("只有照片才写反映的内容。"))
        return told


class RevisePaperForm(PaperFields, PatchForm):
    """Any of what a paper states; only what is sent is changed."""

    def narrow(self) -> None:
        if self.target.kind != EntryPaper.Kind.PHOTO:
            del self.fields["shows"]

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        left = {name: told.get(name, getattr(self.target, name)) for name in ("number", "party", "note")}
        if not any(left.values()) and not self.target.file_id:
            raise ValidationError(_("文号、单位、说明、扫描件至少要有一项。"))
        return told


class DefectsForm(ActionForm):
    defects = forms.CharField(
        label=_("退回意见"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("写明缺什么、怎么改。")
    )


class AcceptForm(ActionForm):
    bank_number = forms.CharField(
        label=_("统计项目编号"), max_length=40, required=False, help_text=_("项目库赋予的编号；暂时没有可以不写。")
    )


class StartReportingForm(ActionForm):
    month = MonthField(label=_("从哪个月开始报统"))


class FinishForm(ActionForm):
    on = day(_("统计完工日期"))


class ReportForm(ActionForm):
    month = MonthField(label=_("月份"))
    amount = MoneyField(label=_("当月统计投资"))
    reason = forms.CharField(
        label=_("更正理由"), max_length=200, required=False, help_text=_("已核或已关账的月份，更正必须写理由；原数保留。")
    )


class SendBackForm(ActionForm):
    why = forms.CharField(label=_("退回意见"), max_length=200, widget=SHORT)


class ExplainForm(ActionForm):
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    kind = forms.ModelChoiceField(label=_("原因"), queryset=DifferenceKind.objects.all())
    amount = MoneyField(label=_("金额"), help_text=_("自报多于统计写正数，少于统计写负数；可写单位，如 800万元、-0.2亿元。"))
    words = forms.CharField(label=_("说明"), max_length=200, widget=SHORT)

    def clean_amount(self):
        amount = self.cleaned_data["amount"]
        if not amount:
            raise ValidationError(_("金额不能是零。"))
        return amount


class OpenMonthForm(ActionForm):
    month = MonthField(label=_("月份"))


class WindowForm(ActionForm):
    entries_until = day(_("入库申报截止"))
    figures_until = day(_("数据上报截止"))
    reason = forms.CharField(label=_("理由"), max_length=200, widget=SHORT)

    def narrow(self) -> None:
        self.initial = {"entries_until": self.target.entries_until, "figures_until": self.target.figures_until, **self.initial}

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        for first, last in (("entries_from", "entries_until"), ("figures_from", "figures_until")):
            if told.get(last) and told[last] < getattr(self.target, first):
                self.add_error(last, _("截止不能早于开始（%(day)s）。") % {"day": show.day(getattr(self.target, first))})
        return told


class SpanForm(ActionForm):
    begins = forms.ChoiceField(label=_("从"), choices=Milestone.choices)
    ends = forms.ChoiceField(label=_("到"), choices=Milestone.choices)
    length = forms.IntegerField(label=_("用时"), min_value=0, max_value=10_000)
    unit = forms.ChoiceField(label=_("单位"), choices=StatedSpan.Unit.choices)
    source = forms.CharField(label=_("谁说的"), max_length=120, help_text=_("只知道用时、不知道起止日期时填；写明出处。"))

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        order = list(Milestone.values)
        if told.get("begins") and told.get("ends") and order.index(told["begins"]) >= order.index(told["ends"]):
            self.add_error("ends", _("要在起点之后。"))
        return told
