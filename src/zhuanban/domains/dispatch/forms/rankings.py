"""What the verbs of rankings ask for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.dispatch.models import Ranking
from zhuanban.kernel import clock
from zhuanban.kernel.forms import ActionForm

EARLIEST = date(2000, 1, 1)


def last_month_end() -> date:
    return clock.today().replace(day=1) - timedelta(days=1)


class PublishRankingForm(ActionForm):
    of = forms.ChoiceField(label=_("排什么"), choices=Ranking.Of.choices)
    as_of = forms.DateField(
        label=_("截至"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("按这一天的清单、过完的月份和当时的权重计算；默认是上月末。"),
    )
    note = forms.CharField(label=_("说明"), max_length=300, required=False)

    def __init__(self, data: Any = None, files: Any = None, *, initial: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__(data, files, initial={"of": Ranking.Of.AREA, "as_of": last_month_end()} | (initial or {}), **options)

    def clean_as_of(self) -> date:
        day: date = self.cleaned_data["as_of"]
        if not EARLIEST <= day <= clock.today():
            raise ValidationError(gettext("截至日期不能晚于今天。") if day > clock.today() else gettext("截至日期太早。"))
        return day
