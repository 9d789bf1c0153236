"""What the verbs on cases ask for."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.approvals.forms.fields import SignatureField
from zhuanban.domains.approvals.models import ApprovalCase, CasePaper, Item, Opinion, Tolerance
from zhuanban.domains.approvals.rules import cases as case_rules
from zhuanban.domains.approvals.rules import tolerance
from zhuanban.domains.people import queries as people
from zhuanban.domains.people.models import Organisation, User
from zhuanban.kernel import clock, deadlines
from zhuanban.kernel.forms import LONG, ActionForm, DayField, UploadField
from zhuanban.kernel.models import DeadlinePause

DEPARTMENTS = (Organisation.Kind.GOVERNMENT, Organisation.Kind.UTILITY, Organisation.Kind.CENTRE)


class OpenForm(ActionForm):
    """Which item; a mock case is looked at before the land is granted."""

    item = forms.ModelChoiceField(label=_("事项"), queryset=Item.objects.none(), empty_label=None)
    mock = forms.BooleanField(
        label=_("模拟审批"), required=False, help_text=_("交地前先按要求审查，前置办齐以后再发证（交地即发证、拿地即开工）。")
    )

    def narrow(self) -> None:
        handled = Item.objects.exclude(kind__in=[Item.Kind.CONTRACT, Item.Kind.EVENT])
        self.fields["item"].queryset = handled  # type: ignore[attr-defined]


class PaperField(forms.ModelChoiceField):
    """A paper of this case; one of another case is refused in words."""

    def __init__(self, **options) -> None:
        super().__init__(queryset=CasePaper.objects.none(), empty_label=None, **options)

    def to_python(self, value):
        try:
            return super().to_python(value)
        except ValidationError:
            if str(value).isdecimal() and len(str(value)) < 19 and CasePaper.objects.filter(pk=value).exists():
                raise ValidationError(_("这份材料不在本办件的材料清单里，请到它自己的办件上传。")) from None
            raise


class PaperForm(ActionForm):
    paper = PaperField(label=_("材料"))
    file = UploadField(label=_("文件"))

    def narrow(self) -> None:
        self.fields["paper"].queryset = self.target.papers.all()  # type: ignore[attr-defined]


class MakeGoodForm(PaperForm):
    """Only the papers that were let through missing."""

    def narrow(self) -> None:
        self.fields["paper"].queryset = self.target.papers.filter(state=CasePaper.State.TOLERATED)  # type: ignore[attr-defined]


class NoticeForm(ActionForm):
    """One single notice: everything that is missing or wrong, at once."""

    papers = forms.ModelMultipleChoiceField(
        label=_("需补正的材料"), queryset=CasePaper.objects.none(), widget=forms.CheckboxSelectMultiple, required=False
    )
    notice = forms.CharField(label=_("一次性告知需要补正的全部内容"), max_length=1000, widget=LONG)

    def narrow(self) -> None:
        self.fields["papers"].queryset = self.target.papers.all()  # type: ignore[attr-defined]


class AcceptForm(ActionForm):
    note = forms.CharField(label=_("说明"), max_length=300, required=False)


class TolerantForm(ActionForm):
    """The notice of tolerance: in what form, by when, and what happens otherwise; the papers are those that are missing."""

    days = forms.IntegerField(label=_("补正时限（工作日）"), min_value=1, max_value=365)
    form = forms.CharField(label=_("补交形式"), max_length=40, initial=_("原件电子扫描件"))
    consequence = forms.CharField(
        label=_("逾期后果"), max_length=300, widget=LONG, initial=_("逾期不补正的，退回办件，记入失信记录，修复前不再适用容缺受理。")
    )

    def narrow(self) -> None:
        self.limit = promised(self.target)
        self.fields["days"].initial = tolerance.usual_days(self.limit, self.target.item_version.make_good_days)
        missing = [str(paper) for paper in self.target.papers.all() if not paper.there]
        self.fields["days"].help_text = "、".join(missing)

    def clean_days(self):
        days = self.cleaned_data["days"]
        if reason := tolerance.too_long(days, self.limit):
            raise ValidationError(reason)
        return days


def promised(case: ApprovalCase) -> int | None:
    """The working days of the item's promised limit for this case, as the verb will find them."""
    terms = case.item_version.terms
    return tolerance.longest(terms.days, terms.unit, clock.today(), deadlines.calendar())


