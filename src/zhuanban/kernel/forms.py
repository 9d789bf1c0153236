"""What a verb asks for: the base form and the house's fields for money, dates with precision, codes and areas of land."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhuanban.kernel import codes, dates, files, money, parameters
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.filetypes import USUAL
from zhuanban.kernel.people import Person
from zhuanban.kernel.show import english
from zhuanban.kernel.words import listed

STOP_WORDS = parameters.declare("kernel.file_stop_words", _("文件名禁用词"), list)
LONG = forms.Textarea(attrs={"rows": 3})
"""A box for some sentences."""


class ActionForm(forms.Form):
    """A form that knows who asks and on what row, so that its choices can be narrowed and its first values carried over."""

    def __init__(self, data: Any = None, files: Any = None, *, user: Person, target: Any, **options: Any) -> None:
        self.user, self.target = user, target
        super().__init__(data, files, **options)
        self.narrow()

    def narrow(self) -> None:
        """Fit choices and initial values to user and target."""

    def clean(self) -> dict[str, Any]:
        """Refuse fields that the form does not know: a typing error in an API call must not pass silently."""
        cleaned = super().clean() or self.cleaned_data
        strange = {key for key in self.data if not key.startswith("_") and key not in self.fields and key != "csrfmiddlewaretoken"}
        strange -= {f"{name}_{part}" for name in self.fields for part in ("0", "1")}
        if strange:
            raise ValidationError(_("不认识的字段：%(names)s"), params={"names": listed(sorted(strange))})
        return cleaned


class ReasonForm(ActionForm):
    """The form of every verb that only asks why."""

    reason = forms.CharField(label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class UploadField(forms.FileField):
    """A file that is checked and on disk before the verb takes its locks; `allowed` are kinds of `kernel.filetypes`."""

    def __init__(self, *, allowed: frozenset[str] = USUAL, **options: Any) -> None:
        self.allowed = allowed
        super().__init__(**options)

    def clean(self, data: Any, initial: Any = None) -> files.Received | None:
        upload = super().clean(data, initial)
        if not upload:
            return None
        try:
            return files.receive(upload, allowed=self.allowed, stop_words=parameters.value(STOP_WORDS))
        except BadValue as bad:
            raise ValidationError(bad.translated(gettext)) from None


class DayField(forms.DateField):
    """A day, picked in the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**options)


class _Parsed(forms.CharField):
    """A text field whose value is read by one of the kernel's parsers; what is wrong is said in the parser's words."""

    def parse(self, text: str) -> Any:
        """The value that the text stands for. Raises BadValue."""
        return text

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return self.parse(text)
        except BadValue as bad:
            raise ValidationError(bad.translated(gettext)) from None


class MoneyField(_Parsed):
    """Money with its unit (`3.5亿元`, `800万元`); a bare number is read in `unit` (万元 on screens)."""

    def __init__(self, *, unit: str = "万元", **options: Any) -> None:
        self.unit = unit
        options.setdefault("help_text", _("可写单位，如 3.5亿元、800万元；只写数字按万元计。"))
        super().__init__(**options)

    def parse(self, text: str) -> Any:
        return money.parse_money(text, self.unit if text[-1:].isdecimal() else None)

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else (money.exact_money_en if english() else money.exact_money)(value)


class PartialDateField(_Parsed):
    """A date as ledgers write it: 2022-06-28, 2022年6月, 2024."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", _("可写到日、月或年，如 2023-06-28、2023年6月、2024。"))
        super().__init__(**options)

    def parse(self, text: str) -> Any:
        return dates.parse_ledger_date(text)

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else str(value)


class ProjectCodeField(_Parsed):
    """A national project code, old or new form; the text as normalised."""

    def parse(self, text: str) -> str:
        return str(codes.parse_project_code(text))


class UsccField(_Parsed):
    """A unified social credit code with both check digits."""

    def parse(self, text: str) -> str:
        return str(codes.parse_uscc(text))


class PatchForm(ActionForm):
    """A form over an existing row: it starts from the row's values, and only the fields that were sent are asked and returned."""

    def __init__(
        self, data: Any = None, files: Any = None, *, user: Person, target: Any, initial: dict[str, Any] | None = None, **options: Any
    ) -> None:
        values = {name: getattr(target, name, None) for name in self.base_fields}
        super().__init__(data, files, user=user, target=target, initial=values | (initial or {}), **options)
        if data is not None:
            for name in [name for name in self.fields if name not in data]:
                del self.fields[name]
