"""What the portfolio's verbs ask for."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people.models import Area, Organisation
from zhuanban.domains.portfolio.models import Contest, Fund, IndustryGoal, Project, ProjectList, Proof, StrategyTheme, Tag, Work
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.codes import parse_industry_code
from zhuanban.kernel.forms import LONG, ActionForm, MoneyField, PartialDateField, PatchForm, ProjectCodeField, UploadField


class OrganisationField(forms.CharField):
    """An organisation by its full name or its unified social credit code."""

    def __init__(self, **options) -> None:
        options.setdefault("help_text", _("写全称或统一社会信用代码。"))
        super().__init__(max_length=120, **options)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        found = Organisation.objects.filter(uscc=text.upper()).first() or Organisation.objects.filter(name=text).first()
        if found is None:
            raise ValidationError(_("没有找到单位“%(name)s”，请先登记单位。"), params={"name": text})
        return found

    def prepare_value(self, value):
        if isinstance(value, int):
            return Organisation.objects.filter(pk=value).values_list("name", flat=True).first() or ""
        return value.name if isinstance(value, Organisation) else value


class IndustryCodeField(forms.CharField):
    """A code of GB/T 4754-2017 with two to four digits."""

    def __init__(self, **options) -> None:
        super().__init__(max_length=4, **options)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return ""
        try:
            parse_industry_code(text)
        except BadValue as bad:
            raise ValidationError(bad.translated(gettext)) from None
        return text


class RegisterForm(ActionForm):
    """A new project. Asked of the whole city, it also asks for the area that is to own it."""

    into = forms.ModelChoiceField(label=_("属地"), queryset=Area.objects.exclude(kind=Area.Kind.CITY))
    name = forms.CharField(label=_("项目名称"), max_length=120)
    project_code = ProjectCodeField(label=_("项目代码"), required=False, max_length=24, help_text=_("国家统一代码；前期可以暂缺。"))
    owner_org = OrganisationField(label=_("项目单位"), required=False)
    planned_investment = MoneyField(label=_("计划总投资"), required=False)
    sector = forms.ChoiceField(label=_("领域"), choices=[("", "—"), *Project.Sector.choices], required=False)
    build_kind = forms.ChoiceField(label=_("建设性质"), choices=[("", "—"), *Project.BuildKind.choices], required=False)
    content_and_scale = forms.CharField(label=_("建设内容及规模"), required=False, max_length=2000, widget=LONG)
    start_planned = PartialDateField(label=_("计划开工"), required=False)
    finish_planned = PartialDateField(label=_("计划竣工"), required=False)

    def narrow(self) -> None:
        if self.target.kind != Area.Kind.CITY:
            del self.fields["into"]

    def clean_project_code(self):
        return unused_code(self.cleaned_data["project_code"])

    def clean(self):
        cleaned = super().clean()
        in_order(self, "start_planned", "finish_planned")
        return cleaned


class ReviseForm(PatchForm):
    """Any of a project's facts; only what is sent is changed."""

    name = forms.CharField(label=_("项目名称"), max_length=120)
    short_name = forms.CharField(label=_("简称"), max_length=40, required=False)
    project_code = ProjectCodeField(label=_("项目代码"), required=False, max_length=24)
    permission_regime = forms.ChoiceField(label=_("审批方式"), choices=[("", "—"), *Project.Regime.choices], required=False)
    investment_kind = forms.ChoiceField(label=_("投资性质"), choices=[("", "—"), *Project.InvestmentKind.choices], required=False)
    build_kind = forms.ChoiceField(label=_("建设性质"), choices=[("", "—"), *Project.BuildKind.choices], required=False)
    sector = forms.ChoiceField(label=_("领域"), choices=[("", "—"), *Project.Sector.choices], required=False)
    industry_code = IndustryCodeField(label=_("行业代码"), required=False)
    industry = forms.ModelChoiceField(label=_("主导产业"), queryset=IndustryGoal.objects.all(), required=False)
    theme = forms.ModelChoiceField(label=_("六城联动"), queryset=StrategyTheme.objects.all(), required=False)
    owner_org = OrganisationField(label=_("项目单位"), required=False)
    contractor = OrganisationField(label=_("施工单位"), required=False)
    site = forms.CharField(label=_("建设地点"), max_length=200, required=False)
    land_area_m2 = forms.DecimalField(label=_("占地面积（平方米）"), min_value=0, max_digits=14, decimal_places=2, required=False)
    floor_area_m2 = forms.DecimalField(label=_("建筑面积（平方米）"), min_value=0, max_digits=14, decimal_places=2, required=False)
    content_and_scale = forms.CharField(label=_("建设内容及规模"), required=False, max_length=2000, widget=LONG)
    planned_investment = MoneyField(label=_("计划总投资"), required=False)
    start_planned = PartialDateField(label=_("计划开工"), required=False)
    finish_planned = PartialDateField(label=_("计划竣工"), required=False)
    production_planned = PartialDateField(label=_("计划投产"), required=False)
    jobs_planned = forms.IntegerField(label=_("计划用工"), min_value=0, max_value=1_000_000, required=False)
    secrecy = forms.ChoiceField(label=_("公开范围"), choices=Project.Secrecy.choices)

    def clean_project_code(self):
        return unused_code(self.cleaned_data["project_code"], self.target)

    def clean(self):
        cleaned = super().clean()
        in_order(self, "start_planned", "finish_planned")
        in_order(self, "finish_planned", "production_planned")
        return cleaned


