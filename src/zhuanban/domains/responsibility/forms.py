"""What the verbs of responsibility ask for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhuanban.domains.people.models import Organisation, User
from zhuanban.domains.responsibility.models import DutyType, Responsibility, TaskForce
from zhuanban.kernel import clock
from zhuanban.kernel.forms import ActionForm, UploadField
from zhuanban.kernel.words import Words

Post = Responsibility.Post
HELD_BY = {Post.CENTRE: "organisation", Post.SECRETARY: "person", Post.TASK_FORCE: "force", Post.LEADER: "person"}
"""Which of the three fields names the holder of a post."""


class _Named(forms.CharField, ABC):
    """A row that is named in words; what is not found, or found twice, is said."""

    nobody: Words = ""

    def __init__(self, **options) -> None:
        super().__init__(max_length=120, **options)

    @abstractmethod
    def found(self, text: str) -> list:
        """The rows that the words may mean, at most two."""

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        rows = self.found(text)
        if not rows:
            raise ValidationError(str(self.nobody), params={"name": text})
        if len(rows) > 1:
            raise ValidationError(_("“%(name)s”不止一个，请写得更确切。"), params={"name": text})
        return rows[0]


class PersonField(_Named):
    """An account by its user name, or by a name that only one person bears."""

    nobody = _("没有找到在用的账号“%(name)s”。")

    def __init__(self, **options) -> None:
        options.setdefault("help_text", _("写账号，或不重名的姓名。"))
        super().__init__(**options)

    def found(self, text: str) -> list[User]:
        people = User.objects.filter(is_active=True, robot=False)
        return list(people.filter(username=text)) or list(people.filter(name=text)[:2])


class UnitField(_Named):
    """An organisation by its full name or its unified social credit code."""

    nobody = _("没有找到单位“%(name)s”，请先登记单位。")

    def __init__(self, **options) -> None:
        options.setdefault("help_text", _("写全称或统一社会信用代码。"))
        super().__init__(**options)

    def found(self, text: str) -> list[Organisation]:
        return list(Organisation.objects.filter(uscc=text.upper())) or list(Organisation.objects.filter(name=text)[:2])


class ForceField(_Named):
    """A task force by its name; of several years the newest."""

    nobody = _("没有找到专班“%(name)s”，请先组建专班。")

    def __init__(self, **options) -> None:
        options.setdefault("help_text", _("写专班全称。"))
        super().__init__(**options)

    def found(self, text: str) -> list[TaskForce]:
        rows = list(TaskForce.objects.filter(name=text).order_by("-year", "pk")[:20])
        return [row for row in rows if row.year == rows[0].year]


def day_field(**options) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **options)


def not_in_the_future(day: date | None) -> date | None:
    if day and day > clock.today():
        raise ValidationError(_("日期不能晚于今天。"))
    return day


class AssignForm(ActionForm):
    """A post, and who takes it: the centre is an organisation, the task force a task force, the others are persons."""

    post = forms.ChoiceField(label=_("岗位"), choices=Post.choices)
    level = forms.ChoiceField(
        label=_("领导级别"), choices=[("", "—"), *Responsibility.Level.choices], required=False, help_text=_("只有包保领导要选。")
    )
    person = PersonField(label=_("人员"), required=False)
    force = ForceField(label=pgettext_lazy("body", "专班"), required=False)
    organisation = UnitField(label=_("项目中心"), required=False)
    from_day = day_field(label=_("自"), required=False, help_text=_("不填就是今天。"))
    why = forms.CharField(label=_("理由"), max_length=200, required=False)

    def clean_from_day(self):
        return not_in_the_future(self.cleaned_data["from_day"])

    def clean(self):
        cleaned = super().clean()
        if post := cleaned.get("post"):
            if (post == Post.LEADER) != bool(cleaned.get("level")):
                self.add_error("level", _("包保领导要选级别，其他岗位不选。"))
            one_holder(self, post)
        return cleaned


def one_holder(form: ActionForm, post: str) -> None:
    """The post's own field must be filled, the others must not."""
    wanted = HELD_BY[Post(post)]
    if wanted in form.fields and not form.cleaned_data.get(wanted) and wanted not in form.errors:
        form.add_error(wanted, _("请写明由谁担任。"))
    for name in {"person", "force", "organisation"} - {wanted}:
        if form.cleaned_data.get(name):
            form.add_error(name, _("这个岗位不填此项。"))


class HandOverForm(ActionForm):
    """Who takes over. The one who hands over holds the post until that day, the successor from it."""

    person = PersonField(label=_("接任人员"), required=False)
    force = ForceField(label=_("接任专班"), required=False)
    organisation = UnitField(label=_("接任项目中心"), required=False)
    from_day = day_field(label=_("交接日期"), required=False, help_text=_("不填就是今天；从这一天起由接任者负责，中间不留空档。"))
    why = forms.CharField(label=_("理由"), max_length=200)

    def narrow(self) -> None:
        wanted = HELD_BY[Post(self.target.post)]
        for name in {"person", "force", "organisation"} - {wanted}:
            del self.fields[name]
        self.fields[wanted].required = True

    def clean_from_day(self):
        return not_in_the_future(self.cleaned_data["from_day"])


class EndForm(ActionForm):
    why = forms.CharField(label=_("理由"), max_length=200)


class ForceForm(ActionForm):
    name = forms.CharField(label=_("名称"), max_length=80)
    level = forms.ChoiceField(label=_("级别"), choices=TaskForce.Level.choices)
    standing = forms.BooleanField(label=_("常设"), required=False)
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    task = forms.CharField(label=_("职责"), max_length=200, required=False)
    lead = PersonField(label=_("专班长"), required=False)


class MemberForm(ActionForm):
    organisation = UnitField(label=_("成员单位"))
    person = PersonField(label=_("派出人员"), required=False)
    duty = forms.CharField(label=_("分工"), max_length=100, required=False)


class LeadForm(ActionForm):
    lead = PersonField(label=_("专班长"))


class DutyForm(ActionForm):
    duty = forms.ModelChoiceField(label=_("做了什么"), queryset=DutyType.objects.all())
    day = day_field(label=_("日期"), required=False, help_text=_("不填就是今天。"))
    note = forms.CharField(label=_("情况和结果"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    file = UploadField(label=_("照片或纪要"), required=False)

    def clean_day(self):
        return not_in_the_future(self.cleaned_data["day"])


class ShiftForm(ActionForm):
    person = PersonField(label=_("值班人员"))
    from_at = forms.DateTimeField(label=_("自"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    to_at = forms.DateTimeField(label=_("至"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))

    def clean(self):
        cleaned = super().clean()
        begins, ends = cleaned.get("from_at"), cleaned.get("to_at")
        if begins and ends and not begins < ends:
            self.add_error("to_at", _("值班结束要晚于开始。"))
        elif begins and ends and (ends - begins).days > 7:
            self.add_error("to_at", _("一班最长七天。"))
        return cleaned
