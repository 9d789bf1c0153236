"""What the verbs of problems ask for."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhuanban.domains.people.models import Organisation
from zhuanban.domains.problems import queries, rules
from zhuanban.domains.problems.models import Problem, ProblemKind
from zhuanban.domains.responsibility import queries as responsibility
from zhuanban.kernel import clock, parameters
from zhuanban.kernel.filetypes import IMAGES, RECORDINGS
from zhuanban.kernel.forms import LONG, ActionForm, DayField, ReasonForm, UploadField
from zhuanban.kernel.models import DeadlinePause

LONGEST_EXTENSION = parameters.declare("problems.longest_extension", _("一次延期上限"), int, pgettext_lazy("parameter unit", "工作日"))
PAUSES_WITH_PAPER = parameters.declare("problems.pauses_with_paper", _("停表须附文件的情形"), list)


class DepartmentField(forms.CharField):
    """A public body, a utility or another unit that can be asked, by its full name or code; never a firm or a bank."""

    def __init__(self, **options) -> None:
        options.setdefault("help_text", _("写全称或统一社会信用代码。"))
        super().__init__(max_length=120, **options)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        bodies = Organisation.objects.filter(kind__in=queries.DEPARTMENTS)
        found = bodies.filter(uscc=text.upper()).first() or bodies.filter(name=text).first()
        if found is None:
            raise ValidationError(_("没有可以交办的单位“%(name)s”。"), params={"name": text})
        return found


class ReportForm(ActionForm):
    """Half a minute on a phone: the kind, one line, and if need be a photo or a spoken note."""

    kind = forms.ModelChoiceField(
        label=_("类别"), queryset=ProblemKind.objects.all(), widget=forms.RadioSelect(attrs={"class": "choice-chips"}), empty_label=None
    )
    title = forms.CharField(label=_("什么问题"), max_length=80, widget=forms.TextInput(attrs={"placeholder": _("一句话说清楚")}))
    description = forms.CharField(label=_("补充说明"), max_length=2000, required=False, widget=LONG)
    place = forms.CharField(label=_("地点"), max_length=100, required=False)
    needs = forms.MultipleChoiceField(label=_("涉及"), choices=Problem.Need.choices, required=False, widget=forms.CheckboxSelectMultiple)
    photo = UploadField(
        label=_("照片"), required=False, allowed=IMAGES, widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"})
    )
    voice = UploadField(label=_("语音"), required=False, allowed=RECORDINGS, widget=forms.FileInput(attrs={"accept": "audio/*"}))


class TriageForm(ActionForm):
    """The tier is suggested by the entry rule; a person decides."""

    tier = forms.TypedChoiceField(label=_("层级"), choices=[], coerce=int)
    department = DepartmentField(label=_("责任部门"), required=False)
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def narrow(self) -> None:
        self.fields["tier"].choices = [(each.level, each.name) for each in responsibility.tiers()]  # type: ignore[attr-defined]  # the field that is declared above
        self.fields["tier"].initial = rules.entry_tier(self.target.needs)
        self.fields["department"].initial = queries.usual_department(self.target)


class TakeForm(ActionForm):
    promise_on = DayField(label=_("预计办结"), required=False, help_text=_("写了就是对企业的承诺，计入承诺台账；不填按层级时限。"))
    note = forms.CharField(label=_("答复"), max_length=300, required=False, widget=LONG)

    def clean_promise_on(self):
        day = self.cleaned_data["promise_on"]
        if day is None:
            return None
        if day < clock.today():
            raise ValidationError(_("承诺日期不能早于今天。"))
        last = self.target.solve.due_on if self.target.solve else None
        if last and day > last:
            raise ValidationError(_("超过办结时限 %(day)s，请改为申请延期。"), params={"day": last})
        return day


class SolveForm(ActionForm):
    note = forms.CharField(label=_("办理结果"), max_length=500, required=False, widget=LONG)
    file = UploadField(label=_("证据（照片、文件）"), required=False)

    def clean(self):
        cleaned = super().clean()
        if "file" not in self.errors and not (cleaned.get("note") or cleaned.get("file")):
            raise ValidationError(_("办结要有依据：写明结果，或附照片、文件。"))
        return cleaned


class DelegateForm(ActionForm):
    """To a department, or to one of the tier's own people."""

    department = DepartmentField(label=_("责任部门"), required=False)
    person = forms.TypedChoiceField(label=_("本层级经办人"), choices=[], required=False, coerce=int, empty_value=None)
    reason = forms.CharField(label=_("交办要求"), max_length=300, widget=LONG)

    def narrow(self) -> None:
        self.fields["person"].choices = [("", "—"), *queries.people_of_tier(self.target)]  # type: ignore[attr-defined]  # the field that is declared above
        self.fields["department"].initial = queries.usual_department(self.target)

    def clean(self):
        cleaned = super().clean()
        if not self.errors and bool(cleaned.get("department")) == bool(cleaned.get("person")):
            raise ValidationError(_("交给部门还是经办人，选一个。"))
        return cleaned