def unused_code(code: str | None, project: Project | None = None) -> str | None:
    """The code, unless another project carries it. A project without one keeps None, so that absence is no duplicate."""
    if not code:
        return None
    twin = Project.all_rows.filter(project_code=code).exclude(pk=getattr(project, "pk", None)).first()
    if twin:
        raise ValidationError(_("项目代码已用于“%(name)s”。"), params={"name": twin.name})
    return code


def in_order(form, earlier: str, later: str) -> None:
    """The later date may not lie wholly before the earlier one; a field not sent is taken from the project."""
    first = form.cleaned_data.get(earlier) or getattr(form.target, earlier, None)
    last = form.cleaned_data.get(later) or getattr(form.target, later, None)
    if (earlier in form.cleaned_data or later in form.cleaned_data) and first and last and last.last < first.first:
        field = later if later in form.fields else earlier
        form.add_error(
            field, _("“%(later)s”早于“%(earlier)s”。") % {"later": form.fields[later].label, "earlier": form.fields[earlier].label}
        )


class AdvanceForm(ActionForm):
    on = PartialDateField(label=_("发生日期"), required=False, help_text=_("不填就是今天；可写到日、月或年。"))
    note = forms.CharField(label=_("说明"), max_length=200, required=False)


class OverrideForm(ActionForm):
    reason = forms.CharField(label=_("越过条件的理由和依据"), max_length=300, widget=LONG)


