"""What the verbs of the traffic light ask for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.dispatch.models import Level
from zhuanban.domains.dispatch.rules.light_rules import KINDS, Rules, WrongRules
from zhuanban.domains.dispatch.rules.light_words import RULE_LABELS, RULE_UNITS, SENSES
from zhuanban.kernel import clock
from zhuanban.kernel.forms import LONG, ActionForm

COLOURS = [(level.value, level.label) for level in (Level.GREEN, Level.YELLOW, Level.RED)]
"""What a person may say of a project: grey is not knowing, and nobody says that of one's own project."""


class OwnLightForm(ActionForm):
    """The own light: what whoever answers for the project thinks of it. It stands beside the computed one and never replaces it."""

    level = forms.ChoiceField(label=_("自报的灯"), choices=COLOURS, widget=forms.RadioSelect(attrs={"class": "choice-chips"}))
    note = forms.CharField(label=_("为什么"), max_length=200, required=False, widget=LONG)


class OverrideForm(ActionForm):
    """Another colour for a while, with the reason; the computed one stays beside it."""

    level = forms.ChoiceField(label=_("调整为"), choices=COLOURS, widget=forms.RadioSelect(attrs={"class": "choice-chips"}))
    reason = forms.CharField(label=_("理由"), max_length=300, widget=LONG, help_text=_("到期自动失效；系统计算的灯一直并列显示。"))


def label_of(rule: str, level: str) -> str:
    """A bound's name: its rule, its colour and how it is broken."""
    kind = KINDS[rule]
    unit = str(RULE_UNITS[kind.unit])
    return f"{RULE_LABELS[rule]} · {Level(level).label}（{str(SENSES[kind.sense]) % {'n': '…', 'unit': unit}}）"


class RulesForm(ActionForm):
    """All bounds of a rule set with their present values; an empty bound is never broken."""

    effective_from = forms.DateField(label=_("生效日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    basis = forms.CharField(label=_("依据"), max_length=300)
    memory_days = forms.IntegerField(label=_("红灯后黄灯保留（天）"), min_value=0, max_value=90)
    override_days = forms.IntegerField(label=_("人工调整有效（天）"), min_value=1, max_value=90)
    report_day = forms.IntegerField(label=_("投资报表日（次月几日起计入）"), min_value=1, max_value=28)
    time_progress = forms.ChoiceField(
        label=_("时序进度"), choices=[("months", _("按月平均（已过月份 / 12）")), ("weights", _("按全市月度权重"))]
    )

    def narrow(self) -> None:
        told = self.target.thresholds
        for name in ("memory_days", "override_days", "report_day", "time_progress"):
            self.fields[name].initial = told.get(name)
        for rule in KINDS:
            for level in ("yellow", "red"):
                if rule in told["rules"]:
                    self.fields[f"{rule}_{level}"].initial = told["rules"][rule].get(level)
                else:
                    del self.fields[f"{rule}_{level}"]
        self.fields["basis"].initial = self.target.basis if self.target.state == "draft" else ""
        self.fields["effective_from"].initial = max(self.target.effective_from, clock.today())

    def clean_effective_from(self) -> date:
        day: date = self.cleaned_data["effective_from"]
        if day < clock.today():
            raise ValidationError(_("生效日期不能早于今天：过去的灯用的是当时的规则。"))
        return day

    def clean(self) -> dict[str, Any]:
        """The whole set as the rules read it, under `thresholds`; the bounds must fit one another."""
        cleaned = super().clean()
        told = {**self.target.thresholds, "rules": {rule: dict(each) for rule, each in self.target.thresholds["rules"].items()}}
        for name in ("memory_days", "override_days", "report_day", "time_progress"):
            told[name] = cleaned.get(name, told.get(name))
        for rule, each in told["rules"].items():
            each |= {level: cleaned.pop(f"{rule}_{level}", None) for level in ("yellow", "red")}
        try:
            Rules.read(told)
        except WrongRules as wrong:
            rule = str(wrong)
            self.add_error(
                f"{rule}_red" if rule in KINDS else None,
                _("黄灯界限应当比红灯宽，并在合理范围内。") if rule in KINDS else _("规则不完整。"),
            )
        return cleaned | {"thresholds": told}


for _rule in KINDS:
    for _level in ("yellow", "red"):
        _field = forms.FloatField(
            label=lazy(label_of, str)(_rule, _level), required=False, min_value=KINDS[_rule].span[0], max_value=KINDS[_rule].span[1]
        )
        RulesForm.base_fields[f"{_rule}_{_level}"] = _field
        RulesForm.declared_fields[f"{_rule}_{_level}"] = _field
