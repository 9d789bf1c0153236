"""What the verbs and pages of accounts, rights and organisations ask for."""

from __future__ import annotations

import re

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people import passwords, rules
from zhuanban.domains.people.models import Area, Organisation, User
from zhuanban.kernel import clock, roles
from zhuanban.kernel.badvalue import clean
from zhuanban.kernel.forms import ActionForm, UsccField

USERNAME = re.compile(r"[a-z][a-z0-9_.-]{2,39}")


class Day(forms.DateField):
    """A day from a calendar."""

    def __init__(self, **options) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("账号"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("密码"), max_length=200, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    otp = forms.CharField(
        label=_("动态口令"),
        max_length=12,
        required=False,
        help_text=_("已启用动态口令的账号须填写。"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_username(self) -> str:
        return clean(self.cleaned_data["username"]).lower()


class GrantForm(ActionForm):
    """A role and what it is for: an area, the account's own organisation, or what the person carries."""

    role = forms.ChoiceField(label=_("角色"))
    area = forms.ModelChoiceField(Area.objects.all(), label=_("区域"), required=False)
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("单位"), required=False)
    from_day = Day(label=_("自"))
    to_day = Day(label=_("至"), required=False, help_text=_("不填为长期。"))
    reason = forms.CharField(label=_("理由"), max_length=200)

    def narrow(self) -> None:
        fitting = [role for role in roles.REGISTRY.values() if self.target.staff or not role.staff]
        self.fields["role"].choices = [("", "—"), *((role.name, role.label) for role in fitting)]  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = Organisation.objects.filter(pk=self.target.organisation_id)  # type: ignore[attr-defined]
        self.fields["from_day"].initial = clock.today()

    def clean(self):
        given = super().clean()
        role = given.get("role")
        if role and (reason := rules.scope_mismatch(role, given.get("area"), given.get("organisation"))):
            self.add_error("role", reason)
        return given


class EndGrantForm(ActionForm):
    last_day = Day(label=_("最后一天"), required=False, help_text=_("不填为立即结束。"))
    reason = forms.CharField(label=_("理由"), max_length=300)


class OneTimePasswordForm(ActionForm):
    """Shows a password made for this once; it is told to the person, who must change it at the first sign-in."""

    password = forms.CharField(
        label=_("一次性密码"),
        max_length=60,
        help_text=_("只在这里显示一次，请当面或电话告知本人；首次登录须修改。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def narrow(self) -> None:
        self.fields["password"].initial = passwords.one_time()

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        validate_password(password, self.target if isinstance(self.target, User) else None)
        return password


class OpenAccountForm(OneTimePasswordForm):
    username = forms.CharField(label=_("账号"), max_length=40, help_text=_("小写字母开头，可含数字和 _ . -。"))
    name = forms.CharField(label=_("姓名"), max_length=40)
    title = forms.CharField(label=_("岗位"), max_length=60, required=False)
    phone = forms.CharField(label=_("电话"), max_length=20, required=False, help_text=_("加密保存，用于联系本人。"))
    language = forms.ChoiceField(label=_("界面语言"), choices=settings.LANGUAGES, initial="zh-hans")

    field_order = ["username", "name", "title", "phone", "language", "password"]

    def clean_username(self) -> str:
        username = clean(self.cleaned_data["username"]).lower()
        if not USERNAME.fullmatch(username):
            raise ValidationError(gettext("账号应为 3—40 位，小写字母开头，只含小写字母、数字和 _ . -。"))
        if User.objects.filter(username=username).exists():
            raise ValidationError(gettext("这个账号已有人使用。"))
        return username

    def clean_phone(self) -> str:
        phone = clean(self.cleaned_data["phone"]).replace(" ", "")
        if phone and not re.fullmatch(r"\+?[0-9-]{7,19}", phone):
            raise ValidationError(gettext("电话应为 7—19 位数字。"))
        return phone


class OrganisationForm(ActionForm):
    """An organisation as its licence or register says."""

    name = forms.CharField(label=_("单位全称"), max_length=120)
    short_name = forms.CharField(label=_("简称"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("类别"), choices=Organisation.Kind.choices)
    uscc = UsccField(label=_("统一社会信用代码"), required=False, max_length=40)
    legacy_id = forms.CharField(label=_("旧注册号"), max_length=20, required=False, help_text=_("15 位旧执照号等。"))

    def clean_name(self) -> str:
        return clean(self.cleaned_data["name"])


class CorrectOrganisationForm(OrganisationForm):
    def narrow(self) -> None:
        for name in self.fields:
            self.fields[name].initial = getattr(self.target, name)


class PasswordForm(forms.Form):
    """A new password, told twice; the present one proves that it is the person."""

    present = forms.CharField(
        label=_("现密码"), max_length=200, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    password = forms.CharField(
        label=_("新密码"),
        max_length=200,
        strip=False,
        help_text=_("至少 8 位，含大小写字母、数字、符号中的三种。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再输一次"), max_length=200, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, data=None, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        if not user.has_usable_password():
            del self.fields["present"]

    def clean_present(self) -> str:
        if not self.user.check_password(self.cleaned_data["present"]):
            raise ValidationError(gettext("现密码不正确。"))
        return self.cleaned_data["present"]

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"], self.user)
        return self.cleaned_data["password"]

    def clean(self):
        given = super().clean() or {}
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", gettext("两次输入的新密码不一样。"))
        return given


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("动态口令"), max_length=12, widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    )


class AbsenceForm(forms.Form):
    deputy = forms.ModelChoiceField(User.objects.none(), label=_("代理人"), help_text=_("外出期间由代理人行使您的岗位权限。"))
    from_day = Day(label=_("自"))
    to_day = Day(label=_("至"))
    reason = forms.CharField(label=_("事由"), max_length=100, required=False)

    def __init__(self, data=None, *, user: User) -> None:
        super().__init__(data)
        colleagues = User.objects.filter(organisation=user.organisation_id, staff=user.staff, is_active=True, robot=False)
        self.fields["deputy"].queryset = colleagues.exclude(pk=user.pk).order_by("name") if user.organisation_id else User.objects.none()  # type: ignore[attr-defined]

    def clean(self):
        given = super().clean() or {}
        first, last = given.get("from_day"), given.get("to_day")
        if first and last and last < first:
            self.add_error("to_day", gettext("结束日不能早于开始日。"))
        if last and last < clock.today():
            self.add_error("to_day", gettext("这些天已经过去。"))
        return given


class TokenForm(forms.Form):
    name = forms.CharField(label=_("用途"), max_length=40)
    days = forms.TypedChoiceField(label=_("有效期"), choices=[(30, _("30天")), (90, _("90天")), (365, _("一年"))], coerce=int, initial=90)
