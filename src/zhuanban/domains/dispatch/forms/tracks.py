"""What the verbs of daily tracks ask for."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.dispatch.models.tracks import DailyTrack
from zhuanban.domains.dispatch.queries import tracks as queries
from zhuanban.domains.dispatch.rules import tracks as rules
from zhuanban.kernel import clock
from zhuanban.kernel.filetypes import IMAGES
from zhuanban.kernel.forms import ActionForm, MoneyField, PatchForm, UploadField
from zhuanban.kernel.words import clauses

LARGEST = Decimal(10) ** 11
MOST_SECONDS, MOST_WAITED = 4 * 3600, 14 * 24 * 3600
MOST_AGO = 10 * 365 * 24 * 3600
LONG = forms.Textarea(attrs={"rows": 2})


class Several(forms.MultipleChoiceField):
    """Ticks; an empty value among them says that the ticks were asked for although none is set."""

    widget = forms.CheckboxSelectMultiple

    def to_python(self, value):
        return super().to_python([each for each in value or [] if each != ""])


class Amounts(forms.CharField):
    """A JSON object of numbers by key, as machines send it; the pages send a field for each."""

    def __init__(self, **options) -> None:
        super().__init__(required=False, max_length=4000, widget=forms.HiddenInput, **options)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            found = json.loads(text, parse_float=Decimal, parse_int=Decimal)
            return {str(key): Decimal(str(amount)) for key, amount in found.items() if amount is not None}
        except (ValueError, ArithmeticError, AttributeError, RecursionError):
            raise ValidationError(_('应为 JSON 对象，如 {"17": "180"}。')) from None

    def prepare_value(self, value):
        return value if value is None or isinstance(value, str) else json.dumps({key: f"{each:f}" for key, each in value.items()})


class DayForm(ActionForm):
    """What a day on a site is told by. The work items of the project and the materials in store are fields of their own on a page
    (`q_17`, `stock_cement`), and one JSON object each for machines."""

    workers_actual = forms.IntegerField(label=_("在场工人"), min_value=0, max_value=50_000)
    workers_planned = forms.IntegerField(label=_("计划在场工人"), min_value=0, max_value=50_000, required=False)
    machines = forms.IntegerField(label=_("机械（台）"), min_value=0, max_value=5_000, required=False)
    weather = forms.ChoiceField(label=_("天气"), choices=[("", "—"), *DailyTrack.Weather.choices], required=False)
    temperature = forms.IntegerField(label=_("气温（℃）"), min_value=-60, max_value=60, required=False)
    done_today = forms.CharField(label=_("今日完成"), max_length=500, required=False, widget=LONG)
    winter_measures = Several(label=_("冬施措施"), choices=DailyTrack.Measure.choices, required=False)
    invested = MoneyField(label=_("今日完成投资"), required=False, max_length=40)
    quantities = Amounts(label=_("工程量"))
    stocks = Amounts(label=_("建材储备（天）"))

    lines: list[queries.Line]

    def narrow(self) -> None:
        self.lines = self.find_lines()
        for line in self.lines:
            self.fields[line.field] = forms.DecimalField(
                label=f"{line.item.name}（{line.item.unit}）",
                min_value=0,
                max_value=LARGEST,
                decimal_places=2,
                required=False,
                initial=line.today,
            )
        held = self.stocks_now()
        for key, label in DailyTrack.Material.choices:
            words = _("%(name)s可用（天）") % {"name": label}
            self.fields[f"stock_{key}"] = forms.IntegerField(label=words, min_value=0, max_value=400, required=False, initial=held.get(key))

    def find_lines(self) -> list[queries.Line]:
        """The work items that are asked for."""
        return []

    def stocks_now(self) -> dict[str, int]:
        return {}

    def clean_invested(self):
        amount = self.cleaned_data["invested"]
        if amount is not None and not 0 <= amount < LARGEST:
            raise ValidationError(_("今日完成投资应为零或正数，且不能过大。"))
        return amount

    def clean(self) -> dict[str, Any]:
        """`amounts` and `held` for the verb; `quantities` and `stocks` in words, as the timeline tells them."""
        cleaned = super().clean()
        amounts = self._quantities(cleaned) if self.asked("quantities", "q_") else None
        held = self._stocks(cleaned) if self.asked("stocks", "stock_") else None
        for name in [name for name in cleaned if name.startswith(("q_", "stock_")) or name in {"quantities", "stocks"}]:
            del cleaned[name]
        if amounts is not None:
            cleaned |= {"amounts": amounts, "quantities": self._told(amounts)}
        if held is not None:
            cleaned |= {"held": held, "stocks": clauses(f"{DailyTrack.Material(key).label} {days}" for key, days in held.items())}
        return cleaned

    def _told(self, amounts: dict[int, Decimal]) -> str:
        named = {line.item.pk: line.item for line in self.lines}
        return clauses(f"{named[pk].name} {amount.normalize():f} {named[pk].unit}" for pk, amount in amounts.items() if amount)

    def asked(self, name: str, prefix: str) -> bool:
        """Whether these amounts are part of what was sent."""
        return name in self.fields or any(each.startswith(prefix) for each in self.fields)

    def _quantities(self, cleaned: dict[str, Any]) -> dict[int, Decimal]:
        """Work item id -> amount, of both ways of telling; a field left empty is nothing done."""
        known = {line.item.pk for line in self.lines}
        found = {int(name[2:]): amount or Decimal(0) for name, amount in cleaned.items() if name.startswith("q_")}
        for key, amount in (cleaned.get("quantities") or {}).items():
            if not key.isdecimal() or int(key) not in known:
                self.add_error("quantities", _("没有编号为 %(key)s 的工程量，或者它现在不用填。") % {"key": key[:20]})
            elif not 0 <= amount <= LARGEST or amount != round(amount, 2):
                self.add_error("quantities", _("工程量应为零或正数，最多两位小数。"))
            else:
                found[int(key)] = amount
        return found

    def _stocks(self, cleaned: dict[str, Any]) -> dict[str, int]:
        found = {name[6:]: days for name, days in cleaned.items() if name.startswith("stock_") and days is not None}
        for key, days in (cleaned.get("stocks") or {}).items():
            if key not in DailyTrack.Material.values or not 0 <= days <= 400 or days != int(days):
                self.add_error("stocks", _("建材储备应为 0 到 400 的整天数。"))
            else:
                found[key] = int(days)
        return found


class FileForm(DayForm):
    """A day's report. `seconds` and `touched` are what filling it in cost, `waited` the seconds that it lay on the phone without a
    network, `draft` its own name there."""

    day = forms.DateField(label=_("日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    seconds = forms.IntegerField(label=_("填报用时（秒）"), min_value=0, required=False, widget=forms.HiddenInput)
    touched = forms.IntegerField(label=_("改动项数"), min_value=0, max_value=500, required=False, widget=forms.HiddenInput)
    waited = forms.IntegerField(label=_("离线等待（秒）"), min_value=0, required=False, widget=forms.HiddenInput)
    draft = forms.CharField(label=_("草稿编号"), max_length=80, required=False, widget=forms.HiddenInput)

    field_order = ("day",)

    def find_lines(self) -> list[queries.Line]:
        self.spoken_of = self._day()
        self.there = queries.track_of(self.target, self.spoken_of)
        self.last = None if self.is_bound else queries.before(self.target, self.spoken_of)
        return queries.lines(self.target, self.spoken_of, self.there, self.last)

    def _day(self):
        """The day that is spoken of, for narrowing; what is wrong with it is said when it is cleaned."""
        try:
            return forms.DateField(required=False).clean(self.data.get("day") or self.initial.get("day")) or clock.today()
        except ValidationError:
            return clock.today()

    def clean_day(self):
        day = self.cleaned_data["day"] or clock.today()
        if reason := rules.wrong_day(day):
            raise ValidationError(reason)
        return day

    def clean_seconds(self):
        seconds = self.cleaned_data["seconds"]
        return None if seconds is None else min(seconds, MOST_SECONDS)

    def clean_waited(self):
        return min(self.cleaned_data["waited"] or 0, MOST_WAITED)

    def clean(self) -> dict[str, Any]:
        """What filing cost goes apart, so that the timeline does not tell it. How many fields were asked is our own count."""
        cleaned = super().clean()
        burden = {name: cleaned.pop(name, None) for name in ("seconds", "touched", "waited")}
        asked = sum(not field.widget.is_hidden for field in self.fields.values()) - 1
        return cleaned | {"burden": burden | {"asked": asked, "key": cleaned.pop("draft", "")}}


class CorrectForm(PatchForm, DayForm):
    """What is to stand for the day instead, and why. Only what is sent is changed."""

    reason = forms.CharField(label=_("更正理由"), max_length=300, widget=LONG)
    draft = forms.CharField(label=_("草稿编号"), max_length=80, required=False, widget=forms.HiddenInput)

    field_order = ("reason",)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        return cleaned | {"burden": {"key": cleaned.pop("draft", "")}}

    def find_lines(self) -> list[queries.Line]:
        return queries.lines(self.target.project, self.target.day, self.target, None)

    def stocks_now(self) -> dict[str, int]:
        return self.target.stocks

    def __init__(self, data=None, files=None, **options) -> None:
        super().__init__(data, files, **options)
        self.initial.pop("stocks", None)
        if data is not None and "reason" not in self.fields:
            self.fields["reason"] = copy.deepcopy(self.base_fields["reason"])


class PhotoForm(ActionForm):
    """A photo, how many seconds ago the phone says it was taken, and where the phone stood."""

    photo = UploadField(
        label=_("照片"),
        required=False,
        allowed=IMAGES,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment", "required": True}),
    )
    ago = forms.IntegerField(label=_("多少秒前拍摄"), min_value=0, required=False, widget=forms.HiddenInput)
    latitude = forms.FloatField(label=_("纬度"), min_value=-90, max_value=90, required=False, widget=forms.HiddenInput)
    longitude = forms.FloatField(label=_("经度"), min_value=-180, max_value=180, required=False, widget=forms.HiddenInput)

    def clean_photo(self):
        """That there is one is asked here, so that a caller without rights is told so first, whatever he sends."""
        if not self.cleaned_data["photo"]:
            raise ValidationError(_("请选一张照片。"))
        return self.cleaned_data["photo"]

    def clean_ago(self):
        ago = self.cleaned_data["ago"]
        return ago if ago is not None and ago <= MOST_AGO else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (cleaned.get("latitude") is None) != (cleaned.get("longitude") is None):
            raise ValidationError(_("经纬度要么都有，要么都没有。"))
        return cleaned


class HousingForm(ActionForm):
    """Beds for workers on or beside the site."""

    name = forms.CharField(label=_("名称"), max_length=60)
    capacity = forms.IntegerField(label=_("容纳人数"), min_value=1, max_value=100_000)
    temporary_land = forms.BooleanField(label=_("建在临时用地上"), required=False)
    from_day = forms.DateField(label=_("启用日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    to_day = forms.DateField(label=_("使用至"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("from_day"), cleaned.get("to_day")
        if first and last and last < first:
            raise ValidationError(_("“使用至”不能早于启用日期。"))
        return cleaned


class CloseHousingForm(ActionForm):
    to_day = forms.DateField(label=_("停用日期"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean_to_day(self):
        day = self.cleaned_data["to_day"]
        if self.target.from_day and day < self.target.from_day:
            raise ValidationError(_("停用日期不能早于启用日期。"))
        return day
