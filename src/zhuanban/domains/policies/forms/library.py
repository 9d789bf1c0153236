"""What the verbs of the library ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.enterprises.queries import schema
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.policies.models import ConditionBlock, Policy
from zhuanban.domains.policies.rules import entry_text, wording
from zhuanban.engines.eligibility.check import read_params
from zhuanban.engines.eligibility.errors import LanguageError
from zhuanban.kernel import clock
from zhuanban.kernel.forms import ActionForm

RULES = (
    ("first_come", _("先到先得")),
    ("partial", _("先到先得，最后一笔付余额")),
    ("skip", _("先到先得，跳过超出的")),
    ("pro_rata", _("按比例")),
)


def day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}), **options)


class AddItemForm(ActionForm):
    name = forms.CharField(label=_("名称"), max_length=80)
    category = forms.ChoiceField(label=_("类别"), choices=Policy.Category.choices)
    lane = forms.ChoiceField(label=_("办理方式"), choices=Policy.Lane.choices)
    department = forms.ModelChoiceField(label=_("主管部门"), queryset=Organisation.objects.none(), required=False)
    document = forms.CharField(label=_("政策文件"), max_length=120)
    phone = forms.CharField(label=_("咨询电话"), max_length=20, required=False)
    papers = forms.CharField(
        label=_("材料"), required=False, max_length=600, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("一行一种。")
    )

    def narrow(self) -> None:
        offices = Organisation.objects.filter(policies__area=self.target.area_id).distinct().order_by("name")
        self.fields["department"].queryset = offices  # type: ignore[attr-defined]

    def clean_papers(self) -> list[str]:
        return [line.strip()[:60] for line in self.cleaned_data["papers"].splitlines() if line.strip()][:20]


class DraftForm(ActionForm):
    valid_from = forms.DateField(label=_("施行日期"), widget=forms.DateInput(attrs={"type": "date"}))


class EntryForm(ActionForm):
    """A version's content as text; the editor puts its rows together to the same lines. Mistakes in an expression do not keep a draft from
    being saved: they are shown with their place, and the gate holds the version back."""

    valid_from = forms.DateField(label=_("施行日期"), widget=forms.DateInput(attrs={"type": "date"}))
    valid_to = day(_("截止日期（不含）"))
    document = forms.CharField(label=_("政策文件"), max_length=120, required=False)
    clause = forms.CharField(label=_("条款"), max_length=40, required=False)
    opens_on = day(_("申报开始"))
    closes_on = day(_("申报截止"))
    use = forms.CharField(label=_("共用条件"), required=False, max_length=300, help_text=_("共用条件的编号，用空格隔开。"))
    params = forms.CharField(
        label=_("参数"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("一行一个：名称 = 值，如 rate = 8%。"),
    )
    when = forms.CharField(
        label=_("条件"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("一行一条：文字 | 表达式 | 条款。"),
    )
    amount = forms.CharField(label=_("金额"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    golden = forms.CharField(
        label=_("样例"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("一行一例：名称 | 事实=值; 事实=值 | 符合 24万。"),
    )  # fmt: skip
    budget = forms.CharField(label=_("预算"), required=False, max_length=30, help_text=_("如 8000万；不限的不填。"))
    budget_rule = forms.ChoiceField(label=_("分配办法"), choices=(("", "—"), *RULES), required=False)

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        first, last = told.get("valid_from"), told.get("valid_to")
        if first and last and last <= first:
            self.add_error("valid_to", _("截止要在施行之后。"))
        if told.get("opens_on") and told.get("closes_on") and told["closes_on"] < told["opens_on"]:
            self.add_error("closes_on", _("申报截止要在申报开始之后。"))
        self._read(told)
        return told

    def _read(self, told: dict[str, Any]) -> None:
        """The text fields as the book's entry; what cannot be read is said at its field."""
        readers = {
            "params": entry_text.read_params,
            "when": entry_text.read_when,
            "golden": lambda text: entry_text.read_golden(text, schema()),
        }
        for name, reader in readers.items():
            try:
                told[name] = reader(told.get(name) or "")
            except entry_text.BadLine as bad:
                self.add_error(name, str(bad))
        known = set(ConditionBlock.objects.values_list("key", flat=True))
        told["use"] = (told.get("use") or "").replace(",", " ").replace("、", " ").split()
        if strange := [name for name in told["use"] if name not in known]:
            self.add_error("use", _("没有“%(name)s”这个共用条件。") % {"name": strange[0][:30]})
        if budget := told.get("budget"):
            try:
                read_params({"budget": budget})
                if not budget.removesuffix("元")[:1].isdigit():
                    raise LanguageError(str(_("预算要写金额")), 0)
            except LanguageError as bad:
                self.add_error("budget", bad.message)


def entry_of(told: dict[str, Any], fallback: dict[str, Any] | None = None) -> dict[str, Any]:
    """The book's entry of a form's cleaned fields, expressions in canonical form."""
    fallback = fallback or {}
    window = [told.get("opens_on"), told.get("closes_on")]
    entry: dict[str, Any] = {
        "params": told.get("params") or {},
        "use": told.get("use") or [],
        "when": told.get("when") or [],
        "amount": told.get("amount") or "",
        "window": [each.isoformat() if each else None for each in window],
        "golden": told.get("golden") or [],
        "decided_by": fallback.get("decided_by", "as_of"),
    }
    if told.get("budget"):
        entry["budget"] = {"amount": told["budget"], "rule": told.get("budget_rule") or "first_come"}
    return wording.plain_entry(entry, schema())


class WithdrawForm(ActionForm):
    from_day = forms.DateField(label=_("自哪天起停止"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_from_day(self):
        if self.cleaned_data["from_day"] < clock.today():
            raise ValidationError(_("不能从过去停起：已经符合的企业还可以主张。"))
        return self.cleaned_data["from_day"]
