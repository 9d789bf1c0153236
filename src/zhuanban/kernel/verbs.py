"""The kernel's own verbs, on its ledgers: rules that are data, and the official calendar."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.kernel import clock, dates, parameters
from zhuanban.kernel.actions import action
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.deadlines import load_calendar as load_days
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.forms import ActionForm
from zhuanban.kernel.models import Dossier, Parameter
from zhuanban.kernel.people import Person


def only_settings(ledger: Dossier) -> str:
    return "" if ledger.ref == "LEDGER-settings" else _("这里没有可以设置的内容。")


class ParameterForm(ActionForm):
    name = forms.ChoiceField(label=gettext_lazy("参数"))
    value = forms.CharField(label=gettext_lazy("新值"), max_length=2000, help_text=gettext_lazy("数字直接写；列表写成 [1, 2, 3]。"))
    effective_from = forms.DateField(label=gettext_lazy("生效日期"), widget=forms.DateInput(attrs={"type": "date"}))
    source = forms.CharField(label=gettext_lazy("依据"), max_length=300)
    note = forms.CharField(label=gettext_lazy("说明"), max_length=300, required=False)

    def narrow(self) -> None:
        self.fields["name"].choices = [(known.name, known.label) for known in parameters.REGISTRY.values()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        known = parameters.REGISTRY.get(cleaned.get("name", ""))
        if known and "value" in cleaned:
            try:
                cleaned["value"] = read_value(known, cleaned["value"])
            except ValueError:
                self.add_error("value", _("“%(label)s”应当是%(kind)s。") % {"label": known.label, "kind": KINDS[known.kind]})
        return cleaned


KINDS = {int: gettext_lazy("整数"), float: gettext_lazy("数"), list: gettext_lazy("列表"), str: gettext_lazy("文字")}


def read_value(known: parameters.Declared, text: str) -> Any:
    """The value of a parameter's kind. Raises ValueError."""
    if known.kind is str:
        return text
    value = json.loads(text)
    if known.kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not known.kind:
        raise ValueError(text)
    return value


@action("kernel.set_parameter", on=Dossier, label=gettext_lazy("调整参数"), form=ParameterForm, when=only_settings)
def set_parameter(ledger: Dossier, *, by: Person | None, name: str, value: Any, effective_from: date, source: str, note: str = "") -> None:
    """A new version of a rule from a day on. What was in force before stays on record and keeps applying to its time."""
    if effective_from < clock.today():
        raise Refused(_("生效日期不能早于今天：过去的结果用的是当时的规则。"))
    Parameter.objects.create(
        name=name,
        value=value,
        effective_from=effective_from,
        source=source,
        note=note,
        by=getattr(by, "username", ""),
        recorded_at=clock.now(),
    )


DAY_OFF, WORKDAY = ("放假", "off"), ("上班", "work")


class CalendarForm(ActionForm):
    year = forms.IntegerField(label=gettext_lazy("年度"), min_value=2000, max_value=2100)
    days = forms.CharField(
        label=gettext_lazy("节假日与调休"),
        widget=forms.Textarea(attrs={"rows": 12}),
        max_length=6000,
        help_text=gettext_lazy("每行一天：2027-01-01 放假 元旦，或 2027-02-14 上班 春节调休。"),
    )
    source = forms.CharField(label=gettext_lazy("通知文号"), max_length=200)

    def clean_days(self) -> dict[date, tuple[bool, str]]:
        found: dict[date, tuple[bool, str]] = {}
        for number, line in enumerate(self.cleaned_data["days"].splitlines(), start=1):
            if not line.strip():
                continue
            day, work, name = [*line.split(maxsplit=2), "", "", ""][:3]
            try:
                parsed = dates.parse_ledger_date(day)
            except BadValue as bad:
                raise ValidationError(_("第 %(n)s 行：%(what)s"), params={"n": number, "what": bad.translated(_)}) from None
            if parsed is None or parsed.precision != "day" or work not in {*DAY_OFF, *WORKDAY}:
                raise ValidationError(_("第 %(n)s 行看不懂，应写成“2027-01-01 放假 元旦”。"), params={"n": number})
            if parsed.value in found:
                raise ValidationError(_("第 %(n)s 行：%(day)s 写了两次。"), params={"n": number, "day": day})
            found[parsed.value] = (work in WORKDAY, name[:60])
        if not found:
            raise ValidationError(_("一天也没有写。"))
        return found


@action("kernel.load_calendar", on=Dossier, label=gettext_lazy("载入工作日历"), form=CalendarForm, when=only_settings)
def load_calendar(ledger: Dossier, *, by: Person | None, year: int, days: dict[date, tuple[bool, str]], source: str) -> None:
    """The State Council's notice for a year, typed or pasted; from then on the year is no longer provisional."""
    if not any(day.year == year for day in days):
        raise Refused(_("通知里没有 %(year)s 年的日子。") % {"year": year})
    load_days(days, source, {year})
