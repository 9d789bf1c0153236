"""What the verbs of the catalogue ask for."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.approvals.models import VALUES, Department, Fact, Item, ItemVersion
from zhuanban.domains.people.models import Organisation
from zhuanban.kernel import clock
from zhuanban.kernel.forms import ActionForm

LONGEST = 400
"""Days of the longest limit."""


def day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **options)


class ChangeForm(ActionForm):
    """Every change of the catalogue tells from when it holds and on what ground."""

    effective_from = day(_("生效日期"))
    basis = forms.CharField(label=_("依据"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def narrow(self) -> None:
        self.initial = {"effective_from": clock.today(), **self._now(), **self.initial}

    def _now(self) -> dict[str, Any]:
        """What holds at present, to begin from."""
        return {}

    @property
    def present(self) -> ItemVersion | None:
        return self.target.versions.order_by("-effective_from", "-pk").first()

    def clean_effective_from(self) -> Any:
        told = self.cleaned_data["effective_from"]
        if told < clock.today():
            raise ValidationError(_("生效日期不能早于今天：已办和在办的办件按当时的规定。"))
        if self.present and told < self.present.effective_from:
            raise ValidationError(_("已有 %(day)s 起生效的版本，不能插到它之前。"), params={"day": self.present.effective_from})
        return told


class LimitForm(ChangeForm):
    promised_days = forms.IntegerField(label=_("承诺时限"), min_value=0, max_value=LONGEST, required=False)
    statutory_days = forms.IntegerField(label=_("法定时限"), min_value=0, max_value=LONGEST, required=False)
    unit = forms.ChoiceField(label=_("计时单位"), choices=ItemVersion.Unit.choices)
    field_order = ("promised_days", "statutory_days", "unit", "effective_from", "basis")

    def _now(self) -> dict[str, Any]:
        row = self.present
        return {name: getattr(row, name) for name in ("promised_days", "statutory_days", "unit")} if row else {}

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        promised, statutory = told.get("promised_days"), told.get("statutory_days")
        if promised is not None and statutory is not None and promised > statutory:
            raise ValidationError({"promised_days": _("承诺时限不能长于法定时限。")})
        if promised is None and statutory is None and "promised_days" not in self.errors and "statutory_days" not in self.errors:
            raise ValidationError({"promised_days": _("承诺时限和法定时限至少填一个。")})
        return told


def condition_choices() -> list[tuple[Any, list[tuple[str, Any]]]]:
    return [(fact.label, [(f"{fact.value}:{value}", label) for value, label in VALUES[fact].items()]) for fact in Fact]


class PrerequisiteForm(ChangeForm):
    needs = forms.ModelChoiceField(label=_("前置事项"), queryset=Item.objects.none())
    only_when = forms.MultipleChoiceField(
        label=_("仅当"),
        required=False,
        help_text=_("不选则凡需要两个事项的项目都适用；同一情况选多个为任一。"),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )
    field_order = ("needs", "only_when", "effective_from", "basis")

    def narrow(self) -> None:
        super().narrow()
        self.fields["needs"].queryset = Item.objects.exclude(pk=self.target.pk).order_by("position")  # type: ignore[attr-defined]
        self.fields["only_when"].choices = condition_choices()  # type: ignore[attr-defined]

    def clean_only_when(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for each in self.cleaned_data["only_when"]:
            fact, _sep, value = each.partition(":")
            found[fact].append(value)
        return dict(found)


class NoPrerequisiteForm(ChangeForm):
    needs = forms.ModelChoiceField(label=_("前置事项"), queryset=Item.objects.none())
    field_order = ("needs", "effective_from", "basis")

    def narrow(self) -> None:
        super().narrow()
        present = self.present
        mine = Item.objects.filter(needed_by__version=present).order_by("position") if present else Item.objects.none()
        self.fields["needs"].queryset = mine  # type: ignore[attr-defined]


class ListsForm(ChangeForm):
    tolerant = forms.BooleanField(label=_("可容缺受理"), required=False)
    make_good_days = forms.IntegerField(label=_("容缺补正工作日"), min_value=1, max_value=60)
    commitment = forms.BooleanField(label=_("可告知承诺"), required=False)
    field_order = ("tolerant", "make_good_days", "commitment", "effective_from", "basis")

    def _now(self) -> dict[str, Any]:
        row = self.present
        return {name: getattr(row, name) for name in ("tolerant", "make_good_days", "commitment")} if row else {"make_good_days": 10}


class PaperForm(ChangeForm):
    paper = forms.ChoiceField(label=_("材料"))
    main = forms.ChoiceField(label=_("主次"), choices=(("main", _("主要材料")), ("secondary", _("次要材料，可容缺"))))
    field_order = ("paper", "main", "effective_from", "basis")

    def narrow(self) -> None:
        super().narrow()
        row = self.present
        papers = [(paper.key, paper.name) for paper in row.papers.all()] if row else []
        self.fields["paper"].choices = papers  # type: ignore[attr-defined]


class DeskForm(ActionForm):
    department = forms.ChoiceField(label=_("牵头部门"), choices=Department.choices)
    organisation = forms.CharField(label=_("受理单位"), max_length=120, help_text=_("写全称或统一社会信用代码。"))

    def clean_organisation(self) -> Organisation:
        text = self.cleaned_data["organisation"].strip()
        offices = Organisation.objects.exclude(kind=Organisation.Kind.ENTERPRISE)
        found = offices.filter(name=text).first() or offices.filter(uscc=text.upper()).first()
        if found is None:
            raise ValidationError(_("没有找到“%(name)s”，请写全称。"), params={"name": text[:40]})
        return found