class ExtendToleranceForm(ActionForm):
    paper = PaperField(label=_("材料"))
    days = forms.IntegerField(label=_("延长（工作日）"), min_value=1, max_value=365)
    reason = forms.CharField(label=_("理由"), max_length=300, widget=LONG)

    def narrow(self) -> None:
        rows = self.target.papers.filter(tolerances__state=Tolerance.State.OPEN, tolerances__extended=0)
        self.fields["paper"].queryset = rows  # type: ignore[attr-defined]


class SignForm(ActionForm):
    """The applicant's own hand: the box is the signature."""

    signed = SignatureField(label=_("本人代表申请单位签字，知晓期限和逾期后果。"))


class PauseForm(ActionForm):
    """A stop without a document is refused: the clock runs on."""

    kind = forms.ChoiceField(label=_("情形"), choices=DeadlinePause.Kind.choices)
    reason = forms.CharField(label=_("理由"), max_length=300, widget=LONG)
    document = UploadField(label=_("依据文件"), error_messages={"required": _("停表必须附依据文件，没有文件不停表。")})


class ReasonedForm(ActionForm):
    """A reason, and a document where there is one."""

    reason = forms.CharField(label=_("理由"), max_length=500, widget=LONG)
    document = UploadField(label=_("文件"), required=False)


class ExtendTermForm(ActionForm):
    reason = forms.CharField(label=_("理由"), max_length=300, widget=LONG)


class OpinionForm(ActionForm):
    """Ask other departments at the same time: 并联办理, 联合验收."""

    departments = forms.ModelMultipleChoiceField(
        label=_("部门"), queryset=Organisation.objects.none(), widget=forms.SelectMultiple(attrs={"size": 8})
    )
    subject = forms.CharField(label=_("征求意见的事由"), max_length=80)

    def narrow(self) -> None:
        places = {
            self.target.project.area_id,
            self.target.project.host_area_id,
            self.target.department.area_id if self.target.department else None,
        }
        rows = Organisation.objects.filter(kind__in=DEPARTMENTS, area__in=places - {None}).exclude(pk=self.target.department_id)
        if names := case_rules.specialities(self.target):
            self.fields["subject"] = forms.ChoiceField(label=_("专项"), choices=[(name, name) for name in names])
        self.fields["departments"].queryset = rows.order_by("name")  # type: ignore[attr-defined]


class GiveOpinionForm(ActionForm):
    verdict = forms.ChoiceField(label=_("意见"), choices=Opinion.Verdict.choices)
    words = forms.CharField(label=_("说明"), max_length=500, required=False, widget=LONG)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("verdict") in {Opinion.Verdict.CONDITIONS, Opinion.Verdict.FAIL} and not cleaned.get("words"):
            self.add_error("words", _("有条件同意或不同意的，要写明条件或理由。"))
        return cleaned


class AgentForm(ActionForm):
    agent = forms.ModelChoiceField(label=_("代办员"), queryset=User.objects.none(), empty_label=None)
    reason = forms.CharField(label=_("交接说明"), max_length=200, required=False)

    def narrow(self) -> None:
        rows = people.holders("agent").exclude(pk=self.target.agent_id or 0)
        self.fields["agent"].queryset = rows  # type: ignore[attr-defined]

    def clean(self):
        cleaned = super().clean()
        if self.target.agent_id and not cleaned.get("reason"):
            self.add_error("reason", _("更换代办员要写交接说明。"))
        return cleaned


class RepairForm(ActionForm):
    repair = forms.CharField(label=_("修复依据"), max_length=300, widget=LONG)


class GuideForm(ActionForm):
    item = forms.ModelChoiceField(label=_("事项"), queryset=Item.objects.all(), required=False)
    day = DayField(label=_("日期"))
    words = forms.CharField(label=_("辅导内容"), max_length=500, widget=LONG)
    file = UploadField(label=_("附件"), required=False)

    def narrow(self) -> None:
        self.fields["day"].initial = clock.today()

    def clean_day(self):
        day = self.cleaned_data["day"]
        if day > clock.today():
            raise ValidationError(_("还没有到这一天。"))
        return day
