"""Fields that several forms of approvals use."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from zhuanban.kernel import files, parameters
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.filetypes import USUAL

STOP_WORDS = "kernel.file_stop_words"
LONG = forms.Textarea(attrs={"rows": 3})


class UploadField(forms.FileField):
    """A file that is checked and on disk before the verb takes its locks; `allowed` are kinds of `kernel.filetypes`."""

    def __init__(self, *, allowed: frozenset[str] = USUAL, **options) -> None:
        self.allowed = allowed
        super().__init__(**options)

    def clean(self, data, initial=None):
        upload = super().clean(data, initial)
        if not upload:
            return None
        try:
            return files.receive(upload, allowed=self.allowed, stop_words=parameters.value(STOP_WORDS))
        except BadValue as bad:
            raise ValidationError(bad.translated(gettext)) from None


class DayField(forms.DateField):
    def __init__(self, **options) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}), **options)


class Box(forms.CheckboxInput):
    """A box whose text is kept as it came."""

    def value_from_datadict(self, data, files, name):
        return data.get(name, "")


class SignatureField(forms.BooleanField):
    """A box that stands for a signature: only a plain yes is one."""

    widget = Box

    def to_python(self, value):
        if str(value).lower() not in {"on", "true", "1", "false", "0", "", "none"}:
            raise ValidationError(_("请勾选签字。"))
        return super().to_python(value)
