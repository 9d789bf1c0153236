"""Fields that several forms of approvals use."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


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