class AddProofForm(ActionForm):
    kind = forms.ChoiceField(label=_("种类"), choices=Proof.Kind.choices)
    number = forms.CharField(label=_("文号或证号"), max_length=60, required=False)
    issued_on = forms.DateField(label=_("日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label=_("说明"), max_length=200, required=False)
    file = UploadField(label=_("扫描件"), required=False)

    def clean(self):
        cleaned = super().clean()
        if not (cleaned.get("number") or cleaned.get("note") or cleaned.get("file")):
            raise ValidationError(_("文号、说明、扫描件至少要有一项。"))
        return cleaned


class InvestmentForm(ActionForm):
    month = forms.RegexField(
        label=_("月份"),
        regex=r"^\d{4}-(0[1-9]|1[0-2])$",
        widget=forms.TextInput(attrs={"placeholder": "2023-01"}),
        error_messages={"invalid": _("月份写成 2023-01 这样。")},
    )
    amount = MoneyField(label=_("当月完成投资"))
    reason = forms.CharField(label=_("更正理由"), max_length=200, required=False, help_text=_("月份锁定以后更正，必须写理由；原数保留。"))


class AnnualPlanForm(ActionForm):
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    amount = MoneyField(label=_("年度计划投资"))


class FundForm(ActionForm):
    fund_source = forms.ChoiceField(label=_("资金来源"), choices=Fund.Source.choices)
    planned = MoneyField(label=_("计划"), required=False)
    in_place = MoneyField(label=_("到位"), required=False)


class ListForm(ActionForm):
    list = forms.ModelChoiceField(label=_("清单"), queryset=ProjectList.objects.order_by("-year", "level"))


class LeaveListForm(ListForm):
    reason = forms.CharField(label=_("移出理由"), max_length=200)


class TagForm(ActionForm):
    tag = forms.ModelChoiceField(label=_("标签"), queryset=Tag.objects.order_by("name", "season"))


class GreenChannelForm(ActionForm):
    until = forms.DateField(label=_("有效期至"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("理由"), max_length=200)


class WorkForm(ActionForm):
    name = forms.CharField(label=_("子项名称"), max_length=80)
    kind = forms.ChoiceField(label=_("种类"), choices=Work.Kind.choices)
    state = forms.ChoiceField(label=_("状态"), choices=Work.State.choices)


class MoveForm(ActionForm):
    area = forms.ModelChoiceField(label=_("新属地"), queryset=Area.objects.exclude(kind=Area.Kind.CITY))
    reason = forms.CharField(label=_("理由"), max_length=300, widget=LONG)


class LockForm(ActionForm):
    month = forms.RegexField(
        label=_("锁定月份"), regex=r"^\d{4}-(0[1-9]|1[0-2])$", error_messages={"invalid": _("月份写成 2023-01 这样。")}
    )


CONTESTABLE = {
    "planned_investment": _("计划总投资"),
    "jobs_planned": _("计划用工"),
    "land_area_m2": _("占地面积（平方米）"),
    "floor_area_m2": _("建筑面积（平方米）"),
    "start_actual": _("实际开工"),
    "finish_planned": _("计划竣工"),
    "production_planned": _("计划投产"),
}


class ContestForm(ActionForm):
    field = forms.ChoiceField(label=_("哪个数"), choices=list(CONTESTABLE.items()))
    claimed = forms.CharField(label=_("应为"), max_length=100)
    reason = forms.CharField(label=_("理由"), max_length=300, widget=LONG)
    evidence = forms.CharField(label=_("依据（文件、合同、照片）"), max_length=200)

    def clean(self):
        cleaned = super().clean()
        if "field" in cleaned and "claimed" in cleaned:
            try:
                cleaned["claimed"] = str(read_field(cleaned["field"], cleaned["claimed"]))
            except ValidationError as wrong:
                self.add_error("claimed", wrong)
        return cleaned


def read_field(name: str, text: str):
    """A claimed value read by the same field that the project's own form uses. Raises ValidationError."""
    return ReviseForm.base_fields[name].clean(text) if name in ReviseForm.base_fields else PartialDateField(required=True).clean(text)


class DecideForm(ActionForm):
    decision = forms.ChoiceField(
        label=_("结论"), choices=[(Contest.State.UPHELD, _("采纳，改为异议值")), (Contest.State.DISMISSED, _("不采纳，保留原值"))]
    )
    answer = forms.CharField(label=_("答复"), max_length=300, widget=LONG)


class OpenListForm(ActionForm):
    name = forms.CharField(label=_("清单名称"), max_length=80)
    level = forms.ChoiceField(label=_("级别"), choices=ProjectList.Level.choices)
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    threshold = MoneyField(label=_("计划总投资下限"), required=False)


class TargetForm(ActionForm):
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    what = forms.ChoiceField(label=_("目标"), choices=[("projects", _("项目个数")), ("investment", _("完成投资"))])
    value = forms.CharField(label=_("目标值"), max_length=40, help_text=_("个数直接写；投资写单位，如 1200亿元。"))
    source = forms.CharField(label=_("依据"), max_length=120)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("value"):
            field = MoneyField() if cleaned.get("what") == "investment" else forms.IntegerField(min_value=0, max_value=1_000_000)
            try:
                cleaned["value"] = field.clean(cleaned["value"])
            except ValidationError as wrong:
                self.add_error("value", wrong)
        return cleaned


class CapacityForm(ActionForm):
    name = forms.CharField(label=_("产能名称"), max_length=60)
    value = forms.DecimalField(label=_("数量"), min_value=0, max_digits=18, decimal_places=2)
    unit = forms.CharField(label=pgettext_lazy("measure", "单位"), max_length=30, help_text=_("如 辆/年、万吨/年、床。"))


class ProductForm(ActionForm):
    name = forms.CharField(label=_("产品名称"), max_length=80)
    platform = forms.CharField(label=_("平台或系列"), max_length=40, required=False)


class WorkStateForm(ActionForm):
    state = forms.ChoiceField(label=_("状态"), choices=Work.State.choices)
    describes = forms.CharField(label=_("进展"), max_length=200, required=False)