class RefuseForm(ActionForm):
    rule = forms.CharField(
        label=_("依据的规定（原文）"), max_length=300, widget=LONG, help_text=_("写明文件名称、条款；不写依据不能推。"), min_length=6
    )


class AskTimeForm(ReasonForm):
    days = forms.IntegerField(label=_("延长几个工作日"), min_value=1)
    field_order = ("days", "reason")

    def clean_days(self):
        days, most = self.cleaned_data["days"], parameters.value(LONGEST_EXTENSION)
        if days > most:
            raise ValidationError(_("一次最多延期 %(n)s 个工作日。"), params={"n": most})
        return days


class AnswerForm(ActionForm):
    answer = forms.CharField(label=_("答复"), max_length=300, widget=LONG)


class OptionalAnswerForm(ActionForm):
    answer = forms.CharField(label=_("答复"), max_length=300, required=False, widget=LONG)


class PauseForm(ReasonForm):
    kind = forms.ChoiceField(label=_("停表情形"), choices=DeadlinePause.Kind.choices)
    paper = UploadField(label=_("依据文件"), required=False, help_text=_("公示、招标、检测、评审、听证须附文件。"))
    field_order = ("kind", "reason", "paper")

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("kind") in parameters.value(PAUSES_WITH_PAPER) and not cleaned.get("paper") and "paper" not in self.errors:
            self.add_error("paper", _("这种情形停表须附文件。"))
        return cleaned


class NoteForm(ActionForm):
    note = forms.CharField(label=_("说明"), max_length=300, widget=LONG)


class OptionalNoteForm(ActionForm):
    note = forms.CharField(label=_("说明"), max_length=300, required=False, widget=LONG)


class OrderForm(ActionForm):
    """An order with its day."""

    text = forms.CharField(label=_("内容"), max_length=500, widget=LONG)
    due_on = DayField(label=_("完成期限"))

    def clean_due_on(self):
        if self.cleaned_data["due_on"] < clock.today():
            raise ValidationError(_("期限不能早于今天。"))
        return self.cleaned_data["due_on"]


class InstructForm(OrderForm):
    department = DepartmentField(label=_("落实单位"), required=False, help_text=_("不填就是现在的承办方。"))
    field_order = ("text", "department", "due_on")


class ConsultForm(ActionForm):
    departments = forms.ModelMultipleChoiceField(label=_("会商部门"), queryset=Organisation.objects.none())
    text = forms.CharField(label=_("请各部门答复什么"), max_length=500, widget=LONG)
    days = forms.IntegerField(label=_("几个工作日内答复"), min_value=1, max_value=30, required=False)

    def narrow(self) -> None:
        self.fields["departments"].queryset = queries.departments_for(self.target.project)  # type: ignore[attr-defined]  # the field that is declared above
        self.fields["days"].initial = parameters.value(queries.CONSULT_DAYS)


class UrgeForm(ActionForm):
    words = forms.CharField(label=_("催什么"), max_length=200, required=False)


class ConfirmForm(ActionForm):
    rating = forms.TypedChoiceField(
        label=_("满意度"),
        coerce=int,
        choices=[(5, _("非常满意")), (4, _("满意")), (3, _("一般")), (2, _("不满意")), (1, _("很不满意"))],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(label=_("评价"), max_length=300, required=False, widget=LONG)


class MergeForm(ActionForm):
    """Into a problem of the same project; the likeliest stand first."""

    into = forms.ModelChoiceField(label=_("并入"), queryset=Problem.objects.none())

    def narrow(self) -> None:
        others = Problem.objects.filter(project=self.target.project, state__in=Problem.OPEN).exclude(pk=self.target.pk)
        self.fields["into"].queryset = others.order_by("-reported_at")  # type: ignore[attr-defined]  # the field that is declared above
        self.fields["into"].initial = next((row.pk for row, _score in queries.alike(self.target)), None)


class ContactForm(ActionForm):
    spoke_with = forms.CharField(label=_("对方（单位、人）"), max_length=80)
    day = DayField(label=_("日期"), required=False, help_text=_("不填就是今天。"))
    words = forms.CharField(label=_("说了什么、怎么答复"), max_length=500, widget=LONG)

    def clean_day(self):
        day = self.cleaned_data["day"]
        if day and day > clock.today():
            raise ValidationError(_("日期不能晚于今天。"))
        return day
